"""A file for the directory, uploaded in a browser: what it would change first, and only then the import.

It is kept sealed for a day at most, and only whoever uploaded it imports it.
"""

import asyncio
import base64
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from foundation import audit, clock
from foundation.errors import Conflict, NotFound
from foundation.keys import create_subject, open_subject, shred
from foundation.language import _
from referrals.directory import (
    Changes,
    Directory,
    ImportSummary,
    compare_directory,
    import_directory,
    read_directory,
    revealed,
)
from referrals.directory_journal import newest_import
from referrals.directory_models import DirectoryDraft
from referrals.hsds_package import Problem

KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Compared:
    """What a file would do to the directory as it is now."""

    draft_id: UUID
    changes: Changes
    not_offered: tuple[Problem, ...]
    revealed: tuple[Problem, ...]
    """For staff only now, and public after it."""
    hidden: int
    """Rows of the file that are for staff only."""


async def keep_file(session: AsyncSession, data: bytes, *, actor: Actor) -> UUID:
    """Keep a file that was read without a fault until it is imported; an earlier one of the same person goes."""
    require(actor, Permission.DIRECTORY_IMPORT)
    for earlier in await session.scalars(select(DirectoryDraft).where(DirectoryDraft.uploaded_by == actor.id)):
        await _drop(session, earlier)
    draft_id = uuid4()
    key = create_subject(session, draft_id)
    session.add(
        DirectoryDraft(
            id=draft_id,
            uploaded_by=actor.id,
            uploaded_at=clock.now(),
            content=key.seal(DirectoryDraft.content, draft_id, base64.b64encode(data).decode()),
            base_id=await newest_import(session),
        )
    )
    audit.record(session, actor.id, "directory.uploaded", draft_id)
    await session.flush()
    return draft_id


async def compare_file(session: AsyncSession, draft_id: UUID, *, actor: Actor) -> Compared:
    """The dry run. Changes nothing. Raises NotFound for a file of somebody else, or of yesterday."""
    directory = await _read(session, await _draft(session, draft_id, actor))
    rows, shown = (sum(1 for _row in part) for part in (directory.package, directory.public))
    return Compared(
        draft_id,
        await compare_directory(session, directory),
        directory.not_offered,
        tuple(await revealed(session, directory)),
        rows - shown,
    )


async def import_file(session: AsyncSession, draft_id: UUID, *, reveal: bool = False, actor: Actor) -> ImportSummary:
    """Import what was compared. Raises Conflict if another import came between; see `import_directory` for the rest."""
    draft = await _draft(session, draft_id, actor)
    if draft.base_id != await newest_import(session):
        raise Conflict(_("The directory has changed since you compared. Please upload the file again."))
    summary = await import_directory(session, await _read(session, draft), actor=actor, reveal=reveal)
    await _drop(session, draft)
    return summary


async def drop_file(session: AsyncSession, draft_id: UUID, *, actor: Actor) -> None:
    """It is not imported after all."""
    await _drop(session, await _draft(session, draft_id, actor))


async def drop_old_files(session: AsyncSession) -> None:
    """The worker's part: nobody came back for them."""
    old = select(DirectoryDraft).where(DirectoryDraft.uploaded_at < clock.now() - KEPT_FOR)
    for draft in await session.scalars(old):
        await _drop(session, draft)


async def _draft(session: AsyncSession, draft_id: UUID, actor: Actor) -> DirectoryDraft:
    require(actor, Permission.DIRECTORY_IMPORT)
    found = await session.get(DirectoryDraft, draft_id)
    if found is None or found.uploaded_by != actor.id or found.uploaded_at < clock.now() - KEPT_FOR:
        raise NotFound(_("This file is not there any more. Please upload it again."))
    return found


async def _read(session: AsyncSession, draft: DirectoryDraft) -> Directory:
    key = await open_subject(session, draft.id)
    content = base64.b64decode(key.open(DirectoryDraft.content, draft.id, draft.content))
    # In a thread: a large file would make everyone else wait.
    return await asyncio.to_thread(read_directory, content)


async def _drop(session: AsyncSession, draft: DirectoryDraft) -> None:
    await shred(session, draft.id)
    await session.delete(draft)
    await session.flush()
