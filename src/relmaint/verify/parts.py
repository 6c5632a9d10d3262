"""Into which parts does a region fall that have one answer each, and has every part the same?

A question about a region that is open names the boxes whose edges decide it. Cutting along them and asking again looks
at those edges only on which the answer hangs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from relmaint.ir.program import Box
from relmaint.verify.cover import Covered, Hole, Region, Undecided, Union, bits_of
from relmaint.verify.plans import Truth, View, Views

__all__ = ["BUDGET", "Leaf", "Why", "everywhere", "leaves"]

BUDGET = 20_000
"""How many regions one question may look at before what is left of it stays undecided."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Leaf(Generic[T]):
    """A part of the region asked about, and the answer for all of its customers; `None` when the budget was spent.

    `possible` is a part of it with possible customers only.
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
) -> Iterator[Leaf[T]]:
    """Cut the region into disjoint parts of possible customers, each with one answer to the question.

    Args:
        views: the books.
        question: what is asked of each part; it answers `None` when a view answered `None`, which then says what to
            cut along.
        region: what is asked about; everyone unless stated.
        budget: how many parts to look at at most; each part left over then comes without an answer.
    """
    stack = [(views.space.everyone if region is None else region, views.union.every)]
    while stack:
        here, active = stack.pop()
        seen = views.of(here, active)
        active, full = seen[0].active, seen[0].full
        if full & views.impossible:
            continue
        answer = question(seen) if budget > 0 else None
        budget -= 1
        if answer is None and budget > 0:
            view = next((one for one in seen if one.asked or one.asked_axis >= 0), None)
            if view is None:
                raise AssertionError("a question without an answer asked nothing")
            axis, inside = _cut(views.union, view, here, active)
            stack.append((_with(here, axis, here[axis] & ~inside), active))
            stack.append((_with(here, axis, here[axis] & inside), active))
            continue
        possible = views.space.possible(here) if active & views.impossible else here
        if possible is not None:
            yield Leaf(here, possible, answer)


def _cut(union: Union, view: View, here: Region, active: int) -> tuple[int, int]:
    """Return the axis to cut along, and the classes of one side."""
    if view.asked_axis >= 0:
        return view.asked_axis, here[view.asked_axis] & -here[view.asked_axis]
    best = (-1, -1, 0)
    for box in bits_of(view.asked):
        for axis, mask in union.boxes[box]:
            if here[axis] & ~mask:
                weight = (union.doubtful(axis, here[axis]) & active).bit_count()
                best = max(best, (weight, -axis, mask))
        break
    return -best[1], best[2]


def _with(region: Region, axis: int, mask: int) -> Region:
    return (*region[:axis], mask, *region[axis + 1 :])


Why = Callable[[tuple[View, ...]], Truth]
"""A question that a part answers with true in place of the whole question, asked of ever larger parts around it."""


def everywhere(
    views: Views,
    question: Callable[[tuple[View, ...]], Why | bool | None],
    region: Region | None = None,
    *,
    budget: int = BUDGET,
) -> Covered | Leaf[bool] | Undecided:
    """Decide whether the answer is yes for every possible customer of the region.

    A part with the answer yes is grown as far as its reason reaches, and leaves the question; what is left is searched
    as holes between the parts (lazy enumeration of prime implicants).

    Args:
        views: the books.
        question: what is asked: `False`, `None` for open, and for yes a reason, by which alone the part can grow.
        region: what is asked about; everyone unless stated.
        budget: how many parts to look at at most.

    Returns:
        The proof over the parts, or a part without a customer for whom it is so.
    """
    space = views.space
    whole = space.everyone if region is None else region
    parts: list[Box] = []
    while True:
        union = space.union(parts)
        match union.cover(whole):
            case Covered() as covered:
                return covered
            case Undecided() as undecided:
                return undecided
            case Hole(hole):
                leaf = next(leaves(views, question, hole, budget=budget))
        budget -= 1 + sum(mask != free for mask, free in zip(leaf.region, hole, strict=True))
        if leaf.answer is None or budget <= 0:
            return Undecided()
        if leaf.answer is False:
            return Leaf(leaf.region, leaf.possible, answer=False)
        why: Callable[[tuple[View, ...]], object] = leaf.answer if callable(leaf.answer) else question
        grown = _grown(views, why, leaf.region, whole)
        parts.append(tuple((axis, mask) for axis, mask in enumerate(grown) if mask != space.everyone[axis]))


def _grown(views: Views, why: Callable[[tuple[View, ...]], object], part: Region, whole: Region) -> Region:
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
