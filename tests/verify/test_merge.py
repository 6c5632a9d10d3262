"""Does a merge of two edits do for every customer what the two wanted, and say so where it cannot?"""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmaint.ir.conditions import Comparison, Condition, Operator
from relmaint.ir.program import Box
from relmaint.ir.rules import Rule, RuleBook
from relmaint.rulebook.conditions import parse_condition
from relmaint.rulebook.load import parse_rule_book
from relmaint.testing import rule_books
from relmaint.testing.strategies.conditions import conditions_over
from relmaint.verify.combine import combined, merged_condition
from relmaint.verify.diff import difference
from relmaint.verify.merge import Contest, Merge, merge
from relmaint.verify.plans import Outcome, outcome_of
from relmaint.verify.space import Space
from relmaint.verify.words import where
from tests.models import SmallCustomer
from tests.verify.test_diff import edited
from tests.verify.test_plans import Cell, Oracle, cell_of

SMALL = """book: {name: small, version: 1.0.0, covers: []}
actions:
  call: {kind: care, nature: service, title: {zh: 电话, en: call}, precedence: care}
  note: {kind: care, nature: internal, title: {zh: 记录, en: note}, precedence: care}
  visit: {kind: care, nature: care, channel: visit, title: {zh: 走访, en: visit}, precedence: care}
rules:
  - {id: elderly, when: age >= 65, do: call}
  - {id: everybody, do: note}
  - {id: loyal, when: tier = key, do: visit}
tables:
  - id: size
    hit: first
    inputs: [aum]
    outputs: [do]
    rows:
      - [">= 1000", call]
      - [">= 500", note]
      - [">= 100", note]
guards:
  - {id: consent, when: marketing_consent is false, withhold: {nature: care}}
"""
BASE = parse_rule_book(SMALL)


def with_(*changes: tuple[str, str]) -> RuleBook:
    """Return the small book with pieces of its text exchanged."""
    text = SMALL
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return parse_rule_book(text)


def condition(text: str) -> Condition:
    """Read a condition."""
    found, _ = parse_condition(text, BASE.vocabulary)
    assert found is not None
    return found


def tidied(book: RuleBook) -> RuleBook:
    """Return the book with each row called by its place again, as the loader calls it."""
    names = {
        row.id: f"{table.id}#{number}"
        for table in book.tables
        for number, row in enumerate(table.rows, start=1)
        if "#" in row.id
    }
    tables = [
        replace(table, rows=tuple(replace(row, id=names.get(row.id, row.id)) for row in table.rows))
        for table in book.tables
    ]
    rules = [
        replace(rule, overrides=tuple(sorted(names.get(name, name) for name in rule.overrides))) for rule in book.rules
    ]
    return replace(book, tables=tuple(tables), rules=tuple(rules))


@st.composite
def disputes(draw: st.DrawFn) -> tuple[RuleBook, RuleBook, RuleBook]:
    """Draw a book and two edits of it."""
    base = draw(rule_books(SmallCustomer))
    return base, tidied(draw(edited(base))), tidied(draw(edited(base)))


@pytest.mark.evidence
@settings(max_examples=120, deadline=None)
@given(disputes(), st.integers(0, 1 << 30))
def test_each_customer_has_the_plan_that_the_two_wanted(books: tuple[RuleBook, RuleBook, RuleBook], seed: int) -> None:
    """Where no conflict is told, the merged plan of sampled customers has the changes of both."""
    found = merge(*books)
    if found.undecided:
        return
    check(found, books, seed)


@pytest.mark.evidence
@settings(max_examples=60, deadline=None)
@given(disputes(), st.integers(1, 30), st.integers(0, 1 << 30))
def test_a_conflict_that_is_told_is_one_though_not_all_was_decided(
    books: tuple[RuleBook, RuleBook, RuleBook], budget: int, seed: int
) -> None:
    """Sampled customers: with a small budget much is left open, and what is told is true all the same."""
    check(merge(*books, budget=budget), books, seed, among=True)


def check(
    found: Merge, books: tuple[RuleBook, RuleBook, RuleBook], seed: int, samples: int = 16, *, among: bool = False
) -> None:
    """Compare a merge with the plans of some cells; `among` compares only customers told to be in conflict.

    Raises:
        AssertionError: a cell says otherwise.
    """
    random = Random(seed)  # reproducible on purpose
    every = (*books, *([found.book] if found.book is not None else []))
    where_ = [where(one.region, found.space.axes, found.space.everyone) for one in found.contested]
    space = Space(*every, also=where_)
    oracles = [Oracle(program) for program in space.programs]
    homes = [(one.contest, space.boxes(when)) for one, when in zip(found.contested, where_, strict=True)]
    for number in range(samples):
        box = random.choice(random.choice(homes)[1]) if homes and number % 2 else ()
        part = space.within(space.everyone, box)
        possible = None if part is None else space.possible(part)
        if possible is None:
            continue
        cell = cell_of(possible, random)
        if space.possible(tuple(1 << class_ for class_ in cell)) is None:
            continue
        told = [contest for contest, boxes in homes if any(is_in(cell, one) for one in boxes)]
        if among and not told:
            continue
        plans = [outcome_of(oracle.decision(cell)) for oracle in oracles]

        assert told == wanted(plans), f"seed {seed}: {cell}"


def is_in(cell: Cell, box: Box) -> bool:
    """Whether a cell lies in a box."""
    return all(mask >> cell[axis] & 1 for axis, mask in box)


def wanted(plans: list[Outcome]) -> list[Contest]:
    """Say what the plans of base, ours, theirs and merged come to, action by action and pair by pair."""
    base, ours, theirs, *rest = ({step.action: step for step in plan} for plan in plans)
    for name in {*base, *ours, *theirs}:
        before, mine, other = base.get(name), ours.get(name), theirs.get(name)
        if before != mine and other not in (before, mine):
            return [Contest.BOTH]
    for merged in rest:
        for name in {*base, *ours, *theirs, *merged}:
            kept = ours.get(name) if theirs.get(name) == base.get(name) else theirs.get(name)
            if merged.get(name) != kept:
                return [Contest.INTERACTION]
        if any(not is_ordered_well(plans, one, other) for one in merged for other in merged if one < other):
            return [Contest.INTERACTION]
    return []


def is_ordered_well(plans: list[Outcome], one: str, other: str) -> bool:
    """Whether two actions of the merged plan stand as the side has them that moved them, or that alone has both."""
    base, ours, theirs, merged = ([step.action for step in plan] for plan in plans)
    pair = {one, other}

    def above(plan: list[str]) -> bool:
        return plan.index(one) < plan.index(other)

    if pair <= {*base} & {*ours} & {*theirs}:
        kept = theirs if above(ours) == above(base) else ours
        return above(merged) == above(kept)
    for side, against in ((ours, theirs), (theirs, ours)):
        if pair <= {*side} - {*base} and not pair & {*against}:
            return above(merged) == above(side)
    return True


@pytest.mark.evidence
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_an_edit_merged_with_none_is_that_edit(data: st.DataObject) -> None:
    """Whichever side did nothing, and when both did the same, the merged book is the edited one, without a conflict."""
    base = data.draw(rule_books(SmallCustomer))
    edit = tidied(data.draw(edited(base)))

    for ours, theirs in ((edit, base), (base, edit), (edit, edit)):
        found = merge(base, ours, theirs)
        assert (found.clashes, found.contested) == ((), ())
        assert found.book == edit


@settings(max_examples=60, deadline=None)
@given(disputes())
def test_it_does_not_matter_whose_edit_is_whose(books: tuple[RuleBook, RuleBook, RuleBook]) -> None:
    """Exchanging the two edits gives an equivalent book, or the same clashes and the same customers in conflict."""
    base, ours, theirs = books
    one, other = merge(base, ours, theirs), merge(base, theirs, ours)
    if one.undecided or other.undecided:
        return

    assert {(x.role, x.id) for x in one.clashes} == {(x.role, x.id) for x in other.clashes}
    assert {x.contest for x in one.contested} == {x.contest for x in other.contested}
    if one.book is not None and other.book is not None and one.is_clean:
        assert difference(one.book, other.book).is_empty


@settings(max_examples=60, deadline=None)
@given(rule_books(SmallCustomer), st.data())
def test_edits_of_distinct_rules_about_distinct_customers_never_conflict(book: RuleBook, data: st.DataObject) -> None:
    """Each side adds a rule, one for key customers and one for others: the merged book has both, and no conflict."""
    when = [Comparison("tier", operator, ("key",)) for operator in (Operator.EQ, Operator.NE)]
    drawn = st.sampled_from(sorted(book.actions))
    added = [Rule(f"zz/{place}", one, (data.draw(drawn),)) for place, one in enumerate(when)]
    found = merge(book, *(replace(book, rules=(*book.rules, one)) for one in added))

    assert (found.clashes, found.contested) == ((), ())
    assert found.book is not None
    assert found.book.rules == (*book.rules, *added)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_merged_condition_answers_as_whoever_changed_the_answer(data: st.DataObject) -> None:
    """Where ours changed whether a condition is true it is as ours, elsewhere as theirs, for every customer."""
    vocabulary = BASE.vocabulary
    three = [data.draw(conditions_over(vocabulary, depth=1)) for _ in range(3)]
    found = merged_condition(vocabulary, *three)
    if found is None:
        return
    space = Space(RuleBook("", "", vocabulary), also=[*three, found])
    boxes = [space.boxes(one) for one in (*three, found)]
    random = Random(data.draw(st.integers(0, 1 << 30)))
    for _ in range(20):
        cell = cell_of(space.everyone, random)
        if space.possible(tuple(1 << class_ for class_ in cell)) is None:
            continue
        base, ours, theirs, merged = (any(is_in(cell, box) for box in one) for one in boxes)
        assert merged == (ours if ours != base else theirs)


def test_two_edits_of_one_condition_are_combined_when_they_are_about_other_customers() -> None:
    """One side lets a rule start earlier, the other lets it end: the merged rule does both."""
    ours = with_(("age >= 65", "age >= 60"))
    theirs = with_(("age >= 65", "age >= 65 and age < 90"))
    found = merge(BASE, ours, theirs)

    assert found.is_clean
    assert found.book is not None
    assert found.book.rules[0].when == condition("age in [60..90)")


def test_customers_whose_plans_both_changed_in_distinct_actions_are_no_conflict() -> None:
    """One side takes an action from the oldest, the other gives them one more: the merged book does both."""
    found = merge(
        BASE,
        with_(("age >= 65", "age >= 65 and age < 90")),
        with_(("{id: everybody", "{id: old, when: age >= 80, do: visit}\n  - {id: everybody")),
    )

    assert found.is_clean


def test_customers_with_an_action_that_both_changed_differently_are_a_conflict() -> None:
    """Each side hands one action to another owner for some customers: those of both are named."""
    route = "{{id: hand, when: {when}, route: {{action: note}}, to: {to}}}\n  - {{id: consent"
    found = merge(
        BASE,
        with_(("{id: consent", route.format(when="age >= 80", to="desk"))),
        with_(("{id: consent", route.replace("hand", "over").format(when="age < 90", to="branch"))),
    )

    (contest,) = found.contested
    assert found.condition(contest.region) == "age in [80..90)"
    assert contest.contest is Contest.BOTH
    assert [[step.owner for _, step in side.altered] for side in (contest.ours, contest.theirs)] == [
        ["desk"],
        ["branch"],
    ]


def test_edits_that_undo_each_other_are_a_conflict_though_the_statements_combine() -> None:
    """One side adds a rule for an action; the other one withholds the action: what was wanted never happens."""
    ours = with_(("{id: everybody", "{id: more, when: age < 20, do: visit}\n  - {id: everybody"))
    theirs = with_(("marketing_consent is false", "marketing_consent is not true"))
    found = merge(BASE, ours, theirs)

    assert found.clashes == ()
    assert {one.contest for one in found.contested} == {Contest.INTERACTION}
    assert all(one.found.lost == ("visit",) for one in found.contested)


def test_boosts_of_distinct_actions_that_undo_each_other_are_a_conflict() -> None:
    """One side lifts an action above another, the other lifts that one still higher: the first wish is not met."""
    ours = with_(("{id: everybody, do: note}", "{id: everybody, do: note, boost: {note: 5}}"))
    theirs = with_(("age >= 65, do: call}", "age >= 65, do: call, boost: {call: 9}}"))
    found = merge(BASE, ours, theirs)

    (contest,) = found.contested
    assert (contest.contest, contest.found.moved) == (Contest.INTERACTION, (("call", "note"),))
    assert (contest.ours.moved, contest.theirs.moved) == ((("note", "call"),), ())


def test_values_that_both_changed_are_a_clash_with_both_places() -> None:
    """A title that both sides worded anew is named with the place in both; no guess is made."""
    found = merge(BASE, with_(("en: call", "en: ring")), with_(("en: call", "en: phone")))

    (clash,) = found.clashes
    assert (clash.role, clash.id, clash.message) == ("action", "call", "both change `title`")
    assert clash.ours is not None
    assert clash.theirs is not None
    assert found.book is None


@pytest.mark.parametrize(
    ("ours", "theirs", "message"),
    [
        (
            ("  - {id: elderly, when: age >= 65, do: call}\n", ""),
            ("age >= 65", "age >= 70"),
            "we remove it, they change it",
        ),
        (
            ("{id: everybody", "{id: x, do: call}\n  - {id: everybody"),
            ("{id: everybody", "{id: x, do: visit}\n  - {id: everybody"),
            "both add it, and not the same",
        ),
        (("inputs: [aum]", "inputs: [aum, tier]"), ('[">= 500", note]', '[">= 600", note]'), "columns"),
        (('">= 500", note', '">= 400", note'), ('">= 500", note', '">= 600", note'), "both change `column 1`"),
    ],
)
def test_what_cannot_be_combined_is_named(ours: tuple[str, str], theirs: tuple[str, str], message: str) -> None:
    """A removal against a change, two additions under one id, columns against rows, two values of one cell."""
    if "inputs" in ours[0]:
        changed = with_(
            ours,
            ('[">= 1000", call]', '[">= 1000", -, call]'),
            ('[">= 500", note]', '[">= 500", -, note]'),
            ('[">= 100", note]', '[">= 100", -, note]'),
        )
    else:
        changed = with_(ours)
    found = combined(BASE, changed, with_(theirs))

    assert [one.message for one in found.clashes if message in one.message]


def test_what_one_side_removes_and_the_other_speaks_of_is_a_clash() -> None:
    """An action that ours removes cannot be proposed by a rule that theirs adds."""
    ours = with_(
        ("  visit: {kind: care, nature: care, channel: visit, title: {zh: 走访, en: visit}, precedence: care}\n", ""),
        ("  - {id: loyal, when: tier = key, do: visit}\n", ""),
    )
    theirs = with_(("{id: everybody", "{id: more, do: visit}\n  - {id: everybody"))
    found = merge(BASE, ours, theirs)

    assert [one.message for one in found.clashes] == ["it speaks of the action `visit`, which the other side removes"]


def test_overrides_in_a_circle_are_a_clash() -> None:
    """Two rules that each side lets override the other would set each other aside for ever."""
    ours = with_(("do: call}", "do: call, overrides: everybody}"))
    theirs = with_(("everybody, do: note}", "everybody, do: note, overrides: elderly}"))

    assert {one.id for one in merge(BASE, ours, theirs).clashes} == {"elderly", "everybody"}


def test_rows_are_known_by_what_they_say_and_not_by_their_place() -> None:
    """A row put in above and another one changed below are both there, in their order, called by their new places."""
    ours = with_(('- [">= 1000", call]', '- [">= 5000", visit]\n      - [">= 1000", call]'))
    theirs = with_(('">= 100", note', '">= 200", note'))
    found = merge(BASE, ours, theirs)

    assert found.book is not None
    rows = found.book.tables[0].rows
    assert [row.id for row in rows] == ["size#1", "size#2", "size#3", "size#4"]
    assert [row.tests[0].operands[0] for row in rows if row.tests[0] is not None] == [5000, 1000, 500, 200]
    assert found.is_clean


def test_rows_that_both_put_in_at_one_place_stand_in_the_same_order_whoever_is_ours() -> None:
    """The order of two new rows at one place hangs on the rows alone."""
    ours = with_(('- [">= 1000", call]', '- [">= 5000", visit]\n      - [">= 1000", call]'))
    theirs = with_(('- [">= 1000", call]', '- ["< 50", visit]\n      - [">= 1000", call]'))

    one, other = (combined(BASE, *pair).book.tables[0].rows for pair in ((ours, theirs), (theirs, ours)))
    assert len(one) == 5
    assert one == other


def test_an_override_of_a_row_follows_the_row() -> None:
    """A rule that sets a row aside still does when the other side puts a row in above it."""
    ours = with_(("do: visit}", "do: visit, overrides: size#2}"))
    theirs = with_(('- [">= 1000", call]', '- [">= 5000", visit]\n      - [">= 1000", call]'))

    book = combined(BASE, ours, theirs).book
    assert next(rule.overrides for rule in book.rules if rule.id == "loyal") == ("size#3",)


def test_customers_of_whom_nothing_is_proven_are_told() -> None:
    """A budget too small for the comparison leaves conditions undecided, and the merge is not called clean."""
    theirs = with_(("{id: everybody", "{id: more, when: tier = key, do: call}\n  - {id: everybody"))
    found = merge(BASE, with_(("age >= 65", "age >= 60")), theirs, budget=2)

    assert found.undecided
    assert not found.is_clean
