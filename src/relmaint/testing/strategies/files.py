"""In how many ways can a rule book be written, and in how many can a file fail to be one?"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from pydantic import BaseModel

from relmaint.diagnostics import Source
from relmaint.ir.rules import RuleBook
from relmaint.model.attributes import vocabulary_of
from relmaint.model.customer import Customer
from relmaint.rulebook.source import compose
from relmaint.rulebook.write import write_rule_book
from relmaint.testing.strategies.arguments import expect_book, expect_model
from relmaint.testing.strategies.noise import Noise
from relmaint.vocabulary import AS_OF, BooleanType, IntegerType

__all__ = ["MalformedBook", "malformed_books", "yaml_texts"]


def yaml_texts(book: RuleBook, *, comments: bool = False) -> st.SearchStrategy[str]:
    """Draw ways to write a rule book that must not matter: order of keys, indentation, quotes, brackets, line ends.

    Args:
        book: the book.
        comments: whether comments stand among it too.

    Raises:
        InvalidArgument: `book` is no rule book.
    """
    root, findings = compose(Source("book.yaml", write_rule_book(expect_book(book))))
    assert root is not None, f"a written book is YAML; please report this: {findings}"
    return st.randoms(use_true_random=False).map(lambda random: Noise(random, comments).file(root))


@dataclass(frozen=True, slots=True)
class MalformedBook:
    """A text that is no rule book, and the code of a diagnostic that says why."""

    text: str
    code: str


@st.composite
def malformed_books(draw: st.DrawFn, model: type[BaseModel] = Customer) -> MalformedBook:
    """Draw texts with one mistake that makes a rule book unusable, each with the code that must be reported.

    For programs that take books from people: every one must end in diagnostics, never in an exception.

    Args:
        model: the customer model that the book is about.

    Raises:
        InvalidArgument: `model` is no customer model.
    """
    vocabulary = vocabulary_of(expect_model(model))
    numbers = [one.name for one in vocabulary.attributes.values() if isinstance(one.type, IntegerType)]
    flags = [one.name for one in vocabulary.attributes.values() if isinstance(one.type, BooleanType)]
    number = draw(st.sampled_from(numbers)) if numbers else None
    flag = draw(st.sampled_from(flags)) if flags else None
    mistakes = [*_STRUCTURE, *((_BOOK.replace("always", when), code) for when, code in _conditions(number, flag))]
    text, code = draw(st.sampled_from(mistakes))
    padding = draw(st.sampled_from(("", "# a comment\n", "\n\n")))
    return MalformedBook(padding + text, code)


_BOOK = """\
book: {name: b, version: 1.0.0, covers: []}
actions:
  note: {kind: care, nature: internal, title: note, precedence: care}
rules:
  - {id: r, when: always, do: [note]}
"""


def _changed(old: str, new: str) -> str:
    assert old in _BOOK, "a mistake is made in the text; please report this"
    return _BOOK.replace(old, new)


_STRUCTURE = (
    ("", "empty-book"),
    (_BOOK + "ruels: []\n", "unknown-key"),
    (_BOOK + "book: {name: c, version: 2.0.0}\n", "duplicate-key"),
    (_changed("do: [note]}", "do: [note]"), "yaml-syntax"),
    (_changed("book:", "\tbook:"), "yaml-syntax"),
    (_changed("book: {", "book: &b {"), "yaml-anchor"),
    (_changed("title: note", "title: !!str note"), "yaml-tag"),
    (_BOOK + "---\n" + _BOOK, "many-documents"),
    (_changed("title: note", "title: \x07note"), "control-character"),
    (_changed("book: {", "book： {"), "full-width-punctuation"),
    (_changed("version: 1.0.0, ", ""), "missing-key"),
    (_changed(", do: [note]", ""), "missing-key"),
    (_changed("kind: care, ", "kind: weekly, "), "bad-value"),
    (_changed("kind: care, ", ""), "missing-key"),
    (_changed("do: [note]", "do: [nothing]"), "unknown-action"),
    (_changed("precedence: care", "precedence: soon"), "unknown-precedence"),
    (_BOOK + "  - {id: r, when: always, do: [note]}\n", "duplicate-id"),
    (_changed("do: [note]", "do: [note], overrides: [s]"), "unknown-rule"),
    (_changed("id: r", "id: 'r s'"), "bad-id"),
    (_changed("title: note", "title: ''"), "empty-text"),
    (_changed("when: always", "from: 2026-02-01, until: 2026-01-01"), "empty-period"),
    (_BOOK.split("actions:", maxsplit=1)[0] + "rules: 5\n", "wrong-type"),
)


def _conditions(number: str | None, flag: str | None) -> list[tuple[str, str]]:
    """Return conditions that cannot be read, about a whole number and a fact that is true or false, if there are."""
    found = [
        (f"{AS_OF} >= ", "condition-syntax"),
        ("(always", "condition-syntax"),
        ("no_such_fact = 1", "unknown-attribute"),
    ]
    if number is not None:
        found += [
            (f"{number} >= many", "wrong-constant"),
            (f"{number} has 3", "wrong-operator"),
            (f"'{number} in [5..2]'", "empty-interval"),
        ]
    return [*found, (f"{flag} < true", "wrong-operator")] if flag is not None else found
