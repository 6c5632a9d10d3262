"""On which statements does a proof rest, and who else offers what a rule offers?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from relmaint.diagnostics import Related, Span
from relmaint.ir.program import Box
from relmaint.ir.rules import Row, Rule
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.cover import Covered, Hole, Region, Undecided

__all__ = [
    "Support",
    "boxes_behind",
    "inside",
    "is_reachable",
    "kept_by_all",
    "named",
    "places",
    "possible_part",
    "regions_of",
    "role_of",
    "statements_behind",
    "undecided",
]

Support = tuple[str, ...]
"""The statements that a proof rests on, in canonical order."""

BUDGET = 5_000
"""How many regions one question of these checks may look at: there is one for each box of a book."""


def role_of(subject: Subject, statement: Rule | Row) -> str:
    """Return what the statement is in the program."""
    return "row" if statement.id in subject.table_of else "rule"


def statements_behind(subject: Subject, covered: Covered) -> Support:
    """Return the statements whose boxes the proof of a question to `Subject.union` uses; assumptions are left out."""
    program = subject.program
    numbers = {program.owner[box] for box in boxes_behind(covered) if box < len(program.owner)}
    return tuple(program.statements[number].id for number in sorted(numbers))


def boxes_behind(covered: Covered) -> Iterator[int]:
    """Yield the numbers of the boxes that a proof uses."""
    for step in covered.proof:
        match step:
            case ("cut", _, box):
                yield box
            case ("inside", box):
                yield box
            case _:
                pass


def inside(
    subject: Subject, regions: Iterable[Region], bits: int, *, budget: int = BUDGET
) -> Support | Hole | Undecided:
    """Decide whether every possible customer of the regions is in one of the boxes; name the statements behind them.

    Args:
        subject: the book.
        regions: the regions.
        bits: the boxes of the book that count.
        budget: how many regions to look at at most, for each.
    """
    union, impossible = subject.union, subject.views.impossible
    without = union.every & ~(bits | impossible)
    support: dict[str, None] = {}
    for region in regions:
        match union.cover(region, without=without, budget=budget, grow=False):
            case Covered() as covered:
                support.update(dict.fromkeys(statements_behind(subject, covered)))
            case other:
                return other
    return tuple(sorted(support))


def regions_of(subject: Subject, role: str, name: str) -> Iterator[Region]:
    """Yield the regions of a statement."""
    return (subject.region(number) for number in subject.numbers[role, name])


def is_reachable(subject: Subject, role: str, name: str) -> bool:
    """Whether some customer may meet the condition of a statement; what is open counts as a yes."""
    return any(not isinstance(subject.nobody.cover(one), Covered) for one in regions_of(subject, role, name))


def possible_part(subject: Subject, regions: Iterable[Region]) -> Region | None:
    """Return possible customers of one of the regions."""
    return next((found for found in map(subject.space.possible, regions) if found is not None), None)


def kept_by_all(subject: Subject, box: Box) -> int:
    """Return the boxes of the book that hold all of a box, as bits."""
    union = subject.union
    bits = union.every
    for axis, mask in enumerate(subject.region(box)):
        bits &= ~union.doubtful(axis, mask)
    return bits


def named(names: Iterable[str], most: int = 4) -> str:
    """Say names in backticks, the first few of many."""
    every = list(names)
    said = [f"`{name}`" for name in every[:most]]
    if len(every) > most:
        said.append(f"{len(every) - most} more")
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


def places(subject: Subject, names: Iterable[str], label: str, most: int = 4) -> tuple[Related, ...]:
    """Return where the statements stand."""
    spans = [subject.statements[name].span for name in names]
    return tuple(Related(span, label) for span in spans[:most] if span is not None)


def undecided(at: str, question: str, span: Span | None) -> Finding:
    """Return the finding that a question was left open."""
    return Finding("undecided-check", at, f"whether {question} could not be decided", span)
