"""What do the hit policy and the aggregate of a table make of its matching rows?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from relmaint.ir.rules import Aggregate, HitPolicy, Row, Table

__all__ = ["LAST", "boosts_of", "effective", "limit_of", "position", "preference"]

LAST = 1 << 30
"""The position of an action to which no table gives one."""


def effective(table: Table, hits: list[tuple[int, Row]]) -> list[tuple[int, Row]]:
    """Return the matching rows that count under the hit policy, in the order of the table."""
    preferred = preference(table)
    return hits if preferred is None else [min(hits, key=lambda hit: preferred(*hit))]


def preference(table: Table) -> Callable[[int, Row], tuple[int, int]] | None:
    """Return the key by which one matching row is chosen, smallest first; `None` when all matching rows count."""
    match table.hit:
        case HitPolicy.UNIQUE | HitPolicy.ANY | HitPolicy.FIRST:
            return lambda place, _: (0, place)
        case HitPolicy.PRIORITY:
            return lambda place, row: (_best(table, row), place)
        case (
            HitPolicy.RULE_ORDER | HitPolicy.OUTPUT_ORDER | HitPolicy.COLLECT
        ):  # pragma: no branch  # the last one there is
            return None


def _best(table: Table, row: Row) -> int:
    return min((_place_in_order(table, action) for action in row.do), default=LAST)


def _place_in_order(table: Table, action: str) -> int:
    return table.order.index(action) if action in table.order else len(table.order)


def position(table: Table, place: int, action: str) -> int:
    """Return the place that a table gives to an action in the ranking; smaller comes first."""
    match table.hit:
        case HitPolicy.RULE_ORDER:
            return place
        case HitPolicy.OUTPUT_ORDER:
            return _place_in_order(table, action)
        case _:
            return LAST


def boosts_of(table: Table, rows: Sequence[Row]) -> list[tuple[str, str, int]]:
    """Return (action, row, points) for the effective rows, folded as the table's aggregate says."""
    found: list[tuple[str, str, int]] = []
    for action in sorted({action for row in rows for action in row.do}):
        hits = [row for row in rows if action in row.do]
        match table.aggregate:
            case Aggregate.COUNT:
                found.extend((action, row.id, 1) for row in hits)
            case Aggregate.MIN | Aggregate.MAX:
                fold = min if table.aggregate is Aggregate.MIN else max
                extreme = fold(hits, key=lambda row: row.boost)
                found.append((action, extreme.id, extreme.boost))
            case Aggregate.SUM | None:  # pragma: no branch  # the last one there is
                found.extend((action, row.id, row.boost) for row in hits)
    return found


def limit_of(table: Table, column: int, rows: Sequence[Row]) -> tuple[int, str]:
    """Return the budget that the rows set in one column, and the row, or failing that the table, that sets it."""
    if not rows:
        return table.default, table.id
    numbers = [row.limits[column] for row in rows]
    limit = _fold(table.aggregate, numbers)
    return limit, rows[numbers.index(limit)].id if limit in numbers else table.id


def _fold(aggregate: Aggregate | None, numbers: list[int]) -> int:
    match aggregate:
        case Aggregate.SUM:
            return sum(numbers)
        case Aggregate.MIN:
            return min(numbers)
        case Aggregate.MAX:
            return max(numbers)
        case Aggregate.COUNT:
            return len(numbers)
        case None:  # pragma: no branch  # the last one there is
            return numbers[0]
