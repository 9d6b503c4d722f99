"""The activities of a plan: a form for one, and how far each is."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.models import StaffMember
from access.rules import SCOPES, Permission, Scope
from access.staff import colleagues
from cases.activities import Terms, add_activity, change_activity, move_activity, remove_activity
from cases.budgets import LineView, lines_for
from cases.models import Case
from cases.money import in_words, read_amount, read_currency
from cases.plan_file import ActivityView, open_plan
from cases.plan_rules import KINDS_OF, ActivityKind, ActivityStatus
from cases.plan_steps import find_draft
from cases.queries import find_case
from foundation.errors import Conflict, Invalid, NotFound, Refusal
from foundation.language import _
from referrals.models import Service
from referrals.queries import referrals_of
from web.errors import message_of, status_of
from web.forms import CaseNumber, Line, Posted, Text, read_day, see_other
from web.guard import NOTHING_HERE, Visit, guarded
from web.pages.case_plan import carry_out
from web.rendering import page

router = APIRouter(include_in_schema=False)
_writer = guarded(Permission.PLAN_WRITE)


class ActivityForm(Posted):
    kind: ActivityKind
    what: Text = ""
    provider: Line = ""
    service: UUID | None = None
    in_kind: Literal["yes", ""] = ""
    amount: Line = ""
    currency: Line = ""
    line: UUID | None = None
    starts_on: Line = ""
    due_on: Line = ""
    responsible: UUID | None = None


class ProgressForm(Posted):
    status: ActivityStatus
    reason: Text = ""


@router.get("/cases/{number}/plan/activities")
async def show_new(visit: Annotated[Visit, _writer], number: CaseNumber) -> Response:
    """The form for one more."""
    return await _form_page(visit, number, {"responsible": visit.actor.id})


@router.post("/cases/{number}/plan/activities")
async def add(visit: Annotated[Visit, _writer], number: CaseNumber, form: Annotated[ActivityForm, Form()]) -> Response:
    return await _save(visit, number, form, None)


@router.get("/cases/{number}/plan/activities/{activity_id}")
async def show_one(visit: Annotated[Visit, _writer], number: CaseNumber, activity_id: UUID) -> Response:
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        plan = await find_draft(session, case)
        view = await open_plan(session, case, plan)
    found = next((each for each in view.activities if each.row.id == activity_id), None)
    if found is None:
        raise NotFound(NOTHING_HERE)
    return await _form_page(visit, number, _as_written(found), activity_id=activity_id)


@router.post("/cases/{number}/plan/activities/{activity_id}")
async def change(
    visit: Annotated[Visit, _writer], number: CaseNumber, activity_id: UUID, form: Annotated[ActivityForm, Form()]
) -> Response:
    return await _save(visit, number, form, activity_id)


@router.post("/cases/{number}/plan/activities/{activity_id}/remove")
async def remove(
    visit: Annotated[Visit, _writer], number: CaseNumber, activity_id: UUID, form: Annotated[Posted, Form()]
) -> Response:
    async def take_out(session: AsyncSession, case: Case) -> None:
        await remove_activity(session, case, activity_id, actor=visit.actor)

    return await carry_out(visit, number, take_out, form)


@router.post("/cases/{number}/plan/activities/{activity_id}/progress")
async def progress(
    visit: Annotated[Visit, _writer], number: CaseNumber, activity_id: UUID, form: Annotated[ProgressForm, Form()]
) -> Response:
    async def move(session: AsyncSession, case: Case) -> None:
        await move_activity(session, case, activity_id, form.status, form.reason, actor=visit.actor)

    return await carry_out(visit, number, move, form, back_to=f"activity-{activity_id}")


async def _save(visit: Visit, number: str, form: ActivityForm, activity_id: UUID | None) -> Response:
    try:
        async with visit.database.transaction() as session:
            case = await find_case(session, visit.actor, number)
            terms = await _terms(session, case, form)
            if activity_id is None:
                await add_activity(session, case, terms, actor=visit.actor)
            else:
                await change_activity(session, case, activity_id, terms, actor=visit.actor)
    except (Invalid, Conflict) as refusal:
        return await _form_page(visit, number, form.model_dump(), activity_id=activity_id, refusal=refusal)
    return see_other(f"/cases/{number}/plan")


async def _terms(session: AsyncSession, case: Case, form: ActivityForm) -> Terms:
    """What was typed, read. Raises Invalid for what cannot be read; the verb checks the rest."""
    starts_on, due_on = read_day(form.starts_on), read_day(form.due_on)
    if due_on is None:
        raise Invalid(_("Write by which day it is due."))
    if form.responsible is None:
        raise Invalid(_("Choose who is responsible."))
    service = await chosen_service(session, case, form.service)
    currency = form.currency
    if form.line is not None and not currency:
        lines = await lines_for(session, case.organisation_id)
        currency = next((view.line.currency for _code, view in lines if view.line.id == form.line), "")
    has_amount = bool(form.amount)
    return Terms(
        kind=form.kind,
        what=form.what,
        due_on=due_on,
        responsible_id=form.responsible,
        starts_on=starts_on,
        provider=form.provider or (service.name if service else ""),
        service_id=form.service,
        in_kind=form.in_kind == "yes",
        amount=read_amount(form.amount, read_currency(currency)) if has_amount else None,
        currency=read_currency(currency) if has_amount else None,
        line_id=form.line,
    )


async def _form_page(
    visit: Visit,
    number: str,
    typed: dict[str, Any],
    *,
    activity_id: UUID | None = None,
    refusal: Refusal | None = None,
) -> Response:
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        lines = await lines_for(session, case.organisation_id)
        staff = await responsible_colleagues(session, case)
        services = await services_of(session, case)
    return page(
        visit,
        "plan_activity.html",
        status_code=200 if refusal is None else status_of(refusal),
        refusal=refusal and message_of(refusal),
        case=case,
        activity_id=activity_id,
        typed={**_EMPTY, **typed},
        kinds=KINDS_OF,
        lines=[(code, view, _rest(visit, view)) for code, view in lines],
        colleagues=staff,
        services=services,
        money=partial(in_words, visit.language),
    )


_EMPTY: dict[str, Any] = {name: "" for name in ActivityForm.model_fields if name != "csrf_token"}


def _rest(visit: Visit, view: LineView) -> str:
    return in_words(visit.language, view.rest, view.line.currency)


def _as_written(view: ActivityView) -> dict[str, Any]:
    row = view.row
    return {
        "kind": row.kind,
        "what": view.what,
        "provider": view.provider,
        "service": row.service_id,
        "in_kind": "yes" if row.in_kind else "",
        "amount": f"{row.amount.normalize():f}" if row.amount is not None else "",
        "currency": row.currency or "",
        "line": row.line_id,
        "starts_on": row.starts_on.isoformat() if row.starts_on else "",
        "due_on": row.due_on.isoformat(),
        "responsible": row.responsible_id,
    }


async def services_of(session: AsyncSession, case: Case) -> Sequence[Service]:
    """Of the directory, those to which the person was referred."""
    found = {each.service.id: each.service for each in await referrals_of(session, case.id)}
    return list(found.values())


async def chosen_service(session: AsyncSession, case: Case, service_id: UUID | None) -> Service | None:
    """The service that an activity is to be provided by. Raises Invalid for one to which nobody was referred."""
    if service_id is None:
        return None
    service = next((each for each in await services_of(session, case) if each.id == service_id), None)
    if service is None:
        raise Invalid(_("Choose a service to which the person was referred."))
    return service


async def responsible_colleagues(session: AsyncSession, case: Case) -> list[StaffMember]:
    """Who may be responsible for an activity: whoever works on cases of the organisation."""
    staff = await colleagues(session, case.organisation_id)
    return [each for each in staff if SCOPES[each.role] is not Scope.NOTHING]
