"""Which statement of a book that names its sources names none?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from relmaint.diagnostics import Span
from relmaint.ir.rules import RuleBook
from relmaint.model.action import Provenance
from relmaint.verify.checks.proofs import named
from relmaint.verify.checks.subject import Finding, Subject

__all__ = ["find"]

_MOST = 20
"""So many statements of one kind are shown one by one; the others in one sentence."""


@dataclass(frozen=True, slots=True)
class _Statement:
    """What an action, rule, table or guard says about where it comes from."""

    id: str
    source: str | None
    provenance: Provenance | None
    span: Span | None

    @property
    def is_silent(self) -> bool:
        """Whether it says nothing."""
        return self.source is None and self.provenance is None


def find(subject: Subject) -> Iterator[Finding]:
    """Yield the statements without a source, where the others of their kind have one; and those that only claim one.

    A book is asked for the sources of its actions, rules, tables or guards once at least half of that kind have a
    `source` or a `provenance`: a first small book is left in peace, and a book on its way is shown what is left. The
    rows of a table have the source of the table. A statement whose provenance is `sourced` names its source in any
    case.
    """
    for kind, statements in _kinds(subject.book):
        for one in (*statements, *(_rows(subject.book) if kind == "table" else ())):
            if one.provenance is Provenance.SOURCED and one.source is None:
                message = f"`{one.id}` says that it is sourced, and names no source"
                yield Finding("missing-source", one.id, message, one.span)
        silent = [one for one in statements if one.is_silent]
        if 2 * len(silent) > len(statements):
            continue
        for one in silent[:_MOST]:
            message = f"the {kind} `{one.id}` does not say where it comes from, as most {kind}s of this book do"
            yield Finding("missing-source", one.id, message, one.span)
        if rest := silent[_MOST:]:
            message = f"{len(rest)} more {kind}s do not say where they come from: {named(one.id for one in rest)}"
            yield Finding("missing-source", rest[0].id, message, rest[0].span)


def _kinds(book: RuleBook) -> Iterator[tuple[str, Sequence[_Statement]]]:
    actions = book.actions.values()
    spans = book.action_spans
    yield "action", [_Statement(one.id, one.source, one.provenance, spans.get(one.id)) for one in actions]
    for kind, statements in (("rule", book.rules), ("table", book.tables), ("guard", book.guards)):
        yield kind, [_Statement(one.id, one.notes.source, one.notes.provenance, one.span) for one in statements]


def _rows(book: RuleBook) -> Iterator[_Statement]:
    for table in book.tables:
        for row in table.rows:
            yield _Statement(row.id, row.notes.source or table.notes.source, row.notes.provenance, row.span)
