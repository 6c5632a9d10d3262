"""What do several laws ask of a plan, a book or a customer?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from pydantic import BaseModel

from relmaint.engine import Engine
from relmaint.ir.reference import fires
from relmaint.ir.rules import RuleBook
from relmaint.model.attributes import facts_of
from relmaint.model.plan import ActionPlan
from relmaint.vocabulary import Value

__all__ = ["decided", "discretionary", "facts", "matching", "needs_rules", "outline", "with_rules"]


def facts(book: RuleBook, customer: BaseModel, as_of: date) -> Mapping[str, Value]:
    """Return what is known of a customer on a day."""
    return facts_of(book.vocabulary, customer, as_of)


def matching(engine: Engine, customer: BaseModel, as_of: date) -> set[str]:
    """Return the statements that match by the plain meaning of their conditions."""
    known = facts(engine.book, customer, as_of)
    return {one.id for one in engine.program.statements if one.role != "action" and fires(one.when, known)}


def outline(plan: ActionPlan) -> Any:
    """Return what a plan decides, without the names of rules: actions with their scores, and what is withheld where."""
    return (
        plan.status,
        [(one.action, one.score) for one in plan.actions],
        [(one.action, one.stage) for one in plan.withheld],
        plan.uncovered,
    )


def decided(plan: ActionPlan) -> list[tuple[Any, ...]]:
    """Return what is to be done, in order: which actions, by whom, how and when."""
    return [(one.action, one.owner, one.channel, one.not_before) for one in plan.actions]


def discretionary(plan: ActionPlan, book: RuleBook) -> list[str]:
    """Return the planned actions that contact budgets count."""
    return [one.action for one in plan.actions if book.actions[one.action].is_discretionary_contact]


def with_rules(book: RuleBook, rules: Iterable[Any]) -> RuleBook:
    """Return the book with these rules, in the order of their ids."""
    return replace(book, rules=tuple(sorted(rules, key=lambda one: one.id)))


def needs_rules(book: RuleBook) -> str | None:
    """Say that a book has no rule, if so."""
    return None if book.rules else "the book has no rule"
