"""Is a record's id that of its content and of nothing else, and is a changed record refused?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

import relmaint
from relmaint import DecisionRecord, Engine, derived
from relmaint.audit.records import NoRecord, read_records, record_of
from relmaint.errors import RelmaintError
from relmaint.ir.conditions import Comparison, Operator
from relmaint.ir.rules import Rule, RuleBook
from relmaint.model.attributes import vocabulary_of
from relmaint.model.record import customer_of, stored_facts
from relmaint.rulebook.load import load_rule_book, parse_rule_book
from relmaint.testing import customers_on_days, rule_books
from tests.audit.frozen import FrozenCustomer
from tests.models import SmallCustomer

DAY = date(2026, 3, 2)
ENGINE = Engine(load_rule_book(Path(__file__).parent / "data" / "meaning.yaml", customer=FrozenCustomer))
CUSTOMER = FrozenCustomer(
    tier="key",
    preference="deposit",
    consent=True,
    contacts_30d=0,
    aum=Decimal("1000.50"),
    maturity=date(2026, 3, 9),
    branch="西",
    events=frozenset(("moved", "complained")),
)
RECORD = ENGINE.record(CUSTOMER, as_of=DAY)
PINNED_ID = "9b280cf7fcd9359b1ca50d587a9e6af72b4f7d00b496ad7f53fb1c6cc00c50d6"


def content() -> Any:
    """Return the record as a program that reads JSON sees it."""
    return json.loads(RECORD.to_json())


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of everything in a document that is no list and no object, and of what is empty."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    inner = [one for key, part in parts for one in leaves(part, (*path, key))]
    yield from inner or [path]


def changed(path: tuple[Any, ...], change: Any) -> str:
    """Return the record with one place of it changed."""
    document = content()
    *parents, last = path
    part = document
    for key in parents:
        part = part[key]
    change(part, last)
    return json.dumps(document)


def other(value: Any) -> Any:
    """Return a value of the same shape that is not the same."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return f"{value}x" if value else "x"
        case None:
            return "x"
        case _:
            return ["x"]


def put(part: Any, key: Any) -> None:
    """Change a value."""
    part[key] = other(part[key])


def take(part: Any, key: Any) -> None:
    """Take a value away, unless that says the same as leaving it."""
    del part[key]


PATHS = list(leaves(content()))


def test_a_record_survives_json() -> None:
    """A record is read back from its line as it was written, and its id is still right."""
    read = record_of(RECORD.to_json().encode())

    assert RECORD == read
    assert RECORD.is_intact


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)))
def test_a_changed_record_is_refused(path: tuple[Any, ...]) -> None:
    """Whatever is changed, at any place of the record, it is no record any more."""
    assert isinstance(record_of(changed(path, put).encode()), NoRecord)


def test_a_record_with_something_taken_away_is_refused_or_says_the_same() -> None:
    """Taking away a value is refused, unless it is what its absence says anyway."""
    for path in PATHS:
        found = record_of(changed(path, take).encode())

        assert isinstance(found, NoRecord) or found == RECORD, path


@pytest.mark.parametrize("place", [(), ("plan",), ("book",), ("customer",), ("derived",), ("plan", "actions", 0)])
def test_a_record_with_something_added_is_refused(place: tuple[Any, ...]) -> None:
    """One more key, in any object of the record, is refused."""
    line = changed((*place, "more"), lambda part, key: part.__setitem__(key, 1))

    assert isinstance(record_of(line.encode()), NoRecord)


def test_a_key_that_stands_twice_is_refused() -> None:
    """A reader of JSON takes the last of two; a person may see the first."""
    line = RECORD.to_json().replace('"semantics":', '"semantics":2,"semantics":')

    found = record_of(line.encode())

    assert isinstance(found, NoRecord)
    assert "`semantics` stands twice" in found.why


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"\xff", "the line is not UTF-8"),
        (b"{", "the line is not JSON: "),
        (b"[1]", "the line is not an object"),
        (b"{}", "the format is not `relmaint-record/1`"),
        (b"[" * 100_000, "the line is nested deeper than any record"),
        (b'{"format": "relmaint-record/1", "id": "x"}', "the record is not as records are: "),
    ],
)
def test_what_is_no_record_says_why(line: bytes, why: str) -> None:
    """A line that holds something else is no record, whatever it is, and never an exception."""
    found = record_of(line)

    assert isinstance(found, NoRecord)
    assert found.why.startswith(why)


def test_an_endless_line_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line longer than any record ends the reading instead of filling the memory."""
    monkeypatch.setattr("relmaint.audit.records._LINE_LIMIT", 100)
    (tmp_path / "r.jsonl").write_text("x" * 101)

    with pytest.raises(RelmaintError, match=r"r\.jsonl:1: the line is longer"):
        list(read_records(tmp_path / "r.jsonl"))


@given(st.randoms(use_true_random=False), st.sampled_from([None, 1, 4]))
def test_the_id_does_not_hang_on_the_order_of_keys_or_on_spaces(draw: Any, indent: int | None) -> None:
    """A record whose keys stand in another order, or with other spaces, is the same record."""

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            items = [(key, shuffled(part)) for key, part in value.items()]
            draw.shuffle(items)
            return dict(items)
        return [shuffled(part) for part in value] if isinstance(value, list) else value

    assert RECORD == record_of(json.dumps(shuffled(content()), indent=indent).encode())


@pytest.mark.parametrize("text", ["1000.5", "1000.50", "1.0005E+3"])
def test_the_id_does_not_hang_on_how_a_decimal_is_written(text: str) -> None:
    """1000.5 and 1000.50 are the same amount."""
    customer = CUSTOMER.model_copy(update={"aum": Decimal(text)})

    assert RECORD == ENGINE.record(customer, as_of=DAY)


@pytest.mark.parametrize("seed", ["0", "1", "42"])
def test_the_id_does_not_hang_on_the_process(seed: str) -> None:
    """Another process, whose sets are in another order, makes the same record, byte for byte."""
    code = "from tests.audit.test_records import RECORD; print(RECORD.to_json())"
    root = Path(__file__).parents[2]
    sources = os.pathsep.join((str(root), str(Path(relmaint.__file__).parents[1])))
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": sources, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )

    assert RECORD.to_json() == ran.stdout.strip()


def test_the_id_is_pinned() -> None:
    """Every Python that the library runs on gives this record this id."""
    assert PINNED_ID == RECORD.id


def test_two_customers_have_two_ids() -> None:
    """Another customer or another day is another record."""
    assert RECORD.id != ENGINE.record(CUSTOMER.model_copy(update={"branch": "东"}), as_of=DAY).id
    assert RECORD.id != ENGINE.record(CUSTOMER, as_of=date(2026, 3, 3)).id


@given(st.data())
@settings(max_examples=200)
def test_a_customer_is_read_back_from_its_stored_facts(data: st.DataObject) -> None:
    """What a record keeps of a customer gives an equal customer, whatever the texts and numbers are."""
    book = data.draw(rule_books(SmallCustomer))
    customer, _ = data.draw(customers_on_days(book))

    kept = json.loads(json.dumps(stored_facts(customer, book.vocabulary)))

    assert customer == customer_of(kept, SmallCustomer, book.vocabulary)


# --- customers with ids ----------------------------------------------------------------------------------------------


class Account(BaseModel):
    """A part of a customer that is no attribute."""

    number: str
    opened: date | None = None
    limits: frozenset[Decimal] = frozenset()


class Mood(Enum):
    """Words that are no texts."""

    GOOD = "good"


class Named(BaseModel):
    """A customer with an id, parts that are no attributes, and an attribute computed from such a part."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    id: str
    segment: Literal["a", "b"] | None = "a"
    score: Annotated[Decimal | None, Field(decimal_places=1)] = None
    seen: datetime | None = None
    mood: Mood = Mood.GOOD
    accounts: tuple[Account, ...] = ()

    @derived(ge=0)
    def account_count(self, as_of: date) -> int | None:
        """How many accounts are open."""
        return sum(1 for one in self.accounts if one.opened is None or one.opened <= as_of)


class Numbered(Named):
    """A customer whose id has a form of its own."""

    id: Annotated[str, Field(pattern=r"^\d+$")]


BOOK = """
book: {name: named, version: 1.0.0, covers: [daily]}
actions:
  call: {kind: daily, nature: internal, precedence: care, title: {zh: 电话, en: Call}}
rules:
  - {id: r, when: account_count >= 1 and segment = a, do: [call], because: {zh: "{id}", en: "for {id}"}}
"""
NAMED = Named(
    id="N-1",
    seen=datetime(2026, 1, 1, 8, 30),
    accounts=(Account(number="7", opened=date(2026, 1, 1), limits=frozenset((Decimal("1.50"), Decimal("0.1")))),),
)


def test_parts_that_are_no_attributes_are_kept() -> None:
    """An attribute may be computed from a list of accounts, so the list is in the record, in an order of its own."""
    record = Engine(parse_rule_book(BOOK, customer=Named)).record(NAMED, as_of=DAY)

    accounts = [{"number": "7", "opened": "2026-01-01", "limits": ["0.1", "1.5"]}]
    expected = {"id": "N-1", "segment": "a", "seen": "2026-01-01T08:30:00", "mood": "good", "accounts": accounts}
    assert expected == record.customer
    assert {"account_count": 1} == record.derived
    assert NAMED == customer_of(record.customer, Named, vocabulary_of(Named))


def test_what_is_unknown_stays_unknown_whatever_the_default() -> None:
    """A fact that was unknown is left out, and is not read back as the model's default."""
    customer = NAMED.model_copy(update={"segment": None})
    stored = stored_facts(customer, vocabulary_of(Named))

    assert "segment" not in stored
    assert customer == customer_of(stored, Named, vocabulary_of(Named))


class Noted(Named):
    """A customer with a part that is no attribute and has a default."""

    notes: tuple[str, ...] | None = ("new",)


def test_a_part_that_is_no_attribute_and_is_not_there_stays_so() -> None:
    """It is kept as nothing, or the model's default would come back."""
    customer = Noted(id="N-2", notes=None)

    assert customer == customer_of(stored_facts(customer, vocabulary_of(Noted)), Noted, vocabulary_of(Noted))


def test_a_record_can_leave_the_id_out() -> None:
    """Without the id, neither the facts nor the plan nor the texts name the customer."""
    record = Engine(parse_rule_book(BOOK, customer=Named)).record(NAMED, as_of=DAY, with_id=False)

    assert "N-1" not in record.to_json()
    assert record.plan.customer is None
    assert "for withheld" in record.to_json()
    assert record.is_intact


def test_an_id_that_a_rule_reads_cannot_be_left_out() -> None:
    """The plan would be another."""
    book = parse_rule_book(BOOK, customer=Named)
    rule = Rule("s", Comparison("id", Operator.EQ, ("N-1",)), ("call",))
    reading = RuleBook("b", "1", book.vocabulary, actions=book.actions, rules=(rule,))

    with pytest.raises(ValueError, match="reads `id`"):
        Engine(reading).record(NAMED, as_of=DAY, with_id=False)


def test_an_id_without_a_stand_in_cannot_be_left_out() -> None:
    """A model that takes digits only would not take the customer back."""
    customer = Numbered(**{**NAMED.__dict__, "id": "17"})

    with pytest.raises(ValueError, match="Numbered does not take the id `withheld`"):
        Engine(parse_rule_book(BOOK, customer=Numbered)).record(customer, as_of=DAY, with_id=False)


def test_a_model_without_an_id_has_none_to_leave_out() -> None:
    """The small customer has no id; its record is the same either way."""
    assert RECORD == ENGINE.record(CUSTOMER, as_of=DAY, with_id=False)


def test_a_record_that_contradicts_its_plan_cannot_be_made() -> None:
    """The day and the book of a record are those of its plan."""
    fields = {name: getattr(RECORD, name) for name in DecisionRecord.model_fields if name not in ("id", "format")}

    with pytest.raises(ValueError, match="another day, or by another book"):
        DecisionRecord.of(**{**fields, "as_of": date(2026, 3, 3)})


def test_moving_a_rule_in_its_file_changes_no_explanation_digest() -> None:
    """Where a rule is written is no part of why."""
    moved = Engine(parse_rule_book("\n\n" + BOOK, customer=Named)).record(NAMED, as_of=DAY)

    assert Engine(parse_rule_book(BOOK, customer=Named)).record(NAMED, as_of=DAY) == moved
