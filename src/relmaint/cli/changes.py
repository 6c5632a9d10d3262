"""How does a person, or a program, read the difference of two plans?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from relmaint.explain.words import say
from relmaint.text import Language

if TYPE_CHECKING:
    from relmaint.ir.rules import RuleBook
    from relmaint.verify.diff import Change
    from relmaint.verify.plans import Step

__all__ = ["Teller", "change_data", "step_data"]


def change_data(change: Change) -> dict[str, Any]:
    """Return how two plans differ, as JSON holds it."""
    return {
        "gained": list(change.gained),
        "lost": list(change.lost),
        "altered": [
            {"action": one.action, "before": step_data(one), "after": step_data(other)} for one, other in change.altered
        ],
        "moved": [{"action": one, "above": other} for one, other in change.moved],
    }


def step_data(step: Step) -> dict[str, Any]:
    """Return a step of a plan, as JSON holds it."""
    return {name: str(value) if name == "until" else value for name, value in asdict(step).items() if value is not None}


class Teller:
    """Says in words how plans differ.

    Args:
        books: the books that name things; the first that knows a name decides how it is called.
        language: the language of the sentences.
    """

    def __init__(self, books: Sequence[RuleBook], language: Language) -> None:
        """Keep them."""
        self.books, self.language = books, language

    def title(self, action: str) -> str:
        """Return the title of an action."""
        entry = next((book.actions[action] for book in self.books if action in book.actions), None)
        return entry.title.in_language(self.language) if entry is not None else action

    def term(self, group: str, word: str) -> str:
        """Return what people call a word; a word of one book only is called as that book says."""
        from relmaint.explain.text import term

        said = (term(book, group, word, self.language) for book in self.books)
        return next((one for one in said if one != word), word)

    def changes(self, said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield what differs, as `change_data` holds it: the kind of difference, and a sentence."""
        for name in said["gained"]:
            yield "gained", say("gains", self.language, title=self.title(name))
        for name in said["lost"]:
            yield "lost", say("loses", self.language, title=self.title(name))
        for one in said["altered"]:
            for field in ("owner", "channel", "until"):
                before, after = (self._part(field, one[side].get(field)) for side in ("before", "after"))
                if before != after:
                    title = self.title(one["action"])
                    yield "altered", say(f"altered-{field}", self.language, title=title, before=before, after=after)
        for one in said["moved"]:
            title, other = self.title(one["action"]), self.title(one["above"])
            yield "moved", say("moved-above", self.language, title=title, other=other)

    def _part(self, field: str, value: object) -> str:
        """Return the owner, channels or time of a step in words."""
        match value:
            case None | () | []:
                return say("none", self.language)
            case str() if field == "owner":
                return self.term("owner", value)
            case tuple() | list():
                return say("list", self.language).join(self.term("channel", str(one)) for one in value)
            case _:
                return str(value)
