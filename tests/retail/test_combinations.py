"""Does the retail book serve all 60 combinations of the axes, also when a customer's situation is as bad as it gets?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from itertools import product
from typing import Any

import pytest

from relmaint.engine import Engine
from relmaint.model.action import DUTY_NATURES, Kind, Nature
from relmaint.model.customer import Customer, Event, Habit, Preference, Tier
from relmaint.model.plan import ActionPlan, Stage
from relmaint.rulebook.load import default_book_path, load_rule_book

AS_OF = date(2026, 3, 2)
KNOWN = [*product(Preference, Habit, Tier)]
ALL = [*product([*Preference, None], [*Habit, None], [*Tier, None])]

WILLING: dict[str, Any] = {
    "marketing_consent": True,
    "do_not_contact": False,
    "greetings_welcome": True,
    "events_welcome": True,
    "profiling_refused": False,
    "vulnerability": False,
    "hardship": False,
    "bereavement": False,
    "fraud_case": False,
    "complaints_open": 0,
    "arrears_days": 0,
    "loan": Decimal(0),
    "contacts_30d": 0,
    "risk_class": 5,
    "risk_class_expiry": date(2026, 12, 31),
    "birth_date": date(1980, 3, 3),
    "relationship_start": date(2016, 3, 4),
    "last_contact": date(2025, 1, 1),
    "last_review": date(2025, 1, 1),
}
"""A customer who welcomes everything, with a birthday and an anniversary near, and no contact for a year."""

EVENTFUL: dict[str, Any] = {
    **WILLING,
    "deposit_maturity": date(2026, 3, 5),
    "product_maturity": date(2026, 3, 6),
    "facility_maturity": date(2026, 3, 10),
    "limit_review": date(2026, 3, 30),
    "next_repayment": date(2026, 3, 5),
    "document_expiry": date(2026, 3, 4),
    "benefit_expiry": date(2026, 3, 20),
    "deposit_change_30d": Decimal("-0.6"),
    "aum_change_90d": Decimal("-0.4"),
    "turnover_change_60d": Decimal("-0.5"),
    "pillar_change_90d": Decimal("-0.5"),
    "unrealised_return": Decimal("-0.2"),
    "failed_payments_30d": 4,
    "product_exits_180d": 3,
    "rejected_draws": 3,
    "events": frozenset(Event),
}
"""Everything happens at once."""

RESTRICTIONS: dict[str, dict[str, Any]] = {
    "do not contact": {"do_not_contact": True},
    "no consent": {"marketing_consent": False},
    "greetings unwelcome": {"greetings_welcome": False},
    "events unwelcome": {"events_welcome": False},
    "profiling refused": {"profiling_refused": True},
    "bereavement": {"bereavement": True},
    "hardship": {"hardship": True},
    "vulnerability": {"vulnerability": True},
    "fraud case": {"fraud_case": True},
    "complaint": {"complaints_open": 2},
    "arrears": {"arrears_days": 30, "loan": Decimal(100_000)},
    "assessment expired": {"risk_class_expiry": date(2026, 1, 1)},
    "lowest risk class": {"risk_class": 1},
    "contacts used up": {"contacts_30d": 99},
    "quiet hours": {"contact_hour": 23},
}
"""What makes a bank hold back, one at a time."""

OPEN: dict[str, Any] = {**WILLING, "events": frozenset({Event.LIFE_EVENT})}
"""Nothing stands in the way of an offer, a greeting or an invitation."""

NASTY: dict[str, dict[str, Any]] = {
    "everything unknown": {"events": None},
    "nothing on file": {},
    "refuses everything": {
        **WILLING,
        "do_not_contact": True,
        "marketing_consent": False,
        "greetings_welcome": False,
        "events_welcome": False,
        "profiling_refused": True,
    },
    "all blows at once": {
        **EVENTFUL,
        "do_not_contact": True,
        "marketing_consent": False,
        "bereavement": True,
        "hardship": True,
        "vulnerability": True,
        "fraud_case": True,
        "complaints_open": 9,
        "arrears_days": 90,
        "loan": Decimal(100_000),
        "contacts_30d": 99,
        "contact_hour": 3,
        "risk_class": 1,
    },
    **{name: {**WILLING, **facts} for name, facts in RESTRICTIONS.items()},
}


@cache
def engine() -> Engine:
    """Load the shipped book."""
    return Engine(load_rule_book(default_book_path()))


def plan_for(axes: tuple[Preference | None, Habit | None, Tier | None], facts: dict[str, Any]) -> ActionPlan:
    """Plan for one customer of a combination."""
    preference, habit, tier = axes
    customer = Customer(id="C1", preference=preference, habit=habit, tier=tier, **facts)
    return engine().plan(customer, as_of=AS_OF)


def contacts(plan: ActionPlan) -> set[str]:
    """Return the planned contacts that no duty asks for."""
    natures = {Nature.CARE, Nature.MARKETING}
    return {action.action for action in plan.actions if action.nature in natures and action.proactive}


def allowed(plan: ActionPlan) -> set[str]:
    """Return the contacts that no guard forbids: the planned ones, and those that merging or the budget left out."""
    room = {one.action for one in plan.withheld if one.stage in (Stage.MERGE, Stage.BUDGET)}
    return contacts(plan) | room


def duties(plan: ActionPlan) -> set[str]:
    """Return the planned duties."""
    return {action.action for action in plan.actions if action.nature in DUTY_NATURES}


@pytest.mark.parametrize("situation", NASTY)
def test_every_combination_keeps_one_action_of_each_kind(situation: str) -> None:
    """However bad the situation, and whichever axis is unknown, daily, special and care work remain in the plan."""
    for axes in ALL:
        plan = plan_for(axes, NASTY[situation])

        assert plan.uncovered == (), axes
        assert [kind for kind in Kind if not plan.of_kind(kind)] == [], axes


@pytest.mark.parametrize("situation", [*NASTY, "everything happens"])
def test_no_duty_is_ever_withheld(situation: str) -> None:
    """Overrides, guards, merging and the budget take discretionary and internal proposals only."""
    for axes in ALL:
        plan = plan_for(axes, NASTY.get(situation, EVENTFUL))

        lost = [one.action for one in plan.withheld if engine().book.actions[one.action].is_duty]
        assert lost == [], axes


@pytest.mark.parametrize("situation", ["everything unknown", "refuses everything", "all blows at once", "bereavement"])
def test_nobody_is_contacted_unasked_who_must_not_be(situation: str) -> None:
    """After a refusal, in mourning, or when nothing is known, no contact is planned that no duty asks for."""
    for axes in ALL:
        assert contacts(plan_for(axes, NASTY[situation])) == set(), axes


@pytest.mark.parametrize("restriction", RESTRICTIONS)
def test_a_restriction_adds_no_contact_and_removes_no_duty(restriction: str) -> None:
    """Whatever makes the bank hold back can only lessen contacts, and duties stay or grow."""
    for axes, facts in product(KNOWN, (EVENTFUL, OPEN)):
        before, after = plan_for(axes, facts), plan_for(axes, {**facts, **RESTRICTIONS[restriction]})

        assert allowed(after) - allowed(before) == set(), axes
        assert len(contacts(after)) <= len(contacts(before)), axes
        assert duties(before) - duties(after) - SWITCHED == set(), axes


OTHERWISE = {"contacts used up", "quiet hours", "arrears", "lowest risk class"}
"""What the test of the unknown leaves to the cases: budget, deferral, arrears that need a loan, an ordered class."""

SWITCHED = {"loa-d1-repayment-reminder"}
"""A reminder of the next repayment gives way to the arrears ladder."""


@pytest.mark.parametrize("restriction", sorted(set(RESTRICTIONS) - OTHERWISE))
def test_unknown_is_as_strict_as_the_worst_answer(restriction: str) -> None:
    """Not knowing whether a restriction holds allows the same contacts as knowing that it does."""
    unknown = dict.fromkeys(RESTRICTIONS[restriction])
    effect = 0
    for axes in KNOWN:
        free, worst, nobody_looked = (
            allowed(plan_for(axes, {**OPEN, **facts})) for facts in ({}, RESTRICTIONS[restriction], unknown)
        )

        assert nobody_looked == worst, axes
        effect += worst != free
    assert effect


@pytest.mark.parametrize("situation", [*NASTY, "everything happens"])
def test_nobody_joins_a_contact_that_is_not_planned(situation: str) -> None:
    """The branch head who joins, and the agenda of a meeting, stand beside a contact of the same plan."""
    for axes in ALL:
        plan = plan_for(axes, NASTY.get(situation, EVENTFUL))
        planned = {action.action for action in plan.actions}
        hosts = {action.action for action in plan.actions if action.occasion == "relationship-contact"}

        if planned & {"key-d3-leader-joins", "qua-d2-prepared-meeting"}:
            assert hosts | planned & {"cre-d2-limit-review"}, axes


def test_the_tier_sets_contacts_and_not_duties() -> None:
    """Key customers get at least as many contacts as ordinary ones, exit customers none; all get the same notices."""
    own = {"key-s2-complaint-call", "key-s3-downgrade-talk", "nor-s3-complaint", "rel-s1-manager-change"}
    for preference, habit in product([*Preference, None], [*Habit, None]):
        key, ordinary, leaving = (plan_for((preference, habit, tier), EVENTFUL) for tier in Tier)

        assert len(contacts(key)) >= len(contacts(ordinary)), (preference, habit)
        assert contacts(leaving) == set(), (preference, habit)
        same = [
            {name for name in duties(plan) - own if not name.startswith("exi-")} for plan in (key, ordinary, leaving)
        ]
        assert same[0] == same[1] == same[2], (preference, habit)


def test_the_budget_of_each_tier_is_used_and_kept() -> None:
    """With plenty of occasions a key customer has up to four contacts, an ordinary one two, an exit one none."""
    most = {
        tier: max(len(contacts(plan_for((p, h, tier), WILLING))) for p, h in product(Preference, Habit))
        for tier in Tier
    }

    assert most == {Tier.KEY: 4, Tier.ORDINARY: 2, Tier.EXIT: 0}


def test_every_combination_rule_changes_some_plan() -> None:
    """Each rule for a combination proposes, boosts or sets aside something for some customer of it."""
    ids = {rule.id for rule in engine().book.rules if rule.id.startswith("combination/")}
    seen: set[str] = set()
    arrears = {**EVENTFUL, "arrears_days": 10, "loan": Decimal(100_000)}
    reviewed = {**WILLING, "limit_review": date(2026, 3, 30), "contacts_30d": 1}
    for axes, facts in product(KNOWN, (WILLING, EVENTFUL, arrears, reviewed)):
        plan = plan_for(axes, facts)
        seen.update(one.rule for one in plan.withheld if one.stage is Stage.OVERRIDE)
        seen.update(reason.rule for action in plan.actions for reason in action.reasons)

    assert ids - seen == set()
