"""Do the checks of what a book says accuse what they should, and only that: promises, protected attributes, sources?"""

from __future__ import annotations

import pytest

from relmaint.rulebook import parse_rule_book
from relmaint.text import Language
from relmaint.verify.checks import missing_source, promise
from relmaint.verify.checks.promise import PHRASES, Phrase, promises
from relmaint.verify.checks.subject import Subject
from tests.verify.checks.books import HEAD, found

PROMISED: tuple[tuple[Language, str], ...] = (
    ("zh", "保本保收益"),
    ("zh", "本产品保本，请放心"),
    ("zh", "保本金的计划"),
    ("zh", "不仅保本，还有利息"),
    ("zh", "不错的保本产品"),
    ("zh", "收益不高，但保本"),
    ("zh", "我们承诺收益"),
    ("zh", "未来收益有保证"),
    ("zh", "这是无风险的投资"),
    ("zh", "没有任何风险"),
    ("zh", "风险小、收益大"),
    ("zh", "稳赚不赔"),
    ("zh", "亏损肯定能回本"),
    ("en", "a guaranteed annual return"),
    ("en", "we guarantee the principal"),
    ("en", "Guaranteed returns, not a lottery"),
    ("en", "not only safe but guaranteed to grow"),
    ("en", "no fees and a guaranteed return"),
    ("en", "it is not a deposit, and it is risk-free"),
    ("en", "no doubt a risk free product"),
    ("en", "there is no risk"),
    ("en", "a no-risk offer"),
    ("en", "invest without any risk"),
    ("en", "low risk, high returns"),
    ("en", "you can never lose"),
    ("en", "you cannot lose money"),
    ("en", "your losses will soon recover"),
    ("en", "an assured profit"),
)

HONEST: tuple[tuple[Language, str], ...] = (
    ("zh", "不保本，不承诺收益"),
    ("zh", "非保本浮动收益"),
    ("zh", "本产品不保证收益"),
    ("zh", "并非零风险"),
    ("zh", "没有无风险的产品"),
    ("zh", "不得承诺保本"),
    ("zh", "保本的承诺不可信"),
    ("zh", "请确保本人到场"),
    ("zh", "担保本次贷款"),
    ("zh", "社保本月到账"),
    ("zh", "无风险测评的客户先做测评"),
    ("zh", "没有风险等级"),
    ("zh", "核对有无风险信号"),
    ("zh", "无风险利率"),
    ("zh", "收益保证金"),
    ("zh", "高收益往往意味着高风险"),
    ("zh", "高收益债基金"),
    ("zh", "讲清事实，不作承诺"),
    ("en", "the return is not guaranteed"),
    ("en", "returns are never guaranteed"),
    ("en", "there is no guaranteed return"),
    ("en", "a guaranteed return is never offered"),
    ("en", "guaranteed returns do not exist"),
    ("en", "no product is risk-free"),
    ("en", "neither guaranteed income nor a risk-free product"),
    ("en", "this isn't a risk-free investment"),
    ("en", "do not say that there is no risk"),
    ("en", "the risk-free rate"),
    ("en", "there is no risk class on file"),
    ("en", "without a risk assessment nothing is offered"),
    ("en", "the loan guarantee expires"),
    ("en", "deposits are guaranteed by the insurance fund"),
    ("en", "higher returns come with higher risk"),
    ("en", "we never lose sight of a customer"),
    ("en", "we hope that you will recover soon"),
    ("en", "certain returns must be filed by June"),
    ("en", "facts are stated and nothing is promised"),
)


@pytest.mark.parametrize(("language", "text"), PROMISED)
def test_a_promise_is_found(language: Language, text: str) -> None:
    """What promises a return, or denies the risk, is found, also where a denial is about something else."""
    assert list(promises(text, language))


@pytest.mark.parametrize(("language", "text"), HONEST)
def test_an_honest_text_is_not_accused(language: Language, text: str) -> None:
    """What denies the promise, and what only looks like one, is none."""
    assert [] == [words for _, words in promises(text, language)]


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.example)
def test_every_phrase_is_found_by_itself(phrase: Phrase) -> None:
    """Each phrase has a source and an example that it finds, and no earlier phrase takes it away."""
    assert phrase.source
    assert phrase in [one for one, _ in promises(phrase.example, phrase.language)]


PLACES = {
    "the title of the book": "book: {name: b, version: '1', covers: [], title: {zh: 书, en: %s}}",
    "the label of the owner `rm`": "terms: {owner: {rm: {zh: 经理, en: %s}}}",
    "`title` of the action `a`": "actions: {a: {kind: care, nature: care, title: {zh: 一, en: %s}, precedence: care}}",
    "`cadence` of the action `a`": (
        "actions: {a: {kind: care, nature: care, title: {zh: 一, en: a}, precedence: care, cadence: {zh: 一, en: %s}}}"
    ),
    "`purpose` of the action `a`": (
        "actions: {a: {kind: care, nature: care, title: {zh: 一, en: a}, precedence: care, purpose: {zh: 一, en: %s}}}"
    ),
    "`because` of the action `a`": (
        "actions: {a: {kind: care, nature: care, title: {zh: 一, en: a}, precedence: care, because: {zh: 一, en: %s}}}"
    ),
    "`because` of the rule `r`": (
        "actions: {a: {kind: care, nature: care, title: {zh: 一, en: a}, precedence: care}}\n"
        "rules: [{id: r, do: a, because: {zh: 一, en: %s}}]"
    ),
    "`because` of the table `t`": (
        "tables: [{id: t, hit: unique, inputs: tier, outputs: contacts_30d, because: {zh: 一, en: %s}, "
        "rows: [[key, 1]]}]"
    ),
    "`because` of the row `t#1`": (
        "tables: [{id: t, hit: unique, inputs: tier, outputs: contacts_30d, rows: "
        "[{tier: key, contacts_30d: 1, because: {zh: 一, en: %s}}]}]"
    ),
    "`because` of the guard `g`": (
        "guards: [{id: g, when: age < 14, withhold: {nature: care}, because: {zh: 一, en: %s}}]"
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_every_text_that_a_customer_may_hear_is_searched(place: str) -> None:
    """The finding says where the promise stands, and which words it is."""
    text = PLACES[place] % "a risk-free thing"
    book = parse_rule_book(text if text.startswith("book:") else f"book: {{name: b, version: '1', covers: []}}\n{text}")

    assert [f"{place} promises: `risk-free` (FINRA rule 2210(d)(1))"] == [
        one.message for one in promise.find(Subject(book))
    ]


@pytest.mark.parametrize(
    ("text", "misuse"),
    [
        ("rules: [{id: r, when: age >= 60, do: offer}]", "it proposes `offer`, which is marketing"),
        ("rules: [{id: r, when: age >= 60, do: note}]", "it proposes `note`, which is internal"),
        ("rules: [{id: r, when: age >= 60, boost: {offer: 5}}]", "it gives points to `offer`, which is marketing"),
        ("rules: [{id: r, when: age >= 60, boost: {call: -5}}]", "it takes points from `call`, which is care"),
        (
            "rules: [{id: q, do: call}, {id: r, when: tier = key or hardship is true, overrides: q}]",
            "it sets `q` aside, which proposes `call`",
        ),
        (
            "tables: [{id: t, hit: first, inputs: [age], outputs: [do], rows: [{id: r, age: '>= 60', do: offer}]}]",
            "it proposes `offer`, which is marketing",
        ),
    ],
)
def test_a_protected_attribute_that_does_not_protect_is_found(text: str, misuse: str) -> None:
    """Offers, internal work, and care that is taken away must not hang on a protected attribute."""
    ((_, at, message),) = found("protected-attribute", text)

    assert "r" == at
    assert message.endswith(misuse)


@pytest.mark.parametrize(
    "text",
    [
        "rules: [{id: r, when: age >= 60, do: [call, notice]}]",
        "rules: [{id: r, when: age >= 60, boost: {offer: -5, call: 5}}]",
        "rules: [{id: q, do: offer}, {id: r, when: age >= 60, do: call, overrides: q}]",
        "rules: [{id: q, do: call}, {id: r, when: age >= 60, do: call, overrides: q}]",
        "guards: [{id: r, when: age < 14 or age is unknown, withhold: {nature: care}}]",
        "tables: [{id: t, hit: first, inputs: [age], outputs: [contacts_30d], rows: [['>= 60', 1]]}]",
        "rules: [{id: r, when: tier = key, do: offer}]",
    ],
)
def test_a_protected_attribute_may_protect(text: str) -> None:
    """Duties, care, fewer offers, guards and budgets may hang on a protected attribute, and other attributes on all."""
    assert [] == found("protected-attribute", text)


def sources(text: str) -> list[str]:
    """Return what the check of sources says."""
    return [one.message for one in missing_source.find(Subject(parse_rule_book(HEAD + text)))]


def test_a_book_without_sources_is_left_in_peace() -> None:
    """Nobody is asked for the sources of a first small book, nor of one that has only begun to name them."""
    assert [] == sources("rules: [{id: a, do: call}, {id: b, do: note}, {id: c, do: note, source: s}]")


def test_what_is_left_is_shown_once_half_is_there() -> None:
    """Once half of the rules have a source, the others are named; another kind of statement is not asked."""
    text = "rules: [{id: a, do: call}, {id: b, do: note, provenance: judgement}]\nguards: [%s]"
    guard = "{id: g, when: age < 14, withhold: {nature: care}}"

    assert ["the rule `a` does not say where it comes from, as most rules of this book do"] == sources(text % guard)


def test_many_are_told_in_one_sentence() -> None:
    """Of more than twenty statements without a source the others are counted."""
    silent = [f"{{id: s/{place:02}, do: call}}" for place in range(23)]
    sourced = [f"{{id: t/{place:02}, do: call, source: s}}" for place in range(23)]

    said = sources(f"rules: [{', '.join((*silent, *sourced))}]")

    assert 21 == len(said)
    assert "3 more rules do not say where they come from: `s/20`, `s/21` and `s/22`" == said[-1]


def test_what_is_sourced_names_its_source() -> None:
    """A statement, or a row without a source of its table, that says it is sourced and names nothing is found."""
    table = (
        "tables: [{id: t, hit: unique, inputs: tier, outputs: contacts_30d, %s"
        "rows: [{tier: key, contacts_30d: 1, provenance: sourced}]}]"
    )

    assert ["`r` says that it is sourced, and names no source"] == sources(
        "rules: [{id: r, do: call, provenance: sourced}, {id: s, do: call}, {id: t, do: call}]"
    )
    assert ["`t#1` says that it is sourced, and names no source"] == sources(table % "")
    assert [] == sources(table % "source: s, ")
