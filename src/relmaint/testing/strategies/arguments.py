"""Is what a test author passed to a strategy what it takes? Answered as Hypothesis does, by `InvalidArgument`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from hypothesis.errors import InvalidArgument
from pydantic import BaseModel

from relmaint.ir.rules import RuleBook
from relmaint.model.customer import Customer

__all__ = ["Held", "expect_book", "expect_day", "expect_model", "expect_sizes", "model_for", "model_of"]


@dataclass(frozen=True, slots=True)
class Held:
    """A book, or none, on its way into a strategy: Hypothesis shows the arguments of one, and a book is too long."""

    book: RuleBook | None

    def __repr__(self) -> str:
        """Return the name of the book."""
        return "None" if self.book is None else f"<the book `{self.book.name}`>"


def expect_book(book: Any) -> RuleBook:
    """Return the book, when it is one.

    Raises:
        InvalidArgument: it is something else, such as the path of a book.
    """
    if not isinstance(book, RuleBook):
        raise InvalidArgument(f"{book=} must be a rule book, as relmaint.load_rule_book returns it")
    return book


def expect_model(model: Any) -> type[BaseModel]:
    """Return the customer model, when it is one.

    Raises:
        InvalidArgument: it is no pydantic model.
    """
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise InvalidArgument(f"{model=} must be a pydantic model")
    return model


def expect_day(as_of: Any) -> date:
    """Return the day, when it is one; a moment of a day is none.

    Raises:
        InvalidArgument: it is something else.
    """
    if not isinstance(as_of, date) or isinstance(as_of, datetime):
        raise InvalidArgument(f"{as_of=} must be a day (datetime.date), and no strategy")
    return as_of


def expect_sizes(min_size: Any, max_size: Any) -> None:
    """Check the bounds of a size.

    Raises:
        InvalidArgument: one is no whole number, is negative, or the least is more than the most.
    """
    for name, size in (("min_size", min_size), ("max_size", max_size)):
        if isinstance(size, bool) or not isinstance(size, int) or size < 0:
            raise InvalidArgument(f"{name}={size!r} must be a whole number, 0 or more")
    if min_size > max_size:
        raise InvalidArgument(f"{min_size=} is more than {max_size=}")


def model_of(book: RuleBook) -> type[BaseModel]:
    """Return the customer model of a book.

    Raises:
        InvalidArgument: the book was made by hand from a vocabulary without a model.
    """
    if book.vocabulary.model is None:
        raise InvalidArgument(f"the vocabulary of the book `{book.name}` names no customer model")
    model: type[BaseModel] = book.vocabulary.model
    return model


def model_for(model: Any, book: Any) -> type[BaseModel]:
    """Return the model to draw customers of: the given one, that of the book, or `Customer`.

    Raises:
        InvalidArgument: the book was loaded for a model that the given one does not inherit from.
    """
    if book is None:
        return Customer if model is None else expect_model(model)
    own = model_of(expect_book(book))
    if model is not None and not issubclass(expect_model(model), own):
        raise InvalidArgument(f"the book `{book.name}` was loaded for {own.__name__}, not {model.__name__}")
    return own if model is None else expect_model(model)
