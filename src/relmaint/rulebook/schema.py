"""What does an editor need to know, to complete and check the keys and words of a rule-book file?

A JSON Schema (draft 7) made from `relmaint.rulebook.keys`, with the words of one book and the attributes of one
customer model. It checks shapes and names; conditions and how statements fit together are the loader's.
"""

from __future__ import annotations

from typing import Any, TypeAlias, assert_never

from relmaint.diagnostics.codes import CHECKS as CODES
from relmaint.ir.rules import RuleBook
from relmaint.rulebook.keys import (
    ACTION,
    ASSUMPTION,
    BOOK,
    CHECKS,
    EFFECT_KEYS,
    EXEMPTION,
    FILE,
    GUARD,
    INVARIANT,
    INVARIANT_KEYS,
    RANKING,
    ROW,
    RULE,
    SELECTOR,
    TABLE,
    TERM_GROUPS,
    TEXT,
    Key,
    Section,
    Shape,
)
from relmaint.vocabulary import BooleanType, DateType, EnumType, IntegerType, SetType, Vocabulary

__all__ = ["rule_book_schema"]

_PLAIN_SECTIONS = (BOOK, RANKING, ACTION, ASSUMPTION, CHECKS, EXEMPTION, SELECTOR)
"""The sections of which there is nothing to say beyond their keys."""

_ITEMS = {
    "rules": "rule",
    "tables": "table",
    "guards": "guard",
    "assume": "assumption",
    "invariants": "invariant",
    "except": "exception",
}
"""What each list holds."""

Schema: TypeAlias = dict[str, Any]  # a JSON document: its values are of every JSON type

_LINE: Schema = {"type": ["string", "number", "boolean"]}
"""A text; YAML editors take some texts for numbers or truth values, and the loader does not."""

_ID: Schema = {"type": ["string", "number", "boolean"], "pattern": r"^[^\s,#:{}\[\]]{1,120}$"}
_WHOLE: Schema = {"type": "integer", "minimum": -1_000_000, "maximum": 1_000_000}
_DAY: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_TIME: Schema = {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$"}
_UNIT = "(business days?|days?|weeks?|months?)"


def rule_book_schema(book: RuleBook | None, vocabulary: Vocabulary) -> Schema:
    """Return the JSON Schema of a file of a rule book.

    Args:
        book: the book whose actions, precedence classes and terms are offered; without one such words are open.
        vocabulary: the attributes that the file may speak of.
    """
    writer = _Writer(book, vocabulary)
    definitions = {
        "text": writer.text(),
        **{section.name: writer.section(section) for section in _PLAIN_SECTIONS},
        "rule": {**writer.section(RULE), "anyOf": [{"required": [name]} for name in ("do", "boost", "overrides")]},
        "table": writer.section(TABLE),
        "row": writer.row(),
        "guard": writer.guard(),
        "invariant": {
            **writer.section(INVARIANT),
            "oneOf": [{"required": [str(kind)]} for kind in INVARIANT_KEYS],
        },
        "terms": writer.terms(),
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "relmaint rule book",
        **writer.section(FILE),
        "definitions": definitions,
    }


class _Writer:
    """Writes the schema of each section, with the words of one book and one vocabulary."""

    def __init__(self, book: RuleBook | None, vocabulary: Vocabulary) -> None:
        self._book = book
        self._vocabulary = vocabulary

    def section(self, section: Section) -> Schema:
        """Write a mapping with fixed keys."""
        written: Schema = {
            "type": "object",
            "properties": {key.name: self._key(section, key) for key in section.keys},
            "additionalProperties": False,
        }
        if section.required:
            written["required"] = list(section.required)
        return written

    def _key(self, section: Section, key: Key) -> Schema:
        return {**self._value(section, key), "description": f"{key.zh} / {key.en}"}

    def _value(self, section: Section, key: Key) -> Schema:
        match key.shape:
            case Shape.SECTION:
                return _definition("selector" if section is GUARD else key.name)
            case Shape.ENTRIES:
                if key.name == "terms":
                    return _definition("terms")
                return {"type": "object", "propertyNames": _ID, "additionalProperties": _definition("action")}
            case Shape.LIST:
                return {"type": "array", "items": _definition(_ITEMS[key.name])}
            case Shape.SELECTION:
                return {"anyOf": [_one_or_more(self._word(key)), {"const": "plan"}, _definition("selector")]}
            case Shape.SEVERITIES:
                severities: Schema = {"enum": list(key.words)}
                return {"type": "object", "propertyNames": {"enum": list(CODES)}, "additionalProperties": severities}
            case Shape.ROWS:
                return {"type": "array", "minItems": 1, "items": _definition("row")}
            case Shape.TEXT:
                return _definition("text")
            case Shape.LINE:
                return _LINE
            case Shape.ID:
                return _ID
            case Shape.WORD | Shape.ATTRIBUTE:
                return self._word(key)
            case Shape.WORDS | Shape.ATTRIBUTES:
                return _one_or_more(self._word(key))
            case Shape.OUTPUTS:
                return _one_or_more({"enum": ["do", "boost", *self._names(IntegerType)]})
            case Shape.NUMBER:
                return {**_WHOLE, "minimum": 1, "maximum": 5} if key.name == "product_risk" else _WHOLE
            case Shape.POINTS | Shape.NUMBERS:
                return {"type": "object", "propertyNames": self._word(key), "additionalProperties": _WHOLE}
            case Shape.FLAG:
                return {"type": "boolean"}
            case Shape.DAY:
                return _DAY
            case Shape.DAYS:
                return {"type": "array", "items": _DAY}
            case Shape.DAY_OR_TIME:
                return {"anyOf": [_DAY, _TIME]}
            case Shape.DUE:
                return self._due()
            case Shape.CONDITIONS:
                return _one_or_more({"type": "string"})
            case _:
                assert_never(key.shape)

    def _word(self, key: Key) -> Schema:
        if key.words:
            return {"enum": [_as_yaml_reads(word) for word in key.words]}
        if key.refers_to == "file":
            return _LINE
        if key.refers_to == "rule":
            return {"anyOf": [{"enum": self._overridable()}, _LINE]} if self._book else _LINE
        known = self._known(key.refers_to)
        return _ID if known is None else {"enum": known}

    def _known(self, refers_to: str | None) -> list[str] | None:
        """Return the names that words may be; `None` when any word may stand there."""
        if refers_to == "attribute":
            return list(self._vocabulary)
        if self._book is None or refers_to is None:
            return None
        match refers_to:
            case "action":
                return list(self._book.actions)
            case "precedence":
                return list(self._book.precedence)
            case group:
                declared = self._book.terms.get(group)
                return None if declared is None else list(declared)

    def _overridable(self) -> list[str]:
        """Return the ids that an override can name; prefixes are possible besides."""
        assert self._book is not None, "there are no ids without a book; please report this"
        tables = [name for table in self._book.tables for name in (table.id, *(row.id for row in table.rows))]
        return [*(rule.id for rule in self._book.rules), *tables]

    def _names(self, type_: type) -> list[str]:
        return [name for name in self._vocabulary if isinstance(self._vocabulary[name].type, type_)]

    def _due(self) -> Schema:
        days = "|".join(self._names(DateType))
        amount = rf"\d{{1,4}} {_UNIT}"
        return {
            "type": "string",
            "pattern": rf"^(today|on ({days})|within {amount}|{amount} (before|after) ({days}))$",
        }

    def text(self) -> Schema:
        """Write a text in one or both languages."""
        return {"anyOf": [_LINE, {**self.section(TEXT), "minProperties": 1}]}

    def row(self) -> Schema:
        """Write a row: a list of cells, or a mapping from columns to cells."""
        cell: Schema = {"type": ["string", "number", "boolean", "array"]}
        columns = {name: cell for name in ("do", "boost", *self._vocabulary) if name not in ROW.by_name}
        mapping = self.section(ROW)
        mapping["properties"] = {**mapping["properties"], **columns}
        return {"anyOf": [{"type": "array", "items": cell}, mapping]}

    def guard(self) -> Schema:
        """Write a guard: one effect, with the keys that it needs."""
        return {
            **self.section(GUARD),
            "oneOf": [{"required": [str(effect)]} for effect in EFFECT_KEYS],
            "dependencies": {str(effect): list(keys) for effect, keys in EFFECT_KEYS.items() if keys},
        }

    def terms(self) -> Schema:
        """Write the groups of words: those of the catalogue are open, those of attributes hold their values."""
        groups: Schema = {group: _labels(None) for group in (*TERM_GROUPS, "precedence")}
        for key in (ACTION.by_name["kind"], ACTION.by_name["nature"], ACTION.by_name["provenance"]):
            groups[key.name] = _labels(key.words)
        for name in self._vocabulary:
            type_ = self._vocabulary[name].type
            if isinstance(type_, EnumType):
                groups.setdefault(name, _labels(type_.values))
            elif isinstance(type_, BooleanType):
                groups.setdefault(name, _labels(("true", "false")))
            elif isinstance(type_, SetType):
                groups.setdefault(name, _labels(type_.values))
                groups.setdefault(name.removesuffix("s"), _labels(type_.values))
        return {"type": "object", "properties": groups, "additionalProperties": False}


def _definition(name: str) -> Schema:
    return {"allOf": [{"$ref": f"#/definitions/{name}"}]}


def _one_or_more(item: Schema) -> Schema:
    return {"anyOf": [item, {"type": "array", "items": item}]}


def _labels(words: tuple[str, ...] | None) -> Schema:
    labels: Schema = {"type": "object", "additionalProperties": _definition("text")}
    if words is not None:
        labels["propertyNames"] = {"enum": list(words)}
    return labels


def _as_yaml_reads(word: str) -> str | int | bool:
    """Return a word of the language as YAML editors read it."""
    if word in ("true", "false"):
        return word == "true"
    return int(word) if word.isdecimal() else word
