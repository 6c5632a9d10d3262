"""Does a plan follow from what the book says of the customer, and from nothing else?"""

from __future__ import annotations

from collections import Counter

from hypothesis import strategies as st

from relmaint.ir.rules import RuleBook
from relmaint.model.explanation import Outcome
from relmaint.model.plan import PlanStatus, Stage
from relmaint.testing.laws.law import Draw, Subject, law
from relmaint.testing.laws.shared import discretionary, facts, matching, outline
from relmaint.testing.strategies.arguments import model_of
from relmaint.testing.strategies.customers import someone_in
from relmaint.testing.strategies.fields import fields_of
from relmaint.testing.strategies.population import Population, population_of

__all__ = [
    "activations_are_counted",
    "backends_agree",
    "duties_stay",
    "explanations_account_for_every_action",
    "irrelevant_attributes",
    "one_cell_one_plan",
    "one_occasion_one_contact",
    "outcomes_are_never_confused",
    "ranking_is_total",
    "reasons_are_true",
]


@law(reference="concepts: the reference is the meaning")
def backends_agree(draw: Draw, subject: Subject) -> None:
    """All backends give one plan."""
    customer, as_of = subject.case(draw)
    first, *others = (subject.engine(name) for name in subject.backends)
    expected = first.plan(customer, as_of=as_of)

    for other in others:
        assert expected == other.plan(customer, as_of=as_of), f"{first.backend} and {other.backend} differ"


@law(reference="concepts: classes and cells")
def one_cell_one_plan(draw: Draw, subject: Subject) -> None:
    """Two customers in one cell have the same actions, scores and withheld actions; this pins every comparison."""
    customer, as_of = subject.case(draw)
    population = subject.population
    known = facts(subject.book, customer, as_of)
    cell = tuple(1 << axis.class_of(known.get(axis.attribute)) for axis in population.axes)
    if not population.is_possible(customer, as_of):
        return
    twin = draw(someone_in(population, cell, as_of))
    if twin is None:
        return
    subject.show(twin, as_of)
    last = subject.engine(subject.backends[-1])

    assert outline(subject.plan(customer, as_of)) == outline(last.plan(twin, as_of=as_of))


def _unspoken(population: Population) -> list[str]:
    return sorted(set(fields_of(population.model)) - population.spoken)


def _speaks_of_all(book: RuleBook) -> str | None:
    return None if _unspoken(population_of(model_of(book), book)) else "the book speaks of every field of the customer"


@law(reference="concepts: a condition compares attributes", declares=_speaks_of_all)
def irrelevant_attributes(draw: Draw, subject: Subject) -> None:
    """A fact that the book never mentions does not matter, neither its value nor whether it is known."""
    customer, as_of = subject.case(draw)
    fields = fields_of(model_of(subject.book))
    names = draw(st.lists(st.sampled_from(_unspoken(subject.population)), unique=True, min_size=1, max_size=3))
    changed = {name: draw(fields[name].anything()) for name in names}
    other, _ = subject.show(customer.model_copy(update=changed), as_of)

    assert outline(subject.plan(customer, as_of)) == outline(subject.plan(other, as_of)), f"{', '.join(names)} matters"


@law(reference="concepts: ranking")
def ranking_is_total(draw: Draw, subject: Subject) -> None:
    """Ranks count from 1, each action has one, precedence classes never go back, and scores fall within a class."""
    customer, as_of = subject.case(draw)
    actions = subject.plan(customer, as_of).actions
    keys = [(subject.book.precedence.index(one.precedence), -one.score) for one in actions]

    assert list(range(1, len(actions) + 1)) == [one.rank for one in actions]
    assert sorted(keys) == keys
    assert len({one.action for one in actions}) == len(actions)


@law(reference="every reason can be checked by hand")
def reasons_are_true(draw: Draw, subject: Subject) -> None:
    """Each rule that a plan or an explanation calls matched does match, and each comparison holds as told."""
    customer, as_of = subject.case(draw)
    engine = subject.engine()
    true = matching(engine, customer, as_of)
    plan, explanation = engine.plan(customer, as_of=as_of), engine.explain(customer, as_of=as_of)

    assert {reason.rule for one in plan.actions for reason in one.reasons} <= true
    for account in explanation.accounts:
        for rule in account.rules:
            assert rule.rule in true
            assert all(one.holds is True for one in rule.comparisons)
        if account.nearest is not None and not account.nearest.matched:
            assert all(one.holds is not True for one in account.nearest.comparisons)
            assert account.nearest.comparisons


@law(reference="every catalogue action is accounted for exactly once")
def explanations_account_for_every_action(draw: Draw, subject: Subject) -> None:
    """Planned, withheld and not proposed part the catalogue, agree with the plan, and the points add up."""
    customer, as_of = subject.case(draw)
    engine = subject.engine()
    plan, explanation = engine.plan(customer, as_of=as_of), engine.explain(customer, as_of=as_of)
    by = {outcome: [one.action for one in explanation.accounts if one.outcome is outcome] for outcome in Outcome}

    assert sorted(subject.book.actions) == sorted(one.action for one in explanation.accounts)
    assert [one.action for one in plan.actions] == by[Outcome.PLANNED]
    assert [one.action for one in plan.withheld] == by[Outcome.WITHHELD]
    for one in plan.actions:
        assert one.score == sum(part.points for part in explanation.of(one.action).score)


@law(reference="coverage is counted by activations")
def activations_are_counted(draw: Draw, subject: Subject) -> None:
    """How often each rule matches in a portfolio is, for every backend, what the meaning of its condition says."""
    cases = subject.cases(draw)
    meant = Counter(name for case in cases for name in matching(subject.engine(), *case))

    for backend in subject.backends:
        engine = subject.engine(backend)
        counted = Counter(name for customer, as_of in cases for name in engine.activations(customer, as_of=as_of))
        assert meant == counted, f"{backend} counts otherwise"


@law(reference="concepts: duties")
def duties_stay(draw: Draw, subject: Subject) -> None:
    """A duty in force that a matching rule proposes is planned: no override, guard, merge or budget takes it."""
    customer, as_of = subject.case(draw)
    book = subject.book
    planned = {one.action for one in subject.plan(customer, as_of).actions}
    in_force = {
        name for name, one in book.actions.items() if (one.valid_from or as_of) <= as_of <= (one.valid_until or as_of)
    }
    true = matching(subject.engine(), customer, as_of)
    duties = {name for rule in book.rules if rule.id in true for name in rule.do if book.actions[name].is_duty}

    assert duties & in_force <= planned


@law(reference="concepts: the stages of a plan")
def one_occasion_one_contact(draw: Draw, subject: Subject) -> None:
    """Of the discretionary actions of one occasion at most one is planned."""
    customer, as_of = subject.case(draw)
    actions = subject.book.actions
    names = discretionary(subject.plan(customer, as_of), subject.book)
    occasions = [actions[name].occasion for name in names if actions[name].occasion]

    assert len(set(occasions)) == len(occasions)


@law(reference="concepts: four outcomes")
def outcomes_are_never_confused(draw: Draw, subject: Subject) -> None:
    """Planned has actions, empty has only withheld ones, uncovered has neither and names every kind."""
    customer, as_of = subject.case(draw)
    plan = subject.plan(customer, as_of)
    match plan.status:
        case PlanStatus.PLANNED:
            assert plan.actions
        case PlanStatus.EMPTY:
            assert not plan.actions
            assert plan.withheld
        case PlanStatus.UNCOVERED:
            assert not plan.actions
            assert not [one for one in plan.withheld if one.stage is not Stage.OVERRIDE]
            assert tuple(subject.book.covers) == plan.uncovered
