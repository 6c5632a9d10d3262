"""Does `relmaint merge` merge two edits of a book, say what is in conflict, and write what it says?"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from relmaint import load_rule_book
from relmaint.cli.case_files import merged_cases
from relmaint.cli.folders import put_folder, side_of, staging
from tests.cli.terminal import run

BASE = """# The small book.

book: {name: small, version: 1.0.0, covers: []}

actions:
  call: {kind: care, nature: service, title: {zh: 电话, en: Call}, precedence: care}
  note: {kind: care, nature: internal, title: {zh: 记录, en: Note}, precedence: care}
  visit: {kind: care, nature: care, channel: visit, title: {zh: 走访, en: Visit}, precedence: care}

rules:
  # The elderly like to be called.
  - {id: elderly, when: age >= 65, do: call}
  - {id: everybody, do: note}
  - {id: loyal, when: tier = key, do: visit}

guards:
  - {id: consent, when: marketing_consent is false, withhold: {nature: care}}
"""
EARLIER = ("age >= 65", "age >= 60")
ENDING = ("age >= 65", "age >= 65 and age < 90")
YOUNG = ("- {id: everybody", "- {id: young, when: age < 20, do: visit}  # since May\n  - {id: everybody")
ASKED = ("marketing_consent is false", "marketing_consent is not true")
REMARK = ("# The elderly like to be called.", "# The elderly like to be called, but not the oldest.")


def with_(*changes: tuple[str, str]) -> str:
    """Return the small book with pieces of its text exchanged."""
    text = BASE
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a book, two edits that go together, and two that do not."""
    texts = {
        "base": BASE,
        "ours": with_(EARLIER, YOUNG),
        "theirs": with_(ENDING, REMARK, ("en: Note", "en: File note")),
        "clashing": with_(EARLIER, ("en: Call", "en: Ring")),
        "ringing": with_(ASKED, ("en: Call", "en: Phone")),
        "asking": with_(ASKED),
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def files_in(folder: Path) -> dict[str, str]:
    """Return the text of every file below a folder."""
    return {name: path.read_text(encoding="utf-8") for name, path in side_of(folder).items()}


def write(folder: Path, **files: str | None) -> Path:
    """Write files below a folder, `__` for a slash and `_` for a full stop in their names."""
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            path.write_text(text, encoding="utf-8")
    return folder


# One file ------------------------------------------------------------------------------------------------------------


def test_two_edits_become_one_canonical_file(folder: Path, golden: Callable[[str, str], None]) -> None:
    """Both edits are in the file, with the comments of both; a condition that both edited answers as both want."""
    ran = run("merge", "base.yaml", "ours.yaml", "theirs.yaml", "-o", "merged.yaml", cwd=folder)
    checked = run("fmt", "--check", "merged.yaml", cwd=folder)

    assert (0, "") == (ran.returncode, ran.stderr)
    assert 0 == checked.returncode
    golden("cli/merge-clean.txt", ran.stdout)
    golden("cli/merge-clean.yaml", (folder / "merged.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("format_", ["text", "markdown"])
def test_what_is_in_conflict_is_told(
    folder: Path, golden: Callable[[str, str], None], language: str, format_: str
) -> None:
    """Edits that undo each other: the customers in words, one of them with all four plans, and the edits' places."""
    ran = run("--lang", language, "merge", "base.yaml", "ours.yaml", "asking.yaml", "--format", format_, cwd=folder)

    assert (1, "") == (ran.returncode, ran.stderr)
    golden(f"cli/merge-contested.{language}.{format_}", ran.stdout)


def test_clashes_are_told_with_both_places(folder: Path, golden: Callable[[str, str], None]) -> None:
    """A title that both word anew is named with file, line and column of both sides, and nothing is written."""
    ran = run("merge", "base.yaml", "clashing.yaml", "ringing.yaml", "-o", "merged.yaml", cwd=folder)

    assert (1, "") == (ran.returncode, ran.stderr)
    assert not (folder / "merged.yaml").exists()
    golden("cli/merge-clash.txt", ran.stdout)


def test_a_draft_marks_what_is_in_conflict(folder: Path, golden: Callable[[str, str], None]) -> None:
    """With --draft the agreed part is written: clashes as OURS has them, below a comment with what THEIRS has."""
    ran = run("merge", "base.yaml", "clashing.yaml", "ringing.yaml", "-o", "draft.yaml", "--draft", cwd=folder)
    checked = run("check", "draft.yaml", cwd=folder)

    assert (1, "") == (ran.returncode, ran.stderr)
    assert ran.stdout.endswith("a draft is written to draft.yaml; look for `# conflict` in it\n")
    assert 0 == checked.returncode
    golden("cli/merge-draft.yaml", (folder / "draft.yaml").read_text(encoding="utf-8"))


def test_a_draft_marks_the_edits_that_customers_in_conflict_hang_on(folder: Path) -> None:
    """Above each statement that speaks of such a customer stands who they are, and what each side wants of them."""
    run("merge", "base.yaml", "ours.yaml", "asking.yaml", "-o", "draft.yaml", "--draft", cwd=folder)

    lines = (folder / "draft.yaml").read_text(encoding="utf-8").splitlines()
    marked = [
        number for number, line in enumerate(lines) if line.startswith("  # conflict: for customers with age < 20")
    ]
    assert ["  # since May", "  - id: consent"] == [lines[number + 1] for number in marked]
    assert lines[marked[0]].endswith(": ours gains “Visit”; theirs leaves the plans as they are")


def test_a_removal_against_a_change_keeps_the_changed_statement_in_a_draft(folder: Path) -> None:
    """What one side removes and the other changes is told with the place before, and stays in a draft."""
    removed = BASE.replace("  - {id: loyal, when: tier = key, do: visit}\n", "")
    (folder / "removed.yaml").write_text(removed, encoding="utf-8")
    (folder / "changed.yaml").write_text(with_(("tier = key", "tier = exit")), encoding="utf-8")
    ran = run("merge", "base.yaml", "removed.yaml", "changed.yaml", "-o", "draft.yaml", "--draft", cwd=folder)

    assert "error[merge-conflict]: rule `loyal`: we remove it, they change it" in ran.stdout.splitlines()
    assert "--> changed.yaml:14:10" in ran.stdout
    assert "note: before" in ran.stdout.splitlines()
    assert (
        "  # conflict: rule `loyal`: we remove it, they change it; this is what theirs has\n  - id: loyal\n"
        "    when: tier = exit\n"
    ) in (folder / "draft.yaml").read_text(encoding="utf-8")


def test_what_one_side_removes_and_the_other_uses_is_there_in_a_draft(folder: Path) -> None:
    """An action that ours removes and a new rule of theirs proposes is a clash, and is put back in a draft."""
    without = with_(
        ("  visit: {kind: care, nature: care, channel: visit, title: {zh: 走访, en: Visit}, precedence: care}\n", ""),
        ("  - {id: loyal, when: tier = key, do: visit}\n", ""),
    )
    (folder / "without.yaml").write_text(without, encoding="utf-8")
    (folder / "more.yaml").write_text(with_(YOUNG), encoding="utf-8")
    ran = run("merge", "base.yaml", "without.yaml", "more.yaml", "-o", "draft.yaml", "--draft", cwd=folder)

    assert "it speaks of the action `visit`, which the other side removes" in ran.stdout
    assert 0 == run("check", "draft.yaml", cwd=folder).returncode


def test_rows_that_overlap_once_both_are_made_are_a_clash(tmp_path: Path) -> None:
    """What the loader refuses in the merged book is a clash of the statement, and a draft keeps ours."""
    table = """tables:
  - id: size
    hit: unique
    inputs: [age]
    outputs: [do]
    rows:
      - ["< 20", note]
      - [">= 65", call]
"""
    texts = {
        "base": BASE + table,
        "ours": BASE + table.replace('"< 20"', '"< 50"'),
        "theirs": BASE + table.replace('">= 65"', '">= 40"'),
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    ran = run("merge", "base.yaml", "ours.yaml", "theirs.yaml", "-o", "draft.yaml", "--draft", cwd=tmp_path)

    assert 1 == ran.returncode
    assert "once both edits are made" in ran.stdout
    assert "ours.yaml:" in ran.stdout
    assert "theirs.yaml:" in ran.stdout
    draft = (tmp_path / "draft.yaml").read_text(encoding="utf-8")
    assert "[< 50, note]" in draft
    assert '[">= 65", call]' in draft
    assert "size" == load_rule_book(tmp_path / "draft.yaml").tables[0].id


def test_a_row_that_both_change_is_told_at_the_row(tmp_path: Path) -> None:
    """The place of a clash in a row is the row, also when the table has a key of the same name."""
    table = """tables:
  - id: size
    hit: first
    inputs: [age]
    outputs: [do]
    because: {zh: 表, en: the table}
    rows:
      - {age: ">= 65", do: call, because: {zh: 行, en: the row}}
"""
    for name, said in (("base", "the row"), ("ours", "our row"), ("theirs", "their row")):
        (tmp_path / f"{name}.yaml").write_text(BASE + table.replace("the row", said), encoding="utf-8")
    ran = run("merge", "base.yaml", "ours.yaml", "theirs.yaml", cwd=tmp_path)

    assert 1 == ran.returncode
    assert "error[merge-conflict]: row `size#1`: both change `because`" in ran.stdout.splitlines()
    assert "  --> ours.yaml:25:9" in ran.stdout.splitlines()
    assert "  --> theirs.yaml:25:9" in ran.stdout.splitlines()


def test_the_document_holds_all_that_is_told(folder: Path) -> None:
    """The JSON form: clashes as diagnostics, customers as conditions, both changes, plans, and every edit."""
    clash = json.loads(
        run("merge", "base.yaml", "clashing.yaml", "ringing.yaml", "--format", "json", cwd=folder).stdout
    )
    contested = json.loads(run("merge", "base.yaml", "ours.yaml", "asking.yaml", "--format", "json", cwd=folder).stdout)

    assert (clash["merged"], clash["clean"], clash["written"]) == (None, False, None)
    (finding,) = clash["clashes"]
    assert finding["code"] == "merge-conflict"
    assert [finding["span"]["path"], finding["related"][0]["span"]["path"]] == ["clashing.yaml", "ringing.yaml"]
    assert {"role": "guard", "id": "consent", "ours": None, "theirs": "changed"} in clash["edits"]
    (region,) = contested["contested"]
    assert region["why"] == "interaction"
    assert region["when"].startswith("age < 20 and marketing_consent is unknown")
    assert (region["ours"]["gained"], region["theirs"]["gained"], region["found"]["lost"]) == (["visit"], [], ["visit"])
    assert region["example"] == {
        "customer": "{birth_date: 2026-01-15}",
        "before": ["note"],
        "ours": ["note", "visit"],
        "theirs": ["note"],
        "merged": ["note"],
    }
    assert {"side": "ours", "role": "rule", "id": "young", "place": "ours.yaml:13:10"} in region["edits"]


def test_a_merge_with_itself_is_itself(folder: Path) -> None:
    """Two equal edits, or an edit and none, give that edit."""
    for ours, theirs in (("ours", "ours"), ("ours", "base"), ("base", "ours")):
        ran = run("merge", "base.yaml", f"{ours}.yaml", f"{theirs}.yaml", "-o", "merged.yaml", "--force", cwd=folder)
        compared = run("diff", "ours.yaml", "merged.yaml", cwd=folder)

        assert (0, 0) == (ran.returncode, compared.returncode)
    nothing = run("merge", "base.yaml", "base.yaml", "base.yaml", cwd=folder)
    assert "Neither side edits anything." in nothing.stdout


# Folders -------------------------------------------------------------------------------------------------------------

HEAD, _, REST = BASE.partition("actions:")
ACTIONS, _, RULES = f"actions:{REST}".partition("rules:")
RULES = f"rules:{RULES}"


def test_statements_stay_in_their_files(tmp_path: Path) -> None:
    """What is new stands in the file where its side has it; a file that one side renamed is renamed."""
    base = write(tmp_path / "base", book_yaml=HEAD, actions_yaml=ACTIONS, rules_yaml=RULES)
    ours = write(tmp_path / "ours", book_yaml=HEAD, catalogue_yaml=ACTIONS, rules_yaml=RULES.replace(*EARLIER))
    new = "# New rules.\n\nrules:\n  # for the young\n  - {id: young, when: age < 20, do: note}\n"
    theirs = write(tmp_path / "theirs", book_yaml=HEAD, actions_yaml=ACTIONS, rules_yaml=RULES, more__young_yaml=new)
    ran = run("merge", base, ours, theirs, "-o", tmp_path / "merged")

    assert (0, "") == (ran.returncode, ran.stderr)
    files = files_in(tmp_path / "merged")
    assert sorted(files) == ["book.yaml", "catalogue.yaml", "more/young.yaml", "rules.yaml"]
    assert files["book.yaml"].startswith("# The small book.\n\nbook:\n")
    assert files["more/young.yaml"].startswith("# New rules.\n\nrules:\n  # for the young\n  - id: young\n")
    assert "when: age >= 60" in files["rules.yaml"]


def test_other_files_are_merged_by_their_content(tmp_path: Path) -> None:
    """A text that one side changed is taken over, cases are merged one by one, and hidden files are left out."""
    cases = "cases:\n  - {id: a, as_of: 2026-03-02, customer: {tier: key}, expect: {plans: [note]}}\n"
    one = "  - {id: b, as_of: 2026-03-02, customer: {tier: exit}, expect: {plans: [note]}}\n"
    other = "  # theirs\n  - {id: c, as_of: 2026-03-02, customer: {tier: ordinary}, expect: {plans: [note]}}\n"
    base = write(tmp_path / "base", book_yaml=BASE, README_md="old\n", gone_txt="x\n", x_cases_yaml=cases)
    ours = write(
        tmp_path / "ours", book_yaml=with_(EARLIER), README_md="old\n", gone_txt="x\n", x_cases_yaml=cases + one
    )
    theirs = write(tmp_path / "theirs", book_yaml=BASE, README_md="new\n", _hidden="x", x_cases_yaml=cases + other)
    ran = run("merge", base, ours, theirs, "-o", tmp_path / "merged")

    files = files_in(tmp_path / "merged")
    assert sorted(files) == ["README.md", "book.yaml", "x.cases.yaml"]
    assert (files["README.md"], files["x.cases.yaml"]) == ("new\n", cases + one + other)
    assert [
        "Other files of the folder:",
        "  README.md: changed",
        "  gone.txt: removed",
        "  x.cases.yaml: put together from both",
    ] == ran.stdout.splitlines()[5:9]
    assert 0 == run("test", tmp_path / "merged").returncode


def test_other_files_that_both_change_are_a_conflict(tmp_path: Path) -> None:
    """A README that both change is named, nothing is written, and a draft keeps ours."""
    base = write(tmp_path / "base", book_yaml=BASE, README_md="old\n")
    ours = write(tmp_path / "ours", book_yaml=with_(EARLIER), README_md="ours\n")
    theirs = write(tmp_path / "theirs", book_yaml=BASE, README_md="theirs\n")
    ran = run("merge", base, ours, theirs, "-o", tmp_path / "merged")
    draft = run("merge", base, ours, theirs, "-o", tmp_path / "draft", "--draft")

    assert (1, 1) == (ran.returncode, draft.returncode)
    assert "error[merge-conflict]: file `README.md`: both change it" in ran.stdout.splitlines()
    assert not (tmp_path / "merged").exists()
    assert files_in(tmp_path / "draft")["README.md"] == "ours\n"


def test_an_existing_folder_is_changed_in_place(tmp_path: Path) -> None:
    """OURS itself may be the output; what stands in none of the versions is left alone."""
    base = write(tmp_path / "base", book_yaml=HEAD, actions_yaml=ACTIONS, old__rules_yaml=RULES)
    ours = write(tmp_path / "ours", book_yaml=HEAD, actions_yaml=ACTIONS, old__rules_yaml=RULES, notes_txt="mine\n")
    write(ours, _git__config="kept")
    theirs = write(tmp_path / "theirs", book_yaml=HEAD, actions_yaml=ACTIONS, rules_yaml=RULES.replace(*ENDING))
    ran = run("merge", base, ours, theirs, "-o", ours)

    assert (0, "") == (ran.returncode, ran.stderr)
    assert sorted(files_in(ours)) == ["actions.yaml", "book.yaml", "notes.txt", "rules.yaml"]
    assert (ours / ".git" / "config").read_text(encoding="utf-8") == "kept"
    assert not (ours / "old").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["base", "ours", "theirs"]


def test_nothing_is_written_over_that_stands_in_no_version(tmp_path: Path) -> None:
    """A file that somebody else changed stops the command, unless --force lets it write over it."""
    base = write(tmp_path / "base", book_yaml=HEAD, rules_yaml=ACTIONS + RULES)
    theirs = write(tmp_path / "theirs", book_yaml=HEAD, rules_yaml=(ACTIONS + RULES).replace(*ENDING))
    output = write(tmp_path / "out", book_yaml=HEAD, rules_yaml="edited by hand\n", more_yaml="rules: []\n")
    before = files_in(output)
    refused = run("merge", base, base, theirs, "-o", output)

    assert 2 == refused.returncode
    assert "write over it with --force" in refused.stderr
    assert files_in(output) == before
    assert 0 == run("merge", base, base, theirs, "-o", output, "--force").returncode
    assert sorted(files_in(output)) == ["book.yaml", "rules.yaml"]
    assert 0 == run("diff", output, theirs).returncode


def test_a_folder_is_never_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a step of putting in place fails, every step before it is taken back."""
    target = write(tmp_path / "target", a_yaml="1\n", b_yaml="1\n", c_yaml="1\n", gone_yaml="1\n")
    known = side_of(write(tmp_path / "known", a_yaml="1\n", b_yaml="1\n", c_yaml="1\n", gone_yaml="1\n"))
    rename = Path.rename

    def failing(self: Path, other: Path) -> Path:
        if other == target / "c.yaml" and self.read_text() == "2\n":
            raise OSError(28, "No space left on device", str(other))
        return rename(self, other)

    with staging(target, is_folder=True) as staged:
        write(staged, a_yaml="2\n", b_yaml="2\n", c_yaml="2\n", new_yaml="2\n")
        monkeypatch.setattr(Path, "rename", failing)
        with pytest.raises(OSError, match="No space"):
            put_folder(staged, target, (known,), (), force=False)

    assert files_in(target) == {"a.yaml": "1\n", "b.yaml": "1\n", "c.yaml": "1\n", "gone.yaml": "1\n"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["known", "target"]


def test_what_stands_outside_of_the_folder_cannot_be_merged_there(tmp_path: Path) -> None:
    """A change to an included book beside the folder is told, and the file that it stands in is named."""
    for name, text in (("one", RULES), ("two", RULES.replace(*ENDING))):
        write(tmp_path / name / "office", actions_yaml=ACTIONS, rules_yaml=text)
        write(tmp_path / name / "branch", book_yaml=f"{HEAD}include: ../office\n")
    base, theirs = tmp_path / "one" / "branch", tmp_path / "two" / "branch"
    ran = run("merge", base, base, theirs, "-o", tmp_path / "one" / "merged")

    assert 2 == ran.returncode
    assert "rule `elderly` stands in" in ran.stderr
    assert "office/rules.yaml" in ran.stderr
    assert not (tmp_path / "one" / "merged").exists()
    assert 0 == run("merge", base, base, base, "-o", tmp_path / "one" / "merged").returncode


# Git -----------------------------------------------------------------------------------------------------------------


def git(folder: Path, *arguments: str) -> None:
    """Run git with a name and no settings of this machine."""
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"]
    subprocess.run([*command, *arguments], cwd=folder, check=True, capture_output=True)


def test_branches_of_git_are_merged(tmp_path: Path) -> None:
    """All three may be revisions; places are named as the revision and the path."""
    git(tmp_path, "init", "-q")
    write(tmp_path, rules__book_yaml=BASE)
    git(tmp_path, "add", "rules")
    git(tmp_path, "commit", "-q", "-m", "first")
    for branch, change in (
        ("earlier", with_(EARLIER)),
        ("asking", with_(ASKED)),
        ("ringing", with_(ASKED, ("en: Call", "en: Ring"))),
        ("phoning", with_(("en: Call", "en: Phone"))),
    ):
        git(tmp_path, "checkout", "-q", "-b", branch, "main")
        write(tmp_path, rules__book_yaml=change)
        git(tmp_path, "commit", "-q", "-a", "-m", branch)
    clean = run("merge", "main:rules", "earlier:rules", "asking:rules", "-o", "merged", cwd=tmp_path)
    clash = run("merge", "main:rules", "ringing:rules", "phoning:rules", cwd=tmp_path)

    assert (0, "") == (clean.returncode, clean.stderr)
    text = (tmp_path / "merged" / "book.yaml").read_text(encoding="utf-8")
    assert "when: age >= 60" in text
    assert "when: marketing_consent is not true" in text
    assert 1 == clash.returncode
    assert " --> ringing:rules/book.yaml:6:39" in clash.stdout.splitlines()
    assert " --> phoning:rules/book.yaml:6:39" in clash.stdout.splitlines()


def test_errors_in_a_revision_are_told_by_its_name(tmp_path: Path) -> None:
    """A book with an error in a revision is named by the revision and the path."""
    git(tmp_path, "init", "-q")
    write(tmp_path, book_yaml=BASE.replace("tier = key", "teir = key"))
    git(tmp_path, "add", "book.yaml")
    git(tmp_path, "commit", "-q", "-m", "first")
    ran = run("merge", "HEAD:book.yaml", "book.yaml", "book.yaml", cwd=tmp_path)

    assert 2 == ran.returncode
    assert "--> HEAD:book.yaml:14:" in ran.stderr


def test_a_merge_driver_of_git_merges_a_book_of_one_file(tmp_path: Path) -> None:
    """As a merge driver the command writes over OURS when all is clean, and leaves a conflict to git otherwise."""
    git(tmp_path, "init", "-q")
    write(tmp_path, book_yaml=BASE)
    (tmp_path / ".gitattributes").write_text("book.yaml merge=relmaint\n", encoding="utf-8")
    script = tmp_path / "merge.sh"
    arguments = run("--version", cwd=tmp_path).args[:3]
    script.write_text(f'#!/bin/sh\nexec {" ".join(arguments)} merge "$1" "$2" "$3" -o "$2"\n', encoding="utf-8")
    script.chmod(0o755)
    git(tmp_path, "config", "merge.relmaint.driver", f"{script} %O %A %B")
    git(tmp_path, "add", "book.yaml", ".gitattributes")
    git(tmp_path, "commit", "-q", "-m", "first")
    for branch, change in (("earlier", with_(EARLIER)), ("ending", with_(ENDING))):
        git(tmp_path, "checkout", "-q", "-b", branch, "main")
        write(tmp_path, book_yaml=change)
        git(tmp_path, "commit", "-q", "-a", "-m", branch)
    git(tmp_path, "merge", "-q", "-m", "both", "earlier")

    assert "when: age in [60..90)" in (tmp_path / "book.yaml").read_text(encoding="utf-8")


# What cannot run -----------------------------------------------------------------------------------------------------


def test_what_cannot_run_says_why(folder: Path) -> None:
    """A draft without a place, a file against a folder, and a book that is not there leave with exit code 2."""
    (folder / "tree").mkdir()
    (folder / "tree" / "book.yaml").write_text(BASE, encoding="utf-8")
    draft = run("merge", "base.yaml", "ours.yaml", "theirs.yaml", "--draft", cwd=folder)
    mixed = run("merge", "base.yaml", "ours.yaml", "tree", "-o", "merged.yaml", cwd=folder)
    nowhere = run("merge", "base.yaml", "ours.yaml", "nowhere.yaml", cwd=folder)
    lost = run("merge", "base.yaml", "ours.yaml", "theirs.yaml", "-o", "no/merged.yaml", cwd=folder)
    onto = run("merge", "base.yaml", "ours.yaml", "theirs.yaml", "-o", "tree", cwd=folder)

    assert [2] * 5 == [one.returncode for one in (draft, mixed, nowhere, lost, onto)]
    assert "say with -o where" in draft.stderr
    assert "one of the two edits is a folder" in mixed.stderr
    assert "cannot-read" in nowhere.stderr
    assert "`no/merged.yaml`" in lost.stderr
    assert "`tree` is a folder" in onto.stderr
    assert 0 == run("merge", "base.yaml", "ours.yaml", "tree", cwd=folder).returncode


# Cases ---------------------------------------------------------------------------------------------------------------


def case(name: str, plans: str = "note", comment: str = "") -> str:
    """Return the text of one case."""
    return f"{comment}  - id: {name}\n    expect: {{plans: [{plans}]}}\n\n"


@pytest.mark.parametrize(
    ("ours", "theirs", "expected", "clashing"),
    [
        ([case("a"), case("b"), case("x")], [case("a"), case("b"), case("y")], "abxy", ()),
        ([case("a")], [case("a"), case("b")], "a", ()),
        ([case("a"), case("b", "call")], [case("a", "call"), case("b")], "ab", ()),
        ([case("a"), case("b", "call")], [case("a"), case("b", "visit")], "ab", ("b",)),
        ([case("a")], [case("a"), case("b", "call")], "ab", ("b",)),
        ([case("a", comment="  # one\n"), case("b")], [case("b"), case("a")], "ba", ()),
    ],
)
def test_cases_are_merged_by_their_ids(
    ours: list[str], theirs: list[str], expected: str, clashing: tuple[str, ...]
) -> None:
    """What one side adds is there, what it removes is gone, and a case that both change is named."""
    head = "# About the book.\ncases:\n"
    base = head + case("a") + case("b")
    found = merged_cases(base, head + "".join(ours), head + "".join(theirs))

    assert found is not None
    text, told = found
    assert told == clashing
    assert [line[8:] for line in text.splitlines() if line.startswith("  - id: ")] == list(expected)
    assert text.startswith(head)


def test_cases_that_cannot_be_told_apart_are_not_merged() -> None:
    """A list between brackets, two cases of one id, and a text that is no YAML are left to a person."""
    good = "cases:\n" + case("a")
    for text in ("cases: [{id: a}]\n", good + case("a"), "cases: [\n", "other:\n" + case("a")):
        assert merged_cases(good, good, text) is None
