"""What changes in a plan when one attribute of the customer changes and no other?

A part of the customers is taken with the attribute left open, and the plan asked for class by class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from relmaint.verify.cover import Region, Undecided
from relmaint.verify.parts import Proven, Refuted, answers
from relmaint.verify.plans import View, Views

__all__ = ["Pair", "pairs"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two regions of possible customers that differ on one axis only, and whose plans differ as asked.

    `part` is where both lie, with that axis left open.
    """

    part: Region
    one: Region
    other: Region


Differ = Callable[[View, View, int], bool | None]
"""Whether the plans of two regions differ as asked, given the bits of the boxes that tell the two regions apart.

The answer is `None` when it is open; one of the views has asked then.
"""


def pairs(
    views: Views, axis: int, classes: Sequence[int], differ: Differ, region: Region, *, budget: int, grow: bool = True
) -> Iterator[Pair | Undecided]:
    """Yield parts of the region in which two customers, neighbours in the given classes of an axis, differ as asked.

    When the last is an `Undecided`, there may be more.

    Args:
        views: one book.
        axis: the axis on which the two customers differ.
        classes: its classes in order; classes in which nobody is possible are passed over.
        differ: what is asked of each two neighbours.
        region: the customers spoken of, whatever their class on the axis.
        budget: how many parts to look at at most, for each answer.
        grow: whether each part is to be as large as it can be.
    """

    def question(seen: tuple[View, ...]) -> bool | None:
        found = _differing(views, seen[0], axis, classes, differ)
        return None if found is None else found is False

    for answer in answers(views, question, region, budget=budget, whole_axes=frozenset((axis,)), grow=grow):
        match answer:
            case Refuted(part):
                (view,) = views.of(part)
                found = _differing(views, view, axis, classes, differ)
                if not isinstance(found, Pair):
                    raise AssertionError("a part grew beyond its answer")
                yield found
            case Undecided() as spent:
                yield spent
            case Proven():
                pass


def _differing(views: Views, view: View, axis: int, classes: Sequence[int], differ: Differ) -> Pair | bool | None:
    """Return two neighbouring classes whose plans differ, or `False` when none do; `None` when it is open."""
    before: tuple[int, View] | None = None
    for class_ in classes:
        if not view.region[axis] >> class_ & 1:
            continue
        (here,) = views.of(_at(view.region, axis, class_), view.active)
        if here.full & views.impossible:
            continue
        if before is not None:
            place, earlier = before
            touching = (views.union.touching(axis, 1 << one) for one in (place, class_))
            answer = differ(earlier, here, (next(touching) ^ next(touching)) & view.active)
            if answer is None:
                asking = earlier if earlier.asked or earlier.asked_axis >= 0 else here
                view.asked, view.asked_axis = asking.asked, asking.asked_axis
                return None
            if answer:
                pair = _possible(views, view.region, axis, place, class_)
                if pair is None:
                    view.asked, view.asked_axis = (earlier.active | here.active) & views.impossible, -1
                return pair
        before = class_, here
    return False


def _possible(views: Views, region: Region, axis: int, place: int, class_: int) -> Pair | None:
    """Return possible customers of both classes who differ in nothing else, if they are easily found."""
    one = views.space.possible(_at(region, axis, place))
    other = None if one is None else views.space.possible(_at(one, axis, class_))
    return None if one is None or other is None else Pair(region, _at(other, axis, place), other)


def _at(region: Region, axis: int, class_: int) -> Region:
    return (*region[:axis], 1 << class_, *region[axis + 1 :])
