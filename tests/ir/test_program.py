"""How is a rule book lowered where it is too long, and how are its classes told?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from relmaint.engine import Engine
from relmaint.ir.conditions import And, Comparison, Condition, Interval, Not, Operator, Or, comparisons
from relmaint.ir.program import Axis
from relmaint.ir.rules import Rule, RuleBook
from relmaint.lower import MAXIMUM_BOXES, ExpansionError, lower
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
from tests.conformance.books import Draw, random_book, random_facts
from tests.conformance.decode import book_of, customer_of
from tests.conformance.model import attributes


def book(type_: ValueType, *conditions: Condition) -> RuleBook:
    """Return a book about one attribute."""
    vocabulary = Vocabulary({"x": Attribute("x", type_, optional=True)})
    return RuleBook("b", "1", vocabulary, rules=tuple(Rule(f"r{n}", one) for n, one in enumerate(conditions)))


def axis(type_: ValueType, *constants: Any) -> Axis:
    """Return the one axis of a book that compares with these constants."""
    operator = Operator.HAS if isinstance(type_, SetType) else Operator.EQ
    (found,) = lower(book(type_, *(Comparison("x", operator, (one,)) for one in constants))).axes
    return found


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (axis(EnumType(("a", "b")), "a"), ["unknown", "a", "b"]),
        (axis(BooleanType(), True), ["unknown", "false", "true"]),
        (axis(SetType(("a",)), "a"), ["unknown", "lacks a", "has a"]),
        (axis(TextType(), "a"), ["unknown", "any other text", "a"]),
        (axis(IntegerType(0), 5), ["unknown", "[0..5)", "[5..6)", "[6..)"]),
        (axis(DecimalType(1), Decimal("0.5")), ["unknown", "[..0.5)", "[0.5..0.6)", "[0.6..)"]),
        (
            axis(DateType(), date(2026, 1, 1)),
            ["unknown", "[..2026-01-01)", "[2026-01-01..2026-01-02)", "[2026-01-02..)"],
        ),
    ],
    ids=lambda one: type(one.type).__name__ if isinstance(one, Axis) else None,
)
def test_every_class_is_told(found: Axis, told: list[str]) -> None:
    """A class of each type says which values it holds."""
    assert told == [found.describe(class_) for class_ in range(found.size)]


def test_a_statement_of_too_many_boxes_is_refused_with_its_name() -> None:
    """What the loader would have told of raises when a book was made by hand."""
    names = [f"x{place}" for place in range(24)]
    vocabulary = Vocabulary({name: Attribute(name, BooleanType(), optional=True) for name in names})
    pairs = [
        Or((Comparison(one, Operator.IS_TRUE), Comparison(two, Operator.IS_FALSE)))
        for one, two in zip(names[::2], names[1::2], strict=True)
    ]
    long = RuleBook("b", "1", vocabulary, rules=(Rule("long", And((*pairs, *[Or(pairs[:1]), pairs[0]]))),))

    with pytest.raises(ExpansionError, match=f"`long` falls apart into .* boxes, more than {MAXIMUM_BOXES}") as refused:
        lower(long)
    assert refused.value.statement == "long"
    assert refused.value.boxes > MAXIMUM_BOXES


def test_comparisons_inside_of_not_are_found() -> None:
    """Every comparison is found from left to right, wherever it stands."""
    parts = [Comparison(name, Operator.IS_KNOWN) for name in "abc"]
    assert parts == list(comparisons(And((parts[0], Not(Or((parts[1], Not(parts[2]))))))))


def test_an_interval_behind_the_last_day_holds_nothing() -> None:
    """Nothing lies after the last day of the calendar."""
    after = Comparison("x", Operator.INSIDE, (Interval(date.max, None, low_closed=False, high_closed=False),))
    assert lower(book(DateType(), after)).boxes == ()


def test_a_decision_becomes_the_plan_of_the_customer() -> None:
    """`plan_of` makes of a decision the plan that `plan` makes."""
    draw = Draw("a plan")
    drawn = random_book(draw)
    engine = Engine(book_of(drawn, attributes()), "reference")
    customer, as_of = customer_of(random_facts(draw), attributes())
    decision = engine._decide(customer, as_of).decision

    assert engine.plan(customer, as_of=as_of) == engine.plan_of(decision, customer, as_of=as_of)
