"""Which rule book, customer and plan of this library are those of the conformance suite?"""

from __future__ import annotations

from datetime import date, time
from typing import Any

from relmaint.ir.conditions import And, Comparison, Condition, Interval, Not, Operator, Or
from relmaint.ir.rules import Aggregate, Effect, Guard, HitPolicy, Notes, Row, Rule, RuleBook, Selector, Table
from relmaint.model.action import Action, Due, DueUnit, Kind, Nature
from relmaint.model.plan import ActionPlan
from relmaint.text import Text
from tests.conformance.model import ConformanceCustomer, vocabulary
from tests.conformance.reader import Json, value_of

__all__ = ["book_of", "customer_of", "encoded_plan"]

_WORDS = ("content", "owner", "product", "product_risk", "occasion")


def book_of(book: Json, attributes: Json) -> RuleBook:
    """Return the rule book that a book of the suite describes."""

    def condition(one: Json) -> Condition:
        match one["op"]:
            case "and":
                return And(tuple(map(condition, one["parts"])))
            case "or":
                return Or(tuple(map(condition, one["parts"])))
            case "not":
                return Not(condition(one["part"]))
            case _:
                return comparison(one)

    def comparison(one: Json) -> Comparison:
        type_ = attributes[one["attribute"]]["type"]
        operands: tuple[Any, ...] = tuple(value_of(type_, value) for value in one.get("values", ()))
        if "closed" in one:
            ends = (None if one[end] is None else value_of(type_, one[end]) for end in ("low", "high"))
            operands = (Interval(*ends, *one["closed"]),)
        return Comparison(one["attribute"], Operator(one["op"]), operands)

    def row(one: Json) -> Row:
        tests = tuple(None if test is None else comparison(test) for test in one["tests"])
        return Row(
            one["id"],
            tests,
            tuple(one.get("do", ())),
            one.get("boost", 0),
            tuple(one.get("limits", ())),
            _notes(one),
        )

    return RuleBook(
        name=book["name"],
        version=book["version"],
        vocabulary=vocabulary(),
        actions={one["id"]: _action(one) for one in book["actions"]},
        rules=tuple(
            Rule(
                one["id"],
                condition(one["when"]),
                tuple(one.get("do", ())),
                tuple(sorted(one.get("boost", {}).items())),
                tuple(one.get("overrides", ())),
                _notes(one),
            )
            for one in book["rules"]
        ),
        tables=tuple(
            Table(
                one["id"],
                HitPolicy(one["hit"]),
                tuple(one["inputs"]),
                tuple(one["outputs"]),
                tuple(map(row, one["rows"])),
                Aggregate(one["aggregate"]) if "aggregate" in one else None,
                tuple(one.get("order", ())),
                one.get("default", 0),
                _notes(one),
            )
            for one in book["tables"]
        ),
        guards=tuple(
            Guard(
                one["id"],
                condition(one["when"]),
                Effect(one["effect"]),
                Selector(
                    tuple(sorted((name, tuple(words)) for name, words in one["select"].items())),
                    tuple(one.get("unless", ())),
                ),
                needs=one.get("needs"),
                to=one.get("to"),
                channels=tuple(one.get("channels", ())),
                until=time.fromisoformat(one["time"]) if "time" in one else None,
                clock=one.get("clock"),
                notes=_notes(one),
            )
            for one in book["guards"]
        ),
        precedence=tuple(book["precedence"]),
        covers=tuple(map(Kind, book["covers"])),
    )


def _notes(one: Json) -> Notes:
    return Notes(valid_from=_day(one, "from"), valid_until=_day(one, "until"))


def _day(one: Json, key: str) -> date | None:
    return date.fromisoformat(one[key]) if key in one else None


def _action(one: Json) -> Action:
    due = one.get("due")
    return Action(
        id=one["id"],
        kind=Kind(one["kind"]),
        nature=Nature(one["nature"]),
        title=Text(en=one["id"]),
        methods=tuple(one.get("methods", ())),
        channel=tuple(one.get("channel", ())),
        proactive=one["proactive"],
        precedence=one["precedence"],
        base=one.get("base", 0),
        due=None if due is None else Due(offset=due["offset"], unit=DueUnit(due["unit"]), anchor=due["anchor"]),
        valid_from=_day(one, "from"),
        valid_until=_day(one, "until"),
        **{name: one[name] for name in _WORDS if name in one},
    )


def customer_of(facts: Json, attributes: Json) -> tuple[ConformanceCustomer, date]:
    """Return the customer and the day."""
    known: Json = {name: value_of(attributes[name]["type"], value) for name, value in facts.items()}
    as_of = known.pop("as_of")
    return ConformanceCustomer.model_validate(known, strict=False), as_of


def encoded_plan(plan: ActionPlan) -> Json:
    """Return a plan as the suite holds it: what decides, without texts; what is not there is left out."""
    return {
        "status": str(plan.status),
        "uncovered": [str(kind) for kind in plan.uncovered],
        "actions": [
            {"action": one.action, "score": one.score, "reasons": [[said.rule, said.boost] for said in one.reasons]}
            | ({"owner": one.owner} if one.owner is not None else {})
            | ({"channel": list(one.channel)} if one.channel else {})
            | ({"guards": list(one.guards)} if one.guards else {})
            | ({"due": one.due.isoformat()} if one.due is not None else {})
            | ({"not_before": one.not_before.isoformat(timespec="minutes")} if one.not_before is not None else {})
            for one in plan.actions
        ],
        "withheld": [
            {"action": one.action, "stage": str(one.stage), "rule": one.rule}
            | ({"needs": one.needs} if one.needs is not None else {})
            for one in plan.withheld
        ],
    }
