"""Large rule books over twelve attributes: boxes of one of the families, sixty actions, two guards."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from relmaint.ir.conditions import Comparison, Operator
from relmaint.ir.program import Box
from relmaint.ir.rules import Effect, Guard, Rule, RuleBook, Selector
from relmaint.model.action import Action, Kind, Nature
from relmaint.text import Text
from relmaint.verify.words import where
from relmaint.vocabulary import AS_OF, Attribute, DateType, Vocabulary
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
