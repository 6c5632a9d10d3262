"""What are the plans of the customers of a batch, and what did all batches so far come to?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic.fields import FieldInfo

from relmaint.columnar.columns import (
    Array,
    Blank,
    Codes,
    Column,
    Fault,
    Numbers,
    absent,
    constant,
    read_column,
    units_of,
)
from relmaint.columnar.derive import Derivations
from relmaint.columnar.kernel import Kernel
from relmaint.columnar.tables import CARRIED, PLAN_ACTIONS, PLAN_WITHHELD, plan_number, plans_schema
from relmaint.ir.canonical import digest
from relmaint.ir.rules import RuleBook
from relmaint.lower import lower
from relmaint.model.attributes import plain
from relmaint.rank.decide import Decision, Ranking
from relmaint.vocabulary import AS_OF, Value

__all__ = ["BatchPlanner", "PlannedBatch"]

_STATUSES = ("planned", "empty", "uncovered")


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """What one batch came to.

    Args:
        plans: one row for each customer who could be planned for, in the order of the batch.
        rows: the row in the batch of each of them.
        faults: what keeps the others from it, by row.
        new: the numbers of the plans that no batch before came to.
        matched: for how many of the customers each statement matched.
    """

    plans: pa.RecordBatch
    rows: Array
    faults: tuple[Fault, ...]
    new: tuple[int, ...]
    matched: dict[str, int]


class BatchPlanner:
    """Plans for batches of customers by one book on one day; several threads may ask at a time.

    Args:
        book: the rule book.
        as_of: the day of the plans.
    """

    def __init__(self, book: RuleBook, as_of: date) -> None:
        """Prepare the tables."""
        self.book, self.as_of = book, as_of
        self.digest = digest(book)
        self._program = lower(book)
        self._ranking = Ranking(self._program)
        self._kernel = Kernel(self._program)
        self._derivations = Derivations(book.vocabulary, as_of)
        self._schema = plans_schema(book.vocabulary)
        self._carried = [name for name in CARRIED if name in self._schema.names]
        self._firsts = {name: place for place, name in enumerate(book.actions)}
        self._lock = threading.Lock()
        self._plans: dict[int, _Content] = {}
        self._of = np.zeros(0, _decided_type(len(self._program.statements)))

    def __reduce__(self) -> tuple[Callable[..., BatchPlanner], tuple[RuleBook, date]]:
        """Pickle as the recipe: the book and the day."""
        return BatchPlanner, (self.book, self.as_of)

    @property
    def schema(self) -> pa.Schema:
        """The columns of the plans."""
        return self._schema

    def reads(self) -> tuple[str, ...]:
        """Return the stored attributes that plans can hang on, and those that are carried along."""
        found: dict[str, None] = dict.fromkeys(("id", *self._carried))
        for name in self._kernel.attributes:
            if self.book.vocabulary[name].is_derived:
                found.update(dict.fromkeys(self._derivations.inputs(name)))
            else:
                found[name] = None
        return tuple(name for name in found if name != "as_of")

    def plan(self, batch: pa.RecordBatch, *, blank_is_default: bool = False) -> PlannedBatch:
        """Return the plans of the customers of a batch.

        A column that the batch does not have has the default of the model in every row.

        Args:
            batch: the customers; columns that are no attribute are not looked at.
            blank_is_default: an empty text is a fact that is not given; else it is a fault.
        """
        reading = _Reading(self, batch, blank_is_default=blank_is_default)
        numbers = self._kernel.numbers(reading.column, batch.num_rows)
        if "id" in self.book.vocabulary:
            reading.column("id")  # who has none is a fault, whether or not a rule asks
        customers = reading.customers()
        wrong = np.zeros(batch.num_rows, bool)
        wrong[[fault.row for fault in reading.faults]] = True
        rows = np.flatnonzero(~wrong)
        of, new = self._decided(numbers[rows])
        carried = [reading.carried(name, rows) for name in self._carried]
        plans = pa.RecordBatch.from_arrays(
            [
                customers.take(pa.array(rows)),
                pa.array(of["plan"]),
                pa.DictionaryArray.from_arrays(pa.array(of["status"]), pa.array(_STATUSES)),
                pa.DictionaryArray.from_arrays(
                    pa.array(of["first"], mask=of["first"] < 0), pa.array(list(self._firsts), pa.string())
                ),
                *carried,
            ],
            schema=self._schema,
        )
        faults = tuple(sorted(reading.faults, key=lambda one: (one.row, one.attribute)))
        return PlannedBatch(plans, rows, faults, new, self._matched(numbers[rows]))

    def _matched(self, numbers: Array) -> dict[str, int]:
        """Count for how many rows each statement matched."""
        distinct, often = np.unique(numbers, return_counts=True)
        counts = np.zeros(len(self._program.statements), np.int64)
        for start in range(0, len(distinct), _BLOCK):
            block = slice(start, start + _BLOCK)
            bits = np.unpackbits(self._of["matched"][distinct[block]], axis=1, count=len(counts))
            counts += often[block] @ bits
        return {one.id: int(count) for one, count in zip(self._program.statements, counts, strict=True)}

    def _decided(self, numbers: Array) -> tuple[Array, tuple[int, ...]]:
        """Return what each number comes to, deciding those that are met for the first time, and the new plans."""
        if not len(numbers):
            return self._of[:0], ()
        if (high := int(numbers.max())) >= len(self._of):
            with self._lock:
                if high >= len(self._of):
                    wider = np.zeros(max(1024, 2 * high), self._of.dtype)
                    wider[: len(self._of)] = self._of
                    self._of = wider
        of = self._of
        missing = np.unique(numbers[~of["done"][numbers]])
        new: list[int] = []
        if len(missing):
            with self._lock:
                of = self._of
                for number in missing.tolist():
                    if not of["done"][number]:
                        of[number] = self._decide(number, new)
        return of[numbers], tuple(new)

    def _decide(self, number: int, new: list[int]) -> tuple[int, int, int, bool, Array]:
        matched, counts = self._kernel.matched(number)
        decision = self._ranking.decide(matched, counts)
        content = _content(decision)
        plan = plan_number(self.digest, *content)
        known = self._plans.get(plan)
        if known is None:
            self._plans[plan] = content
            new.append(plan)
        elif known != content:
            raise OverflowError("two plans have the same number; take another number of bits, and please report this")
        first = self._firsts[decision.planned[0].action.id] if decision.planned else -1
        bits = np.zeros(len(self._program.statements), np.uint8)
        bits[list(matched)] = 1
        return plan, _STATUSES.index(decision.status), first, True, np.packbits(bits)

    def tables(self, plans: Iterable[int]) -> tuple[pa.Table, pa.Table]:
        """Return `plan_actions` and `plan_withheld` of some plans that were made, in the order of their numbers."""
        with self._lock:
            found = [(plan, self._plans[plan]) for plan in sorted(plans)]
        actions = [(plan, row) for plan, (_, rows, _) in found for row in rows]
        withheld = [(plan, row) for plan, (_, _, rows) in found for row in rows]
        return _table(actions, PLAN_ACTIONS), _table(withheld, PLAN_WITHHELD)


_BLOCK = 1 << 15
"""For so many distinct numbers at a time the statements are counted."""


def _decided_type(statements: int) -> list[tuple[Any, ...]]:
    """Return what is held of a number of the kernel: the plan, its status and first action, and what matched.

    `done` is whether it was decided; statements are bits.
    """
    return [
        ("plan", np.int64),
        ("status", np.int32),
        ("first", np.int32),
        ("done", np.bool_),
        ("matched", np.uint8, (-(-statements // 8),)),
    ]


_Content = tuple[str, list[list[Any]], list[list[Any]]]
"""All that a plan says, as JSON holds it: its status, its actions in order, and what it leaves out."""


def _content(decision: Decision) -> _Content:
    actions = [
        [
            rank,
            one.action.id,
            str(one.action.kind),
            str(one.action.nature),
            one.action.precedence,
            one.score,
            one.owner,
            list(one.channel),
            [name for name, _ in one.reasons],
            list(one.guards),
        ]
        for rank, one in enumerate(decision.planned, start=1)
    ]
    return str(decision.status), actions, [[one.action, str(one.stage), one.rule] for one in decision.withheld]


def _table(rows: Sequence[tuple[int, list[Any]]], schema: pa.Schema) -> pa.Table:
    """Return rows, each with its plan before it, as a table."""
    columns: list[Sequence[Any]] = [[plan for plan, _ in rows], *zip(*(row for _, row in rows), strict=True)]
    if not rows:
        return schema.empty_table()
    return pa.table([pa.array(column, one.type) for column, one in zip(columns, schema, strict=True)], schema)


class _Reading:
    """The columns of one batch as they are asked for, and what is wrong with them."""

    def __init__(self, planner: BatchPlanner, batch: pa.RecordBatch, *, blank_is_default: bool) -> None:
        self.planner, self.batch, self.blank_is_default = planner, batch, blank_is_default
        self.faults: list[Fault] = []
        self._columns: dict[str, Column] = {}

    def column(self, name: str) -> Column:
        """Return the column of an attribute, stored or derived."""
        if name not in self._columns:
            self._columns[name] = self._read(name)
        return self._columns[name]

    def _read(self, name: str) -> Column:
        attribute = self.planner.book.vocabulary[name]
        rows = self.batch.num_rows
        if name == AS_OF:
            return Numbers(np.full(rows, units_of(attribute.type, self.planner.as_of)), None)
        if attribute.is_derived:
            return self.planner._derivations.column(name, rows, self.column)
        if name not in self.batch.schema.names:
            return self._default(name, rows)
        array = self.batch.column(name)
        blank: Blank = None
        if self.blank_is_default:
            field = self._field(name)
            blank = None if field.is_required() else (_default_of(field),)
        column, faults = read_column(name, attribute.type, array, optional=attribute.optional, blank=blank)
        self.faults.extend(faults)
        return column

    def _field(self, name: str) -> FieldInfo:
        found: FieldInfo = self.planner.book.vocabulary.model.model_fields[name]  # type: ignore[union-attr]  # it has it
        return found

    def _default(self, name: str, rows: int) -> Column:
        """Return the column of an attribute that the batch does not have: the model's default, of every customer."""
        field = self._field(name)
        if field.is_required():
            self.faults.extend(Fault(row, name, "it must be given") for row in range(rows))
            return absent(rows)
        return constant(self.planner.book.vocabulary[name].type, _default_of(field), rows)

    def customers(self) -> pa.Array:
        """Return the ids of the customers, as texts; null where the batch has none."""
        if "id" not in self.batch.schema.names:
            return pa.nulls(self.batch.num_rows, pa.string())
        return self.batch.column("id").cast(pa.string())

    def carried(self, name: str, rows: Array) -> pa.Array:
        """Return a carried attribute of some rows as words."""
        column = self.column(name)
        assert isinstance(column, Codes), "only words are carried; please report this"
        codes = column.codes[rows]
        words = pa.array(["" if value is None else str(value) for value in column.values], pa.string())
        return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes == 0), words)


def _default_of(field: FieldInfo) -> Value | None:
    return plain(field.get_default(call_default_factory=True, validated_data={}))
