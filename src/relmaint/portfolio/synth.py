"""How does a whole customer base look that nobody's data stand in?

An invented base for trying rules, for examples and for benchmarks: valid customers of the library's own model, whose
facts hang together as those of real customers do. Amounts have heavy tails; the product preference agrees with the
amounts by the tests of section 5.3 of the domain brief; the marketing tier follows wealth, and an exit has an objective
ground; dates, counts and events agree with each other; and files have gaps, some more than others.

Where a source gives a number it is used and named; every other number is a judgement, marked [J], and no claim about
any bank. The same seed and day give the same customers, whatever the number asked for, the threads or the row groups.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from relmaint.columnar.columns import Array
from relmaint.columnar.sinks import complete
from relmaint.model.customer import Channel, Customer, Event, Habit, Preference, Tier
from relmaint.portfolio.arrays import decimals, flags, integers, numbered, word_sets, words
from relmaint.portfolio.draws import GRID, Draws, amounts, choice, knots, most, quantiles

__all__ = ["BLOCK", "Base", "batches", "schema", "write_base"]

BLOCK = 1 << 16
"""How many customers are made at a time; every block is made whole, whatever is asked for."""

_AHEAD = 2
"""How many blocks a thread may be ahead of the one that is taken."""

_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Base:
    """An invented customer base.

    Args:
        seed: the same seed gives the same customers.
        as_of: the day on which their facts were taken.
        branches: how many branches it has; sizes fall like those of cities, the largest first [J].
        managers: how many client managers a branch has.
    """

    seed: int
    as_of: date
    branches: int = 50
    managers: int = 12

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if not (0 <= self.seed < 1 << 63 and 1 <= self.branches <= 5000 and 1 <= self.managers <= 500):
            raise ValueError("a base has a seed from 0 to 2^63 - 1, 1 to 5000 branches, and 1 to 500 managers in each")


# Distributions -------------------------------------------------------------------------------------------------------

_YUAN = 100  # units of money: cents
_GRAIN = 10_000  # units of fractions

_NORMAL = NormalDist()


def _lognormal(median: float, sigma: float) -> Callable[[float], float]:
    return lambda place: median * math.exp(sigma * _NORMAL.inv_cdf(place))


_BODY = _lognormal(12_000, 1.9)
_TAIL_FROM, _TAIL = 0.999, 1.5


def _assets(place: float) -> float:
    """Return a quantile of a customer's own assets (deposits and investments), in yuan.

    A lognormal body with a Pareto tail, the usual shape of wealth. Its two parameters put about 22 % of the customers
    above 50,000 yuan and 5 % above 270,000: the pyramid of 80, 15 and 5 % that a rural credit union reports [S-P4],
    cut where the published bands begin (section 5.1). The tail begins at the top thousandth, with index 1.5 [J].
    """
    if place <= _TAIL_FROM:
        return _BODY(place)
    return _BODY(_TAIL_FROM) * math.pow((1 - _TAIL_FROM) / (1 - place), 1 / _TAIL)


def _waiting(mean: float) -> Callable[[float], float]:
    """Return the quantiles of an exponential distribution: waiting for what comes at a steady rate."""
    return lambda place: -math.log(1 - place) * mean


ASSETS = amounts(_assets, unit=_YUAN)
LOANS = amounts(_lognormal(350_000, 0.9), unit=_YUAN)
"""A mortgage or a loan to a small business [J]."""

PREFERENCES = (*Preference, None)
_DEPOSIT, _LOAN, _SETTLEMENT, _INTERMEDIARY, _BALANCED, _OPEN = range(6)

PREFERENCE = choice(
    {_DEPOSIT: 0.46, _LOAN: 0.15, _SETTLEMENT: 0.18, _INTERMEDIARY: 0.05, _BALANCED: 0.07, _OPEN: 0.09},
    {_DEPOSIT: 0.42, _LOAN: 0.14, _SETTLEMENT: 0.14, _INTERMEDIARY: 0.12, _BALANCED: 0.12, _OPEN: 0.06},
    {_DEPOSIT: 0.34, _LOAN: 0.11, _SETTLEMENT: 0.10, _INTERMEDIARY: 0.24, _BALANCED: 0.17, _OPEN: 0.04},
    {_DEPOSIT: 0.24, _LOAN: 0.07, _SETTLEMENT: 0.08, _INTERMEDIARY: 0.37, _BALANCED: 0.22, _OPEN: 0.02},
)
"""Product preference by wealth (lower half, up to the top fifth, up to the top twentieth, above) [J]: savers are the
most, and the wealthy hold more products that are no deposits. The last is not resolved: a figure is missing (5.3)."""

WEALTH_CLASSES = np.repeat(
    np.arange(4), [most(0.5), most(0.8) - most(0.5), most(0.95) - most(0.8), GRID - most(0.95)]
).astype(np.int16)

DEPOSIT_PART = np.stack(
    [
        knots([(0, 0.75), (0.4, 1.0), (1, 1.0)], unit=_GRAIN),
        knots([(0, 0.3), (0.6, 1.0), (1, 1.0)], unit=_GRAIN),
        knots([(0, 0.3), (1, 0.55)], unit=_GRAIN),
        knots([(0, 0.05), (1, 0.38)], unit=_GRAIN),
        knots([(0, 0.4), (1, 0.6)], unit=_GRAIN),
        knots([(0, 0.75), (0.5, 1.0), (1, 1.0)], unit=_GRAIN),
    ]
)
"""Deposits as a part of own assets, by preference: inside of the tests of section 5.3."""

LOAN_PART = np.stack(
    [
        knots([(0, 0), (0.88, 0), (0.881, 0.02), (1, 0.2)], unit=_GRAIN),
        knots([(0, 2), (0.7, 5), (1, 60)], unit=_GRAIN),
        knots([(0, 0), (0.7, 0), (0.701, 0.02), (1, 0.3)], unit=_GRAIN),
        knots([(0, 0), (0.8, 0), (0.801, 0.02), (1, 0.15)], unit=_GRAIN),
        knots([(0, 0.3), (1, 0.8)], unit=_GRAIN),
        knots([(0, 0), (0.88, 0), (0.881, 0.02), (1, 0.2)], unit=_GRAIN),
    ]
)
"""Loans as a multiple of own assets, by preference: inside of the tests of section 5.3 (a borrower owes at least twice
what he has, or a whole mortgage if that is more)."""

FLOW_OF_DEPOSITS = np.stack(
    [
        knots([(0, 0), (0.1, 0), (0.6, 0.4), (1, 3)], unit=_GRAIN),
        knots([(0, 0.1), (0.6, 1.5), (1, 8)], unit=_GRAIN),
        knots([(0, 10), (0.7, 18), (1, 60)], unit=_GRAIN),
        knots([(0, 0.1), (0.6, 1), (1, 6)], unit=_GRAIN),
        knots([(0, 0.1), (0.6, 1), (1, 6)], unit=_GRAIN),
        knots([(0, 0), (0.1, 0), (0.6, 0.4), (1, 3)], unit=_GRAIN),
    ]
)
"""Payments a month as a multiple of deposits: ten times and more makes a settlement customer (5.3)."""

_BANDS = (50_000, 200_000, 500_000, 3_000_000)
"""Where the bands of the branch scheme P2 begin, in yuan [S-P2]."""

TIERS = (*Tier, None)
_KEY, _ORDINARY, _EXIT, _UNRATED = range(4)
KEY_SHARE, EXIT_SHARE, UNRATED_SHARE = 0.12, 0.04, 0.03
"""Key customers are the top 5 to 20 % (5.3); how many are led out or are not rated is a judgement [J]."""

HABITS = (*Habit, None)
HABIT = choice(
    {0: 0.20, 1: 0.09, 2: 0.30, 3: 0.04, 4: 0.37},
    {0: 0.12, 1: 0.10, 2: 0.18, 3: 0.30, 4: 0.30},
    {0: 0.14, 1: 0.28, 2: 0.17, 3: 0.11, 4: 0.30},
    {0: 0.24, 1: 0.27, 2: 0.15, 3: 0.04, 4: 0.30},
    {0: 0.26, 1: 0.20, 2: 0.13, 3: 0.13, 4: 0.28},
    {0: 0.12, 1: 0.10, 2: 0.16, 3: 0.07, 4: 0.55},
)
"""Purchasing habit by preference [J]: savers watch rates, borrowers give business to whoever lends, and payers want
things to work. The last is unknown: a habit below a confidence of 0.6, or older than 12 months, is none (5.3)."""

AGES = knots(
    [(0, 18), (0.1, 24), (0.25, 31), (0.5, 43), (0.75, 57), (0.9, 68), (0.97, 77), (0.995, 87), (1, 96)], unit=365.2425
)
"""Age in days [J]: adults of a Chinese city and its country."""

TENURES = quantiles(_waiting(9), unit=365.2425)
"""Days since the relationship began: nine years on average, never more than the customer was an adult for [J]."""

DAYS_SINCE_CONTACT = np.stack([quantiles(_waiting(mean)) for mean in (24, 110, 420, 200)])
"""By tier: key customers hear monthly, ordinary ones 2 to 5 times a year, those who leave only notices (4.5)."""

DAYS_SINCE_REVIEW = np.stack([quantiles(_waiting(mean)) for mean in (75, 420, 1200, 700)])
"""By tier: a review each quarter for key customers, each year for ordinary ones (4.3, BAL-D2)."""

MORE_CONTACTS = choice({0: 0.74, 1: 0.18, 2: 0.06, 3: 0.02})
OPEN_COMPLAINTS = choice({0: 0.975, 1: 0.021, 2: 0.004})
MORE_COMPLAINTS = choice({0: 0.92, 1: 0.065, 2: 0.015})
FAILED_PAYMENTS = choice({0: 0.94, 1: 0.037, 2: 0.012, 3: 0.007, 4: 0.004})
PRODUCT_EXITS = choice({0: 0.88, 1: 0.085, 2: 0.025, 3: 0.01})
REJECTED_DRAWS = choice({0: 0.955, 1: 0.028, 2: 0.012, 3: 0.005})
ARREARS = knots([(0, 0), (0.962, 0), (0.963, 1), (0.98, 15), (0.988, 36), (0.995, 90), (0.999, 270), (1, 900)])
"""Days in arrears of those who owe [J]; the steps are those of the arrears ladder LOA-S1."""

DEPOSIT_CHANGE = knots(
    [(0, -0.97), (0.02, -0.5), (0.05, -0.2), (0.16, -0.08), (0.5, 0), (0.85, 0.07), (0.95, 0.25), (0.99, 1), (1, 6)],
    unit=_GRAIN,
)
"""Change of deposits in 30 days [J]: about one in twenty falls by the fifth that makes an outflow (DEP-S1)."""

ASSET_CHANGE = knots(
    [(0, -0.98), (0.025, -0.4), (0.04, -0.3), (0.1, -0.15), (0.5, 0.01), (0.9, 0.15), (0.98, 0.6), (1, 8)], unit=_GRAIN
)
"""Change of assets in 90 days [J]: falls of 15 and 30 % are the published signs of leaving [S-FCS]."""

TURNOVER_CHANGE = knots([(0, -1), (0.02, -0.7), (0.06, -0.3), (0.5, 0), (0.94, 0.4), (0.99, 1.5), (1, 10)], unit=_GRAIN)
PILLAR_CHANGE = knots([(0, -1), (0.02, -0.6), (0.06, -0.3), (0.4, -0.05), (0.7, 0), (1, 0)], unit=_GRAIN)
RETURNS = knots([(0, -0.6), (0.05, -0.15), (0.14, -0.05), (0.4, 0), (0.7, 0.03), (0.95, 0.12), (1, 0.9)], unit=_GRAIN)
"""Unrealised return on investments [J]; a loss beyond 5 % asks for a call [S-DJ]."""

UTILISATION = knots([(0, 0), (0.3, 0.05), (0.6, 0.35), (0.85, 0.7), (0.94, 0.9), (1, 1)], unit=_GRAIN)
BASE_OUTFLOW = knots([(0, 0), (0.4, 0.01), (0.8, 0.08), (1, 0.35)], unit=_GRAIN)
FEE_YIELD = knots([(0, 0), (0.3, 0.001), (0.8, 0.008), (1, 0.02)], unit=_GRAIN)
AHEAD_MATURITY = knots([(0, 0), (0.06, 7), (0.22, 30), (0.5, 95), (0.9, 365), (1, 1095)])
AHEAD_PRODUCT = knots([(0, 0), (0.08, 7), (0.35, 35), (0.8, 180), (1, 720)])
AHEAD_FACILITY = knots([(0, 0), (0.05, 60), (0.35, 365), (1, 9000)])
AHEAD_YEAR = knots([(0, 0), (1, 365)])
AHEAD_MONTH = knots([(0, 0), (1, 31)])
AHEAD_ASSESSMENT = knots([(0, -420), (0.08, 0), (1, 365)])
"""Days to the expiry of a risk assessment, which holds for 12 months [M]; some have expired."""

AHEAD_DOCUMENT = knots([(0, -700), (0.02, -90), (0.03, 0), (0.06, 90), (1, 7300)])
DRAWDOWNS = knots([(0, 0), (0.1, 90), (0.5, 1100), (1, 5500)])
HOURS = knots([(0, 8), (0.05, 9), (0.5, 14), (0.93, 20), (1, 24)])

RISK_CLASS = choice(
    {1: 0.14, 2: 0.30, 3: 0.33, 4: 0.16, 5: 0.07},
    {1: 0.30, 2: 0.40, 3: 0.22, 4: 0.06, 5: 0.02},
)
"""Risk class below and from 60 years on [J]."""

CHANNELS = tuple(Channel)
_VISIT, _PHONE, _WECHAT, _SMS, _APP, _LETTER, _EMAIL, _COUNTER = range(8)
PREFERRED = choice(
    {_APP: 0.40, _WECHAT: 0.38, _SMS: 0.06, _PHONE: 0.08, _EMAIL: 0.04, _COUNTER: 0.03, _VISIT: 0.01},
    {_APP: 0.22, _WECHAT: 0.36, _SMS: 0.10, _PHONE: 0.20, _EMAIL: 0.03, _COUNTER: 0.07, _VISIT: 0.02},
    {_APP: 0.06, _WECHAT: 0.16, _SMS: 0.11, _PHONE: 0.36, _LETTER: 0.05, _COUNTER: 0.22, _VISIT: 0.04},
)
"""Preferred channel below 40, below 60, and above [J]: the older the customer, the more it is a person."""

QUALITY = choice({0: 0.70, 1: 0.20, 2: 0.10})
GAPS = (0.5, 1.5, 4.0)
"""How complete a customer's file is [J]: the shares below are taken times this, so that gaps come together."""

MISSING: Mapping[str, float] = {
    "deposit": 0.01,
    "loan": 0.015,
    "investment": 0.02,
    "aum": 0.02,
    "payment_flow": 0.03,
    "fee_income": 0.05,
    "outflow_30d": 0.04,
    "deposit_change_30d": 0.04,
    "aum_change_90d": 0.06,
    "turnover_change_60d": 0.06,
    "pillar_change_90d": 0.06,
    "unrealised_return": 0.03,
    "limit_utilisation": 0.03,
    "deposit_maturity": 0.02,
    "auto_rollover": 0.05,
    "product_maturity": 0.03,
    "facility_maturity": 0.03,
    "limit_review": 0.06,
    "next_repayment": 0.01,
    "loan_drawdown": 0.02,
    "benefit_expiry": 0.05,
    "document_expiry": 0.03,
    "relationship_start": 0.02,
    "birth_date": 0.02,
    "last_contact": 0.06,
    "last_review": 0.10,
    "contacts_30d": 0.05,
    "preferred_channel": 0.12,
    "contact_hour": 0.20,
    "complaints_open": 0.01,
    "complaints_12m": 0.02,
    "failed_payments_30d": 0.03,
    "product_exits_180d": 0.03,
    "rejected_draws": 0.04,
    "arrears_days": 0.01,
    "salary_stopped": 0.05,
    "marketing_consent": 0.08,
    "do_not_contact": 0.04,
    "greetings_welcome": 0.12,
    "events_welcome": 0.15,
    "profiling_refused": 0.10,
    "risk_class": 0.02,
    "vulnerability": 0.06,
    "hardship": 0.04,
    "bereavement": 0.04,
    "fraud_case": 0.01,
    "owner_operator": 0.08,
    "events": 0.005,
}
"""Which share of the facts is unknown that the bank could have, in a file of ordinary quality [J]."""

_MONEY = (15, 2)
_RATIO = (7, 4)
_SHARE = (5, 4)
_WORD = pa.dictionary(pa.int32(), pa.string())


def schema() -> pa.Schema:
    """Return the columns: all stored attributes of `Customer`, in its order."""
    return pa.schema([pa.field(name, _type_of(name), nullable=name != "id") for name in Customer.model_fields])


def _type_of(name: str) -> pa.DataType:
    for names, type_ in _TYPES.items():
        if name in names:
            return type_
    raise AssertionError(f"no distribution is written for the attribute `{name}`; please report this")


_TYPES: Mapping[tuple[str, ...], pa.DataType] = {
    ("id",): pa.string(),
    ("branch", "manager", "preference", "habit", "tier", "preferred_channel"): _WORD,
    ("deposit", "loan", "investment", "aum", "next_band", "payment_flow", "fee_income", "outflow_30d"): pa.decimal128(
        *_MONEY
    ),
    (
        "deposit_change_30d",
        "aum_change_90d",
        "turnover_change_60d",
        "pillar_change_90d",
        "unrealised_return",
    ): pa.decimal128(*_RATIO),
    ("limit_utilisation",): pa.decimal128(*_SHARE),
    (
        "deposit_maturity",
        "product_maturity",
        "facility_maturity",
        "limit_review",
        "next_repayment",
        "loan_drawdown",
        "benefit_expiry",
        "document_expiry",
        "relationship_start",
        "birth_date",
        "last_contact",
        "last_review",
        "risk_class_expiry",
    ): pa.date32(),
    (
        "contacts_30d",
        "contact_hour",
        "complaints_open",
        "complaints_12m",
        "failed_payments_30d",
        "product_exits_180d",
        "rejected_draws",
        "arrears_days",
        "risk_class",
    ): pa.int32(),
    (
        "auto_rollover",
        "salary_stopped",
        "marketing_consent",
        "do_not_contact",
        "greetings_welcome",
        "events_welcome",
        "profiling_refused",
        "vulnerability",
        "hardship",
        "bereavement",
        "fraud_case",
        "owner_operator",
    ): pa.bool_(),
    ("events",): pa.list_(pa.string()),
}


# One block -----------------------------------------------------------------------------------------------------------


class _Block:
    """The customers of one block, column by column."""

    def __init__(self, base: Base, number: int) -> None:
        self.base = base
        self.draws = Draws(base.seed, number, BLOCK)
        self.first = number * BLOCK + 1
        self.today = base.as_of.toordinal() - _EPOCH
        self.quality = QUALITY[self.draws.of("quality")]
        self.columns: dict[str, pa.Array] = {}

    def batch(self) -> pa.RecordBatch:
        """Make the block."""
        self.amounts()
        self.standing()
        self.people()
        self.changes()
        self.contacts()
        self.credit()
        self.dates()
        self.trouble()
        self.wishes()
        self.events()
        return pa.RecordBatch.from_arrays([self.columns[name] for name in Customer.model_fields], schema=schema())

    # How a column is put down; a fact may be unknown although there is one.

    def known(self, name: str, there: Array | None = None) -> Array:
        """Return where a fact is known: where there is one, and the file has no gap."""
        gaps = np.asarray([most(min(1.0, MISSING[name] * times)) for times in GAPS], np.uint16)
        known = self.draws.of(f"{name}/known") >= gaps[self.quality]
        return known if there is None else known & there

    def money(self, name: str, cents: Array, known: Array) -> None:
        self.columns[name] = decimals(cents, known, *_MONEY)

    def ratio(self, name: str, table: Array, there: Array | None = None, places: Array | None = None) -> Array:
        """Put down a fraction that a table of quantiles gives; return it."""
        units = self.draws.number(name, table, places=places)
        self.columns[name] = decimals(
            units, self.known(name, there), *(_SHARE if name == "limit_utilisation" else _RATIO)
        )
        return units

    def days(self, name: str, day: Array, there: Array | None = None) -> Array:
        """Put down a date, given as days from today on; return where it is known."""
        known = self.known(name, there)
        self.columns[name] = integers(self.today + day, known, pa.date32())
        return known

    def count(self, name: str, values: Array, there: Array | None = None) -> None:
        self.columns[name] = integers(values, self.known(name, there), pa.int32())

    def flag(self, name: str, values: Array, there: Array | None = None) -> None:
        self.columns[name] = flags(values, self.known(name, there))

    # The columns, those first on which others hang.

    def amounts(self) -> None:
        """Draw wealth, the preference that it suggests, and the amounts that agree with the preference."""
        draws = self.draws
        self.wealth = draws.of("wealth")
        self.preference = PREFERENCE[WEALTH_CLASSES[self.wealth], draws.of("preference")]
        self.columns["preference"] = _of(self.preference, PREFERENCES)
        own = draws.amount("assets", ASSETS, places=self.wealth)
        self.deposit = own * draws.number("deposit/part", DEPOSIT_PART, which=self.preference) // _GRAIN
        self.investment = own - self.deposit
        part = draws.number("loan/part", LOAN_PART, which=self.preference)
        loan = own * np.minimum(part, 20 * _GRAIN) // _GRAIN // 100 * 100
        mortgage = draws.amount("loan/mortgage", LOANS)
        self.loan = np.where(self.preference == _LOAN, np.maximum(loan, mortgage), loan)
        flow = self.deposit * draws.number("flow/part", FLOW_OF_DEPOSITS, which=self.preference) // _GRAIN
        known = {name: self.known(name) for name in ("deposit", "loan", "investment")}
        known["investment"] &= self.preference != _OPEN
        for name, cents in (("deposit", self.deposit), ("loan", self.loan), ("investment", self.investment)):
            self.money(name, cents, known[name])
        whole = self.known("aum", known["deposit"] & known["investment"])
        self.money("aum", own, whole)
        ends = np.asarray(_BANDS, np.int64) * _YUAN
        band = np.searchsorted(ends, own, side="right")
        self.money("next_band", np.append(ends, 0)[band], whole & (band < len(ends)))
        self.money("payment_flow", flow, self.known("payment_flow"))
        fees = (self.investment + own // 50) * draws.number("fees/yield", FEE_YIELD) // _GRAIN
        self.money("fee_income", fees, self.known("fee_income"))
        self.owes, self.invests, self.saves = self.loan > 0, self.investment > 0, self.deposit > 100_000

    def standing(self) -> None:
        """Draw habit, tier, branch and manager.

        An exit has an objective ground (5.3) and is never for a low balance: whom it meets does not hang on wealth, and
        of those with a loan it is a fifth as many. Ordinary customers mostly belong to the lobby, and key customers to
        a client manager.
        """
        draws, base = self.draws, self.base
        self.habit = HABIT[self.preference, draws.of("habit")]
        self.columns["habit"] = _of(self.habit, HABITS)
        tier = np.where(draws.alike("standing", self.wealth, 0.75) >= GRID - most(KEY_SHARE), _KEY, _ORDINARY)
        tier[draws.chance("tier/exit", np.where(self.owes, most(EXIT_SHARE / 5), most(EXIT_SHARE)))] = _EXIT
        tier[draws.chance("tier/unrated", UNRATED_SHARE)] = _UNRATED
        self.tier = tier
        self.columns["tier"] = _of(tier, TIERS)
        branch = _branches(base.branches)[draws.of("branch")]
        seat = draws.of("manager").astype(np.int32) * base.managers >> 16
        has_manager = draws.chance("manager/has", np.asarray(_MANAGED, np.int32)[tier])
        self.columns["branch"] = words(branch, None, _branch_names(base))
        self.columns["manager"] = words(branch * base.managers + seat, has_manager, _manager_names(base))
        self.columns["id"] = numbered("C", self.first, BLOCK, 10)

    def people(self) -> None:
        """Draw age and tenure, and what hangs on them."""
        draws = self.draws
        self.age = draws.number("age", AGES)
        self.days("birth_date", -self.age)
        self.tenure = np.minimum(draws.number("tenure", TENURES), self.age - 16 * 365)
        self.days("relationship_start", -self.tenure)
        self.elder = np.searchsorted(np.asarray([40, 60]) * 365, self.age, side="right")
        self.count_of_risk()
        self.columns["preferred_channel"] = words(
            PREFERRED[self.elder, draws.of("channel")],
            self.known("preferred_channel"),
            [str(one) for one in CHANNELS],
        )
        share = np.where(np.isin(self.preference, (_LOAN, _SETTLEMENT)), most(0.3), most(0.07))
        self.operates = draws.chance("owner_operator", share)
        self.flag("owner_operator", self.operates)

    def count_of_risk(self) -> None:
        """Draw the risk class of those who were assessed: nearly all who invest, and a third of the others."""
        draws = self.draws
        assessed = draws.chance("assessed", np.where(self.invests, most(0.93), most(0.33)))
        risk = RISK_CLASS[(self.elder == 2).astype(np.int8), draws.of("risk_class")]
        known = self.known("risk_class", assessed)
        self.columns["risk_class"] = integers(risk, known, pa.int32())
        expiry = self.today + draws.number("risk_class_expiry", AHEAD_ASSESSMENT)
        self.columns["risk_class_expiry"] = integers(expiry, known, pa.date32())

    def changes(self) -> None:
        """Draw what changed: deposits, and with them assets, lines and outflows."""
        draws = self.draws
        fall = draws.of("deposit_change_30d")
        change = self.ratio("deposit_change_30d", DEPOSIT_CHANGE, self.saves, places=fall)
        self.ratio("aum_change_90d", ASSET_CHANGE, places=draws.alike("aum_change_90d", fall, 0.6))
        self.ratio("turnover_change_60d", TURNOVER_CHANGE, places=draws.alike("turnover_change_60d", fall, 0.3))
        self.ratio("pillar_change_90d", PILLAR_CHANGE, places=draws.alike("pillar_change_90d", fall, 0.5))
        self.ratio("unrealised_return", RETURNS, self.invests)
        usual = self.deposit * draws.number("outflow/part", BASE_OUTFLOW) // _GRAIN
        gone = np.where(change < 0, self.deposit * -change // np.maximum(change + _GRAIN, 1), 0)
        self.money("outflow_30d", np.where(self.saves, usual + gone, usual), self.known("outflow_30d"))

    def contacts(self) -> None:
        """Draw the last contact and review by tier; contacts in 30 days agree with the last one."""
        draws = self.draws
        last = np.minimum(draws.number("last_contact", DAYS_SINCE_CONTACT, which=self.tier), self.tenure)
        self.dormant = (self.tier == _EXIT) & ~self.owes & draws.chance("dormant", 0.6)
        last = np.where(self.dormant, np.minimum(last + 365, self.tenure), last)
        self.days("last_contact", -last)
        review = np.maximum(draws.number("last_review", DAYS_SINCE_REVIEW, which=self.tier), last)
        self.days("last_review", -review, review <= self.tenure)
        often = np.where(last <= 30, 1 + MORE_CONTACTS[draws.of("contacts_30d")], 0)
        self.count("contacts_30d", often)
        self.count("contact_hour", np.minimum(draws.number("contact_hour", HOURS), 23))

    def credit(self) -> None:
        """Draw what borrowers have: limits, arrears, and the dates of their loans."""
        draws = self.draws
        limit = self.owes | draws.chance("limit", 0.35)
        use = self.ratio("limit_utilisation", UTILISATION, limit)
        arrears = np.where(self.owes, draws.number("arrears_days", ARREARS), 0)
        self.late = arrears > 0
        self.count("arrears_days", arrears)
        self.hard = draws.chance("hardship", np.where(arrears > 30, most(0.25), most(0.004)))
        self.flag("hardship", self.hard)
        self.count("rejected_draws", np.where(use > 9000, REJECTED_DRAWS[draws.of("rejected_draws")], 0), limit)
        self.days("next_repayment", draws.number("next_repayment", AHEAD_MONTH), self.owes)
        self.days("loan_drawdown", -np.minimum(draws.number("loan_drawdown", DRAWDOWNS), self.tenure), self.owes)
        self.days("facility_maturity", draws.number("facility_maturity", AHEAD_FACILITY), self.owes)
        self.days("limit_review", draws.number("limit_review", AHEAD_YEAR), limit)

    def dates(self) -> None:
        """Draw the maturities of savers and investors, and what expires."""
        draws = self.draws
        fixed = self.saves & draws.chance("fixed", np.where(self.preference == _DEPOSIT, most(0.7), most(0.3)))
        dated = self.days("deposit_maturity", draws.number("deposit_maturity", AHEAD_MATURITY), fixed)
        self.flag("auto_rollover", draws.chance("auto_rollover", 0.55), dated)
        invested = self.invests & draws.chance("product", 0.6)
        self.days("product_maturity", draws.number("product_maturity", AHEAD_PRODUCT), invested)
        entitled = draws.chance("benefits", np.where(self.tier == _KEY, most(0.7), most(0.15)))
        self.days("benefit_expiry", draws.number("benefit_expiry", AHEAD_YEAR), entitled)
        document = draws.number("document_expiry", AHEAD_DOCUMENT)
        lapsed = (self.tier == _EXIT) & ~self.dormant
        self.days("document_expiry", np.where(lapsed, -90 - (document & 511), document))

    def trouble(self) -> None:
        """Draw complaints, failures, and what protects; none of those who exit is vulnerable or complains (5.3)."""
        draws = self.draws
        stays = self.tier != _EXIT
        self.complains = np.where(stays, OPEN_COMPLAINTS[draws.of("complaints_open")], 0)
        self.count("complaints_open", self.complains)
        self.count("complaints_12m", self.complains + MORE_COMPLAINTS[draws.of("complaints_12m")])
        pays = np.where(self.preference == _SETTLEMENT, draws.of("failed_payments_30d"), draws.of("failed/few") // 2)
        self.fails = FAILED_PAYMENTS[pays]
        self.count("failed_payments_30d", self.fails)
        exits = np.where(self.invests, PRODUCT_EXITS[draws.of("product_exits_180d")], 0)
        self.count("product_exits_180d", exits)
        paid_here = (self.elder < 2) & draws.chance("payroll", 0.5)
        self.flag("salary_stopped", paid_here & draws.chance("salary_stopped", 0.025))
        frail = draws.chance("vulnerability", np.where(self.age > 75 * 365, most(0.18), most(0.02)))
        self.flag("vulnerability", frail & stays)
        self.flag("bereavement", draws.chance("bereavement", 0.004))
        self.flag("fraud_case", draws.chance("fraud_case", 0.0015))

    def wishes(self) -> None:
        """Draw consents and refusals; who is not to be disturbed refused marketing long ago."""
        draws = self.draws
        quiet = draws.chance("do_not_contact", 0.04)
        self.flag("do_not_contact", quiet)
        self.flag("marketing_consent", draws.chance("marketing_consent", 0.62) & ~quiet)
        self.flag("greetings_welcome", draws.chance("greetings_welcome", 0.8) & ~quiet)
        self.flag("events_welcome", draws.chance("events_welcome", 0.35) & ~quiet)
        self.flag("profiling_refused", draws.chance("profiling_refused", np.where(quiet, most(0.5), most(0.05))))

    def events(self) -> None:
        """Draw the open events of each customer: each for those whom it can meet."""
        self.columns["events"] = word_sets(
            [(str(event), self.met(event)) for event in Event], self.known("events"), BLOCK
        )

    def met(self, event: Event) -> Array:
        """Return the rows whom an event met."""
        share, can = _EVENTS[event]
        found = np.flatnonzero(self.draws.of(f"event/{event}") < most(share))
        return found if can is None else found[can(self)[found]]


_MANAGED = tuple(most(share) for share in (0.97, 0.30, 0.10, 0.20))
"""Which share of each tier has a client manager [J]: the pool of the lobby serves the others, as in P2."""

_EVENTS: Mapping[Event, tuple[float, Callable[[_Block], Array] | None]] = {
    Event.ACCOUNT_OPENED: (0.8, lambda block: block.tenure <= 60),
    Event.CHANNEL_DEFECT: (0.004, None),
    Event.COMPETITOR_OFFER: (0.02, lambda block: block.habit == 2),
    Event.COURTESY_REFUSED: (0.0004, None),
    Event.CREDIT_SEARCH: (0.03, lambda block: block.habit == 3),
    Event.CUSTOMER_LEAVING: (0.002, None),
    Event.DOWNGRADE_PENDING: (0.015, lambda block: block.tier == _KEY),
    Event.EARLY_WITHDRAWAL: (0.005, lambda block: block.saves),
    Event.EXIT_APPROVED: (0.1, lambda block: block.tier == _EXIT),
    Event.FEE_COMPLAINT: (0.15, lambda block: block.complains > 0),
    Event.FEE_RISE: (0.004, None),
    Event.ILLNESS_TOLD: (0.001, None),
    Event.INVESTMENT_INTEREST: (0.012, None),
    Event.LIFE_EVENT: (0.004, None),
    Event.LIMIT_CUT: (0.01, lambda block: block.owes),
    Event.LIMIT_REFUSED: (0.015, lambda block: block.habit == 3),
    Event.LOAN_REPAID: (0.003, lambda block: ~block.owes),
    Event.MANAGER_CHANGE: (0.006, lambda block: block.tier == _KEY),
    Event.MILESTONE: (0.003, None),
    Event.OUTAGE_PLANNED: (0.01, lambda block: block.preference == _SETTLEMENT),
    Event.PAYROLL_FAILED: (0.05, lambda block: block.operates & (block.fails > 0)),
    Event.PREPAYMENT_REQUEST: (0.012, lambda block: block.owes),
    Event.RATE_CHANGE: (0.002, None),
    Event.REENTRY_REQUEST: (0.03, lambda block: block.tier == _EXIT),
    Event.RISK_LEVEL_CHANGE: (0.01, lambda block: block.invests),
    Event.SECURITY_ALERT: (0.0015, None),
    Event.SERVICE_FAILURE: (0.2, lambda block: block.complains > 0),
    Event.STAFF_CHANGE: (0.02, lambda block: block.operates),
    Event.TARIFF_CHANGE: (0.002, None),
    Event.UNUSUAL_WITHDRAWAL: (0.004, lambda block: block.age > 65 * 365),
}
"""How often each event is open, and for whom it can be [J]."""


def _of(codes: Array, members: tuple[Preference | Habit | Tier | None, ...]) -> pa.Array:
    """Return members of an axis by their places; the last, `None`, is unknown."""
    known = codes < len(members) - 1
    return words(np.where(known, codes, 0), known, [str(one) for one in members[:-1]])


def _branches(count: int) -> Array:
    """Return the table of branches: shares fall with the rank, as sizes of cities do, less steeply [J]."""
    weights = [(rank + 4) ** -0.6 for rank in range(count)]
    whole = math.fsum(weights)
    return choice({rank: weight / whole for rank, weight in enumerate(weights)})


def _branch_names(base: Base) -> list[str]:
    return [f"B{number:04}" for number in range(1, base.branches + 1)]


def _manager_names(base: Base) -> list[str]:
    return [f"{branch}-M{number:03}" for branch in _branch_names(base) for number in range(1, base.managers + 1)]


# All blocks ----------------------------------------------------------------------------------------------------------


def batches(base: Base, customers: int, *, threads: int = 1) -> Iterator[pa.RecordBatch]:
    """Yield so many customers of a base, in order, in batches of `BLOCK`; the last one may be shorter.

    The first customers of a base are the same whatever number is asked for.

    Args:
        base: the base.
        customers: how many.
        threads: how many blocks are made at a time; the customers do not hang on it.
    """
    numbers = range(-(-customers // BLOCK))
    with ThreadPoolExecutor(threads) as pool:
        waiting: list[Future[pa.RecordBatch]] = []
        for number in numbers:
            waiting.append(pool.submit(_made, base, number))
            if len(waiting) >= threads + _AHEAD:
                yield _cut(waiting.pop(0).result(), number - len(waiting), customers)
        for place, one in enumerate(waiting):
            yield _cut(one.result(), len(numbers) - len(waiting) + place, customers)


def _made(base: Base, number: int) -> pa.RecordBatch:
    return _Block(base, number).batch()


def _cut(batch: pa.RecordBatch, number: int, customers: int) -> pa.RecordBatch:
    return batch.slice(0, customers - number * BLOCK)


_PARQUET: Mapping[str, Any] = {
    "use_dictionary": [one.name for one in schema() if one.type == _WORD],
    "write_statistics": ["id"],
    "store_decimal_as_integer": True,
}
"""Amounts and days hardly repeat within a row group, so that a dictionary of them would only cost time."""


def write_base(
    base: Base, customers: int, path: Path, *, threads: int = 1, progress: Callable[[int], None] = lambda _: None
) -> None:
    """Write so many customers of a base to a file that appears when all are written; its ending decides the format.

    In CSV an unknown fact is an empty cell; only of open events the words `none` and `unknown` differ.

    Args:
        base: the base.
        customers: how many.
        path: the file.
        threads: as of `batches`; the bytes do not hang on it.
        progress: is told of the rows of each batch that is written.

    Raises:
        RelmaintError: nothing is written to a file of this ending.
    """
    columns = schema()
    is_text = path.suffix.lower() == ".csv"
    if is_text:
        place = columns.get_field_index("events")
        columns = columns.set(place, pa.field("events", pa.string()))
    with complete(path, columns, parquet=_PARQUET) as sink:
        for batch in batches(base, customers, threads=threads):
            sink.write(_with_said_events(batch, columns) if is_text else batch)
            progress(batch.num_rows)


def _with_said_events(batch: pa.RecordBatch, columns: pa.Schema) -> pa.RecordBatch:
    events = batch.column("events")
    joined = pc.binary_join(events, ";")
    said = pc.if_else(pc.equal(pc.list_value_length(events), 0), "none", joined).fill_null("unknown")
    arrays = [said if name == "events" else batch.column(name) for name in batch.schema.names]
    return pa.RecordBatch.from_arrays(arrays, schema=columns)
