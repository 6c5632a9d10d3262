"""Which rows of a table match one and the same customer, where the hit policy allows none or no difference?

The answer is exact: the table is lowered on its own, every row comes to at most one box, and two rows meet when their
boxes share a class on every axis, and not unknown on one axis of a set attribute and known on another.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

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
    meetings = meeting_rows(reader, table, differing=table.hit is HitPolicy.ANY)
    for first, second, where in itertools.islice(meetings, _MAXIMUM_FINDINGS):
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


def meeting_rows(reader: Reader, table: Table, *, differing: bool = False) -> Iterator[tuple[Row, Row, str]]:
    """Yield each pair of rows that some customer matches both of, with a description of such customers.

    Args:
        reader: knows the vocabulary.
        table: the table.
        differing: only pairs whose outputs differ.
    """
    program = lower(RuleBook("", "", reader.vocabulary, tables=(table,)))
    rows = [table.rows[number] for number in program.owner]
    sharing = _Sharing(program.boxes)
    alike: dict[object, int] = {}
    for place, (row, box) in enumerate(zip(rows, program.boxes, strict=True)):
        answer = _answer(row)
        for other in sharing.before(place, but=alike.get(answer, 0) if differing else 0):
            shared = _shared(program.boxes[other], box)
            states = _states(program, shared)
            if all(states.values()):
                yield rows[other], row, _described(program, shared, states)
        alike[answer] = alike.get(answer, 0) | 1 << place


class _Sharing:
    """Tells for each box which earlier boxes it shares a class with on every axis, by one bit for each box."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        self._boxes = [dict(box) for box in boxes]
        self._masks: dict[int, dict[int, int]] = {}
        self._bound: dict[int, int] = {}
        for place, box in enumerate(boxes):
            for axis, mask in box:
                masks = self._masks.setdefault(axis, {})
                masks[mask] = masks.get(mask, 0) | 1 << place
                self._bound[axis] = self._bound.get(axis, 0) | 1 << place

    def before(self, place: int, *, but: int) -> Iterator[int]:
        """Yield the numbers of the earlier boxes that meet this one, without those of the bits of `but`."""
        left = ((1 << place) - 1) & ~but
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


def _shared(one: Box, other: Box) -> dict[int, int]:
    """Return the classes that two boxes share, by axis."""
    both = dict(one)
    for number, mask in other:
        both[number] = both.get(number, mask) & mask
    return both


_UNKNOWN, _KNOWN = 1, 2


def _states(program: Program, shared: dict[int, int]) -> dict[str, int]:
    """Return whether each attribute can be unknown, known, both or neither: the axes of a set attribute agree."""
    states: dict[str, int] = {}
    for number, mask in shared.items():
        axis = program.axes[number]
        state = (_UNKNOWN if mask & 1 else 0) | (_KNOWN if mask & axis.known else 0)
        states[axis.attribute] = states.get(axis.attribute, state) & state
    return states


def _described(program: Program, shared: dict[int, int], states: dict[str, int]) -> str:
    """Describe the customers of one class on each axis, of known values if possible."""
    parts = []
    for number, mask in sorted(shared.items()):
        axis = program.axes[number]
        classes = mask & (axis.known if states[axis.attribute] & _KNOWN else 1)
        parts.append(f"{axis.attribute} {axis.describe((classes & -classes).bit_length() - 1)}")
    return f"`{', '.join(dict.fromkeys(parts))}`" if parts else "every customer"
