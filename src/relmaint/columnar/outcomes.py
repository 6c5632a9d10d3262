"""Which plan has each row, given the boxes that match in it?

What a single action comes to is asked of the ranking that plans for single customers, once for each distinct set of
boxes that bear on it. Then actions are compared, for all rows at a time: they are sorted by the same key, the first of
an occasion stays, and contacts are counted against the budgets. That the two statements of these three steps agree is
a law over drawn books.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from relmaint.columnar.columns import Array, Numbers
from relmaint.columnar.counting import Counting, boxes_of_statements
from relmaint.columnar.hashes import mixed, number_of, numbers_of
from relmaint.columnar.leaves import Layout
from relmaint.columnar.standings import Answers
from relmaint.ir.program import Program
from relmaint.model.plan import PlanStatus, Stage
from relmaint.rank.decide import Budget, Planned, Ranking, RankKey, Standing, Withheld
from relmaint.verify.cover import bits_of
from relmaint.verify.plans import Planner

__all__ = ["STATUSES", "Entries", "Outcomes", "Plans", "layout_of"]

STATUSES = tuple(str(status) for status in (PlanStatus.PLANNED, PlanStatus.EMPTY, PlanStatus.UNCOVERED))
"""How a plan can come out, by the number of each."""

_ROWS = 1 << 16
"""Rows that are compared at a time."""

_SALTS = ("plan", "check")
"""A plan has two numbers of independent hashes: the one that names it, and one to notice that two have one name."""


@dataclass(frozen=True, slots=True)
class Plans:
    """The plan of each of some rows.

    Args:
        plan: the number that names the plan.
        check: a second number of it.
        status: how it comes out, as a place in `STATUSES`.
        first: the place of its first action in the catalogue; -1 when there is none.
    """

    plan: Array
    check: Array
    status: Array
    first: Array


@dataclass(frozen=True, slots=True)
class Entries:
    """What the plans of some rows say, entry by entry, in the order of the rows and of each ranking.

    Args:
        row: the row.
        state: the number of what the action comes to before actions are compared.
        stage: the stage that withholds it, as a place in `Stage`; -1 when it is planned.
        by: what withholds it, as a number of a name.
        rank: its place in the plan, counted from 1; 0 when it is withheld.
    """

    row: Array
    state: Array
    stage: Array
    by: Array
    rank: Array

    def taken(self, places: Array) -> Entries:
        """Return some of the entries."""
        return Entries(self.row[places], self.state[places], self.stage[places], self.by[places], self.rank[places])


def layout_of(program: Program) -> Layout:
    """Return an order of the boxes in which those of the guards, and those of each action, stand together."""
    planner = Planner(program)
    order: dict[int, None] = {}
    guards = {number for number, one in enumerate(program.statements) if one.role == "guard"}
    order.update(dict.fromkeys(box for box, owner in enumerate(program.owner) if owner in guards))
    order.update(dict.fromkeys(bits_of(planner.budgeting())))
    for action in program.book.actions:
        order.update(dict.fromkeys(bits_of(planner.matching[action])))
    order.update(dict.fromkeys(range(len(program.boxes))))
    return Layout(program, tuple(order))


class Outcomes:
    """The plans of one program, remembered action by action; several threads may ask at a time.

    Args:
        program: the lowered book.
        layout: where each box stands in the words of a row.
        digest: the digest of the book, which the number of a plan hangs on.
    """

    def __init__(self, program: Program, layout: Layout, digest: str) -> None:
        """Find out which boxes bear on which action."""
        self._layout = layout
        self._ranking = Ranking(program)
        self._counted = tuple(program.counted)
        self.names = _Names()
        self.states = _States(program, self.names)
        planner = Planner(program)
        left = boxes_of_statements(program)
        self._actions: list[_Action] = []
        for name in program.book.actions:
            if proposing := planner.proposing(name):
                own = {number: bits for number, bits in left.items() if bits and bits & ~proposing == 0}
                left = {number: bits for number, bits in left.items() if number not in own}
                counted = {number: layout.masks(bits) for number, bits in own.items()}
                answers = self._answers(name, planner)
                self._actions.append(_Action(name, layout.masks(proposing), answers, counted))
        self._counting = Counting(layout, left)
        self.statements = len(program.statements)
        self._budgets = _Budgets(self._counted, self.names)
        budgeting = layout.masks(planner.budgeting())
        self._budget_answers = Answers(
            budgeting, lambda key: self._budgets.number(self._ranking.budgets(self._matched(budgeting, key)))
        )
        self._bases = np.asarray(
            [[number_of([digest, status], salt) for status in STATUSES] for salt in _SALTS], np.uint64
        )

    def _answers(self, action: str, planner: Planner) -> Answers:
        """Return what comes of an action, as answers of the ranking."""
        masks = self._layout.masks(planner.bearing(action))

        def ask(key: tuple[int, ...]) -> int:
            return self.states.number(self._ranking.standing(action, self._matched(masks, key)))

        return Answers(masks, ask)

    def _matched(self, masks: Sequence[tuple[int, int]], key: Sequence[int]) -> frozenset[int]:
        """Return the statements whose boxes are in these words."""
        owner = self._layout.owner
        return frozenset(
            owner[64 * word + place] for (word, _), bits in zip(masks, key, strict=True) for place in bits_of(bits)
        )

    def of(
        self, words: Sequence[Array], counts: Mapping[str, Numbers], rows: int
    ) -> Iterator[tuple[Plans, Entries, Array]]:
        """Yield the plans of some rows, some thousands at a time; the entries count the rows from there.

        With each come the counts of how many of these rows each statement matches.

        Args:
            words: the boxes that match in each row, word by word.
            counts: the column of each counted attribute.
            rows: how many rows there are.
        """
        for start in range(0, rows, _ROWS):
            block = slice(start, start + _ROWS)
            here = [word[block] for word in words]
            own = {
                name: Numbers(one.units[block], None if one.known is None else one.known[block])
                for name, one in counts.items()
            }
            yield self._block(here, own, min(_ROWS, rows - start))

    def _block(self, words: list[Array], counts: Mapping[str, Numbers], rows: int) -> tuple[Plans, Entries, Array]:
        matched = np.zeros(self.statements, np.int64)
        self._counting.add(matched, words)
        found = [(where, one.states(words, where, matched)) for one, where in self._proposed(words, rows)]
        row = np.concatenate([where for where, _ in found]) if found else np.zeros(0, np.int64)
        state = np.concatenate([own for _, own in found]) if found else np.zeros(0, np.int32)
        room, by = self._rooms(words, counts, rows)
        table = self.states.table()
        some = table.rank[state] >= 0
        # The rows of each action are ascending already, and merging such runs is faster than other ways of sorting.
        keys = np.sort((row[some] << np.int64(32)) | table.rank[state[some]], kind="stable")
        row, state = keys >> np.int64(32), table.by_rank[keys & np.int64(0xFFFFFFFF)]
        stage, names = table.stage[state], table.name[state]
        _merge(table, row, state, stage, names)
        _spend(table, row, state, stage, names, room, by)
        entries = Entries(row, state, stage, names, _ranks(row, stage))
        return self._named(table, entries, rows), entries, matched

    def _proposed(self, words: list[Array], rows: int) -> Iterator[tuple[_Action, Array]]:
        """Yield each action with the rows in which something proposes it."""
        for one in self._actions:
            hit = np.zeros(rows, bool)
            for word, mask in one.proposing:
                hit |= (words[word] & np.uint64(mask)) != 0
            where = np.flatnonzero(hit)
            if len(where):
                yield one, where

    def _rooms(self, words: list[Array], counts: Mapping[str, Numbers], rows: int) -> tuple[Array, Array]:
        """Return how many discretionary contacts the budgets leave in each row, and which budget is the tightest."""
        numbers = self._budget_answers.numbers(words, None, rows)
        return self._budgets.rooms(numbers, counts, rows)

    def _named(self, table: _Table, entries: Entries, rows: int) -> Plans:
        """Name the plan of each row, and say how it comes out."""
        row, state, stage = entries.row, entries.state, entries.stage
        planned = stage < 0
        status = np.full(rows, STATUSES.index("uncovered"), np.int32)
        status[row[table.is_proposed[state]]] = STATUSES.index("empty")
        status[row[planned]] = STATUSES.index("planned")
        first = np.full(rows, -1, np.int32)
        inside, out = np.flatnonzero(planned), np.flatnonzero(~planned)
        top = np.flatnonzero(entries.rank == 1)
        first[row[top]] = table.action[state[top]]
        begins = np.flatnonzero(_changes(row))
        names = self.names.table()
        sums = []
        for salt in range(len(_SALTS)):
            parts = np.empty(len(row), np.uint64)
            parts[inside] = table.hashes[salt][state[inside]]
            parts[out] = mixed(
                names[salt][table.name_of_action[state[out]]]
                + mixed(names[salt][entries.by[out]] + mixed(stage[out].astype(np.uint64)))
            )
            total = np.zeros(rows, np.uint64)
            if len(row):
                total[row[begins]] = np.add.reduceat(parts, begins)
            sums.append(mixed(total + self._bases[salt][status]))
        return Plans((sums[0] >> np.uint64(1)).astype(np.int64), sums[1], status, first)


@dataclass(frozen=True, slots=True)
class _Action:
    """One action: the words of a row in which something proposes it, and what comes of it.

    `counted` are the statements that propose it, and that no other action counts: a row that one of them matches is
    among the rows of the action, so that they are counted by the few keys of these rows.
    """

    name: str
    proposing: list[tuple[int, int]]
    answers: Answers
    counted: Mapping[int, list[tuple[int, int]]]

    def states(self, words: Sequence[Array], rows: Array, matched: Array) -> Array:
        """Return what comes of the action in some rows, and count the statements."""
        known, places = self.answers.places(words, rows, len(rows))
        often = np.bincount(places, minlength=len(known.answers))
        for number, masks in self.counted.items():
            matched[number] += often[self.answers.matching(known, masks)].sum()
        found: Array = known.answers[places]
        return found


def _merge(table: _Table, row: Array, state: Array, stage: Array, names: Array) -> None:
    """Keep, of the discretionary actions of one occasion in one row, the highest-ranked."""
    occasion = table.occasion[state]
    merging = np.flatnonzero((occasion >= 0) & (stage < 0))
    key = row[merging] * np.int64(table.occasions) + occasion[merging]
    _, firsts, groups = np.unique(key, return_index=True, return_inverse=True)
    carriers = merging[firsts[groups]]
    gone = carriers != merging
    stage[merging[gone]] = _MERGE
    names[merging[gone]] = table.name_of_action[state[carriers[gone]]]


def _spend(table: _Table, row: Array, state: Array, stage: Array, names: Array, room: Array, by: Array) -> None:
    """Withhold the discretionary contacts beyond the room of each row."""
    contacts = np.flatnonzero(table.is_contact[state] & (stage < 0))
    of = row[contacts]
    beyond = _places(of) >= room[of]
    stage[contacts[beyond]] = _BUDGET
    names[contacts[beyond]] = by[of[beyond]]


def _ranks(row: Array, stage: Array) -> Array:
    """Return the place of each planned entry in its plan, counted from 1."""
    ranks = np.zeros(len(row), np.int32)
    planned = np.flatnonzero(stage < 0)
    ranks[planned] = _places(row[planned]) + 1
    return ranks


def _places(of: Array) -> Array:
    """Return for each entry how many of the same row come before it; rows are ascending."""
    places = np.arange(len(of))
    found: Array = places - np.maximum.accumulate(np.where(_changes(of), places, 0))
    return found


def _changes(of: Array) -> Array:
    """Return where a row begins."""
    found = np.ones(len(of), bool)
    np.not_equal(of[1:], of[:-1], out=found[1:])
    return found


_STAGES = tuple(Stage)
_MERGE, _BUDGET = _STAGES.index(Stage.MERGE), _STAGES.index(Stage.BUDGET)


class _Names:
    """Numbers for names of actions and statements, with the hashes of each."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self._numbers: dict[str, int] = {}
        self._lock = threading.Lock()
        self._hashes = [np.zeros(0, np.uint64)] * len(_SALTS)

    def number(self, word: str) -> int:
        with self._lock:
            found = self._numbers.get(word)
            if found is None:
                found = self._numbers[word] = len(self.words)
                self.words.append(word)
            return found

    def table(self) -> list[Array]:
        with self._lock:
            if len(self._hashes[0]) < len(self.words):
                self._hashes = [numbers_of(list(self.words), f"{salt} name") for salt in _SALTS]
            return self._hashes


@dataclass(frozen=True, slots=True)
class _Table:
    """What all states are, as columns.

    `rank` is the place of a state among all of them, -1 for a state in which there is nothing to say of the action;
    those that do not stand come after those that do.
    """

    rank: Array
    by_rank: Array
    stage: Array
    name: Array
    name_of_action: Array
    action: Array
    occasion: Array
    occasions: int
    is_contact: Array
    is_proposed: Array
    hashes: tuple[Array, ...]


class _States:
    """Numbers for what actions come to; 0 is nothing."""

    def __init__(self, program: Program, names: _Names) -> None:
        self._actions = {name: place for place, name in enumerate(program.book.actions)}
        self._catalogue = program.book.actions
        occasions = sorted({one.occasion for one in program.book.actions.values() if one.occasion is not None})
        self._occasions = {name: place for place, name in enumerate(occasions)}
        self._names = names
        self._standings: list[Standing | None] = [None]
        self._numbers: dict[Any, int] = {}
        self._lock = threading.Lock()
        self._table: _Table | None = None

    def number(self, standing: Standing | None) -> int:
        """Return the number of what an action comes to."""
        if standing is None:
            return 0
        key = _said(standing)
        with self._lock:
            found = self._numbers.get(key)
            if found is None:
                found = self._numbers[key] = len(self._standings)
                self._standings.append(standing)
            return found

    def standing(self, number: int) -> Standing:
        """Return what a number stands for."""
        found = self._standings[number]
        assert found is not None, "nothing is in no plan; please report this"
        return found

    def planned(self, number: int) -> Planned | None:
        """Return the action that a state plans, if it plans one."""
        found = self._standings[number]
        return None if found is None else found.planned

    def table(self) -> _Table:
        """Return all states that are known, as columns."""
        with self._lock:
            if self._table is None or len(self._table.rank) < len(self._standings):
                self._table = self._columns(list(self._standings))
            return self._table

    def _columns(self, standings: list[Standing | None]) -> _Table:
        order = sorted((number for number, one in enumerate(standings) if one is not None), key=self._sort_key)
        rank = np.full(len(standings), -1, np.int64)
        rank[order] = np.arange(len(order))
        stage, name, action = (np.full(len(standings), -1, np.int32) for _ in range(3))
        occasion, named = np.full(len(standings), -1, np.int64), np.zeros(len(standings), np.int32)
        is_contact, is_proposed = np.zeros(len(standings), bool), np.zeros(len(standings), bool)
        hashes = np.zeros((len(_SALTS), len(standings)), np.uint64)
        for number, one in enumerate(standings):
            if one is None:
                continue
            own = self._catalogue[_action_of(one)]
            action[number], named[number] = self._actions[own.id], self._names.number(own.id)
            is_proposed[number] = one.is_proposed
            if one.withheld is not None:
                stage[number], name[number] = _STAGES.index(one.withheld.stage), self._names.number(one.withheld.rule)
                continue
            is_contact[number] = own.is_discretionary_contact
            if own.is_discretionary_contact and own.occasion is not None:
                occasion[number] = self._occasions[own.occasion]
            for place, salt in enumerate(_SALTS):
                hashes[place, number] = number_of(_said(one)[:-1], salt)
        by_rank = np.asarray(order, np.int64)
        return _Table(
            rank, by_rank, stage, name, named, action, occasion, len(self._occasions), is_contact, is_proposed,
            tuple(hashes),
        )  # fmt: skip

    def _sort_key(self, number: int) -> tuple[int, RankKey | tuple[str], int]:
        one = self.standing(number)
        if one.key is not None:
            return 0, one.key, number
        return 1, (_action_of(one),), number


def _action_of(standing: Standing) -> str:
    said: Planned | Withheld | None = standing.planned or standing.withheld
    assert said is not None, "something is said of the action; please report this"
    return said.action.id if isinstance(said, Planned) else said.action


def _said(standing: Standing) -> tuple[Any, ...]:
    """Return all that a plan shows of what an action comes to, with its place in a ranking."""
    if standing.withheld is not None:
        one = standing.withheld
        return one.action, str(one.stage), one.rule, standing.is_proposed
    found = standing.planned
    assert found is not None, "an action stands or is withheld; please report this"
    return (
        found.action.id,
        found.score,
        found.owner,
        found.channel,
        tuple(name for name, _ in found.reasons),
        found.guards,
        standing.key,
        standing.is_proposed,
    )


class _Budgets:
    """The budgets that rows come to, as columns."""

    def __init__(self, counted: Sequence[str], names: _Names) -> None:
        self._counted = {name: place for place, name in enumerate(counted)}
        self._names = names
        self._numbers: dict[tuple[Budget, ...], int] = {}
        self._lock = threading.Lock()
        self._columns = np.zeros((0, 0, 4), np.int64)

    def number(self, budgets: tuple[Budget, ...]) -> int:
        with self._lock:
            found = self._numbers.setdefault(budgets, len(self._numbers))
            if found == len(self._columns):
                rows = [self._row(one) for one in self._numbers]
                self._columns = np.asarray(rows, np.int64).reshape(len(rows), len(budgets), 4)
            return found

    def _row(self, budgets: tuple[Budget, ...]) -> list[tuple[int, int, int, int]]:
        """Return, for each budget, its limit, its attribute, its name, and the place of the name among the budgets."""
        names = [one.by for one in budgets]
        return [
            (one.limit, self._counted[one.counted], self._names.number(one.by), names.index(one.by)) for one in budgets
        ]

    def rooms(self, numbers: Array, counts: Mapping[str, Numbers], rows: int) -> tuple[Array, Array]:
        """Return the room of the tightest budget of each row, and its name; of equal ones the first counts."""
        columns = self._columns
        budgets = columns.shape[1]
        best, by = np.full(rows, _ENDLESS * (budgets + 1), np.int64), np.zeros(rows, np.int64)
        attributes = list(self._counted)
        for place in range(budgets):
            limit, name = columns[:, place, 0][numbers], columns[:, place, 2][numbers]
            attribute, order = columns[:, place, 1][numbers], columns[:, place, 3][numbers]
            room = np.zeros(rows, np.int64)
            for which, one in enumerate(attributes):
                here = attribute == which
                known = counts[one].known
                left = np.clip(limit - counts[one].units, 0, _ENDLESS)
                room = np.where(here, left if known is None else np.where(known, left, 0), room)
            value = room * np.int64(budgets) + order
            better = value < best
            best = np.where(better, value, best)
            by = np.where(better, name, by)
        return (best // budgets if budgets else best), by


_ENDLESS = 1 << 40
"""More room than any plan has actions."""
