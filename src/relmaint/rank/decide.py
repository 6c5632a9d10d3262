"""Given the statements that matched, which actions are planned, in which order, and what is withheld, where, by whom?

The stages, in order: hit policy, override, guard, merge, rank, budget. Higher comes first in every ranking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field

from relmaint.ir.program import Program
from relmaint.ir.rules import Effect, Guard, Notes, Row, Rule, RuleBook, Table
from relmaint.model.action import Action, Kind
from relmaint.model.plan import PlanStatus, Stage
from relmaint.rank.hits import LAST, boosts_of, effective, limit_of, position
from relmaint.rank.select import selects
from relmaint.text import Text

__all__ = ["Budget", "Decision", "Planned", "RankKey", "Ranking", "Standing", "Withheld"]

RankKey = tuple[int, int, int, str]
"""The place of an action in a ranking; the smaller key comes first."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One planned action: its score, what speaks for it with the points each adds, and what guards changed."""

    action: Action
    score: int
    reasons: tuple[tuple[str, int], ...]
    owner: str | None
    channel: tuple[str, ...]
    deferred_by: Guard | None
    guards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Withheld:
    """One proposed action that the plan leaves out."""

    action: str
    stage: Stage
    rule: str
    because: Text | None = None
    needs: str | None = None
    score: int = 0
    reasons: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of one set of matches: planned from the highest rank down, withheld by action id."""

    status: PlanStatus
    planned: tuple[Planned, ...]
    withheld: tuple[Withheld, ...]
    uncovered: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """One contact budget as the matching rows set it: the limit, what sets it, and the attribute that counts."""

    limit: int
    by: str
    counted: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What the matches come to for one action before actions are compared: it stands for the plan, or it is withheld.

    Args:
        planned: the action as it would be planned, and
        key: its place among those that stand.
        withheld: the action as it is withheld.
        is_proposed: whether a rule or row proposes the action, and not only a guard that another action waits for.
    """

    planned: Planned | None
    key: RankKey | None
    withheld: Withheld | None
    is_proposed: bool


@dataclass(slots=True)
class _Candidate:
    """One proposed action on its way through the stages."""

    action: Action
    proposers: list[str] = field(default_factory=list)
    boosts: dict[str, int] = field(default_factory=dict)
    position: int = LAST
    owner: str | None = None
    channel: tuple[str, ...] = ()
    deferred_by: Guard | None = None
    guards: list[str] = field(default_factory=list)

    @property
    def score(self) -> int:
        return self.action.base + sum(self.boosts.values())

    @property
    def reasons(self) -> tuple[tuple[str, int], ...]:
        names = sorted({*self.proposers, *self.boosts})
        return tuple((name, self.boosts.get(name, 0)) for name in names)

    def planned(self) -> Planned:
        return Planned(
            self.action, self.score, self.reasons, self.owner, self.channel, self.deferred_by, tuple(self.guards)
        )


class Ranking:
    """The ranking of one book, prepared: `decide` turns matches into a decision.

    It holds no state of any customer, so that threads may share it.
    """

    def __init__(self, program: Program) -> None:
        """Index the statements of the program by what they contribute."""
        book = program.book
        self._book = book
        self._names = tuple(statement.id for statement in program.statements)
        self._roles = tuple(statement.role for statement in program.statements)
        self._rules: dict[str, Rule] = {rule.id: rule for rule in book.rules}
        self._guards: dict[str, Guard] = {guard.id: guard for guard in book.guards}
        self._tables: dict[str, Table] = {table.id: table for table in book.tables}
        self._rows: dict[str, tuple[Table, int, Row]] = {
            row.id: (table, place, row) for table in book.tables for place, row in enumerate(table.rows)
        }
        self._budgets = tuple(table for table in book.tables if table.limits)
        self._dated = frozenset(
            action.id for action in book.actions.values() if action.valid_from or action.valid_until
        )
        self._selected = {
            guard.id: frozenset(action.id for action in book.actions.values() if selects(guard.select, action))
            for guard in book.guards
        }
        self._precedence = {name: place for place, name in enumerate(book.precedence)}
        self._override_order = _override_order(self._rules)

    def variant(self, book: RuleBook) -> Ranking:
        """Return the ranking of a book that differs in few statements, without preparing the others again.

        The statements keep the numbers of the program; one that the book does not hold must never be said to match.
        """
        other = copy(self)
        other._book = book
        other._rules = {rule.id: rule for rule in book.rules}
        other._tables = {table.id: table for table in book.tables}
        other._rows = {row.id: (table, place, row) for table in book.tables for place, row in enumerate(table.rows)}
        other._budgets = tuple(table for table in book.tables if table.limits)
        other._guards = {guard.id: guard for guard in book.guards}
        other._selected = {
            guard.id: self._selected[guard.id]
            if self._guards.get(guard.id) is guard
            else frozenset(action.id for action in book.actions.values() if selects(guard.select, action))
            for guard in book.guards
        }
        if len(self._rules) != len(book.rules) or any(self._rules.get(rule.id) is not rule for rule in book.rules):
            other._override_order = _override_order(other._rules)
        return other

    def decide(self, matched: Iterable[int], counts: Mapping[str, int | None]) -> Decision:
        """Decide what follows from the matching statements.

        Args:
            matched: numbers of the statements of the program that match.
            counts: for each counted attribute, how many contacts were made already; `None` is unknown.
        """
        return self._run(matched).decision(counts)

    def standing(self, action: str, matched: Iterable[int]) -> Standing | None:
        """Return what the matches come to for one action before actions are compared, or `None` when for nothing.

        Args:
            action: the action.
            matched: numbers of the statements that match; those that cannot bear on the action (see `bearing`) may be
                left out.
        """
        return self._run(matched).standing(action)

    def budgets(self, matched: Iterable[int]) -> tuple[Budget, ...]:
        """Return the contact budgets, the tightest limit first."""
        return self._run(matched).budgets()

    def _run(self, matched: Iterable[int]) -> _Run:
        rules: list[Rule] = []
        rows: dict[str, list[int]] = {}
        guards: list[Guard] = []
        in_force: set[str] = set()
        for number in sorted(matched):
            name = self._names[number]
            match self._roles[number]:
                case "rule":
                    rules.append(self._rules[name])
                case "row":
                    table, place, _ = self._rows[name]
                    rows.setdefault(table.id, []).append(place)
                case "guard":
                    guards.append(self._guards[name])
                case _:
                    in_force.add(name)
        return _Run(self, rules, rows, guards, in_force)

    def notes_of(self, statement: str) -> Notes:
        """Return what a rule, row or guard says about itself; a row inherits what it leaves out from its table."""
        if (rule := self._rules.get(statement)) is not None:
            return rule.notes
        if (guard := self._guards.get(statement)) is not None:
            return guard.notes
        if statement in self._rows:
            table, _, row = self._rows[statement]
            own, general = row.notes, table.notes
            return Notes(
                own.because or general.because,
                own.source or general.source,
                own.provenance or general.provenance,
                own.owner or general.owner,
                own.valid_from or general.valid_from,
                own.valid_until or general.valid_until,
            )
        return self._tables[statement].notes

    def because(self, statement: str) -> Text | None:
        """Return the reason that a rule, row, guard or budget table gives for itself."""
        return self.notes_of(statement).because


class _Run:
    """One decision in the making; it lives for one call."""

    def __init__(
        self,
        ranking: Ranking,
        rules: Sequence[Rule],
        rows: Mapping[str, list[int]],
        guards: Sequence[Guard],
        in_force: set[str],
    ) -> None:
        self.ranking = ranking
        self.actions = ranking._book.actions
        self.rules = rules
        self.rows = rows
        self.guards = guards
        self.in_force = in_force
        self.candidates: dict[str, _Candidate] = {}
        self.withheld: dict[str, Withheld] = {}

    def decision(self, counts: Mapping[str, int | None]) -> Decision:
        set_aside = self._set_aside()
        proposed = self._propose(set_aside)
        self._guard()
        ranked = self._merged(sorted(self.candidates.values(), key=self._rank_key))
        planned = self._within_budget(ranked, self._rooms(set_aside, counts))
        kinds = {self.actions[name].kind for name in proposed}
        status = PlanStatus.PLANNED if planned else PlanStatus.EMPTY if proposed else PlanStatus.UNCOVERED
        return Decision(
            status,
            tuple(one.planned() for one in planned),
            tuple(self.withheld[name] for name in sorted(self.withheld)),
            tuple(kind for kind in self.ranking._book.covers if kind not in kinds),
        )

    def standing(self, name: str) -> Standing | None:
        proposed = self._propose(self._set_aside())
        self._guard()
        candidate, withheld = self.candidates.get(name), self.withheld.get(name)
        if candidate is not None:
            return Standing(candidate.planned(), self._rank_key(candidate), None, name in proposed)
        return None if withheld is None else Standing(None, None, withheld, name in proposed)

    def _set_aside(self) -> dict[str, str]:
        """Return the rules and rows that an effective rule overrides, each with that rule."""
        matching = {rule.id for rule in self.rules}
        set_aside: dict[str, str] = {}
        for name in self.ranking._override_order:
            if name in matching and name not in set_aside:
                for target in self.ranking._rules[name].overrides:
                    set_aside.setdefault(target, name)
        return set_aside

    def _propose(self, set_aside: Mapping[str, str]) -> set[str]:
        """Collect the proposals of the effective rules and rows; return every action that any match proposes."""
        lost: dict[str, tuple[Stage, str]] = {}
        proposed: set[str] = set()
        boosts: list[tuple[str, str, int]] = []
        for rule in self.rules:
            by = set_aside.get(rule.id)
            for action in rule.do:
                self._offer(action, rule.id, by, proposed, lost)
            if by is None:
                boosts.extend((action, rule.id, points) for action, points in rule.boost)
        for table_id, places in self.rows.items():
            boosts.extend(self._propose_rows(self.ranking._tables[table_id], places, set_aside, proposed, lost))
        for action, origin, points in boosts:
            if action in self.candidates:
                boost = self.candidates[action].boosts
                boost[origin] = boost.get(origin, 0) + points
        for action, (stage, by) in lost.items():
            if action not in self.candidates:
                self.withheld[action] = Withheld(action, stage, by, self.ranking.because(by))
        return proposed

    def _offer(
        self,
        action: str,
        origin: str,
        overridden_by: str | None,
        proposed: set[str],
        lost: dict[str, tuple[Stage, str]],
    ) -> None:
        """Take one proposal; a duty is taken even from a rule that was set aside."""
        entry = self.actions[action]
        if action in self.ranking._dated and action not in self.in_force:
            return
        proposed.add(action)
        if overridden_by is not None and not entry.is_duty:
            lost.setdefault(action, (Stage.OVERRIDE, overridden_by))
            return
        candidate = self.candidates.get(action)
        if candidate is None:
            candidate = _Candidate(entry, owner=entry.owner, channel=entry.channel)
            self.candidates[action] = candidate
        candidate.proposers.append(origin)

    def _propose_rows(
        self,
        table: Table,
        places: list[int],
        set_aside: Mapping[str, str],
        proposed: set[str],
        lost: dict[str, tuple[Stage, str]],
    ) -> list[tuple[str, str, int]]:
        """Apply the hit policy of one table; return the boosts of its effective rows."""
        hits = [(place, table.rows[place]) for place in sorted(places)]
        counting = effective(table, hits)
        winner = counting[0][1].id
        for _, row in hits:
            if all(row is not one for _, one in counting):
                for action in row.do:
                    if action not in self.ranking._dated or action in self.in_force:
                        proposed.add(action)
                        lost.setdefault(action, (Stage.HIT_POLICY, winner))
        boosts: list[tuple[str, str, int]] = []
        standing = [(place, row) for place, row in counting if row.id not in set_aside]
        for place, row in counting:
            for action in row.do:
                self._offer(action, row.id, set_aside.get(row.id), proposed, lost)
                if action in self.candidates and row.id not in set_aside:
                    self.candidates[action].position = min(
                        self.candidates[action].position, position(table, place, action)
                    )
        if "boost" in table.outputs:
            boosts.extend(boosts_of(table, [row for _, row in standing]))
        return boosts

    def _guard(self) -> None:
        """Withhold, hold, restrict, route and defer, until no hold asks for a further step."""
        pending = list(self.candidates)
        while pending:
            needed: list[tuple[str, Guard]] = []
            for name in pending:
                self._guard_one(self.candidates[name], needed)
            pending = []
            for name, guard in needed:
                if self._may_add(name):
                    entry = self.actions[name]
                    self.candidates[name] = _Candidate(entry, [], owner=entry.owner, channel=entry.channel)
                    pending.append(name)
                if name in self.candidates and guard.id not in self.candidates[name].proposers:
                    self.candidates[name].proposers.append(guard.id)

    def _may_add(self, name: str) -> bool:
        """Whether a step that a hold asks for can still be proposed."""
        in_force = name not in self.ranking._dated or name in self.in_force
        return in_force and name not in self.candidates and name not in self.withheld

    def _guard_one(self, candidate: _Candidate, needed: list[tuple[str, Guard]]) -> None:
        action = candidate.action
        speaking = [guard for guard in self.guards if action.id in self.ranking._selected[guard.id]]
        if not action.is_duty:
            for guard in speaking:
                if guard.effect is Effect.WITHHOLD:
                    self._withhold(candidate, Stage.GUARD, guard.id)
                    return
            for guard in speaking:
                if guard.effect is Effect.HOLD and guard.needs is not None and guard.needs != action.id:
                    self._withhold(candidate, Stage.GUARD, guard.id, needs=guard.needs)
                    needed.append((guard.needs, guard))
                    return
        for guard in speaking:
            if not self._adjust(candidate, guard):
                return

    def _adjust(self, candidate: _Candidate, guard: Guard) -> bool:
        """Apply a guard that changes an action; return whether the action is still there."""
        match guard.effect:
            case Effect.RESTRICT if candidate.channel:
                remaining = tuple(one for one in candidate.channel if one in guard.channels)
                if not remaining and not candidate.action.is_duty:
                    self._withhold(candidate, Stage.GUARD, guard.id)
                    return False
                if remaining and remaining != candidate.channel:
                    candidate.channel = remaining
                    candidate.guards.append(guard.id)
            case Effect.ROUTE if candidate.owner != guard.to:
                candidate.owner = guard.to
                candidate.guards.append(guard.id)
            case Effect.DEFER if candidate.channel and candidate.deferred_by is None:
                candidate.deferred_by = guard
                candidate.guards.append(guard.id)
            case _:
                pass
        return True

    def _merged(self, ranked: Iterable[_Candidate]) -> list[_Candidate]:
        """Keep, of the discretionary actions of one occasion, the highest-ranked; duties always stay."""
        carrier: dict[str, _Candidate] = {}
        kept: list[_Candidate] = []
        for candidate in ranked:
            occasion = candidate.action.occasion
            if occasion is not None and candidate.action.is_discretionary_contact:
                first = carrier.setdefault(occasion, candidate)
                if first is not candidate:
                    self._withhold(candidate, Stage.MERGE, first.action.id)
                    continue
            kept.append(candidate)
        return kept

    def _within_budget(self, ranked: Iterable[_Candidate], rooms: dict[str, int]) -> list[_Candidate]:
        kept: list[_Candidate] = []
        for candidate in ranked:
            if candidate.action.is_discretionary_contact:
                full = next((by for by, room in rooms.items() if room <= 0), None)  # the tightest comes first
                if full is not None:
                    self._withhold(candidate, Stage.BUDGET, full)
                    continue
                for by in rooms:
                    rooms[by] -= 1
            kept.append(candidate)
        return kept

    def _rooms(self, set_aside: Mapping[str, str], counts: Mapping[str, int | None]) -> dict[str, int]:
        """Return how many discretionary contacts each budget leaves, the tightest budget first.

        An unknown count leaves none.
        """
        rooms: dict[str, int] = {}
        for one in self.budgets(set_aside):
            count = counts.get(one.counted)
            room = 0 if count is None else max(0, one.limit - count)
            rooms[one.by] = min(room, rooms.get(one.by, room))
        return rooms

    def budgets(self, set_aside: Mapping[str, str] | None = None) -> tuple[Budget, ...]:
        """Return the budgets as the rows that count set them, the tightest first."""
        aside = self._set_aside() if set_aside is None else set_aside
        found: list[Budget] = []
        for table in self.ranking._budgets:
            hits = [(place, table.rows[place]) for place in sorted(self.rows.get(table.id, ()))]
            rows = [row for _, row in (effective(table, hits) if hits else ()) if row.id not in aside]
            for column, name in enumerate(table.limits):
                limit, by = limit_of(table, column, rows)
                found.append(Budget(limit, by, name))
        return tuple(sorted(found, key=lambda one: (one.limit, one.by)))

    def _withhold(self, candidate: _Candidate, stage: Stage, by: str, needs: str | None = None) -> None:
        name = candidate.action.id
        self.candidates.pop(name, None)
        because = None if stage is Stage.MERGE else self.ranking.because(by)
        self.withheld[name] = Withheld(name, stage, by, because, needs, candidate.score, candidate.reasons)

    def _rank_key(self, candidate: _Candidate) -> RankKey:
        """Smaller comes first: precedence class, then the higher score, then the position, then the id."""
        precedence = self.ranking._precedence[candidate.action.precedence]
        return precedence, -candidate.score, candidate.position, candidate.action.id


def _override_order(rules: Mapping[str, Rule]) -> tuple[str, ...]:
    """Return the overriding rules so that each comes before every rule that it overrides; the loader refused cycles."""
    order: list[str] = []
    seen: set[str] = set()
    above: dict[str, list[str]] = {}
    for rule in rules.values():
        for target in rule.overrides:
            above.setdefault(target, []).append(rule.id)

    for start in sorted(rules):
        stack = [(start, iter(above.get(start, ())))]
        while stack:
            name, rest = stack[-1]
            following = next((one for one in rest if one not in seen), None)
            if following is None:
                stack.pop()
                if name not in seen:
                    seen.add(name)
                    order.append(name)
            else:
                stack.append((following, iter(above.get(following, ()))))
    return tuple(name for name in order if rules[name].overrides)
