"""Which laws must hold for every customer of a rule book? Each a sentence that can be tried, and that can fail.

`check` tries one, `check_all` all of them; `as_pytest` makes a test of them with one item a law. A bank adds its own
with `law`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel

from relmaint.engine import BackendName
from relmaint.ir.rules import RuleBook
from relmaint.model.customer import Customer
from relmaint.rulebook import load_rule_book
from relmaint.testing.laws.changes import (
    adding_a_guard,
    adding_a_rule,
    diff_is_exact,
    disabling_a_rule,
    duplicate_rule,
    names_of_rules,
    order_of_rows,
    order_of_statements,
    splitting_a_rule,
    superfluous_rules,
)
from relmaint.testing.laws.law import DEFAULT_BACKENDS, Draw, Law, Subject, Verdict, law
from relmaint.testing.laws.meaning import (
    activations_are_counted,
    backends_agree,
    duties_stay,
    explanations_account_for_every_action,
    irrelevant_attributes,
    one_cell_one_plan,
    one_occasion_one_contact,
    outcomes_are_never_confused,
    ranking_is_total,
    reasons_are_true,
)
from relmaint.testing.laws.promises import (
    consent,
    gaps_are_real,
    invariants,
    invariants_of_two,
    overlaps_are_real,
    totality,
)
from relmaint.testing.laws.sameness import (
    batch_is_pointwise,
    determinism,
    hot_reload,
    order_of_a_batch,
    plans_survive_json,
    record_form,
    representation_of_decimals,
    round_trip,
)

__all__ = [
    "ALL",
    "DEFAULT_BACKENDS",
    "OF_ANY_BOOK",
    "OF_A_BANK_S_BOOK",
    "DeclaredLawWarning",
    "Draw",
    "Law",
    "Subject",
    "Verdict",
    "as_pytest",
    "check_all",
    "law",
]

OF_ANY_BOOK: tuple[Law, ...] = (
    determinism,
    order_of_statements,
    order_of_rows,
    names_of_rules,
    round_trip,
    plans_survive_json,
    backends_agree,
    batch_is_pointwise,
    order_of_a_batch,
    record_form,
    one_cell_one_plan,
    irrelevant_attributes,
    adding_a_rule,
    disabling_a_rule,
    duplicate_rule,
    splitting_a_rule,
    superfluous_rules,
    gaps_are_real,
    overlaps_are_real,
    diff_is_exact,
    ranking_is_total,
    reasons_are_true,
    explanations_account_for_every_action,
    representation_of_decimals,
    hot_reload,
    activations_are_counted,
    duties_stay,
    adding_a_guard,
    one_occasion_one_contact,
    outcomes_are_never_confused,
)
"""What no book can break: when one of these fails, report it to the project."""

OF_A_BANK_S_BOOK: tuple[Law, ...] = (totality, consent, invariants, invariants_of_two)
"""What a book can break: when one of these fails, the book does not do what it promises."""

ALL: tuple[Law, ...] = (*OF_ANY_BOOK, *OF_A_BANK_S_BOOK)
"""Every law of this package."""


def check_all(
    book: RuleBook,
    *,
    laws: Iterable[Law] = ALL,
    max_examples: int | None = None,
    backends: Sequence[BackendName] = DEFAULT_BACKENDS,
) -> list[Verdict]:
    """Try laws on a book, one after the other, and return what came of each.

    Raises:
        AssertionError: a law is broken.
    """
    return [one.check(book, max_examples=max_examples, backends=backends) for one in laws]


class DeclaredLawWarning(UserWarning):
    """A law was not tried, since the book takes itself out of it."""


def as_pytest(
    book: RuleBook | str | Path,
    *,
    customer: type[BaseModel] = Customer,
    laws: Sequence[Law] = ALL,
    max_examples: int | None = None,
    backends: Sequence[BackendName] = DEFAULT_BACKENDS,
) -> Callable[..., None]:
    """Return a test function with one item a law: `test_laws = laws.as_pytest("rules/retail")`.

    A law that the book declares away is a skipped item with the reason, and a warning, so that it is told at the end
    of every run and not only when skips are asked for.

    Args:
        book: a rule book, or the path of one; it is loaded when the first item runs.
        customer: the customer model that the book at the path is about.
        laws: the laws to try; add your own to `laws.ALL`.
        max_examples: how many examples to try; as many as the loaded settings profile says, unless given.
        backends: the backends that have to agree.
    """
    import warnings

    import pytest

    @cache
    def loaded() -> RuleBook:
        return book if isinstance(book, RuleBook) else load_rule_book(book, customer=customer)

    def test_laws(law: Law) -> None:
        """Every law holds for every customer of the book."""
        verdict = law.check(loaded(), max_examples=max_examples, backends=backends)
        if verdict.declared is not None:
            warnings.warn(str(verdict), DeclaredLawWarning, stacklevel=1)
            pytest.skip(f"declared: {verdict.declared}")

    marked: Callable[..., None] = pytest.mark.parametrize("law", laws, ids=[one.name for one in laws])(test_laws)
    return marked
