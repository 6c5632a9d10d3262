"""Which cases stand in a file? They are read with the same care as a book: each mistake is told with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from relmaint.cases.case import Case, Expectation
from relmaint.cases.find import find_cases
from relmaint.cases.keys import CASE_KEYS, EXPECT_KEYS, NONE
from relmaint.customers import customer_from_node
from relmaint.diagnostics import Diagnostic, Related, Severity, Span, diagnostic, did_you_mean
from relmaint.errors import RuleBookError
from relmaint.model.action import Kind
from relmaint.model.customer import Customer
from relmaint.model.plan import PlanStatus
from relmaint.rulebook.source import Mapping, Node, Scalar, compose, read_source
from relmaint.rulebook.source import Sequence as SequenceNode
from relmaint.text import LANGUAGES, Text
from relmaint.vocabulary import DateType, parse_value

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["load_cases", "read_cases"]

Value = TypeVar("Value")
Member = TypeVar("Member", bound=StrEnum)

_CASE_KEYS = tuple(key.name for key in CASE_KEYS)
_EXPECT_KEYS = tuple(key.name for key in EXPECT_KEYS)
_REQUIRED = tuple(key.name for key in CASE_KEYS if key.required)


def load_cases(path: str | Path, model: type[BaseModel] = Customer) -> tuple[Case, ...]:
    """Read the cases of a book, or of one file of cases, in the order of the files.

    Raises:
        RuleBookError: something is wrong with a file.
    """
    found: list[Case] = []
    findings: list[Diagnostic] = []
    for file in find_cases(path):
        cases, more = read_cases(file, model)
        found.extend(cases)
        findings.extend(more)
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise RuleBookError(findings)
    return tuple(found)


def read_cases(path: str | Path, model: type[BaseModel] = Customer) -> tuple[tuple[Case, ...], tuple[Diagnostic, ...]]:
    """Read a file of cases; a case with a finding is left out, and the others are kept.

    Args:
        path: the file.
        model: the customer model of the book that the cases are for.
    """
    source = read_source(Path(path))
    if isinstance(source, Diagnostic):
        return (), (source,)
    node, problems = compose(source)
    if node is None:
        return (), tuple(problems)
    reader = _Reader(model, list(problems))
    cases = tuple(reader.cases(node))
    return cases, tuple(reader.findings)


@dataclass(slots=True)
class _Reader:
    """Reads the nodes of one file, and keeps everything that is wrong with them."""

    model: type[BaseModel]
    findings: list[Diagnostic]

    def cases(self, node: Node) -> Iterator[Case]:
        """Yield the cases of a whole file that have nothing wrong with them."""
        seen: dict[str, Span] = {}
        for item in self._list_of_cases(node):
            before = len(self.findings)
            case = self._case(item)
            if case is None or len(self.findings) > before:
                continue
            if case.id in seen:
                first = (Related(seen[case.id], "the first case of this id"),)
                self._bad(f"two cases have the id `{case.id}`", item.span, "rename one of them", first)
                continue
            seen[case.id] = item.span
            yield case

    def _list_of_cases(self, node: Node) -> tuple[Node, ...]:
        before = len(self.findings)
        if isinstance(node, Mapping):
            listed = self._entries(node, ("cases",), "a file of cases").get("cases")
            if isinstance(listed, SequenceNode):
                return tuple(listed.items)
        if len(self.findings) == before:
            self._bad("the file holds no list of cases", node.span, "write `cases:` and below it `- id: …`")
        return ()

    def _case(self, node: Node) -> Case | None:
        if not isinstance(node, Mapping):
            self._bad("a case is a mapping", node.span, f"write it with the keys {', '.join(_CASE_KEYS)}")
            return None
        entries = self._entries(node, _CASE_KEYS, "a case")
        missing = [key for key in _REQUIRED if key not in entries]
        if missing:
            self._bad(f"the case has no `{missing[0]}`", node.span, f"add `{missing[0]}:`")
            return None
        name = self._word(entries["id"], "`id`")
        as_of = self._day(entries["as_of"], "`as_of`")
        customer, problems = customer_from_node(entries["customer"], self.model, customer_id=name)
        self.findings.extend(problems)
        expect = self._expectation(entries["expect"])
        if name is None or as_of is None or customer is None or expect is None:
            return None
        title, todo = (self._text(entries[key], f"`{key}`") if key in entries else None for key in ("title", "todo"))
        return Case(name, as_of, customer, expect, title, todo, node.span)

    def _expectation(self, node: Node) -> Expectation | None:
        if not isinstance(node, Mapping) or not node.entries:
            self._bad("the case expects nothing", node.span, f"write at least one of {', '.join(_EXPECT_KEYS)}")
            return None
        given = self._entries(node, _EXPECT_KEYS, "`expect`")

        def words(key: str) -> tuple[str, ...]:
            return self._words(given[key], f"`{key}`") if key in given else ()

        def pairs(key: str, read: Callable[[Node, str], Value | None]) -> tuple[tuple[str, Value], ...]:
            return self._pairs(given[key], key, read) if key in given else ()

        def pairs_or_none(key: str, read: Callable[[Node, str], Value | None]) -> tuple[tuple[str, Value | None], ...]:
            return self._pairs_or_none(given[key], key, read) if key in given else ()

        if "before" in given and len(words("before")) == 1:
            self._bad("an order needs two actions", given["before"].span, "name the actions, the first one first")
        return Expectation(
            plans=words("plans"),
            first=self._word(given["first"], "`first`") if "first" in given else None,
            before=words("before"),
            never=words("never"),
            withheld=self._withheld(given["withheld"]) if "withheld" in given else (),
            status=self._member(PlanStatus, given["status"], "`status`") if "status" in given else None,
            uncovered=self._members(Kind, given["uncovered"], "`uncovered`") if "uncovered" in given else None,
            due=pairs_or_none("due", self._day),
            owner=pairs_or_none("owner", self._word),
            channel=pairs("channel", self._words),
            needs=pairs("needs", self._word),
            not_before=pairs_or_none("not_before", self._moment),
        )

    def _entries(self, node: Mapping, known: Sequence[str], what: str) -> dict[str, Node]:
        for key, _ in node.entries:
            if key.text not in known:
                hint = did_you_mean(key.text, known) or f"the keys are {', '.join(known)}"
                self._bad(f"`{key.text}` is not a key of {what}", key.span, hint)
        return {key.text: value for key, value in node.entries if key.text in known}

    def _word(self, node: Node, what: str) -> str | None:
        if isinstance(node, Scalar) and node.text:
            return node.text
        self._bad(f"{what} is one word", node.span, "write a single word")
        return None

    def _words(self, node: Node, what: str) -> tuple[str, ...]:
        items = node.items if isinstance(node, SequenceNode) else (node,)
        return tuple(word for item in items if (word := self._word(item, f"each entry of {what}")) is not None)

    def _pairs(self, node: Node, key: str, read: Callable[[Node, str], Value | None]) -> tuple[tuple[str, Value], ...]:
        if not isinstance(node, Mapping):
            self._bad(f"`{key}` is a mapping from actions", node.span, f"write `{key}: {{action: …}}`")
            return ()
        found = ((name.text, read(value, f"`{key}` of `{name.text}`")) for name, value in node.entries)
        return tuple((name, value) for name, value in found if value is not None)

    def _pairs_or_none(
        self, node: Node, key: str, read: Callable[[Node, str], Value | None]
    ) -> tuple[tuple[str, Value | None], ...]:
        """Read pairs whose value may be the word `none`."""

        def read_or_none(value: Node, what: str) -> tuple[Value | None] | None:
            if isinstance(value, Scalar) and value.text == NONE:
                return (None,)
            found = read(value, what)
            return None if found is None else (found,)

        return tuple((name, one) for name, (one,) in self._pairs(node, key, read_or_none))

    def _withheld(self, node: Node) -> tuple[tuple[str, str | None], ...]:
        """Read what is withheld: by which rule, or a list of actions when it may be any."""
        if isinstance(node, Mapping):
            return self._pairs(node, "withheld", self._word)
        return tuple((name, None) for name in self._words(node, "`withheld`"))

    def _member(self, enum: type[Member], node: Node, what: str) -> Member | None:
        known = [str(member) for member in enum]
        if isinstance(node, Scalar) and node.text in known:
            return enum(node.text)
        hint = did_you_mean(node.text, known) if isinstance(node, Scalar) else None
        self._bad(f"{what} is one of {', '.join(known)}", node.span, hint)
        return None

    def _members(self, enum: type[Member], node: Node, what: str) -> tuple[Member, ...]:
        items = node.items if isinstance(node, SequenceNode) else (node,)
        return tuple(member for item in items if (member := self._member(enum, item, what)) is not None)

    def _day(self, node: Node, what: str) -> date | None:
        try:
            day = parse_value(DateType(), node.text if isinstance(node, Scalar) else "")
        except ValueError as problem:
            self._bad(f"{what}: {problem}", node.span, "write the day as 2026-01-31")
            return None
        assert isinstance(day, date), "a date type gives dates; please report this"
        return day

    def _moment(self, node: Node, what: str) -> datetime | None:
        text = node.text if isinstance(node, Scalar) else ""
        try:
            if len(text) == len("2026-01-31 09:00"):
                return datetime.fromisoformat(text)
        except ValueError:
            pass
        self._bad(f"{what} is not a moment", node.span, 'write it as "2026-01-31 09:00", in the local time')
        return None

    def _text(self, node: Node, what: str) -> Text | None:
        if isinstance(node, Scalar) and node.text:
            return Text.plain(node.text)
        if isinstance(node, Mapping) and node.entries:
            given = self._entries(node, LANGUAGES, what)
            parts = {language: self._word(value, what) for language, value in given.items()}
            return Text(parts.get("zh"), parts.get("en"))
        self._bad(f"{what} is a text", node.span, f"write {what.strip('`')} as a text, or as {{zh: …, en: …}}")
        return None

    def _bad(self, message: str, span: Span, help: str | None = None, related: Sequence[Related] = ()) -> None:
        self.findings.append(diagnostic("bad-case", message, span, help=help, related=related))
