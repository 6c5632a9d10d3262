"""How does the matrix look as one page that opens without a network?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import TYPE_CHECKING

from relmaint import __version__
from relmaint.cli.matrix import Block, Cell, Pair, blocks, kinds, label, of_kind
from relmaint.cli.pages import opening
from relmaint.explain.text import term
from relmaint.explain.words import say
from relmaint.model.action import Action, Kind
from relmaint.text import Language, Text

if TYPE_CHECKING:
    from relmaint.ir.rules import RuleBook

__all__ = ["page"]

_STYLE = """
.n{display:block;white-space:nowrap;font-size:.88rem;font-variant-numeric:tabular-nums}
.daily{color:var(--daily)}.special{color:var(--special)}.care{color:var(--care)}
td.cell a{display:block;color:inherit}td.cell:hover,:target{background:var(--tint)}
section.cell{border:1px solid var(--line);border-radius:.4rem;padding:.2rem 1rem 1rem;margin:1rem 0}
section.cell h3 a.up{float:right;font-weight:400;font-size:.85rem}
.kinds{display:grid;grid-template-columns:repeat(auto-fit,minmax(19rem,1fr));gap:0 2rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .8rem;margin:.3rem 0}dt{color:var(--soft)}dd{margin:0}
article{border-top:1px solid var(--line);padding:.6rem 0}
nav{position:sticky;top:0;background:var(--paper);padding:.5rem 0;border-bottom:1px solid var(--line)}
nav a{margin-right:1.2rem}h2,section,article{scroll-margin-top:3rem}
@media print{nav{position:static}section.cell{break-inside:avoid}}
"""


def page(book: RuleBook, cells: list[Cell], language: Language) -> str:
    """Write the page: the grid of all cells, each cell, and each action, all linked to one another."""
    return "\n".join(_Page(book, cells, language).parts()) + "\n"


class _Page:
    """Writes the page part by part."""

    def __init__(self, book: RuleBook, cells: list[Cell], language: Language) -> None:
        self.book, self.cells, self.language = book, cells, language
        self.blocks = blocks(cells)
        self.kinds = kinds(book)
        used = {action.id: action for cell in cells for _, actions in cell.groups for action in actions}
        self.actions = [used[name] for name in sorted(used)]

    def parts(self) -> Iterator[str]:
        title = self.book.title.in_language(self.language) if self.book.title is not None else self.book.name
        heading = f"{title} {self.book.version} · {self.say('matrix')}"
        yield from opening(heading, self.language, _STYLE)
        yield f'<h1 id="top">{escape(heading)}</h1>'
        yield f'<p class="lead">{escape(self.say("matrix-lead"))} {escape(self.shared_too())}</p>'
        yield from self.navigation()
        yield from self.grids()
        yield from self.details()
        yield from self.shared()
        yield from self.catalogue()
        yield f'<p class="soft">relmaint {escape(__version__)}</p></body></html>'

    def say(self, key: str, **values: object) -> str:
        return say(key, self.language, **values)

    def navigation(self) -> Iterator[str]:
        links = "".join(
            f'<a href="#{_anchor(block)}">{self.name(block.name)}</a>' for block in self.blocks if block.name
        )
        for anchor in ("shared", "actions"):
            links += f'<a href="#{anchor}">{escape(self.say(anchor))}</a>'
        yield f"<nav>{links}</nav>"

    def name(self, pairs: Iterable[Pair]) -> str:
        return escape(label(self.book, pairs, self.language))

    def grids(self) -> Iterator[str]:
        for block in self.blocks:
            yield f'<h2 id="{_anchor(block)}">{self.name(block.name)}</h2><table><thead><tr><th></th>'
            yield from (f"<th>{self.name(column)}</th>" for column in block.columns)
            yield "</tr></thead><tbody>"
            for row, cells in block.rows:
                yield f"<tr><th>{self.name(row)}</th>"
                yield from (self.summary(cell) for cell in cells)
                yield "</tr>"
            yield "</tbody></table>"

    def summary(self, cell: Cell) -> str:
        lines = "".join(self.count(cell, kind) for kind in self.kinds)
        return f'<td class="cell"><a href="#{cell.anchor}">{lines}</a></td>'

    def count(self, cell: Cell, kind: Kind) -> str:
        standing, triggered = of_kind(cell.standing, kind), of_kind(cell.triggered, kind)
        counted = f"{self.say('count-standing', count=len(standing))} · " + self.say(
            "count-triggered", count=len(triggered)
        )
        name = self.say(f"short-{kind.value}")
        return f'<span class="n"><b class="{kind.value}">{escape(name)}</b> {escape(counted)}</span>'

    def details(self) -> Iterator[str]:
        for cell in self.cells:
            name = self.name(cell.words.items())
            yield f'<section class="cell" id="{cell.anchor}"><h3>{name}<a class="up" href="#top">↑</a></h3>'
            yield '<div class="kinds">'
            for kind in self.kinds:
                yield f'<div><h4 class="{kind.value}">{escape(self.say(kind.value))}</h4>'
                yield from self.links("standing", of_kind(cell.standing, kind))
                yield from self.links("triggered", of_kind(cell.triggered, kind))
                yield "</div>"
            yield f'</div><a class="soft" href="#shared">{escape(self.shared_too())}</a></section>'

    def shared_too(self) -> str:
        shared = self.cells[0].shared
        return self.say("matrix-shared", count=len(shared)) if shared else ""

    def shared(self) -> Iterator[str]:
        yield f'<h2 id="shared">{escape(self.say("shared"))}</h2><div class="kinds">'
        for kind in self.kinds:
            yield f'<div><h4 class="{kind.value}">{escape(self.say(kind.value))}</h4>'
            yield from self.links("triggered", of_kind(self.cells[0].shared, kind))
            yield "</div>"
        yield "</div>"

    def links(self, key: str, actions: tuple[Action, ...]) -> Iterator[str]:
        if actions:
            items = "".join(
                f'<li><a href="#action-{escape(one.id)}">{escape(one.title.in_language(self.language))}</a></li>'
                for one in actions
            )
            yield f'<div class="soft">{escape(self.say(key))}</div><ul>{items}</ul>'

    def catalogue(self) -> Iterator[str]:
        yield f'<h2 id="actions">{escape(self.say("actions"))}</h2>'
        for action in self.actions:
            other: Language = "en" if self.language == "zh" else "zh"
            second = getattr(action.title, other) or ""
            yield f'<article id="action-{escape(action.id)}"><h3>{escape(action.title.in_language(self.language))} '
            yield f'<span class="soft">{escape(second)}</span> <code>{escape(action.id)}</code></h3><dl>'
            for name, text in self.facts(action):
                yield f"<dt>{escape(name)}</dt><dd>{text}</dd>"
            yield "</dl></article>"

    def facts(self, action: Action) -> Iterator[tuple[str, str]]:
        """Yield what the catalogue says of an action, as (label, HTML)."""
        kind = f'<span class="{action.kind.value}">{escape(self.say(action.kind.value))}</span>'
        yield (
            self.say("column-kind"),
            f"{kind} · {escape(term(self.book, 'nature', action.nature.value, self.language))}",
        )
        if action.owner:
            yield self.say("column-owner"), escape(term(self.book, "owner", action.owner, self.language))
        if action.channel:
            names = (term(self.book, "channel", one, self.language) for one in action.channel)
            yield self.say("column-channel"), escape(self.say("list").join(names))
        texts: tuple[tuple[str, Text | None], ...] = (
            ("column-cadence", action.cadence),
            ("column-purpose", action.purpose),
            ("column-because", action.because),
        )
        for key, text in texts:
            if text is not None:
                yield self.say(key), escape(text.in_language(self.language))
        if rules := self.proposers(action):
            yield self.say("column-rules"), " ".join(f"<code>{escape(rule)}</code>" for rule in rules)
        if action.source:
            yield self.say("column-source"), escape(action.source)

    def proposers(self, action: Action) -> list[str]:
        rows = (row for table in self.book.tables for row in table.rows)
        found = [rule.id for rule in self.book.rules if action.id in rule.do]
        return found + [row.id for row in rows if action.id in row.do]


def _anchor(block: Block) -> str:
    """Return the name of a block in links."""
    return "-".join(word for pair in block.name for word in pair) or "cells"
