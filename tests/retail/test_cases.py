"""Does every shipped book do what its analysts' cases say, whichever backend matches?

With the compiled backend the cases run as everybody's do: pytest collects them by the plug-in.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from pydantic import BaseModel

from relmaint.cases import Case, load_cases, run_case
from relmaint.cases.told import sentences
from relmaint.engine import BACKENDS, BackendName, Engine
from relmaint.model.customer import Customer
from relmaint.rulebook.load import load_rule_book
from tests.policies.books import MODELS, model_of

RULES = Path(__file__).parents[2] / "rules"
BOOKS = sorted(path.parent.name for path in RULES.glob("*/book.yaml"))


def customer_model(book: str) -> type[BaseModel]:
    """Return the customer model that a book is written for."""
    return model_of(book) if book in MODELS else Customer


@cache
def cases_of(book: str) -> tuple[Case, ...]:
    """Read all cases of a book."""
    return load_cases(RULES / book, customer_model(book))


def engine_of(book: str, backend: BackendName) -> Engine:
    """Load a book."""
    return Engine(load_rule_book(RULES / book, customer=customer_model(book)), backend)


@pytest.mark.parametrize("backend", sorted(set(BACKENDS) - {"compiled"}))
@pytest.mark.parametrize("book", BOOKS)
def test_every_backend_passes_all_cases(book: str, backend: BackendName) -> None:
    """The plans are what the analysts expect, and a failure says what came instead."""
    engine = engine_of(book, backend)
    results = [run_case(engine, case) for case in cases_of(book)]

    assert [] == [f"{one.case.span}: {sentence}" for one in results for sentence in sentences(one)]
    assert len(results) > 0


@pytest.mark.parametrize("book", BOOKS)
def test_ids_and_titles_tell_cases_apart(book: str) -> None:
    """One id names one case in the whole book, and every case says in both languages what it shows."""
    ids = [case.id for case in cases_of(book)]

    assert sorted(set(ids)) == sorted(ids)
    assert [] == [case.id for case in cases_of(book) if case.title is None or not (case.title.zh and case.title.en)]


def test_every_guard_of_the_retail_book_has_a_case_or_a_reason() -> None:
    """A guard that changes no plan of any case is one that the shipped catalogue and rules leave nothing to do."""
    engine = engine_of("retail", "compiled")
    seen: set[str] = set()
    for case in cases_of("retail"):
        plan = engine.plan(case.customer, as_of=case.as_of)
        seen.update(one.rule for one in plan.withheld)
        seen.update(name for action in plan.actions for name in action.guards)

    assert {guard.id for guard in engine.book.guards} - seen == IDLE


IDLE = {
    "elderly/no-unasked-high-risk",  # products above level 2 are tried in test_compliance.py
    "elderly/second-person",
    "suitability/investment-assessment-first",  # speaks for investments of level 1
    "suitability/level-3",
    "suitability/level-4",
    "suitability/level-5",
}
"""Guards that stand for actions and rules of a bank's own."""
