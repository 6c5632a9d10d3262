"""Is a book that is written from memory the same when it is loaded again, and read alike by every reader of YAML?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from relmaint.diagnostics import Source
from relmaint.ir.conditions import Comparison, Interval, Operator
from relmaint.ir.rules import Effect, Guard, HitPolicy, Notes, Row, Rule, RuleBook, Selector, Table
from relmaint.model.action import Action, Due, DueUnit, Kind, Nature
from relmaint.model.attributes import vocabulary_of
from relmaint.model.customer import Customer
from relmaint.rulebook.canonical import cell_of
from relmaint.rulebook.conditions import parse_test
from relmaint.rulebook.load import default_book_path, load_rule_book, parse_rule_book
from relmaint.rulebook.nodes import Mapping, Node, Scalar
from relmaint.rulebook.source import compose
from relmaint.rulebook.write import format_text, write_rule_book
from relmaint.testing import rule_books
from relmaint.testing.strategies.conditions import comparisons_of
from relmaint.text import Text
from relmaint.vocabulary import Attribute
from tests.models import SmallCustomer

VOCABULARY = vocabulary_of(SmallCustomer)


# Laws


@given(rule_books(SmallCustomer))
@settings(max_examples=40)
def test_a_written_book_loads_as_the_same_book(book: RuleBook) -> None:
    """Writing and loading is the identity on books."""
    assert book == parse_rule_book(write_rule_book(book), customer=SmallCustomer)


@given(rule_books(Customer))
@settings(max_examples=20)
def test_a_written_book_over_the_shipped_customer_loads_as_the_same_book(book: RuleBook) -> None:
    """Law: the identity holds for the customer model of the library too."""
    assert book == parse_rule_book(write_rule_book(book))


@given(rule_books(SmallCustomer))
@settings(max_examples=40)
def test_a_written_book_is_formatted_already(book: RuleBook) -> None:
    """Formatting changes nothing in a book that was written from memory."""
    text = write_rule_book(book)

    assert (text, []) == format_text(text, "book.yaml", VOCABULARY)


@given(rule_books(SmallCustomer))
@settings(max_examples=30)
def test_every_reader_of_yaml_reads_the_same_words(book: RuleBook) -> None:
    """Law: the parser in C and the one in Python agree, and YAML 1.1 takes words for words."""
    text = write_rule_book(book)
    root, _ = compose(Source("book.yaml", text))
    assert root is not None

    for loader in (yaml.SafeLoader, yaml.CSafeLoader):
        assert _data(root) == _as_text(yaml.load(text, loader))  # noqa: S506  # both are safe loaders


def _data(node: Node) -> Any:
    match node:
        case Scalar(text):
            return text
        case Mapping(entries):
            return {key.text: _data(value) for key, value in entries}
        case _:
            return [_data(item) for item in node.items]


def _as_text(data: Any) -> Any:
    """Undo the only types that the canonical form leaves to YAML: numbers, days, and true or false."""
    match data:
        case dict():
            return {key: _as_text(value) for key, value in data.items()}
        case list():
            return [_as_text(item) for item in data]
        case bool():
            return str(data).lower()
        case float():
            return f"{data:.12f}".rstrip("0").removesuffix(".")
        case int() | date():
            return str(data)
        case _:
            assert isinstance(data, str)
            return data


@given(st.sampled_from(list(VOCABULARY.attributes.values())).flatmap(comparisons_of))
def test_a_cell_is_read_back_as_the_same_test(test: Comparison) -> None:
    """Law: the shortest form of a cell means what the test means."""
    assert (test, []) == parse_test(cell_of(test, VOCABULARY), test.attribute, VOCABULARY)


# Examples


@pytest.mark.parametrize(
    ("attribute", "operator", "operands", "written"),
    [
        ("tier", Operator.EQ, ("key",), "key"),
        ("tier", Operator.NE, ("key",), "!= key"),
        ("tier", Operator.IN, ("key", "exit"), "in (key, exit)"),
        ("streak", Operator.GE, (5,), ">= 5"),
        ("streak", Operator.INSIDE, (Interval(1, 5),), "between 1 and 5"),
        ("streak", Operator.INSIDE, (Interval(1, 5, high_closed=False),), "[1..5)"),
        ("streak", Operator.OUTSIDE, (Interval(1, 5, high_closed=False),), "not in [1..5)"),
        ("consent", Operator.IS_TRUE, (), "true"),
        ("consent", Operator.EQ, (True,), "= true"),
        ("consent", Operator.IS_NOT_TRUE, (), "is not true"),
        ("branch", Operator.IS_UNKNOWN, (), "unknown"),
        ("branch", Operator.EQ, ("unknown",), '"unknown"'),
        ("events", Operator.HAS, ("moved",), "has moved"),
    ],
)
def test_a_cell_is_written_without_what_its_column_says(
    attribute: str, operator: Operator, operands: tuple[Any, ...], written: str
) -> None:
    """A cell leaves out its attribute, and `=`, `in` and `is` where nothing else could be meant."""
    assert written == cell_of(Comparison(attribute, operator, operands), VOCABULARY)


def test_what_is_the_default_is_left_out(small_book: RuleBook) -> None:
    """A book says nothing that the loader takes for granted."""
    expected = """\
book:
  name: small
  version: "1.10"

actions:
  call:
    kind: care
    nature: care
    title: {zh: 致电, en: Call}
    channel: [phone]
    precedence: care

rules:
  - id: call/always
    do: [call]
"""

    assert expected == write_rule_book(small_book)


def test_rows_are_lists_unless_they_say_more(small_book: RuleBook) -> None:
    """A row with an id or notes of its own is written by name, and any other as a list of cells."""
    tests = (Comparison("tier", Operator.EQ, ("key",)), None)
    rows = (
        Row("t#1", tests, do=("call",)),
        Row("t/none", (None, None), notes=Notes(valid_until=date(2026, 12, 31))),
    )
    table = Table("t", HitPolicy.FIRST, ("tier", "streak"), ("do",), rows)
    expected = """\
    rows:
      - [key, -, call]
      - {id: t/none, tier: -, streak: -, do: -, until: 2026-12-31}
"""

    assert write_rule_book(replace(small_book, tables=(table,))).endswith(expected)


def test_a_guard_says_what_its_effect_needs(small_book: RuleBook) -> None:
    """The time of day of a deferral stays a text for other readers of YAML."""
    select = Selector((("nature", ("care", "marketing")), ("product_risk", ("2",))), unless=("call",))
    quiet = Guard("quiet", small_book.rules[0].when, Effect.DEFER, select, until=time(9), clock="contact_hour")
    expected = """
guards:
  - id: quiet
    defer: {nature: [care, marketing], product_risk: 2, unless: call}
    until: "09:00"
    clock: contact_hour
"""

    assert write_rule_book(replace(small_book, guards=(quiet,))).endswith(expected)


@pytest.mark.parametrize(
    ("due", "written"),
    [
        (Due(), "today"),
        (Due(anchor="maturity"), "on maturity"),
        (Due(offset=-1, anchor="maturity"), "1 day before maturity"),
        (Due(offset=3, unit=DueUnit.BUSINESS_DAY, anchor="maturity"), "3 business days after maturity"),
        (Due(offset=1, unit=DueUnit.MONTH), "within 1 month"),
    ],
)
def test_a_due_date_is_written_as_people_say_it(small_book: RuleBook, due: Due, written: str) -> None:
    """Each form of a due date is written in words that the loader reads back."""
    action = small_book.actions["call"].model_copy(update={"due": due})
    text = write_rule_book(replace(small_book, actions={"call": action}))

    assert f"    due: {written}\n" in text
    assert due == parse_rule_book(text, customer=SmallCustomer).actions["call"].due


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (Text("致电", "Call"), "{zh: 致电, en: Call}"),
        (Text(en="Call"), "Call"),
        (Text("致电"), "致电"),
        (Text("Call"), "{zh: Call}"),
        (Text(en="致电"), "{en: 致电}"),
    ],
)
def test_a_text_in_one_language_says_which_only_when_its_script_does_not(
    small_book: RuleBook, text: Text, written: str
) -> None:
    """A text in one language stands alone when the loader takes it for that language."""
    action = small_book.actions["call"].model_copy(update={"title": text})

    assert f"    title: {written}\n" in write_rule_book(replace(small_book, actions={"call": action}))


def test_the_shipped_book_survives_writing() -> None:
    """All of the shipped book can be written as one file and loaded again."""
    book = load_rule_book(default_book_path())

    assert book == parse_rule_book(write_rule_book(book))


def test_a_name_with_full_width_punctuation_is_quoted() -> None:
    """The loader refuses, unquoted, what looks like a key or a list in Chinese punctuation, so it is quoted."""
    attribute = Attribute("branch", VOCABULARY["branch"].type, optional=True)
    test = Comparison(attribute.name, Operator.EQ, ("east，west",))
    rule = Rule("r", test, do=("call",), notes=Notes(source="VIP：see below", because=Text(en="east，west")))
    book = replace(_small_book(), rules=(rule,))

    assert book == parse_rule_book(write_rule_book(book), customer=SmallCustomer)


@pytest.fixture
def small_book() -> RuleBook:
    """Return a book with one action and one rule."""
    return _small_book()


def _small_book() -> RuleBook:
    call = Action(
        id="call",
        kind=Kind.CARE,
        nature=Nature.CARE,
        title=Text("致电", "Call"),
        channel=("phone",),
        precedence="care",
    )
    return RuleBook(
        name="small",
        version="1.10",
        vocabulary=VOCABULARY,
        actions={"call": call},
        rules=(Rule("call/always", do=("call",)),),
    )


def test_a_book_that_covers_nothing_is_written_so() -> None:
    """Without the key, a book would cover every kind."""
    text = "book: {name: empty, version: 1.0.0, covers: []}"

    assert "  covers: []\n" in write_rule_book(parse_rule_book(text))
