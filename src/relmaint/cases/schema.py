"""What does an editor need to know, to complete and check a file of cases?

A JSON Schema (draft 7) made from `relmaint.cases.keys`, with the actions, rules and words of one book and the
attributes of one customer model. It checks shapes and names; whether a case passes is told by `relmaint test`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, assert_never

from relmaint.cases.keys import CASE_KEYS, EXPECT_KEYS, NONE, CaseKey, CaseShape
from relmaint.ir.rules import RuleBook
from relmaint.model.attributes import vocabulary_of
from relmaint.vocabulary import BooleanType, EnumType, SetType, ValueType

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["cases_schema"]

Schema: TypeAlias = dict[str, Any]  # a JSON document: its values are of every JSON type

_WORD: Schema = {"type": ["string", "number", "boolean"]}
"""A text; YAML editors take some texts for numbers or truth values, and the reader does not."""

_UNKNOWN: Schema = {"enum": ["unknown", None]}
_DAY: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_MOMENT: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}[ T]([01]\d|2[0-3]):[0-5]\d$"}
_TEXT: Schema = {
    "anyOf": [
        _WORD,
        {
            "type": "object",
            "properties": {"zh": _WORD, "en": _WORD},
            "additionalProperties": False,
            "minProperties": 1,
        },
    ]
}


def cases_schema(book: RuleBook | None, model: type[BaseModel]) -> Schema:
    """Return the JSON Schema of a file of cases.

    Args:
        book: the book whose actions, rules and terms are offered; without one such words are open.
        model: the customer model of the book.
    """
    writer = _Writer(book, model)
    cases: Schema = {"type": "array", "items": writer.mapping(CASE_KEYS)}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "relmaint cases",
        "type": "object",
        "properties": {"cases": cases},
        "required": ["cases"],
        "additionalProperties": False,
    }


class _Writer:
    """Writes the schema of each key, with the words of one book and one model."""

    def __init__(self, book: RuleBook | None, model: type[BaseModel]) -> None:
        self._book, self._model = book, model
        self._action: Schema = {"enum": list(book.actions)} if book is not None else _WORD

    def mapping(self, keys: tuple[CaseKey, ...]) -> Schema:
        """Write a mapping with fixed keys."""
        return {
            "type": "object",
            "properties": {key.name: {**self._value(key), "description": f"{key.zh} / {key.en}"} for key in keys},
            "required": [key.name for key in keys if key.required],
            "additionalProperties": False,
        }

    def _value(self, key: CaseKey) -> Schema:
        match key.shape:
            case CaseShape.ID:
                return _WORD
            case CaseShape.TEXT:
                return _TEXT
            case CaseShape.DAY:
                return _DAY
            case CaseShape.CUSTOMER:
                return self._customer()
            case CaseShape.EXPECT:
                return {**self.mapping(EXPECT_KEYS), "minProperties": 1}
            case CaseShape.ACTION:
                return self._action
            case CaseShape.ACTIONS:
                return _one_or_more(self._action)
            case CaseShape.WORD:
                return {"enum": list(key.words)}
            case CaseShape.WORDS:
                return _one_or_more({"enum": list(key.words)})
            case CaseShape.RULES:
                return {"anyOf": [*_one_or_more(self._action)["anyOf"], self._by_action(self._statement())]}
            case CaseShape.DAYS:
                return self._by_action(_or_none(_DAY))
            case CaseShape.OWNERS:
                return self._by_action(_or_none(self._term("owner")))
            case CaseShape.CHANNELS:
                return self._by_action(_one_or_more(self._term("channel")))
            case CaseShape.STEPS:
                return self._by_action(self._action)
            case CaseShape.MOMENTS:
                return self._by_action(_or_none(_MOMENT))
            case _:
                assert_never(key.shape)

    def _by_action(self, value: Schema) -> Schema:
        names = {} if self._book is None else {"propertyNames": self._action}
        return {"type": "object", **names, "additionalProperties": value}

    def _statement(self) -> Schema:
        book = self._book
        if book is None:
            return _WORD
        tables = [name for table in book.tables for name in (table.id, *(row.id for row in table.rows))]
        # Of two actions that become one contact, the one that stays stands for the rule.
        return {"enum": [*(one.id for one in book.rules), *tables, *(one.id for one in book.guards), *book.actions]}

    def _term(self, group: str) -> Schema:
        declared = self._book.terms.get(group) if self._book is not None else None
        return _WORD if declared is None else {"enum": list(declared)}

    def _customer(self) -> Schema:
        vocabulary = vocabulary_of(self._model)
        properties: Schema = {}
        for name in self._model.model_fields:
            attribute = vocabulary.attributes.get(name)
            value: Schema = {} if attribute is None else _attribute(attribute.type)
            if attribute is not None and attribute.optional:
                value = {"anyOf": [value, _UNKNOWN]}
            label = attribute.label if attribute is not None else None
            said = " / ".join(one for one in (label.zh, label.en) if one) if label is not None else ""
            properties[name] = {**value, "description": said} if said else value
        return {"type": "object", "properties": properties, "additionalProperties": False}


def _attribute(type_: ValueType) -> Schema:
    match type_:
        case EnumType():
            return {"enum": list(type_.values)}
        case BooleanType():
            return {"type": "boolean"}
        case SetType():
            # `none`, and several words in one text, are written as well.
            return {"anyOf": [{"type": "array", "items": {"enum": list(type_.values)}}, {"type": "string"}]}
        case _:
            return _WORD


def _or_none(item: Schema) -> Schema:
    return {"anyOf": [item, {"enum": [NONE]}]}


def _one_or_more(item: Schema) -> Schema:
    return {"anyOf": [item, {"type": "array", "items": item}]}
