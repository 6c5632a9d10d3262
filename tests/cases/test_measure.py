"""Do cases show and notice what is said of them, and do further cases show the rest?"""

from __future__ import annotations

from pathlib import Path

import pytest

from relmaint.cases import Case, load_cases, run_case, write_cases
from relmaint.cases.measure import Measure
from relmaint.cases.report import coverage_line, score_line
from relmaint.engine import Engine
from relmaint.rulebook.load import load_rule_book, parse_rule_book
from relmaint.verify.coverage import State
from relmaint.verify.judge import Different
from relmaint.verify.mutants import Aspect
from tests.policies.books import MODELS, model_of

RULES = Path(__file__).parents[2] / "rules"

BOOK = """
book: {name: small, version: 1.0.0, covers: []}
actions:
  call: {kind: care, nature: care, title: {zh: 致电, en: Call}, channel: phone, precedence: care}
  note: {kind: daily, nature: internal, title: {zh: 记录, en: Note}, precedence: review}
rules:
  - {id: old, when: age >= 60 and tier = key, do: [call]}
  - {id: rich, when: aum >= 100 or tier = key and aum >= 50, do: [note]}
  - {id: hidden, when: age >= 60 and tier = key and aum >= 7, do: [call]}
guards:
  - {id: quiet, when: do_not_contact is true, withhold: {nature: care}}
"""

CASE = "  - {{id: {id}, as_of: 2026-03-02, customer: {{{customer}}}, expect: {{{expect}}}}}\n"


def measure(tmp_path: Path, *cases: tuple[str, str]) -> Measure:
    """Measure cases: customers with what is expected of them."""
    path = tmp_path / "a.cases.yaml"
    lines = [CASE.format(id=f"c{n}", customer=who, expect=what) for n, (who, what) in enumerate(cases)]
    path.write_text("cases:\n" + "".join(lines) if lines else "cases: []\n", encoding="utf-8")
    engine = Engine(parse_rule_book(BOOK))
    read = load_cases(path)
    assert all(run_case(engine, case).passed for case in read)
    return Measure(engine, read)


def states(measured: Measure, aspect: Aspect) -> dict[str, str]:
    """Return how each thing of an aspect stands."""
    return {
        f"{one.aim.statement}: {one.aim.text}": str(one.state)
        for one in measured.coverage().items
        if one.aim.aspect is aspect
    }


OLD = "tier: key, birth_date: 1950-01-01"


def test_a_statement_is_shown_where_it_matters(tmp_path: Path) -> None:
    """A rule that matches and changes nothing is not covered; one that nobody can show does not count."""
    found = states(measure(tmp_path, (OLD, "plans: [call]")), Aspect.STATEMENT)

    assert {
        "old: old": "covered",
        "rich: rich": "uncovered",
        "hidden: hidden": "equivalent",
        "quiet: quiet": "uncovered",
    } == found


def test_a_boundary_needs_both_sides(tmp_path: Path) -> None:
    """One customer at the edge of a constant shows one side of it; the other one just beside shows the rest."""
    at, below = (
        ("birth_date: 1966-03-02, tier: key", "plans: [call]"),
        ("birth_date: 1966-03-03, tier: key", "never: [call]"),
    )

    assert "uncovered" == states(measure(tmp_path, at), Aspect.BOUNDARY)["old: age >= 60"]
    assert "uncovered" == states(measure(tmp_path, below), Aspect.BOUNDARY)["old: age >= 60"]
    assert "covered" == states(measure(tmp_path, at, below), Aspect.BOUNDARY)["old: age >= 60"]


def test_a_condition_needs_its_effect_on_its_own(tmp_path: Path) -> None:
    """In `a and b`, `b` is covered by a customer with `a` and `b`, and one with `a` alone."""
    both, alone = (OLD, "plans: [call]"), ("birth_date: 1950-01-01, tier: ordinary", "never: [call]")
    neither = ("birth_date: 2000-01-01, tier: ordinary", "never: [call]")

    assert "uncovered" == states(measure(tmp_path, both, neither), Aspect.CONDITION)["old: tier = key"]
    assert "covered" == states(measure(tmp_path, both, alone), Aspect.CONDITION)["old: tier = key"]


def test_coverage_does_not_ask_what_is_expected(tmp_path: Path) -> None:
    """A case that expects next to nothing shows as much as a strict one, and notices less."""
    weak, strict = measure(tmp_path, (OLD, "never: [note]")), measure(tmp_path, (OLD, "plans: [call], never: [note]"))

    assert weak.coverage() == strict.coverage()
    assert weak.score().killed < strict.score().killed


def test_every_item_counts_once(tmp_path: Path) -> None:
    """The four states of an aspect come to all of its items, and the percentage is of covered and uncovered."""
    found = measure(tmp_path, (OLD, "plans: [call]")).coverage()

    for aspect in Aspect:
        items = [one for one in found.items if one.aim.aspect is aspect]
        assert len(items) == sum(found.count(state, aspect) for state in State)
    covered, uncovered = found.count(State.COVERED), found.count(State.UNCOVERED)
    assert found.percent() == 100 * covered / (covered + uncovered)
    assert coverage_line(found, "zh").startswith(f"覆盖率 {found.percent():.1f} %：规则 1/3，")


def test_the_case_for_an_item_covers_it(tmp_path: Path) -> None:
    """Added to the others, the suggested case shows one more edit of what it was asked for."""
    measured = measure(tmp_path, (OLD, "plans: [call]"))
    for item in measured.coverage().items:
        if item.state is State.UNCOVERED:
            case = measured.case_for(item, "new")
            assert case is not None
            engine = Engine(parse_rule_book(BOOK))
            assert run_case(engine, case).passed
            shown = Measure(engine, [case]).judge.shown_by
            assert any(shown(number) for number in item.open), item


def test_a_suggestion_notices_all_that_was_missing(tmp_path: Path) -> None:
    """With the suggested cases nothing that differs survives; they are read back as written, about customers alike."""
    measured = measure(tmp_path, (f"{OLD}, risk_class: 4, loan: 7", "plans: [call]"))
    suggestion, cases = measured.suggestion()
    engine = Engine(parse_rule_book(BOOK))
    path = tmp_path / "more.cases.yaml"
    path.write_text(write_cases(cases, engine.book.vocabulary), encoding="utf-8")
    read = load_cases(path)

    assert [(one.id, one.title, one.expect) for one in cases] == [(one.id, one.title, one.expect) for one in read]
    assert ((), ()) == (suggestion.undecided, suggestion.unfound)
    together = Measure(engine, (*measured.cases, *read)).score()
    assert ([], 100) == (together.survivors, together.percent)
    assert {7} == {one.customer.loan for one in cases}
    assert score_line(together).endswith("0 survived, 0 undecided: score 100.0 %")


def test_titles_say_the_fact_and_what_follows(tmp_path: Path) -> None:
    """A title names the edge the customer stands on, and the action that hangs on it, in both languages."""
    titles = {case.title for case in measure(tmp_path).suggestion()[1] if case.title is not None}

    assert "age 60, marketing tier key: “Call” is planned" in {one.en for one in titles}
    assert "管理资产 99.99：不列入「记录」" in {one.zh for one in titles}


@pytest.mark.parametrize("book", sorted(MODELS))
def test_the_published_policies_let_no_mistake_pass(book: str) -> None:
    """No small mistake in the book of a published policy goes unnoticed by its cases, and none is left open."""
    model = model_of(book)
    engine = Engine(load_rule_book(RULES / book, customer=model))
    measured = Measure(engine, load_cases(RULES / book, model))
    score = measured.score()

    assert [] == [measured.judge.mutants[number].change for number, _ in score.survivors]
    assert [] == score.undecided
    assert 100 == measured.coverage().percent()


def test_a_sample_of_mistakes_in_the_retail_book_is_noticed() -> None:
    """Every fortieth mistake is noticed by a case or changes no plan; `.ci/run` tries them all."""
    engine = Engine(load_rule_book(RULES / "retail"))
    measured = Measure(engine, load_cases(RULES / "retail"))
    score = measured.score(range(0, len(measured.judge.mutants), 40))

    assert [] == [measured.judge.mutants[number].change for number, _ in score.survivors]
    assert [] == score.undecided
    assert score.killed > score.equivalent


def test_a_customer_of_a_case_is_kept_to(tmp_path: Path) -> None:
    """Of a survivor that a case's own customer shows, the new case is about that customer."""
    measured = measure(tmp_path, (OLD, "never: [note]"))
    number, told = next((n, t) for n, t in measured.score().survivors if measured.judge.mutants[n].statement == "old")

    assert isinstance(told, Different)
    found = measured.suggester.witness(number, told)
    assert found is not None
    assert measured.cases[0].customer == found.customer
    case: Case = measured.suggester.case(found.customer, found.as_of, [number], "x")
    assert ("call",) == case.expect.plans
