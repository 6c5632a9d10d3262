"""Does the state machine hold on a lawful book, and does it notice what is wrong over time?"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import InvalidArgument
from hypothesis.stateful import run_state_machine_as_test

from relmaint.engine import Engine
from relmaint.testing import relationship_machine
from tests.testing.lawful import BOOK, book

TRY = settings(
    max_examples=12,
    stateful_step_count=12,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
NAMES: dict[str, Any] = {"complaints": "streak", "maturity": "maturity"}


def test_a_lawful_book_stays_lawful_over_time() -> None:
    """Steps in any order break nothing, with the durable-rules backend too."""
    run_state_machine_as_test(
        relationship_machine(book(), backends=("compiled", "reference", "rete"), **NAMES), settings=TRY
    )


def test_there_are_few_enough_steps() -> None:
    """More than a dozen steps slow the search of Hypothesis down; those whose fact is missing are left out."""
    machine = vars(relationship_machine(book(), **NAMES))
    steps = [name for name, one in machine.items() if hasattr(one, "hypothesis_stateful_rule")]

    assert 8 <= len(steps) <= 12


def broken(change: Any) -> Any:
    """Return `Engine.plan` with its result changed."""
    plan = Engine.plan

    def changed(self: Engine, customer: Any, *, as_of: Any) -> Any:
        return change(self, plan(self, customer, as_of=as_of))

    return changed


def test_backends_that_differ_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference that plans nothing differs from the other backend."""
    monkeypatch.setattr(
        Engine,
        "plan",
        broken(lambda engine, plan: plan.model_copy(update={"actions": ()}) if engine.backend == "reference" else plan),
    )

    with pytest.raises(AssertionError, match="compiled and reference differ"):
        run_state_machine_as_test(relationship_machine(book(), **NAMES), settings=TRY)


def test_a_broken_guard_of_consent_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that forgets its guards markets without consent."""
    from relmaint.rank.decide import _Run

    monkeypatch.setattr(_Run, "_guard", lambda _: None)

    with pytest.raises(AssertionError, match="marketing without consent: offer"):
        run_state_machine_as_test(relationship_machine(book(), **NAMES), settings=settings(TRY, max_examples=60))


def test_a_plan_that_hangs_on_the_past_is_noticed_by_the_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that remembers how often it was asked gives other plans when the log is replayed."""
    asked = 0

    def counting(_: Engine, plan: Any) -> Any:
        nonlocal asked
        asked += 1
        return plan.model_copy(update={"customer": f"asked {asked} times"})

    monkeypatch.setattr(Engine, "plan", broken(counting))

    with pytest.raises(AssertionError, match="the replay plans otherwise"):
        run_state_machine_as_test(relationship_machine(book(), backends=("compiled",), **NAMES), settings=TRY)


@pytest.mark.parametrize(
    "wrong",
    [{"consent": "tier"}, {"complaints": "aum"}, {"maturity": "days_to_maturity"}, {"backends": ()}],
)
def test_wrong_arguments_are_invalid_arguments(wrong: dict[str, Any]) -> None:
    """A fact of another type, a computed one, and no backend at all are refused."""
    with pytest.raises(InvalidArgument):
        relationship_machine(book(), **wrong)


def test_a_path_is_no_book() -> None:
    """The text of a book is told apart from a book."""
    with pytest.raises(InvalidArgument):
        relationship_machine(BOOK)  # type: ignore[arg-type]  # the mistake that people make
