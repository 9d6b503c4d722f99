"""A file of a case: a picture, a recording or a document. Opening it is noted."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from access.rules import Permission
from foundation.media import AUDIO, DOCUMENTS, IMAGES
from web.api.routing import api_router
from web.forms import CaseNumber
from web.guard import Visit, guarded
from web.pages.case_file import show_file

router = api_router("/cases/{number}", "messages")

_BYTES = {"schema": {"type": "string", "format": "binary"}}
CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes of the file; its name in `Content-Disposition`",
        "content": dict.fromkeys(sorted(IMAGES | AUDIO | DOCUMENTS), _BYTES),
    }
}


@router.get("/files/{file_id}", response_class=Response, responses=CONTENT)
async def file_content(
    visit: Annotated[Visit, guarded(Permission.CASE_READ)],
    number: CaseNumber,
    file_id: UUID,
    *,
    small: Annotated[bool, Query(description="Of a picture, a small one as JPEG.")] = False,
) -> Response:
    """A file of a message or of an answer."""
    return await show_file(visit, number, file_id, small=small)
