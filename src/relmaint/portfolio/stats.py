"""What do the plans of a whole customer base come to?

Customers are counted by plan and class, and everything else follows from the distinct plans: memory hangs on how many
plans there are, never on how many customers. Every count is exact, and the same however the run was sharded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from relmaint.columnar.columns import Array
from relmaint.ir.rules import RuleBook
from relmaint.model.action import Kind
from relmaint.model.plan import PlanStatus
from relmaint.portfolio.runs import Run, RunError, coded

__all__ = ["AXES", "UNKNOWN", "Group", "Statistics", "statistics"]

AXES = ("tier", "preference", "habit")
"""The classes by which plans are counted, as far as the customer model has them."""

UNKNOWN = "unknown"
"""The class of a customer whose class is not known."""

_MERGED = 1 << 22
"""So many counts by plan and class are held before they are put together."""


@dataclass(slots=True)
class Group:
    """How the plans of some customers came out.

    Attributes:
        customers: how many they are.
        status: how many of them have a plan of each status.
        actions: how many actions their plans hold.
        kinds: how many of these are of each kind of maintenance.
    """

    customers: int = 0
    status: Counter[str] = field(default_factory=Counter)
    actions: int = 0
    kinds: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Statistics:
    """What the plans of a customer base come to. Counts are customers, where nothing else is said.

    Attributes:
        whole: all customers.
        plans: how many distinct plans they have.
        by_length: customers by how many actions their plan holds.
        with_kind: customers whose plan holds an action of the kind.
        without_kind: customers for whom no rule proposes any action of a kind that the book promises to cover.
        planned: customers by action.
        first: customers by the action that comes first.
        owners: planned actions by owner; an empty word is nobody.
        withheld: customers by action that their plan leaves out.
        stages: withheld actions by stage.
        withheld_by: withheld actions by stage and rule.
        axes: the customers of each word of each axis.
        combinations: the customers of each combination of the axes.
        silent: the rules, rows and guards that matched nobody, by what they are.
        never_planned: actions of the book that nobody's plan holds, each with how many plans left it out.
        empty_by: customers with an empty plan by what withheld something; one may be counted under several.
        empty: customers with an empty plan by combination, with the smallest id among them.
        uncovered: customers for whom no rule speaks by combination, with the smallest id among them.
    """

    whole: Group = field(default_factory=Group)
    plans: int = 0
    by_length: Counter[int] = field(default_factory=Counter)
    with_kind: Counter[str] = field(default_factory=Counter)
    without_kind: Counter[str] = field(default_factory=Counter)
    planned: Counter[str] = field(default_factory=Counter)
    first: Counter[str] = field(default_factory=Counter)
    owners: Counter[str] = field(default_factory=Counter)
    withheld: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    withheld_by: Counter[tuple[str, str]] = field(default_factory=Counter)
    axes: dict[str, dict[str, Group]] = field(default_factory=dict)
    combinations: dict[tuple[str, ...], Group] = field(default_factory=dict)
    silent: dict[str, tuple[str, ...]] = field(default_factory=dict)
    never_planned: dict[str, int] = field(default_factory=dict)
    empty_by: Counter[tuple[str, str]] = field(default_factory=Counter)
    empty: dict[tuple[str, ...], tuple[int, str | None]] = field(default_factory=dict)
    uncovered: dict[tuple[str, ...], tuple[int, str | None]] = field(default_factory=dict)


def statistics(run: Run, book: RuleBook) -> Statistics:
    """Count what the plans of a run come to.

    Args:
        run: the run.
        book: the book that made the plans.

    Raises:
        RunError: another book made them, or a table is not what a run writes.
        SourceError: a table cannot be read.
    """
    run.made_by(book)
    axes = tuple(name for name in AXES if name in book.vocabulary)
    tally = _Tally(run, axes)
    for batch in run.batches(("customer", "plan", "status", *axes)):
        tally.add(batch)
    return _Account(run, book, tally).statistics()


# Customers by plan and class -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Class:
    """How a plan came out, and the words of a customer on the axes."""

    status: str
    words: tuple[str, ...]


class _Tally:
    """Counts customers by plan and class, batch by batch."""

    def __init__(self, run: Run, axes: tuple[str, ...]) -> None:
        self.run, self.axes = run, axes
        self.classes: dict[_Class, int] = {}
        self.smallest: dict[_Class, str] = {}
        self._held: list[tuple[Array, Array, Array]] = []

    def add(self, batch: pa.RecordBatch) -> None:
        """Count the customers of a batch."""
        for name in ("customer", "plan", "status", *self.axes):
            if name not in batch.schema.names:
                raise RunError(f"the plans have no column `{name}`; they are not what `relmaint plan` wrote")
        classes = self._classes(batch)
        plan = np.asarray(batch.column("plan").to_numpy(zero_copy_only=False))
        self._held.append(_summed(plan, classes, np.ones(len(plan), np.int64)))
        if sum(len(plans) for plans, _, _ in self._held) > _MERGED:
            self._held = [self.counts()]

    def counts(self) -> tuple[Array, Array, Array]:
        """Return each plan with each class that it was met with, and how many customers have both."""
        empty = np.zeros(0, np.int64)
        plans, classes, counts = zip((empty, empty, empty), *self._held, strict=True)
        return _summed(np.concatenate(plans), np.concatenate(classes), np.concatenate(counts))

    def _classes(self, batch: pa.RecordBatch) -> Array:
        """Return the number of the class of each row, and note the smallest id of those without a plan."""
        codes = np.zeros(batch.num_rows, np.int64)
        columns: list[tuple[str, ...]] = []
        for name in ("status", *self.axes):
            own, words = coded(batch.column(name))
            codes = codes * (len(words) + 1) + np.where(own < 0, len(words), own)
            columns.append((*words, UNKNOWN))
        distinct, places = np.unique(codes, return_inverse=True)
        numbers = np.zeros(len(distinct), np.int32)
        for place, code in enumerate(distinct.tolist()):
            said: list[str] = []
            for column in reversed(columns):
                code, word = divmod(code, len(column))  # noqa: PLW2901  # taken apart digit by digit
                said.insert(0, column[word])
            class_ = _Class(said[0], tuple(said[1:]))
            numbers[place] = self.classes.setdefault(class_, len(self.classes))
            if class_.status != PlanStatus.PLANNED:
                self._note(class_, batch.column("customer").filter(pa.array(places == place)).cast(pa.string()))
        return numbers[places]

    def _note(self, class_: _Class, customers: pa.Array) -> None:
        found = pc.min(customers).as_py()
        if found is not None:
            self.smallest[class_] = min(found, self.smallest.get(class_, found))


def _summed(plans: Array, codes: Array, counts: Array) -> tuple[Array, Array, Array]:
    """Return each pair of a plan and a code that is there, and the sum of its counts."""
    known, places = np.unique(plans, return_inverse=True)
    width = int(codes.max(initial=0)) + 1
    found, where = np.unique(places * width + codes, return_inverse=True)
    return known[found // width], found % width, np.bincount(where, counts, len(found)).astype(np.int64)


# What follows from the distinct plans --------------------------------------------------------------------------------


class _Account:
    """Makes the statistics from the counts by plan and class."""

    def __init__(self, run: Run, book: RuleBook, tally: _Tally) -> None:
        self.run, self.book, self.tally = run, book, tally
        self.plans, self.class_, self.counts = tally.counts()
        self.classes = tuple(tally.classes)
        self.rows, self.actions = run.actions.of(self.plans)
        self.told = Statistics()

    def statistics(self) -> Statistics:
        """Return all counts."""
        self._groups()
        self._planned()
        self._withheld()
        self._kinds()
        self._never()
        return self.told

    def _groups(self) -> None:
        """Count by class: the whole, each word of each axis, and each combination."""
        told = self.told
        told.plans = len(np.unique(self.plans))
        often = np.bincount(self.class_, self.counts, len(self.classes)).astype(np.int64)
        kinds = self.run.actions.words["kind"]
        width = max(1, len(kinds.words))
        code = self.class_[self.rows].astype(np.int64) * width + kinds.codes[self.actions]
        sums = np.bincount(code, self.counts[self.rows], len(self.classes) * width)
        by_kind = sums.astype(np.int64).reshape(len(self.classes), width)
        for number, class_ in enumerate(self.classes):
            groups = [told.whole, told.combinations.setdefault(class_.words, Group())]
            groups += [
                told.axes.setdefault(axis, {}).setdefault(word, Group())
                for axis, word in zip(self.tally.axes, class_.words, strict=True)
            ]
            counted = dict(zip(kinds.words, by_kind[number].tolist(), strict=False))
            for group in groups:
                group.customers += int(often[number])
                group.status[class_.status] += int(often[number])
                group.actions += sum(counted.values())
                group.kinds.update(counted)
            noted = (int(often[number]), self.tally.smallest.get(class_))
            if class_.status == PlanStatus.EMPTY:
                told.empty[class_.words] = noted
            elif class_.status == PlanStatus.UNCOVERED:
                told.uncovered[class_.words] = noted

    def _planned(self) -> None:
        """Count by action, and how long the plans are."""
        told, actions, weights = self.told, self.run.actions, self.counts[self.rows]
        first = actions.rank[self.actions] == 1
        for name, counter, chosen in (
            ("action", told.planned, slice(None)),
            ("action", told.first, first),
            ("owner", told.owners, slice(None)),
        ):
            column = actions.words[name]
            counter.update(_counted(column.codes[self.actions][chosen], column.words, weights[chosen]))
        lengths = np.bincount(self.rows, minlength=len(self.plans))
        for length, count in enumerate(np.bincount(lengths, self.counts).astype(np.int64).tolist()):
            told.by_length[length] = count

    def _withheld(self) -> None:
        """Count what was withheld, by action, by stage, by rule; and what left plans empty."""
        told, withheld = self.told, self.run.withheld
        weights = self._customers_of(withheld.plan)
        stage, rule = withheld.words["stage"], withheld.words["rule"]
        told.withheld.update(_counted(*_parts(withheld.words["action"]), weights))
        told.stages.update(_counted(*_parts(stage), weights))
        for code, count in _sums(stage.codes.astype(np.int64) * len(rule.words) + rule.codes, weights):
            told.withheld_by[stage.words[code // len(rule.words)], rule.words[code % len(rule.words)]] = count
        empty = {number for number, one in enumerate(self.classes) if one.status == PlanStatus.EMPTY}
        inside = np.isin(self.class_, list(empty))
        of_empty = np.isin(withheld.plan, self.plans[inside])
        pairs = stage.codes.astype(np.int64) * len(rule.words) + rule.codes
        plans, codes, _ = _summed(withheld.plan[of_empty], pairs[of_empty], np.ones(int(of_empty.sum()), np.int64))
        for one, count in _sums(codes, self._customers_of(plans)):
            told.empty_by[stage.words[one // len(rule.words)], rule.words[one % len(rule.words)]] = count

    def _customers_of(self, plans: Array) -> Array:
        """Return how many customers have each of these plans."""
        known, places = np.unique(self.plans, return_inverse=True)
        often = np.bincount(places, self.counts, len(known)).astype(np.int64)
        if not len(known):
            return np.zeros(len(plans), np.int64)
        place = np.minimum(np.searchsorted(known, plans), len(known) - 1)
        return np.where(known[place] == plans, often[place], 0)

    def _kinds(self) -> None:
        """Count who has an action of each kind, and for whom none is even proposed."""
        told, actions, withheld = self.told, self.run.actions, self.run.withheld
        kinds = actions.words["kind"]
        known = np.unique(self.plans)
        often = self._customers_of(known)
        held = np.zeros((len(Kind), len(known)), bool)
        place_of = {str(kind): place for place, kind in enumerate(Kind)}
        numbers = np.asarray([place_of[word] for word in kinds.words], np.int64)
        if len(self.rows):
            held[numbers[kinds.codes[self.actions]], np.searchsorted(known, self.plans[self.rows])] = True
        for kind, row in zip(Kind, held, strict=True):
            told.with_kind[str(kind)] = int(often[row].sum())
        words = withheld.words["action"]
        own = np.asarray([place_of[str(self.book.actions[word].kind)] for word in words.words], np.int64)
        met = np.isin(withheld.plan, known)
        if met.any():
            held[own[words.codes[met]], np.searchsorted(known, withheld.plan[met])] = True
        for kind in self.book.covers:
            told.without_kind[str(kind)] = int(often[~held[place_of[str(kind)]]].sum())

    def _never(self) -> None:
        """Find the statements that matched nobody, and the actions that nobody's plan holds."""
        roles = {
            "rules": [rule.id for rule in self.book.rules],
            "rows": [row.id for table in self.book.tables for row in table.rows],
            "guards": [guard.id for guard in self.book.guards],
        }
        matched = self.run.matched
        self.told.silent = {role: tuple(one for one in ids if not matched[one]) for role, ids in roles.items()}
        self.told.never_planned = {
            action: self.told.withheld[action] for action in self.book.actions if not self.told.planned[action]
        }


def _parts(column: Any) -> tuple[Array, tuple[str, ...]]:
    return column.codes, column.words


def _sums(codes: Array, weights: Array) -> Iterator[tuple[int, int]]:
    distinct, places = np.unique(codes, return_inverse=True)
    sums = np.bincount(places, weights, len(distinct)).astype(np.int64)
    return zip(distinct.tolist(), sums.tolist(), strict=True)


def _counted(codes: Array, words: tuple[str, ...], weights: Array) -> Mapping[str, int]:
    """Return the sum of the weights of each word; of none under the empty word."""
    return {(words[code] if code >= 0 else ""): count for code, count in _sums(codes, weights) if count}
