"""On which days does a plan change although nothing about the customer does?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from relmaint.verify.checks.invariants import different
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.cover import Undecided
from relmaint.verify.pairs import pairs
from relmaint.verify.parts import BUDGET
from relmaint.vocabulary import AS_OF, show_value

__all__ = ["find"]


def find(subject: Subject) -> Iterator[Finding]:
    """Yield one finding with all days on which the dates of rules, tables, guards and actions change a plan."""
    place = next((index for index, axis in enumerate(subject.axes) if axis.attribute == AS_OF), None)
    if place is None:
        return
    axis = subject.axes[place]
    names = tuple(subject.book.actions)
    days: list[str] = []
    region = None
    for class_ in range(1, axis.size - 1):
        found = next(
            pairs(
                subject.views,
                place,
                (class_, class_ + 1),
                partial(different, names),
                subject.everyone,
                budget=BUDGET,
                grow=False,
            ),
            None,
        )
        day = show_value(axis.lowest(class_ + 1))
        if isinstance(found, Undecided):
            message = f"whether a plan changes on {day} could not be decided"
            yield Finding("undecided-check", AS_OF, message, subject.book.span)
        elif found is not None:
            days.append(day)
            region = region or found.other
    if days:
        message = f"plans change on {', '.join(days)}"
        yield Finding("plan-dates", AS_OF, message, subject.book.span, region=region)
