"""What of the directory is not public, such as a shelter whose address must stay secret. Pure.

An attribute with the term `staff` of the taxonomy `homeward-visibility` marks any row: a service, a location, an
organisation, a telephone number. In doubt a row is hidden. With it goes

- every row that belongs to it or names it: the address and numbers of a location, and that a service is given there;
- a location at which only hidden services are given;
- an organisation, or a programme, of which every service is hidden.

The public page, the chat, the public API and exports for the public are made from `public_part` alone.
"""

from collections import defaultdict
from typing import Any

from referrals.hsds_package import Package, Record, Row
from referrals.hsds_tables import ATTRIBUTE, LINKS, ORGANIZATION, PROGRAM, SERVICE, TABLES

VISIBILITY = "homeward-visibility"
STAFF_ONLY = "staff"
"""The one code of the taxonomy."""
TERM, TAXONOMY, LOCATION, AT_LOCATION = "taxonomy_term", "taxonomy", "location", "service_at_location"
_EMPTIED = ((LOCATION, AT_LOCATION), (ORGANIZATION, SERVICE), (PROGRAM, SERVICE))
"""What is hidden once all that is given there, or by it, is."""
_REFERS = {
    table.name: [(field.references, field.name) for field in table.fields if field.references]
    for table in TABLES.values()
}
"""By table: the tables that its rows name, and the fields in which they do."""
_TOLD = (
    "id",
    "name",
    "alternate_name",
    "description",
    "status",
    "fees_description",
    "wait_time",
    "eligibility_description",
    "minimum_age",
    "maximum_age",
    "assured_date",
    "service_areas",
    "languages",
    "cost_options",
    "required_documents",
    "attributes",
)
"""What whoever is referred to a hidden service may read of it: nothing of where it is or how it is reached."""

Key = tuple[str, str]
"""A table and an id."""


def public_part(package: Package) -> Package:
    """The rows that anyone may know. The very package if nothing in it is hidden."""
    hidden = hidden_rows(package)
    if not hidden:
        return package
    shown = Package()
    for row in package:
        if (row.table.name, row.id) not in hidden:
            shown.add(row)
    return shown


def hidden_rows(package: Package) -> set[Key]:
    """Rows for staff only."""
    hidden = set(_marked(package))
    while hidden:
        more = {key for row in package if (key := (row.table.name, row.id)) not in hidden and _hangs_on(row, hidden)}
        more |= set(_emptied(package, hidden))
        if not more:
            break
        hidden |= more
    return hidden


def veiled(record: Record) -> Record:
    """The record of a hidden service as it may be told to whoever is referred there."""
    told = {name: record[name] for name in _TOLD if name in record}
    organization: dict[str, Any] = record.get(ORGANIZATION, {})
    return told | {ORGANIZATION: {name: organization[name] for name in ("id", "name") if name in organization}}


def _marked(package: Package) -> set[Key]:
    ours = {row.id for row in package.rows[TAXONOMY] if row.values.get("name") == VISIBILITY}
    terms = {
        row.id
        for row in package.rows[TERM]
        if row.values.get("taxonomy") == VISIBILITY or row.holder("taxonomy_id") in ours
    }
    key, entity = LINKS[ATTRIBUTE]
    return {
        (row.values.get(entity, ""), row.holder(key))
        for row in package.rows[ATTRIBUTE]
        if row.holder("taxonomy_term_id") in terms
    }


def _hangs_on(row: Row, hidden: set[Key]) -> bool:
    """It belongs to a hidden row, or names one."""
    if any((table, row.holder(name)) in hidden for table, name in _REFERS[row.table.name]):
        return True
    key, entity = LINKS.get(row.table.name, ("", ""))
    return bool(key) and (row.values.get(entity, ""), row.holder(key)) in hidden


def _emptied(package: Package, hidden: set[Key]) -> set[Key]:
    found: set[Key] = set()
    for holder, held in _EMPTIED:
        given: dict[str, list[bool]] = defaultdict(list)
        for row in package.rows[held]:
            if where := row.holder(f"{holder}_id"):
                given[where].append((held, row.id) in hidden)
        found |= {(holder, where) for where, hides in given.items() if all(hides)}
    return found - hidden
