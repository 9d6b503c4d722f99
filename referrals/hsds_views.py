"""The directory as the API of HSDS 3.0 tells it: lists of plain records, a page at a time, and full ones by their id.

It holds services and whoever offers them, nothing of anyone who seeks help: anyone may read it. What is for staff only
is not there, in no list, no record, no count and no distance; see `referrals.visibility`.
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from foundation.errors import NotFound
from foundation.language import _
from referrals.finding import Position, distance_km
from referrals.hsds_package import Record
from referrals.hsds_tables import ATTRIBUTE, ORGANIZATION, SERVICE
from referrals.models import DirectoryRecord

AT_LOCATION, LOCATION, ADDRESS = "service_at_location", "location", "address"
TAXONOMY, TERM = "taxonomy", "taxonomy_term"
METRES = 1_000
"""Of a kilometre."""
TOLD = frozenset({SERVICE, ORGANIZATION, AT_LOCATION, TAXONOMY, TERM})
"""Tables with addresses of their own."""
_SEARCHED = ("name", "alternate_name", "description")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is narrowed by; everything given must hold."""

    table: str
    search: str = ""
    """Each word must stand in the name or the description."""
    taxonomy_term_id: UUID | None = None
    taxonomy_id: UUID | None = None
    organization_id: UUID | None = None
    modified_after: datetime | None = None
    top_only: bool = False
    """Terms that have no parent."""
    parent_id: UUID | None = None
    postcode: str = ""
    proximity: float | None = None
    """Metres around the middle of the places that have the postcode."""
    full: bool = False
    """With all that they embed."""
    full_services: bool = False
    """Organisations with their services, whole."""
    minimal: bool = False
    """Only `id` and `modified_date`."""


async def counted(session: AsyncSession, asked: Asked) -> int:
    found = (await _wanted(session, asked)).with_only_columns(func.count(DirectoryRecord.id))
    return await session.scalar(found) or 0


async def listed(session: AsyncSession, asked: Asked, *, first: int = 0, most: int | None = None) -> list[Record]:
    """So many records from the one at place `first` on, in the order of the directory."""
    wanted = (await _wanted(session, asked)).order_by(DirectoryRecord.position, DirectoryRecord.id)
    rows = list(await session.scalars(wanted.offset(first).limit(most)))
    if asked.minimal:
        return [{"id": str(row.id), "modified_date": row.changed_at.isoformat()} for row in rows]
    records = [_told(row, full=asked.full) for row in rows]
    if asked.table == AT_LOCATION:
        await _add_service(session, rows, records, full=asked.full)
    if asked.table == ORGANIZATION and (asked.full or asked.full_services):
        await _add_services(session, rows, records, full=asked.full_services)
    return records


async def streamed(session: AsyncSession, asked: Asked, at_once: int) -> AsyncIterator[list[Record]]:
    """All records, so many at once."""
    first = 0
    while records := await listed(session, asked, first=first, most=at_once):
        yield records
        first += at_once


async def record_of(session: AsyncSession, table: str, record_id: UUID, *, full_services: bool = False) -> Record:
    """One record with all that it embeds. Raises NotFound."""
    row = await session.get(DirectoryRecord, (table, str(record_id)))
    if row is None or not row.is_public:
        raise NotFound(_("There is no such entry."))
    record = _told(row, full=True)
    if table == AT_LOCATION:
        await _add_service(session, [row], [record], full=True)
    if table == ORGANIZATION:
        await _add_services(session, [row], [record], full=full_services)
    return record


async def _add_service(
    session: AsyncSession, rows: list[DirectoryRecord], records: list[Record], *, full: bool
) -> None:
    """To each place the service that is given there."""
    ids = {row.content["service_id"].lower() for row in rows}
    found = await session.scalars(_rows_of(SERVICE).where(DirectoryRecord.id.in_(ids)))
    services = {each.id: _told(each, full=full) for each in found}
    for row, record in zip(rows, records, strict=True):
        record["service"] = _without(services[row.content["service_id"].lower()], "service_at_locations")


async def _add_services(
    session: AsyncSession, rows: list[DirectoryRecord], records: list[Record], *, full: bool
) -> None:
    """To each organisation its services."""
    holder = _held("organization_id")
    found = _rows_of(SERVICE).where(holder.in_([row.id for row in rows])).order_by(DirectoryRecord.position)
    services: dict[str, list[Record]] = defaultdict(list)
    for each in await session.scalars(found):
        services[each.content["organization_id"].lower()].append(_without(_told(each, full=full), "organization"))
    for row, record in zip(rows, records, strict=True):
        record["services"] = services[row.id]


def _told(row: DirectoryRecord, *, full: bool) -> Record:
    record = dict(row.nested or {})
    return record if full else _plain(record)


def _plain(record: Record) -> Record:
    """Without lists, in what it embeds too."""
    return {
        name: _plain(value) if isinstance(value, dict) else value
        for name, value in record.items()
        if not isinstance(value, list)
    }


def _without(record: Record, name: str) -> Record:
    return {each: value for each, value in record.items() if each != name}


async def _wanted(session: AsyncSession, asked: Asked) -> Select[DirectoryRecord]:
    wanted = _rows_of(asked.table)
    service_id = _held("service_id") if asked.table == AT_LOCATION else DirectoryRecord.id
    for word in asked.search.lower().split():
        wanted = wanted.where(or_(*(_held(name).contains(word, autoescape=True) for name in _SEARCHED)))
    if asked.taxonomy_term_id or asked.taxonomy_id:
        wanted = _of_taxonomy(wanted, asked, service_id)
    if asked.organization_id:
        services = _rows_of(SERVICE).where(_held("organization_id") == str(asked.organization_id))
        wanted = wanted.where(service_id.in_(services.with_only_columns(DirectoryRecord.id)))
    if asked.modified_after:
        wanted = wanted.where(DirectoryRecord.changed_at >= asked.modified_after)
    if asked.top_only:
        wanted = wanted.where(_held("parent_id").is_(None))
    if asked.parent_id:
        wanted = wanted.where(_held("parent_id") == str(asked.parent_id))
    if asked.postcode:
        wanted = wanted.where(_held("location_id").in_(await _places(session, asked)))
    return wanted


def _of_taxonomy(
    wanted: Select[DirectoryRecord], asked: Asked, service_id: SQLColumnExpression[str]
) -> Select[DirectoryRecord]:
    if asked.table == TERM:
        return wanted.where(_held("taxonomy_id") == str(asked.taxonomy_id))
    tagged = _rows_of(ATTRIBUTE)
    if asked.taxonomy_term_id:
        tagged = tagged.where(_held("taxonomy_term_id") == str(asked.taxonomy_term_id))
    if asked.taxonomy_id:
        terms = _rows_of(TERM).where(_held("taxonomy_id") == str(asked.taxonomy_id))
        tagged = tagged.where(_held("taxonomy_term_id").in_(terms.with_only_columns(DirectoryRecord.id)))
    return wanted.where(service_id.in_(tagged.with_only_columns(_held("link_id"))))


async def _places(session: AsyncSession, asked: Asked) -> list[str]:
    """Ids of the places that have the postcode, or that are so near to the middle of those."""
    addresses = _rows_of(ADDRESS).where(_held("postal_code") == asked.postcode.lower())
    here = [row.content.get("location_id", "").lower() for row in await session.scalars(addresses)]
    if asked.proximity is None:
        return here
    rows = await session.scalars(_rows_of(LOCATION).where(_held("latitude").is_not(None)))
    positions = {row.id: _position(row) for row in rows if "longitude" in row.content}
    known = [positions[each] for each in here if each in positions]
    if not known:
        return []
    middle = (sum(each[0] for each in known) / len(known), sum(each[1] for each in known) / len(known))
    return [each for each, at in positions.items() if distance_km(middle, at) * METRES <= asked.proximity]


def _position(row: DirectoryRecord) -> Position:
    return float(row.content["latitude"]), float(row.content["longitude"])


def _rows_of(table: str) -> Select[DirectoryRecord]:
    return select(DirectoryRecord).where(DirectoryRecord.table == table, DirectoryRecord.is_public)


def _held(name: str) -> ColumnElement[str]:
    """What the rows say in a field, in small letters."""
    return func.lower(DirectoryRecord.content[name].as_string())
