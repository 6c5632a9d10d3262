"""What may a bank know of a customer when it decides how to keep up the relationship?

Every optional fact can be unknown, and unknown falls on the safe side of every guard. There is no field for looks,
religion or ethnicity, and none for the current transaction's size: the relationship is judged, never the errand.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from relmaint.model.attributes import About, derived
from relmaint.model.calendar import Festival, days_to_yearly, days_until, next_festival

__all__ = ["Channel", "Customer", "Event", "Habit", "Preference", "Tier"]


class Preference(StrEnum):
    """Product preference 产品偏好 (1.3.1 of the deck; `settlement` is reconstructed, the deck's item 3 is missing)."""

    DEPOSIT = "deposit"
    LOAN = "loan"
    SETTLEMENT = "settlement"
    INTERMEDIARY = "intermediary"
    BALANCED = "balanced"


class Habit(StrEnum):
    """Purchasing habit 购买习性 (1.3.2): `credit` gives business to banks in proportion to the credit they allocate."""

    RELATIONSHIP = "relationship"
    QUALITY = "quality"
    PRICE = "price"
    CREDIT = "credit"


class Tier(StrEnum):
    """Marketing tier 营销分级 (1.3.3)."""

    KEY = "key"
    ORDINARY = "ordinary"
    EXIT = "exit"


class Channel(StrEnum):
    """A way to reach a customer."""

    VISIT = "visit"
    PHONE = "phone"
    WECHAT = "wechat"
    SMS = "sms"
    APP = "app"
    LETTER = "letter"
    EMAIL = "email"
    COUNTER = "counter"
    EVENT = "event"


class Event(StrEnum):
    """Something that happened and is not yet dealt with; it came from the customer or from the bank's own systems."""

    ACCOUNT_OPENED = "account-opened"
    CHANNEL_DEFECT = "channel-defect"
    COMPETITOR_OFFER = "competitor-offer"
    COURTESY_REFUSED = "courtesy-refused"
    CREDIT_SEARCH = "credit-search"
    CUSTOMER_LEAVING = "customer-leaving"
    DOWNGRADE_PENDING = "downgrade-pending"
    EARLY_WITHDRAWAL = "early-withdrawal"
    EXIT_APPROVED = "exit-approved"
    FEE_COMPLAINT = "fee-complaint"
    FEE_RISE = "fee-rise"
    ILLNESS_TOLD = "illness-told"
    INVESTMENT_INTEREST = "investment-interest"
    LIFE_EVENT = "life-event"
    LIMIT_CUT = "limit-cut"
    LIMIT_REFUSED = "limit-refused"
    LOAN_REPAID = "loan-repaid"
    MANAGER_CHANGE = "manager-change"
    MILESTONE = "milestone"
    OUTAGE_PLANNED = "outage-planned"
    PAYROLL_FAILED = "payroll-failed"
    PREPAYMENT_REQUEST = "prepayment-request"
    RATE_CHANGE = "rate-change"
    REENTRY_REQUEST = "reentry-request"
    RISK_LEVEL_CHANGE = "risk-level-change"
    SECURITY_ALERT = "security-alert"
    SERVICE_FAILURE = "service-failure"
    STAFF_CHANGE = "staff-change"
    TARIFF_CHANGE = "tariff-change"
    UNUSUAL_WITHDRAWAL = "unusual-withdrawal"


Money = Annotated[Decimal, Field(ge=0, le=Decimal("1e13"), decimal_places=2)]
Ratio = Annotated[Decimal, Field(ge=-1, le=100, decimal_places=4)]
Share = Annotated[Decimal, Field(ge=0, le=1, decimal_places=4)]
Count = Annotated[int, Field(ge=0, le=100_000)]

_SHARE_GRID = Decimal("0.0001")
_ZERO = Decimal(0)


class Customer(BaseModel):
    """A customer of a bank, as its own records and its own words describe it.

    Money is in yuan, exact to the cent. Changes and shares are fractions: -0.3 is a fall by 30 %.
    Sources of the fields: sections 4, 5 and 7 of the domain brief, cited row by row in the shipped rule book.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=64), About("客户号", "customer id")]
    branch: Annotated[str | None, About("网点", "branch")] = None
    manager: Annotated[str | None, About("客户经理", "relationship manager")] = None

    preference: Annotated[Preference | None, About("产品偏好", "product preference")] = None
    habit: Annotated[Habit | None, About("购买习性", "purchasing habit")] = None
    tier: Annotated[Tier | None, About("营销分级", "marketing tier")] = None

    deposit: Annotated[Money | None, About("存款", "deposits", unit="yuan")] = None
    loan: Annotated[Money | None, About("贷款", "loans", unit="yuan")] = None
    investment: Annotated[Money | None, About("投资", "investments", unit="yuan")] = None
    aum: Annotated[Money | None, About("管理资产", "assets under management", unit="yuan")] = None
    next_band: Annotated[Money | None, About("上一档门槛", "entry of the next band", unit="yuan")] = None
    payment_flow: Annotated[Money | None, About("月支付流量", "payment flow a month", unit="yuan")] = None
    fee_income: Annotated[Money | None, About("年中间业务收入", "fee income in 12 months", unit="yuan")] = None
    outflow_30d: Annotated[Money | None, About("30天流出", "outflow in 30 days", unit="yuan")] = None

    deposit_change_30d: Annotated[Ratio | None, About("30天存款变动", "deposit change on the 30-day average")] = None
    aum_change_90d: Annotated[Ratio | None, About("90天资产变动", "change of assets in 90 days")] = None
    turnover_change_60d: Annotated[Ratio | None, About("60天结算量变动", "change of turnover in 2 months")] = None
    pillar_change_90d: Annotated[Ratio | None, About("单项业务变动", "largest fall of one line in 90 days")] = None
    unrealised_return: Annotated[Ratio | None, About("浮动盈亏", "unrealised return on investments")] = None
    limit_utilisation: Annotated[Share | None, About("额度使用率", "use of the credit limit")] = None

    deposit_maturity: Annotated[date | None, About("存款到期日", "deposit maturity")] = None
    auto_rollover: Annotated[bool | None, About("自动转存", "auto-rollover")] = None
    product_maturity: Annotated[date | None, About("产品到期日", "product maturity or open period")] = None
    facility_maturity: Annotated[date | None, About("授信到期日", "maturity of the credit facility")] = None
    limit_review: Annotated[date | None, About("额度复审日", "date of the limit review")] = None
    next_repayment: Annotated[date | None, About("下次还款日", "next repayment")] = None
    loan_drawdown: Annotated[date | None, About("放款日", "drawdown of the newest loan")] = None
    benefit_expiry: Annotated[date | None, About("权益到期日", "expiry of benefits, points or waivers")] = None
    document_expiry: Annotated[date | None, About("证件到期日", "expiry of the identity document")] = None

    relationship_start: Annotated[date | None, About("建立关系日", "start of the relationship", immutable=True)] = None
    birth_date: Annotated[date | None, About("出生日期", "birth date", protected=True, immutable=True)] = None
    last_contact: Annotated[date | None, About("上次联系日", "last contact")] = None
    last_review: Annotated[date | None, About("上次回顾日", "last relationship review")] = None
    contacts_30d: Annotated[Count | None, About("30天联系次数", "contacts in 30 days")] = None
    preferred_channel: Annotated[Channel | None, About("偏好渠道", "preferred channel")] = None
    contact_hour: Annotated[
        int | None, Field(ge=0, le=23), About("当地时刻", "local hour of the contact", unit="hour")
    ] = None

    complaints_open: Annotated[Count | None, About("未结投诉", "open complaints")] = None
    complaints_12m: Annotated[Count | None, About("年投诉次数", "complaints in 12 months")] = None
    failed_payments_30d: Annotated[Count | None, About("30天失败支付", "failed payments in 30 days")] = None
    product_exits_180d: Annotated[Count | None, About("180天产品退出", "product exits in 180 days")] = None
    rejected_draws: Annotated[Count | None, About("被拒提款", "rejected draws on the limit")] = None
    arrears_days: Annotated[Count | None, About("逾期天数", "days in arrears", unit="day")] = None
    salary_stopped: Annotated[bool | None, About("代发停止", "salary stopped")] = None

    marketing_consent: Annotated[bool | None, About("营销同意", "consent to marketing")] = None
    do_not_contact: Annotated[bool | None, About("免打扰", "do not contact")] = None
    greetings_welcome: Annotated[bool | None, About("接受问候", "greetings are welcome")] = None
    events_welcome: Annotated[bool | None, About("接受活动邀请", "invitations are welcome")] = None
    profiling_refused: Annotated[bool | None, About("拒绝个性化", "refuses profiling")] = None

    risk_class: Annotated[int | None, Field(ge=1, le=5), About("风险等级", "risk class, 1 lowest to 5")] = None
    risk_class_expiry: Annotated[date | None, About("风评到期日", "expiry of the risk assessment")] = None
    vulnerability: Annotated[bool | None, About("脆弱客户", "vulnerability", protected=True)] = None
    hardship: Annotated[bool | None, About("经济困难", "hardship", protected=True)] = None
    bereavement: Annotated[bool | None, About("丧亲", "bereavement", protected=True)] = None
    fraud_case: Annotated[bool | None, About("涉诈案件", "open fraud case")] = None
    owner_operator: Annotated[bool | None, About("经营业主", "runs a business of its own")] = None
    events: Annotated[frozenset[Event] | None, About("待处理事件", "open events")] = frozenset()

    @derived(zh="距存款到期", en="days to deposit maturity", unit="day", ge=0)
    def days_to_maturity(self, as_of: date) -> int | None:
        """Days to the maturity of the next deposit; unknown once it has matured."""
        return _days_ahead(self.deposit_maturity, as_of)

    @derived(zh="距产品到期", en="days to product maturity", unit="day", ge=0)
    def days_to_product_maturity(self, as_of: date) -> int | None:
        """Days to the maturity or open period of the next product; unknown once it is past."""
        return _days_ahead(self.product_maturity, as_of)

    @derived(zh="距授信到期", en="days to facility maturity", unit="day", ge=0)
    def days_to_facility_maturity(self, as_of: date) -> int | None:
        """Days to the maturity of the credit facility; unknown once it is past."""
        return _days_ahead(self.facility_maturity, as_of)

    @derived(zh="距额度复审", en="days to limit review", unit="day", ge=0)
    def days_to_limit_review(self, as_of: date) -> int | None:
        """Days to the yearly review of the limit; unknown once it is past."""
        return _days_ahead(self.limit_review, as_of)

    @derived(zh="距还款日", en="days to repayment", unit="day", ge=0)
    def days_to_repayment(self, as_of: date) -> int | None:
        """Days to the next repayment; unknown once it is past."""
        return _days_ahead(self.next_repayment, as_of)

    @derived(zh="距权益到期", en="days to benefit expiry", unit="day", ge=0)
    def days_to_benefit_expiry(self, as_of: date) -> int | None:
        """Days until benefits, points or waivers lapse; unknown once they have."""
        return _days_ahead(self.benefit_expiry, as_of)

    @derived(zh="距风评到期", en="days to expiry of the risk assessment", unit="day")
    def days_to_risk_expiry(self, as_of: date) -> int | None:
        """Days until the risk assessment expires; negative once it has."""
        return None if self.risk_class_expiry is None else (self.risk_class_expiry - as_of).days

    @derived(zh="距证件到期", en="days to expiry of the document", unit="day")
    def days_to_document_expiry(self, as_of: date) -> int | None:
        """Days until the identity document expires; negative once it has."""
        return None if self.document_expiry is None else (self.document_expiry - as_of).days

    @derived(zh="放款后天数", en="days since drawdown", unit="day", ge=0)
    def days_since_drawdown(self, as_of: date) -> int | None:
        """Days since the newest loan was drawn."""
        return _days_back(self.loan_drawdown, as_of)

    @derived(zh="距上次联系", en="days since the last contact", unit="day", ge=0)
    def days_since_contact(self, as_of: date) -> int | None:
        """Days since the last contact."""
        return _days_back(self.last_contact, as_of)

    @derived(zh="距上次回顾", en="days since the last review", unit="day", ge=0)
    def days_since_review(self, as_of: date) -> int | None:
        """Days since the last relationship review."""
        return _days_back(self.last_review, as_of)

    @derived(zh="关系天数", en="days of the relationship", unit="day", ge=0)
    def relationship_days(self, as_of: date) -> int | None:
        """Days since the relationship began."""
        return _days_back(self.relationship_start, as_of)

    @derived(zh="关系年数", en="years of the relationship", unit="year", ge=0, le=200)
    def tenure_years(self, as_of: date) -> int | None:
        """Full years since the relationship began."""
        return _years(self.relationship_start, as_of)

    @derived(zh="距关系周年", en="days to the anniversary", unit="day", ge=0, le=366)
    def days_to_anniversary(self, as_of: date) -> int | None:
        """Days to the next anniversary of the relationship."""
        return None if self.relationship_start is None else days_to_yearly(self.relationship_start, as_of)

    @derived(zh="下一周年", en="years at the next anniversary", unit="year", ge=0, le=200)
    def anniversary_years(self, as_of: date) -> int | None:
        """How many years the relationship lasts on its next anniversary (today's, if it is today)."""
        start = self.relationship_start
        if start is None or start > as_of:
            return None
        years = _years(start, as_of)
        return years if years is None or days_to_yearly(start, as_of) == 0 else years + 1

    @derived(zh="年龄", en="age", unit="year", ge=0, le=200, protected=True)
    def age(self, as_of: date) -> int | None:
        """Age in full years; it protects, and never excludes."""
        return _years(self.birth_date, as_of)

    @derived(zh="距生日", en="days to the birthday", unit="day", ge=0, le=366)
    def days_to_birthday(self, as_of: date) -> int | None:
        """Days to the next birthday; the 29th of February is kept on the 28th in a year that has none."""
        return None if self.birth_date is None else days_to_yearly(self.birth_date, as_of)

    @derived(zh="下一生日", en="next birthday", protected=True)
    def next_birthday(self, as_of: date) -> date | None:
        """The day of the next birthday, today's included."""
        days = self.days_to_birthday(as_of)
        return None if days is None else as_of + timedelta(days=days)

    @derived(zh="下一周年日", en="next anniversary")
    def next_anniversary(self, as_of: date) -> date | None:
        """The day of the next anniversary of the relationship, today's included."""
        days = self.days_to_anniversary(as_of)
        return None if days is None else as_of + timedelta(days=days)

    @derived(zh="下一节日之日", en="day of the next festival")
    def next_festival_day(self, as_of: date) -> date | None:
        """The day of the next festival, today's included; unknown outside the years of the calendar."""
        days = self.days_to_festival(as_of)
        return None if days is None else as_of + timedelta(days=days)

    @derived(zh="存款占比", en="share of deposits", ge=0, le=1, places=4)
    def deposit_share(self, as_of: date) -> Decimal | None:
        """Deposits as a share of deposits, loans and investments; unknown when a part is, or all are nil."""
        return _share(self.deposit, self.deposit, self.loan, self.investment)

    @derived(zh="贷款占比", en="share of loans", ge=0, le=1, places=4)
    def loan_share(self, as_of: date) -> Decimal | None:
        """Loans as a share of deposits, loans and investments; unknown when a part is, or all are nil."""
        return _share(self.loan, self.deposit, self.loan, self.investment)

    @derived(zh="投资占比", en="share of investments", ge=0, le=1, places=4)
    def investment_share(self, as_of: date) -> Decimal | None:
        """Investments as a share of deposits, loans and investments; unknown when a part is, or all are nil."""
        return _share(self.investment, self.deposit, self.loan, self.investment)

    @derived(zh="距上一档比例", en="assets as a share of the next band", ge=0, le=100, places=4)
    def band_share(self, as_of: date) -> Decimal | None:
        """Assets as a share of the entry of the next band; unknown when either is, or there is no next band."""
        return None if not self.next_band else _ratio(self.aum, self.next_band)

    @derived(zh="下一节日", en="next festival")
    def next_festival(self, as_of: date) -> Festival | None:
        """The next festival on which a greeting is fitting; unknown outside the years of the calendar."""
        return found[0] if (found := next_festival(as_of)) else None

    @derived(zh="距下一节日", en="days to the next festival", unit="day", ge=0, le=366)
    def days_to_festival(self, as_of: date) -> int | None:
        """Days to the next festival; unknown outside the years of the calendar."""
        return found[1] if (found := next_festival(as_of)) else None

    @derived(zh="距春节", en="days to Spring Festival", unit="day", ge=0, le=400)
    def days_to_spring_festival(self, as_of: date) -> int | None:
        """Days to the next Spring Festival; unknown outside the years of the calendar."""
        return days_until(Festival.SPRING, as_of)

    @derived(zh="距中秋", en="days to Mid-Autumn", unit="day", ge=0, le=400)
    def days_to_mid_autumn(self, as_of: date) -> int | None:
        """Days to the next Mid-Autumn Festival; unknown outside the years of the calendar."""
        return days_until(Festival.MID_AUTUMN, as_of)

    @derived(zh="距重阳", en="days to Double Ninth", unit="day", ge=0, le=400)
    def days_to_double_ninth(self, as_of: date) -> int | None:
        """Days to the next Double Ninth Festival; unknown outside the years of the calendar."""
        return days_until(Festival.DOUBLE_NINTH, as_of)


def _days_ahead(day: date | None, as_of: date) -> int | None:
    return None if day is None or day < as_of else (day - as_of).days


def _days_back(day: date | None, as_of: date) -> int | None:
    return None if day is None or day > as_of else (as_of - day).days


def _years(since: date | None, as_of: date) -> int | None:
    if since is None or since > as_of:
        return None
    return as_of.year - since.year - ((as_of.month, as_of.day) < (since.month, since.day))


def _share(part: Decimal | None, *parts: Decimal | None) -> Decimal | None:
    known = [one for one in parts if one is not None]
    return None if len(known) < len(parts) else _ratio(part, sum(known, _ZERO))


def _ratio(part: Decimal | None, whole: Decimal) -> Decimal | None:
    if part is None or not whole:
        return None
    return min((part / whole).quantize(_SHARE_GRID, ROUND_HALF_EVEN), Decimal(100))
