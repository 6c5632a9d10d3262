"""How does a change look to those who review it: whose plans change, from what to what, on one offline page?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from relmaint import __version__
from relmaint.cli.changes import Teller
from relmaint.cli.pages import opening
from relmaint.explain.conditions import condition_text
from relmaint.explain.words import say
from relmaint.text import Language
from relmaint.verify.words import where

if TYPE_CHECKING:
    from relmaint.ir.rules import RuleBook
    from relmaint.verify.cover import Region
    from relmaint.verify.diff import Difference

__all__ = ["page"]

_STYLE = """
.verdict{font-size:1.15rem;font-weight:600;margin:1rem 0 .2rem}
dl.books{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .8rem;margin:.6rem 0}
dl.books dt{color:var(--soft)}dl.books dd{margin:0;overflow-wrap:anywhere}
article{border:1px solid var(--line);border-radius:.4rem;padding:.2rem 1rem 1rem;margin:1rem 0;scroll-margin-top:1rem}
article h3 a.up{float:right;font-weight:400;font-size:.85rem}
article p{margin:.2rem 0}code{overflow-wrap:anywhere}
table.plans{table-layout:fixed;margin-top:.6rem}ol{margin:0;padding-left:1.6rem}
.gained{color:var(--gained);font-weight:600}.lost{color:var(--lost);font-weight:600}
.lost span.title{text-decoration:line-through}.altered,.moved{font-weight:600}
.mark{font-size:.8rem;border:1px solid currentColor;border-radius:.3rem;padding:0 .3rem;margin-left:.4rem}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.counts{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:0 2rem}
:target{background:var(--tint)}
@media (max-width:40rem){body{padding:.8rem}}
@media print{article{break-inside:avoid}}
"""


def page(
    document: Mapping[str, Any],
    found: Difference,
    books: tuple[RuleBook, RuleBook],
    names: tuple[str, str],
    language: Language,
) -> str:
    """Write the page.

    Args:
        document: what `relmaint diff` says as JSON, its regions in the order of `found`.
        found: what changes.
        books: the book before and the book after.
        names: what the two are called where they were compared.
        language: the language of the page.
    """
    return "\n".join(_Page(document, found, books, names, language).parts()) + "\n"


class _Page:
    """Writes the page part by part."""

    def __init__(
        self,
        document: Mapping[str, Any],
        found: Difference,
        books: tuple[RuleBook, RuleBook],
        names: tuple[str, str],
        language: Language,
    ) -> None:
        self.document, self.found, self.books, self.names, self.language = document, found, books, names, language
        self.teller = Teller(books[::-1], language)

    def parts(self) -> Iterator[str]:
        new = self.books[1]
        name = new.title.in_language(self.language) if new.title is not None else new.name
        heading = f"{name} · {self.say('diff-title')}"
        yield from opening(heading, self.language, _STYLE)
        yield f'<h1 id="top">{escape(heading)}</h1>'
        yield from self.compared()
        yield from self.verdict()
        yield from self.overview()
        if "population" in self.document:
            yield from self.population(self.document["population"])
        if self.found.regions:
            yield f'<h2 id="regions">{self.text("changed-regions")}</h2>'
        for number, (region, said) in enumerate(zip(self.found.regions, self.document["regions"], strict=True), 1):
            yield from self.region(number, region.region, said)
        yield from self.rest()
        yield f'<p class="soft">relmaint {escape(__version__)}</p></body></html>'

    # Words

    def say(self, key: str, **values: object) -> str:
        return say(key, self.language, **values)

    def text(self, key: str, **values: object) -> str:
        """Return the words of a key, escaped."""
        return escape(self.say(key, **values))

    def words(self, region: Region) -> str:
        condition = where(region, self.found.axes, self.found.space.everyone)
        return condition_text(condition, self.books[1], self.language)

    # Parts of the page

    def compared(self) -> Iterator[str]:
        """Yield which two books this is about."""
        yield '<dl class="books">'
        for key, side, name in zip(("before", "after"), ("old", "new"), self.names, strict=True):
            about = self.document[side]
            yield f"<dt>{self.text(key)}</dt><dd>{escape(name)} · {escape(about['name'])} {escape(about['version'])}"
            yield f"<code>{escape(about['digest'][:12])}</code></dd>"
        yield "</dl>"

    def verdict(self) -> Iterator[str]:
        """Yield what came out, in one or two sentences."""
        if self.found.is_empty:
            yield f'<p class="verdict">{self.text("diff-equal")}</p>'
            return
        said = []
        if self.found.regions:
            said.append(self.say("diff-changed", count=len(self.found.regions)))
        if self.found.undecided:
            said.append(self.say("diff-open", count=len(self.found.undecided)))
        yield f'<p class="verdict">{escape(("" if self.language == "zh" else " ").join(said))}</p>'
        lead = "diff-lead" if self.found.is_complete else "diff-lead-open"
        yield f'<p class="lead">{self.text(lead)}</p>'

    def overview(self) -> Iterator[str]:
        """Yield one line for each region, which leads to it."""
        if not self.found.regions:
            return
        yield f"<h2>{self.text('summary')}</h2><table class='overview'><thead><tr><th></th>"
        yield f"<th>{self.text('customers-who')}</th><th>{self.text('what-changes')}</th></tr></thead><tbody>"
        for number, (region, said) in enumerate(zip(self.found.regions, self.document["regions"], strict=True), 1):
            yield f'<tr><td class="n"><a href="#region-{number}">{number}</a></td>'
            yield f"<td>{escape(self.words(region.region))}</td><td>{'<br>'.join(self.changes(said))}</td></tr>"
        yield "</tbody></table>"

    def region(self, number: int, region: Region, said: Mapping[str, Any]) -> Iterator[str]:
        """Yield one region: in words and as a condition, what changes, and one of its customers with both plans."""
        yield f'<article id="region-{number}"><h3>{number}. {escape(self.words(region))}'
        yield '<a class="up" href="#top">↑</a></h3>'
        yield f"<p><code>{escape(said['when'])}</code></p><ul>"
        yield from (f"<li>{line}</li>" for line in self.changes(said))
        yield "</ul>"
        example = said["example"]
        if example is None:
            yield f'<p class="soft">{self.text("no-example")}</p></article>'
            return
        yield f'<p class="soft">{self.text("for-example")} <code>{escape(example["customer"])}</code></p>'
        yield '<table class="plans"><thead><tr>'
        yield f"<th>{self.text('before')}</th><th>{self.text('after')}</th></tr></thead><tbody><tr>"
        marks = {one["action"]: "moved" for one in said["moved"]}
        marks |= {one["action"]: "altered" for one in said["altered"]}
        yield self.plan(example["before"], dict.fromkeys(said["lost"], "lost"))
        yield self.plan(example["after"], marks | dict.fromkeys(said["gained"], "gained"))
        yield "</tr></tbody></table></article>"

    def plan(self, actions: Sequence[str], marks: Mapping[str, str]) -> str:
        """Return one plan as a cell, the highest rank first; what differs is marked with a word too."""
        if not actions:
            return f'<td><span class="soft">{self.text("empty-plan")}</span></td>'
        items = []
        for name in actions:
            title = f'<span class="title">{escape(self.teller.title(name))}</span> <code>{escape(name)}</code>'
            mark = marks.get(name)
            if mark is None:
                items.append(f"<li>{title}</li>")
            else:
                items.append(f'<li class="{mark}">{title}<span class="mark">{self.text(f"mark-{mark}")}</span></li>')
        return f"<td><ol>{''.join(items)}</ol></td>"

    def changes(self, said: Mapping[str, Any]) -> Iterator[str]:
        """Yield what changes in a region, one escaped sentence each."""
        for kind, line in self.teller.changes(said):
            marked = kind in ("gained", "lost")
            yield f'<span class="{kind}">{escape(line)}</span>' if marked else escape(line)

    def rest(self) -> Iterator[str]:
        """Yield what was left open, and what changed beside the plans."""
        if self.found.undecided:
            yield f'<h2 id="undecided">{self.text("diff-undecided")}</h2>'
            yield from self.listed(self.words(region) for region in self.found.undecided)
        if self.found.texts:
            yield f'<h2 id="texts">{self.text("diff-texts")}</h2>'
            yield from self.listed(self.teller.title(name) for name in self.found.texts)
        if self.found.assumptions:
            yield f'<h2 id="assumptions">{self.text("diff-assumptions")}</h2>'
            yield from self.listed(self.found.assumptions)

    @staticmethod
    def listed(items: Iterable[str]) -> Iterator[str]:
        yield "<ul>"
        yield from (f"<li>{escape(item)}</li>" for item in items)
        yield "</ul>"

    # Customers of a file

    def population(self, counted: Mapping[str, Any]) -> Iterator[str]:
        affected = counted["affected"]
        yield f'<h2 id="population">{self.text("population")}</h2>'
        yield f"<p>{self.text('population-affected', count=len(affected), total=counted['customers'])}"
        if counted["refused"]:
            yield self.text("population-refused", count=counted["refused"])
        yield "</p>"
        if affected:
            yield f"<details><summary>{self.text('affected-customers')}</summary>"
            yield f"<p><code>{escape(self.say('list').join(affected))}</code></p></details>"
        yield '<div class="counts">'
        for name, counts in counted["by"].items():
            yield f"<div><h3>{escape(self.say('population-by', name=self.attribute(name)))}</h3><table><tbody>"
            for word, count in counts.items():
                said = self.say("unknown") if word == "unknown" else self.teller.term(name, word)
                yield f'<tr><td>{escape(said)}</td><td class="n">{count}</td></tr>'
            yield "</tbody></table></div>"
        yield f"</div><h3>{self.text('population-workload')}</h3><table class='workload'><thead><tr><th></th>"
        yield f'<th class="n">{self.text("before")}</th><th class="n">{self.text("after")}</th></tr></thead><tbody>'
        for owner, counts in counted["workload"].items():
            said = self.say("nobody-owns") if owner == "nobody" else self.teller.term("owner", owner)
            yield f'<tr><td>{escape(said)}</td><td class="n">{counts["before"]}</td>'
            yield f'<td class="n">{counts["after"]}</td></tr>'
        yield "</tbody></table>"

    def attribute(self, name: str) -> str:
        vocabulary = self.books[1].vocabulary
        label = vocabulary[name].label if name in vocabulary else None
        return label.in_language(self.language) if label is not None else name
