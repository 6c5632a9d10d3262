"""How do the laws draw rule books, conditions and customers at random?

Everything is valid by construction: a drawn book loads without an error, so that no law needs `assume`.
Values are drawn from small pools, so that rules meet, overlap and contradict each other often.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, assert_never

from hypothesis import strategies as st
from pydantic import BaseModel

from relmaint.diagnostics.codes import CHECKS
from relmaint.ir.conditions import (
    ALWAYS,
    And,
    Comparison,
    Condition,
    Interval,
    Not,
    Operator,
    Or,
    comparisons,
)
from relmaint.ir.rules import (
    DEFAULT_PRECEDENCE,
    Aggregate,
    Assumption,
    Checks,
    Effect,
    Exemption,
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
from relmaint.model.action import DUTY_NATURES, Action, Due, DueUnit, Kind, Nature, Provenance
from relmaint.model.attributes import vocabulary_of
from relmaint.rulebook.keys import ROW, SEVERITIES
from relmaint.text import Text
from relmaint.vocabulary import (
    AS_OF,
    Attribute,
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    IntegerType,
    OrderedType,
    Ordinal,
    SetType,
    TextType,
    Value,
    Vocabulary,
    step_after,
)
from tests.models import SmallCustomer

__all__ = [
    "TODAY",
    "cells",
    "comparisons_of",
    "conditions",
    "customers",
    "customers_on_days",
    "days",
    "plain_texts",
    "rule_books",
    "texts",
    "values",
    "vocabularies",
]

TODAY = date(2026, 6, 15)
"""The middle of all drawn dates."""

AWKWARD = (
    "no",
    "on",
    "null",
    "~",
    "010",
    "1:30",
    "1e3",
    "-",
    "- item",
    "? key",
    "a: b",
    "a:",
    "a #b",
    "# b",
    "it's",
    'say "hi"',
    "back\\slash",
    "a, b",
    "[1..5)",
    "{x",
    "known",
    "not",
    "和",
    "存款：到期",
    "emoji \N{PARTY POPPER}",
    "tab\there",
    "!tag",
    "&anchor",
    "*alias",
    "%",
    "@at",
    "`tick`",
    "| bar",
    "> fold",
    "--- x",
    "... y",
    "<<",
    "2026-01-31",
    "two\nlines",
    "two\nlines and the end of one\n",
    "a line\n\n  one further in, # and no comment",
    "a trailing space \n and none",
    "a line\nand a tab\there",
    "long " * 30 + "end",
    "long  with  two  spaces " * 8 + "end",
    "很" * 130,
)
"""Texts that YAML, YAML 1.1 or the language itself could misread."""


@cache
def plain_texts() -> st.SearchStrategy[str]:
    """Draw a text of one line that is not blank and has no white space at its ends."""
    letters = st.characters(codec="utf-8", categories=["L", "N", "P", "S"], exclude_characters="{}\ufeff")
    return st.one_of(
        st.sampled_from([text for text in AWKWARD if "{" not in text]),
        st.text(st.one_of(st.sampled_from(string.ascii_letters + " #:-'\"\\,[]&*!|>%@`?="), letters), max_size=20)
        .map(str.strip)
        .filter(bool),
    )


@cache
def texts() -> st.SearchStrategy[Text]:
    """Draw a text in one language or both; a text in one language may be in the other's script."""
    one = plain_texts()
    return st.one_of(
        st.builds(Text, zh=one, en=one),
        st.builds(Text, zh=one),
        st.builds(Text, en=one),
        st.sampled_from([Text("到期", "maturity"), Text(en="maturity")]),
    )


@cache
def _reasons(names: tuple[str, ...]) -> st.SearchStrategy[Text]:
    """Draw a `because`: it may hold placeholders and doubled braces."""
    holes = st.sampled_from([f"{{{name}}}" for name in names] + ["{{", "}}"])
    sentence = st.lists(st.one_of(plain_texts(), holes), min_size=1, max_size=3).map(" ".join)
    return st.one_of(texts(), st.builds(Text, zh=sentence, en=sentence))


def vocabularies() -> st.SearchStrategy[Vocabulary]:
    """Draw the vocabulary of the small customer."""
    return st.just(vocabulary_of(SmallCustomer))


# Values


@cache
def values(attribute: Attribute) -> st.SearchStrategy[Value]:
    """Draw a value that a book may compare the attribute with."""
    match attribute.type:
        case EnumType() | SetType():
            return st.sampled_from(attribute.type.values)
        case BooleanType():
            return st.booleans()
        case TextType():
            return st.one_of(st.sampled_from(["west", "east"]), plain_texts())
        case IntegerType() | DecimalType() | DateType():
            return st.sampled_from(_pool(attribute.type))
        case _:
            assert_never(attribute.type)


@cache
def _pool(type_: OrderedType) -> tuple[Any, ...]:
    """Return a few values of an ordered type, in order, neighbours and the ends of its range among them."""
    match type_:
        case IntegerType():
            found: list[Any] = [-3, 0, 1, 2, 3, 5, 7, 8, 30, 31]
        case DecimalType():
            grid = Decimal(1).scaleb(-type_.scale)
            found = [Decimal("-0.3"), Decimal(0), grid, Decimal("0.5"), Decimal(1), Decimal(1) + grid, Decimal(50_000)]
        case DateType():
            found = [TODAY + timedelta(days=days) for days in (-31, -1, 0, 1, 7, 8, 200)]
        case _:
            assert_never(type_)
    found.extend(end for end in (type_.minimum, type_.maximum) if end is not None)
    return tuple(sorted({value for value in found if _within(type_, value)}))


def _within(type_: OrderedType, value: Any) -> bool:
    return (type_.minimum is None or value >= type_.minimum) and (type_.maximum is None or value <= type_.maximum)


@cache
@st.composite
def _intervals(draw: st.DrawFn, type_: OrderedType) -> Interval:
    """Draw an interval that holds at least one value; an open end is written with a round bracket."""
    pool = _pool(type_)
    low, high = draw(st.sampled_from(pool)), draw(st.sampled_from(pool))
    low, high = min(low, high), max(low, high)
    closed = draw(st.sampled_from([(True, True), (True, False), (False, True), (False, False)]))
    if low == high or (closed == (False, False) and step_after(type_, low) == high):
        closed = (True, True)
    open_end = draw(st.sampled_from(["neither", "neither", "low", "high"]))
    if open_end == "low":
        return Interval(None, high, low_closed=False, high_closed=closed[1])
    if open_end == "high":
        return Interval(low, None, low_closed=closed[0], high_closed=False)
    return Interval(low, high, low_closed=closed[0], high_closed=closed[1])


# Conditions

_KNOWN = (Operator.IS_KNOWN, Operator.IS_UNKNOWN)
_EQUAL = (Operator.EQ, Operator.NE)
_AMONG = (Operator.IN, Operator.NOT_IN)
_ORDER = (Operator.LT, Operator.LE, Operator.GT, Operator.GE)
_TRUTH = (Operator.IS_TRUE, Operator.IS_NOT_TRUE, Operator.IS_FALSE, Operator.IS_NOT_FALSE)


@cache
@st.composite
def comparisons_of(draw: st.DrawFn, attribute: Attribute) -> Comparison:
    """Draw one comparison of the attribute, by any operator that fits its type."""
    type_, name = attribute.type, attribute.name
    match type_:
        case EnumType() | TextType():
            operator = draw(st.sampled_from((*_EQUAL, *_AMONG, *_KNOWN)))
        case BooleanType():
            operator = draw(st.sampled_from((*_EQUAL, *_TRUTH, *_KNOWN)))
        case SetType():
            operator = draw(st.sampled_from((Operator.HAS, Operator.LACKS, *_KNOWN)))
        case IntegerType() | DecimalType() | DateType():
            inside = (Operator.INSIDE, Operator.OUTSIDE)
            operator = draw(st.sampled_from((*_ORDER, *inside, *_EQUAL, *_AMONG, *_KNOWN)))
            if operator in inside:
                return Comparison(name, operator, (draw(_intervals(type_)),))
        case _:
            assert_never(type_)
    if operator in _AMONG:
        return Comparison(name, operator, tuple(draw(st.lists(values(attribute), min_size=1, max_size=3, unique=True))))
    if operator in (*_KNOWN, *_TRUTH):
        return Comparison(name, operator)
    return Comparison(name, operator, (draw(values(attribute)),))


def conditions(vocabulary: Vocabulary, *, depth: int = 2) -> st.SearchStrategy[Condition]:
    """Draw a condition: mostly a comparison or a shallow combination, now and then `always` or `never`."""
    return _conditions(tuple(vocabulary.attributes.values()), depth)


@cache
def _conditions(attributes: tuple[Attribute, ...], depth: int) -> st.SearchStrategy[Condition]:
    some = st.sampled_from(attributes).flatmap(comparisons_of)
    found: st.SearchStrategy[Any] = st.one_of(some, some, some, st.sampled_from([ALWAYS, Or(())]))
    for _ in range(depth):
        parts = st.lists(found, min_size=2, max_size=3).map(tuple)
        found = st.one_of(found, found, parts.map(And), parts.map(Or), found.map(Not))
    return found


@cache
def cells(attribute: Attribute) -> st.SearchStrategy[Comparison | None]:
    """Draw one input cell of a table; `None` is any."""
    return st.one_of(st.none(), comparisons_of(attribute))


# Actions

_WORDS = {
    "owner": ("relationship-manager", "branch-manager", "客户经理"),
    "channel": ("app", "sms", "phone", "on"),
    "method": ("revisit", "tracking", "no"),
    "content": ("hardware", "function"),
    "product": ("deposit", "fund"),
    "occasion": ("birthday", "festival"),
}
_ACTIONS = ("call", "visit", "greet", "offer", "no", "010", "1e3", "warn", "check.up", "a_b")
_PRECEDENCE = (DEFAULT_PRECEDENCE, ("first", "second"), ("care", "no", "growth"))


@cache
def _words(group: str, *, least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(_WORDS[group]), unique=True, min_size=least, max_size=3).map(tuple)


@cache
def _word(group: str) -> st.SearchStrategy[str | None]:
    return st.one_of(st.none(), st.sampled_from(_WORDS[group]))


@cache
def _seldom(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), st.none(), strategy)


@cache
@st.composite
def _periods(draw: st.DrawFn) -> tuple[date | None, date | None]:
    day = st.sampled_from(_pool(DateType()))
    start, end = draw(_seldom(day)), draw(_seldom(day))
    return (end, start) if start and end and start > end else (start, end)


def _notes(vocabulary: Vocabulary) -> st.SearchStrategy[Notes]:
    return _notes_about(tuple(vocabulary))


@cache
@st.composite
def _notes_about(draw: st.DrawFn, names: tuple[str, ...]) -> Notes:
    if draw(st.booleans()):
        return Notes()
    start, end = draw(_periods())
    return Notes(
        because=draw(_seldom(_reasons(names))),
        source=draw(_seldom(plain_texts())),
        provenance=draw(_seldom(st.sampled_from(Provenance))),
        owner=draw(_seldom(st.just("retail-policy"))),
        valid_from=start,
        valid_until=end,
    )


@st.composite
def _dues(draw: st.DrawFn, vocabulary: Vocabulary) -> Due:
    anchors = [name for name in vocabulary if isinstance(vocabulary[name].type, DateType)]
    anchor = draw(st.sampled_from(anchors))
    offset = draw(st.integers(0 if anchor == AS_OF else -30, 30))
    unit = draw(st.sampled_from(DueUnit)) if offset else DueUnit.DAY
    return Due(offset=offset, unit=unit, anchor=anchor)


@st.composite
def _actions(draw: st.DrawFn, name: str, vocabulary: Vocabulary, precedence: Sequence[str]) -> Action:
    nature = draw(st.sampled_from((Nature.MARKETING, Nature.CARE, *Nature)))
    channel = () if nature is Nature.INTERNAL else draw(_words("channel"))
    start, end = draw(_periods())
    return Action(
        id=name,
        kind=draw(st.sampled_from(Kind)),
        nature=nature,
        title=draw(texts()),
        content=draw(_word("content")),
        methods=draw(_words("method")),
        channel=channel,
        proactive=bool(channel) and draw(st.sampled_from((True, True, True, False))),
        owner=draw(_word("owner")),
        product=draw(_word("product")),
        product_risk=draw(_seldom(st.integers(1, 5))),
        precedence=draw(st.sampled_from(precedence)),
        base=draw(st.integers(-10, 100)),
        due=draw(_seldom(_dues(vocabulary))),
        cadence=draw(_seldom(texts())),
        purpose=draw(_seldom(texts())),
        occasion=draw(_word("occasion")),
        because=draw(_seldom(_reasons(tuple(vocabulary)))),
        source=draw(_seldom(plain_texts())),
        provenance=draw(_seldom(st.sampled_from(Provenance))),
        valid_from=start,
        valid_until=end,
    )


# Tables


def _partition(attribute: Attribute) -> list[Comparison]:
    """Return tests of the attribute of which no two can hold together."""
    name, type_ = attribute.name, attribute.type
    match type_:
        case EnumType():
            tests = [Comparison(name, Operator.EQ, (word,)) for word in type_.values[1:-1]]
            tests.append(Comparison(name, Operator.IN, (type_.values[0], type_.values[-1])))
        case BooleanType():
            tests = [Comparison(name, Operator.IS_TRUE), Comparison(name, Operator.EQ, (False,))]
        case TextType():
            tests = [
                Comparison(name, Operator.IN, ("west", "east")),
                Comparison(name, Operator.EQ, ("010",)),
                Comparison(name, Operator.NOT_IN, ("west", "east", "010")),
            ]
        case SetType():
            tests = [Comparison(name, op, (type_.values[0],)) for op in (Operator.HAS, Operator.LACKS)]
        case IntegerType() | DecimalType() | DateType():
            pool = _pool(type_)
            first, middle, last = pool[1], pool[len(pool) // 2], pool[-1]
            tests = [
                Comparison(name, Operator.LT, (first,)),
                Comparison(name, Operator.INSIDE, (Interval(first, middle, high_closed=False),)),
                Comparison(name, Operator.INSIDE, (Interval(middle, last),)),
                Comparison(name, Operator.GT, (last,)),
            ]
            if type_.maximum is not None:
                tests.pop()
        case _:
            assert_never(type_)
    return [*tests, Comparison(name, Operator.IS_UNKNOWN)]


_NUMBER_POLICIES = (HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.FIRST, HitPolicy.COLLECT)
_ORDERED_POLICIES = (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)


@st.composite
def _tables(draw: st.DrawFn, name: str, vocabulary: Vocabulary, actions: Sequence[str]) -> Table:
    budgets = [one for one in ("contacts_30d", "contact_hour", "streak") if one in vocabulary]
    outputs = draw(st.sampled_from([("do",), ("do", "boost"), ("boost", "do"), (budgets[0],), tuple(budgets[:2])]))
    hit = draw(st.sampled_from(tuple(HitPolicy) if "do" in outputs else _NUMBER_POLICIES))
    summed = hit is HitPolicy.COLLECT and ("do" not in outputs or ("boost" in outputs and draw(st.booleans())))
    names = draw(_some([one for one in vocabulary if one not in outputs and one not in ROW.by_name], least=1))
    rows = draw(
        _rows(name, [vocabulary[one] for one in names], outputs, actions=actions, hit=hit, vocabulary=vocabulary)
    )
    return Table(
        id=name,
        hit=hit,
        inputs=tuple(names),
        outputs=outputs,
        rows=rows,
        aggregate=draw(st.sampled_from(Aggregate)) if summed else None,
        order=tuple(draw(st.permutations(actions))) if hit in _ORDERED_POLICIES else (),
        default=0 if "do" in outputs else draw(st.sampled_from((0, 0, 1, 2))),
        notes=draw(_notes(vocabulary)),
    )


@st.composite
def _rows(
    draw: st.DrawFn,
    table: str,
    inputs: Sequence[Attribute],
    outputs: Sequence[str],
    *,
    actions: Sequence[str],
    hit: HitPolicy,
    vocabulary: Vocabulary,
) -> tuple[Row, ...]:
    """Draw rows; those of a unique table are disjoint, and those of an any table are disjoint or agree."""
    count = draw(st.integers(1, 4))
    split = draw(st.integers(0, len(inputs) - 1))
    apart = _partition(inputs[split])
    firsts = draw(st.permutations(apart))[:count] if hit in (HitPolicy.UNIQUE, HitPolicy.ANY) else []
    rows: list[Row] = []
    for place in range(len(firsts) or count):
        tests = [draw(cells(attribute)) for attribute in inputs]
        if firsts:
            tests[split] = firsts[place]
        rows.append(draw(_row(table, place, tuple(tests), outputs=outputs, actions=actions, vocabulary=vocabulary)))
        if hit is HitPolicy.ANY and draw(st.booleans()):
            last = rows[-1]
            rows.append(Row(f"{table}#{len(rows) + 1}", last.tests, last.do, last.boost, last.limits))
    return tuple(_renumbered(table, rows))


def _renumbered(table: str, rows: Sequence[Row]) -> Iterable[Row]:
    """Give every row without an id of its own the number at which it stands."""
    for place, row in enumerate(rows, start=1):
        name = f"{table}#{place}" if "#" in row.id else row.id
        yield Row(name, row.tests, row.do, row.boost, row.limits, row.notes)


@st.composite
def _row(
    draw: st.DrawFn,
    table: str,
    place: int,
    tests: tuple[Comparison | None, ...],
    *,
    outputs: Sequence[str],
    actions: Sequence[str],
    vocabulary: Vocabulary,
) -> Row:
    own_id = draw(st.sampled_from((False, False, True)))
    return Row(
        id=f"{table}/row-{place}" if own_id else f"{table}#{place + 1}",
        tests=tests,
        do=draw(_some(actions, most=2)) if "do" in outputs else (),
        boost=draw(st.integers(-20, 20)) if "boost" in outputs else 0,
        limits=tuple(draw(st.integers(0, 4)) for one in outputs if one not in ("do", "boost")),
        notes=draw(_notes(vocabulary)),
    )


def _some(words: Sequence[str], *, least: int = 0, most: int = 3) -> st.SearchStrategy[tuple[str, ...]]:
    return _some_of(tuple(words), least, most)


@cache
def _some_of(words: tuple[str, ...], least: int, most: int) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(words), unique=True, min_size=least, max_size=most).map(tuple)


# Rules


@st.composite
def _rules(draw: st.DrawFn, name: str, vocabulary: Vocabulary, actions: Sequence[str], weaker: Sequence[str]) -> Rule:
    """Draw a rule; it may override `weaker` statements only, so that overrides never make a circle."""
    boost = draw(st.dictionaries(st.sampled_from(list(actions)), st.integers(-30, 30), max_size=2))
    return Rule(
        id=name,
        when=draw(conditions(vocabulary)),
        do=draw(_some(actions, least=0 if boost else 1)),
        boost=tuple(sorted(boost.items())),
        overrides=tuple(sorted(draw(_some(weaker)))) if weaker else (),
        notes=draw(_notes(vocabulary)),
    )


# Guards


@st.composite
def _selectors(draw: st.DrawFn, actions: Sequence[Action], precedence: Sequence[str], *, all_natures: bool) -> Selector:
    """Draw a selector; unless `all_natures`, it names no duty and no duty's nature."""
    eligible = [action for action in actions if all_natures or action.nature not in DUTY_NATURES]
    choices: dict[str, Sequence[str]] = {
        "action": [action.id for action in eligible],
        "kind": list(map(str, Kind)),
        "nature": [str(nature) for nature in Nature if all_natures or nature not in DUTY_NATURES],
        "content": _WORDS["content"],
        "methods": _WORDS["method"],
        "channel": _WORDS["channel"],
        "owner": _WORDS["owner"],
        "product": _WORDS["product"],
        "product_risk": ("1", "2", "3", "4", "5"),
        "precedence": precedence,
        "occasion": _WORDS["occasion"],
        "proactive": ("true", "false"),
    }
    usual = [name for name in ("nature", "nature", "kind", "action") if choices[name]]
    fields = {draw(st.sampled_from(usual)), *draw(_some([name for name in choices if choices[name]], most=1))}
    unless = draw(_seldom(_some([action.id for action in actions], least=1, most=2)))
    return Selector(
        tuple((name, draw(_some(choices[name], least=1))) for name in sorted(fields)),
        unless or (),
    )


@st.composite
def _guards(
    draw: st.DrawFn, name: str, vocabulary: Vocabulary, actions: Sequence[Action], precedence: Sequence[str]
) -> Guard:
    effect = draw(st.sampled_from(Effect))
    clocks = ["contact_hour"] if "contact_hour" in vocabulary else []
    if effect is Effect.DEFER and not clocks:
        effect = Effect.WITHHOLD
    select = draw(_selectors(actions, precedence, all_natures=effect not in (Effect.WITHHOLD, Effect.HOLD)))
    needs = None
    if effect is Effect.HOLD:
        # Every hold of a book needs the same action and spares it: holds never wait for each other.
        needs = actions[0].id
        select = Selector(select.fields, tuple(sorted({*select.unless, needs})))
    notes = draw(_notes(vocabulary))
    if effect is Effect.DEFER:
        notes = replace(notes, valid_until=None)  # `until` is the time of day here
    return Guard(
        id=name,
        when=draw(conditions(vocabulary, depth=1)),
        effect=effect,
        select=select,
        needs=needs,
        to=draw(st.sampled_from(_WORDS["owner"])) if effect is Effect.ROUTE else None,
        channels=draw(_words("channel", least=1)) if effect is Effect.RESTRICT else (),
        until=draw(st.sampled_from([time(9), time(0), time(8, 30), time(17, 5)])) if effect is Effect.DEFER else None,
        clock=clocks[0] if effect is Effect.DEFER else None,
        notes=notes,
    )


# Books


@st.composite
def rule_books(draw: st.DrawFn, customer: type[BaseModel] = SmallCustomer) -> RuleBook:
    """Draw a small rule book over the vocabulary of a customer model; it is valid, and in canonical order."""
    vocabulary = vocabulary_of(customer)
    precedence = draw(st.sampled_from(_PRECEDENCE))
    names = draw(st.lists(st.sampled_from(_ACTIONS), unique=True, min_size=1, max_size=5))
    actions = [draw(_actions(name, vocabulary, precedence)) for name in names]
    tables = [draw(_tables(f"table/{letter}", vocabulary, names)) for letter in "ab"[: draw(st.integers(0, 2))]]
    guards = [
        draw(_guards(f"guard/{place}", vocabulary, actions, precedence)) for place in range(draw(st.integers(0, 3)))
    ]
    weaker = [row.id for table in tables for row in table.rows]
    rules: list[Rule] = []
    for name in draw(st.permutations(("deposit/1", "deposit/2", "habit/price/1", "no", "010")))[: draw(_sizes())]:
        rules.append(draw(_rules(name, vocabulary, names, [*weaker, *(rule.id for rule in rules)])))
    return RuleBook(
        name=draw(st.sampled_from(["retail", "no", "零售", "a/b-1.0"])),
        version=draw(st.sampled_from(["1.0.0", "1.10", "2026-01-31", "v1"])),
        vocabulary=vocabulary,
        title=draw(_seldom(texts())),
        actions={action.id: action for action in sorted(actions, key=lambda one: one.id)},
        rules=tuple(sorted(rules, key=lambda one: one.id)),
        tables=tuple(tables),
        guards=tuple(guards),
        assumptions=tuple(draw(_assumptions(vocabulary))),
        invariants=tuple(draw(_invariants(vocabulary, actions, precedence))),
        checks=draw(_checks(vocabulary)),
        terms=draw(_terms(vocabulary)),
        precedence=precedence,
        covers=tuple(draw(st.sampled_from([tuple(Kind), (Kind.CARE,), (Kind.DAILY, Kind.SPECIAL)]))),
    )


def _sizes() -> st.SearchStrategy[int]:
    return st.integers(1, 5)


@st.composite
def _assumptions(draw: st.DrawFn, vocabulary: Vocabulary) -> list[Assumption]:
    count = draw(st.sampled_from((0, 0, 1, 2)))
    return [
        Assumption(
            f"assume/{place}",
            draw(conditions(vocabulary, depth=1)),
            replace(draw(_notes(vocabulary)), valid_from=None, valid_until=None),
        )
        for place in range(count)
    ]


@st.composite
def _invariants(
    draw: st.DrawFn, vocabulary: Vocabulary, actions: Sequence[Action], precedence: Sequence[str]
) -> list[Invariant]:
    """Draw what a book may say must be true of every plan; it seldom is."""
    found = []
    for place in range(draw(st.sampled_from((0, 0, 1, 2)))):
        kind = draw(st.sampled_from(InvariantKind))
        select: Selector | None = draw(_selectors(actions, precedence, all_natures=True))
        attribute, order = None, ()
        if kind is InvariantKind.INDEPENDENT:
            attribute = draw(st.sampled_from(sorted(vocabulary)))
            select = draw(st.sampled_from((None, select)))
        if kind is InvariantKind.MONOTONE:
            rising = [name for name in vocabulary if not isinstance(vocabulary[name].type, TextType | SetType)]
            attribute = draw(st.sampled_from(sorted(rising)))
            type_ = vocabulary[attribute].type
            if isinstance(type_, EnumType):
                order = tuple(draw(st.permutations(type_.values)))
        when = draw(st.one_of(st.just(ALWAYS), conditions(vocabulary, depth=1)))
        notes = replace(draw(_notes(vocabulary)), valid_from=None, valid_until=None)
        found.append(Invariant(f"invariant/{place}", kind, select, when, attribute, order, notes))
    return found


@st.composite
def _checks(draw: st.DrawFn, vocabulary: Vocabulary) -> Checks:
    """Draw severities, and exceptions that need not be about anything."""
    names = draw(st.lists(st.sampled_from(CHECKS), unique=True, max_size=2))
    exempt = [
        Exemption(
            draw(st.sampled_from(CHECKS)),
            name,
            replace(draw(_notes(vocabulary)), because=Text(en="meant"), valid_from=None, valid_until=None),
        )
        for name in draw(st.sampled_from(((), ("a",), ("a", "b/*"))))
    ]
    return Checks(
        {name: draw(st.sampled_from(SEVERITIES)) for name in sorted(names)},
        tuple(sorted(exempt, key=lambda one: (one.check, one.at))),
    )


@st.composite
def _terms(draw: st.DrawFn, vocabulary: Vocabulary) -> dict[str, dict[str, Text]]:
    """Draw labels for whole groups of words, so that every word of the catalogue stays declared."""
    groups: dict[str, Sequence[str]] = dict(_WORDS)
    for attribute in vocabulary.attributes.values():
        if isinstance(attribute.type, EnumType) and attribute.name not in groups:
            groups[attribute.name] = attribute.type.values
    chosen = sorted(draw(_some(sorted(groups))))
    return {group: {word: draw(texts()) for word in sorted(groups[group])} for group in chosen}


# Customers


def days(book: RuleBook) -> st.SearchStrategy[date]:
    """Draw a day for a plan: often at, just before or just after a day that the book names."""
    named = {TODAY, *_constants(book).get(AS_OF, ())}
    return st.sampled_from(sorted({day + timedelta(days=shift) for day in named for shift in (-1, 0, 1)}))


@st.composite
def customers_on_days(draw: st.DrawFn, model: type[BaseModel], book: RuleBook) -> tuple[Any, date]:
    """Draw a customer and a day for the plan; values lie at the constants of the book, or just beside them."""
    as_of = draw(days(book))
    return draw(customers(model, book, as_of=as_of)), as_of


@st.composite
def customers(draw: st.DrawFn, model: type[BaseModel], book: RuleBook, *, as_of: date = TODAY) -> Any:
    """Draw a customer: every fact at, just below or just above a constant of the book, or unknown.

    Facts that are derived from a date follow: dates are drawn so many days from `as_of` as the book's constants say.
    """
    constants = _constants(book)
    gaps = {
        gap
        for attribute in book.vocabulary.attributes.values()
        if attribute.is_derived and isinstance(attribute.type, IntegerType)
        for gap in constants.get(attribute.name, ())
    }
    record: dict[str, Any] = {}
    for attribute in book.vocabulary.attributes.values():
        if attribute.name == AS_OF or attribute.is_derived:
            continue
        pool = _near(attribute, constants.get(attribute.name, ()), gaps, as_of)
        known = st.sampled_from(pool) if not isinstance(attribute.type, SetType) else _subsets(attribute.type)
        record[attribute.name] = draw(st.one_of(known, known, known, st.none()) if attribute.optional else known)
    return model.model_validate(record, strict=False)


def _subsets(type_: SetType) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(type_.values), unique=True, max_size=3)


def _near(attribute: Attribute, constants: Iterable[Any], gaps: Iterable[int], as_of: date) -> list[Any]:
    """Return the values worth trying: the constants, their neighbours, and one that is none of them."""
    match attribute.type:
        case EnumType():
            return list(attribute.type.values)
        case BooleanType():
            return [False, True]
        case SetType() | TextType():
            return sorted({"elsewhere", *constants})
        case DateType():
            ahead = {as_of + timedelta(days=gap) for gap in gaps}
            middle = {as_of, TODAY, *constants, *ahead, *(as_of - timedelta(days=gap) for gap in gaps)}
            return sorted({day + timedelta(days=shift) for day in middle for shift in (-1, 0, 1)})
        case IntegerType() | DecimalType():
            step: Ordinal = 1 if isinstance(attribute.type, IntegerType) else Decimal(1).scaleb(-attribute.type.scale)
            middle = {*constants, *_pool(attribute.type)[:2]}
            around = {value + shift for value in middle for shift in (-step, 0, step)}  # type: ignore[operator]
            return sorted(value for value in around if _within(attribute.type, value))
        case _:
            assert_never(attribute.type)


def _constants(book: RuleBook) -> dict[str, set[Any]]:
    """Return every constant of the book by attribute: operands, ends of intervals, budgets, and days of notes."""
    found: dict[str, set[Any]] = {AS_OF: set()}
    for condition in _conditions_of(book):
        for comparison in comparisons(condition):
            for operand in comparison.operands:
                ends = (operand.low, operand.high) if isinstance(operand, Interval) else (operand,)
                found.setdefault(comparison.attribute, set()).update(end for end in ends if end is not None)
    for table in book.tables:
        for column, name in enumerate(table.limits):
            found.setdefault(name, set()).update({table.default, *(row.limits[column] for row in table.rows)})
    rows = [row for table in book.tables for row in table.rows]
    for one in (*book.rules, *book.tables, *rows, *book.guards):
        found[AS_OF].update(day for day in (one.notes.valid_from, one.notes.valid_until) if day)
    for action in book.actions.values():
        found[AS_OF].update(day for day in (action.valid_from, action.valid_until) if day)
    return found


def _conditions_of(book: RuleBook) -> Iterable[Condition]:
    yield from (rule.when for rule in book.rules)
    yield from (guard.when for guard in book.guards)
    yield from (assumption.always for assumption in book.assumptions)
    for table in book.tables:
        for row in table.rows:
            yield from (test for test in row.tests if test is not None)
