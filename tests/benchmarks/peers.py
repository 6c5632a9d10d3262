"""How do other engines do the same work? Each is used in the fastest way found for it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from tests.benchmarks.work import HABITS, PREFERENCES, TIERS, Account, combination_actions, modifiers, ranked

__all__ = ["durable", "record", "zen"]


def record(one: Account) -> dict[str, object]:
    """Return the customer as the plain record that other engines take; money in cents, unknown as -1."""
    return {
        "preference": one.preference,
        "habit": one.habit,
        "tier": one.tier,
        "channel": one.channel,
        "aum": int(one.aum * 100),
        "age": one.age,
        "days_to_maturity": -1 if one.days_to_maturity is None else one.days_to_maturity,
    }


def _cents(name: str, value: int) -> int:
    return value * 100 if name == "aum" else value


def zen(rules: int = 100) -> Callable[[Account], tuple[str, ...]]:
    """Return zen-engine's prepared decision in the fastest form found: one expression node in a static loader.

    Nested ternaries find the combination, a list of tests the modifiers. Its documentation's `create_decision` makes a
    new runtime on every call and decision tables are slower too; see the measurements that the project began with.
    """
    import zen as library

    found = modifiers(rules - 60)

    def choice(levels: list[tuple[str, tuple[str, ...]]], chosen: tuple[str, ...]) -> str:
        if not levels:
            return str(combinations.index(chosen))  # type: ignore[arg-type]  # three words by now
        (name, words), *rest = levels
        text = choice(rest, (*chosen, words[-1]))
        for word in reversed(words[:-1]):
            text = f'({name} == "{word}" ? {choice(rest, (*chosen, word))} : {text})'
        return text

    combinations = list(product(PREFERENCES, HABITS, TIERS))
    tests = []
    for one in found:
        parts = [
            f"{name} >= {_cents(name, low)} and {name} < {_cents(name, high)}" for name, low, high in one.bounds
        ] + [f'{name} == "{word}"' for name, word in one.words]
        tests.append(" and ".join(parts))
    levels = [("preference", PREFERENCES), ("habit", HABITS), ("tier", TIERS)]
    expressions = [
        {"id": "c", "key": "combination", "value": choice(levels, ())},
        {"id": "m", "key": "hits", "value": f"[{', '.join(tests)}]"},
    ]
    document = {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in"},
            {"id": "e", "type": "expressionNode", "name": "e", "content": {"expressions": expressions}},
            {"id": "out", "type": "outputNode", "name": "out"},
        ],
        "edges": [
            {"id": "a", "sourceId": "in", "targetId": "e", "type": "edge"},
            {"id": "b", "sourceId": "e", "targetId": "out", "type": "edge"},
        ],
    }
    engine = library.ZenEngine({"loader": {"type": "static", "content": {"book": document}}})
    proposed = [combination_actions(*words) for words in combinations]

    def plan(one: Account) -> tuple[str, ...]:
        result = engine.evaluate("book", record(one))["result"]
        hits = {modifier.action for modifier, hit in zip(found, result["hits"], strict=True) if hit}
        return ranked(hits.union(proposed[result["combination"]]))

    return plan


def durable(rules: int = 100) -> Callable[[Account], tuple[str, ...]]:
    """Return durable-rules on its own: one fact asserted, its firings collected, the fact retracted."""
    from durable.lang import _rulesets, assert_fact, m, retract_fact, ruleset, when_all

    fired: set[str] = set()
    name = f"bench{len(_rulesets)}"
    with ruleset(name):
        for p in PREFERENCES:
            for h in HABITS:
                for t in TIERS:
                    _rule(
                        when_all,
                        (m.preference == p) & (m.habit == h) & (m.tier == t),
                        combination_actions(p, h, t),
                        fired,
                    )
        for one in modifiers(rules - 60):
            test = None
            for field, low, high in one.bounds:
                low, high = _cents(field, low), _cents(field, high)  # noqa: PLW2901  # the same bounds, in cents
                both = (getattr(m, field) >= low) & (getattr(m, field) < high)
                test = both if test is None else test & both
            for field, word in one.words:
                test = test & (getattr(m, field) == word)
            _rule(when_all, test, (one.action,), fired)

    def plan(one: Account) -> tuple[str, ...]:
        fired.clear()
        fact = {**record(one), "id": "c"}
        assert_fact(name, fact)
        retract_fact(name, fact)
        return ranked(fired)

    return plan


def _rule(
    when_all: Callable[..., Callable[..., object]], test: object, names: tuple[str, ...], fired: set[str]
) -> None:
    @when_all(test)
    def _(_context: object) -> None:
        fired.update(names)
