"""What does each diagnostic code mean?"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CHECKS", "CODES", "EXPLAINED_AT_LOAD", "Code"]

EXPLAINED_AT_LOAD = (
    "overlapping-rows",
    "disagreeing-rows",
    "override-cycle",
    "unused-action",
    "missing-translation",
)
"""Codes of the loader that the page about checks explains, because they are about what a book says as a whole."""


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding.

    Args:
        name: the stable word; never reused for something else.
        meaning: one sentence for the rule-book reference.
        help: what to do, when the finding itself does not say more.
        severity: `error`, `warning` or `info`.
        check: whether a check of `relmaint.verify.checks` finds it, so that a book can set its severity and except it.
    """

    name: str
    meaning: str
    help: str
    severity: str = "error"
    check: bool = False

    @property
    def page(self) -> str:
        """Where the documentation says more: a page of the project, and the section on it."""
        if self.check or self.name in EXPLAINED_AT_LOAD:
            return f"docs/reference-checks.md#{self.name}"
        return "docs/reference-rule-book.md#diagnostic-codes"


_ALL = (
    # Reading files
    Code("cannot-read", "The file or folder cannot be read.", "check the path and the permissions"),
    Code("not-utf8", "The file is not UTF-8 text.", "save the file as UTF-8"),
    Code("empty-book", "There is no rule book here.", "start with `book: {name: …, version: …}`"),
    Code("too-large", "The file, a line or a value is larger than any rule book needs.", "split it"),
    Code("include-cycle", "Books include each other in a circle.", "remove one of the includes"),
    # YAML
    Code("yaml-syntax", "The text is not YAML.", "compare with the examples of the reference"),
    Code(
        "bare-operator",
        "A value starts with an operator that YAML reads as something else.",
        "write the attribute and the operator on one line, such as `when: aum >= 100000`",
    ),
    Code(
        "full-width-punctuation",
        "Chinese punctuation stands where the language expects ASCII.",
        "use the ASCII character",
    ),
    Code(
        "control-character",
        "A control character, or an invisible one that changes how a line reads, stands in the text.",
        "delete it, or type the line again",
    ),
    Code("duplicate-key", "A key stands twice in one mapping.", "remove one of the two"),
    Code("yaml-anchor", "Anchors, aliases and merge keys are refused.", "write the value out"),
    Code("yaml-tag", "Tags are refused.", "remove the tag; if it is `!=`, write the attribute before it"),
    Code("too-deep", "The nesting is deeper than any rule book needs.", "flatten it"),
    Code("many-documents", "The file holds more than one YAML document.", "remove the `---` lines between them"),
    # Structure
    Code("unknown-key", "The key is not part of the language.", "see the rule-book reference"),
    Code("missing-key", "A required key is missing.", "add it"),
    Code("wrong-type", "The value has the wrong shape.", "see the rule-book reference"),
    Code("bad-value", "The value is not one of those allowed here.", "use one of the allowed values"),
    Code("bad-id", "The id holds a character that ids cannot have.", "use letters, digits, `-`, `_`, `.` and `/`"),
    Code(
        "bad-due", "The due date cannot be read.", "write `7 days before deposit_maturity` or `within 2 business days`"
    ),
    Code("duplicate-id", "Two statements have one id.", "rename one of them"),
    Code("empty-text", "A text says nothing.", "write the text, or remove the key"),
    # Conditions
    Code("condition-syntax", "The condition cannot be read.", "write it as `attribute operator value`"),
    Code("unknown-attribute", "The customer model has no such attribute.", "see `relmaint schema customer`"),
    Code("wrong-operator", "The operator does not fit the type of the attribute.", "see the table of operators"),
    Code("wrong-constant", "The value does not fit the type of the attribute.", "write a value of that type"),
    Code(
        "out-of-range",
        "The value lies outside the range that the model declares.",
        "correct the value; the comparison can never change",
        "warning",
    ),
    Code("empty-interval", "No value lies in the interval.", "put the smaller end first"),
    Code("too-many-boxes", "The condition falls apart into too many cases.", "split the rule in two"),
    # References
    Code("unknown-action", "The catalogue has no such action.", "add it to `actions:`, or correct the name"),
    Code("unknown-rule", "There is no rule or row with this id.", "correct the name"),
    Code("unknown-term", "The word is not declared in its group of `terms:`.", "declare it, or correct it"),
    Code("unknown-precedence", "The ranking has no such precedence class.", "use one of the ranking's classes"),
    Code(
        "override-cycle", "Rules override each other.", "decide which one is stronger, and remove the other `overrides`"
    ),
    Code("override-of-guard", "A guard cannot be overridden.", "narrow the guard's own condition instead"),
    Code(
        "guard-on-duty",
        "A guard would withhold a service or risk duty.",
        "select actions of another nature; duties are never withheld",
    ),
    Code("hold-cycle", "A guard holds the action that it waits for.", "add the action to `unless` of the selector"),
    Code("placeholder", "A text names an attribute that does not exist.", "correct the name between the braces"),
    # Tables
    Code(
        "row-width",
        "A row has more or fewer cells than the table has columns.",
        "write one cell for each input and output; `-` means any",
    ),
    Code(
        "overlapping-rows",
        "Two rows of a `unique` table match the same customer.",
        "make the rows disjoint, or choose another hit policy",
    ),
    Code(
        "disagreeing-rows",
        "Two rows of an `any` table match the same customer and differ.",
        "make the outputs equal, or choose another hit policy",
    ),
    Code("hit-policy", "The hit policy does not fit the outputs.", "see the table of hit policies"),
    # Dates
    Code("empty-period", "The period ends before it begins.", "put `from` before `until`"),
    # Whole book
    Code(
        "uncovered-combination",
        "A combination of the axes has no action of some kind.",
        "add a rule for it, or let one cover it",
        check=True,
    ),
    Code(
        "undecided-combination",
        "Whether a combination of the axes is covered could not be decided.",
        "make the conditions of its rules simpler",
        "warning",
        check=True,
    ),
    Code("unused-action", "No rule proposes the action.", "propose it somewhere, or remove it", "warning"),
    Code(
        "missing-translation",
        "A text is given in one language only, or in the other one's place.",
        "add the other language",
        "warning",
    ),
    # Checks
    Code(
        "gap",
        "The plan of some customer has no action of a kind once overrides, guards, merging and the budget are applied.",
        "add an action that is a duty, or one that no guard selects and the bank does not start",
        "warning",
        check=True,
    ),
    Code(
        "never-wins",
        "An action is proposed for some customer and planned for none.",
        "let it win somewhere, or remove it",
        "warning",
        check=True,
    ),
    Code(
        "unknown-open",
        "A guard lets an action through because an attribute is unknown.",
        "let the guard speak of an unknown value too, such as `is not true` for `is false`",
        "warning",
        check=True,
    ),
    Code(
        "broken-invariant",
        "What the book declares under `invariants:` is not so for some customer.",
        "change the rules, or the invariant",
        check=True,
    ),
    Code(
        "plan-dates",
        "On these days a plan changes without any change of the customer.",
        "see that the dates are meant",
        "info",
        check=True,
    ),
    Code(
        "unreachable-rule",
        "No customer meets the condition of a rule, a row or a guard.",
        "correct the condition, or remove the statement",
        "warning",
        check=True,
    ),
    Code(
        "masked-rule",
        "A rule or row never has an effect: others override it, or come first, for all of its customers.",
        "remove it, or narrow what comes before it",
        "warning",
        check=True,
    ),
    Code(
        "subsumed-rule",
        "One other rule proposes the same actions for all customers of a rule.",
        "remove the rule, or correct one of the two conditions",
        "warning",
        check=True,
    ),
    Code(
        "redundant-rule",
        "Other rules together propose the same actions for all customers of a rule.",
        "remove the rule, or correct its condition",
        "warning",
        check=True,
    ),
    Code(
        "redundant-condition",
        "A part of a condition can be dropped without changing any plan.",
        "drop it, or correct it",
        "warning",
        check=True,
    ),
    Code(
        "idle-override",
        "An override never sets anything aside.",
        "remove it, or correct the condition or the name of what it overrides",
        "warning",
        check=True,
    ),
    Code(
        "conflicting-overrides",
        "Two rules are in force for one customer, and their overrides contradict each other.",
        "let one of them override the other, or keep their conditions apart",
        "warning",
        check=True,
    ),
    Code(
        "misleading-row",
        "The place of a row in its table says something else than the plan does.",
        "move the row, narrow it, or choose another hit policy",
        "warning",
        check=True,
    ),
    Code(
        "mergeable-rows",
        "One row could say what several rows of a table say.",
        "write one row in their place",
        "info",
        check=True,
    ),
    Code(
        "useless-column",
        "Nothing that a table says depends on one of its input columns.",
        "remove the column, or correct the rows",
        "warning",
        check=True,
    ),
    Code(
        "protected-attribute",
        "A rule or row reads a protected attribute for something else than to protect the customer.",
        "let it read another attribute, or propose what is owed, what keeps from harm, or care",
        "error",
        check=True,
    ),
    Code(
        "promise",
        "A text promises a return, or calls something free of risk.",
        "say what is so, and name the risk",
        "warning",
        check=True,
    ),
    Code(
        "missing-source",
        "A statement names no source, in a book that names the sources of most.",
        "add `source:`, or `provenance: judgement` when it is your own",
        "warning",
        check=True,
    ),
    Code(
        "undecided-check",
        "A check gave up before it had an answer; this says nothing about the book.",
        "make the conditions concerned simpler",
        "warning",
        check=True,
    ),
    Code(
        "unused-exception",
        "An exception under `checks:` excepts nothing.",
        "remove it, or correct what it is about",
        "warning",
        check=True,
    ),
    # Merging
    Code(
        "merge-conflict",
        "Two edits of a book cannot be combined.",
        "agree on one of the two, and let both sides say it",
    ),
    # Customer records
    Code("bad-record", "A customer record is not valid.", "correct the field"),
    Code("bad-case", "A case cannot be read.", "see the rule-book reference, section Cases"),
    # Capacity files
    Code(
        "unmet-exception",
        "A capacity file makes an exception for a manager or a branch that no customer has.",
        "correct the name, or remove the line",
        "warning",
    ),
)

CODES: dict[str, Code] = {code.name: code for code in _ALL}

CHECKS: tuple[str, ...] = tuple(code.name for code in _ALL if code.check)
"""The codes that a book can set the severity of and except, under `checks:`."""
