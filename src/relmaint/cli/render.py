"""How does the command line look: in colour on a terminal, plain in a file, and where do messages go?"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, TypeVar

import click

from relmaint.cli.options import settings
from relmaint.diagnostics import Diagnostic
from relmaint.explain.layout import Paint, Role, as_written

__all__ = ["Progress", "Voice", "is_colored", "opened", "painter", "umask", "width_of"]

Item = TypeVar("Item")

_WIDEST = 110
"""Longer lines are hard to read, however wide the window is."""

_SHOWN_ON_TERMINAL = 100


def is_colored(stream: TextIO) -> bool:
    """Whether a stream shows colours: https://no-color.org, FORCE_COLOR, and a terminal that can."""
    if settings().no_color or os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def painter(stream: TextIO) -> Paint:
    """Return how the pieces of a text look on a stream."""
    return _painted if is_colored(stream) else as_written


def _painted(text: str, role: Role) -> str:
    match role:
        case "head":
            return click.style(text, bold=True, underline=True)
        case "title":
            return click.style(text, bold=True)
        case "rank":
            return click.style(text, fg="cyan")
        case "due":
            return click.style(text, fg="yellow")
        case "label":
            return click.style(text, fg="blue", bold=True)
        case "muted":
            return click.style(text, dim=True)
        case "alarm":
            return click.style(text, fg="red", bold=True)
        case _:
            return text


def width_of(stream: TextIO) -> int | None:
    """Return where lines break: at the width of the terminal; `None`, nowhere, in files and pipes."""
    return max(40, min(_WIDEST, shutil.get_terminal_size().columns)) if stream.isatty() else None


@contextmanager
def opened(output: str | None, *, bom: bool = False) -> Iterator[TextIO]:
    """Give the stream to write to: the standard output, or a file that appears only when it is complete.

    Args:
        output: the path of the file; a device or a pipe is written to as it goes.
        bom: start the file with a byte order mark, so that Excel reads it as UTF-8.
    """
    if output is None:
        yield sys.stdout
        return
    path = Path(output)
    encoding = "utf-8-sig" if bom else "utf-8"
    if path.exists() and not path.is_file():
        # A device or a pipe is written to where it stands; replacing it would take `/dev/null` from everybody.
        with path.open("w", encoding=encoding, newline="") as stream:
            yield stream
        return
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as problem:
        raise OSError(problem.errno, problem.strerror, output) from problem
    draft = Path(name)
    try:
        with open(handle, "w", encoding=encoding, newline="") as stream:  # noqa: PTH123  # a handle is no path
            yield stream
        draft.chmod(0o666 & ~umask())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def umask() -> int:
    """Return which permissions new files do not get."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


class Voice:
    """Tells findings on the standard error as they come, and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def findings(self, found: Iterable[Diagnostic]) -> None:
        """Tell findings; a terminal shows the first hundred, a file shows all."""
        for finding in found:
            self.count += 1
            if self.count <= _SHOWN_ON_TERMINAL or not sys.stderr.isatty():
                self._tell(finding)
            elif self.count == _SHOWN_ON_TERMINAL + 1:
                click.echo(
                    "more findings are only counted here; send the standard error to a file to see all", err=True
                )

    def _tell(self, finding: Diagnostic) -> None:
        from relmaint.diagnostics.render import render_finding

        gap = "" if self.count == 1 else "\n"
        click.echo(gap + render_finding(finding, color=is_colored(sys.stderr)), err=True, color=True)


class Progress:
    """Shows on a terminal how many customers (or other things) are done, when the output itself goes elsewhere.

    Args:
        output: where the output goes; `None` when it comes only after all is done.
        noun: what is counted.
    """

    def __init__(self, output: TextIO | None, noun: str = "customers") -> None:
        self._shown = sys.stderr.isatty() and (output is None or not output.isatty())
        self._noun = noun

    def over(self, items: Iterable[Item]) -> Iterator[Item]:
        """Pass the items on, counting."""
        with self.counting() as done:
            for number, item in enumerate(items, start=1):
                done(number, None)
                yield item

    @contextmanager
    def counting(self) -> Iterator[Callable[[int, int | None], None]]:
        """Give what is to be told how many are done, and of how many if that is known."""
        if not self._shown:
            yield lambda _now, _of: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (BarColumn(), TextColumn(f"{{task.completed}} {self._noun}"), TimeElapsedColumn())
        with Bar(*columns, console=Console(stderr=True, no_color=not is_colored(sys.stderr)), transient=True) as bar:
            task = bar.add_task(self._noun, total=None)
            yield lambda now, of: bar.update(task, completed=now, total=of)
