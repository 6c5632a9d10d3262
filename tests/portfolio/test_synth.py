"""Are invented customers valid, reproducible, and distributed as the docstrings say?"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from relmaint import Customer, default_book_path, load_rule_book
from relmaint.columnar.planner import BatchPlanner
from relmaint.customers import read_customers
from relmaint.errors import RelmaintError
from relmaint.ir.reference import truth
from relmaint.model.attributes import facts_of
from relmaint.model.customer import Event
from relmaint.portfolio.draws import GRID, Draws, amounts, choice, knots, quantiles
from relmaint.portfolio.synth import BLOCK, Base, batches, schema, write_base

DAY = date(2026, 3, 2)
BASE = Base(20261127, DAY, branches=9, managers=3)


@pytest.fixture(scope="module")
def block() -> pa.RecordBatch:
    """Return one block of a base."""
    return next(iter(batches(BASE, BLOCK)))


def numbers(block: pa.RecordBatch, name: str) -> Any:
    """Return a column as floats; NaN where it is unknown."""
    return block.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False)


def texts(block: pa.RecordBatch, name: str) -> Any:
    """Return a column of words; `None` where it is unknown."""
    return np.asarray(block.column(name).to_pylist(), object)


# Validity


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_every_row_is_a_valid_customer(tmp_path: Path, block: pa.RecordBatch, ending: str) -> None:
    """All that is written is read back as customers of the model, equal to what was made, unknown facts included."""
    path = tmp_path / f"base.{ending}"
    write_base(BASE, 4000, path)
    customers = list(read_customers(path))

    assert [one for one in customers if not isinstance(one, Customer)] == []
    made = block.slice(0, 4000).to_pylist()
    read = [one.model_dump() for one in customers if isinstance(one, Customer)]
    assert [_comparable(row) for row in made] == [_comparable(row) for row in read]


def _comparable(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its events in order, and words as texts."""
    return {
        name: sorted(map(str, value)) if isinstance(value, list | frozenset) else value for name, value in row.items()
    }


def test_a_planner_rejects_nobody(block: pa.RecordBatch) -> None:
    """The columnar planner finds no fault, and plans for everybody."""
    planned = BatchPlanner(load_rule_book(default_book_path()), DAY).plan(block.slice(3000, 6000))

    assert planned.faults == ()
    assert planned.plans.num_rows == 6000


def test_the_assumptions_of_the_shipped_book_hold(tmp_path: Path) -> None:
    """Nobody is invented whom the shipped book declares impossible."""
    book = load_rule_book(default_book_path())
    path = tmp_path / "base.jsonl"
    write_base(BASE, 1000, path)
    for customer in read_customers(path):
        assert isinstance(customer, Customer)
        facts = facts_of(book.vocabulary, customer, DAY)
        for assumption in book.assumptions:
            assert truth(assumption.always, facts) is True, (assumption.id, customer)


# The same again


def test_the_bytes_hang_on_seed_and_day_alone(tmp_path: Path) -> None:
    """One thread and three write the same bytes; another seed or another day gives other customers."""
    paths = {name: tmp_path / f"{name}.parquet" for name in ("one", "three", "seed", "day")}
    count = BLOCK + 1000
    write_base(BASE, count, paths["one"], threads=1)
    write_base(BASE, count, paths["three"], threads=3)
    write_base(Base(1, DAY, branches=9, managers=3), count, paths["seed"])
    write_base(Base(BASE.seed, date(2026, 3, 3), branches=9, managers=3), count, paths["day"])
    contents = {name: path.read_bytes() for name, path in paths.items()}

    assert contents["one"] == contents["three"]
    assert len(set(contents.values())) == 3


def test_the_first_customers_do_not_hang_on_the_number(block: pa.RecordBatch) -> None:
    """Whoever asks for fewer gets the first of those that others get, and ids go on from block to block."""
    few = pa.Table.from_batches(list(batches(BASE, 100)))
    more = list(batches(BASE, BLOCK + 5, threads=2))

    assert few.to_pylist() == block.slice(0, 100).to_pylist()
    assert [BLOCK, 5] == [one.num_rows for one in more]
    assert more[1].column("id").to_pylist() == [f"C{BLOCK + number:010}" for number in range(1, 6)]
    assert more[0].equals(block)
    assert not more[1].column("deposit").equals(block.column("deposit").slice(0, 5))


def test_nobody_at_all_is_a_file_without_rows(tmp_path: Path) -> None:
    """A base of no customers has all columns and no row."""
    write_base(BASE, 0, tmp_path / "none.parquet")

    assert pq.read_table(tmp_path / "none.parquet").num_rows == 0
    assert pq.read_schema(tmp_path / "none.parquet").names == list(Customer.model_fields)


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file of an unknown ending is refused, and a base without branches is none."""
    with pytest.raises(RelmaintError, match=r"\.parquet"):
        write_base(BASE, 1, tmp_path / "base.xlsx")
    with pytest.raises(ValueError, match="branches"):
        Base(1, DAY, branches=0)


# Distributions


def test_wealth_has_the_published_pyramid_and_a_heavy_tail(block: pa.RecordBatch) -> None:
    """A fifth of the customers is above 50,000 yuan, one in twenty above 270,000; the top hundredth owns a third."""
    aum = numbers(block, "aum")
    aum = np.sort(aum[~np.isnan(aum)])

    assert np.mean(aum >= 50_000) == pytest.approx(0.225, abs=0.01)
    assert np.mean(aum >= 270_000) == pytest.approx(0.05, abs=0.005)
    assert aum[-len(aum) // 100 :].sum() > 0.3 * aum.sum()


def test_the_preference_agrees_with_the_amounts(block: pa.RecordBatch) -> None:
    """Whoever has all figures on file falls into the class that the tests of section 5.3 say."""
    deposit, loan, investment, flow = (
        numbers(block, name) for name in ("deposit", "loan", "investment", "payment_flow")
    )
    whole = deposit + loan + investment
    preference = texts(block, "preference")
    complete = ~np.isnan(whole + flow) & (whole > 1000)
    cent = 0.02  # of rounding
    holds = {
        "loan": loan >= 2 * (deposit + investment) - cent,
        "settlement": (flow >= 10 * deposit - 1) & (np.maximum(deposit, loan) < 0.6 * whole),
        "intermediary": (investment >= 0.5 * whole) & (flow < 10 * deposit),
        "deposit": (deposit >= 0.6 * whole - cent) & (loan < 0.6 * whole) & (flow < 10 * deposit),
        "balanced": (np.maximum(np.maximum(deposit, loan), investment) <= 0.5 * whole)
        & (np.minimum(loan, deposit) > 0),
    }
    for name, held in holds.items():
        assert np.all(held[complete & (preference == name)]), name
    assert np.isnan(investment[preference == None]).all()  # noqa: E711  # element by element


def test_the_tier_follows_wealth_and_an_exit_has_a_ground(block: pa.RecordBatch) -> None:
    """Key customers are mostly wealthy; no exit is for a low balance, its ground is silence or expired papers."""
    tier, aum = texts(block, "tier"), numbers(block, "aum")
    shares = {name: np.mean(tier == name) for name in ("key", "ordinary", "exit")}
    leaves = tier == "exit"
    today = (DAY - date(1970, 1, 1)).days

    def days(name: str) -> Any:
        return numbers_of_days(block, name) - today

    assert shares["key"] == pytest.approx(0.115, abs=0.015)
    assert shares["exit"] == pytest.approx(0.03, abs=0.012)
    assert np.nanmedian(aum[tier == "key"]) > 4 * np.nanmedian(aum[tier == "ordinary"])
    assert np.nanmedian(aum[leaves]) == pytest.approx(np.nanmedian(aum), rel=0.25)
    assert np.nansum(numbers(block, "complaints_open")[leaves]) == 0
    owes = numbers(block, "loan") > 0
    assert 0 < np.mean(leaves[owes]) < 0.5 * np.mean(leaves[~owes])
    assert not pc.any(block.column("vulnerability").filter(pa.array(leaves))).as_py()
    contact, papers, tenure = days("last_contact"), days("document_expiry"), days("relationship_start")
    ground = (contact <= -365) | (contact <= tenure) | (papers <= -90) | np.isnan(contact + papers + tenure)
    assert ground[leaves].all()


def numbers_of_days(block: pa.RecordBatch, name: str) -> Any:
    """Return a column of dates as days since 1970-01-01; NaN where it is unknown."""
    return block.column(name).cast(pa.int32()).cast(pa.float64()).to_numpy(zero_copy_only=False)


def test_dates_agree_with_each_other(block: pa.RecordBatch) -> None:
    """Nobody was a customer before the age of 15, was met before that, or has dates on the wrong side of the day."""
    today = (DAY - date(1970, 1, 1)).days
    day = {one.name: numbers_of_days(block, one.name) - today for one in schema() if pa.types.is_date(one.type)}
    birth, start = day["birth_date"], day["relationship_start"]
    contacts = numbers(block, "contacts_30d")
    both = ~np.isnan(birth + start)

    assert np.all(start[both] - birth[both] >= 15 * 365)
    assert np.nanmin(-birth) >= 18 * 365
    assert np.nanmax(-birth) <= 97 * 366
    for name in ("last_contact", "last_review", "loan_drawdown"):
        known = ~np.isnan(day[name] + start)
        assert np.all((day[name][known] >= start[known]) & (day[name][known] <= 0)), name
    for name in ("deposit_maturity", "product_maturity", "facility_maturity", "limit_review", "next_repayment"):
        assert np.nanmin(day[name]) >= 0, name
    known = ~np.isnan(day["last_contact"] + contacts)
    assert np.array_equal(day["last_contact"][known] >= -30, contacts[known] > 0)


def test_gaps_are_there_and_come_together(block: pa.RecordBatch) -> None:
    """Every optional fact is unknown for some customer and known for another, and gaps come in the same files."""
    for field in schema():
        share = block.column(field.name).null_count / BLOCK
        assert (share == 0) if field.name in ("id", "branch") else (0 < share < 1), field.name
    gap = [np.isnan(numbers(block, name)) for name in ("contacts_30d", "payment_flow")]
    assert np.mean(gap[0] & gap[1]) > 1.5 * np.mean(gap[0]) * np.mean(gap[1])


def test_every_word_is_drawn(block: pa.RecordBatch) -> None:
    """Each preference, habit, tier and event is somebody's, and all sixty combinations are there."""
    axes = ("preference", "habit", "tier")
    combinations = {tuple(row.values()) for row in block.select(axes).to_pylist()}
    events = set(pc.list_flatten(block.column("events")).to_pylist())

    assert len([one for one in combinations if None not in one]) == 60
    assert events == set(map(str, Event))
    assert np.mean(pc.list_value_length(block.column("events")).to_numpy(zero_copy_only=False) > 0) < 0.2


# Tables


def test_columns_are_independent_streams() -> None:
    """Two columns of a block differ and do not hang together; `alike` is uniform and hangs together as asked."""
    draws = Draws(1, 0, BLOCK)
    one, two = draws.of("one").astype(float), draws.of("two").astype(float)
    alike = draws.alike("three", draws.of("one"), 0.6).astype(float)

    assert abs(np.corrcoef(one, two)[0, 1]) < 0.02
    assert np.corrcoef(one, alike)[0, 1] == pytest.approx(0.6, abs=0.02)
    for found in (one, two, alike):
        counts = np.histogram(found, bins=16, range=(0, GRID))[0]
        assert np.all(np.abs(counts - BLOCK / 16) < 6 * np.sqrt(BLOCK / 16))


def test_draws_are_pinned() -> None:
    """The first draws of a stream are what they have always been, so that a seed means the same next year."""
    assert PINNED == Draws(7, 3, 8).of("deposit").tolist()


PINNED = [41757, 16214, 31674, 61242, 5245, 5385, 18036, 33650]


def test_tables_give_what_they_are_made_of() -> None:
    """A choice has its shares, `knots` its points, and quantiles those of the function."""
    draws = Draws(2, 0, BLOCK)
    picked = choice({3: 0.25, 5: 0.75})[draws.of("choice")]
    straight = draws.number("knots", knots([(0, -10), (0.5, 0), (1, 30)], unit=1000))
    squared = draws.number("quantiles", quantiles(lambda place: place * place, unit=1e6))
    fine = draws.amount("amounts", amounts(lambda place: place * place, unit=1e12))

    assert np.mean(picked == 5) == pytest.approx(0.75, abs=0.01)
    assert set(picked) == {3, 5}
    assert (straight.min(), straight.max()) == pytest.approx((-10_000, 30_000), abs=20)
    assert np.mean(straight < 0) == pytest.approx(0.5, abs=0.01)
    assert len(np.unique(squared)) > 2 * 4096
    assert np.median(squared) == pytest.approx(0.25e6, rel=0.03)
    assert np.quantile(fine, 0.9) == pytest.approx(0.81e12, rel=0.03)
    assert len(np.unique(fine)) > 0.99 * BLOCK
