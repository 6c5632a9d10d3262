"""What is the plan for this customer on this day?

The façade: it puts a book, a backend and the ranking together. It has no clock, reads no file, and holds no customer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from relmaint.backends.compiled import CompiledBackend
from relmaint.backends.protocol import Backend, CellBackend
from relmaint.backends.reference import ReferenceBackend
from relmaint.explain.account import explain
from relmaint.explain.fill import Filler, fillers_of
from relmaint.ir.canonical import SEMANTICS, digest, rules_digest
from relmaint.ir.program import Program
from relmaint.ir.rules import RuleBook
from relmaint.lower import lower
from relmaint.model.attributes import facts_of
from relmaint.model.explanation import Explanation
from relmaint.model.plan import ActionPlan, BookRef, PlannedAction, Reason, WithheldAction, stamped
from relmaint.model.record import (
    WITHHELD_ID,
    DecisionRecord,
    customer_of,
    derived_facts,
    explanation_digest,
    stored_facts,
)
from relmaint.rank.decide import Decision, Ranking

__all__ = ["BACKENDS", "BackendName", "Engine"]

BackendName = Literal["compiled", "reference", "rete"]


def _rete(program: Program) -> Backend:
    from relmaint.backends.rete import ReteBackend

    return ReteBackend(program)


BACKENDS: dict[str, Callable[[Program], Backend]] = {
    "compiled": CompiledBackend,
    "reference": ReferenceBackend,
    "rete": _rete,
}
"""How each backend is made from a program; the first is the default."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What one cell comes to: the fields of a plan that no customer in the cell changes, and what is still to fill."""

    fields: dict[str, Any]
    fillers: tuple[Filler, ...]
    decision: Decision


_NAMELESS = {"customer": None}
"""An explanation of a customer without an id, so that its digest is the same whether a record keeps the id or not."""


class Engine:
    """Plans by one rule book.

    An engine can be shared by threads, pickled, and used after a fork; it never changes what it answers.

    Args:
        book: the rule book.
        backend: `compiled` for use; `reference` and `rete` are independent opinions for proof.
        remember: how many cells the engine remembers the outcome of.

    Raises:
        BackendUnavailableError: the backend cannot run here, or not with this book.
    """

    def __init__(self, book: RuleBook, backend: BackendName = "compiled", *, remember: int = 65_536) -> None:
        """Lower the book and prepare the backend and the ranking."""
        if backend not in BACKENDS:
            raise ValueError(f"backend must be one of {', '.join(BACKENDS)}, not {backend!r}")
        self.book = book
        self.backend = backend
        self.program = lower(book)
        self.ref = BookRef(
            name=book.name,
            version=book.version,
            digest=digest(book),
        )
        self._remember = remember
        self._ranking = Ranking(self.program)
        self._matcher = BACKENDS[backend](self.program)
        self._cell = self._matcher.cell if isinstance(self._matcher, CellBackend) else None
        self._outcomes: dict[Any, _Outcome] = {}
        self._evicting = threading.Lock()
        self._model: type[Any] = book.vocabulary.model or BaseModel

    def __reduce__(self) -> tuple[Callable[..., Engine], tuple[RuleBook, str, int]]:
        """Pickle as the recipe: the book and the options."""
        return _remade, (self.book, self.backend, self._remember)

    def plan(self, customer: BaseModel, *, as_of: date) -> ActionPlan:
        """Return the ranked plan for one customer on the day `as_of`.

        Raises:
            TypeError: the customer is not an instance of the model that the book was loaded for.
        """
        if self._cell is None:
            outcome = self._decide(customer, as_of)
        else:
            if customer.__class__ is not self._model:
                self._check_model(customer)
            key = self._cell(customer, as_of)
            try:
                outcome = self._outcomes[key]
            except KeyError:
                outcome = self._decide_cell(key, customer, as_of)
        return self._completed(outcome, customer, as_of)

    def plan_of(self, decision: Decision, customer: BaseModel, *, as_of: date) -> ActionPlan:
        """Return the plan that a decision comes to for one customer, whoever decided."""
        self._check_model(customer)
        return self._completed(self._outcome(decision), customer, as_of)

    def _completed(self, outcome: _Outcome, customer: BaseModel, as_of: date) -> ActionPlan:
        identity = customer.__dict__.get("id")
        if outcome.fillers:
            return self._filled(outcome, customer, identity, as_of)
        return stamped(outcome.fields, identity, as_of)

    def plan_many(self, customers: Iterable[BaseModel], *, as_of: date) -> Iterator[ActionPlan]:
        """Yield the plan of each customer, in the order given."""
        for customer in customers:
            yield self.plan(customer, as_of=as_of)

    def activations(self, customer: BaseModel, *, as_of: date) -> tuple[str, ...]:
        """Return the ids of the rules, table rows and guards that match a customer, in the order of the book.

        Raises:
            TypeError: the customer is not an instance of the model that the book was loaded for.
        """
        self._check_model(customer)
        found = (self.program.statements[number] for number in self._matcher.match(customer, as_of))
        return tuple(one.id for one in found if one.role != "action")

    def explain(self, customer: BaseModel, *, as_of: date) -> Explanation:
        """Account for every action of the catalogue: planned, withheld, or not proposed, and why."""
        self._check_model(customer)
        decision = self._decide(customer, as_of).decision
        facts = facts_of(self.book.vocabulary, customer, as_of)
        identity = customer.__dict__.get("id")
        return explain(self.program, self._ranking, decision, facts, self.ref, identity)

    def record(self, customer: BaseModel, *, as_of: date, with_id: bool = True) -> DecisionRecord:
        """Return what must be kept of the plan for one customer, so that it can be made again and compared.

        Args:
            customer: the customer.
            as_of: the day of the plan.
            with_id: whether the customer's id is kept; without it, nothing else that is known is left out.

        Raises:
            ValueError: the id cannot be left out, since a rule reads it, or the model takes none but a real one.
        """
        self._check_model(customer)
        if not with_id:
            customer = self._nameless(customer)
        plan = self.plan(customer, as_of=as_of)
        stored = stored_facts(customer, self.book.vocabulary)
        if not with_id:
            plan = stamped(plan.__dict__, None, as_of)
            stored.pop("id", None)
        return DecisionRecord.of(
            as_of=as_of,
            book=self.ref,
            rules=self._rules_digest,
            semantics=SEMANTICS,
            customer=stored,
            derived=derived_facts(facts_of(self.book.vocabulary, customer, as_of), self.book.vocabulary),
            plan=plan,
            explanation=explanation_digest(self.explain(customer, as_of=as_of).model_copy(update=_NAMELESS)),
        )

    @cached_property
    def _rules_digest(self) -> str:
        return rules_digest(self.book)

    def _nameless(self, customer: BaseModel) -> BaseModel:
        """Return the customer under the id that stands for one left out."""
        if "id" not in type(customer).model_fields:
            return customer
        if any(axis.attribute == "id" for axis in self.program.axes):
            raise ValueError(f"the book `{self.book.name}` reads `id`, so that it cannot be left out of a record")
        vocabulary = self.book.vocabulary
        stored = {name: value for name, value in stored_facts(customer, vocabulary).items() if name != "id"}
        try:
            return customer_of(stored, type(customer), vocabulary)
        except ValidationError as problem:
            raise ValueError(
                f"{type(customer).__name__} does not take the id `{WITHHELD_ID}`, which stands for one left out"
            ) from problem

    def _check_model(self, customer: BaseModel) -> None:
        if not isinstance(customer, self._model):
            raise TypeError(
                f"the book `{self.book.name}` was loaded for {self._model.__name__}, not {type(customer).__name__}"
            )

    def _decide_cell(self, key: Any, customer: BaseModel, as_of: date) -> _Outcome:
        outcome = self._decide(customer, as_of)
        if len(self._outcomes) >= self._remember:
            self._evict()
        self._outcomes[key] = outcome
        return outcome

    def _evict(self) -> None:
        """Forget the older half of the cells; readers never wait."""
        with self._evicting:
            for key in list(self._outcomes)[: max(1, len(self._outcomes) // 2)]:
                self._outcomes.pop(key, None)

    def _decide(self, customer: BaseModel, as_of: date) -> _Outcome:
        self._check_model(customer)
        matched = self._matcher.match(customer, as_of)
        decision = self._ranking.decide(matched, self._counts(customer, as_of))
        return self._outcome(decision)

    def _counts(self, customer: BaseModel, as_of: date) -> dict[str, int | None]:
        """Return the value of every counted attribute."""
        counts: dict[str, int | None] = {}
        for name in self.program.counted:
            derive = self.book.vocabulary[name].derive
            counts[name] = derive(customer, as_of) if derive else getattr(customer, name)
        return counts

    def _outcome(self, decision: Decision) -> _Outcome:
        actions = tuple(self._planned(decision, place) for place in range(len(decision.planned)))
        withheld = tuple(
            WithheldAction(action=one.action, stage=one.stage, rule=one.rule, because=one.because, needs=one.needs)
            for one in decision.withheld
        )
        plan = ActionPlan(
            customer=None,
            as_of=date.min,
            book=self.ref,
            status=decision.status,
            actions=actions,
            withheld=withheld,
            uncovered=decision.uncovered,
        )
        return _Outcome(plan.__dict__, fillers_of(decision, plan), decision)

    def _planned(self, decision: Decision, place: int) -> PlannedAction:
        one = decision.planned[place]
        action = one.action
        return PlannedAction(
            rank=place + 1,
            action=action.id,
            kind=action.kind,
            nature=action.nature,
            title=action.title,
            precedence=action.precedence,
            score=one.score,
            owner=one.owner,
            channel=one.channel,
            content=action.content,
            methods=action.methods,
            proactive=action.proactive,
            occasion=action.occasion,
            reasons=tuple(
                Reason(rule=name, because=self._ranking.because(name), boost=boost) for name, boost in one.reasons
            ),
            guards=one.guards,
        )

    def _filled(self, outcome: _Outcome, customer: BaseModel, identity: str | None, as_of: date) -> ActionPlan:
        """Fill in what hangs on the customer beyond the cell: due days, deferred moments, values in texts."""
        fields = dict(outcome.fields)
        parts: dict[str, list[Any]] = {}
        for filler in outcome.fillers:
            if filler.field not in parts:
                parts[filler.field] = list(fields[filler.field])
            part = parts[filler.field]
            part[filler.place] = filler.fill(part[filler.place], self.book.vocabulary, customer, as_of)
        fields.update({name: tuple(part) for name, part in parts.items()})
        return stamped(fields, identity, as_of)


def _remade(book: RuleBook, backend: BackendName, remember: int) -> Engine:
    return Engine(book, backend, remember=remember)
