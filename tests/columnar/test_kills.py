"""Does a run that is killed, wherever it was, come to the very files of one that was not?"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from relmaint import default_book_path, load_rule_book
from tests.columnar.population import write_population

pytestmark = pytest.mark.evidence

KILLS = int(os.environ.get("RELMAINT_KILLS", "10"))
"""How many in each run; docs/numbers.md has longer runs."""

RUN = """
import sys
from datetime import date
from pathlib import Path
from relmaint import default_book_path, load_rule_book
from relmaint.columnar.job import run
book = load_rule_book(default_book_path())
print("ready", flush=True)
source, output, resume = sys.argv[1], Path(sys.argv[2]), sys.argv[3] == "resume"
run(book, [source], output, as_of=date(2026, 3, 2), rows=300, explode=True, resume=resume, threads=2)
"""


def started(source: Path, output: Path, *, resume: bool) -> subprocess.Popen[bytes]:
    """Start a run, and return once it has its book."""
    how = "resume" if resume else "anew"
    found = subprocess.Popen([sys.executable, "-c", RUN, source, output, how], stdout=subprocess.PIPE)
    assert found.stdout is not None
    assert found.stdout.readline() == b"ready\n"
    return found


def files(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files of a folder that do not begin with a point."""
    return {one.name: one.read_bytes() for one in folder.iterdir() if not one.name.startswith(".")}


def test_killed_runs_lose_nobody_and_plan_for_nobody_twice(tmp_path: Path) -> None:
    """Killed at random moments and resumed, runs leave no half table behind, and in the end the same bytes."""
    source = tmp_path / "customers.parquet"
    write_population(load_rule_book(default_book_path()), source, 12_000, seed=7, group=5_000)
    (tmp_path / "whole").mkdir()
    before = time.monotonic()
    assert started(source, tmp_path / "whole" / "plans.parquet", resume=False).wait() == 0
    long = time.monotonic() - before
    expected = files(tmp_path / "whole")
    random = Random(11)
    kills = rounds = halfway = 0
    while kills < KILLS:
        folder = tmp_path / str(rounds)
        folder.mkdir()
        rounds += 1
        while True:
            running = started(
                source, folder / "plans.parquet", resume=(folder / ".plans.parquet.parts/run.json").exists()
            )
            try:
                running.wait(random.uniform(0, long * 0.8))
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()
                kills += 1
                halfway += any(folder.glob(".plans.parquet.parts/*.plans.arrow"))
                assert set(files(folder)) <= set(expected)
                assert all(expected[name] == data for name, data in files(folder).items())
            else:
                assert running.returncode == 0
                break
        assert expected == files(folder)
        assert [] == [one for one in folder.iterdir() if one.name.startswith(".")]
    assert halfway > KILLS // 4
