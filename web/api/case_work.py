"""What staff do with a case: settle flags, needs and tasks, see to what waits, give it an owner, move its phase."""

from typing import Annotated
from uuid import UUID

from access.rules import Permission
from cases.casework import assign, attend, move_phase
from cases.messages import mark_read
from cases.needs import settle_need
from cases.rules import FlagOutcome, NeedStatus, Phase
from cases.safeguarding import settle_flag
from cases.tasks import settle_task
from web.api.one_case import changing
from web.api.routing import api_router
from web.api.shapes import Body
from web.forms import CaseNumber, Text
from web.guard import Visit, guarded

router = api_router("/cases/{number}", "cases")


class FlagSettlement(Body):
    outcome: FlagOutcome
    note: Text
    """Why: what was checked and what was decided."""


class NeedState(Body):
    status: NeedStatus


class Owner(Body):
    owner_id: UUID | None
    """A colleague of the same organisation who works on cases; null: nobody owns it."""


class PhaseWanted(Body):
    phase: Phase


@router.post("/attended", status_code=204)
async def mark_attended(visit: Annotated[Visit, guarded(Permission.CASE_MOVE)], number: CaseNumber) -> None:
    """You have seen to what waited: messages are read, and the case leaves the top of the list."""
    async with changing(visit, number) as (session, case):
        await mark_read(session, case, actor=visit.actor)
        await attend(session, case, actor=visit.actor)


@router.post("/flags/{flag_id}/settle", status_code=204)
async def settle_one_flag(
    visit: Annotated[Visit, guarded(Permission.CASE_READ)], number: CaseNumber, flag_id: UUID, body: FlagSettlement
) -> None:
    """Which permission it takes depends on the kind of the flag."""
    async with changing(visit, number) as (session, case):
        await settle_flag(session, case, flag_id, body.outcome, body.note, actor=visit.actor)


@router.put("/needs/{need_id}/status", status_code=204)
async def settle_one_need(
    visit: Annotated[Visit, guarded(Permission.NEED_SETTLE)], number: CaseNumber, need_id: UUID, body: NeedState
) -> None:
    async with changing(visit, number) as (session, case):
        await settle_need(session, case, need_id, body.status, actor=visit.actor)


@router.post("/tasks/{task_id}/settle", status_code=204)
async def settle_one_task(
    visit: Annotated[Visit, guarded(Permission.TASK_SETTLE)], number: CaseNumber, task_id: UUID
) -> None:
    async with changing(visit, number) as (session, case):
        await settle_task(session, case, task_id, actor=visit.actor)


@router.put("/owner", status_code=204)
async def change_owner(
    visit: Annotated[Visit, guarded(Permission.CASE_ASSIGN)], number: CaseNumber, body: Owner
) -> None:
    async with changing(visit, number) as (session, case):
        await assign(session, case, body.owner_id, actor=visit.actor)


@router.put("/phase", status_code=204)
async def change_phase(
    visit: Annotated[Visit, guarded(Permission.CASE_MOVE)], number: CaseNumber, body: PhaseWanted
) -> None:
    """Into the phase of return and out of it a case goes by a return alone."""
    async with changing(visit, number) as (session, case):
        await move_phase(session, case, body.phase, actor=visit.actor)
