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
from relmaint.explain.conditions import condition_text
from relmaint.explain.text import term
from relmaint.explain.words import say
from relmaint.ir.conditions import Comparison, Condition, Operator, comparisons, show_comparison
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
        owner=tuple(dict.fromkeys((a.action, a.owner) for a, b in pairs if a.owner != b.owner and a.owner is not None)),
        channel=tuple(dict.fromkeys((a.action, a.channel) for a, b in pairs if a.channel != b.channel)),
        not_before=tuple(
            dict.fromkeys((a.action, a.not_before) for a, b in pairs if a.not_before != b.not_before and a.not_before)
        ),
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
    said = [condition_text(one, book, language) for one in _circumstances(mutant, facts)]
    effect = _effect(book, plan, other, language)
    return say("comma", language).join([say("semicolon", language).join(said), effect] if said else [effect])


def _circumstances(mutant: Mutant, facts: Mapping[str, Value]) -> list[Comparison]:
    """Return what the customer is in the eyes of the statement, what the edit is about first."""
    asked = [one for part in mutant.parts[:1] for when in _conditions_of(part) for one in comparisons(when)]
    edited = mutant.aim.text if mutant.aim is not None else ""
    asked.sort(key=lambda one: show_comparison(one) not in edited)
    return list(dict.fromkeys(_fact(one, facts.get(one.attribute)) for one in asked))[:_SAID]


def _conditions_of(part: Any) -> tuple[Condition, ...]:  # Any: a rule, row, guard or action
    if (when := getattr(part, "when", None)) is not None:
        return (when,)
    return tuple(test for test in getattr(part, "tests", ()) if test is not None)


def _fact(asked: Comparison, value: Value | None) -> Comparison:
    """Return the comparison that says what the fact is that a comparison asks about."""
    if value is None:
        return Comparison(asked.attribute, Operator.IS_UNKNOWN, ())
    if isinstance(value, bool):
        return Comparison(asked.attribute, Operator.IS_TRUE if value else Operator.IS_FALSE, ())
    if isinstance(value, frozenset):
        if not asked.operands:
            return Comparison(asked.attribute, Operator.IS_KNOWN, ())
        has = asked.operands[0] in value
        return Comparison(asked.attribute, Operator.HAS if has else Operator.LACKS, asked.operands[:1])
    return Comparison(asked.attribute, Operator.EQ, (value,))


def _effect(book: RuleBook, plan: ActionPlan, other: ActionPlan, language: Language) -> str:
    """Say the first thing in which two plans differ."""

    def title(name: str) -> str:
        return book.actions[name].title.in_language(language)

    expect = expected(plan, [other])
    if expect.plans:
        return say("case-says-plans", language, title=title(expect.plans[0]))
    if expect.never:
        return say("case-says-never", language, title=title(expect.never[0]))
    if expect.before:
        return say("case-says-before", language, title=title(expect.before[0]), other=title(expect.before[1]))
    if expect.owner:
        name, owner = expect.owner[0]
        return say("case-says-owner", language, title=title(name), owner=term(book, "owner", owner, language))
    if expect.channel:
        name, channels = expect.channel[0]
        said = say("list", language).join(term(book, "channel", one, language) for one in channels)
        return say("case-says-channel", language, title=title(name), channel=said or say("none", language))
    if expect.not_before:
        name, moment = expect.not_before[0]
        return say("case-says-not-before", language, title=title(name), time=f"{moment:%H:%M}")
    return say("case-says-nothing", language)
