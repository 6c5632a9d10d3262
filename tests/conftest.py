"""What do all tests share?"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

import pytest

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
