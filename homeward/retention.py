"""Retention: who took back their agreement to data is erased, and a child whose guardian nobody could hear."""

from datetime import timedelta

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


async def erase_withdrawn(session: AsyncSession) -> int:
    """Erase everyone whose agreement to data was withdrawn long enough ago and not given anew; returns how many."""
    limit = clock.now() - timedelta(days=WITHDRAWN_DAYS)
    people = await session.scalars(
        select(Consent.person_id)
        .distinct()
        .join(Case, Case.person_id == Consent.person_id)
        .where(
            Consent.kind == ConsentKind.DATA,
            Consent.state == ConsentState.WITHDRAWN,
            Consent.withdrawn_at < limit,
        )
    )
    count = 0
    for person_id in people.all():
        if not await has_data_consent(session, person_id):
            await forget(session, person_id, actor=SYSTEM)
            count += 1
    return count


async def erase_unconfirmed(session: AsyncSession) -> int:
    """Erase children's contacts for which no guardian's agreement was recorded in time; returns how many."""
    people = await unconfirmed_people(session)
    for person_id in people:
        await forget(session, person_id, actor=SYSTEM)
    return len(people)
