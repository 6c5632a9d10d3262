"""How is a broken law handed on? As the book, a case for each customer, and what was broken, in a folder of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from relmaint.cases.case import Case, Expectation
from relmaint.cases.write import write_cases
from relmaint.engine import Engine
from relmaint.ir.rules import RuleBook
from relmaint.model.plan import ActionPlan
from relmaint.rulebook.write import write_rule_book
from relmaint.testing.laws.law import Law
from relmaint.text import Text

__all__ = ["BOOK", "CASES", "FACTS", "Failure", "whole_plan", "write_failure"]

BOOK = "book.yaml"
CASES = "book.cases.yaml"
FACTS = "failure.json"


@dataclass(frozen=True, slots=True)
class Failure:
    """A law that broke, with the smallest book and customers that were found.

    Args:
        law: the law.
        book: the rule book on which it broke.
        shown: the customers of the example with their days; none when it broke before one was drawn.
        problem: how it broke.
        facts: what else is known of it: where the book comes from, which backends, how to repeat it.
    """

    law: Law
    book: RuleBook
    shown: tuple[tuple[BaseModel, date], ...]
    problem: BaseException
    facts: dict[str, Any]  # Any: what JSON holds


def write_failure(failure: Failure, folder: Path) -> None:
    """Write a failure into a folder: the book, the cases, and the facts.

    Each case expects the whole plan that the reference gives, so that it fails on a backend that plans otherwise, and
    holds as a regression test once the mistake is mended.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / BOOK, write_rule_book(failure.book))
    cases = list(_cases(failure))
    if cases:
        _write(folder / CASES, write_cases(cases, failure.book.vocabulary))
    facts = {
        "law": failure.law.name,
        "says": failure.law.says,
        "reference": failure.law.reference,
        "problem": f"{type(failure.problem).__name__}: {failure.problem}",
        "notes": list(getattr(failure.problem, "__notes__", ())),
        **failure.facts,
    }
    _write(folder / FACTS, json.dumps(facts, ensure_ascii=False, indent=2) + "\n")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _cases(failure: Failure) -> Iterator[Case]:
    engine = Engine(failure.book, "reference")
    for number, (customer, as_of) in enumerate(failure.shown, start=1):
        yield Case(
            id=f"{failure.law.name}-{number}",
            as_of=as_of,
            customer=customer,
            expect=whole_plan(engine.plan(customer, as_of=as_of), failure.book),
            title=Text(en=f"The law {failure.law.name} broke: {failure.law.says}"),
        )


def whole_plan(plan: ActionPlan, book: RuleBook) -> Expectation:
    """Return the expectation that this plan of a book comes out, in all that a case can say of it."""
    names = tuple(one.action for one in plan.actions)
    proposed = {*names, *(one.action for one in plan.withheld)}
    return Expectation(
        plans=names if len(names) == 1 else (),
        before=names if len(names) > 1 else (),
        never=tuple(sorted(book.actions.keys() - proposed)),
        withheld=tuple((one.action, one.rule) for one in plan.withheld),
        status=plan.status,
        uncovered=plan.uncovered,
        due=tuple((one.action, one.due) for one in plan.actions),
        owner=tuple((one.action, one.owner) for one in plan.actions),
        channel=tuple((one.action, one.channel) for one in plan.actions if one.channel),
        needs=tuple((one.action, one.needs) for one in plan.withheld if one.needs is not None),
        not_before=tuple((one.action, one.not_before) for one in plan.actions),
    )
