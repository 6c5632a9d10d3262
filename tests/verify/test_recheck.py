"""Does the independent checker take true proofs, and refuse all others?"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections import Counter
from copy import deepcopy
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from relmaint import recheck
from relmaint.ir.program import Axis
from relmaint.ir.rules import RuleBook
from relmaint.recheck import FORMATS, main, proves
from relmaint.rulebook.load import default_book_path, load_rule_book
from relmaint.verify import certificate as certificates
from relmaint.verify.certificate import certificate, steps_of
from relmaint.verify.cover import Covered, Hole, Undecided, Union, region_of
from relmaint.verify.totality import Totality
from relmaint.vocabulary import IntegerType
from tests.verify.families import AXES, FAMILIES, bank, blurred, hard, tree
from tests.verify.tampering import outcome as tampered

pytestmark = pytest.mark.evidence


@pytest.fixture(scope="module")
def held() -> dict[str, Any]:
    """Return the certificate of the shipped book, as a file holds it."""
    book: RuleBook = load_rule_book(default_book_path())
    read: dict[str, Any] = json.loads(json.dumps(certificate(book, Totality(book).claims())))
    return read


def test_every_kind_of_the_shipped_book_has_a_proof(held: dict[str, Any], tmp_path: Path) -> None:
    """All three claims are there, name the rules they rest on, and are taken."""
    path = tmp_path / "certificate.json"
    path.write_text(json.dumps(held), encoding="utf-8")

    assert [True, True, True] == [f"`{kind}`" in one["claim"] for kind, one in zip(_KINDS, held["claims"], strict=True)]
    assert all(len(one["from"]) == len(one["boxes"]) > 0 for one in held["claims"])
    assert main(str(path)) == 0


_KINDS = ("daily", "special", "care")


def test_a_certificate_without_one_of_its_boxes_is_refused(
    held: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A box made empty takes what it covered with it, and the claim that rests on it is named as refused."""
    tampered = deepcopy(held)
    tampered["claims"][0]["boxes"][0] = [[0, "0x0"]]
    path = tmp_path / "certificate.json"
    path.write_text(json.dumps(tampered), encoding="utf-8")

    assert main(str(path)) == 1
    assert "REFUSED a rule proposes a `daily` action" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"book": {}, "claims": [{}]}', '{"book": {}, "claims": 3}'])
def test_a_file_that_is_no_certificate_cannot_be_checked(content: str, tmp_path: Path) -> None:
    """Anything else than a certificate ends with exit code 2, and no traceback."""
    path = tmp_path / "certificate.json"
    path.write_text(content, encoding="utf-8")

    ran = subprocess.run(  # the program itself, as an auditor runs it
        [sys.executable, "-m", "relmaint.recheck", str(path)], capture_output=True, text=True, check=False
    )

    assert (2, "") == (ran.returncode, ran.stdout)
    assert "not a certificate" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_certificate_without_claims_proves_nothing(tmp_path: Path) -> None:
    """No claim at all is not success."""
    path = tmp_path / "certificate.json"
    header = {"format": FORMATS[0], "book": {"name": "a", "version": "1", "digest": "0"}}
    path.write_text(json.dumps({**header, "claims": []}), encoding="utf-8")

    assert main(str(path)) == 1


def ran(held: dict[str, Any], path: Path) -> int:
    """Write a certificate and have it checked."""
    path.write_text(json.dumps(held), encoding="utf-8")
    return main(str(path))


@pytest.mark.parametrize("format_", ["relmaint-certificate/2", "other/1", "", None, 1, ["a"]])
def test_a_certificate_of_another_format_is_not_read(
    held: dict[str, Any], format_: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the file says beside, what it means by it is known for one format only."""
    assert ran({**held, "format": format_}, tmp_path / "certificate.json") == 2
    assert f"its format is {format_!r}, and none of relmaint-certificate/1" in capsys.readouterr().err


def test_what_is_written_has_the_format_that_is_read() -> None:
    """The writer and the checker share no code, and agree."""
    assert (certificates.FORMAT, certificates.EQUIVALENCE) == FORMATS


@pytest.mark.parametrize("missing", ["format", "book", "claims"])
def test_a_certificate_without_one_of_its_parts_is_not_read(held: dict[str, Any], missing: str, tmp_path: Path) -> None:
    """Nothing is taken for granted."""
    assert ran({key: value for key, value in held.items() if key != missing}, tmp_path / "certificate.json") == 2


@pytest.mark.parametrize("missing", ["name", "version", "digest"])
def test_a_certificate_that_does_not_say_of_which_book_it_is_is_not_read(
    held: dict[str, Any], missing: str, tmp_path: Path
) -> None:
    """A proof about no book says nothing."""
    header = {key: value for key, value in held["book"].items() if key != missing}

    assert ran({**held, "book": header}, tmp_path / "certificate.json") == 2


def test_a_certificate_that_breaks_off_is_not_read(held: dict[str, Any], tmp_path: Path) -> None:
    """At whichever place the file ends too early, it is no certificate."""
    text = json.dumps(held)
    path = tmp_path / "certificate.json"
    for end in [*range(0, len(text) - 1, max(1, len(text) // 300)), len(text) - 1]:
        path.write_text(text[:end], encoding="utf-8")
        assert main(str(path)) == 2


def test_a_key_that_stands_twice_is_not_read(held: dict[str, Any], tmp_path: Path) -> None:
    """Two programs could read such a file in two ways."""
    text = json.dumps(held).replace('"claim": ', '"claim": "nobody", "claim": ', 1)
    path = tmp_path / "certificate.json"
    path.write_text(text, encoding="utf-8")

    assert main(str(path)) == 2


def test_a_file_nested_too_deeply_is_not_read(tmp_path: Path) -> None:
    """A file made to exhaust the reader ends like any other that is no certificate."""
    path = tmp_path / "certificate.json"
    path.write_text('{"format": ' + "[" * 100_000, encoding="utf-8")

    assert main(str(path)) == 2


@pytest.mark.parametrize(
    "edit",
    [
        lambda claim: claim.update(region=["0x0"] * len(claim["region"]), proof=[["empty", 0]]),
        lambda claim: claim.update(region=["-0x1"] * len(claim["region"])),
        lambda claim: claim.update(region=claim["region"][:-1]),
        lambda claim: claim.update(region=[*claim["region"], "0x1"]),
        lambda claim: claim["axes"].pop(),
        lambda claim: claim["region"].__setitem__(0, hex(1 << 200)),
        lambda claim: claim["boxes"].__setitem__(0, [*claim["boxes"][0], [claim["boxes"][0][0][0], "0x1"]]),
        lambda claim: claim["boxes"].__setitem__(0, [[-1, "0x7"]]),
        lambda claim: claim["boxes"].__setitem__(0, [[len(claim["axes"]), "0x7"]]),
        lambda claim: claim["boxes"].__setitem__(0, [[claim["boxes"][0][0][0], "-0x1"]]),
        lambda claim: claim.update(proof=[]),
        lambda claim: claim.update(proof=[["sure"]]),
        lambda claim: claim["proof"].append(claim["proof"][-1]),
    ],
)
def test_a_claim_whose_parts_do_not_fit_is_refused(held: dict[str, Any], edit: Any, tmp_path: Path) -> None:
    """A claim about nobody, about classes that there are not, or with a box that can be read in two ways."""
    changed = deepcopy(held)
    edit(changed["claims"][0])

    assert ran(changed, tmp_path / "certificate.json") == 1


def test_proofs_that_changed_places_are_refused_or_still_true(held: dict[str, Any], tmp_path: Path) -> None:
    """The proof, the boxes or the region of another claim prove nothing of this one."""
    for part, one, other in product(("proof", "boxes"), range(3), range(3)):
        if one != other and held["claims"][one][part] != held["claims"][other][part]:
            changed = deepcopy(held)
            changed["claims"][one][part] = deepcopy(held["claims"][other][part])
            assert ran(changed, tmp_path / "certificate.json") != 0


@pytest.mark.parametrize("block", range(4))
def test_no_tampered_proof_is_taken_unless_it_is_a_true_one(block: int) -> None:
    """Each step dropped, doubled, exchanged and turned into others, each bit of each mask flipped: counted."""
    found: Counter[str] = Counter()
    for seed in range(block * 60, (block + 1) * 60):
        found.update(tampered(seed))

    assert found["refused, and false"] > 5_000
    assert found["refused, though the claim is true"] > 5_000
    assert found["taken, and sound"] > 1_000


def test_the_checker_imports_only_the_standard_library() -> None:
    """It shares no code with the search: not one module of relmaint is imported."""
    tree_of = ast.parse(Path(recheck.__file__).read_text(encoding="utf-8"))
    imported = {
        alias.name.split(".")[0] for node in ast.walk(tree_of) if isinstance(node, ast.Import) for alias in node.names
    } | {str(node.module).split(".")[0] for node in ast.walk(tree_of) if isinstance(node, ast.ImportFrom)}

    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize("family", sorted(FAMILIES))
@pytest.mark.parametrize("count", [100, 1_000, 10_000])
def test_large_books_are_decided_with_a_proof_that_holds(family: str, count: int) -> None:
    """Every family is decided within the budget; what is covered is proven, and what is a hole has no box."""
    boxes = FAMILIES[family](Random(7), count)
    union = Union(boxes, AXES)
    answer = union.cover(region_of(AXES))

    assert not isinstance(answer, Undecided)
    if isinstance(answer, Covered):
        assert proves([dict(box) for box in union.boxes], list(region_of(AXES)), steps_of(answer.proof))
    else:
        assert not any(all(answer.region[axis] & mask for axis, mask in box) for box in boxes)


@pytest.mark.parametrize("missing", range(0, 1_000, 97))
def test_a_missing_leaf_of_a_partition_is_found_whole(missing: int) -> None:
    """In a partition the only hole is the leaf that is missing."""
    boxes = tree(Random(3), 1_000)
    leaf = boxes.pop(missing)
    answer = Union(boxes, AXES).cover(region_of(AXES))

    assert isinstance(answer, Hole)
    inside = dict(leaf)
    assert all(mask & ~inside.get(axis, -1) == 0 for axis, mask in enumerate(answer.region))


@pytest.mark.parametrize("seed", range(60))
def test_a_proof_that_splits_an_axis_again_and_again_holds(seed: int) -> None:
    """Overlapping boxes that cover everything, where a proof rests on several splits of one axis."""
    random = Random(seed)
    union = Union(blurred(random, random.randint(20, 60)), AXES)
    answer = union.cover(region_of(AXES))

    assert isinstance(answer, Covered)
    assert proves([dict(box) for box in union.boxes], list(region_of(AXES)), steps_of(answer.proof))


def test_a_class_that_no_part_reaches_is_a_hole() -> None:
    """When the boxes fall apart on an axis, a class between the parts that no box allows is found."""
    on = range(4)
    combinations = product((0b0010, 0b0100), (0b0010, 0b1100), (0b0010, 0b1100), (0b01110, 0b10000))
    boxes = [tuple(zip(on, masks, strict=True)) for masks in combinations]
    axes = [Axis(f"size{axis}", IntegerType(0), optional=False, cuts=(1, 2)) for axis in range(3)]
    axes.append(Axis("size3", IntegerType(0), optional=False, cuts=(1, 2, 3)))

    assert Hole((0b1000, 0b1110, 0b1110, 0b11110)) == Union(boxes, axes).cover(region_of(axes))


@pytest.mark.parametrize("seed", range(40))
def test_a_changed_proof_is_refused_or_still_true(seed: int) -> None:
    """Whatever is changed in a proof of a partition, the checker never takes it for boxes that leave a hole."""
    random = Random(seed)  # reproducible on purpose
    boxes = random.choice([tree, bank, hard])(random, 120)
    union = Union(boxes, AXES)
    answer = union.cover(region_of(AXES))
    if not isinstance(answer, Covered):
        return
    steps = steps_of(answer.proof)
    for _ in range(200):
        lost = random.randrange(len(boxes))
        left = [dict(box) for number, box in enumerate(union.boxes)]
        left[lost] = {0: 0}
        changed = deepcopy(steps)
        _tamper(changed, random, len(boxes))
        if proves(left, list(region_of(AXES)), changed):
            assert isinstance(union.cover(region_of(AXES), without=1 << lost), Covered)


def _tamper(steps: list[Any], random: Random, boxes: int) -> None:
    place = random.randrange(len(steps))
    match random.randrange(4):
        case 0:
            del steps[place]
        case 1:
            steps.insert(place, ["inside", random.randrange(boxes)])
        case 2:
            steps[place] = ["empty", random.randrange(len(AXES))]
        case _:
            if steps[place][0] != "split":
                steps[place][-1] = random.randrange(boxes) if steps[place][0] != "empty" else 0
