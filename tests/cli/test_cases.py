"""Does `relmaint cases` suggest cases that show all that a book does?"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.terminal import DATA, run
from tests.cli.test_mutate import BOOK, CASES


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Copy a book that has no cases."""
    shutil.copy(DATA / "book.yaml", tmp_path)
    return tmp_path


def test_suggested_cases_are_written(book: Path, golden: Callable[[str, str], None]) -> None:
    """The cases go to the standard output, titled by what they show; what they do not show to the standard error."""
    done = run("cases", "book.yaml", "--suggest", cwd=book)

    golden("cli/cases-suggest.yaml", done.stdout)
    assert done.stderr.splitlines()[-1].endswith("mutants that change a plan")


def test_suggested_cases_pass_and_kill(book: Path) -> None:
    """The file is read back, every case passes, and no mutant that changes a plan survives them."""
    run("cases", "book.yaml", "--suggest", "--out", "book.cases.yaml", cwd=book)
    ran = run("test", "book.yaml", "--fail-under", "100", cwd=book)
    mutated = run("mutate", "book.yaml", cwd=book)

    assert (0, "") == (ran.returncode, ran.stderr)
    assert ran.stdout.endswith(" cases passed, 0 failed\n")
    assert mutated.stdout.endswith(" 0 survived, 0 undecided: score 100.0 %\n")


def test_only_what_is_missing(tmp_path: Path) -> None:
    """With `--missing` no case is written for what the cases notice, and the customers are like theirs."""
    (tmp_path / "book.yaml").write_text(BOOK, encoding="utf-8")
    (tmp_path / "book.cases.yaml").write_text(CASES, encoding="utf-8")
    done = run("cases", "book.yaml", "--missing", cwd=tmp_path)

    assert ["  - id: consent-1"] == [line for line in done.stdout.splitlines() if "id:" in line]
    assert "as_of: 2026-03-02" in done.stdout
    (tmp_path / "more.cases.yaml").write_text(done.stdout, encoding="utf-8")
    assert 0 == run("mutate", "book.yaml", "--fail-under", "100", cwd=tmp_path).returncode
    assert "cases: []\n" == run("cases", "book.yaml", "--missing", cwd=tmp_path).stdout


def test_the_old_form_says_what_to_write(book: Path) -> None:
    """Whoever ran cases by this command is told the command that does, with the book filled in."""
    done = run("cases", "book.yaml", cwd=book)

    assert (2, "") == (done.returncode, done.stdout)
    assert "`relmaint cases` runs no cases any more: write `relmaint test book.yaml`" in done.stderr
