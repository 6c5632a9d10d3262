"""Is a spent budget ever shown as an answer? `python -m tests.verify.budgets FIRST COUNT`.

Each seed is one small random book, asked everything with a budget of one to a hundred regions for each question. What
is decided all the same must be what planning for every customer says; what is not must say so. The seeds that were run
are recorded in docs/numbers.md.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from random import Random
from types import ModuleType
from typing import Any

from relmaint import verify
from relmaint.ir.conditions import And
from relmaint.ir.reference import fires
from relmaint.recheck import proves
from relmaint.rulebook.conditions import parse_condition
from relmaint.verify.certificate import steps_of
from relmaint.verify.checks import gap
from relmaint.verify.checks.redundant_condition import droppable
from relmaint.verify.checks.run import ALL
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.cover import Undecided
from relmaint.verify.diff import difference
from relmaint.verify.judge import Different, Equivalent, Judge
from relmaint.verify.merge import Contest, merge
from relmaint.verify.mutants import mutants_of
from relmaint.verify.parts import Proven, Refuted, leaves
from relmaint.verify.totality import Totality
from relmaint.verify.why import Why
from tests.verify import brute_books
from tests.verify.brute_books import Case, Counts
from tests.verify.checks.books import without
from tests.verify.small_books import Known, Reference, edited, facts_in, points, small_book, tiny
from tests.verify.test_diff import expected
from tests.verify.test_merge import wanted

__all__ = ["limited", "outcome"]


@contextmanager
def limited(budget: int) -> Iterator[None]:
    """Let every question of the verifier look at so many regions at most, wherever it has its budget from."""
    functions = [one for one in _functions() if "budget" in (one.__kwdefaults__ or {})]
    told = [dict(one.__kwdefaults__ or {}) for one in functions]
    numbers = [
        (module, name, getattr(module, name)) for module in _modules() for name in _BUDGETS if _has(module, name)
    ]
    for one in functions:
        one.__kwdefaults__ = {**(one.__kwdefaults__ or {}), "budget": budget}
    for module, name, _ in numbers:
        setattr(module, name, budget)
    try:
        yield
    finally:
        for one, defaults in zip(functions, told, strict=True):
            one.__kwdefaults__ = defaults
        for module, name, number in numbers:
            setattr(module, name, number)


_BUDGETS = ("BUDGET", "_BUDGET")


def _has(module: ModuleType, name: str) -> bool:
    return isinstance(getattr(module, name, None), int)


@cache
def _modules() -> tuple[ModuleType, ...]:
    found = pkgutil.walk_packages(verify.__path__, "relmaint.verify.")
    return tuple(importlib.import_module(one.name) for one in found)


@cache
def _functions() -> tuple[Any, ...]:
    found: dict[int, Any] = {}
    for module in _modules():
        for _, one in inspect.getmembers(module):
            inside = inspect.getmembers(one, inspect.isfunction) if inspect.isclass(one) else [("", one)]
            found |= {id(each): each for _, each in inside if inspect.isfunction(each)}
    return tuple(found.values())


# --- questions -------------------------------------------------------------------------------------------------------


def _settled(code: str, found: list[Finding], true: set[str], counts: Counts) -> None:
    """Compare what was found, and what was left open, with what is so."""
    told = {one.at for one in found if one.code == code}
    open_ = {one.at for one in found if one.code in _OPEN}
    assert {one.code for one in found} <= {code, *_OPEN}
    assert told <= true, f"{code} is shown of {told - true}"
    left = true - told - open_
    settled = not left or (code in _OF_A_TABLE and open_) or code == _ADVICE
    assert settled, f"{code} is not shown of {left}, and was not decided"
    counts[f"{code}: left open"] += len(open_)
    counts[f"{code}: decided"] += len(told)


def checks(case: Case, budget: int, counts: Counts) -> None:
    """Each check finds what it finds without a limit, or says that it could not."""
    true = {
        code: list(find(case.subject)) for code, find in ALL.items() if code not in _BY_REMOVAL
    }  # compared with planning for everyone in tests/verify/brute_books.py
    with limited(budget):
        subject = Subject(case.book)
        found = {code: list(find(subject)) for code, find in ALL.items()}
    for code, findings in true.items():
        assert all(one.code == code for one in findings)
        if code == "unknown-open":
            _attributes(found[code], findings)
        if code == "plan-dates":
            _days(found[code], findings)
        else:
            _settled(code, found[code], {one.at for one in findings}, counts)
    for code in true:
        for one in found[code]:
            shown = code != "masked-rule" and one.region is not None
            assert not shown or case.inside(one.region), f"{code} at {one.at}: nobody is shown"
    for code in _BY_REMOVAL:
        gone = {one.at for one in found[code] if one.code == code}
        if code != "redundant-condition":
            assert not gone or case.same_plans(without(case.book, gone)), f"{code}: {gone}"
        counts[f"{code}: decided"] += len(gone)
    with limited(budget):
        for role, one in (*(("rule", rule) for rule in case.book.rules), *(("guard", one) for one in case.book.guards)):
            if isinstance(one.when, And):
                parts = [part for part, by in droppable(subject, one, role) if isinstance(by, tuple)]
                left = tuple(part for part in one.when.parts if all(part is not other for other in parts))
                changed = replace(one, when=replace(one.when, parts=left))
                assert not parts or case.same_plans(brute_books.with_statement(case.book, changed)), f"{one.id} {parts}"


_OPEN = ("undecided-check", "undecided-combination")
"""How a check says that it could not decide."""

_ADVICE = "mergeable-rows"
"""Rows of which it is not known that they never meet are not said to be one; nothing is claimed of them then."""

_OF_A_TABLE = ("misleading-row", "useless-column")
"""What is open about two rows is told at one of them, or at their table, and what is found at the other."""

_BY_REMOVAL = ("subsumed-rule", "redundant-rule", "redundant-condition")
"""What these find hangs on what was found before; that it can go is what counts."""


def _attributes(found: list[Finding], true: list[Finding]) -> None:
    """Each guard and attribute is told, or said to be undecided."""
    told = {(one.at, one.message.split("`")[3]) for one in found if one.code == "unknown-open"}
    open_ = {(one.at, one.message.split("`")[1]) for one in found if one.code == "undecided-check"}
    so = {(one.at, one.message.split("`")[3]) for one in true}
    assert told <= so, told - so
    assert so <= told | open_, so - told


def _days(found: list[Finding], true: list[Finding]) -> None:
    """Each day is listed, or said to be undecided."""

    def days(findings: list[Finding]) -> set[str]:
        listed = [one.message.removeprefix("plans change on ") for one in findings if one.code == "plan-dates"]
        return {day for one in listed for day in one.split(", ")}

    open_ = {one.message.split()[5] for one in found if one.code == "undecided-check"}
    assert days(found) <= days(true), found
    assert days(true) <= days(found) | open_, found


def gaps(case: Case, budget: int, counts: Counts) -> None:
    """A proof is a proof and a gap a gap."""
    for kind in case.book.covers:
        names = [name for name, one in case.book.actions.items() if one.kind is kind]
        proposed = served = 0
        for name in names:
            proposed |= case.matching_of[name] & case.in_force[name]
            served |= case.planned[name]
        real = case.covered & proposed & ~served
        with limited(budget):
            subject = Subject(case.book)
            answer = next(gap.proofs_of(subject, kind))
        match answer:
            case Proven(union=union, covered=covered):
                assert not real, f"called proven with {budget}"
                assert proves([dict(box) for box in union.boxes], list(subject.known), steps_of(covered.proof))
            case Refuted(_, possible):
                assert case.inside(possible) & real, f"called a gap with {budget}"
            case Undecided():
                pass
        counts[f"gap proof: {type(answer).__name__.lower()}"] += 1


def regions(case: Case, budget: int, counts: Counts) -> None:
    """Parts with an answer have that plan, and all parts together are everyone."""
    seen = 0
    with limited(budget):
        found = list(leaves(case.subject.views, lambda views: views[0].outcome()))
    for leaf in found:
        own = case.inside(leaf.region)
        assert not seen & own
        seen |= own
        if leaf.answer is not None:
            assert all(case.reference.outcome(one) == leaf.answer for one in case.known.each(own))
        counts[f"part: {'left open' if leaf.answer is None else 'decided'}"] += 1
    assert seen == case.known.every


def differences(case: Case, budget: int, counts: Counts) -> None:
    """Whoever is in no region and in nothing undecided has the same plan in both books."""
    other = edited(case.random, case.book)
    with limited(budget):
        found = difference(case.book, other)
    known = Known(points(case.random, case.book, other))
    old, new = Reference(case.book), Reference(other)
    open_ = 0
    for region in found.undecided:
        open_ |= known.inside(region, found.axes)
    seen = open_
    for one in found.regions:
        own = known.inside(one.region, found.axes)
        assert known.inside(one.possible, found.axes) & own, "nobody is in a region"
        seen |= own
        for facts in known.each(own & ~open_):
            assert expected(old.outcome(facts), new.outcome(facts)) == one.change
    same = all(old.outcome(facts) == new.outcome(facts) for facts in known.each(known.every & ~seen))
    assert same, f"a difference is not told with {budget}"
    if found.is_empty:
        assert all(old.outcome(facts) == new.outcome(facts) for facts in known.facts)
    counts[f"difference: {'complete' if found.is_complete else 'left open'}"] += 1


def verdicts(case: Case, budget: int, counts: Counts) -> None:
    """A verdict on a mutant is the true one, or none."""
    every = list(mutants_of(case.book))
    chosen = case.random.sample(every, min(3, len(every)))
    with limited(budget):
        judge = Judge(case.book, chosen)
        told = [judge.verdict(number) for number in range(len(judge.mutants))]
    for mutant, verdict in zip(judge.mutants, told, strict=True):
        changed = replace(mutant.book, assumptions=case.book.assumptions)
        other = Reference(changed)
        match verdict:
            case Equivalent():
                known = points(case.random, case.book, changed)
                assert all(case.reference.outcome(one) == other.outcome(one) for one in known), mutant.change
            case Different(cell):
                facts = facts_in(case.random, judge.space.axes, cell)
                assert case.reference.is_possible(facts), f"impossible: {mutant.change}"
                assert case.reference.outcome(facts) != other.outcome(facts), mutant.change
            case _:
                pass
        counts[f"mutant: {type(verdict).__name__.lower()}"] += 1


def merges(case: Case, budget: int, counts: Counts) -> None:
    """Who is in no conflict, and not among those of whom nothing is proven, has the plan that was wanted."""
    books = (case.book, edited(case.random, case.book), edited(case.random, case.book))
    with limited(budget):
        found = merge(*books)
    every = [*books, *([found.book] if found.book is not None else [])]
    assumed = tuple(dict.fromkeys(one for book in every for one in book.assumptions))
    known = Known(points(case.random, *(replace(book, assumptions=assumed) for book in every)))
    references = [Reference(book) for book in every]
    read = [parse_condition(one, tiny())[0] for one in found.undecided]
    assert None not in read
    told = [(list(Contest).index(one.contest), known.inside(one.region, found.space.axes)) for one in found.contested]
    for number, facts in enumerate(known.facts):
        if any(one is not None and fires(one, facts) for one in read):
            continue
        here = [list(Contest)[place] for place, bits in told if bits >> number & 1]
        assert here == wanted([one.outcome(facts) for one in references]), f"{facts} with {budget}"
    counts[f"merge: {'left open' if found.undecided else 'decided'}"] += 1


def totality(case: Case, budget: int, counts: Counts) -> None:
    """An uncovered kind is told, or said to be undecided; only what is proven is claimed."""
    with limited(budget):
        told = Totality(case.book)
        found = list(told.findings())
        claims = list(told.claims())
    for kind in case.book.covers:
        names = [name for name, one in case.book.actions.items() if one.kind is kind]
        proposed = served = 0
        for name in names:
            proposed |= case.matching_of[name]
            served |= case.planned[name]
        bare = case.covered & ~proposed
        spoken = [one.code for one in found if f"`{kind}`" in one.message]
        assert not bare or spoken, f"{kind} with {budget}"
        assert bare or "uncovered-combination" not in spoken, f"{kind} with {budget}"
        if any(f"`{kind}`" in one["claim"] for one in claims):
            assert not case.covered & ~served
        counts[f"kind: {'left open' if 'undecided-combination' in spoken else 'decided'}"] += 1


def reasons(case: Case, budget: int, counts: Counts) -> None:
    """What is said to be proven smallest is, and near misses are all of them, or said not to be."""
    if not case.known.facts:
        return
    facts = case.random.choice(case.known.facts)
    free = Why(case.book)
    with limited(budget):
        why = Why(case.book)
        told = {action: why.smallest(facts, action) for action in case.book.actions}
        near = why.near_misses(facts)
    for action, answer in told.items():
        whole = free.smallest(facts, action)  # compared with planning for everyone in tests/verify/brute_books.py
        assert answer.planned == whole.planned
        if answer.smaller_proven:
            assert [len(one.to) for one in answer.changes[:1]] == [len(one.to) for one in whole.changes[:1]], action
        for change in answer.changes:
            brute_books.check_change(case, facts, action, dict(change.to), len(change.to))
        counts[f"why: {'proven' if answer.smaller_proven else 'left open'}"] += 1
    every = free.near_misses(facts)
    assert set(near.changes) <= set(every.changes)
    assert set(every.changes) <= set(near.changes) | set(near.undecided), f"near misses are not told with {budget}"
    counts["near misses: left open"] += len(near.undecided)


Question = Callable[[Case, int, Counts], None]

QUESTIONS: tuple[Question, ...] = (checks, gaps, regions, differences, verdicts, merges, totality, reasons)


def outcome(seed: int) -> Counts:
    """Ask everything about one book with a budget of its own each; return how often each answer came.

    Raises:
        AssertionError: a question that was not decided is shown as one that was, or a decided one is wrong.
    """
    random = Random(seed)
    counts: Counts = Counter(books=1)
    case = Case(small_book(random), random)
    for question in QUESTIONS:
        case.random = Random(f"{seed} {question.__name__}")
        budget = case.random.choice((1, 2, 3, case.random.randint(1, 100)))
        try:
            question(case, budget, counts)
        except AssertionError as problem:
            raise AssertionError(f"seed {seed}, {question.__name__}, budget {budget}: {problem}") from problem
        counts["questions"] += 1
    return counts


def main(first: int, count: int) -> None:
    """Run the seeds and print how often each answer came."""
    found: Counts = Counter()
    for seed in range(first, first + count):
        found.update(outcome(seed))
    for name, number in sorted(found.items()):
        print(f"{number:>10,} {name}")
    print(f"seeds {first} to {first + count - 1}: no mismatch")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
