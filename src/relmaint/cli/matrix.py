"""`relmaint matrix`: what can the book propose for each combination of preference, habit and tier?"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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

__all__ = ["Cell", "command"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination: its word on each axis, and its actions; standing ones need nothing more to be true."""

    words: Mapping[str, str]
    standing: tuple[Action, ...]
    triggered: tuple[Action, ...]

    @property
    def anchor(self) -> str:
        """The name of the cell in links."""
        return "-".join(self.words.values())

    def of_kind(self, kind: Kind) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
        """Return the standing and the triggered actions of one kind of maintenance."""
        standing = tuple(action for action in self.standing if action.kind is kind)
        return standing, tuple(action for action in self.triggered if action.kind is kind)


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
    cells = list(_cells(book, cell))
    with opened(output, bom=format_ == "csv") as stream:
        if format_ == "csv":
            stream.write(_csv(cells, language))
        elif format_ == "html":
            from relmaint.cli.matrix_page import page

            stream.write(page(book, cells, language))
        elif cell is not None:
            stream.write(_listing(book, cells[0], language))
        else:
            _print_counts(book, cells, language, stream)


def _cells(book: RuleBook, wanted: str | None) -> Iterator[Cell]:
    from relmaint.verify.totality import Totality

    totality = Totality(book)
    combinations = list(totality.combinations)
    if wanted is not None:
        asked = set(wanted.replace("×", ",").replace(" ", "").split(","))
        combinations = [one for one in combinations if set(one.values()) == asked]
        if not combinations:
            raise click.UsageError(
                f"there is no cell `{wanted}`; name one word of each axis, such as deposit,price,key"
            )
    for combination in combinations:
        found = totality.actions(combination)
        standing = tuple(one.action for one in found if one.always)
        yield Cell(combination, standing, tuple(one.action for one in found if not one.always))


def _label(book: RuleBook, axis: str, word: str, language: Language) -> str:
    from relmaint.explain.text import term

    return term(book, axis, word, language)


def _csv(cells: Iterable[Cell], language: Language) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    for number, cell in enumerate(cells):
        if number == 0:
            table.writerow([*cell.words, "kind", "when", "action", "title", "nature", "owner", "channel"])
        for when, actions in (("standing", cell.standing), ("triggered", cell.triggered)):
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

    lines = [" × ".join(_label(book, axis, word, language) for axis, word in cell.words.items())]
    for kind in book.covers:
        lines += ["", say(kind.value, language)]
        for key, actions in zip(("standing", "triggered"), cell.of_kind(kind), strict=True):
            lines.append(f"  {say(key, language)}{'' if actions else say('colon', language) + say('none', language)}")
            lines += [f"    {action.title.in_language(language)}  {action.id}" for action in actions]
    return "\n".join(lines) + "\n"


def _print_counts(book: RuleBook, cells: list[Cell], language: Language, stream: Any) -> None:
    """Print one table a word of the last axis: how many standing and triggered actions of each kind."""
    from rich.console import Console
    from rich.table import Table

    from relmaint.explain.words import say

    console = Console(file=stream, no_color=not is_colored(sys.stdout), highlight=False, width=width_of(stream) or 100)
    axes = list(cells[0].words)
    console.print(say("matrix-counts", language))
    for last in dict.fromkeys(cell.words[axes[-1]] for cell in cells):
        here = [cell for cell in cells if cell.words[axes[-1]] == last]
        table = Table(title=_label(book, axes[-1], last, language), title_justify="left", title_style="bold")
        columns = list(dict.fromkeys(cell.words[axes[1]] for cell in here)) if len(axes) > 2 else []
        table.add_column("")
        for word in columns:
            table.add_column(_label(book, axes[1], word, language))
        for first in dict.fromkeys(cell.words[axes[0]] for cell in here):
            row = [cell for cell in here if cell.words[axes[0]] == first]
            table.add_row(_label(book, axes[0], first, language), *(_count(cell, book, language) for cell in row))
        console.print(table)


def _count(cell: Cell, book: RuleBook, language: Language) -> str:
    from relmaint.explain.words import say

    lines = []
    for kind in book.covers:
        standing, triggered = cell.of_kind(kind)
        lines.append(f"{say(f'short-{kind.value}', language)} {len(standing)}+{len(triggered)}")
    return "\n".join(lines)
