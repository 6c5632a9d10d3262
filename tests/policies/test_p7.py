"""Does the book of 12-4-2 count the reviews among the contacts, and leave capacity where it belongs?"""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from relmaint.model.plan import ActionPlan, Stage
from tests.policies.books import engine_of, findings_of, model_of, planned

AS_OF = date(2026, 3, 2)
CONTACTS = {"monthly-contact", "quarterly-review", "face-to-face-review"}
REVIEWS = {"quarterly-review", "face-to-face-review"}


def plan_for(*, as_of: date = AS_OF, **facts: object) -> ActionPlan:
    """Plan for one client."""
    return engine_of("adviser-p7").plan(model_of("adviser-p7")(id="K1", **facts), as_of=as_of)


def year_of_contacts(start: date, day: int) -> list[str]:
    """Return the contacts planned in the twelve months of a service year, each agreed for the same day of the month."""
    found: list[str] = []
    for number in range(12):
        year, month = start.year + (start.month - 1 + number) // 12, (start.month - 1 + number) % 12 + 1
        agreed = date(year, month, day)
        plan = plan_for(as_of=agreed, financial_plan=True, service_start=start, agreed_contact=agreed)
        found.extend(sorted(planned(plan) & CONTACTS))
    return found


def test_the_book_has_no_findings() -> None:
    """Nothing is found in the book but what it excepts with a reason."""
    assert findings_of("adviser-p7") == []


@pytest.mark.parametrize(("start", "day"), [(date(2026, 3, 1), 12), (date(2025, 11, 15), 20), (date(2026, 1, 28), 28)])
def test_four_and_two_are_included_in_twelve(start: date, day: int) -> None:
    """A year holds twelve contacts, not eighteen: four of them are reviews, and two of the reviews are meetings."""
    contacts = year_of_contacts(start, day)

    assert len(contacts) == 12
    assert sum(one in REVIEWS for one in contacts) == 4
    assert contacts.count("face-to-face-review") == 2


def test_reviews_are_a_quarter_apart() -> None:
    """The four reviews stand in the third month of each quarter of the service year."""
    contacts = year_of_contacts(date(2026, 3, 1), 12)

    assert [month for month, one in enumerate(contacts, start=1) if one in REVIEWS] == [3, 6, 9, 12]


def test_the_contact_is_due_on_the_agreed_day() -> None:
    """A contact is due on the day that client and adviser agreed on."""
    plan = plan_for(financial_plan=True, service_start=date(2026, 3, 1), agreed_contact=date(2026, 3, 12))

    assert [(one.action, one.due) for one in plan.actions] == [("monthly-contact", date(2026, 3, 12))]


@pytest.mark.parametrize("answer", [False, None])
@pytest.mark.parametrize("agreed", [date(2026, 3, 12), date(2026, 5, 12), date(2026, 8, 12)])
def test_the_financial_plan_must_exist_first(answer: bool | None, agreed: date) -> None:
    """Without a financial plan, or not knowing of one, every kind of contact waits until it is made."""
    plan = plan_for(financial_plan=answer, service_start=date(2026, 3, 1), agreed_contact=agreed)

    assert planned(plan) == {"make-financial-plan"}
    assert [(one.stage, one.rule, one.needs) for one in plan.withheld] == [
        (Stage.GUARD, "adviser-p7/plan-first", "make-financial-plan")
    ]


def test_a_request_waits_for_no_plan() -> None:
    """The answer within an hour and the solution within a day are owed whether or not a financial plan exists."""
    plan = plan_for(financial_plan=False, request_received=AS_OF)

    assert [one.action for one in plan.actions][:2] == ["respond", "resolve"]
    assert [one.due for one in plan.actions][:2] == [date(2026, 3, 2), date(2026, 3, 3)]


def test_capacity_is_no_fact_about_a_client() -> None:
    """The model has no place for the size of the adviser's book, so no client's plan can depend on it."""
    model = model_of("adviser-p7")

    assert set(model.model_fields) == {
        "id",
        "financial_plan",
        "below_line",
        "service_start",
        "agreed_contact",
        "request_received",
    }
    with pytest.raises(ValidationError, match="clients_of_adviser"):
        model(id="K1", clients_of_adviser=250)


def test_the_two_hundred_and_first_client_is_promised_the_same() -> None:
    """The two hundred and first of equal clients gets the same plan; whom not to take on is decided before."""
    model = model_of("adviser-p7")
    facts = {"financial_plan": True, "service_start": date(2026, 3, 1), "agreed_contact": date(2026, 3, 12)}
    clients = [model(id=f"K{number}", **facts) for number in range(201)]

    plans = list(engine_of("adviser-p7").plan_many(clients, as_of=AS_OF))

    assert {plan.actions for plan in plans} == {plans[0].actions}
    assert planned(plans[200]) == {"monthly-contact"}


@pytest.mark.parametrize("financial_plan", [True, False, None])
def test_below_the_line_the_promise_ends(financial_plan: bool | None) -> None:
    """A smaller account moves to the call centre, keeps no scheduled contact, and needs no plan for it."""
    plan = plan_for(
        financial_plan=financial_plan,
        below_line=True,
        service_start=date(2026, 3, 1),
        agreed_contact=date(2026, 3, 12),
    )

    assert planned(plan) == {"call-centre-service"}
    assert [(one.action, one.stage, one.rule) for one in plan.withheld] == [
        ("monthly-contact", Stage.OVERRIDE, "adviser-p7/below-line")
    ]


def test_an_unknown_line_keeps_the_promise() -> None:
    """Nobody loses the twelve contacts because a fact is missing."""
    plan = plan_for(financial_plan=True, service_start=date(2026, 3, 1), agreed_contact=date(2026, 3, 12))

    assert planned(plan) == {"monthly-contact"}


def test_without_an_agreed_day_the_day_is_agreed_first() -> None:
    """The promise is a day and a time: when none is agreed, agreeing on one is what to do."""
    assert planned(plan_for(financial_plan=True, service_start=date(2026, 3, 1))) == {"agree-day"}
