"""`relmaint diff`: whose plan does a change to a rule book change, and how?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from relmaint import __version__
from relmaint.cli.editions import edition
from relmaint.cli.options import (
    as_of_option,
    color_option,
    customer_model,
    language_option,
    model_option,
    output_option,
    settings,
)
from relmaint.cli.plan import FORMAT_VERSION, valid_customers
from relmaint.cli.render import Voice, opened

if TYPE_CHECKING:
    from pydantic import BaseModel

    from relmaint.engine import Engine
    from relmaint.ir.rules import RuleBook
    from relmaint.verify.diff import ChangedRegion, Difference
    from relmaint.verify.witness import Witness

__all__ = ["command"]

_BY = ("tier", "preference", "habit", "branch")
"""By what affected customers are counted, as far as the customer model has it."""


@click.command("diff", short_help="Whose plan a change to a rule book changes.")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--population", metavar="FILE", help="Count which of these customers are affected, and the workload.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(("text", "json", "markdown", "html")),
    default="text",
    show_default=True,
    help="text to read, json for tools, markdown for a review, html for one page to read offline.",
)
@model_option
@as_of_option
@output_option
@language_option
@color_option
def command(
    old: str, new: str, population: str | None, format_: str, model_name: str | None, as_of: date, output: str | None
) -> int:
    """Compare two rule books, customer for customer: folders, files, or git revisions such as HEAD~1:rules/retail.

    The answer is exact: a customer is in one of the regions just if the books give that customer different plans. The
    exit code is 1 when a plan changes, or when a part could not be decided.
    """
    from relmaint.verify.diff import difference

    model = customer_model(model_name)
    with edition(old, model) as one, edition(new, model) as other:
        before, after = one.book, other.book
    found = difference(before, after)
    document = _document(found, before, after)
    if population is not None:
        document["population"] = _population(population, model, before, after, as_of)
    with opened(output) as stream:
        match format_:
            case "json":
                head = {"format_version": FORMAT_VERSION, "tool": f"relmaint {__version__}"}
                stream.write(json.dumps({**head, **document}, ensure_ascii=False, indent=2) + "\n")
            case "markdown":
                stream.writelines(f"{line}\n" for line in _markdown(document, old, new))
            case "html":
                from relmaint.cli.diff_page import page

                stream.write(page(document, found, (before, after), (old, new), settings().language))
            case _:
                stream.writelines(f"{line}\n" for line in _text(document, old, new))
    return int(not found.is_empty)


def _document(found: Difference, before: RuleBook, after: RuleBook) -> dict[str, Any]:
    """Return what changes, as JSON holds it."""
    from relmaint.engine import Engine
    from relmaint.verify.witness import Witnesses

    witnesses = Witnesses(after.vocabulary, found.axes)
    engines = Engine(before), Engine(after)
    regions = []
    for region in found.regions:
        witness = witnesses.customer(region.possible, impossible=found.space.impossible)
        regions.append(_region(found, region, witness, engines))
    return {
        "old": {"name": before.name, "version": before.version, "digest": engines[0].ref.digest},
        "new": {"name": after.name, "version": after.version, "digest": engines[1].ref.digest},
        "complete": found.is_complete,
        "regions": regions,
        "undecided": [found.condition(region) for region in found.undecided],
        "texts": list(found.texts),
        "assumptions": list(found.assumptions),
    }


def _region(
    found: Difference, region: ChangedRegion, witness: Witness | None, engines: tuple[Engine, Engine]
) -> dict[str, Any]:
    from relmaint.cli.changes import change_data

    example = None
    if witness is not None:
        plans = (engine.plan(witness.customer, as_of=witness.as_of) for engine in engines)
        before, after = ([one.action for one in plan.actions] for plan in plans)
        example = {"customer": witness.record(), "before": before, "after": after}
    return {"when": found.condition(region.region), **change_data(region.change), "example": example}


def _population(file: str, model: type[BaseModel], before: RuleBook, after: RuleBook, as_of: date) -> dict[str, Any]:
    """Plan for each customer of a file by both books, and count whose plan differs."""
    from relmaint.customers import read_customers
    from relmaint.engine import Engine

    voice = Voice()
    engines = Engine(before), Engine(after)
    affected: list[str] = []
    by: dict[str, Counter[str]] = {name: Counter() for name in _BY if name in model.model_fields}
    workload: tuple[Counter[str], Counter[str]] = Counter(), Counter()
    total = 0
    for customer in valid_customers(read_customers(file, model), voice):
        total += 1
        plans = [engine.plan(customer, as_of=as_of) for engine in engines]
        for counted, plan in zip(workload, plans, strict=True):
            counted.update(one.owner or "nobody" for one in plan.actions)
        old, new = ([(one.action, one.owner, one.channel, one.not_before) for one in plan.actions] for plan in plans)
        if old != new:
            affected.append(str(getattr(customer, "id", total)))
            for name, counts in by.items():
                value = getattr(customer, name)
                counts["unknown" if value is None else str(getattr(value, "value", value))] += 1
    return {
        "customers": total,
        "refused": voice.count,
        "affected": affected,
        "by": {name: dict(sorted(counts.items())) for name, counts in by.items() if counts},
        "workload": {
            owner: {"before": workload[0][owner], "after": workload[1][owner]}
            for owner in sorted(workload[0] | workload[1])
        },
    }


def _said(region: dict[str, Any]) -> Iterator[str]:
    """Yield one line for each thing that changes in a region."""
    yield from (f"gains `{name}`" for name in region["gained"])
    yield from (f"loses `{name}`" for name in region["lost"])
    for one in region["altered"]:
        changed = [name for name in ("owner", "channel", "until") if one["before"].get(name) != one["after"].get(name)]
        pairs = [
            f"{name} {_value(one['before'].get(name))} becomes {_value(one['after'].get(name))}" for name in changed
        ]
        yield f"has `{one['action']}` otherwise: {'; '.join(pairs)}"
    yield from (f"has `{one['action']}` above `{one['above']}` now" for one in region["moved"])


def _value(value: object) -> str:
    if value is None:
        return "none"
    return ", ".join(map(str, value)) or "none" if isinstance(value, tuple | list) else str(value)


def _verdict(document: dict[str, Any]) -> str:
    count = len(document["regions"])
    if not count and document["complete"]:
        return "the books are equivalent: every possible customer has the same plan in both"
    parts = [f"plans change in {count} region{'s' * (count != 1)}"] if count else []
    if not document["complete"]:
        parts.append(f"{len(document['undecided'])} parts could not be decided")
    return "; ".join(parts)


_ALSO = (("undecided", "not decided"), ("texts", "texts changed"), ("assumptions", "assumptions changed"))
"""What is said below the regions, when there is any of it."""


def _text(document: dict[str, Any], old: str, new: str) -> Iterator[str]:
    yield f"{old} to {new}: {_verdict(document)}"
    for region in document["regions"]:
        yield ""
        yield "every customer" if region["when"] == "always" else region["when"]
        yield from (f"  {line}" for line in _said(region))
        if region["example"] is not None:
            yield f"  for example {region['example']['customer']}"
            yield f"    before: {', '.join(region['example']['before']) or 'nothing'}"
            yield f"    after:  {', '.join(region['example']['after']) or 'nothing'}"
    for name, title in _ALSO:
        if document[name]:
            yield ""
            yield f"{title}: {', '.join(document[name])}"
    if "population" in document:
        yield ""
        yield from _counted(document["population"])


def _counted(population: dict[str, Any]) -> Iterator[str]:
    affected = population["affected"]
    yield f"{len(affected)} of {population['customers']} customers are affected" + (
        f": {', '.join(affected)}" if affected else ""
    )
    if population["refused"]:
        yield f"  not read, and not counted: {population['refused']}"
    for name, counts in population["by"].items():
        yield f"  by {name}: " + ", ".join(f"{word} {count}" for word, count in counts.items())
    yield "  planned actions by owner, before and after:"
    for owner, counts in population["workload"].items():
        yield f"    {owner}: {counts['before']} and {counts['after']}"


def _markdown(document: dict[str, Any], old: str, new: str) -> Iterator[str]:
    yield f"## {old} to {new}"
    yield ""
    yield f"{_verdict(document)[0].upper()}{_verdict(document)[1:]}."
    if document["regions"]:
        yield ""
        yield "| customers | what changes | for example |"
        yield "| --- | --- | --- |"
        for region in document["regions"]:
            example = region["example"]["customer"] if region["example"] else ""
            cells = [f"`{region['when']}`", "<br>".join(_said(region)), f"`{example}`" if example else ""]
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    for name, title in _ALSO:
        if document[name]:
            yield ""
            yield f"{title.capitalize()}: {', '.join(f'`{one}`' for one in document[name])}."
    if "population" in document:
        yield ""
        yield from ("- " + line.strip() for line in _counted(document["population"]))
