"""`relmaint cases`: which cases would show all that a book does?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from relmaint.cli.options import color_option, customer_model, load_book, model_option, output_option
from relmaint.cli.render import opened

if TYPE_CHECKING:
    from relmaint.cases import Case
    from relmaint.cases.measure import Measure
    from relmaint.verify.suggest import Suggestion

__all__ = ["command"]


@click.command("cases", short_help="Suggest cases that show all that a rule book does.")
@click.argument("book_path", metavar="[BOOK]", type=click.Path(), required=False)
@click.option("--suggest", "suggesting", is_flag=True, help="Write cases that show all that the book does.")
@click.option("--missing", is_flag=True, help="Suggest only what the cases of the book would not notice.")
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False), help="The same as --output.")
@output_option
@model_option
@color_option
def command(
    book_path: str | None,
    suggesting: bool,
    missing: bool,
    out: str | None,
    output: str | None,
    model_name: str | None,
) -> int:
    """Write a small set of cases for BOOK, by default the shipped retail book, with the plans as they are now.

    With a case for each statement, each side of a constant, and the effect of each comparison on its own, as far as a
    plan shows it. `relmaint test` runs the cases of a book.
    """
    from relmaint.cases import load_cases, run_case
    from relmaint.cases.measure import Measure
    from relmaint.engine import Engine
    from relmaint.rulebook.load import default_book_path

    if not (suggesting or missing):
        asked = f" {book_path}" if book_path is not None else ""
        raise click.UsageError(
            f"`relmaint cases` runs no cases any more: write `relmaint test{asked}`, "
            f"or `relmaint cases{asked} --suggest` for new ones"
        )
    model = customer_model(model_name)
    path = book_path if book_path is not None else str(default_book_path())
    engine = Engine(load_book(path, model))
    own = load_cases(path, model) if missing else ()
    measure = Measure(engine, (case for case in own if run_case(engine, case).passed))
    suggestion, cases = measure.suggestion()
    _write(measure, suggestion, cases, output or out)
    return 0


def _write(measure: Measure, suggestion: Suggestion, cases: Sequence[Case], output: str | None) -> None:
    from relmaint.cases import write_cases

    with opened(output) as stream:
        stream.write(write_cases(cases, measure.judge.program.book.vocabulary))
    for line in _left(measure, suggestion, cases):
        click.echo(line, err=True)


def _left(measure: Measure, suggestion: Suggestion, cases: Sequence[Case]) -> Iterator[str]:
    """Say what the cases do not show, and why; that a base score has room is nothing to cover."""
    mutants = measure.judge.mutants
    equivalent = [number for number in suggestion.equivalent if mutants[number].role != "action"]
    reasons = (
        (equivalent, "no possible customer's plan shows it"),
        (suggestion.undecided, "undecided: the search was given up"),
        (suggestion.unfound, "no customer was found"),
    )
    for numbers, reason in reasons:
        for number in numbers:
            mutant = mutants[number]
            where = "" if mutant.span is None else f"{mutant.span}: "
            yield f"{where}{mutant.change}: {reason}"
    shown = sum(len(one.numbers) for one in suggestion.chosen)
    told = shown + len(suggestion.unfound)
    left = " that change a plan" if not measure.cases else " that change a plan and that no case noticed"
    yield f"{len(cases)} cases; they show {shown} of {told} mutants{left}"
