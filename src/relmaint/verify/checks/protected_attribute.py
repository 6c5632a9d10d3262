"""Does a rule or row read a protected attribute for something else than to protect the customer?"""

from __future__ import annotations

from collections.abc import Iterator

from relmaint.ir.conditions import Condition, comparisons
from relmaint.ir.rules import Row, Rule
from relmaint.lower import row_condition
from relmaint.model.action import Nature
from relmaint.verify.checks.proofs import is_reachable, named, possible_part, regions_of, role_of
from relmaint.verify.checks.subject import Finding, Subject

__all__ = ["PROTECTING", "find"]

PROTECTING = frozenset({Nature.SERVICE, Nature.RISK, Nature.CARE})
"""Natures of the actions that may hang on a protected attribute: what is owed, what keeps from harm, and care.

Source: N14 of docs/compliance.md (PIPL 24 and 28; Regulation B for the United States).
"""


def find(subject: Subject) -> Iterator[Finding]:
    """Yield the rules and rows that read a protected attribute and sell by it, organise by it, or take care away by it.

    An attribute is protected when the customer model says so. A rule or row may read it to propose what is owed, what
    keeps from harm, or care, and to give points to these; it may take points from offers, and set offers aside. A guard
    may read it in any case: it can only withhold what nobody is owed. So may a budget, which bounds the contacts that
    no duty asks for.
    """
    vocabulary = subject.book.vocabulary
    protected = {name for name in vocabulary if vocabulary[name].protected}
    if not protected:
        return
    rows = [(row, row_condition(table, row)) for table in subject.book.tables for row in table.rows]
    every: list[tuple[Rule | Row, Condition]] = [*((rule, rule.when) for rule in subject.book.rules), *rows]
    for statement, condition in every:
        read = sorted({one.attribute for one in comparisons(condition)} & protected)
        misuses = list(_misuses(subject, statement)) if read else []
        role = role_of(subject, statement)
        if misuses and is_reachable(subject, role, statement.id):
            message = f"the {role} `{statement.id}` reads {named(read)}, which is there to protect: it {misuses[0]}"
            if len(read) > 1:
                message = message.replace("which is", "which are")
            region = possible_part(subject, regions_of(subject, role, statement.id))
            yield Finding("protected-attribute", statement.id, message, statement.span, region=region)


def _misuses(subject: Subject, statement: Rule | Row) -> Iterator[str]:
    """Yield what a rule or row does that must not hang on a protected attribute."""
    actions = subject.book.actions
    for name in statement.do:
        if actions[name].nature not in PROTECTING:
            yield f"proposes `{name}`, which is {actions[name].nature}"
    boosts = statement.boost if isinstance(statement, Rule) else [(name, statement.boost) for name in statement.do]
    for name, points in boosts:
        if points > 0 and actions[name].nature not in PROTECTING:
            yield f"gives points to `{name}`, which is {actions[name].nature}"
        if points < 0 and actions[name].nature in PROTECTING:
            yield f"takes points from `{name}`, which is {actions[name].nature}"
    for target in statement.overrides if isinstance(statement, Rule) else ():
        lost = subject.statements[target]
        assert isinstance(lost, Rule | Row), "a guard cannot be overridden; please report this"
        for name in lost.do:
            taken = actions[name].nature is Nature.CARE and name not in statement.do
            if taken:
                yield f"sets `{target}` aside, which proposes `{name}`"
