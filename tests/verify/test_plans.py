"""Is what is said of a region true of every customer in it?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmaint.ir.program import Program
from relmaint.ir.rules import RuleBook
from relmaint.rank.decide import Decision, Ranking
from relmaint.rulebook import default_book_path, load_rule_book
from relmaint.testing import rule_books
from relmaint.verify.cover import Region, bits_of
from relmaint.verify.parts import leaves
from relmaint.verify.plans import Outcome, View, Views, outcome_of
from relmaint.verify.space import Space
from tests.models import SmallCustomer

Cell = tuple[int, ...]


class Oracle:
    """The engine's own ranking, asked about one cell."""

    def __init__(self, program: Program) -> None:
        """Prepare the ranking."""
        self.program = program
        self.ranking = Ranking(program)

    def question(self, cell: Cell) -> tuple[frozenset[int], tuple[tuple[str, int | None], ...]]:
        """Return which statements match the customers of a cell, and how many contacts each count of theirs is."""
        matched = {
            owner
            for box, owner in zip(self.program.boxes, self.program.owner, strict=True)
            if all(mask >> cell[axis] & 1 for axis, mask in box)
        }
        counts = {
            name: None if not cell[axis] else self.program.axes[axis].lowest(cell[axis]) or 0
            for name, axis in self.program.counted.items()
        }
        return frozenset(matched), tuple(counts.items())  # type: ignore[return-value]  # counted are whole numbers

    def decision(self, cell: Cell) -> Decision:
        """Return what the ranking decides for the customers of a cell."""
        matched, counts = self.question(cell)
        return self.ranking.decide(matched, dict(counts))


def cell_of(region: Region, random: Random) -> Cell:
    """Draw one cell of a region."""
    return tuple(random.choice(list(bits_of(mask))) for mask in region)


def outcome(views: tuple[View, ...]) -> Outcome | None:
    """Ask for the whole plan."""
    return views[0].outcome()


def check(book: RuleBook, seed: int, most: int) -> int:
    """Compare regions with some of their cells; return how many leaves there were.

    Raises:
        AssertionError: a cell has another plan than its region.
    """
    random = Random(seed)  # reproducible on purpose
    space = Space(book)
    views = Views(space)
    oracle = Oracle(space.programs[0])
    home = cell_of(space.possible(space.everyone) or space.everyone, random)
    region = tuple(
        mask if random.random() < 0.4 else 1 << class_ for mask, class_ in zip(space.everyone, home, strict=True)
    )
    found = 0
    homes = 0
    for leaf in leaves(views, outcome, region, budget=most):
        found += 1
        homes += all(mask >> class_ & 1 for mask, class_ in zip(leaf.region, home, strict=True))
        if leaf.answer is None:
            continue
        for _ in range(3):
            cell = cell_of(leaf.possible, random)
            decision = oracle.decision(cell)
            assert outcome_of(decision) == leaf.answer, f"seed {seed}: {cell}"
            (view,) = views.of(tuple(1 << class_ for class_ in cell))
            planned = {one.action.id for one in decision.planned}
            assert {name for name in book.actions if view.planned(name)} == planned
    own = tuple(1 << class_ for class_ in home)
    assert homes in ((1,) if space.possible(own) is not None else (0, 1))
    return found


@settings(max_examples=150)
@given(rule_books(SmallCustomer), st.integers(0, 1 << 30))
def test_a_region_has_the_plan_of_each_of_its_cells(book: RuleBook, seed: int) -> None:
    """What is said of a region is what the engine decides for any customer in it, and the regions are disjoint."""
    check(book, seed, 300)


@pytest.mark.parametrize("seed", range(20))
def test_the_retail_book_has_the_plan_of_each_of_its_cells(seed: int) -> None:
    """The same holds of the shipped book."""
    assert check(load_rule_book(default_book_path()), seed, 200) >= 1


def asking(view: View, action: str) -> list[tuple[str, Callable[[], object]]]:
    """Return every question about an action whose open answer is `None`."""
    sources = [*view.planner.rules.values(), *view.planner.rows.values()]
    return [
        *((f"set aside {one.id}", partial(view.set_aside, one.id)) for one in sources),
        *((f"effective {one.id}", partial(view.effective, one)) for one in sources),
        *(
            (f"{one.__name__} {action}", partial(one, action))
            for one in (view.proposed, view.candidate, view.guarded, view.survives, view.planned)
        ),
        *((f"above {other}", partial(view.above, action, other)) for other in view.planner.book.actions),
    ]


@pytest.mark.evidence
@settings(max_examples=150)
@given(rule_books(SmallCustomer), st.integers(0, 1 << 30))
def test_an_open_answer_says_what_to_cut_along_each_time_it_is_asked_for(book: RuleBook, seed: int) -> None:
    """Asked the first time or again, an open answer names a box whose edge runs through the region, or an axis."""
    random = Random(seed)  # reproducible on purpose
    space = Space(book)
    home = cell_of(space.everyone, random)
    region = tuple(
        mask if random.random() < 0.7 else 1 << class_ for mask, class_ in zip(space.everyone, home, strict=True)
    )
    (view,) = Views(space).of(region)
    for action in book.actions:
        for name, ask in asking(view, action) * 2:
            view.asked, view.asked_axis = 0, -1
            if ask() is None:
                open_ = view.asked & view.active & ~view.full
                assert open_ or (region[view.asked_axis].bit_count() > 1 and view.asked_axis >= 0), name
                assert view.asked == open_, name
