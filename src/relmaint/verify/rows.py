"""Which smaller table gives every possible customer the same?

Rows are left out, rows that give the same are joined, and cells and columns that ask nothing are emptied and left out.
What counts is the hit policy: of a table that chooses one row, a row is what it decides; of any other, what it adds.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

from relmaint.ir.conditions import And, Comparison, Interval
from relmaint.ir.rules import Aggregate, HitPolicy, Notes, Row, RuleBook, Table
from relmaint.lower import row_condition
from relmaint.rank.hits import preference
from relmaint.verify.cover import Union
from relmaint.verify.reductions import Reduction, ReductionKind, lost, row_text, size_of, told_of
from relmaint.verify.same import Claim, Part, claim, within
from relmaint.verify.shorten import comparison_for
from relmaint.verify.space import Space
from relmaint.verify.words import condition_of

__all__ = ["Frame", "smaller_table"]

_SINGLE = (HitPolicy.UNIQUE, HitPolicy.ANY)
"""Hit policies for which the loader compares rows without what the book assumes."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds a table.

    Args:
        customers: a book that says which customers there can be.
        fixed: ids that something else in the book speaks of; such a row stays as it is.
        notes_of: what a row says about itself, with what it inherits.
        any_reason: whether rows may be joined that give other reasons.
        is_meant: whether the book does not want to hear what a check finds about a row.
        may_go: whether a row can go although it no longer counts as a proposal that was lost.
        alone: whether no other table gives actions a place in the ranking.
    """

    customers: RuleBook
    fixed: frozenset[str]
    notes_of: Callable[[Table, Row], Notes]
    any_reason: bool
    is_meant: Callable[[str, str], bool]
    may_go: Callable[[Table, Row], bool]
    alone: bool


def smaller_table(table: Table, frame: Frame) -> tuple[Table, Reduction] | None:
    """Return the table made smaller by one step, and the step, or `None` when there is none."""
    work = _Work(table, frame)
    for find in (work.without_row, work.with_rows_joined, work.without_cell, work.without_column):
        if (found := find()) is not None:
            return found
    return None


class _Work:
    """One table in the making; rows are known by their places."""

    def __init__(self, table: Table, frame: Frame) -> None:
        self.table, self.frame = table, frame
        self.conditions = [row_condition(table, row) for row in table.rows]
        self.space = Space(frame.customers, also=self.conditions)
        self.boxes: list[dict[int, int] | None] = []
        for condition in self.conditions:
            boxes = self.space.boxes(condition)
            self.boxes.append(dict(boxes[0]) if boxes else None)
        order = list(enumerate(table.rows))
        preferred = preference(table)
        self.chooses = preferred is not None
        if preferred is not None:
            order.sort(key=lambda hit: preferred(*hit))
        self.order = [place for place, _ in order]
        self.rank = {place: number for number, place in enumerate(self.order)}
        self.can_lose = not any(row.id in frame.fixed and row.id.startswith(f"{table.id}#") for row in table.rows)
        """A row that something speaks of by its number keeps it only when no row goes."""

    @cached_property
    def union(self) -> Union:
        """The boxes of all rows; a row that contradicts itself has an empty one."""
        return self.space.union([tuple(sorted(box.items())) if box is not None else ((0, 0),) for box in self.boxes])

    # Words and customers

    def part(self, place: int) -> Part:
        return f"row {self.table.rows[place].id}", self.conditions[place]

    def both(self, one: int, other: int) -> Part:
        return (
            f"row {self.table.rows[one].id} with row {self.table.rows[other].id}",
            And((self.conditions[one], self.conditions[other])),
        )

    def answer(self, place: int) -> Hashable:
        """Return what tells rows apart: what they give, and in which words they say so."""
        row = self.table.rows[place]
        told = () if self.frame.any_reason else told_of(self.frame.notes_of(self.table, row))
        own = row.id if row.id in self.frame.fixed else None
        return frozenset(row.do), row.boost, row.limits, told, own

    def meet(self, one: int, other: int) -> bool:
        """Whether two rows may match one customer, impossible ones included."""
        mine, yours = self.boxes[one], self.boxes[other]
        if mine is None or yours is None:
            return False
        return all(mask & yours.get(axis, -1) for axis, mask in mine.items())

    def is_inside(self, place: int, others: Iterable[int]) -> bool:
        """Whether every possible customer of a row is in one of the others."""
        box = self.boxes[place]
        return box is None or self._hold(tuple(sorted(box.items())), others)

    def _hold(self, box: tuple[tuple[int, int], ...], others: Iterable[int]) -> bool:
        without = (1 << len(self.boxes)) - 1
        for other in others:
            without &= ~(1 << other)
        region = list(self.space.everyone)
        for axis, mask in box:
            region[axis] &= mask
        return self.union.covers(tuple(region), without=without)

    def ahead(self, place: int) -> list[int]:
        """Return the rows that come before a row where both match."""
        return self.order[: self.rank[place]]

    def alike_between(self, place: int, later: int) -> list[int]:
        """Return the rows between two that give the same as the first."""
        between = self.order[self.rank[place] + 1 : self.rank[later]]
        return [one for one in between if self.answer(one) == self.answer(place)]

    @property
    def sums(self) -> bool:
        """Whether it matters how often one and the same thing is given to a customer."""
        counted = "boost" in self.table.outputs or bool(self.table.limits)
        return counted and self.table.aggregate not in (Aggregate.MIN, Aggregate.MAX)

    # Steps

    def without_row(self) -> tuple[Table, Reduction] | None:
        """Leave out a row that nobody meets, or that has no effect, or whose customers others give the same."""
        if len(self.table.rows) == 1 or not self.can_lose:
            return None
        for place in reversed(self.order):
            row = self.table.rows[place]
            if row.id in self.frame.fixed:
                continue
            for code, why, claims in self._superfluous(place):
                if self.frame.is_meant(code, row.id):
                    continue
                proven = _all_proven(claims)
                if proven is not None and self.frame.may_go(self.table, row):
                    rows = (*self.table.rows[:place], *self.table.rows[place + 1 :])
                    return self._step(ReductionKind.DROP_ROW, rows, [row], [], why, proven, gone=(row.id,))
        return None

    def _superfluous(self, place: int) -> Iterator[tuple[str, str, list[Callable[[], Claim | None]]]]:
        """Yield the reasons for which a row may be superfluous, with the check of that name and what is to be proven.

        A table that gives places to actions keeps its rows, unless no other table does.
        """
        if self.table.hit is HitPolicy.RULE_ORDER and not self.frame.alone:
            return
        if self.is_inside(place, ()):
            yield "unreachable-rule", "no customer meets it", [self._gone(place, ())]
            return
        same = [one for one in range(len(self.boxes)) if one != place and self.answer(one) == self.answer(place)]
        if not self.chooses:
            if self.table.hit is HitPolicy.RULE_ORDER:
                same = [one for one in same if one < place]
            if not self.sums and same and self.is_inside(place, same):
                yield "redundant-rule", "other rows give the same to all of its customers", [self._gone(place, same)]
            return
        ahead = self.ahead(place)
        if self.is_inside(place, ahead):
            yield "masked-rule", "another row comes first for every customer who meets it", [self._gone(place, ahead)]
        elif self.is_inside(place, [*ahead, *(one for one in same if self.rank[one] > self.rank[place])]):
            later = [one for one in same if self.rank[one] > self.rank[place]]
            claims = [self._gone(place, [*ahead, *later]), *self._falls_through(place, self.order)]
            yield "redundant-rule", "without it a later row gives the same to all of its customers", claims

    def _gone(self, place: int, beside: Sequence[int]) -> Callable[[], Claim | None]:
        name = self.table.rows[place].id
        what = "no customer meets" if not beside else "other rows hold every customer of"
        return lambda: claim(
            self.frame.customers,
            f"{what} the row `{name}`",
            [self.part(place)],
            [],
            [[self.part(one) for one in beside]] if beside else [],
        )

    def _falls_through(self, place: int, order: Sequence[int]) -> Iterator[Callable[[], Claim | None]]:
        """Yield what must be true so that no row below, of those in the order, gives something else to a customer."""
        for later in order:
            below = self.rank[later] > self.rank[place]
            if below and self.answer(later) != self.answer(place) and self.meet(place, later):
                yield self._nobody_between(place, later, [*self.ahead(place), *self.alike_between(place, later)])

    def _nobody_between(self, one: int, other: int, beside: Sequence[int]) -> Callable[[], Claim | None]:
        names = self.table.rows[one].id, self.table.rows[other].id
        return lambda: claim(
            self.frame.customers,
            f"rows that come first hold every customer of the rows `{names[0]}` and `{names[1]}` both",
            [self.both(one, other)],
            [],
            [[self.part(place) for place in beside]],
        )

    def with_rows_joined(self) -> tuple[Table, Reduction] | None:
        """Join two rows that give the same and differ in one cell."""
        if not self.can_lose or (self.table.hit is HitPolicy.RULE_ORDER and not self.frame.alone):
            return None
        for one, other, column in self._pairs():
            if any(self.frame.is_meant("mergeable-rows", self.table.rows[place].id) for place in (one, other)):
                continue
            found = self._joined_cell(one, other, column)
            if found is None:
                continue
            cell = found if isinstance(found, Comparison) else None
            for target, moves in self._places(one, other):
                stays, goes = self.table.rows[target], self.table.rows[other if target == one else one]
                joined = replace(stays, tests=(*stays.tests[:column], cell, *stays.tests[column + 1 :]))
                proven = _all_proven([*moves, partial(self._joining, one, other, joined)])
                if proven is None:
                    continue
                rows = tuple(joined if row is stays else row for row in self.table.rows if row is not goes)
                before = [self.table.rows[one], self.table.rows[other]]
                why = "the rows give the same, and the joined row is met by the customers of either"
                return self._step(ReductionKind.JOIN_ROWS, rows, before, [joined], why, proven, gone=(goes.id,))
        return None

    def _pairs(self) -> Iterator[tuple[int, int, int]]:
        """Yield pairs of rows that give the same, on the same days, and the one column in which they differ."""
        seen: dict[Hashable, list[int]] = {}
        for place in self.order:
            row = self.table.rows[place]
            if row.id in self.frame.fixed or self.boxes[place] is None:
                continue
            for column in range(len(row.tests)):
                rest = (*row.tests[:column], *row.tests[column + 1 :])
                key = column, rest, self.answer(place), row.notes.valid_from, row.notes.valid_until
                for earlier in seen.get(key, ()):
                    yield earlier, place, column
                seen.setdefault(key, []).append(place)

    def _joined_cell(self, one: int, other: int, column: int) -> Comparison | And | None:
        """Return the test that is true where either cell is, `always` when all is, or `None` when no test says it."""
        tests = self.table.rows[one].tests[column], self.table.rows[other].tests[column]
        if tests[0] is None or tests[1] is None:
            return None
        boxes = [self.space.boxes(test) for test in tests if test is not None]
        if any(len(found) != 1 or len(found[0]) != 1 for found in boxes):
            return None
        (axis, mask), (same, more) = boxes[0][0][0], boxes[1][0][0]
        if axis != same:
            return None
        found = condition_of(self.space.axes[axis], mask | more)
        if isinstance(found, And):
            return found
        known = {tests[0].attribute: frozenset(_constants(test for test in tests if test is not None))}
        shown = comparison_for(found, self.space.axes[axis], known)
        return shown if isinstance(shown, Comparison) else None

    def _places(self, one: int, other: int) -> Iterator[tuple[int, list[Callable[[], Claim | None]]]]:
        """Yield in whose place the joined row may stand, with what must be proven for that."""
        between = self.order[self.rank[one] + 1 : self.rank[other]]
        if not self.chooses:
            if self.table.hit is HitPolicy.RULE_ORDER and any(self.answer(p) != self.answer(one) for p in between):
                return
            yield one, [self._apart(one, other)] if self.sums else []
            return
        up = [
            self._nobody_between(other, place, [*self.ahead(one), one, *self.alike_between(one, place)])
            for place in between
            if self.answer(place) != self.answer(one) and self.meet(other, place)
        ]
        yield one, up
        yield other, list(self._falls_through(one, between))

    def _apart(self, one: int, other: int) -> Callable[[], Claim | None]:
        names = self.table.rows[one].id, self.table.rows[other].id
        sentence = f"no customer meets both rows `{names[0]}` and `{names[1]}`"
        return lambda: claim(self.frame.customers, sentence, [self.both(one, other)], [])

    def _joining(self, one: int, other: int, joined: Row) -> Claim | None:
        names = self.table.rows[one].id, self.table.rows[other].id
        after = [(f"row {joined.id}, joined", row_condition(self.table, joined))]
        sentence = f"the joined row is met by the customers of the rows `{names[0]}` and `{names[1]}`"
        return claim(self.frame.customers, sentence, [self.part(one), self.part(other)], after)

    def without_cell(self) -> tuple[Table, Reduction] | None:
        """Empty a cell that asks what the other cells of its row, or the assumptions, say already."""
        for place, row in enumerate(self.table.rows):
            if self.is_inside(place, ()) or self.frame.is_meant("redundant-condition", row.id):
                continue
            for column in reversed(range(len(row.tests))):
                if row.tests[column] is None:
                    continue
                wider = replace(row, tests=(*row.tests[:column], None, *row.tests[column + 1 :]))
                if not self._is_same(place, wider) or not self._may_meet(place, wider):
                    continue
                after = [(f"row {row.id}, after", row_condition(self.table, wider))]
                sentence = f"the row `{row.id}` is met by the same customers as before"
                proven = claim(self.frame.customers, sentence, [self.part(place)], after)
                if proven is not None:
                    rows = tuple(wider if one is row else one for one in self.table.rows)
                    why = "the same customers meet the row without it"
                    return self._step(ReductionKind.DROP_CELL, rows, [row], [wider], why, (proven,))
        return None

    def _is_same(self, place: int, row: Row) -> bool:
        union = self.space.union(self.space.boxes(self.conditions[place]))
        return within(self.space, self.space.boxes(row_condition(self.table, row)), union)

    def _may_meet(self, place: int, row: Row) -> bool:
        """Whether the loader takes the row beside the others, which it compares without what the book assumes."""
        if self.table.hit not in _SINGLE:
            return True
        boxes = self.space.boxes(row_condition(self.table, row))
        mine = dict(boxes[0]) if boxes else {}
        old = self.table.rows[place]
        for number, other in enumerate(self.boxes):
            if number == place or other is None or not all(mask & other.get(axis, -1) for axis, mask in mine.items()):
                continue
            that = self.table.rows[number]
            same = (frozenset(that.do), that.boost, that.limits) == (frozenset(old.do), old.boost, old.limits)
            if self.table.hit is HitPolicy.UNIQUE or not same:
                return False
        return True

    def without_column(self) -> tuple[Table, Reduction] | None:
        """Leave out an input that no row asks about; one stays at least."""
        if len(self.table.inputs) == 1 or self.frame.is_meant("useless-column", self.table.id):
            return None
        for column, name in enumerate(self.table.inputs):
            if any(row.tests[column] is not None for row in self.table.rows):
                continue
            inputs = (*self.table.inputs[:column], *self.table.inputs[column + 1 :])
            rows = tuple(replace(row, tests=(*row.tests[:column], *row.tests[column + 1 :])) for row in self.table.rows)
            table = replace(self.table, inputs=inputs, rows=rows)
            every = [self.part(place) for place in range(len(rows))]
            sentence = f"the rows of `{table.id}` are met by the same customers as before"
            after = [(f"{said}, after", condition) for said, condition in every]
            proven = claim(self.frame.customers, sentence, every, after)
            if proven is None:
                continue
            reduction = Reduction(
                ReductionKind.DROP_COLUMN,
                table.id,
                table.span,
                (f"inputs {', '.join(self.table.inputs)}",),
                (f"inputs {', '.join(inputs)}",),
                f"no row asks about `{name}`",
                (size_of(self.table), size_of(table)),
                (proven,),
            )
            return table, reduction
        return None

    def _step(
        self,
        kind: ReductionKind,
        rows: tuple[Row, ...],
        before: Sequence[Row],
        after: Sequence[Row],
        why: str,
        claims: tuple[Claim, ...],
        gone: tuple[str, ...] = (),
    ) -> tuple[Table, Reduction]:
        table = replace(self.table, rows=rows)
        notes = [(row, self.frame.notes_of(self.table, row)) for row in before if row.id in gone]
        stays = [(row.id, self.frame.notes_of(self.table, row)) for row in after]
        return table, Reduction(
            kind,
            (after or before)[0].id,
            before[0].span if not after else next(row.span for row in before if row.id == after[0].id),
            tuple(row_text(self.table, row) for row in before),
            tuple(row_text(self.table, row) for row in after),
            why,
            (size_of(self.table), size_of(table)),
            claims,
            gone,
            tuple(said for row, own in notes if stays for said in lost(row.id, own, stays)),
        )


def _all_proven(claims: Iterable[Callable[[], Claim | None]]) -> tuple[Claim, ...] | None:
    """Return the claims with their proofs, or `None` as soon as one is not proven."""
    found: list[Claim] = []
    for prove in claims:
        proven = prove()
        if proven is None:
            return None
        found.append(proven)
    return tuple(found)


def _constants(tests: Iterable[Comparison]) -> Iterator[object]:
    for test in tests:
        for operand in test.operands:
            yield from (operand.low, operand.high) if isinstance(operand, Interval) else (operand,)
