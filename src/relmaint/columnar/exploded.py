"""Which single actions have the single customers of a batch, and by when?

One row for each customer and planned action. Due days and moments hang on the customer; each is computed once for every
distinct day that it hangs on, by the function that plans for single customers.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from relmaint.columnar.columns import Array, Codes, Column, Numbers, value_of
from relmaint.columnar.contents import Contents
from relmaint.columnar.outcomes import Entries
from relmaint.columnar.tables import EXPLODED
from relmaint.explain.fill import due_day, not_before
from relmaint.ir.rules import Guard, RuleBook
from relmaint.model.action import Due
from relmaint.vocabulary import AS_OF

__all__ = ["anchors_of", "exploded"]

_EPOCH = date(1970, 1, 1)


def anchors_of(book: RuleBook) -> tuple[str, ...]:
    """Return the attributes on which a due day or a moment can hang."""
    found = [action.due.anchor for action in book.actions.values() if action.due is not None]
    found += [guard.clock for guard in book.guards if guard.clock is not None]
    return tuple(dict.fromkeys(name for name in found if name != AS_OF))


def exploded(
    contents: Contents,
    book: RuleBook,
    as_of: date,
    plans: pa.RecordBatch,
    entries: Entries,
    columns: Callable[[str], Column],
) -> pa.Table:
    """Return a row for each planned action of each customer, in the order of the customers and of each plan.

    Args:
        contents: what the states of actions say.
        book: the rule book.
        as_of: the day of the plans.
        plans: the plans of the customers.
        entries: what these plans say.
        columns: gives the column of an attribute for the same customers.
    """
    here = entries.taken(np.flatnonzero(entries.rank))
    rows = pa.array(here.row)
    said = contents.said(here.state)
    day, moment = _Filling(contents, book, as_of, columns).filled(here)
    return pa.table(
        [
            plans.column("customer").take(rows),
            plans.column("plan").take(rows),
            pa.array(here.rank),
            *(said.column(name) for name in EXPLODED.names[3:-2]),
            day,
            moment,
        ],
        EXPLODED,
    )


class _Filling:
    """Fills in days and moments for the entries of one batch."""

    def __init__(self, contents: Contents, book: RuleBook, as_of: date, columns: Callable[[str], Column]) -> None:
        self.contents, self.book, self.as_of, self.columns = contents, book, as_of, columns

    def filled(self, entries: Entries) -> tuple[pa.Array, pa.Array]:
        """Return the due day, and the moment before which nothing happens, of each entry."""
        days, moments = np.full(len(entries.row), _NEVER), np.full(len(entries.row), _NEVER)
        for state in np.unique(entries.state).tolist():
            planned = self.contents.outcomes.states.planned(state)
            assert planned is not None, "an entry with a rank is planned; please report this"
            due, guard = planned.action.due, planned.deferred_by
            if due is None and guard is None:
                continue
            here = np.flatnonzero(entries.state == state)
            if due is not None:
                days[here] = self._by_value(due.anchor, entries.row[here], partial(self._day, due))
            if guard is not None:
                moments[here] = self._by_value(guard.clock or AS_OF, entries.row[here], partial(self._moment, guard))
        return _masked(days).cast(pa.int32()).cast(pa.date32()), _masked(moments).cast(pa.timestamp("s"))

    def _by_value(self, anchor: str, rows: Array, of: Callable[[Any], int]) -> Array:
        """Return what comes of the value that each row has of an attribute."""
        if anchor == AS_OF:
            return np.full(len(rows), of(self.as_of))
        column = self.columns(anchor)
        match column:
            case Codes(codes, values):
                return np.asarray([of(value) for value in values], np.int64)[codes[rows]]
            case Numbers(units, known):
                own = units[rows] if known is None else np.where(known[rows], units[rows], 0)
                distinct, places = np.unique(own, return_inverse=True)
                type_ = self.book.vocabulary[anchor].type
                found = np.asarray([of(value_of(type_, one)) for one in distinct.tolist()], np.int64)[places]
                return found if known is None else np.where(known[rows], found, of(None))

    def _day(self, due: Due, value: Any) -> int:
        day = due_day(due, lambda _: value, self.as_of)
        return _NEVER if day is None else (day - _EPOCH).days

    def _moment(self, guard: Guard, value: Any) -> int:
        moment = not_before(guard, lambda _: value, self.as_of)
        return int((moment - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001  # local time, as in a plan


_NEVER = np.iinfo(np.int64).min
"""Stands for a day or moment that there is not."""


def _masked(values: Array) -> pa.Array:
    never = values == _NEVER
    return pa.array(np.where(never, 0, values), mask=never)
