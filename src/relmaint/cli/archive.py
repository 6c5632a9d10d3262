"""`relmaint archive`: keep a rule book under the name of its content, so that what it decided can be replayed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from relmaint import __version__
from relmaint.cli.options import color_option, customer_model, load_book, model_option
from relmaint.cli.plan import FORMAT_VERSION

if TYPE_CHECKING:
    from relmaint.audit.archive import Archive

__all__ = ["DEFAULT_FOLDER", "command"]

DEFAULT_FOLDER = "archive"


@click.command("archive", short_help="Keep a book under the name of its content.")
@click.argument("book_path", metavar="[BOOK]", type=click.Path(), required=False)
@click.option(
    "--into",
    "folder",
    metavar="FOLDER",
    type=click.Path(file_okay=False),
    default=DEFAULT_FOLDER,
    show_default=True,
    help="The archive.",
)
@click.option("--list", "listing", is_flag=True, help="List the archived books instead.")
@click.option("--verify", "verifying", is_flag=True, help="Check that every archived book is still what it was.")
@model_option
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", show_default=True)
@color_option
def command(
    book_path: str | None, folder: str, listing: bool, verifying: bool, model_name: str | None, format_: str
) -> int:
    """Put BOOK into an archive, in a folder named by its digest; by default the shipped retail book.

    The book is kept whole and in canonical form, is never changed, and appears at once or not at all; to put it in
    again changes nothing. With `--verify` the exit code is 1 when a book is not what its name says.
    """
    from relmaint.audit.archive import Archive

    if (listing or verifying) and book_path is not None:
        raise click.UsageError("`--list` and `--verify` are about the whole archive, which `--into` names")
    if listing and verifying:
        raise click.UsageError("choose one of `--list` and `--verify`")
    archive = Archive(folder)
    model = customer_model(model_name)
    if listing:
        _say(_listed(archive), format_)
        return 0
    if verifying:
        problems, count = list(archive.problems(model)), len(archive.digests())
        document = {"archive": folder, "books": count, "problems": problems}
        _say(document, format_)
        return int(bool(problems))
    entry, is_new = archive.add(load_book(book_path, model))
    document = {"digest": entry.digest, "name": entry.name, "version": entry.version, "path": str(entry.path)}
    _say({**document, "new": is_new}, format_)
    return 0


def _listed(archive: Archive) -> dict[str, object]:
    books = [{"digest": one.digest, "name": one.name, "version": one.version} for one in archive]
    return {"archive": str(archive.folder), "listed": books}


def _say(document: dict[str, object], format_: str) -> None:
    if format_ == "json":
        head = {"format_version": FORMAT_VERSION, "tool": f"relmaint {__version__}"}
        click.echo(json.dumps({**head, **document}, ensure_ascii=False, indent=2))
        return
    match document:
        case {"listed": list(books), "archive": folder}:
            for book in books:
                click.echo(f"{book['digest']}  {book['name']} {book['version']}")
            if not books:
                click.echo(f"{folder}: no books")
        case {"problems": list(problems), "books": count, "archive": folder}:
            for problem in problems:
                click.echo(problem)
            size = f"{count} book{'s' * (count != 1)}"
            click.echo(f"{folder}: {size}, {len(problems) or 'none'} damaged")
        case _:
            verb = "archived" if document["new"] else "archived already"
            click.echo(f"{document['name']} {document['version']} {verb}: {document['path']}")
