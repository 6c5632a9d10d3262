"""Does planning by columns come to what planning customer by customer comes to?"""

from __future__ import annotations

from random import Random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from relmaint.columnar.planner import BatchPlanner
from relmaint.engine import Engine
from relmaint.ir.rules import RuleBook
from relmaint.model.plan import ActionPlan
from relmaint.testing import customers, dates_near, rule_books
from tests.columnar.frames import batch_of
from tests.models import SmallCustomer

Said = tuple[str, list[tuple[Any, ...]], list[tuple[Any, ...]]]


def by_columns(planner: BatchPlanner, batch: pa.RecordBatch) -> list[Said]:
    """Return what the tables say of each customer of a batch."""
    planned = planner.plan(batch)
    assert planned.faults == ()
    plans = planned.plans.to_pylist()
    found = {one["plan"]: (one["status"], [], []) for one in plans}
    for row in planned.actions.to_pylist():
        said = (row["action"], row["score"], row["owner"], tuple(row["channel"]), tuple(row["reasons"]))
        found[row["plan"]][1].append(said)
    for row in planned.withheld.to_pylist():
        found[row["plan"]][2].append((row["action"], row["stage"], row["rule"]))
    for one in plans:
        first = found[one["plan"]][1][:1]
        assert one["first"] == (first[0][0] if first else None)
    return [found[one["plan"]] for one in plans]


def by_customer(plan: ActionPlan) -> Said:
    """Return the same of a plan for one customer."""
    actions = [
        (one.action, one.score, one.owner, one.channel, tuple(reason.rule for reason in one.reasons))
        for one in plan.actions
    ]
    return str(plan.status), actions, [(one.action, str(one.stage), one.rule) for one in plan.withheld]


@st.composite
def portfolios(draw: st.DrawFn) -> tuple[RuleBook, list[BaseModel], Any]:
    """Draw a book, customers near its constants, and a day."""
    book = draw(rule_books(SmallCustomer))
    as_of = draw(dates_near(book))
    return book, draw(st.lists(customers(SmallCustomer, book=book, as_of=as_of), min_size=1, max_size=8)), as_of


def agrees(case: tuple[RuleBook, list[BaseModel], Any], seed: int) -> None:
    """Assert that both ways of planning by columns say what the reference and the compiled backend say."""
    book, found, as_of = case
    reference, compiled = Engine(book, "reference"), Engine(book)
    expected = [by_customer(reference.plan(one, as_of=as_of)) for one in found]
    batch = batch_of(found, book.vocabulary, Random(seed))

    assert expected == [by_customer(compiled.plan(one, as_of=as_of)) for one in found]
    assert expected == by_columns(BatchPlanner(book, as_of), batch)
    assert expected == by_columns(BatchPlanner(book, as_of, table=0), batch)


@given(portfolios(), st.integers(0, 1 << 30))
@settings(max_examples=30)
def test_columns_plan_what_the_reference_plans(case: tuple[RuleBook, list[BaseModel], Any], seed: int) -> None:
    """Whatever types the columns have, with and without a table, every customer gets the plan of the reference."""
    agrees(case, seed)


@pytest.mark.evidence
@given(portfolios(), st.integers(0, 1 << 30))
@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_columns_plan_what_the_reference_plans_at_length(
    case: tuple[RuleBook, list[BaseModel], Any], seed: int
) -> None:
    """The same for hundreds of books."""
    agrees(case, seed)


@given(portfolios(), st.integers(1, 7))
@settings(max_examples=20)
def test_batches_may_be_cut_anywhere(case: tuple[RuleBook, list[BaseModel], Any], size: int) -> None:
    """A planner says the same of a batch, of its parts, and of the batch once more."""
    book, found, as_of = case
    batch = batch_of(found, book.vocabulary)
    planner = BatchPlanner(book, as_of)
    whole = planner.plan(batch).plans
    parts = [planner.plan(batch.slice(start, size)).plans for start in range(0, len(found), size)]

    assert whole.to_pylist() == [row for part in parts for row in part.to_pylist()]
    assert whole.to_pylist() == BatchPlanner(book, as_of).plan(batch).plans.to_pylist()
