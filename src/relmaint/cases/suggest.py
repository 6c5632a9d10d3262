"""Which case would show a mistake in a book, and what does it say in an analyst's words?

The customer is one whose plan the mistake changes; the case expects of their plan just what the mistake would change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import count, islice, pairwise
from typing import TYPE_CHECKING, Any

from relmaint.cases.case import Case, Expectation
from relmaint.cases.run import is_met
from relmaint.explain.conditions import attribute_text, value_text
from relmaint.explain.text import term
from relmaint.explain.words import say
from relmaint.ir.conditions import Comparison, Condition, comparisons, show_comparison
from relmaint.ir.reference import fires
from relmaint.ir.rules import RuleBook
from relmaint.model.attributes import facts_of
from relmaint.model.plan import ActionPlan
from relmaint.text import LANGUAGES, Language, Text
from relmaint.verify.judge import Different, Judge
from relmaint.verify.mutants import Mutant
from relmaint.verify.witness import Witness, Witnesses
from relmaint.vocabulary import Value

if TYPE_CHECKING:
    from pydantic import BaseModel

    from relmaint.engine import Engine

__all__ = ["Suggester", "expected", "names_of"]

_TRIES = 4
"""In how many regions a customer is looked for."""

_SAID = 3
"""How many facts of a customer a title names at most."""


def expected(plan: ActionPlan, others: Iterable[ActionPlan]) -> Expectation:
    """Return what a plan has and each of the others has not: actions, their order, owners, channels and times."""
    told = [(other, {one.action: one for one in other.actions}) for other in others]
    ours = {one.action: one for one in plan.actions}
    ordered = {name for other, _ in told for name in _inverted(plan, other)}
    pairs = [(one, rivals[one.action]) for _, rivals in told for one in plan.actions if one.action in rivals]
    found = Expectation(
        plans=tuple(name for name in ours if any(name not in rivals for _, rivals in told)),
        before=tuple(name for name in ours if name in ordered),
        never=tuple(dict.fromkeys(name for _, rivals in told for name in rivals if name not in ours)),
        owner=tuple(dict.fromkeys((a.action, a.owner) for a, b in pairs if a.owner != b.owner)),
        channel=tuple(dict.fromkeys((a.action, a.channel) for a, b in pairs if a.channel != b.channel)),
        not_before=tuple(dict.fromkeys((a.action, a.not_before) for a, b in pairs if a.not_before != b.not_before)),
    )
    return found if found != Expectation() else Expectation(status=plan.status)


def _inverted(plan: ActionPlan, other: ActionPlan) -> tuple[str, ...]:
    """Return two actions of both plans, neighbours in the first, that stand the other way round in the second."""
    place = {one.action: one.rank for one in other.actions}
    names = [one.action for one in plan.actions if one.action in place]
    return next(((a, b) for a, b in pairwise(names) if place[a] > place[b]), ())


class Suggester:
    """Makes cases that show mistakes in one book.

    Args:
        engine: the engine of the book.
        judge: the mistakes; it learns of every customer that is found.
        known: customers to keep to, so that new cases are about people like those of the old ones.
    """

    def __init__(self, engine: Engine, judge: Judge, known: Sequence[tuple[BaseModel, date]] = ()) -> None:
        """Find out in which cells the known customers are."""
        self._engine, self._judge = engine, judge
        self._witnesses = Witnesses(engine.book.vocabulary, judge.space.axes)
        vocabulary = engine.book.vocabulary
        self._known = [(judge.cell(facts_of(vocabulary, who, day)), who, day) for who, day in known]

    def witness(self, number: int, told: Different) -> Witness | None:
        """Return a customer who shows a mutant: a known one, or like one where possible; `None` when none was found."""
        for place in self._judge.shown_by(number):
            if place < len(self._known):
                _, who, day = self._known[place]
                known = Witness(who, day, facts_of(self._engine.book.vocabulary, who, day))
                if self._shows(known, number):
                    return known
        regions = list(islice(self._judge.differing(number), _TRIES)) or [told]
        for like in self._likes(told.region):
            for region in regions:
                found = self._witnesses.customer(region.region, impossible=self._judge.space.impossible, like=like)
                if found is not None and self._shows(found, number):
                    return found
        return None

    def _likes(self, region: Sequence[int]) -> Iterator[tuple[BaseModel, date] | None]:
        """Yield the known customers who are nearest to a region, then nobody in particular."""

        def outside(one: tuple[tuple[int, ...], BaseModel, date]) -> int:
            return sum(not mask >> class_ & 1 for mask, class_ in zip(region, one[0], strict=True))

        for _, who, day in sorted(self._known, key=outside)[:_NEAREST]:
            yield who, day
        yield None

    def _shows(self, found: Witness, number: int) -> bool:
        plan, other = self._plans(found.customer, found.as_of, found.facts, number)
        return not is_met(expected(plan, [other]), other)

    def _plans(
        self, customer: BaseModel, day: date, facts: Mapping[str, Value], number: int
    ) -> tuple[ActionPlan, ActionPlan]:
        cell = self._judge.cell(facts)
        decision = self._judge.decide(cell, number, self._judge.variant(number))
        return self._engine.plan(customer, as_of=day), self._engine.plan_of(decision, customer, as_of=day)

    def case(self, customer: BaseModel, day: date, numbers: Sequence[int], name: str) -> Case:
        """Return the case of a customer that shows these mutants, titled by the first of them."""
        facts = facts_of(self._engine.book.vocabulary, customer, day)
        plans = [self._plans(customer, day, facts, number) for number in numbers]
        plan = plans[0][0]
        expect = expected(plan, [other for _, other in plans])
        title = title_of(self._engine.book, self._judge.mutants[numbers[0]], facts, plan, plans[0][1])
        return Case(name, day, customer, expect, title)


def names_of(statements: Iterable[str], taken: Iterable[str] = ()) -> Iterator[str]:
    """Yield a name for the case of each statement, none of them taken: `deposit-maturity-1`.

    >>> list(names_of(["deposit/maturity", "deposit/maturity", "care"], ["care-1"]))
    ['deposit-maturity-1', 'deposit-maturity-2', 'care-2']
    """
    used = set(taken)
    for statement in statements:
        stem = statement.replace("/", "-")
        name = next(name for number in count(1) if (name := f"{stem}-{number}") not in used)
        used.add(name)
        yield name


_NEAREST = 3
"""How many known customers a new one is tried to be like."""


# --- titles ----------------------------------------------------------------------------------------------------------


def title_of(book: RuleBook, mutant: Mutant, facts: Mapping[str, Value], plan: ActionPlan, other: ActionPlan) -> Text:
    """Return what a customer shows: the facts that a statement asks for, and what follows from them in the plan."""
    return Text(**{language: _title(book, mutant, facts, plan, other, language) for language in LANGUAGES})


def _title(
    book: RuleBook,
    mutant: Mutant,
    facts: Mapping[str, Value],
    plan: ActionPlan,
    other: ActionPlan,
    language: Language,
) -> str:
    said = _circumstances(book, mutant, facts, language)
    effect = _effect(book, mutant, plan, other, language)
    return say("colon", language).join([say("list", language).join(said), effect] if said else [effect])


def _circumstances(book: RuleBook, mutant: Mutant, facts: Mapping[str, Value], language: Language) -> list[str]:
    """Say what the customer is in the eyes of the statement: what the edit is about first, then what is known."""
    asked = [one for part in mutant.parts[:1] for when in _conditions_of(part) for one in comparisons(when)]
    edited = mutant.aim.text if mutant.aim is not None else ""
    first = [one for one in asked if show_comparison(one) in edited]
    rest = [one for one in asked if one not in first and fires(one, facts)]
    said = [_fact(book, one, facts.get(one.attribute), language) for one in (*first, *rest)]
    return list(dict.fromkeys(said))[:_SAID]


def _conditions_of(part: Any) -> tuple[Condition, ...]:  # Any: a rule, row, guard or action
    if (when := getattr(part, "when", None)) is not None:
        return (when,)
    return tuple(test for test in getattr(part, "tests", ()) if test is not None)


def _fact(book: RuleBook, asked: Comparison, value: Value | None, language: Language) -> str:
    """Say what the fact is that a comparison asks about."""
    name = attribute_text(asked.attribute, book, language)
    if value is None:
        return say("case-fact-unknown", language, name=name)
    if isinstance(value, bool):
        return say("case-fact-true" if value else "case-fact-false", language, name=name)
    if isinstance(value, frozenset):
        word = asked.operands[0] if asked.operands else None
        if not isinstance(word, str):
            return say("case-fact-known", language, name=name)
        key = "case-fact-has" if word in value else "case-fact-lacks"
        return say(key, language, value=value_text(asked.attribute, word, book, language))
    return say("case-fact", language, name=name, value=value_text(asked.attribute, value, book, language))


def _effect(book: RuleBook, mutant: Mutant, plan: ActionPlan, other: ActionPlan, language: Language) -> str:
    """Say the first thing in which two plans differ; what the statement itself proposes comes first."""
    own = {name for part in mutant.parts for name in getattr(part, "do", ())}

    def title(name: str) -> str:
        return book.actions[name].title.in_language(language)

    expect = expected(plan, [other])
    if expect.plans:
        return say("case-says-plans", language, title=title(min(expect.plans, key=lambda name: name not in own)))
    if expect.never:
        return say("case-says-never", language, title=title(min(expect.never, key=lambda name: name not in own)))
    if expect.before:
        return say("case-says-before", language, title=title(expect.before[0]), other=title(expect.before[1]))
    if expect.owner:
        name, owner = expect.owner[0]
        if owner is None:
            return say("case-says-no-owner", language, title=title(name))
        return say("case-says-owner", language, title=title(name), owner=term(book, "owner", owner, language))
    if expect.channel:
        name, channels = expect.channel[0]
        said = say("list", language).join(term(book, "channel", one, language) for one in channels)
        return say("case-says-channel", language, title=title(name), channel=said or say("none", language))
    if expect.not_before:
        name, moment = expect.not_before[0]
        if moment is None:
            return say("case-says-not-deferred", language, title=title(name))
        return say("case-says-not-before", language, title=title(name), time=f"{moment:%H:%M}")
    return say("case-says-nothing", language)
