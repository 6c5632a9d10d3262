"""What are the derived attributes of a batch, each computed once for every distinct combination of what it reads?

A derived attribute is a Python function of (customer, as_of). It is called with a stand-in that notes which fields it
asks for; rows that agree on these fields share one call, across batches too. So the function of the model itself
decides, and no second statement of it can differ.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import CodeType, FunctionType, MethodType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from relmaint.columnar.columns import Array, Codes, Column, Numbers, units_of, value_of
from relmaint.columnar.shares import share_column
from relmaint.model.attributes import plain
from relmaint.vocabulary import Attribute, DateType, DecimalType, IntegerType, Value, Vocabulary

__all__ = ["Derivations"]

Columns = Callable[[str], Column]
"""Gives the column of a stored attribute."""


class _NeededError(Exception):
    """A derivation asks for a field that the rows were not told apart by."""

    def __init__(self, name: str) -> None:
        self.name = name


class _StandIn:
    """A customer of whom some fields are known; asking for another one is told."""

    def __init__(self, model: type[Any], fields: Mapping[str, Any]) -> None:
        self._model = model
        self._fields = fields

    def __getattr__(self, name: str) -> Any:
        if name in self._fields:
            return self._fields[name]
        if name in self._model.model_fields:
            raise _NeededError(name)
        found = getattr(self._model, name)
        if isinstance(found, property) and found.fget is not None:
            return found.fget(self)
        return MethodType(found, self) if isinstance(found, FunctionType) else found


_REACH = 1 << 17
"""A table of one input has places for so many days, or units, before and after nought."""


class Derivations:
    """The derived attributes of a model on one day, remembered from batch to batch.

    Args:
        vocabulary: the attributes; it knows its model.
        as_of: the day.
    """

    def __init__(self, vocabulary: Vocabulary, as_of: date) -> None:
        self._vocabulary = vocabulary
        self._as_of = as_of
        self._derived: dict[str, _Derived] = {}

    def inputs(self, name: str) -> tuple[str, ...]:
        """Return the stored fields that a derived attribute can read: those that its code names, or that it asked for.

        A function that finds out at run time which field it wants is seen to ask for it only then; who reads columns
        from a file must look again after each batch.
        """
        derived = self._of(name)
        return tuple(dict.fromkeys((*derived.named, *derived.inputs)))

    def column(self, name: str, rows: int, columns: Columns) -> Column:
        """Return the column of a derived attribute.

        Args:
            name: the attribute.
            rows: how many rows the batch has.
            columns: gives the column of each stored field that the attribute reads.
        """
        return self._of(name).column(rows, columns)

    def _of(self, name: str) -> _Derived:
        if name not in self._derived:
            self._derived[name] = _Derived(self._vocabulary, self._vocabulary[name], self._as_of)
        return self._derived[name]


class _Memory:
    """The values that a derived attribute had, for one list of inputs; only who holds the lock adds to it."""

    def __init__(self, inputs: tuple[str, ...]) -> None:
        self.inputs = inputs
        self.known: dict[tuple[Any, ...], int] = {}
        self.values: list[Value | None] = [None]
        self.numbers: dict[Value, int] = {}
        self.table = np.full(2 * _REACH + 1 if len(inputs) == 1 else 0, -1, np.int32)
        self.units = np.zeros(0, np.int64)

    def keep(self, values: tuple[Any, ...], value: Value | None) -> int:
        """Remember a value, and return its number."""
        number = 0 if value is None else self.numbers.setdefault(value, len(self.values))
        if number == len(self.values):
            self.values.append(value)
        self.known[values] = number
        return number


class _Derived:
    """One derived attribute: what it reads, and the values it had."""

    def __init__(self, vocabulary: Vocabulary, attribute: Attribute, as_of: date) -> None:
        self.vocabulary, self.attribute, self.as_of = vocabulary, attribute, as_of
        model: Any = vocabulary.model
        self.named = tuple(name for name in _named(model, attribute.derive) if name in model.model_fields)
        self._lock = threading.Lock()
        self._memory = _Memory(())
        self._try(self._memory, ())

    @property
    def inputs(self) -> tuple[str, ...]:
        return self._memory.inputs

    def _try(self, memory: _Memory, values: tuple[Any, ...]) -> int:
        """Return the number of the value for these values of the inputs; -1 when it asked for one more field."""
        derive, model = self.attribute.derive, self.vocabulary.model
        assert derive is not None, "only derived attributes are derived; please report this"
        assert model is not None, "only a model derives attributes; please report this"
        try:
            value = plain(derive(_StandIn(model, dict(zip(memory.inputs, values, strict=True))), self.as_of))
        except _NeededError as needed:
            self._memory = _Memory((*memory.inputs, needed.name))
            return -1
        return memory.keep(values, value)

    def column(self, rows: int, columns: Columns) -> Column:
        """Return the values; a derivation that asks for one more field begins anew with rows told apart by it."""
        share = share_column(self.vocabulary, self.attribute, columns)
        if share is not None:
            return share
        while True:
            memory = self._memory
            parts = [columns(name) for name in memory.inputs]
            found = self._by_table(memory, parts[0]) if len(parts) == 1 else None
            if found is None:
                found = self._by_hash(memory, parts, rows)
            if found is not None:
                return self._typed(memory, found)

    def _by_hash(self, memory: _Memory, parts: list[Column], rows: int) -> Array | None:
        """Return the number of the value of each row by the distinct combinations; `None` when more is needed."""
        codes, firsts = _combined(parts, rows)
        met = [_objects(self.vocabulary, name, part, firsts) for name, part in zip(memory.inputs, parts, strict=True)]
        numbers = self._numbers(memory, list(zip(*met, strict=True)) if met else [()] * len(firsts))
        return None if numbers is None else np.asarray(numbers, np.int32)[codes]

    def _numbers(self, memory: _Memory, met: Sequence[tuple[Any, ...]]) -> list[int] | None:
        """Return the number of the value for each combination; `None` when more fields are needed to tell."""
        with self._lock:
            found = []
            for values in met:
                number = memory.known.get(values)
                if number is None:
                    if self._memory.inputs != memory.inputs:
                        return None
                    number = self._try(memory, values)
                    if number < 0:
                        return None
                found.append(number)
            if len(memory.known) > _REMEMBERED and self._memory is memory:
                self._memory = _Memory(memory.inputs)
            return found

    def _by_table(self, memory: _Memory, part: Column) -> Array | None:
        """Return the number of the value of each row by a table of the one input, if it lies within the table."""
        if not isinstance(part, Numbers):
            return None
        places = part.units + _REACH
        if part.known is not None:
            places = np.where(part.known, places, 0)
        if len(places) and (int(places.min()) < 0 or int(places.max()) >= 2 * _REACH):
            return None
        if part.known is not None:
            places[~part.known] = 2 * _REACH
        numbers: Array = memory.table[places]
        missing = np.unique(places[numbers < 0])
        if len(missing):
            type_ = self.vocabulary[memory.inputs[0]].type
            met = [(None if one == 2 * _REACH else value_of(type_, one - _REACH),) for one in missing.tolist()]
            own = self._numbers(memory, met)
            if own is None:
                return None
            memory.table[missing] = own
            numbers = memory.table[places]
        return numbers

    def _typed(self, memory: _Memory, numbers: Array) -> Column:
        type_ = self.attribute.type
        if not isinstance(type_, IntegerType | DecimalType | DateType):
            return Codes(numbers, tuple(memory.values))
        with self._lock:
            if len(memory.units) < len(memory.values):
                more = [0 if one is None else units_of(type_, one) for one in memory.values[len(memory.units) :]]
                memory.units = np.concatenate([memory.units, np.asarray(more, np.int64)])
        return Numbers(memory.units[numbers], numbers != 0)


_REMEMBERED = 1 << 19
"""So many combinations of the inputs of a derivation are remembered; then it begins anew."""


def _named(model: type[Any], derive: Any) -> dict[str, None]:
    """Return the names that stand in the code of a derivation, and in that of all it may call."""
    found: dict[str, None] = {}
    seen: set[CodeType] = set()
    pending: list[Any] = [derive]
    while pending:
        function = pending.pop()
        function = getattr(function, "fget", None) or getattr(function, "__wrapped__", None) or function
        code = getattr(function, "__code__", None)
        codes = [code] if isinstance(code, CodeType) and code not in seen else []
        while codes:
            one = codes.pop()
            seen.add(one)
            codes += [inner for inner in one.co_consts if isinstance(inner, CodeType)]
            for name in one.co_names:
                found.setdefault(name)
                pending += [getattr(function, "__globals__", {}).get(name), inspect.getattr_static(model, name, None)]
    return found


def _combined(parts: list[Column], rows: int) -> tuple[Array, Array]:
    """Number the rows by the combination of their values; return the numbers, and a row of each."""
    if not parts:
        return np.zeros(rows, np.int32), np.zeros(min(rows, 1), np.int64)
    combined = np.zeros(rows, np.int64)
    firsts = np.zeros(min(rows, 1), np.int64)
    for part in parts:
        own, size = _dense(part)
        combined, firsts = _distinct(combined * size + own)
    return combined, firsts


def _dense(part: Column) -> tuple[Array, int]:
    """Return a small number for each distinct value of a column, and how many there are; 0 is unknown."""
    match part:
        case Codes(codes, values):
            return codes.astype(np.int64), len(values)
        case Numbers(units, known):
            inner, firsts = _distinct(units if known is None else np.where(known, units, np.int64(0)))
            dense = inner + 1
            return (dense if known is None else np.where(known, dense, 0)), len(firsts) + 1


def _distinct(values: Array) -> tuple[Array, Array]:
    """Number the values by their first occurrence; return the numbers, and the row of each first one."""
    if not len(values):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    low, high = int(values.min()), int(values.max())
    if high - low < _DENSE:
        first = np.full(high - low + 1, -1, np.int64)
        shifted = values - low
        first[shifted[::-1]] = np.arange(len(values) - 1, -1, -1)
        present = np.flatnonzero(first >= 0)
        number = np.zeros(high - low + 1, np.int64)
        number[present] = np.arange(len(present))
        return number[shifted], first[present]
    encoded = pc.dictionary_encode(pa.array(values))
    codes = np.asarray(encoded.indices.to_numpy(zero_copy_only=False)).astype(np.int64)
    first = np.zeros(len(encoded.dictionary), np.int64)
    first[codes[::-1]] = np.arange(len(values) - 1, -1, -1)
    return codes, first


_DENSE = 1 << 20
"""Values that lie closer together are numbered by a table, others by hashing."""


def _objects(vocabulary: Vocabulary, name: str, part: Column, rows: Array) -> list[Any]:
    """Return, for some rows, the model's own objects for the values of a column, as a derivation expects them."""
    type_ = vocabulary[name].type
    match part:
        case Codes(codes, values):
            members = getattr(type_, "members", ())
            if members:
                own = dict(zip(type_.values, members, strict=True))  # type: ignore[union-attr]  # an enum has members
                values = tuple(None if value is None else own[value] for value in values)
            return [values[code] for code in codes[rows].tolist()]
        case Numbers(units, known):
            here = [value_of(type_, number) for number in units[rows].tolist()]
            if known is None:
                return here
            return [value if one else None for value, one in zip(here, known[rows].tolist(), strict=True)]
