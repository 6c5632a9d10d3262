"""How is a chart drawn on a page that opens without a network: as SVG within it, in the colours of the page?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from textwrap import wrap

__all__ = ["STYLE", "columns", "heat", "stacked"]

STYLE = """
svg.chart{display:block;width:100%;height:auto;margin:.4rem 0;font-size:13px}
svg.chart text{fill:var(--ink)}svg.chart text.soft{fill:var(--soft)}
svg.chart .daily{fill:var(--daily)}svg.chart .special{fill:var(--special)}svg.chart .care{fill:var(--care)}
svg.chart .plain{fill:var(--link)}svg.chart .faint{fill:var(--line)}
svg.chart .heat{fill:var(--link);stroke:var(--line)}
"""
"""What a page needs whose charts these are, besides the style of all pages."""

_ROW, _LABEL, _NUMBER, _WIDTH = 24, 165, 175, 640
_LETTER = 7.0
"""About how wide a letter is, to break the lines of a head."""


def stacked(rows: Sequence[tuple[str, Mapping[str, float], str]], title: str) -> str:
    """Return horizontal bars, one a row, each of parts that stand beside one another.

    Args:
        rows: what a row is called, its parts by their class in the style, and what stands behind the bar.
        title: what the chart shows, for those who cannot see it.
    """
    longest = max((sum(parts.values()) for _, parts, _ in rows), default=0) or 1
    first = _beside(label for label, _, _ in rows)
    space = _WIDTH - first - _NUMBER
    drawn = []
    for place, (label, parts, behind) in enumerate(rows):
        top, left = place * _ROW, first
        drawn.append(_text(label, first - 8, top + 16, anchor="end"))
        for name, part in parts.items():
            length = space * part / longest
            drawn.append(f'<rect class="{name}" x="{left:.1f}" y="{top + 4}" width="{length:.1f}" height="16"/>')
            left += length
        drawn.append(_text(behind, left + 6, top + 16, soft=True))
    return _svg(_WIDTH, len(rows) * _ROW, title, drawn)


def columns(counts: Sequence[tuple[str, int]], title: str) -> str:
    """Return upright bars, each with its count above and its name below."""
    height, most = 190, max((count for _, count in counts), default=0) or 1
    step = min(72.0, _WIDTH / max(1, len(counts)))
    drawn = []
    for place, (label, count) in enumerate(counts):
        left, size = place * step, 140 * count / most
        drawn.append(
            f'<rect class="plain" x="{left + 4:.1f}" y="{height - 24 - size:.1f}" width="{step - 8:.1f}" '
            f'height="{size:.1f}"/>'
        )
        drawn.append(_text(str(count), left + step / 2, height - 30 - size, anchor="middle", soft=True))
        drawn.append(_text(label, left + step / 2, height - 6, anchor="middle"))
    return _svg(_WIDTH, height, title, drawn)


def heat(across: Sequence[str], down: Sequence[str], counts: Sequence[Sequence[int]], title: str) -> str:
    """Return a grid of counts, the darker the more; each field says its count too."""
    most = max((count for row in counts for count in row), default=0) or 1
    first = _beside(down)
    step = (_WIDTH - first) / max(1, len(across))
    heads = [wrap(label, max(4, int(step / _LETTER))) for label in across]
    above = 18 * max((len(lines) for lines in heads), default=0) + 6
    drawn = [
        _text(said, first + (place + 0.5) * step, above - 8 - 16 * (len(lines) - 1 - line), anchor="middle", soft=True)
        for place, lines in enumerate(heads)
        for line, said in enumerate(lines)
    ]
    for line, (label, row) in enumerate(zip(down, counts, strict=True)):
        top = above + line * 30
        drawn.append(_text(label, first - 8, top + 19, anchor="end"))
        for place, count in enumerate(row):
            left = first + place * step
            shade = f'fill-opacity="{0.65 * (count / most) ** 0.5:.3f}"'
            drawn.append(f'<rect class="heat" {shade} x="{left:.1f}" y="{top}" width="{step:.1f}" height="28"/>')
            drawn.append(_text(str(count), left + step / 2, top + 19, anchor="middle"))
    return _svg(_WIDTH, above + len(down) * 30, title, drawn)


def _beside(labels: Iterable[str]) -> float:
    """Return where bars begin beside their labels: far enough for the longest, within reason."""
    longest = max((sum(1 if letter.isascii() else 2 for letter in label) for label in labels), default=0)
    return min(max(_LABEL, longest * _LETTER + 16), _WIDTH * 0.45)


def _text(said: str, x: float, y: float, *, anchor: str = "start", soft: bool = False) -> str:
    look = ' class="soft"' if soft else ""
    return f'<text{look} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(said)}</text>'


def _svg(width: float, height: float, title: str, drawn: Sequence[str]) -> str:
    head = f'<svg class="chart" role="img" viewBox="0 0 {width:g} {max(height, 1):g}"><title>{escape(title)}</title>'
    return head + "".join(drawn) + "</svg>"
