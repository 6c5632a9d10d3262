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

from relmaint.model.attributes import facts_of
from relmaint.verify.judge import Different, Equivalent, Judge
from relmaint.verify.nearby import Nearby

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


def suggest(judge: Judge, day: date) -> Suggestion:
    """Choose customers that show as many of the judge's mutants as can be found."""
    vocabulary = judge.program.book.vocabulary
    nearby = Nearby(vocabulary, judge.space.axes, day)
    pool: list[tuple[BaseModel, date]] = []
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
            found = nearby.customer(different.region)
            if found is None:
                continue
            facts = facts_of(vocabulary, *found)
            judge.learn(tuple(axis.class_of(facts.get(axis.attribute)) for axis in judge.space.axes))
            pool.append(found)
            if len(pool) - 1 in judge.shown_by(number):
                break
        else:
            unfound.append(number)
    return Suggestion(_chosen(judge, pool), tuple(equivalent), tuple(undecided), tuple(unfound))


def _chosen(judge: Judge, pool: Sequence[tuple[BaseModel, date]]) -> tuple[Shown, ...]:
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
    return tuple(Shown(*pool[place], tuple(sorted(shows[place]))) for place in sorted(picked))
