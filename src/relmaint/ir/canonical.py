"""What is the content of a book, whatever its files look like?

The text that the digest of a book is taken of: everything that has a meaning, in one order, without positions.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel

from relmaint.hashing import canonical_json, sha256_of
from relmaint.ir.conditions import And, Comparison, Not, Or, show_condition
from relmaint.ir.rules import NO_CHECKS, RuleBook
from relmaint.vocabulary import Vocabulary

__all__ = ["SEMANTICS", "canonical_text", "digest", "rules_digest"]

SEMANTICS = 1
"""The version of the meaning of books.

Raised when a book can mean something else than before, and for nothing else: digests of different meanings then never
agree, and a decision record says under which meaning its plan was made. `tests/audit/test_semantics.py` pins it.
"""


def canonical_text(book: RuleBook, *, semantics: int = SEMANTICS) -> str:
    """Return the canonical content of a book: equal for equal books, and only for those.

    Args:
        book: the book.
        semantics: the version of the meaning to write down; an earlier one gives the text as it was then.
    """
    return canonical_json({"semantics": semantics, "book": _plain(book)})


def digest(book: RuleBook, *, semantics: int = SEMANTICS) -> str:
    """Return the SHA-256 of the canonical text: two books with one digest plan alike."""
    return sha256_of(canonical_text(book, semantics=semantics))


def rules_digest(book: RuleBook) -> str:
    """Return the SHA-256 of what the book itself says, without the attributes that the customer model gives it.

    Two books with one such digest and different digests differ in the customer model only.
    """
    content = _plain(book)
    del content["vocabulary"]
    return sha256_of(canonical_json(content))


def _plain(value: Any) -> Any:
    match value:
        case Comparison() | And() | Or() | Not():
            return show_condition(value)
        case Vocabulary():
            return {one.name: repr(one) for one in value.attributes.values()}
        case BaseModel():
            return value.model_dump(mode="json", exclude_defaults=True)
        case Enum():
            return value.value
        case Mapping():
            return {str(key): _plain(part) for key, part in value.items()}
        case tuple() | list():
            return [_plain(part) for part in value]
        case None | bool() | int() | str():
            return value
        case _ if dataclasses.is_dataclass(value):
            return _fields(value)
        case _:
            return str(value)


def _fields(value: Any) -> dict[str, Any]:
    """Return the fields that take part in equality and say something; the rest is layout."""
    found = {}
    for field in dataclasses.fields(value):
        part = getattr(value, field.name)
        if field.compare and part is not None and part not in ((), NO_CHECKS):
            found[field.name] = _plain(part)
    return found
