"""Moving a number step by step as the oracle of its headroom: `python -m tests.verify.headroom_brute FIRST COUNT`.

Each seed is one small random book. Every base and boost is moved one step after the other, the book really edited and
lowered anew, and the plan of every possible cell compared; the seeds that were run are recorded in docs/numbers.md.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from random import Random
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from relmaint.engine import Engine
from relmaint.ir.conditions import ALWAYS, And, Comparison, Condition, Not, Operator, Or
from relmaint.ir.rules import (
    MAXIMUM_NUMBER,
    Aggregate,
    Assumption,
    Effect,
    Guard,
    HitPolicy,
    Row,
    Rule,
    RuleBook,
    Selector,
    Table,
)
from relmaint.model.action import Action, Kind, Nature
from relmaint.model.attributes import vocabulary_of
from relmaint.model.plan import ActionPlan
from relmaint.rank.decide import Ranking
from relmaint.text import Text
from relmaint.verify.cover import bits_of
from relmaint.verify.headroom import BUDGET, End, First, Headrooms, Number, Reached, Unbounded, Undecided
from relmaint.verify.plans import Outcome, outcome_of
from relmaint.verify.space import Space
from tests.verify.test_plans import Cell, Oracle


class TinyCustomer(BaseModel):
    """Few facts, so that every cell can be looked at."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    tier: Literal["key", "ordinary", "exit"]
    consent: bool | None = None
    quiet: bool = False
    contacts: Annotated[int | None, Field(ge=0, le=9)] = None
    events: frozenset[Literal["moved", "complained"]] | None = frozenset()


NAMES = ("call", "letter", "visit", "offer", "survey")
FLAGS = (Operator.IS_TRUE, Operator.IS_NOT_TRUE, Operator.IS_FALSE)
EVENTS = ("moved", "complained")
TIERS = ("key", "ordinary", "exit")


def small_book(seed: int) -> RuleBook:
    """Draw a book in which actions compete: two classes, scores near each other, and everything that can withhold."""
    random = Random(seed)  # reproducible on purpose
    names = NAMES[: random.randint(2, 5)]
    actions = {name: _action(random, name) for name in sorted(names)}
    tables = [_table(random, f"table/{letter}", names) for letter in "ab"[: random.randint(0, 2)]]
    if random.random() < 0.5:
        tables.append(_budget(random))
    rows = [row.id for table in tables for row in table.rows]
    rules: list[Rule] = []
    for place in range(random.randint(1, 4)):
        targets = [*rows, *(rule.id for rule in rules)]
        overrides = (random.choice(targets),) if targets and random.random() < 0.25 else ()
        boost = tuple((name, random.randint(-3, 3)) for name in sorted(_some(random, names, 2)))
        do = tuple(sorted(_some(random, names, 3)))
        rules.append(Rule(f"rule/{place}", _condition(random), do, boost, overrides))
    guards = [guard for place in range(random.randint(0, 2)) if (guard := _guard(random, f"guard/{place}", actions))]
    assumptions = (Assumption("assume/1", _condition(random)),) if random.random() < 0.15 else ()
    return RuleBook(
        "small",
        "1",
        vocabulary_of(TinyCustomer),
        actions=actions,
        rules=tuple(rules),
        tables=tuple(tables),
        guards=tuple(guards),
        assumptions=assumptions,
        precedence=("first", "second"),
        covers=(),
    )


def _some(random: Random, names: Sequence[str], most: int) -> list[str]:
    return random.sample(names, random.randint(0, min(most, len(names))))


def _action(random: Random, name: str) -> Action:
    nature = random.choice((Nature.CARE, Nature.CARE, Nature.MARKETING, Nature.SERVICE, Nature.INTERNAL))
    return Action(
        id=name,
        kind=Kind.CARE,
        nature=nature,
        title=Text(en=name),
        channel=() if nature is Nature.INTERNAL else ("app", "phone"),
        precedence=random.choice(("first", "first", "first", "second")),
        base=random.randint(-3, 3),
        occasion="birthday" if random.random() < 0.3 else None,
    )


def _condition(random: Random) -> Condition:
    match random.randrange(8):
        case 0:
            return ALWAYS
        case 1 | 2:
            return Comparison("tier", random.choice((Operator.EQ, Operator.NE)), (random.choice(TIERS),))
        case 3:
            return Comparison(random.choice(("consent", "quiet")), random.choice(FLAGS))
        case 4:
            return Not(Comparison("consent", Operator.EQ, (random.random() < 0.5,)))
        case 5:
            return Comparison("events", random.choice((Operator.HAS, Operator.LACKS)), (random.choice(EVENTS),))
        case 6:
            return Comparison("events", random.choice((Operator.IS_UNKNOWN, Operator.IS_KNOWN)))
        case _:
            return random.choice((And, Or))((_condition(random), _condition(random)))


def _table(random: Random, name: str, names: Sequence[str]) -> Table:
    hit = random.choice((*HitPolicy, HitPolicy.COLLECT, HitPolicy.COLLECT))
    aggregate = random.choice((None, *Aggregate)) if hit is HitPolicy.COLLECT else None
    rows = []
    for place in range(1, random.randint(2, 4)):
        tests = (
            random.choice((None, Comparison("tier", Operator.EQ, (random.choice(TIERS),)))),
            random.choice((None, Comparison("quiet", random.choice(FLAGS)))),
        )
        do = tuple(sorted(random.sample(names, random.randint(1, min(3, len(names))))))
        rows.append(Row(f"{name}#{place}", tests, do, random.randint(-3, 3)))
    order = tuple(names) if hit in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER) else ()
    return Table(name, hit, ("tier", "quiet"), ("do", "boost"), tuple(rows), aggregate, order)


def _budget(random: Random) -> Table:
    rows = tuple(
        Row(f"budget#{place}", (Comparison("tier", Operator.EQ, (tier,)),), limits=(random.randint(0, 3),))
        for place, tier in enumerate(TIERS[: random.randint(1, 3)], start=1)
    )
    return Table("budget", HitPolicy.UNIQUE, ("tier",), ("contacts",), rows, default=random.randint(0, 1))


def _guard(random: Random, name: str, actions: dict[str, Action]) -> Guard | None:
    free = sorted(name for name, action in actions.items() if not action.is_duty)
    if not free:
        return None
    select = Selector((("id", (random.choice(free),)),))
    when = _condition(random)
    match random.randrange(4):
        case 0:
            return Guard(name, when, Effect.WITHHOLD, select)
        case 1 | 2:
            return Guard(name, when, Effect.HOLD, select, needs=random.choice(sorted(actions)))
        case _:
            return Guard(name, when, Effect.RESTRICT, select, channels=(random.choice(("app", "visit")),))


# --- the oracle ------------------------------------------------------------------------------------------------------


class Moves:
    """What each movement of a number really does to every possible cell of a book."""

    def __init__(self, book: RuleBook) -> None:
        self.book = book
        space = Space(book)
        self.program = space.programs[0]
        classes = [list(bits_of(axis.everything)) for axis in space.axes]
        self.cells = [
            cell for cell in product(*classes) if space.possible(tuple(1 << class_ for class_ in cell)) is not None
        ]
        oracle = Oracle(self.program)
        self.asked = list(dict.fromkeys(oracle.question(cell) for cell in self.cells))
        self.now = self._plans(book)

    def plans(self, book: RuleBook) -> dict[Cell, Outcome]:
        """Return the plan of every possible cell under a book with the same axes, lowered anew."""
        oracle = Oracle(Space(book).programs[0])
        return {cell: outcome_of(oracle.decision(cell)) for cell in self.cells}

    def _plans(self, book: RuleBook) -> list[Outcome]:
        """Return the plans of all cells that differ in their matches; no movement of a number changes a match."""
        ranking = Ranking(replace(self.program, book=book))
        return [outcome_of(ranking.decide(matched, dict(counts))) for matched, counts in self.asked]

    def _far(self) -> int:
        """Return a step beyond which no two actions change places, but at the last number of all."""
        low = high = {name: action.base for name, action in self.book.actions.items()}
        given = [pair for rule in self.book.rules for pair in rule.boost]
        given += [(name, row.boost) for table in self.book.tables for row in table.rows for name in row.do]
        given += [(name, 1) for table in self.book.tables for row in table.rows for name in row.do]  # when counted
        for name, points in given:
            low = {**low, name: low[name] + min(points, 0)}
            high = {**high, name: high[name] + max(points, 0)}
        fold = 2 * max((abs(points) for _, points in given), default=0)  # a fold stands still for so long
        return max(high.values()) - min(low.values()) + fold + 1

    def first(self, number: Number, way: int) -> int | None:
        """Return the least step that changes a plan, or `None` when no step does."""
        steps = [*range(1, self._far() + 1), MAXIMUM_NUMBER - way * number.value]
        return next((step for step in steps if self._plans(number.moved(self.book, way * step)) != self.now), None)


def check(seed: int) -> Counter[str]:
    """Compare the headroom of each number of one book with moving it; return how often each kind of end came.

    Raises:
        AssertionError: an end is not where the plans first change, or a witness shows nothing.
    """
    book = small_book(seed)
    moves = Moves(book)
    random = Random(seed)  # reproducible on purpose
    budget = random.randint(1, 12) if random.random() < 0.3 else BUDGET
    rooms = Headrooms(book, budget=budget)
    found: Counter[str] = Counter()
    for number in rooms.numbers:
        headroom = rooms.of(number)
        for way, end in ((-1, headroom.down), (1, headroom.up)):
            said = f"seed {seed}: {number} moved by {way}"
            compare(end, moves.first(number, way), said)
            assert budget != BUDGET or not isinstance(end, Undecided), said
            found[end.why.name if isinstance(end, Unbounded) else type(end).__name__] += 1
            if not isinstance(end, Unbounded) and end.first is not None:
                show(book, moves, number, end.first)
    return found


def compare(end: End, first: int | None, said: str) -> None:
    """Compare an end with the step at which a plan really changes first."""
    match end:
        case Reached(steps):
            assert first == steps + 1, f"{said}: {end.steps} steps are free, but {first} changes a plan"
        case Unbounded():
            assert first is None, f"{said}: called unbounded, but {first} changes a plan"
        case Undecided(steps):
            assert first is None or steps < first, f"{said}: {steps} steps called safe, but {first} changes a plan"


def show(book: RuleBook, moves: Moves, number: Number, first: First) -> None:
    """Let the reference backend plan for the witness by the book and by the book with the number really moved."""
    edited = number.moved(book, first.value - number.value)
    cells = [cell for cell in moves.cells if all(mask >> at & 1 for mask, at in zip(first.region, cell, strict=True))]
    assert first.cell in cells
    one, other = (moves.plans(each) for each in (book, edited))
    assert all(one[cell] != other[cell] for cell in cells)
    assert (first.before, first.after) == (one[first.cell], other[first.cell])
    assert first.witness is not None
    customer, day = first.witness.customer, first.witness.as_of
    plans = [Engine(each, backend="reference").plan(customer, as_of=day) for each in (book, edited)]
    assert [steps(first.before), steps(first.after)] == [planned(plan) for plan in plans]


def steps(outcome: Outcome) -> list[tuple[str, str | None, tuple[str, ...]]]:
    """Return what is compared of the steps of an outcome."""
    return [(step.action, step.owner, step.channel) for step in outcome]


def planned(plan: ActionPlan) -> list[tuple[str, str | None, tuple[str, ...]]]:
    """Return what is compared of a plan of the engine."""
    return [(one.action, one.owner, tuple(one.channel)) for one in plan.actions]


def main(first: int, count: int) -> None:
    """Run the seeds and print how many ends of each kind there were."""
    found: Counter[str] = Counter()
    for seed in range(first, first + count):
        found += check(seed)
    said = ", ".join(f"{number} {kind.lower()}" for kind, number in sorted(found.items()))
    print(f"seeds {first} to {first + count - 1}: {said}; no mismatch")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
