"""What can a caller do wrong, or be unable to do here?

The writer of a rule book gets diagnostics; these exceptions are for the program that calls the library.
A bug in the library is none of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from relmaint.diagnostics import Diagnostic

__all__ = ["BackendUnavailableError", "CustomerError", "ModelError", "RelmaintError", "RuleBookError"]


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


class CustomerError(RelmaintError):
    """A customer record is not valid; `field` names the attribute, `problem` says what is wrong with it."""

    def __init__(self, customer_id: str | None, field: str, problem: str) -> None:
        """Say whose record, which field, and what is wrong."""
        self.customer_id, self.field, self.problem = customer_id, field, problem
        who = f"customer {customer_id}: " if customer_id else ""
        super().__init__(f"{who}{field}: {problem}")

    def __reduce__(self) -> tuple[type[CustomerError], tuple[str | None, str, str]]:
        """Pickle by the parts, not by the message."""
        return type(self), (self.customer_id, self.field, self.problem)


class ModelError(RelmaintError):
    """A customer model cannot serve as a vocabulary: a field's type has no exact classes."""


class BackendUnavailableError(RelmaintError):
    """A backend cannot run here, or not with this book; the message names what to install or to do."""
