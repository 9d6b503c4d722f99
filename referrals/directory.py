"""The services directory: a file of HSDS 3.0 read wholly, refused with every fault named, and only then imported.

All rows of the file are kept (`DirectoryRecord`). A service that can be offered, because it has a kind and an area, is
also a `Service`: what is searched, and its full record.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM, Actor
from access.models import Organisation, OrganisationKind
from foundation import audit, clock
from foundation.errors import NotAllowed
from foundation.language import Message, _
from referrals.eligibility import FIRST, MUST
from referrals.hsds import INACTIVE, FullService
from referrals.hsds_checks import faults_of
from referrals.hsds_package import DirectoryRefused, Nesting, Package, Problem, Row
from referrals.hsds_reading import read_package, refused
from referrals.hsds_tables import ORGANIZATION, SERVICE, TABLES
from referrals.hsds_views import TOLD
from referrals.hsds_writing import as_json
from referrals.models import DirectoryRecord, Service, ServiceReach, reach_of

_WRITTEN_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One service that can be offered: where it stands in the file, what was understood, and its full record."""

    place: Message
    service: FullService
    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Directory:
    """A file without faults."""

    package: Package
    entries: tuple[Entry, ...]
    not_offered: tuple[Problem, ...]
    """Services that are kept and offered to nobody, each with the reason."""


@dataclass(frozen=True, slots=True)
class Change:
    """A row that the file adds, changes (in these fields) or removes."""

    table: str
    id: str
    name: str
    fields: tuple[str, ...] = ()


@dataclass(slots=True)
class Changes:
    """What an import would do, row by row."""

    added: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    removed: list[Change] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """Services that are offered."""

    added: int
    changed: int
    unchanged: int
    removed: int
    """Not in the file any more: made inactive, and kept for the referrals that point at them."""


def read_directory(data: bytes) -> Directory:
    """Read a directory in any form of HSDS 3.0; see `referrals.hsds_reading`. Raises DirectoryRefused."""
    package = read_package(data)
    if not package.rows[SERVICE]:
        raise refused(_("The file lists no services."))
    problems = list(faults_of(package))
    if problems:
        raise DirectoryRefused(problems)
    nesting = Nesting(package)
    entries, not_offered = [], []
    for row in package.rows[SERVICE]:
        text = as_json(nesting.record(row))
        service = FullService.model_validate_json(text)
        reason = _why_not_offered(service)
        if reason is None:
            entries.append(Entry(row.place, service, from_json(text)))
        else:
            not_offered.append(row.problem("", reason))
    return Directory(package, tuple(entries), tuple(not_offered))


def _why_not_offered(service: FullService) -> Message | None:
    if len(service.kinds) != 1:
        return _("Not offered: exactly one attribute must have a term of the taxonomy “homeward-service-kind”.")
    if not service.area_codes:
        return _("Not offered: at least one service area needs the extent type “homeward-area”.")
    return None


async def compare_directory(session: AsyncSession, directory: Directory) -> Changes:
    """What importing the file would add, change and remove. Changes nothing."""
    changes = Changes()
    known = {(each.table, each.id): each for each in await session.scalars(select(DirectoryRecord))}
    for row in directory.package:
        stored = known.pop((row.table.name, row.id), None)
        if stored is None:
            changes.added.append(_change(row.table.name, row.values))
        elif stored.content != row.values:
            names = sorted(stored.content.keys() | row.values.keys())
            fields = tuple(name for name in names if stored.content.get(name) != row.values.get(name))
            changes.changed.append(_change(row.table.name, row.values, fields))
    changes.removed = [_change(each.table, each.content) for each in known.values()]
    return changes


def _change(table: str, values: Mapping[str, str], fields: tuple[str, ...] = ()) -> Change:
    words = (values.get(name) for name in ("name", "number", "document", "option", "code"))
    return Change(table, values["id"], next((each for each in words if each), ""), fields)


async def import_directory(session: AsyncSession, directory: Directory, *, actor: Actor) -> ImportSummary:
    """Make the directory what the file says. Run by the system: no role of staff changes the directory.

    Raises DirectoryRefused if the file would turn an organisation that is no partner into one.
    """
    if actor is not SYSTEM:
        raise NotAllowed(_("You may not do this."))
    await _import_organisations(session, directory)
    await _keep_rows(session, directory.package)
    known = {service.id: service for service in await session.scalars(select(Service))}
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    for entry in directory.entries:
        counts[_import_service(session, entry, known.pop(entry.service.id, None))] += 1
    gone = [service for service in known.values() if service.status != INACTIVE]
    for service in gone:
        service.status = INACTIVE
    await _set_reach(session)
    summary = ImportSummary(**counts, removed=len(gone))
    audit.record(session, actor.id, "directory.imported", actor.id, **counts, removed=summary.removed)
    return summary


async def _import_organisations(session: AsyncSession, directory: Directory) -> None:
    rows = {UUID(row.id): row for row in directory.package.rows[ORGANIZATION]}
    offering = {entry.service.organization.id for entry in directory.entries}
    found = await session.scalars(select(Organisation).where(Organisation.id.in_(rows)))
    known = {organisation.id: organisation for organisation in found}
    problems = [
        rows[each.id].problem("id", _("This id belongs to an organisation that is not a partner."))
        for each in known.values()
        if each.kind is not OrganisationKind.PARTNER
    ]
    if problems:
        raise DirectoryRefused(problems)
    for organisation_id, row in rows.items():
        if organisation_id in known:
            known[organisation_id].name = row.values["name"]
        elif organisation_id in offering:
            session.add(Organisation(id=organisation_id, name=row.values["name"], kind=OrganisationKind.PARTNER))
    await session.flush()


async def _keep_rows(session: AsyncSession, package: Package) -> None:
    """Write only the rows that differ: of a large directory a day changes little."""
    nesting, now = Nesting(package), clock.now()
    known = {(each.table, each.id): each for each in await session.scalars(select(DirectoryRecord))}
    new: list[dict[str, Any]] = []
    for table, rows in package.rows.items():
        for position, row in enumerate(rows):
            nested = from_json(as_json(nesting.record(row))) if table in TOLD else None
            told: dict[str, Any] = {"content": dict(row.values), "nested": nested}
            stored = known.pop((table, row.id), None)
            if stored is None:
                new.append({"table": table, "id": row.id, "position": position, "changed_at": now, **told})
                continue
            stored.position = position
            if (stored.content, stored.nested) != (told["content"], told["nested"]):
                stored.content, stored.nested, stored.changed_at = told["content"], told["nested"], now
    for first in range(0, len(new), _WRITTEN_AT_ONCE):
        await session.execute(insert(DirectoryRecord), new[first : first + _WRITTEN_AT_ONCE])
    gone = list(known)
    for first in range(0, len(gone), _WRITTEN_AT_ONCE):
        keys = tuple_(DirectoryRecord.table, DirectoryRecord.id)
        await session.execute(delete(DirectoryRecord).where(keys.in_(gone[first : first + _WRITTEN_AT_ONCE])))


async def _set_reach(session: AsyncSession) -> None:
    await session.flush()
    await session.execute(delete(ServiceReach))
    rows = [each for service in await session.scalars(select(Service)) for each in reach_of(service)]
    session.add_all(rows)
    await session.flush()


def _import_service(session: AsyncSession, entry: Entry, known: Service | None) -> str:
    columns = _columns(entry)
    if known is None:
        session.add(Service(id=entry.service.id, **columns))
        return "added"
    if known.places_at == columns["places_at"]:
        # The provider has said nothing new: places taken since then stay taken.
        columns["places_left"] = known.places_left
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
        "kind": service.kinds[0],
        "status": service.status,
        "minimum_age": None if service.minimum_age is None else int(service.minimum_age),
        "maximum_age": None if service.maximum_age is None else int(service.maximum_age),
        "languages": service.language_codes,
        "areas": service.area_codes,
        "assured_date": service.assured_date,
        "criteria": " ".join(service.criteria(MUST)),
        "first_for": " ".join(service.criteria(FIRST)),
        "is_free": service.is_free,
        "places_left": service.places_left,
        "places_at": service.places_at,
        "hsds": entry.record,
    }


async def stored_package(session: AsyncSession) -> Package:
    """The directory as it was imported: every row, in the order of the file."""
    package = Package()
    rows = await session.scalars(select(DirectoryRecord).order_by(DirectoryRecord.position, DirectoryRecord.id))
    for stored in rows:
        package.add(Row(TABLES[stored.table], stored.content))
    return package
