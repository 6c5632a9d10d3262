"""Which batches of customers do these files hold?

Parquet, Arrow IPC, CSV and JSON Lines are cut into parts of a bounded number of rows, in the order of the files; the
same files are always cut alike. Only the columns that are asked for are read.
"""

from __future__ import annotations

import csv
import glob
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from relmaint.errors import RelmaintError

__all__ = ["ENDINGS", "ROWS", "Broken", "Part", "SourceError", "columns_of", "files_of", "parts_of"]

ENDINGS = (".parquet", ".arrow", ".feather", ".csv", ".jsonl", ".ndjson")
"""The endings of the files that customers are read from."""

ROWS = 1 << 18
"""The most rows of a part: what one worker holds in memory at a time."""


class SourceError(RelmaintError):
    """A file cannot be read, wholly or from some place on."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that is none: its number in the file, counted from 1, and why."""

    row: int
    message: str


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a file, one after the other.

    Args:
        file: the file.
        first: the number of the first row in the file, counted from 1; the header of a CSV file does not count.
        read: reads the rows; several threads may read several parts at a time.
        blank_is_default: whether an empty text is a fact that is not given.
        broken: rows of the file within this part that are none.
        numbers: the number in the file of each row that was read, when some are broken.
    """

    file: str
    first: int
    read: Callable[[], pa.RecordBatch]
    blank_is_default: bool = False
    broken: tuple[Broken, ...] = ()
    numbers: tuple[int, ...] = ()


def files_of(patterns: Iterable[str]) -> list[str]:
    """Return the files that paths, folders and globs come to, those of each in the order of their names.

    Raises:
        SourceError: a path names nothing, or a file of no known ending.
    """
    found: list[str] = []
    for pattern in patterns:
        path = Path(pattern)
        if path.is_dir():
            own = sorted(str(one) for one in path.rglob("*") if one.suffix.lower() in ENDINGS and one.is_file())
        else:
            own = [pattern] if path.exists() else sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207  # a pattern may be absolute
        if not own:
            raise SourceError(f"`{pattern}` names no file of customers")
        found += own
    for name in found:
        if Path(name).suffix.lower() not in ENDINGS:
            raise SourceError(f"`{name}`: customers are read from files that end in {', '.join(ENDINGS)}")
    return found


def columns_of(file: str) -> list[str]:
    """Return the names of the columns of a file; of JSON Lines, those of the first object.

    Raises:
        SourceError: the file cannot be read.
    """
    with _told(file):
        match _ending(file):
            case ".parquet":
                return list(pq.read_schema(file).names)
            case ".arrow" | ".feather":
                with pa.memory_map(file) as source, pa.ipc.open_file(source) as reader:
                    return list(reader.schema.names)
            case ".csv":
                return _header(file)
            case _:
                return list(next((record for _, record in _objects(file) if isinstance(record, dict)), {}))


def parts_of(files: Sequence[str], columns: Sequence[str], *, rows: int = ROWS) -> Iterator[Part]:
    """Yield the parts of the files in order; a part is read when it is asked to.

    Args:
        files: the files.
        columns: the columns to read, as far as a file has them.
        rows: the most rows of a part.

    Raises:
        SourceError: a file cannot be read, or not to its end.
    """
    for file in files:
        with _told(file):
            match _ending(file):
                case ".parquet":
                    yield from _parquet(file, columns, rows)
                case ".arrow" | ".feather":
                    yield from _arrow(file, columns, rows)
                case ".csv":
                    yield from _csv(file, columns, rows)
                case _:
                    yield from _json_lines(file, columns, rows)


def _ending(file: str) -> str:
    return Path(file).suffix.lower()


@contextmanager
def _told(file: str) -> Iterator[None]:
    """Say which file it is that cannot be read."""
    try:
        yield
    except (pa.ArrowException, UnicodeDecodeError) as problem:
        raise SourceError(f"`{file}` cannot be read: {_sentence(problem)}") from problem
    except OSError as problem:
        raise SourceError(f"`{file}` cannot be read: {(problem.strerror or _sentence(problem)).lower()}") from problem


def _sentence(problem: Exception) -> str:
    said = str(problem).splitlines()[0].strip().rstrip(".") if str(problem) else type(problem).__name__
    return said[:1].lower() + said[1:]


# Parquet and Arrow ---------------------------------------------------------------------------------------------------


def _parquet(file: str, columns: Sequence[str], rows: int) -> Iterator[Part]:
    held = pq.read_metadata(file)
    schema = pq.read_schema(file)
    own = [name for name in columns if name in schema.names]
    words = [name for name in own if pa.types.is_string(schema.field(name).type)]
    first = 1
    for group in range(held.num_row_groups):
        count = held.row_group(group).num_rows
        if count <= rows:
            yield Part(file, first, partial(_row_group, file, group, own, words, count))
        else:
            reading = _RowGroup(file, group, own, words)
            for start in range(0, count, rows):
                yield Part(file, first + start, partial(reading.part, start, min(rows, count - start)))
        first += count


def _row_group(file: str, group: int, columns: list[str], words: list[str], count: int) -> pa.RecordBatch:
    with _told(file), pq.ParquetFile(file, read_dictionary=words) as held:
        return _one_batch(held.read_row_group(group, columns, use_threads=False), count)


class _RowGroup:
    """A row group that is read in parts, and held until its last part was."""

    def __init__(self, file: str, group: int, columns: list[str], words: list[str]) -> None:
        self.file, self.group, self.columns, self.words = file, group, columns, words
        self._lock = threading.Lock()
        self._table: pa.Table | None = None

    def part(self, start: int, count: int) -> pa.RecordBatch:
        """Return some rows."""
        with self._lock, _told(self.file):
            if self._table is None:
                with pq.ParquetFile(self.file, read_dictionary=self.words) as held:
                    self._table = held.read_row_group(self.group, self.columns, use_threads=False)
            table = self._table
            if start + count == table.num_rows:
                self._table = None
        return _one_batch(table.slice(start, count), count)


def _one_batch(table: pa.Table, count: int) -> pa.RecordBatch:
    """Return a table as one batch of so many rows, also when it has no columns."""
    if not table.num_columns:
        return pa.RecordBatch.from_struct_array(pa.nulls(count, pa.struct([])).fill_null({}))
    arrays = [_one_array(column) for column in table.columns]
    return pa.RecordBatch.from_arrays(arrays, schema=table.schema)


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _arrow(file: str, columns: Sequence[str], rows: int) -> Iterator[Part]:
    with pa.memory_map(file) as source, pa.ipc.open_file(source) as reader:
        own = [name for name in columns if name in reader.schema.names]
        first = 1
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number).select(own)
            for start in range(0, batch.num_rows, rows):
                here = batch.slice(start, rows)
                yield Part(file, first + start, partial(_given, here))
            first += batch.num_rows


def _given(batch: pa.RecordBatch) -> pa.RecordBatch:
    return batch


# Texts ---------------------------------------------------------------------------------------------------------------


def _header(file: str) -> list[str]:
    with Path(file).open(encoding="utf-8-sig", newline="") as stream:
        header = next(csv.reader(stream), None)
    if not header:
        raise SourceError(f"`{file}` is empty; the first line of a CSV file names its columns")
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise SourceError(f"`{file}` has the column `{twice[0]}` twice")
    return header


def _csv(file: str, columns: Sequence[str], rows: int) -> Iterator[Part]:
    """Read every cell as a text, as a file of customers is read; a row with too few or too many cells is none."""
    header = _header(file)
    own = [name for name in columns if name in header]
    with Path(file).open(encoding="utf-8-sig", newline="") as stream:
        lines = csv.reader(stream, strict=True)
        next(lines)
        yield from _textual(file, _cells(file, lines, header, own), own, rows)


def _cells(
    file: str, lines: Iterator[list[str]], header: list[str], own: list[str]
) -> Iterator[tuple[int, Sequence[Any] | str]]:
    places = [header.index(name) for name in own]
    row = 0
    while True:
        try:
            cells = next(lines, None)
        except csv.Error as problem:
            raise SourceError(f"`{file}` cannot be read from row {row + 1} on: {_sentence(problem)}") from problem
        if cells is None:
            return
        if not cells:
            continue
        row += 1
        if len(cells) != len(header):
            yield row, f"the row has {len(cells)} cells, and the header names {len(header)}"
        else:
            yield row, [cells[place] for place in places]


def _json_lines(file: str, columns: Sequence[str], rows: int) -> Iterator[Part]:
    own = list(columns)

    def cells() -> Iterator[tuple[int, Sequence[Any] | str]]:
        for row, record in _objects(file):
            if isinstance(record, dict):
                yield row, [_plain(record[name]) if name in record else "" for name in own]
            else:
                yield row, record if isinstance(record, str) else "expected an object"

    yield from _textual(file, cells(), own, rows)


def _objects(file: str) -> Iterator[tuple[int, Any]]:
    """Yield what each line holds; a sentence when it is no JSON, and empty lines are passed over."""
    row = 0
    with Path(file).open("rb") as stream:
        for line in stream:
            if not line.strip():
                continue
            row += 1
            try:
                record = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
            except ValueError:
                yield row, "this is no JSON"
                continue
            yield row, record if isinstance(record, dict) else None


def _plain(value: Any) -> Any:
    """Return a value of JSON as a text, or as the list of words that it is; `null` is unknown."""
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case list():
            return ";".join(map(str, value)) or "none"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _textual(
    file: str, cells: Iterator[tuple[int, Sequence[Any] | str]], columns: list[str], rows: int
) -> Iterator[Part]:
    """Yield rows of texts as parts."""
    first, held, broken = 1, list[Sequence[Any]](), list[Broken]()
    numbers: list[int] = []
    for row, record in cells:
        if isinstance(record, str):
            broken.append(Broken(row, record))
        else:
            held.append(record)
            numbers.append(row)
        if len(held) + len(broken) == rows:
            yield _text_part(file, first, numbers, held, broken, columns)
            first, held, broken, numbers = row + 1, [], [], []
    if held or broken:
        yield _text_part(file, first, numbers, held, broken, columns)


def _text_part(
    file: str, first: int, numbers: list[int], held: list[Sequence[Any]], broken: list[Broken], columns: list[str]
) -> Part:
    arrays = [pa.array([record[place] for record in held], pa.string()) for place in range(len(columns))]
    batch = _one_batch(pa.Table.from_arrays(arrays, columns), len(held))
    return Part(
        file,
        first,
        partial(_given, batch),
        blank_is_default=True,
        broken=tuple(broken),
        numbers=tuple(numbers) if broken else (),
    )
