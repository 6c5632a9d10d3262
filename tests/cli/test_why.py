"""Does `relmaint why` say the least that would change a plan?"""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.terminal import run

ROOT = Path(__file__).parents[2]
XU = str(ROOT / "examples" / "mr-xu.yaml")


def test_the_least_change_stands_below_the_explanation() -> None:
    """The account of the action comes first, then the attributes to change."""
    ran = run("why", XU, "--as-of", "2026-03-02", "--action", "key-d1-quarterly-review")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines()[-2:] == [
        "the least that brings `key-d1-quarterly-review` into the plan is 1 changed attribute:",
        "  tier = key",
    ]


def test_the_document_says_what_is_proven() -> None:
    """The JSON form holds the changes and whether fewer were excluded."""
    ran = run("why", XU, "--as-of", "2026-03-02", "--action", "key-d1-quarterly-review", "--format", "json")
    document = json.loads(ran.stdout)

    assert document["planned"] is False
    assert document["smaller_proven"] is True
    assert document["changes"][0]["to"] == {"tier": "tier = key"}


def test_an_action_that_is_not_in_the_book_is_guessed_at() -> None:
    """A misspelt action ends with exit code 2 and a guess."""
    ran = run("why", XU, "--as-of", "2026-03-02", "--action", "key-d1-quarterly-revue")

    assert ran.returncode == 2
    assert "did you mean `key-d1-quarterly-review`?" in ran.stderr


def test_near_misses_are_listed() -> None:
    """Without an action, every action is listed that one changed attribute brings in."""
    ran = run("why", XU, "--as-of", "2026-03-02")

    assert ran.returncode == 0
    assert "bal-s0-watch                  preference = balanced" in ran.stdout.splitlines()
