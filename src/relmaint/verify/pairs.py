"""What changes in a plan when one attribute of the customer changes and no other?

A part of the customers is taken with the attribute left open, and the plan asked for class by class; a set attribute
has an axis for each word, and can be asked about as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from relmaint.verify.cover import Region, Undecided
from relmaint.verify.parts import Proven, Refuted, answers
from relmaint.verify.plans import View, Views

__all__ = ["Pair", "Place", "pairs", "pairs_of"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two regions of possible customers that differ in one attribute only, and whose plans differ as asked.

    `part` is where both lie, with the axes of that attribute left open.
    """

    part: Region
    one: Region
    other: Region


Differ = Callable[[View, View, int], bool | None]
"""Whether the plans of two regions differ as asked, given the bits of the boxes that tell the two regions apart.

The answer is `None` when it is open; one of the views has asked then.
"""

Place = tuple[int, ...]
"""A class on each of the axes on which two customers differ."""


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
    return pairs_of(views, (axis,), [(class_,) for class_ in classes], differ, region, budget=budget, grow=grow)


def pairs_of(
    views: Views,
    axes: tuple[int, ...],
    places: Sequence[Place],
    differ: Differ,
    region: Region,
    *,
    budget: int,
    grow: bool = True,
) -> Iterator[Pair | Undecided]:
    """Yield what `pairs` yields, of customers who differ on some axes together, such as those of one set attribute.

    Args:
        views: one book.
        axes: the axes on which the two customers may differ.
        places: a class on each of them, in order; places where nobody is possible are passed over.
        differ: what is asked of each two neighbours.
        region: the customers spoken of, wherever they are on the axes.
        budget: how many parts to look at at most, for each answer.
        grow: whether each part is to be as large as it can be.
    """
    search = _Search(views, axes, places, differ)

    def question(seen: tuple[View, ...]) -> bool | None:
        found = search.differing(seen[0])
        return None if found is None else found is False

    for answer in answers(views, question, region, budget=budget, whole_axes=frozenset(axes), grow=grow):
        match answer:
            case Refuted(part):
                (view,) = views.of(part)
                found = search.differing(view)
                if not isinstance(found, Pair):
                    raise AssertionError("a part grew beyond its answer")
                yield found
            case Undecided() as spent:
                yield spent
            case Proven():
                pass


class _Search:
    """One question about pairs."""

    def __init__(self, views: Views, axes: tuple[int, ...], places: Sequence[Place], differ: Differ) -> None:
        self.views, self.axes, self.differ = views, axes, differ
        self.places = places
        self.touching = [self._touching(place) for place in places]

    def differing(self, view: View) -> Pair | bool | None:
        """Return two neighbouring places whose plans differ, or `False` when none do; `None` when it is open."""
        views = self.views
        before: tuple[int, View] | None = None
        for number, place in enumerate(self.places):
            if not all(view.region[axis] >> class_ & 1 for axis, class_ in zip(self.axes, place, strict=True)):
                continue
            (here,) = views.of(_at(view.region, self.axes, place), view.active)
            if here.full & views.impossible:
                continue
            if before is not None:
                earlier_number, earlier = before
                apart = (self.touching[earlier_number] ^ self.touching[number]) & view.active
                answer = self.differ(earlier, here, apart)
                if answer is None:
                    asking = earlier if earlier.asked or earlier.asked_axis >= 0 else here
                    view.asked, view.asked_axis = asking.asked, asking.asked_axis
                    return None
                if answer:
                    pair = self._possible(view.region, self.places[earlier_number], place)
                    if pair is None:
                        view.asked, view.asked_axis = (earlier.active | here.active) & views.impossible, -1
                    return pair
            before = number, here
        return False

    def _touching(self, place: Place) -> int:
        """Return the boxes that allow a place."""
        found = self.views.union.every
        for axis, class_ in zip(self.axes, place, strict=True):
            found &= self.views.union.touching(axis, 1 << class_)
        return found

    def _possible(self, region: Region, place: Place, other: Place) -> Pair | None:
        """Return possible customers of both places who differ in nothing else, if they are easily found."""
        space = self.views.space
        one = space.somebody(_at(region, self.axes, place))
        two = space.somebody(_at(one, self.axes, other)) if isinstance(one, tuple) else None
        return Pair(region, _at(two, self.axes, place), two) if isinstance(two, tuple) else None


def _at(region: Region, axes: tuple[int, ...], place: Place) -> Region:
    found = list(region)
    for axis, class_ in zip(axes, place, strict=True):
        found[axis] = 1 << class_
    return tuple(found)
