"""The page of a return: its steps, its legs, the consent to it. Each form is one verb in one transaction."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.models import Case
from cases.return_asking import ask_to_return
from cases.return_consent import record_return_consent, withdraw_return_consent
from cases.returning import add_leg, advance, arrive, begin_return, complete, depart, halt, remove_leg
from cases.safeguard_rules import EscortRole, HaltReason, ReturnType, Step, TravelMode
from web.forms import CaseNumber, Line, Posted, Text
from web.guard import Visit, guarded
from web.pages.safeguards import RETURN, carry_out, open_for_reading, safeguards_page

router = APIRouter(include_in_schema=False)

Preparing = Annotated[Visit, guarded(Permission.RETURN_PREPARE)]


class BeginForm(Posted):
    return_type: ReturnType


class StepForm(Posted):
    step: Step


class DayForm(Posted):
    day: date


class HaltForm(Posted):
    reason: HaltReason


class LegForm(Posted):
    mode: TravelMode
    on_date: date
    start: Line = ""
    end: Line = ""
    escort_role: EscortRole | Literal[""] = ""
    escort: Line = ""


class AskForm(Posted):
    guardian_evidence: Text = ""


class ConsentForm(Posted):
    agrees: Literal["yes", "no"]
    text: Text = ""
    evidence: Text = ""


@router.get("/cases/{number}/return")
async def show_return(visit: Annotated[Visit, guarded(Permission.CASE_READ)], number: CaseNumber) -> Response:
    await open_for_reading(visit, number)
    return await safeguards_page(visit, number, RETURN)


@router.post("/cases/{number}/return")
async def begin(visit: Preparing, number: CaseNumber, form: Annotated[BeginForm, Form()]) -> Response:
    async def start(session: AsyncSession, case: Case) -> None:
        await begin_return(session, case, form.return_type, actor=visit.actor)

    return await carry_out(visit, number, start, form, back_to=RETURN)


@router.post("/cases/{number}/return/step")
async def take_step(visit: Preparing, number: CaseNumber, form: Annotated[StepForm, Form()]) -> Response:
    """Clearing the travel takes another permission; the verb asks for it."""

    async def take(session: AsyncSession, case: Case) -> None:
        await advance(session, case, to=form.step, actor=visit.actor)

    return await carry_out(visit, number, take, form, back_to=RETURN)


@router.post("/cases/{number}/return/departure")
async def record_departure(visit: Preparing, number: CaseNumber, form: Annotated[DayForm, Form()]) -> Response:
    async def leave(session: AsyncSession, case: Case) -> None:
        await depart(session, case, form.day, actor=visit.actor)

    return await carry_out(visit, number, leave, form, back_to=RETURN)


@router.post("/cases/{number}/return/arrival")
async def record_arrival(visit: Preparing, number: CaseNumber, form: Annotated[DayForm, Form()]) -> Response:
    async def come(session: AsyncSession, case: Case) -> None:
        await arrive(session, case, form.day, actor=visit.actor)

    return await carry_out(visit, number, come, form, back_to=RETURN)


@router.post("/cases/{number}/return/completion")
async def record_completion(visit: Preparing, number: CaseNumber, form: Annotated[Posted, Form()]) -> Response:
    async def end(session: AsyncSession, case: Case) -> None:
        await complete(session, case, actor=visit.actor)

    return await carry_out(visit, number, end, form, back_to=RETURN)


@router.post("/cases/{number}/return/halt")
async def stop_return(visit: Preparing, number: CaseNumber, form: Annotated[HaltForm, Form()]) -> Response:
    async def stop(session: AsyncSession, case: Case) -> None:
        await halt(session, case, form.reason, actor=visit.actor)

    return await carry_out(visit, number, stop, form, back_to=RETURN)


@router.post("/cases/{number}/return/legs")
async def add_to_way(visit: Preparing, number: CaseNumber, form: Annotated[LegForm, Form()]) -> Response:
    async def add(session: AsyncSession, case: Case) -> None:
        await add_leg(
            session,
            case,
            form.mode,
            form.on_date,
            form.start,
            form.end,
            escort_role=form.escort_role or None,
            escort=form.escort,
            actor=visit.actor,
        )

    return await carry_out(visit, number, add, form, back_to=RETURN)


@router.post("/cases/{number}/return/legs/{leg_id}/remove")
async def take_off_way(visit: Preparing, number: CaseNumber, leg_id: UUID, form: Annotated[Posted, Form()]) -> Response:
    async def remove(session: AsyncSession, case: Case) -> None:
        await remove_leg(session, case, leg_id, actor=visit.actor)

    return await carry_out(visit, number, remove, form, back_to=RETURN)


@router.post("/cases/{number}/return/consent")
async def record_consent(visit: Preparing, number: CaseNumber, form: Annotated[ConsentForm, Form()]) -> Response:
    async def record(session: AsyncSession, case: Case) -> None:
        await record_return_consent(
            session,
            case,
            agrees=form.agrees == "yes",
            text=form.text,
            evidence=form.evidence,
            actor=visit.actor,
        )

    return await carry_out(visit, number, record, form, back_to=RETURN)


@router.post("/cases/{number}/return/consent/request")
async def ask_in_chat(visit: Preparing, number: CaseNumber, form: Annotated[AskForm, Form()]) -> Response:
    async def ask(session: AsyncSession, case: Case) -> None:
        await ask_to_return(session, case, guardian_evidence=form.guardian_evidence, actor=visit.actor)

    return await carry_out(visit, number, ask, form, back_to=RETURN)


@router.post("/cases/{number}/return/consent/withdrawal")
async def record_withdrawal(visit: Preparing, number: CaseNumber, form: Annotated[Posted, Form()]) -> Response:
    async def withdraw(session: AsyncSession, case: Case) -> None:
        await withdraw_return_consent(session, case, actor=visit.actor)

    return await carry_out(visit, number, withdraw, form, back_to=RETURN)
