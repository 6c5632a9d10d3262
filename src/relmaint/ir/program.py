"""What is left of a rule book for a backend: axes cut into classes, and boxes over them?

For each attribute the constants of a book cut its domain into finitely many classes that no rule can tell apart.
The tuple of a customer's classes is its cell, and which rules match is a function of the cell.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

from relmaint.ir.conditions import Condition
from relmaint.ir.rules import RuleBook
from relmaint.vocabulary import (
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    IntegerType,
    Ordinal,
    SetType,
    TextType,
    Value,
    ValueType,
    show_value,
)

__all__ = ["UNKNOWN", "Axis", "Box", "Program", "Statement", "StatementRole"]

UNKNOWN = 0
"""The class of an unknown value, on every axis; the classes of known values count from 1."""

Box = tuple[tuple[int, int], ...]
"""A conjunction: pairs of (axis number, bit mask of the classes allowed), sorted by axis; other axes are free."""

StatementRole = str
"""What a statement is in its book: `rule`, `row` or `guard`."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One attribute (or one word of a set attribute), cut into classes.

    Args:
        attribute: the name of the attribute.
        type: its type.
        optional: whether class `UNKNOWN` can occur.
        cuts: for an ordered type: class 1 is below the first cut, class n+1 starts at cut n.
        words: for a text type: the texts that the book names; class 1 is any other text, class n+2 is word n.
        member: for a set type: the word asked for; class 1 is without it, class 2 with it.
    """

    attribute: str
    type: ValueType
    optional: bool
    cuts: tuple[Any, ...] = ()
    words: tuple[str, ...] = ()
    member: str | None = None

    @property
    def size(self) -> int:
        """How many classes there are, `UNKNOWN` included even when it cannot occur."""
        match self.type:
            case EnumType():
                return 1 + len(self.type.values)
            case BooleanType() | SetType():
                return 3
            case TextType():
                return 2 + len(self.words)
            case IntegerType() | DecimalType() | DateType():
                return 2 + len(self.cuts)
            case _:
                assert_never(self.type)

    @property
    def known(self) -> int:
        """The mask of all classes of known values."""
        return (1 << self.size) - 2

    @property
    def everything(self) -> int:
        """The mask of all classes that can occur."""
        return self.known | 1 if self.optional else self.known

    def class_of(self, value: Any) -> int:
        """Return the class of a value; `None` stands for unknown."""
        if value is None:
            return UNKNOWN
        match self.type:
            case EnumType():
                return 1 + self.type.values.index(value)
            case BooleanType():
                return 2 if value else 1
            case SetType():
                return 2 if self.member in value else 1
            case TextType():
                return 2 + self.words.index(value) if value in self.words else 1
            case IntegerType() | DecimalType() | DateType():
                return 1 + bisect_right(self.cuts, value)
            case _:
                assert_never(self.type)

    def lowest(self, class_: int) -> Ordinal | None:
        """Return the smallest value of a class of an ordered axis; `None` when the axis has no lower end there."""
        if class_ > 1:
            return self.cuts[class_ - 2]  # type: ignore[no-any-return]  # cuts of an ordered axis are ordinals
        return getattr(self.type, "minimum", None)

    def describe(self, class_: int) -> str:
        """Say which values a class holds, in the words of the rule-book language."""
        if class_ == UNKNOWN:
            return "unknown"
        match self.type:
            case EnumType():
                return self.type.values[class_ - 1]
            case BooleanType():
                return "true" if class_ == 2 else "false"
            case SetType():
                return f"has {self.member}" if class_ == 2 else f"lacks {self.member}"
            case TextType():
                return self.words[class_ - 2] if class_ > 1 else "any other text"
            case IntegerType() | DecimalType() | DateType():
                low = "" if (start := self.lowest(class_)) is None else show_value(start)
                high = show_value(self.cuts[class_ - 1]) if class_ <= len(self.cuts) else ""
                return f"[{low}..{high})" if low or high else "known"
            case _:
                assert_never(self.type)


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing of a book that can match: a rule, a table row, or a guard, with its dates folded into its condition."""

    id: str
    role: StatementRole
    when: Condition


@dataclass(frozen=True, slots=True)
class Program:
    """A lowered rule book.

    Args:
        statements: everything that can match, in canonical order: rules, then rows, then guards.
        axes: what the boxes speak of, in canonical order.
        boxes: all boxes of all statements.
        owner: for each box, the number of its statement.
        counted: for each attribute with a contact budget, the number of its axis; it is cut at every whole number up
            to the largest budget.
    """

    book: RuleBook
    statements: tuple[Statement, ...]
    axes: tuple[Axis, ...]
    boxes: tuple[Box, ...]
    owner: tuple[int, ...]
    counted: Mapping[str, int] = field(default_factory=dict)

    def cell(self, facts: Mapping[str, Value]) -> tuple[int, ...]:
        """Return the classes of a customer, axis by axis; the plain way, for tests and slow paths."""
        return tuple(axis.class_of(facts.get(axis.attribute)) for axis in self.axes)
