"""Does any law break, on any book and with any two backends, when random examples are tried for hours?

`python -m relmaint.testing.soak --minutes 60` goes round after round: each tries one law with two backends on one kind
of books, with random numbers that follow from the seed and the number of the round. What fails is made as small as
Hypothesis can, and written as a book with cases; one line of JSON a round is kept in the log.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count, islice
from pathlib import Path
from random import Random
from typing import IO, Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from pydantic import BaseModel

import relmaint
from relmaint.diagnostics import Source as Text
from relmaint.engine import BACKENDS, BackendName, Engine
from relmaint.errors import BackendUnavailableError, ModelError, RuleBookError
from relmaint.ir.canonical import digest
from relmaint.ir.rules import RuleBook
from relmaint.model.customer import Customer
from relmaint.model.named import named_model
from relmaint.rulebook import default_book_path, load_rule_book, parse_rule_book
from relmaint.rulebook.nodes import Node
from relmaint.rulebook.source import compose
from relmaint.rulebook.write import write_rule_book
from relmaint.testing.failing import Failure, write_failure
from relmaint.testing.laws import ALL, OF_ANY_BOOK, Draw, Law, Subject, law
from relmaint.testing.laws.promises import totality
from relmaint.testing.strategies.arguments import model_of
from relmaint.testing.strategies.books import rule_books
from relmaint.testing.strategies.noise import Noise

__all__ = ["Round", "Soak", "Source", "layout", "main", "sources_of", "tasks_of"]

EXAMPLES = 100
"""How many examples a round tries unless told otherwise; a law that prepares books for them tries its share."""


@law(reference="the rule book: layout and comments never matter", share=5)
def layout(draw: Draw, subject: Subject) -> None:
    """A book written in another layout, with comments, is read as the same book."""
    root = subject.once(_written)
    # A layout takes more random bytes than an example of Hypothesis has, when the book is large.
    number = draw(st.integers(0, (1 << 32) - 1))
    text = Noise(Random(number), with_comments=True).file(root)  # noqa: S311  # repeatable, and no secret

    assert parse_rule_book(text, customer=model_of(subject.book)) == subject.book, f"layout {number}"


def _written(subject: Subject) -> Node:
    root, findings = compose(Text("book.yaml", write_rule_book(subject.book)))
    assert root is not None, f"a written book is YAML; please report this: {findings}"
    return root


@dataclass(frozen=True, slots=True)
class Source:
    """Where the books of a round come from: one book that is given, or books that are drawn.

    Args:
        name: how the log calls it.
        laws: the laws that hold for its books.
        books: draws a book.
        given: the book that is not drawn.
    """

    name: str
    laws: tuple[Law, ...]
    books: st.SearchStrategy[RuleBook] = field(repr=False)
    given: RuleBook | None = field(default=None, repr=False)


def sources_of(books: Mapping[str, RuleBook], models: Sequence[type[BaseModel]]) -> list[Source]:
    """Return the kinds of books: each given one, and for each model any random ones and total ones."""
    found = [Source(name, (*ALL, layout), st.just(book), book) for name, book in books.items()]
    for model in models:
        kinds = (rule_books(model), rule_books(model, disjoint=True), rule_books(model, max_size=12))
        found.append(Source(f"random books of {model.__name__}", (*OF_ANY_BOOK, layout), st.one_of(kinds)))
        total = rule_books(model, total=True)
        found.append(Source(f"total books of {model.__name__}", (totality, *OF_ANY_BOOK), total))
    return found


Task = tuple[Law, Source, tuple[BackendName, ...]]


def tasks_of(sources: Sequence[Source], backends: Sequence[BackendName]) -> list[Task]:
    """Return every law with every kind of books and every two backends, each once; each backend comes first in some."""
    pairs: list[tuple[BackendName, ...]] = [
        (one, backends[(place + 1) % len(backends)]) for place, one in enumerate(backends)
    ]
    if len(backends) < _A_CIRCLE:
        pairs = [tuple(backends)]
    return [(law, source, pair) for source in sources for law in source.laws for pair in pairs]


_A_CIRCLE = 3
"""From so many backends on, those next to each other in a circle are pairs; with three these are all pairs."""


def available_backends() -> tuple[BackendName, ...]:
    """Return the backends that can run here."""
    found: list[Any] = []
    book = load_rule_book(default_book_path())
    for name in BACKENDS:
        try:
            Engine(book, name)  # type: ignore[arg-type]  # a name of a backend
        except BackendUnavailableError as problem:
            print(f"without the backend {name}: {problem}", file=sys.stderr)
        else:
            found.append(name)
    return tuple(found)


class Round:
    """One law tried with two backends on books of one kind.

    Args:
        number: which round it is, counted from 1.
        task: the law, the kind of books, the backends.
        number_of_examples: how many examples to try before the share of the law is taken.
        base_seed: the seed of all rounds; that of the round follows from it and the number.
    """

    def __init__(self, number: int, task: Task, number_of_examples: int, base_seed: int) -> None:
        """Prepare the round."""
        self.number, (self.law, self.source, self.backends) = number, task
        self.seed = int.from_bytes(sha256(f"{base_seed}/{number}".encode()).digest()[:8], "big")
        self._most = max(1, number_of_examples // self.law.share)
        self._subject: Subject | None = None if self.source.given is None else self._of(self.source.given)
        self.tried = self.declared = 0
        self.undrawn = False

    def _of(self, book: RuleBook) -> Subject:
        return Subject(book, self.backends)

    def run(self) -> Failure | None:
        """Try the examples; return the smallest failure, if there is one."""

        def test(data: st.DataObject) -> None:
            if self.source.given is None:
                self._subject = None  # a failure while a book is drawn is not about the last one
                self._subject = self._of(data.draw(self.source.books))
            assert self._subject is not None, "a book was given or drawn; please report this"
            if self.law.declares(self._subject.book) is not None:
                self.declared += 1
                return
            self.law.try_once(data.draw, self._subject)
            self.tried += 1

        how = settings(
            max_examples=self._most,
            database=None,
            deadline=None,
            derandomize=False,
            phases=(Phase.generate, Phase.shrink),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
        )
        try:
            seed(self.seed)(how(given(st.data())(test)))()
        except Unsatisfiable:
            self.undrawn = True  # every example was too large for Hypothesis; that says nothing about the law
        except Exception as problem:
            if self._subject is None:
                raise
            shown = tuple(dict.fromkeys(self._subject.shown))
            return Failure(self.law, self._subject.book, shown, problem, self.facts())
        return None

    def outcome(self, failure: Failure | None) -> str:
        """Return in a word what came of it; what was never tried is not called held."""
        if failure is not None:
            return "failed"
        return "undrawn" if self.undrawn else "held" if self.tried else "declared"

    def facts(self) -> dict[str, Any]:
        """Return what the log says of the round."""
        return {
            "round": self.number,
            "seed": self.seed,
            "law": self.law.name,
            "books": self.source.name,
            "backends": list(self.backends),
            "examples": self.tried,
            "declared": self.declared,
        }


class Soak:
    """Round after round, in an order that the seed decides; each cycle has every task once.

    Args:
        tasks: what is tried.
        base_seed: the seed.
        examples: how many examples a round tries.
        folder: where failures are written.
        log: where the lines go, if anywhere.
    """

    def __init__(self, tasks: Sequence[Task], base_seed: int, examples: int, folder: Path, log: IO[str] | None) -> None:
        """Begin with nothing done."""
        self._tasks, self._seed, self._examples, self._folder, self._log = tasks, base_seed, examples, folder, log
        self._broken: set[tuple[str, str]] = set()
        self._begun = time.monotonic()
        self.rounds = self.examples = self.skipped = self.undrawn = 0
        self.by_law: Counter[str] = Counter()
        self.failures: list[Path] = []

    def tell(self, line: Mapping[str, Any]) -> None:
        """Write a line into the log, so that it is there whatever happens next."""
        if self._log is not None:
            self._log.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._log.flush()

    def order(self) -> Iterator[tuple[int, Task]]:
        """Yield the numbered tasks without end."""
        for cycle in count():
            tasks = list(self._tasks)
            Random(f"{self._seed}/{cycle}").shuffle(tasks)  # noqa: S311  # repeatable, and no secret
            yield from enumerate(tasks, start=cycle * len(tasks) + 1)

    def run(self, seconds: float) -> None:
        """Go on until the time is over; the round that has begun is finished."""
        for number, task in self.order():
            if time.monotonic() - self._begun >= seconds:
                break
            self.step(number, task)

    def repeat(self, number: int) -> None:
        """Run one round alone."""
        found, task = next(islice(self.order(), number - 1, None))
        self.step(found, task)

    def step(self, number: int, task: Task) -> None:
        """Run one round; what broke before on such books is not tried again, but counted as skipped."""
        one = Round(number, task, self._examples, self._seed)
        where = one.law.name, one.source.name
        if where in self._broken:
            self.skipped += 1
            self.tell({**one.facts(), "outcome": "skipped"})
            return
        begun = time.monotonic()
        failure = one.run()
        outcome = one.outcome(failure)
        line = {**one.facts(), "seconds": round(time.monotonic() - begun, 3), "outcome": outcome}
        if failure is not None:
            self._broken.add(where)
            line["written"] = str(self._written(failure, number))
        self.rounds += 1
        self.undrawn += one.undrawn
        self.examples += one.tried
        self.by_law[one.law.name] += one.tried
        self.tell(line)

    def _written(self, failure: Failure, number: int) -> Path:
        folder = self._folder / f"{self._seed}-{number}-{failure.law.name}"
        failure.facts["repeat"] = f"--seed {self._seed} --examples {self._examples} --round {number}"
        model = model_of(failure.book)
        failure.facts["model"] = f"{model.__module__}:{model.__name__}"
        write_failure(failure, folder)
        self.failures.append(folder)
        print(f"round {number}: the law {failure.law.name} broke: {failure.law.says}\n  {folder}", flush=True)
        return folder

    def summary(self) -> dict[str, Any]:
        """Return what was done."""
        return {
            "summary": {
                "seed": self._seed,
                "minutes": round((time.monotonic() - self._begun) / 60, 2),
                "rounds": self.rounds,
                "examples": self.examples,
                "skipped": self.skipped,
                "undrawn": self.undrawn,
                "failures": len(self.failures),
                "laws": dict(sorted(self.by_law.items())),
            }
        }


def _show(summaries: Sequence[Mapping[str, Any]]) -> str:
    """Return the sums of summaries, with what each law came to."""
    total: Counter[str] = Counter()
    by_law: Counter[str] = Counter()
    for one in summaries:
        total.update(
            {name: one.get(name, 0) for name in ("minutes", "rounds", "examples", "skipped", "undrawn", "failures")}
        )
        by_law.update(one["laws"])
    seeds = ", ".join(str(one["seed"]) for one in summaries)
    lines = [f"{examples:>10,}  {name}" for name, examples in sorted(by_law.items())]
    skipped = f", {total['skipped']:,} rounds skipped after a failure" if total["skipped"] else ""
    skipped += f", {total['undrawn']:,} rounds in which nothing could be drawn" if total["undrawn"] else ""
    lines.append(
        f"{total['minutes']:.1f} minutes, {total['rounds']:,} rounds, {total['examples']:,} examples, "
        f"seed{'s' * (len(summaries) > 1)} {seeds}: {total['failures']} failures{skipped}"
    )
    return "\n".join(lines)


def _summaries(logs: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return the summaries in log files; a run that was killed has none, and its rounds are counted instead."""
    found: list[Mapping[str, Any]] = []
    for log in logs:
        lines = [json.loads(line) for line in Path(log).read_text(encoding="utf-8").splitlines()]
        runs: list[list[dict[str, Any]]] = []
        for line in lines:
            if "begun" in line:
                runs.append([])
            runs[-1].append(line)
        found.extend(run[-1].get("summary") or _counted(run) for run in runs)
    return found


def _counted(run: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the summary of a run that was cut off."""
    rounds = [line for line in run[1:] if line["outcome"] != "skipped"]
    laws: Counter[str] = Counter()
    for line in rounds:
        laws[line["law"]] += line["examples"]
    return {
        "seed": run[0]["seed"],
        "minutes": round(sum(line["seconds"] for line in rounds) / 60, 2),
        "rounds": len(rounds),
        "examples": sum(laws.values()),
        "skipped": len(run) - 1 - len(rounds),
        "undrawn": sum(line["outcome"] == "undrawn" for line in rounds),
        "failures": sum(line["outcome"] == "failed" for line in rounds),
        "laws": laws,
    }


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m relmaint.testing.soak",
        description="Try every law on random books and on given ones, for hours.",
    )
    parser.add_argument("--minutes", type=float, default=1.0, help="how long to go on (default: %(default)s)")
    parser.add_argument("--seed", type=int, help="of all random numbers; drawn, and told, unless given")
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="of a round (default: %(default)s)")
    parser.add_argument("--log", metavar="FILE", help="append a line of JSON for each round to this file")
    parser.add_argument(
        "--failures", metavar="FOLDER", default="soak-failures", help="where failures go (default: %(default)s)"
    )
    parser.add_argument(
        "--book",
        metavar="PATH[=WHERE:CLASS]",
        action="append",
        default=[],
        help="a rule book to try, with its customer model; beside the shipped one",
    )
    parser.add_argument(
        "--customer-model",
        metavar="WHERE:CLASS",
        action="append",
        default=[],
        help="a customer model to draw books for; beside the shipped one",
    )
    parser.add_argument("--round", type=int, metavar="N", help="run this round of the seed alone, to repeat a failure")
    parser.add_argument("--total", metavar="LOG", nargs="+", help="add up logs, and run nothing")
    return parser


def _books(named: Sequence[str]) -> dict[str, RuleBook]:
    shipped = load_rule_book(default_book_path())
    found = {shipped.name: shipped}
    for one in named:
        path, _, model = one.partition("=")
        book = load_rule_book(path, customer=named_model(model) if model else Customer)
        found[book.name] = book
    return found


def _run(
    options: argparse.Namespace, tasks: Sequence[Task], log: IO[str] | None, books: Mapping[str, RuleBook]
) -> Soak:
    base_seed = secrets.randbelow(1 << 32) if options.seed is None else options.seed
    soak = Soak(tasks, base_seed, options.examples, Path(options.failures), log)
    print(f"seed {base_seed}, {len(tasks)} tasks a cycle", flush=True)
    soak.tell(
        {
            "begun": datetime.now(UTC).isoformat(timespec="seconds"),
            "seed": base_seed,
            "examples": options.examples,
            "relmaint": relmaint.__version__,
            "books": {name: digest(book) for name, book in books.items()},
            "tasks": len(tasks),
        }
    )
    try:
        if options.round is None:
            soak.run(options.minutes * 60)
        else:
            soak.repeat(options.round)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
    soak.tell(soak.summary())
    return soak


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as the command line says, and return 1 when a law broke, 2 when what is named cannot be used."""
    parser = _arguments()
    options = parser.parse_args(arguments)
    if options.total:
        print(_show(_summaries(options.total)))
        return 0
    for name in ("minutes", "examples", "round"):
        if (value := getattr(options, name)) is not None and value <= 0:
            parser.error(f"--{name} must be more than 0, not {value}")
    try:
        books = _books(options.book)
        models: list[type[BaseModel]] = [Customer, *map(named_model, dict.fromkeys(options.customer_model))]
    except (ModelError, RuleBookError) as problem:
        parser.error(str(problem))
    tasks = tasks_of(sources_of(books, models), available_backends())
    if options.log is None:
        soak = _run(options, tasks, None, books)
    else:
        with Path(options.log).open("a", encoding="utf-8") as log:
            soak = _run(options, tasks, log, books)
    print(_show([soak.summary()["summary"]]))
    return 1 if soak.failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
