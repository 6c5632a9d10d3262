"""Which maintenance strategy fits this customer, and why?

>>> from relmaint import Customer, Engine, load_rule_book
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relmaint.diagnostics import Diagnostic, Severity, Span
    from relmaint.engine import Engine
    from relmaint.errors import ArchiveError, BackendUnavailableError, ModelError, RelmaintError, RuleBookError
    from relmaint.ir.rules import RuleBook
    from relmaint.model.action import Action, Kind, Nature
    from relmaint.model.attributes import About, derived, vocabulary_of
    from relmaint.model.customer import Channel, Customer, Event, Habit, Preference, Tier
    from relmaint.model.explanation import Explanation
    from relmaint.model.plan import ActionPlan, PlannedAction, PlanStatus, Reason, Stage, WithheldAction
    from relmaint.model.record import DecisionRecord
    from relmaint.rulebook import check_rule_book, default_book_path, load_rule_book, parse_rule_book
    from relmaint.text import Text

__version__ = "0.1.0"

_HOMES = {
    "relmaint.diagnostics": ("Diagnostic", "Severity", "Span"),
    "relmaint.engine": ("Engine",),
    "relmaint.errors": ("ArchiveError", "BackendUnavailableError", "ModelError", "RelmaintError", "RuleBookError"),
    "relmaint.ir.rules": ("RuleBook",),
    "relmaint.model.action": ("Action", "Kind", "Nature"),
    "relmaint.model.attributes": ("About", "derived", "vocabulary_of"),
    "relmaint.model.customer": ("Channel", "Customer", "Event", "Habit", "Preference", "Tier"),
    "relmaint.model.explanation": ("Explanation",),
    "relmaint.model.plan": ("ActionPlan", "PlanStatus", "PlannedAction", "Reason", "Stage", "WithheldAction"),
    "relmaint.model.record": ("DecisionRecord",),
    "relmaint.rulebook": ("check_rule_book", "default_book_path", "load_rule_book", "parse_rule_book"),
    "relmaint.text": ("Text",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "About",
    "Action",
    "ActionPlan",
    "ArchiveError",
    "BackendUnavailableError",
    "Channel",
    "Customer",
    "DecisionRecord",
    "Diagnostic",
    "Engine",
    "Event",
    "Explanation",
    "Habit",
    "Kind",
    "ModelError",
    "Nature",
    "PlanStatus",
    "PlannedAction",
    "Preference",
    "Reason",
    "RelmaintError",
    "RuleBook",
    "RuleBookError",
    "Severity",
    "Span",
    "Stage",
    "Text",
    "Tier",
    "WithheldAction",
    "__version__",
    "check_rule_book",
    "default_book_path",
    "derived",
    "load_rule_book",
    "parse_rule_book",
    "vocabulary_of",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for, so that `import relmaint` stays light."""
    if name not in _HOME_OF:
        raise AttributeError(f"module `relmaint` has no attribute `{name}`")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted(__all__)
