"""Is every command there, helpful, tested, and light to start?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from string import Formatter

import click
import pytest

from relmaint import __version__
from relmaint.cli import COMMANDS, root
from relmaint.explain.words import WORDS
from relmaint.text import LANGUAGES
from tests.cli.terminal import environment, run

HEAVY = ("pydantic", "yaml", "rich", "pyarrow", "numpy", "hypothesis", "durable_rules_engine", "relmaint.engine")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_for_itself_and_its_options(name: str) -> None:
    """A command has a short help, a help of several sentences, and a help for each option but self-evident ones."""
    command = root.get_command(click.Context(root), name)

    assert command is not None
    assert command.short_help
    assert command.help
    bare = [option.opts[0] for option in command.params if isinstance(option, click.Option) and not option.help]
    assert set(bare) <= {"--format"}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_tests(name: str) -> None:
    """A command has a file of tests of its own."""
    assert (Path(__file__).parent / f"test_{name}.py").exists()


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_is_short_lines_on_the_standard_output(name: str) -> None:
    """`--help` prints a page whose lines are no wider than a terminal, and the exit code is 0."""
    done = run(name, "--help")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: relmaint {name} ")
    assert max(len(line) for line in done.stdout.splitlines()) <= 80


def test_help_lists_the_commands_in_order() -> None:
    """The help page names every command in the declared order, the exit codes, and the completion."""
    done = run("--help")

    listed = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ") and line.split()]
    assert done.returncode == 0
    assert [word for word in listed if word in COMMANDS] == list(COMMANDS)
    assert "Exit codes: 0 fine, 1 findings, 2 cannot run." in done.stdout
    assert "_RELMAINT_COMPLETE" in done.stdout


def test_the_version_is_printed() -> None:
    """`--version` prints name and version."""
    assert run("--version").stdout == f"relmaint {__version__}\n"


def test_no_command_at_all_is_a_mistake_that_shows_the_help() -> None:
    """Without a command the help goes to the standard error, and the exit code is 2."""
    done = run()

    assert (done.returncode, done.stdout) == (2, "")
    assert "Commands:" in done.stderr


def test_an_unknown_command_is_a_mistake() -> None:
    """A misspelt command is named, and the exit code is 2."""
    done = run("pla")

    assert (done.returncode, done.stdout) == (2, "")
    assert "`pla`" in done.stderr
    assert "did you mean `plan`?" in done.stderr


def test_help_imports_nothing_heavy() -> None:
    """`relmaint --help` starts without pydantic, YAML, rich or the engine."""
    code = (
        "import sys, contextlib, io\n"
        "from relmaint.cli import root\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    root.main(['--help'], standalone_mode=False)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", env=environment(), check=True, timeout=60
    )

    assert done.stdout == "[]\n"


@pytest.mark.parametrize(("words", "expected"), [("relmaint pl", "plan"), ("relmaint plan --ba", "--backend")])
def test_the_shell_completes_commands_and_options(words: str, expected: str) -> None:
    """With click's variables set as bash does, the command answers with what fits."""
    done = run(
        _RELMAINT_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(len(words.split()) - 1), COMP_TYPE="9"
    )

    assert f"plain,{expected}" in done.stdout.splitlines()


def test_the_completion_script_is_printed() -> None:
    """The line of the help page gives bash a script."""
    assert "_relmaint_completion" in run(_RELMAINT_COMPLETE="bash_source").stdout


@pytest.mark.parametrize("key", WORDS)
def test_every_word_is_there_in_both_languages(key: str) -> None:
    """What the library says to client managers exists in Chinese and English, with the same things filled in."""
    text = WORDS[key]

    assert text.zh
    assert text.en
    filled = [{name for _, name, _, _ in Formatter().parse(text.in_language(one)) if name} for one in LANGUAGES]
    assert filled[0] == filled[1]
