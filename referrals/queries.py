"""What a case page and the person themselves read of referrals. The case was found for the reader before."""

from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from referrals.models import Disclosure, Referral, Service


async def referrals_of(session: AsyncSession, case_id: UUID) -> list[Referral]:
    """Newest first, with service and organisation."""
    return list(await session.scalars(_OF_CASE, {"case_id": case_id}))


_OF_CASE = (
    select(Referral)
    .where(Referral.case_id == bindparam("case_id"))
    .options(joinedload(Referral.service).joinedload(Service.organisation))
    .order_by(Referral.created_at.desc(), Referral.id)
)


async def shared_with(session: AsyncSession, case_id: UUID) -> list[Disclosure]:
    """The share log of a case, oldest first."""
    return list(
        await session.scalars(
            select(Disclosure).where(Disclosure.case_id == case_id).order_by(Disclosure.shared_at, Disclosure.id)
        )
    )
