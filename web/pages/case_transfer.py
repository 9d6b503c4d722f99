"""Handing a case on: to another team at once, to another organisation with the person's yes and its own."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from access.models import Organisation
from access.rules import Permission
from cases.casework_rules import TRANSFER_DECLINE_NAMES, TRANSFER_STATE_NAMES, TransferDecline
from cases.models import Case
from cases.queries import find_case, record_view
from cases.rules import CaseStatus, Urgency
from cases.safeguarding import may_be_child
from cases.transfer import move_team, teams_of
from foundation.errors import Conflict, Invalid, NotAllowed, Refusal
from referrals.transferring import (
    accept_transfer,
    ask_transfer,
    confirm_transfer_deletion,
    decline_transfer,
    revoke_transfer,
)
from referrals.transfers import given_away, offers_to, open_transfer, other_operators, taken_over, to_delete
from web.errors import message_of, status_in_sight
from web.forms import CaseNumber, Line, Posted, Text, see_other
from web.guard import Visit, guarded
from web.rendering import page

router = APIRouter(include_in_schema=False)

Verb = Callable[[AsyncSession, Case], Awaitable[object]]


class TeamForm(Posted):
    team: Line


class OfferForm(Posted):
    organisation: UUID
    urgency: Urgency = Urgency.NORMAL
    note: Text = ""
    guardian_evidence: Text = ""


class DeclineForm(Posted):
    reason: TransferDecline


@router.get("/cases/{number}/transfer")
async def show_transfer(visit: Annotated[Visit, guarded(Permission.CASE_TRANSFER)], number: CaseNumber) -> Response:
    async with visit.database.transaction() as session:
        record_view(session, await find_case(session, visit.actor, number), actor=visit.actor)
    return await _transfer_page(visit, number)


@router.post("/cases/{number}/transfer/team")
async def change_team(
    visit: Annotated[Visit, guarded(Permission.CASE_TRANSFER)], number: CaseNumber, form: Annotated[TeamForm, Form()]
) -> Response:
    async def move(session: AsyncSession, case: Case) -> None:
        await move_team(session, case, form.team, actor=visit.actor)

    return await _carry_out(visit, number, move)


@router.post("/cases/{number}/transfer/organisation")
async def offer(
    visit: Annotated[Visit, guarded(Permission.CASE_TRANSFER)], number: CaseNumber, form: Annotated[OfferForm, Form()]
) -> Response:
    async def ask(session: AsyncSession, case: Case) -> None:
        await ask_transfer(
            session,
            case,
            form.organisation,
            form.note,
            urgency=form.urgency,
            guardian_evidence=form.guardian_evidence,
            actor=visit.actor,
        )

    return await _carry_out(visit, number, ask, form)


@router.post("/cases/{number}/transfer/revoke")
async def take_back(
    visit: Annotated[Visit, guarded(Permission.CASE_TRANSFER)], number: CaseNumber, _form: Annotated[Posted, Form()]
) -> Response:
    async def revoke(session: AsyncSession, case: Case) -> None:
        await revoke_transfer(session, case, actor=visit.actor)

    return await _carry_out(visit, number, revoke)


@router.get("/transfers")
async def show_transfers(visit: Annotated[Visit, guarded(Permission.CASE_TRANSFER)]) -> Response:
    return await _transfers_page(visit)


@router.post("/transfers/{transfer_id}/accept")
async def accept(
    visit: Annotated[Visit, guarded(Permission.CASE_TAKE_OVER)], transfer_id: UUID, _form: Annotated[Posted, Form()]
) -> Response:
    try:
        async with visit.database.transaction() as session:
            case = await accept_transfer(session, transfer_id, actor=visit.actor)
            number = case.number
    except (Conflict, NotAllowed) as refusal:
        return await _transfers_page(visit, refusal)
    return see_other(f"/cases/{number}")


@router.post("/transfers/{transfer_id}/decline")
async def decline(
    visit: Annotated[Visit, guarded(Permission.CASE_TAKE_OVER)], transfer_id: UUID, form: Annotated[DeclineForm, Form()]
) -> Response:
    async with visit.database.transaction() as session:
        await decline_transfer(session, transfer_id, form.reason, actor=visit.actor)
    return see_other("/transfers")


@router.post("/transfers/{transfer_id}/deleted")
async def confirm_deleted(
    visit: Annotated[Visit, guarded(Permission.CASE_TAKE_OVER)], transfer_id: UUID, _form: Annotated[Posted, Form()]
) -> Response:
    """What was given with it is deleted everywhere, on paper too."""
    try:
        async with visit.database.transaction() as session:
            await confirm_transfer_deletion(session, transfer_id, actor=visit.actor)
    except Conflict as refusal:
        return await _transfers_page(visit, refusal)
    return see_other("/transfers")


async def _carry_out(visit: Visit, number: str, verb: Verb, form: OfferForm | None = None) -> Response:
    async with visit.database.reading() as session:
        await find_case(session, visit.actor, number)
    try:
        async with visit.database.transaction() as session:
            await verb(session, await find_case(session, visit.actor, number))
    except (Invalid, Conflict, NotAllowed) as refusal:
        return await _transfer_page(visit, number, refusal=refusal, typed=form)
    return see_other(f"/cases/{number}/transfer")


async def _transfer_page(
    visit: Visit, number: str, *, refusal: Refusal | None = None, typed: OfferForm | None = None
) -> Response:
    async with visit.database.reading() as session:
        case = await find_case(session, visit.actor, number)
        waiting = await open_transfer(session, case)
        recipient = await session.get(Organisation, waiting.to_organisation_id) if waiting else None
        teams = await teams_of(session, case.organisation_id)
        operators = await other_operators(session, case.organisation_id)
        is_child = await may_be_child(session, case.id)
        came = await taken_over(session, case)
    return page(
        visit,
        "case_transfer.html",
        status_code=200 if refusal is None else status_in_sight(refusal),
        refusal=refusal and refusal.message,
        case=case,
        is_open=case.status is CaseStatus.OPEN,
        waiting=waiting,
        recipient=recipient,
        teams=[team for team in teams if team != case.team],
        operators=operators,
        is_child=is_child,
        came=came,
        urgencies=list(Urgency),
        typed_urgency=typed.urgency if typed else Urgency.NORMAL,
        state_names=TRANSFER_STATE_NAMES,
        typed_note=typed.note if typed else "",
        typed_evidence=typed.guardian_evidence if typed else "",
        typed_organisation=typed.organisation if typed else None,
    )


async def _transfers_page(visit: Visit, refusal: Refusal | None = None) -> Response:
    may_answer = visit.may(Permission.CASE_TAKE_OVER)
    async with visit.database.reading() as session:
        offers = await offers_to(session, visit.actor) if may_answer else []
        deleting = await to_delete(session, visit.actor) if may_answer else []
        gone = await given_away(session, visit.actor)
    return page(
        visit,
        "transfers.html",
        status_code=200 if refusal is None else status_in_sight(refusal),
        refusal=refusal and message_of(refusal),
        may_answer=may_answer,
        offers=offers,
        deleting=deleting,
        gone=gone,
        reasons=TRANSFER_DECLINE_NAMES,
        state_names=TRANSFER_STATE_NAMES,
    )
