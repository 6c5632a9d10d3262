"""What should the bank do for one customer today?"""

from datetime import date
from decimal import Decimal

from relmaint import Customer, Engine, Habit, Preference, Tier, default_book_path, load_rule_book

engine = Engine(load_rule_book(default_book_path()))
customer = Customer(
    id="C1",
    preference=Preference.DEPOSIT,
    habit=Habit.PRICE,
    tier=Tier.KEY,
    deposit=Decimal(800_000),
    deposit_maturity=date(2026, 3, 9),
    auto_rollover=False,
    contacts_30d=0,
    bereavement=False,
    do_not_contact=False,
)
plan = engine.plan(customer, as_of=date(2026, 3, 2))
for action in plan.actions:
    print(action.rank, action.action, action.due or "no day", action.reasons[0].rule)
for held in plan.withheld:
    print("withheld:", held.action, "by", held.rule)
