"""The complaints officer's pages: what is due, one complaint, and the steps with it. No case is reachable from here."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Path
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.complaint_desk import acknowledge, answer, close, find_complaint, list_complaints, open_complaint
from cases.complaints import ABOUT_NAMES, STATUS_NAMES
from cases.models import Complaint
from cases.rules import COMPLAINT_STEPS, ComplaintAbout, ComplaintStatus
from foundation.errors import Conflict, Invalid, NotFound, Refusal
from web.errors import message_of, status_of
from web.forms import Posted, Text, see_other
from web.guard import NOTHING_HERE, Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)

Number = Annotated[str, Path(max_length=16, pattern=r"^[A-Za-z0-9-]+$")]
Verb = Callable[[AsyncSession, Complaint], Awaitable[None]]
_reader, _answerer = guarded(Permission.COMPLAINT_READ), guarded(Permission.COMPLAINT_ANSWER)


class Narrowing(BaseModel):
    """What may stand in the address of the list."""

    status: ComplaintStatus | None = None
    about: ComplaintAbout | None = None
    page: int = Field(1, ge=1, le=100_000)

    def query(self, number: int) -> str:
        chosen = self.model_dump(mode="json", exclude_defaults=True, exclude={"page"})
        return urlencode({**chosen, "page": number})


class AnswerForm(Posted):
    text: Text = ""


@router.get("/complaints")
async def show_list(visit: Annotated[Visit, _reader]) -> Response:
    """A form sends its empty choices too; they mean all."""
    given = {name: value for name, value in visit.request.query_params.items() if value}
    try:
        narrowing = Narrowing.model_validate(given)
    except ValidationError:
        raise NotFound(NOTHING_HERE) from None
    async with visit.database.reading() as session:
        found = await list_complaints(
            session, actor=visit.actor, status=narrowing.status, about=narrowing.about, page=narrowing.page
        )
    return page(
        visit,
        "complaints.html",
        found=found,
        narrowing=narrowing,
        about_names=ABOUT_NAMES,
        status_names=STATUS_NAMES,
    )


@router.get("/complaints/{complaint}")
async def show_complaint(visit: Annotated[Visit, _reader], complaint: Number) -> Response:
    """That it was read is noted before it is shown."""
    return await _complaint_page(visit, complaint)


@router.post("/complaints/{complaint}/acknowledge")
async def mark_acknowledged(
    visit: Annotated[Visit, _answerer], complaint: Number, form: Annotated[Posted, Form()]
) -> Response:
    async def verb(session: AsyncSession, found: Complaint) -> None:
        await acknowledge(session, found, actor=visit.actor)

    return await _carry_out(visit, complaint, verb, form)


@router.post("/complaints/{complaint}/answer")
async def send_answer(
    visit: Annotated[Visit, _answerer], complaint: Number, form: Annotated[AnswerForm, Form()]
) -> Response:
    async def verb(session: AsyncSession, found: Complaint) -> None:
        await answer(session, found, form.text, actor=visit.actor)

    return await _carry_out(visit, complaint, verb, form)


@router.post("/complaints/{complaint}/close")
async def close_one(visit: Annotated[Visit, _answerer], complaint: Number, form: Annotated[Posted, Form()]) -> Response:
    async def verb(session: AsyncSession, found: Complaint) -> None:
        await close(session, found, actor=visit.actor)

    return await _carry_out(visit, complaint, verb, form)


async def _carry_out(visit: Visit, number: str, verb: Verb, form: Posted) -> Response:
    """What was typed stays on the page when the verb refuses it."""
    try:
        async with visit.database.transaction() as session:
            await verb(session, await find_complaint(session, number, actor=visit.actor))
    except (Invalid, Conflict) as refusal:
        return await _complaint_page(
            visit, number, refusal=refusal, typed=form.text if isinstance(form, AnswerForm) else ""
        )
    return see_other(f"/complaints/{number}")


async def _complaint_page(visit: Visit, number: str, *, refusal: Refusal | None = None, typed: str = "") -> Response:
    async with visit.database.transaction() as session:
        view = await open_complaint(session, number, actor=visit.actor)
    return page(
        visit,
        "complaint.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        typed=typed,
        view=view,
        complaint=view.complaint,
        next_steps=COMPLAINT_STEPS[view.complaint.status],
        steps=ComplaintStatus,
        about_names=ABOUT_NAMES,
        status_names=STATUS_NAMES,
    )
