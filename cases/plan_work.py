"""The plans of all cases that someone may see: what is due, what waits for approval, what is late."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from access.actor import Actor, require
from access.models import StaffMember
from access.rules import Permission
from cases.models import Case
from cases.plan_models import Plan, PlanActivity
from cases.plan_rules import UNSETTLED, WRITING, PlanState
from cases.queries import visible_cases
from cases.rules import CaseStatus
from foundation import clock

PAGE_SIZE = 50
MOST_PLANS = 50
"""Of each list of plans; what presses most stands first."""
SOON = timedelta(days=30)


_Since = InstrumentedAttribute[date | None] | InstrumentedAttribute[datetime | None]


@dataclass(frozen=True, slots=True)
class ActivityRow:
    activity: PlanActivity
    case: Case
    responsible: str
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class PlanRow:
    plan: Plan
    case: Case
    author: str
    is_own: bool
    """The actor has worked on it, and so cannot approve it."""


@dataclass(frozen=True, slots=True)
class PlanWork:
    activities: list[ActivityRow]
    total: int
    overdue: int
    page: int
    pages: int
    waiting: list[PlanRow]
    """For approval, the one that has waited longest first. Empty for whoever approves none."""
    late: list[PlanRow]
    """Not agreed within a month of the return."""
    to_review: list[PlanRow]


async def plan_work(
    session: AsyncSession, actor: Actor, *, mine: bool = False, page: int = 1, most: int = PAGE_SIZE
) -> PlanWork:
    """`mine`: the activities that the actor is responsible for. Those due within a month, and all that are overdue.

    `most`: activities on a page.
    """
    require(actor, Permission.PLAN_WRITE)
    cases = visible_cases(actor).where(Case.status == CaseStatus.OPEN).with_only_columns(Case.id)
    wanted = (
        (Plan.state == PlanState.ACTIVE)
        & PlanActivity.status.in_(UNSETTLED)
        & (PlanActivity.due_on <= clock.today() + SOON)
        & PlanActivity.case_id.in_(cases)
    )
    if mine:
        wanted &= PlanActivity.responsible_id == actor.id
    counted = select(func.count()).select_from(PlanActivity).join(Plan, Plan.id == PlanActivity.plan_id).where(wanted)
    total = await session.scalar(counted) or 0
    overdue = await session.scalar(counted.where(PlanActivity.due_on < clock.today())) or 0
    pages = max(1, -(-total // most))
    page = min(max(page, 1), pages)
    found = await session.execute(
        select(PlanActivity, Case, StaffMember.name)
        .join(Plan, Plan.id == PlanActivity.plan_id)
        .join(Case, Case.id == PlanActivity.case_id)
        .join(StaffMember, StaffMember.id == PlanActivity.responsible_id)
        .where(wanted)
        .order_by(PlanActivity.due_on, PlanActivity.id)
        .offset((page - 1) * most)
        .limit(most)
    )
    rows = [ActivityRow(activity, case, name, activity.due_on < clock.today()) for activity, case, name in found]
    of_cases = Plan.case_id.in_(cases)
    waits = of_cases & (Plan.state == PlanState.PENDING)
    is_late = of_cases & Plan.state.in_(WRITING) & (Plan.version == 1) & (Plan.target_on < clock.today())
    reviewed = of_cases & (Plan.state == PlanState.ACTIVE) & (Plan.review_on <= clock.today())
    return PlanWork(
        rows,
        total,
        overdue,
        page,
        pages,
        await _plans(session, actor, waits, Plan.submitted_at) if actor.may(Permission.PLAN_APPROVE) else [],
        await _plans(session, actor, is_late, Plan.target_on),
        await _plans(session, actor, reviewed, Plan.review_on),
    )


async def _plans(session: AsyncSession, actor: Actor, wanted: ColumnElement[bool], first: _Since) -> list[PlanRow]:
    rows = await session.execute(
        select(Plan, Case, StaffMember.name)
        .join(Case, Case.id == Plan.case_id)
        .join(StaffMember, StaffMember.id == Plan.author_id)
        .where(wanted)
        .order_by(first, Plan.id)
        .limit(MOST_PLANS)
    )
    return [PlanRow(plan, case, name, _has_written(plan, actor.id)) for plan, case, name in rows]


def _has_written(plan: Plan, staff_id: UUID) -> bool:
    return staff_id in (plan.author_id, plan.submitted_by) or str(staff_id) in plan.writers
