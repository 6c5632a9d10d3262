"""How fast is a whole customer base, next to merely reading its columns, and to another engine?

Run `python -m pytest tests/benchmarks/test_columns.py -o addopts="" --benchmark-only --benchmark-columns=median`.
Each benchmark does the same number of customers; the brackets are ratios to the fastest of the group.
"""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from relmaint import default_book_path, load_rule_book
from relmaint.columnar.planner import BatchPlanner
from relmaint.columnar.sources import parts_of
from relmaint.engine import Engine
from relmaint.ir.rules import RuleBook
from tests.benchmarks.work import AS_OF, HABITS, PREFERENCES, TIERS, accounts, book
from tests.columnar.population import DAY, population

ROWS = 500_000
SLOW_ROWS = 50_000


def frame(rows: int, seed: int = 3) -> pa.Table:
    """Return customers of nine attributes as columns."""
    random = np.random.default_rng(seed)

    def words(values: tuple[str, ...]) -> pa.Array:
        codes = random.integers(0, len(values), rows).astype(np.int8)
        return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(values)).cast(pa.string())

    cents = np.zeros((rows, 2), np.int64)
    cents[:, 0] = random.integers(0, 200_000_000, rows)
    days = random.integers(0, 120, rows).astype(np.int32)
    return pa.table(
        {
            "id": pa.array([f"C{number:08}" for number in range(rows)]),
            "preference": words(PREFERENCES),
            "habit": words(HABITS),
            "tier": words(TIERS),
            "aum": pa.Array.from_buffers(pa.decimal128(18, 2), rows, [None, pa.py_buffer(cents.tobytes())]),
            "age": pa.array(random.integers(18, 90, rows).astype(np.int32)),
            "days_to_maturity": pa.array(days, mask=random.random(rows) < 0.5),
            "complaints": pa.array(random.integers(0, 3, rows).astype(np.int32)),
            "channel": words(("phone", "app", "visit", "sms")),
            "consent": pa.array(random.random(rows) < 0.5),
        }
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return files of customers of both models."""
    folder = tmp_path_factory.mktemp("columns")
    retail = pa.Table.from_batches([population(load_rule_book(default_book_path()), ROWS, seed=1)])
    found = {"nine": folder / "nine.parquet", "retail": folder / "retail.parquet"}
    for path, table in zip(found.values(), (frame(ROWS), retail), strict=True):
        pq.write_table(table, path, row_group_size=1 << 18, compression="zstd")
    return found


BOOKS: dict[str, Callable[[], tuple[RuleBook, Any]]] = {
    "nine": lambda: (book(100), AS_OF),
    "nine, 1,000 rules": lambda: (book(1_000), AS_OF),
    "retail": lambda: (load_rule_book(default_book_path()), DAY),
}


def read(path: Path, planner: BatchPlanner) -> int:
    """Read the columns that a book needs, and nothing else; return the rows."""
    return sum(part.read().num_rows for part in parts_of([str(path)], planner.reads()))


def planned(path: Path, planner: BatchPlanner) -> int:
    """Read and plan; return the customers."""
    return sum(planner.plan(part.read(), count=False).plans.num_rows for part in parts_of([str(path)], planner.reads()))


@pytest.mark.parametrize("what", ["reading", "planning, warm", "planning, cold"])
@pytest.mark.parametrize("name", BOOKS)
@pytest.mark.benchmark(group="columns")
def test_planning_next_to_reading(benchmark: Any, files: dict[str, Path], name: str, what: str) -> None:
    """Plan ids for all customers of a file on one core, and the time of reading the same columns."""
    benchmark.group = f"columns: {name}, {ROWS:,} customers"
    rules, day = BOOKS[name]()
    path = files[name.split(",", maxsplit=1)[0]]
    planner = BatchPlanner(rules, day)
    if what == "planning, warm":
        planned(path, planner)
    work: dict[str, Callable[[], int]] = {
        "reading": lambda: read(path, planner),
        "planning, warm": lambda: planned(path, planner),
        "planning, cold": lambda: planned(path, BatchPlanner(rules, day)),
    }

    assert benchmark.pedantic(work[what], rounds=5) == ROWS
    benchmark.extra_info["peak MiB of the process"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@pytest.mark.parametrize("contestant", ["columns", "scalar engine", "zen-engine"])
@pytest.mark.benchmark(group="many customers, 100 rules, one core")
def test_planning_next_to_customer_by_customer(benchmark: Any, contestant: str) -> None:
    """The same customers as columns, by the warm scalar engine, and by the fastest call of zen-engine in a loop."""
    found = accounts(SLOW_ROWS)
    if contestant == "columns":
        batch = frame(SLOW_ROWS).to_batches()[0]
        planner = BatchPlanner(book(100), AS_OF)
        planner.plan(batch)
        done = benchmark.pedantic(lambda: planner.plan(batch).plans.num_rows, rounds=5)
    elif contestant == "scalar engine":
        engine = Engine(book(100))
        done = benchmark.pedantic(lambda: sum(1 for _ in engine.plan_many(found, as_of=AS_OF)), rounds=5)
    else:
        pytest.importorskip("zen", reason="zen-engine is a benchmark-only dependency: pip install '.[bench]'")
        from tests.benchmarks.peers import zen

        plan = zen()
        done = benchmark.pedantic(lambda: sum(1 for one in found if plan(one) is not None), rounds=5)

    assert done == SLOW_ROWS
