"""Is a capacity file read as it is written, and is every mistake in it told with its place?"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from relmaint.diagnostics.render import render_finding
from relmaint.errors import RuleBookError
from relmaint.portfolio.capacity import HORIZON, Capacity, Minutes, OwnerCapacity, Per, Unit, load_capacity, unmet
from tests.conftest import Golden
from tests.portfolio.tables import BOOK

GOOD = """
owners:
  adviser: {per: manager, minutes: 300, except: {M1: 120, M2: 0}, vacant: 30}
  desk: {per: branch, minutes: 90}
  centre: {per: bank, contacts: 5000}
minutes:
  default: 10
  action: {warn: 25}
  channel: {visit: 60, phone: 15}
  nature: {internal: 2}
horizon: 5
closed: [2026-10-01, 2026-10-02]
"""

BAD = """
owners:
  advisor: {per: manager, minutes: 300, contacts: 2}
  desk: {per: team, minutes: -3, vacant: some}
  centre: {per: bank, except: {B1: 3}}
minutes: {defualt: 3, channel: {fax: 3}, action: [call], nature: {internal: 2000}}
horizon: 1000
closed: [2026-13-01]
open: sometimes
"""


def read(text: str, folder: Path) -> Capacity:
    """Read a text as a capacity file."""
    path = folder / "capacity.yaml"
    path.write_text(text, encoding="utf-8")
    return load_capacity(path, BOOK)


def test_a_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    """Every key has its meaning; what may be left out has its default."""
    found = read(GOOD, tmp_path)

    assert found == Capacity(
        {
            "adviser": OwnerCapacity(Per.MANAGER, Unit.MINUTES, 300, {"M1": 120, "M2": 0}, 30),
            "desk": OwnerCapacity(Per.BRANCH, Unit.MINUTES, 90),
            "centre": OwnerCapacity(Per.BANK, Unit.CONTACTS, 5000),
        },
        Minutes(10, {"warn": 25}, {"visit": 60, "phone": 15}, {"internal": 2}),
        5,
        frozenset({date(2026, 10, 1), date(2026, 10, 2)}),
    )
    assert read("owners: {centre: {per: bank, contacts: 1}}", tmp_path).horizon == HORIZON


def test_the_most_particular_number_of_minutes_holds(tmp_path: Path) -> None:
    """The action comes before its first channel, and that before the default; a nature is asked without a channel."""
    found = read(GOOD, tmp_path)

    assert 25 == found.amount("adviser", "warn", "phone", "risk")
    assert 15 == found.amount("adviser", "call", "phone", "care")
    assert 10 == found.amount("adviser", "call", "app", "internal")
    assert 2 == found.amount("desk", "file", None, "internal")
    assert 10 == found.amount("desk", "greet", None, "care")
    assert (1, 0) == (found.amount("centre", "offer", "app", "marketing"), found.amount("centre", "file", None, "care"))
    assert 0 == found.amount("teller", "call", "phone", "care")


def test_working_days_leave_out_weekends_and_closed_days(tmp_path: Path) -> None:
    """From a Wednesday on, two closed days and a weekend are passed over."""
    days = read(GOOD, tmp_path).days_after(date(2026, 9, 30))

    assert days == tuple(date(2026, 10, day) for day in (5, 6, 7, 8, 9))


def test_every_mistake_is_told_with_its_place(tmp_path: Path, golden: Golden) -> None:
    """All mistakes at once, each underlined, with what to do."""
    with pytest.raises(RuleBookError) as raised:
        read(BAD, tmp_path)
    told = "\n\n".join(render_finding(one, color=False) for one in raised.value.diagnostics)

    golden("diagnostics/capacity.txt", told.replace(str(tmp_path), "") + "\n")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[]", "wrong-type"),
        ("minutes: {default: 1}", "missing-key"),
        ("owners: {desk: {per: branch, minutes: 5}}", "missing-key"),
        ("owners: {desk: {per: branch}}\nminutes: {default: 1}", "missing-key"),
        ("owners: {desk: {minutes: 5}}\nminutes: {default: 1}", "missing-key"),
        ("owners: {desk: {per: branch, minutes: 5}}\nminutes: {action: {}}", "missing-key"),
        ("", "empty-book"),
        ("owners: {desk: {per: branch, minutes: &a 5}}", "yaml-anchor"),
    ],
)
def test_what_is_no_capacity_is_refused(tmp_path: Path, text: str, code: str) -> None:
    """A file that lacks something, or is none, has a finding of the code of a book with the same mistake."""
    with pytest.raises(RuleBookError) as raised:
        read(text, tmp_path)

    assert code in [one.code for one in raised.value.diagnostics]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The finding names the file."""
    with pytest.raises(RuleBookError, match=r"nothing\.yaml"):
        load_capacity(tmp_path / "nothing.yaml", BOOK)


def test_exceptions_for_nobody_are_told(tmp_path: Path) -> None:
    """A manager whom no customer has is a warning with its place; one whom somebody has is none."""
    found = unmet(read(GOOD, tmp_path), {"M1"}, {"B1"})

    assert [("unmet-exception", "no customer has the manager `M2`", "3:59")] == [
        (one.code, one.message, f"{one.span.line}:{one.span.column}") for one in found if one.span
    ]
