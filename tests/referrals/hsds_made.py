"""Directories made for tests: a row in every table of HSDS 3.0, and any number of rows that hang together."""

from collections.abc import Mapping
from random import Random
from uuid import UUID

from referrals.hsds_package import Package, Row
from referrals.hsds_tables import DRAFT, LINKS, TABLES, Field, FieldType, Table
from referrals.rules import ServiceKind

SAMPLES = {
    FieldType.TEXT: ("Papers desk", "مكتب الوثائق", 'a "quoted", text', "two\nlines", " spaced ", "=1+1", "O’Neill; x"),
    FieldType.EMAIL: ("desk@example.org",),
    FieldType.URI: ("https://example.org/desk?a=1&b=2",),
    FieldType.NUMBER: ("0", "12", "51.50", "-3.25", "1.0"),
    FieldType.DATE: ("2026-03-15",),
    FieldType.TIME: ("09:30", "18:00:00"),
    FieldType.DATETIME: ("2026-03-15T10:30:45.123Z",),
}
FINDABLE = {
    "service_area": {"extent_type": "homeward-area", "extent": "TN:greater_tunis"},
    "taxonomy_term": {"taxonomy": "homeward-service-kind"},
    "language": {"code": "ar"},
    "service_capacity": {"available": "12"},
}


def made_package(seed: int = 0, rows: int = 2, *, fill: float = 1.0, draft: bool = False) -> Package:
    """So many rows a table; `fill`: the share of what need not be said that is said."""
    draw = Random(seed)  # the same directory every time
    package = Package()
    tables = [table for table in TABLES.values() if draft or table.name not in DRAFT]
    ids = {table.name: [str(UUID(int=draw.getrandbits(128), version=4)) for _each in range(rows)] for table in tables}
    for table in tables:
        for number, row_id in enumerate(ids[table.name]):
            package.add(Row(table, _values(table, row_id, number, ids, draw, fill)))
    for row in package.rows["service"]:
        _take_own_program(row, package)
    return package


def _take_own_program(service: Row, package: Package) -> None:
    """A service is part of a programme of its organisation: nested JSON can say no other."""
    own = [
        each.id
        for each in package.rows["program"]
        if each.holder("organization_id") == service.values["organization_id"]
    ]
    values = dict(service.values)
    if "program_id" in values and own:
        values["program_id"] = own[0]
    else:
        values.pop("program_id", None)
    package.rows["service"][package.rows["service"].index(service)] = Row(service.table, values)


def _values(
    table: Table, row_id: str, number: int, ids: Mapping[str, list[str]], draw: Random, fill: float
) -> dict[str, str]:
    values = {"id": row_id}
    for field in table.fields:
        if field.name == "id" or (not field.required and draw.random() >= fill):
            continue
        values[field.name] = _value(table, field, number, ids, draw)
    if table.name in LINKS:
        key, entity = LINKS[table.name]
        values[entity] = draw.choice([name for name in ids if name != table.name])
        values[key] = draw.choice(ids[values[entity]])
    values |= FINDABLE.get(table.name, {})
    if table.name == "taxonomy_term":
        values["code"] = list(ServiceKind)[number % len(ServiceKind)]
    for name in ("minimum_age", "maximum_age"):
        if name in values:
            values[name] = {"minimum_age": "18", "maximum_age": "60"}[name]
    return values


def _value(table: Table, field: Field, number: int, ids: Mapping[str, list[str]], draw: Random) -> str:
    if field.allowed:
        return draw.choice(field.allowed)
    if field.references:
        return draw.choice(ids[field.references])
    if field.type is FieldType.UUID:
        return draw.choice(ids["organization" if table.name == "organization" else table.name])
    text = draw.choice(SAMPLES[field.type])
    return f"{text} {number}" if field.unique else text


def contents(package: Package) -> dict[str, list[dict[str, str]]]:
    return {name: [dict(row.values) for row in rows] for name, rows in package.rows.items() if rows}
