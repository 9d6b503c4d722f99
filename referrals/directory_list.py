"""The directory as staff read it: every service with why it is not offered, one of them whole, and the imports."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import ColumnElement, Date, Select, exists, func, inspect, literal, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from access.actor import Actor, require
from access.models import Organisation, StaffMember
from access.rules import Permission
from foundation import clock
from foundation.errors import NotFound
from foundation.keys import open_subject
from foundation.language import Message, _, _p
from referrals.agreements import has_agreement, is_agreed
from referrals.check_reminders import unanswered
from referrals.describing import Described, describe
from referrals.directory import why_not_offered
from referrals.directory_models import DirectoryImport, ImportedService, ServiceUpkeep
from referrals.freshness import is_stale
from referrals.hsds import ACTIVE, INACTIVE, TEMPORARILY_CLOSED, FullService
from referrals.hsds_package import Record
from referrals.hsds_tables import SERVICE
from referrals.models import DirectoryRecord, Service, ServiceReach
from referrals.rules import ServiceKind
from referrals.upkeep import PAUSE_NAMES

MOST_IMPORTS = 50
DAYS_OF_A_MONTH = 30


class Standing(StrEnum):
    """What a list can be narrowed to."""

    OFFERED = "offered"
    NOT_OFFERED = "not_offered"
    PAUSED = "paused"
    STAFF_ONLY = "staff_only"
    TOLD = "told"
    UNANSWERED = "unanswered"
    INCOMPLETE = "incomplete"


STANDING_NAMES: dict[Standing, Message] = {
    Standing.OFFERED: _p("directory", "Offered"),
    Standing.NOT_OFFERED: _p("directory", "Not offered"),
    Standing.PAUSED: _p("directory", "Taken out for now"),
    Standing.STAFF_ONLY: _p("directory", "For staff only"),
    Standing.TOLD: _p("directory", "The provider says that something has changed"),
    Standing.UNANSWERED: _p("directory", "Not checked in time, and mail gets no answer"),
    Standing.INCOMPLETE: _p("directory", "Kept, but without a kind or an area"),
}


class Room(StrEnum):
    LEFT = "left"
    NONE = "none"
    UNKNOWN = "unknown"


ROOM_NAMES: dict[Room, Message] = {
    Room.LEFT: _p("places", "Some left"),
    Room.NONE: _p("places", "None left"),
    Room.UNKNOWN: _p("places", "Not known"),
}


@dataclass(frozen=True, slots=True)
class Sought:
    words: str = ""
    kind: ServiceKind | None = None
    country: str = ""
    standing: Standing | None = None
    room: Room | None = None
    months: int | None = None
    """Not checked for so many."""


@dataclass(frozen=True, slots=True)
class Row:
    service: Service
    why_not: list[Message]
    """Why nobody is referred there now; empty: it is offered."""
    upkeep: ServiceUpkeep | None

    @property
    def is_stale(self) -> bool:
        return is_stale(self.service.assured_date, clock.today())


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A service of the file that can be offered to nobody."""

    id: str
    name: str
    reason: Message


@dataclass(frozen=True, slots=True)
class Imported:
    at: datetime
    by: str | None
    """None: with the command."""
    changed: ImportedService


@dataclass(frozen=True, slots=True)
class File:
    """Everything about one service."""

    row: Row | None
    """None: it can be offered to nobody, see `incomplete`."""
    incomplete: Incomplete | None
    told: Described | None
    """As staff may read it: all of it."""
    hidden: list[str]
    """Names of the places that are for staff only, of a service that is public itself."""
    record: Record
    is_public: bool
    in_file: bool
    words: str
    """What the provider says has changed."""
    checked_by: str | None
    history: list[Imported]

    @property
    def fields(self) -> list[tuple[str, str]]:
        """All that the file says, a line each."""
        return list(_flat(self.record))


async def listed(
    session: AsyncSession, actor: Actor, sought: Sought, *, first: int = 0, most: int | None = None
) -> list[Row]:
    """By name."""
    require(actor, Permission.DIRECTORY_READ)
    agreement = is_agreed(Service.organisation_id, Service.kind, literal(clock.today(), Date))
    wanted = _wanted(sought).add_columns(agreement).options(joinedload(Service.organisation))
    rows = await session.execute(wanted.order_by(Service.name, Service.id).offset(first).limit(most))
    return [Row(service, _why_not(service, upkeep, has_agreement=agreed), upkeep) for service, upkeep, agreed in rows]


async def counted(session: AsyncSession, actor: Actor, sought: Sought) -> int:
    require(actor, Permission.DIRECTORY_READ)
    wanted = _wanted(sought).with_only_columns(func.count(Service.id))
    return await session.scalar(wanted) or 0


async def incomplete(session: AsyncSession, actor: Actor) -> list[Incomplete]:
    """Services that are kept and offered to nobody, by name."""
    require(actor, Permission.DIRECTORY_READ)
    offered = {str(each) for each in await session.scalars(select(Service.id))}
    ids = await session.scalars(select(DirectoryRecord.id).where(DirectoryRecord.table == SERVICE))
    missing = [each for each in ids if each not in offered]
    rows = await session.scalars(
        select(DirectoryRecord).where(DirectoryRecord.table == SERVICE, DirectoryRecord.id.in_(missing))
    )
    return sorted((_incomplete(each) for each in rows), key=lambda each: (each.name, each.id))


async def directory_file(session: AsyncSession, actor: Actor, service_id: UUID, language: str) -> File:
    """Raises NotFound."""
    require(actor, Permission.DIRECTORY_READ)
    stored = await session.get(DirectoryRecord, (SERVICE, str(service_id)))
    found = (
        await session.execute(
            select(Service, ServiceUpkeep)
            .outerjoin(ServiceUpkeep, ServiceUpkeep.service_id == Service.id)
            .where(Service.id == service_id)
            .options(joinedload(Service.organisation))
        )
    ).one_or_none()
    if stored is None and found is None:
        raise NotFound(_("There is no such service."))
    service, upkeep = found or (None, None)
    record: Record = (stored.whole or stored.nested or {}) if stored else service.hsds if service else {}
    row = told = None
    if service is not None:
        row = Row(
            service,
            _why_not(
                service, upkeep, has_agreement=await has_agreement(session, service.organisation_id, service.kind)
            ),
            upkeep,
        )
        told = describe(_for_staff(service, record), language, clock.now())
    return File(
        row=row,
        incomplete=_incomplete(stored) if service is None and stored else None,
        told=told,
        hidden=_hidden_places(stored),
        record=record,
        is_public=service.is_public if service else bool(stored and stored.is_public),
        in_file=stored is not None,
        words=await _words(session, upkeep),
        checked_by=await _name(session, upkeep.checked_by if upkeep else None),
        history=await _history(session, service_id),
    )


async def imports(session: AsyncSession, actor: Actor) -> list[tuple[DirectoryImport, str | None]]:
    """The newest first, with who did it."""
    require(actor, Permission.DIRECTORY_READ)
    rows = await session.execute(
        select(DirectoryImport, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == DirectoryImport.imported_by)
        .order_by(DirectoryImport.imported_at.desc(), DirectoryImport.id)
        .limit(MOST_IMPORTS)
    )
    return [(each, name) for each, name in rows]


def _wanted(sought: Sought) -> Select[Service, ServiceUpkeep]:
    wanted = select(Service, ServiceUpkeep).outerjoin(ServiceUpkeep, ServiceUpkeep.service_id == Service.id)
    wanted = wanted.join(Organisation, Organisation.id == Service.organisation_id)
    for word in sought.words.lower().split():
        said = (Service.name, Service.description, Organisation.name)
        wanted = wanted.where(or_(*(func.lower(each).contains(word, autoescape=True) for each in said)))
    if sought.kind is not None:
        wanted = wanted.where(Service.kind == sought.kind)
    if sought.country:
        wanted = wanted.where(
            exists().where(ServiceReach.service_id == Service.id, ServiceReach.country == sought.country)
        )
    if sought.months is not None:
        before = clock.today() - timedelta(days=DAYS_OF_A_MONTH * sought.months)
        wanted = wanted.where(or_(Service.assured_date.is_(None), Service.assured_date < before))
    return wanted.where(_has_room(sought.room), _stands(sought.standing))


def _has_room(room: Room | None) -> ColumnElement[bool]:
    return {
        None: true(),
        Room.LEFT: Service.places_left > 0,
        Room.NONE: Service.places_left == 0,
        Room.UNKNOWN: Service.places_left.is_(None),
    }[room]


def _stands(standing: Standing | None) -> ColumnElement[bool]:
    return {
        None: true(),
        Standing.OFFERED: Service.status == ACTIVE,
        Standing.NOT_OFFERED: Service.status != ACTIVE,
        Standing.PAUSED: ServiceUpkeep.pause.is_not(None),
        Standing.STAFF_ONLY: ~Service.is_public,
        Standing.TOLD: ServiceUpkeep.told_at.is_not(None) & (Service.status != INACTIVE),
        Standing.UNANSWERED: unanswered(),
        Standing.INCOMPLETE: Service.id.is_(None),
    }[standing]


def _why_not(service: Service, upkeep: ServiceUpkeep | None, *, has_agreement: bool) -> list[Message]:
    found = []
    if upkeep is not None and upkeep.pause is not None and service.status == TEMPORARILY_CLOSED:
        found.append(PAUSE_NAMES[upkeep.pause])
    elif service.status != ACTIVE:
        found.append(_STATUS_NAMES[service.status])
    if not has_agreement:
        found.append(_("No agreement with the organisation is in force for this kind of service."))
    return found


_STATUS_NAMES: dict[str, Message] = {
    INACTIVE: _("Not in the newest file any more, or inactive there."),
    TEMPORARILY_CLOSED: _("Temporarily closed, as the file says."),
    "defunct": _("It does not exist any more, as the file says."),
}


def _incomplete(stored: DirectoryRecord) -> Incomplete:
    record = stored.whole or stored.nested or {}
    reason = why_not_offered(FullService.model_validate_json(to_json(record))) if record else None
    return Incomplete(stored.id, stored.content.get("name", ""), reason or _("Import the directory once more."))


def _for_staff(service: Service, record: Record) -> Service:
    """A copy that holds all of it, for describing; it is of no session and is never written."""
    columns = {each.key: getattr(service, each.key) for each in inspect(Service).column_attrs}
    return Service(**{**columns, "hsds": record, "is_public": True}, organisation=service.organisation)


def _hidden_places(stored: DirectoryRecord | None) -> list[str]:
    if stored is None or stored.nested is None or stored.whole is None:
        return []
    shown = {each["id"] for each in stored.nested.get("service_at_locations", [])}
    places = (each.get("location") or {} for each in stored.whole["service_at_locations"] if each["id"] not in shown)
    return [str(each.get("name") or each.get("description") or each.get("id", "")) for each in places]


async def _words(session: AsyncSession, upkeep: ServiceUpkeep | None) -> str:
    if upkeep is None or upkeep.words is None:
        return ""
    key = await open_subject(session, upkeep.subject_id)
    return str(key.open(ServiceUpkeep.words, upkeep.service_id, upkeep.words))


async def _name(session: AsyncSession, staff_id: UUID | None) -> str | None:
    found = await session.get(StaffMember, staff_id) if staff_id else None
    return found.name if found else None


async def _history(session: AsyncSession, service_id: UUID) -> list[Imported]:
    rows = await session.execute(
        select(ImportedService, DirectoryImport.imported_at, StaffMember.name)
        .join(DirectoryImport, DirectoryImport.id == ImportedService.import_id)
        .outerjoin(StaffMember, StaffMember.id == DirectoryImport.imported_by)
        .where(ImportedService.service_id == str(service_id))
        .order_by(DirectoryImport.imported_at.desc())
        .limit(MOST_IMPORTS)
    )
    return [Imported(at, name, each) for each, at, name in rows]


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Each text of a nested record, with the way to it: `phones[0].number`."""
    if isinstance(value, dict):
        for name, held in value.items():
            yield from _flat(held, f"{path}.{name}".strip("."))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for number, held in enumerate(value):
            yield from _flat(held, f"{path}[{number}]")
    elif value is not None and not path.endswith(".id") and path != "id":
        yield path, str(value)
