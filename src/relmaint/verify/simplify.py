"""Which smaller book plans the same for every possible customer?

Steps are taken one after the other until none is left: what nobody meets and what adds nothing goes, conditions become
shorter, statements that do the same are joined, tables are made smaller. Each step is proven by claims of its own
(`relmaint.verify.same`), and the whole once more, without regard to the steps, by `relmaint.verify.diff`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from relmaint.ir.conditions import ALWAYS, And, Condition, comparisons, show_condition
from relmaint.ir.rules import Effect, Guard, HitPolicy, Notes, Row, Rule, RuleBook, Table
from relmaint.lower import MAXIMUM_BOXES, expansion, row_condition, with_dates
from relmaint.verify.checks.proofs import inside, named, regions_of
from relmaint.verify.checks.redundant import support_of
from relmaint.verify.checks.redundant_condition import droppable
from relmaint.verify.checks.run import is_meant
from relmaint.verify.checks.subject import Subject
from relmaint.verify.checks.subsumed import holders, is_plain
from relmaint.verify.diff import difference
from relmaint.verify.parts import BUDGET
from relmaint.verify.reductions import Reduction, ReductionKind, Size, lost, size_of, tells_no_more, told_of
from relmaint.verify.rows import Frame, smaller_table
from relmaint.verify.same import Claim, Part, claim, customers_only
from relmaint.verify.shorten import all_of, alternatives, any_of, count, depth, shorter

__all__ = ["Simplified", "simplify"]


@dataclass(frozen=True, slots=True)
class Simplified:
    """A book and what became of it.

    Args:
        before: the book.
        after: the smaller book; rows without an id of their own are called by their new places.
        reductions: the steps, in the order in which they were taken.
        is_proven: whether it is proven, without regard to the steps, that every possible customer has the same plan in
            both books; if not, a budget was spent.
        rows: for each table, the ids before of the rows that are left, in order.
    """

    before: RuleBook
    after: RuleBook
    reductions: tuple[Reduction, ...]
    is_proven: bool
    rows: dict[str, tuple[str, ...]]

    @property
    def sizes(self) -> tuple[Size, Size]:
        """How much there was to read, and how much there is."""
        return size_of(self.before), size_of(self.after)


def simplify(book: RuleBook, *, any_reason: bool = False) -> Simplified:
    """Make a book smaller without changing any possible customer's plan.

    The actions of every plan, their order, owners, channels and times stay, and whether the plan is planned, empty or
    uncovered. What the book excepts from a check, or switches off, is left as it is.

    Args:
        book: the book.
        any_reason: whether plans may give fewer reasons, or others. Otherwise statements go, and are joined, only when
            those that stay say the same under `because`, `source`, `provenance` and `owner`.

    Raises:
        ExpansionError: a statement of the book falls apart into too many boxes.
    """
    work = _Work(book, any_reason=any_reason)
    work.run()
    after = _numbered(work.book)
    rows = {table.id: tuple(row.id for row in table.rows) for table in work.book.tables}
    return Simplified(book, after, tuple(work.reductions), _plan_alike([*work.books, after]), rows)


_SHORT = 2_000
"""How many regions are looked at for a few steps together before they are taken apart."""


def _plan_alike(books: Sequence[RuleBook], budget: int = BUDGET) -> bool:
    """Whether it is proven that the first and the last of some books plan alike; if need be by those between them.

    Raises:
        AssertionError: they do not.
    """
    found = difference(books[0], books[-1], budget=budget if len(books) > 2 else BUDGET)
    if found.regions:
        where = found.condition(found.regions[0].region)
        raise AssertionError(f"a simplification changes plans where {where}; please report this")
    if found.is_complete or len(books) == 2:
        return found.is_complete
    middle = len(books) // 2
    return _plan_alike(books[: middle + 1], _SHORT) and _plan_alike(books[middle:], _SHORT)


class _Work:
    """The book so far, and the steps taken."""

    def __init__(self, book: RuleBook, *, any_reason: bool) -> None:
        self.book = book
        self.any_reason = any_reason
        self.customers = customers_only(book)
        self.reductions: list[Reduction] = []
        self.books: list[RuleBook] = [book]
        """The book before the first step, and after each."""
        self._met: dict[Hashable, Claim | None] = {}
        self._known: dict[Hashable, Condition | None] = {}

    @property
    def fixed(self) -> frozenset[str]:
        """What another part of the book, as it stands now, speaks of by its name."""
        overridden = {name for rule in self.book.rules for name in rule.overrides}
        return frozenset(overridden | {one.at for one in self.book.checks.exempt})

    def run(self) -> None:
        """Take steps until none is left; one that found nothing in the book as it stands is not tried again."""
        steps: Sequence[Callable[[], Iterator[Reduction]]] = (
            self._unmet,
            self._superfluous,
            self._shortened,
            self._parts,
            self._joined_rules,
            self._joined_guards,
            self._tables,
        )
        done: dict[int, RuleBook] = {}
        while True:
            before = self.book
            for number, step in enumerate(steps):
                at = self.book
                if done.get(number) is not at:
                    self._take(step)
                if self.book is at:
                    done[number] = at
                elif step == self._parts:
                    break
            if self.book is before:
                return

    def _take(self, step: Callable[[], Iterator[Reduction]]) -> None:
        """Note what a step does, and the book after each time that it did something."""
        for reduction in step():
            self._note()
            self.reductions.append(reduction)
        self._note()

    def _note(self) -> None:
        if self.books[-1] is not self.book:
            self.books.append(self.book)

    def _is_meant(self, code: str, at: str) -> bool:
        return is_meant(self.book.checks, code, at)

    # Changing the book

    def _replace(self, *changed: Rule | Guard, gone: Iterable[str] = ()) -> None:
        new, left = {one.id: one for one in changed}, set(gone)
        rules = [new.get(one.id, one) for one in self.book.rules if one.id not in left]
        guards = [new.get(one.id, one) for one in self.book.guards if one.id not in left]
        self.book = replace(self.book, rules=tuple(rules), guards=tuple(guards))  # type: ignore[arg-type]  # ids are unique, so a rule takes the place of a rule

    def _is_proposed_otherwise(self, names: Iterable[str], gone: str) -> bool:
        """Whether each action is still proposed by something when a statement is gone, so that none gets unused."""
        others = {name for key, one in self._statements().items() if key != gone for name in _do(one)}
        return others.issuperset(names)

    # Rules and guards that go

    def _unmet(self) -> Iterator[Reduction]:
        """Drop rules and guards that no customer meets."""
        fixed = self.fixed
        for one in self._conditional:
            if one.id in fixed or self._is_meant("unreachable-rule", one.id):
                continue
            proven = self._nobody(one)
            if proven is not None and (isinstance(one, Guard) or self._is_proposed_otherwise(one.do, one.id)):
                kind = ReductionKind.DROP_RULE if isinstance(one, Rule) else ReductionKind.DROP_GUARD
                yield _dropped(kind, one, "no customer meets its condition", [proven], ())
                self._replace(gone=[one.id])

    def _nobody(self, one: Rule | Guard) -> Claim | None:
        """Return the proof that nobody meets a condition, which is looked for once only."""
        key = one.id, one.when
        if key not in self._met:
            sentence = f"no customer meets the condition of the {_role(one)} `{one.id}`"
            self._met[key] = claim(self.customers, sentence, [_part(one)], [])
        return self._met[key]

    def _superfluous(self) -> Iterator[Reduction]:
        """Drop rules whose actions other rules and rows propose to all of their customers."""
        subject = Subject(self.book)
        notes, fixed = self._notes(), self.fixed
        proposing: dict[str, list[str]] = {}
        for name, one in self._statements().items():
            for action in _do(one):
                proposing.setdefault(action, []).append(name)
        gone = 0
        for rule in reversed(self.book.rules):
            if not is_plain(rule) or rule.id in fixed or self._nobody(rule) is not None:
                continue
            own = subject.planner.bits["rule", rule.id]
            among = ~(gone | own)
            if not self.any_reason:
                names = {name for action in rule.do for name in proposing[action]}
                among &= _bits(subject, (name for name in names if tells_no_more(rule.notes, notes[name])))
            found = self._support(subject, rule, among)
            if found is None:
                continue
            others = {name: self._statements()[name] for name in found}
            beside = [[_part_of(one) for one in others.values() if action in _do(one)] for action in rule.do]
            sentence = f"others propose the actions of the rule `{rule.id}` to all of its customers"
            proven = claim(self.customers, sentence, [_part(rule)], [], beside)
            if proven is None:
                continue
            gone |= own
            many = len(found) > 1
            why = f"{named(found)} {'together propose' if many else 'proposes'} the same for all of its customers"
            said = lost(rule.id, rule.notes, [(name, notes[name]) for name in found])
            yield _dropped(ReductionKind.DROP_RULE, rule, why, [proven], said)
            self._replace(gone=[rule.id])

    def _support(self, subject: Subject, rule: Rule, among: int) -> tuple[str, ...] | None:
        """Return what makes a rule superfluous: one other statement if one is enough."""
        if not self._is_meant("subsumed-rule", rule.id):
            single = next(holders(subject, rule, among), None)
            if single is not None:
                return (single,)
        if self._is_meant("redundant-rule", rule.id):
            return None
        found = support_of(subject, rule, among)
        return found if isinstance(found, tuple) and found else None

    def _rows(self) -> dict[str, tuple[Table, Row]]:
        return {row.id: (table, row) for table in self.book.tables for row in table.rows}

    def _statements(self) -> dict[str, Rule | tuple[Table, Row]]:
        """Return the rules, and the rows with their tables, by id."""
        rules: dict[str, Rule | tuple[Table, Row]] = {one.id: one for one in self.book.rules}
        return rules | self._rows()

    @property
    def _conditional(self) -> tuple[Rule | Guard, ...]:
        """The rules and guards as they stand now."""
        return (*self.book.rules, *self.book.guards)

    def _notes(self) -> dict[str, Notes]:
        """Return what each rule and row says about itself."""
        rows = {name: inherited(*pair) for name, pair in self._rows().items()}
        return {**{rule.id: rule.notes for rule in self.book.rules}, **rows}

    # Conditions

    def _shortened(self) -> Iterator[Reduction]:
        """Write conditions more shortly."""
        for one in self._conditional:
            if self._is_meant("redundant-condition", one.id) or self._nobody(one) is not None:
                continue
            found = self._shorter(one.when, one.notes)
            if found is None or expansion(found) > MAXIMUM_BOXES:
                continue
            new: Rule | Guard = replace(one, when=found)
            sentence = f"the condition of the {_role(one)} `{one.id}` is met by the same customers as before"
            proven = claim(self.customers, sentence, [_part(one)], [_part(new, ", after")])
            if proven is None:
                continue
            yield _changed(ReductionKind.SHORTEN, one, new, "the same customers meet the shorter condition", [proven])
            self._replace(new)

    def _shorter(self, condition: Condition, notes: Notes) -> Condition | None:
        """Return a shorter condition, which is looked for once only."""
        key = condition, notes.valid_from, notes.valid_until
        if key not in self._known:
            self._known[key] = shorter(condition, self.customers, with_dates(ALWAYS, notes))
        return self._known[key]

    def _parts(self) -> Iterator[Reduction]:
        """Drop parts of a condition without which a rule wins only customers who have its actions from others.

        One rule at a time: the others may add nothing any more once it has won them.
        """
        subject = Subject(self.book)
        statements = self._statements()
        for rule in self.book.rules:
            if not isinstance(rule.when, And) or self._is_meant("redundant-condition", rule.id):
                continue
            if not is_plain(rule) or self._nobody(rule) is not None:
                continue
            found = droppable(subject, rule, "rule", any_reason=self.any_reason)
            pairs = [(part, by) for part, by in found if isinstance(by, tuple)]
            by = sorted({name for _, names in pairs for name in names})
            if not by:
                continue
            left = [part for part in rule.when.parts if all(part is not one for one, _ in pairs)]
            new, others = replace(rule, when=all_of(left)), [statements[name] for name in by]
            beside = [[_part_of(one) for one in others if action in _do(one)] for action in rule.do]
            sentence = f"customers that the rule `{rule.id}` wins have its actions from others"
            proven = claim(self.customers, sentence, [_part(rule)], [_part(new, ", after")], beside)
            if proven is not None:
                why = f"{named(by)} {'propose' if len(by) > 1 else 'proposes'} the same to the customers that it wins"
                yield _changed(ReductionKind.DROP_PART, rule, new, why, [proven])
                self._replace(new)
                return

    # Statements that do the same

    def _joined_rules(self) -> Iterator[Reduction]:
        """Join rules that do the same, when one condition says both more shortly."""
        yield from self._joined(ReductionKind.JOIN_RULES, self.book.rules, lambda _one, _other: True)

    def _joined_guards(self) -> Iterator[Reduction]:
        """Join guards that do the same; but for those that withhold, the order among guards of one effect matters."""

        def may_join(one: Guard, other: Guard) -> bool:
            return one.effect is Effect.WITHHOLD or all(
                between.effect is not one.effect for between in self.book.guards if one.id < between.id < other.id
            )

        yield from self._joined(ReductionKind.JOIN_GUARDS, self.book.guards, may_join)

    def _joined(
        self, kind: ReductionKind, statements: Sequence[Rule | Guard], may_join: Callable[..., bool]
    ) -> Iterator[Reduction]:
        groups: dict[Hashable, list[Rule | Guard]] = {}
        fixed = self.fixed
        for one in statements:
            if one.id not in fixed:
                told = () if self.any_reason else told_of(one.notes)
                groups.setdefault((_deed(one), told), []).append(one)
        for group in groups.values():
            left = list(group)
            place = 0
            while place < len(left):
                one = left[place]
                for other in left[place + 1 :]:
                    found = self._join(kind, one, other) if may_join(one, other) else None
                    if found is not None:
                        joined, reduction = found
                        yield reduction
                        self._replace(joined, gone=[other.id])
                        left[place] = joined
                        left.remove(other)
                        break
                else:
                    place += 1

    def _join(
        self, kind: ReductionKind, one: Rule | Guard, other: Rule | Guard
    ) -> tuple[Rule | Guard, Reduction] | None:
        both = any_of([one.when, other.when])
        if expansion(both) > MAXIMUM_BOXES or not _share(one.when, other.when):
            return None
        when = self._shorter(both, one.notes) or both
        if count(when) >= count(one.when) + count(other.when) or expansion(when) > MAXIMUM_BOXES:
            return None
        wider = alternatives(when) > max(alternatives(one.when), alternatives(other.when))
        if wider or depth(when) > max(depth(one.when), depth(other.when), 2):
            return None
        joined = replace(one, when=when)
        role = _role(one)
        sentence = f"the joined condition is met by the customers of the {role}s `{one.id}` and `{other.id}`"
        claims = [claim(self.customers, sentence, [_part(one), _part(other)], [_part(joined, ", joined")])]
        if isinstance(one, Rule) and one.boost:
            meeting = (f"{role} {one.id} with {role} {other.id}", And((_part(one)[1], _part(other)[1])))
            sentence = f"no customer meets both {role}s `{one.id}` and `{other.id}`"
            claims.append(claim(self.customers, sentence, [meeting], []))
        proven = tuple(one for one in claims if one is not None)
        if len(proven) < len(claims):
            return None
        return joined, Reduction(
            kind,
            one.id,
            one.span,
            tuple(f"{it.id}: {show_condition(it.when)}" for it in (one, other)),
            (f"{one.id}: {show_condition(when)}",),
            f"the {role}s do the same, and one condition says when",
            (size_of(one) + size_of(other), size_of(joined)),
            proven,
            (other.id,),
            lost(other.id, other.notes, [(one.id, one.notes)]),
        )

    # Tables

    def _tables(self) -> Iterator[Reduction]:
        for table in self.book.tables:
            smaller = table
            while (found := smaller_table(smaller, self._frame(smaller))) is not None:
                smaller, reduction = found
                yield reduction
                tables = tuple(smaller if one.id == smaller.id else one for one in self.book.tables)
                self.book = replace(self.book, tables=tables)

    def _frame(self, table: Table) -> Frame:
        placing = (HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER)
        others = [one for one in self.book.tables if one.id != table.id and one.hit in placing]
        losing = _Losing(self.book)
        return Frame(
            self.customers,
            self.fixed,
            inherited,
            self.any_reason,
            self._is_meant,
            lambda _, row: self._is_proposed_otherwise(row.do, row.id) and losing.may_go(row),
            not others,
        )


class _Losing:
    """What hangs on a proposal that does not win: it keeps a plan from being uncovered, and a held step from coming."""

    def __init__(self, book: RuleBook) -> None:
        self.book = book

    @cached_property
    def subject(self) -> Subject:
        """The book as it stands, prepared when it is first asked about."""
        return Subject(self.book)

    def may_go(self, row: Row) -> bool:
        """Whether nothing but the row's own say hangs on its proposals."""
        subject = self.subject
        if any(action in subject.planner.holders for action in row.do):
            return False
        own = subject.planner.bits["row", row.id]
        for action in row.do:
            entry = self.book.actions[action]
            alike = [
                name
                for name, other in self.book.actions.items()
                if name == action or (other.kind is entry.kind and not (other.valid_from or other.valid_until))
            ]
            bits = 0
            for name in alike:
                bits |= subject.planner.matching[name]
            if not isinstance(inside(subject, regions_of(subject, "row", row.id), bits & ~own), tuple):
                return False
        return True


def inherited(table: Table, row: Row) -> Notes:
    """Return what a row says about itself; what it leaves out it has from its table, but for the days."""
    own, general = row.notes, table.notes
    return replace(
        own,
        because=own.because or general.because,
        source=own.source or general.source,
        provenance=own.provenance or general.provenance,
        owner=own.owner or general.owner,
    )


def _part(one: Rule | Guard, suffix: str = "") -> Part:
    return f"{_role(one)} {one.id}{suffix}", with_dates(one.when, one.notes)


def _part_of(one: Rule | tuple[Table, Row]) -> Part:
    if isinstance(one, Rule):
        return _part(one)
    table, row = one
    return f"row {row.id}", row_condition(table, row)


def _do(one: Rule | tuple[Table, Row]) -> tuple[str, ...]:
    return one.do if isinstance(one, Rule) else one[1].do


def _role(one: Rule | Guard) -> str:
    return "rule" if isinstance(one, Rule) else "guard"


def _deed(one: Rule | Guard) -> Hashable:
    """Return all that a rule or guard does, and on which days."""
    days = one.notes.valid_from, one.notes.valid_until
    if isinstance(one, Rule):
        return frozenset(one.do), one.boost, frozenset(one.overrides), days
    return one.effect, one.select, one.needs, one.to, one.channels, one.until, one.clock, days


def _bits(subject: Subject, names: Iterable[str]) -> int:
    """Return the boxes of some rules and rows."""
    found = 0
    for name in names:
        found |= subject.planner.bits["row" if name in subject.table_of else "rule", name]
    return found


def _share(one: Condition, other: Condition) -> bool:
    """Whether two conditions may have a shorter one together: all but one comparison of one of them is shared.

    More than that would stand in brackets inside brackets. Conditions about one and the same attribute need share none.
    """
    (mine, asked), (yours, too) = _asked(one), _asked(other)
    near = min(len(mine - yours), len(yours - mine)) <= 1
    return near and (bool(mine & yours) or not mine or not yours or (asked == too and len(asked) == 1))


def _asked(condition: Condition) -> tuple[frozenset[str], frozenset[str]]:
    """Return the comparisons of a condition as texts, and the attributes."""
    every = list(comparisons(condition))
    return frozenset(map(show_condition, every)), frozenset(one.attribute for one in every)


def _dropped(
    kind: ReductionKind, one: Rule | Guard, why: str, claims: Sequence[Claim], said: tuple[str, ...]
) -> Reduction:
    return Reduction(
        kind,
        one.id,
        one.span,
        (show_condition(one.when),),
        (),
        why,
        (size_of(one), Size()),
        tuple(claims),
        (one.id,),
        said,
    )


def _changed(kind: ReductionKind, old: Rule | Guard, new: Rule | Guard, why: str, claims: Sequence[Claim]) -> Reduction:
    return Reduction(
        kind,
        old.id,
        old.span,
        (show_condition(old.when),),
        (show_condition(new.when),),
        why,
        (size_of(old), size_of(new)),
        tuple(claims),
    )


def _numbered(book: RuleBook) -> RuleBook:
    """Return the book with every row that has no id of its own called by its place."""
    tables = [
        replace(
            table,
            rows=tuple(
                replace(row, id=f"{table.id}#{place}") if row.id.startswith(f"{table.id}#") else row
                for place, row in enumerate(table.rows, start=1)
            ),
        )
        for table in book.tables
    ]
    return replace(book, tables=tuple(tables))
