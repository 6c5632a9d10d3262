"""Does the book of branch P2 keep the overlaps and gaps of its source visible?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from relmaint.model.action import Kind
from relmaint.model.customer import Event
from relmaint.model.plan import ActionPlan, PlanStatus
from tests.policies.books import engine_of, findings_of, model_of, owners, planned

AS_OF = date(2026, 3, 2)


def plan_for(**facts: object) -> ActionPlan:
    """Plan for one customer of the branch."""
    return engine_of("branch-p2").plan(model_of("branch-p2")(id="C1", **facts), as_of=AS_OF)


def test_the_book_has_no_findings() -> None:
    """Nothing is found in the book but what it excepts with a reason."""
    assert findings_of("branch-p2") == []


@pytest.mark.parametrize(
    ("assets", "expected"),
    [
        ("1000", {"owner-high-counter"}),
        ("49999.99", {"owner-high-counter"}),
        ("50000", {"owner-low-counter"}),
        ("199999.99", {"owner-low-counter"}),
        ("200000", {"owner-manager", "owner-lobby-manager"}),
        ("499999.99", {"owner-manager", "owner-lobby-manager"}),
        ("500000", {"owner-manager", "owner-supervisor"}),
        ("2999999.99", {"owner-manager", "owner-supervisor"}),
        ("3000000", {"owner-outlet-manager", "owner-supervisor"}),
    ],
)
def test_bands_meet_without_gap_or_overlap(assets: str, expected: set[str]) -> None:
    """At 0.1, 5, 20, 50 and 300 (ten thousand yuan) the lower end belongs to the higher band."""
    plan = plan_for(aum=Decimal(assets))

    assert owners(plan) == expected
    assert plan.uncovered == ()


def test_below_one_thousand_is_uncovered() -> None:
    """The source begins at one thousand: one cent below it no rule speaks for the customer."""
    plan = plan_for(aum=Decimal("999.99"))

    assert (plan.status, plan.uncovered) == (PlanStatus.UNCOVERED, (Kind.DAILY,))


def test_data_gathering_is_no_owner() -> None:
    """A potential customer below one thousand gets a file, and the missing owner still shows."""
    plan = plan_for(aum=Decimal(500), potential=True)

    assert planned(plan) == {"collect-high-counter"}
    assert plan.uncovered == (Kind.DAILY,)


def test_150_thousand_hits_several_routines() -> None:
    """At 150,000 both counters collect data, and a manager who does not own the customer watches movements."""
    plan = plan_for(aum=Decimal(150000))
    by_owner = {action.action: action.owner for action in plan.actions}

    assert by_owner == {
        "owner-low-counter": "low-counter-teller",
        "collect-low-counter": "low-counter-teller",
        "collect-high-counter": "high-counter-teller",
        "check-movements": "relationship-manager",
    }


@pytest.mark.parametrize(
    ("assets", "expected"),
    [
        ("50000", set()),
        ("50000.01", {"collect-high-counter"}),
        ("99999.99", {"collect-high-counter"}),
        ("100000", {"collect-high-counter", "collect-low-counter"}),
        ("100000.01", {"collect-high-counter", "collect-low-counter", "check-movements"}),
        ("200000", {"collect-high-counter", "collect-low-counter", "check-movements"}),
        ("200000.01", {"collect-high-counter", "check-movements", "open-manager-file"}),
    ],
)
def test_routines_say_more_than_where_bands_say_from(assets: str, expected: set[str]) -> None:
    """`More than` excludes its number and a range includes both ends, so no amount falls between two routines."""
    plan = plan_for(aum=Decimal(assets), last_contact=AS_OF)

    assert planned(plan) - owners(plan) == expected


def test_exactly_200_thousand_is_owned_above_and_collected_below() -> None:
    """At exactly 200,000 the managers own the customer while the low counter still collects the data."""
    plan = plan_for(aum=Decimal(200000))

    assert owners(plan) == {"owner-manager", "owner-lobby-manager"}
    assert "collect-low-counter" in planned(plan)
    assert "open-manager-file" not in planned(plan)


@pytest.mark.parametrize(
    ("assets", "potential", "expected"),
    [
        ("49999.99", True, False),
        ("50000", True, True),
        ("199999.99", True, True),
        ("200000", True, False),
        ("50000", None, False),
    ],
)
def test_upgradable_customers_are_passed_on(assets: str, potential: bool | None, expected: bool) -> None:
    """Only the tellers of the 50,000 to 200,000 band pass customers on, and only those with a noted potential."""
    assert ("pass-to-manager" in planned(plan_for(aum=Decimal(assets), potential=potential))) is expected


def test_the_monthly_contact_is_due_a_month_after_the_last() -> None:
    """Above 200,000 the contact falls due one month after the last one, and shows in its last week only."""
    facts = {"aum": Decimal(300000), "do_not_contact": False}
    recent = plan_for(**facts, last_contact=date(2026, 2, 10))
    ripe = plan_for(**facts, last_contact=date(2026, 2, 9))

    assert "monthly-contact" not in planned(recent)
    assert [one.due for one in ripe.actions if one.action == "monthly-contact"] == [date(2026, 3, 9)]


def test_nobody_is_contacted_who_may_not_want_it() -> None:
    """Routine contact and greeting wait for a known `may be contacted`; duties and internal work do not."""
    facts = {
        "aum": Decimal(1200000),
        "birth_date": date(1970, 3, 2),
        "bereavement": False,
        "manager": "王敏",
        "deposit_maturity": date(2026, 3, 4),
    }
    unknown, refused, welcome = (plan_for(**facts, do_not_contact=answer) for answer in (None, True, False))
    contacts = {"monthly-contact", "attend-to-birthday"}

    assert contacts <= planned(welcome)
    assert planned(unknown) == planned(refused) == planned(welcome) - contacts
    assert "act-on-maturity" in planned(refused)


@pytest.mark.parametrize(
    ("assets", "expected"), [("999999.99", False), ("1000000", True), ("3000000", True), ("3000000.01", False)]
)
def test_birthday_and_key_event_attention_ends_where_the_text_ends(assets: str, expected: bool) -> None:
    """Special attention is written for 1 to 3 million only; outside, the text says nothing."""
    plan = plan_for(
        aum=Decimal(assets),
        birth_date=date(1970, 3, 9),
        events=frozenset({Event.LIFE_EVENT}),
        do_not_contact=False,
        bereavement=False,
    )

    attention = {"attend-to-birthday", "attend-to-key-event"}
    assert planned(plan) & attention == (attention if expected else set())


def test_each_kind_of_attention_has_its_own_cause() -> None:
    """A birthday brings no attention to an event, an event none to a birthday, and neither comes without a cause."""
    facts = {"aum": Decimal(1200000), "do_not_contact": False, "bereavement": False, "last_contact": AS_OF}
    birthday = plan_for(**facts, birth_date=date(1970, 3, 9))
    too_early = plan_for(**facts, birth_date=date(1970, 3, 10))
    event = plan_for(**facts, events=frozenset({Event.MILESTONE}))

    assert [planned(plan) & {"attend-to-birthday", "attend-to-key-event"} for plan in (birthday, too_early, event)] == [
        {"attend-to-birthday"},
        set(),
        {"attend-to-key-event"},
    ]


@pytest.mark.parametrize("what", ["deposit_maturity", "product_maturity"])
def test_a_maturity_is_acted_on_from_seven_days_before(what: str) -> None:
    """Deposits and products of managed customers are acted on from the seventh day before, and not earlier."""
    on_time, too_early = (plan_for(manager="王敏", **{what: date(2026, 3, day)}) for day in (9, 10))

    assert "act-on-maturity" in planned(on_time)
    assert "act-on-maturity" not in planned(too_early)


@pytest.mark.parametrize(("assets", "expected"), [("200000", False), ("200000.01", True)])
def test_the_monthly_contact_begins_above_200_thousand(assets: str, expected: bool) -> None:
    """The monthly contact is for `more than` 200,000, and is due at once when nobody knows of a last one."""
    assert ("monthly-contact" in planned(plan_for(aum=Decimal(assets), do_not_contact=False))) is expected


def test_key_events_and_maturities_are_for_managed_customers() -> None:
    """Without an assigned manager the book does not say who acts on a maturity or a key event."""
    facts = {"aum": Decimal(30000), "product_maturity": date(2026, 3, 9), "events": frozenset({Event.MILESTONE})}
    acted_on = {"act-on-maturity", "act-on-key-event"}

    assert acted_on <= planned(plan_for(**facts, manager="王敏"))
    assert not acted_on & planned(plan_for(**facts))


@pytest.mark.parametrize("answer", [True, None])
def test_a_mourner_gets_no_birthday_wishes(answer: bool | None) -> None:
    """A bereavement, or not knowing of one, stops the birthday wish and nothing else."""
    facts = {"aum": Decimal(1200000), "birth_date": date(1970, 3, 2), "do_not_contact": False}
    usual, mourning = plan_for(**facts, bereavement=False), plan_for(**facts, bereavement=answer)

    assert planned(usual) - planned(mourning) == {"attend-to-birthday"}
