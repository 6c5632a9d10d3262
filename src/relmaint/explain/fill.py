"""What of a plan hangs on the customer beyond the cell: due days, deferred moments, values in sentences?

None of it ever changes the ranking.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from pydantic import BaseModel

from relmaint.ir.rules import Guard
from relmaint.model.action import Due, DueUnit
from relmaint.model.attributes import plain
from relmaint.model.plan import ActionPlan
from relmaint.rank.decide import Decision
from relmaint.text import Text
from relmaint.vocabulary import AS_OF, Vocabulary, show_value

__all__ = ["Filler", "due_day", "fill_text", "fillers_of", "not_before", "placeholders"]

Values = Callable[[str], Any]
"""Gives the value of an attribute by name; `None` is unknown."""

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Filler:
    """How to complete one entry of a plan: the tuple it stands in, its place there, and what is missing."""

    field: str
    place: int
    due: Due | None = None
    deferred_by: Guard | None = None
    texts: bool = False

    def fill(self, entry: Any, vocabulary: Vocabulary, customer: BaseModel, as_of: date) -> Any:
        """Return the entry with everything filled in for one customer."""
        values = _reader(vocabulary, customer, as_of)
        update: dict[str, Any] = {}
        if self.due is not None:
            update["due"] = due_day(self.due, values, as_of)
        if self.deferred_by is not None:
            update["not_before"] = not_before(self.deferred_by, values, as_of)
        if self.texts and self.field == "actions":
            update["reasons"] = tuple(
                reason.with_fields(because=fill_text(reason.because, values))
                if has_placeholder(reason.because)
                else reason
                for reason in entry.reasons
            )
        elif self.texts:
            update["because"] = fill_text(entry.because, values)
        return entry.with_fields(**update)


def fillers_of(decision: Decision, plan: ActionPlan) -> tuple[Filler, ...]:
    """Return what is to be filled in for each customer of a cell; most plans of a cell need little."""
    found = []
    for place, (one, entry) in enumerate(zip(decision.planned, plan.actions, strict=True)):
        texts = any(has_placeholder(reason.because) for reason in entry.reasons)
        if one.action.due is not None or one.deferred_by is not None or texts:
            found.append(Filler("actions", place, one.action.due, one.deferred_by, texts))
    for place, withheld in enumerate(plan.withheld):
        if has_placeholder(withheld.because):
            found.append(Filler("withheld", place, texts=True))
    return tuple(found)


def placeholders(text: Text | None) -> list[str]:
    """Return the attribute names between braces in a text, in both languages; `{{` and `}}` are braces themselves.

    >>> placeholders(Text(en="matures in {days_to_maturity} days, {{literally}}"))
    ['days_to_maturity']
    """
    parts = (text.zh, text.en) if text else ()
    return [match[1] for part in parts if part for match in _PLACEHOLDER.finditer(part) if match[1]]


def has_placeholder(text: Text | None) -> bool:
    """Whether a text has anything to fill in, or a doubled brace to undouble."""
    return text is not None and any("{" in part or "}" in part for part in (text.zh, text.en) if part)


def fill_text(text: Text | None, values: Values) -> Text | None:
    """Put the values of the customer into a text."""
    if text is None:
        return None

    def value(match: re.Match[str]) -> str:
        return match[0][0] if match[1] is None else _shown(values(match[1]))

    zh, en = (part if part is None else _PLACEHOLDER.sub(value, part) for part in (text.zh, text.en))
    return Text(zh, en)


def _shown(value: Any) -> str:
    return show_value(plain(value))


def _reader(vocabulary: Vocabulary, customer: BaseModel, as_of: date) -> Values:
    def read(name: str) -> Any:
        if name == AS_OF:
            return as_of
        derive = vocabulary[name].derive
        return derive(customer, as_of) if derive else getattr(customer, name)

    return read


def due_day(due: Due, values: Values, as_of: date) -> date | None:
    """Return the due day; `None` when the date it hangs on is unknown, and today when the day has passed already."""
    anchor = values(due.anchor)
    if anchor is None:
        return None
    match due.unit:
        case DueUnit.DAY:
            day = _shift(anchor, due.offset)
        case DueUnit.WEEK:
            day = _shift(anchor, 7 * due.offset)
        case DueUnit.MONTH:
            day = _shift_months(anchor, due.offset)
        case DueUnit.BUSINESS_DAY:
            day = _shift_business(anchor, due.offset)
    return max(day, as_of)


def _shift(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def _shift_months(day: date, months: int) -> date:
    """Move by whole months; a day that the month does not have becomes its last."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not date.min.year <= year <= date.max.year:
        return date.max if months > 0 else date.min
    for last in range(day.day, 0, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has a first day; please report this")


def _shift_business(day: date, days: int) -> date:
    """Move by Mondays to Fridays; public holidays are the bank's calendar and are not known here."""
    if days == 0:
        return day
    step = 1 if days > 0 else -1
    while day.weekday() >= 5:
        day = _shift(day, -step)
    weeks, rest = divmod(abs(days), 5)
    day = _shift(day, 7 * weeks * step)
    while rest:
        day = _shift(day, step)
        rest -= day.weekday() < 5
    return day


def not_before(guard: Guard, values: Values, as_of: date) -> datetime:
    """Return the next moment, in the customer's local time, at which a deferring guard lets go.

    It is never earlier than the hour asked for: today's moment if that is still ahead, else tomorrow's.
    """
    until = guard.until or time()
    hour = values(guard.clock) if guard.clock else None
    passed = hour is not None and time(hour) >= until
    return datetime.combine(_shift(as_of, 1) if passed else as_of, until)
