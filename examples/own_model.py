"""How does a bank bring a fact of its own? A rural bank plans by the harvest."""

from datetime import date
from typing import Annotated

from relmaint import About, Customer, Engine, derived, parse_rule_book

BOOK = """
book: {name: harvest, version: 1.0.0, covers: [special]}
actions:
  harvest-visit:
    kind: special
    nature: service
    title: {zh: 收获前走访, en: Visit before the harvest}
    channel: visit
    precedence: dated
    due: 3 days before harvest
rules:
  - id: harvest/visit
    when: days_to_harvest <= 14
    do: harvest-visit
    because: {zh: '距收获{days_to_harvest}天', en: 'the harvest is {days_to_harvest} days away'}
"""


class RuralCustomer(Customer):
    """A customer of a rural bank."""

    harvest: Annotated[date | None, About("收获日", "harvest")] = None

    @derived(zh="距收获", en="days to the harvest", unit="day", ge=0)
    def days_to_harvest(self, as_of: date) -> int | None:
        """Days to the harvest; unknown once it is over."""
        return None if self.harvest is None or self.harvest < as_of else (self.harvest - as_of).days


engine = Engine(parse_rule_book(BOOK, customer=RuralCustomer))
for harvest in (date(2026, 6, 10), date(2026, 7, 20), None):
    plan = engine.plan(RuralCustomer(id="F1", harvest=harvest), as_of=date(2026, 6, 1))
    print(harvest, plan.status)
    for action in plan.actions:
        why = action.reasons[0].because
        print(" ", action.action, "by", action.due, "because", why.in_language("en") if why else "the book says so")
