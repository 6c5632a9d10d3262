"""Does pytest run analysts' cases as a project would want: collected, selected, told, measured?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from relmaint import pytest_plugin
from relmaint.cases.find import ENDINGS
from relmaint.engine import BACKENDS

BOOK = """\
book: {name: small, version: 1.0.0, covers: []}
actions:
  notice: {kind: daily, nature: service, title: Notice, precedence: dated}
  offer: {kind: special, nature: marketing, title: Offer, channel: phone, precedence: growth}
rules:
  - {id: due, when: days_to_maturity <= 7, do: [notice]}
  - {id: sell, when: tier = key, do: [offer]}
guards:
  - {id: consent, when: marketing_consent is not true, withhold: {nature: marketing}}
"""

CASES = """\
cases:
  - id: late
    as_of: 2026-03-02
    customer: {tier: key, deposit_maturity: 2026-03-09, marketing_consent: true}
    expect: {plans: [notice, offer]}
  - id: early
    as_of: 2026-03-02
    customer: {tier: ordinary, deposit_maturity: 2026-03-10, marketing_consent: true}
    expect: {never: [notice, offer]}
"""

WRONG = """\
cases:
  - id: wrong
    title: {zh: 错, en: a customer who never agreed}
    as_of: 2026-03-02
    customer: {tier: key}
    expect: {plans: [offer]}
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Write a project with a book in a folder, its cases, and a test in Python."""
    write(pytester, "rules/book.yaml", BOOK)
    write(pytester, "rules/cases/good.cases.yaml", CASES)
    write(pytester, "test_other.py", "def test_other():\n    assert True\n")
    return pytester


def write(pytester: pytest.Pytester, name: str, text: str) -> Path:
    """Write a file of the project."""
    path = pytester.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest on the project; with workers, in a process of its own."""
    plain = ("-p", "no:benchmark", "-p", "no:hypothesispytest", *arguments)
    return pytester.runpytest_subprocess(*plain) if "-n" in arguments else pytester.runpytest_inprocess(*plain)


def test_cases_run_beside_other_tests(project: pytest.Pytester) -> None:
    """Every case is a test with an id that names the file and the case."""
    result = run(project, "-v")

    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        ["rules/cases/good.cases.yaml::late PASSED*", "rules/cases/good.cases.yaml::early PASSED*"]
    )


def test_a_failing_case_is_told_to_its_analyst(project: pytest.Pytester) -> None:
    """The report has the place, the title, expected beside actual, the rules and the boundary, and no traceback."""
    write(project, "rules/cases/wrong.cases.yaml", WRONG)
    result = run(project)

    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        [
            "rules/cases/wrong.cases.yaml:2:5: `wrong`: a customer who never agreed",
            "  x `offer` to be planned  it was withheld at stage guard by `consent`",
            "    sell     rules/book.yaml:7",
            "    the least that brings `offer` in: marketing_consent is true",
            "FAILED rules/cases/wrong.cases.yaml::wrong*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_selection_by_words_and_by_what_failed_last(project: pytest.Pytester) -> None:
    """`-k` selects by the id of a case, and `--lf` runs again what failed, since ids are stable."""
    write(project, "rules/cases/wrong.cases.yaml", WRONG)

    run(project, "-k", "late").assert_outcomes(passed=1, deselected=3)
    run(project).assert_outcomes(passed=3, failed=1)
    run(project, "--lf").assert_outcomes(failed=1)
    run(project, "rules/cases/good.cases.yaml::early").assert_outcomes(passed=1)


def test_a_pending_case_fails_once_it_passes(project: pytest.Pytester) -> None:
    """A case with `todo` is expected to fail, with its reason; when it passes it fails, since `todo` is stale."""
    write(project, "rules/cases/wrong.cases.yaml", WRONG + "    todo: waits for the new form\n")
    result = run(project, "-rx")
    result.assert_outcomes(passed=3, xfailed=1)
    result.stdout.fnmatch_lines(["*wrong*waits for the new form*"])

    write(project, "rules/cases/wrong.cases.yaml", WRONG.replace("plans", "never") + "    todo: waits\n")
    result = run(project)
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*the case passes, and is no longer pending: remove `todo`"])


def test_a_mistake_in_a_case_is_an_error_of_the_collection(project: pytest.Pytester) -> None:
    """The diagnostic is shown with its place and help; the other files run when asked to."""
    write(project, "rules/cases/wrong.cases.yaml", WRONG.replace("plans", "plan"))
    result = run(project, "--continue-on-collection-errors")

    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(
        [
            "error?bad-case?: `plan` is not a key of `expect`",
            " --> rules/cases/wrong.cases.yaml:6:14",
            "help: did you mean `plans`?",
        ]
    )


def test_a_mistake_in_the_book_is_an_error_of_the_collection(project: pytest.Pytester) -> None:
    """A book that cannot be used is told as the command line tells it."""
    write(project, "rules/book.yaml", BOOK.replace("tier =", "teir ="))
    result = run(project)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["error?unknown-attribute?: there is no attribute `teir`", "help: did you mean `tier`?"]
    )


def test_cases_without_a_book_name_the_setting(project: pytest.Pytester) -> None:
    """A file that lies in no book's folder is an error until the settings name its book."""
    write(project, "elsewhere/good.cases.yaml", CASES)
    result = run(project, "elsewhere")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*`elsewhere/good.cases.yaml` lies in no book's folder*`relmaint_book`*"])

    project.makeini("[pytest]\nrelmaint_book = elsewhere = rules\n")
    run(project, "elsewhere").assert_outcomes(passed=2)


def test_a_model_of_ones_own_is_named_for_a_folder(project: pytest.Pytester) -> None:
    """The line with the nearest folder counts; another book of the same run keeps the library's own model."""
    write(project, "farms/book.yaml", BOOK.replace("tier = key", "acres >= 10"))
    write(
        project,
        "farms/model.py",
        "from relmaint import Customer\n\n\nclass Farmer(Customer):\n    acres: int | None = None\n",
    )
    write(
        project,
        "farms/a.cases.yaml",
        "cases:\n"
        "  - {id: big, as_of: 2026-03-02, customer: {acres: 10, marketing_consent: true}, expect: {plans: offer}}\n",
    )
    project.makeini(
        "[pytest]\nrelmaint_customer_model =\n    farms = farms/model.py:Farmer\n    farms/other = nowhere:X\n"
    )
    run(project).assert_outcomes(passed=4)

    project.makeini("[pytest]\nrelmaint_customer_model = farms/model.py:Pharmer\n")
    result = run(project, "farms")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*no pydantic model `Pharmer`; did you mean `Farmer`?"])


@pytest.mark.parametrize("backend", sorted(BACKENDS))
def test_any_backend_can_match(project: pytest.Pytester, backend: str) -> None:
    """The option chooses the backend, and the cases come out alike."""
    run(project, "--relmaint-backend", backend).assert_outcomes(passed=3)


@pytest.mark.parametrize("more", [(), ("-n", "2")])
def test_the_cases_are_measured_once_all_is_run(project: pytest.Pytester, more: tuple[str, ...]) -> None:
    """Below the asked coverage or mutation score the run fails, and says what is missing; with xdist, too."""
    result = run(project, "--relmaint-coverage-min", "90", "--relmaint-mutation-min", "90", *more)
    assert pytest.ExitCode.TESTS_FAILED == result.ret
    result.stdout.fnmatch_lines(
        [
            "*rules/book.yaml:9:10: no case shows that consent matters",
            "rules: coverage 85.7 %: 2 of 3 statements, 1 of 1 boundaries, 3 of 3 conditions; *",
            "rules/book.yaml:9:10: the guard `consent` is dropped: no case notices it",
            "rules: 12 mutants: * 1 survived, * score 87.5 %",
        ]
    )

    assert pytest.ExitCode.OK == run(project, "--relmaint-coverage-min", "85", *more).ret


def test_a_case_that_fails_shows_nothing(project: pytest.Pytester) -> None:
    """Only cases that pass count, so deselecting one lowers what is measured."""
    result = run(project, "--relmaint-coverage-min", "10", "-k", "early")

    result.stdout.fnmatch_lines(["rules: coverage * %: * of 3 statements,*"])
    result.stdout.no_fnmatch_line("rules: coverage 85.7 %*")


def test_the_plug_in_can_be_left_out(project: pytest.Pytester) -> None:
    """With `-p no:relmaint` no case is collected."""
    run(project, "-p", "no:relmaint").assert_outcomes(passed=1)


_LIGHT = """
import sys, pytest
pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:benchmark", "-p", "no:hypothesispytest", "test_other.py"])
print("loaded", sorted(name for name in sys.modules if name.split(".")[0] in ("pydantic", "yaml", "click", "rich")
    or name.startswith("relmaint.") and name != "relmaint.pytest_plugin"))
"""


def test_nothing_is_imported_before_there_is_a_case(project: pytest.Pytester) -> None:
    """A project without cases pays for pytest and the standard library only."""
    done = subprocess.run(
        [sys.executable, "-c", _LIGHT], cwd=project.path, capture_output=True, encoding="utf-8", check=True, timeout=60
    )

    assert "1 passed" in done.stdout
    assert done.stdout.splitlines()[-1] == "loaded []"


def test_the_plug_in_knows_what_it_does_not_import() -> None:
    """The endings of case files and the backends are written down twice, and are the same."""
    assert ENDINGS == pytest_plugin._ENDINGS
    assert set(BACKENDS) == set(pytest_plugin._BACKENDS)
