"""What do the `rules:` and the `assume:` of a book say?"""

from __future__ import annotations

from dataclasses import dataclass

from relmaint.diagnostics import Span
from relmaint.ir.conditions import ALWAYS
from relmaint.ir.rules import Assumption, Rule
from relmaint.rulebook.catalogue import Catalogue
from relmaint.rulebook.keys import ASSUMPTION, RULE
from relmaint.rulebook.nodes import Mapping, Node, Sequence
from relmaint.rulebook.reading import Fields, Reader, first_of

__all__ = ["Declared", "Overriding", "declared_id", "read_assumption", "read_rule"]


@dataclass(frozen=True, slots=True)
class Declared:
    """An id, what it names (`rule`, `table`, `row`, `guard` or `assumption`), and where."""

    id: str
    role: str
    span: Span


@dataclass(frozen=True, slots=True)
class Overriding:
    """A rule, and what it writes under `overrides`, each with its place."""

    rule: str
    written: tuple[tuple[str, Node], ...]


def declared_id(reader: Reader, fields: Fields, role: str, declared: list[Declared]) -> Declared | None:
    """Read the id of a statement, and remember that it is taken."""
    node = fields.get("id")
    name = None if node is None else reader.ident(node)
    if node is None or name is None:
        return None
    found = Declared(name, role, node.span)
    declared.append(found)
    return found


def read_rule(
    reader: Reader, catalogue: Catalogue, node: Node, declared: list[Declared], overriding: list[Overriding]
) -> Rule | None:
    """Read one rule; what it overrides is kept aside until all ids are known."""
    fields = reader.fields(node, RULE)
    if fields is None:
        return None
    place = declared_id(reader, fields, "rule", declared)
    condition = reader.condition(fields["when"]) if "when" in fields else ALWAYS
    do = catalogue.action_ids(reader, fields["do"]) if "do" in fields else ()
    catalogue.proposed.update(do)
    boost = _points(reader, catalogue, fields["boost"]) if "boost" in fields else ()
    overrides = _overrides(reader, fields["overrides"]) if "overrides" in fields else ()
    notes = reader.notes(fields)
    if not isinstance(node, Mapping) or all(
        key.text not in _EFFECTS and key.text in RULE.by_name for key, _ in node.entries
    ):
        reader.find("missing-key", "the rule does nothing", first_of(node), help="add `do:`, `boost:` or `overrides:`")
    if place is None or condition is None:
        return None
    if overrides:
        overriding.append(Overriding(place.id, overrides))
    return Rule(place.id, condition, do, boost, (), notes, place.span)


_EFFECTS = {"do", "boost", "overrides"}


def _points(reader: Reader, catalogue: Catalogue, node: Node) -> tuple[tuple[str, int], ...]:
    if not isinstance(node, Mapping):
        advice = "write `boost: {action: 10}`"
        reader.find("wrong-type", "`boost` is a mapping from actions to points", node, help=advice)
        return ()
    found = []
    for key, value in node.entries:
        catalogue.action_ids(reader, key)
        points = reader.whole(value, "boost")
        if points is not None:
            found.append((key.text, points))
    return tuple(sorted(found))


def _overrides(reader: Reader, node: Node) -> tuple[tuple[str, Node], ...]:
    """Read names; unlike ids they may hold `#` for a row and end in `/*`."""
    items = node.items if isinstance(node, Sequence) else [node]
    found = []
    for item in items:
        name = reader.line(item)
        if name is not None:
            found.append((name, item))
    return tuple(found)


def read_assumption(reader: Reader, node: Node, declared: list[Declared]) -> Assumption | None:
    """Read one assumption."""
    fields = reader.fields(node, ASSUMPTION)
    if fields is None:
        return None
    place = declared_id(reader, fields, "assumption", declared)
    always = reader.condition(fields["always"]) if "always" in fields else None
    notes = reader.notes(fields)
    if place is None or always is None:
        return None
    return Assumption(place.id, always, notes, place.span)
