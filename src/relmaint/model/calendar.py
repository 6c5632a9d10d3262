"""On which day does a festival fall?

Lunar dates come from a table, not from a computation: a year outside the table gives `None` (unknown), never a guess.
Source: the Chinese calendar as published by the Purple Mountain Observatory (GB/T 33661-2017); the table is checked in
the tests, day by day, against an independent library.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from functools import cache

__all__ = ["COVERED_YEARS", "Festival", "days_to_yearly", "days_until", "festival_day", "next_festival"]


class Festival(StrEnum):
    """Festivals on which a greeting is fitting; 清明 and 中元 are no occasion for one."""

    NEW_YEAR = "new-year"
    SPRING = "spring-festival"
    LANTERN = "lantern-festival"
    DRAGON_BOAT = "dragon-boat"
    MID_AUTUMN = "mid-autumn"
    NATIONAL_DAY = "national-day"
    DOUBLE_NINTH = "double-ninth"


_SOLAR = {Festival.NEW_YEAR: (1, 1), Festival.NATIONAL_DAY: (10, 1)}
_LUNAR_ORDER = (
    Festival.SPRING,
    Festival.LANTERN,
    Festival.DRAGON_BOAT,
    Festival.MID_AUTUMN,
    Festival.DOUBLE_NINTH,
)
_LUNAR_DAYS: dict[int, tuple[str, str, str, str, str]] = {
    2000: ("0205", "0219", "0606", "0912", "1006"),
    2001: ("0124", "0207", "0625", "1001", "1025"),
    2002: ("0212", "0226", "0615", "0921", "1014"),
    2003: ("0201", "0215", "0604", "0911", "1004"),
    2004: ("0122", "0205", "0622", "0928", "1022"),
    2005: ("0209", "0223", "0611", "0918", "1011"),
    2006: ("0129", "0212", "0531", "1006", "1030"),
    2007: ("0218", "0304", "0619", "0925", "1019"),
    2008: ("0207", "0221", "0608", "0914", "1007"),
    2009: ("0126", "0209", "0528", "1003", "1026"),
    2010: ("0214", "0228", "0616", "0922", "1016"),
    2011: ("0203", "0217", "0606", "0912", "1005"),
    2012: ("0123", "0206", "0623", "0930", "1023"),
    2013: ("0210", "0224", "0612", "0919", "1013"),
    2014: ("0131", "0214", "0602", "0908", "1002"),
    2015: ("0219", "0305", "0620", "0927", "1021"),
    2016: ("0208", "0222", "0609", "0915", "1009"),
    2017: ("0128", "0211", "0530", "1004", "1028"),
    2018: ("0216", "0302", "0618", "0924", "1017"),
    2019: ("0205", "0219", "0607", "0913", "1007"),
    2020: ("0125", "0208", "0625", "1001", "1025"),
    2021: ("0212", "0226", "0614", "0921", "1014"),
    2022: ("0201", "0215", "0603", "0910", "1004"),
    2023: ("0122", "0205", "0622", "0929", "1023"),
    2024: ("0210", "0224", "0610", "0917", "1011"),
    2025: ("0129", "0212", "0531", "1006", "1029"),
    2026: ("0217", "0303", "0619", "0925", "1018"),
    2027: ("0206", "0220", "0609", "0915", "1008"),
    2028: ("0126", "0209", "0528", "1003", "1026"),
    2029: ("0213", "0227", "0616", "0922", "1016"),
    2030: ("0203", "0217", "0605", "0912", "1005"),
    2031: ("0123", "0206", "0624", "1001", "1024"),
    2032: ("0211", "0225", "0612", "0919", "1012"),
    2033: ("0131", "0214", "0601", "0908", "1001"),
    2034: ("0219", "0305", "0620", "0927", "1020"),
    2035: ("0208", "0222", "0610", "0916", "1009"),
    2036: ("0128", "0211", "0530", "1004", "1027"),
    2037: ("0215", "0301", "0618", "0924", "1017"),
    2038: ("0204", "0218", "0607", "0913", "1007"),
    2039: ("0124", "0207", "0527", "1002", "1026"),
    2040: ("0212", "0226", "0614", "0920", "1014"),
    2041: ("0201", "0215", "0603", "0910", "1003"),
    2042: ("0122", "0205", "0622", "0928", "1022"),
    2043: ("0210", "0224", "0611", "0917", "1011"),
    2044: ("0130", "0213", "0531", "1005", "1029"),
    2045: ("0217", "0303", "0619", "0925", "1018"),
    2046: ("0206", "0220", "0608", "0915", "1008"),
    2047: ("0126", "0209", "0529", "1004", "1027"),
    2048: ("0214", "0228", "0615", "0922", "1016"),
    2049: ("0202", "0216", "0604", "0911", "1005"),
    2050: ("0123", "0206", "0623", "0930", "1024"),
    2051: ("0211", "0225", "0613", "0919", "1013"),
    2052: ("0201", "0215", "0601", "0907", "1030"),
    2053: ("0219", "0305", "0620", "0926", "1020"),
    2054: ("0208", "0222", "0610", "0916", "1009"),
    2055: ("0128", "0211", "0530", "1005", "1028"),
    2056: ("0215", "0229", "0617", "0924", "1017"),
    2057: ("0204", "0218", "0606", "0913", "1007"),
    2058: ("0124", "0207", "0625", "1002", "1025"),
    2059: ("0212", "0226", "0614", "0921", "1014"),
    2060: ("0202", "0216", "0603", "0909", "1002"),
}
COVERED_YEARS = range(min(_LUNAR_DAYS), max(_LUNAR_DAYS) + 1)
"""The years for which lunar festivals are known."""


@cache
def festival_day(festival: Festival, year: int) -> date | None:
    """Return the day of a festival in a year; `None` when the year is outside `COVERED_YEARS`.

    >>> festival_day(Festival.SPRING, 2027)
    datetime.date(2027, 2, 6)
    """
    if year not in COVERED_YEARS:
        return None
    if festival in _SOLAR:
        return date(year, *_SOLAR[festival])
    written = _LUNAR_DAYS[year][_LUNAR_ORDER.index(festival)]
    return date(year, int(written[:2]), int(written[2:]))


def days_until(festival: Festival, as_of: date) -> int | None:
    """Return the days from `as_of` to the next such festival, 0 on the day itself; `None` when it is not known."""
    days = [festival_day(festival, year) for year in (as_of.year, as_of.year + 1)]
    return next((None if day is None else (day - as_of).days for day in days if day is None or day >= as_of), None)


@cache
def next_festival(as_of: date) -> tuple[Festival, int] | None:
    """Return the next festival and the days to it; the earlier in `Festival` when two fall on one day."""
    known = [(days, festival) for festival in Festival if (days := days_until(festival, as_of)) is not None]
    if len(known) < len(Festival):
        return None
    days, festival = min(known, key=lambda pair: pair[0])
    return festival, days


def days_to_yearly(day: date, as_of: date) -> int:
    """Return the days from `as_of` to the next yearly return of `day`.

    The 29th of February returns on the 28th in a year that has none.

    >>> days_to_yearly(date(2000, 2, 29), date(2027, 2, 27))
    1
    """
    this_year = _in_year(day, as_of.year)
    return ((this_year if this_year >= as_of else _in_year(day, as_of.year + 1)) - as_of).days


def _in_year(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 3, 1) - timedelta(days=1)
