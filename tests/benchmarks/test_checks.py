"""What does each check cost next to lowering the book, and how does that grow with its rules?"""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

import pytest

from relmaint.ir.rules import RuleBook
from relmaint.verify.checks.run import ALL
from relmaint.verify.checks.subject import Subject
from tests.verify.big_books import big_book, big_table, with_overrides
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


TABLES = ("misleading-row", "mergeable-rows", "useless-column")
OVERRIDES = ("idle-override", "conflicting-overrides")


@cache
def special(kind: str, count: int) -> RuleBook:
    """Return a book with one large table, or a large book of whose rules every tenth overrides another."""
    if kind == "overrides":
        return with_overrides(book("bank", count), Random(7))
    return big_table(count, Random(7), kind)


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        *(("overrides", one) for one in ("lower", *OVERRIDES)),
        *((kind, one) for kind in ("first", "unique", "rule order") for one in ("lower", *TABLES)),
    ],
)
@pytest.mark.parametrize("count", [1_000, 10_000])
@pytest.mark.benchmark(group="checks of overrides and tables")
def test_checking_overrides_and_tables(benchmark: Any, kind: str, count: int, check: str) -> None:
    """From a book to the answers of one check; `lower` is the part that all of them share, the union included."""
    large = special(kind, count)

    def answers() -> int:
        subject = Subject(large)
        return subject.union.every.bit_length() if check == "lower" else 1 + len(list(ALL[check](subject)))

    assert benchmark.pedantic(answers, rounds=1, warmup_rounds=0) > 0


@pytest.mark.parametrize("check", ["protected-attribute", "promise", "missing-source", "uncovered-combination"])
@pytest.mark.benchmark(group="checks of texts and combinations")
def test_checking_texts(benchmark: Any, check: str) -> None:
    """What is read off the statements costs next to nothing beside what is proven."""
    large = book("bank", 10_000)

    assert benchmark.pedantic(lambda: 1 + len(list(ALL[check](Subject(large)))), rounds=1, warmup_rounds=0) > 0
