"""What does a line such as `aum >= 100万 and tier in (key, ordinary)` say?

A parser by recursive descent; the vocabulary gives every constant its type. All findings of a line are reported
at once: a comparison that cannot be read is skipped, and reading goes on behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, TypeAlias, assert_never

from relmaint.diagnostics import Diagnostic, Severity, Source, Span, diagnostic, did_you_mean
from relmaint.ir.conditions import (
    ALWAYS,
    NEGATIONS,
    SYNONYMS,
    And,
    Comparison,
    Condition,
    Interval,
    Not,
    Operand,
    Operator,
    Or,
)
from relmaint.rulebook.tokens import Token, TokenKind, tokens_of, unquoted
from relmaint.vocabulary import (
    Attribute,
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    IntegerType,
    SetType,
    TextType,
    ValueType,
    Vocabulary,
    parse_value,
    show_value,
    step_after,
)

__all__ = ["MAXIMUM_DEPTH", "MAXIMUM_LENGTH", "SpanOf", "operators_of", "parse_condition", "parse_test"]

SpanOf: TypeAlias = Callable[[int, int], Span]
"""Gives the place of a stretch of the text, from its offset and its length."""

MAXIMUM_DEPTH = 60
"""No more brackets and `not` inside each other."""

MAXIMUM_LENGTH = 10_000
"""No more characters in a condition or cell."""

_MAXIMUM_FINDINGS = 20
"""A line that holds more findings is not the line of a rule book, and people read the first ones."""


def parse_condition(
    text: str, vocabulary: Vocabulary, span_of: SpanOf | None = None
) -> tuple[Condition | None, list[Diagnostic]]:
    """Read a condition; the result is `None` exactly when one of the findings is an error.

    >>> from relmaint.vocabulary import Attribute
    >>> vocabulary = Vocabulary({"age": Attribute("age", IntegerType(0), optional=True)})
    >>> parse_condition("age ≥ 18", vocabulary)
    (Comparison(attribute='age', operator=<Operator.GE: '>='>, operands=(18,)), [])
    """
    parser = _Parser(text, vocabulary, span_of or _places_in(text))
    condition = parser.whole_condition()
    return (None if parser.failed else condition), parser.findings


def parse_test(
    text: str, attribute: str, vocabulary: Vocabulary, span_of: SpanOf | None = None
) -> tuple[Comparison | None, list[Diagnostic]]:
    """Read a table cell as a test of `attribute`; `None` without an error means any value.

    The vocabulary must have the attribute.
    """
    parser = _Parser(text, vocabulary, span_of or _places_in(text))
    test = parser.whole_test(vocabulary[attribute])
    return (None if parser.failed else test), parser.findings


def _places_in(text: str) -> SpanOf:
    source = Source("<text>", text)
    return lambda offset, length: source.span(offset, offset + length)


_EVERY = frozenset({Operator.IS_KNOWN, Operator.IS_UNKNOWN})
_EQUAL = _EVERY | {Operator.EQ, Operator.NE}
_LISTED = _EQUAL | {Operator.IN, Operator.NOT_IN}
_ORDERED = _LISTED | {Operator.LT, Operator.LE, Operator.GT, Operator.GE, Operator.INSIDE, Operator.OUTSIDE}
_BOOLEAN = _EQUAL | {Operator.IS_TRUE, Operator.IS_NOT_TRUE, Operator.IS_FALSE, Operator.IS_NOT_FALSE}
_SET = _EVERY | {Operator.HAS, Operator.LACKS}
_FITTING: dict[type, frozenset[Operator]] = {
    EnumType: _LISTED,
    BooleanType: _BOOLEAN,
    IntegerType: _ORDERED,
    DecimalType: _ORDERED,
    DateType: _ORDERED,
    TextType: _LISTED,
    SetType: _SET,
}


def operators_of(type_: ValueType) -> frozenset[Operator]:
    """Return the operators that can compare values of a type."""
    return _FITTING[type(type_)]


_SIGNS = {one.value: one for one in (Operator.EQ, Operator.NE, Operator.LT, Operator.LE, Operator.GT, Operator.GE)}
_STATES = {
    ("known", True): Operator.IS_KNOWN,
    ("known", False): Operator.IS_UNKNOWN,
    ("unknown", True): Operator.IS_UNKNOWN,
    ("unknown", False): Operator.IS_KNOWN,
    ("true", True): Operator.IS_TRUE,
    ("true", False): Operator.IS_NOT_TRUE,
    ("false", True): Operator.IS_FALSE,
    ("false", False): Operator.IS_NOT_FALSE,
}
_GUESSES = {
    "=>": ">=",
    "=<": "<=",
    "<>": "!=",
    "=!": "!=",
    "===": "=",
    "!==": "!=",
    "!": "not",
    "&": "and",
    "|": "or",
    "∧": "and",
    "∨": "or",
    "¬": "not",
    "AND": "and",
    "OR": "or",
    "NOT": "not",
    "IN": "in",
    "IS": "is",
    "BETWEEN": "between",
    "does": "lacks",
    "contains": "has",
    "includes": "has",
    "equals": "=",
    "等于": "=",
    "不等于": "!=",
    "大于": ">",
    "小于": "<",
    "大于等于": ">=",
    "小于等于": "<=",
    "属于": "in",
    "在": "in",
    "是": "is",
    "不是": "is not",
    "包含": "has",
}
"""What people write who know another language, and what they mean."""

_EMPTY_WORDS = frozenset({"null", "none", "None", "nil", "NULL", "空", "未知"})
_TRUTH = frozenset({"true", "false"})
_JOINERS = frozenset({"and", "or"})
_STOPS = frozenset({"and", "or", ")"})
_STEPS = {"(": 1, "[": 1, ")": -1, "]": -1}


@dataclass(frozen=True, slots=True)
class _Constant:
    """A value as it is written, its quotes removed."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Stretch:
    """An interval as it is written."""

    low: _Constant | None
    high: _Constant | None
    start: int
    end: int
    low_closed: bool = True
    high_closed: bool = True


_END, _VALUE, _QUOTED = TokenKind.END, TokenKind.VALUE, TokenKind.QUOTED
_KEYWORD, _SIGN, _STRANGE = TokenKind.KEYWORD, TokenKind.SIGN, TokenKind.STRANGE

_Written: TypeAlias = _Constant | _Stretch


class _UnreadableError(Exception):
    """The comparison cannot be read; the finding is made already."""


class _Parser:
    """Reads one condition or one cell, token by token."""

    __slots__ = ("_at", "_cut", "_depth", "_span_of", "_text", "_token", "_tokens", "_vocabulary", "failed", "findings")

    def __init__(self, text: str, vocabulary: Vocabulary, span_of: SpanOf) -> None:
        self._text = text
        self._vocabulary = vocabulary
        self._span_of = span_of
        self._at = 0
        self._cut = False
        self._depth = 0
        self.failed = False
        self.findings: list[Diagnostic] = []
        if len(text) > MAXIMUM_LENGTH:
            self._tokens = [Token(TokenKind.END, "", 0, 0)]
            self._token = self._tokens[0]
            advice = "split the rule, or declare an attribute that says what is meant"
            self._find("too-large", f"the text is longer than {MAXIMUM_LENGTH} characters", 0, len(text), advice)
            self._cut = True
            return
        self._tokens, slips = tokens_of(text)
        self._token = self._tokens[0]
        for slip in slips[:_MAXIMUM_FINDINGS]:
            message = f"`{slip.written}` is not a sign of the language"
            self._find("full-width-punctuation", message, slip.start, slip.end, f"write `{slip.correct}`")

    # Entry points

    def whole_condition(self) -> Condition:
        """Read all of the text as a condition; what is returned after an error means nothing."""
        if self._cut:
            return ALWAYS
        if self._is_at_end():
            advice = "write `always`, or a comparison"
            self._find("condition-syntax", "the condition is empty", 0, len(self._text), advice)
            return ALWAYS
        condition = self._either()
        while not self._is_at_end():
            self._refuse_closing()
            if not self._is_at_end():
                self._either()
        return condition

    def whole_test(self, attribute: Attribute) -> Comparison | None:
        """Read all of the text as a cell; `None` for any value."""
        if self._cut:
            return None
        if self._is_at_end():
            self._find("condition-syntax", "the cell is empty", 0, len(self._text), "write `-` for any value")
            return None
        if self._token.text == "-" and len(self._tokens) == 2:
            return None
        try:
            test = self._cell(attribute)
            if not self._is_at_end():
                self._refuse_after(attribute)
        except _UnreadableError:
            return None
        return test

    # Conditions

    def _either(self) -> Condition:
        parts = [self._all()]
        while self._token.text == "or" and self._token.kind is _KEYWORD:
            self._advance()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self) -> Condition:
        parts = [self._part()]
        while True:
            token = self._token
            if token.kind is _KEYWORD and token.text == "and":
                self._advance()
                parts.append(self._part())
            elif token.kind is _END or token.text in ("or", ")"):
                return parts[0] if len(parts) == 1 else And(tuple(parts))
            else:
                self._refuse_stray()

    def _part(self) -> Condition:
        token = self._token
        if token.kind is _VALUE:
            return self._attempt()
        match token.text:
            case "not":
                return self._nested(self._negation)
            case "(":
                return self._nested(self._bracketed)
            case "always":
                self._advance()
                return ALWAYS
            case "never":
                self._advance()
                return Or(())
            case _:
                return self._attempt()

    def _nested(self, read: Callable[[Token], Condition]) -> Condition:
        token = self._token
        if self._depth == MAXIMUM_DEPTH:
            message = f"more than {MAXIMUM_DEPTH} brackets and `not` stand inside each other"
            self._find("too-deep", message, token.start, token.end, "split the rule, or remove brackets")
            self._cut_short()
            return ALWAYS
        self._depth += 1
        self._advance()
        condition = read(token)
        self._depth -= 1
        return condition

    def _negation(self, token: Token) -> Condition:
        name = self._token
        if name.kind is _VALUE and self._ends_comparison(self._tokens[self._at + 1]):
            return self._attempt(token)
        return Not(self._part())

    def _bracketed(self, token: Token) -> Condition:
        condition = self._either()
        if not self._accept(")") and not self._cut:
            self._find(
                "condition-syntax", "the bracket is never closed", token.start, token.end, "write `)` at its end"
            )
        return condition

    def _attempt(self, negation: Token | None = None) -> Condition:
        """Read a comparison; after a finding, go on behind it."""
        start = self._at
        try:
            return self._comparison(negation)
        except _UnreadableError:
            opened = sum(_STEPS.get(token.text, 0) for token in self._tokens[start : self._at])
            self._skip(max(opened, 0))
            return ALWAYS

    def _skip(self, depth: int = 0) -> None:
        """Go to the next `and` or `or`, or to the bracket that closes the current one, or to the end.

        Args:
            depth: how many brackets are open that are skipped as well.
        """
        while (token := self._token).kind is not _END:
            if depth == 0 and token.text in _STOPS:
                return
            depth = max(depth + _STEPS.get(token.text, 0), 0)
            self._advance()

    def _cut_short(self) -> None:
        """Go to the end, and find no more."""
        self._cut = True
        self._at = len(self._tokens) - 1
        self._token = self._tokens[self._at]

    # Comparisons

    def _comparison(self, negation: Token | None) -> Comparison:
        name = self._token
        if name.kind is not _VALUE or not (name.text[0].isalpha() or name.text[0] == "_"):
            self._refuse_start(name)
        self._advance()
        if self._ends_comparison(self._token):
            return self._alone(name, negation)
        operator, operands = self._test(name.text)
        return self._made(self._attribute(name), operator, operands, name.start)

    def _alone(self, name: Token, negation: Token | None) -> Comparison:
        """Return the comparison that a boolean stands for when no operator follows it."""
        attribute = self._attribute(name)
        if attribute is not None and not isinstance(attribute.type, BooleanType):
            self._fail(
                "condition-syntax",
                f"an operator is missing behind `{name.text}`",
                name.start,
                name.end,
                f"write `{name.text} {_example(attribute)}`",
            )
        if negation is None:
            return self._made(attribute, Operator.IS_TRUE, (), name.start)
        return self._made(attribute, Operator.IS_NOT_TRUE, (), negation.start)

    def _attribute(self, name: Token) -> Attribute | None:
        attribute = self._vocabulary.attributes.get(name.text)
        if attribute is None:
            advice = did_you_mean(name.text, self._vocabulary) or _space_around_joiner(name.text)
            self._find("unknown-attribute", f"there is no attribute `{name.text}`", name.start, name.end, advice)
        return attribute

    def _made(
        self, attribute: Attribute | None, operator: Operator, operands: tuple[_Written, ...], start: int
    ) -> Comparison:
        """Check operator and operands against the type of the attribute, and make the comparison."""
        end = self._tokens[self._at - 1].end
        values: tuple[Operand, ...] = ()
        if attribute is not None:
            if operator in _FITTING[type(attribute.type)]:
                values = tuple([self._operand(attribute, one) for one in operands]) if operands else ()
            else:
                self._wrong_operator(attribute, operator, operands, start, end)
        span = self._span_of(start, end - start)
        return Comparison(attribute.name if attribute else "", operator, values, span)

    def _wrong_operator(
        self, attribute: Attribute, operator: Operator, operands: tuple[_Written, ...], start: int, end: int
    ) -> None:
        fitting = ", ".join(f"`{_spoken(one)}`" for one in Operator if one in _FITTING[type(attribute.type)])
        advice = f"operators that fit: {fitting}"
        if isinstance(attribute.type, SetType) and operands and isinstance(operands[0], _Constant):
            advice = f"write `{'lacks' if operator is Operator.NE else 'has'} {operands[0].text}`"
        message = f"`{_spoken(operator)}` does not fit `{attribute.name}`, which is {_described(attribute.type)}"
        self._find("wrong-operator", message, start, end, advice)

    # Tests, with or without an attribute before them

    def _test(self, name: str) -> tuple[Operator, tuple[_Written, ...]]:
        """Read an operator and its operands."""
        token = self._token
        if token.kind is _SIGN:
            self._advance()
            return _SIGNS[token.text], (self._value(f"behind `{token.text}`"),)
        if token.kind is _KEYWORD:
            match token.text:
                case "is":
                    return self._state(name), ()
                case "in" | "between":
                    return self._inclusion()
                case "has" | "lacks":
                    self._advance()
                    return Operator(token.text), (self._value(f"behind `{token.text}`"),)
                case "not" if self._tokens[self._at + 1].text in ("in", "between"):
                    self._advance()
                    operator, operands = self._inclusion()
                    return NEGATIONS[operator], operands
        return self._refuse_operator(name, token)

    def _state(self, name: str) -> Operator:
        """Read `is known` and its kin."""
        self._advance()
        positive = not self._accept("not")
        token = self._token
        operator = _STATES.get((token.text, positive)) if token.kind is _KEYWORD else None
        if operator is None:
            said = "is" if positive else "is not"
            value = token.kind in (TokenKind.VALUE, TokenKind.QUOTED)
            self._fail(
                "condition-syntax",
                f"`known`, `unknown`, `true` or `false` is missing behind `{said}`",
                token.start,
                token.end,
                f"write `{name} {'=' if positive else '!='} {self._raw(token)}`" if value else None,
            )
        self._advance()
        return operator

    def _inclusion(self) -> tuple[Operator, tuple[_Written, ...]]:
        """Read what follows `in` or `between`."""
        token = self._token
        self._advance()
        if token.text == "between":
            low = self._value("behind `between`")
            if not self._accept("and"):
                self._fail_here("condition-syntax", "`and` is missing between the two ends", "write `between 1 and 5`")
            high = self._value("behind `and`")
            return Operator.INSIDE, (_Stretch(low, high, low.start, high.end),)
        if self._token.text not in ("(", "["):
            self._fail_here("condition-syntax", "a bracket is missing behind `in`", "write `in (a, b)` or `in [1..5)`")
        return self._list_or_interval()

    def _list_or_interval(self) -> tuple[Operator, tuple[_Written, ...]]:
        """Read `(a, b)` or `[1..5)`, from the opening bracket on."""
        opening = self._token
        self._advance()
        first = None if self._token.text == ".." else self._value(f"behind `{opening.text}`")
        if self._accept(".."):
            return Operator.INSIDE, (self._interval(opening, first),)
        values = [] if first is None else [first]
        while self._accept(","):
            values.append(self._value("behind `,`"))
        closing = self._token
        if closing.text != ")" or opening.text != "(":
            if closing.text in (")", "]"):
                listed = ", ".join(self._raw(one) for one in values)
                self._fail(
                    "condition-syntax",
                    "a list stands between round brackets",
                    opening.start,
                    closing.end,
                    f"write `({listed})`; `[1..5)` is an interval",
                )
            self._fail_here("condition-syntax", "`,` or `)` is missing in the list", "write `in (a, b)`")
        self._advance()
        return Operator.IN, tuple(values)

    def _interval(self, opening: Token, low: _Constant | None) -> _Stretch:
        """Read the rest of an interval, behind its two dots."""
        high = None if self._token.text in (")", "]") else self._value("behind `..`")
        closing = self._token
        if closing.text not in (")", "]"):
            self._fail_here("condition-syntax", "`)` or `]` is missing at the end of the interval", "write `[1..5)`")
        self._advance()
        return _Stretch(low, high, opening.start, closing.end, opening.text == "[", closing.text == "]")

    def _value(self, where: str) -> _Constant:
        token = self._token
        if token.kind is _VALUE or token.text in _TRUTH:
            self._advance()
            return _Constant(token.text, token.start, token.end)
        if token.kind is _QUOTED:
            self._advance()
            return _Constant(unquoted(token.text), token.start, token.end)
        return self._refuse_value(token, where)

    # Table cells

    def _cell(self, attribute: Attribute) -> Comparison:
        negative = self._accept("not")
        operator, operands = self._bare_test(attribute)
        return self._made(attribute, NEGATIONS[operator] if negative else operator, operands, self._tokens[0].start)

    def _bare_test(self, attribute: Attribute) -> tuple[Operator, tuple[_Written, ...]]:
        """Read a test that stands in a column of its attribute."""
        token = self._token
        match token.kind:
            case TokenKind.KEYWORD if token.text in ("known", "unknown"):
                self._advance()
                return _STATES[token.text, True], ()
            case TokenKind.KEYWORD if token.text in _TRUTH and isinstance(attribute.type, BooleanType):
                self._advance()
                return _STATES[token.text, True], ()
            case TokenKind.MARK if token.text in ("(", "["):
                return self._list_or_interval()
            case TokenKind.VALUE | TokenKind.QUOTED:
                return self._bare_values()
            case _ if token.text in _TRUTH:
                return self._bare_values()
            case _:
                return self._test(attribute.name)

    def _bare_values(self) -> tuple[Operator, tuple[_Written, ...]]:
        """Read `key`, `key, ordinary` or `1..5`."""
        first = self._value("here")
        if self._accept(".."):
            high = self._value("behind `..`")
            return Operator.INSIDE, (_Stretch(first, high, first.start, high.end),)
        values = [first]
        while self._accept(","):
            values.append(self._value("behind `,`"))
        return (Operator.EQ if len(values) == 1 else Operator.IN), tuple(values)

    # Constants

    def _operand(self, attribute: Attribute, written: _Written) -> Operand:
        match written:
            case _Constant():
                return self._constant(attribute, written)
            case _Stretch():
                low = None if written.low is None else self._constant(attribute, written.low)
                high = None if written.high is None else self._constant(attribute, written.high)
                interval = Interval(low, high, written.low_closed, written.high_closed)  # type: ignore[arg-type]  # ordinals
                if _is_empty(attribute, interval):
                    message = f"no value of `{attribute.name}` lies in `{interval}`"
                    self._find("empty-interval", message, written.start, written.end)
                return interval
            case _:
                assert_never(written)

    def _constant(self, attribute: Attribute, written: _Constant) -> Operand:
        type_ = attribute.type
        if isinstance(type_, EnumType | SetType):
            if written.text not in type_.values:
                self._wrong_constant(attribute, written, f"expected one of {', '.join(type_.values)}")
            return written.text
        try:
            value = parse_value(type_, written.text)
        except ValueError as problem:
            self._wrong_constant(attribute, written, str(problem))
            return ""
        if isinstance(type_, IntegerType | DecimalType | DateType):
            self._check_range(attribute, written, value)
        return value

    def _wrong_constant(self, attribute: Attribute, written: _Constant, expected: str) -> None:
        type_, word = attribute.type, written.text
        advice = expected
        if word in _EMPTY_WORDS:
            advice = f"write `{attribute.name} is unknown`"
        elif word in self._vocabulary:
            advice = "a condition compares with constants only; declare a derived attribute for the difference"
        elif isinstance(type_, EnumType | SetType):
            joined = _space_around_joiner(word) if word.startswith(type_.values) else None
            advice = joined or did_you_mean(word, type_.values) or expected
        elif (joiner := _space_around_joiner(word)) is not None:
            advice = joiner
        message = f"`{word}` is not a value of `{attribute.name}`, which is {_described(type_)}"
        self._find("wrong-constant", message, written.start, written.end, advice)

    def _check_range(self, attribute: Attribute, written: _Constant, value: Operand) -> None:
        low, high = attribute.type.minimum, attribute.type.maximum  # type: ignore[union-attr]  # ordered types have both
        if (low is not None and value < low) or (high is not None and value > high):  # type: ignore[operator]  # same type
            least = "no limit" if low is None else show_value(low)
            most = "no limit" if high is None else show_value(high)
            self._find(
                "out-of-range",
                f"`{written.text}` lies outside the range of `{attribute.name}`, {least} to {most}",
                written.start,
                written.end,
            )

    # Movement

    def _is_at_end(self) -> bool:
        return self._token.kind is _END

    def _advance(self) -> None:
        self._at += 1
        self._token = self._tokens[self._at]

    def _accept(self, word: str) -> bool:
        """Step over a word or sign of the language if it stands here."""
        if self._token.text == word:
            self._advance()
            return True
        return False

    def _ends_comparison(self, token: Token) -> bool:
        return token.kind is _END or token.text in _STOPS

    def _raw(self, piece: Token | _Constant) -> str:
        return self._text[piece.start : piece.end]

    # Findings

    def _find(self, code: str, message: str, start: int, end: int, help: str | None = None) -> None:
        if self._cut:
            return
        found = diagnostic(code, message, self._span_of(start, end - start), help=help)
        self.failed = self.failed or found.severity is Severity.ERROR
        self.findings.append(found)
        if len(self.findings) == _MAXIMUM_FINDINGS:
            self._cut_short()

    def _fail(self, code: str, message: str, start: int, end: int, help: str | None = None) -> NoReturn:
        self._find(code, message, start, end, help)
        raise _UnreadableError

    def _fail_here(self, code: str, message: str, help: str | None = None) -> NoReturn:
        self._fail(code, message, self._token.start, self._token.end, help)

    def _refuse_start(self, token: Token) -> NoReturn:
        following = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        advice = self._strange_help(token)
        if token.kind in (TokenKind.VALUE, TokenKind.QUOTED) and following.kind is _SIGN:
            advice = "write the attribute first, as in `aum >= 5`; for two limits, `aum between 1 and 5`"
        elif token.kind is _SIGN:
            advice = f"write the attribute before `{token.text}`"
        self._fail_here("condition-syntax", "a comparison starts with the name of an attribute", advice)

    def _refuse_value(self, token: Token, where: str) -> NoReturn:
        message, advice = f"a value is missing {where}", self._strange_help(token)
        if token.text in ("known", "unknown"):
            message = f"`{token.text}` is no value"
            advice = f"write `is {token.text}`; a text that is called so stands between double quotes"
        elif token.kind is _KEYWORD and token.text not in _JOINERS:
            advice = f'a text that is called so stands between double quotes: `"{token.text}"`'
        self._fail_here("condition-syntax", message, advice)

    def _refuse_operator(self, name: str, token: Token) -> NoReturn:
        message = f"an operator is missing behind `{name}`"
        self._fail_here("condition-syntax", message, self._strange_help(token))

    def _refuse_after(self, attribute: Attribute) -> NoReturn:
        token = self._token
        advice = self._strange_help(token)
        if token.kind is _KEYWORD and token.text in _JOINERS:
            advice = f"a cell holds one test of `{attribute.name}`; use a list, an interval, or two rows"
        self._fail_here("condition-syntax", f"`{self._raw(token)}` stands behind the end of the test", advice)

    def _refuse_closing(self) -> None:
        """Report a bracket that closes nothing, and go on behind it."""
        token = self._token
        self._advance()
        if self._token.text in _JOINERS:
            self._advance()
        self._find("condition-syntax", "the bracket was never opened", token.start, token.end, "remove it")

    def _refuse_stray(self) -> None:
        """Report a token that cannot stand behind a comparison, and go on at the next `and` or `or`."""
        token, before = self._token, self._tokens[self._at - 1]
        self._skip()
        advice = self._strange_help(token)
        if token.kind is _SIGN:
            advice = "comparisons cannot be chained; write `between 1 and 5`, or join two comparisons with `and`"
        elif token.text == "," and before.text[-1:].isdigit():
            advice = "write numbers without commas, such as `10000` or `1万`"
        message = f"`and` or `or` is missing before `{self._raw(token)}`"
        self._find("condition-syntax", message, token.start, token.end, advice)

    def _strange_help(self, token: Token) -> str | None:
        """Guess what was meant by a word or sign that does not belong here."""
        word = token.text
        if token.kind is _STRANGE and word[0] == '"':
            return 'write `"` at the end of the text'
        if token.kind is _STRANGE and word == "'":
            return "texts stand between double quotes"
        if token.kind in (TokenKind.STRANGE, TokenKind.VALUE) and word in _GUESSES:
            return f"write `{_GUESSES[word]}`"
        if token.kind is _STRANGE and word in "+-*/%^":
            return "a condition does no arithmetic; declare a derived attribute"
        if token.kind is _VALUE:
            return _space_around_joiner(word)
        return None


def _space_around_joiner(word: str) -> str | None:
    """Guess that a word is two, with a Chinese `and` or `or` between them."""
    joiner = next((one for one in sorted(SYNONYMS, key=len, reverse=True) if one in word[1:-1]), None)
    return joiner and f"put a space before and behind `{joiner}`"


def _example(attribute: Attribute) -> str:
    """Return some test of an attribute, as a model for the reader."""
    match attribute.type:
        case EnumType(values=values):
            return f"= {values[0]}" if values else "is known"
        case SetType(values=values):
            return f"has {values[0]}" if values else "is known"
        case IntegerType() | DecimalType():
            return ">= 5"
        case DateType():
            return ">= 2026-01-31"
        case BooleanType() | TextType():
            return "is known"
        case _:
            assert_never(attribute.type)


def _described(type_: ValueType) -> str:
    match type_:
        case EnumType():
            return "one word of a list"
        case BooleanType():
            return "true or false"
        case IntegerType():
            return "a whole number"
        case DecimalType():
            return "a number"
        case DateType():
            return "a day"
        case TextType():
            return "a text"
        case SetType():
            return "a set of words"
        case _:
            assert_never(type_)


def _spoken(operator: Operator) -> str:
    """Name an operator as books write it."""
    return {Operator.INSIDE: "between", Operator.OUTSIDE: "not between"}.get(operator, operator.value)


def _is_empty(attribute: Attribute, interval: Interval) -> bool:
    """Whether no value on the grid of the attribute lies in the interval."""
    type_, low, high = attribute.type, interval.low, interval.high
    if not isinstance(type_, IntegerType | DecimalType | DateType) or low in (None, "") or high in (None, ""):
        return False  # an end is open, or could not be read
    if not interval.low_closed:
        if low >= high:  # type: ignore[operator]  # both are values of one type
            return True
        low = step_after(type_, low)
    return low > high or (low == high and not interval.high_closed)  # type: ignore[operator]  # both of one type
