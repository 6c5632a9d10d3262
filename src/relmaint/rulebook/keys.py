"""Which keys does the rule-book language have, in which order, and what does each hold?

The loader, the JSON Schema and the formatter read this one list; to add a key, add it here and say in the loader what
it does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from relmaint.diagnostics import Severity
from relmaint.diagnostics.codes import CHECKS as CHECKS_OF_A_BOOK
from relmaint.ir.rules import Aggregate, Effect, HitPolicy, InvariantKind
from relmaint.model.action import Kind, Nature, Provenance

__all__ = [
    "ACTION",
    "ASSUMPTION",
    "BOOK",
    "CHECKS",
    "EFFECT_KEYS",
    "EXEMPTION",
    "FILE",
    "GUARD",
    "INVARIANT",
    "INVARIANT_KEYS",
    "PLAN",
    "RANKING",
    "ROW",
    "RULE",
    "SECTIONS",
    "SELECTOR",
    "SEVERITIES",
    "TABLE",
    "TERM_GROUPS",
    "TEXT",
    "Key",
    "Section",
    "Shape",
]


class Shape(StrEnum):
    """What the value of a key looks like."""

    SECTION = "a mapping with keys of its own"
    ENTRIES = "a mapping from names to entries"
    LIST = "a list of entries"
    TEXT = "a text, or a mapping with `zh` and `en`"
    LINE = "one line of plain text"
    ID = "an id"
    WORD = "one word"
    WORDS = "one word, or a list of words"
    NUMBER = "a whole number"
    POINTS = "a mapping from action ids to whole numbers"
    NUMBERS = "a mapping from names to whole numbers"
    FLAG = "true or false"
    DAY = "a day written as 2026-01-31"
    DAYS = "a list of days"
    DAY_OR_TIME = 'a day written as 2026-12-31, or for `defer` a local time of day written as "09:00"'
    DUE = "a due date such as `7 days before deposit_maturity`"
    CONDITIONS = "a condition, or a list of conditions that must all be true"
    ATTRIBUTE = "the name of an attribute"
    ATTRIBUTES = "one attribute, or a list of attributes"
    OUTPUTS = "one output, or a list of outputs"
    ROWS = "a list of rows"
    SELECTION = "one action, a list of actions, or a mapping that selects actions as a guard does"
    SEVERITIES = "a mapping from checks to severities"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a section.

    Args:
        words: the only words that the value may be; empty when other things decide that.
        refers_to: what the words name: `action`, `precedence`, `attribute`, `rule`, `file`, or a group of `terms:`.
    """

    name: str
    shape: Shape
    zh: str
    en: str
    required: bool = False
    words: tuple[str, ...] = ()
    refers_to: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping of the language: its keys, in the order in which the canonical form writes them."""

    name: str
    keys: tuple[Key, ...]
    by_name: dict[str, Key] = field(init=False, compare=False, repr=False)
    required: tuple[str, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Index the keys by name."""
        object.__setattr__(self, "by_name", {key.name: key for key in self.keys})
        object.__setattr__(self, "required", tuple(key.name for key in self.keys if key.required))

    @property
    def article(self) -> str:
        """`a` or `an`, for messages."""
        return "an" if self.name[0] in "aeiou" else "a"

    def order_of(self, name: str) -> int:
        """Return the place of a key in the canonical order; keys outside the language come last."""
        names = tuple(self.by_name)
        return names.index(name) if name in self.by_name else len(names)


TERM_GROUPS = {
    "owner": "owner",
    "channel": "channel",
    "method": "methods",
    "content": "content",
    "product": "product",
    "occasion": "occasion",
}
"""Groups of `terms:` that close the words of an action's field: group -> field. Other groups label attribute values."""

_NOTES = (
    Key("because", Shape.TEXT, "理由，可含 {属性} 占位符", "why; may hold {attribute} placeholders"),
    Key("source", Shape.LINE, "出处", "where it comes from"),
    Key("provenance", Shape.WORD, "依据类别", "what kind of evidence it rests on", words=tuple(Provenance)),
)
_OWNER = Key("owner", Shape.WORD, "负责维护本条的部门", "who answers for this statement")
_PERIOD = (
    Key("from", Shape.DAY, "生效日（含）", "first day on which it holds"),
    Key("until", Shape.DAY, "失效日（含）", "last day on which it holds"),
)
_NOTES_AND_OWNER = (*_NOTES, _OWNER, *_PERIOD)

TEXT = Section(
    "text",
    (
        Key("zh", Shape.LINE, "中文", "Chinese"),
        Key("en", Shape.LINE, "英文", "English"),
    ),
)

BOOK = Section(
    "book",
    (
        Key("name", Shape.LINE, "规则手册名称", "name of the book", required=True),
        Key("version", Shape.LINE, "版本", "version of the book", required=True),
        Key("title", Shape.TEXT, "标题", "title"),
        Key(
            "covers",
            Shape.WORDS,
            "每位客户都必须有的维护类别，默认三类",
            "kinds of maintenance that every customer must have; all three by default",
            words=tuple(Kind),
        ),
    ),
)

RANKING = Section(
    "ranking",
    (
        Key(
            "precedence",
            Shape.WORDS,
            "优先级类别，靠前者先",
            "precedence classes; earlier comes first",
            required=True,
        ),
    ),
)

ACTION = Section(
    "action",
    (
        Key("kind", Shape.WORD, "维护类别", "kind of maintenance", required=True, words=tuple(Kind)),
        Key(
            "nature", Shape.WORD, "性质", "what it is in the eyes of law and guards", required=True, words=tuple(Nature)
        ),
        Key("title", Shape.TEXT, "名称", "what people call it", required=True),
        Key("content", Shape.WORD, "维护内容", "which maintenance content it serves", refers_to="content"),
        Key("methods", Shape.WORDS, "维护方式", "which maintenance methods it uses", refers_to="method"),
        Key("channel", Shape.WORDS, "渠道", "channels it may use", refers_to="channel"),
        Key(
            "proactive",
            Shape.FLAG,
            "是否由银行主动发起；有渠道且非内部事项时默认为是",
            "does the bank start the contact? by default yes when there are channels and it is not internal",
        ),
        Key("owner", Shape.WORD, "执行人", "who does it", refers_to="owner"),
        Key("product", Shape.WORD, "涉及产品", "product it is about", refers_to="product"),
        Key("product_risk", Shape.NUMBER, "产品风险等级 1 至 5", "risk level of the product, 1 to 5"),
        Key("precedence", Shape.WORD, "优先级类别", "precedence class", required=True, refers_to="precedence"),
        Key("base", Shape.NUMBER, "基础分，高者先，默认 0", "score before boosts, higher comes first; 0 by default"),
        Key("due", Shape.DUE, "截止日", "by when"),
        Key("cadence", Shape.TEXT, "频率", "how often"),
        Key("purpose", Shape.TEXT, "目的", "what for"),
        Key(
            "occasion",
            Shape.WORD,
            "事由，同一事由的可选联系合并",
            "occasion; contacts of one occasion merge",
            refers_to="occasion",
        ),
        *_NOTES,
        *_PERIOD,
    ),
)

RULE = Section(
    "rule",
    (
        Key("id", Shape.ID, "编号", "id", required=True),
        Key(
            "when",
            Shape.CONDITIONS,
            "条件，默认总是成立；列表表示全部成立",
            "condition; always by default; a list means all",
        ),
        Key("do", Shape.WORDS, "提出的动作", "actions it proposes", refers_to="action"),
        Key("boost", Shape.POINTS, "加减分", "points it adds to scores; may be negative", refers_to="action"),
        Key(
            "overrides",
            Shape.WORDS,
            "所取代的规则、表行、整表，或以 /* 结尾的前缀",
            "rules, rows, tables, or a prefix ending in `/*`, that it sets aside",
            refers_to="rule",
        ),
        *_NOTES_AND_OWNER,
    ),
)

TABLE = Section(
    "table",
    (
        Key("id", Shape.ID, "编号", "id", required=True),
        Key("hit", Shape.WORD, "命中策略", "hit policy", required=True, words=tuple(HitPolicy)),
        Key("aggregate", Shape.WORD, "汇总方式（仅 collect）", "how `collect` folds numbers", words=tuple(Aggregate)),
        Key(
            "inputs",
            Shape.ATTRIBUTES,
            "输入属性",
            "attributes that the columns test",
            required=True,
            refers_to="attribute",
        ),
        Key(
            "outputs",
            Shape.OUTPUTS,
            "输出：do、boost，或整数属性（联系预算）",
            "`do`, `boost`, or a whole-number attribute, which makes a contact budget",
            required=True,
        ),
        Key("order", Shape.WORDS, "动作次序，最重要者在前", "actions, the most important first", refers_to="action"),
        Key("default", Shape.NUMBER, "无行命中时的预算，默认 0", "budget when no row matches; 0 by default"),
        *_NOTES_AND_OWNER,
        Key("rows", Shape.ROWS, "行", "rows", required=True),
    ),
)

ROW = Section(
    "row",
    (
        Key("id", Shape.ID, "编号", "id"),
        # here stand the table's inputs and outputs, by name
        *_NOTES_AND_OWNER,
    ),
)

EFFECT_KEYS = {
    Effect.WITHHOLD: (),
    Effect.HOLD: ("needs",),
    Effect.ROUTE: ("to",),
    Effect.RESTRICT: ("channels",),
    Effect.DEFER: ("until", "clock"),
}
"""Which keys each effect of a guard needs; it allows no others of these."""

GUARD = Section(
    "guard",
    (
        Key("id", Shape.ID, "编号", "id", required=True),
        Key(
            "when",
            Shape.CONDITIONS,
            "条件，默认总是成立；列表表示全部成立",
            "condition; always by default; a list means all",
        ),
        Key("withhold", Shape.SECTION, "不做所选动作", "the selected actions are not done"),
        Key("hold", Shape.SECTION, "暂缓所选动作，先做 needs", "the selected actions wait for `needs`"),
        Key("needs", Shape.WORD, "须先完成的动作", "action that must come first", refers_to="action"),
        Key("route", Shape.SECTION, "所选动作改由 to 负责", "another owner takes over the selected actions"),
        Key("to", Shape.WORD, "接手人", "owner who takes over", refers_to="owner"),
        Key("restrict", Shape.SECTION, "所选动作只可用 channels", "only `channels` remain for the selected actions"),
        Key("channels", Shape.WORDS, "可用渠道", "channels that remain", refers_to="channel"),
        Key("defer", Shape.SECTION, "所选动作推迟到 until", "the selected actions wait until a time of day"),
        Key(
            "until",
            Shape.DAY_OR_TIME,
            "defer：当地时刻；其他：失效日（含）",
            "for `defer` the local time of day; else the last day on which it holds",
        ),
        Key(
            "clock", Shape.ATTRIBUTE, "记录当地时刻的属性", "attribute that holds the local hour", refers_to="attribute"
        ),
        *_NOTES_AND_OWNER[:-1],
    ),
)
SELECTOR = Section(
    "selector",
    (
        Key("action", Shape.WORDS, "动作", "action ids", refers_to="action"),
        Key("kind", Shape.WORDS, "维护类别", "kinds of maintenance", words=tuple(Kind)),
        Key("nature", Shape.WORDS, "性质", "natures", words=tuple(Nature)),
        Key("content", Shape.WORDS, "维护内容", "contents", refers_to="content"),
        Key("methods", Shape.WORDS, "使用其中任一方式", "uses any of these methods", refers_to="method"),
        Key("channel", Shape.WORDS, "渠道全部在其中", "has only these channels", refers_to="channel"),
        Key("owner", Shape.WORDS, "执行人", "owners", refers_to="owner"),
        Key("product", Shape.WORDS, "产品", "products", refers_to="product"),
        Key("product_risk", Shape.WORDS, "产品风险等级", "risk levels of the product", words=("1", "2", "3", "4", "5")),
        Key("precedence", Shape.WORDS, "优先级类别", "precedence classes", refers_to="precedence"),
        Key("occasion", Shape.WORDS, "事由", "occasions", refers_to="occasion"),
        Key("proactive", Shape.WORDS, "是否主动", "whether the bank starts the contact", words=("true", "false")),
        Key("unless", Shape.WORDS, "例外动作", "action ids that are never selected", refers_to="action"),
    ),
)

ASSUMPTION = Section(
    "assumption",
    (
        Key("id", Shape.ID, "编号", "id", required=True),
        Key("always", Shape.CONDITIONS, "对任何客户都成立", "what is true of every customer", required=True),
        *_NOTES_AND_OWNER,
    ),
)

INVARIANT_KEYS = {
    InvariantKind.NEVER: (),
    InvariantKind.ALWAYS: (),
    InvariantKind.MONOTONE: ("in", "order"),
    InvariantKind.INDEPENDENT: ("of",),
}
"""Which keys belong to each kind of invariant; `order` may be left out."""

PLAN = "plan"
"""What `independent` says for the whole plan."""

INVARIANT = Section(
    "invariant",
    (
        Key("id", Shape.ID, "编号", "id", required=True),
        Key("never", Shape.SELECTION, "计划中从不出现", "none of these is ever planned", refers_to="action"),
        Key("always", Shape.SELECTION, "计划中至少有一个", "at least one of these is planned", refers_to="action"),
        Key(
            "monotone",
            Shape.SELECTION,
            "按 in 的次序，计划中的数量不减少",
            "no fewer of these are planned as the attribute `in` goes up",
            refers_to="action",
        ),
        Key("in", Shape.ATTRIBUTE, "monotone 所依属性", "attribute that goes up", refers_to="attribute"),
        Key("order", Shape.WORDS, "该属性取值由低到高", "its words from the lowest to the highest"),
        Key(
            "independent",
            Shape.SELECTION,
            "不随 of 变化；plan 表示整个计划",
            "these are planned alike whatever the attribute `of`; `plan` is the whole plan",
            refers_to="action",
        ),
        Key("of", Shape.ATTRIBUTE, "independent 所指属性", "attribute that must not matter", refers_to="attribute"),
        Key(
            "when",
            Shape.CONDITIONS,
            "所指客户，默认全部；列表表示全部成立",
            "which customers; all by default; a list means all",
        ),
        *_NOTES,
        _OWNER,
    ),
)

SEVERITIES = ("off", *Severity)
"""How much a check can matter; one that is `off` does not run."""

EXEMPTION = Section(
    "exception",
    (
        Key("check", Shape.WORD, "检查项", "the check", required=True, words=CHECKS_OF_A_BOOK),
        Key("at", Shape.LINE, "所指对象的编号，可以 /* 结尾", "what it is about; may end in `/*`", required=True),
        Key("because", Shape.TEXT, "理由", "why it is meant", required=True),
        Key("source", Shape.LINE, "出处", "where it comes from"),
        Key("provenance", Shape.WORD, "依据类别", "what kind of evidence it rests on", words=tuple(Provenance)),
        _OWNER,
    ),
)

CHECKS = Section(
    "checks",
    (
        Key("severity", Shape.SEVERITIES, "各检查项的严重程度", "how much each check matters", words=SEVERITIES),
        Key("except", Shape.LIST, "例外", "findings that are meant"),
    ),
)

FILE = Section(
    "file",
    (
        Key("book", Shape.SECTION, "手册头", "header of the book"),
        Key(
            "include",
            Shape.WORDS,
            "并入的文件或文件夹",
            "files or folders to merge in, relative to this file",
            refers_to="file",
        ),
        Key("terms", Shape.ENTRIES, "用语及其中英文名称", "words with labels, by group"),
        Key("ranking", Shape.SECTION, "排序", "ranking"),
        Key("actions", Shape.ENTRIES, "动作目录", "the action catalogue"),
        Key("rules", Shape.LIST, "规则", "rules"),
        Key("tables", Shape.LIST, "决策表", "decision tables"),
        Key("guards", Shape.LIST, "护栏规则", "guards"),
        Key("assume", Shape.LIST, "不言自明的前提", "what no customer can be otherwise"),
        Key("invariants", Shape.LIST, "对每位客户的计划都成立", "what must be true of every customer's plan"),
        Key("checks", Shape.SECTION, "检查的严重程度与例外", "severities and exceptions of the checks"),
    ),
)

SECTIONS = (
    FILE,
    BOOK,
    RANKING,
    ACTION,
    RULE,
    TABLE,
    ROW,
    GUARD,
    SELECTOR,
    ASSUMPTION,
    INVARIANT,
    CHECKS,
    EXEMPTION,
    TEXT,
)
"""Every mapping of the language whose keys are fixed."""
