"""Releases of figures without names: the list, each with its tables, the files as they were published, publishing."""

from datetime import date, datetime
from typing import Annotated, Any

from starlette.responses import Response

from access.rules import Permission
from foundation.errors import NotFound
from foundation.language import say
from monitoring.calendar import Announced, announce, calendar
from monitoring.models import Release, ReleaseState
from monitoring.ordering import OrderState, OrderView, newest_order, order_correction, order_release, view_of
from monitoring.publication import (
    approve_release,
    drop_release,
    file_names,
    find_release,
    list_releases,
    publish_release,
    signed_releases,
    tables_of,
)
from monitoring.release_files import MEDIA_TYPES
from monitoring.signing import SIGNATURE
from web.api.paging import STANDARD, Limit, NumberCursor, Page, part_of
from web.api.routing import api_router
from web.api.shapes import Answer, Body
from web.forms import FileName, Line, ReleaseNumber, Text
from web.guard import NOTHING_HERE, PUBLIC, Visit, guarded
from web.pages.monitoring import download

router = api_router("/releases", "releases")

_reader = guarded(Permission.RELEASE_READ)
_publisher = guarded(Permission.RELEASE_PUBLISH)
FILE_TYPES = sorted(set(MEDIA_TYPES.values()))
_BYTES = {"schema": {"type": "string", "format": "binary"}}
CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes of the file, exactly as they were published",
        "content": {kind: {"schema": {}} if kind.endswith("json") else _BYTES for kind in FILE_TYPES},
    },
    304: {"description": "You have these bytes already: their ETag stood in `If-None-Match`"},
}


class QuarterBody(Body):
    quarter: date
    """Any day of a quarter that has ended."""


class ApprovalBody(Body):
    sha256: Line
    """Of the manifest that you have seen: what you approve is what will be published."""


class CorrectionBody(Body):
    changed: Text
    """What is different now, and why. It is printed with the figures."""


class AnnouncementBody(Body):
    quarter: date
    """Any day of it."""
    due_on: date
    reason: Line = ""
    """Why the day is moved, if it was announced before."""


class AnnouncedTold(Answer):
    quarter: date
    """First day of the quarter."""
    due_on: date
    published_on: date | None
    release: int | None
    is_late: bool


class OrderTold(Answer):
    quarter: date
    """First day of the quarter."""
    corrects: int | None
    state: OrderState
    ordered_at: datetime
    done: int
    """Tables that have been gone through."""
    tables: int
    release: int | None
    """Number of the draft, once there is one."""
    refusal: str | None
    """Why none was made, and what helps."""


class ReleaseSummary(Answer):
    number: int
    quarter: date
    """First day of the quarter."""
    state: ReleaseState
    """Only those who make releases see any but `published`."""
    corrects: int | None
    """The release whose figures these take the place of."""
    changed: str
    """What a correction changes, and why."""
    published_at: datetime | None
    policy_version: str
    sha256: str
    """Of the manifest, which names the SHA-256 of every file."""
    signed: bool
    """Whether `manifest.sig` is among its files: not in a draft, nor in what is older than signatures."""


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
        signed = await signed_releases(session)
    told = [ReleaseSummary(**_summary(release, signed=release.number in signed)) for release in releases]
    items, following = part_of(told, limit, after)
    return Page(items=items, next=following)


@router.post("", status_code=202)
async def draft(visit: Annotated[Visit, _publisher], body: QuarterBody) -> OrderTold:
    """Have one whole quarter counted and protected. It takes minutes: `GET /releases/order` tells how far it is.

    What comes of it is a draft: someone else approves it, then it is published.
    """
    async with visit.database.transaction() as session:
        order = await order_release(session, quarter=body.quarter, actor=visit.actor)
    return _order(view_of(order), visit.language)


@router.get("/order")
async def ordered(visit: Annotated[Visit, _publisher]) -> OrderTold:
    """The draft that was asked for last: how far it is, and what came of it. Not found before the first."""
    async with visit.database.reading() as session:
        order = await newest_order(session, actor=visit.actor)
    if order is None:
        raise NotFound(NOTHING_HERE)
    return _order(order, visit.language)


@router.get("/calendar")
async def announced(visit: Annotated[Visit, guarded(PUBLIC)]) -> list[AnnouncedTold]:
    """For which day each quarter's figures are announced, the newest first. Open to anyone."""
    async with visit.database.reading() as session:
        found = await calendar(session)
    return [_announced(each) for each in found]


@router.post("/calendar", status_code=204)
async def announce_day(visit: Annotated[Visit, _publisher], body: AnnouncementBody) -> None:
    """Announce a quarter's day, or move it with a reason. Figures are not published before it."""
    async with visit.database.transaction() as session:
        await announce(session, quarter=body.quarter, due_on=body.due_on, reason=body.reason, actor=visit.actor)


@router.post("/{number}/approval", status_code=204)
async def approve(visit: Annotated[Visit, _publisher], number: ReleaseNumber, body: ApprovalBody) -> None:
    """Nobody approves what they have drafted themselves: that is a conflict, and so is another draft than you saw."""
    async with visit.database.transaction() as session:
        await approve_release(session, number, body.sha256, actor=visit.actor)


@router.post("/{number}/publication", status_code=204)
async def publish(visit: Annotated[Visit, _publisher], number: ReleaseNumber) -> None:
    """Sign what was approved and let it out. It is never changed and never taken back."""
    async with visit.database.transaction() as session:
        await publish_release(session, number, actor=visit.actor)


@router.post("/{number}/correction", status_code=202)
async def correct(visit: Annotated[Visit, _publisher], number: ReleaseNumber, body: CorrectionBody) -> OrderTold:
    """Have its quarter counted anew, as a draft that takes the place of this release. See `GET /releases/order`."""
    async with visit.database.transaction() as session:
        order = await order_correction(session, number, body.changed, actor=visit.actor)
    return _order(view_of(order), visit.language)


@router.delete("/{number}", status_code=204)
async def drop(visit: Annotated[Visit, _publisher], number: ReleaseNumber) -> None:
    """Throw away what was not published."""
    async with visit.database.transaction() as session:
        await drop_release(session, number, actor=visit.actor)


@router.get("/{number}")
async def one_release(visit: Annotated[Visit, _reader], number: ReleaseNumber) -> ReleaseDetail:
    """One release with its tables, exactly as published."""
    async with visit.database.reading() as session:
        release = await find_release(session, number, actor=visit.actor)
        files = await file_names(session, release)
    return ReleaseDetail(**_summary(release, signed=SIGNATURE in files), tables=_figures(release), files=files)


@router.get("/{number}/files/{name}", response_class=Response, responses=CONTENT)
async def release_file(visit: Annotated[Visit, _reader], number: ReleaseNumber, name: FileName) -> Response:
    """The file as it was published, with its SHA-256 as the ETag."""
    return await download(visit, number, name)


def _summary(release: Release, *, signed: bool) -> dict[str, Any]:
    return {
        "signed": signed,
        **{name: getattr(release, name) for name in ReleaseSummary.model_fields.keys() - {"signed"}},
    }


def _announced(each: Announced) -> AnnouncedTold:
    return AnnouncedTold(
        quarter=each.quarter,
        due_on=each.due_on,
        published_on=each.published_on,
        release=each.release,
        is_late=each.is_late,
    )


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


def _order(view: OrderView, language: str) -> OrderTold:
    row = view.row
    return OrderTold(
        quarter=row.quarter,
        corrects=row.corrects,
        state=view.state,
        ordered_at=row.ordered_at,
        done=view.done,
        tables=view.tables,
        release=row.release_number,
        refusal=None if view.refusal is None else say(language, view.refusal),
    )
