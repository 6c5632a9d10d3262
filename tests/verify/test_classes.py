"""Are unbounded ends, unknown values, and grids of whole numbers and decimals cut into classes as they should be?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from relmaint.ir.conditions import ALWAYS, And, Comparison, Condition, Interval, Operator, Or
from relmaint.ir.program import UNKNOWN
from relmaint.ir.rules import Assumption, RuleBook
from relmaint.verify.cover import Covered, Hole
from relmaint.verify.space import Space
from relmaint.vocabulary import (
    AS_OF,
    Attribute,
    BooleanType,
    DateType,
    DecimalType,
    IntegerType,
    ValueType,
    Vocabulary,
)


def space(*conditions: Condition, optional: bool = False, assume: Condition = ALWAYS, **types: ValueType) -> Space:
    """Return the customers that conditions about attributes of some types can tell apart."""
    attributes = {name: Attribute(name, type_, optional) for name, type_ in types.items()}
    vocabulary = Vocabulary({AS_OF: Attribute(AS_OF, DateType(), optional=False), **attributes})
    assumptions = () if assume == ALWAYS else (Assumption("a", assume),)
    return Space(RuleBook("", "", vocabulary, assumptions=assumptions), also=conditions)


def covered(*conditions: Condition, **how: Any) -> bool:
    """Whether every customer meets one of the conditions."""
    here = space(*conditions, **how)
    answer = here.union([box for one in conditions for box in here.boxes(one)]).cover(here.everyone)
    assert isinstance(answer, Covered | Hole)
    return isinstance(answer, Covered)


def compare(operator: Operator, *operands: Any) -> Comparison:
    """Return one comparison."""
    return Comparison("x", operator, operands)


def between(low: Any, high: Any, *, closed: tuple[bool, bool] = (True, True)) -> Comparison:
    """Return the test of an interval."""
    return compare(Operator.INSIDE, Interval(low, high, *closed))


UNBOUNDED: tuple[tuple[ValueType, Any], ...] = (
    (IntegerType(), 5),
    (DecimalType(2), Decimal("0.50")),
    (DateType(), date(2026, 6, 15)),
)


@pytest.mark.parametrize(("type_", "at"), UNBOUNDED)
def test_an_unbounded_end_reaches_beyond_every_constant(type_: ValueType, at: Any) -> None:
    """What is below and what is from a constant on is everything, with nothing left out at either end."""
    assert covered(compare(Operator.LT, at), compare(Operator.GE, at), x=type_)
    assert covered(between(None, at, closed=(False, True)), between(at, None, closed=(False, False)), x=type_)
    assert covered(compare(Operator.NE, at), compare(Operator.EQ, at), x=type_)


@pytest.mark.parametrize(("type_", "at"), UNBOUNDED)
def test_below_the_smallest_and_above_the_greatest_constant_there_are_customers(type_: ValueType, at: Any) -> None:
    """An interval between constants, however wide, is not everything where the type has no ends."""
    here = space(between(at, at), x=type_)
    (axis,) = here.axes

    assert axis.size == 4  # unknown, below, at, above
    assert not covered(compare(Operator.LE, at), x=type_)
    assert not covered(compare(Operator.GE, at), x=type_)
    assert not covered(compare(Operator.NE, at), x=type_)


def test_a_declared_end_is_an_end() -> None:
    """Where the type has a least and a greatest value, tests that reach both are everything, and none is beyond."""
    type_ = IntegerType(0, 10)

    assert covered(between(0, 10), x=type_)
    assert covered(compare(Operator.LT, 4), compare(Operator.GT, 3), x=type_)
    assert covered(compare(Operator.LE, 10), x=type_)
    assert not covered(between(0, 9), x=type_)
    assert not covered(between(1, 10), x=type_)
    assert space(compare(Operator.GT, 10), x=type_).boxes(compare(Operator.GT, 10)) == []
    assert space(compare(Operator.LT, 0), x=type_).boxes(compare(Operator.LT, 0)) == []


def test_unknown_is_one_more_class() -> None:
    """Tests of all known values leave out whoever's value is unknown, and nobody else."""
    conditions = (compare(Operator.LT, 5), compare(Operator.GE, 5))
    here = space(*conditions, optional=True, x=IntegerType())
    answer = here.union([box for one in conditions for box in here.boxes(one)]).cover(here.everyone)

    assert answer == Hole((1 << UNKNOWN,))
    assert covered(*conditions, compare(Operator.IS_UNKNOWN), optional=True, x=IntegerType())
    assert covered(compare(Operator.IS_KNOWN), compare(Operator.IS_UNKNOWN), optional=True, x=IntegerType())
    assert not covered(compare(Operator.IS_KNOWN), optional=True, x=IntegerType())


def test_a_value_that_is_never_unknown_has_no_such_class() -> None:
    """Of an attribute that must be there nobody's value is unknown, and `is unknown` matches nobody."""
    here = space(compare(Operator.IS_UNKNOWN), optional=False, x=IntegerType())

    assert here.boxes(compare(Operator.IS_UNKNOWN)) == []
    assert covered(compare(Operator.IS_KNOWN), optional=False, x=IntegerType())


def test_unknown_is_neither_true_nor_false() -> None:
    """`= true` and `= false` leave out the unknown; `is not true` and `is not false` do not."""
    type_ = BooleanType()

    assert not covered(compare(Operator.EQ, True), compare(Operator.EQ, False), optional=True, x=type_)
    assert covered(compare(Operator.IS_TRUE), compare(Operator.IS_NOT_TRUE), optional=True, x=type_)
    assert covered(compare(Operator.IS_NOT_FALSE), compare(Operator.IS_FALSE), optional=True, x=type_)
    assert covered(compare(Operator.IS_NOT_FALSE), compare(Operator.IS_NOT_TRUE), optional=True, x=type_)


def test_an_assumption_about_a_value_says_nothing_good_of_an_unknown_one() -> None:
    """Who is assumed to be above a number is known to be; who may be unknown stays possible only when that is said."""
    above = compare(Operator.GE, 5)

    assert covered(above, optional=True, assume=above, x=IntegerType())
    assert not covered(above, optional=True, assume=Or((above, compare(Operator.IS_UNKNOWN))), x=IntegerType())


def test_between_two_neighbouring_whole_numbers_there_is_nothing() -> None:
    """On whole numbers `[18..21]` and `[22..25]` meet, and nothing is above 3 and below 4."""
    ends = (compare(Operator.LT, 18), compare(Operator.GT, 25))
    inside = And((compare(Operator.GT, 3), compare(Operator.LT, 4)))

    assert covered(*ends, between(18, 21), between(22, 25), x=IntegerType())
    assert space(inside, x=IntegerType()).boxes(inside) == []


def test_between_two_neighbouring_whole_numbers_there_are_decimals() -> None:
    """On decimals the same intervals leave a gap, and something is above 3 and below 4."""
    type_ = DecimalType(2)
    low, middle, higher, high = (Decimal(number) for number in (18, 21, 22, 25))
    ends = (compare(Operator.LT, low), compare(Operator.GT, high))
    inside = And((compare(Operator.GT, Decimal(3)), compare(Operator.LT, Decimal(4))))

    assert not covered(*ends, between(low, middle), between(higher, high), x=type_)
    assert covered(*ends, between(low, middle), between(middle, high), x=type_)
    assert covered(*ends, between(low, middle), between(Decimal("21.01"), high), x=type_)
    assert space(inside, x=type_).boxes(inside) != []


def test_between_two_neighbouring_days_there_is_nothing() -> None:
    """Up to a day, and from the day after on, is every day."""
    assert covered(compare(Operator.LE, date(2026, 2, 28)), compare(Operator.GE, date(2026, 3, 1)), x=DateType())
    assert not covered(compare(Operator.LE, date(2028, 2, 28)), compare(Operator.GE, date(2028, 3, 1)), x=DateType())


@pytest.mark.parametrize(("scale", "step"), [(0, "1"), (1, "0.1"), (2, "0.01"), (4, "0.0001")])
def test_the_smallest_place_of_a_decimal_is_the_step_of_its_grid(scale: int, step: str) -> None:
    """Up to a number, and from the next one of the grid on, is everything; one step further on leaves a gap."""
    type_, one = DecimalType(scale), Decimal(step)

    assert covered(compare(Operator.LE, Decimal(0)), compare(Operator.GE, one), x=type_)
    assert not covered(compare(Operator.LE, Decimal(0)), compare(Operator.GE, 2 * one), x=type_)


def test_a_number_written_in_two_ways_is_one_cut() -> None:
    """`1`, `1.0` and `1.00` are one number, and cut once."""
    conditions = [compare(Operator.GE, Decimal(text)) for text in ("1", "1.0", "1.00")]
    (axis,) = space(*conditions, x=DecimalType(2)).axes

    assert axis.cuts == (Decimal(1),)
