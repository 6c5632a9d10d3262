"""`relmaint mutate`: would the book's own cases notice a mistake in it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import click

from relmaint.cli.options import color_option, customer_model, load_book, model_option

if TYPE_CHECKING:
    from relmaint.cases.measure import Measure, Score
    from relmaint.verify.judge import Different
    from relmaint.verify.mutants import Mutant

__all__ = ["command"]


@dataclass(frozen=True, slots=True)
class _Survivor:
    """A mutant that no case tells apart: who would, the plan as it stands and as the mutant has it, and the case."""

    mutant: Mutant
    who: str
    plan: tuple[str, ...]
    then: tuple[str, ...]
    case: str | None


@click.command("mutate", short_help="Find mistakes that the cases of a book would not notice.")
@click.argument("book_path", metavar="[BOOK]", type=click.Path(), required=False)
@click.option("--cases", "cases_path", metavar="PATH", type=click.Path(exists=True), help="Cases; default: the book's.")
@click.option("--fail-under", metavar="PERCENT", type=click.FloatRange(0, 100), help="Leave with 1 below this score.")
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--limit", metavar="N", type=click.IntRange(1), help="Judge N mutants only, drawn by the seed.")
@click.option("--seed", metavar="S", type=int, default=0, show_default=True, help="Seed of the draw.")
@model_option
@color_option
def command(
    book_path: str | None,
    cases_path: str | None,
    fail_under: float | None,
    format_: str,
    limit: int | None,
    seed: int,
    model_name: str | None,
) -> int:
    """Make one small mistake after the other in BOOK, and run its cases on each.

    Mistakes by which no possible customer's plan changes are left out, by proof. For each of the others that no case
    notices it says where it is, what it is, and which case would notice it. BOOK is by default the shipped retail book.
    """
    from relmaint.cases import load_cases, run_case
    from relmaint.cases.measure import Measure
    from relmaint.engine import Engine
    from relmaint.rulebook.load import default_book_path

    model = customer_model(model_name)
    path = book_path if book_path is not None else str(default_book_path())
    engine = Engine(load_book(path, model))
    ran = [run_case(engine, case) for case in load_cases(cases_path or path, model)]
    for result in ran:
        if result.failures and result.case.todo is None:
            click.echo(f"warning: the case `{result.case.id}` fails as the book stands, and is left out", err=True)
    measure = Measure(engine, (result.case for result in ran if result.passed))
    score = measure.score(_drawn(len(measure.judge.mutants), limit, seed))
    survivors = (_survivor(measure, number, told) for number, told in score.survivors)
    undecided = [measure.judge.mutants[number] for number in score.undecided]
    if format_ == "json":
        click.echo(_json(score, survivors, undecided))
    else:
        click.echo("\n".join(_text(score, survivors, undecided, path)))
    return int(fail_under is not None and score.percent < fail_under)


def _drawn(count: int, limit: int | None, seed: int) -> Sequence[int]:
    """Return the numbers of the mutants to judge."""
    from random import Random

    if limit is None or limit >= count:
        return range(count)
    return sorted(Random(seed).sample(range(count), limit))  # noqa: S311  # a draw to repeat, no secret


def _survivor(measure: Measure, number: int, told: Different) -> _Survivor:
    """Say who would tell a mutant apart: customers in general when the search finds them, else the very one."""
    from relmaint.cases import write_cases
    from relmaint.verify.plans import outcome_of
    from relmaint.verify.words import pattern

    judge = measure.judge
    found = measure.suggester.witness(number, told)
    region = next(islice(judge.differing(number), 1), told)
    cell = region.cell if found is None else judge.cell(found.facts)
    before, after = (
        tuple(step.action for step in outcome_of(judge.decide(cell, one, ranking)))
        for one, ranking in ((None, None), (number, judge.variant(number)))
    )
    case = None
    if found is not None:
        made = measure.suggester.case(found.customer, found.as_of, [number], f"mutant-{number}")
        case = write_cases([made], judge.program.book.vocabulary)
    who = pattern(region.region, judge.space.axes, judge.space.everyone)
    return _Survivor(judge.mutants[number], who, before, after, case)


def _text(score: Score, survivors: Iterator[_Survivor], undecided: Sequence[Mutant], path: str) -> Iterator[str]:
    from relmaint.cases.report import score_line

    for one in survivors:
        yield f"{one.mutant.span or path}: {one.mutant.change}"
        yield f"  who: {one.who}"
        yield f"  plan: {', '.join(one.plan) or 'none'}"
        yield f"  then: {', '.join(one.then) or 'none'}"
        if one.case is not None:
            yield "  case:"
            yield from (f"    {line}" for line in one.case.splitlines())
        yield ""
    for mutant in undecided:
        yield f"{mutant.span or path}: {mutant.change}: undecided: the search was given up"
    yield f"{path}: {score_line(score)}"


def _json(score: Score, survivors: Iterator[_Survivor], undecided: Sequence[Mutant]) -> str:
    import json

    held = {
        "mutants": score.mutants,
        "equivalent": score.equivalent,
        "undecided": len(score.undecided),
        "killed": score.killed,
        "score": round(score.percent, 2),
        "survivors": [
            {
                "statement": one.mutant.statement,
                "path": one.mutant.span.path if one.mutant.span is not None else None,
                "line": one.mutant.span.line if one.mutant.span is not None else None,
                "change": one.mutant.change,
                "who": one.who,
                "plan": one.plan,
                "then": one.then,
                "case": one.case,
            }
            for one in survivors
        ],
        "open": [
            {
                "statement": mutant.statement,
                "path": mutant.span.path if mutant.span is not None else None,
                "line": mutant.span.line if mutant.span is not None else None,
                "change": mutant.change,
            }
            for mutant in undecided
        ],
    }
    return json.dumps(held, ensure_ascii=False, indent=2)
