"""What does a condition mean? Written once, to be read; everything else is measured against it.

Three values: `True`, `False`, and `None` for unknown. No classes, no boxes, no cleverness.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from relmaint.ir.conditions import And, Comparison, Condition, Interval, Not, Operator, Or
from relmaint.vocabulary import Value

__all__ = ["Facts", "compare", "fires", "truth"]

Facts = Mapping[str, Value]
"""The known attributes of one customer; an unknown one is absent."""


def fires(condition: Condition, facts: Facts) -> bool:
    """Whether a rule with this condition matches: the condition is true, not merely unknown."""
    return truth(condition, facts) is True


def truth(condition: Condition, facts: Facts) -> bool | None:
    """Evaluate a condition by Kleene's strong three-valued logic."""
    match condition:
        case Comparison():
            return compare(condition, facts.get(condition.attribute))
        case Not():
            inner = truth(condition.part, facts)
            return None if inner is None else not inner
        case And():
            values = [truth(part, facts) for part in condition.parts]
            return False if False in values else None if None in values else True
        case Or():
            values = [truth(part, facts) for part in condition.parts]
            return True if True in values else None if None in values else False
        case _:
            assert_never(condition)


def compare(comparison: Comparison, value: Any) -> bool | None:
    """Compare one value (`None` for unknown) as the comparison asks; types were checked when the book was loaded."""
    operands: tuple[Any, ...] = comparison.operands
    match comparison.operator:
        case Operator.IS_KNOWN:
            return value is not None
        case Operator.IS_UNKNOWN:
            return value is None
        case Operator.IS_TRUE:
            return value is True
        case Operator.IS_NOT_TRUE:
            return value is not True
        case Operator.IS_FALSE:
            return value is False
        case Operator.IS_NOT_FALSE:
            return value is not False
    if value is None:
        return None
    match comparison.operator:
        case Operator.EQ:
            return bool(value == operands[0])
        case Operator.NE:
            return bool(value != operands[0])
        case Operator.LT:
            return bool(value < operands[0])
        case Operator.LE:
            return bool(value <= operands[0])
        case Operator.GT:
            return bool(value > operands[0])
        case Operator.GE:
            return bool(value >= operands[0])
        case Operator.IN:
            return value in operands
        case Operator.NOT_IN:
            return value not in operands
        case Operator.INSIDE:
            return _inside(operands[0], value)
        case Operator.OUTSIDE:
            return not _inside(operands[0], value)
        case Operator.HAS:
            return operands[0] in value
        case Operator.LACKS:
            return operands[0] not in value
        case _:
            assert_never(comparison.operator)


def _inside(interval: Interval, value: Any) -> bool:
    low, high = interval.low, interval.high
    above = low is None or value > low or (interval.low_closed and value == low)
    below = high is None or value < high or (interval.high_closed and value == high)
    return bool(above and below)
