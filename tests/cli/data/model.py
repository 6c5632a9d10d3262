"""A bank's own customer, for the tests of `--customer-model`."""

from typing import Annotated

from relmaint import Customer
from relmaint.model.attributes import About


class Farmer(Customer):
    """A customer with a field."""

    acres: Annotated[int | None, About("亩数", "acres")] = None
