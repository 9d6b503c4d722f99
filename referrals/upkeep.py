"""Keeping a service of the directory right between two files: checked, places left, not offered for now.

What is said here outlives the next import: a check counts until a file names a later one, places until a file has a
newer number, and what is not offered for now stays so while the file says that it is active. Exports and the API tell
the check and the pause as HSDS writes them: `assured_date`, and `temporarily closed`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM, Actor, require
from access.rules import Permission
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.keys import create_subject
from foundation.language import Message, _, _p
from referrals.directory_models import ServiceUpkeep
from referrals.hsds import ACTIVE, TEMPORARILY_CLOSED
from referrals.hsds_package import Package, Row
from referrals.hsds_tables import SERVICE
from referrals.models import DirectoryRecord, Service
from referrals.rules import Pause

MOST_PLACES = 100_000

PAUSE_NAMES: dict[Pause, Message] = {
    Pause.FULL: _p("not offered", "Full, takes nobody for now"),
    Pause.CLOSED_FOR_NOW: _p("not offered", "Closed for now"),
    Pause.MOVING: _p("not offered", "Moving to another place"),
    Pause.UNSAFE: _p("not offered", "Not safe for the people we send"),
    Pause.NO_ANSWER: _p("not offered", "Nobody answers there"),
    Pause.OTHER: _p("not offered", "Another reason"),
}

Values = Mapping[str, str]


async def confirm_checked(session: AsyncSession, service_id: UUID, *, actor: Actor) -> None:
    """Somebody has asked the provider today, and everything is right."""
    require(actor, Permission.DIRECTORY_EDIT)
    service = await find_service(session, service_id)
    upkeep = await upkeep_of(session, service)
    await mark_checked(session, service, upkeep, by=staff_id(actor))
    audit.record(session, actor.id, "service.checked", service.id)


async def set_places(session: AsyncSession, service_id: UUID, left: int | None, *, actor: Actor) -> None:
    """How many places are left, as the provider says today; None: not known."""
    require(actor, Permission.DIRECTORY_EDIT)
    if left is not None and not 0 <= left <= MOST_PLACES:
        raise Invalid(_("Write how many places are left as a whole number."))
    service = await find_service(session, service_id)
    upkeep = await upkeep_of(session, service)
    service.places_left = left
    service.places_at = upkeep.places_at = clock.now()
    upkeep.places_by = staff_id(actor)
    audit.record(session, actor.id, "service.places_set", service.id, left=left)


async def pause(session: AsyncSession, service_id: UUID, reason: Pause, *, actor: Actor) -> None:
    """From now on it is found by nobody and offered to nobody, until it is offered again."""
    require(actor, Permission.DIRECTORY_EDIT)
    service = await find_service(session, service_id)
    if service.status != ACTIVE:
        raise Conflict(_("This service is not offered at the moment."))
    upkeep = await upkeep_of(session, service)
    upkeep.pause, upkeep.paused_at, upkeep.paused_by = reason, clock.now(), staff_id(actor)
    service.status = TEMPORARILY_CLOSED
    await _write_through(session, service, {"status": TEMPORARILY_CLOSED})
    audit.record(session, actor.id, "service.paused", service.id, reason=reason)


async def resume(session: AsyncSession, service_id: UUID, *, actor: Actor) -> None:
    """Offered again. Raises Conflict for one that staff have not taken out."""
    require(actor, Permission.DIRECTORY_EDIT)
    service = await find_service(session, service_id)
    upkeep = await upkeep_of(session, service)
    if upkeep.pause is None:
        raise Conflict(_("This service was not taken out here. A new file of the directory brings it back."))
    end_pause(upkeep)
    service.status = ACTIVE
    await _write_through(session, service, {"status": ACTIVE})
    audit.record(session, actor.id, "service.resumed", service.id)


async def settle_change(session: AsyncSession, service_id: UUID, *, actor: Actor) -> None:
    """Somebody has seen to what the provider said; the words are kept no longer. Raises Conflict if there are none."""
    require(actor, Permission.DIRECTORY_EDIT)
    service = await find_service(session, service_id)
    upkeep = await upkeep_of(session, service)
    if upkeep.told_at is None:
        raise Conflict(_("The provider has said nothing that waits for you."))
    upkeep.words = upkeep.told_at = None
    audit.record(session, actor.id, "service.change_settled", service.id)


async def find_service(session: AsyncSession, service_id: UUID) -> Service:
    """The service, locked until the transaction ends. Raises NotFound."""
    found = await session.scalar(
        select(Service).where(Service.id == service_id).with_for_update(),
        execution_options={"populate_existing": True},
    )
    if found is None:
        raise NotFound(_("There is no such service."))
    return found


async def upkeep_of(session: AsyncSession, service: Service) -> ServiceUpkeep:
    """The row of a service that the caller has locked; a new one if there is none."""
    known = await session.get(ServiceUpkeep, service.id)
    if known is not None:
        return known
    made = ServiceUpkeep(service_id=service.id, subject_id=create_subject(session, uuid4()).subject_id, reminded=0)
    session.add(made)
    await session.flush()
    return made


async def mark_checked(session: AsyncSession, service: Service, upkeep: ServiceUpkeep, *, by: UUID | None) -> None:
    """By whom: staff, or the provider itself. What the provider said before has been seen to."""
    today = clock.today()
    upkeep.checked_on, upkeep.checked_by = today, by
    forget_reminders(upkeep)
    upkeep.words = upkeep.told_at = None
    service.assured_date = today
    await _write_through(session, service, {"assured_date": today.isoformat()})


def forget_reminders(upkeep: ServiceUpkeep) -> None:
    upkeep.reminded, upkeep.reminded_at, upkeep.unreached = 0, None, None


def end_pause(upkeep: ServiceUpkeep) -> None:
    upkeep.pause = upkeep.paused_at = upkeep.paused_by = None


def staff_id(actor: Actor) -> UUID | None:
    return None if actor is SYSTEM else actor.id


async def kept_up(session: AsyncSession, package: Package) -> Package:
    """The file with what is known besides it; the very package if nothing is."""
    known = {str(each.service_id): each for each in await session.scalars(select(ServiceUpkeep))}
    rows = [_row(row, known.get(row.id)) for row in package.rows[SERVICE]]
    if rows == package.rows[SERVICE]:
        return package
    return Package({**package.rows, SERVICE: rows})


def _row(row: Row, upkeep: ServiceUpkeep | None) -> Row:
    if upkeep is None:
        return row
    values = dict(row.values)
    checked_on = upkeep.checked_on
    if checked_on and checked_on > date.fromisoformat(values.get("assured_date", date.min.isoformat())):
        values["assured_date"] = checked_on.isoformat()
    if upkeep.pause and values["status"] == ACTIVE:
        values["status"] = TEMPORARILY_CLOSED
    return row if values == row.values else replace(row, values=values)


async def _write_through(session: AsyncSession, service: Service, values: Values) -> None:
    """Into the row of the directory and into the records that hold it."""
    service.hsds = {**service.hsds, **values}
    row = await session.get(DirectoryRecord, (SERVICE, str(service.id)))
    if row is None:
        return
    row.content = {**row.content, **values}
    row.nested = row.nested and {**row.nested, **values}
    row.whole = row.whole and {**row.whole, **values}
    row.changed_at = clock.now()
