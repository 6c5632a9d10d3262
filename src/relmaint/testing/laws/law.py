"""What is a law of rule books, and how is one tried on a book?

A law is a sentence that must be true of every customer, with a function that draws what it speaks of and asserts it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol, TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from pydantic import BaseModel

from relmaint.engine import BACKENDS, BackendName, Engine
from relmaint.ir.rules import RuleBook
from relmaint.model.plan import ActionPlan
from relmaint.testing.strategies.arguments import expect_book, model_of
from relmaint.testing.strategies.customers import customers, customers_on_days
from relmaint.testing.strategies.days import dates_near
from relmaint.testing.strategies.population import Population, population_of
from relmaint.verify.witness import Witness

__all__ = ["DEFAULT_BACKENDS", "Draw", "Law", "Subject", "Verdict", "law"]

T = TypeVar("T")

DEFAULT_BACKENDS: tuple[BackendName, ...] = ("compiled", "reference")
"""The backends that are compared unless others are named; `rete` needs the extra `relmaint[rete]`."""


class Draw(Protocol):
    """Draws a value from a strategy, as `data.draw` of Hypothesis does."""

    def __call__(self, strategy: st.SearchStrategy[T], /) -> T:
        """Return the value."""
        ...


class Subject:
    """The book that a law is tried on, with what its laws share.

    Args:
        book: the rule book.
        backends: the names of the backends that have to agree.

    Attributes:
        shown: the customers drawn for the present example, with their days, to be told when the law is broken.
    """

    def __init__(self, book: RuleBook, backends: Sequence[BackendName] = DEFAULT_BACKENDS) -> None:
        """Keep the book; engines are made when they are asked for."""
        for name in backends:
            if name not in BACKENDS:
                raise InvalidArgument(f"backends: {name!r} is none of {', '.join(BACKENDS)}")
        if not backends:
            raise InvalidArgument("backends must name a backend")
        self.book = expect_book(book)
        self.backends = tuple(backends)
        self.shown: list[tuple[BaseModel, date]] = []
        self._engines: dict[str, Engine] = {}
        self._done: dict[Any, Any] = {}  # Any: each function has its own kind of answer

    @property
    def population(self) -> Population:
        """The customers of the book."""
        return population_of(model_of(self.book), self.book)

    def engine(self, backend: BackendName | None = None) -> Engine:
        """Return the engine of the book by a backend, by the first one unless named."""
        name = self.backends[0] if backend is None else backend
        if name not in self._engines:
            self._engines[name] = Engine(self.book, name)
        return self._engines[name]

    def once(self, work: Callable[[Subject], T]) -> T:
        """Return what a function makes of the subject; laws that ask again share the work."""
        if work not in self._done:
            self._done[work] = work(self)
        done: T = self._done[work]
        return done

    def case(self, draw: Draw) -> tuple[Any, date]:
        """Draw a customer near the constants of the book, and a day."""
        return self.show(*draw(customers_on_days(self.book)))

    def cases(self, draw: Draw, *, most: int = 4) -> list[tuple[Any, date]]:
        """Draw a few customers on one day: for laws that change the book, where customers are cheap and books dear."""
        day = draw(dates_near(self.book))
        one = customers(book=self.book, as_of=day)
        return [self.show(customer, day) for customer in draw(st.lists(one, min_size=1, max_size=most))]

    def show(self, customer: Any, as_of: date) -> tuple[Any, date]:
        """Remember a customer, to be told when the law is broken."""
        self.shown.append((customer, as_of))
        return customer, as_of

    def plan(self, customer: BaseModel, as_of: date) -> ActionPlan:
        """Return the plan of a customer by the first backend."""
        return self.engine().plan(customer, as_of=as_of)


Body = Callable[[Draw, Subject], None]
Declares = Callable[[RuleBook], "str | None"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of trying a law on a book.

    Args:
        law: the law.
        declared: why the book takes itself out of the law, in words; `None` when it was tried, and held.
        examples: how many examples were tried.
    """

    law: Law
    declared: str | None = None
    examples: int = 0

    @property
    def held(self) -> bool:
        """Whether the law was tried and held; one that the book declares away was not tried."""
        return self.declared is None

    def __str__(self) -> str:
        """Return the verdict as a line of a report."""
        if self.declared is not None:
            return f"{self.law.name}: declared: {self.declared}"
        return f"{self.law.name}: held for {self.examples} example{'' if self.examples == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Law:
    """One law.

    Args:
        name: its name: the id of the pytest item.
        says: the sentence that must be true.
        reference: where that is promised, or who asks for it.
        body: draws what the law speaks of, and asserts it.
        declares: says why a book takes itself out of the law, or returns `None`.
        share: one of so many examples is tried; for laws that prepare a changed book for each of them.
    """

    name: str
    says: str
    reference: str
    body: Body = field(repr=False)
    declares: Declares = field(repr=False, default=lambda _: None)
    share: int = 1

    def try_once(self, draw: Draw, subject: Subject) -> None:
        """Try the law on one example; a failure says which law it is, and shows the customers.

        A book that declares the law away is not tried.
        """
        if self.declares(subject.book) is not None:
            return
        subject.shown.clear()
        try:
            self.body(draw, subject)
        except Exception as problem:
            problem.add_note(f"law `{self.name}`: {self.says} ({self.reference})")
            for customer, as_of in dict.fromkeys(map(_shown, subject.shown)):
                problem.add_note(f"  customer: {customer}, as_of: {as_of}")
            raise

    def check(
        self,
        book: RuleBook,
        *,
        max_examples: int | None = None,
        backends: Sequence[BackendName] = DEFAULT_BACKENDS,
    ) -> Verdict:
        """Try the law on a book with customers that Hypothesis draws, and return what came of it.

        Args:
            book: the rule book.
            max_examples: how many examples to try; as many as the loaded settings profile says, unless given.
            backends: the backends that have to agree.

        Raises:
            AssertionError: the law is broken; the smallest example is shown, the customers as records.
            InvalidArgument: an argument is not what it should be.
        """
        subject = Subject(book, backends)
        if max_examples is not None and (isinstance(max_examples, bool) or max_examples < 1):
            raise InvalidArgument(f"{max_examples=} must be a whole number, 1 or more")
        if (reason := self.declares(subject.book)) is not None:
            return Verdict(self, reason)
        return self._tried(subject, max_examples)

    def _tried(self, subject: Subject, max_examples: int | None) -> Verdict:
        tried = 0
        most = max(1, (settings().max_examples if max_examples is None else max_examples) // self.share)

        def test(data: st.DataObject) -> None:
            nonlocal tried
            self.try_once(data.draw, subject)
            tried += 1  # not when Hypothesis gave the example up, because it took too many random bytes

        # Hypothesis keeps failing examples under the name and the source of a test, and the source is one for all laws.
        test.__name__ = test.__qualname__ = self.body.__name__
        checks = (HealthCheck.too_slow, HealthCheck.data_too_large)
        settings(max_examples=most, deadline=None, suppress_health_check=checks)(given(st.data())(test))()
        return Verdict(self, examples=tried)


def _shown(shown: tuple[BaseModel, date]) -> tuple[str, date]:
    customer, as_of = shown
    record = Witness(customer, as_of, {}).record()
    return record.removesuffix(f" on {as_of}"), as_of


def law(*, reference: str, declares: Declares = lambda _: None, share: int = 1) -> Callable[[Body], Law]:
    """Make a law of a function of (draw, subject): its name is the law's, its first line the sentence.

    Args:
        reference: where the law is promised, or who asks for it.
        declares: says why a book takes itself out of the law, or returns `None`.
        share: one of so many examples is tried.
    """

    def make(body: Body) -> Law:
        says = (body.__doc__ or "").strip().split("\n", maxsplit=1)[0]
        if not says:
            raise InvalidArgument(f"the law {body.__name__} has no docstring, which is the sentence that it says")
        return Law(body.__name__.replace("_", "-"), says, reference, body, declares, share)

    return make
