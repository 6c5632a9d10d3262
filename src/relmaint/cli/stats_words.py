"""What are the counts of a customer base called, on a terminal and on a page?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from relmaint.explain.text import term
from relmaint.explain.words import say
from relmaint.text import Language

if TYPE_CHECKING:
    from relmaint.ir.rules import RuleBook

__all__ = ["Teller"]


class Teller:
    """Finds the words of a book and of the library for what was counted."""

    def __init__(self, book: RuleBook, language: Language) -> None:
        self.book, self.language = book, language

    def say(self, key: str, **values: object) -> str:
        """Return words of the library."""
        return say(key, self.language, **values)

    def title(self, action: str) -> str:
        """Return what an action is called."""
        return self.book.actions[action].title.in_language(self.language)

    def owner(self, owner: str) -> str:
        """Return what an owner is called."""
        return self.say("nobody-owns") if owner == "nobody" else term(self.book, "owner", owner, self.language)

    def stage(self, stage: str) -> str:
        """Return what a stage that withholds actions is called."""
        return self.say(f"stage-{stage}")

    def attribute(self, name: str) -> str:
        """Return what an attribute is called."""
        label = self.book.vocabulary[name].label
        return label.in_language(self.language) if label is not None else name

    def word(self, axis: str, word: str) -> str:
        """Return what a word of an axis is called."""
        return self.say("unknown") if word == "unknown" else term(self.book, axis, word, self.language)

    def heading(self, told: Mapping[str, Any]) -> str:
        """Return what was counted: how many customers, on which day, by which book."""
        book = told["book"]
        return self.say(
            "stats-heading", count=told["customers"], day=told["as_of"], name=book["name"], version=book["version"]
        )

    def statuses(self, told: Mapping[str, Any]) -> Iterator[str]:
        """Yield how the plans came out, a line each."""
        for status, count in told["status"].items():
            yield self.say(f"stats-with-{status}", count=count)
        yield self.say("stats-rejected", count=told["rejected"])
        yield self.say("stats-distinct", count=told["plans"])

    def withheld_by(self, one: Mapping[str, Any]) -> str:
        """Return how many customers something left without an action."""
        return self.say("stats-emptied", count=one["customers"], rule=one["rule"], stage=self.stage(one["stage"]))

    def combination(self, one: Mapping[str, Any]) -> str:
        """Return which customers have no plan, how many, and whom to look at."""
        axes = [name for name in one if name not in ("customers", "example")]
        words = " × ".join(self.word(axis, one[axis]) for axis in axes) or self.say("stats-everybody")
        line = f"{words}{self.say('colon')}{self.say('customers', count=one['customers'])}"
        if unknown := [self.attribute(axis) for axis in axes if one[axis] == "unknown"]:
            line += self.say("semicolon") + self.say("unknown-facts", names=self.say("list").join(unknown))
        if one["example"] is not None:
            line += self.say("semicolon") + self.say("stats-example", customer=one["example"])
        return line
