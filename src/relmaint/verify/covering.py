"""Which few customers tell every small mistake of a matcher, when there are too many to try them all?

A probe is a cell with a value in each of its classes, at the lower or the upper end of the class. The covering set of a
program holds, for every box, every axis and every class there, and for both ends of the class, a probe that is

- in that class on that axis,
- inside the box on every other axis,
- and in no other box of the same statement,

unless it is proven that no cell is so. Whether the box holds there decides alone whether its statement matches: a
matcher that has one class too many or too few in one box, that lost a box, or that takes a value at the end of a class
for one of the next class, gives a wrong answer on some probe. Beside these, every two classes of any two axes that can
occur together do so in some probe (pairwise coverage: Cohen et al., The AETG System, IEEE Transactions on Software
Engineering, 1997), and when there are few cells, every cell does.

What an assumption of the book excludes is probed too: a backend has to be right about it all the same. Only what no
facts can be is left out: an attribute unknown that never is, or a set that is unknown for one word and not for another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any, assert_never

from relmaint.ir.program import UNKNOWN, Axis, Box, Program
from relmaint.verify.cover import Answer, Covered, Hole, Region, Undecided, Union, bits_of, region_of
from relmaint.verify.witness import DAY, other_text, step_of
from relmaint.vocabulary import (
    AS_OF,
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    IntegerType,
    SetType,
    TextType,
    Value,
)

__all__ = ["ALL_CELLS_BELOW", "Covering", "Probe", "covering", "facts_at", "possible_cells"]

ALL_CELLS_BELOW = 1_000_000
"""A program with fewer possible cells is probed in every one of them."""

_FAR = 1_000_000
"""How far beyond the last cut a probe lies on an axis without an end, in steps of the grid; days lie nearer."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A cell, and as bits the axes on which the value lies at the upper end of its class."""

    cell: tuple[int, ...]
    upper: int = 0


@dataclass(slots=True)
class Covering:
    """The probes of a program, and what they come to.

    Args:
        probes: each once, in an order that follows from the program.
        possible: how many cells there can be.
        decisive: how many triples of box, axis and class end have a probe in which the box alone decides.
        indecisive: how many are proven to have none: another box of the statement always holds there too.
        open: how many could not be decided; nothing is promised for these.
        pairs: how many pairs of classes of two axes occur together in some probe.
        complete: whether every possible cell is probed.
    """

    probes: dict[Probe, None] = field(default_factory=dict)
    possible: int = 0
    decisive: int = 0
    indecisive: int = 0
    open: int = 0
    pairs: int = 0
    complete: bool = False


def covering(program: Program, *, all_below: int = ALL_CELLS_BELOW) -> Covering:
    """Return the covering set of a program.

    Args:
        program: the program.
        all_below: how few possible cells are all probed.
    """
    found = Covering(possible=possible_cells(program.axes))
    _decisive(program, found)
    _pairwise(program.axes, found)
    if found.possible < all_below:
        for cell in _cells(program.axes):
            found.probes[Probe(cell)] = None
        found.complete = True
    return found


# --- what an axis holds ----------------------------------------------------------------------------------------------


def _groups(axes: Sequence[Axis]) -> list[list[int]]:
    """Return the axes by attribute: those of one set are unknown together or not at all."""
    found: dict[str, list[int]] = {}
    for index, axis in enumerate(axes):
        found.setdefault(axis.attribute, []).append(index)
    return list(found.values())


def possible_cells(axes: Sequence[Axis]) -> int:
    """Return how many cells facts can be in."""
    count = 1
    for group in _groups(axes):
        known = 1
        for index in group:
            known *= axes[index].known.bit_count()
        count *= known + axes[group[0]].optional
    return count


def _cells(axes: Sequence[Axis]) -> Iterator[tuple[int, ...]]:
    groups = _groups(axes)
    places = [index for group in groups for index in group]
    choices = []
    for group in groups:
        known = list(product(*(bits_of(axes[index].known) for index in group)))
        choices.append([(UNKNOWN,) * len(group), *known] if axes[group[0]].optional else known)
    for picked in product(*choices):
        cell = dict(zip(places, (class_ for part in picked for class_ in part), strict=True))
        yield tuple(cell[index] for index in range(len(axes)))


def _has_ends(axis: Axis, class_: int) -> bool:
    """Whether a class has a lower and an upper end that are two values."""
    return (
        class_ != UNKNOWN
        and isinstance(axis.type, IntegerType | DecimalType | DateType)
        and _value(axis, class_, upper=False) != _value(axis, class_, upper=True)
    )


def facts_at(program: Program, probe: Probe) -> tuple[dict[str, Value], date]:
    """Return the facts of a probe, those computed from others included, and its day; what is unknown is absent."""
    facts: dict[str, Value] = {}
    words: dict[str, set[str]] = {}
    for index, (axis, class_) in enumerate(zip(program.axes, probe.cell, strict=True)):
        if class_ == UNKNOWN:
            continue
        if axis.member is not None:
            words.setdefault(axis.attribute, set()).update((axis.member,) if class_ == 2 else ())
        else:
            facts[axis.attribute] = _value(axis, class_, upper=bool(probe.upper >> index & 1))
    facts.update({name: frozenset(members) for name, members in words.items()})
    day = facts.get(AS_OF, DAY)
    if not isinstance(day, date):
        raise AssertionError("the day of a probe is no day; please report this")
    return facts, day


def _value(axis: Axis, class_: int, *, upper: bool) -> Any:
    """Return the value at one end of a class of known values."""
    match axis.type:
        case EnumType():
            return axis.type.values[class_ - 1]
        case BooleanType():
            return class_ == 2
        case TextType():
            return axis.words[class_ - 2] if class_ > 1 else other_text(axis.words)
        case IntegerType() | DecimalType() | DateType():
            return _upper(axis, class_) if upper else _lower(axis, class_)
        case SetType():
            raise AssertionError("the words of a set are taken together; please report this")
        case _:
            assert_never(axis.type)


def _lower(axis: Axis, class_: int) -> Any:
    lowest: Any = axis.lowest(class_)
    if lowest is not None:
        return lowest
    return _beyond(axis, _upper(axis, class_), -1) if axis.cuts else _beyond(axis, _home(axis), -1)


def _upper(axis: Axis, class_: int) -> Any:
    if class_ <= len(axis.cuts):
        end: Any = axis.cuts[class_ - 1]
        return end - step_of(axis)
    highest: Any = getattr(axis.type, "maximum", None)
    if highest is not None:
        return highest
    lowest: Any = axis.lowest(class_)
    return _beyond(axis, _home(axis) if lowest is None else lowest, 1)


def _home(axis: Axis) -> Any:
    match axis.type:
        case DateType():
            return DAY
        case DecimalType():
            return Decimal(0)
        case _:
            return 0


def _beyond(axis: Axis, value: Any, sign: int) -> Any:
    if isinstance(axis.type, DateType):
        return date.fromordinal(min(max(value.toordinal() + sign * 10_000, 1), date.max.toordinal()))
    return value + sign * _FAR * step_of(axis)


# --- probes in which one box decides ---------------------------------------------------------------------------------


class _Wanted:
    """What is still wanted of one box: for each axis, the class ends that no probe shows yet, as two masks."""

    def __init__(self, axes: Sequence[Axis], ends: Sequence[int], inside: Region) -> None:
        self.lower = list(inside)
        self.upper = [mask & have for mask, have in zip(inside, ends, strict=True)]
        self.axes = axes

    def classes(self, axis: int) -> int:
        """Return the classes of an axis of which an end is wanted."""
        return self.lower[axis] | self.upper[axis]

    def shown(self, probe: Probe) -> int:
        """Take away what a probe shows; return how much that was."""
        count = 0
        for axis, class_ in enumerate(probe.cell):
            side = self.upper if probe.upper >> axis & 1 else self.lower
            if side[axis] >> class_ & 1:
                side[axis] &= ~(1 << class_)
                count += 1
        return count

    def dropped(self, axis: int, class_: int) -> int:
        """Take away both ends of a class; return how many of them were wanted."""
        bit = 1 << class_
        count = bool(self.lower[axis] & bit) + bool(self.upper[axis] & bit)
        self.lower[axis] &= ~bit
        self.upper[axis] &= ~bit
        return count


class _Prober:
    """Finds probes for the boxes of one program."""

    def __init__(self, program: Program, found: Covering) -> None:
        self.axes = program.axes
        self.everything = region_of(program.axes)
        self.groups = [group for group in _groups(program.axes) if len(group) > 1]
        self.ends = [
            sum(1 << class_ for class_ in bits_of(axis.known) if axis.member is None and _has_ends(axis, class_))
            for axis in program.axes
        ]
        self.found = found
        self.count = 0

    def statement(self, boxes: Sequence[Box]) -> None:
        """Add the probes of all boxes of one statement."""
        self.count = len(boxes)
        union = Union(boxes, self.axes)
        for number in range(len(boxes)):
            self._box(union, number)

    def _box(self, union: Union, number: int) -> None:
        inside = list(self.everything)
        for axis, mask in union.boxes[number]:
            inside[axis] &= mask
        if not all(inside):
            return
        wanted = _Wanted(self.axes, self.ends, tuple(inside))
        for axis in range(len(self.axes)):
            while left := wanted.classes(axis):
                self._probe(union, number, wanted, inside, axis, left)
        for axis, mask in union.boxes[number]:
            outside = self.everything[axis] & ~mask
            alone = _Wanted(self.axes, self.ends, tuple(outside if one == axis else 0 for one in range(len(self.axes))))
            while left := alone.classes(axis):
                self._probe(union, number, alone, inside, axis, left)

    def _probe(self, union: Union, number: int, wanted: _Wanted, inside: list[int], axis: int, left: int) -> None:
        """Add a probe for some class end of an axis, or note that there is none."""
        class_ = next(bits_of(left))
        region = (*inside[:axis], 1 << class_, *inside[axis + 1 :])
        match self._without_others(union, number, region):
            case Hole(hole):
                probe = self._picked(hole, wanted)
                self.found.probes[probe] = None
                shown = wanted.shown(probe)
                assert shown, "a probe shows nothing new; please report this"
                self.found.decisive += shown
            case Undecided():
                self.found.open += wanted.dropped(axis, class_)
            case _:
                self.found.indecisive += wanted.dropped(axis, class_)

    def _without_others(self, union: Union, number: int, region: Region) -> Answer:
        """Return a part of the region in which no other box of the statement holds, as `Union.cover` does."""
        others = union.every & ~(1 << number) & ((1 << self.count) - 1)
        for axis, mask in enumerate(region):
            if not others:
                break
            others &= union.touching(axis, mask)
        if others:
            return union.cover(region, without=1 << number)
        for group in self.groups:
            if not all(region[axis] & ~1 for axis in group) and not all(region[axis] & 1 for axis in group):
                return Covered(())
        return Hole(region)

    def _picked(self, hole: Region, wanted: _Wanted) -> Probe:
        """Return the probe in a hole that shows as much as can be of what is wanted."""
        cell = [0] * len(hole)
        allowed = list(hole)
        for group in self.groups:
            known = all(hole[axis] & ~1 for axis in group)
            unknown = all(hole[axis] & 1 for axis in group)
            first = unknown and any(wanted.lower[axis] & 1 for axis in group)
            for axis in group:
                allowed[axis] = 1 if first or not known else hole[axis] & ~1
        upper = 0
        for axis, mask in enumerate(allowed):
            class_ = next(bits_of(mask & wanted.classes(axis) or mask))
            cell[axis] = class_
            bit = 1 << class_
            if wanted.upper[axis] & bit and not wanted.lower[axis] & bit:
                upper |= 1 << axis
        return Probe(tuple(cell), upper)


def _decisive(program: Program, found: Covering) -> None:
    prober = _Prober(program, found)
    of: dict[int, list[int]] = {}
    for number, owner in enumerate(program.owner):
        of.setdefault(owner, []).append(number)
    for numbers in of.values():
        prober.statement([program.boxes[number] for number in numbers])


# --- probes in which every two classes meet --------------------------------------------------------------------------


def _pairwise(axes: Sequence[Axis], found: Covering) -> None:
    """Add probes until every two classes that can occur together do, taking the most new pairs at each axis."""
    if not axes:
        return
    start, total = [], 0
    for axis in axes:
        start.append(total)
        total += axis.size
    missing = _missing(axes, start)
    found.pairs = sum(bits.bit_count() for bits in missing.values()) // 2
    number = 0
    while any(missing.values()):
        cell = _row(axes, start, missing)
        for index, class_ in enumerate(cell):
            for other, beside in enumerate(cell):
                if other != index:
                    missing[index, class_] &= ~(1 << (start[other] + beside))
        # Ends alternate, so that values are not always the lower ones.
        found.probes[Probe(tuple(cell), _some_ends(axes, cell, number))] = None
        number += 1


def _missing(axes: Sequence[Axis], start: Sequence[int]) -> dict[tuple[int, int], int]:
    """Return for each class of each axis the classes of other axes that it can occur with, as bits from `start`."""
    masks = [axis.everything for axis in axes]
    every = sum(mask << first for mask, first in zip(masks, start, strict=True))
    missing = {}
    for index, axis in enumerate(axes):
        beside = every & ~(masks[index] << start[index])
        for class_ in bits_of(masks[index]):
            bits = beside
            for other, one in enumerate(axes):
                if other != index and one.attribute == axis.attribute:
                    never = one.known if class_ == UNKNOWN else 1
                    bits &= ~(never << start[other])
            missing[index, class_] = bits
    return missing


def _row(axes: Sequence[Axis], start: Sequence[int], missing: dict[tuple[int, int], int]) -> list[int]:
    """Return a cell that shows many missing pairs: the class with most of them first, then axis by axis the best."""
    first, fixed = max(missing, key=lambda one: (missing[one].bit_count(), -one[0], -one[1]))
    groups = sorted(_groups(axes), key=lambda group: first not in group)
    cell = [0] * len(axes)
    chosen = 0
    for group in groups:
        ways = []
        for masks in ([axes[index].known for index in group], [axes[index].everything & 1 for index in group]):
            narrowed = [mask & 1 << fixed if index == first else mask for index, mask in zip(group, masks, strict=True)]
            if all(narrowed):
                ways.append(_best(group, narrowed, start, missing, chosen))
        _, picked = max(ways, key=lambda way: way[0])
        for index, class_ in zip(group, picked, strict=True):
            cell[index] = class_
            chosen |= 1 << (start[index] + class_)
    return cell


def _best(
    group: Sequence[int],
    masks: Sequence[int],
    start: Sequence[int],
    missing: dict[tuple[int, int], int],
    chosen: int,
) -> tuple[int, list[int]]:
    """Return how many new pairs the best classes of the axes of one attribute give, and those classes."""
    gained, picked = 0, []
    for index, mask in zip(group, masks, strict=True):
        ordered = [(_gain(missing[index, class_], chosen, class_), class_) for class_ in bits_of(mask)]
        gain, best = max(ordered)
        gained += gain[0]
        picked.append(best)
        chosen |= 1 << (start[index] + best)
    return gained, picked


def _gain(missing: int, chosen: int, class_: int) -> tuple[int, int, int]:
    """Order classes: those with more new pairs here come first, then those with more left, then the lower ones."""
    return (missing & chosen).bit_count(), missing.bit_count(), -class_


def _some_ends(axes: Sequence[Axis], cell: Sequence[int], number: int) -> int:
    upper = 0
    for index, (axis, class_) in enumerate(zip(axes, cell, strict=True)):
        if (index + number) % 2 and axis.member is None and _has_ends(axis, class_):
            upper |= 1 << index
    return upper
