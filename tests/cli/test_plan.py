"""Does `relmaint plan` give a client manager few, ranked, reasoned lines, and a pipeline clean data?"""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.terminal import DATA, DAY, command_line, environment, run

SMALL = ("customers.yaml", "--book", "book.yaml", "--as-of", DAY)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_plan_is_text_in_the_language_asked_for(language: str, golden: Callable[[str, str], None]) -> None:
    """The plan of a client manager: due contacts with reasons, routine in brief, what is withheld, and a count."""
    done = run("--lang", language, "plan", *SMALL)

    golden(f"cli/plan.{language}.txt", done.stdout)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_csv_has_a_row_for_each_customer_and_action(language: str, golden: Callable[[str, str], None]) -> None:
    """One row for each planned action, and one for each customer who has none."""
    done = run("plan", *SMALL, "--format", "csv", "--lang", language)

    golden(f"cli/plan.{language}.csv", done.stdout)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_language_comes_from_the_environment() -> None:
    """LANG chooses the language, LC_ALL chooses before it, and `--lang` before both, on either side of the command."""
    asked = ("plan", *SMALL, "--customer", "C3")

    zh = run(*asked, LANG="zh_CN.UTF-8").stdout
    en = run(*asked, LANG="zh_CN.UTF-8", LC_ALL="C.UTF-8").stdout

    assert "未覆盖" in zh
    assert "NOT COVERED" in en
    assert run("--lang", "en", *asked, LANG="zh_CN.UTF-8").stdout == en
    assert run(*asked, "--lang", "zh").stdout == zh


def test_json_is_one_document_with_its_version() -> None:
    """The JSON document names its own version, the tool, the day and the book, and holds every plan."""
    done = run("plan", *SMALL, "--format", "json")
    document = json.loads(done.stdout)

    assert list(document) == ["format_version", "tool", "as_of", "book", "plans"]
    assert (document["format_version"], document["as_of"], document["book"]["name"]) == (1, DAY, "small")
    assert [plan["customer"] for plan in document["plans"]] == ["C1", "C2", "C3", "C4", "C5"]
    assert [plan["status"] for plan in document["plans"]] == ["planned", "planned", "uncovered", "empty", "uncovered"]


def test_json_lines_are_the_plans_of_the_document() -> None:
    """One line holds one plan, the same as in the JSON document."""
    document = json.loads(run("plan", *SMALL, "--format", "json").stdout)
    lines = run("plan", *SMALL, "--format", "jsonl").stdout.splitlines()

    assert [json.loads(line) for line in lines] == document["plans"]


def test_an_empty_file_of_customers_gives_an_empty_document(tmp_path: Path) -> None:
    """No customers are no plans, in a document that is still complete."""
    none = tmp_path / "none.json"
    none.write_text("[]")

    done = run("plan", none, "--book", "book.yaml", "--format", "json")

    assert (done.returncode, json.loads(done.stdout)["plans"]) == (0, [])


def test_bad_rows_are_told_and_counted_and_the_others_planned() -> None:
    """Findings go to the standard error with a count, the good customers are planned, and the exit code is 1."""
    done = run("plan", "records.csv", "--book", "book.yaml", "--as-of", DAY, "--format", "csv")

    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert sorted({row["customer"] for row in rows}) == ["C1", "C4"]
    assert done.returncode == 1
    assert "records.csv:3:4" in done.stderr
    assert "did you mean `key`?" in done.stderr
    assert "records.csv:4:14" in done.stderr
    assert done.stderr.endswith("2 findings about the records; customers planned: 2\n")


def test_one_customer_can_be_picked() -> None:
    """Only the customer asked for is planned, and the mistakes of other rows are nobody's business then."""
    done = run("plan", "records.csv", "--book", "book.yaml", "--as-of", DAY, "--customer", "C4", "--format", "jsonl")

    assert [json.loads(line)["customer"] for line in done.stdout.splitlines()] == ["C4"]
    assert (done.returncode, done.stderr) == (0, "")


def test_a_picked_customer_whose_row_is_bad_is_explained() -> None:
    """A customer who cannot be planned for is an error that shows why."""
    done = run("plan", "records.csv", "--book", "book.yaml", "--customer", "C2")

    assert (done.returncode, done.stdout) == (2, "")
    assert "customer `C2`: `tier`: `kee`" in done.stderr
    assert "`records.csv` has no customer `C2`, or none that is valid" in done.stderr


def test_the_day_is_today_unless_given() -> None:
    """The command line is the only place with a clock."""
    before = datetime.now().astimezone().date()
    plan = json.loads(
        run("plan", "customers.yaml", "--book", "book.yaml", "--customer", "C2", "--format", "jsonl").stdout
    )
    after = datetime.now().astimezone().date()

    assert plan["as_of"] in {before.isoformat(), after.isoformat()}
    assert after - datetime.now(UTC).date() <= timedelta(days=1)


@pytest.mark.parametrize("backend", ["reference", "rete"])
def test_backends_give_the_same_plans(backend: str) -> None:
    """Every backend prints the same bytes."""
    expected = run("plan", *SMALL, "--format", "jsonl").stdout

    assert run("plan", *SMALL, "--format", "jsonl", "--backend", backend).stdout == expected


@pytest.mark.parametrize("where", ["model.py:Farmer", "model:Farmer"])
def test_a_bank_brings_its_own_model(where: str, tmp_path: Path) -> None:
    """A customer model comes from a file or a module, and the book and the customers may speak of its attributes."""
    customers = tmp_path / "farmers.csv"
    customers.write_text("id,acres\nF1,120\nF2,\n")

    done = run("plan", customers, "--book", "farm.yaml", "--customer-model", where, "--as-of", DAY)

    assert done.returncode == 0, done.stderr
    assert "the farm has 120 acres" in done.stdout


def test_the_shipped_book_plans_without_any_option() -> None:
    """Without `--book` the shipped retail book is used."""
    done = run("--lang", "zh", "plan", "customers.yaml", "--as-of", DAY, "--customer", "C1")

    assert done.returncode == 0, done.stderr
    assert "C1 · 重点维护 · 存款倚重型 · 关系中心型" in done.stdout


def test_customers_may_come_through_a_pipe() -> None:
    """`-` reads JSON Lines from the standard input."""
    done = run("plan", "-", "--book", "book.yaml", "--format", "jsonl", stdin='{"id": "P1", "tier": "exit"}\n')

    assert [json.loads(line)["customer"] for line in done.stdout.splitlines()] == ["P1"]
    assert done.returncode == 0


def test_an_output_file_is_complete_or_not_there(tmp_path: Path) -> None:
    """`-o` writes the same data to a file, which starts with a byte order mark when CSV; a failure leaves none."""
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"

    written = run("plan", *SMALL, "--format", "csv", "-o", good)
    failed = run("plan", "nothing.csv", "--book", "book.yaml", "-o", bad)

    assert (written.returncode, written.stdout) == (0, "")
    assert good.read_bytes().decode("utf-8-sig") == run("plan", *SMALL, "--format", "csv").stdout
    assert good.read_bytes().startswith(b"\xef\xbb\xbf")
    assert failed.returncode == 2
    assert list(tmp_path.iterdir()) == [good]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing.csv", "--book", "book.yaml"), "no such file or directory"),
        (("customers.yaml", "--book", "nothing"), "no such file or directory"),
        (("customers.yaml", "--book", "broken.yaml"), "did you mean `aum`?"),
        (("customers.yaml", "--as-of", "4.3.2026"), "is not a day written as 2026-01-31"),
        (("customers.yaml", "--book", "book.yaml", "--customer", "C9"), "has no customer `C9`"),
        (("customers.yaml", "--customer-model", "Farmer"), "names no class"),
        (("customers.yaml", "--customer-model", "model.py:Farmr"), "did you mean `Farmer`?"),
        (("customers.yaml", "--customer-model", "nowhere.py:X"), "there is no such file"),
        (("customers.yaml", "--customer-model", "nowhere:X"), "No module named 'nowhere'"),
        (
            ("customers.yaml", "--book", "book.yaml", "-o", "nowhere/x.txt"),
            "`nowhere/x.txt`: no such file or directory",
        ),
        (("book.yaml", "--book", "book.yaml", "--customer", "C1"), "has no customer `C1`"),
        (("customers.yaml", "--backend", "magic"), "'magic' is not one of"),
        ((), "Missing argument 'FILE'"),
    ],
)
def test_what_cannot_run_says_why(arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2, a sentence on the standard error, no traceback, and nothing on the standard output."""
    done = run("plan", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def _heed_ctrl_c() -> None:
    """Undo what a shell does to processes that it starts in the background: let them ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_stops_without_a_traceback() -> None:
    """An interrupted command leaves with 130 and no traceback."""
    with subprocess.Popen(
        command_line("plan", "-", "--book", "book.yaml"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=DATA,
        env=environment(),
        preexec_fn=_heed_ctrl_c,  # noqa: PLW1509  # no thread of ours runs here
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write("no json\n")
        process.stdin.flush()
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()

    assert "bad-record" in first
    assert process.returncode == 130
    assert "Traceback" not in rest


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    """When nobody reads the output any more, the command stops without a word."""
    customers = tmp_path / "many.csv"
    customers.write_text("id,tier\n" + "".join(f"C{number},key\n" for number in range(3000)))

    with subprocess.Popen(
        command_line("plan", customers, "--book", "book.yaml", "--format", "jsonl"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=DATA,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()

    assert (process.returncode, said) == (141, "")


def test_colours_follow_the_conventions() -> None:
    """A pipe has no colours unless FORCE_COLOR asks for them; NO_COLOR and `--no-color` forbid them."""
    plain = run("plan", *SMALL).stdout

    assert "\x1b[" not in plain
    assert "\x1b[1m" in run("plan", *SMALL, FORCE_COLOR="1").stdout
    assert run("plan", *SMALL, FORCE_COLOR="1", NO_COLOR="1").stdout == plain
    assert run("plan", *SMALL, "--no-color", FORCE_COLOR="1").stdout == plain


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals")
def test_a_terminal_has_colours_and_lines_that_fit() -> None:
    """On a terminal the plan is coloured, and no line is wider than the window, Chinese characters counted twice."""
    import re

    from relmaint.explain.layout import cells

    text = _on_terminal(command_line("--lang", "zh", "plan", *SMALL), columns=60)

    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in text.splitlines()]
    assert "\x1b[1m" in text
    assert max(cells(line) for line in lines) <= 60
    assert "网点负责人致歉" in "".join(lines)


def _on_terminal(arguments: list[str], *, columns: int) -> str:
    import fcntl
    import struct
    import termios

    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    with subprocess.Popen(
        arguments, stdin=theirs, stdout=theirs, stderr=theirs, cwd=DATA, env=environment(TERM="xterm")
    ):
        os.close(theirs)
        parts = []
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            parts.append(part)
    os.close(ours)
    return b"".join(parts).decode().replace("\r\n", "\n")


def test_plans_for_a_table_are_tables(tmp_path: Path) -> None:
    """An output that ends in .parquet asks for tables; the counts go to the standard error."""
    ran = run("plan", DATA / "customers.yaml", "-o", tmp_path / "plans.parquet", "--as-of", DAY)
    assert ran.returncode == 2
    assert ".csv" in ran.stderr

    branch = DATA.parents[2] / "examples" / "branch.csv"
    ran = run("plan", branch, "-o", tmp_path / "plans.parquet", "--as-of", DAY)
    assert (ran.returncode, ran.stdout) == (0, "")
    assert "50 customers" in ran.stderr
    assert (tmp_path / "plans.actions.parquet").exists()


def test_options_for_tables_need_a_table() -> None:
    """`--resume` without a table is refused with what to do."""
    ran = run("plan", DATA / "customers.yaml", "--resume")

    assert ran.returncode == 2
    assert ".parquet" in ran.stderr
