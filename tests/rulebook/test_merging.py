"""Do the files of two edits, put together, load as the merged book, in canonical form and with the comments of both?"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from relmaint.diagnostics import Source
from relmaint.engine import Engine
from relmaint.errors import RuleBookError
from relmaint.ir.reference import fires
from relmaint.ir.rules import RuleBook
from relmaint.model.attributes import facts_of, vocabulary_of
from relmaint.rulebook.comments import comments_of
from relmaint.rulebook.load import load_rule_book, parse_rule_book
from relmaint.rulebook.merging import Written, write_merged
from relmaint.rulebook.parts import read_parts
from relmaint.rulebook.source import compose
from relmaint.rulebook.write import format_text, write_rule_book
from relmaint.testing import customers_on_days, rule_books
from relmaint.testing.strategies.noise import Noise
from relmaint.verify.combine import combined
from relmaint.verify.merge import merge
from relmaint.verify.plans import Outcome, Step
from tests.models import SmallCustomer
from tests.verify.test_diff import edited
from tests.verify.test_merge import tidied, wanted

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
    base = draw(rule_books(SmallCustomer))
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
    """The written text is the merged book, in canonical form, however the three texts were written."""
    with tempfile.TemporaryDirectory() as folder:
        book, written = merged((texts[0], noisy(texts[1], seed), noisy(texts[2], seed + 1)), Path(folder))

    text = written.files[""]
    assert loaded(text) == book
    assert format_text(text, "book.yaml", VOCABULARY) == (text, [])


@settings(max_examples=60, deadline=None)
@given(rule_books(SmallCustomer), st.integers(0, 1 << 30), st.integers(0, 2))
def test_no_comment_is_lost_that_a_side_wrote(book: RuleBook, seed: int, alike: int) -> None:
    """Law: of one book with comments of ours and others of theirs, every comment is in what is written."""
    plain = write_rule_book(book)
    assume(loaded(plain) is not None)
    ours, theirs = noisy(plain, seed), noisy(plain, seed + 1)
    base = (plain, ours, theirs)[alike]
    with tempfile.TemporaryDirectory() as folder:
        found, written = merged((base, ours, theirs), Path(folder))

    wanted = {0: comments(ours) | comments(theirs), 1: comments(theirs), 2: comments(ours)}[alike]
    assert found == loaded(plain)
    assert wanted <= comments(written.files[""])


@settings(max_examples=60, deadline=None)
@given(disputes(), st.data())
def test_a_written_merge_plans_what_both_ask_for(texts: tuple[str, str, str], data: st.DataObject) -> None:
    """Law 26: on the reference backend, drawn customers have in the file the plan of before with both changes."""
    books = [loaded(text) for text in texts]
    assert None not in books
    with tempfile.TemporaryDirectory() as folder:
        _, written = merged(texts, Path(folder))
    found = merge(*(book for book in books if book is not None))
    assume(found.is_clean)
    every = [*books, loaded(written.files[""])]
    engines = [Engine(book, backend="reference") for book in every if book is not None]
    for _ in range(5):
        customer, day = data.draw(customers_on_days(data.draw(st.sampled_from(books))))
        assume(all(holds(book, customer, day) for book in books if book is not None))
        plans = [steps_of(engine, customer, day) for engine in engines]

        assert wanted(plans) == []


def holds(book: RuleBook, customer: SmallCustomer, day: date) -> bool:
    """Whether a customer keeps to the assumptions of a book."""
    facts = facts_of(book.vocabulary, customer, day)
    return all(fires(one.always, facts) for one in book.assumptions)


def steps_of(engine: Engine, customer: SmallCustomer, day: date) -> Outcome:
    """Return what a plan comes to."""
    return tuple(
        Step(one.action, one.owner, tuple(one.channel), one.not_before)
        for one in engine.plan(customer, as_of=day).actions
    )


# Examples

HEAD = "book: {name: b, version: 1.0.0, covers: []}\n"
ACTIONS = """actions:
  call: {kind: care, nature: service, title: {zh: 电话, en: call}, precedence: care}
  note: {kind: care, nature: internal, title: {zh: 记录, en: note}, precedence: care}
"""
RULES = """rules:
  - {id: a/1, when: tier = key, do: call}
  - {id: a/2, when: tier = exit, do: call}
  - {id: b, do: note}
"""


def test_an_override_by_prefix_is_written_out_where_it_would_reach_a_new_rule() -> None:
    """Ours overrides all rules of a prefix, theirs adds one: the merged rule names those that ours meant."""
    base = HEAD + ACTIONS + RULES
    ours = base.replace("{id: b, do: note}", "{id: b, do: note, overrides: [a/*]}  # all of a")
    theirs = base.replace("  - {id: b", "  - {id: a/3, when: tier = ordinary, do: call}\n  - {id: b")
    with tempfile.TemporaryDirectory() as folder:
        book, written = merged((base, ours, theirs), Path(folder))

    assert written.anew == (("rules", "b"),)
    assert [rule.overrides for rule in book.rules if rule.id == "b"] == [("a/1", "a/2")]
    assert "  # all of a\n  - id: b\n    do: [note]\n    overrides: [a/1, a/2]\n" in written.files[""]


def test_rows_of_both_sides_keep_their_comments() -> None:
    """A table that both sides edit is put together row by row, each with the comment that stands at it."""
    table = """tables:
  - id: t
    hit: first
    inputs: [tier]
    outputs: [do]
    rows:
      # for key
      - [key, call]
      - [exit, note]  # at the end
"""
    base = HEAD + ACTIONS + table
    ours = base.replace("# for key", "# for key customers").replace("[key, call]", "[key, note]")
    theirs = base.replace("      - [exit", "      # in between\n      - [ordinary, call]\n      - [exit")
    with tempfile.TemporaryDirectory() as folder:
        _, written = merged((base, ours, theirs), Path(folder))

    assert written.files[""].endswith("""    rows:
      # for key customers
      - [key, note]
      # in between
      - [ordinary, call]
      - [exit, note]  # at the end
""")


def test_a_comment_that_one_side_took_away_is_gone() -> None:
    """Ours drops a comment, theirs changes the rule below it: the rule is theirs, the comment gone."""
    base = HEAD + ACTIONS + RULES.replace("  - {id: b", "  # old\n  - {id: b")
    ours = base.replace("  # old\n", "")
    theirs = base.replace("{id: b, do", "{id: b, when: tier = key, do")
    with tempfile.TemporaryDirectory() as folder:
        _, written = merged((base, ours, theirs), Path(folder))

    assert comments(written.files[""]) == set()
    assert "  - id: b\n    when: tier = key\n" in written.files[""]
