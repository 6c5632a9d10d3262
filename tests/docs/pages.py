"""What is on a page of the documentation, and what comes of running it?

A page is read once into blocks. `<!-- file: name.yaml -->` before a block names the file that it is; `<!-- wrong -->`
says that it shows a mistake; `<!-- output: plan a.yaml -->` says that it holds what that command prints.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

NOT_EXECUTED = {
    "pip ": "it would install into the environment that runs the tests",
    "python3.11 -m venv": "it would make an environment, which `.ci/run` does for the README",
    ".venv/bin/": "there is no such environment where the tests run; `.ci/run` runs these lines",
    "python -m pytest": "it would run the tests within the tests",
    "python tools/generate_conformance.py": "it takes minutes; a test makes the first books anew and compares",
    "python -m relmaint.testing.soak": "it runs for minutes or hours; a test runs it for a second",
    "python -m tests.fuzz.loader": "it needs atheris; a test runs its target on some thousand inputs",
    "python -m coverage": "it would run the tests within the tests",
    "python tools/generate_docs.py": "it would change the pages that the tests read; a test checks its result",
    "spark-submit ": "it starts Spark; tests/spark submits the same job",
    "python examples/distributed/dask_job.py": "it reads a file of the reader's; tests/spark runs the same job",
    "python tools/generate_benchmarks.py": "it would take minutes, and write down the times of a busy machine",
    "ruff ": "it is a step of `.ci/run`",
    "mypy": "it is a step of `.ci/run`",
    "lint-imports": "it is a step of `.ci/run`",
    'relmaint merge "$(git': "it reads the branches of the reader's repository",
    "relmaint diff anna:": "it reads a branch of the reader's repository",
    "relmaint diff bo:": "it reads a branch of the reader's repository",
    "git ": "it would change the history of the reader's repository",
    "pre-commit ": "it installs hooks from the network",
    "eval ": "it changes the shell of the reader",
    "echo ": "it changes the start-up file of the reader's shell",
}
"""How the console lines begin that are shown and not executed, and why."""

_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,})(?P<language>[\w-]*)\s*$")
_COMMENT = re.compile(r"<!--\s*(?P<key>file|wrong|output)\s*:?\s*(?P<value>.*?)\s*-->")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block; `first` is the index of its first line of content, `last` that of the closing fence."""

    language: str
    lines: tuple[str, ...]
    first: int
    last: int
    file: str | None = None
    wrong: bool = False
    output_of: str | None = None

    @property
    def text(self) -> str:
        """The content, ending with a line break."""
        return "".join(f"{line}\n" for line in self.lines)


@dataclass(frozen=True, slots=True)
class Command:
    """One line of a console block, and the output shown below it; `None` when none is shown."""

    line: str
    shown: str | None
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A stretch of a page that is not what running the page gives; `error` when running failed altogether."""

    what: str
    shown: str
    actual: str
    first: int
    last: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One Markdown file."""

    path: Path
    lines: tuple[str, ...]
    blocks: tuple[Block, ...]

    @property
    def name(self) -> str:
        """The path within the project."""
        return self.path.relative_to(ROOT).as_posix()

    def prose(self) -> list[str]:
        """Return the lines outside of fenced blocks."""
        inside = {number for block in self.blocks for number in range(block.first - 1, block.last + 1)}
        return [line for number, line in enumerate(self.lines) if number not in inside]


def pages() -> list[Page]:
    """Return every page: the README, if it is there, and all of docs/."""
    paths = [path for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md") if path.exists()]
    return [read_page(path) for path in (*paths, *sorted(DOCS.rglob("*.md")))]


def read_page(path: Path) -> Page:
    """Read one page."""
    lines = tuple(path.read_text(encoding="utf-8").splitlines())
    return Page(path, lines, tuple(_blocks(lines)))


def _blocks(lines: tuple[str, ...]) -> Iterator[Block]:
    number = 0
    notes: dict[str, str] = {}
    while number < len(lines):
        opening = _FENCE.match(lines[number])
        if opening is None:
            if comment := _COMMENT.search(lines[number]):
                notes[comment["key"]] = comment["value"]
            elif lines[number].strip():
                notes = {}
            number += 1
            continue
        closing = number + 1
        while lines[closing].strip() != opening["fence"]:
            closing += 1
        cut = len(opening["indent"])
        content = tuple(line[cut:] for line in lines[number + 1 : closing])
        yield Block(
            opening["language"],
            content,
            number + 1,
            closing,
            notes.get("file"),
            "wrong" in notes,
            notes.get("output"),
        )
        notes, number = {}, closing + 1


def commands(block: Block) -> Iterator[Command]:
    """Yield the commands of a console block, each with its output."""
    starts = [number for number, line in enumerate(block.lines) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(block.lines)], strict=True):
        shown = block.lines[start + 1 : end]
        text = "".join(f"{line}\n" for line in shown) if shown else None
        yield Command(block.lines[start][2:], text, block.first + start + 1, block.first + end)


def reason_not_executed(line: str) -> str | None:
    """Return why a console line is not executed; `None` when it is, or when nothing says why it should not be."""
    return next((reason for start, reason in NOT_EXECUTED.items() if line.startswith(start)), None)


class Run:
    """Runs a page in a folder of its own, which holds the files of the page, and examples/ and rules/."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self.folder = page, folder
        for name in ("examples", "rules"):
            if (ROOT / name).exists():
                shutil.copytree(ROOT / name, folder / name)
        (folder / ".bin").mkdir()
        for name, arguments in (("relmaint", "-m relmaint "), ("python", "")):
            program = folder / ".bin" / name
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments}"$@"\n')
            program.chmod(0o755)
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTEST_"))}
        self.environment = clean | {
            "PATH": f"{folder / '.bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "src"),
            "PYTHONUTF8": "1",
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "COLUMNS": "100",
        }

    def differences(self) -> Iterator[Difference]:
        """Run every block in the order of the page; yield what is not as it is shown."""
        blocks = self.page.blocks
        with _Python(self.folder, self.environment) as python:
            for number, block in enumerate(blocks):
                following = blocks[number + 1] if number + 1 < len(blocks) else None
                if block.file is not None:
                    path = self.folder / block.file
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(block.text, encoding="utf-8")
                match block.language:
                    case "python":
                        yield from self._python(python, block, following)
                    case "console":
                        for command in commands(block):
                            yield from self._command(command)
                    case "text" if block.output_of is not None:
                        command = Command(f"relmaint {block.output_of}", block.text, block.first, block.last)
                        yield from self._command(command)

    def _python(self, python: _Python, block: Block, following: Block | None) -> Iterator[Difference]:
        answer = python.run(block.text, f"{self.page.name}, the block at line {block.first}")
        if answer["error"] is not None:
            yield Difference("a Python block", "", "", block.first, block.last, answer["error"])
        elif following is not None and following.language == "text" and following.output_of is None:
            yield from _compare("a Python block", following.text, answer["output"], following.first, following.last)

    def _command(self, command: Command) -> Iterator[Difference]:
        if reason_not_executed(command.line):
            return
        done = subprocess.run(  # the lines are our own pages'
            ["bash", "-c", command.line],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        if done.returncode not in (0, 1) or "Traceback (most recent call last)" in done.stdout:
            error = f"exit code {done.returncode}:\n{done.stdout}"
            yield Difference(command.line, "", "", command.first, command.last, error)
        elif command.shown is not None:
            yield from _compare(command.line, command.shown, done.stdout, command.first, command.last)


def _compare(what: str, shown: str, actual: str, first: int, last: int) -> Iterator[Difference]:
    actual = "".join(f"{line.rstrip()}\n" for line in actual.rstrip("\n").split("\n"))
    if shown != actual:
        yield Difference(what, shown, actual, first, last)


def rewritten(page: Page, differences: list[Difference]) -> str:
    """Return the page with the actual outputs in place of those shown."""
    lines = list(page.lines)
    for one in sorted(differences, key=lambda one: -one.first):
        lines[one.first : one.last] = one.actual.splitlines()
    return "".join(f"{line}\n" for line in lines)


class _Python:
    """A process that runs the Python blocks of one page."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder, self._environment = folder, environment
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> _Python:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait(timeout=60)

    def run(self, code: str, name: str) -> dict[str, Any]:
        """Run one block; return its output, and the traceback when it failed."""
        if self._process is None:
            driver = Path(__file__).with_name("driver.py")
            self._process = subprocess.Popen(
                [sys.executable, str(driver)],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"name": name, "code": code}) + "\n")
        self._process.stdin.flush()
        return dict(json.loads(self._process.stdout.readline()))
