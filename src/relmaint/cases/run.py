"""Is the plan of a case's customer as the case expects?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from relmaint.cases.case import Case, CaseResult, Check, Expectation
from relmaint.model.plan import ActionPlan, PlannedAction, WithheldAction

if TYPE_CHECKING:
    from relmaint.engine import Engine

__all__ = ["checks_of", "failures_of", "is_met", "planned_in", "run_case", "withheld_in"]


def run_case(engine: Engine, case: Case) -> CaseResult:
    """Plan for the customer of the case, and compare the plan with what the case expects."""
    strangers = [name for name in case.expect.actions() if name not in engine.book.actions]
    if strangers:
        return CaseResult(case, tuple(Check("stranger", name, None, met=False) for name in strangers))
    plan = engine.plan(case.customer, as_of=case.as_of)
    return CaseResult(case, checks_of(case.expect, plan), plan)


def checks_of(expect: Expectation, plan: ActionPlan) -> tuple[Check, ...]:
    """Compare a plan with everything that is expected of it, in the order in which failures are told."""
    return tuple(_checks(expect, plan))


def failures_of(expect: Expectation, plan: ActionPlan) -> tuple[Check, ...]:
    """Return everything in a plan that is not as expected."""
    return tuple(check for check in _checks(expect, plan) if not check.met)


def is_met(expect: Expectation, plan: ActionPlan) -> bool:
    """Whether everything in a plan is as expected."""
    return all(check.met for check in _checks(expect, plan))


def planned_in(plan: ActionPlan, name: str) -> PlannedAction | None:
    """Return the action as it is planned; `None` when it is not."""
    return next((action for action in plan.actions if action.action == name), None)


def withheld_in(plan: ActionPlan, name: str) -> WithheldAction | None:
    """Return the action as it is withheld; `None` when it is not."""
    return next((action for action in plan.withheld if action.action == name), None)


def _checks(expect: Expectation, plan: ActionPlan) -> Iterator[Check]:
    for check in _CHECKS:
        yield from check(expect, plan)


def _check_plans(expect: Expectation, plan: ActionPlan) -> Iterator[Check]:
    for name in expect.plans:
        met = planned_in(plan, name) is not None
        yield Check("plans", name, name, met, turns=not met)


def _check_first(expect: Expectation, plan: ActionPlan) -> Iterator[Check]:
    if (name := expect.first) is not None:
        met = bool(plan.actions) and plan.actions[0].action == name
        yield Check("first", name, name, met, turns=planned_in(plan, name) is None)


def _check_before(expect: Expectation, plan: ActionPlan) -> Iterator[Check]:
    missing = [name for name in expect.before if planned_in(plan, name) is None]
    for name in missing:
        yield Check("before", name, expect.before, met=False, turns=True)
    if expect.before and not missing:
        order = [action.action for action in plan.actions if action.action in expect.before]
        yield Check("before", None, expect.before, order == list(expect.before))


def _check_never(expect: Expectation, plan: ActionPlan) -> Iterator[Check]:
    for name in expect.never:
        met = planned_in(plan, name) is None
        yield Check("never", name, name, met, turns=not met)


def _check_withheld(expect: Expectation, plan: ActionPlan) -> Iterator[Check]:
    for name, rule in expect.withheld:
        found = withheld_in(plan, name)
        met = found is not None and rule in (None, found.rule)
        yield Check("withheld", name, rule, met, turns=planned_in(plan, name) is not None)


def _check_status(expect: Expectation, plan: ActionPlan) -> Iterator[Check]:
    if expect.status is not None:
        yield Check("status", None, expect.status, plan.status is expect.status)


def _check_uncovered(expect: Expectation, plan: ActionPlan) -> Iterator[Check]:
    if expect.uncovered is not None:
        yield Check("uncovered", None, expect.uncovered, set(expect.uncovered) == set(plan.uncovered))


def _check_due(expect: Expectation, plan: ActionPlan) -> Iterator[Check]:
    return _check_field("due", expect.due, plan, lambda action, value: action.due == value)


def _check_owner(expect: Expectation, plan: ActionPlan) -> Iterator[Check]:
    return _check_field("owner", expect.owner, plan, lambda action, value: action.owner == value)


def _check_channel(expect: Expectation, plan: ActionPlan) -> Iterator[Check]:
    wanted = tuple((name, tuple(sorted(channels))) for name, channels in expect.channel)
    return _check_field("channel", wanted, plan, lambda action, value: tuple(sorted(action.channel)) == value)


def _check_not_before(expect: Expectation, plan: ActionPlan) -> Iterator[Check]:
    return _check_field("not_before", expect.not_before, plan, lambda action, value: action.not_before == value)


def _check_field(
    key: str, wanted: Sequence[tuple[str, object]], plan: ActionPlan, holds: Callable[[PlannedAction, object], bool]
) -> Iterator[Check]:
    for name, value in wanted:
        action = planned_in(plan, name)
        yield Check(key, name, value, action is not None and holds(action, value), turns=action is None)


def _check_needs(expect: Expectation, plan: ActionPlan) -> Iterator[Check]:
    for name, needed in expect.needs:
        found = withheld_in(plan, name)
        met = found is not None and found.needs == needed
        yield Check("needs", name, needed, met, turns=planned_in(plan, name) is not None)


_CHECKS: tuple[Callable[[Expectation, ActionPlan], Iterator[Check]], ...] = (
    _check_plans,
    _check_first,
    _check_before,
    _check_never,
    _check_withheld,
    _check_status,
    _check_uncovered,
    _check_due,
    _check_owner,
    _check_channel,
    _check_needs,
    _check_not_before,
)
"""How each part of an expectation is compared, in the order in which failures are told."""
