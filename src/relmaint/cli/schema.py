"""`relmaint schema`: how may a rule book, its cases, a customer or a plan look, for editors and other programs?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from relmaint.cli.options import customer_model, load_book, model_option

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["command"]

_HINT = """\
save it beside the book, and start each file of the {what} with one of
  # yaml-language-server: $schema={name}
  # $schema: {name}            (JetBrains)"""

_FILES = {"book": "relmaint.schema.json", "cases": "cases.schema.json"}
"""How the schemas for editors are called in the hint."""


@click.command("schema", short_help="JSON Schema of a book, its cases, a customer or a plan.")
@click.argument("what", type=click.Choice(("book", "cases", "customer", "plan")), default="book")
@click.option(
    "--book", "book_path", metavar="PATH", type=click.Path(), help="Complete the actions, rules and terms of this book."
)
@model_option
def command(what: str, book_path: str | None, model_name: str | None) -> None:
    """Print a JSON Schema: of a rule book or its cases (draft 7, for editors), of a customer record, or of a plan.

    In an editor with a YAML language server the schemas of a book and of its cases complete keys, attributes and words.
    """
    model = customer_model(model_name)
    document = _schema(what, book_path, model)
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    if what in _FILES:
        click.echo(_HINT.format(what=what, name=_FILES[what]), err=True)


def _schema(what: str, book_path: str | None, model: type[BaseModel]) -> dict[str, Any]:
    if what == "plan":
        from relmaint.model.plan import ActionPlan

        return ActionPlan.model_json_schema(mode="serialization")
    if what == "customer":
        return model.model_json_schema()
    from relmaint.model.attributes import vocabulary_of
    from relmaint.rulebook.schema import rule_book_schema

    book = load_book(book_path, model) if book_path is not None else None
    if what == "cases":
        from relmaint.cases.schema import cases_schema

        return cases_schema(book, model)
    return rule_book_schema(book, vocabulary_of(model))
