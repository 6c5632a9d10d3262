"""What does a rule book hold: actions, rules, decision tables, guards, and how to rank?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum

from relmaint.diagnostics import Span
from relmaint.ir.conditions import ALWAYS, Comparison, Condition
from relmaint.model.action import Action, Kind, Provenance
from relmaint.text import Text
from relmaint.vocabulary import Vocabulary

__all__ = [
    "DEFAULT_PRECEDENCE",
    "MAXIMUM_NUMBER",
    "NO_CHECKS",
    "Aggregate",
    "Assumption",
    "Checks",
    "Effect",
    "Exemption",
    "Guard",
    "HitPolicy",
    "Invariant",
    "InvariantKind",
    "Notes",
    "Row",
    "Rule",
    "RuleBook",
    "Selector",
    "Table",
]

DEFAULT_PRECEDENCE = (
    "duty",
    "safety",
    "complaint",
    "dated",
    "requested",
    "loss-care",
    "review",
    "care",
    "growth",
)
"""Precedence classes of a book that declares none; earlier comes first."""

MAXIMUM_NUMBER = 1_000_000
"""No base, boost or budget of a book is further from zero."""


class HitPolicy(StrEnum):
    """Which of the matching rows of a table count (DMN 1.3, 8.2.10)."""

    UNIQUE = "unique"
    ANY = "any"
    FIRST = "first"
    PRIORITY = "priority"
    RULE_ORDER = "rule order"
    OUTPUT_ORDER = "output order"
    COLLECT = "collect"


class Aggregate(StrEnum):
    """How a collect table folds the numbers of its matching rows into one."""

    SUM = "sum"
    MIN = "min"
    MAX = "max"
    COUNT = "count"


class Effect(StrEnum):
    """What a guard does to the actions it selects."""

    WITHHOLD = "withhold"
    HOLD = "hold"
    ROUTE = "route"
    RESTRICT = "restrict"
    DEFER = "defer"


@dataclass(frozen=True, slots=True)
class Notes:
    """What a statement says about itself: why, from where, whose, and for which days (both inclusive)."""

    because: Text | None = None
    source: str | None = None
    provenance: Provenance | None = None
    owner: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None


NO_NOTES = Notes()


@dataclass(frozen=True, slots=True)
class Rule:
    """When the condition is true: propose the actions of `do`, and add the points of `boost` to the scores.

    `overrides` names the rules and table rows that this one sets aside; duties that they propose stay.
    """

    id: str
    when: Condition = ALWAYS
    do: tuple[str, ...] = ()
    boost: tuple[tuple[str, int], ...] = ()
    overrides: tuple[str, ...] = ()
    notes: Notes = NO_NOTES
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: a test for each input (`None` for any), and its outputs.

    Args:
        tests: in the order of the table's inputs; the attribute of each is that input.
        do: the actions proposed, in a table with a `do` output.
        boost: points for each action of `do`, in a table with a `boost` output.
        limits: the number for each budget output, in the order of the table's `limits`.
    """

    id: str
    tests: tuple[Comparison | None, ...]
    do: tuple[str, ...] = ()
    boost: int = 0
    limits: tuple[int, ...] = ()
    notes: Notes = NO_NOTES
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table.

    Args:
        inputs: the attributes that the columns test.
        outputs: the output columns in order: `do`, `boost`, or the name of a counted attribute, such as
            `contacts_30d`; such a table is a contact budget: it says how many discretionary contacts the customer
            may have, those already counted by the attribute included.
        order: for `priority` and `output order`, the actions from the most to the least important.
        default: the budget when no row matches; zero unless stated.
    """

    id: str
    hit: HitPolicy
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    rows: tuple[Row, ...]
    aggregate: Aggregate | None = None
    order: tuple[str, ...] = ()
    default: int = 0
    notes: Notes = NO_NOTES
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def limits(self) -> tuple[str, ...]:
        """The output columns that are contact budgets."""
        return tuple(name for name in self.outputs if name not in ("do", "boost"))


@dataclass(frozen=True, slots=True)
class Selector:
    """Which actions a guard is about: every named field must have one of the named values.

    `fields` is sorted by name. `channel` selects an action whose channels are all named; `methods` one that uses any
    of the named methods. `unless` lists action ids that are never selected.
    """

    fields: tuple[tuple[str, tuple[str, ...]], ...]
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guard:
    """When the condition is true, act on the selected actions, whoever proposed them; duties are never withheld.

    Args:
        needs: for `hold`, the action that must come first.
        to: for `route`, the owner who takes over.
        channels: for `restrict`, the only channels that remain.
        until: for `defer`, the local time of day before which nothing happens.
        clock: for `defer`, the attribute that holds the customer's local hour (0 to 23).
    """

    id: str
    when: Condition
    effect: Effect
    select: Selector
    needs: str | None = None
    to: str | None = None
    channels: tuple[str, ...] = ()
    until: time | None = None
    clock: str | None = None
    notes: Notes = NO_NOTES
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Assumption:
    """What no customer can be otherwise; proofs never show a customer that breaks it."""

    id: str
    always: Condition
    notes: Notes = NO_NOTES
    span: Span | None = field(default=None, compare=False, repr=False)


class InvariantKind(StrEnum):
    """What an invariant says of the selected actions."""

    NEVER = "never"
    ALWAYS = "always"
    MONOTONE = "monotone"
    INDEPENDENT = "independent"


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must be true of every customer's plan; it is proven, and changes no plan.

    Args:
        kind: `never`: no selected action is planned; `always`: at least one is; `monotone`: of two customers who differ
            in one attribute only, the later one in its order has no fewer of them planned; `independent`: such two
            have the same of them planned, in the same order, by the same owner and over the same channels.
        select: the actions spoken of; `None` is every action.
        when: the customers spoken of; of two customers, both.
        attribute: for `monotone` and `independent`, the one in which the two customers differ.
        order: for `monotone` in an enum, its words from the first to the last; numbers and days have their own order.
    """

    id: str
    kind: InvariantKind
    select: Selector | None = None
    when: Condition = ALWAYS
    attribute: str | None = None
    order: tuple[str, ...] = ()
    notes: Notes = NO_NOTES
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Exemption:
    """A finding that is meant: of one check, about one id, or about all ids that begin so when `at` ends in `/*`."""

    check: str
    at: str
    notes: Notes = NO_NOTES
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Checks:
    """What a book says about the checks: how much each matters (`off`, `info`, `warning`, `error`), and exceptions."""

    severities: Mapping[str, str] = field(default_factory=dict)
    exempt: tuple[Exemption, ...] = ()


NO_CHECKS = Checks()


@dataclass(frozen=True, slots=True)
class RuleBook:
    """A whole rule book.

    Everything is held in a canonical order (by id), so that the order of files and keys never matters; only the rows
    of a table keep the order in which they are written.

    Args:
        terms: words of the catalogue by group (`owner`, `channel`, `method`, …) with their labels.
        precedence: the classes of the ranking; earlier comes first.
        covers: the kinds of maintenance that every customer must have.
        span: where the header of the book stands.
    """

    name: str
    version: str
    vocabulary: Vocabulary
    title: Text | None = None
    actions: Mapping[str, Action] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    tables: tuple[Table, ...] = ()
    guards: tuple[Guard, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    checks: Checks = NO_CHECKS
    terms: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)
    precedence: tuple[str, ...] = DEFAULT_PRECEDENCE
    covers: tuple[Kind, ...] = tuple(Kind)
    action_spans: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)
    span: Span | None = field(default=None, compare=False, repr=False)
