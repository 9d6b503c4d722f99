"""The plan of a case: written with the person, sent for approval, at work, revised. Each form is one verb."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Path
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.models import Case, Person
from cases.money import in_words
from cases.plan_file import PlanView, find_version, open_plan, plan_file
from cases.plan_rules import ACTIVITY_STEPS, SPOKEN
from cases.plan_steps import may_approve
from cases.planning import (
    activate_plan,
    approve_plan,
    begin_plan,
    complete_plan,
    discard_draft,
    record_agreement,
    revise_plan,
    send_back,
    submit_plan,
    write_plan,
)
from cases.programmes import programmes_of
from cases.queries import find_case, record_view
from cases.rules import CaseStatus
from foundation import clock
from foundation.errors import Conflict, Invalid, Refusal
from foundation.language import _
from web.errors import message_of, status_of
from web.forms import LAST_NUMBER, CaseNumber, Line, Posted, Text, read_day, see_other
from web.guard import Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)

Version = Annotated[int, Path(ge=1, le=LAST_NUMBER)]
Verb = Callable[[AsyncSession, Case], Awaitable[object]]
_writer, _approver = guarded(Permission.PLAN_WRITE), guarded(Permission.PLAN_APPROVE)


class PlanForm(Posted):
    goals: Text = ""
    risks: Text = ""
    mitigations: Text = ""
    review_on: Line = ""
    programme: UUID | None = None


class AgreementForm(Posted):
    language: Line = ""
    agreed_on: Line = ""


class ApprovalForm(Posted):
    seen: int


class ReasonForm(Posted):
    reason: Text = ""


@router.get("/cases/{number}/plan")
async def show_plan(visit: Annotated[Visit, guarded(Permission.CASE_READ)], number: CaseNumber) -> Response:
    await _note_view(visit, number)
    return await plan_response(visit, number)


@router.get("/cases/{number}/plan/versions/{version}")
async def show_version(
    visit: Annotated[Visit, guarded(Permission.CASE_READ)], number: CaseNumber, version: Version
) -> Response:
    """One version as it was left, and nothing to be done with it."""
    await _note_view(visit, number)
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        view = await open_plan(session, case, await find_version(session, case, version))
    return page(
        visit, "plan_version.html", case=case, view=view, money=partial(in_words, visit.language), is_open=False
    )


@router.post("/cases/{number}/plan/begin")
async def begin(visit: Annotated[Visit, _writer], number: CaseNumber, form: Annotated[Posted, Form()]) -> Response:
    return await carry_out(visit, number, partial(begin_plan, actor=visit.actor), form)


@router.post("/cases/{number}/plan")
async def write(visit: Annotated[Visit, _writer], number: CaseNumber, form: Annotated[PlanForm, Form()]) -> Response:
    async def write_it(session: AsyncSession, case: Case) -> None:
        await write_plan(
            session,
            case,
            goals=form.goals,
            risks=form.risks,
            mitigations=form.mitigations,
            review_on=read_day(form.review_on),
            programme_id=form.programme,
            actor=visit.actor,
        )

    return await carry_out(visit, number, write_it, form)


@router.post("/cases/{number}/plan/agreement")
async def agree(
    visit: Annotated[Visit, _writer], number: CaseNumber, form: Annotated[AgreementForm, Form()]
) -> Response:
    async def record(session: AsyncSession, case: Case) -> None:
        agreed_on = read_day(form.agreed_on)
        if agreed_on is None:
            raise Invalid(_("Write on which day the person agreed."))
        await record_agreement(session, case, form.language, agreed_on, actor=visit.actor)

    return await carry_out(visit, number, record, form)


@router.post("/cases/{number}/plan/submit")
async def submit(visit: Annotated[Visit, _writer], number: CaseNumber, form: Annotated[Posted, Form()]) -> Response:
    return await carry_out(visit, number, partial(submit_plan, actor=visit.actor), form)


@router.post("/cases/{number}/plan/discard")
async def discard(visit: Annotated[Visit, _writer], number: CaseNumber, form: Annotated[Posted, Form()]) -> Response:
    return await carry_out(visit, number, partial(discard_draft, actor=visit.actor), form)


@router.post("/cases/{number}/plan/approve")
async def approve(
    visit: Annotated[Visit, _approver], number: CaseNumber, form: Annotated[ApprovalForm, Form()]
) -> Response:
    async def approve_it(session: AsyncSession, case: Case) -> None:
        await approve_plan(session, case, form.seen, actor=visit.actor)

    return await carry_out(visit, number, approve_it, form)


@router.post("/cases/{number}/plan/return")
async def give_back(
    visit: Annotated[Visit, _approver], number: CaseNumber, form: Annotated[ReasonForm, Form()]
) -> Response:
    async def return_it(session: AsyncSession, case: Case) -> None:
        await send_back(session, case, form.reason, actor=visit.actor)

    return await carry_out(visit, number, return_it, form)


@router.post("/cases/{number}/plan/activate")
async def activate(visit: Annotated[Visit, _writer], number: CaseNumber, form: Annotated[Posted, Form()]) -> Response:
    return await carry_out(visit, number, partial(activate_plan, actor=visit.actor), form)


@router.post("/cases/{number}/plan/complete")
async def complete(visit: Annotated[Visit, _writer], number: CaseNumber, form: Annotated[Posted, Form()]) -> Response:
    return await carry_out(visit, number, partial(complete_plan, actor=visit.actor), form)


@router.post("/cases/{number}/plan/revise")
async def revise(visit: Annotated[Visit, _writer], number: CaseNumber, form: Annotated[Posted, Form()]) -> Response:
    return await carry_out(visit, number, partial(revise_plan, actor=visit.actor), form)


async def carry_out(visit: Visit, number: str, verb: Verb, form: Posted, *, back_to: str = "") -> Response:
    """Do `verb` with the case, then show its plan; what was typed stays on the page when the verb refuses it."""
    try:
        async with visit.database.transaction() as session:
            await verb(session, await find_case(session, visit.actor, number))
    except (Invalid, Conflict) as refusal:
        return await plan_response(visit, number, refusal=refusal, typed={"place": back_to, **form.model_dump()})
    return see_other(f"/cases/{number}/plan{back_to and '#'}{back_to}")


async def plan_response(
    visit: Visit, number: str, *, refusal: Refusal | None = None, typed: dict[str, Any] | None = None
) -> Response:
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        file = await plan_file(session, case)
        written = await open_plan(session, case, file.written) if file.written else None
        in_force = await open_plan(session, case, file.in_force) if file.in_force else None
        programmes = await programmes_of(session, case.organisation_id)
        person = await session.get(Person, case.person_id) if case.person_id else None
    return page(
        visit,
        "plan.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        case=case,
        is_open=case.status is CaseStatus.OPEN,
        file=file,
        written=written,
        in_force=in_force,
        may_approve=written is not None and may_approve(written.plan, visit.actor),
        programmes=programmes,
        spoken=SPOKEN,
        steps=ACTIVITY_STEPS,
        today=clock.today(),
        money=partial(in_words, visit.language),
        typed={**_as_written(written, person.language if person else ""), "place": "", "reason": "", **(typed or {})},
    )


def _as_written(view: PlanView | None, language: str) -> dict[str, Any]:
    """What stands in the fields of the forms."""
    if view is None:
        return {}
    return {
        "goals": view.goals,
        "risks": view.risks,
        "mitigations": view.mitigations,
        "review_on": view.plan.review_on.isoformat() if view.plan.review_on else "",
        "programme": view.plan.programme_id,
        "language": view.plan.language or language,
        "agreed_on": view.plan.agreed_on.isoformat() if view.plan.agreed_on else "",
    }


async def _note_view(visit: Visit, number: str) -> None:
    async with visit.database.transaction() as session:
        record_view(session, await find_case(session, visit.actor, number), actor=visit.actor)
