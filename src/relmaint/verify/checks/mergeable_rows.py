"""Are there rows of a table that one row could say?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from relmaint.ir.conditions import (
    ALWAYS,
    NEGATIONS,
    Comparison,
    Condition,
    Interval,
    Operator,
    Or,
    comparisons,
    show_test,
)
from relmaint.ir.program import UNKNOWN, Axis
from relmaint.ir.rules import Aggregate, HitPolicy, Row, RuleBook, Table
from relmaint.verify.checks.proofs import named, places
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.diff import difference
from relmaint.verify.words import condition_of
from relmaint.vocabulary import DateType, DecimalType, IntegerType, Value

__all__ = ["Merger", "find", "mergers", "shown"]

_UNORDERED = (HitPolicy.UNIQUE, HitPolicy.OUTPUT_ORDER, HitPolicy.COLLECT)
"""Policies by which the order of rows changes nothing, so that rows need not stand side by side to be one."""


_PLAIN = re.compile(r"[^\W_][\w./-]*")
"""A cell that needs no quotes in YAML."""


@dataclass(frozen=True, slots=True)
class Merger:
    """Rows of a table, and the one row that says the same; it takes the place and the id of the first of them."""

    table: Table
    rows: tuple[Row, ...]
    column: int
    merged: Row

    def applied(self, book: RuleBook) -> RuleBook:
        """Return the book with the one row in the place of the rows; overrides of the others go with them."""
        gone = {row.id for row in self.rows[1:]}
        kept = (row for row in self.table.rows if row.id not in gone)
        rows = tuple(self.merged if row.id == self.merged.id else row for row in kept)
        tables = tuple(replace(one, rows=rows) if one.id == self.table.id else one for one in book.tables)
        rules = tuple(
            replace(rule, overrides=tuple(one for one in rule.overrides if one not in gone))
            if gone.intersection(rule.overrides)
            else rule
            for rule in book.rules
        )
        return replace(book, tables=tables, rules=rules)


def find(subject: Subject) -> Iterator[Finding]:
    """Yield the rows that differ in one column only, and whose tests there are together one test.

    The rows have the same outputs, notes and overriding rules. Under `any`, `first`, `priority` and `rule order`
    they stand side by side. Rows whose points or budgets are added up or counted do not meet, or a customer of both
    would lose some.
    """
    for merger in mergers(subject):
        first, *others = merger.rows
        test = merger.merged.tests[merger.column]
        name = merger.table.inputs[merger.column]
        said = f"`{name} {show_test(test)}`" if test is not None else "`-`"
        ids = [row.id for row in merger.rows]
        message = f"the rows {named(ids)} say the same but for `{name}`: one row with {said} does"
        help_ = f"write `{shown(merger.table, merger.merged)}` in their place"
        related = places(subject, [row.id for row in others], "this row goes")
        yield Finding("mergeable-rows", first.id, message, first.span, help=help_, related=related)


def mergers(subject: Subject) -> Iterator[Merger]:
    """Yield the mergers of each table; no two of them share a row, so that all can be made."""
    for table in subject.book.tables:
        taken: set[str] = set()
        for merger in _mergers_of(subject, table):
            ids = {row.id for row in merger.rows}
            if taken.isdisjoint(ids) and _keeps_places(subject, merger):
                taken |= ids
                yield merger


def _mergers_of(subject: Subject, table: Table) -> Iterator[Merger]:
    rows = [row for row in table.rows if subject.numbers["row", row.id]]
    for column in range(len(table.inputs)):
        groups = _alike(subject, rows, column) if table.hit in _UNORDERED else _side_by_side(subject, rows, column)
        for group in groups:
            yield from _joined(subject, table, column, group)


def _key(subject: Subject, row: Row, column: int) -> object:
    """Return all that must be the same for rows to be one: everything but their ids and their tests of one column."""
    tests = (*row.tests[:column], *row.tests[column + 1 :])
    overriders = subject.planner.rows[row.id].overriders
    return tests, frozenset(row.do), row.boost, row.limits, row.notes, overriders


def _alike(subject: Subject, rows: Sequence[Row], column: int) -> Iterator[list[Row]]:
    """Yield the rows that are alike but for a column, wherever they stand."""
    found: dict[object, list[Row]] = {}
    for row in rows:
        found.setdefault(_key(subject, row, column), []).append(row)
    return (group for group in found.values() if len(group) > 1)


def _side_by_side(subject: Subject, rows: Sequence[Row], column: int) -> Iterator[list[Row]]:
    """Yield the runs of neighbouring rows that are alike but for a column."""
    for _, group in groupby(rows, key=lambda row: _key(subject, row, column)):
        run = list(group)
        if len(run) > 1:
            yield run


def _joined(subject: Subject, table: Table, column: int, rows: Sequence[Row]) -> Iterator[Merger]:
    """Yield the runs of rows whose tests are together one test; those on a scale are tried from its low end up."""
    tests = [_mask(subject, row.tests[column]) for row in rows]
    axes = {axis for axis, _ in tests if axis is not None}
    if len(axes) > 1:
        return
    axis = axes.pop() if axes else None
    whole = 0 if axis is None else subject.axes[axis].everything
    masks = {row.id: whole if at is None else mask for row, (at, mask) in zip(rows, tests, strict=True)}
    ordered = sorted(rows, key=lambda row: (masks[row.id] & -masks[row.id], masks[row.id]))
    pending = list(rows) if table.hit not in _UNORDERED else ordered
    while pending:
        run = [pending.pop(0)]
        union = masks[run[0].id]
        test = run[0].tests[column]
        for row in list(pending):
            joined = ALWAYS if axis is None else _one_test(subject.axes[axis], union | masks[row.id])
            if joined is None or (_adds_up(table) and union & masks[row.id]) or (axis is None and _adds_up(table)):
                if table.hit in _UNORDERED:
                    continue
                break
            run.append(row)
            pending.remove(row)
            union |= masks[row.id]
            test = joined if isinstance(joined, Comparison) else None
        if len(run) > 1:
            place = {row.id: number for number, row in enumerate(table.rows)}
            run.sort(key=lambda row: place[row.id])
            first = run[0]
            cells = (*first.tests[:column], test, *first.tests[column + 1 :])
            yield Merger(table, tuple(run), column, replace(first, tests=cells))


_MOST = 12
"""A test lists no more values than this."""


def _one_test(axis: Axis, mask: int) -> Condition | None:
    """Return the one test, or `always`, that is true in just the classes of the mask; `None` when there is none."""
    rest = axis.known & ~mask
    if min(_parts(mask), _parts(rest)) > 1 and min(mask.bit_count(), rest.bit_count()) > _MOST:
        return None
    whole = condition_of(axis, mask)
    if not isinstance(whole, Or) or not whole.parts:
        return whole
    if mask & 1 << UNKNOWN:
        return None
    if _parts(rest) == 1 or rest.bit_count() <= _MOST:
        other = condition_of(axis, rest)
        outside = other if isinstance(other, Comparison) else _listed(axis, other)
        if outside is not None:
            return replace(outside, operator=NEGATIONS[outside.operator])
    return _listed(axis, whole)


def _parts(mask: int) -> int:
    """Return into how many stretches of neighbouring classes a mask falls."""
    return (mask & ~(mask << 1)).bit_count()


def _listed(axis: Axis, condition: Condition) -> Comparison | None:
    """Return a condition about single values as a list of these values."""
    assert isinstance(axis.type, IntegerType | DecimalType | DateType), "other types have lists; please report this"
    values: list[Value] = []
    for one in comparisons(condition):
        (operand,) = one.operands
        if one.operator is not Operator.EQ or isinstance(operand, Interval):
            return None
        values.append(operand)
    return Comparison(axis.attribute, Operator.IN, tuple(values)) if len(values) <= _MOST else None


def _mask(subject: Subject, test: Comparison | None) -> tuple[int | None, int]:
    """Return the axis and the classes that a test allows; no axis when it allows all."""
    boxes = [()] if test is None else subject.space.boxes(test)
    assert len(boxes) == 1, "a row that somebody meets has tests that somebody meets; please report this"
    ((axis, mask),) = boxes[0] or ((None, 0),)
    return axis, mask


def _adds_up(table: Table) -> bool:
    """Whether a customer who meets two rows has the points or budgets of both."""
    several = table.hit in (HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER, HitPolicy.COLLECT)
    folded = table.aggregate in (Aggregate.SUM, Aggregate.COUNT) or (
        table.aggregate is None and "boost" in table.outputs
    )
    return several and folded


def _keeps_places(subject: Subject, merger: Merger) -> bool:
    """Whether the rows that move up keep their places among those of other tables: only `rule order` counts rows."""
    counted = (HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER)
    others = (one for one in subject.book.tables if one.hit in counted and one.id != merger.table.id)
    if merger.table.hit is not HitPolicy.RULE_ORDER or not any(others):
        return True
    return difference(subject.book, merger.applied(subject.book)).is_empty


def shown(table: Table, row: Row) -> str:
    """Write the cells of a row as a book holds them in a list."""
    limits = iter(row.limits)
    cells = [_cell(test) for test in row.tests]
    for name in table.outputs:
        match name:
            case "do":
                cells.append(f"[{', '.join(row.do)}]" if len(row.do) > 1 else "".join(row.do) or '"-"')
            case "boost":
                cells.append(str(row.boost))
            case _:
                cells.append(str(next(limits)))
    return f"[{', '.join(cells)}]"


def _cell(test: Comparison | None) -> str:
    text = "-" if test is None else show_test(test)
    if test is not None and test.operator is Operator.EQ:
        text = text.removeprefix("= ")
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return text if _PLAIN.fullmatch(text) else f'"{quoted}"'
