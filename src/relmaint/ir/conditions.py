"""What can a rule ask about a customer?

A condition compares one attribute with constants, and combines by and, or, not. It is three-valued: comparing an
unknown attribute is unknown, and a rule fires only when its condition is true. The `is` tests are two-valued.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never

from relmaint.diagnostics import Span
from relmaint.vocabulary import Ordinal, Value, show_value

__all__ = [
    "ALWAYS",
    "NEGATIONS",
    "And",
    "Comparison",
    "Condition",
    "Interval",
    "Not",
    "Operator",
    "Or",
    "comparisons",
    "missed",
    "negated",
    "show_condition",
]


class Operator(StrEnum):
    """What a comparison asks; each operator declares its negation in `NEGATIONS`."""

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    IN = "in"
    NOT_IN = "not in"
    INSIDE = "inside"
    OUTSIDE = "outside"
    HAS = "has"
    LACKS = "lacks"
    IS_KNOWN = "is known"
    IS_UNKNOWN = "is unknown"
    IS_TRUE = "is true"
    IS_NOT_TRUE = "is not true"
    IS_FALSE = "is false"
    IS_NOT_FALSE = "is not false"


_PAIRS = (
    (Operator.EQ, Operator.NE),
    (Operator.LT, Operator.GE),
    (Operator.GT, Operator.LE),
    (Operator.IN, Operator.NOT_IN),
    (Operator.INSIDE, Operator.OUTSIDE),
    (Operator.HAS, Operator.LACKS),
    (Operator.IS_KNOWN, Operator.IS_UNKNOWN),
    (Operator.IS_TRUE, Operator.IS_NOT_TRUE),
    (Operator.IS_FALSE, Operator.IS_NOT_FALSE),
)
NEGATIONS: dict[Operator, Operator] = {a: b for pair in _PAIRS for a, b in (pair, pair[::-1])}

TWO_VALUED = frozenset(
    {
        Operator.IS_KNOWN,
        Operator.IS_UNKNOWN,
        Operator.IS_TRUE,
        Operator.IS_NOT_TRUE,
        Operator.IS_FALSE,
        Operator.IS_NOT_FALSE,
    }
)
"""Operators that answer true or false of an unknown attribute too."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of an ordered attribute; an end of `None` is open to infinity."""

    low: Ordinal | None
    high: Ordinal | None
    low_closed: bool = True
    high_closed: bool = True

    def __str__(self) -> str:
        """Return the interval as a book writes it."""
        low = "" if self.low is None else show_value(self.low)
        high = "" if self.high is None else show_value(self.high)
        left = "[" if self.low_closed else "("
        return f"{left}{low}..{high}{']' if self.high_closed else ')'}"


Operand = Value | Interval


@dataclass(frozen=True, slots=True)
class Comparison:
    """One attribute against constants; how many operands there are follows from the operator."""

    attribute: str
    operator: Operator
    operands: tuple[Operand, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts; with no part at all it is always true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of the parts; with no part at all it is never true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of the part; unknown stays unknown."""

    part: Condition


Condition = Comparison | And | Or | Not

ALWAYS = And(())
"""The condition that every customer meets."""


def comparisons(condition: Condition) -> Iterator[Comparison]:
    """Yield every comparison in the condition, from left to right."""
    match condition:
        case Comparison():
            yield condition
        case And() | Or():
            for part in condition.parts:
                yield from comparisons(part)
        case Not():
            yield from comparisons(condition.part)
        case _:
            assert_never(condition)


def negated(condition: Condition) -> Condition:
    """Push every `not` down to the comparisons; the result has no `Not` and means the same in three values.

    Kleene's logic allows De Morgan's laws, and a comparison of an unknown attribute is unknown like its negation.
    """
    match condition:
        case Comparison():
            return condition
        case And():
            return And(tuple(negated(part) for part in condition.parts))
        case Or():
            return Or(tuple(negated(part) for part in condition.parts))
        case Not():
            return _opposite(condition.part)
        case _:
            assert_never(condition)


def missed(condition: Condition) -> Condition:
    """Return the condition that is true exactly where the other is not true: false, or unknown; it has no `Not`."""
    match negated(condition):
        case Comparison(operator=operator) as one if operator in TWO_VALUED:
            return _opposite(one)
        case Comparison() as one:
            return Or((_opposite(one), Comparison(one.attribute, Operator.IS_UNKNOWN, (), one.span)))
        case And(parts):
            return Or(tuple(missed(part) for part in parts))
        case Or(parts):
            return And(tuple(missed(part) for part in parts))
        case other:
            raise AssertionError(f"`negated` left {other}")


def _opposite(condition: Condition) -> Condition:
    match condition:
        case Comparison():
            return Comparison(condition.attribute, NEGATIONS[condition.operator], condition.operands, condition.span)
        case And():
            return Or(tuple(_opposite(part) for part in condition.parts))
        case Or():
            return And(tuple(_opposite(part) for part in condition.parts))
        case Not():
            return negated(condition.part)
        case _:
            assert_never(condition)


def show_condition(condition: Condition) -> str:
    """Write a condition in the one canonical form that the loader reads back to an equal condition."""
    match condition:
        case Comparison():
            return show_comparison(condition)
        case And(parts=()):
            return "always"
        case Or(parts=()):
            return "never"
        case And():
            return " and ".join(_grouped(part, And, Or) for part in condition.parts)
        case Or():
            return " or ".join(_grouped(part, Or) for part in condition.parts)
        case Not():
            return f"not ({show_condition(condition.part)})"
        case _:
            assert_never(condition)


def _grouped(part: Condition, *needs_brackets: type[And] | type[Or]) -> str:
    text = show_condition(part)
    return f"({text})" if isinstance(part, needs_brackets) and part.parts else text


def show_comparison(comparison: Comparison) -> str:
    """Write one comparison with its attribute."""
    return f"{comparison.attribute} {show_test(comparison)}"


def show_test(comparison: Comparison) -> str:
    """Write one comparison without its attribute, as a table cell holds it."""
    operands = comparison.operands
    match comparison.operator:
        case Operator.IN | Operator.NOT_IN:
            return f"{comparison.operator} ({', '.join(_show_operand(one) for one in operands)})"
        case Operator.INSIDE:
            return _show_interval(operands[0])
        case Operator.OUTSIDE:
            return f"not {_show_interval(operands[0])}"
        case _:
            return " ".join([str(comparison.operator), *(_show_operand(one) for one in operands)])


def _show_interval(operand: Operand) -> str:
    match operand:
        case Interval(low=low, high=high, low_closed=True, high_closed=True) if low is not None and high is not None:
            return f"between {show_value(low)} and {show_value(high)}"
        case _:
            return f"in {operand}"


def _show_operand(operand: Operand) -> str:
    if isinstance(operand, str):
        return operand if _is_word(operand) else '"' + operand.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(operand) if isinstance(operand, Interval) else show_value(operand)


def _is_word(text: str) -> bool:
    return text not in RESERVED and _WORD.fullmatch(text) is not None


_WORD = re.compile(r"(?![0-9])(?:[^\W\uff01-\uff5e]+-)*[^\W\uff01-\uff5e]+")
"""What needs no quotes: letters (no full-width ones), digits after the first letter, `_`, and `-` between them."""

SYNONYMS = {"且": "and", "并且": "and", "和": "and", "或": "or", "或者": "or", "非": "not"}
"""Chinese words of the language, and the words that they are written back as."""

_ENGLISH = {
    "and",
    "or",
    "not",
    "in",
    "between",
    "is",
    "has",
    "lacks",
    "known",
    "unknown",
    "true",
    "false",
    "always",
    "never",
}
RESERVED = frozenset(_ENGLISH | SYNONYMS.keys())
"""Words of the language itself: a text value that is one of them is written in quotes."""
