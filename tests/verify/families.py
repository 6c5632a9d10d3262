"""Large sets of boxes over twelve axes, of the kinds that decision tables and rule books come to.

Source of the kinds: a random book, a guillotine partition (every cell covered once), a decision table, and a bank's
base rules per combination with overlays.
"""

from __future__ import annotations

from random import Random

from relmaint.ir.program import Axis, Box
from relmaint.vocabulary import BooleanType, EnumType, IntegerType

SIZES = {"preference": 5, "habit": 4, "tier": 3, "product": 6}
AXES: tuple[Axis, ...] = (
    *(Axis(name, EnumType(tuple("abcdef"[:size])), optional=False) for name, size in SIZES.items()),
    *(Axis(f"number{place}", IntegerType(0), optional=True, cuts=tuple(range(1, 50))) for place in range(6)),
    *(Axis(f"flag{place}", BooleanType(), optional=True) for place in range(2)),
)


def narrow(random: Random, count: int) -> list[Box]:
    """Two to four conditions a box, ranges of a tenth to four tenths."""
    return [_box(random, random.randint(2, 4)) for _ in range(count)]


def hard(random: Random, count: int) -> list[Box]:
    """Four wide conditions a box."""
    boxes = []
    for _ in range(count):
        picked = sorted(random.sample(range(len(AXES)), 4))
        boxes.append(tuple((axis, AXES[axis].everything & ~_part(random, axis, 0.3)) for axis in picked))
    return boxes


def tree(random: Random, count: int) -> list[Box]:
    """Cut everything in two again and again: disjoint boxes that together are everything."""
    leaves: list[dict[int, int]] = [{}]
    while len(leaves) < count:
        leaf = leaves.pop(0)
        able = [axis for axis in range(len(AXES)) if leaf.get(axis, AXES[axis].everything).bit_count() > 1]
        axis = random.choice(able)
        mask = leaf.get(axis, AXES[axis].everything)
        classes = [class_ for class_ in range(mask.bit_length()) if mask >> class_ & 1]
        low = sum(1 << class_ for class_ in classes[: random.randint(1, len(classes) - 1)])
        leaves += [{**leaf, axis: low}, {**leaf, axis: mask & ~low}]
    return [tuple(sorted(leaf.items())) for leaf in leaves]


def blurred(random: Random, count: int) -> list[Box]:
    """A partition whose boxes each reach a little further: everything is covered, and nothing falls apart."""
    return [
        tuple((axis, mask | 1 << random.randrange(1, AXES[axis].size)) for axis, mask in leaf)
        for leaf in tree(random, count)
    ]


def bank(random: Random, count: int) -> list[Box]:
    """Each of the 60 combinations split at a number, and overlays of two to four conditions."""
    boxes: list[Box] = []
    for combination in range(60):
        rest, one = divmod(combination, 5)
        three, two = divmod(rest, 4)
        base = ((0, 2 << one), (1, 2 << two), (2, 2 << three))
        low = (1 << random.randint(2, 49)) - 1
        boxes += [(*base, (4, low)), (*base, (4, AXES[4].everything & ~low))]
    return boxes + narrow(random, count - len(boxes))


def _box(random: Random, conditions: int) -> Box:
    picked = sorted(random.sample(range(len(AXES)), conditions))
    return tuple((axis, _part(random, axis, random.uniform(0.1, 0.4))) for axis in picked)


def _part(random: Random, axis: int, share: float) -> int:
    """Return a run of known classes, about as long as the share says."""
    size = AXES[axis].size - 1
    length = max(1, round(size * share))
    return ((1 << length) - 1) << random.randint(1, size - length + 1)


FAMILIES = {"narrow": narrow, "hard": hard, "tree": tree, "bank": bank}
