"""Which rows of a batch are in a cell that was met before?

When the combinations of what all attributes leave are few enough for a table, each row has the number of its
combination, and what a combination comes to is worked out once: for all rows a look-up, and no comparison of actions.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from relmaint.columnar.columns import Array, Numbers
from relmaint.columnar.leaves import Leaf
from relmaint.columnar.outcomes import Plans

__all__ = ["TABLE", "Cells", "Known"]

TABLE = 1 << 22
"""The most combinations that a table is made for."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the cells that were met come to, by their numbers in the order in which they were met."""

    plans: Plans
    words: Array


class Cells:
    """A table of all combinations of what the attributes leave; several threads may ask at a time."""

    def __init__(self, leaves: Sequence[Leaf], counted: Mapping[str, int | None], most: int = TABLE) -> None:
        """Give each combination a place.

        Args:
            leaves: the attributes that a box restricts.
            counted: for each counted attribute the count from which on no budget leaves room; `None` when there may
                be no such count.
            most: the most combinations that a table is made for.
        """
        self._strides: dict[str, int] = {}
        self._counted = dict(counted)
        self._count_strides: dict[str, int] = {}
        size = 1
        for leaf in leaves:
            self._strides[leaf.attribute] = size
            size *= leaf.size if leaf.size is not None else most + 1
        for name, top in counted.items():
            self._count_strides[name] = size
            size *= top + 2 if top is not None else most + 1
        self.fits = size <= most
        self._lock = threading.Lock()
        self._numbers = np.full(size if self.fits else 0, -1, np.int32)
        self._known: Known | None = None

    def codes(self, numbers: Mapping[str, Array], counts: Mapping[str, Numbers], rows: int) -> Array:
        """Return the place of the combination of each row."""
        found = np.zeros(rows, np.int32)
        for name, stride in self._strides.items():
            found += numbers[name] * np.int32(stride)
        for name, stride in self._count_strides.items():
            one, top = counts[name], self._counted[name]
            assert top is not None, "a table has an end; please report this"
            clipped = np.clip(one.units, 0, top).astype(np.int32) + np.int32(1)
            if one.known is not None:
                clipped[~one.known] = 0
            found += clipped * np.int32(stride)
        return found

    def of(self, codes: Array, decide: Callable[[Array], Known]) -> tuple[Array, Known]:
        """Return the number of the cell of each row, and what the cells come to.

        Args:
            codes: the place of each row's combination.
            decide: what the cells of some rows come to, each row another cell.
        """
        found = self._numbers[codes]
        missing = np.flatnonzero(found < 0)
        if len(missing):
            with self._lock:
                distinct, firsts = np.unique(codes[missing], return_index=True)
                new = self._numbers[distinct] < 0
                if new.any():
                    self._learn(distinct[new], decide(missing[firsts[new]]))
            found[missing] = self._numbers[codes[missing]]
        known = self._known
        assert known is not None, "a batch without rows has no cells; please report this"
        return found, known

    def _learn(self, codes: Array, learnt: Known) -> None:
        known = self._known
        first = 0 if known is None else len(known.plans.plan)
        if known is not None:
            learnt = Known(
                Plans(*(np.concatenate(pair) for pair in zip(_parts(known), _parts(learnt), strict=True))),
                np.concatenate([known.words, learnt.words], axis=1),
            )
        self._known = learnt
        # INVARIANT: a number is in the table only once what it stands for is known, for threads that do not wait.
        self._numbers[codes] = np.arange(first, first + len(codes), dtype=np.int32)


def _parts(known: Known) -> tuple[Array, Array, Array, Array]:
    plans = known.plans
    return plans.plan, plans.check, plans.status, plans.first
