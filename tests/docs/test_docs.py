"""Is the documentation true? Every example runs, every link leads somewhere, and nothing is left out."""

from __future__ import annotations

import difflib
import importlib.util
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import pytest

from relmaint import RuleBookError, parse_rule_book
from relmaint.cases import Expectation, read_cases
from relmaint.cli import COMMANDS
from relmaint.diagnostics.codes import CODES
from relmaint.ir.conditions import Operator
from relmaint.ir.rules import HitPolicy
from relmaint.model.attributes import vocabulary_of
from relmaint.model.customer import Customer
from relmaint.portfolio.capacity import CAPACITY_SECTIONS
from relmaint.rulebook.keys import EFFECT_KEYS, FILE, SECTIONS
from relmaint.rulebook.nodes import Mapping
from relmaint.rulebook.source import Source, compose
from tests.docs.pages import (
    DOCS,
    NOT_EXECUTED,
    ROOT,
    Block,
    Page,
    Run,
    commands,
    pages,
    read_page,
    reason_not_executed,
    rewritten,
)

PAGES = pages()
LANGUAGES = {"python", "console", "yaml", "text", "json", "csv", "markdown", "ini"}

_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_CODE = re.compile(r"`[^`]*`")


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "tools" / "generate_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = _generator()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_run_and_print_what_is_shown(page: Page, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Every Python and console block of a page runs, and prints what the page says."""
    differences = list(Run(page, tmp_path).differences())

    broken = [f"{page.name}: {one.what}\n{one.error}" for one in differences if one.error is not None]
    assert [] == broken
    if request.config.getoption("--reset-golden"):
        page.path.write_text(rewritten(page, differences), encoding="utf-8")
        return
    told = [
        f"{page.name}:{one.first}: {one.what}\n"
        + "\n".join(
            difflib.unified_diff(one.shown.splitlines(), one.actual.splitlines(), "shown", "actual", lineterm="")
        )
        for one in differences
    ]
    assert not told, "run `pytest tests/docs --reset-golden`, and read what it wrote:\n" + "\n".join(told)


def _console_lines() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for block in page.blocks:
            if block.language == "console":
                yield from ((page.name, command.line) for command in commands(block))


def test_console_lines_are_executed_or_say_why_not() -> None:
    """A console line starts `relmaint` or `python -m relmaint`, or `NOT_EXECUTED` says why it is only shown."""
    strays = [(name, line) for name, line in _console_lines() if not _is_accounted_for(line)]

    assert [] == strays


def _is_accounted_for(line: str) -> bool:
    return line.startswith(("relmaint ", "python -m relmaint")) or reason_not_executed(line) is not None


def test_console_blocks_start_with_a_command() -> None:
    """No console block starts with output, which nothing would compare."""
    blocks = [(page, block) for page in PAGES for block in page.blocks if block.language == "console"]

    assert [] == [f"{page.name}:{block.first}" for page, block in blocks if not block.text.startswith("$ ")]


def test_every_reason_not_to_execute_is_used() -> None:
    """`NOT_EXECUTED` lists nothing that no page shows."""
    lines = [line for _, line in _console_lines()]

    assert [] == [start for start in NOT_EXECUTED if not any(line.startswith(start) for line in lines)]


def test_shown_plans_name_their_day() -> None:
    """A plan that a page shows says for which day it is; one for today would change every day."""
    shown = [
        (page.name, command.line)
        for page in PAGES
        for block in page.blocks
        if block.language == "console"
        for command in commands(block)
        if command.shown is not None and re.match(r"relmaint (plan|explain) ", command.line)
    ]
    shown += [(page.name, f"relmaint {block.output_of}") for page in PAGES for block in page.blocks if block.output_of]

    assert [] == [
        (name, line) for name, line in shown if re.search(r" (plan|explain) ", line) and "--as-of" not in line
    ]


def test_blocks_have_a_known_language() -> None:
    """No block has a misspelt language, which would keep it from being executed."""
    strange = [
        f"{page.name}:{block.first}: {block.language or 'none'}"
        for page in PAGES
        for block in page.blocks
        if block.language not in LANGUAGES
    ]

    assert [] == strange


def _yaml_blocks(pages_: list[Page] = PAGES) -> list[tuple[str, Block]]:
    found = [(page, block) for page in pages_ for block in page.blocks if block.language == "yaml"]
    return [(f"{page.name}:{block.first}", block) for page, block in found]


_OTHER_YAML = {"cases", "customers"}
_KNOWN_KEYS = {key.name for section in (FILE, CAPACITY_SECTIONS[0]) for key in section.keys} | _OTHER_YAML


@pytest.mark.parametrize(("place", "block"), _yaml_blocks(), ids=[place for place, _ in _yaml_blocks()])
def test_yaml_blocks_are_part_of_the_language(place: str, block: Block) -> None:
    """A YAML block can be read and has keys of a rule book, unless it is a file of another kind."""
    root, findings = compose(Source(place, block.text))

    assert [] == [str(finding) for finding in findings]
    if isinstance(root, Mapping) and (block.file is None or not block.file.startswith(".")):
        assert set() == {key.text for key, _ in root.entries} - _KNOWN_KEYS


def _whole_books() -> list[tuple[str, Block]]:
    """Return the blocks that are books; the commands of a page with a model of its own load its books."""
    shipped_model = [page for page in PAGES if all(block.file != "bank.py" for block in page.blocks)]
    return [(place, block) for place, block in _yaml_blocks(shipped_model) if _is_whole_book(block)]


def _is_whole_book(block: Block) -> bool:
    root, _ = compose(Source("", block.text))
    keys = {key.text for key, _ in root.entries} if isinstance(root, Mapping) else set()
    return {"book", "actions"} <= keys and "include" not in keys


@pytest.mark.parametrize(("place", "block"), _whole_books(), ids=[place for place, _ in _whole_books()])
def test_whole_books_load(place: str, block: Block) -> None:
    """A YAML block that is a whole book can be loaded, and one that shows a mistake cannot."""
    if block.wrong:
        with pytest.raises(RuleBookError):
            parse_rule_book(block.text, path=place)
        return
    book = parse_rule_book(block.text, path=place)

    assert book.actions


def test_cases_can_be_read(tmp_path: Path) -> None:
    """The cases that a page shows can be read, every one of them."""
    shown = [(place, block) for place, block in _yaml_blocks() if block.text.startswith("cases:")]

    for place, block in shown:
        path = tmp_path / "shown.cases.yaml"
        path.write_text(block.text, encoding="utf-8")
        cases, findings = read_cases(path)
        assert (block.text.count("- id:"), []) == (len(cases), [str(one) for one in findings]), place


def test_some_cases_are_shown() -> None:
    """The reference shows a file of cases."""
    assert any(block.text.startswith("cases:") for _, block in _yaml_blocks())


# Links ---------------------------------------------------------------------------------------------------------------


def _anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    text = re.sub(r"[`*]", "", heading.lstrip("#").strip()).lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def _anchors(page: Page) -> set[str]:
    return {_anchor(line) for line in page.prose() if re.match(r"#{1,6} ", line)}


def _links(page: Page) -> list[str]:
    prose = "\n".join(page.prose())
    found = [match["target"] for match in _LINK.finditer(prose)]
    return [target for target in found if not re.match(r"https?://|mailto:", target)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Page) -> None:
    """Every link within the project names a file that is there, and an anchor that it has."""
    lost = []
    for target in _links(page):
        name, _, anchor = target.partition("#")
        path = (page.path.parent / name).resolve() if name else page.path
        if not path.exists() or (anchor and anchor not in _anchors(read_page(path))):
            lost.append(target)

    assert [] == lost


def test_every_page_can_be_reached_from_the_index() -> None:
    """From docs/README.md, links lead to every page of the documentation."""
    reached, waiting = set(), [DOCS / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in reached:
            continue
        reached.add(path)
        names = [target.partition("#")[0] for target in _links(read_page(path))]
        waiting += [(path.parent / name).resolve() for name in names if name.endswith(".md")]

    assert [] == sorted(str(path) for path in set(DOCS.rglob("*.md")) - reached)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_hold_one_sentence_a_line(page: Page) -> None:
    """A paragraph has one sentence a line, so that a comparison of two versions shows the sentences that changed."""
    crowded = [line for line in page.prose() if _is_crowded(line)]

    assert [] == crowded


def _is_crowded(line: str) -> bool:
    is_paragraph = line[:1].isalpha() or line[:1] in "`[*"
    return is_paragraph and not line.startswith("**") and re.search(r"[a-z`)][.?!] [A-Z][a-z]", line) is not None


# Completeness --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", GENERATOR.PAGES, ids=lambda path: path.name)
def test_generated_parts_are_fresh(path: Path) -> None:
    """The tables that follow from the code say what the code says."""
    text = path.read_text(encoding="utf-8")

    assert text == GENERATOR.renewed(text), f"{path.name} is stale; run `{GENERATOR.COMMAND}`"


def test_every_generated_part_stands_on_a_page() -> None:
    """What can be generated is shown somewhere."""
    text = "".join(path.read_text(encoding="utf-8") for path in GENERATOR.PAGES)

    assert [] == [name for name in GENERATOR.GENERATORS if f"<!-- generated: {name} -->" not in text]


def _reference(name: str) -> str:
    return (DOCS / f"reference-{name}.md").read_text(encoding="utf-8")


def test_the_reference_mentions_every_key() -> None:
    """Every key of every section stands in the reference of the rule book."""
    text = _reference("rule-book")

    assert [] == [(one.name, key.name) for one in SECTIONS for key in one.keys if f"`{key.name}`" not in text]


def test_the_reference_mentions_every_code() -> None:
    """Every diagnostic code stands in the reference of the rule book."""
    text = _reference("rule-book")

    assert [] == [name for name in CODES if f"| `{name}` |" not in text]


def test_the_reference_mentions_every_operator() -> None:
    """Every operator has a row in the reference of the rule book."""
    rows = [line for line in _reference("rule-book").splitlines() if line.count("|") >= 7]
    spoken = {Operator.INSIDE: "in [..], between", Operator.OUTSIDE: "not in [..], not between"}

    missing = [one for one in Operator if not any(row.startswith(f"| `{spoken.get(one, one)}` |") for row in rows)]

    assert [] == missing


def _section_of(title: str) -> str:
    return _reference("rule-book").partition(f"\n## {title}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize(("effect", "keys"), EFFECT_KEYS.items(), ids=list(EFFECT_KEYS))
def test_the_reference_describes_every_effect(effect: str, keys: tuple[str, ...]) -> None:
    """Every effect of a guard has a row with the keys that it needs."""
    rows = [line for line in _section_of("Effects of a guard").splitlines() if line.startswith(f"| `{effect}` |")]

    assert [{f"`{key}`" for key in keys}] == [set(_CODE.findall(row.rsplit("|", 2)[1])) for row in rows]


def test_the_reference_mentions_every_attribute() -> None:
    """Every attribute of the customer stands in the reference of the customer."""
    text = _reference("customer")

    assert [] == [name for name in vocabulary_of(Customer) if f"| `{name}` |" not in text]


def test_the_reference_mentions_every_command() -> None:
    """Every command has a section in the reference of the command line."""
    text = _reference("command-line")

    assert [] == [name for name in COMMANDS if f"\n## relmaint {name}\n" not in text]


def test_every_hit_policy_is_described() -> None:
    """Every hit policy has a row in the section that describes them."""
    section = _section_of("Hit policies")

    assert [] == [hit for hit in HitPolicy if f"| `{hit}` |" not in section]


def test_every_part_of_an_expectation_is_described() -> None:
    """Every key of `expect` has a row in the section about cases."""
    section = _section_of("Cases")

    assert [] == [one.name for one in fields(Expectation) if f"| `{one.name}` |" not in section]


@pytest.mark.parametrize("name", ["Operator", "Effect", "HitPolicy", "BACKENDS", "COMMANDS", "_FITTING", "_PAIRS"])
def test_contributing_names_places_that_are_there(name: str) -> None:
    """The files that docs/contributing.md sends a contributor to hold what it says of them."""
    text = (DOCS / "contributing.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if f"`{name}`" in line]
    files = [path for line in lines for path in re.findall(r"`((?:src|tests|tools)/[\w/]+\.py)`", line)]

    assert any(re.search(rf"^(class )?{name}\b", (ROOT / path).read_text(encoding="utf-8"), re.M) for path in files)


def test_contributing_names_files_that_are_there() -> None:
    """Every path in docs/contributing.md is there."""
    text = (DOCS / "contributing.md").read_text(encoding="utf-8")

    assert [] == [path for path in re.findall(r"`((?:src|tests|tools)/[^`\s]+)`", text) if not (ROOT / path).exists()]


# Laws ----------------------------------------------------------------------------------------------------------------


def _laws() -> list[tuple[str, list[str]]]:
    rows = re.findall(r"^\| ([^|]+) \| (tests/[^|]+) \|$", (DOCS / "testing.md").read_text(encoding="utf-8"), re.M)
    return [(law, [name.strip() for name in files.split(",")]) for law, files in rows]


@pytest.mark.parametrize(("law", "names"), _laws(), ids=[law for law, _ in _laws()])
def test_every_law_has_a_test(law: str, names: list[str]) -> None:
    """Each file that the table of laws names is there, and tries something on what is drawn."""
    for name in names:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert re.search(r"^def test_", text, re.M), law
        assert "@given" in text or "parametrize" in text or "Random(" in text, law


def test_there_are_laws() -> None:
    """The table of laws is read."""
    assert len(_laws()) > 15
