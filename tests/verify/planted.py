"""Are defects that were planted on purpose all found? `python -m tests.verify.planted FIRST COUNT`.

Each seed is one small random book into which one defect is put that is one by construction, whatever else the book
says: a gap, a conflict, a dead rule, a superfluous condition, or a constant moved by one step. The seeds that were run
are recorded in docs/numbers.md.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from relmaint.errors import RuleBookError
from relmaint.ir.conditions import NEGATIONS, And, Comparison, Condition, Operator, Or
from relmaint.ir.reference import fires
from relmaint.ir.rules import Effect, Guard, HitPolicy, Row, Rule, RuleBook, Selector, Table
from relmaint.model.action import Action, Kind, Nature
from relmaint.rulebook import parse_rule_book
from relmaint.rulebook.write import write_rule_book
from relmaint.text import Text
from relmaint.verify.checks.run import ALL
from relmaint.verify.checks.subject import Subject
from relmaint.verify.diff import difference
from relmaint.verify.totality import AXES, Totality
from relmaint.vocabulary import AS_OF, BooleanType, SetType
from tests.verify.raw_books import missing
from tests.verify.small_books import VALUES, Facts, Reference, TinyCustomer, points, small_book, tiny

__all__ = ["outcome"]

PLANT = "zz/plant"
"""The id of what is planted."""


@dataclass(frozen=True, slots=True)
class _Ground:
    """A book, and one customer of whom the planted statements speak."""

    random: Random
    book: RuleBook
    customer: Facts

    @property
    def about(self) -> Condition:
        """A condition that the customer meets: some of what is known and unknown of them."""
        names = [name for name in (*TinyCustomer.model_fields,) if name not in ("hour", "since")]
        picked = self.random.sample(names, self.random.randint(1, 3))
        return And(tuple(self._met(name) for name in sorted(picked)))

    def _met(self, name: str) -> Comparison:
        value = self.customer.get(name)
        if value is None:
            return Comparison(name, Operator.IS_UNKNOWN)
        match tiny()[name].type:
            case BooleanType():
                return Comparison(name, Operator.IS_TRUE if value else Operator.IS_FALSE)
            case SetType():
                return Comparison(name, Operator.HAS if "moved" in value else Operator.LACKS, ("moved",))
            case _:
                return Comparison(name, self.random.choice((Operator.EQ, Operator.IN)), (value,))

    def comparison(self) -> Comparison:
        """Return a comparison of any attribute that the customer meets."""
        one = self._met(self.random.choice(("tier", "habit", "consent", "size", "amount", "branch", "events")))
        if one.operator is Operator.EQ and isinstance(one.operands[0], int | Decimal):
            return replace(one, operator=self.random.choice((Operator.LE, Operator.GE, Operator.EQ)))
        return one


def _action(name: str, nature: Nature, kind: Kind = Kind.SPECIAL) -> Action:
    return Action(id=name, kind=kind, nature=nature, title=Text(en=name), precedence="first")


def _with(
    book: RuleBook,
    *,
    actions: Sequence[Action] = (),
    rules: Sequence[Rule] = (),
    guards: Sequence[Guard] = (),
) -> RuleBook:
    return replace(
        book,
        actions={**book.actions, **{one.id: one for one in actions}},
        rules=tuple(sorted([*book.rules, *rules], key=lambda one: one.id)),
        guards=tuple(sorted([*book.guards, *guards], key=lambda one: one.id)),
    )


def _found(book: RuleBook, code: str) -> set[str]:
    return {one.at for one in ALL[code](Subject(book)) if one.code == code}


# --- the five defects ------------------------------------------------------------------------------------------------


def gap(ground: _Ground) -> str:
    """A kind whose only action a guard takes from a customer, or no rule proposes to them."""
    if not all(name in ground.customer for name in AXES if name in tiny()):
        return ""
    about = ground.about
    book = replace(ground.book, covers=(Kind.SPECIAL,))
    if ground.random.random() < 0.5:
        planted = _action("planted", Nature.CARE)
        guard = Guard(PLANT, about, Effect.WITHHOLD, Selector((("action", ("planted",)),)))
        book = _with(book, actions=[planted], rules=[Rule("zz/all", do=("planted",))], guards=[guard])
        assert "special" in _found(book, "gap")
        return "gap: a guard takes the only action"
    planted = _action("planted", Nature.SERVICE)
    other = ground.comparison()
    rules = [
        Rule("zz/one", And((other, _missed(about))), ("planted",)),
        Rule("zz/two", missing(other), ("planted",)),
    ]
    book = _with(book, actions=[planted], rules=rules)
    assert [one for one in Totality(book).findings() if one.code == "uncovered-combination"]
    return "gap: nothing is proposed"


def _missed(condition: Condition) -> Condition:
    assert isinstance(condition, And)
    return Or(tuple(missing(part) for part in condition.parts if isinstance(part, Comparison)))


def conflict(ground: _Ground) -> str:
    """Two rows for one customer in a table that allows that not, or only if they agree; overrides in a circle."""
    random, book = ground.random, replace(ground.book, tables=(), covers=())
    book = replace(book, rules=tuple(replace(rule, overrides=()) for rule in book.rules))
    actions = [_action(name, Nature.INTERNAL) for name in ("planted", "other")]
    if random.random() < 0.25:
        rules = [Rule("zz/one", ground.about, ("planted",), (), ("zz/two",)), Rule("zz/two", do=("other",))]
        rules[1] = replace(rules[1], overrides=("zz/one",))
        assert "override-cycle" in _codes(_with(book, actions=actions, rules=rules))
        return "conflict: overrides in a circle"
    hit = random.choice((HitPolicy.UNIQUE, HitPolicy.ANY))
    names = sorted(random.sample(("tier", "habit", "consent", "size", "amount", "branch"), random.randint(1, 3)))
    tests = [[None if random.random() < 0.3 else ground._met(name) for name in names] for _ in range(2)]
    disjoint = [Comparison(names[0], NEGATIONS[Operator.IS_KNOWN]), *[None] * (len(names) - 1)]
    rows = [
        Row(f"zz/table#{place}", tuple(own), (name,))
        for place, (own, name) in enumerate(zip(tests, ("planted", "other"), strict=True), start=1)
    ]
    if ground.customer.get(names[0]) is not None:
        rows.append(Row("zz/table#3", tuple(disjoint), ("planted",)))
    table = Table("zz/table", hit, tuple(names), ("do",), tuple(rows))
    book = replace(_with(book, actions=actions), tables=(table,))
    code = "overlapping-rows" if hit is HitPolicy.UNIQUE else "disagreeing-rows"
    assert code in _codes(book), code
    assert code not in _codes(replace(book, tables=(replace(table, rows=table.rows[1:]),))), "found without the plant"
    return f"conflict: {code}"


def _codes(book: RuleBook) -> set[str]:
    """Write the book, read it again, and return what is wrong with it."""
    text = write_rule_book(replace(book, guards=(), invariants=()))
    try:
        parse_rule_book(text, customer=TinyCustomer)
    except RuleBookError as refused:
        return {one.code for one in refused.diagnostics}
    return set()


def dead_rule(ground: _Ground) -> str:
    """A rule that matches nobody, or is set aside, or preceded, or superfluous, wherever it matches."""
    about, other = ground.about, ground.comparison()
    planted = _action("planted", Nature.INTERNAL)
    base = _with(ground.book, actions=[planted])
    match ground.random.randrange(4):
        case 0:
            rule = Rule(PLANT, And((about, other, missing(other))), ("planted",))
            assert PLANT in _found(_with(base, rules=[rule]), "unreachable-rule")
            return "dead rule: it contradicts itself"
        case 1:
            rules = [
                Rule(PLANT, about, ("planted",)),
                Rule("zz/one", other, ("planted",), (), (PLANT,)),
                Rule("zz/two", missing(other), ("planted",), (), (PLANT,)),
            ]
            assert PLANT in _found(_with(base, rules=rules), "masked-rule")
            return "dead rule: two rules together set it aside"
        case 2:
            tests = [other, replace(other, operator=NEGATIONS[other.operator]), None]
            rows = [Row(f"zz/table#{place}", (test,), ("planted",)) for place, test in enumerate(tests, start=1)]
            if not other.operator.startswith("is "):
                rows.insert(2, Row("zz/table#2b", (Comparison(other.attribute, Operator.IS_UNKNOWN),), ("planted",)))
            rows[-1] = replace(rows[-1], id=PLANT)
            table = Table("zz/table", HitPolicy.FIRST, (other.attribute,), ("do",), tuple(rows))
            book = replace(base, tables=(*base.tables, table))
            assert PLANT in _found(book, "masked-rule")
            return "dead rule: rows together come before it"
        case _:
            rules = [
                Rule(PLANT, about, ("planted",)),
                Rule("a/one", other, ("planted",)),
                Rule("a/two", missing(other), ("planted",)),
            ]
            book = _with(base, rules=rules)
            assert PLANT in _found(book, "redundant-rule") | _found(book, "subsumed-rule")
            return "dead rule: two rules together do the same"


def redundant_condition(ground: _Ground) -> str:
    """A part of a condition that another part implies, of a rule or a guard."""
    one, about = ground.comparison(), ground.about
    assert isinstance(about, And)
    implied = Or((one, *(missing(part) for part in about.parts[:1] if isinstance(part, Comparison))))
    parts = [*about.parts, one, implied]
    ground.random.shuffle(parts)
    when = And(tuple(parts))
    planted = _action("planted", Nature.CARE)
    if ground.random.random() < 0.5:
        book = _with(ground.book, actions=[planted], rules=[Rule(PLANT, when, ("planted",))])
        what = "redundant condition: of a rule"
    else:
        guard = Guard(PLANT, when, Effect.WITHHOLD, Selector((("action", ("planted",)),)))
        book = _with(ground.book, actions=[planted], rules=[Rule("zz/all", do=("planted",))], guards=[guard])
        what = "redundant condition: of a guard"
    assert PLANT in _found(book, "redundant-condition")
    return what


_STEPS: dict[str, Any] = {"size": 1, "amount": Decimal("0.01"), "contacts": 1, "since": timedelta(days=1)}


def off_by_one(ground: _Ground) -> str:
    """A constant moved by one step; the difference names just the customers at the step, and what they gain or lose."""
    random = ground.random
    name = random.choice(sorted(_STEPS))
    value = ground.customer.get(name)
    if value is None:
        return ""
    step = _STEPS[name]
    operator = random.choice((Operator.LT, Operator.LE, Operator.GT, Operator.GE))
    down = operator in (Operator.LE, Operator.GT)  # a customer at the constant is told apart when it moves down
    constants = (value, value - step if down else value + step)
    if name in ("amount", "contacts") and min(constants) < 0:
        return ""
    about = ground.about
    planted = _action("planted", Nature.SERVICE)
    books = [
        _with(
            ground.book,
            actions=[planted],
            rules=[Rule(PLANT, And((Comparison(name, operator, (constant,)), about)), ("planted",))],
        )
        for constant in constants
    ]
    old, new = books if random.random() < 0.5 else books[::-1]
    found = difference(old, new)
    assert found.is_complete
    changes = [
        one.change
        for one in found.regions
        if all(
            mask >> axis.class_of(ground.customer.get(axis.attribute)) & 1
            for mask, axis in zip(one.region, found.axes, strict=True)
        )
    ]
    assert changes, "the customer at the step is in no region"
    assert "planted" in changes[0].gained + changes[0].lost
    customers = points(random, old, new)
    before, after = Reference(old), Reference(new)
    at = [one for one in customers if one.get(name) == value and fires(about, one)]
    assert all(("planted" in before.planned(one)) != ("planted" in after.planned(one)) for one in at)
    return f"off by one: {name} {operator}"


DEFECTS: tuple[Callable[[_Ground], str], ...] = (gap, conflict, dead_rule, redundant_condition, off_by_one)


def outcome(seed: int) -> str:
    """Plant one defect in one book, and find it; return which it was.

    Raises:
        AssertionError: it is not found.
    """
    random = Random(seed)
    plant = DEFECTS[seed % len(DEFECTS)]
    while True:
        book = small_book(random)
        customers = points(random, book)
        if not customers:
            continue
        customer = {**random.choice(customers), AS_OF: customers[0][AS_OF]}
        drawn = {name: _drawn(random, name) for name in TinyCustomer.model_fields if name != "hour"}
        whole = {name: value for name, value in {**drawn, **customer}.items() if value is not None}
        if not Reference(book).is_possible(whole):
            continue
        try:
            if planted := plant(_Ground(random, book, whole)):
                return planted
        except AssertionError as problem:
            raise AssertionError(f"seed {seed}: {plant.__name__}: {problem}") from problem


def _drawn(random: Random, name: str) -> Any:
    """Draw a value of an attribute of which the book says nothing."""
    match tiny()[name].type:
        case BooleanType():
            return random.choice((True, False))
        case SetType():
            return frozenset(random.sample(VALUES[name], 1))
        case _:
            return random.choice(VALUES[name])


def main(first: int, count: int) -> None:
    """Run the seeds and print how many defects of each kind were planted and found."""
    found = Counter(outcome(seed) for seed in range(first, first + count))
    for name, number in sorted(found.items()):
        print(f"{number:>10,} {name}")
    print(f"seeds {first} to {first + count - 1}: all found")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
