"""Is a spent budget ever shown as an answer?"""

from __future__ import annotations

from collections import Counter

import pytest

from relmaint.verify import why
from relmaint.verify.checks import gap, invariants, masked
from relmaint.verify.checks.proofs import inside
from relmaint.verify.cover import Union
from relmaint.verify.judge import Judge
from relmaint.verify.parts import everywhere, leaves, someone
from tests.verify.budgets import QUESTIONS, limited, outcome

pytestmark = pytest.mark.evidence

BLOCKS = 8
SEEDS = 40
"""320 books in all, each asked eight kinds of questions; the larger runs are recorded in docs/numbers.md."""


@pytest.mark.parametrize("block", range(BLOCKS))
def test_what_was_not_decided_says_so_and_what_was_is_so(block: int) -> None:
    """With one to a hundred regions a question: what is not told is left open, and what is told is true."""
    found: Counter[str] = Counter()
    for seed in range(block * SEEDS, (block + 1) * SEEDS):
        found.update(outcome(seed))

    assert found["questions"] == SEEDS * len(QUESTIONS)
    assert {name for name in EXPECTED if not found[name]} == set()


EXPECTED = (
    "part: left open",
    "part: decided",
    "gap proof: undecided",
    "gap proof: proven",
    "gap: left open",
    "difference: left open",
    "difference: complete",
    "mutant: unsettled",
    "mutant: equivalent",
    "mutant: different",
    "merge: left open",
    "merge: decided",
    "why: left open",
    "why: proven",
    "near misses: left open",
    "broken-invariant: left open",
    "unreachable-rule: decided",
)
"""Answers that each block must have given, so that the comparison is about something."""


def test_the_limit_reaches_every_budget_of_the_verifier() -> None:
    """Defaults of functions and methods, and numbers of modules, are the limit within and as before after."""
    functions = (Union.cover, leaves, everywhere, someone, inside, why.Why.smallest, why.Why.near_misses)

    def budgets() -> list[object]:
        defaults = [(one.__kwdefaults__ or {})["budget"] for one in functions]
        return [*defaults, invariants.BUDGET, masked._BUDGET, Judge.verdict.__globals__["BUDGET"]]

    before = budgets()
    with limited(3):
        assert budgets() == [3] * len(before)
        assert gap.proofs_of.__globals__["answers"].__kwdefaults__["budget"] == 3
    assert before == budgets()
    assert 3 not in before
