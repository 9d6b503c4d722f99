"""A return, step by step. No step is skipped, and each is taken only past the rules that guard it (GCM 21(g), 37).

Before departure it can be halted at any time; urgent protection never waits for a step. After departure a return is
complete only when whoever receives a child has signed: see rule C22.
"""

from datetime import date, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.followup import plan_waves
from cases.household import ensure_self, people_of
from cases.journeys import legs_of, live_journey
from cases.messages import person_of
from cases.models import Case
from cases.return_gate import pass_gates
from cases.rules import CaseStatus, Phase, TaskKind
from cases.safeguard_models import ReturnJourney, ReturnLeg
from cases.safeguard_rules import (
    BEFORE_DEPARTURE,
    STEP_AFTER,
    Age,
    EscortRole,
    HaltReason,
    ReturnType,
    Step,
    TravelMode,
)
from cases.tasks import open_task
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.keys import open_subject
from foundation.language import _
from questionnaire.account_numbers import free_of_accounts

VISIT_DAYS = (3, 14, 30, 90, 180, 365)
"""Days after the handover on which each child is visited (rule C23)."""
MAY_BEGIN_FROM = frozenset([Phase.ASSESSMENT, Phase.PLANNING])
_LONGEST_PLACE = 200


async def begin_return(session: AsyncSession, case: Case, return_type: ReturnType, *, actor: Actor) -> ReturnJourney:
    """Begin to prepare a return; the case enters the phase of return. A protection hold stops it here already."""
    require(actor, Permission.RETURN_PREPARE)
    if case.status is not CaseStatus.OPEN or case.phase not in MAY_BEGIN_FROM:
        raise Conflict(_("A return can be prepared while the case is in assessment or planning."))
    if await live_journey(session, case, lock=True) is not None:
        raise Conflict(_("A return is being prepared already."))
    await ensure_self(session, case, actor=actor)
    await session.flush()
    journey = ReturnJourney(
        id=uuid4(),
        case_id=case.id,
        return_type=return_type,
        step=Step.DRAFT,
        begun_by=actor.id,
        begun_at=clock.now(),
    )
    passage = await pass_gates(session, case, journey, Step.DRAFT, actor=actor)
    journey.passage_id = passage.id
    session.add(journey)
    case.phase = Phase.RETURN
    audit.record(session, actor.id, "return.begun", case.id, return_type=return_type)
    audit.record(session, actor.id, "case.moved", case.id, phase=case.phase)
    await session.flush()
    return journey


async def advance(session: AsyncSession, case: Case, *, to: Step, actor: Actor) -> ReturnJourney:
    """Take the next step before departure: assessed, determined, arranged, cleared.

    Raises Conflict if it is not the next one, or for rules that block. Whoever confirmed the arrangements does not
    clear the travel.
    """
    require(actor, Permission.RETURN_CLEAR if to is Step.CLEARED else Permission.RETURN_PREPARE)
    journey = await _next(session, case, to)
    if to not in BEFORE_DEPARTURE:
        raise Invalid(_("This step is recorded with its day."))
    if to is Step.CLEARED and actor.id in (journey.arranged_by, journey.begun_by):
        raise Conflict(_("Someone else must clear the travel: not whoever prepared it."))
    await _pass(session, case, journey, to, actor)
    if to is Step.ARRANGED:
        journey.arranged_by = actor.id
    if to is Step.CLEARED:
        journey.cleared_by = actor.id
    journey.step = to
    return journey


async def depart(session: AsyncSession, case: Case, on_day: date, *, actor: Actor) -> None:
    """The person has left. Every rule is looked at once more: consent may have been taken back meanwhile."""
    require(actor, Permission.RETURN_PREPARE)
    journey = await _next(session, case, Step.DEPARTED)
    _require_past(on_day)
    await _pass(session, case, journey, Step.DEPARTED, actor)
    journey.step, journey.departed_on = Step.DEPARTED, on_day


async def arrive(session: AsyncSession, case: Case, on_day: date, *, actor: Actor) -> None:
    require(actor, Permission.RETURN_PREPARE)
    journey = await _next(session, case, Step.ARRIVED)
    _require_past(on_day)
    if journey.departed_on is not None and on_day < journey.departed_on:
        raise Invalid(_("Nobody arrives before they have left."))
    await _pass(session, case, journey, Step.ARRIVED, actor)
    journey.step, journey.arrived_on = Step.ARRIVED, on_day


async def complete(session: AsyncSession, case: Case, *, actor: Actor) -> None:
    """The return is complete: every child was signed for. Reintegration and its follow-up begin."""
    require(actor, Permission.RETURN_PREPARE)
    journey = await _next(session, case, Step.HANDED_OVER)
    await _plan_visits(session, case, actor)
    await session.flush()
    await _pass(session, case, journey, Step.HANDED_OVER, actor)
    journey.step = Step.HANDED_OVER
    case.phase = Phase.REINTEGRATION
    audit.record(session, actor.id, "case.moved", case.id, phase=case.phase)
    await plan_waves(session, case, journey.arrived_on or clock.today(), actor=actor)


async def halt(session: AsyncSession, case: Case, reason: HaltReason, *, actor: Actor) -> None:
    """Stop the return before departure. The case goes back to planning; whatever was recorded stays."""
    require(actor, Permission.RETURN_PREPARE)
    journey = await live_journey(session, case, lock=True)
    if journey is None or journey.step not in BEFORE_DEPARTURE:
        raise Conflict(_("No return is being prepared."))
    journey.step, journey.halted_for, journey.halted_at = Step.HALTED, reason, clock.now()
    case.phase = Phase.PLANNING
    audit.record(session, actor.id, "return.halted", case.id, halted=reason)
    audit.record(session, actor.id, "case.moved", case.id, phase=case.phase)


async def add_leg(
    session: AsyncSession,
    case: Case,
    mode: TravelMode,
    on_date: date,
    from_place: str,
    to_place: str,
    *,
    escort_role: EscortRole | None,
    escort: str = "",
    actor: Actor,
) -> ReturnLeg:
    """One more leg of the way. `escort`: who accompanies; named wherever there is a role."""
    require(actor, Permission.RETURN_PREPARE)
    journey = await _before_departure(session, case)
    words = {"from": from_place.strip(), "to": to_place.strip(), "escort": escort.strip()}
    if not (words["from"] and words["to"]) or any(len(text) > _LONGEST_PLACE for text in words.values()):
        raise Invalid(_("Write from where and to where this leg goes."))
    if (escort_role is not None) != bool(words["escort"]):
        raise Invalid(_("Write who accompanies, and in which role; or leave both empty."))
    key = await open_subject(session, (await person_of(session, case)).id)
    last = await session.scalar(select(func.max(ReturnLeg.position)).where(ReturnLeg.journey_id == journey.id))
    leg_id = uuid4()
    leg = ReturnLeg(
        id=leg_id,
        journey_id=journey.id,
        position=(last or 0) + 1,
        mode=mode,
        on_date=on_date,
        escort_role=escort_role,
        words=key.seal(ReturnLeg.words, leg_id, free_of_accounts(words)),
    )
    session.add(leg)
    audit.record(session, actor.id, "return.leg_added", case.id, leg=leg_id, escort=escort_role)
    return leg


async def remove_leg(session: AsyncSession, case: Case, leg_id: UUID, *, actor: Actor) -> None:
    require(actor, Permission.RETURN_PREPARE)
    journey = await _before_departure(session, case)
    leg = next((each for each in await legs_of(session, journey) if each.id == leg_id), None)
    if leg is None:
        raise NotFound(_("There is no such leg."))
    await session.delete(leg)
    audit.record(session, actor.id, "return.leg_removed", case.id, leg=leg_id)


async def _next(session: AsyncSession, case: Case, to: Step) -> ReturnJourney:
    journey = await live_journey(session, case, lock=True)
    if journey is None or STEP_AFTER.get(journey.step) is not to:
        raise Conflict(_("This is not the next step of the return."))
    return journey


async def _before_departure(session: AsyncSession, case: Case) -> ReturnJourney:
    journey = await live_journey(session, case, lock=True)
    if journey is None or journey.step not in BEFORE_DEPARTURE:
        raise Conflict(_("No return is being prepared."))
    return journey


async def _pass(session: AsyncSession, case: Case, journey: ReturnJourney, to: Step, actor: Actor) -> None:
    journey.passage_id = (await pass_gates(session, case, journey, to, actor=actor)).id
    audit.record(session, actor.id, "return.moved", case.id, step=to)


async def _plan_visits(session: AsyncSession, case: Case, actor: Actor) -> None:
    """A visit to each child on each day of the list, as a task with its date."""
    for child in await people_of(session, case.id):
        if child.age is Age.ADULT or not child.travels:
            continue
        for days in VISIT_DAYS:
            due_at = clock.now() + timedelta(days=days)
            reason = f"day_{days}.{child.id.hex}"
            await open_task(session, case, TaskKind.CHILD_VISIT, reason, actor=actor, due_at=due_at)


def _require_past(day: date) -> None:
    if day > clock.today():
        raise Invalid(_("The day cannot lie in the future."))
