"""Which customer is in a region?

Stored attributes are set as the region asks. Derived ones are not turned round: values of the attributes that they
read are tried, next to the constants of the book, until all of them are where the region wants them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice, product
from types import FunctionType, MethodType
from typing import Any

from pydantic import BaseModel, ValidationError

from relmaint.ir.program import UNKNOWN, Axis
from relmaint.model.attributes import facts_of, plain
from relmaint.verify.cover import Region, bits_of, region_of
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

__all__ = ["Nearby"]

_ROUNDS = 6
_MOST = 250
"""How many values, or pairs of values, are tried for one derived attribute."""

_DAYS = 400


class Nearby:
    """Makes customers in regions; it may find none where there are some.

    Args:
        vocabulary: the attributes; they were read off a customer model.
        axes: what regions speak of.
        day: the day of the plan, when a region leaves it open.
    """

    def __init__(self, vocabulary: Vocabulary, axes: Sequence[Axis], day: date) -> None:
        """Find out which derived attributes hang on the day alone, and what the others read."""
        assert vocabulary.model is not None, "the vocabulary has no customer model; please report this"
        self.vocabulary = vocabulary
        self.model: type[BaseModel] = vocabulary.model
        self.axes = axes
        self.day = day
        self._whole = region_of(axes)
        self._derive = [vocabulary[axis.attribute].derive for axis in axes]
        self._of: dict[str, list[int]] = {}
        for index, axis in enumerate(axes):
            self._of.setdefault(axis.attribute, []).append(index)
        blank, full = self._made(self._base(full=False)), self._made(self._base(full=True))
        self._reads = {
            name: sorted({read for one in (blank, full) if one is not None for read in self._read_by(name, one)})
            for name in self._of
            if vocabulary[name].is_derived
        }

    def customer(self, region: Region) -> tuple[BaseModel, date] | None:
        """Return a customer in the region and the day of the plan, or `None` when none was found."""
        day = self._day_in(region)
        if day is None:
            return None
        values = self._base(full=False)
        for name, indexes in self._of.items():
            if not self.vocabulary[name].is_derived and name != AS_OF:
                value = self._stored(name, indexes, region)
                if value is not None:
                    values[name] = value
        return self._climbed(values, day, region)

    # --- trying ------------------------------------------------------------------------------------------------------

    def _climbed(self, values: dict[str, Any], day: date, region: Region) -> tuple[BaseModel, date] | None:
        customer = self._made(values)
        for _ in range(_ROUNDS):
            if customer is None:
                return None
            wrong = self._wrong(customer, day, region)
            if not wrong:
                return customer, day
            best: tuple[int, dict[str, Any], BaseModel] | None = None
            for changes in islice(self._changes(wrong[0], day, region), _MOST):
                tried = {**values, **changes}
                made = self._made({name: value for name, value in tried.items() if value is not None})
                if made is None:
                    continue
                left = self._wrong(made, day, region)
                if wrong[0] not in left and (best is None or len(left) < best[0]):
                    best = len(left), tried, made
                    if not left:
                        break
            if best is None or best[0] >= len(wrong):
                return None
            _, values, customer = best
        return None

    def _changes(self, name: str, day: date, region: Region) -> Iterator[dict[str, Any]]:
        """Yield values of one of the attributes that a derived one reads, then of two."""
        reads = self._reads.get(name, [])
        options = {read: list(self._options(read, day, region)) for read in reads}
        for read in reads:
            yield from ({read: value} for value in options[read])
        for at, read in enumerate(reads):
            for other in reads[at + 1 :]:
                for one, two in product(options[read], options[other]):
                    yield {read: one, other: two}
        if len(reads) > 2:  # two were tried
            for chosen in product(*(options[read] for read in reads)):
                yield dict(zip(reads, chosen, strict=True))

    def _options(self, name: str, day: date, region: Region) -> Iterator[Any]:
        """Yield values of a stored attribute that can bring the derived ones that read it to where they should be."""
        attribute = self.vocabulary[name]
        numbers: list[Any] = []
        for derived, reads in self._reads.items():
            for index in self._of[derived] if name in reads else ():
                if region[index] != self.axes[index].everything:
                    for class_ in bits_of(region[index] & self.axes[index].known):
                        numbers.extend(_values(self.axes[index], class_))
        numbers = list(dict.fromkeys(one for one in numbers if isinstance(one, int | Decimal)))
        match attribute.type:
            case DateType():
                yield from self._days(numbers, day)
            case IntegerType():
                yield from (int(one) for one in (*numbers, 0, 1))
            case DecimalType(scale=scale):
                step = Decimal(1).scaleb(-scale)
                for one in (*(number * 10_000 for number in numbers), Decimal(10_000), Decimal(0)):
                    yield Decimal(one).quantize(step)
                    yield Decimal(max(0, 10_000 - one)).quantize(step)
            case _:
                pass
        for index in self._of.get(name, ()):
            for class_ in bits_of(region[index] & self.axes[index].known):
                yield from _values(self.axes[index], class_)
        if attribute.optional:
            yield None

    @staticmethod
    def _days(numbers: Sequence[Any], day: date) -> Iterator[date]:
        """Yield days as many days before or after as the numbers say, and as many years before."""
        whole = [int(one) for one in numbers if abs(one) < 50_000]  # no calendar is longer
        years = [0, *(one for one in whole if 0 <= one <= 200)]  # nobody is older
        for number in (0, *whole, 1, -1):
            for near in dict.fromkeys((day + timedelta(days=number), day - timedelta(days=number))):
                for back in years:
                    for past in (back, back + 1, back - 1) if back else (0,):
                        if near.year - past > 1:
                            yield near.replace(
                                year=near.year - past, day=min(near.day, 28) if near.month == 2 else near.day
                            )

    def _wrong(self, customer: BaseModel, day: date, region: Region) -> list[str]:
        """Return the attributes that are not where the region wants them."""
        found: dict[str, None] = {}
        for index, mask in enumerate(region):
            if mask == self._whole[index]:
                continue
            axis, derive = self.axes[index], self._derive[index]
            if axis.attribute == AS_OF:
                value: Any = day
            else:
                value = plain(derive(customer, day) if derive else getattr(customer, axis.attribute))
            if not mask >> axis.class_of(value) & 1:
                found[axis.attribute] = None
        return list(found)

    # --- single attributes -------------------------------------------------------------------------------------------

    def _base(self, *, full: bool) -> dict[str, Any]:
        """Return what a customer must have, or, when asked, a plain value of everything."""
        values: dict[str, Any] = {}
        for name, field in self.model.model_fields.items():
            if name == "id":
                values[name] = "suggested"
            elif name in self.vocabulary and (full or field.is_required()):
                values[name] = _plain(self.vocabulary[name], self.day)
        return values

    def _made(self, values: Mapping[str, Any]) -> BaseModel | None:
        try:
            return self.model.model_validate(dict(values), strict=False, by_name=True)
        except ValidationError:
            return None  # the model allows no such customer: another one is tried

    def _stored(self, name: str, indexes: Sequence[int], region: Region) -> Any:
        """Return a value of a stored attribute as the region wants it; `None` for unknown or indifferent."""
        attribute = self.vocabulary[name]
        if isinstance(attribute.type, SetType):
            if any(region[index] & 1 << UNKNOWN for index in indexes) or all(
                region[index] == self.axes[index].everything for index in indexes
            ):
                return None if attribute.optional else frozenset()
            return frozenset(str(self.axes[index].member) for index in indexes if not region[index] & 0b010)
        mask, axis = region[indexes[0]], self.axes[indexes[0]]
        if mask & 1 << UNKNOWN or not mask:
            return None
        if isinstance(axis.type, DateType) and mask == axis.known:
            return self.day
        return next(_values(axis, next(bits_of(mask))))

    def _day_in(self, region: Region) -> date | None:
        """Return the first day on which all that hangs on the day alone is in the region."""
        alone = [
            index
            for index, axis in enumerate(self.axes)
            if (axis.attribute == AS_OF or self._reads.get(axis.attribute) == []) and region[index] != axis.everything
        ]
        blank = self._made(self._base(full=False))
        if not alone or blank is None:
            return self.day
        days = [self.day + timedelta(days=number) for number in range(_DAYS)]
        for index in alone:
            if self.axes[index].attribute == AS_OF:
                days += [one for class_ in bits_of(region[index]) for one in _values(self.axes[index], class_)]
        for day in days:
            facts = facts_of(self.vocabulary, blank, day)
            if all(region[at] >> self.axes[at].class_of(facts.get(self.axes[at].attribute)) & 1 for at in alone):
                return day
        return None

    def _read_by(self, name: str, customer: BaseModel) -> set[str]:
        """Return the stored attributes that a derived one reads of a customer."""
        derive = self.vocabulary[name].derive
        assert derive is not None, f"`{name}` is not derived; please report this"
        seen = _Reader(customer)
        derive(seen, self.day)
        return {read for read in seen._read if read in self.model.model_fields}


class _Reader:
    """Stands for a customer, and remembers what is read of them."""

    def __init__(self, customer: BaseModel) -> None:
        self._customer = customer
        self._read: set[str] = set()

    def __getattr__(self, name: str) -> Any:  # Any: what the model holds
        method = getattr(type(self._customer), name, None)
        if isinstance(method, FunctionType):
            return MethodType(method, self)
        self._read.add(name)
        return getattr(self._customer, name)


def _plain(attribute: Attribute, day: date) -> Any:  # Any: what the type holds
    match attribute.type:
        case EnumType(values=words):
            return words[0]
        case BooleanType():
            return False
        case IntegerType(minimum=low):
            return low or 0
        case DecimalType(minimum=low):
            return Decimal(1) if low is None or low <= 1 else low
        case DateType():
            return day
        case TextType():
            return "x"
        case SetType():
            return frozenset()


def _values(axis: Axis, class_: int) -> Iterator[Any]:  # Any: what the type holds
    """Yield values of a class of an axis: for an ordered one the lowest and the highest, as far as there are."""
    if class_ == UNKNOWN:
        return
    match axis.type:
        case EnumType(values=words):
            yield words[class_ - 1]
        case BooleanType():
            yield class_ == 2  # the class of true
        case TextType():
            yield axis.words[class_ - 2] if class_ > 1 else "other"
        case SetType():
            return
        case IntegerType() | DecimalType() | DateType():
            lowest = axis.lowest(class_)
            if lowest is not None:
                yield lowest
            if class_ <= len(axis.cuts):
                step: Any = timedelta(days=1) if isinstance(axis.type, DateType) else 1
                if isinstance(axis.type, DecimalType):
                    step = Decimal(1).scaleb(-axis.type.scale)
                yield axis.cuts[class_ - 1] - step
            elif lowest is None:
                yield date(2026, 1, 1) if isinstance(axis.type, DateType) else axis.type.maximum or 0
