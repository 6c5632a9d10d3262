"""About which customers can two edits of a book be in conflict?

Where no statement matches that a side edited, that side plans as before; and where the statements that the two edited
cannot change the fate of one action, nor both change the ranking, each side's wish comes true beside the other's. So a
merge need only be proven for the other customers, and for those whom the merged book treats as neither side does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from relmaint.ir.conditions import ALWAYS, And, Condition, Or
from relmaint.ir.rules import Guard, Row, Rule, RuleBook
from relmaint.verify.edits import Edits, Reach
from relmaint.verify.plans import Truth

__all__ = ["Common", "Touch", "touches"]

_NOBODY: Condition = Or(())

_Statement = Rule | Row | Guard


@dataclass(frozen=True, slots=True)
class Touch:
    """What an edited statement can change, and for whom.

    Args:
        before: a condition; the customers are those of whom just one of the two is true.
        after: the other condition.
        actions: the actions that it can change.
        classes: the precedence classes within which it can change places in the ranking.
    """

    before: Condition
    after: Condition
    actions: frozenset[str]
    classes: frozenset[str]

    def meets(self, other: Touch) -> bool:
        """Whether the two together can do something else than each on its own."""
        return not (self.actions.isdisjoint(other.actions) and self.classes.isdisjoint(other.classes))


def touches(old: RuleBook, new: RuleBook) -> tuple[Touch, ...]:
    """Return what an edit of a book can change; of customers whom nothing of it touches the two books plan alike."""
    edits = Edits(old, new)
    same = {name for name, action in old.actions.items() if new.actions.get(name) == action}
    stated = [_stated(book) for book in (old, new)]
    found: dict[tuple[str, str], tuple[list[_Statement | None], Reach]] = {}
    for edit in edits.list:
        pair, reach = found.get((edit.role, edit.id), ([None, None], Reach()))
        pair[edit.side] = stated[edit.side][edit.role, edit.id]
        found[edit.role, edit.id] = pair, reach | edit.reach
    every: list[tuple[tuple[Condition, Condition], Reach]]
    every = [((ALWAYS, _NOBODY), edits.everywhere)] if edits.everywhere is not None else []
    every += [(pair, reach) for (old_, new_), reach in found.values() for pair in _pairs(old_, new_, same)]
    classes = [
        frozenset(book.actions[name].precedence for book in (old, new) for name in reach.key if name in book.actions)
        for _, reach in every
    ]
    return tuple(
        Touch(before, after, reach.all | edits.rest(reach), own)
        for ((before, after), reach), own in zip(every, classes, strict=True)
    )


def _stated(book: RuleBook) -> dict[tuple[str, str], _Statement]:
    found: dict[tuple[str, str], _Statement] = {("rule", rule.id): rule for rule in book.rules}
    found |= {("row", row.id): row for table in book.tables for row in table.rows}
    return found | {("guard", guard.id): guard for guard in book.guards}


def _pairs(old: _Statement | None, new: _Statement | None, same: set[str]) -> Iterator[tuple[Condition, Condition]]:
    if old is not None and new is not None and _differ_in_condition_only(old, new, same):
        yield _condition(old), _condition(new)
    else:
        yield from ((_condition(one), _NOBODY) for one in (old, new) if one is not None)


def _condition(one: _Statement) -> Condition:
    if isinstance(one, Row):
        return And(tuple(test for test in one.tests if test is not None))
    return one.when


def _differ_in_condition_only(old: _Statement, new: _Statement, same: set[str]) -> bool:
    """Whether a customer of whom both conditions are true meets the same statement in both books."""
    match old, new:
        case Rule(), Rule():
            spoken = {*old.do, *(action for action, _ in old.boost)}
            return spoken <= same and replace(old, when=new.when) == new
        case Guard(), Guard():
            return (old.needs is None or old.needs in same) and replace(old, when=new.when) == new
        case _:
            return False


class Common:
    """The customers about whom two edits of a book can be in conflict.

    Args:
        ours: what our edit touches.
        theirs: what the other edit touches.
        besides: what the merged book touches of ours, and of theirs; nothing without a merged book.
    """

    def __init__(
        self,
        ours: Iterable[Touch],
        theirs: Iterable[Touch],
        besides: tuple[Iterable[Touch], Iterable[Touch]] = ((), ()),
    ) -> None:
        """Find which pairs of edits meet, and what the merged book has that neither side edited so."""
        ours, theirs = dict.fromkeys(ours), dict.fromkeys(theirs)
        groups = [(one, other) for one in ours for other in theirs if one.meets(other)]
        odd = [one for one in besides[0] if one not in theirs] + [one for one in besides[1] if one not in ours]
        numbers: dict[Condition, int] = {}
        self._groups = [
            tuple(
                (numbers.setdefault(one.before, len(numbers)), numbers.setdefault(one.after, len(numbers)))
                for one in group
            )
            for group in dict.fromkeys([*((one,) for one in odd), *groups])
        ]
        self.conditions: tuple[Condition, ...] = tuple(numbers)

    def asks(self, truth: Callable[[int], Truth]) -> Truth:
        """Whether the customers of a region are among them; `truth` answers for a condition by its number."""
        open_ = False
        for group in self._groups:
            told = _all(_differ(truth(one), truth(other)) for one, other in group)
            if told:
                return True
            open_ = open_ or told is None
        return None if open_ else False


def _differ(one: Truth, other: Truth) -> Truth:
    return None if one is None or other is None else one != other


def _all(told: Iterable[Truth]) -> Truth:
    found: Truth = True
    for one in told:
        if one is False:
            return False
        found = None if one is None else found
    return found
