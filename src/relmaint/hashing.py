"""What is the one JSON text of a value, and the hash of it?

Keys in order, no spaces, characters as they are: two equal values have one text, in every process and on every Python.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

__all__ = ["canonical_json", "sha256_of"]


def canonical_json(value: Any) -> str:
    """Return the canonical JSON of a value that JSON can hold.

    >>> canonical_json({"b": 1, "a": ["存款", None]})
    '{"a":["存款",null],"b":1}'

    Raises:
        ValueError: a number is not finite.
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256_of(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()
