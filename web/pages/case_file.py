"""A file of a case, for staff who may see the case. Opening it is noted; a browser neither keeps nor runs it."""

import asyncio
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from access.rules import Permission
from cases.files import OpenedFile, open_file
from cases.queries import find_case
from cases.rules import FileKind
from foundation import audit
from foundation.errors import NotFound
from foundation.keys import open_subject
from foundation.thumbnails import thumbnail
from web.forms import CaseNumber
from web.guard import NOTHING_HERE, Visit, guarded

router = APIRouter(include_in_schema=False)

CONTENT_POLICY = "default-src 'none'; sandbox"
"""Whatever the file holds: no script of it runs, and nothing is loaded by it."""


@router.get("/cases/{number}/files/{file_id}")
async def show_file(
    visit: Annotated[Visit, guarded(Permission.CASE_READ)],
    number: CaseNumber,
    file_id: UUID,
    *,
    small: Annotated[bool, Query()] = False,
) -> Response:
    async with visit.database.transaction() as session:
        case = await find_case(session, visit.actor, number)
        if case.person_id is None:
            raise NotFound(NOTHING_HERE)
        file = await open_file(session, case, await open_subject(session, case.person_id), file_id)
        audit.record(session, visit.actor.id, "file.opened", case.id, file=file_id)
    if small and file.kind is FileKind.IMAGE:
        return _answer(await asyncio.to_thread(thumbnail, file.content), "image/jpeg", file)
    return _answer(file.content, file.media_type, file)


def _answer(content: bytes, media_type: str, file: OpenedFile) -> Response:
    shown = "attachment" if file.kind is FileKind.DOCUMENT else "inline"
    return Response(
        content,
        media_type=media_type,
        headers={
            "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(file.name or file.kind, safe='')}",
            "Content-Security-Policy": CONTENT_POLICY,
        },
    )
