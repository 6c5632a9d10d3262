"""Which customer do the laws try? A small one, so that random books are dense: most rules meet most customers."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from relmaint.model.attributes import About, derived

__all__ = ["Happening", "SmallCustomer", "Taste"]


class Taste(StrEnum):
    """An enum with words that YAML 1.1 and the language itself could misread."""

    NO = "no"
    PRICE = "价格"
    QUALITY = "high-quality"


class Happening(StrEnum):
    """Words of a set."""

    MOVED = "moved"
    COMPLAINED = "complained"
    OFF = "off"


class SmallCustomer(BaseModel):
    """A dozen facts, one of every type; all may be unknown but the tier."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    tier: Literal["key", "ordinary", "exit"]
    preference: Literal["deposit", "loan"] | None = None
    habit: Taste | None = None
    consent: bool | None = None
    contacts_30d: Annotated[int | None, Field(ge=0, le=9)] = None
    contact_hour: Annotated[int | None, Field(ge=0, le=23)] = None
    streak: int | None = None
    aum: Annotated[Decimal | None, Field(ge=0, decimal_places=2), About("资产", "assets", unit="yuan")] = None
    maturity: date | None = None
    branch: str | None = None
    events: frozenset[Happening] | None = frozenset()

    @derived(ge=0, unit="day")
    def days_to_maturity(self, as_of: date) -> int | None:
        """Days to maturity; unknown once it is past."""
        return None if self.maturity is None or self.maturity < as_of else (self.maturity - as_of) // timedelta(days=1)
