"""Does the shipped catalogue hold every row of the source tables, complete and harmless?"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from itertools import product

import pytest

from relmaint import Customer, Engine, default_book_path, load_rule_book
from relmaint.ir.conditions import comparisons
from relmaint.ir.rules import Rule, RuleBook
from relmaint.model.action import Action, Kind, Nature
from relmaint.model.customer import Event, Habit, Preference, Tier

ROWS = {
    # 4.3 A deposit; a festival and a birthday are two actions, and the branch head hears of a very large outflow
    "DEP-D1": 1,
    "DEP-D2": 1,
    "DEP-D3": 1,
    "DEP-D4": 1,
    "DEP-S1": 2,
    "DEP-S2": 1,
    "DEP-S3": 1,
    "DEP-S4": 1,
    "DEP-C1": 2,
    "DEP-C2": 1,
    "DEP-C3": 1,
    # 4.3 B loan; early arrears get a call, late arrears a letter
    "LOA-D1": 1,
    "LOA-D2": 1,
    "LOA-D3": 1,
    "LOA-S1": 2,
    "LOA-S2": 1,
    "LOA-S3": 1,
    "LOA-S4": 1,
    "LOA-S5": 1,
    "LOA-C1": 1,
    "LOA-C2": 1,
    "LOA-C3": 1,
    # 4.3 C settlement; a failed payroll has a tighter deadline than other failed payments
    "SET-D1": 1,
    "SET-D2": 1,
    "SET-D3": 1,
    "SET-S1": 2,
    "SET-S2": 1,
    "SET-S3": 1,
    "SET-S4": 1,
    "SET-C1": 1,
    "SET-C2": 1,
    "SET-C3": 1,
    # 4.3 D fee business
    "FEE-D1": 1,
    "FEE-D2": 1,
    "FEE-D3": 1,
    "FEE-S1": 1,
    "FEE-S2": 1,
    "FEE-S3": 1,
    "FEE-S4": 1,
    "FEE-C1": 1,
    "FEE-C2": 1,
    "FEE-C3": 2,
    # 4.3 E balanced; the answer to a life event is service, the proposal after it marketing
    "BAL-D1": 1,
    "BAL-D2": 1,
    "BAL-D3": 1,
    "BAL-S1": 1,
    "BAL-S2": 2,
    "BAL-S3": 1,
    "BAL-C1": 1,
    "BAL-C2": 1,
    # 4.4 purchasing habit
    "REL-D1": 1,
    "REL-D2": 1,
    "REL-S1": 1,
    "REL-S2": 1,
    "REL-C1": 1,
    "REL-C2": 1,
    "QUA-D1": 1,
    "QUA-D2": 1,
    "QUA-S1": 1,
    "QUA-S2": 1,
    "QUA-C1": 1,
    "QUA-C2": 1,
    "PRI-D1": 1,
    "PRI-D2": 1,
    "PRI-S1": 1,
    "PRI-S2": 1,
    "PRI-C1": 1,
    "PRI-C2": 1,
    "CRE-D1": 1,
    "CRE-D2": 1,
    "CRE-S1": 1,
    "CRE-S2": 1,
    "CRE-S3": 1,
    "CRE-C1": 1,
    # 4.5 marketing tier; a monthly contact and a quarterly review are two promises of one row
    "KEY-D1": 2,
    "KEY-D2": 1,
    "KEY-D3": 1,
    "KEY-S1": 1,
    "KEY-S2": 1,
    "KEY-S3": 1,
    "KEY-C1": 1,
    "KEY-C2": 1,
    "KEY-C3": 1,
    "NOR-D1": 1,
    "NOR-D2": 1,
    "NOR-D3": 1,
    "NOR-S1": 1,
    "NOR-S2": 1,
    "NOR-S3": 1,
    "NOR-C1": 2,
    "NOR-C2": 1,
    "EXI-D1": 1,
    "EXI-D2": 1,
    "EXI-D3": 1,
    "EXI-S1": 1,
    "EXI-S2": 1,
    "EXI-S3": 1,
    "EXI-C1": 1,
    "EXI-C2": 2,
}
"""Every row of the tables of 4.3, 4.4 and 4.5, with the number of actions that it becomes."""

WITHOUT_METHOD = {"set-s4-tariff-notice", "exi-s1-end-notice", "exi-s3-stop-exit"}
"""Rows for which the source names no method."""

TIER_SPEAKS = {
    "key-s2-complaint-call",
    "nor-s3-complaint",
    "exi-d1-notices-only",
    "exi-d2-help-on-request",
    "exi-s3-stop-exit",
}
"""Duties whose rules read the tier: who answers a complaint, and how the exit tier is treated."""

KINDS = {"D": Kind.DAILY, "S": Kind.SPECIAL, "C": Kind.CARE}

BOOK = load_rule_book(default_book_path())
ACTIONS = tuple(BOOK.actions.values())


@pytest.fixture(scope="module")
def engine() -> Engine:
    """Plan by the shipped book."""
    return Engine(BOOK)


def rows_of(action: Action) -> list[str]:
    """Return the catalogue rows that an action says it comes from."""
    return re.findall(r"\b[A-Z]{3}-[DSC]\d\b", action.source or "")


def proposers(book: RuleBook, action: str) -> list[str]:
    """Return the rules that propose an action."""
    return [rule.id for rule in book.rules if action in rule.do]


def test_every_row_becomes_the_expected_number_of_actions() -> None:
    """Each row of the source tables is in the catalogue, as often as its deadlines and natures ask."""
    found = Counter(row for action in ACTIONS for row in rows_of(action))

    assert ROWS == dict(found)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_an_action_is_complete(action: Action) -> None:
    """An action says in both languages what it is, when, what for and why; its content and origin are known."""
    texts = (action.title, action.cadence, action.purpose, action.because)

    assert all(text is not None and text.zh and text.en for text in texts)
    assert None not in (action.content, action.owner, action.source, action.provenance)
    assert (action.id in WITHOUT_METHOD) == (not action.methods)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_the_kind_of_an_action_is_that_of_its_row(action: Action) -> None:
    """D is daily, S special and C care, in the code of the row and in the id."""
    expected = {KINDS[row[4]] for row in rows_of(action)} or {KINDS[action.id[4].upper()]}

    assert expected == {action.kind}


def test_internal_work_and_only_that_reaches_nobody() -> None:
    """An internal action has no channel; every other one has, but the exit stop, which is a decision."""
    silent = {action.id for action in ACTIONS if not action.channel}

    assert {action.id for action in ACTIONS if action.nature is Nature.INTERNAL} | {"exi-s3-stop-exit"} == silent


def test_a_product_has_a_risk_level() -> None:
    """Whatever offers a product says its level, so that the suitability guards see it."""
    offers = {action.id for action in ACTIONS if action.product is not None}

    assert {action.id for action in ACTIONS if action.product_risk is not None} == offers
    assert {"bal-s2-life-offer", "dep-d3-rate-calendar", "pri-d1-tariff-sheet"} == offers


def test_every_action_is_proposed() -> None:
    """No action lies in the catalogue without a rule that proposes it."""
    assert [] == [action.id for action in ACTIONS if not proposers(BOOK, action.id)]


def test_every_event_has_an_answer() -> None:
    """Each event word of the model is read by a rule that proposes something."""
    answered = {
        str(operand)
        for rule in BOOK.rules
        if rule.do
        for test in comparisons(rule.when)
        if test.attribute == "events"
        for operand in test.operands
    }

    assert {event.value for event in Event} <= answered


def test_duties_do_not_depend_on_the_tier() -> None:
    """Only the actions named above read the tier to decide on a duty; whatever else is owed is owed to every tier."""
    duties = {action.id for action in ACTIONS if action.is_duty}
    needed = {
        action
        for action in duties
        if all(
            any(test.attribute == "tier" for test in comparisons(rule.when)) for rule in BOOK.rules if action in rule.do
        )
    }

    assert needed == TIER_SPEAKS


AXES = tuple(product((None, *Preference), (None, *Habit), (None, *Tier)))
DAY = date(2026, 3, 11)
NOTHING_KNOWN: dict[str, object] = {"events": None}
EVERYTHING_FORBIDDEN: dict[str, object] = {
    "do_not_contact": True,
    "bereavement": True,
    "hardship": True,
    "vulnerability": True,
    "fraud_case": True,
    "complaints_open": 3,
    "contacts_30d": 99,
    "marketing_consent": False,
    "events": frozenset(Event),
}
QUIET: dict[str, object] = {
    "do_not_contact": False,
    "bereavement": False,
    "hardship": False,
    "vulnerability": False,
    "fraud_case": False,
    "complaints_open": 0,
    "contacts_30d": 0,
    "marketing_consent": True,
    "profiling_refused": False,
    "greetings_welcome": True,
    "events_welcome": True,
    "risk_class": 3,
    "risk_class_expiry": date(2026, 12, 1),
    "arrears_days": 0,
    "last_contact": date(2026, 3, 1),
    "last_review": date(2026, 2, 20),
}


def customer(axes: tuple[Preference | None, Habit | None, Tier | None], facts: dict[str, object]) -> Customer:
    """Build a customer of one combination."""
    preference, habit, tier = axes
    return Customer.model_validate({"id": "c", "preference": preference, "habit": habit, "tier": tier, **facts})


@pytest.mark.parametrize("facts", [NOTHING_KNOWN, EVERYTHING_FORBIDDEN, QUIET], ids=["unknown", "forbidden", "quiet"])
def test_every_combination_has_daily_special_and_care_work(engine: Engine, facts: dict[str, object]) -> None:
    """Each of the 60 combinations, and each with an unknown axis, is planned for in all three kinds, come what may."""
    missing = {
        axes: absent
        for axes in AXES
        if (absent := set(Kind) - {action.kind for action in engine.plan(customer(axes, facts), as_of=DAY).actions})
    }

    assert {} == missing


def test_nothing_happened_means_no_contact(engine: Engine) -> None:
    """A customer who was reviewed last month, and to whom nothing happened, hears nothing from the bank today."""
    contacts = {
        action.action
        for axes in AXES
        for action in engine.plan(customer(axes, QUIET), as_of=DAY).actions
        if action.proactive
    }

    assert set() == contacts


def test_courtesy_is_the_same_for_everyone(engine: Engine) -> None:
    """Courtesy at the counter is in every plan, whatever the class and whatever else is forbidden."""
    without = [
        axes
        for axes in AXES
        for facts in (NOTHING_KNOWN, EVERYTHING_FORBIDDEN, QUIET)
        if "com-c1-courtesy" not in {action.action for action in engine.plan(customer(axes, facts), as_of=DAY).actions}
    ]

    assert [] == without


@pytest.mark.parametrize("rule", BOOK.rules, ids=lambda rule: rule.id)
def test_a_rule_says_why(rule: Rule) -> None:
    """Every rule gives its reason in both languages, and where it comes from."""
    notes = rule.notes

    assert notes.because is not None
    assert all((notes.because.zh, notes.because.en))
    assert None not in (notes.source, notes.provenance)
