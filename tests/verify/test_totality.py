"""Does the totality check find exactly the combinations that lack something?"""

from __future__ import annotations

from relmaint.ir.conditions import And, Comparison, Not, Operator
from relmaint.ir.rules import Effect, Guard, Rule, RuleBook, Selector
from relmaint.model.action import Action, Kind, Nature
from relmaint.model.attributes import vocabulary_of
from relmaint.model.customer import Customer
from relmaint.text import Text
from relmaint.verify.totality import Totality


def book(*rules: Rule, nature: Nature = Nature.INTERNAL, guards: tuple[Guard, ...] = ()) -> RuleBook:
    """Return a book whose one action `note` is daily."""
    note = Action(id="note", kind=Kind.DAILY, nature=nature, title=Text(en="note"), precedence="care", proactive=False)
    return RuleBook(
        "b", "1", vocabulary_of(Customer), actions={"note": note}, rules=rules, guards=guards, covers=(Kind.DAILY,)
    )


def test_sixty_combinations() -> None:
    """The customer model has 5 x 4 x 3 combinations."""
    assert len(list(Totality(book()).combinations)) == 60


def test_an_unconditional_rule_covers_everything() -> None:
    """A rule without a condition leaves nothing to find."""
    assert list(Totality(book(Rule("r", do=("note",)))).findings()) == []


def test_many_holes_are_told_as_one_with_an_example() -> None:
    """A rule that asks for consent leaves every combination open; one finding says for whom, and how many more."""
    rule = Rule("r", Comparison("marketing_consent", Operator.IS_TRUE), ("note",))
    (finding,) = Totality(book(rule)).findings()

    assert finding.message == (
        "no rule proposes a `daily` action for deposit x relationship x key with marketing_consent is unknown, "
        "and 59 more combinations"
    )
    assert finding.help == "add a rule without `when` that does a `daily` action"


def test_a_few_holes_are_told_one_by_one() -> None:
    """When five combinations are left open, each has a finding with the condition that would close it."""
    left_out = And((Comparison("habit", Operator.EQ, ("price",)), Comparison("tier", Operator.EQ, ("exit",))))
    findings = list(Totality(book(Rule("r", Not(left_out), ("note",)))).findings())

    assert len(findings) == 5
    assert findings[0].message == "no rule proposes a `daily` action for deposit x price x exit"
    assert findings[0].help == (
        "add a rule with `when: preference = deposit and habit = price and tier = exit` that does a `daily` action"
    )


def test_exactly_the_missing_combination_is_found() -> None:
    """When one of the sixty is left out, that one is found."""
    left_out = And(
        (
            Comparison("preference", Operator.EQ, ("loan",)),
            Comparison("habit", Operator.EQ, ("price",)),
            Comparison("tier", Operator.EQ, ("exit",)),
        )
    )
    findings = list(Totality(book(Rule("r", Not(left_out), ("note",)))).findings())

    assert [one.message for one in findings] == ["no rule proposes a `daily` action for loan x price x exit"]


def test_a_duty_that_a_guard_selects_is_covered() -> None:
    """No guard reaches a duty, so a guard that selects its kind leaves the combination covered."""
    guard = Guard("g", Comparison("hardship", Operator.IS_TRUE), Effect.WITHHOLD, Selector((("kind", ("daily",)),)))

    assert list(Totality(book(Rule("r", do=("note",)), nature=Nature.SERVICE, guards=(guard,))).findings()) == []
