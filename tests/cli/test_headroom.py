"""Does `relmaint headroom` say how far each base and boost may move, and whose plan changes first?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.terminal import run

BOOK = """\
book: {name: small, version: 1.0.0, covers: []}
actions:
  call: {kind: care, nature: care, title: Call, precedence: care, base: 30, channel: phone}
  letter: {kind: care, nature: care, title: Letter, precedence: care, base: 20, channel: letter}
  notice: {kind: daily, nature: service, title: Notice, precedence: dated, base: 5}
  visit: {kind: care, nature: care, title: Visit, precedence: care, base: 10, channel: visit}
rules:
  - {id: all, do: [letter, notice]}
  - {id: key, when: tier = key, do: [call], boost: {letter: 3}}
tables:
  - id: quiet
    hit: collect
    inputs: [tier]
    outputs: [do, boost]
    rows:
      - [exit, [visit, letter], 5]
      - [exit, visit, 1]
guards:
  - {id: silence, when: do_not_contact is not false, withhold: {channel: phone}}
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Write a small book."""
    (tmp_path / "book.yaml").write_text(BOOK, encoding="utf-8")
    return tmp_path


def test_all_numbers_come_in_one_table(book: Path, golden: Callable[[str, str], None]) -> None:
    """Those that can move least come first, each with its range and what changes at both ends."""
    done = run("headroom", "book.yaml", cwd=book)

    golden("cli/headroom.txt", done.stdout)
    assert (0, "") == (done.returncode, done.stderr)


def test_the_numbers_asked_for_are_told_in_full(book: Path, golden: Callable[[str, str], None]) -> None:
    """An id of an action, rule, row or table picks its numbers; each end comes with a customer and both plans."""
    done = run("headroom", "book.yaml", "--only", "letter", "--only", "notice", cwd=book)

    golden("cli/headroom-only.txt", done.stdout)
    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.parametrize(
    ("name", "statements"),
    [("key", ["key"]), ("quiet", ["quiet#1", "quiet#2"]), ("quiet#2", ["quiet#2"]), ("call", ["call"])],
)
def test_an_id_picks_what_it_holds(book: Path, name: str, statements: list[str]) -> None:
    """A rule picks its boosts, a table those of its rows, an action its base and every boost of it."""
    held = json.loads(run("headroom", "book.yaml", "--only", name, "--format", "json", cwd=book).stdout)

    assert statements == sorted(one["statement"] for one in held["numbers"])


def test_an_id_without_a_number_is_refused(book: Path) -> None:
    """A misspelt id is guessed at, and nothing is told."""
    done = run("headroom", "book.yaml", "--only", "leter", cwd=book)

    assert (2, "") == (done.returncode, done.stdout)
    assert "`leter` holds no base and no boost; did you mean `letter`?" in done.stderr


def test_json_holds_every_end(book: Path, golden: Callable[[str, str], None]) -> None:
    """Each end has its kind, its steps, why there are any number of them, and the first change."""
    done = run("headroom", "book.yaml", "--only", "letter", "--format", "json", cwd=book)
    held = json.loads(done.stdout)

    golden("cli/headroom.json", json.dumps(held["numbers"], indent=2) + "\n")
    assert ("small", "1.0.0") == (held["book"]["name"], held["book"]["version"])
    assert 1 == held["format_version"]


def test_a_spent_budget_is_said(book: Path, golden: Callable[[str, str], None]) -> None:
    """Where the search was given up, the table marks the range, and the account says what is known."""
    brief = run("headroom", "book.yaml", "--budget", "1", cwd=book)
    full = run("headroom", "book.yaml", "--budget", "1", "--only", "call", cwd=book)

    golden("cli/headroom-undecided.txt", brief.stdout + "\n" + full.stdout)
    assert (0, "") == (brief.returncode, brief.stderr)


def test_a_witness_gets_the_plans_told(book: Path) -> None:
    """The customer shown has the plan told by the book, and the other plan by the book with the number written in."""
    held = json.loads(run("headroom", "book.yaml", "--only", "call", "--format", "json", cwd=book).stdout)
    (number,) = held["numbers"]
    first = number["down"]["first"]
    assert "{tier: key, do_not_contact: false}" == first["customer"]
    (book / "one.yaml").write_text("id: one\ntier: key\ndo_not_contact: false\n", encoding="utf-8")
    (book / "moved.yaml").write_text(BOOK.replace("base: 30", f"base: {first['value']}"), encoding="utf-8")
    plans = [
        json.loads(run("plan", "one.yaml", "--book", name, "--format", "json", cwd=book).stdout)
        for name in ("book.yaml", "moved.yaml")
    ]

    assert [[step["action"] for step in first[when]] for when in ("before", "after")] == [
        [one["action"] for one in held["plans"][0]["actions"]] for held in plans
    ]


def test_a_book_without_numbers_of_its_own_is_no_error(tmp_path: Path) -> None:
    """A book without actions has no base and no boost, and says so."""
    (tmp_path / "book.yaml").write_text("book: {name: empty, version: 1.0.0, covers: []}\n", encoding="utf-8")
    done = run("headroom", "book.yaml", cwd=tmp_path)

    assert 0 == done.returncode
    assert done.stdout.startswith("0 bases and boosts")
