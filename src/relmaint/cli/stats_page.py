"""How do the counts of a customer base look on one page that opens without a network?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from relmaint import __version__
from relmaint.cli import charts
from relmaint.cli.pages import opening
from relmaint.cli.stats_words import Teller
from relmaint.text import Language

if TYPE_CHECKING:
    from relmaint.ir.rules import RuleBook

__all__ = ["page"]

_STYLE = """
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.8rem;margin:1rem 0}
.cards div{border:1px solid var(--line);border-radius:.4rem;padding:.5rem .8rem}
.cards b{display:block;font-size:1.4rem;font-variant-numeric:tabular-nums}
.cards .bad b{color:var(--lost)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(30rem,1fr));gap:0 2rem}
h2::first-letter{text-transform:uppercase}
td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
td.bar{width:22%;min-width:8rem;padding:.45rem .2rem}td.bar svg{width:100%;height:.9rem;display:block}
td.bar .held{fill:var(--line)}td.bar .daily{fill:var(--daily)}td.bar .special{fill:var(--special)}
td.bar .care{fill:var(--care)}td.bar .plain{fill:var(--link)}
.key span{margin-right:1.2rem}.key i{display:inline-block;width:.8em;height:.8em;border-radius:.15em;margin-right:.3em}
.daily i{background:var(--daily)}.special i{background:var(--special)}.care i{background:var(--care)}
.held i{background:var(--line)}
code{overflow-wrap:anywhere}
@media (max-width:40rem){body{padding:.8rem}.charts{grid-template-columns:1fr}}
"""


def page(told: Mapping[str, Any], book: RuleBook, language: Language) -> str:
    """Write the page.

    Args:
        told: what `relmaint stats` says as JSON.
        book: the book that made the plans.
        language: the language of the page.
    """
    return "\n".join(_Page(told, Teller(book, language)).parts()) + "\n"


class _Page:
    """Writes the page part by part."""

    def __init__(self, told: Mapping[str, Any], teller: Teller) -> None:
        self.told, self.teller, self.say = told, teller, teller.say
        self.kinds = tuple(told["by_kind"])

    def parts(self) -> Iterator[str]:
        heading = self.say("stats-title")
        yield from opening(heading, self.teller.language, charts.STYLE.lstrip() + _STYLE)
        yield f"<h1>{escape(heading)}</h1>"
        yield f'<p class="lead">{escape(self.teller.heading(self.told))} '
        yield f"<code>{escape(self.told['book']['digest'][:12])}</code></p>"
        yield from self.cards()
        yield '<div class="charts">'
        yield from self.lengths()
        yield from self.by_kind()
        for axis, groups in self.told["by_axis"].items():
            yield from self.axis(axis, groups)
        yield from self.simple("stats-by-owner", {self.teller.owner(one): count for one, count in self._("by_owner")})
        stages = self.told["withheld"]["by_stage"].items()
        yield from self.simple("stats-by-stage", {self.teller.stage(one): count for one, count in stages})
        yield "</div>"
        yield from self.grids()
        yield from self.actions()
        yield from self.rules()
        yield from self.silent()
        yield from self.without("empty")
        yield from self.without("uncovered")
        yield f'<p class="soft">relmaint {escape(__version__)}</p></body></html>'

    def _(self, key: str) -> Sequence[tuple[str, int]]:
        return list(self.told[key].items())

    def cards(self) -> Iterator[str]:
        """Yield the numbers that are asked for first."""
        told = self.told
        numbers = [("stats-customers", told["customers"], False)]
        numbers += [(f"stats-{status}", count, status == "uncovered") for status, count in told["status"].items()]
        numbers += [("stats-rejects", told["rejected"], True), ("stats-plans", told["plans"], False)]
        yield '<div class="cards">'
        for key, count, is_bad in numbers:
            look = ' class="bad"' if is_bad and count else ""
            yield f"<div{look}><b>{count}</b>{escape(self.say(key))}</div>"
        yield "</div>"

    def chart(self, title: str, drawn: str) -> Iterator[str]:
        yield f"<section><h2>{escape(title)}</h2>{drawn}</section>"

    def lengths(self) -> Iterator[str]:
        title = self.say("stats-by-length")
        yield from self.chart(title, charts.columns(self._("by_length"), title))

    def by_kind(self) -> Iterator[str]:
        title = self.say("stats-by-kind")
        rows = [
            (self.say(kind), {kind: one["customers"]}, self.share(one["customers"]))
            for kind, one in self.told["by_kind"].items()
        ]
        yield from self.chart(title, charts.stacked(rows, title))

    def axis(self, axis: str, groups: Mapping[str, Any]) -> Iterator[str]:
        """Yield for each word of an axis how many customers it has, and how many actions each of them."""
        name = self.teller.attribute(axis)
        title = self.say("stats-each-by", name=name)
        rows = [
            (
                self.teller.word(axis, word),
                {kind: one["kinds"].get(kind, 0) / max(1, one["customers"]) for kind in self.kinds},
                f"{one['actions'] / max(1, one['customers']):.2f} · {self.say('customers', count=one['customers'])}",
            )
            for word, one in groups.items()
        ]
        yield from self.chart(title, charts.stacked(rows, title) + self.key())

    def key(self, *, held: bool = False) -> str:
        """Return what the colours mean."""
        names = [(kind, self.say(kind)) for kind in self.kinds]
        names += [("held", self.say("stats-withheld"))] if held else []
        said = "".join(f'<span class="{one}"><i></i>{escape(name)}</span>' for one, name in names)
        return f'<p class="key">{said}</p>'

    def simple(self, key: str, counts: Mapping[str, int]) -> Iterator[str]:
        title, whole = self.say(key), sum(counts.values())
        rows = [(name, {"plain": count}, f"{count} ({100 * count / whole:.1f} %)") for name, count in counts.items()]
        yield from self.chart(title, charts.stacked(rows, title))

    def share(self, count: int) -> str:
        whole = self.told["customers"]
        return f"{count} ({100 * count / whole:.1f} %)" if whole else str(count)

    def grids(self) -> Iterator[str]:
        """Yield how many customers each combination of the three axes has."""
        axes = list(self.told["by_axis"])
        if len(axes) != 3:
            return
        tier, preference, habit = axes
        counts = {tuple(one[axis] for axis in axes): one["customers"] for one in self.told["combinations"]}
        across, down = (list(self.told["by_axis"][axis]) for axis in (habit, preference))
        yield f'<h2>{escape(self.say("stats-combinations"))}</h2><div class="charts">'
        for word in self.told["by_axis"][tier]:
            title = self.teller.word(tier, word)
            drawn = charts.heat(
                [self.teller.word(habit, one) for one in across],
                [self.teller.word(preference, one) for one in down],
                [[counts.get((word, line, column), 0) for column in across] for line in down],
                title,
            )
            yield f"<section><h3>{escape(title)}</h3>{drawn}</section>"
        yield "</div>"

    def actions(self) -> Iterator[str]:
        """Yield every action that anybody was proposed: planned and withheld side by side."""
        found = self.told["by_action"]
        most = max((one["customers"] + one["withheld"] for one in found), default=0) or 1
        yield f"<h2>{escape(self.say('stats-by-action'))}</h2>{self.key(held=True)}<table><thead><tr>"
        yield f"<th>{escape(self.say('stats-action'))}</th><th>{escape(self.say('column-owner'))}</th><th></th>"
        yield from self.heads("stats-customers", "stats-first", "stats-withheld")
        yield "</tr></thead><tbody>"
        for one in found:
            owner = self.teller.owner(one["owner"] or "nobody")
            yield f"<tr><td>{escape(self.teller.title(one['action']))} <code>{escape(one['action'])}</code></td>"
            yield f"<td>{escape(owner)}</td>{_bar({one['kind']: one['customers'], 'held': one['withheld']}, most)}"
            yield f"{_number(self.share(one['customers']))}{_number(one['first'])}{_number(one['withheld'])}</tr>"
        yield "</tbody></table>"

    def rules(self) -> Iterator[str]:
        """Yield what withheld actions, and how often."""
        found = self.told["withheld"]["by_rule"]
        most = max((one["count"] for one in found), default=0) or 1
        yield f"<h2>{escape(self.say('stats-by-rule'))}</h2><table><thead><tr>"
        yield f"<th>{escape(self.say('stats-stage'))}</th><th>{escape(self.say('stats-by'))}</th><th></th>"
        yield from self.heads("stats-actions")
        yield "</tr></thead><tbody>"
        for one in found:
            yield f"<tr><td>{escape(self.teller.stage(one['stage']))}</td><td><code>{escape(one['rule'])}</code></td>"
            yield f"{_bar({'plain': one['count']}, most)}{_number(one['count'])}</tr>"
        yield "</tbody></table>"

    def heads(self, *keys: str) -> Iterator[str]:
        yield from (f'<th class="n">{escape(self.say(key))}</th>' for key in keys)

    def silent(self) -> Iterator[str]:
        """Yield what did nothing for anybody."""
        yield f"<h2>{escape(self.say('stats-silent'))}</h2>"
        for role, ids in self.told["matched_nobody"].items():
            names = " ".join(f"<code>{escape(one)}</code>" for one in ids) or "–"
            yield f"<p><b>{escape(self.say(f'stats-{role}'))}</b> ({len(ids)}): {names}</p>"
        yield f"<h2>{escape(self.say('stats-never'))}</h2><ul>"
        for one in self.told["never_planned"]:
            why = self.say("stats-always-withheld" if one["withheld"] else "never-proposed-here", count=one["withheld"])
            title = escape(self.teller.title(one["action"]))
            yield f"<li>{title} <code>{escape(one['action'])}</code>{escape(self.say('colon') + why)}</li>"
        yield "</ul>" if self.told["never_planned"] else "<li>–</li></ul>"

    def without(self, status: str) -> Iterator[str]:
        """Yield who has no plan, and why."""
        found = self.told[status]
        yield f"<h2>{escape(self.say(f'stats-why-{status}'))}</h2><ul>"
        yield from (f"<li>{escape(self.teller.withheld_by(one))}</li>" for one in found.get("by_rule", ()))
        yield from (f"<li>{escape(self.teller.combination(one))}</li>" for one in found["by_combination"])
        yield "</ul>" if found["by_combination"] else "<li>–</li></ul>"


def _bar(parts: Mapping[str, int], most: int) -> str:
    """Return a cell with a bar of parts."""
    left, drawn = 0.0, ""
    for name, part in parts.items():
        drawn += f'<rect class="{name}" x="{left:.2f}" width="{100 * part / most:.2f}" height="10"/>'
        left += 100 * part / most
    return f'<td class="bar"><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">{drawn}</svg></td>'


def _number(said: object) -> str:
    return f'<td class="n">{escape(str(said))}</td>'
