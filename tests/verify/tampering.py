"""Does the checker ever take a proof that was tampered with? `python -m tests.verify.tampering FIRST COUNT`.

Each seed is one small set of boxes that covers a region. Its proof is changed in every way of a list, one change at a
time, and given to the checker; then so with one of the boxes made empty. Of what it takes, each step must be sound and
the claim true, counted cell by cell. The seeds that were run are recorded in docs/numbers.md.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from random import Random
from typing import Any

from relmaint.ir.program import Box
from relmaint.recheck import proves
from relmaint.verify.certificate import steps_of
from relmaint.verify.cover import Covered, Union, region_of
from tests.verify.brute import Small

__all__ = ["outcome"]


@dataclass(frozen=True, slots=True)
class _Claim:
    """Boxes, a region, and the steps of a proof."""

    boxes: tuple[dict[int, int], ...]
    region: tuple[int, ...]
    steps: tuple[list[Any], ...]


def _claims(random: Random) -> Iterator[tuple[Small, _Claim]]:
    """Yield proven claims: a partition of random axes, each part of which reaches a little further now and then."""
    while True:
        small = Small(random)
        union = Union([*_partition(random, small)], small.axes)
        region = region_of(small.axes)
        answer = union.cover(region)
        if isinstance(answer, Covered) and any(step[0] == "split" for step in answer.proof):
            steps = tuple(list(step) for step in steps_of(answer.proof))
            yield small, _Claim(tuple(dict(box) for box in union.boxes), region, steps)


def _partition(random: Random, small: Small) -> Iterator[Box]:
    leaves: list[dict[int, int]] = [{}]
    for _ in range(random.randint(3, 9)):
        leaf = leaves.pop(random.randrange(len(leaves)))
        able = [at for at, axis in enumerate(small.axes) if leaf.get(at, axis.everything).bit_count() > 1]
        if not able:
            leaves.append(leaf)
            continue
        at = random.choice(able)
        mask = leaf.get(at, small.axes[at].everything)
        low = mask & -mask
        leaves += [{**leaf, at: low}, {**leaf, at: mask & ~low}]
    for leaf in leaves:
        for at in leaf:
            if random.random() < 0.2:
                leaf[at] |= small.axes[at].everything & random.getrandbits(6)
        yield tuple(sorted(leaf.items()))


def _tampered(one: _Claim, other: _Claim, axes: Sequence[Any]) -> Iterator[_Claim]:
    """Yield every change of the list."""
    steps = one.steps
    for place, step in enumerate(steps):
        yield replace(one, steps=(*steps[:place], *steps[place + 1 :]))
        yield replace(one, steps=(*steps[: place + 1], step, *steps[place + 1 :]))
        yield replace(one, steps=steps[:place])
        if place:
            yield replace(one, steps=(*steps[: place - 1], step, steps[place - 1], *steps[place + 1 :]))
        for new in _other_steps(step, one, axes):
            yield replace(one, steps=(*steps[:place], new, *steps[place + 1 :]))
    for number, box in enumerate(one.boxes):
        for axis, mask in box.items():
            for class_ in range(axes[axis].size):
                yield _with_box(one, number, {**box, axis: mask ^ 1 << class_})
        for axis in range(len(axes)):
            if axis not in box:
                yield _with_box(one, number, {**box, axis: axes[axis].everything & ~2})
        yield replace(one, boxes=(*one.boxes[:number], *one.boxes[number + 1 :]))
        yield replace(one, boxes=(*one.boxes[:number], one.boxes[number - 1], *one.boxes[number + 1 :]))
    for axis, mask in enumerate(one.region):
        for class_ in range(axes[axis].size):
            yield replace(one, region=(*one.region[:axis], mask ^ 1 << class_, *one.region[axis + 1 :]))
    yield replace(one, steps=other.steps)
    fitting = ({axis: mask for axis, mask in box.items() if axis < len(axes)} for box in other.boxes)
    yield replace(one, boxes=tuple(box for box in fitting if box))
    yield replace(one, steps=())


def _other_steps(step: list[Any], one: _Claim, axes: Sequence[Any]) -> Iterator[list[Any]]:
    """Yield the step about each other box and axis, with each bit flipped, and as another kind of step."""
    match step:
        case ["cut", axis, box]:
            yield from (["cut", axis, number] for number in range(len(one.boxes)) if number != box)
            yield from (["cut", place, box] for place in range(len(axes)) if place != axis)
            yield ["inside", box]
        case ["inside", box]:
            yield from (["inside", number] for number in range(len(one.boxes)) if number != box)
            yield ["cut", 0, box]
        case ["empty", axis]:
            yield from (["empty", place] for place in range(len(axes)) if place != axis)
            yield from (["inside", number] for number in range(len(one.boxes)))
        case ["split", axis, masks]:
            for place, mask in enumerate(masks):
                for class_ in range(axes[axis].size):
                    changed = hex(int(mask, 16) ^ 1 << class_)
                    yield ["split", axis, [*masks[:place], changed, *masks[place + 1 :]]]
                yield ["split", axis, [*masks[:place], *masks[place + 1 :]]]
            yield ["split", axis, masks[::-1]]
            yield from (["split", place, masks] for place in range(len(axes)) if place != axis)
    yield ["empty", 0]
    yield ["split", 0, []]
    yield ["unknown", 0]


def _with_box(one: _Claim, number: int, box: dict[int, int]) -> _Claim:
    return replace(one, boxes=(*one.boxes[:number], box, *one.boxes[number + 1 :]))


def _is_true(small: Small, claim: _Claim) -> bool:
    """Whether every cell of the region lies in a box, those of nobody included: to the checker these are boxes too."""
    held = reduce(or_, (small.inside(list(box.items())) for box in claim.boxes), 0)
    return not small.inside(list(enumerate(claim.region))) & ~held


def _is_sound(small: Small, claim: _Claim) -> bool:
    """Whether each step is what it says, for every cell of the region at hand, and none is missing or left over."""
    held = [small.inside(list(box.items())) for box in claim.boxes]
    todo = [small.inside(list(enumerate(claim.region)))]
    for step in claim.steps:
        if not todo:
            return False
        here = todo.pop()
        match step:
            case ["cut", axis, box] if axis in claim.boxes[box]:
                gone = here & small.on(axis, claim.boxes[box][axis])
                if gone & ~held[box]:
                    return False
                todo.append(here & ~gone)
            case ["inside", box] if not here & ~held[box]:
                pass
            case ["empty", _] if not here:
                pass
            case ["split", axis, masks]:
                parts = [here & small.on(axis, int(mask, 16)) for mask in masks]
                if here & ~reduce(or_, parts, 0):
                    return False
                todo.extend(reversed(parts))
            case _:
                return False
    return not todo


def outcome(seed: int) -> Counter[str]:
    """Tamper with one proof in every way; return how many were refused, and how many taken that are still true.

    Raises:
        AssertionError: the true proof is refused, or one that is not true is taken.
    """
    random = Random(seed)
    claims = _claims(random)
    (small, claim), (_, other) = next(claims), next(claims)
    assert proves([*claim.boxes], [*claim.region], [*claim.steps]), f"seed {seed}: a true proof is refused"
    found: Counter[str] = Counter(proofs=1)
    lost = random.randrange(len(claim.boxes))
    poorer = _with_box(claim, lost, {0: 0})
    for changed in (*_tampered(claim, other, small.axes), poorer, *_tampered(poorer, other, small.axes)):
        if changed == claim:
            continue
        try:
            taken = proves([*changed.boxes], [*changed.region], [*changed.steps])
        except (IndexError, KeyError, TypeError):
            taken = False  # a box or an axis that there is not: the command calls such a file no certificate
        true = _is_true(small, changed)
        assert not taken or (true and _is_sound(small, changed)), f"seed {seed}: taken: {changed}"
        found[
            "taken, and sound" if taken else "refused, though the claim is true" if true else "refused, and false"
        ] += 1
    return found


def main(first: int, count: int) -> None:
    """Run the seeds and print how many tampered proofs were refused and taken."""
    found: Counter[str] = Counter()
    for seed in range(first, first + count):
        found.update(outcome(seed))
    for name, number in sorted(found.items()):
        print(f"{number:>10,} {name}")
    print(f"seeds {first} to {first + count - 1}: no false proof taken")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
