"""Which attributes may a rule book speak of, and which values can each have?

Every ordered attribute lives on a grid: whole numbers, decimals with a declared number of places, days.
On a grid `x <= 5` and `x < 6` are the same test, so a book cuts each attribute into finitely many classes exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, assert_never

from relmaint.text import Text

__all__ = [
    "AS_OF",
    "Attribute",
    "BooleanType",
    "DateType",
    "DecimalType",
    "EnumType",
    "IntegerType",
    "OrderedType",
    "Ordinal",
    "SetType",
    "TextType",
    "Value",
    "ValueType",
    "Vocabulary",
    "parse_value",
    "show_value",
    "step_after",
]

Ordinal = int | Decimal | date
Value = bool | int | Decimal | date | str | frozenset[str]

AS_OF = "as_of"
"""The name of the attribute that every vocabulary has: the day for which a plan is made."""


@dataclass(frozen=True, slots=True)
class EnumType:
    """One of a closed list of words, in the order in which the model declares them.

    `members` holds the model's own objects for the words, when they are something else than text.
    """

    values: tuple[str, ...]
    members: tuple[Any, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class BooleanType:
    """True or false."""


@dataclass(frozen=True, slots=True)
class IntegerType:
    """A whole number; a limit of `None` means that the model declares none."""

    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class DecimalType:
    """An exact decimal with at most `scale` places after the point."""

    scale: int
    minimum: Decimal | None = None
    maximum: Decimal | None = None


@dataclass(frozen=True, slots=True)
class DateType:
    """A calendar day."""

    minimum: date | None = None
    maximum: date | None = None


@dataclass(frozen=True, slots=True)
class TextType:
    """Any text; books may test it for equality only."""


@dataclass(frozen=True, slots=True)
class SetType:
    """Any number of words out of a closed list."""

    values: tuple[str, ...]


OrderedType = IntegerType | DecimalType | DateType
ValueType = EnumType | BooleanType | OrderedType | TextType | SetType


@dataclass(frozen=True, slots=True)
class Attribute:
    """A typed fact about a customer.

    Args:
        optional: whether the fact may be unknown.
        unit: what a number counts, for people (`yuan`, `day`).
        derive: for a derived attribute, the function of (customer, as_of) that gives its value, or `None` for unknown.
        protected: whether only rules that protect the customer may read it (age, vulnerability).
        immutable: whether no action of bank or customer can change it (birth date).
    """

    name: str
    type: ValueType
    optional: bool
    unit: str | None = None
    label: Text | None = None
    derive: Callable[[Any, date], Any] | None = field(default=None, compare=False, repr=False)
    protected: bool = False
    immutable: bool = False

    @property
    def is_derived(self) -> bool:
        """Whether the value is computed from the customer and the day, not stored."""
        return self.derive is not None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All attributes that a book may speak of, by name; `model` is the customer model that they were read off."""

    attributes: Mapping[str, Attribute]
    model: type[Any] | None = field(default=None, compare=False)

    def __getitem__(self, name: str) -> Attribute:
        """Return the attribute called `name`; `KeyError` when there is none."""
        return self.attributes[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is an attribute called `name`."""
        return name in self.attributes

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names, in the order of declaration."""
        return iter(self.attributes)


def step_after(type_: OrderedType, value: Ordinal) -> Ordinal:
    """Return the next value on the grid of `type_`.

    >>> step_after(DecimalType(scale=2), Decimal("4.99"))
    Decimal('5.00')
    """
    match type_:
        case IntegerType():
            return int(value) + 1  # type: ignore[arg-type]  # an integer type holds integers
        case DecimalType():
            return Decimal(value) + Decimal(1).scaleb(-type_.scale)  # type: ignore[arg-type]  # never a date
        case DateType():
            return value + timedelta(days=1)  # type: ignore[operator]  # always a date
        case _:
            assert_never(type_)


def parse_value(type_: ValueType, text: str) -> Value:
    """Read one value as the attribute's type says; the same rule for conditions, case files and CSV cells.

    Raises:
        ValueError: with a sentence that says what the type expects.
    """
    match type_:
        case EnumType():
            if text in type_.values:
                return text
            raise ValueError(f"expected one of {', '.join(type_.values)}")
        case BooleanType():
            if text.lower() in ("true", "false"):
                return text.lower() == "true"
            raise ValueError("expected true or false")
        case IntegerType():
            number = _parse_number(text)
            if number == number.to_integral_value():
                return int(number)
            raise ValueError("expected a whole number")
        case DecimalType():
            number = _parse_number(text)
            if number == number.quantize(Decimal(1).scaleb(-type_.scale)):
                return number
            raise ValueError(f"expected at most {type_.scale} places after the point")
        case DateType():
            return _parse_date(text)
        case TextType():
            return text
        case SetType():
            words = frozenset(word for word in text.replace(";", " ").replace(",", " ").split())
            if stray := sorted(words - set(type_.values)):
                raise ValueError(f"`{stray[0]}` is not one of {', '.join(type_.values)}")
            return words
        case _:
            assert_never(type_)


_MULTIPLIERS = {"%": Decimal("0.01"), "万": Decimal(10_000), "亿": Decimal(100_000_000)}


def _parse_number(text: str) -> Decimal:
    body, factor = text.strip().replace("_", ""), Decimal(1)
    while body and body[-1] in _MULTIPLIERS:
        factor *= _MULTIPLIERS[body[-1]]
        body = body[:-1].strip()
    if not body.isascii() or len(body) > _MAXIMUM_DIGITS + len("-."):
        raise ValueError("expected a number")
    try:
        number = Decimal(body)
    except InvalidOperation:
        raise ValueError("expected a number") from None
    if not _is_ordinary(number) or not _is_ordinary(number * factor):
        raise ValueError("expected a finite number of ordinary size")
    return number * factor


def _is_ordinary(number: Decimal) -> bool:
    return number.is_finite() and (not number or abs(number.adjusted()) <= _MAXIMUM_DIGITS)


_MAXIMUM_DIGITS = 18
"""No more digits before or after the point than an exact 64-bit count of minor units needs."""


def _parse_date(text: str) -> date:
    if len(text) == len("2026-01-31"):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise ValueError("expected a day written as 2026-01-31")


def show_value(value: Value | None) -> str:
    """Write a value in the canonical form that `parse_value` reads back.

    >>> show_value(Decimal("50000.00")), show_value(None)
    ('50000', 'unknown')
    """
    match value:
        case None:
            return "unknown"
        case bool():
            return "true" if value else "false"
        case Decimal():
            plain = format(value, "f")
            return plain.rstrip("0").rstrip(".") if "." in plain else plain
        case frozenset():
            return ", ".join(sorted(value)) or "none"
        case _:
            return str(value)
