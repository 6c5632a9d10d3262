"""Are drawn books, edits and texts what they are said to be?"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from pydantic import BaseModel

from relmaint import Customer, Engine, RuleBookError, parse_rule_book
from relmaint.ir.conditions import And, Comparison, Not, Operator, Or, comparisons
from relmaint.ir.rules import RuleBook
from relmaint.rulebook.write import write_rule_book
from relmaint.testing import (
    MalformedBook,
    book_edits,
    conditions,
    customers_on_days,
    malformed_books,
    rule_books,
    rules,
    yaml_texts,
)
from relmaint.verify.space import Space
from relmaint.verify.totality import Totality
from tests.models import SmallCustomer
from tests.testing.lawful import BOOK, LawfulCustomer, book

SOME = settings(max_examples=60, suppress_health_check=list(HealthCheck))
MODELS = pytest.mark.parametrize("model", [SmallCustomer, Customer], ids=lambda model: model.__name__)


@MODELS
def test_total_books_serve_everybody(model: type[BaseModel]) -> None:
    """The exact check finds no combination without an action, and each drawn customer's plan holds each kind."""

    @SOME
    @given(rule_books(model, total=True), st.data())
    def test(one: RuleBook, data: st.DataObject) -> None:
        customer, as_of = data.draw(customers_on_days(one))
        kinds = {action.kind for action in Engine(one).plan(customer, as_of=as_of).actions}

        assert list(Totality(one).findings()) == []
        assert kinds == set(one.covers)

    test()


@SOME
@given(rule_books(SmallCustomer, disjoint=True, min_size=2, max_size=6))
def test_the_rules_of_disjoint_books_share_nobody(one: RuleBook) -> None:
    """No box of a rule meets a box of another, by all axes at once; and there are no tables."""
    space = Space(one)
    program = space.programs[0]
    rule = [
        (owner, box)
        for owner, box in zip(program.owner, program.boxes, strict=True)
        if program.statements[owner].role == "rule"
    ]

    assert not one.tables
    assert 2 <= len(one.rules) <= 6
    for (first, box), (second, other) in combinations(rule, 2):
        if first != second:
            region = space.within(space.everyone, box)
            both = None if region is None else space.within(region, other)
            assert both is None or space.possible(both) is None


@SOME
@given(rule_books(SmallCustomer, total=True, disjoint=True, min_size=3, max_size=7))
def test_total_and_disjoint_rules_part_the_customers(one: RuleBook) -> None:
    """Together the rules cover everybody."""
    space = Space(one)
    program = space.programs[0]
    mine = {number for number, found in enumerate(program.statements) if found.role == "rule"}
    boxes = [box for owner, box in zip(program.owner, program.boxes, strict=True) if owner in mine]

    assert space.union(boxes).cover(space.everyone).__class__.__name__ == "Covered"


def test_books_shrink_to_one_rule_of_one_comparison() -> None:
    """The smallest book has one rule, no table and no guard."""
    plain = find(rule_books(SmallCustomer), lambda _: True, settings=settings(database=None))

    assert (len(plain.rules), plain.tables, plain.guards) == (1, (), ())
    assert len(list(comparisons(plain.rules[0].when))) == 1


def test_every_operator_is_drawn() -> None:
    """The laws try each operator of the language, and `not`."""
    seen: set[Any] = set()

    @settings(max_examples=600, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(conditions(SmallCustomer))
    def collect(condition: Any) -> None:
        seen.update(one.operator for one in comparisons(condition))
        seen.add(type(condition))

    collect()
    assert set(Operator) <= seen
    assert {And, Or, Not, Comparison} <= seen


@SOME
@given(rules(LawfulCustomer, actions=("call", "greet")))
def test_rules_speak_of_the_given_actions(rule: Any) -> None:
    """A drawn rule does and boosts nothing else."""
    assert {*rule.do, *(name for name, _ in rule.boost)} <= {"call", "greet"}


@SOME
@given(rule_books(SmallCustomer), st.data())
def test_edits_leave_valid_books_and_say_what_they_did(one: RuleBook, data: st.DataObject) -> None:
    """An edited book loads as it stands; there is a sentence an edit; no edit gives the book itself."""
    edited = data.draw(book_edits(one, min_size=1, max_size=3))

    assert edited.book == parse_rule_book(write_rule_book(edited.book), customer=SmallCustomer)
    assert 1 <= len(edited.edits) <= 3
    assert data.draw(book_edits(one, min_size=0, max_size=0)).book is one


@SOME
@given(rule_books(SmallCustomer), st.booleans(), st.data())
def test_all_texts_of_a_book_are_the_book(one: RuleBook, comments: bool, data: st.DataObject) -> None:
    """However it is written, and with comments, the same book is read."""
    assert one == parse_rule_book(data.draw(yaml_texts(one, comments=comments)), customer=SmallCustomer)


@MODELS
def test_malformed_books_have_the_finding_that_they_say(model: type[BaseModel]) -> None:
    """Each is refused with its code, for any customer model, and many codes are among them."""
    codes: set[str] = set()

    @settings(max_examples=300, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(malformed_books(model))
    def test(bad: MalformedBook) -> None:
        with pytest.raises(RuleBookError) as caught:
            parse_rule_book(bad.text, customer=model)
        assert bad.code in {one.code for one in caught.value.diagnostics}
        codes.add(bad.code)

    test()
    assert len(codes) > 15


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: rule_books(int),  # type: ignore[arg-type]
        lambda: rule_books(min_size=4, max_size=3),
        lambda: rule_books(max_size=21),
        lambda: rule_books(max_size=0, min_size=0, total=True),
        lambda: conditions(max_depth=9),
        lambda: conditions(max_depth=-1),
        lambda: rules(actions=()),
        lambda: rules(actions="call"),
        lambda: book_edits(BOOK),  # type: ignore[arg-type]
        lambda: book_edits(book(), min_size=2, max_size=1),
        lambda: book_edits(parse_rule_book("book: {name: empty, version: 1.0.0, covers: []}")),
        lambda: yaml_texts(BOOK),  # type: ignore[arg-type]
    ],
)
def test_wrong_arguments_are_invalid_arguments(wrong: Callable[[], Any]) -> None:
    """What a strategy cannot do anything with is refused as Hypothesis refuses it, with a sentence."""
    with pytest.raises(InvalidArgument) as caught:
        wrong()

    assert str(caught.value)
