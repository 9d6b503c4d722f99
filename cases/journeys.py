"""The return of a case that is being prepared or on its way, and its legs."""

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


async def legs_of(session: AsyncSession, journey: ReturnJourney) -> Sequence[ReturnLeg]:
    found = await session.scalars(
        select(ReturnLeg).where(ReturnLeg.journey_id == journey.id).order_by(ReturnLeg.position)
    )
    return found.all()
