"""Does a failing case tell its analyst where the nearest boundary is, and where each rule stands?"""

from __future__ import annotations

from datetime import date

import pytest

from relmaint.cases import Case, Expectation, run_case
from relmaint.cases.account import CaseAccount, Reporter
from relmaint.engine import Engine
from relmaint.model.customer import Customer, Tier
from relmaint.model.plan import PlanStatus
from relmaint.rulebook.load import parse_rule_book
from tests.cases.test_read_and_run import BOOK

ENGINE = Engine(parse_rule_book(BOOK))
REPORTER = Reporter(ENGINE)
DAY = date(2026, 3, 2)


def account(expect: Expectation, **facts: object) -> CaseAccount:
    """Account for a case of a key customer whose deposit matures in nine days."""
    customer = Customer(id="x", tier=Tier.KEY, deposit_maturity=date(2026, 3, 11), **facts)
    return REPORTER.account(run_case(ENGINE, Case("x", DAY, customer, expect)))


def test_the_boundary_names_the_constant_and_the_rule() -> None:
    """The least change is nine days to seven, across the only constant of the rule."""
    (near,) = account(Expectation(plans=("notice",))).nearest
    change = near.answer.changes[0]

    assert {"days_to_maturity": "days_to_maturity < 8"} == change.to
    assert [("notice", "days_to_maturity <= 7")] == [(one.statement, one.comparison) for one in change.edges]
    assert 10 == (change.edges[0].span.line if change.edges[0].span else None)


@pytest.mark.parametrize(
    ("expect", "actions"),
    [
        (Expectation(plans=("notice",), first="notice"), ["notice"]),
        (Expectation(never=("notice", "offer")), ["offer"]),
        (Expectation(withheld=(("notice", None),)), []),
        (Expectation(status=PlanStatus.EMPTY, channel=(("assess", ("phone",)),)), []),
        (Expectation(due=(("notice", DAY),)), ["notice"]),
        (Expectation(withheld=(("assess", "consent"),)), ["assess"]),
    ],
)
def test_boundaries_are_of_actions_whose_presence_failed(expect: Expectation, actions: list[str]) -> None:
    """An action that is planned as expected, only otherwise, has no boundary to cross."""
    found = account(expect, marketing_consent=True)

    assert actions == [near.action for near in found.nearest]


def test_all_rules_that_match_are_listed() -> None:
    """Rules and guards, each with its line."""
    found = account(Expectation(plans=("notice",)))

    assert [("offer", 11), ("assessed", 14), ("consent", 13)] == [
        (one.statement, one.span.line if one.span else None) for one in found.matched
    ]


def test_what_nothing_can_change_is_said() -> None:
    """Where no change helps, the text says so; where none was looked for, how to see it."""
    never = account(Expectation(plans=("offer",)), birth_date=date(2030, 1, 1))
    later = REPORTER.account(never.result, nearest=False)

    assert "-k x" in REPORTER.text(later, "en")
    assert "-k x" not in REPORTER.text(never, "en")


def test_both_columns_stand_below_their_heads() -> None:
    """Chinese and English texts line up, and every planned action is somewhere on the right."""
    found = account(Expectation(plans=("notice",), never=("offer",)), marketing_consent=True, risk_class=3)
    for language, head in (("en", "actual"), ("zh", "实际")):
        lines = REPORTER.text(found, language).splitlines()
        assert head in lines[0]
        assert ["x", "x"] == [line[2] for line in lines[1:3]]
        assert lines[3].strip() == "2  fund"
