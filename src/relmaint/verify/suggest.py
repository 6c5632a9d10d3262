"""Which few customers show everything that a book does?

A customer shows an edit when their plan changes by it. The edits of `mutants` ask for what a set of cases should have:
each statement effective once (it is dropped), both sides of each constant (it is moved by one step), and the effect of
each comparison on its own (it is negated, and dropped). The set is chosen greedily.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from pydantic import BaseModel

from relmaint.verify.judge import Different, Equivalent, Judge
from relmaint.verify.witness import Witness, Witnesses

__all__ = ["Shown", "Suggestion", "suggest"]

_TRIES = 4
"""In how many regions a customer is looked for."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A customer, the day, and the numbers of the mutants that they show."""

    customer: BaseModel
    day: date
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The chosen customers, and the numbers of the mutants that none of them shows, by the reason."""

    chosen: tuple[Shown, ...]
    equivalent: tuple[int, ...]
    undecided: tuple[int, ...]
    unfound: tuple[int, ...]


def suggest(judge: Judge) -> Suggestion:
    """Choose customers that show as many of the judge's mutants as can be found."""
    witnesses = Witnesses(judge.program.book.vocabulary, judge.space.axes)
    pool: list[Witness] = []
    equivalent: list[int] = []
    undecided: list[int] = []
    unfound: list[int] = []
    for number in range(len(judge.mutants)):
        if judge.shown_by(number):
            continue
        match judge.verdict(number):
            case Equivalent():
                equivalent.append(number)
                continue
            case Different() as told:
                regions = list(islice(judge.differing(number), _TRIES)) or [told]
            case _:
                undecided.append(number)
                continue
        for different in regions:
            found = witnesses.customer(different.region, impossible=judge.space.impossible)
            if found is None:
                continue
            judge.learn(judge.cell(found.facts))
            pool.append(found)
            if len(pool) - 1 in judge.shown_by(number):
                break
        else:
            unfound.append(number)
    # A customer found for a later mutant may show an earlier one, too.
    still = [[number for number in numbers if not judge.shown_by(number)] for numbers in (undecided, unfound)]
    return Suggestion(_chosen(judge, pool), tuple(equivalent), *map(tuple, still))


def _chosen(judge: Judge, pool: Sequence[Witness]) -> tuple[Shown, ...]:
    """Choose greedily whoever shows the most that nobody before shows."""
    shows: list[set[int]] = [set() for _ in pool]
    for number in range(len(judge.mutants)):
        for place in judge.shown_by(number):
            shows[place].add(number)
    left = set().union(*shows)
    picked: list[int] = []
    while left:
        best = max(range(len(pool)), key=lambda place: (len(shows[place] & left), -place))
        picked.append(best)
        left -= shows[best]
    return tuple(
        Shown(pool[place].customer, pool[place].as_of, tuple(sorted(shows[place]))) for place in sorted(picked)
    )
