"""Is just that changed in a file that is to be changed?"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from relmaint.diagnostics import Source
from relmaint.ir.conditions import ALWAYS, And, Comparison, Operator
from relmaint.ir.rules import HitPolicy, RuleBook, Table
from relmaint.rulebook.comments import comments_of
from relmaint.rulebook.edit import Change, NewCondition, NewTable, edited
from relmaint.rulebook.load import parse_rule_book
from relmaint.rulebook.source import compose
from relmaint.rulebook.write import format_text, write_rule_book
from relmaint.testing import rule_books
from relmaint.testing.strategies.conditions import comparisons_of
from relmaint.testing.strategies.noise import Noise
from tests.models import SmallCustomer

HEAD = """\
# what the file is

book: {name: b, version: "1", covers: []}   # the header
actions:
  call: {kind: care, nature: care, title: {zh: 电话, en: call}, channel: phone, precedence: care}
  note: {kind: care, nature: internal, title: {zh: 记录, en: note}, precedence: care}
"""

RULES = """\
rules:
    # about the first
  # and more
  - {id: a, when: tier = key, do: call}   # behind the first

  # about the second
  - id:   b
    do: [ call ]
    when:
      - tier = key    # the tier
      - aum >= 5      # the money
    # at the end of the second


  # about the third
  - id: c
    when: aum  >=  7  # behind the condition
    do: note
# at the end of the list

# above the guards
guards:
- id: g
  when: age < 14
  withhold: {nature: care}
# the last word
"""

TIER = Comparison("tier", Operator.EQ, ("key",))
OLD = Comparison("age", Operator.GE, (60,))


def changed(changes: dict[str, Change], text: str = HEAD + RULES) -> str:
    """Return the file above after some changes."""
    return edited(Source("book.yaml", text), changes, parse_rule_book(text).vocabulary)


def test_a_condition_changes_and_nothing_else() -> None:
    """The statement is written in canonical form with its comments; every other line is as it was."""
    expected = RULES.replace(
        """\
  - id: c
    when: aum  >=  7  # behind the condition
    do: note
""",
        """\
  - id: c
    when: age >= 60  # behind the condition
    do: [note]
""",
    )

    assert HEAD + expected == changed({"c": NewCondition(OLD)})


def test_conditions_of_a_list_stay_as_they_stand() -> None:
    """Of a list of conditions those that stay keep their comments."""
    found = changed({"b": NewCondition(And((Comparison("aum", Operator.GE, (5,)),)))})

    assert "    when:\n      - aum >= 5  # the money\n    do: [call]\n    # at the end of the second\n" in found
    assert "# the tier" not in found


def test_a_statement_goes_with_its_comments() -> None:
    """What stands above, behind and at the end of a statement goes with it, and one gap of the two around it."""
    start, end = RULES.index("  # about the second"), RULES.index("  # about the third")

    assert HEAD + RULES[:start] + RULES[end:] == changed({"b": None})


def test_the_last_statement_of_a_list_goes() -> None:
    """The comment at the end of the list stays."""
    start, end = RULES.index("  # about the third"), RULES.index("# at the end of the list")

    assert HEAD + RULES[:start] + RULES[end:] == changed({"c": None})


def test_the_last_statement_of_a_file_goes_with_the_gap_above() -> None:
    """No empty line is left at the end of the file."""
    text = HEAD + "rules:\n  - {id: a, do: call}\n\n\n  - {id: b, do: note}\n"

    assert HEAD + "rules:\n  - {id: a, do: call}\n" == changed({"b": None}, text)


def test_a_comment_behind_the_dash_of_the_next_statement_is_no_trap() -> None:
    """It would be taken for the end of the statement above; the file is written in canonical form then."""
    text = HEAD + "rules:\n  - id: a\n    do: call\n  -\n    # what b is\n    id: b\n    do: note\n"
    found = changed({"a": NewCondition(OLD)}, text)

    assert [OLD, ALWAYS] == [rule.when for rule in parse_rule_book(found).rules]
    assert "# what b is" in found


def test_several_statements_change_together() -> None:
    """Changes do not get into each other's way."""
    found = parse_rule_book(
        changed({"a": None, "b": NewCondition(TIER), "c": NewCondition(OLD), "g": NewCondition(OLD)})
    )

    assert [("b", TIER), ("c", OLD)] == [(rule.id, rule.when) for rule in found.rules]
    assert [OLD] == [guard.when for guard in found.guards]


def test_the_only_statement_of_a_list_goes() -> None:
    """The list is empty then, and the file in canonical form."""
    found = changed({"g": None})

    assert () == parse_rule_book(found).guards
    assert format_text(found)[0] == found
    assert "# the last word" in found


def test_a_file_between_brackets_is_written_in_canonical_form() -> None:
    """Statements that share a line cannot be told apart by lines."""
    text = HEAD + "rules: [{id: a, when: tier = key, do: call}, {id: b, do: note}]\n"
    found = changed({"a": NewCondition(OLD)}, text)

    assert [OLD, ALWAYS] == [rule.when for rule in parse_rule_book(found).rules]
    assert format_text(found)[0] == found
    assert "# the header" in found


TABLE = """\
tables:
  - id: t
    hit: any
    inputs: [tier, aum, age]
    outputs: [do]
    rows:
      - [key, "-", "-", call]        # first
      - {tier: ordinary, do: call}   # second
      # above the third
      - {tier: exit, age: ">= 60", do: [note]}
"""


def test_rows_cells_and_columns_change() -> None:
    """Rows and columns go, and cells change, in rows of either form, with their comments."""
    text = HEAD + TABLE
    (table,) = parse_rule_book(text).tables
    tests = (Comparison("tier", Operator.IN, ("key", "exit")), Comparison("tier", Operator.EQ, ("exit",)))
    rows = (replace(table.rows[0], tests=tests[:1]), replace(table.rows[2], tests=tests[1:]))
    new = NewTable(table, replace(table, inputs=("tier",), rows=rows), (0, 2))
    expected = """\
tables:
  - id: t
    hit: any
    inputs: [tier]
    outputs: [do]
    rows:
      - ["in (key, exit)", call]  # first
      # above the third
      - {tier: exit, do: note}
"""

    assert HEAD + expected == changed({"t": new}, text)


def smaller(table: Table, places: tuple[int, ...], column: int) -> Table:
    """Return some rows of the table, without a column when it has others and the loader does not compare its rows."""
    rows = tuple(table.rows[place] for place in places)
    if table.hit in (HitPolicy.UNIQUE, HitPolicy.ANY):
        return replace(table, rows=rows)
    if len(table.inputs) == 1:
        return replace(table, rows=(replace(rows[0], tests=(None,)), *rows[1:]))
    inputs = (*table.inputs[:column], *table.inputs[column + 1 :])
    cut = (replace(row, tests=(*row.tests[:column], *row.tests[column + 1 :])) for row in rows)
    return replace(table, inputs=inputs, rows=tuple(cut))


def numbered(book: RuleBook) -> RuleBook:
    """Return the book with the rows that have no id of their own called by their places."""
    tables = [
        replace(
            table,
            rows=tuple(
                replace(row, id=f"{table.id}#{place}") if "#" in row.id else row
                for place, row in enumerate(table.rows, start=1)
            ),
        )
        for table in book.tables
    ]
    return replace(book, tables=tuple(tables))


@settings(max_examples=150)
@given(rule_books(SmallCustomer), st.integers(0, 1 << 32), st.booleans(), st.data())
def test_any_file_holds_the_changed_book(book: RuleBook, seed: int, with_comments: bool, data: st.DataObject) -> None:
    """However a file is written, it holds the changed statements, and no comment of the others is lost."""
    root, _ = compose(Source("book.yaml", write_rule_book(book)))
    assert root is not None
    noise = Noise(Random(seed), with_comments)  # noqa: S311  # noise is no secret
    source = Source("book.yaml", text := noise.file(root))
    was, _ = compose(source)
    assert was is not None
    if len(noise.comments) != len(list(comments_of(text, was))):
        return  # what should be a comment at the end of the file is the last line of a text
    changes: dict[str, Change] = {}
    rules, guards, tables = list(book.rules), list(book.guards), list(book.tables)
    for statements in (rules, guards):
        for place, one in enumerate(list(statements)):
            if data.draw(st.booleans()):
                when = data.draw(comparisons_of(book.vocabulary["aum"]))
                statements[place] = replace(one, when=when)
                changes[one.id] = NewCondition(when)
    for place, table in enumerate(tables):
        named = any(rule.overrides for rule in rules)
        places = tuple(n for n in range(len(table.rows)) if n == 0 or named or data.draw(st.booleans()))
        if data.draw(st.booleans()):
            tables[place] = smaller(table, places, data.draw(st.integers(0, len(table.inputs) - 1)))
            changes[table.id] = NewTable(table, tables[place], places)
    new = replace(book, rules=tuple(rules), guards=tuple(guards), tables=tuple(tables))
    found = edited(source, changes, book.vocabulary)

    assert numbered(new) == parse_rule_book(found, customer=SmallCustomer)
    if not any(isinstance(change, NewTable) for change in changes.values()):
        kept, _ = compose(Source("", found))
        assert kept is not None
        before, after = ([one.text for one in comments_of(*pair)] for pair in ((text, was), (found, kept)))
        assert sorted(before) == sorted(after)
