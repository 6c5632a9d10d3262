"""How does pytest run analysts' cases beside a project's own tests?

Every file `*.cases.yaml` is a module of tests, every case a test. Until such a file is collected, only pytest and the
standard library are imported; so a project that has the library installed and no cases pays nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pydantic import BaseModel

    from relmaint.cases import Case, CaseResult
    from relmaint.cases.account import Reporter
    from relmaint.engine import BackendName, Engine

__all__ = ["CaseFailed", "CaseFile", "CaseItem"]

_ENDINGS = (".cases.yaml", ".cases.yml")
"""As in `relmaint.cases.find`, which is not imported before there is such a file."""

_BACKENDS = ("compiled", "reference", "rete")
_BOUNDARIES = 5
"""For so many failing cases of a book the nearest boundary is looked for."""

_BOOK = "relmaint_book"
_MODEL = "relmaint_customer_model"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and the settings."""
    group = parser.getgroup("relmaint", "cases of rule books")
    group.addoption(
        "--relmaint-backend", choices=_BACKENDS, default="compiled", help="how matches are found; default: compiled"
    )
    group.addoption(
        "--relmaint-coverage-min",
        type=float,
        metavar="PERCENT",
        help="fail when the cases that passed show less of their book than this",
    )
    group.addoption(
        "--relmaint-mutation-min",
        type=float,
        metavar="PERCENT",
        help="fail when the cases that passed would notice a smaller share of small mistakes in their book",
    )
    parser.addini(
        _BOOK,
        "the book of case files that lie in no book's folder; a line each: `BOOK`, or `FOLDER = BOOK`",
        type="linelist",
        default=[],
    )
    parser.addini(
        _MODEL,
        "a bank's own customer model; a line each: `WHERE:CLASS`, or `FOLDER = WHERE:CLASS`",
        type="linelist",
        default=[],
    )


def pytest_configure(config: pytest.Config) -> None:
    """Watch what comes of the cases, in the process that tells the outcome."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Watch(config), "relmaint-watch")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect files of cases."""
    if not file_path.name.endswith(_ENDINGS):
        return None
    return CaseFile.from_parent(parent, path=file_path)


class CaseFailed(Exception):  # noqa: N818  # what failed is a case, and no program
    """A case did not come out as expected; the account is written for its analyst."""


class CaseFile(pytest.File):
    """A file of cases."""

    def collect(self) -> Iterator[CaseItem]:
        """Yield the cases; anything wrong with the file or its book is an error of the collection, with its place."""
        shelf = _shelf(self.config)
        for case in shelf.cases(self.path):
            yield CaseItem.from_parent(self, name=case.id, case=case, book=shelf.book(self.path))

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: Any = None,  # noqa: ARG002  # as the base has it
    ) -> Any:
        """Show findings as the command line does."""
        from relmaint.diagnostics.render import render_text
        from relmaint.errors import RelmaintError, RuleBookError

        match excinfo.value:
            case RuleBookError(diagnostics=diagnostics):
                return render_text(diagnostics)
            case RelmaintError():
                return f"error: {excinfo.value}"
            case _:
                return super().repr_failure(excinfo)


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, *, case: Case, book: _Book, **rest: Any) -> None:
        """Keep the case and the book that it is about."""
        super().__init__(**rest)
        self.case, self.book = case, book

    def runtest(self) -> None:
        """Run the case."""
        from relmaint.cases import Verdict, run_case

        result = run_case(self.book.engine, self.case)
        if result.verdict is Verdict.PENDING and self.case.todo is not None:
            pytest.xfail(self.case.todo.in_language("en"))
        if result.verdict is Verdict.FAILED:
            raise CaseFailed(self.book.told(result))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show the account of a failing case, and the traceback of anything else."""
        if isinstance(excinfo.value, CaseFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the place of the case and its id."""
        assert self.case.span is not None, "a case that was read has a place; please report this"
        return self.path, self.case.span.line - 1, self.case.id


class _Book:
    """One book, its engine, and how its failures are told."""

    def __init__(self, path: Path, model: type[BaseModel], backend: BackendName) -> None:
        from relmaint.cases.account import Reporter
        from relmaint.engine import Engine
        from relmaint.rulebook.load import load_rule_book

        self.path, self.model = path, model
        self.engine: Engine = Engine(load_rule_book(_short(path), customer=model), backend)
        self.reporter: Reporter = Reporter(self.engine)
        self._failed = 0

    def told(self, result: CaseResult) -> str:
        """Return what an analyst needs to see of a failing case."""
        self._failed += 1
        account = self.reporter.account(result, nearest=self._failed <= _BOUNDARIES)
        title = result.case.title.in_language("en") if result.case.title is not None else ""
        head = f"{result.case.span}: `{result.case.id}`" + (f": {title}" if title else "")
        return f"{head}\n{self.reporter.text(account, 'en')}"


def _short(path: Path) -> Path:
    """Return a path as messages should show it: from the working folder where possible."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


class _Shelf:
    """The books of a run, each loaded once."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._books: dict[tuple[Path, type[BaseModel]], _Book] = {}

    def book(self, file: Path) -> _Book:
        """Return the book that a file of cases is about.

        Raises:
            RelmaintError: there is none, it cannot be used, or its customer model cannot be found.
        """
        from relmaint.cases import book_of
        from relmaint.errors import RelmaintError

        named = self._setting(_BOOK, file)
        path = self._config.rootpath / named if named is not None else book_of(file)
        if path is None:
            raise RelmaintError(
                f"`{_short(file)}` lies in no book's folder; name its book by `{_BOOK}` in the settings"
            )
        model = self.model(file)
        if (path, model) not in self._books:
            self._books[path, model] = _Book(path, model, self._config.getoption("--relmaint-backend"))
        return self._books[path, model]

    def model(self, file: Path) -> type[BaseModel]:
        """Return the customer model that a file of cases is about."""
        from relmaint.model.customer import Customer
        from relmaint.model.named import named_model

        named = self._setting(_MODEL, file)
        return Customer if named is None else named_model(named, folder=self._config.rootpath)

    def cases(self, file: Path) -> tuple[Case, ...]:
        """Return the cases of a file.

        Raises:
            RuleBookError: something is wrong with the file or its book.
        """
        from relmaint.cases import load_cases

        self.book(file)
        return load_cases(_short(file), self.model(file))

    def _setting(self, name: str, file: Path) -> str | None:
        """Return what the settings say for a file: the line with the nearest folder, else the line without one."""
        best: tuple[int, str] | None = None
        for line in self._config.getini(name):
            left, found, right = (part.strip() for part in line.rpartition("="))
            folder = self._config.rootpath / left if found else self._config.rootpath
            if not found or file.is_relative_to(folder):
                depth = len(folder.parts) if found else -1
                best = max(best or (-2, ""), (depth, right))
        return None if best is None else best[1]


_SHELF = pytest.StashKey[_Shelf]()


def _shelf(config: pytest.Config) -> _Shelf:
    return config.stash.setdefault(_SHELF, _Shelf(config))


class _Watch:
    """Measures, once all is run, what the cases that passed are worth; with xdist in the process that tells it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._passed: dict[Path, set[str]] = {}
        self._lines: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note each case that passed."""
        file, _, name = report.nodeid.partition("::")
        if file.endswith(_ENDINGS):
            passed = self._passed.setdefault(self._config.rootpath / file, set())
            if report.when == "call" and report.passed:
                passed.add(name)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail the run when the cases show too little, or would notice too little."""
        coverage = self._config.getoption("--relmaint-coverage-min")
        mutation = self._config.getoption("--relmaint-mutation-min")
        if (coverage is None and mutation is None) or not self._passed:
            return
        low = [self._is_low(book, cases, coverage, mutation) for book, cases in self._by_book()]
        if any(low) and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _by_book(self) -> list[tuple[_Book, list[Case]]]:
        shelf = _shelf(self._config)
        found: dict[int, tuple[_Book, list[Case]]] = {}
        for file, names in sorted(self._passed.items()):
            book = shelf.book(file)
            _, cases = found.setdefault(id(book), (book, []))
            cases += [case for case in shelf.cases(file) if case.id in names]
        return list(found.values())

    def _is_low(self, book: _Book, cases: list[Case], coverage: float | None, mutation: float | None) -> bool:
        from relmaint.cases.measure import Measure
        from relmaint.cases.report import coverage_lines, score_line

        measure = Measure(book.engine, cases)
        low = False
        if coverage is not None:
            found = measure.coverage()
            low = found.percent() < coverage
            self._lines += [f"{_short(book.path)}: {line}" for line, _ in coverage_lines(found, "en")]
        if mutation is not None:
            score = measure.score()
            low = low or score.percent < mutation
            for number, _ in score.survivors:
                mutant = measure.judge.mutants[number]
                self._lines.append(f"{mutant.span or _short(book.path)}: {mutant.change}: no case notices it")
            self._lines.append(f"{_short(book.path)}: {score_line(score)}")
        return low

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Tell what was measured."""
        if self._lines:
            terminalreporter.section("cases of rule books")
            for line in self._lines:
                terminalreporter.line(line)
