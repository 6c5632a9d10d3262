"""How is the conformance suite written anew? `python tools/generate_conformance.py`, the same in every run.

`--check` writes nothing, and leaves with 1 when the file holds something else than what would be written.
"""

from __future__ import annotations

import argparse
import lzma
import sys
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.conformance.suite import BOOKS, PATH, encoded, lines, write  # found by the line above


def main() -> int:
    """Write the suite, or compare it."""
    parser = argparse.ArgumentParser(description="Write tests/conformance/suite.jsonl.xz anew.")
    parser.add_argument("--check", action="store_true", help="write nothing; leave with 1 when the file is another")
    if not parser.parse_args().check:
        write(PATH)
        print(f"{PATH.name}: {BOOKS} books, {PATH.stat().st_size:,} bytes")
        return 0
    with lzma.open(PATH, "rb") as file:
        for number, line in enumerate(islice(lines(), BOOKS + 1)):
            if file.readline() != encoded(line):
                print(f"line {number + 1} would be written otherwise; run python tools/generate_conformance.py")
                return 1
        if file.readline():
            print(f"there are more than {BOOKS} books in the file")
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
