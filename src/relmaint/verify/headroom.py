"""How far can a base or a boost move before any possible customer's plan changes, and whose plan changes first?

A number of the ranking is the `base` of an action, the points that a rule gives to one action, or the points of a table
row. A plan depends on them only through the order of actions of one precedence class that are in the running for the
same customer. For one customer the difference of two scores moves one way as the number moves one way, so each pair
changes places at most once, at a step that the customer's scores tell; and the first step at which the plan changes is
one at which a touched action and a rival change places, both in the running, so that the touched one enters or leaves
the plan, or two planned ones swap.

So each touched action is taken with each rival of its class. Regions of customers are asked whether the two change
places somewhere below the least step found so far; where they keep their order at both ends, they keep it in between,
and the region is done. What is left is cut until both scores are settled; then the step is known, and the plans before
and at that step are compared. A smaller step lowers the bound for all that follows. When nothing is left the least step
is proven; when the budget is spent, the step below which every open region is settled is a bound on the safe side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from relmaint.diagnostics import Span
from relmaint.ir.rules import MAXIMUM_NUMBER, Aggregate, RuleBook
from relmaint.rank.decide import Ranking
from relmaint.verify.cover import Region, bits_of
from relmaint.verify.parts import grown, leaves
from relmaint.verify.plans import Outcome, Planner, Truth, View, Views, any_of, decide_cell, outcome_of
from relmaint.verify.space import Space
from relmaint.verify.witness import Witness, Witnesses
from relmaint.verify.words import pattern

__all__ = ["BUDGET", "End", "First", "Headroom", "Headrooms", "Number", "Reached", "Unbounded", "Undecided", "Why"]

BUDGET = 20_000
"""How many regions the search for one end may look at before the end stays undecided."""

_TRIES = 8
"""In how many regions a customer is looked for."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the ranking.

    Args:
        role: `action` for a base, `rule` for points that a rule gives, `row` for the points of a table row.
        statement: the id of the action, rule or row that holds it.
        touched: the ids of the actions whose scores it is part of.
        value: the number as it stands, in points.
        span: where the action, rule or row stands.
        table: the id of the table that a row belongs to.
    """

    role: str
    statement: str
    touched: tuple[str, ...]
    value: int
    span: Span | None = None
    table: str | None = None

    def __str__(self) -> str:
        """Say which number it is."""
        match self.role:
            case "action":
                return f"base of `{self.statement}`"
            case "rule":
                return f"boost of `{self.touched[0]}` in `{self.statement}`"
            case _:
                return f"boost of `{self.statement}`"

    def moved(self, book: RuleBook, by: int) -> RuleBook:
        """Return the book with this number moved by so many points, and nothing else changed."""
        match self.role:
            case "action":
                action = book.actions[self.statement]
                new = action.model_copy(update={"base": action.base + by})
                return replace(book, actions={**book.actions, action.id: new})
            case "rule":
                (name,) = self.touched
                rules = (
                    replace(rule, boost=tuple((one, points + by * (one == name)) for one, points in rule.boost))
                    if rule.id == self.statement
                    else rule
                    for rule in book.rules
                )
                return replace(book, rules=tuple(rules))
            case _:
                tables = (
                    replace(
                        table,
                        rows=tuple(
                            replace(row, boost=row.boost + by) if row.id == self.statement else row
                            for row in table.rows
                        ),
                    )
                    if table.id == self.table
                    else table
                    for table in book.tables
                )
                return replace(book, tables=tuple(tables))


@dataclass(frozen=True, slots=True)
class First:
    """The first change of a plan as a number moves one way.

    Args:
        value: the number at which the plan changes; one step nearer to the present number no plan does.
        pair: two actions of one precedence class, one of them touched; the first now ranks above the second.
        when: customers whose plans change so, as a condition; others may be among the first too.
        region: the same as a region.
        cell: the cell of one of them, who is possible.
        before: the plan of the customers of the cell as the book stands.
        after: their plan with the number moved.
        witness: a customer of the cell on a day; `None` when none was found, which proves nothing.
    """

    value: int
    pair: tuple[str, str]
    when: str
    region: Region
    cell: tuple[int, ...]
    before: Outcome
    after: Outcome
    witness: Witness | None


class Why(StrEnum):
    """Why no movement of a number changes a plan."""

    ALONE = "no other action is in its precedence class"
    COUNTED = "its table counts rows and does not add their points"
    APART = "no action changes places with another that is in the running for the same customer"
    UNSEEN = "where two actions change places, merging or a budget keeps one of them out of the plan"


@dataclass(frozen=True, slots=True)
class Reached:
    """So many points change nobody's plan, and one more changes somebody's."""

    steps: int
    first: First


@dataclass(frozen=True, slots=True)
class Unbounded:
    """No number that a book may hold changes a plan."""

    why: Why


@dataclass(frozen=True, slots=True)
class Undecided:
    """So many points change nobody's plan; the budget was spent before it was known whether more do.

    `first` is a change that was found further on, if any was; nearer ones are possible.
    """

    steps: int
    first: First | None


End = Reached | Unbounded | Undecided


@dataclass(frozen=True, slots=True)
class Headroom:
    """How far one number can move each way, all else unchanged."""

    number: Number
    down: End
    up: End

    @property
    def least(self) -> int:
        """The points by which the number can move either way; `MAXIMUM_NUMBER` twice over when no movement matters."""
        return min(2 * MAXIMUM_NUMBER if isinstance(end, Unbounded) else end.steps for end in (self.down, self.up))


class Headrooms:
    """The headroom of every base and boost of one book.

    Args:
        book: the book.
        budget: how many regions the search for one end may look at.

    Attributes:
        numbers: every number of the ranking: bases by action, boosts by rule and row.
        space: the customers there can be.
    """

    def __init__(self, book: RuleBook, *, budget: int = BUDGET) -> None:
        """Lower the book once; no movement of a number changes which rules match.

        Raises:
            ExpansionError: a statement of the book falls apart into too many boxes.
        """
        self.book = book
        self.budget = budget
        self.space = Space(book)
        self.numbers = tuple(_numbers(book))
        self._views = Views(self.space)
        self._ranking = Ranking(self.space.programs[0])
        self._witnesses = Witnesses(book.vocabulary, self.space.axes)
        classes: dict[str, list[str]] = {}
        for name, action in book.actions.items():
            classes.setdefault(action.precedence, []).append(name)
        self._classes = classes

    def of(self, number: Number) -> Headroom:
        """Return how far a number can move down and up."""
        return Headroom(number, self._end(number, -1), self._end(number, 1))

    def _end(self, number: Number, way: int) -> End:
        if number.table is not None and self._counts(number.table):
            return Unbounded(Why.COUNTED)
        if all(len(self._classes[self.book.actions[name].precedence]) == 1 for name in number.touched):
            return Unbounded(Why.ALONE)
        search = _Search(self._views, number, way, self.budget)
        for pair in self._pairs(number):
            search.look(*pair)
        first = self._first(search, number, way)
        if search.safe < search.found - 1:
            return Undecided(search.safe, first)
        return Unbounded(search.why) if first is None else Reached(search.safe, first)

    def _counts(self, name: str) -> bool:
        return any(table.id == name and table.aggregate is Aggregate.COUNT for table in self.book.tables)

    def _pairs(self, number: Number) -> list[tuple[str, str]]:
        """Return each touched action with each rival, those with near bases first, which are likely to be passed."""
        actions = self.book.actions
        found = [
            (name, other)
            for name in number.touched
            for other in self._classes[actions[name].precedence]
            if other != name
        ]
        return sorted(found, key=lambda pair: abs(actions[pair[0]].base - actions[pair[1]].base))

    # --- who is first ------------------------------------------------------------------------------------------------

    def _first(self, search: _Search, number: Number, way: int) -> First | None:
        if search.change is None:
            return None
        by = way * search.found
        ranking = self._ranking.variant(number.moved(self.book, by))
        spare: First | None = None
        for pair, region, possible in search.changes():
            witness = self._customer(region, possible)
            cell = self._cell(witness, possible)
            program = self.space.programs[0]
            before, after = (outcome_of(decide_cell(one, program, cell)) for one in (self._ranking, ranking))
            assert before != after, f"the search and the ranking differ about the {number}; please report this"
            when = pattern(region, self.space.axes, self.space.everyone) or "always"
            first = First(number.value + by, pair, when, region, cell, before, after, witness)
            if witness is not None:
                return first
            spare = spare or first
        return spare

    def _customer(self, region: Region, possible: Region) -> Witness | None:
        """Return a plain customer of the region, or failing that one of the part that is surely possible."""
        found = self._witnesses.customer(region, impossible=self.space.impossible)
        return found or self._witnesses.customer(possible, impossible=self.space.impossible)

    def _cell(self, witness: Witness | None, possible: Region) -> tuple[int, ...]:
        if witness is None:
            return tuple(next(bits_of(mask & -2 or mask)) for mask in possible)  # known where it can be
        return tuple(axis.class_of(witness.facts.get(axis.attribute)) for axis in self.space.axes)


def _numbers(book: RuleBook) -> Iterator[Number]:
    for action in book.actions.values():
        yield Number("action", action.id, (action.id,), action.base, book.action_spans.get(action.id))
    for rule in book.rules:
        for name, points in rule.boost:
            yield Number("rule", rule.id, (name,), points, rule.span)
    for table in book.tables:
        if "boost" in table.outputs:
            for row in table.rows:
                yield Number("row", row.id, tuple(dict.fromkeys(row.do)), row.boost, row.span, table.id)


class _Search:
    """The search for one end of one number.

    Attributes:
        found: the least step at which a plan is known to change; one beyond the last number when none is.
        safe: the steps below which no plan changes, as far as everything looked at goes.
        change: the pair, the region and the possible customers of the change at `found`.
        why: why nothing was found, should nothing be found.
    """

    def __init__(self, views: Views, number: Number, way: int, budget: int) -> None:
        self.views = views
        self.planner = views.planners[0]
        self.number = number
        self.way = way
        self.left = budget
        self.found = max(0, MAXIMUM_NUMBER - way * number.value) + 1
        self.safe = self.found - 1
        self.change: tuple[tuple[str, str], Region, Region] | None = None
        self.why = Why.APART
        self._step = 0
        self._planners: dict[int, Planner] = {}

    def look(self, mover: str, rival: str) -> None:
        """Look for a lesser step at which the two change places and a plan changes."""
        for region in self._regions(mover, rival):
            if self.found == 1:
                return
            question = partial(self._changes, mover, rival)
            for leaf in leaves(self.views, question, region, budget=self.left, only=True, outside_first=True):
                if leaf.answer is None:
                    self.safe = min(self.safe, self._kept(mover, rival, leaf.region))
                else:
                    self.found = self._step
                    self.safe = min(self.safe, self.found - 1)
                    self.change = (mover, rival), leaf.region, leaf.possible

    def changes(self) -> Iterator[tuple[tuple[str, str], Region, Region]]:
        """Yield regions whose plans change at the step found, grown as far as they go, and possible parts of them.

        With each comes the pair, the action that now ranks above the other first.
        """
        assert self.change is not None, "nothing was found; please report this"
        pair, region, possible = self.change
        yield self._told(pair, region, possible)
        seen = 1
        for part in self._regions(*pair):
            question = partial(self._differs, *pair, self.found)
            for leaf in leaves(self.views, question, part, budget=self.left, only=True, outside_first=True):
                if leaf.answer is None or seen == _TRIES:
                    return
                seen += 1
                yield self._told(pair, leaf.region, leaf.possible)

    def _told(self, pair: tuple[str, str], region: Region, possible: Region) -> tuple[tuple[str, str], Region, Region]:
        mover, rival = pair
        (view,) = self.views.of(region)
        risen = (rival, mover) if view.above(mover, rival) else (mover, rival)
        why = partial(self._differs, mover, rival, self.found)
        return risen, grown(self.views, why, region, self.views.space.everyone), possible

    # --- regions -----------------------------------------------------------------------------------------------------

    def _regions(self, mover: str, rival: str) -> Sequence[Region]:
        """Return regions outside of which the number does not count, or one of the two is not in the running."""
        everyone = (self.views.space.everyone,)
        if self.number.role != "action":
            mine = self._within(everyone, self.planner.bits[self.number.role, self.number.statement])
        else:
            mine = self._proposed(everyone, mover)
        return self._proposed(mine, rival)

    def _proposed(self, regions: Sequence[Region], action: str) -> Sequence[Region]:
        return regions if action in self.planner.holders else self._within(regions, self.planner.matching[action])

    def _within(self, regions: Iterable[Region], bits: int) -> Sequence[Region]:
        """Return where the regions and the boxes meet, as far as somebody can be there."""
        space, union = self.views.space, self.views.union
        found: dict[Region, None] = {}
        for region in regions:
            meeting = bits
            for axis, mask in enumerate(region):
                meeting &= union.touching(axis, mask)
            for box in bits_of(meeting):
                part = space.within(region, union.boxes[box])
                if part is not None and (possible := space.alike(part)) is not None:
                    found[possible] = None
        return tuple(found)

    # --- questions ---------------------------------------------------------------------------------------------------

    def _changes(self, mover: str, rival: str, seen: tuple[View, ...]) -> Truth:
        """Return whether the two change places at a step below the one found, and the plan changes there."""
        (view,) = seen
        self.left -= 1
        if self.found == 1:
            return False  # nothing is less
        before, after = view.above(mover, rival), self._above(mover, rival, self.found - 1, view)
        if before is not None and before == after:
            return False
        survive = [view.survives(mover), view.survives(rival)]
        if False in survive:
            return False
        if None in survive or before is None or after is None:
            return None
        step = self._passing(mover, rival, view)
        if step is None:
            return None
        self._step = step
        shows = self._shows(mover, rival, view, self._at(view, step))
        if shows is False and self.why is Why.APART and self.views.space.possible(view.region) is not None:
            self.why = Why.UNSEEN
        return shows

    def _differs(self, mover: str, rival: str, step: int, seen: tuple[View, ...]) -> Truth:
        """Return whether the two have changed places at a step, and the plan shows it."""
        (view,) = seen
        before, after = view.above(mover, rival), self._above(mover, rival, step, view)
        if before is not None and before == after:
            return False
        survive = [view.survives(mover), view.survives(rival)]
        if False in survive:
            return False
        if None in survive or before is None or after is None:
            return None
        return self._shows(mover, rival, view, self._at(view, step))

    def _shows(self, mover: str, rival: str, old: View, new: View) -> Truth:
        """Return whether the plans before and after two actions change places differ because of them."""
        rivals = partial(self._either, rival, old, new)
        if self._contest_stays(mover, old, new):
            return _both(rivals, partial(old.planned, mover))
        views = (new, old) if self.way > 0 else (old, new)
        better = _asking(old, views[0], views[0].planned(mover))
        if better is False and len(self.number.touched) == 1:
            return False  # nor is it planned where it ranks lower
        worse = _asking(old, views[1], views[1].planned(mover))
        if better is None or worse is None:
            return None
        return rivals() if better and worse else better or worse

    @staticmethod
    def _either(name: str, old: View, new: View) -> Truth:
        return any_of((old.planned(name), _asking(old, new, new.planned(name))))

    def _contest_stays(self, name: str, old: View, new: View) -> bool:
        """Whether the same groups of contacts surely compete above the action before and after, whoever survives."""
        if not self.planner.book.actions[name].is_discretionary_contact:
            return True
        return all(self._group_stays(name, names, old, new) for names in self.planner.groups.values())

    @staticmethod
    def _group_stays(name: str, names: tuple[str, ...], old: View, new: View) -> bool:
        order = {other: (old.above(other, name), new.above(other, name)) for other in names if other != name}
        passing = [other for other, (before, after) in order.items() if before is None or before != after]
        if all(old.survives(other) is False for other in passing):
            return True
        # the group is there with or without those that change places
        return any(before and after and old.survives(other) for other, (before, after) in order.items())

    def _above(self, mover: str, rival: str, step: int, view: View) -> Truth:
        moved = self._at(view, step)
        return _asking(view, moved, moved.above(mover, rival))

    def _passing(self, mover: str, rival: str, view: View) -> int | None:
        """Return the step at which two settled actions change places: by halves, but first where their gap says."""
        low, high = 0, self.found - 1
        before = view.above(mover, rival)
        gap = abs(view.score(mover)[0] - view.score(rival)[0])
        guesses = [gap - 1, gap, gap + 1]
        while high - low > 1:
            middle = guesses.pop() if guesses else (low + high) // 2
            if not low < middle < high:
                continue
            match self._above(mover, rival, middle, view):
                case None:
                    return None
                case answer if answer == before:
                    low = middle
                case _:
                    high = middle
        return high

    def _kept(self, mover: str, rival: str, region: Region) -> int:
        """Return the steps within which the two surely keep their order, whatever else is open about the region."""
        (view,) = self.views.of(region)
        before = view.above(mover, rival)
        low, high = 0, self.found
        while before is not None and high - low > 1:
            middle = (low + high) // 2
            if self._above(mover, rival, middle, view) == before:
                low = middle
            else:
                high = middle
        return low

    # --- the moved book ----------------------------------------------------------------------------------------------

    def _at(self, view: View, step: int) -> View:
        planner = self._planners.get(step)
        if planner is None:
            planner = self._planners[step] = _moved(self.planner, self.number, self.way * step)
        return view.rescored(planner, self.number.touched)


def _moved(planner: Planner, number: Number, by: int) -> Planner:
    """Return the planner of the book with the number moved, without indexing anything again."""
    other = copy(planner)
    match number.role:
        case "action":
            other.book = number.moved(planner.book, by)
        case "rule":
            (name,) = number.touched
            boosting = [
                (source, points + by * (source.id == number.statement)) for source, points in planner.boosting[name]
            ]
            other.boosting = {**planner.boosting, name: boosting}
        case _:
            changed = {}
            for name in number.touched:
                changed[name] = [
                    replace(
                        one,
                        rows=tuple(
                            (source, replace(row, boost=row.boost + by) if row.id == number.statement else row)
                            for source, row in one.rows
                        ),
                    )
                    for one in planner.tables[name]
                ]
            other.tables = {**planner.tables, **changed}
    return other


def _asking(view: View, other: View, answer: Truth) -> Truth:
    """Return the answer of the other view; when it is open, the view asks what the other one asked."""
    if answer is None:
        view.asked, view.asked_axis = other.asked, other.asked_axis
    return answer


def _both(first: Callable[[], Truth], then: Callable[[], Truth]) -> Truth:
    """Return whether both are true; what is asked is what the second asks when that is open."""
    one = first()
    if one is False:
        return False
    other = then()
    return other if one or other is False else None
