"""`relmaint fmt`: how is a rule book written in its one canonical form?"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from relmaint.cli.options import color_option
from relmaint.cli.render import is_colored

if TYPE_CHECKING:
    from relmaint.diagnostics import Diagnostic

__all__ = ["command", "show_change"]


@click.command("fmt", short_help="Write rule books in canonical form.")
@click.argument("paths", metavar="[PATHS]...", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--check", "check_only", is_flag=True, help="Write nothing; name the files that would change.")
@click.option("--diff", "show_diff", is_flag=True, help="Write nothing; show what would change.")
@color_option
def command(paths: tuple[Path, ...], check_only: bool, show_diff: bool) -> int:
    """Put the files of rule books into canonical form: order of keys, spacing, operators; comments stay.

    PATHS are files or folders; by default the current folder. Files of cases are left alone. With --check or --diff
    the exit code is 1 when a file would change.
    """
    from relmaint.cli.render import Voice

    voice, changed, seen = Voice(), 0, 0
    for path in _files(paths or (Path(),)):
        if not isinstance(path, Path):
            voice.findings([path])
            continue
        before, after, findings = _both(path)
        if before is None and path not in paths:
            continue
        seen += 1
        voice.findings(findings)
        if before is not None and before != after and not findings:
            changed += 1
            _act(path, before, after, check_only=check_only, show_diff=show_diff)
    click.echo(_summary(seen, changed, written=not (check_only or show_diff)), err=True)
    if voice.count or not seen:
        return 2
    return int(bool(changed) and (check_only or show_diff))


def _files(paths: tuple[Path, ...]) -> Iterator[Path | Diagnostic]:
    from relmaint.diagnostics import Diagnostic
    from relmaint.rulebook.files import book_files

    for path in paths:
        found = book_files(path)
        yield from [found] if isinstance(found, Diagnostic) else found


def _both(path: Path) -> tuple[str | None, str, list[Diagnostic]]:
    """Return the text of a file, `None` when it holds no part of a rule book; its canonical form; and findings."""
    from relmaint.diagnostics import Diagnostic, diagnostic
    from relmaint.rulebook.keys import FILE
    from relmaint.rulebook.nodes import Mapping
    from relmaint.rulebook.source import compose, read_source
    from relmaint.rulebook.write import format_text

    source = read_source(path)
    if isinstance(source, Diagnostic):
        return None, "", [source]
    node, _ = compose(source)
    keys = {key.text for key, _ in node.entries} if isinstance(node, Mapping) else set()
    if node is not None and not keys & {key.name for key in FILE.keys}:
        return None, "", [diagnostic("empty-book", f"`{path}` holds no part of a rule book", node.span)]
    after, findings = format_text(source.text, str(path))
    return source.text, after, findings


def _act(path: Path, before: str, after: str, *, check_only: bool, show_diff: bool) -> None:
    if show_diff:
        show_change(before, after, f"{path}", f"{path} (canonical)")
    elif check_only:
        click.echo(f"{path}")
    else:
        path.write_text(after, encoding="utf-8", newline="")
        click.echo(f"{path}")


def show_change(before: str, after: str, old: str, new: str) -> None:
    """Print the lines that differ between two texts, called by the names `old` and `new`, as a unified diff."""
    lines = difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), old, new)
    click.echo("".join(_colored(line) for line in lines), nl=False, color=True)


def _colored(line: str) -> str:
    line = line if line.endswith("\n") else f"{line}\n"
    color = {"+": "green", "-": "red", "@": "cyan"}.get(line[0])
    return click.style(line, fg=color) if color is not None and is_colored(sys.stdout) else line


def _summary(seen: int, changed: int, *, written: bool) -> str:
    if not seen:
        return "no rule-book files here"
    verb = "changed" if written else "would change"
    return f"{seen} file{'s' if seen > 1 else ''}, {changed} {verb}"
