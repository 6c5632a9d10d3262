"""How do whole numbers become the columns of an Arrow batch, without a look at each?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from relmaint.columnar.columns import Array

__all__ = ["decimals", "flags", "integers", "numbered", "word_sets", "words"]


def _validity(known: Array | None) -> pa.Buffer | None:
    return None if known is None else pa.py_buffer(np.packbits(known, bitorder="little"))


def integers(values: Array, known: Array | None, type_: pa.DataType) -> pa.Array:
    """Return numbers, or days since 1970-01-01, of a 32-bit type; null where not known."""
    data = pa.py_buffer(np.ascontiguousarray(values, np.int32))
    return pa.Array.from_buffers(type_, len(values), [_validity(known), data])


def decimals(units: Array, known: Array | None, precision: int, scale: int) -> pa.Array:
    """Return whole numbers of units of 10 to the power -`scale` as decimals; null where not known."""
    halves = np.empty((len(units), 2), "<i8")
    halves[:, 0] = units
    np.right_shift(halves[:, 0], 63, out=halves[:, 1])
    type_ = pa.decimal128(precision, scale)
    return pa.Array.from_buffers(type_, len(units), [_validity(known), pa.py_buffer(halves)])


def flags(values: Array, known: Array | None) -> pa.Array:
    """Return true and false; null where not known."""
    data = pa.py_buffer(np.packbits(values, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), len(values), [_validity(known), data])


def words(codes: Array, known: Array | None, said: Sequence[str]) -> pa.Array:
    """Return words by their places in a list; null where not known."""
    data = pa.py_buffer(np.ascontiguousarray(codes, np.int32))
    indices = pa.Array.from_buffers(pa.int32(), len(codes), [_validity(known), data])
    return pa.DictionaryArray.from_arrays(indices, pa.array(said, pa.string()), safe=False)


def numbered(prefix: str, first: int, count: int, digits: int) -> pa.Array:
    """Return names that count up: a prefix, and a number with leading zeros."""
    letters = np.empty((count, len(prefix) + digits), np.uint8)
    letters[:, : len(prefix)] = np.frombuffer(prefix.encode(), np.uint8)
    rest = np.arange(first, first + count, dtype=np.int64)
    for place in range(letters.shape[1] - 1, len(prefix) - 1, -1):
        rest, digit = np.divmod(rest, 10)
        letters[:, place] = digit + ord("0")
    offsets = np.arange(count + 1, dtype=np.int32) * letters.shape[1]
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(letters))


def word_sets(marked: Sequence[tuple[str, Array]], known: Array | None, rows: int) -> pa.Array:
    """Return a list of words a row; null where not known.

    Args:
        marked: each word, in the order of the lists, with the rows (numbers) that have it.
        known: where the list is known.
        rows: how many rows there are.
    """
    where = np.concatenate([found for _, found in marked])
    which = np.repeat(np.arange(len(marked), dtype=np.int32), [len(found) for _, found in marked])
    if known is not None:
        kept = known[where]
        where, which = where[kept], which[kept]
    order = np.argsort(where, kind="stable")
    counts = np.bincount(where, minlength=rows)
    offsets = np.zeros(rows + 1, np.int32)
    np.cumsum(counts, out=offsets[1:])
    values = pa.array([word for word, _ in marked], pa.string()).take(pa.array(which[order]))
    type_ = pa.list_(pa.string())
    return pa.Array.from_buffers(type_, rows, [_validity(known), pa.py_buffer(offsets)], children=[values])
