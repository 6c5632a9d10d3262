"""Does a simplified book plan the same for everybody, is it no larger, and is there nothing left to simplify?"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import relmaint.verify.simplify
from relmaint.engine import Engine
from relmaint.ir.conditions import And, Condition, Or, comparisons, missed, show_condition
from relmaint.ir.reference import fires
from relmaint.ir.rules import HitPolicy, Rule, RuleBook, Table
from relmaint.lower import MAXIMUM_BOXES, expansion
from relmaint.model.attributes import facts_of, vocabulary_of
from relmaint.model.plan import ActionPlan
from relmaint.rulebook.conditions import parse_condition
from relmaint.rulebook.load import parse_rule_book
from relmaint.testing import conditions, customers_on_days, rule_books
from relmaint.testing.strategies.conditions import comparisons_of
from relmaint.verify.diff import Difference, difference
from relmaint.verify.shorten import depth, shorter
from relmaint.verify.simplify import simplify
from tests.models import SmallCustomer
from tests.verify.checks.books import HEAD

pytestmark = pytest.mark.evidence

TRY = settings(max_examples=100)


# Laws ----------------------------------------------------------------------------------------------------------------


def seen(plan: ActionPlan) -> Any:
    """Return what a plan does, without why."""
    steps = [(one.action, one.owner, one.channel, one.not_before, one.due) for one in plan.actions]
    return plan.status, plan.uncovered, steps


def reasons(plan: ActionPlan) -> Any:
    """Return, for each action of a plan, the sentences that speak for it."""
    return {one.action: {reason.because for reason in one.reasons} - {None} for one in plan.actions}


@st.composite
def blown_up(draw: st.DrawFn) -> RuleBook:
    """Draw a book some of whose rules and guards are cut in two, and some of whose rows stand twice."""
    book = draw(rule_books(SmallCustomer))
    overridden = {name for rule in book.rules for name in rule.overrides}
    rules, guards = list(book.rules), list(book.guards)
    attributes = sorted(book.vocabulary)
    for statements in (rules, guards):
        for one in list(statements):
            test = draw(comparisons_of(book.vocabulary[draw(st.sampled_from(attributes))]))
            halves = [And((one.when, test)), And((one.when, missed(test)))]
            if one.id in overridden or any(expansion(half) * 2 > MAXIMUM_BOXES for half in halves):
                continue
            if draw(st.booleans()):
                place = statements.index(one)
                statements[place : place + 1] = [
                    replace(one, when=halves[0]),
                    replace(one, id=f"{one.id}/x", when=halves[1]),
                ]
    return replace(
        book,
        rules=tuple(sorted(rules, key=lambda one: one.id)),
        guards=tuple(sorted(guards, key=lambda one: one.id)),
        tables=tuple(map(twice, book.tables)) if not overridden else book.tables,
    )


def twice(table: Table) -> Table:
    """Return the table with each row twice, if its hit policy allows that."""
    if table.hit is HitPolicy.UNIQUE:
        return table
    rows = [row for row in table.rows for row in (row, replace(row, id="#"))]
    return replace(table, rows=tuple(replace(row, id=f"{table.id}#{n}") for n, row in enumerate(rows, start=1)))


@TRY
@given(st.one_of(rule_books(SmallCustomer), blown_up()), st.booleans(), st.data())
def test_everybody_is_planned_for_as_before(book: RuleBook, any_reason: bool, data: st.DataObject) -> None:
    """A customer who breaks no assumption has the same plan by the reference backend, and the same outcome.

    Unless any reason will do, the sentences that speak for each action are the same, too.
    """
    found = simplify(book, any_reason=any_reason)
    before, after = Engine(book, "reference"), Engine(found.after, "reference")
    assert found.is_proven
    for _ in range(4):
        customer, day = data.draw(customers_on_days(book))
        facts = facts_of(book.vocabulary, customer, day)
        if all(fires(one.always, facts) for one in book.assumptions):
            plan, other = before.plan(customer, as_of=day), after.plan(customer, as_of=day)
            assert seen(plan) == seen(other)
            assert any_reason or reasons(plan) == reasons(other)


@TRY
@given(st.one_of(rule_books(SmallCustomer), blown_up()), st.booleans())
def test_a_simplified_book_is_no_larger_and_has_nothing_left(book: RuleBook, any_reason: bool) -> None:
    """No count grows, no step makes anything larger, and a second run takes no step."""
    found = simplify(book, any_reason=any_reason)

    for before, after in (found.sizes, *(one.sizes for one in found.reductions)):
        assert all(getattr(after, name) <= getattr(before, name) for name in before.__slots__)
    assert () == simplify(found.after, any_reason=any_reason).reductions


@settings(max_examples=200)
@given(conditions(SmallCustomer), st.data())
def test_a_shorter_condition_is_true_of_the_same_customers(condition: Condition, data: st.DataObject) -> None:
    """By the plain meaning of conditions; it has fewer comparisons or idle words, and no longer a text."""
    book = RuleBook("b", "1", vocabulary_of(SmallCustomer), rules=(Rule("r", condition),))
    if expansion(condition) > MAXIMUM_BOXES:
        return
    found = shorter(condition, RuleBook("b", "1", book.vocabulary))
    if found is None:
        return
    assert len(list(comparisons(found))) <= len(list(comparisons(condition)))
    assert len(show_condition(found)) <= len(show_condition(condition))
    assert depth(found) <= max(2, depth(condition))
    for _ in range(6):
        customer, day = data.draw(customers_on_days(book))
        facts = facts_of(book.vocabulary, customer, day)
        assert fires(condition, facts) == fires(found, facts)


# Planted blow-ups ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_a_condition_cut_at_random_is_put_together_again(seed: int) -> None:
    """One that was split at comparisons again and again has no more of them than it had."""
    random = Random(seed)
    book = parse_rule_book(HEAD)
    texts = [
        "tier = key",
        "aum >= 50000",
        "age between 30 and 40",
        "marketing_consent is not true",
        "events has rate-change",
    ]
    parts = tuple(read(text, book) for text in random.sample(texts, random.randint(1, 3)))
    whole: Condition = parts[0] if len(parts) == 1 else random.choice([And, Or])(parts)
    cuts = ["aum < 70000", "tier in (key, exit)", "age >= 35", "preference = deposit", "habit is known"]
    pieces: list[Condition] = [whole]
    for cut in random.sample(cuts, random.randint(1, 3)):
        piece, test = pieces.pop(random.randrange(len(pieces))), read(cut, book)
        pieces += [And((piece, test)), And((missed(test), piece))]
    random.shuffle(pieces)
    found = shorter(Or(tuple(pieces)), book)

    assert found is not None
    assert len(list(comparisons(found))) <= len(list(comparisons(whole)))


def read(text: str, book: RuleBook) -> Condition:
    """Return the condition that a text says."""
    found, findings = parse_condition(text, book.vocabulary)
    assert found is not None, findings
    return found


@pytest.mark.parametrize("hit", ["unique", "any", "first", "collect", "rule order"])
@pytest.mark.parametrize("seed", range(4))
def test_rows_split_at_random_are_put_together_again(hit: str, seed: int) -> None:
    """A row that was cut along its columns again and again is one row again."""
    random = Random(seed)
    tiers, classes = ["key", "ordinary", "exit"], ["[0..10)", "[10..20)", "[20..30)"]
    rows = [f'[{tier}, "{stretch}", call]' for tier in tiers for stretch in classes]
    if hit != "rule order":
        random.shuffle(rows)
    text = f"tables: [{{id: t, hit: {hit}, inputs: [tier, aum], outputs: [do], rows: [{', '.join(rows)}]}}]"
    found = simplify(parse_rule_book(HEAD + text))

    (row,) = found.after.tables[0].rows
    assert ["tier is known", "aum < 30"] == [show_condition(test) for test in row.tests if test is not None]
    assert found.is_proven


# One step at a time --------------------------------------------------------------------------------------------------

ASSUME = "assume: [{id: assume/age, always: age >= 18}]\n"
TABLE = "tables: [{id: t, hit: %s, inputs: [tier, aum], outputs: [do], rows: [%s]}]"

STEPS = (
    ("drop-rule", "r", "rules: [{id: r, when: aum < 5 and aum > 6, do: note}, {id: s, do: note}]"),
    ("drop-rule", "r", "rules: [{id: r, when: aum >= 10, do: note}, {id: s, when: aum >= 5, do: [note, call]}]"),
    (
        "drop-rule",
        "r",
        """
rules:
  - {id: r, when: "aum in [5..30)", do: note}
  - {id: s, when: tier = key and aum < 20, do: [note, call]}
  - {id: t, when: tier is unknown or tier != key or aum > 9, do: [call, note]}
""",
    ),
    ("drop-guard", "g", ASSUME + "guards: [{id: g, when: age < 10, withhold: {nature: care}}]"),
    ("shorten-condition", "r", "rules: [{id: r, when: aum >= 5 and aum is known, do: call}]"),
    ("shorten-condition", "r", ASSUME + "rules: [{id: r, when: age >= 18 and aum > 5, do: call}]"),
    ("shorten-condition", "r", "rules: [{id: r, when: as_of >= 2026-01-01 and aum > 5, do: call, from: 2026-01-01}]"),
    ("shorten-condition", "g", "guards: [{id: g, when: aum > 5 or aum > 6, withhold: {nature: care}}]"),
    (
        "drop-part",
        "r",
        """
rules:
  - {id: r, when: aum >= 5 and tier = key, do: note}
  - {id: s, when: tier is unknown or tier != key, do: note}
""",
    ),
    ("join-rules", "r", "rules: [{id: r, when: tier = key, do: call}, {id: s, when: tier = exit, do: call}]"),
    (
        "join-rules",
        "r",
        """
rules:
  - {id: r, when: tier = key, boost: {call: 5}}
  - {id: s, when: tier = exit, boost: {call: 5}}
  - {id: t, do: call}
""",
    ),
    (
        "join-guards",
        "g",
        """
guards:
  - {id: g, when: tier = key, withhold: {nature: care}}
  - {id: h, when: tier = exit, withhold: {nature: care}}
""",
    ),
    ("drop-row", "t#2", TABLE % ("first", '[key, "-", note], [key, ">= 5", call], ["-", "-", call]')),
    ("drop-row", "t#1", TABLE % ("first", '[key, "-", call], [exit, ">= 5", note], ["-", "-", call]')),
    ("drop-row", "t#2", TABLE % ("collect", '["-", ">= 5", call], [key, ">= 6", call]')),
    ("join-rows", "t#1", TABLE % ("unique", '[key, ">= 5", call], [exit, ">= 5", call]')),
    ("join-rows", "t#1", TABLE % ("first", '[key, ">= 5", call], [exit, "< 5", note], [exit, ">= 5", call]')),
    ("drop-cell", "t#1", ASSUME.replace("age >= 18", "aum >= 5") + TABLE % ("unique", '[key, "> 4", call]')),
    ("drop-column", "t", TABLE % ("unique", '[key, "-", call], [exit, "-", note]')),
)


@pytest.mark.parametrize(("kind", "at", "text"), STEPS)
def test_a_step_is_taken(kind: str, at: str, text: str) -> None:
    """Each kind of step is found where it is due, and proven by claims of its own."""
    found = simplify(parse_rule_book(HEAD + text))
    steps = [(str(one.kind), one.id) for one in found.reductions]

    assert (kind, at) in steps
    assert all(one.claims for one in found.reductions)


WITH_REASONS = """
rules:
  - {id: r, when: aum >= 5, do: call, because: {zh: 一, en: one}}
  - {id: s, when: aum >= 9, do: call, because: {zh: 二, en: two}}
"""

LEFT = {
    "short as it can be": """
rules: [{id: r, when: (tier = key or aum >= 7) and (age >= 60 or preference = deposit), do: call}]
""",
    "another reason": WITH_REASONS,
    "another source": """
rules: [{id: r, when: tier = key, do: call, source: A}, {id: s, when: tier = exit, do: call, source: B}]
""",
    "points would be given once only": """
rules:
  - {id: r, when: aum > 3 and tier = key, boost: {call: 5}}
  - {id: s, when: aum > 3 and age > 60, boost: {call: 5}}
  - {id: t, do: call}
""",
    "an override speaks of it": """
rules:
  - {id: r, when: aum >= 5, do: call}
  - {id: s, when: aum >= 9, do: call}
  - {id: t, when: tier = key, do: note, overrides: s}
""",
    "an exception": """
rules: [{id: r, when: aum >= 5, do: call}, {id: s, when: aum >= 9, do: call}]
checks: {except: [{check: subsumed-rule, at: s, because: {zh: 特意, en: meant}}]}
""",
    "a check is off": """
rules: [{id: r, when: aum >= 5 and aum is known, do: call}]
checks: {severity: {redundant-condition: "off"}}
""",
    "mergeable rows are off": TABLE % ("unique", '[key, ">= 5", call], [exit, ">= 5", call]')
    + """
checks: {severity: {mergeable-rows: "off"}}
""",
    "a column is meant": TABLE % ("unique", '[key, "-", call], [exit, "-", note]')
    + """
checks: {except: [{check: useless-column, at: t, because: {zh: 特意, en: meant}}]}
""",
    "joined, it would be no shorter": """
rules: [{id: r, when: tier = key, do: call}, {id: s, when: aum > 5, do: call}]
""",
    "nobody else proposes the action": "rules: [{id: r, when: aum < 5 and aum > 6, do: note}]",
    "the owner of the guard between them would win": """
guards:
  - {id: f, when: tier = key, route: {nature: care}, to: teller}
  - {id: g, when: aum > 5, route: {nature: care}, to: compliance}
  - {id: h, when: tier = exit, route: {nature: care}, to: teller}
terms: {owner: {teller: {zh: 柜员, en: teller}, compliance: {zh: 合规, en: compliance}}}
""",
    "another row stands between": TABLE % ("first", '[key, "-", call], ["-", ">= 5", note], [exit, "-", call]'),
    "other tables give places, too": """
tables:
  - {id: t, hit: rule order, inputs: [tier], outputs: [do], rows: [[key, note], [exit, note], [unknown, call]]}
  - {id: u, hit: rule order, inputs: [tier], outputs: [do], rows: [[key, notice], [exit, notice], [unknown, notice]]}
checks: {except: [{check: unreachable-rule, at: u#1, because: {zh: 特意, en: meant}}]}
""",
    "places of the rows below would change": """
tables:
  - {id: t, hit: rule order, inputs: [tier], outputs: [do], rows: [[key, note], [key, note], [key, call]]}
  - {id: u, hit: rule order, inputs: [tier], outputs: [do], rows: [[exit, notice], [unknown, offer]]}
""",
    "joined, it would have more alternatives than either": """
rules: [{id: r, when: tier = key or aum > 5, do: call}, {id: s, when: aum > 5 or age > 60, do: call}]
""",
    "points would be summed": TABLE.replace("outputs: [do]", "outputs: [do, boost]")
    % ("collect", '[key, ">= 5", call, 3], [key, ">= 6", call, 3]'),
    "some plan would be uncovered": """
tables: [{id: t, hit: first, inputs: [tier], outputs: [do], rows: [[key, "-"], [key, notice]]}]
rules: [{id: r, when: tier = exit, do: notice}]
""",
    "a row of another number would be overridden": TABLE
    % ("unique", '[key, ">= 5", call], [ordinary, ">= 5", call], [exit, "-", note]')
    + "\nrules: [{id: r, when: age > 60, do: notice, overrides: t#3}]",
    "the loader would take the rows for overlapping": ASSUME
    + """
tables: [{id: t, hit: unique, inputs: [tier, age], outputs: [do], rows: [[key, ">= 18", call], ["-", "< 10", note]]}]
checks: {except: [{check: unreachable-rule, at: t#2, because: {zh: 特意, en: meant}}]}
""",
}


@pytest.mark.parametrize("why", LEFT)
def test_what_would_change_something_is_left(why: str) -> None:
    """No step is taken that changes a plan or a reason, or that the book does not want."""
    assert () == simplify(parse_rule_book(HEAD + LEFT[why])).reductions


@pytest.mark.parametrize(("most", "proven"), [(1, True), (0, False)])
def test_what_cannot_be_compared_as_a_whole_is_compared_step_by_step(
    most: int, proven: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Books that are many edits apart may take too many regions; then each step is compared, if that can be decided."""
    asked: list[int] = []

    def sparing(old: RuleBook, new: RuleBook, *, budget: int) -> Difference:
        found = difference(old, new, budget=budget)
        asked.append(sum(one not in new.rules for one in old.rules))
        return found if asked[-1] <= most else replace(found, undecided=(found.space.everyone,))

    monkeypatch.setattr(relmaint.verify.simplify, "difference", sparing)
    rules = [f"  - {{id: r{n}, when: aum > {min(n, 2)} and aum is known, do: call}}" for n in (1, 2, 3)]
    book = parse_rule_book(HEAD + "\n".join(["rules:", *rules]))

    assert proven == simplify(book).is_proven
    assert asked[0] == 3


def test_other_reasons_are_given_only_when_asked_for() -> None:
    """Then it is said whose words are lost, and whose stay."""
    book = parse_rule_book(HEAD + WITH_REASONS)
    (step,) = simplify(book, any_reason=True).reductions

    assert ("s",) == step.gone
    assert ("`because` of `s`, while the notes of `r` stay",) == step.lost


def test_the_assumptions_that_a_step_rests_on_are_named() -> None:
    """A step says under which assumptions the customers are the same; others name none."""
    texts = "rules: [{id: r, when: age >= 18 and aum > 5, do: call}, {id: s, when: aum > 5 and aum > 4, do: note}]"
    found = simplify(parse_rule_book(HEAD + ASSUME + texts))

    assert {"r": ("assume/age",), "s": ()} == {one.id: one.assumptions for one in found.reductions}


def test_short_is_not_nested() -> None:
    """What could be said more shortly by brackets inside brackets stays as it stands."""
    book = parse_rule_book(HEAD)
    text = "tier = key and (aum > 3 and age > 60 or aum > 3 and loan > 7 or preference = deposit)"
    flat = "tier = key and aum > 3 and age > 60 or tier = key and aum > 3 and loan > 7 or tier = key and habit is known"

    assert 3 == depth(read(text, book))
    found = shorter(read(flat, book), book)
    assert found is None or depth(found) <= 2


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("days_to_maturity > 3 and days_to_maturity <= 7", "days_to_maturity in (3..7]"),
        ("aum >= 5 and aum <= 10", "aum between 5 and 10"),
        ("marketing_consent = false or marketing_consent is unknown", "marketing_consent is not true"),
        ("not (tier = key)", "tier != key"),
        ("tier = key and aum >= 5 or tier = exit and aum >= 5", "tier in (key, exit) and aum >= 5"),
        ("always and aum >= 5", "aum >= 5"),
        (
            "tier = key and age >= 60 or tier = key and aum > 3 or loan > 7 and age >= 60 or loan > 7 and aum > 3",
            "(tier = key or loan > 7) and (age >= 60 or aum > 3)",
        ),
    ],
)
def test_a_condition_is_written_as_a_person_would(text: str, short: str) -> None:
    """Constants are those that were written, comparisons stay as they are, and attributes keep their order."""
    book = parse_rule_book(HEAD)
    found = shorter(read(text, book), book)

    assert found is not None
    assert short == show_condition(found)
