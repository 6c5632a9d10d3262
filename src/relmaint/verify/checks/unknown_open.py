"""Does a guard let an action through only because an attribute is unknown?"""

from __future__ import annotations

from collections.abc import Iterator

from relmaint.ir.program import UNKNOWN
from relmaint.ir.rules import Effect, Guard
from relmaint.rank.select import selects
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.cover import Region, Undecided, bits_of
from relmaint.verify.pairs import Pair, pairs
from relmaint.verify.parts import BUDGET, someone
from relmaint.verify.plans import View, any_of

__all__ = ["find"]


def find(subject: Subject) -> Iterator[Finding]:
    """Yield, for each guard that withholds or holds, the attributes whose being unknown switches it off.

    Of each, there is a customer whose plan has an action that the guard selects, and another who differs only in that
    the attribute is known, and whom the guard protects.
    """
    for guard in subject.book.guards:
        if guard.effect in (Effect.WITHHOLD, Effect.HOLD):
            for name, axes in sorted(_read(subject, guard).items()):
                match _switched_off(subject, guard, axes):
                    case None:
                        pass
                    case Undecided():
                        message = f"whether an unknown `{name}` switches off `{guard.id}` could not be decided"
                        yield Finding("undecided-check", guard.id, message, guard.span)
                    case region:
                        yield _finding(guard, name, region)


def _read(subject: Subject, guard: Guard) -> dict[str, list[int]]:
    """Return the optional attributes of which a box of the guard asks for a known value, each with its axes."""
    found: dict[str, set[int]] = {}
    for number in subject.numbers["guard", guard.id]:
        for axis, mask in subject.boxes[number]:
            if subject.axes[axis].optional and not mask & 1 << UNKNOWN:
                found.setdefault(subject.axes[axis].attribute, set()).add(axis)
    return {name: sorted(axes) for name, axes in found.items()}


def _switched_off(subject: Subject, guard: Guard, axes: list[int]) -> Region | Undecided | None:
    names = [
        action.id for action in subject.book.actions.values() if selects(guard.select, action) and not action.is_duty
    ]
    undecided = None
    for axis in axes:
        for number in subject.numbers["guard", guard.id]:
            box = dict(subject.boxes[number])
            if axis not in box or box[axis] & 1 << UNKNOWN:
                continue
            found = (
                _unknown_set(subject, guard, names, box, axis)
                if subject.axes[axis].member is not None
                else _unknown_value(subject, guard, names, box, axis)
            )
            if isinstance(found, tuple):
                return found
            undecided = undecided or found
    return undecided


def _unknown_value(
    subject: Subject, guard: Guard, names: list[str], box: dict[int, int], axis: int
) -> Region | Undecided | None:
    """Find a customer let through as a value is unknown, whom the guard protects with one of the values of a box."""
    bits = subject.planner.bits["guard", guard.id]

    def differ(unknown: View, known: View, _: int) -> bool | None:
        silent, speaking = unknown.matches(bits), known.matches(bits)
        if silent or speaking is False:
            return False
        planned = any_of(unknown.planned(name) for name in names)
        if planned is False:
            return False
        return True if planned and speaking and silent is False else None

    undecided = None
    for class_ in bits_of(box[axis]):
        region = subject.region(tuple(sorted({**box, axis: 1 << UNKNOWN | 1 << class_}.items())))
        for found in pairs(subject.views, axis, (UNKNOWN, class_), differ, region, budget=BUDGET, grow=False):
            if isinstance(found, Pair):
                return found.one
            undecided = found
    return undecided


def _unknown_set(
    subject: Subject, guard: Guard, names: list[str], box: dict[int, int], axis: int
) -> Region | Undecided | None:
    """Find a customer let through as a set is unknown as a whole, who but for the set lies in a box of the guard."""
    bits = subject.planner.bits["guard", guard.id]
    attribute = subject.axes[axis].attribute
    unknown = {place: 1 << UNKNOWN for place, one in enumerate(subject.axes) if one.attribute == attribute}
    region = subject.region(tuple(sorted({**box, **unknown}.items())))

    def question(seen: tuple[View, ...]) -> bool | None:
        (view,) = seen
        matches = view.matches(bits)
        if matches:
            return True
        planned = any_of(view.planned(name) for name in names)
        if planned is False:
            return True
        return False if planned and matches is False else None

    return someone(subject.views, question, region)


def _finding(guard: Guard, name: str, region: Region) -> Finding:
    message = f"the guard `{guard.id}` lets actions through when `{name}` is unknown"
    help_ = f"let the condition speak of an unknown `{name}` too, such as `… or {name} is unknown`"
    return Finding("unknown-open", guard.id, message, guard.span, help=help_, region=region)
