"""Which shorter condition is true of just the same possible customers?

Three ways are tried, and the shortest result is taken: parts of the condition as it is written are left out or joined;
its boxes are minimised and what they share is written once; the same is done with the customers outside. Comparisons
stay as they are written where they can, and new ones use the constants that are written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from relmaint.ir.conditions import (
    ALWAYS,
    NEGATIONS,
    And,
    Comparison,
    Condition,
    Interval,
    Not,
    Operator,
    Or,
    comparisons,
    missed,
    show_condition,
)
from relmaint.ir.program import UNKNOWN, Axis, Box
from relmaint.ir.rules import RuleBook
from relmaint.lower import MAXIMUM_BOXES, expansion
from relmaint.verify.cover import Union, bits_of
from relmaint.verify.minimise import minimise
from relmaint.verify.same import customers_about, within
from relmaint.verify.space import Space
from relmaint.verify.words import condition_of
from relmaint.vocabulary import DateType, DecimalType, EnumType, IntegerType, Ordinal, step_after

__all__ = ["all_of", "alternatives", "any_of", "comparison_for", "count", "depth", "shorter"]

_NEVER = Or(())

_MOST_BOXES = 64
"""A condition of more boxes is shortened as it is written only."""

_MOST_COMPARISONS = 60
"""So is a condition of more comparisons; what is tried grows with their square."""


def shorter(condition: Condition, customers: RuleBook, dates: Condition = ALWAYS) -> Condition | None:
    """Return a condition with fewer comparisons, or as many and fewer `not` and idle words, whose text is no longer.

    It is true of the same possible customers on the same days; `None` when none is found.

    Args:
        condition: the condition.
        customers: a book that says which customers there can be.
        dates: the days on which the condition matters.
    """
    found = _Shortening(condition, customers, dates).best()
    return found if _is_shorter(found, condition) else None


def count(condition: Condition) -> int:
    """Return how many comparisons a condition has."""
    return sum(1 for _ in comparisons(condition))


def alternatives(condition: Condition) -> int:
    """Return how many conditions are joined by `or` at the top."""
    return len(condition.parts) if isinstance(condition, Or) else 1


def all_of(parts: Iterable[Condition]) -> Condition:
    """Return the parts joined by `and`, without brackets that say nothing."""
    flat: list[Condition] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, And) else (part,))
    if _NEVER in flat:
        return _NEVER
    distinct = tuple(dict.fromkeys(flat))
    return distinct[0] if len(distinct) == 1 else And(distinct)


def any_of(parts: Iterable[Condition]) -> Condition:
    """Return the parts joined by `or`, without brackets that say nothing."""
    flat: list[Condition] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Or) else (part,))
    if ALWAYS in flat:
        return ALWAYS
    distinct = tuple(dict.fromkeys(flat))
    return distinct[0] if len(distinct) == 1 else Or(distinct)


def _noise(condition: Condition, within: type[Condition] | None = None) -> int:
    """Return how many `not`, `always` and `never` there are inside, and brackets that say nothing."""
    match condition:
        case Comparison():
            return 0
        case And(parts) | Or(parts):
            own = within is not None and (not parts or within is type(condition))
            return own + sum(_noise(part, type(condition)) for part in parts)
        case Not(part):
            return 1 + _noise(part, Not)
        case _:
            raise AssertionError(f"{condition} is no condition")


def _size(condition: Condition) -> tuple[int, int, int]:
    return count(condition), _noise(condition), len(show_condition(condition))


def _is_shorter(new: Condition, old: Condition) -> bool:
    return _size(new)[:2] < _size(old)[:2] and _size(new)[2] <= _size(old)[2]


def _is_readable(new: Condition, old: Condition) -> bool:
    """Whether `and` and `or` do not stand deeper inside each other than they did, or than two deep."""
    return depth(new) <= max(depth(old), _DEEP)


_DEEP = 2


def depth(condition: Condition) -> int:
    """Return how deep `and` and `or` stand inside each other."""
    match condition:
        case Comparison():
            return 0
        case And(parts) | Or(parts):
            return 1 + max(map(depth, parts), default=-1)
        case Not(part):
            return depth(part)
        case _:
            raise AssertionError(f"{condition} is no condition")


class _Shortening:
    """One condition in the making."""

    def __init__(self, condition: Condition, customers: RuleBook, dates: Condition) -> None:
        self.condition = condition
        outside = missed(dates)
        self.space = Space(customers_about(customers, [condition, outside]), also=[condition, outside])
        self.axes = self.space.axes
        self.nobody = [*self.space.impossible, *self.space.boxes(outside)]
        self.on = self.space.boxes(condition)
        self.held = self._union(self.on)
        self.written = _Written(self.space, condition)

    def best(self) -> Condition:
        found = [self._pruned(self.condition)]
        if len(self.on) <= _MOST_BOXES and count(self.condition) <= _MOST_COMPARISONS and not self._asks_once(found[0]):
            found.extend(self._pruned(one) for one in self._minimal() if self._is_same(one))
        return min((one for one in found if _is_readable(one, self.condition)), key=_size)

    def _asks_once(self, condition: Condition) -> bool:
        """Whether a condition is as short as can be: it asks about each axis once, and all customers are possible."""
        literals = [self.written.literal(one) for one in comparisons(condition)]
        axes = [literal[0] for literal in literals if literal is not None]
        return not self.nobody and _noise(condition) == 0 and len(axes) == len(set(axes))

    def _union(self, boxes: Sequence[Box]) -> Union:
        return Union(boxes, self.axes, self.nobody)

    def _is_same(self, condition: Condition) -> bool:
        """Whether it is proven that a condition is true of the same customers."""
        if expansion(condition) > MAXIMUM_BOXES:
            return False
        boxes = self.space.boxes(condition)
        return within(self.space, boxes, self.held) and within(self.space, self.on, self._union(boxes))

    # As it is written

    def _pruned(self, condition: Condition) -> Condition:
        """Leave out and join parts as long as the customers stay the same, what is smallest first."""
        if count(condition) > _MOST_COMPARISONS:
            return condition
        while True:
            smaller = sorted(dict.fromkeys(self._smaller(condition)), key=_size)
            found = next((one for one in smaller if _size(one) < _size(condition) and self._is_same(one)), None)
            if found is None:
                return condition
            condition = found

    def _smaller(self, condition: Condition) -> Iterator[Condition]:
        """Yield the condition with one part left out, or two comparisons of one attribute joined."""
        match condition:
            case Comparison():
                yield ALWAYS
                yield _NEVER
            case Not(part):
                yield from (_negation(one) for one in self._smaller(part))
            case And(parts) | Or(parts):
                join = all_of if isinstance(condition, And) else any_of
                yield join(parts)
                for place, part in enumerate(parts):
                    before, after = parts[:place], parts[place + 1 :]
                    yield join((*before, *after))
                    for one in self._smaller(part):
                        yield join((*before, one, *after))
                    for later, other in enumerate(after):
                        rest = (*after[:later], *after[later + 1 :])
                        for one in self._joined(part, other, both=isinstance(condition, And)):
                            yield join((*before, one, *rest))

    def _joined(self, one: Condition, other: Condition, *, both: bool) -> Iterator[Condition]:
        if isinstance(one, Comparison) and isinstance(other, Comparison) and one.attribute == other.attribute:
            first, second = self.written.literal(one), self.written.literal(other)
            if first is not None and second is not None and first[0] == second[0]:
                mask = first[1] & second[1] if both else first[1] | second[1]
                yield self.written.condition(first[0], mask)

    # Minimal

    def _minimal(self) -> Iterator[Condition]:
        cubes = minimise(self.on, self.axes, self.nobody)
        yield _factored(self._cheapest(cubes, self.on), self.written.condition)
        outside = self.space.boxes(missed(self.condition))
        if len(outside) <= _MOST_BOXES:
            cubes = minimise(outside, self.axes, self.nobody)
            yield _mirrored(_factored(self._cheapest(cubes, outside), self.written.opposite))

    def _cheapest(self, cubes: Sequence[Box], boxes: Sequence[Box]) -> list[Box]:
        """Return the cubes with the masks that are written most shortly, their axes in the order of the condition."""
        found = list(cubes)
        held = self._union(boxes)
        for number, cube in enumerate(cubes):
            for axis, mask in cube:
                for other in self.written.masks(axis, mask):
                    changed = tuple((own, other if own == axis else kept) for own, kept in found[number])
                    union = self._union([*found[:number], changed, *found[number + 1 :]])
                    if within(self.space, [changed], held) and within(self.space, boxes, union):
                        found[number] = changed
                        break
        return [tuple(sorted(cube, key=self.written.place)) for cube in found]


def _negation(part: Condition) -> Condition:
    if part in (ALWAYS, _NEVER):
        return _NEVER if part == ALWAYS else ALWAYS
    return Not(part)


def _mirrored(condition: Condition) -> Condition:
    """Exchange `and` and `or`; the comparisons are opposites already."""
    match condition:
        case And(parts):
            return any_of(map(_mirrored, parts)) if parts else _NEVER
        case Or(parts):
            return all_of(map(_mirrored, parts)) if parts else ALWAYS
        case _:
            return condition


# Boxes to conditions -------------------------------------------------------------------------------------------------

_Literal = tuple[int, int]
"""An axis and the classes allowed on it."""

_Write = Callable[[int, int], Condition]


@dataclass(frozen=True, slots=True)
class _Product:
    """What every box of a group shares, and the boxes without it."""

    shared: tuple[_Literal, ...]
    rest: tuple[Box, ...]


def _factored(cubes: Sequence[Box], write: _Write) -> Condition:
    """Return the condition that is true in the cubes, with what they share written once.

    Source: algebraic division of multi-level logic synthesis (Brayton and McMullen, The Decomposition and Factorization
    of Boolean Expressions, 1982), by single literals and by those with a common quotient.
    """
    if () in cubes:
        return ALWAYS
    if len(cubes) == 1:
        return all_of(_written_of(cubes[0], write))
    shared = [literal for literal in cubes[0] if all(literal in cube for cube in cubes[1:])] if cubes else []
    if shared:
        rest = [tuple(literal for literal in cube if literal not in shared) for cube in cubes]
        return all_of([*_written_of(shared, write), _factored(rest, write)])
    divided = _divided(cubes)
    if divided is None:
        return any_of(all_of(_written_of(cube, write)) for cube in cubes)
    product, left = divided
    lead = any_of(_written_of(product.shared, write))
    found = all_of([lead, _factored(product.rest, write)])
    return any_of([found, _factored(left, write)]) if left else found


def _divided(cubes: Sequence[Box]) -> tuple[_Product, list[Box]] | None:
    """Return the alternatives that multiply most of the cubes, and the cubes that are left; `None` when none do."""
    times = Counter(literal for cube in cubes for literal in cube)
    quotients: dict[frozenset[Box], list[_Literal]] = {}
    for literal, number in times.items():
        if number > 1:
            rest = frozenset(_without(cube, literal) for cube in cubes if literal in cube)
            quotients.setdefault(rest, []).append(literal)
    if not quotients:
        return None
    rest, shared = max(quotients.items(), key=lambda item: (len(item[0]) * len(item[1]), len(item[0])))
    taken = {cube for cube in cubes for literal in shared if literal in cube}
    ordered = tuple(dict.fromkeys(_without(cube, one) for cube in cubes for one in shared if one in cube))
    return _Product(tuple(shared), ordered), [cube for cube in cubes if cube not in taken]


def _without(cube: Box, literal: _Literal) -> Box:
    return tuple(one for one in cube if one != literal)


def _written_of(literals: Iterable[_Literal], write: _Write) -> list[Condition]:
    return [write(axis, mask) for axis, mask in literals]


# Masks to comparisons ------------------------------------------------------------------------------------------------


class _Written:
    """The comparisons of a condition, and how others are written beside them."""

    def __init__(self, space: Space, condition: Condition) -> None:
        self.space = space
        self.axes = space.axes
        self._literals: dict[Comparison, _Literal | None] = {}
        self._by: dict[int, dict[int, Comparison]] = {}
        written = list(comparisons(condition))
        opposites = [replace(one, operator=NEGATIONS[one.operator], span=None) for one in written]
        for one in (*written, *opposites):
            literal = self.literal(one)
            if literal is not None:
                self._by.setdefault(literal[0], {}).setdefault(literal[1], one)
        self._places = {axis: place for place, axis in enumerate(self._by)}
        self._constants = _constants(comparisons(condition))

    def literal(self, comparison: Comparison) -> _Literal | None:
        """Return the axis and classes of a comparison; `None` when it is true of all or of none."""
        if comparison not in self._literals:
            boxes = self.space.boxes(comparison)
            self._literals[comparison] = boxes[0][0] if len(boxes) == 1 and len(boxes[0]) == 1 else None
        return self._literals[comparison]

    def condition(self, axis: int, mask: int) -> Condition:
        """Return the condition that is true in the classes of a mask, as it is written already if it is."""
        known = self._by.get(axis, {}).get(mask)
        if known is not None:
            return known
        said = condition_of(self.axes[axis], mask)
        parts = said.parts if isinstance(said, Or) else (said,)
        shown = [comparison_for(one, self.axes[axis], self._constants) for one in parts]
        return any_of(shown) if isinstance(said, Or) and said.parts else shown[0] if parts else said

    def place(self, literal: _Literal) -> tuple[int, int]:
        """Return where in the condition the axis of a literal comes first."""
        return self._places.get(literal[0], len(self._places)), literal[0]

    def opposite(self, axis: int, mask: int) -> Condition:
        """Return the condition that is true in the other classes."""
        return self.condition(axis, self.axes[axis].everything & ~mask)

    def masks(self, axis: int, mask: int) -> Iterator[int]:
        """Yield masks that might do instead of one and that are written more shortly, the shortest first."""
        own = count(self.condition(axis, mask))
        written = {other for other in self._by.get(axis, {}) if other != mask}
        if own == 1 and mask in self._by.get(axis, {}):
            return
        everything = self.axes[axis].everything
        other_ways = {*written, mask & ~(1 << UNKNOWN), mask | 1 << UNKNOWN & everything, *_without_runs(mask)}
        costs = {one: count(self.condition(axis, one)) for one in other_ways - {mask, 0, everything}}
        for other in sorted(costs, key=lambda one: (costs[one], one)):
            if costs[other] < own or (costs[other] == own and other in written):
                yield other


def _without_runs(mask: int) -> Iterator[int]:
    """Yield the mask without one stretch of neighbouring classes, and with one gap between them filled."""
    classes = list(bits_of(mask & ~(1 << UNKNOWN)))
    gaps = [(low, high) for low, high in pairwise(classes) if high > low + 1]
    for low, high in gaps:
        yield mask | (1 << high) - (1 << low)
        yield mask & ~((1 << low + 1) - 2)
        yield mask & ((1 << high) - 1)


def _constants(found: Iterable[Comparison]) -> Mapping[str, frozenset[Any]]:
    """Return the constants of the comparisons, by attribute."""
    by: dict[str, set[Any]] = {}
    for one in found:
        for operand in one.operands:
            ends = (operand.low, operand.high) if isinstance(operand, Interval) else (operand,)
            by.setdefault(one.attribute, set()).update(end for end in ends if end is not None)
    return {name: frozenset(values) for name, values in by.items()}


def comparison_for(said: Condition, axis: Axis, constants: Mapping[str, frozenset[Any]]) -> Condition:
    """Return a comparison as a person would write it who thinks in these constants: `<= 7` and not `< 8`."""
    if not isinstance(said, Comparison):
        return said
    known = constants.get(said.attribute, frozenset())
    match axis.type:
        case EnumType() if said.operator is Operator.IN:
            others = [word for word in axis.type.values if word not in said.operands]
            if len(others) == 1 and len(said.operands) > len(others) + 1:
                return replace(said, operator=Operator.NE, operands=(others[0],))
            return said
        case IntegerType() | DecimalType() | DateType():
            return _with_constants(said, axis.type, known)
        case _:
            return said


def _with_constants(said: Comparison, type_: IntegerType | DecimalType | DateType, known: frozenset[Any]) -> Comparison:
    def before(end: Ordinal) -> Ordinal | None:
        """Return the known constant just below an end that is not known itself."""
        if end in known:
            return None
        return next((one for one in known if step_after(type_, one) == end), None)

    match said.operator, said.operands:
        case Operator.LT, (end,) if (last := before(end)) is not None:  # type: ignore[arg-type]  # as above
            return replace(said, operator=Operator.LE, operands=(last,))
        case Operator.GE, (start,) if (last := before(start)) is not None:  # type: ignore[arg-type]  # as above
            return replace(said, operator=Operator.GT, operands=(last,))
        case Operator.INSIDE, (Interval(low=low, high=high),) if low is not None and high is not None:
            below, last = before(low), before(high)
            interval = Interval(
                low if below is None else below,
                high if last is None else last,
                low_closed=below is None,
                high_closed=last is not None,
            )
            return replace(said, operands=(interval,))
        case _:
            return said
