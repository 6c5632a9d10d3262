"""Does any text at all give nodes or findings, with no exception, no crash and no endless work?"""

from __future__ import annotations

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from relmaint.diagnostics import Source
from relmaint.diagnostics.render import render_github, render_json, render_sarif, render_text
from relmaint.errors import RuleBookError
from relmaint.rulebook import parse_rule_book
from relmaint.rulebook import source as subject
from relmaint.rulebook.source import MAX_DEPTH, MAX_LINE_CHARACTERS, Mapping, Node, Scalar, Sequence, compose

PARSERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]
BOTH = pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.__name__)


def codes(text: str) -> list[str]:
    """Return the codes of the findings about a text."""
    return [finding.code for finding in compose(Source("a.yaml", text))[1]]


def merge_bomb(levels: int) -> str:
    """Return a text that doubles its mappings with every level when merge keys are followed."""
    lines = ["a0: &a0 {k: v}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, levels)]
    return "\n".join(lines)


@BOTH
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 60_000, "too-deep"),
        ("{a: " * 60_000, "too-deep"),
        ("- " * 60_000, "too-deep"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "too-deep"),
        (merge_bomb(9), "yaml-anchor"),
        ("a: &a [x]\nb: [*a, *a]\n", "yaml-anchor"),
        ("a: " + "x" * 10_000_000, "too-large"),
        ("a: \x00", "control-character"),
        ("\x1b[2J: 1", "control-character"),
        ("a: \ud800", "control-character"),
        ("a: x\u2028y", "control-character"),
        ("a: safe \u202e edoc", "control-character"),
        ("a: 1\nb: \ufeff2", "control-character"),
        ('a: "\\0"', "control-character"),
        ("\ta: 1", "yaml-syntax"),
        ("a: '" + "x\n" * 20_000, "yaml-syntax"),
        ('a: "\\UFFFFFFFF"', "yaml-syntax"),
        (f"%YAML {'9' * 5000}.1\n--- a", "yaml-syntax"),
        ("%" * 100_000, "yaml-syntax"),
        ("a: >" + " " * 100_000 + "x", "bare-operator"),
        ("a：\n" * 20_000, "full-width-punctuation"),
        (" " * 100_000 + "a：b\nc: d", "yaml-syntax"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else None,
)
def test_hostile_texts_are_findings(parser: type, text: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bombs, endless lines, deep nesting and control characters each give a finding, and soon."""
    monkeypatch.setattr(subject, "_PARSER", parser)

    found = {finding.code: finding.message for finding in compose(Source("a.yaml", text))[1]}

    assert code in found, found


@BOTH
def test_nesting_up_to_the_limit_is_fine(parser: type, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deepest allowed nesting is composed."""
    monkeypatch.setattr(subject, "_PARSER", parser)

    assert codes("[" * MAX_DEPTH + "]" * MAX_DEPTH) == []


def test_a_line_up_to_the_limit_is_fine() -> None:
    """The longest allowed line is composed."""
    line = "a: " + "x" * (MAX_LINE_CHARACTERS - 3)

    assert [codes(f"{line}\n{extra}") for extra in ("", f"b{line}")] == [[], ["too-large"]]


@BOTH
def test_more_words_than_any_book_has_are_refused(parser: type, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of many small words is not built up in memory without end."""
    monkeypatch.setattr(subject, "_PARSER", parser)
    monkeypatch.setattr(subject, "MAX_PARTS", 100)

    assert [codes("[" + "a," * count + "]") for count in (90, 100)] == [[], ["too-large"]]


def test_floods_of_refusals_are_cheap() -> None:
    """Two thousand refusals of each kind are counted, and twenty told."""
    text = "- != 5\n- &a !b x\n- *a\n- {? [x] : 1}\n- {a: 1, a: 2}\n- \x07\n" * 2000

    findings = compose(Source("a.yaml", text))[1]

    assert len(findings) == 6 * 21


def test_a_flood_of_findings_is_counted() -> None:
    """After twenty findings of one kind, the rest is one finding that says how many."""
    _, findings = compose(Source("a.yaml", "a:\x00\n" * 50))

    assert [finding.code for finding in findings] == ["control-character"] * 21
    assert findings[-1].message == "the same again, 30 times from here on: the character U+0000 is refused"


def test_many_bare_operators_end() -> None:
    """The search for further mistakes stops after a while, with the last one reported as any other."""
    findings = compose(Source("a.yaml", "".join(f"a{n}: >= {n}\n" for n in range(100))))[1]

    assert {finding.code for finding in findings[:20]} == {"bare-operator"}
    assert len(findings) <= 22


PIECES = [
    *(
        "a",
        "b: ",
        "- ",
        "-",
        " ",
        "  ",
        "\n",
        "\n  ",
        "\n- ",
        "[",
        "]",
        "{",
        "}",
        ",",
        ": ",
        ":",
        '"',
        "'",
        "|",
        "|-\n",
    ),
    *(
        ">",
        "> ",
        ">=",
        ">5",
        "!=",
        "!",
        "!!x",
        "&x",
        "*x",
        "<<: ",
        "#",
        " #",
        "---\n",
        "...\n",
        "\t",
        "%",
        "@",
        "`",
        "?",
    ),
    *("? ", "：", "，", "［", "］", "－", "\u3000", "\xa0", "\r", "\r\n", "\x00", "\ud800", "\u2028", "\x85", "\ufeff"),
    *("\\", "\\x", "\\u12", "名", "😀", "when: ", "rows:", "%YAML 1.1\n", "%TAG ! x\n", "~", "=", "kind：d"),
]
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=30).map("".join))


def data(node: Node | None) -> object:
    """Return the data of a tree without its places."""
    match node:
        case Scalar(text):
            return text
        case Sequence(items):
            return [data(item) for item in items]
        case Mapping(entries):
            return [(key.text, data(value)) for key, value in entries]
        case None:
            return None


def check_places(node: Node, text: str) -> None:
    """Check that every place lies inside the text, and that the characters of a text are found where they stand."""
    assert (node.span.line, node.span.column) <= (node.span.end_line, node.span.end_column)
    match node:
        case Scalar():
            for offset, char in enumerate(node.text):
                inner = node.inner(offset, 1)
                if inner != node.span and not char.isspace():
                    assert node.source.line(inner.line)[inner.column - 1] == char
        case Sequence():
            for item in node.items:
                check_places(item, text)
        case Mapping():
            for key, value in node.entries:
                check_places(key, text)
                check_places(value, text)


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.__name__)
@given(text=TEXTS)
@example(text="...\n...\n：:{\u2028\ud800? ")
@example(text="? ，\u2028［\n名［:,\t\n  when: \r\n")
@example(text="? \xa0\u2028'：")
def test_any_text_composes_and_renders(parser: type, text: str) -> None:
    """Any text gives nodes or findings, the places are right, and all forms of output can be written."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subject, "_PARSER", parser)
        root, findings = compose(Source("a.yaml", text))

    assert root is not None or findings
    if root is not None:
        check_places(root, text)
    for render in (render_text, render_json, render_sarif, render_github):
        render(findings).encode()


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="there is no parser in C to compare with")
@given(text=TEXTS)
def test_both_parsers_agree_on_texts_without_findings(text: str) -> None:
    """A book that is fine for one parser reads the same with the other, when that finds nothing either."""
    trees = []
    for parser in PARSERS:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(subject, "_PARSER", parser)
            root, findings = compose(Source("a.yaml", text))
        if findings:
            return
        trees.append(data(root))

    assert trees[0] == trees[1]


@pytest.mark.parametrize("text", ["?", "? ", "- ?", "a:\n ? ", "? # no key\n"])
@BOTH
def test_a_block_without_a_key_lies_inside_the_file(parser: type, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The place of a mapping whose only key is missing ends on a line that the file has."""
    monkeypatch.setattr(subject, "_PARSER", parser)
    with pytest.raises(RuleBookError) as refused:
        parse_rule_book(text)

    spans = [one.span for one in refused.value.diagnostics]
    lines = text.split("\n")
    assert all(one is not None and one.end_line <= len(lines) for one in spans)
    assert all(one is not None and one.end_column <= len(lines[one.end_line - 1]) + 1 for one in spans)
