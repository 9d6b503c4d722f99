"""Tables of the chat: who talks to us where, what was last asked, and which updates were seen."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base, Serial
from foundation.sealing import Sealed, SealedColumn


class Chat(Base):
    """One Telegram chat. Its own key seals its address; after consent that key is the person's."""

    __tablename__ = "chat"

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    """Also the person's id once they consent."""
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    address: Mapped[Sealed] = mapped_column(SealedColumn)
    """The Telegram chat id: sealed int."""
    language: Mapped[str | None] = mapped_column(String(12))
    place: Mapped[dict[str, Any]]
    """Where the conversation stands: ids, codes and the nonce of the live buttons. See `bot.place`."""
    case_id: Mapped[UUID | None]
    submission_id: Mapped[UUID | None]
    """The form being filled in."""
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    """Since when Telegram refuses to deliver: the person blocked the bot or left."""
    pin_hash: Mapped[str | None]
    """Argon2 of the PIN, if the person has set one."""
    pin_failures: Mapped[int] = mapped_column(default=0, server_default="0")
    pin_blocked_until: Mapped[datetime | None]
    unlocked_until: Mapped[datetime | None]
    """Until when the PIN need not be given again."""


class SeenUpdate(Base):
    """An update that has had its effect; kept for 48 hours so that a repeat has none."""

    __tablename__ = "seen_update"
    __table_args__ = (Index("ix_seen_update_seen_at", "seen_at"),)

    bot_id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=False)
    update_id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=False)
    seen_at: Mapped[datetime]


class DeadLetter(Base):
    """An update that failed three times, kept sealed so that the chat goes on and someone can look."""

    __tablename__ = "dead_letter"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(index=True)
    update: Mapped[Sealed] = mapped_column(SealedColumn)
    error: Mapped[str]
    """The name of the exception's class; never its text."""
    failed_at: Mapped[datetime]
