"""Does `relmaint fmt` bring files into canonical form, and leave alone what it should?"""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.cli.terminal import DATA, run

MESSY = """\
rules:
- {do: [call], id: a, when: 'aum≥5万 且 tier=key'}   # who
book: {version: 1.0.0, name: x, covers: []}
actions:
  call: {nature: service, kind: daily, title: {en: Call, zh: 电话}, precedence: duty}
"""


def test_a_canonical_file_is_fine() -> None:
    """`--check` of a file in canonical form says so, and the exit code is 0."""
    done = run("fmt", "--check", "sound.yaml")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "1 file, 0 would change\n")


def test_check_names_the_file_and_writes_nothing(tmp_path: Path) -> None:
    """`--check` names each file that would change, changes none, and leaves with 1."""
    book = tmp_path / "book.yaml"
    book.write_text(MESSY, encoding="utf-8")

    done = run("fmt", "--check", "book.yaml", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (1, "book.yaml\n")
    assert book.read_text(encoding="utf-8") == MESSY


def test_diff_shows_the_change_and_writes_nothing(tmp_path: Path) -> None:
    """`--diff` shows what would change line by line, changes nothing, and leaves with 1."""
    book = tmp_path / "book.yaml"
    book.write_text(MESSY, encoding="utf-8")

    done = run("fmt", "--diff", "book.yaml", cwd=tmp_path)

    assert done.returncode == 1
    assert "-- {do: [call], id: a, when: 'aum≥5万 且 tier=key'}   # who\n" in done.stdout
    assert "aum >= 50000 and tier = key" in done.stdout
    assert book.read_text(encoding="utf-8") == MESSY


def test_a_file_is_written_once_and_then_stays(tmp_path: Path) -> None:
    """Formatting writes the file and leaves with 0; a second time there is nothing to do; comments stay."""
    book = tmp_path / "book.yaml"
    book.write_text(MESSY, encoding="utf-8")

    first = run("fmt", "book.yaml", cwd=tmp_path)
    second = run("fmt", "book.yaml", cwd=tmp_path)

    assert (first.returncode, first.stdout, first.stderr) == (0, "book.yaml\n", "1 file, 1 changed\n")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "1 file, 0 changed\n")
    assert "# who" in book.read_text(encoding="utf-8")
    assert run("check", "book.yaml", cwd=tmp_path).returncode == 0


def test_a_folder_means_its_book_files(tmp_path: Path) -> None:
    """In a folder, files of cases, hidden files and YAML of other programs are left alone."""
    (tmp_path / "cases").mkdir()
    (tmp_path / "deep").mkdir()
    for name in ("cases/a.yaml", "b.cases.yaml", ".c.yaml", "deep/d.yaml"):
        (tmp_path / name).write_text(MESSY, encoding="utf-8")
    (tmp_path / "compose.yaml").write_text("services: {b: 1,   a: 2}\n")

    done = run("fmt", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (0, "deep/d.yaml\n")
    assert (tmp_path / "compose.yaml").read_text() == "services: {b: 1,   a: 2}\n"


def test_a_file_that_yaml_cannot_read_stays_and_is_reported(tmp_path: Path) -> None:
    """A broken file is reported and not touched, and the exit code is 2; the other files are formatted."""
    (tmp_path / "broken.yaml").write_text("rules: [\n")
    (tmp_path / "fine.yaml").write_text(MESSY, encoding="utf-8")

    done = run("fmt", ".", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, "fine.yaml\n")
    assert "broken.yaml:" in done.stderr
    assert (tmp_path / "broken.yaml").read_text() == "rules: [\n"


def test_a_file_that_is_no_book_is_refused_when_named(tmp_path: Path) -> None:
    """Naming a YAML file of another program is a mistake."""
    (tmp_path / "compose.yaml").write_text("services: {b: 1,   a: 2}\n")

    done = run("fmt", "compose.yaml", cwd=tmp_path)

    assert done.returncode == 2
    assert "holds no part of a rule book" in done.stderr


def test_a_missing_path_cannot_run() -> None:
    """A path that is not there is a mistake."""
    assert run("fmt", "nothing.yaml").returncode == 2


def test_formatting_keeps_the_meaning(tmp_path: Path) -> None:
    """A formatted book makes the same plans as before."""
    book = tmp_path / "book.yaml"
    shutil.copy(DATA / "book.yaml", book)
    asked = ("plan", DATA / "customers.yaml", "--book", "book.yaml", "--as-of", "2026-03-04", "--format", "jsonl")

    before = run(*asked, cwd=tmp_path).stdout
    run("fmt", "book.yaml", cwd=tmp_path)

    assert run(*asked, cwd=tmp_path).stdout == before
