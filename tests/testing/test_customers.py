"""Are drawn customers valid, where they should be, and at the ends that matter?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from relmaint import Customer, default_book_path, load_rule_book, parse_rule_book
from relmaint.ir.reference import fires
from relmaint.ir.rules import RuleBook
from relmaint.lower import statements_of
from relmaint.model.attributes import facts_of
from relmaint.rulebook.conditions import parse_condition
from relmaint.testing import (
    DAY,
    FactChange,
    customer_pairs,
    customers,
    customers_in,
    customers_matching,
    customers_near,
    customers_on_days,
    customers_where,
    dates_near,
    declare,
    event_streams,
    events,
    moneys,
    portfolios,
    rule_books,
)
from relmaint.testing.strategies.fields import fields_of
from relmaint.testing.strategies.population import population_of
from relmaint.verify.space import Space
from tests.models import SmallCustomer
from tests.testing.lawful import book

MANY = settings(max_examples=1_000, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
SOME = settings(max_examples=60, suppress_health_check=list(HealthCheck))


def retail() -> RuleBook:
    """Return the shipped book."""
    return load_rule_book(default_book_path())


def drawn(strategy: st.SearchStrategy[Any]) -> list[Any]:
    """Return what a strategy gives in a thousand examples, the same every time."""
    found: list[Any] = []

    @MANY
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found


# Valid customers


class Grade(StrEnum):
    """Words of an enum."""

    A = "a"
    B = "b"


class Demanding(BaseModel):
    """A customer model with every kind of constraint that a field can have."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", str_strip_whitespace=True, str_max_length=30)

    id: Annotated[str, Field(pattern=r"^C\d{3}$")]
    code: Annotated[str, Field(pattern="[a-z]+", min_length=2, max_length=4)]
    name: Annotated[str, StringConstraints(min_length=2, max_length=3, to_upper=True)] = "AA"
    note: str | None = None
    aliased: Annotated[int, Field(alias="Aliased", ge=1, le=2)]
    count: Annotated[int, Field(ge=-20, le=50, multiple_of=7)] | None = None
    open_count: Annotated[int, Field(gt=3, lt=7)] = 4
    anything: int | None = None
    amount: Annotated[Decimal | None, Field(gt=0, lt=10, decimal_places=2, max_digits=3)] = None
    rate: Annotated[Decimal, Field(ge=-1, le=1, decimal_places=3, multiple_of=Decimal("0.125"))] = Decimal(0)
    wide: Annotated[Decimal | None, Field(decimal_places=1, max_digits=3)] = None
    since: Annotated[date, Field(ge=date(2020, 1, 1), lt=date(2020, 1, 4))]
    seen: date | None = None
    grade: Grade
    side: Literal["left", "right"] | None = None
    flag: bool
    marks: Annotated[frozenset[Grade], Field(min_length=1, max_length=2)]
    words: Annotated[set[Literal["x", "y", "z"]] | None, Field(max_length=1)] = None
    address: tuple[int, int]
    nick_names: list[str] = Field(default_factory=list)


ENDS: dict[str, Iterable[Any]] = {
    "aliased": (1, 2),
    "count": (None, -14, 0, 49),
    "open_count": (4, 5, 6),
    "anything": (None, 0),
    "amount": (None, Decimal("0.01"), Decimal("9.99")),
    "rate": (Decimal(-1), Decimal("-0.875"), Decimal(1)),
    "wide": (Decimal("-99.9"), Decimal("99.9")),
    "since": (date(2020, 1, 1), date(2020, 1, 2), date(2020, 1, 3)),
    "seen": (None, date(1900, 1, 1), date(2100, 12, 31)),
    "grade": (Grade.A, Grade.B),
    "side": (None, "left", "right"),
    "flag": (False, True),
    "marks": (frozenset({Grade.A}), frozenset({Grade.A, Grade.B})),
    "words": (None, set(), {"x"}),
}
"""Values that must be drawn for each field: the ends, and unknown."""


def test_every_kind_of_constraint_is_kept_and_its_ends_are_drawn() -> None:
    """No drawn customer is refused, and the first and the last value that each constraint allows are among them."""
    found = drawn(customers(Demanding))

    for customer in found:
        Demanding.model_validate(dict(customer), by_name=True, by_alias=False)
    for name, ends in ENDS.items():
        values = [getattr(customer, name) for customer in found]
        assert [end for end in ends if end not in values] == [], name
    assert {len(customer.name) for customer in found} == {2, 3}
    assert {len(customer.code) for customer in found} == {2, 3, 4}


@pytest.mark.parametrize("model", [Demanding, SmallCustomer, Customer])
def test_what_a_field_draws_is_what_the_model_takes(model: type[BaseModel]) -> None:
    """One step beyond the limits that were read off a number or a day, the model refuses; at them it does not."""
    for values in fields_of(model).values():
        low, high = values.limits.low, values.limits.high
        for end in (low, high):
            if end is not None:
                assert values.takes(values.snapped(end))
        declared = getattr(values.attribute.type, "maximum", None)
        if declared is not None:
            assert not values.takes(declared + 1)


@pytest.mark.parametrize("model", [SmallCustomer, Customer])
def test_all_shipped_fields_are_drawn_valid(model: type[BaseModel]) -> None:
    """The customers of the shipped model and of the tests' model are valid in strict mode."""
    for customer in drawn(customers(model)):
        model.model_validate(dict(customer), strict=True)


def test_a_failure_shrinks_to_the_plainest_customer() -> None:
    """Of the shipped model nothing is known but the id, and of others what must be is the first word, or nil."""
    plain = find(customers(book=retail()), lambda _: True, settings=MANY)
    demanding = find(customers(Demanding), lambda _: True, settings=MANY)

    assert set(plain.model_dump(exclude_defaults=True)) == {"id", "events"}
    assert plain.events is None
    assert (demanding.grade, demanding.flag, demanding.rate, demanding.amount) == (Grade.A, False, Decimal(0), None)
    assert find(dates_near(retail()), lambda _: True, settings=MANY) == DAY


def test_a_failure_keeps_what_matters_only() -> None:
    """The smallest customer of the lawful book with assets of a million has just these, beside what must be known."""
    rich = find(customers(book=book()), lambda one: one.aum is not None and one.aum >= 1_000_000, settings=MANY)

    assert set(rich.model_dump(exclude_defaults=True)) == {"tier", "aum", "events"}


class Couple(BaseModel):
    """A model with validators that no program can read."""

    low: Annotated[int, Field(ge=0, le=9)]
    high: Annotated[int, Field(ge=0, le=9)]
    even: Annotated[int, Field(ge=0, le=100)] = 0

    @field_validator("even")
    @classmethod
    def _is_even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("must be even")
        return value

    @model_validator(mode="after")
    def _in_order(self) -> Couple:
        if self.low > self.high:
            raise ValueError("low must not be more than high")
        return self


def test_a_validator_nothing_was_said_about_is_told() -> None:
    """The error names the model, the sentence of the validator, and what to call."""
    with pytest.raises(InvalidArgument, match=r"Couple refuses .*must be even|low must not be more"):
        drawn(customers(Couple))
    with pytest.raises(InvalidArgument, match=r"declare\(model, fields=..., repair=...\)"):
        drawn(customers(Couple))


def test_declared_fields_and_repairs_make_customers_valid() -> None:
    """A strategy for one field and a repair of two are kept to, by heirs and by `from_type` too."""

    class Declared(Couple):
        pass

    class Heir(Declared):
        more: bool = False

    def in_order(fields: dict[str, Any]) -> dict[str, Any]:
        low, high = sorted((fields["low"], fields["high"]))
        return {**fields, "low": low, "high": high}

    declare(Declared, fields={"even": st.integers(0, 50).map(lambda half: 2 * half)}, repair=in_order)

    assert {type(one) for one in drawn(st.from_type(Declared))} == {Declared}
    found = drawn(customers(Heir))
    assert all(one.low <= one.high and one.even % 2 == 0 for one in found)
    assert {0, 9} <= {one.low for one in found}


def test_fields_can_be_given_for_once() -> None:
    """A strategy for a single field is used as it is."""
    assert {one.tier for one in drawn(customers(SmallCustomer, fields={"tier": st.just("exit")}))} == {"exit"}


# Books


def test_every_class_of_a_book_is_drawn() -> None:
    """Each class of each axis, unknown included, has customers among a few hundred; so has each side of a constant."""
    one = book()
    population = population_of(one.vocabulary.model, one)  # type: ignore[arg-type]  # a loaded book has a model
    seen: list[set[int]] = [set() for _ in population.axes]
    for customer in drawn(customers(book=one)):
        facts = facts_of(one.vocabulary, customer, DAY)
        for classes, axis in zip(seen, population.axes, strict=True):
            classes.add(axis.class_of(facts.get(axis.attribute)))

    for classes, axis in zip(seen, population.axes, strict=True):
        assert classes == {class_ for class_ in range(axis.size) if axis.everything >> class_ & 1}, axis.attribute


def test_values_lie_at_below_and_above_a_constant() -> None:
    """For `aum >= 50000` the amounts 50000, one cent less and one cent more are drawn, and so are the ends of all."""
    amounts = {customer.aum for customer in drawn(customers(book=book()))}

    assert {Decimal(50_000), Decimal("49999.99"), Decimal("50000.01"), Decimal(0), None} <= amounts


ASSUMED = """
book: {name: b, version: 1.0.0, covers: []}
actions: {note: {kind: care, nature: internal, title: note, precedence: care}}
assume:
  - {id: a, always: streak is unknown or streak = 0 or aum > 100}
  - {id: b, always: tier != exit or days_to_maturity is unknown}
rules: [{id: r, when: streak > 3 and tier = exit, do: note}]
"""


def test_assumptions_are_kept_without_throwing_customers_away() -> None:
    """Nobody is drawn whom the book calls impossible, and the bounds of the assumption are reached."""
    assumed = parse_rule_book(ASSUMED, customer=SmallCustomer)
    found = drawn(customers(book=assumed))

    for customer in found:
        facts = facts_of(assumed.vocabulary, customer, DAY)
        assert all(fires(one.always, facts) for one in assumed.assumptions)
    assert any(customer.streak and customer.aum == Decimal("100.01") for customer in found)


@SOME
@given(rule_books(SmallCustomer), st.data())
def test_matching_and_near_customers_are_where_they_should_be(one: RuleBook, data: st.DataObject) -> None:
    """A matching customer is matched, a near one is not, on any book; nobody is found only where a search fails."""
    statement = data.draw(st.sampled_from([found for found in statements_of(one) if found.role != "action"]))
    day = data.draw(dates_near(one))
    for strategy, expected in ((customers_matching, True), (customers_near, False)):
        try:
            customer = data.draw(strategy(one, statement.id, as_of=day))
        except InvalidArgument:
            continue
        assert fires(statement.when, facts_of(one.vocabulary, customer, day)) is expected


NEAR = """
book: {name: b, version: 1.0.0, covers: []}
actions: {note: {kind: care, nature: internal, title: note, precedence: care}}
rules:
  - {id: r, when: "aum in [100..200) and tier = key and days_to_maturity <= 7", do: note}
  - {id: known, when: consent is known, do: note}
"""


def test_near_customers_miss_by_one_step_of_one_condition() -> None:
    """All that is just outside is drawn, and exactly one thing is wrong with each."""
    near = parse_rule_book(NEAR, customer=SmallCustomer)
    found = drawn(customers_near(near, "r"))

    def wrong(one: SmallCustomer) -> list[Any]:
        days = one.days_to_maturity(DAY)
        said = {
            "aum": one.aum if one.aum is None or not 100 <= one.aum < 200 else "fine",
            "tier": one.tier if one.tier != "key" else "fine",
            "days": days if days is None or days > 7 else "fine",
        }
        return [value for value in said.values() if value != "fine"]

    assert {len(wrong(one)) for one in found} == {1}
    assert {wrong(one)[0] for one in found} == {Decimal("99.99"), Decimal(200), "ordinary", "exit", 8}
    assert {one.consent for one in drawn(customers_near(near, "known"))} == {None}


def test_matching_customers_lie_at_the_ends_of_the_rule() -> None:
    """The first and the last amount, and the first and the last day, that a rule allows are drawn."""
    found = drawn(customers_matching(parse_rule_book(NEAR, customer=SmallCustomer), "r"))

    assert {Decimal(100), Decimal("199.99")} <= {one.aum for one in found}
    assert {0, 7} <= {one.days_to_maturity(DAY) for one in found}


@pytest.mark.parametrize(
    "condition",
    [
        "age = 65 and days_to_birthday = 0",
        "deposit_share >= 0.6 and deposit < 100",
        "tenure_years >= 30 and days_to_anniversary <= 3",
    ],
)
def test_computed_attributes_are_put_where_they_should_be(condition: str) -> None:
    """Ages, shares and anniversaries of the shipped model have customers, drawn directly."""
    one = retail()
    parsed, _ = parse_condition(condition, one.vocabulary)
    assert parsed is not None

    @SOME
    @given(customers_where(condition, book=one))
    def test(customer: Customer) -> None:
        assert fires(parsed, facts_of(one.vocabulary, customer, DAY))

    test()


def test_customers_in_a_region_and_of_a_condition() -> None:
    """Both draw where they are told, computed attributes included."""
    space = Space(book())
    (box,) = [box for box, owner in zip(space.programs[0].boxes, space.programs[0].owner, strict=True) if owner == 1]
    region = space.within(space.everyone, box)
    assert region is not None

    assert {one.tier for one in drawn(customers_in(region, space=space))} == {"key"}
    found = drawn(customers_where("days_to_maturity in [3..5] and events has moved", book=book()))
    assert {one.days_to_maturity(DAY) for one in found} == {3, 4, 5}


def test_pairs_differ_in_the_named_fields_only() -> None:
    """Two customers differ in each field that is named, and in no other."""
    for first, second in drawn(customer_pairs(SmallCustomer, differ_in=("tier", "aum"))):
        differing = {name for name in SmallCustomer.model_fields if getattr(first, name) != getattr(second, name)}
        assert differing == {"tier", "aum"}


def test_portfolios_have_ids_of_their_own_and_sizes_in_bounds() -> None:
    """No two customers of a portfolio share an id, and the least and the greatest size occur."""
    found = drawn(portfolios(min_size=1, max_size=3))

    assert all(len({one.id for one in portfolio}) == len(portfolio) for portfolio in found)
    assert {len(portfolio) for portfolio in found} == {1, 2, 3}


def test_days_are_those_at_which_a_book_turns() -> None:
    """First and last days of validity, with their neighbours; for the shipped book, festivals too."""
    dated = parse_rule_book(
        NEAR.replace("id: r,", "id: r, from: 2026-05-01, until: 2026-06-30,"), customer=SmallCustomer
    )
    turns = {date(2026, 4, 30), date(2026, 5, 1), date(2026, 6, 30), date(2026, 7, 1)}

    assert turns <= set(drawn(dates_near(dated)))
    assert {date(2026, 2, 17), date(2026, 2, 16), date(2026, 2, 18)} <= set(drawn(dates_near(retail())))
    assert all(day <= date(2026, 5, 1) for day in drawn(dates_near(dated, max_value=date(2026, 5, 1))))


def test_moneys_are_exact_and_reach_their_ends() -> None:
    """Amounts have the places asked for, and the smallest and the greatest occur."""
    found = set(drawn(moneys(min_value=-1, max_value=Decimal("2.5"), places=1)))

    assert {Decimal("-1.0"), Decimal("2.5"), Decimal("0.0")} <= found
    assert all(Decimal(-1) <= amount <= Decimal("2.5") and amount.as_tuple().exponent == -1 for amount in found)
    assert find(moneys(min_value=Decimal("0.005")), lambda _: True, settings=MANY) == Decimal("0.01")


# Over time


def test_streams_are_in_order_and_leave_valid_customers() -> None:
    """Days never go back, and each change gives a customer that the model takes."""
    for stream in drawn(event_streams(SmallCustomer, book=None, ids=("a", "b"), min_size=1, max_size=4)):
        assert [change.on for change in stream] == sorted(change.on for change in stream)
        customer = SmallCustomer(tier="key")
        for change in stream:
            customer = change.applied(customer)
            assert all(getattr(customer, name) == value for name, value in change.facts.items())


def test_events_lie_near_the_constants_of_a_book() -> None:
    """A maturity changes to days that the book tells apart; a change is a line of a log."""
    found = drawn(events(book=book(), fields=("maturity",)))

    assert {date(2026, 1, 22), date(2026, 1, 23), None} <= {change.facts["maturity"] for change in found}
    assert str(FactChange(DAY, "C001", {"aum": Decimal("5.00"), "branch": None})) == (
        "2026-01-15 C001: aum = 5, branch = unknown"
    )


# Arguments


class Number(IntEnum):
    """No model of a customer."""

    ONE = 1


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: customers(int),  # type: ignore[arg-type]
        lambda: customers(Number),  # type: ignore[type-var]
        lambda: customers(book="rules/retail"),  # type: ignore[arg-type]
        lambda: customers(Customer, book=book()),
        lambda: customers(as_of=datetime(2026, 1, 1, 12)),
        lambda: customers(as_of=st.dates()),  # type: ignore[arg-type]
        lambda: customers(fields={"shoe_size": st.integers()}),
        lambda: customers(fields={"tier": "key"}),  # type: ignore[dict-item]
        lambda: declare(Customer, fields={"shoe_size": st.integers()}),
        lambda: declare(Customer, fields={"tier": 5}),  # type: ignore[dict-item]
        lambda: customers_matching(book(), "richt"),
        lambda: customers_near(book(), "nothing"),
        lambda: customers_in((1,), space=Space(book())),
        lambda: customers_in((1,), space=book()),  # type: ignore[arg-type]
        lambda: customers_where("aum >= many", book=book()),
        lambda: drawn(customers_where("streak > 3 and streak < 2", book=book())),
        lambda: drawn(
            customers_matching(
                parse_rule_book(NEAR.replace("tier = key", "tier = key and tier = exit"), customer=SmallCustomer), "r"
            )
        ),
        lambda: drawn(customer_pairs(differ_in="shoe_size")),
        lambda: drawn(customer_pairs(differ_in="age")),
        lambda: drawn(customer_pairs(differ_in=())),
        lambda: drawn(portfolios(min_size=3, max_size=2)),
        lambda: drawn(portfolios(min_size=-1)),
        lambda: moneys(min_value=0.5),  # type: ignore[arg-type]
        lambda: moneys(min_value=Decimal("NaN")),
        lambda: moneys(min_value=2, max_value=1),
        lambda: moneys(places=-1),
        lambda: dates_near(book(), min_value=date(2027, 1, 1), max_value=date(2026, 1, 1)),
        lambda: events(ids=()),
        lambda: events(ids="C1"),
        lambda: events(fields=("age",)),
        lambda: events(fields=()),
        lambda: event_streams(min_size=2, max_size=1),
    ],
)
def test_wrong_arguments_are_invalid_arguments(wrong: Callable[[], Any]) -> None:
    """What a strategy cannot do anything with is refused as Hypothesis refuses it, with a sentence."""
    with pytest.raises(InvalidArgument) as caught:
        wrong()

    assert str(caught.value)


def test_a_misspelt_rule_is_guessed() -> None:
    """The error says which id was meant."""
    with pytest.raises(InvalidArgument, match="did you mean `rich`"):
        customers_matching(book(), "richt")


@SOME
@given(customers_on_days(book()))
def test_customers_on_days_fit_the_engine(pair: tuple[Any, date]) -> None:
    """A pair is a customer of the book's model and a day."""
    customer, as_of = pair

    assert type(customer) is book().vocabulary.model
    assert type(as_of) is date
