"""Which customers can there be, and which of them are worth trying on a rule book?

Every strategy here draws valid customers and nothing else. With a book, a class of each attribute is drawn first, then
a value in it, the ends of the class first; so each comparison of the book is tried at, just below and just above its
constants, and with the attribute unknown. A failure shrinks to the plainest customer: whatever may be unknown is, else
it is nil, the first word, or the day on which customers are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from pydantic import BaseModel

from relmaint.diagnostics import did_you_mean
from relmaint.ir.conditions import Comparison, Condition, Operator
from relmaint.ir.program import UNKNOWN, Axis, Box
from relmaint.ir.rules import RuleBook
from relmaint.lower import statements_of
from relmaint.rulebook.conditions import parse_condition
from relmaint.testing.strategies.arguments import (
    Held,
    expect_book,
    expect_day,
    expect_sizes,
    model_for,
    model_of,
)
from relmaint.testing.strategies.days import dates_near
from relmaint.testing.strategies.fields import FieldValues, fields_of
from relmaint.testing.strategies.population import Population, ends_on, population_of
from relmaint.testing.strategies.recipes import built
from relmaint.verify.cover import Hole, Region
from relmaint.verify.space import Space
from relmaint.verify.witness import DAY
from relmaint.vocabulary import DateType, DecimalType, IntegerType, OrderedType, step_after

__all__ = [
    "customer_pairs",
    "customers",
    "customers_in",
    "customers_matching",
    "customers_near",
    "customers_on_days",
    "customers_where",
    "moneys",
    "portfolios",
    "someone_in",
]

Fields = Mapping[str, st.SearchStrategy[Any]]


def moneys(
    *, min_value: Decimal | int = 0, max_value: Decimal | int = Decimal("1e13"), places: int = 2
) -> st.SearchStrategy[Decimal]:
    """Draw exact amounts of money, the ends of the range among them; the plainest is the one nearest to nil.

    Args:
        min_value: the smallest amount, in the unit of the attribute (yuan in the shipped model).
        max_value: the largest amount.
        places: how many places after the point an amount has.

    Raises:
        InvalidArgument: no amount with so many places lies from `min_value` to `max_value`.
    """
    if isinstance(places, bool) or not isinstance(places, int) or not 0 <= places <= _MOST_PLACES:
        raise InvalidArgument(f"{places=} must be a whole number from 0 to {_MOST_PLACES}")
    for name, value in (("min_value", min_value), ("max_value", max_value)):
        if isinstance(value, float | bool) or not isinstance(value, Decimal | int) or not Decimal(value).is_finite():
            raise InvalidArgument(f"{name}={value!r} must be a finite Decimal or a whole number; floats are inexact")
    low = int((Decimal(min_value).scaleb(places)).to_integral_value("ROUND_CEILING"))
    high = int((Decimal(max_value).scaleb(places)).to_integral_value("ROUND_FLOOR"))
    if low > high:
        raise InvalidArgument(f"no amount with {places} places lies from {min_value} to {max_value}")
    ends = sorted({low, high, min(low + 1, high), max(high - 1, low), min(max(0, low), high)}, key=abs)
    return st.one_of(st.sampled_from(ends), st.integers(low, high)).map(lambda units: Decimal(units).scaleb(-places))


_MOST_PLACES = 18


def customers(
    model: type[BaseModel] | None = None,
    *,
    book: RuleBook | None = None,
    as_of: date = DAY,
    fields: Fields | None = None,
) -> st.SearchStrategy[Any]:
    """Draw valid customers of any kind.

    Args:
        model: the customer model; that of the book, or `relmaint.Customer`, unless given.
        book: a rule book. With it a class of each attribute is drawn first and then a value in it, and what
            the book assumes (`assume:`) is kept to; without it values come from all of the field.
        as_of: the day from which days to a date, and ages, are counted; draw it with `customers_on_days` instead.
        fields: strategies for single fields, which are then drawn by them alone.

    Raises:
        InvalidArgument: an argument is not what it should be, or, when drawn, the model has a validator that
            `declare` was not told about.
    """
    model = model_for(model, book)
    expect_day(as_of)
    if not fields:
        return _customers(lambda: population_of(model, book), as_of)
    for name, strategy in fields.items():
        if name not in model.model_fields:
            raise InvalidArgument(f"fields: {model.__name__} has no field {name!r}")
        if not isinstance(strategy, st.SearchStrategy):
            raise InvalidArgument(f"fields[{name!r}] must be a strategy, not {strategy!r}")
    space = None if book is None else Space(book)
    population = Population(model, space, fields)
    return _customers(lambda: population, as_of)


@st.composite
def _customers(draw: st.DrawFn, population: Callable[[], Population], as_of: date) -> BaseModel:
    found = population().customer(draw, None, as_of)
    if found is None:
        raise AssertionError("a customer of whom nothing is asked was not found; please report this")
    return found


def customers_on_days(book: RuleBook, *, model: type[BaseModel] | None = None) -> st.SearchStrategy[tuple[Any, date]]:
    """Draw a customer and a day for the plan: pairs (customer, as_of) as `Engine.plan` takes them.

    The days are those of `dates_near`; values that a book counts from the day are drawn at their own constants.

    Args:
        book: the rule book.
        model: a customer model that inherits from that of the book; that of the book unless given.

    Raises:
        InvalidArgument: an argument is not what it should be.
    """
    return _on_days(Held(expect_book(book)), model_for(model, book), dates_near(book))


@st.composite
def _on_days(draw: st.DrawFn, held: Held, model: type[BaseModel], days: st.SearchStrategy[date]) -> tuple[Any, date]:
    as_of = draw(days)
    return draw(customers(model, book=held.book, as_of=as_of)), as_of


def customers_in(region: Region, *, space: Space, as_of: date = DAY) -> st.SearchStrategy[Any]:
    """Draw customers in a region, such as one that `relmaint.verify.diff.difference` reports.

    They are drawn there directly: none is drawn outside and thrown away.

    Args:
        region: a mask of classes for every axis.
        space: what the axes are: `Difference.space`, or `relmaint.verify.space.Space(book)`.
        as_of: the day.

    Raises:
        InvalidArgument: the region has not a mask for each axis; or, when drawn, nobody is in it on that day.
    """
    if not isinstance(space, Space):
        raise InvalidArgument(f"{space=} must be the space whose axes the region speaks of")
    if len(region) != len(space.axes) or any(
        not 0 <= mask <= axis.everything for mask, axis in zip(region, space.axes, strict=True)
    ):
        raise InvalidArgument(f"{region=} must hold a mask for each of the {len(space.axes)} axes of the space")
    population = Population(model_of(space.programs[0].book), space)
    return _somewhere(lambda: (population, [tuple(region)]), expect_day(as_of), "nobody is in the region")


def customers_where(condition: str, *, book: RuleBook, as_of: date = DAY) -> st.SearchStrategy[Any]:
    """Draw customers of whom a condition is true, written as in a rule book.

    Args:
        condition: for example `tier = key and aum >= 50000`.
        book: the book near whose constants the other attributes lie.
        as_of: the day.

    Raises:
        InvalidArgument: the condition cannot be read; or, when drawn, it is true of nobody on that day.
    """
    expect_book(book)
    parsed, findings = parse_condition(condition, book.vocabulary)
    if parsed is None:
        raise InvalidArgument(f"{condition=}: {'; '.join(str(finding) for finding in findings)}")
    space = Space(book, also=[parsed])
    population = Population(model_of(book), space)
    regions = [_region(space, box) for box in space.boxes(parsed)]
    return _somewhere(lambda: (population, regions), expect_day(as_of), f"`{condition}` is true of nobody")


def customers_matching(book: RuleBook, rule_id: str, *, as_of: date = DAY) -> st.SearchStrategy[Any]:
    """Draw customers whom a rule, a table row or a guard matches.

    Args:
        book: the rule book.
        rule_id: the id of the rule, row or guard.
        as_of: the day; a rule that holds from or until a day matches nobody on others.

    Raises:
        InvalidArgument: there is no such statement; or, when drawn, it matches nobody on that day.
    """
    _statement(expect_book(book), rule_id)
    model = model_of(book)

    def regions() -> tuple[Population, list[Region]]:
        population = population_of(model, book)
        assert population.space is not None, "a population of a book has a space; please report this"
        return population, [_region(population.space, box) for box in _boxes(population.space, rule_id)]

    return _somewhere(regions, expect_day(as_of), f"`{rule_id}` matches nobody")


def customers_near(book: RuleBook, rule_id: str, *, as_of: date = DAY) -> st.SearchStrategy[Any]:
    """Draw customers whom a rule, row or guard just misses: by one step of one attribute, and by nothing else.

    A step of a number is one on its grid (a cent, a day), of a word another word, of `is known` unknown. These are
    the customers who tell `<` from `<=`.

    Args:
        book: the rule book.
        rule_id: the id of the rule, row or guard.
        as_of: the day.

    Raises:
        InvalidArgument: there is no such statement; or, when drawn, nobody misses it so on that day.
    """
    condition = _statement(expect_book(book), rule_id)
    space = Space(book, also=[condition])
    edges = [
        Comparison(axis.attribute, Operator.EQ, (value,))
        for box in _boxes(space, rule_id)
        for index, mask in box
        for axis in (space.axes[index],)
        for value in _edges(axis, mask)
    ]
    fine = Space(book, also=[condition, *edges])
    population = Population(model_of(book), fine)
    return _somewhere(
        lambda: (population, list(_misses(fine, rule_id))), expect_day(as_of), f"nobody just misses `{rule_id}`"
    )


@st.composite
def _somewhere(
    draw: st.DrawFn, where: Callable[[], tuple[Population, Sequence[Region]]], as_of: date, nobody: str
) -> BaseModel:
    """Draw a customer in one of the regions; where nobody is in the drawn one, in the next."""
    population, regions = where()
    start = draw(st.integers(0, len(regions) - 1)) if len(regions) > 1 else 0
    for region in (*regions[start:], *regions[:start]):
        found = population.customer(draw, region, as_of)
        if found is not None:
            return found
    raise InvalidArgument(f"{nobody} on {as_of}, as far as a search for a customer can tell; pass another as_of")


@st.composite
def someone_in(draw: st.DrawFn, population: Population, region: Region, as_of: date) -> BaseModel | None:
    """Draw a customer in a region, or `None` when nobody is found there on that day."""
    return population.customer(draw, region, as_of)


def _statement(book: RuleBook, rule_id: str) -> Condition:
    """Return the condition of a statement, its dates included."""
    found = {one.id: one.when for one in statements_of(book) if one.role != "action"}
    if rule_id not in found:
        guess = did_you_mean(rule_id, found) if isinstance(rule_id, str) else None
        raise InvalidArgument(
            f"the book `{book.name}` has no rule, row or guard {rule_id!r}{f'; {guess}' if guess else ''}"
        )
    return found[rule_id]


def _boxes(space: Space, rule_id: str) -> list[Box]:
    program = space.programs[0]
    numbers = {number for number, one in enumerate(program.statements) if one.id == rule_id and one.role != "action"}
    return [box for box, owner in zip(program.boxes, program.owner, strict=True) if owner in numbers]


def _region(space: Space, box: Box) -> Region:
    found = space.within(space.everyone, box)
    assert found is not None, "a box of a program has a class on every axis; please report this"
    return found


def _edges(axis: Axis, mask: int) -> Iterator[Any]:
    """Yield the values of an ordered axis that lie one step outside of a mask."""
    if not isinstance(axis.type, IntegerType | DecimalType | DateType):
        return
    for class_ in range(1, axis.size):
        inside = bool(mask >> class_ & 1)
        if class_ > 1 and inside != bool(mask >> (class_ - 1) & 1):
            first = axis.lowest(class_)
            yield _step_before(axis.type, first) if inside else first


def _step_before(type_: OrderedType, value: Any) -> Any:
    return value - (step_after(type_, value) - value)


def _misses(space: Space, rule_id: str) -> Iterator[Region]:
    """Yield regions in no box of a statement, each outside of one box by one step on one axis."""
    boxes = _boxes(space, rule_id)
    union = space.union(boxes)
    for box in boxes:
        region = _region(space, box)
        for index, mask in box:
            for class_ in _steps(space.axes[index], mask):
                beside = (*region[:index], 1 << class_, *region[index + 1 :])
                answer = union.cover(beside)
                if isinstance(answer, Hole):
                    yield answer.region


def _steps(axis: Axis, mask: int) -> list[int]:
    """Return the classes one step outside of a mask; unknown only when every known class is inside."""
    outside = [class_ for class_ in range(1, axis.size) if not mask >> class_ & 1]
    if not outside:
        return [UNKNOWN] if axis.optional and not mask & 1 else []
    if isinstance(axis.type, IntegerType | DecimalType | DateType) and mask & axis.known:
        return [class_ for class_ in outside if mask >> (class_ - 1) & 1 & (class_ > 1) or mask >> (class_ + 1) & 1]
    return outside


# Pairs


def customer_pairs(
    model: type[BaseModel] | None = None,
    *,
    differ_in: str | Sequence[str],
    book: RuleBook | None = None,
    as_of: date = DAY,
) -> st.SearchStrategy[tuple[Any, Any]]:
    """Draw two customers who differ in the named fields, in each of them, and in nothing else.

    For laws that compare two people: what may a tier, a consent, a birth date change?

    Args:
        model: the customer model; that of the book, or `relmaint.Customer`, unless given.
        differ_in: the name of a stored field, or several names.
        book: a rule book: values lie near its constants, and both customers keep to its assumptions.
        as_of: the day.

    Raises:
        InvalidArgument: there is no such stored attribute, or it has one value only.
    """
    model = model_for(model, book)
    names = (differ_in,) if isinstance(differ_in, str) else tuple(differ_in)
    fields = fields_of(model)
    for name in names:
        if name not in fields:
            raise InvalidArgument(f"differ_in: {name!r} is no stored attribute of {model.__name__}")
    if not names:
        raise InvalidArgument("differ_in must name a field")
    return _pairs(Held(book), model, names, expect_day(as_of))


@st.composite
def _pairs(draw: st.DrawFn, held: Held, model: type[BaseModel], names: tuple[str, ...], as_of: date) -> tuple[Any, Any]:
    population = population_of(model, held.book)
    first = draw(customers(model, book=held.book, as_of=as_of))
    second = first
    for name in names:
        second = _differing(draw, population, fields_of(model)[name], second, as_of)
    return first, second


def _differing(draw: st.DrawFn, population: Population, values: FieldValues, one: BaseModel, as_of: date) -> BaseModel:
    """Return a customer who differs from the given one in one field, a possible one if there is any."""
    current = getattr(one, values.name)
    axes = [axis for axis in population.axes if axis.attribute == values.name]
    pool = [draw(values.anything()), *(None for _ in range(values.attribute.optional)), *ends_on(values, axes)]
    others = [value for value in dict.fromkeys(pool) if value != current]
    if not others:
        raise InvalidArgument(f"{population.model.__name__}.{values.name} has one value only")
    said = {name: getattr(one, name) for name in population.model.model_fields}
    start = draw(st.integers(0, len(others) - 1))
    found = [
        built(population.model, {**said, values.name: value}, population.recipe)
        for value in (*others[start:], *others[:start])
    ]
    return next((other for other in found if population.is_possible(other, as_of)), found[0])


# Portfolios


def portfolios(
    model: type[BaseModel] | None = None,
    *,
    book: RuleBook | None = None,
    as_of: date = DAY,
    min_size: int = 0,
    max_size: int = 10,
) -> st.SearchStrategy[list[Any]]:
    """Draw lists of customers, each with an id of its own where the model has one.

    Args:
        model: the customer model; that of the book, or `relmaint.Customer`, unless given.
        book: a rule book near whose constants the values lie.
        as_of: the day.
        min_size: the least number of customers.
        max_size: the greatest number of customers.

    Raises:
        InvalidArgument: an argument is not what it should be.
    """
    expect_sizes(min_size, max_size)
    one = customers(model, book=book, as_of=as_of)
    identity = fields_of(model_for(model, book)).get("id")

    def told_apart(found: list[Any]) -> list[Any]:
        names = [f"C{number:03}" for number in range(1, len(found) + 1)]
        if identity is None or not all(identity.takes(name) for name in names):
            return found
        return [customer.model_copy(update={"id": name}) for customer, name in zip(found, names, strict=True)]

    return st.lists(one, min_size=min_size, max_size=max_size).map(told_apart)
