"""Small books for the tests of checks: a catalogue, and what one check finds."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from relmaint.ir.rules import RuleBook
from relmaint.rulebook import parse_rule_book
from relmaint.verify.checks.run import ALL
from relmaint.verify.checks.subject import Subject
from relmaint.verify.plans import outcome_of
from relmaint.verify.space import Space
from tests.verify.test_plans import Oracle, cell_of

HEAD = """
book: {name: b, version: "1", covers: [care]}
actions:
  call: {kind: care, nature: care, title: {zh: 电话, en: call}, channel: phone, precedence: care}
  offer: {kind: care, nature: marketing, title: {zh: 产品, en: offer}, channel: phone, precedence: growth}
  note: {kind: care, nature: internal, title: {zh: 记录, en: note}, precedence: care}
  alert: {kind: care, nature: risk, title: {zh: 警示, en: alert}, channel: phone, precedence: safety}
  notice: {kind: care, nature: service, title: {zh: 通知, en: notice}, channel: sms, precedence: dated}
"""


def found(code: str, text: str) -> list[tuple[str, str, str]]:
    """Return (code, at, message) of all that the check of one code finds in a book with the catalogue above."""
    return [(one.code, one.at, one.message) for one in ALL[code](Subject(parse_rule_book(HEAD + text)))]


def same_plans(book: RuleBook, other: RuleBook, seed: int, count: int = 25) -> bool:
    """Whether the two books plan the same for some possible customers."""
    random = Random(seed)  # reproducible on purpose
    space = Space(book, replace(other, assumptions=book.assumptions))
    one, two = (Oracle(program) for program in space.programs)
    for _ in range(count):
        cell = cell_of(space.everyone, random)
        possible = space.possible(tuple(1 << class_ for class_ in cell)) is not None
        if possible and outcome_of(one.decision(cell)) != outcome_of(two.decision(cell)):
            return False
    return True


def without(book: RuleBook, names: set[str]) -> RuleBook:
    """Return the book without some rules, rows and guards, and without what refers to them."""
    rules = [rule for rule in book.rules if rule.id not in names]
    return replace(
        book,
        rules=tuple(replace(rule, overrides=tuple(set(rule.overrides) - names)) for rule in rules),
        tables=tuple(
            replace(table, rows=tuple(row for row in table.rows if row.id not in names)) for table in book.tables
        ),
        guards=tuple(guard for guard in book.guards if guard.id not in names),
    )
