"""In which order do the parts of a list stand that two people changed?"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import TypeVar

__all__ = ["common_order", "united", "woven"]

Name = TypeVar("Name", bound=Hashable)


def common_order(sides: Iterable[Sequence[Name]], kept: Collection[Name]) -> list[list[Name]]:
    """Return the kept names that all lists hold, in the order of each."""
    lists = list(sides)
    common = set(kept).intersection(*lists)
    return [[name for name in side if name in common] for side in lists]


def united(base: Sequence[Name], ours: Sequence[Name], theirs: Sequence[Name]) -> list[Name]:
    """Combine two edits of a list whose order does not matter: what one side adds is added, what it takes away is gone.

    >>> united("ab", "abx", "by")
    ['b', 'x', 'y']
    """
    kept = [name for name in ours if name in theirs or name not in base]
    return [*kept, *(name for name in theirs if name not in base and name not in kept)]


def woven(sides: Sequence[Sequence[Name]], kept: Collection[Name]) -> list[Name]:
    """Return the kept names of a list and of two edits of it in one order, the same whoever is ours.

    What all three lists hold stands as ours has it when we changed its order, else as theirs. What only some of them
    hold stands behind what it stood behind.

    Args:
        sides: the list before, ours and theirs.
        kept: what is to be ordered.

    >>> woven(["ab", "axb", "bya"], "abxy")
    ['b', 'y', 'a', 'x']
    """
    _, changed, other = sides
    ordered = common_order(sides, kept)
    common = set(ordered[0])
    runs = [_runs(side, common, kept) for side in (changed, other)]
    found: list[Name] = []
    for anchor in (None, *(ordered[2] if ordered[1] == ordered[0] else ordered[1])):
        found += [] if anchor is None else [anchor]
        # The run whose first name is smaller comes first, whichever side it is from.
        for run in sorted((side.get(anchor, []) for side in runs), key=lambda run: repr(run[:1])):
            found += [name for name in run if name not in found]
    return found


def _runs(side: Sequence[Name], common: Collection[Name], kept: Collection[Name]) -> dict[Name | None, list[Name]]:
    """Return the names that are not common, by the common name that they stand behind."""
    found: dict[Name | None, list[Name]] = {}
    anchor = None
    for name in side:
        if name in common:
            anchor = name
        elif name in kept:
            found.setdefault(anchor, []).append(name)
    return found
