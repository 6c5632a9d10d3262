"""`relmaint stats`: what the plans of a whole customer base come to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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
    output_option,
    settings,
)
from relmaint.cli.render import is_colored, opened, width_of

if TYPE_CHECKING:
    from relmaint.ir.rules import RuleBook
    from relmaint.portfolio.runs import Run
    from relmaint.portfolio.stats import Group, Statistics

__all__ = ["FORMAT_VERSION", "command"]

FORMAT_VERSION = 1
"""The version of the JSON document; it grows when a reader of the old one would be misled."""


@click.command("stats", short_help="What the plans of a customer base come to.")
@click.argument("plans", metavar="PLANS...", nargs=-1, required=True)
@book_option
@model_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(("text", "json", "html")),
    default="text",
    show_default=True,
    help="text to read, json for programs, html for one page to read offline.",
)
@click.option(
    "--top",
    metavar="N",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="Text: so many rows of a long table; the other formats have all.",
)
@output_option
@language_option
@color_option
def command(
    plans: tuple[str, ...], book_path: str | None, model_name: str | None, format_: str, top: int, output: str | None
) -> None:
    """Count what the plans in PLANS come to: tables that `relmaint plan -o plans.parquet` wrote, or its shards.

    By action, kind, tier, preference and habit; at which stage and by which rule actions were withheld; which rules
    matched nobody; whose plans are empty or not covered, and why. The book that made the plans must be named when it is
    not the shipped one.
    """
    with columnar_extra():
        from relmaint.portfolio.runs import open_run
        from relmaint.portfolio.stats import statistics
    run = open_run(plans)
    book = load_book(book_path, customer_model(model_name))
    told = document(run, book, statistics(run, book))
    language = settings().language
    with opened(output) as stream:
        if format_ == "json":
            stream.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        elif format_ == "html":
            from relmaint.cli.stats_page import page

            stream.write(page(told, book, language))
        else:
            from relmaint.cli.stats_text import text

            width = width_of(stream) or 110
            stream.write(text(told, book, language, top=top, width=width, colored=is_colored(stream)))


def document(run: Run, book: RuleBook, counted: Statistics) -> dict[str, Any]:
    """Return the statistics as JSON holds them; whatever has many rows has the largest first."""
    return {
        "format_version": FORMAT_VERSION,
        "tool": f"relmaint {__version__}",
        "as_of": run.as_of.isoformat(),
        "book": run.book,
        "rows": run.rows,
        "rejected": run.rejected,
        **_group(counted.whole),
        "plans": counted.plans,
        "by_length": {str(length): counted.by_length[length] for length in sorted(counted.by_length)},
        "by_kind": {
            kind: {
                "customers": counted.with_kind[kind],
                "actions": counted.whole.kinds[kind],
                "not_proposed": counted.without_kind.get(kind),
            }
            for kind in counted.with_kind
        },
        "by_action": _actions(book, counted),
        "by_owner": {owner or "nobody": count for owner, count in _ordered(counted.owners)},
        "by_axis": {
            axis: {
                word: _group(group)
                for word, group in sorted(groups.items(), key=lambda one: _place(book, axis, one[0]))
            }
            for axis, groups in counted.axes.items()
        },
        "combinations": [
            {**dict(zip(counted.axes, words, strict=True)), **_group(group)}
            for words, group in sorted(counted.combinations.items(), key=lambda one: (-one[1].customers, one[0]))
        ],
        "withheld": {
            "by_stage": dict(_ordered(counted.stages)),
            "by_rule": [
                {"stage": stage, "rule": rule, "count": count} for (stage, rule), count in _ordered(counted.withheld_by)
            ],
        },
        "matched_nobody": {role: list(ids) for role, ids in counted.silent.items()},
        "never_planned": [
            {"action": action, "withheld": count} for action, count in sorted(counted.never_planned.items())
        ],
        "empty": {
            "by_rule": [
                {"stage": stage, "rule": rule, "customers": count}
                for (stage, rule), count in _ordered(counted.empty_by)
            ],
            "by_combination": _without(counted, counted.empty),
        },
        "uncovered": {"by_combination": _without(counted, counted.uncovered)},
    }


def _group(group: Group) -> dict[str, Any]:
    from relmaint.model.plan import PlanStatus

    return {
        "customers": group.customers,
        "status": {str(status): group.status[str(status)] for status in PlanStatus},
        "actions": group.actions,
        "kinds": dict(sorted(group.kinds.items())),
    }


def _actions(book: RuleBook, counted: Statistics) -> list[dict[str, Any]]:
    names = sorted(set(counted.planned) | set(counted.withheld), key=lambda one: (-counted.planned[one], one))
    return [
        {
            "action": name,
            "kind": str(book.actions[name].kind),
            "nature": str(book.actions[name].nature),
            "owner": book.actions[name].owner,
            "customers": counted.planned[name],
            "first": counted.first[name],
            "withheld": counted.withheld[name],
        }
        for name in names
    ]


def _ordered(counter: Counter[Any]) -> list[tuple[Any, int]]:
    return sorted(((key, count) for key, count in counter.items() if count), key=lambda one: (-one[1], one[0]))


def _place(book: RuleBook, axis: str, word: str) -> tuple[int, str]:
    """Return where a word of an axis stands: in the order of the model, and unknown last."""
    from relmaint.portfolio.stats import UNKNOWN

    values = getattr(book.vocabulary[axis].type, "values", ())
    if word in values:
        return values.index(word), word
    return len(values) + (word == UNKNOWN), word


def _without(counted: Statistics, found: Mapping[tuple[str, ...], tuple[int, str | None]]) -> list[dict[str, Any]]:
    """Return the customers without a plan by combination, the largest group first, with one of each to look at."""
    return [
        {**dict(zip(counted.axes, words, strict=True)), "customers": count, "example": example}
        for words, (count, example) in sorted(found.items(), key=lambda one: (-one[1][0], one[0]))
    ]
