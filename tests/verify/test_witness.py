"""Is a customer shown for a region really one, in the region and possible?"""

from __future__ import annotations

from functools import cache
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from relmaint.ir.rules import RuleBook
from relmaint.model.attributes import facts_of
from relmaint.model.customer import Customer
from relmaint.rulebook import default_book_path, load_rule_book, parse_rule_book
from relmaint.testing import customers_on_days, rule_books
from relmaint.verify.space import Space
from relmaint.verify.witness import Witnesses
from tests.models import SmallCustomer


@cache
def retail() -> tuple[RuleBook, Space, Witnesses]:
    """Return the shipped book with its space and its witnesses."""
    book = load_rule_book(default_book_path())
    space = Space(book)
    return book, space, Witnesses(book.vocabulary, space.axes)


def test_every_class_of_every_axis_has_a_customer() -> None:
    """Whatever one attribute of the shipped model is, somebody is shown for it."""
    _, space, witnesses = retail()
    missing = []
    for index, axis in enumerate(space.axes):
        for class_ in range(axis.size):
            region = (*space.everyone[:index], 1 << class_, *space.everyone[index + 1 :])
            possible = space.possible(region) if axis.everything >> class_ & 1 else None
            tries = (region, possible) if possible is not None else ()
            if tries and not any(witnesses.customer(one, impossible=space.impossible) for one in tries):
                missing.append(f"{axis.attribute} {axis.describe(class_)}")

    assert missing == []


@settings(max_examples=100)
@given(customers_on_days(load_rule_book(default_book_path())), st.integers(0, 1 << 30))
def test_the_region_of_a_real_customer_has_a_customer(drawn: tuple[Customer, object], seed: int) -> None:
    """Some of what is true of a customer is true of the one that is shown, and of one in no impossible box."""
    customer, as_of = drawn
    book, space, witnesses = retail()
    random = Random(seed)  # reproducible on purpose
    facts = facts_of(book.vocabulary, customer, as_of)  # type: ignore[arg-type]  # a day
    cell = [axis.class_of(facts.get(axis.attribute)) for axis in space.axes]
    if space.possible(tuple(1 << class_ for class_ in cell)) is None:
        return
    kept = {axis.attribute for axis in space.axes if random.random() < 0.1}
    region = tuple(
        1 << class_ if axis.attribute in kept else free
        for axis, class_, free in zip(space.axes, cell, space.everyone, strict=True)
    )
    witness = witnesses.customer(region)
    if witness is not None:
        found = facts_of(book.vocabulary, witness.customer, witness.as_of)
        assert found == witness.facts
        assert isinstance(witness.customer, Customer)
        assert all(
            mask >> axis.class_of(found.get(axis.attribute)) & 1 for axis, mask in zip(space.axes, region, strict=True)
        )


@settings(max_examples=60)
@given(rule_books(SmallCustomer), st.integers(0, 1 << 30))
def test_a_bank_s_own_model_has_customers_too(book: RuleBook, seed: int) -> None:
    """A region of a small model that a real customer could be in has a valid customer, or none is shown."""
    random = Random(seed)  # reproducible on purpose
    space = Space(book)
    possible = space.possible(space.everyone)
    if possible is None:
        return
    region = tuple(
        1 << random.choice([class_ for class_ in range(mask.bit_length()) if mask >> class_ & 1])
        if random.random() < 0.3
        else mask
        for mask in possible
    )
    witness = Witnesses(book.vocabulary, space.axes).customer(region, impossible=space.impossible)
    if witness is not None:
        SmallCustomer.model_validate(witness.customer.model_dump())
        found = facts_of(book.vocabulary, witness.customer, witness.as_of)
        cell = [axis.class_of(found.get(axis.attribute)) for axis in space.axes]
        assert all(mask >> class_ & 1 for mask, class_ in zip(region, cell, strict=True))
        assert not any(all(mask >> cell[axis] & 1 for axis, mask in box) for box in space.impossible)


def test_a_record_says_only_what_matters() -> None:
    """The record of a plain customer names what the region asked for, in the words of a customers file."""
    book = parse_rule_book(
        "book: {name: b, version: '1', covers: []}\n"
        "actions: {note: {kind: care, nature: internal, title: {zh: 记, en: note}, precedence: care}}\n"
        "rules: [{id: r, when: age >= 65 and tier = key and events has milestone, do: note}]\n"
    )
    space = Space(book)
    (box,) = space.programs[0].boxes
    region = list(space.everyone)
    for axis, mask in box:
        region[axis] = mask
    witness = Witnesses(book.vocabulary, space.axes).customer(tuple(region))

    assert witness is not None
    assert witness.record() == "{tier: key, birth_date: 1961-01-15, events: [milestone]}"
