"""Does `relmaint synth` invent what is asked for, again and again?"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from tests.cli.terminal import DAY, environment, run


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two runs with one seed and day write the same file, and say how many customers it holds."""
    for name in ("a.csv", "b.csv"):
        done = run("synth", "--customers", "50", "--seed", "3", "--as-of", DAY, "-o", name, cwd=tmp_path)
        assert (0, "", f"{name}: 50 customers\n") == (done.returncode, done.stdout, done.stderr)

    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_customers_are_planned_for(tmp_path: Path) -> None:
    """What was invented as a table is planned for, and nobody is rejected."""
    run("synth", "--customers", "300", "--as-of", DAY, "--branches", "2", "-o", "base.parquet", cwd=tmp_path)
    done = run("plan", "base.parquet", "--as-of", DAY, "-o", "plans.csv", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    with (tmp_path / "plans.csv").open(encoding="utf-8") as stream:
        assert {"B0001", "B0002"} == {row["branch"] for row in csv.DictReader(stream)}


@pytest.mark.parametrize(
    "arguments",
    [
        ("synth", "--customers", "1", "-o", "a.parquet"),
        ("stats", "a.parquet"),
        ("allocate", "a.parquet", "--capacity", "c.yaml", "-o", "b.parquet"),
    ],
)
def test_what_is_not_installed_is_told(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Without pyarrow the commands about whole customer bases say how to get it."""
    (tmp_path / "pyarrow.py").write_text("raise ImportError('not here')\n", encoding="utf-8")
    path = os.pathsep.join((str(tmp_path), environment()["PYTHONPATH"]))
    done = run(*arguments, cwd=tmp_path, PYTHONPATH=path)

    assert (2, "") == (done.returncode, done.stdout)
    assert "pip install 'relmaint[columnar]'" in done.stderr


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    """Fewer than no customers, an unknown ending and no file at all are refused with exit code 2."""
    for arguments in (
        ("--customers", "-1", "-o", "a.csv"),
        ("--customers", "1", "-o", "a.xlsx"),
        ("--customers", "1"),
    ):
        assert run("synth", *arguments, cwd=tmp_path).returncode == 2
    assert list(tmp_path.iterdir()) == []
