"""Which rules match, in the opinion of an engine that shares no code with ours?

The boxes of a program become patterns of the Rete engine of durable-rules, and a customer's cell becomes a fact of
small whole numbers. It is no way to be fast: it is the second opinion by which a book is certified.
"""

from __future__ import annotations

import itertools
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from math import prod
from typing import TypeVar

from pydantic import BaseModel

from relmaint.backends.rete_engine import DISTRIBUTION, VERSION
from relmaint.backends.rete_session import (
    FIELDS_PER_NETWORK,
    BrokenSessionError,
    Pattern,
    Session,
    Test,
    pack,
    rehearse,
)
from relmaint.errors import BackendUnavailableError
from relmaint.ir.program import Box, Program
from relmaint.model.attributes import facts_of

__all__ = ["MAXIMUM_PATTERNS", "ReteBackend", "availability"]

MAXIMUM_PATTERNS = 6_000
"""A program that needs more patterns is refused, unless the caller raises the limit.

Measured, 1,000 patterns of four to eight tests take 30 to 55 MB in each thread that matches, and every pattern makes
each match slower: 6,000 come to some 250 MB and 800 matches a second.
"""

KILOBYTES_PER_PATTERN = 40

REHEARSED_FROM = 1_000
"""A program of more patterns than this is first tried in a child process, unless the caller decides otherwise."""

REHEARSED_CELLS = 50
REHEARSAL_SECONDS = 60.0

Result = TypeVar("Result")


class ReteBackend:
    """The statements that match, by durable-rules.

    Every thread that matches gets networks of its own, as does every process after a fork: they are built on the first
    use there and freed when the thread ends or the backend is forgotten. A session in which the engine fails is
    closed and built again, once and with a warning; a second failure is an error.

    Args:
        program: what to match.
        maximum_patterns: refuse a program that needs more patterns of the engine.
        verify_in_child: whether to build the program and match cells of it in a short-lived child process first, with
            a time limit, where a crash or a hang of the engine does no harm. By default only a program of more than
            `REHEARSED_FROM` patterns is: all patterns are generated, inside the subset of the engine in which fuzzing
            found no fault, and for a small book the start of a process costs more than everything else.

    Raises:
        BackendUnavailableError: the engine is missing or unfit, the program is too large for it, or it fails on it.
    """

    name = "rete"

    def __init__(
        self, program: Program, *, maximum_patterns: int = MAXIMUM_PATTERNS, verify_in_child: bool | None = None
    ) -> None:
        self._program = program
        self._sizes = tuple(axis.size for axis in program.axes)
        owners = _patterns(program, self._sizes, maximum_patterns)
        self._owners = tuple(owners.values())
        self._networks = tuple(pack(tuple(owners)))
        self._local = threading.local()
        if verify_in_child is None:
            verify_in_child = len(owners) > REHEARSED_FROM
        if verify_in_child:
            self._rehearse()
        self._with_session(lambda session: session)

    def match(self, customer: BaseModel, as_of: date) -> tuple[int, ...]:
        """Return the numbers of the matching statements, ascending."""
        return self.match_cell(self._program.cell(facts_of(self._program.book.vocabulary, customer, as_of)))

    def match_cell(self, cell: Sequence[int]) -> tuple[int, ...]:
        """Return the numbers of the statements that match in a cell, ascending.

        Raises:
            BackendUnavailableError: the engine failed twice in a row.
        """
        if len(cell) != len(self._sizes) or not all(map(_is_class, cell, self._sizes)):
            raise ValueError(f"{cell!r} is not a cell of this program: its axes have {self._sizes} classes")
        return self._statements(self._with_session(lambda session: session.fire(cell)))

    def close(self) -> None:
        """Free the networks of this thread; the next match builds them again."""
        session: Session | None = getattr(self._local, "session", None)
        self._local.session = None
        if session is not None:
            session.close()

    def _statements(self, fired: Sequence[int]) -> tuple[int, ...]:
        return tuple(sorted({statement for number in fired for statement in self._owners[number]}))

    def _with_session(self, use: Callable[[Session], Result]) -> Result:
        try:
            return use(self._session())
        except BrokenSessionError as problem:
            self.close()
            warnings.warn(f"the Rete engine failed and is built again: {problem}", RuntimeWarning, stacklevel=4)
        try:
            return use(self._session())
        except BrokenSessionError as problem:
            self.close()
            raise BackendUnavailableError(
                f"the Rete engine failed twice in a row ({problem}): use the `compiled` or the `reference` backend, "
                "and please report this"
            ) from problem

    def _session(self) -> Session:
        session: Session | None = getattr(self._local, "session", None)
        if session is None or not session.is_usable:
            self.close()
            session = self._local.session = Session(self._networks)
        return session

    def _rehearse(self) -> None:
        cells = list(_witnesses(self._program, self._sizes))
        for cell, fired in zip(cells, rehearse(self._networks, cells, seconds=REHEARSAL_SECONDS), strict=True):
            if self._statements(fired) != _directly(self._program, cell):
                raise BackendUnavailableError(
                    f"the Rete engine gives wrong answers on this book, in the cell {cell}: please report this"
                )


def availability() -> tuple[bool, str]:
    """Say whether the Rete engine can be used here: its version, or why not and what to do; never raises."""
    try:
        session = Session(pack([()]))
        fired = session.fire(())
        session.close()
    except (BackendUnavailableError, BrokenSessionError) as problem:
        return False, str(problem)
    return (
        (True, f"{DISTRIBUTION} {VERSION}")
        if fired == [0]
        else (False, f"{DISTRIBUTION} {VERSION} gives wrong answers")
    )


def _is_class(class_: int, size: int) -> bool:
    return 0 <= class_ < size


def _patterns(program: Program, sizes: Sequence[int], most: int) -> dict[Pattern, list[int]]:
    """Return the distinct patterns of a program, each with the statements that it is about."""
    owners: dict[Pattern, list[int]] = {}
    for box, statement in zip(program.boxes, program.owner, strict=True):
        if len(box) > FIELDS_PER_NETWORK:
            raise BackendUnavailableError(
                f"`{program.statements[statement].id}` tests {len(box)} attributes at once, and the Rete engine takes "
                f"{FIELDS_PER_NETWORK}: split it, or use the `compiled` or the `reference` backend"
            )
        alternatives = [_stretches(axis, mask, sizes[axis]) for axis, mask in box]
        if prod(map(len, alternatives)) > most:
            raise _too_large(most)
        for parts in itertools.product(*alternatives):
            owners.setdefault(tuple(itertools.chain.from_iterable(parts)), []).append(statement)
        if len(owners) > most:
            raise _too_large(most)
    return owners


def _too_large(most: int) -> BackendUnavailableError:
    megabytes = most * KILOBYTES_PER_PATTERN // 1000
    return BackendUnavailableError(
        f"the book needs more than {most} patterns of the Rete engine, and so many take some {megabytes} MB in each "
        "thread: use the `compiled` or the `reference` backend, or raise `maximum_patterns`"
    )


def _stretches(axis: int, mask: int, size: int) -> list[Pattern]:
    """Return patterns on one axis that exclude each other and together allow the classes of a mask.

    A gap of one or two classes is cut out of a stretch by inequalities, a wider one ends it: a pattern more multiplies
    with those of the other axes, an inequality more does not.
    """
    allowed = [class_ for class_ in range(size) if mask >> class_ & 1]
    if not allowed:
        return []
    ends = [place for place in range(1, len(allowed)) if allowed[place] - allowed[place - 1] > 3]
    bounds = itertools.pairwise([0, *ends, len(allowed)])
    return [tuple(_tests(axis, allowed[start:end], size)) for start, end in bounds]


def _tests(axis: int, allowed: Sequence[int], size: int) -> Iterator[Test]:
    low, high = allowed[0], allowed[-1]
    if low == high:
        yield axis, "==", low
        return
    if low > 0:
        yield axis, "$gte", low
    if high < size - 1:
        yield axis, "$lte", high
    for class_ in sorted(set(range(low, high)).difference(allowed)):
        yield axis, "$neq", class_


def _witnesses(program: Program, sizes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield some cells, each inside another box, spread over the program."""
    boxes = [box for box in program.boxes if all(mask for _, mask in box)]
    for number in range(0, len(boxes), max(1, len(boxes) // REHEARSED_CELLS)):
        lowest = {axis: (mask & -mask).bit_length() - 1 for axis, mask in boxes[number]}
        yield tuple(lowest.get(axis, number % size) for axis, size in enumerate(sizes))


def _directly(program: Program, cell: Sequence[int]) -> tuple[int, ...]:
    """Return the statements that match in a cell, box by box."""
    return tuple(sorted({one for box, one in zip(program.boxes, program.owner, strict=True) if _holds(box, cell)}))


def _holds(box: Box, cell: Sequence[int]) -> bool:
    return all(mask >> cell[axis] & 1 for axis, mask in box)
