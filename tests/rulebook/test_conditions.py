"""What do conditions and cells read as, what is said of those that cannot be read, and is the way back exact?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmaint.diagnostics import Diagnostic
from relmaint.ir.conditions import (
    ALWAYS,
    SYNONYMS,
    And,
    Comparison,
    Condition,
    Interval,
    Not,
    Operator,
    Or,
    show_condition,
    show_test,
)
from relmaint.model.attributes import vocabulary_of
from relmaint.rulebook.conditions import MAXIMUM_DEPTH, MAXIMUM_LENGTH, operators_of, parse_condition, parse_test
from relmaint.vocabulary import (
    Attribute,
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    IntegerType,
    SetType,
    TextType,
    Vocabulary,
    step_after,
)
from tests.models import SmallCustomer

VOCABULARY = vocabulary_of(SmallCustomer)


def read(text: str) -> Condition:
    """Read a condition in which nothing is wrong."""
    condition, findings = parse_condition(text, VOCABULARY)
    assert findings == []
    assert condition is not None
    return condition


def read_test(text: str, attribute: str) -> Comparison | None:
    """Read a cell in which nothing is wrong."""
    test, findings = parse_test(text, attribute, VOCABULARY)
    assert findings == []
    return test


def said(findings: list[Diagnostic]) -> list[tuple[str, int, int]]:
    """Return code, first column and end column of each finding."""
    return [(one.code, one.span.column, one.span.end_column) for one in findings if one.span]


def about(attribute: str, operator: Operator, *operands: object) -> Comparison:
    """Return a comparison."""
    return Comparison(attribute, operator, operands)  # type: ignore[arg-type]


KEY = about("tier", Operator.EQ, "key")
RICH = about("aum", Operator.GE, Decimal(50000))
AGREED = about("consent", Operator.IS_TRUE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tier = key", KEY),
        ("tier == key", KEY),
        ("tier=key", KEY),
        ('tier = "key"', KEY),
        ("tier ＝ key", KEY),
        ("tier != key", about("tier", Operator.NE, "key")),
        ("tier ≠ key", about("tier", Operator.NE, "key")),
        ("tier ！＝ key", about("tier", Operator.NE, "key")),
        ("habit = 价格", about("habit", Operator.EQ, "价格")),
        ("habit = no", about("habit", Operator.EQ, "no")),
        ("habit = high-quality", about("habit", Operator.EQ, "high-quality")),
        ("aum >= 50000", RICH),
        ("aum ≥ 5万", RICH),
        ("aum ＞＝ 5 万", RICH),
        ("aum >= 50_000.00", RICH),
        ("aum < 1亿", about("aum", Operator.LT, Decimal(100000000))),
        ("aum ＜ 0.5", about("aum", Operator.LT, Decimal("0.5"))),
        ("aum <= 10%", about("aum", Operator.LE, Decimal("0.1"))),
        ("aum ≤ 10 %", about("aum", Operator.LE, Decimal("0.1"))),
        ("streak > -3", about("streak", Operator.GT, -3)),
        ("maturity >= 2026-01-31", about("maturity", Operator.GE, date(2026, 1, 31))),
        ("branch = 北京", about("branch", Operator.EQ, "北京")),
        ('branch = "unknown"', about("branch", Operator.EQ, "unknown")),
        ('branch = "a \\"b\\" \\\\ c"', about("branch", Operator.EQ, 'a "b" \\ c')),
        ("branch = 010", about("branch", Operator.EQ, "010")),
        ("tier in (key, exit)", about("tier", Operator.IN, "key", "exit")),
        ("tier in （key）", about("tier", Operator.IN, "key")),
        ("tier not in (key, exit)", about("tier", Operator.NOT_IN, "key", "exit")),
        ("streak in (1, 2)", about("streak", Operator.IN, 1, 2)),
        ("streak in [1..5)", about("streak", Operator.INSIDE, Interval(1, 5, high_closed=False))),
        ("streak in ［1..5）", about("streak", Operator.INSIDE, Interval(1, 5, high_closed=False))),
        ("streak in (1..5]", about("streak", Operator.INSIDE, Interval(1, 5, low_closed=False))),
        ("streak in [5..)", about("streak", Operator.INSIDE, Interval(5, None, high_closed=False))),
        ("streak not in [..5]", about("streak", Operator.OUTSIDE, Interval(None, 5))),
        ("streak between 1 and 5", about("streak", Operator.INSIDE, Interval(1, 5))),
        ("streak not between 1 and 5", about("streak", Operator.OUTSIDE, Interval(1, 5))),
        ("tier is known", about("tier", Operator.IS_KNOWN)),
        ("tier is not known", about("tier", Operator.IS_UNKNOWN)),
        ("tier is unknown", about("tier", Operator.IS_UNKNOWN)),
        ("tier is not unknown", about("tier", Operator.IS_KNOWN)),
        ("consent", AGREED),
        ("consent is true", AGREED),
        ("consent is not true", about("consent", Operator.IS_NOT_TRUE)),
        ("not consent", about("consent", Operator.IS_NOT_TRUE)),
        ("consent is false", about("consent", Operator.IS_FALSE)),
        ("consent is not false", about("consent", Operator.IS_NOT_FALSE)),
        ("consent = true", about("consent", Operator.EQ, True)),
        ("consent != false", about("consent", Operator.NE, False)),
        ("events has moved", about("events", Operator.HAS, "moved")),
        ("events lacks off", about("events", Operator.LACKS, "off")),
        ("always", ALWAYS),
        ("never", Or(())),
        ("not tier = key", Not(KEY)),
        ("非 tier = key", Not(KEY)),
        ("not (consent)", Not(AGREED)),
        ("not not consent", Not(about("consent", Operator.IS_NOT_TRUE))),
        ("tier = key and consent", And((KEY, AGREED))),
        ("tier = key 且 consent", And((KEY, AGREED))),
        ("tier = key 并且 consent", And((KEY, AGREED))),
        ("tier = key 和 consent", And((KEY, AGREED))),
        ("tier = key or consent", Or((KEY, AGREED))),
        ("tier = key 或 consent", Or((KEY, AGREED))),
        ("tier = key 或者 consent", Or((KEY, AGREED))),
        ("tier = key and consent and aum >= 5万", And((KEY, AGREED, RICH))),
        ("(tier = key and consent) and aum >= 5万", And((And((KEY, AGREED)), RICH))),
        ("tier = key or consent and aum >= 5万", Or((KEY, And((AGREED, RICH))))),
        ("(tier = key or consent) and aum >= 5万", And((Or((KEY, AGREED)), RICH))),
        ("（tier = key 或 consent）且 aum ≥ 5万", And((Or((KEY, AGREED)), RICH))),
        ("not tier = key and consent", And((Not(KEY), AGREED))),
        ("  ( ( tier = key ) )  ", KEY),
    ],
)
def test_condition_reads_as(text: str, expected: Condition) -> None:
    """Every operator, value and joining word reads as the one thing it means."""
    assert expected == read(text)


@pytest.mark.parametrize(
    ("attribute", "text", "expected"),
    [
        ("tier", "-", None),
        ("tier", "key", KEY),
        ("tier", "= key", KEY),
        ("tier", "not key", about("tier", Operator.NE, "key")),
        ("tier", "非 key", about("tier", Operator.NE, "key")),
        ("tier", "(key, exit)", about("tier", Operator.IN, "key", "exit")),
        ("tier", "key, exit", about("tier", Operator.IN, "key", "exit")),
        ("tier", "in (key, exit)", about("tier", Operator.IN, "key", "exit")),
        ("tier", "not (key, exit)", about("tier", Operator.NOT_IN, "key", "exit")),
        ("tier", "not in (key, exit)", about("tier", Operator.NOT_IN, "key", "exit")),
        ("tier", "unknown", about("tier", Operator.IS_UNKNOWN)),
        ("tier", "is not unknown", about("tier", Operator.IS_KNOWN)),
        ("aum", ">= 5万", RICH),
        ("aum", "≥5万", RICH),
        ("aum", "not < 5万", RICH),
        ("streak", "[1..5)", about("streak", Operator.INSIDE, Interval(1, 5, high_closed=False))),
        ("streak", "(1..5)", about("streak", Operator.INSIDE, Interval(1, 5, low_closed=False, high_closed=False))),
        ("streak", "1..5", about("streak", Operator.INSIDE, Interval(1, 5))),
        ("streak", "between 1 and 5", about("streak", Operator.INSIDE, Interval(1, 5))),
        ("streak", "not 1..5", about("streak", Operator.OUTSIDE, Interval(1, 5))),
        ("streak", "not in [..5)", about("streak", Operator.OUTSIDE, Interval(None, 5, high_closed=False))),
        ("consent", "true", AGREED),
        ("consent", "not true", about("consent", Operator.IS_NOT_TRUE)),
        ("consent", "is not false", about("consent", Operator.IS_NOT_FALSE)),
        ("consent", "= true", about("consent", Operator.EQ, True)),
        ("events", "has moved", about("events", Operator.HAS, "moved")),
        ("events", "not has moved", about("events", Operator.LACKS, "moved")),
        ("maturity", "2026-01-31", about("maturity", Operator.EQ, date(2026, 1, 31))),
        ("branch", "true", about("branch", Operator.EQ, "true")),
    ],
)
def test_cell_reads_as(attribute: str, text: str, expected: Comparison | None) -> None:
    """A cell holds the test of a condition without its attribute, a plain value, a list or an interval."""
    assert expected == read_test(text, attribute)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("condition-syntax", 1, 1)]),
        ("aum", [("condition-syntax", 1, 4)]),
        ("aum 5", [("condition-syntax", 5, 6)]),
        ("aum >", [("condition-syntax", 6, 6)]),
        ("aum => 5", [("condition-syntax", 5, 7)]),
        ("aum >= 10,000", [("condition-syntax", 10, 11)]),
        ("1 <= aum", [("condition-syntax", 1, 2)]),
        ("aum >= 1 <= 5", [("condition-syntax", 10, 12)]),
        ("aum * 2 > 5", [("condition-syntax", 5, 6)]),
        ("tier is key", [("condition-syntax", 9, 12)]),
        ("tier = unknown", [("condition-syntax", 8, 15)]),
        ("tier in key", [("condition-syntax", 9, 12)]),
        ("tier in [key, exit]", [("condition-syntax", 9, 20)]),
        ("tier in (key exit) and teir = x", [("condition-syntax", 14, 18), ("unknown-attribute", 24, 28)]),
        ("tier in ()", [("condition-syntax", 10, 11)]),
        ("streak in [1..5", [("condition-syntax", 16, 16)]),
        ("streak between 1 or 5", [("condition-syntax", 18, 20), ("condition-syntax", 21, 22)]),
        ('branch = "abc', [("condition-syntax", 10, 14)]),
        ("branch = 'abc'", [("condition-syntax", 10, 11)]),
        ("consent AND tier = key", [("condition-syntax", 9, 12)]),
        ("consent tier = key and aum", [("condition-syntax", 9, 13), ("condition-syntax", 24, 27)]),
        ("((consent)", [("condition-syntax", 1, 2)]),
        ("(consent)) and amu > 1", [("condition-syntax", 10, 11), ("unknown-attribute", 16, 19)]),
        ("consent and", [("condition-syntax", 12, 12)]),
        ("amu > 1 and teir = key", [("unknown-attribute", 1, 4), ("unknown-attribute", 13, 17)]),
        ("events = moved", [("wrong-operator", 1, 15)]),
        ("tier > key", [("wrong-operator", 1, 11)]),
        ("aum has 5", [("wrong-operator", 1, 10)]),
        ("aum is true", [("wrong-operator", 1, 12)]),
        ("consent in (true)", [("wrong-operator", 1, 18)]),
        ("branch < b", [("wrong-operator", 1, 11)]),
        ("tier = kye or tier in (key, exot)", [("wrong-constant", 8, 11), ("wrong-constant", 29, 33)]),
        ("aum >= key", [("wrong-constant", 8, 11)]),
        ("aum >= 0.001", [("wrong-constant", 8, 13)]),
        ("streak >= 1.5", [("wrong-constant", 11, 14)]),
        ("streak = 1亿亿亿亿", [("wrong-constant", 10, 15)]),
        ("aum = 1e999999", [("wrong-constant", 7, 15)]),
        ("maturity = 2026-02-30", [("wrong-constant", 12, 22)]),
        ("maturity = 20260228", [("wrong-constant", 12, 20)]),
        ("consent = yes", [("wrong-constant", 11, 14)]),
        ("aum = days_to_maturity", [("wrong-constant", 7, 23)]),
        ("events has gone", [("wrong-constant", 12, 16)]),
        ("contacts_30d > 10", [("out-of-range", 16, 18)]),
        ("contacts_30d in [-1..10]", [("out-of-range", 18, 20), ("out-of-range", 22, 24)]),
        ("streak in [5..1]", [("empty-interval", 11, 17)]),
        ("streak in [1..1)", [("empty-interval", 11, 17)]),
        ("streak in (1..2)", [("empty-interval", 11, 17)]),
        ("streak between 2 and 1", [("empty-interval", 16, 23)]),
        ("aum in (0.01..0.02)", [("empty-interval", 8, 20)]),
        ("maturity in (9999-12-31..9999-12-31]", [("empty-interval", 13, 37)]),
        ("tier in (key，exit)", [("full-width-punctuation", 13, 14)]),
        ("tier in (key、exit)", [("full-width-punctuation", 13, 14)]),
        ("branch = “北京”", [("full-width-punctuation", 10, 14)]),
        ("aum > 10％", [("full-width-punctuation", 7, 10)]),
        ("aum > １０", [("full-width-punctuation", 7, 9)]),
        ("streak in [1…5]", [("full-width-punctuation", 13, 14)]),
        ("tier = key； consent", [("full-width-punctuation", 11, 12), ("condition-syntax", 11, 12)]),
        ("(" * 61 + "consent" + ")" * 61, [("too-deep", 61, 62)]),
        ("not " * 61 + "(consent)", [("too-deep", 241, 244)]),
    ],
)
def test_finding_points_at(text: str, expected: list[tuple[str, int, int]]) -> None:
    """Each mistake is one finding with its own code, and points at exactly the words that are wrong."""
    condition, findings = parse_condition(text, VOCABULARY)

    assert expected == said(findings)
    assert (condition is not None) == all(code == "out-of-range" for code, *_ in expected)


@pytest.mark.parametrize(
    ("attribute", "text", "expected"),
    [
        ("tier", "", [("condition-syntax", 1, 1)]),
        ("tier", "kye, exot", [("wrong-constant", 1, 4), ("wrong-constant", 6, 10)]),
        ("tier", "key exit", [("condition-syntax", 5, 9)]),
        ("tier", "key and exit", [("condition-syntax", 5, 8)]),
        ("tier", "> key", [("wrong-operator", 1, 6)]),
        ("tier", "- key", [("condition-syntax", 1, 2)]),
        ("events", "moved", [("wrong-operator", 1, 6)]),
        ("contacts_30d", ">= 10", [("out-of-range", 4, 6)]),
        ("streak", "5..1", [("empty-interval", 1, 5)]),
        ("tier", "key，exit", [("full-width-punctuation", 4, 5)]),
    ],
)
def test_finding_in_a_cell_points_at(attribute: str, text: str, expected: list[tuple[str, int, int]]) -> None:
    """A mistake in a cell points at the words that are wrong."""
    _, findings = parse_test(text, attribute, VOCABULARY)

    assert expected == said(findings)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amu > 1", "did you mean `aum`?"),
        ("tier = kye", "did you mean `key`?"),
        ("tier = null", "write `tier is unknown`"),
        ("tier is key", "write `tier = key`"),
        ("tier is not key", "write `tier != key`"),
        ("aum => 5", "write `>=`"),
        ("aum 大于 5", "write `>`"),
        ("consent && tier = key", "write `and`"),
        ("tier in (key，exit)", "write `,`"),
        ("branch = “北京”", 'write `"北京"`'),
        ("tier in [key, exit]", "write `(key, exit)`; `[1..5)` is an interval"),
        ("tier = key且aum > 1", "put a space before and behind `且`"),
        ("events = moved", "write `has moved`"),
        ("aum >= 10,000", "write numbers without commas, such as `10000` or `1万`"),
        ("aum > days_to_maturity", "a condition compares with constants only; declare a derived attribute"),
    ],
)
def test_help_says_what_to_write(text: str, expected: str) -> None:
    """The help of a common mistake is the text to write."""
    _, findings = parse_condition(text, VOCABULARY)

    assert (findings[0].help or "").startswith(expected)


def test_comparison_knows_its_place() -> None:
    """A comparison carries the place of its own words, so that an explanation can underline them."""
    condition = read("consent and (tier = key or not consent)")

    assert isinstance(condition, And)
    assert isinstance(condition.parts[1], Or)
    places = [(one.span.column, one.span.end_column) for one in condition.parts[1].parts if one.span]  # type: ignore[union-attr]
    assert places == [(14, 24), (28, 39)]


def test_depth_limit_is_exact() -> None:
    """As many brackets as the limit allows are read."""
    assert read("(" * MAXIMUM_DEPTH + "consent" + ")" * MAXIMUM_DEPTH) == AGREED


def test_length_limit_is_exact() -> None:
    """A text of the greatest length is read, one of a character more is refused."""
    longest = "consent".ljust(MAXIMUM_LENGTH)

    assert read(longest) == AGREED
    assert [one.code for one in parse_condition(longest + " ", VOCABULARY)[1]] == ["too-large"]


def test_findings_of_one_line_have_an_end() -> None:
    """A line that is nothing but mistakes gives a bounded number of findings."""
    _, findings = parse_condition("x = 1 and " * 500, VOCABULARY)

    assert len(findings) == 20


_WORDS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        [*SYNONYMS, "and", "true", "unknown", "-", "a-", "-a", "a--b", "2x", "1..5", "ａ", "·", 'a"b\\', "x\ny"]
    ),
)
_WIDE = Vocabulary(
    {
        "word": Attribute(
            "word", EnumType(("key", "not", "very high", "2x", "价格", "且", "a-", "“x”")), optional=True
        ),
        "fact": Attribute("fact", BooleanType(), optional=True),
        "count": Attribute("count", IntegerType(), optional=True),
        "money": Attribute("money", DecimalType(2), optional=True),
        "day": Attribute("day", DateType(), optional=True),
        "text": Attribute("text", TextType(), optional=True),
        "set_of": Attribute("set_of", SetType(("moved", "in", "off")), optional=True),
    }
)
_VALUES = {
    "word": st.sampled_from(_WIDE["word"].type.values),  # type: ignore[union-attr]
    "fact": st.booleans(),
    "count": st.integers(-(10**17), 10**17),
    "money": st.decimals(-(10**13), 10**13, places=2),
    "day": st.dates(),
    "text": _WORDS,
    "set_of": st.sampled_from(("moved", "in", "off")),
}


@st.composite
def _intervals(draw: st.DrawFn, name: str) -> Interval:
    low, high = (draw(st.none() | _VALUES[name]) for _ in range(2))
    low_closed, high_closed = draw(st.booleans()), draw(st.booleans())
    if low is not None and high is not None:
        low, high = min(low, high), max(low, high)
        least = low if low_closed or low == date.max else step_after(_WIDE[name].type, low)  # type: ignore[arg-type]
        if least > high or (least == high and not high_closed) or (low == date.max and not low_closed):
            low_closed = high_closed = True
    return Interval(low, high, low_closed, high_closed)


@st.composite
def _comparisons(draw: st.DrawFn) -> Comparison:
    name = draw(st.sampled_from(sorted(_WIDE)))
    operator = draw(st.sampled_from(sorted(operators_of(_WIDE[name].type))))
    match operator:
        case Operator.IN | Operator.NOT_IN:
            operands = tuple(draw(st.lists(_VALUES[name], min_size=1, max_size=3)))
        case Operator.INSIDE | Operator.OUTSIDE:
            operands = (draw(_intervals(name)),)
        case _ if operator.value.startswith("is "):
            operands = ()
        case _:
            operands = (draw(_VALUES[name]),)
    return Comparison(name, operator, operands)


def _joined(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    some = st.lists(parts, min_size=2, max_size=4).map(tuple)
    return st.one_of(some.map(And), some.map(Or), parts.map(Not))


_CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    _comparisons() | st.sampled_from([ALWAYS, Or(())]), _joined, max_leaves=8
)


@given(_CONDITIONS)
def test_what_is_written_reads_as_itself(condition: Condition) -> None:
    """Writing a condition and reading it gives the same condition, whatever its operators, types, nesting."""
    text = show_condition(condition)

    assert (condition, []) == parse_condition(text, _WIDE)


@given(_comparisons())
def test_what_is_written_in_a_cell_reads_as_itself(comparison: Comparison) -> None:
    """Writing a comparison as a cell and reading it gives the same comparison."""
    assert (comparison, []) == parse_test(show_test(comparison), comparison.attribute, _WIDE)


_PIECE_TEXT = """
    and or not in between is has lacks known unknown true always never ( ) [ ] , .. = != >= <> ! & word fact count
    money day text set_of key moved 5 10万 2026-01-31 2026-99-99 " "x" ' “ ” ， 。 ： （ ） 且 或 非 １ % -
"""
_PIECES = st.text(max_size=3) | st.sampled_from(_PIECE_TEXT.split())


@settings(max_examples=300)
@given(st.lists(_PIECES, max_size=25).map(" ".join), st.sampled_from(sorted(_WIDE)))
def test_any_text_is_read_or_gives_findings(text: str, attribute: str) -> None:
    """No text whatever raises; a text is read exactly when no finding is an error, and findings lie inside it."""
    for result, findings in (parse_condition(text, _WIDE), parse_test(text, attribute, _WIDE)):
        errors = [one for one in findings if one.severity == "error"]

        assert not (errors and result is not None)
        assert all(one.span and one.span.source for one in findings)
    if not errors and result is None:
        assert text.strip() == "-"


@given(st.text(alphabet="\"\\'“”(( ..x=1万%-", max_size=200))
def test_hostile_characters_are_read_or_give_findings(text: str) -> None:
    """Quotes, escapes and brackets in any order never raise."""
    condition, findings = parse_condition(text, _WIDE)

    assert (condition is None) == any(one.severity == "error" for one in findings)
