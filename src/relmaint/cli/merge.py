"""`relmaint merge`: can the edits of two people become one book, and what does it plan?"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from relmaint.cli.editions import Edition, edition
from relmaint.cli.folders import Others, merged_others, put_file, put_folder, side_of, staging
from relmaint.cli.options import color_option, customer_model, language_option, model_option
from relmaint.diagnostics import Diagnostic, Severity
from relmaint.errors import RuleBookError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from relmaint.ir.rules import RuleBook
    from relmaint.rulebook.merging import OutsideError, Written
    from relmaint.rulebook.parts import Files, Key
    from relmaint.verify.combine import Clash
    from relmaint.verify.merge import Merge

__all__ = ["command"]

_BUDGET = 5_000
"""How many regions each of the five comparisons may look at: a merge that is decided takes seldom more than hundreds,
and one that is not should say so while a person still waits."""


@click.command("merge", short_help="Merge two edits of a rule book, and prove what comes of it.")
@click.argument("base", metavar="BASE")
@click.argument("ours", metavar="OURS")
@click.argument("theirs", metavar="THEIRS")
@click.option(
    "-o",
    "--output",
    "output",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Write the merged book there: a folder or a file, as OURS is; it may be OURS itself.",
)
@click.option(
    "--draft",
    is_flag=True,
    help="Write in spite of conflicts: what clashes as OURS has it, below a comment with what THEIRS has.",
)
@click.option("--force", is_flag=True, help="Let -o write over files that are as none of the three versions has them.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(("text", "json", "markdown")),
    default="text",
    show_default=True,
    help="text to read, json for tools, markdown for a review.",
)
@model_option
@language_option
@color_option
def command(
    base: str,
    ours: str,
    theirs: str,
    output: Path | None,
    draft: bool,
    force: bool,
    format_: str,
    model_name: str | None,
) -> int:
    """Merge OURS and THEIRS, two edits of BASE: folders, files, or git revisions such as main:rules/retail.

    Statements are merged one by one, and it is proven that every customer has the plan of before with the changes of
    both. It is a conflict where statements clash, where both sides change one action of a customer's plan and not
    alike, and where the merged book does not plan what both edits together ask for. Then the exit code is 1, and -o
    writes nothing.
    """
    from relmaint.cli.merge_report import Report, rendered

    if draft and output is None:
        raise click.UsageError("--draft says what to write; say with -o where")
    model = customer_model(model_name)
    with ExitStack() as stack:
        one, two, three = (stack.enter_context(edition(name, model)) for name in (base, ours, theirs))
        merging = _Merging((one, two, three), model)
        report = Report(merging.editions, merging.files, merging.found, merging.others)
        written = None
        if output is not None and (report.is_clean or draft):
            written = merging.write(output, report.comments(), force=force)
        click.echo(rendered(report, written, output, format_), nl=False, color=True)
    return int(not report.is_clean)


class _Merging:
    """The merge of two edits, and how it is written."""

    def __init__(self, editions: tuple[Edition, Edition, Edition], model: type[BaseModel]) -> None:
        from relmaint.rulebook.parts import read_parts
        from relmaint.verify.merge import merge

        self.editions, self.model = editions, model
        base, ours, theirs = editions
        one, two, three = (read_parts(each.path, each.book.vocabulary) for each in editions)
        self.files: tuple[Files, Files, Files] = (one, two, three)
        self.found: Merge = merge(base.book, ours.book, theirs.book, check=self._unloadable, budget=_BUDGET)

    @cached_property
    def others(self) -> Others:
        """What becomes of the files that are no part of the book; of books in one file there are none."""
        base, ours, theirs = (side_of(each.path) for each in self.editions)
        if not (self.editions[1].path.is_dir() and self.editions[2].path.is_dir()):
            return Others()
        return merged_others(base, ours, theirs, {name for side in self.files for name in side.trees})

    def _unloadable(self, book: RuleBook) -> Iterator[Clash]:
        """Yield what keeps a combined book from loading, such as rows of both sides that overlap."""
        from relmaint.rulebook.parts import role_of
        from relmaint.verify.combine import Clash

        for key, finding in self._errors(book):
            role, name = role_of(key) if key is not None else ("book", "")
            ours, theirs = (side.places.get(key) if key is not None else None for side in self.files[1:])
            yield Clash(role, name, f"once both edits are made, {finding.message}", ours, theirs)

    def _errors(self, book: RuleBook) -> list[tuple[Key | None, Diagnostic]]:
        from relmaint.rulebook.load import check_rule_book
        from relmaint.rulebook.parts import part_at
        from relmaint.rulebook.write import write_rule_book

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "book.yaml")
            path.write_text(write_rule_book(book), encoding="utf-8")
            found = check_rule_book(path, customer=self.model).diagnostics
            return [(part_at(one.span, path), one) for one in found if one.severity is Severity.ERROR]

    # Writing

    def write(self, output: Path, comments: Mapping[Key, Sequence[str]], *, force: bool) -> Written:
        """Write the merged book, or the draft of it, with comments above some of its parts."""
        is_folder = self.editions[1].path.is_dir()
        if is_folder != self.editions[2].path.is_dir():
            raise click.UsageError("one of the two edits is a folder and the other a file; only their plans are merged")
        with staging(output, is_folder=is_folder) as staged:
            written = self._staged(staged, output, comments)
            if is_folder:
                self._put_folder(staged, output, force=force)
            else:
                contents = [each.path.read_bytes() for each in self.editions if each.path.is_file()]
                put_file(staged, output, contents, force=force)
        return written

    def _staged(self, staged: Path, output: Path, comments: Mapping[Key, Sequence[str]]) -> Written:
        """Write all files beside their place; findings name the place."""
        from relmaint.rulebook.merging import OutsideError, write_merged

        try:
            return write_merged(staged, self.draft(), self.files, markers=comments)
        except OutsideError as problem:
            raise click.UsageError(self._outside(problem)) from None
        except RuleBookError as problem:
            place = Edition(str(output), staged, self.found.draft)
            raise RuleBookError([place.renamed(one) for one in problem.diagnostics]) from None

    def _outside(self, problem: OutsideError) -> str:
        from relmaint.rulebook.parts import role_of

        role, name = role_of(problem.keys[0])
        place = next((side.places[key] for side in self.files for key in problem.keys if key in side.places), None)
        where = f" in `{place.path}`" if place is not None else ""
        return f"{role} `{name}` stands{where}, outside of the folder; merge a folder that holds both"

    def _put_folder(self, staged: Path, output: Path, *, force: bool) -> None:
        from relmaint.rulebook.files import book_files

        for name, source in self.others.kept.items():
            path = staged / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(source, Path):
                shutil.copy(source, path)
            else:
                path.write_text(source, encoding="utf-8", newline="")
        found = book_files(output) if output.is_dir() else []
        held = [] if isinstance(found, Diagnostic) else [one.relative_to(output).as_posix() for one in found]
        base, ours, theirs = (side_of(each.path) for each in self.editions)
        put_folder(staged, output, (base, ours, theirs), held, force=force)

    def draft(self) -> RuleBook:
        """Return the book to write: where parts do not go together in spite of all, ours.

        Raises:
            RuleBookError: there is no such book.
        """
        book = self.found.draft
        tried: set[Key | None] = set()
        while errors := self._errors(book):
            keys = {key for key, _ in errors} - tried
            if None in keys or not keys:
                raise RuleBookError([finding for _, finding in errors])
            tried |= keys
            book = _reverted(book, self.editions[1].book, {key for key in keys if key is not None})
        return book


def _reverted(book: RuleBook, ours: RuleBook, keys: set[Key]) -> RuleBook:
    """Return the book with some of its parts as ours has them."""
    from relmaint.rulebook.parts import STATEMENTS

    changed: dict[str, object] = {}
    for section, (_, field) in STATEMENTS.items():
        names = {key[-1] for key in keys if key[0] == section}
        if names:
            kept = [one for one in getattr(book, field) if one.id not in names]
            kept += [one for one in getattr(ours, field) if one.id in names]
            changed[field] = tuple(sorted(kept, key=lambda one: one.id))
    names = {key[-1] for key in keys if key[0] == "actions"}
    actions = {name: action for name, action in book.actions.items() if name not in names}
    actions |= {name: ours.actions[name] for name in names if name in ours.actions}
    changed["actions"] = dict(sorted(actions.items()))
    if any(key[0] in ("book", "ranking", "terms", "checks") for key in keys):
        changed |= {"terms": ours.terms, "precedence": ours.precedence, "checks": ours.checks}
    return replace(book, **changed)  # type: ignore[arg-type]  # each field is as one of the two books has it
