"""Does `relmaint allocate` give every action its day, and tell demand and capacity?"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.terminal import DAY, run
from tests.conftest import Golden

BOOK = """book: {name: small, version: 1.0.0, covers: []}
actions:
  warn: {kind: special, nature: risk, title: Warn, precedence: safety, owner: desk, channel: [phone]}
  call: {kind: care, nature: care, title: Call, precedence: care, owner: desk, channel: [phone]}
rules:
  - {id: all, do: call}
  - {id: case, when: fraud_case is true, do: warn}
"""
CUSTOMERS = """id,branch,manager,fraud_case
A,B1,M1,false
B,B1,M1,true
C,B1,M1,false
D,B2,,false
"""
CAPACITY = """owners:
  desk: {per: manager, minutes: 30, except: {M1: 20, M7: 10}}
minutes: {default: 10}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with plans and a capacity file."""
    for name, text in (("book.yaml", BOOK), ("c.csv", CUSTOMERS), ("capacity.yaml", CAPACITY)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert run("plan", "c.csv", "--book", "book.yaml", "--as-of", DAY, "-o", "p.parquet", cwd=tmp_path).returncode == 0
    return tmp_path


def allocated(folder: Path, *more: str) -> tuple[int, str, str]:
    """Allocate; return exit code, output and messages."""
    arguments = ("allocate", "p.parquet", "--capacity", "capacity.yaml", "--book", "book.yaml", "-o", "a.csv", *more)
    done = run(*arguments, cwd=folder)
    return done.returncode, done.stdout, done.stderr


def test_every_action_has_its_day(folder: Path) -> None:
    """The duty and the first call are for today, the others for the next day, and who has no manager waits."""
    code, _, messages = allocated(folder)
    with (folder / "a.csv").open(encoding="utf-8") as stream:
        rows = [
            (row["place"], row["customer"], row["action"], row["reason"], row["day"]) for row in csv.DictReader(stream)
        ]

    assert code == 1
    assert "no customer has the manager `M7`" in messages
    assert "capacity.yaml:2:54" in messages
    assert rows == [
        ("1", "B", "warn", "duty", "2026-03-04"),
        ("2", "A", "call", "room", "2026-03-04"),
        ("3", "C", "call", "full", "2026-03-05"),
        ("4", "B", "call", "full", "2026-03-05"),
        ("1", "D", "call", "no-capacity", ""),
    ]


def test_the_tables_are_as_reviewed(folder: Path, golden: Golden) -> None:
    """Demand against capacity by owner, kind, branch and seat."""
    _, text, _ = allocated(folder)

    golden("cli/allocate.txt", text)


def test_json_holds_every_load(folder: Path) -> None:
    """Loads of owners, kinds, branches and seats, and how much falls on later days."""
    _, text, _ = allocated(folder, "--format", "json")
    told = json.loads(text)
    desk = told["owners"]["desk"]

    assert ("minutes", 50, 20) == (desk["unit"], desk["demand"], desk["capacity"])
    assert {"actions": 2, "amount": 20} == desk["deferred"]
    assert {"2026-03-05": 20} == desk["later"]
    assert [("care", 40), ("special", 10)] == [(one["kind"], one["demand"]) for one in told["kinds"]]
    assert [("B1", 40, 20), ("B2", 10, 0)] == [
        (one["branch"], one["demand"], one["capacity"]) for one in told["branches"]
    ]
    assert [("M1", False), ("B2", True)] == [(one["place"], one["vacant"]) for one in told["seats"]]


def test_duties_beyond_a_day_are_a_finding(folder: Path) -> None:
    """When duties alone exceed the day the exit code is 1; without anything to tell it is 0."""
    (folder / "capacity.yaml").write_text(CAPACITY.replace(", M7: 10", ""), encoding="utf-8")
    assert allocated(folder)[0] == 0
    (folder / "capacity.yaml").write_text(CAPACITY.replace("M1: 20, M7: 10", "M1: 5"), encoding="utf-8")
    code, text, messages = allocated(folder)

    assert (code, messages) == (1, "")
    assert text.splitlines()[6].split()[-1] == "5"


def test_a_wrong_capacity_file_is_told_with_its_place(folder: Path) -> None:
    """A misspelt owner is underlined, nothing is written, and the exit code is 2."""
    (folder / "capacity.yaml").write_text(CAPACITY.replace("desk", "deks"), encoding="utf-8")
    code, text, messages = allocated(folder)

    assert (code, text) == (2, "")
    assert "did you mean `desk`?" in messages
    assert "capacity.yaml:2:3" in messages
    assert not (folder / "a.csv").exists()
