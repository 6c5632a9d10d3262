"""What did a run over a customer base leave behind: which plans, for whom, and by which book?

The output of one run, or of the shards of one, read as columns. `PLANS`, `ACTIONS` and `WITHHELD` are all that is taken
from these tables; what else they hold is not looked at.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from relmaint.columnar.columns import Array
from relmaint.columnar.job import Outputs
from relmaint.columnar.sources import SourceError, files_of, parts_of
from relmaint.errors import RelmaintError
from relmaint.ir.canonical import digest
from relmaint.ir.rules import RuleBook

__all__ = ["ACTIONS", "PLANS", "WITHHELD", "Actions", "Run", "RunError", "Withheld", "Words", "coded", "open_run"]

PLANS = ("customer", "plan", "status", "first", "tier", "preference", "habit", "branch", "manager")
"""The columns of `plans` that are read; of the last five those that are there."""

ACTIONS = ("plan", "rank", "action", "kind", "nature", "precedence", "score", "owner", "channel")
"""The columns of `plan_actions` that are read."""

WITHHELD = ("plan", "action", "stage", "rule")
"""The columns of `plan_withheld` that are read."""

_TABLES = (".parquet", ".arrow", ".feather")
_BESIDE = (".actions", ".withheld", ".rejects")


class RunError(RelmaintError):
    """Files are not what a run left behind, or not of one run."""


@dataclass(frozen=True, slots=True)
class Words:
    """A column of words: for each row the place of its word; -1 is none."""

    codes: Array
    words: tuple[str, ...]


def coded(column: pa.Array) -> tuple[Array, tuple[str, ...]]:
    """Return for each row of a column of words the place of its word, -1 where there is none, and the words."""
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    indices = encoded.indices.cast(pa.int64()).fill_null(-1)
    return np.asarray(indices.to_numpy(zero_copy_only=False)), tuple(map(str, encoded.dictionary.to_pylist()))


class _Lexicon:
    """Gives every word the same number in all batches and files."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    def codes(self, array: pa.Array) -> Array:
        """Return the number of each word of an array; -1 where there is none."""
        codes, words = coded(array)
        own = [self.places.setdefault(word, len(self.places)) for word in words]
        found: Array = np.asarray([*own, -1], np.int32)[codes]
        return found

    def column(self, codes: Array) -> Words:
        """Return a column of such numbers with its words in order, so that nothing hangs on which came first."""
        words = tuple(sorted(self.places))
        place = {word: number for number, word in enumerate(words)}
        numbers = np.asarray([*(place[word] for word in self.places), -1], np.int32)
        return Words(numbers[codes.astype(np.int64)], words)


@dataclass(frozen=True, slots=True)
class Actions:
    """The actions of all distinct plans, one row an action, those of a plan in the order of their ranks.

    Args:
        plans: the number of each plan that has an action, ascending.
        starts: where the rows of each begin; one more entry than plans.
        rank: the rank of each row, from 1.
        score: its score; higher comes first within a precedence class.
        words: its other columns by name; `channel` is the first of the channels.
    """

    plans: Array
    starts: Array
    rank: Array
    score: Array
    words: dict[str, Words]

    def of(self, plans: Array) -> tuple[Array, Array]:
        """Return, for a column of plan numbers, each of its actions: the row of the column, and the row here."""
        place = np.minimum(np.searchsorted(self.plans, plans), max(0, len(self.plans) - 1))
        if not len(self.plans):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        counts = np.where(self.plans[place] == plans, self.starts[place + 1] - self.starts[place], 0)
        rows = np.repeat(np.arange(len(plans)), counts)
        first = np.repeat(self.starts[place] - (np.cumsum(counts) - counts), counts)
        return rows, first + np.arange(len(rows))


@dataclass(frozen=True, slots=True)
class Withheld:
    """What all distinct plans leave out, one row an action; `plan` is the number of the plan."""

    plan: Array
    words: dict[str, Words]


@dataclass(frozen=True)
class Run:
    """The output of a run, or of the shards of one.

    Args:
        files: the tables of plans, in the order in which they were given.
        book: name, version and digest of the book.
        as_of: the day of the plans.
        rows: how many rows the customers' files had.
        customers: for how many of them there is a plan.
        matched: for how many customers each statement of the book matched.
    """

    files: tuple[str, ...]
    book: dict[str, str]
    as_of: date
    rows: int
    customers: int
    matched: Counter[str] = field(default_factory=Counter)

    @property
    def rejected(self) -> int:
        """How many customers could not be planned for."""
        return self.rows - self.customers

    def made_by(self, book: RuleBook) -> None:
        """Refuse a book that did not make these plans.

        Raises:
            RunError: it is another book, or another customer model.
        """
        if digest(book) != self.book["digest"]:
            made = f"{self.book['name']} {self.book['version']}"
            raise RunError(
                f"the plans were made by the book {made} ({self.book['digest'][:12]}), and this is {book.name} "
                f"{book.version} ({digest(book)[:12]}); name it with --book, and its model with --customer-model"
            )

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the rows of `plans`, with those of the columns that are there, in order."""
        for file in self.files:
            for part in parts_of([file], columns):
                yield part.read()

    @cached_property
    def actions(self) -> Actions:
        """The actions of all distinct plans."""
        plan, numbers, words = self._beside("actions", ACTIONS, ("rank", "score"))
        rank, score = numbers["rank"], numbers["score"]
        order = np.lexsort((rank, plan))
        plan, rank, score = plan[order], rank[order], score[order]
        starts = np.flatnonzero(np.diff(plan, prepend=plan[:1] - 1)) if len(plan) else np.zeros(0, np.int64)
        told = {name: Words(one.codes[order], one.words) for name, one in words.items()}
        return Actions(plan[starts], np.append(starts, len(plan)), rank, score, told)

    @cached_property
    def withheld(self) -> Withheld:
        """What all distinct plans leave out."""
        plan, _, words = self._beside("withheld", WITHHELD, ())
        return Withheld(plan, words)

    def _beside(
        self, what: str, columns: Sequence[str], numeric: Sequence[str]
    ) -> tuple[Array, dict[str, Array], dict[str, Words]]:
        """Read a table of distinct plans; shards say the same of a plan that they share, and it is taken once."""
        lexicons = {name: _Lexicon() for name in columns if name not in ("plan", *numeric)}
        found: dict[str, list[Array]] = {name: [] for name in columns}
        seen = np.zeros(0, np.int64)
        for file in self.files:
            own: list[Array] = []
            for part in parts_of([str(Outputs(Path(file)).beside(what))], columns):
                batch = part.read()
                _require(batch, columns, part.file)
                plan = _numbers(batch.column("plan"))
                new = np.flatnonzero(~np.isin(plan, seen))
                own.append(plan[new])
                for name in numeric:
                    found[name].append(_numbers(batch.column(name))[new])
                for name, lexicon in lexicons.items():
                    found[name].append(lexicon.codes(_first_of(batch.column(name)))[new])
            found["plan"] += own
            seen = np.union1d(seen, np.concatenate([seen, *own]))
        joined = {name: np.concatenate(held) if held else np.zeros(0, np.int64) for name, held in found.items()}
        words = {name: one.column(joined[name]) for name, one in lexicons.items()}
        return joined["plan"], {name: joined[name] for name in numeric}, words


def _numbers(column: pa.Array) -> Array:
    return np.asarray(column.cast(pa.int64()).to_numpy(zero_copy_only=False))


def _first_of(column: pa.Array) -> pa.Array:
    """Return the first word of each list; a column of words as it is."""
    if not pa.types.is_list(column.type):
        return column
    lengths = np.asarray(pc.list_value_length(column).fill_null(0).to_numpy(zero_copy_only=False))
    starts = np.cumsum(lengths) - lengths
    return column.flatten().take(pa.array(starts, mask=lengths == 0))


def _require(batch: pa.RecordBatch, columns: Sequence[str], file: str) -> None:
    if missing := [name for name in columns if name not in batch.schema.names]:
        raise RunError(f"`{file}` has no column `{missing[0]}`; it is not what `relmaint plan` wrote")


def open_run(paths: Sequence[str]) -> Run:
    """Return the run that wrote these tables of plans, or whose shards did.

    Args:
        paths: files, folders and globs; the tables beside those of plans are found by their names.

    Raises:
        SourceError: a path names nothing.
        RunError: a file is not what a run wrote, or the files are not of one run.
    """
    files = [name for name in files_of(paths) if not Path(name).stem.endswith(_BESIDE)]
    if not files:
        raise SourceError(f"`{paths[0]}` names no table of plans")
    counts = [_summary(name) for name in files]
    for name, one in zip(files, counts, strict=True):
        for key in ("book", "as_of"):
            if one[key] != counts[0][key]:
                said = "by another book" if key == "book" else "for another day"
                raise RunError(f"`{name}` was made {said} than `{files[0]}`; give the shards of one run")
    matched = Counter[str]()
    for one in counts:
        for name, count in one["matched"].items():  # also those that matched nobody
            matched[name] += count
    return Run(
        tuple(files),
        counts[0]["book"],
        date.fromisoformat(counts[0]["as_of"]),
        sum(one["rows"] for one in counts),
        sum(one["customers"] for one in counts),
        matched,
    )


def _summary(file: str) -> dict[str, Any]:
    if Path(file).suffix.lower() not in _TABLES:
        raise RunError(f"`{file}`: plans are read from files that end in {', '.join(_TABLES)}")
    path = Outputs(Path(file)).summary
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = {"book", "as_of", "rows", "customers", "matched"} <= found.keys()
    except FileNotFoundError:
        raise RunError(f"there is no `{path.name}` beside `{file}`; give a table that `relmaint plan` wrote") from None
    except (ValueError, AttributeError):
        known = False
    if not known:
        raise RunError(f"`{path}` does not hold the counts of a run")
    return found
