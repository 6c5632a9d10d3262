"""How does somebody else's engine plan for a customer base: Spark, Ray, Dask, or a loop of one's own?

A function from batches of customers to batches of plans, that hangs on nothing but its arguments. It is pickled as its
rule book and its day, and each worker prepares the book once, however many pieces of work it is given.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from relmaint.columnar.columns import Array
from relmaint.columnar.planner import BatchPlanner, PlannedBatch
from relmaint.columnar.sources import ROWS, batches_of
from relmaint.columnar.tables import EXPLODED
from relmaint.ir.canonical import digest
from relmaint.ir.rules import RuleBook

__all__ = ["PlanBatches"]

_planners: dict[tuple[str, date, Any], BatchPlanner] = {}
_lock = threading.Lock()
_KEPT = 8
"""A process keeps so many prepared books."""


class PlanBatches:
    """Plans for batches of customers: call it with batches, and it yields batches.

    Every row of the input has its place in the output: who cannot be planned for has no plan, and `error` says why.
    That a customer stands twice is not noticed, since one call sees its own batches only.

    Args:
        book: the rule book.
        as_of: the day of the plans.
        rows: `plans` for one row a customer; `actions` for one row a customer and planned action, with due days, and
            one row without an action for who has none.
    """

    def __init__(self, book: RuleBook, as_of: date, *, rows: Literal["plans", "actions"] = "plans") -> None:
        """Take the book; it is prepared when the first batch comes."""
        if rows not in ("plans", "actions"):
            raise ValueError(f"rows must be plans or actions, not {rows!r}")
        self.book, self.as_of, self.rows = book, as_of, rows
        self._digest = digest(book)

    def __getstate__(self) -> tuple[RuleBook, date, str, str]:
        """Pickle as the recipe."""
        return self.book, self.as_of, self.rows, self._digest

    def __setstate__(self, state: tuple[RuleBook, date, Any, str]) -> None:
        """Take the recipe."""
        self.book, self.as_of, self.rows, self._digest = state

    @property
    def schema(self) -> pa.Schema:
        """The columns of the output; all of them are plain texts, numbers and days that any engine knows."""
        planner = self._planner()
        if self.rows == "plans":
            own = [pa.field(one.name, _plain(one.type)) for one in planner.schema]
        else:
            own = [pa.field(one.name, _plain(one.type)) for one in EXPLODED]
            own.insert(2, pa.field("status", pa.string()))
        return pa.schema([*own, pa.field("error", pa.string())])

    def reads(self) -> tuple[str, ...]:
        """Return the columns that plans can hang on; others need not be given."""
        return self._planner().reads(explode=self.rows == "actions")

    def __call__(self, data: Any) -> Iterator[pa.RecordBatch]:
        """Yield the plans of batches, in the order of their rows.

        Args:
            data: batches of customers one after the other, or anything else that `batches_of` takes.
        """
        planner, schema = self._planner(), self.schema
        for batch in batches_of(data):
            for start in range(0, batch.num_rows, ROWS):
                here = batch.slice(start, ROWS)
                planned = planner.plan(here, explode=self.rows == "actions", count=False)
                found = _plans(here, planned) if self.rows == "plans" else _actions(here, planned)
                yield pa.RecordBatch.from_arrays(
                    [_cast(array, field.type) for array, field in zip(found, schema, strict=True)], schema=schema
                )

    def _planner(self) -> BatchPlanner:
        """Return the prepared book; the process keeps it for the next call."""
        key = (self._digest, self.as_of, self.book.vocabulary.model)
        with _lock:
            found = _planners.get(key)
            if found is None:
                if len(_planners) >= _KEPT:
                    _planners.pop(next(iter(_planners)))
                found = _planners[key] = BatchPlanner(self.book, self.as_of)
            return found


def _plain(type_: pa.DataType) -> pa.DataType:
    """Return a type that every engine has: no words by number, and moments to the microsecond."""
    if pa.types.is_timestamp(type_):
        return pa.timestamp("us")
    return type_.value_type if pa.types.is_dictionary(type_) else type_


def _cast(array: Any, type_: pa.DataType) -> pa.Array:
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return array if array.type == type_ else array.cast(type_)


def _plans(batch: pa.RecordBatch, planned: PlannedBatch) -> list[Any]:
    """Return the columns of one row a customer."""
    places = np.full(batch.num_rows, -1, np.int64)
    places[planned.rows] = np.arange(len(planned.rows))
    found = [column.take(_or_null(places)) for column in planned.plans.columns]
    found[0] = _customers(batch)
    return [*found, _errors(batch.num_rows, planned)]


def _actions(batch: pa.RecordBatch, planned: PlannedBatch) -> list[Any]:
    """Return the columns of one row a customer and action, and one for who has no action."""
    assert planned.exploded is not None, "single actions were asked for; please report this"
    assert planned.exploded_rows is not None, "single actions have rows; please report this"
    own = planned.rows[planned.exploded_rows]
    without = np.setdiff1d(np.arange(batch.num_rows), own)
    rows = np.concatenate([own, without])
    order = np.argsort(rows, kind="stable")
    rows = rows[order]
    entries = _or_null(np.concatenate([np.arange(len(own)), np.full(len(without), -1)])[order])
    plans = _plans(batch, planned)
    whose = pa.array(rows)
    table = planned.exploded
    return [
        *(plans[place].take(whose) for place in range(3)),
        *(table.column(name).take(entries) for name in table.column_names[2:]),
        plans[-1].take(whose),
    ]


def _or_null(places: Array) -> pa.Array:
    return pa.array(places, mask=places < 0)


def _customers(batch: pa.RecordBatch) -> pa.Array:
    if "id" not in batch.schema.names:
        return pa.nulls(batch.num_rows, pa.string())
    return batch.column("id").cast(pa.string())


def _errors(rows: int, planned: PlannedBatch) -> pa.Array:
    said: dict[int, list[str]] = {}
    for fault in planned.faults:
        said.setdefault(fault.row, []).append(f"{fault.attribute}: {fault.message}")
    if not said:
        return pa.nulls(rows, pa.string())
    return pa.array(["; ".join(said[row]) if row in said else None for row in range(rows)], pa.string())
