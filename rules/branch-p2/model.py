"""Which fact does the scheme of branch P2 ask for, beyond those of the default customer?"""

from __future__ import annotations

from typing import Annotated

from relmaint.model.attributes import About
from relmaint.model.customer import Customer

__all__ = ["BranchCustomer"]


class BranchCustomer(Customer):
    """A customer of the branch; `manager` says whether one is assigned, `aum` which band applies."""

    potential: Annotated[bool | None, About("潜力客户", "somebody noted a potential")] = None
