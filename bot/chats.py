"""Finding and making the row of a chat. A chat id is personal: it is sealed, and found by its fingerprint."""

from uuid import UUID, uuid4

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Chat
from foundation import clock
from foundation.keys import create_subject, fingerprint, open_subject
from foundation.sealing import SubjectKey

CHAT = "chat"
"""Purpose of the fingerprint by which a chat is found."""


async def new_chat(session: AsyncSession, address: int) -> tuple[Chat, SubjectKey]:
    """A chat that nothing is known of, with a key of its own."""
    key = create_subject(session, uuid4())
    chat = Chat(
        subject_id=key.subject_id,
        fingerprint=await fingerprint(session, CHAT, str(address)),
        address=key.seal(Chat.address, key.subject_id, address),
        language=None,
        place={},
        case_id=None,
        submission_id=None,
        created_at=clock.now(),
        seen_at=clock.now(),
        stopped_at=None,
    )
    session.add(chat)
    await session.flush()
    return chat, key


def open_address(chat: Chat, key: SubjectKey) -> int:
    """The Telegram chat id."""
    return int(key.open(Chat.address, chat.subject_id, chat.address))


async def readdress(session: AsyncSession, subject_id: UUID, address: int) -> None:
    """Telegram has given the chat another id; it stays the same conversation."""
    key = await open_subject(session, subject_id)
    await session.execute(
        update(Chat)
        .where(Chat.subject_id == subject_id)
        .values(
            fingerprint=await fingerprint(session, CHAT, str(address)),
            address=key.seal(Chat.address, subject_id, address),
        )
    )
