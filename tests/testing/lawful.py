"""Which book do the tests of the laws use? A small one on which every law is tried, and holds."""

from __future__ import annotations

from relmaint.ir.rules import RuleBook
from relmaint.rulebook import parse_rule_book
from tests.models import SmallCustomer

__all__ = ["BOOK", "LawfulCustomer", "book"]


class LawfulCustomer(SmallCustomer):
    """The small customer, with a consent under the name that the laws know."""

    marketing_consent: bool | None = None


BOOK = """
book: {name: lawful, version: 1.0.0, covers: [care]}
terms:
  channel: {app: App, phone: Phone}
  occasion: {birthday: Birthday}
actions:
  call: {kind: daily, nature: care, title: Call, channel: phone, precedence: care, base: 10, occasion: birthday}
  greet: {kind: care, nature: care, title: Greet, channel: app, precedence: care, base: 5, occasion: birthday}
  notice: {kind: care, nature: service, title: Notice, precedence: duty}
  offer: {kind: special, nature: marketing, title: Offer, channel: app, precedence: growth}
  spare: {kind: special, nature: internal, title: Spare, precedence: growth}
rules:
  - {id: all, when: always, do: notice}
  - {id: key, when: tier = key, do: [offer, greet], boost: {greet: 3}}
  - {id: near, when: days_to_maturity <= 7 or streak > 2, do: call}
  - {id: rich, when: aum >= 50000 or tier = exit, do: [call, spare]}
tables:
  - id: habits
    hit: collect
    inputs: [habit]
    outputs: [do]
    rows:
      - {id: habits/no, habit: "no", do: call}
      - {id: habits/quality, habit: high-quality, do: greet}
guards:
  - {id: consent, when: marketing_consent is not true, withhold: {nature: marketing}}
invariants:
  - {id: served, always: {action: notice}}
  - {id: branch, independent: plan, of: branch}
"""


def book(text: str = BOOK) -> RuleBook:
    """Return the book."""
    return parse_rule_book(text, customer=LawfulCustomer)
