"""Releases of figures without names: the list, each release with its tables and charts, the files, and publishing."""

import mimetypes
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from access.rules import Permission
from cases.facts import quarter_of
from foundation import clock
from foundation.errors import Conflict, Invalid, Refusal
from monitoring.publication import file_names, find_file, find_release, list_releases, publish_release, tables_of
from web.errors import message_of, status_of
from web.forms import FileName, Posted, ReleaseNumber, see_other
from web.guard import Visit, guarded
from web.rendering import page
from web.tables import WITHHELD, lay_out

router = APIRouter(include_in_schema=False)

QUARTERS_OFFERED = 8
_reader = guarded(Permission.RELEASE_READ)


class PublishForm(Posted):
    quarter: date


@router.get("/monitoring")
async def show_releases(visit: Annotated[Visit, _reader]) -> Response:
    return await _releases(visit)


@router.post("/monitoring")
async def publish(
    visit: Annotated[Visit, guarded(Permission.RELEASE_PUBLISH)], form: Annotated[PublishForm, Form()]
) -> Response:
    try:
        async with visit.database.transaction() as session:
            release = await publish_release(session, quarter=form.quarter, actor=visit.actor)
    except (Invalid, Conflict) as refusal:
        return await _releases(visit, refusal)
    return see_other(f"/monitoring/{release.number}")


@router.get("/monitoring/{number}")
async def show_release(visit: Annotated[Visit, _reader], number: ReleaseNumber) -> Response:
    async with visit.database.reading() as session:
        release = await find_release(session, number, actor=visit.actor)
        files = await file_names(session, release)
    layouts = [lay_out(table, visit.language) for table in tables_of(release)]
    return page(visit, "release.html", release=release, files=files, layouts=layouts, withheld=WITHHELD)


@router.get("/monitoring/{number}/{name}")
async def download(visit: Annotated[Visit, _reader], number: ReleaseNumber, name: FileName) -> Response:
    """The bytes as they were published."""
    async with visit.database.reading() as session:
        content = await find_file(session, number, name, actor=visit.actor)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def _releases(visit: Visit, refusal: Refusal | None = None) -> Response:
    async with visit.database.reading() as session:
        releases = await list_releases(session, actor=visit.actor)
    published = {release.quarter for release in releases}
    return page(
        visit,
        "monitoring.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        releases=releases,
        quarters=[quarter for quarter in _ended_quarters() if quarter not in published],
    )


def _ended_quarters() -> list[date]:
    """First days of the quarters that ended last, newest first."""
    quarters = [quarter_of(clock.today())]
    while len(quarters) <= QUARTERS_OFFERED:
        quarters.append(quarter_of(quarters[-1] - timedelta(days=1)))
    return quarters[1:]
