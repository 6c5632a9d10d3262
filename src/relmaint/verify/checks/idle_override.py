"""Is there an override that never sets anything aside?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from relmaint.ir.rules import Row, Rule
from relmaint.rank.hits import LAST, position
from relmaint.verify.checks.meeting import meeting
from relmaint.verify.checks.proofs import (
    inside,
    is_reachable,
    named,
    places,
    possible_part,
    regions_of,
    role_of,
    undecided,
)
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.cover import Hole, Undecided
from relmaint.verify.parts import someone
from relmaint.verify.plans import Truth, View

__all__ = ["decides", "find", "has_something_to_lose"]

_BUDGET = 2_000


def find(subject: Subject) -> Iterator[Finding]:
    """Yield the overrides by which no customer's plan can change.

    An override decides for a customer when its rule is in force, its target counts and has something to lose, and no
    other rule sets the target aside as well. Of targets that one name stands for, such as a whole table or all ids that
    begin alike, one that is decided is enough. A rule or target that nobody meets is found elsewhere.
    """
    for rule in subject.book.rules:
        if not rule.overrides or not is_reachable(subject, "rule", rule.id):
            continue
        for targets in _together(subject, rule).values():
            yield from _about(subject, rule, targets)


def _together(subject: Subject, rule: Rule) -> Mapping[str, list[str]]:
    """Return the targets by the name that may stand for them: a table, the start of their ids, or themselves."""
    sizes = subject.once(_families)
    named_by = {target: list(_names_for(subject, target)) for target in rule.overrides}
    counts = Counter(name for names in named_by.values() for name in names)
    counts.update(_names_for(subject, rule.id))
    found: dict[str, list[str]] = {}
    for target, names in named_by.items():
        whole = (name for name in names if sizes[name] == counts[name] and counts[name] > 1)
        found.setdefault(next(whole, target), []).append(target)
    return found


def _names_for(subject: Subject, target: str) -> Iterator[str]:
    """Yield the names by which an override can mean the target and others, from the widest."""
    parts = target.split("/")
    yield from ("/".join(parts[:count]) + "/*" for count in range(1, len(parts)))
    table = subject.table_of.get(target)
    if table is not None:
        parts = table.id.split("/")
        yield from ("/".join(parts[:count]) + "/*" for count in range(1, len(parts)))
        yield table.id


def _families(subject: Subject) -> Mapping[str, int]:
    """Return how many rules and rows each such name stands for."""
    rows = (row.id for table in subject.book.tables for row in table.rows)
    ids = (*(rule.id for rule in subject.book.rules), *rows)
    return Counter(name for one in ids for name in _names_for(subject, one))


def _about(subject: Subject, rule: Rule, targets: list[str]) -> Iterator[Finding]:
    reasons: dict[str, str] = {}
    for target in targets:
        match decides(subject, rule, target):
            case True:
                return
            case Undecided():
                yield undecided(rule.id, f"`{rule.id}` ever sets `{target}` aside", rule.span)
                return
            case str() as reason:
                reasons[target] = reason
            case None:
                pass
    if reasons:
        message = f"`{rule.id}` never sets {named(reasons)} aside: {'; '.join(dict.fromkeys(reasons.values()))}"
        yield Finding(
            "idle-override",
            rule.id,
            message,
            rule.span,
            related=places(subject, reasons, "this one is overridden in vain"),
            region=possible_part(subject, regions_of(subject, "rule", rule.id)),
        )


def decides(subject: Subject, rule: Rule, target: str) -> bool | Undecided | str | None:
    """Return `True` when the override decides for some customer, or the reason why it does not.

    `None` when nobody meets the target at all.
    """
    statement = subject.statements[target]
    assert isinstance(statement, Rule | Row), "a guard cannot be overridden; please report this"
    role = role_of(subject, statement)
    if not is_reachable(subject, role, target):
        return None
    if not has_something_to_lose(subject, statement):
        return "it proposes duties only, and they stay" if statement.do else "it has nothing to lose"
    planner = subject.planner
    source = planner.rules[target] if role == "rule" else planner.rows[target]
    rivals = [name for name in source.overriders if name != rule.id]

    def idle(seen: tuple[View, ...]) -> Truth:
        """Whether the override changes nothing in a region where both match."""
        (view,) = seen
        truths = [view.set_aside(rule.id), _not(view.counts(source)), *map(view.overriding, rivals)]
        return True if True in truths else None if None in truths else False

    against = source.ahead
    for name in (*rivals, *planner.rules[rule.id].overriders):
        against |= planner.rules[name].bits
    met = undecided_ = False
    for region in meeting(subject, ("rule", rule.id), (role, target)):
        if not against or isinstance(inside(subject, [region], against), Hole):
            return True
        met = True
        match someone(subject.views, idle, region, budget=_BUDGET):
            case None:
                pass
            case Undecided():
                undecided_ = True
            case _:
                return True
    if undecided_:
        return Undecided()
    if not met:
        return "no customer meets both"
    ahead = (
        [row.id for row in subject.table_of[target].rows if source.ahead & planner.bits["row", row.id]]
        if role == "row"
        else []
    )
    others = sorted({*planner.rules[rule.id].overriders, *rivals, *ahead})
    return f"{named(others)} {'comes' if len(others) == 1 else 'come'} first for every customer who meets both"


def has_something_to_lose(subject: Subject, statement: Rule | Row) -> bool:
    """Whether a rule or row that is set aside loses a proposal, points, a place, a budget, or overrides of its own."""
    book = subject.book
    if any(not book.actions[name].is_duty for name in statement.do):
        return True
    if isinstance(statement, Rule):
        return bool(statement.boost or statement.overrides)
    table = subject.table_of[statement.id]
    placed = any(position(table, 0, name) != LAST for name in statement.do)
    return bool(statement.limits or (statement.boost and statement.do) or placed)


def _not(truth: Truth) -> Truth:
    return None if truth is None else not truth
