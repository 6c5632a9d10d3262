"""Which backends fail in the ways in which an engine in C can? They run in a process of their own."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence

from relmaint.backends.rete import ReteBackend

__all__ = ["Crashing", "Exiting", "Hanging", "Hungry", "Lying", "Mumbling", "Stillborn", "Tired"]


class Crashing(ReteBackend):
    """Is killed by a signal at the cells whose last class is 2."""

    def match_cell(self, cell: Sequence[int]) -> tuple[int, ...]:
        """Answer, or die."""
        if cell[-1] == 2:
            os.abort()
        return super().match_cell(cell)


class Exiting(ReteBackend):
    """Raises an exception at the cells whose last class is 2."""

    def match_cell(self, cell: Sequence[int]) -> tuple[int, ...]:
        """Answer, or die."""
        if cell[-1] == 2:
            raise RuntimeError("the engine is out of order")
        return super().match_cell(cell)


class Hanging(ReteBackend):
    """Does not come back from the cells whose last class is 2."""

    def match_cell(self, cell: Sequence[int]) -> tuple[int, ...]:
        """Answer, or sleep."""
        if cell[-1] == 2:
            time.sleep(600)
        return super().match_cell(cell)


class Hungry(ReteBackend):
    """Takes all memory there is at the cells whose last class is 2."""

    def match_cell(self, cell: Sequence[int]) -> tuple[int, ...]:
        """Answer, or eat."""
        eaten = []
        while cell[-1] == 2:
            eaten.append(bytearray(256 * 1024 * 1024))
        return super().match_cell(cell)


class Tired(ReteBackend):
    """Is killed at the twentieth cell, whichever it is."""

    asked = 0

    def match_cell(self, cell: Sequence[int]) -> tuple[int, ...]:
        """Answer, or die."""
        self.asked += 1
        if self.asked == 20:
            os.abort()
        return super().match_cell(cell)


class Stillborn(ReteBackend):
    """Is never built."""

    def __init__(self, program: object) -> None:
        """Leave at once."""
        sys.exit("nothing to be done")


class Lying(ReteBackend):
    """Forgets the first of several matching statements."""

    def match_cell(self, cell: Sequence[int]) -> tuple[int, ...]:
        """Answer too little."""
        found = super().match_cell(cell)
        return found[1:] if len(found) > 1 else found


class Mumbling(ReteBackend):
    """Writes something into its answers."""

    def match_cell(self, cell: Sequence[int]) -> tuple[int, ...]:
        """Answer, and say more."""
        print("debug")
        sys.stdout.flush()
        return super().match_cell(cell)
