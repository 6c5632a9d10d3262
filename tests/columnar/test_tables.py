"""Do the tables that are filled as rows are met stay right when they are full, or when two hashes agree?"""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmaint import Customer, default_book_path, load_rule_book
from relmaint.columnar import derive, standings
from relmaint.columnar.cells import Cells
from relmaint.columnar.columns import Numbers
from relmaint.columnar.contents import Contents
from relmaint.columnar.derive import Derivations
from relmaint.columnar.outcomes import Outcomes, layout_of
from relmaint.columnar.standings import Answers
from relmaint.lower import lower
from relmaint.model.attributes import vocabulary_of

DAY = date(2026, 3, 2)
BATCHES = st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=8), max_size=5)


def asked(batches: list[list[tuple[int, int]]]) -> list[list[int]]:
    """Return the answers to keys of two words, of which bits beyond the masks do not count."""
    answers = Answers([(0, 7), (2, 6)], lambda key: key[0] * 10 + key[1])
    found = []
    for batch in batches:
        first, second = (np.asarray([pair[place] for pair in batch], np.uint64) for place in (0, 1))
        found.append(answers.numbers([first, first, second], None, len(batch)).tolist())
    return found


def expected(batches: list[list[tuple[int, int]]]) -> list[list[int]]:
    """Return the same without a table."""
    return [[(first & 7) * 10 + (second & 6) for first, second in batch] for batch in batches]


@given(BATCHES)
def test_answers_are_those_that_were_given(batches: list[list[tuple[int, int]]]) -> None:
    """Each row has the answer to its own masked key, whatever came before."""
    assert expected(batches) == asked(batches)


def test_keys_with_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys whose first hashes agree get other hashes, and their own answers."""
    real = standings._odd
    monkeypatch.setattr(standings, "_odd", lambda place, seed: 0 if seed < 2 and place else real(place, seed))
    batches = [[(1, 2), (1, 4), (3, 2)], [(3, 6), (1, 2), (3, 4)]]

    assert expected(batches) == asked(batches)


def test_more_keys_than_are_remembered_are_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full table begins anew; every row still has its answer."""
    monkeypatch.setattr(standings, "_MOST", 3)
    batches = [[(first, second) for first in range(8)] for second in range(8)] * 2

    assert expected(batches) == asked(batches)


def test_more_derived_values_than_are_remembered_are_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A derivation that has forgotten says the same."""
    vocabulary = vocabulary_of(Customer)
    today = DAY.toordinal() - date(1970, 1, 1).toordinal()
    columns = [Numbers(np.arange(today + first, today + first + 9), None) for first in (-4, 0, 400, -4)]

    def values() -> list[list[int]]:
        derivations = Derivations(vocabulary, DAY)
        found = [derivations.column("days_to_maturity", 9, lambda _, one=one: one) for one in columns]
        return [np.where(one.known, one.units, -1).tolist() for one in found if isinstance(one, Numbers)]

    remembered = values()
    monkeypatch.setattr(derive, "_REMEMBERED", 2)

    assert remembered == values()
    assert [list(range(9)), list(range(400, 409))] == remembered[1:3]


def test_two_plans_with_one_number_stop_the_run() -> None:
    """A number that is known with another second number is refused, and one that is known is not new."""
    program = lower(load_rule_book(default_book_path()))
    contents = Contents(Outcomes(program, layout_of(program), "digest"))
    numbers, checks = np.asarray([3, 7]), np.asarray([1, 2], np.uint64)

    assert [True, True] == contents.new(numbers, checks).tolist()
    assert [True, False, True] == contents.new(np.asarray([1, 7, 9]), np.asarray([5, 2, 6], np.uint64)).tolist()
    with pytest.raises(OverflowError, match="two plans have one number"):
        contents.new(numbers, np.asarray([1, 4], np.uint64))


def test_an_unknown_count_is_another_cell_than_none_so_far() -> None:
    """Counts from which on there is no room share a cell; others do not, and unknown is one of its own."""
    cells = Cells([], {"contacts_30d": 2})
    counts = Numbers(np.asarray([0, 0, 1, 2, 3, 99]), np.asarray([False, True, True, True, True, True]))

    assert [0, 1, 2, 3, 3, 3] == cells.codes({}, {"contacts_30d": counts}, 6).tolist()
