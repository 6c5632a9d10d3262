"""Are two groups of conditions true of the same possible customers, and how is that proven?

What is proven is a claim: each box of the conditions before lies in those after, and each box of those after in those
before, but for impossible customers and for those whom other statements hold anyway. `relmaint.recheck` follows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from relmaint.ir.conditions import Condition, comparisons, show_condition
from relmaint.ir.program import Box
from relmaint.ir.rules import RuleBook
from relmaint.verify.cover import Covered, Proof, Region, Union
from relmaint.verify.space import Space

__all__ = ["Claim", "Held", "Part", "claim", "customers_about", "customers_only", "within"]

Part = tuple[str, Condition]
"""What a condition belongs to, such as `rule notices/maturity`, and the condition with its dates."""

_BUDGET = 20_000


@dataclass(frozen=True, slots=True)
class Held:
    """A box and what it belongs to."""

    of: str
    box: Box


@dataclass(frozen=True, slots=True)
class Claim:
    """That what comes before and what comes after hold the same possible customers, beside each group of others.

    Args:
        sentence: what is claimed, in words.
        conditions: what each name of a box stands for, as text.
        space: the customers, over the axes that the boxes speak of.
        before: the boxes of the conditions before.
        after: those after.
        beside: groups of boxes; the customers of a group do not matter. There is one group at least, perhaps empty.
        proofs: for each group a proof for each box before and each box after; the boxes of a proof are numbered as
            those on the other side, those of the group, the impossible ones.
    """

    sentence: str
    conditions: Mapping[str, str]
    space: Space
    before: tuple[Held, ...]
    after: tuple[Held, ...]
    beside: tuple[tuple[Held, ...], ...]
    proofs: tuple[tuple[Proof, ...], ...]

    @property
    def assumptions(self) -> tuple[str, ...]:
        """The assumptions that the proofs rest on."""
        found: set[str] = set()
        for group, proofs in zip(self.beside, self.proofs, strict=True):
            for number, proof in enumerate(proofs):
                side = self.after if number < len(self.before) else self.before
                first = len(side) + len(group)
                used = {step[-1] for step in proof if step[0] in ("cut", "inside")}
                found.update(
                    self.space.broken[box - first]
                    for box in used
                    if isinstance(box, int) and first <= box < first + len(self.space.broken)
                )
        return tuple(sorted(found))


def customers_only(book: RuleBook) -> RuleBook:
    """Return a book that only says which customers there can be: with its assumptions and nothing else."""
    return RuleBook(book.name, book.version, book.vocabulary, assumptions=book.assumptions)


def customers_about(customers: RuleBook, conditions: Iterable[Condition]) -> RuleBook:
    """Return the book with those assumptions only that speak of what the conditions ask, or lead on from there."""
    asked = {one.attribute for condition in conditions for one in comparisons(condition)}
    left, kept = list(customers.assumptions), []
    while near := [one for one in left if not asked.isdisjoint(part.attribute for part in comparisons(one.always))]:
        asked.update(part.attribute for one in near for part in comparisons(one.always))
        kept += near
        left = [one for one in left if one not in near]
    return replace(customers, assumptions=tuple(sorted(kept, key=lambda one: one.id)))


def claim(
    customers: RuleBook,
    sentence: str,
    before: Iterable[Part],
    after: Iterable[Part],
    beside: Iterable[Iterable[Part]] = (),
) -> Claim | None:
    """Prove that the conditions before and after are true of the same customers, or return `None`.

    Args:
        customers: a book that says which customers there can be.
        sentence: what is claimed, in words.
        before: the conditions before.
        after: the conditions after.
        beside: groups of conditions; what is claimed holds beside each group, so that its customers do not matter.
    """
    first, second, groups = list(before), list(after), [list(group) for group in beside]
    conditions = [condition for parts in (first, second, *groups) for _, condition in parts]
    space = Space(customers_about(customers, conditions), also=conditions)
    old, new = _held(space, first), _held(space, second)
    others = [_held(space, group) for group in groups] or [()]
    proofs: list[tuple[Proof, ...]] = []
    for group in others:
        found: list[Proof] = []
        for these, those in ((old, new), (new, old)):
            union = space.union([held.box for held in (*those, *group)])
            for held in these:
                answer = union.cover(_region(space, held.box), budget=_BUDGET)
                if not isinstance(answer, Covered):
                    return None
                found.append(answer.proof)
        proofs.append(tuple(found))
    said = {name: show_condition(condition) for parts in (first, second, *groups) for name, condition in parts}
    return Claim(sentence, said, space, old, new, tuple(others), tuple(proofs))


def within(space: Space, boxes: Iterable[Box], union: Union) -> bool:
    """Whether it is proven that every possible customer of the boxes is in the union."""
    return all(isinstance(union.cover(_region(space, box), budget=_BUDGET), Covered) for box in boxes)


def _held(space: Space, parts: Sequence[Part]) -> tuple[Held, ...]:
    return tuple(Held(name, box) for name, condition in parts for box in space.boxes(condition))


def _region(space: Space, box: Box) -> Region:
    found = list(space.everyone)
    for axis, mask in box:
        found[axis] &= mask
    return tuple(found)
