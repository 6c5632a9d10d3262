"""Which plan do all customers of a region get?

The ranking of `relmaint.rank.decide`, asked about a region instead of a customer. Every answer is true, false or open;
an open one names the boxes whose edges run through the region and decide; `relmaint.verify.parts` cuts along them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import time
from functools import partial, reduce
from operator import or_
from typing import NamedTuple

from relmaint.ir.program import UNKNOWN, Axis, Box, Program
from relmaint.ir.rules import Aggregate, Effect, Guard, Row, Table
from relmaint.rank.decide import Decision, Ranking
from relmaint.rank.hits import LAST, limit_of, position, preference
from relmaint.rank.select import selects
from relmaint.verify.cover import Region, Union, bits_of
from relmaint.verify.space import Space

__all__ = ["Outcome", "Placed", "Planner", "Step", "Truth", "View", "Views", "any_of", "decide_cell", "outcome_of"]

Truth = bool | None
"""True or false of every customer of a region; `None` when it is open."""


@dataclass(frozen=True, slots=True)
class Step:
    """One planned action as the customer meets it: what, by whom, over which channels, and not before when."""

    action: str
    owner: str | None
    channel: tuple[str, ...]
    until: time | None = None
    clock: str | None = None


Outcome = tuple[Step, ...]
"""What a plan comes to: its steps from the highest rank down; scores and reasons may differ between equal outcomes."""


@dataclass(frozen=True, slots=True)
class _Source:
    """A rule or row: its boxes, the rules that may set it aside, and the boxes that keep it from counting."""

    id: str
    bits: int
    overriders: tuple[str, ...]
    ahead: int


@dataclass(frozen=True, slots=True)
class _Boosting:
    """The rows of one table that give points to one action."""

    table: Table
    rows: tuple[tuple[_Source, Row], ...]


@dataclass(frozen=True, slots=True)
class _Guarding:
    """A guard and its boxes."""

    guard: Guard
    bits: int


class Planner:
    """The statements of one program, indexed by the action that they are about.

    Args:
        program: the lowered book.
        first: the number that the first box of the program has in the union that regions are asked about.
    """

    def __init__(self, program: Program, first: int = 0) -> None:
        """Collect, for each action, what proposes, boosts, sets aside, guards and outranks it."""
        self.program = program
        self.book = book = program.book
        self.axes = program.axes
        self.bits = self._boxes(program, first)
        self.every = ((1 << len(program.boxes)) - 1) << first
        self._overriders: dict[str, list[str]] = {}
        for rule in book.rules:
            for target in rule.overrides:
                self._overriders.setdefault(target, []).append(rule.id)
        self.rules = {rule.id: self._source(rule.id, "rule") for rule in book.rules}
        self.rows: dict[str, _Source] = {}
        for table in book.tables:
            self._add_rows(table)
        self.plain = dict.fromkeys(book.actions, 0)
        self.special: dict[str, list[_Source]] = {name: [] for name in book.actions}
        self.matching = dict.fromkeys(book.actions, 0)
        self.boosting: dict[str, list[tuple[_Source, int]]] = {name: [] for name in book.actions}
        self.tables: dict[str, list[_Boosting]] = {name: [] for name in book.actions}
        self.placing: dict[str, list[tuple[int, _Source]]] = {name: [] for name in book.actions}
        self._add_rules()
        self._add_tables()
        self.dates = {
            action.id: self.bits["action", action.id]
            for action in book.actions.values()
            if action.valid_from or action.valid_until
        }
        self.guards: dict[str, list[_Guarding]] = {name: [] for name in book.actions}
        self.withholding = dict.fromkeys(book.actions, 0)
        self.holders: dict[str, list[tuple[Guard, str]]] = {}
        self._add_guards()
        self.precedence = {name: place for place, name in enumerate(book.precedence)}
        self.discretionary = tuple(name for name, one in book.actions.items() if one.is_discretionary_contact)
        self.groups: dict[str, tuple[str, ...]] = {}
        for name in self.discretionary:
            occasion = book.actions[name].occasion
            key = f"occasion {occasion}" if occasion is not None else f"action {name}"
            self.groups[key] = (*self.groups.get(key, ()), name)
        self.budgets = tuple(table for table in book.tables if table.limits)
        self._dependencies: dict[str, int] = {}

    def dependencies(self, action: str) -> int:
        """Return the bits of all boxes on which it can hang whether, and in which place, the action is planned."""
        if not self._dependencies:
            contacts = self.budgeting()
            for name in self.discretionary:
                contacts |= self.bearing(name)
            for name in self.book.actions:
                own = contacts if name in self.discretionary else 0
                self._dependencies[name] = own | self.bearing(name)
        return self._dependencies[action]

    def budgeting(self) -> int:
        """Return the bits of all boxes on which the limits of the contact budgets can hang."""
        found = 0
        for table in self.budgets:
            for row in table.rows:
                found |= self._behind(self.rows[row.id], set())
        return found

    def proposing(self, action: str) -> int:
        """Return the bits of the boxes of all that proposes an action, and of the guards that may ask for it."""
        found = self.matching[action]
        for guard, _ in self.holders.get(action, ()):
            found |= self.bits["guard", guard.id]
        return found

    def bearing(self, action: str, seen: frozenset[str] = frozenset()) -> int:
        """Return the bits of all boxes on which an action can hang before actions are compared."""
        found = self.dates.get(action, 0)
        proposing = [self.rules[rule.id] for rule in self.book.rules if action in rule.do]
        proposing += [self.rows[row.id] for table in self.book.tables for row in table.rows if action in row.do]
        proposing += [source for source, _ in self.boosting[action]]
        for source in proposing:
            found |= self._behind(source, set())
        for one in self.guards[action]:
            found |= one.bits
        for guard, other in self.holders.get(action, ()):
            found |= self.bits["guard", guard.id]
            if other not in seen:
                found |= self.bearing(other, seen | {action})
        return found

    def _behind(self, source: _Source, seen: set[str]) -> int:
        """Return the boxes of a rule or row, of those that come before it, and of all that may set it aside."""
        found = source.bits | source.ahead
        for name in source.overriders:
            if name not in seen:
                seen.add(name)
                found |= self._behind(self.rules[name], seen)
        return found

    @staticmethod
    def _boxes(program: Program, first: int) -> dict[tuple[str, str], int]:
        found = {(one.role, one.id): 0 for one in program.statements}
        keys = list(found)
        for box, owner in enumerate(program.owner):
            found[keys[owner]] |= 1 << (first + box)
        return found

    def _source(self, name: str, role: str, ahead: int = 0) -> _Source:
        return _Source(name, self.bits[role, name], tuple(self._overriders.get(name, ())), ahead)

    def _add_rows(self, table: Table) -> None:
        preferred = preference(table)
        ahead = 0
        ranked = list(enumerate(table.rows))
        if preferred is not None:
            ranked.sort(key=lambda hit: preferred(*hit))
        for _, row in ranked:
            self.rows[row.id] = self._source(row.id, "row", ahead)
            if preferred is not None:
                ahead |= self.bits["row", row.id]

    def _add_rules(self) -> None:
        for rule in self.book.rules:
            source = self.rules[rule.id]
            for action in rule.do:
                self._propose(action, source)
            for action, points in rule.boost:
                self.boosting[action].append((source, points))

    def _add_tables(self) -> None:
        for table in self.book.tables:
            rows: dict[str, list[tuple[_Source, Row]]] = {}
            for place, row in enumerate(table.rows):
                source = self.rows[row.id]
                for action in row.do:
                    self._propose(action, source)
                    rows.setdefault(action, []).append((source, row))
                    if (at := position(table, place, action)) != LAST:
                        self.placing[action].append((at, source))
            if "boost" in table.outputs:
                for action, own in rows.items():
                    self.tables[action].append(_Boosting(table, tuple(own)))
        for places in self.placing.values():
            places.sort(key=lambda pair: pair[0])

    def _propose(self, action: str, source: _Source) -> None:
        self.matching[action] |= source.bits
        overridable = source.overriders and not self.book.actions[action].is_duty
        if overridable or source.ahead:
            self.special[action].append(source)
        else:
            self.plain[action] |= source.bits

    def _add_guards(self) -> None:
        for guard in self.book.guards:
            bits = self.bits["guard", guard.id]
            for name, action in self.book.actions.items():
                if not selects(guard.select, action):
                    continue
                self.guards[name].append(_Guarding(guard, bits))
                if action.is_duty:
                    continue
                if guard.effect is Effect.WITHHOLD:
                    self.withholding[name] |= bits
                if guard.effect is Effect.HOLD and guard.needs is not None and guard.needs != name:
                    self.withholding[name] |= bits
                    self.holders.setdefault(guard.needs, []).append((guard, name))


class Placed(NamedTuple):
    """A region, the boxes that touch it, and for each axis the boxes that do not hold all of it there."""

    region: Region
    active: int
    doubtful: tuple[int, ...]


class Views:
    """Regions of customers as one or more books see them.

    Args:
        space: the customers there can be, and the books.
        further: boxes of no book that can be asked about too.
    """

    def __init__(self, space: Space, further: Sequence[Box] = ()) -> None:
        """Index the boxes of all books together."""
        self.space = space
        boxes = [*(box for program in space.programs for box in program.boxes), *further]
        self.union: Union = space.union(boxes)
        self.impossible = self.union.every & ~((1 << len(boxes)) - 1)
        firsts = [sum(len(one.boxes) for one in space.programs[:place]) for place in range(len(space.programs))]
        self.planners: tuple[Planner, ...] = tuple(
            Planner(program, first) for program, first in zip(space.programs, firsts, strict=True)
        )

    def of(self, region: Region, active: int | None = None) -> tuple[View, ...]:
        """Return the region as each book sees it.

        Args:
            region: the region; no axis of it is empty.
            active: bits of the boxes that can touch it, when some are known not to.
        """
        return self.at(self.placed(region, active))

    def placed(self, region: Region, active: int | None = None) -> Placed:
        """Return the region with the boxes that touch it; arguments as of `of`."""
        union = self.union
        touching = union.every if active is None else active
        for axis, mask in enumerate(region):
            touching &= union.touching(axis, mask)
        return Placed(region, touching, tuple(union.doubtful(axis, mask) for axis, mask in enumerate(region)))

    def narrowed(self, placed: Placed, axis: int, mask: int) -> Placed:
        """Return the part of a region that has no other classes than those of the mask on one axis."""
        region, doubtful = list(placed.region), list(placed.doubtful)
        region[axis], doubtful[axis] = mask, self.union.doubtful(axis, mask)
        return Placed(tuple(region), placed.active & self.union.touching(axis, mask), tuple(doubtful))

    def at(self, placed: Placed) -> tuple[View, ...]:
        """Return a region as each book sees it."""
        active = placed.active
        full = active & ~reduce(or_, placed.doubtful, 0)
        return tuple(View(planner, placed.region, active, full) for planner in self.planners)


class View:
    """What one book makes of one region.

    A method that answers `None` leaves in `asked` the boxes, one of which has to be decided first.

    Args:
        planner: the book.
        region: the region.
        active: bits of the boxes that touch the region.
        full: bits of the boxes that hold all of it.
    """

    def __init__(self, planner: Planner, region: Region, active: int, full: int) -> None:
        """Start with nothing asked."""
        self.planner = planner
        self.region = region
        self.active = active
        self.full = full
        self.asked = 0
        self.asked_axis = -1
        self._set_aside: dict[str, tuple[Truth, int, int]] = {}
        self._survives: dict[str, tuple[Truth, int, int]] = {}
        self._scores: dict[str, tuple[int, int, int, int]] = {}

    def rescored(self, planner: Planner, touched: Collection[str]) -> View:
        """Return the region as a book sees it that differs in the scores of the touched actions only.

        What is known of matches and guards holds there too, and is not asked again.
        """
        other = View(planner, self.region, self.active, self.full)
        other._set_aside, other._survives = self._set_aside, self._survives
        other._scores = {name: known for name, known in self._scores.items() if name not in touched}
        return other

    def matches(self, bits: int) -> Truth:
        """Whether every customer of the region, or none, is in one of the boxes."""
        if self.full & bits:
            return True
        if touching := self.active & bits:
            self.asked = touching
            self.asked_axis = -1
            return None
        return False

    def _misses(self, bits: int) -> Truth:
        return _not(self.matches(bits))

    def _once(self, told: dict[str, tuple[Truth, int, int]], name: str, ask: Callable[[], Truth]) -> Truth:
        """Ask once; an open answer that is remembered says again what to cut along."""
        known = told.get(name)
        if known is None:
            known = told[name] = ask(), self.asked, self.asked_axis
        if known[0] is None:
            _, self.asked, self.asked_axis = known
        return known[0]

    def holds(self, role: str, name: str) -> Truth:
        """Whether a statement of the book matches."""
        return self.matches(self.planner.bits[role, name])

    def set_aside(self, source: str) -> Truth:
        """Whether an effective rule overrides the rule or row."""
        overriders = self.planner._overriders.get(source, ())
        return self._once(self._set_aside, source, lambda: any_of(self.overriding(name) for name in overriders))

    def overriding(self, name: str) -> Truth:
        """Whether a rule matches and is not set aside, so that what it overrides is."""
        matched = self.matches(self.planner.rules[name].bits)
        return _and(matched, lambda: _not(self.set_aside(name)))

    def counts(self, source: _Source) -> Truth:
        """Whether a rule or row matches and its table lets it count; it may be set aside all the same."""
        matched = self.matches(source.bits)
        return _and(matched, lambda: _not(self.matches(source.ahead))) if source.ahead else matched

    def effective(self, source: _Source) -> Truth:
        """Whether a rule or row counts and is not set aside."""
        return _and(self.counts(source), lambda: _not(self.set_aside(source.id)))

    def in_force(self, action: str) -> Truth:
        """Whether the day lies within the dates of the action."""
        bits = self.planner.dates.get(action)
        return True if bits is None else self.matches(bits)

    def proposed(self, action: str) -> Truth:
        """Whether an effective rule or row proposes the action."""
        return _and(self.in_force(action), lambda: self._proposed(action))

    def _proposed(self, action: str) -> Truth:
        planner = self.planner
        plain = planner.plain[action]
        if self.full & plain:
            return True
        duty = planner.book.actions[action].is_duty
        chosen = self.counts if duty else self.effective
        special = any_of(chosen(source) for source in planner.special[action] if source.bits & self.active)
        return _or(special, lambda: self.matches(plain))

    def candidate(self, action: str, asking: frozenset[str] = frozenset()) -> Truth:
        """Whether the action is proposed, or a guard that holds another one asks for it."""
        proposed = self.proposed(action)
        if action not in self.planner.holders or action in asking:
            return proposed
        return _or(proposed, lambda: self._added(action, asking | {action}))

    def _added(self, action: str, asking: frozenset[str]) -> Truth:
        """Whether a hold asks for the action and nothing has proposed it; a proposal that was lost keeps it out."""
        able = _and(self.in_force(action), lambda: _not(self.matches(self.planner.matching[action])))
        if able is False:
            return False
        held = any_of(
            self._held_by(guard, other, asking)
            for guard, other in self.planner.holders[action]
            if self.planner.bits["guard", guard.id] & self.active
        )
        return _and(held, lambda: able)

    def _held_by(self, guard: Guard, action: str, asking: frozenset[str]) -> Truth:
        """Whether the action is a candidate, and this guard is the one that holds it."""
        first: Truth = True
        for one in self.planner.guards[action]:
            if one.guard.id == guard.id:
                first = _and(first, partial(self.matches, one.bits))
            elif one.guard.effect is Effect.WITHHOLD or (
                one.guard.effect is Effect.HOLD and one.guard.id < guard.id and one.guard.needs not in (None, action)
            ):
                first = _and(first, partial(self._misses, one.bits))
            if first is False:
                return False
        return _and(first, lambda: self.candidate(action, asking))

    def guarded(self, action: str) -> Truth:
        """Whether a guard withholds or holds the action, or leaves it without a channel, should it be a candidate."""
        entry = self.planner.book.actions[action]
        if entry.is_duty:
            return False
        return _or(self.matches(self.planner.withholding[action]), lambda: self._unreachable(action))

    def _unreachable(self, action: str) -> Truth:
        channels = set(self.planner.book.actions[action].channel)
        if not channels:
            return False
        restricting = [one for one in self.planner.guards[action] if one.guard.effect is Effect.RESTRICT]
        sure = channels.intersection(*(one.guard.channels for one in restricting if one.bits & self.full))
        if not sure:
            return True
        open_ = [one for one in restricting if one.bits & self.active and not one.bits & self.full]
        if sure.intersection(*(one.guard.channels for one in open_)):
            return False
        return self.matches(open_[0].bits)

    def survives(self, action: str) -> Truth:
        """Whether the action is a candidate that no guard takes away."""
        return self._once(
            self._survives, action, lambda: _and(_not(self.guarded(action)), lambda: self.candidate(action))
        )

    def planned(self, action: str) -> Truth:
        """Whether the action is in the plan."""
        survives = self.survives(action)
        if not self.planner.book.actions[action].is_discretionary_contact or survives is False:
            return survives
        return _and(survives, lambda: self._chosen(action))

    def _chosen(self, action: str) -> Truth:
        """Whether merging and the budget leave the action in the plan, given that it survives the guards."""
        group = next(names for names in self.planner.groups.values() if action in names)
        merged = any_of(self._ahead(other, action) for other in group if other != action)
        if merged is True:
            return False
        room = self._room(action, group)
        return _and(room, lambda: _not(merged))

    def _ahead(self, other: str, action: str) -> Truth:
        """Whether another action survives the guards and ranks above."""
        above = self.above(other, action)
        return False if above is False else _and(self.survives(other), lambda: self.above(other, action))

    def _room(self, action: str, group: tuple[str, ...]) -> Truth:
        """Whether the budgets leave room for the action below those that rank above it."""
        if not self.planner.budgets:
            return True
        low, high = self.rooms()
        if high == 0:
            return False
        if low != high:  # settle the room first: with each number of it, few or none of the others matter
            return None
        sure = doubtful = 0
        asked = (0, -1)
        for names in self.planner.groups.values():
            if names is group:
                continue
            match any_of(self._ahead(other, action) for other in names):
                case True:
                    sure += 1
                    if sure >= high:
                        return False
                case None:
                    doubtful += 1
                    if asked == (0, -1):
                        asked = self.asked, self.asked_axis
        if sure + doubtful < low:
            return True
        self.asked, self.asked_axis = asked
        return None

    def rooms(self) -> tuple[int, int]:
        """Return the least and the greatest room that the tightest budget can leave; when they differ, ask."""
        low = high = 1 << 30
        asked = (0, -1)
        for table in self.planner.budgets:
            for column, name in enumerate(table.limits):
                limits = self._limits(table, column)
                if limits[0] != limits[1]:
                    asked = self.asked, self.asked_axis
                axis = self.planner.program.counted[name]
                counts = [count_of(self.planner.axes[axis], class_) for class_ in bits_of(self.region[axis])]
                least = min(0 if count is None else max(0, limits[0] - count) for count in counts)
                most = max(0 if count is None else max(0, limits[1] - count) for count in counts)
                if limits[0] == limits[1] and least != most and asked == (0, -1):
                    asked = 0, axis
                low, high = min(low, least), min(high, most)
        if low != high:
            self.asked, self.asked_axis = asked
        return low, high

    def _limits(self, table: Table, column: int) -> tuple[int, int]:
        """Return the least and the greatest limit that a budget table can set in one column."""
        rows: list[Row] = []
        doubtful: list[Row] = []
        asked = (0, -1)
        for row in table.rows:
            source = self.planner.rows[row.id]
            if not source.bits & self.active:
                continue
            match self.effective(source):
                case True:
                    rows.append(row)
                case None:
                    doubtful.append(row)
                    if asked == (0, -1):
                        asked = self.asked, self.asked_axis
        if not doubtful:
            limit, _ = limit_of(table, column, rows)
            return limit, limit
        self.asked, self.asked_axis = asked
        numbers = [row.limits[column] for row in (*rows, *doubtful)]
        lowest = min(0, table.default, *numbers, sum(one for one in numbers if one < 0))
        return lowest, max(table.default, len(numbers), *numbers, sum(one for one in numbers if one > 0))

    def above(self, one: str, other: str) -> Truth:
        """Whether the first action ranks above the second, should both be there."""
        actions, precedence = self.planner.book.actions, self.planner.precedence
        mine, yours = precedence[actions[one].precedence], precedence[actions[other].precedence]
        if mine != yours:
            return mine < yours
        (low, high), (least, most) = self.score(one), self.score(other)
        if low > most:
            return True
        if high < least:
            return False
        if (low, least) != (high, most):
            if low != high:
                self.score(one)
            return None
        place, theirs = self.position(one), self.position(other)
        if place is None or theirs is None:
            if place is None:
                self.position(one)
            return None
        return (place, one) < (theirs, other)

    def score(self, action: str) -> tuple[int, int]:
        """Return the least and the greatest score that the action can have, should it be a candidate."""
        known = self._scores.get(action)
        if known is None:
            low, high = self._score(action)
            known = self._scores[action] = low, high, self.asked, self.asked_axis
        low, high, asked, axis = known
        if low != high:
            self.asked, self.asked_axis = asked, axis
        return low, high

    def _score(self, action: str) -> tuple[int, int]:
        base = self.planner.book.actions[action].base
        low = high = base
        asked = (0, -1)
        for source, points in self.planner.boosting[action]:
            if not source.bits & self.active:
                continue
            match self.effective(source):
                case True:
                    low, high = low + points, high + points
                case None:
                    low, high = low + min(0, points), high + max(0, points)
                    asked = self.asked, self.asked_axis
        for boosting in self.planner.tables[action]:
            least, most = self._table_boost(boosting)
            if least != most:
                asked = self.asked, self.asked_axis
            low, high = low + least, high + most
        if (low, high) != (base, base) and action in self.planner.holders:
            match self.proposed(action):  # a step that a hold asks for comes after the boosts were given
                case False:
                    return base, base
                case None:
                    low, high = min(low, base), max(high, base)
                    asked = self.asked, self.asked_axis
        if low != high:
            self.asked, self.asked_axis = asked
        return low, high

    def _table_boost(self, boosting: _Boosting) -> tuple[int, int]:
        sure: list[int] = []
        doubtful: list[int] = []
        asked = (0, -1)
        counting = boosting.table.aggregate is Aggregate.COUNT
        for source, row in boosting.rows:
            if not source.bits & self.active:
                continue
            match self.effective(source):
                case True:
                    sure.append(1 if counting else row.boost)
                case None:
                    doubtful.append(1 if counting else row.boost)
                    asked = self.asked, self.asked_axis
        if not doubtful:
            points = _folded(boosting.table.aggregate, sure)
            return points, points
        self.asked, self.asked_axis = asked
        every = (*sure, *doubtful)
        return sum(min(0, one) for one in every), sum(max(0, one) for one in every)

    def position(self, action: str) -> int | None:
        """Return the place that the tables give to the action, or `None` when it is open."""
        places = self.planner.placing[action]
        if places and action in self.planner.holders and (proposed := self.proposed(action)) is not True:
            return LAST if proposed is False else None
        for place, source in places:
            match self.effective(source):
                case True:
                    return place
                case None:
                    return None
        return LAST

    def step(self, action: str) -> Step | None:
        """Return a planned action as the guards leave it, or `None` when that is open."""
        entry = self.planner.book.actions[action]
        owner, channel = entry.owner, entry.channel
        until: time | None = None
        clock: str | None = None
        for one in self.planner.guards[action]:
            guard = one.guard
            changed = _changed(guard, owner, channel, duty=entry.is_duty)
            if changed == (owner, channel) and not (guard.effect is Effect.DEFER and channel and until is None):
                continue
            match self.matches(one.bits):
                case None:
                    return None
                case True:
                    owner, channel = changed
                    if guard.effect is Effect.DEFER:
                        until, clock = guard.until, guard.clock
        return Step(action, owner, channel, until, clock)

    def outcome(self) -> Outcome | None:
        """Return the plan of every customer of the region, or `None` when it is open."""
        ranked: list[str] = []
        for action in self.planner.book.actions:
            match self.planned(action):
                case None:
                    return None
                case True:
                    place = self._place(action, ranked)
                    if place is None:
                        return None
                    ranked.insert(place, action)
        steps = [self.step(action) for action in ranked]
        known = tuple(step for step in steps if step is not None)
        return known if len(known) == len(steps) else None

    def _place(self, action: str, ranked: Sequence[str]) -> int | None:
        low, high = 0, len(ranked)
        while low < high:
            middle = (low + high) // 2
            match self.above(action, ranked[middle]):
                case None:
                    return None
                case True:
                    high = middle
                case False:
                    low = middle + 1
        return low


def decide_cell(ranking: Ranking, program: Program, cell: Sequence[int]) -> Decision:
    """Return what the ranking decides for the customers of one cell."""
    matched = {
        owner
        for box, owner in zip(program.boxes, program.owner, strict=True)
        if all(mask >> cell[axis] & 1 for axis, mask in box)
    }
    counts = {name: count_of(program.axes[axis], cell[axis]) for name, axis in program.counted.items()}
    return ranking.decide(matched, counts)


def count_of(axis: Axis, class_: int) -> int | None:
    """Return the number of contacts that a class of a counted attribute stands for: the lowest of the class.

    The axis is cut at every number up to the largest budget; above it no number leaves any room.
    """
    lowest = None if class_ == UNKNOWN else axis.lowest(class_)
    return None if class_ == UNKNOWN else lowest if isinstance(lowest, int) else 0


def outcome_of(decision: Decision) -> Outcome:
    """Return what the decision about one customer comes to."""
    return tuple(
        Step(
            one.action.id,
            one.owner,
            one.channel,
            None if one.deferred_by is None else one.deferred_by.until,
            None if one.deferred_by is None else one.deferred_by.clock,
        )
        for one in decision.planned
    )


def _changed(
    guard: Guard, owner: str | None, channel: tuple[str, ...], *, duty: bool
) -> tuple[str | None, tuple[str, ...]]:
    """Return the owner and channels that a guard leaves."""
    if guard.effect is Effect.ROUTE:
        return guard.to, channel
    if guard.effect is Effect.RESTRICT and channel:
        remaining = tuple(one for one in channel if one in guard.channels)
        return owner, remaining if remaining or not duty else channel
    return owner, channel


def _folded(aggregate: Aggregate | None, points: Sequence[int]) -> int:
    match aggregate:
        case Aggregate.MIN:
            return min(points, default=0)
        case Aggregate.MAX:
            return max(points, default=0)
        case _:
            return sum(points)


def _not(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _and(first: Truth, then: Callable[[], Truth]) -> Truth:
    """Return whether both are true; what is asked for is what the open one asks, the second when both are open."""
    if first is False:
        return False
    second = then()
    return second if first is True or second is False else None


def _or(first: Truth, then: Callable[[], Truth]) -> Truth:
    if first is True:
        return True
    second = then()
    return second if first is False or second is True else None


def any_of(truths: Iterable[Truth]) -> Truth:
    """Return whether one is true, none is, or it is open."""
    found: Truth = False
    for truth in truths:
        if truth is True:
            return True
        if truth is None:
            found = None
    return found
