"""Does a book do what its analysts' cases say?

A case is one customer, one day, and what must be true of the plan. Cases stand beside the book they speak of, in files
`*.cases.yaml`; they are read with the same care as the book, and a failing one says what was planned instead, and why.
"""

from __future__ import annotations

from relmaint.cases.case import Case, CaseResult, Check, Expectation, Verdict
from relmaint.cases.find import book_of, find_cases, is_case_file
from relmaint.cases.read import load_cases, read_cases
from relmaint.cases.run import checks_of, failures_of, is_met, run_case
from relmaint.cases.write import write_cases

__all__ = [
    "Case",
    "CaseResult",
    "Check",
    "Expectation",
    "Verdict",
    "book_of",
    "checks_of",
    "failures_of",
    "find_cases",
    "is_case_file",
    "is_met",
    "load_cases",
    "read_cases",
    "run_case",
    "write_cases",
]
