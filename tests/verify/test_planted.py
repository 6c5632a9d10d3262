"""Are defects that were planted on purpose all found?"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.verify.planted import DEFECTS, outcome

pytestmark = pytest.mark.evidence

BLOCKS = 10
SEEDS = 250
"""2,500 defects in all; the larger runs are recorded in docs/numbers.md."""


@pytest.mark.parametrize("block", range(BLOCKS))
def test_every_planted_defect_is_found(block: int) -> None:
    """Gaps, conflicts, dead rules, superfluous conditions and constants moved by one step: all of them."""
    found = Counter(outcome(seed).split(":")[0] for seed in range(block * SEEDS, (block + 1) * SEEDS))

    assert [number for _, number in sorted(found.items())] == [SEEDS // len(DEFECTS)] * len(DEFECTS)
