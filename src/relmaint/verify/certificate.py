"""What is proven of every customer, written so that anybody can check it?

A certificate is JSON: the book's name, version and digest, and for each claim the axes with the meaning of their
classes, the boxes with the rules that they come from, the region, and the proof. Masks are hexadecimal numbers. That
two books plan alike is told by claims of another form: boxes before and after hold the same customers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from relmaint.ir.canonical import digest
from relmaint.ir.program import UNKNOWN, Axis, Box
from relmaint.ir.rules import RuleBook
from relmaint.verify.cover import Covered, Proof, Region, Union, unequally_known
from relmaint.verify.same import Claim

__all__ = ["EQUIVALENCE", "FORMAT", "certificate", "claim_of", "equivalence", "steps_of"]

FORMAT = "relmaint-certificate/1"
"""The version of the format, for whoever reads the file."""


def certificate(book: RuleBook, claims: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return a certificate of the claims about a book."""
    header = {"name": book.name, "version": book.version, "digest": digest(book)}
    return {"format": FORMAT, "book": header, "claims": list(claims)}


EQUIVALENCE = "relmaint-equivalence/1"
"""The version of the format of a certificate about two books."""


def equivalence(before: RuleBook, after: RuleBook, claims: Iterable[Claim]) -> dict[str, Any]:
    """Return a certificate of the claims by which one book was made from another."""
    header = {"name": before.name, "version": before.version, "digest": digest(before)}
    becomes = {"name": after.name, "version": after.version, "digest": digest(after)}
    return {"format": EQUIVALENCE, "book": header, "becomes": becomes, "claims": [_same(claim) for claim in claims]}


def _same(claim: Claim) -> dict[str, Any]:
    """Return a claim as JSON; of the groups and the impossible boxes only those are written that a proof uses.

    A class that an attribute without unknown values never has is impossible, too, and cut off first.
    """
    space = claim.space
    required = [index for index, axis in enumerate(space.axes) if axis.everything == axis.known]
    nobody = [*space.impossible, *unequally_known(space.axes), *(((index, 1 << UNKNOWN),) for index in required)]
    names = [f"assumption {name}" for name in space.broken]
    names += ["impossible"] * (len(nobody) - len(names))
    sides = [len(claim.after)] * len(claim.before) + [len(claim.before)] * len(claim.after)
    used = [_used(proofs, sides) for proofs in claim.proofs]
    sizes = [len(group) for group in claim.beside]
    groups = [sorted(box for box in boxes if box < size) for boxes, size in zip(used, sizes, strict=True)]
    met = {box - size for boxes, size in zip(used, sizes, strict=True) for box in boxes if box >= size}
    kept = sorted({*met, *range(len(nobody) - len(required), len(nobody))})
    proofs = []
    for boxes, size, found in zip(groups, sizes, claim.proofs, strict=True):
        places = [*boxes, *(size + box for box in kept)]
        first = len(places) - len(required)
        proofs.append(
            [
                [
                    *(["cut", axis, side + first + number] for number, axis in enumerate(required)),
                    *(_moved(step, side, places) for step in steps_of(proof)),
                ]
                for side, proof in zip(sides, found, strict=True)
            ]
        )
    return {
        "claim": claim.sentence,
        "axes": [_axis(axis) for axis in space.axes],
        "conditions": dict(claim.conditions),
        "before": [_box(held.box) for held in claim.before],
        "after": [_box(held.box) for held in claim.after],
        "beside": [[_box(group[box].box) for box in boxes] for group, boxes in zip(claim.beside, groups, strict=True)],
        "impossible": [_box(nobody[box]) for box in kept],
        "from": {
            "before": [held.of for held in claim.before],
            "after": [held.of for held in claim.after],
            "beside": [[group[box].of for box in boxes] for group, boxes in zip(claim.beside, groups, strict=True)],
            "impossible": [names[box] for box in kept],
        },
        "proofs": proofs,
    }


def _used(proofs: Sequence[Proof], sides: Sequence[int]) -> set[int]:
    """Return the boxes that proofs use, counted from the first behind those of the other side."""
    steps = [(step, side) for proof, side in zip(proofs, sides, strict=True) for step in proof]
    boxes = {(step[2] if step[0] == "cut" else step[1]) - side for step, side in steps if step[0] in ("cut", "inside")}
    return {box for box in boxes if box >= 0}


def _moved(step: list[Any], side: int, places: Sequence[int]) -> list[Any]:
    """Return a step with its box renumbered: those of the other side keep their numbers."""
    if step[0] not in ("cut", "inside") or step[-1] < side:
        return step
    return [*step[:-1], side + places.index(step[-1] - side)]


def _box(box: Box) -> list[list[Any]]:
    return [[axis, hex(mask)] for axis, mask in box]


def steps_of(proof: Proof) -> list[list[Any]]:
    """Return the steps of a proof as JSON holds them."""
    return [[step[0], step[1], [hex(mask) for mask in step[2]]] if step[0] == "split" else list(step) for step in proof]


def claim_of(
    sentence: str,
    covered: Covered,
    region: Region,
    union: Union,
    axes: Iterable[Axis],
    owners: Mapping[int, str],
) -> dict[str, Any]:
    """Return one claim with its proof; only the boxes that the proof uses are written.

    Args:
        sentence: what is claimed, in words.
        owners: for each box, the statement that it comes from; a box without one holds impossible cells only.
    """
    used = sorted({step[2] if step[0] == "cut" else step[1] for step in covered.proof if step[0] in ("cut", "inside")})
    number = {box: place for place, box in enumerate(used)}
    steps = [_renumbered(step, number) for step in steps_of(covered.proof)]
    return {
        "claim": sentence,
        "axes": [_axis(axis) for axis in axes],
        "region": [hex(mask) for mask in region],
        "boxes": [_box(union.boxes[box]) for box in used],
        "from": [owners.get(box, "impossible") for box in used],
        "proof": steps,
    }


def _renumbered(step: list[Any], number: Mapping[int, int]) -> list[Any]:
    match step:
        case ["cut", axis, box]:
            return ["cut", axis, number[box]]
        case ["inside", box]:
            return ["inside", number[box]]
        case _:
            return step


def _axis(axis: Axis) -> dict[str, Any]:
    classes = [axis.describe(class_) for class_ in range(axis.size)]
    return {"attribute": axis.attribute, "classes": classes}
