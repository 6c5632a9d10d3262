"""Are conditions said as a person of the bank would, in both languages?"""

from __future__ import annotations

import pytest
from hypothesis import given

from relmaint.explain.conditions import condition_text
from relmaint.ir.rules import RuleBook
from relmaint.rulebook.conditions import parse_condition
from relmaint.rulebook.load import default_book_path, load_rule_book
from relmaint.testing import rule_books
from tests.models import SmallCustomer

BOOK = load_rule_book(default_book_path())

SAID = [
    ("always", "for every customer", "对所有客户适用"),
    ("never", "nobody", "没有任何客户"),
    ("age in (60..65)", "age above 60 and below 65", "年龄高于 60 且低于 65"),
    ("age not in [60..65]", "not (age at least 60 and at most 65)", "非（年龄不低于 60 且不高于 65）"),
    ("birth_date < 1990-01-31", "birth date before 1990-01-31", "出生日期早于 1990-01-31"),
    ("age is unknown or age < 20", "age is unknown or age below 20", "年龄未知 或 年龄低于 20"),
    ("tier != key", "marketing tier is not key", "营销分级不为重点维护"),
    (
        "events has unusual-withdrawal",
        "open events include unusual withdrawal or transfer",
        "待处理事件含异常取款或转账",
    ),
    ("vulnerability is not true", "vulnerability: no or unknown", "脆弱客户：否或未知"),
    (
        "(tier = key or age < 20) and not (age = 3 and vulnerability is true)",
        "(marketing tier is key or age below 20); not (age is 3; vulnerability: yes)",
        "（营销分级为重点维护 或 年龄低于 20）；非（年龄为3；脆弱客户：是）",
    ),
]


@pytest.mark.parametrize(("written", "english", "chinese"), SAID)
def test_a_condition_is_said_in_words(written: str, english: str, chinese: str) -> None:
    """Attributes by their labels, words by the terms of the book, bounds and days in words."""
    condition, _ = parse_condition(written, BOOK.vocabulary)
    assert condition is not None

    assert (condition_text(condition, BOOK, "en"), condition_text(condition, BOOK, "zh")) == (english, chinese)


@given(rule_books(SmallCustomer))
def test_conditions_that_differ_are_said_differently(book: RuleBook) -> None:
    """Nothing of a condition is left out: two that are said alike are the same."""
    said = {condition_text(rule.when, book, "en"): rule.when for rule in book.rules}

    assert len(said) == len({rule.when for rule in book.rules})
