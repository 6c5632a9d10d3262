"""What does a book prove of every customer, written so that anybody can check it?

A certificate is JSON: the book's name, version and digest, and for each claim the axes with the meaning of their
classes, the boxes with the rules that they come from, the region, and the proof. Masks are hexadecimal numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from relmaint.ir.canonical import digest
from relmaint.ir.program import Axis
from relmaint.ir.rules import RuleBook
from relmaint.verify.cover import Covered, Proof, Region, Union

__all__ = ["FORMAT", "certificate", "claim_of", "steps_of"]

FORMAT = "relmaint-certificate/1"
"""The version of the format, for whoever reads the file."""


def certificate(book: RuleBook, claims: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return a certificate of the claims about a book."""
    header = {"name": book.name, "version": book.version, "digest": digest(book)}
    return {"format": FORMAT, "book": header, "claims": list(claims)}


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
        "boxes": [[[axis, hex(mask)] for axis, mask in union.boxes[box]] for box in used],
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
