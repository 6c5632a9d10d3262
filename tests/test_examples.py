"""Do the examples run as their page says, and show what it says?"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
DAY = "2026-03-02"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the folder of the project."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@cache
def plans(file: str, *options: str) -> list[dict[str, Any]]:
    """Return the plans that the command line writes for a file."""
    done = run("-m", "relmaint", "plan", file, "--as-of", DAY, "--format", "jsonl", *options)
    assert (done.stderr, done.returncode) == ("", 0)
    return [json.loads(line) for line in done.stdout.splitlines()]


def actions(plan: dict[str, Any]) -> list[str]:
    """Return the ids of the planned actions, the highest rank first."""
    return [action["action"] for action in plan["actions"]]


def commands(page: str) -> list[list[str]]:
    """Return the commands that a page shows, as argument lists."""
    blocks = re.findall(r"```console\n(.*?)```", page, flags=re.DOTALL)
    return [line.removeprefix("$ ").split() for block in blocks for line in block.splitlines()]


def test_every_example_is_on_the_page() -> None:
    """The page names every file of the folder."""
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    files = {path.name for path in EXAMPLES.iterdir() if path.is_file() and path.name != "README.md"}

    assert files == set(re.findall(r"\| \[`([^`]+)`\]", page))


@pytest.mark.parametrize("words", commands((EXAMPLES / "README.md").read_text(encoding="utf-8")), ids=" ".join)
def test_every_command_on_the_page_runs(words: list[str], tmp_path: Path) -> None:
    """Each command of the page ends well and says something."""
    program, *arguments = words
    if "-o" in arguments:
        arguments[arguments.index("-o") + 1] = str(tmp_path / "out")
    done = run(*(["-m", "relmaint"] if program == "relmaint" else []), *arguments)

    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout or (tmp_path / "out").stat().st_size


def test_the_refused_courtesy_is_made_good_first() -> None:
    """The branch head makes good the same day, ahead of everything else, and nothing is sold."""
    (plan,) = plans("examples/barrier.yaml")
    first = plan["actions"][0]

    assert (first["action"], first["due"], first["owner"]) == ("com-s2-courtesy-recovery", DAY, "branch-manager")
    assert "marketing" not in {action["nature"] for action in plan["actions"]}
    assert "complaint/no-offers" in {held["rule"] for held in plan["withheld"]}


def test_the_courtesy_does_not_hang_on_the_balance(tmp_path: Path) -> None:
    """With twelve yuan and no key tier the recovery comes first all the same, and the courtesy stays."""
    text = (EXAMPLES / "barrier.yaml").read_text(encoding="utf-8")
    small = tmp_path / "small.yaml"
    small.write_text(text.replace("1_500_000", "12.50").replace("tier: key", "tier: ordinary"), encoding="utf-8")
    (rich,), (poor,) = plans("examples/barrier.yaml"), plans(str(small))

    assert actions(poor)[0] == actions(rich)[0]
    assert {"com-s2-courtesy-recovery", "com-c1-courtesy"} <= set(actions(poor)) & set(actions(rich))


@pytest.mark.parametrize(
    ("file", "field"),
    [
        ("barrier.yaml", "clothes: shabby"),
        ("barrier.yaml", "errand: cheque"),
        ("mr-xu.yaml", "mother_lives_in: Taiwan"),
    ],
)
def test_there_is_no_field_for_looks_errands_or_relatives(file: str, field: str, tmp_path: Path) -> None:
    """A record that says what must not be asked is refused by the name of the field."""
    record = tmp_path / "record.yaml"
    record.write_text((EXAMPLES / file).read_text(encoding="utf-8") + field + "\n", encoding="utf-8")
    done = run("-m", "relmaint", "plan", str(record), "--as-of", DAY)

    assert done.returncode == 1
    assert f"there is no attribute `{field.partition(':')[0]}`" in done.stderr


def test_mr_xu_is_asked_before_anything_is_offered() -> None:
    """His maturity is told, his need is asked, his risk class is assessed, and no product is offered."""
    (plan,) = plans("examples/mr-xu.yaml")

    assert actions(plan)[:3] == ["dep-d1-maturity-notice", "com-s3-ask-need", "com-s1-renew-assessment"]
    assert "marketing" not in {action["nature"] for action in plan["actions"]}


def test_the_branch_shows_every_stage() -> None:
    """Fifty customers are planned for, and among what they do not get every later stage has its share."""
    branch = plans("examples/branch.csv")

    assert [plan["customer"] for plan in branch] == [f"C{number:04d}" for number in range(1, 51)]
    assert {plan["status"] for plan in branch} == {"planned"}
    assert {held["stage"] for plan in branch for held in plan["withheld"]} >= {"override", "guard", "merge", "budget"}
    assert {action["nature"] for plan in branch for action in plan["actions"]} == {
        "service",
        "care",
        "marketing",
        "risk",
        "internal",
    }
    assert len({action for plan in branch for action in actions(plan)}) > 60


def test_the_branch_tells_its_stories() -> None:
    """The thirtieth anniversary is thanked for, and a customer who opted out still hears of the maturity."""
    by_id = {plan["customer"]: plan for plan in plans("examples/branch.csv")}

    assert "dep-c2-anniversary" in actions(by_id["C0038"])
    assert "dep-d1-maturity-notice" in actions(by_id["C0012"])
    assert "consent/marketing" in {held["rule"] for held in by_id["C0012"]["withheld"]}


def test_the_branch_under_another_rule_has_gaps() -> None:
    """Under the rule of another bank some of the same customers are without anybody, and it says so."""
    model = "rules/branch-p1/model.py:BranchCustomer"
    branch = plans("examples/branch.csv", "--book", "rules/branch-p1", "--customer-model", model)
    gaps = [plan for plan in branch if plan["uncovered"] == ["daily"]]

    assert 0 < len(gaps) < len(branch) == 50


def test_the_first_plan_prints_the_notice_first() -> None:
    """The script prints the plan, rank by rank, and what was withheld by what."""
    lines = run("examples/first_plan.py").stdout.splitlines()

    assert lines[0] == "1 dep-d1-maturity-notice 2026-03-02 notice/deposit-maturity"
    assert [line for line in lines if line.startswith("withheld: ")]


def test_the_own_model_plans_by_the_harvest() -> None:
    """The bank's own fact decides: a visit before a near harvest, and nothing for a far or unknown one."""
    assert run("examples/own_model.py").stdout.splitlines() == [
        "2026-06-10 planned",
        "  harvest-visit by 2026-06-07 because the harvest is 9 days away",
        "2026-07-20 uncovered",
        "None uncovered",
    ]
