"""What is the one canonical text of a rule book, or of one of its files?

`format_text` works on a file as it is written, comments included; `write_rule_book` starts from a book in memory. Both
end in the same canonical form, so that formatting what was written changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from relmaint.diagnostics import Diagnostic, Severity, Source
from relmaint.ir.conditions import ALWAYS, show_condition
from relmaint.ir.rules import (
    DEFAULT_PRECEDENCE,
    NO_NOTES,
    Assumption,
    Checks,
    Exemption,
    Guard,
    Invariant,
    InvariantKind,
    Notes,
    Row,
    Rule,
    RuleBook,
    Selector,
    Table,
)
from relmaint.model.action import Action, Due, Kind, Nature
from relmaint.model.attributes import vocabulary_of
from relmaint.rulebook.canonical import ANY, canonical, cell_of
from relmaint.rulebook.comments import annotated
from relmaint.rulebook.keys import PLAN
from relmaint.rulebook.layout import WIDTH, Entries, Entry, Item, Items, Layout, Word, show
from relmaint.rulebook.source import compose
from relmaint.text import Text
from relmaint.vocabulary import AS_OF, Vocabulary

__all__ = ["WIDTH", "format_text", "layout_of", "write_rule_book"]


def format_text(text: str, path: str = "<text>", vocabulary: Vocabulary | None = None) -> tuple[str, list[Diagnostic]]:
    """Return the canonical form of one file of a rule book, every comment kept, and what YAML has against the file.

    A file that YAML cannot read is returned unchanged. What the language has against it is not looked for: a
    condition that cannot be read, an unknown key and the like are kept as they are written, for the loader to report.

    Args:
        text: the content of the file.
        path: what findings call the file.
        vocabulary: the attributes that conditions may speak of; those of the shipped customer by default.
    """
    source = Source(path, text)
    root, findings = compose(source)
    if root is None or any(finding.severity is Severity.ERROR for finding in findings):
        return text, findings
    header, layout = annotated(text, root)
    return show(canonical(layout, vocabulary or _default_vocabulary()), header=header), findings


def _default_vocabulary() -> Vocabulary:
    from relmaint.model.customer import Customer

    return vocabulary_of(Customer)


def write_rule_book(book: RuleBook) -> str:
    """Write a whole rule book as one file in canonical form; loading it gives an equal book.

    What a file can leave out because it is the default is left out.
    """
    return show(layout_of(book))


def layout_of(book: RuleBook) -> Layout:
    """Return the canonical layout of a whole rule book as one file."""
    layout = _mapping(
        ("book", _header(book)),
        ("terms", _mapping(*((group, _labels(words)) for group, words in book.terms.items()))),
        ("ranking", _mapping(("precedence", _words(book.precedence if book.precedence != DEFAULT_PRECEDENCE else ())))),
        ("actions", _mapping(*((name, _action(action)) for name, action in book.actions.items()))),
        ("rules", _list(_rule(rule) for rule in book.rules)),
        ("tables", _list(_table(table, book.vocabulary) for table in book.tables)),
        ("guards", _list(_guard(guard) for guard in book.guards)),
        ("assume", _list(_assumption(assumption) for assumption in book.assumptions)),
        ("invariants", _list(_invariant(invariant) for invariant in book.invariants)),
        ("checks", _checks(book.checks)),
    )
    assert layout is not None  # INVARIANT: a book has a name
    return canonical(layout, book.vocabulary)


# Parts of a book -----------------------------------------------------------------------------------------------------

_Pair = tuple[str, Layout | None]
"""A key and its value; `None` leaves the key out."""


def _header(book: RuleBook) -> Layout | None:
    return _mapping(
        ("name", Word(book.name)),
        ("version", Word(book.version)),
        ("title", _text(book.title)),
        ("covers", None if book.covers == tuple(Kind) else _words(book.covers) or Items(())),
    )


def _labels(words: Mapping[str, Text]) -> Layout | None:
    return _mapping(*((word, _text(label)) for word, label in words.items())) or Entries(())


def _action(action: Action) -> Layout | None:
    return _mapping(
        ("kind", Word(action.kind)),
        ("nature", Word(action.nature)),
        ("title", _text(action.title)),
        ("content", _word(action.content)),
        ("methods", _words(action.methods)),
        ("channel", _words(action.channel)),
        ("proactive", _word(None if action.proactive == _is_proactive(action) else _flag(action.proactive))),
        ("owner", _word(action.owner)),
        ("product", _word(action.product)),
        ("product_risk", _word(action.product_risk)),
        ("precedence", Word(action.precedence)),
        ("base", _word(action.base or None)),
        ("due", _word(None if action.due is None else _show_due(action.due))),
        ("cadence", _text(action.cadence)),
        ("purpose", _text(action.purpose)),
        ("occasion", _word(action.occasion)),
        ("because", _text(action.because)),
        ("source", _word(action.source)),
        ("provenance", _word(action.provenance)),
        ("from", _word(action.valid_from)),
        ("until", _word(action.valid_until)),
    )


def _is_proactive(action: Action) -> bool:
    """Return what the loader takes when nothing is said."""
    return bool(action.channel) and action.nature is not Nature.INTERNAL


def _show_due(due: Due) -> str:
    """Write a due date; the loader reads it back as the same."""
    if not due.offset:
        return "today" if due.anchor == AS_OF else f"on {due.anchor}"
    count = abs(due.offset)
    days = f"{count} {due.unit}{'' if count == 1 else 's'}"
    if due.offset > 0 and due.anchor == AS_OF:
        return f"within {days}"
    return f"{days} {'before' if due.offset < 0 else 'after'} {due.anchor}"


def _rule(rule: Rule) -> Layout | None:
    return _mapping(
        ("id", Word(rule.id)),
        ("when", None if rule.when == ALWAYS else Word(show_condition(rule.when))),
        ("do", _words(rule.do)),
        ("boost", _mapping(*((action, _word(points)) for action, points in rule.boost))),
        ("overrides", _words(rule.overrides)),
        *_notes(rule.notes),
    )


def _notes(notes: Notes) -> Iterator[_Pair]:
    yield "because", _text(notes.because)
    yield "source", _word(notes.source)
    yield "provenance", _word(notes.provenance)
    yield "owner", _word(notes.owner)
    yield "from", _word(notes.valid_from)
    yield "until", _word(notes.valid_until)


def _table(table: Table, vocabulary: Vocabulary) -> Layout | None:
    return _mapping(
        ("id", Word(table.id)),
        ("hit", Word(table.hit)),
        ("aggregate", _word(table.aggregate)),
        ("inputs", _words(table.inputs)),
        ("outputs", _words(table.outputs)),
        ("order", _words(table.order)),
        ("default", _word(table.default or None)),
        *_notes(table.notes),
        ("rows", _list(_row(table, number, row, vocabulary) for number, row in enumerate(table.rows, start=1))),
    )


def _row(table: Table, number: int, row: Row, vocabulary: Vocabulary) -> Layout | None:
    """Write a row as a list of cells, or by name when it says more than its cells do."""
    cells = [Word(cell_of(test, vocabulary)) for test in row.tests]
    outputs = list(_outputs(table, row))
    own_id = row.id if row.id != f"{table.id}#{number}" else None
    if own_id is None and row.notes == NO_NOTES:
        return _list([*cells, *outputs])
    named = zip((*table.inputs, *table.outputs), (*cells, *outputs), strict=True)
    return _mapping(("id", _word(own_id)), *named, *_notes(row.notes))


def _outputs(table: Table, row: Row) -> Iterator[Layout]:
    limits = iter(row.limits)
    for name in table.outputs:
        match name:
            case "do":
                yield _words(row.do) or Word(ANY)
            case "boost":
                yield Word(str(row.boost))
            case _:
                yield Word(str(next(limits)))


def _guard(guard: Guard) -> Layout | None:
    return _mapping(
        ("id", Word(guard.id)),
        ("when", None if guard.when == ALWAYS else Word(show_condition(guard.when))),
        (guard.effect, _selector(guard.select)),
        ("needs", _word(guard.needs)),
        ("to", _word(guard.to)),
        ("channels", _words(guard.channels)),
        ("until", _word(None if guard.until is None else guard.until.isoformat("minutes"))),
        ("clock", _word(guard.clock)),
        *_notes(guard.notes),
    )


def _selector(selector: Selector) -> Layout:
    fields = ((name, _words(words)) for name, words in selector.fields)
    return _mapping(*fields, ("unless", _words(selector.unless))) or Entries(())


def _assumption(assumption: Assumption) -> Layout | None:
    return _mapping(
        ("id", Word(assumption.id)),
        ("always", Word(show_condition(assumption.always))),
        *_notes(assumption.notes),
    )


def _invariant(invariant: Invariant) -> Layout | None:
    said = Word(PLAN) if invariant.select is None else _selector(invariant.select)
    monotone = invariant.kind is InvariantKind.MONOTONE
    return _mapping(
        ("id", Word(invariant.id)),
        (invariant.kind, said),
        ("in" if monotone else "of", _word(invariant.attribute)),
        ("order", _words(invariant.order)),
        ("when", None if invariant.when == ALWAYS else Word(show_condition(invariant.when))),
        *_notes(invariant.notes),
    )


def _checks(checks: Checks) -> Layout | None:
    return _mapping(
        ("severity", _mapping(*((check, Word(severity)) for check, severity in checks.severities.items()))),
        ("except", _list(_exemption(one) for one in checks.exempt)),
    )


def _exemption(exemption: Exemption) -> Layout | None:
    return _mapping(("check", Word(exemption.check)), ("at", Word(exemption.at)), *_notes(exemption.notes))


# Layouts of values ---------------------------------------------------------------------------------------------------


def _mapping(*pairs: _Pair) -> Layout | None:
    entries = tuple(Entry(Word(key), value) for key, value in pairs if value is not None)
    return Entries(entries) if entries else None


def _list(values: Iterable[Layout | None]) -> Layout | None:
    items = tuple(Item(value) for value in values if value is not None)
    return Items(items) if items else None


def _words(words: Iterable[str]) -> Layout | None:
    return _list(Word(word) for word in words)


def _word(value: str | int | date | None) -> Word | None:
    return None if value is None else Word(str(value))


def _flag(value: bool) -> str:  # noqa: FBT001  # the truth value is what is written
    return "true" if value else "false"


def _text(text: Text | None) -> Layout | None:
    """Write a text in one language as it stands, when the loader takes it for that language."""
    if text is None:
        return None
    alone = text.zh if text.en is None else text.en
    if alone is not None and Text.plain(alone) == text:
        return Word(alone)
    return _mapping(("zh", _word(text.zh)), ("en", _word(text.en)))
