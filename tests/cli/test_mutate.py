"""Does `relmaint mutate` tell which mistakes the cases of a book would not notice?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.terminal import run

BOOK = """\
book: {name: small, version: 1.0.0, covers: []}
actions:
  notice: {kind: daily, nature: service, title: Notice, precedence: dated}
  offer: {kind: special, nature: marketing, title: Offer, channel: phone, precedence: growth}
rules:
  - {id: due, when: days_to_maturity <= 7, do: [notice]}
  - {id: sell, when: tier = key, do: [offer]}
guards:
  - {id: consent, when: marketing_consent is not true, withhold: {nature: marketing}}
"""

CASES = """\
cases:
  - id: late
    as_of: 2026-03-02
    customer: {tier: key, deposit_maturity: 2026-03-09, marketing_consent: true}
    expect: {plans: [notice, offer]}
  - id: early
    as_of: 2026-03-02
    customer: {tier: ordinary, deposit_maturity: 2026-03-10, marketing_consent: true}
    expect: {never: [notice, offer]}
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Write a small book and two cases of it."""
    (tmp_path / "book.yaml").write_text(BOOK, encoding="utf-8")
    (tmp_path / "book.cases.yaml").write_text(CASES, encoding="utf-8")
    return tmp_path


def test_survivors_are_told(book: Path, golden: Callable[[str, str], None]) -> None:
    """Each mistake that no case notices has its place, who would notice, and both plans; the last line is the score."""
    done = run("mutate", "book.yaml", cwd=book)

    golden("cli/mutate.txt", done.stdout)
    assert (0, "") == (done.returncode, done.stderr)


def test_a_low_score_fails(book: Path) -> None:
    """With `--fail-under` a lower score leaves with 1, and a score that is reached with 0."""
    assert 1 == run("mutate", "book.yaml", "--fail-under", "100", cwd=book).returncode
    assert 0 == run("mutate", "book.yaml", "--fail-under", "10", cwd=book).returncode


def test_json_counts_every_mutant(book: Path) -> None:
    """The numbers of the four kinds come to all mutants."""
    held = json.loads(run("mutate", "book.yaml", "--format", "json", cwd=book).stdout)

    assert held["mutants"] == held["equivalent"] + held["undecided"] + held["killed"] + len(held["survivors"])
    assert held["killed"] > 0


def test_a_draw_can_be_repeated(book: Path) -> None:
    """The same limit and seed judge the same mutants."""
    one, other = (run("mutate", "book.yaml", "--limit", "5", "--seed", "3", cwd=book) for _ in range(2))

    assert one.stdout == other.stdout
    assert ": 5 mutants: " in one.stdout


def test_a_case_that_fails_is_left_out(book: Path) -> None:
    """A case that fails as the book stands kills nothing, and is told."""
    (book / "book.cases.yaml").write_text(CASES.replace("[notice, offer]}\n  - id: early", "[offer]}\n  - id: early"))
    (book / "wrong.cases.yaml").write_text(CASES.replace("never", "plans"), encoding="utf-8")
    done = run("mutate", "book.yaml", cwd=book)

    assert "warning: the case `early` fails as the book stands, and is left out\n" == done.stderr


def test_the_case_of_a_survivor_kills_it(book: Path) -> None:
    """A survivor's case, put beside the book as it is printed, passes and leaves no survivor."""
    told = json.loads(run("mutate", "book.yaml", "--format", "json", cwd=book).stdout)
    (survivor,) = told["survivors"]
    (book / "new.cases.yaml").write_text(survivor["case"], encoding="utf-8")
    done = run("mutate", "book.yaml", cwd=book)

    assert "" == done.stderr
    assert "0 survived" in done.stdout
