"""How are the files of two edits of a book put together, so that they load as the book that holds both edits?

Part by part: what only one side touched stands as that side wrote it, comments included, in the file where that side
has it. What both touched is written anew where it has to be, with the comments of both. What is written is loaded and
compared with the book that it should be, so that no text can say something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from relmaint.diagnostics import Diagnostic, Severity
from relmaint.errors import RuleBookError
from relmaint.ir.order import united, woven
from relmaint.ir.rules import DEFAULT_PRECEDENCE, RuleBook
from relmaint.rulebook.canonical import canonical
from relmaint.rulebook.dressing import bare, dressed, either_lines, with_comments_above
from relmaint.rulebook.layout import Comments, Entries, Entry, Item, Items, Layout, Word, show
from relmaint.rulebook.load import check_rule_book
from relmaint.rulebook.parts import (
    OUTSIDE,
    STATEMENTS,
    Files,
    Key,
    Part,
    group_of,
    is_group,
    is_list,
    named_in,
    own_keys,
    part_at,
    parts_of,
    subtree,
)
from relmaint.rulebook.write import format_text, layout_of

__all__ = ["OutsideError", "Written", "values_of", "write_merged"]

_ROUNDS = 8
"""How often what was written is loaded and written anew where it says something else; twice is usual."""


class OutsideError(Exception):
    """A part of the merged book belongs in a file that is included from outside the folder of the book."""

    def __init__(self, keys: Iterable[Key]) -> None:
        """Keep which parts."""
        self.keys = tuple(sorted(keys))
        super().__init__(f"{self.keys} stand outside of the folder")


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Args:
        files: the text of each file of the book by its name; a book of one file has one that is called "".
        anew: the parts that neither side wrote so.
    """

    files: Mapping[str, str]
    anew: tuple[Key, ...]


def write_merged(
    target: Path,
    book: RuleBook,
    sides: tuple[Files, Files, Files],
    *,
    markers: Mapping[Key, Sequence[str]] | None = None,
) -> Written:
    """Write the files of two edits so that `target` loads as the merged book.

    Args:
        target: an empty folder to fill, or the file to write.
        book: the merged book.
        sides: the files of the book before, of ours and of theirs.
        markers: comments to put above some parts.

    Raises:
        OutsideError: what has to change stands in an included file outside the folder.
        RuleBookError: what was written does not load.
    """
    anew: set[Key] = set()
    for _ in range(_ROUNDS):
        files = dict(_Joining(book, sides, markers or {}, anew).files())
        _fill(target, files)
        loaded = check_rule_book(target, customer=book.vocabulary.model or _shipped_model())
        wrong = _unequal(loaded.book, book) if loaded.book is not None else set(_broken(loaded.diagnostics, target))
        if not wrong and loaded.book is not None:
            return Written(files, tuple(sorted(anew)))
        if wrong <= anew:
            outside = {key for key in wrong if OUTSIDE in {side.homes.get(key) for side in sides}}
            if outside:
                raise OutsideError(outside)
            if loaded.book is None:
                raise RuleBookError(loaded.diagnostics)
            break
        anew |= wrong
    raise AssertionError(f"the merged book cannot be written as it is; please report this: {sorted(anew)}")


def _shipped_model() -> type:
    from relmaint.model.customer import Customer

    return Customer


def _fill(target: Path, files: Mapping[str, str]) -> None:
    """Write the files of a book, and take away those of a former round."""
    if "" in files:
        target.write_text(files[""], encoding="utf-8", newline="")
        return
    for old in [path for path in target.rglob("*") if path.is_file()]:
        old.unlink()
    for name, text in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")


def _broken(findings: Iterable[Diagnostic], target: Path) -> Iterator[Key]:
    for finding in findings:
        if finding.severity is Severity.ERROR:
            key = part_at(finding.span, target)
            if key is not None:
                yield key


Value = TypeVar("Value")


def _unequal(one: RuleBook, other: RuleBook) -> set[Key]:
    """Return the parts in which two books differ."""
    left, right = (dict(values_of(book)) for book in (one, other))
    return {key for key in left.keys() | right.keys() if left.get(key) != right.get(key)}


def values_of(book: RuleBook) -> Iterator[tuple[Key, object]]:
    """Yield what each part of a book says; two books are equal when all their parts are."""
    yield ("book",), (book.name, book.version, book.title, book.covers)
    yield ("ranking",), book.precedence
    for group, words in book.terms.items():
        yield ("terms", group), "a group"
        yield from ((("terms", group, word), label) for word, label in words.items())
    yield from ((("actions", name), action) for name, action in book.actions.items())
    for section, (_, field) in STATEMENTS.items():
        yield from (((section, one.id), one) for one in getattr(book, field))
    yield from ((("checks", "severity", name), severity) for name, severity in book.checks.severities.items())
    yield from ((("checks", "except", one.check, one.at), one) for one in book.checks.exempt)


class _Joining:
    """Puts the files of two edits together once."""

    def __init__(
        self,
        book: RuleBook,
        sides: tuple[Files, Files, Files],
        markers: Mapping[Key, Sequence[str]],
        anew: set[Key],
    ) -> None:
        self.book, self.sides, self.markers, self.anew = book, sides, markers, anew
        self.written = dict(parts_of(layout_of(book), ""))
        self.homes = {key: self.home(key) for key in self.kept()}
        self.names = [name for name in {**sides[1].trees, **sides[2].trees} if name != OUTSIDE]

    # What there is, and where

    def kept(self) -> Iterator[Key]:
        """Yield the parts of the merged book, those included that a book in memory does not know."""
        yield from self.written
        yield from (("terms", group) for group, words in self.book.terms.items() if not words)
        base, ours, theirs = (side.homes for side in self.sides)
        for key in sorted({*ours, *theirs} - self.written.keys()):
            of_a_file = key[0] in ("include", "book") or (key == ("ranking",) and self._is_default())
            stays = (key in theirs) if (key in ours) == (key in base) else (key in ours)
            if of_a_file and stays:
                yield key

    def _is_default(self) -> bool:
        return self.book.precedence == DEFAULT_PRECEDENCE and ("ranking",) not in self.anew

    def home(self, key: Key) -> str:
        """Return the file that a part stands in: where ours has it, unless only theirs moved it."""
        base, ours, theirs = (self._home_of(side, key) for side in self.sides)
        if ours is None:
            return theirs if theirs is not None else self.default_home(key)
        return theirs if theirs is not None and ours == base else ours

    @staticmethod
    def _home_of(side: Files, key: Key) -> str | None:
        if is_group(key):
            return next((name for name, tree in side.trees.items() if subtree(tree, key) is not None), None)
        return side.homes.get(key)

    def default_home(self, key: Key) -> str:
        """Return the file for a part that neither side has: that of the last part of its group, else of the header."""
        group = group_of(key)
        near = [home for other, home in self.sides[1].homes.items() if group_of(other) == group and home != OUTSIDE]
        return near[-1] if near else self.sides[1].homes[("book",)]

    # Files

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield the name and the text of each file that holds something."""
        for name in self.names:
            tree = self.group((), name)
            if tree is not None:
                headers = [side.headers.get(name, ()) for side in self.sides]
                text = show(canonical(tree, self.book.vocabulary), header=either_lines(*headers))
                # What stands above and beside a part may find another place when it is read again.
                yield name, format_text(text, name, self.book.vocabulary)[0]

    def group(self, key: Key, file: str) -> Layout | None:
        """Return what a group holds in a file; nothing when it holds nothing there."""
        trees = [subtree(side.trees[file], key) if file in side.trees else None for side in self.sides]
        orders = [
            [one for one, _ in named_in(tree, key, file, own_keys(included=file in side.included))]
            for tree, side in zip(trees, self.sides, strict=True)
        ]
        wanted = self.children(key, file)
        order = woven(orders, wanted)
        order += [one for one in sorted(wanted) if one not in order]
        parts = [self.child(one, file) for one in order]
        ends = [tree.end if isinstance(tree, Items | Entries) else () for tree in trees]
        if not parts and not (key in self.homes and self.homes[key] == file):
            return None
        end = either_lines(*ends)
        if is_list(key):
            return Items(tuple(part for part in parts if isinstance(part, Item)), end=end)
        return Entries(tuple(part for part in parts if isinstance(part, Entry)), end=end)

    def children(self, group: Key, file: str) -> set[Key]:
        """Return the parts and the groups that stand directly in a group, in one file."""
        found = set()
        for key, home in self.homes.items():
            if home == file:
                one = key
                while one and group_of(one) != group:
                    one = group_of(one)
                found.update([one] if one else [])
        return found

    def child(self, key: Key, file: str) -> Part:
        if not is_group(key):
            return self.part(key)
        value = self.group(key, file)
        assert value is not None  # INVARIANT: a group is asked for when something stands in it
        entries = [_entry_of(side.trees.get(file), key) for side in self.sides]
        found = dressed(Entry(Word(key[-1]), Word("")), *(_emptied(entry) for entry in entries))
        return replace(found, value=value)

    def part(self, key: Key) -> Part:
        """Return a part with its comments."""
        base, ours, theirs = (side.parts.get(key) for side in self.sides)
        found = self.chosen(key, base, ours, theirs)
        return with_comments_above(found, self.markers.get(key, ()))

    def chosen(self, key: Key, base: Part | None, ours: Part | None, theirs: Part | None) -> Part:
        written = self.written.get(key)
        if written is not None and (key in self.anew or (ours is None and theirs is None)):
            return dressed(written, base, ours, theirs)
        if ours is None or theirs is None:
            found = theirs if ours is None else ours
            assert found is not None  # INVARIANT: what neither side has is written from the book
            return found
        if theirs in (ours, base):
            return ours
        if ours == base:
            return theirs
        return self.both(key, base, ours, theirs)

    def both(self, key: Key, base: Part | None, ours: Part, theirs: Part) -> Part:
        """Return a part that both sides changed."""
        before, mine, other = (None if one is None else bare(one.value) for one in (base, ours, theirs))
        written = self.written.get(key)
        if key[0] == "include":
            words = united(_listed(before), _listed(mine), _listed(other))
            value: Layout = Items(tuple(Item(Word(word)) for word in words))
        elif other in (mine, before):
            value = mine  # type: ignore[assignment]  # ours is there
        elif mine == before or written is None:
            value = other  # type: ignore[assignment]  # theirs is there
        else:
            value = written.value
        plain = replace(ours, value=value, comments=Comments())
        return dressed(plain, base, ours, theirs)


def _entry_of(tree: Layout | None, key: Key) -> Entry | None:
    """Return the entry of a group in a file."""
    above = None if tree is None else subtree(tree, group_of(key))
    if not isinstance(above, Entries):
        return None
    return next((entry for entry in above.entries if entry.key.text == key[-1]), None)


def _emptied(entry: Entry | None) -> Entry | None:
    return None if entry is None else replace(entry, value=Word(""))


def _listed(layout: Layout | None) -> list[str]:
    """Return the words of one word or of a list."""
    match layout:
        case Word(text):
            return [text]
        case Items(items):
            return [item.value.text for item in items if isinstance(item.value, Word)]
        case _:
            return []
