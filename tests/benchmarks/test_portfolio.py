"""What do a customer base, its counts and its allocation cost, next to reading the same tables?

Run `python -m pytest tests/benchmarks/test_portfolio.py --benchmark-only --benchmark-group-by=group`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq
import pytest

from relmaint.portfolio.allocate import allocate
from relmaint.portfolio.capacity import Capacity, Minutes, OwnerCapacity, Per, Unit
from relmaint.portfolio.runs import open_run
from relmaint.portfolio.stats import statistics
from relmaint.portfolio.synth import BLOCK, Base, batches, write_base
from tests.portfolio import tables
from tests.portfolio.test_stats import plainly

BASE = Base(7, tables.DAY)
CAPACITY = Capacity(
    {
        "adviser": OwnerCapacity(Per.MANAGER, Unit.MINUTES, 100_000),
        "desk": OwnerCapacity(Per.BRANCH, Unit.MINUTES, 50_000),
        "centre": OwnerCapacity(Per.BANK, Unit.CONTACTS, 2_000),
    },
    Minutes(10),
)
CUSTOMERS = 50_000


@pytest.fixture(scope="module")
def plans() -> tables.Base:
    """Return the plans of a customer base."""
    return tables.drawn(Random(5), CUSTOMERS)


@pytest.fixture(scope="module")
def files(plans: tables.Base, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the same plans as tables."""
    return tables.write(plans, tmp_path_factory.mktemp("plans"), [list(range(CUSTOMERS))], rows_of_a_group=1 << 16)


@pytest.mark.parametrize("work", ["make", "make and write", "read"])
@pytest.mark.benchmark(group=f"{4 * BLOCK} customers on one core")
def test_inventing(benchmark: Any, tmp_path: Path, work: str) -> None:
    """Making customers costs about as much as writing them as Parquet."""
    path = tmp_path / "base.parquet"
    write_base(BASE, 4 * BLOCK, path)
    works: dict[str, Callable[[], Any]] = {
        "make": lambda: sum(batch.num_rows for batch in batches(BASE, 4 * BLOCK)),
        "make and write": lambda: write_base(BASE, 4 * BLOCK, path),
        "read": lambda: pq.read_table(path, use_threads=False),
    }

    benchmark(works[work])


@pytest.mark.parametrize("work", ["stats", "in Python", "read"])
@pytest.mark.benchmark(group=f"counts of {CUSTOMERS} customers")
def test_counting(benchmark: Any, plans: tables.Base, files: list[str], work: str) -> None:
    """Counting by distinct plans, beside counting customer by customer in Python, and only reading."""
    works: dict[str, Callable[[], Any]] = {
        "stats": lambda: statistics(open_run(files), tables.BOOK),
        "in Python": lambda: plainly(plans),
        "read": lambda: pq.read_table(files[0], use_threads=False),
    }
    assert +plainly(plans)["planned"] == +statistics(open_run(files), tables.BOOK).planned

    benchmark(works[work])


@pytest.mark.parametrize("work", ["allocate", "in Python", "read"])
@pytest.mark.benchmark(group=f"allocation for {CUSTOMERS} customers")
def test_allocating(benchmark: Any, plans: tables.Base, files: list[str], tmp_path: Path, work: str) -> None:
    """Allocating from table to table, beside the plain statement of the order in Python, and only reading."""
    output = tmp_path / "allocation.parquet"
    works: dict[str, Callable[[], Any]] = {
        "allocate": lambda: allocate(open_run(files), tables.BOOK, CAPACITY, output),
        "in Python": lambda: tables.allocated(plans, CAPACITY),
        "read": lambda: pq.read_table(files[0], use_threads=False),
    }

    benchmark(works[work])
