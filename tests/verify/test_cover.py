"""Is the answer about a union of boxes the one that counting every cell gives?"""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmaint.ir.program import Axis, Box
from relmaint.recheck import proves
from relmaint.verify.certificate import steps_of
from relmaint.verify.cover import Covered, Hole, Undecided, Union, cover, region_of
from relmaint.vocabulary import BooleanType, EnumType, IntegerType, SetType

AXES = (
    Axis("flag", BooleanType(), optional=True),
    Axis("set", SetType(("a", "b")), optional=True, member="a"),
    Axis("set", SetType(("a", "b")), optional=True, member="b"),
    Axis("size", IntegerType(0), optional=False, cuts=(1, 5)),
    Axis("word", EnumType(("x", "y", "z")), optional=False),
)
SETS = (1, 2)


def cells() -> list[tuple[int, ...]]:
    """Return every cell that a customer can have: the set is unknown for both words or for none."""
    ranges = [[class_ for class_ in range(axis.size) if axis.everything >> class_ & 1] for axis in AXES]
    return [cell for cell in product(*ranges) if (cell[1] == 0) == (cell[2] == 0)]


@st.composite
def boxes(draw: st.DrawFn) -> list[Box]:
    """Draw a few boxes, wide enough to cover everything now and then."""
    found = []
    for _ in range(draw(st.integers(0, 8))):
        box = []
        for index in draw(st.sets(st.integers(0, len(AXES) - 1), max_size=3)):
            mask = draw(st.integers(1, (1 << AXES[index].size) - 1)) & AXES[index].everything
            if mask and mask != AXES[index].everything:
                box.append((index, mask))
        found.append(tuple(sorted(box)))
    return found


def holds(box: Box, cell: tuple[int, ...]) -> bool:
    """Whether the cell lies in the box."""
    return all(mask >> cell[index] & 1 for index, mask in box)


@given(boxes())
@settings(max_examples=500)
def test_cover_agrees_with_counting(some: list[Box]) -> None:
    """Covered means that every possible cell lies in a box; a hole is a region none of whose cells does."""
    bare = [cell for cell in cells() if not any(holds(box, cell) for box in some)]
    answer = cover(some, region_of(AXES), AXES)

    if isinstance(answer, Hole):
        inside = [cell for cell in cells() if all(answer.region[i] >> one & 1 for i, one in enumerate(cell))]
        assert inside
        assert set(inside) <= set(bare)
    else:
        assert isinstance(answer, Covered)
        assert bare == []


@given(boxes(), st.integers(0, 3))
@settings(max_examples=200)
def test_a_spent_budget_is_never_called_covered(some: list[Box], budget: int) -> None:
    """With too little work allowed the answer is undecided, or the true one."""
    answer = cover(some, region_of(AXES), AXES, budget=budget)

    assert isinstance(answer, Undecided) or type(answer) is type(cover(some, region_of(AXES), AXES))


FAR = ((4, 0b100),)
"""A box of customers about whom no question of the next test is."""


@given(boxes(), st.integers(0, 100))
@settings(max_examples=300)
def test_boxes_far_from_the_question_change_nothing(some: list[Box], without: int) -> None:
    """A union of which the question touches a small part gives the answer of that part, and a proof that holds."""
    region = (*region_of(AXES)[:4], 0b011)
    left_out = without & ((1 << len(some)) - 1)
    alone = Union(some, AXES).cover(region, without=left_out)
    union = Union([*some, *[FAR] * 200], AXES)
    answer = union.cover(region, without=left_out)

    assert type(alone) is type(answer)
    if isinstance(answer, Covered):
        numbered = [{4: 0} if left_out >> number & 1 else dict(box) for number, box in enumerate(union.boxes)]
        assert proves(numbered, list(region), steps_of(answer.proof))
    if isinstance(answer, Hole):
        assert all(mask & ~own == 0 for mask, own in zip(answer.region, region, strict=True))
        for number, box in enumerate(union.boxes[: len(some)]):
            assert left_out >> number & 1 or any(not answer.region[axis] & mask for axis, mask in box)


@pytest.mark.parametrize("width", [1, 3, 40])
def test_many_masks_on_one_axis_are_asked_as_few(width: int) -> None:
    """Which boxes touch a mask, and which do not hold it, is the same however many masks the axis has."""
    random = Random(width)  # reproducible on purpose
    axis = Axis("size", IntegerType(0), optional=True, cuts=tuple(range(1, 400)))
    boxes: list[Box] = [
        ((0, sum(1 << (start + step) for step in range(random.randint(1, width)))),)
        for start in random.choices(range(350), k=500)
    ]
    union = Union([*boxes, ()], [axis])
    asked = [1, 2, 0b111 << 30, 1 << 349, axis.everything, *(1 << random.randrange(400) for _ in range(40))]
    for mask in asked:
        own = [dict(box).get(0, -1) for box in union.boxes]

        assert union.touching(0, mask) == sum(1 << place for place, one in enumerate(own) if one & mask)
        assert union.doubtful(0, mask) == sum(1 << place for place, one in enumerate(own) if mask & ~one)
