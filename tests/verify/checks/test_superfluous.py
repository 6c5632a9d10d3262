"""Can what `unreachable`, `masked`, `subsumed`, `redundant` and `redundant-condition` find be removed?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmaint.ir.conditions import And
from relmaint.ir.rules import RuleBook
from relmaint.testing import rule_books
from relmaint.verify.checks.redundant_condition import droppable
from relmaint.verify.checks.run import ALL
from relmaint.verify.checks.subject import Subject
from tests.models import SmallCustomer
from tests.verify.checks.books import found, same_plans, without

TRY = settings(max_examples=120)

ASSUME = "assume: [{id: assume/age, always: age >= 18}]\n"
FIRST = "tables: [{id: t, hit: first, inputs: [tier, aum], outputs: [do], rows: [%s]}]"

BAD = (
    (
        "unreachable-rule",
        "rules: [{id: r, when: aum < 5 and aum > 6, do: note}]",
        "r",
        "no customer meets the condition of the rule `r`: it contradicts itself",
    ),
    (
        "unreachable-rule",
        ASSUME + "rules: [{id: r, when: age < 10, do: note}]",
        "r",
        "no customer meets the condition of the rule `r`, because of `assume/age`",
    ),
    (
        "unreachable-rule",
        ASSUME + "guards: [{id: g, when: age < 10, withhold: {nature: care}}]",
        "g",
        "no customer meets the condition of the guard `g`, because of `assume/age`",
    ),
    (
        "masked-rule",
        """
rules:
  - {id: r, when: aum >= 10, do: call}
  - {id: s, when: aum >= 5 and tier = key, do: note, overrides: r}
  - {id: t, when: tier != key or tier is unknown, do: note, overrides: r}
""",
        "r",
        "the rule `r` never has an effect: `s` and `t` override it for every customer who meets it",
    ),
    (
        "masked-rule",
        """
rules:
  - {id: r, when: aum >= 10, do: call}
  - {id: s, when: aum >= 5, do: note, overrides: r}
  - {id: t, when: aum < 10, do: note, overrides: s}
""",
        "r",
        "the rule `r` never has an effect: `s` overrides it for every customer who meets it",
    ),
    (
        "masked-rule",
        FIRST % '[key, "-", call], ["-", ">= 5", note], [key, ">= 5", offer]',
        "t#3",
        "the row `t#3` never has an effect: `t#1` comes first for every customer who meets it",
    ),
    (
        "subsumed-rule",
        "rules: [{id: r, when: aum >= 10, do: note}, {id: s, when: aum >= 5, do: [note, call]}]",
        "r",
        "the rule `r` adds nothing: `s` proposes the same for all of its customers",
    ),
    (
        "subsumed-rule",
        "rules: [{id: r, when: aum >= 10, do: note}, {id: s, when: aum >= 10, do: note}]",
        "s",
        "the rule `s` adds nothing: `r` proposes the same for all of its customers",
    ),
    (
        "redundant-rule",
        """
rules:
  - {id: r, when: "aum in [5..30)", do: note}
  - {id: s, when: "aum in [0..20)", do: note}
  - {id: t, when: aum >= 15, do: note}
""",
        "r",
        "the rule `r` adds nothing: `s` and `t` together propose the same for all of its customers",
    ),
    (
        "redundant-condition",
        "rules: [{id: r, when: aum >= 5 and aum is known, do: call}]",
        "r",
        "`aum is known` in the condition of the rule `r` changes nothing: whoever meets the rest meets it",
    ),
    (
        "redundant-condition",
        """
rules:
  - {id: r, when: aum >= 5 and tier = key, do: note}
  - {id: s, when: tier is unknown or tier != key, do: note}
""",
        "r",
        "`tier = key` in the condition of the rule `r` changes nothing: `s` proposes the same without it",
    ),
)

GOOD = (
    ("unreachable-rule", "rules: [{id: r, when: aum <= 5 and aum >= 5, do: note}]"),
    ("unreachable-rule", ASSUME + "rules: [{id: r, when: age <= 18, do: note}]"),
    (
        "masked-rule",
        """
rules:
  - {id: r, when: aum >= 10, do: call}
  - {id: s, when: aum >= 5 and tier = key, do: note, overrides: r}
  - {id: t, when: tier != key and aum > 10, do: note, overrides: r}
""",
    ),
    ("masked-rule", "rules: [{id: r, do: notice}, {id: s, do: note, overrides: r}]"),
    (
        "masked-rule",
        """
rules:
  - {id: r, when: aum >= 10, do: call}
  - {id: s, when: aum >= 5, do: note, overrides: r}
  - {id: t, when: aum <= 10, do: note, overrides: s}
""",
    ),
    ("masked-rule", FIRST % '[key, ">= 5", call], ["-", ">= 6", note], [key, "-", offer]'),
    ("subsumed-rule", "rules: [{id: r, when: aum >= 10, do: [note, call]}, {id: s, when: aum >= 5, do: note}]"),
    ("subsumed-rule", "rules: [{id: r, when: aum between 5 and 9, do: note}, {id: s, when: aum > 5, do: note}]"),
    (
        "subsumed-rule",
        """
rules:
  - {id: r, when: aum >= 9, do: call}
  - {id: s, do: call}
  - {id: t, when: tier = key, do: note, overrides: s}
""",
    ),
    (
        "redundant-rule",
        """
rules:
  - {id: r, when: "aum in [5..30)", do: note}
  - {id: s, when: "aum in [0..20)", do: note}
  - {id: t, when: aum > 20, do: note}
""",
    ),
    ("redundant-rule", "rules: [{id: r, when: aum >= 5, do: note, boost: {note: 5}}, {id: s, do: note}]"),
    ("redundant-condition", "rules: [{id: r, when: aum >= 5 and tier is known, do: call}]"),
    (
        "redundant-condition",
        """
rules:
  - {id: r, when: aum >= 5 and tier = key, do: note, because: {zh: 一, en: one}}
  - {id: s, when: tier is unknown or tier != key, do: note, because: {zh: 二, en: two}}
""",
    ),
    (
        "redundant-condition",
        "rules: [{id: r, when: aum >= 5 and tier = key, do: note}, {id: s, when: aum > 5 and tier != key, do: note}]",
    ),
)


@pytest.mark.parametrize(("code", "text", "at", "message"), BAD)
def test_a_bad_book_has_one_finding(code: str, text: str, at: str, message: str) -> None:
    """A book with one mistake has one finding, which names it."""
    assert [(code, at, message)] == found(code, text)


@pytest.mark.parametrize(("code", "text"), GOOD)
def test_a_good_book_has_none(code: str, text: str) -> None:
    """A book that just does not have the mistake has no finding."""
    assert [] == found(code, text)


@pytest.mark.parametrize("codes", [("unreachable-rule",), ("subsumed-rule", "redundant-rule")])
@TRY
@given(rule_books(SmallCustomer), st.integers(0, 1 << 30))
def test_all_that_is_superfluous_can_be_removed_together(codes: tuple[str, ...], book: RuleBook, seed: int) -> None:
    """Without the rules, rows and guards that a check finds, every customer's plan is the same."""
    subject = Subject(book)
    names = {one.at for code in codes for one in ALL[code](subject) if one.code == code}

    assert not names or same_plans(book, without(book, names), seed)


@pytest.mark.evidence
@TRY
@given(rule_books(SmallCustomer), st.integers(0, 1 << 30))
def test_what_is_masked_can_be_removed(book: RuleBook, seed: int) -> None:
    """Without a rule or row that never has an effect, every customer's plan is the same."""
    for one in ALL["masked-rule"](Subject(book)):
        if one.code == "masked-rule":
            assert same_plans(book, without(book, {one.at}), seed)


@pytest.mark.evidence
@TRY
@given(rule_books(SmallCustomer), st.integers(0, 1 << 30))
def test_redundant_conditions_can_be_dropped(book: RuleBook, seed: int) -> None:
    """Without the redundant parts of its condition, a rule makes the same plans."""
    subject = Subject(book)
    for rule in book.rules:
        if isinstance(rule.when, And):
            gone = [part for part, by in droppable(subject, rule, "rule") if isinstance(by, tuple)]
            parts = tuple(part for part in rule.when.parts if all(part is not one for one in gone))
            changed = replace(rule, when=And(parts))
            rules = tuple(changed if one.id == rule.id else one for one in book.rules)
            assert not gone or same_plans(book, replace(book, rules=rules), seed)
