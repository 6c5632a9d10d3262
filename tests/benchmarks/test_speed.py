"""How fast is a plan, next to what else one could do? The table's brackets are ratios to the fastest of the group.

Run `python -m pytest tests/benchmarks --benchmark-only --benchmark-group-by=group --benchmark-columns=median,ops`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from relmaint.engine import Engine
from tests.benchmarks.work import AS_OF, Account, accounts, book, handwritten, lambdas

CUSTOMERS = accounts(500)


def engine_plan(rules: int) -> Callable[[Account], Any]:
    """Return planning by this library with a warm engine."""
    engine = Engine(book(rules))
    for one in CUSTOMERS:
        engine.plan(one, as_of=AS_OF)
    return lambda one: engine.plan(one, as_of=AS_OF)


def names(plan: Any) -> tuple[str, ...]:
    """Return the action names of a plan, of ours or of a contestant's."""
    return plan if isinstance(plan, tuple) else tuple(one.action for one in plan.actions)


def _zen() -> Callable[[Account], Any]:
    pytest.importorskip("zen", reason="zen-engine is a benchmark-only dependency: pip install '.[bench]'")
    from tests.benchmarks.peers import zen

    return zen()


def _durable() -> Callable[[Account], Any]:
    from tests.benchmarks.peers import durable

    return durable()


CONTESTANTS: dict[str, Callable[[], Callable[[Account], Any]]] = {
    "handwritten": handwritten,
    "relmaint": lambda: engine_plan(100),
    "lambdas": lambdas,
    "zen-engine": _zen,
    "durable-rules": _durable,
}


@pytest.mark.parametrize("contestant", CONTESTANTS)
@pytest.mark.benchmark(group="one warm plan, 100 rules")
def test_one_warm_plan(benchmark: Any, contestant: str) -> None:
    """One plan of a validated customer, warm; every contestant gives the same plan."""
    plan = CONTESTANTS[contestant]()
    expected = [handwritten()(one) for one in CUSTOMERS]
    assert expected == [names(plan(one)) for one in CUSTOMERS]
    turns: Iterator[Account] = itertools.cycle(CUSTOMERS)

    benchmark(lambda: plan(next(turns)))


@pytest.mark.parametrize("rules", [100, 1_000, 10_000])
@pytest.mark.benchmark(group="one warm plan by number of rules")
def test_growth_of_a_warm_plan(benchmark: Any, rules: int) -> None:
    """A warm plan costs about the same however many rules there are."""
    plan = engine_plan(rules)
    turns = itertools.cycle(CUSTOMERS)

    benchmark(lambda: plan(next(turns)))


@pytest.mark.parametrize("rules", [100, 1_000, 10_000])
@pytest.mark.benchmark(group="one cold plan by number of rules")
def test_growth_of_a_cold_plan(benchmark: Any, rules: int) -> None:
    """A plan for a cell that the engine has not seen."""
    engine = Engine(book(rules))
    turns = itertools.cycle(CUSTOMERS)

    def cold() -> None:
        engine._outcomes.clear()
        engine.plan(next(turns), as_of=AS_OF)

    benchmark(cold)
