"""`relmaint simplify`: which smaller rule book plans the same for every customer?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relmaint import __version__
from relmaint.cli.fmt import show_change
from relmaint.cli.options import color_option, customer_model, load_book, model_option
from relmaint.cli.plan import FORMAT_VERSION
from relmaint.cli.render import opened

if TYPE_CHECKING:
    from pydantic import BaseModel

    from relmaint.rulebook.edit import Change
    from relmaint.verify.reductions import Reduction, Size
    from relmaint.verify.simplify import Simplified

__all__ = ["command"]


@click.command("simplify", short_help="Make a rule book smaller without changing any plan.")
@click.argument("book_path", metavar="[BOOK]", type=click.Path(), required=False)
@click.option("--check", "check_only", is_flag=True, help="Write nothing; leave with 1 if the book can be simpler.")
@click.option("--diff", "show_diff", is_flag=True, help="Show what would change in the files.")
@click.option("--write", is_flag=True, help="Change the files; comments stay.")
@click.option(
    "--any-reason", is_flag=True, help="Take steps, too, after which plans are the same and give other reasons."
)
@click.option(
    "--certificate",
    "certificate_path",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True),
    help="Write why the plans are the same to FILE; `python -m relmaint.recheck FILE` checks it again.",
)
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", show_default=True)
@model_option
@color_option
def command(
    book_path: str | None,
    *,
    check_only: bool,
    show_diff: bool,
    write: bool,
    any_reason: bool,
    certificate_path: str | None,
    format_: str,
    model_name: str | None,
) -> int:
    """Find what can be left out of BOOK, joined or said more shortly, so that every possible customer's plan stays.

    BOOK is a folder or a file; by default the shipped retail book. Each step is shown with its place, the text before
    and after, and why the plans are the same. Plans are the same under what the book assumes: the same actions in the
    same order, by the same owners, over the same channels, at the same times. Unless --any-reason is given they also
    give the same reasons. With --check or --diff the exit code is 1 when something can be simpler; it is 2 when the
    plans could not be proven to be the same, and nothing is written then.
    """
    from relmaint.rulebook.load import default_book_path
    from relmaint.verify.simplify import simplify

    if write and (check_only or show_diff):
        raise click.UsageError("`--write` changes the files, and `--check` and `--diff` do not; choose one")
    model = customer_model(model_name)
    path = book_path if book_path is not None else str(default_book_path())
    found = simplify(load_book(path, model), any_reason=any_reason)
    texts = _texts(found, path, model)
    if format_ == "json":
        click.echo(json.dumps(_document(found, path), ensure_ascii=False, indent=2))
    elif not show_diff:
        click.echo("".join(f"{line}\n" for line in _text(found, path)), nl=False)
    if show_diff and format_ == "text":
        for name, (before, after) in texts.items():
            show_change(before, after, name, f"{name} (simplified)")
    if not found.is_proven:
        click.echo("error: it could not be proven that all plans stay the same; nothing is written", err=True)
        return 2
    if certificate_path is not None:
        click.echo(_certify(found, certificate_path), err=format_ != "text" or show_diff)
    if write:
        _write({name: after for name, (_, after) in texts.items()})
    return int(bool(found.reductions) and (check_only or show_diff))


# Files ---------------------------------------------------------------------------------------------------------------


def _texts(found: Simplified, path: str, model: type[BaseModel]) -> Mapping[str, tuple[str, str]]:
    """Return the files that change, each as it is and as it will be; loading them gives the simplified book."""
    from relmaint.diagnostics import Source
    from relmaint.rulebook.edit import edited
    from relmaint.rulebook.load import check_rule_book

    sources: dict[str, Source] = {}
    changes: dict[str, Change] = {}
    for name, source, change in _changes(found):
        sources[source.path] = source
        changes[name] = change
    texts = {
        name: (source.text, edited(source, changes, found.before.vocabulary))
        for name, source in sorted(sources.items())
    }
    instead = {Path(name).resolve(): after for name, (_, after) in texts.items()}
    loaded = check_rule_book(path, customer=model, instead=instead)
    if loaded.book != found.after:
        raise AssertionError(f"the changed files do not hold the simplified book; please report this: {texts}")
    return texts


def _changes(found: Simplified) -> Iterator[tuple[str, Any, Change]]:
    """Yield the id of each statement that changes, the file that it stands in, and what becomes of it."""
    from relmaint.rulebook.edit import NewCondition, NewTable

    before, after = found.before, found.after
    for old, new in ((before.rules, after.rules), (before.guards, after.guards)):
        left = {one.id: one for one in new}
        for one in old:
            if left.get(one.id) != one:
                changed = left.get(one.id)
                yield one.id, _source_of(one.span), None if changed is None else NewCondition(changed.when)
    tables = {table.id: table for table in after.tables}
    for table in before.tables:
        if tables[table.id] != table:
            place_of = {row.id: place for place, row in enumerate(table.rows)}
            places = tuple(place_of[name] for name in found.rows[table.id])
            yield table.id, _source_of(table.span), NewTable(table, tables[table.id], places)


def _source_of(span: Any) -> Any:
    if span is None or span.source is None:
        raise AssertionError("a statement that was loaded has a place; please report this")
    return span.source


def _write(texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        with opened(name) as stream:
            stream.write(text)
        click.echo(name, err=True)


def _certify(found: Simplified, path: str) -> str:
    """Write the certificate; return what it holds, in a sentence."""
    from relmaint.verify.certificate import equivalence

    claims = [claim for one in found.reductions for claim in one.claims]
    held = equivalence(found.before, found.after, claims)
    Path(path).write_text(json.dumps(held, ensure_ascii=False) + "\n", encoding="utf-8")
    return f"{path}: {_many(len(claims), 'claim')} about {_many(len(found.reductions), 'step')}"


# Words ---------------------------------------------------------------------------------------------------------------


def _text(found: Simplified, path: str) -> Iterator[str]:
    for one in found.reductions:
        yield f"{one.span or path}: {_TOLD[str(one.kind)].format(id=one.id, gone=', '.join(one.gone))}"
        before, after = list(one.before), list(one.after)
        yield from (f"  - {line}" for line in before)
        yield from (f"  + {line}" for line in after)
        assumed = f", as the book assumes (`{'`, `'.join(one.assumptions)}`)" if one.assumptions else ""
        yield f"  why: {one.why}{assumed}"
        yield from (f"  lost: {said}" for said in one.lost)
        yield f"  {_sizes(*one.sizes)}"
        yield ""
    yield f"{path}: {found.before.name} {found.before.version}: {_verdict(found)}"


_TOLD = {
    "drop-rule": "the rule `{id}` can go",
    "drop-guard": "the guard `{id}` can go",
    "drop-row": "the row `{id}` can go",
    "shorten-condition": "the condition of `{id}` can be shorter",
    "drop-part": "a part of the condition of `{id}` can go",
    "join-rules": "the rules `{id}` and `{gone}` can be one",
    "join-guards": "the guards `{id}` and `{gone}` can be one",
    "join-rows": "the rows `{id}` and `{gone}` can be one",
    "drop-cell": "a cell of the row `{id}` can be empty",
    "drop-column": "a column of the table `{id}` can go",
}


def _verdict(found: Simplified) -> str:
    if not found.reductions:
        return "nothing to simplify"
    proven = "proven to be the same for every possible customer" if found.is_proven else "not proven to be the same"
    return f"{_many(len(found.reductions), 'step')}: {_sizes(*found.sizes)}; plans {proven}"


def _sizes(before: Size, after: Size) -> str:
    """Say how much there was to read and is, of what changes."""
    pairs = {name: (count, asdict(after)[name]) for name, count in asdict(before).items()}
    return ", ".join(f"{old} to {_many(new, name[:-1])}" for name, (old, new) in pairs.items() if old != new)


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'s' * (count != 1)}"


def _document(found: Simplified, path: str) -> dict[str, Any]:
    """Return what was found, as JSON holds it."""
    from relmaint.ir.canonical import digest

    before, after = found.sizes
    return {
        "format_version": FORMAT_VERSION,
        "tool": f"relmaint {__version__}",
        "book": {"path": path, "name": found.before.name, "version": found.before.version},
        "digest": {"before": digest(found.before), "after": digest(found.after)},
        "proven": found.is_proven,
        "size": {"before": asdict(before), "after": asdict(after)},
        "steps": [_step(one) for one in found.reductions],
    }


def _step(one: Reduction) -> dict[str, Any]:
    place = None if one.span is None else {"file": one.span.path, "line": one.span.line, "column": one.span.column}
    before, after = one.sizes
    return {
        "kind": str(one.kind),
        "id": one.id,
        "place": place,
        "before": list(one.before),
        "after": list(one.after),
        "why": one.why,
        "assumptions": list(one.assumptions),
        "gone": list(one.gone),
        "lost": list(one.lost),
        "size": {"before": asdict(before), "after": asdict(after)},
        "claims": [claim.sentence for claim in one.claims],
    }
