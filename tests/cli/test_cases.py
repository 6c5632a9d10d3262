"""Does `relmaint cases` run the cases of a book, and suggest cases that show all that it does?"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.terminal import DATA, run


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Copy a book that has no cases."""
    shutil.copy(DATA / "book.yaml", tmp_path)
    return tmp_path


def test_suggested_cases_are_written(book: Path, golden: Callable[[str, str], None]) -> None:
    """The cases go to the standard output, and what they do not show to the standard error."""
    done = run("cases", "book.yaml", "--suggest", cwd=book)

    golden("cli/cases-suggest.yaml", done.stdout)
    assert done.stderr.splitlines()[-1].endswith("mutants that change a plan")


def test_suggested_cases_pass_and_kill(book: Path) -> None:
    """The file is read back, every case passes, and no mutant that changes a plan survives them."""
    run("cases", "book.yaml", "--suggest", "--out", "book.cases.yaml", cwd=book)
    ran = run("cases", "book.yaml", cwd=book)
    mutated = run("mutate", "book.yaml", cwd=book)

    assert (0, "") == (ran.returncode, ran.stderr)
    assert ran.stdout.endswith(" cases passed, 0 failed\n")
    assert mutated.stdout.endswith(" 0 survived, 0 undecided: score 100.0 %\n")


def test_a_failing_case_is_told(book: Path) -> None:
    """A case that comes otherwise is told with its place, and the exit code is 1."""
    text = "cases:\n  - {id: one, as_of: 2026-03-02, customer: {tier: key}, expect: {plans: [check-in]}}\n"
    (book / "book.cases.yaml").write_text(text, encoding="utf-8")
    done = run("cases", "book.yaml", cwd=book)

    assert 1 == done.returncode
    assert done.stdout.startswith("book.cases.yaml:2:5: `one`: expected `check-in` to be planned")
