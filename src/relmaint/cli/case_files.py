"""How do two edits of one file of cases become one file?

Case by case, by id, as the text stands: what only one side changed is as that side has it.
"""

from __future__ import annotations

from dataclasses import dataclass

from relmaint.diagnostics import Source
from relmaint.ir.order import woven
from relmaint.rulebook.nodes import Mapping, Scalar, Sequence
from relmaint.rulebook.source import compose

__all__ = ["merged_cases"]


@dataclass(frozen=True, slots=True)
class _Cases:
    """A file of cases: the text above the first, and the text of each, with the comments above it, by id."""

    head: str
    cases: dict[str, str]


def merged_cases(base: str, ours: str, theirs: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the merged text, and the cases that both sides changed differently, which are as ours has them.

    `None` when the cases of one of the texts cannot be told apart.
    """
    found = [_split(text) for text in (base, ours, theirs)]
    sides = [one for one in found if one is not None]
    if len(sides) < len(found):
        return None
    kept: dict[str, str] = {}
    clashing: list[str] = []
    for name in dict.fromkeys(name for side in sides for name in side.cases):
        text, is_clear = _picked(*(side.cases.get(name) for side in sides))
        clashing += [] if is_clear else [name]
        if text is not None:
            kept[name] = text
    head, is_clear = _picked(*(side.head for side in sides))
    order = woven([list(side.cases) for side in sides], kept)
    body = "".join(kept[name] for name in order)
    return f"{head}{body}", (*clashing, *(() if is_clear else ("the head of the file",)))


def _picked(base: str | None, ours: str | None, theirs: str | None) -> tuple[str | None, bool]:
    """Return the text that was changed, or ours, and whether that is clear; empty lines around it do not count."""
    before, mine, other = ("" if one is None else one.strip() for one in (base, ours, theirs))
    if other in (mine, before):
        return ours, True
    if mine == before:
        return theirs, True
    return (theirs if ours is None else ours), False


def _split(text: str) -> _Cases | None:
    root, findings = compose(Source("cases", text))
    if findings or not isinstance(root, Mapping) or [key.text for key, _ in root.entries] != ["cases"]:
        return None
    listed = root.entries[0][1]
    if not isinstance(listed, Sequence) or listed.flow or not listed.items:
        return None
    lines = (text if text.endswith("\n") else f"{text}\n").splitlines(keepends=True)
    starts: list[int] = []
    names: list[str] = []
    for item in listed.items:
        said = {key.text: value for key, value in item.entries} if isinstance(item, Mapping) else {}
        name, line = said.get("id"), item.start.line
        if not isinstance(name, Scalar) or not lines[line].lstrip().startswith("- "):
            return None
        while lines[line - 1].strip()[:1] in ("", "#") and line - 1 > root.entries[0][0].start.line:
            line -= 1
        names.append(name.text)
        starts.append(line)
    if len(set(names)) < len(names):
        return None
    blocks = ("".join(lines[start:end]) for start, end in zip(starts, [*starts[1:], len(lines)], strict=True))
    return _Cases("".join(lines[: starts[0]]), dict(zip(names, blocks, strict=True)))
