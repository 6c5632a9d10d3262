"""In how many ways can the same YAML be written? Rewrites a composed file at random, with or without comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from relmaint.rulebook.keys import SECTIONS
from relmaint.rulebook.nodes import Mapping, Node, Scalar, Sequence

__all__ = ["Noise"]

_FIXED_KEYS = [frozenset(section.by_name) for section in SECTIONS if section.name != "row"]
_SIMPLE = re.compile(r"[A-Za-z一-鿿](?:[\w./]|-(?=\w)| (?=\w))*")


def _escaped(char: str) -> str:
    return f"\\{char}" if char in '"\\' else char if char.isprintable() else f"\\U{ord(char):08x}"


@dataclass
class Noise:
    """Writes nodes at random; `comments` collects the comments it put in, each with a text of its own."""

    random: Random
    with_comments: bool = False
    comments: list[str] = field(default_factory=list)

    def file(self, root: Node) -> str:
        """Write a whole file."""
        lines = list(self.block(root, self.random.choice(["", "", "  "]), ()))
        if self.with_comments:
            lines = [*self.own_lines(""), *lines, *self.own_lines(" " * self.random.randrange(9))]
        if self.random.random() < 0.3:
            lines.insert(0, "---")
        if not self.with_comments:
            # an empty line beside a comment means something: it sets the comment off
            lines = [one for line in lines for one in ([line, ""] if self.may_break(line) else [line])]
        return self.random.choice(["\n", "\r\n"]).join([*lines, ""])

    def may_break(self, line: str) -> bool:
        """Whether to put an empty line below a line."""
        return self.random.random() < 0.1 and not line.rstrip().endswith(("-", "\\")) and "|" not in line

    # Comments

    def comment(self) -> str:
        """Return a new comment."""
        self.comments.append(f"comment {len(self.comments)} of '{{[: # x")
        return f"#{self.random.choice([' ', '', '  '])}{self.comments[-1]}"

    def own_lines(self, indent: str) -> Iterator[str]:
        """Yield some lines with nothing but a comment, if any."""
        while self.with_comments and self.random.random() < 0.2:
            yield indent + self.comment()
            if self.random.random() < 0.3:
                yield ""

    def behind(self, *, chance: float = 0.2) -> str:
        """Return a comment to put behind something, or nothing."""
        if self.with_comments and self.random.random() < chance:
            return " " * self.random.randint(1, 3) + self.comment()
        return ""

    # Blocks

    def block(self, node: Node, indent: str, path: tuple[str, ...]) -> Iterator[str]:
        """Yield the lines of a list or mapping in block style, or of anything in flow style."""
        if isinstance(node, Sequence) and node.items:
            for item in node.items:
                yield from self.own_lines(indent)
                yield from self.part(f"{indent}-", item, indent + "  " * self.random.choice([1, 1, 2]), (*path, "-"))
        elif isinstance(node, Mapping) and node.entries:
            for key, value in self.ordered(node, path):
                yield from self.own_lines(indent)
                inner = (*path, key.text)
                yield from self.part(f"{indent}{self.scalar(key.text)}:", value, indent, inner)
        else:
            yield from self.flow(node, indent, indent + " ", path)
        if isinstance(node, Sequence | Mapping):
            yield from self.own_lines(indent)

    def ordered(self, node: Mapping, path: tuple[str, ...]) -> list[tuple[Scalar, Node]]:
        """Shuffle the keys of a mapping whose keys the language knows."""
        entries = list(node.entries)
        names = {key.text for key, _ in entries}
        free = path[-1:] in (("actions",), ("terms",), ("boost",)) or path[-2:-1] == ("terms",)
        if path[-2:] == ("rows", "-") or (not free and any(names <= keys for keys in _FIXED_KEYS)):
            self.random.shuffle(entries)
        return entries

    def part(self, head: str, value: Node, indent: str, path: tuple[str, ...]) -> Iterator[str]:
        """Yield the lines of an item or entry that begins with `head`; what is below is indented more than `indent`."""
        is_item = head.endswith("-")
        deeper = indent if is_item else indent + " " * self.random.choice([1, 2, 2, 4])
        below = isinstance(value, Sequence | Mapping) and bool(
            value.items if isinstance(value, Sequence) else value.entries
        )
        if below and self.random.random() < 0.7:
            if not is_item and isinstance(value, Sequence) and self.random.random() < 0.3:
                deeper = indent
            lines = list(self.block(value, deeper, path))
            if is_item and not lines[0].lstrip().startswith("#") and len(deeper) > len(head):
                yield head + lines[0][len(head) :]
                yield from lines[1:]
            else:
                yield head + self.behind()
                yield from lines
        elif isinstance(value, Scalar) and (block := self.block_scalar(value.text, deeper)):
            yield f"{head} {block[0]}{self.behind()}"
            yield from block[1:]
        else:
            first, *rest = self.flow(value, indent, deeper + " ", path)
            last = self.behind()
            yield f"{head} {first.lstrip()}{'' if rest else last}"
            yield from rest[:-1]
            yield from (f"{line}{last}" for line in rest[-1:])

    # Scalars

    def block_scalar(self, text: str, indent: str) -> list[str] | None:
        """Return a text below a bar, or `None` to write it on its line."""
        printable = bool(text) and text.isprintable() and "\u00a0" not in text and not text[0].isspace()
        if self.random.random() < 0.9 or not printable or text[-1].isspace():
            return None
        return [self.random.choice(["|-", ">-"]), indent + "  " + text]

    def scalar(self, text: str) -> str:
        """Return a text with or without quotes of either kind."""
        choices = ['"' + "".join(_escaped(char) for char in text) + '"']
        if text.isprintable():
            choices.append("'" + text.replace("'", "''") + "'")
        if _SIMPLE.fullmatch(text):
            choices.extend([text] * 2)
        return self.random.choice(choices)

    # Flow

    def flow(self, node: Node, indent: str, deeper: str, path: tuple[str, ...]) -> list[str]:
        """Return the lines of a node in flow style; the first is indented like the others, by `indent` or `deeper`."""
        if isinstance(node, Scalar):
            return [indent + ("" if node.empty else self.scalar(node.text))]
        if isinstance(node, Sequence):
            brackets = "[]"
            parts = [self.flow(item, deeper, deeper + " ", (*path, "-")) for item in node.items]
        else:
            brackets = "{}"
            parts = []
            for key, value in self.ordered(node, path):
                first, *rest = self.flow(value, deeper, deeper + " ", (*path, key.text))
                parts.append([f"{deeper}{self.scalar(key.text)}: {first.lstrip()}", *rest])
        lines = [indent + brackets[0]]
        for number, part in enumerate(parts):
            comma = "," if number < len(parts) - 1 or self.random.random() < 0.2 else ""
            if self.random.random() < 0.2:
                lines[-1] += self.behind(chance=0.5)
                lines.extend(self.own_lines(deeper))
                lines.extend(part)
            else:
                lines[-1] += part[0].lstrip() if number == 0 else " " + part[0].lstrip()
                lines.extend(part[1:])
            lines[-1] += comma
        if self.random.random() < 0.1:
            lines[-1] += self.behind(chance=0.5)
            return [*lines, deeper + brackets[1]]
        lines[-1] += brackets[1]
        return lines
