"""Asking providers whether the directory is still right about them: when, how often, and what the mail says.

A service that nobody has checked for too long is asked about at most every thirty days and at most three times. After
that, or where no mail can reach the provider, it stands on *Today* of whoever keeps the directory. A notice is a row of
the outbox with an id only; the worker makes the link when it writes the mail.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM
from access.models import StaffMember
from access.rules import Role
from foundation import audit, clock, outbox
from foundation.keys import open_subject
from foundation.language import SOURCE_LANGUAGE, _, say
from referrals.check_links import WORKS_FOR, make_check_link
from referrals.directory_models import ServiceUpkeep
from referrals.freshness import is_stale, stale_before
from referrals.hsds import ACTIVE
from referrals.hsds_tables import ORGANIZATION, SERVICE
from referrals.models import DirectoryRecord, Service
from referrals.notifying import Letter
from referrals.rules import Unreached
from referrals.upkeep import find_service, upkeep_of

TELL_PROVIDER = "tell_provider"
REMIND_EVERY = timedelta(days=30)
MOST_REMINDERS = 3
REMINDED_AT_ONCE = 50


async def remind_providers(session: AsyncSession) -> int:
    """The worker's part: ask about what has not been checked in time. Returns how many mails it queued."""
    due = await session.scalars(
        select(Service)
        .outerjoin(ServiceUpkeep, ServiceUpkeep.service_id == Service.id)
        .where(
            unchecked(),
            or_(
                ServiceUpkeep.service_id.is_(None),
                and_(
                    ServiceUpkeep.told_at.is_(None),
                    ServiceUpkeep.unreached.is_(None),
                    ServiceUpkeep.reminded < MOST_REMINDERS,
                    or_(ServiceUpkeep.reminded_at.is_(None), ServiceUpkeep.reminded_at <= clock.now() - REMIND_EVERY),
                ),
            ),
        )
        .order_by(Service.assured_date, Service.id)
        .limit(REMINDED_AT_ONCE)
        .with_for_update(of=Service, skip_locked=True)
    )
    queued = 0
    for service in due.all():
        upkeep = await upkeep_of(session, service)
        if not await _address_of(session, service):
            upkeep.unreached = Unreached.NO_ADDRESS
            continue
        upkeep.reminded += 1
        upkeep.reminded_at = clock.now()
        key = await open_subject(session, upkeep.subject_id)
        outbox.enqueue(session, TELL_PROVIDER, key=key, payload={"service": str(service.id)})
        audit.record(session, SYSTEM.id, "service.check_asked", service.id, number=upkeep.reminded)
        queued += 1
    return queued


async def write_check_letter(session: AsyncSession, service_id: UUID, address: str, operator: str) -> Letter | None:
    """The mail, with a new link; None if nobody need be asked any more. `address`: where the pages are reached.

    A service for staff only is not named: a mailbox may be read by others.
    """
    service = await find_service(session, service_id)
    upkeep = await upkeep_of(session, service)
    to = await _address_of(session, service)
    if not to or service.status != ACTIVE or upkeep.told_at is not None:
        return None
    if not is_stale(service.assured_date, clock.today()):
        return None
    token = await make_check_link(session, service.id)
    language = await _language_of(session, service)
    link = f"{address.rstrip('/')}/directory-check/{token}?lang={language}"
    about = (
        # Translators: {operator} is who runs this programme; {service} is the name of what an organisation offers
        _("{operator} keeps a directory of services. Yours is in it: {service}.").of(service=service.name)
        if service.is_public
        else _("{operator} keeps a directory of services. One of yours is in it.")
    )
    return Letter(
        to,
        say(language, _("Is what we say about your service still right?")),
        "\n\n".join(
            [
                say(language, about, operator=operator),
                _checked(language, service),
                say(language, _("Please open this link and tell us with one tap. You need no account:")),
                link,
                say(language, _("The link works once, for {days} days."), days=WORKS_FOR.days),
            ]
        ),
    )


async def note_unreached(session: AsyncSession, service_id: UUID, why: Unreached) -> None:
    """No mail gets there: staff have to ask in another way."""
    service = await find_service(session, service_id)
    (await upkeep_of(session, service)).unreached = why


def unchecked() -> ColumnElement[bool]:
    """Offered, and not checked in time."""
    return and_(
        Service.status == ACTIVE,
        or_(Service.assured_date.is_(None), Service.assured_date < stale_before(clock.today())),
    )


def unanswered() -> ColumnElement[bool]:
    """Asked to no avail, or not to be reached by mail. Of services joined with their upkeep."""
    return and_(
        unchecked(),
        ServiceUpkeep.told_at.is_(None),
        or_(
            ServiceUpkeep.unreached.is_not(None),
            and_(ServiceUpkeep.reminded >= MOST_REMINDERS, ServiceUpkeep.reminded_at <= clock.now() - REMIND_EVERY),
        ),
    )


def _checked(language: str, service: Service) -> str:
    if service.assured_date is None:
        return say(language, _("Nobody has checked it yet."))
    return say(language, _("It was last checked on {day}."), day=service.assured_date)


async def _address_of(session: AsyncSession, service: Service) -> str:
    """The service's own address, else its organisation's, as the directory has them; also where they are secret."""
    for table, row_id in ((SERVICE, service.id), (ORGANIZATION, service.organisation_id)):
        row = await session.get(DirectoryRecord, (table, str(row_id)))
        if row is not None and (address := row.content.get("email")):
            return str(address)
    return ""


async def _language_of(session: AsyncSession, service: Service) -> str:
    """What the first of the provider's accounts reads, if it has one."""
    accounts = (
        select(StaffMember.language)
        .where(
            StaffMember.organisation_id == service.organisation_id,
            StaffMember.role == Role.PARTNER,
            StaffMember.disabled_at.is_(None),
        )
        .order_by(StaffMember.created_at, StaffMember.id)
        .limit(1)
    )
    return await session.scalar(accounts) or SOURCE_LANGUAGE
