"""Does the soak runner try every law, find what is broken, and hand it on so that it can be mended?"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from relmaint.backends.compiled import CompiledBackend
from relmaint.cases import load_cases, run_case
from relmaint.cases.case import Verdict
from relmaint.engine import Engine
from relmaint.ir.conditions import Operator, comparisons
from relmaint.rulebook import default_book_path, load_rule_book
from relmaint.testing import laws, soak
from relmaint.testing.failing import BOOK, CASES, FACTS
from relmaint.testing.laws.meaning import backends_agree
from relmaint.testing.laws.sameness import round_trip
from relmaint.testing.laws.shared import with_rules
from tests.cli.terminal import environment
from tests.models import SmallCustomer
from tests.testing.lawful import LawfulCustomer, book

PAIR = ("compiled", "reference")


def sources() -> list[soak.Source]:
    """Return a given book, and drawn ones."""
    return soak.sources_of({"lawful": book()}, [SmallCustomer])


def source(name: str) -> soak.Source:
    """Return one of them."""
    return next(one for one in sources() if one.name == name)


def deaf(operator: Operator, patch: pytest.MonkeyPatch) -> None:
    """Let the compiled backend never match a statement that compares by an operator."""
    match = CompiledBackend.match

    def wrong(self: CompiledBackend, customer: Any, as_of: Any) -> tuple[int, ...]:
        program = self._program
        return tuple(
            number
            for number in match(self, customer, as_of)
            if all(one.operator is not operator for one in comparisons(program.statements[number].when))
        )

    patch.setattr(CompiledBackend, "match", wrong)


def run(tasks: list[soak.Task], patch: pytest.MonkeyPatch, folder: Path, *arguments: str) -> int:
    """Run the command line on a few tasks."""
    patch.setattr(soak, "tasks_of", lambda *_: tasks)
    patch.setattr(soak, "available_backends", lambda: PAIR)
    log, failures = str(folder / "log"), str(folder / "failures")
    return soak.main(["--log", log, "--failures", failures, "--seed", "3", *arguments])


def lines(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of the log."""
    return [json.loads(line) for line in (folder / "log").read_text(encoding="utf-8").splitlines()]


def test_a_planted_defect_is_found_and_written_as_a_case_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A backend that is deaf to one operator is found, and the case that is written fails on it alone."""
    tasks: list[soak.Task] = [(backends_agree, source("lawful"), PAIR)]
    with monkeypatch.context() as patch:
        deaf(Operator.GT, patch)
        status = run(tasks, patch, tmp_path, "--round", "1")
        (folder,) = (tmp_path / "failures").iterdir()
        found = load_rule_book(folder / BOOK, customer=LawfulCustomer)
        (case,) = load_cases(folder / CASES, LawfulCustomer)
        verdicts = {name: run_case(Engine(found, name), case).verdict for name in PAIR}  # type: ignore[arg-type]

    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    _, line, summary = lines(tmp_path)
    assert status == 1
    assert verdicts == {"compiled": Verdict.FAILED, "reference": Verdict.PASSED}
    assert run_case(Engine(found), case).verdict is Verdict.PASSED, "once mended, the case holds"
    assert (line["outcome"], line["law"], line["written"]) == ("failed", "backends-agree", str(folder))
    assert summary["summary"]["failures"] == 1
    assert (facts["law"], facts["says"]) == ("backends-agree", backends_agree.says)
    assert facts["repeat"] == "--seed 3 --examples 100 --round 1"
    assert any(note.startswith("  customer: ") for note in facts["notes"])
    assert "the law backends-agree broke" in capsys.readouterr().out


def test_a_drawn_book_that_breaks_a_law_is_made_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the book that shows the defect only what shows it is left."""
    kept = st.sampled_from([(), ("near",), ("key", "near"), ("all", "key", "near", "rich")])
    books = kept.map(lambda names: with_rules(book(), (one for one in book().rules if one.id in names)))
    task: soak.Task = (backends_agree, soak.Source("parts", (backends_agree,), books), PAIR)
    deaf(Operator.GT, monkeypatch)
    failure = soak.Round(1, task, 200, 1).run()

    assert failure is not None
    assert [one.id for one in failure.book.rules] == ["near"]


def test_a_failure_is_repeated_by_its_seed_and_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same seed and round find the same book and customer, and another round tries others."""
    task: soak.Task = (backends_agree, source("lawful"), PAIR)
    deaf(Operator.GE, monkeypatch)
    first, again = (soak.Round(2, task, 100, 9).run() for _ in range(2))

    assert first is not None
    assert again is not None
    assert (first.book, first.shown, first.facts) == (again.book, again.shown, again.facts)
    assert soak.Round(2, task, 100, 9).seed != soak.Round(3, task, 100, 9).seed


def test_what_broke_is_not_tried_again_and_counted_as_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One failure of a law on a kind of books is enough; all others go on."""
    tasks: list[soak.Task] = [(backends_agree, source("lawful"), PAIR), (round_trip, source("lawful"), PAIR)]
    deaf(Operator.GT, monkeypatch)
    deaf(Operator.EQ, monkeypatch)
    running = soak.Soak(tasks, 1, 30, tmp_path, None)
    for number, task in islice(running.order(), 6):
        running.step(number, task)

    assert (running.rounds, running.skipped, len(running.failures)) == (4, 2, 1)
    assert running.summary()["summary"]["laws"].keys() == {"backends-agree", "round-trip"}


def test_a_law_that_breaks_before_a_customer_is_drawn_is_written_without_cases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The book and the facts are there all the same."""
    monkeypatch.setattr("relmaint.testing.laws.sameness.parse_rule_book", lambda *_, **__: None)
    assert run([(round_trip, source("lawful"), PAIR)], monkeypatch, tmp_path, "--round", "1") == 1

    (folder,) = (tmp_path / "failures").iterdir()
    assert sorted(one.name for one in folder.iterdir()) == sorted([BOOK, FACTS])
    assert load_rule_book(folder / BOOK, customer=LawfulCustomer) == book()


def test_every_law_meets_every_kind_of_books_and_every_two_backends() -> None:
    """Each cycle has each task once, in an order that the seed decides, and no law is left out."""
    tasks = soak.tasks_of(sources(), ("compiled", "reference", "rete"))
    orders = [
        [task for _, task in islice(soak.Soak(tasks, seed, 1, Path(), None).order(), 2 * len(tasks))]
        for seed in (1, 1, 2)
    ]
    pairs = {frozenset(pair) for _, _, pair in tasks}

    def names(found: list[soak.Task]) -> list[tuple[str, str, tuple[str, ...]]]:
        return [(law.name, where.name, pair) for law, where, pair in found]

    assert Counter(names(orders[0])) == Counter(dict.fromkeys(names(tasks), 2))
    assert names(orders[0]) == names(orders[1]) != names(orders[2])
    assert names(orders[0][: len(tasks)]) != names(orders[0][len(tasks) :])
    assert pairs == {frozenset(pair) for pair in [PAIR, ("compiled", "rete"), ("reference", "rete")]}
    assert {pair[0] for _, _, pair in tasks} == {"compiled", "reference", "rete"}
    assert {law.name for law, where, _ in tasks if where.given} == {*(one.name for one in laws.ALL), "layout"}
    assert {law.name for law, where, _ in tasks if not where.given} >= {one.name for one in laws.OF_ANY_BOOK}


def test_two_backends_are_one_pair() -> None:
    """Without durable-rules the two others are compared, and no pair is there twice."""
    tasks = soak.tasks_of(sources()[:1], PAIR)
    assert {pair for _, _, pair in tasks} == {PAIR}
    assert len(tasks) == len(laws.ALL) + 1


def test_layout_is_tried_on_books_of_any_size_and_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped book, which is large, is written in other layouts; and a reader to which layout matters is caught."""
    shipped = load_rule_book(default_book_path())
    task: soak.Task = (soak.layout, soak.sources_of({"retail": shipped}, [])[0], PAIR)
    held = soak.Round(1, task, 10, 1)
    assert held.run() is None
    assert (held.tried, held.outcome(None)) == (2, "held")

    monkeypatch.setattr(soak, "parse_rule_book", lambda *_, **__: None)
    failure = soak.Round(1, (soak.layout, source("lawful"), PAIR), 5, 1).run()
    assert failure is not None
    assert isinstance(failure.problem, AssertionError)


@laws.law(reference="a test")
def too_large(draw: laws.Draw, subject: laws.Subject) -> None:
    """What cannot be drawn is not broken."""
    raise Unsatisfiable


def test_a_round_in_which_nothing_can_be_drawn_is_neither_held_nor_broken(tmp_path: Path) -> None:
    """Examples that are too large for Hypothesis are told apart, and counted."""
    running = soak.Soak([(too_large, source("lawful"), PAIR)], 1, 5, tmp_path, None)
    running.step(*next(running.order()))

    summary = running.summary()["summary"]
    assert (summary["undrawn"], summary["failures"], summary["examples"]) == (1, 0, 0)


def test_logs_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Runs in one log or several are added up, and one that was killed counts with the rounds it finished."""
    tasks: list[soak.Task] = [(round_trip, source("lawful"), PAIR)]
    for number in ("1", "2"):
        assert run(tasks, monkeypatch, tmp_path, "--round", number, "--examples", "7") == 0
    whole = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    killed = tmp_path / "killed"
    killed.write_text("\n".join(whole[:2]) + "\n", encoding="utf-8")
    capsys.readouterr()

    assert soak.main(["--total", str(tmp_path / "log"), str(killed)]) == 0
    told = capsys.readouterr().out
    assert [line["examples"] for line in lines(tmp_path) if "outcome" in line] == [7, 7]
    assert "21  round-trip" in told
    assert "3 rounds, 21 examples, seeds 3, 3, 3: 0 failures" in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--minutes", "0"], "--minutes must be more than 0"),
        (["--examples", "-1"], "--examples must be more than 0"),
        (["--book", "nowhere.yaml"], "nowhere.yaml"),
        (["--customer-model", "nowhere.py:Model"], "nowhere.py"),
    ],
)
def test_wrong_arguments_are_told(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be used ends with status 2 and the reason, before anything runs."""
    with pytest.raises(SystemExit) as ended:
        soak.main(arguments)

    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_the_command_runs_and_logs(tmp_path: Path) -> None:
    """In a process of its own it stops when the time is over, with every round and the sums in the log."""
    arguments = ["--minutes", "0.02", "--examples", "5", "--log", "log", "--seed", "5"]
    done = subprocess.run(
        [sys.executable, "-m", "relmaint.testing.soak", *arguments],
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        env=environment(),
        timeout=120,
        check=False,
    )
    begun, *rounds, last = lines(tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert begun["seed"] == 5
    assert begun["books"].keys() == {"retail"}
    assert len(rounds) == last["summary"]["rounds"] >= 1
    assert sum(line["examples"] for line in rounds) == last["summary"]["examples"] > 0
    assert not (tmp_path / "soak-failures").exists()
