"""Which number names a plan, whoever makes it, and in whatever order its parts become known?

The number is a sum of numbers of the parts, each taken from a cryptographic hash of what the part says; a sum does not
hang on an order, and is made for many plans at a time. What an action says includes its place in a ranking, so that the
order of the actions of a plan is in its number too.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

from relmaint.columnar.columns import Array

__all__ = ["mixed", "number_of", "numbers_of"]


def number_of(content: Any, salt: str) -> int:
    """Return 64 bits of a hash of something that JSON can hold."""
    text = json.dumps([salt, content], ensure_ascii=False, separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def numbers_of(contents: list[Any], salt: str) -> Array:
    """Return `number_of` of each of some contents."""
    return np.asarray([number_of(one, salt) for one in contents], np.uint64)


def mixed(numbers: Array) -> Array:
    """Return numbers of which each bit hangs on all bits of the given ones (the finalizer of SplitMix64).

    Steele, Lea and Flood, OOPSLA 2014; it is one to one, so that it adds no collision.
    """
    found = numbers + np.uint64(0x9E3779B97F4A7C15)
    found = (found ^ (found >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    found = (found ^ (found >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed_: Array = found ^ (found >> np.uint64(31))
    return mixed_
