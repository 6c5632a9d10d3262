"""What became of every action of the catalogue, and which comparisons decided it?

Told after the fact, from the decision and the customer's values, by the reference meaning of conditions; no backend
keeps a trace.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import assert_never

from relmaint.diagnostics import Span
from relmaint.explain.fill import fill_text
from relmaint.ir.conditions import And, Comparison, Condition, Not, Or, negated, show_comparison, show_condition
from relmaint.ir.program import Program, Statement
from relmaint.ir.reference import Facts, compare, fires
from relmaint.model.action import Action
from relmaint.model.explanation import (
    ActionAccount,
    ComparisonAccount,
    Explanation,
    Outcome,
    RuleAccount,
    ScorePart,
)
from relmaint.model.plan import BookRef, Stage
from relmaint.rank.decide import Decision, Planned, Ranking, Withheld
from relmaint.text import Text
from relmaint.vocabulary import AS_OF, show_value

__all__ = ["explain", "shortfall", "support"]


def explain(
    program: Program, ranking: Ranking, decision: Decision, facts: Facts, ref: BookRef, customer: str | None
) -> Explanation:
    """Account for every action of the catalogue exactly once: planned by rank, withheld, then not proposed, by id."""
    witness = _Witness(program, ranking, facts)
    told = {one.action.id for one in decision.planned} | {one.action for one in decision.withheld}
    rest = [action for name, action in sorted(program.book.actions.items()) if name not in told]
    accounts = [
        *(witness.planned(place + 1, one) for place, one in enumerate(decision.planned)),
        *(witness.withheld(one) for one in decision.withheld),
        *(witness.not_proposed(action) for action in rest),
    ]
    as_of = facts[AS_OF]
    assert isinstance(as_of, date), "the facts always hold the day; please report this"
    return Explanation(
        customer=customer,
        as_of=as_of,
        book=ref,
        status=decision.status,
        accounts=tuple(accounts),
        uncovered=decision.uncovered,
    )


def support(condition: Condition, facts: Facts) -> tuple[Comparison, ...]:
    """Return the comparisons that make a true condition true; empty when it is not true."""
    match condition:
        case Comparison():
            return (condition,) if fires(condition, facts) else ()
        case And():
            parts = condition.parts if fires(condition, facts) else ()
        case Or():
            parts = condition.parts
        case Not():
            return support(negated(condition), facts)
        case _:
            assert_never(condition)
    return tuple(one for part in parts for one in support(part, facts))


def shortfall(condition: Condition, facts: Facts) -> tuple[Comparison, ...] | None:
    """Return the fewest comparisons that are not true and whose truth would make the condition true.

    `None` when no comparison could: the condition is `never`.
    """
    match condition:
        case Comparison():
            return () if fires(condition, facts) else (condition,)
        case And():
            needed = [shortfall(part, facts) for part in condition.parts]
            return None if None in needed else tuple(one for part in needed if part for one in part)
        case Or():
            ways = [way for part in condition.parts if (way := shortfall(part, facts)) is not None]
            return min(ways, key=len, default=None)
        case Not():
            return shortfall(negated(condition), facts)
        case _:
            assert_never(condition)


class _Witness:
    """Tells the accounts of one customer."""

    def __init__(self, program: Program, ranking: Ranking, facts: Facts) -> None:
        self.book = program.book
        self.ranking = ranking
        self.facts = facts
        self.statements: dict[str, Statement] = {one.id: one for one in program.statements if one.role != "action"}
        self.periods: dict[str, Statement] = {one.id: one for one in program.statements if one.role == "action"}
        self.proposers: dict[str, list[str]] = {}
        for rule in self.book.rules:
            self._note(rule.do, rule.id)
        for row in (row for table in self.book.tables for row in table.rows):
            self._note(row.do, row.id)
        for guard in self.book.guards:
            self._note((guard.needs,) if guard.needs else (), guard.id)
        self.spans: dict[str, Span | None] = {
            **{rule.id: rule.span for rule in self.book.rules},
            **{guard.id: guard.span for guard in self.book.guards},
            **{table.id: table.span for table in self.book.tables},
            **{row.id: row.span for table in self.book.tables for row in table.rows},
        }

    def _note(self, actions: Iterable[str], proposer: str) -> None:
        for action in actions:
            self.proposers.setdefault(action, []).append(proposer)

    def planned(self, rank: int, one: Planned) -> ActionAccount:
        action = one.action
        return ActionAccount(
            action=action.id,
            title=action.title,
            kind=action.kind,
            outcome=Outcome.PLANNED,
            rank=rank,
            rules=tuple(self.rule(name) for name, _ in one.reasons),
            guards=tuple(self.rule(name) for name in one.guards),
            score=_score(action, one.reasons),
        )

    def withheld(self, one: Withheld) -> ActionAccount:
        action = self.book.actions[one.action]
        proposers = [name for name, _ in one.reasons] or self._matching(one.action)
        return ActionAccount(
            action=action.id,
            title=action.title,
            kind=action.kind,
            outcome=Outcome.WITHHELD,
            stage=one.stage,
            by=None if one.stage is Stage.MERGE else self.rule(one.rule),
            because=fill_text(one.because, self.facts.get) or self._merged_into(one),
            rules=tuple(self.rule(name) for name in proposers),
            score=_score(action, one.reasons),
        )

    def _merged_into(self, one: Withheld) -> Text | None:
        return self.book.actions[one.rule].title if one.stage is Stage.MERGE else None

    def _matching(self, action: str) -> list[str]:
        names = self.proposers.get(action, [])
        return [name for name in names if fires(self.statements[name].when, self.facts)]

    def not_proposed(self, action: Action) -> ActionAccount:
        return ActionAccount(
            action=action.id,
            title=action.title,
            kind=action.kind,
            outcome=Outcome.NOT_PROPOSED,
            nearest=self._nearest(action),
        )

    def _nearest(self, action: Action) -> RuleAccount | None:
        """Return the rule that fails by the fewest comparisons; the first by id among equals."""
        period = self.periods.get(action.id)
        if period is not None and not fires(period.when, self.facts):
            return self._account(period, shortfall(period.when, self.facts) or (), matched=False)
        found = []
        for name in sorted(self.proposers.get(action.id, ())):
            missing = shortfall(self.statements[name].when, self.facts)
            if missing is not None:
                found.append((len(missing), name, missing))
        if not found:
            return None
        _, name, missing = min(found, key=lambda one: one[:2])
        return self._account(self.statements[name], missing, matched=not missing)

    def rule(self, name: str) -> RuleAccount:
        statement = self.statements.get(name)
        if statement is None:
            return self._account(Statement(name, "table", And(())), (), matched=True)
        return self._account(statement, support(statement.when, self.facts), matched=True)

    def _account(self, statement: Statement, said: Iterable[Comparison], *, matched: bool) -> RuleAccount:
        span = self.spans.get(statement.id) or self.book.action_spans.get(statement.id)
        notes = None if statement.role == "action" else self.ranking.notes_of(statement.id)
        return RuleAccount(
            rule=statement.id,
            matched=matched,
            condition=show_condition(statement.when),
            comparisons=tuple(self._comparison(one) for one in dict.fromkeys(said)),
            because=fill_text(notes.because, self.facts.get) if notes else None,
            source=notes.source if notes else None,
            file=span.path if span else None,
            line=span.line if span else None,
        )

    def _comparison(self, one: Comparison) -> ComparisonAccount:
        value = self.facts.get(one.attribute)
        return ComparisonAccount(
            comparison=show_comparison(one),
            attribute=one.attribute,
            value=show_value(value),
            holds=compare(one, value),
        )


def _score(action: Action, reasons: Iterable[tuple[str, int]]) -> tuple[ScorePart, ...]:
    boosts = [ScorePart(origin=name, points=points) for name, points in reasons if points]
    return (ScorePart(origin="base", points=action.base), *boosts)
