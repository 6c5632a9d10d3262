"""Which comments stand beside a part that two people changed?

Three-way, as everything else: comments that only one of them changed are as that one has them, and where both did,
both are kept. No comment is lost that nobody took away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import TypeVar

from relmaint.rulebook.layout import NO_COMMENTS, Comments, Entries, Entry, Item, Items, Layout
from relmaint.rulebook.parts import Part

__all__ = ["bare", "dressed", "either_lines", "with_comments_above"]

Lines = tuple[str, ...]
AnyPart = TypeVar("AnyPart", Item, Entry, Part)


def bare(layout: Layout) -> Layout:
    """Return a layout without its comments."""
    match layout:
        case Items(items):
            plain = tuple(replace(one, value=bare(one.value), comments=NO_COMMENTS) for one in items)
            return replace(layout, items=plain, end=())
        case Entries(entries):
            pairs = tuple(replace(one, value=bare(one.value), comments=NO_COMMENTS) for one in entries)
            return replace(layout, entries=pairs, end=())
        case _:
            return layout


def dressed(part: AnyPart, base: Part | None, ours: Part | None, theirs: Part | None) -> AnyPart:
    """Return a part without comments with those that the two edits have at it and in it.

    A comment of a place that is no more stands above the part.
    """
    found = _part(part, (base, ours, theirs))
    there = set(_all(found))
    before, mine, other = set(_all(base)), set(_all(ours)), set(_all(theirs))
    lost: list[str] = []
    for side, against in ((ours, other), (theirs, mine)):
        for comment in _all(side):
            if comment not in there and not (comment in before and comment not in against):
                lost.append(comment)
                there.add(comment)
    return with_comments_above(found, lost)


def with_comments_above(part: AnyPart, comments: Sequence[str]) -> AnyPart:
    """Return a part with more comments, which stand above all others."""
    return replace(part, comments=replace(part.comments, before=(*comments, *part.comments.before)))


def _all(part: Part | None) -> Iterator[str]:
    """Yield every comment at a part and in it."""
    if part is None:
        return
    yield from (line for line in part.comments.before if line)
    yield from (one for one in (part.comments.beside, part.comments.after) if one is not None)
    match part.value:
        case Items(items, _, end):
            for item in items:
                yield from _all(item)
            yield from (line for line in end if line)
        case Entries(entries, _, end):
            for entry in entries:
                yield from _all(entry)
            yield from (line for line in end if line)
        case _:
            return


def _part(part: AnyPart, sides: Sequence[Part | None]) -> AnyPart:
    base, ours, theirs = (NO_COMMENTS if one is None else one.comments for one in sides)
    values = [None if one is None else one.value for one in sides]
    return replace(part, value=_layout(part.value, values), comments=_either(base, ours, theirs))


def _layout(layout: Layout, sides: Sequence[Layout | None]) -> Layout:
    match layout:
        case Entries(entries):
            pairs = [{e.key.text: e for e in one.entries} if isinstance(one, Entries) else {} for one in sides]
            ends = [one.end if isinstance(one, Entries) else () for one in sides]
            done = tuple(_part(entry, [side.get(entry.key.text) for side in pairs]) for entry in entries)
            return replace(layout, entries=done, end=either_lines(*ends))
        case Items(items):
            found = [_partners(items, one.items) if isinstance(one, Items) else {} for one in sides]
            ends = [one.end if isinstance(one, Items) else () for one in sides]
            parts = tuple(_part(item, [side.get(place) for side in found]) for place, item in enumerate(items))
            return replace(layout, items=parts, end=either_lines(*ends))
        case _:
            return layout


def _partners(items: Sequence[Item], others: Sequence[Item]) -> dict[int, Item]:
    """Return for the places of a list the items of another that are the same, or stand in the same place between."""
    left, right = ([bare(one.value) for one in side] for side in (items, others))
    found: dict[int, Item] = {}
    for _, low, high, first, last in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        found.update(zip(range(low, high), others[first:last], strict=False))
    return found


def _either(base: Comments, ours: Comments, theirs: Comments) -> Comments:
    beside, more = _either_line(base.beside, ours.beside, theirs.beside)
    after, most = _either_line(base.after, ours.after, theirs.after)
    return Comments((*either_lines(base.before, ours.before, theirs.before), *more, *most), beside, after)


def _either_line(base: str | None, ours: str | None, theirs: str | None) -> tuple[str | None, Lines]:
    """Return the comment of a line, and what finds no place there."""
    if theirs in (ours, base):
        return ours, ()
    if ours in (base, None):
        return theirs, ()
    return ours, () if theirs is None else (theirs,)


def either_lines(base: Lines, ours: Lines, theirs: Lines) -> Lines:
    """Return comments that one side changed as that side has them; those that both changed one below the other."""
    if theirs in (ours, base):
        return ours
    if ours == base:
        return theirs
    return (*ours, *(line for line in theirs if line and line not in ours and line not in base))
