"""Forgetting a person altogether: their chat, their referrals, their case file, their key."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from bot.models import Chat, DeadLetter
from cases.erasure import Receipt
from referrals.erasure import erase_person


async def forget(session: AsyncSession, person_id: UUID, *, actor: Actor) -> Receipt:
    """Destroy everything. `Database.scrub` removes the last traces of the key: the worker calls it every minute."""
    await session.execute(delete(DeadLetter).where(DeadLetter.subject_id == person_id))
    await session.execute(delete(Chat).where(Chat.subject_id == person_id))
    return await erase_person(session, person_id, actor=actor)
