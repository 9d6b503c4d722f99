"""What staff do on a case page: write, settle, assign, move. Each form is one verb in one transaction."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.casework import assign, attend, move_phase
from cases.messages import mark_read
from cases.models import Case
from cases.needs import settle_need
from cases.queries import find_case
from cases.rules import FlagOutcome, NeedStatus, Phase
from cases.safeguarding import settle_flag
from foundation.errors import Conflict, Invalid
from web.forms import CaseNumber, Posted, Text, see_other
from web.guard import Visit, guarded
from web.pages.case_page import case_response

router = APIRouter(include_in_schema=False)

Verb = Callable[[AsyncSession, Case], Awaitable[None]]


class FlagForm(Posted):
    outcome: FlagOutcome
    note: Text = ""


class NeedForm(Posted):
    status: NeedStatus


class OwnerForm(Posted):
    owner: UUID | None = None


class PhaseForm(Posted):
    phase: Phase


async def carry_out(visit: Visit, number: str, verb: Verb, form: Posted, *, back_to: str) -> Response:
    """Do `verb` with the case, then show it; what was typed stays on the page when the verb refuses it."""
    try:
        async with visit.database.transaction() as session:
            await verb(session, await find_case(session, visit.actor, number))
    except (Invalid, Conflict) as refusal:
        return await case_response(visit, number, refusal=refusal, typed={"place": back_to, **form.model_dump()})
    return see_other(f"/cases/{number}#{back_to}")


@router.post("/cases/{number}/attended")
async def mark_attended(
    visit: Annotated[Visit, guarded(Permission.CASE_MOVE)], number: CaseNumber, form: Annotated[Posted, Form()]
) -> Response:
    async def attend_to(session: AsyncSession, case: Case) -> None:
        await mark_read(session, case, actor=visit.actor)
        await attend(session, case, actor=visit.actor)

    return await carry_out(visit, number, attend_to, form, back_to="case")


@router.post("/cases/{number}/flags/{flag_id}")
async def settle_one_flag(
    visit: Annotated[Visit, guarded(Permission.CASE_READ)],
    number: CaseNumber,
    flag_id: UUID,
    form: Annotated[FlagForm, Form()],
) -> Response:
    """Which permission it takes depends on the flag; the verb asks for it."""

    async def settle(session: AsyncSession, case: Case) -> None:
        await settle_flag(session, case, flag_id, form.outcome, form.note, actor=visit.actor)

    return await carry_out(visit, number, settle, form, back_to=f"flag-{flag_id}")


@router.post("/cases/{number}/needs/{need_id}")
async def settle_one_need(
    visit: Annotated[Visit, guarded(Permission.NEED_SETTLE)],
    number: CaseNumber,
    need_id: UUID,
    form: Annotated[NeedForm, Form()],
) -> Response:
    async def settle(session: AsyncSession, case: Case) -> None:
        await settle_need(session, case, need_id, form.status, actor=visit.actor)

    return await carry_out(visit, number, settle, form, back_to="needs")


@router.post("/cases/{number}/owner")
async def change_owner(
    visit: Annotated[Visit, guarded(Permission.CASE_ASSIGN)], number: CaseNumber, form: Annotated[OwnerForm, Form()]
) -> Response:
    async def give(session: AsyncSession, case: Case) -> None:
        await assign(session, case, form.owner, actor=visit.actor)

    return await carry_out(visit, number, give, form, back_to="case")


@router.post("/cases/{number}/phase")
async def change_phase(
    visit: Annotated[Visit, guarded(Permission.CASE_MOVE)], number: CaseNumber, form: Annotated[PhaseForm, Form()]
) -> Response:
    async def move(session: AsyncSession, case: Case) -> None:
        await move_phase(session, case, form.phase, actor=visit.actor)

    return await carry_out(visit, number, move, form, back_to="case")
