"""How do the tests run the command line? As a person does: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import relmaint

__all__ = ["DATA", "DAY", "command_line", "environment", "run"]

DATA = Path(__file__).parent / "data"
DAY = "2026-03-04"


def environment(**changes: str) -> dict[str, str]:
    """Return an environment without a language or colours of its own, changed as asked."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "SYSTEMROOT", "TMPDIR")}
    sources = str(Path(relmaint.__file__).parents[1])
    return {**kept, "PYTHONPATH": sources, "PYTHONUTF8": "0", "LANG": "C.UTF-8", **changes}


def command_line(*arguments: str | Path) -> list[str]:
    """Return the command line of `relmaint` with these arguments."""
    return [sys.executable, "-m", "relmaint", *(str(argument) for argument in arguments)]


def run(
    *arguments: str | Path, stdin: str | None = None, cwd: Path = DATA, **changes: str
) -> subprocess.CompletedProcess[str]:
    """Run `relmaint` to its end, with nothing or `stdin` on its standard input."""
    return subprocess.run(
        command_line(*arguments),
        input=stdin if stdin is not None else "",
        capture_output=True,
        encoding="utf-8",
        cwd=cwd,
        env=environment(**changes),
        timeout=60,
        check=False,
    )
