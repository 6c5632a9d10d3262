"""Does `relmaint test` run cases, tell what failed, measure what they show, and accept what changed?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.terminal import run
from tests.cli.test_mutate import BOOK, CASES

MORE = """\
cases:
  - id: unasked
    title: {zh: 没有问过是否同意, en: a customer who was never asked}
    as_of: 2026-03-02
    customer: {tier: key, deposit_maturity: 2026-03-12}
    expect: {plans: [notice, offer], status: planned}   # keep this
  - id: letter
    todo: {zh: 等待信函, en: waits for the letter}
    as_of: 2026-03-02
    customer: {tier: key}
    expect: {plans: offer}
  - id: strange
    as_of: 2026-03-02
    customer: {tier: key}
    expect: {never: ofer}
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Write a small book and its cases: two that pass, and of others one that fails, is pending, cannot be right."""
    (tmp_path / "book.yaml").write_text(BOOK, encoding="utf-8")
    (tmp_path / "book.cases.yaml").write_text(CASES, encoding="utf-8")
    (tmp_path / "more.cases.yaml").write_text(MORE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_failed_is_told(book: Path, language: str, golden: Callable[[str, str], None]) -> None:
    """A failing case has both plans side by side, the rules with their places, and the nearest boundary."""
    done = run("test", "book.yaml", "--lang", language, cwd=book)

    golden(f"cli/test.{language}.txt", done.stdout)
    assert (1, "") == (done.returncode, done.stderr)


@pytest.mark.parametrize("backend", ["compiled", "reference", "rete"])
def test_what_passes_is_counted(book: Path, backend: str) -> None:
    """Whichever backend matches, cases that pass leave with 0; a single file of cases can be given."""
    done = run("test", "book.cases.yaml", "--backend", backend, cwd=book)

    assert (0, "book.cases.yaml: 2 cases passed, 0 failed\n") == (done.returncode, done.stdout)


def test_json_holds_what_is_known(book: Path) -> None:
    """The verdicts are counted, and a failure has its sentences, plan, rules and boundaries with their places."""
    told = json.loads(run("test", ".", "--format", "json", cwd=book).stdout)
    cases = {one["id"]: one for one in told["cases"]}

    assert (2, 2, 1) == (told["passed"], told["failed"], told["pending"])
    assert {"early": "passed", "late": "passed", "letter": "pending", "strange": "failed", "unasked": "failed"} == {
        name: one["verdict"] for name, one in cases.items()
    }
    assert ("more.cases.yaml", 2) == (cases["unasked"]["path"], cases["unasked"]["line"])
    assert [{"statement": "sell", "role": "rule", "path": "book.yaml", "line": 7}] == cases["unasked"]["matched"][:1]
    (edge,) = cases["unasked"]["nearest"][1]["boundaries"]
    assert ("consent", "marketing_consent is not true", 9) == (edge["statement"], edge["comparison"], edge["line"])
    assert ["`ofer` is not an action of the book; did you mean `offer`?"] == cases["strange"]["failures"]


def test_junit_is_what_ci_services_read(book: Path) -> None:
    """Each case is a test case with its file and line; one is a failure, and a pending one is skipped."""
    run("test", ".", "--format", "junit", "-o", "cases.xml", cwd=book)
    root = ElementTree.parse(book / "cases.xml").getroot()  # noqa: S314  # our own
    cases = {one.get("name"): one for one in root.iter("testcase")}

    assert ("5", "2", "1") == (root.get("tests"), root.get("failures"), root.get("skipped"))
    assert ("more.cases.yaml", "2") == (cases["unasked"].get("file"), cases["unasked"].get("line"))
    assert "nearest boundary" in str(cases["unasked"].findtext("failure"))
    skipped = cases["letter"].find("skipped")
    assert skipped is not None
    assert "waits for the letter" == skipped.get("message")
    assert [] == list(cases["late"])


def test_junit_holds_any_text(book: Path) -> None:
    """Titles and reasons with the signs of XML stay what they are."""
    odd = MORE.replace("en: waits for the letter", "en: 'a < b & \"waits\" \x7e'")
    (book / "more.cases.yaml").write_text(odd, encoding="utf-8")
    root = ElementTree.fromstring(run("test", ".", "--format", "junit", cwd=book).stdout)  # noqa: S314  # our own

    assert ['a < b & "waits" ~'] == [one.get("message") for one in root.iter("skipped")]


def test_cases_are_selected_by_their_ids(book: Path) -> None:
    """`-k` takes a part of an id or a pattern, more than once; what fits nothing is a mistake."""
    assert "1 cases passed, 0 failed" in run("test", ".", "-k", "lat", cwd=book).stdout
    assert "2 cases passed, 0 failed" in run("test", ".", "-k", "lat", "-k", "e*y", cwd=book).stdout
    none = run("test", ".", "-k", "lite", cwd=book)
    assert 2 == none.returncode
    assert "no case has an id with `lite`; did you mean `late`?" in none.stderr


def test_a_book_without_cases_is_no_success(book: Path) -> None:
    """Nothing that was run cannot have passed: the message says how to get cases."""
    (book / "book.cases.yaml").unlink()
    (book / "more.cases.yaml").unlink()
    done = run("test", "book.yaml", cwd=book)

    assert 2 == done.returncode
    assert "relmaint cases book.yaml --suggest" in done.stderr


def test_a_file_of_cases_in_no_books_folder_says_what_to_do(book: Path) -> None:
    """The message shows how to name both."""
    (book / "mine").mkdir()
    (book / "book.yaml").rename(book / "mine" / "book.yaml")
    (book / "else").mkdir()
    (book / "book.cases.yaml").rename(book / "else" / "x.cases.yaml")
    lost = run("test", "else/x.cases.yaml", cwd=book)

    assert 2 == lost.returncode
    assert "--cases else/x.cases.yaml" in lost.stderr
    assert 0 == run("test", "mine", "--cases", "else/x.cases.yaml", cwd=book).returncode


def test_a_mistake_in_a_file_keeps_the_cases_from_running(book: Path) -> None:
    """A case that cannot be read could hide a failure, so nothing runs."""
    (book / "more.cases.yaml").write_text(MORE.replace("never", "nevr"), encoding="utf-8")
    done = run("test", ".", cwd=book)

    assert (2, "") == (done.returncode, done.stdout)
    assert "`nevr` is not a key of `expect`" in done.stderr


def test_the_coverage_is_of_what_a_plan_shows(book: Path, golden: Callable[[str, str], None]) -> None:
    """What no passing case shows is listed with its place and a case that does; pasted, the case covers it."""
    (book / "more.cases.yaml").unlink()
    done = run("test", ".", "--show-missing", cwd=book)
    golden("cli/test-coverage.txt", done.stdout)

    told = json.loads(run("test", ".", "--show-missing", "--format", "json", cwd=book).stdout)
    (missing,) = told["coverage"]["missing"]
    (book / "new.cases.yaml").write_text(missing["case"], encoding="utf-8")
    assert 100 == json.loads(run("test", ".", "--coverage", "--format", "json", cwd=book).stdout)["coverage"]["percent"]


def test_a_low_coverage_fails(book: Path) -> None:
    """With `--fail-under` less leaves with 1; what goes to a file still says why on the standard error."""
    (book / "more.cases.yaml").unlink()
    low = run("test", ".", "--fail-under", "90", "--format", "json", "-o", "out.json", cwd=book)

    assert 1 == low.returncode
    assert low.stderr.startswith("coverage 85.7 %: 2 of 3 statements")
    assert 0 == run("test", ".", "--fail-under", "85", cwd=book).returncode


def test_only_cases_that_pass_cover(book: Path) -> None:
    """A failing case may stand where it likes: it shows nothing."""
    (book / "book.cases.yaml").write_text(CASES.replace("plans: [notice, offer]", "never: [notice]"), encoding="utf-8")
    (book / "more.cases.yaml").unlink()
    told = json.loads(run("test", ".", "--coverage", "--format", "json", cwd=book).stdout)

    assert 0 == told["coverage"]["statement"]["covered"]


def test_accepting_rewrites_what_failed(book: Path) -> None:
    """The failing case expects what is planned, its comment stays, and the difference is shown; then it passes."""
    done = run("test", ".", "--accept", cwd=book)

    assert 1 == done.returncode  # the case with an unknown action is left
    assert "-    expect: {plans: [notice, offer], status: planned}   # keep this\n" in done.stdout
    assert "+    expect: {status: empty, never: [notice, offer]}   # keep this\n" in done.stdout
    assert "1 cases accepted, 1 left, 3 were as expected\n" == done.stdout.splitlines(keepends=True)[-1]
    assert "`strange`: the book has no action `ofer`; this cannot be accepted" in done.stderr
    assert CASES == (book / "book.cases.yaml").read_text(encoding="utf-8")
    assert 0 == run("test", ".", "-k", "unasked", cwd=book).returncode


def test_accepting_can_be_limited(book: Path) -> None:
    """With `-k` the other cases are left as they are."""
    run("test", ".", "--accept", "-k", "late", cwd=book)

    assert MORE == (book / "more.cases.yaml").read_text(encoding="utf-8")


def test_what_is_no_longer_pending_is_accepted(book: Path) -> None:
    """A pending case that passes fails, says what to do, and loses its `todo` when it is accepted."""
    (book / "more.cases.yaml").write_text(MORE.replace("plans: offer", "never: offer"), encoding="utf-8")
    done = run("test", ".", "-k", "letter", cwd=book)
    assert 1 == done.returncode
    assert "the case passes, and is no longer pending: remove `todo`" in done.stdout

    run("test", ".", "-k", "letter", "--accept", cwd=book)
    assert "todo" not in (book / "more.cases.yaml").read_text(encoding="utf-8")
    assert 0 == run("test", ".", "-k", "letter", cwd=book).returncode


def test_the_shipped_book_passes() -> None:
    """Without a book the cases of the shipped one run, and pass."""
    done = run("test")

    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.endswith(" cases passed, 0 failed\n")
