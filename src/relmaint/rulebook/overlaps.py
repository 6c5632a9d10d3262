"""Which rows of a table match one and the same customer, where the hit policy allows none or no difference?

The answer is exact: the table is lowered on its own, every row comes to at most one box, and rows meet when their boxes
share a class on every axis, and not unknown on one axis of a set attribute and known on another. What the book assumes
of its customers does not count: a plan must be one thing for a record that breaks an assumption too.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from relmaint.diagnostics import Related
from relmaint.ir.program import Box, Program
from relmaint.ir.rules import HitPolicy, Row, RuleBook, Table
from relmaint.lower import lower
from relmaint.rulebook.reading import Reader

__all__ = ["Meeting", "check_rows", "meeting_rows"]

_MAXIMUM_FINDINGS = 20
"""So many groups of one table are told; the others show once these are mended."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """Rows that some customer matches all of, and no further row; `where` describes such customers."""

    rows: tuple[Row, ...]
    where: str


def check_rows(reader: Reader, table: Table) -> None:
    """Report rows of a `unique` table that meet, and rows of an `any` table that meet and differ."""
    if table.hit not in (HitPolicy.UNIQUE, HitPolicy.ANY):
        return
    meetings = meeting_rows(reader, table, differing=table.hit is HitPolicy.ANY)
    for meeting in itertools.islice(meetings, _MAXIMUM_FINDINGS):
        _report(reader, table, meeting)


def _answer(row: Row) -> object:
    return frozenset(row.do), row.boost, row.limits


def _report(reader: Reader, table: Table, meeting: Meeting) -> None:
    *others, last = meeting.rows
    assert last.span is not None, "rows that were read have places; please report this"
    related = [Related(row.span, "the other row" if len(others) == 1 else "another row") for row in others if row.span]
    named = f"{', '.join(f'`{row.id}`' for row in others)} and `{last.id}`"
    what = f"the rows {named} {'both' if len(others) == 1 else 'all'} match {meeting.where}"
    if table.hit is HitPolicy.UNIQUE:
        reader.find("overlapping-rows", f"{what}, and the table is `unique`", last.span, related=related)
    else:
        reader.find("disagreeing-rows", f"{what}, and their outputs differ", last.span, related=related)


def meeting_rows(reader: Reader, table: Table, *, differing: bool = False) -> Iterator[Meeting]:
    """Yield groups of rows that some customer matches all of, each as large as it can be.

    Every two rows that meet are together in some group, and a group is told for two rows that no earlier one holds.

    Args:
        reader: knows the vocabulary.
        table: the table.
        differing: only for two rows whose outputs differ.
    """
    program = lower(RuleBook("", "", reader.vocabulary, tables=(table,)))
    rows = [table.rows[number] for number in program.owner]
    sharing = _Sharing(program.boxes)
    alike: dict[object, int] = {}
    told = [0] * len(rows)
    for place, (row, box) in enumerate(zip(rows, program.boxes, strict=True)):
        answer = _answer(row)
        for other in sharing.before(place, but=alike.get(answer, 0) if differing else 0):
            if told[place] >> other & 1:
                continue
            shared = _shared(dict(program.boxes[other]), box)
            if all(_states(program, shared).values()):
                group, shared = _grown(program, {other, place}, shared)
                bits = sum(1 << member for member in group)
                for member in group:
                    told[member] |= bits
                yield Meeting(tuple(rows[member] for member in group), _described(program, shared))
        alike[answer] = alike.get(answer, 0) | 1 << place


_Shared = dict[int, int]
"""The classes that the boxes of a group share, by axis."""


def _grown(program: Program, members: set[int], shared: _Shared) -> tuple[list[int], _Shared]:
    """Return the group with every further box, one after the other, that meets all that it then shares."""
    found = list(members)
    for number, box in enumerate(program.boxes):
        if number not in members:
            less = _shared(shared, box)
            if all(_states(program, less).values()):
                found.append(number)
                shared = less
    return sorted(found), shared


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


def _shared(one: _Shared, other: Box) -> _Shared:
    """Return the classes that a group and a box share."""
    both = dict(one)
    for number, mask in other:
        both[number] = both.get(number, mask) & mask
    return both


_UNKNOWN, _KNOWN = 1, 2


def _states(program: Program, shared: _Shared) -> dict[str, int]:
    """Return whether each attribute can be unknown, known, both or neither: the axes of a set attribute agree."""
    states: dict[str, int] = {}
    for number, mask in shared.items():
        axis = program.axes[number]
        state = (_UNKNOWN if mask & 1 else 0) | (_KNOWN if mask & axis.known else 0)
        states[axis.attribute] = states.get(axis.attribute, state) & state
    return states


def _described(program: Program, shared: _Shared) -> str:
    """Describe the customers of one class on each axis, of known values if possible."""
    parts = []
    states = _states(program, shared)
    for number, mask in sorted(shared.items()):
        axis = program.axes[number]
        classes = mask & (axis.known if states[axis.attribute] & _KNOWN else 1)
        parts.append(f"{axis.attribute} {axis.describe((classes & -classes).bit_length() - 1)}")
    return f"`{', '.join(dict.fromkeys(parts))}`" if parts else "every customer"
