"""Are customers read as they were written, and is every bad record named without losing the others?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from relmaint.customers import customer_from_node, read_customers
from relmaint.diagnostics import Diagnostic, Source
from relmaint.model.customer import Customer, Event, Preference, Tier
from relmaint.rulebook.source import compose

SAME = {
    "a.yaml": """
        - {id: C1, preference: deposit, tier: key, aum: 100.50, auto_rollover: false, deposit_maturity: 2026-01-31,
           events: [rate-change, life-event]}
        - id: C2
          aum: 5万
          marketing_consent: unknown
    """,
    "b.yaml": """
        customers:
          - {id: C1, preference: deposit, tier: key, aum: 100.50, auto_rollover: false, deposit_maturity: 2026-01-31,
             events: rate-change life-event}
          - {id: C2, aum: 5e4, marketing_consent: }
    """,
    "a.json": """
        [{"id": "C1", "preference": "deposit", "tier": "key", "aum": 100.50, "auto_rollover": false,
          "deposit_maturity": "2026-01-31", "events": ["rate-change", "life-event"]},
         {"id": "C2", "aum": "50000", "marketing_consent": null}]
    """,
    "b.json": """
        {"customers": [
          {"id": "C1", "preference": "deposit", "tier": "key", "aum": "100.5", "auto_rollover": "false",
           "deposit_maturity": "2026-01-31", "events": "rate-change;life-event"},
          {"id": "C2", "aum": 50000.00}]}
    """,
    "a.jsonl": """
        {"id": "C1", "preference": "deposit", "tier": "key", "aum": 100.50, "auto_rollover": false, \
"deposit_maturity": "2026-01-31", "events": ["rate-change", "life-event"]}

        {"id": "C2", "aum": 5E4, "marketing_consent": null}
    """,
    "a.csv": (
        "\ufeffid,preference,tier,aum,auto_rollover,deposit_maturity,events,marketing_consent\r\n"
        "C1,deposit,key,100.50,FALSE,2026-01-31,rate-change;life-event,\r\n"
        '"C2",,,5万,,,,unknown\r\n'
    ),
}

EXPECTED = [
    Customer(
        id="C1",
        preference=Preference.DEPOSIT,
        tier=Tier.KEY,
        aum=Decimal("100.50"),
        auto_rollover=False,
        deposit_maturity=date(2026, 1, 31),
        events=frozenset({Event.RATE_CHANGE, Event.LIFE_EVENT}),
    ),
    Customer(id="C2", aum=Decimal(50000)),
]


def write(folder: Path, name: str, text: str) -> Path:
    """Write a file and return where."""
    path = folder / name
    path.write_bytes(text.encode())
    return path


def read(path: Path, model: type[BaseModel] = Customer) -> tuple[list[str], list[str]]:
    """Return the ids of the customers and the findings, as texts without the folder."""
    records = list(read_customers(path, model))
    ids = [record.id for record in records if isinstance(record, BaseModel)]
    findings = [str(record).replace(f"{path.parent}/", "") for record in records if isinstance(record, Diagnostic)]
    return ids, findings


@pytest.mark.parametrize("name", SAME)
def test_every_format_gives_the_same_customers(name: str, tmp_path: Path) -> None:
    """The same facts in any format are the same customers, with the same values of the same types."""
    path = write(tmp_path, name, SAME[name])

    assert list(read_customers(path)) == EXPECTED


def test_one_object_is_one_customer(tmp_path: Path) -> None:
    """A file that holds a single record, not a list, holds one customer."""
    yaml = write(tmp_path, "one.yaml", "id: C1\naum: 5\n")
    json = write(tmp_path, "one.json", '{"id": "C1", "aum": 5}')

    assert [*read_customers(yaml), *read_customers(json)] == [Customer(id="C1", aum=Decimal(5))] * 2


def test_a_lexeme_gets_its_type_from_the_attribute(tmp_path: Path) -> None:
    """`010`, `no` and `12:30` are text where the attribute is text, whatever YAML says of them."""
    path = write(tmp_path, "a.yaml", "- {id: 010, branch: no, manager: 12:30}\n")

    assert list(read_customers(path)) == [Customer(id="010", branch="no", manager="12:30")]


def test_an_empty_set_is_said_by_the_word_none(tmp_path: Path) -> None:
    """`none` in a cell is a set without words, `unknown` is not known, and an empty cell leaves the default."""
    path = write(tmp_path, "a.csv", "id,events\nA,none\nB,unknown\nC,\n")

    assert [record.events for record in read_customers(path) if isinstance(record, Customer)] == [
        frozenset(),
        None,
        frozenset(),
    ]


@pytest.mark.parametrize(
    ("cell", "attribute", "problem"),
    [
        ("depsit", "preference", "`depsit` is not one of deposit, loan, settlement, intermediary, balanced"),
        ("NaN", "aum", "`NaN` is not a number; leave the value out when it is unknown"),
        ("-Infinity", "aum", "`-Infinity` is not a number; leave the value out when it is unknown"),
        ("0.30000000000000004", "aum", "`0.30000000000000004` has 17 places after the point; at most 2 are exact here"),
        ("12.345", "aum", "`12.345` has 3 places after the point; at most 2 are exact here"),
        ("many", "aum", "expected a number, found `many`"),
        ("1e400", "aum", "expected a finite number of ordinary size, found `1e400`"),
        ("2.5", "complaints_open", "expected a whole number, found `2.5`"),
        ("yes", "auto_rollover", "expected true or false, found `yes`"),
        ("2026/1/31", "deposit_maturity", "expected a day written as 2026-01-31, found `2026/1/31`"),
        ("2026-02-30", "deposit_maturity", "expected a day written as 2026-01-31, found `2026-02-30`"),
        ("rate-chnge", "events", "`rate-chnge` is not one of the 30 words allowed"),
    ],
)
def test_a_bad_value_is_named_with_its_place(cell: str, attribute: str, problem: str, tmp_path: Path) -> None:
    """A value that does not fit is reported with file, line, column, customer, attribute, and what is wrong."""
    path = write(tmp_path, "a.csv", f"id,{attribute}\nC1,{cell}\n")

    assert read(path) == ([], [f"a.csv:2:4: error[bad-record]: customer `C1`: `{attribute}`: {problem}"])


@pytest.mark.parametrize(
    ("attribute", "cell", "problem"),
    [
        ("aum", "-5", "`aum` must be 0 or more"),
        ("risk_class", "9", "`risk_class` must be 5 or less"),
        ("aum", "1e14", "`aum` must be 1E+13 or less"),
    ],
)
def test_what_the_model_refuses_is_said_in_words(attribute: str, cell: str, problem: str, tmp_path: Path) -> None:
    """A value of the right type that the model refuses is reported at its cell, in the library's own words."""
    path = write(tmp_path, "a.csv", f"{attribute},id\n{cell},C1\n")

    assert read(path) == ([], [f"a.csv:2:1: error[bad-record]: customer `C1`: {problem}"])


def test_a_missing_id_is_reported_for_the_record(tmp_path: Path) -> None:
    """A record without a required attribute is reported where the record stands."""
    path = write(tmp_path, "a.jsonl", '{"id": "C1"}\n  {"aum": 5}\n')

    assert read(path) == (["C1"], ["a.jsonl:2:3: error[bad-record]: `id` is missing"])


def test_a_bad_record_never_loses_the_others(tmp_path: Path) -> None:
    """Every kind of broken row is reported, once for each thing wrong with it, and all good rows are read."""
    rows = [
        "id,tier,aum",
        "A,key,1",
        "B,kee,x",
        '"C,key,1',
        "D,key",
        "E,key,1,2",
        "",
        'F,ordinary,"2"',
        "A,exit,3",
    ]
    path = write(tmp_path, "a.csv", "\n".join(rows))

    ids, findings = read(path)

    assert ids == ["A", "F"]
    assert findings == [
        "a.csv:3:3: error[bad-record]: customer `B`: `tier`: `kee` is not one of key, ordinary, exit",
        "a.csv:3:7: error[bad-record]: customer `B`: `aum`: expected a number, found `x`",
        "a.csv:4:1: error[bad-record]: the quotes of this row do not match",
        "a.csv:5:1: error[bad-record]: customer `D`: the row has 2 cells, the header has 3",
        "a.csv:6:1: error[bad-record]: customer `E`: the row has 4 cells, the header has 3",
        "a.csv:9:1: error[bad-record]: customer `A` stands twice",
    ]


def test_a_bad_line_of_json_never_loses_the_others(tmp_path: Path) -> None:
    """Broken lines, records that are no objects, and repeated keys are reported line by line."""
    lines = [
        '{"id": "A"}',
        '{"id": "B",',
        "[1]",
        '{"id": "C", "aum": 1, "aum": 2}',
        '{"id": "D", "tier": true}',
        '{"id": "E"}',
    ]
    path = write(tmp_path, "a.jsonl", "\n".join(lines))

    ids, findings = read(path)

    assert ids == ["A", "E"]
    assert findings == [
        "a.jsonl:2:12: error[bad-record]: the line is not JSON: expecting property name enclosed in double quotes",
        "a.jsonl:3:1: error[bad-record]: the record is not an object",
        "a.jsonl:4:20: error[bad-record]: customer `C`: `aum` stands twice",
        "a.jsonl:5:21: error[bad-record]: customer `D`: `tier`: expected one of key, ordinary, exit, found true",
    ]


def test_the_second_record_with_an_id_points_to_the_first(tmp_path: Path) -> None:
    """A repeated id is reported at the second record, with the place of the first."""
    path = write(tmp_path, "a.json", '[{"id": "A", "tier": "key"},\n {"tier": "exit", "id": "A"}]')

    first, second = read_customers(path)

    assert isinstance(first, Customer)
    assert first.tier is Tier.KEY
    assert isinstance(second, Diagnostic)
    assert second.span is not None
    assert (second.span.line, second.span.column) == (2, 25)
    assert [(one.span.line, one.span.column) for one in second.related] == [(1, 9)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "id,amu\nC1,5\n"),
        ("a.jsonl", '{"id": "C1", "amu": 5}'),
        ("a.json", '[{"id": "C1", "amu": 5}]'),
        ("a.yaml", "- id: C1\n  amu: 5\n"),
    ],
)
def test_an_unknown_attribute_is_guessed(name: str, text: str, tmp_path: Path) -> None:
    """An attribute that the model does not have is an error that guesses the right name."""
    (finding,) = read_customers(write(tmp_path, name, text))

    assert isinstance(finding, Diagnostic)
    assert finding.help == "did you mean `aum`?"


def test_a_header_that_is_wrong_stops_the_file(tmp_path: Path) -> None:
    """Every mistake of a header is reported at its cell, and no row is read: all would be planned for wrongly."""
    path = write(tmp_path, "a.csv", "id,age,as_of,tier,tier,\nC1,50,2026-01-01,key,key,\n")

    assert read(path) == (
        [],
        [
            "a.csv:1:4: error[unknown-attribute]: `age` is computed from other attributes",
            "a.csv:1:8: error[unknown-attribute]: `as_of` is not a fact about a customer",
            "a.csv:1:19: error[duplicate-key]: the column `tier` stands twice",
            "a.csv:1:24: error[unknown-attribute]: column 6 has no name",
        ],
    )


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"", "cannot-read"),
        ("a.csv", b"id;aum\nC1;5\n", "cannot-read"),
        ("a.csv", "id,branch\nC1,城东".encode("gbk"), "not-utf8"),
        ("a.csv", b"id,branch\nC1," + b"x" * 2_000_000, "too-large"),
        ("a.json", b'[{"id": "C1"},{]', "cannot-read"),
        ("a.json", b'[{"id": "C1"} {"id": "C2"}]', "cannot-read"),
        ("a.json", b'[{"id": "C1"}] []', "cannot-read"),
        ("a.json", b"[" * 100_000, "too-deep"),
        ("a.json", b"\xff\xfe[\x00", "not-utf8"),
        ("a.yaml", b"- {id: [", "yaml-syntax"),
        ("a.yaml", b"", "cannot-read"),
        ("a.xlsx", b"PK", "cannot-read"),
        ("a", b"", "cannot-read"),
    ],
)
def test_a_file_that_cannot_be_read_says_so(name: str, content: bytes, code: str, tmp_path: Path) -> None:
    """Whatever a file holds, the reader gets a finding that is not about one record, and never an exception."""
    path = tmp_path / name
    path.write_bytes(content)

    *_, last = read_customers(path)

    assert isinstance(last, Diagnostic)
    assert last.code == code


@pytest.mark.parametrize("name", ["nothing.csv", "nothing.yaml", "nothing.json", "nothing.jsonl", "nothing"])
def test_a_missing_file_is_a_finding(name: str, tmp_path: Path) -> None:
    """A file that is not there is reported, not raised."""
    (finding,) = read_customers(tmp_path / name)

    assert isinstance(finding, Diagnostic)
    assert finding.code == "cannot-read"
    assert name in finding.message


def test_rows_are_read_as_they_are_asked_for(tmp_path: Path) -> None:
    """CSV is read row by row: the first customer is there before a later row is looked at."""
    path = write(tmp_path, "a.csv", "id\nA\n" + "\n" * 70_000)
    with path.open("ab") as stream:
        stream.write(b"\xff\n")

    records = read_customers(path)

    assert next(records) == Customer(id="A")


class Farmer(BaseModel):
    """A bank's own model, with a type that is no attribute and a law of its own."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: str
    acres: Annotated[int | None, Field(ge=1, lt=1000)] = None
    address: dict[str, str] | None = None

    @model_validator(mode="after")
    def _check(self) -> Farmer:
        if self.acres == 13:
            raise ValueError("nobody has 13 acres")
        return self


def test_a_bank_brings_its_own_model(tmp_path: Path) -> None:
    """Any pydantic model can be read, its own checks speak, and what is no attribute is handed on as it stands."""
    path = write(
        tmp_path,
        "a.yaml",
        "- {id: A, acres: 12, address: {village: 北}}\n- {id: B, acres: 13}\n- {id: C, acres: 1000}\n",
    )

    customer, first, second = read_customers(path, Farmer)

    assert customer == Farmer(id="A", acres=12, address={"village": "北"})
    assert str(first).endswith("customer `B`: is refused: nobody has 13 acres")
    assert str(second).endswith("customer `C`: `acres` must be less than 1000")


def test_a_node_becomes_a_customer_with_a_given_id() -> None:
    """A mapping inside another YAML file is read in the same way; its id may come from outside."""
    node, _ = compose(Source("case.yaml", "aum: 5\ntier: key\n"))
    assert node is not None

    customer, findings = customer_from_node(node, Customer, customer_id="case-1")

    assert (customer, findings) == (Customer(id="case-1", aum=Decimal(5), tier=Tier.KEY), [])


def test_a_node_with_mistakes_is_no_customer() -> None:
    """Every mistake of a mapping is reported at its own place, and there is no customer."""
    node, _ = compose(Source("case.yaml", "aum: x\nteir: key\n"))
    assert node is not None

    customer, findings = customer_from_node(node, Customer, customer_id="case-1")

    assert customer is None
    assert [str(finding) for finding in findings] == [
        "case.yaml:1:6: error[bad-record]: customer `case-1`: `aum`: expected a number, found `x`",
        "case.yaml:2:1: error[bad-record]: customer `case-1`: there is no attribute `teir`",
    ]


def test_a_node_that_is_no_mapping_is_no_customer() -> None:
    """A list where one customer is expected is reported."""
    node, _ = compose(Source("case.yaml", "[a, b]"))
    assert node is not None

    customer, findings = customer_from_node(node)

    assert (customer, [finding.code for finding in findings]) == (None, ["bad-record"])
