"""Does a union of boxes cover a region, and if not, where is the hole?

The search keeps every box as one bit of a whole number, so that one operation speaks of all boxes at once. A box that
leaves one axis open to doubt cuts its part off the region (unit propagation); a dead end remembers which splits it
used, so that a split it did not need is not tried again (conflict-directed backjumping). The problem is coNP-complete:
a budget bounds the work, and a spent budget is never an answer.

Source: cubes and tautology of multi-valued logic minimisation (Brayton et al., Logic Minimization Algorithms for VLSI
Synthesis, 1984); weights of axes after Boussemart et al., Boosting Systematic Search by Weighting Constraints, 2004.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from relmaint.ir.program import UNKNOWN, Axis, Box
from relmaint.vocabulary import SetType

__all__ = [
    "BUDGET",
    "Answer",
    "Covered",
    "Hole",
    "Proof",
    "Region",
    "Step",
    "Undecided",
    "Union",
    "bits_of",
    "cover",
    "region_of",
    "unequally_known",
]

BUDGET = 50_000
"""How many regions one question may look at before the answer is `Undecided`."""

DEPTH = 300
"""How many splits may stand inside each other; the search recurses once a split, and Python allows about 1,000."""

_FEW = 8
"""A question that touches less than one box in so many is put to a union of these boxes alone."""

_DESCENTS = 3
"""How often a hole is looked for by simply going down, when any will do."""

_LOOKED_AT = 4
"""How many classes of an axis such a descent compares."""

_NARROW = 8
"""Masks of so few classes on average are looked up class by class, when a question is about one box in so many."""

Region = tuple[int, ...]
"""A mask of classes for every axis."""

Step = (
    tuple[Literal["cut"], int, int]
    | tuple[Literal["inside"], int]
    | tuple[Literal["empty"], int]
    | tuple[Literal["split"], int, tuple[int, ...]]
)
"""One step of a proof about the region at hand.

- `cut` axis box: off this axis the region lies in the box, so what the box allows on the axis is covered and leaves.
- `inside` box: the region lies in the box, and is done.
- `empty` axis: nothing is left on the axis, and the region is done.
- `split` axis masks: the masks together hold all that is left on the axis; a proof for each part follows, in order.
"""

Proof = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Covered:
    """Every cell of the region lies in some box; the proof numbers the boxes as `Union.boxes` holds them."""

    proof: Proof


@dataclass(frozen=True, slots=True)
class Hole:
    """A region that no box touches, and that cannot grow on any axis; some of its cells are of possible customers."""

    region: Region


@dataclass(frozen=True, slots=True)
class Undecided:
    """The budget ran out; this says nothing about the region."""


Answer = Covered | Hole | Undecided


def region_of(axes: Sequence[Axis]) -> Region:
    """Return the region of all customers."""
    return tuple(axis.everything for axis in axes)


def cover(boxes: Sequence[Box], region: Region, axes: Sequence[Axis], *, budget: int = BUDGET) -> Answer:
    """Decide whether the boxes cover the region; for several questions about the same boxes keep a `Union`."""
    return Union(boxes, axes).cover(region, budget=budget)


def unequally_known(axes: Sequence[Axis]) -> Iterator[Box]:
    """Yield boxes of cells that no customer has: a set attribute is unknown on all of its axes or on none.

    Going round the axes, one that is unknown before one that is known is enough to tell.
    """
    of: dict[str, list[int]] = {}
    for index, axis in enumerate(axes):
        if isinstance(axis.type, SetType) and axis.optional:
            of.setdefault(axis.attribute, []).append(index)
    for group in of.values():
        for one, other in zip(group, [*group[1:], group[0]], strict=True):
            if one != other:
                yield tuple(sorted(((one, 1 << UNKNOWN), (other, axes[other].known))))


class Union:
    """A union of boxes, indexed so that a question costs by what is in doubt and not by how many boxes there are.

    Args:
        boxes: the boxes asked about.
        impossible: boxes of cells that no customer has, beside those that follow from the axes; they count as covered.

    Attributes:
        boxes: the boxes asked about, then the given impossible ones, then those that follow from the axes, then those
            that were added.
        every: the bits of all boxes.
    """

    def __init__(self, boxes: Sequence[Box], axes: Sequence[Axis], impossible: Sequence[Box] = ()) -> None:
        """Collect, for each axis and mask, the boxes that have it."""
        self._index([*boxes, *impossible, *unequally_known(axes)], (1 << len(boxes)) - 1, len(axes))

    def _index(self, boxes: list[Box], asked: int, axes: int) -> None:
        self.boxes = boxes
        self._asked = asked
        self._masks = [dict(box) for box in self.boxes]
        self.every = (1 << len(self.boxes)) - 1
        width = len(self.boxes) // 8 + 1
        having: list[dict[int, bytearray]] = [{} for _ in range(axes)]
        for number, box in enumerate(self.boxes):
            for axis, mask in box:
                having[axis].setdefault(mask, bytearray(width))[number >> 3] |= 1 << (number & 7)
        self._having = [{mask: int.from_bytes(bits, "little") for mask, bits in on_axis.items()} for on_axis in having]
        self._free = []
        for on_axis in self._having:
            bound = 0
            for bits in on_axis.values():
                bound |= bits
            self._free.append(self.every & ~bound)
        self._touching: list[dict[int, int]] = [{} for _ in range(axes)]
        self._doubtful: list[dict[int, int]] = [{} for _ in range(axes)]
        self._allowing: dict[int, list[int] | None] = {}

    def add(self, box: Box) -> None:
        """Count one more box among those asked about; all that is remembered of the others stays."""
        bit = 1 << len(self.boxes)
        masks = dict(box)
        self.boxes.append(box)
        self._masks.append(masks)
        self.every |= bit
        self._asked |= bit
        for axis, having in enumerate(self._having):
            own = masks.get(axis, -1)
            if axis in masks:
                having[own] = having.get(own, 0) | bit
                self._allowing.pop(axis, None)
            else:
                self._free[axis] |= bit
            touching, doubtful = self._touching[axis], self._doubtful[axis]
            for mask in touching:
                if mask & own:
                    touching[mask] |= bit
            for mask in doubtful:
                if mask & ~own:
                    doubtful[mask] |= bit

    def touching(self, axis: int, mask: int) -> int:
        """Return the boxes that allow some class of the mask, as bits."""
        found = self._touching[axis].get(mask)
        if found is None:
            found = self._free[axis]
            allowing = self._by_class(axis, mask)
            if allowing is None:
                for own, bits in self._having[axis].items():
                    if own & mask:
                        found |= bits
            else:
                for class_ in bits_of(mask & (1 << len(allowing)) - 1):
                    found |= allowing[class_]
            self._touching[axis][mask] = found
        return found

    def doubtful(self, axis: int, mask: int) -> int:
        """Return the boxes that do not allow every class of the mask, as bits."""
        found = self._doubtful[axis].get(mask)
        if found is None:
            found = 0
            allowing = self._by_class(axis, mask)
            if allowing is None:
                for own, bits in self._having[axis].items():
                    if mask & ~own:
                        found |= bits
            else:
                holding = self.every
                for class_ in bits_of(mask):
                    holding &= allowing[class_] if class_ < len(allowing) else 0
                found = self.every & ~(self._free[axis] | holding)
            self._doubtful[axis][mask] = found
        return found

    def _by_class(self, axis: int, mask: int) -> list[int] | None:
        """Return for each class the bound boxes that allow it, if that answers a question about a mask sooner.

        It does on an axis on which boxes have very many narrow masks, such as a long table over one number.
        """
        if mask.bit_count() * _NARROW > len(self._having[axis]):
            return None
        if axis not in self._allowing:
            having = self._having[axis]
            found: list[int] | None = None
            if sum(own.bit_count() for own in having) <= _NARROW * len(having):
                found = [0] * max((own.bit_length() for own in having), default=0)
                for own, bits in having.items():
                    for class_ in bits_of(own):
                        found[class_] |= bits
            self._allowing[axis] = found
        return self._allowing[axis]

    def masks(self, axis: int, boxes: int) -> Iterator[int]:
        """Yield the masks that some of the boxes have on an axis."""
        return (mask for mask, bits in self._having[axis].items() if bits & boxes)

    def mask(self, box: int, axis: int) -> int:
        """Return the classes that a box allows on an axis; all bits when it is free there."""
        return self._masks[box].get(axis, -1)

    def cover(self, region: Region, *, without: int = 0, budget: int = BUDGET, grow: bool = True) -> Answer:
        """Decide whether the boxes cover the region.

        Args:
            region: what is to be covered.
            without: bits of boxes that do not count.
            budget: how many regions to look at at most.
            grow: whether a hole is to be as large as it can be; any hole at all is found sooner.
        """
        if 0 in region:
            return Covered((("empty", region.index(0)),))
        active = self.every & ~without
        for axis, mask in enumerate(region):
            active &= self.touching(axis, mask)
        if not active:
            return Hole(region)
        if not grow and (hole := self._glimpsed(region, active)) is not None:
            return Hole(hole)
        if active.bit_count() * _FEW < len(self.boxes):
            return self._among(active, region, budget, grow=grow)
        doubt = [self.doubtful(axis, mask) for axis, mask in enumerate(region)]
        search = _Search(self, region, budget)
        try:
            answer = search.run(list(region), active, doubt, [0] * len(region), 0)
        except _SpentError:
            return Undecided()
        if isinstance(answer, list):
            return Hole(self._grown(answer, region, without) if grow else tuple(answer))
        return Covered(tuple(answer[1]))

    def covers(self, region: Region, *, without: int = 0, budget: int = BUDGET) -> bool:
        """Whether it is proven within the budget that the boxes cover the region."""
        return isinstance(self.cover(region, without=without, budget=budget, grow=False), Covered)

    def _glimpsed(self, region: Region, active: int) -> Region | None:
        """Return a hole that a few descents along the classes with the fewest boxes come upon, if they do."""
        for attempt in range(_DESCENTS):
            here, left = list(region), active
            for axis, mask in enumerate(region):
                if not left & self.doubtful(axis, mask):
                    continue
                seen = [(left & self.touching(axis, one), one) for one in _spread(mask, attempt)]
                left, here[axis] = min(seen, key=lambda pair: pair[0].bit_count())
                if not left:
                    return tuple(here)
        return None

    def _among(self, active: int, region: Region, budget: int, *, grow: bool) -> Answer:
        """Decide it in a union of a few of the boxes, whose bits are short; the proof numbers the boxes as here."""
        numbers = tuple(bits_of(active))
        few = Union.__new__(Union)
        asked = sum(1 << place for place, box in enumerate(numbers) if self._asked >> box & 1)
        few._index([self.boxes[box] for box in numbers], asked, len(region))
        answer = few.cover(region, budget=budget, grow=grow)
        if not isinstance(answer, Covered):
            return answer
        return Covered(tuple(_renumbered(step, numbers) for step in answer.proof))

    def _grown(self, hole: list[int], region: Region, without: int) -> Region:
        """Return the hole with every class of the region, axis by axis, that no box allows beside the other axes."""
        boxes = self._asked & ~without
        touching = [self.touching(axis, mask) for axis, mask in enumerate(hole)]
        for axis, mask in enumerate(region):
            beside = boxes
            for other, bits in enumerate(touching):
                if other != axis:
                    beside &= bits
            for class_ in bits_of(mask & ~hole[axis]):
                if not self.touching(axis, 1 << class_) & beside:
                    hole[axis] |= 1 << class_
            touching[axis] = self.touching(axis, hole[axis])
        return tuple(hole)


def _spread(mask: int, attempt: int) -> list[int]:
    """Return a few classes of a mask, each as a mask of its own, from all over it; another attempt gets others."""
    classes = [1 << class_ for class_ in bits_of(mask)]
    step = -(-len(classes) // _LOOKED_AT)
    return classes[attempt * step // _DESCENTS :: step]


def _renumbered(step: Step, numbers: Sequence[int]) -> Step:
    match step:
        case ("cut", axis, box):
            return "cut", axis, numbers[box]
        case ("inside", box):
            return "inside", numbers[box]
        case _:
            return step


class _SpentError(Exception):
    """The budget of one question is spent; it never leaves this module."""


_Refutation = tuple[int, list[Step]]
"""The splits that a proof rests on, as bits of their depth, and the proof."""

_NEAR = 16
"""How many of the boxes that hold the region are compared for the one that rests on the fewest splits."""

_GROWTH = 1.02
"""How much more the next dead end counts in the weight of an axis than the one before."""


class _Search:
    """One question in the making.

    Of every region it keeps, per axis, the mask (`here`) and the splits that the mask rests on (`rests`).
    """

    def __init__(self, union: Union, root: Region, budget: int) -> None:
        self.union = union
        self.root = root
        self.left = budget
        self.weights = [1.0] * len(root)
        self.step = 1.0
        self.binding: dict[int, tuple[int, ...]] = {}

    def run(
        self, here: list[int], active: int, doubt: list[int], rests: list[int], depth: int
    ) -> list[int] | _Refutation:
        """Return a region without a box, or a proof that there is none.

        Args:
            here: the region; the lists are used up.
            active: the boxes that touch it.
            doubt: for each axis, the boxes that do not hold all of it there.
            rests: for each axis, the splits that its mask rests on.
            depth: how many splits led here.
        """
        if self.left <= 0 or depth > DEPTH:
            raise _SpentError
        self.left -= 1
        union = self.union
        cuts: list[tuple[int, int, int]] = []
        while True:
            if not active:
                return here
            once, twice, thrice, more = _levels(doubt, active)
            if full := active & ~once:
                rest, box = self._best(full, rests)
                return self._closed(rest, cuts, [("inside", box)])
            unit = once & ~twice
            if not unit:
                break
            axis = next(index for index, bits in enumerate(doubt) if bits & unit)
            self._cut(axis, unit & doubt[axis], here, rests, cuts)
            if not here[axis]:
                return self._closed(rests[axis], cuts, [("empty", axis)])
            active &= union.touching(axis, here[axis])
            doubt[axis] = union.doubtful(axis, here[axis])
        axis, masks = self._apart(here, active, doubt)
        if not masks:
            short = twice & ~thrice & active or thrice & ~more & active or active
            axis = self._heaviest(here, active, doubt, short)
            masks = self._parts(axis, here[axis], short if doubt[axis] & short else active)
        return self._split(axis, masks, here, active, doubt, rests, depth, cuts)

    def _split(
        self,
        axis: int,
        masks: list[int],
        here: list[int],
        active: int,
        doubt: list[int],
        rests: list[int],
        depth: int,
        cuts: list[tuple[int, int, int]],
    ) -> list[int] | _Refutation:
        """Look at each part of the region; a part whose proof needs no split proves the whole region."""
        bit = 1 << depth
        relied = 0
        steps: list[Step] = []
        for mask in masks:
            part, part_doubt, part_rests = list(here), list(doubt), list(rests)
            part[axis] = mask
            part_doubt[axis] = self.union.doubtful(axis, mask)
            part_rests[axis] |= bit
            answer = self.run(part, active & self.union.touching(axis, mask), part_doubt, part_rests, depth + 1)
            if isinstance(answer, list):
                return answer
            rest, proof = answer
            if not rest & bit:
                return self._closed(rest, cuts, proof)
            relied |= rest
            steps.extend(proof)
        return self._closed(relied & ~bit, cuts, [("split", axis, tuple(masks)), *steps])

    def _apart(self, here: list[int], active: int, doubt: list[int]) -> tuple[int, list[int]]:
        """Return an axis that falls apart into parts no box reaches across, and the parts; no parts if none does.

        Splitting there asks every box once only: a decision tree of any size is walked as it was grown.
        """
        best, most = 0, list[int]()
        for axis, bits in enumerate(doubt):
            if active & ~bits:
                continue
            parts: list[int] = []
            left = here[axis]
            for mask in self.union.masks(axis, active):
                own = mask & here[axis]
                left &= ~own
                joined = own
                apart = []
                for part in parts:
                    if part & own:
                        joined |= part
                    else:
                        apart.append(part)
                parts = [*apart, joined]
                if joined == here[axis]:
                    break
            if left:
                parts.append(left)
            if len(parts) > max(1, len(most)):
                best, most = axis, sorted(parts, key=int.bit_count)
        return best, most

    def _heaviest(self, here: list[int], active: int, doubt: list[int], short: int) -> int:
        """Return the axis to split: much weight, in doubt for many short boxes, few classes left."""
        best, most = -1, -1.0
        for axis, bits in enumerate(doubt):
            if many := (bits & active).bit_count():
                score = self.weights[axis] * ((bits & short).bit_count() + 0.1 * many) / here[axis].bit_count() ** 0.5
                if score > most:
                    best, most = axis, score
        return best

    def _parts(self, axis: int, mask: int, boxes: int) -> list[int]:
        """Return the mask in parts that the boxes cannot tell apart, those with the fewest boxes first."""
        parts: dict[int, int] = {}
        for class_ in bits_of(mask):
            seen = self.union.touching(axis, 1 << class_) & boxes
            parts[seen] = parts.get(seen, 0) | 1 << class_
        return [part for _, part in sorted(parts.items(), key=lambda item: (item[0].bit_count(), item[1]))]

    def _cut(self, axis: int, boxes: int, here: list[int], rests: list[int], cuts: list[tuple[int, int, int]]) -> None:
        """Take off the axis what each box covers there, until nothing is left."""
        for box in bits_of(boxes):
            narrower = here[axis] & ~self.union.mask(box, axis)
            if narrower == here[axis]:
                continue
            rest = 0
            for other in self._bound(box):
                if other != axis:
                    rest |= rests[other]
            rests[axis] |= rest
            here[axis] = narrower
            cuts.append((axis, box, rest))
            if not narrower:
                self._weigh(box)
                return

    def _best(self, full: int, rests: list[int]) -> tuple[int, int]:
        """Return the splits that a box holding the region rests on, and that box; the shallowest and fewest splits."""
        found: list[tuple[int, int, int, int]] = []
        for box in bits_of(full):
            rest = 0
            for axis in self._bound(box):
                rest |= rests[axis]
            found.append((rest.bit_length(), rest.bit_count(), rest, box))
            if len(found) == _NEAR:
                break
        _, _, rest, box = min(found)
        self._weigh(box)
        return rest, box

    def _bound(self, box: int) -> tuple[int, ...]:
        """Return the axes on which a box ends inside the region first asked about."""
        axes = self.binding.get(box)
        if axes is None:
            axes = tuple(axis for axis, mask in self.union.boxes[box] if self.root[axis] & ~mask)
            self.binding[box] = axes
        return axes

    def _weigh(self, box: int) -> None:
        for axis in self._bound(box):
            self.weights[axis] += self.step
        self.step *= _GROWTH

    def _closed(self, rest: int, cuts: list[tuple[int, int, int]], tail: list[Step]) -> _Refutation:
        """Return the proof with those cuts before it that rest on nothing else."""
        needed: list[Step] = [("cut", axis, box) for axis, box, own in cuts if not own & ~rest]
        return rest, [*needed, *tail]


def _levels(doubt: list[int], active: int) -> tuple[int, int, int, int]:
    """Return the active boxes in doubt on at least one, two, three and four axes."""
    once = twice = thrice = more = 0
    for bits in doubt:
        if bits:
            now = bits & active
            more |= thrice & now
            thrice |= twice & now
            twice |= once & now
            once |= now
    return once, twice, thrice, more


def bits_of(number: int) -> Iterator[int]:
    """Yield the places of the bits that are set, from the lowest up."""
    while number:
        low = number & -number
        yield low.bit_length() - 1
        number ^= low
