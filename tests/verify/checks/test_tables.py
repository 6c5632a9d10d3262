"""Are rows and columns what `mergeable-rows`, `useless-column` and `misleading-row` say of them, and no others?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from relmaint.ir.conditions import Comparison, Operator
from relmaint.ir.rules import HitPolicy, Row, RuleBook, Table
from relmaint.rank.hits import LAST, boosts_of, limit_of, position
from relmaint.rulebook import parse_rule_book
from relmaint.testing import rule_books
from relmaint.verify.checks import mergeable_rows, misleading_row, useless_column
from relmaint.verify.checks.subject import Subject
from relmaint.verify.cover import bits_of
from relmaint.verify.diff import difference
from relmaint.verify.space import Space
from relmaint.verify.words import condition_of
from relmaint.vocabulary import DateType, DecimalType, IntegerType
from tests.models import SmallCustomer
from tests.verify.checks.books import HEAD, found
from tests.verify.checks.cells import Counting, cells_of
from tests.verify.test_plan_checks import plan_of
from tests.verify.test_plans import cell_of

TRY = settings(max_examples=60)
BOOKS_WITH_TABLES = rule_books(SmallCustomer).filter(lambda book: bool(book.tables))


def with_table(book: RuleBook, table: Table) -> RuleBook:
    """Return the book with a table in the place of the one of the same id; its rows are overridden like their first."""
    old = next(one for one in book.tables if one.id == table.id)
    new = {row.id for row in table.rows} - {row.id for row in old.rows}
    rules = tuple(
        replace(rule, overrides=(*rule.overrides, *(one for one in new if one.removesuffix("+") in rule.overrides)))
        for rule in book.rules
    )
    tables = tuple(table if one.id == table.id else one for one in book.tables)
    return replace(book, rules=rules, tables=tables)


@TRY
@given(BOOKS_WITH_TABLES)
def test_rows_that_are_merged_change_no_plan(book: RuleBook) -> None:
    """With the one row in the place of the others, no customer's plan changes, whichever mergers are made."""
    merged = book
    for merger in mergeable_rows.mergers(Subject(book)):
        here = next(one for one in merged.tables if one.id == merger.table.id)
        assert difference(book, merger.applied(book)).regions == ()
        merged = replace(merger, table=here).applied(merged)

    assert difference(book, merged).regions == ()


LISTS = (Operator.IN, Operator.NOT_IN)


def is_ordered(book: RuleBook, test: Comparison) -> bool:
    """Whether a test is about numbers or days."""
    return isinstance(book.vocabulary[test.attribute].type, IntegerType | DecimalType | DateType)


def cuts(book: RuleBook) -> Iterator[tuple[Table, Row, int, list[Comparison]]]:
    """Yield the rows of a book with a column whose test can be cut in two, and the two tests.

    Lists of numbers or days are left out: two stretches of such a list are no list any more.
    """
    subject = Subject(book)
    for table in book.tables:
        for row in table.rows:
            for column, test in enumerate(row.tests):
                if test is None or (test.operator in LISTS and is_ordered(book, test)):
                    continue
                boxes = subject.space.boxes(test) if subject.numbers["row", row.id] else []
                for axis, mask in boxes[0] if boxes else ():
                    classes = list(bits_of(mask))
                    for at in range(1, len(classes)):
                        masks = (sum(1 << class_ for class_ in some) for some in (classes[:at], classes[at:]))
                        parts = [condition_of(subject.axes[axis], one) for one in masks]
                        tests = [part for part in parts if isinstance(part, Comparison)]
                        if len(tests) == 2:
                            yield table, row, column, tests


@TRY
@given(BOOKS_WITH_TABLES, st.integers(0, 1 << 30))
def test_a_row_that_was_cut_in_two_is_found(book: RuleBook, seed: int) -> None:
    """A row whose test was cut in two is found as rows that could be one, unless that would change a plan."""
    found = list(cuts(book))
    for table, row, column, tests in Random(seed).sample(found, min(2, len(found))):
        two = [
            replace(row, id=name, tests=(*row.tests[:column], test, *row.tests[column + 1 :]))
            for name, test in zip((row.id, f"{row.id}+"), tests, strict=True)
        ]
        place = table.rows.index(row)
        cut = with_table(book, replace(table, rows=(*table.rows[:place], *two, *table.rows[place + 1 :])))

        subject = Subject(cut)
        if not all(subject.numbers["row", one.id] for one in two):
            continue  # the dates of the table leave nobody to one of them
        told = [{one.id for one in merger.rows} for merger in mergeable_rows.mergers(subject)]
        changes = table.hit is HitPolicy.RULE_ORDER and not difference(cut, book).is_empty

        assert changes or any({row.id, f"{row.id}+"} & ids for ids in told)


def said(table: Table, counting: Counting) -> object:
    """Return what a table says in one cell; who overrides it, and why it says so, included."""
    hits = counting.hits(table)
    rows = [row for _, row in hits]
    limits = tuple(limit_of(table, column, rows)[0] for column in range(len(table.limits)))
    points: Counter[str] = Counter()
    for name, _, boost in boosts_of(table, rows) if "boost" in table.outputs else ():
        points[name] += boost
    places = {
        name: min(position(table, place, name) for place, row in hits if name in row.do)
        for row in rows
        for name in row.do
    }
    return limits, places, +points, -points, {(name, row.notes.because) for row in rows for name in row.do}


@pytest.mark.evidence
@TRY
@given(BOOKS_WITH_TABLES, st.integers(0, 1 << 30))
def test_a_column_is_useless_just_when_no_cell_tells(book: RuleBook, seed: int) -> None:
    """Trying cells: without a column that is found the table says the same everywhere, without another it does not."""
    for table in book.tables:
        alone = replace(book, rules=(), guards=(), tables=(table,), invariants=())
        findings = list(useless_column.find(Subject(alone)))
        useless = {re.findall(r"column `(.*?)`", one.message)[0] for one in findings if one.code == "useless-column"}
        assume(len(useless) == len(findings))
        for column, name in enumerate(table.inputs):
            less = useless_column.without_column(alone, table.id, column)
            space = Space(alone, less)
            cells, whole = cells_of(space, seed)
            same = all(
                said(table, Counting(space.programs[0], cell))
                == said(less.tables[0], Counting(space.programs[1], cell))
                for cell in cells
            )

            assert same or name not in useless
            assert name in useless or not same or not whole


@TRY
@given(BOOKS_WITH_TABLES)
def test_a_useless_column_can_be_dropped(book: RuleBook) -> None:
    """Without a column that is found no customer's plan changes."""
    for one in useless_column.find(Subject(book)):
        if one.code == "useless-column":
            table = next(table for table in book.tables if table.id == one.at)
            column = table.inputs.index(re.findall(r"column `(.*?)`", one.message)[0])

            assert difference(book, useless_column.without_column(book, table.id, column)).regions == ()


@TRY
@given(BOOKS_WITH_TABLES, st.data())
def test_a_column_that_tells_nothing_apart_is_found(book: RuleBook, data: st.DataObject) -> None:
    """A column of which each row is there once for each value is found; the number of a row must not count."""
    table = data.draw(st.sampled_from(book.tables))
    free = [name for name in ("consent",) if name in book.vocabulary and name not in table.inputs]
    if not free or table.hit is HitPolicy.RULE_ORDER:
        return
    doubled = tuple(
        replace(row, id=name, tests=(*row.tests, Comparison(free[0], operator)))
        for row in table.rows
        for name, operator in ((row.id, Operator.IS_TRUE), (f"{row.id}+", Operator.IS_NOT_TRUE))
    )
    planted = with_table(book, replace(table, inputs=(*table.inputs, free[0]), rows=doubled))

    told = [one.message for one in useless_column.find(Subject(planted)) if one.at == table.id]

    assert any(f"column `{free[0]}`" in one for one in told)


# Misleading rows -----------------------------------------------------------------------------------------------------


def columns_of(row: Row) -> set[str]:
    """Return the columns that a row tests."""
    return {test.attribute for test in row.tests if test is not None}


@TRY
@given(BOOKS_WITH_TABLES, st.integers(0, 1 << 30))
def test_a_general_row_that_wins_is_told(book: RuleBook, seed: int) -> None:
    """Trying cells: a more general row that counts beside a more specific one, which counts elsewhere, misleads."""
    subject = Subject(book)
    findings = list(misleading_row.find(subject))
    told = {one.at for one in findings if one.code == "misleading-row"}
    cells, _ = cells_of(subject.space, seed)
    counting = [Counting(subject.program, cell) for cell in cells]
    for table in book.tables:
        if table.hit not in (HitPolicy.FIRST, HitPolicy.PRIORITY):
            continue
        hits = [(one, one.hits(table)) for one in counting]
        counts = {row.id for _, rows in hits for _, row in rows}
        for one, rows in hits:
            for _, winner in rows:
                lost = [row for row in table.rows if row.id in one.matched and row.id != winner.id]
                general = any(columns_of(winner) < columns_of(row) and row.id in counts for row in lost)
                assert not general or winner.id in told or len(told) < len(findings)


@pytest.mark.evidence
@TRY
@given(BOOKS_WITH_TABLES, st.integers(0, 1 << 30))
def test_what_misleads_does_so_for_the_customers_shown(book: RuleBook, seed: int) -> None:
    """For the customers shown the general row counts beside a specific one, or the plan is not in the table's order."""
    random = Random(seed)  # reproducible on purpose
    subject = Subject(book)
    rows = {row.id: (table, row) for table in book.tables for row in table.rows}
    for one in misleading_row.find(subject):
        if one.region is None:
            continue
        table, row = rows[one.at]
        cell = cell_of(one.region, random)
        counting = Counting(subject.program, cell)
        if table.hit in (HitPolicy.FIRST, HitPolicy.PRIORITY):
            assert [row] == [hit for _, hit in counting.hits(table)]
            assert any(columns_of(row) < columns_of(other) and other.id in counting.matched for other in table.rows)
        else:
            first, then = one.message.split("`")[3:6:2]
            planned = [step.action for step in plan_of(subject, cell)]
            places = {
                name: min(
                    position(table, place, name)
                    for place, hit in counting.hits(table)
                    if name in hit.do and not counting.overriders(hit.id)
                )
                for name in (first, then)
            }
            assert planned.index(then) < planned.index(first)
            assert places[first] < places[then]


@TRY
@given(BOOKS_WITH_TABLES, st.integers(0, 1 << 30))
def test_plans_against_the_order_of_a_table_are_told(book: RuleBook, seed: int) -> None:
    """Trying cells: two actions that are planned against the order in which a table puts them are told."""
    subject = Subject(book)
    findings = list(misleading_row.find(subject))
    told = {tuple(one.message.split("`")[3:6:2]) for one in findings if one.code == "misleading-row"}
    assume(all(one.code == "misleading-row" for one in findings))
    cells, _ = cells_of(subject.space, seed, 40)
    for cell in cells:
        counting = Counting(subject.program, cell)
        planned = [step.action for step in plan_of(subject, cell)]
        for table in book.tables:
            if table.hit not in (HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER):
                continue
            places: dict[str, int] = {}
            for place, row in counting.hits(table):
                for name in row.do if not counting.overriders(row.id) else ():
                    places[name] = min(places.get(name, LAST), position(table, place, name))
            for first, then in permutations(places.keys() & set(planned), 2):
                against = places[first] < places[then] and planned.index(then) < planned.index(first)
                assert not against or (first, then) in told


# Books ---------------------------------------------------------------------------------------------------------------

TABLE = "tables: [{id: t, hit: %s, inputs: [tier, aum], outputs: [do], rows: [%s]}]"
ORDER = "tables: [{id: t, hit: %s, order: [%s], inputs: [tier, aum], outputs: [do], rows: [%s]}]"
POINTS = "tables: [{id: t, hit: collect, aggregate: %s, inputs: [tier, aum], outputs: [do, boost], rows: [%s]}]"

BAD = (
    (
        "mergeable-rows",
        TABLE % ("first", '[key, ">= 5", note], [key, "[2..5)", note], [ordinary, ">= 5", note]'),
        "the rows `t#1` and `t#2` say the same but for `aum`: one row with `aum >= 2` does",
    ),
    (
        "mergeable-rows",
        TABLE % ("unique", '[key, ">= 5", note], [exit, "< 2", call], [ordinary, ">= 5", note]'),
        "the rows `t#1` and `t#3` say the same but for `tier`: one row with `tier in (key, ordinary)` does",
    ),
    (
        "mergeable-rows",
        TABLE % ("first", '[key, ">= 5", note], ["-", ">= 5", note]'),
        "the rows `t#1` and `t#2` say the same but for `tier`: one row with `-` does",
    ),
    (
        "mergeable-rows",
        POINTS % ("sum", '[key, ">= 5", note, 3], [ordinary, ">= 5", note, 3]'),
        "the rows `t#1` and `t#2` say the same but for `tier`: one row with `tier in (key, ordinary)` does",
    ),
    (
        "mergeable-rows",
        POINTS % ("max", '[key, ">= 5", note, 3], [key, "[3..9)", note, 3]'),
        "the rows `t#1` and `t#2` say the same but for `aum`: one row with `aum >= 3` does",
    ),
    (
        "mergeable-rows",
        TABLE % ("unique", '["-", "< 5", note], ["-", ">= 9", note]'),
        "the rows `t#1` and `t#2` say the same but for `aum`: one row with `aum not in [5..9)` does",
    ),
    (
        "mergeable-rows",
        TABLE % ("unique", '["-", 7, note], [key, 5, call], ["-", 3, note]'),
        "the rows `t#1` and `t#3` say the same but for `aum`: one row with `aum in (3, 7)` does",
    ),
    (
        "misleading-row",
        ORDER % ("priority", "note, call", '[key, ">= 3", call], ["-", ">= 5", note]'),
        "the row `t#2` is more general than `t#1`, and wins for some customers who meet both: "
        "it has the more important action",
    ),
    (
        "misleading-row",
        ORDER % ("output order", "offer, call", '[key, ">= 3", call], ["-", ">= 5", offer]'),
        "the row `t#2` puts `offer` before `call`, and plans have `call` first: its precedence class `care` is higher",
    ),
    (
        "misleading-row",
        TABLE % ("rule order", '["-", ">= 5", note], [key, ">= 3", call]') + "\nrules: [{id: r, boost: {call: 9}}]",
        "the row `t#1` puts `note` before `call`, and plans have `call` first: its score is higher",
    ),
    (
        "useless-column",
        TABLE % ("first", '["-", ">= 5", note], ["-", "-", call]'),
        "the column `tier` of the table `t` tests nothing: every row has `-`",
    ),
    (
        "useless-column",
        TABLE % ("unique", '[is known, ">= 5", note], [is unknown, ">= 5", note]'),
        "nothing that the table `t` says depends on its column `tier`",
    ),
    (
        "useless-column",
        "assume: [{id: a, always: aum >= 5 or aum is unknown}]\n"
        + TABLE % ("first", '[key, ">= 5", note], [exit, "-", call], [key, unknown, note]'),
        "nothing that the table `t` says depends on its column `aum`",
    ),
)

GOOD = (
    ("mergeable-rows", TABLE % ("first", '[key, ">= 5", note], [exit, "< 2", call], [ordinary, ">= 5", note]')),
    ("mergeable-rows", TABLE % ("unique", '[key, "[5..9)", note], [key, "< 3", note]')),
    ("mergeable-rows", TABLE % ("unique", '[key, ">= 5", note], [unknown, ">= 5", note]')),
    ("mergeable-rows", TABLE % ("unique", '[key, "[3..5)", note], [key, "[7..9)", note]')),
    ("mergeable-rows", POINTS % ("sum", '[key, ">= 5", note, 3], [key, "[3..9)", note, 3]')),
    (
        "mergeable-rows",
        TABLE % ("unique", '[key, ">= 5", note], [ordinary, ">= 5", note]')
        + "\nrules: [{id: r, when: aum > 9, do: call, overrides: 't#1'}]",
    ),
    ("misleading-row", TABLE % ("first", '[key, ">= 3", call], ["-", ">= 5", note]')),
    ("misleading-row", TABLE % ("first", '["-", ">= 5", note], [key, ">= 5", call]')),
    ("misleading-row", TABLE % ("first", '["-", ">= 5", note], [key, "< 5", call]')),
    ("misleading-row", ORDER % ("output order", "call, offer", '[key, ">= 3", call], ["-", ">= 5", offer]')),
    ("misleading-row", TABLE % ("rule order", '["-", ">= 5", call], [key, ">= 3", note]')),
    (
        "misleading-row",
        TABLE % ("rule order", '[key, "-", offer], [ordinary, "-", call]') + "\nrules: [{id: r, do: call}]",
    ),
    (
        "misleading-row",
        TABLE % ("rule order", '["-", "-", offer], [key, "-", call]')
        + "\nrules: [{id: r, do: call}, {id: s, when: tier = key, do: note, overrides: 't#2'}]",
    ),
    ("useless-column", TABLE % ("unique", '[key, ">= 5", note], [ordinary, ">= 5", note], [exit, ">= 5", note]')),
    ("useless-column", POINTS % ("sum", '[key, ">= 5", note, 3], ["-", ">= 5", note, 3]')),
)


@pytest.mark.parametrize(("code", "text", "message"), BAD)
def test_a_bad_book_has_one_finding(code: str, text: str, message: str) -> None:
    """The finding names the rows or the column, and what is so of them."""
    assert [message] == [one for _, _, one in found(code, text)]


@pytest.mark.parametrize(("code", "text"), GOOD)
def test_a_good_book_has_none(code: str, text: str) -> None:
    """Rows that are not one, columns that matter, and rows in their places are none."""
    assert [] == found(code, text)


@pytest.mark.parametrize("text", [text for code, text, _ in BAD if code == "mergeable-rows"])
def test_the_row_that_is_proposed_can_be_written(text: str) -> None:
    """The row that the help names is read back as the row that was meant."""
    (merger,) = mergeable_rows.mergers(Subject(parse_rule_book(HEAD + text)))
    head, _, _ = text.partition("rows: [")
    written = parse_rule_book(f"{HEAD}{head}rows: [{mergeable_rows.shown(merger.table, merger.merged)}]}}]")
    (row,) = written.tables[0].rows

    assert (merger.merged.tests, merger.merged.do, merger.merged.boost) == (row.tests, row.do, row.boost)
