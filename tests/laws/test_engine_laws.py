"""Which laws hold for every book and every customer? Each is tried on random ones, at ends of classes and unknown."""

from __future__ import annotations

import dataclasses
import sys
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relmaint.engine import Engine
from relmaint.explain.account import shortfall, support
from relmaint.ir.conditions import Comparison, Operator, comparisons, negated
from relmaint.ir.reference import fires, truth
from relmaint.ir.rules import Effect, Guard, HitPolicy, Row, Rule, RuleBook, Selector, Table
from relmaint.lower import boxes_of, lower
from relmaint.model.action import Nature
from relmaint.model.attributes import facts_of, vocabulary_of
from relmaint.model.plan import ActionPlan
from relmaint.testing import conditions, customers_on_days, laws, rule_books
from relmaint.vocabulary import AS_OF
from tests.models import SmallCustomer

Case = tuple[RuleBook, Any, date]

EXAMPLES = 100 if sys.version_info[:2] == (3, 11) else 30
"""The oldest interpreter tries every law often; on the others a few examples show that the same code runs."""


@pytest.mark.parametrize("law", laws.OF_ANY_BOOK, ids=lambda law: law.name)
def test_every_law_of_any_book_holds_for_random_books(law: laws.Law) -> None:
    """What the package tells banks that no book can break is not broken by random ones."""
    tried(law, ("compiled", "reference"), EXAMPLES // law.share)


@pytest.mark.parametrize("name", ["backends-agree", "activations-are-counted"])
def test_durable_rules_agrees_with_the_reference(name: str) -> None:
    """The third backend, contained, gives the same whole plan as the reference, and matches the same statements."""
    (law,) = (one for one in laws.OF_ANY_BOOK if one.name == name)
    tried(law, ("reference", "rete"), EXAMPLES * 2 // 3)


def tried(law: laws.Law, backends: Any, examples: int) -> None:
    """Try a law on random books.

    Raises:
        AssertionError: a book breaks it.
    """

    def test(data: st.DataObject) -> None:
        book = data.draw(rule_books(SmallCustomer), label="book")
        law.try_once(data.draw, laws.Subject(book, backends))

    test.__name__ = law.body.__name__  # Hypothesis keeps failing examples by it
    # A drawn book is large and costs time, which a busy machine makes more of; neither says anything about a law.
    checks = (HealthCheck.too_slow, HealthCheck.data_too_large)
    settings(max_examples=examples, suppress_health_check=checks)(given(st.data())(test))()


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a book, a customer near its constants, and a day."""
    book = draw(rule_books(SmallCustomer))
    customer, as_of = draw(customers_on_days(book))
    return book, customer, as_of


def discretionary(plan: ActionPlan, book: RuleBook) -> list[str]:
    """Return the planned actions that contact budgets count."""
    return [one.action for one in plan.actions if book.actions[one.action].is_discretionary_contact]


@given(cases())
@settings(max_examples=200)
def test_no_marketing_without_consent(case: Case) -> None:
    """Under a consent guard no plan holds marketing unless consent is known and given."""
    book, customer, as_of = case
    guard = Guard(
        "consent/marketing",
        Comparison("consent", Operator.IS_NOT_TRUE),
        Effect.WITHHOLD,
        Selector((("nature", (Nature.MARKETING,)),)),
    )
    plan = Engine(dataclasses.replace(book, guards=(guard, *book.guards))).plan(customer, as_of=as_of)
    marketing = [one.action for one in plan.actions if one.nature is Nature.MARKETING]

    assert customer.consent is True or marketing == []


@given(cases())
@settings(max_examples=200)
def test_contacts_by_tier_fall_with_the_budget(case: Case) -> None:
    """Where only the budget reads the tier, discretionary contacts are key >= ordinary >= exit."""
    book, customer, as_of = case
    table = Table(
        "tier/contact-budget",
        HitPolicy.UNIQUE,
        ("tier",),
        ("contacts_30d",),
        tuple(
            Row(f"tier/contact-budget#{n}", (Comparison("tier", Operator.EQ, (tier,)),), limits=(limit,))
            for n, (tier, limit) in enumerate((("key", 4), ("ordinary", 2), ("exit", 0)), start=1)
        ),
    )
    blind = dataclasses.replace(
        book,
        rules=tuple(one for one in book.rules if not any(c.attribute == "tier" for c in comparisons(one.when))),
        tables=(*(one for one in book.tables if "tier" not in one.inputs and not one.limits), table),
        guards=tuple(one for one in book.guards if not any(c.attribute == "tier" for c in comparisons(one.when))),
    )
    known = {rule.id for rule in blind.rules} | {row.id for one in blind.tables for row in one.rows}
    blind = dataclasses.replace(
        blind,
        rules=tuple(
            dataclasses.replace(one, overrides=tuple(name for name in one.overrides if name in known))
            for one in blind.rules
        ),
    )
    engine = Engine(blind)
    key, ordinary, leaving = (
        len(discretionary(engine.plan(customer.model_copy(update={"tier": tier}), as_of=as_of), blind))
        for tier in ("key", "ordinary", "exit")
    )

    assert key >= ordinary >= leaving == 0


@given(cases(), st.integers(0, 3))
@settings(max_examples=200)
def test_budgets_count_contacts_already_made(case: Case, limit: int) -> None:
    """Discretionary contacts stay within what the budget leaves; an unknown count leaves none."""
    book, customer, as_of = case
    table = Table("zz/budget", HitPolicy.UNIQUE, ("tier",), ("contacts_30d",), (), default=limit)
    plan = Engine(dataclasses.replace(book, tables=(*book.tables, table))).plan(customer, as_of=as_of)
    room = 0 if customer.contacts_30d is None else max(0, limit - customer.contacts_30d)

    assert len(discretionary(plan, book)) <= room


@given(st.data())
@settings(max_examples=300)
def test_lowering_keeps_the_meaning(data: st.DataObject) -> None:
    """A customer's cell lies in some box of a condition exactly when the condition is true of the customer."""
    vocabulary = vocabulary_of(SmallCustomer)
    condition = data.draw(conditions(SmallCustomer))
    book = RuleBook("t", "1", vocabulary, rules=(Rule("r", condition),))
    customer, as_of = data.draw(customers_on_days(book))
    facts = facts_of(vocabulary, customer, as_of)
    program = lower(book)
    cell = program.cell(facts)
    number = {(axis.attribute, axis.member): index for index, axis in enumerate(program.axes)}
    boxes = boxes_of(negated(condition), program.axes, number)

    assert fires(condition, facts) == any(all(mask >> cell[index] & 1 for index, mask in box) for box in boxes)


@given(st.data())
@settings(max_examples=300)
def test_pushing_not_inwards_keeps_all_three_values(data: st.DataObject) -> None:
    """A condition and its form without `not` are true, false and unknown for the same customers."""
    vocabulary = vocabulary_of(SmallCustomer)
    condition = data.draw(conditions(SmallCustomer))
    book = RuleBook("t", "1", vocabulary, rules=(Rule("r", condition),))
    customer, as_of = data.draw(customers_on_days(book))
    facts = facts_of(vocabulary, customer, as_of)

    assert truth(condition, facts) == truth(negated(condition), facts)


@given(st.data())
@settings(max_examples=200)
def test_support_and_shortfall_tell_the_truth(data: st.DataObject) -> None:
    """A true condition has support and no shortfall; one that is not true has a shortfall or is never true."""
    vocabulary = vocabulary_of(SmallCustomer)
    condition = data.draw(conditions(SmallCustomer))
    book = RuleBook("t", "1", vocabulary, rules=(Rule("r", condition),))
    customer, as_of = data.draw(customers_on_days(book))
    facts = facts_of(vocabulary, customer, as_of)
    missing = shortfall(condition, facts)

    assert fires(condition, facts) == (missing == ())
    assert all(fires(one, facts) for one in support(condition, facts))
    assert AS_OF in facts
