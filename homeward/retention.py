"""Retention: who took back their agreement to data is erased, and a child whose guardian nobody could hear.

Who is due is found first, then each is erased in a transaction of their own: one that fails holds back no other.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM
from bot.agreeing import WITHDRAWN_DAYS
from bot.forgetting import forget
from cases.consent import has_data_consent
from cases.guardianship import unconfirmed_people
from cases.models import Case, Consent
from cases.rules import ConsentKind, ConsentState
from foundation import clock


async def withdrawn_people(session: AsyncSession, only: UUID | None = None) -> list[UUID]:
    """Everyone whose agreement to data was withdrawn long enough ago and not given anew; of `only`, if given."""
    limit = clock.now() - timedelta(days=WITHDRAWN_DAYS)
    people = await session.scalars(
        select(Consent.person_id)
        .distinct()
        .join(Case, Case.person_id == Consent.person_id)
        .where(
            Consent.kind == ConsentKind.DATA,
            Consent.state == ConsentState.WITHDRAWN,
            Consent.withdrawn_at < limit,
            *([] if only is None else [Consent.person_id == only]),
        )
    )
    return [person_id for person_id in people.all() if not await has_data_consent(session, person_id)]


async def erase_withdrawn(session: AsyncSession, person_id: UUID) -> None:
    """Erase one of the withdrawn people, unless they have agreed anew since they were found."""
    if await withdrawn_people(session, person_id):
        await forget(session, person_id, actor=SYSTEM)


async def erase_unconfirmed(session: AsyncSession, person_id: UUID) -> None:
    """Erase the contact of a child for whom no guardian's agreement was recorded in time, if that still holds."""
    if await unconfirmed_people(session, person_id):
        await forget(session, person_id, actor=SYSTEM)
