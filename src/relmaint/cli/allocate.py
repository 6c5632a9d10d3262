"""`relmaint allocate`: which planned actions can their owners do today, and when can they do the rest?"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from relmaint import __version__
from relmaint.cli.options import (
    book_option,
    color_option,
    columnar_extra,
    customer_model,
    language_option,
    load_book,
    model_option,
    settings,
)
from relmaint.cli.render import Progress, Voice, is_colored, width_of

if TYPE_CHECKING:
    from rich.table import Table

    from relmaint.ir.rules import RuleBook
    from relmaint.portfolio.allocate import Allocation, Load
    from relmaint.portfolio.runs import Run
    from relmaint.text import Language

__all__ = ["FORMAT_VERSION", "command"]

FORMAT_VERSION = 1
"""The version of the JSON document; it grows when a reader of the old one would be misled."""


@click.command("allocate", short_help="Who does what today, and when the rest is done.")
@click.argument("plans", metavar="PLANS...", nargs=-1, required=True)
@click.option(
    "--capacity",
    "capacity_path",
    metavar="FILE",
    type=click.Path(),
    required=True,
    help="What each owner can do in a day (YAML).",
)
@book_option
@model_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="How demand and capacity are told: text to read, json for programs.",
)
@click.option(
    "--top",
    metavar="N",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="Text: so many rows of a long table; JSON has all.",
)
@click.option(
    "-o",
    "--output",
    "output",
    type=click.Path(dir_okay=False),
    required=True,
    help="Table to write, once all is done: .parquet, .arrow, .csv or .jsonl.",
)
@language_option
@color_option
def command(
    plans: tuple[str, ...],
    capacity_path: str,
    book_path: str | None,
    model_name: str | None,
    format_: str,
    top: int,
    output: str,
) -> int:
    """Give the actions of PLANS (tables that `relmaint plan -o plans.parquet` wrote, or its shards) their days.

    The actions of each owner stand in the order of the ranking, duties first, and each takes the first working day on
    which the owner has room. Duties are never deferred. The exit code is 1 when the duties alone are more than somebody
    can do, or when the capacity file names somebody whom no customer has.
    """
    with columnar_extra():
        from relmaint.portfolio.allocate import allocate
        from relmaint.portfolio.capacity import load_capacity
        from relmaint.portfolio.runs import open_run
    book = load_book(book_path, customer_model(model_name))
    capacity = load_capacity(capacity_path, book)
    run = open_run(plans)
    done = 0

    def progress(rows: int) -> None:
        nonlocal done
        done += rows
        tell(done, run.customers)

    with Progress(None).counting() as tell:
        found = allocate(run, book, capacity, Path(output), progress=progress)
    Voice().findings(found.findings)
    told = document(run, found)
    if format_ == "json":
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        import sys

        click.echo(_text(told, book, top, width=width_of(sys.stdout) or 110, colored=is_colored(sys.stdout)), nl=False)
    return int(bool(found.findings) or any(load.overload for load in found.seats.values()))


def document(run: Run, found: Allocation) -> dict[str, Any]:
    """Return demand and capacity as JSON holds them; amounts are in the unit of the owner."""
    units = {name: str(unit) for name, unit in found.units.items()}
    return {
        "format_version": FORMAT_VERSION,
        "tool": f"relmaint {__version__}",
        "as_of": found.as_of.isoformat(),
        "days": [day.isoformat() for day in found.days],
        "book": run.book,
        "customers": run.customers,
        "owners": {
            _somebody(owner): {
                "unit": units.get(owner),
                **_load(load),
                "later": {day.isoformat(): much for day, much in sorted(found.later.get(owner, {}).items())},
            }
            for owner, load in sorted(found.owners.items())
        },
        "kinds": [
            {"owner": _somebody(owner), "kind": kind, **_load(load)}
            for (owner, kind), load in sorted(found.kinds.items())
        ],
        "branches": [
            {"branch": branch or None, "owner": _somebody(owner), **_load(load)}
            for (owner, branch), load in sorted(found.branches.items(), key=lambda one: (one[0][1], one[0][0]))
        ],
        "seats": [
            {"owner": _somebody(seat.owner), "place": seat.place or None, "vacant": seat.is_vacant, **_load(load)}
            for seat, load in sorted(found.seats.items())
        ],
    }


def _somebody(owner: str) -> str:
    return owner or "nobody"


def _load(load: Load) -> dict[str, Any]:
    from relmaint.portfolio.allocate import Decision, Reason

    return {
        "actions": load.actions.total(),
        "demand": load.demand,
        "capacity": load.capacity,
        "overload": load.overload,
        **{str(decision): {"actions": load.count(decision), "amount": load.of(decision)} for decision in Decision},
        "reasons": {str(one): load.actions[one] for one in Reason if load.actions[one]},
    }


# Text ----------------------------------------------------------------------------------------------------------------


def _text(told: Mapping[str, Any], book: RuleBook, top: int, *, width: int, colored: bool) -> str:
    from rich.console import Console

    text = io.StringIO()
    console = Console(file=text, force_terminal=colored, no_color=not colored, highlight=False, width=width)
    for part in _Tables(told, book, settings().language, top).parts():
        console.print(part)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


Rows: TypeAlias = Sequence[tuple[tuple[str, ...], Mapping[str, Any]]]
"""What a row is called, and the load that it tells."""


class _Tables:
    """Writes demand against capacity, table by table."""

    def __init__(self, told: Mapping[str, Any], book: RuleBook, language: Language, top: int) -> None:
        from relmaint.cli.stats_words import Teller

        self.told, self.top, self.teller = told, top, Teller(book, language)
        self.say = self.teller.say

    def parts(self) -> Iterator[Table | str]:
        told = self.told
        yield self.teller.heading(told)
        yield ""
        owners = [(self.owner(name, one), one) for name, one in told["owners"].items()]
        yield self.table(
            self.say("stats-by-owner"), (self.say("column-owner"),), [((name,), one) for name, one in owners]
        )
        yield self.table(
            self.say("stats-by-kind"),
            (self.say("column-owner"), self.say("column-kind")),
            [((self.teller.owner(one["owner"]), self.say(f"short-{one['kind']}")), one) for one in told["kinds"]],
            limits=False,
        )
        yield from self.worst("allocate-by-branch", self.say("allocate-branch"), told["branches"], "branch")
        yield from self.worst("allocate-by-seat", self.say("allocate-place"), told["seats"], "place")
        yield from self.reasons()

    def owner(self, name: str, one: Mapping[str, Any]) -> str:
        unit = self.say("open") + self.say(f"allocate-{one['unit']}") + self.say("close") if one["unit"] else ""
        return self.teller.owner(name) + unit

    def worst(self, key: str, head: str, loads: list[dict[str, Any]], name: str) -> Iterator[Table | str]:
        """Yield those of many who have the most to do for their day, the fullest first."""
        limited = [one for one in loads if one["capacity"] is not None and one["demand"]]
        limited.sort(
            key=lambda one: (-one["overload"], -one["demand"] / max(1, one["capacity"]), one["owner"], str(one[name]))
        )
        rows = [((self.place(one, name), self.teller.owner(one["owner"])), one) for one in limited[: self.top]]
        yield self.table(self.say(key), (head, self.say("column-owner")), rows)
        if len(limited) > self.top:
            yield f"  {self.say('more', count=len(limited) - self.top)}\n"

    def place(self, one: Mapping[str, Any], name: str) -> str:
        if one[name] == "*":
            return self.say("allocate-several")
        place = one[name] or (self.say("unknown") if name == "branch" or one["vacant"] else "–")
        return self.say("allocate-vacant", place=place) if one.get("vacant") else str(place)

    def table(self, title: str, heads: tuple[str, ...], rows: Rows, *, limits: bool = True) -> Table:
        """Return demand, what becomes of it, and with `limits` what there is room for."""
        from relmaint.cli.stats_text import bar, grid

        columns = ["demand", "capacity", "use", "", "today", "deferred", "never", "overload"]
        shown = [name for name in columns if limits or name not in ("capacity", "use", "overload")]
        cells = []
        for names, one in rows:
            capacity, demand = one["capacity"], one["demand"]
            said = {
                "demand": str(demand),
                "capacity": "–" if capacity is None else str(capacity),
                "use": f"{100 * demand / capacity:.0f} %" if capacity else "–",
                "": bar(one["today"]["amount"] / demand if demand else 0, 6),
                "overload": str(one["overload"] or ""),
                **{decision: str(one[decision]["actions"]) for decision in ("today", "deferred", "never")},
            }
            cells.append((*names, *(said[name] for name in shown)))
        titles = (*heads, *(self.say(f"allocate-{name}") if name else "" for name in shown))
        return grid(title, titles, cells, left=(*range(len(heads)), len(heads) + shown.index("")), fold=False)

    def reasons(self) -> Iterator[str]:
        """Yield why actions are not done today, each with how many."""
        counts: dict[str, int] = {}
        for one in self.told["owners"].values():
            for reason, count in one["reasons"].items():
                counts[reason] = counts.get(reason, 0) + count
        yield self.say("allocate-reasons")
        for reason, count in counts.items():
            yield f"  {count:>9}  {reason}{self.say('colon')}{self.say(f'reason-{reason}')}"
