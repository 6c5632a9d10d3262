"""Which tables of the documentation follow from the code? Write them anew: `python tools/generate_docs.py`.

A page holds them between `<!-- generated: NAME -->` and `<!-- end of generated -->`. `tests/docs/test_docs.py` fails
when a page is stale. `--check` writes nothing, and leaves with 1 when a page is stale.
"""

from __future__ import annotations

import contextlib
import inspect
import re
import sys
import tempfile
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

import click

from relmaint import testing
from relmaint.cases.keys import CASE_KEYS, EXPECT_KEYS, CaseKey
from relmaint.cli import COMMANDS, root
from relmaint.diagnostics.codes import CHECKS, CODES, EXPLAINED_AT_LOAD, Code
from relmaint.diagnostics.render import render_text
from relmaint.ir.conditions import NEGATIONS, RESERVED, SYNONYMS, TWO_VALUED, Operator
from relmaint.ir.rules import DEFAULT_PRECEDENCE
from relmaint.model.attributes import vocabulary_of
from relmaint.model.calendar import COVERED_YEARS
from relmaint.model.customer import Customer
from relmaint.portfolio.allocate import COLUMNS
from relmaint.portfolio.capacity import CAPACITY_SECTIONS
from relmaint.rulebook import check_rule_book
from relmaint.rulebook.conditions import MAXIMUM_DEPTH, MAXIMUM_LENGTH, operators_of
from relmaint.rulebook.keys import SECTIONS, TERM_GROUPS, Key, Section
from relmaint.testing import laws
from relmaint.testing.profiles import PROFILES
from relmaint.verify.checks.run import check, find
from relmaint.vocabulary import (
    Attribute,
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    IntegerType,
    SetType,
    TextType,
    ValueType,
    show_value,
)

__all__ = ["COMMAND", "GENERATORS", "PAGES", "renewed"]

COMMAND = "python tools/generate_docs.py"

DOCS = Path(__file__).parents[1] / "docs"
BOOKS = Path(__file__).parents[1] / "tests" / "books" / "checks"
PAGES = tuple(
    DOCS / f"reference-{name}.md" for name in ("rule-book", "customer", "command-line", "checks", "testing", "capacity")
)
"""The pages that hold generated parts."""

_PART = re.compile(r"(<!-- generated: (?P<name>[^>]+?) -->\n)(?P<body>.*?)(<!-- end of generated -->)", re.DOTALL)


def renewed(text: str) -> str:
    """Return a page with all generated parts written anew."""
    return _PART.sub(lambda part: f"{part[1]}\n{GENERATORS[part['name']]()}\n\n{part[4]}", text)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head)]
    lines.append(["---"] * len(lines[0]))
    lines += [list(row) for row in rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _code(text: object) -> str:
    return f"`{text}`"


def _codes(words: Iterable[object]) -> str:
    return ", ".join(_code(word) for word in words)


# The rule book -------------------------------------------------------------------------------------------------------


def _keys(section: str) -> str:
    (found,) = (one for one in SECTIONS if one.name == section)
    return _table(("key", "value", "meaning"), (_key(key) for key in found.keys))


def _capacity_keys(section: Section) -> Callable[[], str]:
    return lambda: _table(("key", "value", "meaning"), (_key(key) for key in section.keys))


def _columns_of_an_allocation() -> str:
    return _table(("column", "meaning"), ((_code(name), said) for name, said in COLUMNS.items()))


def _case_keys(keys: tuple[CaseKey, ...]) -> str:
    return _table(("key", "value", "meaning"), (_case_key(key) for key in keys))


def _case_key(key: CaseKey) -> tuple[str, str, str]:
    value = str(key.shape.value) + (f": {_codes(key.words)}" if key.words else "")
    return f"{_code(key.name)}{' **required**' if key.required else ''}", value, f"{key.en}<br>{key.zh}"


def _key(key: Key) -> tuple[str, str, str]:
    value = str(key.shape.value)
    if key.words:
        value += f": {_codes(key.words)}"
    elif key.refers_to in TERM_GROUPS:
        value += f" (group {_code(key.refers_to)} of `terms`)"
    required = " **required**" if key.required else ""
    return f"{_code(key.name)}{required}", value, f"{key.en}<br>{key.zh}"


_TYPES: tuple[tuple[str, ValueType], ...] = (
    ("whole number", IntegerType()),
    ("decimal", DecimalType(2)),
    ("day", DateType()),
    ("word", EnumType(("a",))),
    ("boolean", BooleanType()),
    ("set of words", SetType(("a",))),
    ("text", TextType()),
)

_WRITTEN = {
    Operator.EQ: ("`tier = key`", "is this value"),
    Operator.NE: ("`tier != exit`", "is another value"),
    Operator.LT: ("`aum < 50000`", "is smaller, or earlier"),
    Operator.LE: ("`days_to_maturity <= 7`", "is smaller, earlier, or this value"),
    Operator.GT: ("`complaints_12m > 2`", "is larger, or later"),
    Operator.GE: ("`aum >= 50万`", "is larger, later, or this value"),
    Operator.IN: ("`tier in (key, ordinary)`", "is one of these values"),
    Operator.NOT_IN: ("`tier not in (key, ordinary)`", "is none of these values"),
    Operator.INSIDE: (
        "`age in [18..65)`, `age between 18 and 64`",
        "lies in the interval; `[` and `]` include the end, `(` and `)` do not; `between` includes both",
    ),
    Operator.OUTSIDE: ("`age not in [18..65)`, `age not between 18 and 64`", "lies outside of the interval"),
    Operator.HAS: ("`events has life-event`", "holds this word"),
    Operator.LACKS: ("`events lacks life-event`", "does not hold this word"),
    Operator.IS_KNOWN: ("`risk_class is known`", "has a value"),
    Operator.IS_UNKNOWN: ("`risk_class is unknown`", "has no value"),
    Operator.IS_TRUE: ("`hardship is true`, `hardship`", "is true"),
    Operator.IS_NOT_TRUE: ("`hardship is not true`, `not hardship`", "is false, or unknown"),
    Operator.IS_FALSE: ("`hardship is false`", "is false"),
    Operator.IS_NOT_FALSE: ("`hardship is not false`", "is true, or unknown"),
}
"""How each operator is written, and what it asks."""

_OUTSIDE_NAMES = {Operator.INSIDE: "in [..], between", Operator.OUTSIDE: "not in [..], not between"}


def _spoken(operator: Operator) -> str:
    return _OUTSIDE_NAMES.get(operator, str(operator))


def _operators() -> str:
    return _table(
        ("operator", "written as", "asks whether the attribute", "of an unknown attribute", "negation", "types"),
        (_operator(one) for one in Operator),
    )


def _operator(operator: Operator) -> tuple[str, ...]:
    written, meaning = _WRITTEN[operator]
    types = [name for name, type_ in _TYPES if operator in operators_of(type_)]
    # What the `is` tests answer of an unknown attribute stands in their names.
    about_unknown = {Operator.IS_UNKNOWN, Operator.IS_NOT_TRUE, Operator.IS_NOT_FALSE}
    unknown = ("true" if operator in about_unknown else "false") if operator in TWO_VALUED else "unknown"
    named = "all" if len(types) == len(_TYPES) else ", ".join(types)
    return _code(_spoken(operator)), written, meaning, unknown, _code(_spoken(NEGATIONS[operator])), named


def _synonyms() -> str:
    signs = [
        ("==", "="),
        ("＝", "="),
        ("≠", "!="),
        ("≥", ">="),
        ("≤", "<="),
        ("＞", ">"),
        ("＜", "<"),
        ("（ ）", "( )"),
    ]
    rows = [(_code(word), _code(plain)) for word, plain in [*SYNONYMS.items(), *signs]]
    return _table(("read as well", "written back as"), rows)


def _reserved() -> str:
    return f"Words of the language: {_codes(sorted(RESERVED))}."


def _limits() -> str:
    return (
        f"A condition has at most {MAXIMUM_LENGTH:,} characters, "
        f"and at most {MAXIMUM_DEPTH} brackets and `not` inside each other."
    )


def _precedence() -> str:
    return f"The default: {_codes(DEFAULT_PRECEDENCE)}; earlier comes first."


def _diagnostics() -> str:
    return _table(
        ("code", "severity", "meaning", "what to do"),
        ((_code(code.name), code.severity, code.meaning, code.help) for code in CODES.values()),
    )


# Checks --------------------------------------------------------------------------------------------------------------

EXPLAINED = tuple(name for name in (*CHECKS, *EXPLAINED_AT_LOAD) if (BOOKS / f"{name}.bad.yaml").exists())
"""The codes that have a bad book and a good one."""


def _list_of_checks() -> str:
    rows = ((f"[{_code(name)}](#{name})", CODES[name].severity, CODES[name].meaning) for name in EXPLAINED)
    return _table(("code", "severity", "meaning"), rows)


def _checks() -> str:
    return "\n\n".join(_check(CODES[name]) for name in EXPLAINED)


def _check(code: Code) -> str:
    """Explain one code by its two books: the comment at the head of each is prose, and the bad one is checked."""
    why, bad = _explained_book(code.name, "bad")
    todo, good = _explained_book(code.name, "good")
    said, at = _found(bad)
    wrong = ["<!-- wrong -->"] if code.severity == "error" and not code.check else []
    parts = [
        f"## {code.name}",
        f"{code.meaning}\n{why}",
        "\n".join([*wrong, _block("yaml", bad)]),
        _block("text", said),
        f"What to do: {code.help}.\n{todo}",
        _block("yaml", good),
    ]
    if code.check and code.name not in ("unused-exception",):
        entry = f"checks:\n  except:\n    - {{check: {code.name}, at: {_flow(at)}, because: why it is meant}}\n"
        parts += ["When it is meant, the bad book says so:", _block("yaml", entry)]
    return "\n\n".join(parts)


def _flow(word: str) -> str:
    return f'"{word}"' if "#" in word else word


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text.strip()}\n```"


def _explained_book(code: str, kind: str) -> tuple[str, str]:
    """Return the prose at the head of a book, and the book."""
    text = (BOOKS / f"{code}.{kind}.yaml").read_text(encoding="utf-8")
    head, _, book = text.partition("\n\n")
    return "\n".join(line.removeprefix("#").strip() for line in head.splitlines()), book


def _found(text: str) -> tuple[str, str]:
    """Return what `relmaint check` says of a book, and the id that the first finding of a check is about."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("book.yaml").write_text(text, encoding="utf-8")
        loaded = check_rule_book("book.yaml")
        found = [*loaded.diagnostics, *(check(loaded.book) if loaded.book is not None else ())]
        at = next((one.at for one in find(loaded.book)), "") if loaded.book is not None else ""
    return render_text(found), at


# Customers -----------------------------------------------------------------------------------------------------------


def _stored() -> str:
    found = [one for one in vocabulary_of(Customer).attributes.values() if not one.is_derived]
    return _table(("attribute", "type", "name", "notes"), (_attribute(one) for one in found))


def _derived() -> str:
    found = [one for one in vocabulary_of(Customer).attributes.values() if one.is_derived]
    rows = ((*_attribute(one), _first_line(one)) for one in sorted(found, key=lambda one: one.name))
    return _table(("attribute", "type", "name", "notes", "how it is computed"), rows)


def _first_line(attribute: Attribute) -> str:
    return (getattr(attribute.derive, "__doc__", None) or "").split("\n")[0]


def _attribute(attribute: Attribute) -> tuple[str, str, str, str]:
    label = attribute.label
    name = "<br>".join(part for part in (label.en, label.zh) if part) if label is not None else ""
    notes = [] if attribute.optional else ["always known"]
    notes += ["protected"] if attribute.protected else []
    notes += ["immutable"] if attribute.immutable else []
    return _code(attribute.name), _described(attribute), name, ", ".join(notes)


def _described(attribute: Attribute) -> str:
    match attribute.type:
        case EnumType(values=values):
            return f"one of {_codes(values)}"
        case SetType(values=values):
            return f"any of {_codes(values)}"
        case BooleanType():
            return "true or false"
        case TextType():
            return "text"
        case DateType(minimum=low, maximum=high):
            return "day" + _range(low, high)
        case IntegerType(minimum=low, maximum=high):
            return f"whole number{_range(low, high)}{_unit(attribute)}"
        case DecimalType(scale=scale, minimum=low, maximum=high):
            return f"decimal, {scale} places{_range(low, high)}{_unit(attribute)}"


def _range(low: int | Decimal | date | None, high: int | Decimal | date | None) -> str:
    if low is None and high is None:
        return ""
    if high is None:
        return f", {show_value(low)} or more"
    return f", up to {show_value(high)}" if low is None else f", {show_value(low)} to {show_value(high)}"


def _unit(attribute: Attribute) -> str:
    if attribute.unit is None:
        return ""
    return f", in {attribute.unit}" if attribute.unit == "yuan" else f", in {attribute.unit}s"


def _years() -> str:
    return (
        f"The lunar festivals are known for the years {COVERED_YEARS.start} to {COVERED_YEARS.stop - 1}; "
        "in other years the attributes of festivals are unknown."
    )


# Commands ------------------------------------------------------------------------------------------------------------


def _commands() -> str:
    context = click.Context(root, info_name="relmaint")
    parts = [_table(("command", "what it does"), (_summary(context, name) for name in COMMANDS))]
    parts.append("Options that may stand before the command:")
    parts.append(_options(root))
    for name in COMMANDS:
        command = root.get_command(context, name)
        assert command is not None
        usage = " ".join(["relmaint", name, "[OPTIONS]", *filter(None, map(_argument, command.params))])
        parts += [f"## relmaint {name}", _code(usage), _prose(command.help or "")]
        if any(isinstance(one, click.Option) for one in command.params):
            parts.append(_options(command))
    return "\n\n".join(parts)


def _argument(parameter: click.Parameter) -> str:
    """Return an argument as the usage line shows it; versions of click differ about that of choices."""
    if not isinstance(parameter, click.Argument):
        return ""
    if isinstance(parameter.type, click.Choice):
        return f"[{'|'.join(str(one) for one in parameter.type.choices)}]"
    return parameter.metavar or str(parameter.name).upper()


def _summary(context: click.Context, name: str) -> tuple[str, str]:
    command = root.get_command(context, name)
    assert command is not None
    return f"[`relmaint {name}`](#relmaint-{name})", command.short_help or ""


def _prose(help_text: str) -> str:
    """Write one sentence a line, and options and file names as code."""
    paragraphs = []
    for paragraph in help_text.strip().split("\n\n"):
        joined = " ".join(paragraph.split())
        joined = re.sub(r"(?<!`)(--[a-z][\w-]*)(?!`)", r"`\1`", joined)
        paragraphs.append(re.sub(r"(?<=[.!?]) (?=[A-Z])", "\n", joined))
    return "\n\n".join(paragraphs)


def _options(command: click.Command) -> str:
    rows = [_option(one) for one in command.params if isinstance(one, click.Option) and not one.hidden]
    return _table(("option", "meaning"), [*rows, ("`-h`, `--help`", "Show this and leave.")])


def _option(option: click.Option) -> tuple[str, str]:
    value = ""
    if isinstance(option.type, click.Choice):
        value = f" {'|'.join(str(one) for one in option.type.choices)}"
    elif not option.is_flag:
        value = f" {option.metavar or str(option.type.name).upper()}"
    default = f" Default: `{option.default}`." if option.show_default is True else ""
    names = ", ".join(_code(name) for name in option.opts[:-1])
    return f"{names}{', ' if names else ''}{_code(option.opts[-1] + value)}", f"{option.help or ''}{default}".strip()


# Testing -------------------------------------------------------------------------------------------------------------


def _strategies() -> str:
    return "\n\n".join(_function(name) for name in sorted(testing.__all__) if _is_strategy(name))


def _is_strategy(name: str) -> bool:
    found = getattr(testing, name)
    return inspect.isfunction(found) and "SearchStrategy" in str(inspect.signature(found).return_annotation)


def _other_parts() -> str:
    rest = [name for name in sorted(testing.__all__) if not _is_strategy(name) and name != "laws"]
    parts = [_function(name) for name in rest if inspect.isfunction(getattr(testing, name))]
    classes = [name for name in rest if inspect.isclass(getattr(testing, name))]
    rows = ((_code(name), _docstring(getattr(testing, name))[0]) for name in classes)
    day = f"`DAY` is {testing.DAY}: the day for which a customer is shown when nothing hangs on the day."
    return "\n\n".join([*parts, _table(("class", "what it is"), rows), day])


def _function(name: str) -> str:
    """Write one function: its signature without types, its sentence, and its arguments."""
    function = getattr(testing, name)
    summary, arguments, errors = _docstring(function)
    parts = [f"### {name}", f"```text\n{_signature(name, function)}\n```", summary]
    if arguments:
        parts.append(_table(("argument", "meaning"), ((_code(key), said) for key, said in arguments)))
    return "\n\n".join([*parts, *(f"Raises `{key}`: {said}" for key, said in errors)])


def _signature(name: str, function: Callable[..., object]) -> str:
    shown = []
    for one in inspect.signature(function).parameters.values():
        if one.kind is one.KEYWORD_ONLY and "*" not in shown:
            shown.append("*")
        default = _default(one.default)
        shown.append(one.name if default is None else f"{one.name}={default}")
    return f"{name}({', '.join(shown)})"


def _default(value: object) -> str | None:
    if value is inspect.Parameter.empty:
        return None
    if inspect.isclass(value):
        return value.__name__
    if value == testing.DAY:
        return "DAY"
    return f"date({value.year}, {value.month}, {value.day})" if isinstance(value, date) else repr(value)


_Told = list[tuple[str, str]]


def _docstring(function: object) -> tuple[str, _Told, _Told]:
    """Return the prose of a docstring, its arguments, and its errors."""
    sections = re.split(r"\n\n(Args|Raises):\n", inspect.getdoc(function) or "")
    told: dict[str, _Told] = {"Args": [], "Raises": []}
    for key, body in zip(sections[1::2], sections[2::2], strict=True):
        for entry in re.split(r"\n(?= {4}\S)", body):
            name, _, said = entry.strip().partition(": ")
            told[key].append((name, " ".join(said.split())))
    return _prose(sections[0]), told["Args"], told["Raises"]


def _laws() -> str:
    of_any = {one.name for one in laws.OF_ANY_BOOK}
    rows = ((_code(one.name), one.says, "any" if one.name in of_any else "a bank's", one.reference) for one in laws.ALL)
    return _table(("law", "what must be true", "of which book", "promised by"), rows)


def _profiles() -> str:
    rows = ((_code(f"relmaint.{name}"), f"{examples:,}") for name, examples in PROFILES.items())
    return _table(("profile", "examples"), rows)


def _section(name: str) -> Callable[[], str]:
    return lambda: _keys(name)


GENERATORS: dict[str, Callable[[], str]] = {
    **{f"keys of {one.name}": _section(one.name) for one in SECTIONS},
    **{f"keys of {one.name}": _capacity_keys(one) for one in CAPACITY_SECTIONS},
    "columns of an allocation": _columns_of_an_allocation,
    "keys of case": lambda: _case_keys(CASE_KEYS),
    "keys of expect": lambda: _case_keys(EXPECT_KEYS),
    "operators": _operators,
    "synonyms": _synonyms,
    "reserved words": _reserved,
    "limits of conditions": _limits,
    "precedence": _precedence,
    "codes": _diagnostics,
    "list of checks": _list_of_checks,
    "checks": _checks,
    "stored attributes": _stored,
    "derived attributes": _derived,
    "years": _years,
    "commands": _commands,
    "strategies": _strategies,
    "laws": _laws,
    "profiles": _profiles,
    "other parts": _other_parts,
}
"""What stands between the markers, by name."""


def main() -> int:
    """Write the pages anew; return 1 when `--check` finds a stale one."""
    stale = [page for page in PAGES if page.read_text(encoding="utf-8") != renewed(page.read_text(encoding="utf-8"))]
    if "--check" in sys.argv[1:]:
        for page in stale:
            sys.stdout.write(f"{page.name} is stale; run `{COMMAND}`\n")
        return int(bool(stale))
    for page in stale:
        page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")
        sys.stdout.write(f"{page.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
