"""Is the retail book what docs/compliance.md says of it?"""

from __future__ import annotations

import os
import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from relmaint.engine import Engine
from relmaint.ir.conditions import comparisons
from relmaint.ir.rules import Rule, RuleBook
from relmaint.model.action import Kind, Nature
from relmaint.model.customer import Customer, Event, Habit, Preference, Tier
from relmaint.model.plan import ActionPlan
from relmaint.rulebook.load import default_book_path, load_rule_book
from relmaint.verify.checks import promise, protected_attribute
from relmaint.verify.checks.subject import Subject

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "compliance.md").read_text(encoding="utf-8")
AS_OF = date(2026, 3, 2)


@cache
def book() -> RuleBook:
    """Load the shipped book."""
    return load_rule_book(default_book_path())


def attributes(rule: Rule) -> set[str]:
    """Return what a rule reads."""
    return {comparison.attribute for comparison in comparisons(rule.when)}


def test_every_row_has_a_section_on_the_page() -> None:
    """All 22 rows of what must never happen are answered for."""
    assert [int(number) for number in re.findall(r"^### N(\d+):", PAGE, re.MULTILINE)] == list(range(1, 23))


def test_every_guard_is_on_the_page() -> None:
    """Whoever reads the page learns of every guard; a guard of a numbered family is covered by its first and last."""
    named = set(re.findall(r"`([a-z0-9-]+/[a-z0-9-]+)`", PAGE))
    middle = {"suitability/level-3", "suitability/level-4"}

    assert {guard.id for guard in book().guards} - named == middle


def test_the_page_names_only_what_exists() -> None:
    """Every guard, rule, table and action that the page names is in the book, and every link leads to a file."""
    ids = {statement.id for statement in (*book().rules, *book().guards, *book().tables)} | set(book().actions)
    named = re.findall(r"`([a-z0-9-]+/[a-z0-9-]+|[a-z]{3}-[a-z]\d-[a-z0-9-]+)`", PAGE)
    links = re.findall(r"\]\((\.\.[^)#]+)\)", PAGE)

    assert set(named) - ids == set()
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


def test_every_guard_says_why_in_both_languages_and_from_where() -> None:
    """An analyst can defend every guard: its reason in Chinese and English, its source, and how well it is founded."""
    for guard in book().guards:
        because = guard.notes.because
        assert because is not None, guard.id
        assert because.zh, guard.id
        assert because.en, guard.id
        assert guard.notes.source, guard.id
        assert guard.notes.provenance, guard.id


def test_every_source_key_that_is_cited_is_listed() -> None:
    """The list of sources holds every key that the page and the guards cite."""
    listed = set(re.findall(r"^\| (S-[A-Z0-9]+) \|", PAGE, re.MULTILINE))
    cited = set(re.findall(r"\bS-[A-Z]*[0-9]?[A-Z0-9]*\b", PAGE))
    for guard in book().guards:
        cited.update(re.findall(r"\bS-[A-Z0-9]+\b", guard.notes.source or ""))

    assert cited - listed == set()


def test_no_text_promises_a_return() -> None:
    """N11: no text that a person may read out promises a return or denies a risk."""
    assert [] == [one.message for one in promise.find(Subject(book()))]


def test_the_search_for_promises_finds_one() -> None:
    """The words of the source deck's own praise are among those that the search finds."""
    assert list(promise.promises("风险小、高收益", "zh"))
    assert list(promise.promises("a risk-free product", "en"))


def test_care_reads_no_balance() -> None:
    """N10: whether a customer is cared for never hangs on money that came or went."""
    money = {
        "deposit",
        "investment",
        "aum",
        "outflow_30d",
        "deposit_change_30d",
        "aum_change_90d",
        "deposit_share",
        "band_share",
        "next_band",
        "fee_income",
    }
    gifts = {name for name, action in book().actions.items() if action.kind is Kind.CARE}

    assert [rule.id for rule in book().rules if gifts & set(rule.do) and money & attributes(rule)] == []


def test_protected_traits_only_protect() -> None:
    """N14: nothing that reads age, vulnerability, hardship or bereavement sells, or takes care away."""
    protected = {name for name in book().vocabulary if book().vocabulary[name].protected}

    assert {"age", "birth_date", "vulnerability", "hardship", "bereavement"} <= protected
    assert [] == [one.message for one in protected_attribute.find(Subject(book()))]


def test_no_attribute_is_a_forbidden_trait() -> None:
    """N14: the model knows nothing of looks, religion, ethnicity, sex or disability."""
    forbidden = re.compile(r"look|cloth|religi|ethnic|race|sex|gender|disab|nation")

    assert [name for name in book().vocabulary if forbidden.search(name) and name != "next_festival"] == []


def test_no_rule_for_an_offer_reads_a_credit_decision() -> None:
    """N8: no offer is proposed because credit was asked for, reviewed or refused."""
    decisions = {
        "days_to_limit_review",
        "limit_review",
        "days_to_facility_maturity",
        "facility_maturity",
        "rejected_draws",
    }
    sales = {name for name, action in book().actions.items() if action.nature is Nature.MARKETING}

    assert [rule.id for rule in book().rules if sales & set(rule.do) and decisions & attributes(rule)] == []


# --- products of every level, which the shipped catalogue does not have ---------------------------------------------

SHELF = """
book: {{name: shelf, version: 1.0.0, covers: [daily]}}
include: ['{shipped}']
actions:
  shelf-fund-1: {{kind: daily, nature: marketing, title: fund 1, channel: counter, precedence: growth,
    product: investment, product_risk: 1}}
  shelf-fund-2: {{kind: daily, nature: marketing, title: fund 2, channel: counter, precedence: growth,
    product: investment, product_risk: 2}}
  shelf-card-3: {{kind: daily, nature: marketing, title: card 3, channel: counter, precedence: growth,
    product: card, product_risk: 3}}
  shelf-fund-4: {{kind: daily, nature: marketing, title: fund 4, channel: counter, precedence: growth,
    product: investment, product_risk: 4}}
  shelf-fund-5: {{kind: daily, nature: marketing, title: fund 5, channel: counter, precedence: growth, proactive: false,
    product: investment, product_risk: 5}}
  shelf-notice: {{kind: daily, nature: service, title: notice, channel: [phone, sms], precedence: dated}}
rules:
  - {{id: shelf/all, do: [shelf-fund-1, shelf-fund-2, shelf-card-3, shelf-fund-4, shelf-fund-5, shelf-notice]}}
"""

BUYER: dict[str, Any] = {
    "preference": Preference.INTERMEDIARY,
    "habit": Habit.QUALITY,
    "tier": Tier.KEY,
    "marketing_consent": True,
    "do_not_contact": False,
    "profiling_refused": False,
    "vulnerability": False,
    "hardship": False,
    "bereavement": False,
    "fraud_case": False,
    "complaints_open": 0,
    "arrears_days": 0,
    "contacts_30d": 0,
    "risk_class_expiry": date(2026, 12, 31),
    "last_contact": date(2026, 3, 1),
    "last_review": date(2026, 3, 1),
}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Return an engine for a bank that includes the shipped book and adds a product of every level."""
    path = tmp_path_factory.mktemp("shelf") / "book.yaml"
    shipped = Path(os.path.relpath(default_book_path(), path.parent)).as_posix()
    path.write_text(SHELF.format(shipped=shipped), encoding="utf-8")
    return Engine(load_rule_book(path))


def offers(plan: ActionPlan) -> set[int]:
    """Return the levels of the products on offer."""
    return {int(action.action[-1]) for action in plan.actions if action.action.startswith(("shelf-fund", "shelf-card"))}


@pytest.mark.parametrize(
    ("risk_class", "born", "expected"),
    [
        (1, date(1980, 1, 1), {1}),
        (2, date(1980, 1, 1), {1, 2}),
        (3, date(1980, 1, 1), {1, 2, 3}),
        (4, date(1980, 1, 1), {1, 2, 3, 4}),
        (5, date(1961, 3, 3), {1, 2, 3, 4, 5}),
        (5, date(1961, 3, 2), {1, 2, 3, 5}),
        (5, None, {1, 2, 3, 5}),
        (None, date(1980, 1, 1), set()),
    ],
)
def test_levels_and_age(shelf: Engine, risk_class: int | None, born: date | None, expected: set[int]) -> None:
    """N5, N6: nobody is offered a product above the own class, nor unasked one of high risk from 65 on."""
    plan = shelf.plan(Customer(id="C1", risk_class=risk_class, birth_date=born, **BUYER), as_of=AS_OF)

    assert offers(plan) == expected


@pytest.mark.parametrize(
    ("facts", "needs"),
    [
        ({"risk_class": None}, "com-s1-renew-assessment"),
        ({"risk_class_expiry": None}, "com-s1-renew-assessment"),
        ({"risk_class_expiry": date(2026, 3, 1)}, "com-s1-renew-assessment"),
        ({"events": frozenset({Event.RISK_LEVEL_CHANGE})}, "fee-s2-rematch"),
    ],
)
def test_products_wait_for_the_assessment(shelf: Engine, facts: dict[str, Any], needs: str) -> None:
    """N5: investments and whatever carries a level of 2 or more are held until the customer is assessed again."""
    customer = Customer(id="C1", **{**BUYER, "risk_class": 5, "birth_date": date(1980, 1, 1), **facts})
    plan = shelf.plan(customer, as_of=AS_OF)

    held = {one.action: one.needs for one in plan.withheld}
    assert {held[name] for name in ("shelf-fund-2", "shelf-card-3", "shelf-fund-4", "shelf-fund-5")} == {needs}
    assert held.get("shelf-fund-1") == (needs if needs == "com-s1-renew-assessment" else None)
    assert needs in {action.action for action in plan.actions}


def test_unknown_events_hold_a_product_that_was_asked_for(shelf: Engine) -> None:
    """N5: nobody knows whether a risk level changed, so the match comes first."""
    customer = Customer(id="C1", **{**BUYER, "risk_class": 5, "birth_date": date(1980, 1, 1), "events": None})

    held = {one.action: one.needs for one in shelf.plan(customer, as_of=AS_OF).withheld}
    assert held["shelf-fund-5"] == "fee-s2-rematch"


@pytest.mark.parametrize(("refused", "channel"), [(True, ("sms",)), (None, ("sms",)), (False, ("phone", "sms"))])
def test_a_notice_without_a_quiet_channel_is_a_message_before_it_is_a_call(
    shelf: Engine, refused: bool | None, channel: tuple[str, ...]
) -> None:
    """N2: a notice that can only be called or texted is texted to a customer who asks for peace, and still goes out."""
    plan = shelf.plan(Customer(id="C1", **{**BUYER, "do_not_contact": refused}), as_of=AS_OF)

    assert next(action.channel for action in plan.actions if action.action == "shelf-notice") == channel


def test_a_second_person_joins_from_65_on(shelf: Engine) -> None:
    """N6: from level 3 on the branch head takes over the talk from 65 on or at an unknown age, and not at 64."""
    owners = {
        age: {action.action[-1]: action.owner for action in plan.actions if action.action.startswith("shelf-")}
        for age, born in ((64, date(1961, 3, 3)), (65, date(1961, 3, 2)), (None, None))
        for plan in [shelf.plan(Customer(id="C1", risk_class=5, birth_date=born, **BUYER), as_of=AS_OF)]
    }

    assert {owners[age][level] for age in (65, None) for level in ("3", "5")} == {"branch-manager"}
    assert owners[65]["2"] is None
    assert owners[64]["3"] is None
