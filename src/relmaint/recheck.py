"""Does a certificate prove what it claims?

`python -m relmaint.recheck FILE` checks a certificate that `relmaint check --certificate FILE` wrote, or
`relmaint simplify --certificate FILE`. It shares no code with the search that found the proof, imports nothing of
relmaint, and is short enough to be read in one sitting.
"""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from typing import Any

__all__ = ["FORMATS", "holds", "main", "proves"]

FORMATS = ("relmaint-certificate/1", "relmaint-equivalence/1")
"""The formats that are read here; another one may mean something else by the same words."""

_Box = dict[int, int]
"""The classes that a box allows, by axis; other axes are free."""


def proves(boxes: list[_Box], region: list[int], steps: list[Any]) -> bool:
    """Whether the steps prove that every cell of the region lies in some box; see the certificate's reference."""
    ahead = iter(steps)
    todo = [region]
    while todo:
        here = list(todo.pop())
        for step in ahead:
            match step:
                case ["cut", axis, box] if _inside(here, {**boxes[box], axis: -1}) and axis in boxes[box]:
                    here[axis] &= ~boxes[box][axis]
                    continue
                case ["inside", box] if _inside(here, boxes[box]):
                    break
                case ["empty", axis] if here[axis] == 0:
                    break
                case ["split", axis, parts]:
                    masks = [int(part, 16) for part in parts]
                    todo.extend([*here[:axis], here[axis] & mask, *here[axis + 1 :]] for mask in reversed(masks))
                    for mask in masks:
                        here[axis] &= ~mask
                    if here[axis]:
                        return False
                    break
                case _:
                    return False
        else:
            return False
    return next(ahead, None) is None


def holds(claim: dict[str, Any]) -> bool:
    """Whether a claim is proven: that boxes cover a region, or that the boxes before and after hold the same cells."""
    cells = [(1 << len(axis["classes"])) - 1 for axis in claim["axes"]]
    if "region" in claim:
        region = [int(mask, 16) for mask in claim["region"]]
        if len(region) != len(cells) or not all(0 < mask <= all_ for mask, all_ in zip(region, cells, strict=True)):
            return False
        return _are_boxes(claim["boxes"], cells) and proves(_boxes(claim["boxes"]), region, claim["proof"])
    written = (claim["before"], claim["after"], claim["impossible"], *claim["beside"])
    if not all(_are_boxes(boxes, cells) for boxes in written):
        return False
    before, after, nobody, *groups = map(_boxes, written)
    asked = [(box, after) for box in before] + [(box, before) for box in after]
    if not groups or [len(asked)] * len(groups) != [len(proofs) for proofs in claim["proofs"]]:
        return False
    return all(
        proves([*others, *group, *nobody], [mask & box.get(axis, -1) for axis, mask in enumerate(cells)], steps)
        for group, proofs in zip(groups, claim["proofs"], strict=True)
        for (box, others), steps in zip(asked, proofs, strict=True)
    )


def _boxes(written: list[Any]) -> list[_Box]:
    return [{axis: int(mask, 16) for axis, mask in box} for box in written]


def _are_boxes(written: list[Any], cells: list[int]) -> bool:
    """Whether boxes speak of axes that there are, of each once, and of no negative mask."""
    return all(
        len(box) == len(said) and all(0 <= axis < len(cells) and mask >= 0 for axis, mask in box.items())
        for box, said in zip(_boxes(written), written, strict=True)
    )


def _inside(here: list[int], box: _Box) -> bool:
    return all(here[axis] & ~mask == 0 for axis, mask in box.items())


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of the file, in which no key may stand twice."""
    if len(found := dict(pairs)) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _read(path: str) -> Any:
    """Return what a file holds: one great tree, in which looking for cycles would take longer than reading it."""
    looking = gc.isenabled()
    gc.disable()
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"), object_pairs_hook=_once)
    finally:
        if looking:
            gc.enable()


def main(path: str) -> int:
    """Print a line for each claim of the certificate; return 0 if all are proven, 1 if not, 2 if it cannot be read."""
    try:
        certificate = _read(path)
        if certificate["format"] not in FORMATS:
            raise ValueError(f"its format is {certificate['format']!r}, and none of {', '.join(FORMATS)}")
        book, claims, held = certificate["book"], certificate["claims"], 0
        for claim in claims:
            proven = holds(claim)
            print("proven " if proven else "REFUSED", claim["claim"])  # a program of its own
            held += proven
        about = f"{book['name']} {book['version']} {book['digest']}"
        about += f" becomes {certificate['becomes']['digest']}" if "becomes" in certificate else ""
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as problem:
        print(f"{path}: not a certificate: {type(problem).__name__}: {problem}", file=sys.stderr)
        return 2
    print(f"{about}: {held} of {len(claims)} claims proven")
    return int(held != len(claims) or not claims)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m relmaint.recheck FILE")
    sys.exit(main(sys.argv[1]))
