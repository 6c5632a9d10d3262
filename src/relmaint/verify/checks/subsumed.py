"""Is there a rule that one other rule or row makes superfluous?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from relmaint.ir.rules import Rule
from relmaint.verify.checks.proofs import is_reachable, kept_by_all, places, possible_part, regions_of
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.cover import bits_of

__all__ = ["find", "holders", "is_plain", "subsumed"]


def find(subject: Subject) -> Iterator[Finding]:
    """Yield the rules all of whose customers get the same actions from one other rule or row, which always counts.

    All rules that are found can be removed together: of two that say the same, the later one by id is found.
    """
    for name, by in subject.once(subsumed).items():
        rule = subject.statements[name]
        message = f"the rule `{name}` adds nothing: `{by}` proposes the same for all of its customers"
        yield Finding(
            "subsumed-rule",
            name,
            message,
            rule.span,
            related=places(subject, [by], "this one proposes the same for all of its customers"),
            region=possible_part(subject, regions_of(subject, "rule", name)),
        )


def is_plain(rule: Rule) -> bool:
    """Whether all that a rule does is to propose actions."""
    return bool(rule.do) and not rule.boost and not rule.overrides


def subsumed(subject: Subject) -> Mapping[str, str]:
    """Return the subsumed rules, each with the rule or row that stays."""
    found: dict[str, str] = {}
    gone = 0
    for rule in reversed(subject.book.rules):
        if not is_plain(rule) or not subject.numbers["rule", rule.id]:
            continue
        own = subject.planner.bits["rule", rule.id]
        by = next(holders(subject, rule, ~(gone | own)), None)
        if by is not None and is_reachable(subject, "rule", rule.id):
            found[rule.id] = by
            gone |= own
    return dict(sorted(found.items()))


def holders(subject: Subject, rule: Rule, among: int) -> Iterator[str]:
    """Yield the statements that hold each box of the rule in one of theirs, and propose all of its actions.

    Args:
        subject: the book.
        rule: a rule that only proposes.
        among: bits of the boxes that count.
    """
    program = subject.program
    usable = subject.planner.every & among
    for action in rule.do:
        usable &= subject.planner.plain[action]
    candidates: set[int] | None = None
    for number in subject.numbers["rule", rule.id]:
        if not usable:
            return
        holding = usable & kept_by_all(subject, subject.boxes[number])
        owners = {program.owner[box] for box in bits_of(holding)}
        candidates = owners if candidates is None else candidates & owners
        if not candidates:
            return
    yield from (program.statements[owner].id for owner in sorted(candidates or ()))
