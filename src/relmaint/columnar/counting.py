"""For how many rows does each statement match?

The boxes that match stand as bits in words. How often each value of each byte occurs is counted once, and gives the
counts of eight boxes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from relmaint.columnar.columns import Array
from relmaint.columnar.leaves import Layout
from relmaint.ir.program import Program

__all__ = ["Counting", "boxes_of_statements"]

_BITS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little").astype(np.int64)
"""For each value of a byte, its bits."""

_BLOCK = 1 << 15
"""Rows that are counted at a time, so that their bytes stay in the cache of the processor."""


class Counting:
    """Counts some statements of one program.

    Args:
        layout: where each box stands.
        statements: the boxes of each statement, as bits, by its number.
    """

    def __init__(self, layout: Layout, statements: Mapping[int, int]) -> None:
        """Tell the statements of one box from those of several, of which a row may match more than one."""
        self._single = {
            number: layout.place[bits.bit_length() - 1] for number, bits in statements.items() if bits.bit_count() == 1
        }
        self._several = {number: layout.masks(bits) for number, bits in statements.items() if bits.bit_count() > 1}
        self._words = sorted({place >> 6 for place in self._single.values()})

    def add(self, counts: Array, words: Sequence[Array]) -> None:
        """Add to each count how many rows the statement matches.

        Args:
            counts: the counts of all statements.
            words: the boxes that match in each row, word by word.
        """
        boxes = {word: _bits_of(words[word]) for word in self._words}
        for number, place in self._single.items():
            counts[number] += boxes[place >> 6][place & 63]
        for number, masks in self._several.items():
            hit = np.zeros(len(words[0]), bool)
            for word, mask in masks:
                hit |= (words[word] & np.uint64(mask)) != 0
            counts[number] += np.count_nonzero(hit)


def boxes_of_statements(program: Program) -> dict[int, int]:
    """Return the boxes of each statement, as bits, by its number."""
    found = dict.fromkeys(range(len(program.statements)), 0)
    for box, owner in enumerate(program.owner):
        found[owner] |= 1 << box
    return found


def _bits_of(word: Array) -> Array:
    """Return how often each of the 64 bits is set."""
    often = np.zeros((8, 256), np.int64)
    for start in range(0, len(word), _BLOCK):
        data = np.ascontiguousarray(word[start : start + _BLOCK], "<u8").view(np.uint8).reshape(-1, 8)
        for place in range(8):
            often[place] += np.bincount(data[:, place], minlength=256)
    return (often @ _BITS).reshape(64)
