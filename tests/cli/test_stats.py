"""Does `relmaint stats` tell what the plans of a customer base come to?"""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.cli.terminal import DAY, run
from tests.conftest import Golden

BOOK = """book: {name: small, version: 1.0.0, covers: [daily, care]}
actions:
  call: {kind: care, nature: care, title: {zh: 电话, en: call}, precedence: care, owner: desk, channel: [phone]}
  note: {kind: daily, nature: internal, title: {zh: 记录 & 归档, en: note & file}, precedence: care}
  gift: {kind: care, nature: care, title: {zh: 礼物, en: gift}, precedence: care}
rules:
  - {id: key, when: tier = key, do: [call, note]}
  - {id: exit, when: tier = exit, do: call}
  - {id: never, when: age > 120, do: gift}
guards:
  - {id: quiet, when: do_not_contact is true, withhold: {action: call}}
"""
CUSTOMERS = """id,tier,habit,do_not_contact,branch
A,key,price,false,B1
B,key,price,true,B1
C,exit,,true,B2
D,ordinary,quality,false,B2
E,kez,,,B2
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the plans of five customers, of whom one is rejected."""
    path = tmp_path_factory.mktemp("stats")
    (path / "book.yaml").write_text(BOOK, encoding="utf-8")
    (path / "c.csv").write_text(CUSTOMERS, encoding="utf-8")
    done = run("plan", "c.csv", "--book", "book.yaml", "--as-of", DAY, "-o", "plans.parquet", cwd=path)
    assert done.returncode == 1, done.stderr
    return path


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_tables_are_as_reviewed(folder: Path, golden: Golden, language: str) -> None:
    """Every table, in both languages."""
    done = run("--lang", language, "stats", "plans.parquet", "--book", "book.yaml", cwd=folder)

    assert (done.returncode, done.stderr) == (0, "")
    golden(f"cli/stats.{language}.txt", done.stdout)


def test_json_holds_every_count(folder: Path) -> None:
    """The document says how the plans came out, what was withheld, and what did nothing."""
    done = run("stats", "plans.parquet", "--book", "book.yaml", "--format", "json", cwd=folder)
    told = json.loads(done.stdout)

    assert (4, 1, 4) == (told["customers"], told["rejected"], told["plans"])
    assert {"planned": 2, "empty": 1, "uncovered": 1} == told["status"]
    assert [("note", 2, 0), ("call", 1, 2)] == [
        (one["action"], one["customers"], one["withheld"]) for one in told["by_action"]
    ]
    assert [{"stage": "guard", "rule": "quiet", "customers": 1}] == told["empty"]["by_rule"]
    assert ["D"] == [one["example"] for one in told["uncovered"]["by_combination"]]
    assert {"rules": ["never"], "rows": [], "guards": []} == told["matched_nobody"]
    assert [{"action": "gift", "withheld": 0}] == told["never_planned"]
    assert {"daily": 2, "care": 1} == {kind: told["by_kind"][kind]["not_proposed"] for kind in ("daily", "care")}


class _Page(HTMLParser):
    """Collects what a page refers to, the text on it, and whether its tags are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.references: list[str] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.references += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_page_opens_without_a_network(folder: Path) -> None:
    """One page with charts, whose tags close, which refers to nothing outside and says the same numbers."""
    done = run("stats", "plans.parquet", "--book", "book.yaml", "--format", "html", "-o", "stats.html", cwd=folder)
    text = (folder / "stats.html").read_text(encoding="utf-8")
    page = _Page(text)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert page.open == []
    assert page.references == []
    assert "url(" not in text
    assert "note & file " in page.words
    assert text.count("<svg") >= 8
    assert "1 customers: quiet at the stage guard" in page.words


def test_another_book_is_refused(folder: Path) -> None:
    """The shipped book did not make these plans; the message says how to name the one that did."""
    done = run("stats", "plans.parquet", cwd=folder)

    assert (done.returncode, done.stdout) == (2, "")
    assert "made by the book small 1.0.0" in done.stderr
    assert "--book" in done.stderr
