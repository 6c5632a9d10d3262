"""Large rule books over twelve attributes: boxes of one of the families, sixty actions, two guards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from relmaint.ir.conditions import Comparison, Interval, Operator
from relmaint.ir.program import Box
from relmaint.ir.rules import Effect, Guard, HitPolicy, Row, Rule, RuleBook, Selector, Table
from relmaint.model.action import Action, Kind, Nature
from relmaint.text import Text
from relmaint.verify.words import where
from relmaint.vocabulary import AS_OF, Attribute, DateType, IntegerType, Vocabulary
from tests.verify.families import AXES

NATURES = (Nature.SERVICE, Nature.CARE, Nature.MARKETING, Nature.INTERNAL)


def big_book(boxes: Sequence[Box], random: Random) -> RuleBook:
    """Return a book with one rule a box, each for one of twenty actions of a kind; a quarter of these are duties."""
    attributes = {axis.attribute: Attribute(axis.attribute, axis.type, axis.optional) for axis in AXES}
    vocabulary = Vocabulary({AS_OF: Attribute(AS_OF, DateType(), optional=False), **attributes})
    actions = {action.id: action for kind in Kind for action in _actions(kind, random)}
    everyone = tuple(axis.everything for axis in AXES)
    rules = []
    for place, box in enumerate(boxes):
        masks = dict(box)
        region = tuple(masks.get(index, free) for index, free in enumerate(everyone))
        rules.append(Rule(f"rule/{place:06}", where(region, AXES, everyone), (random.choice(sorted(actions)),)))
    guards = (
        Guard("guard/1", Comparison("flag0", Operator.IS_NOT_TRUE), Effect.WITHHOLD, _of_nature("marketing")),
        Guard("guard/2", Comparison("flag1", Operator.IS_TRUE), Effect.WITHHOLD, _of_nature("care", "marketing")),
    )
    return RuleBook("big", "1", vocabulary, actions=actions, rules=tuple(rules), guards=guards)


def with_overrides(book: RuleBook, random: Random) -> RuleBook:
    """Return the book with every tenth rule overriding one of the earlier ones."""
    rules = [
        replace(rule, overrides=(random.choice(book.rules[:place]).id,)) if place and place % 10 == 0 else rule
        for place, rule in enumerate(book.rules)
    ]
    return replace(book, rules=tuple(rules))


def big_table(count: int, random: Random, hit: str) -> RuleBook:
    """Return a book with one table over a number, a word and a flag: a row for each stretch of the number.

    Two rows in three test the word as well, and one in ten says the same as the one before.
    """
    book = big_book([], random)
    names = sorted(book.actions)
    vocabulary = Vocabulary({**book.vocabulary.attributes, "size": Attribute("size", IntegerType(0), True)})
    rows: list[Row] = []
    for place in range(count):
        inside = Interval(place * 3, place * 3 + 3, high_closed=False)
        word = Comparison("product", Operator.EQ, (random.choice("abcdef"),)) if place % 3 else None
        flag = Comparison("flag0", Operator.IS_TRUE) if place % 2 else None
        do = rows[-1].do if place % 10 == 0 and rows else (random.choice(names),)
        rows.append(Row(f"t#{place + 1}", (Comparison("size", Operator.INSIDE, (inside,)), word, flag), do))
    table = Table("t", HitPolicy(hit), ("size", "product", "flag0"), ("do",), tuple(rows))
    return replace(book, vocabulary=vocabulary, tables=(table,), covers=())


def _actions(kind: Kind, random: Random) -> list[Action]:
    found = []
    for place in range(20):
        nature = NATURES[place % len(NATURES)]
        name = f"{kind}-{place:02}"
        found.append(
            Action(
                id=name,
                kind=kind,
                nature=nature,
                title=Text(en=name),
                precedence="care",
                base=random.randint(0, 60),
                channel=() if nature is Nature.INTERNAL else ("phone",),
                proactive=nature in (Nature.CARE, Nature.MARKETING),
            )
        )
    return found


def _of_nature(*natures: str) -> Selector:
    return Selector((("nature", natures),))
