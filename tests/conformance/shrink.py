"""What is the least of a book, and of what is known of a customer, that still shows something?

Parts are taken out one after the other, as long as what was to be shown is shown without them: statements, rows,
actions, keys, words of lists, parts of conditions, facts. What is left has no part that could go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from tests.conformance.reader import Json

__all__ = ["shrunk", "smaller_books", "smaller_facts"]

Keeps = Callable[[Json, Json], bool]
"""Whether a book and a customer still show what they are to show."""


def shrunk(book: Json, facts: Json, keeps: Keeps) -> tuple[Json, Json]:
    """Return the least book and facts that still show it, one part after the other taken out."""
    going = True
    while going:
        going = False
        for other in smaller_facts(facts):
            if keeps(book, other):
                facts, going = other, True
        skip = 0
        while True:
            for place, smaller in enumerate(smaller_books(book)):
                if place >= skip and keeps(smaller, facts):
                    book, skip, going = smaller, place, True
                    break
            else:
                break
    return book, facts


def smaller_facts(facts: Json) -> Iterator[Json]:
    """Yield the facts without one; the day and the tier are always known."""
    for name in facts:
        if name not in ("as_of", "tier"):
            yield {other: value for other, value in facts.items() if other != name}


def smaller_books(book: Json) -> Iterator[Json]:
    """Yield the books with one part less, all of them valid as far as a look at the part can tell."""
    for section in ("guards", "tables", "rules"):
        for one in book[section]:
            yield _without_statement(book, section, one)
    for table in book["tables"]:
        for row in table["rows"] if len(table["rows"]) > 1 else ():
            yield _without_row(book, row["id"])
    for one in book["actions"] if len(book["actions"]) > 1 else ():
        found = _without_action(book, one["id"])
        if found is not None:
            yield found
    for kind in book["covers"]:
        yield book | {"covers": [one for one in book["covers"] if one != kind]}
    for section in ("actions", "rules", "tables", "guards"):
        for place, one in enumerate(book[section]):
            for smaller in _SMALLER[section](one):
                yield book | {section: [*book[section][:place], smaller, *book[section][place + 1 :]]}


def _without_statement(book: Json, section: str, one: Json) -> Json:
    found = book | {section: [other for other in book[section] if other is not one]}
    gone = {row["id"] for row in one["rows"]} if section == "tables" else {one["id"]}
    return _without_overrides(found, gone)


def _without_row(book: Json, name: str) -> Json:
    tables = [one | {"rows": [row for row in one["rows"] if row["id"] != name]} for one in book["tables"]]
    return _without_overrides(book | {"tables": tables}, {name})


def _without_overrides(book: Json, gone: set[str]) -> Json:
    rules = []
    for one in book["rules"]:
        rule = one
        if not gone.isdisjoint(one.get("overrides", ())):
            rule = _with_list(one, "overrides", [name for name in one["overrides"] if name not in gone])
        if _does_something(rule):
            rules.append(rule)
    if len(rules) < len(book["rules"]):
        kept = {one["id"] for one in rules}
        dropped = {one["id"] for one in book["rules"]} - kept
        return _without_overrides(book | {"rules": rules}, dropped)
    return book | {"rules": rules}


def _does_something(rule: Json) -> bool:
    return any(key in rule for key in ("do", "boost", "overrides"))


def _with_list(one: Json, key: str, words: Any) -> Json:
    """Return the mapping with a list that is left out when it is empty."""
    rest = {name: value for name, value in one.items() if name != key}
    return {name: words if name == key else value for name, value in one.items()} if words else rest


def _without_action(book: Json, name: str) -> Json | None:
    """Return the book without an action, wherever it is named; `None` when a guard is about it alone."""
    found = deepcopy(book)
    found["actions"] = [one for one in found["actions"] if one["id"] != name]
    for rule in found["rules"]:
        rule["do"] = [one for one in rule.get("do", ()) if one != name]
        rule["boost"] = {one: points for one, points in rule.get("boost", {}).items() if one != name}
        for key in ("do", "boost"):
            if not rule[key]:
                del rule[key]
    for table in found["tables"]:
        if "order" in table:
            table["order"] = [one for one in table["order"] if one != name]
        for row in table["rows"]:
            if "do" in row:
                row["do"] = [one for one in row["do"] if one != name]
    for guard in found["guards"]:
        if guard.get("needs") == name or guard["select"].get("action") == [name]:
            return None
        if "action" in guard["select"]:
            guard["select"]["action"] = [one for one in guard["select"]["action"] if one != name]
        if "unless" in guard:
            guard["unless"] = [one for one in guard["unless"] if one != name]
            if not guard["unless"]:
                del guard["unless"]
    if any("do" in row and not row["do"] for table in found["tables"] for row in table["rows"]):
        return None
    return _without_overrides(found, set())


# --- parts of one statement ------------------------------------------------------------------------------------------


def _without_keys(one: Json, *names: str) -> Iterator[Json]:
    for name in names:
        if name in one:
            yield {key: value for key, value in one.items() if key != name}


def _shorter_list(one: Json, key: str, least: int) -> Iterator[Json]:
    words = one.get(key, ())
    for word in words if len(words) > least else ():
        rest = [other for other in words if other != word]
        yield _with_list(one, key, rest)


def _actions(one: Json) -> Iterator[Json]:
    yield from _without_keys(
        one, "base", "owner", "content", "methods", "product", "product_risk", "occasion", "due", "from", "until"
    )
    yield from _shorter_list(one, "methods", 1)
    yield from _shorter_list(one, "channel", 1)
    if "channel" in one:
        yield {key: value for key, value in one.items() if key != "channel"} | {"proactive": False}


def _rules(one: Json) -> Iterator[Json]:
    for smaller in (
        *_without_keys(one, "boost", "do", "overrides"),
        *_shorter_list(one, "do", 1),
        *_shorter_list(one, "overrides", 1),
    ):
        if _does_something(smaller):
            yield smaller
    yield from _without_keys(one, "from", "until")
    points = one.get("boost", {})
    for name in points if len(points) > 1 else ():
        yield one | {"boost": {other: value for other, value in points.items() if other != name}}
    for condition in _conditions(one["when"]):
        yield one | {"when": condition}


def _guards(one: Json) -> Iterator[Json]:
    yield from _without_keys(one, "from", "until")
    if one["effect"] != "hold":
        yield from _without_keys(one, "unless")
    for name, words in one["select"].items():
        if len(one["select"]) > 1:
            yield one | {"select": {other: said for other, said in one["select"].items() if other != name}}
        for word in words if len(words) > 1 else ():
            yield one | {"select": one["select"] | {name: [other for other in words if other != word]}}
    for condition in _conditions(one["when"]):
        yield one | {"when": condition}


def _tables(one: Json) -> Iterator[Json]:
    yield from _without_keys(one, "from", "until", "default")
    if "do" in one["outputs"]:
        yield from _without_keys(one, "aggregate")
        yield from _without_points(one)
    elif len(one["outputs"]) > 1:
        for column in range(len(one["outputs"])):
            rows = [row | {"limits": _without_place(row["limits"], column)} for row in one["rows"]]
            yield one | {"outputs": _without_place(one["outputs"], column), "rows": rows}
    for column, name in enumerate(one["inputs"] if len(one["inputs"]) > 1 else ()):
        if one["hit"] != "unique" or name != "tier":
            rows = [row | {"tests": _without_place(row["tests"], column)} for row in one["rows"]]
            yield one | {"inputs": _without_place(one["inputs"], column), "rows": rows}
    for place, row in enumerate(one["rows"]):
        for smaller in _rows(one, row):
            yield one | {"rows": [*one["rows"][:place], smaller, *one["rows"][place + 1 :]]}


def _without_points(one: Json) -> Iterator[Json]:
    if "boost" in one["outputs"]:
        rows = [{key: value for key, value in row.items() if key != "boost"} for row in one["rows"]]
        rest = {key: value for key, value in one.items() if key != "aggregate"}
        yield rest | {"outputs": ["do"], "rows": rows}


def _without_place(of: list[Any], place: int) -> list[Any]:
    return [*of[:place], *of[place + 1 :]]


def _rows(table: Json, row: Json) -> Iterator[Json]:
    yield from _without_keys(row, "from", "until")
    if table["hit"] != "any":
        yield from _shorter_list(row, "do", 1)
    for place, test in enumerate(row["tests"]):
        if test is not None and (table["hit"] != "unique" or table["inputs"][place] != "tier"):
            yield row | {"tests": [*row["tests"][:place], None, *row["tests"][place + 1 :]]}
            yield from (
                row | {"tests": [*row["tests"][:place], smaller, *row["tests"][place + 1 :]]}
                for smaller in _shorter_list(test, "values", 1)
            )


def _conditions(one: Json) -> Iterator[Json]:
    """Yield simpler conditions: the parts instead of the whole, one part less, one constant less."""
    match one["op"]:
        case "not":
            yield one["part"]
            yield from (one | {"part": smaller} for smaller in _conditions(one["part"]))
        case "and" | "or":
            if one != _ALWAYS:
                yield _ALWAYS
            yield from one["parts"]
            for place, part in enumerate(one["parts"]):
                if len(one["parts"]) > 2:
                    yield one | {"parts": _without_place(one["parts"], place)}
                for smaller in _conditions(part):
                    yield one | {"parts": [*one["parts"][:place], smaller, *one["parts"][place + 1 :]]}
        case _:
            yield _ALWAYS
            yield from _shorter_list(one, "values", 1)


_ALWAYS: Json = {"op": "and", "parts": []}

_SMALLER: dict[str, Callable[[Json], Iterator[Json]]] = {
    "actions": _actions,
    "rules": _rules,
    "tables": _tables,
    "guards": _guards,
}
