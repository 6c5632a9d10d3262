"""Planning for every customer as the oracle of answers about plans: `python -m tests.verify.brute_books FIRST COUNT`.

Each seed is one small random book with all features (tests/verify/small_books.py). Every customer whom the book can
tell apart is planned by the reference; what the checks, differences, verdicts on mutants, merges, smallest changes and
certificates say is compared with that, for all customers and not for samples. The seeds that were run are recorded in
docs/numbers.md.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from random import Random

from relmaint.ir.conditions import And, show_condition
from relmaint.ir.program import Axis
from relmaint.ir.reference import fires
from relmaint.ir.rules import Effect, Guard, Invariant, InvariantKind, Row, Rule, RuleBook
from relmaint.lower import ExpansionError
from relmaint.rank.hits import preference
from relmaint.rank.select import selects
from relmaint.recheck import proves
from relmaint.rulebook.conditions import parse_condition
from relmaint.verify.certificate import steps_of
from relmaint.verify.checks import gap
from relmaint.verify.checks.redundant_condition import droppable
from relmaint.verify.checks.run import ALL
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.cover import Region
from relmaint.verify.diff import difference
from relmaint.verify.judge import Different, Equivalent, Judge
from relmaint.verify.merge import Contest, merge
from relmaint.verify.mutants import mutants_of
from relmaint.verify.parts import Proven, Refuted, leaves
from relmaint.verify.plans import Outcome
from relmaint.verify.space import Space
from relmaint.verify.totality import AXES, Totality
from relmaint.verify.why import MOST, Why
from relmaint.vocabulary import AS_OF, DateType, show_value
from tests.verify.checks.books import without
from tests.verify.small_books import Facts, Known, Reference, edited, facts_in, points, small_book, spoken, tiny
from tests.verify.test_diff import expected
from tests.verify.test_merge import wanted

__all__ = ["Case", "Counts", "check_change", "outcome", "with_statement"]

Counts = Counter[str]


class Case:
    """One book, all of its customers, and what the reference plans for each."""

    def __init__(self, book: RuleBook, random: Random) -> None:
        """Plan for every customer."""
        self.book = book
        self.random = random
        self.subject = Subject(book)
        self.axes = self.subject.axes
        self.known = Known(points(random, book, also=spoken(book)))
        self.reference = Reference(book)
        self.planned = {name: self.known.where(lambda one, name=name: self.plans(one, name)) for name in book.actions}
        self.matching = {
            key: self.known.where(lambda one, key=key: key in self.reference.matching(one))
            for key in self.reference.names
        }
        self.in_force = {name: self.matching.get(("action", name), self.known.every) for name in book.actions}
        self.proposing: dict[str, list[tuple[str, str]]] = {name: [] for name in book.actions}
        for role, statement in self._proposers():
            for name in statement.do:
                self.proposing[name].append((role, statement.id))
        self.matching_of = {name: _any(self.matching[key] for key in keys) for name, keys in self.proposing.items()}
        self.covered = self.known.where(lambda one: all(name in one for name in AXES if self._has(name)))

    def plans(self, facts: Facts, action: str) -> bool:
        """Whether a customer's plan has the action."""
        return action in self.reference.planned(facts)

    def inside(self, region: Region) -> int:
        """Return the customers of a region of the book."""
        return self.known.inside(region, self.axes)

    def same_plans(self, other: RuleBook) -> bool:
        """Whether another book plans the same for all customers of this one."""
        reference = Reference(other)
        return all(self.reference.outcome(one) == reference.outcome(one) for one in self.known.facts)

    def _proposers(self) -> Iterator[tuple[str, Rule | Row]]:
        yield from (("rule", rule) for rule in self.book.rules)
        yield from (("row", row) for table in self.book.tables for row in table.rows)

    def _has(self, attribute: str) -> bool:
        return any(axis.attribute == attribute for axis in self.axes)


def _any(sets: Iterator[int]) -> int:
    found = 0
    for one in sets:
        found |= one
    return found


def found_by(case: Case, code: str) -> list[Finding]:
    """Return what one check finds; a small book is always decided."""
    found = list(ALL[code](case.subject))
    assert all(one.code == code for one in found), f"{code} is undecided: {found}"
    return found


# --- plans of regions ------------------------------------------------------------------------------------------------


def plans_of_regions(case: Case, counts: Counts) -> None:
    """Each customer is in just one part, and has its plan; the possible part of a part has possible customers only."""
    seen = 0
    for leaf in leaves(case.subject.views, lambda views: views[0].outcome()):
        own = case.inside(leaf.region)
        assert leaf.answer is not None, "a small book is undecided"
        assert not seen & own, "two parts share a customer"
        assert own, "a part without customers"
        assert case.known.are_all(leaf.possible, case.axes), "an impossible customer is called possible"
        assert not case.inside(leaf.possible) & ~own
        assert all(case.reference.outcome(one) == leaf.answer for one in case.known.each(own)), "another plan"
        seen |= own
        counts["parts with one plan"] += 1
    assert seen == case.known.every, "a customer is in no part"


# --- checks ----------------------------------------------------------------------------------------------------------


def gaps(case: Case, counts: Counts) -> None:
    """The gaps that are found, one after the other, are just the customers who lose all that is proposed of a kind."""
    for kind in case.book.covers:
        names = [name for name, one in case.book.actions.items() if one.kind is kind]
        proposed = _any(case.matching_of[name] & case.in_force[name] for name in names)
        served = _any(case.planned[name] for name in names)
        gap_ = case.covered & proposed & ~served
        found: list[Region] = []
        told = 0
        for answer in gap.proofs_of(case.subject, kind):
            if isinstance(answer, Proven):
                break
            assert isinstance(answer, Refuted), "a small book is undecided"
            own = case.inside(answer.region)
            assert not own & ~gap_, f"a customer of a {kind} gap is served"
            assert case.inside(answer.possible) & ~told, "a gap is told twice"
            assert case.known.are_all(answer.possible, case.axes)
            found.append(answer.region)
            told |= own
            counts["gap"] += 1
        assert told == gap_, f"a {kind} gap is not found"
        assert min(len(found), 3) == sum(one.at == kind for one in found_by(case, "gap"))
        boxes = [dict(box) for box in answer.union.boxes]
        assert proves(boxes, list(case.subject.known), steps_of(answer.covered.proof)), "a proof is refused"
        for box, reason in zip(answer.parts, answer.reasons, strict=True):
            own = case.inside(case.subject.region(box))
            if isinstance(reason, gap.Planned):
                assert not own & ~case.planned[reason.action], "the reason of a part is not true"
        counts["kind without a gap, with proof"] += not found


def never_wins(case: Case, counts: Counts) -> None:
    """Found are just the actions that someone's rules propose and nobody's plan has."""
    losing = {name for name in case.book.actions if case.matching_of[name] and not case.planned[name]}
    found = found_by(case, "never-wins")
    assert losing == {one.at for one in found}
    for one in found:
        assert one.region is not None
        assert case.known.are_all(one.region, case.axes)
        assert not case.inside(one.region) & ~case.matching_of[one.at]
    counts["never-wins"] += len(losing)


def unreachable(case: Case, counts: Counts) -> None:
    """Found are just the statements that match nobody."""
    nobody = {name for (role, name), bits in case.matching.items() if not bits and role != "action"}
    assert nobody == {one.at for one in found_by(case, "unreachable-rule")}
    counts["unreachable-rule"] += len(nobody)


def masked(case: Case, counts: Counts) -> None:
    """Found are just the rules and rows that are set aside, or preceded, wherever they match; none changes a plan.

    Those that do a duty, or an action that a hold asks for, are left out, as the check says.
    """
    book = case.book
    asked_for = {one.needs for one in book.guards if one.effect is Effect.HOLD and one.needs in _held(book, one.needs)}
    overriding: dict[str, list[str]] = {}
    for rule in book.rules:
        for name in rule.overrides:
            overriding.setdefault(name, []).append(rule.id)

    def set_aside(name: str) -> int:
        """Return the customers for whom an effective rule overrides the statement."""
        return _any(case.matching["rule", one] & ~set_aside(one) for one in overriding.get(name, ()))

    names: set[str] = set()
    for rule in book.rules:
        lasting = any(book.actions[one].is_duty or one in asked_for for one in rule.do)
        own = case.matching["rule", rule.id]
        if rule.id in overriding and not lasting and own and not own & ~set_aside(rule.id):
            names.add(rule.id)
    for table in book.tables:
        order = list(enumerate(table.rows))
        if (preferred := preference(table)) is not None:
            order.sort(key=lambda hit: preferred(*hit))
        ahead = 0
        for _, row in order:
            own = case.matching["row", row.id]
            held = any(one in asked_for for one in row.do)
            duty = any(book.actions[one].is_duty for one in row.do)
            gone = ahead if preferred is not None else set_aside(row.id)
            if own and not own & ~gone and not held and (preferred is not None or not duty):
                names.add(row.id)
            ahead |= own
    found = found_by(case, "masked-rule")
    assert names == {one.at for one in found}, (names, found)
    for one in found:
        assert case.same_plans(without(book, {one.at})), f"{one.at} is masked, and its removal changes a plan"
    counts["masked-rule"] += len(names)


def _held(book: RuleBook, needs: str | None) -> set[str | None]:
    """Return what guards that hold some action ask for."""
    return {
        guard.needs
        for guard in book.guards
        if guard.effect is Effect.HOLD
        and guard.needs == needs
        and any(not one.is_duty and one.id != needs and selects(guard.select, one) for one in book.actions.values())
    }


def superfluous(case: Case, counts: Counts) -> None:
    """All that is subsumed or redundant can go together, and of what is left no plain rule could go for that reason."""
    found = {one.at: one.code for code in ("subsumed-rule", "redundant-rule") for one in found_by(case, code)}
    assert not found or case.same_plans(without(case.book, set(found))), f"{found} change a plan"
    overridden = {name for rule in case.book.rules for name in rule.overrides}
    always: dict[str, list[tuple[str, str]]] = {name: [] for name in case.book.actions}
    preceded = _preceded(case)
    for role, one in case._proposers():
        for action in one.do:
            duty = case.book.actions[action].is_duty
            if one.id not in preceded and (duty or one.id not in overridden) and one.id not in found:
                always[action].append((role, one.id))
    for rule in case.book.rules:
        if not rule.do or rule.boost or rule.overrides or rule.id in found:
            continue
        own = case.matching["rule", rule.id]
        offered = [_any(case.matching[key] for key in always[action] if key != ("rule", rule.id)) for action in rule.do]
        assert not own or any(own & ~bits for bits in offered), f"{rule.id} is superfluous and not found"
    for code in found.values():
        counts[code] += 1


def _preceded(case: Case) -> set[str]:
    """Return the rows of which an earlier one may be preferred; whether anybody meets it is not asked."""
    boxes = case.subject.numbers
    found = set()
    for table in case.book.tables:
        if (preferred := preference(table)) is not None:
            order = sorted(enumerate(table.rows), key=lambda hit: preferred(*hit))
            for place, (_, row) in enumerate(order):
                if any(boxes["row", one.id] for _, one in order[:place]):
                    found.add(row.id)
    return found


def redundant_conditions(case: Case, counts: Counts) -> None:
    """The parts that can be dropped of one condition change no plan together, and those left are not implied."""
    assert all(one.code == "redundant-condition" for one in ALL["redundant-condition"](case.subject))
    for role, one in (*(("rule", rule) for rule in case.book.rules), *(("guard", one) for one in case.book.guards)):
        own = case.matching[role, one.id]
        if not isinstance(one.when, And) or not own:
            continue
        gone = [part for part, by in droppable(case.subject, one, role) if isinstance(by, tuple)]
        left = tuple(part for part in one.when.parts if all(part is not other for other in gone))
        changed = replace(one, when=And(left))
        if gone:
            assert case.same_plans(with_statement(case.book, changed)), f"{one.id} without {gone} changes a plan"
        counts["redundant-condition"] += len(gone)
        for part in left if len(left) > 1 else ():
            rest = tuple(other for other in left if other is not part)
            wider = Reference(with_statement(case.book, replace(one, when=And(rest))))
            won = [
                facts
                for facts in case.known.facts
                if (role, one.id) in wider.matching(facts) and not fires(part, facts)
            ]
            assert won, f"`{show_condition(part)}` in {one.id} is implied and not found"


def with_statement(book: RuleBook, changed: Rule | Guard) -> RuleBook:
    """Return the book with one rule or guard exchanged for another of its id."""
    section = "rules" if isinstance(changed, Rule) else "guards"
    return replace(book, **{section: tuple(changed if one.id == changed.id else one for one in getattr(book, section))})


def unknown_open(case: Case, counts: Counts) -> None:
    """Found are just the guards and attributes of which an unknown value lets an action through, sets aside."""
    told = {(one.at, word) for one in found_by(case, "unknown-open") for word in [one.message.split("`")[3]]}
    wanted_: set[tuple[str, str]] = set()
    attributes = {axis.attribute for axis in case.axes if axis.optional and axis.member is None}
    for guard in case.book.guards:
        if guard.effect not in (Effect.WITHHOLD, Effect.HOLD):
            continue
        selected = [one.id for one in case.book.actions.values() if selects(guard.select, one) and not one.is_duty]
        own = case.matching["guard", guard.id]
        let = _any(case.planned[name] for name in selected) & ~own
        for name in attributes:
            there = [one for one in case.known.each(own) if name in one]
            beside = {_rest(one, name) for one in there}
            if any(name not in one and _rest(one, name) in beside for one in case.known.each(let)):
                wanted_.add((guard.id, name))
    sets = {axis.attribute for axis in case.axes if axis.member is not None}
    assert wanted_ == {one for one in told if one[1] not in sets}
    counts["unknown-open"] += len(told)


def _rest(facts: Facts, name: str) -> tuple[tuple[str, object], ...]:
    return tuple(sorted(((key, value) for key, value in facts.items() if key != name), key=repr))


def plan_dates(case: Case, counts: Counts) -> None:
    """The days that are listed are just those on which somebody's plan changes from the day before."""
    axis = next((one for one in case.axes if one.attribute == AS_OF), None)
    days: list[str] = []
    if axis is not None:
        assert isinstance(axis.type, DateType)
        plans = {
            (_rest(one, AS_OF), axis.class_of(one[AS_OF])): case.reference.outcome(one) for one in case.known.facts
        }
        for class_ in range(1, axis.size - 1):
            if any(at == class_ and plans.get((rest, class_ + 1), plan) != plan for (rest, at), plan in plans.items()):
                day = axis.lowest(class_ + 1)
                assert day is not None
                days.append(show_value(day))
    found = found_by(case, "plan-dates")
    assert [f"plans change on {', '.join(days)}"] * bool(days) == [one.message for one in found]
    counts["plan-dates"] += len(days)


def invariants(case: Case, counts: Counts) -> None:
    """An invariant is found to be broken just when a customer, or two, break it; who is shown does."""
    found = found_by(case, "broken-invariant")
    for one in case.book.invariants:
        speaking = case.known.where(lambda facts, one=one: fires(one.when, facts))
        names = [
            name for name, action in case.book.actions.items() if one.select is None or selects(one.select, action)
        ]
        if one.kind in (InvariantKind.NEVER, InvariantKind.ALWAYS):
            planned = _any(case.planned[name] for name in names)
            broken = speaking & (planned if one.kind is InvariantKind.NEVER else ~planned)
            for finding in (each for each in found if each.at == one.id):
                assert finding.region is not None
                assert case.known.are_all(finding.region, case.axes)
                assert not case.inside(finding.region) & ~broken, f"{one.id}: who is shown does not break it"
            is_broken = bool(broken)
        else:
            is_broken = any(_breaks(case, one, names, pair) for pair in _neighbours(case, one, speaking))
            for finding in (each for each in found if each.at == one.id):
                _shown(case, one, names, finding)
        assert is_broken == any(each.at == one.id for each in found), f"{one.id} {one.kind}: broken is {is_broken}"
        counts[f"invariant {one.kind} {'broken' if is_broken else 'holds'}"] += 1


def _neighbours(case: Case, one: Invariant, speaking: int) -> Iterator[tuple[Facts, Facts]]:
    """Yield every two customers who differ in the attribute only."""
    assert one.attribute is not None
    groups: dict[object, list[Facts]] = {}
    for facts in case.known.each(speaking):
        groups.setdefault(_rest(facts, one.attribute), []).append(facts)
    for group in groups.values():
        yield from ((x, y) for x in group for y in group if x is not y)


def _breaks(case: Case, one: Invariant, names: Sequence[str], pair: tuple[Facts, Facts]) -> bool:
    """Whether two customers break the invariant; of `monotone`, the second must come later."""
    first, second = pair
    plans = [[step for step in case.reference.outcome(facts) if step.action in names] for facts in pair]
    if one.kind is InvariantKind.INDEPENDENT:
        return plans[0] != plans[1]
    assert one.attribute is not None
    values = [facts.get(one.attribute) for facts in (first, second)]
    if None in values:
        return False
    places = [one.order.index(value) if one.order else _place(value) for value in values]
    return places[0] < places[1] and len(plans[1]) < len(plans[0])


def _place(value: object) -> object:
    words = ("key", "ordinary", "exit")
    return words.index(value) if isinstance(value, str) and value in words else value


def _shown(case: Case, one: Invariant, names: Sequence[str], finding: Finding) -> None:
    assert finding.region is not None
    assert finding.changed
    changed = dict(finding.changed)
    assert case.known.are_all(finding.region, case.axes)
    other = tuple(1 << changed[axis] if axis in changed else mask for axis, mask in enumerate(finding.region))
    assert case.known.are_all(other, case.axes), f"{one.id}: the second customer is impossible"
    cell = tuple(case.random.choice([c for c in range(mask.bit_length()) if mask >> c & 1]) for mask in finding.region)
    there = tuple(changed.get(axis, own) for axis, own in enumerate(cell))
    pair = tuple(facts_in(Random(case.random.random()), case.axes, each) for each in (cell, there))
    assert _breaks(case, one, names, (pair[0], pair[1])), f"{one.id}: the two do not break it"


# --- combinations and certificates -----------------------------------------------------------------------------------


def totality(case: Case, counts: Counts) -> None:
    """A combination is uncovered just when a customer of it has nothing proposed; what is claimed is planned."""
    told = Totality(case.book)
    words = [one.message for one in told.findings() if one.code == "uncovered-combination"]
    for combination in told.combinations:
        here = case.known.where(
            lambda facts, only=combination: all(facts.get(name, word) == word for name, word in only.items())
        ) & case.known.where(lambda facts, only=combination: all(name in facts for name in only if case._has(name)))
        for one in told.actions(combination):
            assert one.always == (not here & ~case.matching_of[one.action.id]), (combination, one)
    for kind in case.book.covers:
        names = [name for name, one in case.book.actions.items() if one.kind is kind]
        bare = case.covered & ~_any(case.matching_of[name] for name in names)
        assert bool(bare) == any(f"`{kind}`" in message for message in words), (kind, words)
        counts["kind that nothing proposes to some"] += bool(bare)
    for claim in told.claims():
        kind = next(kind for kind in case.book.covers if f"`{kind}`" in claim["claim"])
        served = _any(case.planned[name] for name, one in case.book.actions.items() if one.kind is kind)
        assert not case.covered & ~served, f"{claim['claim']}, and it is not planned"
        boxes = [{axis: int(mask, 16) for axis, mask in box} for box in claim["boxes"]]
        assert proves(boxes, [int(mask, 16) for mask in claim["region"]], claim["proof"]), "a certificate is refused"
        counts["certified claim"] += 1


# --- two books -------------------------------------------------------------------------------------------------------


def differences(case: Case, counts: Counts) -> None:
    """A customer is in a region of the difference just when the two plans differ, and they differ as it says."""
    other = edited(case.random, case.book)
    found = difference(case.book, other)
    known = Known(points(case.random, case.book, other))
    old, new = Reference(case.book), Reference(other)
    assert found.is_complete, "a small book is undecided"
    seen = 0
    for one in found.regions:
        own = known.inside(one.region, found.axes)
        assert own, "a region without customers"
        assert not seen & own, "two regions share a customer"
        seen |= own
        assert known.inside(one.possible, found.axes), "nobody is possible"
        assert not known.inside(one.possible, found.axes) & ~own
        for facts in known.each(own):
            assert expected(old.outcome(facts), new.outcome(facts)) == one.change, "the plans differ otherwise"
    for facts in known.each(known.every & ~seen):
        assert old.outcome(facts) == new.outcome(facts), "a difference is not found"
    counts["region of a difference"] += len(found.regions)
    counts["difference that is empty"] += found.is_empty


def verdicts(case: Case, counts: Counts, most: int = 4) -> None:
    """A mutant is called equivalent just when it plans the same for everybody; the customer shown tells it apart."""
    every = list(mutants_of(case.book))
    judge = Judge(case.book, case.random.sample(every, min(most, len(every))))
    for number, mutant in enumerate(judge.mutants):
        changed = replace(mutant.book, assumptions=case.book.assumptions)
        known = Known(points(case.random, case.book, changed))
        other = Reference(changed)
        differ = known.where(lambda facts, other=other: case.reference.outcome(facts) != other.outcome(facts))
        match judge.verdict(number):
            case Equivalent():
                assert not differ, f"called equivalent: {mutant.change}"
                counts["mutant equivalent"] += 1
            case Different(cell, region):
                facts = facts_in(case.random, judge.space.axes, cell)
                assert case.reference.is_possible(facts), f"impossible: {mutant.change}"
                assert case.reference.outcome(facts) != other.outcome(facts), f"called different: {mutant.change}"
                assert not known.inside(region, judge.space.axes) & ~differ
                counts["mutant different"] += 1
            case spent:
                raise AssertionError(f"{spent}: {mutant.change}")


def merges(case: Case, counts: Counts) -> None:
    """A customer is in conflict, and for the reason told, just when the plans of the three or four books say so."""
    books = (case.book, edited(case.random, case.book), edited(case.random, case.book))
    found = merge(*books)
    assert not found.undecided
    every = [*books, *([found.book] if found.book is not None else [])]
    assumed = tuple(dict.fromkeys(one for book in every for one in book.assumptions))
    known = Known(points(case.random, *(replace(book, assumptions=assumed) for book in every)))
    references = [Reference(book) for book in every]
    told = [0, 0]
    for one in found.contested:
        place = list(Contest).index(one.contest)
        own = known.inside(one.region, found.space.axes)
        assert own, "a conflict without customers"
        assert not own & (told[0] | told[1]), "two conflicts share a customer"
        told[place] |= own
        counts[f"merge: {one.contest}"] += 1
    for number, facts in enumerate(known.facts):
        plans: list[Outcome] = [one.outcome(facts) for one in references]
        here = [contest for contest, bits in zip(Contest, told, strict=True) if bits >> number & 1]
        assert here == wanted(plans), facts
    counts["merge: clean"] += found.is_clean


# --- one customer ----------------------------------------------------------------------------------------------------


def reasons(case: Case, counts: Counts, customers: int = 2) -> None:
    """The smallest change is one, no smaller one does it, and near misses are just those of one attribute."""
    why = Why(case.book)
    axes = Space(case.book).axes
    for facts in case.random.sample(case.known.facts, min(customers, len(case.known.facts))):
        reachable: dict[str, list[tuple[int, int, Facts]]] = {name: [] for name in case.book.actions}
        here = case.reference.planned(facts)
        for other in case.known.facts:
            names = _changed(facts, other)
            if names is not None and 0 < len(names) <= MOST:
                distance = _distance(axes, facts, other)
                for action in case.reference.planned(other) ^ here:
                    reachable[action].append((len(names), distance, other))
        near = why.near_misses(facts).changes
        for action, found in reachable.items():
            answer = why.smallest(facts, action)
            assert answer.planned == (action in here)
            assert answer.smaller_proven, "a small book is undecided"
            assert bool(found) == bool(answer.changes), f"{action}: {found} {answer}"
            single = [one for one in found if one[0] == 1 and action not in here]
            assert bool(single) == (action in near), f"{action}: {single} {near}"
            if found:
                size = min(one[0] for one in found)
                nearest = min(one[1] for one in found if one[0] == size)
                assert nearest == answer.changes[0].distance, f"{action}: {nearest} {answer}"
                for change in answer.changes:
                    check_change(case, facts, action, dict(change.to), size)
                counts[f"smallest change of {size}"] += 1
            else:
                counts["no change does it"] += 1


def _changed(facts: Facts, other: Facts) -> set[str] | None:
    """Return what differs, or `None` when it must not: the day, and what is known becomes unknown."""
    names = {name for name in {*facts, *other} if facts.get(name) != other.get(name)}
    return None if AS_OF in names or any(name not in other for name in names) else names


def _distance(axes: Sequence[Axis], facts: Facts, other: Facts) -> int:
    return sum(
        abs(axis.class_of(facts.get(axis.attribute)) - axis.class_of(other.get(axis.attribute))) for axis in axes
    )


def check_change(case: Case, facts: Facts, action: str, to: dict[str, str], size: int) -> None:
    """Make the change as it is worded, and plan again."""
    assert len(to) == size, f"{action}: {to} changes more than {size}"
    read = {name: parse_condition(text, tiny())[0] for name, text in to.items()}
    conditions = [one for one in read.values() if one is not None]
    assert len(conditions) == size
    there = [
        other
        for other in case.known.facts
        if _changed(facts, other) == set(to) and all(fires(one, other) for one in conditions)
        if all(_others_kept(facts, other, name, text) for name, text in to.items())
    ]
    assert there, f"nobody is {to}"
    before = action in case.reference.planned(facts)
    assert all((action in case.reference.planned(other)) != before for other in there), (
        f"{action}: {to} changes nothing"
    )


def _others_kept(facts: Facts, other: Facts, name: str, text: str) -> bool:
    """Whether the words of a set that a change does not name are as they were."""
    before, after = facts.get(name), other.get(name)
    if not isinstance(before, frozenset) or not isinstance(after, frozenset):
        return True
    return all(word in text for word in before ^ after)


# --- all -------------------------------------------------------------------------------------------------------------

Question = Callable[[Case, Counts], None]

ALWAYS_ASKED: tuple[Question, ...] = (
    plans_of_regions,
    gaps,
    never_wins,
    unreachable,
    masked,
    superfluous,
    redundant_conditions,
    unknown_open,
    plan_dates,
    invariants,
    totality,
    differences,
    verdicts,
    reasons,
)
SELDOM: tuple[Question, ...] = (merges,)
"""Asked of every fourth book: it compares five pairs of books."""


def outcome(seed: int, only: str | None = None) -> Counts:
    """Ask all questions about one book; return how often each answer came.

    Raises:
        AssertionError: an answer is not what planning for every customer says.
    """
    random = Random(seed)
    counts: Counts = Counter(books=1)
    try:
        case = Case(small_book(random), random)
        counts["customers"] += len(case.known.facts)
        counts["books without a possible customer"] += not case.known.facts
        for question in ALWAYS_ASKED + (SELDOM if seed % 4 == 0 else ()):
            own = Random(f"{seed} {question.__name__}")
            case.random = own
            if only in (None, question.__name__):
                question(case, counts)
    except ExpansionError:
        counts["refused as too large"] += 1
    except AssertionError as problem:
        raise AssertionError(f"seed {seed}: {problem}") from problem
    return counts


def main(first: int, count: int) -> None:
    """Run the seeds and print how often each answer came."""
    found: Counts = Counter()
    for seed in range(first, first + count):
        found.update(outcome(seed))
    for name, number in sorted(found.items()):
        print(f"{number:>10,} {name}")
    print(f"seeds {first} to {first + count - 1}: no mismatch")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
