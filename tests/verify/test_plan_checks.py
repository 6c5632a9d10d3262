"""Is what the checks of plans find so, and what they do not find not so?"""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmaint.ir.program import UNKNOWN
from relmaint.ir.rules import Invariant, InvariantKind, RuleBook, Selector
from relmaint.rank.select import selects
from relmaint.rulebook import parse_rule_book
from relmaint.testing import rule_books
from relmaint.verify.checks import gap, invariants, never_wins, plan_dates, unknown_open
from relmaint.verify.checks.run import check
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.cover import Region, Undecided
from relmaint.verify.pairs import Pair, pairs
from relmaint.verify.parts import Proven, Refuted
from relmaint.verify.plans import Outcome, decide_cell, outcome_of
from relmaint.vocabulary import AS_OF
from tests.models import SmallCustomer
from tests.verify.test_plans import Cell, cell_of

TRY = settings(max_examples=80)


def possible_cells(subject: Subject, region: Region, random: Random, count: int) -> list[Cell]:
    """Draw cells of the region that are not impossible."""
    drawn = [cell_of(region, random) for _ in range(count)]
    return [cell for cell in drawn if subject.space.possible(tuple(1 << class_ for class_ in cell)) is not None]


def plan_of(subject: Subject, cell: Cell) -> Outcome:
    """Return what the engine's own ranking plans in a cell."""
    return outcome_of(decide_cell(subject.ranking, subject.program, cell))


@TRY
@given(rule_books(SmallCustomer), st.integers(0, 1 << 30))
def test_a_gap_is_one_and_where_none_is_found_there_is_none(book: RuleBook, seed: int) -> None:
    """A customer of a gap has no action of the kind; without a gap, whoever has one proposed has one planned."""
    random = Random(seed)  # reproducible on purpose
    subject = Subject(book)
    for kind in book.covers:
        match next(gap.proofs_of(subject, kind)):
            case Refuted(_, possible):
                for cell in possible_cells(subject, possible, random, 3):
                    plan = plan_of(subject, cell)
                    assert not [step for step in plan if book.actions[step.action].kind is kind]
            case Proven():
                for cell in possible_cells(subject, subject.known, random, 10):
                    decision = decide_cell(subject.ranking, subject.program, cell)
                    assert kind in decision.uncovered or any(one.action.kind is kind for one in decision.planned)
            case Undecided():
                pass


@TRY
@given(rule_books(SmallCustomer), st.integers(0, 1 << 30))
def test_an_action_that_never_wins_is_in_no_plan(book: RuleBook, seed: int) -> None:
    """An action found never to win is planned in no cell, and an action seen planned is not found."""
    random = Random(seed)  # reproducible on purpose
    subject = Subject(book)
    losing = {finding.at for finding in never_wins.find(subject) if finding.code == "never-wins"}
    for cell in possible_cells(subject, subject.everyone, random, 25):
        planned = {step.action for step in plan_of(subject, cell)}
        assert planned & losing == set()


@TRY
@given(rule_books(SmallCustomer), st.integers(0, 1 << 30))
def test_pairs_differ_and_where_none_are_found_nothing_differs(book: RuleBook, seed: int) -> None:
    """The plans of a pair differ; where no pair is found, changing one class changes no plan."""
    random = Random(seed)  # reproducible on purpose
    subject = Subject(book)
    if not subject.axes:
        return
    axis = random.randrange(len(subject.axes))
    classes = [class_ for class_ in range(subject.axes[axis].size) if subject.axes[axis].everything >> class_ & 1]
    names = tuple(book.actions)

    def differ(one: object, other: object, apart: int) -> bool | None:
        return invariants.different(names, one, other, apart)  # type: ignore[arg-type]  # both are views

    found = next(pairs(subject.views, axis, classes, differ, subject.everyone, budget=2000), None)
    match found:
        case Pair(_, one, other):
            cell = cell_of(one, random)
            there = tuple(next(iter(_bits(other[axis]))) if at == axis else class_ for at, class_ in enumerate(cell))
            assert plan_of(subject, cell) != plan_of(subject, there)
        case None:
            for cell in possible_cells(subject, subject.everyone, random, 10):
                for class_ in classes:
                    there = (*cell[:axis], class_, *cell[axis + 1 :])
                    if subject.space.possible(tuple(1 << one for one in there)) is not None:
                        assert plan_of(subject, cell) == plan_of(subject, there)
        case _:
            pass


def _bits(mask: int) -> list[int]:
    return [place for place in range(mask.bit_length()) if mask >> place & 1]


@pytest.mark.evidence
@TRY
@given(rule_books(SmallCustomer), st.data())
def test_an_invariant_is_broken_just_where_it_is_said_to_be(book: RuleBook, data: st.DataObject) -> None:
    """A customer shown to break a `never` or an `always` does, and where none is shown none is found by sampling."""
    random = Random(data.draw(st.integers(0, 1 << 30)))  # reproducible on purpose
    kind = data.draw(st.sampled_from((InvariantKind.NEVER, InvariantKind.ALWAYS)))
    kinds = data.draw(st.sets(st.sampled_from(("daily", "special", "care")), min_size=1))
    selector = Selector((("kind", tuple(sorted(kinds))),))
    declared = Invariant("i", kind, selector)
    subject = Subject(replace(book, invariants=(declared,)))
    found = list(invariants.find(subject))
    selected = {name for name, action in book.actions.items() if selects(selector, action)}

    def holds(cell: Cell) -> bool:
        some = bool({step.action for step in plan_of(subject, cell)} & selected)
        return some is (kind is InvariantKind.ALWAYS)

    for finding in found:
        if finding.code == "broken-invariant" and finding.region is not None:
            assert not holds(cell_of(finding.region, random))
    if not found:
        assert all(holds(cell) for cell in possible_cells(subject, subject.everyone, random, 15))


HEAD = """
book: {name: b, version: "1", covers: [care]}
actions:
  call: {kind: care, nature: care, title: {zh: 电话, en: call}, channel: phone, precedence: care, proactive: true}
  note: {kind: care, nature: internal, title: {zh: 记录, en: note}, precedence: care}
"""


def findings(text: str, code: str) -> list[Finding]:
    """Return what the check of one code finds in a book."""
    find = {
        "gap": gap.find,
        "never-wins": never_wins.find,
        "unknown-open": unknown_open.find,
        "plan-dates": plan_dates.find,
    }[code]
    return [one for one in find(Subject(parse_rule_book(HEAD + text))) if one.code == code]


GUARD = "guards: [{id: quiet, when: do_not_contact %s, withhold: {nature: care}}]\n"


def test_a_gap_names_the_customers_and_what_withholds_their_actions() -> None:
    """When a guard takes the only action, the gap is the customers whom it guards."""
    (found,) = findings("rules: [{id: r, do: call}]\n" + GUARD % "is true", "gap")

    assert found.message == (
        "customers with `do_not_contact is true` have no `care` action in the plan; "
        "withheld: `call` by the guard `quiet`"
    )


def test_a_second_action_closes_the_gap() -> None:
    """An action that no guard takes serves the customers whom the guard protects."""
    assert findings("rules: [{id: r, do: [call, note]}]\n" + GUARD % "is true", "gap") == []


def test_a_customer_that_an_assumption_rules_out_is_no_gap() -> None:
    """Nobody is shown who cannot be."""
    text = "rules: [{id: r, do: call}]\nassume: [{id: a, always: do_not_contact is not true}]\n"

    assert findings(text + GUARD % "is true", "gap") == []


def test_an_action_that_is_always_guarded_never_wins() -> None:
    """The finding says by what the action is beaten."""
    (found,) = findings(
        "rules: [{id: r, do: [call, note]}]\n" + GUARD.replace("when: do_not_contact %s, ", ""), "never-wins"
    )

    assert found.message == (
        "the action `call` is proposed, but in nobody's plan; "
        "for one customer it is withheld: `call` by the guard `quiet`"
    )


def test_an_action_that_wins_once_is_no_finding() -> None:
    """One customer who gets the action is enough."""
    assert findings("rules: [{id: r, do: [call, note]}]\n" + GUARD % "is true", "never-wins") == []


def test_a_guard_that_an_unknown_value_opens_is_found() -> None:
    """A guard that speaks only of a known value does not guard whoever's value is unknown."""
    (found,) = findings("rules: [{id: r, do: call}]\n" + GUARD % "is true", "unknown-open")

    assert found.message == "the guard `quiet` lets actions through when `do_not_contact` is unknown"
    assert found.region is not None
    assert UNKNOWN in (next(iter(_bits(mask))) for mask in found.region)


def test_a_guard_that_speaks_of_unknown_is_no_finding() -> None:
    """`is not false` guards the customers of whom nothing is known too."""
    assert findings("rules: [{id: r, do: call}]\n" + GUARD % "is not false", "unknown-open") == []


def test_the_days_on_which_plans_change_are_listed() -> None:
    """A rule in force for some days changes plans on the first of them and on the day after the last."""
    (found,) = findings(
        "rules: [{id: r, do: call, from: 2026-03-01, until: 2026-03-31}, {id: s, do: note}]\n", "plan-dates"
    )

    assert (found.at, found.message) == (AS_OF, "plans change on 2026-03-01, 2026-04-01")


def test_a_date_that_changes_no_plan_is_not_listed() -> None:
    """Where another rule does the same without a date, the date changes nothing."""
    assert findings("rules: [{id: r, do: call, from: 2026-03-01}, {id: s, do: call}]\n", "plan-dates") == []


def test_an_invariant_about_two_customers_shows_both() -> None:
    """Where plans depend on an attribute that they must not depend on, both values and the actions are named."""
    book = parse_rule_book(HEAD + "rules: [{id: r, when: age >= 65, do: call}]\n")
    declared = Invariant("fair", InvariantKind.INDEPENDENT, None, attribute="age")
    found = list(invariants.find(Subject(replace(book, invariants=(declared,)))))

    assert found[0].message == (
        "`fair` does not hold: for every customer the plan differs between `age` [0..65) and [65..): "
        "only with [65..): `call`"
    )


def test_a_count_that_falls_with_the_order_is_shown() -> None:
    """When a later tier has fewer actions than an earlier one, the two tiers are named."""
    book = parse_rule_book(HEAD + "rules: [{id: r, when: tier = ordinary, do: call}]\n")
    declared = Invariant("up", InvariantKind.MONOTONE, None, attribute="tier", order=("exit", "ordinary", "key"))
    rising = Invariant("up", InvariantKind.MONOTONE, None, attribute="tier", order=("exit", "ordinary"))

    (found,) = invariants.find(Subject(replace(book, invariants=(declared,))))
    assert found.message == (
        "`up` does not hold: for every customer the plan differs between `tier` ordinary and key: "
        "only with ordinary: `call`"
    )
    assert list(invariants.find(Subject(replace(book, invariants=(rising,))))) == []


@pytest.mark.parametrize("count", [2, 5, 6, 7])
def test_that_a_set_is_unknown_is_a_difference_too(count: int) -> None:
    """Plans that hang on whether a set is known depend on it, however many of its words the book names."""
    words = ("account-opened", "fee-rise", "life-event", "limit-cut", "loan-repaid", "milestone", "rate-change")[:count]
    text = " or ".join(["events is known", *(f"events has {word}" for word in words)])
    book = parse_rule_book(HEAD + f"rules: [{{id: r, when: {text}, do: call}}]\n")
    declared = Invariant("fair", InvariantKind.INDEPENDENT, None, attribute="events")

    found = next(invariants.find(Subject(replace(book, invariants=(declared,)))))
    assert (found.code, found.message.split(": ", 1)[1]) == (
        "broken-invariant",
        "for every customer the plan differs between `events` unknown and "
        + " and ".join(f"lacks {word}" for word in sorted(words))
        + f": only with {' and '.join(f'lacks {word}' for word in sorted(words))}: `call`",
    )


def test_sets_between_which_no_single_word_leads_are_compared() -> None:
    """When everybody has just one of two events, no two customers differ in one word, and still in one attribute."""
    one = "events has milestone and events lacks fee-rise or events lacks milestone and events has fee-rise"
    book = parse_rule_book(
        HEAD + f"rules: [{{id: r, when: events has milestone, do: call}}]\nassume: [{{id: a, always: {one}}}]\n"
    )
    declared = Invariant("fair", InvariantKind.INDEPENDENT, None, attribute="events")

    assert [one.code for one in invariants.find(Subject(replace(book, invariants=(declared,))))] == ["broken-invariant"]


def test_an_assumption_about_many_words_leaves_the_question_open() -> None:
    """Where an assumption may cut the way from one set to another, word by word, nothing is called proven."""
    words = ("account-opened", "fee-rise", "life-event", "limit-cut", "loan-repaid", "milestone")
    text = " or ".join(f"events has {word}" for word in words)
    book = parse_rule_book(
        HEAD
        + f"rules: [{{id: r, do: call}}, {{id: s, when: age > 65 and ({text}), do: call}}]\n"
        + "assume: [{id: a, always: events has milestone or events is unknown or events has fee-rise}]\n"
    )
    declared = Invariant("fair", InvariantKind.INDEPENDENT, None, attribute="events")

    assert [one.code for one in invariants.find(Subject(replace(book, invariants=(declared,))))] == ["undecided-check"]


def test_the_checks_of_a_clean_book_find_nothing() -> None:
    """A book whose one rule plans for everybody has no finding."""
    assert list(check(parse_rule_book(HEAD + "rules: [{id: r, do: [call, note]}]\n"))) == []
