"""Which boxes does one attribute leave to each row of a batch?

The values of a column become small numbers, one for each distinct set of boxes that the classes of the attribute
leave; each number stands for a row of bits, in words of 64. And-ing the bits of all attributes leaves the boxes that
match, for all rows of a batch at once (the bit-vector method of packet classification, a column at a time).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from relmaint.backends.compiled import class_bitmaps
from relmaint.columnar.columns import Array, Codes, Column, Numbers, units_of
from relmaint.ir.program import UNKNOWN, Program
from relmaint.vocabulary import DateType, DecimalType, IntegerType

__all__ = ["Classes", "Layout", "Leaf", "leaves_of", "matching"]

_FEW_CUTS = 12
"""A number is compared with each of so few cuts; with more it is searched for among them."""

_PIECES = 15
"""Bits of the number of pieces: their classes stay in the cache of the processor."""

_BLOCK = 1 << 15
"""Rows whose comparisons stay in the cache of the processor."""

_MOST_MEMBERS = 8
"""Of a set attribute with so few words that are asked for, the distinct sets are known beforehand to be few."""


class Layout:
    """The place of each box in the words of a row: boxes that are asked for together stand together.

    Args:
        program: the lowered book.
        order: the boxes, each once, in the order in which they are to stand.
    """

    def __init__(self, program: Program, order: Sequence[int]) -> None:
        self.boxes = tuple(order)
        self.place = {box: place for place, box in enumerate(order)}
        self.words = -(-len(program.boxes) // 64)
        self.owner = tuple(program.owner[box] for box in order)

    def masks(self, bits: int) -> list[tuple[int, int]]:
        """Return the words that hold some of these boxes, each with the mask of them."""
        found = [0] * self.words
        while bits:
            lowest = bits & -bits
            place = self.place[lowest.bit_length() - 1]
            found[place >> 6] |= 1 << (place & 63)
            bits ^= lowest
        return [(word, mask) for word, mask in enumerate(found) if mask]


class Leaf:
    """One attribute: from its column to numbers of sets of boxes, and from these to words.

    Attributes:
        attribute: the attribute.
        size: the most numbers there can be; `None` when that is not known beforehand.
    """

    def __init__(self, program: Program, axes: Sequence[int], layout: Layout) -> None:
        """Number the sets of boxes that the classes leave, as far as the classes are known beforehand."""
        self.axes = [program.axes[index] for index in axes]
        self.attribute = self.axes[0].attribute
        self._bitmaps = [class_bitmaps(program, index) for index in axes]
        self._layout = layout
        self._lock = threading.Lock()
        self._numbers: dict[int, int] = {}
        self._sets: list[int] = []
        self._values: dict[Any, int] = {}
        everything = (1 << len(program.boxes)) - 1
        spoken = 0
        for bitmaps in self._bitmaps:
            for bits in bitmaps:
                spoken |= everything & ~bits
        self._touched = [word for word, _ in layout.masks(spoken)]
        axis = self.axes[0]
        self.size: int | None = None
        if isinstance(axis.type, IntegerType | DecimalType | DateType):
            self._classes = Classes([units_of(axis.type, cut) for cut in axis.cuts])
        if len(self.axes) == 1:
            own = list(self._bitmaps[0])
            if not axis.optional:
                own[UNKNOWN] = own[-1]  # only in a row with a fault; it must not count as a combination
            self._table = np.asarray([self._number(bits) for bits in own], np.int32)
            self.size = len(self._sets)
        elif len(self.axes) <= _MOST_MEMBERS:
            self.size = 1 + (1 << len(self.axes))
        self._words = self._rows_of_words()

    def _number(self, bits: int) -> int:
        found = self._numbers.setdefault(bits, len(self._sets))
        if found == len(self._sets):
            self._sets.append(bits)
        return found

    def _rows_of_words(self) -> dict[int, Array]:
        """Return, for each word that the attribute restricts, the word of each number."""
        rows = np.zeros((len(self._sets), self._layout.words), np.uint64)
        for number, bits in enumerate(self._sets):
            for word, mask in self._layout.masks(bits):
                rows[number, word] = mask
        return {word: np.ascontiguousarray(rows[:, word]) for word in self._touched}

    def numbers(self, column: Column) -> Array:
        """Return the number of the set of boxes of each row."""
        match column:
            case Numbers(units, known):
                found: Array = self._table[self._classes.of(units, known)]
            case Codes(codes, values):
                found = self._of_values(values)[codes]
        return found

    def _of_values(self, values: Sequence[Any]) -> Array:
        with self._lock:
            before = len(self._sets)
            numbers = [self._of(value) for value in values]
            if len(self._sets) > before:
                self._words = self._rows_of_words()
        return np.asarray(numbers, np.int32)

    def _of(self, value: Any) -> int:
        found = self._values.get(value)
        if found is None:
            found = self._number_of(value)
            if len(self._values) < _VALUES:
                self._values[value] = found
        return found

    def _number_of(self, value: Any) -> int:
        if len(self.axes) == 1:
            return int(self._table[self.axes[0].class_of(value)])
        bits = -1
        for axis, bitmaps in zip(self.axes, self._bitmaps, strict=True):
            bits &= bitmaps[axis.class_of(value)]
        return self._number(bits)

    def restrict(self, words: list[Array], numbers: Array) -> None:
        """Take from the words of each row the boxes that the attribute rules out."""
        for word, table in self._words.items():
            words[word] &= table[numbers]


_VALUES = 1 << 16
"""So many distinct values of an attribute are remembered."""


class Classes:
    """The classes of a number on an axis: how many of the cuts it has reached.

    With few cuts a number is compared with each. With many, the stretch from the first to the last is divided into
    equal pieces, and most pieces hold no cut: a look-up tells the class, and only numbers in a piece with a cut are
    searched for among the cuts.
    """

    def __init__(self, cuts: Sequence[int]) -> None:
        """Take the cuts, in ascending order, in the units of the column."""
        self._cuts = np.asarray(cuts, np.int64)
        if len(cuts) <= _FEW_CUTS:
            return
        self._low = cuts[0]
        self._shift = max(0, (cuts[-1] - cuts[0]).bit_length() - _PIECES)
        self._last = (cuts[-1] - cuts[0]) >> self._shift
        self._beyond = min(cuts[-1] + (1 << self._shift), np.iinfo(np.int64).max)
        starts = (np.arange(self._last + 1, dtype=np.int64) << self._shift) + self._low
        ends = starts + ((1 << self._shift) - 1)
        first = np.searchsorted(self._cuts, starts, side="right")
        pure = first == np.searchsorted(self._cuts, ends, side="right")
        self._pieces = np.where(pure, first + 1, 0).astype(np.int32)
        self._pieces = np.concatenate([np.ones(1, np.int32), self._pieces, np.full(1, len(cuts) + 1, np.int32)])

    def of(self, units: Array, known: Array | None) -> Array:
        """Return the class of each number."""
        classes = self._compared(units) if len(self._cuts) <= _FEW_CUTS else self._looked_up(units)
        if known is not None:
            classes[~known] = UNKNOWN
        return classes

    def _compared(self, units: Array) -> Array:
        classes = np.empty(len(units), np.uint8)
        for start in range(0, len(units), _BLOCK):
            block = units[start : start + _BLOCK]
            out = classes[start : start + _BLOCK]
            out[:] = 1
            for cut in self._cuts:
                out += block >= cut
        return classes

    def _looked_up(self, units: Array) -> Array:
        classes = np.empty(len(units), np.int32)
        for start in range(0, len(units), _BLOCK):
            block = units[start : start + _BLOCK]
            out = classes[start : start + _BLOCK]
            inside = np.clip(block, self._low - 1, self._beyond) - self._low
            pieces = np.clip(inside >> self._shift, -1, self._last + 1) + 1
            np.take(self._pieces, pieces, out=out)
            open_ = np.flatnonzero(out == 0)
            if len(open_):
                out[open_] = np.searchsorted(self._cuts, block[open_], side="right") + 1
        return classes


def leaves_of(program: Program, layout: Layout) -> list[Leaf]:
    """Return a leaf for each attribute that a box restricts."""
    restricted = {index for box in program.boxes for index, _ in box}
    groups: dict[str, list[int]] = {}
    for index, axis in enumerate(program.axes):
        if index in restricted:
            groups.setdefault(axis.attribute, []).append(index)
    return [Leaf(program, group, layout) for group in groups.values()]


def matching(layout: Layout, leaves: Sequence[Leaf], numbers: Mapping[str, Array], rows: int) -> list[Array]:
    """Return the boxes that match in each row, word by word.

    Args:
        layout: where each box stands.
        leaves: the attributes.
        numbers: what each leaf gave for its column.
        rows: how many rows there are.
    """
    words = [np.full(rows, mask, np.uint64) for mask in _full(layout)]
    for leaf in leaves:
        leaf.restrict(words, numbers[leaf.attribute])
    return words


def _full(layout: Layout) -> list[int]:
    left = len(layout.boxes)
    return [(1 << min(64, left - 64 * word)) - 1 for word in range(layout.words)]
