"""How fast are proofs next to solvers that answer the same questions? All from the same books, in one run.

The ratio to the fastest of a group stands in brackets; every contestant gives the same answers.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("z3", reason="the solvers are development dependencies: pip install '.[oracles]'")

import z3

from relmaint.cases import find_cases, read_cases
from relmaint.ir.conditions import Comparison, Interval, Operator
from relmaint.ir.rules import HitPolicy, Row, Rule, RuleBook, Table
from relmaint.lower import lower
from relmaint.model.action import Kind
from relmaint.model.attributes import facts_of
from relmaint.model.customer import Customer
from relmaint.recheck import main as recheck
from relmaint.rulebook.load import default_book_path, load_rule_book
from relmaint.rulebook.overlaps import meeting_rows
from relmaint.verify.certificate import certificate, claim_of
from relmaint.verify.cover import Covered, Union, region_of
from relmaint.verify.diff import difference
from relmaint.verify.judge import Judge, Unsettled
from relmaint.verify.mutants import mutants_of
from relmaint.vocabulary import EnumType
from tests.benchmarks.test_diff import versions
from tests.verify.big_books import big_book
from tests.verify.families import AXES, FAMILIES
from tests.verify.oracles import Boxes, Customers

COUNT = 10_000


@cache
def book(family: str) -> RuleBook:
    """Return a book of ten thousand rules over twelve attributes."""
    return big_book(FAMILIES[family](Random(7), COUNT), Random(7))


def by_kind(large: RuleBook) -> dict[Kind, list[Rule]]:
    """Return the rules by the kind of what they do."""
    found: dict[Kind, list[Rule]] = {}
    for rule in large.rules:
        found.setdefault(large.actions[rule.do[0]].kind, []).append(rule)
    return dict(sorted(found.items()))


def searched(large: RuleBook) -> list[bool]:
    """Lower the book and prove each kind."""
    program = lower(large)
    boxes: dict[Kind, list[Any]] = {kind: [] for kind in Kind}
    for box, owner in zip(program.boxes, program.owner, strict=True):
        statement = program.statements[owner]
        if statement.role == "rule":
            boxes[_kinds(large)[statement.id]].append(box)
    everyone = region_of(program.axes)
    return [isinstance(Union(boxes[kind], program.axes).cover(everyone), Covered) for kind in by_kind(large)]


_KINDS: dict[int, dict[str, Kind]] = {}


def _kinds(large: RuleBook) -> dict[str, Kind]:
    if id(large) not in _KINDS:
        _KINDS[id(large)] = {rule.id: large.actions[rule.do[0]].kind for rule in large.rules}
    return _KINDS[id(large)]


def by_z3(large: RuleBook) -> list[bool]:
    """Write the conditions over raw values, and ask z3 for a customer of whom none is true."""
    found = []
    for rules in by_kind(large).values():
        solver = z3.SolverFor("QF_LIA")
        customers = Customers(large.vocabulary, solver)
        for rule in rules:
            solver.add(z3.Not(customers.truth(rule.when)[0]))
        found.append(solver.check() == z3.unsat)
    return found


def by_sat(large: RuleBook) -> list[bool]:
    """Lower the book, write its boxes as clauses, and ask a SAT solver."""
    program = lower(large)
    kinds = _kinds(large)
    sat = Boxes(program.axes, program.boxes)
    everyone = region_of(program.axes)
    numbers: dict[Kind, list[int]] = {kind: [] for kind in by_kind(large)}
    for number, owner in enumerate(program.owner):
        if program.statements[owner].role == "rule":
            numbers[kinds[program.statements[owner].id]].append(number)
    return [sat.are_covered(everyone, own) for own in numbers.values()]


WAYS: dict[str, Callable[[RuleBook], Any]] = {
    "lower only": lower,
    "relmaint": searched,
    "SAT solver": by_sat,
    "z3": by_z3,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("family", ["bank", "tree"])
def test_totality_of_three_kinds(benchmark: Any, family: str, way: str) -> None:
    """From the book to the answers; `lower only` is the part in which search and SAT solver read the book."""
    benchmark.group = f"is each of three kinds total? {COUNT:,} rules, {family}"
    large = book(family)
    answer = benchmark.pedantic(lambda: WAYS[way](large), rounds=2, warmup_rounds=0)

    assert way == "lower only" or answer == searched(large)


def differs_by_z3(old: RuleBook, new: RuleBook) -> bool:
    """Ask z3 for a customer for whom one of the edited actions is proposed by one book only."""
    before, after = ({rule.id: rule for rule in one.rules} for one in (old, new))
    edited = [
        one
        for name in before.keys() | after.keys()
        for one in (before.get(name), after.get(name))
        if before.get(name) != after.get(name) and one is not None
    ]
    solver = z3.SolverFor("QF_LIA")
    customers = Customers(old.vocabulary, solver)
    apart = []
    for action in sorted({action for rule in edited for action in rule.do}):
        sides = [
            z3.Or([customers.truth(rule.when)[0] for rule in one.rules if action in rule.do]) for one in (old, new)
        ]
        apart.append(sides[0] != sides[1])
    solver.add(z3.Or(apart))
    return bool(solver.check() == z3.sat)


@pytest.mark.parametrize("way", ["relmaint", "z3"])
@pytest.mark.benchmark(group=f"five of {COUNT:,} rules edited: does it change anything?")
def test_a_difference(benchmark: Any, way: str) -> None:
    """One customer is enough for z3, for the actions edited; the difference names every region and all that changes."""
    old, new = versions("services", COUNT)
    ways = {"relmaint": lambda: bool(difference(old, new).regions), "z3": lambda: differs_by_z3(old, new)}

    assert benchmark.pedantic(ways[way], rounds=3, warmup_rounds=0)


@cache
def table(count: int) -> Table:
    """Return a table of about so many rows: a grid, of which every hundredth row reaches into the next one."""
    words = [axis.type.values for axis in AXES[:3] if isinstance(axis.type, EnumType)]
    rows: list[Row] = []
    for place, (first, second, third, step) in enumerate(product(*words, range(count // 60)), start=1):
        ends = Interval(step * 3, step * 3 + (4 if place % 100 == 0 else 3), low_closed=True, high_closed=False)
        tests = [Comparison(AXES[at].attribute, Operator.EQ, (word,)) for at, word in enumerate((first, second, third))]
        rows.append(Row(f"t#{place}", (*tests, Comparison("number0", Operator.INSIDE, (ends,))), ("care-00",)))
    names = (*(axis.attribute for axis in AXES[:3]), "number0")
    return Table("t", HitPolicy.UNIQUE, names, ("do",), tuple(rows))


@pytest.mark.parametrize("what", ["lower", "find all that meet"])
@pytest.mark.parametrize("count", [1_000, COUNT])
def test_rows_that_meet(benchmark: Any, count: int, what: str) -> None:
    """All pairs of the rows of a table that one customer meets, each with such a customer described."""
    benchmark.group = f"which of {count:,} rows meet?"
    vocabulary, one = book("tree").vocabulary, table(count)
    reader: Any = SimpleNamespace(vocabulary=vocabulary)
    ways: dict[str, Callable[[], int]] = {
        "lower": lambda: len(lower(RuleBook("", "", vocabulary, tables=(one,))).boxes),
        "find all that meet": lambda: sum(1 for _ in meeting_rows(reader, one)),
    }

    assert benchmark.pedantic(ways[what], rounds=2, warmup_rounds=0) > len(one.rows) // 200


@pytest.mark.parametrize("what", ["prove and write", "check again"])
@pytest.mark.benchmark(group=f"a certificate of {COUNT:,} rules")
def test_a_certificate(benchmark: Any, what: str, tmp_path: Path) -> None:
    """From the boxes of a partition to a file, and from the file to the verdict of the independent checker."""
    boxes = FAMILIES["tree"](Random(7), COUNT)
    path = tmp_path / "certificate.json"
    empty = RuleBook("big", "1", book("tree").vocabulary)

    def write() -> int:
        union = Union(boxes, AXES)
        answer = union.cover(region_of(AXES))
        assert isinstance(answer, Covered)
        claim = claim_of("everything", answer, region_of(AXES), union, AXES, {})
        path.write_text(json.dumps(certificate(empty, [claim])), encoding="utf-8")
        return 0

    write()
    ways: dict[str, Callable[[], int]] = {"prove and write": write, "check again": lambda: recheck(str(path))}

    assert benchmark.pedantic(ways[what], rounds=3, warmup_rounds=0) == 0


@cache
def known() -> list[dict[str, Any]]:
    """Return what is known of the customers of the retail book's cases."""
    retail = load_rule_book(default_book_path())
    cases = [case for file in find_cases(str(default_book_path())) for case in read_cases(file, Customer)[0]]
    return [facts_of(retail.vocabulary, case.customer, case.as_of) for case in cases]


@pytest.mark.parametrize("what", ["prepare for all mutants", "decide 200 mutants"])
@pytest.mark.benchmark(group="mutants of the retail book")
def test_mutants(benchmark: Any, what: str) -> None:
    """Lowering the book with all of its mutants, and the verdicts on some, with the customers of the book's cases.

    How many of the verdicts were left open stands in `extra_info`.
    """
    retail = load_rule_book(default_book_path())
    mutants = list(mutants_of(retail))
    if what == "prepare for all mutants":
        assert benchmark.pedantic(lambda: len(Judge(retail, mutants).mutants), rounds=2, warmup_rounds=0) > 200
        return
    chosen = Random(7).sample(mutants, 220)

    def prepared() -> Judge:
        judge = Judge(retail, chosen)
        for facts in known():
            judge.learn(judge.cell(facts))
        return judge

    def decide(judge: Judge) -> int:
        return sum(isinstance(judge.verdict(number), Unsettled) for number in range(200))

    judges = iter([prepared() for _ in range(2)])
    left = benchmark.pedantic(decide, setup=lambda: ((next(judges),), {}), rounds=2)
    benchmark.extra_info["left open"] = left
    print(f"\n{left} of 200 verdicts left open")

    assert left < 20


PEAK = """
import gc, sys
from pathlib import Path
from tests.benchmarks.test_oracles import WAYS, book
def kib(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))
large = book(sys.argv[1])
gc.collect()
Path("/proc/self/clear_refs").write_text("5")
before = kib("VmRSS")
WAYS[sys.argv[2]](large)
print(kib("VmHWM") - before, before)
"""
"""The kernel keeps the peak of a process; writing 5 lets it begin anew once the book is there."""


@pytest.mark.parametrize("way", [*WAYS])
@pytest.mark.benchmark(timer=time.perf_counter)
def test_peak_memory(benchmark: Any, way: str) -> None:
    """The memory that each way of proving takes at its peak beyond the book, in a process of its own.

    The benchmark's time is that of the process; the memory stands in `extra_info` of `--benchmark-json`, and is printed
    with `-s`.
    """
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("peak memory is measured where the kernel tells it in /proc")
    benchmark.group = "the process of one proof"

    def run() -> list[int]:
        ran = subprocess.run(
            [sys.executable, "-c", PEAK, "bank", way], capture_output=True, text=True, check=True, timeout=600
        )
        return [int(number) for number in ran.stdout.split()]

    more, before = benchmark.pedantic(run, rounds=1, warmup_rounds=0)
    benchmark.extra_info["peak beyond the book, KiB"] = more
    benchmark.extra_info["book and interpreter, KiB"] = before
    print(f"\n{way}: {more / 1024:.0f} MiB beyond {before / 1024:.0f} MiB for interpreter and book")

    assert more > 0
