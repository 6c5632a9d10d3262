"""How does Spark plan for a customer base?

Each partition goes through the same function that plans on one machine, as Arrow batches (`DataFrame.mapInArrow`).
The book travels with the function; each Python worker prepares it once, and no shuffle takes place.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from relmaint.columnar.stream import PlanBatches

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from relmaint.ir.rules import RuleBook

__all__ = ["plan", "schema_of"]

_TYPES = {
    pa.string(): "string",
    pa.int64(): "bigint",
    pa.int32(): "int",
    pa.date32(): "date",
    pa.timestamp("us"): "timestamp_ntz",
    pa.list_(pa.string()): "array<string>",
}
"""What Spark calls the types of the tables; a moment is a local time of the customer, and Spark must not move it."""


def plan(df: DataFrame, book: RuleBook, *, as_of: date, rows: Literal["plans", "actions"] = "plans") -> DataFrame:
    """Return the plans of the customers in a Spark data frame; nothing is computed before Spark asks for it.

    Args:
        df: one row a customer. A column is an attribute when it has its name; only those that plans can hang on are
            read, and a column that is missing has the default of the model.
        book: the rule book.
        as_of: the day of the plans.
        rows: `plans` for one row a customer, `actions` for one row a customer and planned action, with due days.

    Returns:
        The columns of `PlanBatches.schema`. Who cannot be planned for has a row with `error`, and no plan.

    Raises:
        ValueError: a column is missing that every customer needs.
    """
    planner = PlanBatches(book, as_of, rows=rows)
    read = planner.reads()
    model = book.vocabulary.model
    fields = {} if model is None else model.model_fields
    absent = [name for name in read if name not in df.columns and name in fields and fields[name].is_required()]
    if absent:
        raise ValueError(f"every customer needs {', '.join(absent)}, and the data frame has no such column")
    own = df.select([name for name in read if name in df.columns])
    return own.mapInArrow(planner, schema_of(planner.schema))


def schema_of(schema: pa.Schema) -> str:
    """Return an Arrow schema of plans as Spark's data definition.

    Raises:
        KeyError: a column has a type that plans do not have.
    """
    return ", ".join(f"`{field.name}` {_TYPES[field.type]}" for field in schema)
