"""Can the edits of two people become one book, and does it plan for every customer what the two wanted?

A customer must have the plan of before with the changes of both: what one side adds, takes away, gives to another owner
or ranks otherwise. Customers are a conflict when both sides change the same action of their plan and not alike, and
when the combined book does not do what was wanted. The answer is exact: it is put together from exact differences of
the books.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from relmaint.ir.program import Box
from relmaint.ir.rules import Assumption, RuleBook
from relmaint.verify.combine import Clash, combined
from relmaint.verify.cover import Region
from relmaint.verify.diff import Change, Difference, difference
from relmaint.verify.parts import BUDGET, Leaf, joined, leaves
from relmaint.verify.plans import Step, View, Views
from relmaint.verify.space import Space
from relmaint.verify.touch import Common, touches
from relmaint.verify.words import pattern, where

__all__ = ["Contest", "Contested", "Merge", "merge"]


class Contest(StrEnum):
    """Why customers are a conflict."""

    BOTH = "both"
    """Both sides changed the same action of these plans, and not alike."""
    INTERACTION = "interaction"
    """The combined book does not plan what was planned before with the changes of both."""


@dataclass(frozen=True, slots=True)
class Contested:
    """Customers that are a conflict; `possible` is a part with possible customers only.

    Args:
        region: the customers.
        possible: some of them.
        contest: why they are a conflict.
        ours: how we changed their plans; nothing when we did not.
        theirs: how the other side changed their plans.
        found: how the combined book departs from the plan of before with the changes of both; nothing when these are
            opposed.
    """

    region: Region
    possible: Region
    contest: Contest
    ours: Change
    theirs: Change
    found: Change


@dataclass(frozen=True, slots=True)
class Merge:
    """What became of two edits.

    Args:
        book: the combined book, or `None` when statements clash.
        draft: the combined book as far as the two go together: where statements clash, ours.
        clashes: statements that cannot be combined.
        contested: customers that are a conflict; no two regions share a customer.
        undecided: conditions that hold customers of whom nothing is proven.
        space: the customers, over the axes that the regions speak of.
    """

    book: RuleBook | None
    draft: RuleBook
    clashes: tuple[Clash, ...]
    contested: tuple[Contested, ...]
    undecided: tuple[str, ...]
    space: Space

    @property
    def is_clean(self) -> bool:
        """Whether it is proven that the combined book does just what the two wanted."""
        return self.book is not None and not (self.clashes or self.contested or self.undecided)

    def condition(self, region: Region) -> str:
        """Say where a region is, in the words of the rule-book language."""
        return pattern(region, self.space.axes, self.space.everyone) or "always"


def merge(
    base: RuleBook,
    ours: RuleBook,
    theirs: RuleBook,
    *,
    check: Callable[[RuleBook], Iterable[Clash]] | None = None,
    budget: int = BUDGET,
) -> Merge:
    """Merge two edits of a book.

    Args:
        base: the book that both started from.
        ours: the first edit; what does not matter to any plan, such as the order of actions in a rule, stays as here.
        theirs: the second edit.
        check: what else a combined book must hold to; it is asked before anything is proven.
        budget: how many regions each comparison may look at; what is left over is reported as undecided.

    Raises:
        ExpansionError: a statement of a book falls apart into too many boxes.
    """
    found = combined(base, ours, theirs)
    clashes = (*found.clashes, *(check(found.book) if check is not None and not found.clashes else ()))
    book = None if clashes else found.book
    differences = _differences(base, ours, theirs, book, budget)
    proof = _Proof(base, [ours, theirs], differences)
    contested, open_ = proof.contested(budget)
    undecided = {one.condition(region) for one in differences.values() for region in one.undecided}
    return Merge(book, found.draft, clashes, contested, (*sorted(undecided), *open_), proof.space)


_Pair = tuple[str, str]

_BOOKS = ("base", "ours", "theirs", "merged")

_PAIRS: tuple[_Pair, ...] = (
    ("base", "ours"),
    ("base", "theirs"),
    ("ours", "theirs"),
    ("ours", "merged"),
    ("theirs", "merged"),
)


def _differences(
    base: RuleBook, ours: RuleBook, theirs: RuleBook, merged: RuleBook | None, budget: int
) -> dict[_Pair, Difference]:
    """Compare the books in pairs, for customers about whom there can be a conflict.

    Customers that break an assumption of any of the three count as impossible.
    """
    assumptions = _assumptions((base, ours, theirs))
    books = {
        name: replace(book, assumptions=assumptions)
        for name, book in zip(_BOOKS, (base, ours, theirs, merged), strict=True)
        if book is not None
    }
    along = {pair: touches(books[pair[0]], books[pair[1]]) for pair in _PAIRS if {*pair} <= books.keys()}
    besides = along.get(("ours", "merged"), ()), along.get(("theirs", "merged"), ())
    among = Common(along["base", "ours"], along["base", "theirs"], besides)
    return {
        (one, other): difference(books[one], books[other], budget=budget, among=among)
        for one, other in _PAIRS
        if one in books and other in books
    }


def _assumptions(books: Iterable[RuleBook]) -> tuple[Assumption, ...]:
    found = {
        (one.id, one.always, one.notes.valid_from, one.notes.valid_until): one
        for book in books
        for one in book.assumptions
    }
    return tuple(found[key] for key in sorted(found, key=repr))


_SAME = Change()


@dataclass(frozen=True, slots=True)
class _Found:
    """What is found of the customers of a region; without a contest all is well."""

    contest: Contest | None = None
    ours: Change = _SAME
    theirs: Change = _SAME
    found: Change = _SAME


_FINE = _Found()


class _Proof:
    """The differences of the books on common axes."""

    def __init__(self, base: RuleBook, others: Iterable[RuleBook], differences: Mapping[_Pair, Difference]) -> None:
        conditions = [
            (pair, region.change, where(region.region, one.axes, one.space.everyone))
            for pair, one in differences.items()
            for region in one.regions
        ]
        open_ = [
            where(region, one.axes, one.space.everyone) for one in differences.values() for region in one.undecided
        ]
        bare = RuleBook(base.name, base.version, base.vocabulary, assumptions=_assumptions((base, *others)))
        self.space = Space(bare, also=[*(condition for _, _, condition in conditions), *open_])
        first = len(self.space.programs[0].boxes)
        boxes: list[Box] = []
        self.bits = dict.fromkeys(_PAIRS, 0)
        self.changes: dict[int, Change] = {}
        for pair, change, condition in conditions:
            for box in self.space.boxes(condition):
                number = first + len(boxes)
                self.bits[pair] |= 1 << number
                self.changes[number] = change
                boxes.append(box)
        undecided = [box for condition in open_ for box in self.space.boxes(condition)]
        self.undecided = ((1 << len(undecided)) - 1) << (first + len(boxes))
        self.views = Views(self.space, [*boxes, *undecided])
        self.every = sum(self.bits.values())
        self.is_merged = ("ours", "merged") in differences

    def contested(self, budget: int) -> tuple[tuple[Contested, ...], tuple[str, ...]]:
        """Return the customers that are a conflict, and where the budget was spent."""
        found: list[Leaf[_Found]] = []
        open_: list[str] = []
        for leaf in leaves(self.views, self._question, budget=budget) if self.every else ():
            if leaf.answer is None:
                open_.append(pattern(leaf.region, self.space.axes, self.space.everyone) or "always")
            elif leaf.answer.contest is not None:
                found.append(leaf)
        return tuple(_contested(joined(found))), tuple(open_)

    def _question(self, views: tuple[View, ...]) -> _Found | None:
        (view,) = views
        if not view.active & self.every:
            return _FINE
        is_undecided = view.matches(self.undecided)
        if is_undecided is not False:
            # What is not decided is named as such; half of an answer would look like a conflict.
            return _FINE if is_undecided else None
        told: dict[_Pair, Change] = dict.fromkeys(_PAIRS, _SAME)
        for pair in _PAIRS:
            if view.matches(self.bits[pair]) is None:
                return None
            told[pair] = self._change(view, pair)
        return _judged(told, is_merged=self.is_merged)

    def _change(self, view: View, pair: _Pair) -> Change:
        """Return how the two plans differ; nothing when they do not."""
        full = view.full & self.bits[pair]
        return self.changes[full.bit_length() - 1] if full else _SAME


def _judged(told: Mapping[_Pair, Change], *, is_merged: bool) -> _Found:
    """Say whether the customers of one cell are a conflict."""
    ours, theirs = told["base", "ours"], told["base", "theirs"]
    if _opposed(ours, theirs, told["ours", "theirs"]):
        return _Found(Contest.BOTH, ours, theirs)
    if not is_merged:
        return _FINE
    wrong = _departure(ours, theirs, told["ours", "merged"], told["theirs", "merged"])
    return _Found(Contest.INTERACTION, ours, theirs, wrong) if wrong else _FINE


def _opposed(ours: Change, theirs: Change, apart: Change) -> bool:
    """Whether both sides change one action of the plan, and not alike."""
    mine, other = _steps(ours), _steps(theirs)
    unlike = _steps(apart) & (mine | set(ours.gained)) & (other | set(theirs.gained))
    return bool(unlike or mine & set(theirs.lost) or other & set(ours.lost))


def _departure(ours: Change, theirs: Change, from_ours: Change, from_theirs: Change) -> Change:
    """Return how the merged plan departs from the plan of before with the changes of both sides.

    Args:
        ours: what our edit changes.
        theirs: what the other edit changes.
        from_ours: how the merged plan differs from ours.
        from_theirs: how it differs from theirs.
    """
    gained, lost = set(theirs.gained) - set(ours.gained), set(theirs.lost) - set(ours.lost)
    return Change(
        tuple(sorted((set(from_ours.gained) - gained) | (lost - set(from_ours.lost)))),
        tuple(sorted((set(from_ours.lost) - lost) | (gained - set(from_ours.gained)))),
        tuple(dict.fromkeys([*_missteps(theirs, ours, from_ours), *_missteps(ours, theirs, from_theirs)])),
        tuple(sorted({*_misplaced(theirs, ours, from_ours), *_misplaced(ours, theirs, from_theirs)})),
    )


def _steps(change: Change) -> set[str]:
    return {one.action for one, _ in change.altered}


def _missteps(wanted: Change, had: Change, found: Change) -> Iterator[tuple[Step, Step]]:
    """Yield steps of the merged plan that differ from those of a side, which had its own changes, and should not."""
    for before, after in found.altered:
        if before.action not in _steps(wanted) - _steps(had):
            yield before, after


def _misplaced(wanted: Change, had: Change, found: Change) -> Iterator[tuple[str, str]]:
    """Yield pairs of actions that stand the other way round than in a side, which had its own changes, and should not.

    A pair with an action that only this side has may: its place follows from what the other side ranks otherwise.
    """
    moved, new, other = set(wanted.moved), set(had.gained), set(wanted.gained)
    for pair in found.moved:
        beside = new.intersection(pair) and (other.intersection(pair) or not new.issuperset(pair))
        if pair not in moved and not beside:
            yield pair


def _contested(parts: Iterable[Leaf[_Found]]) -> Iterator[Contested]:
    for leaf in parts:
        answer = leaf.answer
        if answer is not None and answer.contest is not None:
            yield Contested(leaf.region, leaf.possible, answer.contest, answer.ours, answer.theirs, answer.found)
