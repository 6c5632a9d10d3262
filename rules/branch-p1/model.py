"""Which facts does the tiered-maintenance rule of branch P1 ask for, beyond those of the default customer?"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from relmaint.model.attributes import About
from relmaint.model.customer import Customer, Money

__all__ = ["BranchCustomer", "CardGrade"]


class CardGrade(StrEnum):
    """The highest card that the customer holds; the rule asks for gold and above."""

    STANDARD = "standard"
    GOLD = "gold"
    PLATINUM = "platinum"


class BranchCustomer(Customer):
    """A customer of the branch; `aum` holds the personal financial assets of the rule."""

    card_spend_12m: Annotated[Money | None, About("年刷卡消费", "card spending in 12 months", unit="yuan")] = None
    custody_margin: Annotated[Money | None, About("第三方存管保证金", "custody margin", unit="yuan")] = None
    card_grade: Annotated[CardGrade | None, About("卡级别", "highest card")] = None
    private_entry: Annotated[bool | None, About("达私行或财富准入", "meets the private or wealth entry")] = None
    wealth_entry: Annotated[bool | None, About("达中银理财准入", "meets the entry of the wealth brand")] = None
