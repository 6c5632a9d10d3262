"""Is there an input column that what a table says never depends on?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from relmaint.ir.conditions import negated
from relmaint.ir.program import Box
from relmaint.ir.rules import Aggregate, HitPolicy, Row, RuleBook, Table
from relmaint.lower import row_condition
from relmaint.rank.hits import boosts_of, limit_of, position, preference
from relmaint.verify.checks.proofs import regions_of, undecided
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.cover import Region, Undecided, bits_of
from relmaint.verify.parts import someone
from relmaint.verify.plans import Truth, View, Views

__all__ = ["find", "without_column"]

_BUDGET = 500
"""How many regions may be looked at for one row: there is one question for each row of a table and each column."""

Overriders = Mapping[str, frozenset[str]]


def find(subject: Subject) -> Iterator[Finding]:
    """Yield the columns without which a table says the same for every possible customer.

    What a table says is which actions it proposes, with which points, places and reasons, and which rules override
    that, or which budgets it sets. Rows that are the same once the column is gone are one row then.
    """
    candidates: list[tuple[Table, int]] = []
    for table in subject.book.tables:
        for column, name in enumerate(table.inputs):
            if any(row.tests[column] is not None for row in table.rows):
                candidates.append((table, column))
                continue
            message = f"the column `{name}` of the table `{table.id}` tests nothing: every row has `-`"
            yield Finding("useless-column", table.id, message, table.span)
    for one in _compared(subject, candidates):
        name, table = one.table.inputs[one.column], one.table
        match one.is_useless():
            case True:
                message = f"nothing that the table `{table.id}` says depends on its column `{name}`"
                yield Finding("useless-column", table.id, message, table.span)
            case Undecided():
                yield undecided(table.id, f"the column `{name}` of the table `{table.id}` matters", table.span)
            case _:
                pass


def without_column(book: RuleBook, table: str, column: int) -> RuleBook:
    """Return the book with a column dropped from a table, and one row of those that then are the same."""
    over = _overriders(book)
    tables = tuple(_dropped(one, column, over) if one.id == table else one for one in book.tables)
    kept = {row.id for one in tables for row in one.rows}
    gone = {row.id for one in book.tables for row in one.rows} - kept
    rules = (replace(rule, overrides=tuple(one for one in rule.overrides if one not in gone)) for rule in book.rules)
    return replace(book, tables=tables, rules=tuple(rules))


def _overriders(book: RuleBook) -> Overriders:
    found: dict[str, set[str]] = {}
    for rule in book.rules:
        for target in rule.overrides:
            found.setdefault(target, set()).add(rule.id)
    return {target: frozenset(rules) for target, rules in found.items()}


def _dropped(table: Table, column: int, over: Overriders) -> Table:
    """Return the table without the column; where the number of a row counts, all rows stay."""
    inputs = (*table.inputs[:column], *table.inputs[column + 1 :])
    rows = [replace(row, tests=(*row.tests[:column], *row.tests[column + 1 :])) for row in table.rows]
    if table.hit is not HitPolicy.RULE_ORDER:
        first: dict[object, Row] = {}
        for row in rows:
            key = row.tests, frozenset(row.do), row.boost, row.limits, row.notes, over.get(row.id)
            first.setdefault(key, row)
        rows = list(first.values())
    return replace(table, inputs=inputs, rows=tuple(rows))


def _compared(subject: Subject, candidates: Sequence[tuple[Table, int]]) -> Iterator[_Compared]:
    """Put the boxes of all tables without their columns beside those of the book, in one union."""
    over = _overriders(subject.book)
    boxes: list[Box] = []
    prepared: list[tuple[Table, int, Table, list[tuple[Row, int]]]] = []
    for table, column in candidates:
        less = _dropped(table, column, over)
        rows: list[tuple[Row, int]] = []
        for row in less.rows:
            found = subject.space.boxes(negated(row_condition(less, row)))
            rows.extend((row, len(boxes) + number) for number in range(len(found)))
            boxes.extend(found)
        prepared.append((table, column, less, rows))
    if not prepared:
        return
    views = Views(subject.space, boxes)
    first = len(subject.boxes)
    for table, column, less, rows in prepared:
        own = [(row, box) for row in table.rows for box in subject.numbers["row", row.id]]
        new = [(row, first + box) for row, box in rows]
        yield _Compared(subject, views, table, column, _Hits(table, own, over), _Hits(less, new, over))


class _Hits:
    """The rows of a table as boxes of a union, and what those that match come to.

    Args:
        table: the table.
        rows: its rows, each with the number of its box; nobody meets the others.
        over: the rules that override each row.
    """

    def __init__(self, table: Table, rows: Sequence[tuple[Row, int]], over: Overriders) -> None:
        """Sort the rows by how much the hit policy prefers them."""
        self.table = table
        self.over = over
        places = {row.id: place for place, row in enumerate(table.rows)}
        self.rows = {box: (places[row.id], row) for row, box in rows}
        preferred = preference(table)
        levels: dict[int, int] = {}
        for box, hit in self.rows.items():
            level = 0 if preferred is None else preferred(*hit)[0]
            levels[level] = levels.get(level, 0) | 1 << box
        self.one_counts = preferred is not None
        self.levels = [levels[level] for level in sorted(levels)]
        self.overridden = any(row.id in over for row in table.rows)

    def says(self, view: View) -> object | None:
        """Return what the table says for every customer of a region, or `None` when that is open."""
        found: list[tuple[int, Row]] = []
        for bits in self.levels:
            live = view.active & bits
            for box in bits_of(live):
                if view.matches(1 << box) is None:
                    return None
                found.append(self.rows[box])
                if self.one_counts:
                    return self._answer(found)
        return self._answer(found)

    def _answer(self, hits: list[tuple[int, Row]]) -> object:
        table, rows = self.table, [row for _, row in hits]
        limits = tuple(limit_of(table, column, rows)[0] for column in range(len(table.limits)))
        places = {
            name: min(position(table, place, name) for place, row in hits if name in row.do)
            for row in rows
            for name in row.do
        }
        points: Counter[str] = Counter()
        for name, _, boost in boosts_of(table, rows) if "boost" in table.outputs else ():
            points[name] += boost
        reasons = frozenset((name, row.notes.because) for row in rows for name in row.do)
        apart: object = None
        if self.overridden:
            each = Counter((frozenset(row.do), row.boost, row.limits, self.over.get(row.id)) for row in rows)
            adds = table.aggregate in (Aggregate.SUM, Aggregate.COUNT) or (table.aggregate is None and bool(points))
            apart = frozenset(each.items()) if adds else frozenset(each)
        return limits, frozenset(places.items()), frozenset(points.items()), reasons, apart


@dataclass(frozen=True, slots=True)
class _Compared:
    """A table, and the same without one of its columns."""

    subject: Subject
    views: Views
    table: Table
    column: int
    whole: _Hits
    less: _Hits

    def is_useless(self) -> bool | Undecided:
        """Whether the two say the same for every possible customer.

        They can differ only where a row matches without the column and does not with it, and where rows that are the
        same without it match together.
        """
        spent = False
        for region in self._suspect():
            match someone(self.views, self._same, region, budget=_BUDGET):
                case None:
                    pass
                case Undecided():
                    spent = True
                case _:
                    return False
        return Undecided() if spent else True

    def _same(self, seen: tuple[View, ...]) -> Truth:
        (view,) = seen
        before = self.whole.says(view)
        after = None if before is None else self.less.says(view)
        return None if after is None else before == after

    def _suspect(self) -> Iterator[Region]:
        """Yield the regions in which a row matches only without the column, and those of rows that became one."""
        subject, space = self.subject, self.subject.space
        kept = {row.id for row in self.less.table.rows}
        for row in self.table.rows:
            if row.id not in kept:
                yield from regions_of(subject, "row", row.id)
            test = row.tests[self.column]
            if test is None:
                continue
            bare = replace(row, tests=(*row.tests[: self.column], *row.tests[self.column + 1 :]))
            for box in space.boxes(negated(row_condition(self.less.table, bare))):
                region = subject.region(box)
                tested = space.boxes(test)
                if not tested:
                    yield region
                for axis, mask in tested[0] if tested else ():
                    if rest := region[axis] & ~mask:
                        yield (*region[:axis], rest, *region[axis + 1 :])
