"""Whose plan does a change to a rule book change, and how?

The answer is exact: a customer is in one of the regions just if the two books give that customer different plans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_

from relmaint.ir.program import Axis, Box
from relmaint.ir.rules import RuleBook
from relmaint.verify.cover import Region
from relmaint.verify.edits import Edits, Reach
from relmaint.verify.parts import BUDGET, Leaf, joined, leaves
from relmaint.verify.plans import Step, Truth, View, Views
from relmaint.verify.space import Space
from relmaint.verify.touch import Common
from relmaint.verify.words import pattern

__all__ = ["Change", "ChangedRegion", "Difference", "difference"]


@dataclass(frozen=True, slots=True)
class Change:
    """How one plan differs from another.

    Args:
        gained: actions that only the new plan has, by id.
        lost: actions that only the old plan has, by id.
        altered: actions of both plans with another owner, channel or time: the old step and the new one.
        moved: pairs of actions of both plans; the first now ranks above the second, and did not before.
    """

    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    altered: tuple[tuple[Step, Step], ...] = ()
    moved: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.gained or self.lost or self.altered or self.moved)


@dataclass(frozen=True, slots=True)
class ChangedRegion:
    """Customers whose plans change in the same way; `possible` is a part with possible customers only."""

    region: Region
    possible: Region
    change: Change


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change to a book changes.

    Args:
        space: the customers, over the axes that the regions speak of.
        regions: whose plans change, and how; no two of them share a customer.
        undecided: regions that the budget left open; nothing is known of their plans.
        texts: actions of both books that say something else about themselves; the plans list the same actions.
        assumptions: assumptions that only one book makes; customers that break an assumption of either count as
            impossible.
    """

    space: Space
    regions: tuple[ChangedRegion, ...]
    undecided: tuple[Region, ...] = ()
    texts: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every region was decided."""
        return not self.undecided

    @property
    def is_empty(self) -> bool:
        """Whether it is proven that every possible customer has the same plan in both books."""
        return not self.regions and self.is_complete

    @property
    def axes(self) -> Sequence[Axis]:
        """What the regions speak of."""
        return self.space.axes

    def condition(self, region: Region) -> str:
        """Say where a region is, in the words of the rule-book language."""
        return pattern(region, self.axes, self.space.everyone) or "always"


def difference(old: RuleBook, new: RuleBook, *, budget: int = BUDGET, among: Common | None = None) -> Difference:
    """Compare what two books over one vocabulary plan, customer for customer.

    Args:
        old: the book before.
        new: the book after.
        budget: how many regions to look at at most; what is left over is reported as undecided.
        among: the customers to compare; everyone unless stated. The plans of others count as equal.

    Raises:
        ExpansionError: a statement of a book falls apart into too many boxes.
    """
    edits = Edits(old, new)
    assumed = [{(one.id, one.always) for one in book.assumptions} for book in (old, new)]
    assumptions = tuple(sorted({name for name, _ in assumed[0] ^ assumed[1]}))
    space = Space(*edits.sliced(), also=() if among is None else among.conditions)
    if not edits.list and edits.everywhere is None:
        return Difference(space, (), (), edits.texts, assumptions)
    asked = [] if among is None else [space.boxes(one) for one in among.conditions]
    views = Views(space, [box for boxes in asked for box in boxes])
    question: Callable[[tuple[View, ...]], Change | None] = _Question(edits, views)
    if among is not None:
        question = _Among(among, views, asked, question)
    found: list[Leaf[Change]] = []
    undecided: list[Region] = []
    for leaf in leaves(views, question, budget=budget):
        if leaf.answer is None:
            undecided.append(leaf.region)
        elif leaf.answer:
            found.append(leaf)
    regions = tuple(
        ChangedRegion(leaf.region, leaf.possible, leaf.answer) for leaf in joined(found) if leaf.answer is not None
    )
    return Difference(space, regions, tuple(undecided), edits.texts, assumptions)


class _Question:
    """How the plans of a region differ, decided action by action, and only for the actions that an edit can reach."""

    def __init__(self, edits: Edits, views: Views) -> None:
        self.edits = edits
        self.bits = [(views.planners[edit.side].bits.get((edit.role, edit.id), 0), edit.reach) for edit in edits.list]
        self.every = reduce(or_, (bits for bits, _ in self.bits), 0)
        self._reaches: dict[int, Reach] = {}

    def __call__(self, views: tuple[View, ...]) -> Change | None:
        """Return how the plans differ, or `None` when it is open."""
        old, new = views
        touching = old.active & self.every
        if self.edits.everywhere is None:
            if not touching:
                return Change()
            if old.matches(self.every) is None:
                return None
        return _Comparison(self.edits, self._reach(touching), old, new).change()

    def _reach(self, touching: int) -> Reach:
        found = self._reaches.get(touching)
        if found is None:
            reaches = (reach for bits, reach in self.bits if bits & touching)
            found = self._reaches[touching] = reduce(or_, reaches, self.edits.everywhere or Reach())
        return found


class _Among:
    """A question about some customers only; of all others it is known that nothing differs."""

    def __init__(
        self,
        among: Common,
        views: Views,
        asked: Sequence[Sequence[Box]],
        question: Callable[[tuple[View, ...]], Change | None],
    ) -> None:
        self.among, self.question = among, question
        first = sum(len(program.boxes) for program in views.space.programs)
        self.bits = []
        for boxes in asked:
            self.bits.append(((1 << len(boxes)) - 1) << first)
            first += len(boxes)

    def __call__(self, views: tuple[View, ...]) -> Change | None:
        """Return how the plans differ, or `None` when it is open."""
        is_among = self.among.asks(lambda number: views[0].matches(self.bits[number]))
        if is_among is None:
            return None
        return self.question(views) if is_among else Change()


class _OpenError(Exception):
    """One view has to be cut first; it never leaves this module."""


class _Comparison:
    """One region as two books see it."""

    def __init__(self, edits: Edits, reach: Reach, old: View, new: View) -> None:
        self.edits, self.reach, self.old, self.new = edits, reach, old, new
        self._planned: dict[str, tuple[bool, bool]] = {}

    def change(self) -> Change | None:
        """Return how the plans differ, or `None` when one of the views has to be cut first."""
        try:
            return self._change()
        except _OpenError:
            return None

    def _change(self) -> Change:
        names = sorted(self.reach.there | self.reach.key | self.reach.step)
        contacts = self.edits.shapes[0].discretionary | self.edits.shapes[1].discretionary
        entering = [name for name in names if name not in contacts and name in self.reach.there]
        competing = [name for name in names if name in contacts and name in self.reach.there | self.reach.key]
        compared = [*entering, *(self._contest(competing) if competing or self.reach.forced else ())]
        pairs = {name: self.planned(name) for name in compared}
        gained = tuple(sorted(name for name, (before, after) in pairs.items() if after and not before))
        lost = tuple(sorted(name for name, (before, after) in pairs.items() if before and not after))
        return Change(gained, lost, tuple(self._altered()), tuple(self._moved()))

    def _contest(self, competing: Sequence[str]) -> Iterable[str]:
        """Return the discretionary contacts whose plans may differ: none when those reached enter it as before."""
        if not self.reach.forced:
            changed = [name for name in competing if self._enters(name)]
            if not changed:
                return ()
            if not any(any(self.planned(name)) for name in changed):
                return changed
        return sorted({*competing, *self.edits.rest(self.reach)})

    def _enters(self, name: str) -> bool:
        """Whether the contact enters the contest in one book only, or with another key."""
        before = self._sure(self.old, self.new, partial(self.survives, self.old, name))
        after = self._sure(self.new, self.old, partial(self.survives, self.new, name))
        if before != after:
            return True
        return before and name in self.reach.key and self._rekeyed(name)

    def _rekeyed(self, name: str) -> bool:
        """Whether the place of the action in the ranking may differ."""
        old, new = self.old.score(name), self.new.score(name)
        places = self.old.position(name), self.new.position(name)
        return old != new or old[0] != old[1] or places[0] != places[1] or places[0] is None

    def planned(self, name: str) -> tuple[bool, bool]:
        """Return whether each book plans the action."""
        if name not in self._planned:
            before = self._sure(self.old, self.new, partial(self._plans, self.old, name))
            after = self._sure(self.new, self.old, partial(self._plans, self.new, name))
            self._planned[name] = before, after
        return self._planned[name]

    @staticmethod
    def survives(view: View, name: str) -> Truth:
        """Whether the action survives the guards; one that the book does not know never does."""
        return view.survives(name) if name in view.planner.book.actions else False

    @staticmethod
    def _plans(view: View, name: str) -> Truth:
        return view.planned(name) if name in view.planner.book.actions else False

    @staticmethod
    def _sure(view: View, other: View, ask: partial[Truth]) -> bool:
        """Return the answer; when it is open, leave in the view, and only there, what to cut along."""
        view.asked, view.asked_axis = 0, -1
        found = ask()
        if found is None:
            other.asked, other.asked_axis = 0, -1
            raise _OpenError
        return found

    def _altered(self) -> Iterator[tuple[Step, Step]]:
        for name in sorted(self.reach.step):
            if all(self.planned(name)):
                before, after = self._step(self.old, self.new, name), self._step(self.new, self.old, name)
                if before != after:
                    yield before, after

    @staticmethod
    def _step(view: View, other: View, name: str) -> Step:
        view.asked, view.asked_axis = 0, -1
        found = view.step(name)
        if found is None:
            other.asked, other.asked_axis = 0, -1
            raise _OpenError
        return found

    def _moved(self) -> Iterator[tuple[str, str]]:
        """Yield pairs of actions of both plans that changed places."""
        common = set(self.old.planner.book.actions) & set(self.new.planner.book.actions)
        told: set[tuple[str, str]] = set()
        for one in sorted(self.reach.key & common):
            for other in sorted(common - {one}):
                pair = (min(one, other), max(one, other))
                if pair not in told and self._swapped(*pair):
                    told.add(pair)
        for one, other in sorted(told):
            yield (one, other) if self.new.above(one, other) else (other, one)

    def _swapped(self, one: str, other: str) -> bool:
        before, after = self.old.above(one, other), self.new.above(one, other)
        if before is not None and before == after:
            return False
        if not (all(self.planned(one)) and all(self.planned(other))):
            return False
        sure = self._sure(self.old, self.new, partial(self.old.above, one, other))
        return sure != self._sure(self.new, self.old, partial(self.new.above, one, other))
