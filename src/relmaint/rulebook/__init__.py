"""How does a folder of YAML become a rule book, and how is a rule book written back?"""

from __future__ import annotations

from relmaint.rulebook.load import Loaded, check_rule_book, default_book_path, load_rule_book, parse_rule_book

__all__ = ["Loaded", "check_rule_book", "default_book_path", "load_rule_book", "parse_rule_book"]
