"""How fast is it, and against what? Run benchmarks and write their page: `python tools/generate_benchmarks.py [NAME…]`.

A NAME is a file of `tests/benchmarks` without `test_` and `.py`; by default all are run. Each file has a section in
`docs/benchmarks.md`, which a run of that file writes anew; the sections of other files stay as they are.
"""

from __future__ import annotations

import ast
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

__all__ = ["PAGE", "head_of", "section", "sections_of", "written"]

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
FOLDER = ROOT / "tests" / "benchmarks"
COMMAND = "python tools/generate_benchmarks.py"

INTRODUCTION = f"""# Benchmarks

Times of the work that the library does, beside other ways to do it.
`{COMMAND}` writes this page, and `{COMMAND} NAME` the section of one file of `tests/benchmarks`.
Times are processor time of the process, the median of the rounds, unless the group says otherwise.
A ratio is that median divided by the fastest of its group.
It compares within one run on one machine, and is what to trust.
Times by themselves depend on the machine, and on what else it was doing.
"""

_SECTION = re.compile(r"^<!-- benchmarks: (\w+) -->\n", re.MULTILINE)
_COMPARED = ("durable-rules", "zen-engine", "z3-solver", "python-sat", "pyarrow", "numpy", "polars", "pyspark")
"""Packages whose versions are named where they are installed."""


def names() -> list[str]:
    """Return the names of all files of benchmarks."""
    return sorted(path.stem.removeprefix("test_") for path in FOLDER.glob("test_*.py"))


def sections_of(page: str) -> dict[str, str]:
    """Return the sections of a page by the names of their files."""
    _, *parts = _SECTION.split(page)
    return {name: body.strip() + "\n" for name, body in zip(parts[::2], parts[1::2], strict=True)}


def written(sections: Mapping[str, str]) -> str:
    """Return a page with these sections, by name."""
    parts = [f"<!-- benchmarks: {name} -->\n{sections[name]}" for name in sorted(sections)]
    return "\n".join([INTRODUCTION, *parts])


def head_of(source: str) -> str:
    """Return what a file of benchmarks says that it asks."""
    found = ast.get_docstring(ast.parse(source)) or ""
    return found.split("\n\n")[0].replace("\n", " ")


def section(name: str, head: str, found: Mapping[str, Any], around: str) -> str:
    """Return the section of one file from what pytest-benchmark wrote about its run.

    Args:
        name: the name of the file.
        head: the question that it asks.
        found: the report; times in seconds.
        around: the day, the machine and the versions.
    """
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for one in found["benchmarks"]:
        groups.setdefault(one["group"] or name, []).append(one)
    lines = [f"## {head}", "", around, f"`{COMMAND} {name}`", ""]
    for title, ran in groups.items():
        lines += [*_table(title, ran), ""]
    return "\n".join(lines).rstrip() + "\n"


def _table(title: str, ran: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    fastest = min(one["stats"]["median"] for one in ran)
    further = list(dict.fromkeys(key for one in ran for key in one["extra_info"]))
    yield f"### {title}"
    yield ""
    yield "| | median | ratio |" + "".join(f" {key} |" for key in further)
    yield "|---|---|---|" + "---|" * len(further)
    for one in ran:
        median = one["stats"]["median"]
        own = "".join(f" {_said(one['extra_info'].get(key, ''))} |" for key in further)
        yield f"| {_what(one)} | {duration(median)} | {_number(median / fastest)} |{own}"


def _what(one: Mapping[str, Any]) -> str:
    if one["params"]:
        return ", ".join(f"{_said(value)}" for value in one["params"].values()).replace("|", "\\|")
    return str(one["name"]).removeprefix("test_").replace("_", " ")


def _said(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else _number(value) if isinstance(value, float) else str(value)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def duration(seconds: float) -> str:
    """Return a time in the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{_number(seconds / size)} {unit}"
    return f"{_number(seconds / 1e-9)} ns"


def _around() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    installed = [f"{name} {version(name)}" for name in _COMPARED if _is_installed(name)]
    return (
        f"Run on {datetime.now(UTC):%Y-%m-%d} with Python {platform.python_version()}, {', '.join(installed)}, "
        f"on {os.cpu_count()} cores of {platform.machine()} with {memory:.0f} GiB, load {load:.1f} at the start."
    )


def _is_installed(name: str) -> bool:
    from importlib.metadata import PackageNotFoundError

    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _run(name: str) -> Mapping[str, Any]:
    """Run one file of benchmarks; what it prints goes through.

    Raises:
        SystemExit: a benchmark failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pytest", str(FOLDER / f"test_{name}.py"), "-o", "addopts=", "-q"]
        command += ["--benchmark-only", "--benchmark-timer=time.process_time", f"--benchmark-json={report}"]
        done = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603  # the command is written here
        if done.returncode:
            sys.exit(done.returncode)
        held: Mapping[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        return held


def main(chosen: Iterable[str]) -> int:
    """Run the benchmarks of these files, and write their sections."""
    unknown = sorted(set(chosen) - set(names()))
    if unknown:
        print(f"no such benchmarks: {', '.join(unknown)}; there are {', '.join(names())}", file=sys.stderr)
        return 2
    for name in chosen or names():
        around = _around()
        found = _run(name)
        sections = sections_of(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
        head = head_of((FOLDER / f"test_{name}.py").read_text(encoding="utf-8"))
        sections[name] = section(name, head, found, around)
        PAGE.write_text(written(sections), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
