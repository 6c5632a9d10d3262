"""Rule books of any size from the families of boxes, for measuring checks."""

from __future__ import annotations

from random import Random

from relmaint.ir.conditions import And, Condition
from relmaint.ir.program import Box
from relmaint.ir.rules import Rule, RuleBook
from relmaint.model.action import Action, Kind, Nature
from relmaint.text import Text
from relmaint.verify.words import condition_of
from relmaint.vocabulary import Attribute, Vocabulary
from tests.verify import families

ACTIONS = 30


def book(family: str, count: int, seed: int = 1) -> RuleBook:
    """Return a book of one rule a box, each of which does one of thirty actions."""
    random = Random(seed)  # reproducible on purpose
    boxes: list[Box] = getattr(families, family)(random, count)
    attributes = {axis.attribute: Attribute(axis.attribute, axis.type, axis.optional) for axis in families.AXES}
    actions = {
        f"a{place}": Action(
            id=f"a{place}", kind=list(Kind)[place % 3], nature=Nature.CARE, title=Text(en="a"), precedence="care"
        )
        for place in range(ACTIONS)
    }
    rules = [
        Rule(f"r{place:05}", _condition(box), (f"a{random.randrange(ACTIONS)}",)) for place, box in enumerate(boxes)
    ]
    return RuleBook(family, "1", Vocabulary(attributes), actions=actions, rules=tuple(rules))


def _condition(box: Box) -> Condition:
    return And(tuple(condition_of(families.AXES[axis], mask) for axis, mask in box))
