"""Customers as Arrow batches: each attribute in one of the types in which banks store it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
from pydantic import BaseModel

from relmaint.customers import read_customers
from relmaint.model.attributes import plain
from relmaint.model.customer import Customer
from relmaint.vocabulary import (
    AS_OF,
    BooleanType,
    DateType,
    DecimalType,
    IntegerType,
    SetType,
    Value,
    ValueType,
    Vocabulary,
    show_value,
)

__all__ = ["batch_of", "branch_customers", "types_of"]

BRANCH = Path(__file__).parents[2] / "examples" / "branch.csv"


def branch_customers() -> list[Customer]:
    """Return the customers of the example branch."""
    return [one for one in read_customers(BRANCH) if isinstance(one, Customer)]


def types_of(type_: ValueType) -> list[pa.DataType]:
    """Return the Arrow types that can hold every value of an attribute."""
    match type_:
        case BooleanType():
            return [pa.bool_(), pa.string()]
        case IntegerType():
            return [pa.int64(), pa.int32(), pa.float64(), pa.decimal128(20, 0), pa.string()]
        case DecimalType():
            return [pa.decimal128(30, type_.scale), pa.decimal128(30, type_.scale + 2), pa.float64(), pa.string()]
        case DateType():
            return [pa.date32(), pa.timestamp("us"), pa.string()]
        case SetType():
            return [pa.list_(pa.string()), pa.large_list(pa.string()), pa.string()]
        case _:
            return [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())]


def batch_of(customers: Sequence[BaseModel], vocabulary: Vocabulary, random: Random | None = None) -> pa.RecordBatch:
    """Return customers as a batch, each column in the first of its types, or in one drawn at random."""
    columns: dict[str, pa.Array] = {}
    for attribute in vocabulary.attributes.values():
        if attribute.name == AS_OF or attribute.is_derived:
            continue
        types = types_of(attribute.type)
        held = random.choice(types) if random is not None else types[0]
        values = [plain(getattr(one, attribute.name)) for one in customers]
        columns[attribute.name] = _array(values, held, types[0])
    return pa.RecordBatch.from_pydict(columns)


def _array(values: Sequence[Value | None], held: pa.DataType, roomy: pa.DataType) -> pa.Array:
    """Return values in a type, or in a roomier one when one of them does not fit."""
    try:
        return pa.array([_stored(value, held) for value in values], held)
    except pa.ArrowInvalid:
        return pa.array([_stored(value, roomy) for value in values], roomy)


def _stored(value: Value | None, held: pa.DataType) -> Any:
    if value is None:
        return None
    if isinstance(value, frozenset):
        return sorted(value) if not pa.types.is_string(held) else ";".join(sorted(value)) or "none"
    if pa.types.is_string(held) and not isinstance(value, str):
        return show_value(value)
    if pa.types.is_timestamp(held) and isinstance(value, date):
        return datetime.combine(value, time())
    if pa.types.is_floating(held):
        return float(value)  # type: ignore[arg-type]  # a number
    return Decimal(value) if pa.types.is_decimal(held) else value  # type: ignore[arg-type]  # as above
