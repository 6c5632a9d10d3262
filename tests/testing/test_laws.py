"""Does every law hold on a lawful book, and can every law fail?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.errors import InvalidArgument

from relmaint.engine import Engine
from relmaint.ir.rules import Checks, Exemption, HitPolicy, InvariantKind, RuleBook
from relmaint.model.action import Kind
from relmaint.model.plan import ActionPlan, PlanStatus
from relmaint.testing import laws
from relmaint.testing.laws import changes, promises, sameness
from relmaint.verify.checks.subject import Finding
from tests.testing.lawful import BOOK, LawfulCustomer, book

Break = Callable[[pytest.MonkeyPatch, RuleBook], "RuleBook | None"]


@pytest.fixture
def quick() -> Iterator[None]:
    """Draw examples, and do not look for smaller ones."""
    before = settings.get_current_profile_name()
    settings.register_profile("quick", settings(), phases=[Phase.generate], database=None, derandomize=True)
    settings.load_profile("quick")
    yield
    settings.load_profile(before)


# How to break a library, or a book, so that one law no longer holds


def planning(change: Callable[[Engine, Any, Any, ActionPlan], Any]) -> Break:
    """Let every engine change the plans that it makes; an answer of `None` leaves a plan as it is."""

    def apply(patch: pytest.MonkeyPatch, _: RuleBook) -> None:
        plan = Engine.plan

        def changed(self: Engine, customer: Any, *, as_of: Any) -> ActionPlan:
            made = plan(self, customer, as_of=as_of)
            return change(self, customer, as_of, made) or made

        patch.setattr(Engine, "plan", changed)

    return apply


def without_actions(plan: ActionPlan) -> ActionPlan:
    """Return the plan with nothing to do in it."""
    return plan.model_copy(update={"actions": ()})


def empty_when(wrong: Callable[[Engine, Any], bool]) -> Break:
    """Let engines forget all actions of some books or customers."""
    return planning(lambda engine, customer, _, plan: without_actions(plan) if wrong(engine, customer) else None)


def matching(change: Callable[[Engine, tuple[str, ...]], tuple[str, ...]]) -> Break:
    """Let every engine change what it says matches."""

    def apply(patch: pytest.MonkeyPatch, _: RuleBook) -> None:
        activations = Engine.activations

        def changed(self: Engine, customer: Any, *, as_of: Any) -> tuple[str, ...]:
            return change(self, activations(self, customer, as_of=as_of))

        patch.setattr(Engine, "activations", changed)

    return apply


def batching(change: Callable[[list[ActionPlan]], list[ActionPlan]]) -> Break:
    """Let batches give other plans."""

    def apply(patch: pytest.MonkeyPatch, _: RuleBook) -> None:
        many = Engine.plan_many

        def changed(self: Engine, customers: Any, *, as_of: Any) -> Iterator[ActionPlan]:
            return iter(change(list(many(self, customers, as_of=as_of))))

        patch.setattr(Engine, "plan_many", changed)

    return apply


def forgetful() -> Break:
    """Let every second plan be empty."""
    made = 0

    def wrong(*_: Any) -> bool:
        nonlocal made
        made += 1
        return made % 2 == 0

    return empty_when(wrong)


def ids(engine: Engine) -> list[str]:
    """Return the ids of the rules."""
    return [rule.id for rule in engine.book.rules]


def first_first(plans: list[ActionPlan]) -> list[ActionPlan]:
    """Give the first customer of a batch nothing."""
    return [without_actions(plan) if place == 0 else plan for place, plan in enumerate(plans)]


def written_short(patch: pytest.MonkeyPatch, _: RuleBook) -> None:
    """Lose a rule when a book is written."""
    write = sameness.write_rule_book
    patch.setattr(sameness, "write_rule_book", lambda book: write(replace(book, rules=book.rules[1:])))


def read_wrong(patch: pytest.MonkeyPatch, _: RuleBook) -> None:
    """Read another status from the JSON of a plan."""
    read = ActionPlan.model_validate_json
    patch.setattr(
        ActionPlan, "model_validate_json", lambda text: read(text).model_copy(update={"status": PlanStatus.UNCOVERED})
    )


def other_tier(patch: pytest.MonkeyPatch, _: RuleBook) -> None:
    """Read another tier from the JSON of a customer."""
    read = LawfulCustomer.model_validate_json

    def wrong(text: str, **how: Any) -> LawfulCustomer:
        customer = read(text, **how)
        return customer.model_copy(update={"tier": "ordinary" if customer.tier == "key" else "key"})

    patch.setattr(LawfulCustomer, "model_validate_json", wrong)


def finding_too_much(patch: pytest.MonkeyPatch, _: RuleBook) -> None:
    """Call a rule subsumed that no other rule stands in for."""
    patch.setitem(changes.ALL, "subsumed-rule", lambda _: iter([Finding("subsumed-rule", "all", "adds nothing", None)]))  # type: ignore[index]


def false_gap(patch: pytest.MonkeyPatch, _: RuleBook) -> None:
    """Report a gap where everybody is served."""
    patch.setattr(
        promises.gap, "find", lambda subject: iter([Finding("gap", "care", "gap", None, region=subject.everyone)])
    )


def blind_diff(patch: pytest.MonkeyPatch, _: RuleBook) -> None:
    """Report no region whatever changed."""
    difference = changes.difference
    patch.setattr(changes, "difference", lambda *books, budget: replace(difference(*books, budget=budget), regions=()))


def explaining_less(patch: pytest.MonkeyPatch, _: RuleBook) -> None:
    """Leave the last action out of every explanation."""
    explain = Engine.explain

    def wrong(self: Engine, customer: Any, *, as_of: Any) -> Any:
        told = explain(self, customer, as_of=as_of)
        return told.model_copy(update={"accounts": told.accounts[:-1]})

    patch.setattr(Engine, "explain", wrong)


def false_reason(_: Engine, __: Any, ___: Any, plan: ActionPlan) -> ActionPlan:
    """Give a rule as the reason that does not match."""
    actions = [
        one.model_copy(
            update={"reasons": tuple(reason.model_copy(update={"rule": "nothing"}) for reason in one.reasons)}
        )
        for one in plan.actions
    ]
    return plan.model_copy(update={"actions": tuple(actions)})


def twice(plan: ActionPlan) -> ActionPlan:
    """Return the plan with every action twice."""
    return plan.model_copy(update={"actions": plan.actions * 2})


def changed_book(old: str, new: str) -> Break:
    """Try the law on a book that breaks it."""
    assert old in BOOK
    return lambda _, __: book(BOOK.replace(old, new))


BREAKS: dict[str, Break] = {
    "determinism": forgetful(),
    "order-of-statements": empty_when(lambda engine, _: ids(engine) != sorted(ids(engine))),
    "order-of-rows": empty_when(lambda engine, _: engine.book.tables[0].rows[0].id != "habits/no"),
    "names-of-rules": empty_when(lambda engine, _: any(name.startswith("renamed") for name in ids(engine))),
    "round-trip": written_short,
    "plans-survive-json": read_wrong,
    "backends-agree": empty_when(lambda engine, _: engine.backend == "reference"),
    "batch-is-pointwise": batching(lambda plans: [without_actions(plan) for plan in plans]),
    "order-of-a-batch": batching(first_first),
    "record-form": other_tier,
    "one-cell-one-plan": empty_when(lambda _, customer: customer.aum is not None and int(customer.aum) % 2 == 0),
    "irrelevant-attributes": empty_when(lambda _, customer: customer.branch is None),
    "adding-a-rule": matching(lambda engine, found: () if any("added" in name for name in ids(engine)) else found),
    "disabling-a-rule": matching(lambda engine, found: found if len(ids(engine)) == 4 else ()),
    "duplicate-rule": empty_when(lambda engine, _: len(ids(engine)) > 4),
    "splitting-a-rule": empty_when(lambda engine, _: any("/rest" in name for name in ids(engine))),
    "superfluous-rules": finding_too_much,
    "gaps-are-real": false_gap,
    "overlaps-are-real": matching(lambda _, __: ()),
    "diff-is-exact": blind_diff,
    "ranking-is-total": planning(lambda _, __, ___, plan: plan.model_copy(update={"actions": plan.actions[::-1]})),
    "reasons-are-true": planning(false_reason),
    "explanations-account-for-every-action": explaining_less,
    "representation-of-decimals": empty_when(lambda _, customer: len(str(customer.aum)) % 2 == 0),
    "hot-reload": empty_when(lambda engine, _: engine._remember == 1),
    "activations-are-counted": matching(lambda _, found: found[:-1]),
    "duties-stay": empty_when(lambda _, __: True),
    "adding-a-guard": planning(lambda engine, _, __, plan: twice(plan) if len(engine.book.guards) > 1 else None),
    "one-occasion-one-contact": planning(lambda _, __, ___, plan: twice(plan)),
    "outcomes-are-never-confused": planning(
        lambda _, __, ___, plan: plan.model_copy(update={"status": PlanStatus.EMPTY})
    ),
    "totality": changed_book("covers: [care]", "covers: [special]"),
    "consent": changed_book("marketing_consent is not true", "marketing_consent is false"),
    "invariants": changed_book("always: {action: notice}", "always: {action: call}"),
    "invariants-of-two": changed_book("of: branch", "of: tier"),
}
"""For each law, what breaks it."""


def test_every_law_has_something_that_breaks_it() -> None:
    """The table above is complete, so a law that cannot fail is noticed."""
    assert sorted(BREAKS) == sorted(law.name for law in laws.ALL)


@pytest.mark.parametrize("law", laws.ALL, ids=lambda law: law.name)
@pytest.mark.usefixtures("quick")
def test_a_lawful_book_keeps_every_law(law: laws.Law) -> None:
    """No law cries out about a library and a book without a fault, and none is declared away by this book."""
    assert law.check(book(), max_examples=40).held


@pytest.mark.parametrize("law", laws.ALL, ids=lambda law: law.name)
@pytest.mark.usefixtures("quick")
def test_every_law_can_fail(law: laws.Law, monkeypatch: pytest.MonkeyPatch) -> None:
    """What breaks a law is caught by it within few examples, with the law and its sentence in the message."""
    broken = BREAKS[law.name](monkeypatch, book()) or book()

    with pytest.raises(AssertionError) as caught:
        law.check(broken, max_examples=100 * law.share)

    problems = [caught.value, *getattr(caught.value, "exceptions", ())]
    notes = [note for problem in problems for note in getattr(problem, "__notes__", ())]
    assert any(note.startswith(f"law `{law.name}`: {law.says}") for note in notes), notes


# Reports


@pytest.mark.usefixtures("quick")
def test_a_broken_law_shows_the_customer_as_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """The person who must act reads a customer as a file of customers holds it, and the day."""
    broken = BREAKS["consent"](monkeypatch, book()) or book()

    with pytest.raises(AssertionError) as caught:
        promises.consent.check(broken, max_examples=200)

    notes = "\n".join(caught.value.__notes__)
    assert "customer: {tier: key" in notes
    assert "as_of: 20" in notes


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("totality", {"covers": ()}, "the book covers no kind of maintenance (`covers: []`)"),
        ("invariants", {"invariants": ()}, "the book declares no `never` and no `always` under `invariants:`"),
        ("order-of-rows", {"tables": ()}, "the book has no table"),
        ("names-of-rules", {"rules": (), "tables": ()}, "the book has no rule"),
    ],
)
def test_a_law_that_the_book_declares_away_is_reported(name: str, change: dict[str, Any], reason: str) -> None:
    """The verdict says why the law was not tried; it is never called held."""
    (law,) = (one for one in laws.ALL if one.name == name)
    verdict = law.check(replace(book(), **change), max_examples=1)

    assert (verdict.held, verdict.declared, verdict.examples) == (False, reason, 0)
    assert str(verdict) == f"{name}: declared: {reason}"


def test_a_table_whose_rows_are_ordered_declares_its_order() -> None:
    """The order of the rows of a `first` table counts, and the report names the table and its policy."""
    ordered = replace(book(), tables=tuple(replace(one, hit=HitPolicy.FIRST) for one in book().tables))

    assert changes.order_of_rows.check(ordered).declared == "the order of rows counts in `habits` (first)"


def test_whom_a_book_means_to_leave_out_breaks_no_totality() -> None:
    """A kind that no rule proposes is missing, unless the book excepts just that kind from the check."""
    nobody = BOOK.replace("do: [offer, greet]", "do: greet").replace("do: [call, spare]", "do: call")
    uncovered = replace(book(nobody), covers=(Kind.SPECIAL,))
    other, own = (
        replace(uncovered, checks=Checks(exempt=(Exemption("uncovered-combination", kind),)))
        for kind in ("care", "special")
    )

    assert promises.totality.check(own, max_examples=20).held
    with pytest.raises(AssertionError, match="no action is planned of kind special"):
        promises.totality.check(other, max_examples=20)


def test_invariants_of_a_computed_attribute_are_left_to_proofs() -> None:
    """No two customers differ in a computed attribute alone, so that invariant is declared away and not half tried."""
    one = next(one for one in book().invariants if one.kind is InvariantKind.INDEPENDENT)
    computed = replace(book(), invariants=(replace(one, attribute="days_to_maturity"),))

    assert promises.invariants_of_two.check(computed).declared is not None


@pytest.mark.parametrize("wrong", [{"max_examples": 0}, {"backends": ()}, {"backends": ("columnar",)}])
def test_wrong_arguments_are_refused(wrong: dict[str, Any]) -> None:
    """A number of examples below one, and backends that there are not, are invalid arguments."""
    with pytest.raises(InvalidArgument):
        laws.ALL[0].check(book(), **wrong)


def test_what_is_no_book_is_refused() -> None:
    """The path of a book is told apart from a book."""
    with pytest.raises(InvalidArgument, match="load_rule_book"):
        laws.ALL[0].check("rules/retail")  # type: ignore[arg-type]  # the mistake that people make


# A bank's own laws, and pytest


@laws.law(reference="policy 4.2")
def no_offer_to_leaving_customers(draw: laws.Draw, subject: laws.Subject) -> None:
    """A customer whom the bank leaves gets no offer."""
    customer, as_of = subject.case(draw)
    offers = [one.action for one in subject.plan(customer, as_of).actions if one.action == "offer"]

    assert customer.tier != "exit" or not offers


def test_a_bank_adds_a_law_of_its_own() -> None:
    """A function with a sentence is a law like all others."""
    assert no_offer_to_leaving_customers.name == "no-offer-to-leaving-customers"
    assert no_offer_to_leaving_customers.says == "A customer whom the bank leaves gets no offer."
    assert no_offer_to_leaving_customers.check(book(), max_examples=30).held
    with pytest.raises(AssertionError):
        no_offer_to_leaving_customers.check(book(BOOK.replace("when: tier = key", "when: tier = exit")))


def test_a_law_says_its_sentence() -> None:
    """A law without a sentence is refused: nobody could read what broke."""

    def silent(draw: laws.Draw, subject: laws.Subject) -> None:
        pass

    with pytest.raises(InvalidArgument, match="no docstring"):
        laws.law(reference="nowhere")(silent)


def test_all_laws_have_names_of_their_own_and_references() -> None:
    """Each law can be asked for by name, is a sentence, and says where it comes from."""
    assert len({law.name for law in laws.ALL}) == len(laws.ALL)
    assert all(law.says.endswith(".") and law.reference for law in laws.ALL)


pytest_plugins = ["pytester"]


def test_pytest_runs_one_item_a_law_and_tells_what_is_declared(pytester: pytest.Pytester) -> None:
    """The one-liner gives an item for each law; a declared one is skipped with its reason, and in the summary."""
    pytester.makefile(".yaml", book=BOOK)
    pytester.makepyfile(
        test_book="""
        from relmaint.testing import laws
        from tests.testing.lawful import LawfulCustomer

        CHOSEN = [law for law in laws.ALL if law.name in ("ranking-is-total", "order-of-rows", "backends-agree")]
        test_laws = laws.as_pytest("book.yaml", customer=LawfulCustomer, laws=CHOSEN, max_examples=5)
        test_declared = laws.as_pytest("none.yaml", customer=LawfulCustomer, laws=CHOSEN[:1], max_examples=5)
        """
    )
    pytester.makefile(".yaml", none=BOOK.split("tables:", maxsplit=1)[0])
    result = pytester.runpytest("-v", "-p", "no:cacheprovider")

    result.assert_outcomes(passed=3, skipped=1, warnings=1)
    result.stdout.fnmatch_lines(["*test_laws?ranking-is-total? PASSED*"])
    result.stdout.fnmatch_lines(["*DeclaredLawWarning: order-of-rows: declared: the book has no table"])
