"""What does simplifying a book cost next to comparing it with itself, and how does that grow with its rules?"""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

import pytest

from relmaint.ir.rules import RuleBook
from relmaint.rulebook.load import default_book_path, load_rule_book
from relmaint.verify.diff import difference
from relmaint.verify.simplify import simplify
from tests.verify.big_books import big_book
from tests.verify.families import FAMILIES


@cache
def book(name: str) -> RuleBook:
    """Return the shipped book, or a large one with as many rules as its name says."""
    if name == "retail":
        return load_rule_book(default_book_path())
    return big_book(FAMILIES["bank"](Random(7), int(name)), Random(7))


@pytest.mark.parametrize("work", ["difference", "simplify"])
@pytest.mark.parametrize("name", ["retail", "250", "1000"])
@pytest.mark.benchmark(group="simplify")
def test_simplifying(benchmark: Any, name: str, work: str) -> None:
    """From a book to the smaller one with its proofs; `difference` compares two copies of the book."""
    large = book(name)

    def answers() -> bool:
        return difference(large, large).is_empty if work == "difference" else simplify(large).is_proven

    assert benchmark.pedantic(answers, rounds=1, warmup_rounds=0)
