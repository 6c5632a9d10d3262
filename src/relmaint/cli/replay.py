"""`relmaint replay`: does a recorded decision come out the same today, and if not, why not?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

import click

from relmaint import __version__
from relmaint.cli.options import (
    backend_option,
    book_option,
    color_option,
    customer_model,
    load_book,
    model_option,
    output_option,
)
from relmaint.cli.plan import FORMAT_VERSION
from relmaint.cli.render import Progress, opened

if TYPE_CHECKING:
    from relmaint.audit.effects import Behind, Edited, Effect
    from relmaint.audit.replay import Verdict
    from relmaint.engine import BackendName

__all__ = ["command"]


@click.command("replay", short_help="Make recorded decisions again, and say what a difference comes from.")
@click.argument("records_path", metavar="RECORDS", type=click.Path(exists=True, dir_okay=False))
@book_option
@click.option(
    "--archive",
    "folder",
    metavar="FOLDER",
    type=click.Path(file_okay=False),
    help="Replay each record by the very book that decided; with --book, tell which statements were edited.",
)
@model_option
@backend_option
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", show_default=True)
@output_option
@color_option
def command(
    records_path: str,
    book_path: str | None,
    folder: str | None,
    model_name: str | None,
    backend: BackendName,
    format_: str,
    output: str | None,
) -> int:
    """Make each decision of RECORDS again (JSON Lines, as `relmaint plan --records` writes them).

    A plan that comes out otherwise has exactly one cause: `rules` (another book), `engine` (the same book gives
    another plan) or `data` (the record was changed, or the customer model reads it otherwise). Without `--book` and
    `--archive` the shipped retail book decides.

    The exit code is 0 when every plan is the same, 1 when one is not, and 2 when a record could not be replayed.
    """
    from relmaint.audit.archive import Archive
    from relmaint.audit.records import read_records
    from relmaint.audit.replay import Replay

    model = customer_model(model_name)
    book = load_book(book_path, model) if book_path is not None or folder is None else None
    archive = None if folder is None else Archive(folder)
    if archive is not None:
        archive.digests()  # a folder that is not there is told before any record is read
    replay = Replay(model, book=book, archive=archive, backend=backend)
    tally = _Tally()
    with opened(output) as stream:
        lines = Progress(stream, "records").over(read_records(records_path))
        verdicts = tally.over((number, replay.verdict(record)) for number, record in lines)
        if format_ == "json":
            _write_json(verdicts, stream, records_path, tally)
        else:
            _write_text(verdicts, stream, records_path, tally)
    return tally.exit_code


@dataclass(slots=True)
class _Tally:
    """How the records came out."""

    outcomes: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)

    def over(self, verdicts: Iterable[tuple[int, Verdict]]) -> Iterator[tuple[int, Verdict]]:
        """Pass the verdicts on, counting."""
        for number, verdict in verdicts:
            self.outcomes[verdict.outcome.value] += 1
            if verdict.cause is not None:
                self.causes[verdict.cause.value] += 1
            yield number, verdict

    @property
    def exit_code(self) -> int:
        """0 when all are the same, 1 when one drifts, 2 when one could not be replayed or there are none."""
        if self.outcomes["not replayed"] or not self.outcomes:
            return 2
        return int(bool(self.outcomes["drift"]))

    def counts(self) -> dict[str, Any]:
        """Return all counts, those of nothing too."""
        from relmaint.audit.replay import Cause, Outcome

        found: dict[str, Any] = {one.value.replace(" ", "_"): self.outcomes[one.value] for one in Outcome}
        return {
            "records": self.outcomes.total(),
            **found,
            "causes": {one.value: self.causes[one.value] for one in Cause},
        }

    def sentence(self) -> str:
        """Return the counts in words."""
        from relmaint.audit.replay import Cause, Outcome

        total = self.outcomes.total()
        if not total:
            return "no record"
        parts = [f"{self.outcomes[one.value]} {one.value}" for one in Outcome if self.outcomes[one.value]]
        causes = [f"{self.causes[one.value]} {one.value}" for one in Cause if self.causes[one.value]]
        said = f"{total} record{'s' * (total != 1)}: {', '.join(parts)}"
        return f"{said} ({', '.join(causes)})" if causes else said


def _write_text(verdicts: Iterable[tuple[int, Verdict]], stream: TextIO, path: str, tally: _Tally) -> None:
    for number, verdict in verdicts:
        if verdict.outcome.value in ("drift", "not replayed"):
            stream.write("\n".join(_lines(f"{path}:{number}", verdict)) + "\n\n")
    stream.write(f"{path}: {tally.sentence()}\n")


def _lines(place: str, verdict: Verdict) -> Iterator[str]:
    who = f"{verdict.customer or 'a customer'} on {verdict.as_of}" if verdict.as_of is not None else "no decision"
    what = verdict.outcome.value if verdict.cause is None else f"{verdict.outcome.value}: {verdict.cause.value}"
    yield f"{place}: {who}: {what}"
    yield f"  {verdict.why}"
    for effect in verdict.effects:
        yield "  " + " ".join(part for part in (*_subject(effect), effect.change) if part)
        yield from (f"    {_said(one)}" for one in effect.behind)
    if verdict.edits is not None:
        yield "  edits that speak for this customer:"
        yield from (f"    {_edited(one)}" for one in verdict.edits)


def _subject(effect: Effect) -> Iterator[str]:
    if effect.action is not None:
        yield f"{effect.kind:<8} `{effect.action}`"


def _said(one: Behind) -> str:
    return f"`{one.rule}` {one.how}" + (f" [{one.edit}]" if one.edit is not None else "")


def _edited(one: Edited) -> str:
    name = one.id if " " in one.id else f"`{one.id}`"
    match one.before, one.after:
        case True, False:
            return f"{name} [{one.edit}] matched, and does no more"
        case False, True:
            return f"{name} [{one.edit}] matches now, and did not"
        case True, True:
            return f"{name} [{one.edit}] matches as before"
        case _:
            return f"{name} [{one.edit}]"


def _write_json(verdicts: Iterable[tuple[int, Verdict]], stream: TextIO, path: str, tally: _Tally) -> None:
    """Write one document, record by record, so that any number of them fits."""
    head = {"format_version": FORMAT_VERSION, "tool": f"relmaint {__version__}", "file": path}
    stream.write(json.dumps(head, ensure_ascii=False, indent=2)[:-2] + ',\n  "records": [')
    for place, (number, verdict) in enumerate(verdicts):
        text = json.dumps(_document(number, verdict), ensure_ascii=False, indent=2)
        stream.write(("," if place else "") + "\n    " + text.replace("\n", "\n    "))
    summary = json.dumps(tally.counts(), ensure_ascii=False, indent=2).replace("\n", "\n  ")
    stream.write("\n  ],\n" if tally.outcomes else "],\n")
    stream.write(f'  "summary": {summary}\n}}\n')


def _document(number: int, verdict: Verdict) -> dict[str, Any]:
    return {
        "line": number,
        "record": verdict.record,
        "customer": verdict.customer,
        "as_of": None if verdict.as_of is None else verdict.as_of.isoformat(),
        "outcome": verdict.outcome.value,
        "cause": None if verdict.cause is None else verdict.cause.value,
        "why": verdict.why,
        "effects": [
            {
                "kind": effect.kind,
                "action": effect.action,
                "change": effect.change,
                "behind": [{"rule": one.rule, "how": one.how, "edit": one.edit} for one in effect.behind],
            }
            for effect in verdict.effects
        ],
        "edits": None
        if verdict.edits is None
        else [{"id": one.id, "edit": one.edit, "before": one.before, "after": one.after} for one in verdict.edits],
    }
