"""What is the book that holds the edits of two people who started from the same book?

Statement by statement, by id: what only one of them changed is taken from that one; what both changed is combined part
by part. What cannot be combined is a clash, named with both places; no guess is made. Whether the combined book plans
what the two wanted is not asked here but proven in `relmaint.verify.merge`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import SequenceMatcher
from typing import Any, TypeVar

from relmaint.diagnostics import Span
from relmaint.ir.conditions import Condition, Or
from relmaint.ir.order import common_order, united, woven
from relmaint.ir.rules import (
    Checks,
    Exemption,
    Guard,
    HitPolicy,
    Notes,
    Row,
    Rule,
    RuleBook,
    Table,
)
from relmaint.lower import ExpansionError
from relmaint.model.action import Action
from relmaint.verify.parts import Leaf, joined, leaves
from relmaint.verify.plans import View, Views
from relmaint.verify.space import Space
from relmaint.verify.words import where
from relmaint.vocabulary import Vocabulary

__all__ = ["Clash", "Combined", "combined", "merged_condition"]

_MOST_PIECES = 8
"""A condition that falls apart into more alternatives is nothing a person would read."""

_ORDERED = (HitPolicy.FIRST, HitPolicy.RULE_ORDER)
"""Hit policies to which the order of the rows matters."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Clash:
    """Two edits that cannot be combined.

    Args:
        role: what is edited, such as `rule` or `action`.
        id: which one; empty when there is only one, such as the header.
        message: what clashes, as a sentence without a full stop.
        ours: where our edit stands, if it stands anywhere.
        theirs: where theirs stands.
        part: which key of it clashes, such as `title`; empty when all of it does.
    """

    role: str
    id: str
    message: str
    ours: Span | None = field(default=None, compare=False)
    theirs: Span | None = field(default=None, compare=False)
    part: str = ""


@dataclass(frozen=True, slots=True)
class Combined:
    """The combined book.

    Args:
        book: the book; where edits clash it holds ours, or what only one side still has, and may not fit together.
        clashes: what clashes.
        draft: the book as far as the two go together: what is spoken of is there, and nothing overrides itself.
    """

    book: RuleBook
    clashes: tuple[Clash, ...]
    draft: RuleBook


def combined(base: RuleBook, ours: RuleBook, theirs: RuleBook) -> Combined:
    """Combine two edits of a book; all three speak of one vocabulary."""
    named = _Named(base, ours, theirs)
    merging = _Merging(*named.books)
    book = _numbered(merging.book())
    broken = tuple(_broken(book))
    draft = _repaired(book, ours, theirs) if broken else book
    return Combined(book, (*merging.clashes, *broken), draft)


@dataclass(frozen=True, slots=True)
class _Place:
    """What is being combined, and where both sides hold it."""

    role: str
    id: str = ""
    ours: Span | None = None
    theirs: Span | None = None


class _Merging:
    """Combines two edits part by part, and collects what clashes."""

    def __init__(self, base: RuleBook, ours: RuleBook, theirs: RuleBook) -> None:
        self.books = (base, ours, theirs)
        self.vocabulary: Vocabulary = ours.vocabulary
        self.clashes: list[Clash] = []

    def book(self) -> RuleBook:
        base, ours, theirs = self.books
        place = _Place("book", "", ours.span, theirs.span)
        spans = {**theirs.action_spans, **ours.action_spans}
        terms = self.keyed("terms", [book.terms for book in self.books], self.labels, lambda _: None)
        return replace(
            ours,
            **{name: self.pick(name, *_each(self.books, name), place) for name in ("name", "version", "title")},
            covers=self.pick("covers", *_each(self.books, "covers"), place),
            precedence=self.pick("ranking", base.precedence, ours.precedence, theirs.precedence, place),
            terms=terms,
            actions=self.keyed(
                "action", [book.actions for book in self.books], self.action, lambda one: spans.get(one.id)
            ),
            rules=self.stated("rule", "rules", self.rule),
            tables=self.stated("table", "tables", self.table),
            guards=self.stated("guard", "guards", self.guard),
            assumptions=self.stated("assumption", "assumptions", self.parts),
            invariants=self.stated("invariant", "invariants", self.parts),
            checks=self.checks(),
            action_spans=spans,
        )

    # Any values

    def clash(self, place: _Place, message: str, part: str = "") -> None:
        self.clashes.append(Clash(place.role, place.id, message, place.ours, place.theirs, part))

    def pick(self, name: str, base: T, ours: T, theirs: T, place: _Place) -> T:
        """Return the value that was changed; both may have changed it to the same."""
        if theirs in (ours, base):
            return ours
        if ours != base:
            self.clash(place, f"both change `{name}`", name)
            return ours
        return theirs

    def keyed(
        self,
        role: str,
        sides: Sequence[Mapping[str, T]],
        both: Callable[[T, T, T, _Place], T],
        span_of: Callable[[T], Span | None],
    ) -> dict[str, T]:
        """Combine what has names: `both` combines what both sides changed."""
        found: dict[str, T] = {}
        for name in sorted({name for side in sides for name in side}):
            base, ours, theirs = (side.get(name) for side in sides)
            kept = ours
            if ours == base:
                kept = theirs
            elif theirs not in (base, ours):
                place = _Place(
                    role, name, None if ours is None else span_of(ours), None if theirs is None else span_of(theirs)
                )
                if base is None or ours is None or theirs is None:
                    self.clash(place, _one_sided(base, ours))
                    kept = theirs if ours is None else ours
                else:
                    kept = both(base, ours, theirs, place)
            if kept is not None:
                found[name] = kept
        return found

    def stated(self, role: str, name: str, both: Callable[[Any, Any, Any, _Place], Any]) -> tuple[Any, ...]:
        """Combine the statements of a section, which know their ids."""
        sides = [{one.id: one for one in getattr(book, name)} for book in self.books]
        return tuple(self.keyed(role, sides, both, lambda one: one.span).values())

    def parts(self, base: T, ours: T, theirs: T, place: _Place, *, but: Iterable[str] = ()) -> T:
        """Combine each part of a statement on its own, but for some."""
        changed: dict[str, Any] = {}
        for name in (one.name for one in fields(ours) if one.compare):  # type: ignore[arg-type]  # every statement is a dataclass
            if name not in but:
                three = _each((base, ours, theirs), name)
                combine = self.notes if isinstance(three[1], Notes) else None
                changed[name] = combine(*three, place) if combine else self.pick(name, *three, place)
        return replace(ours, **changed)  # type: ignore[type-var]  # as above

    def notes(self, base: Notes, ours: Notes, theirs: Notes, place: _Place) -> Notes:
        names = {"valid_from": "from", "valid_until": "until"}
        changed: dict[str, Any] = {
            one.name: self.pick(names.get(one.name, one.name), *_each((base, ours, theirs), one.name), place)
            for one in fields(ours)
        }
        return replace(ours, **changed)

    # Statements

    def labels(self, base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any], at: _Place) -> Any:
        """Combine the words of one group."""
        return self.keyed(
            f"term of `{at.id}`",
            (base, ours, theirs),
            lambda _base, mine, _theirs, place: self._both(mine, place),
            lambda _: None,
        )

    def _both(self, ours: T, place: _Place) -> T:
        self.clash(place, "both change it")
        return ours

    def action(self, base: Action, ours: Action, theirs: Action, place: _Place) -> Action:
        names = {"valid_from": "from", "valid_until": "until"}
        changed = {
            name: self.pick(names.get(name, name), *_each((base, ours, theirs), name), place)
            for name in Action.model_fields
        }
        return ours.model_copy(update=changed)

    def condition(self, base: Condition, ours: Condition, theirs: Condition, place: _Place) -> Condition:
        """Combine two edits of a condition: each customer for whom one side changed the answer gets that answer."""
        if theirs in (ours, base):
            return ours
        if ours == base:
            return theirs
        found = merged_condition(self.vocabulary, base, ours, theirs)
        if found is None:
            self.clash(place, "both change `when`, and no condition that is short enough says both", "when")
            return ours
        return found

    def rule(self, base: Rule, ours: Rule, theirs: Rule, place: _Place) -> Rule:
        points = self.keyed(
            f"boost of rule `{place.id}` for",
            [dict(one.boost) for one in (base, ours, theirs)],
            lambda _base, mine, _theirs, at: self._both(mine, replace(at, ours=ours.span, theirs=theirs.span)),
            lambda _: None,
        )
        return replace(
            self.parts(base, ours, theirs, place, but=("when", "do", "boost", "overrides")),
            when=self.condition(base.when, ours.when, theirs.when, place),
            do=tuple(united(base.do, ours.do, theirs.do)),
            boost=tuple(points.items()),
            overrides=tuple(sorted(united(base.overrides, ours.overrides, theirs.overrides))),
        )

    def guard(self, base: Guard, ours: Guard, theirs: Guard, place: _Place) -> Guard:
        found = self.parts(base, ours, theirs, place, but=("when",))
        return replace(found, when=self.condition(base.when, ours.when, theirs.when, place))

    def table(self, base: Table, ours: Table, theirs: Table, place: _Place) -> Table:
        three = (base, ours, theirs)
        if len({(one.inputs, one.outputs) for one in three}) > 1:
            self.clash(place, "one side changes the columns, and the other changes the table too")
            return ours
        found = self.parts(base, ours, theirs, place, but=("rows",))
        rows = self.keyed("row", [{row.id: row for row in one.rows} for one in three], self.row, lambda row: row.span)
        order = self.order([[row.id for row in one.rows] for one in three], set(rows), found.hit, place)
        return replace(found, rows=tuple(rows[name] for name in order))

    def row(self, base: Row, ours: Row, theirs: Row, place: _Place) -> Row:
        tests = tuple(
            self.pick(f"column {number}", *three, place)
            for number, three in enumerate(zip(base.tests, ours.tests, theirs.tests, strict=True), start=1)
        )
        limits = tuple(
            self.pick("limit", *three, place) for three in zip(base.limits, ours.limits, theirs.limits, strict=True)
        )
        found = self.parts(base, ours, theirs, place, but=("tests", "limits", "do"))
        return replace(found, tests=tests, limits=limits, do=tuple(united(base.do, ours.do, theirs.do)))

    def order(self, sides: Sequence[Sequence[str]], kept: set[str], hit: HitPolicy, place: _Place) -> list[str]:
        """Put the rows in an order that is ours where we changed it, and theirs where they did."""
        before, mine, other = common_order(sides, kept)
        if mine != before and other not in (before, mine) and hit in _ORDERED:
            self.clash(place, "both change the order of the rows")
        return woven(sides, kept)

    def checks(self) -> Checks:
        severities = self.keyed(
            "severity of",
            [book.checks.severities for book in self.books],
            lambda _base, mine, _theirs, place: self._both(mine, place),
            lambda _: None,
        )
        exempt: dict[str, Exemption] = self.keyed(
            "exception",
            [{f"{one.check} at {one.at}": one for one in book.checks.exempt} for book in self.books],
            self.parts,
            lambda one: one.span,
        )
        return Checks(severities, tuple(sorted(exempt.values(), key=lambda one: (one.check, one.at))))


def _each(three: Iterable[object], name: str) -> tuple[Any, Any, Any]:
    base, ours, theirs = (getattr(one, name) for one in three)
    return base, ours, theirs


def _one_sided(base: object, ours: object) -> str:
    if base is None:
        return "both add it, and not the same"
    return "we remove it, they change it" if ours is None else "we change it, they remove it"


def merged_condition(vocabulary: Vocabulary, base: Condition, ours: Condition, theirs: Condition) -> Condition | None:
    """Return the condition that is true as ours is where we changed the answer, and as theirs elsewhere.

    Where both changed the answer of a condition they agree. `None` when the condition would be too long to read.
    """
    three = (base, ours, theirs)
    try:
        space = Space(RuleBook("", "", vocabulary), also=three)
        boxes = [space.boxes(one) for one in three]
    except ExpansionError:
        return None
    views = Views(space, [box for own in boxes for box in own])
    bits, first = [], len(space.programs[0].boxes)
    for own in boxes:
        bits.append(((1 << len(own)) - 1) << first)
        first += len(own)

    def answers(seen: tuple[View, ...]) -> tuple[bool, bool, bool] | None:
        (view,) = seen
        truths = []
        for one in bits:
            truth = view.matches(one)
            if truth is None:
                return None
            truths.append(truth)
        before, mine, other = truths
        return mine, other, other if mine == before else mine

    found = list(leaves(views, answers))
    if any(leaf.answer is None for leaf in found):
        return None
    for side, known in enumerate((ours, theirs)):
        if all(leaf.answer is not None and leaf.answer[side] == leaf.answer[2] for leaf in found):
            return known
    true = [Leaf(leaf.region, leaf.possible, "true") for leaf in found if leaf.answer is not None and leaf.answer[2]]
    parts = [where(leaf.region, space.axes, space.everyone) for leaf in joined(true)]
    if len(parts) > _MOST_PIECES:
        return None
    return parts[0] if len(parts) == 1 else Or(tuple(sorted(parts, key=repr)))


# Names of rows -------------------------------------------------------------------------------------------------------


class _Named:
    """Three books in which the same row of a table has the same id, wherever it stands.

    A row without an id of its own is called by its place, which changes when another row is put in above it.
    """

    def __init__(self, base: RuleBook, ours: RuleBook, theirs: RuleBook) -> None:
        tables = {table.id: table for table in base.tables}
        self.books = (base, *(_renamed(side, _names(tables, side)) for side in (ours, theirs)))


def _names(base: Mapping[str, Table], side: RuleBook) -> dict[str, str]:
    found: dict[str, str] = {}
    for table in side.tables:
        rows = [row for number, row in enumerate(table.rows, start=1) if row.id == f"{table.id}#{number}"]
        old = base.get(table.id)
        known = [] if old is None else [r for n, r in enumerate(old.rows, start=1) if r.id == f"{table.id}#{n}"]
        paired = dict(_paired(known, rows))
        seen: Counter[str] = Counter()
        for place, row in enumerate(rows):
            if place in paired:
                found[row.id] = known[paired[place]].id
            else:
                content = hashlib.sha256(repr(_content(row)).encode()).hexdigest()[:16]
                found[row.id] = f"{table.id}#new {content} {seen[content]}"
                seen[content] += 1
    return found


def _paired(old: Sequence[Row], new: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """Yield which new row is which old one: equal ones, and between them those with equal tests or in equal places."""
    matcher = SequenceMatcher(None, [_content(row) for row in old], [_content(row) for row in new], autojunk=False)
    for kind, low, high, first, last in matcher.get_opcodes():
        if kind == "equal" or high - low == last - first:
            yield from zip(range(first, last), range(low, high), strict=True)
        elif kind == "replace":
            left = list(range(low, high))
            for place in range(first, last):
                same = next((one for one in left if old[one].tests == new[place].tests), None)
                if same is not None:
                    left.remove(same)
                    yield place, same


def _content(row: Row) -> tuple[Any, ...]:
    return row.tests, row.do, row.boost, row.limits, row.notes


def _renamed(book: RuleBook, names: Mapping[str, str]) -> RuleBook:
    """Return the book with other names for rows."""
    return replace(
        book,
        rules=tuple(
            replace(rule, overrides=tuple(sorted(names.get(one, one) for one in rule.overrides))) for rule in book.rules
        ),
        tables=tuple(
            replace(table, rows=tuple(replace(row, id=names.get(row.id, row.id)) for row in table.rows))
            for table in book.tables
        ),
        checks=replace(
            book.checks, exempt=tuple(replace(one, at=names.get(one.at, one.at)) for one in book.checks.exempt)
        ),
    )


def _numbered(book: RuleBook) -> RuleBook:
    """Return the book with every row that has no id of its own called by its place."""
    names = {
        row.id: f"{table.id}#{number}"
        for table in book.tables
        for number, row in enumerate(table.rows, start=1)
        if row.id.startswith(f"{table.id}#")
    }
    return _renamed(book, names)


# What no longer fits together ----------------------------------------------------------------------------------------


def _broken(book: RuleBook) -> Iterator[Clash]:
    """Yield what one side removed and the other one speaks of, and rules that override each other in a circle."""
    rows = {row.id for table in book.tables for row in table.rows}
    targets = {rule.id for rule in book.rules} | rows
    for rule in book.rules:
        for name in (*rule.do, *(action for action, _ in rule.boost)):
            if name not in book.actions:
                yield Clash(
                    "rule", rule.id, f"it speaks of the action `{name}`, which the other side removes", rule.span
                )
        for name in rule.overrides:
            if name not in targets:
                yield Clash("rule", rule.id, f"it overrides `{name}`, which the other side removes", rule.span)
    for table in book.tables:
        for row in table.rows:
            for name in row.do:
                if name not in book.actions:
                    message = f"it speaks of the action `{name}`, which the other side removes"
                    yield Clash("row", row.id, message, row.span)
    for guard in book.guards:
        if guard.needs is not None and guard.needs not in book.actions:
            yield Clash(
                "guard", guard.id, f"it needs the action `{guard.needs}`, which the other side removes", guard.span
            )
    for name, action in book.actions.items():
        if action.precedence not in book.precedence:
            message = f"its precedence `{action.precedence}` is no class of the ranking any more"
            yield Clash("action", name, message, book.action_spans.get(name))
    yield from _circles(book)


def _circles(book: RuleBook) -> Iterator[Clash]:
    """Yield the rules that override themselves by way of others."""
    left = {rule.id: set(rule.overrides) for rule in book.rules}
    while left:
        reached = {target for targets in left.values() for target in targets}
        free = [name for name, targets in left.items() if name not in reached or targets.isdisjoint(left)]
        if not free:
            break
        for name in free:
            del left[name]
    spans = {rule.id: rule.span for rule in book.rules}
    for name in sorted(left):
        yield Clash("rule", name, "with the other side's overrides it overrides itself by way of others", spans[name])


# What goes together all the same --------------------------------------------------------------------------------------


def _repaired(book: RuleBook, ours: RuleBook, theirs: RuleBook) -> RuleBook:
    """Return the book with the actions and precedence classes that it speaks of, and without overrides of nothing.

    Rules that override each other in a circle override only what ours let them override.
    """
    book = replace(book, rules=tuple(_freed(book, ours)))
    spoken = {name for rule in book.rules for name in (*rule.do, *(action for action, _ in rule.boost))}
    spoken |= {name for table in book.tables for row in table.rows for name in row.do}
    spoken |= {guard.needs for guard in book.guards if guard.needs is not None}
    known = {**theirs.actions, **ours.actions}
    actions = {**book.actions, **{name: known[name] for name in spoken if name not in book.actions}}
    classes = dict.fromkeys((*book.precedence, *(actions[name].precedence for name in sorted(actions))))
    spans = {**theirs.action_spans, **ours.action_spans}
    return replace(
        book,
        actions={name: actions[name] for name in sorted(actions)},
        precedence=tuple(classes),
        action_spans={name: span for name, span in spans.items() if name in actions},
    )


def _freed(book: RuleBook, ours: RuleBook) -> Iterator[Rule]:
    targets = {rule.id for rule in book.rules} | {row.id for table in book.tables for row in table.rows}
    circling = {clash.id for clash in _circles(book)}
    before = {rule.id: rule.overrides for rule in ours.rules}
    for rule in book.rules:
        allowed = targets & set(before.get(rule.id, ())) if rule.id in circling else targets
        yield replace(rule, overrides=tuple(name for name in rule.overrides if name in allowed))
