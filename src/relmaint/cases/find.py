"""Which cases belong to a book, and to which book does a file of cases belong?"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from relmaint.diagnostics import Diagnostic
from relmaint.rulebook.files import book_files
from relmaint.rulebook.keys import FILE
from relmaint.rulebook.nodes import Mapping
from relmaint.rulebook.source import compose, read_source

__all__ = ["ENDINGS", "book_of", "find_cases", "is_case_file"]

_SUFFIXES = (".yaml", ".yml")

ENDINGS = (".cases.yaml", ".cases.yml")
"""How the names of case files end."""

_FOLDER = "cases"
"""The folder beside a book in one file in which its cases may stand."""


def is_case_file(path: str | Path) -> bool:
    """Whether a name is that of a file of cases."""
    return Path(path).name.endswith(ENDINGS)


def find_cases(book_path: str | Path) -> tuple[Path, ...]:
    """Return the case files of a book in the order of their paths.

    For a folder these are all below it; for a book in one file, those beside it and in the folder `cases` beside it.
    A case file stands for itself.
    """
    path = Path(book_path)
    if is_case_file(path) and path.is_file():
        return (path,)
    found = path.rglob("*") if path.is_dir() else (*path.parent.glob("*"), *path.parent.glob(f"{_FOLDER}/*"))
    return tuple(sorted(one for one in found if is_case_file(one) and one.is_file()))


def book_of(case_file: str | Path) -> Path | None:
    """Return the book that a file of cases belongs to: the inverse of `find_cases`; `None` when there is none.

    It is the book in whose folder the file lies, the nearest one above it: the folder, when one of its files holds
    `book:` and all of its YAML files are files of a book; else the file that holds `book:`, when the cases stand beside
    it or in `cases` beside it. Among several such files it is the one with the name of the case file.
    """
    path = Path(case_file)
    here = path.absolute().parent
    for folder in (here, *here.parents):
        headed, is_book = _headed(folder)
        if len(headed) == 1 and is_book:
            return folder
        if headed and (folder == here or (here.name == _FOLDER and folder == here.parent)):
            stem = path.name.split(".cases.")[0]
            named = [one for one in headed if one.parent == folder and one.stem == stem]
            beside = named or [one for one in headed if one.parent == folder]
            return beside[0] if len(beside) == 1 else None
    return None


@lru_cache(maxsize=256)
def _headed(folder: Path) -> tuple[tuple[Path, ...], bool]:
    """Return the files right in a folder that hold `book:`, and whether all YAML files below it are files of a book.

    What is below is read only when there is such a file, so that no disk is searched.
    """
    if not os.access(folder, os.R_OK | os.X_OK):
        return (), False
    own = sorted(one for one in folder.iterdir() if one.suffix in _SUFFIXES and not is_case_file(one) and one.is_file())
    headed = tuple(one for one in own if "book" in _keys(one))
    if not headed:
        return (), False
    files = book_files(folder)
    return headed, not isinstance(files, Diagnostic) and all(_keys(one) <= FILE.by_name.keys() for one in files)


@lru_cache(maxsize=4096)
def _keys(path: Path) -> frozenset[str]:
    """Return the top keys of a YAML file; a file that cannot be read has none, and is for the loader to tell of."""
    source = read_source(path)
    root = None if isinstance(source, Diagnostic) else compose(source)[0]
    return frozenset(key.text for key, _ in root.entries) if isinstance(root, Mapping) else frozenset()
