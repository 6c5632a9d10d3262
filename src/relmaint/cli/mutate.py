"""`relmaint mutate`: would the book's own cases notice a mistake in it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relmaint.cli.options import color_option, customer_model, load_book, model_option

if TYPE_CHECKING:
    from relmaint.cases import Case
    from relmaint.engine import Engine
    from relmaint.verify.judge import Different, Judge
    from relmaint.verify.mutants import Mutant
    from relmaint.verify.witness import Witnesses

__all__ = ["command"]


@dataclass(frozen=True, slots=True)
class _Survivor:
    """A mutant that no case tells apart: who would, the plan as it stands and as the mutant has it, and the case."""

    mutant: Mutant
    who: str
    plan: tuple[str, ...]
    then: tuple[str, ...]
    case: str | None


@dataclass(slots=True)
class _Score:
    """How the mutants came out; `survivors` are told apart by no case."""

    mutants: int = 0
    equivalent: int = 0
    undecided: int = 0
    killed: int = 0
    survivors: list[_Survivor] = field(default_factory=list)

    @property
    def percent(self) -> float:
        """The killed ones among those that plan otherwise for somebody; 100 when there are none."""
        told = self.killed + len(self.survivors)
        return 100.0 * self.killed / told if told else 100.0


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
    from relmaint.engine import Engine
    from relmaint.rulebook.load import default_book_path
    from relmaint.verify.judge import Judge
    from relmaint.verify.mutants import mutants_of

    model = customer_model(model_name)
    path = book_path if book_path is not None else str(default_book_path())
    engine = Engine(load_book(path, model))
    judge = Judge(engine.book, mutants_of(engine.book))
    cases, failing = _cases(engine, cases_path or path, model)
    for case in failing:
        click.echo(f"warning: the case `{case.id}` fails as the book stands, and is left out", err=True)
    score = _scored(engine, judge, cases, _drawn(len(judge.mutants), limit, seed))
    click.echo(_json(score) if format_ == "json" else "\n".join(_text(score, path)))
    return int(fail_under is not None and score.percent < fail_under)


def _drawn(count: int, limit: int | None, seed: int) -> Sequence[int]:
    """Return the numbers of the mutants to judge."""
    from random import Random

    if limit is None or limit >= count:
        return range(count)
    return sorted(Random(seed).sample(range(count), limit))  # noqa: S311  # a draw to repeat, no secret


def _cases(engine: Engine, path: str, model: type[Any]) -> tuple[list[Case], list[Case]]:
    """Return the cases that pass, and those that fail, of a case file, or of all below a folder or beside a book."""
    from relmaint.cases import find_cases, read_cases, run_case
    from relmaint.diagnostics import Severity
    from relmaint.errors import RuleBookError

    alone = Path(path).is_file() and Path(path).name.endswith((".cases.yaml", ".cases.yml"))
    passing: list[Case] = []
    failing: list[Case] = []
    for file in (Path(path),) if alone else find_cases(path):
        cases, findings = read_cases(file, model)
        if any(finding.severity is Severity.ERROR for finding in findings):
            raise RuleBookError(findings)
        for case in cases:
            (passing if run_case(engine, case).passed else failing).append(case)
    return passing, failing


def _scored(engine: Engine, judge: Judge, cases: Sequence[Case], numbers: Sequence[int]) -> _Score:
    from relmaint.model.attributes import facts_of
    from relmaint.verify.judge import Different, Equivalent
    from relmaint.verify.witness import Witnesses

    witnesses = Witnesses(engine.book.vocabulary, judge.space.axes)
    for case in cases:
        facts = facts_of(engine.book.vocabulary, case.customer, case.as_of)
        judge.learn(judge.cell(facts))
    score = _Score(mutants=len(numbers))
    for number in numbers:
        match judge.verdict(number):
            case Equivalent():
                score.equivalent += 1
            case Different() as different:
                if _is_killed(engine, judge, number, cases):
                    score.killed += 1
                else:
                    score.survivors.append(_survivor(engine, judge, witnesses, number, different))
            case _:
                score.undecided += 1
    return score


def _is_killed(engine: Engine, judge: Judge, number: int, cases: Sequence[Case]) -> bool:
    from relmaint.cases import failures_of

    return any(
        failures_of(cases[place].expect, engine.plan_of(decision, cases[place].customer, as_of=cases[place].as_of))
        for place, decision in judge.told_apart(number)
    )


def _survivor(engine: Engine, judge: Judge, witnesses: Witnesses, number: int, told: Different) -> _Survivor:
    """Say who would tell a mutant apart; customers in general when the search finds them, else the very one."""
    from relmaint.verify.plans import outcome_of
    from relmaint.verify.words import pattern

    regions = list(islice(judge.differing(number), _TRIES)) or [told]
    cases = (_case(engine, judge, witnesses, number, one) for one in regions)
    cell, case = next((one for one in cases if one is not None), (regions[0].cell, None))
    before, after = (
        tuple(step.action for step in outcome_of(judge.decide(cell, one, ranking)))
        for one, ranking in ((None, None), (number, judge.variant(number)))
    )
    who = pattern(regions[0].region, judge.space.axes, judge.space.everyone)
    return _Survivor(judge.mutants[number], who, before, after, case)


_TRIES = 4
"""In how many regions a customer is looked for."""


def _case(
    engine: Engine, judge: Judge, witnesses: Witnesses, number: int, told: Different
) -> tuple[tuple[int, ...], str] | None:
    """Return the cell and the case of a customer in the region, or `None` when none was found that kills the mutant."""
    from relmaint.cases import Case, expectation_of, failures_of, write_cases

    if (found := witnesses.customer(told.region, impossible=judge.space.impossible)) is None:
        return None
    customer, day = found.customer, found.as_of
    cell = judge.cell(found.facts)
    other = engine.plan_of(judge.decide(cell, number, judge.variant(number)), customer, as_of=day)
    expect = expectation_of(engine.plan(customer, as_of=day), other)
    if not failures_of(expect, other):
        return None
    case = Case(f"mutant-{number}", day, customer, expect)
    return cell, write_cases([case], engine.book.vocabulary)


def _text(score: _Score, path: str) -> Iterator[str]:
    for one in score.survivors:
        yield f"{one.mutant.span or path}: {one.mutant.change}"
        yield f"  who: {one.who}"
        yield f"  plan: {', '.join(one.plan) or 'none'}"
        yield f"  then: {', '.join(one.then) or 'none'}"
        if one.case is not None:
            yield "  case:"
            yield from (f"    {line}" for line in one.case.splitlines())
        yield ""
    yield (
        f"{path}: {score.mutants} mutants: {score.equivalent} equivalent, {score.killed} killed, "
        f"{len(score.survivors)} survived, {score.undecided} undecided: score {score.percent:.1f} %"
    )


def _json(score: _Score) -> str:
    import json

    held = {
        "mutants": score.mutants,
        "equivalent": score.equivalent,
        "undecided": score.undecided,
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
            for one in score.survivors
        ],
    }
    return json.dumps(held, ensure_ascii=False, indent=2)
