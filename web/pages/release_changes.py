"""What changed from one release to another: tables, indicators, and every cell of a table. Only releases are read."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from access.rules import Permission
from foundation.errors import NotFound
from foundation.language import _
from monitoring.reading import choose, one_before, shelf, sides_of
from monitoring.tables import BY_NAME
from web.change_views import cell_rows, indicator_rows, table_rows
from web.forms import LAST_NUMBER
from web.guard import Visit, guarded
from web.pages.themes import ChosenRelease
from web.rendering import page

router = APIRouter(include_in_schema=False)

Against = Annotated[int | None, Query(alias="before", ge=1, le=LAST_NUMBER)]
TableName = Annotated[str, Query(alias="table", max_length=60, pattern=r"^[a-z0-9_]*$")]


@router.get("/monitoring/changes")
async def show_changes(
    visit: Annotated[Visit, guarded(Permission.RELEASE_READ)],
    number: ChosenRelease = None,
    against: Against = None,
    table: TableName = "",
) -> Response:
    sides = None
    async with visit.database.reading() as session:
        releases = await shelf(session, actor=visit.actor)
        now = choose(releases, number)
        before = choose(releases, against) if against else now and one_before(now, releases)
        if now is not None and before is not None:
            sides = await sides_of(session, before, now, actor=visit.actor)
    if sides is None:
        return page(visit, "release_changes.html", now=now, sides=None, releases=releases)
    first, second = sides
    if table and table not in {*first.tables, *second.tables} & BY_NAME.keys():
        raise NotFound(_("There is no such table in these releases."))
    return page(
        visit,
        "release_changes.html",
        sides=sides,
        before=first.release,
        now=second.release,
        releases=releases,
        table=BY_NAME.get(table),
        cells=cell_rows(table, first.tables.get(table), second.tables.get(table), visit.language) if table else None,
        tables=[] if table else table_rows(first, second, visit.language),
        indicators=[] if table else indicator_rows(first, second, visit.language),
    )
