"""Does `relmaint matrix` show an analyst what each combination can get?"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.cli.terminal import run


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_text_counts_every_cell(language: str, golden: Callable[[str, str], None]) -> None:
    """One table a tier: how many standing and triggered actions of each kind each combination has."""
    done = run("--lang", language, "matrix", "book.yaml")

    golden(f"cli/matrix.{language}.txt", done.stdout)
    assert (done.returncode, done.stderr) == (0, "")


def test_one_cell_lists_its_actions(golden: Callable[[str, str], None]) -> None:
    """`--cell` names one word of each axis, in any order."""
    done = run("matrix", "book.yaml", "--cell", "key, relationship, deposit")

    golden("cli/matrix-cell.txt", done.stdout)
    assert done.returncode == 0


def test_the_csv_has_every_action_of_every_cell() -> None:
    """One row a cell and action, with what it hangs on; all 60 combinations are there."""
    rows = list(csv.DictReader(io.StringIO(run("matrix", "--format", "csv").stdout)))

    cells = {(row["preference"], row["habit"], row["tier"]) for row in rows}
    keys = [(row["preference"], row["habit"], row["tier"], row["action"]) for row in rows]
    assert len(cells) == 60
    assert len(keys) == len(set(keys))
    assert {row["when"] for row in rows} == {"standing", "triggered", "shared"}
    assert {row["kind"] for row in rows} == {"daily", "special", "care"}


class _Links(HTMLParser):
    """Collects the anchors and the links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a":
            self.links.append(str(found.get("href")))
        self.loaded += [str(found[name]) for name in ("src", "data") if name in found] + [tag] * (
            tag in ("link", "script")
        )


@pytest.mark.parametrize(("language", "title"), [("en", "Deposit maturity notice"), ("zh", "存款到期提醒")])
def test_the_page_stands_alone_and_every_link_leads_somewhere(language: str, title: str, tmp_path: Path) -> None:
    """One file that loads nothing, whose links all lead to an anchor of its own, each anchor once."""
    page = tmp_path / "matrix.html"

    done = run("--lang", language, "matrix", "--format", "html", "-o", page)

    links = _Links()
    text = page.read_text(encoding="utf-8")
    links.feed(text)
    assert (done.returncode, done.stdout) == (0, "")
    assert links.loaded == []
    assert len(links.ids) == len(set(links.ids))
    assert {link.removeprefix("#") for link in links.links} <= set(links.ids)
    assert "deposit-price-key" in links.ids
    assert title in text


def test_a_book_text_cannot_break_the_page(tmp_path: Path) -> None:
    """Texts of a book are shown as they are, never read as HTML."""
    book = tmp_path / "book.yaml"
    book.write_text(
        "book: {name: x, version: 1.0.0, covers: [daily]}\n"
        "actions:\n  call: {kind: daily, nature: service, title: {en: '<script>', zh: '<b>'}, precedence: duty}\n"
        "rules:\n  - {id: a, do: call}\n",
        encoding="utf-8",
    )

    text = run("matrix", book, "--format", "html").stdout

    assert "&lt;script&gt;" in text
    assert "<script" not in text


def test_a_model_without_the_axes_has_one_cell(tmp_path: Path) -> None:
    """A bank's model may have none of the three axes; then there is one cell, for everyone."""
    (tmp_path / "account.py").write_text(
        "from pydantic import BaseModel\n\n\nclass Account(BaseModel):\n    id: str\n    dormant: bool | None = None\n"
    )
    (tmp_path / "book.yaml").write_text(
        "book: {name: x, version: 1.0.0, covers: [daily]}\n"
        "actions:\n  call: {kind: daily, nature: service, title: {en: Call, zh: 电话}, precedence: duty}\n"
        "rules:\n  - {id: a, when: dormant is true, do: call}\n",
        encoding="utf-8",
    )

    asked = ("matrix", "book.yaml", "--customer-model", "account.py:Account")

    assert "daily 0+1" in run(*asked, cwd=tmp_path).stdout
    assert 'id="all"' in run(*asked, "--format", "html", cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing",), "no such file or directory"),
        (("broken.yaml",), "unknown-attribute"),
        (("book.yaml", "--cell", "deposit,key"), "there is no cell `deposit,key`"),
    ],
)
def test_what_cannot_run_says_why(arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2, and a sentence on the standard error."""
    done = run("matrix", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
