"""Which customer are pinned plans and digests about? One whose model never changes: see test_semantics.py."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from relmaint.model.attributes import About, derived

__all__ = ["FrozenCustomer"]


class FrozenCustomer(BaseModel):
    """A dozen facts, one of every type; all may be unknown but the tier."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    tier: Literal["key", "ordinary", "exit"]
    preference: Literal["deposit", "loan"] | None = None
    habit: Literal["no", "价格", "high-quality"] | None = None
    consent: bool | None = None
    contacts_30d: Annotated[int | None, Field(ge=0, le=9)] = None
    contact_hour: Annotated[int | None, Field(ge=0, le=23)] = None
    streak: int | None = None
    aum: Annotated[Decimal | None, Field(ge=0, decimal_places=2), About("资产", "assets", unit="yuan")] = None
    maturity: date | None = None
    branch: str | None = None
    events: frozenset[Literal["moved", "complained", "off"]] | None = frozenset()

    @derived(ge=0, unit="day")
    def days_to_maturity(self, as_of: date) -> int | None:
        """Days to maturity; unknown once it is past."""
        return None if self.maturity is None or self.maturity < as_of else (self.maturity - as_of).days
