"""`relmaint doctor`: what can run here, what cannot, and how to get it?"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

import click

from relmaint import __version__

__all__ = ["command"]


@click.command("doctor", short_help="What can run here, and how to get the rest.")
def command() -> int:
    """Show the versions of everything that decides how the library runs, and what is missing.

    The exit code is 1 when the shipped rule book cannot be loaded.
    """
    rows = [*_versions(), *_extras()]
    book, is_fine = _book()
    for name, said in [*rows, ("retail book", book)]:
        click.echo(f"{name:<14}{said}")
    return 0 if is_fine else 1


def _versions() -> Iterator[tuple[str, str]]:
    yield "relmaint", __version__
    yield "python", f"{platform.python_version()} {platform.python_implementation()}, {platform.platform()}"
    yield "pydantic", version("pydantic")
    yield "PyYAML", f"{version('PyYAML')}, {_libyaml()}"
    yield "click", version("click")
    yield "rich", version("rich")


def _libyaml() -> str:
    from relmaint.rulebook.source import HAS_C_PARSER

    if not HAS_C_PARSER:
        return "without libyaml: books load about seven times slower; install a PyYAML wheel"
    return "with libyaml"


def _extras() -> Iterator[tuple[str, str]]:
    from relmaint.backends.rete import availability

    can_run, said = availability()
    yield "backend rete", f"yes, {said}" if can_run else f"no: {said}"
    yield "testing", _installed("hypothesis", "for property-based tests: pip install 'relmaint[testing]'")


def _installed(package: str, advice: str) -> str:
    try:
        return f"yes, {package} {version(package)}"
    except PackageNotFoundError:
        return f"no: {package} is not installed; {advice}"


def _book() -> tuple[str, bool]:
    from relmaint.rulebook.load import check_rule_book, default_book_path

    path = default_book_path()
    loaded = check_rule_book(path)
    if loaded.book is None:
        return f"no: {len(loaded.diagnostics)} findings in {path}; see `relmaint check`", False
    return f"yes, {loaded.book.name} {loaded.book.version} in {path}", True
