"""A case's plan: written with the person, read back to them, approved by someone else, and revised as a new version."""

from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from access.actor import Actor
from access.rules import Permission
from cases.activities import copy_activity, copy_progress
from cases.budgets import require_rest
from cases.hours import zone_of
from cases.models import Case
from cases.plan_models import Plan, PlanActivity
from cases.plan_rules import SPOKEN, UNSETTLED, WORKING_PHASES, ActivityStatus, PlanState
from cases.plan_steps import (
    activities_of,
    begin_change,
    find_draft,
    find_in_state,
    is_own_work,
    move,
    note_change,
    plans_of,
    target_of,
    version_in_force,
    written_version,
)
from cases.programmes import programmes_of
from foundation import audit, clock
from foundation.errors import Conflict, Invalid
from foundation.language import _
from foundation.sealing import Sealed, SubjectKey
from questionnaire.account_numbers import free_of_accounts


async def begin_plan(session: AsyncSession, case: Case, *, actor: Actor) -> Plan:
    """An empty draft. Raises Conflict while the case has a plan that is written or in force."""
    await begin_change(session, case, Permission.PLAN_WRITE, actor=actor)
    if await version_in_force(session, case.id) is not None or await written_version(session, case.id) is not None:
        raise Conflict(_("This case has a plan already."))
    return await _new_version(session, case, "plan.begun", actor=actor)


async def write_plan(
    session: AsyncSession,
    case: Case,
    *,
    goals: str,
    risks: str = "",
    mitigations: str = "",
    review_on: date | None = None,
    programme_id: UUID | None = None,
    actor: Actor,
) -> Plan:
    """What the person wants, in their words; what may go wrong, and what is done about it. All of it sealed."""
    key = await begin_change(session, case, Permission.PLAN_WRITE, actor=actor)
    plan = await find_draft(session, case)
    known = {each.id for each in await programmes_of(session, case.organisation_id)}
    if programme_id is not None and programme_id not in known:
        raise Invalid(_("Choose a programme of your organisation."))
    plan.goals = _sealed(key, Plan.goals, plan, goals)
    plan.risks = _sealed(key, Plan.risks, plan, risks)
    plan.mitigations = _sealed(key, Plan.mitigations, plan, mitigations)
    plan.review_on, plan.programme_id = review_on, programme_id
    plan.target_on = plan.target_on or await target_of(session, case)
    note_change(plan, actor=actor)
    audit.record(session, actor.id, "plan.written", case.id, plan=plan.id, version=plan.version)
    return plan


async def record_agreement(session: AsyncSession, case: Case, language: str, agreed_on: date, *, actor: Actor) -> None:
    """The plan as it stands was read back to the person in this language, and they agreed."""
    await begin_change(session, case, Permission.PLAN_WRITE, actor=actor)
    plan = await find_draft(session, case)
    await _require_content(session, plan)
    if language not in SPOKEN:
        raise Invalid(_("Choose the language in which the plan was read back."))
    if agreed_on > clock.now().astimezone(zone_of(case.country)).date():
        raise Invalid(_("The day on which the person agreed cannot lie in the future."))
    plan.language, plan.agreed_on = language, agreed_on
    plan.changes += 1
    plan.writers = sorted({*plan.writers, str(actor.id)})
    audit.record(session, actor.id, "plan.agreed", case.id, plan=plan.id, version=plan.version, language=language)


async def submit_plan(session: AsyncSession, case: Case, *, actor: Actor) -> None:
    """Send the draft for approval. Raises Invalid with what it still lacks."""
    await begin_change(session, case, Permission.PLAN_WRITE, actor=actor)
    plan = await find_draft(session, case)
    await _require_content(session, plan)
    if plan.review_on is None:
        raise Invalid(_("Write on which day the plan is reviewed."))
    if plan.agreed_on is None:
        raise Invalid(_("Read the plan back to the person as it is now, and record that they agree."))
    move(session, case, plan, PlanState.PENDING, "plan.submitted", actor=actor)
    plan.submitted_at, plan.submitted_by, plan.returned_note = clock.now(), actor.id, None
    plan.target_on = plan.target_on or await target_of(session, case)


async def send_back(session: AsyncSession, case: Case, reason: str, *, actor: Actor) -> None:
    """Whoever approves wants it changed first, and says what."""
    key = await begin_change(session, case, Permission.PLAN_APPROVE, actor=actor)
    plan = await find_in_state(session, case, PlanState.PENDING)
    if not reason.strip():
        raise Invalid(_("Write what should be changed."))
    move(session, case, plan, PlanState.DRAFT, "plan.returned", actor=actor)
    plan.returned_note = _sealed(key, Plan.returned_note, plan, reason)
    plan.submitted_at = plan.submitted_by = None


async def approve_plan(session: AsyncSession, case: Case, seen: int, *, actor: Actor) -> None:
    """Approve what was read: `seen` is its count of changes. The version before is replaced at once.

    Raises Conflict for one's own work, for a plan that has changed since, and if a budget line does not hold it.
    """
    key = await begin_change(session, case, Permission.PLAN_APPROVE, actor=actor)
    plan = await find_in_state(session, case, PlanState.PENDING)
    if is_own_work(plan, actor):
        raise Conflict(_("You have worked on this plan yourself. Someone else must approve it."))
    if plan.changes != seen:
        raise Conflict(_("The plan has changed since you opened it. Read it again."))
    before = await version_in_force(session, case.id)
    was_active = before is not None and before.state is PlanState.ACTIVE
    if before is not None:
        await _carry_over(session, before, plan, key)
        move(session, case, before, PlanState.REVISED, "plan.revised", actor=actor)
        before.ended_at = clock.now()
        # What it was charged is free before the new version is counted, and no two are in force at once.
        await session.flush()
    await require_rest(session, plan)
    plan.approved_at, plan.approved_by = clock.now(), actor.id
    move(session, case, plan, PlanState.APPROVED, "plan.approved", actor=actor)
    if was_active:
        await session.flush()
        _activate(session, case, plan, actor=actor)


async def activate_plan(session: AsyncSession, case: Case, *, actor: Actor) -> None:
    """Work on the plan begins. The case must have come to planning; its phase stays what it is."""
    await begin_change(session, case, Permission.PLAN_WRITE, actor=actor)
    plan = await find_in_state(session, case, PlanState.APPROVED)
    if case.phase not in WORKING_PHASES:
        raise Conflict(_("Move the case to planning first."))
    _activate(session, case, plan, actor=actor)


async def complete_plan(session: AsyncSession, case: Case, *, actor: Actor) -> None:
    """Everything in it is completed or dropped."""
    await begin_change(session, case, Permission.PLAN_WRITE, actor=actor)
    plan = await find_in_state(session, case, PlanState.ACTIVE)
    if await written_version(session, case.id) is not None:
        raise Conflict(_("A new version of this plan is being written. Finish or discard it first."))
    if any(each.status in UNSETTLED for each in await activities_of(session, plan.id)):
        raise Conflict(_("Some activities are still open. Complete or drop them first."))
    move(session, case, plan, PlanState.COMPLETED, "plan.completed", actor=actor)
    plan.ended_at = clock.now()


async def revise_plan(session: AsyncSession, case: Case, *, actor: Actor) -> Plan:
    """A draft of the next version with all that still holds. The one in force goes on until the new one is approved."""
    key = await begin_change(session, case, Permission.PLAN_WRITE, actor=actor)
    before = await version_in_force(session, case.id)
    if before is None:
        raise Conflict(_("There is no approved plan that could be revised."))
    if await written_version(session, case.id) is not None:
        raise Conflict(_("A new version of this plan is being written already."))
    plan = await _new_version(session, case, "plan.revision_begun", actor=actor)
    for column in (Plan.goals, Plan.risks, Plan.mitigations):
        box = getattr(before, column.key)
        setattr(plan, column.key, box and key.seal(column, plan.id, key.open(column, before.id, box)))
    plan.review_on, plan.programme_id = before.review_on, before.programme_id
    for source in await activities_of(session, before.id):
        if source.status is not ActivityStatus.DROPPED:
            session.add(_copied(source, plan, key))
    return plan


async def discard_draft(session: AsyncSession, case: Case, *, actor: Actor) -> None:
    """Throw the draft away. A version that was sent for approval is sent back first."""
    await begin_change(session, case, Permission.PLAN_WRITE, actor=actor)
    plan = await find_draft(session, case)
    await session.execute(delete(PlanActivity).where(PlanActivity.plan_id == plan.id))
    await session.delete(plan)
    audit.record(session, actor.id, "plan.discarded", case.id, plan=plan.id, version=plan.version)


async def _new_version(session: AsyncSession, case: Case, event: str, *, actor: Actor) -> Plan:
    versions = await plans_of(session, case.id)
    plan = Plan(
        id=uuid4(),
        case_id=case.id,
        version=1 + max((each.version for each in versions), default=0),
        state=PlanState.DRAFT,
        changes=0,
        author_id=actor.id,
        writers=[str(actor.id)],
        created_at=clock.now(),
        target_on=await target_of(session, case),
    )
    session.add(plan)
    await session.flush()
    audit.record(session, actor.id, event, case.id, plan=plan.id, version=plan.version)
    return plan


def _copied(source: PlanActivity, plan: Plan, key: SubjectKey) -> PlanActivity:
    copy = PlanActivity(id=uuid4(), plan_id=plan.id, case_id=plan.case_id, position=source.position, follows=source.id)
    copy_activity(source, copy, key)
    copy_progress(source, copy, key)
    return copy


async def _carry_over(session: AsyncSession, before: Plan, plan: Plan, key: SubjectKey) -> None:
    """Work went on while the new version was written. What was completed is done and paid, whatever was planned."""
    sources = {each.id: each for each in await activities_of(session, before.id)}
    for activity in await activities_of(session, plan.id):
        source = sources.get(activity.follows) if activity.follows else None
        if source is None:
            continue
        if source.status is ActivityStatus.COMPLETED:
            copy_activity(source, activity, key)
        if source.status is ActivityStatus.COMPLETED or activity.status is not ActivityStatus.DROPPED:
            copy_progress(source, activity, key)


def _activate(session: AsyncSession, case: Case, plan: Plan, *, actor: Actor) -> None:
    move(session, case, plan, PlanState.ACTIVE, "plan.activated", actor=actor)
    plan.active_at = clock.now()


async def _require_content(session: AsyncSession, plan: Plan) -> None:
    if plan.goals is None:
        raise Invalid(_("Write the person's own goals, in their words."))
    activities = await activities_of(session, plan.id)
    if all(each.status is ActivityStatus.DROPPED for each in activities):
        raise Invalid(_("Add at least one activity."))


def _sealed(key: SubjectKey, column: InstrumentedAttribute[Sealed | None], plan: Plan, text: str) -> Sealed | None:
    words = text.strip()
    return key.seal(column, plan.id, free_of_accounts(words)) if words else None
