"""Which options do several commands share, and what do they hold?"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from relmaint.text import LANGUAGES, Language

if TYPE_CHECKING:
    from pydantic import BaseModel

    from relmaint.ir.rules import RuleBook

__all__ = [
    "Settings",
    "as_of_option",
    "backend_option",
    "book_option",
    "color_option",
    "columnar_extra",
    "customer_model",
    "language_of",
    "language_option",
    "load_book",
    "model_option",
    "output_option",
    "settings",
]

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(slots=True)
class Settings:
    """What holds for a whole run: the language of sentences, and whether colours are forbidden."""

    language: Language
    no_color: bool = False


def language_of(environment: Mapping[str, str]) -> Language:
    """Return the language that the environment asks for: Chinese if it says so, else English.

    >>> language_of({"LANG": "zh_CN.UTF-8"}), language_of({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"})
    ('zh', 'en')
    """
    asked = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))), "")
    return "zh" if asked.lower().startswith("zh") else "en"


def settings() -> Settings:
    """Return the settings of the running command."""
    root = click.get_current_context().find_root()
    if not isinstance(root.obj, Settings):
        root.obj = Settings(language_of(os.environ))
    return root.obj


def _set_language(_context: click.Context, _option: click.Parameter, value: Language | None) -> None:
    if value is not None:
        settings().language = value


def _set_no_color(_context: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        settings().no_color = True


def language_option(command: Command) -> Command:
    """Let a command choose the language of its sentences; it may stand before or after the command's name."""
    return click.option(
        "--lang",
        type=click.Choice(LANGUAGES),
        expose_value=False,
        callback=_set_language,
        help="Language of the sentences; by default that of LC_ALL or LANG.",
    )(command)


def color_option(command: Command) -> Command:
    """Let a command do without colours; it may stand before or after the command's name."""
    return click.option(
        "--no-color", is_flag=True, expose_value=False, callback=_set_no_color, help="No colours, as with NO_COLOR=1."
    )(command)


def book_option(command: Command) -> Command:
    """Let a command choose the rule book."""
    return click.option(
        "--book", "book_path", metavar="PATH", type=click.Path(), help="Rule book; by default the shipped retail book."
    )(command)


def model_option(command: Command) -> Command:
    """Let a command choose the bank's own customer model."""
    return click.option(
        "--customer-model",
        "model_name",
        metavar="WHERE:CLASS",
        help="Customer model, as `package.module:Class` or `file.py:Class`.",
    )(command)


def backend_option(command: Command) -> Command:
    """Let a command choose how matches are found."""
    return click.option(
        "--backend",
        type=click.Choice(("compiled", "reference", "rete")),
        default="compiled",
        show_default=True,
        help="How matches are found; the answers are the same.",
    )(command)


def output_option(command: Command) -> Command:
    """Let a command write to a file."""
    return click.option(
        "-o", "--output", "output", type=click.Path(dir_okay=False), help="Write to this file, once all is done."
    )(command)


def _day(_context: click.Context, _option: click.Parameter, value: str | None) -> date:
    if value is None:
        # The only clock of the library: everything below the command line takes the day as an argument.
        return datetime.now().astimezone().date()
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"`{value}` is not a day written as 2026-01-31") from None


def as_of_option(command: Command) -> Command:
    """Let a command choose the day of the plan."""
    return click.option("--as-of", metavar="DAY", callback=_day, help="Day of the plan, as 2026-01-31; default today.")(
        command
    )


@contextmanager
def columnar_extra() -> Iterator[None]:
    """Say how to get what tables need, where an import within finds that it is not installed.

    Raises:
        BackendUnavailableError: numpy or pyarrow is missing.
    """
    try:
        yield
    except ImportError as problem:
        from relmaint.errors import BackendUnavailableError

        raise BackendUnavailableError(
            "tables need pyarrow and numpy, which are not installed: pip install 'relmaint[columnar]'"
        ) from problem


def customer_model(name: str | None) -> type[BaseModel]:
    """Return the customer model that `--customer-model` names; the library's own without one."""
    if name is None:
        from relmaint.model.customer import Customer

        return Customer
    from relmaint.errors import ModelError
    from relmaint.model.named import named_model

    try:
        return named_model(name)
    except ModelError as problem:
        raise click.UsageError(str(problem)) from problem


def load_book(path: str | None, model: type[BaseModel]) -> RuleBook:
    """Load the rule book at `path`, or the shipped one."""
    from relmaint.rulebook.load import default_book_path, load_rule_book

    return load_rule_book(path if path is not None else default_book_path(), customer=model)
