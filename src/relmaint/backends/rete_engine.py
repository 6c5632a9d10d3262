"""Is durable-rules there, is it the version that was examined, and how is it imported on every Python?

Its releases have no wheels, so a C compiler and the Python headers must be there to install it. Up to the version
pinned here it calls a function that Python 3.13 removed, in code that this library never reaches: binding symbols as
they are first used gets round it, unless the process binds everything at once.
"""

from __future__ import annotations

import os
import sys
import threading
from functools import cache
from importlib import metadata
from types import ModuleType

from relmaint.errors import BackendUnavailableError

__all__ = ["DISTRIBUTION", "VERSION", "load_engine"]

DISTRIBUTION = "durable-rules"
"""The name under which the package is installed."""

VERSION = "2.0.28"
"""The only version whose faults are known; any other is refused."""

INSTALL = (
    'run `pip install "relmaint[rete]"`, which compiles durable-rules and so needs a C compiler and the Python headers'
)
REBUILD = (
    "build it for this Python with "
    '`CPPFLAGS="-DPyEval_CallObject=PyObject_CallObject" pip install --force-reinstall --no-cache-dir '
    f"--no-binary {DISTRIBUTION} {DISTRIBUTION}=={VERSION}`"
)

_LOCK = threading.Lock()


def load_engine() -> ModuleType:
    """Return the C module of durable-rules, imported on the first call.

    Raises:
        BackendUnavailableError: the package is missing, has another version, or cannot be loaded; the message says
            what to run.
    """
    # The flags that `_import_lazily` changes belong to the whole process, so only one thread may be inside.
    with _LOCK:
        return _load()


@cache  # does not remember a failure, so that an installation in a running process is noticed
def _load() -> ModuleType:
    _check_version()
    try:
        module = _import()
    except (ImportError, OSError, SystemError) as problem:
        raise BackendUnavailableError(
            f"durable-rules is installed but does not load ({problem}): {_advice()}"
        ) from problem
    # The module keeps its state in unguarded globals; only the lock of the interpreter makes its calls atomic.
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        raise BackendUnavailableError("durable-rules needs the global interpreter lock: do not set PYTHON_GIL=0")
    return module


def _check_version() -> None:
    try:
        found = metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError as problem:
        raise BackendUnavailableError(
            f"the Rete backend needs durable-rules, which is missing: {_advice()}"
        ) from problem
    if found != VERSION:
        raise BackendUnavailableError(
            f"durable-rules {found} is installed, but only {VERSION} was examined and is used: {_advice()}"
        )


def _advice() -> str:
    return f"{INSTALL}; or {REBUILD}" if sys.version_info >= (3, 13) else INSTALL


def _import() -> ModuleType:
    try:
        import durable_rules_engine
    except ImportError:
        if sys.version_info < (3, 13) or sys.platform == "win32":
            raise
        return _import_lazily()
    return durable_rules_engine  # type: ignore[no-any-return]  # it has no stubs


def _import_lazily() -> ModuleType:
    before = sys.getdlopenflags()
    sys.setdlopenflags(os.RTLD_LAZY)
    try:
        import durable_rules_engine
    finally:
        sys.setdlopenflags(before)
    return durable_rules_engine  # type: ignore[no-any-return]  # it has no stubs
