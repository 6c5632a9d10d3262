"""What does an analyst need to see of a case that fails?

Expected and actual side by side, the rules that matched with their places, and the nearest boundary: the least change
of this customer that would turn the answer round, and the constant of which rule it crosses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from relmaint.cases.case import CaseResult, Check
from relmaint.cases.told import actual, expected, sentences
from relmaint.diagnostics import Span
from relmaint.explain.layout import Paint, as_written, cells, padded
from relmaint.explain.words import say
from relmaint.ir.reference import fires
from relmaint.model.attributes import facts_of
from relmaint.model.plan import ActionPlan
from relmaint.text import Language

if TYPE_CHECKING:
    from relmaint.engine import Engine
    from relmaint.verify.why import Answer, Why

__all__ = ["CaseAccount", "Matched", "Nearest", "Reporter"]

_BUDGET = 4_000
"""How many regions the search for one boundary looks at; it gives a hint, and a test run should not wait for it."""

_WIDEST = 60
"""A wider left column is not filled up."""


@dataclass(frozen=True, slots=True)
class Matched:
    """A statement that matches the customer of a case, and what it says of the plan."""

    statement: str
    role: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Nearest:
    """The least that turns round whether an action is planned."""

    action: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class CaseAccount:
    """All that is known of a case that did not pass; `sought` says whether boundaries were looked for."""

    result: CaseResult
    matched: tuple[Matched, ...]
    nearest: tuple[Nearest, ...]
    sought: bool = True


class Reporter:
    """Tells what came of the cases of one book.

    Args:
        engine: the book's engine.
    """

    def __init__(self, engine: Engine) -> None:
        """Keep the engine; boundaries are prepared when the first case fails."""
        self._engine = engine

    @cached_property
    def _why(self) -> Why:
        from relmaint.verify.why import Why

        return Why(self._engine.book)

    def account(self, result: CaseResult, *, nearest: bool = True) -> CaseAccount:
        """Return what an analyst needs to see of a case that did not pass.

        Args:
            result: how the case came out.
            nearest: look for the nearest boundaries, too; it takes longer than all the rest.
        """
        if result.plan is None:
            return CaseAccount(result, (), ())
        facts = facts_of(self._engine.book.vocabulary, result.case.customer, result.case.as_of)
        turning = dict.fromkeys(one.action for one in result.failures if one.turns and one.action is not None)
        found = tuple(Nearest(one, self._why.smallest(facts, one, budget=_BUDGET)) for one in turning if nearest)
        spans = self._spans
        matched = tuple(
            Matched(one.id, one.role, spans.get((one.role, one.id)))
            for one in self._engine.program.statements
            if one.role != "action" and fires(one.when, facts)
        )
        return CaseAccount(result, matched, found, sought=nearest or not turning)

    @cached_property
    def _spans(self) -> dict[tuple[str, str], Span | None]:
        book = self._engine.book
        return {
            **{("rule", one.id): one.span for one in book.rules},
            **{("row", one.id): one.span for table in book.tables for one in table.rows},
            **{("guard", one.id): one.span for one in book.guards},
        }

    def text(self, account: CaseAccount, language: Language, *, paint: Paint = as_written) -> str:
        """Write an account for an analyst, without its head."""
        return "\n".join(self._lines(account, language, paint))

    def sentences(self, result: CaseResult, language: Language) -> tuple[str, ...]:
        """Say everything that keeps a case from passing, each in a sentence."""
        return sentences(result, language, known=self._engine.book.actions)

    def _lines(self, account: CaseAccount, language: Language, paint: Paint) -> Iterator[str]:
        if account.result.plan is None or not account.result.failures:
            for sentence in self.sentences(account.result, language):
                yield paint(f"  {sentence}", "alarm")
            return
        yield from _side_by_side(account.result, language, paint)
        if account.matched:
            yield paint(f"  {say('case-column-rules', language)}", "label")
            wide = min(_WIDEST, max(cells(one.statement) for one in account.matched))
            for one in account.matched:
                place = f"{one.span.path}:{one.span.line}" if one.span is not None else ""
                yield f"    {padded(one.statement, wide)}  {paint(place, 'muted')}".rstrip()
        if account.nearest:
            yield paint(f"  {say('case-nearest', language)}", "label")
            for near in account.nearest:
                yield from (f"    {line}" for line in _boundary(near, language))
        elif not account.sought:
            yield paint(f"  {say('case-nearest', language)}", "label")
            yield f"    {say('case-nearest-later', language, id=account.result.case.id)}"


def _side_by_side(result: CaseResult, language: Language, paint: Paint) -> Iterator[str]:
    """Yield two columns: what was expected, and beside it what became of it; then what else is planned."""
    plan = result.plan
    assert plan is not None  # INVARIANT: asked only of cases that were planned for
    rows = [(one, expected(one, language), _came(one, plan, language)) for one in result.checks]
    named = {name for one in result.checks for name in _names(one)}
    others = [f"{action.rank}  {action.action}" for action in plan.actions if action.action not in named]
    head = say("case-column-expected", language)
    wide = min(_WIDEST, max(cells(left) for left in (head, *(left for _, left, _ in rows))))
    yield paint(f"    {padded(head, wide)}  {say('case-column-actual', language)}", "label")
    for one, left, right in rows:
        sign = " " if one.met else "x"
        yield paint(f"  {sign} {padded(left, wide)}  {right}", "" if one.met else "alarm")
    yield from (f"    {padded('', wide)}  {other}" for other in others)
    if not plan.actions:
        yield f"    {padded('', wide)}  {say('case-plan-empty', language)}"


def _came(check: Check, plan: ActionPlan, language: Language) -> str:
    """Say what came; what an action has as expected is not said twice."""
    if check.met and check.key in ("before", "status", "uncovered", "due", "owner", "channel", "not_before"):
        return say("case-met", language)
    return actual(check, plan, language)


def _names(check: Check) -> tuple[str, ...]:
    if check.key == "before" and isinstance(check.value, tuple):
        return check.value
    return () if check.action is None else (check.action,)


def _boundary(near: Nearest, language: Language) -> Iterator[str]:
    """Yield the nearest change for an action, and each boundary that it crosses with its place."""
    if not near.answer.changes:
        key = "case-nearest-none" if near.answer.smaller_proven else "case-nearest-open"
        yield say(key, language, action=near.action)
        return
    change = near.answer.changes[0]
    said = say("semicolon", language).join(change.to.values())
    key = "case-nearest-out" if near.answer.planned else "case-nearest-in"
    yield say(key, language, action=near.action, change=said)
    for edge in change.edges:
        place = f"  {edge.span}" if edge.span is not None else ""
        said = say("case-nearest-edge", language, rule=edge.statement, comparison=edge.comparison)
        yield f"  {said}{place}"
