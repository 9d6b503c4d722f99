"""Closing, from the floor that knows of partners: a case is not closed while one of them still works on a referral."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from cases import closing
from cases.casework_models import Closing
from cases.closing import Wish
from cases.models import Case
from cases.same_person import files_of_person
from referrals.models import Referral
from referrals.rules import OPEN_STATES


async def request_closing(session: AsyncSession, case: Case, wish: Wish, *, actor: Actor) -> Closing:
    """See `cases.closing.request_closing`."""
    open_referrals = await count_open_referrals(session, case)
    return await closing.request_closing(session, case, wish, open_referrals=open_referrals, actor=actor)


async def approve_closing(session: AsyncSession, case: Case, *, actor: Actor) -> None:
    """See `cases.closing.approve_closing`."""
    open_referrals = await count_open_referrals(session, case)
    await closing.approve_closing(session, case, open_referrals=open_referrals, actor=actor)


async def count_open_referrals(session: AsyncSession, case: Case) -> int:
    """In every file of the person."""
    files = [each.id for each in await files_of_person(session, case)]
    counted = select(func.count()).select_from(Referral)
    return await session.scalar(counted.where(Referral.case_id.in_(files), Referral.state.in_(OPEN_STATES))) or 0
