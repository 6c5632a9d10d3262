"""How do files become a rule book, and what is wrong with them if they do not?

The steps: read all files, collect the sections of all of them, read the names (terms, ranking, actions), read the
statements, and check how the statements fit together. No step stops at a finding, so that all are reported at once.
"""

from __future__ import annotations

import gc
import importlib.resources
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel

from relmaint.diagnostics import Diagnostic, Related, Severity, Source, Span
from relmaint.errors import RuleBookError
from relmaint.ir.rules import Assumption, Checks, Exemption, Guard, Invariant, Rule, RuleBook, Table
from relmaint.model.action import Kind
from relmaint.model.attributes import vocabulary_of
from relmaint.model.customer import Customer
from relmaint.rulebook.catalogue import Catalogue, read_actions, read_precedence, read_terms
from relmaint.rulebook.files import BookFile, Texts, read_files, read_text
from relmaint.rulebook.guards import read_guard
from relmaint.rulebook.invariants import read_checks, read_invariant
from relmaint.rulebook.keys import BOOK, FILE
from relmaint.rulebook.nodes import Mapping, Node, Scalar, Sequence
from relmaint.rulebook.reading import Reader, first_of
from relmaint.rulebook.references import (
    Names,
    check_ids,
    check_languages,
    check_unused_actions,
    resolve_overrides,
)
from relmaint.rulebook.statements import Declared, Overriding, read_assumption, read_rule
from relmaint.rulebook.tables import read_table
from relmaint.text import Text

__all__ = ["Loaded", "check_rule_book", "default_book_path", "load_rule_book", "parse_rule_book"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of the files: a book unless a finding is an error, and all findings in the order of their places."""

    book: RuleBook | None
    diagnostics: tuple[Diagnostic, ...]


def load_rule_book(path: str | Path, *, customer: type[BaseModel] = Customer) -> RuleBook:
    """Load the rule book in a folder or a file.

    Args:
        path: the folder or file.
        customer: the customer model whose attributes the book may speak of.

    Raises:
        RuleBookError: with every finding, when one of them is an error.
    """
    return _book_of(check_rule_book(path, customer=customer))


def check_rule_book(
    path: str | Path, *, customer: type[BaseModel] = Customer, instead: Texts = MappingProxyType({})
) -> Loaded:
    """Load the rule book in a folder or a file, and return all findings whatever they are.

    Args:
        path: the folder or file.
        customer: the customer model whose attributes the book may speak of.
        instead: texts to read in place of what some files hold, by their resolved paths.
    """
    with _collector_at_rest():
        files, findings = read_files(Path(path), instead)
        return _load(files, findings, customer)


def parse_rule_book(text: str, *, path: str = "<text>", customer: type[BaseModel] = Customer) -> RuleBook:
    """Load a rule book that is one text; `path` is what findings call it.

    >>> parse_rule_book("book: {name: empty, version: 1.0.0, covers: []}").name
    'empty'

    Raises:
        RuleBookError: with every finding, when one of them is an error.
    """
    with _collector_at_rest():
        files, findings = read_text(Source(path, text))
        return _book_of(_load(files, findings, customer))


def default_book_path() -> Path:
    """Return the folder of the shipped retail book: inside the package, or in a checkout of the project."""
    inside = Path(str(importlib.resources.files("relmaint"))) / "books" / "retail"
    return inside if inside.is_dir() else Path(__file__).parents[3] / "rules" / "retail"


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keep the collector of circular garbage from looking again and again at nodes, of which none is garbage.

    More than half the time of loading a large book would go there.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _book_of(loaded: Loaded) -> RuleBook:
    if loaded.book is None:
        raise RuleBookError(loaded.diagnostics)
    return loaded.book


@dataclass(slots=True)
class _Sections:
    """The parts of all files by key, each with its key; from included files without the header."""

    parts: dict[str, list[tuple[Scalar, Node]]] = field(default_factory=dict)

    def nodes(self, name: str) -> list[Node]:
        """Return the values of a key in all files."""
        return [node for _, node in self.parts.get(name, ())]

    def items(self, reader: Reader, name: str) -> Iterable[Node]:
        """Yield the entries of a list in all files."""
        for node in self.nodes(name):
            yield from reader.items(node, name)


@dataclass(slots=True)
class _Statements:
    """Everything with an id, as far as it can be read."""

    rules: list[Rule] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    assumptions: list[Assumption] = field(default_factory=list)
    invariants: list[Invariant] = field(default_factory=list)
    severities: dict[str, str] = field(default_factory=dict)
    exempt: list[Exemption] = field(default_factory=list)
    declared: list[Declared] = field(default_factory=list)
    overriding: list[Overriding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Header:
    name: str
    version: str
    title: Text | None
    covers: tuple[Kind, ...]
    span: Span


def _load(files: list[BookFile], findings: list[Diagnostic], customer: type[BaseModel]) -> Loaded:
    if not files:
        return Loaded(None, _in_order(findings))
    reader = Reader(vocabulary_of(customer))
    reader.findings.extend(findings)
    sections = _sections(reader, files)
    header = _header(reader, sections, files)
    catalogue = Catalogue(
        terms=read_terms(reader, sections.nodes("terms")),
        precedence=read_precedence(reader, sections.parts.get("ranking", [])),
    )
    read_actions(reader, catalogue, sections.nodes("actions"))
    statements = _statements(reader, catalogue, sections)
    overrides = _check_together(reader, catalogue, statements)
    failed = any(finding.severity is Severity.ERROR for finding in reader.findings)
    book = None if failed or header is None else _book(reader, header, catalogue, statements, overrides)
    return Loaded(book, _in_order(reader.findings))


def _in_order(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sort findings by their places; those without a place come first."""
    nowhere = Span("", 0, 0, 0, 0)
    return tuple(sorted(findings, key=lambda finding: (finding.span or nowhere, finding.code)))


def _sections(reader: Reader, files: Iterable[BookFile]) -> _Sections:
    sections = _Sections()
    for file in files:
        fields = reader.fields(file.root, FILE)
        if fields is None or not isinstance(file.root, Mapping):
            continue
        for key, value in file.root.entries:
            is_known = key.text in fields and key.text in FILE.by_name
            if is_known and not (file.included and key.text == "book"):
                sections.parts.setdefault(key.text, []).append((key, value))
    for node in sections.nodes("include"):
        for item in node.items if isinstance(node, Sequence) else [node]:
            reader.line(item)
    return sections


def _header(reader: Reader, sections: _Sections, files: list[BookFile]) -> _Header | None:
    found = sections.parts.get("book", [])
    if not found:
        advice = "write `book: {name: …, version: …}` in one file of the book"
        reader.find("missing-key", "the book has no header `book:`", first_of(files[0].root), help=advice)
        return None
    for key, _ in found[1:]:
        related = [Related(found[0][0].span, "the first one")]
        reader.find("duplicate-key", "the book has a second header", key, help="keep one `book:`", related=related)
    fields = reader.fields(found[0][1], BOOK) or {}
    name = reader.line(fields["name"]) if "name" in fields else None
    version = reader.line(fields["version"]) if "version" in fields else None
    title = reader.text(fields["title"]) if "title" in fields else None
    covers = set(Kind)
    if "covers" in fields:
        covers = {Kind(word) for word in reader.choices(fields["covers"], _KINDS, "kind")}
    if name is None or version is None:
        return None
    return _Header(name, version, title, tuple(kind for kind in Kind if kind in covers), found[0][0].span)


_KINDS = tuple(str(kind) for kind in Kind)


def _statements(reader: Reader, catalogue: Catalogue, sections: _Sections) -> _Statements:
    found = _Statements()
    for node in sections.items(reader, "rules"):
        rule = read_rule(reader, catalogue, node, found.declared, found.overriding)
        if rule is not None:
            found.rules.append(rule)
    for node in sections.items(reader, "tables"):
        table = read_table(reader, catalogue, node, found.declared)
        if table is not None:
            found.tables.append(table)
    for node in sections.items(reader, "guards"):
        guard = read_guard(reader, catalogue, node, found.declared)
        if guard is not None:
            found.guards.append(guard)
    for node in sections.items(reader, "assume"):
        assumption = read_assumption(reader, node, found.declared)
        if assumption is not None:
            found.assumptions.append(assumption)
    for node in sections.items(reader, "invariants"):
        invariant = read_invariant(reader, catalogue, node, found.declared)
        if invariant is not None:
            found.invariants.append(invariant)
    found.severities, found.exempt = read_checks(reader, sections.nodes("checks"))
    return found


def _check_together(reader: Reader, catalogue: Catalogue, found: _Statements) -> dict[str, tuple[str, ...]]:
    """Check how statements fit together, and return the exact overrides of each rule that has some."""
    check_ids(reader, found.declared)
    check_unused_actions(reader, catalogue)
    check_languages(reader)
    names = Names(
        rules=frozenset(one.id for one in found.declared if one.role == "rule"),
        rows={table.id: tuple(row.id for row in table.rows) for table in found.tables},
        guards=frozenset(one.id for one in found.declared if one.role == "guard"),
    )
    return resolve_overrides(reader, names, found.overriding)


def _book(
    reader: Reader,
    header: _Header,
    catalogue: Catalogue,
    found: _Statements,
    overrides: dict[str, tuple[str, ...]],
) -> RuleBook:
    """Put a book together in its canonical order."""
    rules = [replace(rule, overrides=overrides[rule.id]) if rule.id in overrides else rule for rule in found.rules]
    return RuleBook(
        name=header.name,
        version=header.version,
        vocabulary=reader.vocabulary,
        title=header.title,
        actions=catalogue.actions,
        rules=tuple(sorted(rules, key=_id_of)),
        tables=tuple(sorted(found.tables, key=_id_of)),
        guards=tuple(sorted(found.guards, key=_id_of)),
        assumptions=tuple(sorted(found.assumptions, key=_id_of)),
        invariants=tuple(sorted(found.invariants, key=_id_of)),
        checks=Checks(found.severities, tuple(sorted(found.exempt, key=lambda one: (one.check, one.at)))),
        terms=catalogue.terms,
        precedence=catalogue.precedence,
        covers=header.covers,
        action_spans={name: catalogue.keys[name].span for name in catalogue.actions},
        span=header.span,
    )


def _id_of(statement: Rule | Table | Guard | Assumption | Invariant) -> str:
    return statement.id
