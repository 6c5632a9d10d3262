"""Do the laws that law and decency ask for hold for every customer of the shipped book?"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relmaint.engine import Engine
from relmaint.ir.rules import RuleBook
from relmaint.model.action import Kind, Nature
from relmaint.model.customer import Customer, Tier
from relmaint.model.plan import ActionPlan
from relmaint.rulebook import default_book_path, load_rule_book
from relmaint.testing import customers_on_days, laws
from relmaint.verify.totality import Totality

Case = tuple[Customer, date]
TRY = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@cache
def book() -> RuleBook:
    """Return the shipped book."""
    return load_rule_book(default_book_path())


@cache
def engine(backend: Any = "compiled") -> Engine:
    """Return an engine of the shipped book."""
    return Engine(book(), backend)


def cases() -> st.SearchStrategy[Case]:
    """Draw customers near every constant of the shipped book, and a day."""
    return customers_on_days(book())


test_laws = laws.as_pytest(default_book_path(), max_examples=40, backends=("compiled", "reference", "rete"))


def plan(customer: Customer, as_of: date, **changes: Any) -> ActionPlan:
    """Return the plan of a customer, with some facts changed."""
    return engine().plan(customer.model_copy(update=changes), as_of=as_of)


def discretionary(of: ActionPlan) -> set[str]:
    """Return the planned actions that contact budgets count."""
    return {one.action for one in of.actions if book().actions[one.action].is_discretionary_contact}


def duties(of: ActionPlan) -> set[str]:
    """Return the planned service and risk duties."""
    return {one.action for one in of.actions if book().actions[one.action].is_duty}


@given(cases())
@TRY
def test_everybody_has_a_daily_a_special_and_a_care_action(case: Case) -> None:
    """After all guards and budgets every customer, unknown axes included, has an action of each kind."""
    customer, as_of = case

    assert set(Kind) == {one.kind for one in plan(customer, as_of).actions}


def test_the_sixty_combinations_are_proven_covered() -> None:
    """The exact check finds no combination without a guaranteed action of each kind."""
    assert [] == [str(one) for one in Totality(book()).findings()]


@given(cases(), st.sampled_from([False, None]))
@TRY
def test_withdrawing_consent_takes_no_duty(case: Case, consent: bool | None) -> None:
    """The duties of a customer who refuses marketing, or was not asked, are those of one who agreed."""
    customer, as_of = case
    agreed = duties(plan(customer, as_of, marketing_consent=True))

    assert agreed <= duties(plan(customer, as_of, marketing_consent=consent))


@given(cases())
@TRY
def test_discretionary_contacts_fall_with_the_tier(case: Case) -> None:
    """Discretionary contacts are key >= ordinary >= exit = 0, and no budget is overdrawn."""
    customer, as_of = case
    made = customer.contacts_30d
    key, ordinary, leaving, unknown = (
        len(discretionary(plan(customer, as_of, tier=tier))) for tier in (Tier.KEY, Tier.ORDINARY, Tier.EXIT, None)
    )

    assert key >= ordinary >= leaving == unknown == 0
    assert key <= (0 if made is None else max(0, 4 - made))
    assert ordinary <= (0 if made is None else max(0, 2 - made))


@given(cases(), st.sampled_from(["do_not_contact", "bereavement", "hardship", "fraud_case"]))
@TRY
def test_a_flag_that_protects_never_adds_a_contact_nor_takes_a_duty(case: Case, flag: str) -> None:
    """Raising a protecting flag adds no discretionary contact and keeps every duty."""
    customer, as_of = case
    before, after = plan(customer, as_of, **{flag: False}), plan(customer, as_of, **{flag: True})

    assert len(discretionary(after)) <= len(discretionary(before))
    assert duties(before) <= duties(after)


@given(cases(), st.sampled_from(["do_not_contact", "bereavement"]))
@TRY
def test_unknown_is_as_safe_as_the_worst(case: Case, flag: str) -> None:
    """When nobody knows whether a protecting flag is raised, no contact is planned that the raised flag forbids."""
    customer, as_of = case
    unknown, raised = plan(customer, as_of, **{flag: None}), plan(customer, as_of, **{flag: True})

    assert discretionary(unknown) <= discretionary(raised)


@given(cases())
@TRY
def test_age_takes_nothing_from_anybody_but_offers(case: Case) -> None:
    """A customer of 70 keeps every duty and courtesy of one of 40; age protects and never excludes."""
    customer, as_of = case
    younger = plan(customer, as_of, birth_date=as_of.replace(year=as_of.year - 40, day=1))
    older = plan(customer, as_of, birth_date=as_of.replace(year=as_of.year - 70, day=1))
    kept = {one.action for one in younger.actions if one.nature is not Nature.MARKETING}

    assert duties(younger) <= duties(older)
    assert kept - discretionary(younger) <= {one.action for one in older.actions}


@given(cases())
@TRY
def test_courtesy_is_for_everyone(case: Case) -> None:
    """The small courtesies of the parking-stamp case are in every plan, whatever the tier or the balance."""
    customer, as_of = case

    assert "com-c1-courtesy" in {one.action for one in plan(customer, as_of).actions}


@pytest.mark.parametrize("as_of", [date(2026, 3, 2), date(2061, 3, 2)])
def test_a_customer_of_whom_nothing_is_known_is_served(as_of: date) -> None:
    """An empty record gives a plan without a single discretionary contact, also beyond the calendar of festivals."""
    bare = engine().plan(Customer(id="1", events=None), as_of=as_of)

    assert set(Kind) == {one.kind for one in bare.actions}
    assert discretionary(bare) == set()
