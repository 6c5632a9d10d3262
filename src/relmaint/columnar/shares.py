"""What are the shares of the shipped customer model, computed for a whole column?

A share of two amounts has nearly as many values as there are customers, so that calling the function of the model for
each distinct pair would take longer than all else. That the columns say what the functions say is a law in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from relmaint.columnar.columns import Array, Column, Numbers
from relmaint.model.customer import Customer
from relmaint.vocabulary import Attribute, DecimalType, Vocabulary

__all__ = ["share_column"]

_PLACES = 4
"""The places of a share after the point."""

_TOP = 100 * 10**_PLACES
"""The largest share that the model returns, in units of its grid."""

_LARGEST = 9 * 10**16
"""Amounts up to this many units can be divided digit by digit in 64 bits."""

_PARTS = ("deposit", "loan", "investment")
_SHARES: Mapping[object, tuple[str, tuple[str, ...]]] = {
    Customer.deposit_share: ("deposit", _PARTS),
    Customer.loan_share: ("loan", _PARTS),
    Customer.investment_share: ("investment", _PARTS),
    Customer.band_share: ("aum", ("next_band",)),
}
"""For each derivation, the attribute that is shared, and those whose sum it is a share of."""


def share_column(vocabulary: Vocabulary, attribute: Attribute, columns: Callable[[str], Column]) -> Numbers | None:
    """Return the column of a derived attribute that is a share of the shipped model.

    Args:
        vocabulary: the attributes.
        attribute: the derived attribute.
        columns: gives the column of each stored field.

    Returns:
        The column; `None` when the attribute is another one, or when it has to be asked customer by customer.
    """
    spec = _SHARES.get(attribute.derive)
    if spec is None:
        return None
    part_name, names = spec
    types = [vocabulary[name].type for name in (part_name, *names)]
    if len({one.scale for one in types if isinstance(one, DecimalType)}) != 1:
        return None
    part, wholes = columns(part_name), [columns(name) for name in names]
    if not isinstance(part, Numbers) or not all(isinstance(one, Numbers) for one in wholes):
        return None
    known = _known([part, *wholes])  # type: ignore[list-item]  # looked at above
    above = np.where(known, part.units, 0)
    units = [np.where(known, one.units, 0) for one in wholes]  # type: ignore[union-attr]  # as above
    if any((one > _LARGEST // len(units)).any() or (one < 0).any() for one in units) or (above < 0).any():
        return None
    whole: Array = np.sum(units, axis=0)
    known &= whole > 0
    return Numbers(_shares(above, np.where(known, whole, 1)), known)


def _known(columns: list[Numbers]) -> Array:
    found = np.ones(len(columns[0].units), bool)
    for one in columns:
        if one.known is not None:
            found &= one.known
    return found


def _shares(part: Array, whole: Array) -> Array:
    """Divide, rounded half to even at four places, by long division with two digits at a time."""
    quotient = part // whole
    rest = part - quotient * whole
    digits = np.minimum(quotient, 100)
    for _ in range(_PARTS_OF_TWO):
        rest = rest * 100
        two = rest // whole
        rest -= two * whole
        digits = digits * 100 + two
    twice = 2 * rest
    digits += (twice > whole) | ((twice == whole) & (digits & 1 == 1))
    found: Array = np.minimum(digits, _TOP)
    return found


_PARTS_OF_TWO = _PLACES // 2
