"""Does the certificate of a simplified book hold for the independent checker, and does it refuse all others?"""

from __future__ import annotations

import json
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmaint.ir.canonical import digest
from relmaint.ir.rules import RuleBook
from relmaint.recheck import holds, main
from relmaint.rulebook.load import parse_rule_book
from relmaint.testing import rule_books
from relmaint.verify.certificate import equivalence
from relmaint.verify.simplify import simplify
from tests.models import SmallCustomer
from tests.verify.checks.books import HEAD
from tests.verify.test_simplify import STEPS, blown_up

pytestmark = pytest.mark.evidence


def certified(book: RuleBook) -> dict[str, Any]:
    """Return the certificate of what is simplified in a book, as a file holds it."""
    found = simplify(book)
    claims = [claim for one in found.reductions for claim in one.claims]
    read: dict[str, Any] = json.loads(json.dumps(equivalence(book, found.after, claims)))
    return read


@pytest.fixture(scope="module")
def held() -> dict[str, Any]:
    """Return one certificate with the claims of many kinds of steps."""
    every = [certified(parse_rule_book(HEAD + text)) for _, _, text in STEPS]
    return {**every[0], "claims": [claim for one in every for claim in one["claims"]]}


@settings(max_examples=100)
@given(st.one_of(rule_books(SmallCustomer), blown_up()))
def test_every_claim_is_taken(book: RuleBook) -> None:
    """Whatever is simplified, the checker follows each proof."""
    assert all(holds(claim) for claim in certified(book)["claims"])


def test_a_certificate_names_both_books(held: dict[str, Any], tmp_path: Path) -> None:
    """The program itself prints a line for each claim, and both digests."""
    path = tmp_path / "same.json"
    path.write_text(json.dumps(held), encoding="utf-8")
    ran = subprocess.run(  # the program itself, as an auditor runs it
        [sys.executable, "-m", "relmaint.recheck", str(path)], capture_output=True, text=True, check=False
    )
    *claims, last = ran.stdout.splitlines()

    assert (0, "") == (ran.returncode, ran.stderr)
    assert [f"proven  {one['claim']}" for one in held["claims"]] == claims
    count = len(claims)
    before, after = held["book"]["digest"], held["becomes"]["digest"]
    assert f"b 1 {before} becomes {after}: {count} of {count} claims proven" == last
    assert before == digest(parse_rule_book(HEAD + STEPS[0][2]))


def refused(claim: dict[str, Any]) -> bool:
    """Whether the checker does not take a claim; what is no claim at all is an error."""
    try:
        return not holds(claim)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return True


def test_a_claim_with_a_box_less_is_refused_or_still_true(held: dict[str, Any]) -> None:
    """Nearly every box that stands in a claim is needed: without its cells the other side, or a proof, is too small."""
    tried = taken = 0
    for claim in held["claims"]:
        for boxes in (claim["before"], claim["after"], claim["impossible"], *claim["beside"]):
            for place in range(len(boxes)):
                kept, boxes[place] = boxes[place], [[0, "0x0"]]
                tried += 1
                if not refused(claim):
                    taken += 1
                    assert _is_still_true(claim)
                boxes[place] = kept
        assert holds(claim)
    assert tried > 50
    assert taken * 5 < tried


def _is_still_true(claim: dict[str, Any]) -> bool:
    """Whether, counting cells, both sides hold the same but for what is impossible or beside."""
    sizes = [len(axis["classes"]) for axis in claim["axes"]]

    def inside(cell: tuple[int, ...], boxes: list[Any]) -> bool:
        return any(all(int(mask, 16) >> cell[axis] & 1 for axis, mask in box) for box in boxes)

    cells = [()]
    for size in sizes:
        cells = [(*cell, class_) for cell in cells for class_ in range(size)]  # type: ignore[misc]  # cells grow
    return all(
        inside(cell, claim["before"]) == inside(cell, claim["after"])
        for cell in cells
        for group in claim["beside"]
        if not inside(cell, [*group, *claim["impossible"]])
    )


@pytest.mark.parametrize("seed", range(25))
def test_a_changed_claim_is_refused_or_still_true(held: dict[str, Any], seed: int) -> None:
    """Whatever is changed in boxes and proofs, the checker never takes what counting cells shows to be wrong."""
    random = Random(seed)
    for claim in held["claims"]:
        changed = deepcopy(claim)
        _tamper(changed, random)
        if changed != claim and not refused(changed):
            assert _is_still_true(changed)


def _tamper(claim: dict[str, Any], random: Random) -> None:
    boxes = [box for side in (claim["before"], claim["after"], claim["impossible"], *claim["beside"]) for box in side]
    match random.randrange(6):
        case 0 if boxes and (box := random.choice(boxes)):
            pair = random.choice(box)
            pair[1] = hex(int(pair[1], 16) ^ 1 << random.randrange(len(claim["axes"][pair[0]]["classes"])))
        case 1 if boxes and (box := random.choice(boxes)):
            box.pop()
        case 2:
            claim[random.choice(["before", "after"])].append([])
        case 3:
            claim["proofs"] = claim["proofs"][:-1]
        case 4:
            claim["before"], claim["proofs"] = [], [[] for _ in claim["proofs"]]
        case _:
            proofs = [proof for group in claim["proofs"] for proof in group if proof]
            if proofs:
                random.choice(proofs).pop()


def test_a_claim_without_a_group_proves_nothing(held: dict[str, Any]) -> None:
    """A claim beside no group at all would have nothing to prove."""
    claim = deepcopy(held["claims"][0])
    claim["beside"], claim["proofs"] = [], []

    assert not holds(claim)


def test_a_claim_with_a_proof_less_is_refused(held: dict[str, Any]) -> None:
    """Each box before and after has a proof beside each group."""
    for claim in deepcopy(held["claims"]):
        if claim["before"]:
            claim["proofs"][0].pop()
            assert not holds(claim)


def test_a_refused_claim_is_named(held: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The others are taken all the same, and the exit code is 1."""
    changed = deepcopy(held)
    wrong = next(claim for claim in changed["claims"] if claim["after"])
    wrong["after"][0] = [[0, "0x0"]]
    path = tmp_path / "same.json"
    path.write_text(json.dumps(changed), encoding="utf-8")

    assert main(str(path)) == 1
    assert f"REFUSED {wrong['claim']}" in capsys.readouterr().out
