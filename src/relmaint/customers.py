"""Which customers stand in this file?

YAML, JSON, JSON Lines and CSV hold the same thing: facts by attribute name, as text. Each text gets its type from the
vocabulary of the customer model, never from the file format, so `010`, `no` and `1e3` mean the same everywhere.
A bad record is a finding with its place; it never loses the others.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, assert_never, cast

from pydantic import BaseModel, ValidationError

from relmaint.diagnostics import Diagnostic, Related, Source, Span, diagnostic, did_you_mean
from relmaint.model.attributes import vocabulary_of
from relmaint.model.customer import Customer
from relmaint.rulebook import nodes
from relmaint.vocabulary import (
    AS_OF,
    BooleanType,
    DecimalType,
    EnumType,
    IntegerType,
    SetType,
    Value,
    ValueType,
    Vocabulary,
    parse_value,
)

__all__ = ["FORMATS", "Record", "customer_from_node", "read_customers", "value_of_text"]

Record = BaseModel | Diagnostic
"""A customer, or one finding about a record that is none. Findings of the code `bad-record` are about one record;
any other code is about the file itself, and the rest of the file was not read."""

FORMATS = (".yaml", ".yml", ".json", ".jsonl", ".ndjson", ".csv")
"""The endings of the file formats that `read_customers` knows."""

_Raw = object
"""One fact as a file holds it: a text, a list, a mapping, `True`, `False`, or `None` for unknown."""

_Place = Callable[[str | None], Span]
"""Where a field of the record stands; `None` asks for the record itself."""

_UNKNOWN_WORDS = frozenset({"unknown", "null", "~"})
_LINE_LIMIT = 1_000_000
_FILE_LIMIT = 512_000_000
_WORDS_SHOWN = 12


def read_customers(path: str | Path, model: type[BaseModel] = Customer) -> Iterator[Record]:
    """Yield the customers of a file in its order, and a finding for everything that is wrong with it.

    CSV and JSON Lines are read row by row; the ending of the name decides the format.
    An empty CSV cell is a fact that is not given; the words `unknown` and `null` say that it is unknown.

    Args:
        path: the file; `-` reads JSON Lines from the standard input.
        model: the customer model.
    """
    intake = _Intake(model, vocabulary_of(model))
    if str(path) == "-":
        import sys

        yield from _json_lines(_lines(sys.stdin.buffer, "<stdin>"), "<stdin>", intake)
        return
    path = Path(path)
    try:
        yield from _reader(path)(path, intake)
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        yield diagnostic("cannot-read", f"`{path}`: {reason.lower()}", None)


def customer_from_node(
    node: nodes.Node, model: type[BaseModel] = Customer, *, customer_id: str | None = None
) -> tuple[BaseModel | None, list[Diagnostic]]:
    """Read one customer from a mapping of a YAML file; the customer is `None` when there are findings.

    Args:
        node: the mapping, as `relmaint.rulebook.source.compose` gives it.
        model: the customer model.
        customer_id: the id of a customer that the mapping gives none.
    """
    defaults = {"id": customer_id} if customer_id is not None and "id" in model.model_fields else {}
    records = list(_admit_node(node, _Intake(model, vocabulary_of(model)), defaults))
    findings = [record for record in records if isinstance(record, Diagnostic)]
    customers = [record for record in records if not isinstance(record, Diagnostic)]
    return (customers[0] if customers else None), findings


# --- one record ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Intake:
    """Turns raw records into customers, and remembers whose ids were seen, and where."""

    model: type[BaseModel]
    vocabulary: Vocabulary
    seen: dict[str, Span] = field(default_factory=dict)

    def admit(self, raw: Mapping[str, _Raw], place: _Place) -> Iterator[Record]:
        """Yield the customer that the raw facts describe, or everything that is wrong with them."""
        who = _name_of(raw)
        values: dict[str, _Raw] = {}
        findings: list[Diagnostic] = []
        for name, text in raw.items():
            if (stranger := self.stranger(name)) is not None:
                message, advice = stranger
                findings.append(_bad(who, message, place(name), advice))
                continue
            try:
                values[name] = self._typed(name, text)
            except ValueError as problem:
                advice = _hint(self.vocabulary[name].type, text)
                findings.append(_bad(who, f"`{name}`: {problem}", place(name), advice))
        yield from findings or self._validated(who, values, place)

    def stranger(self, name: str) -> tuple[str, str | None] | None:
        """Say why a name is not a field of the model, and what to do; `None` when it is one."""
        if name in self.model.model_fields:
            return None
        if name == AS_OF:
            return "`as_of` is not a fact about a customer", "remove it, and give the day of the plan with `--as-of`"
        if name in self.vocabulary:
            return f"`{name}` is computed from other attributes", "remove it, and give the facts it is computed from"
        hint = did_you_mean(name, self.model.model_fields)
        return f"there is no attribute `{name}`", hint or "see `relmaint schema customer` for the attributes"

    def _typed(self, name: str, raw: _Raw) -> _Raw:
        return _value_of(self.vocabulary[name].type, raw) if name in self.vocabulary else raw

    def _validated(self, who: str | None, values: Mapping[str, _Raw], place: _Place) -> Iterator[Record]:
        try:
            # The vocabulary gave every value its type; strict=False only lets words become members of enums.
            customer = self.model.model_validate(values, strict=False, by_name=True)
        except ValidationError as problem:
            yield from _model_findings(who, problem, place)
            return
        if who is not None:
            if (first := self.seen.get(who)) is not None:
                related = (Related(first, "the first record with this id"),)
                advice = "remove one of the two records; only the first is used"
                yield diagnostic(
                    "bad-record", f"customer `{who}` stands twice", place("id"), help=advice, related=related
                )
                return
            self.seen[who] = _without_source(place("id"))
        yield customer


def _without_source(span: Span) -> Span:
    return Span(span.path, span.line, span.column, span.end_line, span.end_column)


def _name_of(raw: Mapping[str, _Raw]) -> str | None:
    identity = raw.get("id")
    return identity if isinstance(identity, str) and identity else None


def _bad(who: str | None, message: str, span: Span, advice: str | None = None) -> Diagnostic:
    return diagnostic("bad-record", f"customer `{who}`: {message}" if who else message, span, help=advice)


def _value_of(type_: ValueType, raw: _Raw) -> Value | None:
    match raw:
        case None:
            return None
        case bool():
            if not isinstance(type_, BooleanType):
                raise ValueError(f"{_expected(type_)}, found {'true' if raw else 'false'}")
            return raw
        case str():
            return value_of_text(type_, raw.strip())
        case list() if isinstance(type_, SetType):
            return frozenset(_word(type_, one) for one in raw)
        case _:
            raise ValueError(f"{_expected(type_)}, found a {'list' if isinstance(raw, list) else 'mapping'}")


def _word(type_: EnumType | SetType, raw: _Raw) -> str:
    if isinstance(raw, str) and raw in type_.values:
        return raw
    allowed = ", ".join(type_.values) if len(type_.values) <= _WORDS_SHOWN else f"the {len(type_.values)} words allowed"
    raise ValueError(f"`{_shortened(str(raw))}` is not one of {allowed}")


def value_of_text(type_: ValueType, text: str) -> Value | None:
    """Return the value that a text without blanks around it stands for in a file; `None` is unknown.

    Raises:
        ValueError: with a sentence that says what the type expects.
    """
    if text in _UNKNOWN_WORDS and not _is_own_word(type_, text):
        return None
    if isinstance(type_, SetType) and text == "none" and not _is_own_word(type_, text):
        return frozenset()
    match type_:
        case EnumType():
            return _word(type_, text)
        case SetType():
            return frozenset(_word(type_, word) for word in _words(text))
        case IntegerType() | DecimalType():
            _refuse_inexact(type_, text)
    try:
        return parse_value(type_, text)
    except ValueError as problem:
        raise ValueError(f"{problem}, found `{_shortened(text)}`") from None


def _words(text: str) -> list[str]:
    return text.replace(";", " ").replace(",", " ").split()


def _is_own_word(type_: ValueType, text: str) -> bool:
    return isinstance(type_, EnumType | SetType) and text in type_.values


_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_FRACTION = re.compile(r"[+-]?\d*\.(\d*?)0*")


def _refuse_inexact(type_: IntegerType | DecimalType, text: str) -> None:
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"`{text}` is not a number; leave the value out when it is unknown")
    places = len(found[1]) if (found := _FRACTION.fullmatch(text)) else 0
    allowed = type_.scale if isinstance(type_, DecimalType) else 0
    if places > allowed and isinstance(type_, DecimalType):
        raise ValueError(f"`{_shortened(text)}` has {places} places after the point; at most {allowed} are exact here")


def _expected(type_: ValueType) -> str:
    match type_:
        case EnumType() | SetType():
            return f"expected {'one' if isinstance(type_, EnumType) else 'words out'} of {', '.join(type_.values)}"
        case BooleanType():
            return "expected true or false"
        case IntegerType():
            return "expected a whole number"
        case DecimalType():
            return "expected a number"
        case _:
            return "expected a single value"


def _hint(type_: ValueType, raw: _Raw) -> str | None:
    match type_:
        case EnumType() | SetType() if isinstance(raw, str | list):
            words = _words(raw) if isinstance(raw, str) else [str(one) for one in raw]
            stray = next((word for word in words if word not in type_.values), "")
            return did_you_mean(stray, type_.values) or f"the words are {', '.join(type_.values)}"
        case IntegerType() | DecimalType() if isinstance(raw, str) and "," in raw:
            return "write the number without separators, such as 1234.56"
        case _:
            return None


def _shortened(text: str, limit: int = 40) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _model_findings(who: str | None, problem: ValidationError, place: _Place) -> Iterator[Diagnostic]:
    for error in problem.errors(include_url=False):
        name = str(error["loc"][0]) if error["loc"] else None
        subject = f"`{name}` " if name else ""
        message, advice = _in_words(error["type"], error.get("ctx", {}), error["msg"])
        yield _bad(who, f"{subject}{message}", place(name), advice)


def _in_words(kind: str, context: Mapping[str, Any], message: str) -> tuple[str, str | None]:
    """Say what pydantic found in the words of this library, and what to do."""
    match kind:
        case "missing":
            return "is missing", "add it; every record needs it"
        case "greater_than_equal":
            return f"must be {context['ge']} or more", None
        case "less_than_equal":
            return f"must be {context['le']} or less", None
        case "greater_than":
            return f"must be more than {context['gt']}", None
        case "less_than":
            return f"must be less than {context['lt']}", None
        case "string_too_short":
            return "is empty", "write it"
        case "string_too_long":
            return f"is longer than {context['max_length']} characters", None
        case "value_error" | "assertion_error":
            return f"is refused: {context.get('error', message)}", None
        case "none_required" | "string_type" | "int_type" | "bool_type" | "date_type" | "decimal_type" | "enum":
            return "cannot be unknown", "write a value"
        case _:
            return f"is refused: {message[:1].lower()}{message[1:]}", None


# --- files -----------------------------------------------------------------------------------------------------------


def _reader(path: Path) -> Callable[[Path, _Intake], Iterator[Record]]:
    match path.suffix.lower():
        case ".yaml" | ".yml":
            return _from_yaml
        case ".json":
            return _from_json
        case ".jsonl" | ".ndjson":
            return _from_json_lines
        case ".csv":
            return _from_csv
        case _:
            return _from_nothing


def _from_nothing(path: Path, _intake: _Intake) -> Iterator[Record]:
    path.stat()
    what = "a folder" if path.is_dir() else f"a file of the ending `{path.suffix}`" if path.suffix else "this file"
    advice = f"give the file one of the endings {', '.join(FORMATS)}"
    yield diagnostic("cannot-read", f"`{path}`: customers cannot be read from {what}", None, help=advice)


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str | None
    """The text without its line end; `None` when the bytes are not UTF-8, or too many."""


def _lines(stream: BinaryIO, path: str) -> Iterator[_Line | Diagnostic]:
    for number, raw in enumerate(iter(lambda: stream.readline(_LINE_LIMIT), b""), start=1):
        if len(raw) == _LINE_LIMIT and not raw.endswith(b"\n"):
            yield diagnostic(
                "too-large", "the line is longer than any customer record", Span(path, number, 1, number, 1)
            )
            return
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as problem:
            column = len(raw[: problem.start].decode("utf-8", "replace")) + 1
            yield diagnostic(
                "not-utf8",
                f"byte {problem.start + 1} of line {number} is not UTF-8",
                Span(path, number, column, number, column + 1),
                help="save the file as UTF-8 (in Excel: `CSV UTF-8`)",
            )
            return
        yield _Line(number, text.rstrip("\r\n"))


# CSV


def _from_csv(path: Path, intake: _Intake) -> Iterator[Record]:
    with path.open("rb") as stream:
        lines = _lines(stream, str(path))
        header: list[str] | None = None
        for line in lines:
            if isinstance(line, Diagnostic):
                yield line
                return
            if not (line.text or "").strip():
                continue
            if header is None:
                header = [name.strip() for name in next(csv.reader([line.text or ""]))]
                if findings := list(_header_findings(str(path), line, header, intake)):
                    yield from findings
                    return
            else:
                yield from _csv_row(str(path), line, header, intake)
        if header is None:
            yield diagnostic(
                "cannot-read", f"`{path}` is empty", None, help="write the attribute names in the first line"
            )


def _header_findings(path: str, line: _Line, header: list[str], intake: _Intake) -> Iterator[Diagnostic]:
    text = line.text or ""
    whole = Span(path, line.number, 1, line.number, len(text) + 1)
    if len(header) == 1 and (separator := next((one for one in ";\t|" if one in text), None)):
        shown = "a tab" if separator == "\t" else f"`{separator}`"
        yield diagnostic("cannot-read", f"the columns are separated by {shown}", whole, help="separate them by commas")
        return
    for number, name in enumerate(header):
        span = _cell_span(path, line.number, text, number)
        if name in header[:number]:
            yield diagnostic("duplicate-key", f"the column `{name}` stands twice", span, help="remove one of the two")
        elif not name:
            yield diagnostic("unknown-attribute", f"column {number + 1} has no name", span, help="name the attribute")
        elif (stranger := intake.stranger(name)) is not None:
            message, advice = stranger
            yield diagnostic("unknown-attribute", message, span, help=advice)


def _csv_row(path: str, line: _Line, header: list[str], intake: _Intake) -> Iterator[Record]:
    text = line.text or ""

    def place(name: str | None) -> Span:
        if name in header:
            return _cell_span(path, line.number, text, header.index(name))
        return Span(path, line.number, 1, line.number, len(text) + 1)

    try:
        cells = next(csv.reader([text], strict=True))
    except csv.Error:
        advice = "close the quotes; a cell holds no line break, and a quote inside quotes is written twice"
        yield diagnostic("bad-record", "the quotes of this row do not match", place(None), help=advice)
        return
    if len(cells) != len(header):
        message = f"the row has {len(cells)} cells, the header has {len(header)}"
        who = _name_of(dict(zip(header, cells, strict=False)))
        yield _bad(who, message, place(None), "a cell that holds a comma needs quotes around it")
        return
    yield from intake.admit({name: cell for name, cell in zip(header, cells, strict=True) if cell.strip()}, place)


_CSV_CELL = re.compile(r'"(?:[^"]|"")*"?[^,]*|[^,]*')


def _cell_span(path: str, line: int, text: str, number: int) -> Span:
    start = 0
    for _ in range(number):
        start = cast("re.Match[str]", _CSV_CELL.match(text, start)).end() + 1
    end = cast("re.Match[str]", _CSV_CELL.match(text, min(start, len(text)))).end()
    return Span(path, line, start + 1, line, max(end, start) + 1)


# JSON Lines and JSON


class _Repeated(dict[str, Any]):
    """An object of a JSON text in which the key `key` stands twice."""

    key: str


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _ in pairs]
    repeated = _Repeated(found)
    repeated.key = next(name for number, name in enumerate(names) if name in names[:number])
    return repeated


# Numbers stay texts: the vocabulary says what they are, and no binary float ever stands between.
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_object)


def _from_json_lines(path: Path, intake: _Intake) -> Iterator[Record]:
    with path.open("rb") as stream:
        yield from _json_lines(_lines(stream, str(path)), str(path), intake)


def _json_lines(lines: Iterable[_Line | Diagnostic], path: str, intake: _Intake) -> Iterator[Record]:
    for line in lines:
        if isinstance(line, Diagnostic):
            yield line
            return
        text = line.text or ""
        if not text.strip():
            continue
        found = _decoded(text)
        if isinstance(found, _Fault):
            span = Span(path, line.number, found.offset + 1, line.number, found.offset + 2)
            yield diagnostic("bad-record", found.message, span, help="write one JSON object on each line")
        else:
            yield from _admit_object(found, _JsonText(Source(path, text), line.number), _after_blanks(text, 0), intake)


@dataclass(frozen=True, slots=True)
class _Fault:
    message: str
    offset: int


def _decoded(text: str) -> object:
    try:
        return cast("object", _DECODER.decode(text))
    except json.JSONDecodeError as problem:
        return _Fault(f"the line is not JSON: {problem.msg[:1].lower()}{problem.msg[1:]}", problem.pos)
    except RecursionError:
        return _Fault("the line is nested deeper than any record needs", 0)


@dataclass(frozen=True, slots=True)
class _JsonText:
    """A text of JSON whose characters have places; one line of a file of lines knows the number of its line."""

    source: Source
    line: int | None = None

    def span(self, start: int, end: int) -> Span:
        """Return the place of `text[start:end]`."""
        if self.line is None:
            return self.source.span(start, end)
        return Span(self.source.path, self.line, start + 1, self.line, end + 1)

    def place(self, start: int, name: str | None) -> Span:
        """Return the place of a field's value in the object that starts at `start`; of its bracket, without a name."""
        depth, key = 0, None
        for token in _JSON_TOKEN.finditer(self.source.text, start) if name is not None else ():
            text = token[0]
            if key == name and text != ":":
                return self.span(token.start(), token.end())
            if text != ":":
                depth += (text in "{[") - (text in "}]")
                key = self._key(token) if depth == 1 and text[0] == '"' else None
            if depth == 0:
                break
        return self.span(start, start + 1)

    def _key(self, token: re.Match[str]) -> str | None:
        after = self.source.text[_after_blanks(self.source.text, token.end()) :][:1]
        return cast("str", json.loads(token[0], strict=False)) if after == ":" else None


_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:]|[^\s{}\[\]:,"]+')


def _admit_object(found: object, text: _JsonText, start: int, intake: _Intake) -> Iterator[Record]:
    if not isinstance(found, dict):
        yield diagnostic(
            "bad-record", "the record is not an object", text.span(start, start + 1), help='write `{"id": …}`'
        )
    elif isinstance(found, _Repeated):
        advice = "remove one of the two"
        yield _bad(_name_of(found), f"`{found.key}` stands twice", text.place(start, found.key), advice)
    else:
        yield from intake.admit(found, lambda name: text.place(start, name))


def _from_json(path: Path, intake: _Intake) -> Iterator[Record]:
    text = _whole_text(path)
    if isinstance(text, Diagnostic):
        yield text
        return
    where = _JsonText(Source(str(path), text))
    try:
        yield from _json_records(where, intake)
    except json.JSONDecodeError as problem:
        message = f"the file is not JSON: {problem.msg[:1].lower()}{problem.msg[1:]}"
        span = where.span(problem.pos, problem.pos + 1)
        yield diagnostic(
            "cannot-read", message, span, help="compare with the JSON grammar; nothing after this was read"
        )
    except RecursionError:
        yield diagnostic("too-deep", "the file is nested deeper than any record needs", where.span(0, 1))


def _whole_text(path: Path) -> str | Diagnostic:
    if path.stat().st_size > _FILE_LIMIT:
        advice = "write one JSON object on each line, and name the file .jsonl; it is then read line by line"
        return diagnostic("too-large", f"`{path}` is too large to be read at once", None, help=advice)
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        return diagnostic("not-utf8", f"line {line} is not UTF-8", Span(str(path), line, 1, line, 2))


_BLANKS = re.compile(r"[ \t\n\r]*")


def _json_records(where: _JsonText, intake: _Intake) -> Iterator[Record]:
    text = where.source.text
    start = _after_blanks(text, 0)
    if text[start : start + 1] == "[":
        yield from _json_items(where, start, intake)
        return
    found, end = _DECODER.raw_decode(text, start)
    _expect_end(text, end)
    if isinstance(found, dict) and set(found) == {"customers"} and isinstance(found["customers"], list):
        yield from _json_items(where, text.index("[", start), intake)
    else:
        yield from _admit_object(found, where, start, intake)


def _json_items(where: _JsonText, bracket: int, intake: _Intake) -> Iterator[Record]:
    text = where.source.text
    offset = _after_blanks(text, bracket + 1)
    if text[offset : offset + 1] == "]":
        return
    while True:
        found, end = _DECODER.raw_decode(text, offset)
        yield from _admit_object(found, where, offset, intake)
        offset = _after_blanks(text, end)
        match text[offset : offset + 1]:
            case ",":
                offset = _after_blanks(text, offset + 1)
            case "]":
                break
            case _:
                raise json.JSONDecodeError("Expecting ',' or ']'", text, offset)
    if text[bracket:].startswith("[") and text[:bracket].strip() == "":
        _expect_end(text, offset + 1)


def _after_blanks(text: str, offset: int) -> int:
    return cast("re.Match[str]", _BLANKS.match(text, offset)).end()


def _expect_end(text: str, offset: int) -> None:
    if _after_blanks(text, offset) < len(text):
        raise json.JSONDecodeError("Extra data", text, _after_blanks(text, offset))


# YAML


def _from_yaml(path: Path, intake: _Intake) -> Iterator[Record]:
    from relmaint.rulebook.source import compose, read_source

    source = read_source(path)
    if isinstance(source, Diagnostic):
        yield source
        return
    node, findings = compose(source)
    if node is None and all(finding.code == "empty-book" for finding in findings):
        findings = [diagnostic("cannot-read", f"`{path}` is empty", None, help="write a list of customers")]
    if node is None or findings:
        yield from findings
        return
    if isinstance(node, nodes.Mapping) and [key.text for key, _ in node.entries] == ["customers"]:
        node = node.entries[0][1]
    for item in node.items if isinstance(node, nodes.Sequence) else (node,):
        yield from _admit_node(item, intake, {})


def _admit_node(node: nodes.Node, intake: _Intake, defaults: Mapping[str, _Raw]) -> Iterator[Record]:
    if not isinstance(node, nodes.Mapping):
        yield diagnostic("bad-record", "the record is not a mapping", node.span, help="write `id: …`")
        return
    entries = {key.text: (key, value) for key, value in node.entries}

    def place(name: str | None) -> Span:
        if name not in entries:
            return node.entries[0][0].span if node.entries else node.span
        key, value = entries[name]
        return key.span if name not in intake.model.model_fields or _is_nothing(value) else value.span

    given = {name: _raw_of(value) for name, (_, value) in entries.items() if not _is_nothing(value)}
    yield from intake.admit({**defaults, **given}, place)


def _is_nothing(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Scalar) and node.empty


def _raw_of(node: nodes.Node) -> _Raw:
    match node:
        case nodes.Scalar():
            return node.text
        case nodes.Sequence():
            return [_raw_of(item) for item in node.items]
        case nodes.Mapping():
            return {key.text: _raw_of(value) for key, value in node.entries}
        case _:
            assert_never(node)
