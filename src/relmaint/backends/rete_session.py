"""How is the Rete engine driven so that only its sound part is ever used?

durable-rules is memory-unsafe and silently wrong outside a small subset, and inside it made no mistake in half a
million steps. So: the C entry points and never its Host; one flat fact of small whole numbers at a time, under one id
and the default session id; patterns that compare one field with one number, after a discriminator; few patterns a
handle; everything drained before anything is decided; every answer checked; no error survived.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from relmaint.backends.rete_engine import load_engine
from relmaint.errors import BackendUnavailableError

__all__ = [
    "FIELDS_PER_NETWORK",
    "PATTERNS_PER_NETWORK",
    "BrokenSessionError",
    "Network",
    "Pattern",
    "Session",
    "Test",
    "fnv1a",
    "pack",
    "rehearse",
]

Test = tuple[int, str, int]
"""One comparison with a class: axis number, operator (`==`, `$gte`, `$lte` or `$neq`), class."""

Pattern = tuple[Test, ...]
"""A conjunction of tests, as the engine gets it; an empty one is always true."""

PATTERNS_PER_NETWORK = 60
"""At most so many in a handle, the one for warming up included.

The engine holds 64 pending conditions, hangs at 512 siblings and overruns its heap at 256 patterns that end in the same
test; so few patterns cannot reach any of these.
"""

FIELDS_PER_NETWORK = 200
"""At most so many fields in a fact; the engine refuses 253."""

DISCRIMINATOR = "k"
FACT_ID = "f"
RESERVED = ("id", "sid", "$s", "$forward", DISCRIMINATOR)
WARM = "w"
WARM_FACT = f'{{"id":"{FACT_ID}","{DISCRIMINATOR}":0}}'
RETRACTION = f'{{"id":"{FACT_ID}"}}'


class BrokenSessionError(Exception):
    """The engine failed, or answered what it cannot have meant; its session must never be used again."""


def fnv1a(text: str) -> int:
    """Return the hash by which the engine knows a field or an id; it never compares the texts themselves."""
    value = 0x811C9DC5
    for byte in text.encode("ascii"):
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


@cache
def field_names() -> tuple[str, ...]:
    """Return the names for the fields of a fact, none of which the engine takes for another or for one of its own."""
    taken = {fnv1a(name) for name in RESERVED}
    names: list[str] = []
    number = 0
    while len(names) < FIELDS_PER_NETWORK:
        name = f"a{number}"
        number += 1
        if (hashed := fnv1a(name)) not in taken:
            taken.add(hashed)
            names.append(name)
    return tuple(names)


@dataclass(frozen=True, slots=True)
class Network:
    """What one handle of the engine is built from.

    Args:
        definition: the patterns, in the engine's JSON.
        patterns: the number of each pattern, by the name that the engine calls out when it fires.
        axes: the axes that the patterns test.
        template: the fact that stands for a cell, with a place for the class on each of the axes.
    """

    definition: str
    patterns: Mapping[str, int]
    axes: tuple[int, ...]
    template: str

    def fact(self, cell: Sequence[int]) -> str:
        """Return the fact that stands for a cell."""
        return self.template % tuple([cell[axis] for axis in self.axes])


def pack(patterns: Sequence[Pattern]) -> Iterator[Network]:
    """Share patterns out over as many networks as the engine's limits ask for; a number is a place in `patterns`.

    Neighbours in sorted order share their first tests, which makes the networks smaller and the facts shorter.
    """
    group: list[int] = []
    axes: set[int] = set()
    for number in sorted(range(len(patterns)), key=lambda one: patterns[one]):
        tested = {axis for axis, _, _ in patterns[number]}
        if len(group) == PATTERNS_PER_NETWORK - 1 or len(axes | tested) > FIELDS_PER_NETWORK:
            yield _network(group, patterns, axes)
            group, axes = [], set()
        group.append(number)
        axes |= tested
    if group:
        yield _network(group, patterns, axes)


def _network(group: Iterable[int], patterns: Sequence[Pattern], tested: Iterable[int]) -> Network:
    axes = tuple(sorted(tested))
    field = dict(zip(axes, field_names(), strict=False))
    rules = {WARM: _rule(0, ())}
    names = {}
    for number in group:
        name = f"p{number}"
        names[name] = number
        rules[name] = _rule(
            1, [_condition(field[axis], operator, class_) for axis, operator, class_ in patterns[number]]
        )
    places = "".join(f',"{field[axis]}":%d' for axis in axes)
    template = f'{{"id":"{FACT_ID}","{DISCRIMINATOR}":1{places}}}'
    return Network(json.dumps(rules, separators=(",", ":")), names, axes, template)


def _rule(kind: int, conditions: Iterable[object]) -> object:
    # INVARIANT: the discriminator comes first, or the engine's own messages could match and fire for ever.
    return {"all": [{"m": {"$and": [{DISCRIMINATOR: kind}, *conditions]}}]}


def _condition(field: str, operator: str, class_: int) -> object:
    return {field: class_} if operator == "==" else {operator: {field: class_}}


class Session:
    """The networks of one program, live in the engine; for one thread of one process.

    Args:
        networks: what to build; 1,000 patterns take about 40 MB.

    Raises:
        BackendUnavailableError: there is no engine.
        BrokenSessionError: the engine does not build them or does not wake up.
    """

    def __init__(self, networks: Iterable[Network]) -> None:
        self._engine = load_engine()
        self._process = os.getpid()
        self._busy = True
        self._networks: list[tuple[int, Network]] = []
        self._handles: list[int] = []
        self._release = weakref.finalize(self, _release, self._engine, self._handles, self._process)
        self._release.atexit = False  # the end of the process frees everything at once
        try:
            for network in networks:
                self._open(network)
        except (self._engine.error, MemoryError) as problem:
            raise self._broken(problem) from problem
        self._busy = False

    @property
    def is_usable(self) -> bool:
        """Whether it is open, at rest, and of this process: a fork copies it, an interrupted drain leaves it busy."""
        return not self._busy and self._release.alive and self._process == os.getpid()

    def close(self) -> None:
        """Give its memory back; a second time does nothing, and so does a process that did not open it."""
        self._release()

    def fire(self, cell: Sequence[int]) -> list[int]:
        """Return the numbers of the patterns that a cell satisfies, in no order.

        Raises:
            BrokenSessionError: the engine failed or contradicted itself.
        """
        self._busy = True
        found: list[int] = []
        try:
            for handle, network in self._networks:
                found += self._ask(handle, network, network.fact(cell))
        except (self._engine.error, MemoryError) as problem:
            raise self._broken(problem) from problem
        self._busy = False
        return found

    def _broken(self, problem: Exception) -> BrokenSessionError:
        if isinstance(problem, MemoryError):
            # The engine has left nodes half made, and freeing those can crash: what it holds stays lost.
            self._handles.clear()
        return BrokenSessionError(str(problem) or "out of memory")

    def _open(self, network: Network) -> None:
        handle = self._engine.create_ruleset("relmaint", network.definition)
        # Warming up gives the state its first fact and its action context; without them, freeing it crashes. So a
        # handle that did not wake up is never freed: it is not in the list yet.
        fired = self._drain(handle, WARM_FACT, 1)
        if fired != [WARM]:
            raise BrokenSessionError(f"woke up with {fired}")
        self._handles.append(handle)
        self._networks.append((handle, network))

    def _ask(self, handle: int, network: Network, fact: str) -> list[int]:
        names = self._drain(handle, fact, len(network.patterns))
        numbers = [network.patterns[name] for name in names if name in network.patterns]
        if len(set(numbers)) != len(names):
            raise BrokenSessionError(f"fired {names}")
        return numbers

    def _drain(self, handle: int, fact: str, most: int) -> list[str]:
        """Assert one fact, take every firing off the agenda, retract the fact; return the names that fired."""
        engine = self._engine
        code, state = engine.assert_fact(handle, fact)
        if code == 1:  # no pattern is interested, and nothing was stored
            return []
        if code != 0:
            raise BrokenSessionError(f"asserting gave {code}")
        head, tail = '{"', f'":{{"m":{fact}}}}}'
        names: list[str] = []
        started = engine.start_action_for_state(handle, state)
        message = started[1] if started else None
        while message is not None:
            if len(names) == most or not (message.startswith(head) and message.endswith(tail)):
                raise BrokenSessionError(f"fired {message} after {len(names)} of at most {most}")
            names.append(message[len(head) : -len(tail)])
            message = engine.complete_and_start_action(handle, state)
        if not names:
            raise BrokenSessionError("took a fact and fired nothing")
        code, _ = engine.retract_fact(handle, RETRACTION)
        if code != 0:
            raise BrokenSessionError(f"retracting gave {code}")
        return names


def _release(engine: ModuleType, handles: list[int], process: int) -> None:
    # A forked child shares the memory with its parent until it writes there; giving it back would only copy it.
    if os.getpid() != process:
        return
    while handles:
        handle = handles.pop()
        try:
            # INVARIANT: the state goes first, or everything in it is lost.
            engine.delete_state(handle, None)
            engine.delete_ruleset(handle)
        except engine.error as problem:
            warnings.warn(f"the Rete engine did not give memory back: {problem}", RuntimeWarning, stacklevel=2)


def rehearse(networks: Sequence[Network], cells: Sequence[Sequence[int]], *, seconds: float) -> list[list[int]]:
    """Fire each cell in a child process of its own, so that a crash or a hang of the engine stays there.

    Raises:
        BackendUnavailableError: the child crashed, hung, or could not be started.
    """
    job = {
        "path": [str(entry) for entry in sys.path],
        "networks": [(one.definition, dict(one.patterns), one.axes, one.template) for one in networks],
        "cells": cells,
    }
    code = (
        "import json, sys; job = json.load(sys.stdin); sys.path[:] = job['path']; "
        "from relmaint.backends.rete_session import rehearsal; rehearsal(job['networks'], job['cells'])"
    )
    if not sys.executable:
        raise BackendUnavailableError("no Python is known to rehearse the book in: pass `verify_in_child=False`")
    try:
        child = subprocess.run(  # noqa: S603  # our own interpreter and our own text
            [sys.executable, "-c", code],
            input=json.dumps(job),
            capture_output=True,
            encoding="utf-8",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as problem:
        raise BackendUnavailableError(f"the Rete engine hung on this book for {seconds} seconds") from problem
    if child.returncode != 0:
        last = child.stderr.strip().rpartition("\n")[2] or "it crashed"
        raise BackendUnavailableError(f"the Rete engine fails on this book (exit {child.returncode}): {last}")
    fired: list[list[int]] = json.loads(child.stdout)
    return fired


def rehearsal(networks: Iterable[tuple[str, dict[str, int], list[int], str]], cells: Iterable[Sequence[int]]) -> None:
    """Be the child of `rehearse`: print which patterns each cell fires."""
    session = Session([Network(one[0], one[1], tuple(one[2]), one[3]) for one in networks])
    print(json.dumps([session.fire(cell) for cell in cells]))
    session.close()
