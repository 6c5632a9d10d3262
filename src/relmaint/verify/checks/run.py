"""Which checks are there, and what do they say about a book once its own severities and exceptions are applied?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from relmaint.diagnostics import Diagnostic, Severity, diagnostic
from relmaint.ir.rules import Checks, Exemption, RuleBook
from relmaint.verify.checks import gap, invariants, never_wins, plan_dates, unknown_open
from relmaint.verify.checks.subject import Finding, Subject

__all__ = ["ALL", "OFF", "Check", "check"]

Check = Callable[[Subject], Iterator[Finding]]

ALL: Mapping[str, Check] = {
    "gap": gap.find,
    "broken-invariant": invariants.find,
    "never-wins": never_wins.find,
    "unknown-open": unknown_open.find,
    "plan-dates": plan_dates.find,
}
"""Every check by the code of what it finds, in the order in which findings are reported."""

OFF = "off"
"""The severity of a check that a book switches off."""

Shown = Callable[[Finding], str | None]
"""A customer who shows a finding, in words; `None` when there is none to show."""


def check(book: RuleBook, shown: Shown | None = None) -> Iterator[Diagnostic]:
    """Yield what all checks find, with the severities that the book sets and without what it excepts.

    A check that the book switches off does not run, and an exception that excepts nothing is itself a finding.

    Args:
        book: the book.
        shown: how a customer is shown; without it none is.
    """
    subject = Subject(book)
    used: set[int] = set()
    for code, find in ALL.items():
        if book.checks.severities.get(code) == OFF:
            continue
        for finding in find(subject):
            place = _excepting(book.checks, finding)
            if place is not None:
                used.add(place)
            else:
                yield _diagnostic(finding, book.checks, shown)
    for place, one in enumerate(book.checks.exempt):
        if place not in used and book.checks.severities.get(one.check) != OFF:
            message = f"nothing is found by `{one.check}` at `{one.at}`, so the exception is not needed"
            yield diagnostic("unused-exception", message, one.span)


def _excepting(checks: Checks, finding: Finding) -> int | None:
    """Return the place of the exception that a finding falls under."""
    return next((place for place, one in enumerate(checks.exempt) if _falls_under(finding, one)), None)


def _falls_under(finding: Finding, exemption: Exemption) -> bool:
    if exemption.check != finding.code:
        return False
    prefix = exemption.at.removesuffix("*")
    return finding.at.startswith(prefix) if exemption.at.endswith("/*") else finding.at == exemption.at


def _diagnostic(finding: Finding, checks: Checks, shown: Shown | None) -> Diagnostic:
    said = diagnostic(finding.code, finding.message, finding.span, help=finding.help, related=finding.related)
    if shown is not None and finding.region is not None and (customer := shown(finding)) is not None:
        said = replace(said, message=f"{said.message}; for example {customer}")
    severity = checks.severities.get(finding.code)
    return said if severity is None else replace(said, severity=Severity(severity))
