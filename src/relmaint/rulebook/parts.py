"""Of which parts is a file of a rule book made that people change apart from each other, and where do they stand?

A part is a statement, an action, a word of `terms:`, the header and so on. Its key names it wherever it stands:
`("rules", "deposit/1")`, `("terms", "owner", "teller")`, `("checks", "except", "gap", "care")`. Parts with parts of
their own are groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from os.path import abspath, relpath
from pathlib import Path, PurePath
from typing import TypeAlias

from relmaint.diagnostics import Span
from relmaint.rulebook import nodes
from relmaint.rulebook.canonical import canonical
from relmaint.rulebook.comments import annotated
from relmaint.rulebook.files import read_files
from relmaint.rulebook.layout import Entries, Entry, Item, Items, Layout, Word
from relmaint.rulebook.nodes import Node
from relmaint.vocabulary import Vocabulary

__all__ = [
    "OUTSIDE",
    "Files",
    "Key",
    "Part",
    "group_of",
    "is_group",
    "is_list",
    "named_in",
    "own_keys",
    "part_at",
    "parts_of",
    "read_parts",
    "subtree",
]

Key: TypeAlias = tuple[str, ...]
"""What names a part of a book."""

Part: TypeAlias = Item | Entry

OUTSIDE = ".."
"""The name of all files together that do not stand in the folder of the book, but are included."""

STATEMENTS = {
    "rules": ("rule", "rules"),
    "tables": ("table", "tables"),
    "guards": ("guard", "guards"),
    "assume": ("assumption", "assumptions"),
    "invariants": ("invariant", "invariants"),
}
"""For each list of statements, what one is called, and the field of a book that holds them."""

_LISTS = frozenset({("rules",), ("tables",), ("guards",), ("assume",), ("invariants",), ("checks", "except")})
_GROUPS = _LISTS | {("actions",), ("terms",), ("checks",), ("checks", "severity")}


def is_group(key: Key) -> bool:
    """Whether a part is a group: the file itself, a section with statements, a group of terms."""
    return not key or key in _GROUPS or (len(key) == 2 and key[0] == "terms")


def is_list(key: Key) -> bool:
    """Whether a group is a list, and no mapping."""
    return key in _LISTS


def group_of(key: Key) -> Key:
    """Return the group that a part belongs to.

    >>> group_of(("checks", "except", "gap", "care")), group_of(("include", "book.yaml"))
    (('checks', 'except'), ())
    """
    if key[0] in ("include", "book"):
        return ()
    return key[:2] if key[:2] == ("checks", "except") and len(key) > 2 else key[:-1]


def role_of(key: Key) -> tuple[str, str]:
    """Return what a part is called, and its own name."""
    if key[0] in STATEMENTS:
        return STATEMENTS[key[0]][0], key[-1]
    match key:
        case ("actions", name):
            return "action", name
        case ("terms", *words):
            return "term", "/".join(words)
        case ("checks", "except", check, at):
            return "exception", f"{check} at {at}"
        case ("checks", "severity", name):
            return "severity", name
        case ("include", name):
            return "include", name
        case _:
            return key[0], ""


@dataclass(slots=True)
class Files:
    """The files of one book, part by part.

    Args:
        headers: for each file of the book its comments at the top; a book of one file has one that is called "".
        trees: for each of these files its whole content in canonical form.
        included: those of them that another one includes; their headers are not that of the book.
        homes: for each part the file that it stands in, or `OUTSIDE`.
        parts: each part in canonical form, with its comments; those outside are left out.
        places: where each part was read.
        keys: where each key of a part was read, when the part is a mapping.
    """

    headers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    trees: dict[str, Layout] = field(default_factory=dict)
    included: set[str] = field(default_factory=set)
    homes: dict[Key, str] = field(default_factory=dict)
    parts: dict[Key, Part] = field(default_factory=dict)
    places: dict[Key, Span] = field(default_factory=dict)
    keys: dict[tuple[Key, str], Span] = field(default_factory=dict)


def read_parts(path: Path, vocabulary: Vocabulary) -> Files:
    """Read the parts of a book that loads without an error."""
    found = Files()
    for file in read_files(path)[0]:
        name = _name(path, file.source.path)
        own = own_keys(included=file.included)
        for key, node, value in _parts_of_node(file.root, name, own):
            found.places[key] = node.span
            found.homes[key] = name
            if isinstance(value, nodes.Mapping):
                found.keys.update(((key, one.text), one.span) for one, _ in value.entries)
        if name != OUTSIDE:
            found.headers[name], layout = annotated(file.source.text, file.root)
            found.trees[name] = canonical(layout, vocabulary)
            found.included.update([name] if file.included else [])
            found.parts.update(parts_of(found.trees[name], name, own))
    return found


def own_keys(*, included: bool) -> tuple[str, ...]:
    """Return the keys of a file that say something of this file, and not of the whole book."""
    return ("include", "book") if included else ("include",)


def _name(root: Path, file: str) -> str:
    """Return how a file is called within its book."""
    if not root.is_dir():
        return "" if abspath(file) == abspath(root) else OUTSIDE  # noqa: PTH100  # links stay
    within = PurePath(relpath(file, root)).as_posix()
    return OUTSIDE if within.startswith("../") else within


# Layouts


def parts_of(tree: Layout, file: str, own: Iterable[str] = ()) -> Iterator[tuple[Key, Part]]:
    """Yield every part of the content of a file that is no group.

    Args:
        tree: the content of the file.
        file: its name, which stands in the keys of what belongs to the file alone.
        own: the keys of what belongs to the file alone.
    """
    waiting: list[tuple[Key, Layout]] = [((), tree)]
    while waiting:
        group, layout = waiting.pop()
        for key, part in named_in(layout, group, file, own):
            if is_group(key):
                waiting.append((key, part.value))
            else:
                yield key, part


def named_in(tree: Layout | None, group: Key, file: str, own: Iterable[str] = ()) -> Iterator[tuple[Key, Part]]:
    """Yield what stands directly in a group, with its key; see `parts_of`."""
    match tree:
        case Entries(entries):
            yield from ((_key(group, entry.key.text, file, own), entry) for entry in entries)
        case Items(items):
            for item in items:
                said = item.value.entries if isinstance(item.value, Entries) else ()
                words = {one.key.text: one.value.text for one in said if isinstance(one.value, Word)}
                yield (*group, *_id_of(words, group)), item
        case _:
            return


def _key(group: Key, name: str, file: str, own: Iterable[str]) -> Key:
    return (name, file) if not group and name in own else (*group, name)


def _id_of(words: Mapping[str, str], group: Key) -> Key:
    wanted = ("check", "at") if group == ("checks", "except") else ("id",)
    return tuple(words.get(name, "") for name in wanted)


def subtree(tree: Layout | None, key: Key) -> Layout | None:
    """Return what a group holds in a file; `None` when the file does not have it."""
    for name in key:
        if not isinstance(tree, Entries):
            return None
        tree = next((entry.value for entry in tree.entries if entry.key.text == name), None)
    return tree


# Nodes


def _parts_of_node(root: Node, file: str, own: Iterable[str]) -> Iterator[tuple[Key, Node, Node]]:
    """Yield every part of a file that is no group, as it was read: its key or its id, and its value."""
    waiting: list[tuple[Key, Node]] = [((), root)]
    while waiting:
        group, node = waiting.pop()
        match node:
            case nodes.Mapping(pairs):
                for name, value in pairs:
                    key = _key(group, name.text, file, own)
                    if is_group(key):
                        waiting.append((key, value))
                    else:
                        yield key, name, value
            case nodes.Sequence(items):
                for item in items:
                    said = item.entries if isinstance(item, nodes.Mapping) else []
                    found = {name.text: value for name, value in said if isinstance(value, nodes.Scalar)}
                    words = {name: value.text for name, value in found.items()}
                    yield (*group, *_id_of(words, group)), found.get("id", item), item
            case _:
                continue


def part_at(span: Span | None, path: Path) -> Key | None:
    """Return the part of the book at `path` in which a place lies; `None` when it lies in none."""
    best: tuple[int, Key] | None = None
    for file in read_files(path)[0] if span is not None else ():
        if span is not None and file.source.path == span.path:
            for key, node, _ in _parts_of_node(file.root, _name(path, span.path), own_keys(included=file.included)):
                if node.span.line <= span.line and (best is None or best[0] < node.span.line):
                    best = node.span.line, key
    return None if best is None else best[1]
