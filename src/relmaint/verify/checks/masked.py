"""Is there a rule or row that other rules set aside, or earlier rows come before, for every customer who meets it?"""

from __future__ import annotations

from collections.abc import Iterator

from relmaint.ir.rules import HitPolicy, Row, Rule
from relmaint.verify.checks.proofs import (
    Support,
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
from relmaint.verify.cover import Hole, Region, Undecided
from relmaint.verify.parts import Proven, everywhere
from relmaint.verify.plans import Truth, View

__all__ = ["find", "masking"]

_ONE_COUNTS = (HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.FIRST, HitPolicy.PRIORITY)
_BUDGET = 2_000


def find(subject: Subject) -> Iterator[Finding]:
    """Yield the rules and rows that have no effect on any plan.

    A rule or row that does a duty cannot be set aside. One whose action a guard asks for by `hold` is left out: that
    its own proposal was lost keeps the action from being added.
    """
    planner = subject.planner
    for rule in subject.book.rules:
        if planner.rules[rule.id].overriders and not _lasts(subject, rule):
            yield from _about(subject, rule, _set_aside(subject, rule))
    for table in subject.book.tables:
        for row in table.rows:
            source = planner.rows[row.id]
            if table.hit in _ONE_COUNTS and source.ahead and not _holds(subject, row):
                yield from _about(subject, row, masking(subject, row))
            elif table.hit not in _ONE_COUNTS and source.overriders and not _lasts(subject, row):
                yield from _about(subject, row, _set_aside(subject, row))


def masking(subject: Subject, row: Row) -> Support | Hole | Undecided:
    """Return the rows that come before a row for every customer who meets it, or customers for whom it counts."""
    return inside(subject, regions_of(subject, "row", row.id), subject.planner.rows[row.id].ahead)


def _holds(subject: Subject, statement: Rule | Row) -> bool:
    """Whether the action of a rule or row is what a guard asks for."""
    return any(action in subject.planner.holders for action in statement.do)


def _lasts(subject: Subject, statement: Rule | Row) -> bool:
    """Whether a rule or row has an effect even where it is set aside."""
    return _holds(subject, statement) or any(subject.book.actions[action].is_duty for action in statement.do)


def _set_aside(subject: Subject, statement: Rule | Row) -> Support | Hole | Undecided:
    """Decide whether effective rules override a rule or row wherever it matches."""
    planner = subject.planner
    role = role_of(subject, statement)
    source = planner.rules[statement.id] if role == "rule" else planner.rows[statement.id]
    over = [planner.rules[name] for name in source.overriders]
    regions = list(regions_of(subject, role, statement.id))
    every = sure = 0
    for one in over:
        every |= one.bits
        sure |= 0 if one.overriders else one.bits
    answer = inside(subject, regions, sure)
    if every == sure or not isinstance(answer, Hole) or isinstance(inside(subject, regions, every), Hole):
        return answer
    return _by_overridden_ones(subject, statement.id, regions, source.overriders)


def _by_overridden_ones(
    subject: Subject, name: str, regions: list[Region], overriders: Support
) -> Support | Hole | Undecided:
    """Decide it where the overriding rules can be set aside themselves."""

    def question(seen: tuple[View, ...]) -> Truth:
        return seen[0].set_aside(name)

    for region in regions:
        answer = everywhere(subject.views, question, region, budget=_BUDGET)
        if isinstance(answer, Undecided):
            return answer
        if not isinstance(answer, Proven):
            return Hole(answer.region)
    return tuple(sorted(overriders))


def _about(subject: Subject, statement: Rule | Row, answer: Support | Hole | Undecided) -> Iterator[Finding]:
    role = role_of(subject, statement)
    what = f"the {role} `{statement.id}`"
    if isinstance(answer, Undecided):
        yield undecided(statement.id, f"{what} ever has an effect", statement.span)
    elif not isinstance(answer, Hole) and answer and is_reachable(subject, role, statement.id):
        how = "overrides it" if subject.statements[answer[0]].id not in subject.table_of else "comes first"
        how = how if len(answer) == 1 else {"overrides it": "override it", "comes first": "come first"}[how]
        message = f"{what} never has an effect: {named(answer)} {how} for every customer who meets it"
        yield Finding(
            "masked-rule",
            statement.id,
            message,
            statement.span,
            related=places(subject, answer, "this one comes before it"),
            region=possible_part(subject, regions_of(subject, role, statement.id)),
        )
