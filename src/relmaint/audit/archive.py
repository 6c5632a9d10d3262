"""Where does every book stay that ever decided something, under the name of its content?

A folder with one folder a book, named by the book's digest: `content.json` is the canonical text, whose SHA-256 is the
digest (so `sha256sum` can check it), and `book.yaml` is the same book to be loaded. Neither is ever changed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from relmaint.errors import ArchiveError, RuleBookError
from relmaint.hashing import sha256_of
from relmaint.ir.canonical import canonical_text, digest
from relmaint.ir.rules import RuleBook
from relmaint.rulebook.load import load_rule_book
from relmaint.rulebook.write import write_rule_book

__all__ = ["Archive", "Entry"]

BOOK = "book.yaml"
CONTENT = "content.json"

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One archived book: the digest that names it, and what it calls itself."""

    digest: str
    name: str
    version: str
    path: Path


class Archive:
    """The books in a folder.

    Args:
        folder: the folder; it is made when the first book comes.
    """

    def __init__(self, folder: str | Path) -> None:
        """Look at nothing yet."""
        self.folder = Path(folder)

    def add(self, book: RuleBook) -> tuple[Entry, bool]:
        """Put a book into the archive; return its entry, and whether it is new there.

        The entry appears at once with all its files or not at all, and one that is there already is left as it is.

        Raises:
            ArchiveError: what stands there under the digest is damaged, or the book cannot be read back.
            OSError: the folder cannot be written.
        """
        name = digest(book)
        entry = Entry(name, book.name, book.version, self.folder / name)
        if entry.path.is_dir():
            self.load(name, _model_of(book))
            return entry, False
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=self.folder))
        try:
            _write(draft / CONTENT, canonical_text(book))
            _write(draft / BOOK, write_rule_book(book))
            if _loaded(draft, _model_of(book)) != book:
                raise ArchiveError(f"the book `{book.name}` is not what is read back of it: please report this")
            draft.chmod(0o755)
            return entry, _moved(draft, entry.path)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def __iter__(self) -> Iterator[Entry]:
        """Yield the entries by name, version and digest.

        Raises:
            ArchiveError: there is no such folder, or the content of an entry cannot be read.
        """
        found = []
        for name in self.digests():
            book = self._content(name)["book"]
            found.append(Entry(name, book["name"], book["version"], self.folder / name))
        yield from sorted(found, key=lambda one: (one.name, one.version, one.digest))

    def digests(self) -> list[str]:
        """Return the digests that name entries, in order.

        Raises:
            ArchiveError: there is no such folder.
        """
        if not self.folder.is_dir():
            raise ArchiveError(f"there is no archive `{self.folder}`; `relmaint archive BOOK --into FOLDER` makes one")
        return sorted(one.name for one in self.folder.iterdir() if _DIGEST.fullmatch(one.name))

    def __contains__(self, name: object) -> bool:
        """Whether a book with this digest is archived."""
        return isinstance(name, str) and _DIGEST.fullmatch(name) is not None and (self.folder / name).is_dir()

    def load(self, name: str, model: type[BaseModel]) -> RuleBook:
        """Return the book with a digest, after checking that it is still the one.

        A book whose rules are the same and whose customer model has other attributes than it had is returned; its
        digest is then another.

        Raises:
            ArchiveError: there is no such book, or it is damaged.
        """
        content = self._content(name)
        try:
            book = _loaded(self.folder / name, model)
        except (RuleBookError, OSError) as problem:
            first = str(problem).partition("\n")[0]
            raise ArchiveError(f"the archived book {_short(name)} cannot be read: {first}") from problem
        present = json.loads(canonical_text(book, semantics=content["semantics"]))
        if _without_vocabulary(present) != _without_vocabulary(content):
            raise ArchiveError(
                f"the archived book {_short(name)} is damaged: its `{BOOK}` is not what its `{CONTENT}` says; "
                "restore it from a copy"
            )
        return book

    def problems(self, model: type[BaseModel]) -> Iterator[str]:
        """Yield what is wrong with each entry that is not what its name says."""
        for name in self.digests():
            try:
                self.load(name, model)
            except ArchiveError as problem:
                yield str(problem)

    def _content(self, name: str) -> dict[str, Any]:
        """Return the canonical content of an entry, once it hashes to the name."""
        if name not in self:
            raise ArchiveError(f"the archive `{self.folder}` has no book with the digest {name}")
        try:
            raw = (self.folder / name / CONTENT).read_bytes()
            text = raw.decode()
        except (OSError, UnicodeDecodeError) as problem:
            raise ArchiveError(f"the archived book {_short(name)} is damaged: `{CONTENT}` cannot be read") from problem
        if sha256_of(text) != name:
            raise ArchiveError(
                f"the archived book {_short(name)} is damaged: its `{CONTENT}` does not hash to its name; "
                "restore it from a copy"
            )
        found: dict[str, Any] = json.loads(text)
        return found


def _short(name: str) -> str:
    return f"`{name[:12]}`"


def _without_vocabulary(content: dict[str, Any]) -> dict[str, Any]:
    return {**content, "book": {name: part for name, part in content["book"].items() if name != "vocabulary"}}


def _loaded(folder: Path, model: type[BaseModel]) -> RuleBook:
    return load_rule_book(folder / BOOK, customer=model)


def _model_of(book: RuleBook) -> type[BaseModel]:
    model = book.vocabulary.model
    if model is None:
        raise ArchiveError(f"the book `{book.name}` was not loaded for a customer model, and cannot be read back")
    return model


def _write(path: Path, text: str) -> None:
    """Write a file that nobody is to change, down to the disk."""
    with path.open("xb") as stream:
        stream.write(text.encode())
        stream.flush()
        os.fsync(stream.fileno())
    path.chmod(0o444)


def _moved(draft: Path, goal: Path) -> bool:
    """Give the folder its name; `False` when somebody else was faster with the same content."""
    try:
        draft.rename(goal)
    except OSError:
        if goal.is_dir():
            return False
        raise
    return True
