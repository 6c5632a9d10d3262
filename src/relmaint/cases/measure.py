"""How much of a book do its cases show, and which mistakes in it would they notice?

A case shows an edit of the book when the plan of its customer changes by it; it notices the edit when it then fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from relmaint.cases.case import Case
from relmaint.cases.run import is_met
from relmaint.cases.suggest import Suggester, names_of
from relmaint.model.attributes import facts_of
from relmaint.verify.coverage import Coverage, Item, coverage
from relmaint.verify.judge import Different, Equivalent, Judge
from relmaint.verify.mutants import mutants_of
from relmaint.verify.suggest import Suggestion, suggest

if TYPE_CHECKING:
    from relmaint.engine import Engine

__all__ = ["Measure", "Score"]


@dataclass(slots=True)
class Score:
    """How mutants came out; `survivors` are told apart by no case, each with customers who would.

    Of `undecided` ones, by their numbers, it was not found out whether any customer could tell them apart.
    """

    mutants: int = 0
    equivalent: int = 0
    killed: int = 0
    survivors: list[tuple[int, Different]] = field(default_factory=list)
    undecided: list[int] = field(default_factory=list)

    @property
    def percent(self) -> float:
        """The killed ones among those that plan otherwise for somebody; 100 when there are none."""
        told = self.killed + len(self.survivors)
        return 100.0 * self.killed / told if told else 100.0


class Measure:
    """What the cases of one book are worth.

    Args:
        engine: the engine of the book.
        cases: cases that pass.

    Attributes:
        judge: the mutants of the book; it knows the customers of the cases, by their places among them.
        suggester: makes further cases, about customers like those of the cases.
    """

    def __init__(self, engine: Engine, cases: Iterable[Case]) -> None:
        """Make the mutants, and let the judge learn of the customers."""
        self._engine = engine
        self.cases = tuple(cases)
        self.judge = Judge(engine.book, mutants_of(engine.book))
        for case in self.cases:
            self.judge.learn(self.judge.cell(facts_of(engine.book.vocabulary, case.customer, case.as_of)))
        known = [(case.customer, case.as_of) for case in self.cases]
        self.suggester = Suggester(engine, self.judge, known)
        self._killers: dict[tuple[str, str], list[int]] = {}

    def is_killed(self, number: int) -> bool:
        """Whether a case fails when the book has this mistake."""
        mutant = self.judge.mutants[number]
        killers = self._killers.setdefault((mutant.role, mutant.statement), [])
        for place, decision in self.judge.told_apart(number, tuple(killers)):
            if place < len(self.cases):
                case = self.cases[place]
                if not is_met(case.expect, self._engine.plan_of(decision, case.customer, as_of=case.as_of)):
                    if place not in killers:
                        killers.append(place)
                    return True
        return False

    def score(self, numbers: Sequence[int] | None = None) -> Score:
        """Judge the mutants of these numbers, all of them by default."""
        chosen = range(len(self.judge.mutants)) if numbers is None else numbers
        score = Score(mutants=len(chosen))
        for number in chosen:
            if self.is_killed(number):
                score.killed += 1
                continue
            match self.judge.verdict(number):
                case Equivalent():
                    score.equivalent += 1
                case Different() as told:
                    score.survivors.append((number, told))
                case _:
                    score.undecided.append(number)
        return score

    def coverage(self) -> Coverage:
        """Return what of the book the cases show."""
        return coverage(self.judge)

    def names(self, items: Sequence[Item]) -> Iterator[str]:
        """Yield a name for the case of each item, other than those of the cases."""
        return names_of([item.aim.statement for item in items], (case.id for case in self.cases))

    def case_for(self, item: Item, name: str) -> Case | None:
        """Return a case that helps to cover an uncovered item; `None` when no customer for it was found."""
        for number in item.open:
            told = self.judge.verdict(number)
            found = self.suggester.witness(number, told) if isinstance(told, Different) else None
            if found is not None:
                return self.suggester.case(found.customer, found.as_of, [number], name)
        return None

    def suggestion(self) -> tuple[Suggestion, tuple[Case, ...]]:
        """Return a small set of further cases, which notice what these do not; and what no case was found for."""
        done = [number for number in range(len(self.judge.mutants)) if self.is_killed(number)]
        found = suggest(self.judge, self.suggester.witness, done=frozenset(done))
        statements = [self.judge.mutants[shown.numbers[0]].statement for shown in found.chosen]
        names = names_of(statements, (case.id for case in self.cases))
        cases = tuple(
            self.suggester.case(shown.customer, shown.day, shown.numbers, name)
            for shown, name in zip(found.chosen, names, strict=True)
        )
        return found, cases
