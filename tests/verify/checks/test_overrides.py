"""Are the overrides that `idle-override` and `conflicting-overrides` find what they are said to be, and no others?"""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmaint.ir.rules import Row, Rule, RuleBook
from relmaint.testing import rule_books
from relmaint.verify.checks import conflicting_overrides, idle_override
from relmaint.verify.checks.subject import Subject
from tests.models import SmallCustomer
from tests.verify.checks.books import found, same_plans
from tests.verify.checks.cells import Counting, cells_of
from tests.verify.test_plans import cell_of

TRY = settings(max_examples=60)


@TRY
@given(rule_books(SmallCustomer), st.integers(0, 1 << 30))
def test_an_override_decides_just_where_a_cell_shows_it(book: RuleBook, seed: int) -> None:
    """Trying cells: an override decides where the target counts and its rule alone is in force against it."""
    subject = Subject(book)
    cells, whole = cells_of(subject.space, seed)
    counting = [Counting(subject.program, cell) for cell in cells]
    for rule in book.rules:
        for target in rule.overrides:
            statement = subject.statements[target]
            assert isinstance(statement, Rule | Row)
            loses = idle_override.has_something_to_lose(subject, statement)
            shown = loses and any(one.counts(target) and one.overriders(target) == [rule.id] for one in counting)
            answer = idle_override.decides(subject, rule, target)

            assert answer is True or not shown
            assert answer is not True or shown or not whole


@TRY
@given(rule_books(SmallCustomer), st.integers(0, 1 << 30))
def test_an_idle_override_can_be_removed(book: RuleBook, seed: int) -> None:
    """Without an override that never decides, every customer's plan is the same."""
    subject = Subject(book)
    for rule in book.rules:
        idle = {one for one in rule.overrides if isinstance(idle_override.decides(subject, rule, one), str)}
        for target in idle:
            less = replace(rule, overrides=tuple(one for one in rule.overrides if one != target))
            rules = tuple(less if one.id == rule.id else one for one in book.rules)

            assert same_plans(book, replace(book, rules=rules), seed)


@TRY
@given(rule_books(SmallCustomer), st.integers(0, 1 << 30))
def test_rules_in_conflict_are_both_in_force_and_set_something_aside(book: RuleBook, seed: int) -> None:
    """For the customers that a conflict shows both rules are in force, and what each sets aside counts."""
    random = Random(seed)  # reproducible on purpose
    subject = Subject(book)
    for one in conflicting_overrides.find(subject):
        if one.region is None:
            continue
        first, other = one.message.split("`")[1:4:2]
        counting = Counting(subject.program, cell_of(one.region, random))
        rules = {rule.id: rule for rule in book.rules}

        assert counting.in_force(first)
        assert counting.in_force(other)
        assert all(any(counting.counts(target) for target in rules[name].overrides) for name in (first, other))


BASE = "rules: [{id: base/one, do: call}, {id: base/two, do: offer}, "

BAD = (
    (
        "idle-override",
        "rules: [{id: r, when: tier = key, do: notice}, {id: s, when: aum > 5, do: note, overrides: r}]",
        "`s` never sets `r` aside: it proposes duties only, and they stay",
    ),
    (
        "idle-override",
        "rules: [{id: r, do: call}, {id: s, when: aum > 5, do: note, overrides: r}, "
        "{id: t, when: aum > 3, do: note, overrides: [r, s]}]",
        "`s` never sets `r` aside: `t` comes first for every customer who meets both",
    ),
    (
        "idle-override",
        "tables: [{id: t, hit: first, inputs: [tier], outputs: [do], rows: [[key, note], [is known, call]]}]\n"
        "rules: [{id: s, when: tier = key, do: note, overrides: 't#2'}]",
        "`s` never sets `t#2` aside: `t#1` comes first for every customer who meets both",
    ),
    (
        "idle-override",
        "rules: [{id: base/r, when: tier = key, do: call}, {id: base/s, when: tier = ordinary, do: call}, "
        "{id: t, when: tier = exit, do: note, overrides: base/*}]",
        "`t` never sets `base/r` and `base/s` aside: no customer meets both",
    ),
    (
        "conflicting-overrides",
        BASE + "{id: s, when: aum > 5, do: call, overrides: base/two}, "
        "{id: t, when: aum > 3, do: offer, overrides: base/one}]",
        "`s` and `t` contradict each other: `s` withdraws `offer` and proposes `call`, "
        "`t` withdraws `call` and proposes `offer`",
    ),
)

GOOD = (
    (
        "idle-override",
        "rules: [{id: base/r, when: tier = key, do: call}, {id: base/s, when: tier = ordinary, do: call}, "
        "{id: t, when: tier != key, do: note, overrides: base/*}]",
    ),
    (
        "idle-override",
        "tables: [{id: t, hit: first, inputs: [tier], outputs: [do], rows: [[key, note], [is known, call]]}]\n"
        "rules: [{id: s, when: tier = exit, do: note, overrides: t}]",
    ),
    (
        "idle-override",
        "rules: [{id: r, do: notice, boost: {notice: 5}}, {id: s, when: aum > 5, do: note, overrides: r}]",
    ),
    (
        "conflicting-overrides",
        BASE + "{id: s, when: aum > 5, do: call, overrides: base/two}, "
        "{id: t, when: aum < 5, do: offer, overrides: base/one}]",
    ),
    (
        "conflicting-overrides",
        BASE + "{id: s, when: aum > 5, do: call, overrides: base/two}, "
        "{id: t, when: aum > 3, do: offer, overrides: [base/one, s]}]",
    ),
    (
        "conflicting-overrides",
        "rules: [{id: r, do: call}, {id: s, when: aum > 5, do: notice, overrides: r}, "
        "{id: t, when: tier = key, do: alert, overrides: r}]",
    ),
)


@pytest.mark.parametrize(("code", "text", "message"), BAD)
def test_a_bad_book_has_one_finding(code: str, text: str, message: str) -> None:
    """The finding says what is overridden in vain and why, or what is contradictory."""
    assert [message] == [said for _, _, said in found(code, text)]


@pytest.mark.parametrize(("code", "text"), GOOD)
def test_a_good_book_has_none(code: str, text: str) -> None:
    """An override that decides for someone, and rules that cannot both be in force, are none."""
    assert [] == found(code, text)
