"""Files of the services directory: what one would change, importing it, what was imported, the directory as a file."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Form, Query, UploadFile
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from access.rules import Permission
from foundation.language import say
from referrals.directory import Change
from referrals.directory_drafts import compare_file, drop_file, import_file
from referrals.directory_list import imports
from referrals.hsds_package import DirectoryRefused, Problem
from web.api.routing import api_router
from web.api.shapes import Answer, Body
from web.guard import Visit, guarded
from web.pages.directory_imports import FormName, as_file, keep_upload
from web.uploads import LARGEST_POST

router = api_router("/directory", "directory_imports")

_importer = guarded(Permission.DIRECTORY_IMPORT)
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file", "content": {"application/json": {"schema": {}}, "application/zip": _BINARY}}
}


class UploadForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    file: UploadFile


class ImportBody(Body):
    reveal: bool = False
    """Also make public what is for staff only now, if the file does. People may hide there."""


class FaultTold(Answer):
    table: str
    place: str
    """Where in the file, as whoever wrote it counts."""
    field: str
    reason: str
    """In the reader's language."""


class ChangeTold(Answer):
    table: str
    id: str
    name: str
    fields: list[str]
    """Those that change."""


class ComparedTold(Answer):
    id: UUID | None
    """To import it with; null: it has faults and is not kept."""
    problems: list[FaultTold]
    """Every fault. Nothing of a file with faults is imported."""
    added: list[ChangeTold]
    changed: list[ChangeTold]
    removed: list[ChangeTold]
    not_offered: list[FaultTold]
    """Services that are kept and offered to nobody."""
    revealed: list[FaultTold]
    """For staff only now, and public after it: to be imported only with `reveal`."""
    hidden: int
    """Rows of the file that are for staff only."""


class ImportedTold(Answer):
    added: int
    changed: int
    unchanged: int
    removed: int
    """Services that are offered no more."""


class PastImport(Answer):
    id: UUID
    at: datetime
    by: str | None
    """Null: with the command."""
    added: int
    changed: int
    removed: int
    """Rows of all tables."""


@router.get("/imports")
async def past_imports(visit: Annotated[Visit, _importer]) -> list[PastImport]:
    """The 50 newest imports that changed something. Answers 200; 401 or 404 as every operation here."""
    async with visit.database.reading() as session:
        found = await imports(session, visit.actor)
    return [
        PastImport(
            id=each.id,
            at=each.imported_at,
            by=name,
            added=each.added,
            changed=each.changed,
            removed=each.removed,
        )
        for each, name in found
    ]


@router.post("/imports", max_body_size=LARGEST_POST)
async def upload(visit: Annotated[Visit, _importer], form: Annotated[UploadForm, Form()]) -> ComparedTold:
    """What a file would change. Nothing is replaced; the file is kept for a day to be imported.

    Answers 200, also for a file with faults, which are then in `problems`; 413 for one that is too large to be sent;
    422 for one of more than 15 MB; 401 or 404 as every operation here.
    """
    try:
        draft_id = await keep_upload(visit, form.file)
    except DirectoryRefused as refused:
        problems = [_fault(each, visit.language) for each in refused.problems]
        return ComparedTold(
            id=None, problems=problems, added=[], changed=[], removed=[], not_offered=[], revealed=[], hidden=0
        )
    return await _compared(visit, draft_id)


@router.get("/imports/{draft_id}")
async def differences(visit: Annotated[Visit, _importer], draft_id: UUID) -> ComparedTold:
    """The same once more. Answers 200; 404 after a day, or for somebody else's; 401 or 422 as every operation here."""
    return await _compared(visit, draft_id)


@router.post("/imports/{draft_id}")
async def import_it(visit: Annotated[Visit, _importer], draft_id: UUID, body: ImportBody) -> ImportedTold:
    """Make the directory what the file says, all of it or nothing.

    Answers 200; 404 for a file that is not there any more; 409 if another import came between; 422 if the file would
    make public what is for staff only and `reveal` is not set, or takes the id of an organisation that is no partner;
    401 as every operation here.
    """
    async with visit.database.transaction() as session:
        done = await import_file(session, draft_id, reveal=body.reveal, actor=visit.actor)
    return ImportedTold(added=done.added, changed=done.changed, unchanged=done.unchanged, removed=done.removed)


@router.delete("/imports/{draft_id}", status_code=204)
async def drop(visit: Annotated[Visit, _importer], draft_id: UUID) -> None:
    """It is not imported after all. Answers 204; 404 if it is not there; 401 or 422 as every operation here."""
    async with visit.database.transaction() as session:
        await drop_file(session, draft_id, actor=visit.actor)


@router.get("/export/{form}", response_class=Response, responses=_FILE)
async def export(
    visit: Annotated[Visit, _importer],
    form: FormName,
    public: Annotated[bool, Query(description="Leave out what must stay secret.")] = True,  # noqa: FBT002  # a flag
) -> Response:
    """The directory as a file: what anyone may know, or all of it. Each time is noted.

    Answers 200; 404 for another form; 401 or 422 as every operation here.
    """
    return await as_file(visit, form, is_for_public=public)


async def _compared(visit: Visit, draft_id: UUID) -> ComparedTold:
    async with visit.database.reading() as session:
        found = await compare_file(session, draft_id, actor=visit.actor)
    language = visit.language
    return ComparedTold(
        id=found.draft_id,
        problems=[],
        added=[_change(each) for each in found.changes.added],
        changed=[_change(each) for each in found.changes.changed],
        removed=[_change(each) for each in found.changes.removed],
        not_offered=[_fault(each, language) for each in found.not_offered],
        revealed=[_fault(each, language) for each in found.revealed],
        hidden=found.hidden,
    )


def _fault(each: Problem, language: str) -> FaultTold:
    return FaultTold(
        table=each.table, place=say(language, each.place), field=each.field, reason=say(language, each.reason)
    )


def _change(each: Change) -> ChangeTold:
    return ChangeTold(table=each.table, id=each.id, name=each.name, fields=list(each.fields))
