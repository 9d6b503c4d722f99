"""The follow-up of a case: its waves with their state, results over time, and what staff record of them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from access.rules import Permission
from cases.filling import begin_filling
from cases.followup import ask_by_phone, close_wave, record_refusal
from cases.queries import case_file
from cases.rules import FollowUpState
from cases.surveys import Scored
from cases.waves import BY_STAFF
from foundation.language import say
from questionnaire.scoring import shown
from web.api.one_case import changing, viewing
from web.api.routing import api_router
from web.api.shapes import Answer, Body, Made
from web.forms import CaseNumber
from web.guard import Visit, guarded
from web.pages.followup_part import WaveView, follow_up_part

router = api_router("/cases/{number}/follow-ups", "follow-up")

_recorder = guarded(Permission.FOLLOW_UP_RECORD)


class WaveTold(Answer):
    id: UUID
    wave: str
    """Such as `day_3` or `month_6`."""
    due_on: date
    state: FollowUpState
    attempts: int
    next_at: datetime | None
    """When the next attempt is to be made."""
    settled_at: datetime | None
    closed_because: str | None
    may_be_settled: bool
    """Staff can still ask by phone, note a refusal, or close it."""


class ScoreTold(Answer):
    dimension: str
    """`composite`: everything together."""
    value: str | None
    """A decimal from 0 (worst) to 1 (best); null: too little was answered."""
    band: str | None
    """How much support the person may need; a hint, never a verdict."""


class ResultTold(Answer):
    """What a survey's answers add up to. Never comparable across versions."""

    submission_id: UUID
    follow_up_id: UUID | None
    """The wave it answers; null: none."""
    instrument_version: str
    weights_version: str
    scores: list[ScoreTold]
    answered: int
    expected: int
    scored_at: datetime


class FollowUpTold(Answer):
    waves: list[WaveTold]
    """The first due first."""
    results: list[ResultTold]
    """Oldest first."""
    closing_reasons: list[str]
    """Codes of the reasons for which staff may close a wave."""


class CloseBody(Body):
    reason: Annotated[str, StringConstraints(max_length=40)]
    """One of `closing_reasons`."""


@router.get("")
async def follow_ups(visit: Annotated[Visit, guarded(Permission.CASE_READ)], number: CaseNumber) -> FollowUpTold:
    async with viewing(visit, number) as (session, _case):
        part = await follow_up_part(session, await case_file(session, visit.actor, number), visit.language)
    return FollowUpTold(
        waves=[_wave(each, visit.language) for each in part.waves],
        results=[_result(each.result) for each in part.results],
        closing_reasons=list(BY_STAFF),
    )


@router.post("/{follow_up_id}/phone", status_code=201)
async def ask_on_the_phone(visit: Annotated[Visit, _recorder], number: CaseNumber, follow_up_id: UUID) -> Made:
    """You ask the person yourself: a draft of the wave's form, filled in with them under `form-drafts`."""
    async with changing(visit, number) as (session, case):
        sheet_id = await ask_by_phone(session, case, follow_up_id, actor=visit.actor)
        begun = await begin_filling(session, case, sheet_id, actor=visit.actor)
    return Made(id=begun.id)


@router.post("/{follow_up_id}/refused", status_code=204)
async def note_refusal(visit: Annotated[Visit, _recorder], number: CaseNumber, follow_up_id: UUID) -> None:
    """The person does not want to answer."""
    async with changing(visit, number) as (session, case):
        await record_refusal(session, case, follow_up_id, actor=visit.actor)


@router.post("/{follow_up_id}/close", status_code=204)
async def close(visit: Annotated[Visit, _recorder], number: CaseNumber, follow_up_id: UUID, body: CloseBody) -> None:
    async with changing(visit, number) as (session, case):
        await close_wave(session, case, follow_up_id, body.reason, actor=visit.actor)


def _wave(view: WaveView, language: str) -> WaveTold:
    row = view.row
    return WaveTold(
        id=row.id,
        wave=row.wave,
        due_on=row.due_on,
        state=row.state,
        attempts=row.attempts,
        next_at=row.next_at,
        settled_at=row.settled_at,
        closed_because=say(language, view.reason) if view.reason else None,
        may_be_settled=view.may_be_settled,
    )


def _result(result: Scored) -> ResultTold:
    return ResultTold(
        submission_id=result.submission_id,
        follow_up_id=result.follow_up_id,
        instrument_version=result.instrument_version,
        weights_version=result.weights_version,
        scores=[
            ScoreTold(dimension=name, value=None if value is None else str(shown(value)), band=result.bands.get(name))
            for name, value in result.values.items()
        ],
        answered=result.answered,
        expected=result.expected,
        scored_at=result.scored_at,
    )
