"""Which plans are new in a batch, and what do they say?

The actions of a plan are written once, however many customers have it; a planner knows the numbers of all plans that it
has written, eight bytes each and as many to notice that two plans have one number.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pyarrow as pa

from relmaint.columnar.columns import Array, Numbers
from relmaint.columnar.outcomes import Entries, Outcomes, Plans
from relmaint.columnar.tables import PLAN_ACTIONS, PLAN_WITHHELD
from relmaint.model.plan import Stage

__all__ = ["Content", "Contents"]

_STAGES = pa.array([str(stage) for stage in Stage], pa.string())


class Contents:
    """The numbers of all plans that were written; several threads may ask at a time."""

    def __init__(self, outcomes: Outcomes) -> None:
        self.outcomes = outcomes
        self._lock = threading.Lock()
        self._plans = np.zeros(0, np.int64)
        self._checks = np.zeros(0, np.uint64)
        self._states: tuple[int, pa.Table] = (0, PLAN_ACTIONS.empty_table())

    def begun(self, *, whole: bool = False) -> Content:
        """Return what is new in a batch, of which nothing is known yet; `whole` keeps what is not new, too."""
        return Content(self, whole=whole)

    def new(self, plans: Array, checks: Array) -> Array:
        """Return which of some distinct plans, ascending, were not written before; from now on they are.

        Raises:
            OverflowError: two plans have one number.
        """
        with self._lock:
            places = np.searchsorted(self._plans, plans)
            known = np.zeros(len(plans), bool)
            inside = places < len(self._plans)
            known[inside] = self._plans[places[inside]] == plans[inside]
            if (self._checks[places[known]] != checks[known]).any():
                raise OverflowError("two plans have one number; please report this")
            fresh = ~known
            self._plans = np.insert(self._plans, places[fresh], plans[fresh])
            self._checks = np.insert(self._checks, places[fresh], checks[fresh])
            return fresh

    def said(self, states: Array) -> pa.Table:
        """Return what some states of actions say, as the columns of `plan_actions` between the rank and the end."""
        with self._lock:
            highest = int(states.max()) + 1 if len(states) else 0
            if self._states[0] < highest:
                self._states = (highest, _said(self.outcomes, highest))
            return self._states[1].take(pa.array(states))


class Content:
    """What is new in one batch."""

    def __init__(self, contents: Contents, *, whole: bool) -> None:
        self._contents = contents
        self._kept: list[tuple[Array, Entries]] = []
        self._whole: list[Entries] | None = [] if whole else None
        self.matched: Array = np.zeros(contents.outcomes.statements, np.int64)

    def decided(self, words: Sequence[Array], counts: Mapping[str, Numbers], rows: int) -> Plans:
        """Return the plans of some rows, and keep what those say that are new."""
        found: list[Plans] = []
        first = 0
        for plans, entries, matched in self._contents.outcomes.of(words, counts, rows):
            self.matched += matched
            if self._whole is not None:
                self._whole.append(replace(entries, row=entries.row + first))
                first += len(plans.plan)
            distinct, firsts = np.unique(plans.plan, return_index=True)
            firsts = firsts[self._contents.new(distinct, plans.check[firsts])]
            if len(firsts):
                is_first = np.zeros(len(plans.plan), bool)
                is_first[firsts] = True
                kept = entries.taken(np.flatnonzero(is_first[entries.row]))
                self._kept.append((plans.plan[kept.row], kept))
            found.append(plans)
        if len(found) == 1:
            return found[0]
        return Plans(*(np.concatenate(one) if found else one for one in _columns(found)))

    def entries(self) -> Entries:
        """Return what all plans of the batch say."""
        assert self._whole is not None, "what is not new was not kept; please report this"
        parts = self._whole or [Entries(*(np.zeros(0, np.int64) for _ in fields(Entries)))]
        return Entries(*(np.concatenate([getattr(one, field.name) for one in parts]) for field in fields(Entries)))

    def tables(self) -> tuple[pa.Table, pa.Table]:
        """Return `plan_actions` and `plan_withheld` of the new plans, in the order of their numbers."""
        if not self._kept:
            return PLAN_ACTIONS.empty_table(), PLAN_WITHHELD.empty_table()
        plan = np.concatenate([one for one, _ in self._kept])
        state, stage, by, rank = (
            np.concatenate([getattr(one, name) for _, one in self._kept]) for name in ("state", "stage", "by", "rank")
        )
        return self._actions(plan, state, rank), self._withheld(plan, state, stage, by)

    def _actions(self, plan: Array, state: Array, rank: Array) -> pa.Table:
        here = np.flatnonzero(rank)
        here = here[np.argsort(plan[here], kind="stable")]  # the entries of a plan stand in the order of its ranking
        said = self._contents.said(state[here])
        return pa.table([pa.array(plan[here]), pa.array(rank[here]), *said.columns[2:]], PLAN_ACTIONS)

    def _withheld(self, plan: Array, state: Array, stage: Array, by: Array) -> pa.Table:
        outcomes = self._contents.outcomes
        table = outcomes.states.table()
        out = np.flatnonzero(stage >= 0)
        out = out[np.lexsort((table.action[state[out]], plan[out]))]
        words = pa.array(list(outcomes.names.words), pa.string())
        columns = [
            pa.array(plan[out]),
            words.take(pa.array(table.name_of_action[state[out]])),
            _STAGES.take(pa.array(stage[out])),
            words.take(pa.array(by[out])),
        ]
        return pa.table(columns, PLAN_WITHHELD)


def _columns(found: Sequence[Plans]) -> list[Any]:
    if not found:
        return [np.zeros(0, np.int64), np.zeros(0, np.uint64), np.zeros(0, np.int32), np.zeros(0, np.int32)]
    return [
        [one.plan for one in found],
        [one.check for one in found],
        [one.status for one in found],
        [one.first for one in found],
    ]


def _said(outcomes: Outcomes, states: int) -> pa.Table:
    """Return what each state says of its action, a row a state; of one that is withheld, nothing."""
    rows: list[dict[str, Any]] = []
    for number in range(states):
        one = outcomes.states.planned(number)
        row: dict[str, Any] = dict.fromkeys(PLAN_ACTIONS.names)
        if one is not None:
            row |= {
                "action": one.action.id,
                "kind": str(one.action.kind),
                "nature": str(one.action.nature),
                "precedence": one.action.precedence,
                "score": one.score,
                "owner": one.owner,
                "channel": list(one.channel),
                "reasons": [name for name, _ in one.reasons],
                "guards": list(one.guards),
            }
        rows.append(row)
    return pa.Table.from_pylist(rows, pa.schema([(field.name, field.type) for field in PLAN_ACTIONS]))
