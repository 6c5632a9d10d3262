"""Which actions, tables, rules and guards can stand in a rule book?

Everything is valid by construction: what is drawn here loads without an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, time
from functools import cache
from typing import Any, assert_never

from hypothesis import strategies as st

from relmaint.ir.conditions import Comparison, Interval, Operator
from relmaint.ir.rules import Aggregate, Effect, Guard, HitPolicy, Notes, Row, Rule, Selector, Table
from relmaint.model.action import DUTY_NATURES, Action, Due, DueUnit, Kind, Nature, Provenance
from relmaint.rulebook.keys import ROW
from relmaint.testing.strategies.conditions import cells, conditions_over, pool_of
from relmaint.testing.strategies.texts import plain_texts, reasons, texts
from relmaint.vocabulary import (
    AS_OF,
    Attribute,
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
    "ACTION_NAMES",
    "WORDS",
    "actions_called",
    "guards_called",
    "notes_of",
    "rules_called",
    "seldom",
    "selectors",
    "some",
    "tables_called",
]

WORDS = {
    "owner": ("relationship-manager", "branch-manager", "客户经理"),
    "channel": ("app", "sms", "phone", "on"),
    "method": ("revisit", "tracking", "no"),
    "content": ("hardware", "function"),
    "product": ("deposit", "fund"),
    "occasion": ("birthday", "festival"),
}
ACTION_NAMES = ("call", "visit", "greet", "offer", "no", "010", "1e3", "warn", "check.up", "a_b")


@cache
def _words(group: str, *, least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(WORDS[group]), unique=True, min_size=least, max_size=3).map(tuple)


@cache
def _word(group: str) -> st.SearchStrategy[str | None]:
    return st.one_of(st.none(), st.sampled_from(WORDS[group]))


@cache
def seldom(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw `None` twice as often as something."""
    return st.one_of(st.none(), st.none(), strategy)


@cache
@st.composite
def _periods(draw: st.DrawFn) -> tuple[date | None, date | None]:
    day = st.sampled_from(pool_of(DateType()))
    start, end = draw(seldom(day)), draw(seldom(day))
    return (end, start) if start and end and start > end else (start, end)


def notes_of(vocabulary: Vocabulary) -> st.SearchStrategy[Notes]:
    """Draw what a statement says about itself; its reason may name attributes."""
    return _notes_about(tuple(vocabulary))


@cache
@st.composite
def _notes_about(draw: st.DrawFn, names: tuple[str, ...]) -> Notes:
    if draw(st.booleans()):
        return Notes()
    start, end = draw(_periods())
    return Notes(
        because=draw(seldom(reasons(names))),
        source=draw(seldom(plain_texts())),
        provenance=draw(seldom(st.sampled_from(Provenance))),
        owner=draw(seldom(st.just("retail-policy"))),
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
def actions_called(draw: st.DrawFn, name: str, vocabulary: Vocabulary, precedence: Sequence[str]) -> Action:
    """Draw an entry of the catalogue under an id."""
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
        product_risk=draw(seldom(st.integers(1, 5))),
        precedence=draw(st.sampled_from(precedence)),
        base=draw(st.integers(-10, 100)),
        due=draw(seldom(_dues(vocabulary))),
        cadence=draw(seldom(texts())),
        purpose=draw(seldom(texts())),
        occasion=draw(_word("occasion")),
        because=draw(seldom(reasons(tuple(vocabulary)))),
        source=draw(seldom(plain_texts())),
        provenance=draw(seldom(st.sampled_from(Provenance))),
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
            pool = pool_of(type_)
            first, middle, last = pool[len(pool) > 1], pool[len(pool) // 2], pool[-1]
            tests = [Comparison(name, Operator.LT, (first,))] if len(pool) > 1 else []
            if first < middle:
                tests.append(Comparison(name, Operator.INSIDE, (Interval(first, middle, high_closed=False),)))
            tests.append(Comparison(name, Operator.INSIDE, (Interval(middle, last),)))
            if type_.maximum is None:
                tests.append(Comparison(name, Operator.GT, (last,)))
        case _:
            assert_never(type_)
    return [*tests, Comparison(name, Operator.IS_UNKNOWN)]


def _whole_numbers(vocabulary: Vocabulary) -> list[str]:
    """Return the stored whole numbers, which a budget may count."""
    found = (one for one in vocabulary.attributes.values() if not one.is_derived)
    return [one.name for one in found if isinstance(one.type, IntegerType)]


def _is_hour(attribute: Attribute) -> bool:
    return isinstance(attribute.type, IntegerType) and (attribute.type.minimum, attribute.type.maximum) == (0, 23)


_NUMBER_POLICIES = (HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.FIRST, HitPolicy.COLLECT)
_ORDERED_POLICIES = (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)


@st.composite
def tables_called(draw: st.DrawFn, name: str, vocabulary: Vocabulary, actions: Sequence[str]) -> Table:
    """Draw a decision table of any hit policy, which proposes actions or sets budgets."""
    budgets = _whole_numbers(vocabulary)
    limits = [(budgets[0],), tuple(budgets[:2])] if budgets else []
    outputs = draw(st.sampled_from([("do",), ("do", "boost"), ("boost", "do"), *limits]))
    hit = draw(st.sampled_from(tuple(HitPolicy) if "do" in outputs else _NUMBER_POLICIES))
    summed = hit is HitPolicy.COLLECT and ("do" not in outputs or ("boost" in outputs and draw(st.booleans())))
    names = draw(some([one for one in vocabulary if one not in outputs and one not in ROW.by_name], least=1))
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
        notes=draw(notes_of(vocabulary)),
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
        do=draw(some(actions, most=2)) if "do" in outputs else (),
        boost=draw(st.integers(-20, 20)) if "boost" in outputs else 0,
        limits=tuple(draw(st.integers(0, 4)) for one in outputs if one not in ("do", "boost")),
        notes=draw(notes_of(vocabulary)),
    )


def some(words: Sequence[str], *, least: int = 0, most: int = 3) -> st.SearchStrategy[tuple[str, ...]]:
    """Draw a few of the words, none twice."""
    return _some_of(tuple(words), least, most)


@cache
def _some_of(words: tuple[str, ...], least: int, most: int) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(words), unique=True, min_size=least, max_size=most).map(tuple)


# Rules


@st.composite
def rules_called(
    draw: st.DrawFn,
    name: str,
    vocabulary: Vocabulary,
    actions: Sequence[str],
    weaker: Sequence[str],
    *,
    depth: int = 2,
) -> Rule:
    """Draw a rule; it may override `weaker` statements only, so that overrides never make a circle."""
    boost = draw(st.dictionaries(st.sampled_from(list(actions)), st.integers(-30, 30), max_size=2))
    return Rule(
        id=name,
        when=draw(conditions_over(vocabulary, depth=depth)),
        do=draw(some(actions, least=0 if boost else 1)),
        boost=tuple(sorted(boost.items())),
        overrides=tuple(sorted(draw(some(weaker)))) if weaker else (),
        notes=draw(notes_of(vocabulary)),
    )


# Guards


@st.composite
def selectors(draw: st.DrawFn, actions: Sequence[Action], precedence: Sequence[str], *, all_natures: bool) -> Selector:
    """Draw a selector; unless `all_natures`, it names no duty and no duty's nature."""
    eligible = [action for action in actions if all_natures or action.nature not in DUTY_NATURES]
    choices: dict[str, Sequence[str]] = {
        "action": [action.id for action in eligible],
        "kind": list(map(str, Kind)),
        "nature": [str(nature) for nature in Nature if all_natures or nature not in DUTY_NATURES],
        "content": WORDS["content"],
        "methods": WORDS["method"],
        "channel": WORDS["channel"],
        "owner": WORDS["owner"],
        "product": WORDS["product"],
        "product_risk": ("1", "2", "3", "4", "5"),
        "precedence": precedence,
        "occasion": WORDS["occasion"],
        "proactive": ("true", "false"),
    }
    usual = [name for name in ("nature", "nature", "kind", "action") if choices[name]]
    fields = {draw(st.sampled_from(usual)), *draw(some([name for name in choices if choices[name]], most=1))}
    unless = draw(seldom(some([action.id for action in actions], least=1, most=2)))
    return Selector(
        tuple((name, draw(some(choices[name], least=1))) for name in sorted(fields)),
        unless or (),
    )


@st.composite
def guards_called(
    draw: st.DrawFn, name: str, vocabulary: Vocabulary, actions: Sequence[Action], precedence: Sequence[str]
) -> Guard:
    """Draw a guard of any effect; it selects no duty that it could take away."""
    effect = draw(st.sampled_from(Effect))
    clocks = [one for one in _whole_numbers(vocabulary) if _is_hour(vocabulary[one])]
    if effect is Effect.DEFER and not clocks:
        effect = Effect.WITHHOLD
    select = draw(selectors(actions, precedence, all_natures=effect not in (Effect.WITHHOLD, Effect.HOLD)))
    needs = None
    if effect is Effect.HOLD:
        # Every hold of a book needs the same action and spares it: holds never wait for each other.
        needs = actions[0].id
        select = Selector(select.fields, tuple(sorted({*select.unless, needs})))
    notes = draw(notes_of(vocabulary))
    if effect is Effect.DEFER:
        notes = replace(notes, valid_until=None)  # `until` is the time of day here
    return Guard(
        id=name,
        when=draw(conditions_over(vocabulary, depth=1)),
        effect=effect,
        select=select,
        needs=needs,
        to=draw(st.sampled_from(WORDS["owner"])) if effect is Effect.ROUTE else None,
        channels=draw(_words("channel", least=1)) if effect is Effect.RESTRICT else (),
        until=draw(st.sampled_from([time(9), time(0), time(8, 30), time(17, 5)])) if effect is Effect.DEFER else None,
        clock=clocks[0] if effect is Effect.DEFER else None,
        notes=notes,
    )
