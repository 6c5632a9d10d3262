"""Which laws hold for every book and every customer? Each is tried on random ones, at ends of classes and unknown."""

from __future__ import annotations

import dataclasses
import pickle
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from relmaint.engine import Engine
from relmaint.explain.account import shortfall, support
from relmaint.ir.conditions import Comparison, Operator, comparisons, negated
from relmaint.ir.reference import fires, truth
from relmaint.ir.rules import Effect, Guard, HitPolicy, Row, Rule, RuleBook, Selector, Table
from relmaint.lower import boxes_of, lower
from relmaint.model.action import Nature
from relmaint.model.attributes import facts_of
from relmaint.model.explanation import Explanation, Outcome
from relmaint.model.plan import ActionPlan, PlanStatus, Stage
from relmaint.vocabulary import AS_OF
from tests.models import SmallCustomer
from tests.strategies import conditions, customers_on_days, rule_books, vocabularies

Case = tuple[RuleBook, Any, date]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a book, a customer near its constants, and a day."""
    book = draw(rule_books())
    customer, as_of = draw(customers_on_days(SmallCustomer, book))
    return book, customer, as_of


def discretionary(plan: ActionPlan, book: RuleBook) -> list[str]:
    """Return the planned actions that contact budgets count."""
    return [one.action for one in plan.actions if book.actions[one.action].is_discretionary_contact]


@given(cases())
@settings(max_examples=300)
def test_compiled_matches_what_the_reference_matches(case: Case) -> None:
    """Law 1: the compiled backend and the reference name the same matching statements."""
    book, customer, as_of = case
    expected = Engine(book, "reference")._matcher.match(customer, as_of)

    assert expected == Engine(book, "compiled")._matcher.match(customer, as_of)


@given(cases())
@settings(max_examples=100)
def test_rete_plans_what_the_reference_plans(case: Case) -> None:
    """Law 2: durable-rules, contained, gives the same whole plan as the reference."""
    book, customer, as_of = case
    expected = Engine(book, "reference").plan(customer, as_of=as_of)

    assert expected == Engine(book, "rete").plan(customer, as_of=as_of)


@given(cases(), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_the_order_of_statements_never_matters(case: Case, shuffle: random.Random) -> None:
    """Law 3: a book whose rules, guards, tables and actions stand in another order gives the same plan."""
    book, customer, as_of = case

    def mixed(parts: Any) -> tuple[Any, ...]:
        parts = list(parts)
        shuffle.shuffle(parts)
        return tuple(parts)

    other = dataclasses.replace(
        book,
        rules=mixed(book.rules),
        guards=mixed(book.guards),
        tables=mixed(book.tables),
        actions=dict(mixed(book.actions.items())),
    )
    expected = Engine(book).plan(customer, as_of=as_of)
    plan = Engine(other).plan(customer, as_of=as_of)

    assert [one.action for one in expected.actions] == [one.action for one in plan.actions]
    assert expected.status == plan.status


@given(cases(), st.data())
@settings(max_examples=200)
def test_adding_a_withholding_guard_never_adds_a_contact(case: Case, data: st.DataObject) -> None:
    """Law 4: one more guard that withholds or restricts never raises the number of discretionary contacts."""
    book, customer, as_of = case
    nature = data.draw(st.sampled_from([Nature.CARE, Nature.MARKETING, Nature.INTERNAL]))
    effect = data.draw(st.sampled_from([Effect.WITHHOLD, Effect.RESTRICT]))
    guard = Guard(
        "zz/more", data.draw(conditions(book.vocabulary)), effect, Selector((("nature", (nature,)),)), channels=("app",)
    )
    stricter = dataclasses.replace(book, guards=(*book.guards, guard))
    before = discretionary(Engine(book).plan(customer, as_of=as_of), book)

    assert len(before) >= len(discretionary(Engine(stricter).plan(customer, as_of=as_of), book))


@given(cases())
@settings(max_examples=200)
def test_a_duty_that_a_matching_rule_proposes_is_always_planned(case: Case) -> None:
    """Law 5: no override, guard, merge or budget takes a service or risk duty from a plan."""
    book, customer, as_of = case
    facts = facts_of(book.vocabulary, customer, as_of)
    planned = {one.action for one in Engine(book).plan(customer, as_of=as_of).actions}
    in_force = {
        name
        for name, action in book.actions.items()
        if (action.valid_from or as_of) <= as_of <= (action.valid_until or as_of)
    }
    matching = {one.id for one in lower(book).statements if one.role == "rule" and fires(one.when, facts)}
    duties = {name for rule in book.rules if rule.id in matching for name in rule.do if book.actions[name].is_duty}

    assert duties & in_force <= planned


@given(cases())
@settings(max_examples=200)
def test_no_marketing_without_consent(case: Case) -> None:
    """Law 6: under a consent guard no plan holds marketing unless consent is known and given."""
    book, customer, as_of = case
    guard = Guard(
        "consent/marketing",
        Comparison("consent", Operator.IS_NOT_TRUE),
        Effect.WITHHOLD,
        Selector((("nature", (Nature.MARKETING,)),)),
    )
    plan = Engine(dataclasses.replace(book, guards=(guard, *book.guards))).plan(customer, as_of=as_of)
    marketing = [one.action for one in plan.actions if one.nature is Nature.MARKETING]

    assert customer.consent is True or marketing == []


@given(cases())
@settings(max_examples=200)
def test_contacts_by_tier_fall_with_the_budget(case: Case) -> None:
    """Law 7: where only the budget reads the tier, discretionary contacts are key >= ordinary >= exit."""
    book, customer, as_of = case
    table = Table(
        "tier/contact-budget",
        HitPolicy.UNIQUE,
        ("tier",),
        ("contacts_30d",),
        tuple(
            Row(f"tier/contact-budget#{n}", (Comparison("tier", Operator.EQ, (tier,)),), limits=(limit,))
            for n, (tier, limit) in enumerate((("key", 4), ("ordinary", 2), ("exit", 0)), start=1)
        ),
    )
    blind = dataclasses.replace(
        book,
        rules=tuple(one for one in book.rules if not any(c.attribute == "tier" for c in comparisons(one.when))),
        tables=(*(one for one in book.tables if "tier" not in one.inputs and not one.limits), table),
        guards=tuple(one for one in book.guards if not any(c.attribute == "tier" for c in comparisons(one.when))),
    )
    known = {rule.id for rule in blind.rules} | {row.id for one in blind.tables for row in one.rows}
    blind = dataclasses.replace(
        blind,
        rules=tuple(
            dataclasses.replace(one, overrides=tuple(name for name in one.overrides if name in known))
            for one in blind.rules
        ),
    )
    engine = Engine(blind)
    key, ordinary, leaving = (
        len(discretionary(engine.plan(customer.model_copy(update={"tier": tier}), as_of=as_of), blind))
        for tier in ("key", "ordinary", "exit")
    )

    assert key >= ordinary >= leaving == 0


@given(cases(), st.data())
@settings(max_examples=150)
def test_adding_a_rule_never_removes_an_activation(case: Case, data: st.DataObject) -> None:
    """Law 8: what matches goes on matching when the book has one rule more."""
    book, customer, as_of = case
    rule = Rule("zz/more", data.draw(conditions(book.vocabulary)), do=tuple(book.actions)[:1])
    larger = dataclasses.replace(book, rules=(*book.rules, rule))

    def activations(of: RuleBook) -> set[str]:
        engine = Engine(of)
        return {engine.program.statements[number].id for number in engine._matcher.match(customer, as_of)}

    assert activations(book) <= activations(larger)
    assert activations(larger) - activations(book) <= {"zz/more"}


@given(cases())
@settings(max_examples=200)
def test_every_reason_is_true_of_the_customer(case: Case) -> None:
    """Law 9: each rule that a plan or an explanation calls matched does match, and each comparison holds as told."""
    book, customer, as_of = case
    engine = Engine(book)
    facts = facts_of(book.vocabulary, customer, as_of)
    matching = {one.id for one in engine.program.statements if fires(one.when, facts)}
    plan = engine.plan(customer, as_of=as_of)
    explanation = engine.explain(customer, as_of=as_of)

    assert {reason.rule for one in plan.actions for reason in one.reasons} <= matching
    for account in explanation.accounts:
        for rule in account.rules:
            assert rule.rule in matching
            assert all(one.holds is True for one in rule.comparisons)
        if account.nearest is not None and not account.nearest.matched:
            assert all(one.holds is not True for one in account.nearest.comparisons)
            assert account.nearest.comparisons


@given(cases())
@settings(max_examples=100)
def test_a_plan_is_a_pure_function_of_book_customer_and_day(case: Case) -> None:
    """Law 10: the same bytes again from the same engine, a new one, a pickled one, and in other threads."""
    book, customer, as_of = case
    engine = Engine(book)
    expected = engine.plan(customer, as_of=as_of).model_dump_json()
    again = pickle.loads(pickle.dumps(engine))  # noqa: S301  # our own object
    with ThreadPoolExecutor(4) as pool:
        threaded = set(pool.map(lambda _: engine.plan(customer, as_of=as_of).model_dump_json(), range(8)))

    assert {expected} == threaded
    assert expected == Engine(book).plan(customer, as_of=as_of).model_dump_json()
    assert expected == again.plan(customer, as_of=as_of).model_dump_json()


@given(cases())
@settings(max_examples=200)
def test_an_explanation_accounts_for_every_action_exactly_once(case: Case) -> None:
    """Law 11: planned, withheld and not proposed part the catalogue, and agree with the plan."""
    book, customer, as_of = case
    engine = Engine(book)
    plan = engine.plan(customer, as_of=as_of)
    explanation = engine.explain(customer, as_of=as_of)
    by = {outcome: [one.action for one in explanation.accounts if one.outcome is outcome] for outcome in Outcome}

    assert sorted(book.actions) == sorted(one.action for one in explanation.accounts)
    assert [one.action for one in plan.actions] == by[Outcome.PLANNED]
    assert [one.action for one in plan.withheld] == by[Outcome.WITHHELD]
    for one in plan.actions:
        assert one.score == sum(part.points for part in explanation.of(one.action).score)


@given(cases(), st.data())
@settings(max_examples=150)
def test_customers_in_one_cell_get_one_plan(case: Case, data: st.DataObject) -> None:
    """Law 12: two customers that no rule can tell apart have the same actions, scores and withheld actions."""
    book, customer, as_of = case
    engine = Engine(book)
    other, _ = data.draw(customers_on_days(SmallCustomer, book))
    key = engine._matcher.cell(customer, as_of)  # type: ignore[attr-defined]  # the compiled backend names cells
    plan, reference = engine.plan(customer, as_of=as_of), Engine(book, "reference")
    if engine._matcher.cell(other, as_of) == key:  # type: ignore[attr-defined]  # as above
        twin = reference.plan(other, as_of=as_of)
        assert [(one.action, one.score) for one in plan.actions] == [(one.action, one.score) for one in twin.actions]
        assert [(one.action, one.stage) for one in plan.withheld] == [(one.action, one.stage) for one in twin.withheld]
    counted = [one for one in SmallCustomer.model_fields if one not in {axis.attribute for axis in engine.program.axes}]
    blank = customer.model_copy(update={name: None for name in counted if name != "tier"})

    assert key == engine._matcher.cell(blank, as_of) or any(  # type: ignore[attr-defined]  # as above
        axis.attribute == "days_to_maturity" for axis in engine.program.axes
    )


@given(cases())
@settings(max_examples=150)
def test_plans_and_explanations_survive_json(case: Case) -> None:
    """Law 13: a plan and an explanation read back from their JSON are equal to what was written."""
    book, customer, as_of = case
    engine = Engine(book)
    plan, explanation = engine.plan(customer, as_of=as_of), engine.explain(customer, as_of=as_of)

    assert plan == ActionPlan.model_validate_json(plan.model_dump_json())
    assert explanation == Explanation.model_validate_json(explanation.model_dump_json())


@given(cases())
@settings(max_examples=200)
def test_the_ranking_is_total_and_higher_comes_first(case: Case) -> None:
    """Law 14: ranks count from 1, precedence classes never go back, and scores fall within a class."""
    book, customer, as_of = case
    actions = Engine(book).plan(customer, as_of=as_of).actions
    keys = [(book.precedence.index(one.precedence), -one.score) for one in actions]

    assert list(range(1, len(actions) + 1)) == [one.rank for one in actions]
    assert sorted(keys) == keys
    assert len({one.action for one in actions}) == len(actions)


@given(cases())
@settings(max_examples=200)
def test_one_occasion_is_one_discretionary_contact(case: Case) -> None:
    """Law 15: of the discretionary actions of one occasion at most one is planned."""
    book, customer, as_of = case
    plan = Engine(book).plan(customer, as_of=as_of)
    occasions = [book.actions[name].occasion for name in discretionary(plan, book) if book.actions[name].occasion]

    assert sorted(set(occasions)) == sorted(occasions)


@given(cases(), st.integers(0, 3))
@settings(max_examples=200)
def test_budgets_count_contacts_already_made(case: Case, limit: int) -> None:
    """Law 16: discretionary contacts stay within what the budget leaves; an unknown count leaves none."""
    book, customer, as_of = case
    table = Table("zz/budget", HitPolicy.UNIQUE, ("tier",), ("contacts_30d",), (), default=limit)
    plan = Engine(dataclasses.replace(book, tables=(*book.tables, table))).plan(customer, as_of=as_of)
    room = 0 if customer.contacts_30d is None else max(0, limit - customer.contacts_30d)

    assert len(discretionary(plan, book)) <= room


@given(cases())
@settings(max_examples=200)
def test_the_four_outcomes_are_never_confused(case: Case) -> None:
    """Law 17: planned has actions, empty has only withheld ones, uncovered has neither and names every kind."""
    book, customer, as_of = case
    plan = Engine(book).plan(customer, as_of=as_of)
    match plan.status:
        case PlanStatus.PLANNED:
            assert plan.actions
        case PlanStatus.EMPTY:
            assert not plan.actions
            assert plan.withheld
        case PlanStatus.UNCOVERED:
            assert not plan.actions
            assert not [one for one in plan.withheld if one.stage is not Stage.OVERRIDE]
            assert tuple(book.covers) == plan.uncovered


@given(st.data())
@settings(max_examples=300)
def test_lowering_keeps_the_meaning(data: st.DataObject) -> None:
    """Law 18: a customer's cell lies in some box of a condition exactly when the condition is true of the customer."""
    vocabulary = data.draw(vocabularies())
    condition = data.draw(conditions(vocabulary))
    book = RuleBook("t", "1", vocabulary, rules=(Rule("r", condition),))
    customer, as_of = data.draw(customers_on_days(SmallCustomer, book))
    facts = facts_of(vocabulary, customer, as_of)
    program = lower(book)
    cell = program.cell(facts)
    number = {(axis.attribute, axis.member): index for index, axis in enumerate(program.axes)}
    boxes = boxes_of(negated(condition), program.axes, number)

    assert fires(condition, facts) == any(all(mask >> cell[index] & 1 for index, mask in box) for box in boxes)


@given(st.data())
@settings(max_examples=300)
def test_pushing_not_inwards_keeps_all_three_values(data: st.DataObject) -> None:
    """Law 19: a condition and its form without `not` are true, false and unknown for the same customers."""
    vocabulary = data.draw(vocabularies())
    condition = data.draw(conditions(vocabulary))
    book = RuleBook("t", "1", vocabulary, rules=(Rule("r", condition),))
    customer, as_of = data.draw(customers_on_days(SmallCustomer, book))
    facts = facts_of(vocabulary, customer, as_of)

    assert truth(condition, facts) == truth(negated(condition), facts)


@given(st.data())
@settings(max_examples=200)
def test_support_and_shortfall_tell_the_truth(data: st.DataObject) -> None:
    """Law 20: a true condition has support and no shortfall; one that is not true has a shortfall or is never true."""
    vocabulary = data.draw(vocabularies())
    condition = data.draw(conditions(vocabulary))
    book = RuleBook("t", "1", vocabulary, rules=(Rule("r", condition),))
    customer, as_of = data.draw(customers_on_days(SmallCustomer, book))
    facts = facts_of(vocabulary, customer, as_of)
    missing = shortfall(condition, facts)

    assert fires(condition, facts) == (missing == ())
    assert all(fires(one, facts) for one in support(condition, facts))
    assert AS_OF in facts
