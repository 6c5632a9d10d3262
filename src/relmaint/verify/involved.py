"""Which edited statements have a say about what changes for one customer?"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from relmaint.ir.conditions import And, Condition
from relmaint.ir.reference import Facts, fires
from relmaint.ir.rules import RuleBook
from relmaint.verify.edits import Edits

__all__ = ["involved"]


def involved(old: RuleBook, new: RuleBook, facts: Facts, actions: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Return the role and id of each edited statement that matches the customer and can change one of the actions.

    A catalogue entry counts as well, when it is one of the actions; a statement of one book only is named as that
    book calls it.
    """
    found = dict.fromkeys(
        ("action", name) for name in sorted(actions) if old.actions.get(name) != new.actions.get(name)
    )
    for edit in Edits(old, new).list:
        book = (old, new)[edit.side]
        if edit.reach.all & set(actions) and any(fires(one, facts) for one in _conditions(book, edit.role, edit.id)):
            found[edit.role, edit.id] = None
    return tuple(found)


def _conditions(book: RuleBook, role: str, name: str) -> Iterator[Condition]:
    match role:
        case "rule":
            yield from (rule.when for rule in book.rules if rule.id == name)
        case "guard":
            yield from (guard.when for guard in book.guards if guard.id == name)
        case _:
            rows = (row for table in book.tables for row in table.rows if row.id == name)
            yield from (And(tuple(test for test in row.tests if test is not None)) for row in rows)
