"""How do the counts of a customer base look on a terminal?"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from relmaint.cli.stats_words import Teller
from relmaint.explain.words import say
from relmaint.text import Language

if TYPE_CHECKING:
    from relmaint.ir.rules import RuleBook

__all__ = ["bar", "grid", "shortened", "text"]

_BAR = 24
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def bar(share: float, width: int = _BAR) -> str:
    """Return a bar that is so much of a width, to an eighth of a character; what is not nothing is seen.

    >>> bar(0.5, 4), bar(0.0001, 4), bar(0, 4)
    ('██', '▏', '')
    """
    eighths = max(round(share * width * 8), 1 if share > 0 else 0)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def grid(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    left: Sequence[int] = (0,),
    fold: bool = True,
) -> Table:
    """Return a table.

    Args:
        title: what stands above it.
        columns: the heads.
        rows: the cells.
        left: the columns that are words or bars, and no numbers.
        fold: whether the first column may take several lines where the window is narrow.
    """
    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", title_style="bold", pad_edge=False)
    for place, column in enumerate(columns):
        justify: Literal["left", "right"] = "left" if place in left else "right"
        table.add_column(column, justify=justify, overflow="fold", no_wrap=place != 0 or not fold)
    for row in rows:
        table.add_row(*row)
    return table


def shortened(said: str, cells: int) -> str:
    """Return a text that takes no more than so many cells of a terminal; a Chinese character takes two."""
    cut = Text(said)
    cut.truncate(cells, overflow="ellipsis")
    return cut.plain


def text(told: Mapping[str, Any], book: RuleBook, language: Language, *, top: int, width: int, colored: bool) -> str:
    """Write the counts as tables with bars; of long tables the first `top` rows."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=colored, no_color=not colored, highlight=False, width=width)
    for part in _Text(told, Teller(book, language), top).parts():
        console.print(part)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


class _Text:
    """Writes the tables one by one."""

    def __init__(self, told: Mapping[str, Any], teller: Teller, top: int) -> None:
        self.told, self.teller, self.top = told, teller, top
        self.say, self.language = teller.say, teller.language

    def parts(self) -> Iterator[Table | str]:
        told, say = self.told, self.say
        yield self.teller.heading(told)
        yield ""
        yield from self.statuses()
        yield self.bars(say("stats-by-length"), say("stats-length"), list(told["by_length"].items()))
        yield self.kinds()
        for axis, groups in told["by_axis"].items():
            yield self.axis(axis, groups)
        yield from self.cut(self.actions(), len(told["by_action"]))
        yield self.bars(
            say("stats-by-owner"),
            say("column-owner"),
            [(self.teller.owner(owner), count) for owner, count in told["by_owner"].items()],
            say("stats-actions"),
        )
        yield self.bars(
            say("stats-by-stage"),
            say("stats-stage"),
            [(self.teller.stage(stage), count) for stage, count in told["withheld"]["by_stage"].items()],
            say("stats-actions"),
        )
        yield from self.cut(self.rules(), len(told["withheld"]["by_rule"]))
        yield from self.silent()
        yield from self.without("empty")
        yield from self.without("uncovered")

    def statuses(self) -> Iterator[str]:
        for line in self.teller.statuses(self.told):
            yield f"  {line}"
        yield ""

    def cut(self, table: Table, count: int) -> Iterator[Table | str]:
        yield table
        if count > self.top:
            yield f"  {self.say('more', count=count - self.top)}\n"

    def bars(self, title: str, head: str, counts: Sequence[tuple[str, int]], what: str | None = None) -> Table:
        """Return a table of counts, each with its share of the sum as a bar."""
        whole, most = sum(count for _, count in counts), max((count for _, count in counts), default=0)
        rows = [(name, str(count), _percent(count, whole), bar(count / most if most else 0)) for name, count in counts]
        return grid(title, (head, what or self.say("stats-customers"), "%", ""), rows, left=(0, 3))

    def kinds(self) -> Table:
        whole = self.told["customers"]
        rows = [
            (
                say(kind, self.language),
                str(one["customers"]),
                _percent(one["customers"], whole),
                bar(one["customers"] / whole if whole else 0),
                str(one["actions"]),
                "–" if one["not_proposed"] is None else str(one["not_proposed"]),
            )
            for kind, one in self.told["by_kind"].items()
        ]
        columns = (self.say("column-kind"), self.say("stats-customers"), "%", "", self.say("stats-actions"))
        return grid(self.say("stats-by-kind"), (*columns, self.say("stats-not-proposed")), rows, left=(0, 3))

    def axis(self, axis: str, groups: Mapping[str, Any]) -> Table:
        whole = self.told["customers"]
        rows = [
            (
                self.teller.word(axis, word),
                str(one["customers"]),
                _percent(one["customers"], whole),
                bar(one["customers"] / whole if whole else 0, 12),
                _each(one["actions"], one["customers"]),
                *(_each(one["kinds"].get(kind, 0), one["customers"]) for kind in self.told["by_kind"]),
                str(one["status"]["empty"]),
                str(one["status"]["uncovered"]),
            )
            for word, one in groups.items()
        ]
        columns = (
            self.teller.attribute(axis),
            self.say("stats-customers"),
            "%",
            "",
            self.say("stats-each"),
            *(self.say(f"short-{kind}") for kind in self.told["by_kind"]),
            self.say("stats-empty"),
            self.say("stats-uncovered"),
        )
        return grid(self.say("population-by", name=self.teller.attribute(axis)), columns, rows, left=(0, 3))

    def actions(self) -> Table:
        whole = self.told["customers"]
        rows = [
            (
                shortened(self.teller.title(one["action"]), 25),
                one["action"],
                self.say(f"short-{one['kind']}"),
                str(one["customers"]),
                _percent(one["customers"], whole),
                bar(one["customers"] / whole if whole else 0, 8),
                str(one["first"]),
                str(one["withheld"]),
            )
            for one in self.told["by_action"][: self.top]
        ]
        columns = (
            self.say("stats-action"),
            "",
            self.say("column-kind"),
            self.say("stats-customers"),
            "%",
            "",
            self.say("stats-first"),
            self.say("stats-withheld"),
        )
        return grid(self.say("stats-by-action"), columns, rows, left=(0, 1, 2, 5))

    def rules(self) -> Table:
        found = self.told["withheld"]["by_rule"]
        most = max((one["count"] for one in found), default=0)
        rows = [
            (self.teller.stage(one["stage"]), one["rule"], str(one["count"]), bar(one["count"] / most, 16))
            for one in found[: self.top]
        ]
        columns = (self.say("stats-stage"), self.say("stats-by"), self.say("stats-actions"), "")
        return grid(self.say("stats-by-rule"), columns, rows, left=(0, 1, 3))

    def silent(self) -> Iterator[str]:
        yield self.say("stats-silent")
        for role, ids in self.told["matched_nobody"].items():
            yield f"  {self.say(f'stats-{role}')} ({len(ids)}): {self.say('list').join(ids) or '–'}"
        yield f"\n{self.say('stats-never')}"
        for one in self.told["never_planned"]:
            why = self.say("stats-always-withheld" if one["withheld"] else "never-proposed-here", count=one["withheld"])
            yield f"  {one['action']}{self.say('colon')}{why}"
        if not self.told["never_planned"]:
            yield "  –"

    def without(self, status: str) -> Iterator[str]:
        yield f"\n{self.say(f'stats-why-{status}')}"
        found = self.told[status]
        for one in found.get("by_rule", ())[: self.top]:
            yield f"  {self.teller.withheld_by(one)}"
        for one in found["by_combination"][: self.top]:
            yield f"  {self.teller.combination(one)}"
        if not found["by_combination"]:
            yield "  –"


def _percent(count: int, whole: int) -> str:
    return f"{100 * count / whole:.1f}" if whole else "–"


def _each(count: int, customers: int) -> str:
    return f"{count / customers:.2f}" if customers else "–"
