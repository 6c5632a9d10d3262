"""How does a rule book change from one version to the next? By a few edits, each of which leaves a valid book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from relmaint.ir.conditions import show_condition
from relmaint.ir.rules import Guard, HitPolicy, Rule, RuleBook, Table
from relmaint.testing.strategies.arguments import Held, expect_book, expect_sizes
from relmaint.testing.strategies.conditions import conditions_over
from relmaint.testing.strategies.parts import rules_called, some
from relmaint.verify.mutants import mutants_of

__all__ = ["EditedBook", "book_edits", "without"]


@dataclass(frozen=True, slots=True)
class EditedBook:
    """A changed rule book, and what was changed, a sentence an edit."""

    book: RuleBook
    edits: tuple[str, ...]


def book_edits(book: RuleBook, *, min_size: int = 1, max_size: int = 3) -> st.SearchStrategy[EditedBook]:
    """Draw changes of a rule book: another constant or condition, a rule, row or guard more or less, another score.

    Each leaves a valid book. They are what an analyst does on purpose or by mistake, so a law about two versions of a
    book is tried on versions that differ little.

    Args:
        book: the book before.
        min_size: the least number of edits; none gives the book itself.
        max_size: the greatest number of edits.

    Raises:
        InvalidArgument: an argument is not what it should be, or the book has no action.
    """
    expect_sizes(min_size, max_size)
    if not expect_book(book).actions:
        raise InvalidArgument(f"the book `{book.name}` has no action, so there is nothing to edit")
    return _edited(Held(book), min_size, max_size)


@st.composite
def _edited(draw: st.DrawFn, held: Held, min_size: int, max_size: int) -> EditedBook:
    book = held.book
    assert book is not None, "there is a book to edit; please report this"
    said: list[str] = []
    for _ in range(draw(st.integers(min_size, max_size))):
        edit = draw(st.sampled_from(_possible(book)))
        book, sentence = edit(draw, book)
        said.append(sentence)
    return EditedBook(book, tuple(said))


def _possible(book: RuleBook) -> list[Any]:
    found: list[Any] = [_other_base, _new_rule]
    if book.rules:
        found += [_other_constant, _other_condition, _other_actions, _other_boost, _rule_less]
    if any(_long(table) for table in book.tables):
        found.append(_row_less)
    if any(table.limits for table in book.tables):
        found.append(_other_default)
    return [*found, _other_guard, _guard_less] if book.guards else found


Edit = tuple[RuleBook, str]


def _with_rule(book: RuleBook, old: Rule | None, new: Rule | None) -> RuleBook:
    rules = [one for one in book.rules if one is not old]
    return replace(book, rules=tuple(sorted([*rules, *([new] if new else [])], key=lambda one: one.id)))


def _other_base(draw: st.DrawFn, book: RuleBook) -> Edit:
    name = draw(st.sampled_from(sorted(book.actions)))
    action = book.actions[name]
    base = draw(st.sampled_from((action.base + 1, action.base - 1, 0, 200)))
    edited = replace(book, actions={**book.actions, name: action.model_copy(update={"base": base})})
    return edited, f"the base of `{name}` is {base} instead of {action.base}"


def _new_rule(draw: st.DrawFn, book: RuleBook) -> Edit:
    taken = {one.id for one in book.rules} | {row.id for table in book.tables for row in table.rows}
    taken |= {one.id for one in book.guards} | {one.id for one in book.tables}
    taken |= {one.id for one in book.assumptions} | {one.id for one in book.invariants}
    name = next(name for place in range(len(taken) + 1) if (name := f"new/{place}") not in taken)
    rule = draw(rules_called(name, book.vocabulary, sorted(book.actions), ()))
    return _with_rule(book, None, rule), f"the rule `{name}` is new: {show_condition(rule.when)}"


def _other_constant(draw: st.DrawFn, book: RuleBook) -> Edit:
    """One of the small mistakes that `relmaint mutate` makes in a condition."""
    rule = draw(st.sampled_from(book.rules))
    alone = replace(book, rules=(rule,), tables=(), guards=(), invariants=())
    mutants = [one for one in mutants_of(alone) if one.role == "rule" and one.when is not None and len(one.parts) > 1]
    if not mutants:
        return _other_condition(draw, book)
    mutant = draw(st.sampled_from(mutants))
    new = mutant.parts[1]
    assert isinstance(new, Rule), "a mutant of a rule is a rule; please report this"
    return _with_rule(book, rule, new), mutant.change


def _other_condition(draw: st.DrawFn, book: RuleBook) -> Edit:
    rule = draw(st.sampled_from(book.rules))
    when = draw(conditions_over(book.vocabulary))
    return _with_rule(book, rule, replace(rule, when=when)), f"`{rule.id}` holds when {show_condition(when)}"


def _other_actions(draw: st.DrawFn, book: RuleBook) -> Edit:
    rule = draw(st.sampled_from(book.rules))
    do = draw(some(sorted(book.actions), least=1, most=2))
    return _with_rule(book, rule, replace(rule, do=do)), f"`{rule.id}` does {', '.join(do)}"


def _other_boost(draw: st.DrawFn, book: RuleBook) -> Edit:
    rule = draw(st.sampled_from(book.rules))
    action, points = draw(st.sampled_from(sorted(book.actions))), draw(st.integers(-30, 30))
    return _with_rule(
        book, rule, replace(rule, boost=((action, points),))
    ), f"`{rule.id}` boosts `{action}` by {points}"


def _rule_less(draw: st.DrawFn, book: RuleBook) -> Edit:
    rule = draw(st.sampled_from(book.rules))
    return without(book, rule.id), f"the rule `{rule.id}` is dropped"


def without(book: RuleBook, name: str) -> RuleBook:
    """Return the book without a rule or row; no rule overrides it any more."""
    rules = tuple(
        replace(one, overrides=tuple(target for target in one.overrides if target != name))
        for one in book.rules
        if one.id != name
    )
    tables = tuple(replace(one, rows=tuple(row for row in one.rows if row.id != name)) for one in book.tables)
    return replace(book, rules=tuple(one for one in rules if one.do or one.boost or one.overrides), tables=tables)


def _long(table: Table) -> bool:
    """Whether a row can go: the table keeps one, and its rows have ids that do not say where they stand."""
    return len(table.rows) > 1 and table.hit is not HitPolicy.ANY and "#" not in "".join(row.id for row in table.rows)


def _row_less(draw: st.DrawFn, book: RuleBook) -> Edit:
    table = draw(st.sampled_from([one for one in book.tables if _long(one)]))
    row = draw(st.sampled_from(table.rows))
    return without(book, row.id), f"the row `{row.id}` is dropped"


def _other_default(draw: st.DrawFn, book: RuleBook) -> Edit:
    table = draw(st.sampled_from([one for one in book.tables if one.limits]))
    default = draw(st.integers(0, 4))
    tables = tuple(replace(one, default=default) if one is table else one for one in book.tables)
    return replace(book, tables=tables), f"the default of `{table.id}` is {default} instead of {table.default}"


def _with_guard(book: RuleBook, old: Guard, new: Sequence[Guard]) -> RuleBook:
    guards = [*(one for one in book.guards if one is not old), *new]
    return replace(book, guards=tuple(sorted(guards, key=lambda one: one.id)))


def _other_guard(draw: st.DrawFn, book: RuleBook) -> Edit:
    guard = draw(st.sampled_from(book.guards))
    when = draw(conditions_over(book.vocabulary, depth=1))
    edited = _with_guard(book, guard, (replace(guard, when=when),))
    return edited, f"the guard `{guard.id}` holds when {show_condition(when)}"


def _guard_less(draw: st.DrawFn, book: RuleBook) -> Edit:
    guard = draw(st.sampled_from(book.guards))
    return _with_guard(book, guard, ()), f"the guard `{guard.id}` is dropped"
