"""How does every page look that opens without a network: one file, readable in light and dark, on paper too?"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from relmaint.text import Language

__all__ = ["opening"]

_STYLE = """
:root{--ink:#1d2733;--soft:#5b6875;--line:#d9dfe6;--paper:#fff;--tint:#f4f7fa;--link:#0b5cad;
--daily:#2b6cb0;--special:#b7521e;--care:#2f7d4f;--gained:#1c6b38;--lost:#a5232b}
@media (prefers-color-scheme:dark){:root{--ink:#e6ebf0;--soft:#9aa7b4;--line:#33404d;--paper:#151b21;--tint:#1d252d;
--link:#7ab8f5;--daily:#7ab8f5;--special:#f0a36b;--care:#7fcf9f;--gained:#7fcf9f;--lost:#f2959b}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:1.5rem;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
h1{margin:0;font-size:1.6rem}h2{margin:2.2rem 0 .6rem;font-size:1.2rem;border-bottom:1px solid var(--line)}
h3{margin:1.6rem 0 .4rem;font-size:1.05rem}h4{margin:.7rem 0 .2rem;font-size:.95rem}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
p.lead,.soft{color:var(--soft)}
table{border-collapse:collapse;width:100%}
th,td{border:1px solid var(--line);padding:.45rem .6rem;text-align:left;vertical-align:top}
thead th,tbody th{background:var(--tint);font-weight:600}
ul{margin:.2rem 0 .4rem;padding-left:1.1rem}li{margin:.1rem 0}
code{font:.85em ui-monospace,Menlo,Consolas,monospace;color:var(--soft)}
"""
"""What all pages share; colours are named once for light and once for dark."""


def opening(title: str, language: Language, style: str) -> Iterator[str]:
    """Yield the lines up to and including `<body>`; `style` is what only this page needs."""
    yield "<!doctype html>"
    yield f'<html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width,initial-scale=1">'
    yield f"<title>{escape(title)}</title><style>{_STYLE}{style.lstrip()}</style></head><body>"
