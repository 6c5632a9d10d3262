"""`relmaint test`: does a book do what its cases say, and how much of it do they show?"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from relmaint.cli.options import (
    backend_option,
    color_option,
    customer_model,
    language_option,
    load_book,
    model_option,
    output_option,
    settings,
)
from relmaint.cli.render import opened, painter

if TYPE_CHECKING:
    from relmaint.cases import Case, CaseResult
    from relmaint.cli.case_report import Measured
    from relmaint.engine import BackendName, Engine

__all__ = ["command"]

_BOUNDARIES = 5
"""For so many failing cases the nearest boundary is looked for; it takes longer than running the cases."""


@click.command("test", short_help="Run the cases of a rule book.")
@click.argument("book_path", metavar="[BOOK]", type=click.Path(), required=False)
@click.option("--cases", "cases_path", metavar="PATH", type=click.Path(exists=True), help="Cases; default: the book's.")
@click.option(
    "-k", "patterns", metavar="ID", multiple=True, help="Only cases whose id holds ID; `*` stands for any text."
)
@backend_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(("text", "json", "junit")),
    default="text",
    show_default=True,
    help="text to read, json for tools, junit for CI services.",
)
@output_option
@click.option("--coverage", "covering", is_flag=True, help="Say what of the book the cases show.")
@click.option("--show-missing", is_flag=True, help="As --coverage, and with the case that would show each thing.")
@click.option(
    "--fail-under", metavar="PERCENT", type=click.FloatRange(0, 100), help="Leave with 1 below this coverage."
)
@click.option("--accept", is_flag=True, help="Let failing cases expect what the plan is now, and show what changed.")
@model_option
@language_option
@color_option
def command(
    book_path: str | None,
    cases_path: str | None,
    patterns: tuple[str, ...],
    backend: BackendName,
    format_: str,
    output: str | None,
    covering: bool,
    show_missing: bool,
    fail_under: float | None,
    accept: bool,
    model_name: str | None,
) -> int:
    """Run the cases of BOOK, by default the shipped retail book, and say what came otherwise.

    BOOK may also be a file of cases; the book is then the one whose folder it lies in. A failing case shows what was
    expected beside what came, the rules that matched with their places, and the least change of the customer that would
    turn the answer round.

    The coverage counts no lines: it is the share of the statements that matter to some case, of the constants both
    sides of which a case stands on, and of the comparisons whose own effect a case shows. What no possible customer can
    show is left out, by proof.

    The exit code is 1 when a case fails, or when the coverage is too low.
    """
    from relmaint.cases import load_cases, run_case
    from relmaint.cases.account import Reporter
    from relmaint.cases.report import coverage_line
    from relmaint.cli.case_report import Run, rendered
    from relmaint.engine import Engine

    model = customer_model(model_name)
    book, path = _paths(book_path, cases_path)
    engine = Engine(load_book(book, model), backend)
    results = tuple(run_case(engine, case) for case in _selected(load_cases(path, model), patterns, path))
    if accept:
        return _accept(results)
    reporter = Reporter(engine)
    failed = [result for result in results if result.verdict == "failed"]
    accounts = tuple(reporter.account(one, nearest=at < _BOUNDARIES) for at, one in enumerate(failed))
    asked = covering or show_missing or fail_under is not None
    measured = _measured(engine, results, show=show_missing) if asked else None
    run = Run(path, engine.book, results, accounts, reporter, measured)
    with opened(output) as stream:
        stream.write(rendered(run, format_, settings().language, painter(stream)))
    low = fail_under is not None and measured is not None and measured.coverage.percent() < fail_under
    if low and measured is not None and (format_ != "text" or output is not None):
        click.echo(coverage_line(measured.coverage, settings().language), err=True)
    return int(bool(failed) or low)


def _paths(book_path: str | None, cases_path: str | None) -> tuple[str, str]:
    """Return the book, and where its cases are."""
    from relmaint.cases import book_of, is_case_file
    from relmaint.rulebook.load import default_book_path

    if book_path is None:
        book_path = str(default_book_path())
    elif is_case_file(book_path) and Path(book_path).is_file():
        book = book_of(book_path)
        if book is None:
            raise click.UsageError(f"`{book_path}` lies in no book's folder; write the book, and `--cases {book_path}`")
        return str(book), cases_path or book_path
    return book_path, cases_path or book_path


def _selected(cases: Sequence[Case], patterns: Sequence[str], path: str) -> list[Case]:
    """Return the cases whose ids fit one of the patterns; that there are none is no success."""
    from relmaint.diagnostics import did_you_mean

    if not cases:
        raise click.UsageError(
            f"`{path}` has no cases; write some in `cases/` beside it, or let `relmaint cases {path} --suggest` do it"
        )
    chosen = [case for case in cases if not patterns or any(fnmatchcase(case.id, f"*{one}*") for one in patterns)]
    if not chosen:
        hint = did_you_mean(patterns[0], (case.id for case in cases))
        raise click.UsageError(f"no case has an id with `{patterns[0]}`" + (f"; {hint}" if hint else ""))
    return chosen


def _measured(engine: Engine, results: Sequence[CaseResult], *, show: bool) -> Measured:
    """Return what the passing cases show, and with `show` a case for each thing that they do not."""
    from relmaint.cases import write_cases
    from relmaint.cases.measure import Measure
    from relmaint.cli.case_report import Measured
    from relmaint.verify.coverage import State

    measure = Measure(engine, (result.case for result in results if result.passed))
    coverage = measure.coverage()
    uncovered = tuple(item for item in coverage.items if item.state is State.UNCOVERED)
    cases: list[str | None] = []
    for item, name in zip(uncovered, measure.names(uncovered), strict=True):
        case = measure.case_for(item, name) if show else None
        cases.append(None if case is None else write_cases([case], engine.book.vocabulary))
    return Measured(coverage, uncovered, tuple(cases))


# --- accepting -------------------------------------------------------------------------------------------------------


def _accept(results: Sequence[CaseResult]) -> int:
    """Rewrite the failing cases in their files, and show what changed; leave with 1 when one cannot be accepted."""
    from relmaint.cases.accept import Change, rewritten
    from relmaint.diagnostics import Diagnostic
    from relmaint.rulebook.source import read_source

    failed = [result for result in results if result.verdict == "failed"]
    changes: dict[str, dict[str, Change]] = {}
    left = 0
    for result in failed:
        case, change = result.case, Change.of(result)
        assert case.span is not None, "a case that was read has a place; please report this"
        if change is None:
            names = ", ".join(f"`{check.action}`" for check in result.failures)
            click.echo(f"{case.span}: `{case.id}`: the book has no action {names}; this cannot be accepted", err=True)
            left += 1
        else:
            changes.setdefault(case.span.path, {})[case.id] = change
    for path, own in changes.items():
        source = read_source(Path(path))
        assert not isinstance(source, Diagnostic), "the file was read before; please report this"
        text = rewritten(source, own)
        _replace(Path(path), text)
        click.echo("".join(_difference(path, source.text, text)), nl=False)
    click.echo(f"{len(failed) - left} cases accepted, {left} left, {len(results) - len(failed)} were as expected")
    return int(left > 0)


def _replace(path: Path, text: str) -> None:
    """Write a file anew, with the byte order mark that it had."""
    bom = path.read_bytes().startswith(b"\xef\xbb\xbf")
    with opened(str(path), bom=bom) as stream:
        stream.write(text)


def _difference(path: str, old: str, new: str) -> Iterator[str]:
    lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for line in difflib.unified_diff(*lines, path, f"{path} (accepted)", n=2):
        yield line if line.endswith("\n") else f"{line}\n"
