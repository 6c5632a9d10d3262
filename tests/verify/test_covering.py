"""Does the covering set tell every small mistake of a matcher? Planted by the thousand, against brute force."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings

from relmaint.backends.compiled import CompiledBackend
from relmaint.backends.reference import ReferenceBackend
from relmaint.ir.conditions import ALWAYS
from relmaint.ir.program import UNKNOWN, Axis, Box, Program, Statement
from relmaint.ir.rules import RuleBook
from relmaint.lower import lower
from relmaint.rulebook.load import default_book_path, load_rule_book
from relmaint.testing import rule_books
from relmaint.verify.agreement import disagreements, flattened, stand_in
from relmaint.verify.cover import Covered, Union, region_of
from relmaint.verify.covering import Probe, _cells, _has_ends, covering, facts_at, possible_cells
from relmaint.verify.witness import step_of
from relmaint.vocabulary import (
    AS_OF,
    Attribute,
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    IntegerType,
    SetType,
    TextType,
    ValueType,
    Vocabulary,
)
from tests.models import SmallCustomer

pytestmark = pytest.mark.evidence

Cell = tuple[int, ...]

TYPES: tuple[tuple[ValueType, bool], ...] = (
    (IntegerType(0, 9), True),
    (IntegerType(), False),
    (DecimalType(1, Decimal(0)), True),
    (DateType(), True),
    (EnumType(("a", "b", "c")), False),
    (EnumType(("a", "b")), True),
    (BooleanType(), True),
    (TextType(), True),
)


def axes_of(draw: random.Random) -> list[Axis]:
    """Draw two to four axes of any type, and now and then the words of a set."""
    axes: list[Axis] = []
    for number, (type_, optional) in enumerate(draw.sample(TYPES, draw.randint(2, 3))):
        cuts = {IntegerType: (3, 4, 7), DecimalType: (Decimal("0.5"), Decimal(2))}.get(type(type_), ())
        words = ("x", "y") if isinstance(type_, TextType) else ()
        if isinstance(type_, DateType):
            cuts = ()
        axes.append(Axis(f"f{number}", type_, optional, cuts[: draw.randint(1, 3)], words))
    if draw.random() < 0.5:
        optional = draw.random() < 0.7
        words_ = draw.sample("pqr", 2)
        axes += [Axis("set", SetType(("p", "q", "r")), optional, member=word) for word in words_]
    return axes


def program_of(draw: random.Random) -> Program:
    """Draw a program with several boxes a statement; some lie inside others, and some are empty."""
    axes = axes_of(draw)
    boxes: list[Box] = []
    owner: list[int] = []
    for statement in range(draw.randint(1, 3)):
        for _ in range(draw.randint(1, 4)):
            tested = sorted(draw.sample(range(len(axes)), draw.randint(0, len(axes))))
            masks = [(axis, draw.randrange(1 << axes[axis].size) & axes[axis].everything) for axis in tested]
            boxes.append(tuple((axis, mask) for axis, mask in masks if mask))
            owner.append(statement)
    attributes = {one.attribute: Attribute(one.attribute, one.type, one.optional) for one in axes}
    attributes[AS_OF] = Attribute(AS_OF, DateType(), optional=False)
    book = RuleBook("drawn", "1", Vocabulary(attributes))
    names = tuple(Statement(f"s{number}", "rule", ALWAYS) for number in range(max(owner) + 1))
    return Program(book, names, tuple(axes), tuple(boxes), tuple(owner))


def matching(boxes: Sequence[Box], owner: Sequence[int], cell: Cell) -> frozenset[int]:
    """Return the statements that match in a cell, box by box."""
    return frozenset(
        number for box, number in zip(boxes, owner, strict=True) if all(mask >> cell[axis] & 1 for axis, mask in box)
    )


def defects(program: Program) -> Iterator[list[Box]]:
    """Yield the boxes with each class of each axis of each box wrong, and with each box lost."""
    for number, box in enumerate(program.boxes):
        masks = dict(box)
        for axis, one in enumerate(program.axes):
            for class_ in range(one.size):
                if one.everything >> class_ & 1:
                    wrong = {**masks, axis: masks.get(axis, one.everything) ^ 1 << class_}
                    yield [*program.boxes[:number], tuple(sorted(wrong.items())), *program.boxes[number + 1 :]]
        gone = ((0, 0),)
        yield [*program.boxes[:number], gone, *program.boxes[number + 1 :]]


def _others(program: Program, number: int) -> list[Box]:
    """Return the other boxes of the statement of a box."""
    mine = program.owner[number]
    return [box for place, box in enumerate(program.boxes) if program.owner[place] == mine and place != number]


def possible(program: Program, cell: Cell) -> bool:
    """Whether facts can be in the cell."""
    if any(not axis.everything >> class_ & 1 for axis, class_ in zip(program.axes, cell, strict=True)):
        return False
    of_set = {class_ == UNKNOWN for axis, class_ in zip(program.axes, cell, strict=True) if axis.member is not None}
    return len(of_set) < 2


@pytest.mark.parametrize("seed", range(8))
def test_every_defect_of_a_box_is_found_or_changes_nothing(seed: int) -> None:
    """Of thousands of planted defects, each shows on a probe, or brute force shows that it is none."""
    draw = random.Random(seed)
    planted = found = 0
    for _ in range(25):
        program = program_of(draw)
        probes = {probe.cell for probe in covering(program, all_below=0).probes}
        before = {cell: matching(program.boxes, program.owner, cell) for cell in probes}
        for boxes in defects(program):
            planted += 1
            if any(matching(boxes, program.owner, cell) != one for cell, one in before.items()):
                found += 1
                continue
            same = (
                matching(boxes, program.owner, cell) == matching(program.boxes, program.owner, cell)
                for cell in _cells(program.axes)
            )
            assert all(same)
    assert planted > 1_000
    assert found > planted * 0.25


@pytest.mark.parametrize("seed", range(6))
def test_the_count_of_indecisive_class_ends_is_exact(seed: int) -> None:
    """What is counted as proven to decide nothing is so by brute force, and nothing else is."""
    draw = random.Random(100 + seed)
    for _ in range(10):
        program = program_of(draw)
        found = covering(program, all_below=0)
        decisive = indecisive = 0
        cells = list(_cells(program.axes))
        for number, box in enumerate(program.boxes):
            others = _others(program, number)
            for axis, one in enumerate(program.axes):
                rest = tuple(pair for pair in box if pair[0] != axis)
                for class_ in range(one.size):
                    if not one.everything >> class_ & 1:
                        continue
                    ends = 1 + (one.member is None and _two_ends(program, axis, class_))
                    around = [cell for cell in cells if cell[axis] == class_ and matching([rest], [0], cell)]
                    alone = any(not matching(others, [0] * len(others), cell) for cell in around)
                    decisive += ends * alone
                    indecisive += ends * (not alone)
        assert (decisive, indecisive, 0) == (found.decisive, found.indecisive, found.open)


def _two_ends(program: Program, axis: int, class_: int) -> bool:
    return _has_ends(program.axes[axis], class_)


@pytest.mark.parametrize("seed", range(6))
def test_every_two_classes_that_can_meet_do(seed: int) -> None:
    """Pairwise coverage, against all cells; nothing impossible is probed."""
    draw = random.Random(200 + seed)
    for _ in range(15):
        program = program_of(draw)
        found = covering(program, all_below=0)
        cells = list(_cells(program.axes))
        pairs = set(combinations(range(len(program.axes)), 2))

        assert len(set(cells)) == len(cells) == found.possible == possible_cells(program.axes)
        assert all(possible(program, cell) for cell in cells)
        assert all(possible(program, probe.cell) for probe in found.probes)
        expected = {(one, cell[one], other, cell[other]) for cell in cells for one, other in pairs}
        met = {(one, probe.cell[one], other, probe.cell[other]) for probe in found.probes for one, other in pairs}
        assert (expected, len(expected)) == (met, found.pairs)


@pytest.mark.parametrize("seed", range(6))
def test_the_facts_of_a_probe_are_in_its_cell_and_at_the_ends(seed: int) -> None:
    """A value at an end of a class is in it, and the next value on the grid beyond a cut is not."""
    draw = random.Random(300 + seed)
    for _ in range(15):
        program = program_of(draw)
        backend = CompiledBackend(program)
        for probe in covering(program).probes:
            facts, day = facts_at(program, probe)
            customer = stand_in(program.book.vocabulary.attributes, facts)
            assert probe.cell == program.cell(facts)
            assert probe.cell == backend.classes(backend.cell(customer, day))


def test_few_cells_are_all_probed_and_many_are_not() -> None:
    """Below the limit every cell is a probe."""
    program = program_of(random.Random(1))
    cells = set(_cells(program.axes))

    assert covering(program, all_below=len(cells) + 1).complete
    assert cells == {probe.cell for probe in covering(program, all_below=len(cells) + 1).probes}
    assert not covering(program, all_below=len(cells)).complete


def test_a_covering_set_is_the_same_every_time() -> None:
    """The order of the probes follows from the program, so that a digest can be taken of them."""
    program = program_of(random.Random(2))

    assert list(covering(program).probes) == list(covering(program).probes)


@given(rule_books(SmallCustomer))
@settings(max_examples=40)
def test_no_backend_disagrees_on_the_covering_set_of_a_drawn_book(book: RuleBook) -> None:
    """The compiled backend is right on every probe of every book, those beyond the reach of a customer too."""
    program = lower(flattened(book))
    probes = list(covering(program, all_below=0).probes)

    assert [] == list(disagreements(program, probes, CompiledBackend(program), ReferenceBackend(program)))


# --- the shipped book ------------------------------------------------------------------------------------------------

RETAIL = lower(flattened(load_rule_book(default_book_path())))


@pytest.fixture(scope="module")
def retail() -> list[Cell]:
    """Return the cells of the covering set of the shipped book."""
    return [probe.cell for probe in covering(RETAIL).probes]


def test_thousands_of_wrong_bits_in_the_compiled_backend_are_found(retail: list[Cell]) -> None:
    """Each bit of its bitmaps says whether a box allows a class; a wrong one shows, or is proven to change nothing."""
    draw = random.Random(5)
    backend = CompiledBackend(RETAIL)
    keys = {cell: _key(backend, cell) for cell in retail}
    before = {cell: backend.match_cell(key) for cell, key in keys.items()}
    everyone = region_of(RETAIL.axes)
    found = proven = 0
    for _ in range(3_000):
        number = draw.randrange(len(RETAIL.boxes))
        axis = draw.randrange(len(RETAIL.axes))
        class_ = draw.choice([one for one in range(RETAIL.axes[axis].size) if everyone[axis] >> one & 1])
        backend._bitmaps = _flipped(good := backend._bitmaps, axis, class_, number)
        rest = tuple(pair for pair in RETAIL.boxes[number] if pair[0] != axis)
        near = (cell for cell in retail if cell[axis] == class_ and matching([rest], [0], cell))
        if any(backend.match_cell(keys[cell]) != before[cell] for cell in near):
            found += 1
        else:
            region = list(everyone)
            for one, mask in RETAIL.boxes[number]:
                region[one] &= mask
            region[axis] = 1 << class_
            assert isinstance(Union(_others(RETAIL, number), RETAIL.axes).cover(tuple(region)), Covered)
            proven += 1
        backend._bitmaps = good
    assert (3_000, True) == (found + proven, found > 2_500)


def _key(backend: CompiledBackend, cell: Cell) -> tuple[object, ...]:
    facts, day = facts_at(RETAIL, Probe(cell))
    return backend.cell(stand_in(RETAIL.book.vocabulary.attributes, facts), day)


def _flipped(bitmaps: tuple[tuple[int, ...], ...], axis: int, class_: int, number: int) -> tuple[tuple[int, ...], ...]:
    one = list(bitmaps[axis])
    one[class_] ^= 1 << number
    return (*bitmaps[:axis], tuple(one), *bitmaps[axis + 1 :])


def test_every_lost_box_of_the_shipped_book_is_found(retail: list[Cell]) -> None:
    """Dropping any one box changes a match on a probe."""
    before = {cell: matching(RETAIL.boxes, RETAIL.owner, cell) for cell in retail}
    lost = [number for number in range(len(RETAIL.boxes)) if not _is_missed(number, before)]

    assert [] == lost


def _is_missed(number: int, before: dict[Cell, frozenset[int]]) -> bool:
    mine, others = RETAIL.owner[number], _others(RETAIL, number)
    return any(mine in matched and not matching(others, [mine] * len(others), cell) for cell, matched in before.items())


def test_every_cut_off_by_one_is_found() -> None:
    """A cut one step too low or too high puts a value into the next class; each shows on a probe, in match or cell."""
    probes = list(covering(RETAIL).probes)
    people = {probe: _person(probe) for probe in probes}
    reference = ReferenceBackend(RETAIL)
    expected: dict[Probe, tuple[int, ...]] = {}
    planted, by_match, silent = 0, 0, []
    for axis, one in enumerate(RETAIL.axes):
        for place, cut in enumerate(one.cuts):
            near = [probe for probe in probes if probe.cell[axis] in (place + 1, place + 2)]
            for step in (-1, 1):
                wrong = _moved(one, place, cut, step)
                if len(set(wrong.cuts)) < len(wrong.cuts):
                    continue
                planted += 1
                backend = CompiledBackend(replace(RETAIL, axes=(*RETAIL.axes[:axis], wrong, *RETAIL.axes[axis + 1 :])))
                for probe in near:
                    if probe not in expected:
                        expected[probe] = reference.match(*people[probe])
                    if backend.match(*people[probe]) != expected[probe]:
                        by_match += 1
                        break
                else:
                    if all(backend.classes(backend.cell(*people[probe])) == probe.cell for probe in near):
                        silent.append((one.attribute, cut, step))
    # What no statement reads, such as how finely contacts are counted for the budget, shows in the cell alone.
    assert (True, True, []) == (planted > 100, by_match > planted * 0.9, silent)


def _person(probe: Probe) -> tuple[Any, date]:
    facts, day = facts_at(RETAIL, probe)
    return stand_in(RETAIL.book.vocabulary.attributes, facts), day


def _moved(axis: Axis, place: int, cut: object, step: int) -> Axis:
    cuts = list(axis.cuts)
    cuts[place] = cut + step * step_of(axis)
    return replace(axis, cuts=tuple(sorted(cuts)))
