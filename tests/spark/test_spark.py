"""Does the same job give the same plans on Spark and Dask as on one machine?"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyspark")

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from relmaint import default_book_path, load_rule_book
from relmaint import spark as relmaint_spark
from relmaint.columnar.stream import PlanBatches
from relmaint.ir.rules import RuleBook
from tests.columnar.frames import batch_of, branch_customers
from tests.spark.clusters import JOBS, environment, standalone, submitted

pytestmark = pytest.mark.evidence  # Spark is the same on every Python

DAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def book() -> RuleBook:
    """Return the shipped book."""
    return load_rule_book(default_book_path())


@pytest.fixture(scope="module")
def customers(book: RuleBook) -> pa.Table:
    """Return forty customer bases of the size of the example branch, one of whom nobody can plan for."""
    found = branch_customers()
    one = pa.Table.from_batches([batch_of(found, book.vocabulary)])
    table = pa.concat_tables([one] * 40)
    ids = pa.array([f"C{number:06}" for number in range(table.num_rows)])
    tiers = pc.cast(table.column("tier"), pa.string()).to_pylist()
    tiers[7] = "kez"
    hours = pa.array([22 if number % 3 else 10 for number in range(table.num_rows)])  # nobody is called at ten
    table = table.set_column(table.schema.get_field_index("contact_hour"), "contact_hour", hours)
    table = table.set_column(table.schema.get_field_index("id"), "id", ids)
    return table.set_column(table.schema.get_field_index("tier"), "tier", pa.array(tiers))


@pytest.fixture(scope="module")
def file(customers: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Parquet file of them, in five row groups."""
    path = tmp_path_factory.mktemp("spark") / "customers.parquet"
    pq.write_table(customers, path, row_group_size=customers.num_rows // 5)
    return path


@pytest.fixture(scope="module")
def expected(book: RuleBook, customers: pa.Table) -> pa.Table:
    """Return the plans that the function gives in this process."""
    return pa.Table.from_batches(list(PlanBatches(book, DAY)(customers)))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Start a local Spark with two threads."""
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(tmp_path_factory.mktemp("local")).items():
            patch.setenv(name, value)
        builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")  # type: ignore[attr-defined]
        found = builder.config("spark.sql.session.timeZone", "Asia/Shanghai").getOrCreate()
        yield found
        found.stop()


def rows(table: pa.Table) -> pa.Table:
    """Return a table as plain types, in the order of its customers."""
    order = [("customer", "ascending")] + ([("rank", "ascending")] if "rank" in table.column_names else [])
    return table.sort_by(order).combine_chunks()


def written(folder: Path, schema: pa.Schema) -> pa.Table:
    """Return what a job wrote into a folder, sorted."""
    return rows(pq.read_table(folder).select(schema.names).cast(schema))


def test_a_job_on_a_local_spark_writes_the_same_plans(file: Path, expected: pa.Table, tmp_path: Path) -> None:
    """The shipped job, submitted to two local threads, writes the very plans, and counts who has none."""
    said = submitted("local[2]", tmp_path, str(file), str(tmp_path / "plans"), "2026-03-02")

    assert f"{expected.num_rows} customers, 1 of them without a plan" in said
    assert written(tmp_path / "plans", expected.schema).equals(rows(expected))


def test_a_job_on_a_cluster_writes_the_same_plans(file: Path, expected: pa.Table, tmp_path: Path) -> None:
    """A standalone master with two workers writes the very plans too, and both workers took part."""
    with standalone(tmp_path) as address:
        submitted(address, tmp_path, str(file), str(tmp_path / "plans"), "2026-03-02")
        logs = [(tmp_path / f"worker-{number}.log").read_text(encoding="utf-8") for number in range(2)]

    assert ["Asked to launch executor" in log for log in logs] == [True, True]
    assert written(tmp_path / "plans", expected.schema).equals(rows(expected))


def test_actions_keep_their_days_and_moments(session: Any, file: Path, customers: pa.Table, book: RuleBook) -> None:
    """One row a customer and action comes through Spark as it is made here, in whatever time zone the session is."""
    found = relmaint_spark.plan(session.read.parquet(str(file)), book, as_of=DAY, rows="actions").toArrow()
    here = pa.Table.from_batches(list(PlanBatches(book, DAY, rows="actions")(customers)))
    moments = found.column("not_before")

    assert moments.null_count < len(moments)
    assert rows(found.cast(here.schema)).equals(rows(here))


def test_only_what_the_book_reads_is_asked_for(session: Any, file: Path, book: RuleBook) -> None:
    """Spark reads no column that plans cannot hang on, and nothing is moved between partitions."""
    df = session.read.parquet(str(file)).withColumnRenamed("owner_operator", "no_attribute")
    plan = relmaint_spark.plan(df, book, as_of=DAY)._jdf.queryExecution().executedPlan().toString()

    assert "no_attribute" not in plan
    assert "Exchange" not in plan


def test_a_column_that_everybody_needs_is_asked_for_at_once(session: Any, file: Path, book: RuleBook) -> None:
    """Without an id there is no customer, and that is said before anything runs."""
    df = session.read.parquet(str(file)).drop("id")

    with pytest.raises(ValueError, match="every customer needs id, and the data frame has no such column"):
        relmaint_spark.plan(df, book, as_of=DAY)


@pytest.mark.parametrize("rows_", ["plans", "actions"])
def test_every_type_of_the_tables_has_a_name_in_spark(session: Any, book: RuleBook, rows_: Any) -> None:
    """Spark's own translation of the schemas is that of the module; a moment is a local time and no instant."""
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import StructType

    schema = PlanBatches(book, DAY, rows=rows_).schema
    said = StructType.fromDDL(relmaint_spark.schema_of(schema))
    own = from_arrow_schema(schema, prefer_timestamp_ntz=True)

    assert [(one.name, one.dataType) for one in own] == [(one.name, one.dataType) for one in said]


def test_the_recipe_for_dask_writes_the_same_plans(file: Path, expected: pa.Table, tmp_path: Path) -> None:
    """The shipped Dask job plans row group by row group in two processes, and writes the very plans in their order."""
    pytest.importorskip("dask")
    done = subprocess.run(
        [sys.executable, str(JOBS / "dask_job.py"), str(file), str(tmp_path / "plans"), "2026-03-02"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert (done.stdout, done.returncode) == (f"{expected.num_rows} customers, 1 of them without a plan\n", 0), (
        done.stderr
    )
    assert pq.read_table(tmp_path / "plans").equals(expected)
