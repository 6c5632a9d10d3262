"""How do findings speak of customers and of what keeps an action out of their plans?"""

from __future__ import annotations

from relmaint.model.plan import Stage
from relmaint.verify.checks.subject import Subject
from relmaint.verify.cover import Region
from relmaint.verify.plans import decide_cell
from relmaint.verify.words import pattern

__all__ = ["customers", "losses"]


def customers(subject: Subject, region: Region, whole: Region | None = None) -> str:
    """Say which customers a region holds, among those of the whole."""
    said = pattern(region, subject.axes, subject.everyone if whole is None else whole)
    return "every customer" if said == "always" else f"customers with `{said}`"


def losses(subject: Subject, possible: Region, actions: set[str]) -> str:
    """Say, for one customer of the region, which of the actions are withheld and by what; empty when none is."""
    cell = tuple((mask & -mask).bit_length() - 1 for mask in possible)
    decision = decide_cell(subject.ranking, subject.program, cell)
    said = [f"`{one.action}` by {_by(one.stage, one.rule)}" for one in decision.withheld if one.action in actions]
    return ", ".join(said)


def _by(stage: Stage, rule: str) -> str:
    match stage:
        case Stage.GUARD:
            return f"the guard `{rule}`"
        case Stage.OVERRIDE:
            return f"the rule `{rule}`, which overrides"
        case Stage.HIT_POLICY:
            return f"the row `{rule}`, which comes first"
        case Stage.MERGE:
            return f"`{rule}`, which has the same occasion"
        case _:
            return f"the budget `{rule}`"
