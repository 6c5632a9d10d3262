"""Does a text promise a return, or call something free of risk?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from relmaint.text import LANGUAGES, Language
from relmaint.verify.checks.subject import Finding, Subject
from relmaint.verify.checks.texts import texts

__all__ = ["ADVERTISING_LAW", "COMMUNICATIONS", "JUDGEMENT", "PHRASES", "SELLING_RULE", "Phrase", "find", "promises"]

ADVERTISING_LAW = "Advertising Law 25"
"""广告法 (2021) 25: no guarantee of a future return, no statement or hint that something is 保本、无风险或者保收益."""

SELLING_RULE = "selling rule for wealth products 2011, as the Shanghai authority quotes it in 2012"
"""商业银行理财产品销售管理办法: no 安全、保证、承诺、有保障、高收益、无风险 that the product does not bear out.

Seen in the advertising notice of 上海市工商局: <http://www.nationalcollegesearch.com/article-217.html>.
"""

COMMUNICATIONS = "FINRA rule 2210(d)(1)"
"""No false, exaggerated, unwarranted, promissory or misleading claim, and no prediction of performance.

Seen in <https://securitiesmastery-com.pages.dev/finra/series6/customer-communications-and-disclosures/>, whose examples
are `guaranteed to double your money` and `risk-free`.
"""

JUDGEMENT = "judgement: another way to say what Advertising Law 25 names"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A way to promise.

    Args:
        pattern: a regular expression; in English, capitals do not matter.
        language: of the texts that it is looked for in.
        source: the published rule that names it, or the judgement that it is the same.
        example: a text that says it.
    """

    pattern: str
    language: Language
    source: str
    example: str
    search: re.Pattern[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Compile the pattern."""
        object.__setattr__(self, "search", re.compile(self.pattern, re.IGNORECASE))


_NOT_ABOUT_DANGER = (
    r"(?!\s*(?:class|assessment|level|rating|profile|score|review|appetite|tolerance|warning|alert|signal|event|"
    r"officer|duty|duties|action|notice|category|questionnaire|management|control))"
)
"""What follows `no risk` where it is not the risk that is denied."""

_NO_CLASS = r"(?!\s*(?:测评|评估|评级|等级|承受|提示|偏好|类别|信号|预警|事件|敞口|揭示|管理|控制|问卷))"

_WITH_RISK = r"(?!\s+(?:come|comes|mean|means|carry|carries|go|goes)\b[^.,;]*\brisks?\b)"
_RISK_SAID = r"(?![^，。；！？]*(?:意味|伴随|对应|就是|都是|必有|也有|带来)[^，。；！？]*风险)"

_NO_NO = r"(?!(?:no|not|nor|never|neither|hardly|cannot)\b)"

_GAIN = r"(?:returns?|incomes?|profits?|yields?|gains?|interest|principal|capital|earnings)"

PHRASES: tuple[Phrase, ...] = (
    Phrase(
        r"(?<![确担投环社医续承联])保本(?![人行次月年周日期季轮地单合机部网])", "zh", ADVERTISING_LAW, "这款产品保本"
    ),
    Phrase(r"保收益|(?<![确担])保息|保底收益", "zh", ADVERTISING_LAW, "保收益的计划"),
    Phrase(r"(?:保证|担保|承诺)(?:有)?(?:收益|回报|盈利|赚钱)", "zh", ADVERTISING_LAW, "我们保证收益"),
    Phrase(r"(?:收益|回报|本金)(?:有|得到|有了)?(?:保证|保障)(?!金)", "zh", SELLING_RULE, "收益有保障"),
    Phrase(rf"(?<!有)(?<!是否)无风险(?!利率){_NO_CLASS}", "zh", ADVERTISING_LAW, "无风险投资"),
    Phrase(rf"零风险|没有(?:任何)?风险{_NO_CLASS}|毫无风险", "zh", JUDGEMENT, "零风险"),
    Phrase(rf"(?:高收益(?!债|类)|高回报){_RISK_SAID}", "zh", SELLING_RULE, "低风险、高收益"),
    Phrase(r"收益大|风险小、?收益", "zh", SELLING_RULE, "风险小、收益大"),
    Phrase(r"绝对安全|百分之百安全|100%安全", "zh", SELLING_RULE, "资金绝对安全"),
    Phrase(r"稳赚|包赚|稳赢|包赢|只赚不赔|只涨不跌|必涨|必赚|不会亏", "zh", JUDGEMENT, "稳赚不赔"),
    Phrase(r"(?:一定|必定|肯定|必然)(?:能|会)?(?:回本|涨回|盈利|赚钱)", "zh", JUDGEMENT, "亏损一定会涨回来"),
    Phrase(
        rf"\bguarante(?:e|es|ed|eing)\s+(?:{_NO_NO}\w+\s+){{0,2}}{_GAIN}\b", "en", COMMUNICATIONS, "a guaranteed return"
    ),
    Phrase(
        rf"\b{_GAIN}\s+(?:{_NO_NO}\w+\s+)?(?:is|are|stays?|remains?)\s+(?:{_NO_NO}\w+\s+)?guaranteed",
        "en",
        COMMUNICATIONS,
        "the return is fully guaranteed",
    ),
    Phrase(
        r"\bguaranteed\s+to\s+(?:double|rise|grow|win|earn|gain|pay|recover|increase)\b",
        "en",
        COMMUNICATIONS,
        "guaranteed to double your money",
    ),
    Phrase(rf"\b(?:assured|sure)\s+{_GAIN}\b", "en", COMMUNICATIONS, "an assured profit"),
    Phrase(
        r"\brisk[- ]?free\b(?!\s+rate)|\bfree (?:of|from) (?:any )?risks?\b", "en", COMMUNICATIONS, "a risk-free fund"
    ),
    Phrase(
        rf"\b(?:no|zero)[- ]risks?\b{_NOT_ABOUT_DANGER}|\bwithout (?:any )?risks?\b{_NOT_ABOUT_DANGER}",
        "en",
        JUDGEMENT,
        "there is no risk",
    ),
    Phrase(rf"\bhigh(?:er)?[- ]returns?\b{_WITH_RISK}", "en", SELLING_RULE, "low risk and high returns"),
    Phrase(
        r"\b(?:you|it|investors?)\s+(?:can't|cannot|can never|won't|will never)\s+(?:lose|fall)\b"
        r"(?!\s+(?:sight|touch|track|contact|access|the|their|your|its|any|an?)\b)"
        r"|\b(?:can't|cannot|never|won't)\s+lose\s+(?:any\s+)?(?:money|value|capital|principal)\b"
        r"|\bsure[- ]fire\b|\b100 ?% safe\b|\babsolutely safe\b",
        "en",
        COMMUNICATIONS,
        "you cannot lose",
    ),
    Phrase(
        r"\b(?:loss(?:es)?|value|prices?|markets?|investments?|funds?|money)\s+will\s+(?:\w+\s+)?"
        r"(?:recover|rise|come back|bounce back)\b",
        "en",
        COMMUNICATIONS,
        "the market will surely recover",
    ),
)
"""What is looked for; source of the row as a whole: N11 of docs/compliance.md."""

_CLAUSES: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"[，。；：！？、,;:!?\n]|但是?|而是"),
    "en": re.compile(r"[.;:!?,\n]|\s[-–—]\s|\b(?:but|and|yet|although|though)\b", re.IGNORECASE),
}
"""Where a denial ends."""

_NO_DENIAL: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"不仅|不但|不只|不光|不止|不单|不错|不断|不少|不同|不限|不用担心|无需担心|无忧|没有人不"),
    "en": re.compile(
        r"\bnot (?:only|just|merely)\b|\bno (?:doubt|wonder|worr(?:y|ies)|other)\b|\bnothing but\b"
        r"|\b(?:never|not) (?:mind|miss|wait|worry)\b|\bwithout (?:doubt|fail|worry|delay)\b|\bnone other\b",
        re.IGNORECASE,
    ),
}
"""Words that look like a denial and are none."""

_DENIED_BEFORE: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        r"(?:不|非|无|未|勿|莫|没)(?:能|会|可|得|是|再|予|作|做|提供)?$"
        r"|不得|不能|不可|不会|不是|不再|不要|不应|不宜|不许|不做|不作|不说|不含|不存在|不提供|不构成|不代表|不意味"
        r"|不等于|不承诺|不保证|不允许|没有|并非|并不|并无|绝非|绝不|绝无|从不|从未|未承诺|未保证|禁止|严禁|避免"
        r"|切勿|请勿|切莫|杜绝|拒绝|谨防|警惕|防止"
    ),
    "en": re.compile(
        r"\b(?:not|no|never|nor|neither|none|nothing|nobody|without|cannot|hardly|avoid|avoids|forbid(?:s|den)?|"
        r"refuse[sd]?|beware|instead of|rather than|against|free of)\b|n't\b",
        re.IGNORECASE,
    ),
}
"""What makes a promise of the same clause a denial when it stands before it."""

_DENIED_BEHIND: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        r"^(?:的\S{0,6})?(?:是|都|并|也)*(?:不(?:存在|可能|可信|允许|成立|真实|得|会)|没有|被禁止|属于误导)"
    ),
    "en": re.compile(
        r"^(?:\s+(?!that\b|which\b|who\b)\w+){0,3}?\s+(?:(?:is|are|was|were|do|does|can|could|will|would|may|must|"
        r"should|exists?)\s*(?:not|never)\b|\w+n't\b|cannot\b|never\b|is forbidden|are forbidden)",
        re.IGNORECASE,
    ),
}
"""What makes it a denial when it stands behind it."""


def find(subject: Subject) -> Iterator[Finding]:
    """Yield the texts that promise, one finding for each phrase; a text that denies the same is none."""
    for said in texts(subject.book):
        for language in LANGUAGES:
            text = getattr(said.text, language)
            for phrase, words in promises(text, language) if text else ():
                message = f"{said.what} promises: `{words}` ({phrase.source})"
                yield Finding("promise", said.at, message, said.span)


def promises(text: str, language: Language) -> Iterator[tuple[Phrase, str]]:
    """Yield what a text promises, with the words that do so; each stretch of the text once.

    The words of a phrase do not count when the same clause denies them, such as `not guaranteed`.
    """
    told: list[tuple[int, int]] = []
    for phrase in PHRASES:
        if phrase.language != language:
            continue
        for found in phrase.search.finditer(text):
            start, end = found.span()
            if not any(start < last and first < end for first, last in told) and not _denied(
                text, start, end, language
            ):
                told.append((start, end))
                yield phrase, found[0]


def _denied(text: str, start: int, end: int, language: Language) -> bool:
    """Whether the clause around a stretch of text denies it."""
    clause = _CLAUSES[language]
    before = clause.split(text[:start])[-1]
    behind = clause.split(text[end:])[0]
    before = _NO_DENIAL[language].sub(" ", before)
    return bool(_DENIED_BEFORE[language].search(before) or _DENIED_BEHIND[language].search(behind))
