"""Small books with their plans as tables, drawn at random, and the same allocation written once to be read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from relmaint import parse_rule_book
from relmaint.columnar.tables import PLAN_ACTIONS, PLAN_WITHHELD
from relmaint.ir.canonical import digest
from relmaint.ir.rules import RuleBook
from relmaint.portfolio.capacity import Capacity, Per, Unit

__all__ = ["BOOK", "DAY", "Base", "allocated", "drawn", "write"]

DAY = date(2026, 3, 5)  # a Thursday

_TEXT = """
book: {name: small, version: 1.0.0, covers: [daily]}
ranking: {precedence: [duty, dated, care, growth]}
actions:
  warn: {kind: special, nature: risk, title: Warn, precedence: duty, owner: adviser, channel: [phone]}
  notice: {kind: daily, nature: service, title: Notice, precedence: dated, owner: desk, channel: [sms, letter]}
  call: {kind: daily, nature: care, title: Call, precedence: care, owner: adviser, channel: [phone, app]}
  visit: {kind: care, nature: care, title: Visit, precedence: care, owner: adviser, channel: [visit]}
  offer: {kind: daily, nature: marketing, title: Offer, precedence: growth, owner: centre, channel: [app]}
  file: {kind: daily, nature: internal, title: File, precedence: growth, owner: desk}
  greet: {kind: care, nature: care, title: Greet, precedence: growth, channel: [letter]}
rules:
  - {id: all, do: [warn, notice, call, visit, offer, file, greet]}
"""

BOOK: RuleBook = parse_rule_book(_TEXT)


@dataclass(frozen=True, slots=True)
class Base:
    """Plans of a customer base: rows of `plans`, `plan_actions` and `plan_withheld`."""

    plans: list[dict[str, Any]]
    actions: list[dict[str, Any]]
    withheld: list[dict[str, Any]]


def drawn(random: Random, customers: int) -> Base:
    """Draw plans: few distinct ones, scores that tie, owners and channels that guards changed."""
    actions: list[dict[str, Any]] = []
    withheld: list[dict[str, Any]] = []
    status: dict[int, str] = {}
    for plan in random.sample(range(1, 1 << 40), random.randint(1, 6)):
        chosen = random.sample(list(BOOK.actions.values()), random.randint(0, 5))
        scored = [(one, random.randint(0, 2)) for one in chosen]
        scored.sort(key=lambda pair: (BOOK.precedence.index(pair[0].precedence), -pair[1], random.random()))
        for rank, (one, score) in enumerate(scored, start=1):
            actions.append(
                {
                    "plan": plan,
                    "rank": rank,
                    "action": one.id,
                    "kind": str(one.kind),
                    "nature": str(one.nature),
                    "precedence": one.precedence,
                    "score": score,
                    "owner": random.choice([one.owner, one.owner, "desk"]),
                    "channel": list(one.channel[random.randint(0, 1) :] or one.channel),
                    "reasons": ["all"],
                    "guards": [],
                }
            )
        left = random.sample([one for one in BOOK.actions if one not in {pair[0].id for pair in scored}], 2)
        if scored or random.random() < 0.5:
            withheld += [
                {"plan": plan, "action": one, "stage": random.choice(["guard", "merge"]), "rule": random.choice("xy")}
                for one in sorted(left)
            ]
            status[plan] = "planned" if scored else "empty"
        else:
            status[plan] = "uncovered"
    first = {row["plan"]: row["action"] for row in actions if row["rank"] == 1}
    branches = random.choice([[None], ["B1"], ["B1", "B2", None]])
    plans = [
        {
            "customer": f"{random.choice('Cé客')}{number}",
            "plan": (plan := random.choice(list(status))),
            "status": status[plan],
            "first": first.get(plan),
            "tier": random.choice(["key", "exit", None]),
            "preference": random.choice(["loan", None]),
            "habit": None,
            "branch": random.choice(branches),
            "manager": random.choice(["M1", "M2", None]),
        }
        for number in range(customers)
    ]
    return Base(plans, actions, withheld)


_WORD = pa.dictionary(pa.int32(), pa.string())
_PLANS = pa.schema(
    [
        pa.field("customer", pa.string()),
        pa.field("plan", pa.int64(), nullable=False),
        *(pa.field(name, _WORD) for name in ("status", "first", "tier", "preference", "habit", "branch", "manager")),
    ]
)


def write(
    base: Base, folder: Path, shards: Sequence[Sequence[int]], *, rows_of_a_group: int = 5, **summary: Any
) -> list[str]:
    """Write the plans as a run would, one table for each list of row numbers; return the tables of plans."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number, rows in enumerate(shards):
        plans = [base.plans[row] for row in rows]
        own = {row["plan"] for row in plans}
        path = folder / f"plans-{number}.parquet"
        pq.write_table(pa.Table.from_pylist(plans, _PLANS), path, row_group_size=rows_of_a_group)
        for what, schema, held in (
            ("actions", PLAN_ACTIONS, base.actions),
            ("withheld", PLAN_WITHHELD, base.withheld),
        ):
            table = pa.Table.from_pylist([row for row in held if row["plan"] in own], schema)
            pq.write_table(table, folder / f"plans-{number}.{what}.parquet")
        counts = {
            "book": {"name": "small", "version": "1.0.0", "digest": digest(BOOK)},
            "as_of": DAY.isoformat(),
            "rows": len(plans),
            "customers": len(plans),
            "matched": {"all": len(plans)},
            **summary,
        }
        (folder / f"plans-{number}.summary.json").write_text(json.dumps(counts), encoding="utf-8")
        files.append(str(path))
    return files


# The meaning of an allocation ----------------------------------------------------------------------------------------


def allocated(base: Base, capacity: Capacity) -> list[tuple[Any, ...]]:
    """Return customer, action, place, decision, reason and day of every planned action: the plain way."""
    queues: dict[tuple[str, bool, str], list[tuple[Any, ...]]] = {}
    for customer in base.plans:
        for row in base.actions:
            if row["plan"] == customer["plan"]:
                order = (
                    row["nature"] not in ("service", "risk"),
                    BOOK.precedence.index(row["precedence"]),
                    -row["score"],
                    row["rank"],
                    row["action"],
                    customer["customer"],
                )
                queues.setdefault(_seat(capacity, row, customer), []).append((order, row))
    found = []
    for (owner, is_vacant, name), queue in queues.items():
        own = capacity.owners.get(owner)
        daily = 0 if own is None else own.vacant if is_vacant else own.exceptions.get(name, own.daily)
        room = Counter(dict.fromkeys(_working(capacity), daily))
        for place, (order, row) in enumerate(sorted(queue, key=lambda one: one[0]), start=1):
            found.append((order[-1], row["action"], place, *_day(capacity, own, row, room, daily)))
    return sorted(found)


def _seat(capacity: Capacity, row: dict[str, Any], customer: dict[str, Any]) -> tuple[str, bool, str]:
    owner = row["owner"] or ""
    own = capacity.owners.get(owner)
    if own is None or own.per is Per.BANK:
        return owner, False, ""
    name = customer["manager" if own.per is Per.MANAGER else "branch"]
    if name is not None:
        return owner, False, name
    return owner, True, (customer["branch"] or "") if own.per is Per.MANAGER else ""


def _working(capacity: Capacity) -> list[date]:
    """Return the day of the plans, if anybody works on it, and the working days of the horizon."""
    found = [DAY] if DAY.weekday() < 5 and DAY not in capacity.closed else []
    day, after = DAY, 0
    while after < capacity.horizon:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in capacity.closed:
            found.append(day)
            after += 1
    return found


def _day(capacity: Capacity, own: Any, row: dict[str, Any], room: Counter[date], daily: int) -> tuple[Any, ...]:
    take = 0
    if own is not None and own.unit is Unit.CONTACTS:
        take = 1 if row["channel"] else 0
    elif own is not None:
        minutes = capacity.minutes
        by_channel = minutes.channels.get(row["channel"][0], minutes.default) if row["channel"] else None
        by_nature = minutes.natures.get(row["nature"], minutes.default)
        take = minutes.actions.get(row["action"], by_nature if by_channel is None else by_channel)
    if row["nature"] in ("service", "risk"):
        if DAY in room:
            room[DAY] -= take
        return "today", "duty", DAY
    if own is None or take == 0:
        return "today", "unlimited" if own is None else "room", DAY
    for day in sorted(room):
        if room[day] >= take:
            room[day] -= take
            return ("today", "room", day) if day == DAY else ("deferred", "full", day)
    return "never", "no-capacity" if not daily else "too-large" if take > daily else "beyond-horizon", None
