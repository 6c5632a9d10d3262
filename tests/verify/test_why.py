"""Is the least change that is given a change, and is there really no smaller one?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmaint.engine import Engine
from relmaint.ir.program import UNKNOWN
from relmaint.ir.rules import RuleBook
from relmaint.model.attributes import facts_of, vocabulary_of
from relmaint.model.customer import Customer, Habit, Tier
from relmaint.rank.decide import Ranking
from relmaint.rulebook import parse_rule_book
from relmaint.testing import customers_on_days, rule_books
from relmaint.verify.plans import decide_cell
from relmaint.verify.space import Space
from relmaint.verify.why import Why
from relmaint.vocabulary import AS_OF, Value
from tests.models import SmallCustomer

BOOK = """
book: {name: b, version: "1", covers: []}
actions:
  call: {kind: care, nature: care, title: {zh: 电话, en: call}, channel: phone, precedence: care}
  note: {kind: care, nature: internal, title: {zh: 记录, en: note}, precedence: care}
rules:
  - {id: old, when: age >= 65 and tier = key, do: call}
  - {id: rich, when: aum >= 100000 and tier = key and habit = price, do: call}
  - {id: all, do: note}
guards: [{id: quiet, when: do_not_contact is true, withhold: {nature: care}}]
"""


@pytest.mark.evidence
@settings(max_examples=120)
@given(st.data())
def test_no_smaller_change_does_what_the_smallest_does(data: st.DataObject) -> None:
    """The engine agrees about the plan, and no change of fewer attributes, tried at random, turns the answer round."""
    book: RuleBook = data.draw(rule_books(SmallCustomer))
    customer, as_of = data.draw(customers_on_days(book))
    random = Random(data.draw(st.integers(0, 1 << 30)))  # reproducible on purpose
    action = data.draw(st.sampled_from(sorted(book.actions)))
    facts = facts_of(book.vocabulary, customer, as_of)
    space = Space(book)
    cell = tuple(axis.class_of(facts.get(axis.attribute)) for axis in space.axes)
    if space.possible(tuple(1 << class_ for class_ in cell)) is None:
        return
    ranking = Ranking(space.programs[0])
    answer = Why(book).smallest(facts, action)
    planned = {one.action for one in Engine(book).plan(customer, as_of=as_of).actions}

    assert answer.planned is (action in planned)
    sizes = {len(change.to) for change in answer.changes}
    assert len(sizes) <= 1
    assert not any(book.vocabulary[name].immutable or name == AS_OF for change in answer.changes for name in change.to)
    if not answer.smaller_proven:
        return
    names = sorted({axis.attribute for axis in space.axes if axis.attribute != AS_OF})
    fewer = min(sizes, default=3) - 1
    for _ in range(30 if fewer else 0):
        moved = set(random.sample(names, min(fewer, len(names))))
        tried = tuple(
            random.randrange(1, axis.size) if axis.attribute in moved and axis.everything >> 1 else class_
            for axis, class_ in zip(space.axes, cell, strict=True)
        )
        free = not any(_is_fixed(book, name) for name in moved)
        if free and UNKNOWN not in tried and space.possible(tuple(1 << class_ for class_ in tried)) is not None:
            found = {one.action.id for one in decide_cell(ranking, space.programs[0], tried).planned}
            assert (action in found) is answer.planned


def _is_fixed(book: RuleBook, name: str) -> bool:
    return book.vocabulary[name].immutable or book.vocabulary[name].derive is not None


def facts(**values: Any) -> dict[str, Value]:
    """Return what is known of a customer on the plan's day."""
    customer = Customer(id="x", **values)
    return dict(facts_of(vocabulary_of(Customer), customer, date(2026, 3, 2)))


def test_the_fewest_attributes_come_first_and_age_is_never_changed() -> None:
    """Who is not old needs two changes, because the birth date stays as it is."""
    answer = Why(parse_rule_book(BOOK)).smallest(facts(tier=Tier.KEY, aum=Decimal(5)), "call")

    assert (answer.planned, answer.smaller_proven) == (False, True)
    assert [dict(one.to) for one in answer.changes] == [{"aum": "aum >= 100000", "habit": "habit = price"}]


def test_one_change_takes_an_action_out() -> None:
    """Of the changes that take the action out each is of one attribute."""
    answer = Why(parse_rule_book(BOOK)).smallest(
        facts(tier=Tier.KEY, birth_date=date(1950, 1, 1)),
        "call",
    )

    assert answer.planned
    assert {"do_not_contact": "do_not_contact is true"} in [dict(one.to) for one in answer.changes]


def test_what_nothing_brings_in_is_proven() -> None:
    """An action that no rule proposes has no change, and that is proven."""
    text = BOOK.replace("{id: all, do: note}", "{id: none, when: age > 130, do: note}")
    answer = Why(parse_rule_book(text)).smallest(facts(tier=Tier.KEY), "note")

    assert (answer.changes, answer.smaller_proven) == ((), True)


def test_a_spent_budget_is_no_answer() -> None:
    """With nothing to spend, nothing is called proven."""
    answer = Why(parse_rule_book(BOOK)).smallest(facts(tier=Tier.KEY, aum=Decimal(5)), "call", budget=1)

    assert not answer.smaller_proven


def test_an_attribute_that_an_assumption_ties_changes_along() -> None:
    """When nobody is key without a habit, becoming key takes a habit too; that it takes two is proven."""
    text = BOOK.replace("{id: all, do: note}", "{id: all, when: tier = key, do: note}")
    text += "assume: [{id: a, always: tier = ordinary or habit is known}]\n"
    answer = Why(parse_rule_book(text)).smallest(facts(tier=Tier.ORDINARY), "note")

    assert [set(one.to) for one in answer.changes] == [{"tier", "habit"}] * len(answer.changes) != []
    assert answer.smaller_proven


def test_near_misses_are_what_one_change_brings_in() -> None:
    """An old customer is one tier away from a call."""
    near = Why(parse_rule_book(BOOK)).near_misses(facts(tier=Tier.ORDINARY, birth_date=date(1950, 1, 1))).changes

    assert {name: dict(change.to) for name, change in near.items()} == {"call": {"tier": "tier = key"}}


def test_a_change_names_the_boundaries_that_bear_on_the_action() -> None:
    """Of two rules with one constant only that which proposes the action is named, with the place of its test."""
    book = parse_rule_book(BOOK.replace("  - {id: all, do: note}", "  - {id: all, when: aum >= 100000, do: note}"))
    customer = Customer(id="C", tier=Tier.KEY, habit=Habit.PRICE, aum=Decimal(50_000), birth_date=date(1990, 1, 1))
    answer = Why(book).smallest(facts_of(book.vocabulary, customer, date(2026, 3, 2)), "call")
    (change,) = answer.changes

    assert [("rich", "aum >= 100000", True)] == [
        (edge.statement, edge.comparison, edge.span is not None) for edge in change.edges
    ]
