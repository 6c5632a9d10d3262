"""Does planning by columns come to what planning customer by customer comes to?"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from relmaint import Customer, default_book_path, load_rule_book
from relmaint.columnar.columns import Numbers, read_column
from relmaint.columnar.derive import Derivations
from relmaint.columnar.planner import BatchPlanner
from relmaint.engine import Engine
from relmaint.ir.rules import RuleBook
from relmaint.model.attributes import derived, vocabulary_of
from relmaint.model.plan import ActionPlan
from relmaint.testing import customers, dates_near, rule_books
from tests.columnar.frames import batch_of
from tests.columnar.population import DAY, population
from tests.models import SmallCustomer


@pytest.fixture(scope="module")
def book() -> RuleBook:
    """Return the shipped book."""
    return load_rule_book(default_book_path())


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

    matched = Counter(name for one in found for name in reference.activations(one, as_of=as_of))
    statements = [one.id for one in reference.program.statements if one.role != "action"]

    assert expected == [by_customer(compiled.plan(one, as_of=as_of)) for one in found]
    for planner in (BatchPlanner(book, as_of), BatchPlanner(book, as_of, table=0)):
        assert expected == by_columns(planner, batch)
        counts = planner.plan(batch).matched
        assert {name: matched[name] for name in statements} == {name: counts[name] for name in statements}


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


def test_a_population_is_planned_for_as_its_customers_are(book: RuleBook) -> None:
    """Some hundred customers of the shipped model: status, actions, reasons, withheld, as one by one."""
    batch = population(book, 400, seed=5)
    engine = Engine(book)
    found = [Customer.model_validate(row, strict=False) for row in batch.to_pylist()]
    expected = [by_customer(engine.plan(one, as_of=DAY)) for one in found]

    assert expected == by_columns(BatchPlanner(book, DAY), batch)


@pytest.mark.evidence
def test_a_large_population_is_planned_for_as_its_customers_are(book: RuleBook) -> None:
    """The same for twenty thousand, in batches of their own sizes, by one planner that several threads ask."""
    batch = population(book, 20_000, seed=6)
    engine = Engine(book)
    planner = BatchPlanner(book, DAY)
    batches = [batch.slice(start, 1 + start % 1700) for start in _starts(batch.num_rows)]
    with ThreadPoolExecutor(4) as pool:
        planned = list(pool.map(planner.plan, batches))
    actions: dict[int, list[tuple[str, int, tuple[str, ...]]]] = {}
    for one in planned:
        for row in one.actions.to_pylist():
            actions.setdefault(row["plan"], []).append((row["action"], row["score"], tuple(row["reasons"])))
    customers = [row for one in planned for row in one.plans.to_pylist()]

    assert batch.num_rows == len(customers)
    for row, said in zip(batch.to_pylist(), customers, strict=True):
        plan = engine.plan(Customer.model_validate(row, strict=False), as_of=DAY)
        expected = [(one.action, one.score, tuple(reason.rule for reason in one.reasons)) for one in plan.actions]
        assert (plan.customer, str(plan.status), expected) == (
            said["customer"],
            said["status"],
            actions.get(said["plan"], []),
        )


def _starts(rows: int) -> list[int]:
    """Return where batches begin that are as long as the test above makes them."""
    found = [0]
    while found[-1] < rows:
        found.append(found[-1] + 1 + found[-1] % 1700)
    return found[:-1]


def test_columns_that_a_derivation_wants_are_asked_for() -> None:
    """The columns to read hold all that a derived attribute can hang on, however its function finds them."""
    vocabulary = vocabulary_of(Wanting)
    derivations = Derivations(vocabulary, DAY)

    assert {"first", "second", "third", "fourth"} == set(derivations.inputs("sum_up"))
    columns = {name: pa.array([1, 2, 0]) for name in ("first", "second", "third", "fourth")}
    read = {name: read_column(name, vocabulary[name].type, array, optional=True)[0] for name, array in columns.items()}
    found = derivations.column("sum_up", 3, read.__getitem__)
    assert isinstance(found, Numbers)
    assert [4, 8, 0] == found.units.tolist()


class Wanting(BaseModel):
    """A customer of whom a derivation reads facts by way of a property, a method and a function."""

    id: str
    first: int = 0
    second: int = 0
    third: int = 0
    fourth: int = 0

    @property
    def half(self) -> int:
        """Two of the facts."""
        return self.first + self.second

    def rest(self) -> int:
        """The third."""
        return self.third

    @derived()
    def sum_up(self, as_of: date) -> int:
        """All of them."""
        return 0 if not self.half else self.half + self.rest() + _fourth_of(self)


def _fourth_of(one: Wanting) -> int:
    return one.fourth
