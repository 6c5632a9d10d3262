"""Which decision records stand in this file, and which were changed since they were made?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from relmaint.errors import RelmaintError
from relmaint.model.record import RECORD_FORMAT, DecisionRecord

__all__ = ["NoRecord", "first_error", "read_records", "record_of"]

_LINE_LIMIT = 16_000_000


@dataclass(frozen=True, slots=True)
class NoRecord:
    """A line that holds no record that can be trusted, and why; the id is what the line says."""

    why: str
    id: str | None = None


def read_records(path: str | Path) -> Iterator[tuple[int, DecisionRecord | NoRecord]]:
    """Yield the records of a file of JSON Lines with the numbers of their lines; blank lines are passed over.

    Raises:
        OSError: the file cannot be read.
        RelmaintError: a line is longer than any record.
    """
    with Path(path).open("rb") as stream:
        for number, raw in enumerate(iter(lambda: stream.readline(_LINE_LIMIT), b""), start=1):
            if len(raw) == _LINE_LIMIT and not raw.endswith(b"\n"):
                raise RelmaintError(f"{path}:{number}: the line is longer than any record")
            if raw.strip():
                yield number, record_of(raw)


def record_of(raw: bytes) -> DecisionRecord | NoRecord:
    """Return the record that a line holds, or why it holds none that can be trusted."""
    try:
        found = json.loads(raw.decode(), object_pairs_hook=_once)
    except UnicodeDecodeError:
        return NoRecord("the line is not UTF-8")
    except RecursionError:
        return NoRecord("the line is nested deeper than any record")
    except json.JSONDecodeError as problem:
        return NoRecord(f"the line is not JSON: {problem.msg[:1].lower()}{problem.msg[1:]}")
    except ValueError as problem:
        return NoRecord(f"the line is not as records are: {problem}")
    if not isinstance(found, dict):
        return NoRecord("the line is not an object")
    name = found.get("id") if isinstance(found.get("id"), str) else None
    if found.get("format") != RECORD_FORMAT:
        return NoRecord(f"the format is not `{RECORD_FORMAT}`", name)
    try:
        record = DecisionRecord.model_validate_json(raw)
    except ValidationError as problem:
        return NoRecord(f"the record is not as records are: {first_error(problem)}", name)
    if not record.is_intact:
        return NoRecord("the id does not belong to the content: the record was changed after it was made", name)
    return record


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for number, name in enumerate(names) if name in names[:number])
        raise ValueError(f"`{twice}` stands twice in one object")
    return found


def first_error(problem: ValidationError) -> str:
    """Return the first thing that a model has against a value, in one line."""
    error = problem.errors(include_url=False)[0]
    where = ".".join(str(part) for part in error["loc"])
    said = error["msg"].removeprefix("Value error, ")
    return f"`{where}`: {said[:1].lower()}{said[1:]}" if where else f"{said[:1].lower()}{said[1:]}"
