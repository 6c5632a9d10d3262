"""What does a book of the conformance suite plan, read by nothing but the documented format?

A second implementation, small and slow, of docs/reference-conformance.md. It imports nothing of relmaint, so that it
shows that the page says enough; and it notes which constructs it came by, from which the suite is put together.
"""

from __future__ import annotations

import calendar
import itertools
import lzma
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from json import loads
from pathlib import Path
from typing import Any

__all__ = ["Json", "known", "plan", "read_suite"]

Json = dict[str, Any]
Note = Callable[[str], object]

DUTIES = ("service", "risk")
LAST = 1 << 30


def read_suite(path: Path) -> tuple[Json, Iterator[Json]]:
    """Return the head of a suite, and its books one after the other."""

    def lines() -> Iterator[Json]:
        with lzma.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                yield loads(line)

    found = lines()
    return next(found), found


def known(attributes: Json, facts: Json) -> Json:
    """Return the values of facts, which JSON holds as texts and lists, by the types of the attributes."""
    return {name: value_of(attributes[name]["type"], value) for name, value in facts.items()}


def value_of(type_: str, value: Any) -> Any:
    """Return one value."""
    match type_:
        case "decimal":
            return Decimal(value)
        case "date":
            return date.fromisoformat(value)
        case "set" if isinstance(value, list):
            return frozenset(value)
        case _:
            return value


# --- conditions ------------------------------------------------------------------------------------------------------


class Conditions:
    """Evaluates conditions about one customer in three values; `None` is unknown."""

    def __init__(self, attributes: Json, facts: Json, note: Note) -> None:
        """Keep the facts."""
        self.attributes, self.facts, self.note = attributes, facts, note

    def holds(self, condition: Json) -> bool | None:
        """Return whether a condition is true."""
        op = condition["op"]
        if op in ("and", "or"):
            parts = [self.holds(part) for part in condition["parts"]]
            decides = op == "or"
            found = decides if decides in parts else None if None in parts else not decides
            self.note(f"{op}/{_told(found)}" if parts else f"{op}/empty")
            return found
        if op == "not":
            part = self.holds(condition["part"])
            self.note(f"not/{_told(part)}")
            return None if part is None else not part
        return self._compared(condition)

    def _compared(self, condition: Json) -> bool | None:
        op, name = condition["op"], condition["attribute"]
        type_ = self.attributes[name]["type"]
        value = self.facts.get(name)
        found = self._compare(op, condition, type_, value)
        self.note(f"{type_} {op}/{_told(found)}")
        return found

    def _compare(self, op: str, condition: Json, type_: str, value: Any) -> bool | None:
        match op:
            case "is known":
                return value is not None
            case "is unknown":
                return value is None
            case "is true":
                return value is True
            case "is not true":
                return value is not True
            case "is false":
                return value is False
            case "is not false":
                return value is not False
        if value is None:
            return None
        if op in ("inside", "outside"):
            return self._inside(condition, type_, value) == (op == "inside")
        constants = [value_of(type_, one) for one in condition["values"]]
        if op in ("has", "lacks"):
            return (constants[0] in value) == (op == "has")
        if op in ("in", "not in"):
            return (value in constants) == (op == "in")
        (constant,) = constants
        if value == constant and op in ("<", "<=", ">", ">="):
            self.note(f"{type_} {op}/at the constant")
        return {
            "=": value == constant,
            "!=": value != constant,
            "<": op == "<" and value < constant,
            "<=": op == "<=" and value <= constant,
            ">": op == ">" and value > constant,
            ">=": op == ">=" and value >= constant,
        }[op]

    def _inside(self, condition: Json, type_: str, value: Any) -> bool:
        low, high = (None if end is None else value_of(type_, end) for end in (condition["low"], condition["high"]))
        low_closed, high_closed = condition["closed"]
        left = "(" if low is None or not low_closed else "["
        right = ")" if high is None or not high_closed else "]"
        shape = f"{left}{'' if low is None else 'a'}..{'' if high is None else 'b'}{right}"
        for end, side in ((low, "low"), (high, "high")):
            if value == end:
                self.note(f"interval {shape}/at the {side} end")
        above = low is None or value > low or (low_closed and value == low)
        below = high is None or value < high or (high_closed and value == high)
        self.note(f"interval {shape}/{_told(above and below)}")
        return above and below


def _told(found: bool | None) -> str:
    return "unknown" if found is None else "true" if found else "false"


# --- plans -----------------------------------------------------------------------------------------------------------


class Candidate:
    """One proposed action on its way through the stages."""

    def __init__(self, action: Json) -> None:
        """Begin as the catalogue has it."""
        self.action = action
        self.proposers: list[str] = []
        self.boosts: dict[str, int] = {}
        self.position = LAST
        self.owner = action.get("owner")
        self.channel = list(action.get("channel", ()))
        self.deferred_by: Json | None = None
        self.guards: list[str] = []

    @property
    def score(self) -> int:
        """Base plus points."""
        return self.action.get("base", 0) + sum(self.boosts.values())


def plan(attributes: Json, book: Json, facts: Json, note: Note = lambda _: None) -> Json:
    """Return the plan of a book for one customer.

    Args:
        attributes: their types, as the head of the suite has them.
        book: a book of the suite.
        facts: the known attributes by name, `as_of` among them, as `known` returns them.
        note: is told each construct that was come by.
    """
    return Plan(attributes, book, facts, note).made()


class Plan:
    """One plan in the making, stage after stage."""

    def __init__(self, attributes: Json, book: Json, facts: Json, note: Note) -> None:
        """Find out what matches."""
        self.book, self.facts, self.note = book, facts, note
        self.as_of: date = facts["as_of"]
        self.conditions = Conditions(attributes, facts, note)
        self.actions = {one["id"]: one for one in book["actions"]}
        self.in_force = {name for name, one in self.actions.items() if self.holds_today(one, "action")}
        self.rules = [one for one in book["rules"] if self.matches(one, "rule")]
        self.guards = [one for one in book["guards"] if self.matches(one, "guard")]
        self.hits = {table["id"]: list(self.matching_rows(table)) for table in book["tables"]}
        self.candidates: dict[str, Candidate] = {}
        self.withheld: dict[str, Json] = {}
        self.proposed: set[str] = set()
        self.lost: dict[str, tuple[str, str]] = {}
        self.set_aside = self.overridden()

    def holds_today(self, one: Json, what: str) -> bool:
        """Whether the day of the plan is within the days of a statement, both ends included."""
        start, end = (None if key not in one else date.fromisoformat(one[key]) for key in ("from", "until"))
        for name, day in (("from", start), ("until", end)):
            if day is not None:
                side = "before" if self.as_of < day else "after" if self.as_of > day else "on"
                self.note(f"{what} {name}/{side}")
        return (start is None or start <= self.as_of) and (end is None or self.as_of <= end)

    def matches(self, one: Json, what: str) -> bool:
        """Whether a rule or guard matches."""
        true = self.conditions.holds(one["when"]) is True
        return self.holds_today(one, what) and true

    def matching_rows(self, table: Json) -> Iterator[tuple[int, Json]]:
        """Yield the rows of a table that match, with their places."""
        today = self.holds_today(table, "table")
        for place, row in enumerate(table["rows"]):
            if any(test is None for test in row["tests"]):
                self.note("cell/any")
            answers = [test is None or self.conditions.holds(test) is True for test in row["tests"]]
            if self.holds_today(row, "row") and today and all(answers):
                yield place, row

    # overrides

    def overridden(self) -> dict[str, str]:
        """Return what is set aside, with the rule by which: of rules that match and are not set aside themselves."""
        matching = {one["id"] for one in self.rules}
        found: dict[str, str] = {}
        for name in self.override_order():
            if name in matching:
                if name in found:
                    self.note("override/overridden itself")
                    continue
                rule = next(one for one in self.rules if one["id"] == name)
                for target in rule.get("overrides", ()):
                    if target in found:
                        self.note("override/twice")
                    found.setdefault(target, name)
        return found

    def override_order(self) -> list[str]:
        """Return the rules so that each comes after all that override it, else in the order of ids."""
        order: list[str] = []

        def visit(rule: Json) -> None:
            if rule["id"] not in order:
                for other in self.book["rules"]:
                    if rule["id"] in other.get("overrides", ()):
                        visit(other)
                order.append(rule["id"])

        for rule in self.book["rules"]:
            visit(rule)
        return order

    # proposals

    def propose(self) -> None:
        """Collect what rules and rows propose, and their points."""
        points: list[tuple[str, str, int]] = []
        dropped: set[str] = set()
        for rule in self.rules:
            by = self.set_aside.get(rule["id"])
            if by is not None:
                self.note("override/rule")
            for name in rule.get("do", ()):
                self.offer(name, rule["id"], by)
            if by is None:
                points += [(name, rule["id"], number) for name, number in sorted(rule.get("boost", {}).items())]
            elif "boost" in rule:
                dropped |= rule["boost"].keys()
        for table in self.book["tables"]:
            if "do" in table["outputs"]:
                points += self.propose_rows(table)
        if dropped & self.candidates.keys():
            self.note("override/points")
        for name, origin, number in points:
            if name in self.candidates:
                boosts = self.candidates[name].boosts
                boosts[origin] = boosts.get(origin, 0) + number
                self.note(f"boost/{'up' if number > 0 else 'down' if number < 0 else 'nil'}")
            else:
                self.note("boost/of what is not proposed")
        for name, (stage, by) in self.lost.items():
            if name not in self.candidates:
                self.withheld[name] = {"action": name, "stage": stage, "rule": by}
                self.note(f"withheld/{stage}")
            else:
                self.note(f"proposed elsewhere too/{stage}")

    def offer(self, name: str, origin: str, by: str | None) -> None:
        """Take one proposal; a duty is taken even from what is set aside."""
        action = self.actions[name]
        if name not in self.in_force:
            self.note("action/out of force")
            return
        self.proposed.add(name)
        if by is not None and action["nature"] not in DUTIES:
            self.lost.setdefault(name, ("override", by))
            return
        if by is not None:
            self.note("override/duty stays")
        if name in self.candidates:
            self.note("proposed/twice")
        self.candidates.setdefault(name, Candidate(action)).proposers.append(origin)

    def propose_rows(self, table: Json) -> list[tuple[str, str, int]]:
        """Apply the hit policy of a table; return the points of the rows that count."""
        hits = self.hits[table["id"]]
        self.note(f"hit {table['hit']}/{_number(hits)}")
        if not hits:
            return []
        counting = self.effective(table, hits)
        for place, row in hits:
            if all(place != other for other, _ in counting):
                for name in row.get("do", ()):
                    if name in self.in_force:
                        self.proposed.add(name)
                        self.lost.setdefault(name, ("hit-policy", counting[0][1]["id"]))
        for place, row in counting:
            by = self.set_aside.get(row["id"])
            if by is not None:
                self.note("override/row")
            for name in row.get("do", ()):
                self.offer(name, row["id"], by)
                if name in self.candidates and by is None:
                    candidate = self.candidates[name]
                    candidate.position = min(candidate.position, self.position(table, place, name))
        standing = [row for _, row in counting if row["id"] not in self.set_aside]
        return self.points(table, standing) if "boost" in table["outputs"] else []

    def effective(self, table: Json, hits: list[tuple[int, Json]]) -> list[tuple[int, Json]]:
        """Return the matching rows that count."""
        match table["hit"]:
            case "unique" | "any" | "first":
                return hits[:1]
            case "priority":

                def best(hit: tuple[int, Json]) -> int:
                    return min((self.in_order(table, name) for name in hit[1].get("do", ())), default=LAST)

                first = min(hits, key=best)
                if first is not hits[0]:
                    self.note("hit priority/a later row")
                return [first]
            case _:
                return hits

    def in_order(self, table: Json, name: str) -> int:
        """Return the place of an action in the `order` of a table."""
        order = table.get("order", [])
        if name not in order:
            self.note(f"order {table['hit']}/not named")
        return order.index(name) if name in order else len(order)

    def position(self, table: Json, place: int, name: str) -> int:
        """Return the place that a table gives an action in the ranking."""
        match table["hit"]:
            case "rule order":
                return place
            case "output order":
                return self.in_order(table, name)
            case _:
                return LAST

    def points(self, table: Json, rows: list[Json]) -> list[tuple[str, str, int]]:
        """Fold the points of rows, action by action."""
        found: list[tuple[str, str, int]] = []
        aggregate = table.get("aggregate")
        for name in sorted({name for row in rows for name in row.get("do", ())}):
            doing = [row for row in rows if name in row["do"]]
            if aggregate is not None:
                self.note(f"aggregate {aggregate} of points/{_number(doing)}")
            match aggregate:
                case "count":
                    found += [(name, row["id"], 1) for row in doing]
                case "min" | "max":
                    fold = min if aggregate == "min" else max
                    extreme = fold(doing, key=lambda row: row.get("boost", 0))
                    found.append((name, extreme["id"], extreme.get("boost", 0)))
                case _:
                    found += [(name, row["id"], row.get("boost", 0)) for row in doing]
        return found

    # guards

    def guard(self) -> None:
        """Let the guards speak, until no hold asks for a further step."""
        pending = list(self.candidates)
        while pending:
            needed: list[tuple[str, str]] = []
            for name in pending:
                self.guard_one(self.candidates[name], needed)
            pending = []
            for name, by in needed:
                if name not in self.in_force:
                    self.note("hold/step out of force")
                elif name in self.withheld:
                    self.note(f"hold/step {'withheld' if self.withheld[name]['stage'] == 'guard' else 'lost'}")
                elif name in self.candidates:
                    self.note("hold/step there already")
                else:
                    self.note("hold/adds a step")
                    self.candidates[name] = Candidate(self.actions[name])
                    pending.append(name)
                if name in self.candidates and by not in self.candidates[name].proposers:
                    self.candidates[name].proposers.append(by)

    def guard_one(self, candidate: Candidate, needed: list[tuple[str, str]]) -> None:
        """Let the guards speak of one action: first those that withhold, then those that hold, then the others."""
        action = candidate.action
        speaking = [one for one in self.guards if self.selects(one, action)]
        is_duty = action["nature"] in DUTIES
        for guard in speaking:
            if guard["effect"] == "withhold":
                self.note(f"guard withhold/{'a duty' if is_duty else 'acts'}")
                if not is_duty:
                    self.withhold(candidate, "guard", guard["id"])
                    return
        for guard in speaking:
            if guard["effect"] == "hold" and guard["needs"] != action["id"]:
                self.note(f"guard hold/{'a duty' if is_duty else 'acts'}")
                if not is_duty:
                    self.withhold(candidate, "guard", guard["id"], guard["needs"])
                    needed.append((guard["needs"], guard["id"]))
                    return
        for place, guard in enumerate(speaking):
            if not self.adjust(candidate, guard, is_duty=is_duty):
                if any(other["effect"] == "restrict" for other in speaking[place + 1 :]):
                    self.note("guard restrict/nothing is left for another")
                return

    def selects(self, guard: Json, action: Json) -> bool:
        """Whether a guard selects an action."""
        if action["id"] in guard.get("unless", ()):
            self.note("select/unless")
            return False
        for field, words in guard["select"].items():
            match field:
                case "action":
                    allowed = action["id"] in words
                case "channel":
                    allowed = bool(action.get("channel")) and set(action["channel"]) <= set(words)
                    if not allowed and set(action.get("channel", ())) & set(words):
                        self.note("select channel/some of them")
                case "methods":
                    allowed = not set(words).isdisjoint(action.get("methods", ()))
                case "proactive":
                    allowed = ("true" if action["proactive"] else "false") in words
                case _:
                    allowed = field in action and str(action[field]) in words
            self.note(f"select {field}/{_told(allowed)}")
            if not allowed:
                return False
        return True

    def adjust(self, candidate: Candidate, guard: Json, *, is_duty: bool) -> bool:
        """Let a guard change an action; return whether it is still there."""
        changed = False
        match guard["effect"]:
            case "restrict" if candidate.channel:
                remaining = [one for one in candidate.channel if one in guard["channels"]]
                if not remaining and not is_duty:
                    self.note("guard restrict/nothing is left")
                    self.withhold(candidate, "guard", guard["id"])
                    return False
                changed = bool(remaining) and remaining != candidate.channel
                self.note(f"guard restrict/{'narrows' if changed else 'nothing changes' if remaining else 'a duty'}")
                candidate.channel = remaining or candidate.channel
            case "route":
                changed = candidate.owner != guard["to"]
                self.note(f"guard route/{'acts' if changed else 'nothing changes'}")
                candidate.owner = guard["to"]
            case "defer" if candidate.channel:
                changed = candidate.deferred_by is None
                self.note(f"guard defer/{'acts' if changed else 'deferred already'}")
                candidate.deferred_by = candidate.deferred_by or guard
            case "restrict" | "defer":
                self.note(f"guard {guard['effect']}/no channel")
        if changed:
            candidate.guards.append(guard["id"])
        return True

    def withhold(self, candidate: Candidate, stage: str, by: str, needs: str | None = None) -> None:
        """Take an action out of the plan."""
        name = candidate.action["id"]
        self.note(f"withheld/{stage}")
        self.candidates.pop(name, None)
        self.withheld[name] = {"action": name, "stage": stage, "rule": by} | ({"needs": needs} if needs else {})

    # ranking, occasions and budgets

    def ranked(self) -> list[Candidate]:
        """Return the actions from the highest rank down."""
        precedence = self.book["precedence"]

        def key(one: Candidate) -> tuple[int, int, int, str]:
            return precedence.index(one.action["precedence"]), -one.score, one.position, one.action["id"]

        found = sorted(self.candidates.values(), key=key)
        for one, other in itertools.pairwise(found):
            pairs = zip(key(one), key(other), ("precedence", "score", "position", "id"), strict=True)
            self.note(f"rank/{next(name for first, second, name in pairs if first != second)}")
        return found

    def merged(self, ranked: list[Candidate]) -> list[Candidate]:
        """Keep of the discretionary contacts of one occasion the highest-ranked."""
        carrier: dict[str, Candidate] = {}
        kept = []
        for one in ranked:
            occasion = one.action.get("occasion")
            if occasion is not None and _is_contact(one.action):
                first = carrier.setdefault(occasion, one)
                if first is not one:
                    self.withhold(one, "merge", first.action["id"])
                    continue
            elif occasion in carrier:
                self.note("merge/no contact")
            kept.append(one)
        return kept

    def within_budget(self, ranked: list[Candidate]) -> list[Candidate]:
        """Keep the discretionary contacts for which every budget leaves room."""
        if not any(_is_contact(one.action) for one in ranked):
            return ranked
        rooms = self.rooms()
        taken: set[str] = set()
        kept = []
        for one in ranked:
            if _is_contact(one.action):
                full = next((by for by, room in rooms.items() if room <= 0), None)
                if full is not None:
                    if full in taken:
                        self.note("budget/taken by another")
                    self.withhold(one, "budget", full)
                    continue
                if rooms:
                    self.note("budget/room")
                for by in rooms:
                    rooms[by] -= 1
                    taken.add(by)
            elif any(room <= 0 for room in rooms.values()):
                self.note("budget/not counted")
            kept.append(one)
        return kept

    def rooms(self) -> dict[str, int]:
        """Return how many contacts each budget leaves, the smallest budget first."""
        budgets: list[tuple[int, str, int]] = []
        for table in self.book["tables"]:
            for column, name in enumerate(one for one in table["outputs"] if one not in ("do", "boost")):
                limit, by = self.limit(table, column)
                count = self.facts.get(name)
                if count is None:
                    self.note("budget/count unknown")
                elif count > limit:
                    self.note("budget/overdrawn")
                budgets.append((limit, by, 0 if count is None else max(0, limit - count)))
        if len(budgets) > 1:
            self.note("budget/several")
        rooms: dict[str, int] = {}
        for _, by, room in sorted(budgets):
            rooms[by] = min(room, rooms.get(by, room))
        return rooms

    def limit(self, table: Json, column: int) -> tuple[int, str]:
        """Return the number that a table sets in one column, and the row, or else the table, that is named for it."""
        hits = self.hits[table["id"]]
        self.note(f"budget hit {table['hit']}/{_number(hits)}")
        rows = [row for _, row in (self.effective(table, hits) if hits else ()) if row["id"] not in self.set_aside]
        if hits and not rows:
            self.note("budget/row set aside")
        if not rows:
            self.note("budget/default")
            return table.get("default", 0), table["id"]
        numbers = [row["limits"][column] for row in rows]
        aggregate = table.get("aggregate")
        if aggregate is not None:
            self.note(f"aggregate {aggregate} of budgets/{_number(rows)}")
        folds = {"sum": sum, "min": min, "max": max, "count": len, None: lambda one: one[0]}
        limit: int = folds[aggregate](numbers)  # type: ignore[operator]
        return limit, rows[numbers.index(limit)]["id"] if limit in numbers else table["id"]

    # the whole

    def made(self) -> Json:
        """Return the plan."""
        self.propose()
        self.guard()
        planned = self.within_budget(self.merged(self.ranked()))
        kinds = {self.actions[name]["kind"] for name in self.proposed}
        status = "planned" if planned else "empty" if self.proposed else "uncovered"
        uncovered = [kind for kind in self.book["covers"] if kind not in kinds]
        self.note(f"status/{status}")
        for kind in uncovered:
            self.note(f"uncovered/{kind}")
        return {
            "status": status,
            "uncovered": uncovered,
            "actions": [self.step(one) for one in planned],
            "withheld": [self.withheld[name] for name in sorted(self.withheld)],
        }

    def step(self, one: Candidate) -> Json:
        """Return one action of the plan; what is not there is left out."""
        found: Json = {"action": one.action["id"], "score": one.score}
        found["reasons"] = [[name, one.boosts.get(name, 0)] for name in sorted({*one.proposers, *one.boosts})]
        if one.owner is not None:
            found["owner"] = one.owner
        if one.channel:
            found["channel"] = one.channel
        if one.guards:
            found["guards"] = one.guards
        if (due := self.due(one.action)) is not None:
            found["due"] = due.isoformat()
        if one.deferred_by is not None:
            found["not_before"] = self.not_before(one.deferred_by).isoformat(timespec="minutes")
        return found

    def due(self, action: Json) -> date | None:
        """Return the last day for an action."""
        if "due" not in action:
            return None
        due = action["due"]
        anchor = self.facts.get(due["anchor"])
        if anchor is None:
            self.note("due/unknown")
            return None
        offset, unit = due["offset"], due["unit"]
        self.note(f"due {unit}/{'before' if offset < 0 else 'after' if offset else 'on'}")
        match unit:
            case "day" | "week":
                day = anchor + timedelta(days=offset * (7 if unit == "week" else 1))
            case "month":
                year, month = divmod(anchor.year * 12 + anchor.month - 1 + offset, 12)
                last = calendar.monthrange(year, month + 1)[1]
                if last < anchor.day:
                    self.note("due month/shorter")
                day = date(year, month + 1, min(anchor.day, last))
            case _:
                day = self.business(anchor, offset)
        if day < self.as_of:
            self.note("due/past")
        return max(day, self.as_of)

    def business(self, day: date, offset: int) -> date:
        """Return the day so many Mondays to Fridays on."""
        step = timedelta(days=1 if offset > 0 else -1)
        if offset and day.weekday() >= 5:
            self.note("due business day/from a weekend")
        for _ in range(abs(offset)):
            day += step
            while day.weekday() >= 5:
                day += step
        return day

    def not_before(self, guard: Json) -> datetime:
        """Return the moment at which a deferring guard lets go: today's if it is still to come, else tomorrow's."""
        moment = time.fromisoformat(guard["time"])
        hour = self.facts.get(guard["clock"])
        passed = hour is not None and time(hour) >= moment
        self.note(f"defer/{'hour unknown' if hour is None else 'tomorrow' if passed else 'today'}")
        return datetime.combine(self.as_of + timedelta(days=int(passed)), moment)


def _is_contact(action: Json) -> bool:
    return bool(action["proactive"]) and action["nature"] not in (*DUTIES, "internal")


def _number(found: list[Any]) -> str:
    return "none" if not found else "one" if len(found) == 1 else "several"
