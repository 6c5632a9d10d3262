"""How does a YAML file become a tree of nodes, each with its place, whatever the file holds?

The only module that knows the YAML library. It takes the library's events, not its data: `no` and `010` stay the text
that was written, every node knows its place, and what no rule book needs (anchors, tags, duplicate keys, deep nesting)
is refused by name. Any text at all gives nodes or findings; none raises.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeAlias

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from relmaint.diagnostics import Diagnostic, Related, Source, Span, diagnostic
from relmaint.rulebook.mistakes import (
    Fault,
    bare_operator,
    explain,
    full_width_finding,
    full_width_lines,
    full_width_texts,
    operator_offset,
)
from relmaint.rulebook.nodes import Mapping, Node, Scalar, Sequence

__all__ = [
    "MAX_DEPTH",
    "MAX_FILE_BYTES",
    "MAX_LINE_CHARACTERS",
    "MAX_PARTS",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "compose",
    "read_source",
]

MAX_FILE_BYTES: Final = 32 * 2**20
"""A larger file is refused; the largest rule book in mind has half a megabyte."""

MAX_LINE_CHARACTERS: Final = 1_000_000
"""A file with a longer line is refused."""

MAX_DEPTH: Final = 40
"""Lists and mappings within one another; deeper nesting is refused."""

MAX_PARTS: Final = 1_000_000
"""Words, and ends of lists and mappings; a file with more is refused. A book of 1,000 rules has some 30,000."""

_MAX_REPEATS = 20
"""So many findings of one kind are told in full, the others only counted."""

_MAX_MENDED = 20
_MAX_MENDED_CHARACTERS = 4_000_000
"""A bare operator is mended to look for the next mistake; so often, and so many characters read again in all."""

_P = ParamSpec("_P")

_Event: TypeAlias = Any
"""An event of the parser; the library's stubs call every mark optional, and the parsers always set them."""

HAS_C_PARSER = hasattr(yaml, "CSafeLoader")
"""Whether PyYAML was built with libyaml here; without it reading is slower and no different."""

_PARSER: type[yaml.CSafeLoader | yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


# Reading -------------------------------------------------------------------------------------------------------------


def read_source(path: Path, *, name: str | None = None) -> Source | Diagnostic:
    """Read a file, or say why it cannot be read.

    Args:
        path: the file.
        name: what findings call it; the path as given by default.
    """
    name = name or str(path)
    try:
        if path.exists() and not path.is_file():
            return diagnostic("cannot-read", f"cannot read `{name}`: it is not a file", None)
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        return diagnostic("cannot-read", f"cannot read `{name}`: {_reason(error)}", None)
    if len(content) > MAX_FILE_BYTES:
        return _too_large(Source(name, ""), f"the file is larger than {MAX_FILE_BYTES // 2**20} MiB")
    try:
        return Source(name, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return _not_utf8(name, content, error)


def _reason(error: OSError | ValueError) -> str:
    """Return why a file cannot be opened; a path with a NUL character is a `ValueError`."""
    said = error.strerror if isinstance(error, OSError) else str(error)
    return (said or type(error).__name__).lower()


def _not_utf8(name: str, content: bytes, error: UnicodeDecodeError) -> Diagnostic:
    """Point at the first byte that is not UTF-8, and guess what the file is instead."""
    text = content.decode("utf-8-sig", errors="replace")
    offset = len(content[: error.start].decode("utf-8-sig"))
    return diagnostic(
        "not-utf8",
        f"the file is not UTF-8 text: byte {content[error.start]:#04x} cannot stand here",
        Source(name, text).span(offset, offset + 1),
        help=f"save the file as UTF-8{_likely_encoding(content)}",
    )


def _likely_encoding(content: bytes) -> str:
    """Guess the encoding that Chinese Windows programs are likely to have used."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "; it seems to be UTF-16"
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return "; it seems to be GB18030 (GBK)"


def _too_large(source: Source, message: str, line: int = 1) -> Diagnostic:
    return diagnostic("too-large", message, Span(source.path, line, 1, line, 1, source=source))


# Composing -----------------------------------------------------------------------------------------------------------


def compose(source: Source) -> tuple[Node | None, list[Diagnostic]]:
    """Read the YAML of a source into nodes, and report everything that is refused, in the order of the text.

    There is no node when nothing is written, or when a part is missing because YAML could not read it.
    """
    if finding := _size_finding(source):
        return None, [finding]
    text, findings = _printable(source)
    root, more = _compose_mended(source, text)
    return root, sorted([*findings, *more], key=_place_of)


def _place_of(finding: Diagnostic) -> tuple[int, int]:
    assert finding.span is not None  # INVARIANT: every finding about a text has a span
    return finding.span.line, finding.span.column


def _size_finding(source: Source) -> Diagnostic | None:
    """Refuse what is larger than any rule book before the parser spends its time on it."""
    if len(source.text) > MAX_FILE_BYTES:
        return _too_large(source, f"the text is longer than {MAX_FILE_BYTES} characters")
    if len(source.text) <= MAX_LINE_CHARACTERS:
        return None
    for number, line in enumerate(source.text.replace("\r", "\n").split("\n"), start=1):
        if len(line) > MAX_LINE_CHARACTERS:
            return _too_large(source, f"line {number} is longer than {MAX_LINE_CHARACTERS} characters", number)
    return None


# Control characters; line and paragraph separators, which YAML 1.1 takes for line breaks and editors do not; marks that
# turn the reading direction, with which a line can show something else than it says; zero-width space, byte order mark.
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u200a\u200c-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def _printable(source: Source) -> tuple[str, list[Diagnostic]]:
    """Report the characters that no rule book may hold, and put a replacement character for each."""
    text, count = _UNPRINTABLE.subn("\ufffd", source.text)
    if not count:
        return text, []
    findings = _Findings()
    for found in islice(_UNPRINTABLE.finditer(source.text), _MAX_REPEATS + 1):
        findings.add("control-character", _unprintable, source, found)
    findings.count("control-character", count - _MAX_REPEATS - 1)
    return text, findings.told()


def _unprintable(source: Source, found: re.Match[str]) -> Diagnostic:
    return diagnostic("control-character", f"{_name_of(found.group())} is refused", source.span(*found.span()))


def _name_of(char: str) -> str:
    name = unicodedata.name(char, "").lower()
    return f"the character U+{ord(char):04X}" + (f" ({name})" if name else "")


class _Findings:
    """Findings about one text: of each kind the first few, and how many more, so that no file can flood the reader."""

    def __init__(self) -> None:
        self._kept: dict[str, list[Diagnostic]] = {}
        self._counts: Counter[str] = Counter()

    def add(self, code: str, make: Callable[_P, Diagnostic], *args: _P.args, **kwargs: _P.kwargs) -> None:
        """Count a finding of a code, and make it while there are few."""
        self._counts[code] += 1
        if self._counts[code] <= _MAX_REPEATS + 1:
            self._kept.setdefault(code, []).append(make(*args, **kwargs))

    def count(self, code: str, more: int) -> None:
        """Count findings that were not made."""
        self._counts[code] += max(0, more)

    def told(self) -> list[Diagnostic]:
        """Return the findings; when there are too many of a code, the last one tells how many."""
        told = []
        for code, kept in self._kept.items():
            if (rest := self._counts[code] - _MAX_REPEATS) > 1:
                message = f"the same again, {rest} times from here on: {kept[-1].message}"
                kept = [*kept[:-1], replace(kept[-1], message=message)]  # noqa: PLW2901 -- the list to tell from
            told.extend(kept)
        return told


def _compose_mended(source: Source, text: str) -> tuple[Node | None, list[Diagnostic]]:
    """Compose; when a bare operator stops the parser, report it, read it as `=`, and go on looking for mistakes."""
    mended: dict[int, Diagnostic] = {}
    while True:
        composer = _Composer(source)
        try:
            root = composer.compose(text)
        except yaml.YAMLError as error:
            fault = _fault(error, composer.reached)
            offset = operator_offset(source, fault)
            if offset is None or offset in mended or not _may_mend(text, len(mended)):
                return None, [*mended.values(), *composer.findings.told(), *_syntax_findings(source, text, fault)]
            mended[offset] = bare_operator(source, offset)
            text = f"{text[:offset]}={text[offset + 1 :]}"
        else:
            if root is not None:
                _restore(root, mended)
            return root, [*mended.values(), *composer.findings.told()]


def _may_mend(text: str, times: int) -> bool:
    return times < _MAX_MENDED and times * len(text) <= _MAX_MENDED_CHARACTERS


def _restore(node: Node, mended: dict[int, Diagnostic]) -> None:
    """Give the scalars that were mended for the parser the text that was written."""
    match node:
        case Scalar():
            if node.start.index in mended:
                node.text = node.source.text[node.start.index] + node.text[1:]
        case Sequence():
            for item in node.items if mended else ():
                _restore(item, mended)
        case Mapping():
            for _, value in node.entries if mended else ():
                _restore(value, mended)


def _fault(error: yaml.YAMLError, reached: int) -> Fault:
    """Take the parser's error apart; `reached` is where the last event ended, for errors without a place."""
    problem, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    return Fault(
        index=problem.index if problem else reached,
        context_index=context.index if context else None,
        context=getattr(error, "context", None) or "",
        problem=getattr(error, "problem", None) or "it cannot be read",
    )


def _syntax_findings(source: Source, text: str, fault: Fault) -> list[Diagnostic]:
    """Explain a syntax error: by Chinese punctuation, if correcting that moves the error on, else in its own words.

    libyaml from 0.2.6 on refuses a thousand levels itself, and looks so far ahead that it does before it has told of
    the first; see `yaml_set_max_nest_level` in its yaml.h.
    """
    if fault.problem == "exceeded maximum nesting depth":
        return [Diagnostic("too-deep", _TOO_DEEP, source.span(fault.index, fault.index + 1))]
    line = source.span(fault.index, fault.index).line
    corrections = full_width_lines(source, line) if len(text) <= _MAX_MENDED_CHARACTERS else {}
    if corrections:
        lines = [corrections.get(number, old) for number, old in enumerate(re.split(r"\r\n|\r|\n", text), start=1)]
        reached = _first_error_line(_UNPRINTABLE.sub("\ufffd", "\n".join(lines)))
        if reached is None or reached > line:
            findings = _Findings()
            for number, corrected in corrections.items():
                findings.add("full-width-punctuation", full_width_finding, source, number, corrected)
            return findings.told()
    return [explain(source, fault)]


def _first_error_line(text: str) -> int | None:
    """Return the line on which the parser gives up, or `None` when it reads the whole text."""
    reached = 0
    try:
        for event in _events(text):
            reached = event.end_mark.index
    except yaml.YAMLError as error:
        index = _fault(error, reached).index
        return Source("", text).span(index, index).line
    return None


def _events(text: str) -> Iterator[_Event]:
    """Yield the parser's events."""
    parser = _PARSER(text)
    try:
        while (event := _next_event(parser)) is not None:
            yield event
    finally:
        parser.dispose()


def _next_event(parser: yaml.CSafeLoader | yaml.SafeLoader) -> _Event | None:
    """Return the next event.

    The parser in Python answers to escapes above U+10FFFF and to version numbers of thousands of digits with a
    `ValueError` or an `OverflowError`.
    """
    try:
        event = parser.get_event()
    except (ValueError, OverflowError) as error:
        raise yaml.MarkedYAMLError(problem="a number is too large") from error
    return event


_TOO_DEEP: Final = f"more than {MAX_DEPTH} lists and mappings within one another"

_NO_KEY = Scalar("", "", yaml.Mark("", 0, 0, 0, None, 0), yaml.Mark("", 0, 0, 0, None, 0), Source("", ""))
"""Stands for a key that was refused; its entry is left out."""

_Frame = tuple[list[Node], list[tuple[Scalar, Node]], Scalar | None, bool, _Event]


class _Composer:
    """Builds the nodes of one text from the parser's events, and collects what is refused on the way."""

    def __init__(self, source: Source) -> None:
        self.findings = _Findings()
        self.reached = 0
        self._source = source
        self._complete = True
        self._documents = 0

    def compose(self, text: str) -> Node | None:
        """Return the root, or `None` when there is none or a part of it is missing."""
        root = self._build(text)
        if root is None or (isinstance(root, Scalar) and root.empty):
            if self._complete:
                self._refuse("empty-book", "there is nothing here", 0, 0)
            return None
        for number, corrected in full_width_texts(self._source, root):
            self._complete = False
            self.findings.add("full-width-punctuation", full_width_finding, self._source, number, corrected)
        return root if self._complete else None

    def _build(self, text: str) -> Node | None:
        """Put the events together, without recursion: the open lists and mappings stand on a stack.

        This runs once for each word of a book, so it spells out what helper functions would hide.
        """
        source = self._source
        items: list[Node] = []
        entries: list[tuple[Scalar, Node]] = []
        key: Scalar | None = None
        in_mapping = False
        stack: list[_Frame] = []
        node: Node
        event: _Event = None
        try:
            for event in islice(_events(text), MAX_PARTS):
                kind = type(event)
                if kind is ScalarEvent:
                    node = Scalar(event.value, event.style or "", event.start_mark, event.end_mark, source)
                    if node.style or event.tag is not None or event.anchor is not None:
                        self._check_scalar(event, node)
                elif kind is MappingStartEvent or kind is SequenceStartEvent:
                    if event.tag is not None or event.anchor is not None:
                        self._refuse_properties(event)
                    if len(stack) == MAX_DEPTH:
                        self._give_up("too-deep", _TOO_DEEP, event)
                        return None
                    stack.append((items, entries, key, in_mapping, event))
                    items, entries, key, in_mapping = [], [], None, kind is MappingStartEvent
                    continue
                elif kind is MappingEndEvent or kind is SequenceEndEvent:
                    node = self._container(entries if in_mapping else None, items, stack[-1][-1], event)
                    items, entries, key, in_mapping, _ = stack.pop()
                elif kind is AliasEvent:
                    node = self._refuse_alias(event, key)
                elif kind is DocumentStartEvent and self._is_second_document(event):
                    break
                else:
                    continue
                if not in_mapping:
                    items.append(node)
                elif key is None:
                    key = node if isinstance(node, Scalar) else self._refuse_key(node)
                else:
                    entries.append((key, node))
                    key = None
            if stack:
                self._give_up("too-large", f"more than {MAX_PARTS} words, lists and mappings", event)
        except yaml.YAMLError:
            for unfinished in (*(frame[1] for frame in stack), entries):
                self._checked_entries(unfinished)
            raise
        finally:
            self.reached = event.end_mark.index if event else 0
        return items[0] if items else None

    def _refuse(self, code: str, message: str, start: int, end: int, *, help: str | None = None) -> None:
        self.findings.add(code, self._finding, code, message, start, end, help)

    def _finding(self, code: str, message: str, start: int, end: int, help: str | None) -> Diagnostic:
        return diagnostic(code, message, self._source.span(start, end), help=help)

    def _give_up(self, code: str, message: str, event: _Event) -> None:
        """Report what makes going on senseless."""
        self._complete = False
        self._refuse(code, message, *_ends(event))

    def _is_second_document(self, event: _Event) -> bool:
        """Count the documents, and report the second."""
        self._documents += 1
        if self._documents > 1:
            self._refuse("many-documents", "a second document begins here", *_ends(event))
        return self._documents > 1

    def _container(
        self, entries: list[tuple[Scalar, Node]] | None, items: list[Node], begin: _Event, end: _Event
    ) -> Mapping | Sequence:
        """Make a mapping or a list; most mappings have nothing wrong with their keys, which a set of the keys shows."""
        flow = bool(begin.flow_style)
        if entries is None:
            return Sequence(items, begin.start_mark, end.end_mark, self._source, flow=flow)
        keys = {key.text for key, _ in entries}
        if len(keys) < len(entries) or "<<" in keys or "" in keys:
            entries = self._checked_entries(entries)
        return Mapping(entries, begin.start_mark, end.end_mark, self._source, flow=flow)

    def _checked_entries(self, entries: list[tuple[Scalar, Node]]) -> list[tuple[Scalar, Node]]:
        """Leave out merge keys, missing keys, and every repetition of a key, and report them."""
        first: dict[str, Scalar] = {}
        kept = []
        for key, value in entries:
            if key.text == "<<" and not key.style:
                self._complete = False
                self._refuse("yaml-anchor", "merge keys are refused", key.start.index, key.end.index)
            elif key.empty:
                if key is not _NO_KEY:
                    self._refuse("yaml-syntax", "a key is missing before `:`", key.start.index, key.end.index)
            elif key.text in first:
                self.findings.add("duplicate-key", _duplicate, key, first[key.text])
            else:
                first[key.text] = key
                kept.append((key, value))
        return kept

    def _refuse_key(self, node: Node) -> Scalar:
        """Report a key that is a list or a mapping."""
        self._complete = False
        self.findings.add("wrong-type", _not_a_key, node)
        return _NO_KEY

    def _refuse_alias(self, event: _Event, key: Scalar | None) -> Scalar:
        """Report an alias, unless the merge key before it is reported anyway."""
        self._complete = False
        if key is None or key.text != "<<":
            self._refuse("yaml-anchor", "aliases are refused", *_ends(event))
        return Scalar("", "", event.start_mark, event.end_mark, self._source)

    def _refuse_properties(self, event: _Event) -> None:
        """Report an anchor and a tag; `!= 5` is a tag to YAML."""
        text, start = self._source.text, event.start_mark.index
        if event.anchor is not None:
            at = max(text.find("&", start), start)
            self._refuse("yaml-anchor", f"the anchor `&{event.anchor}` is refused", at, at + 1 + len(event.anchor))
        if text.startswith("!=", start):
            self.findings.add("bare-operator", bare_operator, self._source, start)
        elif event.tag is not None:
            tag = _TAG.search(text, start)
            self._refuse("yaml-tag", "tags are refused", *(tag.span() if tag else _ends(event)))

    def _check_scalar(self, event: _Event, node: Scalar) -> None:
        """Report what is refused in a text that is not plain, and give it back an operator that YAML took away."""
        start, written = node.start.index, self._source.text[node.start.index : node.end.index]
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event)
            if written.startswith("!="):
                node.text, node.style = written, ""
        elif node.style == ">" and not node.text and _INDENTED_FOLD.match(written):
            self.findings.add("bare-operator", bare_operator, self._source, start)
            node.text, node.style = written.strip(), ""
        elif node.style == '"' and (found := _UNPRINTABLE.search(node.text)):
            message = f"{_name_of(found.group())} is refused, also as an escape"
            self._refuse("control-character", message, *_ends(event))
            node.text = _UNPRINTABLE.sub("\ufffd", node.text)


_TAG = re.compile(r"!\S*")
_INDENTED_FOLD = re.compile(r">[0-9]")


def _ends(event: _Event) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index


def _not_a_key(node: Node) -> Diagnostic:
    """Make the finding for a list or a mapping in the place of a key."""
    kind, bracket = ("list", "[") if isinstance(node, Sequence) else ("mapping", "{")
    return diagnostic(
        "wrong-type",
        f"a key must be a text, not a {kind}",
        node.span,
        help=f"if a text starts with `{bracket}`, put it between quotes",
    )


def _duplicate(key: Scalar, first: Scalar) -> Diagnostic:
    """Make the finding for a key that stands in its mapping already."""
    return diagnostic(
        "duplicate-key",
        f"the key `{key.text}` stands twice in one mapping",
        key.span,
        related=[Related(first.span, "it stands here first")],
    )
