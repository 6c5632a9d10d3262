"""Does the judge of mutants call equivalent just what is, and does its customer tell a mutant apart?"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmaint.ir.program import UNKNOWN, Axis
from relmaint.ir.rules import RuleBook
from relmaint.rank.decide import Decision, Ranking
from relmaint.rulebook.load import parse_rule_book
from relmaint.testing import rule_books
from relmaint.verify.judge import Cell, Different, Equivalent, Judge
from relmaint.verify.mutants import Mutant, mutants_of
from relmaint.verify.plans import Outcome, decide_cell, outcome_of
from relmaint.verify.space import Space
from relmaint.vocabulary import BooleanType, DateType, DecimalType, EnumType, IntegerType, SetType, step_after
from tests.models import SmallCustomer

SAMPLES = 60


def value_in(axis: Axis, class_: int) -> Any:
    """Return some value of a class of an axis that is not of a set."""
    match axis.type:
        case EnumType():
            return axis.type.values[class_ - 1]
        case BooleanType():
            return class_ == 2
        case IntegerType() | DecimalType() | DateType():
            if (lowest := axis.lowest(class_)) is not None:
                return lowest
            if not axis.cuts:
                return date(2026, 1, 1) if isinstance(axis.type, DateType) else step_after(axis.type, 0)
            return axis.cuts[0] - (timedelta(days=1) if isinstance(axis.type, DateType) else 1)
        case _:
            return axis.words[class_ - 2] if class_ > 1 else "a text that no book names"


def facts_in(axes: tuple[Axis, ...], cell: Cell) -> dict[str, Any]:
    """Return facts of a customer in the cell."""
    facts: dict[str, Any] = {}
    for axis, class_ in zip(axes, cell, strict=True):
        if class_ == UNKNOWN:
            continue
        if isinstance(axis.type, SetType):
            facts[axis.attribute] = facts.get(axis.attribute, frozenset()) | ({axis.member} if class_ == 2 else set())
        else:
            facts[axis.attribute] = value_in(axis, class_)
    return facts


class Both:
    """The book and one mutant, lowered from nothing and asked by the ranking alone."""

    def __init__(self, book: RuleBook, mutant: Mutant) -> None:
        self.space = Space(book, mutant.book)
        self.rankings = [Ranking(program) for program in self.space.programs]

    def outcomes(self, cell: Cell) -> list[Outcome]:
        """Return what the two plan for the customers of a cell."""
        return [
            outcome_of(decide_cell(ranking, program, cell))
            for ranking, program in zip(self.rankings, self.space.programs, strict=True)
        ]

    def is_possible(self, cell: Cell) -> bool:
        """Whether a customer can be in the cell."""
        return self.space.possible(tuple(1 << class_ for class_ in cell)) is not None

    def cells(self, random: Random) -> list[Cell]:
        """Return cells drawn at random."""
        classes = [[one for one in range(axis.size) if axis.everything >> one & 1] for axis in self.space.axes]
        return [tuple(random.choice(ones) for ones in classes) for _ in range(SAMPLES)]


def check(book: RuleBook, seed: int, most: int = 12) -> dict[str, int]:
    """Compare the verdicts about some mutants with the ranking; return how often each verdict came."""
    random = Random(seed)
    mutants = list(mutants_of(book))
    judge = Judge(book, random.sample(mutants, min(most, len(mutants))))
    found: dict[str, int] = {}
    for number, mutant in enumerate(judge.mutants):
        verdict = judge.verdict(number)
        found[type(verdict).__name__] = found.get(type(verdict).__name__, 0) + 1
        both = Both(book, mutant)
        match verdict:
            case Different(cell):
                own = both.space.programs[0].cell(facts_in(tuple(judge.space.axes), cell))
                one, other = both.outcomes(own)
                assert both.is_possible(own), mutant.change
                assert one != other, mutant.change
            case Equivalent():
                for sample in both.cells(random):
                    one, other = both.outcomes(sample)
                    assert one == other or not both.is_possible(sample), mutant.change
            case _:
                pass
    return found


@pytest.mark.evidence
@settings(max_examples=120)
@given(rule_books(SmallCustomer), st.integers(0, 2**32))
def test_a_verdict_is_what_the_ranking_says(book: RuleBook, seed: int) -> None:
    """Equivalent mutants plan alike for every sampled cell, and one that is different has a customer to tell."""
    check(book, seed)


def said(decision: Decision) -> Any:
    """Return a decision by the names in it, for a mutant's action or guard is not that of the book."""
    planned = [(one.action.id, one.score, one.reasons, one.owner, one.channel, one.guards) for one in decision.planned]
    deferred = [(one.deferred_by.until, one.deferred_by.clock) for one in decision.planned if one.deferred_by]
    return decision.status, planned, deferred, decision.withheld, decision.uncovered


@pytest.mark.evidence
@settings(max_examples=25)
@given(rule_books(SmallCustomer), st.integers(0, 2**32))
def test_those_told_apart_are_just_those_of_whom_the_mutant_decides_otherwise(book: RuleBook, seed: int) -> None:
    """Of the kept customers, a mutant tells apart just those for whom its own book decides something else."""
    random = Random(seed)
    mutants = list(mutants_of(book))
    judge = Judge(book, random.sample(mutants, min(12, len(mutants))))
    classes = [[one for one in range(axis.size) if axis.everything >> one & 1] for axis in judge.space.axes]
    drawn = [tuple(random.choice(ones) for ones in classes) for _ in range(40)]
    cells = [cell for cell in drawn if judge.space.possible(tuple(1 << class_ for class_ in cell)) is not None][:12]
    for cell in cells:
        judge.learn(cell)
    for number, mutant in enumerate(judge.mutants):
        both = Both(book, mutant)
        decided = []
        for cell in cells:
            own = both.space.programs[0].cell(facts_in(tuple(judge.space.axes), cell))
            pairs = zip(both.rankings, both.space.programs, strict=True)
            decided.append([said(decide_cell(ranking, program, own)) for ranking, program in pairs])
        last = range(len(cells) // 2, len(cells))
        told = {place: said(decision) for place, decision in judge.told_apart(number, first=last)}
        for place, (old, new) in enumerate(decided):
            assert told.get(place, old) == new, mutant.change


_BOOK = """
book: {name: small, version: 1.0.0, covers: []}
actions:
  notice: {kind: daily, nature: service, title: Notice, precedence: dated}
  call: {kind: care, nature: care, title: Call, channel: phone, precedence: care, base: 5}
  offer: {kind: special, nature: marketing, title: Offer, channel: phone, precedence: growth}
rules:
  - {id: due, when: days_to_maturity <= 7 and days_to_maturity <= 30, do: [notice]}
  - {id: old, when: age >= 60, do: [call]}
  - {id: sell, when: tier = key, do: [offer]}
guards:
  - {id: consent, when: marketing_consent is not true, withhold: {nature: marketing}}
"""


def test_a_condition_that_adds_nothing_gives_an_equivalent_mutant() -> None:
    """Dropping or widening the weaker of two bounds changes no plan; a step of the other does."""
    book = parse_rule_book(_BOOK)
    judge = Judge(book, mutants_of(book))
    verdicts = {mutant.change: type(judge.verdict(number)) for number, mutant in enumerate(judge.mutants)}

    assert verdicts["`days_to_maturity <= 30` is dropped"] is Equivalent
    assert verdicts["`days_to_maturity <= 7` becomes `days_to_maturity < 7`"] is Different
    assert verdicts["`days_to_maturity <= 7` is dropped"] is Different
    assert verdicts["the guard `consent` is dropped"] is Different


def test_one_edit_is_one_mutant() -> None:
    """Edits that come to the same boxes of a statement are judged once."""
    book = parse_rule_book(_BOOK)
    mutants = list(mutants_of(book))
    judge = Judge(book, mutants)
    changes = [mutant.change for mutant in judge.mutants]

    assert "`days_to_maturity <= 7` becomes `days_to_maturity <= 6`" in [mutant.change for mutant in mutants]
    assert "`days_to_maturity <= 7` becomes `days_to_maturity <= 6`" not in changes
    assert "`days_to_maturity <= 7` becomes `days_to_maturity < 7`" in changes


_BUDGET = """
book: {name: small, version: 1.0.0, covers: []}
actions:
  call: {kind: care, nature: care, title: Call, channel: phone, precedence: care}
  visit: {kind: care, nature: care, title: Visit, channel: phone, precedence: care}
rules:
  - {id: both, when: tier = key, do: [call, visit]}
tables:
  - {id: budget, hit: unique, inputs: [tier], outputs: [contacts_30d], rows: [[key, 1], [exit, 1]]}
"""


def test_a_budget_counts_where_it_cuts_off_an_action() -> None:
    """A step of a budget that some plan reaches is told apart; one that no plan reaches is equivalent."""
    book = parse_rule_book(_BUDGET)
    judge = Judge(book, mutants_of(book))
    verdicts = {mutant.change: type(judge.verdict(number)) for number, mutant in enumerate(judge.mutants)}

    assert verdicts["`contacts_30d` of `budget#1` is 2 instead of 1"] is Different
    assert verdicts["`contacts_30d` of `budget#1` is 0 instead of 1"] is Different
    assert verdicts["`contacts_30d` of `budget#2` is 2 instead of 1"] is Equivalent


_HOLDS = """
book: {name: holds, version: 1.0.0, covers: []}
actions:
  one: {kind: special, nature: service, title: One, precedence: duty}
  two: {kind: special, nature: service, title: Two, precedence: duty}
  offer: {kind: special, nature: marketing, title: Offer, channel: phone, precedence: growth}
  plain: {kind: special, nature: marketing, title: Plain, precedence: growth, base: 5}
rules:
  - {id: sell, when: tier = key, do: [offer, plain]}
guards:
  - {id: a, when: age >= 60, hold: {action: offer}, needs: one}
  - {id: b, when: age >= 50, hold: {action: offer}, needs: OTHER}
  - {id: c, when: age >= 40, hold: {action: offer}, needs: one}
  - {id: d, when: tier = exit, withhold: {nature: marketing}}
  - {id: e, when: tier = key, restrict: {nature: marketing}, channels: [phone, letter]}
"""


def verdicts_of(text: str) -> dict[str, type]:
    """Return the verdict on every mutant of a book, by its sentence."""
    book = parse_rule_book(text)
    judge = Judge(book, mutants_of(book))
    return {mutant.change: type(judge.verdict(number)) for number, mutant in enumerate(judge.mutants)}


def test_a_hold_hides_another_one_for_the_same_step() -> None:
    """Where a second guard asks for the same step the first can go; not when a third asks for another one before it."""
    same, between = verdicts_of(_HOLDS.replace("OTHER", "one")), verdicts_of(_HOLDS.replace("OTHER", "two"))

    assert same["the guard `a` is dropped"] is Equivalent
    assert between["the guard `a` is dropped"] is Different
    assert same["the guard `c` is dropped"] is Different
    assert same["the guard `d` is dropped"] is Equivalent  # nothing is sold in the exit tier


def test_a_guard_that_can_alter_nothing_is_nothing_to_lose() -> None:
    """A restriction to channels that an action has anyway, or of an action without channels, shows in no plan."""
    found = verdicts_of(_HOLDS.replace("OTHER", "one"))

    assert found["the guard `e` is dropped"] is Equivalent
    assert found["`channels` of `e` loses `letter`"] is Equivalent
    assert found["`channels` of `e` loses `phone`"] is Different


_SCORES = """
book: {name: scores, version: 1.0.0, covers: []}
actions:
  first: {kind: special, nature: marketing, title: First, channel: phone, precedence: growth, base: 10}
  second: {kind: special, nature: marketing, title: Second, channel: phone, precedence: growth, base: 8}
  alone: {kind: special, nature: marketing, title: Alone, channel: phone, precedence: care, base: 9}
rules:
  - {id: sell, when: tier = key, do: [first, second, alone]}
  - {id: more, when: habit = price, boost: {second: 1}}
tables:
  - id: budget
    hit: unique
    inputs: [tier]
    outputs: [contacts_30d]
    rows: [[key, 2], [ordinary, 1], [exit, 0]]
"""


def test_a_base_matters_only_where_places_change() -> None:
    """One point more or less shows just when it lets a rival of the same class pass, in the budget or in the order."""
    found = verdicts_of(_SCORES)

    assert found["the base of `first` is 9 instead of 10"] is Equivalent  # nine against nine: the id decides
    assert found["the base of `first` is 11 instead of 10"] is Equivalent
    assert found["the base of `first` is 7 instead of 10"] is Different
    assert found["the base of `second` is 11 instead of 8"] is Different
    assert found["the base of `second` is 9 instead of 8"] is Equivalent
    assert found["the base of `second` is 7 instead of 8"] is Equivalent
    assert {found[f"the base of `alone` is {number} instead of 9"] for number in (8, 10)} == {Equivalent}
