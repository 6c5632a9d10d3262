"""Which small mistakes could stand in a book: each of them made once, on purpose?

A mutant is the book with one edit. Edits that come to the same boxes of the same statement are one mutant. Some edits
together ask for one thing that cases should show: that a statement matters, both sides of a constant, or the effect of
a comparison on its own; the mutant names that aim.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from relmaint.diagnostics import Span
from relmaint.ir.conditions import (
    NEGATIONS,
    And,
    Comparison,
    Condition,
    Interval,
    Not,
    Operator,
    Or,
    show_comparison,
    show_condition,
)
from relmaint.ir.rules import Guard, HitPolicy, Row, Rule, RuleBook, Selector, Table
from relmaint.lower import statements_of
from relmaint.model.action import Action
from relmaint.vocabulary import DateType, DecimalType, IntegerType, ValueType, show_value, step_after

__all__ = ["Aim", "Aspect", "Mutant", "mutants_of"]

Part = Rule | Row | Guard | Action


_NEVER = Or(())


class Aspect(StrEnum):
    """What of a book a set of cases should show."""

    STATEMENT = "statement"
    """A rule, row or guard matters: dropping it shows."""
    BOUNDARY = "boundary"
    """Both sides of a constant: moving it by one step, or taking it from a list, shows."""
    CONDITION = "condition"
    """The effect of a comparison on its own (MC/DC): turning it round, and dropping it, shows."""


class Aim(NamedTuple):
    """One thing that a set of cases should show; the mutants of one aim ask for it together.

    Args:
        aspect: what kind of thing it is.
        role: `rule`, `row` or `guard`.
        statement: the id of the rule, row or guard.
        text: the comparison, or the constant within its comparison; the id for a statement.
        span: where it is.
    """

    aspect: Aspect
    role: str
    statement: str
    text: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Mutant:
    """One edit of a book.

    Args:
        statement: the id of the rule, row, guard, action or table that is edited.
        role: `rule`, `row`, `guard`, `action` or `table`.
        span: where the edit is.
        change: what the edit is, in a sentence.
        book: the edited book.
        when: the condition of the edited statement, its dates included; `None` when its condition is unchanged.
        parts: the edited statement, before and after.
        table: the id of the table that a row belongs to.
        aim: what a case that shows the edit helps to show; `None` for edits of what is proposed, and how.
    """

    statement: str
    role: str
    span: Span | None
    change: str
    book: RuleBook
    when: Condition | None
    parts: tuple[Part, ...]
    table: str | None = None
    aim: Aim | None = None


class _Edit(NamedTuple):
    """A condition with one edit: where it is, what it is in a sentence, and which part of which aspect it is about."""

    when: Condition
    span: Span | None
    change: str
    aspect: Aspect
    text: str


def mutants_of(book: RuleBook) -> Iterator[Mutant]:
    """Yield every mutant of a book, statement by statement in the order of the book."""
    for place, rule in enumerate(book.rules):
        yield from _rule_mutants(book, place, rule)
    for place, table in enumerate(book.tables):
        yield from _table_mutants(book, place, table)
    for place, guard in enumerate(book.guards):
        yield from _guard_mutants(book, place, guard)
    for action in book.actions.values():
        for base, change in _points(book, action.id, action.base, 0):
            new = action.model_copy(update={"base": base})
            edited = replace(book, actions={**book.actions, action.id: new})
            text = f"the base of `{action.id}` {change}"
            yield Mutant(action.id, "action", book.action_spans.get(action.id), text, edited, None, (action, new))


# --- rules -----------------------------------------------------------------------------------------------------------


def _rule_mutants(book: RuleBook, place: int, rule: Rule) -> Iterator[Mutant]:
    def mutant(new: Rule, change: str, edit: _Edit | None = None) -> Mutant:
        edited = replace(book, rules=_swapped(book.rules, place, new))
        when = _when(replace(_bare(book), rules=(new,))) if edit is not None else None
        span, aim = _aimed(edit, "rule", rule)
        return Mutant(rule.id, "rule", span, change, edited, when, (rule, new), aim=aim)

    without = replace(book, rules=(*book.rules[:place], *book.rules[place + 1 :]))
    text, aim = f"the rule `{rule.id}` is dropped", _whole("rule", rule)
    yield Mutant(rule.id, "rule", rule.span, text, without, _NEVER, (rule,), aim=aim)
    for edit in _conditions(book, rule.when):
        yield mutant(replace(rule, when=edit.when), edit.change, edit)
    for action, rest in _each_dropped(rule.do):
        if rest or rule.boost or rule.overrides:
            yield mutant(replace(rule, do=rest), f"`do` of `{rule.id}` loses `{action}`")
        if (other := _other_action(book, action, rule.do)) is not None:
            new = replace(rule, do=tuple(other if one == action else one for one in rule.do))
            yield mutant(new, f"`do` of `{rule.id}` has `{other}` instead of `{action}`")
    for at, (action, points) in enumerate(rule.boost):
        for number, change in _points(book, action, points, book.actions[action].base):
            new = replace(rule, boost=_swapped(rule.boost, at, (action, number)))
            yield mutant(new, f"the boost of `{action}` in `{rule.id}` {change}")
    for target, rest in _each_dropped(rule.overrides):
        yield mutant(replace(rule, overrides=rest), f"`{rule.id}` no longer overrides `{target}`")


def _points(book: RuleBook, action: str, points: int, base: int) -> Iterator[tuple[int, str]]:
    """Yield points next to these, and those that carry the action past its nearest rivals."""
    own = book.actions[action]
    rivals = [one.base for one in book.actions.values() if one.precedence == own.precedence and one.id != action]
    score = base + points
    numbers = [points - 1, points + 1]
    if higher := [one for one in rivals if one >= score]:
        numbers.append(min(higher) + 1 - base)
    if lower := [one for one in rivals if one <= score]:
        numbers.append(max(lower) - 1 - base)
    for number in dict.fromkeys(numbers):
        yield number, f"is {number} instead of {points}"


def _other_action(book: RuleBook, action: str, beside: Sequence[str]) -> str | None:
    """Return the next action of the same kind that is not there yet."""
    same = [one.id for one in book.actions.values() if one.kind == book.actions[action].kind]
    at = same.index(action)
    return next((one for one in (*same[at + 1 :], *same[:at]) if one not in beside), None)


# --- tables ----------------------------------------------------------------------------------------------------------


def _table_mutants(book: RuleBook, place: int, table: Table) -> Iterator[Mutant]:
    def edited(new: Table) -> RuleBook:
        return replace(book, tables=_swapped(book.tables, place, new))

    for at, row in enumerate(table.rows):
        rest = replace(table, rows=(*table.rows[:at], *table.rows[at + 1 :]))
        text = f"the row `{row.id}` is dropped"
        yield Mutant(row.id, "row", row.span, text, edited(rest), _NEVER, (row,), table.id, _whole("row", row))
        for new, change, edit in _row_edits(book, table, row):
            other = replace(table, rows=_swapped(table.rows, at, new))
            when = _when(replace(_bare(book), tables=(replace(table, rows=(new,)),))) if edit is not None else None
            span, aim = _aimed(edit, "row", row)
            yield Mutant(row.id, "row", span, change, edited(other), when, (row, new), table.id, aim)
    if table.hit in (HitPolicy.FIRST, HitPolicy.PRIORITY, HitPolicy.RULE_ORDER):
        for at in range(len(table.rows) - 1):
            one, other_row = table.rows[at : at + 2]
            rows = (*table.rows[:at], other_row, one, *table.rows[at + 2 :])
            text = f"the rows `{one.id}` and `{other_row.id}` change places"
            new_book = edited(replace(table, rows=rows))
            yield Mutant(one.id, "row", one.span, text, new_book, None, (one, other_row), table.id)
    for number in (table.default - 1, table.default + 1) if table.limits else ():
        text = f"the default of `{table.id}` is {number} instead of {table.default}"
        yield Mutant(table.id, "table", table.span, text, edited(replace(table, default=number)), None, (), table.id)


def _row_edits(book: RuleBook, table: Table, row: Row) -> Iterator[tuple[Row, str, _Edit | None]]:
    for at, test in enumerate(row.tests):
        if test is None:
            continue
        gone = f"`{show_comparison(test)}` is dropped"
        edits: list[tuple[Comparison | None, _Edit]] = [
            (None, _Edit(test, test.span, gone, Aspect.CONDITION, show_comparison(test)))
        ]
        edits += _comparisons(book, test)
        for new, edit in edits:
            yield replace(row, tests=_swapped(row.tests, at, new)), edit.change, edit
    for action, rest in _each_dropped(row.do):
        yield replace(row, do=rest), f"`do` of `{row.id}` loses `{action}`", None
        if (other := _other_action(book, action, row.do)) is not None:
            new_row = replace(row, do=tuple(other if one == action else one for one in row.do))
            yield new_row, f"`do` of `{row.id}` has `{other}` instead of `{action}`", None
    if "boost" in table.outputs:
        for number in (row.boost - 1, row.boost + 1):
            yield replace(row, boost=number), f"the boost of `{row.id}` is {number} instead of {row.boost}", None
    for at, limit in enumerate(row.limits):
        for number in (limit - 1, limit + 1):
            text = f"`{table.limits[at]}` of `{row.id}` is {number} instead of {limit}"
            yield replace(row, limits=_swapped(row.limits, at, number)), text, None


# --- guards ----------------------------------------------------------------------------------------------------------


def _guard_mutants(book: RuleBook, place: int, guard: Guard) -> Iterator[Mutant]:
    def mutant(new: Guard, change: str, edit: _Edit | None = None) -> Mutant:
        edited = replace(book, guards=_swapped(book.guards, place, new))
        when = _when(replace(_bare(book), guards=(new,))) if edit is not None else None
        span, aim = _aimed(edit, "guard", guard)
        return Mutant(guard.id, "guard", span, change, edited, when, (guard, new), aim=aim)

    without = replace(book, guards=(*book.guards[:place], *book.guards[place + 1 :]))
    text, aim = f"the guard `{guard.id}` is dropped", _whole("guard", guard)
    yield Mutant(guard.id, "guard", guard.span, text, without, _NEVER, (guard,), aim=aim)
    for edit in _conditions(book, guard.when):
        yield mutant(replace(guard, when=edit.when), edit.change, edit)
    for select, change in _selectors(book, guard.select):
        yield mutant(replace(guard, select=select), f"`{guard.effect}` of `{guard.id}` {change}")
    for channel, rest in _each_dropped(guard.channels):
        yield mutant(replace(guard, channels=rest), f"`channels` of `{guard.id}` loses `{channel}`")
    if guard.until is not None:
        for hour in (guard.until.hour - 1, guard.until.hour + 1):
            if 0 <= hour < _HOURS:
                until = time(hour, guard.until.minute)
                said = f"`until` of `{guard.id}` is {until:%H:%M} instead of {guard.until:%H:%M}"
                yield mutant(replace(guard, until=until), said)
    if guard.to is not None:
        owners = sorted({one.owner for one in book.actions.values() if one.owner is not None} - {guard.to})
        if owners:
            yield mutant(replace(guard, to=owners[0]), f"`to` of `{guard.id}` is `{owners[0]}` instead of `{guard.to}`")


_HOURS = 24


def _selectors(book: RuleBook, selector: Selector) -> Iterator[tuple[Selector, str]]:
    for at, (name, words) in enumerate(selector.fields):
        for word, rest in _each_dropped(words):
            if rest:
                yield replace(selector, fields=_swapped(selector.fields, at, (name, rest))), f"loses `{name}: {word}`"
        if len(selector.fields) > 1:
            fields = (*selector.fields[:at], *selector.fields[at + 1 :])
            yield replace(selector, fields=fields), f"loses `{name}`"
        if (further := _further_word(book, name, words)) is not None:
            fields = _swapped(selector.fields, at, (name, tuple(sorted((*words, further)))))
            yield replace(selector, fields=fields), f"gains `{name}: {further}`"
    for action, rest in _each_dropped(selector.unless):
        yield replace(selector, unless=rest), f"loses `unless: {action}`"


def _further_word(book: RuleBook, name: str, words: Sequence[str]) -> str | None:
    """Return the first word of a field that some action other than a duty has, and the selector does not name."""
    found: set[str] = set()
    for action in book.actions.values():
        value = action.id if name == "action" else getattr(action, name)
        if value is None or action.is_duty or isinstance(value, bool):
            continue
        found.update(value if isinstance(value, tuple) else (str(value),))
    return min(found - set(words), default=None)


# --- conditions ------------------------------------------------------------------------------------------------------


def _whole(role: str, statement: Rule | Row | Guard) -> Aim:
    return Aim(Aspect.STATEMENT, role, statement.id, statement.id, statement.span)


def _aimed(edit: _Edit | None, role: str, statement: Rule | Row | Guard) -> tuple[Span | None, Aim | None]:
    """Return where an edit is, and what it helps to show."""
    if edit is None:
        return statement.span, None
    span = edit.span or statement.span
    return span, Aim(edit.aspect, role, statement.id, edit.text, span)


def _conditions(book: RuleBook, condition: Condition) -> Iterator[_Edit]:
    """Yield the condition with one edit."""
    match condition:
        case Comparison():
            yield from (edit for _, edit in _comparisons(book, condition))
        case Not(part):
            shown = show_condition(part)
            turned = f"`not ({shown})` becomes `{shown}`"
            yield _Edit(part, _span_of(part), turned, Aspect.CONDITION, shown)
            for edit in _conditions(book, part):
                yield edit._replace(when=Not(edit.when))
        case And(parts) | Or(parts):
            for at, part in enumerate(parts):
                rest = (*parts[:at], *parts[at + 1 :])
                if rest:
                    gone = rest[0] if len(rest) == 1 else replace(condition, parts=rest)
                    shown = show_condition(part)
                    yield _Edit(gone, _span_of(part), f"`{shown}` is dropped", Aspect.CONDITION, shown)
                for edit in _conditions(book, part):
                    yield edit._replace(when=replace(condition, parts=_swapped(parts, at, edit.when)))


def _span_of(condition: Condition) -> Span | None:
    match condition:
        case Comparison(span=span):
            return span
        case Not(part):
            return _span_of(part)
        case And(parts) | Or(parts):
            return next((span for part in parts if (span := _span_of(part)) is not None), None)


def _comparisons(book: RuleBook, one: Comparison) -> Iterator[tuple[Comparison, _Edit]]:
    """Yield one comparison negated, with its operator or a constant moved by one step, or with a word less."""
    shown = show_comparison(one)
    for new, constant in _variants(book.vocabulary[one.attribute].type, one):
        aspect, text = Aspect.CONDITION, shown
        if constant is not None:
            aspect, text = Aspect.BOUNDARY, f"{constant} in {shown}" if constant not in shown.split()[-1:] else shown
        yield new, _Edit(new, one.span, f"`{shown}` becomes `{show_comparison(new)}`", aspect, text)


_EDGES = {Operator.LT: Operator.LE, Operator.LE: Operator.LT, Operator.GT: Operator.GE, Operator.GE: Operator.GT}


def _variants(type_: ValueType, one: Comparison) -> Iterator[tuple[Comparison, str | None]]:
    """Yield the comparison with one edit, and the constant that it is about; `None` when it is negated."""
    yield replace(one, operator=NEGATIONS[one.operator]), None
    if one.operator in _EDGES:
        yield replace(one, operator=_EDGES[one.operator]), _constant(one.operands[0])
    if len(one.operands) > 1:
        for at, operand in enumerate(one.operands):
            yield replace(one, operands=(*one.operands[:at], *one.operands[at + 1 :])), _constant(operand)
    if not isinstance(type_, (IntegerType, DecimalType, DateType)):
        return
    for at, operand in enumerate(one.operands):
        for moved, constant in _moved(type_, operand):
            yield replace(one, operands=_swapped(one.operands, at, moved)), constant


def _constant(operand: Any) -> str:  # Any: a value or an interval
    return f"[{operand.low}..{operand.high}]" if isinstance(operand, Interval) else show_value(operand)


def _moved(
    type_: IntegerType | DecimalType | DateType, operand: Any
) -> Iterator[tuple[Any, str]]:  # Any: a value or an interval
    """Yield an operand with one end moved by a step, and the end."""
    if not isinstance(operand, Interval):
        yield from ((moved, show_value(operand)) for moved in _beside(type_, operand))
        return
    for low in _beside(type_, operand.low):
        yield replace(operand, low=low), show_value(operand.low)
    for high in _beside(type_, operand.high):
        yield replace(operand, high=high), show_value(operand.high)


def _beside(type_: IntegerType | DecimalType | DateType, value: Any) -> Iterator[Any]:  # Any: what the type holds
    """Yield the values one step below and above."""
    if value is None:
        return
    match type_:
        case IntegerType():
            yield value - 1
        case DecimalType():
            yield Decimal(value) - Decimal(1).scaleb(-type_.scale)
        case DateType() if value > date.min:
            yield value - timedelta(days=1)
    if value != date.max:
        yield step_after(type_, value)


# --- parts of tuples -------------------------------------------------------------------------------------------------

Item = TypeVar("Item")


def _swapped(items: tuple[Item, ...], at: int, new: Item) -> tuple[Item, ...]:
    return (*items[:at], new, *items[at + 1 :])


def _each_dropped(items: tuple[Item, ...]) -> Iterable[tuple[Item, tuple[Item, ...]]]:
    return [(one, (*items[:at], *items[at + 1 :])) for at, one in enumerate(items)]


def _bare(book: RuleBook) -> RuleBook:
    """Return a book over the same vocabulary that says nothing."""
    return RuleBook(book.name, book.version, book.vocabulary)


def _when(book: RuleBook) -> Condition:
    """Return the condition of the only statement of a book, with its dates."""
    (statement,) = statements_of(book)
    return statement.when
