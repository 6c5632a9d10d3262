"""Which values does a customer model take for one of its fields, and how are they drawn?

Limits are read off the same pydantic fields that validate a customer, so what is drawn and what is taken cannot drift
apart. Nothing is drawn and then thrown away, with one exception that `_texts` names.
"""

from __future__ import annotations

import math
import re
import string
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache, cached_property
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from relmaint.model.attributes import unwrapped, vocabulary_of
from relmaint.verify.witness import DAY
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
)

__all__ = ["FieldValues", "Limits", "fields_of"]

_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2100, 12, 31)
"""The ends of drawn days where the model sets none: what derives an age or a due day must not leave the calendar."""

_LARGEST = 10**12
"""The largest whole number, and the largest whole part of a decimal, where the model sets none."""

_LONGEST = 20
"""The longest text where the model sets no length."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What pydantic says of a field beyond its type; a number of an ordered field lies on multiples of `step`.

    Args:
        low: the smallest value, on the grid.
        high: the largest value, on the grid.
        step: the distance of two values that follow each other: 1 for a day.
        shortest: the least number of characters, or of words of a set.
        longest: the greatest number of these; `None` is any.
        pattern: the regular expression that some part of a text matches.
        stripped: whether white space at the ends of a text is taken off before it is measured.
        case: `lower` or `upper` when a text is rewritten so.
    """

    low: Any = None
    high: Any = None
    step: Fraction = Fraction(1)
    shortest: int = 0
    longest: int | None = None
    pattern: str | None = None
    stripped: bool = False
    case: str | None = None


@cache
def fields_of(model: type[BaseModel]) -> Mapping[str, FieldValues]:
    """Return the stored attributes of a model by name, each with its values."""
    vocabulary = vocabulary_of(model)
    return {name: FieldValues(model, vocabulary[name]) for name in model.model_fields if name in vocabulary}


class FieldValues:
    """The values of one stored attribute of a model, as the model holds them: members of enums, not their words.

    Attributes:
        attribute: the attribute.
        limits: what the model says of its values.
    """

    def __init__(self, model: type[BaseModel], attribute: Attribute) -> None:
        """Read the limits off the field."""
        self.attribute = attribute
        self.name = attribute.name
        self.info: FieldInfo = model.model_fields[attribute.name]
        self.limits = _limits(model, attribute, self.info)
        self._where = f"{model.__name__}.{attribute.name}"
        self._config = {key: value for key, value in model.model_config.items() if key in _TYPE_CONFIG}

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        """What pydantic checks a value of the field with; validators of the class are not part of it."""
        return TypeAdapter(typing.Annotated[self.info.annotation, self.info], config=self._config)  # type: ignore[arg-type]

    def takes(self, value: Any) -> bool:
        """Whether the model takes a value for the field, and keeps it as it is."""
        try:
            return bool(self._adapter.validate_python(value) == value)
        except ValidationError:
            return False

    @cached_property
    def _members(self) -> Mapping[str, Any]:
        """The model's own objects for the words of an enum or a set."""
        type_ = self.attribute.type
        if isinstance(type_, EnumType):
            return dict(zip(type_.values, type_.members or type_.values, strict=True))
        annotation, _, _ = unwrapped(self.info)
        (inner,) = typing.get_args(annotation)
        enum = inner if isinstance(inner, type) and issubclass(inner, Enum) else None
        words = type_.values if isinstance(type_, SetType) else ()
        return {word: word if enum is None else enum(word) for word in words}

    def held(self, value: Any) -> Any:
        """Return a value of the vocabulary as the model holds it."""
        match self.attribute.type:
            case EnumType() if value is not None:
                return self._members[value]
            case SetType() if value is not None:
                annotation, _, _ = unwrapped(self.info)
                return typing.get_origin(annotation)(self._members[word] for word in value)
            case _:
                return value

    @cached_property
    def home(self) -> Any:
        """The plainest known value of an ordered field: nil, or the day on which a customer is shown."""
        match self.attribute.type:
            case DateType():
                return self.snapped(DAY)
            case DecimalType():
                return self.snapped(Decimal(0))
            case _:
                return self.snapped(0)

    def beside(self, value: Any) -> Any:
        """Return the value of the grid after an ordered value, or the one before it when it is the last."""
        first, last = self._ends
        place = math.floor(self._number(value) / self.limits.step)
        return self.at(min(place + 1, last) if place < last else max(place - 1, first))

    def snapped(self, value: Any, *, up: bool = False) -> Any:
        """Return the value of the grid within the limits that is nearest below, or `up`, or at the nearer end."""
        low, high = self._ends
        number = self._number(value) / self.limits.step
        place = math.ceil(number) if up else math.floor(number)
        return self.at(min(max(place, low), high))

    @cached_property
    def _ends(self) -> tuple[int, int]:
        """The first and the last place on the grid."""
        step = self.limits.step
        low, high = self._number(self.limits.low), self._number(self.limits.high)
        return math.ceil(low / step), math.floor(high / step)

    def _number(self, value: Any) -> Fraction:
        return Fraction(value.toordinal()) if isinstance(value, date) else Fraction(value)

    def at(self, place: int) -> Any:
        """Return the value at a place on the grid of an ordered field."""
        number = place * self.limits.step
        match self.attribute.type:
            case DateType():
                return date.fromordinal(int(number))
            case DecimalType(scale):
                return (Decimal(number.numerator) / Decimal(number.denominator)).quantize(Decimal(1).scaleb(-scale))
            case _:
                return int(number)

    # Strategies

    def known(self) -> st.SearchStrategy[Any]:
        """Draw a known value, the plainest first: nil, the first word, the day on which customers are shown."""
        match self.attribute.type:
            case EnumType(values):
                return st.sampled_from([self.held(word) for word in values])
            case BooleanType():
                return st.booleans()
            case SetType(values):
                return self.sets(free=values)
            case TextType():
                return self.texts()
            case _:
                return self.between(None, None)

    def anything(self) -> st.SearchStrategy[Any]:
        """Draw a value, or unknown where that may be, which is the plainest."""
        return st.one_of(st.none(), self.known()) if self.attribute.optional else self.known()

    def between(self, low: Any, high: Any) -> st.SearchStrategy[Any]:
        """Draw a value of an ordered field from `low` to `high`, both inclusive; often an end.

        Raises:
            InvalidArgument: the model takes no value from `low` to `high`.
        """
        ends = self.ends(low, high)
        if ends is None:
            raise InvalidArgument(f"{self._where} has no value from {low} to {high}")
        first, last = ends
        values = [self.at(place) for place in dict.fromkeys((first, last, min(first + 1, last), max(last - 1, first)))]
        home = self.home
        if self.at(first) <= home <= self.at(last):
            values.append(home)
        plain = sorted(dict.fromkeys(values), key=lambda one: (abs(self._number(one) - self._number(home)), one))
        return st.one_of(st.sampled_from(plain), st.integers(first, last).map(self.at))

    def ends(self, low: Any, high: Any) -> tuple[int, int] | None:
        """Return the first and the last place on the grid from `low` to `high`, or `None` when there is none."""
        first, last = self._ends
        if low is not None:
            first = max(first, math.ceil(self._number(low) / self.limits.step))
        if high is not None:
            last = min(last, math.floor(self._number(high) / self.limits.step))
        return (first, last) if first <= last else None

    def sets(self, *, wanted: Iterable[str] = (), free: Iterable[str]) -> st.SearchStrategy[Any]:
        """Draw a set with all wanted words and any of the free ones, of a size that the model takes.

        Raises:
            InvalidArgument: no set of these words has a size that the model takes.
        """
        wanted = tuple(wanted)
        free = tuple(word for word in free if word not in wanted)
        least = max(0, self.limits.shortest - len(wanted))
        room = len(free) if self.limits.longest is None else self.limits.longest - len(wanted)
        most = max(least, min(room, len(free), _FEW_WORDS))
        if room < 0 or least > len(free):
            raise InvalidArgument(f"{self._where} has no set with {', '.join(wanted) or 'none of the words'}")
        more = st.lists(st.sampled_from(free), unique=True, min_size=least, max_size=most) if free else st.just([])
        return more.map(lambda words: self.held((*wanted, *words)))

    def texts(self, *, besides: Iterable[str] = ()) -> st.SearchStrategy[str]:
        """Draw a text that the model takes and that is none of some others.

        A pattern with limits of length that do not follow from it, and a pattern beside forbidden texts, are the one
        place where a drawn value can be thrown away: what a regular expression leaves out cannot be drawn around.
        """
        limits, others = self.limits, frozenset(besides)
        if limits.pattern is None:
            longest = max(limits.shortest, _LONGEST) if limits.longest is None else limits.longest
            letters = _letters(limits.case, stripped=limits.stripped)
            drawn = st.text(letters, min_size=limits.shortest, max_size=min(longest, limits.shortest + _LONGEST))
            spare = next((text for text in _spares(limits) if text not in others and self.takes(text)), None)
            if not others or spare is None:
                return drawn.filter(lambda text: text not in others) if others else drawn
            return drawn.map(lambda text: spare if text in others else text)
        alphabet = st.characters(codec="ascii" if limits.pattern.isascii() else "utf-8", exclude_characters="\n\r")
        matching = st.from_regex(_anchored(limits.pattern), alphabet=alphabet)
        if others or limits.shortest or limits.longest is not None or limits.stripped or limits.case:
            return matching.filter(lambda text: text not in others and self.takes(text))
        return matching


_TYPE_CONFIG = (
    "str_strip_whitespace",
    "str_to_lower",
    "str_to_upper",
    "str_min_length",
    "str_max_length",
    "regex_engine",
    "strict",
)
"""The settings of a model that change which values a field takes."""

_FEW_WORDS = 4
"""How many words a drawn set has beyond the wanted ones, at most, unless the model asks for more."""


def _letters(case: str | None, *, stripped: bool) -> st.SearchStrategy[str]:
    """Draw a character; none that is rewritten, and no white space where it would be taken off."""
    if case is not None:
        return st.sampled_from(string.digits + (string.ascii_lowercase if case == "lower" else string.ascii_uppercase))
    categories: tuple[Any, ...] = ("L", "N", "P", "S") if stripped else ("L", "N", "P", "S", "Zs")
    return st.characters(codec="utf-8", categories=categories, exclude_characters="\ufeff")


def _spares(limits: Limits) -> Iterator[str]:
    """Yield texts to give instead of a forbidden one."""
    size = max(limits.shortest, 1)
    for letter in "xyzXYZ0123456789":
        for length in range(size, size + _LONGEST):
            yield letter * length


_END = re.compile(r"(?<!\\)((?:\\\\)*)\$$")


def _anchored(pattern: str) -> str:
    r"""Return the pattern with a last `$` that means the very end, as in pydantic; in Python it allows a `\n` more."""
    return _END.sub(r"\1\\Z", pattern)


# Reading the limits


def _limits(model: type[BaseModel], attribute: Attribute, info: FieldInfo) -> Limits:
    _, _, metadata = unwrapped(info)
    marks = list(_flat(metadata))
    match attribute.type:
        case IntegerType() | DecimalType() | DateType():
            return _ordered_limits(attribute.type, marks)
        case TextType():
            return _text_limits(model, marks)
        case _:
            return Limits(shortest=_last(marks, "min_length") or 0, longest=_last(marks, "max_length"))


def _flat(metadata: Iterable[Any]) -> Iterator[Any]:
    """Yield marks one by one; a group of marks is taken apart."""
    for one in metadata:
        if getattr(one, "__is_annotated_types_grouped_metadata__", False):
            yield from _flat(one)
        yield one


def _last(marks: Iterable[Any], name: str) -> Any:
    found = [value for one in marks if (value := getattr(one, name, None)) is not None]
    return found[-1] if found else None


def _ordered_limits(type_: OrderedType, marks: list[Any]) -> Limits:
    grid = Fraction(1, 10**type_.scale) if isinstance(type_, DecimalType) else Fraction(1)
    step = grid
    lows: list[Any] = [type_.minimum] if type_.minimum is not None else []
    highs: list[Any] = [type_.maximum] if type_.maximum is not None else []
    if isinstance(type_, DateType):
        lows += [one.ge for one in marks if getattr(one, "ge", None) is not None]
        lows += [one.gt + timedelta(days=1) for one in marks if getattr(one, "gt", None) is not None]
        highs += [one.le for one in marks if getattr(one, "le", None) is not None]
        highs += [one.lt - timedelta(days=1) for one in marks if getattr(one, "lt", None) is not None]
        low = max(lows, default=min(_FIRST_DAY, *highs) if highs else _FIRST_DAY)
        return Limits(low, min(highs, default=max(_LAST_DAY, low)))
    for one in marks:
        if (multiple := getattr(one, "multiple_of", None)) is not None:
            step = _common(step, Fraction(multiple))
        if isinstance(type_, DecimalType) and (digits := getattr(one, "max_digits", None)) is not None:
            most = Decimal(10) ** (digits - type_.scale) - Decimal(1).scaleb(-type_.scale)
            lows.append(-most)
            highs.append(most)
    low = max(lows, default=min(-_LARGEST, *highs) if highs else -_LARGEST)
    return Limits(low, min(highs, default=max(_LARGEST, low)), step)


def _common(one: Fraction, other: Fraction) -> Fraction:
    """Return the least common multiple of two steps."""
    return Fraction(math.lcm(one.numerator, other.numerator), math.gcd(one.denominator, other.denominator))


def _text_limits(model: type[BaseModel], marks: list[Any]) -> Limits:
    config = model.model_config
    lower = _last(marks, "to_lower") or config.get("str_to_lower")
    upper = _last(marks, "to_upper") or config.get("str_to_upper")
    longest = _last(marks, "max_length")
    pattern = _last(marks, "pattern")
    return Limits(
        shortest=_last(marks, "min_length") or config.get("str_min_length", 0),
        longest=config.get("str_max_length") if longest is None else longest,
        pattern=getattr(pattern, "pattern", pattern),
        stripped=bool(_last(marks, "strip_whitespace") or config.get("str_strip_whitespace")),
        case="lower" if lower else "upper" if upper else None,
    )
