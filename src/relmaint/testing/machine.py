"""What happens when customers, days and rule books change one after the other, in any order?

A state machine for Hypothesis: it does something to a small portfolio, and after each step looks whether what must
always be true still is. Everything done is in a log, and the log done again must give the same plans.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pydantic import BaseModel

from relmaint.engine import BackendName, Engine
from relmaint.ir.conditions import Comparison, Operator
from relmaint.ir.reference import fires
from relmaint.ir.rules import Effect, RuleBook
from relmaint.model.attributes import facts_of
from relmaint.model.explanation import Outcome
from relmaint.model.plan import ActionPlan, PlanStatus
from relmaint.rulebook import parse_rule_book
from relmaint.rulebook.write import write_rule_book
from relmaint.testing.laws.law import DEFAULT_BACKENDS
from relmaint.testing.strategies.arguments import expect_book, model_of
from relmaint.testing.strategies.customers import customers
from relmaint.testing.strategies.days import dates_near
from relmaint.testing.strategies.edits import book_edits
from relmaint.testing.strategies.events import FactChange, events
from relmaint.verify.witness import DAY
from relmaint.vocabulary import BooleanType, DateType, IntegerType, ValueType

__all__ = ["relationship_machine"]


@dataclass(frozen=True, slots=True)
class _Joined:
    """Somebody became a customer."""

    customer: str
    record: BaseModel


@dataclass(frozen=True, slots=True)
class _Advanced:
    """Days went by."""

    days: int


@dataclass(frozen=True, slots=True)
class _Replaced:
    """Another version of the rule book came into force."""

    book: RuleBook


_Entry = _Joined | _Advanced | _Replaced | FactChange


@dataclass(slots=True)
class _State:
    """The portfolio, the day and the book in force."""

    book: RuleBook
    today: date
    portfolio: dict[str, BaseModel] = field(default_factory=dict)

    def copy(self) -> _State:
        return _State(self.book, self.today, dict(self.portfolio))

    def apply(self, entry: _Entry) -> None:
        match entry:
            case _Joined(name, record):
                self.portfolio[name] = record
            case _Advanced(days):
                self.today += timedelta(days=days)
            case _Replaced(book):
                self.book = book
            case FactChange(customer=name):
                self.portfolio[name] = entry.applied(self.portfolio[name])


_MOST_CUSTOMERS = 4
"""More customers make no other plans, since no plan hangs on another customer."""

_GAPS = (1, 7, 8, 30, 31, 365)


def relationship_machine(
    book: RuleBook,
    *,
    backends: Sequence[BackendName] = DEFAULT_BACKENDS,
    consent: str | None = "marketing_consent",
    complaints: str | None = "complaints_open",
    maturity: str | None = "deposit_maturity",
) -> type[RuleBasedStateMachine]:
    """Make the state machine of the time of a relationship, for `TestRelationship = machine.TestCase`.

    It adds a customer, changes a fact, lets days go by, gives and withdraws consent, takes a complaint, lets a deposit
    mature, replaces the book by an edited one, takes a snapshot and goes back to it. After each step, for the customer
    who was touched: all backends agree; marketing is planned only with consent, as long as the book in force guards
    it; the outcome is one of the four, told truly; what the explanation says is true. At the end the log is replayed
    from nothing, and every plan must come out again.

    A step whose fact the model does not have is left out.

    Args:
        book: the first rule book.
        backends: the backends that have to agree.
        consent: the attribute that says whether the customer agreed to marketing; `None` leaves consent out.
        complaints: the attribute that counts open complaints; `None` leaves complaints out.
        maturity: the attribute that holds the day on which a deposit matures; `None` leaves deposits out.

    Raises:
        InvalidArgument: an argument is not what it should be, or an attribute is of another type.
    """
    model = model_of(expect_book(book))
    for name, type_ in ((consent, BooleanType), (complaints, IntegerType), (maturity, DateType)):
        _expect_type(book, name, type_)
    if not backends:
        raise InvalidArgument("backends must name a backend")
    present = {one.name for one in book.vocabulary.attributes.values()}
    consent = consent if consent in present else None
    complaints = complaints if complaints in present else None
    maturity = maturity if maturity in present else None

    class RelationshipMachine(RuleBasedStateMachine):
        """The steps and the invariants."""

        def __init__(self) -> None:
            super().__init__()
            self.state = _State(book, DAY)
            self.log: list[_Entry] = []
            self.made: list[tuple[int, str, str]] = []
            self.snapshots: list[tuple[int, int, str, _State]] = []
            self.touched: str | None = None
            self._engines: list[Engine] = []
            self._of: RuleBook | None = None

        def do(self, entry: _Entry, touched: str | None = None) -> None:
            """Do something, and write it into the log."""
            self.state.apply(entry)
            self.log.append(entry)
            self.touched = touched if touched is not None else next(iter(self.state.portfolio), None)

        def engines(self) -> list[Engine]:
            """Return the engines of the book in force, the first backend first."""
            if self._of is not self.state.book:
                self._engines = [Engine(self.state.book, name) for name in backends]
                self._of = self.state.book
            return self._engines

        def someone(self, data: st.DataObject) -> str:
            """Draw a customer of the portfolio."""
            return data.draw(st.sampled_from(sorted(self.state.portfolio)), label="customer")

        def change(self, name: str, **facts: Any) -> None:
            """Change facts of a customer, and remember to look at the plan."""
            self.do(FactChange(self.state.today, name, facts), name)

        @initialize(data=st.data())
        def open_the_branch(self, data: st.DataObject) -> None:
            """Begin on a day at which the book turns, with one customer."""
            start = data.draw(dates_near(book, max_value=date(2030, 12, 31)), label="day")
            self.state.today = self.start = start
            self.add_customer(data)

        @rule(data=st.data())
        def add_customer(self, data: st.DataObject) -> None:
            """Somebody becomes a customer."""
            if len(self.state.portfolio) >= _MOST_CUSTOMERS:
                return
            record = data.draw(customers(model, book=self.state.book, as_of=self.state.today), label="customer")
            name = f"C{len(self.state.portfolio) + 1:03}"
            self.do(_Joined(name, record), name)

        @rule(data=st.data())
        def change_a_fact(self, data: st.DataObject) -> None:
            """One fact of one customer changes."""
            name = self.someone(data)
            self.do(
                data.draw(events(model, book=self.state.book, ids=(name,), on=self.state.today), label="change"), name
            )

        @rule(days=st.sampled_from(_GAPS))
        def advance_the_day(self, days: int) -> None:
            """Days go by."""
            self.do(_Advanced(days))

        @precondition(lambda _: consent is not None)
        @rule(data=st.data(), given=st.sampled_from((True, False, None)))
        def ask_for_consent(self, data: st.DataObject, given: bool | None) -> None:  # noqa: FBT001  # drawn by name
            """Somebody agrees to marketing, refuses it, or the answer is lost."""
            assert consent is not None, "the step needs the attribute; please report this"
            value = given if given is not None or book.vocabulary[consent].optional else False
            self.change(self.someone(data), **{consent: value})

        @precondition(lambda _: complaints is not None)
        @rule(data=st.data(), count=st.integers(0, 2))
        def complain(self, data: st.DataObject, count: int) -> None:
            """Somebody complains, or the complaints are settled."""
            assert complaints is not None, "the step needs the attribute; please report this"
            self.change(self.someone(data), **{complaints: count})

        @precondition(lambda _: maturity is not None)
        @rule(data=st.data())
        def deposit_matures(self, data: st.DataObject) -> None:
            """A deposit matures today, tomorrow or yesterday."""
            assert maturity is not None, "the step needs the attribute; please report this"
            days = data.draw(st.sampled_from((0, 1, -1)), label="days from now")
            self.change(self.someone(data), **{maturity: self.state.today + timedelta(days=days)})

        @rule(data=st.data())
        def replace_the_book(self, data: st.DataObject) -> None:
            """An edited book comes into force, written and read again as a deployment does."""
            if not book.actions:
                return
            edited = data.draw(book_edits(book, min_size=0), label="edits")
            again = parse_rule_book(write_rule_book(edited.book), customer=model)
            assert again == edited.book, f"a book changed on its way: {edited.edits}"
            self.do(_Replaced(again))

        @rule()
        def take_a_snapshot(self) -> None:
            """Keep the state, and the log so far."""
            self.snapshots.append((len(self.log), len(self.made), self.touched or "", self.state.copy()))

        @precondition(lambda self: bool(self.snapshots))
        @rule()
        def restore_the_snapshot(self) -> None:
            """Go back to the last snapshot: what came after did not happen."""
            entries, plans, touched, state = self.snapshots.pop()
            del self.log[entries:], self.made[plans:]
            self.state, self.touched = state, touched

        @invariant()
        def the_plan_is_as_it_must_be(self) -> None:
            """All backends agree, consent is kept, the outcome and the explanation are true."""
            if self.touched is None:
                return
            name, today = self.touched, self.state.today
            customer = self.state.portfolio[name]
            first, *others = self.engines()
            plan = first.plan(customer, as_of=today)
            for engine in others:
                assert plan == engine.plan(customer, as_of=today), f"{first.backend} and {engine.backend} differ"
            _expect_consent(plan, customer, self.state.book, consent)
            _expect_true(first, plan, customer, today)
            self.made.append((len(self.log), name, plan.model_dump_json()))

        def teardown(self) -> None:
            """Replay the log from nothing: every plan that was made is made again."""
            if not self.log:
                return
            state, done = _State(book, self.start), 0
            engine, of = Engine(book, backends[0]), book
            for entries, name, expected in self.made:
                for entry in self.log[done:entries]:
                    state.apply(entry)
                done = max(done, entries)
                if state.book is not of:
                    engine, of = Engine(state.book, backends[0]), state.book
                again = engine.plan(state.portfolio[name], as_of=state.today)
                assert expected == again.model_dump_json(), (
                    f"the replay plans otherwise for {name} after {entries} steps"
                )

    return RelationshipMachine


def _expect_type(book: RuleBook, name: str | None, type_: type[ValueType]) -> None:
    if name is None or name not in book.vocabulary:
        return
    attribute = book.vocabulary[name]
    if attribute.is_derived or not isinstance(attribute.type, type_):
        raise InvalidArgument(f"{name!r} must be a stored {type_.__name__.removesuffix('Type').lower()} of the model")


def _guards_consent(book: RuleBook, consent: str) -> bool:
    """Whether a guard of the book withholds all marketing when consent is not known and given."""
    return any(
        guard.effect is Effect.WITHHOLD
        and isinstance(guard.when, Comparison)
        and (guard.when.attribute, guard.when.operator) == (consent, Operator.IS_NOT_TRUE)
        and dict(guard.select.fields) == {"nature": ("marketing",)}
        and not guard.select.unless
        for guard in book.guards
    )


def _expect_consent(plan: ActionPlan, customer: BaseModel, book: RuleBook, consent: str | None) -> None:
    if consent is None or not _guards_consent(book, consent):
        return
    marketing = [one.action for one in plan.actions if one.nature == "marketing"]
    assert getattr(customer, consent) is True or not marketing, f"marketing without consent: {', '.join(marketing)}"


def _expect_true(engine: Engine, plan: ActionPlan, customer: BaseModel, today: date) -> None:
    """The outcome is what it says, and each rule that the explanation calls matched does match."""
    assert (plan.status is PlanStatus.PLANNED) == bool(plan.actions)
    assert plan.status is not PlanStatus.EMPTY or plan.withheld
    explanation = engine.explain(customer, as_of=today)
    told = [one.action for one in explanation.accounts if one.outcome is Outcome.PLANNED]
    assert told == [one.action for one in plan.actions]
    known = facts_of(engine.book.vocabulary, customer, today)
    true = {one.id for one in engine.program.statements if fires(one.when, known)}
    said = {rule.rule for one in explanation.accounts for rule in one.rules}
    assert said <= true, f"called matched, and not: {', '.join(sorted(said - true))}"
