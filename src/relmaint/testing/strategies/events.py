"""What happens to customers over time: which fact of which customer changes on which day?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from pydantic import BaseModel

from relmaint.ir.rules import RuleBook
from relmaint.model.attributes import plain
from relmaint.testing.strategies.arguments import Held, expect_day, expect_sizes, model_for
from relmaint.testing.strategies.fields import FieldValues, fields_of
from relmaint.testing.strategies.population import Population, ends_on, population_of
from relmaint.testing.strategies.recipes import built, recipe_of
from relmaint.verify.witness import DAY
from relmaint.vocabulary import show_value

__all__ = ["FactChange", "event_streams", "events"]


@dataclass(frozen=True, slots=True)
class FactChange:
    """On a day, some facts of one customer change; what is not named stays.

    Args:
        on: the day.
        customer: the customer's id.
        facts: the new values by field, as the model holds them; `None` is unknown.
    """

    on: date
    customer: str
    facts: Mapping[str, Any]

    def applied(self, customer: BaseModel) -> BaseModel:
        """Return the customer after the change, validated anew.

        Raises:
            InvalidArgument: the model refuses it; see `relmaint.testing.declare`.
        """
        model = type(customer)
        said = {name: getattr(customer, name) for name in model.model_fields}
        return built(model, {**said, **self.facts}, recipe_of(model))

    def __str__(self) -> str:
        """Return the change as a line of a log."""
        said = ", ".join(f"{name} = {show_value(plain(value))}" for name, value in self.facts.items())
        return f"{self.on} {self.customer}: {said}"


def events(
    model: type[BaseModel] | None = None,
    *,
    book: RuleBook | None = None,
    ids: Sequence[str] = ("C001",),
    on: date = DAY,
    fields: Sequence[str] | None = None,
) -> st.SearchStrategy[FactChange]:
    """Draw one change of one fact of one customer on a day.

    Args:
        model: the customer model; that of the book, or `relmaint.Customer`, unless given.
        book: a rule book near whose constants the new values lie.
        ids: whom it may happen to.
        on: the day.
        fields: which facts may change; all but the id unless given.

    Raises:
        InvalidArgument: an argument is not what it should be.
    """
    model = model_for(model, book)
    expect_day(on)
    names = _names(model, fields)
    if isinstance(ids, str) or not ids:
        raise InvalidArgument(f"{ids=} must be the ids of some customers")
    return _changes(model, Held(book), tuple(ids), on, names)


@st.composite
def _changes(
    draw: st.DrawFn,
    model: type[BaseModel],
    held: Held,
    ids: tuple[str, ...],
    on: date,
    names: tuple[str, ...],
) -> FactChange:
    population = population_of(model, held.book)
    name = draw(st.sampled_from(names))
    values = fields_of(model)[name]
    return FactChange(on, draw(st.sampled_from(ids)), {name: draw(_values(population, values, on))})


def _values(population: Population, values: FieldValues, on: date) -> st.SearchStrategy[Any]:
    """Draw a new value: near the book's constants, near the day, or anything."""
    declared = population.recipe.fields.get(values.name)
    if declared is not None:
        return declared
    axes = [axis for axis in population.axes if axis.attribute == values.name]
    near = [*ends_on(values, axes), *population.values_near(values, on)]
    usual = st.sampled_from(list(dict.fromkeys(near)))
    return st.one_of(usual, values.anything())


def _names(model: type[BaseModel], fields: Sequence[str] | None) -> tuple[str, ...]:
    known = fields_of(model)
    if fields is None:
        return tuple(name for name in known if name != "id")
    for name in fields:
        if name not in known:
            raise InvalidArgument(f"fields: {model.__name__} has no stored attribute {name!r}")
    if not fields:
        raise InvalidArgument("fields must name a fact that may change")
    return tuple(fields)


def event_streams(
    model: type[BaseModel] | None = None,
    *,
    book: RuleBook | None = None,
    ids: Sequence[str] = ("C001",),
    start: date = DAY,
    min_size: int = 0,
    max_size: int = 20,
) -> st.SearchStrategy[list[FactChange]]:
    """Draw what happens to some customers from a day on, in the order of the days; several things on one day too.

    Args:
        model: the customer model; that of the book, or `relmaint.Customer`, unless given.
        book: a rule book near whose constants the new values lie.
        ids: whom it happens to.
        start: the first day.
        min_size: the least number of changes.
        max_size: the greatest number of changes.

    Raises:
        InvalidArgument: an argument is not what it should be.
    """
    expect_sizes(min_size, max_size)
    events(model, book=book, ids=ids, on=start)
    return _stream(model, Held(book), tuple(ids), start, min_size, max_size)


@st.composite
def _stream(
    draw: st.DrawFn,
    model: type[BaseModel] | None,
    held: Held,
    ids: tuple[str, ...],
    start: date,
    min_size: int,
    max_size: int,
) -> list[FactChange]:
    gaps = draw(st.lists(st.sampled_from((0, 1, 7, 30, 31, 365)), min_size=min_size, max_size=max_size))
    found: list[FactChange] = []
    day = start
    for gap in gaps:
        day += timedelta(days=gap)
        found.append(draw(events(model, book=held.book, ids=ids, on=day)))
    return found
