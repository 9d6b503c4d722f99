"""The activities of a plan: written into a draft, then moved along as they are done."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor
from access.rules import SCOPES, Permission, Scope
from access.staff import colleagues
from cases.budgets import lines_for
from cases.models import Case
from cases.money import exact
from cases.plan_models import Plan, PlanActivity
from cases.plan_rules import ACTIVITY_STEPS, DIMENSION_OF, ActivityKind, ActivityStatus, PlanState
from cases.plan_steps import begin_change, find_activity, find_draft, note_change, version_in_force, written_version
from foundation import audit, clock
from foundation.errors import Conflict, Invalid
from foundation.language import _
from foundation.sealing import SubjectKey
from questionnaire.account_numbers import free_of_accounts


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed about an activity. `amount` is exact and positive; without a currency there is none."""

    kind: ActivityKind
    what: str
    due_on: date
    responsible_id: UUID
    starts_on: date | None = None
    provider: str = ""
    service_id: UUID | None = None
    in_kind: bool = False
    amount: Decimal | None = None
    currency: str | None = None
    line_id: UUID | None = None


async def add_activity(session: AsyncSession, case: Case, terms: Terms, *, actor: Actor) -> PlanActivity:
    """Write an activity into the draft. Raises Invalid with what to put right, Conflict if there is no draft."""
    key = await begin_change(session, case, Permission.PLAN_WRITE, actor=actor)
    plan = await find_draft(session, case)
    await _check(session, case, terms)
    last = await session.scalar(select(func.max(PlanActivity.position)).where(PlanActivity.plan_id == plan.id))
    activity = PlanActivity(
        id=uuid4(), plan_id=plan.id, case_id=case.id, position=(last or 0) + 1, status=ActivityStatus.PLANNED
    )
    _write(activity, terms, key)
    session.add(activity)
    note_change(plan, actor=actor)
    _record(session, case, activity, "activity.added", actor=actor)
    return activity


async def change_activity(
    session: AsyncSession, case: Case, activity_id: UUID, terms: Terms, *, actor: Actor
) -> PlanActivity:
    """Write it anew. What is completed or dropped stays as it is."""
    key = await begin_change(session, case, Permission.PLAN_WRITE, actor=actor)
    plan = await find_draft(session, case)
    activity = await find_activity(session, plan, activity_id)
    if not ACTIVITY_STEPS[activity.status]:
        raise Conflict(_("This activity is completed or dropped, and stays in the plan as it is."))
    await _check(session, case, terms)
    _write(activity, terms, key)
    note_change(plan, actor=actor)
    _record(session, case, activity, "activity.changed", actor=actor)
    return activity


async def remove_activity(session: AsyncSession, case: Case, activity_id: UUID, *, actor: Actor) -> None:
    """Take an activity out of the draft that no version before had. One that was agreed is dropped with a reason."""
    await begin_change(session, case, Permission.PLAN_WRITE, actor=actor)
    plan = await find_draft(session, case)
    activity = await find_activity(session, plan, activity_id)
    if activity.follows is not None:
        raise Conflict(_("This activity was agreed before. Drop it, and write why."))
    await session.delete(activity)
    note_change(plan, actor=actor)
    _record(session, case, activity, "activity.removed", actor=actor)


async def move_activity(
    session: AsyncSession, case: Case, activity_id: UUID, status: ActivityStatus, reason: str = "", *, actor: Actor
) -> None:
    """How far an activity is. Dropping needs a reason, and frees what it was charged.

    In a plan at work; in a draft only what an earlier version agreed can be dropped. Raises Conflict otherwise.
    """
    key = await begin_change(session, case, Permission.PLAN_WRITE, actor=actor)
    plan = await _plan_with(session, case, activity_id)
    activity = await find_activity(session, plan, activity_id)
    if status not in ACTIVITY_STEPS[activity.status]:
        raise Conflict(_("The activity cannot become this from what it is."))
    if plan.state is PlanState.DRAFT:
        if activity.follows is None or status is not ActivityStatus.DROPPED:
            raise Conflict(_("Progress is recorded once the plan is at work."))
        note_change(plan, actor=actor)
    elif plan.state is not PlanState.ACTIVE:
        raise Conflict(_("Progress is recorded once the plan is at work."))
    if status is ActivityStatus.DROPPED:
        why = reason.strip()
        if not why:
            raise Invalid(_("Write why the activity is dropped."))
        activity.reason = key.seal(PlanActivity.reason, activity.id, free_of_accounts(why))
    activity.status = status
    activity.settled_at = None if ACTIVITY_STEPS[status] else clock.now()
    _record(session, case, activity, "activity.moved", actor=actor)


def copy_activity(source: PlanActivity, into: PlanActivity, key: SubjectKey) -> None:
    """The same agreement in another version: what is sealed opens only in its own row, and is sealed anew."""
    for name in ("dimension", "kind", "service_id", "in_kind", "amount", "currency", "line_id", "starts_on", "due_on"):
        setattr(into, name, getattr(source, name))
    into.responsible_id = source.responsible_id
    into.what = key.seal(PlanActivity.what, into.id, key.open(PlanActivity.what, source.id, source.what))
    into.provider = None
    if source.provider is not None:
        name = key.open(PlanActivity.provider, source.id, source.provider)
        into.provider = key.seal(PlanActivity.provider, into.id, free_of_accounts(name))


def copy_progress(source: PlanActivity, into: PlanActivity, key: SubjectKey) -> None:
    into.status, into.settled_at, into.reason = source.status, source.settled_at, None
    if source.reason is not None:
        reason = key.open(PlanActivity.reason, source.id, source.reason)
        into.reason = key.seal(PlanActivity.reason, into.id, free_of_accounts(reason))


async def _plan_with(session: AsyncSession, case: Case, activity_id: UUID) -> Plan:
    """The version the activity stands in, if it still lives."""
    plans = [await version_in_force(session, case.id), await written_version(session, case.id)]
    of_activity = await session.scalar(
        select(PlanActivity.plan_id).where(PlanActivity.id == activity_id, PlanActivity.case_id == case.id)
    )
    found = next((plan for plan in plans if plan is not None and plan.id == of_activity), None)
    if found is None and of_activity is not None:
        raise Conflict(_("The plan has moved on. Look at it again."))
    return found or await find_draft(session, case)


async def _check(session: AsyncSession, case: Case, terms: Terms) -> None:
    if not terms.what.strip():
        raise Invalid(_("Write what is done."))
    if terms.starts_on is not None and terms.due_on < terms.starts_on:
        raise Invalid(_("The day it is due lies before the day it starts."))
    staff = await colleagues(session, case.organisation_id)
    if not any(each.id == terms.responsible_id and SCOPES[each.role] is not Scope.NOTHING for each in staff):
        raise Invalid(_("Choose a colleague who works on cases."))
    if terms.amount is not None and terms.currency is not None:
        exact(terms.amount, terms.currency)
    if terms.line_id is not None:
        await _check_line(session, case, terms)


async def _check_line(session: AsyncSession, case: Case, terms: Terms) -> None:
    lines = await lines_for(session, case.organisation_id)
    line = next((view.line for _code, view in lines if view.line.id == terms.line_id), None)
    if line is None:
        raise Invalid(_("Choose a budget line of a programme that still runs."))
    if terms.amount is None:
        raise Invalid(_("Write the amount that the budget line is charged."))
    if terms.currency != line.currency:
        raise Invalid(_("The budget line {line} is in {currency}."), line=line.code, currency=line.currency)


def _write(activity: PlanActivity, terms: Terms, key: SubjectKey) -> None:
    provider = terms.provider.strip()
    activity.kind, activity.dimension = terms.kind, DIMENSION_OF[terms.kind]
    activity.what = key.seal(PlanActivity.what, activity.id, free_of_accounts(terms.what.strip()))
    activity.provider = key.seal(PlanActivity.provider, activity.id, free_of_accounts(provider)) if provider else None
    activity.service_id, activity.in_kind = terms.service_id, terms.in_kind
    has_amount = terms.amount is not None and terms.currency is not None
    activity.amount, activity.currency = (terms.amount, terms.currency) if has_amount else (None, None)
    activity.line_id = terms.line_id
    activity.starts_on, activity.due_on, activity.responsible_id = terms.starts_on, terms.due_on, terms.responsible_id


def _record(session: AsyncSession, case: Case, activity: PlanActivity, event: str, *, actor: Actor) -> None:
    audit.record(session, actor.id, event, case.id, activity=activity.id, kind=activity.kind, progress=activity.status)
