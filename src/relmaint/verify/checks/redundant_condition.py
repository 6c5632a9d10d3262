"""Is there a part of a condition that can be dropped without changing any plan?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from relmaint.ir.conditions import And, Comparison, Condition, Operator, show_condition
from relmaint.ir.program import Box
from relmaint.ir.rules import Guard, Rule
from relmaint.text import Text
from relmaint.verify.checks.proofs import inside, is_reachable, named, places, undecided
from relmaint.verify.checks.redundant import superfluous
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.checks.subsumed import is_plain, subsumed
from relmaint.verify.cover import Hole, Region, Undecided
from relmaint.vocabulary import AS_OF

__all__ = ["droppable", "find"]


def find(subject: Subject) -> Iterator[Finding]:
    """Yield the parts of the `and` of a rule or guard that can be dropped.

    The other parts imply it; or it is a rule that only proposes, and the customers whom it would win have the actions
    from other rules, which always count and give the same reason. Of one condition, all parts that are found can be
    dropped together.
    """
    gone = {*subject.once(subsumed), *(name for name, by in subject.once(superfluous).items() if isinstance(by, tuple))}
    spare = 0
    for name in gone:
        spare |= subject.planner.bits["rule", name]
    for rule in subject.book.rules:
        if rule.id not in gone:
            yield from _about(subject, rule, "rule", spare)
    for guard in subject.book.guards:
        yield from _about(subject, guard, "guard", spare)


def _about(subject: Subject, statement: Rule | Guard, role: str, spare: int) -> Iterator[Finding]:
    if not isinstance(statement.when, And) or not is_reachable(subject, role, statement.id):
        return
    for part, by in droppable(subject, statement, role, spare):
        shown = show_condition(part)
        what = f"`{shown}` in the condition of the {role} `{statement.id}`"
        span = part.span if isinstance(part, Comparison) and part.span is not None else statement.span
        if isinstance(by, Undecided):
            yield undecided(statement.id, f"{what} can be dropped", span)
            continue
        if by:
            said = f"{named(by)} {'proposes' if len(by) == 1 else 'propose'} the same without it"
        else:
            said = "whoever meets the rest meets it"
        related = places(subject, by, "this one proposes the same for those customers")
        yield Finding("redundant-condition", statement.id, f"{what} changes nothing: {said}", span, related=related)


def droppable(
    subject: Subject, statement: Rule | Guard, role: str, spare: int = 0, *, any_reason: bool = False
) -> Iterator[tuple[Condition, tuple[str, ...] | Undecided]]:
    """Yield the parts that can be dropped one after the other, each with the other statements that it rests on.

    Args:
        subject: the book.
        statement: a rule or guard whose condition has parts.
        role: which of the two it is.
        spare: bits of the boxes of rules that are to be removed, and do not count.
        any_reason: whether other rules may give other reasons.
    """
    assert isinstance(statement.when, And), "only a condition with parts has some to drop; please report this"
    own = subject.planner.bits[role, statement.id]
    others = [0]
    if isinstance(statement, Rule) and is_plain(statement):
        alike = -1 if any_reason else subject.once(_alike)[statement.notes.because]
        others = [subject.planner.plain[action] & alike & ~spare & ~own for action in statement.do]
    left = list(statement.when.parts)
    for part in statement.when.parts:
        if len(left) == 1:
            return
        place = next(index for index, one in enumerate(left) if one is part)
        rest = [*left[:place], *left[place + 1 :]]
        support: set[str] = set()
        answer: tuple[str, ...] | Hole | Undecided = ()
        regions = list(_won(subject, statement, role, rest))
        for usable in others:
            answer = inside(subject, regions, usable | own)
            if not isinstance(answer, tuple):
                break
            support.update(answer)
        if isinstance(answer, Undecided):
            yield part, answer
        elif not isinstance(answer, Hole):
            yield part, tuple(sorted(support - {statement.id}))
            left = rest


def _alike(subject: Subject) -> Mapping[Text | None, int]:
    """Return the boxes of the rules by the reason that they give: another reason would be news to the customer."""
    found: dict[Text | None, int] = {}
    for rule in subject.book.rules:
        found[rule.notes.because] = found.get(rule.notes.because, 0) | subject.planner.bits["rule", rule.id]
    return found


def _won(subject: Subject, statement: Rule | Guard, role: str, rest: list[Condition]) -> Iterator[Region]:
    """Yield the regions of the condition without one part, less what plainly is in the whole one."""
    numbers = subject.numbers[role, statement.id]
    only = subject.boxes[numbers[0]] if len(numbers) == 1 else None
    for box in subject.space.boxes(And((*rest, *_dates(statement)))):
        yield _less(subject, box, only)


def _less(subject: Subject, box: Box, only: Box | None) -> Region:
    region = subject.region(box)
    if only is None:
        return region
    whole = subject.region(only)
    apart = [axis for axis, mask in enumerate(region) if mask & ~whole[axis]]
    if len(apart) != 1:
        return region
    (axis,) = apart
    return (*region[:axis], region[axis] & ~whole[axis], *region[axis + 1 :])


def _dates(statement: Rule | Guard) -> Iterator[Comparison]:
    notes = statement.notes
    if notes.valid_from is not None:
        yield Comparison(AS_OF, Operator.GE, (notes.valid_from,))
    if notes.valid_until is not None:
        yield Comparison(AS_OF, Operator.LE, (notes.valid_until,))
