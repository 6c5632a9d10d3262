"""Which files belong to a rule book, and what do they hold?"""

from __future__ import annotations

import collections.abc
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from relmaint.diagnostics import Diagnostic, Related, Source, diagnostic
from relmaint.rulebook.nodes import Mapping, Node, Scalar, Sequence
from relmaint.rulebook.source import compose, read_source

__all__ = ["BookFile", "Texts", "book_files", "read_files", "read_text"]

Texts: TypeAlias = collections.abc.Mapping[Path, str]
"""Texts of files, by the resolved paths of these."""

_MAXIMUM_FILES = 10_000
_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class BookFile:
    """One file of a book; an included one belongs to the book but cannot name it."""

    source: Source
    root: Node
    included: bool


def book_files(path: Path) -> list[Path] | Diagnostic:
    """Return the files of a book: the file itself, or all YAML files below the folder, in the order of their paths.

    Folders named `cases`, files named `*.cases.yaml` and hidden files and folders are left out.
    """
    if not path.is_dir():
        return [path]
    problems: list[OSError] = []
    found: list[Path] = []
    for folder, subfolders, names in os.walk(path, onerror=problems.append):
        subfolders[:] = sorted(name for name in subfolders if name != "cases" and not name.startswith("."))
        found.extend(Path(folder, name) for name in names if _is_book_file(name))
        if len(found) > _MAXIMUM_FILES:
            return diagnostic("too-large", f"`{path}` holds more than {_MAXIMUM_FILES} YAML files", None)
    if problems:
        return diagnostic("cannot-read", f"cannot read `{path}`: {(problems[0].strerror or '').lower()}", None)
    if not found:
        return diagnostic("empty-book", f"the folder `{path}` holds no YAML file", None)
    return sorted(found, key=lambda one: one.parts)


def _is_book_file(name: str) -> bool:
    stem, suffix = os.path.splitext(name)  # noqa: PTH122  # a name of a listing, not a path
    return suffix in _SUFFIXES and not stem.endswith(".cases") and not name.startswith(".")


def read_files(path: Path, instead: Texts = MappingProxyType({})) -> tuple[list[BookFile], list[Diagnostic]]:
    """Read all files of a book and all files that they include, each once.

    Args:
        path: the folder or file.
        instead: texts to read in place of what some files hold.
    """
    reading = _Reading(instead)
    own = book_files(path)
    if isinstance(own, Diagnostic):
        return [], [own]
    for file in own:
        reading.read(file, included=False, lonely=len(own) == 1)
    reading.follow_includes()
    return list(reading.files.values()), reading.findings


def read_text(source: Source) -> tuple[list[BookFile], list[Diagnostic]]:
    """Read a book that is one text; it cannot include files."""
    root, findings = compose(source)
    if root is None:
        return [], findings
    for node in _includes(root):
        findings.append(diagnostic("cannot-read", "a text cannot include files", node.span, help="load it from a file"))
    return [BookFile(source, root, included=False)], findings


class _Reading:
    """The files read so far, by their resolved paths, and which file includes which."""

    def __init__(self, instead: Texts) -> None:
        self._instead = instead
        self.files: dict[Path, BookFile] = {}
        self.findings: list[Diagnostic] = []
        self._seen: set[Path] = set()
        self._included: dict[Path, list[tuple[Scalar, list[Path]]]] = {}

    def read(self, file: Path, *, included: bool, lonely: bool = False) -> None:
        """Read one file unless it was read before."""
        real = _resolved(file)
        if real in self._seen:
            return
        self._seen.add(real)
        source = Source(str(file), self._instead[real]) if real in self._instead else read_source(file)
        if isinstance(source, Diagnostic):
            self.findings.append(source)
            return
        root, findings = compose(source)
        self.findings.extend(one for one in findings if lonely or one.code != "empty-book")
        if root is not None:
            self.files[real] = BookFile(source, root, included)

    def follow_includes(self) -> None:
        """Read what files include, until nothing new comes, and report circles."""
        waiting = list(self.files)
        while waiting:
            real = waiting.pop()
            file = self.files[real]
            self._included[real] = targets = []
            for node in _includes(file.root):
                paths = self._targets(Path(file.source.path).parent, node)
                targets.append((node, [_resolved(path) for path in paths]))
                for path in paths:
                    known = len(self.files)
                    self.read(path, included=True, lonely=len(paths) == 1)
                    if len(self.files) > known:
                        waiting.append(_resolved(path))
        self.findings.extend(self._circles())

    def _targets(self, folder: Path, node: Scalar) -> list[Path]:
        path = Path(os.path.normpath(folder / node.text))
        found = book_files(path) if "\0" not in node.text and path.exists() else None
        if isinstance(found, list):
            return found
        message = f"cannot include `{node.text}`: there is no such file or folder" if found is None else found.message
        self.findings.append(diagnostic("cannot-read", message, node.span))
        return []

    def _circles(self) -> Iterator[Diagnostic]:
        """Yield one finding for each circle of includes, at the first file of it."""
        told: set[Scalar] = set()
        for real, includes in sorted(self._included.items()):
            for node, targets in includes:
                route = None if node in told else self._route(targets, real)
                if route is not None:
                    told.update(route)
                    related = [Related(step.span, "this include leads on") for step in route]
                    message = f"the include `{node.text}` leads back to this file"
                    yield diagnostic("include-cycle", message, node.span, related=related)

    def _route(self, start: list[Path], goal: Path) -> list[Scalar] | None:
        """Return the includes that lead from some of the files to the goal; `None` when none do."""
        routes: dict[Path, list[Scalar]] = {path: [] for path in start}
        waiting = list(start)
        while waiting:
            path = waiting.pop(0)
            if path == goal:
                return routes[path]
            for node, targets in self._included.get(path, ()):
                for target in targets:
                    if target not in routes:
                        routes[target] = [*routes[path], node]
                        waiting.append(target)
        return None


def _includes(root: Node) -> list[Scalar]:
    """Return what a file includes; other shapes are reported with the rest of the file."""
    if not isinstance(root, Mapping):
        return []
    for key, value in root.entries:
        if key.text == "include":
            items = value.items if isinstance(value, Sequence) else [value]
            return [item for item in items if isinstance(item, Scalar) and item.text]
    return []


def _resolved(path: Path) -> Path:
    return Path(os.path.realpath(path))
