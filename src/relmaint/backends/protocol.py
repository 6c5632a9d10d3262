"""What must a backend answer?"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date
from typing import Protocol, runtime_checkable

from pydantic import BaseModel

__all__ = ["Backend", "CellBackend"]


@runtime_checkable
class Backend(Protocol):
    """Says which statements of a program match a customer on a day; it knows no priority and no action."""

    name: str

    def match(self, customer: BaseModel, as_of: date) -> tuple[int, ...]:
        """Return the numbers of the matching statements, ascending."""
        ...


@runtime_checkable
class CellBackend(Backend, Protocol):
    """A backend that can name the customer's cell, so that the engine may remember what follows from it."""

    def cell(self, customer: BaseModel, as_of: date) -> Hashable:
        """Return a key; customers with equal keys have equal matches."""
        ...
