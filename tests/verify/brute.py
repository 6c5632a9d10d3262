"""Counting every cell as the oracle of the search: `python -m tests.verify.brute FIRST COUNT`.

Each seed is one small random book of boxes; the seeds that were run are recorded in docs/numbers.md.
"""

from __future__ import annotations

import sys
from collections import Counter
from functools import reduce
from operator import and_, or_
from random import Random

from relmaint.ir.program import Axis, Box
from relmaint.recheck import proves
from relmaint.verify.certificate import steps_of
from relmaint.verify.cover import Covered, Hole, Region, Undecided, Union
from relmaint.vocabulary import BooleanType, EnumType, IntegerType, SetType

LETTERS = "abcdefg"


class Small:
    """A few axes, and every cell of theirs as one bit."""

    def __init__(self, random: Random) -> None:
        """Draw two to four axes, now and then with one set attribute on two of them."""
        axes: list[Axis] = []
        for number in range(random.randint(1, 3)):
            match random.randrange(3):
                case 0:
                    axes.append(Axis(f"flag{number}", BooleanType(), optional=random.random() < 0.5))
                case 1:
                    words = tuple(LETTERS[: random.randint(1, 4)])
                    axes.append(Axis(f"word{number}", EnumType(words), optional=random.random() < 0.5))
                case _:
                    cuts = tuple(range(1, random.randint(2, 5)))
                    axes.append(Axis(f"size{number}", IntegerType(0), optional=random.random() < 0.5, cuts=cuts))
        if random.random() < 0.4:
            type_ = SetType(("x", "y"))
            axes.extend(Axis("set", type_, optional=True, member=word) for word in type_.values)
        self.axes = tuple(axes)
        sizes = [axis.size for axis in axes]
        self.cells = 1
        self.having: list[list[int]] = [[0] * size for size in sizes]
        for size in sizes:
            self.cells *= size
        for cell in range(self.cells):
            rest = cell
            for axis, size in enumerate(sizes):
                rest, class_ = divmod(rest, size)
                self.having[axis][class_] |= 1 << cell

    def on(self, axis: int, mask: int) -> int:
        """Return the cells whose class on the axis is in the mask."""
        return reduce(or_, (bits for class_, bits in enumerate(self.having[axis]) if mask >> class_ & 1), 0)

    def inside(self, pairs: list[tuple[int, int]]) -> int:
        """Return the cells inside all of the masks."""
        return reduce(and_, (self.on(axis, mask) for axis, mask in pairs), (1 << self.cells) - 1)

    @property
    def possible(self) -> int:
        """The cells that some customer has: the set is unknown on both axes or on none."""
        both = [index for index, axis in enumerate(self.axes) if axis.attribute == "set"]
        if not both:
            return (1 << self.cells) - 1
        first, second = (self.having[index][0] for index in both)
        return ~(first ^ second) & ((1 << self.cells) - 1)


def outcome(seed: int) -> str:
    """Answer one question by the search and by counting; return the kind of answer.

    Raises:
        AssertionError: the two differ, or the proof is refused, or a hole is none.
    """
    random = Random(seed)  # reproducible on purpose
    small = Small(random)
    region: Region = tuple(
        axis.everything if random.random() < 0.7 else random.randint(0, axis.everything) & axis.everything
        for axis in small.axes
    )
    boxes: list[Box] = []
    for _ in range(random.randint(0, 12)):
        picked = sorted(random.sample(range(len(small.axes)), random.randint(0, min(3, len(small.axes)))))
        pairs = [
            (axis, random.randint(1, small.axes[axis].everything) & small.axes[axis].everything) for axis in picked
        ]
        if all(mask for _, mask in pairs):
            boxes.append(tuple((axis, mask) for axis, mask in pairs if mask != small.axes[axis].everything))
    union = Union(boxes, small.axes)
    without = random.getrandbits(len(boxes)) if boxes and random.random() < 0.3 else 0
    budget = random.choice((50_000, 50_000, 50_000, random.randint(1, 100)))

    asked = small.inside(list(enumerate(region))) & small.possible
    counting = [box for number, box in enumerate(boxes) if not without >> number & 1]
    bare = asked & ~reduce(or_, (small.inside(list(box)) for box in counting), 0)
    answer = union.cover(region, without=without, budget=budget)
    match answer:
        case Covered(proof):
            assert not bare, f"seed {seed}: called covered, but a cell is bare"
            numbered = [dict(box) for box in union.boxes]
            for number in range(len(boxes)):
                if without >> number & 1:
                    numbered[number] = {0: 0}
            assert proves(numbered, list(region), steps_of(proof)), f"seed {seed}: a proof is refused"
        case Hole(hole):
            assert all(mask & ~whole == 0 for mask, whole in zip(hole, region, strict=True)), f"seed {seed}: outside"
            cells = small.inside(list(enumerate(hole)))
            assert cells, f"seed {seed}: the hole is empty"
            assert not cells & ~(bare | ~small.possible), f"seed {seed}: a cell of the hole is covered"
            for axis, mask in enumerate(region):
                for class_ in range(small.axes[axis].size):
                    if mask & ~hole[axis] & 1 << class_:
                        wider = [(at, 1 << class_ if at == axis else own) for at, own in enumerate(hole)]
                        assert any(small.inside(wider) & small.inside(list(box)) for box in counting), (
                            f"seed {seed}: grows"
                        )
            assert cells & small.possible, f"seed {seed}: nobody can be in the hole"
        case Undecided():
            assert budget <= 100, f"seed {seed}: gave up on a small question"
    return type(answer).__name__


def main(first: int, count: int) -> None:
    """Run the seeds and print how many answers of each kind there were."""
    found = Counter(outcome(seed) for seed in range(first, first + count))
    said = ", ".join(f"{number} {kind.lower()}" for kind, number in sorted(found.items()))
    print(f"seeds {first} to {first + count - 1}: {said}; no mismatch")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
