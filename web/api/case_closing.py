"""Closing a case: what is left, the request, what a second person decides, and opening it again."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from access.rules import Permission
from cases.casework_rules import (
    ADULT_REASONS,
    CHILD_REASONS,
    ClosingReason,
    ClosingState,
    NoSurvey,
    ReopeningReason,
)
from cases.closing import ClosingView, Wish, closings_of, last_survey, reopen, send_back, what_is_left, withdraw_closing
from cases.rules import CaseStatus, FlagKind, TaskKind
from cases.safeguarding import may_be_child
from referrals.closing import approve_closing, count_open_referrals, request_closing
from web.api.one_case import changing, in_sight, viewing
from web.api.routing import api_router
from web.api.shapes import Answer, Body, Made
from web.forms import CaseNumber, Text
from web.guard import Visit, guarded

router = api_router("/cases/{number}", "closing")

_closer = guarded(Permission.CASE_CLOSE)


class ClosingTold(Answer):
    id: UUID
    state: ClosingState
    reason: ClosingReason
    ended_on: date
    """The last day of support."""
    note: str
    """How it ended."""
    handed_over: str
    """Who takes over the tasks and flags that are not settled; empty: nothing was left."""
    survey_id: UUID | None
    """The last reintegration survey."""
    no_survey: NoSurvey | None
    """Why there is none."""
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str
    reopened_by: str | None
    reopened_at: datetime | None
    reopening_reason: ReopeningReason | None
    reopening_note: str


class LeftTold(Answer):
    """What stands against closing. Tasks and flags can be handed over; the rest is settled first."""

    tasks: list[TaskKind]
    flags: list[FlagKind]
    officers_flags: list[FlagKind]
    """The officer for the protection of children or others settles them."""
    waits_for_answer: bool
    transfer: bool
    """The case is offered to another organisation."""
    open_referrals: int


class ClosingPage(Answer):
    status: CaseStatus
    reasons: list[ClosingReason]
    """Those that fit: of a child or of an adult."""
    has_survey: bool
    """Without a reintegration survey a request says why there is none."""
    left: LeftTold
    requests: list[ClosingTold]
    """Newest first."""


class ClosingBody(Body):
    reason: ClosingReason
    ended_on: date
    """The last day of support."""
    note: Text
    """How it ended."""
    handed_over: Text = ""
    no_survey: NoSurvey | None = None


class DecisionBody(Body):
    decision: Literal["approve", "send_back"]
    note: Text = ""
    """What is missing, if it is sent back."""


class ReopeningBody(Body):
    reason: ReopeningReason
    note: Text


@router.get("/closing")
async def closing(visit: Annotated[Visit, _closer], number: CaseNumber) -> ClosingPage:
    async with viewing(visit, number) as (session, case):
        left = await what_is_left(session, case)
        is_child = await may_be_child(session, case.id)
        return ClosingPage(
            status=case.status,
            reasons=list(CHILD_REASONS if is_child else ADULT_REASONS),
            has_survey=await last_survey(session, case) is not None,
            left=LeftTold(
                tasks=[each.kind for each in left.tasks],
                flags=[each.kind for each in left.flags],
                officers_flags=[each.kind for each in left.officers_flags],
                waits_for_answer=left.waits_for_answer,
                transfer=left.transfer,
                open_referrals=await count_open_referrals(session, case),
            ),
            requests=[_request(each) for each in await closings_of(session, case)],
        )


@router.post("/closing", status_code=201)
async def ask_to_close(visit: Annotated[Visit, _closer], number: CaseNumber, body: ClosingBody) -> Made:
    """Ask a second person to close the case."""
    wish = Wish(body.reason, body.ended_on, body.note, body.handed_over, body.no_survey)
    async with changing(visit, number) as (session, case):
        with in_sight():
            requested = await request_closing(session, case, wish, actor=visit.actor)
    return Made(id=requested.id)


@router.post("/closing/decision", status_code=204)
async def decide(
    visit: Annotated[Visit, guarded(Permission.CASE_APPROVE_CLOSING)], number: CaseNumber, body: DecisionBody
) -> None:
    """Nobody approves what they asked for themselves: that is a conflict."""
    async with changing(visit, number) as (session, case):
        with in_sight():
            if body.decision == "approve":
                await approve_closing(session, case, actor=visit.actor)
            else:
                await send_back(session, case, body.note, actor=visit.actor)


@router.post("/closing/withdraw", status_code=204)
async def take_back(visit: Annotated[Visit, _closer], number: CaseNumber) -> None:
    """The case is not to be closed after all, before anyone has decided."""
    async with changing(visit, number) as (session, case):
        await withdraw_closing(session, case, actor=visit.actor)


@router.post("/reopen", status_code=204)
async def open_again(
    visit: Annotated[Visit, guarded(Permission.CASE_REOPEN)], number: CaseNumber, body: ReopeningBody
) -> None:
    """The case goes on under its number, where it was; the clock of its erasure stops."""
    async with changing(visit, number) as (session, case):
        with in_sight():
            await reopen(session, case, body.reason, body.note, actor=visit.actor)


def _request(view: ClosingView) -> ClosingTold:
    request = view.closing
    return ClosingTold(
        id=request.id,
        state=request.state,
        reason=request.reason,
        ended_on=request.ended_on,
        note=view.note,
        handed_over=view.handed_over,
        survey_id=request.survey_id,
        no_survey=request.no_survey,
        requested_by=view.requested_by_name,
        requested_at=request.requested_at,
        decided_by=view.decided_by_name,
        decided_at=request.decided_at,
        decision_note=view.decision_note,
        reopened_by=view.reopened_by_name,
        reopened_at=request.reopened_at,
        reopening_reason=request.reopening_reason,
        reopening_note=view.reopening_note,
    )
