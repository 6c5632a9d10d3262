"""What becomes of every action of the catalogue for one customer, and why?"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from relmaint.model.action import Kind
from relmaint.model.plan import BookRef, PlanStatus, Stage
from relmaint.text import Text

__all__ = ["ActionAccount", "ComparisonAccount", "Explanation", "Outcome", "RuleAccount", "ScorePart"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Outcome(StrEnum):
    """What became of an action; every catalogue action has exactly one."""

    PLANNED = "planned"
    WITHHELD = "withheld"
    NOT_PROPOSED = "not proposed"


class ComparisonAccount(_Record):
    """One comparison of a rule, the value it read, and how it came out; `holds` is `None` when it is unknown."""

    comparison: str
    attribute: str
    value: str
    holds: bool | None


class RuleAccount(_Record):
    """One rule, table row or guard: whether it matched, on which comparisons, and where it is written.

    For a rule that did not match, `comparisons` are those that failed or could not be decided.
    """

    rule: str
    matched: bool
    condition: str
    comparisons: tuple[ComparisonAccount, ...] = ()
    because: Text | None = None
    source: str | None = None
    file: str | None = None
    line: int | None = None


class ScorePart(_Record):
    """Points of a score: the action's base, or the boost of one rule."""

    origin: str
    points: int


class ActionAccount(_Record):
    """What became of one action.

    Attributes:
        rank: its place in the plan, when planned.
        stage: where it was withheld, when it was, and `by` which rule, in that rule's words (`because`).
        rules: the matching rules that propose it.
        score: how its score came about, when it was proposed.
        nearest: when no rule proposed it, the rule that would have with the fewest comparisons changed; `None` when
            no rule of the book proposes the action at all.
    """

    action: str
    title: Text
    kind: Kind
    outcome: Outcome
    rank: int | None = None
    stage: Stage | None = None
    by: RuleAccount | None = None
    because: Text | None = None
    rules: tuple[RuleAccount, ...] = ()
    guards: tuple[RuleAccount, ...] = ()
    score: tuple[ScorePart, ...] = ()
    nearest: RuleAccount | None = None


class Explanation(_Record):
    """Every action of the catalogue exactly once: planned by rank, then withheld, then not proposed, by id."""

    customer: str | None
    as_of: date
    book: BookRef
    status: PlanStatus
    accounts: tuple[ActionAccount, ...]
    uncovered: tuple[Kind, ...] = ()

    def of(self, action: str) -> ActionAccount:
        """Return the account of one action; `KeyError` when the catalogue has no such action."""
        for account in self.accounts:
            if account.action == action:
                return account
        raise KeyError(action)
