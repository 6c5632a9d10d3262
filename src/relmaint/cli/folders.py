"""What becomes of the other files of a book's folder when two edits are merged, and how is the result put in place?

Files of cases are merged case by case; of any other file that is no part of the book the content counts as a whole.
Hidden files and folders are left alone. Nothing is put in place before all of it is complete.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import click

from relmaint.cli.render import umask

__all__ = ["Others", "Side", "merged_others", "put_file", "put_folder", "side_of", "staging"]

_CASES = (".cases.yaml", ".cases.yml")

Side = Mapping[str, Path]
"""The files of one version of a folder, by their names within it."""


@dataclass(slots=True)
class Others:
    """What becomes of the files that are no part of the book.

    Args:
        kept: by its name, the file to take over, or the text to write.
        taken: what is as theirs has it, or put together from both, and in which of these ways.
        conflicts: what both sides changed, each with a sentence.
    """

    kept: dict[str, Path | str] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)
    conflicts: dict[str, str] = field(default_factory=dict)


def side_of(folder: Path) -> Side:
    """Return all files below a folder but the hidden ones; a single file has no others beside it."""
    found: dict[str, Path] = {}
    if not folder.is_dir():
        return found
    for where, subfolders, names in os.walk(folder):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith(".") and name != "__pycache__")
        for name in sorted(names):
            if not name.startswith("."):
                path = Path(where, name)
                found[path.relative_to(folder).as_posix()] = path
    return found


def merged_others(base: Side, ours: Side, theirs: Side, book: Collection[str]) -> Others:
    """Merge the files that are no part of the book.

    Args:
        base: the files before.
        ours: our files.
        theirs: the files of the other side.
        book: the names of the files of the book, which are left out.
    """
    found = Others()
    for name in sorted({*ours, *theirs, *base} - set(book)):
        paths = [side.get(name) for side in (base, ours, theirs)]
        before, mine, other = (None if path is None else path.read_bytes() for path in paths)
        if other in (mine, before):
            _keep(found, name, paths[1])
        elif mine == before:
            _keep(found, name, paths[2])
            found.taken[name] = "removed" if other is None else "added" if before is None else "changed"
        else:
            _both(found, name, paths)
    return found


def _keep(found: Others, name: str, path: Path | None) -> None:
    if path is not None:
        found.kept[name] = path


def _both(found: Others, name: str, paths: list[Path | None]) -> None:
    """Merge a file that both sides changed."""
    base, ours, theirs = paths
    _keep(found, name, theirs if ours is None else ours)
    if ours is None or theirs is None:
        found.conflicts[name] = "we remove it, they change it" if ours is None else "we change it, they remove it"
        return
    cases = _cases(name, base, ours, theirs)
    if cases is None:
        found.conflicts[name] = "both change it" if base is not None else "both add it, and not the same"
        return
    found.kept[name], clashing = cases
    found.taken[name] = "merged"
    if clashing:
        found.conflicts[name] = f"both change {', '.join(f'`{one}`' for one in clashing)}"


def _cases(name: str, base: Path | None, ours: Path, theirs: Path) -> tuple[str, tuple[str, ...]] | None:

    if not name.endswith(_CASES):
        return None
    try:
        texts = ["cases:\n" if path is None else path.read_text(encoding="utf-8") for path in (base, ours, theirs)]
    except UnicodeDecodeError:
        return None
    from relmaint.cli.case_files import merged_cases

    return merged_cases(texts[0], texts[1], texts[2])


# Putting in place ----------------------------------------------------------------------------------------------------


@contextmanager
def staging(target: Path, *, is_folder: bool) -> Iterator[Path]:
    """Give a path beside the target to write to, so that one step puts it in place; it is gone afterwards."""
    parent, mask = target.absolute().parent, umask()
    try:
        if is_folder:
            staged = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=parent))
        else:
            handle, name = tempfile.mkstemp(prefix=f".{target.stem}.", suffix=target.suffix, dir=parent)
            os.close(handle)
            staged = Path(name)
    except OSError as problem:
        raise OSError(problem.errno, problem.strerror, str(target)) from problem
    try:
        staged.chmod((0o777 if is_folder else 0o666) & ~mask)
        yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)
        with suppress(OSError):
            staged.unlink(missing_ok=True)


def put_file(staged: Path, target: Path, known: Collection[bytes], *, force: bool) -> None:
    """Put a staged file in its place.

    Args:
        staged: the file.
        target: its place.
        known: the contents that may be written over.
        force: write over any other content too.

    Raises:
        click.UsageError: the target holds something else.
    """
    if target.is_dir():
        raise click.UsageError(f"`{target}` is a folder, and the book is one file")
    if target.exists() and not force and target.read_bytes() not in {*known, staged.read_bytes()}:
        raise click.UsageError(_refusal(target))
    staged.replace(target)


def put_folder(staged: Path, target: Path, known: tuple[Side, ...], book: Collection[str], *, force: bool) -> None:
    """Put a staged folder in its place; an existing folder is changed file by file, all or nothing.

    Files of the target that stand in no version of the book are left alone, unless the book would read them.

    Args:
        staged: the folder.
        target: its place.
        known: the versions whose files may be written over or removed.
        book: the names of the target's files that a book there would read.
        force: write over files with any other content too, and remove files that the book would read.

    Raises:
        click.UsageError: the target holds something else.
    """
    if target.exists() and not target.is_dir():
        raise click.UsageError(f"`{target}` is a file, and the book is a folder")
    if not target.exists() or not any(target.iterdir()):
        with suppress(FileNotFoundError):
            target.rmdir()
        staged.rename(target)
        return
    new, old = side_of(staged), side_of(target)
    unknown = [name for name in old if not _is_known(name, old[name], (*known, new))]
    in_the_way = [name for name in unknown if name in new or name in book]
    if in_the_way and not force:
        raise click.UsageError(_refusal(target / in_the_way[0]))
    gone = [name for name in old if name not in new and (name in in_the_way or name not in unknown)]
    _exchange(target, new, gone)


def _is_known(name: str, path: Path, sides: tuple[Side, ...]) -> bool:
    content = path.read_bytes()
    return any(name in side and side[name].read_bytes() == content for side in sides)


def _refusal(path: Path) -> str:
    return f"`{path}` is as none of the three versions has it; move it away, or write over it with --force"


def _exchange(target: Path, new: Side, gone: Collection[str]) -> None:
    """Put new files in place and take others away; when one step fails, all are taken back."""
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.absolute().parent) as attic:
        undo: list[tuple[Path, Path | None]] = []
        try:
            for number, name in enumerate((*new, *gone)):
                path, spare = target / name, Path(attic, str(number))
                there = path.exists()
                if there and name in new and path.read_bytes() == new[name].read_bytes():
                    continue
                if there:
                    path.rename(spare)
                undo.append((path, spare if there else None))
                if name in new:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    new[name].rename(path)
        except BaseException:
            for path, saved in reversed(undo):
                path.unlink(missing_ok=True)
                if saved is not None:
                    saved.rename(path)
            raise
    for name in gone:
        folder = (target / name).parent
        while folder != target and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent
