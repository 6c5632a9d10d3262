"""Does `relmaint check` show every finding of a book, in the form that is asked for?"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.terminal import run


def test_a_sound_book_has_no_findings() -> None:
    """The summary names the book and its size, and the exit code is 0."""
    done = run("check", "sound.yaml")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "sound.yaml: sound 0.1.0: 1 action, 1 rule, 0 table rows, 0 guards: no findings\n"


def test_the_shipped_book_is_sound() -> None:
    """Without a path the shipped book is checked, and it has no finding but what it excepts."""
    done = run("check")

    assert done.returncode == 0, done.stdout
    assert "retail 1.0.0: " in done.stdout
    assert done.stdout.endswith(": no findings\n")


def test_a_certificate_is_written_and_taken(tmp_path: Path) -> None:
    """What is proven goes to the file, the checker takes it, and both say of how many kinds."""
    path = tmp_path / "served.json"
    done = run("check", "--certificate", str(path))
    checked = subprocess.run(
        [sys.executable, "-m", "relmaint.recheck", str(path)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"{path}: 3 of 3 kinds proven for every customer of every combination\n")
    assert (0, "") == (checked.returncode, checked.stderr)
    assert checked.stdout.splitlines()[-1].endswith(": 3 of 3 claims proven")


def test_a_book_that_leaves_customers_out_is_not_certified(tmp_path: Path) -> None:
    """A kind that is not guaranteed has no claim, and a certificate without claims is not taken."""
    path = tmp_path / "served.json"
    done = run("check", "--format", "json", "--certificate", str(path), "book.yaml")
    checked = subprocess.run(
        [sys.executable, "-m", "relmaint.recheck", str(path)], capture_output=True, text=True, check=False
    )

    assert 1 == done.returncode
    assert ": 0 of 1 kinds proven" in done.stderr
    assert json.loads(done.stdout)
    assert 1 == checked.returncode


def test_a_certificate_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A folder that is not there is a message with the path, and exit code 2."""
    done = run("check", "--certificate", str(tmp_path / "none" / "served.json"))

    assert 2 == done.returncode
    assert "no such file or directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_book_shows_all_errors_at_once(golden: Callable[[str, str], None]) -> None:
    """Every error with its place, the text underlined, and what to do; the exit code is 1."""
    done = run("check", "broken.yaml")

    golden("cli/check-broken.txt", done.stdout)
    assert (done.returncode, done.stderr) == (1, "")


def test_combinations_without_actions_are_errors() -> None:
    """A book that leaves combinations of the axes without a kind that it covers has errors."""
    done = run("check", "book.yaml")

    assert done.returncode == 1
    assert "no rule proposes a `daily` action for loan x relationship x exit, and 39 more combinations" in done.stdout
    assert "book.yaml:1:1" in done.stdout


def test_json_and_sarif_are_documents() -> None:
    """The machine formats hold the same findings, and nothing else is written to the standard output."""
    found = json.loads(run("check", "broken.yaml", "--format", "json").stdout)["diagnostics"]
    sarif = json.loads(run("check", "broken.yaml", "--format", "sarif").stdout)

    results = sarif["runs"][0]["results"]
    assert {finding["code"] for finding in found} >= {"unknown-attribute", "unknown-action"}
    assert [result["ruleId"] for result in results] == [finding["code"] for finding in found]


def test_github_gets_annotations() -> None:
    """Every finding is a workflow command that names file and line."""
    lines = run("check", "broken.yaml", "--format", "github").stdout.splitlines()

    assert any(line.startswith("::error file=broken.yaml,line=10,") for line in lines)
    assert all(line.startswith("::") for line in lines)


@pytest.mark.parametrize(
    ("book", "format_", "code"),
    [("sound.yaml", "sarif", 0), ("broken.yaml", "github", 1), ("nothing", "text", 2), ("nothing", "json", 2)],
)
def test_the_exit_code_does_not_hang_on_the_format(book: str, format_: str, code: int) -> None:
    """0 is fine, 1 is errors, 2 is no book at all, in every format."""
    assert run("check", book, "--format", format_).returncode == code


def test_a_book_for_an_own_model_is_checked_with_it() -> None:
    """An attribute of the bank's own model is unknown without `--customer-model`, and known with it."""
    assert run("check", "farm.yaml").returncode == 1
    assert run("check", "farm.yaml", "--customer-model", "model.py:Farmer").returncode == 0
