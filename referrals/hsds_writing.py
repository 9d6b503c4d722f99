"""Writing a directory: the same rows as a zipped data package of CSV files, as one JSON object of tables, or nested."""

import csv
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import simplejson

from referrals.hsds_package import Nesting, Package, Row, typed
from referrals.hsds_reading import DESCRIPTOR
from referrals.hsds_tables import DRAFT, SERVICE, TABLES, Field, FieldType, Table

_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""Of every file in the package: the same directory gives the same bytes."""
_TYPES = {FieldType.NUMBER: "number", FieldType.DATE: "date", FieldType.TIME: "time", FieldType.DATETIME: "datetime"}
_FORMATS = {FieldType.UUID: "uuid", FieldType.EMAIL: "email", FieldType.URI: "uri"}


def write_services(package: Package) -> bytes:
    """A JSON array of full services, each with all that it embeds."""
    nesting = Nesting(package)
    return as_json([nesting.record(row) for row in package.rows[SERVICE]])


def write_tables(package: Package) -> bytes:
    """A JSON object: lists of records by the name of their file."""
    return as_json({table.path: [_record(row) for row in package.rows[table.name]] for table in _written(package)})


def write_data_package(package: Package) -> bytes:
    """A ZIP file with `datapackage.json` and one CSV file for each table."""
    files = {DESCRIPTOR: as_json(_descriptor(package))}
    files |= {table.path: _csv(package, table) for table in _written(package)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EARLIEST), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _written(package: Package) -> Iterator[Table]:
    """The 21 tables; those of the draft only if there is something in them."""
    return (table for table in TABLES.values() if table.name not in DRAFT or package.rows[table.name])


def _record(row: Row) -> dict[str, Any]:
    return {name: typed(row.table, name, text) for name, text in row.said()}


def _columns(package: Package, table: Table) -> list[str]:
    """The fields of the table, then those of one's own."""
    names = [field.name for field in table.fields]
    return [*names, *sorted({name for row in package.rows[table.name] for name in row.values} - set(names))]


def _csv(package: Package, table: Table) -> bytes:
    text = io.StringIO(newline="")
    columns = _columns(package, table)
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([row.values.get(name, "") for name in columns] for row in package.rows[table.name])
    return text.getvalue().encode()


def _descriptor(package: Package) -> dict[str, Any]:
    """As the Frictionless standard describes a tabular data package."""
    return {
        "name": "human_services_data",
        "profile": "tabular-data-package",
        "version": "3.0.0",
        "homepage": "http://docs.openreferral.org",
        "resources": [_resource(package, table) for table in _written(package)],
    }


def _resource(package: Package, table: Table) -> dict[str, Any]:
    known = {field.name: field for field in table.fields}
    schema: dict[str, Any] = {
        "primaryKey": "id",
        "fields": [
            _field(known[name]) if name in known else {"name": name, "type": "string"}
            for name in _columns(package, table)
        ],
    }
    keys = [
        {"fields": field.name, "reference": {"resource": field.references, "fields": "id"}}
        for field in table.fields
        if field.references
    ]
    return {
        "name": table.name,
        "path": table.path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "profile": "tabular-data-resource",
        "schema": schema | ({"foreignKeys": keys} if keys else {}),
    }


def _field(field: Field) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": field.required, "unique": field.unique}
    if field.allowed:
        constraints["enum"] = list(field.allowed)
    described: dict[str, Any] = {"name": field.name, "type": _TYPES.get(field.type, "string")}
    if field.type in _FORMATS:
        described["format"] = _FORMATS[field.type]
    return described | {"constraints": constraints}


def as_json(value: Any) -> bytes:
    """Numbers as exact as they were written."""
    return simplejson.dumps(value, use_decimal=True, ensure_ascii=False, indent=1).encode()
