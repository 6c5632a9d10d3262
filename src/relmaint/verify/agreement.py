"""Do the backends agree on a book, and what must be written down so that anybody can check that they did?

Three opinions on which statements match: the reference reads conditions off the raw values, the compiled backend looks
classes up, and the Rete engine of durable-rules shares no code with either and is asked in a process of its own.
"""

from __future__ import annotations

import platform
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from itertools import islice
from typing import Any, cast

from pydantic import BaseModel

from relmaint.backends.child import RETE, Child, ChildDiedError
from relmaint.backends.compiled import CompiledBackend
from relmaint.backends.protocol import Backend
from relmaint.backends.reference import ReferenceBackend
from relmaint.backends.rete_engine import VERSION
from relmaint.hashing import sha256_of
from relmaint.ir.canonical import SEMANTICS, digest
from relmaint.ir.program import Program
from relmaint.ir.rules import RuleBook
from relmaint.lower import lower
from relmaint.verify.cover import region_of
from relmaint.verify.covering import ALL_CELLS_BELOW, Covering, Probe, covering, facts_at
from relmaint.verify.witness import Witnesses
from relmaint.vocabulary import AS_OF, Attribute, Value, Vocabulary, show_value

__all__ = ["FORMAT", "Death", "Disagreement", "certify", "disagreements", "flattened", "problems_of", "stand_in"]

FORMAT = "relmaint-certification/1"
"""The version of the format, for whoever reads the file."""

_SHOWN = 20
"""How many disagreements are written down; all are counted."""

_DEATHS = 3
"""After so many deaths of the child nothing more is asked of it."""

Done = Callable[[int, int], None]
"""Told how many customers are compared, and of how many."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One customer on whom a backend is of another opinion than the reference.

    Args:
        facts: what is known of the customer, as the rule-book language writes it.
        backend: who disagrees.
        missing: statements that only the reference matches, by id.
        extra: statements that only the backend matches.
    """

    facts: dict[str, str]
    as_of: str
    backend: str
    missing: tuple[str, ...]
    extra: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Death:
    """One death of the process of the Rete engine.

    Args:
        facts: the customer at whose cell it died; `None` when it died before the first.
        how: how it died.
        answered: how many cells it had answered before.
        alone: whether it dies at this cell alone too; `None` when that was not tried.
    """

    facts: dict[str, str] | None
    how: str
    answered: int
    alone: bool | None = None


@dataclass(frozen=True, slots=True)
class _Person:
    """Somebody on whom opinions are compared, a day, and the cell that they must be in."""

    customer: BaseModel
    as_of: date
    facts: Mapping[str, Value]
    cell: tuple[int, ...]


def flattened(book: RuleBook) -> RuleBook:
    """Return the book over a vocabulary in which nothing is computed, so that a probe can have any facts at all."""
    attributes = {name: replace(one, derive=None) for name, one in book.vocabulary.attributes.items()}
    return replace(book, vocabulary=Vocabulary(attributes))


def stand_in(attributes: Mapping[str, Attribute], facts: Mapping[str, Value]) -> BaseModel:
    """Return what backends over a flattened vocabulary take for a customer with these facts."""
    # Backends read attributes of a customer and nothing else; no model could hold every combination.
    return cast("BaseModel", types.SimpleNamespace(**{name: facts.get(name) for name in attributes if name != AS_OF}))


def disagreements(
    program: Program, probes: Sequence[Probe], backend: Backend, reference: Backend
) -> Iterator[tuple[Probe, tuple[int, ...], tuple[int, ...]]]:
    """Yield the probes of a flattened program on which a backend disagrees with the reference, and both opinions."""
    attributes = program.book.vocabulary.attributes
    for probe in probes:
        facts, day = facts_at(program, probe)
        customer = stand_in(attributes, facts)
        expected, found = (one.match(customer, day) for one in (reference, backend))
        if expected != found:
            yield probe, expected, found


# --- certifying ------------------------------------------------------------------------------------------------------


def certify(
    book: RuleBook,
    *,
    tool: str,
    done: Done = lambda _now, _of: None,
    seconds: float = 60.0,
    megabytes: int | None = None,
    all_below: int = ALL_CELLS_BELOW,
    rete: str = RETE,
) -> dict[str, Any]:
    """Compare the three backends on the covering set of a book and on a customer of every class; return the document.

    Args:
        book: the book.
        tool: who certifies, for the document.
        done: told of the progress.
        seconds: how long the Rete engine may take for an answer.
        megabytes: how much memory it may take.
        all_below: how few possible cells are all compared.
        rete: the backend in the process of its own.

    Raises:
        ExpansionError: a statement of the book falls apart into too many boxes.
    """
    program = lower(flattened(book))
    found = covering(program, all_below=all_below)
    people = _People(book, program, found)
    comparison = _Comparison(program, people, Child(program, rete, seconds=seconds, megabytes=megabytes))
    comparison.run(done)
    return {
        "format": FORMAT,
        "book": {"name": book.name, "version": book.version, "digest": digest(book)},
        "semantics": SEMANTICS,
        "certified": not comparison.differing and not comparison.deaths,
        "made_by": {
            "tool": tool,
            "python": f"{platform.python_version()} {platform.python_implementation()}",
            "reference": tool,
            "compiled": tool,
            "rete": f"durable-rules {VERSION}",
        },
        "compared": {
            **_sizes(program, found),
            "customers": people.witnesses,
            "classes_without_customer": people.without,
            "answers": comparison.counts,
        },
        "cells_digest": _cells_digest(found),
        "answers_digest": comparison.answers_digest,
        "disagreements": comparison.differing,
        "shown": [asdict(one) for one in comparison.shown],
        "deaths": [asdict(one) for one in comparison.deaths],
    }


def _sizes(program: Program, found: Covering) -> dict[str, Any]:
    """Return what is compared, and what the covering set guarantees."""
    return {
        "statements": len(program.statements),
        "boxes": len(program.boxes),
        "axes": len(program.axes),
        "classes": sum(axis.everything.bit_count() for axis in program.axes),
        "possible_cells": str(found.possible),  # a number that few readers of JSON hold exactly
        "probes": len(found.probes),
        "guarantee": {
            "every_cell": found.complete,
            "pairs_of_classes": found.pairs,
            "decisive": found.decisive,
            "proven_indecisive": found.indecisive,
            "undecided": found.open,
        },
    }


def _cells_digest(found: Covering) -> str:
    lines = (f"{','.join(map(str, probe.cell))} {probe.upper:x}\n" for probe in found.probes)
    return sha256_of("".join(lines))


class _People:
    """Everybody who is compared: a stand-in for each probe, then a customer of the model for each class of an axis."""

    def __init__(self, book: RuleBook, program: Program, found: Covering) -> None:
        self.program, self.found = program, found
        self.own = replace(program, book=book)
        self.customers = list(self._witnesses(book))
        self.witnesses = len(self.customers)
        classes = sum(axis.everything.bit_count() for axis in program.axes) if book.vocabulary.model else 0
        self.without = classes - self.witnesses

    def __len__(self) -> int:
        return len(self.found.probes) + len(self.customers)

    def __iter__(self) -> Iterator[_Person]:
        attributes = self.program.book.vocabulary.attributes
        for probe in self.found.probes:
            facts, day = facts_at(self.program, probe)
            yield _Person(stand_in(attributes, facts), day, facts, probe.cell)
        yield from self.customers

    def _witnesses(self, book: RuleBook) -> Iterator[_Person]:
        axes = self.program.axes
        witnesses = Witnesses(book.vocabulary, axes)
        everyone = region_of(axes)
        for index, axis in enumerate(axes):
            for class_ in range(axis.size):
                if axis.everything >> class_ & 1:
                    shown = witnesses.customer((*everyone[:index], 1 << class_, *everyone[index + 1 :]))
                    if shown is not None:
                        yield _Person(shown.customer, shown.as_of, shown.facts, self.program.cell(shown.facts))

    def backends(self) -> Iterator[tuple[int, ReferenceBackend, CompiledBackend]]:
        """Yield who is asked, and for how many people in turn: over the flattened vocabulary, then over the model's."""
        yield len(self.found.probes), ReferenceBackend(self.program), CompiledBackend(self.program)
        if self.customers:
            yield len(self.customers), ReferenceBackend(self.own), CompiledBackend(self.own)


class _Comparison:
    """Opinions as they come in."""

    def __init__(self, program: Program, people: _People, child: Child) -> None:
        self.program, self.people, self.child = program, people, child
        self.counts = {"reference": 0, "compiled": 0, "rete": 0}
        self.differing = 0
        self.shown: list[Disagreement] = []
        self.deaths: list[Death] = []
        self.answers: list[str] = []

    @property
    def answers_digest(self) -> str:
        """The digest of what the reference answers on the probes."""
        return sha256_of("".join(self.answers))

    def run(self, done: Done) -> None:
        """Ask everybody about everybody."""
        everybody = iter(self.people)
        cells = [*(probe.cell for probe in self.people.found.probes), *(one.cell for one in self.people.customers)]
        rete = self._rete(cells)
        now = 0
        for count, reference, compiled in self.people.backends():
            for person in islice(everybody, count):
                self._person(person, reference, compiled, next(rete), probe=now < len(self.people.found.probes))
                now += 1
                done(now, len(cells))

    def _person(
        self,
        person: _Person,
        reference: ReferenceBackend,
        compiled: CompiledBackend,
        rete: tuple[int, ...] | Death | None,
        *,
        probe: bool,
    ) -> None:
        expected = reference.match(person.customer, person.as_of)
        self.counts["reference"] += 1
        if probe:
            self.answers.append(f"{','.join(map(str, expected))}\n")
        self._compare(person, "compiled", expected, compiled.match(person.customer, person.as_of))
        if compiled.classes(compiled.cell(person.customer, person.as_of)) != person.cell:
            self._differs(person, "compiled (cell)", (), ())
        if isinstance(rete, tuple):
            self._compare(person, "rete", expected, rete)
        elif isinstance(rete, Death):
            self.deaths.append(replace(rete, facts=None if rete.facts is None else self._facts(person)))

    def _compare(self, person: _Person, name: str, expected: tuple[int, ...], found: tuple[int, ...]) -> None:
        self.counts[name] += 1
        if expected != found:
            self._differs(person, name, expected, found)

    def _differs(self, person: _Person, name: str, expected: tuple[int, ...], found: tuple[int, ...]) -> None:
        self.differing += 1
        if len(self.shown) < _SHOWN:
            missing, extra = (
                tuple(self.program.statements[number].id for number in sorted(set(one) - set(other)))
                for one, other in ((expected, found), (found, expected))
            )
            self.shown.append(Disagreement(self._facts(person), person.as_of.isoformat(), name, missing, extra))

    def _facts(self, person: _Person) -> dict[str, str]:
        """Return what the book reads of a person, as the rule-book language writes it; the day is told beside it."""
        read = {axis.attribute for axis in self.program.axes} - {AS_OF}
        return {name: show_value(value) for name, value in sorted(person.facts.items()) if name in read}

    def _rete(self, cells: Sequence[tuple[int, ...]]) -> Iterator[tuple[int, ...] | Death | None]:
        """Yield what the Rete engine says of each cell, or its death there; `None` once it is not asked any more."""
        place = deaths = 0
        while place < len(cells) and deaths < _DEATHS:
            start = place
            try:
                for answer in self.child.answers(cells[start:]):
                    yield answer
                    place += 1
            except ChildDiedError as death:
                deaths += 1
                if death.answered is None:
                    yield Death(None, death.how, 0)
                    deaths = _DEATHS
                else:
                    yield Death({}, death.how, place - start, self._dies_alone(cells[place]))
                place += 1
        for _ in range(place, len(cells)):
            yield None

    def _dies_alone(self, cell: tuple[int, ...]) -> bool:
        try:
            list(self.child.answers([cell]))
        except ChildDiedError:
            return True
        return False


# --- checking what was certified -------------------------------------------------------------------------------------


def problems_of(document: Any, book: RuleBook, *, all_below: int = ALL_CELLS_BELOW) -> Iterator[str]:
    """Yield what keeps a document from certifying the book; all it says is worked out again, but for the Rete engine.

    The covering set is computed anew and the compiled backend asked about all of it; what it answers must be what the
    backends agreed on.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        yield f"the format is not `{FORMAT}`"
        return
    expected = {"name": book.name, "version": book.version, "digest": digest(book)}
    if document.get("book") != expected:
        yield f"it is about another book: the digest of this one is {expected['digest']}"
        return
    if document.get("semantics") != SEMANTICS:
        yield f"it was made under version {document.get('semantics')} of the meaning; now it is {SEMANTICS}"
    nothing: tuple[tuple[str, object], ...] = ("disagreements", 0), ("shown", []), ("deaths", []), ("certified", True)
    if any(document.get(name) != value for name, value in nothing):
        yield "it says itself that the backends did not agree"
    program = lower(flattened(book))
    found = covering(program, all_below=all_below)
    yield from _counts_problems(document.get("compared"), program, found)
    if document.get("cells_digest") != _cells_digest(found):
        yield "the cells compared are not those that cover this book"
    compiled = CompiledBackend(program)
    attributes = program.book.vocabulary.attributes
    answers = []
    for probe in found.probes:
        facts, day = facts_at(program, probe)
        answers.append(f"{','.join(map(str, compiled.match(stand_in(attributes, facts), day)))}\n")
    if document.get("answers_digest") != sha256_of("".join(answers)):
        yield "the compiled backend gives other answers than those agreed on"


def _counts_problems(compared: Any, program: Program, found: Covering) -> Iterator[str]:
    if not isinstance(compared, dict):
        yield "it does not say what was compared"
        return
    for name, value in _sizes(program, found).items():
        if compared.get(name) != value:
            yield f"`{name}` is {compared.get(name)}, and should be {value}"
    customers, without = compared.get("customers"), compared.get("classes_without_customer")
    classes = sum(axis.everything.bit_count() for axis in program.axes)
    if not isinstance(customers, int) or not isinstance(without, int) or customers + without not in (classes, 0):
        yield "`customers` and `classes_without_customer` do not come to the number of classes"
        return
    total = len(found.probes) + customers
    if compared.get("answers") != {"reference": total, "compiled": total, "rete": total}:
        yield f"not every backend answered {total} times"
