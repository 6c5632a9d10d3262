"""How does a tree of keys, words and comments become the one canonical YAML text?

A layout is what is to be written, without any decision about lines: this module decides what fits on a line, what is
quoted and what is folded. Two equal layouts give the same text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias, assert_never

__all__ = [
    "WIDTH",
    "Comments",
    "Entries",
    "Entry",
    "Item",
    "Items",
    "Layout",
    "Style",
    "Word",
    "WordKind",
    "inline",
    "show",
]

WIDTH = 120
"""No line is longer when it can be broken at all; comments do not count."""


class WordKind(Enum):
    """What a word is to readers of YAML that know nothing of this language."""

    TEXT = "a text, quoted when another reader could take it for a number, a day, or true or false"
    VALUE = "a number, a day, or true or false, plain when every reader reads it alike"
    CONDITION = "a text that is folded before `and` and `or`"
    EMPTY = "nothing at all, as behind a key without a value"


class Style(Enum):
    """How a list or a mapping is written."""

    INLINE = "on one line, when it fits and holds no comment; else as a block"
    BLOCK = "as a block"
    SPACED = "as a block, with an empty line between its parts"


@dataclass(frozen=True, slots=True)
class Comments:
    """The comments of one part.

    Args:
        before: on lines of their own, above the part; an empty text is an empty line.
        beside: on the line of the key, when the value starts below it.
        after: on the last line of the part.
    """

    before: tuple[str, ...] = ()
    beside: str | None = None
    after: str | None = None


NO_COMMENTS = Comments()


@dataclass(frozen=True, slots=True)
class Word:
    """One scalar."""

    text: str
    kind: WordKind = WordKind.TEXT


@dataclass(frozen=True, slots=True)
class Item:
    """One part of a list."""

    value: Layout
    comments: Comments = NO_COMMENTS


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping, with its value."""

    key: Word
    value: Layout
    comments: Comments = NO_COMMENTS


@dataclass(frozen=True, slots=True)
class Items:
    """A list; `end` holds the comments behind its last item."""

    items: tuple[Item, ...]
    style: Style = Style.INLINE
    end: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entries:
    """A mapping; `end` holds the comments behind its last entry."""

    entries: tuple[Entry, ...]
    style: Style = Style.BLOCK
    end: tuple[str, ...] = ()


Layout: TypeAlias = Word | Items | Entries


def show(layout: Layout, *, header: tuple[str, ...] = ()) -> str:
    """Write a whole file; `header` holds comments that stand at its top, whatever comes first.

    >>> print(show(Entries((Entry(Word("do"), Items((Item(Word("call")), Item(Word("no"))))),))), end="")
    do: [call, "no"]
    """
    lines = [*header, *([""] if header else [])]
    if isinstance(layout, Word) or not _parts(layout, ""):
        lines.append(_inline(layout) or "")
    else:
        lines.extend(_block(layout, ""))
    return "".join(f"{line}\n" for line in lines)


def inline(layout: Layout) -> str:
    """Write a part on one line, as it stands between brackets.

    >>> inline(Items((Item(Word("call")), Item(Word("no")))))
    '[call, "no"]'
    """
    text = _inline(layout, flow=True)
    assert text is not None, "what holds comments or many lines has no place between brackets; please report this"
    return text


# Blocks --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of a block: the comments above it, not yet indented, and its own lines."""

    above: tuple[str, ...]
    lines: list[str]


def _block(layout: Items | Entries, indent: str) -> list[str]:
    """Return the lines of a list or mapping as a block."""
    return _joined(layout, _parts(layout, indent), indent)


def _parts(layout: Items | Entries, indent: str) -> list[_Part]:
    match layout:
        case Items(items):
            return [_item_part(item, indent) for item in items]
        case Entries(entries):
            heads = [f"{indent}{_quoted(entry.key, flow=False)}:" for entry in entries]
            return [_part(head, one.value, one.comments, indent) for head, one in zip(heads, entries, strict=True)]
        case _:
            assert_never(layout)


def _joined(layout: Items | Entries, parts: list[_Part], indent: str) -> list[str]:
    """Put the parts of a block together, with empty lines between them if its style asks for them."""
    lines: list[str] = []
    for above, own in [*((part.above, part.lines) for part in parts), (layout.end, [])]:
        if layout.style is Style.SPACED and lines and (above or own):
            lines.append("")
        lines.extend(indent + comment if comment else "" for comment in above)
        lines.extend(own)
    return lines


def _part(head: str, value: Layout, comments: Comments, indent: str) -> _Part:
    """Return one part that starts with `head`, with its value beside or below it.

    Of its comments one stays on its first line, if it fits there.
    """
    first, *rest = _value_lines(head, value, f"{indent}  ")
    above = list(comments.before)
    beside = [one for one in (comments.beside, comments.after) if one is not None]
    if beside and len(first) + 2 + len(beside[-1]) <= WIDTH:
        first = f"{first}  {beside.pop()}"
    return _Part((*above, *beside), [first, *rest])


def _value_lines(head: str, value: Layout, inner: str) -> list[str]:
    inline = _inline(value)
    if inline is not None and len(head) + 1 + len(inline) <= WIDTH and not _is_broken(value):
        return [f"{head} {inline}".rstrip()]
    if not isinstance(value, Word):
        return [head, *_block(value, inner)]
    if _is_broken(value):
        sign = "|" if value.text.endswith("\n") else "|-"
        return [f"{head} {sign}", *(inner + line if line else "" for line in value.text.removesuffix("\n").split("\n"))]
    if _FOLDS.fullmatch(value.text):
        return [f"{head} >-", *(inner + line for line in _folded(value, WIDTH - len(inner)))]
    return [f"{head} {inline}"]


def _item_part(item: Item, indent: str) -> _Part:
    """Return one part of a list; the block of a mapping or list starts on the line of the dash."""
    hoisted, value = _without_first_comments(item.value)
    comments = replace(item.comments, before=(*item.comments.before, *hoisted))
    inline = _inline(value)
    if isinstance(value, Word) or (inline is not None and len(indent) + 2 + len(inline) <= WIDTH):
        return _part(f"{indent}-", value, comments, indent)
    inner = f"{indent}  "
    first, *rest = _parts(value, inner)
    own = tuple(one for one in (comments.beside, comments.after) if one is not None)
    lines = _joined(value, [_Part((), first.lines), *rest], inner)
    return _Part((*comments.before, *own, *first.above), [f"{indent}- {lines[0].lstrip()}", *lines[1:]])


def _without_first_comments(layout: Layout) -> tuple[tuple[str, ...], Layout]:
    """Take away the comments above the first part of a block, which have no place between the dash and the part."""
    match layout:
        case Items(items=(Item(value, comments) as first, *rest)):
            hoisted, value = _without_first_comments(value)
            bare = replace(first, value=value, comments=replace(comments, before=()))
            return (*comments.before, *hoisted), replace(layout, items=(bare, *rest))
        case Entries(entries=(Entry(comments=comments) as first, *rest)):
            bare_entry = replace(first, comments=replace(comments, before=()))
            return comments.before, replace(layout, entries=(bare_entry, *rest))
        case _:
            return (), layout


# On one line ---------------------------------------------------------------------------------------------------------


def _inline(layout: Layout, *, flow: bool = False) -> str | None:
    """Return a layout on one line, or `None` when it holds comments or must be a block."""
    match layout:
        case Word():
            if layout.kind is WordKind.EMPTY or _is_broken(layout):
                return None if flow else _quoted(layout, flow=False)
            return _quoted(layout, flow=flow)
        case Items(items, style, end):
            shown = [_inline(item.value, flow=True) if item.comments == NO_COMMENTS else None for item in items]
            brackets = "[]"
        case Entries(entries, style, end):
            shown = [_inline_entry(entry) for entry in entries]
            brackets = "{}"
        case _:
            assert_never(layout)
    known = [one for one in shown if one is not None]
    if end or len(known) < len(shown) or (style is not Style.INLINE and shown):
        return None
    return f"{brackets[0]}{', '.join(known)}{brackets[1]}"


def _inline_entry(entry: Entry) -> str | None:
    value = _inline(entry.value, flow=True) if entry.comments == NO_COMMENTS else None
    return None if value is None else f"{_quoted(entry.key, flow=True)}: {value}"


# Words ---------------------------------------------------------------------------------------------------------------

_VISIBLE = r"\ -~\xa1-\u200a\u200c-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff"
"""What stands in a file as it is, and can be seen there; the loader refuses most of the rest, unless it is escaped."""

_PLAIN = re.compile(
    r"""(?![\s,\[\]{}\#&*!|>'"%@`?:]) (?!-(?![\w.])) (?!---|\.\.\.)  # how a plain text may start
        (?:(?!:\s|\s\#)[VISIBLE])* (?<![\s:])""".replace("VISIBLE", _VISIBLE),
    re.VERBOSE,
)
"""What YAML reads as the text that it is, in a block; inside brackets there are fewer such texts."""

_FLOW_SIGNS = frozenset(",[]{}:?")

_FULL_WIDTH = re.compile(r"[\w./*-]+\s*[：，]|[［｛]", re.ASCII)
"""How a text starts that the loader takes, unquoted, for a key or a list written with Chinese punctuation."""

_OTHERWISE = re.compile(
    r"""~|null|true|false|yes|no|on|off|y|n|<<|=                          # nothing, true or false, merge, value
      | [-+]?(0b[01_]+|0o[0-7]+|0x[0-9a-f_]+|\.inf|\.nan)|\.nan
      | [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?                        # base sixty
      | [-+]?(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)(e[-+]?[0-9]+)?            # numbers
      | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([t\s].*)?                          # days
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What some reader of YAML 1.1 or 1.2 takes for something else than a text."""

_ALIKE = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?|[0-9]{4}-[0-9]{2}-[0-9]{2}|true|false|-")
"""What every reader of YAML takes for the same number, day, or truth value; and the sign for any value."""


def _quoted(word: Word, *, flow: bool) -> str:
    """Return a word as it is written, between double quotes where YAML, another reader or the loader needs them."""
    text = word.text
    if word.kind is WordKind.EMPTY:
        return ""
    if word.kind is WordKind.VALUE and _ALIKE.fullmatch(text) and (flow or text != "-"):
        return text
    plain = (
        _PLAIN.fullmatch(text) is not None
        and not (flow and not _FLOW_SIGNS.isdisjoint(text))
        and _OTHERWISE.fullmatch(text) is None
        and _FULL_WIDTH.match(text) is None
    )
    return text if text and plain else f'"{"".join(_escaped(char) for char in text)}"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_SHOWN = re.compile(f"[{_VISIBLE}]")


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if _SHOWN.match(char):
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


# Texts of many lines -------------------------------------------------------------------------------------------------

_FOLDS = re.compile(rf"(?!\s)[{_VISIBLE}]+(?<!\s)")
"""A text that reads the same below `>-`, also when some of its single spaces become the ends of lines."""

_SPACE = re.compile(r"(?<! ) (?! )")

_LINES = re.compile(rf"(?!\s)(?:(?:[{_VISIBLE}]*(?<=\S))?\n)+(?:[{_VISIBLE}]*(?<=\S))?(?<!\n\n)")
"""A text of several lines that can be written line by line."""


def _is_broken(layout: Layout) -> bool:
    """Whether a layout is a text that is written line by line, because it has several lines."""
    return isinstance(layout, Word) and "\n" in layout.text and _LINES.fullmatch(layout.text) is not None


def _folded(word: Word, width: int) -> Iterator[str]:
    """Break a text at spaces into lines of at most `width` characters, if its parts are that short."""
    parts = _SPACE.split(word.text)
    if word.kind is WordKind.CONDITION:
        joined = re.split(r"(?<! ) (?=(?:and|or) )", word.text)
        parts = [piece for part in joined for piece in ([part] if len(part) <= width else _SPACE.split(part))]
    line = parts[0]
    for part in parts[1:]:
        if len(line) + 1 + len(part) > width:
            yield line
            line = part
        else:
            line = f"{line} {part}"
    yield line
