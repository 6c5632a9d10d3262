"""What does headroom cost next to lowering the book: of all numbers of the shipped book, of some of a large one?"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

import pytest

from relmaint.ir.rules import RuleBook
from relmaint.rulebook import default_book_path, load_rule_book
from relmaint.verify.headroom import Headrooms
from tests.verify.big_books import big_book
from tests.verify.families import FAMILIES

SOME = 10
"""So many numbers of a large book are asked about."""


@cache
def retail() -> RuleBook:
    """Return the shipped book."""
    return load_rule_book(default_book_path())


@cache
def large(count: int) -> RuleBook:
    """Return a book of base rules and overlays; every tenth rule boosts its action."""
    book = big_book(FAMILIES["bank"](Random(7), count), Random(7))
    rules = (
        replace(rule, boost=((rule.do[0], 5),)) if place % 10 == 0 else rule for place, rule in enumerate(book.rules)
    )
    return replace(book, rules=tuple(rules))


@pytest.mark.parametrize("asked", ["lower", "headroom"])
@pytest.mark.benchmark(group="headroom of the shipped book")
def test_the_shipped_book(benchmark: Any, asked: str) -> None:
    """From the book to both ends of all of its bases and boosts."""

    def answers() -> int:
        rooms = Headrooms(retail())
        return len(rooms.numbers if asked == "lower" else [rooms.of(number) for number in rooms.numbers])

    assert benchmark.pedantic(answers, rounds=2, warmup_rounds=0) > 0


@pytest.mark.parametrize("asked", ["lower", "headroom"])
@pytest.mark.parametrize("count", [1_000, 10_000])
@pytest.mark.benchmark(group="headroom of ten numbers of a large book")
def test_a_large_book(benchmark: Any, count: int, asked: str) -> None:
    """From the book to both ends of ten numbers, drawn by a seed."""
    book = large(count)

    def answers() -> int:
        rooms = Headrooms(book)
        drawn = Random(7).sample(rooms.numbers, SOME)
        return len(drawn if asked == "lower" else [rooms.of(number) for number in drawn])

    assert benchmark.pedantic(answers, rounds=2, warmup_rounds=0) > 0
