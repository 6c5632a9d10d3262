"""Does an allocation do what it declares, however the plans were cut, and never defer a duty?"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmaint.columnar.sources import SourceError
from relmaint.errors import RelmaintError
from relmaint.portfolio.allocate import ALLOCATION, Allocation, Decision, Reason, Seat, _Runs, allocate
from relmaint.portfolio.capacity import Capacity, Minutes, OwnerCapacity, Per, Unit
from relmaint.portfolio.runs import RunError, open_run
from tests.portfolio.tables import BOOK, DAY, Base, allocated, drawn, write

MINUTES = Minutes(10, {"visit": 45}, {"phone": 15, "sms": 0}, {"internal": 5})


def capacity_of(random: Random) -> Capacity:
    """Draw what the owners can do."""
    owners = {}
    for name in random.sample(["adviser", "desk", "centre"], random.randint(0, 3)):
        unit = random.choice(list(Unit))
        most = 120 if unit is Unit.MINUTES else 4
        exceptions = {
            place: random.randint(0, most) for place in random.sample(["M1", "M2", "B1", "B2"], random.randint(0, 2))
        }
        owners[name] = OwnerCapacity(
            random.choice(list(Per)),
            unit,
            random.choice([0, random.randint(1, most)]),
            exceptions,
            random.choice([0, 20]),
        )
    closed = {DAY + timedelta(days=random.randint(0, 6)) for _ in range(random.randint(0, 2))}
    return Capacity(owners, MINUTES, random.randint(0, 4), frozenset(closed))


def run_over(
    base: Base, capacity: Capacity, folder: Path, shards: list[list[int]], rows: int = 1 << 20
) -> tuple[Allocation, pa.Table]:
    """Allocate the plans of some shards; return what it came to, and the table."""
    output = folder / "allocation.parquet"
    found = allocate(open_run(write(base, folder, shards)), BOOK, capacity, output, rows=rows)
    return found, pq.read_table(output)


def told(table: pa.Table) -> list[tuple[Any, ...]]:
    """Return the rows of an allocation as the reference gives them."""
    names = ("customer", "action", "place", "decision", "reason", "day")
    return sorted(zip(*(table.column(name).to_pylist() for name in names), strict=True))


# Laws


@settings(max_examples=60)
@given(st.integers(0, 1 << 32), st.integers(1, 40))
def test_an_allocation_is_that_of_the_reference(seed: int, customers: int) -> None:
    """Place, decision, reason and day of every action are those of the plain statement of the order."""
    random = Random(seed)
    base, capacity = drawn(random, customers), capacity_of(random)
    with TemporaryDirectory() as folder:
        _, table = run_over(base, capacity, Path(folder), [list(range(customers))])

    assert allocated(base, capacity) == told(table)


@settings(max_examples=25)
@given(st.integers(0, 1 << 32), st.integers(1, 40))
def test_an_allocation_does_not_hang_on_how_the_plans_were_cut(seed: int, customers: int) -> None:
    """Three shards in any order, with few actions in memory at a time, give the bytes and counts of one table."""
    random = Random(seed)
    base, capacity = drawn(random, customers), capacity_of(random)
    order = list(range(customers))
    random.shuffle(order)
    with TemporaryDirectory() as folder:
        whole, expected = run_over(base, capacity, Path(folder) / "whole", [list(range(customers))])
        parts, table = run_over(base, capacity, Path(folder) / "cut", [order[place::3] for place in range(3)], rows=16)
        again, _ = run_over(base, capacity, Path(folder) / "again", [list(range(customers))], rows=16)
        files = [(Path(folder) / name / "allocation.parquet").read_bytes() for name in ("cut", "again")]

    assert expected.to_pylist() == table.to_pylist()
    assert whole == parts == again
    assert files[0] == files[1]


@settings(max_examples=40)
@given(st.integers(0, 1 << 32), st.integers(1, 40))
def test_duties_are_kept_and_nothing_else_exceeds_the_capacity(seed: int, customers: int) -> None:
    """Every duty is done today; on no day is more done than there is room for, beyond what duties take by themselves.

    Every planned action is there once, and what is never done has a reason that says so.
    """
    random = Random(seed)
    base, capacity = drawn(random, customers), capacity_of(random)
    with TemporaryDirectory() as folder:
        found, table = run_over(base, capacity, Path(folder), [list(range(customers))])
    rows = table.to_pylist()
    planned = Counter(
        (one["customer"], row["action"]) for one in base.plans for row in base.actions if row["plan"] == one["plan"]
    )

    assert planned == Counter((row["customer"], row["action"]) for row in rows)
    used: Counter[tuple[Any, ...]] = Counter()
    duties: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        if row["nature"] in ("service", "risk"):
            assert (row["decision"], row["day"], row["reason"]) == ("today", DAY, "duty")
        own = capacity.owners.get(row["owner"] or "")
        if own is not None and row["day"] is not None:
            place = {Per.MANAGER: row["manager"], Per.BRANCH: row["branch"], Per.BANK: ""}[own.per]
            key = (row["owner"], place, row["branch"] if place is None and own.per is Per.MANAGER else None, row["day"])
            (duties if row["reason"] == "duty" else used)[key] += row["amount"]
        assert (row["day"] is None) == (row["decision"] == "never")
    for (owner, place, branch, day), much in used.items():
        own = capacity.owners[owner]
        daily = own.vacant if place is None else own.of(place or None)
        assert much + duties[owner, place, branch, day] <= daily or much == 0
        assert capacity.is_working(day) or much == 0
    for load in found.owners.values():
        assert load.demand == sum(load.of(decision) for decision in Decision)


@settings(max_examples=25)
@given(st.integers(0, 1 << 32), st.integers(1, 40))
def test_counts_are_those_of_the_rows(seed: int, customers: int) -> None:
    """Loads by owner and kind, by owner and branch, by seat and by day add up to the rows of the table."""
    random = Random(seed)
    base, capacity = drawn(random, customers), capacity_of(random)
    with TemporaryDirectory() as folder:
        found, table = run_over(base, capacity, Path(folder), [list(range(customers))])
    kinds: Counter[tuple[Any, ...]] = Counter()
    branches: Counter[tuple[Any, ...]] = Counter()
    later: Counter[tuple[Any, ...]] = Counter()
    for row in table.to_pylist():
        owner = row["owner"] or ""
        own = capacity.owners.get(owner)
        kinds[owner, row["kind"], row["reason"]] += row["amount"]
        if own is None or own.per is not Per.BANK:
            branches[owner, row["branch"] or "", row["reason"]] += row["amount"]
        if row["reason"] == "full":
            later[owner, row["day"]] += row["amount"]

    assert +kinds == +Counter(
        {(*key, reason): much for key, load in found.kinds.items() for reason, much in load.amount.items()}
    )
    assert +branches == +Counter(
        {(*key, reason): much for key, load in found.branches.items() for reason, much in load.amount.items()}
    )
    assert +later == +Counter({(owner, day): much for owner, days in found.later.items() for day, much in days.items()})
    assert sum(kinds.values()) == sum(load.demand for load in found.seats.values())


# Examples


def base_of(*plans: tuple[str, str, str | None, list[str]]) -> Base:
    """Return the plans of some customers: id, branch, manager, and the actions in order."""
    rows, actions = [], []
    for number, (customer, branch, manager, names) in enumerate(plans, start=1):
        rows.append({"customer": customer, "plan": number, "status": "planned", "branch": branch, "manager": manager})
        for rank, name in enumerate(names, start=1):
            one = BOOK.actions[name]
            actions.append(
                {
                    "plan": number,
                    "rank": rank,
                    "action": name,
                    "kind": str(one.kind),
                    "nature": str(one.nature),
                    "precedence": one.precedence,
                    "score": 0,
                    "owner": one.owner,
                    "channel": list(one.channel),
                    "reasons": [],
                    "guards": [],
                }
            )
    return Base(rows, actions, [])


def adviser(daily: int, **more: Any) -> Capacity:
    """Return a capacity of advisers alone, each with so many minutes."""
    return Capacity({"adviser": OwnerCapacity(Per.MANAGER, Unit.MINUTES, daily, **more)}, MINUTES, horizon=2)


def days_of(base: Base, capacity: Capacity, folder: Path) -> dict[tuple[str, str], tuple[str, date | None]]:
    """Return reason and day of each customer's actions."""
    _, table = run_over(base, capacity, folder, [list(range(len(base.plans)))])
    return {(row["customer"], row["action"]): (row["reason"], row["day"]) for row in table.to_pylist()}


def test_the_day_fills_in_the_order_of_the_ranking(tmp_path: Path) -> None:
    """Duties take their room first; a visit that no longer fits leaves the rest of the day to a shorter call."""
    base = base_of(("A", "B1", "M1", ["visit"]), ("B", "B1", "M1", ["call"]), ("C", "B1", "M1", ["warn", "call"]))
    days = days_of(base, adviser(45), tmp_path)
    friday = date(2026, 3, 6)

    assert days == {
        ("C", "warn"): ("duty", DAY),
        ("A", "visit"): ("full", friday),
        ("B", "call"): ("room", DAY),
        ("C", "call"): ("room", DAY),
    }


def test_a_deferred_action_waits_for_the_next_working_day(tmp_path: Path) -> None:
    """Weekends and closed days have no room, and beyond the horizon nothing is promised."""
    base = base_of(*((name, "B1", "M1", ["call"]) for name in "ABCD"))
    capacity = Capacity(adviser(15).owners, MINUTES, horizon=2, closed=frozenset({date(2026, 3, 6)}))

    assert days_of(base, capacity, tmp_path) == {
        ("A", "call"): ("room", DAY),
        ("B", "call"): ("full", date(2026, 3, 9)),
        ("C", "call"): ("full", date(2026, 3, 10)),
        ("D", "call"): ("beyond-horizon", None),
    }


def test_reasons_say_what_would_help(tmp_path: Path) -> None:
    """Longer than any day, nobody there to do it, and an owner without a limit are told apart."""
    base = base_of(("A", "B1", "M1", ["visit", "notice"]), ("B", "B1", None, ["call"]), ("C", "B1", "M2", ["call"]))
    days = days_of(base, adviser(20, exceptions={"M2": 0}), tmp_path)

    assert {key: reason for key, (reason, _) in days.items()} == {
        ("A", "visit"): "too-large",
        ("A", "notice"): "duty",
        ("B", "call"): "no-capacity",
        ("C", "call"): "no-capacity",
    }


def test_overload_is_that_of_each_seat(tmp_path: Path) -> None:
    """A colleague's free time does not hide that the duties of one manager exceed his day."""
    base = base_of(("A", "B1", "M1", ["warn"]), ("B", "B1", "M1", ["warn"]), ("C", "B1", "M2", ["call"]))
    found, _ = run_over(base, adviser(20), tmp_path, [[0, 1, 2]])

    assert (40, 10, 45) == (
        found.owners["adviser"].capacity,
        found.owners["adviser"].overload,
        found.owners["adviser"].demand,
    )
    assert (10, 40) == (found.branches["adviser", "B1"].overload, found.branches["adviser", "B1"].capacity)
    assert found.seats[Seat("adviser", place="M2")].amount[Reason.ROOM] == 15


def test_managers_of_several_branches_have_one_day(tmp_path: Path) -> None:
    """A manager with customers of two branches is one person; the capacity is of no one branch."""
    base = base_of(("A", "B1", "M1", ["call"]), ("B", "B2", "M1", ["call"]))
    found, table = run_over(base, adviser(15), tmp_path, [[0, 1]])

    assert ["room", "full"] == table.column("reason").to_pylist()
    assert found.branches["adviser", "*"].capacity == 15
    assert found.branches["adviser", "B1"].capacity is None


def test_the_columns_are_declared(tmp_path: Path) -> None:
    """What is written has the columns of `ALLOCATION`, also of nobody."""
    _, table = run_over(Base([], [], []), adviser(1), tmp_path, [[]])

    assert (0, ALLOCATION.names) == (table.num_rows, table.column_names)


def test_one_action_may_take_some_longer_than_others(tmp_path: Path) -> None:
    """Whose channel a guard restricted takes another time, though nothing else in the order differs."""
    base = base_of(*((name, "B1", "M1", ["call"]) for name in "ABCD"))
    for row, channel in zip(base.actions, ("app", "phone", "app", "phone"), strict=True):
        row["channel"] = [channel]
    days = days_of(base, adviser(40), tmp_path)

    assert ["room", "room", "room", "full"] == [days[name, "call"][0] for name in "ABCD"]
    assert [10, 15, 10, 15] == pq.read_table(tmp_path / "allocation.parquet").column("amount").to_pylist()


def test_an_action_of_all_customers_is_merged_in_stretches(tmp_path: Path) -> None:
    """Also where everybody asks the same person for the same, no more is in memory at a time than was said."""
    runs = _Runs(tmp_path)
    for start in range(3):
        names = [f"C{number:06}" for number in range(start, 30_000, 3)]
        runs.add(pa.table({"key": pa.array([7] * len(names), pa.int64()), "customer": names}))
    stretches = list(runs.merged(4096))

    assert [f"C{number:06}" for number in range(30_000)] == [
        name for one in stretches for name in one.column("customer").to_pylist()
    ]
    assert max(len(one) for one in stretches) < 3 * 4096


# What is refused


def test_tables_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    """Another day or book, a customer twice or without id, a lacking summary: each is told, and nothing is written."""
    base = base_of(("A", "B1", "M1", ["call"]), ("B", "B1", "M1", ["visit"]))
    one = write(base, tmp_path / "one", [[0], [1]])
    other = write(base, tmp_path / "other", [[0]], as_of="2026-03-06")
    with pytest.raises(RunError, match="another day"):
        open_run([*one, *other])
    twice = open_run([*one, one[0]])
    output = tmp_path / "out.parquet"
    with pytest.raises(RunError, match="customer `A` is in the plans twice"):
        allocate(twice, BOOK, adviser(10), output)
    changed = write(base, tmp_path / "changed", [[0]], book={"name": "x", "version": "2", "digest": "0" * 64})
    with pytest.raises(RunError, match="made by the book x 2"):
        allocate(open_run(changed), BOOK, adviser(10), output)
    nameless = base_of((None, "B1", "M1", ["call"]))  # type: ignore[arg-type]  # on purpose
    with pytest.raises(RunError, match="no id"):
        allocate(open_run(write(nameless, tmp_path / "nameless", [[0]])), BOOK, adviser(10), output)
    (tmp_path / "one" / "plans-1.summary.json").unlink()
    with pytest.raises(RunError, match=r"no `plans-1\.summary\.json`"):
        open_run(one)
    with pytest.raises(SourceError, match="names no file"):
        open_run([str(tmp_path / "nothing.parquet")])
    with pytest.raises(RelmaintError, match="tables are written"):
        allocate(open_run(one[:1]), BOOK, adviser(10), tmp_path / "out.xlsx")

    assert not [path.name for path in tmp_path.iterdir() if path.is_file() or path.name.startswith(".")]


def test_a_folder_of_shards_is_a_run(tmp_path: Path) -> None:
    """The tables beside those of plans are found by their names and not taken for plans."""
    base = base_of(("A", "B1", "M1", ["call"]), ("B", "B1", "M1", ["visit"]))
    files = write(base, tmp_path, [[0], [1]])

    assert tuple(files) == open_run([str(tmp_path)]).files
