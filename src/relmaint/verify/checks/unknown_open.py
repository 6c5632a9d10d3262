"""Does a guard let an action through only because an attribute is unknown?"""

from __future__ import annotations

from collections.abc import Iterator

from relmaint.ir.program import UNKNOWN
from relmaint.ir.rules import Effect, Guard
from relmaint.rank.select import selects
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.cover import Region, Undecided, bits_of
from relmaint.verify.pairs import Pair, pairs
from relmaint.verify.parts import BUDGET
from relmaint.verify.plans import View, any_of

__all__ = ["find"]


def find(subject: Subject) -> Iterator[Finding]:
    """Yield, for each guard that withholds or holds, the attributes whose being unknown switches it off.

    Of each, there is a customer whose plan has an action that the guard selects, and another who differs only in that
    the attribute is known, and whom the guard protects.
    """
    for guard in subject.book.guards:
        if guard.effect in (Effect.WITHHOLD, Effect.HOLD):
            for axis in sorted(_read(subject, guard)):
                match _switched_off(subject, guard, axis):
                    case Pair(one=region):
                        yield _finding(subject, guard, axis, region)
                    case Undecided():
                        name = subject.axes[axis].attribute
                        message = (
                            f"whether an unknown `{name}` switches off the guard `{guard.id}` could not be decided"
                        )
                        yield Finding("undecided-check", guard.id, message, guard.span)
                    case None:
                        pass


def _read(subject: Subject, guard: Guard) -> set[int]:
    """Return the optional axes on which a box of the guard asks for a known value."""
    boxes = (subject.boxes[number] for number in subject.numbers["guard", guard.id])
    return {axis for box in boxes for axis, mask in box if subject.axes[axis].optional and not mask & 1 << UNKNOWN}


def _switched_off(subject: Subject, guard: Guard, axis: int) -> Pair | Undecided | None:
    bits = subject.planner.bits["guard", guard.id]
    names = [
        action.id for action in subject.book.actions.values() if selects(guard.select, action) and not action.is_duty
    ]

    def differ(unknown: View, known: View, _: int) -> bool | None:
        silent, speaking = unknown.matches(bits), known.matches(bits)
        if silent or speaking is False:
            return False
        planned = any_of(unknown.planned(name) for name in names)
        if planned is False:
            return False
        return True if planned and speaking and silent is False else None

    undecided = None
    for number in subject.numbers["guard", guard.id]:
        box = dict(subject.boxes[number])
        mask = box.get(axis, 1)
        if mask & 1 << UNKNOWN:
            continue
        for class_ in bits_of(mask):
            region = subject.region(tuple(sorted({**box, axis: 1 << UNKNOWN | 1 << class_}.items())))
            for found in pairs(subject.views, axis, (UNKNOWN, class_), differ, region, budget=BUDGET):
                if isinstance(found, Pair):
                    return found
                undecided = found
    return undecided


def _finding(subject: Subject, guard: Guard, axis: int, region: Region) -> Finding:
    name = subject.axes[axis].attribute
    message = f"the guard `{guard.id}` lets actions through when `{name}` is unknown"
    help_ = f"let the condition speak of an unknown `{name}` too, such as `… or {name} is unknown`"
    return Finding("unknown-open", guard.id, message, guard.span, help=help_, region=region)
