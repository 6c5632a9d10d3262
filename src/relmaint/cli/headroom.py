"""`relmaint headroom`: how far may each base and boost move before a plan changes, and whose changes first?"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from relmaint import __version__
from relmaint.cli.changes import step_data
from relmaint.cli.options import color_option, customer_model, load_book, model_option, output_option
from relmaint.cli.plan import FORMAT_VERSION
from relmaint.cli.render import is_colored, opened, width_of

if TYPE_CHECKING:
    from relmaint.ir.rules import RuleBook
    from relmaint.verify.headroom import End, First, Headroom, Number

__all__ = ["command"]

_NOWHERE = 10_000
"""Files and pipes break no lines of a table."""

_READABLE = 300
"""A longer condition says less to a person than the example; JSON holds it all the same."""


@click.command("headroom", short_help="How far each base and boost may move before a plan changes.")
@click.argument("book_path", metavar="[BOOK]", type=click.Path(), required=False)
@click.option(
    "--only",
    "only",
    metavar="ID",
    multiple=True,
    help="Only the numbers of this action, rule, row or table, and whose plans change; may be repeated.",
)
@click.option(
    "--budget",
    "budget",
    metavar="N",
    type=click.IntRange(1),
    help="Look at N regions of customers at most for each end of a number.",
)
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", show_default=True)
@model_option
@output_option
@color_option
def command(
    book_path: str | None,
    only: tuple[str, ...],
    budget: int | None,
    format_: str,
    model_name: str | None,
    output: str | None,
) -> None:
    """Say how far each base of an action, and each boost of a rule or table row of BOOK, may move, all else unchanged.

    As long as a number stays within the range that is told, every possible customer's plan stays the same, by proof;
    one step beyond either end somebody's plan changes. Where the search was given up the answer says so, and what is
    known. BOOK is by default the shipped retail book.
    """
    from relmaint.verify.headroom import BUDGET, Headrooms

    book = load_book(book_path, customer_model(model_name))
    rooms = Headrooms(book, budget=budget or BUDGET)
    found = sorted(map(rooms.of, _picked(rooms.numbers, only)), key=lambda one: (one.least, str(one.number)))
    with opened(output) as stream:
        if format_ == "json":
            stream.write(_json(book, found))
        elif only:
            stream.write("\n\n".join("\n".join(_account(one)) for one in found) + "\n")
        else:
            stream.write(_table(found, width=width_of(stream) or _NOWHERE, colored=is_colored(stream)))


def _picked(numbers: Sequence[Number], only: Sequence[str]) -> list[Number]:
    """Return the numbers that the ids name.

    Raises:
        click.UsageError: an id names no number.
    """
    if not only:
        return list(numbers)
    from relmaint.diagnostics import did_you_mean

    names = [{one.statement, one.table, *one.touched} for one in numbers]
    known = sorted({name for each in names for name in each if name is not None})
    for name in only:
        if name not in known:
            hint = did_you_mean(name, known)
            raise click.UsageError(f"`{name}` holds no base and no boost" + (f"; {hint}" if hint else ""))
    return [number for number, each in zip(numbers, names, strict=True) if each & set(only)]


# --- text ------------------------------------------------------------------------------------------------------------


def _table(found: Sequence[Headroom], *, width: int, colored: bool) -> str:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    from relmaint.verify.headroom import Undecided

    text = io.StringIO()
    console = Console(file=text, force_terminal=colored, no_color=not colored, highlight=False, width=width)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("number", overflow="fold")
    table.add_column("is", justify="right", no_wrap=True)
    table.add_column("may be", no_wrap=True)
    for column in ("first change below", "first change above"):
        table.add_column(column, overflow="fold")
    for one in found:
        ends = (_brief(one.number, end) for end in (one.down, one.up))
        table.add_row(_name(one.number), str(one.number.value), _range(one), *ends)
    console.print(table)
    lines = [_summary(found), *(line.rstrip() for line in text.getvalue().rstrip().splitlines()), ""]
    if any(isinstance(end, Undecided) for one in found for end in (one.down, one.up)):
        lines.append("?: so far it is proven; a greater --budget may find that the number can move further")
    lines.append("whose plan changes, and how: relmaint headroom --only ID")
    return "\n".join(lines) + "\n"


def _summary(found: Sequence[Headroom]) -> str:
    from relmaint.verify.headroom import Unbounded, Undecided

    stuck = sum(one.least == 0 for one in found)
    free = sum(isinstance(one.down, Unbounded) and isinstance(one.up, Unbounded) for one in found)
    open_ = sum(isinstance(one.down, Undecided) or isinstance(one.up, Undecided) for one in found)
    parts = [f"{len(found)} bases and boosts", f"{stuck} change a plan with one step", f"{free} may be any number"]
    return ", ".join([*parts, f"{open_} not decided to the end"] if open_ else parts)


def _name(number: Number) -> str:
    match number.role:
        case "action":
            return f"{number.statement} base"
        case "rule":
            return f"{number.statement} boost {number.touched[0]}"
        case _:
            return f"{number.statement} boost"


def _range(one: Headroom) -> str:
    """Say which numbers change no plan; a question mark says that more of them may not."""
    from relmaint.verify.headroom import Unbounded, Undecided

    low, high = (
        None if isinstance(end, Unbounded) else one.number.value + way * end.steps
        for way, end in ((-1, one.down), (1, one.up))
    )
    marks = ["?" if isinstance(end, Undecided) else "" for end in (one.down, one.up)]
    if low is None and high is None:
        return "any number"
    if low is None:
        return f"up to {high}{marks[1]}"
    if high is None:
        return f"{low}{marks[0]} or more"
    return f"{low}{marks[0]} to {high}{marks[1]}" if low != high or any(marks) else f"{low} only"


def _brief(number: Number, end: End) -> str:
    from relmaint.verify.headroom import Reached, Undecided

    match end:
        case Reached(_, first):
            return f"{first.value}: {_passes(number, first, '')}"
        case Undecided(_, None):
            return "not decided"
        case Undecided(_, first):
            assert first is not None
            return f"{first.value} or nearer: {_passes(number, first, '')}"
        case _:
            return "none"


def _passes(number: Number, first: First, quote: str) -> str:
    """Say which action now ranks above which."""
    above, below = (f"{quote}{name}{quote}" for name in first.pair)
    if number.touched == (first.pair[0],):
        return f"above {below}"
    if number.touched == (first.pair[1],):
        return f"below {above}"
    return f"{above} above {below}"


def _account(one: Headroom) -> Iterator[str]:
    """Yield the lines that tell all about one number."""
    number = one.number
    at = "" if number.span is None else f" ({number.span})"
    yield f"the {number} is {number.value}{at} and may be {_range(one)}"
    for way, end in (("lower", one.down), ("higher", one.up)):
        yield from (f"  {line}" for line in _end(number, end, way))


def _end(number: Number, end: End, way: str) -> Iterator[str]:
    from relmaint.verify.headroom import Reached, Unbounded, Undecided

    match end:
        case Unbounded(why):
            yield f"no {way} number changes a plan: {why.value}"
        case Reached(_, first):
            yield f"at {first.value} plans change: {_passes(number, first, '`')}"
            yield from _shown(first)
        case Undecided(steps, first):
            yield f"{way} by more than {steps} was not decided; a greater --budget may"
            if first is not None:
                yield f"at {first.value}, if not nearer, plans change: {_passes(number, first, '`')}"
                yield from _shown(first)


def _shown(first: First) -> Iterator[str]:
    if first.witness is None or len(first.when) <= _READABLE:
        yield f"  who: {'every customer' if first.when == 'always' else first.when}"
    if first.witness is not None:
        yield f"  for example {first.witness.record()}"
    yield f"  plan: {', '.join(step.action for step in first.before) or 'nothing'}"
    yield f"  then: {', '.join(step.action for step in first.after) or 'nothing'}"


# --- json ------------------------------------------------------------------------------------------------------------


def _json(book: RuleBook, found: Sequence[Headroom]) -> str:
    from relmaint.engine import Engine

    document = {
        "format_version": FORMAT_VERSION,
        "tool": f"relmaint {__version__}",
        "book": {"name": book.name, "version": book.version, "digest": Engine(book).ref.digest},
        "numbers": [_held(one) for one in found],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _held(one: Headroom) -> dict[str, Any]:
    number = one.number
    return {
        "role": number.role,
        "statement": number.statement,
        "table": number.table,
        "actions": list(number.touched),
        "value": number.value,
        "path": None if number.span is None else number.span.path,
        "line": None if number.span is None else number.span.line,
        "down": _held_end(one.down),
        "up": _held_end(one.up),
    }


def _held_end(end: End) -> dict[str, Any]:
    """Return an end: so many `steps` change no plan; `null` when no number does."""
    from relmaint.verify.headroom import Unbounded

    if isinstance(end, Unbounded):
        return {"kind": "unbounded", "steps": None, "why": end.why.value, "first": None}
    first = None if end.first is None else _held_first(end.first)
    return {"kind": type(end).__name__.lower(), "steps": end.steps, "why": None, "first": first}


def _held_first(first: First) -> dict[str, Any]:
    above, below = first.pair
    witness = first.witness
    return {
        "value": first.value,
        "action": above,
        "above": below,
        "when": first.when,
        "customer": None if witness is None else witness.record(),
        "before": [step_data(step) for step in first.before],
        "after": [step_data(step) for step in first.after],
    }
