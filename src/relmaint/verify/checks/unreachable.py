"""Is there a rule, row or guard whose condition no possible customer meets?"""

from __future__ import annotations

from collections.abc import Iterator

from relmaint.verify.checks.proofs import boxes_behind, named, undecided
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.cover import Covered, Hole, Undecided

__all__ = ["find"]


def find(subject: Subject) -> Iterator[Finding]:
    """Yield the statements that match nobody: they contradict themselves, or what the book assumes of everyone."""
    for (role, name), numbers in subject.numbers.items():
        if role == "action":
            continue
        span = subject.statements[name].span
        broken: dict[str, None] = {}
        for number in numbers:
            match subject.nobody.cover(subject.region(number)):
                case Covered() as covered:
                    broken.update(dict.fromkeys(_assumptions(subject, covered)))
                case Hole():
                    break
                case Undecided():
                    yield undecided(name, f"any customer meets the condition of the {role} `{name}`", span)
                    break
        else:
            because = f", because of {named(sorted(broken))}" if broken else ": it contradicts itself"
            message = f"no customer meets the condition of the {role} `{name}`{because}"
            yield Finding("unreachable-rule", name, message, span)


def _assumptions(subject: Subject, covered: Covered) -> Iterator[str]:
    """Return the assumptions that a proof rests on; a set known in part rests on none."""
    broken = subject.space.broken
    return (broken[box] for box in boxes_behind(covered) if box < len(broken))
