"""Which versions of a rule book does a command compare: folders, files, or paths in revisions of git?"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from relmaint.cli.options import load_book
from relmaint.errors import RuleBookError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from relmaint.diagnostics import Diagnostic, Span
    from relmaint.ir.rules import RuleBook

__all__ = ["Edition", "edition"]


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of a book.

    Args:
        name: how the person at the terminal calls it.
        path: where it can be read, as long as the command runs.
        book: what it holds.
    """

    name: str
    path: Path
    book: RuleBook

    def holds(self, span: Span) -> bool:
        """Whether a place lies in this version."""
        return _is_within(self.path, span)

    def shown(self, span: Span) -> Span:
        """Return a place as the person at the terminal calls it."""
        return _shown(self.name, self.path, span)

    def renamed(self, finding: Diagnostic) -> Diagnostic:
        """Return a finding with all places as the person at the terminal calls them."""
        return _renamed(self.name, self.path, finding)


@contextmanager
def edition(name: str, model: type[BaseModel]) -> Iterator[Edition]:
    """Load a book from a path, or from a path in a git revision such as `HEAD~1:rules/retail`.

    Raises:
        click.UsageError: there is no such revision, or no git.
        RuleBookError: the book has errors.
    """
    revision, colon, path = name.partition(":")
    if Path(name).exists() or not colon or len(revision) == 1:
        yield Edition(name, Path(name), load_book(name, model))
        return
    with _checked_out(revision, path) as found:
        try:
            book = load_book(str(found), model)
        except RuleBookError as problem:
            raise RuleBookError([_renamed(name, found, one) for one in problem.diagnostics]) from None
        yield Edition(name, found, book)


@contextmanager
def _checked_out(revision: str, path: str) -> Iterator[Path]:
    """Unpack a path of a git revision into a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "book.tar"
        try:
            subprocess.run(  # noqa: S603  # the arguments are a list, and no shell reads them
                ["git", "archive", "--output", str(archive), "--end-of-options", revision, path],  # noqa: S607  # git is found by PATH, as in the shell
                check=True,
                capture_output=True,
                text=True,
            )
        except FileNotFoundError:
            raise click.UsageError(f"`{revision}:{path}` needs git, which is not installed") from None
        except subprocess.CalledProcessError as failure:
            reason = failure.stderr.strip().splitlines()[-1] if failure.stderr.strip() else "git failed"
            raise click.UsageError(f"cannot read `{path}` of the revision `{revision}`: {reason}") from None
        import tarfile

        unpacked = Path(folder) / "tree"
        with tarfile.open(archive) as held:
            held.extractall(unpacked, filter="data")
        yield unpacked / path


def _is_within(root: Path, span: Span) -> bool:
    return Path(span.path).is_relative_to(root)


def _shown(name: str, root: Path, span: Span) -> Span:
    if not _is_within(root, span):
        return span
    within = Path(span.path).relative_to(root).as_posix()
    return replace(span, path=name if within == "." else f"{name.rstrip('/')}/{within}")


def _renamed(name: str, root: Path, finding: Diagnostic) -> Diagnostic:
    related = tuple(replace(one, span=_shown(name, root, one.span)) for one in finding.related)
    span = None if finding.span is None else _shown(name, root, finding.span)
    return replace(finding, message=finding.message.replace(str(root), name), span=span, related=related)
