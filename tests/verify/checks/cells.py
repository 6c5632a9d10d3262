"""What counts for the customers of one cell, by the plain words of the language: the oracle of the checks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from random import Random

from relmaint.ir.program import Program
from relmaint.ir.rules import Row, RuleBook, Table
from relmaint.rank.hits import effective
from relmaint.verify.cover import bits_of
from relmaint.verify.space import Space
from tests.verify.test_plans import Cell, cell_of

__all__ = ["Counting", "cells_of"]

_ALL = 3_000
"""A book with no more cells is tried in every one."""


def cells_of(space: Space, seed: int, count: int = 150) -> tuple[list[Cell], bool]:
    """Return cells that some customer has, and whether these are all of them."""
    everyone = space.everyone
    if prod(mask.bit_count() for mask in everyone) <= _ALL:
        drawn: Iterator[Cell] = product(*(list(bits_of(mask)) for mask in everyone))
        whole = True
    else:
        random = Random(seed)  # reproducible on purpose
        drawn = (cell_of(everyone, random) for _ in range(count))
        whole = False
    return [cell for cell in drawn if space.possible(tuple(1 << class_ for class_ in cell)) is not None], whole


class Counting:
    """The statements that match one cell, and those of them that count and are not set aside."""

    def __init__(self, program: Program, cell: Cell) -> None:
        """Test every box."""
        self.book: RuleBook = program.book
        self.matched = {
            program.statements[owner].id
            for box, owner in zip(program.boxes, program.owner, strict=True)
            if all(mask >> cell[axis] & 1 for axis, mask in box) and program.statements[owner].role != "action"
        }
        self._rules = {rule.id: rule for rule in self.book.rules}

    def in_force(self, rule: str) -> bool:
        """Whether a rule matches and no rule in force overrides it."""
        return rule in self.matched and not self.overriders(rule)

    def overriders(self, target: str) -> list[str]:
        """Return the rules in force that override a rule or row."""
        return [name for name, one in self._rules.items() if target in one.overrides and self.in_force(name)]

    def hits(self, table: Table) -> list[tuple[int, Row]]:
        """Return the matching rows of a table that its hit policy lets count."""
        found = [(place, row) for place, row in enumerate(table.rows) if row.id in self.matched]
        return effective(table, found) if found else []

    def counts(self, name: str) -> bool:
        """Whether a rule or row matches and its table, if any, lets it count."""
        for table in self.book.tables:
            if any(row.id == name for row in table.rows):
                return any(row.id == name for _, row in self.hits(table))
        return name in self.matched
