"""Does any text at all make the loader crash, hang, or point outside of the file?

`python -m tests.fuzz.loader --inputs 1000000 --seed 1` runs atheris, which looks for inputs that reach new code. The
first byte of an input says where the rest stands: it is a whole file, or a part of a small book, so that the fuzzer
need not find out first how a book begins. `pip install atheris` is not part of the development environment.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

__all__ = ["SECONDS", "HangError", "Target", "corpus", "main", "mutated", "text_of"]

ROOT = Path(__file__).parents[2]

SECONDS = 5.0
"""So much processor time may one small input take; the largest shipped book takes a fraction of it."""

WRITTEN = 4
"""One of so many books that load is written and read back, which takes as long as all the rest."""

BOOK = """\
book: {name: b, version: 1.0.0, covers: []}
actions:
  note: {kind: care, nature: internal, title: note, precedence: care}
  call: {kind: daily, nature: care, channel: [phone, app], title: call, precedence: care, occasion: birthday}
"""
RULES = "rules:\n  - {id: r, when: always, do: [note, call]}\n"
PLACES = (
    ("", ""),
    (f"{BOOK}rules:\n  - {{id: r, do: [note, call], when: ", "}\n"),
    (f"{BOOK}rules:\n  - id: r\n    do: [note, call]\n    when: ", "\n"),
    (f'{BOOK}rules:\n  - {{id: r, do: [note, call], when: always, because: "', '"}\n'),
    (f"{BOOK}rules:\n  - ", "\n"),
    (f"{BOOK}{RULES}tables:\n  - ", "\n"),
    (f"{BOOK}{RULES}guards:\n  - ", "\n"),
    (f"{BOOK}{RULES}guards:\n  - {{id: g, when: always, withhold: ", "}\n"),
    (f"{BOOK}{RULES}invariants:\n  - ", "\n"),
    (f"{BOOK}  more: ", f"\n{RULES}"),
    (f"{BOOK}{RULES}", ""),
    (f"{BOOK}{RULES}tables:\n  - {{id: t, hit: first, inputs: [tier, aum], outputs: [do], rows: [", "]}\n"),
)
"""What stands before and after an input, by its first byte."""


class HangError(Exception):
    """An input took too much work."""


def text_of(data: bytes) -> str:
    """Return the text of an input; bytes that are no UTF-8 become lone surrogates, which a file must not hold."""
    if not data:
        return ""
    before, after = PLACES[data[0] % len(PLACES)]
    return f"{before}{data[1:].decode('utf-8', errors='surrogateescape')}{after}"


class Target:
    """Gives inputs to the loader, holds it to what it promises, and counts what came of them."""

    def __init__(self) -> None:
        """Import what is fuzzed; atheris has been told to watch it by then."""
        from relmaint.diagnostics.codes import CODES
        from relmaint.errors import RuleBookError
        from relmaint.model.customer import Customer
        from relmaint.rulebook import parse_rule_book
        from relmaint.rulebook.write import write_rule_book

        self._parse, self._write, self._model = parse_rule_book, write_rule_book, Customer
        self._refused, self._codes = RuleBookError, CODES
        self.inputs = self.loaded = 0
        self.by_code: Counter[str] = Counter()

    def __call__(self, data: bytes) -> None:
        """Try one input.

        Raises:
            AssertionError: a diagnostic is not what it must be, or a book that loads is not read back.
            HangError: the input took too much work.
            Exception: whatever else the loader raises; it must raise nothing else.
        """
        self.inputs += 1
        text = text_of(data)
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
        try:
            book = self._parse(text, path="book.yaml", customer=self._model)
        except self._refused as refused:
            findings = refused.diagnostics
        else:
            findings = ()
            if self.loaded % WRITTEN == 0:
                again = self._parse(self._write(book), customer=self._model)
                assert again == book, "a book that loads is not the book that is read back"
            self.loaded += 1
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if findings:
            assert any(one.severity == "error" for one in findings), "a book is refused without an error"
            self._check(findings, text)

    def _check(self, findings: Any, text: str) -> None:
        lines = re.split(r"\r\n|\r|\n", text)
        for finding in findings:
            assert finding.code in self._codes, f"{finding.code} is no code"
            assert finding.message, f"{finding.code} says nothing"
            assert "\n" not in finding.message, f"{finding.code} says it on several lines"
            assert finding.span is not None, f"{finding.code} has no place"
            self.by_code[finding.code] += 1
            for span in (finding.span, *(one.span for one in finding.related)):
                assert span.path == "book.yaml"
                assert 1 <= span.line <= span.end_line <= len(lines), f"{finding.code} is outside of the file: {span}"
                for line, column in ((span.line, span.column), (span.end_line, span.end_column)):
                    assert 1 <= column <= len(lines[line - 1]) + 2, f"{finding.code} is outside of its line: {span}"
                assert (span.line, span.column) <= (span.end_line, span.end_column), f"{finding.code} ends first"


def _hang(_signal: int, _frame: FrameType | None) -> None:
    raise HangError(f"more than {SECONDS} s of processor time")


def watch_for_hangs() -> None:
    """Let the timer that each input starts end it."""
    signal.signal(signal.SIGVTALRM, _hang)


def corpus(most: int = 400) -> Iterator[bytes]:
    """Yield inputs to begin with: small books with a mistake, and the statements of the shipped books."""
    from hypothesis import HealthCheck, Phase, given, seed, settings

    from relmaint.testing import malformed_books

    texts: set[str] = set()
    how = settings(max_examples=300, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    seed(1)(how(given(malformed_books())(lambda one: texts.add(one.text))))()
    for text in sorted(texts):
        yield b"\0" + text.encode("utf-8", errors="surrogatepass")
    for path in sorted((ROOT / "rules").rglob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        if path.name.endswith(".cases.yaml"):
            continue
        section = ""
        for part in re.split(r"\n(?=\S)|\n+  - ", text):
            if found := re.match(r"(\w+):", part):
                section = found.group(1)
            place = {"rules": 4, "tables": 5, "guards": 6, "invariants": 8, "actions": 9}.get(section, 10)
            if len(part) <= most:
                yield bytes([place]) + part.encode()
        for when in re.findall(r"when: ([^\n{}]+)", text):
            yield b"\1" + when.encode()


def mutated(random: Random, seeds: list[bytes]) -> bytes:
    """Return one of the inputs with a few letters changed, dropped, doubled, or put in from another."""
    data = _letters(random.choice(seeds))
    for _ in range(random.randint(1, 4)):
        place = random.randrange(1, len(data) + 1)
        match random.randrange(5):
            case 0:
                data[place : place + 1] = random.choice(_LETTERS)
            case 1:
                del data[place : place + random.randint(1, 8)]
            case 2:
                data[place:place] = random.choice(_TOKENS)
            case 3:
                data[place:place] = data[place : place + random.randint(1, 12)]
            case _:
                other = _letters(random.choice(seeds))
                start = random.randrange(1, len(other) + 1)
                data[place : place + random.randint(0, 8)] = other[start : start + random.randint(1, 20)]
    return "".join(data).encode("utf-8", errors="surrogateescape")


def _letters(data: bytes) -> list[str]:
    return list(data.decode("utf-8", errors="surrogateescape"))


_LETTERS = [*map(chr, range(32, 127)), "\n", "\t", "\0", "：", "\udcff"]
_TOKENS = (
    *(
        "[",
        "]",
        "{",
        "}",
        ", ",
        ": ",
        "- ",
        "\n",
        "\r",
        "\t",
        "#",
        "'",
        '"',
        "&a ",
        "*a",
        "!t ",
        "!= ",
        ">= ",
        "<=",
    ),
    *(" and ", " or ", "not ", "(", ")", "..", " in ", " has ", " is known", "known", "unknown", "always", "none"),
    *("2026-02-30", "9999-12-31", "-0", "1e9", "99999999999999", "0.001", "：", "，", "（", "和", "\ufeff", "\0"),
    *("tier", "aum", "events", "maturity", "days_to_maturity", "branch", "as_of", "{aum}", "{{", "<<: ", "---\n"),
)


def main(arguments: list[str] | None = None) -> None:
    """Fuzz until so many inputs were tried, or one fails; a line of counts is written now and then."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.loader", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--max-length", type=int, default=96, help="in bytes")
    parser.add_argument("--log", type=Path, help="append a line of JSON every 100,000 inputs")
    options = parser.parse_args(arguments)
    import atheris

    with atheris.instrument_imports(include=["relmaint.rulebook"]):
        target = Target()
    begun = time.time()

    def tell() -> None:
        counts = {"inputs": target.inputs, "loaded": target.loaded, "seconds": round(time.time() - begun)}
        line = json.dumps({"seed": options.seed, **counts, "codes": dict(sorted(target.by_code.items()))})
        print(line, file=sys.stderr, flush=True)
        if options.log:
            with options.log.open("a", encoding="utf-8") as log:
                log.write(line + "\n")

    def one(data: bytes) -> None:
        target(data)
        if target.inputs % 100_000 == 0 or target.inputs == options.inputs:
            tell()

    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    for number, data in enumerate(corpus(options.max_length - 1)):
        (folder / f"{number:05}").write_bytes(data)
    switches = (f"-runs={options.inputs}", f"-seed={options.seed}", f"-max_len={options.max_length}", "-timeout=60")
    atheris.Setup([sys.argv[0], *switches, "-print_final_stats=1", str(folder)], one)
    watch_for_hangs()
    atheris.Fuzz()


if __name__ == "__main__":
    main()
