"""Which customers stand in the input more than once?

Only the ids are read, and of each 64 bits of a hash are kept. Where two agree, the ids themselves are compared, so that
nobody is taken for somebody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pyarrow as pa

from relmaint.columnar.columns import Array
from relmaint.columnar.hashes import mixed

__all__ = ["Ids", "repeated"]

_BUCKETS = 64
"""Numbers are kept in so many sorted arrays, by their highest bits, so that adding some copies few."""

Columns = Callable[[], Iterable[tuple[int, pa.Array]]]
"""Gives the ids of the input part by part, each with the number of the part; it may be asked twice."""


class Ids:
    """The ids that were met, as numbers."""

    def __init__(self) -> None:
        self._seen = [np.zeros(0, np.uint64) for _ in range(_BUCKETS)]

    def __len__(self) -> int:
        """How many distinct numbers there are."""
        return sum(map(len, self._seen))

    def again(self, numbers: Array) -> Array:
        """Return which numbers were met before, or stand among these before; from now on all are met."""
        order = np.argsort(numbers, kind="stable")
        ordered = numbers[order]
        found = np.zeros(len(numbers), bool)
        found[order[1:]] = ordered[1:] == ordered[:-1]
        ends = np.searchsorted(ordered >> np.uint64(58), np.arange(_BUCKETS + 1))
        for bucket, (start, end) in enumerate(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)):
            own, seen = ordered[start:end], self._seen[bucket]
            places = np.searchsorted(seen, own)
            inside = np.flatnonzero(places < len(seen))
            known = inside[seen[places[inside]] == own[inside]]
            found[order[start + known]] = True
            fresh = np.ones(len(own), bool)
            fresh[known] = False
            fresh[1:] &= own[1:] != own[:-1]
            self._seen[bucket] = np.insert(seen, places[fresh], own[fresh])
        return found


def repeated(columns: Columns) -> dict[int, list[int]]:
    """Return, for each part, the places of the ids that stand earlier in the input too; null is no id.

    Args:
        columns: the ids.
    """
    ids = Ids()
    doubtful: set[int] = set()
    for _, array in columns():
        numbers, _ = _numbers(array)
        doubtful.update(numbers[ids.again(numbers)].tolist())
    return _exactly(columns, doubtful) if doubtful else {}


def _exactly(columns: Columns, doubtful: set[int]) -> dict[int, list[int]]:
    """Compare the ids themselves that have one of these numbers."""
    wanted = np.asarray(sorted(doubtful), np.uint64)
    seen: set[str] = set()
    found: dict[int, list[int]] = {}
    for part, array in columns():
        numbers, places = _numbers(array)
        for place in places[np.isin(numbers, wanted)].tolist():
            name = str(array[place].as_py())
            if name in seen:
                found.setdefault(part, []).append(place)
            seen.add(name)
    return found


def _numbers(array: pa.Array) -> tuple[Array, Array]:
    """Return a number for each id that is known and not empty, and its place."""
    texts = array.cast(pa.large_binary()) if _is_text(array) else array.cast(pa.string()).cast(pa.large_binary())
    if texts.null_count or not len(texts):
        texts = texts.fill_null(b"")
    offsets = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(texts.buffers()[2], np.uint8) if texts.buffers()[2] is not None else np.zeros(0, np.uint8)
    lengths = np.diff(offsets)
    numbers = np.zeros(len(texts), np.uint64)
    for length in np.unique(lengths).tolist():
        if length:
            rows = np.flatnonzero(lengths == length)
            numbers[rows] = _hashed(data, offsets[rows], length)
    places = np.flatnonzero(lengths > 0)
    return numbers[places], places


def _is_text(array: pa.Array) -> bool:
    return bool(pa.types.is_string(array.type) or pa.types.is_large_string(array.type))


def _hashed(data: Array, starts: Array, length: int) -> Array:
    """Hash texts of one length, eight bytes at a time."""
    found = np.full(len(starts), length, np.uint64)
    for first in range(0, length, 8):
        word = np.zeros(len(starts), np.uint64)
        for place in range(first, min(first + 8, length)):
            word = (word << np.uint64(8)) | data[starts + place]
        found = mixed(found ^ word) + found
    return mixed(found)
