"""Has each check a bad book that it finds, a good book that it leaves in peace, and a customer of whom it is true?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel

from relmaint.backends.protocol import Backend
from relmaint.diagnostics import Diagnostic
from relmaint.diagnostics.codes import CHECKS, CODES, EXPLAINED_AT_LOAD
from relmaint.engine import BACKENDS, Engine
from relmaint.ir.rules import Checks, Exemption, RuleBook
from relmaint.model.plan import ActionPlan
from relmaint.rank.select import selects
from relmaint.rulebook import check_rule_book
from relmaint.verify.checks.run import check, find
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.witness import Witnesses
from tests.verify.checks.books import without

BOOKS = Path(__file__).parents[2] / "books" / "checks"
OPEN = ("undecided-combination", "undecided-check")
"""Codes that say that a question was left open: no small book is that hard."""

EXPLAINED = [name for name in (*CHECKS, *EXPLAINED_AT_LOAD) if name not in OPEN]


def findings(name: str) -> list[Diagnostic]:
    """Return all that `relmaint check` says of one of the books."""
    loaded = check_rule_book(BOOKS / f"{name}.yaml")
    return [*loaded.diagnostics, *(check(loaded.book) if loaded.book is not None else ())]


def book_of(name: str) -> RuleBook:
    """Load one of the books."""
    loaded = check_rule_book(BOOKS / f"{name}.yaml")
    assert loaded.book is not None
    return loaded.book


def test_every_check_has_its_books() -> None:
    """There are two books for each code, and none for anything else."""
    expected = {f"{code}.{kind}.yaml" for code in EXPLAINED for kind in ("bad", "good")}

    assert expected == {path.name for path in BOOKS.iterdir()}


@pytest.mark.parametrize("code", EXPLAINED)
def test_a_bad_book_has_its_finding_and_no_other(code: str) -> None:
    """A bad book has one mistake."""
    assert {code} == {one.code for one in findings(f"{code}.bad")}


@pytest.mark.parametrize("code", EXPLAINED)
def test_a_good_book_has_no_finding_at_all(code: str) -> None:
    """A good book just does not have the mistake, nor any other."""
    assert [] == [str(one) for one in findings(f"{code}.good")]


@pytest.mark.parametrize("code", [code for code in CHECKS if code not in (*OPEN, "unused-exception")])
def test_a_finding_that_is_meant_can_be_excepted(code: str) -> None:
    """With an exception for what its finding is about, a bad book has no finding."""
    book = book_of(f"{code}.bad")
    (at,) = {one.at for one in find(book)}
    meant = replace(book, checks=Checks(exempt=(Exemption(code, at),)))

    assert [] == [str(one) for one in check(meant)]


@pytest.mark.parametrize("code", EXPLAINED)
def test_a_finding_can_name_the_page_that_explains_it(code: str) -> None:
    """The page that a code names has a section of its name."""
    page, _, section = CODES[code].page.partition("#")
    text = (Path(__file__).parents[3] / page).read_text(encoding="utf-8")

    assert f"\n## {section}\n" in text


# Customers -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """The customer whom a finding shows, as one backend sees this one."""

    book: RuleBook
    finding: Finding
    backend: str
    customer: BaseModel
    as_of: date

    def plan(self, book: RuleBook | None = None, as_of: date | None = None) -> ActionPlan:
        """Return the customer's plan by the book, or another."""
        engine = Engine(self.book if book is None else book, self.backend)  # type: ignore[arg-type]  # its name
        return engine.plan(self.customer, as_of=as_of or self.as_of)

    def planned(self, book: RuleBook | None = None, as_of: date | None = None) -> list[str]:
        """Return the planned actions, the highest rank first."""
        return [one.action for one in self.plan(book, as_of).actions]

    def matched(self) -> set[str]:
        """Return the statements that match the customer."""
        engine = Engine(self.book, self.backend)  # type: ignore[arg-type]  # its name
        matcher: Backend = engine._matcher
        return {engine.program.statements[number].id for number in matcher.match(self.customer, self.as_of)}

    def others(self) -> list[str]:
        """Return the further statements that the message names."""
        names = self.finding.message.split("`")[1::2]
        return [one for one in names if one in Subject(self.book).statements and one != self.finding.at]


def _gap(shown: Shown) -> bool:
    plan = shown.plan()
    kinds = {shown.book.actions[one.action].kind for one in plan.withheld}
    return shown.finding.at in kinds and not any(one.kind == shown.finding.at for one in plan.actions)


def _never_wins(shown: Shown) -> bool:
    plan = shown.plan()
    return shown.finding.at in {one.action for one in plan.withheld} and shown.finding.at not in shown.planned()


def _unknown_open(shown: Shown) -> bool:
    (guard,) = (one for one in shown.book.guards if one.id == shown.finding.at)
    let_through = [name for name in shown.planned() if selects(guard.select, shown.book.actions[name])]
    return bool(let_through) and guard.id not in shown.matched()


def _broken_invariant(shown: Shown) -> bool:
    (invariant,) = shown.book.invariants
    assert invariant.select is not None
    return any(selects(invariant.select, shown.book.actions[name]) for name in shown.planned())


def _plan_dates(shown: Shown) -> bool:
    return shown.planned() != shown.planned(as_of=shown.as_of - timedelta(days=1))


def _matches_in_vain(shown: Shown) -> bool:
    name = shown.finding.at
    return name in shown.matched() and shown.planned() == shown.planned(without(shown.book, {name}))


def _idle(shown: Shown) -> bool:
    rules = tuple(replace(rule, overrides=()) if rule.id == shown.finding.at else rule for rule in shown.book.rules)
    return shown.finding.at in shown.matched() and shown.planned() == shown.planned(replace(shown.book, rules=rules))


def _both_hold(shown: Shown) -> bool:
    rules = {rule.id: rule for rule in shown.book.rules}
    other = next(name for name in shown.others() if rules[name].overrides)
    both = rules[shown.finding.at], rules[other]
    return all(rule.id in shown.matched() and set(rule.do) <= set(shown.planned()) for rule in both)


def _general_row_wins(shown: Shown) -> bool:
    reasons = {reason.rule for one in shown.plan().actions for reason in one.reasons}
    lost = set(shown.others()) & shown.matched()
    return shown.finding.at in reasons and bool(lost) and not lost & reasons


def _meets(shown: Shown) -> bool:
    return shown.finding.at in shown.matched()


CLAIMS: dict[str, Callable[[Shown], bool]] = {
    "gap": _gap,
    "never-wins": _never_wins,
    "unknown-open": _unknown_open,
    "broken-invariant": _broken_invariant,
    "plan-dates": _plan_dates,
    "masked-rule": _matches_in_vain,
    "subsumed-rule": _matches_in_vain,
    "redundant-rule": _matches_in_vain,
    "idle-override": _idle,
    "conflicting-overrides": _both_hold,
    "misleading-row": _general_row_wins,
    "protected-attribute": _meets,
}
"""What is so of the customer whom a finding of each code shows."""


def _customers_shown() -> list[tuple[str, RuleBook, Finding]]:
    found = []
    for code in EXPLAINED:
        book = check_rule_book(BOOKS / f"{code}.bad.yaml").book
        found += [(code, book, one) for one in (find(book) if book is not None else ()) if one.region is not None]
    return found


def test_every_code_that_shows_customers_says_what_is_so_of_them() -> None:
    """A finding that shows a customer claims something of this one, and the claim is tried below."""
    assert CLAIMS.keys() == {code for code, _, _ in _customers_shown()}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("code", "book", "finding"), _customers_shown(), ids=lambda one: one if isinstance(one, str) else ""
)
def test_the_customer_shown_is_one(code: str, book: RuleBook, finding: Finding, backend: str) -> None:
    """What a finding claims is so of the customer that it shows, on every backend."""
    subject = Subject(book)
    assert finding.region is not None
    witness = Witnesses(book.vocabulary, subject.axes).customer(finding.region, impossible=subject.space.impossible)

    assert witness is not None
    assert CLAIMS[code](Shown(book, finding, backend, witness.customer, witness.as_of))
