"""What does a plan say: what to do, in which order, why, and what was withheld?"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from relmaint.model.action import Kind, Nature
from relmaint.text import Text

__all__ = ["ActionPlan", "BookRef", "PlanStatus", "PlannedAction", "Reason", "Stage", "WithheldAction", "stamped"]


class Stage(StrEnum):
    """The stages of a plan that may withhold an action, in order."""

    HIT_POLICY = "hit-policy"
    OVERRIDE = "override"
    GUARD = "guard"
    MERGE = "merge"
    BUDGET = "budget"


class PlanStatus(StrEnum):
    """How a plan came out; an invalid customer is none of these, but an exception."""

    PLANNED = "planned"
    EMPTY = "empty"
    UNCOVERED = "uncovered"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    def with_fields(self, **fields: Any) -> Self:
        """Return a copy with some fields replaced by valid values; `model_copy`, without its generality."""
        copy = self.__class__.__new__(self.__class__)
        _set(copy, "__dict__", self.__dict__ | fields)
        _set(copy, "__pydantic_fields_set__", self.__pydantic_fields_set__ | fields.keys())
        _set(copy, "__pydantic_extra__", None)
        _set(copy, "__pydantic_private__", None)
        return copy


class BookRef(_Record):
    """Which book made a plan: its name, version, and the digest of its content."""

    name: str
    version: str
    digest: str


class Reason(_Record):
    """One rule that proposes an action or adds to its score, and what it says of itself."""

    rule: str
    because: Text | None = None
    boost: int = 0


class PlannedAction(_Record):
    """One action to take.

    Attributes:
        rank: its place in the plan, counted from 1; 1 comes first.
        score: its base plus the boosts of the rules that matched; higher comes first within a precedence class.
        due: the last day to do it; `None` when the book sets no day or the date it hangs on is unknown.
        not_before: the first permitted moment, in the customer's local time, when a guard deferred it.
        guards: the guards that changed it without withholding it.
    """

    rank: int
    action: str
    kind: Kind
    nature: Nature
    title: Text
    precedence: str
    score: int
    due: date | None = None
    not_before: datetime | None = None
    owner: str | None = None
    channel: tuple[str, ...] = ()
    content: str | None = None
    methods: tuple[str, ...] = ()
    proactive: bool = True
    occasion: str | None = None
    reasons: tuple[Reason, ...] = ()
    guards: tuple[str, ...] = ()


class WithheldAction(_Record):
    """One action that some rule proposed and the plan leaves out: at which stage, by which rule, and why.

    Attributes:
        rule: the row, rule, guard or budget that withheld it; for `merge`, the action that it became one contact with.
        needs: the action that must be done first, when a guard holds this one.
    """

    action: str
    stage: Stage
    rule: str
    because: Text | None = None
    needs: str | None = None


class ActionPlan(_Record):
    """What to do for one customer on one day.

    Attributes:
        status: `planned`; `empty` when every proposal was withheld; `uncovered` when no rule speaks for the customer.
        uncovered: the kinds of maintenance for which no rule proposes anything.
        actions: what to do, highest rank first.
        withheld: what was proposed and left out, by action id.
    """

    customer: str | None
    as_of: date
    book: BookRef
    status: PlanStatus
    actions: tuple[PlannedAction, ...] = ()
    withheld: tuple[WithheldAction, ...] = ()
    uncovered: tuple[Kind, ...] = ()

    def of_kind(self, kind: Kind) -> tuple[PlannedAction, ...]:
        """Return the planned actions of one kind, highest rank first."""
        return tuple(action for action in self.actions if action.kind is kind)


_set = object.__setattr__
_set_fields_set = BaseModel.__dict__["__pydantic_fields_set__"].__set__
_set_extra = BaseModel.__dict__["__pydantic_extra__"].__set__
_set_private = BaseModel.__dict__["__pydantic_private__"].__set__
_new = ActionPlan.__new__
_ALL_FIELDS = set(ActionPlan.model_fields)


def stamped(fields: dict[str, Any], customer: str | None, as_of: date) -> ActionPlan:
    """Return a plan with the fields of one that was validated, but for another customer and day.

    This is `model_construct` without its look at every field: planning stamps the same outcome on many customers, and
    this is half of what a warm plan costs. pydantic keeps a model in its `__dict__` and three slots.
    """
    plan = _new(ActionPlan)
    _set(plan, "__dict__", {**fields, "customer": customer, "as_of": as_of})
    _set_fields_set(plan, _ALL_FIELDS)
    _set_extra(plan, None)
    _set_private(plan, None)
    return plan
