"""Which texts of a book may a customer hear or read, and where do they stand?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from relmaint.diagnostics import Span
from relmaint.ir.rules import RuleBook
from relmaint.text import Text

__all__ = ["Said", "texts"]


@dataclass(frozen=True, slots=True)
class Said:
    """One text: the id of what it belongs to, what it is there, and the place of the statement."""

    at: str
    what: str
    text: Text
    span: Span | None


def texts(book: RuleBook) -> Iterator[Said]:
    """Yield the titles, reasons, purposes, cadences and labels of a book.

    The reasons of assumptions, invariants and exceptions are left out: they are for those who write the book.
    """
    if book.title is not None:
        yield Said(book.name, "the title of the book", book.title, book.span)
    for group, words in book.terms.items():
        yield from (Said(word, f"the label of the {group} `{word}`", text, book.span) for word, text in words.items())
    for action in book.actions.values():
        parts = (("title", action.title), ("cadence", action.cadence), ("purpose", action.purpose))
        for name, text in (*parts, ("because", action.because)):
            if text is not None:
                yield Said(action.id, f"`{name}` of the action `{action.id}`", text, book.action_spans.get(action.id))
    rows = (row for table in book.tables for row in table.rows)
    for role, statements in (("rule", book.rules), ("table", book.tables), ("row", rows), ("guard", book.guards)):
        for one in statements:
            if one.notes.because is not None:
                yield Said(one.id, f"`because` of the {role} `{one.id}`", one.notes.because, one.span)
