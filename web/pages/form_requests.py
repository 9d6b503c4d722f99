"""What staff do with forms from a case page: ask the person, take it back, begin one with them, correct one."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from pydantic import StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.filling import begin_filling, correct_with_person, drop_draft
from cases.models import Case, Submission
from cases.requests import send_form, withdraw_request
from web.forms import CaseNumber, Posted, see_other
from web.guard import Visit, guarded
from web.pages.case_work import carry_out

router = APIRouter(include_in_schema=False)


class SheetForm(Posted):
    sheet: Annotated[str, StringConstraints(min_length=1, max_length=64)]


@router.post("/cases/{number}/form-requests")
async def ask_person(
    visit: Annotated[Visit, guarded(Permission.FORM_SEND)], number: CaseNumber, form: Annotated[SheetForm, Form()]
) -> Response:
    async def send(session: AsyncSession, case: Case) -> None:
        await send_form(session, case, form.sheet, actor=visit.actor)

    return await carry_out(visit, number, send, form, back_to="forms")


@router.post("/cases/{number}/form-requests/{request_id}/withdraw")
async def take_back(
    visit: Annotated[Visit, guarded(Permission.FORM_SEND)],
    number: CaseNumber,
    request_id: UUID,
    form: Annotated[Posted, Form()],
) -> Response:
    async def withdraw(session: AsyncSession, case: Case) -> None:
        await withdraw_request(session, case, request_id, actor=visit.actor)

    return await carry_out(visit, number, withdraw, form, back_to="forms")


@router.post("/cases/{number}/forms")
async def begin(
    visit: Annotated[Visit, guarded(Permission.FORM_FILL)], number: CaseNumber, form: Annotated[SheetForm, Form()]
) -> Response:
    """Start to fill in a form with the person, or go on where a colleague stopped."""
    begun: list[Submission] = []

    async def start(session: AsyncSession, case: Case) -> None:
        begun.append(await begin_filling(session, case, form.sheet, actor=visit.actor))

    answer = await carry_out(visit, number, start, form, back_to="forms")
    return see_other(f"/cases/{number}/forms/{begun[0].id}") if begun else answer


@router.post("/cases/{number}/forms/corrections")
async def correct(
    visit: Annotated[Visit, guarded(Permission.FORM_FILL)], number: CaseNumber, form: Annotated[SheetForm, Form()]
) -> Response:
    """Open the newest sent form again; its review is shown first, with a way to each answer."""
    begun: list[Submission] = []

    async def start(session: AsyncSession, case: Case) -> None:
        begun.append(await correct_with_person(session, case, form.sheet, actor=visit.actor))

    answer = await carry_out(visit, number, start, form, back_to="forms")
    return see_other(f"/cases/{number}/forms/{begun[0].id}/review") if begun else answer


@router.post("/cases/{number}/forms/{submission_id}/drop")
async def drop(
    visit: Annotated[Visit, guarded(Permission.FORM_FILL)],
    number: CaseNumber,
    submission_id: UUID,
    form: Annotated[Posted, Form()],
) -> Response:
    async def end(session: AsyncSession, case: Case) -> None:
        await drop_draft(session, case, submission_id, actor=visit.actor)

    return await carry_out(visit, number, end, form, back_to="forms")
