"""Which mistake is behind a text that YAML cannot read, and what is the right line?

A YAML parser names the character where it gave up. The people who write rule books are better served by the name of
their mistake, and there are few: an operator at the start of a value, Chinese punctuation, a tab, a forgotten quote.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from relmaint.diagnostics import Diagnostic, Related, Source, Span, diagnostic
from relmaint.rulebook.nodes import Mapping, Node, Scalar, Sequence

__all__ = [
    "Fault",
    "bare_operator",
    "explain",
    "full_width_finding",
    "full_width_lines",
    "full_width_texts",
    "operator_offset",
]


_READABLE = 1000
"""A longer line is not shown in corrected form; it would help nobody, and the patterns here take quadratic time."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Where and why a YAML parser gave up: at `index`, busy with something that began at `context_index`."""

    index: int
    context_index: int | None
    context: str
    problem: str


# Operators -----------------------------------------------------------------------------------------------------------

_OPERATOR = re.compile(r">=?|!=")
_KEY_BEFORE = re.compile(r"(?P<lead>.*?)(?P<key>[\w.-]+) *: *\Z")
_LINE_KEY = re.compile(r"\s*(?:- +)*(?P<key>[\w.-]+)\s*:(?:\s|\Z)")
_VALUE_ENDS = {True: re.compile(r"[,\[\]{}]|\s#"), False: re.compile(r"\s#")}
_CONDITION_KEYS = frozenset({"when", "always", "assume", "invariants"})
_EXAMPLE = "aum"


def operator_offset(source: Source, fault: Fault) -> int | None:
    """Return where the operator stands that made the parser give up, or `None` when it was something else."""
    for offset in (fault.context_index, fault.index):
        if offset is not None and _OPERATOR.match(source.text, offset) and _starts_a_value(source, offset):
            return offset
    return None


def _starts_a_value(source: Source, offset: int) -> bool:
    """Tell whether YAML expects a value here: at the start of a line, or behind `:`, `-`, `,` or a bracket."""
    place = source.span(offset, offset)
    before = source.line(place.line)[: place.column - 1].rstrip()
    return not before or before[-1] in ":-,[{"


def bare_operator(source: Source, offset: int) -> Diagnostic:
    """Make the finding for an operator that stands at the start of a value, with the line that was meant."""
    place = source.span(offset, offset)
    line = source.line(place.line)
    before, rest = line[: place.column - 1], line[place.column - 1 :]
    value = _VALUE_ENDS[_in_brackets(before)].split(rest, maxsplit=1)[0].rstrip()
    operator = _OPERATOR.match(value)
    assert operator is not None  # INVARIANT: callers give the offset of an operator
    test = f"{operator.group()} {value[operator.end() :].strip()}".rstrip()
    after = rest[len(value) :]
    return diagnostic(
        "bare-operator",
        f"YAML cannot read a value that starts with `{operator.group()}`",
        source.span(offset, offset + len(value)),
        help=_corrected_operator(source, place.line, before, test, after) if len(line) <= _READABLE else None,
    )


def _corrected_operator(source: Source, number: int, before: str, test: str, after: str) -> str:
    """Say how to write a test whose operator stood alone: quoted in a table, behind its attribute elsewhere."""
    around = list(_keys_around(source, number))
    if "rows" in (*around, *re.findall(r"[\w.-]+(?=\s*:)", before)):
        return f'put the test between quotes: `{before.lstrip()}"{test}"{after.rstrip()}`'
    keyed = _KEY_BEFORE.match(before)
    if keyed and keyed["key"] not in _CONDITION_KEYS:
        lead = keyed["lead"].lstrip()
        if not lead:
            lead = "- " if around and around[0] in _CONDITION_KEYS else "when: "
        elif "{" in lead:
            lead, after = "when: ", ""
        return f"write the attribute and the operator on one line: `{lead}{keyed['key']} {test}{after.rstrip()}`"
    example = f"{before.lstrip()}{_EXAMPLE} {test}{after.rstrip()}"
    return f"write the attribute before the operator, such as `{example}`"


def _in_brackets(before: str) -> bool:
    """Tell whether a bracket or brace is open at the end of the start of a line."""
    return sum(before.count(char) for char in "[{") > sum(before.count(char) for char in "]}")


def _keys_around(source: Source, number: int) -> Iterator[str]:
    """Yield the keys that a line stands below, the nearest first, going by the indentation."""
    line = source.line(number)
    indent, item = _indent(line), line.lstrip().startswith("-")
    while number > 1 and (indent or item):
        number -= 1
        line = source.line(number)
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        is_item = line.lstrip().startswith("-")
        if _indent(line) < indent or (item and not is_item and _indent(line) == indent):
            indent, item = _indent(line), is_item
            if key := _LINE_KEY.match(line):
                yield key["key"]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


# Chinese punctuation -------------------------------------------------------------------------------------------------

_WORD = r"[a-z_][a-z0-9_.-]*"
_KEY_LINE = re.compile(rf"(?P<key>\s*(?:- *)*{_WORD})\s*(?:：\s*|:(?=[\u3000\u00a0])\s*)(?P<value>.*)")
_REPAIRS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"([{{｛,，]\s*{_WORD})\s*：\s*"), r"\1: "),
    (re.compile(rf"\s*，\s*(?={_WORD}\s*[:：])"), ", "),
    (re.compile(r"(?<=[A-Za-z0-9_\]}\"'*-])\s*，\s*(?=[A-Za-z0-9_\[{\"'-])"), ", "),
    (re.compile(r"\A(\s*(?:- *)*(?:[\w.-]+:\s+)?)［(.*)[］\]]\s*\Z"), r"\1[\2]"),
    (re.compile(r"\A(\s*(?:- *)*(?:[\w.-]+:\s+)?)｛(.*)[｝}]\s*\Z"), r"\1{\2}"),
    (re.compile(r"\A(\s*(?:- *)*(?:[\w.-]+:\s+)?\[[^\]［]*)］\s*\Z"), r"\1]"),
    (re.compile(r"\A(\s*(?:- *)*(?:[\w.-]+:\s+)?\{[^}｛]*)｝\s*\Z"), r"\1}"),
    (re.compile(r"\A(\s*)－\s*"), r"\1- "),
    (re.compile(rf"\A(\s*(?:- *)*{_WORD})[\u3000\u00a0]+(?=:)"), r"\1"),
)
_FULL_WIDTH = frozenset("：，［］｛｝－\u3000\u00a0")
_FULL_WIDTH_NAMES = {"\u3000": "the full-width space", "\u00a0": "the no-break space"}


def full_width_lines(source: Source, near: int) -> dict[int, str]:
    """Return the lines in which Chinese punctuation seems to stand for YAML's own, each with its correction.

    Keys are looked for everywhere; commas and brackets, common in texts, only within two lines of line `near`.
    """
    lines = {}
    for number in _lines_with_full_width(source.text):
        line = source.line(number)
        if (
            len(line) <= _READABLE
            and (corrected := _corrected_width(line)) != line
            and (abs(number - near) <= 2 or _KEY_LINE.match(line))
        ):
            lines[number] = corrected
    return lines


def _lines_with_full_width(text: str) -> Iterator[int]:
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if not _FULL_WIDTH.isdisjoint(line):
            yield number


def _corrected_width(line: str) -> str:
    """Put ASCII punctuation where a line has Chinese punctuation in the place of YAML's own."""
    lead = re.match(r"[ \u3000\u00a0]*", line)
    assert lead is not None  # INVARIANT: the pattern matches the empty text
    line = lead.group().replace("\u3000", "  ").replace("\u00a0", " ") + line[lead.end() :]
    if key := _KEY_LINE.match(line):
        line = f"{key['key']}: {key['value']}"
    for pattern, replacement in _REPAIRS:
        line = pattern.sub(replacement, line)
    return line


def full_width_finding(source: Source, number: int, corrected: str) -> Diagnostic:
    """Make the finding for one line with Chinese punctuation."""
    line = source.line(number)
    wide = [place for place, char in enumerate(line) if char in _FULL_WIDTH]
    column = next((place for place in wide if corrected[place : place + 1] != line[place]), wide[0])
    char = line[column]
    name = _FULL_WIDTH_NAMES.get(char, f"the full-width `{char}`")
    span = Span(source.path, number, column + 1, number, column + 2, source=source)
    return diagnostic(
        "full-width-punctuation",
        f"{name} is no punctuation of YAML",
        span,
        help=f"write `{corrected.strip()}`",
    )


_SUSPECT = re.compile(r"：(?:(?<=[A-Za-z0-9_-]：)|(?<=[A-Za-z0-9_-] ：))|，(?<=[A-Za-z0-9_*-]，)|[\u3000\u00a0［｛－]")
_KEY_TEXT = re.compile(rf"{_WORD}\s*(?:：|:[\u3000\u00a0])")
_LIST_TEXT = re.compile(r"[A-Za-z0-9_./*-]+(?:\s*，\s*[A-Za-z0-9_./*-]+)+")
_WIDE_SPACES = "\u3000\u00a0"
_BRACKET_TEXT = re.compile(r"［.*］|｛.*｝", re.DOTALL)


def full_width_texts(source: Source, root: Node) -> Iterator[tuple[int, str]]:
    """Find texts that YAML accepts but that were meant as keys, lists or mappings, such as `- kind：daily`.

    Yields the number of each such line, with its correction.
    """
    suspects = [found.start() for found in _SUSPECT.finditer(source.text)]
    for scalar in _misread(root, suspects, key_line=-1, item=True) if suspects else ():
        for number in range(scalar.start.line + 1, scalar.end.line + 2):
            line = source.line(number)
            if len(line) <= _READABLE and (corrected := _corrected_width(line)) != line:
                yield number, corrected


def _misread(node: Node, suspects: list[int], *, key_line: int, item: bool) -> Iterator[Scalar]:
    """Yield the plain texts that look like a key and its value, or like a list, where such a thing could stand.

    Args:
        node: where to look.
        suspects: the offsets of the characters worth a look, in order; nodes that hold none are passed over.
        key_line: the line of the key that the node belongs to.
        item: the node is an item of a list, or the whole text.
    """
    first = bisect_left(suspects, node.start.index)
    if first == len(suspects) or suspects[first] >= node.end.index:
        return
    match node:
        case Scalar():
            if not node.style and _is_misread(node.text, alone=item or node.start.line > key_line, item=item):
                yield node
        case Sequence():
            for part in node.items:
                yield from _misread(part, suspects, key_line=key_line, item=True)
        case Mapping():
            for key, value in node.entries:
                if not key.style and (_KEY_TEXT.match(key.text) or key.text.strip(_WIDE_SPACES) != key.text):
                    yield key
                yield from _misread(value, suspects, key_line=key.start.line, item=False)


def _is_misread(text: str, *, alone: bool, item: bool) -> bool:
    """Tell whether a plain text was meant as something else; a text right behind its key may say `APP：…`."""
    if alone and (text.startswith("－") or _KEY_TEXT.match(text)):
        return True
    return bool((item and _LIST_TEXT.fullmatch(text)) or _BRACKET_TEXT.fullmatch(text))


# Everything else -----------------------------------------------------------------------------------------------------


class _At(Enum):
    """Which place to show: where the parser noticed, where the unfinished thing began, or that if on another line."""

    NOTICED = auto()
    BEGUN = auto()
    BEGUN_EARLIER = auto()


@dataclass(frozen=True, slots=True)
class _Advice:
    """What to say when the parser's words match `pattern`; `{char}` is the character at the place shown.

    Args:
        pattern: what the parser says, in the words of libyaml or of PyYAML.
        message: what is wrong.
        help: what to do.
        code: the code of the finding.
        at: the place to show.
    """

    pattern: re.Pattern[str]
    message: str
    help: str
    code: str = "yaml-syntax"
    at: _At = _At.NOTICED


def _advice(pattern: str, message: str, help: str, code: str = "yaml-syntax", *, at: _At = _At.NOTICED) -> _Advice:
    return _Advice(re.compile(pattern), message, help, code, at)


_QUOTE_IT = "put the whole value between quotes"
_ADVICE = (
    _advice(
        r"tag",
        "a value cannot start with `!`",
        "remove the tag; if it is part of a text, put the text between quotes",
        "yaml-tag",
        at=_At.BEGUN,
    ),
    _advice(
        r"scanning an? (alias|anchor)",
        "a value cannot start with `{char}`",
        _QUOTE_IT,
        "yaml-anchor",
        at=_At.BEGUN,
    ),
    _advice(
        r"quoted scalar.*(end of stream|document (indicator|separator))",
        "the quote is never closed",
        "write the same quote at the end of the text",
        at=_At.BEGUN,
    ),
    _advice(
        r"quoted scalar.*(escape|hexdecimal|hexadecimal)",
        "the text holds a backslash that starts no known escape",
        "use single quotes, or write the backslash twice",
    ),
    _advice(
        r"mapping values are not allowed",
        "a second `: ` stands where a text was expected",
        "put a text that holds `: ` between quotes",
    ),
    _advice(
        r"sequence entries are not allowed",
        "a list cannot begin here",
        "write the items on the lines below the key, each after `- `",
    ),
    _advice(r"could not find expected ':'", "the line is not `key: value`", "write `: ` after the key", at=_At.BEGUN),
    _advice(
        r"expected ',' or '\]'",
        "the list is not closed, or a comma is missing",
        "write `,` between the items and `]` at the end",
        at=_At.BEGUN_EARLIER,
    ),
    _advice(
        r"expected ',' or '\}'",
        "the mapping is not closed, or a comma is missing",
        "write `,` between the entries and `}` at the end",
        at=_At.BEGUN_EARLIER,
    ),
    _advice(
        r"scanning a block scalar",
        "a text that starts with `|` or `>` begins on the next line",
        _QUOTE_IT,
    ),
    _advice(
        r"block collection|expected '-' indicator",
        "the line does not belong to the list above it",
        "start each item with `- `, all in one column",
    ),
    _advice(
        r"expected key|expected <block end>",
        "the line does not belong to the mapping above it",
        "line it up with the other keys of its mapping",
    ),
    _advice(r"expected (the )?node content", "a value was expected here", "write the value"),
    _advice(r"document start", "something stands behind the end of the book", "remove it"),
)
_CHARACTERS = {
    "\t": ("a tab stands where YAML expects spaces", "indent with spaces"),
    ">": ("a value inside brackets cannot start with `>`", _QUOTE_IT),
    "|": ("a value inside brackets cannot start with `|`", _QUOTE_IT),
    "%": ("a value cannot start with `%`", _QUOTE_IT),
    "@": ("a value cannot start with `@`", _QUOTE_IT),
    "`": ("a value cannot start with a backtick", _QUOTE_IT),
}
_OUT_OF_PLACE = re.compile(r"expected (the )?(key|<block end>|node content|'-' indicator|'?<document start>)")


def explain(source: Source, fault: Fault) -> Diagnostic:
    """Say in our own words why the parser gave up, where, and what to do."""
    said = f"{fault.context}: {fault.problem}"
    if found := _special_case(source, fault, said):
        message, advised = found
        return diagnostic("yaml-syntax", message, _place(source, fault.index), help=advised)
    for advice in _ADVICE:
        if advice.pattern.search(said):
            return _advised(source, fault, advice)
    return diagnostic("yaml-syntax", f"the text is not YAML: {fault.problem}", _place(source, fault.index))


def _special_case(source: Source, fault: Fault, said: str) -> tuple[str, str] | None:
    """Return message and help where the characters around the fault say more than the parser does."""
    place = source.span(fault.index, fault.index)
    line = source.line(place.line)
    if len(line) > _READABLE:
        return None
    before, char = line[: place.column - 1], line[place.column - 1 : place.column]
    if "cannot start any token" in said:
        return _CHARACTERS.get(char)
    if "mapping values are not allowed" in said:
        return _colon_case(line, before)
    if _OUT_OF_PLACE.search(said):
        return _misplaced_case(before, char)
    return None


_COLON_VALUE = re.compile(r"(?P<key>\s*(?:- +)*[\w.-]+: +)(?P<value>[^\s'\"\[{#|>&*!%@`].*)")
_KEY_ALONE = re.compile(r"\s*(?:- +)*(?P<key>[\w.-]+)\s*")


def _colon_case(line: str, before: str) -> tuple[str, str] | None:
    """Explain a colon too many: inside a text, or behind a key that stands in the wrong column."""
    if key := _KEY_ALONE.fullmatch(before):
        message = f"the key `{key['key']}` does not line up with the keys above it"
        return message, "start all keys of a mapping in one column; look also at the end of the line before"
    found = _COLON_VALUE.fullmatch(line.rstrip())
    if not found or len(before) < found.end("key"):
        return None
    value = found["value"].replace("\\", "\\\\").replace('"', '\\"')
    quoted = f'put the text between quotes: `{found["key"].lstrip()}"{value}"`'
    return "a second `: ` stands where a text was expected", quoted


def _misplaced_case(before: str, char: str) -> tuple[str, str] | None:
    """Explain something that cannot stand where it stands."""
    last = before.rstrip()[-1:]
    if char in {"]", "}"}:
        return f"there is no bracket that `{char}` could close", "remove it, or open the bracket"
    if char == ":" and last in {"", "{", "[", ","}:
        return "a key is missing before `:`", "write the key"
    if char == "-" and last:
        return "a `-` with a space behind it starts a list, which cannot begin here", 'for any, write `"-"`'
    if last in {"'", '"'}:
        return "the text goes on behind its closing quote", "put all of it between one pair of quotes"
    if last in {"]", "}"}:
        return "something stands behind the closing bracket", f"{_QUOTE_IT} if it is a text"
    return None


def _advised(source: Source, fault: Fault, advice: _Advice) -> Diagnostic:
    """Make the finding at the place that the advice asks for, and name the other place when it is on another line."""
    begun = fault.index if fault.context_index is None else fault.context_index
    far = source.span(begun, begun).line != source.span(fault.index, fault.index).line
    at_begin = advice.at is _At.BEGUN or (advice.at is _At.BEGUN_EARLIER and far)
    index, other, label = (begun, fault.index, "noticed here") if at_begin else (fault.index, begun, "it starts here")
    return diagnostic(
        advice.code,
        advice.message.replace("{char}", source.text[index : index + 1]),
        _place(source, index),
        help=advice.help,
        related=[Related(_place(source, other), label)] if far else [],
    )


def _place(source: Source, index: int) -> Span:
    """Return the place of one character, or the end of the text."""
    index = min(index, len(source.text))
    visible = source.text[index : index + 1] not in {"", "\r", "\n"}
    return source.span(index, index + visible)
