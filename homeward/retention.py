"""Retention: whose agreement, whose guardian's or whose time is missing or over is erased by itself.

Who is due when is said in `cases.retention`. They are found first, then each is erased in a transaction of their own:
one that fails holds back no other.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM
from bot.forgetting import forget
from cases.guardianship import unconfirmed_people
from cases.retention import closed_people, withdrawn_people


async def erase_withdrawn(session: AsyncSession, person_id: UUID) -> None:
    """Erase one of the withdrawn people, unless they have agreed anew since they were found."""
    if await withdrawn_people(session, person_id):
        await forget(session, person_id, actor=SYSTEM)


async def erase_unconfirmed(session: AsyncSession, person_id: UUID) -> None:
    """Erase the contact of a child for whom no guardian's agreement was recorded in time, if that still holds."""
    if await unconfirmed_people(session, person_id):
        await forget(session, person_id, actor=SYSTEM)


async def erase_closed(session: AsyncSession, person_id: UUID) -> None:
    """Erase someone whose case ended long ago, unless it was opened again since they were found."""
    if await closed_people(session, person_id):
        await forget(session, person_id, actor=SYSTEM)
