"""Does `relmaint diff` say exactly whose plan a change changes?"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.terminal import run

OLD = """book: {name: b, version: 1.0.0, covers: []}
actions:
  call: {kind: care, nature: service, title: {zh: 电话, en: call}, precedence: care, owner: desk}
  note: {kind: care, nature: internal, title: {zh: 记录, en: note}, precedence: care}
rules:
  - {id: old, when: age >= 65, do: call}
  - {id: all, do: note}
"""
NEW = OLD.replace("age >= 65", "age >= 60")
POPULATION = """- {id: A, birth_date: 1964-01-15, tier: key}
- {id: B, birth_date: 1984-01-15, tier: key}
"""


@pytest.fixture
def books(tmp_path: Path) -> tuple[str, str]:
    """Write the two books."""
    for name, text in (("old.yaml", OLD), ("new.yaml", NEW), ("people.yaml", POPULATION)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml")


def test_the_customers_whose_plans_change_are_named(books: tuple[str, str]) -> None:
    """One region, in the words of the language, with what its customers gain, and one of them."""
    ran = run("diff", *books)

    assert (ran.returncode, ran.stderr) == (1, "")
    assert ran.stdout.splitlines()[1:] == [
        "",
        "age in [60..65)",
        "  gains `call`",
        "  for example {birth_date: 1966-01-15}",
        "    before: note",
        "    after:  call, note",
    ]


def test_a_book_in_another_order_is_equivalent(books: tuple[str, str], tmp_path: Path) -> None:
    """Where no plan changes the exit code is 0."""
    other = tmp_path / "other.yaml"
    lines = OLD.splitlines()
    other.write_text("\n".join([*lines[:-2], lines[-1], lines[-2]]), encoding="utf-8")
    ran = run("diff", books[0], str(other))

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.endswith("the books are equivalent: every possible customer has the same plan in both\n")


def test_the_affected_customers_of_a_file_are_counted(books: tuple[str, str], tmp_path: Path) -> None:
    """Whose plan changes among the customers of a file, by tier, and the workload by owner before and after."""
    ran = run(
        "diff", *books, "--population", str(tmp_path / "people.yaml"), "--as-of", "2026-03-02", "--format", "json"
    )

    assert json.loads(ran.stdout)["population"] == {
        "customers": 2,
        "refused": 0,
        "affected": ["A"],
        "by": {"tier": {"key": 1}, "preference": {"unknown": 1}, "habit": {"unknown": 1}, "branch": {"unknown": 1}},
        "workload": {"desk": {"before": 0, "after": 1}, "nobody": {"before": 2, "after": 2}},
    }


def test_a_revision_of_git_can_be_compared(books: tuple[str, str], tmp_path: Path) -> None:
    """A book as of a revision is read from there, and an unknown revision is refused in a sentence."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for arguments in (["init", "-q"], ["add", "old.yaml"], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *arguments], cwd=tmp_path, check=True)
    (tmp_path / "old.yaml").write_text(NEW, encoding="utf-8")
    ran = run("diff", "HEAD:old.yaml", "old.yaml", cwd=tmp_path)
    missing = run("diff", "nowhere:old.yaml", "old.yaml", cwd=tmp_path)

    assert (ran.returncode, ran.stdout.splitlines()[2]) == (1, "age in [60..65)")
    assert missing.returncode == 2
    assert "cannot read `old.yaml` of the revision `nowhere`" in missing.stderr


def test_a_review_reads_it_as_a_table(books: tuple[str, str]) -> None:
    """The Markdown form is one table row for each region."""
    ran = run("diff", *books, "--format", "markdown")

    assert "| `age in [60..65)` | gains `call` | `{birth_date: 1966-01-15}` |" in ran.stdout.splitlines()
