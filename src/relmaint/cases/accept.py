"""How does a case come to expect what the plan is now, with everything else in its file left as it is?

Only what changed is rewritten: words are replaced, parts of lists taken out or put in. Comments, the order of keys and
the breaks between lines stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from relmaint.cases.case import CaseResult, Expectation
from relmaint.cases.keys import EXPECT_KEYS
from relmaint.cases.run import planned_in, withheld_in
from relmaint.cases.write import item_layout, value_layout
from relmaint.diagnostics import Source
from relmaint.model.plan import ActionPlan
from relmaint.rulebook.layout import WIDTH, Items, Layout, Word, inline
from relmaint.rulebook.nodes import Mapping as MappingNode
from relmaint.rulebook.nodes import Node, Scalar, Sequence
from relmaint.rulebook.source import compose

__all__ = ["Change", "accepted", "rewritten"]


@dataclass(frozen=True, slots=True)
class Change:
    """What a case is to expect from now on; `done` when it is no longer pending."""

    case: str
    old: Expectation
    new: Expectation
    done: bool = False

    @classmethod
    def of(cls, result: CaseResult) -> Change | None:
        """Return the change that makes a failing case pass; `None` when it names an action that the book has not."""
        if result.plan is None:
            return None
        expect = result.case.expect
        return cls(result.case.id, expect, accepted(expect, result.plan), done=not result.failures)


# --- what is expected then -------------------------------------------------------------------------------------------


def accepted(expect: Expectation, plan: ActionPlan) -> Expectation:
    """Return an expectation about the same actions that is true of the plan.

    Whatever hung on an action being planned, and it is not, becomes `never`; the other way round it becomes `plans`.
    """
    new = replace(
        expect,
        plans=tuple(name for name in expect.plans if planned_in(plan, name)),
        first=plan.actions[0].action if expect.first is not None and plan.actions else None,
        before=_ordered(expect.before, plan),
        never=tuple(name for name in expect.never if not planned_in(plan, name)),
        withheld=tuple(_withheld(expect, plan)),
        status=None if expect.status is None else plan.status,
        uncovered=None if expect.uncovered is None else _as_given(expect.uncovered, plan.uncovered),
        needs=tuple((name, one.needs) for name, _ in expect.needs if (one := withheld_in(plan, name)) and one.needs),
        **{key: tuple(_fields(key, getattr(expect, key), plan)) for key in ("due", "owner", "channel", "not_before")},
    )
    kept = (*new.plans, *new.before, *((new.first,) if new.first else ()), *(name for name, _ in new.withheld))
    moved = [name for name in expect.actions() if name not in kept and name not in new.never]
    wanted = {name for name, _ in expect.needs} | set(expect.actions()) - {needed for _, needed in expect.needs}
    named = {name for key in ("due", "owner", "channel", "not_before", "needs") for name, _ in getattr(new, key)}
    into = tuple(name for name in moved if planned_in(plan, name) and name not in named and name in wanted)
    out = tuple(name for name in moved if not planned_in(plan, name) and name not in named and name in wanted)
    new = replace(new, plans=(*new.plans, *into), never=(*new.never, *out))
    return new if _asks(new) else replace(new, status=plan.status)


def _asks(expect: Expectation) -> bool:
    return any(getattr(expect, one.name) not in (None, ()) for one in fields(expect)) or expect.uncovered is not None


def _ordered(names: tuple[str, ...], plan: ActionPlan) -> tuple[str, ...]:
    order = tuple(action.action for action in plan.actions if action.action in names)
    return order if len(order) > 1 else ()


def _as_given(old: tuple[Any, ...], new: tuple[Any, ...]) -> tuple[Any, ...]:
    return old if set(old) == set(new) else new


def _withheld(expect: Expectation, plan: ActionPlan) -> Iterator[tuple[str, str | None]]:
    for name, rule in expect.withheld:
        if (found := withheld_in(plan, name)) is not None:
            yield name, None if rule is None else found.rule


def _fields(key: str, wanted: Iterable[tuple[str, Any]], plan: ActionPlan) -> Iterator[tuple[str, Any]]:
    for name, value in wanted:
        if (action := planned_in(plan, name)) is not None:
            found = getattr(action, key)
            yield name, _as_given(value, found) if key == "channel" else found


# --- how the file says it --------------------------------------------------------------------------------------------


def rewritten(source: Source, changes: Mapping[str, Change]) -> str:
    """Return the text of a case file in which the cases of these ids expect what they are to expect from now on.

    Args:
        source: a file that `read_cases` reads without a finding.
        changes: the change of each case, by its id.
    """
    root, _ = compose(source)
    assert isinstance(root, MappingNode), "the file was read before; please report this"
    writer = _Writer(source.text)
    for _, listed in root.entries:
        for node in listed.items if isinstance(listed, Sequence) else ():
            assert isinstance(node, MappingNode), "the file was read before; please report this"
            entries = {key.text: value for key, value in node.entries}
            name = entries["id"]
            if isinstance(name, Scalar) and name.text in changes:
                _rewrite(writer, node, entries, changes[name.text])
    return writer.text()


def _rewrite(writer: _Writer, node: MappingNode, entries: Mapping[str, Node], change: Change) -> None:
    if change.done and "todo" in entries:
        writer.drop_entries(node, {"todo"})
    expect = entries["expect"]
    assert isinstance(expect, MappingNode), "the file was read before; please report this"
    own = {key.text: value for key, value in expect.entries}
    gone: set[str] = set()
    added: list[str] = []
    for key in (one.name for one in EXPECT_KEYS):
        old, new = getattr(change.old, key), getattr(change.new, key)
        if old == new:
            continue
        if key not in own:
            added.append(f"{key}: {inline(value_layout(key, new))}")
        elif key == "uncovered" and new == () and _on_line(own[key]):
            writer.replace(own[key], "[]")
        elif new is None or new == ():
            gone.add(key)
        else:
            _rewrite_value(writer, key, own[key], old, new)
    writer.drop_entries(expect, gone)
    writer.add_entries(expect, added, empty=len(gone) == len(own))


def _on_line(node: Node) -> bool:
    return isinstance(node, Scalar) or node.flow


def _rewrite_value(writer: _Writer, key: str, node: Node, old: Any, new: Any) -> None:
    """Rewrite the value of one key of `expect`; it has something to say before and after."""
    match node:
        case MappingNode():
            was, now = dict(old), dict(new)
            writer.drop_entries(node, {name for name in was if name not in now})
            for name, value in node.entries:
                if name.text in now and now[name.text] != was[name.text]:
                    _rewrite_word(writer, value, item_layout(key, now[name.text]))
        case Sequence():
            _rewrite_list(writer, node, [name if isinstance(name, str) else name[0] for name in new])
        case _:
            single = isinstance(new, tuple) and len(new) == 1 and isinstance(new[0], str)
            writer.replace(node, inline(Word(new[0]) if single else value_layout(key, new)))


def _rewrite_word(writer: _Writer, node: Node, layout: Layout) -> None:
    """Put a word or a list in the place of another."""
    if isinstance(node, Sequence) and isinstance(layout, Items):
        _rewrite_list(writer, node, [item.value.text for item in layout.items if isinstance(item.value, Word)])
    else:
        writer.replace(node, inline(layout))


def _rewrite_list(writer: _Writer, node: Sequence, words: list[str]) -> None:
    """Let a list hold these words; what stays is left as it is."""
    items = [item for item in node.items if isinstance(item, Scalar)]
    kept = [item for item in items if item.text in words]
    if [item.text for item in kept] != [word for word in words if word in {item.text for item in kept}]:
        if len(items) == len(words):
            for item, word in zip(items, words, strict=True):
                if item.text != word:
                    writer.replace(item, inline(Word(word)))
            return
        kept = []  # the order is another: all is written anew
    writer.drop_items(node, [item for item in items if item not in kept])
    known = {item.text for item in kept}
    writer.add_items(node, [inline(Word(word)) for word in words if word not in known], empty=not kept)


class _Writer:
    """Collects replacements in a text; they never overlap."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._break = "\r\n" if "\r\n" in text else "\n"
        self._edits: list[tuple[int, int, str]] = []

    def text(self) -> str:
        """Return the text with everything replaced."""
        text = self._text
        for start, end, new in sorted(self._edits, key=lambda one: one[:2], reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def replace(self, node: Node, text: str) -> None:
        """Put a text on one line in the place of a word, or of what stands between brackets."""
        assert _on_line(node), "a block is rewritten part by part; please report this"
        self._edits.append((node.start.index, _end(node), text))

    def drop_items(self, node: Sequence, items: Iterable[Node]) -> None:
        """Take parts out of a list."""
        gone = list(items)
        spans = [(one.start.index, _end(one)) for one in node.items]
        marks = [one in gone for one in node.items]
        if node.flow:
            self._drop_between_brackets(spans, marks)
            return
        for (start, end), mark in zip(spans, marks, strict=True):
            if mark:
                self._edits.append((self._line_start(start), self._line_end(end), ""))

    def add_items(self, node: Sequence, texts: list[str], *, empty: bool) -> None:
        """Put parts at the end of a list; `empty` when everything before is taken out."""
        ends = [_end(one) for one in node.items]
        self._add(node, ends, [text if node.flow else f"- {text}" for text in texts], empty=empty)

    def drop_entries(self, node: MappingNode, keys: set[str]) -> None:
        """Take keys with their values out of a mapping."""
        spans = [(key.start.index, _end(value)) for key, value in node.entries]
        marks = [key.text in keys for key, _ in node.entries]
        if node.flow:
            self._drop_between_brackets(spans, marks)
            return
        for at, (start, end) in enumerate(spans):
            if not marks[at]:
                continue
            line = self._line_start(start)
            if self._text[line:start].strip():  # the dash of a list before the first key stays
                self._edits.append((start, spans[at + 1][0], ""))
            else:
                self._edits.append((line, self._line_end(end), ""))

    def add_entries(self, node: MappingNode, texts: list[str], *, empty: bool) -> None:
        """Put keys with their values at the end of a mapping; `empty` when everything before is taken out."""
        self._add(node, [_end(value) for _, value in node.entries], texts, empty=empty)

    def _drop_between_brackets(self, spans: list[tuple[int, int]], gone: list[bool]) -> None:
        at = 0
        while at < len(spans):
            last = at
            while last + 1 < len(spans) and gone[at] and gone[last + 1]:
                last += 1
            if gone[at]:
                start = spans[at - 1][1] if at else spans[0][0]
                end = spans[last][1] if at or last + 1 == len(spans) else spans[last + 1][0]
                self._edits.append((start, end, ""))
            at = last + 1

    def _add(self, node: Sequence | MappingNode, ends: list[int], texts: list[str], *, empty: bool) -> None:
        if not texts:
            return
        end = ends[-1] if ends else node.start.index + 1
        if node.flow:
            separator = self._separator(end, sum(map(len, texts)))
            self._edits.append((end, end, ("" if empty else separator) + separator.join(texts)))
            return
        indent = " " * node.start.column
        place = self._line_end(end)
        before = "" if self._text[place - 1 : place] == "\n" else self._break
        self._edits.append((place, place, before + "".join(f"{indent}{text}{self._break}" for text in texts)))

    def _separator(self, end: int, length: int) -> str:
        """Return what stands between two parts in brackets: a new line when the old one would become too long."""
        line = self._line_start(end)
        if self._line_end(end) - line + length + 2 <= WIDTH:
            return ", "
        own = self._text[line:end]
        return f",{self._break}" + " " * (len(own) - len(own.lstrip(" -")) + 2)

    def _line_start(self, place: int) -> int:
        return self._text.rfind("\n", 0, place) + 1

    def _line_end(self, place: int) -> int:
        found = self._text.find("\n", place)
        return len(self._text) if found < 0 else found + 1


def _end(node: Node) -> int:
    """Return where a part ends in the text; a block ends with its last part."""
    match node:
        case Scalar():
            raw = node.source.text[node.start.index : node.end.index]
            return node.start.index + len(raw.rstrip())
        case Sequence() if not node.flow and node.items:
            return _end(node.items[-1])
        case MappingNode() if not node.flow and node.entries:
            return _end(node.entries[-1][1])
        case _:
            return node.end.index
