"""Are lines broken where a reader of Chinese or English expects it?"""

from __future__ import annotations

from relmaint.explain.layout import as_written, cells, padded, wrapped


def lay(*pieces: str, width: int | None, indent: int = 2) -> list[str]:
    """Lay out pieces without any colour."""
    return wrapped([(piece, "") for piece in pieces], indent=indent, width=width, paint=as_written).split("\n")


def test_english_breaks_at_spaces_and_continues_indented() -> None:
    """A line ends before the word that does not fit, without a space, and the next starts at the indent."""
    assert lay("one two three four", width=9) == ["one two", "  three", "  four"]


def test_chinese_breaks_between_characters_but_never_before_a_comma() -> None:
    """Chinese needs no spaces; punctuation stays with the character before it, an opening bracket with the next."""
    assert lay("存款到期，请来（电话）", width=9) == ["存款到", "  期，请", "  来（电", "  话）"]


def test_without_a_width_there_is_one_line() -> None:
    """In a pipe nothing is broken."""
    assert lay("one two", " three", width=None) == ["one two three"]


def test_a_word_wider_than_the_line_stands_alone() -> None:
    """What cannot be broken is not broken, and never loops."""
    assert lay("ab very-long-word c", width=6) == ["ab", "  very-long-word", "  c"]


def test_cells_count_chinese_twice_and_combining_marks_not_at_all() -> None:
    """The width is that of a terminal."""
    assert (cells("存款 a"), cells("e\u0301"), padded("存", 4)) == (6, 1, "存  ")
