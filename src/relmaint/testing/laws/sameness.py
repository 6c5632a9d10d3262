"""What must not matter to a plan: when and where it is made, in which company, and how its customer is written down?"""

from __future__ import annotations

import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from relmaint.engine import Engine
from relmaint.ir.rules import RuleBook
from relmaint.model.explanation import Explanation
from relmaint.model.plan import ActionPlan
from relmaint.rulebook import parse_rule_book
from relmaint.rulebook.write import write_rule_book
from relmaint.testing.laws.law import Draw, Subject, law
from relmaint.testing.strategies.arguments import model_of
from relmaint.vocabulary import DecimalType

__all__ = [
    "batch_is_pointwise",
    "determinism",
    "hot_reload",
    "order_of_a_batch",
    "plans_survive_json",
    "record_form",
    "representation_of_decimals",
    "round_trip",
]

PURE = "concepts: pure"


@law(reference=PURE)
def determinism(draw: Draw, subject: Subject) -> None:
    """A plan has the same bytes from the same engine again, a new one, a pickled one, and in other threads."""
    customer, as_of = subject.case(draw)
    engine = subject.engine()
    expected = engine.plan(customer, as_of=as_of).model_dump_json()
    again = subject.once(_pickled)
    with ThreadPoolExecutor(4) as pool:
        threaded = set(pool.map(lambda _: engine.plan(customer, as_of=as_of).model_dump_json(), range(8)))

    assert threaded == {expected}
    assert expected == again.plan(customer, as_of=as_of).model_dump_json()
    assert expected == subject.once(_new).plan(customer, as_of=as_of).model_dump_json()


def _pickled(subject: Subject) -> Engine:
    engine: Engine = pickle.loads(pickle.dumps(subject.engine()))  # noqa: S301  # our own object
    return engine


def _new(subject: Subject) -> Engine:
    return Engine(subject.book, subject.backends[0])


@law(reference="the rule book: load, write, load is the identity")
def round_trip(draw: Draw, subject: Subject) -> None:
    """A book that is written and read again is the same book, has the same digest, and is written the same way."""
    subject.once(_engine_of_reread)
    customer, as_of = subject.case(draw)
    assert subject.once(_engine_of_reread).plan(customer, as_of=as_of) == subject.plan(customer, as_of)


def _engine_of_reread(subject: Subject) -> Engine:
    text = write_rule_book(subject.book)
    again = parse_rule_book(text, customer=model_of(subject.book))
    assert again == subject.book, "the book that is read is not the book that was written"
    assert write_rule_book(again) == text, "the book that is read is written in another way"
    return Engine(again, subject.backends[0], remember=2)


@law(reference="what leaves a process as JSON is read by others")
def plans_survive_json(draw: Draw, subject: Subject) -> None:
    """A plan and an explanation that are read back from their JSON are equal to what was written."""
    customer, as_of = subject.case(draw)
    plan, explanation = subject.plan(customer, as_of), subject.engine().explain(customer, as_of=as_of)

    assert plan == ActionPlan.model_validate_json(plan.model_dump_json())
    assert explanation == Explanation.model_validate_json(explanation.model_dump_json())


@law(reference="Engine.plan_many")
def batch_is_pointwise(draw: Draw, subject: Subject) -> None:
    """A batch gives each customer the plan that the customer gets alone."""
    cases = subject.cases(draw)
    as_of = cases[0][1]
    alone = [subject.once(_new).plan(customer, as_of=as_of) for customer, _ in cases]

    assert alone == list(subject.engine().plan_many([customer for customer, _ in cases], as_of=as_of))


@law(reference="Engine.plan_many")
def order_of_a_batch(draw: Draw, subject: Subject) -> None:
    """The order of the customers of a batch, and where it is cut in two, do not matter."""
    cases = subject.cases(draw)
    as_of, engine = cases[0][1], subject.engine()
    everyone = [customer for customer, _ in cases]
    places = draw(st.permutations(range(len(everyone))))
    cut = draw(st.integers(0, len(everyone)))
    expected = list(engine.plan_many(everyone, as_of=as_of))
    mixed = [everyone[place] for place in places]
    found = [*engine.plan_many(mixed[:cut], as_of=as_of), *engine.plan_many(mixed[cut:], as_of=as_of)]

    assert [expected[place] for place in places] == found


@law(reference="the customer: one record, however it is written")
def record_form(draw: Draw, subject: Subject) -> None:
    """A customer read from JSON, its fields in any order, has the plan of the customer that was written."""
    customer, as_of = subject.case(draw)
    record: dict[str, Any] = json.loads(customer.model_dump_json())
    names = draw(st.permutations(sorted(record)))
    text = json.dumps({name: record[name] for name in names})
    again = type(customer).model_validate_json(text, by_name=True, by_alias=False)

    assert subject.plan(customer, as_of) == subject.plan(again, as_of)


def _no_decimals(book: RuleBook) -> str | None:
    found = any(isinstance(one.type, DecimalType) and not one.is_derived for one in book.vocabulary.attributes.values())
    return None if found else "the customer has no decimal"


@law(reference="money is Decimal", declares=_no_decimals)
def representation_of_decimals(draw: Draw, subject: Subject) -> None:
    """An amount written as 1.0, 1.00 or 1E+0 is one amount: zeros behind the point do not matter."""
    customer, as_of = subject.case(draw)
    facts = {name: getattr(customer, name) for name in type(customer).model_fields}
    zeros = draw(st.integers(-1, 3))
    other = {
        name: value.normalize() if zeros < 0 else value + Decimal(0).scaleb(-zeros)
        for name, value in facts.items()
        if isinstance(value, Decimal)
    }

    expected, found = subject.plan(customer, as_of), subject.plan(customer.model_copy(update=other), as_of)
    assert expected.model_dump_json() == found.model_dump_json()


@law(reference="a service replaces its engine while it runs")
def hot_reload(draw: Draw, subject: Subject) -> None:
    """Customers planned before, after and between reloads of the book have the plans of a fresh start."""
    cases = subject.cases(draw)
    engines = [subject.engine(), subject.once(_engine_of_reread), Engine(subject.book, subject.backends[0], remember=1)]
    places = draw(st.lists(st.integers(0, len(engines) - 1), min_size=len(cases), max_size=len(cases)))
    fresh = subject.once(_new)

    for (customer, as_of), place in zip(cases, places, strict=True):
        expected = fresh.plan(customer, as_of=as_of).model_dump_json()
        assert expected == engines[place].plan(customer, as_of=as_of).model_dump_json()
