"""Has every customer a daily, a special and a care action in the plan, after overrides, guards, merging and budget?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from relmaint.model.action import Kind
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.checks.words import customers, losses
from relmaint.verify.cover import Region, Undecided
from relmaint.verify.parts import Proven, Refuted, Why, answers
from relmaint.verify.plans import Truth, View

__all__ = ["Planned", "find", "proofs_of"]

_MOST = 3
"""How many gaps of one kind are shown; closing these comes first."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The reason that one action is planned."""

    action: str

    def __call__(self, seen: tuple[View, ...]) -> Truth:
        """Whether it is, of every customer of the region."""
        return seen[0].planned(self.action)


def find(subject: Subject) -> Iterator[Finding]:
    """Yield the gaps of each kind that the book covers; customers for whom no rule proposes anything come elsewhere."""
    for kind in subject.book.covers:
        for answer in islice(proofs_of(subject, kind), _MOST):
            match answer:
                case Refuted(region, possible):
                    yield _gap(subject, kind, region, possible)
                case Undecided():
                    message = f"whether every customer has a `{kind}` action could not be decided"
                    yield Finding("undecided-check", kind, message, subject.book.span)
                case Proven():
                    pass


def proofs_of(subject: Subject, kind: Kind) -> Iterator[Proven | Refuted | Undecided]:
    """Yield the gaps of a kind, and at last the proof that there are no others."""
    book = subject.book
    names = sorted(
        (name for name, one in book.actions.items() if one.kind is kind),
        key=lambda name: (book.actions[name].is_discretionary_contact, not book.actions[name].is_duty, name),
    )

    def question(seen: tuple[View, ...]) -> Why | bool | None:
        (view,) = seen
        open_ = False
        for name in names:
            planned = view.planned(name)
            if planned:
                return Planned(name)
            open_ = open_ or planned is None
        if open_:
            return None
        nothing = _nothing(view, names)
        return (lambda seen: _nothing(seen[0], names)) if nothing else nothing

    return answers(subject.views, question, subject.known)


def _nothing(view: View, names: Sequence[str]) -> Truth:
    """Whether none of the actions is proposed, not even by a rule that is set aside."""
    truth: Truth = True
    for name in names:
        matching = view.matches(view.planner.matching[name])
        if matching is True and view.in_force(name) is True:
            return False
        if matching is not False and view.in_force(name) is not False:
            truth = None
    return truth


def _gap(subject: Subject, kind: Kind, region: Region, possible: Region) -> Finding:
    who = customers(subject, region, subject.known)
    lost = losses(subject, possible, {name for name, one in subject.book.actions.items() if one.kind is kind})
    message = f"{who} have no `{kind}` action in the plan"
    if lost:
        message += f"; withheld: {lost}"
    return Finding("gap", kind, message, subject.book.span, region=possible)
