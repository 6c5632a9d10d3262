"""What does a model ask of a customer that its fields do not say, and how is a drawn customer made to fit?

A validator is a function, and no program can read what it refuses. A bank says it once, in its test suite.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from pydantic import BaseModel, ValidationError

from relmaint.model.attributes import vocabulary_of

__all__ = ["Recipe", "Repair", "built", "declare", "recipe_of"]

Repair = Callable[[dict[str, Any]], Mapping[str, Any]]
"""Takes the drawn fields of a customer, and returns fields that the validators of the model take."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What was declared for a model: strategies of single fields, and a repair of the whole."""

    fields: Mapping[str, st.SearchStrategy[Any]] = field(default_factory=dict)
    repairs: tuple[Repair, ...] = ()


_RECIPES: dict[type[BaseModel], Recipe] = {}


def declare(
    model: type[BaseModel],
    *,
    fields: Mapping[str, st.SearchStrategy[Any]] | None = None,
    repair: Repair | None = None,
) -> None:
    """Tell how to draw what the fields of a customer model do not say, for the model and all that inherit from it.

    `st.from_type(model)` works afterwards, also when the model does not inherit from `Customer`. A condition on
    several attributes that a book can express is better said by `assume:` in the book: draws for a book keep to it,
    and so do all proofs.

    Args:
        model: a customer model.
        fields: for a field with a validator of its own, or of a type that is no attribute, how it is drawn.
        repair: for a validator of several fields: takes the drawn fields by name, and returns fields that it takes.

    Raises:
        InvalidArgument: there is no such field, or what is given for it is no strategy.
    """
    given = dict(fields or {})
    for name, strategy in given.items():
        if name not in model.model_fields:
            raise InvalidArgument(f"{model.__name__} has no field {name!r}")
        if not isinstance(strategy, st.SearchStrategy):
            raise InvalidArgument(f"fields[{name!r}] must be a strategy, not {strategy!r}")
    vocabulary_of(model)
    _RECIPES[model] = Recipe(given, () if repair is None else (repair,))
    from relmaint.testing.entry import register

    register(model)


def recipe_of(model: type[BaseModel]) -> Recipe:
    """Return what was declared for a model and for those that it inherits from; the nearest declaration counts."""
    fields: dict[str, st.SearchStrategy[Any]] = {}
    repairs: tuple[Repair, ...] = ()
    for one in reversed(model.__mro__):
        found = _RECIPES.get(one)
        if found is not None:
            fields.update(found.fields)
            repairs += found.repairs
    return Recipe(fields, repairs)


def built(model: type[BaseModel], values: Mapping[str, Any], recipe: Recipe) -> BaseModel:
    """Return the customer with these fields, once the declared repairs have been at them.

    Raises:
        InvalidArgument: the model refuses it, since it has a validator that nothing was declared about.
    """
    fields = dict(values)
    for repair in recipe.repairs:
        fields = dict(repair(fields))
    try:
        return model.model_validate(fields, by_name=True, by_alias=False)
    except ValidationError as problem:
        said = problem.errors()[0]
        place = ".".join(str(part) for part in said["loc"])
        raise InvalidArgument(
            f"{model.__name__} refuses a drawn customer{f' for its field `{place}`' if place else ''}: {said['msg']}. "
            "What a validator asks for is told by relmaint.testing.declare(model, fields=..., repair=...)"
        ) from problem
