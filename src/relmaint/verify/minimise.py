"""Which few, wide boxes hold the same possible customers as many?

Two-level minimisation of multi-valued logic with don't cares: boxes are widened as far as they may (expand), those that
the others hold are dropped (irredundant), and what is left is narrowed to what only it holds (reduce), so that it can
be widened another way; this goes on as long as it helps. Impossible customers are the don't cares.

Source: Espresso-MV (Rudell and Sangiovanni-Vincentelli, Multiple-valued Minimization for PLA Optimization, 1987).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from relmaint.ir.program import Axis, Box
from relmaint.verify.cover import Covered, Region, Union, bits_of, region_of

__all__ = ["minimise"]

_BUDGET = 2_000
"""How many regions one question may look at; one that is not decided is answered on the safe side."""


def minimise(boxes: Sequence[Box], axes: Sequence[Axis], impossible: Sequence[Box] = ()) -> tuple[Box, ...]:
    """Return boxes that hold the same possible customers: no more of them, and none with more axes than it needs.

    No box of the result can be left out, and none can allow another class, without the customers changing. That there
    are no fewer boxes is not proven.

    Args:
        boxes: the boxes.
        axes: what they speak of.
        impossible: boxes of customers that do not matter, beside those that follow from the axes.
    """
    return _Minimiser(boxes, axes, impossible).run()


class _Minimiser:
    """One question in the making; a cube is a box with a mask for every axis."""

    def __init__(self, boxes: Sequence[Box], axes: Sequence[Axis], impossible: Sequence[Box]) -> None:
        self.axes = axes
        self.everything = region_of(axes)
        self.impossible = impossible
        self.held = Union(boxes, axes, impossible)
        self._known: dict[Region, bool] = {}
        nobody = Union((), axes, impossible)
        self.first = [cube for cube in map(self._cube, boxes) if not _covers(nobody, cube)]

    def run(self) -> tuple[Box, ...]:
        best = self._irredundant(self._expanded(self.first))
        while True:
            again = self._irredundant(self._expanded(self._reduced(best)))
            if self._cost(again) >= self._cost(best):
                return tuple(map(self._box, best))
            best = again

    def _cube(self, box: Box) -> Region:
        cube = list(self.everything)
        for axis, mask in box:
            cube[axis] &= mask
        return tuple(cube)

    def _box(self, cube: Region) -> Box:
        return tuple((axis, mask) for axis, mask in enumerate(cube) if mask != self.everything[axis])

    def _cost(self, cubes: Sequence[Region]) -> tuple[int, int]:
        return len(cubes), sum(len(self._box(cube)) for cube in cubes)

    def _is_held(self, cube: Region) -> bool:
        """Whether every possible customer of the cube is in one of the boxes."""
        known = self._known.get(cube)
        if known is None:
            known = self._known[cube] = _covers(self.held, cube)
        return known

    # Expand

    def _expanded(self, cubes: Sequence[Region]) -> list[Region]:
        """Widen each cube as far as it may, towards the others first; those that fall inside another are gone."""
        left = sorted(dict.fromkeys(cubes), key=_classes)
        place = {cube: number for number, cube in enumerate(cubes)}
        found: list[tuple[int, Region]] = []
        while left:
            cube = left.pop(0)
            wide = self._wide(cube, [*left, *(one for _, one in found)])
            left = [one for one in left if not _inside(one, wide)]
            found = [(number, one) for number, one in found if not _inside(one, wide)]
            found.append((place[cube], wide))
        return [cube for _, cube in sorted(found)]

    def _wide(self, cube: Region, others: Iterable[Region]) -> Region:
        for other in sorted(others, key=lambda one: _distance(cube, one)):
            if not _inside(other, cube):
                both = tuple(mask | more for mask, more in zip(cube, other, strict=True))
                cube = both if self._is_held(both) else cube
        bound = [axis for axis, mask in enumerate(cube) if mask != self.everything[axis]]
        for axis in reversed(bound):
            cube = self._try(cube, axis, self.everything[axis])
        for axis in bound:
            for class_ in bits_of(self.everything[axis] & ~cube[axis]):
                cube = self._try(cube, axis, cube[axis] | 1 << class_)
        return cube

    def _try(self, cube: Region, axis: int, mask: int) -> Region:
        wider = (*cube[:axis], mask, *cube[axis + 1 :])
        return wider if self._is_held(wider) else cube

    # Irredundant

    def _irredundant(self, cubes: Sequence[Region]) -> list[Region]:
        """Leave out each cube that the others hold, the smallest first."""
        union = Union([self._box(cube) for cube in cubes], self.axes, self.impossible)
        gone = 0
        for number in sorted(range(len(cubes)), key=lambda number: _classes(cubes[number])):
            if _covers(union, cubes[number], gone | 1 << number):
                gone |= 1 << number
        return [cube for number, cube in enumerate(cubes) if not gone >> number & 1]

    # Reduce

    def _reduced(self, cubes: Sequence[Region]) -> list[Region]:
        """Narrow each cube, the largest first, to the smallest that holds what the others do not."""
        found = list(cubes)
        for number in sorted(range(len(cubes)), key=lambda number: -_classes(cubes[number])):
            others = [self._box(cube) for place, cube in enumerate(found) if place != number]
            union = Union(others, self.axes, self.impossible)
            cube = found[number]
            for axis, mask in enumerate(cube):
                needed = 0
                for class_ in bits_of(mask) if mask.bit_count() > 1 else ():
                    if not _covers(union, (*cube[:axis], 1 << class_, *cube[axis + 1 :])):
                        needed |= 1 << class_
                if needed:
                    cube = (*cube[:axis], needed, *cube[axis + 1 :])
            found[number] = cube
        return found


def _covers(union: Union, cube: Region, without: int = 0) -> bool:
    return isinstance(union.cover(cube, without=without, budget=_BUDGET), Covered)


def _classes(cube: Region) -> int:
    """Return a measure of the size of a cube: how many classes it allows, over all axes."""
    return sum(mask.bit_count() for mask in cube)


def _distance(one: Region, other: Region) -> int:
    return sum(mask != more for mask, more in zip(one, other, strict=True))


def _inside(one: Region, other: Region) -> bool:
    return all(mask & ~wide == 0 for mask, wide in zip(one, other, strict=True))
