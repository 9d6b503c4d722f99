"""Monitors of returns: their own records, and the form for what they saw. Nothing else of a case is shown."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from access.rules import Permission
from cases.record_kinds import SPEC_OF, RecordKind
from cases.return_monitoring import monitored_by, record_monitoring
from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound, Refusal
from web.errors import message_of, status_of
from web.forms import see_other
from web.guard import Visit, guarded
from web.pages.record_form import OWN_FIELDS, day_of, id_of
from web.rendering import page

router = APIRouter(include_in_schema=False)

Monitoring = Annotated[Visit, guarded(Permission.RETURN_MONITOR)]
NUMBER = "number"


@router.get("/return-monitoring")
async def show_own(visit: Monitoring) -> Response:
    return await _page(visit)


@router.post("/return-monitoring")
async def write_one(visit: Monitoring) -> Response:
    typed = {name: text for name, text in (await visit.request.form()).items() if isinstance(text, str)}
    try:
        values = {name: text.replace("\0", "") for name, text in typed.items() if name not in {*OWN_FIELDS, NUMBER}}
        async with visit.database.transaction() as session:
            await record_monitoring(
                session,
                typed.get(NUMBER, "").replace("\0", ""),
                values,
                made_on=day_of(typed.get("made_on", "")),
                replaces=id_of(typed.get("replaces", "")),
                actor=visit.actor,
            )
    except (Invalid, Conflict, NotFound) as refusal:
        return await _page(visit, refusal, typed)
    return see_other("/return-monitoring")


async def _page(visit: Visit, refusal: Refusal | None = None, typed: Mapping[str, str] | None = None) -> Response:
    async with visit.database.reading() as session:
        records = await monitored_by(session, visit.actor)
    return page(
        visit,
        "return_monitoring.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        spec=SPEC_OF[RecordKind.MONITORING],
        records=records,
        typed=typed or {},
        today=clock.today(),
    )
