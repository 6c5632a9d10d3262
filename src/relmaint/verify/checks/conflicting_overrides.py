"""Are there two rules whose overrides contradict each other for one customer?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from relmaint.ir.rules import Row, Rule
from relmaint.verify.checks.meeting import meeting
from relmaint.verify.checks.proofs import places, regions_of, role_of, undecided
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.cover import Region, Undecided, bits_of
from relmaint.verify.parts import someone
from relmaint.verify.plans import Truth, View

__all__ = ["find"]

_BUDGET = 2_000

_MOST = 3
"""How many rules that one rule or statement is in conflict with are shown."""


@dataclass(frozen=True, slots=True)
class _Clash:
    """Two rules, what each sets aside, and what is contradictory about it."""

    rules: tuple[str, str]
    targets: tuple[str, ...]
    what: str


def find(subject: Subject) -> Iterator[Finding]:
    """Yield pairs of rules that are both in force for some customer and want opposite things.

    Either each sets aside a proposal that the other makes itself, so that both actions are proposed and each rule has
    withdrawn one of them; or both set aside the same statement and put different actions in its place, and neither
    overrides the other, so that two exceptions to one rule hold at once. Duties cannot be withdrawn and do not count,
    and rules that put nothing but duties in a place do what both owe.
    Rules that override each other in a circle are refused when the book is loaded.
    """
    told: set[tuple[str, str]] = set()
    for group in (*_crossed(subject), *_replaced_twice(subject)):
        shown = 0
        left_open: dict[tuple[str, str], None] = {}
        for clash in group:
            if shown == _MOST:
                break
            if clash.rules in told:
                continue
            match _customers(subject, clash):
                case None:
                    pass
                case Undecided():
                    left_open[clash.rules] = None
                case region:
                    told.add(clash.rules)
                    shown += 1
                    yield _finding(subject, clash, region)
        for one, other in sorted(left_open.keys() - told):
            yield undecided(one, f"`{one}` and `{other}` contradict each other", subject.statements[one].span)


def _finding(subject: Subject, clash: _Clash, region: Region) -> Finding:
    one, other = clash.rules
    return Finding(
        "conflicting-overrides",
        one,
        f"`{one}` and `{other}` contradict each other: {clash.what}",
        subject.statements[one].span,
        related=(
            *places(subject, [other], "the other rule"),
            *places(subject, dict.fromkeys(clash.targets), "this one is set aside"),
        ),
        region=region,
    )


def _crossed(subject: Subject) -> Iterator[Iterator[_Clash]]:
    """Yield for each rule the others with which each withdraws an action that the other proposes, as names tell."""
    withdrawn = {rule.id: _withdrawn(subject, rule) for rule in subject.book.rules if rule.overrides}
    proposing: dict[str, list[Rule]] = {}
    for rule in subject.book.rules:
        if rule.id in withdrawn:
            for action in rule.do:
                proposing.setdefault(action, []).append(rule)
    return (_crossing(rule, withdrawn, proposing) for rule in subject.book.rules if rule.id in withdrawn)


def _crossing(
    rule: Rule, withdrawn: Mapping[str, Mapping[str, list[str]]], proposing: Mapping[str, list[Rule]]
) -> Iterator[_Clash]:
    for action, targets in withdrawn[rule.id].items():
        for other in proposing.get(action, ()):
            if other.id <= rule.id:
                continue
            for back in sorted(withdrawn[other.id].keys() & set(rule.do)):
                what = (
                    f"`{rule.id}` withdraws `{action}` and proposes `{back}`, "
                    f"`{other.id}` withdraws `{back}` and proposes `{action}`"
                )
                for pair in product(targets, withdrawn[other.id][back]):
                    yield _Clash((rule.id, other.id), pair, what)


def _withdrawn(subject: Subject, rule: Rule) -> Mapping[str, list[str]]:
    """Return the actions that a rule withdraws and does not propose itself, each with the statements it sets aside."""
    found: dict[str, list[str]] = {}
    for target in rule.overrides:
        statement = subject.statements[target]
        assert isinstance(statement, Rule | Row), "a guard cannot be overridden; please report this"
        for action in statement.do:
            if action not in rule.do and not subject.book.actions[action].is_duty:
                found.setdefault(action, []).append(target)
    return found


def _replaced_twice(subject: Subject) -> Iterator[Iterator[_Clash]]:
    """Yield for each statement the rules that set it aside and propose different things in its place."""
    by: dict[str, list[Rule]] = {}
    for rule in subject.book.rules:
        for target in rule.overrides if rule.do else ():
            by.setdefault(target, []).append(rule)
    return (_replacing(subject, target, rules) for target, rules in by.items() if _loses(subject, target))


def _replacing(subject: Subject, target: str, rules: list[Rule]) -> Iterator[_Clash]:
    earlier = 0
    named = {rule.id: rule for rule in rules}
    for other in rules:
        for name in _touched(subject, other, earlier):
            one = named[name]
            if _alternatives(subject, one, other):
                what = (
                    f"both set `{target}` aside, `{one.id}` for {_actions(one)} and `{other.id}` for {_actions(other)}"
                )
                yield _Clash((one.id, other.id), (target,), what)
        earlier |= subject.planner.bits["rule", other.id]


def _alternatives(subject: Subject, one: Rule, other: Rule) -> bool:
    """Whether two rules put different things in a place; what both owe the customer is no alternative."""
    duties = all(subject.book.actions[name].is_duty for name in (*one.do, *other.do))
    return set(one.do).isdisjoint(other.do) and not duties


def _touched(subject: Subject, rule: Rule, bits: int) -> Iterator[str]:
    """Yield the rules one of whose boxes, among those of the bits, may meet one of the rule."""
    found: dict[int, None] = {}
    for region in regions_of(subject, "rule", rule.id):
        touching = bits
        for axis, mask in enumerate(region):
            touching &= subject.union.touching(axis, mask)
        found.update(dict.fromkeys(subject.program.owner[box] for box in bits_of(touching)))
    return (subject.program.statements[owner].id for owner in found)


def _loses(subject: Subject, target: str) -> bool:
    statement = subject.statements[target]
    assert isinstance(statement, Rule | Row), "a guard cannot be overridden; please report this"
    return any(not subject.book.actions[name].is_duty for name in statement.do)


def _actions(rule: Rule) -> str:
    return " and ".join(f"`{name}`" for name in rule.do)


def _customers(subject: Subject, clash: _Clash) -> Region | Undecided | None:
    """Return customers for whom both rules are in force and set aside something that counts."""
    planner = subject.planner
    sources = [planner.rules.get(name) or planner.rows[name] for name in clash.targets]
    statements = [*clash.rules, *clash.targets]

    def apart(seen: tuple[View, ...]) -> Truth:
        """Whether nobody of the region is such a customer."""
        (view,) = seen
        truths = [*map(view.overriding, clash.rules), *map(view.counts, sources)]
        return True if False in truths else None if None in truths else False

    undecided_ = None
    keys = [(_role(subject, name), name) for name in dict.fromkeys(statements)]
    for region in meeting(subject, *keys):
        match someone(subject.views, apart, region, budget=_BUDGET):
            case None:
                pass
            case Undecided() as spent:
                undecided_ = spent
            case found:
                return found
    return undecided_


def _role(subject: Subject, name: str) -> str:
    statement = subject.statements[name]
    assert isinstance(statement, Rule | Row), "a guard cannot be overridden; please report this"
    return role_of(subject, statement)
