"""By when is an action to be done: what does `7 days before deposit_maturity` say?"""

from __future__ import annotations

import re

from relmaint.model.action import Due, DueUnit
from relmaint.rulebook.nodes import Node, Scalar
from relmaint.rulebook.reading import Reader
from relmaint.vocabulary import AS_OF, DateType

__all__ = ["read_due"]

_DUE = re.compile(
    r"""\s*(?:
      (?P<today>today)
    | on\s+(?P<on>\S+)
    | within\s+(?P<within>[0-9]{1,4})\s+(?P<unit1>business\s+days?|days?|weeks?|months?)
    | (?P<count>[0-9]{1,4})\s+(?P<unit2>business\s+days?|days?|weeks?|months?)
      \s+(?P<side>before|after)\s+(?P<anchor>\S+)
    )\s*""",
    re.VERBOSE,
)


def read_due(reader: Reader, node: Node) -> Due | None:
    """Read a due date; its anchor is a date attribute."""
    if not isinstance(node, Scalar):
        reader.find("wrong-type", "`due` is one line of text", node, help="write `7 days before deposit_maturity`")
        return None
    found = _DUE.fullmatch(node.text)
    if found is None:
        reader.find("bad-due", "the due date cannot be read", node)
        return None
    if found["today"]:
        return Due()
    if found["within"]:
        return _due(int(found["within"]), found["unit1"], AS_OF)
    group = "on" if found["on"] else "anchor"
    if not _is_day(reader, node, found[group], found.start(group)):
        return None
    if group == "on":
        return Due(anchor=found["on"])
    if found["side"] == "before" and found["anchor"] == AS_OF:
        reader.find("bad-due", "the day is past before the plan is made", node, help="write `within 2 business days`")
        return None
    count = int(found["count"])
    return _due(-count if found["side"] == "before" else count, found["unit2"], found["anchor"])


def _due(offset: int, unit: str, anchor: str) -> Due:
    if not offset:
        return Due(anchor=anchor)
    return Due(offset=offset, unit=DueUnit(" ".join(unit.removesuffix("s").split())), anchor=anchor)


def _is_day(reader: Reader, node: Scalar, name: str, offset: int) -> bool:
    place = node.inner(offset, len(name))
    if name not in reader.vocabulary:
        days = [one for one in reader.vocabulary if isinstance(reader.vocabulary[one].type, DateType)]
        reader.find("unknown-attribute", f"there is no attribute `{name}`", place, help=reader.guess(name, days))
        return False
    if not isinstance(reader.vocabulary[name].type, DateType):
        reader.find("bad-due", f"`{name}` is no day", place, help="use an attribute that holds a day")
        return False
    return True
