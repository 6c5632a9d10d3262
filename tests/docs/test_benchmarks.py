"""Is the page of benchmarks written from what was measured, one section a file?"""

from __future__ import annotations

from typing import Any

from tools import generate_benchmarks as tool

REPORT: dict[str, Any] = {
    "benchmarks": [
        {
            "name": "test_one_way[10]",
            "group": "ways | means",
            "params": {"count": 10_000, "way": "search"},
            "stats": {"median": 0.0021},
            "extra_info": {"peak MB": 38.25},
        },
        {
            "name": "test_another_way",
            "group": "ways | means",
            "params": None,
            "stats": {"median": 0.84},
            "extra_info": {},
        },
        {
            "name": "test_alone",
            "group": None,
            "params": None,
            "stats": {"median": 4.2e-7},
            "extra_info": {},
        },
    ]
}


def test_a_section_compares_with_the_fastest_of_each_group() -> None:
    """Every group is a table: what was run, how long it took, how many times the fastest, and what else was noted."""
    assert tool.section("some", "How fast?", REPORT, "Run today.") == (
        "## How fast?\n\nRun today.\n`python tools/generate_benchmarks.py some`\n\n"
        "### ways | means\n\n"
        "| | median | ratio | peak MB |\n|---|---|---|---|\n"
        "| 10,000, search | 2.1 ms | 1 | 38.2 |\n"
        "| another way | 840 ms | 400 |  |\n\n"
        "### some\n\n"
        "| | median | ratio |\n|---|---|---|\n"
        "| alone | 420 ns | 1 |\n"
    )


def test_other_sections_stay() -> None:
    """Writing one section anew leaves those of other files as they are, in the order of their names."""
    page = tool.written({"load": "## Two\n", "audit": "## One\n"})

    sections = tool.sections_of(page)
    sections["load"] = "## Three\n"

    assert page.index("## One") < page.index("## Two")
    assert tool.written(sections) == page.replace("## Two", "## Three")


def test_the_page_is_what_the_tool_writes() -> None:
    """The page has sections of files that there are, in the form in which the tool writes them, and nothing else."""
    page = tool.PAGE.read_text(encoding="utf-8")

    assert set(tool.sections_of(page)) <= set(tool.names())
    assert page == tool.written(tool.sections_of(page))
