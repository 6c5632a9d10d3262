"""Has every combination of preference, habit and tier its daily, special and care actions?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from relmaint.diagnostics import Diagnostic, diagnostic
from relmaint.ir.program import UNKNOWN, Box, Program
from relmaint.ir.rules import Effect, HitPolicy, RuleBook
from relmaint.model.action import Action, Kind
from relmaint.rank.select import selects
from relmaint.verify.certificate import claim_of
from relmaint.verify.cover import Covered, Hole, Region, Undecided, Union, region_of
from relmaint.verify.space import Space
from relmaint.vocabulary import EnumType

__all__ = ["AXES", "CellAction", "Combination", "Totality"]

AXES = ("preference", "habit", "tier")
"""The axes of the source deck: 5 x 4 x 3 combinations."""

Combination = Mapping[str, str]
"""A word for each axis."""


@dataclass(frozen=True, slots=True)
class CellAction:
    """An action that a combination can get: always, or only when something else is true of the customer too."""

    action: Action
    always: bool


class Totality:
    """Answers about the combinations of one book."""

    def __init__(self, book: RuleBook) -> None:
        """Lower the book and collect which boxes propose which action."""
        self._book = book
        self._space = Space(book)
        self._program: Program = self._space.programs[0]
        self._proposing: dict[str, list[tuple[Box, str]]] = {name: [] for name in book.actions}
        proposes = {rule.id: rule.do for rule in book.rules}
        proposes |= {row.id: row.do for table in book.tables for row in table.rows}
        for box, owner in zip(self._program.boxes, self._program.owner, strict=True):
            statement = self._program.statements[owner].id
            for action in proposes.get(statement, ()):
                self._proposing[action].append((box, statement))

    @property
    def combinations(self) -> Iterator[Combination]:
        """Every combination of the axes that the customer model has, in the model's order."""
        types = {name: self._book.vocabulary[name].type for name in AXES if name in self._book.vocabulary}
        words = {name: type_.values for name, type_ in types.items() if isinstance(type_, EnumType)}
        for picked in product(*words.values()):
            yield dict(zip(words, picked, strict=True))

    def actions(self, combination: Combination) -> tuple[CellAction, ...]:
        """Return the actions that some rule proposes for some customer of the combination, by id."""
        here = self._region(combination)
        found = []
        for name, boxes in sorted(self._proposing.items()):
            touching = [box for box, _ in boxes if all(here[index] & mask for index, mask in box)]
            if touching:
                always = isinstance(self._space.union(touching).cover(here), Covered)
                found.append(CellAction(self._book.actions[name], always))
        return tuple(found)

    def findings(self) -> Iterator[Diagnostic]:
        """Yield what no rule proposes for some customer of some combination; many like cases are told as one.

        An error when there is such a customer; a warning when the question could not be decided.
        """
        return (finding for _, finding in self.findings_by_kind())

    def findings_by_kind(self) -> Iterator[tuple[Kind, Diagnostic]]:
        """Yield the findings, each with the kind that is missing."""
        for kind in self._book.covers:
            answers = [(one, self._proposed[kind].cover(self._region(one))) for one in self.combinations]
            holes = [(one, said.region) for one, said in answers if isinstance(said, Hole)]
            yield from ((kind, finding) for finding in self._uncovered(kind, holes))
            found = [" x ".join(one.values()) for one, said in answers if isinstance(said, Undecided)]
            for words in _told(found):
                message = f"every `{kind}` action for {words} may be missing for some customer"
                yield kind, diagnostic("undecided-combination", message, self._book.span)

    @cached_property
    def _sure(self) -> dict[Kind, Union]:
        """For each kind, the boxes of the actions that stay once proposed."""
        return {kind: self._union(self._unfailing, kind) for kind in self._book.covers}

    @cached_property
    def _proposed(self) -> dict[Kind, Union]:
        """For each kind, the boxes of all of its actions."""
        return {kind: self._union(self._proposing, kind) for kind in self._book.covers}

    def _union(self, actions: Iterable[str], kind: Kind) -> Union:
        return self._space.union([box for box, _ in self._of_kind(actions, kind)])

    def claims(self) -> Iterator[dict[str, Any]]:
        """Yield, for each kind that is guaranteed to every customer whose axes are known, the claim with its proof."""
        axes = self._program.axes
        region = tuple(axis.known if axis.attribute in AXES else axis.everything for axis in axes)
        for kind in self._book.covers:
            union = self._sure[kind]
            answer = union.cover(region)
            if isinstance(answer, Covered):
                named = [name for _, name in self._of_kind(self._unfailing, kind)]
                owners = dict(enumerate([*named, *(f"assumption {name}" for name in self._space.broken)]))
                words = f"a rule proposes a `{kind}` action that nothing withholds, for every combination of the axes"
                yield claim_of(words, answer, region, union, axes, owners)

    def _uncovered(self, kind: Kind, holes: list[tuple[Combination, Region]]) -> Iterator[Diagnostic]:
        said = [" x ".join(one.values()) + self._when(region, self._region(one)) for one, region in holes]
        everywhere = len(holes) == sum(1 for _ in self.combinations)
        for place, words in enumerate(_told(said)):
            when = "" if everywhere else f" with `when: {self._pattern(holes[place][0])}`"
            yield diagnostic(
                "uncovered-combination",
                f"no rule proposes a `{kind}` action for {words}",
                self._book.span,
                help=f"add a rule{when or ' without `when`'} that does a `{kind}` action",
            )

    def _of_kind(self, actions: Iterable[str], kind: Kind) -> list[tuple[Box, str]]:
        """Return the boxes that propose an action of the kind, each with its statement, in the order of the ids."""
        named = [name for name in sorted(actions) if self._book.actions[name].kind is kind]
        return [pair for name in named for pair in self._proposing[name]]

    @cached_property
    def _unfailing(self) -> frozenset[str]:
        """The actions that stay once proposed: duties, and what no guard, override, hit policy or budget reaches."""
        return frozenset(name for name, action in self._book.actions.items() if self._stays(action))

    def _stays(self, action: Action) -> bool:
        if action.valid_from or action.valid_until:
            return False
        if self._in_choosing_table(action.id):
            return False
        if action.is_duty:
            return True
        guarded = any(
            guard.effect in (Effect.WITHHOLD, Effect.HOLD, Effect.RESTRICT) and selects(guard.select, action)
            for guard in self._book.guards
        )
        overridden = {name for rule in self._book.rules for name in rule.overrides}
        reachable = any(action.id in rule.do and rule.id in overridden for rule in self._book.rules) or any(
            action.id in row.do and row.id in overridden for table in self._book.tables for row in table.rows
        )
        return not guarded and not reachable and not action.is_discretionary_contact

    def _in_choosing_table(self, action: str) -> bool:
        choosing = (HitPolicy.FIRST, HitPolicy.PRIORITY)
        return any(action in row.do for table in self._book.tables if table.hit in choosing for row in table.rows)

    def _region(self, combination: Combination) -> Region:
        region = list(region_of(self._program.axes))
        for index, axis in enumerate(self._program.axes):
            if axis.attribute in combination:
                region[index] = 1 << axis.class_of(combination[axis.attribute])
        return tuple(region)

    def _when(self, region: Region, here: Region) -> str:
        """Say what else is true of the customers in a hole, one class an attribute."""
        said = []
        for index, axis in enumerate(self._program.axes):
            if region[index] != here[index]:
                class_ = (region[index] & -region[index]).bit_length() - 1
                known = class_ != UNKNOWN
                said.append(f"{axis.attribute} {axis.describe(class_)}" if known else f"{axis.attribute} is unknown")
        return f" with {' and '.join(said)}" if said else ""

    @staticmethod
    def _pattern(combination: Combination) -> str:
        return " and ".join(f"{name} = {word}" for name, word in combination.items())


_FEW = 5
"""More like findings than this are told as one: an analyst wants to know that all are missing, not read sixty lines."""


def _told(found: list[str]) -> list[str]:
    """Return the combinations one by one, or when they are many the first and how many more there are."""
    return found if len(found) <= _FEW else [f"{found[0]}, and {len(found) - 1} more combinations"]
