"""How does a pydantic model say what rule books may know about it?

Fields of simple types are attributes as they stand. `About` adds what a type cannot say; `derived` turns a method of
(self, as_of) into an attribute that is computed.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeVar

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from relmaint.errors import ModelError
from relmaint.text import Text
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
    ValueType,
    Vocabulary,
)

__all__ = ["About", "derived", "facts_of", "plain", "unwrapped", "vocabulary_of"]

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class About:
    """What a field's type cannot say: put it into `Annotated[...]`.

    Args:
        zh: its name in Chinese.
        en: its name in English.
        unit: what a number counts.
        protected: only rules that protect the customer may read it.
        immutable: nobody can change it.
    """

    zh: str | None = None
    en: str | None = None
    unit: str | None = None
    protected: bool = False
    immutable: bool = False


@dataclass(frozen=True, slots=True)
class _Derivation:
    about: About
    ge: Any
    le: Any
    places: int | None


def derived(
    *,
    zh: str | None = None,
    en: str | None = None,
    unit: str | None = None,
    ge: int | Decimal | None = None,
    le: int | Decimal | None = None,
    places: int | None = None,
    protected: bool = False,
) -> Callable[[Function], Function]:
    """Declare a method of (self, as_of) as an attribute; its return annotation gives the type.

    Args:
        ge: the smallest value it can return.
        le: the largest value it can return.
        places: for Decimal, how many places after the point it rounds to.
    """

    def declare(function: Function) -> Function:
        about = About(zh, en, unit, protected, immutable=False)
        function.__relmaint__ = _Derivation(about, ge, le, places)  # type: ignore[attr-defined]  # our own mark
        return function

    return declare


@cache
def vocabulary_of(model: type[BaseModel]) -> Vocabulary:
    """Read the vocabulary off a customer model.

    Fields of types that have no exact classes (nested models, lists, tuples) are not attributes and are left out.

    Raises:
        ModelError: a number has no exact grid (`float`, or `Decimal` without `decimal_places`), or a derived
            attribute is declared wrongly.
    """
    attributes = {
        AS_OF: Attribute(AS_OF, DateType(), optional=False, unit="day", label=Text(zh="计划日", en="day of the plan"))
    }
    for attribute in (*_fields(model), *_derivations(model)):
        attributes[attribute.name] = attribute
    return Vocabulary(attributes, model)


def _fields(model: type[BaseModel]) -> Iterator[Attribute]:
    for name, info in model.model_fields.items():
        annotation, optional, metadata = unwrapped(info)
        type_ = _value_type(f"{model.__name__}.{name}", annotation, metadata)
        if type_ is not None:
            about = next((one for one in metadata if isinstance(one, About)), About())
            yield _attribute(name, type_, about, optional=optional, derive=None)


def _derivations(model: type[BaseModel]) -> Iterator[Attribute]:
    for name in dir(model):
        function = None if name.startswith("__") else getattr(model, name, None)
        how = getattr(function, "__relmaint__", None)
        if not isinstance(how, _Derivation) or function is None:
            continue
        where = f"{model.__name__}.{name}"
        returned = typing.get_type_hints(function, include_extras=True).get("return")
        annotation, optional = _without_none(returned)
        metadata: list[Any] = [annotated_types.Ge(how.ge)] if how.ge is not None else []
        if how.le is not None:
            metadata.append(annotated_types.Le(how.le))
        type_ = _value_type(where, annotation, metadata, places=how.places)
        if type_ is None:
            raise ModelError(f"{where}: a derived attribute must return a simple type, not {annotation!r}")
        yield _attribute(name, type_, how.about, optional=optional, derive=function)


def _attribute(
    name: str, type_: ValueType, about: About, *, optional: bool, derive: Callable[[Any, date], Any] | None
) -> Attribute:
    label = Text(about.zh, about.en) if about.zh or about.en else None
    return Attribute(name, type_, optional, about.unit, label, derive, about.protected, about.immutable)


def unwrapped(info: FieldInfo) -> tuple[Any, bool, list[Any]]:
    """Return the type of a field without `None` and marks, whether it may be `None`, and its marks."""
    annotation, optional = _without_none(info.annotation)
    metadata = list(info.metadata)
    while typing.get_origin(annotation) is typing.Annotated:
        annotation, *more = typing.get_args(annotation)
        metadata.extend(more)
    for one in tuple(metadata):
        if isinstance(one, FieldInfo):
            metadata.extend(one.metadata)
    return annotation, optional, metadata


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        parts = [part for part in typing.get_args(annotation) if part is not type(None)]
        if len(parts) == 1:
            return parts[0], len(typing.get_args(annotation)) > 1
    return annotation, False


def _value_type(where: str, annotation: Any, metadata: list[Any], places: int | None = None) -> ValueType | None:
    origin = typing.get_origin(annotation)
    if origin is Literal:
        words = typing.get_args(annotation)
        return EnumType(words) if all(isinstance(word, str) for word in words) else None
    if origin in (frozenset, set):
        inner = _value_type(where, typing.get_args(annotation)[0], [])
        return SetType(inner.values) if isinstance(inner, EnumType) else None
    if not isinstance(annotation, type):
        return None
    if issubclass(annotation, Enum):
        return EnumType(tuple(str(member.value) for member in annotation), tuple(annotation))
    if issubclass(annotation, bool):
        return BooleanType()
    if issubclass(annotation, int):
        low, high = _limits(metadata, step=1)
        return IntegerType(low, high)
    if issubclass(annotation, Decimal):
        scale = places if places is not None else _decimal_places(metadata)
        if scale is None:
            raise ModelError(f"{where}: declare `decimal_places`, so that amounts lie on an exact grid")
        low, high = _limits(metadata, step=Decimal(1).scaleb(-scale))
        return DecimalType(scale, _decimal(low), _decimal(high))
    if issubclass(annotation, float):
        raise ModelError(f"{where}: use Decimal with `decimal_places`; binary floats have no exact classes")
    if issubclass(annotation, datetime):
        return None
    if issubclass(annotation, date):
        return DateType()
    return TextType() if issubclass(annotation, str) else None


def _limits(metadata: list[Any], step: Any) -> tuple[Any, Any]:
    low = high = None
    for one in metadata:
        low = getattr(one, "ge", None) if getattr(one, "ge", None) is not None else low
        high = getattr(one, "le", None) if getattr(one, "le", None) is not None else high
        low = one.gt + step if getattr(one, "gt", None) is not None else low
        high = one.lt - step if getattr(one, "lt", None) is not None else high
    return low, high


def _decimal(limit: Any) -> Decimal | None:
    return None if limit is None else Decimal(limit)


def _decimal_places(metadata: list[Any]) -> int | None:
    for one in metadata:
        places = getattr(one, "decimal_places", None)
        if isinstance(places, int):
            return places
    return None


def plain(value: Any) -> Value | None:
    """Return the value that conditions compare: an enum's value, a set of words, or the value as it stands."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, set | frozenset):
        return frozenset(str(one.value) if isinstance(one, Enum) else str(one) for one in value)
    return typing.cast("Value | None", value)


def facts_of(vocabulary: Vocabulary, customer: BaseModel, as_of: date) -> dict[str, Value]:
    """Return every known attribute of the customer on the day `as_of`; an unknown one is absent."""
    facts: dict[str, Value] = {AS_OF: as_of}
    for attribute in vocabulary.attributes.values():
        if attribute.name == AS_OF:
            continue
        derive = attribute.derive
        value = plain(derive(customer, as_of) if derive else getattr(customer, attribute.name))
        if value is not None:
            facts[attribute.name] = value
    return facts
