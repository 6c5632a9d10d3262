"""What does a decision keep of the statements that led to it, stage by stage?"""

from __future__ import annotations

from datetime import date
from typing import Any

from relmaint.ir.conditions import ALWAYS
from relmaint.ir.rules import Effect, Guard, HitPolicy, Notes, Row, Rule, RuleBook, Selector, Table
from relmaint.lower import lower
from relmaint.model.action import Action, Kind, Nature, Provenance
from relmaint.model.attributes import vocabulary_of
from relmaint.model.plan import Stage
from relmaint.rank.decide import Decision, Ranking
from relmaint.text import Text
from tests.models import SmallCustomer

WHOLE = Notes(Text(en="why"), "source", Provenance.SOURCED, "policy", date(2026, 1, 1), date(2026, 12, 31))


def action(name: str, **fields: Any) -> Action:
    """Return a catalogue entry."""
    given = {"kind": Kind.CARE, "nature": Nature.CARE, "precedence": "care", "channel": ("app",), **fields}
    return Action(id=name, title=Text(en=name), **given)


def book(*actions: Action, **parts: Any) -> RuleBook:
    """Return a book of these actions."""
    return RuleBook("b", "1", vocabulary_of(SmallCustomer), actions={one.id: one for one in actions}, **parts)


def decided(made: RuleBook, **counts: int | None) -> Decision:
    """Return what follows when every statement matches."""
    program = lower(made)
    return Ranking(program).decide(range(len(program.statements)), counts)


def test_a_row_says_what_its_table_says_unless_it_says_it_itself() -> None:
    """Each note of a row is its own, else that of the table; a rule, guard or table has its own alone."""
    other = Notes(Text(en="other"), "elsewhere", Provenance.SEED, "risk", date(2026, 2, 1), date(2026, 11, 30))
    rows = (Row("own", (None,), ("a",), notes=other), Row("none", (None,), ("a",)))
    table = Table("t", HitPolicy.COLLECT, ("tier",), ("do",), rows, notes=WHOLE)
    guard = Guard("g", ALWAYS, Effect.ROUTE, Selector((("action", ("a",)),)), to="x", notes=other)
    ranking = Ranking(lower(book(action("a"), tables=(table,), guards=(guard,), rules=(Rule("r", do=("a",)),))))

    assert [other, WHOLE, other, Notes(), WHOLE] == [ranking.notes_of(one) for one in ("own", "none", "g", "r", "t")]
    assert ranking.because("none") == Text(en="why")


def test_who_is_overridden_overrides_nothing_whatever_the_order_of_ids() -> None:
    """`z` sets `a` aside, so `a` does not set `m` aside, though its id comes first."""
    rules = (
        Rule("a", do=("one",), overrides=("m",)),
        Rule("m", do=("two",)),
        Rule("z", do=("three",), overrides=("a",)),
    )
    found = decided(book(action("one"), action("two"), action("three"), rules=rules))

    assert {one.action.id for one in found.planned} == {"two", "three"}
    assert [(one.action, one.stage, one.rule) for one in found.withheld] == [("one", Stage.OVERRIDE, "z")]


def test_a_chain_of_overrides_is_followed_to_its_end() -> None:
    """Of four rules in a chain, every second one is set aside."""
    chain = {"b": ("d",), "d": ("a",), "a": ("c",), "c": ()}
    rules = tuple(Rule(name, do=(f"do-{name}",), overrides=chain[name]) for name in sorted(chain))
    found = decided(book(*(action(f"do-{name}") for name in chain), rules=rules))

    assert {one.action.id for one in found.planned} == {"do-b", "do-a"}
    assert {(one.action, one.rule) for one in found.withheld} == {("do-d", "b"), ("do-c", "a")}


def test_a_withheld_action_keeps_its_score_its_reasons_and_the_reason_against_it() -> None:
    """What a guard withholds is kept with what spoke for it; a merged action names no reason of a statement."""
    guard = Guard("g", ALWAYS, Effect.WITHHOLD, Selector((("action", ("a",)),)), notes=Notes(Text(en="no")))
    rule = Rule("r", do=("a", "b", "c"), boost=(("a", 3),))
    made = book(
        action("a", base=2),
        action("b", occasion="day", base=1),
        action("c", occasion="day"),
        rules=(rule,),
        guards=(guard,),
    )
    withheld, merged = decided(made).withheld

    assert (withheld.score, withheld.reasons, withheld.because) == (5, (("r", 3),), Text(en="no"))
    assert (merged.action, merged.stage, merged.rule, merged.because) == ("c", Stage.MERGE, "b", None)


def test_occasions_are_merged_one_by_one() -> None:
    """An action of another occasion stays, also behind one that was merged."""
    actions = [action(name, occasion=day, base=9 - place) for place, (name, day) in enumerate(("ax", "bx", "cy", "dy"))]
    found = decided(book(*(actions), rules=(Rule("r", do=("a", "b", "c", "d")),)))

    assert [one.action.id for one in found.planned] == ["a", "c"]
    assert [(one.action, one.rule) for one in found.withheld] == [("b", "a"), ("d", "c")]


def test_a_step_that_a_hold_adds_comes_as_the_catalogue_has_it() -> None:
    """The further step has its owner and channels, and the guard as its reason."""
    guard = Guard("g", ALWAYS, Effect.HOLD, Selector((("action", ("a",)),)), needs="b")
    made = book(
        action("a"), action("b", owner="manager", channel=("phone",)), rules=(Rule("r", do=("a",)),), guards=(guard,)
    )
    (step,) = decided(made).planned

    assert (step.action.id, step.owner, step.channel, step.reasons) == ("b", "manager", ("phone",), (("g", 0),))


def test_the_first_guard_that_leaves_no_channel_is_named() -> None:
    """A second guard that would leave none either does not take its place."""
    guards = tuple(
        Guard(name, ALWAYS, Effect.RESTRICT, Selector((("action", ("a",)),)), channels=("letter",))
        for name in ("g", "h")
    )
    (withheld,) = decided(book(action("a"), rules=(Rule("r", do=("a",)),), guards=guards)).withheld

    assert withheld.rule == "g"


def test_every_guard_that_changes_an_action_has_its_turn() -> None:
    """A new owner, fewer channels and a later moment do not exclude each other."""
    select = Selector((("action", ("a",)),))
    guards = (
        Guard("g", ALWAYS, Effect.DEFER, select, clock="contact_hour"),
        Guard("h", ALWAYS, Effect.RESTRICT, select, channels=("app",)),
        Guard("i", ALWAYS, Effect.ROUTE, select, to="deputy"),
    )
    (planned,) = decided(
        book(action("a", channel=("app", "phone")), rules=(Rule("r", do=("a",)),), guards=guards)
    ).planned

    assert (planned.guards, planned.channel, planned.owner) == (("g", "h", "i"), ("app",), "deputy")
    assert planned.deferred_by is guards[0]


def test_an_overridden_action_names_the_reason_of_the_rule_that_sets_it_aside() -> None:
    """The reader is told why the stronger rule speaks."""
    rules = (Rule("weak", do=("a",)), Rule("strong", do=("b",), overrides=("weak",), notes=Notes(Text(en="stronger"))))
    (withheld,) = decided(book(action("a"), action("b"), rules=rules)).withheld

    assert (withheld.rule, withheld.because) == ("strong", Text(en="stronger"))


def test_a_row_that_proposes_nothing_comes_last_under_priority() -> None:
    """The row with an action wins, whatever the order of the rows."""
    rows = (Row("nothing", (None,)), Row("something", (None,), ("a",)))
    table = Table("t", HitPolicy.PRIORITY, ("tier",), ("do",), rows, order=("a",))

    assert [one.action.id for one in decided(book(action("a"), tables=(table,))).planned] == ["a"]


def test_a_dated_action_of_a_row_that_does_not_count_is_withheld_while_in_force() -> None:
    """It was proposed, and lost to the row that won."""
    rows = (Row("first", (None,), ("a",)), Row("second", (None,), ("b",)))
    table = Table("t", HitPolicy.FIRST, ("tier",), ("do",), rows)
    made = book(action("a"), action("b", valid_from=date(2026, 1, 1)), tables=(table,))

    assert [(one.action, one.stage) for one in decided(made).withheld] == [("b", Stage.HIT_POLICY)]
