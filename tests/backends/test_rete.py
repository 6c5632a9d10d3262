"""Does the Rete backend match what the boxes say, on every thread, and without ever trusting a failing engine?"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from relmaint.backends import rete, rete_engine, rete_session
from relmaint.backends.protocol import Backend
from relmaint.backends.rete import ReteBackend, availability
from relmaint.errors import BackendUnavailableError
from relmaint.ir.conditions import ALWAYS
from relmaint.ir.program import Axis, Box, Program, Statement
from relmaint.ir.rules import RuleBook
from relmaint.model.attributes import vocabulary_of
from relmaint.vocabulary import DecimalType, EnumType, IntegerType
from tests.models import SmallCustomer

BOOK = RuleBook("small", "1.0.0", vocabulary_of(SmallCustomer))


def seeded(seed: int) -> random.Random:
    """Return a source of the same numbers in every run."""
    return random.Random(seed)  # noqa: S311  # nothing secret hangs on it


def program_of(sizes: Sequence[int], boxes: Sequence[Box], owner: Sequence[int], statements: int) -> Program:
    """Build a program straight from boxes, over ordered axes of the given sizes."""
    axes = tuple(
        Axis(f"axis_{number}", IntegerType(), optional=True, cuts=tuple(range(size - 2)))
        for number, size in enumerate(sizes)
    )
    names = tuple(Statement(f"rule-{number}", "rule", ALWAYS) for number in range(statements))
    return Program(BOOK, names, axes, tuple(boxes), tuple(owner))


def matching(program: Program, cell: Sequence[int]) -> tuple[int, ...]:
    """Return what a backend must answer, by looking at every box."""
    found = set()
    for box, statement in zip(program.boxes, program.owner, strict=True):
        if all(mask & (1 << cell[axis]) for axis, mask in box):
            found.add(statement)
    return tuple(sorted(found))


def random_program(draw: random.Random, *, axes: int, boxes: int, largest: int = 9, tests: int = 4) -> Program:
    """Draw a program whose masks are stretches, stretches with holes, or anything, full and empty ones included."""
    sizes = [draw.randint(2, largest) for _ in range(axes)]
    statements = max(1, boxes)

    def mask(size: int) -> int:
        low, high = sorted((draw.randrange(size), draw.randrange(size)))
        stretch = ((1 << (high - low + 1)) - 1) << low
        return draw.choice([stretch, stretch, stretch & ~(1 << draw.randrange(size)), draw.randrange(1 << size)])

    drawn = []
    for _ in range(boxes):
        tested = sorted(draw.sample(range(axes), draw.randint(0, min(axes, tests))))
        drawn.append(tuple((axis, mask(sizes[axis])) for axis in tested))
    owner = sorted(draw.randrange(statements) for _ in range(boxes))
    return program_of(sizes, drawn, owner, statements)


def random_cells(draw: random.Random, program: Program, count: int) -> list[tuple[int, ...]]:
    """Draw cells of a program."""
    return [tuple(draw.randrange(axis.size) for axis in program.axes) for _ in range(count)]


def in_python(code: str) -> str:
    """Run code in a fresh interpreter that sees the same packages, and return what it prints."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


# Shrinking a source of random numbers takes a minute and shows nothing.
@settings(max_examples=400, derandomize=True, deadline=None, phases=[Phase.generate])
@given(st.randoms(use_true_random=False), st.integers(1, 6), st.integers(0, 40))
def test_random_programs_match_as_their_boxes_say(draw: random.Random, axes: int, boxes: int) -> None:
    """Four hundred programs, thirty cells each: the engine answers what the boxes say."""
    program = random_program(draw, axes=axes, boxes=boxes)
    cells = random_cells(draw, program, 30)

    backend = ReteBackend(program)

    for cell in cells:
        assert matching(program, cell) == backend.match_cell(cell)
    backend.close()


@pytest.mark.parametrize("seed", range(4))
def test_programs_of_many_networks_match_as_their_boxes_say(seed: int) -> None:
    """Six hundred boxes do not fit into one handle of the engine; the answer is put together from all of them."""
    draw = seeded(seed)
    program = random_program(draw, axes=20, boxes=600, largest=14)
    cells = random_cells(draw, program, 100)

    backend = ReteBackend(program)

    assert [matching(program, cell) for cell in cells] == [backend.match_cell(cell) for cell in cells]


@pytest.mark.parametrize("size", [2, 3, 8])
def test_every_mask_allows_exactly_its_classes(size: int) -> None:
    """All sets of classes of one axis, in every class."""
    masks = range(1 << size)
    program = program_of([size], [((0, mask),) for mask in masks], masks, len(masks))

    backend = ReteBackend(program)

    for class_ in range(size):
        assert tuple(mask for mask in masks if mask >> class_ & 1) == backend.match_cell((class_,))


def test_wide_gaps_between_classes_are_kept_apart() -> None:
    """A mask of a few classes far from each other on a long axis allows those and no others."""
    allowed = {0, 5, 6, 40, 63}
    program = program_of([64, 64], [((0, sum(1 << one for one in allowed)), (1, 1 << 63 | 1))], [0], 1)

    backend = ReteBackend(program)

    for class_ in range(64):
        for other in (0, 1, 62, 63):
            expected = (0,) if class_ in allowed and other in (0, 63) else ()
            assert expected == backend.match_cell((class_, other))


def test_an_unconditional_box_matches_and_a_statement_without_boxes_does_not() -> None:
    """The empty conjunction is true; the empty union is false."""
    program = program_of([3], [(), ((0, 0),), ()], [1, 2, 3], 5)

    backend = ReteBackend(program)

    for class_ in range(3):
        assert backend.match_cell((class_,)) == (1, 3)


def test_a_program_of_nothing_matches_nothing() -> None:
    """No statement, no box, no axis."""
    assert ReteBackend(program_of([], [], [], 0)).match_cell(()) == ()


def test_many_statements_with_the_same_condition_all_match() -> None:
    """The engine overruns its heap at 256 rules that end in one condition; here such rules share one pattern."""
    program = program_of([4], [((0, 0b0110),)] * 700, range(700), 700)

    backend = ReteBackend(program)

    assert (tuple(range(700)), ()) == (backend.match_cell((2,)), backend.match_cell((3,)))


def test_more_axes_than_a_fact_has_fields_are_spread_over_facts() -> None:
    """The engine takes 252 fields a fact; a program may have more axes as long as no box tests so many."""
    sizes = [3] * 450
    program = program_of(sizes, [((axis, 0b100),) for axis in range(450)], range(450), 450)
    draw = seeded(1)

    backend = ReteBackend(program)

    for cell in random_cells(draw, program, 5):
        assert tuple(axis for axis in range(450) if cell[axis] == 2) == backend.match_cell(cell)


def test_a_customer_is_matched_by_the_classes_of_the_facts() -> None:
    """Values become classes the plain way; an unknown value is class 0."""
    axes = (
        Axis("tier", EnumType(("key", "ordinary", "exit")), optional=False),
        Axis("aum", DecimalType(2, Decimal(0)), optional=True, cuts=(Decimal(50_000), Decimal(200_000))),
    )
    names = tuple(Statement(one, "rule", ALWAYS) for one in ("key", "rich", "unknown"))
    program = Program(BOOK, names, axes, (((0, 0b0010),), ((1, 0b1000),), ((1, 0b0001),)), (0, 1, 2))

    backend = ReteBackend(program)

    today = date(2026, 6, 15)
    assert isinstance(backend, Backend)
    assert backend.match(SmallCustomer(tier="key", aum=Decimal(200_000)), today) == (0, 1)
    assert backend.match(SmallCustomer(tier="exit", aum=Decimal("199999.99")), today) == ()
    assert backend.match(SmallCustomer(tier="exit"), today) == (2,)


@pytest.mark.parametrize("cell", [(0,), (0, 0, 0), (0, 3), (-1, 0), (4, 0)])
def test_what_is_no_cell_is_refused(cell: tuple[int, ...]) -> None:
    """A cell has one class of each axis, and no class that the axis does not have."""
    backend = ReteBackend(program_of([4, 3], [((0, 0b1110),)], [0], 1))

    with pytest.raises(ValueError, match="is not a cell of this program"):
        backend.match_cell(cell)


def test_threads_match_at_once_in_sessions_of_their_own() -> None:
    """Eight threads on one backend: every answer is right, and no session is seen on two threads."""
    draw = seeded(8)
    program = random_program(draw, axes=8, boxes=150)
    cells = random_cells(draw, program, 150)
    expected = [matching(program, cell) for cell in cells]
    backend = ReteBackend(program)
    answers: dict[int, list[tuple[int, ...]]] = {}
    sessions = []

    def work(number: int) -> None:
        answers[number] = [backend.match_cell(cell) for cell in cells]
        sessions.append(backend._session())

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)

    assert dict.fromkeys(range(8), expected) == answers
    assert len({id(session) for session in [*sessions, backend._session()]}) == 9


def test_a_forked_child_builds_a_session_of_its_own() -> None:
    """Parent and child go on at the same time; neither sees the other's session, and both are right."""
    draw = seeded(4)
    program = random_program(draw, axes=6, boxes=80)
    cells = random_cells(draw, program, 100)
    expected = [matching(program, cell) for cell in cells]
    backend = ReteBackend(program)
    inherited = backend._session()
    context = multiprocessing.get_context("fork")
    receive, send = context.Pipe(duplex=False)

    def work() -> None:
        send.send([backend.match_cell(cell) for cell in cells])
        send.send((backend._session() is inherited, len(inherited._handles)))

    child = context.Process(target=work)
    child.start()
    answers = [backend.match_cell(cell) for cell in cells]
    in_child, (shared, left_alone) = receive.recv(), receive.recv()
    child.join()

    assert (expected, expected) == (answers, in_child)
    assert (False, len(inherited._handles)) == (shared, left_alone)
    assert backend._session() is inherited


class Faulty:
    """The engine, but for one entry point that misbehaves for its first calls, or for ever if `times` is negative."""

    def __init__(self, entry: str, answer: Callable[..., Any], times: int) -> None:
        self._engine: ModuleType = rete_engine.load_engine()
        self._entry, self._answer, self.times = entry, answer, times
        self.error = self._engine.error

    def __getattr__(self, name: str) -> Any:
        """Return an entry point of the engine, or the faulty one."""
        real = getattr(self._engine, name)
        if name != self._entry:
            return real

        def call(*arguments: Any) -> Any:
            if self.times == 0:
                return real(*arguments)
            self.times -= 1
            return self._answer(real, *arguments)

        return call


def fails(real: Callable[..., Any], *arguments: Any) -> Any:
    """Fail as the engine fails."""
    raise rete_engine.load_engine().error("error code: 303")


def lacks_memory(real: Callable[..., Any], *arguments: Any) -> Any:
    """Fail as the engine fails when it has no memory."""
    raise MemoryError


def gives(answer: Any) -> Callable[..., Any]:
    """Answer the same whatever is asked."""

    def call(*arguments: Any) -> Any:
        return answer

    return call


FAULTS: dict[str, tuple[str, Callable[..., Any]]] = {
    "assert-error": ("assert_fact", fails),
    "assert-memory": ("assert_fact", lacks_memory),
    "assert-observed": ("assert_fact", lambda real, *arguments: (2, real(*arguments)[1])),
    "drain-error": ("complete_and_start_action", fails),
    "start-error": ("start_action_for_state", fails),
    "start-none": ("start_action_for_state", gives(None)),
    "stale-fact": (
        "start_action_for_state",
        lambda real, *arguments: [text.replace('"k":1,"a0":1', '"k":1,"a0":2') for text in real(*arguments)],
    ),
    "unknown-name": (
        "start_action_for_state",
        lambda real, *arguments: [text.replace('{"p', '{"q') for text in real(*arguments)],
    ),
    "endless": ("complete_and_start_action", gives('{"p0":{"m":{"id":"f","k":1,"a0":1}}}')),
    "retract-observed": ("retract_fact", gives((2, 1))),
    "retract-error": ("retract_fact", fails),
}


FaultMaker = Callable[[str, int], tuple[ReteBackend, Faulty]]


@pytest.fixture
def with_fault(monkeypatch: pytest.MonkeyPatch) -> FaultMaker:
    """Return a maker of backends whose engine fails after it was built, in a named way and so many times."""

    def make(name: str, times: int) -> tuple[ReteBackend, Faulty]:
        entry, answer = FAULTS[name]
        backend = ReteBackend(program_of([3], [((0, 0b110),), ((0, 0b010),)], [0, 1], 2))
        faulty = Faulty(entry, answer, times)
        monkeypatch.setattr(backend._session(), "_engine", faulty)
        monkeypatch.setattr(rete_session, "load_engine", lambda: faulty)
        return backend, faulty

    return make


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_session_is_built_again_with_a_warning(name: str, with_fault: FaultMaker) -> None:
    """Whatever goes wrong once, in the engine or in its answers, the answer that is given is right."""
    backend, _ = with_fault(name, 1)
    broken = backend._session()

    with pytest.warns(RuntimeWarning, match="the Rete engine failed and is built again"):
        answer = backend.match_cell((1,))

    assert answer == (0, 1)
    assert backend._session() is not broken
    assert not broken.is_usable
    assert backend.match_cell((2,)) == (0,)


@pytest.mark.parametrize("name", FAULTS)
def test_an_engine_that_fails_again_is_an_error(name: str, with_fault: FaultMaker) -> None:
    """An answer is never guessed: what fails twice in a row is an error, and later matches try afresh."""
    backend, faulty = with_fault(name, -1)

    with (
        pytest.warns(RuntimeWarning, match="built again"),
        pytest.raises(BackendUnavailableError, match="failed twice in a row"),
    ):
        backend.match_cell((1,))

    faulty.times = 0
    assert backend.match_cell((1,)) == (0, 1)


def test_a_session_without_memory_is_never_freed(with_fault: FaultMaker) -> None:
    """Freeing what the engine left half made crashes, so it is given up instead."""
    backend, _ = with_fault("assert-memory", 1)
    handles = list(backend._session()._handles)

    with pytest.warns(RuntimeWarning, match="out of memory"):
        backend.match_cell((1,))

    engine = rete_engine.load_engine()
    assert [engine.get_facts(handle, None) for handle in handles] == ["[]"] * len(handles)


def test_a_session_that_does_not_wake_up_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handle whose warming up fires nothing is given up, and the networks are built again."""
    monkeypatch.setattr(rete_session, "load_engine", lambda: faulty)
    faulty = Faulty("assert_fact", gives((1, 0)), 1)

    with pytest.warns(RuntimeWarning, match="woke up with"):
        backend = ReteBackend(program_of([3], [((0, 0b110),)], [0], 1))

    assert backend.match_cell((1,)) == (0,)


def test_an_interrupted_match_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the middle of a drain gets out at once, and the half-drained session is not used again."""
    backend = ReteBackend(program_of([3], [((0, 0b110),), ((0, 0b010),)], [0, 1], 2))
    interrupted = backend._session()

    def interrupt(*arguments: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(interrupted, "_engine", Faulty("complete_and_start_action", interrupt, 1))
    with pytest.raises(KeyboardInterrupt):
        backend.match_cell((1,))

    with warnings.catch_warnings(action="error"):
        answer = backend.match_cell((1,))
    assert answer == (0, 1)
    assert backend._session() is not interrupted


def test_memory_that_is_not_given_back_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that the engine cannot free closes with a warning, not in silence and not with an error."""
    monkeypatch.setattr(rete_session, "load_engine", lambda: Faulty("delete_state", fails, 1))
    backend = ReteBackend(program_of([3], [((0, 0b110),)], [0], 1))

    with pytest.warns(RuntimeWarning, match="did not give memory back: error code: 303"):
        backend.close()


def test_a_closed_backend_builds_again_when_it_is_asked_again() -> None:
    """Closing frees the engine's memory, not the backend."""
    backend = ReteBackend(program_of([3], [((0, 0b110),)], [0], 1))
    closed = backend._session()
    handles = list(closed._handles)

    backend.close()
    backend.close()

    engine = rete_engine.load_engine()
    assert handles
    for handle in handles:
        with pytest.raises(engine.error, match="111"):
            engine.get_facts(handle, None)
    assert backend.match_cell((2,)) == (0,)


def test_forgotten_backends_and_ended_threads_give_their_memory_back() -> None:
    """A hundred forgotten backends, half of them used on threads that ended, take no more memory than one."""
    code = """
import gc, resource, threading
from tests.backends.test_rete import ReteBackend, program_of
boxes = [((0, 1 << one),) for one in range(58)]
def once():
    backend = ReteBackend(program_of([60], boxes, range(58), 58))
    for _ in range(2):
        thread = threading.Thread(target=backend.match_cell, args=((3,),))
        thread.start()
        thread.join()
def peak():
    gc.collect()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for _ in range(5): once()
before = peak()
for _ in range(50): once()
print(peak() - before)
"""
    kilobytes = int(in_python(code))

    assert kilobytes < 20_000, "150 sessions of 58 patterns take about 200 MB when they leak"


def test_a_program_that_needs_too_many_patterns_is_refused() -> None:
    """The limit is said before anything is built, with what to do; a program just at the limit is matched."""
    boxes = [((0, 1 << one),) for one in range(30)]
    program = program_of([40], boxes, range(30), 30)

    with pytest.raises(BackendUnavailableError, match=r"more than 29 patterns .* use the `compiled`"):
        ReteBackend(program, maximum_patterns=29)

    assert ReteBackend(program, maximum_patterns=30).match_cell((7,)) == (7,)


def test_a_narrow_gap_costs_no_pattern_and_a_wide_one_costs_one() -> None:
    """Classes missing from a stretch are cut out of one pattern, up to two in a row."""
    narrow = program_of([8], [((0, 0b11001011),)], [0], 1)
    wide = program_of([8], [((0, 0b11000111),)], [0], 1)

    ReteBackend(narrow, maximum_patterns=1)
    with pytest.raises(BackendUnavailableError, match="more than 1 patterns"):
        ReteBackend(wide, maximum_patterns=1)

    ReteBackend(wide, maximum_patterns=2)


def test_a_box_that_explodes_into_patterns_is_refused_before_it_does() -> None:
    """Sixteen stretches on each of twelve axes are 16 to the power of 12 patterns."""
    mask = sum(1 << 4 * one for one in range(16))
    program = program_of([64] * 12, [tuple((axis, mask) for axis in range(12))], [0], 1)

    with pytest.raises(BackendUnavailableError, match="more than 6000 patterns"):
        ReteBackend(program)


def test_a_box_over_more_attributes_than_a_fact_has_fields_is_refused() -> None:
    """The message names the statement."""
    program = program_of([3] * 201, [(), tuple((axis, 0b100) for axis in range(201))], [0, 1], 2)

    with pytest.raises(BackendUnavailableError, match="`rule-1` tests 201 attributes at once"):
        ReteBackend(program)


def test_no_network_goes_near_the_limits_of_the_engine() -> None:
    """At most 60 patterns a handle, each starting with the discriminator, and at most 200 fields a fact."""
    draw = seeded(3)
    program = random_program(draw, axes=500, boxes=400, tests=20)
    backend = ReteBackend(program)

    for network in backend._networks:
        rules = json.loads(network.definition)
        assert len(rules) <= 60
        assert all("k" in rule["all"][0]["m"]["$and"][0] for rule in rules.values())
        assert len(network.axes) <= 200


def test_hashes_are_those_of_the_engine() -> None:
    """The engine's source states the hashes of these names."""
    published = {"id": 926444256, "sid": 3593476751, "$forward": 739185624, "$and": 3746487396}

    assert published == {name: rete_session.fnv1a(name) for name in published}


def test_no_two_names_in_a_fact_have_the_same_hash() -> None:
    """The engine would take one field for another, or a fact's id for that of its own state."""
    names = (*rete_session.field_names(), *rete_session.RESERVED)

    assert len(names) == len({rete_session.fnv1a(name) for name in names})
    assert rete_session.fnv1a(rete_session.FACT_ID) != rete_session.fnv1a("sid-0")


def test_a_name_whose_hash_is_taken_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A collision leaves a gap in the names and never two fields that are one."""
    monkeypatch.setattr(rete_session, "fnv1a", lambda name: len(name) if name in ("a1", "id") else hash(name))

    assert rete_session.field_names.__wrapped__()[:3] == ("a0", "a2", "a3")


@pytest.mark.parametrize("verify", [True, False, None])
def test_verifying_in_a_child_changes_no_answer(verify: bool | None) -> None:
    """The rehearsal happens elsewhere."""
    draw = seeded(5)
    program = random_program(draw, axes=8, boxes=100)
    cells = random_cells(draw, program, 20)

    backend = ReteBackend(program, verify_in_child=verify)

    assert [matching(program, cell) for cell in cells] == [backend.match_cell(cell) for cell in cells]


def test_large_programs_are_verified_by_default_and_small_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """The border is where the start of a process no longer matters."""
    rehearsed = []

    def note(networks: object, cells: Sequence[Sequence[int]], *, seconds: float) -> list[list[int]]:
        rehearsed.append(len(cells))
        return real(networks, cells, seconds=seconds)

    real: Any = rete.rehearse
    monkeypatch.setattr(rete, "rehearse", note)
    monkeypatch.setattr(rete, "REHEARSED_FROM", 20)
    for count in (20, 21):
        ReteBackend(program_of([40], [((0, 1 << one),) for one in range(count)], range(count), count))

    assert rehearsed == [21]


def test_wrong_answers_in_the_child_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rehearsal is compared with the boxes."""

    def forget(networks: object, cells: Sequence[Sequence[int]], *, seconds: float) -> list[list[int]]:
        return [[] for _ in cells]

    monkeypatch.setattr(rete, "rehearse", forget)

    with pytest.raises(BackendUnavailableError, match="gives wrong answers on this book"):
        ReteBackend(program_of([3], [((0, 0b110),)], [0], 1), verify_in_child=True)


def test_a_crash_or_a_hang_stays_in_the_child() -> None:
    """What hangs the engine (513 siblings under one node), and what it refuses, is an error here and no more."""
    siblings = {f"r{one}": {"all": [{"m": {"x": one}}]} for one in range(513)}
    hanging = rete_session.Network(json.dumps(siblings), {}, (), '{"id":"f"}')
    broken = rete_session.Network('{"r":', {}, (), '{"id":"f"}')

    with pytest.raises(BackendUnavailableError, match=r"hung on this book for 1\.5 seconds"):
        rete_session.rehearse([hanging], [()], seconds=1.5)
    with pytest.raises(BackendUnavailableError, match=r"fails on this book .* error code"):
        rete_session.rehearse([broken], [()], seconds=30)


def test_a_child_that_crashes_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A child killed by a signal has no last words; a missing interpreter says what to pass instead."""
    crashing = tmp_path / "python"
    crashing.write_text("#!/bin/sh\nkill -SEGV $$\n")
    crashing.chmod(0o755)
    program = program_of([3], [((0, 0b110),)], [0], 1)

    monkeypatch.setattr(sys, "executable", str(crashing))
    with pytest.raises(BackendUnavailableError, match=r"fails on this book \(exit -11\): it crashed"):
        ReteBackend(program, verify_in_child=True)

    monkeypatch.setattr(sys, "executable", "")
    with pytest.raises(BackendUnavailableError, match="pass `verify_in_child=False`"):
        ReteBackend(program, verify_in_child=True)


def test_the_engine_is_available_here() -> None:
    """Development and CI always install it; nothing is skipped without it."""
    assert availability() == (True, "durable-rules 2.0.28")


@pytest.mark.parametrize(
    ("sabotage", "problem"),
    [
        ("def gone(name): raise metadata.PackageNotFoundError(name)\nmetadata.version = gone", "which is missing"),
        ("sys.modules['durable_rules_engine'] = None", "is installed but does not load"),
    ],
)
def test_a_missing_package_is_said_with_what_to_install(sabotage: str, problem: str) -> None:
    """Importing the backend works without the package; using it says how to get it, and so does `availability`."""
    code = f"""
import sys
from importlib import metadata
from relmaint.backends.rete import ReteBackend, availability
from relmaint.errors import BackendUnavailableError
from tests.backends.test_rete import program_of
assert "durable_rules_engine" not in sys.modules and "durable" not in sys.modules
{sabotage}
try:
    ReteBackend(program_of([3], [((0, 2),)], [0], 1))
except BackendUnavailableError as error:
    assert (False, str(error)) == availability()
    print(error)
"""
    message = in_python(code)

    assert problem in message
    assert 'pip install "relmaint[rete]"' in message
    assert "a C compiler and the Python headers" in message
    assert ("CPPFLAGS" in message) == (sys.version_info >= (3, 13))


def test_an_unknown_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only one version's faults are known."""
    monkeypatch.setattr(metadata, "version", gives("2.0.29"))
    rete_engine._load.cache_clear()

    assert availability() == (
        False,
        f"durable-rules 2.0.29 is installed, but only 2.0.28 was examined and is used: {rete_engine._advice()}",
    )
    rete_engine._load.cache_clear()


def test_an_engine_without_the_interpreter_lock_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its calls are atomic only under the lock."""
    monkeypatch.setattr(sys, "_is_gil_enabled", gives(False), raising=False)
    rete_engine._load.cache_clear()

    usable, message = availability()
    rete_engine._load.cache_clear()

    assert not usable
    assert message == "durable-rules needs the global interpreter lock: do not set PYTHON_GIL=0"


def test_symbols_are_bound_lazily_when_the_plain_import_fails_and_the_flags_come_back() -> None:
    """As on Python 3.13, where the released package names a function that is no longer there."""
    code = """
import importlib.abc, os, sys
from relmaint.backends import rete_engine
class First(importlib.abc.MetaPathFinder):
    calls = []
    def find_spec(self, name, path, target=None):
        if name == "durable_rules_engine":
            self.calls.append(sys.getdlopenflags())
            if len(self.calls) == 1:
                raise ImportError("undefined symbol: PyEval_CallObject")
sys.meta_path.insert(0, First())
sys.version_info = (3, 13, 0, "final", 0)
before = sys.getdlopenflags()
rete_engine.load_engine()
print(First.calls == [before, os.RTLD_LAZY], before == sys.getdlopenflags())
"""
    assert in_python(code) == "True True\n"


def test_only_one_thread_at_a_time_loads_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The flags for binding symbols belong to the process; two threads that changed them would mix them up."""
    monkeypatch.setattr(rete_engine, "_load", rete_engine._LOCK.locked)

    assert rete_engine.load_engine()
