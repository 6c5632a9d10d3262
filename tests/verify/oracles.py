"""Solvers as oracles of the search, on books of up to thousands of rules: `python -m tests.verify.oracles FIRST COUNT`.

z3 is asked about the conditions as they stand in the book, over raw values with unknown as a truth of its own; it knows
no classes, so that their building is put to the test too. A SAT solver is asked about the boxes, and puts the search to
the test. Each seed is one book; the seeds that were run are recorded in docs/numbers.md.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import z3
from pysat.solvers import Solver

from relmaint.ir.conditions import And, Comparison, Condition, Interval, Not, Operator, Or
from relmaint.ir.program import Axis, Box
from relmaint.ir.reference import fires
from relmaint.ir.rules import RuleBook, Table
from relmaint.rank.select import selects
from relmaint.verify.checks.proofs import inside
from relmaint.verify.checks.subject import Subject
from relmaint.verify.cover import Hole, Region, Undecided, bits_of, unequally_known
from relmaint.verify.diff import difference
from relmaint.verify.parts import someone
from relmaint.vocabulary import (
    AS_OF,
    Attribute,
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    SetType,
    TextType,
    Vocabulary,
)
from tests.verify.raw_books import Raw, planning_book, raw_book
from tests.verify.small_books import Reference

__all__ = ["Boxes", "Customers", "Plans", "outcome"]

Formula = Any
"""A z3 expression; the package has no types."""

Truth = tuple[Formula, Formula]
"""When a condition is true, and when it is false; otherwise it is unknown."""

ORIGIN = date(1970, 1, 1)


class Customers:
    """The customers of a vocabulary as z3 knows them: a number or truths for each attribute, and whether it is known.

    Days and decimals are whole numbers of days and of the smallest place; a text is a number, that of a text which no
    condition names included.
    """

    def __init__(self, vocabulary: Vocabulary, solver: z3.Solver) -> None:
        """Start without any attribute."""
        self.vocabulary = vocabulary
        self.solver = solver
        self.values: dict[str, Formula] = {}
        self.known: dict[str, Formula] = {}
        self.texts: dict[str, int] = {}

    def truth(self, condition: Condition) -> Truth:
        """Return when a condition is true and when it is false, by Kleene's logic."""
        match condition:
            case And(parts):
                told = [self.truth(part) for part in parts]
                return z3.And([yes for yes, _ in told]), z3.Or([no for _, no in told])
            case Or(parts):
                told = [self.truth(part) for part in parts]
                return z3.Or([yes for yes, _ in told]), z3.And([no for _, no in told])
            case Not(part):
                yes, no = self.truth(part)
                return no, yes
            case Comparison():
                return self._compared(condition)

    def _compared(self, one: Comparison) -> Truth:
        value = self._value(self.vocabulary[one.attribute])
        known = self.known[one.attribute]
        match one.operator:
            case Operator.IS_KNOWN:
                return known, z3.Not(known)
            case Operator.IS_UNKNOWN:
                return z3.Not(known), known
            case Operator.IS_TRUE | Operator.IS_NOT_TRUE:
                holds = z3.And(known, value)
                return (holds, z3.Not(holds)) if one.operator is Operator.IS_TRUE else (z3.Not(holds), holds)
            case Operator.IS_FALSE | Operator.IS_NOT_FALSE:
                holds = z3.And(known, z3.Not(value))
                return (holds, z3.Not(holds)) if one.operator is Operator.IS_FALSE else (z3.Not(holds), holds)
            case _:
                holds = self._holds(one, value)
                return z3.And(known, holds), z3.And(known, z3.Not(holds))

    def _holds(self, one: Comparison, value: Formula) -> Formula:
        type_ = self.vocabulary[one.attribute].type
        operands = [self._number(type_, operand) for operand in one.operands if not isinstance(operand, Interval)]
        match one.operator:
            case Operator.EQ | Operator.NE if isinstance(type_, BooleanType):
                same = value if one.operands[0] else z3.Not(value)
                return same if one.operator is Operator.EQ else z3.Not(same)
            case Operator.EQ:
                return value == operands[0]
            case Operator.NE:
                return value != operands[0]
            case Operator.LT:
                return value < operands[0]
            case Operator.LE:
                return value <= operands[0]
            case Operator.GT:
                return value > operands[0]
            case Operator.GE:
                return value >= operands[0]
            case Operator.IN:
                return z3.Or([value == operand for operand in operands])
            case Operator.NOT_IN:
                return z3.And([value != operand for operand in operands])
            case Operator.INSIDE | Operator.OUTSIDE:
                within = self._within(type_, one.operands[0], value)
                return within if one.operator is Operator.INSIDE else z3.Not(within)
            case Operator.HAS:
                return value[one.operands[0]]
            case Operator.LACKS:
                return z3.Not(value[one.operands[0]])
            case _:
                raise AssertionError(one)

    def _within(self, type_: Any, interval: Any, value: Formula) -> Formula:
        ends = []
        if interval.low is not None:
            low = self._number(type_, interval.low)
            ends.append(value >= low if interval.low_closed else value > low)
        if interval.high is not None:
            high = self._number(type_, interval.high)
            ends.append(value <= high if interval.high_closed else value < high)
        return z3.And(ends)

    def _number(self, type_: Any, value: Any) -> Any:
        match type_:
            case EnumType():
                return type_.values.index(value)
            case TextType():
                return self.texts.setdefault(value, len(self.texts))
            case DecimalType():
                return int(Decimal(value).scaleb(type_.scale))
            case DateType():
                return (value - ORIGIN).days
            case _:
                return value

    def _value(self, attribute: Attribute) -> Formula:
        """Return the attribute's value, declared with its range when it is asked for the first time."""
        name, type_ = attribute.name, attribute.type
        if name in self.values:
            return self.values[name]
        self.known[name] = z3.Bool(f"{name} is known") if attribute.optional else z3.BoolVal(val=True)
        match type_:
            case BooleanType():
                found: Formula = z3.Bool(name)
            case SetType():
                found = {word: z3.Bool(f"{name} has {word}") for word in type_.values}
            case _:
                found = z3.Int(name)
                low, high = (0, len(type_.values) - 1) if isinstance(type_, EnumType) else _range(type_)
                if low is not None:
                    self.solver.add(found >= self._end(type_, low))
                if high is not None:
                    self.solver.add(found <= self._end(type_, high))
        self.values[name] = found
        return found

    def _end(self, type_: Any, value: Any) -> Any:
        return value if isinstance(type_, EnumType) else self._number(type_, value)

    def facts(self, model: Any) -> dict[str, Any]:
        """Return the customer that z3 found, as the reference knows one."""
        facts: dict[str, Any] = {AS_OF: ORIGIN}
        for name, value in self.values.items():
            if not z3.is_true(model.eval(self.known[name], model_completion=True)):
                continue
            type_ = self.vocabulary[name].type
            if isinstance(type_, SetType):
                held = (word for word, has in value.items() if z3.is_true(model.eval(has, model_completion=True)))
                facts[name] = frozenset(held)
            elif isinstance(type_, BooleanType):
                facts[name] = z3.is_true(model.eval(value, model_completion=True))
            else:
                facts[name] = self._back(type_, model.eval(value, model_completion=True).as_long())
        return facts

    def _back(self, type_: Any, number: int) -> Any:
        match type_:
            case EnumType():
                return type_.values[number]
            case TextType():
                return next((text for text, own in self.texts.items() if own == number), f"text {number}")
            case DecimalType():
                return Decimal(number).scaleb(-type_.scale)
            case DateType():
                return ORIGIN + timedelta(days=number)
            case _:
                return number


def _range(type_: Any) -> tuple[Any, Any]:
    if isinstance(type_, DateType):
        return date.min, date.max
    return getattr(type_, "minimum", None), getattr(type_, "maximum", None)


class Matches:
    """Which statements of a book match, as z3 knows it: one truth a statement."""

    def __init__(self, book: RuleBook, *others: RuleBook) -> None:
        """Write the conditions of all statements of the books."""
        self.solver = z3.SimpleSolver()
        self.customers = Customers(book.vocabulary, self.solver)
        self.of: dict[tuple[int, str], Formula] = {}
        for side, one in enumerate((book, *others)):
            for name, parts in _conditions(one):
                self.of[side, name] = self.literal(f"{side} {name}", And(tuple(parts)))
            for assumption in one.assumptions:
                self.solver.add(self.customers.truth(assumption.always)[0])

    def literal(self, name: str, condition: Condition) -> Formula:
        """Return a truth that is just that the condition is true."""
        found = z3.Bool(name)
        self.solver.add(found == self.customers.truth(condition)[0])
        return found

    def rule(self, name: str, side: int = 0) -> Formula:
        """Return whether a rule or row matches."""
        return self.of[side, name]

    def somebody(self, *asked: Formula) -> dict[str, Any] | None:
        """Return a customer of whom all is true, or `None` when there is none."""
        answer = self.solver.check(*asked)
        assert answer != z3.unknown, "z3 does not know"
        return self.customers.facts(self.solver.model()) if answer == z3.sat else None


def _conditions(book: RuleBook) -> Iterable[tuple[str, list[Condition]]]:
    yield from ((rule.id, [rule.when]) for rule in book.rules)
    for table in book.tables:
        yield from ((row.id, [test for test in row.tests if test is not None]) for row in table.rows)
    yield from ((guard.id, [guard.when]) for guard in book.guards)


class Boxes:
    """Boxes as a SAT solver knows them: a customer has one class on each axis, and may be said to be outside a box."""

    def __init__(self, axes: Sequence[Axis], boxes: Sequence[Box], impossible: Iterable[Box] = ()) -> None:
        """Write a clause for each box."""
        self.solver = Solver(name="cadical153")
        self.axes = axes
        self._next = 1
        self.classes: list[list[int]] = []
        for axis in axes:
            own = [self._new() for _ in range(axis.size)]
            self.classes.append(own)
            self._one_of([one for class_, one in enumerate(own) if axis.everything >> class_ & 1])
            for class_, one in enumerate(own):
                if not axis.everything >> class_ & 1:
                    self.solver.add_clause([-one])
        self.outside = []
        for box in boxes:
            switch = self._new()
            self.outside.append(switch)
            self.solver.add_clause([-switch, *self._out_of(box)])
        for box in impossible:
            self.solver.add_clause(self._out_of(box))

    def _new(self) -> int:
        self._next += 1
        return self._next - 1

    def _one_of(self, literals: list[int]) -> None:
        """Say that just one is true, by a ladder: a rung is whether one of the first so many is."""
        self.solver.add_clause(literals)
        rung = 0
        for one in literals:
            higher = self._new()
            self.solver.add_clause([-one, higher])
            if rung:
                self.solver.add_clause([-rung, higher])
                self.solver.add_clause([-rung, -one])
            rung = higher

    def _out_of(self, box: Box) -> list[int]:
        return [one for axis, mask in box for class_, one in enumerate(self.classes[axis]) if not mask >> class_ & 1]

    def are_covered(self, region: Region, boxes: Iterable[int]) -> bool:
        """Whether every customer of the region is in one of the boxes, given by their numbers."""
        asked = [self.outside[box] for box in boxes]
        for axis, mask in enumerate(region):
            asked += [-one for class_, one in enumerate(self.classes[axis]) if not mask >> class_ & 1]
        return not self.solver.solve(assumptions=asked)


class _Asked:
    """One book as the search, z3 and the SAT solver know it."""

    def __init__(self, book: RuleBook) -> None:
        self.book = book
        self.subject = Subject(book)
        self.matches = Matches(book)
        space = self.subject.space
        program = self.subject.program
        nobody = [*space.impossible, *unequally_known(space.axes)]
        self.sat = Boxes(space.axes, program.boxes, nobody)
        self.reference = Reference(book)

    def bits(self, names: Iterable[str]) -> int:
        """Return the boxes of some rules."""
        found = 0
        for name in names:
            found |= self.subject.planner.bits["rule", name]
        return found

    def is_inside(self, conditions: Sequence[Region], bits: int) -> bool:
        """Whether all customers of the regions are in the boxes, as search and SAT solver say.

        Raises:
            AssertionError: the two differ.
        """
        answer = inside(self.subject, conditions, bits, budget=50_000)
        assert not isinstance(answer, Undecided), "the search gave up"
        numbers = list(bits_of(bits))
        told = all(self.sat.are_covered(region, numbers) for region in conditions)
        assert told == (not isinstance(answer, Hole)), f"the SAT solver says {told}"
        if isinstance(answer, Hole):
            assert not any(
                all(answer.region[axis] & mask for axis, mask in self.subject.boxes[number]) for number in numbers
            )
        return told

    def agrees(
        self, told: bool, counter: dict[str, Any] | None, matching: Sequence[str], others: Sequence[str]
    ) -> None:
        """Compare with z3, and try its customer on the reference: matching the ones and none of the others.

        Raises:
            AssertionError: they differ.
        """
        assert told == (counter is None), f"z3 shows {counter}, the search says {told}"
        if counter is not None:
            names = {name for _, name in self.reference.matching(counter)}
            assert set(matching) <= names, f"the reference does not match {matching} for {counter}"
            assert not names & set(others), f"the reference matches {names & set(others)} for {counter}"
            assert self.reference.is_possible(counter)


def match_questions(random: Random, count: int, asked: int = 5) -> Counter[str]:
    """Ask about matches of a book of so many rules.

    Raises:
        AssertionError: two of the search, z3, the SAT solver and the reference differ.
    """
    book = raw_book(random, count)
    one = _Asked(book)
    counts: Counter[str] = Counter()
    rules = {rule.id: rule for rule in book.rules}
    literal = one.matches.rule
    by_kind: dict[str, list[str]] = {}
    by_action: dict[str, list[str]] = {}
    for rule in book.rules:
        by_kind.setdefault(book.actions[rule.do[0]].kind, []).append(rule.id)
        by_action.setdefault(rule.do[0], []).append(rule.id)
    for names in by_kind.values():
        told = one.is_inside([one.subject.everyone], one.bits(names))
        one.agrees(told, one.matches.somebody(*(z3.Not(literal(name)) for name in names)), (), names)
        counts[f"total: {told}"] += 1
    for name in random.sample(sorted(rules), min(asked, len(rules))):
        regions = [one.subject.region(number) for number in one.subject.numbers["rule", name]]
        told = one.is_inside(regions, 0)
        one.agrees(told, one.matches.somebody(literal(name)), [name], ())
        counts[f"unreachable: {told}"] += 1
        others = [other for other in by_action[rules[name].do[0]] if other != name]
        told = one.is_inside(regions, one.bits(others))
        customer = one.matches.somebody(literal(name), *(z3.Not(literal(other)) for other in others))
        one.agrees(told, customer, [name], others)
        counts[f"redundant: {told}"] += 1
        earlier = [other for other in rules if other < name]
        told = one.is_inside(regions, one.bits(earlier))
        customer = one.matches.somebody(literal(name), *(z3.Not(literal(other)) for other in earlier))
        one.agrees(told, customer, [name], earlier)
        counts[f"masked by the union of earlier ones: {told}"] += 1
        other = random.choice(sorted(rules))
        meets = any(
            not one.sat.are_covered(both, ()) and one.subject.space.possible(both) is not None
            for region in regions
            for number in one.subject.numbers["rule", other]
            if (both := one.subject.space.within(region, one.subject.boxes[number])) is not None
        )
        one.agrees(not meets, one.matches.somebody(literal(name), literal(other)), [name, other], ())
        counts[f"overlap: {meets}"] += 1
        _condition_question(one, random, name, by_action[rules[name].do[0]], counts)
    return counts


def _condition_question(one: _Asked, random: Random, name: str, alike: Sequence[str], counts: Counter[str]) -> None:
    """Ask whether a part of a condition can be dropped, given all rules for the same action."""
    rule = next(rule for rule in one.book.rules if rule.id == name)
    if not isinstance(rule.when, And) or len(rule.when.parts) < 2:
        return
    at = random.randrange(len(rule.when.parts))
    rest = And((*rule.when.parts[:at], *rule.when.parts[at + 1 :]))
    regions = [one.subject.region(box) for box in one.subject.space.boxes(rest)]
    told = one.is_inside(regions, one.bits(alike))
    wider = one.matches.customers.truth(rest)[0]
    customer = one.matches.somebody(wider, *(z3.Not(one.matches.rule(other)) for other in alike))
    one.agrees(told, customer, (), alike)
    if customer is not None:
        assert fires(rest, customer)
    counts[f"redundant condition: {told}"] += 1


def edit_of(random: Random, book: RuleBook) -> RuleBook:
    """Exchange the conditions of a few rules, and drop one."""
    raw = Raw(random)
    rules = list(book.rules)
    for at in random.sample(range(len(rules)), min(2, len(rules))):
        rules[at] = replace(rules[at], when=raw.condition()) if random.random() < 0.3 else _narrowed(rules[at], raw)
    if random.random() < 0.2:
        gone = rules.pop(random.randrange(len(rules))).id
        rules = [replace(rule, overrides=tuple(x for x in rule.overrides if x != gone)) for rule in rules]
    return replace(book, rules=tuple(rules))


def _narrowed(rule: Any, raw: Raw) -> Any:
    """Return the rule with a condition more, which may change nothing."""
    return replace(rule, when=And((rule.when, Or((rule.when, raw.condition())))))


def match_differences(random: Random, count: int) -> Counter[str]:
    """Ask for which action the customers who match differ between two books without any competition.

    Raises:
        AssertionError: the difference of the plans and z3 differ.
    """
    old = raw_book(random, count)
    new = edit_of(random, old)
    found = difference(old, new)
    assert found.is_complete, "the search gave up"
    matches = Matches(old, new)
    counts: Counter[str] = Counter()
    changed = {name for region in found.regions for name in (*region.change.gained, *region.change.lost)}
    for action in old.actions:
        sides = [
            z3.Or([matches.rule(rule.id, side) for rule in book.rules if action in rule.do])
            for side, book in enumerate((old, new))
        ]
        customer = matches.somebody(sides[0] != sides[1])
        assert (customer is not None) == (action in changed), f"{action}: z3 shows {customer}"
        if customer is not None:
            plans = [Reference(book).planned(customer) for book in (old, new)]
            assert (action in plans[0]) != (action in plans[1])
        counts[f"matches of an action differ: {customer is not None}"] += 1
    return counts


# --- plans -----------------------------------------------------------------------------------------------------------


class Plans:
    """Which actions a book plans, as z3 knows it.

    Overrides, first-hit rows, guards that withhold, scores, one contact an occasion, and a budget.
    """

    def __init__(self, matches: Matches, book: RuleBook, side: int = 0) -> None:
        """Write the ranking of a book down once more, as formulas."""
        self.book, self.matches, self.side = book, matches, side
        self.over: dict[str, list[str]] = {}
        for rule in book.rules:
            for target in rule.overrides:
                self.over.setdefault(target, []).append(rule.id)
        self.effective: dict[str, Formula] = {}
        for rule in reversed(book.rules):
            self.effective[rule.id] = self._named(f"effective {rule.id}", self._effective(rule.id))
        for table in book.tables:
            self._rows(table)
        self.survives = {name: self._named(f"survives {name}", self._survives(name)) for name in book.actions}
        self.score = {name: self._score(name) for name in book.actions}
        self.planned = {name: self._named(f"planned {name}", self._planned(name)) for name in book.actions}

    def _named(self, name: str, formula: Formula) -> Formula:
        found = z3.Bool(f"{self.side} {name}")
        self.matches.solver.add(found == formula)
        return found

    def _effective(self, name: str) -> Formula:
        """A rule is effective when it matches and no effective rule overrides it; later rules override earlier ones."""
        over = [self.effective[one] for one in self.over.get(name, ())]
        return z3.And(self.matches.rule(name, self.side), z3.Not(z3.Or(over)))

    def _rows(self, table: Table) -> None:
        earlier: list[Formula] = []
        for row in table.rows:
            own = self.matches.rule(row.id, self.side)
            self.effective[row.id] = z3.And(own, z3.Not(z3.Or(earlier)))
            earlier.append(own)

    def _survives(self, action: str) -> Formula:
        rows = [row for table in self.book.tables for row in table.rows]
        proposed = [self.effective[one.id] for one in (*self.book.rules, *rows) if action in one.do]
        guards = [
            self.matches.rule(one.id, self.side)
            for one in self.book.guards
            if selects(one.select, self.book.actions[action])
        ]
        return z3.And(z3.Or(proposed), z3.Not(z3.Or(guards)))

    def _score(self, action: str) -> Formula:
        boosts = [
            z3.If(self.effective[rule.id], points, 0)
            for rule in self.book.rules
            for name, points in rule.boost
            if name == action
        ]
        return z3.IntVal(self.book.actions[action].base) + z3.Sum([z3.IntVal(0), *boosts])

    def above(self, one: str, other: str) -> Formula:
        """Whether the first action ranks above the second, should both be there."""
        actions, classes = self.book.actions, list(self.book.precedence)
        mine, yours = (classes.index(actions[name].precedence) for name in (one, other))
        if mine != yours:
            return z3.BoolVal(mine < yours)
        if one < other:
            return self.score[one] >= self.score[other]
        return self.score[one] > self.score[other]

    def _planned(self, action: str) -> Formula:
        actions = self.book.actions
        if not actions[action].is_discretionary_contact:
            return self.survives[action]
        contacts = [name for name, one in actions.items() if one.is_discretionary_contact]

        def group(name: str) -> str:
            return actions[name].occasion or f"action {name}"

        ahead = {name: z3.And(self.survives[name], self.above(name, action)) for name in contacts if name != action}
        merged = [ahead[name] for name in ahead if group(name) == group(action)]
        others = sorted({group(name) for name in ahead} - {group(action)})
        before = z3.Sum(
            [
                z3.IntVal(0),
                *(z3.If(z3.Or([ahead[name] for name in ahead if group(name) == one]), 1, 0) for one in others),
            ]
        )
        budgets = [table for table in self.book.tables if table.limits]
        room = [before < self._limit(table) - self._count(table) for table in budgets]
        return z3.And(self.survives[action], z3.Not(z3.Or(merged)), *room)

    def _limit(self, table: Table) -> Formula:
        found: Formula = z3.IntVal(table.default)
        for row in reversed(table.rows):
            found = z3.If(self.effective[row.id], row.limits[0], found)
        return found

    def _count(self, table: Table) -> Formula:
        customers = self.matches.customers
        return customers._value(customers.vocabulary[table.limits[0]])


def plan_questions(random: Random, count: int) -> Counter[str]:
    """Ask whether each action is in somebody's plan, and whether an edit changes anybody's.

    Raises:
        AssertionError: two of the search, z3 and the reference differ.
    """
    book = planning_book(random, count)
    new = edit_of(random, book)
    subject = Subject(book)
    matches = Matches(book, new)
    plans = [Plans(matches, one, side) for side, one in enumerate((book, new))]
    references = [Reference(one) for one in (book, new)]
    counts: Counter[str] = Counter()
    for action in book.actions:

        def question(seen: Any, action: str = action) -> bool | None:
            planned = seen[0].planned(action)
            return None if planned is None else not planned

        answer = someone(subject.views, question)
        assert not isinstance(answer, Undecided), "the search gave up"
        customer = matches.somebody(plans[0].planned[action])
        assert (customer is not None) == (answer is not None), f"{action}: z3 shows {customer}"
        if customer is not None:
            assert action in references[0].planned(customer), f"{action}: the reference does not plan it: {customer}"
        counts[f"action in somebody's plan: {customer is not None}"] += 1
    found = difference(book, new)
    if found.is_complete:
        _compared(plans, matches, references, found.is_empty, counts)
    else:
        counts["difference undecided"] += 1
    return counts


def _compared(
    plans: Sequence[Plans], matches: Matches, references: Sequence[Reference], same: bool, counts: Counter[str]
) -> None:
    old, new = plans
    names = list(old.planned)
    differing = [old.planned[name] != new.planned[name] for name in names]
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            there = [side.planned[name] for side in plans for name in (one, other)]
            differing.append(z3.And(*there, old.above(one, other) != new.above(one, other)))
    customer = matches.somebody(z3.Or(differing))
    assert same == (customer is None), f"z3 shows {customer}, the difference is empty: {same}"
    if customer is not None:
        assert references[0].outcome(customer) != references[1].outcome(customer)
    counts[f"plans differ: {customer is not None}"] += 1


# --- all -------------------------------------------------------------------------------------------------------------

SIZES: Mapping[int, int] = {0: 2_000, 125: 1_000, 250: 500, 375: 500}
"""How many rules the books of these seeds have, counted anew every 500 seeds; the others have 50 to 150."""


def outcome(seed: int) -> Counter[str]:
    """Ask all questions about one book; return how often each answer came.

    Raises:
        AssertionError: an answer differs.
    """
    random = Random(seed)
    count = SIZES.get(seed % 500, random.randint(50, 150))
    counts: Counter[str] = Counter()
    try:
        match seed % 5:
            case 0 | 1 | 2:
                counts["books of matches"] += 1
                counts.update(match_questions(random, count))
            case 3:
                counts["pairs of books"] += 1
                counts.update(match_differences(random, count))
            case _:
                counts["books of plans"] += 1
                counts.update(plan_questions(random, random.randint(5, 20)))
    except AssertionError as problem:
        raise AssertionError(f"seed {seed}: {problem}") from problem
    return counts


def main(first: int, count: int) -> None:
    """Run the seeds and print how often each answer came."""
    found: Counter[str] = Counter()
    for seed in range(first, first + count):
        found.update(outcome(seed))
    for name, number in sorted(found.items()):
        print(f"{number:>10,} {name}")
    print(f"seeds {first} to {first + count - 1}: no mismatch")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
