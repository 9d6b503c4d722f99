"""A file that staff send with a form: cleaned before it goes anywhere, and never written to the disk unsealed."""

import asyncio
from pathlib import PurePath

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartParser

from cases.files import OpenedFile
from cases.rules import FileKind
from foundation.errors import Invalid
from foundation.media import AUDIO, IMAGES, LARGEST, TOO_LARGE, clean

LARGEST_POST = 4 * LARGEST
"""Bytes of a posted form with a file. More than is taken, so that a file too large is refused beside what was typed."""
_LONGEST_NAME = 100

# The parser would put anything above a megabyte into a file of the system, unsealed.
MultiPartParser.spool_max_size = LARGEST_POST


async def cleaned_upload(upload: UploadFile | None) -> OpenedFile | None:
    """The file, cleaned; None if none was chosen. Raises Invalid with what to do. Takes time: not for a transaction."""
    if upload is None or not upload.filename:
        return None
    content = await upload.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Invalid(TOO_LARGE)
    cleaned, media_type = await asyncio.to_thread(clean, content)
    name = PurePath(upload.filename.replace("\\", "/")).name[-_LONGEST_NAME:]
    return OpenedFile(_kind(media_type), media_type, name, cleaned)


def _kind(media_type: str) -> FileKind:
    if media_type in IMAGES:
        return FileKind.IMAGE
    return FileKind.VOICE if media_type in AUDIO else FileKind.DOCUMENT
