"""Can another engine plan with nothing but a function from batches to batches?"""

from __future__ import annotations

import multiprocessing
import pickle
from datetime import date
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from relmaint import Customer, Engine, default_book_path, load_rule_book
from relmaint.columnar import stream
from relmaint.columnar.sources import batches_of
from relmaint.columnar.stream import PlanBatches
from relmaint.ir.rules import RuleBook
from tests.columnar.frames import batch_of, branch_customers

DAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def book() -> RuleBook:
    """Return the shipped book."""
    return load_rule_book(default_book_path())


@pytest.fixture(scope="module")
def found() -> list[Customer]:
    """Return the customers of the example branch."""
    return branch_customers()


@pytest.fixture(scope="module")
def batch(book: RuleBook, found: list[Customer]) -> pa.RecordBatch:
    """Return them as columns."""
    return batch_of(found, book.vocabulary)


def said(batches: Any) -> list[dict[str, Any]]:
    """Return the rows of some batches."""
    return [row for one in batches for row in one.to_pylist()]


def test_actions_are_those_of_each_customer(book: RuleBook, found: list[Customer], batch: pa.RecordBatch) -> None:
    """One row a customer and action: rank, score, reasons, due day and moment are those of the scalar engine."""
    engine = Engine(book)
    expected = []
    for one in found:
        plan = engine.plan(one, as_of=DAY)
        for action in plan.actions:
            reasons = [reason.rule for reason in action.reasons]
            own = (action.rank, action.action, action.score, action.owner, list(action.channel), reasons)
            expected.append((one.id, str(plan.status), *own, action.due, action.not_before))
        if not plan.actions:
            expected.append((one.id, str(plan.status), None, None, None, None, None, None, None, None))
    rows = said(PlanBatches(book, DAY, rows="actions")([batch]))
    names = ("customer", "status", "rank", "action", "score", "owner", "channel", "reasons", "due", "not_before")

    assert expected == [tuple(row[name] for name in names) for row in rows]
    assert {None} == {row["error"] for row in rows}


@pytest.mark.parametrize("rows", ["plans", "actions"])
def test_who_cannot_be_planned_for_keeps_a_row(book: RuleBook, batch: pa.RecordBatch, rows: Any) -> None:
    """A bad row has no plan and says why, at its place; the schema is the announced one."""
    table = pa.Table.from_batches([batch]).slice(0, 3)
    tiers = pa.array(["key", "kez", "exit"])
    table = table.set_column(table.schema.get_field_index("tier"), "tier", tiers)
    plan = PlanBatches(book, DAY, rows=rows)
    out = list(plan(table))
    wrong = [row for row in said(out) if row["error"] is not None]

    assert [plan.schema] == [one.schema for one in out]
    assert [(table.column("id")[1].as_py(), None)] == [(row["customer"], row["plan"]) for row in wrong]
    assert "tier" in wrong[0]["error"]
    assert table.column("id").to_pylist() == list(dict.fromkeys(row["customer"] for row in said(out)))


def test_whatever_gives_arrow_is_taken(book: RuleBook, batch: pa.RecordBatch) -> None:
    """A batch, a table, a reader, a polars frame, a lazy one, and a list of any of them: the same plans."""
    plan = PlanBatches(book, DAY)
    table = pa.Table.from_batches([batch])
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    expected = said(plan([batch]))
    given = [batch, table, table.to_reader(7), frame, frame.lazy(), [batch.slice(0, 9), batch.slice(9)], iter([batch])]

    assert [expected] * len(given) == [said(plan(one)) for one in given]
    with pytest.raises(TypeError, match="not str"):
        batches_of("customers.parquet")


def test_a_worker_prepares_a_book_once(book: RuleBook, batch: pa.RecordBatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pickled copies of a function plan the same, and share what one process has prepared."""
    made = []

    class Counted(stream.BatchPlanner):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            made.append(1)
            super().__init__(*arguments, **options)

    monkeypatch.setattr(stream, "BatchPlanner", Counted)
    monkeypatch.setattr(stream, "_planners", {})
    plan = PlanBatches(book, DAY)
    copies = [pickle.loads(pickle.dumps(plan)) for _ in range(3)]  # noqa: S301  # our own pickle

    assert [said(plan([batch]))] * 3 == [said(copy([batch])) for copy in copies]
    assert [1] == made


def _in_a_worker(plan: PlanBatches, batch: pa.RecordBatch) -> list[dict[str, Any]]:
    return said(plan([batch]))


def test_other_processes_plan_the_same(book: RuleBook, batch: pa.RecordBatch) -> None:
    """A process that was started anew gives the same numbers of plans."""
    plan = PlanBatches(book, DAY)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        (found,) = pool.starmap(_in_a_worker, [(plan, batch)])

    assert said(plan([batch])) == found
