"""Do all backends, and a reader that knows only the documented format, plan what the conformance suite says?"""

from __future__ import annotations

import ast
import json
import sys
from collections import Counter
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from relmaint.engine import Engine
from relmaint.ir.canonical import SEMANTICS
from relmaint.ir.conditions import Operator
from relmaint.ir.rules import Aggregate, Effect, HitPolicy
from relmaint.model.action import DueUnit, Kind
from relmaint.model.plan import PlanStatus, Stage
from relmaint.rank.select import SELECTABLE
from relmaint.rulebook import parse_rule_book
from relmaint.rulebook.conditions import operators_of
from tests.conformance import reader
from tests.conformance.decode import book_of, customer_of, encoded_plan
from tests.conformance.model import ConformanceCustomer, attributes, vocabulary
from tests.conformance.reader import Json, known, plan, read_suite
from tests.conformance.shrink import smaller_books, smaller_facts
from tests.conformance.suite import BOOKS, CUSTOMERS, FORMAT, PATH, encoded, lines, loaded, shown_by

BACKENDS = ("reference", "compiled", "rete")
SAMPLE = 50
"""One of so many books is tried in each run on all backends."""

CHUNKS = 20
"""In so many parts all books are tried."""


@cache
def suite() -> tuple[Json, tuple[Json, ...]]:
    """Return the head and the books."""
    head, books = read_suite(PATH)
    return head, tuple(books)


@cache
def shown() -> Counter[str]:
    """Return how many customers of the suite show each construct; every plan is compared on the way."""
    head, books = suite()
    found: Counter[str] = Counter()
    for line in books:
        for one in line["customers"]:
            told: set[str] = set()
            made = plan(head["attributes"], line["book"], known(head["attributes"], one["facts"]), told.add)
            assert one["plan"] == made, (line["id"], one["facts"])
            found.update(told)
    return found


def check(line: Json) -> None:
    """Compare the plans of one book by each backend with those of the suite."""
    head, _ = suite()
    book = parse_rule_book(line["text"], customer=ConformanceCustomer)
    assert book_of(line["book"], head["attributes"]) == book, line["id"]
    customers = [(*customer_of(one["facts"], head["attributes"]), one["plan"]) for one in line["customers"]]
    for backend in BACKENDS:
        engine = Engine(book, backend)  # type: ignore[arg-type]  # the name of a backend
        for customer, as_of, expected in customers:
            assert expected == encoded_plan(engine.plan(customer, as_of=as_of)), (line["id"], backend, customer)


def test_a_sample_of_the_suite_holds_on_every_backend() -> None:
    """Reference, compiled and Rete give the plans of the suite, for one book of fifty."""
    _, books = suite()
    for line in books[::SAMPLE]:
        check(line)


def test_a_fifth_of_the_suite_holds_on_the_reference() -> None:
    """Books that are made of the data, without their text, give the plans of the suite."""
    head, books = suite()
    for line in books[::5]:
        engine = Engine(book_of(line["book"], head["attributes"]), "reference")
        for one in line["customers"]:
            customer, as_of = customer_of(one["facts"], head["attributes"])
            assert one["plan"] == encoded_plan(engine.plan(customer, as_of=as_of)), (line["id"], one["facts"])


@pytest.mark.evidence
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_whole_suite_holds_on_every_backend(chunk: int) -> None:
    """Reference, compiled and Rete give the plans of the suite, for every book."""
    _, books = suite()
    for line in books[chunk::CHUNKS]:
        check(line)


def test_the_documented_format_says_enough() -> None:
    """A reader that imports nothing of the library, and knows only the documented format, gives every plan."""
    tree = ast.parse(Path(reader.__file__).read_text(encoding="utf-8"))
    imports = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }

    assert imports <= sys.stdlib_module_names | {"collections.abc"}, imports
    assert shown().total() > 0


def test_the_suite_has_what_its_page_says() -> None:
    """The head names the format and the meaning; the books are numbered, distinct, and have eight customers each."""
    head, books = suite()

    assert head == {"format": FORMAT, "semantics": SEMANTICS, "attributes": attributes()}
    assert [line["id"] for line in books] == list(range(1, BOOKS + 1))
    assert len({json.dumps(line["book"], sort_keys=True) for line in books}) == BOOKS
    assert len({tuple(line["shows"]) for line in books}) == BOOKS
    for line in books:
        facts = [json.dumps(one["facts"], sort_keys=True) for one in line["customers"]]
        assert len(set(facts)) == CUSTOMERS
    assert PATH.stat().st_size <= 20 * 2**20


def test_every_construct_is_in_the_suite() -> None:
    """Each operator on each type with each answer, each policy, effect, stage, aggregate, selector, date is shown."""
    types = {one["type"] for one in attributes().values()}
    of_type = {described["type"]: operators_of(vocabulary()[name].type) for name, described in attributes().items()}
    answers = ("true", "false", "unknown")
    wanted = {
        f"{type_} {operator}/{answer}"
        for type_ in types
        for operator in of_type[type_]
        for answer in answers
        if answer != "unknown" or not operator.startswith("is ")
    }
    wanted |= {f"{op}/{answer}" for op in ("and", "or", "not") for answer in answers} | {"and/empty", "or/empty"}
    numbers = ("none", "one", "several")
    wanted |= {f"hit {hit}/{number}" for hit in HitPolicy for number in numbers}
    budgets = (HitPolicy.ANY, HitPolicy.FIRST, HitPolicy.COLLECT)
    wanted |= {f"budget hit {hit}/{number}" for hit in budgets for number in numbers}
    wanted -= {"hit unique/several"}
    wanted |= {f"aggregate {one} of {what}/several" for one in Aggregate for what in ("points", "budgets")}
    wanted |= {f"guard {effect}/acts" for effect in Effect if effect is not Effect.RESTRICT}
    wanted |= {f"guard restrict/{what}" for what in ("narrows", "nothing is left", "a duty", "no channel")}
    wanted |= {"guard withhold/a duty", "guard hold/a duty", "guard defer/no channel", "guard defer/deferred already"}
    wanted |= {
        f"hold/{what}"
        for what in ("adds a step", "step there already", "step out of force", "step withheld", "step lost")
    }
    wanted |= {f"defer/{what}" for what in ("today", "tomorrow", "hour unknown")}
    wanted |= {f"select {field}/{answer}" for field in SELECTABLE for answer in ("true", "false")}
    wanted |= {"order priority/not named", "order output order/not named", "guard restrict/nothing is left for another"}
    wanted |= {"select/unless", "select channel/some of them", "budget/row set aside"}
    wanted |= {f"withheld/{stage}" for stage in Stage} | {f"status/{status}" for status in PlanStatus}
    wanted |= {f"uncovered/{kind}" for kind in Kind}
    wanted |= {f"rank/{what}" for what in ("precedence", "score", "position", "id")}
    wanted |= {f"boost/{what}" for what in ("up", "down", "of what is not proposed")}
    overriding = ("rule", "row", "points", "overridden itself", "twice", "duty stays")
    wanted |= {f"override/{what}" for what in overriding} | {"merge/no contact"}
    counting = ("room", "taken by another", "count unknown", "overdrawn", "default", "several", "not counted")
    wanted |= {f"budget/{what}" for what in counting}
    dated = ("rule", "row", "table", "guard", "action")
    wanted |= {
        f"{what} {key}/{side}" for what in dated for key in ("from", "until") for side in ("before", "on", "after")
    }
    wanted |= {f"due {unit}/{side}" for unit in DueUnit for side in ("before", "after")}
    wanted |= {"due day/on", "due/past", "due/unknown", "due month/shorter", "due business day/from a weekend"}

    assert wanted - shown().keys() == set()


def test_every_end_of_every_interval_is_in_the_suite() -> None:
    """Each shape of an interval is tried inside, outside, and at each of its ends."""
    shapes = {"[a..b]", "[a..b)", "(a..b]", "(a..b)", "[a..)", "(a..)", "(..b]", "(..b)"}
    wanted = {f"interval {shape}/{answer}" for shape in shapes for answer in ("true", "false")}
    wanted |= {f"interval {shape}/at the low end" for shape in shapes if "a" in shape}
    wanted |= {f"interval {shape}/at the high end" for shape in shapes if "b" in shape}
    ordered = (Operator.LT, Operator.LE, Operator.GT, Operator.GE)
    wanted |= {f"{type_} {op}/at the constant" for type_ in ("integer", "decimal", "date") for op in ordered}

    assert wanted - shown().keys() == set()


def test_each_book_shows_what_it_was_taken_for_and_has_nothing_to_spare() -> None:
    """The first customer shows the named constructs, and no longer once any part of the book or a fact is gone."""
    _, books = suite()
    for line in books[:: SAMPLE * 2]:
        facts = line["customers"][0]["facts"]
        assert set(line["shows"]) <= shown_by(line["book"], facts), line["id"]
        for smaller in smaller_books(line["book"]):
            spared = set(line["shows"]) <= shown_by(smaller, facts)
            assert not spared or loaded(smaller) is None, (line["id"], smaller)
        for fewer in smaller_facts(facts):
            assert not set(line["shows"]) <= shown_by(line["book"], fewer), (line["id"], fewer)


def test_the_command_writes_the_same_bytes() -> None:
    """The first books are made anew as they stand in the file; `--check` of the command compares all of them."""
    head, books = suite()
    for expected, found in zip([head, *books[:60]], islice(lines(), 61), strict=True):
        assert encoded(expected) == encoded(found)


# --- whether the suite can tell a wrong implementation ---------------------------------------------------------------

WRONG: dict[str, tuple[str, str]] = {
    "unknown is false": ("if value is None:\n            return None", "if value is None:\n            return False"),
    "an open end is closed": ("low is None or value > low or (", "low is None or value >= low or ("),
    "smaller or equal is smaller": ('op == "<=" and value <= constant', 'op == "<=" and value < constant'),
    "the last day is left out": ("self.as_of <= end", "self.as_of < end"),
    "the first day is left out": ("start <= self.as_of", "start < self.as_of"),
    "the last row counts": ("return hits[:1]", "return hits[-1:]"),
    "priority takes the first row": ("return [first]", "return hits[:1]"),
    "an overridden rule overrides": ('self.note("override/overridden itself")\n                    continue', "pass"),
    "a duty is overridden": ('if by is not None and action["nature"] not in DUTIES:', "if by is not None:"),
    "an overridden rule adds its points": (
        "            if by is None:\n                points",
        "            if True:\n                points",
    ),
    "a step that is withheld is added": ("elif name in self.withheld:", "elif False:"),
    "the lower score comes first": ("-one.score, one.position", "one.score, one.position"),
    "positions do not rank": ("-one.score, one.position, ", "-one.score, 0, "),
    "all contacts of an occasion stay": ("if first is not one:", "if False:"),
    "duties become one contact": ("if occasion is not None and _is_contact(one.action):", "if occasion is not None:"),
    "an unknown count leaves room": ("0 if count is None else max", "limit if count is None else max"),
    "budgets do not count down": ("rooms[by] -= 1", "rooms[by] -= 0"),
    "the largest budget is named": ("in sorted(budgets)", "in sorted(budgets, reverse=True)"),
    "a row that is set aside limits": ('if row["id"] not in self.set_aside]\n        if hits', "]\n        if hits"),
    "max is min": ('fold = min if aggregate == "min" else max', "fold = min"),
    "the step of a hold is forgotten": ("pending.append(name)", "del self.candidates[name]"),
    "a hold holds a duty": (
        'if not is_duty:\n                    self.withhold(candidate, "guard", guard["id"], g',
        'if True:\n                    self.withhold(candidate, "guard", guard["id"], g',
    ),
    "one channel is enough": ('set(action["channel"]) <= set(words)', 'not set(words).isdisjoint(action["channel"])'),
    "exempt actions are selected": ('if action["id"] in guard.get("unless", ()):', "if False:"),
    "the hour itself is too early": ("time(hour) >= moment", "time(hour) > moment"),
    "a past day is due": ("return max(day, self.as_of)", "return day"),
    "the month runs over": ("min(anchor.day, last)", "min(anchor.day, 28)"),
    "weekends count": (
        "            while day.weekday() >= 5:\n                day += step\n        return",
        "        return",
    ),
    "what is overridden is uncovered": (
        "self.proposed.add(name)\n        if by",
        "self.proposed.add(name) if by is None else None\n        if by",
    ),
}
"""What an implementation may get wrong, as a change of the reader."""


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_implementation_is_told(change: tuple[str, str]) -> None:
    """A reader with one mistake gives a plan that is not that of the suite."""
    text = Path(reader.__file__).read_text(encoding="utf-8")
    old, new = change
    assert text.count(old) == 1, old
    wrong: dict[str, Any] = {"__name__": "wrong"}
    exec(compile(text.replace(old, new), "wrong", "exec"), wrong)  # noqa: S102  # our own text with a mistake
    head, books = suite()

    def differs(line: Json, one: Json) -> bool:
        return bool(
            wrong["plan"](head["attributes"], line["book"], known(head["attributes"], one["facts"])) != one["plan"]
        )

    assert any(differs(line, one) for line in books for one in line["customers"])
