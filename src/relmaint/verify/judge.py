"""Is there a customer for whom a mutant plans otherwise?

Customers known to matter are tried first: those of the cases, and those who told earlier mutants apart, moved to where
the edit lies. Only when none of them tells is the answer looked for, and proven, in the regions that the edit touches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import NamedTuple

from relmaint.ir.conditions import Comparison, Condition, Operator
from relmaint.ir.program import Box, Program
from relmaint.ir.rules import Effect, Guard, HitPolicy, Row, Rule, RuleBook
from relmaint.model.action import Action
from relmaint.rank.decide import Decision, Ranking
from relmaint.rank.hits import LAST, position, preference
from relmaint.rank.select import selects
from relmaint.verify.cover import Region, Undecided, bits_of
from relmaint.verify.mutants import Mutant
from relmaint.verify.parts import Refuted, answers, leaves
from relmaint.verify.plans import Outcome, Placed, Planner, Truth, View, Views, count_of, outcome_of
from relmaint.verify.space import Space
from relmaint.vocabulary import Value

__all__ = ["Different", "Equivalent", "Judge", "Unsettled", "Verdict"]

BUDGET = 30_000
"""How many regions the search for one mutant may look at before it stays undecided."""

_FURTHER = 2_000
"""How many regions the search for further customers of a mutant may look at, of whom one is known."""

_PLAIN = 3_000
"""How many regions of one question are simply looked at before the parts without a difference are grown."""

_TRIES = 12
"""How many known customers are tried, as they are and moved."""

_MOST_ACTIONS = 8
_FEW = 3
"""Of so many touched actions, and so many customers each, it is tried to move the customer to where the edit is."""

_MOST_PIECES = 64
"""An edit that touches more pieces is looked for in the boxes of the statement."""

Cell = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Different:
    """The customers of this cell get another plan; so do all of the region, as far as they are possible."""

    cell: Cell
    region: Region


@dataclass(frozen=True, slots=True)
class Equivalent:
    """No possible customer gets another plan."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """The budget was spent; this says nothing about the mutant."""


Verdict = Different | Equivalent | Unsettled


@dataclass(frozen=True, slots=True)
class _Touched:
    """What an edit can change before merging and budget: the actions; by their rank; by their step; the budgets."""

    actions: tuple[str, ...]
    ranked: frozenset[str]
    stepped: frozenset[str]
    budget: bool


class _Seen(NamedTuple):
    """One known customer: the cell, and the boxes that it is in."""

    cell: Cell
    inside: int


class _Varied(Planner):
    """The statements of a mutant, over boxes that it shares with the book and all other mutants."""

    def __init__(self, origin: Planner, book: RuleBook, bits: Mapping[tuple[str, str], int]) -> None:
        self._origin = origin
        self._given = dict(bits)
        super().__init__(replace(origin.program, book=book, boxes=(), owner=()))
        self.every = origin.every

    def _boxes(  # type: ignore[override]  # the boxes are known before
        self,
        program: Program,  # noqa: ARG002  # as the base has it
        first: int,  # noqa: ARG002  # as the base has it
    ) -> dict[tuple[str, str], int]:
        return self._given

    def _add_guards(self) -> None:
        """Take over what the guards select, when they are those of the book."""
        origin = self._origin
        guards = {one.id: one for one in origin.book.guards}
        if len(guards) == len(self.book.guards) and all(
            guards.get(one.id) is one and self.bits["guard", one.id] == origin.bits["guard", one.id]
            for one in self.book.guards
        ):
            self.guards, self.withholding, self.holders = origin.guards, origin.withholding, origin.holders
            return
        super()._add_guards()


class _Pair(Views):
    """Regions as the book and one mutant see them; boxes of other mutants are left out of sight."""

    def __init__(self, shared: Views, mutant: Planner, visible: int) -> None:
        self.space = shared.space
        self.union = shared.union
        self.impossible = shared.impossible
        self.planners = (shared.planners[0], mutant)
        self.visible = visible

    def placed(self, region: Region, active: int | None = None) -> Placed:
        """Return the region with the boxes that touch it and are in sight."""
        return super().placed(region, self.visible if active is None else active & self.visible)


class Judge:
    """Decides mutants of one book.

    Args:
        book: the book.
        mutants: every mutant that it will be asked about; their constants cut the axes.

    Attributes:
        space: the customers there can be, on axes that all of the mutants speak of.
        mutants: the mutants without those that come to the same boxes of the same statement as an earlier one.
    """

    def __init__(self, book: RuleBook, mutants: Iterable[Mutant]) -> None:
        """Lower the book and all mutants to common axes."""
        found = tuple(mutants)
        self.space = Space(book, also=[*(one.when for one in found if one.when is not None), *_budgets(book)])
        program = self.space.programs[0]
        self.program = program
        boxes = list(program.boxes)
        self._own: dict[int, int] = {}
        own = Planner(program).bits
        kept: list[Mutant] = []
        seen: set[tuple[str, str, frozenset[Box]]] = set()
        for mutant in found:
            if mutant.when is not None:
                new = self.space.boxes(mutant.when)
                key = (mutant.role, mutant.statement, frozenset(new))
                if key in seen:
                    continue
                seen.add(key)
                self._own[len(kept)] = ((1 << len(new)) - 1) << len(boxes)
                boxes.extend(new)
            kept.append(mutant)
        self.mutants = tuple(kept)
        self._views = Views(self.space, boxes[len(program.boxes) :])
        self._planner = self._views.planners[0]
        self._boxes = tuple(boxes)
        self._bits = own
        self._base = (1 << len(program.boxes)) - 1
        self._ranking = Ranking(program)
        self._number = {(one.role, one.id): place for place, one in enumerate(program.statements)}
        self._known: list[_Seen] = []
        self._decisions: list[Decision] = []
        self._planned: list[frozenset[str]] = []
        self._telling: dict[tuple[str, str], list[_Seen]] = {}
        self._turned: dict[tuple[int, int], Decision] = {}
        self._outcomes: dict[tuple[int, tuple[int | None, ...]], Outcome] = {}
        self._index = _Index(book)

    def cell(self, facts: Mapping[str, Value]) -> Cell:
        """Return the cell of a customer on the axes of the judge."""
        return tuple(axis.class_of(facts.get(axis.attribute)) for axis in self.space.axes)

    @property
    def learned(self) -> int:
        """How many customers are kept; the next one gets this number."""
        return len(self._known)

    def learn(self, cell: Cell) -> None:
        """Keep a customer to try mutants on."""
        seen = _Seen(cell, self._inside(cell))
        self._known.append(seen)
        decision = self._decide(seen, None, None)
        self._decisions.append(decision)
        self._planned.append(frozenset(one.action.id for one in decision.planned))

    def told_apart(self, number: int, first: Sequence[int] = ()) -> Iterator[tuple[int, Decision]]:
        """Yield, for each kept customer whom the mutant treats otherwise, their number and what it decides.

        Args:
            number: the mutant.
            first: numbers of customers to look at before the others.
        """
        ranking = self.variant(number)
        statement = self._turns(number)
        for place in dict.fromkeys((*first, *range(len(self._known)))):
            seen = self._known[place]
            if not self._is_touched(number, seen):
                continue
            if statement is None:
                decision = self._decide(seen, number, ranking)
            elif (known := self._turned.get((place, statement))) is not None:
                decision = known
            else:
                decision = self._turned[place, statement] = self._decide(seen, number, ranking)
            if decision != self._decisions[place]:
                yield place, decision

    def _turns(self, number: int) -> int | None:
        """Return the statement about which alone, to whomever it touches, a mutant says the opposite of the book.

        What follows is then the same for all such mutants of the statement.
        """
        mutant = self.mutants[number]
        if mutant.when is None or self._index.is_placed(mutant):
            return None
        return self._number[mutant.role, mutant.statement]

    def shown_by(self, number: int) -> list[int]:
        """Return the numbers of the kept customers whose plan the mutant changes."""
        return [
            place
            for place, decision in self.told_apart(number)
            if outcome_of(decision) != outcome_of(self._decisions[place])
        ]

    def _is_touched(self, number: int, seen: _Seen) -> bool:
        mutant = self.mutants[number]
        if mutant.when is None:
            bits = self._index.bits(mutant, self._planner)
            return bits is None or bool(seen.inside & bits)
        old = bool(seen.inside & self._bits[mutant.role, mutant.statement])
        return self._index.is_placed(mutant) or old != bool(seen.inside & self._own[number])

    def variant(self, number: int) -> Ranking:
        """Return the ranking of a mutant."""
        return self._ranking if self._turns(number) is not None else self._ranking.variant(self.mutants[number].book)

    def decide(self, cell: Cell, number: int | None = None, ranking: Ranking | None = None) -> Decision:
        """Return what the book, or the mutant of that number, decides for the customers of a cell."""
        return self._decide(_Seen(cell, self._inside(cell)), number, ranking)

    def verdict(self, number: int) -> Verdict:
        """Decide whether a mutant plans otherwise for a possible customer."""
        mutant = self.mutants[number]
        ranking = self.variant(number)
        regions = self._regions(number)
        told = self._telling.setdefault((mutant.role, mutant.statement), [])
        for seen in self._candidates(number, regions, told):
            if self._outcome(seen, None, self._ranking) != self._outcome(seen, number, ranking):
                self._keep(told, seen)
                return Different(seen.cell, tuple(1 << class_ for class_ in seen.cell))
        return self._searched(number, ranking, regions, told)

    def differing(self, number: int) -> Iterator[Different]:
        """Yield regions in which a mutant plans otherwise, as far as a small budget goes."""
        for verdict in self._search(number, self._regions(number), budget=_FURTHER):
            if isinstance(verdict, Different):
                yield verdict

    # --- known customers ---------------------------------------------------------------------------------------------

    def _inside(self, cell: Cell) -> int:
        inside = self._views.union.every
        for axis, class_ in enumerate(cell):
            inside &= self._views.union.touching(axis, 1 << class_)
        return inside

    def _matched(self, seen: _Seen, number: int | None) -> int:
        """Return the numbers of the statements that match, as bits, in the book or in the mutant of that number."""
        owner = self.program.owner
        matched = 0
        for box in bits_of(seen.inside & self._base):
            matched |= 1 << owner[box]
        if number is not None:
            mutant = self.mutants[number]
            if mutant.when is not None:
                bit = 1 << self._number[mutant.role, mutant.statement]
                matched = matched | bit if seen.inside & self._own[number] else matched & ~bit
        return matched

    def _counts(self, seen: _Seen) -> dict[str, int | None]:
        return {name: count_of(self.space.axes[axis], seen.cell[axis]) for name, axis in self.program.counted.items()}

    def _decide(self, seen: _Seen, number: int | None, ranking: Ranking | None) -> Decision:
        return (ranking or self._ranking).decide(bits_of(self._matched(seen, number)), self._counts(seen))

    def _outcome(self, seen: _Seen, number: int | None, ranking: Ranking) -> Outcome:
        """Return the plan that the book, or the mutant, has for a customer; what the book's ranking said is kept."""
        if ranking is not self._ranking:
            return outcome_of(self._decide(seen, number, ranking))
        counts = self._counts(seen)
        key = self._matched(seen, number), tuple(counts.values())
        known = self._outcomes.get(key)
        if known is None:
            known = self._outcomes[key] = outcome_of(self._ranking.decide(bits_of(key[0]), counts))
        return known

    def _candidates(self, number: int, regions: Sequence[Region], told: list[_Seen]) -> Iterator[_Seen]:
        """Yield possible customers whom the edit can touch: known ones, then known ones moved to where the edit is."""
        tried = 0
        for seen in (*told, *self._known):
            touched = self._is_touched(number, seen)
            if touched and not seen.inside & self._views.impossible:
                yield seen
                tried += 1
                if tried == _TRIES:
                    break
        for seen in told or self._known[:2]:
            for region in regions[:4]:
                found = self._moved(seen, region)
                if found is not seen and not found.inside & self._views.impossible:
                    yield found
        yield from self._concerned(number, regions)
        if any(table.limits for table in self.program.book.tables if table.id == self.mutants[number].table):
            for seen in self._known[:_TRIES]:
                for region in regions[:4]:
                    yield from self._counted(seen, region)

    def _concerned(self, number: int, regions: Sequence[Region]) -> Iterator[_Seen]:
        """Yield customers in whose plan a touched action is, moved to where the edit is as little as can be."""
        for name in self._index.touched(self.mutants[number]).actions[:_MOST_ACTIONS]:
            planning = (place for place, names in enumerate(self._planned) if name in names)
            for place in islice(planning, _FEW):
                for region in regions[:_TRIES]:
                    found = self._moved(self._known[place], region)
                    if not found.inside & self._views.impossible:
                        yield found

    def _moved(self, seen: _Seen, region: Region) -> _Seen:
        """Return a customer in a region, otherwise as the one seen; known where there is a choice."""
        cell = tuple(
            class_ if mask >> class_ & 1 else next(bits_of(mask & -2 or mask))
            for class_, mask in zip(seen.cell, region, strict=True)
        )
        return seen if cell == seen.cell else _Seen(cell, self._inside(cell))

    def _counted(self, seen: _Seen, region: Region) -> Iterator[_Seen]:
        """Yield a known customer moved into a region, with each number of contacts."""
        for axis in self.program.counted.values():
            for class_ in bits_of(region[axis]):
                moved = tuple(
                    class_ if at == axis else own if mask >> own & 1 else next(bits_of(mask & -2 or mask))
                    for at, (own, mask) in enumerate(zip(seen.cell, region, strict=True))
                )
                found = _Seen(moved, self._inside(moved))
                if not found.inside & self._views.impossible:
                    yield found

    def _keep(self, told: list[_Seen], seen: _Seen) -> None:
        if seen not in told:
            told.insert(0, seen)
            del told[4:]

    # --- regions -----------------------------------------------------------------------------------------------------

    def _regions(self, number: int) -> list[Region]:
        """Return regions outside of which the edit changes nothing."""
        mutant = self.mutants[number]
        everyone = self.space.everyone
        if mutant.when is not None and not self._index.is_placed(mutant):
            old = [self._boxes[box] for box in bits_of(self._bits[mutant.role, mutant.statement])]
            new = [self._boxes[box] for box in bits_of(self._own[number])]
            pieces = [*self._less(new, old), *self._less(old, new)]
            return pieces if len(pieces) <= _MOST_PIECES else [_region(box, everyone) for box in (*old, *new)]
        bits = self._index.bits(mutant, self._planner)
        return [everyone] if bits is None else [_region(self._boxes[box], everyone) for box in bits_of(bits)]

    def _less(self, boxes: Sequence[Box], others: Sequence[Box]) -> list[Region]:
        """Return the boxes without the others, in pieces."""
        left = [_region(box, self.space.everyone) for box in boxes]
        for other in others:
            left = [piece for region in left for piece in _cut_off(region, other)]
            if len(left) > _MOST_PIECES:
                break
        return left

    # --- proof -------------------------------------------------------------------------------------------------------

    def _searched(self, number: int, ranking: Ranking, regions: list[Region], told: list[_Seen]) -> Verdict:
        found = next(self._search(number, regions), Equivalent())
        if isinstance(found, Different):
            seen = _Seen(found.cell, self._inside(found.cell))
            if self._outcome(seen, None, self._ranking) == self._outcome(seen, number, ranking):
                raise AssertionError(f"the proof and the ranking differ about {self.mutants[number].change}")
            self._keep(told, seen)
        return found

    def _search(self, number: int, regions: list[Region], *, budget: int = BUDGET) -> Iterator[Different | Unsettled]:
        mutant = self.mutants[number]
        if not regions:
            return
        bits = dict(self._bits)
        visible = self._base | self._views.impossible
        if mutant.when is not None:
            bits[mutant.role, mutant.statement] = self._own[number]
            visible |= self._own[number]
        pair = _Pair(self._views, _Varied(self._planner, mutant.book, bits), visible)
        questions = self._questions(mutant, pair)
        regions = [region for region in regions if not self._is_masked(mutant, pair.of(region)[0])]
        left = budget
        for question in questions:
            for region in regions:
                for found in _differing(pair, question, region, left):
                    if isinstance(found, int):
                        left -= found
                    else:
                        yield found
                        if isinstance(found, Unsettled):
                            return

    def _is_masked(self, mutant: Mutant, seen: View) -> bool:
        """Whether, in a region, other guards do to all touched actions what the edited guard does to them.

        An action is first withheld by whichever guard withholds it, and then held by the first one, by id, that holds
        it. So one that withholds hides both, and one that holds for the same step hides another one that holds, unless
        a third would come before it for another step.
        """
        guard = next((part for part in mutant.parts if isinstance(part, Guard)), None)
        if guard is None or guard.effect not in (Effect.WITHHOLD, Effect.HOLD):
            return False
        matching = [one for one in self.program.book.guards if seen.full & self._bits["guard", one.id]]
        return all(self._hides(matching, guard, name) for name in self._index.guarded(mutant))

    def _hides(self, matching: Sequence[Guard], edited: Guard, name: str) -> bool:
        """Whether one of the guards that match everybody in a region hides what the edited one does to an action."""
        action = self.program.book.actions[name]
        others = [one for one in matching if one.id != edited.id and selects(one.select, action)]
        if any(one.effect is Effect.WITHHOLD for one in others):
            return True
        if edited.effect is not Effect.HOLD:
            return False
        same = [one.id for one in others if one.effect is Effect.HOLD and one.needs == edited.needs]
        foreign = [
            one.id
            for one in self.program.book.guards
            if one.effect is Effect.HOLD and one.needs != edited.needs and selects(one.select, action)
        ]
        return bool(same) and not any(one < min(same) for one in foreign)

    def _rivals(self, name: str, pair: _Pair) -> list[str]:
        """Return the actions that an edit of the score of one can make change places with it, for some customer."""
        actions = self.program.book.actions
        old, new = pair.of(self.space.everyone)
        return [
            other
            for other, entry in actions.items()
            if other != name
            and entry.precedence == actions[name].precedence
            and ((before := old.above(other, name)) is None or before != new.above(other, name))
        ]

    def _questions(self, mutant: Mutant, pair: _Pair) -> Iterator[Question]:
        """Yield questions, each about little: the plans differ somewhere just if one of them has a yes somewhere.

        An action that neither plans leaves no trace in either; so all plans are equal when every touched action is
        planned by both or by none, with equal steps, and no two planned actions change places. An edit of a base
        score changes places, and nothing where it changes none.
        """
        touched = self._index.touched(mutant)
        actions = self.program.book.actions
        if mutant.role == "action":
            rivals = self._rivals(mutant.statement, pair)
            if rivals:
                yield partial(_planned_differs_by_place, mutant.statement, rivals)
            yield from (partial(_crosses, mutant.statement, other) for other in rivals)
            return
        if touched.budget:
            yield from (partial(_budget_differs, name) for name in self._planner.discretionary)
        for name in touched.actions:
            yield partial(_planned_differs, name, by_step=name in touched.stepped)
        for name in touched.actions:
            if name in touched.ranked:
                for other, entry in actions.items():
                    if other != name and entry.precedence == actions[name].precedence:
                        yield partial(_crosses, name, other)


Question = Callable[[tuple[View, ...]], Truth]


def _differing(pair: _Pair, question: Question, region: Region, budget: int) -> Iterator[Different | Unsettled | int]:
    """Yield the customers of a region of whom the answer is yes, at last how much of the budget that took.

    Few parts are simply looked at; where they do not do, the parts without a difference are grown as far as their
    reasons reach.
    """
    looked = 0

    def same(seen: tuple[View, ...]) -> Truth:
        nonlocal looked
        looked += 1
        answer = question(seen)
        return None if answer is None else not answer

    told = False
    for leaf in leaves(pair, same, region, budget=min(_PLAIN, budget), only=False):
        if leaf.answer is None:
            break
        told = True
        yield _different(leaf.possible)
    else:
        yield looked
        return
    if told or looked >= budget:
        yield Unsettled()
        return
    for found in answers(pair, same, region, budget=budget - looked, grow=False):
        match found:
            case Refuted(possible=possible):
                yield _different(possible)
            case Undecided():
                yield Unsettled()
    yield looked


def _different(region: Region) -> Different:
    return Different(tuple(next(bits_of(mask & -2 or mask)) for mask in region), region)


def _planned_differs(name: str, seen: tuple[View, ...], *, by_step: bool) -> Truth:
    """Return whether one of the two plans has the action, or both have it with another owner, channel or time."""
    old, new = seen
    was, now = old.survives(name), new.survives(name)
    if was is None or now is None:
        return None
    if was and now:
        if by_step:
            steps = old.step(name), new.step(name)
            if None in steps:
                return None
            if steps[0] != steps[1]:
                return _or(old.planned(name), new.planned(name))
        return False  # that it loses its place to another is another question
    if not was and not now:
        return False
    return old.planned(name) if was else new.planned(name)


def _planned_differs_by_place(name: str, rivals: Sequence[str], seen: tuple[View, ...]) -> Truth:
    """Return whether one of the plans has the action and the other has not, since it changed places with a rival."""
    old, new = seen
    places = {other: (old.above(other, name), new.above(other, name)) for other in rivals}
    if any(None not in pair and pair[0] != pair[1] for pair in places.values()):
        return _planned_differs(name, seen, by_step=False)
    undecided = next((other for other, pair in places.items() if None in pair), None)
    if undecided is None:
        return False
    old.above(undecided, name)  # what is asked last is what is cut along
    new.above(undecided, name)
    return None


def _crosses(name: str, other: str, seen: tuple[View, ...]) -> Truth:
    """Return whether two actions change places, and that shows in the plan."""
    old, new = seen
    before, after = old.above(other, name), new.above(other, name)
    if before is not None and before == after:
        return False
    survive = [view.survives(one) for one in (name, other) for view in seen]
    if False in survive:
        return False
    if None in survive or before is None or after is None:
        return None
    was, now = old.planned(name), new.planned(name)
    if was is None or now is None:
        return None
    if was != now:
        return True
    return _or(old.planned(other), new.planned(other)) if was else False


def _budget_differs(name: str, seen: tuple[View, ...]) -> Truth:
    """Return whether another budget lets one of the two plan the action."""
    old, new = seen
    was, now = old.rooms(), new.rooms()
    if was[0] == was[1] and was == now:
        return False
    if was[0] != was[1] or now[0] != now[1]:
        return None
    before, after = old.planned(name), new.planned(name)
    return None if before is None or after is None else before != after


def _or(one: Truth, other: Truth) -> Truth:
    if one or other:
        return True
    return None if one is None or other is None else False


class _Index:
    """What an edit of a statement can touch."""

    def __init__(self, book: RuleBook) -> None:
        self.book = book
        self.rules = {rule.id: rule for rule in book.rules}
        self.rows = {row.id: (table, row) for table in book.tables for row in table.rows}
        self.tables = {table.id: table for table in book.tables}

    def is_placed(self, mutant: Mutant) -> bool:
        """Whether dropping the row moves the places of others."""
        table = self.tables.get(mutant.table or "")
        return table is not None and table.hit is HitPolicy.RULE_ORDER and len(mutant.parts) == 1

    def bits(self, mutant: Mutant, planner: Planner) -> int | None:
        """Return the boxes outside of which the edit changes nothing; `None` for no such boxes."""
        if mutant.role == "action":
            return None if mutant.statement in planner.holders else planner.matching[mutant.statement]
        if mutant.role == "table":
            return None
        if mutant.table is not None:
            found = 0
            for row in self.tables[mutant.table].rows:
                if self.is_placed(mutant) or any(row.id == part.id for part in mutant.parts):
                    found |= planner.bits["row", row.id]
            return found
        return planner.bits[mutant.role, mutant.statement]

    def touched(self, mutant: Mutant) -> _Touched:
        """Return what the edit can change."""
        actions: set[str] = set()
        ranked: set[str] = set()
        stepped: set[str] = set()
        budget = mutant.role == "table"
        guards = list(self.book.guards)
        pending: list[Rule | Row] = []
        for part in mutant.parts:
            match part:
                case Action():
                    actions.add(part.id)
                    ranked.add(part.id)
                case Guard():
                    guards.append(part)
                    if part is mutant.parts[0]:
                        selected = self.guarded(mutant)
                        actions |= selected
                        if part.effect not in (Effect.WITHHOLD, Effect.HOLD):
                            stepped |= selected
                case Rule() | Row():
                    pending.append(part)
        done: set[str] = set()
        while pending:
            part = pending.pop()
            if isinstance(part, Rule):
                actions.update(part.do, (name for name, _ in part.boost))
                ranked.update(name for name, _ in part.boost)
                targets = [name for name in part.overrides if name not in done]
                pending += [self.rules[name] for name in targets if name in self.rules]
                pending += [self.rows[name][1] for name in targets if name in self.rows]
                done.update(targets)
                continue
            table = self.rows[part.id][0]
            budget = budget or bool(table.limits)
            actions.update(part.do)
            if "boost" in table.outputs or any(position(table, 0, name) != LAST for name in part.do):
                ranked.update(part.do)
            if table.id not in done and (preference(table) is not None or part.id in [one.id for one in mutant.parts]):
                done.add(table.id)
                pending += table.rows
        return self._asked_for(guards, actions, ranked, stepped, budget=budget)

    def guarded(self, mutant: Mutant) -> set[str]:
        """Return the actions on which the edit of a guard can change what it does.

        When its condition is the same before and after, these are the actions that only one of the two works on, and
        those on which the two work differently.
        """
        before, *after = [part for part in mutant.parts if isinstance(part, Guard)]
        found = self._worked_on(before)
        if not after:
            return found
        others = self._worked_on(after[0])
        if mutant.when is not None:
            return found | others
        both = found & others
        if replace(before, select=after[0].select) == after[0]:
            both = set()
        elif before.effect is Effect.RESTRICT:
            lost = set(before.channels) ^ set(after[0].channels)
            both = {name for name in both if lost & set(self.book.actions[name].channel)}
        return found ^ others | both

    def _worked_on(self, guard: Guard) -> set[str]:
        """Return the actions that a guard selects and can do something to."""
        return {
            entry.id
            for entry in self.book.actions.values()
            if selects(guard.select, entry) and _can_alter(guard, entry)
        }

    def _asked_for(
        self, guards: Sequence[Guard], actions: set[str], ranked: set[str], stepped: set[str], *, budget: bool
    ) -> _Touched:
        """Add the steps that holds of touched actions ask for."""
        holds = [
            (one.needs, {entry.id for entry in self.book.actions.values() if selects(one.select, entry)})
            for one in guards
            if one.effect is Effect.HOLD and one.needs is not None
        ]
        while True:
            further = {needs for needs, selected in holds if selected & actions} - actions
            if not further:
                break
            actions |= further
        ranked |= {needs for needs, _ in holds} & actions
        return _Touched(tuple(sorted(actions)), frozenset(ranked), frozenset(stepped), budget)


def _can_alter(guard: Guard, action: Action) -> bool:
    """Whether a guard that selects an action can change anything about it."""
    match guard.effect:
        case Effect.WITHHOLD | Effect.HOLD:
            return not action.is_duty
        case Effect.RESTRICT:
            return not set(action.channel) <= set(guard.channels)
        case Effect.DEFER:
            return bool(action.channel)
        case Effect.ROUTE:
            return True


def _budgets(book: RuleBook) -> Iterator[Condition]:
    """Yield conditions whose constants cut the counted attributes as far as a budget one higher asks."""
    for table in book.tables:
        for at, name in enumerate(table.limits):
            numbers = [row.limits[at] for row in table.rows]
            most = max(table.default, len(numbers), sum(number for number in numbers if number > 0)) + 1
            for number in range(1, min(most, 1000) + 1):
                yield Comparison(name, Operator.GE, (number,))


def _region(box: Box, everyone: Region) -> Region:
    found = list(everyone)
    for axis, mask in box:
        found[axis] &= mask
    return tuple(found)


def _cut_off(region: Region, box: Box) -> Iterator[Region]:
    """Yield the region without the box, in disjoint pieces."""
    if any(not region[axis] & mask for axis, mask in box):
        yield region
        return
    inside = list(region)
    for axis, mask in box:
        if outside := inside[axis] & ~mask:
            yield (*inside[:axis], outside, *inside[axis + 1 :])
        inside[axis] &= mask
