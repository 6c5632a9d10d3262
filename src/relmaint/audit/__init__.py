"""Was a decision made by the book that it names, and would it be the same today?"""

from __future__ import annotations

from relmaint.audit.archive import Archive, Entry
from relmaint.audit.effects import Behind, Edited, Effect, effects
from relmaint.audit.records import read_records
from relmaint.audit.replay import Cause, Outcome, Replay, Verdict

__all__ = [
    "Archive",
    "Behind",
    "Cause",
    "Edited",
    "Effect",
    "Entry",
    "Outcome",
    "Replay",
    "Verdict",
    "effects",
    "read_records",
]
