"""What are the plans of the customers of a batch, and what did all batches so far come to?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from pydantic.fields import FieldInfo

from relmaint.columnar.cells import TABLE, Cells, Known
from relmaint.columnar.columns import (
    Array,
    Blank,
    Codes,
    Column,
    Fault,
    Numbers,
    absent,
    constant,
    nameless,
    read_column,
    some,
    taken,
    units_of,
)
from relmaint.columnar.contents import Content, Contents
from relmaint.columnar.counting import Counting, boxes_of_statements
from relmaint.columnar.derive import Derivations
from relmaint.columnar.exploded import anchors_of, exploded
from relmaint.columnar.leaves import leaves_of, matching
from relmaint.columnar.outcomes import STATUSES, Outcomes, Plans, layout_of
from relmaint.columnar.tables import CARRIED, plans_schema
from relmaint.ir.canonical import digest
from relmaint.ir.rules import RuleBook
from relmaint.lower import MAXIMUM_BUDGET, lower
from relmaint.model.attributes import plain
from relmaint.vocabulary import AS_OF, IntegerType, TextType, Value

__all__ = ["BatchPlanner", "PlannedBatch"]


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """What one batch came to.

    Args:
        plans: one row for each customer who could be planned for, in the order of the batch.
        rows: the row in the batch of each of them.
        faults: what keeps the others from it, by row.
        actions: the actions of the plans that no batch before came to, and
        withheld: what these plans leave out.
        matched: for how many of the customers each statement matched; empty when that was not asked for.
        exploded: a row for each customer and planned action, if it was asked for, and
        exploded_rows: the row in `plans` of each of these.
    """

    plans: pa.RecordBatch
    rows: Array
    faults: tuple[Fault, ...]
    actions: pa.Table
    withheld: pa.Table
    matched: dict[str, int]
    exploded: pa.Table | None = None
    exploded_rows: Array | None = None


class BatchPlanner:
    """Plans for batches of customers by one book on one day; several threads may ask at a time.

    Args:
        book: the rule book.
        as_of: the day of the plans.
        table: where all combinations of what the attributes leave are no more than this, there is a table of them.
    """

    def __init__(self, book: RuleBook, as_of: date, *, table: int = TABLE) -> None:
        """Prepare the tables."""
        self.book, self.as_of = book, as_of
        self._size = table
        self.digest = digest(book)
        self._program = lower(book)
        self._layout = layout_of(self._program)
        self._leaves = leaves_of(self._program, self._layout)
        self._outcomes = Outcomes(self._program, self._layout, self.digest)
        self._contents = Contents(self._outcomes)
        self._counting = Counting(self._layout, boxes_of_statements(self._program))
        self._counted = tuple(self._program.counted)
        self._cells = Cells(self._leaves, self._most_counted(), table)
        self._derivations = Derivations(book.vocabulary, as_of)
        self._schema = plans_schema(book.vocabulary)
        self._carried = [name for name in CARRIED if name in self._schema.names]
        self._firsts = pa.array(list(book.actions), pa.string())

    def _most_counted(self) -> dict[str, int | None]:
        """Return, for each counted attribute, the count from which on no budget leaves room, if that is known."""
        found: dict[str, int | None] = {}
        for name, index in self._program.counted.items():
            axis = self._program.axes[index]
            most = axis.cuts[-1] if axis.cuts else 0
            is_count = isinstance(axis.type, IntegerType) and axis.type.minimum is not None and axis.type.minimum >= 0
            found[name] = most if is_count and most < MAXIMUM_BUDGET else None
        return found

    def __reduce__(self) -> tuple[Callable[..., BatchPlanner], tuple[RuleBook, date, int]]:
        """Pickle as the recipe: the book, the day, and the size of the table."""
        return _remade, (self.book, self.as_of, self._size)

    @property
    def schema(self) -> pa.Schema:
        """The columns of the plans."""
        return self._schema

    def reads(self, *, explode: bool = False) -> tuple[str, ...]:
        """Return the stored attributes that plans can hang on, and those that are carried along.

        Args:
            explode: also those on which due days and moments hang.
        """
        found: dict[str, None] = dict.fromkeys(("id", *self._carried))
        anchors = anchors_of(self.book) if explode else ()
        for name in (*(leaf.attribute for leaf in self._leaves), *self._counted, *anchors):
            if self.book.vocabulary[name].is_derived:
                found.update(dict.fromkeys(self._derivations.inputs(name)))
            else:
                found[name] = None
        return tuple(name for name in found if name != AS_OF)

    def plan(
        self,
        batch: pa.RecordBatch,
        *,
        blank_is_default: bool = False,
        faults: Sequence[Fault] = (),
        explode: bool = False,
        count: bool = True,
    ) -> PlannedBatch:
        """Return the plans of the customers of a batch.

        A column that the batch does not have has the default of the model in every row.

        Args:
            batch: the customers; columns that are no attribute are not looked at.
            blank_is_default: an empty text is a fact that is not given; else it is a fault.
            faults: what is known to be wrong with some rows.
            explode: whether a row for each customer and planned action is made.
            count: whether it is counted for how many customers each statement matched.
        """
        reading = _Reading(self, batch, blank_is_default=blank_is_default)
        columns = {leaf.attribute: leaf.numbers(reading.column(leaf.attribute)) for leaf in self._leaves}
        counts = {name: reading.count(name) for name in self._counted}
        reading.names()
        reading.faults.extend(faults)
        if explode:
            for name in anchors_of(self.book):
                reading.column(name)
        customers = reading.customers()
        rows = reading.good()
        if len(rows) < batch.num_rows:
            columns = {name: numbers[rows] for name, numbers in columns.items()}
            counts = {name: taken(one, rows) for name, one in counts.items()}
            customers = customers.take(pa.array(rows))
        content = self._contents.begun(whole=explode)
        table = self._cells.fits and not explode
        found, matched = self._decided(content, columns, counts, len(rows), table=table, count=count)
        plans = pa.RecordBatch.from_arrays(
            [
                customers,
                pa.array(found.plan),
                pa.DictionaryArray.from_arrays(pa.array(found.status), pa.array(STATUSES)),
                pa.DictionaryArray.from_arrays(pa.array(found.first, mask=found.first < 0), self._firsts),
                *(reading.carried(name, rows) for name in self._carried),
            ],
            schema=self._schema,
        )
        wrong = tuple(sorted(reading.faults, key=lambda one: (one.row, one.attribute)))
        single, whose = None, None
        if explode:
            own = content.entries()
            single = exploded(
                self._contents, self.book, self.as_of, plans, own, lambda name: some(reading.column(name), rows)
            )
            whose = own.row[np.flatnonzero(own.rank)]
        return PlannedBatch(plans, rows, wrong, *content.tables(), matched, single, whose)

    def _decided(
        self,
        content: Content,
        columns: Mapping[str, Array],
        counts: Mapping[str, Numbers],
        rows: int,
        *,
        table: bool,
        count: bool,
    ) -> tuple[Plans, dict[str, int]]:
        """Return the plan of each row, and for how many rows each statement matched."""
        if not table or not rows:
            words = matching(self._layout, self._leaves, columns, rows)
            return content.decided(words, counts, rows), self._by_name(content.matched)

        def decide(firsts: Array) -> Known:
            own = matching(
                self._layout, self._leaves, {name: one[firsts] for name, one in columns.items()}, len(firsts)
            )
            here = {name: taken(one, firsts) for name, one in counts.items()}
            return Known(content.decided(own, here, len(firsts)), np.stack(own) if own else np.zeros((0, len(firsts))))

        numbers, known = self._cells.of(self._cells.codes(columns, counts, rows), decide)
        plans = known.plans
        found = Plans(plans.plan[numbers], _NOTHING, plans.status[numbers], plans.first[numbers])
        if not count:
            return found, {}
        matched = np.zeros(len(self._program.statements), np.int64)
        self._counting.add(matched, [word[numbers] for word in known.words])
        return found, self._by_name(matched)

    def _by_name(self, matched: Array) -> dict[str, int]:
        """Name the counts of rules, rows and guards; an action in force may have the name of a rule."""
        pairs = zip(self._program.statements, matched.tolist(), strict=True)
        return {one.id: count for one, count in pairs if one.role != "action"}


_NOTHING = np.zeros(0, np.uint64)
"""In place of the second hashes of plans, which were compared when their cell was met."""


def _remade(book: RuleBook, as_of: date, table: int) -> BatchPlanner:
    return BatchPlanner(book, as_of, table=table)


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

    def count(self, name: str) -> Numbers:
        """Return the column of a counted attribute; one that is nowhere known is unknown in every row."""
        column = self.column(name)
        if isinstance(column, Numbers):
            return column
        rows = self.batch.num_rows
        return Numbers(np.zeros(rows, np.int64), np.zeros(rows, bool))

    def names(self) -> None:
        """Note who has no id, which is a fault whether or not a rule asks for it."""
        if "id" not in self.planner.book.vocabulary or "id" in self._columns:
            return
        attribute = self.planner.book.vocabulary["id"]
        if attribute.optional or not isinstance(attribute.type, TextType) or "id" not in self.batch.schema.names:
            self.column("id")
        else:
            self.faults.extend(nameless("id", self.batch.column("id")))

    def good(self) -> Array:
        """Return the rows without a fault."""
        wrong = np.zeros(self.batch.num_rows, bool)
        wrong[[fault.row for fault in self.faults]] = True
        return np.flatnonzero(~wrong)

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
