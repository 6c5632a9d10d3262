"""Which of all planned actions can their owners do today, and when can they do the rest?

No plan of one customer knows how full somebody's day is. Here every owner's actions stand in one declared order, and in
this order each takes the first working day on which its owner has room:

1. duties come first, and are kept today whether or not there is room: nothing defers a duty;
2. then the order of the ranking, as it is written in the book: precedence class, higher score, rank within the plan,
   action id;
3. then the customer id.

An action that does not fit into what is left of a day lets a shorter one behind it have it (first fit). Later days are
counted with what is known today: their whole capacity is free for what is deferred.

The order is total, so nothing hangs on files, shards, batches or buckets. Memory is bounded by the distinct plans and
the size of a batch: the actions of all customers are sorted in runs on disk and merged stretch by stretch.
"""

from __future__ import annotations

import shutil
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from relmaint.columnar.columns import Array
from relmaint.columnar.sinks import complete
from relmaint.diagnostics import Diagnostic
from relmaint.ir.rules import RuleBook
from relmaint.model.action import DUTY_NATURES, Kind, Nature
from relmaint.portfolio.capacity import Capacity, OwnerCapacity, Per, Unit, unmet
from relmaint.portfolio.runs import Run, RunError, coded

__all__ = ["ALLOCATION", "COLUMNS", "Allocation", "Decision", "Load", "Reason", "Seat", "allocate"]

_WORD = pa.dictionary(pa.int32(), pa.string())

ALLOCATION = pa.schema(
    [
        pa.field("owner", _WORD),
        pa.field("branch", _WORD),
        pa.field("manager", _WORD),
        pa.field("place", pa.int64(), nullable=False),
        pa.field("customer", pa.string(), nullable=False),
        pa.field("plan", pa.int64(), nullable=False),
        pa.field("rank", pa.int32(), nullable=False),
        pa.field("action", _WORD, nullable=False),
        pa.field("kind", _WORD, nullable=False),
        pa.field("nature", _WORD, nullable=False),
        pa.field("amount", pa.int32(), nullable=False),
        pa.field("decision", _WORD, nullable=False),
        pa.field("reason", _WORD, nullable=False),
        pa.field("day", pa.date32()),
    ]
)
"""One row for each action of each customer, those of one owner together and in their order: `place` 1 comes first."""

COLUMNS = {
    "owner": "the owner of the action, after guards; empty when it has none",
    "branch": "the customer's branch",
    "manager": "the customer's client manager",
    "place": "the place in the order of the manager, branch or bank whose day it is; 1 comes first",
    "customer": "the customer",
    "plan": "the number of the plan, as in the table of plans",
    "rank": "the rank of the action in the plan",
    "action": "the action",
    "kind": "its kind of maintenance",
    "nature": "its nature; service and risk are duties",
    "amount": "how many minutes or contacts it takes; 0 of an owner who is not limited",
    "decision": "`today`, `deferred`, or `never` within the days that were looked at",
    "reason": "why, as the how-to page lists it",
    "day": "the day on which it is done; empty for `never`",
}
"""What the columns mean."""


class Decision(StrEnum):
    """When an action is done."""

    TODAY = "today"
    DEFERRED = "deferred"
    NEVER = "never"


class Reason(StrEnum):
    """Why an action is done when it is."""

    DUTY = "duty"
    UNLIMITED = "unlimited"
    ROOM = "room"
    FULL = "full"
    BEYOND_HORIZON = "beyond-horizon"
    TOO_LARGE = "too-large"
    NO_CAPACITY = "no-capacity"

    @property
    def decision(self) -> Decision:
        """When what has this reason is done; `NEVER` is on no day that was looked at."""
        match self:
            case Reason.DUTY | Reason.UNLIMITED | Reason.ROOM:
                return Decision.TODAY
            case Reason.FULL:
                return Decision.DEFERRED
            case _:
                return Decision.NEVER


_REASONS = tuple(Reason)
_DECISIONS = tuple(Decision)


@dataclass(slots=True)
class Load:
    """What is asked of somebody, and what becomes of it; amounts are in the unit of the owner.

    Attributes:
        actions: how many actions, by reason.
        amount: how much they take, by reason.
        capacity: how much there is on the day of the plans; `None` when it is not limited, or not of one branch.
        overload: by how much the duties alone exceed the capacity of whoever has them.
    """

    actions: Counter[Reason] = field(default_factory=Counter)
    amount: Counter[Reason] = field(default_factory=Counter)
    capacity: int | None = None
    overload: int = 0

    @property
    def demand(self) -> int:
        """How much everything takes that is planned for today."""
        return self.amount.total()

    def of(self, decision: Decision) -> int:
        """Return how much what was decided so takes."""
        return sum(amount for reason, amount in self.amount.items() if reason.decision is decision)

    def count(self, decision: Decision) -> int:
        """Return how many actions were decided so."""
        return sum(count for reason, count in self.actions.items() if reason.decision is decision)

    def add(self, other: Load) -> None:
        """Add what is asked of others."""
        self.actions.update(other.actions)
        self.amount.update(other.amount)
        self.overload += other.overload


@dataclass(frozen=True, slots=True, order=True)
class Seat:
    """Whose day it is: an owner, and the manager or branch that has such a day.

    Args:
        owner: the owner of the book; empty for actions without one.
        is_vacant: whether the manager or branch is not known; then `place` is the branch, if that is known.
        place: the manager or the branch; empty for the bank, or where nothing is known.
    """

    owner: str
    is_vacant: bool = False
    place: str = ""


@dataclass(slots=True)
class Allocation:
    """What an allocation came to.

    Attributes:
        as_of: the day of the plans.
        days: the working days after it that were looked at.
        units: what each owner's capacity is counted in.
        seats: the load of each seat.
        kinds: the load by owner and kind of maintenance.
        branches: the load by owner and branch of the customer, where the owner's day is that of a manager or a branch.
        later: how much of the deferred falls on each day, by owner.
        findings: exceptions of the capacity file for whom no customer has.
    """

    as_of: date
    days: tuple[date, ...]
    units: dict[str, Unit] = field(default_factory=dict)
    seats: dict[Seat, Load] = field(default_factory=dict)
    kinds: dict[tuple[str, str], Load] = field(default_factory=dict)
    branches: dict[tuple[str, str], Load] = field(default_factory=dict)
    later: dict[str, Counter[date]] = field(default_factory=dict)
    findings: list[Diagnostic] = field(default_factory=list)

    @property
    def owners(self) -> dict[str, Load]:
        """The load of each owner, over all of his seats."""
        found: dict[str, Load] = {}
        for seat, load in self.seats.items():
            whole = found.setdefault(seat.owner, Load())
            whole.add(load)
            if load.capacity is not None:
                whole.capacity = (whole.capacity or 0) + load.capacity
        return found


def allocate(
    run: Run,
    book: RuleBook,
    capacity: Capacity,
    output: Path,
    *,
    rows: int = 1 << 20,
    progress: Callable[[int], None] = lambda _: None,
) -> Allocation:
    """Allocate the planned actions of a customer base to the days of their owners.

    Args:
        run: the plans.
        book: the book that made them.
        capacity: what the owners can do in a day.
        output: the table of `ALLOCATION` to write, once all is done; its ending decides the format.
        rows: about how many actions are held in memory at a time.
        progress: is told of the customers of each batch that is sorted.

    Raises:
        RunError: another book made the plans, or a customer is there twice or has no id.
        SourceError: a table cannot be read.
        RelmaintError: no table is written to a file of this ending.
    """
    run.made_by(book)
    work = output.with_name(f".{output.name}.runs")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        seating = _Seating(run, book, capacity)
        runs = _Runs(work)
        for batch in run.batches(("customer", "plan", "branch", "manager")):
            for table in seating.exploded(batch, rows):
                runs.add(table)
            progress(batch.num_rows)
        days = _Days(run, seating, capacity)
        with complete(output, ALLOCATION) as sink:
            for table in _evenly(_once(runs.merged(rows)), rows):
                sink.write(days.decided(table))
        return days.allocation()
    finally:
        shutil.rmtree(work)


# Who has a day, and in which order do actions ask for it? ------------------------------------------------------------


class _Seating:
    """Gives each action of each customer its seat and its place in the order, as one number.

    The number has the seat above and the place in the order within the seat, its level, below; customers with equal
    numbers are told apart by their ids.
    """

    def __init__(self, run: Run, book: RuleBook, capacity: Capacity) -> None:
        self.actions = run.actions
        words = self.actions.words
        self.owners = ("", *sorted(words["owner"].words))
        self.pairs = _pairs(run)
        self.branches = tuple(sorted({branch for branch, _ in self.pairs if branch is not None}))
        self.managers = tuple(sorted({manager for _, manager in self.pairs if manager is not None}))
        self.seats: list[Seat] = []
        self._bases: list[int] = []
        for owner in self.owners:
            self._bases.append(len(self.seats))
            self.seats += self._seats_of(owner, capacity)
        self._pers = [None if (one := capacity.owners.get(owner)) is None else one.per for owner in self.owners]
        place = {owner: number for number, owner in enumerate(self.owners)}
        numbers = np.asarray([*(place[word] for word in words["owner"].words), 0], np.int64)
        self.owner = numbers[words["owner"].codes]  # -1, no owner, is the last: number 0
        self.is_duty = _lookup(words["nature"], [Nature(word) in DUTY_NATURES for word in words["nature"].words])
        self.amount = self._amounts(capacity)
        self.level = self._levels(book)

    def _seats_of(self, owner: str, capacity: Capacity) -> list[Seat]:
        match None if (one := capacity.owners.get(owner)) is None else one.per:
            case Per.MANAGER:
                own = [Seat(owner, place=name) for name in self.managers]
                return [
                    *own,
                    Seat(owner, is_vacant=True),
                    *(Seat(owner, is_vacant=True, place=name) for name in self.branches),
                ]
            case Per.BRANCH:
                return [*(Seat(owner, place=name) for name in self.branches), Seat(owner, is_vacant=True)]
            case _:
                return [Seat(owner)]

    def _amounts(self, capacity: Capacity) -> Array:
        """Return how much of the owner's day each action of each plan takes."""
        action, nature, channel = (self.actions.words[name] for name in ("action", "nature", "channel"))
        code = self.owner * len(action.words) + action.codes
        code = (code * len(nature.words) + nature.codes) * (len(channel.words) + 1) + channel.codes + 1
        distinct, places = np.unique(code, return_inverse=True)
        amounts = []
        for one in distinct.tolist():
            rest, way = divmod(one, len(channel.words) + 1)
            rest, which = divmod(rest, len(nature.words))
            owner, name = divmod(rest, len(action.words))
            first = channel.words[way - 1] if way else None
            amounts.append(capacity.amount(self.owners[owner], action.words[name], first, nature.words[which]))
        return np.asarray(amounts, np.int64)[places]

    def _levels(self, book: RuleBook) -> Array:
        """Return the place of each action of each plan in the order, as far as the plan decides it."""
        action, precedence = self.actions.words["action"], self.actions.words["precedence"]
        by_id = {word: place for place, word in enumerate(sorted(action.words))}
        keys = (
            _lookup(action, [by_id[word] for word in action.words]),
            self.actions.rank,
            -self.actions.score,
            _lookup(precedence, [book.precedence.index(word) for word in precedence.words]),
            ~self.is_duty,
        )
        order = np.lexsort(keys)
        new = np.zeros(len(order), bool)
        for key in keys:
            ordered = key[order]
            new[1:] |= ordered[1:] != ordered[:-1]
        levels = np.empty(len(order), np.int64)
        levels[order] = np.cumsum(new)
        return levels

    def exploded(self, batch: pa.RecordBatch, rows: int) -> Iterator[pa.Table]:
        """Yield the actions of the customers of a batch, in stretches that are sorted by number and customer."""
        customers = batch.column("customer").cast(pa.string())
        if customers.null_count:
            raise RunError("some customers have no id, and nobody can be told to do something for them")
        branch = _codes(batch, "branch", self.branches)
        manager = _codes(batch, "manager", self.managers)
        order = np.asarray(pc.sort_indices(customers).to_numpy())
        plans = np.asarray(batch.column("plan").to_numpy(zero_copy_only=False))[order]
        step = max(1, rows // 8)
        for start in range(0, len(order), step):
            here = order[start : start + step]
            of, action = self.actions.of(plans[start : start + step])
            key = (self._seat_of(self.owner[action], branch[here][of], manager[here][of]) << 32) | self.level[action]
            sorted_ = np.argsort(key, kind="stable")
            whose = here[of[sorted_]]
            yield pa.table(
                {
                    "key": key[sorted_],
                    "customer": customers.take(pa.array(whose)),
                    "action": action[sorted_],
                    "branch": branch[whose],
                    "manager": manager[whose],
                }
            )

    def _seat_of(self, owner: Array, branch: Array, manager: Array) -> Array:
        """Return the number of the seat of each action; branch and manager are -1 where they are not known."""
        found = np.asarray(self._bases, np.int64)[owner]
        for number, per in enumerate(self._pers):
            mine = owner == number
            if per is Per.MANAGER:
                vacant = len(self.managers) + 1 + branch[mine]
                found[mine] += np.where(manager[mine] >= 0, manager[mine], vacant)
            elif per is Per.BRANCH:
                found[mine] += np.where(branch[mine] >= 0, branch[mine], len(self.branches))
        return found

    def is_met(self, seat: Seat, per: Per) -> bool:
        """Whether a seat is that of any customer; a manager and a branch always are."""
        if not seat.is_vacant:
            return True
        if per is Per.BRANCH:
            return any(branch is None for branch, _ in self.pairs)
        return ((seat.place or None), None) in self.pairs


def _pairs(run: Run) -> set[tuple[str | None, str | None]]:
    """Return which branches and managers customers have together."""
    found: set[tuple[str | None, str | None]] = set()
    for batch in run.batches(("branch", "manager")):
        columns = [
            batch.column(name).cast(pa.string()) if name in batch.schema.names else pa.nulls(len(batch), pa.string())
            for name in ("branch", "manager")
        ]
        distinct = pa.table(columns, ["branch", "manager"]).group_by(["branch", "manager"]).aggregate([])
        found |= set(zip(*(distinct.column(name).to_pylist() for name in ("branch", "manager")), strict=True))
    return found


def _lookup(column: Any, values: Sequence[Any]) -> Array:
    """Return, for each row of a column of words, what stands for its word."""
    found: Array = np.asarray(values)[column.codes] if len(values) else np.zeros(0, np.int64)
    return found


def _codes(batch: pa.RecordBatch, name: str, words: Sequence[str]) -> Array:
    """Return the place of each word of a column in a sorted list; -1 where it is not known."""
    if name not in batch.schema.names:
        return np.full(batch.num_rows, -1, np.int32)
    codes, own = coded(batch.column(name))
    found: Array = np.asarray([*(bisect_left(words, word) for word in own), -1], np.int32)[codes]
    return found


# Sorting on disk -----------------------------------------------------------------------------------------------------


_SAMPLED = 1 << 10
"""One row of so many of each run is looked at, to cut the runs where they can be merged stretch by stretch."""


class _Runs:
    """Sorted stretches of actions on disk, read back in one order."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._files: list[tuple[str, Path]] = []
        self._samples: list[tuple[int, str]] = []

    def add(self, table: pa.Table) -> None:
        """Keep a stretch that is sorted by key and customer."""
        if not table.num_rows:
            return
        path = self._work / f"{len(self._files):06}.arrow"
        batch = table.combine_chunks().to_batches()[0]
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_batch(batch)
        sampled = batch.select(["key", "customer"]).take(pa.array(np.arange(0, batch.num_rows, _SAMPLED)))
        self._samples += zip(sampled.column(0).to_pylist(), sampled.column(1).to_pylist(), strict=True)
        self._files.append((pc.min(batch.column("customer")).as_py(), path))

    def merged(self, rows: int) -> Iterator[pa.Table]:
        """Yield all actions in the order of key and customer, about so many at a time."""
        samples = sorted(self._samples)
        ends = samples[max(1, rows // _SAMPLED) :: max(1, rows // _SAMPLED)]
        files = [path for _, path in sorted(self._files)]  # those of the first customers first: often already in order
        batches = [_mapped(path) for path in files]
        starts = [0] * len(batches)
        for end in [*ends, None]:
            stops = [len(batch) if end is None else _place_of(batch, end) for batch in batches]
            parts = [
                batch.slice(start, stop - start)
                for batch, start, stop in zip(batches, starts, stops, strict=True)
                if stop > start
            ]
            starts = stops
            if parts:
                yield _in_order(pa.Table.from_batches(parts).combine_chunks())


def _once(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Pass stretches on, and refuse a customer who is there twice; equals always come in one stretch of a merge."""
    for table in tables:
        key, customers = table.column("key").to_numpy(), table.column("customer").combine_chunks()
        same = np.flatnonzero(key[1:] == key[:-1])
        equal = np.asarray(pc.equal(customers.take(pa.array(same)), customers.take(pa.array(same + 1))), bool)
        if equal.any():
            who = customers[int(same[equal][0])].as_py()
            raise RunError(f"the customer `{who}` is in the plans twice; does one shard hold what another one does?")
        yield table


def _evenly(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.Table]:
    """Cut tables anew, all but the last to the same length: the cuts of the runs hang on how the plans were cut."""
    held: list[pa.Table] = []
    for table in tables:
        held.append(table)
        while sum(map(len, held)) >= rows:
            whole = pa.concat_tables(held)
            yield whole.slice(0, rows).combine_chunks()
            held = [whole.slice(rows)]
    whole = pa.concat_tables(held) if held else None
    if whole is not None and whole.num_rows:
        yield whole.combine_chunks()


def _mapped(path: Path) -> pa.RecordBatch:
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).get_batch(0)


def _place_of(batch: pa.RecordBatch, end: tuple[int, str]) -> int:
    """Return how many rows of a sorted batch come before a key and customer."""
    keys = batch.column("key").to_numpy()
    low, high = (int(place) for place in (np.searchsorted(keys, end[0], side) for side in ("left", "right")))
    customers = batch.column("customer")
    return bisect_left(range(high), end[1].encode(), lo=low, key=lambda row: customers[row].as_py().encode())


def _in_order(table: pa.Table) -> pa.Table:
    """Return a table sorted by key and customer; customers that stand in order within each key stay as they are."""
    order = np.argsort(table.column("key").to_numpy(), kind="stable")
    found = table.take(pa.array(order))
    keys, customers = found.column("key").to_numpy(), found.column("customer").combine_chunks()
    same = keys[1:] == keys[:-1]
    ascending = np.asarray(pc.less(customers[:-1], customers[1:]).to_numpy(zero_copy_only=False))
    if not np.all(ascending[same]):
        found = found.sort_by([("key", "ascending"), ("customer", "ascending")])
    return found


# Days ----------------------------------------------------------------------------------------------------------------


_DAYS = 1 << 10
"""More than there are days in any horizon."""


class _Days:
    """Gives actions their days, in the order in which they come."""

    def __init__(self, run: Run, seating: _Seating, capacity: Capacity) -> None:
        self.seating, self.capacity, self.actions = seating, capacity, run.actions
        after = capacity.days_after(run.as_of)
        self.days = (run.as_of, *after)
        self.found = Allocation(run.as_of, after)
        self.works = capacity.is_working(run.as_of)
        self._seat, self._place = -1, 0
        self._room: list[int] = []
        self._open = 0
        self._plans = np.repeat(self.actions.plans, np.diff(self.actions.starts))
        self._loads: Counter[int] = Counter()
        self._amounts: Counter[int] = Counter()

    def decided(self, table: pa.Table) -> pa.RecordBatch:
        """Return the rows of the allocation for the next actions in the order."""
        key, action = table.column("key").to_numpy(), table.column("action").to_numpy()
        branch = table.column("branch").to_numpy()
        seat, amount = key >> 32, self.seating.amount[action]
        starts = np.flatnonzero(np.r_[True, (key[1:] != key[:-1]) | (amount[1:] != amount[:-1])])
        counts = np.diff(np.append(starts, len(key)))
        duty = self.seating.is_duty[action[starts]]
        spans: list[tuple[int, int, int]] = []
        places = np.empty(len(starts), np.int64)
        for number, (who, take, is_duty, count) in enumerate(
            zip(seat[starts].tolist(), amount[starts].tolist(), duty.tolist(), counts.tolist(), strict=True)
        ):
            if who != self._seat:
                self._sit(who)
            places[number] = self._place
            self._place += count
            spans += self._fitted(take, count, is_duty=is_duty)
        often = np.asarray([count for _, _, count in spans], np.int64)
        reason = np.repeat(np.asarray([one for one, _, _ in spans], np.int32), often)
        day = np.repeat(np.asarray([one for _, one, _ in spans], np.int32), often)
        place = np.repeat(places - starts, counts) + np.arange(1, len(key) + 1)
        self._count(seat, action, branch, reason, day, amount)
        return self._rows(table, place, reason, day)

    def _limits(self, number: int) -> tuple[OwnerCapacity | None, int]:
        """Return the capacity of a seat's owner, and how much the seat can do in a day."""
        seat = self.seating.seats[number]
        own = self.capacity.owners.get(seat.owner)
        if own is None:
            return None, 0
        return own, own.vacant if seat.is_vacant else own.of(seat.place or None)

    def _sit(self, number: int) -> None:
        """Begin with the days of another seat."""
        self._seat, self._place, self._open = number, 0, 0
        own, daily = self._limits(number)
        self._is_limited, self._daily = own is not None, daily
        self._room = [daily if self.works else 0] + [daily] * (len(self.days) - 1)

    def _fitted(self, take: int, count: int, *, is_duty: bool) -> Iterator[tuple[int, int, int]]:
        """Yield reason, day and number of actions, for some that take alike and follow one another in the order."""
        if is_duty:
            self._room[0] -= take * count
            yield _REASONS.index(Reason.DUTY), 0, count
            return
        if not self._is_limited or not take:
            yield _REASONS.index(Reason.ROOM if self._is_limited else Reason.UNLIMITED), 0, count
            return
        room = self._room
        while self._open < len(room) and room[self._open] <= 0:
            self._open += 1
        for day in range(self._open, len(room)):
            fits = min(count, room[day] // take)
            if fits > 0:
                room[day] -= fits * take
                count -= fits
                yield _REASONS.index(Reason.FULL if day else Reason.ROOM), day, fits
                if not count:
                    return
        yield _REASONS.index(self._hopeless(take)), -1, count

    def _hopeless(self, take: int) -> Reason:
        if not self._daily:
            return Reason.NO_CAPACITY
        return Reason.TOO_LARGE if take > self._daily else Reason.BEYOND_HORIZON

    def _rows(self, table: pa.Table, place: Array, reason: Array, day: Array) -> pa.RecordBatch:
        action, seating, words = table.column("action").to_numpy(), self.seating, self.actions.words
        decision = np.asarray([_DECISIONS.index(one.decision) for one in _REASONS], np.int32)[reason]
        dates = np.asarray([(one - date(1970, 1, 1)).days for one in self.days], np.int32)
        columns = {
            "owner": _said(words["owner"].codes[action], words["owner"].words),
            "branch": _said(table.column("branch").to_numpy(), seating.branches),
            "manager": _said(table.column("manager").to_numpy(), seating.managers),
            "place": pa.array(place),
            "customer": table.column("customer").combine_chunks(),
            "plan": pa.array(self._plans[action]),
            "rank": pa.array(self.actions.rank[action].astype(np.int32)),
            "action": _said(words["action"].codes[action], words["action"].words),
            "kind": _said(words["kind"].codes[action], words["kind"].words),
            "nature": _said(words["nature"].codes[action], words["nature"].words),
            "amount": pa.array(seating.amount[action].astype(np.int32)),
            "decision": _said(decision, _DECISIONS),
            "reason": _said(reason, _REASONS),
            "day": pa.array(dates[day], mask=day < 0).cast(pa.date32()),
        }
        return pa.RecordBatch.from_arrays([columns[name] for name in ALLOCATION.names], schema=ALLOCATION)

    # Counting

    def _count(self, seat: Array, action: Array, branch: Array, reason: Array, day: Array, amount: Array) -> None:
        kind = self.actions.words["kind"].codes[action]
        code = ((seat * len(Kind) + kind) * (len(self.seating.branches) + 1) + branch + 1) * len(Reason) + reason
        distinct, places, often = np.unique(code * _DAYS + day + 1, return_inverse=True, return_counts=True)
        sums = np.bincount(places, amount, len(distinct)).astype(np.int64)
        for one, count, much in zip(distinct.tolist(), often.tolist(), sums.tolist(), strict=True):
            self._loads[one] += count
            self._amounts[one] += much

    def _counted(self) -> Iterator[tuple[Seat, str, str, Reason, int, int, int]]:
        """Yield what `_count` counted: seat, kind, branch, reason, day, how many actions, how much they take."""
        kinds = self.actions.words["kind"].words
        for code, count in self._loads.items():
            rest, day = divmod(code, _DAYS)
            rest, reason = divmod(rest, len(Reason))
            rest, branch = divmod(rest, len(self.seating.branches) + 1)
            seat, kind = divmod(rest, len(Kind))
            where = self.seating.branches[branch - 1] if branch else ""
            yield self.seating.seats[seat], kinds[kind], where, _REASONS[reason], day - 1, count, self._amounts[code]

    def allocation(self) -> Allocation:
        """Return what all came to."""
        found, seating = self.found, self.seating
        found.units = {name: one.unit for name, one in self.capacity.owners.items()}
        found.findings = unmet(self.capacity, set(seating.managers), set(seating.branches))
        of_branch = _branches_of(seating)
        for number, seat in enumerate(seating.seats):
            own, daily = self._limits(number)
            if own is None or not seating.is_met(seat, own.per):
                continue
            today = daily if self.works else 0
            found.seats[seat] = Load(capacity=today)
            if own.per is not Per.BANK:
                load = found.branches.setdefault((seat.owner, of_branch(seat, own.per)), Load(capacity=0))
                load.capacity = (load.capacity or 0) + today
        for seat, kind, where, reason, day, count, much in self._counted():
            own = self.capacity.owners.get(seat.owner)
            loads = [found.seats.setdefault(seat, Load()), found.kinds.setdefault((seat.owner, kind), Load())]
            if own is None or own.per is not Per.BANK:
                loads.append(found.branches.setdefault((seat.owner, where), Load()))
            for load in loads:
                load.actions[reason] += count
                load.amount[reason] += much
            if reason is Reason.FULL:
                found.later.setdefault(seat.owner, Counter())[self.days[day]] += much
        for seat, load in found.seats.items():
            own = self.capacity.owners.get(seat.owner)
            load.overload = 0 if own is None else max(0, load.amount[Reason.DUTY] - (load.capacity or 0))
            if own is not None and own.per is not Per.BANK:
                found.branches[seat.owner, of_branch(seat, own.per)].overload += load.overload
        return found


SEVERAL = "*"
"""Stands for the branch of managers whose customers are of several branches."""


def _branches_of(seating: _Seating) -> Callable[[Seat, Per], str]:
    """Return what tells to which branch the capacity of a seat belongs."""
    of_manager: dict[str, set[str]] = {}
    for branch, manager in seating.pairs:
        if manager is not None:
            of_manager.setdefault(manager, set()).add(branch or "")

    def of(seat: Seat, per: Per) -> str:
        if per is Per.BRANCH or seat.is_vacant:
            return seat.place
        return next(iter(of_manager[seat.place])) if len(of_manager[seat.place]) == 1 else SEVERAL

    return of


def _said(codes: Array, words: Iterable[str]) -> pa.Array:
    """Return words by their places; -1 is none."""
    listed = [str(word) for word in words]
    indices = pa.array(np.maximum(codes, 0).astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(listed, pa.string()))
