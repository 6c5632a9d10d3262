"""How do the tests get at the books of the published policies and at their customer models?"""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path

from pydantic import BaseModel

from relmaint.cases import find_cases, read_cases, run_case
from relmaint.engine import Engine
from relmaint.model.plan import ActionPlan
from relmaint.rulebook.load import check_rule_book, load_rule_book
from relmaint.verify.checks.run import check

RULES = Path(__file__).parents[2] / "rules"

MODELS = {
    "branch-p1": "BranchCustomer",
    "branch-p2": "BranchCustomer",
    "dormant-p6": "Account",
    "adviser-p7": "Client",
}
"""The customer model of each book, by the name of its folder."""


@cache
def model_of(book: str) -> type[BaseModel]:
    """Import the model of a book by its path, as the command line does."""
    name = f"policy_model_{book.replace('-', '_')}"
    spec = importlib.util.spec_from_file_location(name, RULES / book / "model.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return getattr(module, MODELS[book])


@cache
def engine_of(book: str) -> Engine:
    """Load a book with its own model."""
    return Engine(load_rule_book(RULES / book, customer=model_of(book)))


def findings_of(book: str) -> list[str]:
    """Return the codes of everything that `relmaint check` says about a book, but for what the book excepts."""
    loaded = check_rule_book(RULES / book, customer=model_of(book))
    assert loaded.book is not None
    return [finding.code for finding in (*loaded.diagnostics, *check(loaded.book))]


def failing_cases(book: str) -> tuple[int, list[str]]:
    """Run the analysts' cases of a book; return how many there are and what fails."""
    count, failures = 0, []
    for path in find_cases(RULES / book):
        cases, problems = read_cases(path, model_of(book))
        failures.extend(f"{path.name}: {problem.message}" for problem in problems)
        for case in cases:
            count += 1
            failures.extend(f"{case.id}: {failure}" for failure in run_case(engine_of(book), case).failures)
    return count, failures


def planned(plan: ActionPlan) -> set[str]:
    """Return the ids of the planned actions."""
    return {action.action for action in plan.actions}


def owners(plan: ActionPlan) -> set[str]:
    """Return the planned actions that name an owner."""
    return {name for name in planned(plan) if name.startswith("owner-")}
