"""Does a number change nobody's plan within its headroom, and somebody's one step beyond?"""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmaint.engine import Engine
from relmaint.ir.program import Axis
from relmaint.ir.rules import MAXIMUM_NUMBER, RuleBook
from relmaint.rulebook import default_book_path, load_rule_book
from relmaint.rulebook.load import parse_rule_book
from relmaint.testing import rule_books
from relmaint.verify.cover import Region, bits_of
from relmaint.verify.headroom import Headroom, Headrooms, Number, Reached, Unbounded, Undecided, Why
from relmaint.verify.parts import leaves
from relmaint.verify.plans import View, Views, outcome_of
from relmaint.verify.space import Space
from tests.models import SmallCustomer
from tests.verify.headroom_brute import check, planned, small_book, steps
from tests.verify.test_plans import Oracle, cell_of

pytestmark = pytest.mark.evidence

BLOCKS = 4
SEEDS = 20
"""80 books in all; the larger runs are recorded in docs/numbers.md."""


@pytest.mark.parametrize("block", range(BLOCKS))
def test_headroom_agrees_with_moving_every_number(block: int) -> None:
    """Ends are where really edited books first change a plan of any cell, and each witness is replayed there."""
    kinds = [kind for seed in range(block * SEEDS, (block + 1) * SEEDS) for kind in check(seed)]

    assert {"Reached", "Undecided", "APART", "ALONE"} <= set(kinds)


@settings(max_examples=60)
@given(rule_books(SmallCustomer), st.integers(0, 1 << 30))
def test_the_plan_of_any_cell_stays_within_the_headroom_and_a_witness_has_another(book: RuleBook, seed: int) -> None:
    """A drawn cell keeps its plan for a drawn number within the range; the witness of an end has the plans told."""
    random = Random(seed)  # reproducible on purpose
    rooms = Headrooms(book, budget=400)
    now = Oracle(rooms.space.programs[0])
    cells = [cell for _ in range(20) if rooms.space.possible(at(cell := cell_of(rooms.space.everyone, random)))]
    for number in random.sample(rooms.numbers, min(4, len(rooms.numbers))):
        headroom = rooms.of(number)
        for way, end in ((-1, headroom.down), (1, headroom.up)):
            most = MAXIMUM_NUMBER if isinstance(end, Unbounded) else end.steps
            for step in {most, min(most, random.randint(0, 40))}:
                moved = Oracle(Space(number.moved(book, way * step)).programs[0])
                for cell in cells:
                    assert outcome_of(now.decision(cell)) == outcome_of(moved.decision(cell)), str(number)
            if not isinstance(end, Unbounded) and end.first is not None:
                first = end.first
                assert first.before != first.after
                assert isinstance(end, Undecided) or first.value == number.value + way * (end.steps + 1)
                moved = Oracle(Space(number.moved(book, first.value - number.value)).programs[0])
                assert first.before == outcome_of(now.decision(first.cell))
                assert first.after == outcome_of(moved.decision(first.cell))
                assert rooms.space.possible(at(first.cell)) is not None


def at(cell: tuple[int, ...]) -> Region:
    """Return the region of one cell."""
    return tuple(1 << class_ for class_ in cell)


@pytest.mark.parametrize("name", ["fee-c3-festival", "key-s1-retention", "habit/relationship/manner"])
def test_witnesses_of_the_retail_book_are_replayed(name: str) -> None:
    """The reference backend plans for each witness as told, by the book and by the book with the number moved."""
    book = load_rule_book(default_book_path())
    rooms = Headrooms(book)
    numbers = [number for number in rooms.numbers if number.statement == name]
    shown = 0
    for number in numbers:
        headroom = rooms.of(number)
        for way, end in ((-1, headroom.down), (1, headroom.up)):
            if not isinstance(end, Reached):
                continue
            witness = end.first.witness
            assert witness is not None
            for value, told in ((number.value + way * end.steps, end.first.before), (end.first.value, end.first.after)):
                engine = Engine(number.moved(book, value - number.value), backend="reference")
                assert steps(told) == planned(engine.plan(witness.customer, as_of=witness.as_of))
            shown += 1

    assert shown >= len(numbers)


HEAD = "book: {name: small, version: 1.0.0, covers: []}\n"
BOOK = f"""{HEAD}
actions:
  call: {{kind: care, nature: care, title: Call, precedence: care, base: 30, channel: phone}}
  letter: {{kind: care, nature: care, title: Letter, precedence: care, base: 20, channel: letter}}
  notice: {{kind: daily, nature: service, title: Notice, precedence: dated, base: 5}}
  visit: {{kind: care, nature: care, title: Visit, precedence: care, base: 10, channel: visit}}
rules:
  - {{id: all, do: [letter, notice]}}
  - {{id: key, when: tier = key, do: [call], boost: {{letter: 3}}}}
  - {{id: exit, when: tier = exit, do: [visit]}}
"""


def headrooms(text: str, budget: int = 1_000) -> dict[str, Headroom]:
    """Return the headroom of each number of a book by what the number is called."""
    rooms = Headrooms(parse_rule_book(text), budget=budget)
    return {str(number): rooms.of(number) for number in rooms.numbers}


def ends(headroom: Headroom) -> tuple[int | Why, int | Why]:
    """Return both ends: how far it is, or why there is none."""
    low, high = (end.why if isinstance(end, Unbounded) else end.steps for end in (headroom.down, headroom.up))
    return low, high


def test_a_number_may_move_until_it_meets_a_rival_of_the_same_customer() -> None:
    """Only rivals that some customer has too count, with the boosts of that customer, and equal scores go by id."""
    found = {name: ends(headroom) for name, headroom in headrooms(BOOK).items()}

    assert {
        "base of `call`": (7, Why.APART),  # at 23 it still comes before `letter`, which has 23 for key
        "base of `letter`": (10, 7),  # at 10 it still comes before `visit`
        "base of `visit`": (Why.APART, 10),
        "base of `notice`": (Why.ALONE, Why.ALONE),
        "boost of `letter` in `key`": (Why.APART, 7),
    } == found


def test_the_first_change_names_both_actions_and_both_plans() -> None:
    """The action that now ranks above the other comes first in the pair, whichever of them moved."""
    headroom = headrooms(BOOK)["base of `letter`"]

    assert isinstance(headroom.down, Reached)
    assert isinstance(headroom.up, Reached)
    down, up = headroom.down.first, headroom.up.first
    assert (9, ("visit", "letter"), "tier = exit") == (down.value, down.pair, down.when)
    assert (28, ("letter", "call"), "tier = key") == (up.value, up.pair, up.when)
    assert ["notice", "call", "letter"] == [step.action for step in up.before]
    assert ["notice", "letter", "call"] == [step.action for step in up.after]


def test_what_a_budget_leaves_out_either_way_is_not_seen() -> None:
    """Actions that change places where the budget is spent before either of them change no plan."""
    text = BOOK.replace("do: [letter, notice]", "do: [call, letter, notice, visit]") + (
        "tables:\n  - {id: budget, hit: unique, inputs: [tier], outputs: [contacts_30d], rows: [[key, 1], [exit, 1]]}\n"
    )
    found = headrooms(text)

    assert (Why.UNSEEN, 7) == ends(found["base of `letter`"])
    assert (Why.APART, 20) == ends(found["base of `visit`"])
    up = found["base of `visit`"].up
    assert isinstance(up, Reached)
    assert (["notice", "call"], ["notice", "visit"]) == tuple(
        [step.action for step in plan] for plan in (up.first.before, up.first.after)
    )


TABLE = (
    BOOK
    + """
tables:
  - id: points
    hit: collect
    aggregate: max
    inputs: [tier]
    outputs: [do, boost]
    rows:
      - [key, letter, 2]
      - ["-", letter, 4]
"""
)


def test_a_row_that_a_fold_leaves_out_counts_from_where_it_wins() -> None:
    """The points of a row below the maximum change nothing until they are the maximum."""
    found = headrooms(TABLE)

    assert (Why.APART, 5) == ends(found["boost of `points#1`"])  # it wins from 4 on, and passes `call` at 8
    assert (14, 3) == ends(found["boost of `points#2`"])


def test_points_that_a_table_counts_never_matter() -> None:
    """A table that counts its rows gives one point for each, whatever the row says."""
    found = headrooms(TABLE.replace("aggregate: max", "aggregate: count"))

    assert (Why.COUNTED, Why.COUNTED) == ends(found["boost of `points#1`"])


def test_no_number_beyond_the_language_is_considered() -> None:
    """A change that only a number beyond the greatest of a book would make is none."""
    text = f"""{HEAD}
actions:
  one: {{kind: care, nature: care, title: One, precedence: care, base: {MAXIMUM_NUMBER}}}
  other: {{kind: care, nature: care, title: Other, precedence: care, base: {MAXIMUM_NUMBER - 1}}}
rules:
  - {{id: all, do: [one, other]}}
"""
    last = headrooms(text)["base of `other`"]
    first = headrooms(text.replace("  other:", "  a-other:").replace("one, other", "one, a-other"))["base of `a-other`"]

    assert Why.APART == ends(last)[1]  # with equal scores it comes last
    assert 0 == ends(first)[1]  # with equal scores it comes first


GUARDED = (
    BOOK
    + """
guards:
  - {id: silence, when: do_not_contact is not false or vulnerability is true, withhold: {channel: phone}}
"""
)


def test_a_spent_budget_gives_a_bound_on_the_safe_side() -> None:
    """Where the search is given up, the answer is undecided, and claims no more steps than the whole search."""
    whole = headrooms(GUARDED)
    for budget in range(1, 8):
        for name, headroom in headrooms(GUARDED, budget).items():
            for end, known in ((headroom.down, whole[name].down), (headroom.up, whole[name].up)):
                if not isinstance(end, Undecided):
                    assert type(end) is type(known)
                    assert isinstance(end, Unbounded) or end == known
                elif isinstance(known, Reached):
                    assert end.steps <= known.steps

    assert any(isinstance(one.up, Undecided) for one in headrooms(GUARDED, 1).values())


def test_a_moved_number_is_the_only_thing_that_differs() -> None:
    """The book with a number moved holds that number moved, and moving it back gives the book again."""
    book = small_book(11)
    for number in Headrooms(book).numbers:
        moved = number.moved(book, 7)
        (same,) = [one for one in Headrooms(moved).numbers if names(one) == names(number)]
        assert number.value + 7 == same.value
        assert book == same.moved(moved, -7) != moved


def names(number: Number) -> tuple[str, str, tuple[str, ...]]:
    """Return what tells a number from the others of a book."""
    return number.role, number.statement, number.touched


@settings(max_examples=100)
@given(rule_books(SmallCustomer), st.integers(0, 1 << 30))
def test_looking_outside_first_finds_the_same_customers(book: RuleBook, seed: int) -> None:
    """The order in which sides are looked at changes no part and no answer."""
    random = Random(seed)  # reproducible on purpose
    space = Space(book)
    action = random.choice(sorted(book.actions))

    def question(views: tuple[View, ...]) -> bool | None:
        return views[0].planned(action)

    found = [
        sorted((leaf.region, leaf.answer) for leaf in leaves(Views(space), question, outside_first=first))
        for first in (False, True)
    ]
    assert found[0] == found[1]


def test_a_set_is_known_on_all_axes_or_on_none() -> None:
    """A region that says so of one axis is narrowed on the others, and loses nobody who is possible."""
    text = (
        BOOK + "  - {id: told, when: events has illness-told or events has fee-rise or events is unknown, do: [call]}\n"
    )
    space = Space(parse_rule_book(text))
    group = [index for index, axis in enumerate(space.axes) if axis.attribute == "events"]
    assert len(group) > 1
    for masks in product(*(range(1, axis.everything + 1) for axis in picked(space, group))):
        region = list(space.everyone)
        for index, mask in zip(group, masks, strict=True):
            region[index] = mask
        known = [
            cell
            for cell in product(*(list(bits_of(region[index])) for index in group))
            if len({class_ == 0 for class_ in cell}) == 1
        ]
        narrowed = space.alike(tuple(region))
        if narrowed is None:
            assert not known
        else:
            left = set(product(*(list(bits_of(narrowed[index])) for index in group)))
            assert set(known) <= left <= set(product(*(list(bits_of(region[index])) for index in group)))
            if 1 in masks:
                assert left == set(known)


def picked(space: Space, group: list[int]) -> list[Axis]:
    """Return the axes of the numbers."""
    return [space.axes[index] for index in group]
