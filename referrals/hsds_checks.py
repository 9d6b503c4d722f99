"""What the rows of a directory must say: the rules of HSDS 3.0, and what Homeward relies on. Every fault is named."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches

from pydantic import TypeAdapter, ValidationError

from foundation.language import Message, _
from referrals.eligibility import ELIGIBILITY, Criterion
from referrals.hsds import AREA_CODE, AREAS, EMAIL, LANGUAGE_CODE, OLDEST, SERVICE_KINDS, WEB_ADDRESS
from referrals.hsds_package import Package, Problem, Row
from referrals.hsds_tables import FIELDS, LINKS, SERVICE, TABLES, Field, FieldType
from referrals.rules import ServiceKind
from referrals.visibility import STAFF_ONLY, VISIBILITY

LARGEST_NUMBER = 2**63
_OURS = (SERVICE_KINDS, ELIGIBILITY, VISIBILITY)
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TYPES: dict[FieldType, tuple[TypeAdapter[object], Message]] = {
    FieldType.DATE: (TypeAdapter(date), _("This is not a date of the form 2026-03-15.")),
    FieldType.TIME: (TypeAdapter(time), _("This is not a time of the form 10:30.")),
    FieldType.DATETIME: (TypeAdapter(datetime), _("This is not a date and time such as 2026-03-15T10:30:00Z.")),
}


def faults_of(package: Package) -> Iterator[Problem]:
    """All faults, in the order of the tables and of their rows."""
    known = {name: {row.id: row for row in rows} for name, rows in package.rows.items()}
    taken: dict[tuple[str, str, str], Row] = {}
    for row in package:
        yield from _values(row)
        yield from _used_before(row, taken)
        yield from _links(row, known)
        if (check := _CHECKS.get(row.table.name)) is not None:
            yield from check(row)


def _values(row: Row) -> Iterator[Problem]:
    given_by_place = row.table.embedded_keys() if row.is_nested else frozenset()
    for field in row.table.fields:
        text = row.values.get(field.name)
        if text is None:
            if field.required and field.name not in given_by_place:
                yield row.problem(field.name, _("This field is required and is missing."))
        elif (reason := _reason(field, text)) is not None:
            yield row.problem(field.name, reason)
    for name in row.values.keys() - FIELDS[row.table.name].keys():
        # Fields of one's own are kept. One that is nearly a field of HSDS is a slip that would go unnoticed.
        if close := get_close_matches(name.lower(), FIELDS[row.table.name], n=1, cutoff=0.85):
            yield row.problem(name, _("This field is not of HSDS 3.0. Is {name} meant?").of(name=close[0]))
        elif "\0" in name + row.values[name]:
            yield row.problem(name, _("The text contains a character that cannot be stored (code 0)."))


def _reason(field: Field, text: str) -> Message | None:
    """Why a value cannot be used."""
    if "\0" in text:
        return _("The text contains a character that cannot be stored (code 0).")
    if not text.strip() and field.required:
        return _("This field must not be empty.")
    if field.allowed and text not in field.allowed:
        # Translators: {allowed} is a list of words that a data file may use
        return _("This must be one of: {allowed}.").of(allowed=", ".join(field.allowed))
    if field.type is FieldType.NUMBER:
        return _number_reason(text)
    if field.type is FieldType.UUID:
        # In one way of writing: rows find each other by it.
        return None if _UUID.fullmatch(text) else _("This is not a UUID.")
    if field.type is FieldType.EMAIL:
        return None if EMAIL.fullmatch(text) else _("This is not an e-mail address.")
    if field.type is FieldType.URI:
        # Shown as a link: any other scheme could run a script.
        fits = WEB_ADDRESS.match(text)
        return None if fits else _("This is not a web address that begins with http:// or https://.")
    if field.type in _TYPES:
        adapter, reason = _TYPES[field.type]
        try:
            adapter.validate_strings(text, strict=True)
        except ValidationError:
            return reason
    return None


def _number_reason(text: str) -> Message | None:
    try:
        # As JSON writes a number, so that it can be written there too.
        number = TypeAdapter(Decimal).validate_json(text)
    except ValidationError:
        return _("This must be a number.")
    return _("The number is too large.") if abs(number) >= LARGEST_NUMBER else None


def _used_before(row: Row, taken: dict[tuple[str, str, str], Row]) -> Iterator[Problem]:
    for field in row.table.fields:
        text = row.values.get(field.name) if field.unique else None
        if text is None:
            continue
        earlier = taken.setdefault((row.table.name, field.name, text.lower()), row)
        if earlier is not row and field.name == "id":
            yield row.problem(field.name, _("The same id is used by {other}.").of(other=earlier.place))
        elif earlier is not row:
            yield row.problem(field.name, _("The same value is used by {other}.").of(other=earlier.place))


def _links(row: Row, known: dict[str, dict[str, Row]]) -> Iterator[Problem]:
    for name, table in _references(row):
        if table not in TABLES:
            yield row.problem(name, _("{table} is not a table of HSDS 3.0.").of(table=table))
        elif row.holder(name) not in known[table]:
            yield row.problem(name, _("Nothing in the table {table} has this id.").of(table=table))


def _references(row: Row) -> Iterator[tuple[str, str]]:
    """Fields that hold an id, with the table that it must be in."""
    for field in row.table.fields:
        if field.references and row.values.get(field.name):
            yield field.name, field.references
    if row.table.name in LINKS:
        key, entity = LINKS[row.table.name]
        if row.values.get(key) and row.values.get(entity):
            yield key, row.values[entity]


def _of_language(row: Row) -> Iterator[Problem]:
    if not LANGUAGE_CODE.fullmatch(row.values.get("code", "en")):
        yield row.problem("code", _("This is not a language code such as en or mnk."))


def _of_area(row: Row) -> Iterator[Problem]:
    if row.values.get("extent_type") == AREAS and not AREA_CODE.fullmatch(row.values.get("extent", "")):
        yield row.problem("extent", _("This is not an area code such as TN or TN:greater_tunis."))


def _of_term(row: Row) -> Iterator[Problem]:
    yield from _of_our_taxonomy(row, "taxonomy")
    if row.values.get("taxonomy") == VISIBILITY and row.values.get("code") != STAFF_ONLY:
        yield row.problem("code", _("The visibility must be: {allowed}.").of(allowed=STAFF_ONLY))
    if row.values.get("taxonomy") == SERVICE_KINDS and row.values.get("code") not in set(ServiceKind):
        allowed = ", ".join(ServiceKind)
        yield row.problem("code", _("The service kind must be one of: {allowed}.").of(allowed=allowed))
    if row.values.get("taxonomy") == ELIGIBILITY and row.values.get("code") not in set(Criterion):
        allowed = ", ".join(Criterion)
        yield row.problem("code", _("The condition must be one of: {allowed}.").of(allowed=allowed))


def _of_taxonomy(row: Row) -> Iterator[Problem]:
    yield from _of_our_taxonomy(row, "name")


def _of_our_taxonomy(row: Row, name: str) -> Iterator[Problem]:
    """A slip in its name would go unnoticed: a place that is meant to be secret would be public."""
    told = row.values.get(name, "")
    close = get_close_matches(told.strip().lower(), _OURS, n=1, cutoff=0.85)
    if close and told not in _OURS:
        yield row.problem(name, _("This taxonomy is not known here. Is {name} meant?").of(name=close[0]))


def _of_service(row: Row) -> Iterator[Problem]:
    ages: dict[str, Decimal] = {}
    for name in ("minimum_age", "maximum_age"):
        text = row.values.get(name)
        if text is None or _number_reason(text) is not None:
            continue
        ages[name] = Decimal(text)
        if not 0 <= ages[name] <= OLDEST:
            yield row.problem(name, _("The age must be between 0 and 120."))
        elif ages[name] % 1:
            yield row.problem(name, _("Write the age in whole years."))
    if ages.get("maximum_age", OLDEST) < ages.get("minimum_age", 0):
        yield row.problem("maximum_age", _("The maximum age is below the minimum age."))


def _of_capacity(row: Row) -> Iterator[Problem]:
    text = row.values.get("available", "0")
    if _number_reason(text) is None and (Decimal(text) < 0 or Decimal(text) % 1):
        yield row.problem("available", _("Write how many places are left as a whole number."))


_CHECKS: dict[str, Callable[[Row], Iterator[Problem]]] = {
    "language": _of_language,
    "service_area": _of_area,
    "service_capacity": _of_capacity,
    "taxonomy": _of_taxonomy,
    "taxonomy_term": _of_term,
    SERVICE: _of_service,
}
