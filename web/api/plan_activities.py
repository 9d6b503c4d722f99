"""The activities of a plan: written into the draft, moved along as they are done, and what can be chosen for them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from access.rules import Permission
from cases.activities import Terms, add_activity, change_activity, move_activity, remove_activity
from cases.budgets import LineView, lines_for
from cases.models import Case
from cases.plan_rules import SPOKEN, ActivityKind, ActivityStatus
from cases.programmes import programmes_of
from cases.queries import find_case
from web.api.money import MoneyBody, MoneyTold, money_told
from web.api.one_case import changing
from web.api.routing import api_router
from web.api.shapes import Answer, Body, Made
from web.forms import CaseNumber, Line, Text
from web.guard import Visit, guarded
from web.pages.plan_activities import chosen_service, responsible_colleagues, services_of

router = api_router("/cases/{number}/plan", "plan")

_writer = guarded(Permission.PLAN_WRITE)


class ActivityBody(Body):
    """Whole: what is left out is empty."""

    kind: ActivityKind
    what: Text
    """What is done. Kept sealed, like the provider."""
    due_on: date
    responsible_id: UUID
    """A colleague who works on cases, one of `choices`."""
    starts_on: date | None = None
    provider: Line = ""
    """Who provides it, as the person knows them; empty: the service's own name."""
    service_id: UUID | None = None
    """A service to which the person was referred, one of `choices`."""
    in_kind: bool = False
    cost: MoneyBody | None = None
    line_id: UUID | None = None
    """The budget line that is charged, in its own currency; one of `choices`."""


class ProgressBody(Body):
    status: ActivityStatus
    reason: Text = ""
    """Why it is dropped. Kept sealed."""


class NamedChoice(Answer):
    id: UUID
    name: str


class LineChoice(Answer):
    id: UUID
    programme: str
    """Its code."""
    code: str
    name: str
    rest: MoneyTold
    """What is left of it; plans that are not approved are not counted."""


class ProgrammeChoice(Answer):
    id: UUID
    code: str


class ChoicesTold(Answer):
    """What a plan and its activities can name."""

    colleagues: list[NamedChoice]
    services: list[NamedChoice]
    lines: list[LineChoice]
    programmes: list[ProgrammeChoice]
    languages: list[str]
    """In which a plan can be read back."""


@router.get("/choices")
async def choices(visit: Annotated[Visit, _writer], number: CaseNumber) -> ChoicesTold:
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        lines = await lines_for(session, case.organisation_id)
        programmes = await programmes_of(session, case.organisation_id)
        staff = await responsible_colleagues(session, case)
        services = await services_of(session, case)
    return ChoicesTold(
        colleagues=[NamedChoice(id=each.id, name=each.name) for each in staff],
        services=[NamedChoice(id=each.id, name=each.name) for each in services],
        lines=[_line(code, view) for code, view in lines],
        programmes=[ProgrammeChoice(id=each.id, code=each.code) for each in programmes],
        languages=list(SPOKEN),
    )


@router.post("/activities", status_code=201)
async def add(visit: Annotated[Visit, _writer], number: CaseNumber, body: ActivityBody) -> Made:
    async with changing(visit, number) as (session, case):
        terms = await _terms(session, case, body)
        activity = await add_activity(session, case, terms, actor=visit.actor)
    return Made(id=activity.id)


@router.put("/activities/{activity_id}", status_code=204)
async def change(visit: Annotated[Visit, _writer], number: CaseNumber, activity_id: UUID, body: ActivityBody) -> None:
    """Write it anew. What is completed or dropped stays as it is."""
    async with changing(visit, number) as (session, case):
        terms = await _terms(session, case, body)
        await change_activity(session, case, activity_id, terms, actor=visit.actor)


@router.delete("/activities/{activity_id}", status_code=204)
async def remove(visit: Annotated[Visit, _writer], number: CaseNumber, activity_id: UUID) -> None:
    """Take it out of the draft. One that an earlier version agreed is dropped instead, with a reason."""
    async with changing(visit, number) as (session, case):
        await remove_activity(session, case, activity_id, actor=visit.actor)


@router.post("/activities/{activity_id}/progress", status_code=204)
async def progress(visit: Annotated[Visit, _writer], number: CaseNumber, activity_id: UUID, body: ProgressBody) -> None:
    """How far it is. Dropping needs a reason, and frees what it was charged."""
    async with changing(visit, number) as (session, case):
        await move_activity(session, case, activity_id, body.status, body.reason, actor=visit.actor)


async def _terms(session: AsyncSession, case: Case, body: ActivityBody) -> Terms:
    service = await chosen_service(session, case, body.service_id)
    amount, currency = body.cost.read() if body.cost else (None, None)
    return Terms(
        kind=body.kind,
        what=body.what,
        due_on=body.due_on,
        responsible_id=body.responsible_id,
        starts_on=body.starts_on,
        provider=body.provider or (service.name if service else ""),
        service_id=body.service_id,
        in_kind=body.in_kind,
        amount=amount,
        currency=currency,
        line_id=body.line_id,
    )


def _line(programme: str, view: LineView) -> LineChoice:
    line = view.line
    return LineChoice(
        id=line.id,
        programme=programme,
        code=line.code,
        name=line.name,
        rest=money_told(view.rest, line.currency),
    )
