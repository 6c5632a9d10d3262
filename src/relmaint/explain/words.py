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
    # conditions
    "nobody": Text(zh="没有任何客户", en="nobody"),
    "and": Text(zh=" 且", en=" and"),
    "or": Text(zh=" 或 ", en=" or "),
    "not": Text(zh="非（{condition}）", en="not ({condition})"),
    "yes": Text(zh="是", en="yes"),
    "no": Text(zh="否", en="no"),
    "bound-below": Text(zh="低于 {value}", en=" below {value}"),
    "bound-at-most": Text(zh="不高于 {value}", en=" at most {value}"),
    "bound-above": Text(zh="高于 {value}", en=" above {value}"),
    "bound-at-least": Text(zh="不低于 {value}", en=" at least {value}"),
    "day-below": Text(zh="早于 {value}", en=" before {value}"),
    "day-at-most": Text(zh="不晚于 {value}", en=" not after {value}"),
    "day-above": Text(zh="晚于 {value}", en=" after {value}"),
    "day-at-least": Text(zh="不早于 {value}", en=" not before {value}"),
    "says-eq": Text(zh="{name}为{value}", en="{name} is {value}"),
    "says-ne": Text(zh="{name}不为{value}", en="{name} is not {value}"),
    "says-in": Text(zh="{name}为{value}之一", en="{name} is one of {value}"),
    "says-not_in": Text(zh="{name}不为{value}中任何一项", en="{name} is none of {value}"),
    "says-has": Text(zh="{name}含{value}", en="{name} include {value}"),
    "says-lacks": Text(zh="{name}不含{value}", en="{name} do not include {value}"),
    "says-is_known": Text(zh="{name}已知", en="{name} is known"),
    "says-is_unknown": Text(zh="{name}未知", en="{name} is unknown"),
    "says-is_true": Text(zh="{name}：是", en="{name}: yes"),
    "says-is_not_true": Text(zh="{name}：否或未知", en="{name}: no or unknown"),
    "says-is_false": Text(zh="{name}：否", en="{name}: no"),
    "says-is_not_false": Text(zh="{name}：是或未知", en="{name}: yes or unknown"),
    # cases
    "case-expected": Text(zh="预期{expected}", en="expected {expected}"),
    "case-stranger": Text(zh="手册中没有动作 `{action}`", en="`{action}` is not an action of the book"),
    "case-done": Text(
        zh="用例已通过，不再待定：请删去 `todo`", en="the case passes, and is no longer pending: remove `todo`"
    ),
    "case-plans": Text(zh="列入 `{action}`", en="`{action}` to be planned"),
    "case-first": Text(zh="`{action}` 排在第 1 位", en="`{action}` at rank 1"),
    "case-order": Text(zh="次序 {value}", en="the order {value}"),
    "case-in-order": Text(zh="`{action}` 按次序 {value} 列入", en="`{action}` in the order {value}"),
    "case-never": Text(zh="不列入 `{action}`", en="`{action}` not to be planned"),
    "case-withheld": Text(zh="`{action}` 由 `{value}` 拦下", en="`{action}` to be withheld by `{value}`"),
    "case-withheld-by-any": Text(zh="`{action}` 被拦下", en="`{action}` to be withheld"),
    "case-status": Text(zh="状态 {value}", en="the status {value}"),
    "case-uncovered": Text(zh="缺少的类别 {value}", en="the uncovered kinds {value}"),
    "case-due": Text(zh="`{action}` 到期日 {value}", en="`{action}` to be due on {value}"),
    "case-owner": Text(zh="`{action}` 由 {value} 负责", en="`{action}` to be done by {value}"),
    "case-due-none": Text(zh="`{action}` 没有到期日", en="`{action}` to have no due day"),
    "case-owner-none": Text(zh="`{action}` 没有负责人", en="`{action}` to have no owner"),
    "case-not_before-none": Text(zh="`{action}` 不推迟", en="`{action}` not to be deferred"),
    "case-says-not-deferred": Text(zh="「{title}」不推迟", en="“{title}” is not deferred"),
    "case-says-no-owner": Text(zh="「{title}」没有负责人", en="“{title}” has no owner"),
    "case-channel": Text(zh="`{action}` 经由 {value}", en="`{action}` to go by {value}"),
    "case-needs": Text(zh="`{action}` 须先完成 `{value}`", en="`{action}` to be held until `{value}` is done"),
    "case-not_before": Text(zh="`{action}` 不早于 {value}", en="`{action}` not before {value}"),
    "case-found": Text(zh="实际为 {value}", en="found {value}"),
    "case-met": Text(zh="与预期相同", en="as expected"),
    "case-changed-by": Text(zh="由 {rules} 调整", en="changed by {rules}"),
    "case-is-planned": Text(zh="实际列在第 {rank} 位", en="it is planned at rank {rank}"),
    "case-is-withheld": Text(
        zh="实际在「{stage}」阶段由 `{rule}` 拦下", en="it was withheld at stage {stage} by `{rule}`"
    ),
    "case-not-proposed": Text(zh="没有规则提出它", en="no rule proposed it"),
    "case-plan": Text(zh="方案为 {value}", en="the plan is {value}"),
    "case-plan-empty": Text(zh="方案为空", en="the plan is empty"),
    "case-none": Text(zh="无", en="none"),
    "case-column-expected": Text(zh="预期", en="expected"),
    "case-column-actual": Text(zh="实际", en="actual"),
    "case-column-rules": Text(zh="匹配的规则", en="matching rules"),
    "case-pending": Text(zh="`{id}` 待定：{why}", en="`{id}` is pending: {why}"),
    "case-count-passed": Text(zh="{count} 个用例通过", en="{count} cases passed"),
    "case-count-failed": Text(zh="{count} 个未通过", en="{count} failed"),
    "case-count-pending": Text(zh="{count} 个待定", en="{count} pending"),
    "coverage-statement": Text(zh="没有用例显示 {statement} 的作用", en="no case shows that {statement} matters"),
    "coverage-boundary": Text(
        zh="{statement}：没有用例同时站在 `{text}` 的两侧", en="{statement}: no case shows both sides of `{text}`"
    ),
    "coverage-condition": Text(
        zh="{statement}：没有用例显示 `{text}` 自身的作用",
        en="{statement}: no case shows what `{text}` does on its own",
    ),
    "coverage-undecided": Text(
        zh="{statement}：`{text}` 能否显示，未能判定",
        en="{statement}: whether anybody can show `{text}` was not decided",
    ),
    "coverage-count-statement": Text(zh="规则 {covered}/{all}", en="{covered} of {all} statements"),
    "coverage-count-boundary": Text(zh="界限 {covered}/{all}", en="{covered} of {all} boundaries"),
    "coverage-count-condition": Text(zh="条件 {covered}/{all}", en="{covered} of {all} conditions"),
    "coverage-total": Text(
        zh="覆盖率 {percent}：{parts}；{out} 项对任何客户都不起作用，不计",
        en="coverage {percent}: {parts}; {out} left out that no customer can show",
    ),
    "case-fact": Text(zh="{name} {value}", en="{name} {value}"),
    "case-fact-unknown": Text(zh="{name}未知", en="{name} unknown"),
    "case-fact-known": Text(zh="{name}已知", en="{name} known"),
    "case-fact-true": Text(zh="{name}", en="{name}"),
    "case-fact-false": Text(zh="{name}为否", en="not “{name}”"),
    "case-fact-has": Text(zh="有「{value}」", en="{value}"),
    "case-fact-lacks": Text(zh="无「{value}」", en="no {value}"),
    "case-says-plans": Text(zh="列入「{title}」", en="“{title}” is planned"),
    "case-says-never": Text(zh="不列入「{title}」", en="“{title}” is not planned"),
    "case-says-before": Text(zh="「{title}」排在「{other}」之前", en="“{title}” ranks above “{other}”"),
    "case-says-owner": Text(zh="「{title}」由{owner}负责", en="“{title}” is done by {owner}"),
    "case-says-channel": Text(zh="「{title}」经由{channel}", en="“{title}” goes by {channel}"),
    "case-says-not-before": Text(zh="「{title}」推迟到 {time} 之后", en="“{title}” waits until {time}"),
    "case-says-nothing": Text(zh="方案不变", en="the plan stays as it is"),
    "case-nearest": Text(zh="最近的界限", en="nearest boundary"),
    "case-nearest-in": Text(
        zh="`{action}` 列入的最小改变：{change}", en="the least that brings `{action}` in: {change}"
    ),
    "case-nearest-out": Text(
        zh="`{action}` 不再列入的最小改变：{change}", en="the least that takes `{action}` out: {change}"
    ),
    "case-nearest-edge": Text(zh="{rule} 的 `{comparison}`", en="`{comparison}` of {rule}"),
    "case-nearest-none": Text(
        zh="`{action}`：至多改变四项属性也不会改变结果",
        en="`{action}`: no change of up to four attributes turns it round",
    ),
    "case-nearest-later": Text(
        zh="只为前几个用例查找；用 -k {id} 单独运行本用例即可看到",
        en="looked for in the first few cases only; run this one alone with -k {id}",
    ),
    "case-nearest-open": Text(zh="`{action}`：未能判定", en="`{action}`: could not be decided"),
    # a change to a book
    "diff-title": Text(zh="规则变更评审", en="Review of a change to the rules"),
    "diff-equal": Text(
        zh="两个版本等价：任何可能的客户在两个版本中的方案都相同。",
        en="The books are equivalent: every possible customer has the same plan in both.",
    ),
    "diff-changed": Text(zh="{count} 类客户的方案有变化。", en="Regions of customers whose plans change: {count}."),
    "diff-open": Text(zh="{count} 部分未能判定。", en="Parts that could not be decided: {count}."),
    "diff-lead": Text(
        zh="下列各类客户互不重叠；不在其中的客户，方案完全不变。",
        en="No customer is in two of these regions; the plan of everybody else stays just as it is.",
    ),
    "diff-lead-open": Text(
        zh="下列各类客户互不重叠；除未能判定的部分外，不在其中的客户方案不变。",
        en="No customer is in two of these regions; but for the parts not decided, the plan of everybody else stays "
        "just as it is.",
    ),
    # two edits of a book
    "merge-title": Text(zh="{ours} 与 {theirs}（均改自 {base}）", en="{ours} and {theirs}, edits of {base}"),
    "merge-clean": Text(
        zh="合并无冲突：已证明每位客户的方案都如双方所愿。",
        en="merged without a conflict: it is proven that every customer has the plan that both edits ask for",
    ),
    "merge-clashes": Text(zh="无法合并的条目：{count}", en="edits that cannot be combined: {count}"),
    "merge-contested": Text(zh="方案有冲突的客户类别：{count}", en="regions of customers in conflict: {count}"),
    "merge-open": Text(zh="未能判定的部分：{count}", en="parts not decided: {count}"),
    "merge-files": Text(zh="有冲突的其他文件：{count}", en="other files in conflict: {count}"),
    "merge-both": Text(zh="双方都改了这些客户的方案，且改法不同。", en="Both sides change these plans, and not alike."),
    "merge-interaction": Text(
        zh="合并后的手册对这些客户的安排，并非双方改动合在一起的结果。",
        en="The merged book does not plan for them what both edits together ask for.",
    ),
    "merge-same": Text(zh="不改变方案", en="leaves the plans as they are"),
    "ours": Text(zh="我方", en="ours"),
    "theirs": Text(zh="对方", en="theirs"),
    "merged": Text(zh="合并后", en="merged"),
    "base-plan": Text(zh="原方案", en="before"),
    "merge-found": Text(zh="合并后与应有方案相比", en="merged, compared with what is asked for"),
    "merge-involved": Text(zh="涉及的改动", en="edits that speak of this customer"),
    "merge-more": Text(zh="另有 {count} 部分，见 --format json", en="and {count} more; --format json has all"),
    "merge-edits": Text(zh="改动一览", en="What was edited"),
    "merge-no-edits": Text(zh="双方都没有改动。", en="Neither side edits anything."),
    "merge-anew": Text(zh="两方写法均未沿用、重新写出的条目", en="Written anew, since neither side says just this"),
    "merge-others": Text(zh="文件夹中的其他文件", en="Other files of the folder"),
    "merge-written": Text(zh="已写入 {path}", en="written to {path}"),
    "merge-draft": Text(
        zh="草稿已写入 {path}；搜索“# conflict”可找到冲突处。",
        en="a draft is written to {path}; look for `# conflict` in it",
    ),
    "merge-not-written": Text(zh="因有冲突，未写入任何文件。", en="nothing is written, because there are conflicts"),
    "edit-added": Text(zh="新增", en="added"),
    "edit-changed": Text(zh="修改", en="changed"),
    "edit-removed": Text(zh="删除", en="removed"),
    "edit-merged": Text(zh="由双方内容合成", en="put together from both"),
    "column-what": Text(zh="内容", en="what"),
    "before": Text(zh="变更前", en="before"),
    "after": Text(zh="变更后", en="after"),
    "summary": Text(zh="概要", en="Summary"),
    "changed-regions": Text(zh="哪些客户，如何变化", en="Whose plans change, and how"),
    "customers-who": Text(zh="哪些客户", en="customers"),
    "affected-customers": Text(zh="受影响的客户", en="affected customers"),
    "what-changes": Text(zh="变化", en="what changes"),
    "gains": Text(zh="新增「{title}」", en="gains “{title}”"),
    "loses": Text(zh="不再有「{title}」", en="loses “{title}”"),
    "altered-owner": Text(
        zh="「{title}」的负责人由{before}改为{after}", en="“{title}”: owner {before} becomes {after}"
    ),
    "altered-channel": Text(
        zh="「{title}」的渠道由{before}改为{after}", en="“{title}”: channel {before} becomes {after}"
    ),
    "altered-until": Text(
        zh="「{title}」的最早时间由{before}改为{after}", en="“{title}”: not before {before} becomes {after}"
    ),
    "moved-above": Text(zh="「{title}」现在排在「{other}」之前", en="“{title}” now ranks above “{other}”"),
    "for-example": Text(zh="例如客户", en="for example"),
    "no-example": Text(
        zh="没有找到可以展示的客户；这一类客户仍可能存在。", en="No customer was found to show; there may be some."
    ),
    "empty-plan": Text(zh="（无动作）", en="nothing"),
    "diff-undecided": Text(zh="未能判定", en="Not decided"),
    "diff-texts": Text(zh="文字有改动的动作（方案不变）", en="Actions whose texts changed (the plans stay)"),
    "diff-assumptions": Text(zh="有改动的假设", en="Assumptions that changed"),
    "population": Text(zh="客户名单中的影响", en="Among the customers of the file"),
    "population-affected": Text(
        zh="{total} 位客户中有 {count} 位受影响。", en="{count} of {total} customers are affected."
    ),
    "population-refused": Text(zh="另有 {count} 条记录无法读取，未计入。", en="{count} records were not read."),
    "population-by": Text(zh="按{name}", en="by {name}"),
    "population-workload": Text(zh="按负责人统计的动作数", en="planned actions by owner"),
    "nobody-owns": Text(zh="无负责人", en="nobody"),
    "mark-gained": Text(zh="新增", en="new"),
    "mark-lost": Text(zh="取消", en="gone"),
    "mark-altered": Text(zh="有改动", en="changed"),
    "mark-moved": Text(zh="位次变化", en="moved"),
    # a whole customer base
    "stats-title": Text(zh="全体客户的方案统计", en="The plans of the whole customer base"),
    "stats-heading": Text(
        zh="{count} 位客户，{day}，规则手册 {name} {version}",
        en="{count} customers on {day}, rule book {name} {version}",
    ),
    "stats-with-planned": Text(zh="有方案：{count}", en="with a plan: {count}"),
    "stats-with-empty": Text(zh="方案为空（提出的动作全部保留不做）：{count}", en="with an empty plan: {count}"),
    "stats-with-uncovered": Text(zh="未覆盖（没有规则适用）：{count}", en="not covered by any rule: {count}"),
    "stats-rejected": Text(zh="记录有误、未做方案：{count}", en="rejected, without a plan: {count}"),
    "stats-distinct": Text(zh="不同的方案：{count}", en="distinct plans: {count}"),
    "stats-planned": Text(zh="有方案", en="with a plan"),
    "stats-empty": Text(zh="方案为空", en="empty"),
    "stats-uncovered": Text(zh="未覆盖", en="not covered"),
    "stats-rejects": Text(zh="记录有误", en="rejected"),
    "stats-plans": Text(zh="不同的方案", en="distinct plans"),
    "stats-action": Text(zh="动作", en="action"),
    "stats-customers": Text(zh="客户数", en="customers"),
    "stats-actions": Text(zh="动作数", en="actions"),
    "stats-each": Text(zh="人均动作", en="actions each"),
    "stats-each-by": Text(zh="人均动作数，按{name}", en="actions for each customer, by {name}"),
    "stats-length": Text(zh="动作数", en="actions"),
    "stats-first": Text(zh="排第一", en="first"),
    "stats-withheld": Text(zh="保留不做", en="withheld"),
    "stats-not-proposed": Text(zh="无规则提出", en="none proposed"),
    "stats-stage": Text(zh="阶段", en="stage"),
    "stats-by": Text(zh="依据", en="by"),
    "stats-by-length": Text(zh="按方案长度", en="by the length of the plan"),
    "stats-by-kind": Text(zh="按类别", en="by kind"),
    "stats-by-action": Text(zh="按动作", en="by action"),
    "stats-by-owner": Text(zh="按负责人", en="by owner"),
    "stats-by-stage": Text(zh="保留不做，按阶段", en="withheld, by stage"),
    "stats-by-rule": Text(zh="保留不做，按规则", en="withheld, by what withheld it"),
    "stats-combinations": Text(zh="三个维度的组合（客户数）", en="Combinations of the three axes (customers)"),
    "stats-silent": Text(zh="没有匹配到任何客户", en="Matched nobody"),
    "stats-rules": Text(zh="规则", en="rules"),
    "stats-rows": Text(zh="决策表的行", en="rows of tables"),
    "stats-guards": Text(zh="护栏规则", en="guards"),
    "stats-never": Text(zh="没有出现在任何方案中的动作", en="Actions in nobody's plan"),
    "stats-always-withheld": Text(zh="提出 {count} 次，均保留不做", en="proposed {count} times, always withheld"),
    "never-proposed-here": Text(zh="没有为任何客户提出", en="proposed for nobody"),
    "stats-why-empty": Text(zh="方案为空的客户，及原因", en="Whose plans are empty, and why"),
    "stats-why-uncovered": Text(zh="未覆盖的客户，及原因", en="Who is not covered, and why"),
    "stats-emptied": Text(
        zh="{count} 位客户：「{stage}」阶段的 {rule}", en="{count} customers: {rule} at the stage {stage}"
    ),
    "stats-everybody": Text(zh="所有客户", en="all customers"),
    "stats-example": Text(zh="例如 {customer}", en="for example {customer}"),
    # capacity
    "allocate-by-branch": Text(zh="最忙的网点", en="the fullest branches"),
    "allocate-by-seat": Text(zh="最忙的负责人", en="the fullest days"),
    "allocate-branch": Text(zh="网点", en="branch"),
    "allocate-place": Text(zh="谁的一天", en="whose day"),
    "allocate-several": Text(zh="跨网点的客户经理", en="managers of several branches"),
    "allocate-vacant": Text(zh="{place}（无人负责）", en="{place} (vacant)"),
    "allocate-minutes": Text(zh="分钟", en="min"),
    "allocate-contacts": Text(zh="次联系", en="contacts"),
    "allocate-demand": Text(zh="需求", en="demand"),
    "allocate-capacity": Text(zh="容量", en="capacity"),
    "allocate-use": Text(zh="占比", en="of it"),
    "allocate-today": Text(zh="今天做", en="today"),
    "allocate-deferred": Text(zh="顺延", en="deferred"),
    "allocate-never": Text(zh="排不上", en="no day"),
    "allocate-overload": Text(zh="义务超出", en="overload"),
    "allocate-reasons": Text(zh="理由与动作数", en="reasons, and how many actions"),
    "reason-duty": Text(zh="义务，从不顺延", en="a duty is never deferred"),
    "reason-unlimited": Text(zh="容量文件没有限制该负责人", en="the capacity file does not limit the owner"),
    "reason-room": Text(zh="今天有空", en="there is room today"),
    "reason-full": Text(zh="今天已满，顺延到最近有空的一天", en="today is full; the next day with room"),
    "reason-beyond-horizon": Text(zh="所看的日子都已满", en="all days that were looked at are full"),
    "reason-too-large": Text(zh="比一整天还长", en="it takes longer than a whole day"),
    "reason-no-capacity": Text(zh="无人可做", en="there is nobody to do it"),
}
"""Every word by its key; braces hold what is filled in."""


def say(key: str, language: Language, **values: object) -> str:
    """Return the words of a key in a language, filled in.

    >>> say("not-before", "en", time="09:00")
    'not before 09:00'
    """
    return WORDS[key].in_language(language).format(**values)
