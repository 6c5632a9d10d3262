"""On which days does a book say something else than the day before?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from relmaint.ir.rules import RuleBook
from relmaint.model.attributes import plain
from relmaint.testing.strategies.arguments import expect_book, model_of
from relmaint.testing.strategies.population import Population, population_of
from relmaint.verify.witness import DAY, Stand
from relmaint.vocabulary import AS_OF

__all__ = ["dates_near"]

_AHEAD = 400
"""How many days from `DAY` on are looked through for changes of what hangs on the day alone, such as festivals."""


def dates_near(
    book: RuleBook, *, min_value: date = date(1950, 1, 1), max_value: date = date(2090, 12, 31)
) -> st.SearchStrategy[date]:
    """Draw days for plans at which a book changes: first days and last days of validity, festivals, and leap days.

    Of each such day, the day before and the day after are drawn too. The plainest is `relmaint.testing.DAY`.

    Args:
        book: the rule book.
        min_value: the first day drawn.
        max_value: the last day drawn.

    Raises:
        InvalidArgument: `book` is no rule book, or there is no day from `min_value` to `max_value`.
    """
    expect_book(book)
    if min_value > max_value:
        raise InvalidArgument(f"min_value={min_value} is later than max_value={max_value}")
    model = model_of(book)

    def drawn() -> st.SearchStrategy[date]:
        population = population_of(model, book)
        found = (day for day in population.remembered("days", _days) if min_value <= day <= max_value)
        return st.sampled_from(list(found) or [min_value])

    return st.deferred(drawn)


def _days(population: Population) -> list[date]:
    """Return the days worth trying, the plainest first."""
    turns = {*_turns(population), *_calendar(population), date(2028, 2, 29), date(2026, 12, 31)}
    around = {date.fromordinal(day.toordinal() + shift) for day in turns for shift in (-1, 0, 1)}
    return [DAY, *sorted(around - {DAY})]


def _turns(population: Population) -> Iterator[date]:
    """Yield the days at which the book cuts `as_of`; the first and the last of the calendar have no neighbours."""
    inner = (date.min, date.max)
    yield from (day for axis in population.axes if axis.attribute == AS_OF for day in axis.cuts if day not in inner)


def _calendar(population: Population) -> Iterator[date]:
    """Yield the days on which a computed attribute that hangs on the day alone gets into another class."""
    dated = population.of_the_day
    before: tuple[int, ...] | None = None
    for ahead in range(_AHEAD if dated else 0):
        day = DAY + timedelta(days=ahead)
        stand = Stand(population.model, {})
        derives = (population.vocabulary[axis.attribute].derive for axis in dated)
        now = tuple(
            axis.class_of(plain(derive(stand, day))) for axis, derive in zip(dated, derives, strict=True) if derive
        )
        if before is not None and now != before:
            yield day
        before = now
