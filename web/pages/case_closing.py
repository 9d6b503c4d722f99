"""Closing a case: what is left, the request, what the second person decides, and opening it again."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.rules import Permission
from cases.casework_rules import (
    ADULT_REASONS,
    CHILD_REASONS,
    CLOSING_REASON_NAMES,
    CLOSING_STATE_NAMES,
    NO_SURVEY_NAMES,
    REOPENING_REASON_NAMES,
    ClosingReason,
    NoSurvey,
    ReopeningReason,
)
from cases.closing import (
    Wish,
    closings_of,
    last_survey,
    reopen,
    send_back,
    waiting_closing,
    what_is_left,
    withdraw_closing,
)
from cases.models import Case
from cases.notices import KEPT_MONTHS
from cases.queries import find_case, record_view
from cases.rules import ENDED, TASK_NAMES, CaseStatus
from cases.safeguarding import may_be_child
from foundation import clock
from foundation.errors import Conflict, Invalid, NotAllowed, Refusal
from referrals.closing import approve_closing, count_open_referrals, request_closing
from web.errors import status_in_sight
from web.forms import CaseNumber, Posted, Text, see_other
from web.guard import Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)

Verb = Callable[[AsyncSession, Case], Awaitable[object]]


class ClosingForm(Posted):
    reason: ClosingReason
    ended_on: date | None = None
    note: Text = ""
    handed_over: Text = ""
    no_survey: NoSurvey | None = None


class DecisionForm(Posted):
    decision: Literal["approve", "send_back"]
    note: Text = ""


class ReopeningForm(Posted):
    reason: ReopeningReason
    note: Text = ""


@router.get("/cases/{number}/closing")
async def show_closing(visit: Annotated[Visit, guarded(Permission.CASE_CLOSE)], number: CaseNumber) -> Response:
    async with visit.database.transaction() as session:
        record_view(session, await find_case(session, visit.actor, number), actor=visit.actor)
    return await _closing_page(visit, number)


@router.post("/cases/{number}/closing")
async def ask_to_close(
    visit: Annotated[Visit, guarded(Permission.CASE_CLOSE)], number: CaseNumber, form: Annotated[ClosingForm, Form()]
) -> Response:
    async def ask(session: AsyncSession, case: Case) -> None:
        wish = Wish(form.reason, form.ended_on or clock.today(), form.note, form.handed_over, form.no_survey)
        await request_closing(session, case, wish, actor=visit.actor)

    return await _carry_out(visit, number, ask, form)


@router.post("/cases/{number}/closing/decision")
async def decide(
    visit: Annotated[Visit, guarded(Permission.CASE_APPROVE_CLOSING)],
    number: CaseNumber,
    form: Annotated[DecisionForm, Form()],
) -> Response:
    async def decide_it(session: AsyncSession, case: Case) -> None:
        if form.decision == "approve":
            await approve_closing(session, case, actor=visit.actor)
        else:
            await send_back(session, case, form.note, actor=visit.actor)

    return await _carry_out(visit, number, decide_it, form)


@router.post("/cases/{number}/closing/withdraw")
async def take_back(
    visit: Annotated[Visit, guarded(Permission.CASE_CLOSE)], number: CaseNumber, form: Annotated[Posted, Form()]
) -> Response:
    async def withdraw(session: AsyncSession, case: Case) -> None:
        await withdraw_closing(session, case, actor=visit.actor)

    return await _carry_out(visit, number, withdraw, form)


@router.post("/cases/{number}/reopen")
async def open_again(
    visit: Annotated[Visit, guarded(Permission.CASE_REOPEN)], number: CaseNumber, form: Annotated[ReopeningForm, Form()]
) -> Response:
    async def open_it(session: AsyncSession, case: Case) -> None:
        await reopen(session, case, form.reason, form.note, actor=visit.actor)

    return await _carry_out(visit, number, open_it, form)


async def _carry_out(visit: Visit, number: str, verb: Verb, form: Posted) -> Response:
    """Who may not see the case meets a missing page before the verb is asked; what the verb refuses is said."""
    async with visit.database.reading() as session:
        await find_case(session, visit.actor, number)
    try:
        async with visit.database.transaction() as session:
            await verb(session, await find_case(session, visit.actor, number))
    except (Invalid, Conflict, NotAllowed) as refusal:
        return await _closing_page(visit, number, refusal=refusal, typed=form.model_dump())
    return see_other(f"/cases/{number}/closing")


async def _closing_page(
    visit: Visit, number: str, *, refusal: Refusal | None = None, typed: dict[str, Any] | None = None
) -> Response:
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        is_child = await may_be_child(session, case.id)
        told: dict[str, Any] = {
            "closings": await closings_of(session, case),
            "waiting": await waiting_closing(session, case),
            "left": await what_is_left(session, case),
            "open_referrals": await count_open_referrals(session, case),
            "has_survey": await last_survey(session, case) is not None,
        }
    return page(
        visit,
        "case_closing.html",
        status_code=200 if refusal is None else status_in_sight(refusal),
        refusal=refusal and refusal.message,
        typed=typed or {},
        case=case,
        is_open=case.status is CaseStatus.OPEN,
        has_ended=case.status in ENDED,
        is_child=is_child,
        today=clock.today(),
        reasons=CHILD_REASONS if is_child else ADULT_REASONS,
        reason_names=CLOSING_REASON_NAMES,
        state_names=CLOSING_STATE_NAMES,
        no_survey_names=NO_SURVEY_NAMES,
        reopening_names=REOPENING_REASON_NAMES,
        task_names=TASK_NAMES,
        months=KEPT_MONTHS,
        **told,
    )
