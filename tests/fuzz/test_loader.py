"""Is the target of the fuzzer sound, and does the loader stand a few thousand inputs of each run?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from relmaint.diagnostics import Span
from relmaint.errors import RuleBookError
from tests.fuzz import loader
from tests.fuzz.loader import PLACES, HangError, Target, corpus, mutated, text_of, watch_for_hangs

SEED = 20_261_128
"""Of the inputs that each run tries."""

INPUTS = 3_000


@pytest.fixture(autouse=True)
def _hangs() -> Iterator[None]:
    """Let an input that takes too long fail."""
    import signal

    before = signal.getsignal(signal.SIGVTALRM)
    watch_for_hangs()
    yield
    signal.signal(signal.SIGVTALRM, before)


def test_mutated_books_give_a_book_or_diagnostics_inside_the_file() -> None:
    """Some thousand inputs near the shipped books and near known mistakes break nothing, and reach many codes."""
    random, target, seeds = Random(SEED), Target(), list(corpus())  # noqa: S311  # repeatable, and no secret
    for data in seeds:
        target(data)
    for _ in range(INPUTS):
        target(mutated(random, seeds))

    assert target.inputs == INPUTS + len(seeds)
    assert target.loaded > INPUTS // 50
    assert len(target.by_code) > 24


def test_every_place_of_an_input_can_hold_a_valid_one() -> None:
    """Each template is a book when what belongs there stands in it, so that no place is dead."""
    parts = (
        f"{loader.BOOK}{loader.RULES}",
        "tier = key",
        "aum >= 5",
        "why",
        "{id: r, when: always, do: [note, call]}",
        "{id: t, hit: first, inputs: [tier], outputs: [do], rows: [{tier: key, do: [note]}]}",
        "{id: g, when: always, withhold: {nature: care}}",
        "{nature: care}",
        "{id: i, always: {action: note}}",
        "{kind: care, nature: internal, title: more, precedence: care}",
        "# nothing\n",
        "[key, -, [note]]",
    )
    target = Target()
    for place, part in enumerate(parts):
        target(bytes([place]) + part.encode())

    assert len(parts) == len(PLACES)
    assert target.loaded >= len(parts) - 1, dict(target.by_code)


def test_bytes_that_are_no_text_are_tried_too() -> None:
    """A byte that is no UTF-8 reaches the loader as a lone surrogate."""
    assert text_of(b"\0a\xff") == "a\udcff"
    assert text_of(b"") == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"code": "nonsense"}, "is no code"),
        ({"message": "two\nlines"}, "on several lines"),
        ({"message": ""}, "says nothing"),
        ({"span": None}, "has no place"),
        ({"span": Span("book.yaml", 9, 1, 9, 1)}, "outside of the file"),
        ({"span": Span("book.yaml", 1, 99, 1, 99)}, "outside of its line"),
        ({"span": Span("book.yaml", 1, 2, 1, 1)}, "ends first"),
    ],
)
def test_a_wrong_diagnostic_is_caught(change: dict[str, Any], said: str) -> None:
    """A code that does not exist, and a place outside of the file, fail."""
    target = Target()
    parse = target._parse

    def wrong(text: str, **options: Any) -> Any:
        try:
            return parse(text, **options)
        except RuleBookError as refused:
            raise RuleBookError([replace(one, **change) for one in refused.diagnostics]) from None

    target._parse = wrong
    with pytest.raises(AssertionError, match=said):
        target(b"\0a: 1")


def test_exceptions_and_hangs_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the loader raises beside diagnostics comes out, and so does endless work."""
    target = Target()

    def crash(*_: Any, **__: Any) -> Any:
        raise RecursionError

    def hang(*_: Any, **__: Any) -> Any:
        while True:
            pass

    target._parse = crash
    with pytest.raises(RecursionError):
        target(b"\0a: 1")
    monkeypatch.setattr(loader, "SECONDS", 0.05)
    target._parse = hang
    with pytest.raises(HangError):
        target(b"\0a: 1")


def test_a_book_that_is_not_read_back_is_caught() -> None:
    """What is written of a book that loads must load as the same book."""
    target = Target()
    target._write = lambda _: "book: {name: other, version: 1.0.0, covers: []}"
    with pytest.raises(AssertionError, match="read back"):
        target(b"\1tier = key")
