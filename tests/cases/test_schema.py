"""Does the JSON Schema of cases accept what is read, and refuse misspelt keys and words?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from relmaint.cases import find_cases
from relmaint.cases.keys import CASE_KEYS, EXPECT_KEYS
from relmaint.cases.schema import cases_schema
from relmaint.model.customer import Customer
from relmaint.rulebook.load import load_rule_book, parse_rule_book
from tests.cases.test_read_and_run import BOOK, CASE, PENDING
from tests.policies.books import MODELS, model_of
from tests.rulebook.test_schema import data_of

RULES = Path(__file__).parents[2] / "rules"
SHIPPED = sorted(path for book in RULES.iterdir() if book.is_dir() for path in find_cases(book))
OPEN = Draft7Validator(cases_schema(None, Customer))
KNOWING = Draft7Validator(cases_schema(parse_rule_book(BOOK), Customer))


def data(tmp_path: Path, text: str) -> Any:
    """Return a text as an editor reads it."""
    path = tmp_path / "some.cases.yaml"
    path.write_text(text, encoding="utf-8")
    return data_of(path)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parents[1].name}/{path.name}")
def test_the_shipped_cases_are_valid(path: Path) -> None:
    """Every shipped case file is valid with the words of its book."""
    book = path.parents[1]
    model = model_of(book.name) if book.name in MODELS else Customer
    validator = Draft7Validator(cases_schema(load_rule_book(book, customer=model), model))

    Draft7Validator.check_schema(validator.schema)
    assert [] == [f"{one.json_path}: {one.message}" for one in validator.iter_errors(data_of(path))]


def test_every_key_is_known(tmp_path: Path) -> None:
    """A file with every key is valid, with and without a book, and uses every key of the list."""
    found = data(tmp_path, CASE + PENDING)

    assert [] == [*OPEN.iter_errors(found), *KNOWING.iter_errors(found)]
    assert {key.name for key in CASE_KEYS} == {key for case in found["cases"] for key in case}
    assert {key.name for key in EXPECT_KEYS} == {key for case in found["cases"] for key in case["expect"]}


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("plans: [notice, offer]", "plan: [notice, offer]"),
        ("plans: [notice, offer]", "plans: [notise]"),
        ("withheld: {fund: assessed}", "withheld: {fund: asessed}"),
        ("status: planned", "status: planed"),
        ("due: {notice: 2026-03-05}", "due: {notice: soon}"),
        ("due: {notice: 2026-03-05}", "due: {notise: 2026-03-05}"),
        ('"2026-03-03 09:00"', '"2026-03-03"'),
        ("tier: key", "tier: kee"),
        ("tier: key", "teir: key"),
        ("as_of: 2026-03-02", "as_of: 2 March"),
        ("id: maturity", "name: maturity"),
    ],
)
def test_mistakes_are_underlined(tmp_path: Path, right: str, wrong: str) -> None:
    """Misspelt keys, actions, rules, words and attributes are not valid where the book is known."""
    assert right in CASE
    assert list(KNOWING.iter_errors(data(tmp_path, CASE.replace(right, wrong, 1))))
