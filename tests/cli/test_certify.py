"""Does `relmaint certify` say whether a book is certified, and can anybody check it?"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import run
from tests.conftest import Golden

BOOK = """\
book: {name: tiny, version: 1.0.0, covers: [daily]}
actions:
  call: {kind: daily, nature: internal, precedence: care, title: {zh: 电话, en: Call}}
rules:
  - {id: a, when: aum >= 50000 and tier != exit, do: [call]}
  - {id: b, when: aum >= 60000 or tier is unknown, do: [call]}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a book and its certification."""
    folder = tmp_path_factory.mktemp("certify")
    (folder / "tiny.yaml").write_text(BOOK, encoding="utf-8")
    assert run("certify", "tiny.yaml", "-o", "tiny.json", cwd=folder).returncode == 0
    return folder


def test_a_book_is_certified_and_the_file_is_confirmed(folder: Path, golden: Golden) -> None:
    """Exit code 0, what was compared, and a file that holds when it is checked."""
    made = run("certify", "tiny.yaml", cwd=folder)
    checked = run("certify", "tiny.yaml", "--verify", "tiny.json", cwd=folder)

    assert (0, "", 0, "") == (made.returncode, made.stderr, checked.returncode, checked.stderr)
    golden("cli/certify.text", made.stdout + checked.stdout)


def test_the_file_says_by_what_it_was_made(folder: Path) -> None:
    """The versions of Python and of the engines are in it."""
    document = json.loads((folder / "tiny.json").read_text(encoding="utf-8"))

    assert "durable-rules 2.0.28" == document["made_by"]["rete"]
    assert document["made_by"]["python"].startswith(f"{sys.version_info.major}.{sys.version_info.minor}.")
    assert 1 == document["semantics"]


def test_an_edited_book_is_certified_no_more(folder: Path) -> None:
    """The digest is another: exit code 1."""
    (folder / "edited.yaml").write_text(BOOK.replace("50000", "50001"), encoding="utf-8")

    ran = run("certify", "edited.yaml", "--verify", "tiny.json", cwd=folder)

    assert 1 == ran.returncode
    assert "tiny.json: it is about another book: the digest of this one is " in ran.stdout


def test_a_changed_file_certifies_nothing(folder: Path) -> None:
    """A count that is not what it should be is told."""
    document: Any = json.loads((folder / "tiny.json").read_text(encoding="utf-8"))
    document["compared"]["probes"] += 1
    (folder / "changed.json").write_text(json.dumps(document), encoding="utf-8")

    ran = run("certify", "tiny.yaml", "--verify", "changed.json", cwd=folder)

    assert 1 == ran.returncode
    assert "changed.json: `probes` is " in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tiny.yaml", "--verify", "nothing.json"), "'nothing.json' does not exist"),
        (("tiny.yaml", "--verify", "tiny.yaml"), "`tiny.yaml` is not JSON"),
        (("tiny.yaml", "--verify", "tiny.json", "-o", "x.json"), "writes nothing"),
        (("nowhere.yaml",), "nowhere.yaml"),
        (("tiny.yaml", "--seconds", "0"), "--seconds"),
    ],
)
def test_what_cannot_run_says_why(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    """A wrong call and a missing file give exit code 2."""
    ran = run("certify", *arguments, cwd=folder)

    assert 2 == ran.returncode
    assert said in ran.stdout + ran.stderr


def in_a_world(folder: Path, code: str) -> Any:
    """Run `relmaint certify` where something about the engine is not as it should be."""
    (folder / "sitecustomize.py").write_text(code, encoding="utf-8")
    sources = Path(__file__).parents[2] / "src"
    path = os.pathsep.join((str(folder), str(sources)))
    return run("certify", "tiny.yaml", "-o", "failed.json", "--seconds", "2", cwd=folder, PYTHONPATH=path)


BROKEN = """
import sys
if "-c" in sys.argv or sys.argv == ["-c"]:
    import os, relmaint.backends.rete as rete
    match_cell = rete.ReteBackend.match_cell
    def broken(self, cell):
        if cell[0] == 2:
            {deed}
        return match_cell(self, cell)
    rete.ReteBackend.match_cell = broken
"""


@pytest.mark.parametrize(
    ("name", "deed"),
    [("crash", "os.kill(os.getpid(), 11)"), ("hang", "import time; time.sleep(600)"), ("wrong", "return ()")],
)
def test_a_failing_engine_leaves_the_book_not_certified(
    folder: Path, tmp_path: Path, golden: Golden, name: str, deed: str
) -> None:
    """A crash, a hang and a wrong answer of the engine: exit code 1, the customer, and no trouble for the caller."""
    (tmp_path / "tiny.yaml").write_text(BOOK, encoding="utf-8")

    ran = in_a_world(tmp_path, BROKEN.format(deed=deed))

    assert (1, "") == (ran.returncode, ran.stderr)
    golden(f"cli/certify-{name}.text", ran.stdout)
    assert json.loads((tmp_path / "failed.json").read_text(encoding="utf-8"))["certified"] is False


def test_without_the_engine_nothing_can_be_certified(tmp_path: Path) -> None:
    """The third opinion cannot be had: exit code 2, and how to get it."""
    (tmp_path / "tiny.yaml").write_text(BOOK, encoding="utf-8")
    code = "import relmaint.backends.rete_engine as engine\nengine.VERSION = '0'\n"

    ran = in_a_world(tmp_path, code)

    assert 2 == ran.returncode
    assert "durable-rules" in ran.stderr
    assert not (tmp_path / "failed.json").exists()
