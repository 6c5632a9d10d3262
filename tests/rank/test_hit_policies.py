"""Which rows of a table count, and what follows for scores and order?"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from relmaint.engine import Engine
from relmaint.ir.conditions import ALWAYS, Comparison, Operator
from relmaint.ir.rules import Aggregate, HitPolicy, Row, Rule, RuleBook, Table
from relmaint.model.action import Action, Kind, Nature
from relmaint.model.attributes import vocabulary_of
from relmaint.model.plan import ActionPlan, Stage
from relmaint.text import Text
from tests.models import SmallCustomer

DAY = date(2026, 3, 2)
KEY = SmallCustomer(tier="key", contacts_30d=0)


def action(name: str, nature: Nature = Nature.CARE, **fields: Any) -> Action:
    """Return a catalogue entry that no budget counts."""
    return Action(
        id=name, kind=Kind.CARE, nature=nature, title=Text(en=name), precedence="care", proactive=False, **fields
    )


def row(number: int, *do: str, boost: int = 0, tier: str | None = None, limits: tuple[int, ...] = ()) -> Row:
    """Return a row that tests the tier, or nothing."""
    test = Comparison("tier", Operator.EQ, (tier,)) if tier else None
    return Row(f"t#{number}", (test,), do, boost, limits)


def plan_of(hit: HitPolicy, *rows: Row, **fields: Any) -> ActionPlan:
    """Return the plan of a key customer under one table."""
    table = Table("t", hit, ("tier",), ("do", "boost"), rows, **fields)
    names = sorted({name for one in rows for name in one.do})
    book = RuleBook(
        "b", "1", vocabulary_of(SmallCustomer), actions={name: action(name) for name in names}, tables=(table,)
    )
    return Engine(book).plan(KEY, as_of=DAY)


def scores(plan: ActionPlan) -> list[tuple[str, int]]:
    """Return what is planned, in order, with the scores."""
    return [(one.action, one.score) for one in plan.actions]


def test_first_takes_the_first_matching_row_and_names_it() -> None:
    """Of a `first` table one row counts; what the others alone propose is withheld by that row."""
    plan = plan_of(HitPolicy.FIRST, row(1, "x", tier="exit"), row(2, "b", boost=5), row(3, "a", boost=9))

    assert [("b", 5)] == scores(plan)
    assert [("a", Stage.HIT_POLICY, "t#2")] == [(one.action, one.stage, one.rule) for one in plan.withheld]


def test_priority_takes_the_row_with_the_most_important_action() -> None:
    """Of a `priority` table the row counts whose action stands first in `order`."""
    plan = plan_of(HitPolicy.PRIORITY, row(1, "a"), row(2, "b"), row(3, "c"), order=("c", "a", "b"))

    assert [("c", 0)] == scores(plan)


def test_any_counts_agreeing_rows_once() -> None:
    """Rows of an `any` table that agree do not add up."""
    assert [("a", 5)] == scores(plan_of(HitPolicy.ANY, row(1, "a", boost=5), row(2, "a", boost=5)))


def test_unique_counts_its_one_row() -> None:
    """The row of a `unique` table that matches counts."""
    assert [("a", 1)] == scores(plan_of(HitPolicy.UNIQUE, row(1, "a", boost=1, tier="key"), row(2, "b", tier="exit")))


def test_rule_order_ranks_by_row_among_equals() -> None:
    """With equal scores the earlier row's action comes first, against the order of ids."""
    assert [("b", 0), ("a", 0)] == scores(plan_of(HitPolicy.RULE_ORDER, row(1, "b"), row(2, "a")))


def test_output_order_ranks_by_the_order_list_among_equals() -> None:
    """With equal scores the action earlier in `order` comes first; one that is not listed comes last."""
    plan = plan_of(HitPolicy.OUTPUT_ORDER, row(1, "a"), row(2, "b"), row(3, "c"), order=("c", "b"))

    assert ["c", "b", "a"] == [name for name, _ in scores(plan)]


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [(None, 12), (Aggregate.SUM, 12), (Aggregate.MIN, 3), (Aggregate.MAX, 9), (Aggregate.COUNT, 2)],
)
def test_collect_folds_boosts(aggregate: Aggregate | None, expected: int) -> None:
    """A `collect` table adds up, takes the least or the greatest boost, or counts its matching rows."""
    plan = plan_of(HitPolicy.COLLECT, row(1, "a", boost=3), row(2, "a", boost=9), aggregate=aggregate)

    assert [("a", expected)] == scores(plan)


@pytest.mark.parametrize(
    ("aggregate", "expected"), [(Aggregate.SUM, 3), (Aggregate.MIN, 1), (Aggregate.MAX, 2), (Aggregate.COUNT, 2)]
)
def test_collect_folds_budgets(aggregate: Aggregate, expected: int) -> None:
    """A collecting budget table folds the limits of its matching rows into one."""
    table = Table(
        "t",
        HitPolicy.COLLECT,
        ("tier",),
        ("contacts_30d",),
        (row(1, limits=(1,)), row(2, limits=(2,)), row(3, tier="exit", limits=(9,))),
        aggregate,
    )
    calls = {
        name: action(name).model_copy(update={"proactive": True, "channel": ("phone",)})
        for name in ("a", "b", "c", "d")
    }
    book = RuleBook(
        "b", "1", vocabulary_of(SmallCustomer), actions=calls, rules=(Rule("r", do=tuple(calls)),), tables=(table,)
    )

    assert expected == len(Engine(book).plan(KEY, as_of=DAY).actions)


def test_overrides_follow_the_chain_from_the_top() -> None:
    """A rule that was itself set aside sets nothing aside."""
    names = ("a", "b", "c")
    rules = (
        Rule("r/a", ALWAYS, ("a",), overrides=("r/b",)),
        Rule("r/b", ALWAYS, ("b",), overrides=("r/c",)),
        Rule("r/c", ALWAYS, ("c",)),
    )
    book = RuleBook("b", "1", vocabulary_of(SmallCustomer), actions={name: action(name) for name in names}, rules=rules)
    plan = Engine(book).plan(KEY, as_of=DAY)

    assert ["a", "c"] == [one.action for one in plan.actions]
    assert [("b", Stage.OVERRIDE, "r/a")] == [(one.action, one.stage, one.rule) for one in plan.withheld]


def test_an_override_leaves_duties() -> None:
    """The service duty of a rule that was set aside stays planned, its care action does not."""
    actions = {"notice": action("notice", Nature.SERVICE), "greeting": action("greeting")}
    rules = (Rule("r/a", ALWAYS, overrides=("r/b",)), Rule("r/b", ALWAYS, ("greeting", "notice")))
    book = RuleBook("b", "1", vocabulary_of(SmallCustomer), actions=actions, rules=rules)

    assert ["notice"] == [one.action for one in Engine(book).plan(KEY, as_of=DAY).actions]
