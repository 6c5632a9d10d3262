"""Does some rule propose an action of each kind for every customer of every combination of the axes?"""

from __future__ import annotations

from collections.abc import Iterator

from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.totality import Totality

__all__ = ["find"]


def find(subject: Subject) -> Iterator[Finding]:
    """Yield what no rule proposes for some customer of some combination, and what could not be decided, by kind."""
    for kind, found in Totality(subject.book).findings_by_kind():
        yield Finding(found.code, kind, found.message, found.span, help=found.help)
