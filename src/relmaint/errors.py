"""What can a caller do wrong, or be unable to do here?

The writer of a rule book gets diagnostics; these exceptions are for the program that calls the library.
A bug in the library is none of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from relmaint.diagnostics import Diagnostic

__all__ = ["ArchiveError", "BackendUnavailableError", "ModelError", "RelmaintError", "RuleBookError"]


class RelmaintError(Exception):
    """Base of every exception that this library raises on purpose."""


class RuleBookError(RelmaintError):
    """A rule book cannot be used; `diagnostics` holds everything found, errors and warnings."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Keep all findings, and show each on a line of the message."""
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(str(finding) for finding in self.diagnostics))

    def __reduce__(self) -> tuple[type[RuleBookError], tuple[tuple[Diagnostic, ...]]]:
        """Pickle by the findings, not by the message."""
        return type(self), (self.diagnostics,)


class ModelError(RelmaintError):
    """A customer model cannot serve as a vocabulary: a field's type has no exact classes."""


class BackendUnavailableError(RelmaintError):
    """A backend cannot run here, or not with this book; the message names what to install or to do."""


class ArchiveError(RelmaintError):
    """An archive of books lacks the book that is asked for, or what it holds is damaged."""
