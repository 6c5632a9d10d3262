"""Does every file of cases find the book whose cases it holds?"""

from __future__ import annotations

from pathlib import Path

import pytest

from relmaint.cases import book_of, find_cases

HEAD = "book: {name: b, version: 1.0.0, covers: []}\n"


def written(folder: Path, **files: str) -> None:
    """Write files by their paths, in which `__` stands for a slash and `_` for a dot."""
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_a_folder_that_is_a_book_has_all_cases_below_it(tmp_path: Path) -> None:
    """Wherever below the folder the cases lie, the book is the folder."""
    written(tmp_path, b__book_yaml=HEAD, b__more__rules_yaml="rules: []\n")
    written(tmp_path, b__a_cases_yaml="", b__cases__c_cases_yml="", b__more__deep__d_cases_yaml="")
    found = find_cases(tmp_path / "b")

    assert 3 == len(found)
    assert {tmp_path / "b"} == {book_of(path) for path in found}


def test_a_book_in_one_file_stands_among_other_files(tmp_path: Path) -> None:
    """When a file beside it is no part of a book, the book is the file; cases beside it and in `cases` are its own."""
    written(tmp_path, book_yaml=HEAD, customers_yaml="customers: []\n", x_cases_yaml="", cases__y_cases_yaml="")
    written(tmp_path, other__z_cases_yaml="")
    book = tmp_path / "book.yaml"

    assert {book} == {book_of(path) for path in find_cases(book)}
    assert book_of(tmp_path / "other" / "z.cases.yaml") is None


def test_of_several_books_the_name_decides(tmp_path: Path) -> None:
    """Two books in one folder each have the cases of their name; a name of neither is nobody's."""
    written(tmp_path, one_yaml=HEAD, two_yaml=HEAD, one_cases_yaml="", cases__two_cases_yaml="", three_cases_yaml="")

    assert tmp_path / "one.yaml" == book_of(tmp_path / "one.cases.yaml")
    assert tmp_path / "two.yaml" == book_of(tmp_path / "cases" / "two.cases.yaml")
    assert book_of(tmp_path / "three.cases.yaml") is None


def test_the_nearest_book_counts(tmp_path: Path) -> None:
    """A book that lies in the folder of another one has its own cases."""
    written(tmp_path, book_yaml=HEAD, own__book_yaml=HEAD, own__cases__a_cases_yaml="")

    assert tmp_path / "own" == book_of(tmp_path / "own" / "cases" / "a.cases.yaml")


def test_a_broken_file_hides_no_book(tmp_path: Path) -> None:
    """A file of the book that cannot be read is for the loader to tell; the book is still found."""
    written(tmp_path, book_yaml=HEAD, rules_yaml="rules: [\n", a_cases_yaml="")

    assert tmp_path == book_of(tmp_path / "a.cases.yaml")


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[2] / "rules").glob("*/book.yaml")), ids=str)
def test_the_shipped_books_are_found(path: Path) -> None:
    """Each shipped case file belongs to the book of its folder."""
    assert {path.parent} == {book_of(case) for case in find_cases(path.parent)}
