"""How does the outcome of a book's cases look: as text, as JSON, and as JUnit XML?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from relmaint import __version__
from relmaint.cases.case import CaseResult, Verdict
from relmaint.cases.report import coverage_lines
from relmaint.cli.plan import FORMAT_VERSION
from relmaint.explain.words import say
from relmaint.verify.coverage import State
from relmaint.verify.mutants import Aspect

if TYPE_CHECKING:
    from relmaint.cases.account import CaseAccount, Reporter
    from relmaint.diagnostics import Span
    from relmaint.explain.layout import Paint
    from relmaint.ir.rules import RuleBook
    from relmaint.text import Language
    from relmaint.verify.coverage import Coverage, Item

__all__ = ["Measured", "Run", "rendered"]


@dataclass(frozen=True, slots=True)
class Measured:
    """What the passing cases show; for each thing that they do not show, the case that would, if one was asked for."""

    coverage: Coverage
    uncovered: tuple[Item, ...]
    cases: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """What came of the cases of one book; the accounts are of the failing ones, in their order."""

    path: str
    book: RuleBook
    results: tuple[CaseResult, ...]
    accounts: tuple[CaseAccount, ...]
    reporter: Reporter
    measured: Measured | None

    def count(self, verdict: Verdict) -> int:
        """Return how many cases came out so."""
        return sum(result.verdict is verdict for result in self.results)


def rendered(run: Run, format_: str, language: Language, paint: Paint) -> str:
    """Return the whole outcome in one of the formats `text`, `json` and `junit`."""
    match format_:
        case "json":
            return json.dumps(_document(run, language), ensure_ascii=False, indent=2) + "\n"
        case "junit":
            return "".join(f"{line}\n" for line in _junit(run, language))
        case _:
            return "".join(f"{line}\n" for line in _text(run, language, paint))


# --- text ------------------------------------------------------------------------------------------------------------


def _text(run: Run, language: Language, paint: Paint) -> Iterator[str]:
    for account in run.accounts:
        yield head(account.result, language, paint)
        yield run.reporter.text(account, language, paint=paint)
        yield ""
    for result in run.results:
        if result.verdict is Verdict.PENDING and result.case.todo is not None:
            why = result.case.todo.in_language(language)
            yield f"{result.case.span}: {say('case-pending', language, id=result.case.id, why=why)}"
    if run.measured is not None:
        yield from _coverage_text(run.measured, language, paint)
    yield _summary(run, language)


def head(result: CaseResult, language: Language, paint: Paint) -> str:
    """Return the first line about a case: where it is, which, and what it shows."""
    title = result.case.title.in_language(language) if result.case.title is not None else ""
    named = paint(f"`{result.case.id}`", "title") + (f"{say('colon', language)}{title}" if title else "")
    return f"{paint(f'{result.case.span}:', 'muted')} {named}"


def _summary(run: Run, language: Language) -> str:
    counts = [(key, run.count(verdict)) for key, verdict in _COUNTED if verdict is not Verdict.PENDING]
    if pending := run.count(Verdict.PENDING):
        counts.append(("case-count-pending", pending))
    said = say("comma", language).join(say(key, language, count=count) for key, count in counts)
    return f"{run.path}{say('colon', language)}{said}"


_COUNTED = (
    ("case-count-passed", Verdict.PASSED),
    ("case-count-failed", Verdict.FAILED),
    ("case-count-pending", Verdict.PENDING),
)


def _coverage_text(measured: Measured, language: Language, paint: Paint) -> Iterator[str]:
    """Yield what is not shown, each with its place and its case, and the shares of what is."""
    cases = {id(item): case for item, case in zip(measured.uncovered, measured.cases, strict=True)}
    for line, item in coverage_lines(measured.coverage, language):
        yield line
        if (case := cases.get(id(item))) is not None:
            yield from (paint(f"    {one}", "muted") for one in case.splitlines()[1:])


# --- JSON ------------------------------------------------------------------------------------------------------------


def _document(run: Run, language: Language) -> dict[str, Any]:
    accounts = {id(account.result): account for account in run.accounts}
    held: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "tool": f"relmaint {__version__}",
        "book": {"path": run.path, "name": run.book.name, "version": run.book.version},
        **{str(verdict): run.count(verdict) for verdict in Verdict},
        "cases": [_case(run, result, accounts.get(id(result)), language) for result in run.results],
    }
    if run.measured is not None:
        held["coverage"] = _coverage(run.measured)
    return held


def _case(run: Run, result: CaseResult, account: CaseAccount | None, language: Language) -> dict[str, Any]:
    case = result.case
    held: dict[str, Any] = {
        "id": case.id,
        **_place(case.span),
        "title": {"zh": case.title.zh, "en": case.title.en} if case.title is not None else None,
        "verdict": str(result.verdict),
    }
    if case.todo is not None:
        held["todo"] = {"zh": case.todo.zh, "en": case.todo.en}
    if account is not None:
        held["failures"] = list(run.reporter.sentences(result, language))
        held["plan"] = [action.action for action in result.plan.actions] if result.plan is not None else None
        held["matched"] = [
            {"statement": one.statement, "role": one.role, **_place(one.span)} for one in account.matched
        ]
        held["nearest"] = [
            {
                "action": near.action,
                "planned": near.answer.planned,
                "change": dict(near.answer.changes[0].to) if near.answer.changes else None,
                "boundaries": [
                    {"statement": edge.statement, "comparison": edge.comparison, **_place(edge.span)}
                    for change in near.answer.changes[:1]
                    for edge in change.edges
                ],
            }
            for near in account.nearest
        ]
    return held


def _place(span: Span | None) -> dict[str, Any]:
    return {"path": span.path if span is not None else None, "line": span.line if span is not None else None}


def _coverage(measured: Measured) -> dict[str, Any]:
    coverage = measured.coverage
    return {
        "percent": round(coverage.percent(), 2),
        **{
            str(aspect): {str(state): coverage.count(state, aspect) for state in State} | _share(coverage, aspect)
            for aspect in Aspect
        },
        "missing": [
            {
                "aspect": str(item.aim.aspect),
                "statement": item.aim.statement,
                "text": item.aim.text,
                **_place(item.aim.span),
                "case": case,
            }
            for item, case in zip(measured.uncovered, measured.cases, strict=True)
        ],
    }


def _share(coverage: Coverage, aspect: Aspect) -> dict[str, Any]:
    return {"percent": round(coverage.percent(aspect), 2)}


# --- JUnit -----------------------------------------------------------------------------------------------------------

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document can hold."""


def _junit(run: Run, language: Language) -> Iterator[str]:
    counts = f'tests="{len(run.results)}" failures="{run.count(Verdict.FAILED)}" errors="0" '
    counts += f'skipped="{run.count(Verdict.PENDING)}"'
    accounts = {id(account.result): account for account in run.accounts}
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield f"<testsuites {counts}>"
    yield f"  <testsuite name={_attribute(f'{run.book.name} {run.book.version}')} {counts}>"
    for result in run.results:
        yield from _testcase(run, result, accounts.get(id(result)), language)
    yield "  </testsuite>"
    yield "</testsuites>"


def _testcase(run: Run, result: CaseResult, account: CaseAccount | None, language: Language) -> Iterator[str]:
    case, span = result.case, result.case.span
    place = f" file={_attribute(span.path)} line={_attribute(str(span.line))}" if span is not None else ""
    where = _attribute(span.path if span is not None else run.book.name)
    opening = f"    <testcase classname={where} name={_attribute(case.id)}{place}"
    if account is not None:
        message = _attribute("; ".join(run.reporter.sentences(result, language)))
        yield f"{opening}>"
        yield f"      <failure message={message}>{_escaped(run.reporter.text(account, language))}</failure>"
        yield "    </testcase>"
    elif result.verdict is Verdict.PENDING and case.todo is not None:
        yield f"{opening}>"
        yield f"      <skipped message={_attribute(case.todo.in_language(language))}/>"
        yield "    </testcase>"
    else:
        yield f"{opening}/>"


def _escaped(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", text))
