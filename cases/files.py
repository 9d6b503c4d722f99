"""A person's files: photos, voice messages and documents, sealed as they come in, opened by an explicit call.

What the device wrote into a file is removed before it gets here; see `foundation.media`.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cases.models import Case, CaseMessage, StoredFile
from cases.rules import FileKind
from foundation import clock
from foundation.errors import NotFound
from foundation.language import _
from foundation.sealing import SubjectKey
from questionnaire.account_numbers import without_account_numbers


@dataclass(frozen=True, slots=True)
class OpenedFile:
    kind: FileKind
    media_type: str
    name: str
    content: bytes


def store_file(
    session: AsyncSession, case: Case, key: SubjectKey, file: OpenedFile, *, delete_at: datetime | None = None
) -> StoredFile:
    """Seal a file for the person of `key`. `delete_at`: when retention removes it, if before the case itself."""
    file_id = uuid4()
    stored = StoredFile(
        id=file_id,
        case_id=case.id,
        kind=file.kind,
        media_type=file.media_type,
        size=len(file.content),
        content=key.seal(StoredFile.content, file_id, base64.b64encode(file.content).decode()),
        name=key.seal(StoredFile.name, file_id, without_account_numbers(file.name)) if file.name else None,
        created_at=clock.now(),
        delete_at=delete_at,
    )
    session.add(stored)
    return stored


async def open_file(session: AsyncSession, case: Case, key: SubjectKey, file_id: UUID) -> OpenedFile:
    """Raises NotFound if the case has no such file, or no longer."""
    stored = await session.scalar(select(StoredFile).where(StoredFile.id == file_id, StoredFile.case_id == case.id))
    if stored is None:
        raise NotFound(_("This file is not there any more."))
    name = "" if stored.name is None else str(key.open(StoredFile.name, stored.id, stored.name))
    content = base64.b64decode(key.open(StoredFile.content, stored.id, stored.content))
    return OpenedFile(stored.kind, stored.media_type, name, content)


async def files_of(
    session: AsyncSession, case: Case, key: SubjectKey, *, most: int
) -> list[tuple[UUID, str, datetime]]:
    """Id, name and when it came, the newest first. The contents are not read."""
    rows = await session.execute(
        select(StoredFile.id, StoredFile.name, StoredFile.created_at)
        .where(StoredFile.case_id == case.id)
        .order_by(StoredFile.created_at.desc(), StoredFile.id)
        .limit(most)
    )
    return [(row.id, key.open(StoredFile.name, row.id, row.name) if row.name else "", row.created_at) for row in rows]


async def outlived_files(session: AsyncSession) -> Sequence[UUID]:
    """The files whose time is over."""
    return (await session.scalars(select(StoredFile.id).where(StoredFile.delete_at < clock.now()))).all()


async def drop_outlived(session: AsyncSession, file_id: UUID) -> None:
    """Retention: remove one of the outlived files; what was written beside it stays."""
    outlived = (StoredFile.id == file_id, StoredFile.delete_at < clock.now())
    found = select(StoredFile.id).where(*outlived)
    await session.execute(update(CaseMessage).where(CaseMessage.file_id.in_(found)).values(file_id=None))
    await session.execute(delete(StoredFile).where(*outlived))
