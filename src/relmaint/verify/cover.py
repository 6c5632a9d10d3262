"""Does a union of boxes cover a region, and if not, where is the hole?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from relmaint.ir.program import UNKNOWN, Axis, Box
from relmaint.vocabulary import SetType

__all__ = ["BUDGET", "Covered", "Hole", "Undecided", "cover", "region_of"]

BUDGET = 50_000
"""How many regions one question may look at before the answer is `Undecided`."""

Region = tuple[int, ...]
"""A mask of classes for every axis."""


@dataclass(frozen=True, slots=True)
class Covered:
    """Every cell of the region lies in some box."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A region that no box touches."""

    region: Region


@dataclass(frozen=True, slots=True)
class Undecided:
    """The budget ran out; this says nothing about the region."""


def region_of(axes: Sequence[Axis]) -> Region:
    """Return the region of all customers."""
    return tuple(axis.everything for axis in axes)


def cover(
    boxes: Sequence[Box], region: Region, axes: Sequence[Axis], *, budget: int = BUDGET
) -> Covered | Hole | Undecided:
    """Decide whether the boxes cover the region.

    A region that no box touches is a hole; one that a single box covers is done; any other is cut along an axis on
    which a touching box ends, and both parts are looked at. Axes of one set attribute are unknown together or not
    at all, so they are cut there first.
    """
    groups = _sets(axes)
    stack: list[tuple[Region, Sequence[Box]]] = [(region, boxes)]
    for _ in range(budget):
        if not stack:
            return Covered()
        here, candidates = stack.pop()
        if 0 in here:
            continue
        touching = [box for box in candidates if all(here[index] & mask for index, mask in box)]
        if not touching:
            return Hole(here)
        narrow = _fewest_ends(touching, here)
        if narrow is None:
            continue
        stack.extend((part, touching) for part in _cut(here, narrow, groups))
    return Undecided() if stack else Covered()


def _sets(axes: Sequence[Axis]) -> dict[int, tuple[int, ...]]:
    """Return, for each axis of a set attribute, all axes of that attribute."""
    of: dict[str, list[int]] = {}
    for index, axis in enumerate(axes):
        if isinstance(axis.type, SetType):
            of.setdefault(axis.attribute, []).append(index)
    return {index: tuple(group) for group in of.values() for index in group}


def _fewest_ends(touching: Sequence[Box], here: Region) -> tuple[int, int] | None:
    """Return an axis and mask at which the box with the fewest ends inside the region ends; `None` if one has none."""
    best: tuple[int, int] | None = None
    fewest = len(here) + 1
    for box in touching:
        ends = [(index, mask) for index, mask in box if here[index] & ~mask]
        if not ends:
            return None
        if len(ends) < fewest:
            fewest, best = len(ends), ends[0]
    return best


def _cut(here: Region, at: tuple[int, int], groups: dict[int, tuple[int, ...]]) -> list[Region]:
    index, mask = at
    group = groups.get(index, ())
    unknown = 1 << UNKNOWN
    if group and here[index] & unknown and here[index] & ~unknown:
        return [_masked(here, group, unknown), _masked(here, group, ~unknown)]
    return [_masked(here, (index,), mask), _masked(here, (index,), ~mask)]


def _masked(here: Region, indices: Sequence[int], mask: int) -> Region:
    return tuple(one & mask if index in indices else one for index, one in enumerate(here))
