"""Do findings look right on a terminal, in JSON, in SARIF, and as annotations of a CI run?"""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath

import pytest

from relmaint.diagnostics import Diagnostic, Related, Severity, Source, Span, diagnostic
from relmaint.diagnostics.codes import CODES
from relmaint.diagnostics.render import (
    FORMAT_VERSION,
    render_github,
    render_json,
    render_sarif,
    render_text,
    summary,
)
from tests.conftest import Golden

BOOK = """\
rules:
  - id: deposit/maturity
    when: amu >= 5 and 客户等级 = key
    do: [maturity-notice]
    because: {zh: 存款到期，请提醒客户, en: due, zh: 再次}
    from: 2026-12-31
    until: 2026-01-01
"""
SOURCE = Source("rules/retail/deposit.yaml", BOOK)


def span_of(text: str, source: Source = SOURCE, nth: int = 1) -> Span:
    """Return the place of the nth occurrence of a text."""
    start = -1
    for _ in range(nth):
        start = source.text.index(text, start + 1)
    return source.span(start, start + len(text))


FINDINGS = [
    diagnostic("unknown-attribute", "unknown attribute `amu`", span_of("amu"), help="did you mean `aum`?"),
    diagnostic("unknown-attribute", "unknown attribute `客户等级`", span_of("客户等级")),
    diagnostic(
        "duplicate-key",
        "the key `zh` stands twice in one mapping",
        span_of("zh", nth=2),
        related=[Related(span_of("zh"), "it stands here first")],
    ),
    diagnostic("missing-translation", "the title of `maturity-notice` has no English", span_of("maturity-notice")),
    Diagnostic("unused-action", "nobody asked", span_of("deposit/maturity"), Severity.INFO),
    diagnostic(
        "empty-period",
        "the period ends before it begins",
        SOURCE.span(BOOK.index("2026-12-31"), BOOK.index("2026-01-01") + 10),
    ),
    diagnostic("cannot-read", "cannot read `rules/gone.yaml`: no such file or directory", None),
]


def shown(text: str, start: int, end: int) -> list[str]:
    """Return the source line and the line below it, as a finding shows them for a stretch of a text."""
    source = Source("a.yaml", text)
    return render_text([diagnostic("bad-value", "wrong", source.span(start, end))]).splitlines()[3:5]


def result(finding: Diagnostic, root: PurePosixPath | None = None) -> dict:
    """Return the only result of a SARIF log."""
    return json.loads(render_sarif([finding], root=root))["runs"][0]["results"][0]


# Text ----------------------------------------------------------------------------------------------------------------


def test_text_matches_the_golden_file(golden: Golden) -> None:
    """All parts of a finding stand where a reader looks for them."""
    golden("diagnostics/findings.txt", render_text(FINDINGS))


def test_color_adds_codes_and_nothing_else() -> None:
    """Without its ANSI codes, the coloured form is the plain one."""
    painted = render_text(FINDINGS, color=True)

    assert "\x1b[1;31merror[unknown-attribute]\x1b[0m" in painted
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == render_text(FINDINGS)


def test_nothing_found_is_nothing_said() -> None:
    """No findings give no text, not even a count."""
    assert render_text([]) == ""


@pytest.mark.parametrize(
    ("severities", "expected"),
    [
        ([], "no findings"),
        (["error"], "1 error"),
        (["warning", "error", "error"], "2 errors, 1 warning"),
        (["info", "info", "warning", "warning"], "2 warnings, 2 infos"),
    ],
)
def test_summary_counts_by_severity(severities: list[str], expected: str) -> None:
    """The last line counts the findings, the worst first."""
    findings = [Diagnostic("bad-value", "wrong", None, Severity(severity)) for severity in severities]

    assert summary(findings) == expected


@pytest.mark.parametrize(
    ("before", "cells"),
    [("abc", 3), ("客户", 4), ("：", 2), ("e\u0301", 1), ("😀", 2), ("\t", 4), ("\x1b", 1), ("\u202e", 1), ("ﾊ", 1)],
)
def test_carets_stand_below_the_place_by_terminal_cells(before: str, cells: int) -> None:
    """Wide, combining and invisible characters before a place do not shift its underline."""
    _, carets = shown(f"{before}amu: 1", len(before), len(before) + 3)

    assert carets == f"  | {' ' * cells}^^^"


def test_wide_characters_are_underlined_over_their_whole_width() -> None:
    """Two carets stand below each Chinese character."""
    assert shown("a: 客户 x", 3, 5) == ["1 | a: 客户 x", "  |    ^^^^"]


def test_an_empty_place_gets_one_caret() -> None:
    """A place between two characters, or at the end of a line, is still shown."""
    assert shown("a: ", 3, 3) == ["1 | a:", "  |    ^"]


def test_a_place_over_several_lines_says_where_it_ends() -> None:
    """The first line is underlined to its end, and the last line is named."""
    assert shown("a: b\nc: d\n", 3, 9) == ["1 | a: b", "  |    ^ … to line 2"]


def test_line_numbers_share_one_gutter() -> None:
    """The bars of a finding and of its related place stand below each other."""
    source = Source("a.yaml", "x\n" * 100)
    far, near = source.span(198, 199), source.span(0, 1)

    lines = render_text([diagnostic("duplicate-key", "twice", far, related=[Related(near, "first")])]).splitlines()

    assert [line.index("|") for line in lines if "|" in line] == [4] * 6


@pytest.mark.parametrize("char", ["x", "长", "\u0301"])
def test_a_long_line_is_cut_to_the_part_that_matters(char: str) -> None:
    """Of a line of a million characters, the place and a little around it are shown."""
    text = char * 500_000 + "amu" + char * 500_000

    line, carets = shown(text, 500_000, 500_003)

    assert "…" in line
    assert "amu" in line
    assert len(line) <= 300
    assert carets.endswith(" ^^^")


def test_a_long_place_is_cut() -> None:
    """A place longer than the screen is underlined as far as it is shown."""
    line, carets = shown("a: " + "x" * 1000 + " # tail", 3, 1003)

    assert line.endswith("x…")
    assert len(carets) == len(line)


def test_text_cannot_steer_the_terminal() -> None:
    """Escape sequences and marks that turn the reading direction are shown as pictures, wherever they come from."""
    evil = "\x1b]0;title\x07\u202e\r\n\x9b"
    source = Source(f"{evil}.yaml", f"a: {evil}")

    text = render_text([diagnostic("bad-value", evil, source.span(3, 5), help=evil)])

    assert not set("\x1b\x07\u202e\r\x9b") & set(text)


def test_a_finding_without_its_text_shows_the_place_alone() -> None:
    """When the source is not at hand, there is no snippet."""
    text = render_text([diagnostic("too-large", "the file is too large", Span("a.yaml", 1, 1, 1, 1))])

    assert text == "error[too-large]: the file is too large\n --> a.yaml:1:1\nhelp: split it\n\n1 error\n"


def test_names_that_no_output_can_carry_are_replaced() -> None:
    """A file name that is not UTF-8 does not keep its findings from being written."""
    finding = diagnostic("too-large", "the file is too large", Span("\udcff.yaml", 1, 1, 1, 1))

    for render in (render_text, render_json, render_sarif, render_github):
        assert render([finding]).encode()


# JSON ----------------------------------------------------------------------------------------------------------------


def test_json_matches_the_golden_file(golden: Golden) -> None:
    """The form that other programs read does not change by accident."""
    golden("diagnostics/findings.json", render_json(FINDINGS))


def test_json_says_its_version() -> None:
    """A reader can tell the form before it reads the findings."""
    assert json.loads(render_json([])) == {"format_version": FORMAT_VERSION, "diagnostics": []}


# SARIF ---------------------------------------------------------------------------------------------------------------


def test_sarif_matches_the_golden_file(golden: Golden) -> None:
    """The log that code-scanning services read does not change by accident."""
    golden("diagnostics/findings.sarif", render_sarif(FINDINGS, version="1.2.3"))


def test_sarif_has_the_structure_that_the_standard_asks_for() -> None:
    """Every result points at its rule by id and index, has a level and a message, and counts columns in code points."""
    log = json.loads(render_sarif(FINDINGS))
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]

    assert (log["version"], run["columnKind"], run["tool"]["driver"]["name"]) == (
        "2.1.0",
        "unicodeCodePoints",
        "relmaint",
    )
    assert len(run["results"]) == len(FINDINGS)
    for entry, finding in zip(run["results"], FINDINGS, strict=True):
        assert rules[entry["ruleIndex"]]["id"] == entry["ruleId"] == finding.code
        assert entry["level"] in {"error", "warning", "note"}
        assert entry["message"]["text"].startswith(finding.message)
        for location in [*entry["locations"], *entry.get("relatedLocations", [])]:
            region = location["physicalLocation"]["region"]
            assert region["startLine"] >= 1
            assert (region["startLine"], region["startColumn"]) <= (region["endLine"], region["endColumn"])


def test_sarif_lists_each_rule_once_in_the_order_of_the_codes() -> None:
    """The same findings in another order give the same rules."""
    backwards = json.loads(render_sarif(reversed(FINDINGS)))["runs"][0]["tool"]["driver"]["rules"]
    found = {finding.code for finding in FINDINGS}

    assert [rule["id"] for rule in backwards] == [name for name in CODES if name in found]


@pytest.mark.parametrize(
    ("path", "root", "uri"),
    [
        ("rules/a.yaml", None, "rules/a.yaml"),
        ("./rules//a.yaml", None, "rules/a.yaml"),
        ("规则/a b.yaml", None, "%E8%A7%84%E5%88%99/a%20b.yaml"),
        ("/repo/rules/a.yaml", PurePosixPath("/repo"), "rules/a.yaml"),
        ("/elsewhere/a.yaml", PurePosixPath("/repo"), "file:///elsewhere/a.yaml"),
        ("<text>", None, "%3Ctext%3E"),
    ],
)
def test_sarif_paths_are_relative_uris(path: str, root: PurePosixPath | None, uri: str) -> None:
    """A log made on one machine points at the same file on another."""
    entry = result(diagnostic("bad-value", "wrong", Span(path, 1, 1, 1, 2)), root)

    assert entry["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}


# GitHub --------------------------------------------------------------------------------------------------------------


def test_github_matches_the_golden_file(golden: Golden) -> None:
    """Each finding is one workflow command."""
    golden("diagnostics/findings.github", render_github(FINDINGS))


def test_github_escapes_what_would_end_a_command() -> None:
    """A name or a message cannot smuggle in a command of its own."""
    finding = diagnostic("bad-value", "100%\n::stop::", Span("a,b:c%.yaml", 1, 2, 1, 3), help="x\r")

    assert render_github([finding]) == (
        "::error file=a%2Cb%3Ac%25.yaml,line=1,col=2,endLine=1,endColumn=3,title=bad-value"
        "::100%25%0A::stop::%0Ahelp: x%0D\n"
    )


def test_github_gives_no_end_column_for_several_lines() -> None:
    """The service takes columns of one line only."""
    line = render_github([diagnostic("bad-value", "wrong", Span("a.yaml", 1, 2, 3, 4))])

    assert "endColumn" not in line


# Sources -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["a\nb\nc", "a\r\nb\r\nc\r\n", "a\rb\rc", "a\nb\u2028\x85\x0b\nc"])
def test_lines_of_a_source_are_those_of_an_editor(text: str) -> None:
    """Only line feeds and carriage returns break lines."""
    source = Source("a.yaml", text)

    assert (source.line(1), source.line(3), source.line(9), source.line(0)) == ("a", "c", "", "")


def test_a_source_gives_the_place_of_a_stretch() -> None:
    """Offsets become lines and columns, across line breaks."""
    source = Source("a.yaml", "ab\r\n存cd\n")

    assert source.span(1, 6) == Span("a.yaml", 1, 2, 2, 3)
    assert source.span(8, 8) == Span("a.yaml", 3, 1, 3, 1)


def test_asking_for_lines_does_not_change_what_a_source_is() -> None:
    """The remembered line breaks take no part in equality."""
    asked, fresh = Source("a.yaml", "a\nb"), Source("a.yaml", "a\nb")
    asked.line(2)

    assert (asked, hash(asked), repr(asked)) == (fresh, hash(fresh), repr(fresh))
