"""Which rule books can there be? Small ones that are valid, and such as are total or disjoint by construction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from pydantic import BaseModel

from relmaint.diagnostics.codes import CHECKS
from relmaint.ir.conditions import ALWAYS, And, Condition, missed
from relmaint.ir.rules import (
    DEFAULT_PRECEDENCE,
    Assumption,
    Checks,
    Exemption,
    Invariant,
    InvariantKind,
    Rule,
    RuleBook,
    Selector,
    Table,
)
from relmaint.model.action import Action, Kind, Nature
from relmaint.model.attributes import vocabulary_of
from relmaint.model.customer import Customer
from relmaint.rulebook.keys import SEVERITIES
from relmaint.testing.strategies.arguments import expect_model, expect_sizes
from relmaint.testing.strategies.conditions import comparisons_of, conditions_over
from relmaint.testing.strategies.parts import (
    ACTION_NAMES,
    WORDS,
    actions_called,
    guards_called,
    notes_of,
    rules_called,
    seldom,
    selectors,
    some,
    tables_called,
)
from relmaint.testing.strategies.texts import texts
from relmaint.text import Text
from relmaint.vocabulary import EnumType, SetType, TextType, Vocabulary

__all__ = ["rule_books", "rules"]

_PRECEDENCE = (DEFAULT_PRECEDENCE, ("first", "second"), ("care", "no", "growth"))
_RULE_NAMES = ("deposit/1", "deposit/2", "habit/price/1", "no", "010")
_MOST_RULES = 20
"""More rules than this take more random bytes than Hypothesis gives an example; a larger book is made of edits."""


def rules(
    model: type[BaseModel] = Customer, *, actions: Sequence[str] = ACTION_NAMES[:4], max_depth: int = 2
) -> st.SearchStrategy[Rule]:
    """Draw rules that do, and boost, some of the given actions.

    Args:
        model: the customer model that the conditions are about.
        actions: the ids of the actions of a catalogue.
        max_depth: how deeply `and`, `or` and `not` stand inside each other, at most.

    Raises:
        InvalidArgument: `model` is no customer model, or there is no action.
    """
    vocabulary = vocabulary_of(expect_model(model))
    if isinstance(actions, str) or not actions:
        raise InvalidArgument(f"{actions=} must be the ids of some actions")
    names = st.sampled_from(_RULE_NAMES)
    return names.flatmap(lambda name: rules_called(name, vocabulary, tuple(actions), (), depth=max_depth))


def rule_books(
    model: type[BaseModel] = Customer,
    *,
    min_size: int = 1,
    max_size: int = 5,
    total: bool = False,
    disjoint: bool = False,
) -> st.SearchStrategy[RuleBook]:
    """Draw valid rule books: every operator, hit policy and effect, overrides, boosts, occasions, dates.

    They load without an error, are in canonical order, and shrink to few rules of one comparison. The constants come
    from small pools, so that rules meet, overlap and contradict each other often.

    Args:
        model: the customer model.
        min_size: the least number of rules.
        max_size: the greatest number of rules; not more than 20. Tables and guards come beside them.
        total: whether every customer gets an action of each kind. The rules then part the customers, each part gets
            duties of each kind, and further rules and guards come on top, which can take no duty away.
        disjoint: whether no two rules match one customer; there are no tables then.

    Raises:
        InvalidArgument: an argument is not what it should be.
    """
    vocabulary = vocabulary_of(expect_model(model))
    expect_sizes(min_size, max_size)
    if max_size > _MOST_RULES:
        raise InvalidArgument(f"{max_size=} is more than {_MOST_RULES}; make a larger book of several")
    if total and max_size == 0:
        raise InvalidArgument("a total book has a rule; max_size must be 1 or more")
    return _rule_books(vocabulary, max(min_size, int(total)), max_size, total=total, disjoint=disjoint)


@st.composite
def _rule_books(
    draw: st.DrawFn, vocabulary: Vocabulary, min_size: int, max_size: int, *, total: bool, disjoint: bool
) -> RuleBook:
    precedence = draw(st.sampled_from(_PRECEDENCE))
    names = draw(st.lists(st.sampled_from(ACTION_NAMES), unique=True, min_size=1, max_size=5))
    actions = [draw(actions_called(name, vocabulary, precedence)) for name in names]
    tables = [] if disjoint else _tables(draw, vocabulary, names)
    base = [_duty(kind, precedence[0]) for kind in Kind] if total else []
    guards = [
        draw(guards_called(f"guard/{place}", vocabulary, [*actions, *base], precedence))
        for place in range(draw(st.integers(0, 3)))
    ]
    size = draw(st.integers(min_size, max_size))
    parting = size if disjoint else draw(st.integers(1, size)) if total else 0
    rules = list(_parting_rules(draw, vocabulary, parting, names, base, total=total))
    weaker = [row.id for table in tables for row in table.rows]
    spare = [f"rule/{place}" for place in range(size - len(_RULE_NAMES))]
    for name in draw(st.permutations((*_RULE_NAMES, *spare)))[: size - parting]:
        rules.append(draw(rules_called(name, vocabulary, names, [*weaker, *(rule.id for rule in rules)])))
    every = sorted([*actions, *base], key=lambda one: one.id)
    return RuleBook(
        name=draw(st.sampled_from(["retail", "no", "零售", "a/b-1.0"])),
        version=draw(st.sampled_from(["1.0.0", "1.10", "2026-01-31", "v1"])),
        vocabulary=vocabulary,
        title=draw(seldom(texts())),
        actions={action.id: action for action in every},
        rules=tuple(sorted(rules, key=lambda one: one.id)),
        tables=tuple(tables),
        guards=tuple(guards),
        assumptions=tuple(draw(_assumptions(vocabulary))),
        invariants=tuple(draw(_invariants(vocabulary, every, precedence))),
        checks=draw(_checks(vocabulary)),
        terms=draw(_terms(vocabulary)),
        precedence=precedence,
        covers=tuple(Kind) if total else draw(st.sampled_from(_COVERS)),
    )


_COVERS = (tuple(Kind), (Kind.CARE,), (Kind.DAILY, Kind.SPECIAL), ())


def _tables(draw: st.DrawFn, vocabulary: Vocabulary, actions: Sequence[str]) -> list[Table]:
    return [draw(tables_called(f"table/{letter}", vocabulary, actions)) for letter in "ab"[: draw(st.integers(0, 2))]]


def _duty(kind: Kind, precedence: str) -> Action:
    """Return a duty that nothing takes from a plan on any day."""
    title = Text(en=f"base {kind}")
    return Action(id=f"base-{kind}", kind=kind, nature=Nature.SERVICE, title=title, precedence=precedence)


def _parting_rules(
    draw: st.DrawFn,
    vocabulary: Vocabulary,
    count: int,
    names: Sequence[str],
    base: Sequence[Action],
    *,
    total: bool,
) -> Iterator[Rule]:
    """Yield so many rules of which no two match one customer; when `total`, one of them matches each customer."""
    if not count:
        return
    parts = _parts(draw, vocabulary, count if total else count + 1)
    for place, parts_of in enumerate(parts[:count]):
        when: Condition = parts_of[0] if len(parts_of) == 1 else And(parts_of)
        more = draw(some(names, least=0 if base else 1, most=2))
        yield Rule(f"part/{place:02}", when, do=(*(one.id for one in base), *more))


def _parts(draw: st.DrawFn, vocabulary: Vocabulary, count: int) -> list[tuple[Condition, ...]]:
    """Cut all customers into so many parts by comparisons: each cut parts one part in those of whom it is true or not.

    The last part is drawn like the others, so that it does not matter which one is left out.
    """
    parts: list[tuple[Condition, ...]] = [()]
    attributes = tuple(vocabulary.attributes.values())
    while len(parts) < count:
        shallow = [place for place, one in enumerate(parts) if len(one) < _MOST_CUTS]
        whole = parts.pop(draw(st.sampled_from(shallow)))
        cut = draw(st.sampled_from(attributes).flatmap(comparisons_of))
        sides = draw(st.permutations((cut, missed(cut))))
        parts += [(*whole, side) for side in sides]
    return parts


_MOST_CUTS = 8
"""How many comparisons one part is cut by, at most."""


@st.composite
def _assumptions(draw: st.DrawFn, vocabulary: Vocabulary) -> list[Assumption]:
    count = draw(st.sampled_from((0, 0, 1, 2)))
    return [
        Assumption(
            f"assume/{place}",
            draw(conditions_over(vocabulary, depth=1)),
            replace(draw(notes_of(vocabulary)), valid_from=None, valid_until=None),
        )
        for place in range(count)
    ]


@st.composite
def _invariants(
    draw: st.DrawFn, vocabulary: Vocabulary, actions: Sequence[Action], precedence: Sequence[str]
) -> list[Invariant]:
    """Draw what a book may say must be true of every plan; it seldom is."""
    found = []
    for place in range(draw(st.sampled_from((0, 0, 1, 2)))):
        kind = draw(st.sampled_from(InvariantKind))
        select: Selector | None = draw(selectors(actions, precedence, all_natures=True))
        attribute: str | None = None
        order: tuple[str, ...] = ()
        if kind is InvariantKind.INDEPENDENT:
            attribute = draw(st.sampled_from(sorted(vocabulary)))
            select = draw(st.sampled_from((None, select)))
        if kind is InvariantKind.MONOTONE:
            rising = [name for name in vocabulary if not isinstance(vocabulary[name].type, TextType | SetType)]
            attribute = draw(st.sampled_from(sorted(rising)))
            type_ = vocabulary[attribute].type
            if isinstance(type_, EnumType):
                order = tuple(draw(st.permutations(type_.values)))
        when = draw(st.one_of(st.just(ALWAYS), conditions_over(vocabulary, depth=1)))
        notes = replace(draw(notes_of(vocabulary)), valid_from=None, valid_until=None)
        found.append(Invariant(f"invariant/{place}", kind, select, when, attribute, order, notes))
    return found


@st.composite
def _checks(draw: st.DrawFn, vocabulary: Vocabulary) -> Checks:
    """Draw severities, and exceptions that need not be about anything."""
    names = draw(st.lists(st.sampled_from(CHECKS), unique=True, max_size=2))
    exempt = [
        Exemption(
            draw(st.sampled_from(CHECKS)),
            name,
            replace(draw(notes_of(vocabulary)), because=Text(en="meant"), valid_from=None, valid_until=None),
        )
        for name in draw(st.sampled_from(((), ("a",), ("a", "b/*"))))
    ]
    return Checks(
        {name: draw(st.sampled_from(SEVERITIES)) for name in sorted(names)},
        tuple(sorted(exempt, key=lambda one: (one.check, one.at))),
    )


@st.composite
def _terms(draw: st.DrawFn, vocabulary: Vocabulary) -> dict[str, dict[str, Text]]:
    """Draw labels for whole groups of words, so that every word of the catalogue stays declared."""
    groups: dict[str, Sequence[str]] = dict(WORDS)
    for attribute in vocabulary.attributes.values():
        if isinstance(attribute.type, EnumType) and attribute.name not in groups:
            groups[attribute.name] = attribute.type.values
    chosen = sorted(draw(some(sorted(groups))))
    return {group: {word: draw(texts()) for word in sorted(groups[group])} for group in chosen}
