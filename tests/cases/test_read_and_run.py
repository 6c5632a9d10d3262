"""Are cases read with care, and do their failures say what came instead?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from relmaint.cases import Case, Expectation, Verdict, find_cases, read_cases, run_case, write_cases
from relmaint.cases.told import sentences
from relmaint.engine import Engine
from relmaint.model.action import Kind
from relmaint.model.customer import Customer, Tier
from relmaint.model.plan import PlanStatus
from relmaint.rulebook.load import parse_rule_book
from relmaint.text import Text

BOOK = """
book: {name: small, version: 1.0.0, covers: [daily]}
actions:
  notice: {kind: daily, nature: service, title: notice, channel: [app, phone], owner: manager, precedence: dated,
    due: on deposit_maturity}
  offer: {kind: daily, nature: marketing, title: offer, channel: app, precedence: growth, base: 10}
  fund: {kind: daily, nature: marketing, title: fund, channel: app, precedence: growth, product_risk: 3}
  assess: {kind: special, nature: service, title: assess, channel: app, precedence: requested}
rules:
  - {id: notice, when: days_to_maturity <= 7, do: notice}
  - {id: offer, when: tier = key, do: [offer, fund]}
guards:
  - {id: consent, when: marketing_consent is not true, withhold: {nature: marketing}, because: nobody agreed}
  - {id: assessed, when: risk_class is unknown, hold: {product_risk: 3}, needs: assess}
  - {id: quiet, when: contact_hour >= 20, defer: {nature: marketing}, until: "09:00", clock: contact_hour}
"""
CASE = """
cases:
  - id: maturity
    title: {zh: 到期, en: maturity}
    as_of: 2026-03-02
    customer: {tier: key, deposit_maturity: 2026-03-05, marketing_consent: true, contact_hour: 22}
    expect:
      plans: [notice, offer]
      first: notice
      before: [notice, assess, offer]
      never: [fund]
      withheld: {fund: assessed}
      status: planned
      uncovered: []
      due: {notice: 2026-03-05}
      owner: {notice: manager}
      channel: {notice: [phone, app]}
      needs: {fund: assess}
      not_before: {offer: "2026-03-03 09:00"}
"""
PENDING = """
  - id: pending
    todo: {zh: 等待, en: waits}
    as_of: 2026-03-02
    customer: {tier: key, marketing_consent: true}
    expect:
      withheld: [fund]
      due: {assess: none}
      owner: {assess: none}
      not_before: {assess: none}
"""
AS_OF = date(2026, 3, 2)


@pytest.fixture(scope="module")
def engine() -> Engine:
    """Return an engine for a book of four actions."""
    return Engine(parse_rule_book(BOOK))


def read(tmp_path: Path, text: str) -> tuple[tuple[Case, ...], list[str]]:
    """Read a text as a file of cases; return the cases and the messages."""
    path = tmp_path / "some.cases.yaml"
    path.write_text(text, encoding="utf-8")
    cases, problems = read_cases(path)
    assert all(problem.span is not None for problem in problems)
    return cases, [problem.message for problem in problems]


def failures(engine: Engine, expect: Expectation, **facts: object) -> tuple[str, ...]:
    """Run one case for a key customer."""
    customer = Customer(id="C1", tier=Tier.KEY, **facts)
    return sentences(run_case(engine, Case("some", AS_OF, customer, expect)), known=engine.book.actions)


def test_a_case_of_every_expectation_is_read_and_passes(tmp_path: Path, engine: Engine) -> None:
    """Each key of `expect` arrives where it belongs, and the plan fulfils it."""
    (case,), problems = read(tmp_path, CASE)

    assert problems == []
    assert case.customer.model_dump(include={"id", "tier"}) == {"id": "maturity", "tier": Tier.KEY}
    assert case.expect == Expectation(
        plans=("notice", "offer"),
        first="notice",
        before=("notice", "assess", "offer"),
        never=("fund",),
        withheld=(("fund", "assessed"),),
        status=PlanStatus.PLANNED,
        uncovered=(),
        due=(("notice", date(2026, 3, 5)),),
        owner=(("notice", "manager"),),
        channel=(("notice", ("phone", "app")),),
        needs=(("fund", "assess"),),
        not_before=(("offer", datetime(2026, 3, 3, 9)),),
    )
    assert run_case(engine, case).passed


def test_none_and_any_can_be_expected(tmp_path: Path, engine: Engine) -> None:
    """`none` asks for no day, owner or deferral, and a list for whichever rule withholds; `todo` says why it fails."""
    (_, case), problems = read(tmp_path, CASE + PENDING)

    assert problems == []
    assert case.todo == Text("等待", "waits")
    assert case.expect == Expectation(
        withheld=(("fund", None),),
        due=(("assess", None),),
        owner=(("assess", None),),
        not_before=(("assess", None),),
    )
    assert run_case(engine, case).verdict is Verdict.FAILED  # it passes, and is not pending any more
    assert run_case(engine, replace(case, todo=None)).passed


def test_a_pending_case_is_spelt_right(engine: Engine) -> None:
    """What waits for a change of the rules is pending; a case of an action that the book has not fails all the same."""
    customer = Customer(id="C1", tier=Tier.KEY)
    pending = [
        Case("x", AS_OF, customer, Expectation(plans=(name,)), todo=Text("等待", "waits")) for name in ("fund", "fnd")
    ]

    assert [Verdict.PENDING, Verdict.FAILED] == [run_case(engine, case).verdict for case in pending]


@pytest.mark.parametrize("name", ["early", "late"])
def test_a_case_is_written_as_it_is_read(tmp_path: Path, engine: Engine, name: str) -> None:
    """Every key of a case survives writing and reading."""
    (one, other), _ = read(tmp_path, CASE + PENDING)
    case = one if name == "early" else other
    (again,), problems = read(tmp_path, write_cases([case], engine.book.vocabulary))

    assert problems == []
    assert again == case


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        (
            Expectation(due=(("notice", None),)),
            "expected `notice` to have no due day; found 2026-03-05",
        ),
        (Expectation(owner=(("notice", None),)), "expected `notice` to have no owner; found manager"),
        (
            Expectation(not_before=(("assess", None),)),
            "expected `assess` not to be deferred; no rule proposed it",
        ),
        (
            Expectation(withheld=(("notice", None),)),
            "expected `notice` to be withheld; it is planned at rank 1 (notice)",
        ),
        (
            Expectation(plans=("offer",)),
            "expected `offer` to be planned; it was withheld at stage guard by `consent` (nobody agreed); "
            "the plan is notice",
        ),
        (Expectation(plans=("assess",)), "expected `assess` to be planned; no rule proposed it; the plan is notice"),
        (
            Expectation(first="offer"),
            "expected `offer` at rank 1; it was withheld at stage guard by `consent` (nobody agreed); "
            "the plan is notice",
        ),
        (
            Expectation(before=("notice", "assess")),
            "expected `assess` in the order notice, assess; no rule proposed it; the plan is notice",
        ),
        (Expectation(never=("notice",)), "expected `notice` not to be planned; it is planned at rank 1 (notice)"),
        (
            Expectation(withheld=(("notice", "consent"),)),
            "expected `notice` to be withheld by `consent`; it is planned at rank 1 (notice)",
        ),
        (
            Expectation(withheld=(("offer", "quiet"),)),
            "expected `offer` to be withheld by `quiet`; it was withheld at stage guard by `consent` (nobody agreed)",
        ),
        (Expectation(status=PlanStatus.EMPTY), "expected the status empty; found planned; the plan is notice"),
        (Expectation(uncovered=(Kind.DAILY,)), "expected the uncovered kinds daily; found none"),
        (
            Expectation(due=(("notice", date(2026, 3, 4)),)),
            "expected `notice` to be due on 2026-03-04; found 2026-03-05",
        ),
        (Expectation(owner=(("notice", "teller"),)), "expected `notice` to be done by teller; found manager"),
        (Expectation(owner=(("assess", "teller"),)), "expected `assess` to be done by teller; no rule proposed it"),
        (Expectation(channel=(("notice", ("app",)),)), "expected `notice` to go by app; found app, phone"),
        (
            Expectation(needs=(("offer", "assess"),)),
            "expected `offer` to be held until `assess` is done; "
            "it was withheld at stage guard by `consent` (nobody agreed)",
        ),
        (
            Expectation(not_before=(("notice", datetime(2026, 3, 3, 9)),)),
            "expected `notice` not before 2026-03-03 09:00; found none",
        ),
        (Expectation(plans=("notise",)), "`notise` is not an action of the book; did you mean `notice`?"),
    ],
)
def test_a_failure_says_what_came_instead(engine: Engine, expect: Expectation, message: str) -> None:
    """Expected and actual stand side by side, with the rule that withheld the action."""
    assert failures(engine, expect, deposit_maturity=date(2026, 3, 5)) == (message,)


def test_an_order_is_compared_as_ranked(engine: Engine) -> None:
    """Both actions are planned, in the other order."""
    found = failures(engine, Expectation(before=("fund", "offer")), marketing_consent=True, risk_class=3)

    assert found == ("expected the order fund, offer; found offer, fund",)


def test_a_changed_action_names_the_guard_that_changed_it(engine: Engine) -> None:
    """A deferral that came out otherwise says which guard deferred."""
    expect = Expectation(not_before=(("offer", datetime(2026, 3, 2, 9)),))
    found = failures(engine, expect, marketing_consent=True, risk_class=3, contact_hour=22)

    assert found == ("expected `offer` not before 2026-03-02 09:00; found 2026-03-03 09:00 (changed by quiet)",)


def test_nothing_planned_is_an_empty_plan(engine: Engine) -> None:
    """A failure about an empty plan says so."""
    found = failures(engine, Expectation(first="notice"))

    assert found == ("expected `notice` at rank 1; no rule proposed it; the plan is empty",)


WHOLE = "cases:\n  - {{id: x, as_of: 2026-03-02, customer: {{id: C1}}, expect: {{{}}}}}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cases: none", "the file holds no list of cases"),
        ("- just\n- words", "the file holds no list of cases"),
        ("case: []", "`case` is not a key of a file of cases"),
        ("cases: [word]", "a case is a mapping"),
        ("cases:\n  - {as_of: 2026-03-02, customer: {}, expect: {first: a}}", "the case has no `id`"),
        ("cases:\n  - {id: x, customer: {}, expect: {first: a}}", "the case has no `as_of`"),
        ("cases:\n  - {id: x, as_of: 2026-03-02, expect: {first: a}}", "the case has no `customer`"),
        ("cases:\n  - {id: x, as_of: 2026-03-02, customer: {}}", "the case has no `expect`"),
        (
            "cases:\n  - {id: x, as_of: soon, customer: {}, expect: {first: a}}",
            "`as_of`: expected a day written as 2026-01-31",
        ),
        (
            "cases:\n  - {id: x, as_of: 2026-03-02, customer: {tear: key}, expect: {first: a}}",
            "customer `x`: there is no attribute `tear`",
        ),
        (
            "cases:\n  - {id: x, as_of: 2026-03-02, costumer: {}, customer: {}, expect: {first: a}}",
            "`costumer` is not a key of a case",
        ),
        (
            "cases:\n  - {id: x, title: {de: Fall}, as_of: 2026-03-02, customer: {}, expect: {first: a}}",
            "`de` is not a key of `title`",
        ),
        (
            "cases:\n  - {id: x, title: [a], as_of: 2026-03-02, customer: {}, expect: {first: a}}",
            "`title` is a text",
        ),
        (
            "cases:\n  - {id: x, todo: {}, as_of: 2026-03-02, customer: {}, expect: {first: a}}",
            "`todo` is a text",
        ),
        (WHOLE.format(""), "the case expects nothing"),
        (WHOLE.format("plan: [a]"), "`plan` is not a key of `expect`"),
        (WHOLE.format("first: [a, b]"), "`first` is one word"),
        (WHOLE.format("plans: [{a: b}]"), "each entry of `plans` is one word"),
        (WHOLE.format("before: [a]"), "an order needs two actions"),
        (WHOLE.format("withheld: [{a: b}]"), "each entry of `withheld` is one word"),
        (WHOLE.format("due: a"), "`due` is a mapping from actions"),
        (WHOLE.format("withheld: {a: [b]}"), "`withheld` of `a` is one word"),
        (WHOLE.format("status: plannned"), "`status` is one of planned, empty, uncovered"),
        (WHOLE.format("uncovered: [weekly]"), "`uncovered` is one of daily, special, care"),
        (WHOLE.format("due: {a: tomorrow}"), "`due` of `a`: expected a day written as 2026-01-31"),
        (WHOLE.format("not_before: {a: 2026-03-03}"), "`not_before` of `a` is not a moment"),
        (WHOLE.format('not_before: {a: "2026-03-03 99:00"}'), "`not_before` of `a` is not a moment"),
    ],
)
def test_what_is_wrong_with_a_case_is_said_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    """One mistake gives one finding, and the case is left out: it could otherwise pass by expecting nothing."""
    cases, messages = read(tmp_path, text)

    assert messages == [message]
    assert cases == ()


def test_a_bad_case_does_not_lose_the_others(tmp_path: Path) -> None:
    """The cases around a bad one are kept."""
    cases, messages = read(
        tmp_path, CASE + "  - {id: y}\n" + CASE.replace("\ncases:", "").replace("maturity\n", "z\n", 1)
    )

    assert messages == ["the case has no `as_of`"]
    assert [case.id for case in cases] == ["maturity", "z"]


def test_one_id_names_one_case(tmp_path: Path) -> None:
    """The second case of an id is refused, and the finding shows the first."""
    path = tmp_path / "some.cases.yaml"
    path.write_text(CASE + CASE.replace("\ncases:", ""), encoding="utf-8")
    cases, (problem,) = read_cases(path)

    assert problem.message == "two cases have the id `maturity`"
    assert [related.span.line for related in problem.related] == [3]
    assert len(cases) == 1


def test_a_misspelt_key_is_guessed(tmp_path: Path) -> None:
    """The help of a finding names the key that was probably meant."""
    path = tmp_path / "some.cases.yaml"
    path.write_text(WHOLE.format("ovner: {a: b}"), encoding="utf-8")

    assert read_cases(path)[1][0].help == "did you mean `owner`?"


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    """Nothing raises; the finding says which file."""
    cases, (problem,) = read_cases(tmp_path / "none.cases.yaml")

    assert cases == ()
    assert problem.code == "cannot-read"


def test_cases_are_found_below_a_folder_and_beside_a_file(tmp_path: Path) -> None:
    """A folder has all case files below it; a book in one file has those beside it and in `cases`."""
    for name in ("a.cases.yaml", "cases/b.cases.yml", "deep/er/c.cases.yaml", "book.yaml", "cases/d.yaml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    assert [path.name for path in find_cases(tmp_path)] == ["a.cases.yaml", "b.cases.yml", "c.cases.yaml"]
    assert [path.name for path in find_cases(tmp_path / "book.yaml")] == ["a.cases.yaml", "b.cases.yml"]
