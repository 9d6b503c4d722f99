"""The services directory: an HSDS 3.0 file read wholly, refused with every fault named, and only then imported."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json, to_json
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM, Actor
from access.models import Organisation, OrganisationKind
from foundation import audit
from foundation.errors import Invalid, NotAllowed
from foundation.language import Message, _
from referrals.hsds import INACTIVE, FullService
from referrals.models import Service
from referrals.rules import ServiceKind

LARGEST_FILE = 50_000_000
"""Bytes."""
LARGEST_NUMBER = 2**63
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault. `row`: which service, counted from 1, with its name; empty for the file itself. `field`: its path."""

    row: str
    field: str
    reason: Message


class DirectoryRefused(Invalid):
    """The file cannot be used and nothing of it is imported; `problems` holds every fault, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        # Translators: {count} faults were found in a file that lists services.
        super().__init__(_("This directory cannot be used yet. Problems found: {count}."), count=len(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Entry:
    """One service of the file: its place, what was understood, and the record as it came."""

    row: str
    service: FullService
    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Directory:
    """A file without faults."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class ImportSummary:
    added: int
    changed: int
    unchanged: int
    removed: int
    """Services that the file no longer lists: made inactive, and kept for the referrals that point at them."""


def read_directory(data: bytes) -> Directory:
    """Read a JSON array of full services, or a page object that holds them all. Raises DirectoryRefused."""
    entries: list[Entry] = []
    problems: list[Problem] = []
    for position, item in enumerate(_services(_parsed(data)), start=1):
        record = _without_nulls(item)
        row = _row(position, record)
        found = list(_unstorable(row, record))
        try:
            service = FullService.model_validate_json(to_json(record))
        except ValidationError as error:
            found += [Problem(row, _path(each["loc"]), _reason(each)) for each in error.errors(include_url=False)]
        else:
            entries.append(Entry(row, service, record))
        problems += found
    problems += _contradictions(entries)
    if problems:
        raise DirectoryRefused(problems)
    return Directory(tuple(entries))


async def import_directory(session: AsyncSession, directory: Directory, *, actor: Actor) -> ImportSummary:
    """Make the directory what the file says. Run by the system: no role of staff changes the directory.

    Raises DirectoryRefused if the file would turn an organisation that is no partner into one.
    """
    if actor is not SYSTEM:
        raise NotAllowed(_("You may not do this."))
    await _import_organisations(session, directory)
    known = {service.id: service for service in await session.scalars(select(Service))}
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    for entry in directory.entries:
        counts[_import_service(session, entry, known.pop(entry.service.id, None))] += 1
    gone = [service for service in known.values() if service.status != INACTIVE]
    for service in gone:
        service.status = INACTIVE
    summary = ImportSummary(**counts, removed=len(gone))
    audit.record(session, actor.id, "directory.imported", actor.id, **counts, removed=summary.removed)
    return summary


async def _import_organisations(session: AsyncSession, directory: Directory) -> None:
    rows = {entry.service.organization.id: entry for entry in directory.entries}
    found = await session.scalars(select(Organisation).where(Organisation.id.in_(rows)))
    known = {organisation.id: organisation for organisation in found}
    problems = [
        Problem(rows[each.id].row, "organization.id", _("This id belongs to an organisation that is not a partner."))
        for each in known.values()
        if each.kind is not OrganisationKind.PARTNER
    ]
    if problems:
        raise DirectoryRefused(problems)
    for organisation_id, entry in rows.items():
        name = entry.service.organization.name
        if organisation_id in known:
            known[organisation_id].name = name
        else:
            session.add(Organisation(id=organisation_id, name=name, kind=OrganisationKind.PARTNER))
    await session.flush()


def _import_service(session: AsyncSession, entry: Entry, known: Service | None) -> str:
    columns = _columns(entry)
    if known is None:
        session.add(Service(id=entry.service.id, **columns))
        return "added"
    changes = {name: value for name, value in columns.items() if getattr(known, name) != value}
    for name, value in changes.items():
        setattr(known, name, value)
    return "changed" if changes else "unchanged"


def _columns(entry: Entry) -> dict[str, Any]:
    service = entry.service
    return {
        "organisation_id": service.organization.id,
        "name": service.name,
        "description": service.description,
        "kind": service.kind,
        "status": service.status,
        "minimum_age": None if service.minimum_age is None else int(service.minimum_age),
        "maximum_age": None if service.maximum_age is None else int(service.maximum_age),
        "languages": service.language_codes,
        "areas": service.area_codes,
        "assured_date": service.assured_date,
        "hsds": entry.record,
    }


def _parsed(data: bytes) -> Any:
    if len(data) > LARGEST_FILE:
        raise _refused(_("The file is larger than {count} MB.").of(count=LARGEST_FILE // 1_000_000))
    try:
        return from_json(data.removeprefix(_BYTE_ORDER_MARK), allow_inf_nan=False)
    except ValueError as error:
        place = re.search(r"line (\d+) column (\d+)", str(error))
        if place is None:
            raise _refused(_("The file is not valid JSON.")) from None
        # Translators: where in a file of data the first fault is
        fault = _("The file is not valid JSON. The fault is at line {line}, column {column}.")
        raise _refused(fault.of(line=int(place[1]), column=int(place[2]))) from None


def _services(parsed: Any) -> list[Any]:
    services = parsed.get("contents") if isinstance(parsed, dict) else parsed
    if not isinstance(services, list):
        raise _refused(_("The file must be a JSON array of services, or an object with such an array in “contents”."))
    if isinstance(parsed, dict) and parsed.get("total_pages", 1) not in (0, 1):
        # The services of the other pages would be taken for removed.
        raise _refused(_("The file is one page of several. Put all services into one file."))
    if not services:
        raise _refused(_("The file lists no services."))
    return services


def _refused(reason: Message) -> DirectoryRefused:
    return DirectoryRefused([Problem("", "", reason)])


def _row(position: int, record: Any) -> str:
    name = record.get("name") if isinstance(record, dict) else None
    return f'service {position} "{name[:80]}"' if isinstance(name, str) else f"service {position}"


def _without_nulls(value: Any) -> Any:
    """A field that is null is a field that is absent."""
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def _unstorable(row: str, value: Any, place: tuple[str | int, ...] = ()) -> Iterator[Problem]:
    """What is valid JSON and yet no database can keep."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _unstorable(row, name, (*place, name))
            yield from _unstorable(row, each, (*place, name))
    elif isinstance(value, list):
        for position, each in enumerate(value):
            yield from _unstorable(row, each, (*place, position))
    elif isinstance(value, str) and "\0" in value:
        yield Problem(row, _path(place), _("The text contains a character that cannot be stored (code 0)."))
    elif isinstance(value, (int, float)) and abs(value) >= LARGEST_NUMBER:
        yield Problem(row, _path(place), _("The number is too large."))


def _contradictions(entries: list[Entry]) -> Iterator[Problem]:
    first_with: dict[UUID, str] = {}
    names: dict[UUID, tuple[str, str]] = {}
    for entry in entries:
        organization = entry.service.organization
        earlier = first_with.setdefault(entry.service.id, entry.row)
        if earlier != entry.row:
            yield Problem(entry.row, "id", _("The same id is used by {other}.").of(other=earlier))
        name, row = names.setdefault(organization.id, (organization.name, entry.row))
        if name != organization.name:
            reason = _("The organisation with this id has another name in {other}.").of(other=row)
            yield Problem(entry.row, "organization.name", reason)


def _path(place: Sequence[str | int]) -> str:
    """A JSON path, such as `service_at_locations[0].location.location_type`."""
    parts = (f"[{each}]" if isinstance(each, int) else f".{each}" for each in place)
    return "".join(parts).removeprefix(".").replace("\0", "")


_REASONS: dict[str, Message] = {
    "missing": _("This field is required and is missing."),
    "string_too_short": _("This field must not be empty."),
    "string_too_long": _("This text is too long."),
    "string_type": _("This must be a text."),
    "float_type": _("This must be a number."),
    "multiple_of": _("Write the age in whole years."),
    "greater_than_equal": _("The age must be between 0 and 120."),
    "less_than_equal": _("The age must be between 0 and 120."),
    "list_type": _("This must be a list."),
    "model_type": _("This must be an object with fields."),
    "model_attributes_type": _("This must be an object with fields."),
    "web_address": _("This is not a web address that begins with http:// or https://."),
    "email": _("This is not an e-mail address."),
    "language_code": _("This is not a language code such as en or mnk."),
    "area_code": _("This is not an area code such as TN or TN:greater_tunis."),
    "no_area": _("At least one service area needs the extent type “homeward-area”."),
    "service_kind": _("The service kind must be one of: {allowed}.").of(allowed=", ".join(ServiceKind)),
    "one_kind": _("Exactly one attribute must have a term of the taxonomy “homeward-service-kind”."),
    "age_order": _("The maximum age is below the minimum age."),
}
_REASONS_BY_BEGINNING: dict[str, Message] = {
    "uuid": _("This is not a UUID."),
    "datetime": _("This is not a date and time such as 2026-03-15T10:30:00Z."),
    "date": _("This is not a date of the form 2026-03-15."),
    "time": _("This is not a time of the form 10:30."),
}


def _reason(error: ErrorDetails) -> Message:
    kind = error["type"]
    if kind == "literal_error":
        # Translators: {allowed} is a list of words that a data file may use
        return _("This must be one of: {allowed}.").of(allowed=error["ctx"]["expected"])
    by_beginning = (reason for start, reason in _REASONS_BY_BEGINNING.items() if kind.startswith(start))
    return _REASONS.get(kind) or next(by_beginning, _("This value cannot be used."))


async def export_directory(session: AsyncSession) -> bytes:
    """The directory as HSDS 3.0 JSON: every record as it was imported, in a stable order."""
    records = await session.scalars(select(Service.hsds).order_by(Service.name, Service.id))
    return to_json(records.all(), indent=1)
