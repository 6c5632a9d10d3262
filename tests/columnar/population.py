"""Customers of the shipped model by the million, as Arrow batches: heavy-tailed amounts, and most facts missing.

They are drawn to be planned for, not to be believed: facts hang on the preference and the tier, as far as speed can
depend on it, and are otherwise independent.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from relmaint import Customer
from relmaint.ir.rules import RuleBook
from relmaint.vocabulary import AS_OF, BooleanType, DateType, DecimalType, EnumType, IntegerType, SetType, ValueType

__all__ = ["DAY", "population", "write_population"]

DAY = date(2026, 3, 2)
_EPOCH = date(1970, 1, 1).toordinal()
_KNOWN = {
    "deposit_maturity": 0.45, "auto_rollover": 0.5, "product_maturity": 0.12, "facility_maturity": 0.1,
    "limit_review": 0.08, "next_repayment": 0.3, "loan_drawdown": 0.3, "benefit_expiry": 0.15, "contact_hour": 0.0,
    "salary_stopped": 0.4, "fraud_case": 0.98, "bereavement": 0.98, "hardship": 0.98, "vulnerability": 0.95,
    "unrealised_return": 0.15, "limit_utilisation": 0.2, "preferred_channel": 0.6, "risk_class": 0.4,
    "risk_class_expiry": 0.4,
}  # fmt: skip
"""How often a fact is known, where it is not nearly always."""
_TRUE = {
    "auto_rollover": 0.55, "salary_stopped": 0.02, "marketing_consent": 0.6, "do_not_contact": 0.02,
    "greetings_welcome": 0.7, "events_welcome": 0.5, "profiling_refused": 0.05, "vulnerability": 0.02,
    "hardship": 0.01, "bereavement": 0.004, "fraud_case": 0.002, "owner_operator": 0.08,
}  # fmt: skip
_RARE = {
    "complaints_open": 0.02, "complaints_12m": 0.06, "failed_payments_30d": 0.03, "product_exits_180d": 0.08,
    "rejected_draws": 0.01, "arrears_days": 0.015, "contacts_30d": 0.5,
}  # fmt: skip
_DAYS = {
    "birth_date": (-32000, -5800), "relationship_start": (-9000, -1), "last_contact": (-500, -1),
    "last_review": (-800, -1), "loan_drawdown": (-1500, -1), "document_expiry": (-60, 3600),
    "risk_class_expiry": (-60, 720),
}  # fmt: skip


def population(book: RuleBook, rows: int, seed: int, first: int = 1) -> pa.RecordBatch:
    """Return customers of the shipped model, the same for the same seed."""
    random = np.random.default_rng(seed)
    columns: dict[str, Any] = {"id": pa.array([f"C{number:09}" for number in range(first, first + rows)])}
    for attribute in book.vocabulary.attributes.values():
        name = attribute.name
        if name in (AS_OF, "id") or attribute.is_derived:
            continue
        array = _drawn(random, name, attribute.type, rows)
        if attribute.optional and Customer.model_fields[name].default is None:
            array = pa.array(array, array.type) if isinstance(array, list) else array
            known = random.random(rows) < _KNOWN.get(name, 0.92)
            array = pa.compute.if_else(pa.array(known), array, pa.scalar(None, array.type))
        columns[name] = array
    return pa.RecordBatch.from_pydict(columns)


def _drawn(random: np.random.Generator, name: str, type_: ValueType, rows: int) -> pa.Array:
    match type_:
        case EnumType():
            often = random.zipf(1.6, rows * 2)
            codes = np.resize(often[often <= len(type_.values)], rows) - 1
            return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int8)), pa.array(type_.values)).cast(
                pa.string()
            )
        case BooleanType():
            return pa.array(random.random(rows) < _TRUE.get(name, 0.1))
        case IntegerType():
            if name in _RARE:
                return pa.array(np.where(random.random(rows) < _RARE[name], random.geometric(0.4, rows), 0), pa.int32())
            low, high = int(type_.minimum or 0), int(type_.maximum or 100)
            return pa.array(random.integers(low, min(high, 100) + 1, rows), pa.int32())
        case DecimalType():
            return _amounts(random, type_, rows)
        case DateType():
            low, high = _DAYS.get(name, (0, 900))
            days = DAY.toordinal() - _EPOCH + random.integers(low, high, rows)
            return pa.array(days.astype(np.int32)).cast(pa.date32())
        case SetType():
            words = random.integers(0, len(type_.values), rows)
            some = random.random(rows) < 0.05
            offsets = np.concatenate([[0], np.cumsum(some)]).astype(np.int32)
            return pa.ListArray.from_arrays(pa.array(offsets), pa.array(type_.values).take(pa.array(words[some])))
        case _:
            codes = random.integers(0, 400, rows)
            return pa.DictionaryArray.from_arrays(
                pa.array(codes.astype(np.int32)), pa.array([f"{name}-{number:03}" for number in range(400)])
            ).cast(pa.string())


def _amounts(random: np.random.Generator, type_: DecimalType, rows: int) -> pa.Array:
    factor = 10**type_.scale
    high = float(type_.maximum if type_.maximum is not None else 10**9)
    if high <= 100:
        change = (
            random.normal(0, 0.15, rows) if type_.minimum is not None and type_.minimum < 0 else random.random(rows)
        )
        units = np.clip(np.rint(change * factor), float(type_.minimum or 0) * factor, high * factor).astype(np.int64)
    else:
        units = np.where(random.random(rows) < 0.4, 0, np.rint(random.lognormal(10, 2, rows) * factor)).astype(np.int64)
    halves = np.zeros((rows, 2), np.int64)
    halves[:, 0], halves[:, 1] = units, np.where(units < 0, -1, 0)
    return pa.Array.from_buffers(pa.decimal128(18, type_.scale), rows, [None, pa.py_buffer(halves.tobytes())])


def write_population(book: RuleBook, path: Path, rows: int, seed: int = 1, group: int = 1 << 18) -> None:
    """Write customers to a Parquet file, row group by row group."""
    draft = path.with_suffix(".draft")
    writer: pq.ParquetWriter | None = None
    for place, start in enumerate(range(0, rows, group)):
        batch = population(book, min(group, rows - start), seed * 1_000_003 + place, start + 1)
        writer = writer or pq.ParquetWriter(draft, batch.schema, compression="zstd")
        writer.write_batch(batch)
    assert writer is not None
    writer.close()
    draft.replace(path)
