"""Is a book certified when three backends agree on it, and only then, whatever happens to the engine in C?"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings

from relmaint.backends.child import Child, ChildDiedError
from relmaint.backends.compiled import CompiledBackend
from relmaint.ir.rules import RuleBook
from relmaint.lower import lower
from relmaint.rulebook.load import parse_rule_book
from relmaint.testing import rule_books
from relmaint.verify import agreement
from relmaint.verify.agreement import certify, flattened, problems_of
from relmaint.verify.covering import covering
from tests.models import SmallCustomer

pytestmark = pytest.mark.evidence

BOOK = parse_rule_book(
    """
book: {name: small, version: 1.0.0, covers: [daily]}
actions:
  call: {kind: daily, nature: internal, precedence: care, title: {zh: 电话, en: Call}}
rules:
  - {id: a, when: aum >= 50000 or tier = key, do: [call]}
  - {id: b, when: days_to_maturity <= 7 and events has life-event, do: [call]}
  - {id: c, when: tier != exit, do: [call]}
"""
)


def certified(book: RuleBook = BOOK, *, rete: str = "relmaint.backends.rete:ReteBackend", **options: Any) -> Any:
    """Return the document as a reader of JSON sees it."""
    return json.loads(json.dumps(certify(book, tool="test", rete=rete, **options)))


@pytest.fixture(scope="module")
def document() -> Any:
    """Return the document of the small book."""
    return certified()


def test_a_book_on_which_all_agree_is_certified(document: Any) -> None:
    """The document says what was compared, and holds when it is checked."""
    compared = document["compared"]

    assert document["certified"] is True
    assert compared["guarantee"]["every_cell"] is True
    assert compared["probes"] >= int(compared["possible_cells"])
    assert {compared["probes"] + compared["customers"]} == set(compared["answers"].values())
    assert 0 == compared["classes_without_customer"]
    assert [] == list(problems_of(document, BOOK))


@given(rule_books(SmallCustomer))
@settings(max_examples=4)
def test_drawn_books_are_certified(book: RuleBook) -> None:
    """Whatever the book, the three backends agree on its covering set, and the document is confirmed."""
    found = certified(book, all_below=0)

    assert ([], []) == (found["shown"], found["deaths"])
    assert [] == list(problems_of(found, book, all_below=0))


def test_a_wrong_compiled_backend_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A box lost by the compiled backend: the customers and the statement that is missing are named."""

    class Wrong(CompiledBackend):
        def match(self, customer: Any, as_of: Any) -> tuple[int, ...]:
            return tuple(one for one in super().match(customer, as_of) if one != 1)

    monkeypatch.setattr(agreement, "CompiledBackend", Wrong)
    found = certified()

    assert found["certified"] is False
    assert found["disagreements"] >= len(found["shown"]) > 0
    assert {("compiled", ("b",), ())} == {
        (one["backend"], tuple(one["missing"]), tuple(one["extra"])) for one in found["shown"]
    }
    assert all("life-event" in one["facts"]["events"] for one in found["shown"])


def test_a_wrong_class_is_told_though_the_matches_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine remembers plans by cell, so that a wrong cell is wrong whatever matches in it."""

    class Wrong(CompiledBackend):
        def classes(self, key: Any) -> tuple[int, ...]:
            found = super().classes(key)
            return (*found[:-1], 1) if found[-1] == 0 else found

        def match(self, customer: Any, as_of: Any) -> tuple[int, ...]:
            return right(self._program).match(customer, as_of)

    right = CompiledBackend
    monkeypatch.setattr(agreement, "CompiledBackend", Wrong)

    assert {"compiled (cell)"} == {one["backend"] for one in certified()["shown"]}


def test_a_wrong_rete_engine_is_told() -> None:
    """An engine that answers too little is named with what it left out."""
    found = certified(rete="tests.verify.failing:Lying")

    assert found["certified"] is False
    assert {"rete"} == {one["backend"] for one in found["shown"]}
    assert all(one["missing"] and not one["extra"] for one in found["shown"])
    assert "it says itself that the backends did not agree" in list(problems_of(found, BOOK))


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("Crashing", "it was ended by SIGABRT"),
        ("Exiting", "it left with 1: RuntimeError: the engine is out of order"),
        ("Hanging", "it gave no answer for 2 seconds"),
        ("Hungry", "it left with 1: MemoryError"),
    ],
)
def test_an_engine_that_dies_at_a_cell_is_told_with_the_cell(name: str, how: str) -> None:
    """The caller lives on; the cell is named, that it is the cell is confirmed, and what comes after is compared."""
    seconds = 2.0 if name == "Hanging" else 60.0
    found = certified(rete=f"tests.verify.failing:{name}", seconds=seconds, megabytes=1024)

    assert found["certified"] is False
    assert 3 == len(found["deaths"])
    assert [(how, True)] * 3 == [(one["how"], one["alone"]) for one in found["deaths"]]
    assert "tier" == lower(BOOK).axes[-1].attribute
    assert all(one["facts"]["tier"] == "ordinary" for one in found["deaths"])
    assert found["compared"]["answers"]["compiled"] > found["compared"]["answers"]["rete"] > 0


def test_an_engine_that_dies_of_what_came_before_is_told_apart() -> None:
    """It dies at a cell and not there alone: then the cell is not to blame, and that is said."""
    found = certified(rete="tests.verify.failing:Tired")

    assert (19, False) == (found["deaths"][0]["answered"], found["deaths"][0]["alone"])


@pytest.mark.parametrize(
    ("name", "how"),
    [("Stillborn", "it left with 1: nothing to be done"), ("Missing", "it left with 1: AttributeError")],
)
def test_an_engine_that_is_never_built_is_told(name: str, how: str) -> None:
    """Nothing is asked of it, and no cell is named."""
    found = certified(rete=f"tests.verify.failing:{name}")

    assert [None] == [one["facts"] for one in found["deaths"]]
    assert found["deaths"][0]["how"].startswith(how)
    assert (0, False) == (found["compared"]["answers"]["rete"], found["certified"])


def test_an_engine_that_says_something_else_is_not_believed() -> None:
    """A line that is no answer ends it."""
    found = certified(rete="tests.verify.failing:Mumbling")

    assert "it answered b'debug\\n'" == found["deaths"][0]["how"]


def test_a_child_is_gone_when_its_caller_stops_reading() -> None:
    """Nothing is left running when the answers are not all taken."""
    program = lower(flattened(BOOK))
    cells = [probe.cell for probe in covering(program).probes]
    answers = Child(program).answers(cells)

    first = next(answers)
    answers.close()

    assert isinstance(first, tuple)


def test_a_child_that_died_says_how_much_it_had_answered() -> None:
    """All answers before its death were given."""
    program = lower(flattened(BOOK))
    cells = [probe.cell for probe in covering(program).probes][:30]
    got = []
    with pytest.raises(ChildDiedError) as caught:
        got.extend(Child(program, "tests.verify.failing:Tired").answers(cells))

    assert 19 == caught.value.answered


# --- checking --------------------------------------------------------------------------------------------------------


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from _places(part, (*path, key))
    else:
        yield path


def test_every_changed_place_of_a_document_is_told(document: Any) -> None:
    """Whatever is changed but who made it, the document certifies the book no more."""
    paths = [path for path in _places(document) if path[0] != "made_by"]
    for path in paths:
        changed = copy.deepcopy(document)
        *parents, last = path
        part = changed
        for key in parents:
            part = part[key]
        part[last] = not part[last] if isinstance(part[last], bool) else [1] if isinstance(part[last], list) else "x"

        assert list(problems_of(changed, BOOK)), path
    assert len(paths) > 20


@pytest.mark.parametrize("document", [[], {}, "x", {"format": "x"}])
def test_something_else_certifies_nothing(document: Any) -> None:
    """A file that is no certification says so."""
    assert ["the format is not `relmaint-certification/1`"] == list(problems_of(document, BOOK))


def test_a_document_of_another_book_certifies_nothing(document: Any) -> None:
    """Any edit of the book ends what was certified."""
    other = parse_rule_book("book: {name: empty, version: 1.0.0, covers: []}")

    (problem,) = problems_of(document, other)

    assert problem.startswith("it is about another book")


def test_an_empty_book_is_certified() -> None:
    """There is one cell, and nothing matches in it."""
    found = certified(parse_rule_book("book: {name: empty, version: 1.0.0, covers: []}"))

    assert (True, "1") == (found["certified"], found["compared"]["possible_cells"])
