"""`relmaint matrix`: what can the book propose for each combination of preference, habit and tier?"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from relmaint.cli.options import (
    color_option,
    customer_model,
    language_option,
    load_book,
    model_option,
    output_option,
    settings,
)
from relmaint.cli.render import is_colored, opened, width_of

if TYPE_CHECKING:
    from relmaint.ir.rules import RuleBook
    from relmaint.model.action import Action, Kind
    from relmaint.text import Language

__all__ = ["Block", "Cell", "blocks", "command", "kinds", "label", "of_kind"]


Pair = tuple[str, str]
"""An axis, and one of its words."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination: its word on each axis, and the actions it can get.

    Args:
        words: its word on each axis.
        standing: actions that every such customer is proposed.
        triggered: actions that hang on something else too.
        shared: triggered actions that are triggered in every other cell as well.
    """

    words: Mapping[str, str]
    standing: tuple[Action, ...]
    triggered: tuple[Action, ...]
    shared: tuple[Action, ...]

    @property
    def anchor(self) -> str:
        """The name of the cell in links."""
        return "-".join(self.words.values()) or "all"

    @property
    def groups(self) -> tuple[tuple[str, tuple[Action, ...]], ...]:
        """The actions by what they hang on, each group with the key of its name."""
        return ("standing", self.standing), ("triggered", self.triggered), ("shared", self.shared)


def kinds(book: RuleBook) -> tuple[Kind, ...]:
    """Return the kinds of maintenance of which the book has any action, in their order."""
    from relmaint.model.action import Kind

    return tuple(kind for kind in Kind if any(action.kind is kind for action in book.actions.values()))


def of_kind(actions: Iterable[Action], kind: Kind) -> tuple[Action, ...]:
    """Return the actions of one kind of maintenance."""
    return tuple(action for action in actions if action.kind is kind)


@dataclass(frozen=True, slots=True)
class Block:
    """A table of cells: rows of the first axis, columns of the second, one block for each word of the third."""

    name: tuple[Pair, ...]
    columns: tuple[tuple[Pair, ...], ...]
    rows: tuple[tuple[tuple[Pair, ...], tuple[Cell, ...]], ...]


def blocks(cells: Iterable[Cell]) -> tuple[Block, ...]:
    """Lay cells out in tables; a model may have fewer axes than three, and then there are fewer parts."""
    found: dict[tuple[Pair, ...], dict[tuple[Pair, ...], dict[tuple[Pair, ...], Cell]]] = {}
    for cell in cells:
        pairs = tuple(cell.words.items())
        found.setdefault(pairs[2:], {}).setdefault(pairs[:1], {})[pairs[1:2]] = cell
    return tuple(
        Block(name, tuple(next(iter(rows.values()))), tuple((row, tuple(line.values())) for row, line in rows.items()))
        for name, rows in found.items()
    )


@click.command("matrix", short_help="What each combination of the three axes can get.")
@click.argument("book_path", metavar="[BOOK]", type=click.Path(), required=False)
@model_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(("text", "csv", "html")),
    default="text",
    show_default=True,
    help="text for counts or one cell, csv for all, html for one page to read offline.",
)
@click.option("--cell", "cell", metavar="WORDS", help="List the actions of one cell, such as deposit,price,key.")
@output_option
@language_option
@color_option
def command(book_path: str | None, model_name: str | None, format_: str, cell: str | None, output: str | None) -> None:
    """Show for each combination of preference, habit and tier which actions BOOK can propose.

    Standing actions are proposed for every such customer; triggered ones when something else is true of it too.
    Guards, overrides and budgets may still withhold an action from a customer.
    """
    book = load_book(book_path, customer_model(model_name))
    language = settings().language
    cells = list(_cells(book, None if cell is None else {word.strip() for word in cell.split(",")}))
    if not cells:
        raise click.UsageError(f"there is no cell `{cell}`; name one word of each axis, such as deposit,price,key")
    with opened(output, bom=format_ == "csv") as stream:
        if format_ == "csv":
            stream.write(_csv(cells, language))
        elif format_ == "html":
            from relmaint.cli.matrix_page import page

            stream.write(page(book, cells, language))
        elif cell is not None:
            stream.write(_listing(book, cells[0], language))
        else:
            stream.write(_counts(book, cells, language, width=width_of(stream) or 110, colored=is_colored(stream)))


def _cells(book: RuleBook, wanted: set[str] | None) -> Iterator[Cell]:
    from relmaint.verify.totality import Totality

    totality = Totality(book)
    actions = {tuple(words.items()): totality.actions(words) for words in totality.combinations}
    triggered_in = [{one.action.id for one in found if not one.always} for found in actions.values()]
    everywhere = set.intersection(*triggered_in) if len(triggered_in) > 1 else set()
    for words, found in actions.items():
        if wanted is None or set(dict(words).values()) == wanted:
            triggered = [one.action for one in found if not one.always]
            yield Cell(
                dict(words),
                tuple(one.action for one in found if one.always),
                tuple(action for action in triggered if action.id not in everywhere),
                tuple(action for action in triggered if action.id in everywhere),
            )


def label(book: RuleBook, pairs: Iterable[Pair], language: Language) -> str:
    """Return what people call words of axes, such as `deposit-reliant × key`."""
    from relmaint.explain.text import term

    return " × ".join(term(book, axis, word, language) for axis, word in pairs)


def _csv(cells: Iterable[Cell], language: Language) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    for number, cell in enumerate(cells):
        if number == 0:
            table.writerow([*cell.words, "kind", "when", "action", "title", "nature", "owner", "channel"])
        for when, actions in cell.groups:
            table.writerows(
                [
                    *cell.words.values(),
                    action.kind.value,
                    when,
                    action.id,
                    action.title.in_language(language),
                    action.nature.value,
                    action.owner or "",
                    ";".join(action.channel),
                ]
                for action in sorted(actions, key=lambda one: (one.kind.value, one.id))
            )
    return text.getvalue()


def _listing(book: RuleBook, cell: Cell, language: Language) -> str:
    from relmaint.explain.words import say

    lines = [label(book, cell.words.items(), language)]
    for kind in kinds(book):
        lines += ["", say(kind.value, language)]
        for key, actions in cell.groups:
            if found := of_kind(actions, kind):
                lines.append(f"  {say(key, language)}")
                lines += [f"    {action.title.in_language(language)}  {action.id}" for action in found]
    return "\n".join(lines) + "\n"


def _counts(book: RuleBook, cells: list[Cell], language: Language, *, width: int, colored: bool) -> str:
    """Return a table a block: how many standing and triggered actions of each kind every cell has."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    from relmaint.explain.words import say

    text = io.StringIO()
    console = Console(file=text, force_terminal=colored, no_color=not colored, highlight=False, width=width)
    console.print(say("matrix-counts", language))
    if cells[0].shared:
        console.print(say("matrix-shared", language, count=len(cells[0].shared)))
    for block in blocks(cells):
        title = label(book, block.name, language)
        table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", title_style="bold", pad_edge=False)
        for column in ((), *block.columns):
            table.add_column(label(book, column, language), overflow="fold")
        for row, found in block.rows:
            table.add_row(label(book, row, language), *(_count(cell, book, language) for cell in found))
        console.print(table)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


def _count(cell: Cell, book: RuleBook, language: Language) -> str:
    from relmaint.explain.words import say

    lines = []
    for kind in kinds(book):
        standing, triggered = of_kind(cell.standing, kind), of_kind(cell.triggered, kind)
        lines.append(f"{say(f'short-{kind.value}', language)} {len(standing)}+{len(triggered)}")
    return "\n".join(lines)
