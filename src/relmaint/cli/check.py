"""`relmaint check`: is the rule book sound, and does it speak for every combination?"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from relmaint import __version__
from relmaint.cli.options import color_option, customer_model, model_option
from relmaint.cli.render import is_colored
from relmaint.diagnostics import Severity

if TYPE_CHECKING:
    from relmaint.diagnostics import Diagnostic
    from relmaint.ir.rules import RuleBook

__all__ = ["command"]

_UNREADABLE = frozenset({"cannot-read", "empty-book"})


@click.command("check", short_help="Find what is wrong with a rule book.")
@click.argument("book_path", metavar="[BOOK]", type=click.Path(), required=False)
@model_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(("text", "json", "sarif", "github")),
    default="text",
    show_default=True,
    help="text to read, json or sarif for tools, github for annotations.",
)
@click.option(
    "--certificate",
    "certificate_path",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True),
    help="Write what is proven to FILE; `python -m relmaint.recheck FILE` checks it again.",
)
@color_option
def command(book_path: str | None, model_name: str | None, format_: str, certificate_path: str | None) -> int:
    """Check BOOK, a folder or a file; by default the shipped retail book.

    Every error and warning at once, each with its place and what to do; whether every customer has daily, special and
    care actions in the plan; whether what the book declares under `invariants:` is so. What is found by proof is true
    of the customers it names, and what is not found is not so for any customer. The exit code is 1 when there is an
    error. The page docs/reference-checks.md explains every check, with a bad book and a good one.
    """
    from relmaint.rulebook.load import check_rule_book, default_book_path

    path = book_path if book_path is not None else str(default_book_path())
    loaded = check_rule_book(path, customer=customer_model(model_name))
    findings = [*loaded.diagnostics, *(_proven(loaded.book) if loaded.book is not None else ())]
    click.echo(_rendered(findings, format_), nl=False, color=True)
    if format_ == "text":
        click.echo(_summary(path, loaded.book, findings))
    if certificate_path is not None and loaded.book is not None:
        said = _certify(loaded.book, Path(certificate_path))
        click.echo(said, err=format_ != "text")
    if any(finding.code in _UNREADABLE for finding in findings):
        return 2
    return int(any(finding.severity is Severity.ERROR for finding in findings))


def _proven(book: RuleBook) -> Iterator[Diagnostic]:
    """Return what is found by proof; it takes the longest, and nothing of it is needed to load the book."""
    from relmaint.verify.checks.run import check

    return check(book)


def _certify(book: RuleBook, path: Path) -> str:
    """Write the certificate; return what it holds, in a sentence."""
    import json

    from relmaint.verify.certificate import certificate
    from relmaint.verify.totality import Totality

    held = certificate(book, Totality(book).claims())
    path.write_text(json.dumps(held, ensure_ascii=False) + "\n", encoding="utf-8")
    count, possible = len(held["claims"]), len(book.covers)
    return f"{path}: {count} of {possible} kinds proven for every customer of every combination"


def _rendered(findings: Sequence[Diagnostic], format_: str) -> str:
    from relmaint.diagnostics import render

    match format_:
        case "json":
            return render.render_json(findings)
        case "sarif":
            return render.render_sarif(findings, version=__version__, root=Path.cwd())
        case "github":
            return render.render_github(findings)
        case _:
            color = is_colored(sys.stdout)
            return "".join(f"{render.render_finding(finding, color=color)}\n\n" for finding in findings)


def _summary(path: str, book: RuleBook | None, findings: Sequence[Diagnostic]) -> str:
    from relmaint.diagnostics.render import summary

    verdict = summary(findings)
    if book is None:
        return f"{path}: {verdict}"
    rows = sum(len(table.rows) for table in book.tables)
    counts = {"action": len(book.actions), "rule": len(book.rules), "table row": rows, "guard": len(book.guards)}
    size = ", ".join(f"{count} {word}{'s' * (count != 1)}" for word, count in counts.items())
    return f"{path}: {book.name} {book.version}: {size}: {verdict}"
