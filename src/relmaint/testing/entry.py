"""How does Hypothesis learn of customer models? Called by Hypothesis itself when it is imported, and by nothing else.

Hypothesis looks a class up exactly: a strategy that is registered for `Customer` says nothing of the classes that
inherit from it. So each of them is registered when it is made; pydantic tells by `__pydantic_init_subclass__`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypothesis import strategies as st
    from pydantic import BaseModel

__all__ = ["hook", "register"]


def hook() -> None:
    """Register `Customer`, all that inherits from it, now and later, and the settings profiles."""
    from relmaint.model.customer import Customer
    from relmaint.testing import profiles

    profiles.register()
    _register_all(Customer)
    setattr(Customer, "__pydantic_init_subclass__", classmethod(_tell))  # noqa: B010  # mypy allows no assignment


def _tell(model: type[BaseModel], /, **arguments: Any) -> None:
    """Take the place of the method that does nothing in pydantic: register a class that is being made."""
    from relmaint.model.customer import Customer

    assert issubclass(model, Customer), "it is a method of `Customer`; please report this"
    super(Customer, model).__pydantic_init_subclass__(**arguments)
    register(model)


def register(model: type[BaseModel]) -> None:
    """Make `st.from_type` draw customers of a model."""
    from hypothesis import strategies as st

    st.register_type_strategy(model, _drawn)


def _register_all(model: type[BaseModel]) -> None:
    register(model)
    for one in model.__subclasses__():
        _register_all(one)


def _drawn(model: type[BaseModel]) -> st.SearchStrategy[BaseModel]:
    from relmaint.testing.strategies.customers import customers

    return customers(model)
