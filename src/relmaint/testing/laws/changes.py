"""What may a change to a rule book change, and what must it leave alone?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import strategies as st

from relmaint.engine import Engine
from relmaint.ir.conditions import ALWAYS, And, missed
from relmaint.ir.rules import Effect, Guard, HitPolicy, Rule, RuleBook, Selector
from relmaint.lower import MAXIMUM_BOXES, expansion
from relmaint.model.action import Nature
from relmaint.testing.laws.law import Draw, Subject, law
from relmaint.testing.laws.shared import decided, discretionary, facts, needs_rules, outline, with_rules
from relmaint.testing.strategies.arguments import model_of
from relmaint.testing.strategies.conditions import comparisons_of, conditions_over
from relmaint.testing.strategies.customers import someone_in
from relmaint.testing.strategies.days import dates_near
from relmaint.testing.strategies.edits import book_edits, without
from relmaint.testing.strategies.population import Population
from relmaint.verify.checks.run import ALL
from relmaint.verify.checks.subject import Subject as CheckSubject
from relmaint.verify.diff import Difference, difference

__all__ = [
    "adding_a_guard",
    "adding_a_rule",
    "diff_is_exact",
    "disabling_a_rule",
    "duplicate_rule",
    "names_of_rules",
    "order_of_rows",
    "order_of_statements",
    "splitting_a_rule",
    "superfluous_rules",
]

VARIANTS = 5
"""A law that prepares a changed book for each example tries one of so many, each with several customers."""


def _named(subject: Subject, book: RuleBook) -> Engine:
    return Engine(book, subject.backends[0])


def _steps(engine: Engine, cases: Sequence[tuple[Any, Any]]) -> list[Any]:
    return [outline(engine.plan(customer, as_of=as_of)) for customer, as_of in cases]


@law(reference="the rule book: the order of files and keys never matters", share=VARIANTS)
def order_of_statements(draw: Draw, subject: Subject) -> None:
    """A book whose rules, guards, tables and actions stand in another order gives the same ranked actions."""
    book = subject.book
    other = replace(
        book,
        rules=tuple(draw(st.permutations(book.rules))),
        guards=tuple(draw(st.permutations(book.guards))),
        tables=tuple(draw(st.permutations(book.tables))),
        actions=dict(draw(st.permutations(list(book.actions.items())))),
    )
    engine = _named(subject, other)
    for customer, as_of in subject.cases(draw):
        expected, plan = subject.plan(customer, as_of), engine.plan(customer, as_of=as_of)
        assert [(one.action, one.score) for one in expected.actions] == [
            (one.action, one.score) for one in plan.actions
        ]
        assert {one.action for one in expected.withheld} == {one.action for one in plan.withheld}
        assert expected.status == plan.status


_UNORDERED = (HitPolicy.UNIQUE, HitPolicy.COLLECT)


def _ordered_rows(book: RuleBook) -> str | None:
    if not book.tables:
        return "the book has no table"
    if any(table.hit in _UNORDERED for table in book.tables):
        return None
    said = ", ".join(f"`{table.id}` ({table.hit})" for table in book.tables)
    return f"the order of rows counts in {said}"


@law(reference="DMN 1.3, 8.2.10: hit policies", declares=_ordered_rows, share=VARIANTS)
def order_of_rows(draw: Draw, subject: Subject) -> None:
    """The rows of a `unique` or `collect` table may stand in any order."""
    tables = [
        replace(table, rows=tuple(draw(st.permutations(table.rows)))) if table.hit in _UNORDERED else table
        for table in subject.book.tables
    ]
    cases = subject.cases(draw)
    engine = _named(subject, replace(subject.book, tables=tuple(tables)))

    assert _steps(subject.engine(), cases) == _steps(engine, cases)


@law(reference="an id names a rule and decides nothing", declares=needs_rules, share=VARIANTS)
def names_of_rules(draw: Draw, subject: Subject) -> None:
    """Rules under other names, and so in another order, give the same plans with other names in the reasons."""
    book = subject.book
    places = draw(st.permutations(range(len(book.rules))))
    names = {rule.id: f"renamed/{place:04}" for rule, place in zip(book.rules, places, strict=True)}
    renamed = [
        replace(one, id=names[one.id], overrides=tuple(sorted(names.get(name, name) for name in one.overrides)))
        for one in book.rules
    ]
    cases = subject.cases(draw)
    engine = _named(subject, with_rules(book, renamed))

    assert _steps(subject.engine(), cases) == _steps(engine, cases)


def _fresh_id(book: RuleBook, name: str) -> str:
    taken = {one.id for one in book.rules} | {one.id for one in book.guards}
    taken |= {row.id for table in book.tables for row in table.rows}
    return next(found for place in range(len(taken) + 1) if (found := f"{name}/{place}") not in taken)


@law(reference="a backend knows no other rule", share=VARIANTS)
def adding_a_rule(draw: Draw, subject: Subject) -> None:
    """What matches goes on matching when the book has one rule more, and nothing else begins to match."""
    book = subject.book
    rule = Rule(_fresh_id(book, "added"), draw(conditions_over(book.vocabulary)), do=tuple(book.actions)[:1])
    larger = _named(subject, with_rules(book, (*book.rules, rule)))
    for customer, as_of in subject.cases(draw):
        before = set(subject.engine().activations(customer, as_of=as_of))
        after = set(larger.activations(customer, as_of=as_of))
        assert before <= after
        assert after - before <= {rule.id}


@law(reference="a backend knows no other rule", declares=needs_rules, share=VARIANTS)
def disabling_a_rule(draw: Draw, subject: Subject) -> None:
    """Without one rule, its own activation goes and no other, and only actions that it does are no longer proposed."""
    book = subject.book
    rule = draw(st.sampled_from(book.rules))
    others = [
        replace(one, overrides=tuple(name for name in one.overrides if name != rule.id))
        for one in book.rules
        if one is not rule
    ]
    smaller = _named(subject, with_rules(book, others))
    for customer, as_of in subject.cases(draw):
        matched = set(subject.engine().activations(customer, as_of=as_of))
        assert matched - {rule.id} == set(smaller.activations(customer, as_of=as_of))
        if not any(guard.effect is Effect.HOLD for guard in book.guards):
            lost = _proposed(subject.engine(), customer, as_of) - _proposed(smaller, customer, as_of)
            assert lost <= set(rule.do)


def _proposed(engine: Engine, customer: Any, as_of: Any) -> set[str]:
    plan = engine.plan(customer, as_of=as_of)
    return {one.action for one in plan.actions} | {one.action for one in plan.withheld}


def _with_parts(book: RuleBook, rule: Rule, parts: Sequence[Rule]) -> RuleBook:
    """Return the book with a rule replaced by parts; who overrode the rule overrides each of them."""
    names = tuple(part.id for part in parts)
    rules = [
        replace(one, overrides=tuple(sorted({*one.overrides, *names} - ({rule.id} - set(names)))))
        if rule.id in one.overrides
        else one
        for one in book.rules
        if one is not rule
    ]
    return with_rules(book, [*rules, *parts])


@law(reference="proposals are a set", declares=needs_rules, share=VARIANTS)
def duplicate_rule(draw: Draw, subject: Subject) -> None:
    """A second copy of a rule, without its points, changes no plan."""
    book = subject.book
    rule = draw(st.sampled_from(book.rules))
    copy = replace(rule, id=_fresh_id(book, rule.id), boost=())
    cases = subject.cases(draw)
    engine = _named(subject, _with_parts(book, rule, (rule, copy)))

    assert _steps(subject.engine(), cases) == _steps(engine, cases)


@law(reference="concepts: classes and cells", declares=needs_rules, share=VARIANTS)
def splitting_a_rule(draw: Draw, subject: Subject) -> None:
    """A rule cut in two by any comparison, one for whom it is true and one for whom it is not, changes no plan."""
    book = subject.book
    rule = draw(st.sampled_from(book.rules))
    attribute = draw(st.sampled_from(tuple(book.vocabulary.attributes.values())))
    cut: Any = draw(comparisons_of(attribute))
    if 2 * expansion(rule.when) > MAXIMUM_BOXES:
        cut = ALWAYS
    halves = [
        replace(rule, id=_fresh_id(book, f"{rule.id}/{name}"), when=And((rule.when, side)))
        for name, side in (("true", cut), ("rest", missed(cut)))
    ]
    cases = subject.cases(draw)
    engine = _named(subject, _with_parts(book, rule, halves))

    assert _steps(subject.engine(), cases) == _steps(engine, cases)


@law(reference="checks: subsumed-rule, redundant-rule, unreachable-rule")
def superfluous_rules(draw: Draw, subject: Subject) -> None:
    """Without all rules that the checks call subsumed or redundant, every possible customer has the same plan.

    So it is without those that are unreachable, and none of these ever matches.
    """
    for names, engine in subject.once(_smaller):
        for customer, as_of in subject.cases(draw, most=2):
            if subject.population.is_possible(customer, as_of):
                expected, found = subject.plan(customer, as_of), engine.plan(customer, as_of=as_of)
                assert outline(expected) == outline(found), f"without {', '.join(sorted(names))}"


def _smaller(subject: Subject) -> list[tuple[set[str], Engine]]:
    """Return the book without what the checks call superfluous, once for each kind of finding, if there is any."""
    found = []
    checked = CheckSubject(subject.book)
    for codes in (("subsumed-rule", "redundant-rule"), ("unreachable-rule",)):
        said = {one.at for code in codes for one in ALL[code](checked) if one.code == code}
        names = said & {rule.id for rule in subject.book.rules}
        if names:
            book = subject.book
            for name in names:
                book = without(book, name)
            found.append((names, _named(subject, book)))
    return found


def _no_actions(book: RuleBook) -> str | None:
    return None if book.actions else "the book has no action"


@law(
    reference="relmaint diff: exactly the customers whose plan a change changes",
    declares=_no_actions,
    share=4 * VARIANTS,
)
def diff_is_exact(draw: Draw, subject: Subject) -> None:
    """Customers outside of the regions that a diff reports have equal plans; those inside have not."""
    edited = draw(book_edits(subject.book))
    found = difference(subject.book, edited.book, budget=_BUDGET)
    after = _named(subject, edited.book)
    day = draw(dates_near(subject.book))
    inside = _someone_inside(draw, found, day)
    cases = subject.cases(draw) if inside is None else [*subject.cases(draw), subject.show(inside, day)]
    for customer, as_of in cases:
        _agree(subject, found, after, customer, as_of)


_BUDGET = 3_000
"""How many regions a diff may look at; what is left open is not asked about."""


def _someone_inside(draw: Draw, found: Difference, day: date) -> Any:
    if not found.regions:
        return None
    region = draw(st.sampled_from(found.regions)).possible
    population = Population(model_of(found.space.programs[0].book), found.space)
    return draw(someone_in(population, region, day))


def _agree(subject: Subject, found: Difference, after: Engine, customer: Any, as_of: date) -> None:
    """Compare two plans of one customer with what a diff says of the region that the customer is in."""
    cell = _cell(found, subject.book, customer, as_of)
    if any(_inside(cell, dict(box)) for box in found.space.impossible):
        return
    if any(_inside(cell, dict(enumerate(region))) for region in found.undecided):
        return
    changes = [one.change for one in found.regions if _inside(cell, dict(enumerate(one.region)))]
    old, new = decided(subject.plan(customer, as_of)), decided(after.plan(customer, as_of=as_of))
    if not changes:
        assert old == new, "a customer outside of every region has another plan"
        return
    (change,) = changes
    before, now = [one[0] for one in old], [one[0] for one in new]
    assert set(change.gained) == set(now) - set(before)
    assert set(change.lost) == set(before) - set(now)
    for first, second in change.moved:
        assert now.index(first) < now.index(second)
        assert before.index(first) > before.index(second)


def _cell(found: Difference, book: RuleBook, customer: Any, as_of: date) -> list[int]:
    known = facts(book, customer, as_of)
    return [axis.class_of(known.get(axis.attribute)) for axis in found.axes]


def _inside(cell: Sequence[int], masks: Mapping[int, int]) -> bool:
    return all(mask >> cell[axis] & 1 for axis, mask in masks.items())


@law(reference="concepts: guards; the strictest wins", declares=_no_actions, share=VARIANTS)
def adding_a_guard(draw: Draw, subject: Subject) -> None:
    """One more guard that withholds or restricts never raises the number of discretionary contacts."""
    book = subject.book
    nature = draw(st.sampled_from([Nature.CARE, Nature.MARKETING, Nature.INTERNAL]))
    effect = draw(st.sampled_from([Effect.WITHHOLD, Effect.RESTRICT]))
    channels = tuple(draw(st.lists(st.sampled_from(_channels(book)), unique=True, min_size=1, max_size=2)))
    when = draw(conditions_over(book.vocabulary))
    selector = Selector((("nature", (nature,)),))
    guard = Guard(_fresh_id(book, "added"), when, effect, selector, channels=channels)
    stricter = _named(subject, replace(book, guards=(*book.guards, guard)))
    for customer, as_of in subject.cases(draw):
        before = discretionary(subject.plan(customer, as_of), book)
        assert len(before) >= len(discretionary(stricter.plan(customer, as_of=as_of), book))


def _channels(book: RuleBook) -> list[str]:
    return sorted({channel for action in book.actions.values() for channel in action.channel}) or ["app"]
