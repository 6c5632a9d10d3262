"""Does the book of branch P1 keep the traps of its source open, and close none of them silently?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from relmaint.model.action import Kind
from relmaint.model.plan import ActionPlan, PlanStatus, Stage
from tests.policies.books import engine_of, findings_of, model_of, owners, planned

AS_OF = date(2026, 3, 2)
TOP = {"owner-wealth-manager", "owner-vice-president", "owner-branch-manager"}
ADOPTED = {"owner-outlet-director", "owner-lobby-manager"}
BORN = {59: date(1966, 3, 3), 60: date(1966, 3, 2), 63: date(1962, 8, 20)}


def plan_for(**facts: object) -> ActionPlan:
    """Plan for one customer of the branch."""
    return engine_of("branch-p1").plan(model_of("branch-p1")(id="C1", **facts), as_of=AS_OF)


def test_the_book_has_no_findings() -> None:
    """Nothing is found in the book but what it excepts with a reason."""
    assert findings_of("branch-p1") == []


@pytest.mark.parametrize(
    ("assets", "expected"),
    [
        ("49999.99", set()),
        ("50000", {"owner-outlet-staff"}),
        ("99999.99", {"owner-outlet-staff"}),
        ("100000", ADOPTED),
        ("199999.99", ADOPTED),
        ("200000", {"owner-outlet-wealth-manager"}),
        ("2000000", {"owner-outlet-wealth-manager"}),
        ("2000000.01", TOP),
    ],
)
def test_bands_meet_without_gap_or_overlap(assets: str, expected: set[str]) -> None:
    """At 5, 10, 20 and 200 (ten thousand yuan) the owner changes exactly once, and 200 itself is not above 200."""
    assert owners(plan_for(aum=Decimal(assets), birth_date=BORN[59])) == expected


@pytest.mark.parametrize("assets", ["50000", "70000", "99999.99"])
def test_five_to_ten_aged_sixty_has_no_owner(assets: str) -> None:
    """From 50,000 to 100,000 a customer of 60 or more is in scope and nobody is responsible: the plan says so."""
    plan = plan_for(aum=Decimal(assets), birth_date=BORN[60])

    assert plan.uncovered == (Kind.DAILY,)
    assert plan.status is PlanStatus.PLANNED
    assert planned(plan) == {"list-for-maintenance", "question-age"}


def test_the_age_gap_closes_on_neither_side_by_itself() -> None:
    """One day younger, one cent less or one band higher, and age is no question any more."""
    younger = plan_for(aum=Decimal(70000), birth_date=BORN[59])
    poorer = plan_for(aum=Decimal("49999.99"), birth_date=BORN[60], card_spend_12m=Decimal(50000))
    richer = plan_for(aum=Decimal(100000), birth_date=BORN[60])

    assert [("question-age" in planned(plan), plan.uncovered) for plan in (younger, poorer, richer)] == [
        (False, ()),
        (False, (Kind.DAILY,)),
        (False, ()),
    ]


def test_the_age_question_goes_to_compliance_first() -> None:
    """That age alone excludes somebody is put before compliance, ahead of everything else in the plan."""
    first = plan_for(aum=Decimal(70000), birth_date=BORN[63]).actions[0]

    assert (first.action, first.owner) == ("question-age", "compliance")
    assert "63" in (first.reasons[0].because.en or "")


def test_an_unknown_age_names_no_owner() -> None:
    """From 50,000 to 100,000 an unknown age neither names the outlet staff nor raises the question of age."""
    plan = plan_for(aum=Decimal(70000))

    assert planned(plan) == {"list-for-maintenance"}
    assert plan.uncovered == (Kind.DAILY,)


@pytest.mark.parametrize(
    ("facts", "in_scope"),
    [
        ({"card_spend_12m": Decimal("49999.99")}, False),
        ({"card_spend_12m": Decimal(50000)}, True),
        ({"loan": Decimal("299999.99")}, False),
        ({"loan": Decimal(300000)}, True),
        ({"custody_margin": Decimal("9999.99")}, False),
        ({"custody_margin": Decimal(10000)}, True),
        ({"card_grade": "standard"}, False),
        ({"card_grade": "gold"}, True),
        ({"card_grade": "platinum"}, True),
    ],
)
def test_scope_without_assets_has_no_owner(facts: dict[str, object], in_scope: bool) -> None:
    """Card spending, loan, custody margin or a card alone bring a customer into scope, and give no owner."""
    model = model_of("branch-p1")
    customer = model.model_validate({"id": "C1", "aum": Decimal(20000), **facts}, strict=False)
    plan = engine_of("branch-p1").plan(customer, as_of=AS_OF)

    assert ("list-for-maintenance" in planned(plan)) is in_scope
    assert plan.uncovered == (Kind.DAILY,)
    assert plan.status is (PlanStatus.PLANNED if in_scope else PlanStatus.UNCOVERED)


def test_an_entry_lifts_to_the_higher_owner() -> None:
    """The entry of private banking outranks the band of the assets, and the plan says by which row."""
    plan = plan_for(aum=Decimal(300000), private_entry=True)

    assert owners(plan) == TOP
    assert [(one.action, one.stage, one.rule) for one in plan.withheld] == [
        ("owner-outlet-wealth-manager", Stage.HIT_POLICY, "branch-p1/private-entry")
    ]


def test_an_entry_does_not_bring_into_scope() -> None:
    """The source names the entries as owners, not as scope: such a customer has an owner and is not on the list."""
    plan = plan_for(aum=Decimal(20000), wealth_entry=True)

    assert planned(plan) == {"owner-outlet-wealth-manager"}
