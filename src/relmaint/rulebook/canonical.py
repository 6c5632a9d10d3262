"""Which of the many ways to write the same rule book is the canonical one?

Keys stand in the order of the language, conditions and cells in the one form that `ir.conditions` gives them, lists of
words between brackets. Nothing is sorted that a person put in an order: statements, actions, words and rows stay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from relmaint.ir.conditions import Comparison, Operator, show_condition, show_test
from relmaint.ir.rules import Effect
from relmaint.rulebook.conditions import parse_condition, parse_test
from relmaint.rulebook.keys import (
    ACTION,
    ASSUMPTION,
    BOOK,
    CHECKS,
    EXEMPTION,
    FILE,
    GUARD,
    INVARIANT,
    RANKING,
    ROW,
    RULE,
    SELECTOR,
    TABLE,
    TEXT,
    Key,
    Section,
    Shape,
)
from relmaint.rulebook.layout import NO_COMMENTS, Entries, Item, Items, Layout, Style, Word, WordKind
from relmaint.vocabulary import Vocabulary

__all__ = ["ANY", "canonical", "cell_of"]

ANY = "-"
"""The cell that asks nothing, and the output that does nothing."""


def canonical(layout: Layout, vocabulary: Vocabulary) -> Layout:
    """Return the canonical form of the layout of one file of a rule book.

    What cannot be understood, such as an unknown key or a condition that cannot be read, is kept as it is written.
    """
    return _Canon(vocabulary).file(layout)


Form: TypeAlias = Callable[[Layout], Layout]
"""Puts a part of a file in its canonical form."""


@dataclass(frozen=True, slots=True)
class _Canon:
    """The canonical forms of the parts of a file; each takes a layout and gives the one to write."""

    vocabulary: Vocabulary

    # Sections

    def file(self, layout: Layout) -> Layout:
        parts: dict[str, Form] = {
            "book": lambda part: self.section(part, BOOK),
            "ranking": lambda part: self.section(part, RANKING),
            "terms": lambda part: _entries(part, lambda group: _entries(group, self.text, Style.BLOCK), Style.BLOCK),
            "actions": lambda part: _entries(part, lambda action: self.section(action, ACTION), Style.SPACED),
            "rules": lambda part: _items(part, lambda rule: self.section(rule, RULE), Style.SPACED),
            "tables": lambda part: _items(part, self.table, Style.SPACED),
            "guards": lambda part: _items(part, lambda guard: self.section(guard, GUARD), Style.SPACED),
            "assume": lambda part: _items(part, lambda one: self.section(one, ASSUMPTION), Style.SPACED),
            "invariants": lambda part: _items(part, lambda one: self.section(one, INVARIANT), Style.SPACED),
            "checks": self.checks,
        }
        return self.section(layout, FILE, forms=parts, style=Style.SPACED)

    def checks(self, layout: Layout) -> Layout:
        """Put the severities and the exceptions in order."""
        forms: dict[str, Form] = {
            "severity": lambda part: _entries(part, _as_written, Style.BLOCK),
            "except": lambda part: _items(part, lambda one: self.section(one, EXEMPTION), Style.SPACED),
        }
        return self.section(layout, CHECKS, forms=forms)

    def section(
        self,
        layout: Layout,
        section: Section,
        *,
        forms: Mapping[str, Form] | None = None,
        order: Sequence[str] = (),
        style: Style = Style.BLOCK,
    ) -> Layout:
        """Put the keys of a section in order, and each value in its form.

        Args:
            layout: the section as it is written.
            section: its keys.
            forms: the forms of values that do not follow from their keys.
            order: the order of the keys, when it is not that of the section.
            style: how to write the section.
        """
        if not isinstance(layout, Entries):
            return _as_written(layout)
        places = {name: place for place, name in enumerate(order or section.by_name)}
        entries = []
        for entry in sorted(layout.entries, key=lambda one: places.get(one.key.text, len(places))):
            name = entry.key.text
            form = (forms or {}).get(name) or self.form_of(section, section.by_name.get(name))
            entries.append(replace(entry, value=form(entry.value)))
        return replace(layout, entries=tuple(entries), style=style)

    def form_of(self, section: Section, key: Key | None) -> Form:
        """Return what puts the value of a key in its canonical form."""
        if key is None:
            return _as_written
        kind = WordKind.VALUE if {"1", "true"} & set(key.words) else WordKind.TEXT
        match key.shape:
            case Shape.NUMBER | Shape.FLAG | Shape.DAY | Shape.DAY_OR_TIME:
                return lambda layout: _word(layout, WordKind.VALUE)
            case Shape.WORDS if section is SELECTOR:
                return lambda layout: _one_or_more(layout, kind)
            case Shape.WORDS | Shape.ATTRIBUTES | Shape.OUTPUTS:
                return _list_of_words
            case Shape.TEXT:
                return self.text
            case Shape.POINTS:
                return lambda layout: _entries(layout, lambda points: _word(points, WordKind.VALUE), Style.INLINE)
            case Shape.CONDITIONS:
                return self.conditions
            case Shape.SELECTION:
                return self.selection
            case Shape.SECTION if key.name in set(Effect):
                return lambda layout: self.section(layout, SELECTOR, style=Style.INLINE)
            case _:
                return _as_written

    def selection(self, layout: Layout) -> Layout:
        """Write a selection by ids alone as these ids, and any other as a guard writes its own."""
        if isinstance(layout, Entries):
            return self.section(layout, SELECTOR, style=Style.INLINE)
        return _one_or_more(layout, WordKind.TEXT)

    def text(self, layout: Layout) -> Layout:
        """Write a text in two languages on one line, when it fits."""
        return self.section(layout, TEXT, style=Style.INLINE)

    # Conditions

    def conditions(self, layout: Layout) -> Layout:
        """Write a condition, or a list of conditions one below the other."""
        if isinstance(layout, Items):
            return _items(layout, self.condition, Style.BLOCK)
        return self.condition(layout)

    def condition(self, layout: Layout) -> Layout:
        if not isinstance(layout, Word) or layout.kind is WordKind.EMPTY:
            return _as_written(layout)
        condition, _ = parse_condition(layout.text, self.vocabulary)
        return Word(layout.text if condition is None else show_condition(condition), WordKind.CONDITION)

    # Tables

    def table(self, layout: Layout) -> Layout:
        if not isinstance(layout, Entries):
            return _as_written(layout)
        inputs, outputs = _named(layout, "inputs"), _named(layout, "outputs")
        forms = {name: self.cell_form(name) for name in inputs} | {name: _output_form(name) for name in outputs}
        columns = [forms[name] for name in (*inputs, *outputs)]
        names = ("id", *inputs, *outputs, *(name for name in ROW.by_name if name != "id"))

        def row(part: Layout) -> Layout:
            match part:
                case Items(items):
                    wanted = [*columns, *[_as_written] * len(items)]
                    cells = [replace(item, value=form(item.value)) for item, form in zip(items, wanted, strict=False)]
                    return replace(part, items=tuple(cells), style=Style.INLINE)
                case Entries():
                    return self.section(part, ROW, forms=forms, order=names, style=Style.INLINE)
                case _:
                    return _as_written(part)

        return self.section(layout, TABLE, forms={"rows": lambda rows: _items(rows, row, Style.BLOCK)})

    def cell_form(self, attribute: str) -> Form:
        """Return what puts a cell of an input column in its canonical form."""

        def form(layout: Layout) -> Layout:
            if not isinstance(layout, Word) or layout.kind is WordKind.EMPTY:
                return _as_written(layout)
            return Word(self.cell(layout.text, attribute), WordKind.VALUE)

        return form

    def cell(self, text: str, attribute: str) -> str:
        if attribute not in self.vocabulary:
            return text
        test, findings = parse_test(text, attribute, self.vocabulary)
        if test is None:
            return text if findings else ANY
        return cell_of(test, self.vocabulary)


def cell_of(test: Comparison | None, vocabulary: Vocabulary) -> str:
    """Write a table cell in the shortest form that is read back as the same test.

    >>> cell_of(Comparison("tier", Operator.EQ, ("key",)), Vocabulary({}))
    '= key'
    """
    if test is None:
        return ANY
    full = show_test(test)
    short = _shortened(test, full)
    if short == full or test.attribute not in vocabulary:
        return full
    return short if parse_test(short, test.attribute, vocabulary)[0] == test else full


def _shortened(test: Comparison, full: str) -> str:
    match test.operator:
        case Operator.EQ:
            return full.removeprefix("= ")
        case Operator.INSIDE:
            return full.removeprefix("in ")
        case Operator.IS_KNOWN | Operator.IS_UNKNOWN | Operator.IS_TRUE | Operator.IS_FALSE:
            return full.removeprefix("is ")
        case _:
            return full


def _output_form(name: str) -> Form:
    if name == "do":
        return lambda layout: _one_or_more(layout, WordKind.VALUE)
    return lambda layout: _word(layout, WordKind.VALUE)


def _named(table: Entries, key: str) -> list[str]:
    """Return the words that stand behind a key of a table, one or a list."""
    for entry in table.entries:
        if entry.key.text == key:
            match entry.value:
                case Word(text):
                    return [text]
                case Items(items):
                    return [item.value.text for item in items if isinstance(item.value, Word)]
                case _:
                    return []
    return []


# Parts that are alike everywhere -------------------------------------------------------------------------------------


def _items(layout: Layout, form: Form, style: Style) -> Layout:
    """Give every item of a list its form."""
    if not isinstance(layout, Items):
        return _as_written(layout)
    return replace(layout, items=tuple(replace(one, value=form(one.value)) for one in layout.items), style=style)


def _entries(layout: Layout, form: Form, style: Style) -> Layout:
    """Give every value of a mapping its form; the keys stay in their order."""
    if not isinstance(layout, Entries):
        return _as_written(layout)
    return replace(layout, entries=tuple(replace(one, value=form(one.value)) for one in layout.entries), style=style)


def _word(layout: Layout, kind: WordKind) -> Layout:
    if not isinstance(layout, Word) or layout.kind is WordKind.EMPTY:
        return _as_written(layout)
    return replace(layout, kind=kind)


def _list_of_words(layout: Layout) -> Layout:
    """Write one word or several between brackets."""
    if isinstance(layout, Word) and layout.kind is not WordKind.EMPTY:
        return Items((Item(layout),))
    return _as_written(layout)


def _one_or_more(layout: Layout, kind: WordKind) -> Layout:
    """Write one word as it is, and several between brackets."""
    match layout:
        case Items(items=(Item(Word() as word, comments),), end=()) if comments == NO_COMMENTS:
            return _word(word, kind)
        case Items():
            return _items(layout, lambda word: _word(word, kind), Style.INLINE)
        case _:
            return _word(layout, kind)


def _as_written(layout: Layout) -> Layout:
    """Leave a part as it is but for the looks: lists between brackets when they fit, mappings as blocks."""
    match layout:
        case Word():
            return layout
        case Items():
            return _items(layout, _as_written, Style.INLINE)
        case Entries():
            return _entries(layout, _as_written, Style.BLOCK)
        case _:
            assert_never(layout)
