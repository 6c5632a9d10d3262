"""Does every operator mean what it says, on every type, at every edge, and of unknown? An exhaustive table."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations, product
from typing import Any, get_args

import pytest

from relmaint.ir.conditions import NEGATIONS, TWO_VALUED, And, Comparison, Interval, Not, Operator, Or, negated
from relmaint.ir.reference import compare, truth
from relmaint.ir.rules import Rule, RuleBook
from relmaint.lower import boxes_of, lower
from relmaint.rulebook.conditions import operators_of
from relmaint.vocabulary import (
    Attribute,
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    IntegerType,
    SetType,
    TextType,
    ValueType,
    Vocabulary,
)

DAY = date(2026, 3, 2)
ORDERED: list[tuple[ValueType, list[Any]]] = [
    (IntegerType(), list(range(-2, 8))),
    (IntegerType(0, 5), list(range(6))),
    (DecimalType(2), [Decimal(n).scaleb(-2) for n in range(-2, 8)]),
    (DecimalType(1, Decimal(0), Decimal("0.5")), [Decimal(n).scaleb(-1) for n in range(6)]),
    (DateType(), [DAY + timedelta(days=n) for n in range(8)]),
]
ORDER_TESTS = {
    Operator.EQ: lambda v, c: v == c,
    Operator.NE: lambda v, c: v != c,
    Operator.LT: lambda v, c: v < c,
    Operator.LE: lambda v, c: v <= c,
    Operator.GT: lambda v, c: v > c,
    Operator.GE: lambda v, c: v >= c,
}


def comparisons_of(type_: ValueType, values: list[Any]) -> list[tuple[Comparison, Any]]:
    """Return every comparison over the values of a type, each with a plain Python function of what it means."""
    found: list[tuple[Comparison, Any]] = []

    def add(operator: Operator, operands: tuple[Any, ...], means: Any) -> None:
        found.append((Comparison("x", operator, operands), means))

    add(Operator.IS_KNOWN, (), lambda v: v is not None)
    add(Operator.IS_UNKNOWN, (), lambda v: v is None)
    match type_:
        case BooleanType():
            add(Operator.IS_TRUE, (), lambda v: v is True)
            add(Operator.IS_NOT_TRUE, (), lambda v: v is not True)
            add(Operator.IS_FALSE, (), lambda v: v is False)
            add(Operator.IS_NOT_FALSE, (), lambda v: v is not False)
        case SetType():
            for word in type_.values:
                add(Operator.HAS, (word,), lambda v, w=word: w in v)
                add(Operator.LACKS, (word,), lambda v, w=word: w not in v)
            return found
        case _:
            pass
    for value in values:
        for operator, means in ORDER_TESTS.items():
            if operator in (Operator.EQ, Operator.NE) or isinstance(type_, IntegerType | DecimalType | DateType):
                add(operator, (value,), lambda v, c=value, m=means: m(v, c))
    for pair in () if isinstance(type_, BooleanType) else (*((one,) for one in values), *combinations(values, 2)):
        add(Operator.IN, pair, lambda v, p=pair: v in p)
        add(Operator.NOT_IN, pair, lambda v, p=pair: v not in p)
    if isinstance(type_, IntegerType | DecimalType | DateType):
        for low, high in combinations([None, *values], 2):
            for closed in range(4):
                left, right = bool(closed & 1), bool(closed & 2)
                interval = Interval(low, high, left, right)

                def inside(v: Any, i: Interval = interval) -> bool:
                    return (i.low is None or (v >= i.low if i.low_closed else v > i.low)) and (
                        i.high is None or (v <= i.high if i.high_closed else v < i.high)
                    )

                add(Operator.INSIDE, (interval,), inside)
                add(Operator.OUTSIDE, (interval,), lambda v, f=inside: not f(v))
    return found


TYPES: list[tuple[ValueType, list[Any]]] = [
    *ORDERED,
    (BooleanType(), [False, True]),
    (EnumType(("a", "b", "c")), ["a", "b", "c"]),
    (TextType(), ["", "a", "b"]),
    (SetType(("a", "b")), [frozenset(), frozenset("a"), frozenset("ab")]),
]


@pytest.mark.parametrize(("type_", "values"), TYPES, ids=lambda one: type(one).__name__)
def test_reference_and_boxes_agree_with_plain_python(type_: ValueType, values: list[Any]) -> None:
    """A comparison is what plain Python says of it, two- or three-valued of unknown, and so are its boxes."""
    vocabulary = Vocabulary({"x": Attribute("x", type_, optional=True)})
    for comparison, means in comparisons_of(type_, values):
        program = lower(RuleBook("b", "1", vocabulary, rules=(Rule("r", comparison),)))
        number = {(axis.attribute, axis.member): index for index, axis in enumerate(program.axes)}
        boxes = boxes_of(comparison, program.axes, number)
        for value in [None, *values]:
            two_valued = comparison.operator in TWO_VALUED
            expected = means(value) if value is not None or two_valued else None
            cell = program.cell({} if value is None else {"x": value})
            in_box = any(all(mask >> cell[index] & 1 for index, mask in box) for box in boxes)

            assert expected == compare(comparison, value), (comparison, value)
            assert (expected is True) == in_box, (comparison, value)


@pytest.mark.parametrize(("type_", "values"), TYPES, ids=lambda one: type(one).__name__)
def test_every_negation_is_the_opposite_and_keeps_unknown(type_: ValueType, values: list[Any]) -> None:
    """The declared negation of an operator is true where it is false, false where it is true, unknown where it is."""
    for comparison, _ in comparisons_of(type_, values):
        opposite = Comparison("x", NEGATIONS[comparison.operator], comparison.operands)
        for value in [None, *values]:
            one, other = compare(comparison, value), compare(opposite, value)

            assert (None if one is None else not one) == other, (comparison, value)


def test_every_operator_has_a_negation_that_leads_back() -> None:
    """Negating twice is the same operator, for every operator there is."""
    assert list(Operator) == [NEGATIONS[NEGATIONS[operator]] for operator in Operator]


KLEENE = {
    "T": Comparison("t", Operator.EQ, (True,)),
    "F": Comparison("f", Operator.EQ, (True,)),
    "U": Comparison("u", Operator.EQ, (True,)),
}
FACTS = {"t": True, "f": False}
VALUE = {"T": True, "F": False, "U": None}


@pytest.mark.parametrize("left", "TFU")
@pytest.mark.parametrize("right", "TFU")
def test_kleene_tables(left: str, right: str) -> None:
    """The value of `and` is the least, of `or` the greatest of false < unknown < true, with `not` pushed in too."""
    order = {False: 0, None: 1, True: 2}
    values = [VALUE[left], VALUE[right]]
    both, either = And((KLEENE[left], KLEENE[right])), Or((KLEENE[left], KLEENE[right]))

    assert min(values, key=order.__getitem__) is truth(both, FACTS)
    assert max(values, key=order.__getitem__) is truth(either, FACTS)
    for condition in (both, either, Not(both), Not(either), Not(Not(both))):
        assert truth(condition, FACTS) is truth(negated(condition), FACTS)
    assert truth(Not(both), FACTS) is {True: False, False: True, None: None}[truth(both, FACTS)]


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("combine", [And, Or])
def test_every_part_decides_alone(combine: type[And | Or], count: int) -> None:
    """All combinations of values have the value of Kleene's tables, and each part, it alone, can change it.

    The second is MC/DC for three values: for each part and each two of its values there are others beside it for which
    the whole has two values.
    """
    order = {False: 0, None: 1, True: 2}
    fold = min if combine is And else max
    table = {}
    for letters in product("TFU", repeat=count):
        values = [VALUE[letter] for letter in letters]
        found = truth(combine(tuple(KLEENE[letter] for letter in letters)), FACTS)
        assert fold(values, key=order.__getitem__) is found, letters
        table[letters] = found
    for place in range(count):
        for one, other in combinations("TFU", 2):
            assert any(
                letters[place] == one and found is not table[(*letters[:place], other, *letters[place + 1 :])]
                for letters, found in table.items()
            ), (place, one, other)


def test_the_table_has_every_operator_on_every_type() -> None:
    """The comparisons tried above are those of each operator that fits, for each type there is."""
    assert {type(type_) for type_, _ in TYPES} == set(get_args(ValueType))
    for type_, values in TYPES:
        assert {one.operator for one, _ in comparisons_of(type_, values)} == operators_of(type_), type_
    assert frozenset(Operator) == frozenset().union(*(operators_of(type_) for type_, _ in TYPES))


def test_the_empty_combinations() -> None:
    """`always` is true and `never` is false of everybody."""
    assert truth(And(()), {}) is True
    assert truth(Or(()), {}) is False


def test_the_last_day_of_the_calendar() -> None:
    """A comparison with the last day there is lowers to what it means."""
    vocabulary = Vocabulary({"x": Attribute("x", DateType(), optional=True)})
    for operator, means in ORDER_TESTS.items():
        comparison = Comparison("x", operator, (date.max,))
        program = lower(RuleBook("b", "1", vocabulary, rules=(Rule("r", comparison),)))
        for value in (DAY, date.max):
            inside = [all(mask >> program.cell({"x": value})[i] & 1 for i, mask in box) for box in program.boxes]

            assert means(value, date.max) == any(inside), (operator, value)
