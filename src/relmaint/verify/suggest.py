"""Which few customers show everything that a book does?

A customer shows an edit when their plan changes by it. The edits of `mutants` ask for what a set of cases should have:
each statement effective once (it is dropped), both sides of each constant (it is moved by one step), and the effect of
each comparison on its own (it is negated, and dropped). The set is chosen greedily.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel

from relmaint.verify.judge import Different, Equivalent, Judge
from relmaint.verify.witness import Witness

__all__ = ["Shown", "Suggestion", "suggest"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A customer, the day, and the numbers of the mutants that they show and nobody before them does.

    The first of the numbers is the one for which the customer was looked for, if nobody before shows it.
    """

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


def suggest(
    judge: Judge, find: Callable[[int, Different], Witness | None], *, done: Collection[int] = ()
) -> Suggestion:
    """Choose customers that show as many of the judge's mutants as can be found.

    Args:
        judge: the mutants; it learns of every customer that is found.
        find: a customer who shows a mutant, in a region in which it plans otherwise; `None` when none was found.
        done: the numbers of mutants that need no customer.
    """
    first = judge.learned
    pool: list[tuple[Witness, int]] = []
    equivalent: list[int] = []
    undecided: list[int] = []
    unfound: list[int] = []

    def new(number: int) -> set[int]:
        return {place - first for place in judge.shown_by(number) if place >= first}

    for number in range(len(judge.mutants)):
        if number in done or new(number):
            continue
        match judge.verdict(number):
            case Equivalent():
                equivalent.append(number)
            case Different() as told:
                found = find(number, told)
                if found is None:
                    unfound.append(number)
                    continue
                judge.learn(judge.cell(found.facts))
                pool.append((found, number))
            case _:
                undecided.append(number)
    shows: list[set[int]] = [set() for _ in pool]
    for number in range(len(judge.mutants)):
        for place in new(number) if number not in done else ():
            shows[place].add(number)
    # A customer found for a later mutant may show an earlier one, too.
    every = set().union(*shows)
    still = [tuple(number for number in numbers if number not in every) for numbers in (undecided, unfound)]
    return Suggestion(_chosen(pool, shows), tuple(equivalent), *still)


def _chosen(pool: Sequence[tuple[Witness, int]], shows: Sequence[set[int]]) -> tuple[Shown, ...]:
    """Choose greedily whoever shows the most that nobody before shows; in the order in which they were found."""
    left = set().union(*shows)
    picked: dict[int, tuple[int, ...]] = {}
    while left:
        best = max(range(len(pool)), key=lambda place: (len(shows[place] & left), -place))
        sought = pool[best][1]
        picked[best] = tuple(sorted(shows[best] & left, key=lambda number, first=sought: (number != first, number)))  # type: ignore[misc]  # bound
        left -= shows[best]
    return tuple(Shown(pool[place][0].customer, pool[place][0].as_of, picked[place]) for place in sorted(picked))
