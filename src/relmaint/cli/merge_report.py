"""What is said of a merge of two edits: what clashes, whose plans are in conflict, what was edited?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relmaint import __version__
from relmaint.cli.changes import Teller, change_data
from relmaint.cli.editions import Edition
from relmaint.cli.folders import Others
from relmaint.cli.options import settings
from relmaint.cli.plan import FORMAT_VERSION
from relmaint.cli.render import is_colored
from relmaint.diagnostics import Diagnostic, Related, Span, diagnostic
from relmaint.diagnostics.render import diagnostic_data, render_finding
from relmaint.engine import Engine
from relmaint.explain.conditions import condition_text
from relmaint.explain.words import say
from relmaint.rulebook.dressing import bare
from relmaint.rulebook.layout import Comments, Entries, Entry, Item, Items, show
from relmaint.rulebook.merging import values_of
from relmaint.rulebook.parts import role_of
from relmaint.verify.involved import involved
from relmaint.verify.merge import Contest
from relmaint.verify.witness import Witness, Witnesses
from relmaint.verify.words import where

if TYPE_CHECKING:
    from relmaint.rulebook.merging import Written
    from relmaint.rulebook.parts import Files, Key
    from relmaint.verify.combine import Clash
    from relmaint.verify.diff import Change
    from relmaint.verify.merge import Contested, Merge

__all__ = ["Report", "rendered"]

_SIDES = ("ours", "theirs")

_SHOWN = 5
"""So many of the parts that are not decided are shown to a person; a document holds all."""


@dataclass(frozen=True, slots=True)
class _Example:
    """Customers in conflict, one of them if one was found, and the edits that speak of that one.

    Args:
        edits: the side, role and id of each edit.
    """

    contested: Contested
    witness: Witness | None
    edits: tuple[tuple[str, str, str], ...]


class Report:
    """What is said of a merge.

    Args:
        editions: the three versions: before, ours, theirs.
        files: their files, in the same order.
        found: what became of the book.
        others: what became of the files that are no part of it.
    """

    def __init__(self, editions: Sequence[Edition], files: Sequence[Files], found: Merge, others: Others) -> None:
        """Keep them."""
        self.editions, self.files, self.found, self.others = editions, files, found, others

    # Findings

    def findings(self) -> Iterator[Diagnostic]:
        """Yield what clashes, in statements and in other files."""
        for clash in self.found.clashes:
            yield self._finding(clash)
        for name, message in self.others.conflicts.items():
            yield diagnostic("merge-conflict", f"file `{name}`: {message}", None)

    def _finding(self, clash: Clash) -> Diagnostic:
        name = f"{clash.role} `{clash.id}`" if clash.id else clash.role
        places = [*self._places(clash)]
        first = places[0][0] if places else None
        related = [Related(span, label) for span, label in places[1:]]
        return diagnostic("merge-conflict", f"{name}: {clash.message}", first, related=related)

    def _places(self, clash: Clash) -> Iterator[tuple[Span, str]]:
        """Yield where a clash stands, in ours and in theirs; where one of them has nothing, in the version before."""
        key = key_of(clash.role, clash.id, self.files)
        base, ours, theirs = (side.places.get(key) if key is not None else None for side in self.files)
        found: dict[int, Span] = {}
        for span in (clash.ours, clash.theirs):
            if span is not None:
                found |= {side: span for side in (1, 2) if self.editions[side].holds(span)}
        found = {side: span for side, span in ((1, ours), (2, theirs)) if span is not None} | found
        if key is not None and clash.role != "row":
            found = {side: self.files[side].keys.get((key, clash.part), span) for side, span in found.items()}
        if len(found) < len(_SIDES) and base is not None:
            found[0] = base
        for side in sorted(found, key=lambda side: side or len(self.editions)):
            yield self.editions[side].shown(found[side]), ("before", *_SIDES)[side]

    # Customers in conflict

    @cached_property
    def examples(self) -> tuple[_Example, ...]:
        """The customers in conflict, each region with one of them."""
        space = self.found.space
        witnesses = Witnesses(self.editions[1].book.vocabulary, space.axes)
        return tuple(
            self._example(one, witnesses.customer(one.possible, impossible=space.impossible))
            for one in self.found.contested
        )

    def _example(self, contested: Contested, witness: Witness | None) -> _Example:
        actions = {name for change in (contested.ours, contested.theirs, contested.found) for name in _actions(change)}
        edits: list[tuple[str, str, str]] = []
        base = self.editions[0].book
        for side, edited in zip(_SIDES, self.editions[1:], strict=True):
            if witness is not None:
                edits += [(side, *one) for one in involved(base, edited.book, witness.facts, actions)]
        return _Example(contested, witness, tuple(edits))

    def _region(self, example: _Example) -> dict[str, Any]:
        one, space = example.contested, self.found.space
        condition = where(one.region, space.axes, space.everyone)
        return {
            "why": str(one.contest),
            "when": self.found.condition(one.region),
            "in_words": condition_text(condition, self.editions[1].book, settings().language),
            **{name: change_data(getattr(one, name)) for name in (*_SIDES, "found")},
            "example": None if example.witness is None else self._plans(example.witness),
            "edits": [self._edit(*edit) for edit in example.edits],
        }

    def _plans(self, witness: Witness) -> dict[str, Any]:
        plans = {
            name: [one.action for one in engine.plan(witness.customer, as_of=witness.as_of).actions]
            for name, engine in self.engines.items()
        }
        return {"customer": witness.record(), **plans}

    @cached_property
    def engines(self) -> dict[str, Engine]:
        """An engine for each version, and for the merged book when there is one."""
        books = {name: one.book for name, one in zip(("before", *_SIDES), self.editions, strict=True)}
        return {
            name: Engine(book)
            for name, book in {**books, **({} if self.found.book is None else {"merged": self.found.book})}.items()
        }

    def _edit(self, side: str, role: str, name: str) -> dict[str, Any]:
        place = self._place(side, role, name)
        return {"side": side, "role": role, "id": name, "place": None if place is None else str(place)}

    def _place(self, side: str, role: str, name: str) -> Span | None:
        """Return where an edited statement stands: on its side, or before when the side removed it."""
        for number in (1 + _SIDES.index(side), 0):
            edition, files = self.editions[number], self.files[number]
            rows = {row.id: row.span for table in edition.book.tables for row in table.rows}
            key = key_of(role, name, [files])
            span = rows.get(name) if role == "row" else files.places.get(key) if key is not None else None
            if span is not None:
                return edition.shown(span)
        return None

    # Everything

    def edits(self) -> Iterator[dict[str, Any]]:
        """Yield which parts of the book each side edited."""
        base, ours, theirs = (dict(values_of(one.book)) for one in self.editions)
        for key in sorted({*base, *ours, *theirs}):
            kinds = {
                name: _kind(base.get(key), side.get(key)) for name, side in zip(_SIDES, (ours, theirs), strict=True)
            }
            if any(kinds.values()) and not (key[0] == "terms" and len(key) == 2):
                role, name = role_of(key)
                yield {"role": role, "id": name, **kinds}

    def document(self, written: Written | None, output: Path | None) -> dict[str, Any]:
        """Return all of it, as JSON holds it."""
        refs = {name: engine.ref for name, engine in self.engines.items()}
        merged = refs.pop("merged", None)
        anew = [role_of(key) for key in written.anew] if written is not None else []
        return {
            **{
                name: {"from": one.name, "name": ref.name, "version": ref.version, "digest": ref.digest}
                for (name, ref), one in zip(refs.items(), self.editions, strict=True)
            },
            "merged": None
            if merged is None
            else {"name": merged.name, "version": merged.version, "digest": merged.digest},
            "clean": self.is_clean,
            "clashes": [diagnostic_data(one) for one in self.findings()],
            "contested": [self._region(one) for one in self.examples],
            "undecided": list(self.found.undecided),
            "edits": list(self.edits()),
            "files": dict(self.others.taken),
            "written": str(output) if written is not None else None,
            "anew": [{"role": role, "id": name} for role, name in anew],
        }

    @property
    def is_clean(self) -> bool:
        """Whether nothing is in conflict, and all is proven."""
        return self.found.is_clean and not self.others.conflicts

    # Comments in a draft

    def comments(self) -> dict[Key, list[str]]:
        """Return the comments that mark in a draft what is in conflict, by the parts that they stand above."""
        found: dict[Key, list[str]] = {}
        for clash in self.found.clashes:
            key = key_of(clash.role, clash.id, self.files) or ("book",)
            found.setdefault(key, []).extend(self._clash_comment(key, clash))
        for example in self.examples:
            for line, keys in self._contest_comments(example):
                for key in keys:
                    found.setdefault(key, []).append(line)
        return found

    def _clash_comment(self, key: Key, clash: Clash) -> Iterator[str]:
        said = f"{clash.role} `{clash.id}`: {clash.message}" if clash.id else clash.message
        ours, theirs = (side.parts.get(key) for side in self.files[1:])
        if ours is None or theirs is None:
            yield f"# conflict: {said}; this is what {'theirs' if ours is None else 'ours'} has"
        elif bare(ours.value) == bare(theirs.value):
            yield f"# conflict: {said}"
        else:
            yield f"# conflict: {said}; theirs is:"
            yield from (f"#   {line}" for line in _shown(theirs))

    def _contest_comments(self, example: _Example) -> Iterator[tuple[str, set[Key]]]:
        one = example.contested
        teller = Teller([edition.book for edition in self.editions[:0:-1]], "en")
        sides = []
        for side, change in zip(_SIDES, (one.ours, one.theirs), strict=True):
            told = [line for _, line in teller.changes(change_data(change))]
            sides.append(f"{side} {', '.join(told) or say('merge-same', 'en')}")
        keys = {key_of(role, name, self.files) for _, role, name in example.edits}
        kept = {key for key in keys if key is not None and key in self._merged_keys}
        yield (
            f"# conflict: for customers with {self.found.condition(one.region)}: {'; '.join(sides)}",
            kept or {("book",)},
        )

    @cached_property
    def _merged_keys(self) -> set[Key]:
        return {key for key, _ in values_of(self.found.draft)}


def _actions(change: Change) -> Iterator[str]:
    yield from change.gained
    yield from change.lost
    yield from (one.action for one, _ in change.altered)
    yield from (name for pair in change.moved for name in pair)


def _kind(old: object, new: object) -> str | None:
    if old == new:
        return None
    return "added" if old is None else "removed" if new is None else "changed"


def _shown(part: Item | Entry) -> list[str]:
    plain = replace(part, value=bare(part.value), comments=Comments())
    return show(Items((plain,)) if isinstance(plain, Item) else Entries((plain,))).splitlines()


_KEYS = {
    "rule": ("rules",),
    "table": ("tables",),
    "guard": ("guards",),
    "assumption": ("assume",),
    "invariant": ("invariants",),
    "action": ("actions",),
    "severity of": ("checks", "severity"),
}


def key_of(role: str, name: str, sides: Iterable[Files]) -> Key | None:
    """Return the part of a book that a role and an id name; a row belongs to its table."""
    words = role.split("`")
    if role in _KEYS:
        return (*_KEYS[role], name)
    if role == "row":
        table = name.partition("#")[0]
        return next((key for side in sides for key in side.parts if key == ("tables", table)), None)
    if role.startswith("term of"):
        return ("terms", words[1], name)
    if role.startswith("boost of"):
        return ("rules", words[1])
    if role == "exception":
        return ("checks", "except", *name.split(" at ", 1))
    return ("book",) if role == "book" else None


# Forms ---------------------------------------------------------------------------------------------------------------


def rendered(report: Report, written: Written | None, output: Path | None, format_: str) -> str:
    """Return the report as a text: `text`, `json` or `markdown`."""
    document = report.document(written, output)
    if format_ == "json":
        head = {"format_version": FORMAT_VERSION, "tool": f"relmaint {__version__}"}
        return json.dumps({**head, **document}, ensure_ascii=False, indent=2) + "\n"
    writer = _Writer(report, document, output)
    lines = writer.markdown() if format_ == "markdown" else writer.text()
    return "".join(f"{line}\n" for line in lines)


class _Writer:
    """Writes a report for a person."""

    def __init__(self, report: Report, document: Mapping[str, Any], output: Path | None) -> None:
        self.report, self.document, self.output = report, document, output
        self.language = settings().language
        self.teller = Teller([one.book for one in report.editions[:0:-1]], self.language)

    def say(self, key: str, **values: object) -> str:
        return say(key, self.language, **values)

    # Shared

    def head(self) -> str:
        names = (one.name for one in self.report.editions)
        base, ours, theirs = names
        return self.say("merge-title", base=base, ours=ours, theirs=theirs)

    def verdict(self) -> str:
        if self.document["clean"]:
            return self.say("merge-clean")
        counts = {
            "merge-clashes": len(self.report.found.clashes),
            "merge-contested": len(self.document["contested"]),
            "merge-open": len(self.document["undecided"]),
            "merge-files": len(self.report.others.conflicts),
        }
        return self.say("semicolon").join(self.say(key, count=count) for key, count in counts.items() if count)

    def outcome(self) -> str | None:
        if self.document["written"] is not None:
            return self.say("merge-written" if self.document["clean"] else "merge-draft", path=self.output)
        return self.say("merge-not-written") if self.output is not None else None

    def changes(self, region: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield who changes the plans of a region, and how in words."""
        for name, label in (("ours", "ours"), ("theirs", "theirs"), ("found", "merge-found")):
            told = [line for _, line in self.teller.changes(region[name])]
            if told or name != "found":
                yield self.say(label), self.say("semicolon").join(told) or self.say("merge-same")

    def plans(self, example: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name, label in (("before", "base-plan"), ("ours", "ours"), ("theirs", "theirs"), ("merged", "merged")):
            if name in example:
                yield self.say(label), ", ".join(example[name]) or self.say("empty-plan")

    def why(self, region: Mapping[str, Any]) -> str:
        return self.say("merge-both" if region["why"] == Contest.BOTH else "merge-interaction")

    def undecided(self, mark: str = "") -> Iterator[str]:
        """Yield what was not decided, the simplest conditions first, and how many more there are."""
        found = sorted(self.document["undecided"], key=lambda one: (len(one), one))
        yield from (f"{mark}{one}{mark}" for one in found[:_SHOWN])
        if len(found) > _SHOWN:
            yield self.say("merge-more", count=len(found) - _SHOWN)

    def edit(self, edit: Mapping[str, Any]) -> str:
        said = [f"{self.say(side)} {self.say('edit-' + edit[side])}" for side in _SIDES if edit[side]]
        return self.say("comma").join(said)

    # Text

    def text(self) -> Iterator[str]:
        yield f"{self.head()}{self.say('colon')}{self.verdict()}"
        for finding in self.report.findings():
            yield ""
            yield render_finding(finding, color=is_colored(sys.stdout))
        for number, region in enumerate(self.document["contested"], start=1):
            yield ""
            yield from self.region(number, region)
        yield from self.listed("diff-undecided", self.undecided())
        if not self.document["edits"]:
            yield ""
            yield self.say("merge-no-edits")
        yield from self.listed("merge-edits", (f"{_name(one)}: {self.edit(one)}" for one in self.document["edits"]))
        yield from self.listed("merge-anew", (_name(one) for one in self.document["anew"]))
        files = self.document["files"].items()
        yield from self.listed("merge-others", (f"{name}: {self.say('edit-' + what)}" for name, what in files))
        outcome = self.outcome()
        if outcome is not None:
            yield ""
            yield outcome

    def listed(self, title: str, lines: Iterable[str]) -> Iterator[str]:
        found = list(lines)
        if found:
            yield ""
            yield f"{self.say(title)}{self.say('colon')}".rstrip()
            yield from (f"  {line}" for line in found)

    def region(self, number: int, region: Mapping[str, Any]) -> Iterator[str]:
        yield f"{number}. {region['in_words']}"
        yield f"   {region['when']}"
        yield f"   {self.why(region)}"
        yield from (f"   {who}{self.say('colon')}{how}" for who, how in self.changes(region))
        example = region["example"]
        if example is None:
            yield f"   {self.say('no-example')}"
            return
        yield f"   {self.say('for-example')} {example['customer']}"
        yield from (f"     {who}{self.say('colon')}{plan}" for who, plan in self.plans(example))
        if region["edits"]:
            yield f"   {self.say('merge-involved')}{self.say('colon')}".rstrip()
            yield from (f"     {self.say(one['side'])} {_name(one)}{_at(one)}" for one in region["edits"])

    # Markdown

    def markdown(self) -> Iterator[str]:
        yield f"## {self.head()}"
        yield ""
        verdict = self.verdict()
        stop = "。" if self.language == "zh" else "."
        yield f"{verdict[0].upper()}{verdict[1:].removesuffix(stop)}{stop}"
        findings = list(self.report.findings())
        if findings:
            yield ""
            yield from (f"- {_line(finding)}" for finding in findings)
        for number, region in enumerate(self.document["contested"], start=1):
            yield ""
            yield f"### {number}. {region['in_words']}"
            yield ""
            yield f"`{region['when']}`"
            yield ""
            yield self.why(region)
            yield ""
            yield from (f"- {who}{self.say('colon')}{how}" for who, how in self.changes(region))
            yield from self.markdown_example(region)
        for title, lines in (
            ("diff-undecided", list(self.undecided("`"))),
            ("merge-edits", [f"{_name(one)}: {self.edit(one)}" for one in self.document["edits"]]),
            ("merge-anew", [_name(one) for one in self.document["anew"]]),
            (
                "merge-others",
                [f"`{name}`: {self.say('edit-' + what)}" for name, what in self.document["files"].items()],
            ),
        ):
            if lines:
                yield ""
                yield f"### {self.say(title)}"
                yield ""
                yield from (f"- {line}" for line in lines)

    def markdown_example(self, region: Mapping[str, Any]) -> Iterator[str]:
        example = region["example"]
        if example is None:
            yield ""
            yield self.say("no-example")
            return
        plans = list(self.plans(example))
        yield ""
        yield f"{self.say('for-example')} `{example['customer']}`"
        yield ""
        yield f"| {' | '.join(who for who, _ in plans)} |"
        yield f"| {' | '.join('---' for _ in plans)} |"
        yield f"| {' | '.join('<br>'.join(plan.split(', ')) for _, plan in plans)} |"
        if region["edits"]:
            yield ""
            yield f"{self.say('merge-involved')}{self.say('colon')}".rstrip()
            yield ""
            yield from (f"- {self.say(one['side'])} {_name(one)}{_at(one)}" for one in region["edits"])


def _name(one: Mapping[str, Any]) -> str:
    return f"{one['role']} `{one['id']}`" if one["id"] else str(one["role"])


def _at(one: Mapping[str, Any]) -> str:
    return "" if one["place"] is None else f" ({one['place']})"


def _line(finding: Diagnostic) -> str:
    places = [finding.span, *(one.span for one in finding.related)]
    return f"{finding.message} ({', '.join(f'`{span}`' for span in places if span is not None)})".replace(" ()", "")
