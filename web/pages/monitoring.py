"""Releases: what was published, exactly as it was published; drafting, approving, announcing; files to take away."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Form
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.facts import quarter_of
from foundation import clock
from foundation.errors import Conflict, Invalid, Refusal
from foundation.language import _
from monitoring.calendar import announce, calendar
from monitoring.models import Release, ReleaseState
from monitoring.ordering import OrderState, OrderView, newest_order, order_correction, order_release
from monitoring.publication import (
    approve_release,
    corrected_by,
    drop_release,
    file_names,
    find_file,
    find_release,
    list_releases,
    publish_release,
    tables_of,
)
from monitoring.release_files import media_type_of
from monitoring.signing import as_pem, fingerprint_of, signing_keys
from monitoring.themes import themes
from web.errors import status_in_sight
from web.forms import FileName, Line, Posted, ReleaseNumber, Text, read_day, see_other
from web.guard import PUBLIC, Visit, guarded
from web.pages.public import in_language, language_links
from web.rendering import page
from web.tables import WITHHELD, lay_out

router = APIRouter(include_in_schema=False)

KEY_FILE = "key.pem"

QUARTERS_OFFERED = 8
QUARTERS_AHEAD = 4
_reader, _publisher = guarded(Permission.RELEASE_READ), guarded(Permission.RELEASE_PUBLISH)
_anyone = guarded(PUBLIC)
Verb = Callable[[AsyncSession], Awaitable[object]]


class QuarterForm(Posted):
    quarter: date


class AnnounceForm(QuarterForm):
    due_on: Line = ""
    reason: Line = ""


class ApproveForm(Posted):
    sha256: Line = ""


class CorrectionForm(Posted):
    changed: Text = ""


@router.get("/releases")
async def show_calendar(visit: Annotated[Visit, _anyone]) -> Response:
    """Open to everyone: when figures come, when they came, and the keys that they are signed with."""
    visit = in_language(visit, visit.request.query_params.get("lang", ""))
    async with visit.database.reading() as session:
        announced = await calendar(session)
        keys = await signing_keys(session)
    return page(
        visit,
        "public_releases.html",
        announced=announced,
        keys=[(key, as_pem(key.public).decode(), fingerprint_of(key.public)) for key in keys],
        check=f"homeward release verify FOLDER --key {KEY_FILE}",
        key_file=KEY_FILE,
        languages=language_links(visit, lambda code: f"/releases?lang={code}"),
    )


@router.get("/releases/key.pem")
async def public_key(visit: Annotated[Visit, _anyone]) -> Response:
    """The key that signs now, and those that signed before, the newest first; empty before the first release."""
    async with visit.database.reading() as session:
        content = b"".join(as_pem(key.public) for key in await signing_keys(session))
    return Response(content, media_type=media_type_of(KEY_FILE))


@router.get("/monitoring")
async def show_releases(visit: Annotated[Visit, _reader]) -> Response:
    return await _releases(visit)


@router.post("/monitoring")
async def draft(visit: Annotated[Visit, _publisher], form: Annotated[QuarterForm, Form()]) -> Response:
    """Asks for it: the worker makes it, and the list of releases tells how far it is."""
    try:
        async with visit.database.transaction() as session:
            await order_release(session, quarter=form.quarter, actor=visit.actor)
    except (Invalid, Conflict) as refusal:
        return await _releases(visit, refusal)
    return see_other("/monitoring")


@router.post("/monitoring/calendar")
async def announce_day(visit: Annotated[Visit, _publisher], form: Annotated[AnnounceForm, Form()]) -> Response:
    try:
        day = read_day(form.due_on)
        if day is None:
            raise Invalid(_("Set the day for which the figures are announced."))  # noqa: TRY301  # as a verb would
        async with visit.database.transaction() as session:
            await announce(session, quarter=form.quarter, due_on=day, reason=form.reason, actor=visit.actor)
    except (Invalid, Conflict) as refusal:
        return await _releases(visit, refusal, form)
    return see_other("/monitoring")


@router.get("/monitoring/{number}")
async def show_release(visit: Annotated[Visit, _reader], number: ReleaseNumber) -> Response:
    return await _release(visit, number)


@router.post("/monitoring/{number}/approve")
async def approve(
    visit: Annotated[Visit, _publisher], number: ReleaseNumber, form: Annotated[ApproveForm, Form()]
) -> Response:
    async def verb(session: AsyncSession) -> None:
        await approve_release(session, number, form.sha256, actor=visit.actor)

    return await _carry_out(visit, number, verb)


@router.post("/monitoring/{number}/publish")
async def publish(
    visit: Annotated[Visit, _publisher], number: ReleaseNumber, _form: Annotated[Posted, Form()]
) -> Response:
    async def verb(session: AsyncSession) -> None:
        await publish_release(session, number, actor=visit.actor)

    return await _carry_out(visit, number, verb)


@router.post("/monitoring/{number}/drop")
async def drop(
    visit: Annotated[Visit, _publisher], number: ReleaseNumber, _form: Annotated[Posted, Form()]
) -> Response:
    async def verb(session: AsyncSession) -> None:
        await drop_release(session, number, actor=visit.actor)

    return await _carry_out(visit, number, verb, leads_to="/monitoring")


@router.post("/monitoring/{number}/correction")
async def correct(
    visit: Annotated[Visit, _publisher], number: ReleaseNumber, form: Annotated[CorrectionForm, Form()]
) -> Response:
    try:
        async with visit.database.transaction() as session:
            await order_correction(session, number, form.changed, actor=visit.actor)
    except (Invalid, Conflict) as refusal:
        return await _release(visit, number, refusal, form.changed)
    return see_other("/monitoring")


@router.get("/monitoring/{number}/{name}")
async def download(visit: Annotated[Visit, _reader], number: ReleaseNumber, name: FileName) -> Response:
    """The bytes as they were published. Whoever has them already, by their ETag, is not sent them again."""
    async with visit.database.reading() as session:
        content = await find_file(session, number, name, actor=visit.actor)
    tag = f'"{hashlib.sha256(content).hexdigest()}"'
    known = {each.strip().removeprefix("W/") for each in visit.request.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(status_code=304, headers={"ETag": tag})
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "ETag": tag}
    return Response(content, media_type=media_type_of(name), headers=headers)


async def _carry_out(visit: Visit, number: int, verb: Verb, *, leads_to: str | None = None) -> Response:
    try:
        async with visit.database.transaction() as session:
            await verb(session)
    except (Invalid, Conflict) as refusal:
        return await _release(visit, number, refusal)
    return see_other(leads_to or f"/monitoring/{number}")


async def _release(visit: Visit, number: int, refusal: Refusal | None = None, typed: str = "") -> Response:
    async with visit.database.reading() as session:
        release = await find_release(session, number, actor=visit.actor)
        files = await file_names(session, release)
        successor = await corrected_by(session, release)
    layouts = [lay_out(table, visit.language) for table in tables_of(release)]
    return page(
        visit,
        "release.html",
        status_code=200 if refusal is None else status_in_sight(refusal),
        refusal=refusal and refusal.message,
        release=release,
        states=ReleaseState,
        files=files,
        layouts=layouts,
        withheld=WITHHELD,
        corrected_by=successor,
        is_mine=release.drafted_by == visit.actor.id,
        typed=typed,
    )


async def _releases(visit: Visit, refusal: Refusal | None = None, typed: AnnounceForm | None = None) -> Response:
    async with visit.database.reading() as session:
        releases = await list_releases(session, actor=visit.actor)
        announced = await calendar(session)
        order = await newest_order(session, actor=visit.actor) if visit.may(Permission.RELEASE_PUBLISH) else None
    made = {release.quarter for release in releases}
    return page(
        visit,
        "monitoring.html",
        status_code=200 if refusal is None else status_in_sight(refusal),
        refusal=refusal and refusal.message,
        releases=releases,
        states=ReleaseState,
        order=order,
        order_states=OrderState,
        refused_order=order if order and order.refusal and not _is_outdated(order, releases) else None,
        announced=announced,
        themes=themes(),
        quarters=[quarter for quarter in _ended_quarters() if quarter not in made],
        to_announce=[each for each in _coming_quarters() if each not in made],
        typed=typed,
    )


def _is_outdated(order: OrderView, releases: Sequence[Release]) -> bool:
    """A draft was made since."""
    return any(release.drafted_at > order.row.ordered_at for release in releases)


def _ended_quarters() -> list[date]:
    """First days of the quarters that ended last, newest first."""
    quarters = [quarter_of(clock.today())]
    while len(quarters) <= QUARTERS_OFFERED:
        quarters.append(quarter_of(quarters[-1] - timedelta(days=1)))
    return quarters[1:]


def _coming_quarters() -> list[date]:
    """The quarter that ended last, the present one and those after it."""
    quarters = [_ended_quarters()[0]]
    while len(quarters) <= QUARTERS_AHEAD:
        quarters.append(quarter_of(quarters[-1] + timedelta(days=100)))
    return quarters
