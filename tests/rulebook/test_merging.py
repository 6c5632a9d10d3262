"""Do the files of two edits, put together, load as the merged book, in canonical form and with the comments of both?"""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from relmaint.diagnostics import Source
from relmaint.errors import RuleBookError
from relmaint.ir.rules import RuleBook
from relmaint.model.attributes import vocabulary_of
from relmaint.rulebook.comments import comments_of
from relmaint.rulebook.load import load_rule_book, parse_rule_book
from relmaint.rulebook.merging import Written, write_merged
from relmaint.rulebook.parts import read_parts
from relmaint.rulebook.source import compose
from relmaint.rulebook.write import format_text, write_rule_book
from relmaint.verify.combine import combined
from tests.models import SmallCustomer
from tests.noise import Noise
from tests.strategies import rule_books
from tests.verify.test_diff import edited
from tests.verify.test_merge import tidied

VOCABULARY = vocabulary_of(SmallCustomer)


def loaded(text: str) -> RuleBook | None:
    """Load a text as the tests' customer reads it; nothing when it is no valid book."""
    try:
        return parse_rule_book(text, customer=SmallCustomer)
    except RuleBookError:
        return None


def noisy(text: str, seed: int) -> str:
    """Write the same YAML in another way, with comments put in."""
    root, _ = compose(Source("book.yaml", text))
    assert root is not None
    return Noise(Random(seed), with_comments=True).file(root)  # noqa: S311  # noise is no secret


def comments(text: str) -> set[str]:
    """Return the comments of a text."""
    root, _ = compose(Source("book.yaml", text))
    assert root is not None
    return {one.text for one in comments_of(text, root)}


@st.composite
def disputes(draw: st.DrawFn) -> tuple[str, str, str]:
    """Draw the texts of a book and of two edits of it that can be combined."""
    base = draw(rule_books())
    books = [base, tidied(draw(edited(base))), tidied(draw(edited(base)))]
    texts = [write_rule_book(book) for book in books]
    assume(all(loaded(text) is not None for text in texts))
    found = combined(books[0], books[1], books[2])
    assume(not found.clashes and loaded(write_rule_book(found.book)) is not None)
    return texts[0], texts[1], texts[2]


def merged(texts: tuple[str, str, str], folder: Path) -> tuple[RuleBook, Written]:
    """Merge texts as books of one file."""
    paths = []
    for name, text in zip(("base", "ours", "theirs"), texts, strict=True):
        paths.append(folder / f"{name}.yaml")
        paths[-1].write_text(text, encoding="utf-8", newline="")
    base, ours, theirs = (load_rule_book(path, customer=SmallCustomer) for path in paths)
    book = combined(base, ours, theirs).book
    one, two, three = (read_parts(path, VOCABULARY) for path in paths)
    return book, write_merged(folder / "merged.yaml", book, (one, two, three))


@settings(max_examples=80, deadline=None)
@given(disputes(), st.integers(0, 1 << 30))
def test_what_is_written_loads_as_the_merged_book(texts: tuple[str, str, str], seed: int) -> None:
    """Law: the written text is the merged book, in canonical form, however the three texts were written."""
    with tempfile.TemporaryDirectory() as folder:
        book, written = merged((texts[0], noisy(texts[1], seed), noisy(texts[2], seed + 1)), Path(folder))

    text = written.files[""]
    assert loaded(text) == book
    assert format_text(text, "book.yaml", VOCABULARY) == (text, [])
