"""What is one step that makes a book smaller, and what is known about it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from relmaint.diagnostics import Span
from relmaint.ir.conditions import And, comparisons, show_condition
from relmaint.ir.rules import Guard, Notes, Row, Rule, RuleBook, Table
from relmaint.verify.same import Claim

__all__ = ["Reduction", "ReductionKind", "Size", "lost", "row_text", "size_of", "tells_no_more", "told_of"]


class ReductionKind(StrEnum):
    """What a step does."""

    DROP_RULE = "drop-rule"
    DROP_GUARD = "drop-guard"
    DROP_ROW = "drop-row"
    SHORTEN = "shorten-condition"
    DROP_PART = "drop-part"
    JOIN_RULES = "join-rules"
    JOIN_GUARDS = "join-guards"
    JOIN_ROWS = "join-rows"
    DROP_CELL = "drop-cell"
    DROP_COLUMN = "drop-column"


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is to read."""

    rules: int = 0
    guards: int = 0
    rows: int = 0
    columns: int = 0
    comparisons: int = 0

    def __add__(self, other: Size) -> Size:
        """Return both together."""
        return Size(
            self.rules + other.rules,
            self.guards + other.guards,
            self.rows + other.rows,
            self.columns + other.columns,
            self.comparisons + other.comparisons,
        )


def size_of(thing: RuleBook | Table | Row | Rule | Guard) -> Size:
    """Return how much there is to read in a book or a part of it; what it assumes and claims is not counted."""
    match thing:
        case RuleBook():
            parts: list[Rule | Table | Guard] = [*thing.rules, *thing.tables, *thing.guards]
            return sum(map(size_of, parts), Size())
        case Table():
            return sum(map(size_of, thing.rows), Size(columns=len(thing.inputs)))
        case Row():
            return Size(rows=1, comparisons=sum(test is not None for test in thing.tests))
        case Rule():
            return Size(rules=1, comparisons=sum(1 for _ in comparisons(thing.when)))
        case Guard():
            return Size(guards=1, comparisons=sum(1 for _ in comparisons(thing.when)))


@dataclass(frozen=True, slots=True)
class Reduction:
    """One step that makes a book smaller and leaves every possible customer's plan as it is.

    Args:
        kind: what it does.
        id: the statement or table that it is about.
        span: where that stands.
        before: the conditions before, or the rows, as text.
        after: what they become; nothing when all are gone.
        why: why the plans stay the same, as a sentence without a full stop.
        gone: the statements that are no more.
        lost: what the statements that are gone say about themselves and none of those that stay says.
        sizes: how much there was to read of what the step touches, and how much there is.
        claims: what is proven.
    """

    kind: ReductionKind
    id: str
    span: Span | None
    before: tuple[str, ...]
    after: tuple[str, ...]
    why: str
    sizes: tuple[Size, Size]
    claims: tuple[Claim, ...]
    gone: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    @property
    def assumptions(self) -> tuple[str, ...]:
        """The assumptions of the book that the step rests on."""
        return tuple(sorted({name for claim in self.claims for name in claim.assumptions}))


_TOLD = ("because", "source", "provenance", "owner")


def told_of(notes: Notes) -> tuple[object, ...]:
    """Return what a statement says about itself, but for its days."""
    return tuple(getattr(notes, name) for name in _TOLD)


def tells_no_more(gone: Notes, stays: Notes) -> bool:
    """Whether all that some notes say is said by others."""
    return all(getattr(gone, name) in (None, getattr(stays, name)) for name in _TOLD)


def lost(gone: str, notes: Notes, stays: Sequence[tuple[str, Notes]]) -> tuple[str, ...]:
    """Say what only a statement says that is to be gone, and which statements' notes stay."""
    names = [
        name
        for name in _TOLD
        if getattr(notes, name) is not None and all(getattr(notes, name) != getattr(one, name) for _, one in stays)
    ]
    if not names:
        return ()
    said, kept = (" and ".join(f"`{name}`" for name in every) for every in (names, [name for name, _ in stays]))
    return (f"{said} of `{gone}`, while the notes of {kept} stay",)


def row_text(table: Table, row: Row) -> str:
    """Write a row as a sentence of the language: its tests, and what it gives."""
    tests = show_condition(And(tuple(test for test in row.tests if test is not None)))
    limits = dict(zip(table.limits, row.limits, strict=True))
    said = []
    for name in table.outputs:
        match name:
            case "do":
                said.append(f"do {', '.join(row.do) or 'nothing'}")
            case "boost":
                said.append(f"boost {row.boost}")
            case _:
                said.append(f"{name} {limits[name]}")
    return f"{tests}: {'; '.join(said)}"
