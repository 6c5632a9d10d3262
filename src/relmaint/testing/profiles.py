"""How many examples does a test suite try? Three named settings profiles, registered and never loaded by themselves."""

from __future__ import annotations

import os
from typing import Literal

from hypothesis import HealthCheck, settings
from hypothesis.errors import InvalidArgument

__all__ = ["PROFILES", "VARIABLE", "ProfileName", "load_profile", "register", "set_profile"]

VARIABLE = "RELMAINT_HYPOTHESIS_PROFILE"
"""The environment variable that names the profile which `load_profile()` loads."""

ProfileName = Literal["fast", "balanced", "expensive"]

PROFILES: dict[str, int] = {"fast": 100, "balanced": 1_000, "expensive": 10_000}
"""How many examples each profile tries; in Hypothesis they are called `relmaint.fast` and so on."""

_PREFIX = "relmaint."


def register() -> None:
    """Register the profiles; what is loaded stays loaded.

    The first example of a book lowers and compiles it, so no deadline is set on an example. A profile is not the
    `ci` profile of Hypothesis, which draws the same examples every time: a soak job that repeated them would add
    nothing. A failure prints what reproduces it.
    """
    for name, examples in PROFILES.items():
        settings.register_profile(
            f"{_PREFIX}{name}",
            settings.get_profile("default"),
            max_examples=examples,
            deadline=None,
            derandomize=False,
            print_blob=True,
            suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
        )


def load_profile(profile: ProfileName | int | None = None) -> None:
    """Load a profile for the tests that are defined from here on; call it in `conftest.py`.

    Args:
        profile: `fast`, `balanced`, `expensive`, or a number of examples. Without it the environment variable
            `RELMAINT_HYPOTHESIS_PROFILE` says which; when that is not set either, it is `fast`.

    Raises:
        InvalidArgument: there is no such profile.
    """
    name = str(os.environ.get(VARIABLE, "fast") if profile is None else profile)
    if name.isascii() and name.isdigit() and int(name) > 0:
        settings.register_profile(f"{_PREFIX}{name}", settings.get_profile(f"{_PREFIX}fast"), max_examples=int(name))
    elif name not in PROFILES:
        said = f"{VARIABLE}={name}" if profile is None else f"profile={profile!r}"
        raise InvalidArgument(f"{said} is none of {', '.join(PROFILES)}, and no number of examples")
    settings.load_profile(f"{_PREFIX}{name}")


def set_profile(profile: ProfileName | int) -> None:
    """Set the environment variable, so that processes started from here load the profile too.

    Raises:
        InvalidArgument: there is no such profile.
    """
    load_profile(profile)
    os.environ[VARIABLE] = str(profile)
