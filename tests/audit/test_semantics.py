"""Does the semantics version change when, and only when, books come to mean something else?"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from relmaint.engine import Engine
from relmaint.hashing import canonical_json, sha256_of
from relmaint.ir.canonical import SEMANTICS
from relmaint.model.plan import ActionPlan
from relmaint.model.record import stored_facts
from relmaint.rulebook.load import load_rule_book
from tests.audit.frozen import FrozenCustomer

DATA = Path(__file__).parent / "data"
PINNED = DATA / f"meaning-{SEMANTICS}.txt"
DAYS = (date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 31), date(2026, 4, 1))
POOLS = {
    "tier": ("key", "ordinary", "exit"),
    "preference": ("deposit", "loan", None),
    "habit": ("no", "价格", "high-quality", None),
    "consent": (True, True, False, None),
    "contacts_30d": (0, 1, 2, None),
    "contact_hour": (7, 8, 20, 21, None),
    "streak": (0, 1, 2, 3, None),
    "aum": ("999.99", "1000", "1000.49", "1000.5", "3000", "3000.01", "4999.99", "5000", None),
    "branch": ("west", "east", None),
    "events": ((), ("moved",), ("complained",), ("moved", "complained", "off"), None),
}


def customers() -> Iterator[tuple[FrozenCustomer, date]]:
    """Yield customers and days, the same in every run; random numbers of `random()` are the same on every Python."""
    yield FrozenCustomer(tier="exit", branch="east"), DAYS[0]
    draw = random.Random(1)
    for _ in range(400):
        picked = {name: pool[int(draw.random() * len(pool))] for name, pool in POOLS.items()}
        as_of = DAYS[int(draw.random() * len(DAYS))]
        gap = (-1, 0, 7, 8, None)[int(draw.random() * 5)]
        picked["maturity"] = None if gap is None else as_of + timedelta(days=gap)
        picked["aum"] = None if picked["aum"] is None else Decimal(str(picked["aum"]))
        yield FrozenCustomer.model_validate(picked, strict=False), as_of


def line_of(customer: FrozenCustomer, plan: ActionPlan) -> str:
    """Return what went in, what came out in short, and the hash of all that came out."""
    content = plan.model_dump(mode="json", exclude={"book"})
    actions = " ".join(one.action for one in plan.actions) or "-"
    withheld = " ".join(f"{one.action}:{one.stage}:{one.rule}" for one in plan.withheld) or "-"
    facts = canonical_json(stored_facts(customer, ENGINE.book.vocabulary))
    return f"{plan.as_of} {facts} | {actions} | {withheld} | {sha256_of(canonical_json(content))[:16]}"


ENGINE = Engine(load_rule_book(DATA / "meaning.yaml", customer=FrozenCustomer))


def test_the_meaning_of_books_is_pinned_to_the_semantics_version() -> None:
    """A fixed book gives fixed customers fixed plans; when it has to give others, `SEMANTICS` is raised.

    The file of the new version is then written by this test, read, and committed; files of old versions stay.
    """
    lines = [line_of(customer, ENGINE.plan(customer, as_of=as_of)) for customer, as_of in customers()]

    if not PINNED.exists():
        PINNED.write_text("\n".join(lines) + "\n", encoding="utf-8")
        raise AssertionError(f"{PINNED.name} was not there and is written now: read it, and commit it")
    expected = PINNED.read_text(encoding="utf-8").splitlines()
    advice = "books mean something else: raise SEMANTICS in src/relmaint/ir/canonical.py, or mend the engine"
    assert expected == lines, advice


def test_the_digest_of_the_pinned_book_is_pinned_too() -> None:
    """Neither a new version of the library nor another Python gives an unchanged book another digest."""
    digests = {1: "c6561b49f83fb660bee69f1c2bedb9d9dc44ad7d7ff7ac44095cbebdf4a3aef7"}

    assert digests[SEMANTICS] == ENGINE.ref.digest


def test_the_pinned_plans_show_every_stage_and_every_effect() -> None:
    """The fixed customers get to every stage of a plan, so that none can change its meaning unseen."""
    plans = [ENGINE.plan(customer, as_of=as_of) for customer, as_of in customers()]
    stages = {one.stage.value for plan in plans for one in plan.withheld}
    statuses = {plan.status.value for plan in plans}
    guards = {name for plan in plans for one in plan.actions for name in one.guards}
    guards |= {one.rule for plan in plans for one in plan.withheld if one.stage.value == "guard"}

    assert {"hit-policy", "override", "guard", "merge", "budget"} == stages
    assert {"planned", "uncovered"} <= statuses
    assert {guard.id for guard in ENGINE.book.guards} == guards
    assert {action for plan in plans for action in (one.action for one in plan.actions)} == set(ENGINE.book.actions)
