"""Updates that could not be handled: counted, listed without what they say, tried again or dropped by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM
from bot.incoming import Attachment, Did, Incoming
from bot.models import Chat, DeadLetter, SeenUpdate
from bot.receiving import Receiver
from bot.turns import take_turn
from foundation import audit
from foundation.errors import NotFound
from foundation.keys import open_subject
from foundation.language import _

SAME_MOMENT = timedelta(seconds=2)
NO_LETTER = _("There is no such update, or no longer.")


@dataclass(frozen=True, slots=True)
class Letter:
    """What may be shown of one: nothing that the person said."""

    id: UUID
    error: str
    failed_at: datetime


async def list_letters(session: AsyncSession) -> Sequence[Letter]:
    """The oldest first."""
    rows = await session.execute(
        select(DeadLetter.id, DeadLetter.error, DeadLetter.failed_at).order_by(DeadLetter.failed_at, DeadLetter.id)
    )
    return [Letter(row.id, row.error, row.failed_at) for row in rows]


async def count_letters(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(DeadLetter)) or 0


async def drop_letter(session: AsyncSession, letter_id: UUID) -> None:
    """Forget one for good. Raises NotFound."""
    letter = await _find(session, letter_id, lock=True)
    audit.record(session, SYSTEM.id, "update.dropped", letter.subject_id, letter=letter_id)
    await session.delete(letter)


async def retry_letter(receiver: Receiver, letter_id: UUID) -> None:
    """Take the turn of a dead letter again; if it fails once more, the letter stays as it is. Raises NotFound."""
    async with receiver.database.reading() as session:
        incoming = await _open(session, await _find(session, letter_id))
    ready = await receiver.fetched(incoming)
    async with receiver.database.transaction() as session:
        letter = await _find(session, letter_id, lock=True)
        audit.record(session, SYSTEM.id, "update.retried", letter.subject_id, letter=letter_id)
        await session.delete(letter)
        # It was noted as seen when it was put aside; the turn notes it again.
        await session.execute(
            delete(SeenUpdate).where(SeenUpdate.bot_id == ready.bot_id, SeenUpdate.update_id == ready.update_id)
        )
        outgoing = await take_turn(session, ready, receiver.desk)
    await receiver.delivery.send_now(outgoing)


async def _open(session: AsyncSession, letter: DeadLetter) -> Incoming:
    """What the person did since has moved the conversation on, so words of theirs then count as late."""
    chat = await session.get(Chat, letter.subject_id)
    key = await open_subject(session, letter.subject_id)
    kept: dict[str, Any] = key.open(DeadLetter.update, letter.id, letter.update)
    attachment, position = kept.pop("attachment", None), kept.pop("position", None)
    return Incoming(
        **kept | {"did": Did(kept["did"])},
        attachment=Attachment(**attachment) if attachment else None,
        position=(position[0], position[1]) if position else None,
        is_late=chat is not None and chat.seen_at > letter.failed_at + SAME_MOMENT,
    )


async def _find(session: AsyncSession, letter_id: UUID, *, lock: bool = False) -> DeadLetter:
    letter = await session.get(DeadLetter, letter_id, with_for_update=lock)
    if letter is None:
        raise NotFound(NO_LETTER)
    return letter
