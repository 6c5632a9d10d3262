"""Does a guard let an action through only because an attribute is unknown?"""

from __future__ import annotations

from collections.abc import Iterator

from relmaint.ir.program import UNKNOWN
from relmaint.ir.rules import Effect, Guard
from relmaint.rank.select import selects
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.cover import Region
from relmaint.verify.parts import Why, someone
from relmaint.verify.plans import Truth, View

__all__ = ["find"]


def find(subject: Subject) -> Iterator[Finding]:
    """Yield, for each guard that withholds or holds, the attributes whose being unknown switches it off.

    Of each, a customer is shown who would be guarded with another value of the attribute, and is not as it is unknown,
    and whose plan has an action that the guard selects.
    """
    for guard in subject.book.guards:
        if guard.effect in (Effect.WITHHOLD, Effect.HOLD):
            for axis in sorted(_read(subject, guard)):
                for region in _switched_off(subject, guard, axis):
                    yield _finding(subject, guard, axis, region)
                    break


def _read(subject: Subject, guard: Guard) -> set[int]:
    """Return the optional axes on which a box of the guard asks for a known value."""
    boxes = (subject.boxes[number] for number in subject.numbers["guard", guard.id])
    return {axis for box in boxes for axis, mask in box if subject.axes[axis].optional and not mask & 1 << UNKNOWN}


def _switched_off(subject: Subject, guard: Guard, axis: int) -> Iterator[Region]:
    bits = subject.planner.bits["guard", guard.id]
    names = [
        action.id for action in subject.book.actions.values() if selects(guard.select, action) and not action.is_duty
    ]

    def question(seen: tuple[View, ...]) -> Why | bool | None:
        (view,) = seen
        matches = view.matches(bits)
        if matches:
            return lambda seen: seen[0].matches(bits)
        truth: Truth = True
        for name in names:
            planned = view.planned(name)
            if planned:
                return False if matches is False else None
            truth = None if planned is None else truth
        return truth

    for number in subject.numbers["guard", guard.id]:
        box = dict(subject.boxes[number])
        if axis not in box or box[axis] & 1 << UNKNOWN:
            continue
        region = subject.region(tuple(sorted({**box, axis: 1 << UNKNOWN}.items())))
        answer = someone(subject.views, question, region)
        if isinstance(answer, tuple):
            yield answer


def _finding(subject: Subject, guard: Guard, axis: int, region: Region) -> Finding:
    name = subject.axes[axis].attribute
    message = f"the guard `{guard.id}` lets actions through when `{name}` is unknown"
    help_ = f"let the condition speak of an unknown `{name}` too, such as `… or {name} is unknown`"
    return Finding("unknown-open", guard.id, message, guard.span, help=help_, region=region)
