"""What is a case, what can it expect of a plan, and how can it come out?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from relmaint.diagnostics import Span
from relmaint.model.action import Kind
from relmaint.model.plan import ActionPlan, PlanStatus
from relmaint.text import Text

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["Case", "CaseResult", "Check", "Expectation", "Pairs", "Verdict"]

Pairs = tuple[tuple[str, str], ...]
"""What is expected of some actions: (action, value), in the order of the file."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must be true of a plan; a field that is not given asks for nothing.

    Args:
        plans: actions that are planned, in any order.
        first: the action of the highest rank.
        before: actions that are planned in this relative order, the highest rank first.
        never: actions that are not planned.
        withheld: (action, rule): the action is withheld by this rule, row or guard; `None` for whichever it is.
        status: how the plan comes out.
        uncovered: exactly the kinds for which no rule speaks.
        due: (action, day): the last day to do it; `None` for no such day.
        owner: (action, owner): who does it; `None` for nobody in particular.
        channel: (action, channels): exactly the channels that remain.
        needs: (action, action): the first is held until the second is done.
        not_before: (action, moment): the first permitted moment, local to the customer; `None` for any.
    """

    plans: tuple[str, ...] = ()
    first: str | None = None
    before: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    withheld: tuple[tuple[str, str | None], ...] = ()
    status: PlanStatus | None = None
    uncovered: tuple[Kind, ...] | None = None
    due: tuple[tuple[str, date | None], ...] = ()
    owner: tuple[tuple[str, str | None], ...] = ()
    channel: tuple[tuple[str, tuple[str, ...]], ...] = ()
    needs: Pairs = ()
    not_before: tuple[tuple[str, datetime | None], ...] = ()

    def actions(self) -> tuple[str, ...]:
        """Return every action that the expectation speaks of, each once, in the order of the fields."""
        first = () if self.first is None else (self.first,)
        pairs = (*self.withheld, *self.due, *self.owner, *self.channel, *self.needs, *self.not_before)
        named = (*self.plans, *first, *self.before, *self.never, *(name for name, _ in pairs))
        return tuple(dict.fromkeys((*named, *(needed for _, needed in self.needs))))


@dataclass(frozen=True, slots=True)
class Case:
    """One customer on one day, and what an analyst expects of the plan.

    Args:
        todo: why the case is known to fail for now; such a case is pending, and fails as soon as it passes.
    """

    id: str
    as_of: date
    customer: BaseModel
    expect: Expectation
    title: Text | None = None
    todo: Text | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a case expects, and whether it came so.

    Args:
        key: the key of `expect` that asks for it; `stranger` when the book has no such action.
        action: the action that it is about; `None` when it is about the whole plan.
        value: what was expected, as the expectation holds it.
        met: whether it is so.
        turns: whether it hangs on the action being in the plan, and the action is out, or the other way round.
    """

    key: str
    action: str | None
    value: object
    met: bool
    turns: bool = False


class Verdict(StrEnum):
    """How a case came out."""

    PASSED = "passed"
    FAILED = "failed"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How a case came out: the plan as it is, and each thing that was expected of it.

    Args:
        plan: `None` when the case names an action that the book does not have.
    """

    case: Case
    checks: tuple[Check, ...]
    plan: ActionPlan | None = None

    @property
    def failures(self) -> tuple[Check, ...]:
        """What did not come as expected."""
        return tuple(check for check in self.checks if not check.met)

    @property
    def verdict(self) -> Verdict:
        """How it came out; a pending case fails when it names an unknown action, or when nothing fails any more."""
        failed = bool(self.failures)
        if self.case.todo is None:
            return Verdict.FAILED if failed else Verdict.PASSED
        return Verdict.PENDING if failed and self.plan is not None else Verdict.FAILED

    @property
    def passed(self) -> bool:
        """Whether everything came as expected, and nothing else was expected of it."""
        return self.verdict is Verdict.PASSED
