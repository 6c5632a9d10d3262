"""Does the customer who is shown for a finding show it, whoever matches the rules?"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from random import Random
from typing import Any, get_args

import pytest

from relmaint.engine import BackendName, Engine
from relmaint.ir.reference import fires
from relmaint.ir.rules import Effect, InvariantKind, RuleBook
from relmaint.model.attributes import facts_of
from relmaint.model.plan import ActionPlan
from relmaint.rank.select import selects
from relmaint.verify.checks.run import ALL
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.cover import Region
from relmaint.verify.diff import difference
from relmaint.verify.judge import Different, Judge
from relmaint.verify.merge import merge
from relmaint.verify.mutants import mutants_of
from relmaint.verify.plans import Step
from relmaint.verify.space import Space
from relmaint.verify.witness import Witness, Witnesses
from relmaint.vocabulary import AS_OF
from tests.verify.checks.books import without
from tests.verify.small_books import Reference, TinyCustomer, edited, small_book
from tests.verify.test_diff import expected

pytestmark = pytest.mark.evidence

BACKENDS: tuple[BackendName, ...] = get_args(BackendName)


class Shown:
    """One book with the engines of all backends, and customers to show."""

    def __init__(self, book: RuleBook) -> None:
        """Prepare nothing yet."""
        self.book = book
        self._engines: dict[str, Engine] = {}

    @cached_property
    def reference(self) -> Reference:
        """The conditions as the book has them."""
        return Reference(self.book)

    def plan(self, witness: Witness) -> ActionPlan:
        """Plan for the customer with every backend, which agree."""
        plans = []
        for name in BACKENDS:
            engine = self._engines.get(name) or Engine(self.book, name)
            self._engines[name] = engine
            plans.append(engine.plan(witness.customer, as_of=witness.as_of))
        assert all(plan == plans[0] for plan in plans)
        return plans[0]

    def planned(self, witness: Witness) -> list[str]:
        """Return the planned actions from the highest rank down."""
        return [one.action for one in self.plan(witness).actions]

    def steps(self, witness: Witness) -> tuple[Step, ...]:
        """Return what the plan comes to, as a customer meets it."""
        self.plan(witness)
        return self.reference.outcome({AS_OF: witness.as_of, **witness.facts})


def witness_of(space: Space, book: RuleBook, region: Region) -> Witness:
    """Return a customer of a region whom the model takes and no assumption rules out."""
    witness = Witnesses(book.vocabulary, space.axes).customer(region, impossible=space.impossible)
    assert witness is not None, "nobody is shown"
    TinyCustomer.model_validate(witness.customer.model_dump())
    assert facts_of(book.vocabulary, witness.customer, witness.as_of) == witness.facts
    facts = {AS_OF: witness.as_of, **witness.facts}
    assert Reference(book).is_possible(facts), "who is shown breaks an assumption"
    cell = [axis.class_of(facts.get(axis.attribute)) for axis in space.axes]
    assert all(mask >> class_ & 1 for mask, class_ in zip(region, cell, strict=True))
    return witness


def test_who_is_shown_for_a_finding_shows_it_with_every_backend() -> None:
    """Of every finding of every check there is a valid customer of whom the claim is so, as all backends plan."""
    counts: Counter[str] = Counter()
    for seed in range(SEEDS):
        book = small_book(Random(seed))
        subject, shown = Subject(book), Shown(book)
        for code in (*CLAIMS, *WITHOUT):
            for finding in ALL[code](subject):
                assert finding.code == code
                if finding.region is None:
                    assert code in WITHOUT
                    continue
                CLAIMS[code](shown, subject, finding, witness_of(subject.space, book, finding.region))
                counts[code] += 1

    assert set(counts) == set(CLAIMS)
    assert min(counts.values()) >= 3


SEEDS = 150
WITHOUT = {"unreachable-rule", "redundant-condition"}
"""What these find is about nobody."""


def _gap(shown: Shown, subject: Subject, finding: Finding, witness: Witness) -> None:
    kinds = [shown.book.actions[name].kind for name in shown.planned(witness)]
    assert finding.at not in kinds
    withheld = [shown.book.actions[one.action].kind for one in shown.plan(witness).withheld]
    assert finding.at in withheld


def _never_wins(shown: Shown, subject: Subject, finding: Finding, witness: Witness) -> None:
    matching = shown.reference.matching({AS_OF: witness.as_of, **witness.facts})
    assert any(one.id in {name for _, name in matching} for one in subject.proposers(finding.at))
    assert finding.at not in shown.planned(witness)


def _invariant(shown: Shown, subject: Subject, finding: Finding, witness: Witness) -> None:
    (one,) = [each for each in shown.book.invariants if each.id == finding.at]
    names = [name for name, action in shown.book.actions.items() if one.select is None or selects(one.select, action)]
    assert fires(one.when, {AS_OF: witness.as_of, **witness.facts})
    plan = [step for step in shown.steps(witness) if step.action in names]
    if one.kind in (InvariantKind.NEVER, InvariantKind.ALWAYS):
        assert bool(plan) == (one.kind is InvariantKind.NEVER)
        return
    cell = [1 << axis.class_of(witness.facts.get(axis.attribute)) for axis in subject.axes]
    for place, axis in enumerate(subject.axes):
        if axis.attribute == AS_OF:
            cell[place] = 1 << axis.class_of(witness.as_of)
    for axis_number, class_ in finding.changed:
        cell[axis_number] = 1 << class_
    other = witness_of(subject.space, shown.book, tuple(cell))
    assert fires(one.when, {AS_OF: other.as_of, **other.facts})
    after = [step for step in shown.steps(other) if step.action in names]
    assert plan != after if one.kind is InvariantKind.INDEPENDENT else len(after) < len(plan)


def _unknown_open(shown: Shown, subject: Subject, finding: Finding, witness: Witness) -> None:
    (guard,) = [each for each in shown.book.guards if each.id == finding.at]
    name = finding.message.split("`")[3]
    assert guard.effect in (Effect.WITHHOLD, Effect.HOLD)
    assert name not in witness.facts
    assert not fires(guard.when, {AS_OF: witness.as_of, **witness.facts})
    assert any(selects(guard.select, shown.book.actions[one]) for one in shown.planned(witness))


def _plan_dates(shown: Shown, subject: Subject, finding: Finding, witness: Witness) -> None:
    axis = next(axis for axis in subject.axes if axis.attribute == AS_OF)
    first: Any = axis.lowest(axis.class_of(witness.as_of))
    assert str(first) in finding.message
    days = [replace(witness, as_of=day) for day in (first - timedelta(days=1), first)]
    before, after = (shown.steps(replace(one, facts={**one.facts, AS_OF: one.as_of})) for one in days)
    assert before != after


def _removable(shown: Shown, subject: Subject, finding: Finding, witness: Witness) -> None:
    facts = {AS_OF: witness.as_of, **witness.facts}
    assert finding.at in {name for _, name in shown.reference.matching(facts)}
    assert shown.planned(witness) == Shown(without(shown.book, {finding.at})).planned(witness)


CLAIMS = {
    "gap": _gap,
    "broken-invariant": _invariant,
    "never-wins": _never_wins,
    "unknown-open": _unknown_open,
    "plan-dates": _plan_dates,
    "masked-rule": _removable,
    "subsumed-rule": _removable,
    "redundant-rule": _removable,
}


@pytest.mark.parametrize("block", range(4))
def test_who_is_shown_for_a_difference_is_planned_otherwise(block: int) -> None:
    """Of every region of a difference there is a valid customer whose two plans differ as it says, on all backends."""
    found = 0
    for seed in range(block * 30, (block + 1) * 30):
        random = Random(seed)
        old = small_book(random)
        new = edited(random, old)
        shown = Shown(old), Shown(new)
        told = difference(old, new)
        for one in told.regions:
            witness = witness_of(told.space, old, one.possible)
            assert expected(*(each.steps(witness) for each in shown)) == one.change
            found += 1

    assert found > 20


def test_who_tells_a_mutant_apart_is_planned_otherwise() -> None:
    """The customer shown for a mutant has another plan by it, on all backends."""
    found = 0
    for seed in range(60):
        random = Random(seed)
        book = small_book(random)
        every = list(mutants_of(book))
        judge = Judge(book, random.sample(every, min(3, len(every))))
        for number, mutant in enumerate(judge.mutants):
            verdict = judge.verdict(number)
            if isinstance(verdict, Different):
                witness = witness_of(judge.space, book, verdict.region)
                other = Shown(replace(mutant.book, assumptions=book.assumptions))
                assert Shown(book).steps(witness) != other.steps(witness), mutant.change
                found += 1

    assert found > 30


def test_who_is_shown_for_a_conflict_of_two_edits_is_one() -> None:
    """For the customer shown for a conflict both sides plan what is told, on all backends."""
    found = 0
    for seed in range(60):
        random = Random(seed)
        base = small_book(random)
        books = base, edited(random, base), edited(random, base)
        told = merge(*books)
        for one in told.contested:
            witness = witness_of(told.space, base, one.possible)
            before, ours, theirs = (Shown(book).steps(witness) for book in books)
            assert expected(before, ours) == one.ours
            assert expected(before, theirs) == one.theirs
            found += 1

    assert found > 10
