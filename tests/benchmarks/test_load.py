"""How long until the library is ready? Loading next to merely parsing, importing next to a bare interpreter."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from relmaint.engine import Engine
from relmaint.ir.rules import Notes
from relmaint.rulebook.load import load_rule_book
from relmaint.rulebook.write import write_rule_book
from relmaint.text import Text
from tests.benchmarks.work import Account, book

SAID = Text(
    zh="这条规则说明了为什么这样安排：先看客户关系，再看当天的事情，最后看联系额度是否还有余地。" * 2,
    en="This rule says why it is arranged so: first the relationship, then the errand of the day, then the budget. "
    * 2,
)


@pytest.fixture(scope="module")
def large_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of a thousand rules, about half a megabyte, with reasons in both languages."""
    small = book(1_000)
    notes = Notes(because=SAID, source="bench", provenance=None)
    rules = tuple(dataclasses.replace(rule, notes=notes) for rule in small.rules)
    path = tmp_path_factory.mktemp("books") / "large.yaml"
    path.write_text(write_rule_book(dataclasses.replace(small, rules=rules)), encoding="utf-8")
    return path


@pytest.mark.parametrize("way", ["events only", "safe_load", "load_rule_book", "load and compile"])
@pytest.mark.benchmark(group="a book of 1,000 rules")
def test_loading(benchmark: Any, large_book: Path, way: str) -> None:
    """Loading with every check, next to what the YAML parser alone takes."""
    text = large_book.read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    ways = {
        "events only": lambda: sum(1 for _ in yaml.parse(text, Loader=loader)),
        "safe_load": lambda: yaml.load(text, Loader=loader),  # noqa: S506  # the safe loader, in C where there is one
        "load_rule_book": lambda: load_rule_book(large_book, customer=Account),
        "load and compile": lambda: Engine(load_rule_book(large_book, customer=Account)),
    }

    benchmark.pedantic(ways[way], rounds=5, warmup_rounds=1)


@pytest.mark.parametrize("what", ["pass", "import relmaint", "from relmaint import Engine, load_rule_book", "--help"])
@pytest.mark.benchmark(group="starting (by the clock)", timer=time.perf_counter)
def test_starting(benchmark: Any, what: str) -> None:
    """Importing and showing help, next to a bare interpreter."""
    command = [sys.executable, "-m", "relmaint", "--help"] if what == "--help" else [sys.executable, "-c", what]

    benchmark.pedantic(lambda: subprocess.run(command, check=True, capture_output=True), rounds=5, warmup_rounds=1)
