"""The return of a case: its steps, its legs, and the consent to it. No step passes a rule that blocks."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from access.rules import Permission
from cases.models import Consent
from cases.return_consent import record_return_consent, withdraw_return_consent
from cases.returning import add_leg, advance, arrive, begin_return, complete, depart, halt, remove_leg
from cases.rules import ConsentState
from cases.safeguard_models import ReturnJourney
from cases.safeguard_rules import EscortRole, HaltReason, ReturnType, Step, TravelMode
from web.api.one_case import changing, in_sight
from web.api.routing import api_router
from web.api.safeguards import read_safeguards
from web.api.shapes import Answer, Body, Made
from web.forms import CaseNumber, Line, Text
from web.guard import Visit, guarded
from web.pages.safeguards_part import LegView

router = api_router("/cases/{number}/return", "return")

Preparing = Annotated[Visit, guarded(Permission.RETURN_PREPARE)]


class BeginBody(Body):
    return_type: ReturnType
    """What the record proves, not a judgement."""


class StepBody(Body):
    step: Step
    """The next one: `assessed`, `determined`, `arranged` or `cleared`."""


class DayBody(Body):
    day: date


class HaltBody(Body):
    reason: HaltReason


class LegBody(Body):
    mode: TravelMode
    on_date: date
    start: Line
    end: Line
    escort_role: EscortRole | None = None
    escort: Line = ""
    """Who accompanies; named wherever there is a role. Kept sealed."""


class ConsentBody(Body):
    agrees: bool
    text: Text
    """What was read to the person and signed. Only its hash is kept."""
    evidence: Text
    """Who asked, where, in which language, where the signed paper is; for a child also which guardian agreed."""


class JourneyTold(Answer):
    id: UUID
    return_type: ReturnType
    step: Step
    begun_at: datetime
    planned_on: date | None
    departed_on: date | None
    arrived_on: date | None


class LegTold(Answer):
    id: UUID
    position: int
    mode: TravelMode
    on_date: date
    start: str
    end: str
    escort_role: EscortRole | None
    escort: str


class ReturnConsentTold(Answer):
    """The newest consent to return, whatever became of it."""

    id: UUID
    state: ConsentState
    requested_at: datetime
    decided_at: datetime | None
    language: str


class ReturnTold(Answer):
    journey: JourneyTold | None
    """Null: no return is being prepared or on its way."""
    next_step: Step | None
    blocking: list[str]
    """Ids of the rules that stop the next step; see `gates`."""
    legs: list[LegTold]
    consent: ReturnConsentTold | None
    may_be_halted: bool
    """It can be until departure."""


@router.get("")
async def one_return(visit: Annotated[Visit, guarded(Permission.CASE_READ)], number: CaseNumber) -> ReturnTold:
    view = await read_safeguards(visit, number)
    return ReturnTold(
        journey=_journey(view.journey) if view.journey else None,
        next_step=view.next_step,
        blocking=sorted({each.finding.rule.id for each in view.blocking_next}),
        legs=[_leg(each) for each in view.legs],
        consent=_consent(view.consent) if view.consent else None,
        may_be_halted=view.can_be_halted,
    )


@router.post("", status_code=201)
async def begin(visit: Preparing, number: CaseNumber, body: BeginBody) -> Made:
    """Begin to prepare a return. A protection hold stops it here already."""
    async with changing(visit, number) as (session, case):
        journey = await begin_return(session, case, body.return_type, actor=visit.actor)
    return Made(id=journey.id)


@router.post("/step", status_code=204)
async def take_step(visit: Preparing, number: CaseNumber, body: StepBody) -> None:
    """A conflict names the rules that block. Clearing the travel takes another permission, and another person."""
    async with changing(visit, number) as (session, case):
        await advance(session, case, to=body.step, actor=visit.actor)


@router.post("/departure", status_code=204)
async def record_departure(visit: Preparing, number: CaseNumber, body: DayBody) -> None:
    async with changing(visit, number) as (session, case):
        await depart(session, case, body.day, actor=visit.actor)


@router.post("/arrival", status_code=204)
async def record_arrival(visit: Preparing, number: CaseNumber, body: DayBody) -> None:
    async with changing(visit, number) as (session, case):
        await arrive(session, case, body.day, actor=visit.actor)


@router.post("/completion", status_code=204)
async def record_completion(visit: Preparing, number: CaseNumber) -> None:
    """The return is complete once every child was handed over and that is signed."""
    async with changing(visit, number) as (session, case):
        await complete(session, case, actor=visit.actor)


@router.post("/halt", status_code=204)
async def stop(visit: Preparing, number: CaseNumber, body: HaltBody) -> None:
    """End the preparation of a return; another can be begun."""
    async with changing(visit, number) as (session, case):
        await halt(session, case, body.reason, actor=visit.actor)


@router.post("/legs", status_code=201)
async def add_to_way(visit: Preparing, number: CaseNumber, body: LegBody) -> Made:
    """One more leg, the last of the way."""
    async with changing(visit, number) as (session, case):
        leg = await add_leg(
            session,
            case,
            body.mode,
            body.on_date,
            body.start,
            body.end,
            escort_role=body.escort_role,
            escort=body.escort,
            actor=visit.actor,
        )
    return Made(id=leg.id)


@router.delete("/legs/{leg_id}", status_code=204)
async def take_off_way(visit: Preparing, number: CaseNumber, leg_id: UUID) -> None:
    async with changing(visit, number) as (session, case):
        await remove_leg(session, case, leg_id, actor=visit.actor)


@router.post("/consent", status_code=201)
async def record_consent(visit: Preparing, number: CaseNumber, body: ConsentBody) -> Made:
    """The person's answer, yes or no, to whether they want to return. For a child an officer records it."""
    async with changing(visit, number) as (session, case):
        consent = await record_return_consent(
            session, case, agrees=body.agrees, text=body.text, evidence=body.evidence, actor=visit.actor
        )
    return Made(id=consent.id)


@router.post("/consent/withdrawal", status_code=204)
async def record_withdrawal(visit: Preparing, number: CaseNumber) -> None:
    """The person told you that they no longer want to return. They can until departure."""
    async with changing(visit, number) as (session, case):
        with in_sight():
            await withdraw_return_consent(session, case, actor=visit.actor)


def _journey(journey: ReturnJourney) -> JourneyTold:
    return JourneyTold(**{name: getattr(journey, name) for name in JourneyTold.model_fields})


def _leg(view: LegView) -> LegTold:
    row, words = view.row, view.words
    return LegTold(
        id=row.id,
        position=row.position,
        mode=row.mode,
        on_date=row.on_date,
        start=words["from"],
        end=words["to"],
        escort_role=row.escort_role,
        escort=words["escort"],
    )


def _consent(consent: Consent) -> ReturnConsentTold:
    return ReturnConsentTold(**{name: getattr(consent, name) for name in ReturnConsentTold.model_fields})
