"""How much can the owners of actions do in a day, and how long does an action take?

A capacity file is read with the same care as a book: every mistake is told at once, each with its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

from relmaint.diagnostics import Diagnostic, Severity, Span, diagnostic
from relmaint.errors import RuleBookError
from relmaint.ir.rules import RuleBook
from relmaint.model.action import Nature
from relmaint.rulebook import nodes
from relmaint.rulebook.keys import Key, Section, Shape
from relmaint.rulebook.reading import Fields, Reader
from relmaint.rulebook.source import compose, read_source

__all__ = [
    "CAPACITY_SECTIONS",
    "HORIZON",
    "Capacity",
    "Minutes",
    "OwnerCapacity",
    "Per",
    "Unit",
    "load_capacity",
    "parse_capacity",
    "unmet",
]

HORIZON = 20
"""How many working days are looked ahead when a file does not say: four weeks."""

_LONGEST = 250
_MOST = 1_000_000_000
_DAY_OF_MINUTES = 24 * 60
_WORKING = 5  # Monday to Friday, as a business day of a book


class Per(StrEnum):
    """Whose day it is that a capacity speaks of."""

    MANAGER = "manager"
    BRANCH = "branch"
    BANK = "bank"


class Unit(StrEnum):
    """What a capacity is counted in: minutes of work, or contacts with customers."""

    MINUTES = "minutes"
    CONTACTS = "contacts"


@dataclass(frozen=True, slots=True)
class Minutes:
    """How long an action takes: by its id, else by its first channel, else by its nature, else the default."""

    default: int
    actions: Mapping[str, int] = field(default_factory=dict)
    channels: Mapping[str, int] = field(default_factory=dict)
    natures: Mapping[str, int] = field(default_factory=dict)

    def of(self, action: str, channel: str | None, nature: str) -> int:
        """Return the minutes of an action."""
        if action in self.actions:
            return self.actions[action]
        if channel is not None:
            return self.channels.get(channel, self.default)
        return self.natures.get(nature, self.default)


@dataclass(frozen=True, slots=True)
class OwnerCapacity:
    """What one owner of the book can do in a working day.

    Args:
        per: whether each client manager has such a day, each branch, or the bank as a whole.
        unit: what is counted.
        daily: how much of it.
        exceptions: how much, for the managers or branches named.
        vacant: how much for customers whose manager or branch is not known, in each branch.
        spans: where the exceptions stand.
    """

    per: Per
    unit: Unit
    daily: int
    exceptions: Mapping[str, int] = field(default_factory=dict)
    vacant: int = 0
    spans: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)

    def of(self, place: str | None) -> int:
        """Return how much a manager or a branch can do in a day; `None` is the bank."""
        return self.daily if place is None else self.exceptions.get(place, self.daily)


@dataclass(frozen=True, slots=True)
class Capacity:
    """A whole capacity file.

    Args:
        owners: by owner; what is owned by others is never deferred.
        minutes: how long actions take; there is always one when an owner counts minutes.
        horizon: how many working days after the day of the plans are looked at for room.
        closed: days on which nobody works, besides Saturdays and Sundays.
    """

    owners: Mapping[str, OwnerCapacity]
    minutes: Minutes | None = None
    horizon: int = HORIZON
    closed: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        """Whether anybody works on a day."""
        return day.weekday() < _WORKING and day not in self.closed

    def days_after(self, day: date) -> tuple[date, ...]:
        """Return the working days within the horizon."""
        found: list[date] = []
        while len(found) < self.horizon:
            day += timedelta(days=1)
            if self.is_working(day):
                found.append(day)
        return tuple(found)

    def amount(self, owner: str, action: str, channel: str | None, nature: str) -> int:
        """Return how much of an owner's day an action takes; nothing of one whose day is not limited."""
        capacity = self.owners.get(owner)
        if capacity is None:
            return 0
        if capacity.unit is Unit.CONTACTS:
            return int(channel is not None)
        assert self.minutes is not None, "an owner counts minutes and none are given; please report this"
        return self.minutes.of(action, channel, nature)


# Keys ----------------------------------------------------------------------------------------------------------------

_FILE = Section(
    "capacity file",
    (
        Key(
            "owners",
            Shape.ENTRIES,
            "每个负责人角色一天能做多少",
            "what each owner of the book can do in a day; others are never cut",
            required=True,
        ),
        Key("minutes", Shape.SECTION, "每个动作需要几分钟", "how long an action takes"),
        Key(
            "horizon",
            Shape.NUMBER,
            "向后看多少个工作日，默认 20",
            "how many working days after the day of the plans are looked at for room; 20 by default",
        ),
        Key("closed", Shape.DAYS, "周末以外不上班的日子", "days on which nobody works, besides Saturdays and Sundays"),
    ),
)

_OWNER = Section(
    "owner",
    (
        Key(
            "per",
            Shape.WORD,
            "按谁计：每位客户经理、每个网点、全行",
            "whose day it is",
            required=True,
            words=tuple(Per),
        ),
        Key("minutes", Shape.NUMBER, "每天多少分钟", "minutes a day; either these or `contacts`"),
        Key("contacts", Shape.NUMBER, "每天多少次联系", "contacts a day; an action without a channel is none"),
        Key(
            "except",
            Shape.NUMBERS,
            "个别客户经理或网点的每日容量",
            "managers or branches that can do more or less, each with its number",
        ),
        Key(
            "vacant",
            Shape.NUMBER,
            "没有客户经理（或网点）的客户，每个网点每天的容量，默认 0",
            "for customers whose manager or branch is not known, in each branch; 0 by default",
        ),
    ),
)

_MINUTES = Section(
    "table of minutes",
    (
        Key("default", Shape.NUMBER, "默认分钟数", "where no other key holds", required=True),
        Key("action", Shape.NUMBERS, "按动作", "by action; comes before the others"),
        Key("channel", Shape.NUMBERS, "按第一渠道", "by the first channel of the action"),
        Key("nature", Shape.NUMBERS, "按性质（没有渠道的动作）", "by nature, of actions without a channel"),
    ),
)

CAPACITY_SECTIONS = (_FILE, _OWNER, _MINUTES)
"""Every mapping of a capacity file whose keys are fixed."""


# Reading -------------------------------------------------------------------------------------------------------------


def load_capacity(path: str | Path, book: RuleBook) -> Capacity:
    """Read a capacity file.

    Args:
        path: the file.
        book: the book whose owners, actions and channels it speaks of.

    Raises:
        RuleBookError: something is wrong with the file; it holds every finding.
    """
    source = read_source(Path(path))
    if isinstance(source, Diagnostic):
        raise RuleBookError([source])
    node, problems = compose(source)
    capacity, findings = (None, []) if node is None else parse_capacity(node, book)
    found = [*problems, *findings]
    if capacity is None or any(one.severity is Severity.ERROR for one in found):
        raise RuleBookError(found)
    return capacity


def parse_capacity(node: nodes.Node, book: RuleBook) -> tuple[Capacity | None, list[Diagnostic]]:
    """Read a capacity file from its nodes; nothing is returned when it cannot be used."""
    reading = _Reading(book)
    return reading.capacity(node), reading.reader.findings


class _Reading:
    """Reads the nodes of one file."""

    def __init__(self, book: RuleBook) -> None:
        self.book = book
        self.reader = Reader(book.vocabulary)
        actions = book.actions.values()
        self.owners = sorted({*book.terms.get("owner", {}), *(one.owner for one in actions if one.owner)})
        self.channels = sorted({*book.terms.get("channel", {}), *(word for one in actions for word in one.channel)})

    def capacity(self, node: nodes.Node) -> Capacity | None:
        fields = self.reader.fields(node, _FILE)
        if fields is None or "owners" not in fields:
            return None
        owners: dict[str, OwnerCapacity] = {}
        for key, value in self.reader.entries(fields["owners"], "owners"):
            self.known(key, self.owners, "owner of the book")
            if (one := self.owner(value)) is not None:
                owners[key.text] = one
        minutes = self.minutes(fields["minutes"]) if "minutes" in fields else None
        timed = [name for name, one in owners.items() if one.unit is Unit.MINUTES]
        if timed and "minutes" not in fields:
            message = f"`{timed[0]}` has so many minutes a day, and nothing says how long an action takes"
            self.reader.find("missing-key", message, fields["owners"], help="add `minutes: {default: 10}`")
            return None
        horizon = self.number(fields, "horizon", 0, _LONGEST)
        return Capacity(
            owners,
            minutes,
            HORIZON if horizon is None else horizon,
            frozenset(self.closed(fields["closed"])) if "closed" in fields else frozenset(),
        )

    def owner(self, node: nodes.Node) -> OwnerCapacity | None:
        fields = self.reader.fields(node, _OWNER)
        if fields is None:
            return None
        units = [unit for unit in Unit if unit in fields]
        if len(units) != 1:
            message = "an owner has either `minutes` or `contacts` a day" + (", not both" if units else "")
            self.reader.find("bad-value" if units else "missing-key", message, node, help="write one of the two")
        word = self.reader.choice(fields["per"], tuple(Per), "value of `per`") if "per" in fields else None
        daily = self.number(fields, units[0], 0, _MOST) if units else None
        vacant = self.number(fields, "vacant", 0, _MOST)
        exceptions: dict[str, int] = {}
        spans: dict[str, Span] = {}
        for key, value in self.reader.entries(fields["except"], "except") if "except" in fields else ():
            if word == Per.BANK:
                self.reader.find("bad-value", "a bank has no managers or branches to except", key, help="remove it")
            if (number := self.reader.whole(value, key.text, least=0, most=_MOST)) is not None:
                exceptions[key.text], spans[key.text] = number, key.span
        if word is None or daily is None or len(units) != 1:
            return None
        return OwnerCapacity(Per(word), units[0], daily, exceptions, vacant or 0, spans)

    def minutes(self, node: nodes.Node) -> Minutes | None:
        fields = self.reader.fields(node, _MINUTES)
        if fields is None:
            return None
        default = self.number(fields, "default", 0, _DAY_OF_MINUTES)
        actions = self.points(fields, "action", list(self.book.actions), "action of the book")
        channels = self.points(fields, "channel", self.channels, "channel of the book")
        natures = self.points(fields, "nature", [str(one) for one in Nature], "nature")
        return None if default is None else Minutes(default, actions, channels, natures)

    def points(self, fields: Fields, name: str, known: list[str], what: str) -> dict[str, int]:
        found: dict[str, int] = {}
        for key, value in self.reader.entries(fields[name], name) if name in fields else ():
            self.known(key, known, what)
            if (number := self.reader.whole(value, key.text, least=0, most=_DAY_OF_MINUTES)) is not None:
                found[key.text] = number
        return found

    def known(self, key: nodes.Scalar, known: list[str], what: str) -> None:
        if key.text not in known:
            self.reader.refuse_choice(key, key.text, known, what)

    def number(self, fields: Fields, name: str, least: int, most: int) -> int | None:
        return self.reader.whole(fields[name], name, least=least, most=most) if name in fields else None

    def closed(self, node: nodes.Node) -> list[date]:
        days = (self.reader.day(item, "closed") for item in self.reader.items(node, "closed"))
        return [day for day in days if day is not None]


def unmet(capacity: Capacity, managers: set[str], branches: set[str]) -> list[Diagnostic]:
    """Return a warning for each exception for a manager or a branch that no customer has."""
    found = []
    for owner in capacity.owners.values():
        places = managers if owner.per is Per.MANAGER else branches
        for name, span in owner.spans.items():
            if name not in places:
                found.append(diagnostic("unmet-exception", f"no customer has the {owner.per} `{name}`", span))
    return found
