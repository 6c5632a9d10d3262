"""Does looking a number up tell the same class as searching for it?"""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from relmaint.columnar.leaves import Classes
from relmaint.ir.program import UNKNOWN


@st.composite
def cuts_and_numbers(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Draw cuts, few and many, near each other and far apart, and numbers at, beside and between them."""
    most = draw(st.sampled_from([40, 1 << 20, 1 << 50]))
    cuts = sorted(draw(st.sets(st.integers(-most, most), min_size=1, max_size=30)))
    beside = [cut + step for cut in cuts for step in (-1, 0, 1)]
    numbers = draw(st.lists(st.sampled_from(beside) | st.integers(-2 * most, 2 * most), min_size=1, max_size=60))
    return cuts, numbers


@given(cuts_and_numbers())
def test_a_class_is_how_many_cuts_are_reached(drawn: tuple[list[int], list[int]]) -> None:
    """Class 1 is below all cuts, and each cut that a number has reached is one more; unknown is a class of its own."""
    cuts, numbers = drawn
    known = np.arange(len(numbers)) % 3 != 1
    found = Classes(cuts).of(np.asarray(numbers, np.int64), known)

    assert [
        1 + sum(cut <= number for cut in cuts) if is_known else UNKNOWN
        for number, is_known in zip(numbers, known.tolist(), strict=True)
    ] == found.tolist()


def test_the_ends_of_what_a_column_holds_are_numbers_like_others() -> None:
    """The smallest and the greatest number of 64 bits have the first and the last class."""
    cuts = list(range(0, 100, 5))
    ends = np.asarray([np.iinfo(np.int64).min, np.iinfo(np.int64).max])

    assert [1, 21] == Classes(cuts).of(ends, None).tolist()
