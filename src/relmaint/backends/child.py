"""How is a backend asked in a process of its own, so that its crash harms nobody and can be laid to one cell?

The child answers cell by cell, each on a line of its own, so that the cell in which it dies is the first without an
answer. It may hang, run out of memory, or be killed: each is a `ChildDiedError` that says where and how.
"""

from __future__ import annotations

import importlib
import json
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import IO, Any

from relmaint.errors import BackendUnavailableError
from relmaint.ir.program import Program
from relmaint.ir.rules import RuleBook
from relmaint.vocabulary import EnumType, Vocabulary

__all__ = ["RETE", "Child", "ChildDiedError"]

RETE = "relmaint.backends.rete:ReteBackend"
"""The backend that needs a process of its own."""

_READY = b"ready\n"
_STARTING = 120.0
"""How many seconds the child may take until it has built the backend."""


class ChildDiedError(Exception):
    """The child gave no answer: how it died, and how many cells it answered before; `None` when it never started."""

    def __init__(self, how: str, answered: int | None) -> None:
        """Keep both apart."""
        self.how, self.answered = how, answered
        super().__init__(how)


class Child:
    """A backend of one program in a process of its own.

    Args:
        program: what to match.
        backend: the class of the backend, as `package.module:Class`; it is made from the program and has `match_cell`.
        seconds: how long an answer may take.
        megabytes: how much memory the child may take, where the system can hold it to that.
    """

    def __init__(
        self, program: Program, backend: str = RETE, *, seconds: float = 60.0, megabytes: int | None = None
    ) -> None:
        """Start nothing yet."""
        self._job = pickle.dumps((_bare(program), backend, megabytes))
        self._seconds = seconds

    def answers(self, cells: Sequence[Sequence[int]]) -> Iterator[tuple[int, ...]]:
        """Yield the numbers of the statements that match in each cell; each call starts a process.

        Raises:
            ChildDiedError: the child died; all answers before were yielded.
            BackendUnavailableError: no Python is known to start.
        """
        if not sys.executable:
            raise BackendUnavailableError("no Python is known to ask the backend in")
        with tempfile.TemporaryFile() as errors:
            child = subprocess.Popen(  # noqa: S603  # our own interpreter and our own text
                [sys.executable, "-c", _CODE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
            )
            assert child.stdin is not None and child.stdout is not None, "pipes were asked for; please report this"  # noqa: PT018  # one condition
            lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
            threads = [
                threading.Thread(target=self._feed, args=(child.stdin, cells), daemon=True),
                threading.Thread(target=_drain, args=(child.stdout, lines), daemon=True),
            ]
            try:
                for thread in threads:
                    thread.start()
                yield from self._read(child, lines, len(cells), errors)
            finally:
                child.kill()
                child.wait()
                for thread in threads:
                    thread.join()
                child.stdout.close()

    def _feed(self, stdin: IO[bytes], cells: Sequence[Sequence[int]]) -> None:
        try:
            with stdin:
                pickle.dump([str(entry) for entry in sys.path], stdin)
                stdin.write(self._job)
                for cell in cells:
                    stdin.write(json.dumps(list(cell)).encode() + b"\n")
        except OSError:
            # The child is gone; whoever reads its answers finds out, and says how.
            return

    def _read(
        self, child: subprocess.Popen[bytes], lines: queue.SimpleQueue[bytes], count: int, errors: IO[bytes]
    ) -> Iterator[tuple[int, ...]]:
        if self._line(child, lines, _STARTING, None, errors) != _READY:
            raise ChildDiedError("it said something else than that it is ready", None)
        for number in range(count):
            line = self._line(child, lines, self._seconds, number, errors)
            try:
                answer = tuple(int(one) for one in json.loads(line))
            except (ValueError, TypeError):
                raise ChildDiedError(f"it answered {line[:80]!r}", number) from None
            yield answer

    @staticmethod
    def _line(
        child: subprocess.Popen[bytes],
        lines: queue.SimpleQueue[bytes],
        seconds: float,
        answered: int | None,
        errors: IO[bytes],
    ) -> bytes:
        try:
            line = lines.get(timeout=seconds)
        except queue.Empty:
            raise ChildDiedError(f"it gave no answer for {seconds:g} seconds", answered) from None
        if line.endswith(b"\n"):
            return line
        raise ChildDiedError(_death(child.wait(), errors), answered)


def _drain(stdout: IO[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    for line in stdout:
        lines.put(line)
    lines.put(b"")


def _death(code: int, errors: IO[bytes]) -> str:
    """Say how a process ended."""
    errors.seek(0)
    said = errors.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
    if code < 0:
        name = signal.Signals(-code).name if -code in {one.value for one in signal.Signals} else f"signal {-code}"
        return f"it was ended by {name}" + (", as for want of memory" if name == "SIGKILL" else "")
    return f"it left with {code}" + (f": {said}" if said else "")


def _bare(program: Program) -> Program:
    """Return what a backend needs of a program to match cells; nothing in it is of the bank's own modules."""
    axes = tuple(
        replace(axis, type=EnumType(axis.type.values)) if isinstance(axis.type, EnumType) else axis
        for axis in program.axes
    )
    book = RuleBook(program.book.name, program.book.version, Vocabulary({}))
    return Program(book, (), axes, program.boxes, program.owner)


# --- in the child ----------------------------------------------------------------------------------------------------

_CODE = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from relmaint.backends.child import serve; serve()"
)


def serve() -> None:
    """Be the child: build the backend, and answer each cell of the standard input on a line of the standard output."""
    program, backend, megabytes = pickle.load(sys.stdin.buffer)  # noqa: S301  # from our own parent
    _limit(megabytes)
    where, _, name = backend.partition(":")
    matcher: Any = getattr(importlib.import_module(where), name)(program)
    out = sys.stdout.buffer
    out.write(_READY)
    out.flush()
    for line in sys.stdin.buffer:
        out.write(json.dumps(matcher.match_cell(tuple(json.loads(line)))).encode() + b"\n")
        out.flush()


def _limit(megabytes: int | None) -> None:
    """Take no more memory than this, and leave no image of the memory behind after a crash."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if megabytes is not None:
        size = megabytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
