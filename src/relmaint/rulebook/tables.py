"""What does a decision table say?"""

from __future__ import annotations

from dataclasses import dataclass, field

from relmaint.diagnostics import Severity
from relmaint.ir.conditions import Comparison
from relmaint.ir.rules import Aggregate, HitPolicy, Row, Table
from relmaint.rulebook.catalogue import Catalogue
from relmaint.rulebook.conditions import parse_test
from relmaint.rulebook.keys import ROW, TABLE
from relmaint.rulebook.nodes import Mapping, Node, Scalar, Sequence
from relmaint.rulebook.overlaps import check_rows
from relmaint.rulebook.reading import Fields, Reader, first_of
from relmaint.rulebook.statements import Declared, declared_id
from relmaint.vocabulary import IntegerType

__all__ = ["read_table"]

_HITS = {str(one): one for one in HitPolicy}
_AGGREGATES = {str(one): one for one in Aggregate}
_ORDERED = (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)
_BUDGET_HITS = (HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.FIRST, HitPolicy.COLLECT)
_ANY = "-"


@dataclass(slots=True)
class _Columns:
    """The columns of a table, as far as they can be read; `complete` when all of them can."""

    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    complete: bool = True

    @property
    def width(self) -> int:
        """How many cells a row has."""
        return len(self.inputs) + len(self.outputs)


def read_table(reader: Reader, catalogue: Catalogue, node: Node, declared: list[Declared]) -> Table | None:
    """Read one table with its rows."""
    fields = reader.fields(node, TABLE)
    if fields is None:
        return None
    before = len(reader.findings)
    place = declared_id(reader, fields, "table", declared)
    word = reader.choice(fields["hit"], _HITS, "hit policy") if "hit" in fields else None
    hit = None if word is None else _HITS[word]
    columns = _columns(reader, fields)
    aggregate = reader.choice(fields["aggregate"], _AGGREGATES, "aggregate") if "aggregate" in fields else None
    order = catalogue.action_ids(reader, fields["order"]) if "order" in fields else ()
    default = reader.whole(fields["default"], "default", least=0) if "default" in fields else None
    notes = reader.notes(fields)
    if hit is not None and columns.complete:
        _check_hit_policy(reader, fields, hit, columns)
    name = place.id if place else ""
    rows = _rows(reader, catalogue, name, columns, fields["rows"], declared) if "rows" in fields else []
    if place is None or hit is None or not columns.complete:
        return None
    table = Table(
        place.id,
        hit,
        tuple(columns.inputs),
        tuple(columns.outputs),
        tuple(rows),
        None if aggregate is None else _AGGREGATES[aggregate],
        order,
        default or 0,
        notes,
        place.span,
    )
    if all(finding.severity is not Severity.ERROR for finding in reader.findings[before:]):
        check_rows(reader, table)
    return table


# Columns


def _columns(reader: Reader, fields: Fields) -> _Columns:
    columns = _Columns()
    for key, names in (("inputs", columns.inputs), ("outputs", columns.outputs)):
        if key not in fields:
            columns.complete = False
            continue
        before = len(reader.findings)
        for name, node in reader.words(fields[key]):
            _check_column(reader, columns, key, name, node)
            names.append(name)
        if not names:
            if len(reader.findings) == before:
                reader.find("empty-text", f"the table has no {key}", fields[key], help="write at least one")
            columns.complete = False
        elif len(reader.findings) > before:
            columns.complete = False
    return columns


def _check_column(reader: Reader, columns: _Columns, key: str, name: str, node: Node) -> None:
    if key == "outputs" and name in ("do", "boost"):
        return
    if name not in reader.vocabulary:
        known = [*reader.vocabulary, "do", "boost"] if key == "outputs" else reader.vocabulary
        reader.find("unknown-attribute", f"there is no attribute `{name}`", node, help=reader.guess(name, known))
    elif key == "outputs" and not isinstance(reader.vocabulary[name].type, IntegerType):
        advice = "an output is `do`, `boost`, or a whole number that counts contacts"
        reader.find("wrong-type", f"`{name}` is not a whole number", node, help=advice)
    elif key == "outputs" and name in columns.inputs:
        reader.find("bad-value", f"`{name}` is an input of this table", node, help="use two attributes")


def _check_hit_policy(reader: Reader, fields: Fields, hit: HitPolicy, columns: _Columns) -> None:
    """Report outputs, aggregates, orders and defaults that do not fit the hit policy or each other."""
    proposes, boosts = "do" in columns.outputs, "boost" in columns.outputs
    budgets = len(columns.outputs) > proposes + boosts
    if boosts and not proposes:
        _misfit(reader, fields["outputs"], "`boost` without `do` has no actions to add to", "add the output `do`")
    if budgets and (proposes or boosts):
        _misfit(reader, fields["outputs"], "a table proposes actions or sets budgets, not both", "write two tables")
    elif budgets and hit not in _BUDGET_HITS:
        message = f"`{hit}` puts actions in an order, and this table has none"
        _misfit(reader, fields["hit"], message, "use unique, any, first, or collect with an aggregate")
    if budgets and hit is HitPolicy.COLLECT and "aggregate" not in fields:
        _misfit(
            reader, fields["hit"], "`collect` of budgets needs an aggregate", "add `aggregate: min`, or another one"
        )
    if "aggregate" in fields and (hit is not HitPolicy.COLLECT or not (budgets or boosts)):
        _misfit(reader, fields["aggregate"], "an aggregate folds the numbers of a `collect` table", "remove it")
    if hit in _ORDERED and proposes and "order" not in fields:
        advice = "add `order: [the most important action, …]`"
        _misfit(reader, fields["hit"], f"`{hit}` needs to know which action is more important", advice)
    if "order" in fields and hit not in _ORDERED:
        _misfit(reader, fields["order"], f"`order` has no meaning with `{hit}`", "use priority or output order")
    if "default" in fields and not budgets:
        _misfit(reader, fields["default"], "a default is for budgets, and this table sets none", "remove it")


def _misfit(reader: Reader, node: Node, message: str, advice: str) -> None:
    reader.find("hit-policy", message, node, help=advice)


# Rows


def _rows(
    reader: Reader, catalogue: Catalogue, table: str, columns: _Columns, node: Node, declared: list[Declared]
) -> list[Row]:
    items = reader.items(node, "rows")
    if not items and isinstance(node, Sequence):
        reader.find("empty-text", "the table has no rows", node, help="write at least one row")
    rows = []
    for number, item in enumerate(items, start=1):
        row = _row(reader, catalogue, f"{table}#{number}", columns, item, declared)
        if row is not None:
            rows.append(row)
    return rows


def _row(
    reader: Reader, catalogue: Catalogue, name: str, columns: _Columns, node: Node, declared: list[Declared]
) -> Row | None:
    match node:
        case Sequence():
            if not columns.complete or not _has_width(reader, columns, node):
                return None
            fields: Fields = {}
            cells = dict(zip((*columns.inputs, *columns.outputs), node.items, strict=True))
        case Mapping():
            own = reader.fields(node, ROW, more=dict.fromkeys((*columns.inputs, *columns.outputs)))
            if own is None or not columns.complete:
                return None
            fields, cells = _split(reader, columns, node, own)
        case _:
            reader.find("wrong-type", "a row is a list of cells, or a mapping", node, help="write `[cell, cell]`")
            return None
    span = node.span
    if "id" in fields:
        place = declared_id(reader, fields, "row", declared)
        if place is None:
            return None
        name, span = place.id, place.span
    before = len(reader.findings)
    tests = tuple([_test(reader, one, cells[one]) if one in cells else None for one in columns.inputs])
    do, boost, limits = _outputs(reader, catalogue, columns, cells, node)
    notes = reader.notes(fields)
    if len(reader.findings) > before and None in limits:
        return None
    return Row(name, tests, do, boost, tuple(one for one in limits if one is not None), notes, span)


def _has_width(reader: Reader, columns: _Columns, node: Sequence) -> bool:
    if len(node.items) == columns.width:
        return True
    names = ", ".join((*columns.inputs, *columns.outputs))
    message = f"the row has {len(node.items)} cells, and the table has {columns.width} columns"
    reader.find("row-width", message, node, help=f"the columns are {names}; `-` means any")
    return False


def _split(reader: Reader, columns: _Columns, node: Mapping, own: Fields) -> tuple[Fields, Fields]:
    """Tell the cells of a row from what it says about itself."""
    names = {*columns.inputs, *columns.outputs}
    for key, _ in node.entries:
        if key.text in names and key.text in ROW.by_name:
            message = f"`{key.text}` is a column of the table, and a key of every row"
            reader.find("bad-value", message, key, help="write the row as a list of cells")
    cells = {name: value for name, value in own.items() if name in names}
    return {name: value for name, value in own.items() if name not in names}, cells


def _test(reader: Reader, attribute: str, node: Node) -> Comparison | None:
    """Read the cell of an input; a list means any of its values."""
    if isinstance(node, Scalar):
        test, findings = parse_test(node.text, attribute, reader.vocabulary, node.inner)
        reader.findings.extend(findings)
        return test
    advice = "write one test, such as `key`, `>= 5` or `key, ordinary`"
    if isinstance(node, Sequence) and all(isinstance(item, Scalar) for item in node.items):
        inside = ", ".join(item.text for item in node.items if isinstance(item, Scalar))
        advice = f'write `"[{inside}]"` with quotes' if ".." in inside else f'write `"({inside})"`'
    reader.find("wrong-type", f"a cell of `{attribute}` is one text", node, help=advice)
    return None


def _outputs(
    reader: Reader, catalogue: Catalogue, columns: _Columns, cells: Fields, node: Node
) -> tuple[tuple[str, ...], int, list[int | None]]:
    do: tuple[str, ...] = ()
    boost = 0
    limits: list[int | None] = []
    for name in columns.outputs:
        cell = cells.get(name)
        empty = cell is None or (isinstance(cell, Scalar) and cell.text == _ANY)
        if name == "do":
            do = () if cell is None or empty else catalogue.action_ids(reader, cell)
            catalogue.proposed.update(do)
        elif name == "boost":
            boost = 0 if cell is None or empty else reader.whole(cell, name) or 0
        elif cell is None:
            reader.find("missing-key", f"the row has no `{name}`", first_of(node), help=f"add `{name}:`")
            limits.append(None)
        else:
            limits.append(reader.whole(cell, name, least=0))
    return do, boost, limits
