"""What is the least that must change about a customer to bring an action into the plan, or to take it out?

Attributes that nothing can change are never touched, neither is the day, and nothing known becomes unknown. Fewer
attributes come before more, and of as many the nearest classes; that fewer do not suffice is proven set by set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from relmaint.diagnostics import Span
from relmaint.ir.conditions import comparisons, show_comparison, show_condition
from relmaint.ir.program import UNKNOWN
from relmaint.ir.reference import compare, fires
from relmaint.ir.rules import RuleBook
from relmaint.verify.cover import Region, bits_of
from relmaint.verify.parts import BUDGET, leaves
from relmaint.verify.plans import View, Views
from relmaint.verify.space import Space
from relmaint.verify.witness import Witnesses
from relmaint.verify.words import condition_of
from relmaint.vocabulary import AS_OF, Value

__all__ = ["MOST", "Answer", "Change", "Edge", "NearMisses", "Why"]

MOST = 4
"""How many attributes are changed at most; who needs more to change is another customer."""

_SHOWN = 3
"""How many changes of the same size are given."""

Cell = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """A comparison of a statement that comes out otherwise after a change: the boundary that the change crosses."""

    statement: str
    comparison: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Change:
    """A change that brings the action in or takes it out.

    Args:
        to: what each attribute is to be, as conditions, by name.
        distance: how many classes lie between the customer and there.
        edges: the boundaries that are crossed on the way, of the statements that bear on the action.
    """

    to: Mapping[str, str]
    distance: int
    edges: tuple[Edge, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of one action for one customer.

    Args:
        planned: whether the action is in the plan.
        changes: the smallest changes that turn that round, the nearest first; all change as many attributes.
        smaller_proven: whether it is proven that no change of fewer attributes does it; when there are no changes,
            that none of up to `MOST` attributes does. It is not when the budget was spent, nor when a smaller change
            would do of which no customer was found to show that it is possible.
    """

    planned: bool
    changes: tuple[Change, ...]
    smaller_proven: bool


@dataclass(frozen=True, slots=True)
class NearMisses:
    """What one changed attribute would bring into the plan of one customer.

    Args:
        changes: for each action, the nearest such change.
        undecided: actions of which it is not known whether there is one.
    """

    changes: Mapping[str, Change]
    undecided: tuple[str, ...]


class Why:
    """Questions about single customers, for one book.

    Args:
        book: the book.
    """

    def __init__(self, book: RuleBook) -> None:
        """Lower the book."""
        self._book = book
        self._space = Space(book)
        self._views = Views(self._space)
        self._witnesses = Witnesses(book.vocabulary, self._space.axes)
        self._changeable: dict[str, list[int]] = {}
        for index, axis in enumerate(self._space.axes):
            if axis.attribute != AS_OF and self._witnesses.can_change(axis.attribute):
                self._changeable.setdefault(axis.attribute, []).append(index)

    def smallest(self, facts: Mapping[str, Value], action: str, *, budget: int = BUDGET) -> Answer:
        """Return the smallest changes of a customer that bring the action into the plan, or take it out.

        Args:
            facts: what is known of the customer, computed attributes included.
            action: the id of an action of the book.
            budget: how many regions to look at at most.
        """
        cell = tuple(axis.class_of(facts.get(axis.attribute)) for axis in self._space.axes)
        (here,) = self._views.of(tuple(1 << class_ for class_ in cell))
        planned = bool(here.planned(action))
        search = _Search(self, facts, cell, action, wanted=not planned, budget=budget)
        names = self._concerned(here, action)
        if search.find(names) is None:
            return Answer(planned, (), smaller_proven=not search.spent)
        needed = [name for name in names if search.find([one for one in names if one != name]) is None]
        others = [name for name in names if name not in needed]
        proven = True
        for size in range(max(1, len(needed)), MOST + 1):
            found: list[Change] = []
            for more in combinations(others, size - len(needed)):
                found.extend(search.changes([*needed, *more]))
                if search.spent:
                    break
            if found:
                found.sort(key=lambda one: (one.distance, sorted(one.to.items())))
                return Answer(planned, tuple(found[:_SHOWN]), smaller_proven=proven and not search.spent)
            if search.spent:
                break
            proven = not search.unshown
        return Answer(planned, (), smaller_proven=proven and not search.spent)

    def near_misses(self, facts: Mapping[str, Value], *, budget: int = BUDGET) -> NearMisses:
        """Return the actions that one changed attribute would bring into the plan, each with the nearest such change.

        Args:
            facts: what is known of the customer, computed attributes included.
            budget: how many regions to look at at most, for each action.
        """
        cell = tuple(axis.class_of(facts.get(axis.attribute)) for axis in self._space.axes)
        (here,) = self._views.of(tuple(1 << class_ for class_ in cell))
        found: dict[str, Change] = {}
        undecided: list[str] = []
        for action in self._book.actions:
            if not here.planned(action):
                search = _Search(self, facts, cell, action, wanted=True, budget=budget)
                changes = [one for name in self._concerned(here, action) for one in search.changes([name])]
                if changes:
                    found[action] = min(changes, key=lambda one: (one.distance, sorted(one.to.items())))
                elif search.spent or search.unshown:
                    undecided.append(action)
        return NearMisses(found, tuple(undecided))

    def _edges(self, here: Mapping[str, Value], there: Mapping[str, Value], action: str) -> tuple[Edge, ...]:
        """Return the comparisons that come out otherwise, of the statements that bear on the action and turn by it."""
        planner = self._views.planners[0]
        bearing = planner.dependencies(action)
        found: list[Edge] = []
        for one in self._views.space.programs[0].statements:
            if one.role == "action" or not planner.bits[one.role, one.id] & bearing:
                continue
            if fires(one.when, here) != fires(one.when, there):
                found += [
                    Edge(one.id, show_comparison(each), each.span)
                    for each in comparisons(one.when)
                    if compare(each, here.get(each.attribute)) != compare(each, there.get(each.attribute))
                ]
        return tuple(dict.fromkeys(found))

    def _concerned(self, here: View, action: str) -> list[str]:
        """Return the attributes on which it can hang whether the action is planned, and that can change.

        An assumption can ask for another attribute to change along with one of these.
        """
        bits = here.planner.dependencies(action)
        axes = {axis for box in bits_of(bits) for axis, _ in self._views.union.boxes[box]}
        if action in here.planner.discretionary:
            axes |= set(here.planner.program.counted.values())
        left = [{axis for axis, _ in box} for box in self._space.impossible]
        while tied := [one for one in left if one & axes]:
            axes.update(*tied)
            left = [one for one in left if not one & axes]
        return [name for name, own in self._changeable.items() if axes & set(own)]


class _Search:
    """The search for one action and one customer.

    Attributes:
        spent: whether the budget ran out.
        unshown: whether there was a part in which it is as wanted, and no customer was found in its nearest cell.
    """

    def __init__(
        self, why: Why, facts: Mapping[str, Value], cell: Cell, action: str, *, wanted: bool, budget: int
    ) -> None:
        self.why, self.facts, self.cell, self.action, self.wanted = why, facts, cell, action, wanted
        self.left = budget
        self.spent = False
        self.unshown = False

    def find(self, names: list[str]) -> Region | None:
        """Return a part of the customers who may differ in these attributes only, and for whom it is as wanted."""
        return next(self._parts(names), None)

    def changes(self, names: list[str]) -> Iterator[Change]:
        """Yield changes of all of these attributes, one from each part in which it is as wanted."""
        for part in self._parts(names):
            change = self._nearest(part, names)
            if change is not None:
                yield change
            else:
                self.unshown = True

    def _parts(self, names: list[str]) -> Iterator[Region]:
        free = {axis for name in names for axis in self.why._changeable[name]}
        region = tuple(
            whole & ~(1 << UNKNOWN) | 1 << class_ if axis in free else 1 << class_
            for axis, (whole, class_) in enumerate(zip(self.why._space.everyone, self.cell, strict=True))
        )
        if self.left <= 0:
            self.spent = True
            return

        def question(seen: tuple[View, ...]) -> bool | None:
            self.left -= 1
            return seen[0].planned(self.action)

        for leaf in leaves(self.why._views, question, region, budget=max(1, self.left), only=self.wanted):
            if leaf.answer is None:
                self.spent = True
                return
            yield leaf.possible

    def _nearest(self, part: Region, names: list[str]) -> Change | None:
        """Return the cell of a part that is nearest to the customer, if it is one that somebody can be in."""
        axes = self.why._space.axes
        nearest = tuple(
            min(bits_of(mask), key=lambda class_, own=own: (abs(class_ - own), class_))  # type: ignore[misc]  # bound
            for mask, own in zip(part, self.cell, strict=True)
        )
        moved = [axis for axis, (new, old) in enumerate(zip(nearest, self.cell, strict=True)) if new != old]
        found = self.why._witnesses.customer(tuple(1 << class_ for class_ in nearest)) if moved else None
        if found is None:
            return None
        to: dict[str, str] = {}
        for axis in moved:
            name = axes[axis].attribute
            said = show_condition(condition_of(axes[axis], 1 << nearest[axis]))
            to[name] = f"{to[name]} and {said}" if name in to else said
        if not set(to) <= set(names):
            return None
        distance = sum(abs(nearest[axis] - self.cell[axis]) for axis in moved)
        return Change(to, distance, self.why._edges(self.facts, found.facts, self.action))
