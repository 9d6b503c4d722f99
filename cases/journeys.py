"""The return of a case, and its legs."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cases.models import Case
from cases.safeguard_models import ReturnJourney, ReturnLeg
from cases.safeguard_rules import LIVE_STEPS


async def live_journey(session: AsyncSession, case: Case, *, lock: bool = False) -> ReturnJourney | None:
    """The return that is being prepared or on its way, or None."""
    wanted = select(ReturnJourney).where(ReturnJourney.case_id == case.id, ReturnJourney.step.in_(LIVE_STEPS))
    return await session.scalar(wanted.with_for_update() if lock else wanted)


async def newest_journey(session: AsyncSession, case: Case) -> ReturnJourney | None:
    """The live one, for another begins only when it has ended; else the one that ended last, completed or halted."""
    return await session.scalar(
        select(ReturnJourney)
        .where(ReturnJourney.case_id == case.id)
        .order_by(ReturnJourney.begun_at.desc(), ReturnJourney.step.in_(LIVE_STEPS).desc())
        .limit(1)
    )


async def legs_of(session: AsyncSession, journey: ReturnJourney) -> Sequence[ReturnLeg]:
    found = await session.scalars(
        select(ReturnLeg).where(ReturnLeg.journey_id == journey.id).order_by(ReturnLeg.position)
    )
    return found.all()
