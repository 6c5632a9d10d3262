"""What does each check cost next to lowering the book, and how does that grow with its rules?"""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

import pytest

from relmaint.ir.rules import RuleBook
from relmaint.verify.checks.run import ALL
from relmaint.verify.checks.subject import Subject
from tests.verify.big_books import big_book
from tests.verify.families import FAMILIES

ASKED = {**{code: (code,) for code in ALL}, "all": tuple(ALL), "lower": ()}


@cache
def book(family: str, count: int) -> RuleBook:
    """Return one large book."""
    return big_book(FAMILIES[family](Random(7), count), Random(7))


@pytest.mark.parametrize("check", ASKED)
@pytest.mark.parametrize("count", [1_000, 10_000])
@pytest.mark.parametrize("family", ["bank", "tree"])
@pytest.mark.benchmark(group="checks")
def test_checking(benchmark: Any, family: str, count: int, check: str) -> None:
    """From a book to the answers of one check, or of all; `lower` is the part that all of them share."""
    large = book(family, count)

    def answers() -> int:
        subject = Subject(large)
        return len(subject.boxes) + sum(len(list(ALL[code](subject))) for code in ASKED[check])

    assert benchmark.pedantic(answers, rounds=2, warmup_rounds=0) > 0
