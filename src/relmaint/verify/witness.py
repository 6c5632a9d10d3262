"""Which customer shows that a region is not empty?

A region speaks of attributes; some of them a bank computes from others (an age from a birth date and a day). Stored
fields are given the plainest value that the region allows, and those behind a computed attribute are searched for
values that put it where the region wants it. What is returned was checked; that nothing is found proves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property, partial
from itertools import islice, product
from typing import Any

from pydantic import BaseModel, ValidationError

from relmaint.ir.program import UNKNOWN, Axis, Box
from relmaint.model.attributes import facts_of, plain
from relmaint.verify.cover import Region, bits_of
from relmaint.vocabulary import (
    AS_OF,
    Attribute,
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    IntegerType,
    SetType,
    TextType,
    Value,
    Vocabulary,
    show_value,
)

__all__ = ["DAY", "Stand", "Witness", "Witnesses", "fields_read", "near_values", "other_text", "plain_value", "step_of"]

DAY = date(2026, 1, 15)
"""The day for which a customer is shown when nothing hangs on the day."""

_TRIES = 20_000
"""How many values of stored fields are tried together for the attributes that are computed from them."""

_FAR = (date(1960, 1, 1), date(2150, 1, 1))
"""Days on which no calendar of festivals says anything."""

_DAYS = 1_100
"""How many days on from `DAY` are tried for attributes that hang on the day alone."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A customer on a day; `facts` are all that is known of the customer, the computed attributes included."""

    customer: BaseModel
    as_of: date
    facts: Mapping[str, Value]

    def record(self) -> str:
        """Write what distinguishes the customer from one of whom nothing is known, as a record holds it."""
        said = self.customer.model_dump(mode="json", exclude_defaults=True, exclude={"id"})
        parts = [f"{name}: {_word(value)}" for name, value in said.items()]
        on = "" if self.as_of == DAY else f" on {self.as_of.isoformat()}"
        return f"{{{', '.join(parts)}}}{on}"


def _word(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case list():
            return f"[{', '.join(sorted(map(str, value)))}]"
        case None:
            return "unknown"
        case _:
            return str(value)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a region wants of one attribute: the axes that speak of it, each with the classes allowed."""

    attribute: Attribute
    axes: tuple[tuple[Axis, int], ...]

    def met_by(self, value: Any) -> bool:
        """Whether a value lies in the classes allowed."""
        return all(mask >> axis.class_of(value) & 1 for axis, mask in self.axes)


class Witnesses:
    """Customers for regions over the axes of one book.

    Args:
        vocabulary: the attributes; its model is what the customers are instances of.
        axes: what the regions speak of.
    """

    def __init__(self, vocabulary: Vocabulary, axes: Sequence[Axis]) -> None:
        """Find out which stored fields each computed attribute reads."""
        self._vocabulary = vocabulary
        self._axes = tuple(axes)
        self._model: type[BaseModel] | None = vocabulary.model
        self._of: dict[str, list[int]] = {}
        for index, axis in enumerate(self._axes):
            self._of.setdefault(axis.attribute, []).append(index)

    @cached_property
    def _reads(self) -> dict[str, tuple[str, ...]]:
        """For each computed attribute of an axis, the stored fields that it reads."""
        found = {}
        for name in self._of:
            derive = self._vocabulary[name].derive
            if derive is not None and self._model is not None:
                found[name] = fields_read(self._model, self._vocabulary, derive)
        return found

    def can_change(self, name: str) -> bool:
        """Whether an attribute can change on one day: not when it, or all that it hangs on, is immutable."""
        attribute = self._vocabulary[name]
        if attribute.derive is None or self._model is None:
            return not attribute.immutable
        return any(not self._vocabulary[field].immutable for field in self._reads[name])

    def customer(
        self, region: Region, *, impossible: Sequence[Box] = (), like: tuple[BaseModel, date] | None = None
    ) -> Witness | None:
        """Return a plain customer in the region and in none of the impossible boxes, or `None` when none was found.

        Args:
            region: which customers will do.
            impossible: what no customer can be.
            like: a customer and a day to keep to where the region allows it; a plain one has nothing that is not asked.
        """
        if self._model is None:
            return None
        wishes = self._wishes(region)
        model = _Likeness.of(like)
        for day in self._days(wishes, model):
            values = self._values(wishes, day, model)
            witness = None if values is None else self._built(values, day, model)
            if witness is not None and self._fits(witness.facts, region, impossible):
                return witness
        return None

    def _wishes(self, region: Region) -> dict[str, _Wish]:
        """Return what the region wants of each attribute of which it does not allow everything."""
        wishes = {}
        for name, indices in self._of.items():
            if any(region[index] != self._axes[index].everything for index in indices):
                pairs = tuple((self._axes[index], region[index]) for index in indices)
                wishes[name] = _Wish(self._vocabulary[name], pairs)
        return wishes

    def _days(self, wishes: Mapping[str, _Wish], like: _Likeness) -> Iterator[date]:
        """Yield days on which the attributes that hang on the day alone are where they should be; a few of them."""
        dated = [wish for name, wish in wishes.items() if name == AS_OF or self._reads.get(name) == ()]
        if like.day is not None and all(wish.met_by(self._on(wish, like.day)) for wish in dated):
            yield like.day
        starts = [DAY, *_FAR] if dated else [DAY]
        if AS_OF in wishes:
            axis, mask = wishes[AS_OF].axes[0]
            starts = [plain_value(axis, class_, None) for class_ in bits_of(mask)]
        days = (
            start + timedelta(days=step)
            for start in starts
            for step in range(1 if start in _FAR or not dated else _DAYS)
        )
        found = (day for day in days if all(wish.met_by(self._on(wish, day)) for wish in dated))
        yield from islice(found, 3)

    def _on(self, wish: _Wish, day: date) -> Any:
        derive = wish.attribute.derive
        return day if derive is None else derive(Stand(self._model, {}), day)

    def _values(self, wishes: Mapping[str, _Wish], day: date, like: _Likeness) -> dict[str, Any] | None:
        """Return values of stored fields, or `None` when no values were found for a computed attribute."""
        values: dict[str, Any] = {}
        for name, wish in wishes.items():
            if wish.attribute.derive is None and name != AS_OF:
                values[name] = next(like.first(wish, _stored(wish, day, ())))
        for group in self._groups(wishes):
            fields = sorted({field for name in group for field in self._reads[name]})
            ends = [end for name in group for axis, _ in wishes[name].axes for end in axis.cuts]
            choices = [list(self._choices(field, wishes.get(field), day, ends, like)) for field in fields]
            for picked in islice(_nearest_first(choices, like), _TRIES):
                stand = Stand(self._model, dict(zip(fields, picked, strict=True)))
                if all(wishes[name].met_by(_derived(wishes[name], stand, day)) for name in group):
                    values.update(zip(fields, picked, strict=True))
                    break
            else:
                return None
        return values

    def _groups(self, wishes: Mapping[str, _Wish]) -> list[list[str]]:
        """Return the computed attributes to be seen together, since they read a field in common."""
        groups: list[tuple[set[str], list[str]]] = []
        for name in wishes:
            fields = set(self._reads.get(name, ()))
            if not fields:
                continue
            names = [name]
            apart = []
            for others, group in groups:
                if others & fields:
                    fields |= others
                    names = [*group, *names]
                else:
                    apart.append((others, group))
            groups = [*apart, (fields, names)]
        return [names for _, names in groups]

    def _choices(
        self, field: str, wish: _Wish | None, day: date, ends: Sequence[Any], like: _Likeness
    ) -> Iterator[Any]:
        """Yield values of a stored field, the plainest first, with those near the ends of what is computed from it."""
        if wish is None:
            wish = _Wish(self._vocabulary[field], ())
        return like.first(wish, _stored(wish, day, ends))

    def _built(self, values: Mapping[str, Any], day: date, like: _Likeness) -> Witness | None:
        """Return the customer with these values, or `None` when the model does not take them."""
        model = self._model
        if model is None:
            return None
        given = {**like.given, **{name: _json(value) for name, value in values.items() if name in model.model_fields}}
        for name, info in model.model_fields.items():
            if info.is_required() and name not in given:
                given[name] = self._required(name)
        try:
            customer = model.model_validate_json(json.dumps(given))
        except ValidationError:
            return None
        return Witness(customer, day, facts_of(self._vocabulary, customer, day))

    def _required(self, name: str) -> Any:
        """Return a value for a field that must be there and that the region does not speak of."""
        if name not in self._vocabulary or isinstance(self._vocabulary[name].type, TextType):
            return "witness"
        return _json(next(_stored(_Wish(self._vocabulary[name], ()), DAY, ())))

    def _fits(self, facts: Mapping[str, Value], region: Region, impossible: Sequence[Box]) -> bool:
        cell = [axis.class_of(facts.get(axis.attribute)) for axis in self._axes]
        inside = all(mask >> class_ & 1 for mask, class_ in zip(region, cell, strict=True))
        return inside and not any(all(mask >> cell[axis] & 1 for axis, mask in box) for box in impossible)


class Stand:
    """Stands in for a customer: has the given fields, knows nothing else, and notes which fields are read."""

    def __init__(self, model: type[BaseModel] | None, values: Mapping[str, Any]) -> None:
        self.__dict__["_model"] = model
        self.__dict__["_values"] = values
        self.__dict__["_read"] = set[str]()

    def __getattr__(self, name: str) -> Any:
        model = self.__dict__["_model"]
        if name in model.model_fields:
            self.__dict__["_read"].add(name)
            return self.__dict__["_values"].get(name)
        found = getattr(model, name)
        return partial(found, self) if callable(found) else found


@dataclass(frozen=True, slots=True)
class _Likeness:
    """Whom a witness should be like: their values, the same as JSON holds them, and the day; nobody without a day."""

    values: Mapping[str, Any]
    given: Mapping[str, Any]
    day: date | None = None

    @classmethod
    def of(cls, like: tuple[BaseModel, date] | None) -> _Likeness:
        if like is None:
            return cls({}, {})
        customer, day = like
        values = {name: plain(getattr(customer, name)) for name in type(customer).model_fields}
        return cls(values, customer.model_dump(mode="json"), day)

    def first(self, wish: _Wish, others: Iterator[Any]) -> Iterator[Any]:
        """Yield the own value first, where it will do; of days then those of the own year, and some months around."""
        own = self.values.get(wish.attribute.name)
        near = [own] if wish.attribute.name in self.values else []
        if isinstance(own, date) and self.day is not None:
            anniversary = _years_off(self.day, self.day.year - own.year, 0)
            near += [day for off in range(_AROUND) for day in _days_off(anniversary, off)]
            near += [day for months in range(1, 13) for day in _days_off(own, 30 * months)]
        seen = [value for value in near if wish.met_by(value)]
        yield from seen
        yield from (value for value in others if value not in seen)


_AROUND = 62
"""How many days around an anniversary are tried."""


def _nearest_first(choices: Sequence[Sequence[Any]], like: _Likeness) -> Iterator[tuple[Any, ...]]:
    """Yield all combinations of choices; with a likeness those first in which one field alone is another."""
    if like.day is not None:
        own = tuple(one[0] for one in choices)
        yield own
        for at, values in enumerate(choices):
            yield from ((*own[:at], value, *own[at + 1 :]) for value in values[1:])
    yield from product(*choices)


def _derived(wish: _Wish, stand: Stand, day: date) -> Any:
    derive = wish.attribute.derive
    return derive(stand, day) if derive is not None else None


def fields_read(model: type[BaseModel], vocabulary: Vocabulary, derive: Callable[[Any, date], Any]) -> tuple[str, ...]:
    """Return the stored fields that a function reads of somebody of whom nothing is known, and of others."""
    known = [name for name in model.model_fields if name in vocabulary]
    found: set[str] = set()
    for place in range(3):
        stand = Stand(model, {name: _example(vocabulary[name], place) for name in known})
        derive(stand, DAY)
        found |= stand.__dict__["_read"]
    return tuple(sorted(name for name in found if name in vocabulary))


def _example(attribute: Attribute, place: int) -> Any:
    """Return unknown, the plainest value, or one that is not nil."""
    values = [value for value in islice(_stored(_Wish(attribute, ()), DAY, ()), 5) if value is not None]
    return None if place == 0 else next((value for value in values if place == 1 or value), None)


def _stored(wish: _Wish, day: date, ends: Sequence[Any]) -> Iterator[Any]:
    """Yield values of a stored attribute that the wish allows, the plainest first: unknown, then class by class."""
    attribute = wish.attribute
    if isinstance(attribute.type, SetType):
        yield from _sets(wish)
        return
    if attribute.optional and wish.met_by(None):
        yield None
    seen: set[Any] = set()
    plain = [
        plain_value(axis, class_, day) for axis, mask in wish.axes for class_ in bits_of(mask) if class_ != UNKNOWN
    ] or [plain_value(Axis(attribute.name, attribute.type, optional=False), 1, day)]
    for value in (*plain, *near_values(attribute, day, ends)):
        if value not in seen and wish.met_by(value) and _allowed(attribute, value):
            seen.add(value)
            yield value


def _sets(wish: _Wish) -> Iterator[frozenset[str] | None]:
    wanted = frozenset(str(axis.member) for axis, mask in wish.axes if not mask & 0b010 and mask & 0b100)
    for value in (wanted, None):
        if wish.met_by(value):
            yield value


def _allowed(attribute: Attribute, value: Any) -> bool:
    low, high = getattr(attribute.type, "minimum", None), getattr(attribute.type, "maximum", None)
    return (low is None or value >= low) and (high is None or value <= high)


def plain_value(axis: Axis, class_: int, day: date | None) -> Any:
    """Return the plainest value of a class of known values."""
    match axis.type:
        case EnumType():
            return axis.type.values[class_ - 1]
        case BooleanType():
            return class_ == 2
        case TextType():
            return axis.words[class_ - 2] if class_ > 1 else other_text(axis.words)
        case SetType():
            return frozenset((str(axis.member),)) if class_ == 2 else frozenset[str]()
        case IntegerType() | DecimalType() | DateType():
            return _plain_number(axis, class_, day)


def other_text(words: Sequence[str]) -> str:
    """Return a text that is none of the words."""
    return next(text for number in range(len(words) + 1) if (text := "other" + "x" * number) not in words)


def _plain_number(axis: Axis, class_: int, day: date | None) -> Any:
    """Return the day itself, or nil, when it is in the class; else the end of the class that is nearer to it."""
    home: Any = (day or DAY) if isinstance(axis.type, DateType) else Decimal(0) if _is_decimal(axis) else 0
    if axis.class_of(home) == class_ and (axis.lowest(1) is None or home >= axis.lowest(1)):
        return home
    lowest: Any = axis.lowest(class_)
    if lowest is not None and (lowest > home or class_ > len(axis.cuts)):
        return lowest
    end: Any = axis.cuts[class_ - 1]
    return end - step_of(axis)


def _is_decimal(axis: Axis) -> bool:
    return isinstance(axis.type, DecimalType)


def step_of(axis: Axis) -> Any:
    """Return how far apart neighbours on the grid of an ordered axis are."""
    match axis.type:
        case DateType():
            return timedelta(days=1)
        case DecimalType(scale):
            return Decimal(1).scaleb(-scale)
        case _:
            return 1


def near_values(attribute: Attribute, day: date, ends: Sequence[Any]) -> Iterator[Any]:
    """Yield values near which an attribute computed from this one changes its class."""
    match attribute.type:
        case DateType():
            for end in (0, *ends):
                if isinstance(end, int):
                    for days in (end, end - 1, end + 1):
                        yield from _days_off(day, days)
                    yield from (_years_off(day, years, off) for years in (end, end - 1, end + 1) for off in _OFFSETS)
                elif isinstance(end, date):
                    yield from _days_off(end, 0)
                    yield from _days_off(end, 1)
            yield from (_years_off(day, 30, off) for off in range(0, 366, 5))
        case IntegerType():
            yield from (value for end in (0, *ends) if isinstance(end, int) for value in (end, end - 1, end + 1))
        case DecimalType(scale):
            unit = Decimal(1).scaleb(-scale)
            yield from (unit * number for number in (1, 100, 10_000))
            for end in ends:
                if isinstance(end, Decimal | int) and not isinstance(end, bool):
                    value = Decimal(end).quantize(unit)
                    yield from (value, value - unit, value + unit)
            yield from (Decimal(number) for number in (1, 2, 3, 4, 5, 9, 19, 99))
        case _:
            return


_OFFSETS = (0, -1, 1, 3, 8, 40, 200)
"""Days before or after an anniversary: on it, at it, near it, and well away from it."""


def _days_off(day: date, days: int) -> Iterator[date]:
    for off in (days, -days):
        if 1 <= day.toordinal() + off <= date.max.toordinal():
            yield day + timedelta(days=off)


def _years_off(day: date, years: int, off: int) -> date:
    year = min(max(day.year - years, 1), 9998)
    back = date(year, day.month, min(day.day, 28))
    return back + timedelta(days=off) if off >= 0 or back > date.min else back


def _json(value: Any) -> Any:
    """Return a value as JSON holds it; numbers as texts, so that no place is lost."""
    match value:
        case None | bool() | int():
            return value
        case frozenset():
            return sorted(value)
        case Decimal():
            return show_value(value)
        case date():
            return value.isoformat()
        case _:
            return str(value)
