"""What must be kept of a decision, so that anybody can make it again and see that it is the same?

A record holds what went in (the customer as the model stores it, the attributes computed from that, the day), what
decided (the book, by digest, and the version of its meaning), and what came out (the plan, and the digest of its
explanation). Its id is the hash of all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import to_jsonable_python

from relmaint.hashing import canonical_json, sha256_of
from relmaint.model.attributes import plain
from relmaint.model.explanation import Explanation
from relmaint.model.plan import ActionPlan, BookRef
from relmaint.vocabulary import AS_OF, Vocabulary, show_value

__all__ = [
    "RECORD_FORMAT",
    "WITHHELD_ID",
    "DecisionRecord",
    "customer_of",
    "derived_facts",
    "explanation_digest",
    "stored_facts",
]

RECORD_FORMAT: Literal["relmaint-record/1"] = "relmaint-record/1"
"""The version of the format, for whoever reads the file."""

WITHHELD_ID = "withheld"
"""Stands for the id of a customer whose record leaves it out."""


class DecisionRecord(BaseModel):
    """One decision: what went in, what decided, and what came out.

    Attributes:
        id: the SHA-256 of everything else in canonical JSON; equal decisions have equal ids, in every process.
        as_of: the day of the plan.
        book: the book that decided, with its digest.
        rules: the digest of the book without the attributes of the customer model.
        semantics: the version of the meaning of books.
        customer: every stored field that was known, by name; numbers that are not whole, and days, as text.
        derived: every attribute that was computed from these and the day, and known.
        plan: the plan.
        explanation: the SHA-256 of the explanation in canonical JSON, without the places of rules in files.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    format: Literal["relmaint-record/1"] = RECORD_FORMAT
    id: str
    as_of: date
    book: BookRef
    rules: str
    semantics: int
    customer: dict[str, Any]
    derived: dict[str, Any]
    plan: ActionPlan
    explanation: str

    @model_validator(mode="after")
    def _agrees_with_its_plan(self) -> Self:
        if (self.plan.as_of, self.plan.book) != (self.as_of, self.book):
            raise ValueError("the plan is for another day, or by another book, than the record says")
        return self

    @classmethod
    def of(cls, **content: Any) -> Self:
        """Return the record of this content, with the id that belongs to it."""
        draft = cls(id="", **content)
        return cls(id=draft.content_id, **content)

    @property
    def content_id(self) -> str:
        """The id that belongs to the content; a record that has another was changed after it was made."""
        return sha256_of(canonical_json(self.model_dump(mode="json", exclude={"id"})))

    @property
    def is_intact(self) -> bool:
        """Whether the id is that of the content."""
        return self.id == self.content_id

    def to_json(self) -> str:
        """Return the record as one line of canonical JSON."""
        return canonical_json(self.model_dump(mode="json"))


def stored_facts(customer: BaseModel, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the stored fields of a customer as JSON holds them; an attribute that is unknown is left out.

    Fields that are no attributes are kept too: attributes may be computed from them.
    """
    found = {}
    for name in type(customer).model_fields:
        value = getattr(customer, name)
        if value is not None or name not in vocabulary:
            found[name] = _jsonable(plain(value) if name in vocabulary else value)
    return found


def derived_facts(facts: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    """Return those of the known attributes that were computed, as JSON holds them."""
    return {
        name: _jsonable(value) for name, value in facts.items() if name != AS_OF and vocabulary[name].derive is not None
    }


def customer_of(stored: Mapping[str, Any], model: type[BaseModel], vocabulary: Vocabulary) -> BaseModel:
    """Return the customer whose stored facts these are; what is left out is unknown, whatever the model's default.

    Raises:
        ValidationError: the model does not take them.
    """
    values = dict(stored)
    for name in model.model_fields:
        if name not in values and name in vocabulary:
            if vocabulary[name].optional:
                values[name] = None
            elif name == "id":
                values[name] = WITHHELD_ID
    return model.model_validate_json(canonical_json(values), by_name=True)


def explanation_digest(explanation: Explanation) -> str:
    """Return the SHA-256 of an explanation; where the rules are written does not count, so that a book can be moved."""
    return sha256_of(canonical_json(explanation.model_dump(mode="json", exclude=_PLACES)))


_PLACE = {"file", "line"}
_PLACES: Any = {
    "accounts": {
        "__all__": {"by": _PLACE, "nearest": _PLACE, "rules": {"__all__": _PLACE}, "guards": {"__all__": _PLACE}}
    }
}


def _jsonable(value: Any) -> Any:
    """Return a value as JSON holds it, the same for equal values."""
    match value:
        case Enum():
            return _jsonable(value.value)
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            return show_value(value)
        case date() | datetime() | time():
            return value.isoformat()
        case BaseModel():
            return {name: _jsonable(getattr(value, name)) for name in type(value).model_fields}
        case Mapping():
            return {str(_jsonable(key)): _jsonable(part) for key, part in value.items()}
        case set() | frozenset():
            return sorted((_jsonable(part) for part in value), key=canonical_json)
        case list() | tuple():
            return [_jsonable(part) for part in value]
        case _:
            return to_jsonable_python(value)
