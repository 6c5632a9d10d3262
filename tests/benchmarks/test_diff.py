"""What does a diff of five edited rules cost next to lowering the book, and how does that grow with its rules?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

import pytest

from relmaint.ir.conditions import And, Comparison, Interval, Operator
from relmaint.ir.rules import HitPolicy, Row, Rule, RuleBook, Table
from relmaint.lower import lower
from relmaint.model.action import Nature
from relmaint.verify.diff import difference
from relmaint.verify.edits import Edits
from tests.benchmarks import work
from tests.verify.big_books import big_book
from tests.verify.families import FAMILIES


def services(count: int) -> RuleBook:
    """Return a book whose actions never compete: what a rule proposes is planned."""
    return work.book(count)


def contacts(count: int) -> RuleBook:
    """Return a book of which half the actions are discretionary contacts."""
    book = services(count)
    changed = {"nature": Nature.MARKETING, "channel": ("app",), "proactive": True}
    actions = {
        name: one.model_copy(update=changed) if name[0] == "m" and int(name[1:]) % 2 else one
        for name, one in book.actions.items()
    }
    return replace(book, actions=actions)


def budget(count: int) -> RuleBook:
    """Return the book of contacts with a budget by tier, so that each contact can push out another."""
    rows = tuple(
        Row(f"budget#{place}", (Comparison("tier", Operator.EQ, (tier,)),), limits=(4 - place,))
        for place, tier in enumerate(work.TIERS, start=1)
    )
    table = Table("budget", HitPolicy.UNIQUE, ("tier",), ("complaints",), rows)
    return replace(contacts(count), tables=(table,))


def bank(count: int) -> RuleBook:
    """Return base rules for each combination and overlays, over twelve attributes, with two guards."""
    return big_book(FAMILIES["bank"](Random(7), count), Random(7))


BOOKS: dict[str, Callable[[int], RuleBook]] = {one.__name__: one for one in (services, contacts, budget, bank)}


@cache
def versions(kind: str, count: int) -> tuple[RuleBook, RuleBook]:
    """Return a book, and the same with three conditions moved, one action exchanged and one rule left out."""
    old = BOOKS[kind](count)
    rules = list(old.rules)
    places = [count * part // 100 for part in (10, 30, 50, 70, 90)]
    for place in places[:3]:
        rules[place] = _moved(rules[place])
    another = next(name for name in sorted(old.actions) if name not in rules[places[3]].do)
    rules[places[3]] = replace(rules[places[3]], do=(another,))
    del rules[places[4]]
    return old, replace(old, rules=tuple(rules))


def _moved(rule: Rule) -> Rule:
    """Return the rule with the first of its intervals a little longer, or without its first condition."""
    parts = rule.when.parts if isinstance(rule.when, And) else (rule.when,)
    for place, part in enumerate(parts):
        if isinstance(part, Comparison) and isinstance(ends := part.operands[0] if part.operands else None, Interval):
            if not isinstance(ends.high, int | Decimal):
                continue
            longer = replace(part, operands=(replace(ends, high=ends.high + 1),))
            changed = (*parts[:place], longer, *parts[place + 1 :])
            return replace(rule, when=And(changed) if len(changed) > 1 else longer)
    return replace(rule, when=And(parts[1:]) if len(parts) > 2 else parts[-1])


@pytest.mark.parametrize("what", ["lower", "slice", "diff"])
@pytest.mark.parametrize("count", [1_000, 10_000])
@pytest.mark.parametrize("kind", sorted(BOOKS))
@pytest.mark.benchmark(group="five rules edited")
def test_comparing(benchmark: Any, kind: str, count: int, what: str) -> None:
    """From two books to the regions whose plans change, next to lowering one book and to finding what is edited.

    In the book of the bank so many wide rules cross the edited ones that the budget leaves some parts undecided.
    """
    old, new = versions(kind, count)
    ways: dict[str, Callable[[], int]] = {
        "lower": lambda: len(lower(old).boxes),
        "slice": lambda: len(Edits(old, new).sliced()),
        "diff": lambda: len(difference(old, new).regions),
    }

    assert benchmark.pedantic(ways[what], rounds=3, warmup_rounds=1) > 0


@pytest.mark.parametrize("kind", ["budget", "contacts", "services"])
@pytest.mark.benchmark(group="five rules edited: all decided")
def test_comparing_decides_everything(benchmark: Any, kind: str) -> None:
    """A diff that were quick because it gave up would show nothing: no part of ten thousand rules is left open."""
    old, new = versions(kind, 10_000)

    assert benchmark.pedantic(lambda: difference(old, new).undecided, rounds=1, warmup_rounds=0) == ()
