"""Do `relmaint plan --records`, `relmaint archive` and `relmaint replay` work together, as an auditor uses them?"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.terminal import DATA, DAY, run
from tests.conftest import Golden


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a book, its archive, and records of the plans it gave."""
    folder = tmp_path_factory.mktemp("audit")
    shutil.copy(DATA / "book.yaml", folder)
    shutil.copy(DATA / "customers.yaml", folder)
    assert run("archive", "book.yaml", cwd=folder).returncode == 0
    ran = run("plan", "customers.yaml", "--book", "book.yaml", "--as-of", DAY, "--records", "records.jsonl", cwd=folder)
    assert ran.returncode == 0
    text = (folder / "book.yaml").read_text(encoding="utf-8")
    edited = text.replace("base: 60", "base: 95").replace("when: events has courtesy-refused", "when: tier = exit")
    assert edited != text
    (folder / "edited.yaml").write_text(edited, encoding="utf-8")
    return folder


def test_the_book_that_decided_decides_alike(kept: Path) -> None:
    """By the book, and by the archive, every plan is the same: exit code 0."""
    by_book = run("replay", "records.jsonl", "--book", "book.yaml", cwd=kept)
    by_archive = run("replay", "records.jsonl", "--archive", "archive", cwd=kept)

    said = "records.jsonl: 5 records: 5 identical\n"
    assert [(0, said, "")] * 2 == [(one.returncode, one.stdout, one.stderr) for one in (by_book, by_archive)]


@pytest.mark.parametrize("format_", ["text", "json"])
@pytest.mark.parametrize("archive", [(), ("--archive", "archive")], ids=["alone", "archive"])
def test_an_edited_book_is_told_with_its_effects(
    kept: Path, golden: Golden, format_: str, archive: tuple[str, ...]
) -> None:
    """Another book gives exit code 1, and what each customer gains and loses with the rules behind it."""
    ran = run("replay", "records.jsonl", "--book", "edited.yaml", *archive, "--format", format_, cwd=kept)

    assert (1, "") == (ran.returncode, ran.stderr)
    golden(f"cli/replay-{'archive' if archive else 'alone'}.{format_}", ran.stdout)
    if format_ == "json":
        assert 5 == json.loads(ran.stdout)["summary"]["records"]


def test_what_is_wrong_with_records_is_told(kept: Path, golden: Golden) -> None:
    """Changed, broken and strange lines are drifts of the data, each with its line; the others are replayed."""
    lines = (kept / "records.jsonl").read_text(encoding="utf-8").splitlines()
    lines[0] = lines[0].replace('"rank":1,', '"rank":7,')
    lines[1] = lines[1][:-1]
    lines[2] = '{"format": "something else"}'
    (kept / "bad.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")

    ran = run("replay", "bad.jsonl", "--book", "book.yaml", cwd=kept)

    assert (1, "") == (ran.returncode, ran.stderr)
    golden("cli/replay-bad.text", ran.stdout)


def test_a_record_without_its_book_is_not_replayed(kept: Path, tmp_path: Path) -> None:
    """An archive that lacks the book leaves the record open: exit code 2."""
    assert run("archive", "edited.yaml", "--into", tmp_path / "other", cwd=kept).returncode == 0

    ran = run("replay", "records.jsonl", "--archive", tmp_path / "other", cwd=kept)

    assert 2 == ran.returncode
    assert "not replayed\n  the archive `" in ran.stdout
    assert ran.stdout.endswith("records.jsonl: 5 records: 5 not replayed\n")


def test_records_can_leave_ids_out(kept: Path) -> None:
    """The records name nobody, and are replayed all the same."""
    options = ("--book", "book.yaml", "--as-of", DAY, "--records", "nameless.jsonl", "--without-id")
    assert run("plan", "customers.yaml", *options, cwd=kept).returncode == 0

    ran = run("replay", "nameless.jsonl", "--book", "book.yaml", cwd=kept)

    assert "C1" not in (kept / "nameless.jsonl").read_text(encoding="utf-8")
    assert (0, "nameless.jsonl: 5 records: 5 identical\n") == (ran.returncode, ran.stdout)


def test_plans_are_the_same_with_and_without_records(kept: Path) -> None:
    """Keeping records changes nothing of what is printed, and each record holds the plan that is printed."""
    options = ("customers.yaml", "--book", "book.yaml", "--as-of", DAY, "--format", "jsonl")
    plain = run("plan", *options, cwd=kept)
    recorded = run("plan", *options, "--records", "same.jsonl", cwd=kept)

    assert plain.stdout == recorded.stdout
    records = [json.loads(line) for line in (kept / "same.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [json.loads(line) for line in plain.stdout.splitlines()] == [one["plan"] for one in records]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("replay", "nothing.jsonl"), "'nothing.jsonl' does not exist"),
        (("replay", "empty.jsonl"), "no record"),
        (("replay", "records.jsonl", "--archive", "nowhere"), "there is no archive `nowhere`"),
        (("replay", "records.jsonl", "--book", "customers.yaml"), "error"),
        (("plan", "customers.yaml", "--without-id"), "give their file with `--records`"),
    ],
)
def test_what_cannot_run_says_why(kept: Path, arguments: tuple[str, ...], said: str) -> None:
    """A wrong call, a missing file and a broken book give exit code 2."""
    (kept / "empty.jsonl").write_text("\n", encoding="utf-8")

    ran = run(*arguments, cwd=kept)

    assert 2 == ran.returncode
    assert said in ran.stdout + ran.stderr


def test_a_device_is_written_to_where_it_stands(tmp_path: Path) -> None:
    """An output that is no file, such as /dev/null, is not replaced by one."""
    import os
    import threading

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    ran = run("plan", "customers.yaml", "--book", "book.yaml", "--as-of", DAY, "--format", "jsonl", "-o", pipe)
    reader.join(20)

    assert 0 == ran.returncode
    assert 5 == len(got[0].splitlines())
    assert pipe.is_fifo()
