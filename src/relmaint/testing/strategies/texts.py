"""Which texts put a reader of YAML, or of the language, to the test?"""

from __future__ import annotations

import string
from functools import cache

from hypothesis import strategies as st

from relmaint.text import Text

__all__ = ["AWKWARD", "plain_texts", "reasons", "texts"]

AWKWARD = (
    "no",
    "on",
    "null",
    "~",
    "010",
    "1:30",
    "1e3",
    "-",
    "- item",
    "? key",
    "a: b",
    "a:",
    "a #b",
    "# b",
    "it's",
    'say "hi"',
    "back\\slash",
    "a, b",
    "[1..5)",
    "{x",
    "known",
    "not",
    "和",
    "存款：到期",
    "emoji \N{PARTY POPPER}",
    "tab\there",
    "!tag",
    "&anchor",
    "*alias",
    "%",
    "@at",
    "`tick`",
    "| bar",
    "> fold",
    "--- x",
    "... y",
    "<<",
    "2026-01-31",
    "two\nlines",
    "two\nlines and the end of one\n",
    "a line\n\n  one further in, # and no comment",
    "a trailing space \n and none",
    "a line\nand a tab\there",
    "long " * 30 + "end",
    "long  with  two  spaces " * 8 + "end",
    "很" * 130,
)
"""Texts that YAML, YAML 1.1 or the language itself could misread."""


@cache
def plain_texts() -> st.SearchStrategy[str]:
    """Draw a text of one line that is not blank and has no white space at its ends."""
    letters = st.characters(codec="utf-8", categories=["L", "N", "P", "S"], exclude_characters="{}\ufeff")
    return st.one_of(
        st.sampled_from([text for text in AWKWARD if "{" not in text]),
        st.text(st.one_of(st.sampled_from(string.ascii_letters + " #:-'\"\\,[]&*!|>%@`?="), letters), max_size=20)
        .map(str.strip)
        .filter(bool),
    )


@cache
def texts() -> st.SearchStrategy[Text]:
    """Draw a text in one language or both; a text in one language may be in the other's script."""
    one = plain_texts()
    return st.one_of(
        st.builds(Text, zh=one, en=one),
        st.builds(Text, zh=one),
        st.builds(Text, en=one),
        st.sampled_from([Text("到期", "maturity"), Text(en="maturity")]),
    )


@cache
def reasons(names: tuple[str, ...]) -> st.SearchStrategy[Text]:
    """Draw a `because`: it may hold placeholders and doubled braces."""
    holes = st.sampled_from([f"{{{name}}}" for name in names] + ["{{", "}}"])
    sentence = st.lists(st.one_of(plain_texts(), holes), min_size=1, max_size=3).map(" ".join)
    return st.one_of(texts(), st.builds(Text, zh=sentence, en=sentence))
