"""Does every shipped book do what its analysts' cases say, whichever backend matches?"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from pydantic import BaseModel

from relmaint.cases import Case, find_cases, read_cases, run_case
from relmaint.engine import BACKENDS, Engine
from relmaint.model.customer import Customer
from relmaint.rulebook.load import load_rule_book
from tests.policies.books import MODELS, model_of

RULES = Path(__file__).parents[2] / "rules"
BOOKS = sorted(path.parent.name for path in RULES.glob("*/book.yaml"))


def customer_model(book: str) -> type[BaseModel]:
    """Return the customer model that a book is written for."""
    return model_of(book) if book in MODELS else Customer


@cache
def engine_of(book: str, backend: str) -> Engine:
    """Load a book once for each backend."""
    return Engine(load_rule_book(RULES / book, customer=customer_model(book)), backend)


@cache
def cases_of(book: str) -> tuple[Case, ...]:
    """Read all cases of a book."""
    read = [read_cases(path, customer_model(book))[0] for path in find_cases(RULES / book)]
    return tuple(case for cases in read for case in cases)


ALL = [pytest.param(book, case, id=f"{book}/{case.id}") for book in BOOKS for case in cases_of(book)]


@pytest.fixture(params=sorted(BACKENDS))
def backend(request: pytest.FixtureRequest) -> str:
    """Each backend in turn."""
    return str(request.param)


@pytest.mark.parametrize(("book", "case"), ALL)
def test_case(book: str, case: Case, backend: str) -> None:
    """The plan is what the analyst expects, and a failure says what came instead."""
    result = run_case(engine_of(book, backend), case)

    assert result.failures == (), "\n".join((str(case.span), *result.failures))


@pytest.mark.parametrize("book", BOOKS)
def test_every_case_can_be_read(book: str) -> None:
    """No case is left out because it was written wrongly."""
    problems = [problem for path in find_cases(RULES / book) for problem in read_cases(path, customer_model(book))[1]]

    assert [str(problem) for problem in problems] == []


@pytest.mark.parametrize("book", BOOKS)
def test_every_book_has_cases_of_different_ids(book: str) -> None:
    """A book without a case is not finished, and one id names one case in the whole book."""
    ids = [case.id for case in cases_of(book)]

    assert ids
    assert sorted(set(ids)) == sorted(ids)


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
