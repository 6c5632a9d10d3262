"""Does the table of festivals agree with an independent library, and with the days that people know?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from borax.calendars.lunardate import LunarDate

from relmaint.model.calendar import (
    COVERED_YEARS,
    Festival,
    days_to_yearly,
    days_until,
    festival_day,
    next_festival,
)

LUNAR = {
    Festival.SPRING: (1, 1),
    Festival.LANTERN: (1, 15),
    Festival.DRAGON_BOAT: (5, 5),
    Festival.MID_AUTUMN: (8, 15),
    Festival.DOUBLE_NINTH: (9, 9),
}


@pytest.mark.parametrize("year", COVERED_YEARS)
def test_lunar_festivals_agree_with_an_independent_library(year: int) -> None:
    """Every lunar festival of every covered year falls on the day that another implementation computes."""
    expected = {festival: LunarDate(year, *day).to_solar_date() for festival, day in LUNAR.items()}

    assert expected == {festival: festival_day(festival, year) for festival in LUNAR}


def test_known_days() -> None:
    """Days that were published: Spring Festival 2026 and 2027, Mid-Autumn 2026, National Day."""
    assert date(2026, 2, 17) == festival_day(Festival.SPRING, 2026)
    assert date(2027, 2, 6) == festival_day(Festival.SPRING, 2027)
    assert date(2026, 9, 25) == festival_day(Festival.MID_AUTUMN, 2026)
    assert date(2026, 10, 1) == festival_day(Festival.NATIONAL_DAY, 2026)


@pytest.mark.parametrize("year", [COVERED_YEARS[0] - 1, COVERED_YEARS[-1] + 1])
def test_a_year_outside_the_table_is_unknown(year: int) -> None:
    """No festival is guessed outside the covered years, the solar ones included."""
    assert [None] * len(Festival) == [festival_day(festival, year) for festival in Festival]
    assert next_festival(date(year, 12, 30)) is None


def test_days_until_counts_to_today_and_across_the_year() -> None:
    """The day itself is zero, the day after counts to the next year's festival."""
    assert days_until(Festival.SPRING, date(2026, 2, 17)) == 0
    assert days_until(Festival.SPRING, date(2026, 2, 18)) == (date(2027, 2, 6) - date(2026, 2, 18)).days


def test_days_until_is_unknown_when_the_next_year_is() -> None:
    """Past the last covered festival nothing is guessed."""
    last = COVERED_YEARS[-1]
    day = festival_day(Festival.DOUBLE_NINTH, last)
    assert day is not None

    assert days_until(Festival.DOUBLE_NINTH, day + timedelta(days=1)) is None


def test_the_next_festival_is_the_nearest() -> None:
    """Between Mid-Autumn and National Day 2026 the next festival is National Day."""
    assert next_festival(date(2026, 9, 26)) == (Festival.NATIONAL_DAY, 5)


def test_the_29th_of_february_returns_on_the_28th() -> None:
    """A birthday on a leap day is kept on the 28th in a year that has no leap day, and on the 29th in one that has."""
    assert days_to_yearly(date(2000, 2, 29), date(2027, 2, 28)) == 0
    assert days_to_yearly(date(2000, 2, 29), date(2028, 2, 28)) == 1
    assert days_to_yearly(date(2000, 2, 29), date(2027, 3, 1)) == (date(2028, 2, 29) - date(2027, 3, 1)).days
