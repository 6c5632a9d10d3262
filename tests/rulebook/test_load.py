"""How do files become a rule book, and what is said of files that do not?"""

from __future__ import annotations

import gc
import itertools
import tempfile
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmaint.diagnostics import Diagnostic, Source
from relmaint.diagnostics.codes import CHECKS, CODES
from relmaint.diagnostics.render import render_text
from relmaint.errors import RuleBookError
from relmaint.ir.conditions import ALWAYS, And, Comparison, Interval, Operator, comparisons
from relmaint.ir.reference import compare
from relmaint.ir.rules import (
    DEFAULT_PRECEDENCE,
    Aggregate,
    Effect,
    Guard,
    HitPolicy,
    Notes,
    Row,
    Rule,
    RuleBook,
    Selector,
    Table,
)
from relmaint.model.action import Action, Due, DueUnit, Kind, Nature, Provenance
from relmaint.model.attributes import vocabulary_of
from relmaint.model.customer import Customer
from relmaint.rulebook import Loaded, check_rule_book, default_book_path, load_rule_book, parse_rule_book
from relmaint.rulebook.keys import EFFECT_KEYS, FILE, SECTIONS, Section, Shape
from relmaint.rulebook.nodes import Mapping, Node, Scalar, Sequence
from relmaint.rulebook.overlaps import meeting_rows
from relmaint.rulebook.reading import Reader
from relmaint.rulebook.source import compose
from relmaint.testing.strategies.conditions import cells
from relmaint.text import Text
from tests.conftest import Golden
from tests.models import Happening, SmallCustomer

BOOKS = Path(__file__).parent.parent / "books"
GOOD = sorted((BOOKS / "good").glob("*.yaml"))
BAD = sorted({path.name.partition(".")[0] for path in (BOOKS / "bad").iterdir()})
NOT_OF_THE_LOADER = {
    "uncovered-combination": "relmaint.verify",
    "undecided-combination": "relmaint.verify",
    "merge-conflict": "relmaint.cli.merge_report",
    "bad-record": "relmaint.customers",
    "bad-case": "relmaint.cases",
    "unmet-exception": "relmaint.portfolio.capacity",
    **dict.fromkeys(CHECKS, "relmaint.verify.checks"),
}
"""Codes that other parts of the library find, and which."""

HEADER = "book: {name: test, version: 1.0.0, covers: []}\n"
GREET = "actions: {greet: {kind: care, nature: care, title: Greet, precedence: care}}\n"


def bad_book(code: str) -> Path:
    """Return the bad book of a code: a file, or a folder when it takes more than one."""
    file = BOOKS / "bad" / f"{code}.yaml"
    return file if file.exists() else BOOKS / "bad" / code


def codes(loaded: Loaded) -> list[str]:
    """Return the code of every finding."""
    return [finding.code for finding in loaded.diagnostics]


def findings_of(text: str, customer: type = Customer) -> tuple[Diagnostic, ...]:
    """Return what is found in a book that is one text and has errors."""
    with pytest.raises(RuleBookError) as raised:
        parse_rule_book(text, customer=customer)
    return raised.value.diagnostics


# Good books ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_book_loads_without_a_finding(path: Path) -> None:
    """A good book has no findings, not even warnings."""
    loaded = check_rule_book(path)

    assert loaded.diagnostics == ()
    assert loaded.book is not None


def test_good_books_use_every_key() -> None:
    """Every key of the language stands in some good book, so that no key is untested."""
    used = {use for path in (BOOKS / "good").rglob("*.yaml") for use in _keys_used(path)}
    expected = {(section.name, key.name) for section in SECTIONS for key in section.keys}

    assert expected == used


def _keys_used(path: Path) -> Iterator[tuple[str, str]]:
    root, _ = compose(Source(path.name, path.read_text(encoding="utf-8-sig")))
    assert root is not None
    yield from _keys_in(FILE, root)


def _keys_in(section: Section, node: Node) -> Iterator[tuple[str, str]]:
    sections = {one.name: one for one in SECTIONS}
    inside = {"rules": "rule", "tables": "table", "guards": "guard", "assume": "assumption", "rows": "row"}
    inside |= {"invariants": "invariant", "except": "exception"}
    for key, value in node.entries if isinstance(node, Mapping) else ():
        if key.text not in section.by_name:
            continue
        yield section.name, key.text
        if key.text in set(EFFECT_KEYS):
            yield from _keys_in(sections["selector"], value)
        elif key.text == "checks":
            yield from _keys_in(sections["checks"], value)
        elif section.by_name[key.text].shape is Shape.SELECTION and isinstance(value, Mapping):
            yield from _keys_in(sections["selector"], value)
        elif key.text in inside and isinstance(value, Sequence):
            for item in value.items:
                yield from _keys_in(sections[inside[key.text]], item)
        elif key.text == "actions" and isinstance(value, Mapping):
            for _, action in value.entries:
                yield from _keys_in(sections["action"], action)
        elif section.by_name[key.text].shape is Shape.TEXT:
            yield from _keys_in(sections["text"], value)
        elif key.text in ("book", "ranking"):
            yield from _keys_in(sections[key.text], value)


def test_good_books_use_every_operator_policy_aggregate_and_effect() -> None:
    """Every word with a meaning of its own stands in some good book."""
    books = [load_rule_book(path) for path in GOOD]
    conditions = [rule.when for book in books for rule in book.rules]
    tests = [test for book in books for table in book.tables for row in table.rows for test in row.tests if test]
    tables = [table for book in books for table in book.tables]

    assert {one.operator for condition in conditions for one in comparisons(condition)} == set(Operator)
    assert {test.operator for test in tests} == set(Operator)
    assert {table.hit for table in tables} == set(HitPolicy)
    assert {table.aggregate for table in tables} == {*Aggregate, None}
    assert {guard.effect for book in books for guard in book.guards} == set(Effect)


@pytest.fixture(scope="module")
def every_key() -> RuleBook:
    """Return the good book with every key."""
    return load_rule_book(BOOKS / "good" / "every-key.yaml")


def test_header_and_ranking_are_read(every_key: RuleBook) -> None:
    """The header gives name, version, title and the kinds in their own order; included headers are ignored."""
    assert (every_key.name, every_key.version) == ("every-key", "1.0.0")
    assert every_key.title == Text("全部关键字", "Every key")
    assert every_key.covers == (Kind.DAILY, Kind.SPECIAL)
    assert every_key.precedence == ("first", "second")
    assert every_key.terms["owner"]["branch-manager"] == Text("网点负责人", "branch manager")
    assert list(every_key.terms) == sorted(every_key.terms)
    assert list(every_key.terms["owner"]) == ["branch-manager", "relationship-manager"]


def test_action_is_read(every_key: RuleBook) -> None:
    """Every key of an action lands in its field."""
    expected = Action(
        id="maturity-notice",
        kind=Kind.DAILY,
        nature=Nature.SERVICE,
        title=Text("存款到期提醒", "Deposit maturity notice"),
        content="function",
        methods=("revisit", "tracking"),
        channel=("app", "phone"),
        proactive=False,
        owner="relationship-manager",
        product="deposit",
        product_risk=2,
        precedence="first",
        base=60,
        due=Due(offset=-7, unit=DueUnit.DAY, anchor="deposit_maturity"),
        cadence=Text("每次到期", "at every maturity"),
        purpose=Text("留住存款", "keep the deposit"),
        occasion="deposit-maturity",
        because=Text(
            "还有 {days_to_maturity} 天到期，{{不含}} 今天", "matures in {days_to_maturity} days, {{not}} today"
        ),
        source="S-DR",
        provenance=Provenance.SOURCED,
        valid_from=date(2026, 1, 1),
        valid_until=date(2026, 12, 31),
    )

    assert every_key.actions["maturity-notice"] == expected
    assert str(every_key.action_spans["maturity-notice"]).endswith("every-key.yaml:27:3")


def test_proactive_follows_from_channels_and_nature(every_key: RuleBook) -> None:
    """Unless it says so, an action is proactive when it has channels and is not internal."""
    assert {name: action.proactive for name, action in every_key.actions.items()} == {
        "maturity-notice": False,
        "offer": True,
        "review": False,
        "tidy-up": False,
    }


def test_rules_are_read_in_the_order_of_their_ids(every_key: RuleBook) -> None:
    """Rules are sorted by id, and overrides hold the exact ids that the written names stand for."""
    maturity, *_ = (rule for rule in every_key.rules if rule.id == "deposit/maturity")
    expected = Rule(
        id="deposit/maturity",
        when=And(
            (
                Comparison("preference", Operator.EQ, ("deposit",)),
                Comparison("days_to_maturity", Operator.LE, (7,)),
                Comparison("auto_rollover", Operator.IS_NOT_TRUE),
            )
        ),
        do=("maturity-notice",),
        boost=(("maturity-notice", 10), ("offer", -5)),
        overrides=("deposit/routine", "habit/price", "propose/all#2", "propose/first#1", "propose/first#2"),
        notes=Notes(
            because=Text("到期未转存按活期计息", "a matured deposit without rollover falls to the demand rate"),
            source="S-DR",
            provenance=Provenance.JUDGEMENT,
            owner="retail-policy",
            valid_from=date(2026, 1, 1),
            valid_until=date(2026, 12, 31),
        ),
    )

    assert maturity == expected
    assert [rule.id for rule in every_key.rules] == [
        "base/tidy-up",
        "deposit/maturity",
        "deposit/routine",
        "habit/price",
    ]


def test_a_list_of_conditions_means_all_of_them(every_key: RuleBook) -> None:
    """The items of a `when` list become the parts of one `and`."""
    routine, *_ = (rule for rule in every_key.rules if rule.id == "deposit/routine")

    assert isinstance(routine.when, And)
    assert routine.when.parts[0] == Comparison("preference", Operator.EQ, ("deposit",))
    assert len(routine.when.parts) == 2


def test_rows_are_numbered_where_they_have_no_id(every_key: RuleBook) -> None:
    """A row is called after its table and place unless it has an id, and keeps its place."""
    budget, *_ = every_key.tables
    expected = (
        Row("budget/tier#1", (Comparison("tier", Operator.EQ, ("key",)), None), limits=(4,)),
        Row(
            "budget/tier/exit",
            (Comparison("tier", Operator.EQ, ("exit",)), Comparison("aum", Operator.GE, (Decimal(50000),))),
            limits=(0,),
            notes=Notes(
                Text("退出", "exit tier"), "N4", Provenance.SEED, "retail-policy", date(2026, 1, 1), date(2026, 6, 30)
            ),
        ),
    )

    assert [table.id for table in every_key.tables] == sorted(table.id for table in every_key.tables)
    tier = next(table for table in every_key.tables if table.id == "budget/tier")
    assert tier.rows == expected
    assert (tier.hit, tier.aggregate, tier.default) == (HitPolicy.COLLECT, Aggregate.MIN, 1)
    assert budget.id == "budget/count"


def test_row_proposes_and_boosts(every_key: RuleBook) -> None:
    """The outputs `do` and `boost` land in the row; `-` is nothing."""
    table = next(table for table in every_key.tables if table.id == "propose/all")

    assert table.order == ("review", "offer")
    assert [(row.do, row.boost) for row in table.rows] == [(("review", "offer"), 5), (("review",), -1), ((), 0)]


def test_guards_are_read(every_key: RuleBook) -> None:
    """Each effect of a guard has its own details."""
    expected = {
        "complaint": (Effect.ROUTE, None, "branch-manager", (), None, None),
        "consent/marketing": (Effect.WITHHOLD, None, None, (), None, None),
        "night": (Effect.DEFER, None, None, (), time(9), "contact_hour"),
        "quiet": (Effect.RESTRICT, None, None, ("letter", "app"), None, None),
        "suitability": (Effect.HOLD, "review", None, (), None, None),
    }

    assert expected == {
        one.id: (one.effect, one.needs, one.to, one.channels, one.until, one.clock) for one in every_key.guards
    }


def test_selector_and_notes_of_a_guard_are_read(every_key: RuleBook) -> None:
    """The fields of a selector are sorted, exceptions stand apart, and `until` of a guard that defers is no day."""
    guards: dict[str, Guard] = {guard.id: guard for guard in every_key.guards}

    assert guards["suitability"].select == Selector(
        (("kind", ("special",)), ("product", ("deposit",)), ("product_risk", ("2", "3")))
    )
    assert guards["consent/marketing"].select == Selector((("nature", ("marketing",)),), ("offer",))
    assert guards["consent/marketing"].notes.valid_until == date(2027, 12, 31)
    assert guards["night"].notes == Notes()


def test_defaults_are_filled_in() -> None:
    """A rule without a condition always holds, and a book without a ranking has the default one."""
    book = load_rule_book(BOOKS / "good" / "minimal.yaml")

    assert book.rules[0].when == ALWAYS
    assert book.precedence == DEFAULT_PRECEDENCE
    assert book.covers == tuple(Kind)
    assert book.version == "0.1"


def test_windows_line_ends_and_byte_order_mark_change_nothing() -> None:
    """A file with CRLF and a byte order mark is the same book."""
    written = (BOOKS / "good" / "windows.yaml").read_bytes()
    text = written.decode("utf-8-sig").replace("\r\n", "\n")

    assert b"\r\n" in written
    assert load_rule_book(BOOKS / "good" / "windows.yaml") == parse_rule_book(text)


def test_default_book_is_there_and_loads() -> None:
    """The shipped book has no findings."""
    assert check_rule_book(default_book_path()).diagnostics == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", Due()),
        ("on deposit_maturity", Due(anchor="deposit_maturity")),
        ("within 5 business days", Due(offset=5, unit=DueUnit.BUSINESS_DAY)),
        ("within 1 week", Due(offset=1, unit=DueUnit.WEEK)),
        ("7 days before deposit_maturity", Due(offset=-7, anchor="deposit_maturity")),
        ("1 month before facility_maturity", Due(offset=-1, unit=DueUnit.MONTH, anchor="facility_maturity")),
        ("3 business days after last_contact", Due(offset=3, unit=DueUnit.BUSINESS_DAY, anchor="last_contact")),
        ("2  weeks  after  as_of", Due(offset=2, unit=DueUnit.WEEK)),
        ("0 weeks after last_contact", Due(anchor="last_contact")),
    ],
)
def test_due_date_reads_as(text: str, expected: Due) -> None:
    """Every form of a due date reads as an offset from an anchor."""
    actions = f"actions: {{call: {{kind: care, nature: care, title: Call, precedence: care, due: {text}}}}}\n"
    book = parse_rule_book(f"{HEADER}{actions}rules: [{{id: one, do: call}}]")

    assert expected == book.actions["call"].due


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_collection_is_left_as_it_was(enabled: bool) -> None:
    """Loading rests the garbage collector, and puts it back whatever happens."""
    before = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        load_rule_book(BOOKS / "good" / "minimal.yaml")
        after_success = gc.isenabled()
        findings_of("boook: {}")
        after_failure = gc.isenabled()
    finally:
        (gc.enable if before else gc.disable)()

    assert (after_success, after_failure) == (enabled, enabled)


# Files ---------------------------------------------------------------------------------------------------------------


def write(folder: Path, **files: str) -> Path:
    """Write files; `__` in a name stands for `/`."""
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_files_of_a_folder_are_merged(tmp_path: Path) -> None:
    """All YAML files below a folder make one book; cases and hidden files are left out."""
    write(
        tmp_path,
        book=HEADER,
        deep__er__actions=GREET,
        rules="rules: [{id: one, do: greet}]",
        cases__case="no: book",
        hidden="rules: [{id: two, do: greet}]",
    )
    (tmp_path / "hidden.yaml").rename(tmp_path / ".hidden.yaml")
    (tmp_path / "more.cases.yaml").write_text("no: book", encoding="utf-8")
    (tmp_path / "comment.yaml").write_text("# nothing yet\n", encoding="utf-8")
    (tmp_path / "short.yml").write_text("rules: [{id: three, do: greet}]", encoding="utf-8")

    assert [rule.id for rule in load_rule_book(tmp_path).rules] == ["one", "three"]


def test_order_of_files_and_entries_never_matters(tmp_path: Path) -> None:
    """A book cut into files and shuffled in every way is the same book."""
    rules = [f"  - {{id: r/{number}, do: greet, overrides: r/{number + 1}}}\n" for number in range(3)]
    rules.append("  - {id: r/3, do: greet}\n")
    table = "tables:\n  - {id: t, hit: first, inputs: tier, outputs: do, rows: [[key, greet]]}\n"
    whole = parse_rule_book(f"{HEADER}{GREET}{table}rules:\n{''.join(rules)}")
    orders = itertools.cycle(itertools.permutations([HEADER, GREET, table]))
    for number, (parts, order) in enumerate(zip(itertools.permutations(rules), orders, strict=False)):
        folder = tmp_path / str(number)
        write(folder, a=order[0], b="rules:\n" + "".join(parts[:2]), c=order[1], d="rules:\n" + "".join(parts[2:]))
        write(folder, e=order[2])

        assert load_rule_book(folder) == whole


def test_included_books_are_merged_without_their_header(tmp_path: Path) -> None:
    """What an included folder declares belongs to the book; its header does not."""
    write(
        tmp_path,
        base__book="book: {name: base, version: 0}\n",
        base__actions=GREET,
        own__book=HEADER + "include: ../base\nrules: [{id: one, do: greet}]",
    )

    book = load_rule_book(tmp_path / "own")

    assert (book.name, list(book.actions)) == ("test", ["greet"])


def test_file_that_is_reached_twice_is_read_once(tmp_path: Path) -> None:
    """Two files may include the same third one."""
    write(
        tmp_path,
        base=GREET,
        own__book=HEADER + "include: [../base.yaml, ../other.yaml]",
        own__rules="include: ../base.yaml\nrules: [{id: one, do: greet}]",
        other="include: base.yaml",
    )

    assert check_rule_book(tmp_path / "own").diagnostics == ()


def test_file_that_includes_its_own_folder_is_a_circle(tmp_path: Path) -> None:
    """An include that leads back is an error, however long the way is."""
    write(tmp_path, a=HEADER + "include: .", b__c="include: ..")

    assert codes(check_rule_book(tmp_path / "a.yaml")) == ["include-cycle", "include-cycle"]


def test_folder_without_a_book_is_a_finding(tmp_path: Path) -> None:
    """An empty folder and a path that does not exist are findings without a place."""
    nothing = check_rule_book(tmp_path)
    nowhere = check_rule_book(tmp_path / "nowhere")

    assert codes(nothing) == ["empty-book"]
    assert codes(nowhere) == ["cannot-read"]


def test_text_cannot_include_files() -> None:
    """A book that is one text has no folder to include from."""
    assert [one.code for one in findings_of(HEADER + "include: base.yaml")] == ["cannot-read"]


# Errors --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", BAD)
def test_bad_book_is_explained(code: str, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each bad book has its finding, and what people read of it stays as it is."""
    monkeypatch.chdir(BOOKS / "bad")
    loaded = check_rule_book(bad_book(code).name)

    assert code in codes(loaded)
    golden(f"rulebook/bad/{code}.txt", render_text(loaded.diagnostics))


def test_what_is_wrong_with_invariants_and_checks_is_explained(golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every mistake in `invariants:` and `checks:` is found, each with its place and what to do."""
    monkeypatch.chdir(BOOKS / "more")

    golden("rulebook/more/invariants.txt", render_text(check_rule_book("invariants.yaml").diagnostics))


def test_every_code_of_the_loader_has_a_bad_book() -> None:
    """A finding that no bad book shows is untested."""
    assert set(CODES) - NOT_OF_THE_LOADER.keys() == set(BAD)


@pytest.mark.parametrize("code", BAD)
def test_book_is_there_exactly_when_no_finding_is_an_error(code: str) -> None:
    """Warnings do not stop loading, errors do."""
    loaded = check_rule_book(bad_book(code))
    failed = any(one.severity == "error" for one in loaded.diagnostics)

    assert failed == (loaded.book is None)
    assert failed == (CODES[code].severity == "error")


@pytest.mark.parametrize("code", BAD)
def test_findings_have_places_help_and_order(code: str) -> None:
    """Every finding stands in a line that exists, says what to do, and comes in the order of the text."""
    findings = check_rule_book(bad_book(code)).diagnostics

    assert [one.span for one in findings] == sorted(one.span for one in findings if one.span)
    for one in findings:
        assert one.help
        assert "\n" not in one.message
        assert not one.message.endswith(".")
        assert one.message == one.message[:1].lower() + one.message[1:] or one.message.startswith("YAML")


def test_all_findings_are_in_the_exception() -> None:
    """Loading raises once, with every error and warning of every part."""
    text = f"{HEADER}{GREET}rules: [{{id: one, when: amu > 1, do: gret}}, {{id: one, boots: 1}}]"

    found = [one.code for one in findings_of(text)]

    assert found == ["unused-action", "unknown-attribute", "unknown-action", "duplicate-id", "unknown-key"]


def test_period_of_one_day_is_no_error() -> None:
    """Both ends of a period belong to it, so that it may begin and end on one day."""
    text = f"{HEADER}{GREET}rules: [{{id: one, do: greet, from: 2026-01-01, until: 2026-01-01}}]"

    notes = parse_rule_book(text).rules[0].notes

    assert notes.valid_from == notes.valid_until == date(2026, 1, 1)


BILINGUAL = {
    "the title of the book": "book: {name: b, version: '1', covers: [], title: %s}",
    "a label": f"{HEADER}terms: {{owner: {{teller: %s}}}}",
    "the title of an action": HEADER + GREET.replace("title: Greet", "title: %s"),
    "the cadence of an action": HEADER + GREET.replace("title: Greet", "title: {zh: 问, en: a}, cadence: %s"),
    "the purpose of an action": HEADER + GREET.replace("title: Greet", "title: {zh: 问, en: a}, purpose: %s"),
    "why an action": HEADER + GREET.replace("title: Greet", "title: {zh: 问, en: a}, because: %s"),
    "why a rule": f"{HEADER}rules: [{{id: r, because: %s}}]",
    "why a table": (
        f"{HEADER}tables: [{{id: t, hit: unique, inputs: tier, outputs: contacts_30d, because: %s, rows: [[key, 1]]}}]"
    ),
    "why a row": (
        f"{HEADER}tables: [{{id: t, hit: unique, inputs: tier, outputs: contacts_30d, rows: "
        "[{tier: key, contacts_30d: 1, because: %s}]}]"
    ),
    "why a guard": f"{HEADER}guards: [{{id: g, when: age < 14, withhold: {{nature: care}}, because: %s}}]",
    "why an assumption": f"{HEADER}assume: [{{id: a, always: age >= 18, because: %s}}]",
    "why an invariant": (f"{HEADER}invariants: [{{id: i, never: {{nature: marketing}}, when: age < 14, because: %s}}]"),
    "why an exception": f"{HEADER}checks: {{except: [{{check: gap, at: care, because: %s}}]}}",
}
"""Every place of a text in two languages, each in a book that shows another one in both."""


@pytest.mark.parametrize("place", BILINGUAL)
@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("{zh: 到期提醒, en: maturity notice}", 0),
        ("{zh: VIP, en: VIP}", 0),
        ("{zh: 到期提醒}", 1),
        ("{en: maturity notice}", 1),
        ("maturity notice", 1),
        ("{zh: maturity notice, en: maturity notice}", 1),
        ("{zh: 到期提醒, en: 到期提醒}", 1),
    ],
)
def test_a_missing_translation_is_found_wherever_a_text_stands(place: str, text: str, count: int) -> None:
    """Each text in one language, or twice in the same, is one finding in a book that gives another in both."""
    other = "terms: {channel: {app: {zh: 手机, en: app}}, owner: {teller: {zh: 柜员, en: teller}}}\n"
    book = BILINGUAL[place] % text + ("" if "terms:" in BILINGUAL[place] else f"\n{other}")
    book += (
        "" if "terms:" not in BILINGUAL[place] else "\nassume: [{id: x, always: age > 1, because: {zh: 一, en: a}}]\n"
    )

    found = [one for one in _findings_when_loaded(book) if one.code == "missing-translation"]

    assert count == len(found)


def _findings_when_loaded(text: str) -> tuple[Diagnostic, ...]:
    """Return the warnings of a text that loads."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.yaml"
        path.write_text(text, encoding="utf-8")
        return check_rule_book(path).diagnostics


def test_findings_name_the_text_as_asked() -> None:
    """The path that the caller gives is what findings call the text."""
    with pytest.raises(RuleBookError) as raised:
        parse_rule_book("boook: {}", path="policy.yaml")

    assert str(raised.value).startswith("policy.yaml:1:1: error[missing-key]")


def test_vocabulary_is_the_customers_own() -> None:
    """A book may speak of the attributes of the given model, and of no others."""
    text = f"{HEADER}assume: [{{id: one, always: streak > 1}}]"

    assert parse_rule_book(text, customer=SmallCustomer).assumptions
    assert [one.code for one in findings_of(text)] == ["unknown-attribute"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("a", ["a"]),
        ("t", ["t#1", "t/own"]),
        ("t#1", ["t#1"]),
        ("t#2", ["t/own"]),
        ("t/own", ["t/own"]),
        ("a/*", ["a/b", "a/b/c"]),
        ("me/*", ["me/too"]),
        ("t/*", ["t/own"]),
        ("u/*", ["other", "u/t#2"]),
        ("[a, a/b]", ["a", "a/b"]),
    ],
)
def test_override_means(written: str, expected: list[str]) -> None:
    """An override names a rule, a row by id or place, all rows of a table, or all that begins alike but itself."""
    rules = ", ".join(f"{{id: {name}, do: greet}}" for name in ("a", "a/b", "a/b/c", "me/too"))
    table = "{id: t, hit: first, inputs: tier, outputs: do, rows: [[key, greet], {id: t/own, do: greet}]}"
    other = "{id: u/t, hit: first, inputs: tier, outputs: do, rows: [{id: other, do: greet}, [key, greet]]}"
    text = (
        f"{HEADER}{GREET}tables: [{table}, {other}]\nrules: [{rules}, {{id: me/one, do: greet, overrides: {written}}}]"
    )

    book = parse_rule_book(text)

    assert tuple(expected) == next(rule.overrides for rule in book.rules if rule.id == "me/one")


@pytest.mark.parametrize("written", ["t#0", "t#3", "t#x", "a#1", "b/*", "t#", "#1", "*", "/*"])
def test_override_of_nothing_is_unknown(written: str) -> None:
    """A name that stands for no rule and no row is an error."""
    table = "{id: t, hit: first, inputs: tier, outputs: do, rows: [[key, greet], ['-', greet]]}"
    text = f"{HEADER}{GREET}tables: [{table}]\nrules: [{{id: a, do: greet, overrides: '{written}'}}]"

    assert [one.code for one in findings_of(text)] == ["unknown-rule"]


@given(st.lists(st.lists(st.integers(0, 5), max_size=2), min_size=6, max_size=6))
def test_circles_of_overrides_are_found_exactly(targets: list[list[int]]) -> None:
    """There is a finding exactly for the rules that can reach themselves, and it names all of the circle."""
    rules = [
        f"{{id: r{number}, do: greet, overrides: [{', '.join(f'r{one}' for one in sorted(set(row)))}]}}"
        for number, row in enumerate(targets)
    ]
    loaded = _check(f"{HEADER}{GREET}rules: [{', '.join(rules)}]")
    reach = {number: set(row) for number, row in enumerate(targets)}
    for middle, start in itertools.product(range(6), range(6)):
        reach[start] |= reach[middle] if middle in reach[start] else set()
    expected = {f"r{number}" for number in reach if number in reach[number]}

    named = [set(one.message.split("`")[1::2]) for one in loaded.diagnostics if one.code == "override-cycle"]

    assert expected == set().union(*named)
    assert sum(map(len, named)) == len(expected)


def _check(text: str, customer: type = Customer) -> Loaded:
    """Load a text, with the findings whatever they are."""
    try:
        return Loaded(parse_rule_book(text, customer=customer), ())
    except RuleBookError as error:
        return Loaded(None, error.diagnostics)


_COLUMNS = ("tier", "consent", "contacts_30d", "events")
_SMALL = vocabulary_of(SmallCustomer)
_CUSTOMERS = [
    {"tier": tier, "consent": consent, "contacts_30d": contacts, "events": events}
    for tier in ("key", "ordinary", "exit")
    for consent in (None, False, True)
    for contacts in (None, *range(10))
    for events in (None, *(frozenset(some) for size in range(4) for some in itertools.combinations(Happening, size)))
]


@given(st.lists(st.tuples(*(cells(_SMALL[name]) for name in _COLUMNS)), min_size=2, max_size=5))
def test_rows_are_told_in_the_largest_groups_that_some_customer_matches(
    rows: list[tuple[Comparison | None, ...]],
) -> None:
    """Trying all customers, a group is all that one of them matches, and every two rows that meet are in a group."""
    table = Table(
        "t", HitPolicy.FIRST, _COLUMNS, ("do",), tuple(Row(f"t#{place}", tests) for place, tests in enumerate(rows))
    )
    matched = [{place for place, tests in enumerate(rows) if _matches(tests, facts)} for facts in _CUSTOMERS]
    expected = {pair for places in matched for pair in itertools.combinations(sorted(places), 2)}

    groups = [{int(row.id[2:]) for row in one.rows} for one in meeting_rows(Reader(_SMALL), table)]

    assert expected == {pair for group in groups for pair in itertools.combinations(sorted(group), 2)}
    assert all(group in matched for group in groups)
    assert not any(one <= other for one, other in itertools.permutations(groups, 2))


@given(st.lists(st.tuples(*(cells(_SMALL[name]) for name in _COLUMNS), st.integers(0, 2)), min_size=2, max_size=5))
def test_groups_that_differ_hold_all_rows_that_meet_and_differ(rows: list[tuple[object, ...]]) -> None:
    """Of an `any` table, two rows that some customer matches and whose outputs differ are in a group that is told."""
    table = Table(
        "t",
        HitPolicy.ANY,
        _COLUMNS,
        ("streak",),
        tuple(Row(f"t#{place}", tests, limits=(limit,)) for place, (*tests, limit) in enumerate(rows)),  # type: ignore[arg-type]  # the last is the limit
    )
    matched = [
        {place for place, (*tests, _) in enumerate(rows) if _matches(tuple(tests), facts)}  # type: ignore[arg-type]  # as above
        for facts in _CUSTOMERS
    ]
    limits = [row[-1] for row in rows]
    expected = {
        pair
        for places in matched
        for pair in itertools.combinations(sorted(places), 2)
        if limits[pair[0]] != limits[pair[1]]
    }

    groups = [{int(row.id[2:]) for row in one.rows} for one in meeting_rows(Reader(_SMALL), table, differing=True)]
    told = {pair for group in groups for pair in itertools.combinations(sorted(group), 2)}

    assert expected <= told
    assert all(group in matched and len({limits[place] for place in group}) > 1 for group in groups)


def _matches(tests: tuple[Comparison | None, ...], facts: dict[str, object]) -> bool:
    return all(test is None or compare(test, facts[test.attribute]) is True for test in tests)


def test_rows_that_hold_on_different_days_do_not_meet() -> None:
    """The dates of rows count: one row may follow another in time."""
    text = (
        HEADER + "tables: [{id: t, hit: unique, inputs: tier, outputs: contacts_30d, rows: ["
        "{tier: key, contacts_30d: 1, until: 2026-06-30}, {tier: key, contacts_30d: 2, from: %s}]}]"
    )

    assert parse_rule_book(text % "2026-07-01")
    assert [one.code for one in findings_of(text % "2026-06-30")] == ["overlapping-rows"]


# Hostile books -------------------------------------------------------------------------------------------------------

_KEYS = sorted({key.name for section in SECTIONS for key in section.keys} | {"greet", "tier", "zh", "nowhere", "-"})
_WORD_TEXT = """
- greet tier tier=key tier=kye do contacts_30d first collect 1 -5 1.5 true yes 2026-01-31 2026-02-30 {tier} { 09:00
key [1..5) care service one one/* t#1 客户 ， sum 😀
"""
_WORDS = [*_WORD_TEXT.split(), "", "tier = key", "7 days before last_contact", "\x00", "\ud7ff"]
_TEXTS = st.text(max_size=8) | st.sampled_from(_WORDS)
_TREES: st.SearchStrategy[object] = st.recursive(
    _TEXTS | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=5),
    max_leaves=25,
)


def show(tree: object) -> str:
    """Write a tree as YAML in one line; `None` is a value that was left out."""
    match tree:
        case dict():
            return "{" + ", ".join(f"{show(key)}: {show(value)}" for key, value in tree.items()) + "}"
        case list():
            return "[" + ", ".join(show(item) if item is not None else "~" for item in tree) + "]"
        case None:
            return ""
        case str() if tree.replace("_", "").isalnum() and tree.isascii():
            return tree
        case _:
            return "'" + str(tree).replace("'", "''").replace("\n", " ") + "'"


def assert_told(loaded: Loaded) -> None:
    """Check that there is a book, or else an error with a place."""
    assert (loaded.book is None) == any(one.severity == "error" for one in loaded.diagnostics)
    assert all(one.span for one in loaded.diagnostics)
    assert render_text(loaded.diagnostics) or not loaded.diagnostics


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from([key.name for key in FILE.keys]), _TREES, max_size=5))
def test_any_tree_under_the_known_keys_loads_or_gives_findings(tree: dict[str, object]) -> None:
    """No value of any shape under any key ever raises anything but findings."""
    assert_told(_check(show({"book": {"name": "x", "version": "1"}, **tree})))


def _as_tree(node: Node) -> object:
    match node:
        case Scalar():
            return node.text
        case Sequence():
            return [_as_tree(item) for item in node.items]
        case Mapping():
            return {key.text: _as_tree(value) for key, value in node.entries}


def _good_tree() -> object:
    root, _ = compose(Source("", (BOOKS / "good" / "every-key.yaml").read_text(encoding="utf-8")))
    assert isinstance(root, Mapping)
    tree = _as_tree(root)
    assert isinstance(tree, dict)
    del tree["include"]
    return tree


def _replaced(tree: object, path: list[int], value: object) -> object:
    """Return the tree with the part that a path leads to replaced."""
    if not path or not tree or not isinstance(tree, dict | list):
        return value
    step, rest = path[0] % len(tree), path[1:]
    if isinstance(tree, list):
        return [_replaced(part, rest, value) if place == step else part for place, part in enumerate(tree)]
    return {
        key: _replaced(part, rest, value) if place == step else part for place, (key, part) in enumerate(tree.items())
    }


_GOOD_TREE = _good_tree()


@settings(max_examples=200)
@given(st.lists(st.tuples(st.lists(st.integers(0, 60), min_size=1, max_size=6), _TREES), min_size=1, max_size=3))
def test_a_good_book_with_anything_in_any_place_loads_or_gives_findings(
    changes: list[tuple[list[int], object]],
) -> None:
    """Whatever stands in the place of any part of a good book, there is a book or there are findings."""
    tree = _GOOD_TREE
    for path, value in changes:
        tree = _replaced(tree, path, value)

    assert_told(_check(show(tree)))


def test_good_tree_is_the_good_book(every_key: RuleBook) -> None:
    """The tree that is changed in the law above starts as a book that loads."""
    loaded = _check(show(_GOOD_TREE))

    assert loaded.book is not None
    assert loaded.book.guards == every_key.guards


@pytest.mark.parametrize("text", ["", "   ", "# comment", "[]", "text", "{}", "- a\n- b", "\ufeff", "book:", "\t", "{"])
def test_file_that_is_no_book_gives_findings(text: str) -> None:
    """A file without a book, of whatever shape, gives an error with a place."""
    loaded = _check(text)

    assert loaded.book is None
    assert_told(loaded)


def test_misspelt_names_are_guessed_in_bounded_time() -> None:
    """Guessing stops after some dozens of names; what is unknown is reported all the same."""
    rules = "\n".join(f"  - {{id: r{number}, do: gret{number}}}" for number in range(500))

    found = findings_of(f"{HEADER}{GREET}rules:\n{rules}")

    assert [one.code for one in found].count("unknown-action") == 500


def test_interval_ends_keep_their_types(every_key: RuleBook) -> None:
    """Operands have the types of their attributes, so that money is never a float."""
    books = [every_key, load_rule_book(BOOKS / "good" / "operators.yaml")]
    operands = [
        operand
        for book in books
        for rule in book.rules
        for one in comparisons(rule.when)
        for operand in one.operands
        if one.attribute == "aum"
    ]
    ends = [end for one in operands for end in ((one.low, one.high) if isinstance(one, Interval) else (one,))]

    assert {type(end) for end in ends} == {Decimal}
