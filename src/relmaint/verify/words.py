"""Which condition, in the words of the rule-book language, says where a region is?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from relmaint.ir.conditions import And, Comparison, Condition, Interval, Operator, Or, show_condition
from relmaint.ir.program import UNKNOWN, Axis
from relmaint.verify.cover import Region, bits_of
from relmaint.vocabulary import (
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    IntegerType,
    OrderedType,
    SetType,
    TextType,
    step_after,
)

__all__ = ["condition_of", "pattern", "where"]


def pattern(region: Region, axes: Sequence[Axis], whole: Region) -> str:
    """Write the condition that is true of just the customers of the region, among those of the whole."""
    return show_condition(where(region, axes, whole))


def where(region: Region, axes: Sequence[Axis], whole: Region) -> Condition:
    """Return the condition that is true of just the customers of the region, among those of the whole."""
    masks = _sets_known_once(region, axes)
    parts = tuple(
        condition_of(axis, mask)
        for axis, mask, free in zip(axes, masks, whole, strict=True)
        if mask and mask & free != free
    )
    return parts[0] if len(parts) == 1 else And(parts)


def _sets_known_once(region: Region, axes: Sequence[Axis]) -> list[int]:
    """Return the masks of the region, in which it is said once only that a set attribute is known.

    A set is known on all of its axes or on none, so that `has` and `lacks` of one word say it for all; a mask of zero
    says nothing.
    """
    masks = list(region)
    groups: dict[str, list[int]] = {}
    for index, axis in enumerate(axes):
        if axis.member is not None:
            groups.setdefault(axis.attribute, []).append(index)
    for group in groups.values():
        if all(region[index] & 1 << UNKNOWN for index in group):
            continue
        definite = [index for index in group if (region[index] & axes[index].known).bit_count() == 1]
        keep = set(definite or group[:1])
        for index in group:
            masks[index] = region[index] & axes[index].known if index in keep else 0
    return masks


def condition_of(axis: Axis, mask: int) -> Condition:
    """Return the condition on one attribute that is true in just the classes of the mask."""
    name = axis.attribute
    unknown, known = mask & 1 << UNKNOWN, mask & axis.known
    if known == axis.known:
        return And(()) if unknown or not axis.optional else Comparison(name, Operator.IS_KNOWN)
    if not known:
        return Comparison(name, Operator.IS_UNKNOWN) if unknown else Or(())
    if isinstance(axis.type, BooleanType) and unknown:
        return Comparison(name, Operator.IS_NOT_FALSE if known == 0b100 else Operator.IS_NOT_TRUE)
    found = _known(axis, known)
    if not unknown:
        return found
    parts = found.parts if isinstance(found, Or) else (found,)
    return Or((*parts, Comparison(name, Operator.IS_UNKNOWN)))


def _known(axis: Axis, mask: int) -> Condition:
    name = axis.attribute
    match axis.type:
        case BooleanType():
            return Comparison(name, Operator.IS_TRUE if mask == 0b100 else Operator.IS_FALSE)
        case SetType():
            return Comparison(name, Operator.HAS if mask == 0b100 else Operator.LACKS, (str(axis.member),))
        case EnumType():
            return _words(name, [axis.type.values[class_ - 1] for class_ in bits_of(mask)], among=True)
        case TextType():
            among = not mask & 0b10
            inside = mask if among else axis.known & ~mask
            return _words(name, [axis.words[class_ - 2] for class_ in bits_of(inside)], among=among)
        case IntegerType() | DecimalType() | DateType():
            runs = [_run(axis, axis.type, low, high) for low, high in _runs(mask)]
            return runs[0] if len(runs) == 1 else Or(tuple(runs))
        case _:
            assert_never(axis.type)


def _words(name: str, words: list[str], *, among: bool) -> Comparison:
    if len(words) == 1:
        return Comparison(name, Operator.EQ if among else Operator.NE, (words[0],))
    return Comparison(name, Operator.IN if among else Operator.NOT_IN, tuple(words))


def _runs(mask: int) -> list[tuple[int, int]]:
    """Return the stretches of neighbouring classes: the first and the last class of each."""
    runs: list[tuple[int, int]] = []
    for class_ in bits_of(mask):
        if runs and runs[-1][1] == class_ - 1:
            runs[-1] = (runs[-1][0], class_)
        else:
            runs.append((class_, class_))
    return runs


def _run(axis: Axis, type_: OrderedType, first: int, last: int) -> Comparison:
    low: Any = axis.cuts[first - 2] if first > 1 else None
    end: Any = axis.cuts[last - 1] if last <= len(axis.cuts) else None
    if low is None:
        low_end = type_.minimum
        if low_end is not None and end is not None and step_after(type_, low_end) == end:
            return Comparison(axis.attribute, Operator.EQ, (low_end,))
        return Comparison(axis.attribute, Operator.LT, (end,))
    if end is None:
        equal = type_.maximum is not None and low == type_.maximum
        return Comparison(axis.attribute, Operator.EQ if equal else Operator.GE, (low,))
    if step_after(type_, low) == end:
        return Comparison(axis.attribute, Operator.EQ, (low,))
    return Comparison(axis.attribute, Operator.INSIDE, (Interval(low, end, low_closed=True, high_closed=False),))
