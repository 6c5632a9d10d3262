"""Do z3, a SAT solver and the reference ever contradict the search, on books of up to two thousand rules?"""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
import z3

from relmaint.ir.conditions import Comparison, Condition, Interval, Not, Operator
from relmaint.ir.reference import truth
from tests.verify.oracles import Customers, outcome
from tests.verify.raw_books import VOCABULARY, Raw

pytestmark = pytest.mark.evidence

BLOCKS = 4
SEEDS = 50
"""200 books in all; the larger runs are recorded in docs/numbers.md."""


@pytest.mark.parametrize("block", range(BLOCKS))
def test_the_solvers_agree_with_the_search(block: int) -> None:
    """Totality, unreachable and redundant rules, unions that mask, conditions, overlaps, differences, and plans."""
    found: Counter[str] = Counter()
    for seed in range(block * SEEDS, (block + 1) * SEEDS):
        found.update(outcome(seed))

    assert {name for name in EXPECTED if not found[name]} == set()


QUESTIONS = (
    "total",
    "unreachable",
    "redundant",
    "masked by the union of earlier ones",
    "overlap",
    "redundant condition",
)
EXPECTED = (
    *(f"{question}: {answer}" for question in QUESTIONS for answer in (True, False)),
    "matches of an action differ: True",
    "matches of an action differ: False",
    "action in somebody's plan: True",
    "action in somebody's plan: False",
    "plans differ: True",
)
"""Answers that each block must have given, so that the comparison is about something."""


@pytest.mark.parametrize("seed", range(40))
def test_a_condition_means_to_z3_what_it_means(seed: int) -> None:
    """Whom z3 shows as meeting a condition, missing it, or of whom it is unknown, is so by the reference."""
    random = Random(seed)
    raw = Raw(random)
    condition: Condition = raw.condition()
    solver = z3.Solver()
    customers = Customers(VOCABULARY, solver)
    yes, no = customers.truth(condition)
    shown = 0
    for asked, expected in ((yes, True), (no, False), (z3.Not(z3.Or(yes, no)), None), (z3.And(yes, no), "both")):
        if solver.check(asked) == z3.sat:
            assert truth(condition, customers.facts(solver.model())) is expected
            shown += 1

    assert shown >= 1


def test_the_ends_of_intervals_are_those_of_the_reference() -> None:
    """At each end of a range, closed or open, z3 says what the reference says."""
    for low_closed in (True, False):
        for high_closed in (True, False):
            inside = Comparison("days", Operator.INSIDE, (Interval(0, 6, low_closed, high_closed),))
            for condition in (inside, Not(inside)):
                for value in range(-1, 8):
                    solver = z3.Solver()
                    yes, _ = Customers(VOCABULARY, solver).truth(condition)
                    is_value = z3.And(z3.Int("days") == value, z3.Bool("days is known"))
                    assert (solver.check(yes, is_value) == z3.sat) == (truth(condition, {"days": value}) is True)
