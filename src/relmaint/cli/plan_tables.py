"""How does `relmaint plan` plan for a whole customer base: from tables to tables?"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from relmaint.cli.options import columnar_extra
from relmaint.cli.render import Progress

if TYPE_CHECKING:
    from relmaint.ir.rules import RuleBook

__all__ = ["TABLES", "is_for_tables", "plan_tables"]

TABLES = (".parquet", ".arrow", ".arrows", ".feather")
"""The endings of files that are tables, and nothing that the other formats of the command could read or write."""


def is_for_tables(file: str, output: str | None) -> bool:
    """Whether customers are read from a table, or plans are written to one."""
    return any(name is not None and Path(name).suffix.lower() in TABLES for name in (file, output))


def plan_tables(
    book: RuleBook,
    file: str,
    output: str | None,
    as_of: date,
    *,
    resume: bool,
    shard: str | None,
    threads: int | None,
    explode: bool,
) -> int:
    """Plan for all customers of a file, a folder or a glob; return the exit code."""
    if output is None:
        raise click.UsageError("plans for a table are written to one: say with -o where, such as -o plans.parquet")
    with columnar_extra():
        from relmaint.columnar.job import Outputs, run
    with Progress(None).counting() as tell:
        summary = run(
            book,
            [file],
            Path(output),
            as_of=as_of,
            threads=threads or os.cpu_count() or 1,
            resume=resume,
            shard=_shard(shard),
            explode=explode,
            progress=tell,
        )
    shown = ", ".join(f"{count} {status}" for status, count in sorted(summary.by_status.items()))
    click.echo(
        f"{output}: {summary.customers} customers{f' ({shown})' if shown else ''}, {summary.plans} plans", err=True
    )
    if summary.rejected:
        rejects = Outputs(Path(output)).beside("rejects").name
        click.echo(f"{summary.rejected} of {summary.rows} rows could not be planned for; {rejects} says why", err=True)
    return int(summary.rejected > 0)


def _shard(text: str | None) -> tuple[int, int]:
    if text is None:
        return 1, 1
    first, slash, last = text.partition("/")
    if slash and first.isdecimal() and last.isdecimal() and 1 <= int(first) <= int(last):
        return int(first), int(last)
    raise click.BadParameter(f"`{text}` is no shard written as 2/8", param_hint="--shard")
