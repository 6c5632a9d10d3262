"""Is there a row whose place in its table says something else than the plan does?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import permutations

from relmaint.ir.rules import HitPolicy, Row, Table
from relmaint.rank.hits import LAST, position, preference
from relmaint.verify.checks.masked import masking
from relmaint.verify.checks.proofs import BUDGET, named, places, undecided
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.cover import Hole, Region, Undecided, bits_of
from relmaint.verify.parts import someone
from relmaint.verify.plans import Truth, View

__all__ = ["find"]

_BUDGET = 2_000

_TRIES = 100
"""So many meetings of rows are looked at one by one; then all customers are asked about at once."""


def find(subject: Subject) -> Iterator[Finding]:
    """Yield the rows that mislead, by hit policy.

    - `first` and `priority`: a more general row, one that tests only some of the columns that another row tests, comes
      before that one for some customers who meet both, though not for all: the other looks like an exception, and is
      none. Source: the misleading rules of the decision-table analysis of Drools (`DTAnalysis`, hit policy priority),
      where any row with a `-` that outranks a row it overlaps is one; here the `-` must stand where the other tests,
      because two rows that each test a column of their own are no rule and exception. A row that loses all of its
      customers is masked, not misled about.
    - `rule order` and `output order`: the table puts one action before another, and for some customer both are planned
      the other way round, because precedence class or score decide before the table does. Source: DMN 1.3, 8.2.10, by
      which these policies return the hits in that order; and `relmaint.rank.decide`.

    The other policies know no place: `unique` and `any` because rows that meet do not differ, `collect` by definition.
    """
    for table in subject.book.tables:
        if table.hit in (HitPolicy.FIRST, HitPolicy.PRIORITY):
            yield from _general_first(subject, table)
        elif table.hit in (HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER):
            yield from _other_way_round(subject, table)


def _general_first(subject: Subject, table: Table) -> Iterator[Finding]:
    """Yield the general rows that come before more specific ones."""
    preferred = preference(table)
    assert preferred is not None, "one row counts in such a table; please report this"
    ranked = [row for _, row in sorted(enumerate(table.rows), key=lambda hit: preferred(*hit))]
    by_tested: dict[frozenset[str], int] = {}
    taken: dict[str, dict[str, Region]] = {}
    for row in ranked:
        tested = frozenset(test.attribute for test in row.tests if test is not None)
        general = 0
        for other, bits in by_tested.items():
            general |= bits if other < tested else 0
        by_tested[tested] = by_tested.get(tested, 0) | subject.planner.bits["row", row.id]
        winners = list(_winners(subject, row, general)) if general else []
        if not winners or isinstance(masking(subject, row), tuple):
            continue
        for name, found in winners:
            if isinstance(found, Undecided):
                yield undecided(row.id, f"`{name}` comes before `{row.id}`", row.span)
            else:
                taken.setdefault(name, {})[row.id] = found
    for row in table.rows:
        if row.id in taken:
            yield _finding(subject, table, row, taken[row.id])


def _winners(subject: Subject, row: Row, general: int) -> Iterator[tuple[str, Region | Undecided]]:
    """Yield the more general rows that count for some customer who meets the row too, with such customers."""
    program, planner, union = subject.program, subject.planner, subject.union
    for number in subject.numbers["row", row.id]:
        region = subject.region(number)
        touching = general
        for axis, mask in enumerate(region):
            touching &= union.touching(axis, mask)
        for box in bits_of(touching):
            name = program.statements[program.owner[box]].id
            both = subject.space.within(region, subject.boxes[box])
            if both is None:
                continue
            against = planner.rows[name].ahead | subject.views.impossible
            match union.cover(both, without=union.every & ~against, budget=BUDGET):
                case Hole(found):
                    yield name, found
                case Undecided() as spent:
                    yield name, spent
                case _:
                    pass


def _finding(subject: Subject, table: Table, row: Row, losers: dict[str, Region]) -> Finding:
    how = "comes first" if table.hit is HitPolicy.FIRST else "has the more important action"
    message = (
        f"the row `{row.id}` is more general than {named(losers)}, and wins for some customers who meet both: it {how}"
    )
    related = places(subject, losers, "this row looks like an exception to it")
    return Finding("misleading-row", row.id, message, row.span, related=related, region=next(iter(losers.values())))


def _other_way_round(subject: Subject, table: Table) -> Iterator[Finding]:
    """Yield, for each two actions, a row by which the table puts one before the other, against the plan."""
    rows: dict[str, int] = {}
    for row in table.rows:
        for name in row.do:
            rows[name] = rows.get(name, 0) | subject.planner.bits["row", row.id]
    pairs = [pair for pair in permutations(sorted(rows), 2) if _may_be_above(subject, table, pair[1], pair[0])]
    for first, then in pairs:
        found = _planned_against(subject, table, first, then, rows)
        if isinstance(found, Undecided):
            yield undecided(table.id, f"`{then}` is ever planned above `{first}`", table.span)
        elif found is not None:
            yield _against_the_table(subject, table, first, then, found)


def _planned_against(
    subject: Subject, table: Table, first: str, then: str, rows: Mapping[str, int]
) -> Region | Undecided | None:
    """Return customers who have two actions planned against the order of the table: they meet a row of each."""
    question = _in_order(table, first, then)
    left_open = None
    for tried, region in enumerate(_of_both(subject, table, rows[first], rows[then])):
        if tried == _TRIES:
            return someone(subject.views, question, budget=_BUDGET)
        match someone(subject.views, question, region, budget=_BUDGET):
            case None:
                pass
            case Undecided() as spent:
                left_open = spent
            case found:
                return found
    return left_open


def _of_both(subject: Subject, table: Table, first: int, then: int) -> Iterator[Region]:
    """Yield the regions in which rows of two actions match, under `rule order` the first before the other."""
    union = subject.union
    for box in bits_of(first):
        region = subject.region(box)
        touching = then & ~((2 << box) - 1) if table.hit is HitPolicy.RULE_ORDER else then
        for axis, mask in enumerate(region):
            touching &= union.touching(axis, mask)
        for other in bits_of(touching):
            both = subject.space.within(region, subject.boxes[other])
            if both is not None:
                yield both


def _may_be_above(subject: Subject, table: Table, one: str, other: str) -> bool:
    """Whether an action may be ranked above another that the table may put before it, as names and numbers tell."""
    planner, actions = subject.planner, subject.book.actions
    if table.hit is HitPolicy.OUTPUT_ORDER and position(table, 0, other) >= position(table, 0, one):
        return False
    above, below = planner.precedence[actions[one].precedence], planner.precedence[actions[other].precedence]
    if above != below:
        return above < below
    boosted = any(planner.boosting[name] or planner.tables[name] for name in (one, other))
    return boosted or actions[one].base > actions[other].base


def _in_order(table: Table, first: str, then: str) -> Callable[[tuple[View, ...]], Truth]:
    """Return the question whether no customer of a region has two actions planned against the order of the table."""

    def question(seen: tuple[View, ...]) -> Truth:
        (view,) = seen
        truths = [view.planned(first), view.planned(then), view.above(then, first)]
        if False in truths:
            return True
        earlier, later = _place(view, table, first), _place(view, table, then)
        if later == LAST or (earlier is not None and later is not None and earlier >= later):
            return True
        return None if None in (*truths, earlier, later) else False

    return question


def _place(view: View, table: Table, action: str) -> int | None:
    """Return the place that the table gives to an action, or `None` when it is open; `LAST` when it gives none."""
    places = (
        (position(table, place, action), view.planner.rows[row.id])
        for place, row in enumerate(table.rows)
        if action in row.do
    )
    for at, source in places:
        match view.effective(source):
            case True:
                return at
            case None:
                return None
    return LAST


def _against_the_table(subject: Subject, table: Table, first: str, then: str, region: Region) -> Finding:
    (view,) = subject.views.of(tuple(mask & -mask for mask in region))
    row, other = (
        next(row for row in table.rows if name in row.do and view.effective(view.planner.rows[row.id]))
        for name in (first, then)
    )
    actions, precedence = subject.book.actions, view.planner.precedence
    by_class = precedence[actions[then].precedence] < precedence[actions[first].precedence]
    why = f"its precedence class `{actions[then].precedence}` is higher" if by_class else "its score is higher"
    message = f"the row `{row.id}` puts `{first}` before `{then}`, and plans have `{then}` first: {why}"
    related = places(subject, [other.id] if other is not row else [], f"this row proposes `{then}`")
    return Finding("misleading-row", row.id, message, row.span, related=related, region=region)
