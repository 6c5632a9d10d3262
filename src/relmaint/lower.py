"""Which boxes over which axes does a rule book come down to?

The one place where conditions become classes: every backend, proof and generator sees the result only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, assert_never

from relmaint.errors import RelmaintError
from relmaint.ir.conditions import And, Comparison, Condition, Interval, Not, Operator, Or, comparisons, negated
from relmaint.ir.program import Axis, Box, Program, Statement
from relmaint.ir.rules import Notes, Row, RuleBook, Table
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
    step_after,
)

__all__ = [
    "MAXIMUM_BOXES",
    "MAXIMUM_BUDGET",
    "ExpansionError",
    "boxes_of",
    "expansion",
    "lower",
    "numbers_of",
    "row_condition",
    "statements_of",
    "with_dates",
]

MAXIMUM_BOXES = 4096
"""No statement may fall apart into more boxes; a longer one is refused with advice, never cut off."""

_Range = tuple[Any, Any]
"""A half-open stretch of a grid: the first value inside and the first one past it; `None` is an open end."""


class ExpansionError(RelmaintError):
    """A statement falls apart into more than `MAXIMUM_BOXES` boxes."""

    def __init__(self, statement: str, boxes: int) -> None:
        """Name the statement and what it came to."""
        self.statement, self.boxes = statement, boxes
        super().__init__(f"`{statement}` falls apart into {boxes} boxes, more than {MAXIMUM_BOXES}")


def lower(book: RuleBook, *, beside: Sequence[RuleBook] = (), also: Iterable[Condition] = ()) -> Program:
    """Lower a rule book to a program.

    Args:
        beside: further books over the same vocabulary, and
        also: further conditions without `not`; their constants cut the axes too, so that `boxes_of` can lower them.

    Raises:
        ExpansionError: a statement falls apart into too many boxes; the loader reports this before.
    """
    statements = tuple(statements_of(book))
    spoken = [one.when for one in statements]
    spoken += [one.when for other in beside for one in statements_of(other)]
    axes = _axes((book, *beside), [*spoken, *also])
    counted = _counted(book)
    number = numbers_of(axes)
    boxes: list[Box] = []
    owner: list[int] = []
    for index, statement in enumerate(statements):
        if (size := expansion(statement.when)) > MAXIMUM_BOXES:
            raise ExpansionError(statement.id, size)
        found = boxes_of(statement.when, axes, number)
        boxes.extend(found)
        owner.extend([index] * len(found))
    return Program(book, statements, axes, tuple(boxes), tuple(owner), {name: number[name, None] for name in counted})


def numbers_of(axes: Iterable[Axis]) -> dict[tuple[str, str | None], int]:
    """Return the number of each axis by its attribute and member."""
    return {(axis.attribute, axis.member): index for index, axis in enumerate(axes)}


def statements_of(book: RuleBook) -> Iterator[Statement]:
    """Yield everything of a book that can match, in canonical order, with its dates folded into its condition."""
    for rule in book.rules:
        yield Statement(rule.id, "rule", with_dates(rule.when, rule.notes))
    for table in book.tables:
        for row in table.rows:
            yield Statement(row.id, "row", negated(row_condition(table, row)))
    for guard in book.guards:
        yield Statement(guard.id, "guard", with_dates(guard.when, guard.notes))
    for action in book.actions.values():
        if action.valid_from or action.valid_until:
            dates = Notes(valid_from=action.valid_from, valid_until=action.valid_until)
            yield Statement(action.id, "action", with_dates(And(()), dates))


def row_condition(table: Table, row: Row) -> Condition:
    """Return the condition of one row: all its tests, and the dates of the row and of its table."""
    tests = tuple(test for test in row.tests if test is not None)
    return _all([*tests, *_dates(row.notes), *_dates(table.notes)])


def with_dates(condition: Condition, notes: Notes) -> Condition:
    """Return the condition, without `not`, on the days on which the notes say that it holds."""
    return negated(_all([condition, *_dates(notes)]))


def _dates(notes: Notes) -> Iterator[Comparison]:
    if notes.valid_from is not None:
        yield Comparison(AS_OF, Operator.GE, (notes.valid_from,))
    if notes.valid_until is not None:
        yield Comparison(AS_OF, Operator.LE, (notes.valid_until,))


def _all(parts: list[Any]) -> Condition:
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def expansion(condition: Condition) -> int:
    """Return how many boxes a condition can come to, without looking at any axis."""
    return _expansion(negated(condition))[0]


def _expansion(condition: Condition) -> tuple[int, str | None]:
    """Return the number of boxes, and the attribute when the condition is about one attribute only."""
    match condition:
        case Comparison():
            return 1, condition.attribute
        case And():
            product = 1
            sole = set()
            for size, attribute in map(_expansion, condition.parts):
                product *= size
                sole.add(attribute)
            return (1, sole.pop()) if len(sole) == 1 and None not in sole else (product, None)
        case Or():
            total = 0
            alone = set()
            for size, attribute in map(_expansion, condition.parts):
                total += size if attribute is None else 0
                alone.add(attribute)
            named = alone - {None}
            return total + len(named), named.pop() if len(alone) == 1 and named else None
        case Not():  # pragma: no cover  # `expansion` left none
            return _expansion(negated(condition))
        case _:
            assert_never(condition)


def _counted(book: RuleBook) -> list[str]:
    return sorted({name for table in book.tables for name in table.limits})


def _axes(books: Sequence[RuleBook], conditions: Iterable[Condition]) -> tuple[Axis, ...]:
    """Collect the axes that the conditions speak of, each cut at every constant."""
    cuts: defaultdict[tuple[str, str | None], set[Any]] = defaultdict(set)
    vocabulary = books[0].vocabulary
    for condition in conditions:
        for comparison in comparisons(condition):
            attribute = vocabulary[comparison.attribute]
            cuts[_axis_key(attribute, comparison)].update(_ends(attribute, comparison))
    for book in books:
        for name in _counted(book):
            cuts[name, None].update(range(1, _largest_budget(book, name) + 1))
    keys = sorted(cuts, key=lambda key: (key[0], key[1] or ""))
    return tuple(_axis(vocabulary, name, member, cuts[name, member]) for name, member in keys)


def _largest_budget(book: RuleBook, name: str) -> int:
    """Return a number that no budget on the attribute exceeds."""
    largest = 0
    for table in book.tables:
        if name in table.limits:
            column = table.limits.index(name)
            numbers = [row.limits[column] for row in table.rows]
            largest = max(largest, table.default, len(numbers), sum(number for number in numbers if number > 0))
    return min(largest, MAXIMUM_BUDGET)


MAXIMUM_BUDGET = 1000
"""Budgets above this are never reached: no book cuts the count of contacts more finely."""


def _axis_key(attribute: Attribute, comparison: Comparison) -> tuple[str, str | None]:
    if not isinstance(attribute.type, SetType):
        return attribute.name, None
    word = comparison.operands[0] if comparison.operands else attribute.type.values[0]
    return attribute.name, str(word)


def _ends(attribute: Attribute, comparison: Comparison) -> Iterator[Any]:
    match attribute.type:
        case IntegerType() | DecimalType() | DateType():
            for low, high in _ranges(attribute.type, comparison):
                yield from (end for end in (low, high) if end is not None)
        case TextType():
            yield from comparison.operands
        case EnumType() | BooleanType() | SetType():
            return
        case _:
            assert_never(attribute.type)


def _axis(vocabulary: Vocabulary, name: str, member: str | None, cuts: set[Any]) -> Axis:
    attribute = vocabulary[name]
    match attribute.type:
        case IntegerType() | DecimalType() | DateType():
            low, high = attribute.type.minimum, attribute.type.maximum
            inner = sorted(cut for cut in cuts if (low is None or cut > low) and (high is None or cut <= high))
            return Axis(name, attribute.type, attribute.optional, cuts=tuple(inner))
        case TextType():
            return Axis(name, attribute.type, attribute.optional, words=tuple(sorted(cuts)))
        case SetType() | EnumType() | BooleanType():
            return Axis(name, attribute.type, attribute.optional, member=member)
        case _:
            assert_never(attribute.type)


def boxes_of(condition: Condition, axes: tuple[Axis, ...], number: dict[tuple[str, str | None], int]) -> list[Box]:
    """Lower one condition without `not` to boxes; an impossible one comes to none."""
    return [tuple(sorted(box.items())) for box in _boxes(condition, axes, number)]


_OpenBox = dict[int, int]


def _boxes(condition: Condition, axes: tuple[Axis, ...], number: dict[tuple[str, str | None], int]) -> list[_OpenBox]:
    match condition:
        case Comparison():
            index, mask = _mask(condition, axes, number)
            if mask == axes[index].everything:
                return [{}]
            return [{index: mask}] if mask else []
        case And():
            product: list[_OpenBox] = [{}]
            for part in condition.parts:
                factor = _boxes(part, axes, number)
                product = [both for one in product for other in factor if (both := _meet(one, other)) is not None]
            return product
        case Or():
            return _joined([box for part in condition.parts for box in _boxes(part, axes, number)], axes)
        case Not():  # pragma: no cover  # statements have none, and `boxes_of` asks for none
            return _boxes(negated(condition), axes, number)
        case _:
            assert_never(condition)


def _meet(one: _OpenBox, other: _OpenBox) -> _OpenBox | None:
    both = dict(one)
    for index, mask in other.items():
        met = both.get(index, mask) & mask
        if not met:
            return None
        both[index] = met
    return both


def _joined(boxes: list[_OpenBox], axes: tuple[Axis, ...]) -> list[_OpenBox]:
    """Join boxes about one and the same axis into one, and drop repeated ones."""
    single: dict[int, int] = {}
    rest: dict[Box, _OpenBox] = {}
    for box in boxes:
        if len(box) == 1:
            ((index, mask),) = box.items()
            single[index] = single.get(index, 0) | mask
        else:
            rest[tuple(sorted(box.items()))] = box
    if () in rest or any(mask == axes[index].everything for index, mask in single.items()):
        return [{}]
    return [*({index: mask} for index, mask in single.items()), *rest.values()]


def _mask(comparison: Comparison, axes: tuple[Axis, ...], number: dict[tuple[str, str | None], int]) -> tuple[int, int]:
    """Return the axis of a comparison and the classes in which it is true."""
    operator, operands = comparison.operator, comparison.operands
    index = number.get((comparison.attribute, None))
    if index is None:
        word = str(operands[0]) if operands else None
        index = number[comparison.attribute, word] if word is not None else _first_member(comparison, axes, number)
    axis = axes[index]
    known, unknown = axis.known, 1 if axis.optional else 0
    match operator:
        case Operator.IS_KNOWN:
            return index, known
        case Operator.IS_UNKNOWN:
            return index, unknown
        case Operator.IS_TRUE:
            return index, 0b100
        case Operator.IS_NOT_TRUE:
            return index, 0b010 | unknown
        case Operator.IS_FALSE:
            return index, 0b010
        case Operator.IS_NOT_FALSE:
            return index, 0b100 | unknown
        case Operator.HAS:
            return index, 0b100
        case Operator.LACKS:
            return index, 0b010
        case _:
            return index, _known_mask(axis, comparison)


def _first_member(comparison: Comparison, axes: tuple[Axis, ...], number: dict[tuple[str, str | None], int]) -> int:
    return min(index for (name, _), index in number.items() if name == comparison.attribute and axes[index])


def _known_mask(axis: Axis, comparison: Comparison) -> int:
    match axis.type:
        case IntegerType() | DecimalType() | DateType():
            mask = 0
            for low, high in _ranges(axis.type, comparison):
                mask |= _range_mask(axis, low, high)
        case _:
            mask = 0
            for operand in comparison.operands:
                mask |= 1 << axis.class_of(operand)
    negative = comparison.operator in (Operator.NE, Operator.NOT_IN, Operator.OUTSIDE)
    return axis.known & ~mask if negative else mask


def _range_mask(axis: Axis, low: Any, high: Any) -> int:
    minimum, maximum = getattr(axis.type, "minimum", None), getattr(axis.type, "maximum", None)
    if (low is not None and maximum is not None and low > maximum) or (
        high is not None and minimum is not None and high <= minimum
    ):
        return 0
    start = 1 if low is None else axis.class_of(low)
    end = axis.size if high is None or (maximum is not None and high > maximum) else axis.class_of(high)
    return (1 << end) - (1 << start) if end > start else 0


def _ranges(type_: IntegerType | DecimalType | DateType, comparison: Comparison) -> list[_Range]:
    """Return the stretches that a comparison is about; for a negated operator, those that it excludes."""
    operands: tuple[Any, ...] = comparison.operands
    match comparison.operator:
        case Operator.EQ | Operator.NE | Operator.IN | Operator.NOT_IN:
            return [(value, _after(type_, value)) for value in operands]
        case Operator.LT:
            return [(None, operands[0])]
        case Operator.LE:
            return [(None, _after(type_, operands[0]))]
        case Operator.GT:
            start = _after(type_, operands[0])
            return [] if start is None else [(start, None)]
        case Operator.GE:
            return [(operands[0], None)]
        case Operator.INSIDE | Operator.OUTSIDE:
            return _interval_ranges(type_, operands[0])
        case _:
            return []


def _interval_ranges(type_: IntegerType | DecimalType | DateType, interval: Interval) -> list[_Range]:
    low, high = interval.low, interval.high
    start = low if low is None or interval.low_closed else _after(type_, low)
    if low is not None and start is None:
        return []
    return [(start, high if high is None or not interval.high_closed else _after(type_, high))]


def _after(type_: IntegerType | DecimalType | DateType, value: Any) -> Any:
    """Return the next value of the grid; `None` after the last day that the calendar has."""
    return None if value == date.max else step_after(type_, value)
