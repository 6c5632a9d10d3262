"""Do the words for a region mean the region?"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmaint.ir.conditions import show_condition
from relmaint.ir.rules import RuleBook
from relmaint.lower import boxes_of, numbers_of
from relmaint.testing import rule_books
from relmaint.verify.space import Space
from relmaint.verify.words import condition_of
from relmaint.vocabulary import SetType
from tests.models import SmallCustomer


@pytest.mark.evidence
@settings(max_examples=60)
@given(rule_books(SmallCustomer), st.data())
def test_the_words_for_some_classes_mean_just_these(book: RuleBook, data: st.DataObject) -> None:
    """A condition written for classes of an axis, lowered again, allows just these classes."""
    space = Space(book)
    for number, axis in enumerate(space.axes):
        mask = data.draw(st.integers(0, axis.everything)) & axis.everything
        if isinstance(axis.type, SetType) and mask not in (0b010, 0b100):
            continue  # whether a set is known is one question for all of its words
        condition = condition_of(axis, mask)
        boxes = boxes_of(condition, tuple(space.axes), numbers_of(space.axes))
        found = 0
        for box in boxes:
            found |= dict(box).get(number, axis.everything)
        assert found == mask
        assert show_condition(condition)
