"""Random rule books of any size over thirteen attributes of all types, with constants as an analyst writes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from relmaint.ir.conditions import NEGATIONS, And, Comparison, Condition, Interval, Not, Operator, Or
from relmaint.ir.rules import Assumption, Effect, Guard, HitPolicy, Row, Rule, RuleBook, Selector, Table
from relmaint.model.action import Action, Kind, Nature
from relmaint.text import Text
from relmaint.vocabulary import (
    AS_OF,
    Attribute,
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    IntegerType,
    SetType,
    TextType,
    Vocabulary,
)

__all__ = ["VOCABULARY", "Raw", "planning_book", "raw_book"]

_START = date(2020, 1, 1)

_TYPES: dict[str, tuple[Any, bool]] = {
    "preference": (EnumType(("deposit", "loan", "payment", "agency", "advice")), True),
    "habit": (EnumType(("price", "quality", "speed", "service")), True),
    "tier": (EnumType(("key", "ordinary", "exit")), False),
    "age": (IntegerType(0, 150), True),
    "days": (IntegerType(), True),
    "visits": (IntegerType(0), False),
    "aum": (DecimalType(2, Decimal(0)), True),
    "rate": (DecimalType(4), True),
    "since": (DateType(), True),
    "consent": (BooleanType(), True),
    "online": (BooleanType(), False),
    "branch": (TextType(), True),
    "events": (SetType(("moved", "married", "retired")), True),
}

VOCABULARY = Vocabulary(
    {
        AS_OF: Attribute(AS_OF, DateType(), optional=False),
        **{name: Attribute(name, type_, optional) for name, (type_, optional) in _TYPES.items()},
    }
)

_POOLS: dict[str, tuple[Any, ...]] = {
    "age": (0, *range(18, 95, 7), 150),
    "days": tuple(range(-30, 90, 6)),
    "visits": tuple(range(12)),
    "aum": tuple(Decimal(one) for one in ("0", "0.01", "999.99", "1000", "5000", "50000", "50000.01", "1000000")),
    "rate": tuple(Decimal(one).scaleb(-4) for one in range(-200, 500, 60)),
    "since": tuple(_START + timedelta(days=one) for one in range(0, 400, 37)),
    "branch": ("west", "east", "north"),
}


class Raw:
    """Draws rules; a pool of constants so small that rules meet."""

    def __init__(self, random: Random) -> None:
        """Draw some of the attributes."""
        self.random = random
        self.names = sorted(random.sample(sorted(_TYPES), random.randint(3, len(_TYPES))))

    def comparison(self, name: str) -> Comparison:
        """Draw one comparison of an attribute by any operator that fits."""
        random, type_ = self.random, _TYPES[name][0]
        known = (Operator.IS_KNOWN, Operator.IS_UNKNOWN)
        match type_:
            case BooleanType():
                operator = random.choice(
                    (
                        Operator.IS_TRUE,
                        Operator.IS_NOT_TRUE,
                        Operator.IS_FALSE,
                        Operator.IS_NOT_FALSE,
                        Operator.EQ,
                        Operator.NE,
                        *known,
                    )
                )
                return Comparison(name, operator, (random.random() < 0.5,) if operator in _EQUAL else ())
            case SetType():
                operator = random.choice((Operator.HAS, Operator.LACKS, Operator.HAS, Operator.LACKS, *known))
                return Comparison(name, operator, () if operator in known else (random.choice(type_.values),))
            case EnumType() | TextType():
                pool: Sequence[Any] = type_.values if isinstance(type_, EnumType) else _POOLS[name]
                operator = random.choice((*_EQUAL, Operator.IN, Operator.IN, Operator.NOT_IN, *known))
            case _:
                pool = _POOLS[name]
                operator = random.choice((*_ORDER, *_ORDER, *_EQUAL, Operator.INSIDE, Operator.INSIDE, *_FEW, *known))
        if operator in known:
            return Comparison(name, operator)
        if operator in (Operator.INSIDE, Operator.OUTSIDE):
            return Comparison(name, operator, (self._interval(pool),))
        count = random.randint(1, min(3, len(pool))) if operator in (Operator.IN, Operator.NOT_IN) else 1
        return Comparison(name, operator, tuple(random.sample(pool, count)))

    def _interval(self, pool: Sequence[Any]) -> Interval:
        random = self.random
        low, high = sorted(random.sample(pool, 2))
        closed = random.random() < 0.5, random.random() < 0.5
        match random.randrange(6):
            case 0:
                return Interval(None, high, low_closed=False, high_closed=closed[1])
            case 1:
                return Interval(low, None, low_closed=closed[0], high_closed=False)
            case _:
                return Interval(low, high, *(closed if any(closed) else (True, True)))

    def condition(self) -> Condition:
        """Draw a condition: mostly some comparisons that all must be true."""
        random = self.random
        picked = random.sample(self.names, min(len(self.names), random.randint(1, 4)))
        parts: list[Condition] = [self.comparison(name) for name in picked]
        if random.random() < 0.2:
            at = random.randrange(len(parts))
            other = Or((parts[at], And((self.comparison(random.choice(self.names)), self.comparison(picked[0])))))
            parts[at] = Not(other) if random.random() < 0.5 else other
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def partition(self, count: int) -> Iterator[Condition]:
        """Yield conditions of which each customer meets just one."""
        leaves: list[tuple[Condition, ...]] = [()]
        while len(leaves) < count:
            leaf = leaves.pop(self.random.randrange(min(len(leaves), 8)))
            one = self.comparison(self.random.choice(self.names))
            leaves += [(*leaf, one), (*leaf, missing(one))]
        yield from (And(leaf) for leaf in leaves)


_EQUAL = (Operator.EQ, Operator.NE)
_ORDER = (Operator.LT, Operator.LE, Operator.GT, Operator.GE)
_FEW = (Operator.OUTSIDE, Operator.IN, Operator.NOT_IN)


def missing(one: Comparison) -> Condition:
    """Return what is true of whoever does not meet a comparison, unknown values included."""
    other = replace(one, operator=NEGATIONS[one.operator])
    if one.operator.startswith("is "):
        return other
    return Or((other, Comparison(one.attribute, Operator.IS_UNKNOWN)))


def actions(count: int, *, contacts: bool = False, random: Random | None = None) -> dict[str, Action]:
    """Return so many actions of each kind; those that are contacts compete."""
    found = {}
    for kind in Kind:
        for place in range(count):
            contact = contacts and place % 2 == 0
            found[f"{kind}-{place}"] = Action(
                id=f"{kind}-{place}",
                kind=kind,
                nature=Nature.MARKETING if contact else Nature.INTERNAL,
                title=Text(en=f"{kind}-{place}"),
                channel=("app",) if contact else (),
                proactive=contact,
                precedence="care" if place else "growth",
                base=0 if random is None else random.randint(0, 4),
                occasion="birthday" if contact and place % 4 == 0 else None,
            )
    return found


def raw_book(random: Random, count: int) -> RuleBook:
    """Return a book of so many rules; some kinds are a partition, with a rule missing or not."""
    raw = Raw(random)
    catalogue = actions(random.randint(1, 4))
    rules: list[Rule] = []
    for kind in Kind:
        own = [name for name in catalogue if name.startswith(kind)]
        share = count // 3
        conditions = list(raw.partition(share)) if random.random() < 0.6 else [raw.condition() for _ in range(share)]
        if random.random() < 0.4:
            del conditions[random.randrange(len(conditions))]
        for one in conditions:
            rules.append(Rule(f"rule/{len(rules):05}", one, (random.choice(own),)))
    return RuleBook("raw", "1", VOCABULARY, actions=catalogue, rules=tuple(rules), assumptions=_assumed(raw))


def _assumed(raw: Raw) -> tuple[Assumption, ...]:
    if raw.random.random() < 0.6:
        return ()
    one, other = (raw.comparison(raw.random.choice(raw.names)) for _ in range(2))
    return (Assumption("assume/0", Or((one, other))),)


def planning_book(random: Random, count: int) -> RuleBook:
    """Return a book whose rules override and boost, with a table, guards, an occasion and a budget."""
    raw = Raw(random)
    catalogue = actions(3, contacts=True, random=random)
    names = sorted(catalogue)
    rules: list[Rule] = []
    for place in range(count):
        over = random.sample([rule.id for rule in rules], min(len(rules), 2)) if random.random() < 0.3 else []
        boost = ((random.choice(names), random.randint(-3, 3)),) if random.random() < 0.3 else ()
        do = tuple(random.sample(names, random.randint(1, 2)))
        rules.append(Rule(f"rule/{place:05}", raw.condition(), do, boost, tuple(sorted(over))))
    inputs = tuple(random.sample([name for name in raw.names if name != "visits"], 2))
    rows = tuple(
        Row(f"first#{place}", tuple(raw.comparison(name) for name in inputs), (random.choice(names),))
        for place in range(1, 4)
    )
    limits = tuple(
        Row(f"budget#{place}", (raw.comparison(inputs[0]),), limits=(random.randint(0, 2),)) for place in range(1, 3)
    )
    tables = [
        Table("budget", HitPolicy.FIRST, inputs[:1], ("visits",), limits, default=random.randint(0, 3)),
        Table("first", HitPolicy.FIRST, inputs, ("do",), rows),
    ]
    guards = tuple(
        Guard(f"guard/{place}", raw.condition(), Effect.WITHHOLD, _selector(random, names)) for place in range(2)
    )
    return RuleBook(
        "planning",
        "1",
        VOCABULARY,
        actions=catalogue,
        rules=tuple(rules),
        tables=tuple(tables if random.random() < 0.7 else tables[1:]),
        guards=guards,
        assumptions=_assumed(raw),
        precedence=("growth", "care"),
    )


def _selector(random: Random, names: Sequence[str]) -> Selector:
    if random.random() < 0.5:
        return Selector((("nature", ("marketing",)),))
    return Selector((("action", tuple(sorted(random.sample(list(names), 3)))),))
