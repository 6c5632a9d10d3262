"""How is the value of a key read, and what is said when it has another shape than its key asks for?

Every reader returns the value, or `None` after a finding. Nothing stops at the first finding.
"""

from __future__ import annotations

import re
from collections import abc
from collections.abc import Iterable
from datetime import date, time
from typing import TypeAlias

from relmaint.diagnostics import Diagnostic, Related, Span, diagnostic, did_you_mean
from relmaint.ir.conditions import And, Comparison, Condition
from relmaint.ir.rules import MAXIMUM_NUMBER, NO_NOTES, Notes
from relmaint.lower import MAXIMUM_BOXES, expansion
from relmaint.model.action import Provenance
from relmaint.rulebook.conditions import parse_condition
from relmaint.rulebook.keys import TEXT, Section
from relmaint.rulebook.nodes import Mapping, Node, Scalar, Sequence
from relmaint.text import Text
from relmaint.vocabulary import DateType, Vocabulary, parse_value

__all__ = ["Fields", "Reader", "first_of"]

Fields: TypeAlias = dict[str, Node]
"""The values of a mapping by key."""

_MAXIMUM_GUESSES = 50
"""So many misspelt names of one book are guessed at."""

_ID = re.compile(r"\w[\w./-]{0,119}")
_BETWEEN_WORDS = re.compile(r"[\s,，、]+")
_WHOLE = re.compile(r"[-+]?[0-9]{1,12}")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_HOLE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|(\{)")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[A-Za-z]")
_ENGLISH = re.compile(r"\b[a-z]+\s+[A-Za-z]|[A-Za-z]\s+[a-z]+\b")
"""Two words that are no name; an abbreviation or a name may stand in a Chinese text as it is."""

_DAY = DateType()

_OTHER_NAMES = {
    "if": "when",
    "condition": "when",
    "conditions": "when",
    "then": "do",
    "action": "do",
    "propose": "do",
    "reason": "because",
    "why": "because",
    "description": "because",
    "name": "id",
    "priority": "precedence",
    "rank": "precedence",
    "score": "base",
    "weight": "base",
    "deadline": "due",
    "type": "kind",
    "method": "methods",
    "channels": "channel",
    "override": "overrides",
    "policy": "hit",
    "hit_policy": "hit",
    "assumptions": "assume",
    "imports": "include",
    "includes": "include",
    "valid_from": "from",
    "valid_until": "until",
    "to": "until",
    "start": "from",
    "end": "until",
    "如果": "when",
    "条件": "when",
    "执行": "do",
    "理由": "because",
    "原因": "because",
}
"""What people who know another language call a key."""


def first_of(node: Node) -> Node:
    """Return the node to point at for something that a whole mapping or list lacks: its first key or item."""
    match node:
        case Mapping(entries=[(key, _), *_]):
            return key
        case Sequence(items=[item, *_], flow=False):
            return first_of(item)
        case _:
            return node


class Reader:
    """Reads values, and collects what is found on the way."""

    __slots__ = ("_guesses", "findings", "has_both_languages", "one_language", "vocabulary", "wrong_language")

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.findings: list[Diagnostic] = []
        self.one_language: list[Node] = []
        self.wrong_language: list[tuple[Node, str]] = []
        self.has_both_languages = False
        self._guesses = 0

    # Findings

    def find(
        self,
        code: str,
        message: str,
        where: Node | Span,
        *,
        help: str | None = None,
        related: Iterable[Related] = (),
    ) -> None:
        """Add a finding."""
        span = where if isinstance(where, Span) else where.span
        self.findings.append(diagnostic(code, message, span, help=help, related=related))

    def guess(self, word: str, known: Iterable[str]) -> str | None:
        """Guess which name a misspelt one stands for; `None` after many guesses, because each one takes time."""
        self._guesses += 1
        return did_you_mean(word, known) if self._guesses <= _MAXIMUM_GUESSES else None

    # Mappings and lists

    def fields(self, node: Node, section: Section, more: abc.Mapping[str, object] | None = None) -> Fields | None:
        """Read a mapping with fixed keys; `more` holds keys that are allowed besides.

        An unknown key, a missing one and one without a value are findings; what is there is returned all the same.
        """
        if not isinstance(node, Mapping):
            keys = ", ".join(f"`{name}`" for name in section.by_name)
            self.find(
                "wrong-type",
                f"{section.article} {section.name} is a mapping",
                node,
                help=f"write it with the keys {keys}",
            )
            return None
        fields = {key.text: value for key, value in node.entries}
        meant = ""
        if not section.by_name.keys() >= fields.keys():
            meant = self._unknown_keys(node, section, more or {})
        for name in section.required:
            if name not in fields and f"`{name}`" not in meant:
                self.find("missing-key", f"the {section.name} has no `{name}`", first_of(node), help=f"add `{name}:`")
        for key, value in node.entries:
            if value.__class__ is Scalar and not value.text and not value.style:
                del fields[key.text]
                if key.text in section.by_name:
                    advice = "write the value, or remove the key"
                    self.find("empty-text", f"`{key.text}` has no value", key, help=advice)
        return fields

    def _unknown_keys(self, node: Mapping, section: Section, more: abc.Mapping[str, object]) -> str:
        """Report the keys that a section does not have, and return what they seem to stand for."""
        allowed = [*section.by_name, *more]
        guesses = ""
        for key, value in node.entries:
            if key.text in section.by_name or key.text in more:
                continue
            if node.flow and isinstance(value, Scalar) and value.empty:
                message = f"`{_short(key.text)}` has no value; inside braces a comma ends the text before it"
                self.find("unknown-key", message, key, help="put a text that holds a comma between quotes")
                continue
            meant = _OTHER_NAMES.get(key.text)
            guess = f"did you mean `{meant}`?" if meant in allowed else self.guess(key.text, allowed)
            known = ", ".join(f"`{name}`" for name in allowed)
            message = f"{section.article} {section.name} has no key `{_short(key.text)}`"
            self.find("unknown-key", message, key, help=guess or f"its keys are {known}")
            guesses += guess or ""
        return guesses

    def entries(self, node: Node, what: str) -> list[tuple[Scalar, Node]]:
        """Read a mapping from names to entries."""
        if isinstance(node, Mapping):
            return [(key, value) for key, value in node.entries if self.ident(key) is not None]
        self.find("wrong-type", f"`{what}` is a mapping from names to entries", node, help="write `name: {…}`")
        return []

    def items(self, node: Node, what: str) -> list[Node]:
        """Read a list of entries."""
        if isinstance(node, Sequence):
            return node.items
        self.find("wrong-type", f"`{what}` is a list", node, help="start each entry with `- `")
        return []

    # Words

    def ident(self, node: Node) -> str | None:
        """Read an id, or any other word."""
        if not isinstance(node, Scalar):
            self.find("wrong-type", "one word is expected here", node, help="write a word without brackets")
            return None
        if _ID.fullmatch(node.text):
            return node.text
        advice = None
        if "," in node.text or "，" in node.text or "、" in node.text:
            advice = f"write a list: `[{', '.join(_BETWEEN_WORDS.split(node.text.strip()))}]`"
        self.find("bad-id", f"`{_short(node.text)}` cannot be an id or a word of the catalogue", node, help=advice)
        return None

    def words(self, node: Node) -> list[tuple[str, Node]]:
        """Read one word or a list of words, each with its place; a repeated word is a finding."""
        if not isinstance(node, Sequence):
            word = self.ident(node)
            return [] if word is None else [(word, node)]
        found: dict[str, Node] = {}
        for item in node.items:
            name = self.ident(item)
            if name is not None and name in found:
                first = Related(found[name].span, "it stands here first")
                self.find("bad-value", f"`{name}` stands twice in the list", item, help="remove one", related=[first])
            elif name is not None:
                found[name] = item
        return list(found.items())

    def choice(self, node: Node, allowed: Iterable[str], what: str) -> str | None:
        """Read one of a few words."""
        if not isinstance(node, Scalar):
            self.find("wrong-type", f"`{what}` is one word", node, help="write a word without brackets")
            return None
        if node.text in allowed:
            return node.text
        self.refuse_choice(node, node.text, allowed, what)
        return None

    def choices(self, node: Node, allowed: Iterable[str], what: str) -> tuple[str, ...]:
        """Read one or more of a few words; the words need not look like ids."""
        items = node.items if isinstance(node, Sequence) else [node]
        words = [self.choice(item, allowed, what) for item in items]
        return tuple(dict.fromkeys(word for word in words if word is not None))

    def refuse_choice(self, node: Node, word: str, allowed: Iterable[str], what: str) -> None:
        """Report a word that is none of those allowed."""
        known = list(allowed)
        advice = self.guess(word, known) or f"use one of {', '.join(known)}"
        self.find("bad-value", f"`{_short(word)}` is no {what}", node, help=advice)

    # Texts

    def line(self, node: Node) -> str | None:
        """Read a plain text."""
        if not isinstance(node, Scalar):
            self.find(
                "wrong-type", "a plain text is expected here", node, help="write it on one line, without brackets"
            )
            return None
        if not node.text.strip():
            self.find("empty-text", "the text says nothing", node)
            return None
        return node.text

    def text(self, node: Node) -> Text | None:
        """Read a text in one or both languages."""
        if isinstance(node, Scalar):
            line = self.line(node)
            if line is None:
                return None
            self.one_language.append(node)
            return Text.plain(line)
        if not isinstance(node, Mapping):
            self.find("wrong-type", "a text is expected here", node, help="write it as `{zh: …, en: …}`")
            return None
        fields = self.fields(node, TEXT)
        if not fields:
            if not node.entries:
                self.find("empty-text", "the text says nothing", node)
            return None
        zh = self.line(fields["zh"]) if "zh" in fields else None
        en = self.line(fields["en"]) if "en" in fields else None
        if zh is None or en is None:
            if zh is None and en is None:
                return None
            self.one_language.append(node)
        else:
            self.has_both_languages = True
            if not _CHINESE.search(zh) and _ENGLISH.search(zh):
                self.wrong_language.append((fields["zh"], "the Chinese text is written in English"))
            if _CHINESE.search(en) and not _LETTER.search(en):
                self.wrong_language.append((fields["en"], "the English text is written in Chinese"))
        return Text(zh, en)

    def reason(self, node: Node) -> Text | None:
        """Read a text that may hold attributes between braces."""
        text = self.text(node)
        if text is not None:
            # the shape was checked above: what is no scalar is a mapping
            parts = [node] if isinstance(node, Scalar) else [value for _, value in node.entries]  # type: ignore[union-attr]
            for part in parts:
                if isinstance(part, Scalar) and "{" in part.text:
                    self._check_holes(part)
        return text

    def _check_holes(self, node: Scalar) -> None:
        for hole in _HOLE.finditer(node.text):
            start, end = hole.span()
            name = hole[1]
            if hole[2]:
                advice = "write `}` behind the name of the attribute; a brace itself is `{{`"
                self.find("placeholder", "the brace is never closed", node.inner(start, 1), help=advice)
            elif name is not None and name not in self.vocabulary:
                meant = self.guess(name, self.vocabulary)
                message = f"there is no attribute `{name}` to put into the text"
                self.find("placeholder", message, node.inner(start, end - start), help=meant)

    # Numbers, days, flags

    def whole(self, node: Node, what: str, *, least: int = -MAXIMUM_NUMBER, most: int = MAXIMUM_NUMBER) -> int | None:
        """Read a whole number."""
        if not isinstance(node, Scalar) or not _WHOLE.fullmatch(node.text):
            self.find("wrong-type", f"`{what}` is a whole number", node, help="write digits only, such as `60` or `-5`")
            return None
        number = int(node.text)
        if not least <= number <= most:
            message = f"`{what}` lies between {least} and {most}, and {number} does not"
            self.find("bad-value", message, node, help="use a number in this range")
            return None
        return number

    def flag(self, node: Node, what: str) -> bool | None:
        """Read `true` or `false`."""
        if isinstance(node, Scalar) and node.text in ("true", "false"):
            return node.text == "true"
        self.find("wrong-type", f"`{what}` is true or false", node, help="write `true` or `false`")
        return None

    def day(self, node: Node, what: str) -> date | None:
        """Read a day."""
        if not isinstance(node, Scalar):
            self.find("wrong-type", f"`{what}` is a day", node, help="write it as `2026-01-31`")
            return None
        try:
            return parse_value(_DAY, node.text)  # type: ignore[return-value]  # a date type gives dates
        except ValueError:
            advice = "write it as `2026-01-31`, with a month and day that the calendar has"
            self.find("bad-value", f"`{_short(node.text)}` is no day", node, help=advice)
            return None

    def time_of_day(self, node: Node, what: str) -> time | None:
        """Read a time of day."""
        if isinstance(node, Scalar) and _TIME.fullmatch(node.text):
            return time.fromisoformat(node.text)
        self.find("bad-value", f"`{what}` is a time of day here", node, help='write it as `"09:00"`')
        return None

    # Conditions

    def condition(self, node: Node) -> Condition | None:
        """Read a condition, or a list of conditions that must all be true."""
        if isinstance(node, Sequence):
            if not node.items:
                self.find("empty-text", "the list of conditions is empty", node, help="write a condition, or `always`")
                return None
            parts = [self._condition(item) for item in node.items]
            whole = tuple(part for part in parts if part is not None)
            condition: Condition | None = whole[0] if len(whole) == 1 else And(whole)
            if len(whole) < len(parts):
                return None
        else:
            condition = self._condition(node)
        if condition is not None and not _is_one_box(condition) and (size := expansion(condition)) > MAXIMUM_BOXES:
            self.find("too-many-boxes", f"the condition falls apart into {_count(size)} cases", node)
            return None
        return condition

    def _condition(self, node: Node) -> Condition | None:
        if not isinstance(node, Scalar):
            self._refuse_condition(node)
            return None
        condition, findings = parse_condition(node.text, self.vocabulary, node.inner)
        self.findings.extend(findings)
        return condition

    def _refuse_condition(self, node: Node) -> None:
        """Report a condition that is no text, unless the finding about a bare operator says so already."""
        advice = "write it on one line, such as `tier = key and aum >= 100000`"
        if isinstance(node, Mapping):
            for key, value in node.entries:
                place = value.span
                if any(one.code == "bare-operator" and one.span == place for one in self.findings):
                    return
                if isinstance(value, Scalar):
                    advice = f"write `{_short(f'{key.text} {value.text}')}` on one line"
        self.find("wrong-type", "a condition is a text", node, help=advice)

    # What statements say about themselves

    def notes(self, fields: Fields) -> Notes:
        """Read the keys by which a statement says why, from where, whose, and for which days."""
        if _NOTE_KEYS.isdisjoint(fields):
            return NO_NOTES
        provenance = fields.get("provenance")
        known = None if provenance is None else self.choice(provenance, _PROVENANCES, "provenance")
        valid_from, valid_until = self.period(fields)
        return Notes(
            because=self.reason(fields["because"]) if "because" in fields else None,
            source=self.line(fields["source"]) if "source" in fields else None,
            provenance=None if known is None else Provenance(known),
            owner=self.ident(fields["owner"]) if "owner" in fields else None,
            valid_from=valid_from,
            valid_until=valid_until,
        )

    def period(self, fields: Fields) -> tuple[date | None, date | None]:
        """Read `from` and `until`."""
        first = self.day(fields["from"], "from") if "from" in fields else None
        last = self.day(fields["until"], "until") if "until" in fields else None
        if first is not None and last is not None and first > last:
            related = [Related(fields["from"].span, "it begins here")]
            self.find("empty-period", f"the period ends on {last}, before it begins", fields["until"], related=related)
        return first, last


_PROVENANCES = tuple(str(one) for one in Provenance)
_NOTE_KEYS = frozenset({"because", "source", "provenance", "owner", "from", "until"})


def _is_one_box(condition: Condition) -> bool:
    """Whether a condition is plainly one box, as most are; a `False` says nothing."""
    match condition:
        case Comparison():
            return True
        case And():
            return all(isinstance(part, Comparison) for part in condition.parts)
        case _:
            return False


def _count(size: int) -> str:
    return str(size) if size < 10**9 else "more than a billion"


def _short(text: str) -> str:
    """Keep a value that is quoted in a message on one short line."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}..."
