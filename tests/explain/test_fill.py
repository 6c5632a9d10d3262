"""Are due days, deferred moments and values in texts filled in as the book says?"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from relmaint.explain.fill import due_day, fill_text, not_before, placeholders
from relmaint.ir.conditions import ALWAYS
from relmaint.ir.rules import Effect, Guard, Selector
from relmaint.model.action import Due, DueUnit
from relmaint.text import Text

MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("offset", "unit", "anchor", "expected"),
    [
        (-7, DueUnit.DAY, date(2026, 3, 20), date(2026, 3, 13)),
        (-7, DueUnit.DAY, date(2026, 3, 5), MONDAY),
        (2, DueUnit.WEEK, MONDAY, date(2026, 3, 16)),
        (1, DueUnit.MONTH, date(2026, 1, 31), MONDAY),
        (2, DueUnit.MONTH, date(2026, 1, 31), date(2026, 3, 31)),
        (3, DueUnit.MONTH, date(2026, 1, 31), date(2026, 4, 30)),
        (1, DueUnit.BUSINESS_DAY, date(2026, 3, 6), date(2026, 3, 9)),
        (5, DueUnit.BUSINESS_DAY, date(2026, 3, 7), date(2026, 3, 13)),
        (-1, DueUnit.BUSINESS_DAY, date(2026, 3, 9), date(2026, 3, 6)),
        (-3, DueUnit.BUSINESS_DAY, date(2026, 3, 15), date(2026, 3, 11)),
        (0, DueUnit.BUSINESS_DAY, date(2026, 3, 7), date(2026, 3, 7)),
        (999_999_999, DueUnit.DAY, MONDAY, date.max),
    ],
)
def test_due_days(offset: int, unit: DueUnit, anchor: date, expected: date) -> None:
    """Offsets count in their unit, a short month ends on its last day, and a day that has passed is today."""
    due = Due(offset=offset, unit=unit, anchor="day")

    assert expected == due_day(due, {"day": anchor}.get, MONDAY)


def test_a_due_day_on_an_unknown_date_is_unknown() -> None:
    """What hangs on an unknown date has no due day."""
    assert due_day(Due(anchor="day"), {}.get, MONDAY) is None


@pytest.mark.parametrize(
    ("hour", "expected"),
    [
        (22, datetime(2026, 3, 3, 9)),
        (9, datetime(2026, 3, 3, 9)),
        (8, datetime(2026, 3, 2, 9)),
        (0, datetime(2026, 3, 2, 9)),
        (None, datetime(2026, 3, 2, 9)),
    ],
)
def test_a_deferred_moment_is_the_next_permitted_one(hour: int | None, expected: datetime) -> None:
    """After the permitted hour it is tomorrow's, before it today's, never earlier than asked for."""
    guard = Guard("quiet", ALWAYS, Effect.DEFER, Selector(()), until=time(9), clock="hour")

    assert expected == not_before(guard, {"hour": hour}.get, MONDAY)


def test_texts_are_filled_in_both_languages() -> None:
    """Placeholders take the customer's values in canonical form, unknown is said, doubled braces are braces."""
    text = Text(zh="{amount} 元", en="{amount} yuan, {gone}, {{kept}}")

    assert Text("50000 元", "50000 yuan, unknown, {kept}") == fill_text(text, {"amount": Decimal("50000.00")}.get)
    assert placeholders(text) == ["amount", "amount", "gone"]
