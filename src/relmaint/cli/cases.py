"""`relmaint cases`: does a book do what its cases say, and which cases would show all that it does?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relmaint.cli.options import color_option, customer_model, load_book, model_option

if TYPE_CHECKING:
    from relmaint.cases import Case
    from relmaint.engine import Engine
    from relmaint.verify.judge import Judge
    from relmaint.verify.suggest import Shown, Suggestion

__all__ = ["command"]


@click.command("cases", short_help="Run the cases of a rule book, or suggest some.")
@click.argument("book_path", metavar="[BOOK]", type=click.Path(), required=False)
@click.option("--suggest", "suggesting", is_flag=True, help="Write cases that show all that the book does.")
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False), help="Write the suggested cases to FILE.")
@model_option
@color_option
def command(book_path: str | None, suggesting: bool, out: str | None, model_name: str | None) -> int:
    """Run the cases of BOOK, by default the shipped retail book, and say what came otherwise.

    With `--suggest`, a small set of cases with the plans as they are now is written instead: with a case for each
    statement, each side of a constant, and the effect of each comparison on its own, as far as a plan shows it.
    """
    from relmaint.engine import Engine
    from relmaint.rulebook.load import default_book_path

    model = customer_model(model_name)
    path = book_path if book_path is not None else str(default_book_path())
    engine = Engine(load_book(path, model))
    return _suggest(engine, out) if suggesting else _run(engine, path, model)


def _run(engine: Engine, path: str, model: type[Any]) -> int:
    from relmaint.cases import find_cases, read_cases, run_case
    from relmaint.diagnostics import Severity
    from relmaint.errors import RuleBookError

    passed = failed = 0
    for file in find_cases(path):
        cases, findings = read_cases(file, model)
        if any(finding.severity is Severity.ERROR for finding in findings):
            raise RuleBookError(findings)
        for case in cases:
            result = run_case(engine, case)
            passed, failed = passed + result.passed, failed + (not result.passed)
            for failure in result.failures:
                click.echo(f"{case.span}: `{case.id}`: {failure}")
    click.echo(f"{path}: {passed} cases passed, {failed} failed")
    return int(failed > 0)


def _suggest(engine: Engine, out: str | None) -> int:
    from relmaint.cases import write_cases
    from relmaint.verify.judge import Judge
    from relmaint.verify.mutants import mutants_of
    from relmaint.verify.suggest import suggest

    judge = Judge(engine.book, mutants_of(engine.book))
    suggestion = suggest(judge)
    cases = [_case(engine, judge, place, shown) for place, shown in enumerate(suggestion.chosen, start=1)]
    text = write_cases(cases, engine.book.vocabulary)
    if out is None:
        click.echo(text, nl=False)
    else:
        Path(out).write_text(text, encoding="utf-8")
    for line in _left(judge, suggestion, cases):
        click.echo(line, err=True)
    return 0


def _case(engine: Engine, judge: Judge, place: int, shown: Shown) -> Case:
    """Return the case of a customer: the plan as it is now, and what the mutants that it shows have otherwise."""
    from relmaint.cases import Case, expectation_of, joined
    from relmaint.model.attributes import facts_of

    plan = engine.plan(shown.customer, as_of=shown.day)
    facts = facts_of(engine.book.vocabulary, shown.customer, shown.day)
    cell = judge.cell(facts)
    others = [
        engine.plan_of(judge.decide(cell, number, judge.variant(number)), shown.customer, as_of=shown.day)
        for number in shown.numbers
    ]
    expect = joined([expectation_of(plan, other) for other in others])
    return Case(f"suggested-{place}", shown.day, shown.customer, expect)


def _left(judge: Judge, suggestion: Suggestion, cases: Sequence[Case]) -> Iterator[str]:
    """Say what the cases do not show, and why; that a base score has room is nothing to cover."""
    equivalent = [number for number in suggestion.equivalent if judge.mutants[number].role != "action"]
    reasons = (
        (equivalent, "no possible customer's plan shows it"),
        (suggestion.undecided, "undecided: the search was given up"),
        (suggestion.unfound, "no customer was found"),
    )
    for numbers, reason in reasons:
        for number in numbers:
            mutant = judge.mutants[number]
            where = "" if mutant.span is None else f"{mutant.span}: "
            yield f"{where}{mutant.change}: {reason}"
    told = len(judge.mutants) - len(suggestion.equivalent) - len(suggestion.undecided)
    killed = told - len(suggestion.unfound)
    yield f"{len(cases)} cases; they show {killed} of {told} mutants that change a plan"
