"""Which words does the library itself say to a client manager, in Chinese and in English?

One table. Words of the bank (owners, channels, attribute values) are not here: a book declares them in `terms:`.
"""

from __future__ import annotations

from relmaint.text import Language, Text

__all__ = ["WORDS", "say"]

WORDS: dict[str, Text] = {
    # plans
    "today": Text(zh="今天", en="today"),
    "tomorrow": Text(zh="明天", en="tomorrow"),
    "not-before": Text(zh="{time} 之后", en="not before {time}"),
    "nothing-due": Text(zh="今天没有到期事项。", en="Nothing is due today."),
    "nothing-at-all": Text(
        zh="今天无事可做：提出的动作全部保留不做。", en="Nothing to do: every proposal is withheld."
    ),
    "uncovered": Text(
        zh="未覆盖：没有任何规则适用于该客户。请补充资料或联系规则的负责人。",
        en="NOT COVERED: no rule speaks for this customer. Complete the record, or tell the owner of the rules.",
    ),
    "uncovered-kinds": Text(zh="未覆盖：没有规则给出 {kinds}。", en="NOT COVERED: no rule gives {kinds}."),
    "unknown-facts": Text(zh="未知：{names}", en="unknown: {names}"),
    "standing": Text(zh="常规", en="Standing"),
    "internal": Text(zh="内部", en="Internal"),
    "withheld": Text(zh="保留不做", en="Withheld"),
    "more": Text(zh="等 {count} 项", en="and {count} more"),
    "merge": Text(zh="与「{title}」合并为一次联系", en="one contact with “{title}”"),
    "needs": Text(zh="须先完成「{title}」", en="first “{title}”"),
    "hit-policy": Text(zh="同一决策表中另一行优先", en="another row of the table comes first"),
    "override": Text(zh="被另一条规则覆盖", en="another rule overrides it"),
    "guard": Text(zh="受护栏规则限制", en="a guard protects the customer"),
    "budget-unknown": Text(zh="{name}未知，按没有额度处理", en="{name}: unknown, so no contact is left in the budget"),
    "budget": Text(zh="联系额度已用完", en="the contact budget is used up"),
    "customers": Text(zh="{count} 位客户", en="{count} customers"),
    "summary-due": Text(zh="{count} 位有待办事项", en="{count} with something to do"),
    "summary-quiet": Text(zh="{count} 位今天无事", en="{count} with nothing due"),
    "summary-uncovered": Text(zh="{count} 位未覆盖", en="{count} not covered"),
    "comma": Text(zh="，", en=", "),
    "list": Text(zh="、", en=", "),
    "semicolon": Text(zh="；", en="; "),
    "colon": Text(zh="：", en=": "),
    "open": Text(zh="（", en=" ("),
    "close": Text(zh="）", en=")"),
    # kinds
    "daily": Text(zh="日常维护", en="daily maintenance"),
    "special": Text(zh="特殊维护", en="special maintenance"),
    "care": Text(zh="客户关怀", en="customer care"),
    # explanations
    "customer": Text(zh="客户", en="customer"),
    "book-version": Text(
        zh="规则手册 {name} {version}（摘要 {digest}）", en="rule book {name} {version} (digest {digest})"
    ),
    "section-planned": Text(zh="列入方案（{count}）", en="Planned ({count})"),
    "section-withheld": Text(zh="保留不做（{count}）", en="Withheld ({count})"),
    "section-not-proposed": Text(zh="未提出（{count}）", en="Not proposed ({count})"),
    "proposed-by": Text(zh="依据规则 {rule}", en="rule {rule} proposes it"),
    "boosted-by": Text(zh="规则 {rule} 加减分", en="rule {rule} changes its score"),
    "withheld-by": Text(zh="在「{stage}」阶段由 {rule} 拦下", en="withheld at the stage {stage} by {rule}"),
    "merged-with": Text(
        zh="在「{stage}」阶段与「{title}」合为一次联系", en="withheld at the stage {stage}: one contact with “{title}”"
    ),
    "changed-by": Text(zh="护栏规则 {rule} 作了调整", en="guard {rule} changed it"),
    "reads": Text(zh="{comparison}（值：{value}）", en="{comparison} (it is {value})"),
    "reads-unknown": Text(zh="{comparison}（未知）", en="{comparison} (it is unknown)"),
    "always": Text(zh="对所有客户适用", en="for every customer"),
    "score": Text(zh="得分：{sum} = {total}", en="score: {sum} = {total}"),
    "score-of-base": Text(zh="得分：{total}", en="score: {total}"),
    "base": Text(zh="基础分", en="base"),
    "nearest": Text(
        zh="最接近的规则 {rule} 不成立，因为：{failed}",
        en="the nearest rule {rule} does not match, because it asks for {failed}",
    ),
    "only-when-held": Text(
        zh="规则 {rule} 成立，但没有需要等待它的动作", en="{rule} asks for it only when another action must wait for it"
    ),
    "never-proposed": Text(zh="手册中没有任何规则提出它", en="no rule of the book proposes it"),
    "source": Text(zh="出处：{source}", en="source: {source}"),
    "unknown": Text(zh="未知", en="unknown"),
    # stages
    "stage-hit-policy": Text(zh="命中策略", en="hit policy"),
    "stage-override": Text(zh="覆盖", en="override"),
    "stage-guard": Text(zh="护栏规则", en="guard"),
    "stage-merge": Text(zh="合并", en="merge"),
    "stage-budget": Text(zh="联系额度", en="contact budget"),
    # the matrix
    "matrix": Text(zh="维护方案矩阵", en="matrix of maintenance"),
    "matrix-lead": Text(
        zh="每格列出规则手册可能为该类客户提出的动作：“常规”不需其他条件，“触发”取决于其他事实。",
        en="Each cell lists the actions that the book can propose for such customers: standing ones need nothing more, "
        "triggered ones depend on further facts.",
    ),
    "matrix-counts": Text(
        zh="每格：常规动作数+触发动作数。用 --cell 词,词,词 列出一格，--format html 看全部。",
        en="Each cell: standing + triggered actions. List one with --cell WORD,WORD,WORD, all with --format html.",
    ),
    "matrix-shared": Text(
        zh="另有 {count} 项动作对任何客户都可能触发。", en="{count} more actions can be triggered for any customer."
    ),
    "shared": Text(zh="任何客户都可能触发", en="Triggered for any customer"),
    "short-daily": Text(zh="日常", en="daily"),
    "short-special": Text(zh="特殊", en="special"),
    "short-care": Text(zh="关怀", en="care"),
    "column-kind": Text(zh="类别", en="kind"),
    "column-owner": Text(zh="负责人", en="owner"),
    "column-channel": Text(zh="渠道", en="channel"),
    "column-cadence": Text(zh="频率", en="cadence"),
    "column-purpose": Text(zh="目的", en="purpose"),
    "column-because": Text(zh="理由", en="because"),
    "column-rules": Text(zh="规则", en="rules"),
    "column-source": Text(zh="出处", en="source"),
    "triggered": Text(zh="触发", en="Triggered"),
    "none": Text(zh="无", en="none"),
    "actions": Text(zh="动作目录", en="Actions"),
    "count-standing": Text(zh="常规 {count}", en="{count} standing"),
    "count-triggered": Text(zh="触发 {count}", en="{count} triggered"),
}
"""Every word by its key; braces hold what is filled in."""


def say(key: str, language: Language, **values: object) -> str:
    """Return the words of a key in a language, filled in.

    >>> say("not-before", "en", time="09:00")
    'not before 09:00'
    """
    return WORDS[key].in_language(language).format(**values)
