"""The steps of a plan: which version is which, one setter for its state, and what every change of it asks first."""

from datetime import date
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.followup import day_of_return
from cases.models import Case
from cases.plan_models import Plan, PlanActivity
from cases.plan_rules import IN_FORCE, PLAN_STEPS, WRITING, PlanState
from cases.requests import require_open
from cases.safeguard_models import ReturnJourney
from cases.waves import months_after
from foundation import audit, clock
from foundation.errors import Conflict, NotFound
from foundation.keys import open_subject
from foundation.language import _
from foundation.sealing import SubjectKey


async def plans_of(session: AsyncSession, case_id: UUID) -> list[Plan]:
    """Every version, the newest first."""
    return list(await session.scalars(_VERSIONS, {"case_id": case_id}))


_VERSIONS = select(Plan).where(Plan.case_id == bindparam("case_id")).order_by(Plan.version.desc())


async def activities_of(session: AsyncSession, plan_id: UUID) -> list[PlanActivity]:
    found = await session.scalars(
        select(PlanActivity).where(PlanActivity.plan_id == plan_id).order_by(PlanActivity.position)
    )
    return list(found)


async def written_version(session: AsyncSession, case_id: UUID) -> Plan | None:
    """The version that is being written or waits for approval."""
    found: Plan | None = await session.scalar(select(Plan).where(Plan.case_id == case_id, Plan.state.in_(WRITING)))
    return found


async def version_in_force(session: AsyncSession, case_id: UUID) -> Plan | None:
    """The version that is approved or at work."""
    found: Plan | None = await session.scalar(select(Plan).where(Plan.case_id == case_id, Plan.state.in_(IN_FORCE)))
    return found


async def begin_change(session: AsyncSession, case: Case, permission: Permission, *, actor: Actor) -> SubjectKey:
    """What every verb of the plan asks first. One at a time for a case; returns the person's key.

    Raises Conflict for a closed case, and without the person's consent to data.
    """
    require(actor, permission)
    await session.flush()
    await session.refresh(case, with_for_update=True)
    person = await require_open(session, case)
    return await open_subject(session, person.id)


async def find_draft(session: AsyncSession, case: Case) -> Plan:
    """The draft. Raises Conflict for a plan that is past being written."""
    plan = await written_version(session, case.id)
    if plan is None or plan.state is not PlanState.DRAFT:
        raise Conflict(_("Only a draft of the plan can be changed. Begin a new version to change what was agreed."))
    return plan


async def find_in_state(session: AsyncSession, case: Case, state: PlanState) -> Plan:
    """Raises Conflict if no version of the case's plan is in this state any more."""
    plan = await session.scalar(select(Plan).where(Plan.case_id == case.id, Plan.state == state))
    if plan is None:
        raise Conflict(_("The plan has moved on. Look at it again."))
    return plan


async def find_activity(session: AsyncSession, plan: Plan, activity_id: UUID) -> PlanActivity:
    activity = await session.scalar(
        select(PlanActivity).where(PlanActivity.id == activity_id, PlanActivity.plan_id == plan.id)
    )
    if activity is None:
        raise NotFound(_("There is no such activity in the plan."))
    return activity


def is_own_work(plan: Plan, actor: Actor) -> bool:
    """Whether the actor has begun, written in or sent this plan: nobody approves their own work."""
    return actor.id in (plan.author_id, plan.submitted_by) or str(actor.id) in plan.writers


def may_approve(plan: Plan, actor: Actor) -> bool:
    """Whether the plan waits for a second person, and the actor can be that."""
    return plan.state is PlanState.PENDING and actor.may(Permission.PLAN_APPROVE) and not is_own_work(plan, actor)


def note_change(plan: Plan, *, actor: Actor) -> None:
    """Something in the draft is different now: what the person agreed to before is not what it says any more."""
    plan.changes += 1
    plan.writers = sorted({*plan.writers, str(actor.id)})
    plan.language = plan.agreed_on = None


def move(session: AsyncSession, case: Case, plan: Plan, state: PlanState, event: str, *, actor: Actor) -> None:
    """One step of PLAN_STEPS, told to the audit log. Raises Conflict for any other."""
    if state not in PLAN_STEPS[plan.state]:
        raise Conflict(_("The plan has moved on. Look at it again."))
    plan.state = state
    audit.record(session, actor.id, event, case.id, plan=plan.id, version=plan.version)


async def target_of(session: AsyncSession, case: Case) -> date | None:
    """By when the plan should be agreed: within a month of the return (IOM Reintegration Handbook 2.3)."""
    arrived_on = select(func.max(ReturnJourney.arrived_on)).where(ReturnJourney.case_id == case.id)
    return month_after(await session.scalar(arrived_on) or await day_of_return(session, case))


def month_after(returned_on: date | None) -> date | None:
    return None if returned_on is None else months_after(returned_on, 1)


def is_late(target_on: date | None, *, is_agreed: bool) -> bool:
    return target_on is not None and not is_agreed and target_on < clock.today()
