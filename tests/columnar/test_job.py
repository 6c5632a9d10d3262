"""Do whole files come to the same tables whatever happens on the way, and is what is wrong in them told?"""

from __future__ import annotations

import csv
import errno
import json
import os
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmaint import Customer, Engine, default_book_path, load_rule_book
from relmaint.columnar import ids, job
from relmaint.columnar.job import JobError, run
from relmaint.columnar.sources import SourceError, parts_of
from relmaint.customers import read_customers
from relmaint.ir.rules import RuleBook
from tests.columnar.frames import BRANCH, batch_of, branch_customers

DAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def book() -> RuleBook:
    """Return the shipped book."""
    return load_rule_book(default_book_path())


@pytest.fixture(scope="module")
def batch(book: RuleBook) -> pa.RecordBatch:
    """Return the customers of the example branch as columns."""
    return batch_of(branch_customers(), book.vocabulary)


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


@pytest.mark.parametrize("fatal", [1, 6, 13, 27, 32, 40])
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
    (part,) = parts_of([str(tmp_path / "c.parquet")], ["c", "a", "missing"])

    assert ["c", "a"] == part.read().schema.names
    assert ["b"] == part.rows(["b"]).batch.schema.names


def test_who_stands_twice_is_planned_for_once(book: RuleBook, tmp_path: Path) -> None:
    """The first row of a customer counts, in whatever file; the others are rejects, also for another shard."""
    names = ["C1", "C2", "C1", "很长的客户编号", "C3", "很长的客户编号", "", None, None]
    for name, own in (("a", names), ("b", ["C3", "C4", "C1"])):
        pq.write_table(pa.table({"id": own, "tier": ["key"] * len(own)}), tmp_path / f"{name}.parquet")
    files = (tmp_path / "a.parquet", tmp_path / "b.parquet")
    found = planned(book, tmp_path / "out", *files, rows=2)
    shards = [planned(book, tmp_path / str(place), *files, rows=2, shard=(place, 4)) for place in (1, 2, 3, 4)]
    twice = [(row["file"][-9], row["row"]) for row in found["plans.rejects.parquet"] if "twice" in row["message"]]
    rows = [row["customer"] for shard in shards for row in shard["plans.parquet"]]

    assert ["C1", "C2", "很长的客户编号", "C3", "C4"] == [row["customer"] for row in found["plans.parquet"]]
    assert [("a", 3), ("a", 6), ("b", 1), ("b", 3)] == twice
    assert ["C1", "C2", "C3", "C4", "很长的客户编号"] == sorted(rows)


def test_ids_with_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the hashes of two ids agree, the ids themselves decide."""
    monkeypatch.setattr(ids, "_hashed", lambda _data, starts, _length: np.zeros(len(starts), np.uint64))
    parts = [(0, pa.array(["A", "B", None, "A"])), (1, pa.array(["C", "B", ""]))]

    assert {0: [3], 1: [1]} == ids.repeated(lambda: parts)


@given(st.lists(st.lists(st.sampled_from(["", "a", "ab", "客户", "c" * 9, "c" * 17, None]), max_size=6), max_size=5))
def test_repeated_ids_are_those_that_a_set_has_seen(parts: list[list[str | None]]) -> None:
    """Ids of any length, empty ones and nulls, in any number of parts: the same as with a set."""
    seen: set[str] = set()
    expected: dict[int, list[int]] = {}
    for number, part in enumerate(parts):
        for place, name in enumerate(part):
            if name and name in seen:
                expected.setdefault(number, []).append(place)
            seen.add(name or "")

    assert expected == ids.repeated(
        lambda: [(number, pa.array(part, pa.string())) for number, part in enumerate(parts)]
    )


def test_single_actions_are_written_on_demand(book: RuleBook, batch: pa.RecordBatch, tmp_path: Path) -> None:
    """`explode` adds a table of one row a customer and action, that agrees with the other two."""
    pq.write_table(pa.Table.from_batches([batch]), tmp_path / "c.parquet")
    found = planned(book, tmp_path / "out", tmp_path / "c.parquet", explode=True, rows=11)
    actions: dict[int, list[tuple[Any, ...]]] = {}
    for row in found["plans.actions.parquet"]:
        actions.setdefault(row["plan"], []).append((row["rank"], row["action"], row["score"], row["reasons"]))
    expected = [(one["customer"], *row) for one in found["plans.parquet"] for row in actions.get(one["plan"], [])]
    rows = found["plans.exploded.parquet"]

    assert expected == [(one["customer"], one["rank"], one["action"], one["score"], one["reasons"]) for one in rows]
    assert any(one["due"] is not None for one in rows)
    del found["plans.exploded.parquet"]
    assert found == planned(book, tmp_path / "plain", tmp_path / "c.parquet")


def test_tables_in_memory_are_inputs(book: RuleBook, batch: pa.RecordBatch, tmp_path: Path) -> None:
    """A polars frame, lazy or not, and a reader come to the same tables as a file."""
    table = pa.Table.from_batches([batch])
    pq.write_table(table, tmp_path / "c.parquet")
    expected = planned(book, tmp_path / "file", tmp_path / "c.parquet", rows=7)
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    for name, held in (("frame", frame), ("lazy", frame.lazy()), ("reader", table.to_reader(5)), ("batch", batch)):
        folder = tmp_path / name
        folder.mkdir()
        run(book, held, folder / "plans.parquet", as_of=DAY, rows=7)
        assert expected == contents(folder)


LINES = """{"id": "C1", "tier": "key", "outflow_30d": 0.1, "complaints_open": 2, "events": ["fee-rise"]}
{"id": "C2", "tier": "key", "outflow_30d": 12345678901.23, "auto_rollover": true}
not json

{"id": "C3", "tier": "key", "outflow_30d": 0.125}
{"id": "C4", "tier": null, "outflow_30d": null, "events": null, "deposit_maturity": "2026-03-09"}
[1]
{"id": "C5", "tier": "key", "complaints_open": 1.5}
{"tier": "key"}
{"id": "C6", "tier": "key", "complaints_open": "3"}"""


def test_json_lines_are_read_as_a_file_of_customers_is(book: RuleBook, tmp_path: Path) -> None:
    """The fast way of reading never shows: the tables are those of reading value by value."""
    good = "\n".join(line for line in LINES.splitlines() if "C1" in line or "C2" in line)
    for name, text in (("bad", LINES), ("good", good)):
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    found = planned(book, tmp_path / "bad", tmp_path / "bad.jsonl")
    fast = planned(book, tmp_path / "good", tmp_path / "good.jsonl")

    assert ["C1", "C2", "C4", "C6"] == [row["customer"] for row in found["plans.parquet"]]
    assert [(3, "row"), (4, "outflow_30d"), (6, "row"), (7, "complaints_open"), (8, "id")] == [
        (row["row"], row["field"]) for row in found["plans.rejects.parquet"]
    ]
    assert found["plans.parquet"][:2] == fast["plans.parquet"]


CELLS = {
    "tier": ["key", "exit", "kez", " ordinary ", "", "未知"],
    "preference": ["deposit", "loan", "", "unknown", "NULL", "贷款"],
    "outflow_30d": ["0", "1.5", "1.505", "nan", "1e3", "", "-1", "12,5", " 7 ", "10000000000000.01"],
    "complaints_open": ["0", "2", "1.0", "-1", "x", "", "100001"],
    "auto_rollover": ["true", "false", "", "yes", "TRUE", "1"],
    "deposit_maturity": ["2026-03-09", "2026-3-9", "2026-02-30", "", "0001-01-01", "9999-12-31", "2026-03-09T00:00"],
    "events": ["fee-rise", "fee-rise;illness-told", "none", "", "flood", "fee-rise, illness-told"],
}


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_rows_are_refused_as_in_a_file_of_customers(book: RuleBook, tmp_path: Path, quoting: Any) -> None:
    """Of a CSV file of good and bad cells, just those rows are planned for that are customers, and alike."""
    random = Random(int(quoting))
    with (tmp_path / "c.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, ["id", *CELLS], quoting=quoting)
        writer.writeheader()
        for place in range(600):
            row = {key: random.choice(cells[: 2 + place % len(cells)]) for key, cells in CELLS.items()}
            writer.writerow({"id": f"C{place}", **row})
    found = planned(book, tmp_path / "out", tmp_path / "c.csv", rows=250)
    engine = Engine(book)
    expected = {
        one.id: [(action.action, action.score) for action in engine.plan(one, as_of=DAY).actions]
        for one in read_customers(tmp_path / "c.csv")
        if isinstance(one, Customer)
    }
    actions: dict[int, list[tuple[str, int]]] = {}
    for row in found["plans.actions.parquet"]:
        actions.setdefault(row["plan"], []).append((row["action"], row["score"]))

    assert len(expected) > 50
    assert expected == {row["customer"]: actions.get(row["plan"], []) for row in found["plans.parquet"]}


def test_columns_of_a_wrong_type_are_refused_row_by_row(book: RuleBook, tmp_path: Path) -> None:
    """Numbers where a word is due, lists where a number is, a moment where a day is: each row says so."""
    columns = {
        "id": ["C1", "C2"],
        "tier": pa.array([1, 2]),
        "outflow_30d": pa.array([["1"], None]),
        "deposit_maturity": pa.array([datetime(2026, 3, 9, 1), None]),  # what a bank's table may hold
        "marketing_consent": pa.array([0, None]),
    }
    pq.write_table(pa.table(columns), tmp_path / "c.parquet")
    found = planned(book, tmp_path / "out", tmp_path / "c.parquet")

    assert [] == found["plans.parquet"]
    assert [
        (1, "deposit_maturity"),
        (1, "marketing_consent"),
        (1, "outflow_30d"),
        (1, "tier"),
        (2, "tier"),
    ] == [(row["row"], row["field"]) for row in found["plans.rejects.parquet"]]


def test_an_empty_table_comes_to_empty_tables(book: RuleBook, tmp_path: Path) -> None:
    """No row is no error: all tables appear, without a row."""
    pq.write_table(pa.table({"id": pa.array([], pa.string())}), tmp_path / "c.parquet")
    (tmp_path / "c.csv").write_text("id,tier\n", encoding="utf-8")
    for name in ("c.parquet", "c.csv"):
        found = planned(book, tmp_path / "out", tmp_path / name)
        assert ([], [], 0) == (found["plans.parquet"], found["plans.actions.parquet"], found["summary"]["rows"])


def test_a_full_disk_keeps_what_is_done(
    book: RuleBook, batch: pa.RecordBatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says that the disk is full and how to go on; no table appears, and resuming completes the run."""
    pq.write_table(pa.Table.from_batches([batch]), tmp_path / "c.parquet")
    expected = planned(book, tmp_path / "whole", tmp_path / "c.parquet", rows=7)
    real, room = job._write_arrow, [10]

    def write(*arguments: Any) -> None:
        room[0] -= 1
        if room[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(*arguments)

    monkeypatch.setattr(job, "_write_arrow", write)
    with pytest.raises(JobError, match="no space left on device; the parts that are done are kept"):
        planned(book, tmp_path / "again", tmp_path / "c.parquet", rows=7)
    assert [] == list((tmp_path / "again").glob("*.parquet"))
    monkeypatch.setattr(job, "_write_arrow", real)
    assert expected == planned(book, tmp_path / "again", tmp_path / "c.parquet", rows=7, resume=True)


def test_outputs_that_cannot_be_are_told_before_anything_is_read(book: RuleBook, tmp_path: Path) -> None:
    """A folder that is not there, and an ending that no table has."""
    (tmp_path / "c.csv").write_text("id,tier\nC1,key\n", encoding="utf-8")
    for name, said in (("nowhere/plans.parquet", "there is no folder"), ("plans.txt", "files that end in")):
        with pytest.raises(JobError, match=said):
            run(book, [str(tmp_path / "c.csv")], tmp_path / name, as_of=DAY)


def test_every_ending_holds_the_same_rows(book: RuleBook, batch: pa.RecordBatch, tmp_path: Path) -> None:
    """Parquet, Arrow, CSV and JSON Lines come out with the same customers and plans."""
    pq.write_table(pa.Table.from_batches([batch]), tmp_path / "c.parquet")
    found = []
    for ending in ("parquet", "arrow", "csv", "jsonl"):
        run(book, [str(tmp_path / "c.parquet")], tmp_path / f"plans.{ending}", as_of=DAY, rows=20, explode=True)
    found.append(pq.read_table(tmp_path / "plans.parquet").to_pylist())
    with pa.ipc.open_file(str(tmp_path / "plans.arrow")) as reader:
        found.append(reader.read_all().to_pylist())
    found.append(pyarrow.csv.read_csv(tmp_path / "plans.csv").to_pylist())
    found.append([json.loads(line) for line in (tmp_path / "plans.jsonl").read_text(encoding="utf-8").splitlines()])

    assert [[(row["customer"], row["plan"]) for row in found[0]]] * 4 == [
        [(row["customer"], row["plan"]) for row in rows] for rows in found
    ]
