"""Is what the book declares under `invariants:` so for every customer?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product

from relmaint.ir.program import UNKNOWN
from relmaint.ir.rules import Invariant, InvariantKind
from relmaint.rank.select import selects
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.checks.words import customers
from relmaint.verify.cover import Region, Undecided
from relmaint.verify.pairs import Pair, Place, pairs_of
from relmaint.verify.parts import BUDGET, Proven, Refuted, Why, everywhere
from relmaint.verify.plans import View, any_of
from relmaint.vocabulary import EnumType, SetType

__all__ = ["different", "find"]

_MOST = 3
"""How many regions in which an invariant does not hold are shown."""


def find(subject: Subject) -> Iterator[Finding]:
    """Yield the invariants that are broken, or that could not be decided."""
    for invariant in subject.book.invariants:
        if invariant.kind in (InvariantKind.NEVER, InvariantKind.ALWAYS):
            yield from _about_one(subject, invariant)
        else:
            yield from _about_two(subject, invariant)


def _selected(subject: Subject, invariant: Invariant) -> tuple[str, ...]:
    actions = subject.book.actions
    if invariant.select is None:
        return tuple(actions)
    return tuple(name for name, action in actions.items() if selects(invariant.select, action))


def _regions(subject: Subject, invariant: Invariant) -> Iterator[Region]:
    """Yield the regions that the condition of an invariant comes to."""
    return (subject.region(box) for box in subject.space.boxes(invariant.when))


def _about_one(subject: Subject, invariant: Invariant) -> Iterator[Finding]:
    names = _selected(subject, invariant)

    def question(seen: tuple[View, ...]) -> Why | bool | None:
        (view,) = seen
        if invariant.kind is InvariantKind.NEVER:
            planned = any_of(view.planned(name) for name in names)
            return None if planned is None else not planned
        open_ = False
        for name in names:
            planned = view.planned(name)
            if planned:
                return lambda seen, name=name: seen[0].planned(name)  # type: ignore[misc]  # the default is the name
            open_ = open_ or planned is None
        return None if open_ else False

    for region in _regions(subject, invariant):
        match everywhere(subject.views, question, region):
            case Refuted(found, possible):
                who = customers(subject, found)
                if invariant.kind is InvariantKind.NEVER:
                    what = f"{who} have {_planned(subject, possible, names)} in the plan"
                else:
                    what = f"{who} have none of the actions in the plan"
                yield _broken(invariant, what, possible)
                return
            case Undecided():
                yield _undecided(invariant)
                return
            case Proven():
                pass


def _planned(subject: Subject, possible: Region, names: tuple[str, ...]) -> str:
    """Name the first of the actions that a customer of the region has in the plan."""
    cell = tuple(mask & -mask for mask in possible)
    (view,) = subject.views.of(cell)
    return next((f"`{name}`" for name in names if view.planned(name)), "one of the actions")


def _broken(invariant: Invariant, what: str, region: Region) -> Finding:
    message = f"`{invariant.id}` does not hold: {what}"
    return Finding("broken-invariant", invariant.id, message, invariant.span, region=region)


def _undecided(invariant: Invariant) -> Finding:
    message = f"whether `{invariant.id}` holds could not be decided"
    return Finding("undecided-check", invariant.id, message, invariant.span)


def _about_two(subject: Subject, invariant: Invariant) -> Iterator[Finding]:
    names = _selected(subject, invariant)
    differ = _fewer if invariant.kind is InvariantKind.MONOTONE else different
    shown = 0
    if not _connected(subject, invariant):
        yield _undecided(invariant)
        return
    for axes, places in _places(subject, invariant):
        for region in _regions(subject, invariant):
            for pair in pairs_of(subject.views, axes, places, partial(differ, names), region, budget=BUDGET):
                if isinstance(pair, Undecided):
                    yield _undecided(invariant)
                    return
                message = f"`{invariant.id}` does not hold: {_of_two(subject, axes, pair, invariant)}"
                changed = tuple((axis, _only(pair.other[axis])) for axis in axes)
                yield Finding("broken-invariant", invariant.id, message, invariant.span, None, (), pair.one, changed)
                shown += 1
                if shown == _MOST:
                    return


_MOST_WORDS = 5
"""A set attribute of which a book names more words is asked about word by word: all at once are too many."""


def _places(subject: Subject, invariant: Invariant) -> Iterator[tuple[tuple[int, ...], list[Place]]]:
    """Yield axes of the attribute, with the classes in which customers are compared, neighbour with neighbour.

    Neighbours with equal plans all the way have equal plans at both ends. Of a set attribute with many words there is
    a way from each set to each other one by single words, and one from the empty set to an unknown one.
    """
    axes = tuple(index for index, axis in enumerate(subject.axes) if axis.attribute == invariant.attribute)
    if not axes:
        return
    first = subject.axes[axes[0]]
    unknown = [tuple(UNKNOWN for _ in axes)] if first.optional else []
    if isinstance(first.type, SetType) and len(axes) > 1:
        if len(axes) <= _MOST_WORDS:
            yield axes, [*unknown, *product((1, 2), repeat=len(axes))]
            return
        for axis in axes:
            yield (axis,), [(1,), (2,)]
        yield axes, [*unknown, tuple(1 for _ in axes)]
        return
    (axis,) = axes
    classes = list(range(1, first.size))
    if invariant.kind is InvariantKind.INDEPENDENT:
        classes = [*([UNKNOWN] if first.optional else []), *classes]
    elif isinstance(first.type, EnumType) and invariant.order:
        classes = [first.class_of(word) for word in invariant.order]
    yield axes, [(class_,) for class_ in classes]


def _connected(subject: Subject, invariant: Invariant) -> bool:
    """Whether `_places` leads from each possible value to each other one, whatever the book assumes.

    That is in doubt when the words are looked at one by one, and an assumption or the condition speaks of some.
    """
    axes = {index for index, axis in enumerate(subject.axes) if axis.attribute == invariant.attribute}
    if len(axes) <= _MOST_WORDS or not isinstance(subject.axes[min(axes)].type, SetType):
        return True
    spoken = [*subject.space.impossible, *subject.space.boxes(invariant.when)]
    return not any(axis in axes for box in spoken for axis, _ in box)


def _concerned(one: View, other: View, names: tuple[str, ...], apart: int) -> list[str]:
    """Return the actions for which it can matter what tells the two regions apart."""
    planner = one.planner
    counted = any(one.region[axis] != other.region[axis] for axis in planner.program.counted.values())
    contacts = planner.discretionary if counted else ()
    return [name for name in names if planner.dependencies(name) & apart or name in contacts]


def _fewer(names: tuple[str, ...], one: View, other: View, apart: int) -> bool | None:
    """Whether the second region has fewer of the actions planned than the first."""
    concerned = _concerned(one, other, names, apart)
    (low, high), (least, most) = _count(one, concerned), _count(other, concerned)
    if least >= high:
        return False
    return True if most < low else None


def _count(view: View, names: list[str]) -> tuple[int, int]:
    """Return the least and the greatest number of the actions that can be planned."""
    low = high = 0
    for name in names:
        planned = view.planned(name)
        low += planned is True
        high += planned is not False
    return low, high


def different(names: tuple[str, ...], one: View, other: View, apart: int) -> bool | None:
    """Whether the two regions have different ones of the actions planned, in another order, or done otherwise."""
    concerned = _concerned(one, other, names, apart)
    if not concerned:
        return False
    open_ = False
    for name in concerned:
        first, second = one.planned(name), other.planned(name)
        if first is None or second is None:
            open_ = True
        elif first is not second:
            return True
    if open_:
        return None
    for name in concerned:
        if one.planned(name):
            step_here, step_there = one.step(name), other.step(name)
            if step_here is None or step_there is None:
                return None
            if step_here != step_there:
                return True
    moving = [name for name in concerned if _moves(one, other, name)]
    both = [name for name in names if moving and one.planned(name) is not False]
    for name in moving:
        for later in both:
            if later == name or not one.planned(name):
                continue
            above, still = one.above(name, later), other.above(name, later)
            if above is None or still is None or one.planned(later) is None:
                return None
            if above is not still:
                return True
    return False


def _moves(one: View, other: View, name: str) -> bool:
    """Whether the place of an action in the ranking can differ between the regions."""
    return bool(one.planned(name)) and (one.score(name) != other.score(name) or bool(one.planner.placing[name]))


def _of_two(subject: Subject, axes: tuple[int, ...], pair: Pair, invariant: Invariant) -> str:
    differing = [axis for axis in axes if pair.one[axis] != pair.other[axis]]
    first, second = (_described(subject, differing, region) for region in (pair.one, pair.other))
    who = customers(subject, pair.part)
    names = _selected(subject, invariant)
    (one,), (other,) = (subject.views.of(region) for region in (pair.one, pair.other))
    gone = [name for name in names if one.planned(name) and not other.planned(name)]
    new = [name for name in names if other.planned(name) and not one.planned(name)]
    said = "; ".join(
        f"only with {word}: {', '.join(f'`{name}`' for name in found)}"
        for word, found in ((first, gone), (second, new))
        if found
    )
    return (
        f"for {who} the plan differs between `{invariant.attribute}` {first} and {second}{': ' + said if said else ''}"
    )


def _described(subject: Subject, axes: list[int], region: Region) -> str:
    """Say what the attribute is in a region; words of a set that do not matter are left out."""
    said = [subject.axes[axis].describe(_only(region[axis])) for axis in axes]
    return " and ".join(dict.fromkeys(said))


def _only(mask: int) -> int:
    return mask.bit_length() - 1
