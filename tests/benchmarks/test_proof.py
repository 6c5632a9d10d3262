"""What does a proof cost next to merely indexing the boxes, and how much more do a hundred times as many cost?"""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from relmaint.recheck import proves
from relmaint.verify.certificate import steps_of
from relmaint.verify.cover import Covered, Undecided, Union, region_of
from tests.verify.families import AXES, FAMILIES


@pytest.mark.parametrize("count", [100, 1_000, 10_000])
@pytest.mark.parametrize("family", sorted(FAMILIES))
@pytest.mark.benchmark(group="is everything covered?")
def test_proving(benchmark: Any, family: str, count: int) -> None:
    """Indexing and proving, from the boxes to the answer."""
    boxes = FAMILIES[family](Random(7), count)

    answer = benchmark.pedantic(lambda: Union(boxes, AXES).cover(region_of(AXES)), rounds=5, warmup_rounds=1)
    assert not isinstance(answer, Undecided)


@pytest.mark.parametrize("what", ["index", "prove", "recheck"])
@pytest.mark.benchmark(group="a partition into 10,000 boxes")
def test_a_partition(benchmark: Any, what: str) -> None:
    """The longest proof of the families: indexing, proving, and checking the proof again."""
    boxes = FAMILIES["tree"](Random(7), 10_000)
    union = Union(boxes, AXES)
    answer = union.cover(region_of(AXES))
    assert isinstance(answer, Covered)
    steps, plain = steps_of(answer.proof), [dict(box) for box in union.boxes]
    ways: dict[str, Any] = {
        "index": lambda: Union(boxes, AXES),
        "prove": lambda: Union(boxes, AXES).cover(region_of(AXES)),
        "recheck": lambda: proves(plain, list(region_of(AXES)), steps),
    }

    assert benchmark.pedantic(ways[what], rounds=5, warmup_rounds=1)
