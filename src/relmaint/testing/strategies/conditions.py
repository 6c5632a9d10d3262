"""Which conditions can a rule book ask, and near which constants?

Constants come from small pools, so that rules meet, overlap and contradict each other often.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, assert_never

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from pydantic import BaseModel

from relmaint.ir.conditions import (
    ALWAYS,
    And,
    Comparison,
    Condition,
    Interval,
    Not,
    Operator,
    Or,
)
from relmaint.model.attributes import vocabulary_of
from relmaint.model.customer import Customer
from relmaint.testing.strategies.arguments import expect_model
from relmaint.testing.strategies.texts import plain_texts
from relmaint.vocabulary import (
    Attribute,
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    IntegerType,
    OrderedType,
    SetType,
    TextType,
    Value,
    Vocabulary,
    step_after,
)

__all__ = ["cells", "comparisons_of", "conditions", "conditions_over", "pool_of", "values"]

_TODAY = date(2026, 6, 15)
"""The middle of all drawn constants that are days."""


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
            return st.sampled_from(pool_of(attribute.type))
        case _:
            assert_never(attribute.type)


@cache
def pool_of(type_: OrderedType) -> tuple[Any, ...]:
    """Return a few values of an ordered type, in order, neighbours and the ends of its range among them."""
    match type_:
        case IntegerType():
            found: list[Any] = [-3, 0, 1, 2, 3, 5, 7, 8, 30, 31]
        case DecimalType():
            grid = Decimal(1).scaleb(-type_.scale)
            found = [Decimal("-0.3"), Decimal(0), grid, Decimal("0.5"), Decimal(1), Decimal(1) + grid, Decimal(50_000)]
        case DateType():
            found = [_TODAY + timedelta(days=days) for days in (-31, -1, 0, 1, 7, 8, 200)]
        case _:
            assert_never(type_)
    found.extend(end for end in (type_.minimum, type_.maximum) if end is not None)
    return tuple(sorted({value for value in found if _within(type_, value)}))


def _within(type_: OrderedType, value: Any) -> bool:
    return (type_.minimum is None or value >= type_.minimum) and (type_.maximum is None or value <= type_.maximum)


@cache
@st.composite
def intervals_of(draw: st.DrawFn, type_: OrderedType) -> Interval:
    """Draw an interval that holds at least one value; an open end is written with a round bracket."""
    pool = pool_of(type_)
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
                return Comparison(name, operator, (draw(intervals_of(type_)),))
        case _:
            assert_never(type_)
    if operator in _AMONG:
        return Comparison(name, operator, tuple(draw(st.lists(values(attribute), min_size=1, max_size=3, unique=True))))
    if operator in (*_KNOWN, *_TRUTH):
        return Comparison(name, operator)
    return Comparison(name, operator, (draw(values(attribute)),))


def conditions(model: type[BaseModel] = Customer, *, max_depth: int = 2) -> st.SearchStrategy[Condition]:
    """Draw conditions on the attributes of a model: mostly a comparison or a shallow combination of comparisons.

    Every operator that fits an attribute is drawn, `not` too, and now and then `always` or `never`; they shrink to
    one comparison.

    Args:
        model: the customer model.
        max_depth: how deeply `and`, `or` and `not` stand inside each other, at most.

    Raises:
        InvalidArgument: `model` is no customer model, or `max_depth` no whole number from 0 to 4.
    """
    if isinstance(max_depth, bool) or not isinstance(max_depth, int) or not 0 <= max_depth <= _DEEPEST:
        raise InvalidArgument(f"{max_depth=} must be a whole number from 0 to {_DEEPEST}")
    return conditions_over(vocabulary_of(expect_model(model)), depth=max_depth)


_DEEPEST = 4
"""Deeper conditions fall apart into more boxes than a book may have."""


def conditions_over(vocabulary: Vocabulary, *, depth: int = 2) -> st.SearchStrategy[Condition]:
    """Draw conditions on the attributes of a vocabulary."""
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
