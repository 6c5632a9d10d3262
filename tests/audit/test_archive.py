"""Does an archived book stay what it was, and is it noticed when it does not?"""

from __future__ import annotations

import dataclasses
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings

from relmaint.audit import Archive
from relmaint.errors import ArchiveError
from relmaint.ir.canonical import digest
from relmaint.ir.rules import RuleBook
from relmaint.rulebook.load import load_rule_book
from relmaint.testing import rule_books
from relmaint.vocabulary import Vocabulary
from tests.audit.frozen import FrozenCustomer
from tests.models import SmallCustomer

MEANING = load_rule_book(Path(__file__).parent / "data" / "meaning.yaml", customer=FrozenCustomer)


@given(rule_books(SmallCustomer))
@settings(max_examples=60)
def test_an_archived_book_is_read_back(tmp_path_factory: pytest.TempPathFactory, book: RuleBook) -> None:
    """Whatever the book, the archive gives back an equal one, and `sha256sum` can check its content."""
    archive = Archive(tmp_path_factory.mktemp("archive"))

    entry, is_new = archive.add(book)

    assert is_new
    assert book == archive.load(digest(book), SmallCustomer)
    assert entry.digest == hashlib.sha256((entry.path / "content.json").read_bytes()).hexdigest()
    assert [] == list(archive.problems(SmallCustomer))


def test_archiving_twice_changes_nothing(tmp_path: Path) -> None:
    """The second time the book is there already."""
    archive = Archive(tmp_path / "deep" / "archive")
    first = archive.add(MEANING)
    before = {path: path.stat().st_mtime_ns for path in archive.folder.rglob("*")}

    second = archive.add(MEANING)

    assert (first[0], False) == second
    assert before == {path: path.stat().st_mtime_ns for path in archive.folder.rglob("*")}


def test_a_book_with_a_gap_between_edits_is_two_books(tmp_path: Path) -> None:
    """Another version is another digest; both are listed by name and version."""
    archive = Archive(tmp_path)
    archive.add(dataclasses.replace(MEANING, version="2"))
    archive.add(MEANING)

    assert [("meaning", "1.0.0"), ("meaning", "2")] == [(one.name, one.version) for one in archive]
    assert digest(MEANING) in archive
    assert "x" not in archive
    assert 7 not in archive


def test_many_at_once_archive_one_book(tmp_path: Path) -> None:
    """Several programs that archive the same book at the same time leave one whole entry, and nothing else."""
    archive = Archive(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        entries = {one.digest for one, _ in pool.map(lambda _: archive.add(MEANING), range(8))}

    assert {digest(MEANING)} == entries
    assert [digest(MEANING)] == [path.name for path in tmp_path.iterdir()]
    assert [] == list(archive.problems(FrozenCustomer))


def test_what_fails_halfway_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry appears with all its files, or not at all."""
    archive = Archive(tmp_path)

    def full(_self: Path, _goal: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", full)
        with pytest.raises(OSError, match="No space left"):
            archive.add(MEANING)

    assert [] == list(tmp_path.iterdir())


def test_files_are_not_writable(tmp_path: Path) -> None:
    """Nobody changes an archived book by mistake."""
    entry, _ = Archive(tmp_path).add(MEANING)

    assert {0o444} == {path.stat().st_mode & 0o777 for path in entry.path.iterdir()}


@pytest.mark.parametrize(
    ("name", "old", "new", "why"),
    [
        ("content.json", "meaning", "meanings", "its `content.json` does not hash to its name"),
        ("book.yaml", "base: 60", "base: 61", "its `book.yaml` is not what its `content.json` says"),
        ("book.yaml", "actions:", "acts:", "cannot be read: "),
    ],
)
def test_a_damaged_entry_is_noticed(tmp_path: Path, name: str, old: str, new: str, why: str) -> None:
    """One changed character, in either file, is told by verifying, by loading, and by archiving again."""
    archive = Archive(tmp_path)
    entry, _ = archive.add(MEANING)
    path = entry.path / name
    path.chmod(0o644)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    (problem,) = archive.problems(FrozenCustomer)

    assert why in problem
    with pytest.raises(ArchiveError):
        archive.load(entry.digest, FrozenCustomer)
    with pytest.raises(ArchiveError):
        archive.add(MEANING)


@pytest.mark.parametrize("name", ["content.json", "book.yaml"])
def test_a_missing_file_is_noticed(tmp_path: Path, name: str) -> None:
    """An entry of which a file is gone is damaged."""
    archive = Archive(tmp_path)
    entry, _ = archive.add(MEANING)
    (entry.path / name).unlink()

    assert 1 == len(list(archive.problems(FrozenCustomer)))


def test_a_folder_under_another_name_is_noticed(tmp_path: Path) -> None:
    """An entry that was moved to another digest is not what its name says."""
    archive = Archive(tmp_path)
    entry, _ = archive.add(MEANING)
    entry.path.rename(tmp_path / ("0" * 64))

    assert ["does not hash to its name" in one for one in archive.problems(FrozenCustomer)] == [True]


def test_an_archive_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    """A misspelt folder is not an empty archive."""
    with pytest.raises(ArchiveError, match="there is no archive"):
        list(Archive(tmp_path / "nowhere"))


def test_a_book_without_a_model_cannot_be_archived(tmp_path: Path) -> None:
    """Nobody could read it back."""
    bare = dataclasses.replace(MEANING, vocabulary=Vocabulary(MEANING.vocabulary.attributes))

    with pytest.raises(ArchiveError, match="was not loaded for a customer model"):
        Archive(tmp_path).add(bare)
