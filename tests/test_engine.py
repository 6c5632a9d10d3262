"""Does the façade keep its promises about use: types, threads, processes, memory?"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context

import pytest

from relmaint.engine import BACKENDS, Engine
from relmaint.ir.conditions import Comparison, Operator
from relmaint.ir.rules import Rule, RuleBook
from relmaint.model.action import Action, Due, Kind, Nature
from relmaint.model.attributes import vocabulary_of
from relmaint.model.customer import Customer
from relmaint.text import Text
from tests.models import SmallCustomer

DAY = date(2026, 3, 2)


def book() -> RuleBook:
    """Return a book with a cell for every age of a streak."""
    note = Action(
        id="note",
        kind=Kind.DAILY,
        nature=Nature.SERVICE,
        title=Text(en="note"),
        precedence="dated",
        due=Due(anchor="maturity"),
    )
    rules = tuple(Rule(f"r{n}", Comparison("streak", Operator.GE, (n,)), ("note",), (("note", 1),)) for n in range(50))
    return RuleBook("b", "1", vocabulary_of(SmallCustomer), actions={"note": note}, rules=rules)


def score_of(engine: Engine, streak: int) -> int:
    """Return the score of the note; it counts the rules that matched."""
    return engine.plan(SmallCustomer(tier="key", streak=streak), as_of=DAY).actions[0].score


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_customer_of_another_model_is_a_type_error(backend: str) -> None:
    """A customer that the book was not loaded for is refused by name, by every backend."""
    with pytest.raises(TypeError, match="was loaded for SmallCustomer, not Customer"):
        Engine(book(), backend).plan(Customer(id="1"), as_of=DAY)  # type: ignore[arg-type]  # a name of BACKENDS


def test_an_unknown_backend_is_a_value_error() -> None:
    """A misspelt backend is named together with those that exist."""
    with pytest.raises(ValueError, match="compiled, reference, rete"):
        Engine(book(), "compield")  # type: ignore[arg-type]  # the mistake under test


def test_the_memory_of_cells_is_bounded() -> None:
    """The engine forgets old cells and answers the same."""
    engine = Engine(book(), remember=8)
    expected = [streak + 1 for streak in range(50)]

    assert expected == [score_of(engine, streak) for streak in range(50)]
    assert len(engine._outcomes) <= 8
    assert expected == [score_of(engine, streak) for streak in range(50)]


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_engine_works_after_a_fork_and_by_pickle(backend: str) -> None:
    """A child process that inherits the engine, and one that gets it pickled, plan as the parent does."""
    engine = Engine(book(), backend)  # type: ignore[arg-type]  # a name of BACKENDS
    expected = score_of(engine, 7)
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writing, bytes([score_of(engine, 7)]))
        os._exit(0)
    os.waitpid(child, 0)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pickled = pool.submit(score_of, engine, 7).result()

    assert bytes([expected]) == os.read(reading, 1)
    assert expected == pickled == score_of(pickle.loads(pickle.dumps(engine)), 7)  # noqa: S301  # our own object


def test_plan_many_keeps_the_order() -> None:
    """Plans come in the order of the customers."""
    customers = [SmallCustomer(tier="key", streak=streak) for streak in (3, 1, 2)]

    assert [4, 2, 3] == [plan.actions[0].score for plan in Engine(book()).plan_many(customers, as_of=DAY)]


def test_a_due_day_is_the_customers_own_in_one_cell() -> None:
    """Two customers in one cell share the outcome but not the due day."""
    engine = Engine(book())
    dues = [
        engine.plan(SmallCustomer(tier="key", streak=1, maturity=date(2026, 3, day)), as_of=DAY).actions[0].due
        for day in (9, 10)
    ]

    assert [date(2026, 3, 9), date(2026, 3, 10)] == dues


def test_the_digest_is_of_the_content() -> None:
    """The digest is the same for equal books, and another one when a constant changes."""
    other = book()
    rules = (Rule("r0", Comparison("streak", Operator.GE, (1,)), ("note",), (("note", 1),)), *other.rules[1:])
    changed = RuleBook("b", "1", other.vocabulary, actions=other.actions, rules=rules)

    assert Engine(book()).ref == Engine(other).ref
    assert Engine(book()).ref.digest != Engine(changed).ref.digest


def test_import_is_light() -> None:
    """Importing the package, or planning, loads no heavy or optional library."""
    code = (
        "import sys, relmaint; relmaint.Engine; "
        "print([n for n in ('numpy', 'pyarrow', 'durable', 'durable_rules_engine', 'hypothesis', 'click', 'rich') "
        "if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_every_public_name_can_be_imported() -> None:
    """The lazy names of the package all lead somewhere."""
    import relmaint

    assert [name for name in relmaint.__all__ if getattr(relmaint, name, None) is None] == []
    with pytest.raises(AttributeError, match="has no attribute `Enigne`"):
        relmaint.Enigne  # noqa: B018  # the look-up is the test
