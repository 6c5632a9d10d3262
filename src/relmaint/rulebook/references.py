"""Do the statements of a book fit together: ids, overrides, actions that nothing proposes?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from relmaint.diagnostics import Related
from relmaint.rulebook.catalogue import Catalogue
from relmaint.rulebook.nodes import Node
from relmaint.rulebook.reading import Reader
from relmaint.rulebook.statements import Declared, Overriding

__all__ = ["Names", "check_ids", "check_languages", "check_unused_actions", "resolve_overrides"]


def check_ids(reader: Reader, declared: Iterable[Declared]) -> None:
    """Report every id that is taken already."""
    first: dict[str, Declared] = {}
    for one in sorted(declared, key=lambda one: one.span):
        before = first.setdefault(one.id, one)
        if before is not one:
            related = [Related(before.span, f"the {before.role} `{one.id}`")]
            reader.find("duplicate-id", f"the id `{one.id}` is taken already", one.span, related=related)


def check_unused_actions(reader: Reader, catalogue: Catalogue) -> None:
    """Report actions that no rule, row or guard ever proposes."""
    for name, key in catalogue.keys.items():
        if name not in catalogue.proposed:
            reader.find("unused-action", f"nothing proposes the action `{name}`", key)


def check_languages(reader: Reader) -> None:
    """Report texts in one language, in a book that gives some text in both, and texts in the other language."""
    if reader.has_both_languages:
        for node in reader.one_language:
            reader.find("missing-translation", "the text is given in one language only", node)
    for node, message in reader.wrong_language:
        reader.find("missing-translation", message, node)


@dataclass(frozen=True, slots=True)
class Names:
    """What an override can name, and what it cannot.

    Args:
        rules: the ids of rules.
        rows: the ids of the rows of each table, in their order.
        guards: the ids of guards.
    """

    rules: frozenset[str]
    rows: dict[str, tuple[str, ...]]
    guards: frozenset[str]

    def meant_by(self, written: str) -> set[str]:
        """Return the rules and rows that a name of an override stands for."""
        if written.endswith("/*"):
            prefix = written[:-1]
            found = {name for name in self.rules if name.startswith(prefix)}
            for table, rows in self.rows.items():
                found.update(row for row in rows if row.startswith(prefix) or table.startswith(prefix))
            return found
        if written in self.rules:
            return {written}
        table, mark, number = written.partition("#")
        rows = self.rows.get(table, ())
        if not mark:
            return set(rows) or {row for all_rows in self.rows.values() for row in all_rows if row == written}
        return {rows[int(number) - 1]} if number.isdecimal() and 0 < int(number) <= len(rows) else set()

    def guards_meant_by(self, written: str) -> bool:
        """Whether a name stands for guards."""
        if written.endswith("/*"):
            return any(name.startswith(written[:-1]) for name in self.guards)
        return written in self.guards

    def all(self) -> Iterator[str]:
        """Yield every name that an override can write."""
        yield from self.rules
        for table, rows in self.rows.items():
            yield table
            yield from rows


def resolve_overrides(reader: Reader, names: Names, overriding: Iterable[Overriding]) -> dict[str, tuple[str, ...]]:
    """Return for each rule the exact ids that it overrides, and report names that mean nothing, and circles."""
    resolved: dict[str, set[str]] = {}
    places: dict[tuple[str, str], Node] = {}
    for one in sorted(overriding, key=lambda one: one.rule):
        targets = resolved.setdefault(one.rule, set())
        for written, node in one.written:
            found = names.meant_by(written)
            if not found:
                _refuse_name(reader, names, written, node)
            if written.endswith("/*"):
                found.discard(one.rule)
            for target in found:
                places.setdefault((one.rule, target), node)
            targets |= found
    for circle in _circles({rule: sorted(targets & resolved.keys()) for rule, targets in resolved.items()}):
        _report_circle(reader, circle, places, resolved)
    return {rule: tuple(sorted(targets)) for rule, targets in resolved.items()}


def _refuse_name(reader: Reader, names: Names, written: str, node: Node) -> None:
    if names.guards_meant_by(written):
        reader.find("override-of-guard", f"`{written}` is a guard, and a guard cannot be overridden", node)
    else:
        message = f"there is no rule, table or row `{written}`"
        reader.find("unknown-rule", message, node, help=reader.guess(written, names.all()))


def _report_circle(
    reader: Reader, circle: list[str], places: dict[tuple[str, str], Node], resolved: dict[str, set[str]]
) -> None:
    """Report a set of rules that override each other, at the first of them."""
    members = set(circle)
    steps = [(rule, min(resolved[rule] & members)) for rule in circle]
    related = [Related(places[rule, target].span, f"`{rule}` overrides `{target}`") for rule, target in steps[1:]]
    if len(circle) == 1:
        message = f"`{circle[0]}` overrides itself"
    else:
        message = f"{', '.join(f'`{rule}`' for rule in circle[:-1])} and `{circle[-1]}` override each other"
    reader.find("override-cycle", message, places[steps[0]], related=related)


def _circles(targets: dict[str, list[str]]) -> Iterator[list[str]]:
    """Yield the strongly connected parts that hold a circle, each sorted (Tarjan, without recursion)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_: list[str] = []
    is_open: set[str] = set()
    for root, first in targets.items():
        if root in number:
            continue
        path = [(root, iter(first))]
        number[root] = lowest[root] = len(number)
        open_.append(root)
        is_open.add(root)
        while path:
            rule, rest = path[-1]
            for target in rest:
                if target not in number:
                    number[target] = lowest[target] = len(number)
                    open_.append(target)
                    is_open.add(target)
                    path.append((target, iter(targets[target])))
                    break
                if target in is_open:
                    lowest[rule] = min(lowest[rule], number[target])
            else:
                path.pop()
                if path:
                    above = path[-1][0]
                    lowest[above] = min(lowest[above], lowest[rule])
                if lowest[rule] == number[rule]:
                    members = _members(rule, open_, is_open)
                    if len(members) > 1 or rule in targets[rule]:
                        yield members


def _members(rule: str, open_: list[str], is_open: set[str]) -> list[str]:
    """Take the part that ends with `rule` off the stack."""
    members = []
    while True:
        member = open_.pop()
        is_open.discard(member)
        members.append(member)
        if member == rule:
            return sorted(members)
