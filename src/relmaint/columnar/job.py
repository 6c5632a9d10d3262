"""How are the plans of whole files made, on all cores, in bounded memory, and so that a killed run can go on?

Every part of the input is planned for on its own and put into a folder beside the output, under its final name only
when it is complete. When all parts are there, the output is put together in the order of the input and appears at once;
its bytes do not hang on how many threads there were, or how often the run was begun.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from relmaint.columnar.columns import Fault
from relmaint.columnar.ids import repeated
from relmaint.columnar.planner import BatchPlanner, PlannedBatch
from relmaint.columnar.sinks import ENDINGS, Sink, together
from relmaint.columnar.sources import ROWS, Part, Rows, batches_of, columns_of, files_of, parts_of
from relmaint.columnar.tables import EXPLODED, PLAN_ACTIONS, PLAN_WITHHELD, REJECTS
from relmaint.errors import RelmaintError
from relmaint.ir.rules import RuleBook

__all__ = ["JobError", "Outputs", "Summary", "run"]

_AHEAD = 2
"""How many parts wait for a thread, beyond those that are being planned for."""

_SPOOL = "input.arrows"
"""The file in which a table in memory is kept during a run."""


class JobError(RelmaintError):
    """A run cannot begin or go on."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """The files that a run leaves behind, all beside each other."""

    plans: Path

    def beside(self, what: str) -> Path:
        """Return the file of another table: `plans.parquet` has `plans.actions.parquet`."""
        return self.plans.with_name(f"{self.plans.stem}.{what}{self.plans.suffix}")

    @property
    def summary(self) -> Path:
        """The counts of the run."""
        return self.plans.with_name(f"{self.plans.stem}.summary.json")

    @property
    def work(self) -> Path:
        """The parts of a run that is not complete."""
        return self.plans.with_name(f".{self.plans.name}.parts")

    @property
    def done(self) -> Path:
        """The parts of a run that is complete, while they are removed."""
        return self.plans.with_name(f".{self.plans.name}.done")


@dataclass(slots=True)
class Summary:
    """What a run came to.

    Attributes:
        rows: how many rows the files have.
        customers: for how many of them there is a plan.
        rejected: how many could not be planned for; the rejects say why.
        plans: how many distinct plans there are.
        by_status: how many customers have a plan of each status.
        matched: for how many customers each statement of the book matched.
    """

    rows: int = 0
    customers: int = 0
    rejected: int = 0
    plans: int = 0
    by_status: Counter[str] = field(default_factory=Counter)
    matched: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Job:
    """What the parts of a run have in common."""

    planner: BatchPlanner
    work: Path
    explode: bool
    repeated: Mapping[int, Sequence[int]]


def run(
    book: RuleBook,
    inputs: Any,
    output: Path,
    *,
    as_of: date,
    threads: int = 2,
    resume: bool = False,
    shard: tuple[int, int] = (1, 1),
    rows: int = ROWS,
    explode: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Summary:
    """Plan for all customers of some files, or of a table in memory.

    Args:
        book: the rule book.
        inputs: files, folders and globs of Parquet, Arrow IPC, CSV or JSON Lines; or anything that `batches_of` takes,
            which is first put into a file beside the output, so that memory stays bounded.
        output: the file of plans; its ending decides the format, and the other tables appear beside it.
        as_of: the day of the plans.
        threads: how many parts are planned for at a time.
        resume: go on with a run of the same book, day and files that did not come to its end.
        shard: (i, n): only every n-th part, from the i-th on, counted from 1.
        rows: the most rows of a part.
        explode: also write a row for each customer and planned action, with its due day.
        progress: is told how many rows are done, and of how many.

    Raises:
        SourceError: a file cannot be read, or not to its end.
        JobError: there is nothing to resume, it was another run, or the output cannot be written.
    """
    planner = BatchPlanner(book, as_of)
    outputs = Outputs(output)
    if output.suffix.lower() not in ENDINGS:
        raise JobError(f"`{output}`: tables are written to files that end in {', '.join(ENDINGS)}")
    if not output.parent.is_dir():
        raise JobError(f"`{output}` cannot be written: there is no folder `{output.parent}`")
    with _written(outputs):
        is_files = isinstance(inputs, list | tuple) and all(isinstance(one, str) for one in inputs)
        files = files_of(inputs) if is_files else []
        _begin(outputs, _identity(planner, files, shard, rows, explode=explode), resume=resume)
        if not is_files:
            files = [_spooled(inputs, outputs.work / _SPOOL)]
        _known_columns(planner, files, planner.reads(explode=explode))
        parts = partial(parts_of, files, (), vocabulary=book.vocabulary, rows=rows)
        again, total = _prepared(planner, parts, shard)
        job = _Job(planner, outputs.work, explode, again)
        wanted = ((number, part) for number, part in enumerate(parts()) if _is_mine(number, shard))
        done: list[int] = []
        finished = 0
        for number, count in _planned(job, wanted, threads):
            done.append(number)
            finished += count
            progress(finished, total)
        summary = _assembled(job, outputs, done)
        # A run that is killed while its parts are removed must not be found half removed.
        shutil.rmtree(outputs.work.rename(outputs.done))
    return summary


def _is_mine(number: int, shard: tuple[int, int]) -> bool:
    return number % shard[1] == shard[0] - 1


def _spooled(data: Any, path: Path) -> str:
    """Put the batches of a table in memory into a file."""
    coming = batches_of(data)
    first = next(coming, None)
    if first is None:
        raise JobError("there is no batch of customers; an empty table has a batch without rows")
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, first.schema) as writer:
        for batch in chain([first], coming):
            writer.write_batch(batch)
    return str(path)


def _prepared(
    planner: BatchPlanner, parts: Callable[[], Iterator[Part]], shard: tuple[int, int]
) -> tuple[dict[int, list[int]], int]:
    """Return the rows, by part, of customers who stand earlier too, and how many rows the run has.

    All files are looked at, whatever the shard, so that of a customer who stands twice one is planned for.
    """
    total = sum(part.count for number, part in enumerate(parts()) if _is_mine(number, shard))
    if "id" not in planner.book.vocabulary:
        return {}, total

    def ids() -> Iterator[tuple[int, pa.Array]]:
        for number, part in enumerate(parts()):
            batch = part.rows(["id"]).batch
            if "id" in batch.schema.names:
                yield number, batch.column("id")

    return repeated(ids), total


@contextmanager
def _written(outputs: Outputs) -> Iterator[None]:
    """Say that the output cannot be written, and what to do."""
    try:
        yield
    except OSError as problem:
        said = (problem.strerror or str(problem)).lower()
        advice = "; the parts that are done are kept, and --resume goes on with them" if outputs.work.exists() else ""
        raise JobError(f"`{outputs.plans}` cannot be written: {said}{advice}") from problem


def _known_columns(planner: BatchPlanner, files: Sequence[str], columns: Sequence[str]) -> None:
    """Refuse files that lack a column without which nobody can be planned for."""
    model = planner.book.vocabulary.model
    for file in files:
        names = set(columns_of(file))
        for name in columns:
            if name not in names and model is not None and model.model_fields[name].is_required():
                raise JobError(f"`{file}` has no column `{name}`, and every customer must have one")


def _identity(
    planner: BatchPlanner, files: Sequence[str], shard: tuple[int, int], rows: int, *, explode: bool
) -> dict[str, Any]:
    """Return what must be the same for a run to go on."""
    return {
        "book": planner.digest,
        "as_of": planner.as_of.isoformat(),
        "files": [[name, Path(name).stat().st_size, Path(name).stat().st_mtime_ns] for name in files],
        "shard": list(shard),
        "rows": rows,
        "explode": explode,
    }


def _begin(outputs: Outputs, identity: Mapping[str, Any], *, resume: bool) -> None:
    """Make the folder of parts, or find it as another run of the same left it."""
    held = outputs.work / "run.json"
    shutil.rmtree(outputs.done, ignore_errors=True)
    if resume:
        if not held.exists():
            raise JobError(f"there is no run to resume for `{outputs.plans}`; start it without --resume")
        if json.loads(held.read_text(encoding="utf-8")) != identity:
            raise JobError(f"the run that made `{outputs.work}` had another book, day or input; start without --resume")
        return
    shutil.rmtree(outputs.work, ignore_errors=True)
    outputs.work.mkdir(parents=True)
    _write_text(held, json.dumps(identity))


def _write_text(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


# One part ------------------------------------------------------------------------------------------------------------


def _planned(job: _Job, wanted: Iterator[tuple[int, Part]], threads: int) -> Iterator[tuple[int, int]]:
    """Plan for the parts that are not there yet; yield the number of each and its rows, in order."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[tuple[int, Future[int]]] = deque()
        try:
            for number, part in wanted:
                waiting.append((number, pool.submit(_one_part, job, number, part)))
                if len(waiting) > threads + _AHEAD:
                    first, answer = waiting.popleft()
                    yield first, answer.result()
            for first, answer in waiting:
                yield first, answer.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _one_part(job: _Job, number: int, part: Part) -> int:
    """Plan for one part and put it into the folder; return its rows."""
    held = job.work / f"{number:06}.json"
    if held.exists():
        known: int = json.loads(held.read_text(encoding="utf-8"))["rows"]
        return known
    rows, planned = _planned_part(job, number, part)
    stem = str(job.work / f"{number:06}")
    _write_arrow(Path(f"{stem}.plans.arrow"), [planned.plans], job.planner.schema)
    _write_arrow(Path(f"{stem}.actions.arrow"), planned.actions.combine_chunks().to_batches(), PLAN_ACTIONS)
    _write_arrow(Path(f"{stem}.withheld.arrow"), planned.withheld.combine_chunks().to_batches(), PLAN_WITHHELD)
    rejects = pa.Table.from_pylist(list(_rejects(part, rows, planned)), REJECTS)
    _write_arrow(Path(f"{stem}.rejects.arrow"), rejects.combine_chunks().to_batches(), REJECTS)
    if planned.exploded is not None:
        _write_arrow(Path(f"{stem}.exploded.arrow"), planned.exploded.to_batches(), EXPLODED)
    _write_text(held, json.dumps({"rows": part.count, "customers": planned.plans.num_rows, "matched": planned.matched}))
    return part.count


def _planned_part(job: _Job, number: int, part: Part) -> tuple[Rows, PlannedBatch]:
    """Read a part, and plan for it.

    It is read again with more columns if a derivation turned out to want them, and value by value if anything is wrong
    in it, so that what is told does not hang on which way of reading was tried first.
    """
    again = [Fault(row, "id", _TWICE) for row in job.repeated.get(number, ())]
    columns = job.planner.reads(explode=job.explode)
    while True:
        rows = part.rows(columns)
        planned = job.planner.plan(
            rows.batch, blank_is_default=part.blank_is_default, faults=again, explode=job.explode
        )
        wanted = job.planner.reads(explode=job.explode)
        if planned.faults and part.careful is not None:
            part = replace(part, reader=part.careful, careful=None)
        elif set(wanted) <= set(columns):
            return rows, planned
        columns = wanted


_TWICE = "this customer stands twice; only the first row counts"


def _write_arrow(path: Path, batches: Sequence[pa.RecordBatch], schema: pa.Schema) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


def _rejects(part: Part, rows: Rows, planned: PlannedBatch) -> Iterator[dict[str, Any]]:
    """Yield a row for each fault, in the order of the file."""
    ids = rows.batch.column("id") if "id" in rows.batch.schema.names else None
    found = [(one.row, None, "row", one.message) for one in rows.broken]
    for fault in planned.faults:
        row = rows.numbers[fault.row] if rows.numbers is not None else part.first + fault.row
        customer = None if ids is None else ids[fault.row].as_py()
        found.append((row, customer, fault.attribute, fault.message))
    file = None if Path(part.file).name == _SPOOL else part.file
    for row, customer, name, message in sorted(found, key=lambda one: (one[0], one[2])):
        said = None if customer is None else str(customer)
        yield {"file": file, "row": row, "customer": said, "field": name, "message": message}


# All parts -----------------------------------------------------------------------------------------------------------


def _assembled(job: _Job, outputs: Outputs, done: Sequence[int]) -> Summary:
    """Put the tables together from their parts, some thousand rows at a time."""
    summary = Summary()
    work, planner = outputs.work, job.planner
    for number in done:
        counts = json.loads((work / f"{number:06}.json").read_text(encoding="utf-8"))
        summary.rows += counts["rows"]
        summary.customers += counts["customers"]
        for name, count in counts["matched"].items():
            summary.matched[name] += count
    summary.rejected = summary.rows - summary.customers
    schemas = {outputs.plans: planner.schema, outputs.beside("actions"): PLAN_ACTIONS}
    schemas |= {outputs.beside("withheld"): PLAN_WITHHELD, outputs.beside("rejects"): REJECTS}
    if job.explode:
        schemas[outputs.beside("exploded")] = EXPLODED
    with together(schemas, work) as sinks:
        for number in done:
            for batch in _read_arrow(work / f"{number:06}.plans.arrow"):
                summary.by_status.update(_counted(batch.column("status")))
                sinks[outputs.plans].write(batch)
        for what in ("rejects", "exploded") if job.explode else ("rejects",):
            for number in done:
                for batch in _read_arrow(work / f"{number:06}.{what}.arrow"):
                    sinks[outputs.beside(what)].write(batch)
        plans = _merged_plans(work, done, sinks[outputs.beside("actions")], sinks[outputs.beside("withheld")])
        summary.plans = plans + int(summary.by_status["uncovered"] > 0)
        _write_text(work / "summary.json", json.dumps(_held(planner, summary), ensure_ascii=False, indent=2) + "\n")
    (work / "summary.json").replace(outputs.summary)
    return summary


def _held(planner: BatchPlanner, summary: Summary) -> dict[str, Any]:
    """Return the counts of a run as JSON holds them."""
    book = planner.book
    return {
        "format_version": 1,
        "book": {"name": book.name, "version": book.version, "digest": planner.digest},
        "as_of": planner.as_of.isoformat(),
        "rows": summary.rows,
        "customers": summary.customers,
        "rejected": summary.rejected,
        "plans": summary.plans,
        "status": dict(sorted(summary.by_status.items())),
        "matched": dict(sorted(summary.matched.items())),
    }


def _read_arrow(path: Path) -> Iterator[pa.RecordBatch]:
    with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as reader:
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)


def _counted(status: pa.DictionaryArray) -> dict[str, int]:
    return {str(one["values"]): int(one["counts"].as_py()) for one in pc.value_counts(status)}


_RANGE = 1 << 18
"""About so many entries of plans are put in order at a time."""


def _merged_plans(work: Path, done: Sequence[int], first: Sink, second: Sink) -> int:
    """Write what the plans say, each plan once, in the order of their numbers; return how many say anything.

    Parts that did not know of each other may have written the same plan. The numbers of plans are spread evenly, so
    that ranges of them have about as many entries each; a range is read from all parts, and memory is bounded by it.
    """
    actions, withheld = ([work / f"{number:06}.{what}.arrow" for number in done] for what in ("actions", "withheld"))
    ranges = 1 + sum(batch.num_rows for path in (*actions, *withheld) for batch in _read_arrow(path)) // _RANGE
    ends = [(place << 63) // ranges for place in range(1, ranges + 1)]
    plans = 0
    for low, high in zip([0, *ends], ends, strict=False):
        own = _range(actions, PLAN_ACTIONS, low, high), _range(withheld, PLAN_WITHHELD, low, high)
        plans += len(np.union1d(*(table.column("plan").to_numpy() for table in own)))
        for sink, table in zip((first, second), own, strict=True):
            for batch in table.combine_chunks().to_batches():
                sink.write(batch)
    return plans


def _range(paths: Sequence[Path], schema: pa.Schema, low: int, high: int) -> pa.Table:
    """Return the rows of the plans from one number up to another, those of each plan from one part only.

    The rows are copied, and the files let go, so that no more of them than a range is in memory.
    """
    found: list[pa.RecordBatch] = []
    seen = np.zeros(0, np.int64)
    for batch in chain.from_iterable(map(_read_arrow, paths)):
        plans = batch.column("plan").to_numpy()
        start, end = np.searchsorted(plans, low), np.searchsorted(plans, high - 1, side="right")
        own = plans[start:end]
        fresh = np.flatnonzero(~np.isin(own, seen))
        found.append(batch.slice(start, end - start).take(pa.array(fresh)))
        seen = np.union1d(seen, own)
    table = pa.Table.from_batches(found, schema)
    return table.take(pa.array(np.argsort(table.column("plan").to_numpy(), kind="stable")))
