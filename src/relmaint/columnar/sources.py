"""Which batches of customers do these files, or these tables in memory, hold?

Parquet, Arrow IPC, CSV and JSON Lines are cut into parts of a bounded number of rows, in the order of the files; the
same files are always cut alike. Only the columns that are asked for are read, and a part is read by who plans for it.
"""

from __future__ import annotations

import csv
import glob
import io
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet as pq

from relmaint.columnar.lines import Lines, csv_lines, json_lines
from relmaint.errors import RelmaintError
from relmaint.vocabulary import BooleanType, DecimalType, IntegerType, SetType, ValueType, Vocabulary

__all__ = [
    "ENDINGS",
    "ROWS",
    "Broken",
    "Part",
    "Rows",
    "SourceError",
    "batches_of",
    "columns_of",
    "files_of",
    "parts_of",
    "parts_of_batches",
]

ENDINGS = (".parquet", ".arrow", ".feather", ".arrows", ".csv", ".jsonl", ".ndjson")
"""The endings of the files that customers are read from; `.arrows` is the stream format of Arrow IPC."""

ROWS = 1 << 16
"""The most rows of a part: what one worker holds in memory at a time."""


class SourceError(RelmaintError):
    """A file cannot be read, wholly or from some place on."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that is none: its number in the file, counted from 1, and why."""

    row: int
    message: str


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a part.

    Args:
        batch: the rows that are rows.
        broken: those that are none.
        numbers: the number in the file of each row of the batch; `None` when they follow each other.
    """

    batch: pa.RecordBatch
    broken: tuple[Broken, ...] = ()
    numbers: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a file, one after the other.

    Args:
        file: the file; an empty name when the rows come from memory.
        first: the number of the first row in the file, counted from 1; the header of a CSV file does not count.
        count: how many rows there are, broken ones included.
        reader: reads these columns of the rows; several threads may read several parts at a time.
        careful: reads them as a file of customers is read, value by value, when the faster way had to guess or refused
            something; `None` when there is one way only.
        blank_is_default: whether an empty text is a fact that is not given.
        columns: the columns that were asked for.
    """

    file: str
    first: int
    count: int
    reader: Callable[[Sequence[str]], Rows]
    careful: Callable[[Sequence[str]], Rows] | None = None
    blank_is_default: bool = False
    columns: tuple[str, ...] = ()

    def read(self) -> pa.RecordBatch:
        """Return the rows that are rows, with the columns that were asked for, as far as there are such.

        Raises:
            SourceError: the file cannot be read.
        """
        return self.rows(self.columns).batch

    def rows(self, columns: Sequence[str]) -> Rows:
        """Return the rows, with these columns.

        Raises:
            SourceError: the file cannot be read.
        """
        with _told(self.file):
            return self.reader(columns)


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
            case ".arrows":
                with pa.memory_map(file) as source, pa.ipc.open_stream(source) as reader:
                    return list(reader.schema.names)
            case ".csv":
                return _header(file)
            case _:
                return _first_object(file)


def parts_of(
    files: Sequence[str], columns: Sequence[str], *, vocabulary: Vocabulary | None = None, rows: int = ROWS
) -> Iterator[Part]:
    """Yield the parts of the files in order; a part is read when it is asked to.

    Args:
        files: the files.
        columns: the columns to read, as far as a file has them.
        vocabulary: the attributes, by which JSON Lines are read in a faster way that knows types.
        rows: the most rows of a part.

    Raises:
        SourceError: a file cannot be read, or not to its end.
    """
    for file in files:
        with _told(file):
            for part in _parts(file, vocabulary, rows):
                yield replace(part, columns=tuple(columns))


def _parts(file: str, vocabulary: Vocabulary | None, rows: int) -> Iterator[Part]:
    match _ending(file):
        case ".parquet":
            return _parquet(file, rows)
        case ".arrow" | ".feather":
            return _arrow(file, rows)
        case ".arrows":
            return _arrow_stream(file, rows)
        case ".csv":
            return _csv(file, rows)
        case _:
            return _json_lines(file, vocabulary, rows)


def batches_of(data: Any) -> Iterator[pa.RecordBatch]:
    """Return the batches of anything that holds customers in memory.

    Args:
        data: an Arrow table, batch or reader, whatever has `__arrow_c_stream__` (such as a polars or pandas frame), a
            polars LazyFrame, or batches one after the other.

    Raises:
        TypeError: it is none of these.
    """
    if isinstance(data, pa.RecordBatch):
        return iter([data])
    if hasattr(data, "__arrow_c_stream__"):
        return iter(pa.RecordBatchReader.from_stream(data))
    if hasattr(data, "collect_batches"):  # a polars LazyFrame: its batches come as they are computed
        return chain.from_iterable(map(batches_of, data.collect_batches()))
    if isinstance(data, Iterable) and not isinstance(data, str | bytes | dict):
        return chain.from_iterable(map(batches_of, data))
    raise TypeError(f"customers are read from Arrow tables and batches, or what gives them, not {type(data).__name__}")


def parts_of_batches(batches: Iterable[pa.RecordBatch], *, file: str = "", rows: int = ROWS) -> Iterator[Part]:
    """Yield batches as parts of no more than so many rows; rows are counted through all batches."""
    first = 1
    for batch in batches:
        for start in range(0, batch.num_rows, rows):
            here = batch.slice(start, rows)
            yield Part(file, first + start, here.num_rows, partial(_given, here))
        first += batch.num_rows


def _given(batch: pa.RecordBatch, columns: Sequence[str]) -> Rows:
    names = [name for name in columns if name in batch.schema.names]
    if names:
        return Rows(batch.select(names))
    return Rows(_nothing(batch.num_rows))


def _nothing(rows: int) -> pa.RecordBatch:
    """Return a batch of so many rows without a column."""
    return pa.RecordBatch.from_struct_array(pa.nulls(rows, pa.struct([])).fill_null({}))


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


def _parquet(file: str, rows: int) -> Iterator[Part]:
    held = pq.read_metadata(file)
    first = 1
    for group in range(held.num_row_groups):
        count = held.row_group(group).num_rows
        reading = _RowGroup(file, group, rows, count)
        for start in range(0, count, rows):
            yield Part(file, first + start, min(rows, count - start), partial(reading.part, start // rows))
        first += count


_WHOLE = 4
"""A row group of no more parts is read at once, which is faster; others are decoded part by part."""

_AHEAD = 4
"""How many parts of a row group are kept for threads that ask for them a little later."""


class _RowGroup:
    """A row group that is read part by part; threads may ask for the parts nearly in order."""

    def __init__(self, file: str, group: int, rows: int, count: int) -> None:
        self.file, self.group, self.rows, self.count = file, group, rows, count
        self._lock = threading.Lock()
        self._columns: tuple[str, ...] = ()
        self._coming: Iterator[pa.RecordBatch] = iter(())
        self._next = 0
        self._passed: dict[int, pa.RecordBatch] = {}

    def part(self, place: int, columns: Sequence[str]) -> Rows:
        """Return some rows."""
        with self._lock:
            if tuple(columns) != self._columns or (place < self._next and place not in self._passed):
                self._open(columns)
            while self._next <= place:
                batch = next(self._coming)
                assert batch.num_rows == min(self.rows, self.count - self._next * self.rows), (
                    "parts of a row group have as many rows as were asked for; please report this"
                )
                self._passed[self._next] = batch
                self._next += 1
                if len(self._passed) > _AHEAD:
                    self._passed.pop(min(self._passed))
            if self._next * self.rows >= self.count:
                self._coming = iter(())  # lets go of what was read
            return _given(self._passed.pop(place), columns)

    def _open(self, columns: Sequence[str]) -> None:
        schema = pq.read_schema(self.file)
        own = [name for name in columns if name in schema.names]
        words = [name for name in own if pa.types.is_string(schema.field(name).type) and name != "id"]
        held = pq.ParquetFile(self.file, read_dictionary=words)
        self._columns, self._next, self._passed = tuple(columns), 0, {}
        if not own:
            self._coming = (_nothing(min(self.rows, self.count - at)) for at in range(0, self.count, self.rows))
        elif self.count <= _WHOLE * self.rows:
            whole = _one_batch(held.read_row_group(self.group, own, use_threads=False), self.count)
            self._coming = (whole.slice(at, self.rows) for at in range(0, self.count, self.rows))
        else:
            self._coming = held.iter_batches(self.rows, row_groups=[self.group], columns=own, use_threads=False)


def _arrow(file: str, rows: int) -> Iterator[Part]:
    with pa.memory_map(file) as source, pa.ipc.open_file(source) as reader:
        batches = (reader.get_batch(number) for number in range(reader.num_record_batches))
        yield from parts_of_batches(batches, file=file, rows=rows)


def _arrow_stream(file: str, rows: int) -> Iterator[Part]:
    with pa.memory_map(file) as source, pa.ipc.open_stream(source) as reader:
        yield from parts_of_batches(reader, file=file, rows=rows)


# Texts ---------------------------------------------------------------------------------------------------------------


def _header(file: str) -> list[str]:
    with Path(file).open(encoding="utf-8-sig", newline="") as stream:
        header = next(csv.reader(stream), None)
    if not header:
        raise SourceError(f"`{file}` is empty; the first line of a CSV file names its columns")
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise SourceError(f"`{file}` has the column `{twice[0]}` twice")
    return header


def _csv(file: str, rows: int) -> Iterator[Part]:
    """Read every cell as a text, as a file of customers is read; a row with too few or too many cells is none."""
    header = _header(file)
    for lines in csv_lines(Path(file), rows):
        careful = partial(_csv_cells, file, lines, header)
        reader = careful if lines.has_quotes else partial(_csv_table, file, lines, header)
        yield Part(file, lines.first, lines.count, reader, blank_is_default=True)


def _csv_table(file: str, lines: Lines, header: list[str], columns: Sequence[str]) -> Rows:
    """Read lines without quotes; as soon as one of them is not what it should be, read them one by one."""
    own = [name for name in columns if name in header]
    try:
        table = pa.csv.read_csv(
            io.BytesIO(lines.text),
            read_options=pa.csv.ReadOptions(column_names=header, use_threads=False, block_size=len(lines.text) + 1),
            parse_options=pa.csv.ParseOptions(quote_char=False),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False, include_columns=own
            ),
        )
    except pa.ArrowInvalid:
        return _csv_cells(file, lines, header, columns)
    if not own or table.num_rows != lines.count:
        return _csv_cells(file, lines, header, columns)
    return Rows(_one_batch(table, lines.count))


def _csv_cells(file: str, lines: Lines, header: list[str], columns: Sequence[str]) -> Rows:
    own = [name for name in columns if name in header]
    places = [header.index(name) for name in own]
    row = lines.first - 1
    held, numbers, broken = list[Sequence[Any]](), list[int](), list[Broken]()
    found = csv.reader(io.StringIO(lines.text.decode("utf-8"), newline=""), strict=True)
    while True:
        try:
            cells = next(found, None)
        except csv.Error as problem:
            raise SourceError(f"`{file}` cannot be read from row {row + 1} on: {_sentence(problem)}") from problem
        if cells is None:
            return _rows_of_texts(own, held, numbers, broken)
        if not cells:
            continue
        row += 1
        if len(cells) != len(header):
            broken.append(Broken(row, f"the row has {len(cells)} cells, and the header names {len(header)}"))
        else:
            numbers.append(row)
            held.append([cells[place] for place in places])


def _rows_of_texts(
    columns: Sequence[str], held: Sequence[Sequence[Any]], numbers: Sequence[int], broken: Sequence[Broken]
) -> Rows:
    arrays = [pa.array([record[place] for record in held], pa.string()) for place in range(len(columns))]
    batch = _one_batch(pa.Table.from_arrays(arrays, list(columns)), len(held))
    return Rows(batch, tuple(broken), tuple(numbers))


def _one_batch(table: pa.Table, count: int) -> pa.RecordBatch:
    """Return a table as one batch of so many rows, also when it has no columns."""
    if not table.num_columns:
        return _nothing(count)
    batches = table.unify_dictionaries().combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], table.schema)


def _first_object(file: str) -> list[str]:
    for lines in json_lines(Path(file), 1000):
        for _, record in _objects(lines):
            if isinstance(record, dict):
                return list(record)
    return []


def _json_lines(file: str, vocabulary: Vocabulary | None, rows: int) -> Iterator[Part]:
    for lines in json_lines(Path(file), rows):
        careful = partial(_json_objects, lines)
        reader = careful if vocabulary is None else partial(_json_table, lines, vocabulary)
        yield Part(file, lines.first, lines.count, reader, careful, blank_is_default=True)


_JSON_TYPES: tuple[tuple[Any, pa.DataType], ...] = (
    (IntegerType, pa.int64()),
    (DecimalType, pa.float64()),
    (BooleanType, pa.bool_()),
    (SetType, pa.list_(pa.string())),
)


def _json_type(type_: ValueType) -> pa.DataType:
    return next((held for kind, held in _JSON_TYPES if isinstance(type_, kind)), pa.string())


def _json_table(lines: Lines, vocabulary: Vocabulary, columns: Sequence[str]) -> Rows:
    """Read lines whose values have the types that one expects; others are read value by value.

    A key that is missing reads as null here, which is the same only where the model's default is to be unknown.
    """
    model: Any = vocabulary.model
    typed = [(name, _json_type(vocabulary[name].type)) for name in columns if name in vocabulary]
    try:
        table = pa.json.read_json(
            io.BytesIO(lines.text),
            read_options=pa.json.ReadOptions(use_threads=False, block_size=len(lines.text) + 1),
            parse_options=pa.json.ParseOptions(explicit_schema=pa.schema(typed), unexpected_field_behavior="ignore"),
        )
    except pa.ArrowInvalid:
        return _json_objects(lines, columns)
    doubtful = any(
        table.column(name).null_count and (model.model_fields[name].is_required() or _has_default(model, name))
        for name in table.column_names
    )
    if doubtful or table.num_rows != lines.count:
        return _json_objects(lines, columns)
    return Rows(_one_batch(table, lines.count))


def _has_default(model: Any, name: str) -> bool:
    return model.model_fields[name].get_default(call_default_factory=True, validated_data={}) is not None


def _json_objects(lines: Lines, columns: Sequence[str]) -> Rows:
    held, numbers, broken = list[Sequence[Any]](), list[int](), list[Broken]()
    for row, record in _objects(lines):
        if isinstance(record, dict):
            numbers.append(row)
            held.append([_plain(record[name]) if name in record else "" for name in columns])
        else:
            broken.append(Broken(row, record if isinstance(record, str) else "expected an object"))
    return _rows_of_texts(columns, held, numbers, broken)


def _objects(lines: Lines) -> Iterator[tuple[int, Any]]:
    """Yield what each line holds; a sentence when it is no JSON, and empty lines are passed over."""
    row = lines.first - 1
    for line in lines.text.split(b"\n"):
        if not line.strip():
            continue
        row += 1
        try:
            record = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
        except (ValueError, RecursionError):
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
