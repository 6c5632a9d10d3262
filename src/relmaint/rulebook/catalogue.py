"""Which names has a book: words of the catalogue, precedence classes, actions?

They are collected from all files before any statement is read, so that the order of files and keys never matters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from relmaint.diagnostics import Related
from relmaint.ir.rules import DEFAULT_PRECEDENCE
from relmaint.model.action import Action, Kind, Nature, Provenance
from relmaint.rulebook.due import read_due
from relmaint.rulebook.keys import ACTION, RANKING, TERM_GROUPS
from relmaint.rulebook.nodes import Mapping, Node, Scalar
from relmaint.rulebook.reading import Reader
from relmaint.text import Text
from relmaint.vocabulary import BooleanType, EnumType, SetType, Vocabulary

__all__ = ["Catalogue", "read_actions", "read_precedence", "read_terms"]

_FIELD_GROUPS = {field: group for group, field in TERM_GROUPS.items()}
_NATURES = {str(one): one for one in Nature}
_KINDS = {str(one): one for one in Kind}
_FIXED_GROUPS = {"kind": tuple(_KINDS), "nature": tuple(_NATURES), "provenance": tuple(map(str, Provenance))}


@dataclass(slots=True)
class Catalogue:
    """All names of a book.

    Args:
        terms: the words of each declared group, with their labels.
        precedence: the classes of the ranking; earlier comes first.
        keys: where each action is declared, by id; also of actions that cannot be read.
        actions: the actions that can be read, by id.
        proposed: the actions that something proposes.
    """

    terms: dict[str, dict[str, Text]] = field(default_factory=dict)
    precedence: tuple[str, ...] = DEFAULT_PRECEDENCE
    keys: dict[str, Scalar] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    proposed: set[str] = field(default_factory=set)

    def action_ids(self, reader: Reader, node: Node) -> tuple[str, ...]:
        """Read one action or a list of actions."""
        found = reader.words(node)
        for word, place in found:
            if word not in self.keys:
                reader.find("unknown-action", f"there is no action `{word}`", place, help=reader.guess(word, self.keys))
        return tuple([word for word, _ in found])

    def terms_of(self, reader: Reader, node: Node, group: str) -> tuple[str, ...]:
        """Read one word or a list of words of a group of `terms:`; a group that is not declared is open."""
        found = reader.words(node)
        declared = self.terms.get(group)
        if declared is not None:
            for word, place in found:
                if word not in declared:
                    message = f"`{word}` is not declared in the group `{group}` of `terms:`"
                    reader.find("unknown-term", message, place, help=reader.guess(word, declared))
        return tuple([word for word, _ in found])

    def term(self, reader: Reader, node: Node, group: str) -> str | None:
        """Read one word of a group."""
        if isinstance(node, Scalar):
            words = self.terms_of(reader, node, group)
            return words[0] if words else None
        message = f"one word of the group `{group}` is expected here"
        reader.find("wrong-type", message, node, help="write a word without brackets")
        return None

    def precedence_classes(self, reader: Reader, node: Node) -> tuple[str, ...]:
        """Read one precedence class or a list of them."""
        found = reader.words(node)
        for word, place in found:
            if word not in self.precedence:
                advice = reader.guess(word, self.precedence) or f"use one of {', '.join(self.precedence)}"
                reader.find("unknown-precedence", f"there is no precedence class `{word}`", place, help=advice)
        return tuple([word for word, _ in found])


# Terms and ranking


def read_terms(reader: Reader, nodes: Iterable[Node]) -> dict[str, dict[str, Text]]:
    """Read the `terms:` of all files."""
    terms: dict[str, dict[str, Text]] = {}
    places: dict[tuple[str, str], Scalar] = {}
    for node in nodes:
        for group, words in reader.entries(node, "terms"):
            allowed = _words_of(reader.vocabulary, group.text)
            if allowed is None:
                _refuse_group(reader, group)
                continue
            labels = terms.setdefault(group.text, {})
            for word, label in _term_entries(reader, words, group.text):
                first = places.setdefault((group.text, word.text), word)
                if first is not word:
                    related = [Related(first.span, "it is declared here first")]
                    message = f"the word `{word.text}` is declared twice in the group `{group.text}`"
                    reader.find("duplicate-id", message, word, help="remove one of the two", related=related)
                    continue
                if allowed and word.text not in allowed:
                    reader.refuse_choice(word, word.text, allowed, f"value of `{group.text}`")
                text = reader.text(label)
                if text is not None:
                    labels[word.text] = text
    return {group: dict(sorted(labels.items())) for group, labels in sorted(terms.items())}


def _term_entries(reader: Reader, node: Node, group: str) -> list[tuple[Scalar, Node]]:
    """Return the words of a group with their labels; values of attributes need not look like ids."""
    if not isinstance(node, Mapping):
        advice = "write `word: {zh: …, en: …}` on a line for each word"
        reader.find("wrong-type", f"the group `{group}` is a mapping from words to labels", node, help=advice)
        return []
    if group in TERM_GROUPS:
        return reader.entries(node, group)
    return node.entries


def _words_of(vocabulary: Vocabulary, group: str) -> tuple[str, ...] | None:
    """Return the only words that a group can have; empty when it is open, `None` when there is no such group."""
    if group in TERM_GROUPS or group == "precedence":
        return ()
    if group in _FIXED_GROUPS:
        return _FIXED_GROUPS[group]
    for name in (group, f"{group}s"):
        if name in vocabulary:
            match vocabulary[name].type:
                case EnumType(values=values) | SetType(values=values):
                    return values
                case BooleanType():
                    return ("true", "false")
                case _:
                    return None
    return None


def _refuse_group(reader: Reader, group: Scalar) -> None:
    labelled = [name for name in reader.vocabulary if isinstance(reader.vocabulary[name].type, EnumType)]
    advice = reader.guess(group.text, [*TERM_GROUPS, "kind", "nature", "precedence", *labelled])
    advice = advice or f"groups are {', '.join(TERM_GROUPS)}, and the attributes with a list of values"
    reader.find("unknown-key", f"`terms:` has no group `{group.text}`", group, help=advice)


def read_precedence(reader: Reader, nodes: list[tuple[Scalar, Node]]) -> tuple[str, ...]:
    """Read the ranking; one file declares it, or none."""
    classes: tuple[str, ...] = ()
    for key, node in nodes:
        if key is not nodes[0][0]:
            related = [Related(nodes[0][0].span, "the first one")]
            reader.find("duplicate-key", "the ranking is declared twice", key, related=related)
            continue
        fields = reader.fields(node, RANKING)
        if fields and "precedence" in fields:
            classes = tuple(word for word, _ in reader.words(fields["precedence"]))
            if not classes:
                reader.find("empty-text", "the ranking has no precedence class", node, help="write at least one class")
    return classes or DEFAULT_PRECEDENCE


# Actions


def read_actions(reader: Reader, catalogue: Catalogue, nodes: Iterable[Node]) -> None:
    """Read the `actions:` of all files into the catalogue."""
    bodies: list[tuple[Scalar, Node]] = []
    for node in nodes:
        for key, body in reader.entries(node, "actions"):
            first = catalogue.keys.setdefault(key.text, key)
            if first is key:
                bodies.append((key, body))
            else:
                related = [Related(first.span, "it is declared here first")]
                reader.find("duplicate-id", f"there are two actions `{key.text}`", key, related=related)
    for key, body in sorted(bodies, key=lambda entry: entry[0].text):
        action = _action(reader, catalogue, key, body)
        if action is not None:
            catalogue.actions[action.id] = action


def _action(reader: Reader, catalogue: Catalogue, key: Scalar, node: Node) -> Action | None:
    fields = reader.fields(node, ACTION)
    if fields is None:
        return None
    kind = reader.choice(fields["kind"], _KINDS, "kind") if "kind" in fields else None
    nature = reader.choice(fields["nature"], _NATURES, "nature") if "nature" in fields else None
    title = reader.text(fields["title"]) if "title" in fields else None
    precedence = _one_precedence(reader, catalogue, fields["precedence"]) if "precedence" in fields else None
    channel = catalogue.terms_of(reader, fields["channel"], "channel") if "channel" in fields else ()
    notes = reader.notes({name: value for name, value in fields.items() if name != "owner"})
    rest: dict[str, Any] = {
        name: _optional(reader, catalogue, name, fields[name]) for name in _OPTIONAL if name in fields
    }
    if nature == Nature.INTERNAL and channel:
        advice = "remove the channels, or choose another nature"
        reader.find("bad-value", "internal work has no channel", fields["channel"], help=advice)
    if kind is None or nature is None or title is None or precedence is None:
        return None
    rest.setdefault("proactive", bool(channel))
    return Action(
        id=key.text,
        kind=_KINDS[kind],
        nature=_NATURES[nature],
        title=title,
        precedence=precedence,
        channel=channel,
        because=notes.because,
        source=notes.source,
        provenance=notes.provenance,
        valid_from=notes.valid_from,
        valid_until=notes.valid_until,
        **{name: value for name, value in rest.items() if value is not None},
    )


_OPTIONAL = (
    "content",
    "methods",
    "proactive",
    "owner",
    "product",
    "product_risk",
    "base",
    "due",
    "cadence",
    "purpose",
    "occasion",
)


def _optional(reader: Reader, catalogue: Catalogue, name: str, node: Node) -> object:
    match name:
        case "methods":
            return catalogue.terms_of(reader, node, "method")
        case "proactive":
            return reader.flag(node, name)
        case "product_risk":
            return reader.whole(node, name, least=1, most=5)
        case "base":
            return reader.whole(node, name)
        case "due":
            return read_due(reader, node)
        case "cadence" | "purpose":
            return reader.text(node)
        case _:
            return catalogue.term(reader, node, _FIELD_GROUPS[name])


def _one_precedence(reader: Reader, catalogue: Catalogue, node: Node) -> str | None:
    if not isinstance(node, Scalar):
        reader.find("wrong-type", "`precedence` is one word", node, help="write a word without brackets")
        return None
    classes = catalogue.precedence_classes(reader, node)
    return classes[0] if classes else None
