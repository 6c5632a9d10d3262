"""`relmaint synth`: a customer base that nobody's data stand in."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import click

from relmaint.cli.options import as_of_option, columnar_extra
from relmaint.cli.render import Progress

__all__ = ["command"]


@click.command("synth", short_help="Invent a customer base, to try rules with.")
@click.option("--customers", metavar="N", type=click.IntRange(0), required=True, help="How many customers.")
@click.option(
    "--seed",
    metavar="S",
    type=click.IntRange(0, (1 << 63) - 1),
    default=1,
    show_default=True,
    help="The same seed and day give the same customers.",
)
@as_of_option
@click.option(
    "--branches", metavar="N", type=click.IntRange(1, 5000), default=50, show_default=True, help="How many branches."
)
@click.option(
    "--managers",
    metavar="N",
    type=click.IntRange(1, 500),
    default=12,
    show_default=True,
    help="How many client managers a branch has.",
)
@click.option("--threads", metavar="N", type=click.IntRange(1), help="Blocks made at a time; default: one a core.")
@click.option(
    "-o",
    "--output",
    "output",
    type=click.Path(dir_okay=False),
    required=True,
    help="File to write, once all is done: .parquet, .arrow, .csv or .jsonl.",
)
def command(
    customers: int, seed: int, as_of: date, branches: int, managers: int, threads: int | None, output: str
) -> None:
    """Invent customers whose facts hang together as those of real ones do, and whose files have gaps.

    Amounts have heavy tails, the product preference agrees with the amounts, the tier follows wealth. The customers are
    valid for every book about the library's own customer model. With the same seed and day the first customers are the
    same whatever N is.
    """
    with columnar_extra():
        from relmaint.portfolio.synth import Base, write_base
    base = Base(seed, as_of, branches=branches, managers=managers)
    done = 0

    def progress(rows: int) -> None:
        nonlocal done
        done += rows
        tell(done, customers)

    with Progress(None).counting() as tell:
        write_base(base, customers, Path(output), threads=threads or os.cpu_count() or 1, progress=progress)
    click.echo(f"{output}: {customers} customers", err=True)
