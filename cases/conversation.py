"""Reading the conversation of a case: what was said on both sides, with the files, and what became of each."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from access.models import StaffMember
from cases.messages import FILES_KEPT, NEWEST, on_their_way
from cases.models import Case, CaseMessage, StoredFile
from cases.rules import Direction, FileKind
from foundation import clock
from foundation.keys import open_subject
from foundation.sealing import SubjectKey


class Arrival(StrEnum):
    """What became of a message to the person."""

    DELIVERED = "delivered"
    ON_ITS_WAY = "on_its_way"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FileView:
    """What is known of a file without opening it."""

    id: UUID
    kind: FileKind
    name: str
    size: int
    delete_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessageView:
    id: UUID
    position: int
    direction: Direction
    author_name: str | None
    """None: the person, or the service itself."""
    text: str
    sent_at: datetime
    delivered_at: datetime | None
    arrival: Arrival | None
    """None for what the person wrote."""
    file: FileView | None

    @property
    def is_ours(self) -> bool:
        return self.direction is Direction.TO_PERSON

    @property
    def lost_its_file(self) -> bool:
        """Nothing is left of a message that was only a file: its time was over."""
        return not self.text and self.file is None and self.sent_at <= clock.now() - FILES_KEPT


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Some messages in a row, oldest first."""

    messages: list[MessageView]
    earlier: int
    """How many stand before them."""

    @property
    def first(self) -> int:
        return self.messages[0].position if self.messages else 0

    @property
    def last(self) -> int:
        return self.messages[-1].position if self.messages else 0


async def messages_of(session: AsyncSession, case: Case, *, after: int = 0) -> list[MessageView]:
    """The conversation, oldest first, from the message behind position `after`."""
    messages, _standing = await _read(session, case, after, NEWEST, None)
    return messages


async def excerpt_of(session: AsyncSession, case: Case, *, count: int, before: int = NEWEST) -> Excerpt:
    """The last `count` messages in front of the position `before`."""
    messages, standing = await _read(session, case, 0, before, count)
    return Excerpt(messages, standing - len(messages))


async def unread_for_person(session: AsyncSession, case: Case) -> int:
    """How many messages for the person have not been shown in their chat."""
    return await session.scalar(select(func.count()).select_from(CaseMessage).where(_unshown(case))) or 0


async def mark_shown(session: AsyncSession, case: Case) -> None:
    """The person has all messages before them."""
    await session.execute(
        update(CaseMessage)
        .where(_unshown(case))
        .values(read_at=clock.now(), delivered_at=func.coalesce(CaseMessage.delivered_at, clock.now()))
    )


async def _read(
    session: AsyncSession, case: Case, after: int, before: int, count: int | None
) -> tuple[list[MessageView], int]:
    """Some messages, oldest first, and how many there are between the two positions."""
    if case.person_id is None:
        return [], 0
    between = {"case_id": case.id, "after": after, "before": before}
    rows = (await session.execute(_newest_first(count), between)).all()
    key = await open_subject(session, case.person_id)
    is_open = any(_awaits_delivery(row.CaseMessage) for row in rows)
    waiting = await on_their_way(session, case.person_id) if is_open else set[UUID]()
    return [_view(row, key, waiting) for row in reversed(rows)], rows[0].standing if rows else 0


@cache
def _newest_first(count: int | None) -> Select[*tuple[Any, ...]]:
    between = (
        CaseMessage.case_id == bindparam("case_id"),
        CaseMessage.position > bindparam("after"),
        CaseMessage.position < bindparam("before"),
    )
    return (
        select(
            CaseMessage,
            StaffMember.name,
            # Not the content: it is large, and opening it is an act of its own.
            StoredFile.id.label("file_id"),
            StoredFile.kind,
            StoredFile.size,
            StoredFile.name.label("file_name"),
            StoredFile.delete_at,
            select(func.count())
            .select_from(CaseMessage)
            .where(*between)
            .correlate(None)
            .scalar_subquery()
            .label("standing"),
        )
        .outerjoin(StaffMember, StaffMember.id == CaseMessage.author_id)
        .outerjoin(StoredFile, StoredFile.id == CaseMessage.file_id)
        .where(*between)
        .order_by(CaseMessage.position.desc())
        .limit(count)
    )


def _view(row: Row[*tuple[Any, ...]], key: SubjectKey, waiting: set[UUID]) -> MessageView:
    message: CaseMessage = row.CaseMessage
    return MessageView(
        id=message.id,
        position=message.position,
        direction=message.direction,
        author_name=row.name,
        text=key.open(CaseMessage.body, message.id, message.body),
        sent_at=message.sent_at,
        delivered_at=message.delivered_at,
        arrival=_arrival(message, waiting),
        file=None if row.file_id is None else _file(row, key),
    )


def _file(row: Row[*tuple[Any, ...]], key: SubjectKey) -> FileView:
    name = "" if row.file_name is None else key.open(StoredFile.name, row.file_id, row.file_name)
    return FileView(row.file_id, row.kind, name, row.size, row.delete_at)


def _arrival(message: CaseMessage, waiting: set[UUID]) -> Arrival | None:
    if message.direction is Direction.FROM_PERSON:
        return None
    if message.delivered_at is not None:
        return Arrival.DELIVERED
    return Arrival.ON_ITS_WAY if message.id in waiting else Arrival.FAILED


def _awaits_delivery(message: CaseMessage) -> bool:
    return message.direction is Direction.TO_PERSON and message.delivered_at is None


def _unshown(case: Case) -> ColumnElement[bool]:
    return and_(
        CaseMessage.case_id == case.id,
        CaseMessage.direction == Direction.TO_PERSON,
        CaseMessage.read_at.is_(None),
    )
