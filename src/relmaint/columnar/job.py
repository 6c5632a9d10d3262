"""How are the plans of whole files made, on all cores, in bounded memory, and so that a killed run can go on?

Every part of the input is planned for on its own and put into a folder beside the output, under its final name only
when it is complete. When all parts are there, the output is put together in the order of the input and appears at once;
its bytes do not hang on how many threads there were, or how often the run was begun.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from relmaint.columnar.planner import BatchPlanner, PlannedBatch
from relmaint.columnar.sinks import complete
from relmaint.columnar.sources import ROWS, Part, columns_of, files_of, parts_of
from relmaint.columnar.tables import PLAN_ACTIONS, PLAN_WITHHELD, REJECTS
from relmaint.errors import RelmaintError
from relmaint.ir.rules import RuleBook

__all__ = ["JobError", "Outputs", "Summary", "run"]

_AHEAD = 2
"""How many parts a thread may be ahead of the one that is being written."""


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


def run(
    book: RuleBook,
    inputs: Sequence[str],
    output: Path,
    *,
    as_of: date,
    threads: int = 2,
    resume: bool = False,
    shard: tuple[int, int] = (1, 1),
    rows: int = ROWS,
    progress: Callable[[int], None] = lambda _: None,
) -> Summary:
    """Plan for all customers of some files.

    Args:
        book: the rule book.
        inputs: files, folders and globs of Parquet, Arrow IPC, CSV or JSON Lines.
        output: the file of plans; its ending decides the format, and the other tables appear beside it.
        as_of: the day of the plans.
        threads: how many parts are planned for at a time.
        resume: go on with a run of the same book, day and files that did not come to its end.
        shard: (i, n): only every n-th part, from the i-th on, counted from 1.
        rows: the most rows of a part.
        progress: is told of the rows of each part that is done.

    Raises:
        SourceError: a file cannot be read, or not to its end.
        JobError: there is nothing to resume, or it was another run.
    """
    planner = BatchPlanner(book, as_of)
    files = files_of(inputs)
    outputs = Outputs(output)
    columns = planner.reads()
    _known_columns(planner, files, columns)
    _begin(outputs, _identity(planner, files, shard, rows), resume=resume)
    wanted = (
        (number, part)
        for number, part in enumerate(parts_of(files, columns, rows=rows))
        if number % shard[1] == shard[0] - 1
    )
    done: list[int] = []
    for number, count in _planned(planner, outputs.work, wanted, threads):
        done.append(number)
        progress(count)
    summary = _assembled(planner, outputs, done)
    shutil.rmtree(outputs.work)
    return summary


def _known_columns(planner: BatchPlanner, files: Sequence[str], columns: Sequence[str]) -> None:
    """Refuse files that lack a column without which nobody can be planned for."""
    model = planner.book.vocabulary.model
    for file in files:
        names = set(columns_of(file))
        for name in columns:
            if name not in names and model is not None and model.model_fields[name].is_required():
                raise JobError(f"`{file}` has no column `{name}`, and every customer must have one")


def _identity(planner: BatchPlanner, files: Sequence[str], shard: tuple[int, int], rows: int) -> dict[str, Any]:
    """Return what must be the same for a run to go on."""
    return {
        "book": planner.digest,
        "as_of": planner.as_of.isoformat(),
        "files": [[name, Path(name).stat().st_size, Path(name).stat().st_mtime_ns] for name in files],
        "shard": list(shard),
        "rows": rows,
    }


def _begin(outputs: Outputs, identity: Mapping[str, Any], *, resume: bool) -> None:
    """Make the folder of parts, or find it as another run of the same left it."""
    held = outputs.work / "run.json"
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


def _planned(
    planner: BatchPlanner, work: Path, wanted: Iterator[tuple[int, Part]], threads: int
) -> Iterator[tuple[int, int]]:
    """Plan for the parts that are not there yet; yield the number of each and its rows, in order."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: list[tuple[int, Future[int]]] = []
        try:
            for number, part in wanted:
                waiting.append((number, pool.submit(_one_part, planner, work, number, part)))
                if len(waiting) > threads + _AHEAD:
                    first, answer = waiting.pop(0)
                    yield first, answer.result()
            for first, answer in waiting:
                yield first, answer.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _one_part(planner: BatchPlanner, work: Path, number: int, part: Part) -> int:
    """Plan for one part and put it into the folder; return its rows."""
    held = work / f"{number:06}.json"
    if held.exists():
        known: int = json.loads(held.read_text(encoding="utf-8"))["rows"]
        return known
    batch = part.read()
    planned = planner.plan(batch, blank_is_default=part.blank_is_default)
    _write_arrow(work / f"{number:06}.plans.arrow", [planned.plans], planner.schema)
    _write_arrow(work / f"{number:06}.actions.arrow", planned.actions.to_batches(), PLAN_ACTIONS)
    _write_arrow(work / f"{number:06}.withheld.arrow", planned.withheld.to_batches(), PLAN_WITHHELD)
    rejects = pa.Table.from_pylist(list(_rejects(part, batch, planned)), REJECTS)
    _write_arrow(work / f"{number:06}.rejects.arrow", rejects.to_batches(), REJECTS)
    rows: int = batch.num_rows + len(part.broken)
    _write_text(held, json.dumps({"rows": rows, "customers": planned.plans.num_rows, "matched": planned.matched}))
    return rows


def _write_arrow(path: Path, batches: Sequence[pa.RecordBatch], schema: pa.Schema) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


def _rejects(part: Part, batch: pa.RecordBatch, planned: PlannedBatch) -> Iterator[dict[str, Any]]:
    """Yield a row for each fault, in the order of the file."""
    ids = batch.column("id") if "id" in batch.schema.names else None
    found = [(one.row, None, "row", one.message) for one in part.broken]
    for fault in planned.faults:
        row = part.numbers[fault.row] if part.numbers else part.first + fault.row
        customer = None if ids is None else ids[fault.row].as_py()
        found.append((row, customer, fault.attribute, fault.message))
    for row, customer, name, message in sorted(found, key=lambda one: (one[0], one[2])):
        said = None if customer is None else str(customer)
        yield {"file": part.file, "row": row, "customer": said, "field": name, "message": message}


# All parts -----------------------------------------------------------------------------------------------------------


def _assembled(planner: BatchPlanner, outputs: Outputs, done: Sequence[int]) -> Summary:
    """Put the tables together from their parts."""
    summary = Summary()
    work = outputs.work
    for number in done:
        counts = json.loads((work / f"{number:06}.json").read_text(encoding="utf-8"))
        summary.rows += counts["rows"]
        summary.customers += counts["customers"]
        for name, count in counts["matched"].items():
            summary.matched[name] += count
    summary.rejected = summary.rows - summary.customers
    with complete(outputs.plans, planner.schema) as sink:
        for number in done:
            for batch in _read_arrow(work / f"{number:06}.plans.arrow"):
                summary.by_status.update(_counted(batch.column("status")))
                sink.write(batch)
    for what, schema in (("actions", PLAN_ACTIONS), ("withheld", PLAN_WITHHELD)):
        table = _distinct_plans(work, done, what, schema)
        if what == "actions":
            summary.plans = pc.count_distinct(table.column("plan")).as_py() if table.num_rows else 0
        _put(outputs.beside(what), table)
    rejects = [batch for number in done for batch in _read_arrow(work / f"{number:06}.rejects.arrow")]
    _put(outputs.beside("rejects"), pa.Table.from_batches(rejects, REJECTS))
    _write_text(outputs.summary, json.dumps(_held(planner, summary), ensure_ascii=False, indent=2) + "\n")
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


def _distinct_plans(work: Path, done: Sequence[int], what: str, schema: pa.Schema) -> pa.Table:
    """Return the rows of each plan once, in the order of the plans; a run that went on may have made some twice."""
    batches: list[pa.RecordBatch] = []
    seen: set[int] = set()
    for number in done:
        for batch in _read_arrow(work / f"{number:06}.{what}.arrow"):
            plans = batch.column("plan")
            own = set(pc.unique(plans).to_pylist())
            again = own & seen
            seen |= own
            if again:
                known = pc.is_in(plans, pa.array(sorted(again), pa.int64()))
                batch = batch.filter(pc.invert(known))  # noqa: PLW2901  # what is new of it
            batches.append(batch)
    table = pa.Table.from_batches(batches, schema)
    second = "rank" if what == "actions" else "action"
    return table.sort_by([("plan", "ascending"), (second, "ascending")])


def _put(path: Path, table: pa.Table) -> None:
    with complete(path, table.schema) as sink:
        for batch in table.to_batches():
            sink.write(batch)
