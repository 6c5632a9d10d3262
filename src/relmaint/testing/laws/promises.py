"""Does a book keep what it promises of every customer's plan, and are the findings of its checks true?

These laws are about one bank's book: an engine without a fault breaks them when the book does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import strategies as st

from relmaint.ir.reference import fires
from relmaint.ir.rules import Invariant, InvariantKind, RuleBook
from relmaint.model.attributes import plain
from relmaint.model.plan import ActionPlan
from relmaint.rank.select import selects
from relmaint.testing.laws.law import Draw, Subject, law
from relmaint.testing.laws.shared import decided, facts
from relmaint.testing.strategies.arguments import model_of
from relmaint.testing.strategies.customers import customer_pairs, someone_in
from relmaint.testing.strategies.days import dates_near
from relmaint.testing.strategies.population import Population
from relmaint.verify.checks import gap
from relmaint.verify.checks.run import is_meant
from relmaint.verify.checks.subject import Finding
from relmaint.verify.checks.subject import Subject as CheckSubject
from relmaint.verify.cover import Region

__all__ = ["consent", "gaps_are_real", "invariants", "invariants_of_two", "overlaps_are_real", "totality"]

Case = tuple[Any, date]


def _checked(subject: Subject) -> tuple[CheckSubject, Population]:
    """Return the book as the checks look at it, and the customers over the same axes."""
    checked = CheckSubject(subject.book)
    return checked, Population(model_of(subject.book), checked.space)


def _someone(draw: Draw, subject: Subject, region: Region) -> Case | None:
    """Draw a customer in a region of the checks on a day on which there is one, if that is found."""
    _, population = subject.once(_checked)
    days = [draw(dates_near(subject.book)), *population.days_in(region)]
    for as_of in dict.fromkeys(days):
        found = draw(someone_in(population, region, as_of))
        if found is not None:
            return subject.show(found, as_of)
    return None


def _covers_nothing(book: RuleBook) -> str | None:
    return None if book.covers else "the book covers no kind of maintenance (`covers: []`)"


@law(reference="the rule book: covers", declares=_covers_nothing)
def totality(draw: Draw, subject: Subject) -> None:
    """Every possible customer whose axes are known has an action of each kind that the book covers in the plan.

    Where the book says of a kind that it means to leave customers out, whoever is left out by all rules is.
    """
    checked, _ = subject.once(_checked)
    found = _someone(draw, subject, checked.known)
    if found is not None:
        plan = subject.plan(*found)
        there = {one.kind for one in plan.actions}
        there |= {kind for kind in plan.uncovered if is_meant(subject.book.checks, "uncovered-combination", kind)}
        missing = [str(kind) for kind in subject.book.covers if kind not in there]
        assert not missing, f"no action is planned of kind {', '.join(missing)}"


def _of_kind(book: RuleBook, kinds: Sequence[InvariantKind]) -> list[Invariant]:
    """Return the invariants of some kinds that can be asked of stored facts."""
    found = [one for one in book.invariants if one.kind in kinds]
    return [one for one in found if one.attribute is None or _is_stored(book, one.attribute)]


def _is_stored(book: RuleBook, name: str) -> bool:
    return name in model_of(book).model_fields


_ALONE = (InvariantKind.NEVER, InvariantKind.ALWAYS)
_OF_TWO = (InvariantKind.MONOTONE, InvariantKind.INDEPENDENT)


def _no_invariant(book: RuleBook) -> str | None:
    return None if _of_kind(book, _ALONE) else "the book declares no `never` and no `always` under `invariants:`"


def _no_invariant_of_two(book: RuleBook) -> str | None:
    if _of_kind(book, _OF_TWO):
        return None
    return "the book declares no `monotone` and no `independent` of a stored fact under `invariants:`"


def _selected(plan: ActionPlan, invariant: Invariant, book: RuleBook) -> list[tuple[Any, ...]]:
    every = decided(plan)
    select = invariant.select
    return every if select is None else [one for one in every if selects(select, book.actions[one[0]])]


@law(reference="the rule book: invariants, never and always", declares=_no_invariant)
def invariants(draw: Draw, subject: Subject) -> None:
    """What the book says must always, or never, be planned is so for every possible customer it speaks of."""
    one = draw(st.sampled_from(_of_kind(subject.book, _ALONE)))
    found = _met(draw, subject, one)
    if found is None:
        return
    selected = _selected(subject.plan(*found), one, subject.book)
    if one.kind is InvariantKind.NEVER:
        assert not selected, f"`{one.id}`: {', '.join(step[0] for step in selected)} is planned"
    else:
        assert selected, f"`{one.id}`: no such action is planned"


def _met(draw: Draw, subject: Subject, invariant: Invariant) -> Case | None:
    """Draw a customer of whom the condition of an invariant is true."""
    checked, _ = subject.once(_checked)
    boxes = checked.space.boxes(invariant.when)
    if not boxes:
        return None
    return _someone(draw, subject, checked.region(draw(st.sampled_from(boxes))))


@law(reference="the rule book: invariants, monotone and independent", declares=_no_invariant_of_two)
def invariants_of_two(draw: Draw, subject: Subject) -> None:
    """Of two possible customers who differ in one fact, the later one has no fewer actions, or both have the same."""
    book = subject.book
    one = draw(st.sampled_from(_of_kind(book, _OF_TWO)))
    assert one.attribute is not None, "an invariant of two customers names an attribute; please report this"
    as_of = draw(dates_near(book))
    pair = draw(customer_pairs(book=book, differ_in=one.attribute, as_of=as_of))
    if not all(_speaks_of(subject, one, customer, as_of) for customer in pair):
        return
    places = [_place(one, plain(getattr(customer, one.attribute))) for customer in pair]
    if one.kind is InvariantKind.MONOTONE and None in places:
        return
    ordered = pair if one.kind is InvariantKind.INDEPENDENT or places[0] < places[1] else pair[::-1]
    plans = [subject.plan(*subject.show(customer, as_of)) for customer in ordered]
    first, second = (_selected(plan, one, book) for plan in plans)
    if one.kind is InvariantKind.INDEPENDENT:
        assert first == second, f"`{one.id}`: the plans depend on `{one.attribute}`"
    else:
        lost = {step[0] for step in first} - {step[0] for step in second}
        assert len(second) >= len(first), f"`{one.id}`: the later customer has fewer: {', '.join(sorted(lost))}"


def _speaks_of(subject: Subject, invariant: Invariant, customer: Any, as_of: date) -> bool:
    known = facts(subject.book, customer, as_of)
    return fires(invariant.when, known) and subject.population.is_possible(customer, as_of)


def _place(invariant: Invariant, value: Any) -> Any:
    if value is None or not invariant.order:
        return value
    return invariant.order.index(value) if value in invariant.order else None


CONSENT = "marketing_consent"


def _no_consent(book: RuleBook) -> str | None:
    return None if CONSENT in book.vocabulary else f"the customer has no `{CONSENT}`"


@law(reference="compliance: marketing needs consent", declares=_no_consent)
def consent(draw: Draw, subject: Subject) -> None:
    """Marketing is planned only when consent is known and given."""
    customer, as_of = subject.case(draw)
    known = facts(subject.book, customer, as_of).get(CONSENT)
    natures = {str(one.nature) for one in subject.plan(customer, as_of).actions}

    assert known is True or "marketing" not in natures, f"`{CONSENT}` is {'unknown' if known is None else 'false'}"


def _gaps(subject: Subject) -> list[Finding]:
    checked, _ = subject.once(_checked)
    return [one for one in gap.find(checked) if one.code == "gap" and one.region is not None]


@law(reference="checks: gap", declares=_covers_nothing)
def gaps_are_real(draw: Draw, subject: Subject) -> None:
    """A customer in a gap that the checks report has no action of that kind in the plan."""
    found = subject.once(_gaps)
    if not found:
        return
    one = draw(st.sampled_from(found))
    assert one.region is not None, "the gaps asked about have a region; please report this"
    case = _someone(draw, subject, one.region)
    if case is not None:
        kinds = {str(planned.kind) for planned in subject.plan(*case).actions}
        assert one.at not in kinds, f"a gap of `{one.at}` holds a customer who has such an action"


def _alone(book: RuleBook) -> str | None:
    rows = sum(len(table.rows) for table in book.tables)
    return None if len(book.rules) + len(book.guards) + rows > 1 else "the book has not two statements"


@law(reference="concepts: a rule is a union of boxes", declares=_alone)
def overlaps_are_real(draw: Draw, subject: Subject) -> None:
    """A customer in boxes of two statements is matched by both, by every backend."""
    checked, _ = subject.once(_checked)
    numbers = [name for name in checked.numbers if name[0] != "action" and checked.numbers[name]]
    if len(numbers) < 2:
        return
    pair = draw(st.lists(st.sampled_from(numbers), unique=True, min_size=2, max_size=2))
    boxes = [checked.boxes[draw(st.sampled_from(checked.numbers[name]))] for name in pair]
    both = checked.space.within(checked.region(boxes[0]), boxes[1])
    case = None if both is None else _someone(draw, subject, both)
    if case is None:
        return
    customer, as_of = case
    for backend in subject.backends:
        matched = subject.engine(backend).activations(customer, as_of=as_of)
        assert {name for _, name in pair} <= set(matched), f"{backend} matches {', '.join(matched) or 'nothing'}"
