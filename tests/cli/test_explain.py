"""Does `relmaint explain` account for every action, with the values read and the places of the rules?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from tests.cli.terminal import DAY, run

C1 = ("customers.yaml", "--book", "book.yaml", "--as-of", DAY, "--customer", "C1")


def without_digest(text: str) -> str:
    """Hide the digest of the book, which changes with every change of its canonical form."""
    return re.sub(r"\b[0-9a-f]{12}\b", "…", text)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_explanation_is_text_in_the_language_asked_for(language: str, golden: Callable[[str, str], None]) -> None:
    """Planned, withheld and not proposed, each with its rules, comparisons, values, places and score."""
    done = run("--lang", language, "explain", *C1)

    golden(f"cli/explain.{language}.txt", without_digest(done.stdout))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("customer", "action", "day"),
    [
        ("C1", "maturity-notice", "2026-03-10"),
        ("C1", "birthday-text", "2026-03-04"),
        ("C1", "product-offer", "2026-03-04"),
        ("C2", "maturity-notice", "2026-03-04"),
        ("C2", "new-assessment", "2026-03-04"),
        ("C4", "check-in", "2026-03-04"),
    ],
)
def test_one_action_is_explained_in_full(
    customer: str, action: str, day: str, language: str, golden: Callable[[str, str], None]
) -> None:
    """Only the account of the action that is asked for: planned, merged, held, not proposed, or overridden."""
    asked = ("customers.yaml", "--book", "book.yaml", "--customer", customer, "--action", action)

    done = run("--lang", language, "explain", *asked, "--as-of", day)

    golden(f"cli/explain-{customer}-{action}.{language}.txt", without_digest(done.stdout))
    assert (done.returncode, done.stderr) == (0, "")


def test_the_score_is_broken_down() -> None:
    """The base and every boost add up to the score, each with the rule that gives it."""
    done = run("explain", *C1, "--action", "maturity-notice", "--as-of", "2026-03-10")

    assert "score: 60 base + 10 deposit/maturity-soon = 70" in done.stdout


def test_json_accounts_for_every_action_once() -> None:
    """The JSON document holds each action of the catalogue exactly once."""
    document = json.loads(run("explain", *C1, "--format", "json").stdout)

    named = [account["action"] for account in document["accounts"]]
    assert len(named) == len(set(named)) == 10
    assert (document["format_version"], document["customer"], document["as_of"]) == (1, "C1", DAY)


def test_json_of_one_action_holds_only_that() -> None:
    """`--action` narrows the JSON document too."""
    document = json.loads(run("explain", *C1, "--format", "json", "--action", "rate-sheet").stdout)

    assert [account["action"] for account in document["accounts"]] == ["rate-sheet"]


def test_the_customer_need_not_be_named_when_there_is_one() -> None:
    """A file that holds one customer needs no `--customer`."""
    done = run("explain", "-", "--book", "book.yaml", stdin='{"id": "only"}')

    assert (done.returncode, done.stdout.splitlines()[0][:4]) == (0, "only")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("customers.yaml", "--book", "book.yaml"), "does not hold exactly one customer"),
        ((*C1, "--action", "maturity-notce"), "did you mean `maturity-notice`?"),
        (("nothing.yaml", "--book", "book.yaml"), "no such file or directory"),
        (("customers.yaml", "--book", "broken.yaml", "--customer", "C1"), "unknown-attribute"),
    ],
)
def test_what_cannot_run_says_why(arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2, and a sentence on the standard error."""
    done = run("explain", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
