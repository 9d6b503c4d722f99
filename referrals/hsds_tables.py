"""The tables of the Human Services Data Specification 3.0, as data: their fields, and which holds which.

Two tables of the 3.1 draft, `service_capacity` and `unit`, stand beside the 21: how many places a service has left.
"""

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).resolve().parent / "hsds_tables.json"
ATTRIBUTE, METADATA = "attribute", "metadata"
LINKS: Mapping[str, tuple[str, str]] = {
    ATTRIBUTE: ("link_id", "link_entity"),
    METADATA: ("resource_id", "resource_type"),
}
"""Tables whose rows may belong to a row of any table: the fields that hold its id and the name of its table."""
SERVICE, ORGANIZATION, PROGRAM = "service", "organization", "program"
WITHOUT_ATTRIBUTES = frozenset({ATTRIBUTE, METADATA, "taxonomy", "taxonomy_term"})
DRAFT = frozenset({"service_capacity", "unit"})
"""Of the 3.1 draft: in no package of 3.0."""


class FieldType(StrEnum):
    TEXT = "text"
    UUID = "uuid"
    EMAIL = "email"
    URI = "uri"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"


class Field(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    type: FieldType
    required: bool = False
    unique: bool = False
    references: str | None = None
    """The table that this is an id of."""
    allowed: tuple[str, ...] = ()


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    path: str
    """Its file in a data package."""
    fields: tuple[Field, ...]
    holds_one: Mapping[str, str] = {}
    """What one record embeds, by the name of the field: its id stands in this table."""
    holds_many: Mapping[str, str] = {}
    """Lists that one record embeds: the id of this record stands in the other table."""

    def embeds(self) -> Iterator[tuple[str, str, str]]:
        """Lists: name of the field, table, and the field of that table that tells to whom a row belongs."""
        for name, table in self.holds_many.items():
            yield name, table, f"{self.name}_id"
        if self.name not in WITHOUT_ATTRIBUTES:
            yield "attributes", ATTRIBUTE, LINKS[ATTRIBUTE][0]
        if self.name != METADATA:
            yield "metadata", METADATA, LINKS[METADATA][0]

    def key_of(self, name: str) -> str:
        """The field that holds the id of what is embedded once under `name`."""
        return f"{self.holds_one[name]}_id"

    def embedded_keys(self) -> frozenset[str]:
        """Fields that an embedded record does not repeat: where it stands says the same."""
        keys = {field.name for field in self.fields if field.references}
        return frozenset({*keys, LINKS[self.name][0]} if self.name in LINKS else keys)


def _read() -> dict[str, Table]:
    tables = (Table.model_validate(each) for each in json.loads(FILE.read_text("utf-8"))["tables"])
    return {table.name: table for table in tables}


TABLES: Mapping[str, Table] = _read()
"""By name, in the order of the specification."""
FIELDS: Mapping[str, Mapping[str, Field]] = {
    table.name: {field.name: field for field in table.fields} for table in TABLES.values()
}
