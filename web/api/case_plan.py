"""The plan of a case: its versions, written with the person, approved by another, at work, revised."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import Field

from access.rules import Permission
from cases.plan_file import ActivityView, PlanView, find_version, open_plan, plan_file
from cases.plan_models import Plan
from cases.plan_rules import ActivityKind, ActivityStatus, Dimension, PlanState
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
from web.api.money import MoneyTold, money_told
from web.api.one_case import changing, viewing
from web.api.routing import api_router
from web.api.shapes import Answer, Body
from web.forms import LAST_NUMBER, CaseNumber, Line, Text
from web.guard import Visit, guarded

router = api_router("/cases/{number}/plan", "plan")

_reader = guarded(Permission.CASE_READ)
_writer, _approver = guarded(Permission.PLAN_WRITE), guarded(Permission.PLAN_APPROVE)


class PlanBody(Body):
    goals: Text
    """The person's own goals, in their words. Kept sealed, like risks and mitigations."""
    risks: Text = ""
    mitigations: Text = ""
    review_on: date | None = None
    programme_id: UUID | None = None
    """One of `choices`."""


class AgreementBody(Body):
    language: Line
    """In which the plan was read back to the person, one of `choices`."""
    agreed_on: date


class ApprovalBody(Body):
    seen: Annotated[int, Field(ge=0, le=LAST_NUMBER)]
    """`changes` of the plan that you have read: a plan that has changed since is a conflict."""


class ReasonBody(Body):
    reason: Text
    """What should be changed. Kept sealed."""


class VersionMade(Answer):
    id: UUID
    version: int


class ActivityTold(Answer):
    """What is done for the person: by whom, worth what, when, and how far it is."""

    id: UUID
    position: int
    dimension: Dimension
    kind: ActivityKind
    what: str
    provider: str
    service_id: UUID | None
    """The service of the directory, if it is one."""
    in_kind: bool
    """Given as goods or services; the cost is then what they are worth."""
    cost: MoneyTold | None
    line_id: UUID | None
    line: str
    """The budget line as `programme/line`; empty for none."""
    starts_on: date | None
    due_on: date
    responsible_id: UUID
    responsible: str
    status: ActivityStatus
    reason: str
    """Why it was dropped."""
    settled_at: datetime | None
    is_overdue: bool
    follows: UUID | None
    """The same activity in the version before."""


class PlanTold(Answer):
    """One version of the plan."""

    id: UUID
    version: int
    state: PlanState
    changes: int
    """How often it was changed: whoever approves says which state of it they have read."""
    programme: str
    """Its code; empty for none."""
    author: str
    created_at: datetime
    goals: str
    risks: str
    mitigations: str
    language: str | None
    """In which it was read back to the person."""
    agreed_on: date | None
    """When the person agreed to it as it stands: every change afterwards empties this."""
    review_on: date | None
    target_on: date | None
    """By when it should be agreed."""
    submitted_at: datetime | None
    returned_note: str
    """Why it was sent back to be changed."""
    approver: str
    approved_at: datetime | None
    active_at: datetime | None
    ended_at: datetime | None
    activities: list[ActivityTold]
    totals: list[MoneyTold]
    """What all activities that were not dropped are worth, by currency."""


class VersionTold(Answer):
    id: UUID
    version: int
    state: PlanState
    created_at: datetime


class PlanFileTold(Answer):
    written: PlanTold | None
    """The version that is being written or waits for approval."""
    in_force: PlanTold | None
    versions: list[VersionTold]
    """Newest first."""
    target_on: date | None
    is_late: bool
    """The day by which a plan should be agreed has passed, and none is."""
    may_approve: bool
    """You are a second person for what waits."""


@router.get("")
async def plan(visit: Annotated[Visit, _reader], number: CaseNumber) -> PlanFileTold:
    async with viewing(visit, number) as (session, case):
        file = await plan_file(session, case)
        written = await open_plan(session, case, file.written) if file.written else None
        in_force = await open_plan(session, case, file.in_force) if file.in_force else None
    return PlanFileTold(
        written=_plan(written) if written else None,
        in_force=_plan(in_force) if in_force else None,
        versions=[_version(each) for each in file.versions],
        target_on=file.target_on,
        is_late=file.is_late,
        may_approve=written is not None and may_approve(written.plan, visit.actor),
    )


@router.get("/versions/{version}")
async def one_version(
    visit: Annotated[Visit, _reader], number: CaseNumber, version: Annotated[int, Path(ge=1, le=LAST_NUMBER)]
) -> PlanTold:
    """One version as it was left."""
    async with viewing(visit, number) as (session, case):
        return _plan(await open_plan(session, case, await find_version(session, case, version)))


@router.post("/begin", status_code=201)
async def begin(visit: Annotated[Visit, _writer], number: CaseNumber) -> VersionMade:
    """An empty draft of the first version."""
    async with changing(visit, number) as (session, case):
        begun = await begin_plan(session, case, actor=visit.actor)
    return VersionMade(id=begun.id, version=begun.version)


@router.put("", status_code=204)
async def write(visit: Annotated[Visit, _writer], number: CaseNumber, body: PlanBody) -> None:
    """Write the draft; its activities are written one by one."""
    async with changing(visit, number) as (session, case):
        await write_plan(
            session,
            case,
            goals=body.goals,
            risks=body.risks,
            mitigations=body.mitigations,
            review_on=body.review_on,
            programme_id=body.programme_id,
            actor=visit.actor,
        )


@router.post("/agreement", status_code=204)
async def agree(visit: Annotated[Visit, _writer], number: CaseNumber, body: AgreementBody) -> None:
    """The draft as it stands was read back to the person, and they agreed."""
    async with changing(visit, number) as (session, case):
        await record_agreement(session, case, body.language, body.agreed_on, actor=visit.actor)


@router.post("/submit", status_code=204)
async def submit(visit: Annotated[Visit, _writer], number: CaseNumber) -> None:
    """Send the draft for approval."""
    async with changing(visit, number) as (session, case):
        await submit_plan(session, case, actor=visit.actor)


@router.post("/discard", status_code=204)
async def discard(visit: Annotated[Visit, _writer], number: CaseNumber) -> None:
    """Throw the draft away."""
    async with changing(visit, number) as (session, case):
        await discard_draft(session, case, actor=visit.actor)


@router.post("/approve", status_code=204)
async def approve(visit: Annotated[Visit, _approver], number: CaseNumber, body: ApprovalBody) -> None:
    """Nobody approves their own work: that is a conflict. The version before is replaced at once."""
    async with changing(visit, number) as (session, case):
        await approve_plan(session, case, body.seen, actor=visit.actor)


@router.post("/return", status_code=204)
async def give_back(visit: Annotated[Visit, _approver], number: CaseNumber, body: ReasonBody) -> None:
    """It is to be changed before you approve it."""
    async with changing(visit, number) as (session, case):
        await send_back(session, case, body.reason, actor=visit.actor)


@router.post("/activate", status_code=204)
async def activate(visit: Annotated[Visit, _writer], number: CaseNumber) -> None:
    """Work on the approved plan begins."""
    async with changing(visit, number) as (session, case):
        await activate_plan(session, case, actor=visit.actor)


@router.post("/complete", status_code=204)
async def complete(visit: Annotated[Visit, _writer], number: CaseNumber) -> None:
    """Everything in it is completed or dropped."""
    async with changing(visit, number) as (session, case):
        await complete_plan(session, case, actor=visit.actor)


@router.post("/revise", status_code=201)
async def revise(visit: Annotated[Visit, _writer], number: CaseNumber) -> VersionMade:
    """A draft of the next version with all that still holds."""
    async with changing(visit, number) as (session, case):
        revised = await revise_plan(session, case, actor=visit.actor)
    return VersionMade(id=revised.id, version=revised.version)


def _version(row: Plan) -> VersionTold:
    return VersionTold(**{name: getattr(row, name) for name in VersionTold.model_fields})


def _plan(view: PlanView) -> PlanTold:
    row = view.plan
    return PlanTold(
        id=row.id,
        version=row.version,
        state=row.state,
        changes=row.changes,
        programme=view.programme,
        author=view.author,
        created_at=row.created_at,
        goals=view.goals,
        risks=view.risks,
        mitigations=view.mitigations,
        language=row.language,
        agreed_on=row.agreed_on,
        review_on=row.review_on,
        target_on=row.target_on,
        submitted_at=row.submitted_at,
        returned_note=view.returned_note,
        approver=view.approver,
        approved_at=row.approved_at,
        active_at=row.active_at,
        ended_at=row.ended_at,
        activities=[_activity(each) for each in view.activities],
        totals=[money_told(amount, currency) for currency, amount in view.totals],
    )


def _activity(view: ActivityView) -> ActivityTold:
    row = view.row
    return ActivityTold(
        id=row.id,
        position=row.position,
        dimension=row.dimension,
        kind=row.kind,
        what=view.what,
        provider=view.provider,
        service_id=row.service_id,
        in_kind=row.in_kind,
        cost=money_told(row.amount, row.currency) if row.amount is not None and row.currency else None,
        line_id=row.line_id,
        line=view.line,
        starts_on=row.starts_on,
        due_on=row.due_on,
        responsible_id=row.responsible_id,
        responsible=view.responsible,
        status=row.status,
        reason=view.reason,
        settled_at=row.settled_at,
        is_overdue=view.is_overdue,
        follows=row.follows,
    )
