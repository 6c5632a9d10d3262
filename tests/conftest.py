"""What do all tests share?"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# The first draw of a book builds tables and engines; how long one example takes says nothing about a law.
# CI draws the same examples every time, so that it fails for a change and not for luck.
settings.register_profile("relmaint", deadline=None)
settings.register_profile("relmaint-ci", settings.get_profile("ci"), deadline=None)
settings.load_profile("relmaint-ci" if os.environ.get("CI") else "relmaint")

GOLDEN = Path(__file__).parent / "golden"

Golden = Callable[[str, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch that accepts the present outputs as the expected ones."""
    parser.addoption("--reset-golden", action="store_true", help="rewrite tests/golden with what the tests produce")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Return a function that compares a text with `tests/golden/<name>`, or rewrites it with `--reset-golden`."""
    reset = bool(request.config.getoption("--reset-golden"))

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if reset:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            return
        if not path.exists():
            pytest.fail(f"tests/golden/{name} does not exist; run pytest --reset-golden and read what it wrote")
        expected = path.read_bytes().decode()
        if expected != text:
            change = difflib.unified_diff(expected.splitlines(), text.splitlines(), "expected", "actual", lineterm="")
            pytest.fail(f"the text differs from tests/golden/{name}:\n" + "\n".join(change), pytrace=False)

    return compare
