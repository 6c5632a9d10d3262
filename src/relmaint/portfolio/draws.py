"""Which random numbers does a block of invented customers get, and what is made of them?

Every column of every block has a stream of random bits of its own, named by seed, block and column. So a block can be
made anywhere and in any order, and a column that is added later changes no other. Only the raw bits of the generator
are used, which numpy keeps the same from version to version (NEP 19), and tables of whole numbers.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise

import numpy as np

from relmaint.columnar.columns import Array

__all__ = ["GRID", "Draws", "Share", "amounts", "choice", "knots", "most", "quantiles"]

GRID = 1 << 16
"""A draw is one of so many equally likely whole numbers, from 0 on: place u of `GRID` in order of size."""

_COARSE = 1 << 12
_FINE_BITS = 4
_FINE = GRID // _COARSE
"""A table of quantiles has one entry for so many draws, which lie evenly between two entries; it fits a fast cache."""

Share = float
"""A probability, from 0 to 1."""


class Draws:
    """The random numbers of one block of rows.

    Args:
        seed: of the whole customer base.
        block: the number of the block.
        rows: how many rows it has; a multiple of 4.
    """

    def __init__(self, seed: int, block: int, rows: int) -> None:
        self.rows = rows
        self._seed = (seed, block)

    def of(self, name: str) -> Array:
        """Return one draw a row, the same whenever it is asked for: 0 to `GRID` - 1, equally likely."""
        entropy = np.random.SeedSequence([*self._seed, zlib.crc32(name.encode())])
        bits = np.random.SFC64(entropy).random_raw(self.rows // 4)
        return np.ascontiguousarray(bits).astype("<u8", copy=False).view("<u2")

    def chance(self, name: str, share: Share | Array) -> Array:
        """Return whether it happened: with one probability, or with that of each row in units of 1 / `GRID`."""
        return self.of(name) < (most(share) if isinstance(share, float) else share)

    def alike(self, name: str, other: Array, share: Share) -> Array:
        """Return draws that are those of another column with some probability, and else independent of them.

        Each is still equally likely, so two columns can hang together without a change of either
        (a mixture of the comonotonic and the independent copula; their rank correlation is the probability).
        """
        return np.where(self.chance(f"{name}/alike", share), other, self.of(name))

    def number(self, name: str, table: Array, *, which: Array | None = None, places: Array | None = None) -> Array:
        """Return whole numbers that are distributed as a table of quantiles says.

        Args:
            name: of the column.
            table: what `quantiles` or `knots` gave, or several of them stacked.
            which: for each row, which of the stacked tables.
            places: the draws, when they are not the column's own.
        """
        draws = self.of(name) if places is None else places
        finer = draws & (_FINE - 1)
        place = (draws >> _FINE_BITS).astype(np.int32)
        if which is not None:
            place += which.astype(np.int32) * (_COARSE + 1)
        return _between(table.ravel(), place, finer, _FINE_BITS)

    def amount(self, name: str, table: Array, *, places: Array | None = None) -> Array:
        """Return whole numbers that are distributed as a table of `amounts` says; as `number`, but finer."""
        place = (self.of(name) if places is None else places).astype(np.int32)
        return _between(table, place, self.of(f"{name}/within"), 16)


def _between(table: Array, place: Array, part: Array, bits: int) -> Array:
    """Return what lies between the entries at `place` and after it, in parts of 2 to the power `bits`."""
    low = table[place]
    found: Array = low + ((table[place + 1] - low) * part.astype(np.int64) >> bits)
    return found


def most(share: Share) -> int:
    """Return a probability in units of 1 / `GRID`; a probability of 1 is certain."""
    assert 0 <= share <= 1, f"{share} is no probability; please report this"
    return round(share * GRID)


def choice(*shares: Mapping[int, Share]) -> Array:
    """Return the table of a choice among whole numbers; with several, one row of the table for each.

    A choice is `table[draws]`, or `table[which, draws]`.

    Args:
        shares: the probability of each number; together 1, but for rounding.
    """
    rows = np.zeros((len(shares), GRID), np.int16)
    for row, one in zip(rows, shares, strict=True):
        ends = [most(min(1.0, end)) for end in accumulate(one.values())]
        assert abs(ends[-1] - GRID) <= 1, f"the shares {one} do not add up to 1; please report this"
        for number, (start, end) in zip(one, pairwise((0, *ends)), strict=True):
            row[start:end] = number
        row[ends[-1] :] = next(reversed(one))
    return rows[0] if len(shares) == 1 else rows


def amounts(of: Callable[[float], float], *, unit: float = 1) -> Array:
    """Return a distribution of amounts with a heavy tail, as the table of quantiles that `Draws.amount` takes.

    Args:
        of: the quantile function, for probabilities that are neither 0 nor 1.
        unit: how many of the numbers make 1 of what the function gives.
    """
    return _table(of, GRID, unit)


def quantiles(of: Callable[[float], float], *, unit: float = 1) -> Array:
    """Return a distribution of whole numbers as the table of quantiles that `Draws.number` takes.

    Args:
        of: the quantile function, for probabilities that are neither 0 nor 1.
        unit: how many of the numbers make 1 of what the function gives.
    """
    return _table(of, _COARSE, unit)


def _table(of: Callable[[float], float], size: int, unit: float) -> Array:
    places = (min(max(place / size, 1 / (4 * size)), 1 - 1 / (64 * size)) for place in range(size + 1))
    return np.asarray([round(of(place) * unit) for place in places], np.int64)


def knots(points: Sequence[tuple[Share, float]], *, unit: float = 1) -> Array:
    """Return the distribution whose quantile function goes straight from point to point, for `Draws.number`.

    Args:
        points: probability and value, both ascending, from probability 0 to probability 1.
        unit: as of `quantiles`.
    """
    starts = [start for start, _ in points]

    def of(place: float) -> float:
        after = min(max(bisect_right(starts, place), 1), len(points) - 1)
        (low, first), (high, last) = points[after - 1], points[after]
        return first + (last - first) * (place - low) / (high - low)

    return np.asarray([round(of(place / _COARSE) * unit) for place in range(_COARSE + 1)], np.int64)
