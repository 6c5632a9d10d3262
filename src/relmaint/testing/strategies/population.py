"""Which customers are in a region, and how is one of them drawn without drawing others?

The stored fields of a model fall into groups that no computed attribute of the book ties together. Group by group a
class is drawn first, among those that leave a possible customer, and then a value inside it, its ends first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from itertools import islice, product
from random import Random
from typing import Any, Protocol

from hypothesis import assume, reject
from hypothesis import strategies as st
from pydantic import BaseModel

from relmaint.ir.program import UNKNOWN, Axis
from relmaint.ir.rules import RuleBook
from relmaint.model.attributes import facts_of, plain, vocabulary_of
from relmaint.testing.strategies.fields import FieldValues, fields_of
from relmaint.testing.strategies.recipes import Recipe, built, recipe_of
from relmaint.verify.cover import Region, bits_of
from relmaint.verify.space import Space
from relmaint.verify.witness import DAY, Stand, fields_read, near_values, plain_value
from relmaint.vocabulary import (
    AS_OF,
    DateType,
    DecimalType,
    EnumType,
    IntegerType,
    SetType,
    TextType,
    Vocabulary,
    step_after,
)

__all__ = ["Population", "ends_on", "population_of", "space_of"]

_SAMPLE = 1_500
"""How many combinations of the fields behind a computed attribute are looked at for a table of its classes."""

_TRIES = 20_000
"""How many are looked at for one region, when the table has nothing for it."""

_EACH = 12
"""How many combinations a table keeps of one class."""

_FEW = 6
"""How many of the plainest values of each field are all combined with each other."""

Feasible = Callable[[Mapping[int, int]], bool]
"""Whether a possible customer is left when these axes are narrowed to these classes (bit masks)."""


class _Group(Protocol):
    """Some stored fields, and all axes of the book that depend on them."""

    fields: tuple[str, ...]
    axes: tuple[int, ...]

    def draw(
        self, draw: st.DrawFn, region: Region, day: date, feasible: Feasible
    ) -> tuple[dict[str, Any], dict[int, int]] | None:
        """Draw values of the fields in the region, with the classes they are in; `None` when there are none."""
        ...


def _first_feasible(draw: st.DrawFn, choices: Sequence[Any], feasible: Callable[[Any], bool]) -> Any:
    """Draw one of the choices, or the next one after it that is feasible; `None` when none is."""
    if not choices:
        return None
    start = draw(st.integers(0, max(1, len(choices) - 1))) % len(choices)
    return next((one for one in (*choices[start:], *choices[:start]) if feasible(one)), None)


class _Free:
    """A field that the book does not speak of, or for which a strategy was declared."""

    def __init__(
        self, name: str, strategy: st.SearchStrategy[Any], axes: Sequence[Axis], indices: tuple[int, ...]
    ) -> None:
        self.fields: tuple[str, ...] = (name,)
        self.axes: tuple[int, ...] = indices
        self._strategy, self._axes = strategy, axes

    def draw(
        self,
        draw: st.DrawFn,
        region: Region,
        day: date,  # noqa: ARG002  # of the protocol
        feasible: Feasible,  # noqa: ARG002  # of the protocol
    ) -> tuple[dict[str, Any], dict[int, int]]:
        """Draw a value; what was declared for a field is taken as it comes, and must lie in the region."""
        value = draw(self._strategy)
        classes = {index: self._axes[index].class_of(plain(value)) for index in self.axes}
        assume(all(region[index] >> class_ & 1 for index, class_ in classes.items()))
        return {self.fields[0]: value}, {index: 1 << class_ for index, class_ in classes.items()}


class _Single:
    """A field on one axis, with nothing computed from it that the book speaks of."""

    def __init__(self, values: FieldValues, axis: Axis, index: int) -> None:
        self.fields: tuple[str, ...] = (values.name,)
        self.axes: tuple[int, ...] = (index,)
        self._values, self._axis, self._index = values, axis, index
        found = {class_: strategy for class_ in range(axis.size) if (strategy := self._of(class_)) is not None}
        self._classes = dict(sorted(found.items(), key=lambda pair: self._plainness(pair[0])))

    def draw(
        self,
        draw: st.DrawFn,
        region: Region,
        day: date,  # noqa: ARG002  # of the protocol
        feasible: Feasible,
    ) -> tuple[dict[str, Any], dict[int, int]] | None:
        """Draw a class, then a value in it."""
        mask = region[self._index]
        allowed = [class_ for class_ in self._classes if mask >> class_ & 1]
        class_ = _first_feasible(draw, allowed, lambda one: feasible({self._index: 1 << one}))
        if class_ is None:
            return None
        return {self.fields[0]: draw(self._classes[class_])}, {self._index: 1 << class_}

    def _plainness(self, class_: int) -> tuple[bool, bool, int]:
        home = None
        if isinstance(self._axis.type, IntegerType | DecimalType | DateType):
            home = self._axis.class_of(self._values.home)
        return class_ != UNKNOWN, class_ != home, class_

    def _of(self, class_: int) -> st.SearchStrategy[Any] | None:
        """Return the strategy of one class; `None` when the model takes none of its values."""
        values, axis = self._values, self._axis
        if class_ == UNKNOWN:
            return st.none() if axis.optional else None
        match axis.type:
            case EnumType(words):
                held = values.held(words[class_ - 1])
                return st.just(held) if values.takes(held) else None
            case TextType():
                if class_ == 1:
                    return values.texts(besides=axis.words)
                word = axis.words[class_ - 2]
                return st.just(word) if values.takes(word) else None
            case IntegerType() | DecimalType() | DateType():
                low, high = _stretch(axis, class_)
                return None if values.ends(low, high) is None else values.between(low, high)
            case _:
                return st.just(class_ == 2)


def _stretch(axis: Axis, class_: int) -> tuple[Any, Any]:
    """Return the first and the last value of a class of an ordered axis; `None` where it has no end."""
    high = axis.cuts[class_ - 1] if class_ <= len(axis.cuts) else None
    return axis.lowest(class_), None if high is None else _before(axis, high)


def _before(axis: Axis, value: Any) -> Any:
    match axis.type:
        case DateType():
            return date.fromordinal(value.toordinal() - 1)
        case IntegerType() | DecimalType():
            return value - (step_after(axis.type, value) - value)
        case _:
            raise AssertionError("only ordered axes are cut; please report this")


class _Words:
    """A set field: one axis a word that the book asks for."""

    def __init__(self, values: FieldValues, axes: Mapping[int, Axis]) -> None:
        self.fields: tuple[str, ...] = (values.name,)
        self.axes: tuple[int, ...] = tuple(axes)
        self._values, self._words = values, {index: str(axis.member) for index, axis in axes.items()}
        type_ = values.attribute.type
        assert isinstance(type_, SetType), "only sets have axes with members; please report this"
        self._others = [word for word in type_.values if word not in self._words.values()]

    def draw(
        self,
        draw: st.DrawFn,
        region: Region,
        day: date,  # noqa: ARG002  # of the protocol
        feasible: Feasible,
    ) -> tuple[dict[str, Any], dict[int, int]] | None:
        """Draw whether the set is known, then which of its words it has."""
        unknown = dict.fromkeys(self.axes, 1)
        choices: list[bool] = []
        if all(region[index] & 0b110 for index in self.axes):
            choices.append(True)
        if self._values.attribute.optional and all(region[index] & 1 for index in self.axes):
            choices.insert(0, False)
        is_known = _first_feasible(draw, choices, lambda one: one or feasible(unknown))
        if is_known is None:
            return None
        if not is_known:
            return {self.fields[0]: None}, unknown
        narrowed = {index: region[index] & 0b110 for index in self.axes}
        room = self._values.limits.longest
        wanted: list[str] = []
        for index in self.axes:
            can = [mask for mask in (0b010, 0b100) if region[index] & mask]
            if room is not None and len(wanted) >= room and 0b010 in can:
                can = [0b010]
            picked = _first_feasible(draw, can, partial(self._leaves_someone, feasible, narrowed, index))
            if picked is None:
                return None
            narrowed[index] = picked
            if picked == 0b100:
                wanted.append(self._words[index])
        return {self.fields[0]: draw(self._values.sets(wanted=wanted, free=self._others))}, narrowed

    @staticmethod
    def _leaves_someone(feasible: Feasible, narrowed: Mapping[int, int], index: int, mask: int) -> bool:
        return feasible({**narrowed, index: mask})


@dataclass(frozen=True, slots=True)
class _Entry:
    """A combination of the fields of a group, and the class on each of its axes."""

    values: tuple[Any, ...]
    classes: tuple[int, ...]


class _Computed:
    """Fields with attributes computed from them that the book speaks of."""

    def __init__(
        self, model: type[BaseModel], values: Sequence[FieldValues], axes: Mapping[int, Axis], vocabulary: Vocabulary
    ) -> None:
        self.fields, self.axes = tuple(one.name for one in values), tuple(axes)
        self._model, self._values, self._on = model, values, tuple(axes.values())
        self._blank: dict[str, Any] = dict.fromkeys(model.model_fields)
        self._asked = {axis.attribute: vocabulary[axis.attribute].derive for axis in self._on}
        derived = [axis for axis in self._on if vocabulary[axis.attribute].is_derived]
        self._ends = [end for axis in derived for end in axis.cuts]
        self._tables: OrderedDict[date, dict[tuple[int, ...], list[tuple[Any, ...]]]] = OrderedDict()
        self._found: dict[tuple[date, tuple[int, ...]], _Entry | None] = {}

    def draw(
        self, draw: st.DrawFn, region: Region, day: date, feasible: Feasible
    ) -> tuple[dict[str, Any], dict[int, int]] | None:
        """Draw the classes of all attributes of the group together, then values that are in them."""
        table = self._table(day)
        masks = [region[index] for index in self.axes]
        every = [one for one in table if all(mask >> class_ & 1 for mask, class_ in zip(masks, one, strict=True))]
        classes = _first_feasible(draw, every, lambda one: feasible(self._narrowed(one)))
        if classes is None:
            found = self._search(tuple(masks), day, feasible)
            if found is None:
                return None
            return self._held(found.values), self._narrowed(found.classes)
        # One draw whatever the class, so that a failure does not shrink to a class only since it holds less.
        values = table[classes][draw(st.integers(0, _EACH - 1)) % len(table[classes])]
        if self._timeless:
            now = self._entry(values, day).classes
            assert now == classes, "an attribute that seemed to hang on no day hangs on it; please report this"
        return self._held(values), self._narrowed(classes)

    def _narrowed(self, classes: Sequence[int]) -> dict[int, int]:
        return {index: 1 << class_ for index, class_ in zip(self.axes, classes, strict=True)}

    def _held(self, values: Sequence[Any]) -> dict[str, Any]:
        return dict(zip(self.fields, values, strict=True))

    def _table(self, day: date) -> dict[tuple[int, ...], list[tuple[Any, ...]]]:
        """Return the classes that occur on a day, the plainest first, with combinations of the fields for each."""
        if self._timeless:
            day = DAY
        found = self._tables.get(day)
        if found is None:
            found = {}
            for entry in self._entries(day):
                kept = found.setdefault(entry.classes, [])
                if len(kept) < _EACH and entry.values not in kept:
                    kept.append(entry.values)
            self._tables[day] = found
            if len(self._tables) > _DAYS:
                self._tables.popitem(last=False)
        return found

    @cached_property
    def _timeless(self) -> bool:
        """Whether what is computed seems to hang on no day; what is drawn is looked at again on its own day."""
        if any(isinstance(one.attribute.type, DateType) for one in self._values):
            return False
        probes = [entry.values for entry in islice(self._entries(DAY), 0, _SAMPLE, _SAMPLE // 20)]
        days = (DAY, date(2027, 7, 31), date(2040, 2, 29))
        return all(len({self._entry(values, day).classes for day in days}) == 1 for values in probes)

    def _entries(self, day: date) -> Iterator[_Entry]:
        choices = [self.choices(one, day) for one in self._values]
        if len(choices) == 1:
            combinations: Iterable[tuple[Any, ...]] = ((value,) for value in choices[0])
        else:
            random = Random(0)  # noqa: S311  # the same table every time, and no secret
            sampled = (tuple(random.choice(values) for values in choices) for _ in range(_SAMPLE))
            combinations = (*product(*(values[:_FEW] for values in choices)), *sampled)
        return (self._entry(values, day) for values in combinations)

    def choices(self, values: FieldValues, day: date) -> list[Any]:
        """Return values of one field, the plainest first: at the ends of its classes, and of what hangs on it."""
        found: list[Any] = []
        if values.attribute.optional:
            found.append(None)
        for axis in self._on:
            if axis.attribute == values.name:
                found += _values_on(values, axis)
        ordered = isinstance(values.attribute.type, IntegerType | DecimalType | DateType)
        if ordered:
            found.append(values.home)
            near = dict.fromkeys(near_values(values.attribute, day, self._ends))
            return list(dict.fromkeys((*found, *(values.snapped(one) for one in near))))
        if len(found) <= 1:
            found += _examples(values)
        return [one for one in dict.fromkeys(found) if one is None or values.takes(one)]

    def _entry(self, values: tuple[Any, ...], day: date) -> _Entry:
        """Return what a combination comes to, asked of an instance that was not validated and knows nothing else."""
        one = self._model.__new__(self._model)
        known = {**self._blank, **dict(zip(self.fields, values, strict=True))}
        object.__setattr__(one, "__dict__", known)
        facts = {
            name: plain(known[name] if derive is None else derive(one, day)) for name, derive in self._asked.items()
        }
        return _Entry(values, tuple(axis.class_of(facts[axis.attribute]) for axis in self._on))

    def _search(self, masks: tuple[int, ...], day: date, feasible: Feasible) -> _Entry | None:
        """Return a combination in a region of which the table knows none, or `None` when none was found."""
        choices = [self.choices(one, day) for one in self._values]
        for values in islice(product(*choices), _TRIES):
            entry = self._entry(values, day)
            inside = all(mask >> class_ & 1 for mask, class_ in zip(masks, entry.classes, strict=True))
            if inside and feasible(self._narrowed(entry.classes)):
                return entry
        return None


_AHEAD = 400
"""How many days on from `DAY` are looked through for one on which a festival is as near as it should be."""

_DAYS = 64
"""For how many days a group keeps its table."""


def _values_on(values: FieldValues, axis: Axis) -> Iterator[Any]:
    """Yield the ends of every class of a stored attribute."""
    match axis.type:
        case IntegerType() | DecimalType() | DateType():
            for class_ in range(1, axis.size):
                low, high = _stretch(axis, class_)
                ends = values.ends(low, high)
                if ends is not None:
                    yield from (values.at(place) for place in (*ends, sum(ends) // 2))
        case _:
            yield from _examples(values, axis.words)


def ends_on(values: FieldValues, axes: Sequence[Axis]) -> list[Any]:
    """Return values of a stored field worth trying, the plainest first: one at least of each class that it has."""
    found: list[Any] = []
    if isinstance(values.attribute.type, IntegerType | DecimalType | DateType):
        found += [values.home, values.beside(values.home)]
    for axis in axes:
        found += _values_on(values, axis)
    if not found:
        found += _examples(values)
    return [one for one in dict.fromkeys(found) if values.takes(one)]


def _examples(values: FieldValues, words: Sequence[str] = ()) -> Iterator[Any]:
    match values.attribute.type:
        case EnumType(every):
            yield from (values.held(word) for word in every)
        case SetType(every):
            yield values.held(())
            yield from (values.held((word,)) for word in every)
        case TextType():
            yield from (*words, "other", "x")
        case _:
            yield from (False, True)


class Population:
    """The customers of a model over the axes of a book.

    Args:
        model: the customer model.
        space: what customers there can be, and the axes; `None` when no book cuts the attributes.
        fields: strategies for single fields, used as they are.
    """

    def __init__(
        self,
        model: type[BaseModel],
        space: Space | None = None,
        fields: Mapping[str, st.SearchStrategy[Any]] | None = None,
    ) -> None:
        """Group the fields by what is computed from them."""
        self.model, self.space = model, space
        self.vocabulary = vocabulary_of(model)
        self.axes: Sequence[Axis] = space.axes if space is not None else ()
        self.everyone: Region = space.everyone if space is not None else ()
        self.recipe: Recipe = recipe_of(model)
        self._given = {**self.recipe.fields, **(fields or {})}
        self._assumed = sorted({axis for box in (space.impossible if space else ()) for axis, _ in box})
        self._known: dict[tuple[int, ...], bool] = {}
        self._done: dict[str, Any] = {}  # Any: each function has its own kind of answer
        self._of: dict[str, dict[int, Axis]] = {}
        for index, axis in enumerate(self.axes):
            self._of.setdefault(axis.attribute, {})[index] = axis
        self._reads = {
            name: fields_read(model, self.vocabulary, derive)
            for name in self._of
            if (derive := self.vocabulary[name].derive) is not None
        }
        self.groups: tuple[_Group, ...] = tuple(self._grouped())

    def customer(self, draw: st.DrawFn, region: Region | None, day: date) -> BaseModel | None:
        """Draw a customer in a region on a day, or `None` when nobody of the model is there.

        Args:
            draw: draws from Hypothesis.
            region: classes for every axis; `None` is everyone, and then an assumption that cannot be kept is not.
        """
        values = self._values(draw, self.everyone if region is None else region, day)
        if values is None and region is None:
            values = self._values(draw, self.everyone, day, assumed=False)
        if values is None:
            return None
        found = built(self.model, values, self.recipe)
        if region is not None and not self.holds(region, found, day):
            if not self.recipe.repairs and not self._given:
                raise AssertionError(f"a customer was drawn outside of the region: {found!r}; please report this")
            reject()  # what was declared for the model knows nothing of the region
        return found

    def days_in(self, region: Region) -> list[date]:
        """Return a few days on which those axes of a region are where they should be that hang on the day alone."""
        found = (day for day in self._candidate_days(region) if self._on_day(region, day) is not None)
        return list(islice(found, 3))

    def _candidate_days(self, region: Region) -> Iterator[date]:
        yield DAY
        for index, axis in self._of.get(AS_OF, {}).items():
            for class_ in bits_of(region[index]):
                yield plain_value(axis, class_, None)
        if self.of_the_day:
            yield from (date.fromordinal(DAY.toordinal() + ahead) for ahead in range(1, _AHEAD))
            yield date(2150, 1, 1)

    def holds(self, region: Region, customer: BaseModel, day: date) -> bool:
        """Whether a customer is in a region on a day."""
        facts = facts_of(self.vocabulary, customer, day)
        return all(
            mask >> axis.class_of(facts.get(axis.attribute)) & 1 for axis, mask in zip(self.axes, region, strict=True)
        )

    def values_near(self, values: FieldValues, day: date) -> list[Any]:
        """Return values of a field at which something that the book computes from it gets into another class."""
        group = next(one for one in self.groups if values.name in one.fields)
        return group.choices(values, day) if isinstance(group, _Computed) else []

    def is_possible(self, customer: BaseModel, day: date) -> bool:
        """Whether a customer breaks no assumption of the book."""
        if self.space is None:
            return True
        facts = facts_of(self.vocabulary, customer, day)
        cell = [axis.class_of(facts.get(axis.attribute)) for axis in self.axes]
        return not any(all(mask >> cell[axis] & 1 for axis, mask in box) for box in self.space.impossible)

    @property
    def of_the_day(self) -> tuple[Axis, ...]:
        """The axes of computed attributes that hang on the day alone, such as the days to a festival."""
        return tuple(axis for name, axes in self._of.items() if self._reads.get(name) == () for axis in axes.values())

    @property
    def spoken(self) -> set[str]:
        """The stored fields that the book speaks of, itself or by what is computed from them."""
        return (self._of.keys() - self._reads.keys()).union(*self._reads.values())

    def remembered(self, name: str, work: Callable[[Population], Any]) -> Any:
        """Return what a function makes of the population; who asks again shares the work."""
        if name not in self._done:
            self._done[name] = work(self)
        return self._done[name]

    def _values(self, draw: st.DrawFn, region: Region, day: date, *, assumed: bool = True) -> dict[str, Any] | None:
        here = self._on_day(region, day)
        if here is None:
            return None

        def feasible(narrowed: Mapping[int, int]) -> bool:
            return not assumed or self._is_possible(here, narrowed)

        values: dict[str, Any] = {}
        for group in self.groups:
            drawn = group.draw(draw, tuple(here), day, feasible)
            if drawn is None:
                return None
            values.update(drawn[0])
            for index, mask in drawn[1].items():
                here[index] = mask
        return values

    def _on_day(self, region: Region, day: date) -> list[int] | None:
        """Narrow the axes that hang on the day alone to the day; `None` when the day is not in the region."""
        here = list(region)
        for name, axes in self._of.items():
            if name != AS_OF and self._reads.get(name) != ():
                continue
            derive = self.vocabulary[name].derive
            value = plain(day if derive is None else derive(Stand(self.model, {}), day))
            for index, axis in axes.items():
                here[index] &= 1 << axis.class_of(value)
                if not here[index]:
                    return None
        return here

    def _is_possible(self, here: Sequence[int], narrowed: Mapping[int, int]) -> bool:
        """Whether a possible customer is left; what no assumption speaks of does not matter."""
        if self.space is None or not any(index in narrowed for index in self._assumed):
            return True
        key = tuple(narrowed.get(index, here[index]) for index in self._assumed)
        found = self._known.get(key)
        if found is None:
            region = list(self.everyone)
            for index, mask in zip(self._assumed, key, strict=True):
                region[index] = mask
            found = self._known[key] = self.space.possible(tuple(region)) is not None
        return found

    def _grouped(self) -> Iterator[_Group]:
        fields = fields_of(self.model)
        yield from self._beyond(fields)
        together = {name: {name} for name in fields}
        for reads in self._reads.values():
            merged = set().union(*(together[name] for name in reads if name in together))
            for name in merged:
                together[name] = merged
        done: set[str] = set()
        for name in fields:
            if name in done:
                continue
            done |= together[name]
            yield from self._group([fields[one] for one in fields if one in together[name]])

    def _group(self, values: Sequence[FieldValues]) -> Iterator[_Group]:
        """Yield the groups for some fields that belong together; a declared strategy sets each of them free."""
        names = {one.name for one in values}
        computed = {
            index: axis
            for name, reads in self._reads.items()
            if names & set(reads)
            for index, axis in self._of[name].items()
        }
        if computed and not names & self._given.keys():
            own = {index: axis for one in values for index, axis in self._of.get(one.name, {}).items()}
            yield _Computed(self.model, values, {**own, **computed}, self.vocabulary)
            return
        for one in values:
            axes = self._of.get(one.name, {})
            if not axes or one.name in self._given:
                strategy = self._given[one.name] if one.name in self._given else one.anything()
                yield _Free(one.name, strategy, self.axes, tuple(axes))
            elif isinstance(one.attribute.type, SetType):
                yield _Words(one, axes)
            else:
                ((index, axis),) = axes.items()
                yield _Single(one, axis, index)

    def _beyond(self, fields: Mapping[str, FieldValues]) -> Iterator[_Group]:
        """Yield the fields that are no attributes: those declared, and those without which there is no customer."""
        for name, info in self.model.model_fields.items():
            if name in fields:
                continue
            if name in self._given:
                yield _Free(name, self._given[name], self.axes, ())
            elif info.is_required():
                yield _Free(name, st.from_type(info.annotation), self.axes, ())  # type: ignore[arg-type]  # may be None


# Kept populations

_KEPT: OrderedDict[tuple[int, int], tuple[RuleBook | None, Population]] = OrderedDict()

_MOST_KEPT = 32
"""For how many books the latest populations are kept; a book that is drawn is seldom asked for again."""


def population_of(model: type[BaseModel], book: RuleBook | None = None) -> Population:
    """Return the population of a model over the axes of a book; that of the latest books is kept."""
    key = id(model), id(book)
    kept = _KEPT.get(key)
    if kept is not None and kept[0] is book and kept[1].model is model and kept[1].recipe == recipe_of(model):
        _KEPT.move_to_end(key)
        return kept[1]
    found = Population(model, None if book is None else space_of(book))
    _KEPT[key] = book, found
    while len(_KEPT) > _MOST_KEPT:
        _KEPT.popitem(last=False)
    return found


def space_of(book: RuleBook) -> Space:
    """Return the customers there can be under a book, cut at its invariants too."""
    return Space(book, also=[one.when for one in book.invariants])
