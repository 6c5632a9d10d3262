"""Do whole files come to the same tables whatever happens on the way, and is what is wrong in them told?"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from relmaint import Customer, default_book_path, load_rule_book
from relmaint.columnar import job
from relmaint.columnar.job import JobError, run
from relmaint.columnar.sources import SourceError, parts_of
from relmaint.customers import read_customers
from relmaint.ir.rules import RuleBook
from relmaint.model.attributes import vocabulary_of
from tests.columnar.frames import batch_of

DAY = date(2026, 3, 2)
BRANCH = Path(__file__).parents[2] / "examples" / "branch.csv"


@pytest.fixture(scope="module")
def book() -> RuleBook:
    """Return the shipped book."""
    return load_rule_book(default_book_path())


@pytest.fixture(scope="module")
def batch(book: RuleBook) -> pa.RecordBatch:
    """Return the customers of the example branch as columns."""
    customers = [one for one in read_customers(BRANCH) if isinstance(one, Customer)]
    return batch_of(customers, book.vocabulary)


def contents(folder: Path) -> dict[str, Any]:
    """Return what the tables of a run hold, by file."""
    found: dict[str, Any] = {one.name: pq.read_table(one).to_pylist() for one in folder.glob("plans*.parquet")}
    found["summary"] = json.loads((folder / "plans.summary.json").read_text(encoding="utf-8"))
    return found


def planned(book: RuleBook, folder: Path, *inputs: Path, **options: Any) -> dict[str, Any]:
    """Run over files, and return what the tables hold."""
    folder.mkdir(exist_ok=True)
    run(book, [str(one) for one in inputs], folder / "plans.parquet", as_of=DAY, **options)
    return contents(folder)


def test_formats_threads_and_cuts_change_nothing(book: RuleBook, batch: pa.RecordBatch, tmp_path: Path) -> None:
    """Parquet, Arrow, CSV and JSON Lines, one thread or three, cut at 7 rows or not at all: the same tables."""
    table = pa.Table.from_batches([batch])
    pq.write_table(table, tmp_path / "c.parquet", row_group_size=20)
    with pa.ipc.new_file(str(tmp_path / "c.arrow"), table.schema) as writer:
        writer.write_table(table)
    lines = (json.dumps(row, default=str) + "\n" for row in table.to_pylist())
    (tmp_path / "c.jsonl").write_text("".join(lines), encoding="utf-8")
    expected = planned(book, tmp_path / "whole", tmp_path / "c.parquet", threads=1)

    assert expected == planned(book, tmp_path / "cut", tmp_path / "c.parquet", threads=3, rows=7)
    assert expected == planned(book, tmp_path / "arrow", tmp_path / "c.arrow", threads=2, rows=11)
    assert expected == planned(book, tmp_path / "json", tmp_path / "c.jsonl", threads=2, rows=11)
    assert expected == planned(book, tmp_path / "csv", BRANCH, threads=2)


def test_the_bytes_do_not_hang_on_threads(book: RuleBook, batch: pa.RecordBatch, tmp_path: Path) -> None:
    """One thread and four write the same bytes."""
    pq.write_table(pa.Table.from_batches([batch]), tmp_path / "c.parquet")
    for threads in (1, 4):
        planned(book, tmp_path / str(threads), tmp_path / "c.parquet", threads=threads, rows=9)
    for one in (tmp_path / "1").iterdir():
        assert one.read_bytes() == (tmp_path / "4" / one.name).read_bytes()


def test_shards_together_are_the_whole(book: RuleBook, batch: pa.RecordBatch, tmp_path: Path) -> None:
    """The shards of a run hold every customer once, under the same plan numbers."""
    pq.write_table(pa.Table.from_batches([batch]), tmp_path / "c.parquet")
    whole = planned(book, tmp_path / "whole", tmp_path / "c.parquet", rows=7)
    shards = [
        planned(book, tmp_path / str(place), tmp_path / "c.parquet", rows=7, shard=(place, 3)) for place in (1, 2, 3)
    ]
    rows = [row for shard in shards for row in shard["plans.parquet"]]

    assert sorted(whole["plans.parquet"], key=str) == sorted(rows, key=str)


@pytest.mark.parametrize("fatal", range(1, 40, 3))
def test_a_run_that_was_stopped_goes_on(
    book: RuleBook, batch: pa.RecordBatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fatal: int
) -> None:
    """Wherever a run stops, it leaves no table, and resuming it gives what an undisturbed run gives."""
    pq.write_table(pa.Table.from_batches([batch]), tmp_path / "c.parquet")
    expected = planned(book, tmp_path / "whole", tmp_path / "c.parquet", rows=7)
    real, count = job._write_arrow, [0]

    def write(*arguments: Any) -> None:
        count[0] += 1
        if count[0] == fatal:
            arguments[0].write_bytes(b"half a file")
            raise KeyboardInterrupt
        real(*arguments)

    monkeypatch.setattr(job, "_write_arrow", write)
    if fatal <= 4 * 8:
        with pytest.raises(KeyboardInterrupt):
            planned(book, tmp_path / "again", tmp_path / "c.parquet", rows=7, threads=1 + fatal % 2)
        assert not list((tmp_path / "again").glob("*.parquet"))
        monkeypatch.setattr(job, "_write_arrow", real)
    assert expected == planned(book, tmp_path / "again", tmp_path / "c.parquet", rows=7, resume=fatal <= 4 * 8)


def test_another_run_is_not_resumed(book: RuleBook, batch: pa.RecordBatch, tmp_path: Path) -> None:
    """A run of another day does not go on with the parts of this one, and without parts there is nothing to resume."""
    pq.write_table(pa.Table.from_batches([batch]), tmp_path / "c.parquet")
    output = tmp_path / "plans.parquet"
    with pytest.raises(JobError, match="no run to resume"):
        run(book, [str(tmp_path / "c.parquet")], output, as_of=DAY, resume=True)
    (tmp_path / ".plans.parquet.parts").mkdir()
    (tmp_path / ".plans.parquet.parts" / "run.json").write_text("{}", encoding="utf-8")
    with pytest.raises(JobError, match="another book, day or input"):
        run(book, [str(tmp_path / "c.parquet")], output, as_of=DAY, resume=True)


BAD = """id,tier,preference,habit,complaints_open,loan,auto_rollover,deposit_maturity,events
C1,key,deposit,price,0,1.00,true,2026-03-09,
C2,kez,deposit,price,0,1.00,true,2026-03-09,
C3,key,deposit,price,many,1.001,maybe,2026-3-9,flood
C4,key,deposit
C5,,unknown,price,-1,NaN,,,none
,key,deposit,price,0,,,,
C7,exit,deposit,价格,0,,,,
"""


def test_what_is_wrong_is_told_and_loses_nothing_else(book: RuleBook, tmp_path: Path) -> None:
    """Each bad value is a reject with its row, customer and field; the good rows are planned for."""
    (tmp_path / "bad.csv").write_text(BAD, encoding="utf-8")
    found = planned(book, tmp_path / "out", tmp_path / "bad.csv")
    rejects = [(row["row"], row["customer"], row["field"]) for row in found["plans.rejects.parquet"]]

    assert [row["customer"] for row in found["plans.parquet"]] == ["C1"]
    assert rejects == [
        (2, "C2", "tier"),
        (3, "C3", "auto_rollover"),
        (3, "C3", "complaints_open"),
        (3, "C3", "deposit_maturity"),
        (3, "C3", "events"),
        (3, "C3", "loan"),
        (4, None, "row"),
        (5, "C5", "complaints_open"),
        (5, "C5", "loan"),
        (6, "", "id"),
        (7, "C7", "habit"),
    ]
    assert (found["summary"]["rows"], found["summary"]["customers"]) == (7, 1)


def test_numbers_that_are_none_are_refused(book: RuleBook, tmp_path: Path) -> None:
    """NaN, infinities, and binary floats that lie between two cents are rejects; null is unknown."""
    values = [1.0, float("nan"), float("inf"), 0.1, 0.125, None, -1.0, 1e300]
    columns = {"id": [f"C{place}" for place in range(len(values))], "outflow_30d": pa.array(values, pa.float64())}
    pq.write_table(pa.table(columns), tmp_path / "c.parquet")
    found = planned(book, tmp_path / "out", tmp_path / "c.parquet")

    assert ["C0", "C3", "C5"] == [row["customer"] for row in found["plans.parquet"]]
    assert [2, 3, 5, 7, 8] == [row["row"] for row in found["plans.rejects.parquet"]]


def test_files_that_cannot_be_read_are_named(book: RuleBook, batch: pa.RecordBatch, tmp_path: Path) -> None:
    """A truncated file, an empty one, one of an unknown ending, a broken quote: the error names the file."""
    pq.write_table(pa.Table.from_batches([batch]), tmp_path / "half.parquet")
    half = (tmp_path / "half.parquet").read_bytes()
    (tmp_path / "half.parquet").write_bytes(half[: len(half) // 2])
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    (tmp_path / "note.txt").write_text("hello", encoding="utf-8")
    (tmp_path / "quote.csv").write_text('id,tier\nC1,key\nC2,"key\n', encoding="utf-8")
    for name in ("half.parquet", "empty.csv", "note.txt", "quote.csv", "nothing.parquet"):
        with pytest.raises(SourceError, match=name):
            planned(book, tmp_path / "out", tmp_path / name)
        assert not list((tmp_path / "out").glob("plans*"))


def test_a_missing_column_is_unknown_and_a_missing_id_is_an_error(book: RuleBook, tmp_path: Path) -> None:
    """Columns that are not there have the default of the model; columns that are no attribute are not looked at."""
    pq.write_table(pa.table({"id": ["C1"], "tier": ["key"], "shoe_size": [43]}), tmp_path / "c.parquet")
    found = planned(book, tmp_path / "out", tmp_path / "c.parquet")
    pq.write_table(pa.table({"tier": ["key"]}), tmp_path / "nobody.parquet")

    assert ["C1"] == [row["customer"] for row in found["plans.parquet"]]
    with pytest.raises(JobError, match="no column `id`"):
        planned(book, tmp_path / "out", tmp_path / "nobody.parquet")


def test_only_the_columns_that_are_asked_for_are_read(tmp_path: Path) -> None:
    """A part holds the asked columns and no others, in the order in which they were asked for."""
    pq.write_table(pa.table({"a": [1], "b": [2], "c": [3]}), tmp_path / "c.parquet")
    (part,) = parts_of([str(tmp_path / "c.parquet")], vocabulary_of(Customer))

    assert ["c", "a"] == part.read(["c", "a", "missing"]).batch.schema.names
