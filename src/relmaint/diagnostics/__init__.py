"""What is a finding about a rule book, and where does it stand?

A diagnostic is data: a stable code, a message, the place in the source, what to do, and the other places involved.
How it looks is a matter of `relmaint.diagnostics.render`; what each code means stands in `relmaint.diagnostics.codes`.
"""

from __future__ import annotations

import difflib
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from relmaint.diagnostics.codes import CODES

__all__ = ["Diagnostic", "Related", "Severity", "Source", "Span", "diagnostic", "did_you_mean"]


_LINE_BREAK = re.compile(r"\r\n|\r|\n")


class Severity(StrEnum):
    """How much a finding matters: an error stops loading, a warning and an info do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Source:
    """One text that was read: its path as the reader named it, and the whole text."""

    path: str
    text: str = field(repr=False)
    _starts: list[int] = field(init=False, compare=False, repr=False, default_factory=list)

    def line(self, number: int) -> str:
        """Return line `number` (counted from 1) without its line break, or an empty text past the end."""
        starts = self._line_starts()
        if not 0 < number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def span(self, start: int, end: int) -> Span:
        """Return the place of `text[start:end]`.

        >>> str(Source("a.yaml", "do: [call, write]").span(11, 16))
        'a.yaml:1:12'
        """
        (line, column), (end_line, end_column) = self._place(start), self._place(end)
        return Span(self.path, line, column, end_line, end_column, self)

    def _place(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of a character."""
        starts = self._line_starts()
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def _line_starts(self) -> list[int]:
        """Find the first character of each line once; a finding needs one line, and there may be many findings."""
        if not self._starts:
            self._starts[:] = [0, *(found.end() for found in _LINE_BREAK.finditer(self.text))]
        return self._starts


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a source; lines and columns count from 1, in code points, and the end column is exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    source: Source | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        """Return the place in the form that terminals and editors make clickable."""
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Related:
    """Another place involved in a finding, and its part in it."""

    span: Span
    label: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    Args:
        code: a word that names the kind of finding, registered in `CODES`.
        message: what is wrong; lower case, no full stop, names in backticks, one line.
        span: where; `None` only when a file could not be opened at all.
        severity: how much it matters.
        help: what to do next.
        related: every other place involved.
    """

    code: str
    message: str
    span: Span | None
    severity: Severity = Severity.ERROR
    help: str | None = None
    related: tuple[Related, ...] = ()

    def __str__(self) -> str:
        """Return the finding on one line."""
        place = f"{self.span}: " if self.span else ""
        return f"{place}{self.severity}[{self.code}]: {self.message}"


def diagnostic(
    code: str,
    message: str,
    span: Span | None,
    *,
    help: str | None = None,
    related: Iterable[Related] = (),
) -> Diagnostic:
    """Make a finding of a registered code, with the severity and the help that the code declares by default."""
    declared = CODES[code]
    return Diagnostic(code, message, span, Severity(declared.severity), help or declared.help, tuple(related))


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Guess which known word a misspelt one stands for, as a sentence; `None` when nothing comes close.

    >>> did_you_mean("amu", ["aum", "age"])
    'did you mean `aum`?'
    """
    candidates = list(known)
    found = difflib.get_close_matches(word, candidates, n=1, cutoff=0.6)
    if not found and sorted(word) in (anagrams := [sorted(name) for name in candidates]):
        found = [candidates[anagrams.index(sorted(word))]]
    return f"did you mean `{found[0]}`?" if found else None
