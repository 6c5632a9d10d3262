"""Which checks are there, and what do they say about a book once its own severities and exceptions are applied?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from relmaint.diagnostics import Diagnostic
from relmaint.ir.rules import RuleBook
from relmaint.verify.checks.subject import Finding, Subject

__all__ = ["ALL", "Check", "check"]

Check = Callable[[Subject], Iterator[Finding]]

ALL: tuple[Check, ...] = ()
"""Every check, in the order in which findings are reported."""


def check(book: RuleBook) -> Iterator[Diagnostic]:
    """Yield what all checks find, each finding with a customer who shows it."""
    subject = Subject(book)
    for one in ALL:
        for finding in one(subject):
            yield _diagnostic(finding)


def _diagnostic(finding: Finding) -> Diagnostic:
    from relmaint.diagnostics import diagnostic

    return diagnostic(finding.code, finding.message, finding.span, help=finding.help, related=finding.related)
