"""Does Hypothesis know customers by itself, at no cost to production, and does no profile load itself?"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import settings
from hypothesis.errors import InvalidArgument

from relmaint.testing import load_profile, set_profile
from relmaint.testing.profiles import PROFILES, VARIABLE


def run(program: str, **environment: str) -> str:
    """Run a program in a process of its own and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return (done.stdout + done.stderr).strip()


FROM_TYPE = """
from decimal import Decimal
from typing import Annotated
from hypothesis import HealthCheck, given, settings, strategies as st
from pydantic import Field
from relmaint import Customer

class Bank(Customer):
    salary: Annotated[Decimal | None, Field(ge=0, decimal_places=2)] = None

class Branch(Bank):
    room: Annotated[int, Field(ge=1, le=3, multiple_of=3)]

def greet(customer: Branch) -> Branch:
    return customer

seen = set()

@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.tuples(st.from_type(Customer), st.from_type(Bank), st.from_type(Branch), st.builds(Customer), st.builds(greet))
)
def test(customers):
    seen.add(tuple(type(one).__name__ for one in customers))

test()
print(seen)
"""


def test_customers_and_their_heirs_are_drawn_from_their_types() -> None:
    """`from_type` and `builds` give valid customers of exactly the class, without any import of relmaint.testing."""
    assert run(FROM_TYPE) == str({("Customer", "Bank", "Branch", "Customer", "Branch")})


def test_importing_hypothesis_imports_little_of_relmaint() -> None:
    """The hook brings the customer model, and neither the engine nor the strategies nor the laws."""
    program = "import hypothesis, sys; print(sorted(name for name in sys.modules if name.startswith('relmaint')))"
    names = run(program)

    assert "relmaint.testing.entry" in names
    assert "relmaint.model.customer" in names
    for absent in ("relmaint.engine", "relmaint.testing.strategies", "relmaint.testing.laws", "relmaint.rulebook"):
        assert absent not in names


def test_production_does_not_import_hypothesis() -> None:
    """`import relmaint` and its parts bring neither Hypothesis nor pytest."""
    program = (
        "import sys, relmaint, relmaint.engine, relmaint.cli\nfrom relmaint import Customer, Engine\n"
        "print([name for name in ('hypothesis', 'pytest', 'relmaint.testing') if name in sys.modules])"
    )

    assert run(program) == "[]"


def test_the_hook_can_be_switched_off() -> None:
    """With the variable of Hypothesis, nothing of relmaint is imported."""
    program = "import hypothesis, sys; print('relmaint' in sys.modules)"

    assert run(program, HYPOTHESIS_NO_PLUGINS="1") == "False"


def test_without_hypothesis_the_error_says_what_to_install() -> None:
    """The import fails with the extra to install."""
    program = "import sys; sys.modules['hypothesis'] = None\nimport relmaint.testing"

    assert 'install it with `pip install "relmaint[testing]"`' in run(program)


def test_profiles_are_registered_and_not_loaded() -> None:
    """The default of Hypothesis stays what it is; the three profiles are there, without a deadline."""
    program = (
        "from hypothesis import settings\n"
        "before = settings().max_examples\nimport relmaint.testing.laws\n"
        "assert settings().max_examples == before\n"
        "for name in ('fast', 'balanced', 'expensive'):\n"
        "    one = settings.get_profile(f'relmaint.{name}')\n"
        "    print(one.max_examples, one.deadline, one.derandomize)"
    )

    assert run(program) == "100 None False\n1000 None False\n10000 None False"


@pytest.mark.parametrize(("given", "expected"), [(None, 100), ("balanced", 1_000), ("17", 17)])
def test_the_environment_says_which_profile(given: str | None, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name or a number of examples in the variable counts; without it the profile is the fast one."""
    before = settings.get_current_profile_name()
    monkeypatch.delenv(VARIABLE, raising=False)
    if given is not None:
        monkeypatch.setenv(VARIABLE, given)
    load_profile()
    loaded = settings().max_examples
    settings.load_profile(before)

    assert expected == loaded


@pytest.mark.parametrize("wrong", ["slow", "0", "-3", "²"])
def test_a_profile_that_there_is_not_is_refused(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the variable when the name came from there."""
    monkeypatch.setenv(VARIABLE, wrong)

    with pytest.raises(InvalidArgument, match=VARIABLE):
        load_profile()
    with pytest.raises(InvalidArgument, match="profile="):
        load_profile(wrong)  # type: ignore[arg-type]  # a mistake


def test_a_profile_can_be_set_for_processes_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable holds the name, which is one that there is."""
    before = settings.get_current_profile_name()
    monkeypatch.setenv(VARIABLE, "fast")
    set_profile("expensive")
    settings.load_profile(before)

    assert os.environ[VARIABLE] == "expensive"
    assert set(PROFILES) == {"fast", "balanced", "expensive"}
