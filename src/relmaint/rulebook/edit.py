"""How are some statements of a file changed, while all else stays as it stands?

A statement that changes is written anew in canonical form, with the comments inside it; one that goes takes its
comments along. The rest of the file is copied, letter by letter. Where a statement cannot be told from its neighbours
by lines, as in a list between brackets, the whole file is written in canonical form.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from relmaint.diagnostics import Source
from relmaint.ir.conditions import And, Condition, show_condition
from relmaint.ir.rules import Row, Table
from relmaint.rulebook.canonical import canonical, cell_of
from relmaint.rulebook.comments import annotated, comments_of
from relmaint.rulebook.conditions import parse_condition
from relmaint.rulebook.layout import Comments, Entries, Entry, Item, Items, Layout, Word, show
from relmaint.rulebook.nodes import Mapping as MappingNode
from relmaint.rulebook.nodes import Node, Scalar, Sequence
from relmaint.rulebook.source import compose
from relmaint.vocabulary import Vocabulary

__all__ = ["Change", "NewCondition", "NewTable", "edited"]


@dataclass(frozen=True, slots=True)
class NewCondition:
    """The condition that a rule or guard gets."""

    when: Condition


@dataclass(frozen=True, slots=True)
class NewTable:
    """What a table becomes.

    Args:
        old: the table as the file has it.
        new: the table to be; its columns are some of the old ones, and its rows give what they gave.
        places: for each row of the new table, the place of the old row that it is made from, counted from 0.
    """

    old: Table
    new: Table
    places: tuple[int, ...]


Change = NewCondition | NewTable | None
"""What becomes of a statement; `None` when it goes."""

_SECTIONS = ("rules", "tables", "guards")
_BLANK = re.compile(r"(?:[ \t]*(?:\r\n|\r|\n))+")


def edited(source: Source, changes: Mapping[str, Change], vocabulary: Vocabulary) -> str:
    """Return the text of a file in which some statements are changed, by their ids; other ids do not matter.

    Args:
        source: the file as it was read; it holds no error.
        changes: what becomes of each statement.
        vocabulary: the attributes that conditions may speak of.
    """
    root, _ = compose(source)
    assert isinstance(root, MappingNode), "a file with statements is a mapping; please report this"
    header, layout = annotated(source.text, root)
    assert isinstance(layout, Entries)  # INVARIANT: a mapping becomes entries
    work = _Editing(source, root, changes, vocabulary)
    text = work.spliced(layout)
    return show(canonical(work.whole(layout), vocabulary), header=header) if text is None else text


class _Editing:
    """One file in the making."""

    def __init__(
        self, source: Source, root: MappingNode, changes: Mapping[str, Change], vocabulary: Vocabulary
    ) -> None:
        self.source, self.root, self.changes, self.vocabulary = source, root, changes, vocabulary
        self.comments = list(comments_of(source.text, root))
        self.starts = [comment.start for comment in self.comments]

    # The whole file

    def whole(self, layout: Entries) -> Layout:
        """Return the layout of the file with all changes made."""
        entries = []
        for entry, (key, node) in zip(layout.entries, self.root.entries, strict=True):
            if key.text in _SECTIONS and isinstance(node, Sequence) and isinstance(entry.value, Items):
                items = []
                for item, one in zip(entry.value.items, node.items, strict=True):
                    name = _id_of(one)
                    stays = name is None or name not in self.changes
                    changed = item.value if name is None or stays else self.changed(item.value, self.changes[name])
                    if changed is not None:
                        items.append(replace(item, value=changed))
                entry = replace(entry, value=replace(entry.value, items=tuple(items)))  # noqa: PLW2901  # the entry, changed
            entries.append(entry)
        return replace(layout, entries=tuple(entries))

    # Statement by statement

    def spliced(self, layout: Entries) -> str | None:
        """Return the text with the changed statements, or `None` when they do not stand on lines of their own."""
        text = self.source.text
        pieces: list[tuple[int, int, str]] = []
        for entry, (key, node) in zip(layout.entries, self.root.entries, strict=True):
            if key.text not in _SECTIONS or not isinstance(node, Sequence) or not isinstance(entry.value, Items):
                continue
            parts = list(zip(entry.value.items, node.items, [*node.items[1:], None], strict=True))
            mine = [part for part in parts if _id_of(part[1]) in self.changes]
            if not mine:
                continue
            if (
                self.root.flow
                or node.flow
                or all(self.changes.get(_id_of(one) or "", 0) is None for _, one, _ in parts)
            ):
                return None
            for item, one, following in mine:
                piece = self.piece(key.text, item, one, self.changes[_id_of(one) or ""])
                if piece is None or (following is not None and not self.is_before(piece[1], following)):
                    return None
                pieces.append(piece)
        for start, end, new in sorted(pieces, reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def is_before(self, end: int, following: Node) -> bool:
        """Whether a stretch ends before the dash of the next statement; a comment may stand between dash and words."""
        between = self.source.text[end : following.start.index].splitlines()
        return any(line.lstrip().startswith("-") for line in between)

    def piece(self, section: str, item: Item, node: Node, change: Change) -> tuple[int, int, str] | None:
        """Return which stretch of the text gives way to which new text."""
        text, at = self.source.text, node.start.index
        line = _line_start(text, at)
        dash = text[line:at]
        if dash.strip() != "-":
            return None
        above = sum(bool(comment) for comment in item.comments.before)
        first = bisect_left(self.starts, at)
        inside = self.comments[first : first + _comments_in(item.value) + _comments_of(item.comments)]
        end = _line_end(text, max([_end_of(node), *(comment.end for comment in inside)]))
        changed = self.changed(item.value, change)
        if changed is None:
            start = min([line, *(_line_start(text, one.start) for one in self.comments[first - above : first])])
            return self._without(start, end)
        kept = Item(changed, replace(item.comments, before=()))
        layout = canonical(Entries((Entry(Word(section), Items((kept,))),)), self.vocabulary)
        lines = [one[2:] for one in show(layout).splitlines()[1:]]
        indent = dash[: dash.index("-")]
        ending = "\r\n" if "\r\n" in text else "\n"
        return line, end, "".join(f"{indent}{one}".rstrip() + ending for one in lines)

    def _without(self, start: int, end: int) -> tuple[int, int, str]:
        """Return the stretch with the empty lines behind it, or at the end of the file those before it."""
        text = self.source.text
        gap = _BLANK.match(text, end)
        end = gap.end() if gap else end
        if end == len(text):
            start = len(text[:start].rstrip()) + 1
        return start, end, ""

    # Statements

    def changed(self, layout: Layout, change: Change) -> Layout | None:
        """Return the layout of a statement after its change."""
        if change is None or not isinstance(layout, Entries):
            return None
        if isinstance(change, NewCondition):
            if all(entry.key.text != "when" for entry in layout.entries):
                return replace(
                    layout, entries=(*layout.entries, Entry(Word("when"), self.condition(layout, change.when)))
                )
            return _with_values(layout, {"when": lambda value: self.condition(value, change.when)})
        return self.table(layout, change)

    def condition(self, value: Layout, when: Condition) -> Layout:
        """Write a condition; a list of conditions of which some stay keeps those as they stand."""
        if isinstance(value, Items) and isinstance(when, And):
            left = list(when.parts)
            kept = []
            for item in value.items:
                parsed = parse_condition(item.value.text, self.vocabulary)[0] if isinstance(item.value, Word) else None
                if parsed in left:
                    left.remove(parsed)
                    kept.append(item)
            if not left:
                return replace(value, items=tuple(kept))
        return Word(show_condition(when))

    def table(self, layout: Entries, change: NewTable) -> Layout:
        columns = [column for column, name in enumerate(change.old.inputs) if name in change.new.inputs]

        def rows(value: Layout) -> Layout:
            if not isinstance(value, Items):
                return value
            items = []
            for place, row in zip(change.places, change.new.rows, strict=True):
                item = value.items[place]
                items.append(
                    replace(item, value=self.row(item.value, change.old, change.old.rows[place], row, columns))
                )
            return replace(value, items=tuple(items))

        def inputs(value: Layout) -> Layout:
            if not isinstance(value, Items):
                return value
            return replace(value, items=tuple(value.items[column] for column in columns))

        return _with_values(layout, {"rows": rows, "inputs": inputs})

    def row(self, layout: Layout, table: Table, old: Row, new: Row, columns: list[int]) -> Layout:
        """Write the cells of a row that change; a cell that asks nothing goes from a row whose cells have names."""
        tests = dict(zip(columns, new.tests, strict=True))
        match layout:
            case Items(items):
                outputs = items[len(table.inputs) :]
                cells = [
                    items[column]
                    if tests[column] == old.tests[column]
                    else replace(items[column], value=Word(cell_of(tests[column], self.vocabulary)))
                    for column in columns
                ]
                return replace(layout, items=(*cells, *outputs))
            case Entries(entries):
                column_of = {name: column for column, name in enumerate(table.inputs)}
                kept = []
                for entry in entries:
                    column = column_of.get(entry.key.text)
                    if column is None or (column in tests and tests[column] == old.tests[column]):
                        kept.append(entry)
                    elif column in tests and tests[column] is not None:
                        kept.append(replace(entry, value=Word(cell_of(tests[column], self.vocabulary))))
                return replace(layout, entries=tuple(kept))
            case _:
                return layout


def _with_values(layout: Entries, forms: Mapping[str, Callable[[Layout], Layout]]) -> Entries:
    entries = [
        replace(entry, value=form(entry.value)) if callable(form := forms.get(entry.key.text)) else entry
        for entry in layout.entries
    ]
    return replace(layout, entries=tuple(entries))


def _id_of(node: Node) -> str | None:
    """Return the id that a statement gives itself."""
    if isinstance(node, MappingNode):
        for key, value in node.entries:
            if key.text == "id" and isinstance(value, Scalar):
                return value.text
    return None


def _comments_of(comments: Comments) -> int:
    """Return how many comments stand behind the first word of a part."""
    return sum(one is not None for one in (comments.beside, comments.after))


def _comments_in(layout: Layout) -> int:
    """Return how many comments a layout holds."""
    match layout:
        case Items(items):
            parts: list[Item | Entry] = list(items)
        case Entries(entries):
            parts = list(entries)
        case _:
            return 0
    inside = sum(
        _comments_in(part.value) + _comments_of(part.comments) + sum(bool(one) for one in part.comments.before)
        for part in parts
    )
    return inside + sum(bool(one) for one in layout.end)


def _end_of(node: Node) -> int:
    """Return where the last word of a node ends."""
    match node:
        case MappingNode(entries=[*_, (_, value)]) if not node.flow:
            return _end_of(value)
        case Sequence(items=[*_, last]) if not node.flow:
            return _end_of(last)
        case Scalar() if node.style in ("|", ">"):
            return node.start.index + len(node.source.text[node.start.index : node.end.index].rstrip())
        case _:
            return node.end.index


def _line_start(text: str, at: int) -> int:
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def _line_end(text: str, at: int) -> int:
    """Return where the next line begins."""
    found = re.compile(r"\r\n|\r|\n").search(text, at)
    return found.end() if found else len(text)
