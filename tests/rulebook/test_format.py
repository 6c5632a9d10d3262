"""Does formatting keep the meaning and every comment of a file, and is there one form only?"""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yamllint import linter
from yamllint.config import YamlLintConfig

from relmaint.diagnostics import Source
from relmaint.ir.rules import RuleBook
from relmaint.model.attributes import vocabulary_of
from relmaint.rulebook.comments import comments_of
from relmaint.rulebook.files import book_files
from relmaint.rulebook.load import check_rule_book, parse_rule_book
from relmaint.rulebook.source import compose
from relmaint.rulebook.write import WIDTH, format_text, write_rule_book
from relmaint.testing import rule_books
from relmaint.testing.strategies.noise import Noise
from tests.models import SmallCustomer
from tests.policies.books import MODELS, RULES, model_of

VOCABULARY = vocabulary_of(SmallCustomer)
SEEDS = st.integers(0, 2**32)


def formatted(text: str) -> str:
    """Return the canonical form of a text that YAML can read."""
    result, findings = format_text(text, "book.yaml", VOCABULARY)
    assert not findings
    return result


def noisy(text: str, seed: int, *, with_comments: bool = False) -> tuple[str, list[str]]:
    """Write the same YAML in another way; return it with the comments put in."""
    root, _ = compose(Source("book.yaml", text))
    assert root is not None
    noise = Noise(Random(seed), with_comments)  # noqa: S311  # noise is no secret
    return noise.file(root), noise.comments


# Laws


@given(rule_books(SmallCustomer), SEEDS)
@settings(max_examples=40)
def test_all_ways_to_write_a_book_have_one_canonical_form(book: RuleBook, seed: int) -> None:
    """Law: indentation, quotes, brackets, order of keys, ends of lines and empty lines leave no trace."""
    text = write_rule_book(book)

    assert text == formatted(noisy(text, seed)[0])


@given(rule_books(SmallCustomer), SEEDS)
@settings(max_examples=40)
def test_formatting_keeps_the_meaning_of_a_file_with_comments(book: RuleBook, seed: int) -> None:
    """Load, format, load is the identity, wherever comments stand."""
    text, _ = noisy(write_rule_book(book), seed, with_comments=True)

    assert book == parse_rule_book(formatted(text), customer=SmallCustomer)


@given(rule_books(SmallCustomer), SEEDS)
@settings(max_examples=40)
def test_every_comment_stays_and_the_second_time_nothing_changes(book: RuleBook, seed: int) -> None:
    """Each comment of a file is in its canonical form exactly once, and that form is a fixpoint."""
    text, comments = noisy(write_rule_book(book), seed, with_comments=True)
    once = formatted(text)

    assert dict.fromkeys(comments, 1) == {comment: once.count(comment) for comment in comments}
    assert once == formatted(once)


WORDS = ("rules", "actions", "when", "do", "rows", "tables", "inputs", "tier", "zh", "because", "key", "a", "1", "no")
SIGNS = (*"-:?!&*|>%=~，：[]{}'\"\\", "--", "---", "...", "|-")
SPACES = ("\n", "\n  ", "\n    ", "\n\n", "\r\n", "\t", " ", ", ", ": ", "- ", "# c", " # d\n", " #e", "\u3000")


@given(st.lists(st.sampled_from((*WORDS, *SIGNS, *SPACES, *SPACES)), max_size=40).map("".join))
@settings(max_examples=400)
def test_any_text_is_formatted_or_comes_back(text: str) -> None:
    """Law: any text comes back unchanged with findings, or with all comments in a form that is a fixpoint."""
    once, findings = format_text(text, "book.yaml", VOCABULARY)

    assert (once == text) if findings else (once, []) == format_text(once, "book.yaml", VOCABULARY)
    assert findings or comments_in(text) == comments_in(once)


def comments_in(text: str) -> list[str]:
    """Return the comments of a text that YAML can read, in alphabetical order."""
    root, _ = compose(Source("book.yaml", text))
    assert root is not None
    return sorted(comment.text for comment in comments_of(text, root))


LINT = YamlLintConfig(
    """
    extends: default
    rules:
      document-start: disable
      comments-indentation: disable  # a comment at the end of a block may stand deeper than what follows
      line-length: {max: 120, allow-non-breakable-words: true}
      truthy: {level: error}
      comments: {level: error}
      octal-values: {forbid-implicit-octal: true, forbid-explicit-octal: true}
      quoted-strings: {quote-type: double, required: false}
      empty-values: enable
    """
)


@given(rule_books(SmallCustomer), SEEDS)
@settings(max_examples=30)
def test_yamllint_is_content(book: RuleBook, seed: int) -> None:
    """Law: the canonical form passes yamllint; only what cannot be broken at a space makes a line too long."""
    text, _ = noisy(write_rule_book(book), seed, with_comments=True)
    problems = [problem for problem in linter.run(formatted(text), LINT) if problem.rule != "line-length"]

    assert [] == problems


# Comments

MESSY = """\
# The book of the branch.

# Names come first.
rules:   # all of them
- do: [call,   # first the phone
       visit]  # these two
  # why this rule exists
  id: 'a/1' #short
  when:
    # two parts
    tier   = key and
    streak>=5
  # nothing more to say of this rule
# about the second rule
- {id: b, do: call}  # on one line
# the last words on rules:
# they stand at the margin, so they belong to what follows

book: {name: small, # inside the braces
       version: "1.0"}
# The end.
"""


def test_comments_stay_with_what_they_speak_of() -> None:
    """A comment above a part, behind it, or at the end of a block moves with it."""
    expected = """\
# The book of the branch.

# the last words on rules:
# they stand at the margin, so they belong to what follows

book:
  name: small  # inside the braces
  version: "1.0"

# Names come first.
rules:  # all of them
  # why this rule exists
  - id: a/1  # short
    # two parts
    when: tier = key and streak >= 5
    do:  # these two
      - call  # first the phone
      - visit
    # nothing more to say of this rule

  # about the second rule
  # on one line
  - id: b
    do: [call]

# The end.
"""

    assert expected == formatted(MESSY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rules: [ # nothing yet\n ]\n", "# nothing yet\nrules: []\n"),
        ("rules:\n  - # an item\n    id: a\n", "rules:\n  # an item\n  - id: a\n"),
        ("rules:\n  - id: a\n # not so far in\n", "rules:\n  - id: a\n\n# not so far in\n"),
        ("rules:\n- id: a\n# at the margin\n", "rules:\n  - id: a\n\n# at the margin\n"),
        ("rules:\n- id: a\n # a little in\n", "rules:\n  - id: a\n\n  # a little in\n"),
        (
            "book:\n  version: |-  # behind the bar\n    1 # no comment\n",
            'book:\n  version: "1 # no comment"  # behind the bar\n',
        ),
        ('book:\n  name: "a # b"# close\n', 'book:\n  name: "a # b"  # close\n'),
        ("book:\n  name: a#b\n", "book:\n  name: a#b\n"),
        ("#no space\nbook: {}\n", "# no space\nbook: {}\n"),
        ("#!shebang\n\n##\n#-\nbook: {}\n", "#!shebang\n\n##\n# -\nbook: {}\n"),
        ("--- # the start\nbook: {}\n", "# the start\nbook: {}\n"),
        ("? book # the key\n: {}\n", "book: {}  # the key\n"),
        ("book: # one\n  {} # two\n", "# one\nbook: {}  # two\n"),
        (f"book: {{}} # {'long ' * 24}\n", f"# {'long ' * 24}".rstrip() + "\nbook: {}\n"),
    ],
)
def test_a_comment_in_an_odd_place_finds_a_place(text: str, expected: str) -> None:
    """Comments survive between brackets, behind dashes, bars and question marks, and where they do not fit."""
    assert expected == formatted(text)


# Lines


def test_a_long_condition_is_folded_before_its_joiners() -> None:
    """A condition that is too long for its line goes below its key, and is broken before `and` and `or`."""
    parts = [f"streak = {number}000000000" for number in range(1, 8)]
    text = f"rules:\n  - id: a\n    when: {' or '.join(parts)} and branch is known\n"
    expected = f"""\
rules:
  - id: a
    when: >-
      {" or ".join(parts[:5])}
      or {" or ".join(parts[5:])} and branch is known
"""

    assert expected == formatted(text)
    assert all(len(line) <= WIDTH for line in expected.splitlines())


def test_a_list_of_conditions_stays_a_list() -> None:
    """Conditions of a list are written one below the other, each in its canonical form."""
    text = "rules: [{id: a, when: [tier==key, 非 consent]}]\n"

    assert "rules:\n  - id: a\n    when:\n      - tier = key\n      - consent is not true\n" == formatted(text)


def test_a_list_that_is_too_long_for_its_line_becomes_a_block() -> None:
    """Words stand between brackets when they fit, and one below the other when they do not."""
    words = [f"action-number-{number}" for number in range(9)]
    text = f"rules: [{{id: a, do: [{', '.join(words)}]}}, {{id: b, do: [call, visit]}}]\n"
    block = "".join(f"      - {word}\n" for word in words)

    assert f"rules:\n  - id: a\n    do:\n{block}\n  - id: b\n    do: [call, visit]\n" == formatted(text)


def test_a_long_text_is_folded_and_one_without_spaces_stands_alone() -> None:
    """A text that is too long goes below its key; only what has no space is longer than a line."""
    text = f"book:\n  title: {{zh: {'很' * 130}, en: {'word ' * 40}end}}\n"
    lines = formatted(text).splitlines()

    assert ["book:", "  title:", "    zh: >-", "      " + "很" * 130, "    en: >-"] == lines[:5]
    assert "word " * 40 + "end" == " ".join(line.strip() for line in lines[5:])
    assert all(len(line) <= WIDTH for line in lines[5:])


def test_a_text_of_several_lines_is_written_line_by_line() -> None:
    """Lines of a text stay lines."""
    text = 'book:\n  title: {zh: "一\\n二", en: "one\\n\\n  two\\n"}\n'
    expected = "book:\n  title:\n    zh: |-\n      一\n      二\n    en: |\n      one\n\n        two\n"

    assert expected == formatted(text)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("'no'", '"no"'),
        ("010", '"010"'),
        ("1:30", '"1:30"'),
        ("1e3", '"1e3"'),
        ("~x", "~x"),
        ("2026-01-31", '"2026-01-31"'),
        ("1.10", '"1.10"'),
        ('"plain"', "plain"),
        ("'it''s'", "it's"),
        ('"a: b"', '"a: b"'),
        ('"a # b"', '"a # b"'),
        ('"\\u00a0x"', '"\\xa0x"'),
        ('"say \\"hi\\" \\\\ :"', '"say \\"hi\\" \\\\ :"'),
        ("'- x'", '"- x"'),
        ("-x", "-x"),
        ("'> x'", '"> x"'),
        ("'---'", '"---"'),
    ],
)
def test_a_text_is_quoted_only_where_a_reader_needs_it(written: str, expected: str) -> None:
    """Quotes stand where YAML 1.1, YAML 1.2 or the loader would read something else."""
    assert f"book:\n  version: {expected}\n" == formatted(f"book: {{version: {written}}}\n")


def test_numbers_days_and_truth_values_stay_plain() -> None:
    """Values that every reader of YAML reads alike are not quoted."""
    text = """\
actions:
  "010":
    proactive: 'false'
    base: '-5'
    from: "2026-01-31"

tables:
  - id: t
    inputs: streak
    outputs: [do, contacts_30d]
    default: "2"
    rows: [['5', "010", '1'], ["-", '-', 007]]
"""
    expected = """\
actions:
  "010":
    proactive: false
    base: -5
    from: 2026-01-31

tables:
  - id: t
    inputs: [streak]
    outputs: [do, contacts_30d]
    default: 2
    rows:
      - [5, "010", 1]
      - [-, -, "007"]
"""

    assert expected == formatted(text)


# What cannot be understood


def test_what_is_no_yaml_comes_back_unchanged() -> None:
    """A file that YAML cannot read is not touched, and the findings say why."""
    text = "rules:   # keep me\n  - id: [a\n"
    result, findings = format_text(text, "book.yaml", VOCABULARY)

    assert text == result
    assert ["yaml-syntax"] == [finding.code for finding in findings]


def test_what_the_language_does_not_know_is_kept_as_it_is_written() -> None:
    """Unknown keys come last, and conditions and cells that cannot be read keep their words."""
    text = """\
rules: [{whom: {x: [1, {z: 2}]}, when: salary  > 5, id: a}, just words]
tables: [{rows: [[salary > 5, {a: b}, 3, extra], none], outputs: do, inputs: [tier, pay]}]
other: # comment
"""
    expected = """\
rules:
  - id: a
    when: salary  > 5
    whom:
      x:
        - "1"
        - z: "2"

  - just words

tables:
  - inputs: [tier, pay]
    outputs: [do]
    rows:
      - - salary > 5
        - a: b
        - 3
        - extra
      - none

other:  # comment
"""

    assert expected == formatted(text)


# The shipped books


@pytest.mark.parametrize("book", sorted(path.name for path in RULES.iterdir()))
def test_formatting_changes_no_shipped_book(book: str, tmp_path: Path) -> None:
    """Every shipped book means the same after all of its files are formatted."""
    folder = tmp_path / book
    shutil.copytree(RULES / book, folder)
    model = {"customer": model_of(book)} if book in MODELS else {}
    before = check_rule_book(folder, **model)
    files = book_files(folder)
    assert isinstance(files, list)
    for path in files:
        path.write_text(format_text(path.read_text(encoding="utf-8"))[0], encoding="utf-8")

    assert before.book is not None
    assert before.book == check_rule_book(folder, **model).book
