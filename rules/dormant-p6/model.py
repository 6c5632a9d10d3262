"""What must a bank know of an account to decide by its published rule whether the account is dormant?

`last_transaction` and `last_interest` are recorded and read by no attribute below: only the customer's own act counts.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from relmaint.model.attributes import About, derived
from relmaint.model.customer import Count, Money

__all__ = ["Account", "Bank", "Holder"]


class Bank(StrEnum):
    """A bank whose rule stands in the book."""

    CIB = "cib"
    BOC_XINJIANG = "boc-xinjiang"
    YUANAN = "yuanan-rcb"
    GUIAN = "guian-village"


class Holder(StrEnum):
    """Who holds the account."""

    PERSON = "person"
    COMPANY = "company"


class Account(BaseModel):
    """One account at one bank, and what hangs on it."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=64), About("账号", "account")]
    bank: Annotated[Bank, About("银行", "bank")]
    holder: Annotated[Holder | None, About("户主类型", "holder")] = None
    balance: Annotated[Money | None, About("余额", "balance", unit="yuan")] = None

    last_active_transaction: Annotated[date | None, About("最后主动交易日", "last active transaction")] = None
    last_transaction: Annotated[date | None, About("最后入账日", "last booking of any sort")] = None
    last_interest: Annotated[date | None, About("最后结息日", "last interest")] = None

    loan_link: Annotated[bool | None, About("关联贷款", "linked to a loan")] = None
    wealth_link: Annotated[bool | None, About("关联理财", "linked to a wealth product")] = None
    custody_link: Annotated[bool | None, About("关联第三方存管", "linked to custody")] = None
    repayment_link: Annotated[bool | None, About("关联还款", "repays a card or a loan")] = None
    debt: Annotated[bool | None, About("有债务", "holder owes the bank")] = None
    social_security_card: Annotated[bool | None, About("社保卡", "social-security card")] = None
    provident_fund_card: Annotated[bool | None, About("公积金卡", "provident-fund card")] = None

    class_1_accounts: Annotated[Count | None, About("I类户数", "class-I accounts of the holder")] = None
    class_2_accounts: Annotated[Count | None, About("II类户数", "class-II accounts of the holder")] = None
    class_3_accounts: Annotated[Count | None, About("III类户数", "class-III accounts of the holder")] = None
    identity_complete: Annotated[bool | None, About("身份信息完整", "identity data are complete and right")] = None
    identity_expiry: Annotated[date | None, About("证件到期日", "expiry of the identity document")] = None
    notice_date: Annotated[date | None, About("公告日", "day of the notice")] = None

    @derived(zh="无主动交易天数", en="days without an active transaction", unit="day", ge=0)
    def days_idle(self, as_of: date) -> int | None:
        """Days since the last active transaction; interest is none."""
        return _days_since(self.last_active_transaction, as_of)

    @derived(zh="无主动交易月数", en="full months without an active transaction", unit="month", ge=0)
    def months_idle(self, as_of: date) -> int | None:
        """Full calendar months since the last active transaction; the 31st is complete on the last day of a month."""
        return _full_months(self.last_active_transaction, as_of)

    @derived(zh="证件过期天数", en="days since the document expired", unit="day", ge=0)
    def days_document_expired(self, as_of: date) -> int | None:
        """Days since the identity document expired; unknown before."""
        return _days_since(self.identity_expiry, as_of)

    @derived(zh="公告起第几日", en="day of the notice period, the day of the notice is day 1", unit="day", ge=1)
    def notice_day(self, as_of: date) -> int | None:
        """Which day of the notice period it is when the day of the notice itself is day 1."""
        days = _days_since(self.notice_date, as_of)
        return None if days is None else days + 1

    @derived(zh="公告后天数", en="days after the notice, the day of the notice is day 0", unit="day", ge=0)
    def days_after_notice(self, as_of: date) -> int | None:
        """The other way to count: the day of the notice is day 0."""
        return _days_since(self.notice_date, as_of)


def _days_since(day: date | None, as_of: date) -> int | None:
    return None if day is None or day > as_of else (as_of - day).days


def _full_months(since: date | None, as_of: date) -> int | None:
    if since is None or since > as_of:
        return None
    months = (as_of.year - since.year) * 12 + as_of.month - since.month
    last_of_month = (as_of + timedelta(days=1)).month != as_of.month
    return months - (as_of.day < since.day and not last_of_month)
