"""Does the book of dormant accounts keep each bank's rule apart, and every way of counting explicit?"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from relmaint.engine import Engine
from relmaint.model.plan import ActionPlan, PlanStatus
from relmaint.rulebook.load import parse_rule_book
from tests.policies.books import RULES, engine_of, findings_of, model_of, planned

AS_OF = date(2026, 3, 2)
CIB = {
    "bank": "cib",
    "balance": Decimal(8),
    "last_active_transaction": date(2025, 3, 2),
    "loan_link": False,
    "wealth_link": False,
    "custody_link": False,
    "social_security_card": False,
    "provident_fund_card": False,
}
YUANAN = {
    "bank": "yuanan-rcb",
    "balance": Decimal(100),
    "last_active_transaction": date(2022, 9, 30),
    "repayment_link": False,
}
GUIAN = {
    "bank": "guian-village",
    "holder": "company",
    "last_active_transaction": date(2024, 6, 1),
    "debt": False,
    "notice_date": date(2025, 10, 16),
}
STEPS = {
    "restrict-account",
    "class-as-dormant",
    "move-to-unclaimed",
    "downgrade-or-restrict",
    "clean-up-company-account",
}


def plan_for(facts: dict[str, object], *, as_of: date = AS_OF, engine: Engine | None = None) -> ActionPlan:
    """Plan for one account."""
    account = model_of("dormant-p6").model_validate({"id": "A1", **facts}, strict=False)
    return (engine or engine_of("dormant-p6")).plan(account, as_of=as_of)


def steps(facts: dict[str, object], *, as_of: date = AS_OF) -> set[str]:
    """Return what the bank would do to the account."""
    return planned(plan_for(facts, as_of=as_of)) & STEPS


def test_the_book_has_no_findings() -> None:
    """Nothing is found in the book but what it excepts with a reason."""
    assert findings_of("dormant-p6") == []


def test_interest_is_not_an_active_transaction() -> None:
    """Interest, or any other booking that the customer did not make, changes nothing in the plan."""
    quiet = plan_for(CIB)
    with_interest = plan_for({**CIB, "last_interest": date(2026, 3, 1), "last_transaction": date(2026, 3, 1)})

    assert quiet == with_interest
    assert "restrict-account" in planned(quiet)


def test_one_active_transaction_keeps_the_account() -> None:
    """An account that was idle for years is kept by one active transaction yesterday."""
    idle = {**CIB, "last_active_transaction": date(2015, 1, 1)}

    assert steps(idle) == {"restrict-account"}
    assert steps({**idle, "last_active_transaction": date(2026, 3, 1)}) == set()


@pytest.mark.parametrize(
    ("bank", "expected"),
    [
        ("cib", {"restrict-account"}),
        ("boc-xinjiang", {"class-as-dormant"}),
        ("yuanan-rcb", {"move-to-unclaimed"}),
        ("guian-village", {"clean-up-company-account"}),
    ],
)
def test_each_bank_has_its_own_answer_to_the_same_facts(bank: str, expected: set[str]) -> None:
    """One and the same account is restricted, classed, moved or cleaned up, by the bank where it stands."""
    facts = {**CIB, **YUANAN, **GUIAN, "balance": Decimal(8), "last_active_transaction": date(2020, 1, 1)}

    assert steps({**facts, "bank": bank}) == expected


def test_banks_disagree_on_thirteen_idle_months() -> None:
    """At 8 yuan and 13 idle months two banks act on the account of a person, and two do not."""
    facts = {**CIB, **YUANAN, "balance": Decimal(8), "holder": "person", "last_active_transaction": date(2025, 2, 2)}

    assert {bank: bool(steps({**facts, "bank": bank})) for bank in ("cib", "boc-xinjiang", "yuanan-rcb")} == {
        "cib": True,
        "boc-xinjiang": True,
        "yuanan-rcb": False,
    }
    assert steps({**facts, "bank": "guian-village"}) == set()


@pytest.mark.parametrize(
    "exemption", ["loan_link", "wealth_link", "custody_link", "social_security_card", "provident_fund_card"]
)
@pytest.mark.parametrize("answer", [True, None])
@pytest.mark.parametrize("as_of", [date(2025, 10, 14), AS_OF])
def test_a_product_link_exempts(exemption: str, answer: bool | None, as_of: date) -> None:
    """A linked product or a social card keeps the account under both rules; so does not knowing of one."""
    idle = {**CIB, "last_active_transaction": date(2020, 1, 1)}

    assert steps(idle, as_of=as_of) == {"restrict-account"}
    assert steps({**idle, exemption: answer}, as_of=as_of) == set()


@pytest.mark.parametrize("answer", [True, None])
def test_a_repayment_link_exempts(answer: bool | None) -> None:
    """An account that repays a card or a loan, or may, is not moved to the unclaimed accounts."""
    as_of = date(2025, 10, 20)

    assert steps(YUANAN, as_of=as_of) == {"move-to-unclaimed"}
    assert steps({**YUANAN, "repayment_link": answer}, as_of=as_of) == set()


def test_no_exemption_is_invented() -> None:
    """The rule of the bank in Xinjiang names no exemption, so the book has none for it either."""
    facts = {"bank": "boc-xinjiang", "balance": Decimal(8), "last_active_transaction": date(2025, 1, 1)}

    assert steps({**facts, "loan_link": True}) == {"class-as-dormant"}


@pytest.mark.parametrize(
    ("facts", "changed", "acted_on"),
    [
        (CIB, {"balance": Decimal(10)}, True),
        (CIB, {"balance": Decimal("10.01")}, False),
        (CIB, {"last_active_transaction": date(2025, 3, 3)}, False),
        ({**CIB, "bank": "boc-xinjiang"}, {"balance": Decimal(100)}, True),
        ({**CIB, "bank": "boc-xinjiang"}, {"balance": Decimal("100.01")}, False),
        ({**CIB, "bank": "boc-xinjiang"}, {"last_active_transaction": date(2025, 9, 2)}, True),
        ({**CIB, "bank": "boc-xinjiang"}, {"last_active_transaction": date(2025, 9, 3)}, False),
        (YUANAN, {"balance": Decimal("100.01")}, False),
        (YUANAN, {"last_active_transaction": date(2022, 10, 1)}, False),
        (YUANAN, {"class_1_accounts": 1, "balance": Decimal(101)}, False),
        (YUANAN, {"class_1_accounts": 2, "balance": Decimal(101)}, True),
        (YUANAN, {"class_2_accounts": 5, "balance": Decimal(101)}, False),
        (YUANAN, {"class_2_accounts": 6, "balance": Decimal(101)}, True),
        (YUANAN, {"class_3_accounts": 5, "balance": Decimal(101)}, False),
        (YUANAN, {"class_3_accounts": 6, "balance": Decimal(101)}, True),
        (YUANAN, {"identity_expiry": AS_OF - timedelta(days=90), "balance": Decimal(101)}, False),
        (YUANAN, {"identity_expiry": AS_OF - timedelta(days=91), "balance": Decimal(101)}, True),
        (YUANAN, {"identity_complete": False, "balance": Decimal(101)}, True),
        (YUANAN, {"identity_complete": None, "balance": Decimal(101)}, False),
    ],
)
def test_every_threshold_is_exact(facts: dict[str, object], changed: dict[str, object], acted_on: bool) -> None:
    """The bank acts at the last cent, day or account that the rule allows, and not one further."""
    assert bool(steps({**facts, **changed})) is acted_on


@pytest.mark.parametrize(
    ("as_of", "facts", "expected"),
    [
        (date(2025, 10, 14), {"balance": Decimal(100), "last_active_transaction": date(2025, 4, 17)}, True),
        (date(2025, 10, 14), {"balance": Decimal(100), "last_active_transaction": date(2025, 4, 18)}, False),
        (date(2025, 10, 14), {"balance": Decimal("100.01")}, False),
        (date(2025, 10, 15), {"balance": Decimal(100), "last_active_transaction": date(2024, 10, 15)}, False),
        (date(2025, 10, 15), {"balance": Decimal(10), "last_active_transaction": date(2024, 10, 15)}, True),
        (date(2025, 10, 15), {"balance": Decimal(10), "last_active_transaction": date(2024, 10, 16)}, False),
    ],
)
def test_the_new_rule_replaces_the_old_on_its_day(as_of: date, facts: dict[str, object], expected: bool) -> None:
    """Until 14 October 2025 it is 100 yuan and 180 days, from 15 October 10 yuan and a year."""
    assert bool(steps({**CIB, **facts}, as_of=as_of)) is expected


@pytest.mark.parametrize(
    ("last", "as_of", "months"),
    [
        (date(2025, 8, 31), date(2026, 2, 27), 5),
        (date(2025, 8, 31), date(2026, 2, 28), 6),
        (date(2025, 8, 30), date(2026, 2, 28), 6),
        (date(2025, 8, 15), date(2026, 2, 14), 5),
        (date(2025, 8, 15), date(2026, 2, 15), 6),
        (date(2024, 2, 29), date(2025, 2, 28), 12),
        (date(2026, 3, 3), date(2026, 3, 2), None),
    ],
)
def test_months_are_full_calendar_months(last: date, as_of: date, months: int | None) -> None:
    """A month is complete on the same day number, or on the last day of a month that is too short."""
    account = model_of("dormant-p6").model_validate(
        {"id": "A1", "bank": "cib", "last_active_transaction": last}, strict=False
    )

    assert account.months_idle(as_of) == months


def test_the_day_of_the_notice_is_day_one() -> None:
    """Notice on 16 October, clean-up from 14 November: the source counts the day of the notice as day 1."""
    first = next(day for day in days_from(date(2025, 10, 16)) if steps(GUIAN, as_of=day))

    assert first == date(2025, 11, 14)


def test_the_other_way_of_counting_is_a_day_later() -> None:
    """With the day of the notice as day 0 the same thirty days end on 15 November; the book must say which it means."""
    text = (RULES / "dormant-p6" / "book.yaml").read_text(encoding="utf-8")
    assert text.count("notice_day >= 30") == 1
    other = Engine(
        parse_rule_book(text.replace("notice_day >= 30", "days_after_notice >= 30"), customer=model_of("dormant-p6"))
    )

    first = next(
        day
        for day in days_from(date(2025, 10, 16))
        if "clean-up-company-account" in planned(plan_for(GUIAN, as_of=day, engine=other))
    )

    assert first == date(2025, 11, 15)


@pytest.mark.parametrize(
    "change",
    [
        {"holder": "person"},
        {"debt": True},
        {"debt": None},
        {"last_active_transaction": date(2024, 11, 15)},
        {"notice_date": None},
    ],
)
def test_the_clean_up_needs_a_company_without_debt_and_a_notice(change: dict[str, object]) -> None:
    """Each condition of the clean-up is necessary, and an unknown debt counts as one."""
    as_of = date(2025, 11, 14)

    assert steps(GUIAN, as_of=as_of) == {"clean-up-company-account"}
    assert steps({**GUIAN, **change}, as_of=as_of) == set()


@pytest.mark.parametrize(
    ("last", "acted_on"), [(date(2024, 11, 14), True), (date(2024, 11, 15), False), (date(2024, 6, 1), True)]
)
@pytest.mark.parametrize(("notice", "action"), [(None, "notify-holder"), (date(2025, 10, 16), "keep-claimable")])
def test_a_company_account_rests_a_full_year(last: date, acted_on: bool, notice: date | None, action: str) -> None:
    """Notice and clean-up both begin when the year is full, and not a day before."""
    plan = plan_for({**GUIAN, "last_active_transaction": last, "notice_date": notice}, as_of=date(2025, 11, 14))

    assert (action in planned(plan)) is acted_on
    assert ("clean-up-company-account" in planned(plan)) is (acted_on and notice is not None)


@pytest.mark.parametrize("debt", [True, None])
def test_no_notice_goes_to_a_company_that_may_owe(debt: bool | None) -> None:
    """The notice of the clean-up goes out only when it is known that there is no debt; the balance stays claimable."""
    unannounced = {**GUIAN, "notice_date": None}

    assert planned(plan_for(unannounced, as_of=AS_OF)) == {"scan-account", "notify-holder", "keep-claimable"}
    assert planned(plan_for({**unannounced, "debt": debt}, as_of=AS_OF)) == {"scan-account"}


@pytest.mark.parametrize(
    ("facts", "as_of"),
    [
        ({**CIB, "last_active_transaction": date(2025, 1, 1)}, date(2025, 10, 14)),
        (CIB, AS_OF),
        ({**CIB, "bank": "boc-xinjiang"}, AS_OF),
        (YUANAN, AS_OF),
    ],
)
def test_the_holder_is_told_and_keeps_the_claim(facts: dict[str, object], as_of: date) -> None:
    """Whatever a bank does to a dormant account, the holder is told and the balance stays claimable."""
    plan = plan_for(facts, as_of=as_of)

    assert planned(plan) & STEPS
    assert {"notify-holder", "keep-claimable"} <= planned(plan)
    assert plan.actions[0].action == "notify-holder"


def test_an_unknown_last_transaction_restricts_nobody() -> None:
    """When nobody knows the last active transaction, no bank acts for want of movement."""
    for facts in (CIB, {**CIB, "bank": "boc-xinjiang"}, YUANAN, GUIAN):
        assert steps({**facts, "last_active_transaction": None}, as_of=date(2025, 11, 20)) == set()


@pytest.mark.parametrize("bank", ["another-bank", None])
def test_no_rule_is_borrowed_from_another_bank(bank: str | None) -> None:
    """An account of a bank whose rule is not in the book is refused, instead of judged by somebody else's rule."""
    with pytest.raises(ValidationError, match="bank"):
        plan_for({**CIB, "bank": bank})


def test_an_active_account_is_covered_and_left_alone() -> None:
    """At every bank an account in use is looked at, and nothing is done to it."""
    plans = [
        plan_for({"bank": bank, "balance": Decimal(5000), "last_active_transaction": date(2026, 2, 27)})
        for bank in ("cib", "boc-xinjiang", "yuanan-rcb", "guian-village")
    ]

    assert [(planned(plan), plan.status, plan.uncovered) for plan in plans] == [
        ({"scan-account"}, PlanStatus.PLANNED, ())
    ] * 4


def days_from(start: date) -> list[date]:
    """Return sixty days in a row."""
    return [start + timedelta(days=number) for number in range(60)]
