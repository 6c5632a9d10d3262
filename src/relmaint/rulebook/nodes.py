"""What is a piece of a YAML text, and where does it stand?

Three kinds of nodes, each with its place. Nodes know nothing of types: `no`, `010` and `12:30` are the text that was
written. A book has tens of thousands of nodes and a place is asked for few of them, so a node keeps the parser's marks
and makes its span when asked; for the same reason nodes are plain slots classes.
"""

from __future__ import annotations

import re
from typing import Protocol, TypeAlias

from relmaint.diagnostics import Source, Span

__all__ = ["Mapping", "Mark", "Node", "Scalar", "Sequence"]

_NOT_SPACE = re.compile(r"\S")
_HEADER = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")


class Mark(Protocol):
    """A place as the YAML parser reports it; everything counts from 0, in code points."""

    @property
    def index(self) -> int:
        """The number of characters before it in the text."""

    @property
    def line(self) -> int:
        """The number of lines before it."""

    @property
    def column(self) -> int:
        """The number of characters before it on its line."""


class _Placed:
    """What all nodes share: a source, and the marks at the start and at the end."""

    __slots__ = ("end", "source", "start")

    start: Mark
    end: Mark  # of a block list or mapping: where the next statement begins; its span ends earlier
    source: Source

    @property
    def span(self) -> Span:
        """The place of the whole node in its source."""
        start, end = self.start, self.end
        return Span(
            self.source.path, start.line + 1, start.column + 1, end.line + 1, end.column + 1, source=self.source
        )


class Scalar(_Placed):
    """A text.

    Args:
        text: the value, with quotes, escapes and folding undone.
        style: `""` for a plain text, else the character that YAML starts it with: a quote, `|` or `>`.
        start: where it begins, its quote or `|` included.
        end: where it ends.
        source: what it was read from.
    """

    __slots__ = ("style", "text")
    __match_args__ = ("text",)

    def __init__(self, text: str, style: str, start: Mark, end: Mark, source: Source) -> None:
        self.text = text
        self.style = style
        self.start = start
        self.end = end
        self.source = source

    def __repr__(self) -> str:
        """Return the text and its place."""
        return f"Scalar({self.text!r}, {self.span})"

    @property
    def quoted(self) -> bool:
        """The text stands between quotes, so that `"-"` and `"true"` are words and no signs."""
        return self.style in ("'", '"')

    @property
    def empty(self) -> bool:
        """Nothing was written here, as after `key:` with nothing behind it."""
        return not self.text and not self.style

    @property
    def span(self) -> Span:
        """The place of the text, with its quotes; a block text ends with its last line that is not empty."""
        if self.empty:  # libyaml marks a missing value at the end of a text on a line that does not exist
            return self.source.span(self.start.index, self.start.index)
        if self.style in ("|", ">"):
            return self.source.span(self.start.index, self.start.index + len(self._raw().rstrip()))
        return super().span

    def inner(self, offset: int, length: int) -> Span:
        """Return the place of `text[offset : offset + length]`.

        Quotes and the folding of long texts over lines are accounted for. Where escapes make the written text differ
        from the value, the whole scalar is the place.
        """
        shown = self._written()
        if shown is None:
            return self.span
        first, written = shown
        if written == self.text:
            one_line = self.start.line == self.end.line
            start = first + offset
            return self._stretch(start, length) if one_line else self.source.span(start, start + length)
        places = [first + found.start() for found in _NOT_SPACE.finditer(written)]
        before = len(_NOT_SPACE.findall(self.text[:offset]))
        within = len(_NOT_SPACE.findall(self.text[offset : offset + length]))
        if not within:
            after = places[before - 1] + 1 if before else first
            return self.source.span(after, after)
        return self.source.span(places[before], places[before + within - 1] + 1)

    def _stretch(self, first: int, length: int) -> Span:
        """Return the place of some characters, all on the line that the scalar starts on."""
        line, column = self.start.line + 1, self.start.column + 1 + first - self.start.index
        return Span(self.source.path, line, column, line, column + length, source=self.source)

    def _raw(self) -> str:
        """Return the text as it was written."""
        return self.source.text[self.start.index : self.end.index]

    def _written(self) -> tuple[int, str] | None:
        """Return what was written for the value, and where; `None` if more than spaces differ from the value."""
        first, raw = self.start.index, self._raw()
        if self.quoted:
            first, raw = first + 1, raw[1:-1]
        elif self.style:
            header = _HEADER.match(raw)
            assert header is not None  # INVARIANT: the pattern matches the empty text
            first, raw = first + header.end(), raw[header.end() :]
        same = raw == self.text or _NOT_SPACE.findall(raw) == _NOT_SPACE.findall(self.text)
        return (first, raw) if same else None


class Sequence(_Placed):
    """A list of nodes; `flow` when it is written with brackets."""

    __slots__ = ("flow", "items")
    __match_args__ = ("items",)

    def __init__(self, items: list[Node], start: Mark, end: Mark, source: Source, *, flow: bool) -> None:
        self.items = items
        self.flow = flow
        self.start = start
        self.end = end
        self.source = source

    def __repr__(self) -> str:
        """Return the size and the place."""
        return f"Sequence({len(self.items)} items, {self.span})"

    @property
    def span(self) -> Span:
        """The place of the list, from its first dash or bracket to the end of its last item or its bracket."""
        return super().span if self.flow else _block(self, self.items[-1] if self.items else None)


class Mapping(_Placed):
    """Keys with their values, in the order of the text; `flow` when it is written with braces."""

    __slots__ = ("entries", "flow")
    __match_args__ = ("entries",)

    def __init__(
        self, entries: list[tuple[Scalar, Node]], start: Mark, end: Mark, source: Source, *, flow: bool
    ) -> None:
        self.entries = entries
        self.flow = flow
        self.start = start
        self.end = end
        self.source = source

    def __repr__(self) -> str:
        """Return the keys and the place."""
        return f"Mapping({', '.join(key.text for key, _ in self.entries)}, {self.span})"

    @property
    def span(self) -> Span:
        """The place of the mapping, from its first key or brace to the end of its last value or its brace."""
        return super().span if self.flow else _block(self, self.entries[-1][1] if self.entries else None)


Node: TypeAlias = Scalar | Sequence | Mapping


def _block(node: Sequence | Mapping, last: Node | None) -> Span:
    """End a block with its last part: the parser's own mark stands before the next statement, behind all comments.

    Without a part, as when the only key is missing, that mark can stand on a line that does not exist.
    """
    whole = node.source.span(node.start.index, node.end.index)
    if last is None:
        return whole
    end = last.span
    return Span(whole.path, whole.line, whole.column, end.end_line, end.end_column, source=whole.source)
