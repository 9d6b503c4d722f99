"""Published releases as JSON, for whoever may read them on the pages."""

from datetime import date, datetime
from typing import Annotated, Any

from access.rules import Permission
from monitoring.models import Release
from monitoring.publication import file_names, find_release, list_releases, tables_of
from web.api.paging import STANDARD, Cursor, Limit, Page, page_of
from web.api.routing import api_router
from web.api.shapes import Answer
from web.forms import ReleaseNumber
from web.guard import Visit, guarded

router = api_router("/releases", "releases")


_reader = guarded(Permission.RELEASE_READ)


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
    """Names; each is found under `/monitoring/{number}/{name}`."""


@router.get("")
async def all_releases(
    visit: Annotated[Visit, _reader], limit: Limit = STANDARD, after: Cursor = ""
) -> Page[ReleaseSummary]:
    """Every release, newest first."""
    async with visit.database.reading() as session:
        releases = await list_releases(session, actor=visit.actor)
    return page_of([ReleaseSummary(**_summary(release)) for release in releases], limit, after)


@router.get("/{number}")
async def one_release(visit: Annotated[Visit, _reader], number: ReleaseNumber) -> ReleaseDetail:
    """One release with its tables, exactly as published."""
    async with visit.database.reading() as session:
        release = await find_release(session, number, actor=visit.actor)
        files = await file_names(session, release)
    return ReleaseDetail(**_summary(release), tables=_figures(release), files=files)


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
