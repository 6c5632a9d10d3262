"""What is a text that a person reads, in Chinese and in English?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["LANGUAGES", "Language", "Text"]

Language = Literal["zh", "en"]

LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """A text in Chinese, in English, or in both; at least one is given.

    >>> Text(zh="存款到期提醒", en="Deposit maturity notice").in_language("en")
    'Deposit maturity notice'
    """

    zh: str | None = None
    en: str | None = None

    @classmethod
    def plain(cls, text: str) -> Text:
        """Put a text without a language where its script says it belongs.

        >>> Text.plain("到期").zh
        '到期'
        """
        return cls(zh=text) if any("\u3400" <= char <= "\u9fff" for char in text) else cls(en=text)

    def in_language(self, language: Language) -> str:
        """Return the text in `language`, or in the other language when that one is missing."""
        first, second = (self.zh, self.en) if language == "zh" else (self.en, self.zh)
        return first if first is not None else second or ""
