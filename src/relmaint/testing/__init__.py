"""How does a bank test its rule book, its customer model and its own code with Hypothesis?

Strategies, laws and a state machine. Needs `pip install "relmaint[testing]"`; nothing else of relmaint imports it.

>>> from relmaint.testing import customers, laws
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if find_spec("hypothesis") is None:
    raise ModuleNotFoundError(
        'relmaint.testing needs Hypothesis; install it with `pip install "relmaint[testing]"`', name="hypothesis"
    )

if TYPE_CHECKING:
    from relmaint.testing import laws
    from relmaint.testing.machine import relationship_machine
    from relmaint.testing.profiles import load_profile, set_profile
    from relmaint.testing.strategies.books import rule_books, rules
    from relmaint.testing.strategies.conditions import conditions
    from relmaint.testing.strategies.customers import (
        customer_pairs,
        customers,
        customers_in,
        customers_matching,
        customers_near,
        customers_on_days,
        customers_where,
        moneys,
        portfolios,
    )
    from relmaint.testing.strategies.days import dates_near
    from relmaint.testing.strategies.edits import EditedBook, book_edits
    from relmaint.testing.strategies.events import FactChange, event_streams, events
    from relmaint.testing.strategies.files import MalformedBook, malformed_books, yaml_texts
    from relmaint.testing.strategies.recipes import declare
    from relmaint.verify.witness import DAY

_HOMES = {
    "strategies.books": ("rule_books", "rules"),
    "strategies.conditions": ("conditions",),
    "strategies.customers": (
        "customer_pairs",
        "customers",
        "customers_in",
        "customers_matching",
        "customers_near",
        "customers_on_days",
        "customers_where",
        "moneys",
        "portfolios",
    ),
    "strategies.days": ("dates_near",),
    "strategies.edits": ("EditedBook", "book_edits"),
    "strategies.events": ("FactChange", "event_streams", "events"),
    "strategies.files": ("MalformedBook", "malformed_books", "yaml_texts"),
    "machine": ("relationship_machine",),
    "profiles": ("load_profile", "set_profile"),
    "strategies.recipes": ("declare",),
}
_HOME_OF = {name: f"relmaint.testing.{home}" for home, names in _HOMES.items() for name in names}
_HOME_OF["DAY"] = "relmaint.verify.witness"

__all__ = [
    "DAY",
    "EditedBook",
    "FactChange",
    "MalformedBook",
    "book_edits",
    "conditions",
    "customer_pairs",
    "customers",
    "customers_in",
    "customers_matching",
    "customers_near",
    "customers_on_days",
    "customers_where",
    "dates_near",
    "declare",
    "event_streams",
    "events",
    "laws",
    "load_profile",
    "malformed_books",
    "moneys",
    "portfolios",
    "relationship_machine",
    "rule_books",
    "rules",
    "set_profile",
    "yaml_texts",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for: Hypothesis calls `entry`, which must not import the rest."""
    if name == "laws":
        return import_module("relmaint.testing.laws")
    if name not in _HOME_OF:
        raise AttributeError(f"module `relmaint.testing` has no attribute `{name}`")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted(__all__)
