"""Which keys does a file of cases have, and what does each hold?

The reader, the JSON Schema and the reference read this one list.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from relmaint.model.action import Kind
from relmaint.model.plan import PlanStatus

__all__ = ["CASE_KEYS", "EXPECT_KEYS", "NONE", "CaseKey", "CaseShape"]


NONE = "none"
"""Says of an action that it has no due day, no owner, or that it is not deferred."""


class CaseShape(StrEnum):
    """What the value of a key looks like."""

    ID = "an id"
    TEXT = "a text, or a mapping with `zh` and `en`"
    DAY = "a day written as 2026-01-31"
    CUSTOMER = "a mapping from attributes to values"
    EXPECT = "a mapping with the keys below"
    ACTION = "one action"
    ACTIONS = "one action, or a list of actions"
    WORD = "one word"
    WORDS = "one word, or a list of words"
    RULES = "a mapping from actions to rules, or a list of actions"
    DAYS = "a mapping from actions to days, or `none`"
    OWNERS = "a mapping from actions to owners, or `none`"
    CHANNELS = "a mapping from actions to channels"
    STEPS = "a mapping from actions to actions"
    MOMENTS = 'a mapping from actions to moments such as "2026-03-03 09:00", or `none`'


@dataclass(frozen=True, slots=True)
class CaseKey:
    """One key of a case or of what it expects; `words` are the only words that the value may be."""

    name: str
    shape: CaseShape
    zh: str
    en: str
    required: bool = False
    words: tuple[str, ...] = ()


CASE_KEYS = (
    CaseKey("id", CaseShape.ID, "用例编号", "names the case; once in a file", required=True),
    CaseKey("title", CaseShape.TEXT, "一句话说明", "what the case shows, in a sentence"),
    CaseKey(
        "todo",
        CaseShape.TEXT,
        "已知暂不通过的原因；用例待定，一旦通过即报错",
        "why the case is known to fail for now; it is pending, and fails as soon as it passes",
    ),
    CaseKey("as_of", CaseShape.DAY, "方案日期", "the day of the plan", required=True),
    CaseKey(
        "customer",
        CaseShape.CUSTOMER,
        "客户；未写的事实即未知",
        "the customer; what is left out is unknown",
        required=True,
    ),
    CaseKey("expect", CaseShape.EXPECT, "预期", "what must be true of the plan; at least one key", required=True),
)
"""The keys of a case, in the order in which they are written."""

EXPECT_KEYS = (
    CaseKey("plans", CaseShape.ACTIONS, "列入方案，次序不限", "these actions are planned, in any order"),
    CaseKey("first", CaseShape.ACTION, "排在第一位", "this action has rank 1"),
    CaseKey("before", CaseShape.ACTIONS, "按此先后列入方案", "these actions are planned in this order; at least two"),
    CaseKey("never", CaseShape.ACTIONS, "不列入方案", "these actions are not planned"),
    CaseKey(
        "withheld",
        CaseShape.RULES,
        "由该规则、表行或护栏规则拦下；只列动作时不问由谁",
        "each action is withheld by this rule, row or guard; in a list, by whichever it is",
    ),
    CaseKey("status", CaseShape.WORD, "方案状态", "how the plan comes out", words=tuple(PlanStatus)),
    CaseKey("uncovered", CaseShape.WORDS, "恰好缺少这些类别", "exactly these kinds are missing", words=tuple(Kind)),
    CaseKey("due", CaseShape.DAYS, "到期日；`none` 表示没有", "each action has this due day; `none`: it has none"),
    CaseKey(
        "owner",
        CaseShape.OWNERS,
        "负责人；`none` 表示没有",
        "each action is done by this owner; `none`: by nobody in particular",
    ),
    CaseKey("channel", CaseShape.CHANNELS, "恰好剩下这些渠道", "each action has exactly these channels"),
    CaseKey("needs", CaseShape.STEPS, "须先完成另一动作", "each action is held until the other one is done"),
    CaseKey(
        "not_before",
        CaseShape.MOMENTS,
        "推迟到该时刻；`none` 表示不推迟",
        "each action is deferred to this moment; `none`: it is not deferred",
    ),
)
"""The keys of `expect`, in the order in which they are compared."""
