"""Is there a rule that several others together make superfluous?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from relmaint.ir.rules import Rule
from relmaint.verify.checks.proofs import (
    Support,
    inside,
    is_reachable,
    named,
    places,
    possible_part,
    regions_of,
    undecided,
)
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.checks.subsumed import is_plain, subsumed
from relmaint.verify.cover import Hole, Undecided

__all__ = ["find", "superfluous", "support_of"]


def find(subject: Subject) -> Iterator[Finding]:
    """Yield the rules each of whose customers get each of its actions from others, which always count.

    They only propose: a rule that boosts or overrides is left out. All rules that are found, and all subsumed ones,
    can be removed together.
    """
    for name, by in subject.once(superfluous).items():
        rule = subject.statements[name]
        if isinstance(by, Undecided):
            yield undecided(name, f"other rules make the rule `{name}` superfluous", rule.span)
            continue
        message = f"the rule `{name}` adds nothing: {named(by)} together propose the same for all of its customers"
        yield Finding(
            "redundant-rule",
            name,
            message.replace(" together propose", " proposes") if len(by) == 1 else message,
            rule.span,
            related=places(subject, by, "this one proposes the same for some of its customers"),
            region=possible_part(subject, regions_of(subject, "rule", name)),
        )


def superfluous(subject: Subject) -> Mapping[str, Support | Undecided]:
    """Return the rules that several others make superfluous, with those others; subsumed ones are gone before."""
    found: dict[str, Support | Undecided] = {}
    bits = subject.planner.bits
    earlier = subject.once(subsumed)
    gone = 0
    for name in earlier:
        gone |= bits["rule", name]
    for rule in reversed(subject.book.rules):
        if not is_plain(rule) or rule.id in earlier or not subject.numbers["rule", rule.id]:
            continue
        own = bits["rule", rule.id]
        by = support_of(subject, rule, ~(gone | own))
        if by and is_reachable(subject, "rule", rule.id):
            found[rule.id] = by
            if not isinstance(by, Undecided):
                gone |= own
    return dict(sorted(found.items()))


def support_of(subject: Subject, rule: Rule, among: int) -> Support | Undecided | None:
    """Return the statements by which each action of the rule is proposed for each of its customers.

    Args:
        subject: the book.
        rule: a rule that only proposes.
        among: bits of the boxes that count.
    """
    support: set[str] = set()
    for action in rule.do:
        usable = subject.planner.plain[action] & among
        answer = inside(subject, regions_of(subject, "rule", rule.id), usable) if usable else None
        if answer is None or isinstance(answer, Hole):
            return None
        if isinstance(answer, Undecided):
            return answer
        support.update(answer)
    return tuple(sorted(support))
