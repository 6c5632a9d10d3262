"""Which rows of a table match one and the same customer, where the hit policy allows none or no difference?

The answer is exact: the table is lowered on its own, every row comes to at most one box, and two rows meet when their
boxes share a class on every axis.
"""

from __future__ import annotations

from collections.abc import Iterator

from relmaint.diagnostics import Related
from relmaint.ir.program import Box, Program
from relmaint.ir.rules import HitPolicy, Row, RuleBook, Table
from relmaint.lower import lower
from relmaint.rulebook.reading import Reader

__all__ = ["check_rows", "meeting_rows"]

_MAXIMUM_FINDINGS = 20
"""So many pairs of one table are told; the others follow from them, or show once these are mended."""


def check_rows(reader: Reader, table: Table) -> None:
    """Report rows of a `unique` table that meet, and rows of an `any` table that meet and differ."""
    if table.hit not in (HitPolicy.UNIQUE, HitPolicy.ANY):
        return
    told = 0
    for first, second, where in meeting_rows(reader, table):
        if table.hit is HitPolicy.ANY and _answer(first) == _answer(second):
            continue
        if told == _MAXIMUM_FINDINGS:
            return
        told += 1
        _report(reader, table, first, second, where)


def _answer(row: Row) -> object:
    return frozenset(row.do), row.boost, row.limits


def _report(reader: Reader, table: Table, first: Row, second: Row, where: str) -> None:
    assert first.span is not None, "rows that were read have places; please report this"
    assert second.span is not None, "rows that were read have places; please report this"
    related = [Related(first.span, "the other row")]
    if table.hit is HitPolicy.UNIQUE:
        message = f"the rows `{first.id}` and `{second.id}` both match {where}, and the table is `unique`"
        reader.find("overlapping-rows", message, second.span, related=related)
    else:
        message = f"the rows `{first.id}` and `{second.id}` both match {where}, and their outputs differ"
        reader.find("disagreeing-rows", message, second.span, related=related)


def meeting_rows(reader: Reader, table: Table) -> Iterator[tuple[Row, Row, str]]:
    """Yield each pair of rows that some customer matches both of, with a description of such customers."""
    program = lower(RuleBook("", "", reader.vocabulary, tables=(table,)))
    rows = {owner: box for box, owner in zip(program.boxes, program.owner, strict=True)}
    numbers = list(rows)
    sharing = _Sharing(list(rows.values()))
    for place, number in enumerate(numbers):
        for other in sharing.before(place):
            box, earlier = rows[number], rows[numbers[other]]
            yield table.rows[numbers[other]], table.rows[number], _where(program, earlier, box)


class _Sharing:
    """Tells for each box which earlier boxes it shares a class with on every axis, by one bit for each box."""

    def __init__(self, boxes: list[Box]) -> None:
        self._boxes = [dict(box) for box in boxes]
        self._masks: dict[int, dict[int, int]] = {}
        self._bound: dict[int, int] = {}
        for place, box in enumerate(boxes):
            for axis, mask in box:
                masks = self._masks.setdefault(axis, {})
                masks[mask] = masks.get(mask, 0) | 1 << place
                self._bound[axis] = self._bound.get(axis, 0) | 1 << place

    def before(self, place: int) -> Iterator[int]:
        """Yield the numbers of the earlier boxes that meet this one."""
        left = (1 << place) - 1
        for axis, mask in self._boxes[place].items():
            meeting = ~self._bound[axis]
            for other, places in self._masks[axis].items():
                if other & mask:
                    meeting |= places
            left &= meeting
        while left:
            lowest = left & -left
            yield lowest.bit_length() - 1
            left ^= lowest


def _where(program: Program, one: Box, other: Box) -> str:
    """Describe one cell of the customers that two boxes share."""
    both = dict(one)
    for number, mask in other:
        both[number] = both.get(number, mask) & mask
    parts = []
    for number, mask in sorted(both.items()):
        axis = program.axes[number]
        classes = mask & axis.known or mask
        class_ = (classes & -classes).bit_length() - 1
        parts.append(f"{axis.attribute} {axis.describe(class_)}")
    return f"`{', '.join(parts)}`" if parts else "every customer"
