"""Which work do all contestants do? One rule book of about a hundred rules over nine attributes, and some customers.

60 combination rules propose three actions each, 40 modifier rules one action each; the plan is every proposed action
once, by its highest score, best first. Larger books keep the number of matches about the same: more, narrower rules.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from relmaint.ir.conditions import And, Comparison, Interval, Operator
from relmaint.ir.rules import Rule, RuleBook
from relmaint.model.action import Action, Kind, Nature
from relmaint.model.attributes import vocabulary_of
from relmaint.text import Text

AS_OF = date(2026, 3, 2)
PREFERENCES = ("deposit", "loan", "settlement", "intermediary", "balanced")
HABITS = ("relationship", "quality", "price", "credit")
TIERS = ("key", "ordinary", "exit")


class Account(BaseModel):
    """Nine attributes, as in the comparison of engines."""

    model_config = ConfigDict(frozen=True, strict=True)

    id: str
    preference: Literal["deposit", "loan", "settlement", "intermediary", "balanced"]
    habit: Literal["relationship", "quality", "price", "credit"]
    tier: Literal["key", "ordinary", "exit"]
    aum: Annotated[Decimal, Field(ge=0, decimal_places=2)]
    age: Annotated[int, Field(ge=0, le=120)]
    days_to_maturity: Annotated[int | None, Field(ge=0)] = None
    complaints: Annotated[int, Field(ge=0)] = 0
    channel: Literal["phone", "app", "visit", "sms"]
    consent: bool


@dataclass(frozen=True)
class Modifier:
    """One rule of the second kind: bounds on numbers, words, and the action it proposes."""

    bounds: tuple[tuple[str, int, int], ...]
    words: tuple[tuple[str, str], ...]
    action: str


def modifiers(count: int, seed: int = 7) -> list[Modifier]:
    """Draw modifiers; each is met by about one customer in ten when there are 40, and by fewer when there are more."""
    draw = random.Random(seed)  # not for secrets
    width = max(0.002, 8 / count)
    found = []
    for number in range(count):
        low = draw.uniform(0, 1 - width)
        bounds = [("aum", int(low * 2_000_000), int((low + width) * 2_000_000) + 1)]
        if number % 3 == 0:
            start = draw.randrange(18, 70)
            bounds.append(("age", start, start + 25))
        if number % 4 == 0:
            bounds.append(("days_to_maturity", 0, draw.choice([7, 30, 90])))
        words = [("channel", draw.choice(["phone", "app", "visit", "sms"]))] if number % 5 == 0 else []
        found.append(Modifier(tuple(bounds), tuple(words), f"m{number % 40:02d}"))
    return found


def action(name: str) -> Action:
    """Return a catalogue entry; its score is a function of its name, so that every contestant ranks alike."""
    return Action(
        id=name,
        kind=Kind.DAILY,
        nature=Nature.SERVICE,
        title=Text(en=name),
        precedence="growth",
        base=score(name),
        proactive=False,
    )


def score(name: str) -> int:
    """Return the score of an action."""
    return sum(ord(char) * place for place, char in enumerate(name, 1)) % 97


def combination_actions(preference: str, habit: str, tier: str) -> tuple[str, ...]:
    """Return the three actions of a combination."""
    return tuple(sorted({f"p-{preference}", f"h-{habit}-{tier}", f"t-{tier}"}))


def book(rules: int = 100) -> RuleBook:
    """Return the book: 60 combination rules, and as many modifiers as are asked for beyond them."""
    found = [
        Rule(
            f"c/{p}-{h}-{t}",
            And((_is("preference", p), _is("habit", h), _is("tier", t))),
            do=combination_actions(p, h, t),
        )
        for p, h, t in product(PREFERENCES, HABITS, TIERS)
    ]
    for number, one in enumerate(modifiers(rules - 60)):
        tests = [
            Comparison(name, Operator.INSIDE, (Interval(_typed(name, low), _typed(name, high), True, False),))
            for name, low, high in one.bounds
        ]
        tests += [_is(name, word) for name, word in one.words]
        found.append(Rule(f"m/{number:05d}", And(tuple(tests)) if len(tests) > 1 else tests[0], do=(one.action,)))
    names = sorted({name for rule in found for name in rule.do})
    return RuleBook(
        "bench",
        "1",
        vocabulary_of(Account),
        actions={name: action(name) for name in names},
        rules=tuple(sorted(found, key=lambda rule: rule.id)),
        covers=(),
    )


def _is(name: str, word: str) -> Comparison:
    return Comparison(name, Operator.EQ, (word,))


def _typed(name: str, value: int) -> Any:
    return Decimal(value) if name == "aum" else value


def accounts(count: int, seed: int = 11) -> list[Account]:
    """Draw customers."""
    draw = random.Random(seed)  # not for secrets
    return [
        Account(
            id=f"C{number:06d}",
            preference=draw.choice(PREFERENCES),  # type: ignore[arg-type]  # words of the literal
            habit=draw.choice(HABITS),  # type: ignore[arg-type]  # as above
            tier=draw.choice(TIERS),  # type: ignore[arg-type]  # as above
            aum=Decimal(draw.randrange(0, 200_000_000)).scaleb(-2),
            age=draw.randrange(18, 90),
            days_to_maturity=draw.choice([None, draw.randrange(0, 120)]),
            complaints=draw.choice([0, 0, 0, 1, 2]),
            channel=draw.choice(["phone", "app", "visit", "sms"]),  # type: ignore[arg-type]  # as above
            consent=draw.random() < 0.5,
        )
        for number in range(count)
    ]


def ranked(names: set[str]) -> tuple[str, ...]:
    """Rank action names: the higher score first, then the name."""
    return tuple(sorted(names, key=lambda name: (-score(name), name)))


def handwritten(rules: int = 100) -> Callable[[Account], tuple[str, ...]]:
    """Return a hand-written cell look-up for the same book: tables and cuts written down, plans stored by cell."""
    from bisect import bisect_right

    found = modifiers(rules - 60)
    cuts = {
        name: sorted({end for one in found for field, low, high in one.bounds if field == name for end in (low, high)})
        for name in ("aum", "age", "days_to_maturity")
    }
    aums, ages, days = ([Decimal(cut) for cut in cuts["aum"]], cuts["age"], cuts["days_to_maturity"])
    preferences, habits, tiers = ({word: n for n, word in enumerate(words)} for words in (PREFERENCES, HABITS, TIERS))
    channels = {word: n for n, word in enumerate(("phone", "app", "visit", "sms"))}
    stored: dict[tuple[int, ...], tuple[str, ...]] = {}

    def plan(one: Account) -> tuple[str, ...]:
        left = one.days_to_maturity
        cell = (
            preferences[one.preference],
            habits[one.habit],
            tiers[one.tier],
            bisect_right(aums, one.aum),
            bisect_right(ages, one.age),
            -1 if left is None else bisect_right(days, left),
            channels[one.channel],
        )
        found_plan = stored.get(cell)
        if found_plan is None:
            found_plan = stored[cell] = naive(one, found)
        return found_plan

    return plan


def naive(one: Account, found: list[Modifier]) -> tuple[str, ...]:
    """Plan by walking over all modifiers; the measure of what the others must answer."""
    names = set(combination_actions(one.preference, one.habit, one.tier))
    for modifier in found:
        within = all(
            (value := getattr(one, name)) is not None and low <= value < high for name, low, high in modifier.bounds
        )
        if within and all(getattr(one, name) == word for name, word in modifier.words):
            names.add(modifier.action)
    return ranked(names)


def lambdas(rules: int = 100) -> Callable[[Account], tuple[str, ...]]:
    """Return a plain list of (predicate, actions), walked for every customer."""

    def combination(p: str, h: str, t: str) -> Callable[[Account], bool]:
        return lambda one: one.preference == p and one.habit == h and one.tier == t

    def modifier(of: Modifier) -> Callable[[Account], bool]:
        return lambda one: (
            all((value := getattr(one, n)) is not None and low <= value < high for n, low, high in of.bounds)
            and all(getattr(one, n) == word for n, word in of.words)
        )

    listed = [
        (combination(p, h, t), combination_actions(p, h, t)) for p, h, t in product(PREFERENCES, HABITS, TIERS)
    ] + [(modifier(one), (one.action,)) for one in modifiers(rules - 60)]
    return lambda one: ranked({name for holds, names in listed if holds(one) for name in names})
