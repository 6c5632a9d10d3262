"""What does it cost to keep a record, to replay it, and to certify a book? Ratios within one run."""

from __future__ import annotations

from typing import Any

import pytest

from relmaint.audit import Replay
from relmaint.audit.records import record_of
from relmaint.engine import Engine
from relmaint.lower import lower
from relmaint.rulebook.load import default_book_path, load_rule_book
from relmaint.verify.agreement import certify, flattened
from relmaint.verify.covering import covering
from tests.benchmarks.work import AS_OF, accounts, book

CUSTOMERS = accounts(20)
ENGINE = Engine(book(100))
LINES = [ENGINE.record(one, as_of=AS_OF).to_json().encode() for one in CUSTOMERS]
SHIPPED = load_rule_book(default_book_path())


@pytest.mark.benchmark(group="record")
def test_planning(benchmark: Any) -> None:
    """Twenty plans, by a book of a hundred rules; the measure of the others."""
    assert 20 == len(benchmark(lambda: [ENGINE.plan(one, as_of=AS_OF) for one in CUSTOMERS]))


@pytest.mark.benchmark(group="record")
def test_explaining(benchmark: Any) -> None:
    """The same twenty plans explained, which a record needs for the digest of the explanation."""
    assert 20 == len(benchmark(lambda: [ENGINE.explain(one, as_of=AS_OF) for one in CUSTOMERS]))


@pytest.mark.benchmark(group="record")
def test_recording(benchmark: Any) -> None:
    """The same twenty plans recorded."""
    assert 20 == len(benchmark(lambda: [ENGINE.record(one, as_of=AS_OF).to_json() for one in CUSTOMERS]))


@pytest.mark.benchmark(group="record")
def test_replaying(benchmark: Any) -> None:
    """The same twenty records read, checked and replayed."""
    replay = Replay(type(CUSTOMERS[0]), book=ENGINE.book)
    found = benchmark(lambda: [replay.verdict(record_of(line)) for line in LINES])

    assert {"identical"} == {one.outcome for one in found}


@pytest.mark.benchmark(group="certify")
def test_covering_the_shipped_book(benchmark: Any) -> None:
    """The covering set alone."""
    program = lower(flattened(SHIPPED))

    assert benchmark.pedantic(lambda: covering(program).probes, rounds=2)


@pytest.mark.benchmark(group="certify")
def test_certifying_the_shipped_book(benchmark: Any) -> None:
    """The covering set, and three opinions on all of it."""
    assert benchmark.pedantic(lambda: certify(SHIPPED, tool="benchmark"), rounds=2)["certified"]
