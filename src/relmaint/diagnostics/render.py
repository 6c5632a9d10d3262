"""How do findings look on a terminal, in JSON, in SARIF, and as annotations of a CI run?

Each function takes findings and returns the whole text. What a rule book says may be hostile to a terminal, so
characters that steer one are shown as pictures, and a line of any length is cut to the part that matters.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from urllib.parse import quote

from relmaint.diagnostics import Diagnostic, Severity, Span
from relmaint.diagnostics.codes import CODES

__all__ = [
    "FORMAT_VERSION",
    "diagnostic_data",
    "render_finding",
    "render_github",
    "render_json",
    "render_sarif",
    "render_text",
    "summary",
]

FORMAT_VERSION = 1
"""The version of what `render_json` writes; it grows when a reader of the old form would stumble."""


def _encodable(text: str) -> str:
    """Replace lone surrogates, which names of files may hold and no output can carry."""
    return text.encode("utf-8", "replace").decode("utf-8")


# Text ----------------------------------------------------------------------------------------------------------------

_LINE_CELLS = 100
"""A source line is shown up to this width."""

_CELLS_BEFORE = 40
"""Of a longer line, so much is shown before the place."""

_TAB = "    "
_JOINERS = "\u200c\u200d\u00ad"

_RESET = "\x1b[0m"
_BOLD = "\x1b[1m"
_STYLES = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.INFO: "\x1b[1;36m"}
_QUIET = "\x1b[34m"
_NOTE = "\x1b[1;36m"


def render_text(diagnostics: Iterable[Diagnostic], *, color: bool = False) -> str:
    """Show findings to a person: what, where, the line with the place underlined, and what to do.

    Args:
        diagnostics: the findings, shown in this order.
        color: paint with ANSI codes.
    """
    findings = list(diagnostics)
    if not findings:
        return ""
    blocks = [render_finding(finding, color=color) for finding in findings]
    return "\n\n".join([*blocks, summary(findings)]) + "\n"


def render_finding(finding: Diagnostic, *, color: bool = False) -> str:
    """Show one finding to a person, without a line break at the end; for findings that come one by one."""
    return _encodable("\n".join(_finding_lines(finding, _Paint(on=color))))


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """Count findings by severity.

    >>> summary([])
    'no findings'
    """
    counts = Counter(finding.severity for finding in diagnostics)
    parts = [
        f"{counts[severity]} {severity}{'s' * (counts[severity] > 1)}" for severity in Severity if counts[severity]
    ]
    return ", ".join(parts) or "no findings"


class _Paint:
    """Puts ANSI codes around a text, or leaves it as it is."""

    def __init__(self, *, on: bool) -> None:
        self._on = on

    def __call__(self, style: str, text: str) -> str:
        return f"{style}{text}{_RESET}" if self._on and text else text


def _finding_lines(finding: Diagnostic, paint: _Paint) -> Iterator[str]:
    style = _STYLES[finding.severity]
    yield f"{paint(style, f'{finding.severity}[{finding.code}]')}{paint(_BOLD, f': {_shown(finding.message)}')}"
    spans = [span for span in (finding.span, *(related.span for related in finding.related)) if span]
    gutter = max((len(str(span.line)) for span in spans), default=1)
    if finding.span:
        yield from _snippet(finding.span, gutter, "^", style, paint)
    for related in finding.related:
        yield f"{paint(_NOTE, 'note')}: {_shown(related.label)}"
        yield from _snippet(related.span, gutter, "-", _NOTE, paint)
    if finding.help:
        yield f"{paint(_NOTE, 'help')}: {_shown(finding.help)}"


def _snippet(span: Span, gutter: int, sign: str, style: str, paint: _Paint) -> Iterator[str]:
    """Yield the place, and the source line with the place underlined when there is one."""
    yield f"{' ' * gutter}{paint(_QUIET, '-->')} {_shown(str(span))}"
    if span.source is None or not span.source.text:
        return
    before, marked, after = _window(span.source.line(span.line), span)
    more = f" … to line {span.end_line}" if span.end_line > span.line else ""
    bar = paint(_QUIET, "|")
    yield f"{' ' * gutter} {bar}"
    yield f"{paint(_QUIET, str(span.line).rjust(gutter))} {bar} {_shown(before + marked + after)}".rstrip()
    signs = sign * max(1, _width(marked))
    yield f"{' ' * gutter} {bar} {' ' * _width(before)}{paint(style, signs + more)}"


def _window(line: str, span: Span) -> tuple[str, str, str]:
    """Cut a line into the text before the place, the place, and the text after it, and shorten what is too long."""
    start = min(span.column - 1, len(line))
    end = len(line.rstrip()) if span.end_line > span.line else min(span.end_column - 1, len(line))
    before, marked, after = line[:start], line[start : max(start, end)], line[max(start, end) :]
    if len(line) <= _LINE_CELLS and _width(line) <= _LINE_CELLS:
        return before, marked, after
    room = _LINE_CELLS - min(_CELLS_BEFORE, _width(before[-_LINE_CELLS:]))
    shown = _first_cells(marked, room)
    return (
        _first_cells(before[::-1], _CELLS_BEFORE)[::-1],
        shown,
        _first_cells(after, room - _width(shown)) if shown == marked else "",
    )


def _first_cells(text: str, cells: int) -> str:
    """Return as much of the start of a text as fits, with `…` in the place of the rest."""
    head = text[: cells + 1]
    if len(head) == len(text) and _width(text) <= cells:
        return text
    while head and _width(head) > cells - 1:
        head = head[:-1]
    return head + "…"


def _width(text: str) -> int:
    """Return the cells that a text takes on a terminal: two for a Chinese character, none for a combining one."""
    return len(text) if text.isascii() and text.isprintable() else sum(map(_cells, text))


def _cells(char: str) -> int:
    if char == "\t":
        return len(_TAB)
    if char in _JOINERS or unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _shown(text: str) -> str:
    """Return a text that is safe on a terminal."""
    return text if text.isprintable() else "".join(map(_picture, text))


def _picture(char: str) -> str:
    """Return a character, or what stands for it when it would steer the terminal or not be seen."""
    match unicodedata.category(char):
        case "Cc":
            if char == "\t":
                return _TAB
            return chr(0x2400 + ord(char)) if char < " " else "\ufffd"
        case "Cs" | "Zl" | "Zp":
            return "\ufffd"
        case "Cf":
            return char if char in _JOINERS else "\ufffd"
        case _:
            return char


# JSON ----------------------------------------------------------------------------------------------------------------


def render_json(diagnostics: Iterable[Diagnostic]) -> str:
    """Write findings as one JSON object, with the version of its form."""
    data = {"format_version": FORMAT_VERSION, "diagnostics": [diagnostic_data(finding) for finding in diagnostics]}
    return _dump(data)


def diagnostic_data(finding: Diagnostic) -> dict[str, object]:
    """Return a finding as plain data; lines and columns count from 1, in code points, and the end is exclusive."""
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "message": finding.message,
        "span": _span_data(finding.span) if finding.span else None,
        "help": finding.help,
        "page": CODES[finding.code].page,
        "related": [{"label": related.label, "span": _span_data(related.span)} for related in finding.related],
    }


def _span_data(span: Span) -> dict[str, object]:
    return {
        "path": span.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _dump(data: object) -> str:
    return _encodable(json.dumps(data, ensure_ascii=False, indent=2)) + "\n"


# SARIF ---------------------------------------------------------------------------------------------------------------

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render_sarif(diagnostics: Iterable[Diagnostic], *, version: str | None = None, root: PurePath | None = None) -> str:
    """Write findings in the Static Analysis Results Interchange Format 2.1.0.

    Args:
        diagnostics: the findings.
        version: the version of the program that found them.
        root: the folder that paths are made relative to; a path outside it stays whole.
    """
    findings = list(diagnostics)
    found = {finding.code for finding in findings}
    codes = [name for name in CODES if name in found]
    driver: dict[str, object] = {"name": "relmaint", "rules": [_sarif_rule(name) for name in codes]}
    if version is not None:
        driver["version"] = version
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(finding, codes.index(finding.code), root) for finding in findings],
    }
    return _dump({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]})


def _sarif_rule(name: str) -> dict[str, object]:
    code = CODES[name]
    return {
        "id": name,
        "shortDescription": {"text": code.meaning},
        "help": {"text": f"{code.help}; more in {code.page}"},
        "defaultConfiguration": {"level": _LEVELS[Severity(code.severity)]},
    }


def _sarif_result(finding: Diagnostic, rule_index: int, root: PurePath | None) -> dict[str, object]:
    text = finding.message if finding.help is None else f"{finding.message}\nhelp: {finding.help}"
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [_sarif_location(finding.span, root)] if finding.span else [],
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, **_sarif_location(related.span, root), "message": {"text": related.label}}
            for number, related in enumerate(finding.related, start=1)
        ]
    return result


def _sarif_location(span: Span, root: PurePath | None) -> dict[str, object]:
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(span.path, root)}, "region": region}}


def _uri(path: str, root: PurePath | None) -> str:
    """Return a path as a URI, relative where it can be, with the same bytes on every system."""
    pure = PurePath(path)
    if root is not None and pure.is_relative_to(root):
        pure = pure.relative_to(root)
    if pure.is_absolute():
        return "file:///" + quote(pure.as_posix().lstrip("/"), safe="/:", errors="replace")
    return quote(pure.as_posix(), errors="replace")


# GitHub --------------------------------------------------------------------------------------------------------------

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render_github(diagnostics: Iterable[Diagnostic]) -> str:
    """Write findings as workflow commands, which GitHub shows beside the lines of a change."""
    return _encodable("".join(f"{_github_line(finding)}\n" for finding in diagnostics))


def _github_line(finding: Diagnostic) -> str:
    properties: dict[str, object] = {}
    if span := finding.span:
        properties = {"file": span.path, "line": span.line, "col": span.column, "endLine": span.end_line}
        if span.end_line == span.line:
            properties["endColumn"] = span.end_column
    properties["title"] = finding.code
    named = ",".join(f"{name}={_github_property(str(value))}" for name, value in properties.items())
    message = finding.message if finding.help is None else f"{finding.message}\nhelp: {finding.help}"
    return f"::{_COMMANDS[finding.severity]} {named}::{_github_data(message)}"


def _github_data(text: str) -> str:
    """Escape what would end a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    """Escape what would end a property of a workflow command."""
    return _github_data(text).replace(":", "%3A").replace(",", "%2C")
