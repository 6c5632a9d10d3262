"""How is a table written as Parquet, Arrow, CSV or JSON Lines, so that half a file never has its final name?"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from relmaint.errors import RelmaintError

__all__ = ["ENDINGS", "Sink", "complete", "together"]


class Sink(Protocol):
    """Takes the batches of a table in order."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Write one batch."""

    def close(self) -> None:
        """Write what is left."""


_DISTINCT = ("customer", "plan")
"""Columns with so many distinct values that a dictionary of them would only take time."""


class _Parquet:
    def __init__(self, path: Path, schema: pa.Schema, options: Mapping[str, Any] | None = None) -> None:
        words = [
            f"{field.name}.list.element" if pa.types.is_list(field.type) else field.name
            for field in schema
            if field.name not in _DISTINCT
        ]
        self._writer = pq.ParquetWriter(
            path, schema, **{"compression": "snappy", "use_dictionary": words, **(options or {})}
        )

    def write(self, batch: pa.RecordBatch) -> None:
        self._writer.write_table(pa.Table.from_batches([batch]))

    def close(self) -> None:
        self._writer.close()


class _Arrow:
    def __init__(self, path: Path, schema: pa.Schema) -> None:
        options = pa.ipc.IpcWriteOptions(unify_dictionaries=True)
        self._schema = pa.schema([(one.name, _undictionaried(one.type)) for one in schema])
        self._writer = pa.ipc.new_file(str(path), self._schema, options=options)

    def write(self, batch: pa.RecordBatch) -> None:
        self._writer.write_batch(batch.cast(self._schema))

    def close(self) -> None:
        self._writer.close()


class _Csv:
    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = pa.schema([(one.name, _flat(one.type)) for one in schema])
        self._writer = pa.csv.CSVWriter(str(path), self._schema)

    def write(self, batch: pa.RecordBatch) -> None:
        columns = [_joined(column) for column in batch.columns]
        self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))

    def close(self) -> None:
        self._writer.close()


class _JsonLines:
    def __init__(self, path: Path, _schema: pa.Schema) -> None:
        self._stream = path.open("w", encoding="utf-8", newline="")

    def write(self, batch: pa.RecordBatch) -> None:
        import json

        self._stream.writelines(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in batch.to_pylist())

    def close(self) -> None:
        self._stream.close()


_SINKS: Mapping[str, Callable[[Path, pa.Schema], Sink]] = {
    ".parquet": _Parquet,
    ".arrow": _Arrow,
    ".feather": _Arrow,
    ".csv": _Csv,
    ".jsonl": _JsonLines,
    ".ndjson": _JsonLines,
}

ENDINGS = tuple(_SINKS)
"""The endings of the files that tables are written to."""


def _undictionaried(type_: Any) -> Any:
    return type_.value_type if pa.types.is_dictionary(type_) else type_


def _flat(type_: Any) -> Any:
    return pa.string() if pa.types.is_list(type_) else _undictionaried(type_)


def _joined(column: pa.Array) -> pa.Array:
    if pa.types.is_list(column.type):
        return pc.binary_join(column, ";")
    return column.cast(_undictionaried(column.type))


@contextmanager
def complete(path: Path, schema: pa.Schema, *, parquet: Mapping[str, Any] | None = None) -> Iterator[Sink]:
    """Give a sink for a file that appears under its name only when all of it is written.

    Args:
        path: the file.
        schema: the columns.
        parquet: how Parquet is written otherwise than by default, as `pyarrow.parquet.ParquetWriter` takes it.

    Raises:
        RelmaintError: no table is written to a file of this ending.
    """
    with (
        tempfile.TemporaryDirectory(prefix=f".{path.stem}.", dir=path.parent) as folder,
        together({path: schema}, Path(folder), parquet=parquet) as sinks,
    ):
        yield sinks[path]


@contextmanager
def together(
    schemas: Mapping[Path, pa.Schema], folder: Path, *, parquet: Mapping[str, Any] | None = None
) -> Iterator[dict[Path, Sink]]:
    """Give sinks for files that all appear under their names once all of them are written.

    Args:
        schemas: the columns of each file.
        folder: where the files are until then, on the same disk.
        parquet: how Parquet is written otherwise than by default, as `pyarrow.parquet.ParquetWriter` takes it.

    Raises:
        RelmaintError: no table is written to a file of this ending.
    """
    drafts = {path: folder / f"{place}{path.suffix}" for place, path in enumerate(schemas)}
    with ExitStack() as open_ones:
        sinks: dict[Path, Sink] = {}
        for path, schema in schemas.items():
            make = _SINKS.get(path.suffix.lower())
            if make is None:
                raise RelmaintError(f"`{path}`: tables are written to files that end in {', '.join(ENDINGS)}")
            draft = drafts[path]
            sinks[path] = _Parquet(draft, schema, parquet) if make is _Parquet else make(draft, schema)
            open_ones.callback(sinks[path].close)
        yield sinks
    for path, draft in drafts.items():
        draft.replace(path)
