"""How is the conformance suite put together, so that every construct is in it, alone and with the others?

Random books are drawn, and what each shows for a customer is noted by the reader. A book is taken for a construct, or
for two that no book was taken for, those that are rarest in the suite; it is shrunk to what they need; seven customers
beside the first are those who show most that the others do not. The plans are those of the reference backend.
"""

from __future__ import annotations

import json
import lzma
from collections import Counter
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

from relmaint.engine import Engine
from relmaint.errors import RuleBookError
from relmaint.ir.canonical import SEMANTICS
from relmaint.ir.rules import RuleBook
from relmaint.rulebook import parse_rule_book
from relmaint.rulebook.write import write_rule_book
from tests.conformance.books import Draw, customers_near, random_book, random_facts
from tests.conformance.decode import book_of, customer_of, encoded_plan
from tests.conformance.model import ConformanceCustomer, attributes
from tests.conformance.reader import Json, known, plan
from tests.conformance.shrink import shrunk

__all__ = ["BOOKS", "CUSTOMERS", "PATH", "encoded", "lines", "loaded", "shown_by", "write"]

PATH = Path(__file__).parent / "suite.jsonl.xz"
FORMAT = 1
BOOKS = 5_000
CUSTOMERS = 8

_DRAWN = 6
"""How many customers of a drawn book are looked at."""

_LOOKED_AT = 100
"""How many customers near the first are looked at for the seven others."""

_ATTRIBUTES = attributes()


def lines() -> Iterator[Json]:
    """Yield the head of the suite, and its books without end, the same in every run."""
    yield {"format": FORMAT, "semantics": SEMANTICS, "attributes": _ATTRIBUTES}
    yield from ({"id": number, **found} for number, found in enumerate(_taken(), start=1))


def write(path: Path, books: int = BOOKS) -> None:
    """Write the suite; the file is replaced once all is made."""
    unfinished = path.with_suffix(".part")
    with lzma.open(unfinished, "wb", preset=9) as file:
        for line in islice(lines(), books + 1):
            file.write(encoded(line))
    unfinished.replace(path)


def encoded(line: Json) -> bytes:
    """Return a line as the file holds it."""
    return (json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def shown_by(book: Json, facts: Json) -> frozenset[str]:
    """Return the constructs that a plan comes by."""
    found: set[str] = set()
    plan(_ATTRIBUTES, book, known(_ATTRIBUTES, facts), found.add)
    return frozenset(found)


def loaded(book: Json) -> tuple[str, RuleBook] | None:
    """Return the text of a book and the book that is read from it; `None` when it is refused."""
    meant = book_of(book, _ATTRIBUTES)
    text = write_rule_book(meant)
    try:
        found = parse_rule_book(text, customer=ConformanceCustomer)
    except RuleBookError:
        return None
    assert found == meant, "the book that is read is not the book that was written"
    return text, found


def _taken() -> Iterator[Json]:
    """Yield what the suite takes."""
    used: set[tuple[str, str]] = set()
    often: Counter[str] = Counter()
    known_books: set[str] = set()
    for seed in count():
        draw = Draw(f"conformance/{seed}")
        drawn = random_book(draw)
        for _ in range(_DRAWN):
            facts = random_facts(draw)
            target = _target(shown_by(drawn, facts), used, often)
            if target is None:
                continue
            used.add(target)
            line = _line(drawn, facts, target)
            key = None if line is None else json.dumps(line["book"], sort_keys=True)
            if line is None or key is None or key in known_books:
                continue
            known_books.add(key)
            for one in line["customers"]:
                often.update(shown_by(line["book"], one["facts"]))
            yield line


def _target(shown: frozenset[str], used: set[tuple[str, str]], often: Counter[str]) -> tuple[str, str] | None:
    """Return a construct, or two of which at least one is no comparison, that no book was taken for: the rarest."""
    alone = [(name, name) for name in shown if (name, name) not in used]
    if alone:
        return min(alone, key=lambda pair: (often[pair[0]], pair))
    names = sorted(shown)
    pairs = [
        (one, other)
        for place, one in enumerate(names)
        for other in names[place + 1 :]
        if (one, other) not in used and not (_compares(one) and _compares(other))
    ]
    return min(pairs, key=lambda pair: (often[pair[0]] + often[pair[1]], pair), default=None)


_COMPARED = ("boolean", "date", "decimal", "enum", "integer", "interval", "set", "text")


def _compares(name: str) -> bool:
    return name.startswith(_COMPARED)


def _line(drawn: Json, facts: Json, target: tuple[str, str]) -> Json | None:
    """Return what is left of a book, with its customers and their plans; `None` when it cannot be loaded."""
    wanted = frozenset(target)

    def shows(book: Json, facts: Json) -> bool:
        return wanted <= shown_by(book, facts)

    def loads(book: Json, facts: Json) -> bool:
        return shows(book, facts) and loaded(book) is not None

    book, least = shrunk(drawn, facts, shows)
    if loaded(book) is None:
        if loaded(drawn) is None:
            return None
        book, least = shrunk(drawn, facts, loads)
    found = loaded(book)
    assert found is not None, "what was shrunk to what loads does load"
    text, read = found
    engine = Engine(read, "reference")
    customers = []
    for one in _customers(book, least):
        customer, as_of = customer_of(one, _ATTRIBUTES)
        expected = encoded_plan(engine.plan(customer, as_of=as_of))
        told = plan(_ATTRIBUTES, book, known(_ATTRIBUTES, one))
        assert expected == told, f"the reader and the reference differ:\n{text}\n{one}\n{expected}\n{told}"
        customers.append({"facts": one, "plan": expected})
    return {"shows": sorted(wanted), "book": book, "text": text, "customers": customers}


def _customers(book: Json, first: Json) -> list[Json]:
    """Return the first customer and others near, who show most that those before do not."""
    spoken = _spoken(book)
    names = [*(name for name in first | _NAMES if name in spoken), *(name for name in _NAMES if name not in spoken)]
    near: list[tuple[Json, frozenset[str], str]] = []
    for one in islice(customers_near(first, names), _LOOKED_AT):
        if all(one != other for other, _, _ in near):
            near.append((one, shown_by(book, one), json.dumps(plan(_ATTRIBUTES, book, known(_ATTRIBUTES, one)))))
    shown = set(shown_by(book, first))
    plans = {json.dumps(plan(_ATTRIBUTES, book, known(_ATTRIBUTES, first)))}
    picked = [first]
    while len(picked) < CUSTOMERS:
        place = max(range(len(near)), key=lambda at: (len(near[at][1] - shown), near[at][2] not in plans, -at))
        one, new, told = near.pop(place)
        picked.append(one)
        shown |= new
        plans.add(told)
    return picked


_NAMES = dict.fromkeys(name for name in _ATTRIBUTES)


def _spoken(book: Json) -> set[str]:
    """Return the attributes that a book speaks of."""
    found: set[str] = set()

    def walk(value: object) -> None:
        match value:
            case dict():
                found.update(str(value[key]) for key in ("attribute", "anchor", "clock") if key in value)
                found.update({"as_of"} if "from" in value or "until" in value else ())
                found.update(value.get("inputs", ()), (one for one in value.get("outputs", ()) if one in _NAMES))
                for part in value.values():
                    walk(part)
            case list():
                for part in value:
                    walk(part)

    walk(book)
    return found
