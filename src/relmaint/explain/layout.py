"""How wide is a text on a terminal, and where may a line break?

Chinese characters take two cells, and a line may break between them; everything else breaks at spaces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

__all__ = ["Paint", "Piece", "Role", "as_written", "cells", "padded", "wrapped"]

Role = str
"""What a piece of text is for: `head`, `title`, `rank`, `due`, `muted`, `alarm`, `label`, or nothing in particular."""

Piece = tuple[str, Role]
"""A stretch of text and what it is for."""

Paint = Callable[[str, Role], str]
"""How a piece looks: on a terminal in colour, in a file as it is written."""

_BREAKS = re.compile(r"\s+|[\u3000-\u9fff\uff00-\uffef]|[^\s\u3000-\u9fff\uff00-\uffef]+")
_NEVER_FIRST = "，。、；：！？）】》」』”’%％"
_NEVER_LAST = "（【《「『“‘"


def as_written(text: str, _role: Role) -> str:
    """Show a piece without any colour."""
    return text


def cells(text: str) -> int:
    """Return how many cells of a terminal the text takes.

    >>> cells("存款 a")
    6
    """
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def padded(text: str, width: int) -> str:
    """Fill the text with spaces up to `width` cells."""
    return text + " " * max(0, width - cells(text))


def wrapped(pieces: Iterable[Piece], *, indent: int, width: int | None, paint: Paint) -> str:
    """Lay pieces out one after the other; lines after the first start `indent` cells in.

    The first line starts at the left. Without a width there is one line.
    """
    lines: list[list[Piece]] = [[]]
    used = 0
    for text, role in pieces:
        for word in _words(text):
            size = cells(word)
            if width is not None and used + size > width and used > indent and not word.isspace():
                _strip_end(lines[-1])
                lines.append([(" " * indent, "")])
                used = indent
            if word.isspace() and len(lines) > 1 and used == indent:
                continue
            lines[-1].append((word, role))
            used += size
    return "\n".join("".join(paint(text, role) for text, role in _joined(line)) for line in lines)


def _words(text: str) -> list[str]:
    """Split where a line may break; punctuation stays with the character that it may not be parted from."""
    words: list[str] = []
    for word in _BREAKS.findall(text):
        glued = words and not word.isspace() and (word[0] in _NEVER_FIRST or words[-1][-1] in _NEVER_LAST)
        if glued:
            words[-1] += word
        else:
            words.append(word)
    return words


def _strip_end(line: list[Piece]) -> None:
    while line and line[-1][0].isspace():
        line.pop()


def _joined(line: list[Piece]) -> list[Piece]:
    """Put neighbours of one role together, so that colours are switched once."""
    found: list[Piece] = []
    for text, role in line:
        if found and found[-1][1] == role:
            found[-1] = (found[-1][0] + text, role)
        else:
            found.append((text, role))
    return found
