"""Do fewer boxes hold the same cells, and how far are they from the fewest there can be?"""

from __future__ import annotations

from functools import reduce
from itertools import combinations, product
from operator import or_
from random import Random

import pytest

from relmaint.ir.program import Axis, Box
from relmaint.verify.cover import Covered, Union, bits_of
from relmaint.verify.minimise import minimise
from relmaint.vocabulary import EnumType
from tests.verify.brute import Small


def drawn(random: Random, axes: tuple[Axis, ...], most: int) -> list[Box]:
    """Draw some boxes."""
    boxes: list[Box] = []
    for _ in range(random.randint(0, most)):
        pairs = [
            (number, random.randint(1, axis.everything) & axis.everything)
            for number, axis in enumerate(axes)
            if random.random() < 0.7
        ]
        if all(mask for _, mask in pairs):
            boxes.append(tuple((number, mask) for number, mask in pairs if mask != axes[number].everything))
    return boxes


def cells(small: Small, boxes: list[Box]) -> int:
    """Return the cells in some box, as bits; those that cannot occur are left out."""
    occurring = small.inside([(number, axis.everything) for number, axis in enumerate(small.axes)]) & small.possible
    return reduce(or_, (small.inside(list(box)) for box in boxes), 0) & occurring


@pytest.mark.parametrize("seed", range(400))
def test_the_same_cells_are_held_by_no_more_boxes(seed: int) -> None:
    """Counting every cell: the same possible ones are held, by boxes of which none is idle and none can be wider."""
    random = Random(seed)
    small = Small(random)
    boxes, impossible = drawn(random, small.axes, 8), drawn(random, small.axes, 2)
    nobody = cells(small, impossible)
    found = list(minimise(boxes, small.axes, impossible))
    held = cells(small, found)

    assert (cells(small, boxes) | nobody) == (held | nobody)
    assert len(found) <= len(boxes)
    for number, box in enumerate(found):
        others = cells(small, [*found[:number], *found[number + 1 :]])
        assert cells(small, [box]) & ~others & ~nobody
        for axis, mask in box:
            for class_ in bits_of(small.axes[axis].everything & ~mask):
                wider: Box = tuple((own, kept | 1 << class_ if own == axis else kept) for own, kept in box)
                assert cells(small, [wider]) & ~held & ~nobody


def fewest(axes: tuple[Axis, ...], boxes: list[Box]) -> int:
    """Return how many boxes hold the same cells at least, by trying every set of the widest ones."""
    union = Union(boxes, axes)

    def is_held(cube: tuple[int, ...]) -> bool:
        return isinstance(union.cover(cube), Covered)

    everything = [range(1, axis.everything + 1) for axis in axes]
    cubes = [cube for cube in product(*everything) if not any(mask & 1 for mask in cube) and is_held(cube)]
    widest = [
        cube
        for cube in cubes
        if not any(
            other != cube and all(mask & ~more == 0 for mask, more in zip(cube, other, strict=True)) for other in cubes
        )
    ]
    wanted = {cell for cube in cubes for cell in product(*map(bits_of, cube))}
    holding = [frozenset(product(*map(bits_of, cube))) for cube in widest]
    for count in range(len(widest) + 1):
        if any(wanted == set().union(*chosen) for chosen in combinations(holding, count)):
            return count
    raise AssertionError("the widest boxes hold all cells together")


def test_the_fewest_boxes_are_nearly_always_found() -> None:
    """On small axes at most one box too many is found, and that seldom."""
    axes = tuple(Axis(name, EnumType(tuple("abc")), optional=False) for name in "xyz")
    surplus = []
    for seed in range(120):
        boxes = drawn(Random(seed), axes, 6)
        surplus.append(len(minimise(boxes, axes)) - fewest(axes, boxes))

    assert {0, 1} >= set(surplus)
    assert surplus.count(1) <= 3


@pytest.mark.parametrize("seed", range(60))
def test_boxes_cut_at_random_are_put_together_again(seed: int) -> None:
    """A box that was cut into pieces again and again is one box again."""
    random = Random(seed)
    axes = tuple(Axis(name, EnumType(tuple("abcde")), optional=True) for name in "uvwxyz")
    whole = tuple(random.randint(1, axis.everything) for axis in axes)
    pieces = [whole]
    for _ in range(12):
        place, axis = random.randrange(len(pieces)), random.randrange(len(axes))
        piece = pieces.pop(place)
        part = random.getrandbits(6) & piece[axis]
        masks = [mask for mask in (part, piece[axis] & ~part) if mask]
        pieces.extend((*piece[:axis], mask, *piece[axis + 1 :]) for mask in masks)
    box: Box = tuple((axis, mask) for axis, mask in enumerate(whole) if mask != axes[axis].everything)

    assert (box,) == minimise([tuple(enumerate(piece)) for piece in pieces], axes)


def test_boxes_that_are_narrowed_are_widened_better() -> None:
    """On functions of many single cells the search goes on from narrowed boxes, and needs fewer of them."""
    axes = tuple(Axis(name, EnumType(tuple("ab")), optional=False) for name in "uvwxyz")
    counts = []
    for seed in (12, 18, 28, 33, 39):
        random = Random(seed)
        cells = [cell for cell in product((1, 2), repeat=6) if random.random() < 0.55]
        boxes: list[Box] = [tuple((axis, 1 << class_) for axis, class_ in enumerate(cell)) for cell in cells]
        counts.append(len(minimise(boxes, axes)))

    assert all(count <= most for count, most in zip(counts, (13, 12, 15, 11, 14), strict=True))
