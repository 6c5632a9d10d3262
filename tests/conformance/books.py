"""Which random books, and which customers, is the conformance suite put together from?

Books and customers are JSON as docs/reference-conformance.md describes it. Only `Random.random` decides, whose numbers
are the same on every Python.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.conformance.reader import Json

__all__ = ["Draw", "customers_near", "random_book", "random_facts"]

DAY = date(2026, 6, 15)
"""A Monday: the day on which the dates of a book begin or end, or one beside it."""

KINDS = ("daily", "special", "care")
NATURES = ("marketing", "marketing", "marketing", "care", "care", "service", "risk", "internal")
VALUES: dict[str, tuple[Any, ...]] = {
    "tier": ("key", "ordinary", "exit"),
    "habit": ("price", "quality", "价格"),
    "consent": (False, True),
    "size": (-1, 0, 5),
    "contacts": (0, 1, 2, 9),
    "visits": (0, 1),
    "amount": ("0.00", "0.01", "1.00"),
    "since": tuple((DAY + timedelta(days=days)).isoformat() for days in (-16, -1, 0)),
    "as_of": tuple((DAY + timedelta(days=days)).isoformat() for days in (-1, 0)),
    "branch": ("west", "east"),
    "events": ("moved", "married"),
}
"""The constants: few, so that statements meet; neighbours, and ends of ranges, among them."""

TYPES = {"size": "number", "contacts": "number", "visits": "number", "amount": "number", "since": "number"}
TYPES |= {"as_of": "number", "consent": "boolean", "events": "set", "tier": "words", "habit": "words"}
TYPES |= {"branch": "words"}
OPTIONAL = tuple(name for name in VALUES if name not in ("tier", "as_of"))


class Draw:
    """Draws from random numbers that are the same on every Python."""

    def __init__(self, seed: str) -> None:
        """Begin with a seed."""
        self._random = Random(seed)  # noqa: S311  # repeatable, and no secret

    def chance(self, share: float) -> bool:
        """Whether something of this share happens."""
        return self._random.random() < share

    def below(self, count: int) -> int:
        """Return a whole number from 0 on."""
        return int(self._random.random() * count)

    def one(self, of: Sequence[Any]) -> Any:
        """Return one of several."""
        return of[self.below(len(of))]

    def some(self, of: Sequence[Any], least: int, most: int) -> list[Any]:
        """Return a few, in the order given."""
        places = list(range(len(of)))
        wanted = min(len(of), least + self.below(most - least + 1))
        picked = [places.pop(self.below(len(places))) for _ in range(wanted)]
        return [of[place] for place in sorted(picked)]

    def shuffled(self, of: Sequence[Any]) -> list[Any]:
        """Return all in another order."""
        rest, found = list(of), []
        while rest:
            found.append(rest.pop(self.below(len(rest))))
        return found


def random_book(draw: Draw) -> Json:
    """Draw a book with rules, overrides, points, tables, guards, budgets, occasions and dates."""
    names = draw.some(tuple(VALUES), 2, 4)
    actions = [_action(draw, name) for name in ("call", "greet", "note", "visit")[: 1 + draw.below(4)]]
    ids = [one["id"] for one in actions]
    tables = [_table(draw, f"t{place}", names, ids) for place in range(draw.one((0, 0, 1, 1, 2)))]
    tables += [_budget(draw, f"u{place}", names) for place in range(draw.one((0, 0, 1, 1, 2)))]
    rules: list[Json] = []
    for name in draw.shuffled(("a", "b", "c", "d"))[: 1 + draw.below(4)]:
        weaker = [row["id"] for table in tables for row in table["rows"]] + [rule["id"] for rule in rules]
        rules.append(_rule(draw, name, names, ids, weaker))
    return {
        "name": "conformance",
        "version": "1",
        "precedence": ["first", "second"],
        "covers": draw.some(KINDS, 0, 3),
        "actions": actions,
        "rules": sorted(rules, key=lambda one: one["id"]),
        "tables": tables,
        "guards": [_guard(draw, f"g{place}", names, actions) for place in range(draw.one((0, 1, 1, 2, 2, 3)))],
    }


def _dated(draw: Draw, share: float = 0.1) -> Json:
    if not draw.chance(share):
        return {}
    days = {"from": DAY.isoformat(), "until": DAY.isoformat()}
    return {key: days[key] for key in draw.one((("from",), ("until",), ("from", "until")))}


def _action(draw: Draw, name: str) -> Json:
    nature = draw.one(NATURES)
    channel = [] if nature == "internal" else draw.one((["app"], ["phone"], ["app", "phone"], ["app"], []))
    found: Json = {
        "id": name,
        "kind": draw.one(KINDS),
        "nature": nature,
        "precedence": draw.one(("first", "second")),
        "proactive": bool(channel) and draw.chance(0.85),
    }
    optional: list[tuple[str, float, Any]] = [
        ("base", 0.6, draw.below(4)),
        ("owner", 0.3, draw.one(("manager", "deputy"))),
        ("content", 0.15, draw.one(("hardware", "function"))),
        ("methods", 0.2, draw.some(("revisit", "tracking"), 1, 2)),
        ("product", 0.15, draw.one(("deposit", "fund"))),
        ("product_risk", 0.15, 1 + draw.below(5)),
        ("occasion", 0.45, "birthday"),
        ("due", 0.3, _due(draw)),
    ]
    for key, share, value in optional:
        if draw.chance(share):
            found[key] = value
    return found | ({"channel": channel} if channel else {}) | _dated(draw, 0.15)


def _due(draw: Draw) -> Json:
    anchor = draw.one(("as_of", "since", "since"))
    offset = draw.one((0, 1, 2, 5, 7)) if anchor == "as_of" else draw.one((-2, -1, 0, 1, 2, 6))
    unit = draw.one(("day", "week", "month", "business day")) if offset else "day"
    return {"offset": offset, "unit": unit, "anchor": anchor}


def _rule(draw: Draw, name: str, names: Sequence[str], actions: Sequence[str], weaker: Sequence[str]) -> Json:
    points = {one: draw.one((-3, -1, 1, 2, 3)) for one in (draw.some(actions, 1, 2) if draw.chance(0.35) else ())}
    do = draw.some(actions, 0 if points else 1, 2)
    over = draw.some(weaker, 0, 2) if draw.chance(0.45) else []
    found: Json = {"id": name, "when": _condition(draw, names, 2)}
    found |= {key: value for key, value in (("do", do), ("boost", points), ("overrides", sorted(over))) if value}
    return found | _dated(draw)


HITS = ("unique", "any", "first", "priority", "rule order", "output order", "collect", "collect")
AGGREGATES = ("sum", "min", "max", "count")


def _table(draw: Draw, name: str, names: Sequence[str], actions: Sequence[str]) -> Json:
    hit = draw.one(HITS)
    outputs = ["do", "boost"] if draw.chance(0.5) else ["do"]
    inputs, tests = _tests(draw, names, hit)
    rows = []
    for place, test in enumerate(tests):
        row: Json = {"id": f"{name}/{place}", "tests": test, "do": draw.some(actions, 1, 2)}
        if "boost" in outputs and draw.chance(0.9):
            row["boost"] = draw.one((-2, -1, 1, 2, 3))
        rows.append(row | _dated(draw))
    if hit == "any":
        same = {key: rows[0][key] for key in ("do", "boost") if key in rows[0]}
        rows = [{key: value for key, value in row.items() if key not in ("do", "boost")} | same for row in rows]
    found: Json = {"id": name, "hit": hit, "inputs": inputs, "outputs": outputs, "rows": rows}
    if hit == "collect" and "boost" in outputs and draw.chance(0.8):
        found["aggregate"] = draw.one(AGGREGATES)
    if hit in ("priority", "output order"):
        found["order"] = draw.some(draw.shuffled(actions), 1, len(actions))
    return found | _dated(draw)


def _budget(draw: Draw, name: str, names: Sequence[str]) -> Json:
    hit = draw.one(("unique", "any", "first", "collect", "collect"))
    outputs = draw.one((["contacts"], ["contacts"], ["visits"], ["contacts", "visits"]))
    usable = [one for one in names if one not in outputs] or ["tier"]
    inputs, tests = _tests(draw, usable, hit)
    rows: list[Json] = [
        {"id": f"{name}/{place}", "tests": test, "limits": [draw.below(3) for _ in outputs]} | _dated(draw, 0.05)
        for place, test in enumerate(tests)
    ]
    if hit == "any":
        rows = [row | {"limits": rows[0]["limits"]} for row in rows]
    found: Json = {"id": name, "hit": hit, "inputs": inputs, "outputs": outputs, "rows": rows}
    if hit == "collect":
        found["aggregate"] = draw.one(AGGREGATES)
    if draw.chance(0.5):
        found["default"] = 1 + draw.below(2)
    return found | _dated(draw, 0.05)


def _tests(draw: Draw, names: Sequence[str], hit: str) -> tuple[list[str], list[list[Json | None]]]:
    """Draw inputs and rows of tests; those of a unique table are disjoint by the tier."""
    inputs = draw.some([name for name in names if name != "as_of"] or ["tier"], 1, 2)
    count = 1 + draw.below(3)
    if hit == "unique":
        inputs = ["tier", *(name for name in inputs if name != "tier")]
    tiers = draw.shuffled(VALUES["tier"])
    rows = []
    for place in range(count):
        tests: list[Json | None] = [None if draw.chance(0.3) else _comparison(draw, name) for name in inputs]
        if hit == "unique":
            tests[0] = {"op": "=", "attribute": "tier", "values": [tiers[place]]}
        rows.append(tests)
    return inputs, rows


EFFECTS = ("withhold", "withhold", "hold", "hold", "route", "restrict", "restrict", "defer", "defer")


def _guard(draw: Draw, name: str, names: Sequence[str], actions: Sequence[Json]) -> Json:
    waits = draw.chance(0.15)  # most steps that a hold asks for are there, or can be added; some books have more holds
    effect = "hold" if waits else draw.one(EFFECTS)
    taking = effect in ("withhold", "hold")
    select = _select(draw, actions, taking=taking)
    when = {"op": "and", "parts": []} if waits else _condition(draw, names, 1)
    found: Json = {"id": name, "when": when, "effect": effect, "select": select}
    unless = draw.some([one["id"] for one in actions], 1, 1) if draw.chance(0.2) else []
    match effect:
        case "hold":
            # All holds need one action and spare it, so that no two wait for each other.
            found["needs"] = actions[0]["id"]
            unless = sorted({*unless, actions[0]["id"]})
        case "route":
            found["to"] = "deputy"
        case "restrict":
            found["channels"] = draw.one((["app"], ["phone"], ["letter"]))
        case "defer":
            found |= {"time": draw.one(("09:00", "17:30")), "clock": "hour"}
    if unless:
        found["unless"] = unless
    dated = _dated(draw)
    if effect == "defer":
        dated.pop("until", None)
    return found | dated


def _select(draw: Draw, actions: Sequence[Json], *, taking: bool) -> Json:
    free = [one["id"] for one in actions if not taking or one["nature"] not in ("service", "risk")]
    natures = ("care", "internal", "marketing") + (() if taking else ("risk", "service"))
    words: dict[str, Any] = {
        "nature": natures,
        "kind": KINDS,
        "channel": ("app", "phone"),
        "owner": ("deputy", "manager"),
        "content": ("function", "hardware"),
        "methods": ("revisit", "tracking"),
        "product": ("deposit", "fund"),
        "product_risk": ("1", "2", "3", "4", "5"),
        "precedence": ("first", "second"),
        "occasion": ("birthday",),
        "proactive": ("false", "true"),
    } | ({"action": tuple(free)} if free else {})
    usual = ("nature", "nature", "kind", "channel")
    fields = {draw.one(usual)} if draw.chance(0.5) else set(draw.some(tuple(words), 1, 2))
    return {name: draw.some(words[name], 1, 2) for name in sorted(fields)}


def _condition(draw: Draw, names: Sequence[str], depth: int) -> Json:
    if depth == 0 or draw.chance(0.45):
        if draw.chance(0.08):
            return {"op": draw.one(("and", "and", "or")), "parts": []}
        return _comparison(draw, draw.one(names))
    if draw.chance(0.25):
        return {"op": "not", "part": _condition(draw, names, depth - 1)}
    parts = [_condition(draw, names, depth - 1) for _ in range(2 + draw.below(2))]
    return {"op": draw.one(("and", "or")), "parts": parts}


KNOWN = ("is known", "is unknown")
OPERATORS = {
    "words": ("=", "!=", "in", "not in", *KNOWN),
    "boolean": ("=", "!=", "is true", "is not true", "is false", "is not false", *KNOWN),
    "set": ("has", "has", "lacks", *KNOWN),
    "number": ("<", "<=", ">", ">=", "<", "<=", ">", ">=", "=", "!=", "in", "not in", "inside", "outside", *KNOWN),
}


def _comparison(draw: Draw, name: str) -> Json:
    values = VALUES[name]
    op = draw.one(OPERATORS[TYPES[name]])
    found: Json = {"op": op, "attribute": name}
    if op.startswith("is "):
        return found
    if op in ("inside", "outside"):
        low, high = draw.some(values, 2, 2)
        closed = [draw.chance(0.5), draw.chance(0.5)]
        match draw.below(4):
            case 0:
                return found | {"low": None, "high": high, "closed": [False, closed[1]]}
            case 1:
                return found | {"low": low, "high": None, "closed": [closed[0], False]}
            case _:
                wide = len(values) > 2 and (low, high) == (values[0], values[-1])
                return found | {"low": low, "high": high, "closed": closed if wide or any(closed) else [True, True]}
    count = 2 if op in ("in", "not in") else 1
    return found | {"values": draw.some(values, 1, count)}


# --- customers -------------------------------------------------------------------------------------------------------


def random_facts(draw: Draw) -> Json:
    """Draw what is known of a customer, and the day."""
    facts: Json = {"as_of": (DAY + timedelta(days=draw.one((-1, 0, 0, 1)))).isoformat()}
    for name in VALUES:
        if name == "as_of" or (name in OPTIONAL and draw.chance(0.2)):
            continue
        facts[name] = draw.one(_near(name))
    if draw.chance(0.7):
        facts["hour"] = draw.one((8, 9, 17, 18))
    return facts


def _near(name: str) -> list[Any]:
    """Return the values worth trying: the constants, one step beside them, and another word."""
    values = VALUES[name]
    match name:
        case "size":
            return sorted({one + step for one in values for step in (-1, 0, 1)})
        case "contacts" | "visits":
            return [0, 1, 2, 3, 9]
        case "amount":
            return [*sorted({str(Decimal(one) + Decimal(step) / 100) for one in values for step in (0, 1)}), "0.99"]
        case "since" | "as_of":
            days = {date.fromisoformat(one) + timedelta(days=step) for one in values for step in (-1, 0, 1)}
            extra = {date(2026, 1, 31), DAY + timedelta(days=5)} if name == "since" else set()
            return [one.isoformat() for one in sorted(days | extra)]
        case "branch":
            return [*values, "north"]
        case "events":
            return [[], ["moved"], ["married"], ["married", "moved"]]
        case _:
            return list(values)


def customers_near(facts: Json, names: Sequence[str]) -> Iterator[Json]:
    """Yield customers who differ from one in a fact, then in two; first in the facts that a book speaks of."""
    single = []
    for name in names:
        for value in (*_near(name), None) if name != "hour" else (8, 9, 17, 18, None):
            if value is None and name not in (*OPTIONAL, "hour"):
                continue
            if facts.get(name) != value:
                single.append({name: value})
    for change in single:
        yield _changed(facts, change)
    for place, change in enumerate(single):
        for other in single[place + 1 :]:
            if change.keys() != other.keys():
                yield _changed(facts, change | other)


def _changed(facts: Json, change: Json) -> Json:
    found = deepcopy(facts) | change
    return {name: value for name, value in found.items() if value is not None}
