"""Does YAML become nodes with the right places, and does every mistake get its name and its correction?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from relmaint.diagnostics import Diagnostic, Source, Span
from relmaint.rulebook import source as subject
from relmaint.rulebook.source import Mapping, Node, Scalar, Sequence, compose, read_source

PARSERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]


@pytest.fixture(params=PARSERS, ids=lambda parser: parser.__name__, autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test with the parser in Python, and with the one in C where there is one."""
    monkeypatch.setattr(subject, "_PARSER", request.param)


def plain(node: Node | None) -> object:
    """Return the data of a tree without its places."""
    match node:
        case Scalar(text):
            return text
        case Sequence(items):
            return [plain(item) for item in items]
        case Mapping(entries):
            return {key.text: plain(value) for key, value in entries}
        case None:
            return None


def read(text: str) -> object:
    """Compose a text in which nothing is wrong, and return its data."""
    root, findings = compose(Source("a.yaml", text))
    assert findings == []
    return plain(root)


def find(text: str) -> list[Diagnostic]:
    """Return the findings about a text."""
    return compose(Source("a.yaml", text))[1]


def found(text: str) -> tuple[str, str, str | None]:
    """Return code, underlined text and help of the only finding about a text."""
    (finding,) = find(text)
    return finding.code, underlined(finding.span, text), finding.help


def underlined(span: Span | None, text: str) -> str:
    """Return the characters of a span on one line."""
    assert span is not None
    assert span.line == span.end_line
    return Source("", text).line(span.line)[span.column - 1 : span.end_column - 1]


def place(span: Span) -> tuple[int, int, int, int]:
    """Return a span as numbers."""
    return span.line, span.column, span.end_line, span.end_column


def scalars(node: Node | None) -> Iterator[Scalar]:
    """Yield the texts of a tree, keys included."""
    match node:
        case Scalar():
            yield node
        case Sequence(items):
            for item in items:
                yield from scalars(item)
        case Mapping(entries):
            for key, value in entries:
                yield key
                yield from scalars(value)


def only(text: str, key: str) -> Node:
    """Return the value of a key of the outermost mapping."""
    root, _ = compose(Source("a.yaml", text))
    assert isinstance(root, Mapping)
    return next(value for name, value in root.entries if name.text == key)


def scalar(text: str, key: str = "a") -> Scalar:
    """Return the text behind a key of the outermost mapping."""
    node = only(text, key)
    assert isinstance(node, Scalar)
    return node


# Values --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["no", "on", "010", "12:30:45", "1e3", "0b_", "2026-02-30", "1_000", "~", "null", "="])
def test_words_stay_the_text_that_was_written(word: str) -> None:
    """What YAML 1.1 takes for booleans, octal numbers or times of day stays text."""
    assert read(f"a: {word}") == {"a": word}


def test_all_three_kinds_of_nodes_nest() -> None:
    """Lists and mappings come out as they were written, in block and in flow style."""
    text = "rules:\n- id: a\n  do: [x, {y: z}]\n- b\nempty:\n"

    assert read(text) == {"rules": [{"id": "a", "do": ["x", {"y": "z"}]}, "b"], "empty": ""}


def test_a_missing_value_is_empty_and_an_empty_text_is_not() -> None:
    """Nothing behind a key can be told from a text of no length."""
    assert [scalar("a:\nb: ''", key).empty for key in "ab"] == [True, False]


def test_quoted_tells_words_from_signs() -> None:
    """Only a text between quotes is quoted; a block text is not."""
    quoted = [scalar(f"a: {value}").quoted for value in ("key", "'-'", '"-"', ">-\n  x")]

    assert quoted == [False, True, True, False]


def test_conditions_with_operators_behind_the_attribute_need_no_quotes() -> None:
    """The lines that the language is made of are plain YAML."""
    assert read("when: aum >= 100000 and a != 5\nif: [x > 5, '<= 5', = 5]") == {
        "when": "aum >= 100000 and a != 5",
        "if": ["x > 5", "<= 5", "= 5"],
    }


def test_carriage_returns_before_line_feeds_are_accepted() -> None:
    """A file of a Windows editor reads the same, with the same lines."""
    root, findings = compose(Source("a.yaml", "a: 1\r\nb:\r\n  - 2\r\n"))

    assert findings == []
    assert [(key.text, place(key.span)) for key in scalars(root)] == [
        ("a", (1, 1, 1, 2)),
        ("1", (1, 4, 1, 5)),
        ("b", (2, 1, 2, 2)),
        ("2", (3, 5, 3, 6)),
    ]


def test_one_explicit_document_is_accepted() -> None:
    """A file may begin with `---` and end with `...`."""
    assert read("---\na: 1\n...\n") == {"a": "1"}


# Places --------------------------------------------------------------------------------------------------------------


def test_spans_count_code_points() -> None:
    """A Chinese character and an emoji are one column each."""
    assert place(scalar("名😀: 存款\n", "名😀").span) == (1, 5, 1, 7)


def test_block_nodes_end_with_their_last_part() -> None:
    """The comments and empty lines behind a block do not belong to it."""
    text = "a:\n  - b: 1\n    c: [x,\n      y]\n\n# comment\nd: 2\n"

    assert place(only(text, "a").span) == (2, 3, 4, 9)


def test_block_text_ends_with_its_last_line() -> None:
    """The span of a folded text begins at `>` and ends where its words end."""
    assert place(scalar("a: >-\n  x\n  yy\n\n# comment\nb: 1\n").span) == (1, 4, 3, 5)


def test_spans_know_their_source() -> None:
    """A span can show its line."""
    span = scalar("a: 1").span

    assert (span.path, span.source) == ("a.yaml", Source("a.yaml", "a: 1"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: aum >= 5", (1, 8, 1, 10)),
        ("a: 'aum >= 5'", (1, 9, 1, 11)),
        ('a: "aum >= 5"', (1, 9, 1, 11)),
        ("a: aum\n  >= 5", (2, 3, 2, 5)),
        ("a: >-\n  aum\n\n  >= 5\n", (4, 3, 4, 5)),
        ("a: |\n  aum\n  >= 5\n", (3, 3, 3, 5)),
        ('a: "aum\n  >= 5"', (2, 3, 2, 5)),
        ("a: aum\r\n  >= 5\r\n", (2, 3, 2, 5)),
    ],
)
def test_inner_finds_a_stretch_of_a_text(text: str, expected: tuple[int, int, int, int]) -> None:
    """An operator is underlined where it stands, behind a quote or on a later line."""
    node = scalar(text)

    assert place(node.inner(node.text.index(">="), 2)) == expected


def test_inner_of_an_escaped_text_is_the_whole_text() -> None:
    """Where escapes shift the characters, the whole scalar is underlined."""
    node = scalar(r'a: "aum \x3e= 5"')

    assert node.inner(4, 2) == node.span


def test_inner_at_the_end_of_a_text_is_empty_and_behind_it() -> None:
    """An unfinished condition is marked behind its last word, also when it is folded."""
    assert place(scalar("a: aum >=").inner(6, 0)) == (1, 10, 1, 10)
    assert place(scalar("a: >-\n  aum\n  >=\n").inner(6, 0)) == (3, 5, 3, 5)


# Refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "\n\n"])
def test_a_file_without_statements_is_an_empty_book(text: str) -> None:
    """A file with nothing in it gives no node and one finding."""
    root, (finding,) = compose(Source("a.yaml", text))

    assert (root, finding.code, str(finding.span)) == (None, "empty-book", "a.yaml:1:1")


def test_duplicate_key_names_both_places_and_keeps_the_first() -> None:
    """The second of two equal keys is underlined, and the first is shown beside it."""
    root, (finding,) = compose(Source("a.yaml", "a: 1\nb: 2\na: 3\n"))

    assert plain(root) == {"a": "1", "b": "2"}
    assert (finding.code, str(finding.span)) == ("duplicate-key", "a.yaml:3:1")
    assert [str(related.span) for related in finding.related] == ["a.yaml:1:1"]


def test_keys_keep_the_order_of_the_text() -> None:
    """Leaving out a repeated key does not move the others."""
    root, _ = compose(Source("a.yaml", "b: 1\na: 2\nb: 3\nc: 4\n"))

    assert isinstance(root, Mapping)
    assert [key.text for key, _ in root.entries] == ["b", "a", "c"]


def test_equal_keys_of_different_mappings_are_fine() -> None:
    """Only one mapping at a time must not repeat a key."""
    assert read("- {a: 1}\n- {a: 2, b: {a: 3}}") == [{"a": "1"}, {"a": "2", "b": {"a": "3"}}]


@pytest.mark.parametrize(
    ("text", "code", "marked"),
    [
        ("a: &base 1", "yaml-anchor", "&base"),
        ("a: &base {b: 1}", "yaml-anchor", "&base"),
        ("a: *base", "yaml-anchor", "*base"),
        ("<<: {a: 1}", "yaml-anchor", "<<"),
        ("<<: *base", "yaml-anchor", "<<"),
        ("a: *", "yaml-anchor", "*"),
        ("a: !!str 1", "yaml-tag", "!!str"),
        ("a: !!python/object/apply:os.system [ls]", "yaml-tag", "!!python/object/apply:os.system"),
        ("a: !x!y 1", "yaml-tag", "!"),
        ("a: 1\n---\nb: 2", "many-documents", "---"),
        ("? [a]\n: 1", "wrong-type", "[a]"),
        ("a: {{name}: 1}", "wrong-type", "{name}"),
        ("{: 1}", "yaml-syntax", ":"),
        ("{? : 1}", "yaml-syntax", ""),
    ],
)
def test_what_no_rule_book_needs_is_refused_by_name(text: str, code: str, marked: str) -> None:
    """Each refused part of YAML has its code, and is underlined exactly."""
    assert found(text)[:2] == (code, marked)


def test_quoted_merge_signs_are_ordinary_keys() -> None:
    """Between quotes, `<<` is a text like another."""
    assert read("'<<': 1") == {"<<": "1"}


def test_all_refusals_of_a_file_come_at_once_in_the_order_of_the_text() -> None:
    """One run shows every refusal, whatever its kind."""
    text = "a: !!str 1\nb: 2\nb: 3\nc: &d 4\ne: >= 5\nf: \x07\n"

    assert [finding.code for finding in find(text)] == [
        "yaml-tag",
        "duplicate-key",
        "yaml-anchor",
        "bare-operator",
        "control-character",
    ]


def test_findings_before_a_syntax_error_are_reported_with_it() -> None:
    """What was seen before the parser gave up is not lost."""
    root, findings = compose(Source("a.yaml", "a: 1\na: 2\nb: 'open\n"))

    assert (root, [finding.code for finding in findings]) == (None, ["duplicate-key", "yaml-syntax"])


# Operators -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "marked", "corrected"),
    [
        ("aum: >= 100000", ">= 100000", "when: aum >= 100000"),
        ("when:\n  aum: >= 100000 # rich\n", ">= 100000", "- aum >= 100000 # rich"),
        ("when:\n  - aum: >100000\n", ">100000", "- aum > 100000"),
        ("when: >30", ">30", "when: aum > 30"),
        ("when: > 30", "> 30", "when: aum > 30"),
        ("when: >5\ndo: x", ">5", "when: aum > 5"),
        ("- != 5", "!= 5", "- aum != 5"),
        ("- !=5", "!=5", "- aum != 5"),
        ("when: {aum: >= 5}", ">= 5", "when: aum >= 5"),
        ("rows:\n  - [>= 5, 1]\n", ">= 5", '- [">= 5", 1]'),
        ("rows:\n- [a, != 5]\n", "!= 5", '- [a, "!= 5"]'),
        ("rows:\n  - {id: x, aum: > 5, b: 1}\n", "> 5", '- {id: x, aum: "> 5", b: 1}'),
        ("rows:\n  - id: x\n    aum: >=5\n", ">=5", 'aum: ">= 5"'),
    ],
)
def test_bare_operators_come_with_the_line_that_was_meant(text: str, marked: str, corrected: str) -> None:
    """The classic mistake is recognised, underlined as a whole, and shown in the right form."""
    code, underline, advice = found(text)

    assert (code, underline) == ("bare-operator", marked)
    assert advice is not None
    assert f"`{corrected}`" in advice


def test_bare_operators_keep_their_text_and_do_not_hide_one_another() -> None:
    """Two mistakes in one file are two findings, and the tree holds what was written."""
    root, findings = compose(Source("a.yaml", "a: >= 5\nb: [x, > 6]\nc: 1\n"))

    assert plain(root) == {"a": ">= 5", "b": ["x", "> 6"], "c": "1"}
    assert [str(finding.span) for finding in findings] == ["a.yaml:1:4", "a.yaml:2:8"]


def test_folded_texts_are_not_mistaken_for_operators() -> None:
    """`>` and `>-` behind a key start a text on the next lines."""
    assert read("a: >\n  x\n  y\nb: >-\n  z\n") == {"a": "x y\n", "b": "z"}


# Chinese punctuation -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "marked", "corrected"),
    [
        ("kind：daily", "：", "kind: daily"),
        ("a: 1\nkind：daily\n", "：", "kind: daily"),
        ("x:\n  kind：daily\n  nature: care\n", "：", "kind: daily"),
        ("x:\n  - kind：daily\n", "：", "- kind: daily"),
        ("x:\n  kind：daily\n", "：", "kind: daily"),
        ("kind:\u3000daily\nb: 1", "\u3000", "kind: daily"),
        ("\u3000\u3000kind: daily", "\u3000", "kind: daily"),
        ("title: {zh：存款, en: deposit}", "：", "title: {zh: 存款, en: deposit}"),
        ("title: {zh: 存款，en: deposit}", "，", "title: {zh: 存款, en: deposit}"),
        ("do: [a，b]", "，", "do: [a, b]"),
        ("do: ［a, b］", "［", "do: [a, b]"),
        ("do: [a, b］\nx: 1", "］", "do: [a, b]"),
    ],
)
def test_full_width_punctuation_comes_with_the_corrected_line(text: str, marked: str, corrected: str) -> None:
    """Chinese punctuation in the place of YAML's own is underlined, and the line is shown with ASCII."""
    assert found(text) == ("full-width-punctuation", marked, f"write `{corrected}`")


def test_a_misread_text_gives_no_tree() -> None:
    """What YAML took for a text but was meant otherwise is not handed on, so that nobody reports it again."""
    assert compose(Source("a.yaml", "- kind：daily"))[0] is None


def test_punctuation_in_texts_is_not_blamed_for_other_mistakes() -> None:
    """Chinese punctuation is the reason only if correcting it helps, and only where it stands for YAML's own."""
    other = find("zh: |\n  kind：daily\nb: 'open\n")
    far = find("en: call，write\na1: 1\na2: 1\na3: 1\na4: 1\nkind：daily\nb: 1\n")

    assert [finding.code for finding in other] == ["yaml-syntax"]
    assert [str(finding.span) for finding in far] == ["a.yaml:6:5"]


def test_every_line_with_a_full_width_colon_is_reported() -> None:
    """A file typed with a Chinese keyboard gets all its findings in one run."""
    spans = [str(finding.span) for finding in find("kind：daily\nnature：care\ntitle: x\nowner：y\n")]

    assert spans == ["a.yaml:1:5", "a.yaml:2:7", "a.yaml:4:6"]


@pytest.mark.parametrize(
    "text",
    [
        "zh: 注意：存款到期，请提醒",
        "zh: APP：提醒",
        "zh: app：提醒",
        "zh: app：提醒\n  web：提醒",
        "- |\n  kind：daily\n",
        "- 'kind：daily'",
        "{zh: 存款，贷款, en: x}",
        "zh: |\n  kind：daily\n",
        "zh: 'kind：daily'",
        "- 存款　到期",
        "- '［1..5］'",
    ],
)
def test_chinese_punctuation_inside_texts_is_fine(text: str) -> None:
    """A text may hold any punctuation."""
    assert find(text) == []


# Syntax errors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at", "message", "help"),
    [
        ("t: Deposit: notice", "1:11", "a second `: ` stands where a text was expected", '`t: "Deposit: notice"`'),
        ("a: 1\n  b: 2", "2:4", "the key `b` does not line up with the keys above it", "one column"),
        ("a: 'x", "1:4", "the quote is never closed", "same quote"),
        ("a: 'x' y", "1:8", "the text goes on behind its closing quote", "one pair of quotes"),
        ("a: {name} x", "1:11", "something stands behind the closing bracket", "between quotes"),
        ("do: [a, b\n\nwhen: x", "1:5", "the list is not closed, or a comma is missing", "`]`"),
        ("do: {a: b\n\nwhen: x", "1:5", "the mapping is not closed, or a comma is missing", "`}`"),
        ("a: b]\nc: ]", "2:4", "there is no bracket that `]` could close", "remove it"),
        ("a:\n\tb: 1", "2:1", "a tab stands where YAML expects spaces", "spaces"),
        ("a: %5", "1:4", "a value cannot start with `%`", "quotes"),
        ("a: @x", "1:4", "a value cannot start with `@`", "quotes"),
        ("a: `x`", "1:4", "a value cannot start with a backtick", "quotes"),
        ("a: - b", "1:4", "a list cannot begin here", "lines below"),
        ("- [a, - , 4]", "1:7", "a `-` with a space behind it starts a list, which cannot begin here", '"-"'),
        ("a: 1\n- b", "2:1", "the line does not belong to the mapping above it", "line it up"),
        ("- a\nb: 1", "2:1", "the line does not belong to the list above it", "`- `"),
        (": x", "1:1", "a key is missing before `:`", "write the key"),
        ("a: 1\nb\nc: 2", "2:1", "the line is not `key: value`", "`: `"),
        ("a: |x\n  y", "1:5", "a text that starts with `|` or `>` begins on the next line", "quotes"),
    ],
)
def test_syntax_errors_are_explained(text: str, at: str, message: str, help: str) -> None:
    """The common ways to break YAML get a message that says what is wrong, not what the parser wanted."""
    root, (finding,) = compose(Source("a.yaml", text))

    assert root is None
    assert (finding.code, str(finding.span), finding.message) == ("yaml-syntax", f"a.yaml:{at}", message)
    assert finding.help is not None
    assert help in finding.help


def test_an_unknown_escape_is_explained() -> None:
    """A backslash in a text between double quotes, as in a Windows path, is named."""
    (finding,) = find(r'a: "C:\qq"')

    assert finding.message == "the text holds a backslash that starts no known escape"


def test_an_unclosed_bracket_shows_where_the_parser_noticed() -> None:
    """The opening bracket is underlined, and the place that could not follow is related."""
    (finding,) = find("do: [a, b\n\nwhen: x")

    assert [(related.label, related.span.line) for related in finding.related] == [("noticed here", 3)]


# Files ---------------------------------------------------------------------------------------------------------------


def test_a_byte_order_mark_is_not_part_of_the_text(tmp_path: Path) -> None:
    """The mark that some editors put first shifts no column."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: \xe5\xad\x98\r\n")

    assert read_source(path) == Source(str(path), "a: 存\r\n")


def test_a_source_can_go_by_another_name(tmp_path: Path) -> None:
    """Findings may name a file relative to its book."""
    path = tmp_path / "a.yaml"
    path.write_text("a: 1")

    assert read_source(path, name="rules/a.yaml") == Source("rules/a.yaml", "a: 1")


def test_a_file_in_another_encoding_is_named_with_the_first_wrong_byte(tmp_path: Path) -> None:
    """A file in GBK, as Chinese Windows writes it, is recognised."""
    path = tmp_path / "a.yaml"
    path.write_bytes("a: 1\nzh: 存款".encode("gb18030"))

    finding = read_source(path, name="a.yaml")

    assert isinstance(finding, Diagnostic)
    assert (finding.code, str(finding.span)) == ("not-utf8", "a.yaml:2:5")
    assert finding.help == "save the file as UTF-8; it seems to be GB18030 (GBK)"


def test_utf_16_is_recognised(tmp_path: Path) -> None:
    """A file of the old Notepad is named for what it is."""
    path = tmp_path / "a.yaml"
    path.write_bytes("a: 1".encode("utf-16"))

    finding = read_source(path)

    assert isinstance(finding, Diagnostic)
    assert finding.help == "save the file as UTF-8; it seems to be UTF-16"


@pytest.mark.parametrize("name", ["missing.yaml", "folder", "nul\x00.yaml"])
def test_a_file_that_cannot_be_read_is_a_finding_without_a_place(tmp_path: Path, name: str) -> None:
    """A missing file, a folder, and an impossible name are findings that name the path."""
    (tmp_path / "folder").mkdir()

    finding = read_source(tmp_path / name, name=name)

    assert isinstance(finding, Diagnostic)
    assert (finding.code, finding.span) == ("cannot-read", None)
    assert finding.message.startswith(f"cannot read `{name}`: ")


def test_a_larger_file_than_any_book_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is refused when it is larger than the limit, and read when it is as large as the limit."""
    monkeypatch.setattr(subject, "MAX_FILE_BYTES", 10)
    small, large = tmp_path / "small.yaml", tmp_path / "large.yaml"
    small.write_bytes(b"#" * 10)
    large.write_bytes(b"#" * 11)

    refused = read_source(large)

    assert isinstance(read_source(small), Source)
    assert isinstance(refused, Diagnostic)
    assert refused.code == "too-large"
