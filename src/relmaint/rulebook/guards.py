"""What does a guard say: which actions, and what becomes of them?"""

from __future__ import annotations

from typing import Any

from relmaint.ir.conditions import ALWAYS
from relmaint.ir.rules import Effect, Guard, Selector
from relmaint.model.action import DUTY_NATURES, Nature
from relmaint.rank.select import selects
from relmaint.rulebook.catalogue import Catalogue
from relmaint.rulebook.keys import EFFECT_KEYS, GUARD, SELECTOR, Key
from relmaint.rulebook.nodes import Mapping, Node, Scalar, Sequence
from relmaint.rulebook.reading import Fields, Reader, first_of
from relmaint.rulebook.statements import Declared, declared_id
from relmaint.vocabulary import IntegerType

__all__ = ["read_guard", "read_selector"]

_EFFECTS = {str(one): one for one in Effect}
_DUTY_WORDS = tuple(str(one) for one in Nature if one in DUTY_NATURES)
_TAKING = (Effect.WITHHOLD, Effect.HOLD)


def read_guard(reader: Reader, catalogue: Catalogue, node: Node, declared: list[Declared]) -> Guard | None:
    """Read one guard; all actions are in the catalogue already."""
    fields = reader.fields(node, GUARD)
    if fields is None or not isinstance(node, Mapping):
        return None
    place = declared_id(reader, fields, "guard", declared)
    condition = reader.condition(fields["when"]) if "when" in fields else ALWAYS
    effect = _effect(reader, node, fields)
    if effect is None:
        return None
    select = read_selector(reader, catalogue, fields[effect], effect)
    said = fields[effect]
    if effect in _TAKING and select is not None and isinstance(said, Mapping):
        _refuse_duties(reader, catalogue, said, select, effect)
    details = _details(reader, catalogue, node, fields, effect)
    notes = reader.notes({key: value for key, value in fields.items() if key != "until" or effect is not Effect.DEFER})
    if select is not None:
        _refuse_waiting_for_itself(reader, catalogue, fields, select, details.get("needs"))
    if place is None or condition is None or select is None:
        return None
    return Guard(place.id, condition, effect, select, **details, notes=notes, span=place.span)


def _effect(reader: Reader, node: Mapping, fields: Fields) -> Effect | None:
    """Find the one effect of a guard."""
    keys = [key for key, _ in node.entries if key.text in _EFFECTS and key.text in fields]
    if not keys and any(key.text in _EFFECTS or key.text not in GUARD.by_name for key, _ in node.entries):
        return None  # what was meant is reported already
    if not keys:
        advice = "add one of `withhold:`, `hold:`, `route:`, `restrict:`, `defer:`"
        reader.find("missing-key", "the guard does nothing", first_of(node), help=advice)
        return None
    for key in keys[1:]:
        message = f"a guard does one thing, and this one does `{keys[0].text}` already"
        reader.find("bad-value", message, key, help="write a second guard")
    return _EFFECTS[keys[0].text]


def _details(reader: Reader, catalogue: Catalogue, node: Mapping, fields: Fields, effect: Effect) -> dict[str, Any]:
    """Read the keys that belong to an effect."""
    needed = EFFECT_KEYS[effect]
    for key, _ in node.entries:
        if key.text in _EFFECT_KEY_NAMES and key.text not in needed:
            reader.find("unknown-key", f"`{key.text}` has no meaning with `{effect}`", key, help="remove it")
    for name in needed:
        if name not in fields:
            reader.find("missing-key", f"`{effect}` needs `{name}`", first_of(node), help=f"add `{name}:`")
    found = {name: _detail(reader, catalogue, name, fields[name]) for name in needed if name in fields}
    return {name: value for name, value in found.items() if value is not None}


_EFFECT_KEY_NAMES = {"needs", "to", "channels", "clock"}


def _detail(reader: Reader, catalogue: Catalogue, name: str, node: Node) -> object:
    match name:
        case "needs":
            return _needed_action(reader, catalogue, node)
        case "to":
            return catalogue.term(reader, node, "owner")
        case "channels":
            return _channels(reader, catalogue, node)
        case "until":
            return reader.time_of_day(node, "until")
        case _:
            return _clock(reader, node)


def _needed_action(reader: Reader, catalogue: Catalogue, node: Node) -> str | None:
    if not isinstance(node, Scalar):
        reader.find("wrong-type", "`needs` is one action", node, help="write one action without brackets")
        return None
    found = catalogue.action_ids(reader, node)
    catalogue.proposed.update(found)
    return found[0] if found else None


def _channels(reader: Reader, catalogue: Catalogue, node: Node) -> tuple[str, ...]:
    channels = catalogue.terms_of(reader, node, "channel")
    if not channels:
        reader.find("empty-text", "no channel remains", node, help="write the channels, or use `withhold`")
    return channels


def _clock(reader: Reader, node: Node) -> str | None:
    name = reader.ident(node)
    if name is None:
        return None
    if name not in reader.vocabulary:
        numbers = [one for one in reader.vocabulary if isinstance(reader.vocabulary[one].type, IntegerType)]
        reader.find("unknown-attribute", f"there is no attribute `{name}`", node, help=reader.guess(name, numbers))
        return None
    if not isinstance(reader.vocabulary[name].type, IntegerType):
        advice = "use an attribute that holds the local hour, 0 to 23"
        reader.find("wrong-type", f"`{name}` is not a whole number", node, help=advice)
        return None
    return name


# Selectors


def read_selector(reader: Reader, catalogue: Catalogue, node: Node, effect: str) -> Selector | None:
    """Read which actions are meant; `effect` is the key under which they stand."""
    if isinstance(node, Scalar):
        advice = f"write `{effect}: {{nature: {node.text}}}`" if node.text in list(Nature) else None
        reader.find("wrong-type", f"`{effect}` is a mapping that says which actions", node, help=advice)
        return None
    fields = reader.fields(node, SELECTOR)
    if fields is None:
        return None
    words: dict[str, tuple[str, ...]] = {}
    for name, value in fields.items():
        key = SELECTOR.by_name.get(name)
        if key is not None:
            words[name] = _selected(reader, catalogue, key, value)
            if not words[name] and isinstance(value, Sequence) and not value.items:
                advice = "write at least one word, or remove the key"
                reader.find("empty-text", f"`{name}` names nothing, so no action is selected", value, help=advice)
    unless = words.pop("unless", ())
    return Selector(tuple(sorted(words.items())), unless)


def _selected(reader: Reader, catalogue: Catalogue, key: Key, node: Node) -> tuple[str, ...]:
    if key.words:
        return reader.choices(node, key.words, key.name)
    match key.refers_to:
        case "action":
            return catalogue.action_ids(reader, node)
        case "precedence":
            return catalogue.precedence_classes(reader, node)
        case str(group):
            return catalogue.terms_of(reader, node, group)
        case _:
            raise AssertionError(f"the selector `{key.name}` says nothing of its words; please report this")


def _refuse_duties(reader: Reader, catalogue: Catalogue, node: Mapping, select: Selector, effect: Effect) -> None:
    """Report duties that a guard that takes actions away selects by name or by nature."""
    words = dict(select.fields)
    fields = {key.text: value for key, value in node.entries}
    for nature in words.get("nature", ()):
        if nature in _DUTY_WORDS:
            message = f"actions of the nature `{nature}` are duties, and no guard can {effect} a duty"
            reader.find("guard-on-duty", message, _place(fields["nature"], nature))
    for name in words.get("action", ()):
        action = catalogue.actions.get(name)
        if action is not None and action.is_duty:
            message = f"`{name}` is a duty (`nature: {action.nature}`), and no guard can {effect} a duty"
            reader.find("guard-on-duty", message, _place(fields["action"], name))


def _place(node: Node, word: str) -> Node:
    """Return where a word stands in a list of words."""
    items = node.items if isinstance(node, Sequence) else []
    return next((item for item in items if isinstance(item, Scalar) and item.text == word), node)


def _refuse_waiting_for_itself(
    reader: Reader, catalogue: Catalogue, fields: Fields, select: Selector, needs: str | None
) -> None:
    """Report a guard that holds the very action that it waits for."""
    action = None if needs is None else catalogue.actions.get(needs)
    if action is not None and not action.is_duty and selects(select, action):
        message = f"the guard holds `{needs}` until `{needs}` is done"
        reader.find("hold-cycle", message, fields["needs"], help=f"add `unless: [{needs}]` to the selector")
