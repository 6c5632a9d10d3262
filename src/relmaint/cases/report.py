"""How is it said what the cases of a book are worth?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from relmaint.explain.words import say
from relmaint.text import Language
from relmaint.verify.coverage import Coverage, Item, State
from relmaint.verify.mutants import Aspect

if TYPE_CHECKING:
    from relmaint.cases.measure import Score

__all__ = ["coverage_line", "coverage_lines", "score_line"]


def coverage_lines(coverage: Coverage, language: Language) -> Iterator[tuple[str, Item | None]]:
    """Yield a line for each thing that is not shown, or not known, with its place; last the shares of what is."""
    for item in coverage.items:
        key = {State.UNCOVERED: f"coverage-{item.aim.aspect}", State.UNDECIDED: "coverage-undecided"}.get(item.state)
        if key is not None:
            place = f"{item.aim.span}: " if item.aim.span is not None else ""
            yield place + say(key, language, statement=item.aim.statement, text=item.aim.text), item
    yield coverage_line(coverage, language), None


def coverage_line(coverage: Coverage, language: Language) -> str:
    """Return the shares of what the cases show, on one line."""
    parts = [
        say(
            f"coverage-count-{aspect}",
            language,
            covered=coverage.count(State.COVERED, aspect),
            all=coverage.count(State.COVERED, aspect) + coverage.count(State.UNCOVERED, aspect),
        )
        for aspect in Aspect
    ]
    said = say("comma", language).join(parts)
    percent = f"{coverage.percent():.1f} %"
    return say("coverage-total", language, percent=percent, parts=said, out=coverage.count(State.EQUIVALENT))


def score_line(score: Score) -> str:
    """Return how the mutants of a book came out, on one line."""
    return (
        f"{score.mutants} mutants: {score.equivalent} equivalent, {score.killed} killed, "
        f"{len(score.survivors)} survived, {len(score.undecided)} undecided: score {score.percent:.1f} %"
    )
