"""How do the tests get at the books of the published policies and at their customer models?"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel

from relmaint.engine import Engine
from relmaint.model.named import named_model
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
    """Import the model of a book by its path, as the command line and pytest do."""
    return named_model(f"{RULES / book / 'model.py'}:{MODELS[book]}")


@cache
def engine_of(book: str) -> Engine:
    """Load a book with its own model."""
    return Engine(load_rule_book(RULES / book, customer=model_of(book)))


def findings_of(book: str) -> list[str]:
    """Return the codes of everything that `relmaint check` says about a book, but for what the book excepts."""
    loaded = check_rule_book(RULES / book, customer=model_of(book))
    assert loaded.book is not None
    return [finding.code for finding in (*loaded.diagnostics, *check(loaded.book))]


def planned(plan: ActionPlan) -> set[str]:
    """Return the ids of the planned actions."""
    return {action.action for action in plan.actions}


def owners(plan: ActionPlan) -> set[str]:
    """Return the planned actions that name an owner."""
    return {name for name in planned(plan) if name.startswith("owner-")}
