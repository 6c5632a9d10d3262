"""Does `relmaint archive` keep a book, list it, and tell when it was damaged?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.terminal import run
from tests.conftest import Golden


def test_an_archive_is_listed_and_verified(tmp_path: Path, golden: Golden) -> None:
    """Books are listed by name and version; a damaged one gives exit code 1."""
    folder = tmp_path / "archive"
    told = [run("archive", "book.yaml", "--into", folder) for _ in range(2)]
    told += [run("archive", *options, "--into", folder) for options in (["--list"], ["--verify"])]
    told.append(run("archive", "--list", "--into", folder, "--format", "json"))
    (entry,) = folder.iterdir()
    (entry / "content.json").chmod(0o644)
    (entry / "content.json").write_text("{}", encoding="utf-8")
    told.append(run("archive", "--verify", "--into", folder))

    assert [0, 0, 0, 0, 0, 1] == [one.returncode for one in told]
    text = "".join(one.stdout for one in told).replace(str(tmp_path), "")
    golden("cli/archive.text", re.sub(r"relmaint \d+\.\d+\.\d+", "relmaint VERSION", text))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("customers.yaml",), "error"),
        (("nowhere.yaml",), "nowhere.yaml"),
        (("book.yaml", "--list"), "about the whole archive"),
        (("--list", "--verify"), "choose one of"),
        (("--list", "--into", "nowhere"), "there is no archive `nowhere`"),
        (("--verify", "--into", "nowhere"), "there is no archive `nowhere`"),
        (("book.yaml", "--into", "book.yaml"), "book.yaml"),
    ],
)
def test_what_cannot_run_says_why(arguments: tuple[str, ...], said: str) -> None:
    """A broken book, a wrong call and a missing archive give exit code 2."""
    ran = run("archive", *arguments)

    assert 2 == ran.returncode
    assert said in ran.stdout + ran.stderr
