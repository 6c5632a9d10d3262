"""What must an adviser know of a client to keep the 12-4-2 promise?

How many clients an adviser serves is a property of the adviser's book, no fact about a client: it stands nowhere here.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from relmaint.model.attributes import About, derived

__all__ = ["Client"]


class Client(BaseModel):
    """A client of an adviser; `below_line` is the firm's own decision, taken before."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=64), About("客户号", "client")]
    financial_plan: Annotated[bool | None, About("已有理财规划", "a financial plan exists")] = None
    below_line: Annotated[bool | None, About("低于服务线", "below the line")] = None
    service_start: Annotated[date | None, About("服务开始日", "start of the service")] = None
    agreed_contact: Annotated[date | None, About("约定联系日", "agreed day of the next contact")] = None
    request_received: Annotated[date | None, About("请求收到日", "day of an open request")] = None

    @derived(zh="服务年第几月", en="month of the service year of the agreed contact", unit="month", ge=1, le=12)
    def service_month(self, as_of: date) -> int | None:  # noqa: ARG002 - every derivation takes the day
        """Which of the twelve months of the service year the agreed contact falls into; each month has one contact."""
        start, contact = self.service_start, self.agreed_contact
        if start is None or contact is None or contact < start:
            return None
        months = (contact.year - start.year) * 12 + contact.month - start.month - (contact.day < start.day)
        return months % 12 + 1
