"""How does a person read a plan, or the account of a plan?

Few lines, the highest rank first, each with its reason in the words of the rule. What needs no contact is put together
at the end, and so is what is withheld. Sentences are in Chinese or English; ids stay as the book writes them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta

from relmaint.explain.layout import Paint, Piece, as_written, cells, padded, wrapped
from relmaint.explain.words import say
from relmaint.ir.rules import RuleBook
from relmaint.model.action import Kind, Nature
from relmaint.model.explanation import ActionAccount, ComparisonAccount, Explanation, Outcome, RuleAccount
from relmaint.model.plan import ActionPlan, BookRef, PlannedAction, PlanStatus, Stage, WithheldAction
from relmaint.text import Language
from relmaint.vocabulary import EnumType, Value

__all__ = ["explanation_text", "is_due", "is_routine", "one_reason", "plan_text", "term"]

AXES = ("tier", "preference", "habit")
"""The attributes that say at the head of a plan what kind of customer this is."""

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def plan_text(
    plan: ActionPlan,
    book: RuleBook,
    language: Language,
    *,
    facts: Mapping[str, Value] | None = None,
    width: int | None = None,
    paint: Paint = as_written,
) -> str:
    """Write a plan for the person who acts on it.

    Args:
        plan: the plan.
        book: the book that made it; it holds the words for owners, channels and attribute values.
        language: the language of the sentences.
        facts: the customer's known attributes, to say at the head what kind of customer this is.
        width: where lines break; without it each statement is one line.
        paint: how each piece looks.
    """
    return "\n".join(_PlanWriter(plan, book, language, facts, width, paint).lines())


def one_reason(action: PlannedAction, book: RuleBook, language: Language) -> str:
    """Return the one sentence that says best why an action is planned; empty when the book gives none."""
    # What proposes an action says why; what only adds points says how much.
    for reason in sorted(action.reasons, key=lambda one: not _proposes(book, one.rule, action.action)):
        if reason.because is not None:
            return reason.because.in_language(language)
    entry = book.actions.get(action.action)
    return entry.because.in_language(language) if entry is not None and entry.because is not None else ""


def _proposes(book: RuleBook, statement: str, action: str) -> bool:
    """Whether a rule, row or guard itself proposes the action; others that matched only add points."""
    # INVARIANT: the rules of a book are sorted by id.
    place = bisect_left(book.rules, statement, key=lambda rule: rule.id)
    if place < len(book.rules) and book.rules[place].id == statement:
        return action in book.rules[place].do
    rows = (row for table in book.tables for row in table.rows)
    return any(row.id == statement and action in row.do for row in rows) or any(
        guard.id == statement and guard.needs == action for guard in book.guards
    )


def term(book: RuleBook, group: str, word: str, language: Language) -> str:
    """Return what a person calls a word of the book; the word itself when no term declares it."""
    label = book.terms.get(group, {}).get(word)
    return label.in_language(language) if label is not None else word


def is_routine(action: PlannedAction, book: RuleBook) -> bool:
    """Whether an action has no day of its own: it is internal, or only recurs by its cadence.

    A contact that the bank decides to make is never routine: somebody must make it.
    """
    if action.due is not None or action.not_before is not None:
        return False
    if action.nature is Nature.INTERNAL:
        return True
    entry = book.actions.get(action.action)
    return entry is not None and entry.cadence is not None and not entry.is_discretionary_contact


def is_due(plan: ActionPlan, book: RuleBook) -> bool:
    """Whether the plan asks for anything beyond routine."""
    return any(not is_routine(action, book) for action in plan.actions)


class _PlanWriter:
    """Writes one plan, line by line."""

    def __init__(
        self,
        plan: ActionPlan,
        book: RuleBook,
        language: Language,
        facts: Mapping[str, Value] | None,
        width: int | None,
        paint: Paint,
    ) -> None:
        self.plan, self.book, self.language = plan, book, language
        self.facts, self.width, self.paint = facts, width, paint

    def lines(self) -> Iterator[str]:
        yield self.head()
        yield from self.alarms()
        urgent = [action for action in self.plan.actions if not is_routine(action, self.book)]
        routine = [action for action in self.plan.actions if is_routine(action, self.book)]
        standing = [action for action in routine if action.nature is not Nature.INTERNAL]
        internal = [action for action in routine if action.nature is Nature.INTERNAL]
        yield from self.urgent(urgent)
        yield from self.listed("standing", [self._in_brief(action) for action in standing])
        yield from self.listed("internal", [self._in_brief(action) for action in internal])
        yield from self.withheld()

    def head(self) -> str:
        left = " · ".join([self.plan.customer or say("customer", self.language), *self._axes()])
        right = f"{self.plan.as_of} · {self.book.name} {self.book.version}"
        gap = 3 if self.width is None else max(3, self.width - cells(left) - cells(right))
        return self._wrapped([(left, "head"), (" " * gap, ""), (right, "muted")])

    def _axes(self) -> Iterator[str]:
        for name in AXES if self.facts is not None else ():
            if name not in self.book.vocabulary or not isinstance(self.book.vocabulary[name].type, EnumType):
                continue
            value = (self.facts or {}).get(name)
            yield self._unknown(name) if value is None else term(self.book, name, str(value), self.language)

    def _unknown(self, name: str) -> str:
        return f"{self._named(name)}{say('colon', self.language)}{say('unknown', self.language)}"

    def alarms(self) -> Iterator[str]:
        match self.plan.status:
            case PlanStatus.UNCOVERED:
                yield self._wrapped([("    ", ""), (say("uncovered", self.language), "alarm")], indent=4)
            case PlanStatus.EMPTY:
                yield self._wrapped([("    ", ""), (say("nothing-at-all", self.language), "title")], indent=4)
            case PlanStatus.PLANNED:
                if self.plan.uncovered:
                    kinds = self._list(say(kind.value, self.language) for kind in self.plan.uncovered)
                    text = say("uncovered-kinds", self.language, kinds=kinds)
                    yield self._wrapped([("    ", ""), (text, "alarm")], indent=4)

    def urgent(self, actions: list[PlannedAction]) -> Iterator[str]:
        if not actions:
            if self.plan.status is PlanStatus.PLANNED:
                yield f"    {self.paint(say('nothing-due', self.language), 'title')}"
            return
        days = [self._when(action) for action in actions]
        column = max(cells(day) for day in days)
        indent = 4 + (column + 2 if column else 0)
        for action, day in zip(actions, days, strict=True):
            first: list[Piece] = [(f"{action.rank:>2}  ", "rank")]
            if column:
                first.append((padded(day, column + 2), "due"))
            yield self._wrapped(
                [*first, (action.title.in_language(self.language), "title"), *self._who(action)], indent
            )
            if reason := one_reason(action, self.book, self.language):
                yield self._wrapped([(" " * indent, ""), (reason, "")], indent)

    def _who(self, action: PlannedAction) -> Iterator[Piece]:
        parts = [self._owner(action), self._channels(action)]
        if action.not_before is not None:
            parts.append(say("not-before", self.language, time=self._moment(action.not_before)))
        if said := " · ".join(part for part in parts if part):
            yield f"  {said}", "muted"

    def _owner(self, action: PlannedAction) -> str:
        return term(self.book, "owner", action.owner, self.language) if action.owner else ""

    def _channels(self, action: PlannedAction) -> str:
        return self._list(term(self.book, "channel", one, self.language) for one in action.channel)

    def _when(self, action: PlannedAction) -> str:
        if action.due is not None:
            return _day(action.due, self.plan.as_of, self.language)
        cadence = self._cadence(action)
        return cadence if cells(cadence) <= 12 else ""

    def _cadence(self, action: PlannedAction) -> str:
        entry = self.book.actions.get(action.action)
        return entry.cadence.in_language(self.language) if entry is not None and entry.cadence is not None else ""

    def _moment(self, moment: datetime) -> str:
        return f"{_day(moment.date(), self.plan.as_of, self.language)} {moment:%H:%M}"

    def _in_brief(self, action: PlannedAction) -> str:
        title, cadence = action.title.in_language(self.language), self._cadence(action)
        when = _day(action.due, self.plan.as_of, self.language) if action.due is not None else cadence
        return self._in_brackets(title, when)

    def _in_brackets(self, text: str, details: str) -> str:
        return f"{text}{say('open', self.language)}{details}{say('close', self.language)}" if details else text

    def listed(self, key: str, items: list[str]) -> Iterator[str]:
        """Write many small things on as few lines as they need."""
        if items:
            yield self._labelled(key, say("semicolon", self.language).join(items))

    def withheld(self) -> Iterator[str]:
        groups: dict[str, list[str]] = {}
        for action in self.plan.withheld:
            groups.setdefault(self._why_not(action), []).append(self._title(action.action))
        for number, (reason, titles) in enumerate(groups.items()):
            text = f"{self._list(titles)}{' – ' if self.language == 'en' else '——'}{reason}"
            yield self._labelled("withheld" if number == 0 else None, text, role="muted")

    def _why_not(self, action: WithheldAction) -> str:
        parts = []
        if action.needs is not None:
            parts.append(say("needs", self.language, title=self._title(action.needs)))
        if action.stage is Stage.MERGE:
            parts.append(say("merge", self.language, title=self._title(action.rule)))
        if action.stage is Stage.BUDGET and (uncounted := self._uncounted(action.rule)):
            return say("budget-unknown", self.language, name=self._list(uncounted))
        if action.stage in (Stage.OVERRIDE, Stage.HIT_POLICY, Stage.BUDGET):
            parts.append(say(action.stage.value, self.language))
        if action.because is not None:
            parts.append(action.because.in_language(self.language))
        elif not parts or action.stage is Stage.GUARD:
            parts.append(self._in_brackets(say(action.stage.value, self.language), action.rule))
        return say("colon", self.language).join(parts)

    def _uncounted(self, rule: str) -> list[str]:
        """Return what people call the counts of a budget that nobody knows for this customer."""
        if self.facts is None:
            return []
        for table in self.book.tables:
            if rule == table.id or any(rule == row.id for row in table.rows):
                return [self._named(name) for name in table.limits if name not in self.facts]
        return []

    def _named(self, attribute: str) -> str:
        label = self.book.vocabulary[attribute].label
        return label.in_language(self.language) if label is not None else attribute

    def _title(self, action: str) -> str:
        entry = self.book.actions.get(action)
        return entry.title.in_language(self.language) if entry is not None else action

    def _labelled(self, key: str | None, text: str, *, role: str = "") -> str:
        indent = 4 + max(cells(say(one, self.language)) for one in ("standing", "internal", "withheld")) + 2
        label = padded(f"    {say(key, self.language) if key else ''}", indent)
        return self._wrapped([(label, "label"), (text, role)], indent)

    def _list(self, items: Iterable[str]) -> str:
        return say("list", self.language).join(items)

    def _wrapped(self, pieces: list[Piece], indent: int = 4) -> str:
        return wrapped(pieces, indent=indent, width=self.width, paint=self.paint)


def _day(day: date, as_of: date, language: Language) -> str:
    """Write a day as a person says it on the day `as_of`."""
    if day == as_of:
        return say("today", language)
    if day == as_of + timedelta(days=1):
        return say("tomorrow", language)
    if language == "zh":
        return f"{day.month}月{day.day}日" if day.year == as_of.year else f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]}" + ("" if day.year == as_of.year else f" {day.year}")


def explanation_text(
    explanation: Explanation,
    language: Language,
    *,
    book: RuleBook | None = None,
    action: str | None = None,
    width: int | None = None,
    paint: Paint = as_written,
) -> str:
    """Write what became of every action of the catalogue, and why, to be read or put on file.

    Args:
        explanation: the accounts.
        language: the language of the sentences.
        book: the book, to name the attributes as people do; their ids stand alone without it.
        action: only the account of this action; `KeyError` when the catalogue has none such.
        width: where lines break; without it each statement is one line.
        paint: how each piece looks.
    """
    writer = _Teller(book, language, width, paint)
    accounts = (explanation.of(action),) if action is not None else explanation.accounts
    return "\n".join([*writer.head(explanation), *writer.sections(accounts, in_full=action is not None)])


class _Teller:
    """Tells accounts, sentence by sentence."""

    def __init__(self, book: RuleBook | None, language: Language, width: int | None, paint: Paint) -> None:
        self.book, self.language, self.width, self.paint = book, language, width, paint

    def head(self, explanation: Explanation) -> Iterator[str]:
        who = explanation.customer or say("customer", self.language)
        yield self._line([(f"{who} · {explanation.as_of}", "head")])
        yield self._line([(_book_line(explanation.book, self.language), "muted")])
        if explanation.status is PlanStatus.UNCOVERED:
            yield self._line([(say("uncovered", self.language), "alarm")])
        elif explanation.uncovered:
            yield self._line([(self._uncovered(explanation.uncovered), "alarm")])

    def _uncovered(self, kinds: Iterable[Kind]) -> str:
        names = say("list", self.language).join(say(kind.value, self.language) for kind in kinds)
        return say("uncovered-kinds", self.language, kinds=names)

    def sections(self, accounts: Iterable[ActionAccount], *, in_full: bool) -> Iterator[str]:
        by_outcome: dict[Outcome, list[ActionAccount]] = {outcome: [] for outcome in Outcome}
        for account in accounts:
            by_outcome[account.outcome].append(account)
        for outcome, found in by_outcome.items():
            if found:
                yield ""
                key = f"section-{outcome.value.replace(' ', '-')}"
                yield self._line([(say(key, self.language, count=len(found)), "label")])
            for account in found:
                yield from self.account(account, in_full=in_full)

    def account(self, account: ActionAccount, *, in_full: bool) -> Iterator[str]:
        rank = f"{account.rank:>2}  " if account.rank is not None else "    "
        named = f"  {account.action} · {say(account.kind.value, self.language)}"
        yield self._line([(rank, "rank"), (account.title.in_language(self.language), "title"), (named, "muted")], 4)
        match account.outcome:
            case Outcome.PLANNED:
                yield from self._proposals(account)
                yield from self._changes(account)
                yield from self._score(account)
            case Outcome.WITHHELD:
                yield from self._withheld(account)
                yield from self._proposals(account)
                yield from self._score(account)
            case Outcome.NOT_PROPOSED:
                yield from self._not_proposed(account, in_full=in_full)

    def _proposals(self, account: ActionAccount) -> Iterator[str]:
        boosting = [rule for rule in account.rules if self._only_adds(rule.rule, account.action)]
        for rule in account.rules:
            if rule not in boosting:
                yield from self._rule(say("proposed-by", self.language, rule=rule.rule), rule)
        for rule in boosting:
            yield from self._rule(say("boosted-by", self.language, rule=rule.rule), rule)

    def _only_adds(self, statement: str, action: str) -> bool:
        return self.book is not None and not _proposes(self.book, statement, action)

    def _changes(self, account: ActionAccount) -> Iterator[str]:
        for guard in account.guards:
            yield from self._rule(say("changed-by", self.language, rule=guard.rule), guard)

    def _withheld(self, account: ActionAccount) -> Iterator[str]:
        stage = say(f"stage-{account.stage.value}", self.language) if account.stage is not None else ""
        if account.by is not None:
            yield from self._rule(say("withheld-by", self.language, stage=stage, rule=account.by.rule), account.by)
        elif account.because is not None:
            title = account.because.in_language(self.language)
            yield self._line([("    ", ""), (say("merged-with", self.language, stage=stage, title=title), "")], 6)

    def _not_proposed(self, account: ActionAccount, *, in_full: bool) -> Iterator[str]:
        nearest = account.nearest
        if nearest is None:
            text = say("never-proposed", self.language)
        elif nearest.matched:
            text = say("only-when-held", self.language, rule=self._placed(nearest))
        else:
            failed = say("semicolon", self.language).join(self._comparison(one) for one in nearest.comparisons)
            text = say("nearest", self.language, rule=self._placed(nearest), failed=failed)
        yield self._line([("    ", ""), (text, "")], 6)
        if in_full and nearest is not None:
            yield from self._notes(nearest)

    def _score(self, account: ActionAccount) -> Iterator[str]:
        if not account.score:
            return
        base, *boosts = account.score
        if not boosts:
            yield self._line([("    ", ""), (say("score-of-base", self.language, total=base.points), "muted")], 6)
            return
        terms = f"{base.points} {say('base', self.language)}"
        for part in boosts:
            terms += f" {'+' if part.points >= 0 else '-'} {abs(part.points)} {part.origin}"
        total = sum(part.points for part in account.score)
        yield self._line([("    ", ""), (say("score", self.language, sum=terms, total=total), "muted")], 6)

    def _rule(self, sentence: str, rule: RuleAccount) -> Iterator[str]:
        because = rule.because.in_language(self.language) if rule.because is not None else ""
        reason = f"{say('colon', self.language)}{because}" if because else ""
        place = f"{say('open', self.language)}{rule.file}:{rule.line}{say('close', self.language)}" if rule.file else ""
        yield self._line([("    ", ""), (sentence, ""), (place, "muted"), (reason, "")], 6)
        if said := [self._comparison(one) for one in rule.comparisons]:
            yield self._line([("      ", ""), (say("semicolon", self.language).join(said), "muted")], 6)

    def _placed(self, rule: RuleAccount) -> str:
        if rule.file is None:
            return rule.rule
        return f"{rule.rule}{say('open', self.language)}{rule.file}:{rule.line}{say('close', self.language)}"

    def _notes(self, rule: RuleAccount) -> Iterator[str]:
        if rule.because is not None:
            yield self._line([("      ", ""), (rule.because.in_language(self.language), "muted")], 6)

    def _comparison(self, one: ComparisonAccount) -> str:
        """Say what a rule asks, and what the customer's record says."""
        asked = f"{self._label(one.attribute)}{one.comparison}"
        if one.holds and one.comparison in (f"{one.attribute} = {one.value}", f"{one.attribute} is {one.value}"):
            return asked
        if one.value == "unknown":
            return say("reads-unknown", self.language, comparison=asked)
        return say("reads", self.language, comparison=asked, value=one.value)

    def _label(self, attribute: str) -> str:
        if self.language == "en" or self.book is None or attribute not in self.book.vocabulary:
            return ""
        label = self.book.vocabulary[attribute].label
        return f"{label.zh} " if label is not None and label.zh is not None else ""

    def _line(self, pieces: list[Piece], indent: int = 0) -> str:
        return wrapped(pieces, indent=indent, width=self.width, paint=self.paint)


def _book_line(book: BookRef, language: Language) -> str:
    return say("book-version", language, name=book.name, version=book.version, digest=book.digest[:12])
