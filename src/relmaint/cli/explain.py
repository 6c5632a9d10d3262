"""`relmaint explain`: what became of every action for one customer, and why."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import click

from relmaint import __version__
from relmaint.cli.options import (
    as_of_option,
    backend_option,
    book_option,
    color_option,
    customer_model,
    language_option,
    load_book,
    model_option,
    settings,
)
from relmaint.cli.plan import FORMAT_VERSION, only_customer
from relmaint.cli.render import painter, width_of

if TYPE_CHECKING:
    from relmaint.engine import BackendName
    from relmaint.model.explanation import Explanation

__all__ = ["command", "known_action"]


@click.command("explain", short_help="Why a customer's plan is what it is.")
@click.argument("file", metavar="FILE")
@click.option("--customer", "customer_id", metavar="ID", help="Which customer; not needed when FILE holds one.")
@click.option("--action", "action", metavar="ID", help="Only this action.")
@book_option
@model_option
@as_of_option
@backend_option
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", show_default=True)
@language_option
@color_option
def command(
    file: str,
    customer_id: str | None,
    action: str | None,
    book_path: str | None,
    model_name: str | None,
    as_of: date,
    backend: BackendName,
    format_: str,
) -> None:
    """Account for every action of the catalogue for one customer of FILE.

    Each is planned, or withheld by a named rule, or not proposed; with the values read and the rules' places.
    """
    from relmaint.customers import read_customers
    from relmaint.engine import Engine
    from relmaint.explain.text import explanation_text

    model = customer_model(model_name)
    engine = Engine(load_book(book_path, model), backend)
    if action is not None:
        known_action(action, engine.book.actions)
    customer = only_customer(read_customers(file, model), customer_id, file)
    explanation = engine.explain(customer, as_of=as_of)
    if format_ == "json":
        click.echo(_json(explanation, action))
        return
    paint, width = painter(sys.stdout), width_of(sys.stdout)
    text = explanation_text(explanation, settings().language, book=engine.book, action=action, width=width, paint=paint)
    click.echo(text, color=True)


def known_action(action: str, known: Mapping[str, object]) -> None:
    """Refuse an action that is not in the catalogue.

    Raises:
        UsageError: with a guess at what was meant.
    """
    from relmaint.diagnostics import did_you_mean

    if action in known:
        return
    hint = did_you_mean(action, known)
    raise click.UsageError(f"the book has no action `{action}`" + (f"; {hint}" if hint else ""))


def _json(explanation: Explanation, action: str | None) -> str:
    document = explanation.model_dump(mode="json")
    if action is not None:
        document["accounts"] = [explanation.of(action).model_dump(mode="json")]
    head = {"format_version": FORMAT_VERSION, "tool": f"relmaint {__version__}"}
    return json.dumps({**head, **document}, ensure_ascii=False, indent=2)
