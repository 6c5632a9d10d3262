"""Does the JSON Schema accept what the loader accepts, and refuse misspelt keys and words?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from relmaint.diagnostics import Source
from relmaint.model.attributes import vocabulary_of
from relmaint.model.customer import Customer
from relmaint.rulebook import load_rule_book
from relmaint.rulebook.keys import SECTIONS
from relmaint.rulebook.nodes import Mapping, Node, Scalar, Sequence
from relmaint.rulebook.schema import rule_book_schema
from relmaint.rulebook.source import compose

GOOD = Path(__file__).parent.parent / "books" / "good"
VOCABULARY = vocabulary_of(Customer)
EVERY_KEY = GOOD / "every-key.yaml"


def as_editors_read(node: Node) -> Any:
    """Return the data that a YAML 1.2 editor takes a text for."""
    match node:
        case Scalar() if node.style:
            return node.text
        case Scalar(text="true" | "false"):
            return node.text == "true"
        case Scalar():
            if re.fullmatch(r"[-+]?[0-9]+", node.text):
                return int(node.text)
            return float(node.text) if re.fullmatch(r"[-+]?[0-9]+\.[0-9]+", node.text) else node.text
        case Sequence():
            return [as_editors_read(item) for item in node.items]
        case Mapping():
            return {key.text: as_editors_read(value) for key, value in node.entries}


def data_of(path: Path) -> Any:
    """Return a file as an editor reads it."""
    root, _ = compose(Source(path.name, path.read_text(encoding="utf-8-sig")))
    assert root is not None
    return as_editors_read(root)


def open_schema() -> Draft7Validator:
    """Return a validator that knows no book."""
    return Draft7Validator(rule_book_schema(None, VOCABULARY))


def schema_of_book(path: Path) -> Draft7Validator:
    """Return a validator that knows the words of a book."""
    return Draft7Validator(rule_book_schema(load_rule_book(path), VOCABULARY))


def test_schema_is_draft_seven_and_json() -> None:
    """The schema is valid, and can be written to a file."""
    schema = rule_book_schema(load_rule_book(EVERY_KEY), VOCABULARY)

    Draft7Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("path", sorted(GOOD.rglob("*.yaml")), ids=lambda path: path.stem)
def test_good_book_is_valid(path: Path) -> None:
    """What loads without a finding is valid, with and without the words of its book."""
    data = data_of(path)

    assert list(open_schema().iter_errors(data)) == []
    if path.parent == GOOD:
        assert list(schema_of_book(path).iter_errors(data)) == []


def _mappings(data: Any, name: str = "file") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every mapping of a file whose keys are fixed."""
    inside = {"rules": "rule", "tables": "table", "guards": "guard", "assume": "assumption", "rows": "row"}
    inside |= {"invariants": "invariant", "except": "exception"}
    effects = {"withhold", "hold", "route", "restrict", "defer"}
    yield name, data
    for key, value in data.items():
        if key in inside and isinstance(value, list):
            for item in value:
                if isinstance(item, dict):
                    yield from _mappings(item, inside[key])
        elif key == "actions" and name == "file":
            for action in value.values():
                yield from _mappings(action, "action")
        elif key == "checks":
            yield from _mappings(value, "checks")
        elif name == "invariant" and key in ("never", "always", "monotone", "independent"):
            if isinstance(value, dict):
                yield "selector", value
        elif key in effects:
            yield "selector", value
        elif key in ("title", "because", "purpose", "cadence") and isinstance(value, dict):
            yield "text", value
        elif key in ("book", "ranking"):
            yield from _mappings(value, key)


@pytest.mark.parametrize("section", [section.name for section in SECTIONS])
def test_misspelt_key_is_refused(section: str) -> None:
    """In every mapping with fixed keys a key that is none of them is invalid."""
    data = data_of(EVERY_KEY)
    found = [mapping for name, mapping in _mappings(data) if name == section]
    validator = open_schema()

    assert found
    for mapping in found:
        mapping["misspelt"] = "x"
        assert not validator.is_valid(data)
        del mapping["misspelt"]
    assert validator.is_valid(data)


def _set_action(data: Any, key: str, value: Any) -> None:
    data["actions"]["offer"][key] = value


Change = Callable[[Any], object]


@pytest.mark.parametrize(
    "change",
    [
        lambda data: _set_action(data, "kind", "weekly"),
        lambda data: _set_action(data, "precedence", "third"),
        lambda data: _set_action(data, "channel", ["app", "smoke"]),
        lambda data: _set_action(data, "owner", "nobody"),
        lambda data: _set_action(data, "base", "many"),
        lambda data: _set_action(data, "due", "next week"),
        lambda data: _set_action(data, "due", "7 days before tier"),
        lambda data: _set_action(data, "from", "tomorrow"),
        lambda data: _set_action(data, "proactive", "yes"),
        lambda data: _set_action(data, "product_risk", 6),
        lambda data: data["rules"][0].update(do="offers"),
        lambda data: data["rules"][0].update(boost={"offers": 1}),
        lambda data: data["rules"][2].pop("boost"),
        lambda data: data["rules"][0].pop("id"),
        lambda data: data["tables"][0].update(hit="sometimes"),
        lambda data: data["tables"][0].update(inputs=["teir"]),
        lambda data: data["tables"][0].update(outputs=["tier"]),
        lambda data: data["guards"][0].update(hold={"nature": "care"}, needs="review"),
        lambda data: data["guards"][0].pop("withhold"),
        lambda data: data["guards"][1].pop("needs"),
        lambda data: data["guards"][4].update(until="9 am"),
        lambda data: data["terms"].update(colour={}),
        lambda data: data["terms"]["tier"].update(keey="x"),
    ],
)
def test_wrong_word_is_refused(change: Change) -> None:
    """Words outside the language, the book or the vocabulary, and values of another shape, are invalid."""
    validator = schema_of_book(EVERY_KEY)
    data = data_of(EVERY_KEY)
    assert validator.is_valid(data)

    change(data)

    assert not validator.is_valid(data)


def test_every_key_is_described_in_both_languages() -> None:
    """Editors show what a key means, in Chinese and in English."""
    for section in SECTIONS:
        for key in section.keys:
            assert any("\u4e00" <= char <= "\u9fff" for char in key.zh)
            assert key.en.isascii()


def test_descriptions_stand_at_the_keys() -> None:
    """The description of a key holds both languages."""
    schema = rule_book_schema(None, VOCABULARY)

    assert schema["definitions"]["action"]["properties"]["kind"]["description"] == "维护类别 / kind of maintenance"
