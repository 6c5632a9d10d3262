"""How is it said what a case expects, and what came instead?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from relmaint.cases.case import CaseResult, Check, Verdict
from relmaint.cases.run import planned_in, withheld_in
from relmaint.explain.words import say
from relmaint.model.plan import ActionPlan
from relmaint.text import Language

__all__ = ["actual", "expected", "fate", "sentences"]

_LISTING = frozenset({"plans", "first", "before", "status"})
"""The keys whose failures also tell what is planned instead."""


def sentences(result: CaseResult, language: Language = "en", *, known: Iterable[str] = ()) -> tuple[str, ...]:
    """Say everything that keeps a case from passing, each in a sentence.

    Args:
        result: how the case came out.
        language: the language of the sentences.
        known: the actions of the book, to guess what a misspelt one means.
    """
    if result.case.todo is not None and result.verdict is Verdict.FAILED and result.plan is not None:
        return (say("case-done", language),)
    return tuple(_sentences(result, language, tuple(known)))


def _sentences(result: CaseResult, language: Language, known: tuple[str, ...]) -> Iterator[str]:
    from relmaint.diagnostics import did_you_mean

    for check in result.failures:
        if check.key == "stranger" or result.plan is None:
            hint = did_you_mean(str(check.action), known)
            yield say("case-stranger", language, action=check.action) + (f"; {hint}" if hint else "")
            continue
        parts = [
            say("case-expected", language, expected=expected(check, language)),
            actual(check, result.plan, language),
        ]
        if check.key in _LISTING and not (check.key == "before" and check.action is None):
            parts.append(_listed(result.plan, language))
        yield say("semicolon", language).join(parts)


def expected(check: Check, language: Language) -> str:
    """Say what was expected, without the word itself: `offer` to be planned."""
    match check.key:
        case "before":
            order = _joined(check.value, language)
            key = "case-order" if check.action is None else "case-in-order"
            return say(key, language, action=check.action, value=order)
        case "withheld" if check.value is None:
            return say("case-withheld-by-any", language, action=check.action)
        case "status" | "uncovered":
            return say(f"case-{check.key}", language, value=_joined(check.value, language))
        case "due" | "owner" | "not_before" if check.value is None:
            return say(f"case-{check.key}-none", language, action=check.action)
        case _:
            return say(f"case-{check.key}", language, action=check.action, value=_joined(check.value, language))


def actual(check: Check, plan: ActionPlan, language: Language) -> str:
    """Say what came, of the thing that was expected."""
    match check.key:
        case "before" if check.action is None:
            names = check.value if isinstance(check.value, tuple) else ()
            order = [action.action for action in plan.actions if action.action in names]
            return say("case-found", language, value=_joined(order, language))
        case "status":
            return say("case-found", language, value=plan.status)
        case "uncovered":
            return say("case-found", language, value=_joined(plan.uncovered, language))
        case "due" | "owner" | "channel" | "not_before" if check.action is not None:
            return _field(check.key, check.action, plan, language)
        case _:
            return fate(plan, str(check.action), language)


def _field(key: str, name: str, plan: ActionPlan, language: Language) -> str:
    action = planned_in(plan, name)
    if action is None:
        return fate(plan, name, language)
    value = getattr(action, key)
    found = say("case-found", language, value=_joined(sorted(value) if key == "channel" else value, language))
    if not action.guards:
        return found
    return found + _in_brackets(say("case-changed-by", language, rules=_joined(action.guards, language)), language)


def fate(plan: ActionPlan, name: str, language: Language) -> str:
    """Say what became of an action."""
    if (planned := planned_in(plan, name)) is not None:
        rules = _joined([reason.rule for reason in planned.reasons], language)
        return say("case-is-planned", language, rank=planned.rank) + _in_brackets(rules, language)
    if (withheld := withheld_in(plan, name)) is not None:
        stage = say(f"stage-{withheld.stage.value}", language) if language == "zh" else withheld.stage
        said = say("case-is-withheld", language, stage=stage, rule=withheld.rule)
        because = withheld.because.in_language(language) if withheld.because else ""
        return said + (_in_brackets(because, language) if because else "")
    return say("case-not-proposed", language)


def _listed(plan: ActionPlan, language: Language) -> str:
    if not plan.actions:
        return say("case-plan-empty", language)
    return say("case-plan", language, value=_joined([action.action for action in plan.actions], language))


def _joined(value: object, language: Language) -> str:
    match value:
        case None | () | []:
            return say("case-none", language)
        case tuple() | list():
            return say("list", language).join(map(str, value))
        case datetime():
            return value.isoformat(" ", "minutes")
        case _:
            return str(value)


def _in_brackets(text: str, language: Language) -> str:
    return f"{say('open', language)}{text}{say('close', language)}"
