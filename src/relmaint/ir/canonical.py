"""What is the content of a book, whatever its files look like?

The text that the digest of a book is taken of: everything that has a meaning, in one order, without positions.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel

from relmaint.ir.conditions import And, Comparison, Not, Or, show_condition
from relmaint.ir.rules import NO_CHECKS, RuleBook
from relmaint.vocabulary import Vocabulary

__all__ = ["canonical_text", "digest"]

_VERSION = 1
"""Raised when the meaning of books changes, so that digests of different meanings never agree."""


def canonical_text(book: RuleBook) -> str:
    """Return the canonical content of a book: equal for equal books, and only for those."""
    content = {"semantics": _VERSION, "book": _plain(book)}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(book: RuleBook) -> str:
    """Return the SHA-256 of the canonical text: two books with one digest plan alike."""
    return hashlib.sha256(canonical_text(book).encode()).hexdigest()


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
