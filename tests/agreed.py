"""An agreement for a partner of a test: without one it is given nothing."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM
from referrals.agreements import Terms, add_agreement
from referrals.partner_models import Agreement
from referrals.rules import ServiceKind

LONG_AGO = date(2000, 1, 1)


async def agree(
    session: AsyncSession,
    organisation_id: UUID,
    *purposes: ServiceKind,
    starts_on: date = LONG_AGO,
    ends_on: date | None = None,
) -> Agreement:
    """For every kind of service unless some are named."""
    await session.flush()
    terms = Terms("Agreement 1", purposes or tuple(ServiceKind), starts_on, ends_on)
    return await add_agreement(session, organisation_id, terms, actor=SYSTEM)


async def agree_on_cases(session: AsyncSession, organisation_id: UUID, ends_on: date | None = None) -> Agreement:
    """That an organisation may take over cases."""
    await session.flush()
    return await add_agreement(session, organisation_id, Terms("Agreement 2", (), LONG_AGO, ends_on), actor=SYSTEM)
