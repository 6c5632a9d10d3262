"""How do the tables look that a run over many customers leaves behind?

`plans` has one row a customer and `plan_actions` one row for each action of each distinct plan; `plan_withheld` says
what these plans left out. A plan is named by a number that is taken from its content, so that runs over parts of a
customer base, on whatever machine, name the same plan alike and their tables can simply be put together.
"""

from __future__ import annotations

import pyarrow as pa

from relmaint.vocabulary import EnumType, TextType, Vocabulary

__all__ = ["CARRIED", "EXPLODED", "PLAN_ACTIONS", "PLAN_WITHHELD", "REJECTS", "plans_schema"]

CARRIED = ("tier", "preference", "habit", "branch", "manager")
"""Attributes that `plans` carries along, as far as the customer model has them, so that reports need no join."""

_WORD = pa.dictionary(pa.int32(), pa.string())

PLAN_ACTIONS = pa.schema(
    [
        pa.field("plan", pa.int64(), nullable=False),
        pa.field("rank", pa.int32(), nullable=False),
        pa.field("action", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("nature", pa.string(), nullable=False),
        pa.field("precedence", pa.string(), nullable=False),
        pa.field("score", pa.int64(), nullable=False),
        pa.field("owner", pa.string()),
        pa.field("channel", pa.list_(pa.string()), nullable=False),
        pa.field("reasons", pa.list_(pa.string()), nullable=False),
        pa.field("guards", pa.list_(pa.string()), nullable=False),
    ]
)
"""One row for each action of each plan; rank 1 comes first, and reasons are the ids of the rules and rows."""

PLAN_WITHHELD = pa.schema(
    [
        pa.field("plan", pa.int64(), nullable=False),
        pa.field("action", pa.string(), nullable=False),
        pa.field("stage", pa.string(), nullable=False),
        pa.field("rule", pa.string(), nullable=False),
    ]
)
"""One row for each action that a plan leaves out, and by what."""

EXPLODED = pa.schema(
    [
        pa.field("customer", pa.string()),
        pa.field("plan", pa.int64(), nullable=False),
        pa.field("rank", pa.int32(), nullable=False),
        *(PLAN_ACTIONS.field(name) for name in ("action", "kind", "score", "owner", "channel", "reasons")),
        pa.field("due", pa.date32()),
        pa.field("not_before", pa.timestamp("s")),
    ]
)
"""One row for each customer and planned action; due days and moments (local time) are those of the customer."""

REJECTS = pa.schema(
    [
        pa.field("file", pa.string()),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("customer", pa.string()),
        pa.field("field", pa.string(), nullable=False),
        pa.field("message", pa.string(), nullable=False),
    ]
)
"""One row for each value that keeps a customer from being planned for; rows are counted from 1 in their file."""


def plans_schema(vocabulary: Vocabulary) -> pa.Schema:
    """Return the columns of `plans`: the customer, the plan, how it came out, its first action, what is carried."""
    carried = [
        pa.field(name, _WORD)
        for name in CARRIED
        if name in vocabulary and isinstance(vocabulary[name].type, EnumType | TextType)
    ]
    return pa.schema(
        [
            pa.field("customer", pa.string()),
            pa.field("plan", pa.int64(), nullable=False),
            pa.field("status", _WORD, nullable=False),
            pa.field("first", _WORD),
            *carried,
        ]
    )
