"""Forgetting a person altogether: their chat, their referrals, their case file, their key."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from bot.models import Chat, DeadLetter
from cases.erasure import Receipt
from cases.same_person import same_people
from referrals.erasure import erase_person


async def forget(session: AsyncSession, person_id: UUID, *, actor: Actor) -> Receipt:
    """Destroy everything, in every file of the person.

    `Database.scrub` removes the last traces of the key: the worker calls it every minute.
    """
    people = await same_people(session, person_id) or [person_id]
    await session.execute(delete(DeadLetter).where(DeadLetter.subject_id.in_(people)))
    await session.execute(delete(Chat).where(Chat.subject_id.in_(people)))
    return await erase_person(session, person_id, actor=actor)
