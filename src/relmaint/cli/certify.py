"""`relmaint certify`: do three independent matchers agree on a rule book?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relmaint import __version__
from relmaint.cli.options import color_option, customer_model, load_book, model_option, output_option
from relmaint.cli.render import Progress, opened

if TYPE_CHECKING:
    from relmaint.ir.rules import RuleBook

__all__ = ["command"]


@click.command("certify", short_help="Let three independent matchers agree on a rule book.")
@click.argument("book_path", metavar="[BOOK]", type=click.Path(), required=False)
@click.option(
    "--verify",
    "certification",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="Check that FILE certifies BOOK as it is now.",
)
@click.option(
    "--seconds",
    metavar="N",
    type=click.FloatRange(0.001),
    default=60.0,
    show_default=True,
    help="How long the Rete engine may take for one answer.",
)
@click.option(
    "--memory",
    "megabytes",
    metavar="MB",
    type=click.IntRange(64),
    default=4096,
    show_default=True,
    help="How much memory the Rete engine may take.",
)
@model_option
@output_option
@color_option
def command(
    book_path: str | None,
    certification: str | None,
    seconds: float,
    megabytes: int,
    model_name: str | None,
    output: str | None,
) -> int:
    """Compare which statements match by the reference, the compiled backend and the Rete engine of durable-rules.

    They are compared on a covering set of the cells of BOOK (all of them when there are few), at both ends of every
    class, and on a customer of every class; BOOK is by default the shipped retail book. The Rete engine runs in a
    process of its own: when it crashes, hangs or runs out of memory, the book is not certified, and the customer at
    whom it died is named. With `-o` the result is written as JSON, which `--verify` checks again without that engine.

    The exit code is 0 when the book is certified, 1 when it is not, and 2 when that cannot be found out here.
    """
    book = load_book(book_path, customer_model(model_name))
    if certification is not None:
        if output is not None:
            raise click.UsageError("`--verify` writes nothing; leave `--output` out")
        return _verify(certification, book)
    _require_rete()
    from relmaint.verify.agreement import certify

    with Progress(None, "customers compared").counting() as done:
        document = certify(book, tool=f"relmaint {__version__}", done=done, seconds=seconds, megabytes=megabytes)
    if output is not None:
        with opened(output) as stream:
            stream.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    click.echo("\n".join(_said(document)))
    return int(not document["certified"])


def _require_rete() -> None:
    """Tell before all work that the third opinion cannot be had."""
    from relmaint.backends.rete import availability
    from relmaint.errors import BackendUnavailableError

    can_run, said = availability()
    if not can_run:
        raise BackendUnavailableError(said)


def _verify(path: str, book: RuleBook) -> int:
    from relmaint.verify.agreement import problems_of

    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        click.echo(f"error: `{path}` is not JSON", err=True)
        return 2
    problems = list(problems_of(document, book))
    for problem in problems:
        click.echo(f"{path}: {problem}")
    if problems:
        return 1
    probes, customers = document["compared"]["probes"], document["compared"]["customers"]
    click.echo(f"{path}: certifies {book.name} {book.version}: {probes} probes and {customers} customers, all checked")
    return 0


def _said(document: dict[str, Any]) -> list[str]:
    book, compared = document["book"], document["compared"]
    guarantee = compared["guarantee"]
    lines = [f"{book['name']} {book['version']} {book['digest']}"]
    lines.append(
        f"compared: {compared['probes']} probes, {compared['customers']} customers; "
        f"{compared['statements']} statements, {compared['boxes']} boxes, {compared['classes']} classes"
    )
    if guarantee["every_cell"]:
        lines.append(f"covered: every one of the {compared['possible_cells']} possible cells")
    lines.append(
        f"covered: {guarantee['decisive']} class ends at which one box decides "
        f"({guarantee['proven_indecisive']} more proven to decide nothing, {guarantee['undecided']} undecided), "
        f"{guarantee['pairs_of_classes']} pairs of classes"
    )
    if len(set(compared["answers"].values())) > 1:
        lines.append("answers: " + ", ".join(f"{count} by {name}" for name, count in compared["answers"].items()))
    lines += [line for one in document["shown"] for line in _disagreement(one)]
    lines += [_death(one) for one in document["deaths"]]
    if document["certified"]:
        lines.append("certified: reference, compiled and rete agree")
    else:
        lines.append(f"NOT certified: {_reasons(document)}")
    return lines


def _disagreement(one: dict[str, Any]) -> list[str]:
    lines = [f"{one['backend']} disagrees on {_facts(one['facts'])} on {one['as_of']}"]
    lines += [f"  `{name}` does not match, and should" for name in one["missing"]]
    return lines + [f"  `{name}` matches, and should not" for name in one["extra"]]


def _death(one: dict[str, Any]) -> str:
    if one["facts"] is None:
        return f"the rete engine died before the first cell: {one['how']}"
    again = "and dies there alone too" if one["alone"] else "and does not die there alone"
    where = _facts(one["facts"])
    return f"the rete engine died after {one['answered']} cells, {again}: {one['how']}; on cell {where}"


def _facts(facts: dict[str, str]) -> str:
    return f"{{{', '.join(f'{name}: {value}' for name, value in facts.items())}}}"


def _reasons(document: dict[str, Any]) -> str:
    count, deaths = document["disagreements"], len(document["deaths"])
    parts = [f"{count} disagreement{'s' * (count != 1)}"] if count else []
    return "; ".join([*parts, *([f"the rete engine died {deaths} time{'s' * (deaths != 1)}"] if deaths else [])])
