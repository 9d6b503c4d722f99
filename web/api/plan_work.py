"""The plans of all cases that you see: activities that are due, and plans that wait for someone."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query

from access.rules import Permission
from cases.plan_rules import ActivityKind, ActivityStatus, PlanState
from cases.plan_work import ActivityRow, PlanRow, plan_work
from web.api.paging import STANDARD, Limit, NumberCursor, Page
from web.api.routing import api_router
from web.api.shapes import Answer
from web.guard import Visit, guarded

router = api_router("/plan-work", "plan")

_writer = guarded(Permission.PLAN_WRITE)


class ActivityDue(Answer):
    id: UUID
    case_number: str
    kind: ActivityKind
    status: ActivityStatus
    due_on: date
    is_overdue: bool
    responsible: str


class ActivitiesDue(Page[ActivityDue]):
    total: int
    overdue: int


class PlanWaiting(Answer):
    id: UUID
    case_number: str
    version: int
    state: PlanState
    author: str
    submitted_at: datetime | None
    target_on: date | None
    review_on: date | None
    is_own: bool
    """You have worked on it, and so cannot approve it."""


class PlansWaiting(Answer):
    """At most 50 of each, what presses most first."""

    for_approval: list[PlanWaiting]
    """Empty for whoever approves none."""
    late: list[PlanWaiting]
    """Not agreed within a month of the return."""
    to_review: list[PlanWaiting]


@router.get("/activities")
async def activities(
    visit: Annotated[Visit, _writer],
    limit: Limit = STANDARD,
    after: NumberCursor = "",
    *,
    mine: Annotated[bool, Query(description="Only those that you are responsible for.")] = False,
) -> ActivitiesDue:
    """Activities of plans at work that are due within a month, and all that are overdue, the first due first.

    Keep `limit` the same from page to page.
    """
    async with visit.database.reading() as session:
        found = await plan_work(session, visit.actor, mine=mine, page=int(after or 1), most=limit)
    return ActivitiesDue(
        items=[_activity(each) for each in found.activities],
        next=str(found.page + 1) if found.page < found.pages else None,
        total=found.total,
        overdue=found.overdue,
    )


@router.get("/plans")
async def plans(visit: Annotated[Visit, _writer]) -> PlansWaiting:
    """Plans that wait for approval, are late, or must be reviewed."""
    async with visit.database.reading() as session:
        found = await plan_work(session, visit.actor, most=1)
    return PlansWaiting(
        for_approval=[_plan(each) for each in found.waiting],
        late=[_plan(each) for each in found.late],
        to_review=[_plan(each) for each in found.to_review],
    )


def _activity(row: ActivityRow) -> ActivityDue:
    activity = row.activity
    return ActivityDue(
        id=activity.id,
        case_number=row.case.number,
        kind=activity.kind,
        status=activity.status,
        due_on=activity.due_on,
        is_overdue=row.is_overdue,
        responsible=row.responsible,
    )


def _plan(row: PlanRow) -> PlanWaiting:
    plan = row.plan
    return PlanWaiting(
        id=plan.id,
        case_number=row.case.number,
        version=plan.version,
        state=plan.state,
        author=row.author,
        submitted_at=plan.submitted_at,
        target_on=plan.target_on,
        review_on=plan.review_on,
        is_own=row.is_own,
    )
