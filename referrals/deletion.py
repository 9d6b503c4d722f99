"""A partner that is told to stop also says when it has deleted what it held; who has not said so is seen to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.models import Organisation
from access.rules import Permission
from foundation import audit, clock
from foundation.errors import Conflict, NotFound
from foundation.language import _
from referrals.models import Disclosure, reference_of

CONFIRMED_WITHIN = timedelta(days=7)
MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class Overdue:
    organisation: str
    reference: str
    asked_at: datetime


async def ask_deletion(session: AsyncSession, *which: ColumnElement[bool]) -> None:
    """The recipients of these disclosures must delete what they hold. Asked once: the time begins with the first."""
    await session.execute(
        update(Disclosure).where(Disclosure.delete_asked_at.is_(None), *which).values(delete_asked_at=clock.now())
    )


async def deletion_of(session: AsyncSession, referral_id: UUID, organisation_id: UUID | None) -> Disclosure | None:
    """What an organisation was given with a referral and was told to delete; None if it was given or told nothing."""
    return await session.scalar(
        select(Disclosure)
        .where(
            Disclosure.referral_id == referral_id,
            Disclosure.recipient_id == organisation_id,
            Disclosure.delete_asked_at.is_not(None),
        )
        .order_by(Disclosure.shared_at.desc(), Disclosure.id)
        .limit(1)
    )


async def confirm_deletion(session: AsyncSession, referral_id: UUID, *, actor: Actor) -> None:
    """The partner has deleted every copy. NotFound if it was given nothing, Conflict if there is nothing to confirm."""
    require(actor, Permission.REFERRAL_ANSWER)
    given = Disclosure.referral_id == referral_id
    if not await confirm_each(session, given, Disclosure.recipient_id == actor.organisation_id, actor=actor):
        raise NotFound(_("There is no such referral."))


async def confirm_each(session: AsyncSession, *which: ColumnElement[bool], actor: Actor) -> bool:
    """Note of everything shared that matches, and had to be deleted, that it was. False if nothing matches.

    Raises Conflict if there is nothing to confirm. The caller has asked for the permission.
    """
    shares = await session.scalars(
        select(Disclosure)
        .where(*which)
        .order_by(Disclosure.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = shares.all()
    if not found:
        return False
    waiting = [each for each in found if each.delete_asked_at is not None and each.deleted_at is None]
    if not waiting:
        raise Conflict(_("There is nothing to confirm here, or it was confirmed already."))
    for each in waiting:
        each.deleted_at, each.deleted_by = clock.now(), actor.id
    first = waiting[0]
    with_what = {"referral": first.referral_id} if first.referral_id else {"transfer": first.transfer_id}
    audit.record(session, actor.id, "referral.deletion_confirmed", first.case_id, **with_what)
    return True


def is_overdue() -> ColumnElement[bool]:
    return (
        Disclosure.delete_asked_at.is_not(None)
        & (Disclosure.delete_asked_at < clock.now() - CONFIRMED_WITHIN)
        & Disclosure.deleted_at.is_(None)
    )


async def deletions_overdue(session: AsyncSession, actor: Actor) -> list[Overdue]:
    """What no partner has confirmed in time, the oldest first, also of people whose data is erased. Names no case."""
    require(actor, Permission.AGREEMENT_READ)
    rows = await session.execute(
        select(
            Organisation.name,
            func.coalesce(Disclosure.referral_id, Disclosure.transfer_id),
            Disclosure.delete_asked_at,
        )
        .join(Organisation, Organisation.id == Disclosure.recipient_id)
        .where(is_overdue())
        .order_by(Disclosure.delete_asked_at, Disclosure.id)
        .limit(MOST_TOLD)
    )
    return [Overdue(name, reference_of(shared_with), at) for name, shared_with, at in rows if at is not None]
