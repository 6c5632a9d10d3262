"""Which statements do two books not share, which actions can that reach, and what else has a say about those?

Where no statement matches that only one of the books has, the same statements match in both, and the plans are equal.
So a comparison keeps to these statements, to the customers they match, and to what else speaks of the same actions.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, reduce
from operator import or_

from relmaint.ir.conditions import And, Comparison, Condition, Interval, Operator, negated
from relmaint.ir.program import UNKNOWN, Axis, Box
from relmaint.ir.rules import Effect, Guard, HitPolicy, Notes, Row, Rule, RuleBook, Table
from relmaint.lower import boxes_of, lower, numbers_of
from relmaint.model.action import Action
from relmaint.rank.hits import preference
from relmaint.rank.select import selects
from relmaint.vocabulary import BooleanType, DateType, DecimalType, EnumType, IntegerType

__all__ = ["TOLD", "Edit", "Edits", "Reach"]

TOLD = ("title", "kind", "content", "methods", "product", "due", "cadence", "purpose", "because")
"""What a planned action says about itself: a change here is told beside the plans, which stay as they are."""

_DECIDING = ("nature", "channel", "proactive", "owner", "precedence", "base", "occasion", "valid_from", "valid_until")
"""What a plan depends on in a catalogue entry, guards that select it aside."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The actions that an edit can change.

    Args:
        there: whether they are there at all, before merging and the budget.
        key: their place in the ranking.
        step: their owner, channels or time.
        forced: the contest of the discretionary contacts may end otherwise though the same ones enter it.
    """

    there: frozenset[str] = frozenset()
    key: frozenset[str] = frozenset()
    step: frozenset[str] = frozenset()
    forced: bool = False

    def __or__(self, other: Reach) -> Reach:
        """Return what either of the two can change."""
        return Reach(
            self.there | other.there, self.key | other.key, self.step | other.step, self.forced or other.forced
        )

    @property
    def all(self) -> frozenset[str]:
        """Every action reached."""
        return self.there | self.key | self.step


@dataclass(frozen=True, slots=True)
class Edit:
    """A statement that only one of two books has, or that speaks of an action that the books describe differently."""

    side: int
    role: str
    id: str
    reach: Reach


class _Shape:
    """One book, indexed for the question what reaches what."""

    def __init__(self, book: RuleBook) -> None:
        self.book = book
        self.rules = {rule.id: rule for rule in book.rules}
        self.rows = {row.id: (table, row) for table in book.tables for row in table.rows}
        self.overriders: defaultdict[str, list[str]] = defaultdict(list)
        for rule in book.rules:
            for target in rule.overrides:
                self.overriders[target].append(rule.id)
        self.overridden = frozenset(self.overriders)
        self.discretionary = frozenset(name for name, one in book.actions.items() if one.is_discretionary_contact)
        self.holds = tuple(guard for guard in book.guards if guard.effect is Effect.HOLD and guard.needs is not None)

    def selected(self, guard: Guard) -> frozenset[str]:
        return frozenset(name for name, action in self.book.actions.items() if selects(guard.select, action))

    def of_rule(self, rule: Rule, seen: frozenset[str] = frozenset()) -> Reach:
        found = Reach(frozenset(rule.do), frozenset(action for action, _ in rule.boost))
        for target in rule.overrides:
            if target in self.rules and target not in seen:
                found |= self.of_rule(self.rules[target], seen | {rule.id})
            elif target in self.rows:
                found |= self.of_row(*self.rows[target])
        return found

    @staticmethod
    def of_row(table: Table, row: Row) -> Reach:
        rows: Iterable[Row] = (row,) if preference(table) is None else table.rows
        actions = frozenset(action for one in rows for action in one.do)
        ranks = "boost" in table.outputs or table.hit in (HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER)
        return Reach(actions, actions if ranks else frozenset(), forced=bool(table.limits))

    def of_guard(self, guard: Guard) -> Reach:
        chosen = self.selected(guard)
        match guard.effect:
            case Effect.ROUTE | Effect.DEFER:
                return Reach(step=chosen)
            case Effect.RESTRICT:
                return Reach(there=chosen, step=chosen)
            case Effect.HOLD:
                return Reach(there=chosen | {guard.needs or ""})
            case _:
                return Reach(there=chosen)

    def closed(self, reach: Reach) -> Reach:
        """Return the reach with the steps that holds ask for; boosts count only for what rules propose themselves."""
        there = set(reach.there)
        found = True
        while found:
            added = {guard.needs or "" for guard in self.holds if there & self.selected(guard)} - there
            there |= added
            found = bool(added)
        asked = {guard.needs or "" for guard in self.holds} & there
        return replace(reach, there=frozenset(there), key=reach.key | asked)

    def proposing(self, action: str) -> Iterator[tuple[str, str]]:
        """Yield the role and id of every statement that can bring the action about."""
        yield from (("rule", rule.id) for rule in self.book.rules if action in rule.do)
        yield from (("row", row.id) for table in self.book.tables for row in table.rows if action in row.do)
        yield from (("guard", guard.id) for guard in self.holds if guard.needs == action)

    def speaking(self, name: str) -> frozenset[str]:
        """Return the guards that select an action."""
        action = self.book.actions[name]
        return frozenset(guard.id for guard in self.book.guards if selects(guard.select, action))


class Edits:
    """What two books over one vocabulary do not share.

    Attributes:
        list: the statements; `everywhere` is what is edited for every customer, `None` when nothing is.
    """

    def __init__(self, old: RuleBook, new: RuleBook) -> None:
        """Compare the books statement by statement."""
        self.books = (old, new)
        self.shapes = (_Shape(old), _Shape(new))
        self.list: list[Edit] = []
        self._everywhere = Reach()
        self._anywhere = False
        self._rules()
        self._tables()
        self._guards()
        self._actions()
        self._precedence()
        self.list = [replace(edit, reach=self._closed(edit.reach)) for edit in self.list]
        self.everywhere = self._closed(self._everywhere) if self._anywhere else None

    @property
    def texts(self) -> tuple[str, ...]:
        """The actions in both books that say something else about themselves."""
        old, new = (book.actions for book in self.books)
        return tuple(name for name in old if name in new and _differ(old[name], new[name], TOLD))

    @cached_property
    def reach(self) -> Reach:
        """Everything that the edits can change."""
        every = [edit.reach for edit in self.list]
        return reduce(or_, every, self.everywhere or Reach())

    def rest(self, reach: Reach) -> frozenset[str]:
        """Return the discretionary contacts whose place in the plan those reached can take, or leave to them."""
        return self._rivals(reach.there | reach.key, forced=reach.forced)

    def _rivals(self, names: frozenset[str], *, forced: bool) -> frozenset[str]:
        """Return the discretionary contacts that share an occasion or a budget with some actions, these included."""
        contacts = self.shapes[0].discretionary | self.shapes[1].discretionary
        mine = names & contacts
        if any(table.limits for book in self.books for table in book.tables):
            return contacts if mine or forced else frozenset()
        occasions = {self._occasion(side, name) for side in (0, 1) for name in mine} - {None}
        return mine | {name for name in contacts for side in (0, 1) if self._occasion(side, name) in occasions}

    def sliced(self) -> tuple[RuleBook, RuleBook]:
        """Return the books without what has no say where something is edited about what is edited."""
        return self._sliced(0), self._sliced(1)

    def _closed(self, reach: Reach) -> Reach:
        before = Reach()
        while reach != before:
            before = reach
            for shape in self.shapes:
                reach = shape.closed(reach)
        return reach

    def _occasion(self, side: int, name: str) -> str | None:
        action = self.books[side].actions.get(name)
        return action.occasion if action is not None and action.is_discretionary_contact else None

    def _always(self, reach: Reach) -> None:
        self._everywhere |= reach
        self._anywhere = True

    def _rules(self) -> None:
        overridden = self.shapes[0].overridden | self.shapes[1].overridden
        sides: list[list[tuple[Hashable, Rule]]] = [
            [((rule.id if rule.id in overridden else None, *_content(rule)), rule) for rule in book.rules]
            for book in self.books
        ]
        for side, rules in enumerate(sides):
            others = Counter(key for key, _ in sides[1 - side])
            for key, rule in rules:
                if others[key]:
                    others[key] -= 1
                else:
                    self.list.append(Edit(side, "rule", rule.id, self.shapes[side].of_rule(rule)))

    def _tables(self) -> None:
        old, new = ({table.id: table for table in book.tables} for book in self.books)
        for name in sorted(old.keys() | new.keys()):
            one, other = old.get(name), new.get(name)
            if one is not None and other is not None and _header(one) == _header(other):
                for side, row in self._moved(one, other):
                    self._row(side, (one, other)[side], row)
                continue
            for side, table in enumerate((one, other)):
                if table is not None:
                    if table.limits:
                        self._always(Reach(forced=True))
                    for row in table.rows:
                        self._row(side, table, row)

    def _row(self, side: int, table: Table, row: Row) -> None:
        self.list.append(Edit(side, "row", row.id, self.shapes[side].of_row(table, row)))

    def _moved(self, old: Table, new: Table) -> Iterator[tuple[int, Row]]:
        """Yield the rows that only one of the tables has, or that stand in another order."""
        sides = tuple(self._keyed(table) for table in (old, new))
        shared = Counter(key for key, _ in sides[0]) & Counter(key for key, _ in sides[1])
        common: list[list[tuple[Hashable, Row]]] = []
        for side, rows in enumerate(sides):
            left = Counter(shared)
            common.append([])
            for key, row in rows:
                if left[key]:
                    left[key] -= 1
                    common[side].append((key, row))
                else:
                    yield side, row
        one, other = ([key for key, _ in rows] for rows in common)
        first = next((place for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]), None)
        if first is not None:
            last = max(place for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1])
            for side in (0, 1):
                yield from ((side, row) for _, row in common[side][first : last + 1])

    def _keyed(self, table: Table) -> list[tuple[Hashable, Row]]:
        overridden = self.shapes[0].overridden | self.shapes[1].overridden
        placed = table.hit is HitPolicy.RULE_ORDER
        return [
            (
                (
                    row.id if row.id in overridden else None,
                    place if placed else None,
                    row.tests,
                    frozenset(row.do),
                    row.boost,
                    row.limits,
                    _dates(row.notes),
                    _dates(table.notes),
                ),
                row,
            )
            for place, row in enumerate(table.rows)
        ]

    def _guards(self) -> None:
        old, new = ({guard.id: guard for guard in book.guards} for book in self.books)
        for name in sorted(old.keys() | new.keys()):
            one, other = old.get(name), new.get(name)
            if one is None or other is None or _guard(one) != _guard(other):
                for side, guard in enumerate((one, other)):
                    if guard is not None:
                        self.list.append(Edit(side, "guard", name, self.shapes[side].of_guard(guard)))

    def _actions(self) -> None:
        """Count every statement that proposes an action described differently as edited."""
        old, new = (book.actions for book in self.books)
        for name, action in old.items():
            if name not in new or action == new[name]:
                continue
            spoken = [shape.speaking(name) for shape in self.shapes]
            if _differ(action, new[name], _DECIDING) or spoken[0] != spoken[1]:
                own = frozenset((name,))
                reach = Reach(own, own, own, forced=name in self.shapes[0].discretionary | self.shapes[1].discretionary)
                for side, shape in enumerate(self.shapes):
                    self.list.extend(Edit(side, role, id_, reach) for role, id_ in shape.proposing(name))

    def _precedence(self) -> None:
        used = {action.precedence for book in self.books for action in book.actions.values()}
        common = used.intersection(*(book.precedence for book in self.books))
        one, other = ([name for name in book.precedence if name in common] for book in self.books)
        if one != other:
            every = frozenset(self.books[0].actions) | frozenset(self.books[1].actions)
            self._always(Reach(key=every, forced=True))

    @cached_property
    def _boxes(self) -> tuple[Sequence[Axis], list[Box]]:
        """The boxes of the edited statements, over axes that only they cut."""
        programs = []
        parts = [self._only(side) for side in (0, 1)]
        for side, part in enumerate(parts):
            programs.append(lower(part, beside=[parts[1 - side]]))
        return programs[0].axes, [box for program in programs for box in program.boxes]

    def _only(self, side: int) -> RuleBook:
        own = {(edit.role, edit.id) for edit in self.list if edit.side == side}
        book = self.books[side]
        tables = [
            replace(table, rows=tuple(row for row in table.rows if ("row", row.id) in own)) for table in book.tables
        ]
        return replace(
            book,
            rules=tuple(rule for rule in book.rules if ("rule", rule.id) in own),
            tables=tuple(table for table in tables if table.rows),
            guards=tuple(guard for guard in book.guards if ("guard", guard.id) in own),
            actions={name: _undated(action) for name, action in book.actions.items()},
        )

    @cached_property
    def _needed(self) -> frozenset[str]:
        """The actions that have a say about those reached: rivals in the ranking, and what a hold hangs on.

        An action of which only the step is reached has rivals too: where they take its place, nothing changes.
        """
        reach = self.reach
        found = set(reach.all | self._rivals(reach.all, forced=reach.forced))
        classes = {book.actions[name].precedence for book in self.books for name in reach.key if name in book.actions}
        several = any(
            len({book.actions[name].precedence for book in self.books if name in book.actions}) > 1
            for name in reach.key
        )
        for book in self.books if reach.key else ():
            found |= {name for name, one in book.actions.items() if several or one.precedence in classes}
            found |= set(book.actions) if self.everywhere is not None and self.everywhere.key else set()
        pending = True
        while pending:
            added = {
                name
                for shape in self.shapes
                for guard in shape.holds
                if guard.needs in found
                for name in shape.selected(guard)
            } - found
            found |= added
            pending = bool(added)
        return frozenset(found)

    def _sliced(self, side: int) -> RuleBook:
        book, shape, needed = self.books[side], self.shapes[side], self._needed
        near = _Near(*self._boxes) if self.everywhere is None else None
        rows = {table.id: self._rows_of(table, near) for table in book.tables}
        kept = {rule.id for rule in book.rules if self._speaks(rule) and (near is None or near.meets(rule.when))}
        pending = [*kept, *(row.id for own in rows.values() for row in own)]
        while pending:
            for name in shape.overriders.get(pending.pop(), ()):
                if name not in kept and (near is None or near.meets(shape.rules[name].when)):
                    kept.add(name)
                    pending.append(name)
        return replace(
            book,
            rules=tuple(rule for rule in book.rules if rule.id in kept),
            tables=tuple(
                replace(table, rows=rows[table.id]) for table in book.tables if rows[table.id] or table.limits
            ),
            guards=tuple(
                guard
                for guard in book.guards
                if (guard.needs in needed or needed & shape.selected(guard))
                and (near is None or near.meets(guard.when))
            ),
        )

    def _speaks(self, rule: Rule) -> bool:
        return not self._needed.isdisjoint(rule.do) or any(action in self._needed for action, _ in rule.boost)

    def _rows_of(self, table: Table, near: _Near | None) -> tuple[Row, ...]:
        if not table.limits and self._needed.isdisjoint(action for row in table.rows for action in row.do):
            return ()
        kept = tuple(row for row in table.rows if near is None or near.meets_all(row.tests))
        return table.rows if kept and table.hit is HitPolicy.RULE_ORDER else kept


class _Near:
    """Which conditions can hold together with one of some boxes? A yes may be wrong, a no never."""

    def __init__(self, axes: Sequence[Axis], boxes: Sequence[Box]) -> None:
        self.axes = tuple(axes)
        self.numbers = numbers_of(axes)
        self.boxes = boxes
        self.every = (1 << len(boxes)) - 1
        self._seen: dict[Comparison, int] = {}

    def meets(self, condition: Condition) -> bool:
        match condition:
            case Comparison():
                return bool(self._meeting(condition))
            case And():
                return self.meets_all([part for part in condition.parts if isinstance(part, Comparison)])
            case _:
                return True

    def meets_all(self, tests: Iterable[Comparison | None]) -> bool:
        left = self.every
        for test in tests:
            if test is not None:
                left &= self._meeting(test)
        return bool(left)

    def _meeting(self, comparison: Comparison) -> int:
        found = self._seen.get(comparison)
        if found is None:
            found = self._seen[comparison] = self._met(comparison)
        return found

    def _met(self, comparison: Comparison) -> int:
        number = self.numbers.get((comparison.attribute, None))
        if number is None:
            return self.every
        mask = self._mask(self.axes[number], comparison)
        found = 0
        for place, box in enumerate(self.boxes):
            if all(axis != number or own & mask for axis, own in box):
                found |= 1 << place
        return found

    def _mask(self, axis: Axis, comparison: Comparison) -> int:
        match axis.type:
            case EnumType() | BooleanType():
                boxes = boxes_of(negated(comparison), self.axes, self.numbers)
                return 0 if not boxes else boxes[0][0][1] if boxes[0] else axis.everything
            case IntegerType() | DecimalType() | DateType():
                return _stretch(axis, comparison)
            case _:
                return axis.everything


def _stretch(axis: Axis, comparison: Comparison) -> int:
    """Return classes of an ordered axis outside of which the comparison is never true."""
    operands: tuple[object, ...] = comparison.operands
    match comparison.operator:
        case Operator.IS_UNKNOWN:
            return 1 << UNKNOWN
        case Operator.LT | Operator.LE:
            low, high = 1, axis.class_of(operands[0])
        case Operator.GT | Operator.GE:
            low, high = axis.class_of(operands[0]), axis.size - 1
        case Operator.EQ | Operator.IN:
            return reduce(or_, (1 << axis.class_of(value) for value in operands), 0)
        case Operator.INSIDE if isinstance(operands[0], Interval):
            ends = operands[0]
            low = 1 if ends.low is None else axis.class_of(ends.low)
            high = axis.size - 1 if ends.high is None else axis.class_of(ends.high)
        case _:
            return axis.known
    return (2 << high) - (1 << low) if high >= low else 0


def _undated(action: Action) -> Action:
    """Return the action without its dates."""
    if action.valid_from is None and action.valid_until is None:
        return action
    return action.model_copy(update={"valid_from": None, "valid_until": None})


def _content(rule: Rule) -> tuple[Hashable, ...]:
    return rule.when, frozenset(rule.do), rule.boost, frozenset(rule.overrides), _dates(rule.notes)


def _guard(guard: Guard) -> Guard:
    start, end = _dates(guard.notes)
    return replace(guard, notes=Notes(valid_from=start, valid_until=end))


def _header(table: Table) -> tuple[Hashable, ...]:
    return table.hit, table.outputs, table.aggregate, table.order, table.default


def _dates(notes: Notes) -> tuple[date | None, date | None]:
    return notes.valid_from, notes.valid_until


def _differ(one: Action, other: Action, fields: Sequence[str]) -> bool:
    return any(getattr(one, field) != getattr(other, field) for field in fields)
