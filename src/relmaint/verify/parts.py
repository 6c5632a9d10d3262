"""Into which parts does a region fall that have one answer each, and has every part the same?

A question about a region that is open names the boxes whose edges decide it. Cutting along them and asking again looks
at those edges only on which the answer hangs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from relmaint.ir.program import Box
from relmaint.verify.cover import Covered, Hole, Region, Undecided, Union, bits_of
from relmaint.verify.plans import Truth, View, Views

__all__ = [
    "BUDGET",
    "Leaf",
    "Proven",
    "Refuted",
    "Why",
    "answers",
    "everywhere",
    "grown",
    "joined",
    "leaves",
    "someone",
]

BUDGET = 20_000
"""How many regions one question may look at before what is left of it stays undecided."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Leaf(Generic[T]):
    """A part of the region asked about, and the answer for all of its customers; `None` when a budget was spent.

    `possible` is a part of it with possible customers only, when there is an answer.
    """

    region: Region
    possible: Region
    answer: T | None


def leaves(
    views: Views,
    question: Callable[[tuple[View, ...]], T | None],
    region: Region | None = None,
    *,
    budget: int = BUDGET,
    whole_axes: frozenset[int] = frozenset(),
    only: T | None = None,
    outside_first: bool = False,
) -> Iterator[Leaf[T]]:
    """Cut the region into disjoint parts of possible customers, each with one answer to the question.

    Args:
        views: the books.
        question: what is asked of each part; it answers `None` when a view answered `None`, which then says what to
            cut along.
        region: what is asked about; everyone unless stated.
        budget: how many parts to look at at most; each part left over then comes without an answer.
        whole_axes: axes that are never cut; the question then asks of each of their classes on its own.
        only: the one answer that matters; parts with another one are left out, those without an answer are not.
        outside_first: look outside the box of a cut first, where fewer statements match, and not inside.
    """
    stack = [views.placed(views.space.everyone if region is None else region)]
    while stack:
        placed = stack.pop()
        here, active = placed.region, placed.active
        seen = views.at(placed)
        if seen[0].full & views.impossible:
            continue
        answer = question(seen) if budget > 0 else None
        budget -= 1
        if answer is None and budget > 0:
            view = next((one for one in seen if one.asked or one.asked_axis >= 0), None)
            if view is None:
                raise AssertionError("a question without an answer asked nothing")
            axis, inside = _cut(views.union, view, here, active, whole_axes)
            last, first = (inside, ~inside) if outside_first else (~inside, inside)
            stack.append(views.narrowed(placed, axis, here[axis] & last))
            stack.append(views.narrowed(placed, axis, here[axis] & first))
            continue
        if answer is not None and only is not None and answer != only:
            continue
        possible = views.space.somebody(here) if active & views.impossible else here
        if isinstance(possible, Undecided):
            yield Leaf(here, here, None)
        elif possible is not None:
            yield Leaf(here, possible, answer)


def joined(parts: Sequence[Leaf[T]]) -> list[Leaf[T]]:
    """Join parts with the same answer that differ on one axis only, until none are left."""
    found = list(parts)
    while True:
        before = len(found)
        for axis in range(len(found[0].region) if found else 0):
            found = _joined_on(axis, found)
        if len(found) == before:
            return found


def _joined_on(axis: int, parts: Sequence[Leaf[T]]) -> list[Leaf[T]]:
    by: dict[tuple[T | None, Region], Leaf[T]] = {}
    for one in parts:
        key = one.answer, (*one.region[:axis], 0, *one.region[axis + 1 :])
        first = by.get(key)
        if first is None:
            by[key] = one
        else:
            by[key] = Leaf(_with(first.region, axis, first.region[axis] | one.region[axis]), first.possible, one.answer)
    return list(by.values())


def _cut(union: Union, view: View, here: Region, active: int, whole_axes: frozenset[int]) -> tuple[int, int]:
    """Return the axis to cut along, and the classes of one side."""
    if view.asked_axis >= 0:
        return view.asked_axis, here[view.asked_axis] & -here[view.asked_axis]
    best = (-1, -1, 0)
    for box in bits_of(view.asked):
        for axis, mask in union.boxes[box]:
            if here[axis] & ~mask and axis not in whole_axes:
                weight = (union.doubtful(axis, here[axis]) & active).bit_count()
                best = max(best, (weight, -axis, mask))
        break
    return -best[1], best[2]


def _with(region: Region, axis: int, mask: int) -> Region:
    return (*region[:axis], mask, *region[axis + 1 :])


Why = Callable[[tuple[View, ...]], Truth]
"""A reason for a yes: a question about less, whose yes is a yes to the whole question."""


@dataclass(frozen=True, slots=True)
class Proven:
    """Yes of every possible customer: the parts, the reason in each, and the proof that they are all there is."""

    parts: tuple[Box, ...]
    reasons: tuple[object, ...]
    union: Union
    covered: Covered


@dataclass(frozen=True, slots=True)
class Refuted:
    """No of the customers of a region that cannot grow on any axis without losing that; `possible` is part of it."""

    region: Region
    possible: Region


def everywhere(
    views: Views,
    question: Callable[[tuple[View, ...]], Why | bool | None],
    region: Region | None = None,
    *,
    budget: int = BUDGET,
    whole_axes: frozenset[int] = frozenset(),
    grow: bool = True,
) -> Proven | Refuted | Undecided:
    """Decide whether the answer is yes of every possible customer of the region; arguments as of `answers`."""
    return next(answers(views, question, region, budget=budget, whole_axes=whole_axes, grow=grow))


def answers(
    views: Views,
    question: Callable[[tuple[View, ...]], Why | bool | None],
    region: Region | None = None,
    *,
    budget: int = BUDGET,
    whole_axes: frozenset[int] = frozenset(),
    grow: bool = True,
) -> Iterator[Proven | Refuted | Undecided]:
    """Yield parts of the region of whose customers the answer is no, and at last what is known of all others.

    A part with the answer yes is grown as far as its reason reaches, and leaves the question; what is left is searched
    as holes between the parts (lazy enumeration of prime implicants). A part with the answer no is grown and leaves
    the question too; the last answer, `Proven` or `Undecided`, is about the customers of no such part.

    Args:
        views: the books.
        question: what is asked: `False`, `None` for open, and for yes a reason, by which alone the part can grow.
        region: what is asked about; everyone unless stated.
        budget: how many parts to look at at most, for each answer.
        whole_axes: axes that are never cut; the question then asks of each of their classes on its own.
        grow: whether each part with the answer no is to be as large as it can be.
    """
    space = views.space
    whole = space.everyone if region is None else region
    parts: list[Box] = []
    reasons: list[object] = []
    left = budget
    union = space.union(())

    def leave(part: Box, reason: object) -> None:
        parts.append(part)
        reasons.append(reason)
        union.add(part)

    while True:
        match union.cover(whole):
            case Covered() as covered:
                yield Proven(tuple(parts), tuple(reasons), union, covered)
                return
            case Undecided() as undecided:
                yield undecided
                return
            case Hole(found):
                hole = tuple(whole[axis] if axis in whole_axes else mask for axis, mask in enumerate(found))
        leaf = next(leaves(views, question, hole, budget=left, whole_axes=whole_axes), None)
        if leaf is None:
            leave(_box(hole, space.everyone), "impossible")
            continue
        left -= 1 + sum(mask != free for mask, free in zip(leaf.region, hole, strict=True))
        if leaf.answer is None or left <= 0:
            yield Undecided()
            return
        if leaf.answer is False:
            part = grown(views, lambda seen: question(seen) is False, leaf.region, whole) if grow else leaf.region
            yield Refuted(part, leaf.possible)
            leave(_box(part, space.everyone), "refuted")
            left = budget
            continue
        why: Callable[[tuple[View, ...]], object] = leaf.answer if callable(leaf.answer) else question
        leave(_box(grown(views, why, leaf.region, whole), space.everyone), leaf.answer)


_TRIES = 200
"""How many parts are simply looked at for a no, before it is tried to prove that there is none."""


def someone(
    views: Views,
    question: Callable[[tuple[View, ...]], Why | bool | None],
    region: Region | None = None,
    *,
    budget: int = BUDGET,
    whole_axes: frozenset[int] = frozenset(),
) -> Region | Undecided | None:
    """Return possible customers of whom the answer is no, or `None` when it is proven that there are none."""
    plain = _plainly(question)
    parts = leaves(views, plain, region, budget=min(_TRIES, budget), whole_axes=whole_axes, only=False)
    undecided = False
    for leaf in parts:
        if leaf.answer is False:
            return leaf.possible
        undecided = True
        break
    if not undecided:
        return None
    match everywhere(views, question, region, budget=budget, whole_axes=whole_axes):
        case Proven():
            return None
        case Refuted(possible=possible):
            return possible
        case Undecided() as spent:
            return spent


def _plainly(question: Callable[[tuple[View, ...]], Why | bool | None]) -> Callable[[tuple[View, ...]], bool | None]:
    def plain(seen: tuple[View, ...]) -> bool | None:
        answer = question(seen)
        return True if callable(answer) else answer

    return plain


def _box(region: Region, everyone: Region) -> Box:
    return tuple((axis, mask) for axis, mask in enumerate(region) if mask != everyone[axis])


def grown(views: Views, why: Callable[[tuple[View, ...]], object], part: Region, whole: Region) -> Region:
    """Return the part with as many axes as possible freed up to the whole region, by halves."""
    here = part
    pending = [[axis for axis, mask in enumerate(part) if mask != whole[axis]]]
    while pending:
        axes = pending.pop()
        if not axes:
            continue
        freed = list(here)
        for axis in axes:
            freed[axis] = whole[axis]
        if why(views.of(tuple(freed))):
            here = tuple(freed)
        elif len(axes) > 1:
            pending += [axes[: len(axes) // 2], axes[len(axes) // 2 :]]
    return here
