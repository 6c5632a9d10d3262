"""How does a person of the bank say a condition, who does not write rules?

Attributes by their labels, values by the terms of the book; what has neither keeps its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from relmaint.explain.text import term
from relmaint.explain.words import say
from relmaint.ir.conditions import And, Comparison, Condition, Interval, Not, Operand, Operator, Or
from relmaint.text import Language
from relmaint.vocabulary import BooleanType, DateType, Value, show_value

if TYPE_CHECKING:
    from relmaint.ir.rules import RuleBook

__all__ = ["attribute_text", "condition_text", "value_text"]

_TERMS = {"events": "event"}
"""Attributes whose words are labelled in a group of another name."""

_BOUNDS = {Operator.LT: "below", Operator.LE: "at-most", Operator.GT: "above", Operator.GE: "at-least"}


def condition_text(condition: Condition, book: RuleBook, language: Language) -> str:
    """Say a condition in words, such as `age at least 60 and below 65; tier is key`."""
    return _Speaker(book, language).say(condition)


def attribute_text(attribute: str, book: RuleBook, language: Language) -> str:
    """Return what people call an attribute."""
    return _Speaker(book, language).name(attribute)


def value_text(attribute: str, value: Value, book: RuleBook, language: Language) -> str:
    """Return what people call a value of an attribute; for a set of words, one of the words."""
    return _Speaker(book, language).value(attribute, value)


class _Speaker:
    """Says conditions about the attributes of one book in one language."""

    def __init__(self, book: RuleBook, language: Language) -> None:
        self.book, self.language = book, language

    def say(self, condition: Condition) -> str:
        match condition:
            case And(()):
                return say("always", self.language)
            case Or(()):
                return say("nobody", self.language)
            case And(parts):
                return say("semicolon", self.language).join(self.part(part) for part in parts)
            case Or(parts):
                return say("or", self.language).join(self.part(part) for part in parts)
            case Not(part):
                return say("not", self.language, condition=self.say(part))
            case Comparison():
                return self.comparison(condition)
            case _:
                assert_never(condition)

    def part(self, condition: Condition) -> str:
        """Say a part of a longer condition, in brackets when it is made of parts itself."""
        text = self.say(condition)
        if isinstance(condition, And) or (isinstance(condition, Or) and len(_attributes(condition)) > 1):
            return f"{say('open', self.language).strip()}{text}{say('close', self.language)}"
        return text

    def comparison(self, one: Comparison) -> str:
        name = self.name(one.attribute)
        match one.operator:
            case Operator.LT | Operator.LE | Operator.GT | Operator.GE:
                return f"{name}{self.bound(one.attribute, one.operator, _value(one))}"
            case Operator.INSIDE | Operator.OUTSIDE:
                inside = f"{name}{self.between(one.attribute, one.operands[0])}"
                return inside if one.operator is Operator.INSIDE else say("not", self.language, condition=inside)
            case _:
                values = say("list", self.language).join(
                    self.value(one.attribute, each) for each in one.operands if not isinstance(each, Interval)
                )
                return say(f"says-{one.operator.name.lower()}", self.language, name=name, value=values)

    def name(self, attribute: str) -> str:
        label = self.book.vocabulary[attribute].label if attribute in self.book.vocabulary else None
        return label.in_language(self.language) if label is not None else attribute

    def value(self, attribute: str, value: Value) -> str:
        if attribute in self.book.vocabulary and isinstance(self.book.vocabulary[attribute].type, BooleanType):
            return say("yes" if value is True else "no", self.language)
        if isinstance(value, str):
            return term(self.book, _TERMS.get(attribute, attribute), value, self.language)
        return show_value(value)

    def bound(self, attribute: str, operator: Operator, value: Value) -> str:
        dated = attribute in self.book.vocabulary and isinstance(self.book.vocabulary[attribute].type, DateType)
        key = f"{'day' if dated else 'bound'}-{_BOUNDS[operator]}"
        return say(key, self.language, value=show_value(value))

    def between(self, attribute: str, ends: Operand) -> str:
        assert isinstance(ends, Interval)  # INVARIANT: `in` and `not in` an interval have one as their operand
        parts = []
        if ends.low is not None:
            parts.append(self.bound(attribute, Operator.GE if ends.low_closed else Operator.GT, ends.low))
        if ends.high is not None:
            parts.append(self.bound(attribute, Operator.LE if ends.high_closed else Operator.LT, ends.high))
        return say("and", self.language).join(parts)


def _value(one: Comparison) -> Value:
    operand = one.operands[0]
    assert not isinstance(operand, Interval)  # INVARIANT: only `in` and `not in` take intervals
    return operand


def _attributes(condition: Condition) -> set[str]:
    match condition:
        case Comparison(attribute):
            return {attribute}
        case Not(part):
            return _attributes(part)
        case _:
            return {name for part in condition.parts for name in _attributes(part)}
