"""Is a decision the same when it is made again, and is every difference put down to what it comes from?"""

from __future__ import annotations

import dataclasses
import json
import random
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, create_model

from relmaint.audit import Archive, Cause, Outcome, Replay, effects
from relmaint.audit.records import NoRecord, record_of
from relmaint.engine import Engine
from relmaint.ir.canonical import SEMANTICS, digest
from relmaint.ir.rules import RuleBook
from relmaint.model.attributes import derived
from relmaint.model.plan import ActionPlan
from relmaint.model.record import DecisionRecord
from relmaint.rulebook.load import load_rule_book, parse_rule_book
from relmaint.testing import customers_on_days, rule_books
from relmaint.verify.mutants import mutants_of
from tests.audit.frozen import FrozenCustomer
from tests.audit.test_records import BOOK as NAMED_BOOK
from tests.audit.test_records import NAMED, Named
from tests.audit.test_semantics import customers as fixed_customers
from tests.models import SmallCustomer

DAY = date(2026, 3, 2)
MEANING = load_rule_book(Path(__file__).parent / "data" / "meaning.yaml", customer=FrozenCustomer)
ENGINE = Engine(MEANING)
CUSTOMER = FrozenCustomer(tier="key", consent=True, contacts_30d=0, aum=Decimal(1000), streak=1)
RECORD = ENGINE.record(CUSTOMER, as_of=DAY)


def with_content(record: DecisionRecord, **changes: Any) -> DecisionRecord:
    """Return a record with some fields changed and the id that then belongs to it, as a forger would make it."""
    fields = {name: getattr(record, name) for name in DecisionRecord.model_fields if name not in ("id", "format")}
    return DecisionRecord.of(**{**fields, **changes})


def content(plan: ActionPlan) -> Any:
    """Return what a plan says, without the book that it names."""
    return plan.model_dump(mode="json", exclude={"book"})


@given(st.data())
@settings(max_examples=150)
def test_a_record_replayed_by_the_book_that_decided_is_identical(data: st.DataObject) -> None:
    """Whatever the book, the customer and the day, the same plan comes out, byte for byte."""
    book = data.draw(rule_books(SmallCustomer))
    customer, as_of = data.draw(customers_on_days(book))
    line = Engine(book).record(customer, as_of=as_of).to_json()

    record = record_of(line.encode())
    verdict = Replay(SmallCustomer, book=book).verdict(record)

    assert (Outcome.IDENTICAL, None, "") == (verdict.outcome, verdict.cause, verdict.why)
    assert isinstance(record, DecisionRecord)
    assert line == record.to_json()


@given(st.data())
@settings(max_examples=60)
def test_an_edited_book_is_unchanged_for_this_customer_or_a_drift_of_the_rules(data: st.DataObject) -> None:
    """Replayed by a book with one mistake, the verdict says exactly whether and how the plan differs."""
    book = data.draw(rule_books(SmallCustomer))
    customer, as_of = data.draw(customers_on_days(book))
    record = Engine(book).record(customer, as_of=as_of)
    mutants = list(mutants_of(book))
    for mutant in data.draw(st.lists(st.sampled_from(mutants), max_size=8)) if mutants else ():
        after = Engine(mutant.book).plan(customer, as_of=as_of)
        verdict = Replay(SmallCustomer, book=mutant.book).verdict(record)

        same = content(after) == content(record.plan)
        expected = (Outcome.UNCHANGED, None) if same else (Outcome.DRIFT, Cause.RULES)
        if digest(mutant.book) == record.book.digest:
            expected = (Outcome.IDENTICAL, None)
        assert expected == (verdict.outcome, verdict.cause), mutant.change
        assert_effects_are_true(record.plan, after, verdict.effects)


def assert_effects_are_true(before: ActionPlan, after: ActionPlan, found: Any) -> None:
    """Check what effects say against the two plans: complete, and nothing that is not so."""
    old, new = ({one.action: one for one in plan.actions} for plan in (before, after))
    held = {one.action for plan in (before, after) for one in plan.withheld}
    said = {kind: {one.action for one in found if one.kind == kind} for kind in ("gained", "lost", "moved", "altered")}

    assert (content(before) != content(after)) == bool(found)
    assert said["gained"] == new.keys() - old.keys()
    assert said["lost"] == old.keys() - new.keys()
    common = [name for name in old if name in new]
    assert bool(said["moved"]) == (common != [name for name in new if name in old])
    kept = {name: (old[name].model_dump(exclude={"rank"}), new[name].model_dump(exclude={"rank"})) for name in common}
    assert said["altered"] == {name for name, (one, other) in kept.items() if one != other}
    for one in found:
        named = {reason.rule for plan in (old, new) for held_ in plan.values() for reason in held_.reasons}
        named |= {one.rule for plan in (before, after) for one in plan.withheld}
        named |= {guard for plan in (old, new) for planned in plan.values() for guard in planned.guards}
        assert {behind.rule for behind in one.behind if behind.how != "is the action itself"} <= named
        if one.kind == "withheld":
            assert one.action in held


def test_every_planted_edit_of_a_book_is_told_with_the_statement_behind_it(tmp_path: Path) -> None:
    """With the archive, a plan that gains or loses an action by an edit names the edited statement."""
    archive = Archive(tmp_path)
    archive.add(MEANING)
    draw = random.Random(3)
    mutants = list(mutants_of(MEANING))
    people = list(fixed_customers())
    tried = 0
    for mutant in draw.sample(mutants, 150):
        replay = Replay(FrozenCustomer, book=mutant.book, archive=archive)
        for customer, as_of in draw.sample(people, 5):
            verdict = replay.verdict(ENGINE.record(customer, as_of=as_of))
            if verdict.outcome is Outcome.DRIFT:
                tried += 1
                assert verdict.cause is Cause.RULES
                assert verdict.edits is not None
                told = {one.id for one in verdict.edits}
                assert mutant.statement in told or f"{mutant.statement}#" in {
                    one.partition("#")[0] + "#" for one in told
                }
    assert tried > 100


def test_a_changed_ranking_is_told_though_no_statement_names_it(tmp_path: Path) -> None:
    """The order of the precedence classes holds for the whole book."""
    archive = Archive(tmp_path)
    archive.add(MEANING)
    other = dataclasses.replace(MEANING, precedence=tuple(reversed(MEANING.precedence)))

    verdict = Replay(FrozenCustomer, book=other, archive=archive).verdict(RECORD)

    assert verdict.edits is not None
    assert ["the ranking"] == [one.id for one in verdict.edits]
    assert "moved" in {one.kind for one in verdict.effects}


def test_a_plan_that_the_same_book_does_not_give_is_a_drift_of_the_engine() -> None:
    """The record is in order, the book is the one that decided: then it is the engine that decides otherwise."""
    actions = (RECORD.plan.actions[0].with_fields(owner="nobody"), *RECORD.plan.actions[1:])
    planted = with_content(RECORD, plan=RECORD.plan.model_copy(update={"actions": actions}))

    verdict = Replay(FrozenCustomer, book=MEANING).verdict(planted)

    assert (Outcome.DRIFT, Cause.ENGINE) == (verdict.outcome, verdict.cause)
    assert ["altered"] == [one.kind for one in verdict.effects]


def test_another_explanation_is_a_drift_of_the_engine() -> None:
    """The plan is the same, and why it is so is told otherwise."""
    verdict = Replay(FrozenCustomer, book=MEANING).verdict(with_content(RECORD, explanation="0" * 64))

    assert (Outcome.DRIFT, Cause.ENGINE) == (verdict.outcome, verdict.cause)
    assert "another explanation" in verdict.why


def of_another_meaning(record: DecisionRecord, **changes: Any) -> DecisionRecord:
    """Return the record as an engine of another version of the meaning would have made it."""
    book = record.book.model_copy(update={"digest": digest(MEANING, semantics=SEMANTICS + 1)})
    plan = record.plan.model_copy(update={"book": book, **changes})
    return with_content(record, semantics=SEMANTICS + 1, book=book, plan=plan)


def test_another_version_of_the_meaning_with_the_same_plan_is_unchanged() -> None:
    """The book is known under the digest that it had then."""
    verdict = Replay(FrozenCustomer, book=MEANING).verdict(of_another_meaning(RECORD))

    assert (Outcome.UNCHANGED, None) == (verdict.outcome, verdict.cause)


def test_another_version_of_the_meaning_with_another_plan_is_a_drift_of_the_engine() -> None:
    """The book is the same and means something else now."""
    planted = of_another_meaning(RECORD, actions=RECORD.plan.actions[1:])

    verdict = Replay(FrozenCustomer, book=MEANING).verdict(planted)

    assert (Outcome.DRIFT, Cause.ENGINE) == (verdict.outcome, verdict.cause)
    assert "version" in verdict.why


def test_with_the_archive_the_engine_is_told_apart_from_the_rules(tmp_path: Path) -> None:
    """The book at hand is another, but the book that decided gives another plan too: it was the engine first."""
    archive = Archive(tmp_path)
    archive.add(MEANING)
    planted = with_content(RECORD, plan=RECORD.plan.model_copy(update={"actions": RECORD.plan.actions[1:]}))
    edited = next(mutants_of(MEANING)).book

    alone = Replay(FrozenCustomer, book=edited).verdict(planted)
    both = Replay(FrozenCustomer, book=edited, archive=archive).verdict(planted)

    assert [Cause.RULES, Cause.ENGINE] == [alone.cause, both.cause]


# --- data ------------------------------------------------------------------------------------------------------------


def test_a_tampered_record_is_a_drift_of_the_data() -> None:
    """Its id does not belong to its content."""
    document = {**json.loads(RECORD.to_json()), "as_of": "2026-03-03"}
    document["plan"]["as_of"] = "2026-03-03"
    read = record_of(json.dumps(document).encode())
    verdicts = [Replay(FrozenCustomer, book=MEANING).verdict(one) for one in (read, tampered())]

    assert isinstance(read, NoRecord)
    assert [(Outcome.DRIFT, Cause.DATA)] * 2 == [(one.outcome, one.cause) for one in verdicts]
    assert all("was changed after it was made" in one.why for one in verdicts)


def tampered() -> DecisionRecord:
    """Return a record changed in memory."""
    return RECORD.model_copy(update={"explanation": "0" * 64})


def narrower() -> type[BaseModel]:
    """Return the customer model with a smaller range."""
    score = (Annotated[Decimal | None, Field(decimal_places=1, le=5)], None)
    return create_model("Narrower", __base__=Named, score=score)


class Recounting(Named):
    """The customer model, in which an attribute is computed otherwise."""

    @derived(ge=0)
    def account_count(self, as_of: date) -> int | None:
        """How many accounts there are, closed ones too."""
        return len(self.accounts) + 1


class Forgetting(Named):
    """The customer model, in which an attribute is not known any more."""

    @derived(ge=0)
    def account_count(self, as_of: date) -> int | None:
        """Nobody knows."""
        return None


class Fewer(BaseModel):
    """The customer model without most of its fields."""

    id: str


class Labelled(Named):
    """The customer model with one attribute more, which no rule reads."""

    colour: str | None = None


WITH_SCORE = NAMED.model_copy(update={"score": Decimal("7.5")})
OF_NAMED = Engine(parse_rule_book(NAMED_BOOK, customer=Named)).record(WITH_SCORE, as_of=DAY)
FEWER_BOOK = NAMED_BOOK.replace("account_count >= 1 and segment = a", "id = x")


@pytest.mark.parametrize(
    ("model", "book", "why"),
    [
        (narrower(), NAMED_BOOK, "the model no longer takes the customer: `score`: "),
        (Recounting, NAMED_BOOK, "the model reads `account_count` as 2; the record says 1"),
        (Forgetting, NAMED_BOOK, "the model reads `account_count` as unknown; the record says 1"),
        (Fewer, FEWER_BOOK, "the model has no field `accounts`"),
    ],
)
def test_a_customer_that_the_model_reads_otherwise_is_a_drift_of_the_data(
    model: type[BaseModel], book: str, why: str
) -> None:
    """The input is not valid any more, or not the same: nothing is said of rules and engine then."""
    verdict = Replay(model, book=parse_rule_book(book, customer=model)).verdict(OF_NAMED)

    assert (Outcome.DRIFT, Cause.DATA) == (verdict.outcome, verdict.cause)
    assert verdict.why.startswith(why)


def test_a_fact_that_was_unknown_and_is_computed_now_is_a_drift_of_the_data() -> None:
    """The attributes are the same, so a fact that the record leaves out was unknown then."""
    book = NAMED_BOOK.replace("account_count >= 1 and segment = a", "segment = a")
    record = Engine(parse_rule_book(book, customer=Forgetting)).record(Forgetting(**NAMED.__dict__), as_of=DAY)

    verdict = Replay(Named, book=parse_rule_book(book, customer=Named)).verdict(record)

    assert (Outcome.DRIFT, Cause.DATA) == (verdict.outcome, verdict.cause)
    assert "the model reads `account_count` as 1; the record says unknown" == verdict.why


def test_a_model_with_more_attributes_leaves_a_plan_unchanged() -> None:
    """The digest is another since the vocabulary is; the plan is the same."""
    verdict = Replay(Labelled, book=parse_rule_book(NAMED_BOOK, customer=Labelled)).verdict(OF_NAMED)

    assert Outcome.UNCHANGED is verdict.outcome


def test_another_plan_by_the_same_rules_over_other_attributes_is_a_drift_of_the_data() -> None:
    """The digest without the attributes is the same, so it was not the rules."""
    actions = (RECORD.plan.actions[0].with_fields(owner="nobody"), *RECORD.plan.actions[1:])
    book = RECORD.book.model_copy(update={"digest": "0" * 64})
    plan = RECORD.plan.model_copy(update={"actions": actions, "book": book})

    verdict = Replay(FrozenCustomer, book=MEANING).verdict(with_content(RECORD, book=book, plan=plan))

    assert (Outcome.DRIFT, Cause.DATA) == (verdict.outcome, verdict.cause)
    assert verdict.why.startswith("the rules are the same, the attributes of the customer model are not")


def test_a_record_without_an_id_is_replayed() -> None:
    """The stand-in for the id gives the same plan."""
    book = parse_rule_book(NAMED_BOOK, customer=Named)
    record = Engine(book).record(NAMED, as_of=DAY, with_id=False)

    assert Outcome.IDENTICAL is Replay(Named, book=book).verdict(record).outcome


# --- archives --------------------------------------------------------------------------------------------------------


@given(st.data())
@settings(max_examples=25)
def test_each_record_is_replayed_by_its_own_book(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Records of several books, mixed, are identical when the archive holds the books."""
    archive = Archive(tmp_path_factory.mktemp("archive"))
    books = data.draw(st.lists(rule_books(SmallCustomer), min_size=2, max_size=3))
    records = []
    for book in books:
        archive.add(book)
        customer, as_of = data.draw(customers_on_days(book))
        records.append(Engine(book).record(customer, as_of=as_of))

    replay = Replay(SmallCustomer, archive=archive)

    assert [Outcome.IDENTICAL] * len(books) == [replay.verdict(one).outcome for one in records]


def test_a_record_whose_book_is_not_archived_is_not_replayed(tmp_path: Path) -> None:
    """Nothing is known then, and that is said; it is no drift."""
    archive = Archive(tmp_path)
    archive.add(dataclasses.replace(MEANING, version="9"))

    verdict = Replay(FrozenCustomer, archive=archive).verdict(RECORD)

    assert (Outcome.NOT_REPLAYED, None) == (verdict.outcome, verdict.cause)
    assert f"has no book with the digest {RECORD.book.digest}" in verdict.why


def test_an_archived_book_read_with_more_attributes_leaves_a_plan_unchanged(tmp_path: Path) -> None:
    """The model has one attribute more than it had when the book was archived."""
    archive = Archive(tmp_path)
    archive.add(parse_rule_book(NAMED_BOOK, customer=Named))

    assert Outcome.UNCHANGED is Replay(Labelled, archive=archive).verdict(OF_NAMED).outcome


def test_replaying_by_nothing_is_refused() -> None:
    """The caller has to say by which book."""
    with pytest.raises(ValueError, match="give a book, an archive, or both"):
        Replay(FrozenCustomer)


@pytest.mark.parametrize("backend", ["reference", "rete"])
def test_every_backend_replays_alike(backend: Any) -> None:
    """A record made by one backend is identical by every other."""
    assert Outcome.IDENTICAL is Replay(FrozenCustomer, book=MEANING, backend=backend).verdict(RECORD).outcome


def test_equal_plans_have_no_effects() -> None:
    """The law above reads effects of differences; here is one of none."""
    assert () == effects(RECORD.plan, RECORD.plan)
    assert isinstance(MEANING, RuleBook)
