"""What can a bank do for a customer, and what decides which rules apply to it?"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from relmaint.text import Text

__all__ = ["DUTY_NATURES", "Action", "Due", "DueUnit", "Kind", "Nature", "Provenance"]


class Kind(StrEnum):
    """The three kinds of maintenance of the source deck: 日常维护, 特殊维护, 客户关怀."""

    DAILY = "daily"
    SPECIAL = "special"
    CARE = "care"


class Nature(StrEnum):
    """What an action is in the eyes of law and guards."""

    SERVICE = "service"
    CARE = "care"
    MARKETING = "marketing"
    RISK = "risk"
    INTERNAL = "internal"


DUTY_NATURES = frozenset({Nature.SERVICE, Nature.RISK})
"""Actions of these natures are duties: no override, guard, merge or budget takes them from a plan."""


class Provenance(StrEnum):
    """Where a statement of a book comes from."""

    SEED = "seed"
    SOURCED = "sourced"
    JUDGEMENT = "judgement"
    RECONSTRUCTED = "reconstructed"


class DueUnit(StrEnum):
    """What a due date is counted in; a business day is Monday to Friday."""

    DAY = "day"
    BUSINESS_DAY = "business day"
    WEEK = "week"
    MONTH = "month"


class Due(BaseModel):
    """By when an action is to be done: `offset` units after `anchor`, negative for before.

    `anchor` names a date attribute of the customer, or `as_of`. A due day that has passed already is today.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    offset: int = 0
    unit: DueUnit = DueUnit.DAY
    anchor: str = "as_of"


Identifier = Annotated[str, Field(pattern=r"^[^\s,{}\[\]#:*&!|>'\"%@`]+$", max_length=120)]


class Action(BaseModel):
    """One entry of the action catalogue.

    Attributes:
        content: which of the four maintenance contents it serves (1.1 of the deck).
        methods: which of the seven maintenance methods it uses (1.2 of the deck).
        proactive: whether the bank starts the contact; only then contact budgets count it. By default an action
            with channels that is not internal is proactive.
        precedence: its class in the ranking of the book.
        base: its score before boosts; higher comes first within a precedence class.
        occasion: discretionary actions of one occasion become one contact.
        product_risk: the level (1 to 5) of the product it offers, for suitability guards.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    id: Identifier
    kind: Kind
    nature: Nature
    title: Text
    content: str | None = None
    methods: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    proactive: bool = True
    owner: str | None = None
    product: str | None = None
    product_risk: Annotated[int, Field(ge=1, le=5)] | None = None
    precedence: str
    base: int = 0
    due: Due | None = None
    cadence: Text | None = None
    purpose: Text | None = None
    occasion: str | None = None
    because: Text | None = None
    source: str | None = None
    provenance: Provenance | None = None
    valid_from: date | None = None
    valid_until: date | None = None

    @property
    def is_duty(self) -> bool:
        """Whether the action is a service, legal or risk duty, which nothing takes from a plan."""
        return self.nature in DUTY_NATURES

    @property
    def is_discretionary_contact(self) -> bool:
        """Whether contact budgets count the action: the bank starts it, and no duty asks for it."""
        return self.proactive and not self.is_duty and self.nature is not Nature.INTERNAL
