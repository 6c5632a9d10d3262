"""Which customer is the conformance suite about? One with an attribute of every type, whose model never changes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from relmaint.model.attributes import vocabulary_of
from relmaint.vocabulary import (
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

__all__ = ["ConformanceCustomer", "attributes", "vocabulary"]


class Event(StrEnum):
    """Words of a set."""

    MOVED = "moved"
    MARRIED = "married"


class ConformanceCustomer(BaseModel):
    """The customer; all may be unknown but the tier. Nothing is computed: derivations are each bank's own."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    tier: Literal["key", "ordinary", "exit"]
    habit: Literal["price", "quality", "价格"] | None = None
    consent: bool | None = None
    size: int | None = None
    contacts: Annotated[int | None, Field(ge=0, le=9)] = None
    visits: Annotated[int | None, Field(ge=0, le=9)] = None
    hour: Annotated[int | None, Field(ge=0, le=23)] = None
    amount: Annotated[Decimal | None, Field(ge=0, decimal_places=2)] = None
    since: date | None = None
    branch: str | None = None
    events: frozenset[Event] | None = None


def vocabulary() -> Vocabulary:
    """Return its attributes, the day of the plan among them."""
    return vocabulary_of(ConformanceCustomer)


def attributes() -> dict[str, Any]:
    """Return what the head of the suite says of the attributes."""
    return {one.name: _described(one.type) | {"optional": one.optional} for one in vocabulary().attributes.values()}


def _described(type_: ValueType) -> dict[str, Any]:
    match type_:
        case EnumType():
            return {"type": "enum", "values": list(type_.values)}
        case SetType():
            return {"type": "set", "values": list(type_.values)}
        case BooleanType():
            return {"type": "boolean"}
        case TextType():
            return {"type": "text"}
        case DateType():
            return {"type": "date"}
        case IntegerType():
            return {"type": "integer", "minimum": type_.minimum, "maximum": type_.maximum}
        case DecimalType():
            ends = {name: None if end is None else str(end) for name, end in _ends(type_)}
            return {"type": "decimal", "scale": type_.scale, **ends}


def _ends(type_: DecimalType) -> tuple[tuple[str, Decimal | None], ...]:
    return ("minimum", type_.minimum), ("maximum", type_.maximum)
