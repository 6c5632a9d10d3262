"""Does counting every cell of small random books ever contradict the search?"""

from __future__ import annotations

import pytest

from tests.verify.brute import outcome

pytestmark = pytest.mark.evidence

BLOCKS = 20
SEEDS = 5_000
"""100,000 books in all; the larger runs are recorded in docs/numbers.md."""


@pytest.mark.parametrize("block", range(BLOCKS))
def test_the_search_agrees_with_counting_every_cell(block: int) -> None:
    """Covered has a proof that the independent checker takes, a hole is bare, and a spent budget is no answer."""
    kinds = {outcome(seed) for seed in range(block * SEEDS, (block + 1) * SEEDS)}

    assert kinds >= {"Covered", "Hole"}
