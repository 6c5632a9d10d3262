"""Which actions does a guard speak of?"""

from __future__ import annotations

from relmaint.ir.rules import Selector
from relmaint.model.action import Action

__all__ = ["SELECTABLE", "selects"]

SELECTABLE = (
    "action",
    "channel",
    "content",
    "kind",
    "methods",
    "nature",
    "occasion",
    "owner",
    "precedence",
    "proactive",
    "product",
    "product_risk",
)
"""The fields of an action by which a guard may select it."""


def selects(selector: Selector, action: Action) -> bool:
    """Whether every field of the selector allows the action, and it is not exempt."""
    if action.id in selector.unless:
        return False
    return all(_allows(field, set(words), action) for field, words in selector.fields)


def _allows(field: str, words: set[str], action: Action) -> bool:
    match field:
        case "action":
            return action.id in words
        case "channel":
            return bool(action.channel) and set(action.channel) <= words
        case "methods":
            return not words.isdisjoint(action.methods)
        case "proactive":
            return ("true" if action.proactive else "false") in words
        case _:
            value = getattr(action, field)
            return value is not None and str(value) in words
