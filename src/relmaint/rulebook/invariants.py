"""What do the `invariants:` and the `checks:` of a book say?"""

from __future__ import annotations

from relmaint.diagnostics import Related, did_you_mean
from relmaint.diagnostics.codes import CHECKS as CODES
from relmaint.ir.conditions import ALWAYS
from relmaint.ir.rules import Exemption, Invariant, InvariantKind, Notes, Selector
from relmaint.rulebook.catalogue import Catalogue
from relmaint.rulebook.guards import read_selector
from relmaint.rulebook.keys import CHECKS, EXEMPTION, INVARIANT, INVARIANT_KEYS, PLAN, SEVERITIES
from relmaint.rulebook.nodes import Mapping, Node, Scalar, Sequence
from relmaint.rulebook.reading import Fields, Reader, first_of
from relmaint.rulebook.statements import Declared, declared_id
from relmaint.vocabulary import EnumType, SetType, TextType

__all__ = ["read_checks", "read_invariant"]

_KINDS = {str(kind): kind for kind in InvariantKind}
_OWN_KEYS = {name for names in INVARIANT_KEYS.values() for name in names}


def read_invariant(reader: Reader, catalogue: Catalogue, node: Node, declared: list[Declared]) -> Invariant | None:
    """Read one invariant; all actions are in the catalogue already."""
    fields = reader.fields(node, INVARIANT)
    if fields is None or not isinstance(node, Mapping):
        return None
    place = declared_id(reader, fields, "invariant", declared)
    condition = reader.condition(fields["when"]) if "when" in fields else ALWAYS
    kind = _kind(reader, node, fields)
    if kind is None:
        return None
    said = fields[kind]
    whole = kind is InvariantKind.INDEPENDENT and isinstance(said, Scalar) and said.text == PLAN
    select = None if whole else _selection(reader, catalogue, said, kind)
    attribute, order = _attribute(reader, node, fields, kind)
    notes = reader.notes(fields)
    if place is None or condition is None or (select is None and not whole):
        return None
    if attribute is None and INVARIANT_KEYS[kind]:
        return None
    return Invariant(place.id, kind, select, condition, attribute, order, notes, place.span)


def _kind(reader: Reader, node: Mapping, fields: Fields) -> InvariantKind | None:
    """Find the one thing that an invariant says."""
    keys = [key for key, _ in node.entries if key.text in _KINDS and key.text in fields]
    if not keys:
        if all(key.text in INVARIANT.by_name for key, _ in node.entries):
            advice = "add one of `never:`, `always:`, `monotone:`, `independent:`"
            reader.find("missing-key", "the invariant says nothing", first_of(node), help=advice)
        return None
    for key in keys[1:]:
        message = f"an invariant says one thing, and this one says `{keys[0].text}` already"
        reader.find("bad-value", message, key, help="write a second invariant")
    return _KINDS[keys[0].text]


def _selection(reader: Reader, catalogue: Catalogue, node: Node, kind: InvariantKind) -> Selector | None:
    """Read actions by their ids, or as a guard selects them."""
    if isinstance(node, Mapping):
        return read_selector(reader, catalogue, node, kind)
    names = catalogue.action_ids(reader, node)
    if not names and isinstance(node, Sequence) and not node.items:
        reader.find("empty-text", f"`{kind}` names no action", node, help="write at least one action")
    return Selector((("action", tuple(sorted(set(names)))),)) if names else None


def _attribute(
    reader: Reader, node: Mapping, fields: Fields, kind: InvariantKind
) -> tuple[str | None, tuple[str, ...]]:
    """Read the attribute in which two customers differ, and the order of its words."""
    needed = INVARIANT_KEYS[kind]
    for key, _ in node.entries:
        if key.text in _OWN_KEYS and key.text not in needed:
            reader.find("unknown-key", f"`{key.text}` has no meaning with `{kind}`", key, help="remove it")
    if not needed:
        return None, ()
    if needed[0] not in fields:
        reader.find("missing-key", f"`{kind}` needs `{needed[0]}`", first_of(node), help=f"add `{needed[0]}:`")
        return None, ()
    name = reader.ident(fields[needed[0]])
    if name is None:
        return None, ()
    if name not in reader.vocabulary:
        known = reader.guess(name, reader.vocabulary)
        reader.find("unknown-attribute", f"there is no attribute `{name}`", fields[needed[0]], help=known)
        return None, ()
    return (name, _order(reader, node, fields, name)) if kind is InvariantKind.MONOTONE else (name, ())


def _order(reader: Reader, node: Mapping, fields: Fields, name: str) -> tuple[str, ...]:
    type_ = reader.vocabulary[name].type
    if isinstance(type_, EnumType):
        if "order" not in fields:
            advice = f"add `order:` with words of `{name}`, the lowest first"
            reader.find("missing-key", f"the words of `{name}` have no order of their own", first_of(node), help=advice)
            return ()
        return reader.choices(fields["order"], type_.values, name)
    if isinstance(type_, TextType | SetType):
        reader.find("wrong-type", f"`{name}` does not go up", fields["in"], help="use a number, a day or a word")
    elif "order" in fields:
        reader.find("unknown-key", f"`{name}` has an order of its own", fields["order"], help="remove `order:`")
    return ()


def read_checks(reader: Reader, nodes: list[Node]) -> tuple[dict[str, str], list[Exemption]]:
    """Read what all files say about the checks."""
    severities: dict[str, tuple[str, Scalar]] = {}
    exempt: list[Exemption] = []
    for node in nodes:
        fields = reader.fields(node, CHECKS) or {}
        if "severity" in fields:
            _severities(reader, fields["severity"], severities)
        if "except" in fields:
            found = (_exemption(reader, item) for item in reader.items(fields["except"], "except"))
            exempt.extend(one for one in found if one is not None)
    return {name: word for name, (word, _) in sorted(severities.items())}, exempt


def _severities(reader: Reader, node: Node, found: dict[str, tuple[str, Scalar]]) -> None:
    if not isinstance(node, Mapping):
        advice = "write `severity: {gap: error}`"
        reader.find("wrong-type", "`severity` is a mapping from checks to severities", node, help=advice)
        return
    for key, value in node.entries:
        if key.text not in CODES:
            advice = did_you_mean(key.text, CODES) or f"use one of {', '.join(CODES)}"
            reader.find("bad-value", f"there is no check `{key.text}`", key, help=advice)
            continue
        words = reader.choices(value, SEVERITIES, "severity")
        if key.text in found and found[key.text][1] is not key:
            related = [Related(found[key.text][1].span, "the first one")]
            reader.find("duplicate-key", f"`{key.text}` is set twice", key, help="keep one", related=related)
        elif len(words) == 1:
            found[key.text] = words[0], key


def _exemption(reader: Reader, node: Node) -> Exemption | None:
    fields = reader.fields(node, EXEMPTION)
    if fields is None:
        return None
    checks = reader.choices(fields["check"], CODES, "check") if "check" in fields else ()
    at = reader.line(fields["at"]) if "at" in fields else None
    notes: Notes = reader.notes(fields)
    if len(checks) != 1 or at is None or notes.because is None:
        return None
    return Exemption(checks[0], at, notes, fields["check"].span)
