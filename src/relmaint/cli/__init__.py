"""How does a person at a terminal, or a job in a pipeline, use the library?

One command a file. Data go to the standard output, messages to the standard error. Exit codes: 0 fine, 1 findings,
2 cannot run, 130 stopped by Ctrl-C, 141 nobody reads the output any more.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import NoReturn, TextIO, cast

import click

from relmaint import __version__
from relmaint.cli.options import color_option, language_option
from relmaint.diagnostics import did_you_mean
from relmaint.errors import RelmaintError, RuleBookError

__all__ = ["COMMANDS", "main"]

COMMANDS = (
    "plan",
    "explain",
    "why",
    "check",
    "certify",
    "test",
    "mutate",
    "cases",
    "simplify",
    "headroom",
    "diff",
    "merge",
    "matrix",
    "synth",
    "stats",
    "allocate",
    "archive",
    "replay",
    "fmt",
    "schema",
    "doctor",
)
"""Every command, in the order of the help page; each is the name of a module here that holds `command`."""

CANNOT_RUN = 2
INTERRUPTED = 130
UNREAD = 141

_EPILOG = """\b
Exit codes: 0 fine, 1 findings, 2 cannot run.
Completion for the shell (or zsh_source, fish_source):
  eval "$(_RELMAINT_COMPLETE=bash_source relmaint)"
"""


class _Commands(click.Group):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click passes it
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click passes it
        if cmd_name not in COMMANDS:
            return None
        return cast("click.Command", import_module(f"relmaint.cli.{cmd_name}").command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, and guess what a misspelt one means."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = did_you_mean(args[0], COMMANDS)
            ctx.fail(f"there is no command `{args[0]}`" + (f"; {hint}" if hint else ""))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command, and tell what keeps it from running."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Nobody reads the output any more. Python flushes once more at its end; that must not fail again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(UNREAD)
        except (RelmaintError, OSError) as problem:
            if not _told(problem):
                raise
            ctx.exit(CANNOT_RUN)
        return result


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
    help="Choose how to keep up the relationship with each customer, and explain every choice.",
)
@click.version_option(__version__, "--version", prog_name="relmaint", message="%(prog)s %(version)s")
@language_option
@color_option
def root() -> None:
    """Hold the commands."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line, and leave with its exit code."""
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    for stream in (sys.stdout, sys.stderr):
        _speak_utf8(stream)
    try:
        result = root.main(arguments, prog_name="relmaint", standalone_mode=False)
    except click.ClickException as problem:
        problem.show()
        return CANNOT_RUN
    except click.Abort:
        return INTERRUPTED
    return result if isinstance(result, int) else 0


def _told(problem: RelmaintError | OSError) -> bool:
    """Tell what kept a command from running; return whether it is such a thing, and no bug."""
    match problem:
        case RuleBookError():
            from relmaint.cli.render import Voice

            Voice().findings(problem.diagnostics)
        case RelmaintError():
            click.echo(f"error: {problem}", err=True)
        case OSError(filename=str() as name):
            click.echo(f"error: `{name}`: {(problem.strerror or 'cannot be used').lower()}", err=True)
        case _:
            return False
    return True


def _speak_utf8(stream: TextIO) -> None:
    """Write UTF-8 to files and pipes; on a terminal, never fail because of a character that it cannot show."""
    if isinstance(stream, TextIOWrapper):
        if stream.isatty():
            stream.reconfigure(errors="replace")
        else:
            stream.reconfigure(encoding="utf-8")
