"""Does a difference hold just the customers whose plans differ?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmaint.ir.rules import HitPolicy, Rule, RuleBook
from relmaint.model.action import DUTY_NATURES, Nature
from relmaint.rulebook import parse_rule_book
from relmaint.testing import rule_books
from relmaint.testing.strategies.conditions import conditions_over
from relmaint.text import Text
from relmaint.verify.cover import Region
from relmaint.verify.diff import Change, Difference, difference
from relmaint.verify.plans import Outcome, outcome_of
from relmaint.verify.space import Space
from tests.models import SmallCustomer
from tests.verify.test_plans import Cell, Oracle, cell_of


@st.composite
def edited(draw: st.DrawFn, book: RuleBook) -> RuleBook:
    """Draw one to three edits of a book; the book stays valid."""
    for _ in range(draw(st.integers(1, 3))):
        kinds = ["action"]
        kinds += (
            ["drop rule", "rule when", "rule do", "rule boost", "rule overrides", "copy rule"] if book.rules else []
        )
        kinds += ["drop row", "swap rows", "row", "default", "hit"] if any(one.rows for one in book.tables) else []
        kinds += ["drop guard", "guard"] if book.guards else []
        book = _edit(draw, draw(st.sampled_from(kinds)), book)
    return book


def _edit(draw: st.DrawFn, kind: str, book: RuleBook) -> RuleBook:
    match kind:
        case "drop rule" | "rule when" | "rule do" | "rule boost" | "rule overrides" | "copy rule":
            return _edit_rule(draw, kind, book)
        case "drop row" | "swap rows" | "row" | "default" | "hit":
            return _edit_table(draw, kind, book)
        case "drop guard" | "guard":
            one = draw(st.sampled_from(book.guards))
            others = tuple(guard for guard in book.guards if guard is not one)
            if kind == "drop guard":
                return replace(book, guards=others)
            when = draw(conditions_over(book.vocabulary, depth=1))
            changed = replace(one, when=when)
            return replace(book, guards=tuple(sorted([*others, changed], key=lambda guard: guard.id)))
        case _:
            name = draw(st.sampled_from(sorted(book.actions)))
            action = book.actions[name]
            natures = (Nature.CARE, Nature.MARKETING) if action.nature not in DUTY_NATURES else (action.nature,)
            field, value = draw(
                st.sampled_from(
                    [
                        ("base", action.base + 1),
                        ("base", 0),
                        ("owner", "teller"),
                        ("nature", natures[0] if action.channel else action.nature),
                        ("occasion", "birthday"),
                        ("channel", ("app",) if action.channel else ()),
                        ("valid_from", None),
                        ("title", Text(en="other")),
                    ]
                )
            )
            return replace(book, actions={**book.actions, name: action.model_copy(update={field: value})})


def _edit_rule(draw: st.DrawFn, kind: str, book: RuleBook) -> RuleBook:
    one = draw(st.sampled_from(book.rules))
    others = [rule for rule in book.rules if rule is not one]
    names = sorted(book.actions)
    match kind:
        case "drop rule":
            dropped = [replace(rule, overrides=tuple(x for x in rule.overrides if x != one.id)) for rule in others]
            return replace(book, rules=tuple(dropped))
        case "rule when":
            changed = [replace(one, when=draw(conditions_over(book.vocabulary)))]
        case "rule do":
            changed = [replace(one, do=(draw(st.sampled_from(names)),))]
        case "rule boost":
            changed = [replace(one, boost=((draw(st.sampled_from(names)), draw(st.integers(-30, 30))),))]
        case "rule overrides":
            changed = [replace(one, overrides=one.overrides[1:])]
        case _:
            changed = [one, Rule("zz/copy", draw(conditions_over(book.vocabulary, depth=1)), one.do, one.boost)]
            others = [rule for rule in others if rule.id != "zz/copy"]
            if one.id == "zz/copy":
                changed.pop()
    return replace(book, rules=tuple(sorted([*others, *changed], key=lambda rule: rule.id)))


def _edit_table(draw: st.DrawFn, kind: str, book: RuleBook) -> RuleBook:
    table = draw(st.sampled_from([one for one in book.tables if one.rows]))
    place = draw(st.integers(0, len(table.rows) - 1))
    rows = list(table.rows)
    changed = table
    match kind:
        case "drop row" if not any(rows[place].id in rule.overrides for rule in book.rules):
            del rows[place]
        case "swap rows":
            rows.reverse()
        case "row":
            rows[place] = replace(
                rows[place], boost=rows[place].boost + 1, limits=tuple(limit + 1 for limit in rows[place].limits)
            )
        case "default":
            changed = replace(table, default=table.default + 1)
        case "hit" if table.hit is HitPolicy.RULE_ORDER:
            changed = replace(table, hit=HitPolicy.FIRST)
        case _:
            pass
    changed = replace(changed, rows=tuple(rows))
    return replace(book, tables=tuple(changed if one is table else one for one in book.tables))


def holds(region: Region, found: Region) -> bool:
    """Whether the second region lies inside the first."""
    return all(not mask & ~own for own, mask in zip(region, found, strict=True))


def expected(before: Outcome, after: Outcome) -> Change:
    """Compare two plans step by step."""
    old, new = ([step.action for step in plan] for plan in (before, after))
    steps = {step.action: step for step in before}
    moved = tuple(
        (one, other)
        for one, other in sorted(
            (one, other) for one in old for other in old if one < other and {one, other} <= set(new)
        )
        if (old.index(one) < old.index(other)) != (new.index(one) < new.index(other))
    )
    return Change(
        tuple(sorted(set(new) - set(old))),
        tuple(sorted(set(old) - set(new))),
        tuple(
            (steps[step.action], step)
            for step in sorted(after, key=lambda step: step.action)
            if step.action in steps and steps[step.action] != step
        ),
        tuple((one, other) if new.index(one) < new.index(other) else (other, one) for one, other in moved),
    )


def check(old: RuleBook, new: RuleBook, seed: int, *, budget: int = 3_000, samples: int = 12) -> Difference:
    """Compare the difference of two books with both plans of some cells.

    Raises:
        AssertionError: a cell says otherwise.
    """
    random = Random(seed)  # reproducible on purpose
    found = difference(old, new, budget=budget)
    space = Space(old, new)
    oracles = [Oracle(program) for program in space.programs]

    def compare(cell: Cell) -> Change:
        before, after = (outcome_of(oracle.decision(cell)) for oracle in oracles)
        return expected(before, after)

    def told(cell: Cell) -> list[Change | None]:
        coarse = _coarse(space, found.space, cell)
        inside: list[Change | None] = [one.change for one in found.regions if holds(one.region, coarse)]
        return inside + [None for region in found.undecided if holds(region, coarse)]

    homes = [one.possible for one in found.regions]
    for number in range(samples):
        part = space.everyone
        if homes and number % 2:
            part = _fine(space, found.space, random.choice(homes))
        possible = space.possible(part)
        if possible is None:
            continue
        cell = cell_of(possible, random)
        if space.possible(tuple(1 << class_ for class_ in cell)) is None:
            continue
        here = told(cell)
        assert len(here) <= 1, f"seed {seed}: {cell} is in two regions"
        if here != [None]:
            assert (here[0] if here else Change()) == compare(cell), f"seed {seed}: {cell}"
    return found


def _coarse(space: Space, sliced: Space, cell: Sequence[int]) -> Region:
    """Return the cell of the sliced books that holds a cell of the whole ones."""
    numbers = {(axis.attribute, axis.member): place for place, axis in enumerate(space.axes)}
    found = []
    for axis in sliced.axes:
        place = numbers[axis.attribute, axis.member]
        fine, class_ = space.axes[place], cell[place]
        if class_ and axis.cuts != fine.cuts:
            low = fine.cuts[class_ - 2] if class_ > 1 else None
            class_ = 1 if low is None else axis.class_of(low)
        elif class_ and axis.words != fine.words:
            class_ = 1 if class_ == 1 else axis.class_of(fine.words[class_ - 2])
        found.append(1 << class_)
    return tuple(found)


def _fine(space: Space, sliced: Space, region: Region) -> Region:
    """Return a part of the whole space inside a region of the sliced one."""
    numbers = {(axis.attribute, axis.member): place for place, axis in enumerate(sliced.axes)}
    found = []
    for axis in space.axes:
        at = numbers.get((axis.attribute, axis.member))
        mask = 0
        for class_ in range(axis.size):
            able = axis.everything >> class_ & 1
            if able and (at is None or _coarse_one(axis, sliced.axes[at], class_) & region[at]):
                mask |= 1 << class_
        found.append(mask)
    return tuple(found)


def _coarse_one(fine: object, coarse: object, class_: int) -> int:
    single = Space.__new__(Space)
    other = Space.__new__(Space)
    single.axes, other.axes = (fine,), (coarse,)  # type: ignore[assignment]
    return _coarse(single, other, (class_,))[0]


@pytest.mark.evidence
@settings(max_examples=200, deadline=None)
@given(st.data(), st.integers(0, 1 << 30))
def test_a_difference_holds_just_the_customers_whose_plans_differ(data: st.DataObject, seed: int) -> None:
    """Each sampled customer is in the region that says how its two plans differ, and in none when they do not."""
    book = data.draw(rule_books(SmallCustomer))
    check(book, data.draw(edited(book)), seed)


_STEPS = """
book: {name: b, version: "1", covers: []}
actions:
  call: {kind: care, nature: care, title: {zh: 电话, en: call}, channel: phone, precedence: care%(occasion)s}
  visit: {kind: special, nature: care, title: {zh: 走访, en: visit}, channel: visit, precedence: dated%(occasion)s}
rules:
  - {id: r, when: aum >= 10, do: call}
  - {id: s, when: tier = key, do: visit}
guards: [{id: g, when: %(when)s, route: {kind: care}, to: desk}]
%(more)s
"""


@pytest.mark.parametrize(
    ("occasion", "more"),
    [
        (", occasion: birthday", ""),
        (
            "",
            "tables: [{id: budget, hit: unique, inputs: [tier], outputs: [contacts_30d], rows: [[key, 1], [exit, 1]]}]",
        ),
    ],
)
def test_how_an_action_is_done_changes_only_where_it_is_planned(occasion: str, more: str) -> None:
    """A guard that routes an action of which a rival takes the place changes no plan there: key customers have none."""
    old, new = (
        parse_rule_book(_STEPS % {"occasion": occasion, "more": more, "when": when})
        for when in ("age > 90", "age > 80")
    )
    found = difference(old, new)

    assert found.regions
    assert all(region.change.altered for region in found.regions)
    assert not any("key" in found.condition(region.region) for region in found.regions)
    assert all("tier" in found.condition(region.region) for region in found.regions)


@settings(max_examples=30, deadline=None)
@given(rule_books(SmallCustomer))
def test_a_book_does_not_differ_from_itself_under_other_names(book: RuleBook) -> None:
    """Renaming the rules that nothing overrides changes no plan."""
    overridden = {name for rule in book.rules for name in rule.overrides}
    renamed = [rule if rule.id in overridden else replace(rule, id=f"other/{rule.id}") for rule in book.rules]
    other = replace(book, rules=tuple(sorted(renamed, key=lambda rule: rule.id)))

    assert difference(book, other).is_empty
