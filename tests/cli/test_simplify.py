"""Does `relmaint simplify` show each step, and change just the files that it says?"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from relmaint.rulebook.load import load_rule_book
from relmaint.verify.diff import difference
from tests.cli.terminal import DATA, run

BOOK = """\
book: {name: small, version: 1.0.0, covers: []}   # a small book
include: parts
assume:
  - {id: assume/age, always: age >= 18}
actions:
  notice: {kind: daily, nature: service, title: {zh: 通知, en: notice}, precedence: dated}
  offer: {kind: special, nature: marketing, title: {zh: 产品, en: offer}, channel: phone, precedence: growth}
  note: {kind: care, nature: internal, title: {zh: 记录, en: note}, precedence: care}

rules:
  # when the deposit ends
  - id: due
    when: days_to_maturity >= 0 and days_to_maturity <= 7 and age >= 18  # a week
    do: notice

  # the same, for some
  - {id: due-key, when: tier = key and days_to_maturity <= 3, do: [notice]}
  - id: sell-key
    when: tier = key
    do: [offer]
    because: {zh: 重点客户, en: key customers}
  - id: sell-ordinary
    when: tier = ordinary
    do: [offer]
    because: {zh: 普通客户, en: ordinary customers}
"""

PART = """\
tables:
  - id: notes
    hit: unique
    inputs: [tier, aum, preference]
    outputs: [do]
    rows:
      - [key, "< 5", "-", note]   # first
      - [key, ">= 5", "-", note]
      - [exit, "-", "-", note]    # last
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Write a book of two files."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "book.yaml").write_text(BOOK, encoding="utf-8")
    (tmp_path / "parts" / "tables.yaml").write_text(PART, encoding="utf-8")
    return tmp_path


def test_each_step_is_told(book: Path, golden: Callable[[str, str], None]) -> None:
    """A step has its place, the text before and after, the reason, and the counts; the last line has the whole."""
    done = run("simplify", "book.yaml", cwd=book)

    golden("cli/simplify.txt", done.stdout)
    assert (0, "") == (done.returncode, done.stderr)
    assert (book / "book.yaml").read_text(encoding="utf-8") == BOOK


def test_the_change_is_shown_as_a_diff(book: Path, golden: Callable[[str, str], None]) -> None:
    """All files that would change are in one unified diff, and none is written."""
    done = run("simplify", "book.yaml", "--diff", cwd=book)

    golden("cli/simplify.diff", done.stdout)
    assert (1, "") == (done.returncode, done.stderr)
    assert (book / "parts" / "tables.yaml").read_text(encoding="utf-8") == PART


def test_written_files_plan_the_same_and_have_nothing_left(book: Path) -> None:
    """After `--write` the plans are proven to be the same, the comments are there, and a second run finds nothing."""
    before = load_rule_book(book / "book.yaml")
    done = run("simplify", "book.yaml", "--write", cwd=book)

    assert 0 == done.returncode
    assert ["book.yaml", "parts/tables.yaml"] == done.stderr.splitlines()
    assert difference(before, load_rule_book(book / "book.yaml")).is_empty
    written = (book / "book.yaml").read_text(encoding="utf-8")
    assert "# a small book" in written
    assert "  # when the deposit ends\n  - id: due\n    when: days_to_maturity <= 7  # a week\n" in written
    assert "book.yaml: small 1.0.0: nothing to simplify\n" == run("simplify", "book.yaml", "--check", cwd=book).stdout


def test_check_leaves_with_one_when_something_can_be_simpler(book: Path) -> None:
    """And with zero when nothing can."""
    assert 1 == run("simplify", "book.yaml", "--check", cwd=book).returncode
    run("simplify", "book.yaml", "--write", cwd=book)
    assert 0 == run("simplify", "book.yaml", "--check", cwd=book).returncode


def test_other_reasons_have_to_be_asked_for(book: Path) -> None:
    """With `--any-reason` rules are joined that give other reasons, and what is lost is said."""
    done = run("simplify", "book.yaml", "--any-reason", cwd=book)

    assert "the rules `sell-key` and `sell-ordinary` can be one" in done.stdout
    assert "  lost: `because` of `sell-ordinary`, while the notes of `sell-key` stay\n" in done.stdout
    assert "lost" not in run("simplify", "book.yaml", cwd=book).stdout


def test_json_says_the_same(book: Path) -> None:
    """Each step with its place, and the counts of the whole."""
    held = json.loads(run("simplify", "book.yaml", "--format", "json", cwd=book).stdout)

    assert held["proven"]
    assert held["digest"]["before"] != held["digest"]["after"]
    assert all(step["place"]["line"] and step["claims"] and step["why"] for step in held["steps"])
    counts = [held["size"][side]["comparisons"] for side in ("before", "after")]
    assert counts == [12, 6]
    assert [["assume/age"], ["assume/age"], [], []] == [step["assumptions"] for step in held["steps"]]


def test_a_certificate_is_written(book: Path) -> None:
    """It holds a claim for each step at least, and is checked elsewhere."""
    done = run("simplify", "book.yaml", "--certificate", "same.json", cwd=book)
    held = json.loads((book / "same.json").read_text(encoding="utf-8"))

    assert f"same.json: {len(held['claims'])} claims about " in done.stdout
    assert "relmaint-equivalence/1" == held["format"]


def test_writing_and_looking_exclude_each_other(book: Path) -> None:
    """`--write` with `--check` cannot run."""
    done = run("simplify", "book.yaml", "--write", "--check", cwd=book)

    assert 2 == done.returncode
    assert "choose one" in done.stderr


def test_a_broken_book_cannot_be_simplified() -> None:
    """A book with errors has its findings told."""
    done = run("simplify", DATA / "broken.yaml")

    assert (2, "") == (done.returncode, done.stdout)
    assert "error[" in done.stderr


def test_a_copy_of_the_shipped_book_is_written(tmp_path: Path) -> None:
    """What is left can still be loaded, and plans the same."""
    shutil.copytree(DATA.parents[2] / "rules" / "retail", tmp_path / "retail")
    before = load_rule_book(tmp_path / "retail")
    done = run("simplify", "retail", "--any-reason", "--write", cwd=tmp_path)

    assert 0 == done.returncode
    assert difference(before, load_rule_book(tmp_path / "retail")).is_empty
