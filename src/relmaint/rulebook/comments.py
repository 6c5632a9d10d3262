"""Which comments does a YAML text hold, and to which part does each belong?

The YAML library throws comments away, so they are found in the text itself: a `#` that no scalar covers starts one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from relmaint.rulebook.layout import Comments, Entries, Entry, Item, Items, Layout, Style, Word, WordKind
from relmaint.rulebook.nodes import Mapping, Mark, Node, Scalar, Sequence

__all__ = ["Comment", "annotated", "comments_of"]

_BREAK = re.compile(r"\r\n|\r|\n")
_HEADER = re.compile(r"[^\r\n]*")


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment: `text` from its `#` on, and where it stands (lines and columns count from 0).

    Args:
        alone: whether nothing but white space stands before it on its line.
    """

    text: str
    start: int
    end: int
    line: int
    column: int
    alone: bool


def comments_of(text: str, root: Node) -> Iterator[Comment]:
    """Yield the comments of a text that was composed to `root`, from top to bottom.

    A comment has a space behind its `#`, as linters ask; one in the first line may start with `#!`.
    """
    starts = [0, *(found.end() for found in _BREAK.finditer(text))]
    free = 0
    for start, end in [*_covered(text, root), (len(text), len(text))]:
        while (hash_ := text.find("#", free, start)) >= 0:
            line = bisect_right(starts, hash_) - 1
            found = _HEADER.match(text, hash_)
            assert found is not None  # INVARIANT: the pattern matches the empty text
            written = _spaced(found.group().rstrip(), is_first=hash_ == 0)
            alone = not text[starts[line] : hash_].strip(" \t")
            yield Comment(written, hash_, found.end(), line, hash_ - starts[line], alone)
            free = found.end()
        free = max(free, end)


def _spaced(comment: str, *, is_first: bool) -> str:
    if is_first and comment.startswith("#!"):
        return comment
    body = comment.lstrip("#")
    return comment if not body or body[0].isspace() else f"{comment[: -len(body)]} {body}"


def _covered(text: str, root: Node) -> Iterator[tuple[int, int]]:
    """Yield the stretches of the text that scalars cover; of a block text its lines, not the line of its `|`."""
    match root:
        case Scalar():
            start, end = root.start.index, root.end.index
            if root.style in ("|", ">"):
                header = _HEADER.match(text, start)
                assert header is not None  # INVARIANT: the pattern matches the empty text
                yield start, start + 1
                start = header.end()
            if start < end:
                yield start, end
        case Sequence(items):
            for item in items:
                yield from _covered(text, item)
        case Mapping(entries):
            for key, value in entries:
                yield from _covered(text, key)
                yield from _covered(text, value)


def annotated(text: str, root: Node) -> tuple[tuple[str, ...], Layout]:
    """Return the comments at the top of a file, and its content with every other comment at the part it belongs to.

    A comment on a line of its own belongs to the part below it; at the end of a block, to the block that its
    indentation fits. A comment behind something belongs to that. The comments at the top of a file that an empty line
    sets off from the first part belong to the file.
    """
    waiting = _Waiting(text, root)
    layout = waiting.attach(root, len(text), 0)
    rest = tuple([comment.text for comment in waiting.until(len(text))])
    match layout:
        case Word():
            return rest, layout
        case Items(items=()):
            return layout.end + rest, replace(layout, end=())
        case Items():
            return (), replace(layout, end=layout.end + rest)
        case Entries():
            return _without_header(replace(layout, end=layout.end + rest))
        case _:
            assert_never(layout)


def _without_header(layout: Entries) -> tuple[tuple[str, ...], Entries]:
    if not layout.entries:
        return layout.end, replace(layout, end=())
    first, *rest = layout.entries
    before = first.comments.before
    gap = max((place for place, comment in enumerate(before) if not comment), default=0)
    bare = replace(first, comments=replace(first.comments, before=before[gap + 1 :] if gap else before))
    return before[:gap], replace(layout, entries=(bare, *rest))


class _Waiting:
    """The comments of a text, taken from top to bottom by the parts that they belong to."""

    def __init__(self, text: str, root: Node) -> None:
        self._text = text
        self._comments = deque(comments_of(text, root))

    # Parts

    def attach(self, node: Node, limit: int, column: int) -> Layout:
        """Return the layout of a node with all comments that belong inside it.

        Args:
            node: the node; the comments above it are taken already.
            limit: where the next part of the file starts.
            column: how far a comment is indented at least that belongs to the end of the node.
        """
        match node:
            case Scalar():
                return Word(node.text, WordKind.EMPTY if node.empty else WordKind.TEXT)
            case Sequence(nodes):
                column = max(column, node.start.column)
                inner = node.end.index if node.flow else limit
                limits = [*(one.start.index for one in nodes[1:]), inner]
                items = [self._item(one, end) for one, end in zip(nodes, limits, strict=False)]
                return Items(tuple(items), end=self._end(node, inner, column))
            case Mapping(pairs):
                column = max(column, node.start.column)
                inner = node.end.index if node.flow else limit
                limits = [*(key.start.index for key, _ in pairs[1:]), inner]
                entries = [self._entry(key, value, end) for (key, value), end in zip(pairs, limits, strict=False)]
                return Entries(tuple(entries), Style.INLINE, self._end(node, inner, column))
            case _:
                assert_never(node)

    def _item(self, node: Node, limit: int) -> Item:
        before = self._before(node.start.index) + self._inside_nothing(node)
        value = self.attach(node, limit, node.start.column)
        return Item(value, Comments(before, after=self._after(node, limit)))

    def _entry(self, key: Scalar, node: Node, limit: int) -> Entry:
        before = self._before(key.start.index)
        beside = self._behind(key.end, node.start.index)
        if isinstance(node, Scalar) or node.flow:
            before += self._before(node.start.index) + self._inside_nothing(node)
        value = self.attach(node, limit, key.start.column + 1)
        return Entry(Word(key.text), value, Comments(before, beside, self._after(node, limit)))

    # Comments

    def _before(self, offset: int) -> tuple[str, ...]:
        """Take all comments that stand before a part that starts at `offset`, with the empty lines below each."""
        return self._with_gaps(self.until(offset), offset)

    def _inside_nothing(self, node: Node) -> tuple[str, ...]:
        """Take the comments between the brackets of an empty list or mapping, which stays on one line."""
        match node:
            case Sequence(items=[]) | Mapping(entries=[]):
                return self._before(node.end.index)
            case _:
                return ()

    def _after(self, node: Node, limit: int) -> str | None:
        """Take the comment behind a node on its last line; that of a block text stands behind its `|`."""
        if isinstance(node, Scalar) and node.style in ("|", ">"):
            header = self.until(node.end.index)
            return header[0].text if header else None
        return self._behind(node.end, limit) if isinstance(node, Scalar) or node.flow else None

    def _behind(self, mark: Mark, limit: int) -> str | None:
        """Take the comment that stands behind a mark on its line, before `limit`."""
        if self._comments and self._comments[0].start < limit and self._comments[0].line == mark.line:
            return self._comments.popleft().text
        return None

    def _end(self, node: Sequence | Mapping, limit: int, column: int) -> tuple[str, ...]:
        """Take the comments at the end of a list or mapping: of a block, those that are indented enough."""
        return self._with_gaps(self.until(limit, 0 if node.flow else column), None)

    def until(self, limit: int, column: int = 0) -> list[Comment]:
        """Take the next comments before `limit`, down to the first that is indented less than `column`."""
        taken: list[Comment] = []
        while self._comments and self._comments[0].start < limit and self._comments[0].column >= column:
            taken.append(self._comments.popleft())
        return taken

    def _with_gaps(self, comments: list[Comment], offset: int | None) -> tuple[str, ...]:
        """Put an empty text where an empty line stands between comments, or between the last one and its part."""
        shown: list[str] = []
        followers = [*(comment.start for comment in comments[1:]), offset]
        for comment, following in zip(comments, followers, strict=False):
            shown.append(comment.text)
            gap = "" if following is None else self._text[comment.end : following]
            if comment.alone and not gap.strip(" \t\r\n-") and len(_BREAK.findall(gap)) > 1:
                shown.append("")
        return tuple(shown)
