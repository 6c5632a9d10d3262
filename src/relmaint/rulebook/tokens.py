"""Of which words and signs is a condition made?

One pattern reads the next token with the space before it. Chinese words and full-width comparison signs and brackets
read like their ASCII forms; other Chinese punctuation is reported and then read as what it stands for.
"""

from __future__ import annotations

import re
import unicodedata
from enum import IntEnum
from functools import partial
from typing import NamedTuple

from relmaint.ir.conditions import RESERVED, SYNONYMS

__all__ = ["Slip", "Token", "TokenKind", "tokens_of", "unquoted"]


class TokenKind(IntEnum):
    """What a token is."""

    END = 0
    VALUE = 1
    QUOTED = 2
    KEYWORD = 3
    SIGN = 4
    MARK = 5
    STRANGE = 6


class Token(NamedTuple):
    """One word or sign.

    Its `text` is the canonical form, a quoted text with its quotes, so that no text can be taken for a word of the
    language; `start` and `end` are its place in the condition.
    """

    kind: TokenKind
    text: str
    start: int
    end: int


class Slip(NamedTuple):
    """Chinese punctuation in the place of ASCII: where, what was written, and what to write."""

    start: int
    end: int
    written: str
    correct: str


_PATTERN = re.compile(
    r"""\s*(?:
      ( [-+]? (?:[0-9][0-9_]*(?:\.[0-9_]+)? | \.[0-9]+) (?:\s*[%％万亿])* (?!\w|[-.]\w)   # 1: a number
      | [-+]? \w+ (?:[-.]\w+)* )                                                         #    or a word or a day
    | ( "(?:[^"\\]|\\.)*"? | [“”][^“”"]*[“”] )                                           # 2: a text in quotes
    | ( [=!<>＝＞＜！≠≥≤]+ )                                                              # 3: a comparison sign
    | ( \.\.\.? | [()\[\],（）［］，、；．。…【】] )                                        # 4: brackets and separators
    | ( \S )                                                                             # 5: anything else
    )""",
    re.VERBOSE | re.DOTALL,
)

_SIGNS = {
    "=": "=",
    "==": "=",
    "＝": "=",
    "＝＝": "=",
    "!=": "!=",
    "！=": "!=",
    "！＝": "!=",
    "≠": "!=",
    "<": "<",
    "＜": "<",
    "<=": "<=",
    "＜＝": "<=",
    "＜=": "<=",
    "≤": "<=",
    ">": ">",
    "＞": ">",
    ">=": ">=",
    "＞＝": ">=",
    "＞=": ">=",
    "≥": ">=",
}
_BRACKETS = {"（": "(", "）": ")", "［": "[", "］": "]"}
_SLIPS = {"，": ",", "、": ",", "；": ",", "．": ".", "。": ".", "…": "..", "【": "[", "】": "]"}
_CLOSED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def tokens_of(text: str) -> tuple[list[Token], list[Slip]]:
    """Cut a condition into tokens, the last of kind `END`; what no token can hold is of kind `STRANGE`."""
    tokens: list[Token] = []
    slips: list[Slip] = []
    for found in _PATTERN.finditer(text.rstrip()):
        group = found.lastindex
        assert group is not None, "every branch of the pattern is a group; please report this"
        word = found[group]
        start, end = found.span(group)
        match group:
            case 1:
                keyword = _KEYWORDS.get(word)
                if keyword is not None:
                    token = _token((_KEYWORD, keyword, start, end))
                elif word.isascii():
                    token = _token((_VALUE, word, start, end))
                else:
                    token = _foreign_word(word, start, end, slips)
            case 2:
                token = _quoted(word, start, end, slips)
            case 3:
                sign = _SIGNS.get(word)
                token = _token((_STRANGE, word, start, end) if sign is None else (_SIGN, sign, start, end))
            case 4:
                token = _mark(word, start, end, slips)
            case _:
                token = _strange(word, start, end, slips)
        tokens.append(token)
    tokens.append(Token(TokenKind.END, "", len(text), len(text)))
    return tokens, slips


_KEYWORDS = {**{word: word for word in RESERVED}, **SYNONYMS}
_VALUE, _KEYWORD, _SIGN, _STRANGE = TokenKind.VALUE, TokenKind.KEYWORD, TokenKind.SIGN, TokenKind.STRANGE
_token = partial(tuple.__new__, Token)
"""Makes a token of its four parts in half the time: a book has tens of thousands of tokens."""


def _foreign_word(word: str, start: int, end: int, slips: list[Slip]) -> Token:
    plain = _half_width(word)
    if plain != word:
        slips.append(Slip(start, end, word, plain))
    return Token(TokenKind.KEYWORD if plain in RESERVED else TokenKind.VALUE, plain, start, end)


def _half_width(word: str) -> str:
    """Replace full-width letters, digits and signs only; other characters stay as they are."""
    return "".join(unicodedata.normalize("NFKC", char) if "！" <= char <= "～" else char for char in word)


def _quoted(word: str, start: int, end: int, slips: list[Slip]) -> Token:
    if word[0] != '"':
        plain = '"' + word[1:-1].replace("\\", "\\\\") + '"'
        slips.append(Slip(start, end, word, plain))
        return Token(TokenKind.QUOTED, plain, start, end)
    return Token(TokenKind.QUOTED if _CLOSED.fullmatch(word) else TokenKind.STRANGE, word, start, end)


def unquoted(text: str) -> str:
    """Return what stands between the quotes of a `QUOTED` token."""
    inside = text[1:-1]
    return _ESCAPE.sub(r"\1", inside) if "\\" in inside else inside


def _mark(word: str, start: int, end: int, slips: list[Slip]) -> Token:
    if word in _SLIPS:
        plain = _SLIPS[word]
        slips.append(Slip(start, end, word, plain))
        return Token(TokenKind.STRANGE if plain == "." else TokenKind.MARK, plain, start, end)
    if word == "...":
        return Token(TokenKind.STRANGE, word, start, end)
    return Token(TokenKind.MARK, _BRACKETS.get(word, word), start, end)


def _strange(word: str, start: int, end: int, slips: list[Slip]) -> Token:
    if "！" <= word <= "～" and (plain := _half_width(word)) != word:
        slips.append(Slip(start, end, word, plain))
        word = plain
    return Token(TokenKind.STRANGE, word, start, end)
