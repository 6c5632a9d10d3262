"""`relmaint plan`: what to do for each customer of a file."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from datetime import date
from typing import TYPE_CHECKING, Protocol, TextIO

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
    output_option,
    settings,
)
from relmaint.cli.render import Progress, Voice, opened, painter, width_of

if TYPE_CHECKING:
    from pydantic import BaseModel

    from relmaint.customers import Record
    from relmaint.engine import BackendName, Engine
    from relmaint.ir.rules import RuleBook
    from relmaint.model.plan import ActionPlan
    from relmaint.text import Language

__all__ = ["CSV_COLUMNS", "command", "only_customer"]

FORMAT_VERSION = 1
"""The version of the JSON document; it grows when a reader of the old one would be misled."""

CSV_COLUMNS = (
    "customer",
    "as_of",
    "book",
    "version",
    "status",
    "rank",
    "action",
    "kind",
    "nature",
    "title",
    "due",
    "not_before",
    "owner",
    "channel",
    "precedence",
    "score",
    "because",
    "rules",
)


@click.command("plan", short_help="What to do for each customer of a file.")
@click.argument("file", metavar="FILE")
@book_option
@model_option
@as_of_option
@backend_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(("text", "json", "jsonl", "csv")),
    default="text",
    show_default=True,
    help="text to read, json for one document, jsonl for one plan a line, csv for one row an action.",
)
@output_option
@click.option("--customer", "customer_id", metavar="ID", help="Only this customer.")
@click.option(
    "--records",
    "records_path",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Keep a decision record of each plan in FILE (JSON Lines), for `relmaint replay`.",
)
@click.option("--without-id", is_flag=True, help="Leave the customers' ids out of the records.")
@click.option("--resume", is_flag=True, help="Tables: go on with a run that did not come to its end.")
@click.option("--shard", metavar="I/N", help="Tables: only every N-th part of the rows, from the I-th on.")
@click.option("--threads", metavar="N", type=click.IntRange(1), help="Tables: parts at a time; default: one a core.")
@click.option("--explode", is_flag=True, help="Tables: also a row for each customer and action, with its due day.")
@language_option
@color_option
def command(
    file: str,
    book_path: str | None,
    model_name: str | None,
    as_of: date,
    backend: BackendName,
    format_: str,
    output: str | None,
    customer_id: str | None,
    records_path: str | None,
    without_id: bool,
    resume: bool,
    shard: str | None,
    threads: int | None,
    explode: bool,
) -> int:
    """Plan for the customers of FILE: YAML, JSON, JSON Lines, or CSV whose header names attributes.

    A bad record is reported on the standard error and never loses the others; the exit code is then 1.
    FILE may be - for JSON Lines from the standard input.

    When FILE or the output is a table (.parquet, .arrow), a whole customer base is planned for in bounded memory: FILE
    may then be a folder or a glob too, and beside the output appear the actions of each distinct plan, what was
    withheld, the rows that could not be planned for, and the counts.
    """
    from relmaint.cli.plan_tables import is_for_tables, plan_tables
    from relmaint.customers import read_customers
    from relmaint.engine import Engine

    if without_id and records_path is None:
        raise click.UsageError("`--without-id` is about the records; give their file with `--records`")
    model = customer_model(model_name)
    if is_for_tables(file, output):
        book = load_book(book_path, model)
        return plan_tables(book, file, output, as_of, resume=resume, shard=shard, threads=threads, explode=explode)
    if resume or explode or shard is not None or threads is not None:
        raise click.UsageError(
            "--resume, --shard, --threads and --explode are for tables; give the output the ending .parquet"
        )
    engine = Engine(load_book(book_path, model), backend)
    records: Iterable[Record] = read_customers(file, model)
    if customer_id is not None:
        records = [only_customer(records, customer_id, file)]
    voice = Voice()
    with (
        opened(output, bom=format_ == "csv") as stream,
        nullcontext() if records_path is None else opened(records_path) as kept,
    ):
        writer = _writer(format_, stream, engine, settings().language)
        planned = _plans(records, engine, as_of, voice, Progress(stream))
        if kept is not None:
            planned = _recorded(planned, kept, engine, with_id=not without_id)
        count = writer.write(planned, as_of)
    return _farewell(voice, count)


def only_customer(records: Iterable[Record], customer_id: str | None, file: str) -> BaseModel:
    """Return the one customer that is asked for; without an id, the only customer of the file."""
    from relmaint.diagnostics import Diagnostic

    findings: list[Diagnostic] = []
    found: list[BaseModel] = []
    for record in records:
        if isinstance(record, Diagnostic):
            findings.append(record)
        elif customer_id is None or getattr(record, "id", None) == customer_id:
            found.append(record)
            if customer_id is not None:
                return record
    if len(found) == 1 and not findings:
        return found[0]
    Voice().findings(findings)
    if customer_id is None:
        raise click.UsageError(f"`{file}` does not hold exactly one customer; say which one with `--customer`")
    raise click.UsageError(
        f"`{file}` has no customer `{customer_id}`" + (", or none that is valid" if findings else "")
    )


def _plans(
    records: Iterable[Record], engine: Engine, as_of: date, voice: Voice, progress: Progress
) -> Iterator[tuple[BaseModel, ActionPlan]]:
    for customer in valid_customers(progress.over(records), voice):
        yield customer, engine.plan(customer, as_of=as_of)


def _recorded(
    plans: Iterable[tuple[BaseModel, ActionPlan]], stream: TextIO, engine: Engine, *, with_id: bool
) -> Iterator[tuple[BaseModel, ActionPlan]]:
    """Pass the plans on, and write a decision record of each."""
    for customer, plan in plans:
        try:
            record = engine.record(customer, as_of=plan.as_of, with_id=with_id)
        except ValueError as problem:
            raise click.UsageError(str(problem)) from problem
        stream.write(record.to_json() + "\n")
        yield customer, plan


def valid_customers(records: Iterable[Record], voice: Voice) -> Iterator[BaseModel]:
    """Yield the customers among the records of a file, and tell what is wrong with the others.

    Raises:
        Exit: the rest of the file cannot be read.
    """
    from pydantic import BaseModel

    for record in records:
        if isinstance(record, BaseModel):
            yield record
            continue
        voice.findings([record])
        if record.code != "bad-record":
            # The file itself is unreadable from here on: half a branch must not look like the whole of it.
            raise click.exceptions.Exit(2)


def _farewell(voice: Voice, planned: int) -> int:
    """Count what was refused; return the exit code."""
    if not voice.count:
        return 0
    noun = "finding" if voice.count == 1 else "findings"
    click.echo(f"\n{voice.count} {noun} about the records; customers planned: {planned}", err=True)
    return 1


class _Writer(Protocol):
    def write(self, plans: Iterable[tuple[BaseModel, ActionPlan]], as_of: date) -> int:
        """Write the plans; return how many there were."""
        ...


def _writer(format_: str, stream: TextIO, engine: Engine, language: Language) -> _Writer:
    match format_:
        case "json":
            return _Json(stream, engine)
        case "jsonl":
            return _JsonLines(stream)
        case "csv":
            return _Csv(stream, engine.book, language)
        case _:
            return _Text(stream, engine.book, language)


class _Text:
    """Plans for a client manager."""

    def __init__(self, stream: TextIO, book: RuleBook, language: Language) -> None:
        self.stream, self.book, self.language = stream, book, language

    def write(self, plans: Iterable[tuple[BaseModel, ActionPlan]], as_of: date) -> int:
        from relmaint.explain.text import is_due, plan_text
        from relmaint.model.attributes import facts_of

        paint, width = painter(self.stream), width_of(self.stream)
        outcomes: Counter[str] = Counter()
        for number, (customer, plan) in enumerate(plans):
            facts = facts_of(self.book.vocabulary, customer, as_of)
            text = plan_text(plan, self.book, self.language, facts=facts, width=width, paint=paint)
            self.stream.write(f"{chr(10) if number else ''}{text}\n")
            outcomes["uncovered" if plan.status == "uncovered" else "due" if is_due(plan, self.book) else "quiet"] += 1
        count = outcomes.total()
        if count > 1:
            self.stream.write(f"\n{self._summary(outcomes, count)}\n")
        return count

    def _summary(self, outcomes: Counter[str], count: int) -> str:
        from relmaint.explain.words import say

        parts = [say(f"summary-{name}", self.language, count=outcomes[name]) for name in ("due", "quiet")]
        if outcomes["uncovered"]:
            parts.append(say("summary-uncovered", self.language, count=outcomes["uncovered"]))
        listed = say("comma", self.language).join(parts)
        return f"{say('customers', self.language, count=count)}{say('colon', self.language)}{listed}"


class _Json:
    """One document that holds every plan."""

    def __init__(self, stream: TextIO, engine: Engine) -> None:
        self.stream, self.engine = stream, engine

    def write(self, plans: Iterable[tuple[BaseModel, ActionPlan]], as_of: date) -> int:
        head = {
            "format_version": FORMAT_VERSION,
            "tool": f"relmaint {__version__}",
            "as_of": as_of.isoformat(),
            "book": self.engine.ref.model_dump(mode="json"),
        }
        self.stream.write(json.dumps(head, ensure_ascii=False, indent=2)[:-2] + ',\n  "plans": [')
        count = 0
        for count, (_, plan) in enumerate(plans, start=1):
            text = json.dumps(plan.model_dump(mode="json"), ensure_ascii=False, indent=2)
            self.stream.write(("," if count > 1 else "") + "\n    " + text.replace("\n", "\n    "))
        self.stream.write("\n  ]\n}\n" if count else "]\n}\n")
        return count


class _JsonLines:
    """One plan a line."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, plans: Iterable[tuple[BaseModel, ActionPlan]], _as_of: date) -> int:
        count = 0
        for _, plan in plans:
            self.stream.write(plan.model_dump_json() + "\n")
            count += 1
        return count


class _Csv:
    """One row a customer and action; a customer without any action has one row that says so."""

    def __init__(self, stream: TextIO, book: RuleBook, language: Language) -> None:
        self.stream, self.book, self.language = stream, book, language

    def write(self, plans: Iterable[tuple[BaseModel, ActionPlan]], _as_of: date) -> int:
        table = csv.DictWriter(self.stream, CSV_COLUMNS, restval="", lineterminator="\n")
        table.writeheader()
        count = 0
        for _, plan in plans:
            table.writerows(self._rows(plan))
            count += 1
        return count

    def _rows(self, plan: ActionPlan) -> Iterator[dict[str, object]]:
        from relmaint.explain.text import one_reason, term

        common: dict[str, object] = {
            "customer": plan.customer,
            "as_of": plan.as_of,
            "book": plan.book.name,
            "version": plan.book.version,
            "status": plan.status.value,
        }
        if not plan.actions:
            yield common
        for action in plan.actions:
            yield {
                **common,
                "rank": action.rank,
                "action": action.action,
                "kind": action.kind.value,
                "nature": action.nature.value,
                "title": action.title.in_language(self.language),
                "due": action.due or "",
                "not_before": action.not_before or "",
                "owner": term(self.book, "owner", action.owner, self.language) if action.owner else "",
                "channel": ";".join(term(self.book, "channel", one, self.language) for one in action.channel),
                "precedence": action.precedence,
                "score": action.score,
                "because": one_reason(action, self.book, self.language),
                "rules": ";".join(reason.rule for reason in action.reasons),
            }
