"""What staff record of the follow-up on a case page, and the tasks they settle there."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.filling import begin_filling
from cases.followup import ask_by_phone, close_wave, record_refusal
from cases.models import Case, Submission
from cases.tasks import settle_task
from web.forms import CaseNumber, Line, Posted, see_other
from web.guard import Visit, guarded
from web.pages.case_work import carry_out

router = APIRouter(include_in_schema=False)


class CloseForm(Posted):
    reason: Line


@router.post("/cases/{number}/follow-ups/{follow_up_id}/phone")
async def ask_on_the_phone(
    visit: Annotated[Visit, guarded(Permission.FOLLOW_UP_RECORD)],
    number: CaseNumber,
    follow_up_id: UUID,
    form: Annotated[Posted, Form()],
) -> Response:
    """Staff ask the person themselves: on to the form, filled in with them."""
    begun: list[Submission] = []

    async def ask(session: AsyncSession, case: Case) -> None:
        sheet_id = await ask_by_phone(session, case, follow_up_id, actor=visit.actor)
        begun.append(await begin_filling(session, case, sheet_id, actor=visit.actor))

    answer = await carry_out(visit, number, ask, form, back_to="follow-up")
    return see_other(f"/cases/{number}/forms/{begun[0].id}") if begun else answer


@router.post("/cases/{number}/follow-ups/{follow_up_id}/refused")
async def note_refusal(
    visit: Annotated[Visit, guarded(Permission.FOLLOW_UP_RECORD)],
    number: CaseNumber,
    follow_up_id: UUID,
    form: Annotated[Posted, Form()],
) -> Response:
    async def refuse(session: AsyncSession, case: Case) -> None:
        await record_refusal(session, case, follow_up_id, actor=visit.actor)

    return await carry_out(visit, number, refuse, form, back_to="follow-up")


@router.post("/cases/{number}/follow-ups/{follow_up_id}/close")
async def close(
    visit: Annotated[Visit, guarded(Permission.FOLLOW_UP_RECORD)],
    number: CaseNumber,
    follow_up_id: UUID,
    form: Annotated[CloseForm, Form()],
) -> Response:
    async def close_it(session: AsyncSession, case: Case) -> None:
        await close_wave(session, case, follow_up_id, form.reason, actor=visit.actor)

    return await carry_out(visit, number, close_it, form, back_to="follow-up")


@router.post("/cases/{number}/tasks/{task_id}")
async def settle_task_of_case(
    visit: Annotated[Visit, guarded(Permission.TASK_SETTLE)],
    number: CaseNumber,
    task_id: UUID,
    form: Annotated[Posted, Form()],
) -> Response:
    async def settle(session: AsyncSession, case: Case) -> None:
        await settle_task(session, case, task_id, actor=visit.actor)

    return await carry_out(visit, number, settle, form, back_to="tasks")
