"""What does a column of an Arrow batch hold, as values that conditions compare?

A column is read into whole numbers (days, minor units, counts) or into codes of its distinct values. What the customer
model does not allow is a fault of its row, with the same meaning as in a file of customers: a NaN, a word outside the
vocabulary, a time of day where a day is asked for. Nothing is rounded, and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from relmaint.customers import value_of_text
from relmaint.vocabulary import (
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    IntegerType,
    OrderedType,
    SetType,
    TextType,
    Value,
    ValueType,
    parse_value,
)

__all__ = [
    "Array",
    "Blank",
    "Codes",
    "Column",
    "Fault",
    "Numbers",
    "absent",
    "constant",
    "nameless",
    "read_column",
    "some",
    "taken",
    "units_of",
    "value_of",
]

Array: TypeAlias = "np.ndarray[Any, Any]"  # Any: the element type is said where it matters

_EPOCH = date(1970, 1, 1).toordinal()
_WORDS_SHOWN = 12

Blank = tuple[Value | None] | None
"""What an empty text stands for: the value in the tuple, or nothing at all, and then it is a fault."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of an ordered attribute: whole numbers, days since 1970-01-01, or decimals in units of their grid.

    Args:
        units: one signed 64-bit number a row; whatever it is where the value is unknown.
        known: which values are known; `None` when all are.
    """

    units: Array
    known: Array | None


@dataclass(frozen=True, slots=True)
class Codes:
    """A column of another attribute: for each row the number of its value; number 0 is unknown."""

    codes: Array
    values: tuple[Value | None, ...]


Column = Numbers | Codes


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one value: the row in its batch, the attribute, and what is expected."""

    row: int
    attribute: str
    message: str


@dataclass(slots=True)
class _Reading:
    """One column in the making."""

    name: str
    type: ValueType
    blank: Blank
    faults: list[Fault] = field(default_factory=list)

    def fault(self, rows: Array, message: str) -> None:
        """Note that the values of these rows (numbers) are wrong."""
        self.faults.extend(Fault(int(row), self.name, message) for row in rows)


def absent(rows: int) -> Codes:
    """Return the column of an attribute of which nothing is known for any of so many rows."""
    return Codes(np.zeros(rows, np.int32), (None,))


def constant(type_: ValueType, value: Value | None, rows: int) -> Column:
    """Return the column of an attribute that has the same value in all of so many rows."""
    if value is None:
        return absent(rows)
    if isinstance(type_, IntegerType | DecimalType | DateType):
        return Numbers(np.full(rows, units_of(type_, value), np.int64), None)
    return Codes(np.ones(rows, np.int32), (None, value))


def nameless(name: str, array: pa.Array) -> list[Fault]:
    """Return a fault for each row without a name, of an attribute that must have one and that nothing else asks for."""
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        return read_column(name, TextType(), array, optional=False)[1]
    empty = np.flatnonzero(_filled(pc.equal(pc.binary_length(array), 0).cast(pa.int8()), 0))
    unknown: Array = np.flatnonzero(np.asarray(array.is_null().to_numpy(zero_copy_only=False)))
    found = [Fault(int(row), name, "it must not be empty") for row in empty]
    return found + [Fault(int(row), name, "it must be known") for row in unknown]


def taken(column: Numbers, rows: Array) -> Numbers:
    """Return some rows of a column."""
    return Numbers(column.units[rows], None if column.known is None else column.known[rows])


def some(column: Column, rows: Array) -> Column:
    """Return some rows of any column."""
    return taken(column, rows) if isinstance(column, Numbers) else Codes(column.codes[rows], column.values)


def read_column(
    name: str, type_: ValueType, array: pa.Array, *, optional: bool, blank: Blank = None
) -> tuple[Column, list[Fault]]:
    """Read the values of one attribute.

    Args:
        name: the attribute.
        type_: its type.
        array: the column of a batch.
        optional: whether the attribute may be unknown.
        blank: what an empty text stands for.

    Returns:
        The column, and the faults; what the column holds in the row of a fault means nothing.
    """
    reading = _Reading(name, type_, blank)
    column = _read(reading, array)
    if isinstance(type_, TextType) and isinstance(column, Codes) and not optional:
        empty = [number for number, value in enumerate(column.values) if value == ""]
        reading.fault(np.flatnonzero(np.isin(column.codes, empty)), "it must not be empty")
    if not optional:
        unknown = _unknown(column)
        if unknown is not None and unknown.any():
            told = {fault.row for fault in reading.faults}
            rows = [row for row in np.flatnonzero(unknown) if int(row) not in told]
            reading.fault(np.asarray(rows, np.int64), "it must be known")
    if isinstance(column, Numbers) and not isinstance(type_, EnumType | BooleanType | TextType | SetType):
        _limits(reading, type_, column)
    return column, reading.faults


def _unknown(column: Column) -> Array | None:
    match column:
        case Numbers(_, known):
            return None if known is None else np.logical_not(known)
        case Codes(codes):
            unknown: Array = codes == 0
            return unknown


def _read(reading: _Reading, array: pa.Array) -> Column:
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if pa.types.is_null(array.type):
        return absent(len(array))
    match reading.type:
        case IntegerType() if pa.types.is_integer(array.type):
            return _integers(reading, array)
        case IntegerType() | DecimalType() if pa.types.is_floating(array.type):
            return _floats(reading, array)
        case DecimalType() if pa.types.is_integer(array.type):
            return _integers(reading, array, 10**reading.type.scale)
        case IntegerType() | DecimalType() if pa.types.is_decimal(array.type):
            return _decimals(reading, array)
        case DateType() if pa.types.is_date32(array.type):
            return _days(reading, array)
        case BooleanType() if pa.types.is_boolean(array.type):
            return Codes(_filled(pc.cast(array, pa.int32()), -1) + 1, (None, False, True))
        case SetType() if pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
            return _lists(reading, array)
        case _:
            return _coded(reading, array)


# Numbers -------------------------------------------------------------------------------------------------------------


def _known(array: pa.Array) -> Array | None:
    if not array.null_count:
        return None
    return np.asarray(pc.is_valid(array).to_numpy(zero_copy_only=False), bool)


def _buffer(array: pa.Array, type_: Any) -> Array:
    """Return the numbers of an array as they lie in memory; where it is null, whatever stands there."""
    if not len(array):
        return np.zeros(0, type_)
    return np.frombuffer(array.buffers()[1], type_, len(array) + array.offset)[array.offset :]


def _filled(array: pa.Array, value: int) -> Array:
    found = array.fill_null(value) if array.null_count else array
    return np.asarray(found.to_numpy(zero_copy_only=False))


def _days(reading: _Reading, array: pa.Array) -> Numbers:
    known = _known(array)
    units = _buffer(array.cast(pa.int32()), np.int32).astype(np.int64)
    inside = (units >= date.min.toordinal() - _EPOCH) & (units <= date.max.toordinal() - _EPOCH)
    _refuse(reading, ~inside, known, "expected a day between the years 1 and 9999")
    return Numbers(np.where(inside, units, 0), known)


def _integers(reading: _Reading, array: pa.Array, times: int = 1) -> Numbers:
    known = _known(array)
    if pa.types.is_uint64(array.type):
        high = pc.greater(array, pa.scalar(_MOST, pa.uint64()))
        rows = np.flatnonzero(_filled(high.cast(pa.int8()), 0))
        reading.fault(rows, "expected a number of ordinary size")
        array = pc.if_else(high, pa.scalar(0, pa.uint64()), array) if len(rows) else array
    units = _buffer(array.cast(pa.int64()), np.int64)
    if times != 1:
        small = np.abs(units) <= _MOST // times
        _refuse(reading, ~small, known, "expected a number of ordinary size")
        units = np.where(small, units, 0) * times
    return Numbers(units, known)


_MOST = 10**18
"""The most units that are counted; amounts of more are no amounts."""


def _floats(reading: _Reading, array: pa.Array) -> Numbers:
    """Read binary floats: each must be the one nearest to a number on the grid."""
    known = _known(array)
    single = pa.types.is_float32(array.type) or pa.types.is_float16(array.type)
    values = _buffer(array.cast(pa.float64()), np.float64)
    finite = np.isfinite(values)
    scale = reading.type.scale if isinstance(reading.type, DecimalType) else 0
    factor = float(10**scale)
    with np.errstate(all="ignore"):  # what overflows is refused below
        units = np.rint(np.where(finite, values, 0.0) * factor)
        nearest = units / factor
        exact = (nearest.astype(np.float32) == values.astype(np.float32)) if single else (nearest == values)
    small = np.abs(units) < 2.0**53
    _refuse(reading, ~finite, known, "expected a finite number; an unknown one is null, not NaN")
    _refuse(reading, finite & ~small, known, "expected a number that a binary float holds exactly")
    _refuse(reading, finite & small & ~exact, known, _expected(reading.type))
    return Numbers(np.where(small, units, 0.0).astype(np.int64), known)


def _decimals(reading: _Reading, array: pa.Array) -> Numbers:
    """Read decimals: the low half of each is the count of units, once they are on the grid of the attribute."""
    scale = reading.type.scale if isinstance(reading.type, DecimalType) else 0
    wanted = pa.decimal128(38, scale)
    try:
        cast = array.cast(wanted)
    except pa.ArrowInvalid:  # some value has more places, or too many digits: look at each
        return _one_by_one(reading, array)
    halves = _buffer_of_halves(cast)
    low, high = halves[:, 0], halves[:, 1]
    known = _known(array)
    small = (high == low >> 63) & (np.abs(low) <= _MOST)
    _refuse(reading, ~small, known, "expected a number of ordinary size")
    return Numbers(np.where(small, low, 0), known)


def _buffer_of_halves(array: pa.Array) -> Array:
    if not len(array):
        return np.zeros((0, 2), np.int64)
    halves = np.frombuffer(array.buffers()[1], "<i8", 2 * (len(array) + array.offset))
    return halves.reshape(-1, 2)[array.offset :]


def _one_by_one(reading: _Reading, array: pa.Array) -> Numbers:
    units = np.zeros(len(array), np.int64)
    for row, value in enumerate(array.to_pylist()):
        if value is None:
            continue
        try:
            units[row] = units_of(reading.type, parse_value(reading.type, format(value, "f")))
        except ValueError as problem:
            reading.fault(np.asarray([row]), str(problem))
    return Numbers(units, _known(array))


def _refuse(reading: _Reading, wrong: Array, known: Array | None, message: str) -> None:
    if wrong.any():
        reading.fault(np.flatnonzero(wrong if known is None else wrong & known), message)


def _expected(type_: ValueType) -> str:
    if isinstance(type_, DecimalType):
        return f"expected at most {type_.scale} places after the point"
    return "expected a whole number"


def _limits(reading: _Reading, type_: OrderedType, column: Numbers) -> None:
    low, high = type_.minimum, type_.maximum
    if low is not None:
        wrong = column.units < units_of(type_, low)
        _refuse(reading, wrong, column.known, f"expected at least {low}")
    if high is not None:
        wrong = column.units > units_of(type_, high)
        _refuse(reading, wrong, column.known, f"expected at most {high}")


def units_of(type_: ValueType, value: Any) -> int:
    """Return the number that stands for a value of an ordered attribute in `Numbers`."""
    match type_:
        case DecimalType():
            return int(Decimal(value).scaleb(type_.scale).to_integral_exact())
        case DateType():
            return int(value.toordinal()) - _EPOCH
        case _:
            return int(value)


def value_of(type_: ValueType, units: int) -> Value:
    """Return the value that a number in `Numbers` stands for."""
    match type_:
        case DecimalType():
            return Decimal(units).scaleb(-type_.scale)
        case DateType():
            return date.fromordinal(units + _EPOCH)
        case _:
            return units


# Codes ---------------------------------------------------------------------------------------------------------------


def _coded(reading: _Reading, array: pa.Array) -> Column:
    """Read a column by its distinct values, each looked at once."""
    if pa.types.is_nested(array.type):
        reading.fault(np.flatnonzero(_filled(array.is_valid().cast(pa.int8()), 0)), _wanted(reading.type, array.type))
        return absent(len(array))
    encoded = array if pa.types.is_dictionary(array.type) else pc.dictionary_encode(array)
    indices = _filled(encoded.indices.cast(pa.int64()), -1) + 1
    words = (None, *encoded.dictionary.to_pylist())
    found = [_told(reading.type, word, reading.blank) for word in words]
    for number, (_, message) in enumerate(found):
        if message is not None:
            reading.fault(np.flatnonzero(indices == number), message)
    values = [value for value, _ in found]
    if not isinstance(reading.type, IntegerType | DecimalType | DateType):
        numbers = np.asarray([0 if value is None else place for place, value in enumerate(values)], np.int32)
        return Codes(numbers[indices], tuple(values))
    units = np.asarray([0 if value is None else units_of(reading.type, value) for value in values], np.int64)
    known = np.asarray([value is not None for value in values], bool)
    return Numbers(units[indices], None if known[indices].all() else known[indices])


def _told(type_: ValueType, word: Any, blank: Blank) -> tuple[Value | None, str | None]:
    """Return the value that one entry stands for, or `None` and what is wrong with it."""
    match word:
        case None:
            return None, None
        case "" if blank is not None:
            return blank[0], None
        case str() if isinstance(type_, TextType):
            return word, None
        case str():
            try:
                return _of_text(type_, word.strip()), None
            except ValueError as problem:
                return None, str(problem)
        case datetime():
            midnight = word.tzinfo is None and word == datetime.combine(word.date(), datetime.min.time())
            if isinstance(type_, DateType) and midnight:
                return word.date(), None
            return None, "expected a day, without a time of day and a time zone"
        case date() if isinstance(type_, DateType):
            return word, None
        case _:
            return None, _wanted(type_, word)


def _of_text(type_: ValueType, text: str) -> Value | None:
    if not text:
        raise ValueError("expected a value; an unknown one is null, not an empty text")
    return value_of_text(type_, text)


def _wanted(type_: ValueType, word: object) -> str:
    kinds = {BooleanType: "true or false", DateType: "a day", EnumType: "a word", SetType: "words"}
    return f"expected {kinds.get(type(type_), 'a number')}, not `{word!r}`"


def _shortened(message: str) -> str:
    words = message.split(", ")
    if len(words) <= _WORDS_SHOWN:
        return message
    return f"{', '.join(words[:_WORDS_SHOWN])} or {len(words) - _WORDS_SHOWN} others"


def _lists(reading: _Reading, array: pa.Array) -> Codes:
    """Read lists of words: each distinct set of words is one value."""
    assert isinstance(reading.type, SetType), "only a set of words is read from lists; please report this"
    places = {word: place for place, word in enumerate(reading.type.values)}
    rows, flat = _numbered_rows(array)
    encoded = pc.dictionary_encode(flat)
    indices = _filled(encoded.indices.cast(pa.int64()), -1)
    bits: Array = np.zeros(len(array), np.int64 if len(places) < 63 else object)
    for number, word in enumerate((*encoded.dictionary.to_pylist(), None)):
        inside = rows[indices == (number if word is not None else -1)]
        if not len(inside):
            continue
        if word not in places:
            said = _shortened(f"`{word}` is not one of {', '.join(reading.type.values)}")
            reading.fault(np.unique(inside), said)
            continue
        bits[inside] |= 1 << places[word]
    distinct, inverse = np.unique(bits, return_inverse=True)
    known = _known(array)
    codes: Array = inverse.astype(np.int32) + 1
    if known is not None:
        codes[~known] = 0
    return Codes(codes, (None, *(_words(reading.type.values, int(one)) for one in distinct)))


def _numbered_rows(array: pa.Array) -> tuple[Array, pa.Array]:
    """Return the words of all lists one after the other, and the row of each."""
    return np.asarray(pc.list_parent_indices(array).to_numpy(zero_copy_only=False)), pc.list_flatten(array)


@cache
def _words(values: Sequence[str], bits: int) -> frozenset[str]:
    return frozenset(_set_words(values, bits))


def _set_words(values: Sequence[str], bits: int) -> Iterator[str]:
    return (word for place, word in enumerate(values) if bits >> place & 1)
