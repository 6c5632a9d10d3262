"""`relmaint why`: why is an action in a customer's plan or not, and what is the least that would change that?"""

from __future__ import annotations

import json
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from relmaint import __version__
from relmaint.cli.explain import known_action
from relmaint.cli.options import (
    as_of_option,
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
    from relmaint.verify.why import Answer, Change, NearMisses

__all__ = ["command"]


@click.command("why", short_help="The least that would bring an action into a plan, or take it out.")
@click.argument("file", metavar="FILE")
@click.option("--customer", "customer_id", metavar="ID", help="Which customer; not needed when FILE holds one.")
@click.option("--action", "action", metavar="ID", help="Which action; without it, all that one change would bring in.")
@book_option
@model_option
@as_of_option
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
    format_: str,
) -> None:
    """Say why ACTION is in the plan of one customer of FILE or not, and the smallest change that turns that round.

    The change is of as few attributes as can be, and that fewer do not suffice is proven. Attributes that nothing can
    change (a birth date, and what is computed from it alone) are left as they are, and so is the day.
    """
    from relmaint.customers import read_customers
    from relmaint.engine import Engine
    from relmaint.explain.text import explanation_text
    from relmaint.model.attributes import facts_of
    from relmaint.verify.why import Why

    model = customer_model(model_name)
    engine = Engine(load_book(book_path, model))
    if action is not None:
        known_action(action, engine.book.actions)
    customer = only_customer(read_customers(file, model), customer_id, file)
    facts = facts_of(engine.book.vocabulary, customer, as_of)
    why = Why(engine.book)
    if action is None:
        near = why.near_misses(facts)
        click.echo(_near_json(near) if format_ == "json" else _near_text(near))
        return
    answer = why.smallest(facts, action)
    if format_ == "json":
        click.echo(_json({"action": action, **_document(answer)}))
        return
    paint, width = painter(sys.stdout), width_of(sys.stdout)
    explanation = engine.explain(customer, as_of=as_of)
    text = explanation_text(explanation, settings().language, book=engine.book, action=action, width=width, paint=paint)
    click.echo(text, color=True)
    click.echo("\n" + _said(answer, action))


def _said(answer: Answer, action: str) -> str:
    way = "out of the plan" if answer.planned else "into the plan"
    if answer.changes:
        size = len(answer.changes[0].to)
        least = "the least that takes" if answer.planned else "the least that brings"
        head = f"{least} `{action}` {way} is {size} changed attribute{'s' * (size != 1)}"
        proven = "" if answer.smaller_proven else " (whether fewer do could not be decided)"
        return "\n".join([f"{head}{proven}:", *(f"  {_words(one)}" for one in answer.changes)])
    if not answer.smaller_proven:
        return f"whether a change takes `{action}` {way} could not be decided"
    return f"nothing that can change about this customer, up to four attributes, takes `{action}` {way}"


def _words(change: Change) -> str:
    return "; ".join(change.to.values())


def _near_text(near: NearMisses) -> str:
    wide = max((len(name) for name in near.changes), default=0)
    lines = [f"{name:<{wide}}  {_words(change)}" for name, change in near.changes.items()]
    if near.undecided:
        open_ = ", ".join(f"`{name}`" for name in near.undecided)
        lines.append(f"whether a single changed attribute brings {open_} into the plan could not be decided")
    return "\n".join(lines) or "no single changed attribute brings another action into the plan"


def _document(answer: Answer) -> dict[str, Any]:
    changes = [{"to": dict(one.to), "distance": one.distance} for one in answer.changes]
    return {"planned": answer.planned, "changes": changes, "smaller_proven": answer.smaller_proven}


def _near_json(near: NearMisses) -> str:
    found = {name: {"to": dict(one.to), "distance": one.distance} for name, one in near.changes.items()}
    return _json({"near": found, "undecided": list(near.undecided)})


def _json(document: dict[str, Any]) -> str:
    head = {"format_version": FORMAT_VERSION, "tool": f"relmaint {__version__}"}
    return json.dumps({**head, **document}, ensure_ascii=False, indent=2)
