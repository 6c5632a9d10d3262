"""Small random rule books with all features, every customer they can tell apart, and what the reference plans for each.

Nothing here asks the search: conditions are evaluated as they stand in the book, on one customer at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache, reduce
from itertools import product
from math import prod
from operator import or_
from random import Random
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from relmaint.ir.conditions import ALWAYS, And, Comparison, Condition, Interval, Not, Operator, Or, comparisons
from relmaint.ir.program import UNKNOWN, Axis
from relmaint.ir.reference import fires
from relmaint.ir.rules import (
    Aggregate,
    Assumption,
    Effect,
    Guard,
    HitPolicy,
    Invariant,
    InvariantKind,
    Notes,
    Row,
    Rule,
    RuleBook,
    Selector,
    Table,
)
from relmaint.lower import lower, statements_of
from relmaint.model.action import DUTY_NATURES, Action, Kind, Nature
from relmaint.model.attributes import vocabulary_of
from relmaint.rank.decide import Decision, Ranking
from relmaint.text import Text
from relmaint.verify.cover import Region, bits_of
from relmaint.verify.plans import Outcome, outcome_of
from relmaint.verify.space import Space
from relmaint.vocabulary import (
    AS_OF,
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    IntegerType,
    SetType,
    TextType,
    Vocabulary,
)

__all__ = [
    "DAY",
    "VALUES",
    "Facts",
    "Known",
    "Reference",
    "TinyCustomer",
    "edited",
    "facts_in",
    "points",
    "small_book",
    "spoken",
    "tiny",
    "value_at",
]

Facts = Mapping[str, Any]
"""What is known of one customer, the day included."""

DAY = date(2026, 6, 15)
"""The day on which the dates of a book begin or end, or one beside it."""


class Event(StrEnum):
    """Words of a set."""

    MOVED = "moved"
    MARRIED = "married"


class TinyCustomer(BaseModel):
    """A few facts, one of every type; two of them are axes of the combinations that a book covers."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    tier: Literal["key", "ordinary", "exit"]
    habit: Literal["price", "quality"] | None = None
    consent: bool | None = None
    size: int | None = None
    amount: Annotated[Decimal | None, Field(ge=0, decimal_places=2)] = None
    contacts: Annotated[int | None, Field(ge=0, le=9)] = None
    since: date | None = None
    branch: str | None = None
    events: frozenset[Event] | None = None
    hour: Annotated[int | None, Field(ge=0, le=23)] = None


@cache
def tiny() -> Vocabulary:
    """Return the vocabulary of the customer."""
    return vocabulary_of(TinyCustomer)


# --- drawing ---------------------------------------------------------------------------------------------------------

_CLASSES = {
    "tier": 3,
    "habit": 3,
    "consent": 3,
    "size": 5,
    "amount": 4,
    "contacts": 4,
    "since": 3,
    "branch": 3,
    "events": 5,
}
"""About how many classes each attribute comes to."""

_MOST_CELLS = 110
_MOST_POINTS = 400
"""A book that tells more customers apart is drawn again."""

VALUES: dict[str, tuple[Any, ...]] = {
    "tier": ("key", "ordinary", "exit"),
    "habit": ("price", "quality"),
    "size": (-1, 0, 5),
    "amount": (Decimal(0), Decimal("0.01"), Decimal(1)),
    "contacts": (0, 1, 2, 9),
    "since": (DAY, DAY - timedelta(days=1)),
    "branch": ("west", "east"),
    "events": ("moved", "married"),
}
"""The constants of the books: few, so that rules meet, neighbours and the ends of ranges among them."""


def small_book(random: Random) -> RuleBook:
    """Draw a book: rules with overrides and boosts, tables, guards, budgets, dates, assumptions, invariants."""
    while True:
        book = _book(random)
        axes = Space(book, also=spoken(book)).axes
        if prod(axis.everything.bit_count() for axis in axes) <= _MOST_POINTS:
            return book


def spoken(book: RuleBook) -> list[Condition]:
    """Return the conditions that no plan hangs on: those of the invariants."""
    return [one.when for one in book.invariants]


def _book(random: Random) -> RuleBook:
    names = _attributes(random)
    precedence = ("first", "second")
    actions = [_action(random, name, precedence) for name in ("call", "greet", "note", "visit")[: random.randint(1, 4)]]
    ids = [one.id for one in actions]
    budgets = random.random() < 0.35
    tables = [_table(random, f"table/{place}", names, ids) for place in range(random.choice((0, 0, 1, 1, 2)))]
    if budgets:
        tables.append(_budget(random, names))
    rules: list[Rule] = []
    for name in random.sample(("r/1", "r/2", "r/3", "a", "z"), random.randint(1, 5)):
        weaker = [row.id for table in tables for row in table.rows] + [rule.id for rule in rules]
        rules.append(_rule(random, name, names, ids, weaker))
    return RuleBook(
        name="small",
        version="1",
        vocabulary=tiny(),
        actions={one.id: one for one in actions},
        rules=tuple(sorted(rules, key=lambda one: one.id)),
        tables=tuple(tables),
        guards=tuple(_guard(random, f"guard/{place}", names, actions) for place in range(random.choice((0, 1, 1, 2)))),
        assumptions=tuple(
            Assumption(f"assume/{place}", _condition(random, names, 1), _seldom_dated(random, 0.1))
            for place in range(random.choice((0, 0, 1, 2)))
        ),
        invariants=tuple(
            _invariant(random, f"invariant/{place}", names, ids) for place in range(random.choice((0, 1, 1, 2)))
        ),
        precedence=precedence,
        covers=random.choice(((Kind.CARE,), (Kind.CARE, Kind.DAILY), tuple(Kind))),
    )


def _attributes(random: Random) -> list[str]:
    """Draw the attributes of a book, of which there are not too many cells."""
    found: list[str] = []
    cells = 1
    for name in random.sample(sorted(_CLASSES), len(_CLASSES)):
        if cells * _CLASSES[name] <= _MOST_CELLS:
            found.append(name)
            cells *= _CLASSES[name]
        if len(found) == 4:
            break
    return found


def _action(random: Random, name: str, precedence: Sequence[str]) -> Action:
    nature = random.choice((Nature.MARKETING, Nature.MARKETING, Nature.CARE, Nature.CARE, *Nature))
    channel = () if nature is Nature.INTERNAL else random.choice((("app",), ("phone",), ("app", "phone"), ()))
    return Action(
        id=name,
        kind=random.choice((Kind.CARE, Kind.CARE, Kind.DAILY)),
        nature=nature,
        title=Text(en=name),
        channel=channel,
        proactive=bool(channel) and random.random() < 0.8,
        owner=random.choice((None, "manager")),
        precedence=random.choice(precedence),
        base=random.randint(0, 3),
        occasion=random.choice((None, None, "birthday")),
        valid_from=DAY if random.random() < 0.05 else None,
        valid_until=DAY if random.random() < 0.05 else None,
    )


def _seldom_dated(random: Random, share: float = 0.07) -> Notes:
    if random.random() > share:
        return Notes()
    return random.choice((Notes(valid_from=DAY), Notes(valid_until=DAY), Notes(valid_from=DAY, valid_until=DAY)))


def _rule(random: Random, name: str, names: Sequence[str], actions: Sequence[str], weaker: Sequence[str]) -> Rule:
    boosted = random.sample(actions, 1) if random.random() < 0.3 else []
    least = 0 if boosted else 1
    done = random.sample(actions, random.randint(least, min(2, len(actions))))
    over = random.sample(weaker, random.randint(0, min(2, len(weaker)))) if random.random() < 0.4 else []
    return Rule(
        name,
        _condition(random, names, 2),
        tuple(done),
        tuple((action, random.randint(-3, 3)) for action in sorted(boosted)),
        tuple(sorted(over)),
        _seldom_dated(random),
    )


_NUMBERS = (HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.FIRST, HitPolicy.COLLECT)


def _table(random: Random, name: str, names: Sequence[str], actions: Sequence[str]) -> Table:
    hit = random.choice(tuple(HitPolicy))
    outputs = ("do", "boost") if random.random() < 0.4 else ("do",)
    inputs, tests = _tests(random, names, hit)
    rows = tuple(
        Row(
            f"{name}#{place}",
            test,
            tuple(random.sample(actions, random.randint(1, min(2, len(actions))))),
            random.randint(-3, 3) if "boost" in outputs else 0,
            notes=_seldom_dated(random),
        )
        for place, test in enumerate(tests, start=1)
    )
    summed = hit is HitPolicy.COLLECT and "boost" in outputs
    ordered = hit in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)
    return Table(
        name,
        hit,
        inputs,
        outputs,
        rows,
        aggregate=random.choice((None, *Aggregate)) if summed else None,
        order=tuple(random.sample(actions, len(actions))) if ordered else (),
        notes=_seldom_dated(random),
    )


def _budget(random: Random, names: Sequence[str]) -> Table:
    hit = random.choice(_NUMBERS)
    inputs, tests = _tests(random, [name for name in names if name != "contacts"] or ["tier"], hit)
    rows = tuple(Row(f"budget#{at}", test, limits=(random.randint(0, 2),)) for at, test in enumerate(tests, start=1))
    aggregate = random.choice(tuple(Aggregate)) if hit is HitPolicy.COLLECT else None
    return Table(
        "budget",
        hit,
        inputs,
        ("contacts",),
        rows,
        aggregate=aggregate,
        default=random.choice((0, 1, 2)),
    )


def _tests(
    random: Random, names: Sequence[str], hit: HitPolicy
) -> tuple[tuple[str, ...], list[tuple[Comparison | None, ...]]]:
    """Draw inputs and rows of tests; those of a unique or any table are disjoint by the tier."""
    inputs = sorted(random.sample(list(names), min(len(names), random.randint(1, 2))))
    count = random.randint(1, 3)
    apart = hit in (HitPolicy.UNIQUE, HitPolicy.ANY)
    if apart:
        inputs = ["tier", *(name for name in inputs if name != "tier")]
    tiers = random.sample(VALUES["tier"], count)
    rows = []
    for place in range(count):
        tests = [None if random.random() < 0.3 else _comparison(random, name) for name in inputs]
        if apart:
            tests[0] = Comparison("tier", Operator.EQ, (tiers[place],))
        rows.append(tuple(tests))
    return tuple(inputs), rows


def _guard(random: Random, name: str, names: Sequence[str], actions: Sequence[Action]) -> Guard:
    effect = random.choice((Effect.WITHHOLD, Effect.WITHHOLD, *Effect))
    free = effect not in (Effect.WITHHOLD, Effect.HOLD)
    natures = [str(one) for one in Nature if free or one not in DUTY_NATURES]
    select = random.choice(
        (
            Selector((("nature", tuple(sorted(random.sample(natures, 2)))),)),
            Selector((("kind", (str(random.choice(tuple(Kind))),)),)),
            Selector((("channel", ("app",)),)),
        )
    )
    if effect is Effect.HOLD:
        select = replace(select, unless=(actions[0].id,))
    elif random.random() < 0.2:
        select = replace(select, unless=(random.choice(actions).id,))
    notes = _seldom_dated(random)
    return Guard(
        name,
        _condition(random, names, 1),
        effect,
        select,
        needs=actions[0].id if effect is Effect.HOLD else None,
        to="deputy" if effect is Effect.ROUTE else None,
        channels=("phone",) if effect is Effect.RESTRICT else (),
        until=random.choice((time(9), time(17))) if effect is Effect.DEFER else None,
        clock="hour" if effect is Effect.DEFER else None,
        notes=replace(notes, valid_until=None) if effect is Effect.DEFER else notes,
    )


def _invariant(random: Random, name: str, names: Sequence[str], actions: Sequence[str]) -> Invariant:
    kind = random.choice(tuple(InvariantKind))
    select: Selector | None = Selector((("action", tuple(sorted(random.sample(actions, 1)))),))
    attribute, order = None, ()
    if kind is InvariantKind.INDEPENDENT:
        attribute = random.choice(names)
        select = random.choice((None, select))
    if kind is InvariantKind.MONOTONE:
        rising = [one for one in names if one not in ("branch", "events")]
        if not rising:
            kind = InvariantKind.NEVER
        else:
            attribute = random.choice(rising)
            if attribute in ("tier", "habit"):
                order = tuple(random.sample(VALUES[attribute], len(VALUES[attribute])))
    when = ALWAYS if random.random() < 0.6 else _condition(random, names, 1)
    return Invariant(name, kind, select, when, attribute, order)


def _condition(random: Random, names: Sequence[str], depth: int) -> Condition:
    kind = random.random()
    if depth == 0 or kind < 0.4:
        return _comparison(random, random.choice(names)) if random.random() < 0.93 else random.choice((ALWAYS, Or(())))
    if kind < 0.55:
        return Not(_condition(random, names, depth - 1))
    parts = tuple(_condition(random, names, depth - 1) for _ in range(random.randint(2, 3)))
    return And(parts) if kind < 0.85 else Or(parts)


_KNOWN = (Operator.IS_KNOWN, Operator.IS_UNKNOWN)
_EQUAL = (Operator.EQ, Operator.NE)
_AMONG = (Operator.IN, Operator.NOT_IN)
_ORDER = (Operator.LT, Operator.LE, Operator.GT, Operator.GE)
_TRUTH = (Operator.IS_TRUE, Operator.IS_NOT_TRUE, Operator.IS_FALSE, Operator.IS_NOT_FALSE)
_SPAN = (Operator.INSIDE, Operator.OUTSIDE)


def _comparison(random: Random, name: str) -> Comparison:
    """Draw one comparison by any operator that fits the type of the attribute."""
    type_ = tiny()[name].type
    match type_:
        case EnumType() | TextType():
            operator = random.choice((*_EQUAL, *_EQUAL, *_AMONG, *_KNOWN))
        case BooleanType():
            operator = random.choice((*_EQUAL, *_TRUTH, *_TRUTH, *_KNOWN))
        case SetType():
            operator = random.choice((Operator.HAS, Operator.HAS, Operator.LACKS, *_KNOWN))
        case _:
            operator = random.choice((*_ORDER, *_ORDER, *_EQUAL, *_AMONG, *_SPAN, *_SPAN, *_KNOWN))
    if operator in (*_KNOWN, *_TRUTH):
        return Comparison(name, operator)
    if operator in _AMONG:
        values = VALUES[name]
        return Comparison(name, operator, tuple(random.sample(values, random.randint(1, min(2, len(values))))))
    if operator in _SPAN:
        return Comparison(name, operator, (_interval(random, name),))
    return Comparison(name, operator, (random.choice((False, True) if name == "consent" else VALUES[name]),))


def _interval(random: Random, name: str) -> Interval:
    low, high = sorted(random.sample(VALUES[name], 2))
    match random.randrange(4):
        case 0:
            return Interval(None, high, low_closed=False, high_closed=random.random() < 0.5)
        case 1:
            return Interval(low, None, low_closed=random.random() < 0.5, high_closed=False)
        case _:
            return Interval(low, high, low_closed=random.random() < 0.5, high_closed=True)


# --- editing ---------------------------------------------------------------------------------------------------------


def edited(random: Random, book: RuleBook) -> RuleBook:
    """Draw one or two edits of a book."""
    for _ in range(random.randint(1, 2)):
        book = _edit(random, book)
    return book


def _edit(random: Random, book: RuleBook) -> RuleBook:
    names = sorted({one.attribute for one in _spoken(book)} & set(_CLASSES)) or ["tier"]
    actions = list(book.actions)
    match random.randrange(7):
        case 0 if book.rules:
            gone = random.choice(book.rules).id
            kept = [
                replace(rule, overrides=tuple(one for one in rule.overrides if one != gone))
                for rule in book.rules
                if rule.id != gone
            ]
            return replace(book, rules=tuple(kept))
        case 1 if book.rules:
            one = random.choice(book.rules)
            return _with_rule(book, replace(one, when=_condition(random, names, 2)))
        case 2 if book.rules:
            one = random.choice(book.rules)
            return _with_rule(book, replace(one, do=(random.choice(actions),)))
        case 3 if book.guards:
            one_guard = random.choice(book.guards)
            others = [guard for guard in book.guards if guard is not one_guard]
            if random.random() < 0.5:
                others.append(replace(one_guard, when=_condition(random, names, 1)))
            return replace(book, guards=tuple(sorted(others, key=lambda guard: guard.id)))
        case 4 if book.tables:
            table = random.choice(book.tables)
            return _with_table(book, _edited_table(random, table))
        case 5:
            name = random.choice(actions)
            action = book.actions[name]
            update = random.choice(({"base": action.base + random.choice((-1, 1))}, {"occasion": "birthday"}))
            return replace(book, actions={**book.actions, name: action.model_copy(update=update)})
        case _:
            return _with_rule(book, _rule(random, random.choice(("m", "new")), names, actions, ()))


def _edited_table(random: Random, table: Table) -> Table:
    rows = list(table.rows)
    place = random.randrange(len(rows))
    match random.randrange(3):
        case 0 if "boost" in table.outputs:
            rows[place] = replace(rows[place], boost=rows[place].boost + 1)
        case 1 if table.limits:
            rows[place] = replace(rows[place], limits=(rows[place].limits[0] + 1,))
        case 2 if table.limits:
            return replace(table, default=table.default + 1)
        case _:
            tests = list(rows[place].tests)
            if table.hit not in (HitPolicy.UNIQUE, HitPolicy.ANY):
                tests[-1] = _comparison(random, table.inputs[-1])
            elif len(tests) > 1:
                tests[1] = _comparison(random, table.inputs[1])
            rows[place] = replace(rows[place], tests=tuple(tests))
    return replace(table, rows=tuple(rows))


def _with_rule(book: RuleBook, rule: Rule) -> RuleBook:
    others = [one for one in book.rules if one.id != rule.id]
    return replace(book, rules=tuple(sorted([*others, rule], key=lambda one: one.id)))


def _with_table(book: RuleBook, table: Table) -> RuleBook:
    return replace(book, tables=tuple(table if one.id == table.id else one for one in book.tables))


def _spoken(book: RuleBook) -> Iterator[Comparison]:
    for one in statements_of(book):
        yield from comparisons(one.when)


# --- the reference ---------------------------------------------------------------------------------------------------


class _Spoken:
    """One statement as the book has it: what must be true, and when."""

    def __init__(self, tests: Iterable[Condition], periods: Iterable[Notes]) -> None:
        self.tests = tuple(tests)
        self.periods = tuple(one for one in periods if one.valid_from or one.valid_until)
        self.names = tuple(sorted({AS_OF, *(one.attribute for test in self.tests for one in comparisons(test))}))
        self._told: dict[tuple[Any, ...], bool] = {}

    def matches(self, facts: Facts) -> bool:
        """Whether the statement matches a customer."""
        key = tuple([facts.get(name) for name in self.names])
        told = self._told.get(key)
        if told is None:
            told = self._told[key] = self._in_force(facts[AS_OF]) and all(fires(test, facts) for test in self.tests)
        return told

    def _in_force(self, day: date) -> bool:
        return not any(
            (one.valid_from is not None and day < one.valid_from)
            or (one.valid_until is not None and day > one.valid_until)
            for one in self.periods
        )


class Reference:
    """What a book plans, customer by customer: conditions by their written meaning, then the ranking."""

    def __init__(self, book: RuleBook) -> None:
        """Collect the conditions as they stand in the book."""
        self.book = book
        program = lower(book)
        self._ranking = Ranking(program)
        self.names = tuple((one.role, one.id) for one in program.statements)
        self.counted = tuple(program.counted)
        said = dict(_statements(book))
        self._spoken = tuple(said[key] for key in self.names)
        self._assumed = [(_Spoken((one.always,), ()), _Spoken((), (one.notes,))) for one in book.assumptions]
        self._decisions: dict[object, Decision] = {}
        self._outcomes: dict[object, Outcome] = {}

    def matched(self, facts: Facts) -> tuple[int, ...]:
        """Return the numbers of the statements that match."""
        return tuple(number for number, one in enumerate(self._spoken) if one.matches(facts))

    def matching(self, facts: Facts) -> frozenset[tuple[str, str]]:
        """Return the role and id of each statement that matches."""
        return frozenset(self.names[number] for number in self.matched(facts))

    def decision(self, facts: Facts) -> Decision:
        """Return what the ranking decides."""
        return self._decide(self._key(facts))

    def outcome(self, facts: Facts) -> Outcome:
        """Return what the plan comes to."""
        key = self._key(facts)
        found = self._outcomes.get(key)
        if found is None:
            found = self._outcomes[key] = outcome_of(self._decide(key))
        return found

    def planned(self, facts: Facts) -> frozenset[str]:
        """Return the planned actions."""
        return frozenset(step.action for step in self.outcome(facts))

    def is_possible(self, facts: Facts) -> bool:
        """Whether no assumption of the book is broken."""
        return all(always.matches(facts) or not dated.matches(facts) for always, dated in self._assumed)

    def _key(self, facts: Facts) -> tuple[tuple[int, ...], tuple[int | None, ...]]:
        return self.matched(facts), tuple(facts.get(name) for name in self.counted)

    def _decide(self, key: tuple[tuple[int, ...], tuple[int | None, ...]]) -> Decision:
        found = self._decisions.get(key)
        if found is None:
            matched, counts = key
            found = self._ranking.decide(matched, dict(zip(self.counted, counts, strict=True)))
            self._decisions[key] = found
        return found


def _statements(book: RuleBook) -> Iterator[tuple[tuple[str, str], _Spoken]]:
    for rule in book.rules:
        yield ("rule", rule.id), _Spoken((rule.when,), (rule.notes,))
    for table in book.tables:
        for row in table.rows:
            tests = tuple(test for test in row.tests if test is not None)
            yield ("row", row.id), _Spoken(tests, (table.notes, row.notes))
    for guard in book.guards:
        yield ("guard", guard.id), _Spoken((guard.when,), (guard.notes,))
    for action in book.actions.values():
        dates = Notes(valid_from=action.valid_from, valid_until=action.valid_until)
        yield ("action", action.id), _Spoken((), (dates,))


def points(random: Random, *books: RuleBook, also: Iterable[Condition] = ()) -> list[Facts]:
    """Return one possible customer for each cell that the books can tell apart, at one end of each class.

    Customers that break an assumption of one of the books are left out.
    """
    space = Space(*books, also=also)
    of: dict[str, list[Axis]] = {}
    for axis in space.axes:
        of.setdefault(axis.attribute, []).append(axis)
    choices = [[(name, value) for value in _values(random, axes)] for name, axes in of.items()]
    found = []
    assuming = [Reference(replace(books[0], assumptions=book.assumptions)) for book in books if book.assumptions]
    for picked in product(*choices):
        facts = {AS_OF: DAY, **{name: value for name, value in picked if value is not None}}
        if all(one.is_possible(facts) for one in assuming):
            found.append(facts)
    return found


def _values(random: Random, axes: Sequence[Axis]) -> list[Any]:
    """Return a value in each class of an attribute; for a set, each combination of its words."""
    unknown = [None] if axes[0].optional else []
    if isinstance(axes[0].type, SetType):
        words = [str(axis.member) for axis in axes]
        held = [frozenset(one for one, has in zip(words, bits, strict=True) if has) for bits in _bits(len(words))]
        return [*unknown, *held]
    (axis,) = axes
    return [*unknown, *(value_at(random, axis, class_) for class_ in range(1, axis.size))]


def _bits(count: int) -> Iterator[tuple[bool, ...]]:
    return product((False, True), repeat=count)


def value_at(random: Random, axis: Axis, class_: int) -> Any:
    """Return a value of a class of known values: of an ordered one, its first or its last."""
    assert class_ != UNKNOWN
    match axis.type:
        case EnumType():
            return axis.type.values[class_ - 1]
        case BooleanType():
            return class_ == 2
        case TextType():
            return axis.words[class_ - 2] if class_ > 1 else "elsewhere"
        case IntegerType() | DecimalType() | DateType():
            return _end(random, axis, class_)
        case _:
            raise AssertionError(axis)


def _end(random: Random, axis: Axis, class_: int) -> Any:
    type_ = axis.type
    step: Any = 1 if isinstance(type_, IntegerType) else timedelta(days=1)
    home: Any = DAY if isinstance(type_, DateType) else 0
    if isinstance(type_, DecimalType):
        step, home = Decimal(1).scaleb(-type_.scale), Decimal(0)
    first = axis.cuts[class_ - 2] if class_ > 1 else getattr(type_, "minimum", None)
    last = axis.cuts[class_ - 1] - step if class_ <= len(axis.cuts) else getattr(type_, "maximum", None)
    if first is None and last is None:
        return home
    if first is None:
        return last - random.choice((0, 40)) * step
    if last is None:
        return first + random.choice((0, 40)) * step
    return random.choice((first, last))


def facts_in(random: Random, axes: Sequence[Axis], cell: Sequence[int]) -> Facts:
    """Return what is known of a customer of the cell."""
    facts: dict[str, Any] = {AS_OF: DAY}
    for axis, class_ in zip(axes, cell, strict=True):
        if class_ == UNKNOWN:
            continue
        if isinstance(axis.type, SetType):
            facts[axis.attribute] = facts.get(axis.attribute, frozenset()) | ({axis.member} if class_ == 2 else set())
        else:
            facts[axis.attribute] = value_at(random, axis, class_)
    return facts


class Known:
    """Customers as bits: a set of them is one number."""

    def __init__(self, facts: Sequence[Facts]) -> None:
        """Number the customers."""
        self.facts = facts
        self.every = (1 << len(facts)) - 1
        self._grids: dict[int, tuple[Sequence[Axis], list[list[int]]]] = {}

    def where(self, holds: Callable[[Facts], bool]) -> int:
        """Return the customers of whom something is true."""
        return sum(1 << number for number, one in enumerate(self.facts) if holds(one))

    def inside(self, region: Region, axes: Sequence[Axis]) -> int:
        """Return the customers of a region."""
        found = self.every
        for having, mask in zip(self._grid(axes), region, strict=True):
            found &= reduce(or_, (bits for class_, bits in enumerate(having) if mask >> class_ & 1), 0)
        return found

    def are_all(self, region: Region, axes: Sequence[Axis]) -> bool:
        """Whether there is a customer in every cell of the region."""
        return self.inside(region, axes).bit_count() == prod(mask.bit_count() for mask in region)

    def each(self, bits: int) -> Iterator[Facts]:
        """Yield the customers of a set."""
        return (self.facts[number] for number in bits_of(bits))

    def _grid(self, axes: Sequence[Axis]) -> list[list[int]]:
        known = self._grids.get(id(axes))
        if known is None:
            grid = [[0] * axis.size for axis in axes]
            for number, one in enumerate(self.facts):
                for axis, having in zip(axes, grid, strict=True):
                    having[axis.class_of(one.get(axis.attribute))] |= 1 << number
            known = self._grids[id(axes)] = axes, grid
        return known[1]
