"""Is the vocabulary read off the model, and are models without exact classes refused?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from relmaint.errors import ModelError
from relmaint.model.attributes import About, derived, facts_of, vocabulary_of
from relmaint.model.customer import Customer
from relmaint.vocabulary import (
    AS_OF,
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    IntegerType,
    SetType,
    TextType,
)

DAY = date(2026, 3, 2)


class Colour(Enum):
    """An enum that is not text."""

    RED = "red"
    BLUE = "blue"


class Bank(BaseModel):
    """One field of every kind."""

    colour: Colour
    word: Literal["a", "b"] | None = None
    flag: bool = False
    count: Annotated[int | None, Field(gt=0, lt=10)] = None
    amount: Annotated[Decimal, Field(ge=0, decimal_places=2), About("金额", "amount", unit="yuan")]
    day: date | None = None
    note: str | None = None
    tags: frozenset[Colour] = frozenset()
    history: list[int] = []

    @derived(ge=0, unit="day", protected=True)
    def days_ahead(self, as_of: date) -> int | None:
        """Days to `day`."""
        return None if self.day is None else max(0, (self.day - as_of).days)


def test_every_type_is_read_off_the_model() -> None:
    """Types, ranges, words, optionality, units and labels come from annotations; a list is no attribute."""
    found = vocabulary_of(Bank).attributes

    assert {name: one.type for name, one in found.items()} == {
        AS_OF: DateType(),
        "colour": EnumType(("red", "blue")),
        "word": EnumType(("a", "b")),
        "flag": BooleanType(),
        "count": IntegerType(1, 9),
        "amount": DecimalType(2, Decimal(0)),
        "day": DateType(),
        "note": TextType(),
        "tags": SetType(("red", "blue")),
        "days_ahead": IntegerType(0),
    }
    assert [name for name, one in found.items() if one.optional] == ["word", "count", "day", "note", "days_ahead"]
    assert found["amount"].unit == "yuan"
    assert found["days_ahead"].protected
    assert found["days_ahead"].is_derived


def test_facts_hold_known_values_only_in_plain_form() -> None:
    """Enums become words, sets become sets of words, unknown attributes are absent, derived ones are computed."""
    customer = Bank(colour=Colour.RED, amount=Decimal("1.50"), day=date(2026, 3, 9), tags=frozenset({Colour.BLUE}))

    assert facts_of(vocabulary_of(Bank), customer, DAY) == {
        AS_OF: DAY,
        "colour": "red",
        "flag": False,
        "amount": Decimal("1.50"),
        "day": date(2026, 3, 9),
        "tags": frozenset({"blue"}),
        "days_ahead": 7,
    }


def test_a_subclass_adds_to_the_vocabulary() -> None:
    """A bank that subclasses the customer keeps every attribute and adds its own."""

    class Ours(Customer):
        pets: Annotated[int | None, Field(ge=0)] = None

    found = vocabulary_of(Ours)

    assert set(vocabulary_of(Customer)) < set(found)
    assert IntegerType(0) == found["pets"].type


def test_a_float_is_refused() -> None:
    """Binary floats have no exact classes, and the error names the field and the remedy."""

    class Floaty(BaseModel):
        rate: float

    with pytest.raises(ModelError, match=r"Floaty\.rate: use Decimal"):
        vocabulary_of(Floaty)


def test_a_decimal_without_places_is_refused() -> None:
    """A decimal needs a declared grid, and the error names the field and the remedy."""

    class Vague(BaseModel):
        amount: Decimal

    with pytest.raises(ModelError, match=r"Vague\.amount: declare `decimal_places`"):
        vocabulary_of(Vague)


def test_a_derived_attribute_must_return_a_simple_type() -> None:
    """A derivation that returns a list is refused by name."""

    class Odd(BaseModel):
        @derived()
        def many(self, as_of: date) -> list[int]:
            return []

    with pytest.raises(ModelError, match=r"Odd\.many: a derived attribute must return a simple type"):
        vocabulary_of(Odd)


def test_the_customer_has_no_field_for_what_must_not_be_known() -> None:
    """There is no field for looks, religion, ethnicity or sex."""
    forbidden = ("look", "appear", "cloth", "relig", "ethnic", "race", "sex", "gender")

    assert [name for name in vocabulary_of(Customer) if any(part in name for part in forbidden)] == []


def test_derived_attributes_at_their_edges() -> None:
    """A maturity today is zero days ahead, a past one is unknown; anniversaries count full years; shares are exact."""
    customer = Customer(
        id="1",
        deposit=Decimal("30000.00"),
        loan=Decimal("0.00"),
        investment=Decimal("60000.00"),
        deposit_maturity=DAY,
        product_maturity=date(2026, 3, 1),
        relationship_start=date(1996, 3, 2),
        birth_date=date(1966, 3, 3),
        next_band=Decimal("100000.00"),
        aum=Decimal("90000.00"),
    )
    facts = facts_of(vocabulary_of(Customer), customer, DAY)

    assert facts["days_to_maturity"] == 0
    assert "days_to_product_maturity" not in facts
    assert facts["tenure_years"] == facts["anniversary_years"] == 30
    assert facts["days_to_anniversary"] == 0
    assert facts["age"] == 59
    assert facts["days_to_birthday"] == 1
    assert facts["deposit_share"] == Decimal("0.3333")
    assert facts["band_share"] == Decimal("0.9")


def test_an_empty_relationship_has_no_shares() -> None:
    """Shares of nothing are unknown, not zero."""
    nothing = Decimal("0.00")
    customer = Customer(id="1", deposit=nothing, loan=nothing, investment=nothing)

    assert "deposit_share" not in facts_of(vocabulary_of(Customer), customer, DAY)
