"""Which rules match, at a cost that grows with the attributes and not with the rules?

Each attribute has a table or a sorted list of cuts that gives the class of a value; each class holds a bitmap of the
boxes that it does not rule out, and and-ing the bitmaps leaves the boxes that match (the bit-vector method of packet
classification: Lakshman and Stiliadis, SIGCOMM 1998). The function that names a customer's cell is generated once a
book, so that a warm plan costs one look-up an attribute.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable
from datetime import date
from typing import Any, assert_never

from pydantic import BaseModel

from relmaint.ir.program import Axis, Program
from relmaint.model.attributes import plain
from relmaint.vocabulary import (
    AS_OF,
    Attribute,
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    IntegerType,
    SetType,
    TextType,
    Vocabulary,
)

__all__ = ["CompiledBackend", "class_bitmaps"]

_Key = tuple[Any, ...]
_Namer = Callable[[BaseModel, date], _Key]


class CompiledBackend:
    """Classes per attribute, bitmaps per class."""

    name = "compiled"

    def __init__(self, program: Program) -> None:
        """Build the tables and bitmaps of a program, and the function that names a cell."""
        self._program = program
        self._slots = _slots(program)
        self._bitmaps = tuple(class_bitmaps(program, index) for index in range(len(program.axes)))
        self._everything = (1 << len(program.boxes)) - 1
        self.cell: _Namer = _generate(program, self._slots)

    def match(self, customer: BaseModel, as_of: date) -> tuple[int, ...]:
        """Return the numbers of the matching statements, ascending."""
        return self.match_cell(self.cell(customer, as_of))

    def classes(self, key: _Key) -> tuple[int, ...]:
        """Return the class on every axis of the program for a key that `cell` gave."""
        found = [0] * len(self._program.axes)
        for slot, part in zip(self._slots, key, strict=True):
            for index in slot:
                axis = self._program.axes[index]
                found[index] = axis.class_of(plain(part)) if isinstance(axis.type, SetType) else part
        return tuple(found)

    def match_cell(self, key: _Key) -> tuple[int, ...]:
        """Return the numbers of the statements that match in a cell, ascending."""
        remaining = self._everything
        for bitmaps, class_ in zip(self._bitmaps, self.classes(key), strict=True):
            remaining &= bitmaps[class_]
        owner = self._program.owner
        found = set()
        while remaining:
            lowest = remaining & -remaining
            found.add(owner[lowest.bit_length() - 1])
            remaining ^= lowest
        return tuple(sorted(found))


def _slots(program: Program) -> tuple[tuple[int, ...], ...]:
    """Group the axes by attribute: a set attribute has one axis a word, but one place in a key."""
    groups: dict[str, list[int]] = {}
    for index, axis in enumerate(program.axes):
        groups.setdefault(axis.attribute, []).append(index)
    return tuple(tuple(group) for group in groups.values())


def class_bitmaps(program: Program, index: int) -> tuple[int, ...]:
    """Return, for each class of one axis, the bits of the boxes that the class does not rule out.

    A mask is a few runs of classes; each run switches its box on where it starts and off where it ends.
    """
    axis = program.axes[index]
    switches = [0] * (axis.size + 1)
    free = (1 << len(program.boxes)) - 1
    for number, box in enumerate(program.boxes):
        mask = next((mask for place, mask in box if place == index), None)
        if mask is None:
            continue
        bit = 1 << number
        free ^= bit
        edges = (mask ^ (mask << 1)) & ((1 << (axis.size + 1)) - 1)
        while edges:
            lowest = edges & -edges
            switches[lowest.bit_length() - 1] ^= bit
            edges ^= lowest
    current, bitmaps = free, []
    for switch in switches[:-1]:
        current ^= switch
        bitmaps.append(current)
    return tuple(bitmaps)


def _generate(program: Program, slots: tuple[tuple[int, ...], ...]) -> _Namer:
    """Write and compile the function that names a cell: one expression a slot, constants bound as defaults.

    Generating source is what makes a warm plan cheap; every name in it is an attribute's, and those are identifiers.
    """
    vocabulary = program.book.vocabulary
    names: dict[str, object] = {"_bisect": bisect_right}
    parts = [_expression(vocabulary, program.axes[slot[0]], place, names) for place, slot in enumerate(slots)]
    bound = ", ".join(f"{name}={name}" for name in names)
    body = "".join(f"{part}, " for part in parts)
    source = f"def cell(customer, as_of, *, {bound}):\n    values = customer.__dict__\n    return ({body})\n"
    exec(compile(source, "<cell of a rule book>", "exec"), names)  # noqa: S102  # our own text, from identifiers only
    return names["cell"]  # type: ignore[return-value]  # the text above defines it


def _expression(vocabulary: Vocabulary, axis: Axis, place: int, names: dict[str, object]) -> str:
    attribute = vocabulary[axis.attribute]
    value = _value(attribute, place, names)
    table = f"_table{place}"
    match axis.type:
        case EnumType():
            names[table] = _enum_table(axis.type)
            return f"{table}[{value}]"
        case BooleanType():
            names[table] = {None: 0, False: 1, True: 2}
            return f"{table}[{value}]"
        case TextType():
            texts: dict[str | None, int] = {word: 2 + number for number, word in enumerate(axis.words)}
            names[table] = {None: 0, **texts}.get
            return f"{table}({value}, 1)"
        case SetType():
            return f"(None if (v{place} := {value}) is None else frozenset(v{place}))"
        case IntegerType() | DecimalType() | DateType():
            names[table] = list(axis.cuts)
            if not attribute.optional:
                return f"_bisect({table}, {value}) + 1"
            return f"(0 if (v{place} := {value}) is None else _bisect({table}, v{place}) + 1)"
        case _:
            assert_never(axis.type)


def _value(attribute: Attribute, place: int, names: dict[str, object]) -> str:
    if attribute.name == AS_OF:
        return "as_of"
    if attribute.derive is None:
        return f"values[{attribute.name!r}]"
    names[f"_derive{place}"] = attribute.derive
    return f"_derive{place}(customer, as_of)"


def _enum_table(type_: EnumType) -> dict[Hashable, int]:
    """Return the class of each word, under the word and under the object that the model holds for it."""
    table: dict[Hashable, int] = {None: 0}
    for number, word in enumerate(type_.values):
        table[word] = number + 1
    table.update({member: number + 1 for number, member in enumerate(type_.members)})
    return table
