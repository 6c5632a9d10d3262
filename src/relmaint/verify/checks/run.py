"""Which checks are there, and what do they say about a book once its own severities and exceptions are applied?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from relmaint.diagnostics import Diagnostic, Severity, diagnostic
from relmaint.ir.rules import Checks, Exemption, RuleBook
from relmaint.verify.checks import (
    conflicting_overrides,
    gap,
    idle_override,
    invariants,
    masked,
    mergeable_rows,
    misleading_row,
    missing_source,
    never_wins,
    plan_dates,
    promise,
    protected_attribute,
    redundant,
    redundant_condition,
    subsumed,
    uncovered,
    unknown_open,
    unreachable,
    useless_column,
)
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.witness import Witness, Witnesses

__all__ = ["ALL", "OFF", "Check", "check", "find", "is_meant"]

Check = Callable[[Subject], Iterator[Finding]]

ALL: Mapping[str, Check] = {
    "uncovered-combination": uncovered.find,
    "gap": gap.find,
    "broken-invariant": invariants.find,
    "never-wins": never_wins.find,
    "unknown-open": unknown_open.find,
    "plan-dates": plan_dates.find,
    "unreachable-rule": unreachable.find,
    "masked-rule": masked.find,
    "subsumed-rule": subsumed.find,
    "redundant-rule": redundant.find,
    "redundant-condition": redundant_condition.find,
    "idle-override": idle_override.find,
    "conflicting-overrides": conflicting_overrides.find,
    "misleading-row": misleading_row.find,
    "mergeable-rows": mergeable_rows.find,
    "useless-column": useless_column.find,
    "protected-attribute": protected_attribute.find,
    "promise": promise.find,
    "missing-source": missing_source.find,
}
"""Every check by the code of what it finds, in the order in which findings are reported."""

OFF = "off"
"""The severity of a check that a book switches off."""


def check(book: RuleBook) -> Iterator[Diagnostic]:
    """Yield what all checks find, with the severities that the book sets and without what it excepts.

    Each finding about customers shows one, as a record of theirs, when one was found. A check that the book switches
    off does not run, and an exception that excepts nothing is itself a finding.
    """
    subject = Subject(book)
    witnesses = Witnesses(book.vocabulary, subject.axes)
    used: set[int] = set()
    for code, ask in ALL.items():
        if book.checks.severities.get(code) == OFF:
            continue
        for finding in ask(subject):
            place = _excepting(book.checks, finding)
            if place is not None:
                used.add(place)
            else:
                yield _diagnostic(finding, subject, witnesses)
    for place, one in enumerate(book.checks.exempt):
        if place not in used and book.checks.severities.get(one.check) != OFF:
            message = f"nothing is found by `{one.check}` at `{one.at}`, so the exception is not needed"
            yield diagnostic("unused-exception", message, one.span)


def find(book: RuleBook) -> Iterator[Finding]:
    """Yield what all checks find, whatever the book says about checks."""
    subject = Subject(book)
    for one in ALL.values():
        yield from one(subject)


def _excepting(checks: Checks, finding: Finding) -> int | None:
    """Return the place of the exception that a finding falls under."""
    return next((place for place, one in enumerate(checks.exempt) if _excepts(one, finding.code, finding.at)), None)


def is_meant(checks: Checks, code: str, at: str) -> bool:
    """Whether a book does not want to hear what a check finds about an id: it is an exception, or the check is off."""
    return checks.severities.get(code) == OFF or any(_excepts(one, code, at) for one in checks.exempt)


def _excepts(exemption: Exemption, code: str, at: str) -> bool:
    if exemption.check != code:
        return False
    prefix = exemption.at.removesuffix("*")
    return at.startswith(prefix) if exemption.at.endswith("/*") else at == exemption.at


def _diagnostic(finding: Finding, subject: Subject, witnesses: Witnesses) -> Diagnostic:
    said = diagnostic(finding.code, finding.message, finding.span, help=finding.help, related=finding.related)
    if finding.region is not None:
        witness = witnesses.customer(finding.region, impossible=subject.space.impossible)
        if witness is not None:
            shown = f"`{witness.record()}`" + _second(finding, subject, witnesses, witness)
            said = replace(said, message=f"{said.message}; for example {shown}")
    severity = subject.book.checks.severities.get(finding.code)
    return said if severity is None else replace(said, severity=Severity(severity))


def _second(finding: Finding, subject: Subject, witnesses: Witnesses, first: Witness) -> str:
    """Write the customer who differs from the first in one attribute only, if there is one to be found."""
    if not finding.changed:
        return ""
    cell = [1 << one.class_of(first.facts.get(one.attribute)) for one in subject.axes]
    for axis, class_ in finding.changed:
        cell[axis] = 1 << class_
    other = witnesses.customer(tuple(cell), impossible=subject.space.impossible)
    return "" if other is None else f" and `{other.record()}`"
