"""Which plan has each customer of a batch? A number a customer, by tables and without looking at any rule.

Each attribute gives a small number that stands for the boxes it does not rule out. Two numbers are combined by one
look-up in a table that is filled as combinations are met, with a number for each distinct set of boxes (recursive flow
classification: Gupta and McKeown, SIGCOMM 1999), until one number is left; what follows from it is decided once, by
the ranking that plans for single customers too.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from relmaint.backends.compiled import class_bitmaps
from relmaint.columnar.columns import Array, Codes, Column, Numbers, units_of
from relmaint.ir.program import UNKNOWN, Axis, Program
from relmaint.verify.cover import bits_of
from relmaint.vocabulary import DateType, DecimalType, IntegerType

__all__ = ["Kernel"]

_TABLE = 1 << 22
"""Combinations are looked up in a table up to so many entries; beyond, only those that occur are numbered."""

_FEW_CUTS = 12
"""A number is compared with each of so few cuts; with more it is searched for among them."""

_BLOCK = 1 << 15
"""Rows whose comparisons stay in the cache of the processor."""


class _Sets:
    """Numbers for distinct sets of boxes, in the order in which they were met; only who holds the lock adds one."""

    def __init__(self) -> None:
        self.sets: list[int] = []
        self.numbers: dict[int, int] = {}

    def number(self, bits: int) -> int:
        found = self.numbers.setdefault(bits, len(self.sets))
        if found == len(self.sets):
            self.sets.append(bits)
        return found


class _Leaf:
    """One attribute: from its column to numbers of sets of boxes."""

    def __init__(
        self, program: Program, axes: Sequence[int], bitmaps: Mapping[int, Sequence[int]], lock: threading.Lock
    ) -> None:
        self._lock = lock
        self.axes = [program.axes[index] for index in axes]
        self.attribute = self.axes[0].attribute
        self.bitmaps = [bitmaps[index] for index in axes]
        self.out = _Sets()
        self.likely = 1
        for axis in self.axes:
            self.likely = min(64, self.likely * axis.size)
        self._table = np.zeros(0, np.int32)
        self._values: dict[Any, int] = {}
        axis = self.axes[0]
        if isinstance(axis.type, IntegerType | DecimalType | DateType):
            self._cuts = np.asarray([units_of(axis.type, cut) for cut in axis.cuts], np.int64)
            self._table = np.asarray([self.out.number(bits) for bits in self.bitmaps[0]], np.int32)

    def numbers(self, column: Column) -> Array:
        """Return the number of the set of boxes of each row."""
        match column:
            case Numbers(units, known):
                return self._table[_classes(units, known, self._cuts)]
            case Codes(codes, values):
                with self._lock:
                    numbers = [self._of(value) for value in values]
                found: Array = np.asarray(numbers, np.int32)[codes]
                return found

    def _of(self, value: Any) -> int:
        found = self._values.get(value)
        if found is None:
            bits = -1
            for axis, bitmaps in zip(self.axes, self.bitmaps, strict=True):
                bits &= bitmaps[axis.class_of(value)]
            found = self._values[value] = self.out.number(bits)
        return found


def _classes(units: Array, known: Array | None, cuts: Array) -> Array:
    """Return the class of each number on an axis with these cuts."""
    if len(cuts) > _FEW_CUTS:
        classes = np.searchsorted(cuts, units, side="right").astype(np.int16) + np.int16(1)
    else:
        classes = np.empty(len(units), np.uint8)
        for start in range(0, len(units), _BLOCK):
            block = units[start : start + _BLOCK]
            out = classes[start : start + _BLOCK]
            out[:] = 1
            for cut in cuts:
                out += block >= cut
    if known is not None:
        classes[~known] = UNKNOWN
    return classes


class _Pair:
    """Two numbers of sets of boxes become one, by a table that is filled as combinations are met.

    Threads look numbers up without waiting: an entry, once there, stays what it is. A table that grows is replaced, and
    entries are added by who holds the lock.
    """

    def __init__(self, left: _Node, right: _Node, lock: threading.Lock) -> None:
        self.left, self.right = left, right
        self.out = _Sets()
        self.likely: int = min(1 << 20, left.likely * right.likely)
        self._lock = lock
        self._table = _Table(np.full(1, -1, np.int32), 0)
        self._spread: dict[int, int] = {}

    def numbers(self, leaves: Callable[[_Leaf], Array]) -> Array:
        """Return the number of the set of boxes of each row."""
        left, right = (_numbers(side, leaves) for side in (self.left, self.right))
        table = self._wide_enough()
        if table is None:
            return self._looked_up(left, right)
        codes = (left << table.shift) | right
        found: Array = table.numbers[codes]
        missing = np.flatnonzero(found < 0)
        if len(missing):
            distinct, places = np.unique(codes[missing], return_inverse=True)
            with self._lock:
                added = [self._added(int(code) >> table.shift, int(code) & table.low) for code in distinct]
                table.numbers[distinct] = added
            found[missing] = np.asarray(added, np.int32)[places]
        return found

    def _added(self, left: int, right: int) -> int:
        return self.out.number(self.left.out.sets[left] & self.right.out.sets[right])

    def _wide_enough(self) -> _Table | None:
        """Return a table with room for all numbers that the sides have come to; `None` when it would be too large."""
        with self._lock:
            rows, columns = len(self.left.out.sets), len(self.right.out.sets)
            table = self._table
            shift = max(table.shift, (columns - 1).bit_length())
            if shift == table.shift and rows << shift <= len(table.numbers):
                return table
            size = 1 << max(rows - 1, 0).bit_length() + shift
            if size > _TABLE:
                return None
            numbers = np.full(size, -1, np.int32)
            old = table.numbers.reshape(-1, 1 << table.shift)
            numbers.reshape(-1, 1 << shift)[: len(old), : old.shape[1]] = old
            self._table = _Table(numbers, shift)
            return self._table

    def _looked_up(self, left: Array, right: Array) -> Array:
        encoded = pc.dictionary_encode(pa.array(left.astype(np.int64) << 32 | right))
        met = encoded.dictionary.to_pylist()
        with self._lock:
            for code in met:
                if code not in self._spread:
                    self._spread[code] = self._added(code >> 32, code & 0xFFFFFFFF)
        numbers: Array = np.asarray([self._spread[code] for code in met], np.int32)[np.asarray(encoded.indices)]
        return numbers


@dataclass(frozen=True, slots=True)
class _Table:
    """For each two numbers, the left one in the high bits, the number of the set that both leave; -1 is not known."""

    numbers: Array
    shift: int

    @property
    def low(self) -> int:
        """The bits of the right number."""
        return (1 << self.shift) - 1


_Node = _Leaf | _Pair


def _numbers(node: _Node, leaves: Callable[[_Leaf], Array]) -> Array:
    return node.numbers(leaves) if isinstance(node, _Pair) else leaves(node)


class Kernel:
    """The tables of one program; several threads may ask at a time.

    Attributes:
        attributes: the attributes whose columns `numbers` asks for.
    """

    def __init__(self, program: Program) -> None:
        """Prepare the leaves, and pair them, those with the fewest classes first."""
        self.program = program
        self._lock = threading.Lock()
        self._counted = _counted_bits(program)
        groups: dict[str, list[int]] = {}
        for index, axis in enumerate(program.axes):
            groups.setdefault(axis.attribute, []).append(index)
        bitmaps = {index: self._bitmaps(index) for index in range(len(program.axes))}
        leaves = [_Leaf(program, group, bitmaps, self._lock) for group in groups.values()]
        self.attributes = tuple(leaf.attribute for leaf in leaves)
        self._root = _paired(leaves, self._lock)

    def _bitmaps(self, index: int) -> list[int]:
        """Return the boxes that each class leaves; a counted attribute also leaves a mark for its class."""
        found = []
        marks = self._counted.get(index, {})
        every = sum(bit for own in self._counted.values() for bit in own.values())
        mine = sum(marks.values())
        for class_, bits in enumerate(class_bitmaps(self.program, index)):
            found.append(bits | every & ~mine | marks.get(class_, 0))
        return found

    def numbers(self, column: Callable[[str], Column], rows: int) -> Array:
        """Return for each row the number of the set of boxes it is in; equal numbers mean equal plans.

        Args:
            column: gives the column of an attribute.
            rows: how many rows there are.
        """
        if self._root is None:
            return np.zeros(rows, np.int32)
        return _numbers(self._root, lambda leaf: leaf.numbers(column(leaf.attribute)))

    def matched(self, number: int) -> tuple[frozenset[int], dict[str, int | None]]:
        """Return the statements that match, and the counts of the counted attributes, for a number."""
        bits = self._root.out.sets[number] if self._root is not None else (1 << len(self.program.boxes)) - 1
        own = bits & ((1 << len(self.program.boxes)) - 1)
        matched = frozenset(self.program.owner[box] for box in bits_of(own))
        counts: dict[str, int | None] = {}
        for name, index in self.program.counted.items():
            marks = self._counted[index]
            class_ = next(one for one, bit in marks.items() if bits & bit)
            counts[name] = _count(self.program.axes[index], class_)
        return matched, counts


def _count(axis: Axis, class_: int) -> int | None:
    lowest = None if class_ == UNKNOWN else axis.lowest(class_)
    return None if class_ == UNKNOWN else lowest if isinstance(lowest, int) else 0


def _counted_bits(program: Program) -> dict[int, dict[int, int]]:
    """Return a bit, beyond those of the boxes, for each class of each counted attribute."""
    places = count(len(program.boxes))
    return {
        index: {class_: 1 << next(places) for class_ in range(program.axes[index].size)}
        for index in program.counted.values()
    }


def _paired(leaves: Sequence[_Node], lock: threading.Lock) -> _Node | None:
    """Pair the nodes, those likely to have the fewest numbers first, until one is left."""
    order = count()
    heap: list[tuple[int, int, _Node]] = [(leaf.likely, next(order), leaf) for leaf in leaves]
    heapq.heapify(heap)
    while len(heap) > 1:
        (_, _, one), (_, _, other) = heapq.heappop(heap), heapq.heappop(heap)
        pair = _Pair(one, other, lock)
        heapq.heappush(heap, (pair.likely, next(order), pair))
    return heap[0][2] if heap else None
