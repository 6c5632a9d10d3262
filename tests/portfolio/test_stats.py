"""Are the counts of a customer base those of a plain count over all customers?"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmaint.portfolio import stats
from relmaint.portfolio.runs import RunError, open_run
from relmaint.portfolio.stats import Statistics, statistics
from tests.portfolio.tables import BOOK, Base, drawn, write


def plainly(base: Base) -> dict[str, Any]:
    """Count customer by customer."""
    actions: dict[int, list[dict[str, Any]]] = {}
    withheld: dict[int, list[dict[str, Any]]] = {}
    for held, rows in ((actions, base.actions), (withheld, base.withheld)):
        for row in rows:
            held.setdefault(row["plan"], []).append(row)
    found: dict[str, Any] = {name: Counter() for name in COUNTERS}
    axes: dict[tuple[str, str], Counter[str]] = {}
    for one in base.plans:
        own, left = actions.get(one["plan"], []), withheld.get(one["plan"], [])
        found["by_length"][len(own)] += 1
        found["first"].update(row["action"] for row in own if row["rank"] == 1)
        found["planned"].update(row["action"] for row in own)
        found["owners"].update(row["owner"] or "" for row in own)
        found["withheld"].update(row["action"] for row in left)
        found["stages"].update(row["stage"] for row in left)
        found["withheld_by"].update((row["stage"], row["rule"]) for row in left)
        found["with_kind"].update({row["kind"] for row in own})
        proposed = {str(BOOK.actions[row["action"]].kind) for row in (*own, *left)}
        found["without_kind"].update({"daily"} - proposed)
        if one["status"] == "empty":
            found["empty_by"].update({(row["stage"], row["rule"]) for row in left})
        for axis in ("tier", "preference", "habit"):
            group = axes.setdefault((axis, one[axis] or "unknown"), Counter())
            group.update(["customers", one["status"], *(row["kind"] for row in own), *("actions" for _ in own)])
    return {**found, "axes": axes}


COUNTERS = (
    "by_length",
    "first",
    "planned",
    "owners",
    "withheld",
    "stages",
    "withheld_by",
    "with_kind",
    "without_kind",
    "empty_by",
)


def counted(base: Base, folder: Path, shards: list[list[int]]) -> Statistics:
    """Count through the tables of some shards."""
    return statistics(open_run(write(base, folder, shards)), BOOK)


@settings(max_examples=60)
@given(st.integers(0, 1 << 32), st.integers(0, 40))
def test_counts_are_those_of_a_plain_count(seed: int, customers: int) -> None:
    """Every count is what counting customer by customer gives."""
    base = drawn(Random(seed), customers)
    with TemporaryDirectory() as folder:
        found = counted(base, Path(folder), [list(range(customers))])
    expected = plainly(base)

    for name in COUNTERS:
        assert +expected[name] == +Counter(getattr(found, name)), name
    groups = {
        (axis, word): +Counter({"customers": one.customers, "actions": one.actions, **one.status, **one.kinds})
        for axis, words in found.axes.items()
        for word, one in words.items()
    }
    assert expected["axes"] == groups
    assert customers == found.whole.customers == sum(one.customers for one in found.combinations.values())


@settings(max_examples=30)
@given(st.integers(0, 1 << 32), st.integers(1, 40))
def test_counts_do_not_hang_on_shards(seed: int, customers: int) -> None:
    """Shards in any order give the counts of the whole, and so does counting in many small steps."""
    random = Random(seed)
    base = drawn(random, customers)
    order = list(range(customers))
    random.shuffle(order)
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        whole = counted(base, Path(folder) / "whole", [list(range(customers))])
        patch.setattr(stats, "_MERGED", 3)
        parts = counted(base, Path(folder) / "parts", [order[place::3] for place in range(3)])

    assert whole == parts


def test_what_did_nothing_is_named(tmp_path: Path) -> None:
    """Rules that matched nobody, actions in nobody's plan, and whose plan is empty or lacking, with one to look at."""
    row = {"tier": "exit", "preference": None, "habit": None, "first": None}
    base = Base(
        [
            {"customer": "C9", "plan": 1, "status": "empty", **row},
            {"customer": "C10", "plan": 1, "status": "empty", **row},
            {"customer": "C2", "plan": 2, "status": "uncovered", **row},
        ],
        [],
        [
            {"plan": 1, "action": "call", "stage": "guard", "rule": "g"},
            {"plan": 1, "action": "visit", "stage": "guard", "rule": "g"},
        ],
    )
    found = statistics(open_run(write(base, tmp_path, [[0, 1, 2]], matched={"all": 0})), BOOK)

    assert found.silent == {"rules": ("all",), "rows": (), "guards": ()}
    assert (found.never_planned["call"], found.never_planned["offer"]) == (2, 0)
    assert found.empty_by == {("guard", "g"): 2}
    assert found.empty == {("exit", "unknown", "unknown"): (2, "C10")}
    assert found.uncovered == {("exit", "unknown", "unknown"): (1, "C2")}


def test_counts_of_another_book_are_refused(tmp_path: Path) -> None:
    """Plans of another book, and a summary that is none, are told before anything is counted."""
    base = drawn(Random(1), 5)
    other = write(base, tmp_path / "other", [[0]], book={"name": "x", "version": "2", "digest": "0" * 64})
    with pytest.raises(RunError, match=r"name it with --book"):
        statistics(open_run(other), BOOK)
    broken = write(base, tmp_path / "broken", [[0]])
    (tmp_path / "broken" / "plans-0.summary.json").write_text(json.dumps([]), encoding="utf-8")
    with pytest.raises(RunError, match="does not hold the counts"):
        open_run(broken)
    text = tmp_path / "plans.csv"
    text.write_text("customer,plan\n", encoding="utf-8")
    with pytest.raises(RunError, match=r"\.parquet"):
        open_run([str(text)])
