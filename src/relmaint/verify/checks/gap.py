"""Has every customer a daily, a special and a care action in the plan, after overrides, guards, merging and budget?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from relmaint.model.action import Kind
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.checks.words import customers, losses
from relmaint.verify.cover import Region, Undecided
from relmaint.verify.parts import Proven, Refuted, Why, everywhere
from relmaint.verify.plans import Truth, View

__all__ = ["Planned", "find", "proof_of"]

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
        found: list[Region] = []
        while len(found) < _MOST:
            match proof_of(subject, kind, found):
                case Proven():
                    break
                case Undecided():
                    message = f"whether every customer has a `{kind}` action could not be decided"
                    yield Finding("undecided-check", kind, message, subject.book.span)
                    break
                case Refuted(region, possible):
                    found.append(region)
                    yield _gap(subject, kind, region, possible)


def proof_of(subject: Subject, kind: Kind, known: Sequence[Region] = ()) -> Proven | Refuted | Undecided:
    """Return the proof that each customer for whom an action of the kind is proposed has one, or a gap.

    Customers of the known gaps are left out.
    """
    book = subject.book
    names = sorted(
        (name for name, one in book.actions.items() if one.kind is kind),
        key=lambda name: (book.actions[name].is_discretionary_contact, not book.actions[name].is_duty, name),
    )

    def question(seen: tuple[View, ...]) -> Why | bool | None:
        (view,) = seen
        if any(_inside(view.region, region) for region in known):
            return lambda seen: any(_inside(seen[0].region, region) for region in known)
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

    return everywhere(subject.views, question, subject.known)


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


def _inside(region: Region, whole: Region) -> bool:
    return all(not mask & ~wide for mask, wide in zip(region, whole, strict=True))


def _gap(subject: Subject, kind: Kind, region: Region, possible: Region) -> Finding:
    who = customers(subject, region, subject.known)
    lost = losses(subject, possible, {name for name, one in subject.book.actions.items() if one.kind is kind})
    message = f"{who} have no `{kind}` action in the plan"
    if lost:
        message += f"; withheld: {lost}"
    return Finding("gap", kind, message, subject.book.span, region=possible)
