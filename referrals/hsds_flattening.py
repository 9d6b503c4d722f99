"""Rows out of the nested records of HSDS 3.0: what stands in several places becomes one row."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from foundation.language import Message, _
from referrals.hsds_package import Package, Problem, Row
from referrals.hsds_tables import FIELDS, LINKS, ORGANIZATION, PROGRAM, SERVICE, TABLES, FieldType, Table

_OBJECT_WANTED = _("This must be an object with fields.")
_LIST_WANTED = _("This must be a list.")


@dataclass
class Flattening:
    """What was read so far. The same record may stand in several places, and belongs to whatever it stands in."""

    package: Package = field(default_factory=Package)
    problems: list[Problem] = field(default_factory=list)
    _places: dict[tuple[str, str], int] = field(default_factory=dict)

    def add_service(self, record: Any, place: Message) -> None:
        self._add(TABLES[SERVICE], record, place, "", {})

    def _add(self, table: Table, record: Any, place: Message, path: str, given: Mapping[str, str]) -> str:
        """Add a record and all that it embeds; returns its id. `given`: in what it stands."""
        if not isinstance(record, dict):
            self.problems.append(Problem(table.name, place, path, _OBJECT_WANTED))
            return ""
        lists = {name: (held, key) for name, held, key in table.embeds()}
        values, problems = read_values(
            table,
            {name: value for name, value in record.items() if name not in {*lists, *table.holds_one}},
            place,
            path,
        )
        self.problems += problems
        for name, held in table.holds_one.items():
            if record.get(name) is not None:
                passed = _of_same_organization(table, name, record)
                where = _path(path, name)
                values |= _id_in(table.key_of(name), self._add(TABLES[held], record[name], place, where, passed))
        if table.name == SERVICE and record.get(ORGANIZATION) is None and "organization_id" not in values:
            self.problems.append(Problem(table.name, place, ORGANIZATION, _("This field is required and is missing.")))
        row = Row(table, values, place, path, is_nested=True)
        self._add_row(row, given)
        for name, (held, key) in lists.items():
            self._add_list(TABLES[held], record.get(name), place, _path(path, name), _link(row, held, key))
        return row.id

    def _add_list(self, table: Table, records: Any, place: Message, path: str, given: Mapping[str, str]) -> None:
        if records is None:
            return
        if not isinstance(records, list):
            self.problems.append(Problem(table.name, place, path, _LIST_WANTED))
            return
        for number, record in enumerate(records):
            self._add(table, record, place, f"{path}[{number}]", given)

    def _add_row(self, row: Row, given: Mapping[str, str]) -> None:
        for name, value in given.items():
            if row.holder(name) not in {"", value.lower()}:
                self.problems.append(row.problem(name, _("This says something else than where the record stands.")))
        rows = self.package.rows[row.table.name]
        known = self._places.setdefault((row.table.name, row.id), len(rows))
        if known == len(rows) or not row.id:
            rows.append(replace(row, values={**given, **row.values}))
            return
        first = rows[known]
        self.problems += _contradictions(first, row)
        rows[known] = replace(first, values={**given, **row.values, **first.values})


def read_values(
    table: Table, record: Mapping[str, Any], place: Message, path: str = ""
) -> tuple[dict[str, str], list[Problem]]:
    """The values of a JSON record as texts; a field that is null is a field that is absent."""
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for name, value in record.items():
        known = FIELDS[table.name].get(name)
        fault = None
        if value is None:
            continue
        if known is None and isinstance(value, (dict, list)):
            fault = _("This field is not of HSDS 3.0 and cannot be kept.")
        elif known is not None and known.type is FieldType.NUMBER:
            fault = None if type(value) in {int, Decimal} else _("This must be a number.")
        elif not isinstance(value, str):
            fault = _("This must be a text.")
        if fault is None:
            values[name] = str(value)
        else:
            problems.append(Problem(table.name, place, _path(path, name), fault))
    return values, problems


def _contradictions(first: Row, again: Row) -> list[Problem]:
    """A service stands once; whatever else stands again says the same."""
    if again.table.name == SERVICE:
        return [again.problem("id", _("The same id is used by {other}.").of(other=first.place))]
    reason = _("The record with this id says something else in {other}.").of(other=first.place)
    return [
        again.problem(name, reason)
        for name, text in again.values.items()
        if first.values.get(name, text) != text and name not in again.table.embedded_keys()
    ]


def _link(row: Row, held: str, key: str) -> dict[str, str]:
    """What the row of a list says of whose it is."""
    return _id_in(key, row.id) | ({LINKS[held][1]: row.table.name} if held in LINKS else {})


def _id_in(key: str, text: str) -> dict[str, str]:
    """Nothing if it is no id: that is said once, of the record itself."""
    try:
        UUID(text)
    except ValueError:
        return {}
    return {key: text}


def _of_same_organization(table: Table, name: str, record: Mapping[str, Any]) -> dict[str, str]:
    """A programme inside a service is one of its organisation: nested JSON says so by no field."""
    organization = record.get(ORGANIZATION)
    is_program = (table.name, name) == (SERVICE, PROGRAM) and isinstance(organization, dict)
    return _id_in("organization_id", str(organization.get("id", ""))) if is_program and organization else {}


def _path(path: str, name: str) -> str:
    """A JSON path, such as `service_at_locations[0].location.location_type`."""
    return f"{path}.{name}".removeprefix(".").replace("\0", "")
