"""How often does random testing find a mistake of one step? `python -m tests.testing.measure [SEEDS [EXAMPLES]]`.

In the shipped book one constant of one rule is moved by one step of its grid. Customers are drawn, each seed from its
own random numbers, until the plans of the two books differ for one of them: naively (all of each field), near the
constants of the book, and inside or just outside of the rule. Beside it stands how long the exact comparison takes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from relmaint import Engine, default_book_path, load_rule_book
from relmaint.ir.conditions import And, Comparison, Condition, Operator, show_condition
from relmaint.ir.rules import Rule, RuleBook
from relmaint.testing import customers, customers_matching, customers_near
from relmaint.testing.laws.shared import decided
from relmaint.verify.diff import difference
from relmaint.vocabulary import DecimalType, IntegerType, step_after

DAY = date(2026, 3, 2)


@dataclass(frozen=True, slots=True)
class Planted:
    """A book with one constant of one rule moved by one step."""

    rule: Rule
    book: RuleBook
    when: Condition


def planted(book: RuleBook) -> Iterator[Planted]:
    """Yield a mistake for each rule that compares a number by its order, as far as it changes some plan."""
    for rule in book.rules:
        moved = _moved(book, rule.when)
        if moved is not None:
            rules = tuple(replace(one, when=moved) if one is rule else one for one in book.rules)
            yield Planted(rule, replace(book, rules=rules), moved)


def _moved(book: RuleBook, when: Condition) -> Condition | None:
    parts = when.parts if isinstance(when, And) else (when,)
    for place, part in enumerate(parts):
        if not isinstance(part, Comparison) or part.operator not in (
            Operator.GE,
            Operator.GT,
            Operator.LE,
            Operator.LT,
        ):
            continue
        type_ = book.vocabulary[part.attribute].type
        if isinstance(type_, IntegerType | DecimalType):
            other = replace(part, operands=(step_after(type_, part.operands[0]),))  # type: ignore[arg-type]  # a number
            rest = (*parts[:place], other, *parts[place + 1 :])
            return rest[0] if len(rest) == 1 else And(rest)
    return None


class _FoundError(Exception):
    """A customer whose plans differ."""


def found(strategy: st.SearchStrategy[Any], old: Engine, new: Engine, number: int, examples: int) -> int | None:
    """Return how many customers were drawn until one had two different plans; `None` when none had."""
    drawn = 0

    def test(customer: Any) -> None:
        nonlocal drawn
        drawn += 1
        if decided(old.plan(customer, as_of=DAY)) != decided(new.plan(customer, as_of=DAY)):
            raise _FoundError

    how = settings(
        max_examples=examples,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    try:
        seed(number)(how(given(strategy)(test)))()
    except _FoundError:
        return drawn
    return None


def main(seeds: int, examples: int) -> None:
    """Print a table, one row a planted mistake."""
    book = load_rule_book(default_book_path())
    mistakes = list(planted(book))
    Random(1).shuffle(mistakes)  # noqa: S311  # the same three every time
    print(f"{len(book.rules)} rules, {seeds} seeds of {examples} customers each")
    print("rule | mistake | naive | near constants | in and near the rule | exact comparison, s of processor time")
    shown = 0
    for mistake in mistakes:
        begun = time.process_time()
        regions = difference(book, mistake.book).regions
        exact = time.process_time() - begun
        if not regions:
            continue
        old, new = Engine(book), Engine(mistake.book)
        targeted = st.one_of(
            customers_matching(book, mistake.rule.id, as_of=DAY), customers_near(book, mistake.rule.id, as_of=DAY)
        )
        counts = []
        for strategy in (customers(), customers(book=book, as_of=DAY), targeted):
            hits = [found(strategy, old, new, number, examples) for number in range(seeds)]
            counts.append(sum(hit is not None for hit in hits))
        said = f"{show_condition(mistake.rule.when)} -> {show_condition(mistake.when)}"
        print(f"{mistake.rule.id} | {said} | {' | '.join(map(str, counts))} | {exact:.2f}", flush=True)
        shown += 1
        if shown == 3:
            break


if __name__ == "__main__":
    main(*(int(one) for one in (*sys.argv[1:], *("20", "1000")[len(sys.argv) - 1 :])))
