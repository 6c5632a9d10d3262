"""Does planning for every customer of small random books ever contradict an answer about plans?"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.verify.brute_books import outcome

pytestmark = pytest.mark.evidence

BLOCKS = 6
SEEDS = 100
"""600 books in all; the larger runs are recorded in docs/numbers.md."""


@pytest.mark.parametrize("block", range(BLOCKS))
def test_every_answer_is_what_planning_for_every_customer_says(block: int) -> None:
    """Checks, differences, mutants, merges, smallest changes, combinations and certificates, on one block of books."""
    found: Counter[str] = Counter()
    for seed in range(block * SEEDS, (block + 1) * SEEDS):
        found.update(outcome(seed))

    assert found["books"] == SEEDS
    assert {name for name in EXPECTED if not found[name]} == set()


EXPECTED = (
    "parts with one plan",
    "gap",
    "kind without a gap, with proof",
    "never-wins",
    "unreachable-rule",
    "masked-rule",
    "subsumed-rule",
    "redundant-condition",
    "unknown-open",
    "plan-dates",
    "certified claim",
    "region of a difference",
    "difference that is empty",
    "mutant equivalent",
    "mutant different",
    "merge: clean",
    "smallest change of 2",
    "no change does it",
)
"""Answers that a block of books must have given, so that the comparison is about something."""
