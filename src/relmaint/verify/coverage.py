"""How much of what a book does do some customers show?

Not lines are counted but aims: that each statement matters, both sides of each constant, and the effect of each
comparison on its own (masking MC/DC, with "the plan changes" in the place of "the outcome changes"). A customer shows
an edit when their plan changes by it. What no possible customer can show does not count, and that is proven.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from relmaint.verify.judge import Different, Equivalent, Judge
from relmaint.verify.mutants import Aim, Aspect

__all__ = ["Coverage", "Item", "State", "coverage"]


class State(StrEnum):
    """How an aim stands."""

    COVERED = "covered"
    UNCOVERED = "uncovered"
    EQUIVALENT = "equivalent"
    """No possible customer can show it."""
    UNDECIDED = "undecided"
    """Nobody shows it, and whether somebody could was not decided."""


@dataclass(frozen=True, slots=True)
class Item:
    """One aim, how it stands, and the numbers of the mutants that are still to be shown."""

    aim: Aim
    state: State
    open: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """How all aims of a book stand, in the order of the book."""

    items: tuple[Item, ...]

    def count(self, state: State, aspect: Aspect | None = None) -> int:
        """Return how many aims stand so, of one aspect or of all."""
        return sum(one.state is state and aspect in (None, one.aim.aspect) for one in self.items)

    def percent(self, aspect: Aspect | None = None) -> float:
        """Return the covered ones among those that somebody could show; 100 when there are none."""
        covered, uncovered = self.count(State.COVERED, aspect), self.count(State.UNCOVERED, aspect)
        return 100.0 * covered / (covered + uncovered) if covered + uncovered else 100.0


def coverage(judge: Judge) -> Coverage:
    """Return how much of the judge's book the customers show that it has learned of."""
    numbers: dict[Aim, list[int]] = {}
    for number, mutant in enumerate(judge.mutants):
        if mutant.aim is not None:
            numbers.setdefault(mutant.aim, []).append(number)
    return Coverage(tuple(_item(judge, aim, own) for aim, own in numbers.items()))


def _item(judge: Judge, aim: Aim, numbers: Iterable[int]) -> Item:
    shown = False
    told: list[int] = []
    undecided: list[int] = []
    for number in numbers:
        if judge.shown_by(number):
            shown = True
            continue
        match judge.verdict(number):
            case Different():
                told.append(number)
            case Equivalent():
                pass
            case _:
                undecided.append(number)
    if told:
        return Item(aim, State.UNCOVERED, tuple(told))
    if undecided:
        return Item(aim, State.UNDECIDED, tuple(undecided))
    return Item(aim, State.COVERED if shown else State.EQUIVALENT)
