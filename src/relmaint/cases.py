"""Does a book do what its analysts' cases say?

A case is one customer, one day, and what must be true of the plan. Cases stand beside the book they speak of, in files
`*.cases.yaml`; they are read with the same care as the book, and a failing one says what was planned instead, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from relmaint.customers import customer_from_node
from relmaint.diagnostics import Diagnostic, Related, Span, diagnostic, did_you_mean
from relmaint.model.action import Kind
from relmaint.model.attributes import plain
from relmaint.model.customer import Customer
from relmaint.model.plan import ActionPlan, PlannedAction, PlanStatus, WithheldAction
from relmaint.rulebook.layout import Entries, Entry, Item, Items, Layout, Style, Word, WordKind, show
from relmaint.rulebook.source import Mapping, Node, Scalar, compose, read_source
from relmaint.rulebook.source import Sequence as SequenceNode
from relmaint.text import LANGUAGES, Text
from relmaint.vocabulary import AS_OF, DateType, Vocabulary, parse_value, show_value

if TYPE_CHECKING:
    from pydantic import BaseModel

    from relmaint.engine import Engine

Value = TypeVar("Value")

__all__ = [
    "Case",
    "CaseResult",
    "Expectation",
    "expectation_of",
    "failures_of",
    "find_cases",
    "joined",
    "read_cases",
    "run_case",
    "write_cases",
]

_ENDINGS = (".cases.yaml", ".cases.yml")

Pairs = tuple[tuple[str, str], ...]
"""What is expected of some actions: (action, value), in the order of the file."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must be true of a plan; a field that is not given asks for nothing.

    Args:
        plans: actions that are planned, in any order.
        first: the action of the highest rank.
        before: actions that are planned in this relative order, the highest rank first.
        never: actions that are not planned.
        withheld: (action, rule): the action is withheld by this rule, row or guard.
        status: how the plan comes out.
        uncovered: exactly the kinds for which no rule speaks.
        due: (action, day): the last day to do it.
        owner: (action, owner): who does it.
        channel: (action, channels): exactly the channels that remain.
        needs: (action, action): the first is held until the second is done.
        not_before: (action, moment): the first permitted moment, local to the customer.
    """

    plans: tuple[str, ...] = ()
    first: str | None = None
    before: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    withheld: Pairs = ()
    status: PlanStatus | None = None
    uncovered: tuple[Kind, ...] | None = None
    due: tuple[tuple[str, date], ...] = ()
    owner: Pairs = ()
    channel: tuple[tuple[str, tuple[str, ...]], ...] = ()
    needs: Pairs = ()
    not_before: tuple[tuple[str, datetime], ...] = ()

    def actions(self) -> tuple[str, ...]:
        """Return every action that the expectation speaks of, each once, in the order of the fields."""
        first = () if self.first is None else (self.first,)
        pairs = (*self.withheld, *self.due, *self.owner, *self.channel, *self.needs, *self.not_before)
        named = (*self.plans, *first, *self.before, *self.never, *(name for name, _ in pairs))
        return tuple(dict.fromkeys((*named, *(needed for _, needed in self.needs))))


@dataclass(frozen=True, slots=True)
class Case:
    """One customer on one day, and what an analyst expects of the plan."""

    id: str
    as_of: date
    customer: BaseModel
    expect: Expectation
    title: Text | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How a case came out; each failure says what was expected, what came, and which rule withheld it."""

    case: Case
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether everything came as expected."""
        return not self.failures


def find_cases(book_path: str | Path) -> tuple[Path, ...]:
    """Return the case files of a book in the order of their paths.

    For a folder these are all below it; for a book in one file, those beside it and in the folder `cases` beside it.
    """
    path = Path(book_path)
    found = path.rglob("*") if path.is_dir() else (*path.parent.glob("*"), *path.parent.glob("cases/*"))
    return tuple(sorted(one for one in found if one.name.endswith(_ENDINGS) and one.is_file()))


def run_case(engine: Engine, case: Case) -> CaseResult:
    """Plan for the customer of the case, and compare the plan with what the case expects."""
    strangers = [name for name in case.expect.actions() if name not in engine.book.actions]
    if strangers:
        return CaseResult(case, tuple(_stranger(name, engine.book.actions) for name in strangers))
    plan = engine.plan(case.customer, as_of=case.as_of)
    return CaseResult(case, failures_of(case.expect, plan))


def failures_of(expect: Expectation, plan: ActionPlan) -> tuple[str, ...]:
    """Return everything in a plan that is not as expected, in sentences."""
    return tuple(failure for check in _CHECKS for failure in check(expect, plan))


def expectation_of(plan: ActionPlan, other: ActionPlan) -> Expectation:
    """Return what a plan has and another one has not: its actions, their order, owners, channels and times."""
    names = tuple(one.action for one in plan.actions)
    rivals = {one.action: one for one in other.actions}
    changed = [(one, rivals[one.action]) for one in plan.actions if one.action in rivals]
    order = [name for name in names if name in rivals]
    reordered = order != [name for name in rivals if name in order]
    return Expectation(
        plans=names,
        before=names if reordered else (),
        never=tuple(name for name in rivals if name not in names),
        status=plan.status,
        owner=tuple((a.action, a.owner) for a, b in changed if a.owner != b.owner and a.owner is not None),
        channel=tuple((a.action, a.channel) for a, b in changed if a.channel != b.channel),
        not_before=tuple(
            (a.action, a.not_before) for a, b in changed if a.not_before != b.not_before and a.not_before is not None
        ),
    )


def joined(expectations: Sequence[Expectation]) -> Expectation:
    """Return all that expectations about one plan ask for together.

    Raises:
        IndexError: there are none.
    """
    first = expectations[0]

    return replace(
        first,
        before=_merged(one.before for one in expectations),
        never=_merged(one.never for one in expectations),
        owner=_merged(one.owner for one in expectations),
        channel=_merged(one.channel for one in expectations),
        not_before=_merged(one.not_before for one in expectations),
    )


def _merged(parts: Iterable[tuple[Value, ...]]) -> tuple[Value, ...]:
    return tuple(dict.fromkeys(item for part in parts for item in part))


def write_cases(cases: Iterable[Case], vocabulary: Vocabulary) -> str:
    """Write cases as a file that `read_cases` reads back."""
    written = tuple(Item(_entries(_case_layout(case, vocabulary))) for case in cases)
    return show(Entries((Entry(Word("cases"), Items(written, Style.SPACED)),)))


def _case_layout(case: Case, vocabulary: Vocabulary) -> Iterator[tuple[str, Layout]]:
    yield "id", Word(case.id)
    if case.title is not None:
        yield "title", _entries((language, Word(text)) for language, text in _languages(case.title))
    yield "as_of", Word(case.as_of.isoformat(), WordKind.VALUE)
    yield "customer", _entries(_facts(case.customer, vocabulary))
    yield "expect", _entries(_expect_layout(case.expect))


def _languages(text: Text) -> Iterator[tuple[str, str]]:
    for language in LANGUAGES:
        if (one := getattr(text, language)) is not None:
            yield language, one


def _facts(customer: BaseModel, vocabulary: Vocabulary) -> Iterator[tuple[str, Layout]]:
    for attribute in vocabulary.attributes.values():
        if attribute.is_derived or attribute.name in (AS_OF, "id"):
            continue
        value = plain(getattr(customer, attribute.name))
        default = type(customer).model_fields[attribute.name].get_default(call_default_factory=False)
        if value == plain(default):
            continue
        if isinstance(value, frozenset):
            yield attribute.name, _listed_words(sorted(value))
        else:
            kind = WordKind.TEXT if isinstance(value, str | None) else WordKind.VALUE
            yield attribute.name, Word(show_value(value), kind)


def _expect_layout(expect: Expectation) -> Iterator[tuple[str, Layout]]:
    if expect.status is not None:
        yield "status", Word(str(expect.status))
    for key, words in (("plans", expect.plans), ("before", expect.before), ("never", expect.never)):
        if words:
            yield key, _listed_words(words)
    if expect.owner:
        yield "owner", _entries((name, Word(owner)) for name, owner in expect.owner)
    if expect.channel:
        yield "channel", _entries((name, _listed_words(words)) for name, words in expect.channel)
    if expect.not_before:
        moments = ((name, moment.isoformat(" ", "minutes")) for name, moment in expect.not_before)
        yield "not_before", _entries((name, Word(moment, WordKind.TEXT)) for name, moment in moments)


def _entries(pairs: Iterable[tuple[str, Layout]]) -> Entries:
    return Entries(tuple(Entry(Word(key), value) for key, value in pairs))


def _listed_words(words: Iterable[str]) -> Items:
    return Items(tuple(Item(Word(word)) for word in words))


def _stranger(name: str, known: Iterable[str]) -> str:
    hint = did_you_mean(name, known)
    return f"`{name}` is not an action of the book{f'; {hint}' if hint else ''}"


# --- comparing a plan with an expectation ----------------------------------------------------------------------------


def _planned(plan: ActionPlan, name: str) -> PlannedAction | None:
    return next((action for action in plan.actions if action.action == name), None)


def _withheld(plan: ActionPlan, name: str) -> WithheldAction | None:
    return next((action for action in plan.withheld if action.action == name), None)


def _fate(plan: ActionPlan, name: str) -> str:
    """Say what became of an action."""
    if (planned := _planned(plan, name)) is not None:
        return f"it is planned at rank {planned.rank} ({', '.join(reason.rule for reason in planned.reasons)})"
    if (withheld := _withheld(plan, name)) is not None:
        because = f" ({withheld.because.in_language('en')})" if withheld.because else ""
        return f"it was withheld at stage {withheld.stage} by `{withheld.rule}`{because}"
    return "no rule proposed it"


def _listed(plan: ActionPlan) -> str:
    return "the plan is " + (", ".join(action.action for action in plan.actions) or "empty")


def _check_plans(expect: Expectation, plan: ActionPlan) -> Iterator[str]:
    for name in expect.plans:
        if _planned(plan, name) is None:
            yield f"expected `{name}` to be planned; {_fate(plan, name)}; {_listed(plan)}"


def _check_first(expect: Expectation, plan: ActionPlan) -> Iterator[str]:
    if expect.first is not None and (not plan.actions or plan.actions[0].action != expect.first):
        yield f"expected `{expect.first}` at rank 1; {_fate(plan, expect.first)}; {_listed(plan)}"


def _check_before(expect: Expectation, plan: ActionPlan) -> Iterator[str]:
    missing = [name for name in expect.before if _planned(plan, name) is None]
    for name in missing:
        yield f"expected `{name}` in the order {', '.join(expect.before)}; {_fate(plan, name)}; {_listed(plan)}"
    order = [action.action for action in plan.actions if action.action in expect.before]
    if not missing and order != list(expect.before):
        yield f"expected the order {', '.join(expect.before)}; found {', '.join(order)}"


def _check_never(expect: Expectation, plan: ActionPlan) -> Iterator[str]:
    for name in expect.never:
        if _planned(plan, name) is not None:
            yield f"expected `{name}` not to be planned; {_fate(plan, name)}"


def _check_withheld(expect: Expectation, plan: ActionPlan) -> Iterator[str]:
    for name, rule in expect.withheld:
        found = _withheld(plan, name)
        if found is None or found.rule != rule:
            yield f"expected `{name}` to be withheld by `{rule}`; {_fate(plan, name)}"


def _check_status(expect: Expectation, plan: ActionPlan) -> Iterator[str]:
    if expect.status is not None and plan.status is not expect.status:
        yield f"expected the status {expect.status}; found {plan.status}; {_listed(plan)}"


def _check_uncovered(expect: Expectation, plan: ActionPlan) -> Iterator[str]:
    if expect.uncovered is not None and set(expect.uncovered) != set(plan.uncovered):
        wanted, found = (", ".join(kinds) or "none" for kinds in (expect.uncovered, plan.uncovered))
        yield f"expected the uncovered kinds {wanted}; found {found}"


def _check_due(expect: Expectation, plan: ActionPlan) -> Iterator[str]:
    return _check_field(expect.due, plan, "to be due on", lambda action: action.due)


def _check_owner(expect: Expectation, plan: ActionPlan) -> Iterator[str]:
    return _check_field(expect.owner, plan, "to be done by", lambda action: action.owner)


def _check_channel(expect: Expectation, plan: ActionPlan) -> Iterator[str]:
    wanted = tuple((name, ", ".join(sorted(channels))) for name, channels in expect.channel)
    return _check_field(wanted, plan, "to go by", lambda action: ", ".join(sorted(action.channel)))


def _check_not_before(expect: Expectation, plan: ActionPlan) -> Iterator[str]:
    return _check_field(expect.not_before, plan, "not before", lambda action: action.not_before)


def _check_field(
    wanted: Sequence[tuple[str, object]], plan: ActionPlan, what: str, read: Callable[[PlannedAction], object]
) -> Iterator[str]:
    for name, value in wanted:
        action = _planned(plan, name)
        if action is None:
            yield f"expected `{name}` {what} {value}; {_fate(plan, name)}"
        elif (found := read(action)) != value:
            changed = f" (changed by {', '.join(action.guards)})" if action.guards else ""
            yield f"expected `{name}` {what} {value}; found {'none' if found in (None, '') else found}{changed}"


def _check_needs(expect: Expectation, plan: ActionPlan) -> Iterator[str]:
    for name, needed in expect.needs:
        found = _withheld(plan, name)
        if found is None or found.needs != needed:
            yield f"expected `{name}` to be held until `{needed}` is done; {_fate(plan, name)}"


_CHECKS: tuple[Callable[[Expectation, ActionPlan], Iterator[str]], ...] = (
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


# --- reading a file --------------------------------------------------------------------------------------------------

_CASE_KEYS = ("id", "title", "as_of", "customer", "expect")
_EXPECT_KEYS = tuple(one.name for one in fields(Expectation))

Member = TypeVar("Member", bound=StrEnum)


def read_cases(path: str | Path, model: type[BaseModel] = Customer) -> tuple[tuple[Case, ...], tuple[Diagnostic, ...]]:
    """Read a file of cases; a case with a finding is left out, and the others are kept.

    Args:
        path: the file.
        model: the customer model of the book that the cases are for.
    """
    source = read_source(Path(path))
    if isinstance(source, Diagnostic):
        return (), (source,)
    node, problems = compose(source)
    if node is None:
        return (), tuple(problems)
    reader = _Reader(model, list(problems))
    cases = tuple(reader.cases(node))
    return cases, tuple(reader.findings)


@dataclass(slots=True)
class _Reader:
    """Reads the nodes of one file, and keeps everything that is wrong with them."""

    model: type[BaseModel]
    findings: list[Diagnostic]

    def cases(self, node: Node) -> Iterator[Case]:
        """Yield the cases of a whole file that have nothing wrong with them."""
        seen: dict[str, Span] = {}
        for item in self._list_of_cases(node):
            before = len(self.findings)
            case = self._case(item)
            if case is None or len(self.findings) > before:
                continue
            if case.id in seen:
                first = (Related(seen[case.id], "the first case of this id"),)
                self._bad(f"two cases have the id `{case.id}`", item.span, "rename one of them", first)
                continue
            seen[case.id] = item.span
            yield case

    def _list_of_cases(self, node: Node) -> tuple[Node, ...]:
        before = len(self.findings)
        if isinstance(node, Mapping):
            listed = self._entries(node, ("cases",), "a file of cases").get("cases")
            if isinstance(listed, SequenceNode):
                return tuple(listed.items)
        if len(self.findings) == before:
            self._bad("the file holds no list of cases", node.span, "write `cases:` and below it `- id: …`")
        return ()

    def _case(self, node: Node) -> Case | None:
        if not isinstance(node, Mapping):
            self._bad("a case is a mapping", node.span, f"write it with the keys {', '.join(_CASE_KEYS)}")
            return None
        entries = self._entries(node, _CASE_KEYS, "a case")
        missing = [key for key in ("id", "as_of", "customer", "expect") if key not in entries]
        if missing:
            self._bad(f"the case has no `{missing[0]}`", node.span, f"add `{missing[0]}:`")
            return None
        name = self._word(entries["id"], "`id`")
        as_of = self._day(entries["as_of"], "`as_of`")
        customer, problems = customer_from_node(entries["customer"], self.model, customer_id=name)
        self.findings.extend(problems)
        expect = self._expectation(entries["expect"])
        if name is None or as_of is None or customer is None or expect is None:
            return None
        title = self._text(entries["title"]) if "title" in entries else None
        return Case(name, as_of, customer, expect, title, node.span)

    def _expectation(self, node: Node) -> Expectation | None:
        if not isinstance(node, Mapping) or not node.entries:
            self._bad("the case expects nothing", node.span, f"write at least one of {', '.join(_EXPECT_KEYS)}")
            return None
        given = self._entries(node, _EXPECT_KEYS, "`expect`")

        def words(key: str) -> tuple[str, ...]:
            return self._words(given[key], f"`{key}`") if key in given else ()

        def pairs(key: str, read: Callable[[Node, str], Value | None]) -> tuple[tuple[str, Value], ...]:
            return self._pairs(given[key], key, read) if key in given else ()

        if "before" in given and len(words("before")) == 1:
            self._bad("an order needs two actions", given["before"].span, "name the actions, the first one first")
        return Expectation(
            plans=words("plans"),
            first=self._word(given["first"], "`first`") if "first" in given else None,
            before=words("before"),
            never=words("never"),
            withheld=pairs("withheld", self._word),
            status=self._member(PlanStatus, given["status"], "`status`") if "status" in given else None,
            uncovered=self._members(Kind, given["uncovered"], "`uncovered`") if "uncovered" in given else None,
            due=pairs("due", self._day),
            owner=pairs("owner", self._word),
            channel=pairs("channel", self._words),
            needs=pairs("needs", self._word),
            not_before=pairs("not_before", self._moment),
        )

    def _entries(self, node: Mapping, known: Sequence[str], what: str) -> dict[str, Node]:
        for key, _ in node.entries:
            if key.text not in known:
                hint = did_you_mean(key.text, known) or f"the keys are {', '.join(known)}"
                self._bad(f"`{key.text}` is not a key of {what}", key.span, hint)
        return {key.text: value for key, value in node.entries if key.text in known}

    def _word(self, node: Node, what: str) -> str | None:
        if isinstance(node, Scalar) and node.text:
            return node.text
        self._bad(f"{what} is one word", node.span, "write a single word")
        return None

    def _words(self, node: Node, what: str) -> tuple[str, ...]:
        items = node.items if isinstance(node, SequenceNode) else (node,)
        return tuple(word for item in items if (word := self._word(item, f"each entry of {what}")) is not None)

    def _pairs(self, node: Node, key: str, read: Callable[[Node, str], Value | None]) -> tuple[tuple[str, Value], ...]:
        if not isinstance(node, Mapping):
            self._bad(f"`{key}` is a mapping from actions", node.span, f"write `{key}: {{action: …}}`")
            return ()
        found = ((name.text, read(value, f"`{key}` of `{name.text}`")) for name, value in node.entries)
        return tuple((name, value) for name, value in found if value is not None)

    def _member(self, enum: type[Member], node: Node, what: str) -> Member | None:
        known = [str(member) for member in enum]
        if isinstance(node, Scalar) and node.text in known:
            return enum(node.text)
        hint = did_you_mean(node.text, known) if isinstance(node, Scalar) else None
        self._bad(f"{what} is one of {', '.join(known)}", node.span, hint)
        return None

    def _members(self, enum: type[Member], node: Node, what: str) -> tuple[Member, ...]:
        items = node.items if isinstance(node, SequenceNode) else (node,)
        return tuple(member for item in items if (member := self._member(enum, item, what)) is not None)

    def _day(self, node: Node, what: str) -> date | None:
        try:
            day = parse_value(DateType(), node.text if isinstance(node, Scalar) else "")
        except ValueError as problem:
            self._bad(f"{what}: {problem}", node.span, "write the day as 2026-01-31")
            return None
        assert isinstance(day, date), "a date type gives dates; please report this"
        return day

    def _moment(self, node: Node, what: str) -> datetime | None:
        text = node.text if isinstance(node, Scalar) else ""
        try:
            if len(text) == len("2026-01-31 09:00"):
                return datetime.fromisoformat(text)
        except ValueError:
            pass
        self._bad(f"{what} is not a moment", node.span, 'write it as "2026-01-31 09:00", in the local time')
        return None

    def _text(self, node: Node) -> Text | None:
        if isinstance(node, Scalar):
            return Text.plain(node.text)
        if isinstance(node, Mapping):
            given = self._entries(node, LANGUAGES, "`title`")
            parts = {language: self._word(value, "`title`") for language, value in given.items()}
            return Text(parts.get("zh"), parts.get("en"))
        self._bad("`title` is a text", node.span, "write `title: {zh: …, en: …}`")
        return None

    def _bad(self, message: str, span: Span, help: str | None = None, related: Sequence[Related] = ()) -> None:
        self.findings.append(diagnostic("bad-case", message, span, help=help, related=related))
