"""Opening a case that is not one's own in an emergency, and the supervisors' list of who did."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.responses import Response

from access.rules import Permission
from cases.break_glass import COUNTED, OPEN_FOR, SHORTEST_REASON, break_glass, list_glass, review_glass
from foundation.errors import Conflict, Refusal
from web.errors import status_of
from web.forms import Line, Posted, Text, see_other
from web.guard import Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)


class GlassForm(Posted):
    number: Line = ""
    reason: Text = ""


@router.get("/break-glass")
async def show_list(visit: Annotated[Visit, guarded(Permission.GLASS_REVIEW)]) -> Response:
    async with visit.database.reading() as session:
        found = await list_glass(session, actor=visit.actor)
    return page(visit, "break_glass.html", found=found, days=COUNTED.days)


@router.get("/break-glass/new")
async def show_form(visit: Annotated[Visit, guarded(Permission.CASE_BREAK_GLASS)]) -> Response:
    return _form_page(visit)


@router.post("/break-glass/new")
async def open_in_emergency(
    visit: Annotated[Visit, guarded(Permission.CASE_BREAK_GLASS)], form: Annotated[GlassForm, Form()]
) -> Response:
    """What was typed stays on the page. A wrong number and one of another organisation get the same words."""
    try:
        async with visit.database.transaction() as session:
            case = await break_glass(session, form.number, form.reason, actor=visit.actor)
    except Refusal as refusal:
        return _form_page(visit, refusal, form)
    return see_other(f"/cases/{case.number}")


@router.post("/break-glass/{glass_id}/review")
async def review(
    visit: Annotated[Visit, guarded(Permission.GLASS_REVIEW)], glass_id: UUID, _form: Annotated[Posted, Form()]
) -> Response:
    async with visit.database.transaction() as session:
        await review_glass(session, glass_id, actor=visit.actor)
    return see_other("/break-glass")


def _form_page(visit: Visit, refusal: Refusal | None = None, form: GlassForm | None = None) -> Response:
    return page(
        visit,
        "break_glass_new.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and refusal.message,
        is_open=isinstance(refusal, Conflict),
        number=form.number if form else "",
        reason=form.reason if form else "",
        hours=int(OPEN_FOR.total_seconds()) // 3600,
        shortest=SHORTEST_REASON,
    )
