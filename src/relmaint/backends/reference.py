"""Which rules match, by the written meaning of conditions and nothing else?"""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel

from relmaint.ir.program import Program
from relmaint.ir.reference import fires
from relmaint.model.attributes import facts_of

__all__ = ["ReferenceBackend"]


class ReferenceBackend:
    """Evaluates every condition on the raw values; slow, and the measure of every other backend."""

    name = "reference"

    def __init__(self, program: Program) -> None:
        """Keep the statements of the program; its axes and boxes are not looked at."""
        self._vocabulary = program.book.vocabulary
        self._statements = program.statements

    def match(self, customer: BaseModel, as_of: date) -> tuple[int, ...]:
        """Return the numbers of the matching statements, ascending."""
        facts = facts_of(self._vocabulary, customer, as_of)
        return tuple(number for number, one in enumerate(self._statements) if fires(one.when, facts))
