"""Does `relmaint schema` tell editors and programs what the files may hold?"""

from __future__ import annotations

import json

from tests.cli.terminal import run


def test_the_schema_of_a_book_is_for_editors() -> None:
    """The schema of a book is draft 7, and the standard error says how an editor finds it."""
    done = run("schema", "book")

    schema = json.loads(done.stdout)
    assert done.returncode == 0
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert "# yaml-language-server: $schema=relmaint.schema.json" in done.stderr


def test_the_book_is_what_is_asked_for_by_default() -> None:
    """Without a word the schema of a book is printed."""
    assert run("schema").stdout == run("schema", "book").stdout


def test_a_given_book_completes_its_own_words() -> None:
    """With `--book` the schema knows the actions of that book."""
    assert "maturity-notice" not in run("schema", "book").stdout
    assert "maturity-notice" in run("schema", "book", "--book", "book.yaml").stdout


def test_the_schema_of_cases_is_for_editors() -> None:
    """It is draft 7, says how an editor finds it, and with `--book` knows the actions of that book."""
    done = run("schema", "cases", "--book", "book.yaml")

    assert json.loads(done.stdout)["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert "maturity-notice" in done.stdout
    assert "maturity-notice" not in run("schema", "cases").stdout
    assert (
        "start each file of the cases with one of\n  # yaml-language-server: $schema=cases.schema.json" in done.stderr
    )


def test_the_schema_of_a_customer_has_the_attributes_of_the_model() -> None:
    """The customer's schema lists its fields, those of a bank's own model too."""
    shipped = json.loads(run("schema", "customer").stdout)
    own = json.loads(run("schema", "customer", "--customer-model", "model.py:Farmer").stdout)

    assert "preference" in shipped["properties"]
    assert set(own["properties"]) - set(shipped["properties"]) == {"acres"}


def test_the_schema_of_a_plan_describes_what_plan_writes() -> None:
    """The plan's schema names every key of a plan that the command writes."""
    schema = json.loads(run("schema", "plan").stdout)
    plan = json.loads(
        run("plan", "customers.yaml", "--book", "book.yaml", "--customer", "C1", "--format", "jsonl").stdout
    )

    assert set(schema["properties"]) == set(plan)


def test_what_cannot_run_says_why() -> None:
    """A word that is no schema, or a book that cannot be loaded, is a mistake."""
    assert run("schema", "nothing").returncode == 2
    assert run("schema", "book", "--book", "broken.yaml").returncode == 2
