"""Which customers meet several statements at once?"""

from __future__ import annotations

from collections.abc import Iterator

from relmaint.verify.checks.proofs import regions_of
from relmaint.verify.checks.subject import Subject
from relmaint.verify.cover import Region, bits_of

__all__ = ["meeting"]


def meeting(subject: Subject, *statements: tuple[str, str]) -> Iterator[Region]:
    """Yield the regions in which all of the statements match, as far as some customer may be in them.

    Args:
        subject: the book.
        statements: the role and the id of each.
    """
    (role, name), *others = statements
    for region in regions_of(subject, role, name):
        yield from _narrowed(subject, region, others)


def _narrowed(subject: Subject, region: Region, statements: list[tuple[str, str]]) -> Iterator[Region]:
    if not statements:
        if subject.space.possible(region) is not None:
            yield region
        return
    first, *rest = statements
    touching = subject.planner.bits[first]
    for axis, mask in enumerate(region):
        touching &= subject.union.touching(axis, mask)
    for box in bits_of(touching):
        inside = subject.space.within(region, subject.boxes[box])
        if inside is not None:
            yield from _narrowed(subject, inside, rest)
