"""Does `relmaint doctor` say what can run here?"""

from __future__ import annotations

import platform
from importlib.metadata import version

from relmaint import __version__
from tests.cli.terminal import run


def test_it_names_everything_that_decides_how_the_library_runs() -> None:
    """Versions of Python and the packages, whether libyaml is there, the backends, and the shipped book."""
    done = run("doctor")

    said = {line[:14].strip(): line[14:] for line in done.stdout.splitlines()}
    assert (done.returncode, done.stderr) == (0, "")
    assert said["relmaint"] == __version__
    assert said["python"].startswith(platform.python_version())
    assert said["pydantic"] == version("pydantic")
    assert said["PyYAML"].startswith(version("PyYAML"))
    assert said["retail book"].startswith("yes, retail ")


def test_what_cannot_run_is_named_with_the_remedy() -> None:
    """Where an extra is missing, the report says so and how to get it; nothing else fails."""
    hidden = "import sys; sys.modules['durable_rules_engine'] = None; from relmaint.cli import main; main(['doctor'])"

    done = _python(hidden)

    (line,) = [line for line in done.splitlines() if line.startswith("backend rete")]
    assert line.startswith("backend rete  no: ")
    assert "relmaint[rete]" in line


def _python(code: str) -> str:
    import subprocess
    import sys

    from tests.cli.terminal import environment

    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", env=environment(), check=False, timeout=60
    ).stdout
