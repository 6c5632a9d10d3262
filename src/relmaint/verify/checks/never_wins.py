"""Is there an action that is proposed for someone and planned for nobody, and by what is it always beaten?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.checks.words import losses
from relmaint.verify.cover import Region, Undecided
from relmaint.verify.parts import someone
from relmaint.verify.plans import View

__all__ = ["find"]


def find(subject: Subject) -> Iterator[Finding]:
    """Yield each action that some customer's rules propose and no customer's plan has."""
    for name in subject.book.actions:
        regions = list(_proposed(subject, name))
        if any(isinstance(someone(subject.views, _not_planned(name), one), tuple) for one in regions):
            continue
        there = [found for found in map(subject.space.somebody, regions) if found is not None]
        if not there:
            continue
        possible = next((found for found in there if isinstance(found, tuple)), None)
        span = subject.book.action_spans.get(name, subject.book.span)
        match someone(subject.views, _not_planned(name)):
            case None if possible is not None:
                lost = losses(subject, possible, {name})
                beaten = f"; for one customer it is withheld: {lost}" if lost else ""
                message = f"the action `{name}` is proposed, but in nobody's plan{beaten}"
                yield Finding("never-wins", name, message, span, region=possible)
            case None | Undecided():
                message = f"whether the action `{name}` is in anybody's plan could not be decided"
                yield Finding("undecided-check", name, message, span)
            case _:
                pass


def _proposed(subject: Subject, action: str) -> Iterator[Region]:
    """Yield the regions of the rules and rows that do the action."""
    for statement in subject.proposers(action):
        role = "row" if statement.id in subject.table_of else "rule"
        for box in subject.numbers[role, statement.id]:
            yield subject.region(box)


def _not_planned(action: str) -> Callable[[tuple[View, ...]], bool | None]:
    """Return the question whether an action is in no plan of a region."""

    def question(seen: tuple[View, ...]) -> bool | None:
        planned = seen[0].planned(action)
        return None if planned is None else not planned

    return question
