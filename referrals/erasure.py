"""Erasure, from the floor that knows of partners: what was shared ends first, then the person's data is destroyed."""

from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import PERSON, Actor, require
from access.rules import Permission
from cases import erasure
from cases.models import Case
from cases.same_person import same_people
from referrals.application_models import (
    Application,
    ApplicationDocument,
    ApplicationEntry,
    BusinessPlan,
    CoachingVisit,
    WorkPeriod,
)
from referrals.deletion import ask_deletion
from referrals.facts import refresh
from referrals.models import Disclosure, Referral, ReferralWord, ServiceOffer
from referrals.opening_models import OpeningMatch, OpeningOutcome
from referrals.partner_models import AnswerLink
from referrals.rules import OPEN_STATES, ReferralState
from referrals.steps import step


async def erase_person(session: AsyncSession, person_id: UUID, *, actor: Actor) -> erasure.Receipt:
    """Destroy everything kept of a person, at their own wish or by whoever may erase. Raises NotFound if there is none.

    Referrals stay as codes, so that partners still read that they must stop and delete. Of applications nothing stays.
    """
    if actor is not PERSON:
        require(actor, Permission.CASE_ERASE)
    people = await same_people(session, person_id)
    rows = await session.scalars(
        select(Referral).where(Referral.subject_id.in_(people)).order_by(Referral.id).with_for_update()
    )
    found = rows.all()
    for referral in found:
        if referral.state in OPEN_STATES:
            await step(session, referral, ReferralState.WITHDRAWN_BY_PERSON, actor=actor)
    # For the last time: what was counted stays, and `cases.erasure` cuts the way to it.
    await refresh(session, people)
    for referral in found:
        referral.disclosed = referral.note = None
        await session.execute(delete(AnswerLink).where(AnswerLink.referral_id == referral.id))
        await _keep_what_is_unconfirmed(session, referral.id)
        await session.execute(delete(ReferralWord).where(ReferralWord.referral_id == referral.id))
    await session.execute(delete(ServiceOffer).where(ServiceOffer.subject_id.in_(people)))
    of_person = select(Case.id).where(Case.person_id.in_(people))
    # Whoever has the case deletes it with this; who had it and gave it back may still have to say so.
    with_transfer = (Disclosure.transfer_id.is_not(None), Disclosure.case_id.in_(of_person))
    settled = or_(Disclosure.delete_asked_at.is_(None), Disclosure.deleted_at.is_not(None))
    await session.execute(delete(Disclosure).where(*with_transfer, settled))
    await _cut(session, *with_transfer)
    for table in (
        ApplicationEntry,
        ApplicationDocument,
        WorkPeriod,
        Application,
        CoachingVisit,
        BusinessPlan,
        OpeningMatch,
        OpeningOutcome,
    ):
        await session.execute(delete(table).where(table.case_id.in_(of_person)))
    await session.flush()
    return await erasure.erase_person(session, person_id, actor=actor)


async def _keep_what_is_unconfirmed(session: AsyncSession, referral_id: UUID) -> None:
    """Of the share log only that a partner still has to confirm that it has deleted its copy."""
    shares = Disclosure.referral_id == referral_id
    await ask_deletion(session, shares)
    await session.execute(delete(Disclosure).where(shares, Disclosure.deleted_at.is_not(None)))
    await _cut(session, shares)


async def _cut(session: AsyncSession, *which: ColumnElement[bool]) -> None:
    await session.execute(update(Disclosure).where(*which).values(consent_id=None, fields=[], opened_at=None))
