"""How is a case written, so that it is read back the same?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from relmaint.cases.case import Case, Expectation
from relmaint.cases.keys import EXPECT_KEYS, NONE
from relmaint.model.attributes import plain
from relmaint.rulebook.layout import Entries, Entry, Item, Items, Layout, Style, Word, WordKind, show
from relmaint.text import LANGUAGES, Text
from relmaint.vocabulary import AS_OF, Vocabulary, show_value

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["item_layout", "value_layout", "write_cases"]


def write_cases(cases: Iterable[Case], vocabulary: Vocabulary) -> str:
    """Write cases as a file that `read_cases` reads back."""
    written = tuple(Item(_entries(_case_layout(case, vocabulary))) for case in cases)
    return show(Entries((Entry(Word("cases"), Items(written, Style.SPACED)),)))


def _case_layout(case: Case, vocabulary: Vocabulary) -> Iterator[tuple[str, Layout]]:
    yield "id", Word(case.id)
    for key, text in (("title", case.title), ("todo", case.todo)):
        if text is not None:
            yield key, _entries(((language, Word(one)) for language, one in _languages(text)), Style.INLINE)
    yield "as_of", Word(case.as_of.isoformat(), WordKind.VALUE)
    yield "customer", _entries(_facts(case.customer, vocabulary), Style.INLINE)
    yield "expect", _entries(_expect_layout(case.expect))


def _languages(text: Text) -> Iterator[tuple[str, str]]:
    for language in LANGUAGES:
        if (one := getattr(text, language)) is not None:
            yield language, one


def _facts(customer: BaseModel, vocabulary: Vocabulary) -> Iterator[tuple[str, Layout]]:
    for attribute in vocabulary.attributes.values():
        if attribute.is_derived or attribute.name in (AS_OF, "id"):
            continue
        value = plain(getattr(customer, attribute.name))
        default = type(customer).model_fields[attribute.name].get_default(call_default_factory=False)
        if value == plain(default):
            continue
        if isinstance(value, frozenset):
            yield attribute.name, _listed_words(sorted(value))
        else:
            kind = WordKind.TEXT if isinstance(value, str | None) else WordKind.VALUE
            yield attribute.name, Word(show_value(value), kind)


def _expect_layout(expect: Expectation) -> Iterator[tuple[str, Layout]]:
    for key in EXPECT_KEYS:
        value = getattr(expect, key.name)
        if value not in (None, ()) or (key.name == "uncovered" and value is not None):
            yield key.name, value_layout(key.name, value)


def value_layout(key: str, value: Any) -> Layout:  # Any: what a field of an expectation holds
    """Lay out the value of one key of `expect`."""
    match key:
        case "first" | "status":
            return Word(str(value))
        case "plans" | "before" | "never" | "uncovered":
            return _listed_words(map(str, value))
        case "withheld" if all(rule is None for _, rule in value):
            return _listed_words(name for name, _ in value)
        case _:
            return _entries(((name, item_layout(key, one)) for name, one in value), Style.INLINE)


def item_layout(key: str, value: Any) -> Layout:  # Any: what is expected of one action
    """Lay out what a key of `expect` says of one action."""
    match key:
        case "channel":
            return _listed_words(value)
        case _ if value is None:
            return Word(NONE)
        case "due":
            return Word(value.isoformat(), WordKind.VALUE)
        case "not_before":
            return Word(value.isoformat(" ", "minutes"), WordKind.TEXT)
        case _:
            return Word(value)


def _entries(pairs: Iterable[tuple[str, Layout]], style: Style = Style.BLOCK) -> Entries:
    return Entries(tuple(Entry(Word(key), value) for key, value in pairs), style)


def _listed_words(words: Iterable[str]) -> Items:
    return Items(tuple(Item(Word(word)) for word in words))
