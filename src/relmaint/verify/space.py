"""Which customers can there be, as far as a book can tell them apart?

The axes of the lowered book, cut at the constants of its assumptions too, and the boxes that no customer is in: an
assumption is not true there, or a set attribute is unknown on one of its axes and known on another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from relmaint.ir.conditions import Condition, missed, negated
from relmaint.ir.program import Axis, Box, Program
from relmaint.ir.rules import RuleBook
from relmaint.lower import boxes_of, lower, numbers_of, with_dates
from relmaint.verify.cover import Covered, Hole, Region, Undecided, Union, region_of, unequally_known

__all__ = ["Space"]


class Space:
    """All customers there can be under the assumptions of one book, or of several books over one vocabulary.

    Args:
        books: the books; a proof about several keeps to the assumptions of them all.
        also: conditions that `boxes` will be asked for.

    Attributes:
        programs: each book lowered to the axes.
        axes: what all of the programs speak of.
        impossible: boxes of customers that break an assumption.
        broken: for each impossible box, the id of the assumption that it breaks.
        everyone: the region of all cells, the impossible ones included.
    """

    def __init__(self, *books: RuleBook, also: Iterable[Condition] = ()) -> None:
        """Lower the books together.

        Raises:
            ExpansionError: a statement of a book falls apart into too many boxes.
        """
        broken = [(one.id, with_dates(missed(one.always), one.notes)) for book in books for one in book.assumptions]
        spoken = [*(condition for _, condition in broken), *(negated(condition) for condition in also)]
        self.programs: tuple[Program, ...] = tuple(
            lower(book, beside=[*books[:place], *books[place + 1 :]], also=spoken) for place, book in enumerate(books)
        )
        self.axes: Sequence[Axis] = self.programs[0].axes
        self._numbers = numbers_of(self.axes)
        impossible = [(name, box) for name, condition in broken for box in self.boxes(condition)]
        self.broken: tuple[str, ...] = tuple(name for name, _ in impossible)
        self.impossible: tuple[Box, ...] = tuple(box for _, box in impossible)
        self.everyone: Region = region_of(self.axes)
        sets: dict[str, list[int]] = {}
        for index, axis in enumerate(self.axes):
            if axis.member is not None:
                sets.setdefault(axis.attribute, []).append(index)
        self._sets = tuple(sets.values())
        self._nobody = Union([*self.impossible, *unequally_known(self.axes)], self.axes)

    def boxes(self, condition: Condition) -> list[Box]:
        """Lower a condition about attributes and constants that the books or `also` speak of."""
        return boxes_of(negated(condition), tuple(self.axes), self._numbers)

    def union(self, boxes: Sequence[Box]) -> Union:
        """Return the union of the boxes, to which impossible customers do not matter."""
        return Union(boxes, self.axes, self.impossible)

    def possible(self, region: Region) -> Region | None:
        """Return a part of the region with nothing but possible customers, or `None` when there are none.

        When the search gives up, the whole region is returned: nothing is called impossible without proof.
        """
        found = self.somebody(region)
        return region if isinstance(found, Undecided) else found

    def somebody(self, region: Region) -> Region | Undecided | None:
        """Return a part of the region with nothing but possible customers, or `None` when there are none."""
        narrowed = list(region)
        for group in self._sets:
            if all(region[axis] & ~1 for axis in group):
                for axis in group:
                    narrowed[axis] &= ~1
        for part in dict.fromkeys((tuple(narrowed), region)):
            match self._nobody.cover(part):
                case Covered():
                    continue
                case Hole(found):
                    return found
                case Undecided() as spent:
                    return spent
        return None

    def within(self, region: Region, box: Box) -> Region | None:
        """Return the part of the region inside the box, or `None` when they do not meet."""
        found = list(region)
        for axis, mask in box:
            found[axis] &= mask
            if not found[axis]:
                return None
        return tuple(found)

    def alike(self, region: Region) -> Region | None:
        """Return the region where each set attribute is known on all of its axes or on none; `None` when it is empty.

        Nobody possible is left out.
        """
        found = list(region)
        for group in self._sets:
            for known in (~1, 1):
                if any(not found[axis] & ~known for axis in group):
                    for axis in group:
                        found[axis] &= known
        return tuple(found) if all(found) else None
