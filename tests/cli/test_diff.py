"""Does `relmaint diff` say exactly whose plan a change changes?"""

from __future__ import annotations

import json
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.cli.terminal import run

OLD = """book: {name: b, version: 1.0.0, covers: []}
actions:
  call: {kind: care, nature: service, title: {zh: 电话, en: call}, precedence: care, owner: desk}
  note: {kind: care, nature: internal, title: {zh: 记录, en: note}, precedence: care}
rules:
  - {id: old, when: age >= 65, do: call}
  - {id: all, do: note}
"""
NEW = OLD.replace("age >= 65", "age >= 60")
POPULATION = """- {id: A, birth_date: 1964-01-15, tier: key}
- {id: B, birth_date: 1984-01-15, tier: key}
"""


@pytest.fixture
def books(tmp_path: Path) -> tuple[str, str]:
    """Write the two books."""
    for name, text in (("old.yaml", OLD), ("new.yaml", NEW), ("people.yaml", POPULATION)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml")


def test_the_customers_whose_plans_change_are_named(books: tuple[str, str]) -> None:
    """One region, in the words of the language, with what its customers gain, and one of them."""
    ran = run("diff", *books)

    assert (ran.returncode, ran.stderr) == (1, "")
    assert ran.stdout.splitlines()[1:] == [
        "",
        "age in [60..65)",
        "  gains `call`",
        "  for example {birth_date: 1966-01-15}",
        "    before: note",
        "    after:  call, note",
    ]


def test_a_book_in_another_order_is_equivalent(books: tuple[str, str], tmp_path: Path) -> None:
    """Where no plan changes the exit code is 0."""
    other = tmp_path / "other.yaml"
    lines = OLD.splitlines()
    other.write_text("\n".join([*lines[:-2], lines[-1], lines[-2]]), encoding="utf-8")
    ran = run("diff", books[0], str(other))

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.endswith("the books are equivalent: every possible customer has the same plan in both\n")


def test_the_affected_customers_of_a_file_are_counted(books: tuple[str, str], tmp_path: Path) -> None:
    """Whose plan changes among the customers of a file, by tier, and the workload by owner before and after."""
    ran = run(
        "diff", *books, "--population", str(tmp_path / "people.yaml"), "--as-of", "2026-03-02", "--format", "json"
    )

    assert json.loads(ran.stdout)["population"] == {
        "customers": 2,
        "refused": 0,
        "affected": ["A"],
        "by": {"tier": {"key": 1}, "preference": {"unknown": 1}, "habit": {"unknown": 1}, "branch": {"unknown": 1}},
        "workload": {"desk": {"before": 0, "after": 1}, "nobody": {"before": 2, "after": 2}},
    }


def test_a_revision_of_git_can_be_compared(books: tuple[str, str], tmp_path: Path) -> None:
    """A book as of a revision is read from there, and an unknown revision is refused in a sentence."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for arguments in (["init", "-q"], ["add", "old.yaml"], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *arguments], cwd=tmp_path, check=True)
    (tmp_path / "old.yaml").write_text(NEW, encoding="utf-8")
    ran = run("diff", "HEAD:old.yaml", "old.yaml", cwd=tmp_path)
    missing = run("diff", "nowhere:old.yaml", "old.yaml", cwd=tmp_path)

    assert (ran.returncode, ran.stdout.splitlines()[2]) == (1, "age in [60..65)")
    assert missing.returncode == 2
    assert "cannot read `old.yaml` of the revision `nowhere`" in missing.stderr


def test_a_review_reads_it_as_a_table(books: tuple[str, str]) -> None:
    """The Markdown form is one table row for each region."""
    ran = run("diff", *books, "--format", "markdown")

    assert "| `age in [60..65)` | gains `call` | `{birth_date: 1966-01-15}` |" in ran.stdout.splitlines()


class _Page(HTMLParser):
    """Reads a page: its elements are closed in order, and what its articles, rows and links hold."""

    VOID = ("meta", "br")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.told: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        self.told.setdefault(tag, []).append("")
        self.ids += [str(found["id"])] if "id" in found else []
        self.links += [str(found["href"])] if tag == "a" else []
        self.loaded += [tag] if {"src", "srcset", "data"} & set(found) or tag in ("link", "script", "img") else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.told[tag][-1] += data


@pytest.mark.parametrize(
    ("language", "words", "said", "plans"),
    [
        ("en", "age at least 60 and below 65", "gains “call”", ["note note", "call callnewnote note"]),
        ("zh", "年龄不低于 60 且低于 65", "新增「电话」", ["记录 note", "电话 call新增记录 note"]),
    ],
)
def test_a_review_opens_as_one_page(
    books: tuple[str, str], tmp_path: Path, language: str, words: str, said: str, plans: list[str]
) -> None:
    """One file that loads nothing: the region in words, what changes, both plans side by side, who is affected."""
    out = tmp_path / "review.html"
    ran = run(
        *("--lang", language, "diff", *books, "--format", "html", "-o", out),
        *("--population", str(tmp_path / "people.yaml"), "--as-of", "2026-03-02"),
    )

    page = _Page(out.read_text(encoding="utf-8"))
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", "")
    assert page.loaded == []
    assert len(page.ids) == len(set(page.ids))
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert page.told["h3"][-1].split("\n") == [f"1. {words}", "↑"]
    assert page.told["li"][0] == said
    assert [cell.replace("\n", "") for cell in page.told["td"][-2:]] == plans
    assert "age in [60..65)" in page.told["article"][0]
    assert page.told["details"][0].replace("\n", "").endswith("A")


def test_a_page_shows_every_kind_of_change(tmp_path: Path) -> None:
    """An action that goes, one by another owner and one that moved are told and marked, and so are changed texts."""
    old = OLD.replace("rules:", "guards:\n  - {id: g, when: tier = key, route: {action: call}, to: desk}\nrules:")
    old = old.replace("owner: desk", "owner: teller").replace("- {id: all, do: note}", "- {id: all, do: [note, more]}")
    old = old.replace(
        "  note:", "  more: {kind: care, nature: internal, title: {zh: 更多, en: more}, precedence: care}\n  note:"
    )
    new = (
        old.replace("to: desk", "to: branch")
        .replace("en: note}", "en: file note}")
        .replace(
            "- {id: all, do: [note, more]}",
            "- {id: all, do: note}\n  - {id: most, when: age < 65, do: more}\n  - {id: up, do: [], boost: {note: 9}}",
        )
    )
    for name, text in (("old.yaml", old), ("new.yaml", new.replace(", do: []", ""))):
        (tmp_path / name).write_text(text, encoding="utf-8")

    page = _Page(run("diff", tmp_path / "old.yaml", tmp_path / "new.yaml", "--format", "html").stdout)

    told = set(page.told["li"])
    assert {"loses “more”", "“call”: owner desk becomes branch", "“file note” now ranks above “more”"} <= told
    assert "call callchanged" in told
    assert "more moregone" in told
    assert "file note" in page.told["ul"][-1]


def test_a_page_of_equivalent_books_says_so(books: tuple[str, str]) -> None:
    """Where no plan changes there is no region, and the page says why there is none."""
    ran = run("diff", books[0], books[0], "--format", "html")

    page = _Page(ran.stdout)
    assert ran.returncode == 0
    assert "every possible customer has the same plan in both" in page.told["p"][0]
    assert "article" not in page.told


def test_no_text_of_a_book_can_break_the_page(tmp_path: Path) -> None:
    """Texts, names and values are shown as they are, never read as HTML."""
    nasty = "<script>alert(1)</script>&amp;\"'"
    for name, age in (("<i>old.yaml", 65), ("new.yaml", 60)):
        text = f"""book: {{name: "<b>", version: "<u>", title: {{zh: "<em>", en: "<em>"}}, covers: []}}
actions:
  call:
    kind: care
    nature: service
    title: {{zh: 电话, en: {json.dumps(nasty)}}}
    precedence: care
    owner: desk{age}
terms:
  owner: {{desk65: {{zh: 甲, en: "<s>"}}, desk60: {{zh: 甲, en: "<q>"}}}}
rules:
  - {{id: old, when: 'age >= {age} and branch = "</td><img src=x>"', do: call}}
"""
        (tmp_path / name).write_text(text, encoding="utf-8")
    people = tmp_path / "people.yaml"
    people.write_text("- {id: <h6>, birth_date: 1950-01-15, branch: '</td><img src=x>'}\n", encoding="utf-8")

    ran = run("diff", "<i>old.yaml", "new.yaml", "--format", "html", "--population", "people.yaml", cwd=tmp_path)

    page = _Page(ran.stdout)
    assert page.loaded == []
    assert not {"i", "b", "u", "em", "script", "s", "q", "img", "h6"} & set(page.told)
    for shown in (nasty, "<i>old.yaml", "<b> <u>", "<s>", "</td><img src=x>", "<h6>"):
        assert shown in page.told["body"][0]
