"""What does every check look at, and what does it say?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from relmaint.diagnostics import Related, Span
from relmaint.ir.program import Box
from relmaint.ir.rules import Guard, Row, Rule, RuleBook, Table
from relmaint.rank.decide import Ranking
from relmaint.verify.cover import Region, Union
from relmaint.verify.plans import Planner, Views
from relmaint.verify.space import Space
from relmaint.verify.totality import AXES

__all__ = ["Finding", "Subject"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Args:
        code: the registered code.
        at: the id of what it is about (a rule, row, table, guard, action, invariant or kind), for exceptions.
        message: lower case, no full stop, names in backticks, one line.
        span: where that stands.
        help: what to do, when the code's own help is not enough.
        related: the other places involved.
        region: possible customers of whom it is so; one of them is shown.
        changed: the axes, each with the class on it, by which a second customer differs, when it is about two.
    """

    code: str
    at: str
    message: str
    span: Span | None
    help: str | None = None
    related: tuple[Related, ...] = ()
    region: Region | None = None
    changed: tuple[tuple[int, int], ...] = ()


class Subject:
    """One book, prepared once for all checks.

    Attributes:
        book: the book.
        space: the customers there can be.
        axes: what the boxes speak of.
        boxes: the boxes of all statements, in the order of the program; the first box of `union` is the first of them.
    """

    def __init__(self, book: RuleBook) -> None:
        """Lower the book."""
        self.book = book
        self.space = Space(book, also=[one.when for one in book.invariants])
        self.program = self.space.programs[0]
        self.axes = self.space.axes
        self.boxes: Sequence[Box] = self.program.boxes
        self.everyone: Region = self.space.everyone
        self._done: dict[Callable[[Subject], Any], Any] = {}  # Any: each function has its own kind of answer

    def once(self, work: Callable[[Subject], T]) -> T:
        """Return what a function makes of the book; several checks that ask share the work."""
        if work not in self._done:
            self._done[work] = work(self)
        done: T = self._done[work]
        return done

    @cached_property
    def nobody(self) -> Union:
        """The union of the boxes that no customer is in."""
        return self.space.union(())

    @cached_property
    def views(self) -> Views:
        """The regions of the book."""
        return Views(self.space)

    @property
    def planner(self) -> Planner:
        """The statements of the book by action."""
        return self.views.planners[0]

    @property
    def union(self) -> Union:
        """The union of all boxes of the book, indexed."""
        return self.views.union

    @cached_property
    def ranking(self) -> Ranking:
        """The ranking of the book."""
        return Ranking(self.program)

    @property
    def known(self) -> Region:
        """All customers whose preference, habit and tier are known: those that the book promises to cover."""
        return tuple(axis.known if axis.attribute in AXES else axis.everything for axis in self.axes)

    @cached_property
    def numbers(self) -> Mapping[tuple[str, str], tuple[int, ...]]:
        """The numbers of the boxes of each statement, by role and id."""
        found: dict[tuple[str, str], list[int]] = {(one.role, one.id): [] for one in self.program.statements}
        keys = list(found)
        for box, owner in enumerate(self.program.owner):
            found[keys[owner]].append(box)
        return {key: tuple(boxes) for key, boxes in found.items()}

    @cached_property
    def statements(self) -> Mapping[str, Rule | Row | Guard]:
        """The rules, rows and guards by id."""
        book = self.book
        rows = [row for table in book.tables for row in table.rows]
        every: list[Rule | Row | Guard] = [*book.rules, *rows, *book.guards]
        return {one.id: one for one in every}

    @cached_property
    def table_of(self) -> Mapping[str, Table]:
        """The table of each row."""
        return {row.id: table for table in self.book.tables for row in table.rows}

    def region(self, box: int | Box) -> Region:
        """Return the region of a box, by its number or itself."""
        found = list(self.everyone)
        for axis, mask in self.boxes[box] if isinstance(box, int) else box:
            found[axis] &= mask
        return tuple(found)

    def proposers(self, action: str) -> Iterator[Rule | Row]:
        """Yield the rules and rows that do an action."""
        book = self.book
        yield from (rule for rule in book.rules if action in rule.do)
        yield from (row for table in book.tables for row in table.rows if action in row.do)
