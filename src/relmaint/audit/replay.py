"""Is a recorded decision the same when it is made again, and if not, is it the rules, the engine or the data?

Each record gets one verdict. A drift has exactly one cause, looked for in this order: the data (what the record says
cannot be trusted or read as it was), the engine (the very book that decided gives another plan), the rules (another
book gives another plan).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ValidationError

from relmaint.audit.archive import Archive
from relmaint.audit.effects import Edit, Edited, Effect, edits_between, effects, named_by, speaking, with_edits
from relmaint.audit.records import NoRecord, first_error
from relmaint.engine import BackendName, Engine
from relmaint.errors import ArchiveError
from relmaint.hashing import canonical_json
from relmaint.ir.canonical import SEMANTICS, digest, rules_digest
from relmaint.ir.rules import RuleBook
from relmaint.model.attributes import facts_of, vocabulary_of
from relmaint.model.plan import ActionPlan, stamped
from relmaint.model.record import DecisionRecord, customer_of, derived_facts, explanation_digest, stored_facts

__all__ = ["Cause", "Outcome", "Replay", "Verdict"]


class Outcome(StrEnum):
    """What became of a record.

    - `identical`: the same book gives the same plan, byte for byte, and the same explanation.
    - `unchanged`: another book, or another version of the meaning, gives a plan that differs in naming it only.
    - `drift`: something else comes out, or nothing can.
    - `not replayed`: the book is not at hand; nothing is known.
    """

    IDENTICAL = "identical"
    UNCHANGED = "unchanged"
    DRIFT = "drift"
    NOT_REPLAYED = "not replayed"


class Cause(StrEnum):
    """What a drift comes from; each has exactly one."""

    RULES = "rules"
    ENGINE = "engine"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What replaying one record showed.

    Args:
        record: the id of the record, as far as it says one.
        customer: whose plan it is, unless the record leaves that out.
        cause: of a drift.
        why: what was found, in words; empty when the outcome says it all.
        effects: how the plans differ.
        edits: of a drift of the rules, the edited statements that speak for this customer; `None` when the book that
            decided is not at hand.
    """

    outcome: Outcome
    record: str | None = None
    customer: str | None = None
    as_of: date | None = None
    cause: Cause | None = None
    why: str = ""
    effects: tuple[Effect, ...] = ()
    edits: tuple[Edited, ...] | None = None


@dataclass(slots=True)
class _Made:
    """An engine, and what of its book is compared with records."""

    engine: Engine
    rules: str
    digests: dict[int, str] = field(default_factory=dict)

    def digest(self, semantics: int) -> str:
        """Return the digest that the book has under a version of the meaning."""
        if semantics not in self.digests:
            self.digests[semantics] = digest(self.engine.book, semantics=semantics)
        return self.digests[semantics]


class Replay:
    """Makes recorded decisions again.

    Args:
        model: the customer model.
        book: the book to decide by; without one, each record is replayed by the archived book that it names.
        archive: where the books of the records are; with `book` too, it tells which statements were edited, and
            whether the engine still decides as it did.
        backend: how matches are found.

    Raises:
        ValueError: neither a book nor an archive is given.
    """

    def __init__(
        self,
        model: type[BaseModel],
        *,
        book: RuleBook | None = None,
        archive: Archive | None = None,
        backend: BackendName = "compiled",
    ) -> None:
        if book is None and archive is None:
            raise ValueError("give a book, an archive, or both")
        self._model = model
        self._vocabulary = vocabulary_of(model)
        self._archive = archive
        self._backend: BackendName = backend
        self._given = None if book is None else self._made(book)
        self._archived: dict[str, _Made | ArchiveError] = {}
        self._edits: dict[str, Mapping[str, Edit]] = {}

    def verdict(self, record: DecisionRecord | NoRecord) -> Verdict:
        """Return what replaying a record shows."""
        if isinstance(record, NoRecord):
            return Verdict(Outcome.DRIFT, record.id, cause=Cause.DATA, why=record.why)
        if not record.is_intact:
            why = "the id does not belong to the content: the record was changed after it was made"
            return self._of(record, Outcome.DRIFT, Cause.DATA, why)
        original = self._original(record)
        if self._given is None and isinstance(original, ArchiveError):
            return self._of(record, Outcome.NOT_REPLAYED, why=str(original))
        made = original if isinstance(original, _Made) else None
        same = next((one for one in (self._given, made) if one is not None and self._decided(one, record)), None)
        customer = self._customer(record, exact=same is not None)
        if isinstance(customer, str):
            return self._of(record, Outcome.DRIFT, Cause.DATA, customer)
        target = self._given or made
        if target is None:
            raise AssertionError("no book to replay by; please report this")
        if same is not None:
            found = self._by_the_same(record, same, customer)
            if same is target or found.outcome is Outcome.DRIFT:
                return found
        return self._by_another(record, target, made, customer)

    @staticmethod
    def _decided(made: _Made, record: DecisionRecord) -> bool:
        """Whether the book is the one that decided."""
        return made.digest(record.semantics) == record.book.digest

    def _made(self, book: RuleBook) -> _Made:
        return _Made(Engine(book, self._backend), rules_digest(book))

    def _original(self, record: DecisionRecord) -> _Made | ArchiveError | None:
        """Return the archived book that the record names, or why there is none; `None` without an archive."""
        if self._archive is None:
            return None
        name = record.book.digest
        if name not in self._archived:
            try:
                self._archived[name] = self._made(self._archive.load(name, self._model))
            except ArchiveError as problem:
                self._archived[name] = problem
        return self._archived[name]

    def _customer(self, record: DecisionRecord, *, exact: bool) -> BaseModel | str:
        """Return the customer of a record, or why the model does not read it as it was read.

        Args:
            exact: whether the model has the very attributes that it had; otherwise only those are compared that the
                record knows and the model has.
        """
        strangers = sorted(record.customer.keys() - self._model.model_fields.keys())
        if strangers:
            return f"the model has no field `{strangers[0]}`"
        try:
            customer = customer_of(record.customer, self._model, self._vocabulary)
        except ValidationError as problem:
            return f"the model no longer takes the customer: {first_error(problem)}"
        stored = stored_facts(customer, self._vocabulary)
        if "id" not in record.customer:
            stored.pop("id", None)
        derived = derived_facts(facts_of(self._vocabulary, customer, record.as_of), self._vocabulary)
        for before, after in ((record.customer, stored), (record.derived, derived)):
            compared = before.keys() | after.keys() if exact else {name for name in before if self._has(name)}
            for name in sorted(compared):
                if before.get(name) != after.get(name):
                    now, then = _text(after.get(name)), _text(before.get(name))
                    return f"the model reads `{name}` as {now}; the record says {then}"
        return customer

    def _has(self, name: str) -> bool:
        return name in self._vocabulary or name in self._model.model_fields

    def _by_the_same(self, record: DecisionRecord, made: _Made, customer: BaseModel) -> Verdict:
        """Replay by the book that decided, whose digest is that of the record."""
        plan = self._plan(record, made, customer)
        if _content(plan) != _content(record.plan):
            why = "the same book gives another plan"
            if record.semantics != SEMANTICS:
                why += f" under version {SEMANTICS} of the meaning; the record was made under {record.semantics}"
            return self._of(record, Outcome.DRIFT, Cause.ENGINE, why, effects(record.plan, plan))
        if record.semantics != SEMANTICS:
            why = f"the same plan under version {SEMANTICS} of the meaning, made under {record.semantics}"
            return self._of(record, Outcome.UNCHANGED, why=why)
        explanation = made.engine.explain(customer, as_of=record.as_of).model_copy(update={"customer": None})
        if explanation_digest(explanation) != record.explanation:
            why = "the same book gives the same plan and another explanation"
            return self._of(record, Outcome.DRIFT, Cause.ENGINE, why)
        return self._of(record, Outcome.IDENTICAL)

    def _by_another(self, record: DecisionRecord, target: _Made, made: _Made | None, customer: BaseModel) -> Verdict:
        """Replay by a book whose digest is not that of the record."""
        plan = self._plan(record, target, customer)
        ref = target.engine.ref
        books = f"decided by {_named(record.book.name, record.book.version, record.book.digest)}, replayed by "
        books += _named(ref.name, ref.version, ref.digest)
        if _content(plan) == _content(record.plan):
            return self._of(record, Outcome.UNCHANGED, why=books)
        if target.rules == record.rules:
            why = f"the rules are the same, the attributes of the customer model are not: {books}"
            return self._of(record, Outcome.DRIFT, Cause.DATA, why, effects(record.plan, plan))
        edits = self._edits_to(record.book.digest, made, target)
        found = with_edits(effects(record.plan, plan), edits, target.engine.book)
        verdict = self._of(record, Outcome.DRIFT, Cause.RULES, books, found)
        if made is None:
            return verdict
        engines = (made.engine, target.engine)
        matches = tuple(frozenset(one.activations(customer, as_of=record.as_of)) for one in engines)
        both = (engines[0].book, engines[1].book)
        told = speaking(edits, both, (matches[0], matches[1]), named_by(record.plan, plan))
        return replace(verdict, edits=told)

    def _edits_to(self, name: str, made: _Made | None, target: _Made) -> Mapping[str, Edit]:
        if name not in self._edits:
            self._edits[name] = edits_between(None if made is None else made.engine.book, target.engine.book)
        return self._edits[name]

    def _plan(self, record: DecisionRecord, made: _Made, customer: BaseModel) -> ActionPlan:
        plan = made.engine.plan(customer, as_of=record.as_of)
        if record.plan.customer is None:
            return stamped(plan.__dict__, None, record.as_of)
        return plan

    @staticmethod
    def _of(
        record: DecisionRecord,
        outcome: Outcome,
        cause: Cause | None = None,
        why: str = "",
        found: tuple[Effect, ...] = (),
    ) -> Verdict:
        return Verdict(outcome, record.id, record.plan.customer, record.as_of, cause, why, found)


def _content(plan: ActionPlan) -> str:
    """Return a plan in bytes, without the book that it names."""
    return canonical_json(plan.model_dump(mode="json", exclude={"book"}))


def _named(name: str, version: str, digest_: str) -> str:
    return f"{name} {version} ({digest_[:12]})"


def _text(value: Any) -> str:
    return "unknown" if value is None else canonical_json(value)
