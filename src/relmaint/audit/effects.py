"""What is different between two plans for one customer, and which rules are behind it?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from relmaint.ir.rules import RuleBook
from relmaint.model.plan import ActionPlan, PlannedAction, WithheldAction

__all__ = [
    "Behind",
    "Edit",
    "Edited",
    "Effect",
    "definitions",
    "edits_between",
    "effects",
    "named_by",
    "speaking",
    "with_edits",
]

Edit = Literal["added", "removed", "edited"]
"""What was done to a statement between two books."""


@dataclass(frozen=True, slots=True)
class Behind:
    """One statement behind an effect: what it does now or no longer does, and how it was edited, if that is known."""

    rule: str
    how: str
    edit: Edit | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """One difference between the plan before and the plan after.

    Args:
        kind: `gained`, `lost`, `moved` in the ranking, `altered` in something else, `withheld` otherwise than before;
            `outcome` is about the whole plan and has no action.
        change: what is different, in words; empty when the kind says it all.
        behind: the statements that the plans name for it; none when the plans name none.
    """

    kind: Literal["gained", "lost", "moved", "altered", "withheld", "outcome"]
    action: str | None
    change: str = ""
    behind: tuple[Behind, ...] = ()


@dataclass(frozen=True, slots=True)
class Edited:
    """One statement that was edited and speaks for the customer: whether it matched, and whether it matches now.

    Of a table, an action, and what holds for the whole book, there is nothing to match.
    """

    id: str
    edit: Edit
    before: bool | None = None
    after: bool | None = None


def effects(before: ActionPlan, after: ActionPlan) -> tuple[Effect, ...]:
    """Return every difference between two plans; there is one whenever their contents are not equal.

    The book and the customer's id are not compared.
    """
    return (*_outcome(before, after), *_lost(before, after), *_gained(before, after), *_kept(before, after))


def _outcome(before: ActionPlan, after: ActionPlan) -> Iterator[Effect]:
    if before.status is not after.status:
        yield Effect("outcome", None, f"the plan is {after.status.value} instead of {before.status.value}")
    if before.uncovered != after.uncovered:
        names = [", ".join(kind.value for kind in plan.uncovered) or "none" for plan in (before, after)]
        yield Effect("outcome", None, f"kinds that no rule speaks for: {names[1]} instead of {names[0]}")


def _lost(before: ActionPlan, after: ActionPlan) -> Iterator[Effect]:
    planned, withheld = _planned(after), _withheld(after)
    for one in before.actions:
        if one.action in planned:
            continue
        if (by := withheld.get(one.action)) is not None:
            yield Effect("lost", one.action, "", (_withholds(by),))
        else:
            yield Effect(
                "lost", one.action, "", tuple(_speaks(one, "no longer proposes it", "no longer speaks for it"))
            )


def _gained(before: ActionPlan, after: ActionPlan) -> Iterator[Effect]:
    planned, withheld = _planned(before), _withheld(before)
    for one in after.actions:
        if one.action in planned:
            continue
        if (by := withheld.get(one.action)) is not None:
            yield Effect("gained", one.action, "", (_freed(by),))
        else:
            yield Effect("gained", one.action, "", tuple(_speaks(one, "proposes it now", "speaks for it now")))


def _kept(before: ActionPlan, after: ActionPlan) -> Iterator[Effect]:
    old, new = _planned(before), _planned(after)
    both = [name for name in old if name in new]
    behind = {name: tuple(_reasons(old[name], new[name])) for name in both}
    moved = _moved(both, [name for name in new if name in old], old, new)
    for name in both:
        if name in moved:
            change = f"from rank {old[name].rank} to rank {new[name].rank}"
            yield Effect("moved", name, change, behind[name])
        changes = "; ".join(_fields(old[name], new[name]))
        if changes:
            yield Effect("altered", name, changes, behind[name])
    yield from _otherwise_withheld(before, after)


def _moved(
    old: list[str], new: list[str], before: Mapping[str, PlannedAction], after: Mapping[str, PlannedAction]
) -> set[str]:
    """Return the actions that passed another; those whose own standing changed, when that is true of any of them."""
    place = {name: number for number, name in enumerate(new)}
    passed = {
        name
        for number, one in enumerate(old)
        for other in old[number + 1 :]
        if place[one] > place[other]
        for name in (one, other)
    }
    changed = {
        name
        for name in passed
        if (before[name].score, before[name].precedence) != (after[name].score, after[name].precedence)
    }
    return changed or passed


_SEPARATE = frozenset({"action", "rank"})
"""Fields of a planned action that are told in another way."""


def _fields(old: PlannedAction, new: PlannedAction) -> Iterator[str]:
    before, after = (one.model_dump(mode="json") for one in (old, new))
    for name, value in before.items():
        if name in _SEPARATE or value == after[name]:
            continue
        if name == "reasons":
            yield _reasons_changed(old, new)
        else:
            yield f"{name} is {_shown(after[name])} instead of {_shown(value)}"


def _reasons_changed(old: PlannedAction, new: PlannedAction) -> str:
    if _rules(old) != _rules(new):
        return "other rules speak for it"
    if [one.boost for one in old.reasons] != [one.boost for one in new.reasons]:
        return "a rule adds other points"
    return "a rule gives another reason"


def _shown(value: Any) -> str:
    match value:
        case None | [] | "":
            return "none"
        case list():
            return ", ".join(map(str, value))
        case dict():
            return f"`{next(part for part in (value['en'], value['zh']) if part)}`"
        case _:
            return str(value).lower() if isinstance(value, bool) else str(value)


def _reasons(old: PlannedAction, new: PlannedAction) -> Iterator[Behind]:
    before, after = ({one.rule: one.boost for one in action.reasons} for action in (old, new))
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield Behind(name, "no longer speaks for it")
        elif name not in before:
            yield Behind(name, "speaks for it now")
        elif before[name] != after[name]:
            yield Behind(name, f"adds {after[name]} points instead of {before[name]}")
    yield from (Behind(name, "no longer changes it") for name in old.guards if name not in new.guards)
    yield from (Behind(name, "changes it now") for name in new.guards if name not in old.guards)


def _otherwise_withheld(before: ActionPlan, after: ActionPlan) -> Iterator[Effect]:
    """Yield actions that neither plan plans and that are withheld in one of them only, or in another way."""
    old, new = _withheld(before), _withheld(after)
    planned = _planned(before).keys() | _planned(after).keys()
    for name in sorted((old.keys() | new.keys()) - planned):
        one, other = old.get(name), new.get(name)
        if one is None and other is not None:
            yield Effect("withheld", name, "is proposed now, and withheld", (_withholds(other),))
        elif other is None and one is not None:
            yield Effect("withheld", name, "is no longer proposed", (_freed(one),))
        elif one is not None and other is not None and one != other:
            behind = (_withholds(other),) if one.rule == other.rule else (_freed(one), _withholds(other))
            yield Effect("withheld", name, "is withheld otherwise", behind)


def named_by(*plans: ActionPlan) -> frozenset[str]:
    """Return the actions that some of the plans plan or withhold."""
    return frozenset(name for plan in plans for name in (*_planned(plan), *_withheld(plan)))


def _withholds(by: WithheldAction) -> Behind:
    return Behind(by.rule, f"withholds it ({by.stage.value})")


def _freed(by: WithheldAction) -> Behind:
    return Behind(by.rule, f"no longer withholds it ({by.stage.value})")


def _speaks(one: PlannedAction, proposes: str, speaks: str) -> Iterator[Behind]:
    """Yield the rules behind an action; one that adds points may do nothing else."""
    for reason in one.reasons:
        yield Behind(reason.rule, speaks if reason.boost else proposes)


def _rules(one: PlannedAction) -> list[str]:
    return [reason.rule for reason in one.reasons]


def _planned(plan: ActionPlan) -> dict[str, PlannedAction]:
    return {one.action: one for one in plan.actions}


def _withheld(plan: ActionPlan) -> dict[str, WithheldAction]:
    return {one.action: one for one in plan.withheld}


# --- how statements were edited --------------------------------------------------------------------------------------


RANKING = "the ranking"
KINDS = "the kinds covered"
"""Stand where ids do, for what holds for a whole book; an id has no spaces."""


def definitions(book: RuleBook) -> dict[str, object]:
    """Return what each id of a book stands for; equal for equal definitions, wherever they are written."""
    found: dict[str, object] = dict(book.actions)
    found |= {rule.id: rule for rule in book.rules}
    for table in book.tables:
        found[table.id] = table
        found |= {row.id: (row, replace(table, rows=())) for row in table.rows}
    found |= {guard.id: guard for guard in book.guards}
    return found | {RANKING: book.precedence, KINDS: book.covers}


def edits_between(old: RuleBook | None, new: RuleBook) -> dict[str, Edit]:
    """Return how each statement was edited; without the old book, nothing is known but what the new one has."""
    if old is None:
        return {}
    before, after = definitions(old), definitions(new)
    found: dict[str, Edit] = {name: "removed" for name in before if name not in after}
    found |= {name: "added" for name in after if name not in before}
    return found | {name: "edited" for name in after if name in before and before[name] != after[name]}


def speaking(
    edits: Mapping[str, Edit],
    books: tuple[RuleBook, RuleBook],
    matches: tuple[frozenset[str], frozenset[str]],
    actions: frozenset[str],
) -> tuple[Edited, ...]:
    """Return the edits that can be behind a difference for one customer; what matches in neither book never is.

    Args:
        edits: how each statement was edited.
        books: the old book and the new one.
        matches: what matches the customer in each.
        actions: the actions that either plan plans or withholds.
    """
    rows = {row.id: table.id for book in books for table in book.tables for row in table.rows}
    matching = {
        *rows,
        *(one.id for book in books for one in book.rules),
        *(one.id for book in books for one in book.guards),
    }
    tables = {rows[name] for found in matches for name in found if name in rows}
    tables |= {table.id for book in books for table in book.tables if table.limits}
    told = []
    for name, edit in sorted(edits.items()):
        before, after = (name in found for found in matches)
        if name in matching:
            if before or after:
                told.append(Edited(name, edit, before, after))
        elif name in rows.values():
            if name in tables and _header_edited(name, books):
                told.append(Edited(name, edit))
        elif name in actions or name in (RANKING, KINDS):
            told.append(Edited(name, edit))
    return tuple(told)


def _header_edited(name: str, books: tuple[RuleBook, RuleBook]) -> bool:
    """Whether a table differs in more than its rows."""
    found = [replace(table, rows=()) for book in books for table in book.tables if table.id == name]
    return len(found) < 2 or found[0] != found[1]


def with_edits(found: Iterable[Effect], edits: Mapping[str, Edit], new: RuleBook) -> tuple[Effect, ...]:
    """Return the effects with what is known of how the statements behind them were edited."""
    names = definitions(new)
    told = []
    for effect in found:
        behind = [
            replace(one, edit=edits.get(one.rule) or (None if one.rule in names else "removed"))
            for one in effect.behind
        ]
        if effect.action is not None and effect.action in edits:
            behind.append(Behind(effect.action, "is the action itself", edits[effect.action]))
        told.append(replace(effect, behind=tuple(behind)))
    return tuple(told)
