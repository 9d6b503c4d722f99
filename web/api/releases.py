"""Releases of figures without names: the list, each with its tables, the files as they were published, publishing."""

from datetime import date, datetime
from typing import Annotated, Any

from starlette.responses import Response

from access.rules import Permission
from monitoring.models import Release
from monitoring.publication import file_names, find_release, list_releases, publish_release, tables_of
from web.api.paging import STANDARD, Limit, NumberCursor, Page, part_of
from web.api.routing import api_router
from web.api.shapes import Answer, Body
from web.forms import FileName, ReleaseNumber
from web.guard import Visit, guarded
from web.pages.monitoring import download

router = api_router("/releases", "releases")

_reader = guarded(Permission.RELEASE_READ)
FILE_TYPES = ("application/json", "text/csv")
_BYTES = {"schema": {"type": "string", "format": "binary"}}
CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes of the file, exactly as they were published",
        "content": dict.fromkeys(FILE_TYPES, _BYTES),
    }
}


class QuarterBody(Body):
    quarter: date
    """Any day of a quarter that has ended."""


class ReleaseSummary(Answer):
    number: int
    quarter: date
    """First day of the quarter."""
    published_at: datetime
    policy_version: str
    sha256: str
    """Of the manifest, which names the SHA-256 of every file."""


class PublishedCell(Answer):
    at: list[str]
    """One code for each dimension of the table."""
    value: int | None
    """Null when withheld."""
    suppressed: bool


class PublishedDimension(Answer):
    name: str
    codes: list[str]


class PublishedFigures(Answer):
    name: str
    dimensions: list[PublishedDimension]
    start: date
    end: date
    notes: list[str]
    cells: list[PublishedCell]


class ReleaseDetail(ReleaseSummary):
    tables: list[PublishedFigures]
    files: list[str]
    """Names; each is found under `files`."""


@router.get("")
async def all_releases(
    visit: Annotated[Visit, _reader], limit: Limit = STANDARD, after: NumberCursor = ""
) -> Page[ReleaseSummary]:
    """Every release, newest first."""
    async with visit.database.reading() as session:
        releases = await list_releases(session, actor=visit.actor)
    items, following = part_of([ReleaseSummary(**_summary(release)) for release in releases], limit, after)
    return Page(items=items, next=following)


@router.post("", status_code=201)
async def publish(visit: Annotated[Visit, guarded(Permission.RELEASE_PUBLISH)], body: QuarterBody) -> ReleaseSummary:
    """Publish the fixed tables for one whole quarter. A release is never changed and never taken back."""
    async with visit.database.transaction() as session:
        release = await publish_release(session, quarter=body.quarter, actor=visit.actor)
    return ReleaseSummary(**_summary(release))


@router.get("/{number}")
async def one_release(visit: Annotated[Visit, _reader], number: ReleaseNumber) -> ReleaseDetail:
    """One release with its tables, exactly as published."""
    async with visit.database.reading() as session:
        release = await find_release(session, number, actor=visit.actor)
        files = await file_names(session, release)
    return ReleaseDetail(**_summary(release), tables=_figures(release), files=files)


@router.get("/{number}/files/{name}", response_class=Response, responses=CONTENT)
async def release_file(visit: Annotated[Visit, _reader], number: ReleaseNumber, name: FileName) -> Response:
    return await download(visit, number, name)


def _summary(release: Release) -> dict[str, Any]:
    return {name: getattr(release, name) for name in ReleaseSummary.model_fields}


def _figures(release: Release) -> list[PublishedFigures]:
    return [
        PublishedFigures(
            name=table.name,
            dimensions=[PublishedDimension(name=each.name, codes=list(each.codes)) for each in table.dimensions],
            start=table.period.start,
            end=table.period.end,
            notes=list(table.notes),
            cells=[
                PublishedCell(at=list(cell), value=value, suppressed=value is None)
                for cell, value in table.cells.items()
            ],
        )
        for table in tables_of(release)
    ]
