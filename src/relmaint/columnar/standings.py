"""What do the matching boxes of each row come to for one action, before actions are compared?

An action hangs on few boxes: of what proposes and boosts it, of what sets these aside, and of the guards that speak of
it. Rows that agree on those share one answer, which the ranking that plans for single customers gives once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from relmaint.columnar.columns import Array

__all__ = ["Answers", "Known"]

_ODD = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)
"""Odd numbers without a pattern (Knuth's golden ratio, and those of xxHash and of Mulvey's hash prospector)."""


@dataclass(frozen=True, slots=True)
class Known:
    """The keys that were met, by a hash of each: what it hashes to, the words it is, and the number of its answer."""

    seed: int
    hashes: Array
    words: Array
    answers: Array


class Answers:
    """Answers to what some boxes come to, each asked for once; threads look them up without waiting.

    Args:
        masks: the words of a row that hold the boxes, each with the mask of them.
        ask: gives the number of the answer for the words of one row, masked.
    """

    def __init__(self, masks: Sequence[tuple[int, int]], ask: Callable[[tuple[int, ...]], int]) -> None:
        """Begin without any answer."""
        self._masks = [(word, np.uint64(mask)) for word, mask in masks]
        self._place = {word: place for place, (word, _) in enumerate(masks)}
        self._ask = ask
        self._lock = threading.Lock()
        self._numbers: dict[tuple[int, ...], int] = {}
        self._known = self._sorted()

    def numbers(self, words: Sequence[Array], rows: Array | None, count: int) -> Array:
        """Return the number of the answer for some rows.

        Args:
            words: the boxes that match in each row, word by word.
            rows: the rows; `None` when it is all.
            count: how many rows are asked for.
        """
        known, places = self.places(words, rows, count)
        return known.answers[places]

    def places(self, words: Sequence[Array], rows: Array | None, count: int) -> tuple[Known, Array]:
        """Return the keys that are known, and the place among them of the key of each of some rows."""
        if not self._masks:
            if not self._numbers:
                self._learn([np.zeros(1, np.uint64)])
            return self._known, np.zeros(count, np.int64)
        own = [(words[word] if rows is None else words[word][rows]) & mask for word, mask in self._masks]
        while True:
            known = self._known
            hashes = _hashed(own, known.seed)
            places, right = _looked_up(known, own, hashes)
            if right.all():
                return known, places
            missing = np.flatnonzero(~right)
            _, firsts = np.unique(hashes[missing], return_index=True)
            self._learn([one[missing[firsts]] for one in own])

    def matching(self, known: Known, masks: Sequence[tuple[int, int]]) -> Array:
        """Return which of the keys have any of some boxes.

        Args:
            known: the keys, as `places` gave them.
            masks: the words of a row that hold the boxes, each with the mask of them; all boxes are among those asked
                about.
        """
        found = np.zeros(len(known.answers), bool)
        for word, mask in masks:
            found |= (known.words[self._place[word]] & np.uint64(mask)) != 0
        return found

    def _learn(self, own: Sequence[Array]) -> None:
        """Ask for the answers of keys that were not met before."""
        keys = set(zip(*(one.tolist() for one in own), strict=True)) if self._masks else {()}
        with self._lock:
            if len(self._numbers) + len(keys) > max(_MOST, 2 * len(keys)):
                self._numbers = {}
            for key in sorted(keys):
                if key not in self._numbers:
                    self._numbers[key] = self._ask(key)
            self._known = self._sorted(self._known.seed)

    def _sorted(self, seed: int = 0) -> Known:
        """Return all keys by their hashes, which are made other ones while two keys have the same."""
        keys = list(self._numbers)
        words = np.asarray(keys, np.uint64).reshape(len(keys), len(self._masks)).T
        answers = np.asarray([self._numbers[key] for key in keys], np.int32)
        if not keys or not self._masks:
            return Known(seed, np.zeros(0, np.uint64), words, answers)
        while True:
            hashes = _hashed(list(words), seed)
            order = np.argsort(hashes, kind="stable")
            if len(np.unique(hashes)) == len(keys):
                return Known(seed, hashes[order], np.ascontiguousarray(words[:, order]), answers[order])
            seed += 1


_MOST = 1 << 17
"""More keys than this are not remembered: they are forgotten, and asked for again."""


def _hashed(own: Sequence[Array], seed: int) -> Array:
    """Return a number for each key; a key of one word is its own."""
    if len(own) == 1:
        return own[0]
    found = own[0] * np.uint64(_odd(0, seed))
    for place, one in enumerate(own[1:], 1):
        found = (found ^ (found >> np.uint64(29))) + one * np.uint64(_odd(place, seed))
    return found


def _odd(place: int, seed: int) -> int:
    return (_ODD[place % len(_ODD)] * (2 * (place // len(_ODD) + 31 * seed) + 1)) & 0xFFFFFFFFFFFFFFFF


def _looked_up(known: Known, own: Sequence[Array], hashes: Array) -> tuple[Array, Array]:
    """Return the place of the nearest key for each row, and whether it is that very key."""
    if not len(known.hashes):
        return np.zeros(len(hashes), np.int64), np.zeros(len(hashes), bool)
    places = np.searchsorted(known.hashes, hashes)
    np.minimum(places, len(known.hashes) - 1, out=places)
    right = known.words[0][places] == own[0]
    for keys, one in zip(known.words[1:], own[1:], strict=True):
        right &= keys[places] == one
    return places, right
