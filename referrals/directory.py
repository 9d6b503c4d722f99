"""The services directory: a file of HSDS 3.0 read wholly, refused with every fault named, and only then imported.

All rows of the file are kept (`DirectoryRecord`). A service that can be offered, because it has a kind and an area, is
also a `Service`: what is searched, and its full record.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.models import Organisation, OrganisationKind
from access.rules import Permission
from foundation import audit, clock
from foundation.language import Message, _
from referrals.directory_journal import Journal
from referrals.directory_models import ServiceUpkeep
from referrals.eligibility import FIRST, MUST
from referrals.hsds import INACTIVE, TEMPORARILY_CLOSED, FullService
from referrals.hsds_checks import faults_of
from referrals.hsds_package import DirectoryRefused, Nesting, Package, Problem, Record, Row
from referrals.hsds_reading import read_package, refused
from referrals.hsds_tables import ORGANIZATION, SERVICE, TABLES
from referrals.hsds_views import TOLD
from referrals.hsds_writing import as_json
from referrals.models import DirectoryRecord, Service, ServiceReach, reach_of
from referrals.upkeep import end_pause, forget_reminders, kept_up
from referrals.visibility import public_part, veiled

_WRITTEN_AT_ONCE = 1_000
_LEADS_THERE = {"address": ("address_1", "city"), "phone": ("number",), "location": ("latitude", "longitude")}


@dataclass(frozen=True, slots=True)
class Entry:
    """One service that can be offered: where it stands in the file, what was understood, and its full record."""

    place: Message
    service: FullService
    record: dict[str, Any]
    """As far as it may be told to whoever is referred; see `referrals.visibility`."""
    is_public: bool


@dataclass(frozen=True, slots=True)
class Directory:
    """A file without faults."""

    package: Package
    public: Package
    """What anyone may know of it."""
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
    return _directory(package)


def _directory(package: Package) -> Directory:
    public = public_part(package)
    nesting, told = Nesting(package), Nesting(public)
    shown = {row.id for row in public.rows[SERVICE]}
    entries, not_offered = [], []
    for row in package.rows[SERVICE]:
        text = as_json(nesting.record(row))
        service = FullService.model_validate_json(text)
        reason = why_not_offered(service)
        if reason is not None:
            not_offered.append(row.problem("", reason))
            continue
        is_public = row.id in shown
        record = from_json(text if public is package or not is_public else as_json(told.record(row)))
        entries.append(Entry(row.place, service, record if is_public else veiled(record), is_public))
    return Directory(package, public, tuple(entries), tuple(not_offered))


def why_not_offered(service: FullService) -> Message | None:
    if len(service.kinds) != 1:
        return _("Not offered: exactly one attribute must have a term of the taxonomy “homeward-service-kind”.")
    if not service.area_codes:
        return _("Not offered: at least one service area needs the extent type “homeward-area”.")
    return None


async def compare_directory(session: AsyncSession, directory: Directory) -> Changes:
    """What importing the file would add, change and remove. Changes nothing."""
    changes = Changes()
    known = {(each.table, each.id): each for each in await session.scalars(select(DirectoryRecord))}
    for row in await kept_up(session, directory.package):
        stored = known.pop((row.table.name, row.id), None)
        if stored is None:
            changes.added.append(_change(row.table.name, row.values))
        elif stored.content != row.values:
            names = sorted(stored.content.keys() | row.values.keys())
            fields = tuple(name for name in names if stored.content.get(name) != row.values.get(name))
            changes.changed.append(_change(row.table.name, row.values, fields))
    changes.removed = [_change(each.table, each.content) for each in known.values()]
    return changes


async def revealed(session: AsyncSession, directory: Directory) -> list[Problem]:
    """What is for staff only now and the file would make public: the same rows, or the same address or number."""
    stored = list(await session.scalars(select(DirectoryRecord)))
    ids = {(each.table, each.id) for each in stored if not each.is_public}
    known, secret = (
        {_said(each.table, each.content) for each in stored if each.is_public is told} for told in (True, False)
    )
    said = secret - known - {None}
    return [
        row.problem("", _("This is for staff only now. The file would make it public."))
        for row in directory.public
        if (row.table.name, row.id) in ids or _said(row.table.name, row.values) in said
    ]


def _said(table: str, values: Mapping[str, str]) -> tuple[str, ...] | None:
    """What leads to a place, whatever id it has in a file."""
    parts = [" ".join(values.get(name, "").casefold().split()) for name in _LEADS_THERE.get(table, ())]
    return (table, *parts) if any(parts) else None


def _change(table: str, values: Mapping[str, str], fields: tuple[str, ...] = ()) -> Change:
    words = (values.get(name) for name in ("name", "number", "document", "option", "code"))
    return Change(table, values["id"], next((each for each in words if each), ""), fields)


async def import_directory(
    session: AsyncSession, directory: Directory, *, actor: Actor, reveal: bool = False
) -> ImportSummary:
    """Make the directory what the file says, with what staff know besides it; see `referrals.upkeep`.

    Raises DirectoryRefused if the file would turn an organisation that is no partner into one, or, unless `reveal`
    says that this is meant, make public what is for staff only.
    """
    require(actor, Permission.DIRECTORY_IMPORT)
    if not reveal and (problems := await revealed(session, directory)):
        raise DirectoryRefused(problems)
    package = await kept_up(session, directory.package)
    if package is not directory.package:
        directory = _directory(package)
    await _import_organisations(session, directory)
    await _keep_rows(session, directory, actor)
    known = {service.id: service for service in await session.scalars(select(Service))}
    upkeep = {each.service_id: each for each in await session.scalars(select(ServiceUpkeep))}
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    for entry in directory.entries:
        service_id = entry.service.id
        counts[_import_service(session, entry, known.pop(service_id, None), upkeep.get(service_id))] += 1
    gone = [service for service in known.values() if service.status != INACTIVE]
    for service in gone:
        service.status = INACTIVE
    _follow_file(upkeep, [*(entry.service for entry in directory.entries), *gone])
    await _set_reach(session)
    summary = ImportSummary(**counts, removed=len(gone))
    audit.record(session, actor.id, "directory.imported", actor.id, **counts, removed=summary.removed)
    return summary


def _follow_file(upkeep: Mapping[UUID, ServiceUpkeep], services: Iterable[FullService | Service]) -> None:
    """A pause ends with what it held back, and an address may have come with which the provider can be asked."""
    for service in services:
        known = upkeep.get(service.id)
        if known is None:
            continue
        known.unreached = None
        if service.status != TEMPORARILY_CLOSED:
            end_pause(known)


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


async def _keep_rows(session: AsyncSession, directory: Directory, actor: Actor) -> None:
    """Write only the rows that differ: of a large directory a day changes little. Note what became of each service."""
    package, nesting, told = directory.package, Nesting(directory.package), Nesting(directory.public)
    shown = {(row.table.name, row.id) for row in directory.public}
    now, journal = clock.now(), Journal()
    known = {(each.table, each.id): each for each in await session.scalars(select(DirectoryRecord))}
    new: list[dict[str, Any]] = []
    for table, rows in package.rows.items():
        for position, row in enumerate(rows):
            is_public = (table, row.id) in shown
            nested = _plain(told.record(row)) if table in TOLD and is_public else None
            whole = nested if directory.public is package or table != SERVICE else _plain(nesting.record(row))
            values: dict[str, Any] = {
                "content": dict(row.values),
                "nested": nested,
                "whole": None if whole == nested or table != SERVICE else whole,
                "is_public": is_public,
            }
            stored = known.pop((table, row.id), None)
            journal.note(stored, table, row.id, row.values, whole)
            if stored is None:
                new.append({"table": table, "id": row.id, "position": position, "changed_at": now, **values})
                continue
            stored.position = position
            if changed := {name: value for name, value in values.items() if getattr(stored, name) != value}:
                for name, value in changed.items():
                    setattr(stored, name, value)
                stored.changed_at = now
    for each in known.values():
        journal.note_removed(each)
    for first in range(0, len(new), _WRITTEN_AT_ONCE):
        await session.execute(insert(DirectoryRecord), new[first : first + _WRITTEN_AT_ONCE])
    gone = list(known)
    for first in range(0, len(gone), _WRITTEN_AT_ONCE):
        keys = tuple_(DirectoryRecord.table, DirectoryRecord.id)
        await session.execute(delete(DirectoryRecord).where(keys.in_(gone[first : first + _WRITTEN_AT_ONCE])))
    await journal.write(session, actor)


def _plain(record: Record) -> Record:
    """As the database keeps it."""
    plain: Record = from_json(as_json(record))
    return plain


async def _set_reach(session: AsyncSession) -> None:
    await session.flush()
    await session.execute(delete(ServiceReach))
    rows = [each for service in await session.scalars(select(Service)) for each in reach_of(service)]
    session.add_all(rows)
    await session.flush()


def _import_service(session: AsyncSession, entry: Entry, known: Service | None, upkeep: ServiceUpkeep | None) -> str:
    columns = _columns(entry)
    if known is None:
        session.add(Service(id=entry.service.id, **columns))
        return "added"
    said_here = upkeep.places_at if upkeep else None
    said_in_file = columns["places_at"]
    if said_here is not None and (said_in_file is None or said_in_file <= said_here):
        columns["places_left"], columns["places_at"] = known.places_left, known.places_at
    elif known.places_at == said_in_file:
        # The provider has said nothing new: places taken since then stay taken.
        columns["places_left"] = known.places_left
    if upkeep is not None and known.assured_date != columns["assured_date"]:
        forget_reminders(upkeep)
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
        "is_public": entry.is_public,
        "hsds": entry.record,
    }


async def export_directory(session: AsyncSession, *, is_for_public: bool, actor: Actor) -> Package:
    """What leaves the house as a file, noted in the audit log. Without `is_for_public` it holds every secret place."""
    require(actor, Permission.DIRECTORY_IMPORT)
    package = await stored_package(session, is_for_public=is_for_public)
    rows = sum(1 for _row in package)
    audit.record(session, actor.id, "directory.exported", actor.id, rows=rows, is_for_public=int(is_for_public))
    return package


async def stored_package(session: AsyncSession, *, is_for_public: bool = False) -> Package:
    """The directory as it was imported and kept up: every row, in the order of the file.

    `is_for_public`: only what anyone may know. Everything else is for staff alone.
    """
    package = Package()
    kept = select(DirectoryRecord)
    if is_for_public:
        kept = kept.where(DirectoryRecord.is_public)
    rows = await session.scalars(kept.order_by(DirectoryRecord.position, DirectoryRecord.id))
    for stored in rows:
        package.add(Row(TABLES[stored.table], stored.content))
    return package
