"""Where do the records of a text file begin and end?

A file is cut into stretches of whole records without reading a cell: at line ends, in CSV at those outside quotes. So
the stretches can be read by several threads, and the number of each record is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from relmaint.columnar.columns import Array
from relmaint.errors import RelmaintError

__all__ = ["Lines", "csv_lines", "json_lines"]

_BYTES = 1 << 25
"""Bytes that are looked at a time."""

_MOST = 1 << 27
"""A record of more bytes than this is no record."""

_NEWLINE, _RETURN, _QUOTE = b'\n\r"'


@dataclass(frozen=True, slots=True)
class Lines:
    """Some records of a text file.

    Args:
        text: the records.
        first: the number of the first, counted from 1; empty lines, and the header of a CSV file, do not count.
        count: how many there are.
        has_quotes: whether a quotation mark stands anywhere in them.
    """

    text: bytes
    first: int
    count: int
    has_quotes: bool


def csv_lines(path: Path, rows: int) -> Iterator[Lines]:
    """Yield the records of a CSV file behind its header, at most so many at a time.

    Raises:
        RelmaintError: a quoted text does not end.
    """
    coming = _stretches(path, rows, _csv_ends)
    return _without_header(coming)


def json_lines(path: Path, rows: int) -> Iterator[Lines]:
    """Yield the lines of a file of JSON Lines, at most so many at a time."""
    return _stretches(path, rows, _line_ends)


def _without_header(coming: Iterator[Lines]) -> Iterator[Lines]:
    first = next(coming, None)
    if first is None:
        return
    data = np.frombuffer(first.text, np.uint8)
    ends = _records(data, _csv_ends(data))
    rest = first.text[int(ends[0]) :]
    if first.count > 1:
        yield Lines(rest, 1, first.count - 1, b'"' in rest)
    for one in coming:
        yield Lines(one.text, one.first - 1, one.count, one.has_quotes)


def _stretches(path: Path, rows: int, ends_of: Callable[[Array], Array]) -> Iterator[Lines]:
    number, rest, is_begin = 1, b"", True
    with path.open("rb") as stream:
        while True:
            block = stream.read(_BYTES)
            text = rest + block
            if is_begin:
                text, is_begin = text.removeprefix(b"\xef\xbb\xbf"), False
            if block and len(text) > _MOST:
                raise RelmaintError(f"`{path}` cannot be read from row {number} on: this row does not end")
            data = np.frombuffer(text, np.uint8)
            ends = ends_of(data)
            if not block and (not len(ends) or ends[-1] < len(text)):
                ends = np.append(ends, len(text))
            records = _records(data, ends)
            for start in range(0, len(records), rows):
                own = records[start : start + rows]
                begin = int(records[start - 1]) if start else 0
                here = text[begin : int(own[-1])]
                yield Lines(here, number, len(own), b'"' in here)
                number += len(own)
            rest = text[int(ends[-1]) :] if len(ends) else text
            if not block:
                return


def _line_ends(data: Array) -> Array:
    """Return where each line ends, behind its newline."""
    return np.flatnonzero(data == _NEWLINE) + 1


def _csv_ends(data: Array) -> Array:
    """Return where each record ends: behind a newline with an even number of quotation marks before it."""
    ends = _line_ends(data)
    quotes = np.flatnonzero(data == _QUOTE)
    if len(quotes):
        ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
    return ends


def _records(data: Array, ends: Array) -> Array:
    """Return the ends of those stretches that are not empty lines."""
    begins = np.concatenate([[0], ends[:-1]]).astype(np.int64)
    size = ends - begins
    last = data[np.minimum(begins, len(data) - 1)] if len(data) else data
    empty = (size == 0) | ((size == 1) & np.isin(last, (_NEWLINE, _RETURN))) | ((size == 2) & (last == _RETURN))
    found: Array = ends[~empty]
    return found
