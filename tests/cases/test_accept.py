"""Do cases expect what the plan is once a change is accepted, and is nothing else in their file touched?"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmaint.cases import Case, CaseResult, Expectation, Verdict, is_met, read_cases, run_case, write_cases
from relmaint.cases.accept import Change, accepted, rewritten
from relmaint.diagnostics import Source
from relmaint.engine import Engine
from relmaint.model.action import Kind
from relmaint.model.customer import Customer, Tier
from relmaint.model.plan import PlanStatus
from relmaint.rulebook.load import parse_rule_book
from tests.cases.test_read_and_run import BOOK

ENGINE = Engine(parse_rule_book(BOOK))
ACTIONS = tuple(ENGINE.book.actions)
DAY = date(2026, 3, 2)

KEY = "{tier: key, deposit_maturity: 2026-03-05, marketing_consent: true, risk_class: 3, risk_class_expiry: 2027-01-01}"


def accept(tmp_path: Path, text: str) -> str:
    """Accept every failing case of a file; check that all pass then, and return the text."""
    path = tmp_path / "some.cases.yaml"
    path.write_bytes(text.encode())
    changes = {
        one.case.id: change for one in results(path) if one.verdict is Verdict.FAILED and (change := Change.of(one))
    }
    new = rewritten(Source(str(path), path.read_bytes().decode()), changes)
    path.write_bytes(new.encode())
    assert [one.passed for one in results(path)] == [True] * len(results(path))
    return new


def results(path: Path) -> list[CaseResult]:
    """Run the cases of a file that is read without a finding."""
    cases, findings = read_cases(path)
    assert findings == ()
    return [run_case(ENGINE, case) for case in cases]


def case(expect: str, customer: str = KEY) -> str:
    """Return a file with one case, whose expectation stands on its last line."""
    return f"cases:\n  - id: x  # a case\n    as_of: 2026-03-02\n    customer: {customer}\n    expect: {expect}\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{plans: [notice, assess, offer]}", "{plans: [notice, offer], never: [assess]}"),
        ("{plans: assess}", "{never: [assess]}"),
        ("{never: [offer, assess]}", "{never: [assess], plans: [offer]}"),
        ("{first: offer}  # why", "{first: notice, plans: [offer]}  # why"),
        ("{before: [fund, offer, notice]}", "{before: [notice, offer, fund]}"),
        ("{before: [assess, notice, fund]}", "{before: [notice, fund], never: [assess]}"),
        ("{withheld: {offer: consent, assess: quiet}, plans: [fund]}", "{plans: [fund, offer], never: [assess]}"),
        ("{status: empty, uncovered: [daily]}", "{status: planned, uncovered: []}"),
        ("{due: {notice: 2026-03-09, offer: 2026-03-09}}", "{due: {notice: 2026-03-05, offer: none}}"),
        (
            "{channel: {notice: [phone], offer: app, fund: phone}}",
            "{channel: {notice: [phone, app], offer: app, fund: [app]}}",
        ),
        ("{owner: {notice: teller}, first: notice}", "{owner: {notice: manager}, first: notice}"),
        ('{not_before: {offer: "2026-03-03 09:00"}, plans: [offer]}', "{not_before: {offer: none}, plans: [offer]}"),
    ],
)
def test_only_what_changed_is_rewritten(tmp_path: Path, old: str, new: str) -> None:
    """Each kind of expectation becomes what the plan is; what was right keeps its words."""
    assert case(new) == accept(tmp_path, case(old))


@pytest.mark.parametrize(
    ("customer", "old", "new"),
    [
        ("{tier: key}", "{plans: [offer], first: offer, status: planned}", "{status: empty, never: [offer]}"),
        ("{tier: key}", "{needs: {fund: assess}, first: offer}", "{first: assess, never: [fund, offer]}"),
        ("{tier: key}", "{withheld: {offer: quiet}}", "{withheld: {offer: consent}}"),
        ("{tier: ordinary}", "{first: offer}", "{never: [offer]}"),
    ],
)
def test_what_nothing_is_planned_for(tmp_path: Path, customer: str, old: str, new: str) -> None:
    """Of an empty plan there is no first action; the name of the rule that withholds is brought up to date."""
    accept(tmp_path, case(old, customer))
    del new


BLOCK = f"""\
# who matters
cases:
  - todo: wait for it   # soon
    id: done
    as_of: 2026-03-02
    customer: {{tier: key}}
    expect: {{withheld: offer}}

  - id: block   # a
    as_of: 2026-03-02
    customer: {KEY}
    expect:
      # what there is: plans
      plans:   # p: q
        - notice  # surely
        - assess  # because
      never:
        - offer
      before:
        - offer
        - notice
      due: {{notice: 2026-03-09}}  # day
      channel:
        notice:
          - app
      # end
"""

ACCEPTED = f"""\
# who matters
cases:
  - id: done
    as_of: 2026-03-02
    customer: {{tier: key}}
    expect: {{withheld: offer}}

  - id: block   # a
    as_of: 2026-03-02
    customer: {KEY}
    expect:
      # what there is: plans
      plans:   # p: q
        - notice  # surely
      never:
        - assess
      before:
        - notice
        - offer
      due: {{notice: 2026-03-05}}  # day
      channel:
        notice:
          - app
          - phone
      # end
"""


@pytest.mark.parametrize("break_", ["\n", "\r\n"])
def test_blocks_and_comments_stay(tmp_path: Path, break_: str) -> None:
    """Lists below their key are rewritten line by line, and a case that is no longer pending loses its `todo`."""
    assert ACCEPTED.replace("\n", break_) == accept(tmp_path, BLOCK.replace("\n", break_))


def test_an_unknown_action_cannot_be_accepted(tmp_path: Path) -> None:
    """A case that names an action that the book has not is left as it is."""
    path = tmp_path / "some.cases.yaml"
    path.write_text(case("{plans: [ofer]}"), encoding="utf-8")

    assert [Change.of(one) for one in results(path)] == [None]


def test_a_long_line_is_broken(tmp_path: Path) -> None:
    """What is added starts a new line when the old one would become too long."""
    names = ", ".join(["notice"] * 10)
    new = accept(tmp_path, case(f"{{plans: [{names}], never: [offer]}}"))
    lines = new.splitlines()[4:]

    assert 2 == len(lines)
    assert max(map(len, lines)) <= 120


names = st.lists(st.sampled_from(ACTIONS), unique=True, max_size=4).map(tuple)
expectations = st.builds(
    Expectation,
    plans=names,
    first=st.none() | st.sampled_from(ACTIONS),
    before=names.filter(lambda one: len(one) != 1),
    never=names,
    withheld=names.map(lambda ones: tuple((one, None) for one in ones))
    | names.map(lambda ones: tuple((one, "consent") for one in ones)),
    status=st.none() | st.sampled_from(PlanStatus),
    uncovered=st.none() | st.lists(st.sampled_from(Kind), unique=True).map(tuple),
    due=names.map(lambda ones: tuple((one, DAY) for one in ones)),
    owner=names.map(lambda ones: tuple((one, "teller") for one in ones)),
    channel=names.map(lambda ones: tuple((one, ("app",)) for one in ones)),
    needs=names.map(lambda ones: tuple((one, "assess") for one in ones)),
    not_before=names.map(lambda ones: tuple((one, datetime(2026, 3, 3, 9)) for one in ones)),
).filter(lambda one: one != Expectation())
customers = st.builds(
    Customer,
    id=st.just("x"),
    tier=st.none() | st.sampled_from([Tier.KEY, Tier.ORDINARY]),
    marketing_consent=st.none() | st.booleans(),
    risk_class=st.none() | st.just(3),
    contact_hour=st.none() | st.sampled_from([8, 22]),
    deposit_maturity=st.none() | st.just(date(2026, 3, 5)),
)


@given(customers, expectations)
def test_what_is_accepted_is_met(customer: Customer, expect: Expectation) -> None:
    """Whatever was expected of whomever, once accepted it is so, of no other action, and it is stable."""
    plan = ENGINE.plan(customer, as_of=DAY)
    new = accepted(expect, plan)

    assert is_met(new, plan)
    assert new != Expectation()
    assert accepted(new, plan) == new
    first = {plan.actions[0].action} if plan.actions and expect.first else set()
    assert set(new.actions()) - first <= set(expect.actions())
    assert not is_met(expect, plan) or set(expect.actions()) <= set(new.actions()) | {"assess"}


@given(customers, expectations, st.booleans())
def test_a_rewritten_file_is_read_as_accepted(customer: Customer, expect: Expectation, block: bool) -> None:
    """The rewritten text, written in brackets or in blocks, is read back as just what was accepted."""
    text = write_cases([Case("x", DAY, customer, expect)], ENGINE.book.vocabulary)
    if block:
        text = text.replace("expect:\n", "expect:\n      # of the plan\n")
    result = run_case(ENGINE, Case("x", DAY, customer, expect))
    change = Change.of(result)
    assert change is not None
    new = rewritten(Source("some.cases.yaml", text), {"x": change})

    assert (change.new,) == tuple(one.expect for one in read_text(new))


def read_text(text: str) -> tuple[Case, ...]:
    """Read a text as a file of cases."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "some.cases.yaml"
        path.write_text(text, encoding="utf-8")
        cases, findings = read_cases(path)
    assert [str(one) for one in findings] == [], text
    return cases
