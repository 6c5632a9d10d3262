"""Do the shares of a whole column come to what the functions of the model come to?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmaint import Customer
from relmaint.columnar import derive
from relmaint.columnar.columns import Column, Numbers
from relmaint.columnar.derive import Derivations
from relmaint.columnar.shares import share_column
from relmaint.model.attributes import vocabulary_of

DAY = date(2026, 3, 2)
VOCABULARY = vocabulary_of(Customer)
NAMES = ("band_share", "deposit_share", "loan_share", "investment_share")
AMOUNTS = ("aum", "next_band", "deposit", "loan", "investment")
UNITS = st.one_of(
    st.none(), st.integers(0, 40), st.integers(0, 10**15), st.sampled_from([1, 3, 20_000, 10**15, 5 * 10**14])
)


def columns_of(rows: list[dict[str, int | None]]) -> dict[str, Column]:
    """Return amounts in cents as columns, with nonsense where they are unknown."""
    return {
        name: Numbers(
            np.asarray([-7 if row[name] is None else row[name] for row in rows], np.int64),
            np.asarray([row[name] is not None for row in rows]),
        )
        for name in AMOUNTS
    }


def values_of(column: Column) -> list[Decimal | None]:
    """Return a column of shares as the model has them."""
    assert isinstance(column, Numbers)
    assert column.known is not None
    known = column.known.tolist()
    return [
        Decimal(one).scaleb(-4) if is_known else None
        for one, is_known in zip(column.units.tolist(), known, strict=True)
    ]


def asked(rows: list[dict[str, int | None]], name: str) -> list[Any]:
    """Return what the function of the model says, customer by customer."""
    method = getattr(Customer, name)
    cents = [{key: None if one is None else Decimal(one).scaleb(-2) for key, one in row.items()} for row in rows]
    return [method(Customer.model_construct(id="C", **row), DAY) for row in cents]


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(AMOUNTS, UNITS)), min_size=1, max_size=12), st.sampled_from(NAMES))
def test_shares_are_those_of_the_model(rows: list[dict[str, int | None]], name: str) -> None:
    """Nulls, noughts, ties at the fifth place and the largest amounts: each share is the one of the function."""
    found = share_column(VOCABULARY, VOCABULARY[name], columns_of(rows).__getitem__)

    assert found is not None
    assert asked(rows, name) == values_of(found)


def test_ties_are_rounded_to_the_even_digit() -> None:
    """A share that lies between two places of its grid goes to the even one, in both."""
    rows: list[dict[str, int | None]] = [
        {**dict.fromkeys(AMOUNTS), "aum": part, "next_band": 20_000} for part in range(1, 40)
    ]
    found = share_column(VOCABULARY, VOCABULARY["band_share"], columns_of(rows).__getitem__)

    assert found is not None
    assert asked(rows, "band_share") == values_of(found)


def test_amounts_beyond_the_model_are_asked_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where long division could overflow, the function itself is asked, and says the same as without columns."""
    rows: list[dict[str, int | None]] = [
        {**dict.fromkeys(AMOUNTS), "aum": 10**17, "next_band": 3 * 10**17},
        {**dict.fromkeys(AMOUNTS), "aum": 5, "next_band": 9},
    ]
    columns = columns_of(rows)

    assert share_column(VOCABULARY, VOCABULARY["band_share"], columns.__getitem__) is None
    derived = Derivations(VOCABULARY, DAY).column("band_share", 2, columns.__getitem__)
    assert asked(rows, "band_share") == values_of(derived)
    monkeypatch.setattr(derive, "share_column", lambda *_: None)
    again = Derivations(VOCABULARY, DAY).column("band_share", 2, columns_of(rows[1:] * 2).__getitem__)
    assert asked(rows[1:] * 2, "band_share") == values_of(again)
