"""Files of the directory: upload, see what would change, import; what was imported; and the directory as a file."""

import asyncio
from collections import Counter
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, UploadFile
from starlette.responses import Response

from access.rules import Permission
from foundation import clock
from foundation.errors import Conflict, Invalid, Refusal
from foundation.language import Message, _, _p
from referrals.directory import export_directory, read_directory
from referrals.directory_drafts import Compared, compare_file, drop_file, import_file, keep_file
from referrals.directory_list import imports
from referrals.directory_models import RowChange
from referrals.hsds_package import DirectoryRefused
from referrals.hsds_writing import write_data_package, write_services, write_tables
from web.errors import status_in_sight
from web.forms import Posted, see_other
from web.guard import Visit, guarded
from web.rendering import page
from web.uploads import LARGEST_POST

router = APIRouter(include_in_schema=False)

LARGEST_FILE = 15_000_000
"""Bytes. A larger one is imported with the command."""
SHOWN = 200
"""Lines of a list on one page; their number is always told."""
CHANGE_NAMES: dict[RowChange, Message] = {
    RowChange.ADDED: _p("row", "New"),
    RowChange.CHANGED: _p("row", "Changed"),
    RowChange.REMOVED: _p("row", "Gone"),
}
FORMS = {
    "services": (write_services, "json", "application/json"),
    "tables": (write_tables, "json", "application/json"),
    "package": (write_data_package, "zip", "application/zip"),
}
FormName = Literal["services", "tables", "package"]
_importer = guarded(Permission.DIRECTORY_IMPORT)


class UploadForm(Posted):
    file: UploadFile | None = None


class ImportForm(Posted):
    reveal: Literal["yes"] | None = None


@router.get("/directory/imports")
async def show_imports(visit: Annotated[Visit, _importer]) -> Response:
    return await _imports(visit)


@router.post("/directory/imports", max_body_size=LARGEST_POST)
async def upload(visit: Annotated[Visit, _importer], form: Annotated[UploadForm, Form()]) -> Response:
    try:
        draft_id = await keep_upload(visit, form.file)
    except Invalid as refusal:
        return await _imports(visit, refusal)
    return see_other(f"/directory/imports/{draft_id}")


@router.get("/directory/imports/{draft_id}")
async def show_differences(visit: Annotated[Visit, _importer], draft_id: UUID) -> Response:
    return await _differences(visit, draft_id)


@router.post("/directory/imports/{draft_id}")
async def import_it(
    visit: Annotated[Visit, _importer], draft_id: UUID, form: Annotated[ImportForm, Form()]
) -> Response:
    try:
        async with visit.database.transaction() as session:
            await import_file(session, draft_id, reveal=form.reveal is not None, actor=visit.actor)
    except (Invalid, Conflict) as refusal:
        return await _differences(visit, draft_id, refusal)
    return see_other("/directory/imports")


@router.post("/directory/imports/{draft_id}/drop")
async def drop(visit: Annotated[Visit, _importer], draft_id: UUID) -> Response:
    async with visit.database.transaction() as session:
        await drop_file(session, draft_id, actor=visit.actor)
    return see_other("/directory/imports")


@router.get("/directory/export/{form}")
async def export(visit: Annotated[Visit, _importer], form: FormName) -> Response:
    """Everything, also what must stay secret."""
    return await as_file(visit, form, is_for_public=False)


@router.get("/directory/export/{form}/public")
async def export_public(visit: Annotated[Visit, _importer], form: FormName) -> Response:
    """What anyone may know."""
    return await as_file(visit, form, is_for_public=True)


async def keep_upload(visit: Visit, upload: UploadFile | None) -> UUID:
    """Read the file and keep it. Raises Invalid with what is wrong, DirectoryRefused with every fault named."""
    if upload is None or not upload.filename:
        raise Invalid(_("Choose a file."))
    content = await upload.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise Invalid(
            _("The file is larger than {count} MB. Import it with the command instead."), count=LARGEST_FILE // 10**6
        )
    # In a thread: a large file would make everyone else wait.
    await asyncio.to_thread(read_directory, content)
    async with visit.database.transaction() as session:
        return await keep_file(session, content, actor=visit.actor)


async def as_file(visit: Visit, form: FormName, *, is_for_public: bool) -> Response:
    write, ending, media_type = FORMS[form]
    async with visit.database.transaction() as session:
        package = await export_directory(session, is_for_public=is_for_public, actor=visit.actor)
    content = await asyncio.to_thread(write, package)
    name = f"directory-{'public' if is_for_public else 'staff-only'}-{clock.today().isoformat()}.{ending}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def _imports(visit: Visit, refusal: Refusal | None = None) -> Response:
    async with visit.database.reading() as session:
        history = await imports(session, visit.actor)
    return page(
        visit,
        "directory_imports.html",
        status_code=200 if refusal is None else status_in_sight(refusal),
        history=history,
        megabytes=LARGEST_FILE // 10**6,
        **_said(refusal),
    )


async def _differences(visit: Visit, draft_id: UUID, refusal: Refusal | None = None) -> Response:
    async with visit.database.reading() as session:
        compared = await compare_file(session, draft_id, actor=visit.actor)
    return page(
        visit,
        "directory_import.html",
        status_code=200 if refusal is None else status_in_sight(refusal),
        compared=compared,
        groups=_groups(compared),
        shown=SHOWN,
        **_said(refusal),
    )


def _groups(compared: Compared) -> list[tuple[Message, list[Any], dict[str, int]]]:
    """What is new, changed and gone, each with how many rows of which table."""
    changes = compared.changes
    found = (
        (RowChange.ADDED, changes.added),
        (RowChange.CHANGED, changes.changed),
        (RowChange.REMOVED, changes.removed),
    )
    return [(CHANGE_NAMES[kind], rows, dict(Counter(each.table for each in rows))) for kind, rows in found if rows]


def _said(refusal: Refusal | None) -> dict[str, Any]:
    problems = refusal.problems if isinstance(refusal, DirectoryRefused) else ()
    return {"refusal": refusal and refusal.message, "problems": problems[:SHOWN], "problem_count": len(problems)}
