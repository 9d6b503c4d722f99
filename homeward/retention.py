"""Retention: who took back their agreement to data being kept is erased after thirty days."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM
from bot.agreeing import WITHDRAWN_DAYS
from bot.forgetting import forget
from cases.models import Case, Consent
from cases.rules import ConsentKind, ConsentState
from foundation import clock


async def erase_withdrawn(session: AsyncSession) -> int:
    """Erase everyone whose agreement to data was withdrawn long enough ago; returns how many."""
    limit = clock.now() - timedelta(days=WITHDRAWN_DAYS)
    people = await session.scalars(
        select(Consent.person_id)
        .join(Case, Case.person_id == Consent.person_id)
        .where(
            Consent.kind == ConsentKind.DATA,
            Consent.state == ConsentState.WITHDRAWN,
            Consent.withdrawn_at < limit,
        )
    )
    count = 0
    for person_id in people.all():
        await forget(session, person_id, actor=SYSTEM)
        count += 1
    return count
