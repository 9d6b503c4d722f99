"""What goes out with a text: a person's stored file, opened with their key, or a picture or recording of a form."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Chat
from bot.telegram import Enclosed
from cases.files import OpenedFile, open_file
from cases.models import Case, FormMedia
from cases.rules import FileKind
from foundation.database import Database
from foundation.errors import NotFound
from foundation.keys import open_subject


async def open_stored(database: Database, subject_id: UUID, file_id: str) -> Enclosed | None:
    """The person's file; None when it is gone by now: the text goes out without it."""
    async with database.reading() as session:
        case = await _case_of(session, subject_id)
        if case is None:
            return None
        try:
            return Enclosed(await open_file(session, case, await open_subject(session, subject_id), UUID(file_id)))
        except NotFound:
            return None


async def open_form_media(database: Database, place: Sequence[str]) -> Enclosed | None:
    """`place`: sheet id, version, name. None if the form has no such file: the text is complete without it."""
    async with database.reading() as session:
        found = await session.get(FormMedia, tuple(place))
    if found is None:
        return None
    kind = FileKind.IMAGE if found.media_type.startswith("image/") else FileKind.VOICE
    return Enclosed(OpenedFile(kind, found.media_type, found.name, found.content), found.channel_file_id)


async def remember_file_id(database: Database, place: Sequence[str], file_id: str) -> None:
    """From now on only this id is sent."""
    sheet_id, version, name = place
    async with database.transaction() as session:
        await session.execute(
            update(FormMedia)
            .where(FormMedia.sheet_id == sheet_id, FormMedia.version == version, FormMedia.name == name)
            .values(channel_file_id=file_id)
        )


async def _case_of(session: AsyncSession, subject_id: UUID) -> Case | None:
    chat = await session.get(Chat, subject_id)
    return await session.get(Case, chat.case_id) if chat and chat.case_id else None
